package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"veedor/internal/evidence/capture"
	"veedor/internal/follow/registry"
	"veedor/internal/measure/incidents"
	"veedor/internal/weigh/cases"
	"veedor/internal/weigh/desk"
	"veedor/internal/weigh/edition"
)

// Ask implements desk.Measurements, by the same question that an edition asks.
func (m measured) Ask(ctx context.Context, q cases.Finding) (desk.Measured, error) {
	var out desk.Measured
	err := m.Match(ctx, q, func(r edition.Measured) error {
		out.Total++
		switch r.State {
		case "blocked":
			out.Blocked++
		case "ok":
			out.OK++
		case "down":
			out.Down++
		default:
			out.Insufficient++
		}
		if !slices.Contains(out.RuleSets, r.RuleSet) {
			out.RuleSets = append(out.RuleSets, r.RuleSet)
		}
		if !slices.Contains(out.Snapshots, r.Snapshot) {
			out.Snapshots = append(out.Snapshots, r.Snapshot)
		}
		return nil
	})
	slices.Sort(out.RuleSets)
	slices.Sort(out.Snapshots)
	return out, err
}

// deskMeasurements answers the desk from the store and from the journal of incidents.
type deskMeasurements struct {
	measured
	data string
}

// One implements desk.Measurements.
func (m deskMeasurements) One(ctx context.Context, uid string) (state, ruleSet string, err error) {
	got, err := m.measured.One(ctx, uid)
	if errors.Is(err, edition.ErrNotFound) {
		return "", "", desk.ErrNotFound
	}
	return got.State, got.RuleSet, err
}

// Incident implements desk.Measurements.
func (m deskMeasurements) Incident(_ context.Context, id string) (string, error) {
	j, err := incidents.OpenJournal(m.data)
	if err != nil {
		return "", err
	}
	all, err := j.All()
	if err != nil {
		return "", err
	}
	i := slices.IndexFunc(all, func(s incidents.State) bool { return s.ID == id })
	if i < 0 {
		return "", desk.ErrNotFound
	}
	if all[i].Withdrawn != "" {
		return desk.NoLonger, nil
	}
	return all[i].History[len(all[i].History)-1].What, nil
}

// deskRegistry answers the desk from the registry.
type deskRegistry struct{ r *registry.Registry }

// Says implements desk.Registry. Without a value it is whether anything is said of the property; without a property,
// whether anybody has the entity.
func (d deskRegistry) Says(ctx context.Context, entity, property, value string) (desk.Said, error) {
	var out desk.Said
	v, err := d.r.Entity(ctx, entity)
	if errors.Is(err, registry.ErrNotFound) {
		return out, desk.ErrNotFound
	}
	if err != nil {
		return out, err
	}
	if property == "" {
		out.Current, out.Sources = !v.Gone, len(v.Members)
		return out, nil
	}
	sets := map[string]bool{}
	found := false
	for _, val := range v.Get(property) {
		if value != "" && val.Value != value {
			continue
		}
		found = true
		out.Current = out.Current || val.Current
		for _, s := range val.Said {
			if s.Current == val.Current {
				sets[s.Dataset] = true
				if out.Dataset == "" || s.Dataset < out.Dataset {
					out.Dataset = s.Dataset
				}
			}
		}
	}
	if !found {
		return out, desk.ErrNotFound
	}
	out.Sources = len(sets)
	return out, nil
}

// deskCaptures answers the desk from the captures.
type deskCaptures struct{ k *capture.Captures }

// Quote implements desk.Captures: what became of it in the latest capture of its page.
func (d deskCaptures) Quote(_ context.Context, id string) (string, error) {
	q, err := d.k.Quotation(id)
	if errors.Is(err, capture.ErrNotFound) {
		return "", desk.ErrNotFound
	}
	if err != nil || len(q.History) == 0 {
		return desk.Found, err
	}
	return q.History[len(q.History)-1].Outcome, nil
}

// Capture implements desk.Captures.
func (d deskCaptures) Capture(_ context.Context, hash string) error {
	_, err := d.k.Get(hash)
	if errors.Is(err, capture.ErrNotFound) {
		return desk.ErrNotFound
	}
	return err
}

// deskAnswerers returns those that the desk asks, on an opened data folder, and what to call when they are asked no more.
func deskAnswerers(ctx context.Context, h *house, data string) (desk.Answerers, func() error, error) {
	var out desk.Answerers
	out.Measurements = deskMeasurements{measured{h}, data}
	k, err := capture.Open(data, capture.Options{})
	if err != nil {
		return out, nil, err
	}
	out.Captures = deskCaptures{k}
	reg, err := registry.Open(ctx, data)
	if err != nil {
		return out, nil, err
	}
	out.Registry = deskRegistry{reg}
	return out, reg.Close, nil
}

// reweigh asks again what claims rest on, all of them when none is named.
func reweigh(c *cobra.Command, h *house, d *desk.Desk, claims ...string) (desk.Reweighed, error) {
	a, done, err := deskAnswerers(c.Context(), h, dataDir(c))
	if err != nil {
		return desk.Reweighed{}, err
	}
	p := newCount(c.ErrOrStderr(), "reweigh", "claims")
	defer p.end()
	got, err := d.Reweigh(c.Context(), a, func(done, total int) { p.at(int64(done), int64(total), "") }, claims...)
	return got, errors.Join(err, done())
}

// weighAgain is reweighAfter for commands that have not opened the data folder as a whole.
func weighAgain(c *cobra.Command) error {
	if !hasDesk(c) {
		return nil
	}
	return with(c, func(h *house) error { return reweighAfter(c, h) })
}

// hasDesk says whether anybody works at the desk here.
func hasDesk(c *cobra.Command) bool {
	_, err := os.Stat(filepath.Join(dataDir(c), "desk", "journal.jsonl"))
	return !errors.Is(err, fs.ErrNotExist)
}

// reweighAfter weighs all claims again after a command that may have moved them, and says which stand otherwise.
func reweighAfter(c *cobra.Command, h *house) error {
	if !hasDesk(c) {
		return nil
	}
	return withDesk(c, func(d *desk.Desk) error {
		got, err := reweigh(c, h, d)
		printMoved(c.ErrOrStderr(), got.Moved) // standard output is the command's own
		return err
	})
}

// withDesk runs f on the opened desk.
func withDesk(c *cobra.Command, f func(*desk.Desk) error) error {
	d, err := desk.Open(c.Context(), dataDir(c), desk.Options{})
	if err != nil {
		return err
	}
	return errors.Join(f(d), d.Close())
}

func printMoved(w io.Writer, moved []desk.StatusChange) {
	for _, m := range moved {
		before := m.Standing.Before
		if before == "" {
			before = "new"
		}
		fmt.Fprintf(w, "claim %s: %s → %s (%s)\n", m.Claim, before, m.Standing.Status, m.Standing.Cause)
	}
}
