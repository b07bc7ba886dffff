package capture

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"sync"
	"time"

	"veedor/internal/evidence/journal"
	"veedor/internal/evidence/wacz"
)

// ErrNotFound says that there is no capture, quote or part of a capture of that name.
var ErrNotFound = errors.New("not among the captures")

// ErrRefused says that something was not captured because it may not be, or because it asks for too much.
// The reason follows, and stands in the journal.
var ErrRefused = errors.New("refused")

// ErrNotLogged says that what was done is done and journalled, but the log was not told of it.
var ErrNotLogged = errors.New("captured, but not in the log")

// Log is told of the hashes of new captures and of new lines of the journal, as 64 hex digits, so that it makes
// leaves of them. Being told twice must do no harm.
type Log interface {
	Append(ctx context.Context, captures, events []string) error
}

// Options are what Captures need beside their folder; the zero value works.
type Options struct {
	Now      func() time.Time // time.Now when nil
	Log      Log              // none when nil
	Software string           // "veedor 0.3.0"; recorded in captures

	// PDFHelper is the command, with its arguments, by which this program reads a PDF in a process of its own (ReadPDF). Without it, PDFs
	// have text only where poppler's pdftotext is installed.
	PDFHelper []string

	// Sign signs packages by wacz-auth; they stay unsigned when it is nil.
	Sign func(hash string) (*wacz.Signed, error)
}

// Captures are all captures below a data folder. They may be used from many goroutines, and many processes
// may have the same ones open.
type Captures struct {
	dir     string // DATA/captures
	opt     Options
	journal *journal.Journal[Entry]

	mu    sync.Mutex // held while the state is read or changed
	state *state
}

// Open opens the captures below the data folder, which need not be there yet. What processes that were killed
// left half done is removed.
func Open(data string, opt Options) (*Captures, error) {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Software == "" {
		opt.Software = "veedor"
	}
	c := &Captures{dir: filepath.Join(data, "captures"), opt: opt, state: newState()}
	c.journal = journal.Open(filepath.Join(c.dir, "journal.jsonl"), func(e *Entry) *journal.Link { return &e.Link })
	c.sweep()
	return c, c.look(func(*state) error { return nil })
}

// look gives f the state with what others appended meanwhile. f must not keep what it is given.
func (c *Captures) look(f func(*state) error) error {
	entries, err := c.Entries()
	if err != nil {
		return fmt.Errorf("read captures: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.state.fold(entries)
	return f(c.state)
}

// append appends the entries that f makes of the state, which nobody else changes meanwhile, and tells the log.
// A log that fails makes an error that wraps ErrNotLogged; the entries are there all the same.
func (c *Captures) append(ctx context.Context, f func(*state) ([]Entry, error)) ([]Entry, error) {
	fresh, err := c.journal.Append(func(known []Entry) ([]Entry, error) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.state.fold(known)
		entries, err := f(c.state)
		at := c.opt.Now().UTC().Truncate(time.Second)
		if at.Before(c.state.last) { // a clock that went back
			at = c.state.last
		}
		for i := range entries {
			entries[i].At = at
		}
		return entries, err
	})
	if err != nil {
		return nil, fmt.Errorf("write journal of captures: %w", err)
	}
	return fresh, c.log(ctx, fresh)
}

func (c *Captures) log(ctx context.Context, fresh []Entry) error {
	if c.opt.Log == nil {
		return nil
	}
	var captures, events []string
	for i := range fresh {
		if fresh[i].Capture != nil {
			captures = append(captures, fresh[i].Capture.Hash)
		}
		events = append(events, fresh[i].Hash)
	}
	if len(events) == 0 {
		return nil
	}
	if err := c.opt.Log.Append(ctx, captures, events); err != nil {
		return fmt.Errorf("%w: %w", ErrNotLogged, err)
	}
	return nil
}

// Filter narrows a list; zero fields ask for everything.
type Filter struct {
	URL  string // captures of this page
	Kind string
	Max  int
}

// List returns captures, latest first.
func (c *Captures) List(f Filter) ([]Capture, error) {
	var key string
	if f.URL != "" {
		var err error
		if _, key, err = address(f.URL); err != nil {
			return nil, err
		}
	}
	var out []Capture
	err := c.look(func(s *state) error {
		all := s.captures
		if key != "" {
			all = s.byKey[key]
		}
		for _, x := range all {
			if f.Kind == "" || f.Kind == x.Kind {
				out = append(out, *x)
			}
		}
		return nil
	})
	slices.SortStableFunc(out, func(a, b Capture) int { return b.At.Compare(a.At) })
	if f.Max > 0 && len(out) > f.Max {
		out = out[:f.Max]
	}
	return out, err
}

var (
	hexHash  = regexp.MustCompile(`^[0-9a-f]{6,64}$`)
	fileHash = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// Get returns a capture by its hash, or by the beginning of it, at least 6 digits, when no other begins so.
func (c *Captures) Get(hash string) (*Capture, error) {
	var out Capture
	err := c.look(func(s *state) error {
		x, err := s.get(hash)
		if err == nil {
			out = *x
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return &out, nil
}

func (s *state) get(hash string) (*Capture, error) {
	if !hexHash.MatchString(hash) {
		return nil, fmt.Errorf("capture %.80q: want 64 hex digits, or at least the first 6: %w", hash, ErrNotFound)
	}
	x, several := s.find(hash)
	if several {
		return nil, fmt.Errorf("capture %s: several begin so; give more digits: %w", hash, ErrNotFound)
	}
	if x == nil {
		return nil, fmt.Errorf("capture %s: %w", hash, ErrNotFound)
	}
	return x, nil
}

// Same returns the captures of the same page as this one, itself among them, oldest first.
func (c *Captures) Same(hash string) ([]Capture, error) {
	var out []Capture
	err := c.look(func(s *state) error {
		x, err := s.get(hash)
		if err != nil {
			return err
		}
		same := s.byKey[x.Key]
		if x.Key == "" {
			same = []*Capture{x}
		}
		for _, x := range same {
			out = append(out, *x)
		}
		return nil
	})
	return out, err
}

// Watches returns the watches there are, by address.
func (c *Captures) Watches() ([]WatchState, error) {
	var out []WatchState
	err := c.look(func(s *state) error {
		for _, w := range s.watches {
			if w.Every > 0 {
				out = append(out, *w)
			}
		}
		return nil
	})
	slices.SortFunc(out, func(a, b WatchState) int { return cmp.Compare(a.URL, b.URL) })
	return out, err
}

// Alerts returns all alerts, latest first.
func (c *Captures) Alerts() ([]Alert, error) {
	var out []Alert
	err := c.look(func(s *state) error {
		out = slices.Clone(s.alerts)
		return nil
	})
	slices.Reverse(out)
	return out, err
}

// Refusals returns the entries of what was refused or gave no answer, latest first.
func (c *Captures) Refusals() ([]Entry, error) {
	var out []Entry
	err := c.look(func(s *state) error {
		out = slices.Clone(s.refusals)
		return nil
	})
	slices.Reverse(out)
	return out, err
}

// Entries returns the whole journal, oldest first.
//
// Hashes name files: a journal with one that is none is broken.
func (c *Captures) Entries() ([]Entry, error) {
	entries, err := c.journal.Entries()
	for i := range entries {
		if x := entries[i].Capture; x != nil && !fileHash.MatchString(x.Hash) {
			return nil, errors.Join(err, fmt.Errorf("%w: line %d: a capture's hash is %.70q", journal.ErrBroken, i+1, x.Hash))
		}
	}
	return entries, err
}
