package web

import (
	"cmp"
	"slices"
	"time"

	"veedor/internal/measure/store"
	"veedor/internal/web/chart"
)

// What the overview of what is measured shows.
const (
	overviewDays      = 30
	overviewCountries = 10
)

// overview draws how much was measured by country and day, in the last days there are measurements of; nil where nothing
// was measured.
func (r *request) overview() (*chart.Chart, error) {
	ctx, w := r.Context(), r.words()
	countries, err := r.s.Store.Tally(ctx, store.Filter{}, store.ByCountry)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(countries, func(a, b store.Count) int { return cmp.Or(cmp.Compare(b.Total, a.Total), cmp.Compare(a.Key, b.Key)) })
	countries = countries[:min(len(countries), overviewCountries)]
	var latest time.Time
	for _, c := range countries {
		latest = later(latest, c.Last)
	}
	if latest.IsZero() {
		return nil, nil
	}
	h := &chart.Heat{Unit: w.get("chart.measurements"), Levels: []string{"", w.get("chart.overview.level.1"), "", "", w.get("chart.overview.level.4")}}
	to := latest.UTC().Truncate(24*time.Hour).AddDate(0, 0, 1)
	for d := to.AddDate(0, 0, -overviewDays); d.Before(to); d = d.AddDate(0, 0, 1) {
		h.Days = append(h.Days, d)
	}
	gaps := 0
	for _, c := range countries {
		days, err := r.s.Store.Tally(ctx, store.Filter{CC: c.Key, From: h.Days[0], To: to}, store.ByDay)
		if err != nil {
			return nil, err
		}
		name, href := r.countryNaming(c)
		row := chart.HeatRow{Name: name, Href: href, Cells: make([]chart.HeatCell, overviewDays)}
		for i, d := range h.Days {
			at := slices.IndexFunc(days, func(c store.Count) bool { return c.Key == d.Format(time.DateOnly) })
			if at < 0 || days[at].Total == 0 {
				row.Cells[i].Gap = true
				gaps++
				continue
			}
			row.Cells[i] = chart.HeatCell{N: days[at].Total, Level: magnitude(days[at].Total)}
		}
		h.Rows = append(h.Rows, row)
	}
	n := func(v int) string { return number(r.lang, int64(v)) }
	c := r.chart("measured", w.get("chart.overview.title"), w.get("chart.overview.desc", n(len(h.Rows)), n(overviewDays), n(gaps), n(len(h.Rows)*overviewDays)), shareOfCounts(countries), "chart.source.measure", r.s.RuleSet)
	c.Licence, c.Date, c.Kind = w.get("chart.licence.measure"), w.get("chart.asof", moment(w, latest)), h
	return c, nil
}

// measured is the overview as a figure for a page; nil where nothing was measured.
func (r *request) measured() (*figure, error) {
	c, err := r.overview()
	if err != nil {
		return nil, err
	}
	return r.figure(c, prefix(r.lang)+"/measured", "", 0), nil
}

// magnitude sorts a number into levels: tens, hundreds, thousands.
func magnitude(n int64) int {
	level := 1
	for ; n >= 10 && level < 4; n /= 10 {
		level++
	}
	return level
}
