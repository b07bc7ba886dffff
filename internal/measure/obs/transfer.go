package obs

import "veedor/internal/measure/ooni"

// Operations of network events that tell how many bytes came.
const (
	opRead       = "read"
	opReadFrom   = "read_from"
	opCumulative = "bytes_received_cumulative" // num_bytes is the connection's total so far (probe design dd-007)
	opHandshaken = "tls_handshake_done"
	opWrite      = "write"
)

// transfers fills how the bytes of each round trip of the present part arrived. A connection's
// events are those of its transaction; without transactions nobody can tell whose they are.
func (f *flattener) transfers(events []ooni.NetworkEvent) {
	if len(events) == 0 {
		return
	}
	events = head(events)
	for i := f.part0; i < len(f.rows); i++ {
		o := &f.rows[i]
		if o.TransactionID == 0 || o.HTTPSuccess == nil && o.TLSSuccess == nil {
			continue
		}
		var w wire
		for j := range events {
			if e := &events[j]; e.TransactionID == o.TransactionID && e.T != nil && *e.T >= 0 && e.NumBytes >= 0 {
				w.see(e)
			}
		}
		w.tell(o)
	}
}

// wire follows one connection through its events, which are in the order of time.
type wire struct {
	total, before   int64 // bytes received in all, and when the handshake was done
	samples         int32
	asked           float64 // of the last write before the first byte
	first, last     float64 // when the first and the last bytes came
	begun, anything bool
}

func (w *wire) see(e *ooni.NetworkEvent) {
	t := *e.T
	switch e.Operation {
	case opHandshaken:
		*w = wire{total: w.total, before: w.total, asked: t, anything: true}
		return
	case opWrite:
		if !w.begun {
			w.asked, w.anything = t, true
		}
		return
	case opRead, opReadFrom:
		if e.NumBytes == 0 {
			return
		}
		w.grow(w.total+e.NumBytes, t)
	case opCumulative:
		w.grow(max(e.NumBytes, w.total), t)
	}
}

// grow notes that so many bytes had come by t.
func (w *wire) grow(total int64, t float64) {
	w.samples++
	if total == w.total {
		return
	}
	if !w.begun {
		w.begun, w.first = true, t
	}
	w.total, w.last = total, t
}

// tell writes down what was seen.
func (w *wire) tell(o *Observation) {
	if !w.begun || w.samples < 2 {
		return
	}
	o.TransferBytes, o.TransferSamples = w.total-w.before, w.samples
	o.TransferTime = span(&w.first, &w.last)
	if w.anything {
		o.TransferWait = span(&w.asked, &w.first)
	}
	if o.HTTPFailure != "" {
		o.TransferStall = span(&w.last, o.HTTPT)
	}
}
