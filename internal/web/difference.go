package web

import (
	"errors"
	"net/http"

	"veedor/internal/evidence/capture"
)

// differencePage shows what another capture says otherwise.
type differencePage struct {
	base
	Before, After  captureRow
	Name           string
	SamePage       bool
	Equal          bool
	None           bool // there is no text to compare
	Added, Removed int64
	Pieces         []piece // nothing where the texts may not be shown
	Short          bool    // the texts are not public: a few passages are shown
	TextLang       string
}

const (
	maxDifference = 9000 // code points of texts that are public
	maxPassages   = 1500 // of others: what one may quote
)

func (s *site) difference(r *request) error {
	before, err := s.captureOf(r, "hash")
	if err != nil {
		return err
	}
	after, err := s.captureOf(r, "other")
	if err != nil {
		return err
	}
	p := differencePage{Before: r.captureRow(*before), After: r.captureRow(*after), Name: captureName(after), SamePage: before.Key == after.Key, TextLang: languageTag(after.Lang)}
	p.base = r.base(r.words().get("diff.title", isolate(shorten(p.Name, 60))))
	d, err := s.Captures.Difference(before.Hash, after.Hash)
	switch {
	case errors.Is(err, capture.ErrNotFound):
		p.None = true
	case err != nil:
		return err
	default:
		p.Equal, p.Added, p.Removed = d.Equal, int64(d.Added), int64(d.Removed)
		budget, err := s.budget(before.Hash, after.Hash)
		if err != nil {
			return err
		}
		p.Short = budget == maxPassages
		if budget > 0 && !d.Equal {
			p.Pieces = pieces(d.Edits, budget)
		}
	}
	return r.render(http.StatusOK, "difference", p)
}

// budget returns how much of the difference of two captures may be shown.
func (s *site) budget(hashes ...string) (int, error) {
	budget := maxDifference
	for _, hash := range hashes {
		m, err := s.Captures.Shown(hash)
		switch {
		case err != nil:
			return 0, err
		case m.Text:
		case m.Snippet:
			budget = min(budget, maxPassages)
		default:
			budget = 0
		}
	}
	return budget, nil
}
