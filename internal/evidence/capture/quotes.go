package capture

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"veedor/internal/evidence/quote"
)

// Words says what is quoted: Selector as it is, or Exact, which must stand in the text once unless Occurrence,
// counted from 1, says which one is meant.
type Words struct {
	Exact      string
	Occurrence int
	Selector   *Selector

	Lang, By, Note                string
	Translation, Into, Translator string
}

const (
	maxQuote = 20000 // code points
	maxNote  = 4000  // of notes and reasons
)

// Quote anchors words in a capture's text and records them, and what became of them in later captures of the
// page. The same quote made again is returned as it is. *quote.AmbiguousError when Exact stands there several times.
func (c *Captures) Quote(ctx context.Context, hash string, w Words) (*Quotation, error) {
	if w.Translation != "" && w.Into == "" {
		return nil, errors.New("quote: a translation needs its language")
	}
	for _, s := range []string{w.Lang, w.By, w.Note, w.Into, w.Translator} {
		if len([]rune(s)) > maxNote {
			return nil, errors.New("quote: a language, name or note is too long")
		}
	}
	x, err := c.Get(hash)
	if err != nil {
		return nil, err
	}
	text, err := c.Text(x.Hash)
	if err != nil {
		return nil, fmt.Errorf("quote from %s, which has no text: %w", x.Hash[:12], err)
	}
	s, err := choose(text, w)
	if err != nil {
		return nil, fmt.Errorf("quote from %s: %w", x.Hash[:12], err)
	}
	q := Quotation{Capture: x.Hash, Selector: s, Lang: cmp.Or(w.Lang, x.Lang), By: w.By, Note: w.Note, Translation: w.Translation, Into: w.Into, Translator: w.Translator}
	q.ID = quoteID(&q)
	_, logged := c.append(ctx, func(s *state) ([]Entry, error) {
		if s.quotes[q.ID] != nil {
			return nil, nil
		}
		return []Entry{{What: Quoted, Quote: &q}}, nil
	})
	if logged != nil && !errors.Is(logged, ErrNotLogged) {
		return nil, logged
	}
	later, err := c.later(x)
	if err != nil {
		return nil, err
	}
	for i := range later {
		if _, err := c.requote(ctx, &later[i], &q); err != nil && !errors.Is(err, ErrNotLogged) {
			return nil, err
		}
	}
	out, err := c.Quotation(q.ID)
	return out, errors.Join(err, logged)
}

// choose makes the selector, which selects what it says it does.
func choose(text string, w Words) (Selector, error) {
	if w.Selector == nil {
		return quote.Select(text, w.Exact, w.Occurrence)
	}
	s := *w.Selector
	runes := []rune(text)
	if s.Start >= 0 && s.Start < s.End && s.End <= len(runes) && string(runes[s.Start:s.End]) == s.Exact {
		return quote.At(text, s.Start, s.End)
	}
	r := quote.Anchor(text, s)
	if r.State != quote.Found {
		return s, fmt.Errorf("the words %.80q do not stand there", s.Exact)
	}
	return quote.At(text, r.Start, r.End)
}

const around = 32 // code points kept before and after words

func selectorAt(text []rune, start, end int) Selector {
	return Selector{Exact: string(text[start:end]), Prefix: string(text[max(0, start-around):start]), Suffix: string(text[end:min(len(text), end+around)]), Start: start, End: end}
}

func quoteID(q *Quotation) string {
	h := sha256.Sum256([]byte(strings.Join([]string{q.Capture, fmt.Sprint(q.Selector.Start, q.Selector.End), q.Selector.Exact, q.By, q.Note, q.Translation, q.Into, q.Translator}, "\x00")))
	return hex.EncodeToString(h[:8])
}

// later returns the captures of the page taken here after x that show it.
func (c *Captures) later(x *Capture) ([]Capture, error) {
	same, err := c.Same(x.Hash)
	return slices.DeleteFunc(same, func(y Capture) bool { return !y.shows() || y.TextHash == "" || !y.At.After(x.At) }), err
}

// shows says whether a capture was taken here and the server answered with the page.
func (x *Capture) shows() bool {
	return x.Kind != Import && x.Status/100 == 2 && x.compared() != ""
}

// compared is the hash by which a capture is compared with others: that of its main text, or of its content where
// there is no text.
func (x *Capture) compared() string { return cmp.Or(x.MainHash, x.BodyHash) }

// Requote looks in a capture for every quote from other captures of the same page for which that was not done
// yet, and records what became of each. Captures taken here are looked through as they are taken.
func (c *Captures) Requote(ctx context.Context, hash string) ([]Requote, error) {
	x, err := c.Get(hash)
	if err != nil {
		return nil, err
	}
	return c.requote(ctx, x, nil)
}

// requote does so for one quote, or for all when it is nil.
func (c *Captures) requote(ctx context.Context, x *Capture, only *Quotation) ([]Requote, error) {
	text, err := c.Text(x.Hash)
	if err != nil {
		return nil, err
	}
	fresh, err := c.append(ctx, func(s *state) ([]Entry, error) { return s.requotes(x, text, only), nil })
	var out []Requote
	for _, e := range fresh {
		r := *e.Requote
		r.At = e.At
		out = append(out, r)
	}
	return out, err
}

// requotes anchors quotes of the same page in the text of another capture.
func (s *state) requotes(x *Capture, text string, only *Quotation) []Entry {
	var out []Entry
	for _, other := range s.byKey[x.Key] {
		if other.Hash == x.Hash {
			continue
		}
		for _, q := range s.quoted[other.Hash] {
			known := slices.ContainsFunc(q.History, func(r Requote) bool { return r.Capture == x.Hash })
			if known || only != nil && only.ID != q.ID {
				continue
			}
			out = append(out, Entry{What: Requoted, Requote: anchor(q, x.Hash, text)})
		}
	}
	return out
}

func anchor(q *Quotation, hash, text string) *Requote {
	a := quote.Anchor(text, q.Selector)
	r := &Requote{Quote: q.ID, Capture: hash, Outcome: a.State, Moved: a.Moved, Reason: a.Reason, Notes: a.Notes, Edits: edits(a.Edits, 4*maxQuote)}
	if a.State != quote.Lost {
		s := selectorAt([]rune(text), a.Start, a.End)
		r.Selector = &s
	}
	return r
}

// Quotes returns the quotes of a capture in the order of its text, with their histories.
func (c *Captures) Quotes(hash string) ([]Quotation, error) {
	var out []Quotation
	err := c.look(func(s *state) error {
		x, err := s.get(hash)
		if err != nil {
			return err
		}
		for _, q := range s.quoted[x.Hash] {
			out = append(out, s.quotation(q))
		}
		return nil
	})
	slices.SortStableFunc(out, func(a, b Quotation) int { return cmp.Compare(a.Selector.Start, b.Selector.Start) })
	return out, err
}

// Quotation returns one quote by its id.
func (c *Captures) Quotation(id string) (*Quotation, error) {
	var out Quotation
	err := c.look(func(s *state) error {
		q := s.quotes[id]
		if q == nil {
			return fmt.Errorf("quote %.80q: %w", id, ErrNotFound)
		}
		out = s.quotation(q)
		return nil
	})
	return &out, err
}

// quotation returns a copy, its history in the order in which the captures were taken.
func (s *state) quotation(q *Quotation) Quotation {
	out := *q
	out.History = slices.Clone(q.History)
	slices.SortStableFunc(out.History, func(a, b Requote) int { return s.at(a.Capture).Compare(s.at(b.Capture)) })
	return out
}

func (s *state) at(hash string) time.Time {
	if x := s.byHash[hash]; x != nil {
		return x.At
	}
	return time.Time{}
}
