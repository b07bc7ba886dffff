package web

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"veedor/internal/measure/store"
	"veedor/internal/measure/verdict"
	"veedor/internal/weigh/cases"
	"veedor/internal/weigh/desk"
)

// findingPage is a question that a claim puts to the measurements: what was asked, what was answered, and each
// measurement that answers it.
type findingPage struct {
	base
	Claim        named
	Row          evidenceRow
	Whole        store.Count // as they are now
	Moved        bool        // more or others than when it was asked last
	Rows         []verdict.Row
	All          string // the same list, to narrow further
	Newer, Older string
}

// findingHref is the address of a question's page.
func findingHref(lang, claim, evidence string) string {
	return deskHref(lang, desk.Claim, claim) + "/finding/" + url.PathEscape(evidence)
}

// findingFilter selects the measurements that a question is about.
func findingFilter(q cases.Finding) (store.Filter, error) {
	f := store.Filter{CC: q.Country, ASN: q.Network, Target: q.Target}
	if q.Layer != "" && q.Layer != string(verdict.All) {
		f.Layer = verdict.Layer(q.Layer)
	}
	for _, d := range []struct {
		date cases.Date
		into *time.Time
	}{{q.From, &f.From}, {q.To, &f.To}} {
		if d.date != "" {
			var err error
			if *d.into, _, err = d.date.Time(); err != nil {
				return f, err
			}
		}
	}
	return f, nil
}

// findingList is the address of the list of all that a question is about; "" where no list can ask so.
func findingList(lang string, q cases.Finding) string {
	list := url.Values{}
	for key, value := range map[string]string{"cc": q.Country, "target": q.Target, "layer": q.Layer, "from": string(q.From), "to": string(q.To)} {
		if key == "layer" && !slices.Contains(layers, verdict.Layer(value)) {
			continue
		}
		if len(value) > maxTarget {
			return ""
		}
		if value != "" {
			list.Set(key, value)
		}
	}
	if q.Network != 0 {
		list.Set("asn", "AS"+strconv.FormatUint(uint64(q.Network), 10))
	}
	return prefix(lang) + "/measurements?" + list.Encode()
}

func (s *site) claimFinding(r *request) error {
	d := r.reader()
	v, err := r.claimAsked(d)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(v.Evidence, func(e desk.Record) bool { return e.ID == r.PathValue("evidence") && e.Str("type") == "finding" })
	if i < 0 {
		return &problem{http.StatusNotFound, "error.finding", r.PathValue("evidence")}
	}
	e := &v.Evidence[i]
	q := desk.FindingOf(e)
	f, err := findingFilter(q)
	if err != nil {
		return err
	}
	p := findingPage{All: findingList(r.lang, q)}
	if p.Claim, err = d.named(r, &v.Record, 300); err != nil {
		return err
	}
	if p.Row, err = r.evidenceRow(d, e); err != nil {
		return err
	}
	p.Row.Links = nil // to this page
	p.base = r.base(shorten(p.Row.Says.Text, 120))
	if err := p.mark(d, &v.Record); err != nil {
		return err
	}
	counts, err := s.Store.Tally(r.Context(), f, store.ByTest)
	if err != nil {
		return err
	}
	p.Whole = sum(counts)
	var a desk.Answer
	e.Data("answer", &a)
	p.Moved = a.Outcome != "" && (int64(a.Total) != p.Whole.Total || int64(a.Blocked) != p.Whole.Blocked || int64(a.OK) != p.Whole.OK)
	page := pageNumber(r.URL.Query().Get("page"))
	if p.Rows, err = s.Store.Latest(r.Context(), f, perPage+1, (page-1)*perPage); err != nil {
		return err
	}
	if len(p.Rows) > perPage {
		p.Rows, p.Older = p.Rows[:perPage], r.with(map[string]string{"page": strconv.Itoa(page + 1)}, "")
	}
	if page > 1 {
		p.Newer = r.with(map[string]string{"page": pageParameter(page - 1)}, "")
	}
	if p.Invented == none {
		p.Invented = shareOfRows(p.Rows)
	}
	w := r.words()
	now := w.count(r.lang, "evidence.answered", p.Whole.Total, number(r.lang, p.Whole.Blocked), number(r.lang, p.Whole.OK), number(r.lang, p.Whole.Down), number(r.lang, p.Whole.Insufficient))
	p.Cite = r.citing(quotable{Name: "finding-" + e.ID, Sentence: p.Row.Says.Text + " " + now, Page: findingHref(r.lang, v.ID, e.ID), At: cmp.Or(p.Whole.Last, v.Updated), Version: w.get("cite.rules", s.RuleSet), Stays: "cite.stays.finding", Dataset: true}, "")
	p.Would = r.findingWould(e)
	return r.render(http.StatusOK, "finding", p)
}
