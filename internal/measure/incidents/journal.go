package incidents

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"sync"
	"syscall"
	"time"

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
	At         time.Time       `json:"at"` // when it was said
	What       string          `json:"what"`
	Thresholds string          `json:"thresholds"`
	RuleSet    string          `json:"rule_set"`
	Incident   series.Incident `json:"incident"` // as it was then, without its episodes
	Previous   string          `json:"previous"` // hex SHA-256 of the line before, "" for the first
	Hash       string          `json:"-"`        // of this line
}

// Journal is the append-only record of what was said about incidents.
type Journal struct {
	path string

	mu      sync.Mutex
	entries []Entry
	size    int64 // of the file, as far as it was read
}

// ErrBroken says that the journal is not the chain of lines it must be.
var ErrBroken = errors.New("the journal of incidents is broken")

// OpenJournal opens the journal below the data folder, which need not be there yet.
func OpenJournal(data string) (*Journal, error) {
	j := &Journal{path: filepath.Join(data, "incidents", "journal.jsonl")}
	return j, j.read()
}

// read takes in what was appended since the last time, by this or another process.
func (j *Journal) read() error {
	b, err := os.ReadFile(j.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read journal of incidents: %w", err)
	}
	if int64(len(b)) < j.size {
		return fmt.Errorf("%w: it became shorter", ErrBroken)
	}
	s := bufio.NewScanner(bytes.NewReader(b[j.size:]))
	s.Buffer(nil, 64<<20)
	for s.Scan() {
		line := s.Bytes()
		var e Entry
		if err := json.Unmarshal(line, &e); err != nil {
			if j.size+int64(len(line)) == int64(len(b)) {
				break // the last line, without its end: an append that was cut off, and never acknowledged
			}
			return fmt.Errorf("%w: entry %d: %w", ErrBroken, len(j.entries)+1, err)
		}
		if e.Previous != j.last() {
			return fmt.Errorf("%w: entry %d does not follow the one before", ErrBroken, len(j.entries)+1)
		}
		sum := sha256.Sum256(line)
		e.Hash = hex.EncodeToString(sum[:])
		j.entries = append(j.entries, e)
		j.size += int64(len(line)) + 1
	}
	return s.Err()
}

func (j *Journal) last() string {
	if len(j.entries) == 0 {
		return ""
	}
	return j.entries[len(j.entries)-1].Hash
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
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := j.read(); err != nil {
		return nil, err
	}
	return j.states(), nil
}

func (j *Journal) states() []State {
	at := map[string]int{}
	var out []State
	for _, e := range j.entries {
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
	j.mu.Lock()
	defer j.mu.Unlock()
	err := j.read()
	return slices.Clone(j.entries), err
}

// Update compares what was found with what was said, appends what is new, and returns it. Incidents
// keep their id when later data move them a little. What lies outside the time looked at is left alone.
func (j *Journal) Update(at time.Time, f Found, t series.Thresholds, ruleSet string) ([]Entry, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := os.MkdirAll(filepath.Dir(j.path), 0o755); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(j.path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	defer file.Close() // which unlocks
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX); err != nil {
		return nil, fmt.Errorf("lock journal of incidents: %w", err)
	}
	if err := j.read(); err != nil {
		return nil, err
	}
	if err := file.Truncate(j.size); err != nil { // what an interrupted append left
		return nil, err
	}
	var fresh []Entry
	for _, e := range j.compare(f, t) {
		e.At, e.Thresholds, e.RuleSet = at.UTC().Truncate(time.Second), t.Version, ruleSet
		e.Previous = j.last()
		line, err := json.Marshal(e)
		if err != nil {
			return fresh, err
		}
		if _, err := file.WriteAt(append(line, '\n'), j.size); err != nil {
			return fresh, fmt.Errorf("append to journal of incidents: %w", err)
		}
		sum := sha256.Sum256(line)
		e.Hash = hex.EncodeToString(sum[:])
		j.size += int64(len(line)) + 1
		j.entries = append(j.entries, e)
		fresh = append(fresh, e)
	}
	return fresh, file.Sync()
}

// compare makes the entries that what was found calls for.
func (j *Journal) compare(f Found, t series.Thresholds) []Entry {
	known := j.states()
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
