package web

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"veedor/internal/follow/registry"
)

// datasetRow is a dataset and how far it is known.
type datasetRow struct {
	registry.Dataset
	Shown     string // its title, or else its name
	Href      string
	States    int64
	Last      registry.State // the latest, if there is one
	LastDated string
	Entities  int64 // as it was read
	Rejected  int64 // rows of all its states
}

// latestState is a state that came to us lately.
type latestState struct {
	Dataset, Href string
	Dated         string // in words
	Learnt        time.Time
	First         bool   // there was none before
	Diff          string // where what changed is shown
}

const (
	maxDatasets = 40
	maxLatest   = 6
)

// kept takes in what the registry holds: its datasets, and the states that came last.
func (r *request) kept(p *entitiesPage) error {
	list, err := r.s.Registry.Datasets(r.Context())
	if err != nil {
		return err
	}
	states, err := r.s.Registry.States(r.Context(), "")
	if err != nil {
		return err
	}
	of := map[string][]registry.State{}
	for _, s := range states {
		of[s.Dataset] = append(of[s.Dataset], s)
	}
	for _, d := range list {
		row := datasetRow{Dataset: d, Shown: cmp.Or(d.Title, d.Name), Href: datasetHref(r.lang, d.Name)}
		for _, s := range of[d.Name] {
			row.States++
			row.Rejected += int64(s.Account.Rejected)
			row.Last, row.LastDated, row.Entities = s, r.dated(s.Date()), int64(s.Account.Entities)
		}
		p.Datasets = append(p.Datasets, row)
	}
	slices.SortStableFunc(states, func(a, b registry.State) int { return b.Learnt.Compare(a.Learnt) })
	for _, s := range firstOf(states, maxLatest) {
		l := latestState{Dataset: r.listTitle(s.Dataset), Href: datasetHref(r.lang, s.Dataset), Dated: r.dated(s.Date()), Learnt: s.Learnt, First: true}
		for i, o := range of[s.Dataset] {
			if o.ID == s.ID && i > 0 {
				l.First, l.Diff = false, diffHref(r.lang, s.Dataset, of[s.Dataset][i-1].ID, s.ID)
			}
		}
		p.Latest = append(p.Latest, l)
	}
	return nil
}

// listTitle is what a list calls itself, or else its name here.
func (r *request) listTitle(name string) string {
	if r.titles == nil && r.s.Registry != nil {
		r.titles = map[string]string{}
		list, err := r.s.Registry.Datasets(r.Context())
		if err != nil {
			return shorten(name, 60) // its name says it as well
		}
		for _, d := range list {
			r.titles[d.Name] = d.Title
		}
	}
	return shorten(cmp.Or(r.titles[name], name), 100)
}

// listTitles are the titles of the first of some lists.
func (r *request) listTitles(names []string) (out []string) {
	for _, name := range firstOf(names, 4) {
		out = append(out, r.listTitle(name))
	}
	return out
}

// followed is what the first page says of the registry.
type followed struct {
	Datasets, Entities int64
	Latest             []latestState
}

// followed sums up what the registry holds; nil if that is nothing.
func (r *request) followed() (*followed, error) {
	if r.s.Registry == nil {
		return nil, nil
	}
	var p entitiesPage
	if err := r.kept(&p); err != nil || len(p.Datasets) == 0 {
		return nil, err
	}
	out := &followed{Datasets: int64(len(p.Datasets)), Latest: firstOf(p.Latest, 3)}
	for _, d := range p.Datasets {
		out.Entities += d.Entities
	}
	return out, nil
}

func diffHref(lang, dataset string, from, to int64) string {
	return datasetHref(lang, dataset) + "?from=" + strconv.FormatInt(from, 10) + "&to=" + strconv.FormatInt(to, 10)
}

// dated writes a date or a moment as FollowTheMoney has it in words, as precise as it is: "2013", "2021-06", "2020-11-30".
func (r *request) dated(date string) string {
	w := r.words()
	if len(date) > len(time.DateOnly) {
		if t, err := time.Parse("2006-01-02T15:04:05", date[:min(len(date), 19)]); err == nil {
			return moment(w, t)
		}
	}
	if t, err := time.Parse(time.DateOnly, date); err == nil {
		return day(w, t)
	}
	if t, err := time.Parse("2006-01", date); err == nil {
		return w.get("date.month", w.get("month."+strconv.Itoa(int(t.Month()))), t.Year())
	}
	return shorten(date, 30)
}
