package incidents

import (
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"time"

	"veedor/internal/evidence/journal"
	"veedor/internal/measure/series"
)

// What an entry of the journal says of an incident.
const (
	Published = "published" // it was found for the first time
	Changed   = "changed"   // later data or rules moved it
	Ended     = "ended"     // the restriction is over
	Withdrawn = "withdrawn" // it proved to be none, or is no longer found
	Restored  = "restored"  // it was withdrawn, and is found again
)

// CauseGone is why an incident was withdrawn that is no longer found.
const CauseGone = "gone"

// Entry is one line of the journal.
type Entry struct {
	At           time.Time       `json:"at"` // when it was said
	What         string          `json:"what"`
	Thresholds   string          `json:"thresholds"`
	RuleSet      string          `json:"rule_set"`
	Incident     series.Incident `json:"incident"` // as it was then, without its episodes
	journal.Link                 // to the line before
}

// Journal is the append-only record of what was said about incidents.
type Journal struct{ kept *journal.Journal[Entry] }

// ErrBroken says that the journal is not the chain of lines it must be.
var ErrBroken = journal.ErrBroken

// OpenJournal opens the journal below the data folder, which need not be there yet.
func OpenJournal(data string) (*Journal, error) {
	j := &Journal{journal.Open(filepath.Join(data, "incidents", "journal.jsonl"), func(e *Entry) *journal.Link { return &e.Link })}
	_, err := j.Entries()
	return j, err
}

// State is an incident as it stands, with everything that was said of it, oldest first.
type State struct {
	series.Incident
	History []Entry
}

// First returns when it was first published, and Last when it was last changed.
func (s *State) First() time.Time { return s.History[0].At }

// Last returns when it was last changed.
func (s *State) Last() time.Time { return s.History[len(s.History)-1].At }

// All returns every incident that was ever published, latest onset first.
func (j *Journal) All() ([]State, error) {
	entries, err := j.Entries()
	return states(entries), err
}

func states(entries []Entry) []State {
	at := map[string]int{}
	var out []State
	for _, e := range entries {
		i, ok := at[e.Incident.ID]
		if !ok {
			i = len(out)
			at[e.Incident.ID] = i
			out = append(out, State{})
		}
		out[i].Incident = e.Incident
		out[i].History = append(out[i].History, e)
	}
	slices.SortStableFunc(out, func(a, b State) int { return int(b.From - a.From) })
	return out
}

// Entries returns the whole journal, oldest first.
func (j *Journal) Entries() ([]Entry, error) {
	entries, err := j.kept.Entries()
	if err != nil {
		return nil, fmt.Errorf("journal of incidents: %w", err)
	}
	return entries, nil
}

// Update compares what was found with what was said, appends what is new, and returns it. Incidents
// keep their id when later data move them a little. What lies outside the time looked at is left alone.
func (j *Journal) Update(at time.Time, f Found, t series.Thresholds, ruleSet string) ([]Entry, error) {
	fresh, err := j.kept.Append(func(known []Entry) ([]Entry, error) {
		out := compare(states(known), f, t)
		for i := range out {
			out[i].At, out[i].Thresholds, out[i].RuleSet = at.UTC().Truncate(time.Second), t.Version, ruleSet
		}
		return out, nil
	})
	if err != nil {
		return nil, fmt.Errorf("journal of incidents: %w", err)
	}
	return fresh, nil
}

// compare makes the entries that what was found calls for.
func compare(known []State, f Found, t series.Thresholds) []Entry {
	taken := make([]bool, len(known))
	var out []Entry
	for _, inc := range f.Incidents {
		inc.Episodes = nil
		best := -1
		for i := range known {
			if !taken[i] && Same(&known[i].Incident, &inc, t) && (best < 0 || distance(&known[i].Incident, &inc) < distance(&known[best].Incident, &inc)) {
				best = i
			}
		}
		if best < 0 {
			what := Published
			if inc.Withdrawn != "" {
				continue // never said, never taken back
			}
			out = append(out, Entry{What: what, Incident: inc})
			continue
		}
		taken[best] = true
		old := known[best].Incident
		inc.ID = old.ID
		switch {
		case old.Withdrawn == "" && inc.Withdrawn != "":
			out = append(out, Entry{What: Withdrawn, Incident: inc})
		case old.Withdrawn != "" && inc.Withdrawn == "":
			out = append(out, Entry{What: Restored, Incident: inc})
		case old.To == 0 && inc.To != 0:
			out = append(out, Entry{What: Ended, Incident: inc})
		case !alike(&old, &inc):
			out = append(out, Entry{What: Changed, Incident: inc})
		}
	}
	from, to := f.From.Unix()/3600, f.To.Unix()/3600
	for i := range known {
		inc := known[i].Incident
		if taken[i] || inc.Withdrawn != "" || inc.From < from+t.Rolling || inc.From >= to {
			continue
		}
		inc.Withdrawn = CauseGone
		out = append(out, Entry{What: Withdrawn, Incident: inc})
	}
	return out
}

// Same says whether two are the same event, told by different data.
func Same(a, b *series.Incident, t series.Thresholds) bool {
	if a.Kind != b.Kind || a.CC != b.CC || distance(a, b) > t.Rolling {
		return false
	}
	return meet(a.Networks, b.Networks) && meet(a.Targets, b.Targets)
}

func distance(a, b *series.Incident) int64 {
	if a.From > b.From {
		return a.From - b.From
	}
	return b.From - a.From
}

// meet says whether two lists have something in common; two empty ones do.
func meet[T comparable](a, b []T) bool {
	return len(a) == 0 && len(b) == 0 || slices.ContainsFunc(a, func(x T) bool { return slices.Contains(b, x) })
}

// alike says whether a reader would see no difference.
func alike(a, b *series.Incident) bool {
	return a.From == b.From && a.To == b.To && a.Partial == b.Partial && reflect.DeepEqual(a.Networks, b.Networks) && reflect.DeepEqual(a.Targets, b.Targets) && reflect.DeepEqual(a.Layers, b.Layers)
}
