package verdict

import (
	"strconv"

	"veedor/internal/measure/obs"
)

// transfer is how the bytes of a connection arrived.
type transfer struct {
	bytes   int64
	seconds float64
	wait    float64 // for the first byte
	stall   float64 // silence at the end of one that failed
	rtt     float64 // seconds of a round trip; 0 where unknown
	known   bool

	rate      float64 // kbit/s
	beside    float64 // of the fastest other transfer in the measurement, kbit/s
	here      float64 // median of this network, kbit/s
	elsewhere float64 // median of this site in other networks, kbit/s
}

// Bounds for judging a transfer. Provisional: the emulated networks that were really throttled left
// no timing to fit them on.
const (
	leastBytes   = 8 << 10 // fewer say more of the connection's start than of its speed
	leastSeconds = 1.5
	ordinaryRate = 512.0 // kbit/s: nobody calls this throttled
	contrast     = 8.0   // times slower than what it is compared with
	longStall    = 3.0   // seconds of silence before a failure
	farAway      = 0.4   // seconds of a round trip on a connection that is slow for everything
)

// transferOf reads what is known of a connection's bytes.
func transferOf(o *obs.Observation) transfer {
	t := transfer{bytes: o.TransferBytes, known: o.TransferTime != nil}
	if !t.known {
		return t
	}
	t.seconds = *o.TransferTime
	if o.TransferWait != nil {
		t.wait = *o.TransferWait
	}
	if o.TransferStall != nil {
		t.stall = *o.TransferStall
	}
	if o.TCPTime != nil {
		t.rtt = *o.TCPTime
	}
	t.rate = rate(t.bytes, t.seconds)
	return t
}

func rate(bytes int64, seconds float64) float64 {
	return float64(bytes) * 8 / 1000 / max(seconds, 0.001)
}

// slow says that a transfer is worth comparing with others.
func (t *transfer) slow() bool {
	return t.known && (t.stalled() || t.bytes >= leastBytes && t.seconds >= leastSeconds && t.rate < ordinaryRate)
}

// stalled says that bytes came, then none until the attempt was given up.
func (t *transfer) stalled() bool { return t.bytes > 0 && t.stall >= longStall }

// arrangeTransfers makes a step of each round trip whose bytes' arrival is known, and tells the round
// trips which of them were throttled.
func (sc *scene) arrangeTransfers() {
	n := len(sc.steps)
	for i := range n {
		s := &sc.steps[i]
		if s.layer != HTTP || !s.known || s.bytes < leastBytes && !s.stalled() {
			continue
		}
		t := *s
		t.layer = Throttling
		for j := range sc.rows {
			// What failed stalled too, perhaps; what worked shows what the line can do.
			if o := &sc.rows[j]; o.Hostname != s.host && o.HTTPSuccess != nil && *o.HTTPSuccess {
				if other := transferOf(o); other.known && other.bytes >= leastBytes {
					t.beside = max(t.beside, other.rate)
				}
			}
		}
		t.others, t.before, t.said = ctrlNone, false, ""
		if t.slow() {
			here, there := sc.ask(AboutSpeed, "", "", 0), sc.ask(AboutSpeed, s.host, "", 0)
			t.here, t.elsewhere = here.account.SpeedHere, there.account.SpeedElsewhere
		}
		t.note = t.words()
		sc.steps = append(sc.steps, t)
		r := decide(&t)
		sc.steps[i].throttled = r.Outcome == Blocked
		sc.steps[i].lineSlow = r.ID == "transfer_line_slow"
	}
}

// words says how the bytes arrived, and beside what.
func (s *step) words() string {
	text := factTransfer.Say(s.host, strconv.FormatInt(s.bytes, 10), fixed(s.seconds, 1), fixed(s.rate, 0))
	if s.stall > 0 {
		text += ", " + factStalled.Say(fixed(s.stall, 1))
	}
	if s.rtt > 0 {
		text += "; " + factRoundTrip.Say(fixed(s.rtt*1000, 0))
	}
	if s.beside > 0 {
		text += "; " + factBeside.Say(fixed(s.beside, 0))
	}
	if s.here > 0 {
		text += "; " + factHere.Say(fixed(s.here, 0))
	}
	if s.elsewhere > 0 {
		text += "; " + factThere.Say(fixed(s.elsewhere, 0))
	}
	return text + "; " + s.ctrlPage.wholePage()
}

// crawls says that the site's bytes come far more slowly than v kbit/s, or stop coming.
func (s *step) crawls(v float64) bool {
	return v > 0 && (s.stalled() || s.rate*contrast <= v)
}
