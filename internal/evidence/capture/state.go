package capture

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// state is what the journal says, folded.
type state struct {
	read      int // entries folded
	last      time.Time
	captures  []*Capture
	byHash    map[string]*Capture
	hashes    []string              // sorted
	byKey     map[string][]*Capture // by time of capture
	quotes    map[string]*Quotation
	quoted    map[string][]*Quotation // by hash of the capture
	watches   map[string]*WatchState  // by key of the page
	alerts    []Alert
	decisions map[string]*Decision // the last one of each capture
	refusals  []Entry
}

func newState() *state {
	return &state{byHash: map[string]*Capture{}, byKey: map[string][]*Capture{}, quotes: map[string]*Quotation{}, quoted: map[string][]*Quotation{},
		watches: map[string]*WatchState{}, decisions: map[string]*Decision{}}
}

// fold takes in the entries after those it knows.
func (s *state) fold(entries []Entry) {
	for ; s.read < len(entries); s.read++ {
		s.add(&entries[s.read])
	}
}

func (s *state) add(e *Entry) {
	s.last = e.At
	switch {
	case e.Capture != nil:
		s.capture(e.Capture)
	case e.Refusal != nil:
		s.refusals = append(s.refusals, *e)
	case e.Quote != nil:
		q := *e.Quote
		q.At = e.At
		if s.quotes[q.ID] == nil {
			s.quotes[q.ID] = &q
			s.quoted[q.Capture] = append(s.quoted[q.Capture], &q)
		}
	case e.Requote != nil:
		if q := s.quotes[e.Requote.Quote]; q != nil {
			r := *e.Requote
			r.At = e.At
			q.History = append(q.History, r)
		}
	case e.Watch != nil:
		s.watch(e)
	case e.Check != nil:
		s.check(e)
	case e.Alert != nil:
		s.alert(e)
	case e.Decision != nil:
		d := *e.Decision
		d.At = e.At
		s.decisions[d.Capture] = &d
	}
}

func (s *state) capture(c *Capture) {
	if s.byHash[c.Hash] != nil {
		return
	}
	s.captures = append(s.captures, c)
	s.byHash[c.Hash] = c
	at, _ := slices.BinarySearch(s.hashes, c.Hash)
	s.hashes = slices.Insert(s.hashes, at, c.Hash)
	if c.Key != "" {
		same := s.byKey[c.Key]
		at, _ := slices.BinarySearchFunc(same, c.At, func(x *Capture, t time.Time) int { return cmp.Or(x.At.Compare(t), -1) })
		s.byKey[c.Key] = slices.Insert(same, at, c)
	}
}

func (s *state) watch(e *Entry) {
	w := s.watches[e.Watch.Key]
	if w == nil {
		w = &WatchState{Since: e.At}
		s.watches[e.Watch.Key] = w
	}
	w.Watch = *e.Watch
	w.Due = e.At
	if w.LastAt.After(time.Time{}) {
		w.Due = w.LastAt.Add(time.Duration(w.Every) * time.Second)
	}
}

func (s *state) check(e *Entry) {
	w := s.watches[e.Check.Key]
	if w == nil {
		return
	}
	w.Last, w.LastAt = e.Check, e.At
	w.Due = e.At.Add(time.Duration(w.Every) * time.Second)
	if e.Check.Outcome == CheckFailed {
		w.Failures++
	} else {
		w.Failures, w.Seen = 0, e.Check.Capture
	}
}

func (s *state) alert(e *Entry) {
	a := *e.Alert
	a.At = e.At
	s.alerts = append(s.alerts, a)
	if w := s.watches[a.Key]; w != nil && (a.Kind == Gone || a.Kind == Back) {
		w.Gone = a.Kind == Gone
	}
}

// find returns the capture of a hash or of the beginning of one.
func (s *state) find(hash string) (c *Capture, several bool) {
	if c := s.byHash[hash]; c != nil || len(hash) == 64 {
		return c, false
	}
	at, _ := slices.BinarySearch(s.hashes, hash)
	if at == len(s.hashes) || !strings.HasPrefix(s.hashes[at], hash) {
		return nil, false
	}
	if at+1 < len(s.hashes) && strings.HasPrefix(s.hashes[at+1], hash) {
		return nil, true
	}
	return s.byHash[s.hashes[at]], false
}

func (x *Capture) copy() *Capture {
	out := *x
	return &out
}
