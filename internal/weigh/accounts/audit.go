package accounts

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"veedor/internal/evidence/journal"
)

// Kinds of events.
const (
	SignedIn        = "signed in"
	Refused         = "refused"
	SignedOut       = "signed out"
	SessionEnded    = "session ended"
	Joined          = "joined"
	Invited         = "invited"
	LinkMade        = "link made"
	WasReset        = "reset"
	RoleChanged     = "role changed"
	Disabled        = "disabled"
	Enabled         = "enabled"
	PasswordChanged = "password changed"
	FactorChanged   = "second factor changed"
	CodesMade       = "recovery codes made"
	CodeUsed        = "recovery code used"
	PasskeyAdded    = "passkey added"
	PasskeyRemoved  = "passkey removed"
	PasskeyCopied   = "passkey perhaps copied"
	RuleChanged     = "rule of two persons"
	Proposed        = "proposed"
	Approved        = "approved"
	TurnedDown      = "turned down"
)

// Terminal stands for whoever works at the server's terminal.
const Terminal = "terminal"

// Event is one line of the audit: what was allowed or refused. No address, browser or typed name is in it.
type Event struct {
	At     time.Time `json:"at"`
	Kind   string    `json:"kind"`
	Person string    `json:"person,omitempty"` // whom it is about; "" where nobody has that name
	By     string    `json:"by,omitempty"`     // who did it: a person, or Terminal
	Detail string    `json:"detail,omitempty"`
	Count  int       `json:"count,omitempty"` // of refusals told in one line
	journal.Link
}

func (a *Accounts) record(e Event) error {
	e.At = a.Now().UTC().Truncate(time.Second)
	_, err := a.audit.Append(func([]Event) ([]Event, error) { return []Event{e}, nil })
	if err != nil {
		return fmt.Errorf("record %s: %w", e.Kind, err)
	}
	return nil
}

// Audit returns what happened, the newest first, at most limit events after skipping some, and how many there are.
func (a *Accounts) Audit(skip, limit int) ([]Event, int, error) {
	all, err := a.audit.Entries()
	if err != nil {
		return nil, 0, err
	}
	slices.Reverse(all)
	from := min(max(skip, 0), len(all))
	return all[from:min(from+limit, len(all))], len(all), nil
}

// quiet gathers refusals, so that whoever guesses all day cannot fill the disk with lines.
type quiet struct {
	mu     sync.Mutex
	counts map[string]int // by person; "" for names that nobody has
	since  time.Time
}

// refused counts a refusal; the first of a person is told at once, the others together.
func (a *Accounts) refused(person string) error {
	a.quiet.mu.Lock()
	now := a.Now()
	if a.quiet.counts == nil {
		a.quiet.counts, a.quiet.since = map[string]int{}, now
	}
	_, known := a.quiet.counts[person]
	if known {
		a.quiet.counts[person]++
	} else {
		a.quiet.counts[person] = 0
	}
	due := now.Sub(a.quiet.since) >= 10*time.Minute
	a.quiet.mu.Unlock()
	if !known {
		if err := a.record(Event{Kind: Refused, Person: person}); err != nil {
			return err
		}
	}
	if due {
		return a.flush()
	}
	return nil
}

// flush tells the refusals that were gathered.
func (a *Accounts) flush() error {
	a.quiet.mu.Lock()
	counts := a.quiet.counts
	a.quiet.counts = nil
	a.quiet.mu.Unlock()
	people := make([]string, 0, len(counts))
	for p := range counts {
		people = append(people, p)
	}
	slices.Sort(people)
	for _, p := range people {
		if n := counts[p]; n > 0 {
			if err := a.record(Event{Kind: Refused, Person: p, Count: n}); err != nil {
				return err
			}
		}
	}
	return nil
}
