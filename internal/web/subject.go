package web

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"veedor/internal/measure/incidents"
	"veedor/internal/measure/outage"
	"veedor/internal/measure/series"
	"veedor/internal/measure/store"
	"veedor/internal/measure/verdict"
	"veedor/internal/web/chart"
)

// subjectPage is the page of a country, a network or a target: all that was measured there or of it.
type subjectPage struct {
	base
	Kind      string // "country", "network", "target" or, for a target at a place, "pair"
	Name      string
	Extra     string      // a fact about it: the category of a target
	Whole     store.Count // all its measurements
	Tables    []tally
	Days      *figure
	Latest    []verdict.Row
	Incidents []incidentRow
	Outages   []outageRow
	More      string    // where all its measurements are listed
	AsOf      time.Time // the last day that is counted; zero: all there is
	Now       string    // the page of all there is, where that is another
	Finding   *finding  // of a site or service at a place: what it comes to
	comes     func(byDay []store.Count) *finding
	Beside    []elsewhere // of the same: pages of each alone
}

// subject fills in the rest of p with what f selects, and sends it; groups are the tables it shows.
func (r *request) subject(p subjectPage, f store.Filter, groups ...store.Group) error {
	ctx, from := r.Context(), r.s.Store
	if err := p.until(r, &f); err != nil {
		return err
	}
	byDay, err := from.Tally(ctx, f, store.ByDay)
	if err != nil {
		return err
	}
	if len(byDay) == 0 {
		return &problem{http.StatusNotFound, "error." + p.Kind, p.Name}
	}
	p.Whole = sum(byDay)
	drawn, left := r.days(byDay, p.Name, false)
	path := r.URL.EscapedPath() + "/days"
	if p.Days = r.figure(drawn, path, "", daysListed); p.Days != nil && left > 0 {
		p.Days.Whole = path + ".svg?all=1"
	}
	if p.comes != nil {
		p.Finding = p.comes(byDay)
	}
	for _, g := range groups {
		counts, err := from.Tally(ctx, f, g)
		if err != nil {
			return err
		}
		if share := shareOfCounts(counts); p.Invented == none || share == some {
			p.Invented = share
		}
		switch g {
		case store.ByCountry:
			p.Tables = append(p.Tables, r.table("countries", counts, r.within(f, g, r.countryNaming)))
		case store.ByNetwork:
			p.Tables = append(p.Tables, r.table("networks", counts, r.within(f, g, r.networkNaming)))
		case store.ByTarget:
			p.Tables = append(p.Tables, r.table("targets", counts, r.within(f, g, r.targetNaming)))
		}
	}
	if p.AsOf.IsZero() { // these two are of today
		if p.Incidents, err = r.incidentsOf(f); err != nil {
			return err
		}
		if p.Outages, err = r.outagesOf(f.CC); err != nil {
			return err
		}
	}
	if p.Latest, err = from.Latest(ctx, f, latestOn, 0); err != nil {
		return err
	}
	if err := p.cite(r, from); err != nil {
		return err
	}
	if drawn != nil {
		p.Would = r.answerWould(p.Whole, drawn.Kind.(*chart.Timeline).Points)
	}
	return r.render(http.StatusOK, "subject", p)
}

// until reads the last day that is to be counted, where the address has one.
func (p *subjectPage) until(r *request, f *store.Filter) error {
	text := r.PathValue("date")
	if text == "" {
		return nil
	}
	day, err := time.Parse(time.DateOnly, text)
	if err != nil || day.Year() > 9998 {
		return &problem{http.StatusNotFound, "error.asof", text}
	}
	p.AsOf, f.To = day, day.AddDate(0, 0, 1)
	p.Now, _, _ = strings.Cut(strings.TrimSuffix(r.URL.EscapedPath(), "/"+r.as), "/asof/")
	p.More += "&to=" + f.To.Format(time.DateOnly)
	return nil
}

// cite cites the answer by its numbers and the last day that they count: what was measured later does not change those.
func (p *subjectPage) cite(r *request, from store.Store) error {
	w := r.words()
	last := p.AsOf
	if last.IsZero() {
		last = p.Whole.Last.UTC().Truncate(24 * time.Hour)
	}
	page, _, _ := strings.Cut(strings.TrimSuffix(r.URL.EscapedPath(), "/"+r.as), "/asof/")
	if last.Year() > 9998 { // forged; no address can say it
		return nil
	}
	at := page + "/asof/" + last.Format(time.DateOnly)
	sentence := ""
	if p.Finding != nil {
		sentence = p.Finding.Text
	} else {
		lead := w.count(r.lang, p.Kind+".lead", p.Whole.Total, number(r.lang, p.Whole.Blocked), span(w, p.Whole.First, p.Whole.Last))
		sentence = w.get("cite.answer", isolate(p.Name), lead)
	}
	q := quotable{Name: p.Kind + "-" + strings.ToLower(page[strings.LastIndexByte(page, '/')+1:]) + "-" + last.Format(time.DateOnly), Sentence: sentence, Page: page, Frozen: at, At: last, Version: w.get("cite.rules", r.s.RuleSet),
		Stays: "cite.stays.answer", Dataset: true}
	if !p.AsOf.IsZero() {
		q.Page = at
	}
	if r.as != "" { // what only files say costs a question to the whole store
		st, err := from.Stats(r.Context())
		if err != nil {
			return err
		}
		q.Note = w.get("cite.counts", p.Whole.Total, p.Whole.Blocked, p.Whole.Down, p.Whole.OK, p.Whole.Insufficient, st.Generation)
	}
	p.Cite = r.citing(q, "")
	return nil
}

// incidentsOf returns the latest incidents that what f selects had a part in.
func (r *request) incidentsOf(f store.Filter) ([]incidentRow, error) {
	if f.Category != "" {
		return nil, nil
	}
	list, err := r.s.published(f.CC)
	var out []incidentRow
	for _, i := range list {
		if (f.ASN == 0 || slices.Contains(i.Incident.Networks, f.ASN)) && (f.Target == "" || slices.Contains(i.Incident.Targets, f.Target)) && len(out) < 6 {
			out = append(out, r.incidentRow(i))
		}
	}
	return out, err
}

// outageRow is one outage that others saw, beside what our own measurements show.
type outageRow struct {
	outage.Outage
	Lasting bool
	Ours    string // silent, usual or toolittle
}

const maxOutages = 8

// outagesOf returns the latest outages of a country.
func (r *request) outagesOf(cc string) ([]outageRow, error) {
	if cc == "" || r.s.Outages == nil {
		return nil, nil
	}
	list, err := r.s.Outages.All()
	list = slices.DeleteFunc(list, func(o outage.Outage) bool { return o.CC != cc })
	if err != nil || len(list) == 0 {
		return nil, err
	}
	volumes, err := r.s.Store.Volumes(r.Context())
	var out []outageRow
	for _, o := range slices.Backward(list) {
		if len(out) < maxOutages {
			out = append(out, outageRow{o, o.To.IsZero(), incidents.Beside(o, volumes, series.Provisional())})
		}
	}
	return out, err
}
