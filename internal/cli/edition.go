package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"veedor/internal/evidence/archive"
	"veedor/internal/evidence/dossier"
	"veedor/internal/evidence/tlog"
	"veedor/internal/measure/incidents"
	"veedor/internal/measure/store"
	"veedor/internal/measure/verdict"
	"veedor/internal/weigh/cases"
	"veedor/internal/weigh/edition"
)

// measured answers an edition's questions from the archive and the store.
type measured struct{ h *house }

// maxFound is how many measurements one finding may rest on.
const maxFound = 100_000

// Match implements edition.Measurements.
func (m measured) Match(ctx context.Context, q cases.Finding, f func(edition.Measured) error) error {
	filter := store.Filter{CC: q.Country, ASN: q.Network, Target: q.Target}
	if q.Layer != "" && q.Layer != string(verdict.All) {
		filter.Layer = verdict.Layer(q.Layer)
	}
	for _, d := range []struct {
		date cases.Date
		into *time.Time
	}{{q.From, &filter.From}, {q.To, &filter.To}} {
		if d.date != "" {
			var err error
			if *d.into, _, err = d.date.Time(); err != nil {
				return err
			}
		}
	}
	rows, err := m.h.lake.Latest(ctx, filter, maxFound+1, 0)
	if err != nil {
		return err
	}
	if len(rows) > maxFound {
		return fmt.Errorf("a finding on more than %d measurements: narrow its time, network or target", maxFound)
	}
	for _, r := range slices.Backward(rows) {
		if err := f(asMeasured(&r)); err != nil {
			return err
		}
	}
	return nil
}

func asMeasured(r *verdict.Row) edition.Measured {
	return edition.Measured{UID: r.MeasurementUID, Hash: r.EvidenceHash, At: r.StartTime, State: string(r.State), Says: verdict.Quote(r),
		RuleSet: r.RuleSet, Snapshot: r.Snapshot}
}

// One implements edition.Measurements.
func (m measured) One(ctx context.Context, uid string) (edition.Measured, error) {
	got, err := m.h.lake.Measurement(ctx, uid)
	if errors.Is(err, store.ErrNotFound) {
		return edition.Measured{}, edition.ErrNotFound
	}
	if err != nil {
		return edition.Measured{}, err
	}
	return asMeasured(&got.Verdicts[0]), nil
}

// Raw implements edition.Measurements.
func (m measured) Raw(hash string) ([]byte, error) {
	h, err := archive.ParseHash(hash)
	if err != nil {
		return nil, err
	}
	return m.h.archive.Get(h)
}

// Rules implements edition.Measurements.
func (m measured) Rules() (string, []byte) {
	return verdict.RuleSet, []byte(verdict.Document())
}

// told answers an edition's questions from the journal of incidents.
type told struct{ data string }

// Lines implements edition.Incidents.
func (t told) Lines(id string) ([]edition.Line, error) {
	j, err := incidents.OpenJournal(t.data)
	if err != nil {
		return nil, err
	}
	all, err := j.Entries()
	if err != nil {
		return nil, err
	}
	var out []edition.Line
	for i := range all {
		if all[i].Incident.ID != id {
			continue
		}
		line, err := json.Marshal(all[i])
		if err != nil {
			return nil, err
		}
		// The journal's writer wrote it so; what differs was written by another release.
		if got := archive.Sum(line).String(); got != all[i].Hash {
			return nil, fmt.Errorf("line %d of the journal of incidents cannot be written again as it stands", i+1)
		}
		out = append(out, edition.Line{Hash: all[i].Hash, Text: bytes.Clone(line), Says: all[i].What + ": " + incidents.Line(&all[i].Incident)})
	}
	if len(out) == 0 {
		return nil, edition.ErrNotFound
	}
	return out, nil
}

// proving answers from the log.
type proving struct{ log *tlog.Log }

// Freeze implements edition.Log: all is proved at one checkpoint that holds every item, if there is one that the
// witnesses asked for cosigned, else one that was stamped, else the newest.
func (p proving) Freeze(ctx context.Context, items []edition.Item) (dossier.Log, []edition.Item, error) {
	var out dossier.Log
	var missing []edition.Item
	var last uint64
	var found []tlog.Entry
	for _, it := range items {
		h, err := tlog.ParseHash(it.Hash)
		if err != nil {
			return out, nil, err
		}
		leaves, err := p.log.Find(ctx, h)
		if err != nil && !errors.Is(err, tlog.ErrNotFound) && !errors.Is(err, tlog.ErrEmpty) {
			return out, nil, err
		}
		i := slices.IndexFunc(leaves, func(e tlog.Entry) bool { return string(e.Kind) == it.Kind })
		if i < 0 {
			missing = append(missing, it)
			continue
		}
		found = append(found, leaves[i])
		last = max(last, leaves[i].Index)
	}
	// Without any of them the checkpoint still says that the dossier is no older than the log was then.
	at, err := p.checkpoint(last)
	switch {
	case errors.Is(err, tlog.ErrEmpty):
		return out, missing, nil
	case err != nil:
		return out, nil, err
	}
	out.Checkpoint = at.Raw
	for _, e := range found {
		data, err := p.log.ProofAt(ctx, e.Index, at.Size)
		if err != nil {
			return out, nil, err
		}
		out.Proofs = append(out.Proofs, dossier.Proof{Kind: string(e.Kind), SHA256: e.Hash.String(), At: e.At, Index: int64(e.Index), Data: data})
	}
	stamps, err := p.log.Stamps()
	for _, s := range stamps {
		if s.Size == at.Size {
			out.Tokens = append(out.Tokens, dossier.Token{Name: s.Authority, Data: s.Response})
		}
	}
	return out, missing, err
}

// checkpoint chooses the one at which the leaves up to an index are proved.
func (p proving) checkpoint(last uint64) (*tlog.Checkpoint, error) {
	best, err := p.log.Checkpoint()
	if err != nil {
		return nil, err
	}
	rank := 0
	sizes, err := p.log.Cosigned()
	if err != nil {
		return nil, err
	}
	stamps, err := p.log.Stamps()
	if err != nil {
		return nil, err
	}
	for _, s := range stamps {
		sizes = append(sizes, s.Size)
	}
	for _, size := range sizes {
		if size <= last {
			continue
		}
		c, err := p.log.CheckpointAt(size)
		if err != nil {
			return nil, err
		}
		r := 0
		if ok, err := p.log.Satisfied(c); err != nil {
			return nil, err
		} else if ok {
			r += 2
		}
		if slices.ContainsFunc(stamps, func(s tlog.Stamp) bool { return s.Size == size }) {
			r++
		}
		if r > rank || r == rank && size > best.Size {
			best, rank = c, r
		}
	}
	return best, nil
}
