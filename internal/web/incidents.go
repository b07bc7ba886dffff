package web

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"veedor/internal/measure/incidents"
	"veedor/internal/measure/series"
	"veedor/internal/measure/verdict"
)

// Incidents returns every incident that was ever published, latest onset first.
type Incidents interface {
	All() ([]incidents.State, error)
}

// incidentsPage lists incidents, newest first.
type incidentsPage struct {
	base
	Country string // two letters; "" for all
	Rows    []incidentRow
	Feed    string
}

// incidentRow is one incident in a list.
type incidentRow struct {
	incidents.State
	Headline string
	Lasting  bool
}

const maxIncidents = 60 // on a page or in a feed

// published returns the incidents of a country, or all.
func (s *site) published(cc string) ([]incidents.State, error) {
	if s.Incidents == nil {
		return nil, nil
	}
	list, err := s.Incidents.All()
	if cc != "" {
		list = slices.DeleteFunc(list, func(i incidents.State) bool { return i.CC != cc })
	}
	return list, err
}

func (s *site) incidents(r *request) error {
	cc := strings.ToUpper(r.URL.Query().Get("cc"))
	list, err := s.published(cc)
	if err != nil {
		return err
	}
	p := incidentsPage{base: r.base(r.words().get("incidents.title")), Country: cc, Feed: "/incidents.atom"}
	if cc != "" {
		p.Feed += "?cc=" + cc
	}
	for _, i := range list[:min(len(list), maxIncidents)] {
		p.Rows = append(p.Rows, r.incidentRow(i))
		if documentation(i.Networks) {
			p.Invented = some
		}
	}
	return r.render(http.StatusOK, "incidents", p)
}

func (r *request) incidentRow(i incidents.State) incidentRow {
	return incidentRow{State: i, Headline: r.s.headline(r.lang, &i.Incident), Lasting: i.To == 0 && i.Kind != series.Lifting}
}

// Fiction says whether it is one of the sample.
func (r incidentRow) Fiction() bool { return inventedIncident(&r.Incident) }

// documentation says whether networks are the sample's.
func documentation(list []uint32) bool {
	return len(list) > 0 && !slices.ContainsFunc(list, func(n uint32) bool { return n < 64496 || n > 64511 })
}

// headline words an incident in one line.
func (s *site) headline(lang string, i *series.Incident) string {
	w := s.words[lang]
	where := s.Facts().CountryName(i.CC, lang)
	networks := w.count(lang, "incident.networks", int64(len(i.Networks)))
	switch len(i.Networks) {
	case 0:
		networks = w.get("incident.wholecountry")
	case 1:
		networks = networkName(i.Networks[0], "")
	}
	what := w.count(lang, "incident.targets", int64(len(i.Targets)))
	if n := len(i.Targets); n > 0 && n <= 3 {
		names := make([]string, n)
		for j, t := range i.Targets {
			names[j] = isolate(shorten(targetName(w, t), 60))
		}
		what = w.and(names)
	}
	key := "incident." + i.Kind
	if i.Kind == series.Restriction {
		switch {
		case artefacts(i):
			key += ".blocked"
		case i.Partial:
			key += ".some"
		default:
			key += ".consistent"
		}
	}
	if i.Kind == series.Shutdown && len(i.Networks) == 0 {
		return w.get("incident.shutdown.country", where)
	}
	return w.get(key, where, what, networks)
}

// artefacts says whether what carried an incident were mostly a filter's own traces.
func artefacts(i *series.Incident) bool {
	var with, all int32
	for _, m := range i.Mechanics {
		all += m.N
		if r, ok := verdict.Lookup(m.Rule); ok && r.Artefact {
			with += m.N
		}
	}
	return 2*with > all
}

// feedOf says what a feed is asked for: all, or a country, network or target.
func (s *site) feedOf(r *request) ([]incidents.State, error) {
	q := r.URL.Query()
	list, err := s.published(strings.ToUpper(q.Get("cc")))
	if err != nil {
		return nil, err
	}
	asn, _ := parseASN(q.Get("asn"))
	target := q.Get("target")
	list = slices.DeleteFunc(list, func(i incidents.State) bool {
		return asn != 0 && !slices.Contains(i.Networks, asn) || target != "" && !slices.Contains(i.Targets, target)
	})
	slices.SortStableFunc(list, func(a, b incidents.State) int { return b.Last().Compare(a.Last()) })
	return list[:min(len(list), maxIncidents)], nil
}

func (s *site) atom(r *request) error {
	list, err := s.feedOf(r)
	if err != nil {
		return err
	}
	var entries []atomEntry
	for _, i := range list {
		entries = append(entries, atomEntry{Title: s.headline(r.lang, &i.Incident), ID: "tag:veedor,2026:incident/" + i.ID, Link: atomLink{Href: prefix(r.lang) + "/incident/" + i.ID},
			Published: i.First().Format(time.RFC3339), Updated: i.Last().Format(time.RFC3339), Summary: r.when(&i.Incident) + " " + r.words().get("incident.said."+i.History[len(i.History)-1].What)})
	}
	return r.sendAtom("incidents.title", "/incidents", entries)
}

// jsonFeed is the same as JSON Feed 1.1.
func (s *site) jsonFeed(r *request) error {
	list, err := s.feedOf(r)
	if err != nil {
		return err
	}
	items := []jsonItem{}
	for _, i := range list {
		items = append(items, jsonItem{ID: i.ID, URL: prefix(r.lang) + "/incident/" + i.ID, Title: s.headline(r.lang, &i.Incident), Text: r.when(&i.Incident), Published: i.First().Format(time.RFC3339), Modified: i.Last().Format(time.RFC3339), Data: i.Incident})
	}
	return r.sendJSONFeed("incidents.title", items)
}

// when words from when to when.
func (r *request) when(i *series.Incident) string {
	w := r.words()
	from := moment(w, verdict.Hour(i.From))
	if i.FromOpen {
		return w.get("incident.when.open", from)
	}
	if i.To == 0 {
		return w.get("incident.when.lasting", from)
	}
	return w.get("incident.when.over", from, moment(w, verdict.Hour(i.To)))
}
