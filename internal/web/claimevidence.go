package web

import (
	"cmp"
	"net/url"
	"strings"

	"veedor/internal/weigh/cases"
	"veedor/internal/weigh/desk"
)

// evidenceRow is one thing that bears on a claim.
type evidenceRow struct {
	ID       string
	Kind     string // finding, quote, …
	Stance   string // as it stands now
	Turned   string // why that is not the one that was written: a key of the words
	Strength string // a key of the words
	Says     foreign
	Answer   string   // what was answered when it was last asked, in words
	Facts    []string // other things to know, in words
	Quote    *quoteShown
	Source   cited
	Links    []linkTo
	Reason   foreign
	By, At   string
	Item     *named
	Root     string
}

type linkTo struct{ Text, Href string }

func (u *utteranceRow) size() int {
	n := 420 + u.Source.weighs() + weight(u.Speaker, u.Root, u.DateLack.Text, u.NoQuote.Text, u.Entity)
	if u.Quote != nil {
		n += u.Quote.size()
	}
	if u.Item != nil {
		n += weight(u.Item.Text, u.Item.Href)
	}
	return n
}

func (q *quoteShown) size() int { return 400 + weight(q.Words, q.Translation, q.Page, q.Href) }

// evidence sorts what bears on a claim by what it does to it; what does not settle it, and what was looked for and
// not found, is what is missing.
func (p *claimPage) evidence(r *request, d *reader, v *desk.ClaimView, space *room) error {
	groups := map[string]*evidenceGroup{}
	for _, key := range evidenceKeys() {
		p.Evidence = append(p.Evidence, evidenceGroup{Key: key})
	}
	for i := range p.Evidence {
		groups[p.Evidence[i].Key] = &p.Evidence[i]
	}
	for i := range v.Evidence {
		row, err := r.evidenceRow(d, &v.Evidence[i])
		if err != nil {
			return err
		}
		g := groups[row.group()]
		g.N++
		if len(g.Rows) == maxEvidence || !space.take(row.size()) {
			g.More++
			continue
		}
		g.Rows = append(g.Rows, row)
	}
	return nil
}

// evidenceKeys are the groups of evidence as they are shown.
func evidenceKeys() []string {
	return []string{cases.Supports, cases.Contradicts, "missing", cases.Context}
}

func (e *evidenceRow) group() string {
	if e.Kind == "absence" && e.Stance != cases.Supports && e.Stance != cases.Contradicts || e.Stance == cases.Insufficient {
		return "missing"
	}
	return cmp.Or(e.Stance, cases.Context)
}

func (e *evidenceRow) size() int {
	n := 640 + e.Source.weighs() + weight(e.ID, e.Says.Text, e.Answer, e.Reason.Text, e.By, e.Root) + weight(e.Facts...)
	for _, l := range e.Links {
		n += 40 + weight(l.Text, l.Href)
	}
	if e.Quote != nil {
		n += e.Quote.size()
	}
	return n
}

func (r *request) evidenceRow(d *reader, e *desk.Record) (evidenceRow, error) {
	stance, turned := desk.StanceOf(e)
	row := evidenceRow{ID: e.ID, Kind: e.Str("type"), Stance: stance, Reason: r.said(e.Words("reason"), 500), By: prose(e, "by", 100), Root: prose(e, "root", 120)}
	if turned != "" {
		row.Turned = "claim.turned." + turned
	}
	if st := e.Str("strength"); st != "" {
		row.Strength = "claim.strength." + st
	}
	if at := e.Str("at"); at != "" {
		row.At = r.dated(at)
	}
	var err error
	if row.Item, err = d.naming(r, desk.Item, e.Str("item"), 120); err != nil {
		return row, err
	}
	var a desk.Answer
	e.Data("answer", &a)
	name := e.Str("name")
	switch row.Kind {
	case "finding":
		r.finding(&row, e, a)
	case "measurement":
		row.Answer = r.oneAnswered(a)
		if _, err := r.s.Store.Measurement(r.Context(), name); err == nil {
			row.Links = append(row.Links, linkTo{r.words().get("evidence.measurement"), prefix(r.lang) + "/measurement/" + url.PathEscape(name)})
		}
	case "incident":
		err = r.incidentEvidence(&row, name)
	case "quote":
		row.Quote, err = r.quoteOf(name)
		if row.Quote == nil {
			row.Facts = append(row.Facts, r.words().get("evidence.noquote"))
		}
	case "capture":
		err = r.captureEvidence(&row, name)
	case "registry":
		err = r.registryEvidence(&row, e, a)
	case "absence":
		row.Says = r.said(e.Words("what"), 500)
		var words []string
		words, row.Source.At = r.absence(e)
		row.Facts = append(row.Facts, words...)
	default:
		row.Says, row.Source = r.said(e.Words("text"), 600), r.sourceOf(e)
		if at := e.Str("date"); at != "" && !strings.Contains(row.Source.Text, r.dated(at)) {
			row.Facts = append(row.Facts, r.dated(at)+".")
		}
	}
	return row, err
}
