package web

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"veedor/internal/evidence/capture"
	"veedor/internal/measure/incidents"
	"veedor/internal/measure/series"
	"veedor/internal/weigh/desk"
)

// change is one thing that became otherwise, in a sentence that can be quoted.
type change struct {
	ID       string // of its entry in a feed
	At       time.Time
	Wing     string // measure, follow or weigh
	Kind     string // incident, claim, list, page or dossier
	Text     string
	Why      string // one clause more; may be ""
	Href     string // where it is shown
	Invented bool
}

// occurrence is a change before it is worded: most that are looked at are never shown.
type occurrence struct {
	at   time.Time
	kind string                       // bounds how many of a day are shown; ends in .first where nothing was before
	say  func() (change, bool, error) // false: nothing of it can be seen
}

// most is how many of its kind one day shows where that is bounded: fewer of what is only seen for the first time.
func (o *occurrence) most(of int) int {
	if strings.HasSuffix(o.kind, ".first") {
		return (of + 1) / 2
	}
	return of
}

// dayOfChanges is what changed on one day, newest first.
type dayOfChanges struct {
	Day  time.Time
	Rows []change
	More bool // more happened that day than is shown
}

// changesPage lists what changed, newest first.
type changesPage struct {
	base
	Choices      []wingLink
	Only         string // the wing it is narrowed to; "" for all
	Days         []dayOfChanges
	Newer, Older string
	Feed         string // query of the feeds
}

// wingLink narrows the list to one wing.
type wingLink struct {
	Key, Href string
	Here      bool
}

const (
	changesOnPage = 30
	changesBehind = 200 // pages that can be turned
)

// changeWings in the order in which they are offered.
func changeWings() []string { return []string{"measure", "follow", "weigh"} }

func (s *site) changes(r *request) error {
	p := changesPage{base: r.base(r.words().get("news.title"))}
	var err error
	if p.Only, err = r.wingAsked(); err != nil {
		return err
	}
	if p.Only != "" {
		p.Feed = "?wing=" + p.Only
	}
	for _, w := range append([]string{""}, changeWings()...) {
		p.Choices = append(p.Choices, wingLink{Key: "news.wing." + cmp.Or(w, "all"), Href: r.with(map[string]string{"wing": w, "page": ""}, ""), Here: w == p.Only})
	}
	page := min(pageNumber(r.URL.Query().Get("page")), changesBehind)
	list, err := r.occurrences(p.Only, page*changesOnPage+1)
	if err != nil {
		return err
	}
	from := min((page-1)*changesOnPage, len(list))
	to := min(from+changesOnPage, len(list))
	if page > 1 {
		p.Newer = r.with(map[string]string{"page": pageParameter(page - 1)}, "")
	}
	if to < len(list) && page < changesBehind {
		p.Older = r.with(map[string]string{"page": strconv.Itoa(page + 1)}, "")
	}
	if p.Days, err = r.byDay(list[from:to], changesOnPage, 2*changesOnPage); err != nil {
		return err
	}
	p.markChanges(p.Days)
	return r.render(http.StatusOK, "changes", p)
}

// markChanges says on a page that some of its sentences are of invented things, each of which is marked.
func (b *base) markChanges(days []dayOfChanges) {
	for _, d := range days {
		for _, c := range d.Rows {
			switch {
			case !c.Invented:
			case c.Wing == "measure":
				b.Invented = some
			case b.Invented == none:
				b.Invented = fictions
			}
		}
	}
}

// wingAsked reads by which wing a list or a feed is narrowed; "" for all.
func (r *request) wingAsked() (string, error) {
	wing := r.URL.Query().Get("wing")
	if wing != "" && !slices.Contains(changeWings(), wing) {
		return "", &problem{http.StatusBadRequest, "news.nowing", wing}
	}
	return wing, nil
}

// byDay words what happened, at most n things, of a kind at most most a day.
func (r *request) byDay(list []occurrence, n, most int) ([]dayOfChanges, error) {
	var out []dayOfChanges
	kinds := map[string]int{}
	for _, o := range list {
		d := o.at.UTC().Truncate(24 * time.Hour)
		if len(out) == 0 || !out[len(out)-1].Day.Equal(d) {
			if n <= 0 {
				break
			}
			out = append(out, dayOfChanges{Day: d})
			clear(kinds)
		}
		today := &out[len(out)-1]
		if kinds[o.kind] >= o.most(most) || n <= 0 {
			today.More = true
			continue
		}
		c, ok, err := o.say()
		if err != nil {
			return nil, err
		}
		if ok {
			kinds[o.kind]++
			n--
			today.Rows = append(today.Rows, c)
		}
	}
	return slices.DeleteFunc(out, func(d dayOfChanges) bool { return len(d.Rows) == 0 }), nil
}

// occurrences returns the latest n things that happened in a wing, or ("") in all of them.
func (r *request) occurrences(wing string, n int) ([]occurrence, error) {
	var out []occurrence
	for _, from := range []struct {
		wing string
		list func(n int) ([]occurrence, error)
	}{{"measure", r.incidentChanges}, {"weigh", r.claimChanges}, {"weigh", r.pageChanges}, {"weigh", r.dossierChanges}, {"follow", r.listsChanged}} {
		if wing != "" && wing != from.wing {
			continue
		}
		list, err := from.list(n)
		if err != nil {
			return nil, err
		}
		out = append(out, list...)
	}
	slices.SortStableFunc(out, func(a, b occurrence) int { return b.at.Compare(a.at) })
	return firstOf(out, min(n, len(out))), nil
}

// incidentChanges are the lines of the journal of incidents.
func (r *request) incidentChanges(n int) ([]occurrence, error) {
	list, err := r.s.published("")
	if err != nil {
		return nil, err
	}
	var out []occurrence
	for i := range list {
		for j := range list[i].History {
			e, before := &list[i].History[j], (*series.Incident)(nil)
			if j > 0 {
				before = &list[i].History[j-1].Incident
			}
			out = append(out, occurrence{e.At, "incident", func() (change, bool, error) { return r.incidentChange(e, before, j), true, nil }})
		}
	}
	slices.SortStableFunc(out, func(a, b occurrence) int { return b.at.Compare(a.at) })
	return firstOf(out, min(n, len(out))), nil
}

// incidentChange words what was said of an incident, as it was known then.
func (r *request) incidentChange(e *incidents.Entry, before *series.Incident, j int) change {
	w, inc := r.words(), &e.Incident
	c := change{ID: "incident/" + inc.ID + "/" + strconv.Itoa(j), At: e.At, Wing: "measure", Kind: "incident", Href: prefix(r.lang) + "/incident/" + url.PathEscape(inc.ID), Invented: inventedIncident(inc)}
	what := e.What
	if what == incidents.Changed && before != nil && (len(inc.Networks) > len(before.Networks) || len(inc.Targets) > len(before.Targets)) {
		what = "grown"
	}
	c.Text = w.get("news.incident."+what, r.s.headline(r.lang, inc))
	switch what {
	case "grown":
		c.Why = w.get("news.grown", r.extentOf(inc), r.extentOf(before))
	case incidents.Withdrawn:
		c.Why = w.get("incident.cause." + inc.Withdrawn)
	default:
		c.Why = r.when(inc)
	}
	return c
}

// inventedIncident says whether an incident is one of the sample.
func inventedIncident(inc *series.Incident) bool {
	return documentation(inc.Networks) || len(inc.Networks) == 0 && inc.CC != "ZZ" && !isCountry(inc.CC)
}

// extentOf words on how many networks how much met an incident.
func (r *request) extentOf(inc *series.Incident) string {
	w := r.words()
	networks := w.count(r.lang, "incident.networks", int64(len(inc.Networks)))
	if len(inc.Targets) == 0 {
		return networks
	}
	return w.get("news.extent", networks, w.count(r.lang, "incident.targets", int64(len(inc.Targets))))
}

// claimChanges are moves of how claims stand.
func (r *request) claimChanges(n int) ([]occurrence, error) {
	d := r.reader()
	list, err := d.changes(n)
	var out []occurrence
	for i := range list {
		kind := "claim"
		if list[i].Standing.Before == "" {
			kind = "claim.first"
		}
		out = append(out, occurrence{list[i].At, kind, func() (change, bool, error) { return d.claimChange(r, &list[i]) }})
	}
	return out, err
}

func (d *reader) claimChange(r *request, st *desk.StatusChange) (change, bool, error) {
	row, ok, err := d.movedRow(r, st)
	if !ok {
		return change{}, false, err
	}
	w := r.words()
	c := change{ID: "claim/" + url.PathEscape(st.Claim) + "/" + strconv.FormatInt(st.N, 10), At: row.At, Wing: "weigh", Kind: "claim", Href: row.Href, Invented: row.Claim.Invented, Why: w.get(row.Cause)}
	text := isolate(row.Claim.Text)
	if row.Before == "" {
		c.Text, c.Why = w.get("news.claim.first", text, r.standingWord(row.After)), ""
	} else {
		c.Text = w.get("news.claim.moved", text, r.standingWord(row.Before), r.standingWord(row.After))
	}
	return c, true, nil
}

// standingWord names how a claim stands within a sentence.
func (r *request) standingWord(status string) string {
	if text, ok := r.words()["claim."+status]; ok {
		return strings.ToLower(text)
	}
	return strings.ToLower(r.words().get("claim.unknown"))
}

// pageChanges are what watches of captured pages saw.
func (r *request) pageChanges(n int) ([]occurrence, error) {
	if r.s.Captures == nil {
		return nil, nil
	}
	list, err := r.s.Captures.Alerts()
	slices.SortStableFunc(list, func(a, b capture.Alert) int { return b.At.Compare(a.At) })
	var out []occurrence
	for _, a := range firstOf(list, min(n, len(list))) {
		out = append(out, occurrence{a.At, "page", func() (change, bool, error) {
			row := r.alertRow(a)
			return change{ID: "alert/" + shorten(a.ID, 80), At: a.At, Wing: "weigh", Kind: "page", Text: r.words().get("news.sentence", row.Text), Why: r.size(&a), Href: cmp.Or(row.Href, prefix(r.lang)+"/captures")}, true, nil
		}})
	}
	return out, err
}

// dossierChanges are dossiers that were published.
func (r *request) dossierChanges(n int) ([]occurrence, error) {
	list, err := r.s.editions(r.lang)
	if err != nil {
		return nil, err
	}
	d := r.reader()
	var out []occurrence
	for _, e := range firstOf(list, min(n, len(list))) {
		out = append(out, occurrence{e.At, "dossier", func() (change, bool, error) {
			w := r.words()
			c := change{ID: "dossier/" + e.SHA256, At: e.At, Wing: "weigh", Kind: "dossier", Href: e.Href, Text: w.get("news.dossier", isolate(shorten(e.Title, 120)), strconv.Itoa(max(e.Version, 1))),
				Why: w.get("news.dossierholds", w.count(r.lang, "news.claims", int64(e.Claims)), w.count(r.lang, "news.evidence", int64(e.Evidence)))}
			k, err := d.get(desk.Case, e.Case)
			c.Invented = k != nil && k.Bool("invented")
			return c, true, err
		}})
	}
	return out, nil
}

// changesFeed returns what the feeds hold: the sentences of the page.
func (r *request) changesFeed() ([]feedEvent, error) {
	wing, err := r.wingAsked()
	if err != nil {
		return nil, err
	}
	list, err := r.occurrences(wing, maxFeed)
	if err != nil {
		return nil, err
	}
	var out []feedEvent
	for _, o := range list {
		c, ok, err := o.say()
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		e := feedEvent{ID: "tag:veedor,2026:change/" + c.ID, At: c.At, Href: c.Href, Title: c.Text, Summary: c.Why, Event: map[string]any{"wing": c.Wing, "kind": c.Kind, "invented": c.Invented}}
		if c.Invented {
			e.Summary = strings.TrimSpace(e.Summary + " " + r.words().get("news.invented"))
		}
		out = append(out, e)
	}
	return out, nil
}

func (s *site) changesAtom(r *request) error {
	list, err := r.changesFeed()
	if err != nil {
		return err
	}
	return r.sendAtom("news.title", "/changes", atomOf(list))
}

func (s *site) changesJSON(r *request) error {
	list, err := r.changesFeed()
	if err != nil {
		return err
	}
	return r.sendJSONFeed("news.title", feedItems(list))
}
