package web

import (
	"errors"
	"net/url"
	"slices"
	"time"

	"veedor/internal/evidence/capture"
	"veedor/internal/weigh/desk"
)

// utteranceRow is one time that somebody said it.
type utteranceRow struct {
	ID       string
	Speaker  string
	Entity   string // address of the speaker's page in the registry
	Role     string // a key of the words
	Date     string // in words; "" where none is known
	DateLack foreign
	Quote    *quoteShown
	NoQuote  foreign // why there is none
	Source   cited
	Item     *named
	Root     string // what it derives from
}

// quoteShown is words quoted from a capture.
type quoteShown struct {
	Words, Lang             string
	Translation, Into       string
	Translator              string
	Page                    string // what was captured, and when
	At                      time.Time
	Href                    string
	Outcome                 string // in the latest capture of the page: found, changed, lost; "" where there is none
	Before, After, Selector string
}

// said lists who said it, first first; those of no known date last.
func (p *claimPage) said(r *request, d *reader, v *desk.ClaimView, space *room) error {
	list := slices.Clone(v.Utterances)
	sortSaid(list)
	part, done := space.part(7000)
	defer done()
	for i := range list {
		row, err := r.utterance(d, &list[i])
		if err != nil {
			return err
		}
		if len(p.Said) == maxSpoken || !part.take(row.size()) {
			p.MoreSaid = int64(len(list) - i)
			break
		}
		p.Said = append(p.Said, row)
	}
	return nil
}

// sortSaid sorts utterances by when they were said.
func sortSaid(list []desk.Record) {
	slices.SortStableFunc(list, func(a, b desk.Record) int {
		x, y := a.Date("date"), b.Date("date")
		if x == "" || y == "" {
			return compareBool(x == "", y == "")
		}
		s, _, _ := x.Time()
		t, _, _ := y.Time()
		return s.Compare(t)
	})
}

func (r *request) utterance(d *reader, u *desk.Record) (utteranceRow, error) {
	row := utteranceRow{ID: u.ID, Speaker: prose(u, "speaker", 160), Source: r.sourceOf(u), Root: prose(u, "root", 120)}
	if role := u.Str("role"); role != "" {
		row.Role = "claim.role." + role
	}
	if date := u.Str("date"); date != "" {
		row.Date = r.dated(date)
	} else {
		row.DateLack = r.said(u.Words("date_lack"), 240)
	}
	var err error
	if row.Quote, err = r.quoteOf(u.Str("quote")); err != nil {
		return row, err
	}
	if row.Quote == nil {
		row.NoQuote = r.said(u.Words("quote_lack"), 240)
	}
	if row.Item, err = d.naming(r, desk.Item, u.Str("item"), 120); err != nil {
		return row, err
	}
	e, err := d.get(desk.Entity, u.Str("entity"))
	if e != nil {
		row.Entity, err = r.entityPage(e.Str("registry"))
	}
	return row, err
}

// quoteOf returns words quoted from a capture; nil where there are none.
func (r *request) quoteOf(id string) (*quoteShown, error) {
	if id == "" || r.s.Captures == nil {
		return nil, nil
	}
	q, err := r.s.Captures.Quotation(id)
	if errors.Is(err, capture.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	out := &quoteShown{Words: shorten(q.Selector.Exact, maxQuoted), Lang: languageTag(q.Lang), Translation: shorten(q.Translation, maxQuoted), Into: languageTag(q.Into), Translator: shorten(q.Translator, 60)}
	if c, err := r.s.Captures.Get(q.Capture); err == nil {
		out.Page, out.At, out.Href = captureName(c), c.At, captureHref(r.lang, c.Hash)+"#q-"+url.PathEscape(q.ID)
	} else if !errors.Is(err, capture.ErrNotFound) {
		return nil, err
	}
	if n := len(q.History); n > 0 {
		out.Outcome = q.History[n-1].Outcome
	}
	return out, nil
}
