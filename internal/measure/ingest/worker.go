package ingest

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"veedor/internal/evidence/archive"
	"veedor/internal/measure/obs"
	"veedor/internal/measure/ooni"
	"veedor/internal/measure/refdata"
	"veedor/internal/measure/store"
	"veedor/internal/measure/verdict"
)

// work judges chunks until there are no more, committing now and then.
func (r *run) work() {
	w := worker{store: r.Store, refdata: r.Refdata, archive: r.Archive, account: r.account}
	defer func() { _ = w.close() }() // what was not committed is dropped
	// What was read is finished even when the run is being stopped.
	ctx := context.WithoutCancel(r.ctx)
	broken := false
	for c := range r.chunks {
		if broken {
			continue // another try would leave a gap; the run is over
		}
		err := w.chunk(ctx, c)
		if err == nil && w.full() {
			err = w.commit(ctx)
		}
		if err != nil {
			broken = true
			r.cancel(err)
		}
	}
	if !broken {
		if err := w.commit(ctx); err != nil {
			r.cancel(err)
		}
	}
}

// worker turns records into evidence and rows, and commits them in that order.
type worker struct {
	store   store.Appender
	refdata *refdata.DB
	archive *archive.Archive // nil when the records come from there
	account func(Totals)

	batches map[string]*archive.Batch // by source
	rows    store.Batch
	bytes   int64
	totals  Totals
	counts  map[*account]*Totals

	read []reading // of the present chunk
	uids []string
}

// reading is a record on its way.
type reading struct {
	record
	raw  []byte // without the device's address
	hash archive.Hash
	m    *ooni.Measurement
	uid  string
	why  string // it was rejected for
}

// full says whether it is time to commit.
func (w *worker) full() bool {
	return w.bytes >= maxBatchBytes || len(w.rows.Observations) >= maxBatchRows || len(w.batches) >= maxBatchFiles
}

// chunk takes in one chunk. Rows point into its bytes until they are committed.
func (w *worker) chunk(ctx context.Context, c *chunk) error {
	w.read, w.uids = w.read[:0], w.uids[:0]
	for _, l := range c.lines {
		rd := w.decode(l, c.buf[l.start:l.end])
		w.read = append(w.read, rd)
		if rd.why == "" {
			w.uids = append(w.uids, rd.uid)
		}
	}
	known, err := w.store.Known(ctx, w.uids)
	if err != nil {
		return err
	}
	for i := range w.read {
		rd := &w.read[i]
		already := false
		if rd.why == "" {
			already, known = known[0], known[1:]
		}
		if err := w.take(c.source, rd, already); err != nil {
			return err
		}
	}
	return nil
}

// decode reads a record and removes the device's address from it, before its hash is taken.
func (w *worker) decode(l record, raw []byte) (rd reading) {
	rd = reading{record: l, raw: raw}
	defer func() {
		if p := recover(); p != nil { // a fault of ours must cost one record, not the run
			rd.m, rd.why = nil, fmt.Sprintf("internal: decoding failed: %v", p)
		}
		if rd.why != "" {
			rd.why = reason(rd.why)
			rd.raw = ooni.ScrubText(rd.raw)
			rd.hash = archive.Sum(rd.raw)
		}
	}()
	// A record with an error of its own is tried all the same, so that a rebuild, which has only the
	// bytes and the old reason, comes to the same answer.
	var err error
	if rd.m, err = ooni.DecodeShared(raw); err != nil {
		rd.why = err.Error()
		if l.err != nil {
			rd.why = l.err.Error()
		}
		return rd
	}
	if clean, changed := ooni.Scrub(raw, rd.m); changed {
		if rd.m, err = ooni.DecodeShared(clean); err != nil {
			rd.raw, rd.why = clean, "internal: unreadable without the device's address: "+err.Error()
			return rd
		}
		rd.raw = clean
	}
	rd.hash = archive.Sum(rd.raw)
	rd.uid = obs.UID(rd.m, rd.hash)
	return rd
}

// reason makes an error fit to be stored and counted.
func reason(s string) string {
	s = strings.ToValidUTF8(strings.Join(strings.Fields(s), " "), "\uFFFD")
	return s[:min(len(s), 500)]
}

// take archives a record and adds its rows to the batch.
func (w *worker) take(source *account, rd *reading, already bool) error {
	t := Totals{Read: 1, RawBytes: int64(len(rd.raw))}
	if rd.why == "" && !already {
		w.judge(rd)
	}
	if rd.why == "" {
		t.Kept = 1
	} else {
		t.Rejected, t.Reasons = 1, map[string]int64{rd.why: 1}
	}
	if already {
		t.Already = 1 // archived before it was stored, so there is nothing to do
	} else if err := w.put(source.name, rd); err != nil {
		return err
	}
	if rd.why != "" {
		w.rows.Rejected = append(w.rows.Rejected, store.Rejected{Hash: rd.hash.String(), Source: clean(source.name), Line: rd.number, Reason: rd.why})
	}
	w.bytes += int64(len(rd.raw)) + perRecord
	w.add(source, t)
	return nil
}

func clean(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

// judge adds the rows of a measurement to the batch; a fault of ours makes it rejected.
func (w *worker) judge(rd *reading) {
	b := &w.rows
	rows, certs, verdicts := len(b.Observations), len(b.Certificates), len(b.Verdicts)
	defer func() {
		if p := recover(); p != nil {
			b.Observations, b.Certificates, b.Verdicts = b.Observations[:rows], b.Certificates[:certs], b.Verdicts[:verdicts]
			rd.why = reason(fmt.Sprintf("internal: judging failed: %v", p))
		}
	}()
	start, _ := rd.m.Start()
	facts := w.refdata.AsOf(start)
	id := obs.Identity{UID: rd.uid, Hash: hex.EncodeToString(rd.hash[:])}
	b.Observations, b.Certificates = obs.Flatten(b.Observations, b.Certificates, rd.m, id, facts)
	b.Verdicts = verdict.Judge(b.Verdicts, b.Observations[rows:], facts, nil)
}

// put hands a record to the archive's batch for its source.
func (w *worker) put(source string, rd *reading) error {
	if w.archive == nil {
		return nil
	}
	b := w.batches[source]
	if b == nil {
		var err error
		if b, err = w.archive.Begin(source); err != nil {
			return err
		}
		if w.batches == nil {
			w.batches = map[string]*archive.Batch{}
		}
		w.batches[source] = b
	}
	return b.PutHashed(rd.hash, rd.raw, archive.Entry{Line: rd.number, Rejected: rd.why})
}

func (w *worker) add(source *account, t Totals) {
	w.totals.Add(t)
	if w.counts == nil {
		w.counts = map[*account]*Totals{}
	}
	c := w.counts[source]
	if c == nil {
		c = &Totals{}
		w.counts[source] = c
	}
	c.Kept += t.Kept
	c.Rejected += t.Rejected
	c.Already += t.Already
}

// commit makes a batch durable: evidence first, then what was concluded from it.
func (w *worker) commit(ctx context.Context) error {
	if err := w.refdata.Err(); err != nil {
		return fmt.Errorf("reference data: %w", err)
	}
	for source, b := range w.batches {
		if _, err := b.Commit(ctx); err != nil {
			return fmt.Errorf("archive %s: %w", source, err)
		}
	}
	if len(w.rows.Verdicts) > 0 || len(w.rows.Rejected) > 0 {
		if err := w.store.Append(ctx, w.rows); err != nil {
			return err
		}
	}
	err := w.close()
	clear(w.rows.Observations) // they point into the records
	clear(w.rows.Verdicts)
	w.rows = store.Batch{Observations: w.rows.Observations[:0], Verdicts: w.rows.Verdicts[:0], Certificates: w.rows.Certificates[:0]}
	for a, t := range w.counts {
		a.kept.Add(t.Kept)
		a.rejected.Add(t.Rejected)
		a.already.Add(t.Already)
	}
	w.account(w.totals)
	w.totals, w.bytes, w.counts = Totals{}, 0, nil
	return err
}

// close lets go of the archive's batches.
func (w *worker) close() error {
	var err error
	for _, b := range w.batches {
		err = errors.Join(err, b.Close())
	}
	clear(w.batches)
	return err
}
