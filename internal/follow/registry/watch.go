package registry

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"veedor/internal/evidence/journal"
	"veedor/internal/follow/match"
)

// Watch is a question asked again and again: what is new about an entity, about whatever bears a name, or about whatever
// is of a country and a topic.
type Watch struct {
	Entity    string  `json:"entity,omitempty"`    // an id, or
	Name      string  `json:"name,omitempty"`      // a name, and
	Threshold float64 `json:"threshold,omitempty"` // from which score on something is taken to bear it, or
	Country   string  `json:"country,omitempty"`   // FollowTheMoney's code of a country, and
	Topic     string  `json:"topic,omitempty"`     // or only: FollowTheMoney's code of a topic
	Why       string  `json:"why,omitempty"`
}

// wide says whether a watch is about no entity or name.
func (w *Watch) wide() bool { return w.Country != "" || w.Topic != "" }

// What a line of the journal of watches says.
const (
	Watched   = "watched"
	Unwatched = "unwatched"
	Alerted   = "alert"  // something became known
	Looked    = "looked" // all that was known up to a state has been looked at
)

// WatchEntry is one line of the journal of watches.
type WatchEntry struct {
	At           time.Time         `json:"at"`
	What         string            `json:"what"`
	ID           int               `json:"id"` // of the watch
	By           string            `json:"by,omitempty"`
	Watch        Watch             `json:"watch,omitzero"`   // of one that begins
	State        int64             `json:"state,omitempty"`  // up to which was looked; of an alert, the last state of its dataset then
	Entity       string            `json:"entity,omitempty"` // of an alert
	Dataset      string            `json:"dataset,omitempty"`
	Caption      string            `json:"caption,omitempty"`
	Change       string            `json:"change,omitempty"` // added, removed or changed
	Statements   []StatementChange `json:"statements,omitempty"`
	journal.Link                   // to the line before
}

type watchJournal struct{ kept *journal.Journal[WatchEntry] }

func openWatches(dir string) *watchJournal {
	return &watchJournal{journal.Open(filepath.Join(dir, "watches.jsonl"), func(e *WatchEntry) *journal.Link { return &e.Link })}
}

// WatchState is a watch that holds.
type WatchState struct {
	ID int
	Watch
	By     string
	Since  time.Time
	Looked int64        // the state up to which was looked
	Alerts []WatchEntry // oldest first
}

// Watches returns the watches that hold, oldest first, with their alerts.
func (r *Registry) Watches() ([]WatchState, error) {
	entries, err := r.watches.kept.Entries()
	if err != nil {
		return nil, fmt.Errorf("list watches: %w", err)
	}
	return watchStates(entries), nil
}

func watchStates(entries []WatchEntry) []WatchState {
	var out []WatchState
	for _, e := range entries {
		i := slices.IndexFunc(out, func(w WatchState) bool { return w.ID == e.ID })
		switch {
		case e.What == Watched:
			out = append(out, WatchState{ID: e.ID, Watch: e.Watch, By: e.By, Since: e.At, Looked: e.State})
		case i < 0:
		case e.What == Unwatched:
			out = slices.Delete(out, i, i+1)
		case e.What == Looked:
			out[i].Looked = e.State
		case e.What == Alerted:
			out[i].Alerts = append(out[i].Alerts, e)
		}
	}
	return out
}

// AddWatch begins a watch; what is known already is not alerted.
func (r *Registry) AddWatch(ctx context.Context, w Watch, by string, at time.Time) (WatchState, error) {
	asked := 0
	for _, given := range []bool{w.Entity != "", w.Name != "", w.wide()} {
		if given {
			asked++
		}
	}
	if asked != 1 || by == "" {
		return WatchState{}, fmt.Errorf("watch: one of an entity, a name, or a country and topic is needed, and who watches")
	}
	if err := w.cleanCodes(); err != nil {
		return WatchState{}, fmt.Errorf("watch: %w", err)
	}
	if w.Name != "" && w.Threshold <= 0 {
		w.Threshold = match.Threshold()
	}
	if w.Entity != "" {
		if _, err := r.Entity(ctx, w.Entity); err != nil {
			return WatchState{}, fmt.Errorf("watch: %w", err)
		}
	}
	last, err := r.lastState(ctx)
	if err != nil {
		return WatchState{}, err
	}
	out, err := r.watches.kept.Append(func(known []WatchEntry) ([]WatchEntry, error) {
		id := 1
		for _, e := range known {
			id = max(id, e.ID+1)
		}
		return []WatchEntry{{At: at, What: Watched, ID: id, By: by, Watch: w, State: last}}, nil
	})
	if err != nil {
		return WatchState{}, fmt.Errorf("watch: %w", err)
	}
	return watchStates(out)[0], nil
}

// EndWatch ends a watch.
func (r *Registry) EndWatch(id int, by string, at time.Time) error {
	_, err := r.watches.kept.Append(func(known []WatchEntry) ([]WatchEntry, error) {
		if !slices.ContainsFunc(watchStates(known), func(w WatchState) bool { return w.ID == id }) {
			return nil, fmt.Errorf("watch %d: %w", id, ErrNotFound)
		}
		return []WatchEntry{{At: at, What: Unwatched, ID: id, By: by}}, nil
	})
	if err != nil {
		return fmt.Errorf("end watch: %w", err)
	}
	return nil
}

// Look writes down what became known since the last look of each watch, and returns it.
func (r *Registry) Look(ctx context.Context, at time.Time) ([]WatchEntry, error) {
	last, err := r.lastState(ctx)
	if err != nil {
		return nil, err
	}
	lines, err := r.courses(ctx)
	if err != nil {
		return nil, err
	}
	out, err := r.watches.kept.Append(func(known []WatchEntry) ([]WatchEntry, error) {
		var fresh []WatchEntry
		for _, w := range watchStates(known) {
			if w.Looked >= last {
				continue
			}
			err := r.watched(ctx, w, lines, func(rec *record) error {
				t := lines[rec.dataset]
				if len(t.timeline) == 0 {
					return nil
				}
				before, after := t.current(w.Looked), t.current(last)
				if w.wide() && !r.isOf(&w.Watch, rec, before, after) {
					return nil
				}
				if c := r.compare(rec, before, after, true); c != nil {
					fresh = append(fresh, WatchEntry{At: at, What: Alerted, ID: w.ID, State: t.newest(last), Entity: rec.id, Dataset: t.timeline[0].Dataset, Caption: c.Caption, Change: c.What, Statements: c.Statements})
				}
				return nil
			})
			if err != nil {
				return nil, err
			}
			fresh = append(fresh, WatchEntry{At: at, What: Looked, ID: w.ID, State: last})
		}
		return fresh, nil
	})
	if err != nil {
		return nil, fmt.Errorf("look at watches: %w", err)
	}
	return slices.DeleteFunc(out, func(e WatchEntry) bool { return e.What != Alerted }), nil
}

// watched hands out the records a watch is about, or may be.
func (r *Registry) watched(ctx context.Context, w WatchState, lines map[int64]course, yield func(*record) error) error {
	switch {
	case w.wide():
		return r.widely(ctx, w, lines, yield)
	case w.Entity != "":
		_, members, err := r.Canonical(w.Entity)
		if err != nil {
			return err
		}
		recs, err := r.records(ctx, members)
		if err != nil {
			return err
		}
		for _, rec := range recs {
			if err := yield(rec); err != nil {
				return err
			}
		}
		return nil
	}
	return r.index.use(ctx, r, func(x *match.Index) error {
		for _, hit := range x.Search(match.Entity{Names: []string{w.Name}}, mostHits, nil) {
			if hit.Score < w.Threshold {
				break
			}
			rec, err := r.matchedRow(ctx, hit)
			if err != nil {
				return err
			}
			if err := yield(rec); err != nil {
				return err
			}
		}
		return nil
	})
}

// lastState returns the last state whose import ended.
func (r *Registry) lastState(ctx context.Context) (int64, error) {
	states, err := r.States(ctx, "")
	last := int64(0)
	for _, s := range states {
		if s.Status != Reading {
			last = max(last, s.ID)
		}
	}
	return last, err
}
