package web

import (
	"slices"
	"time"

	"veedor/internal/measure/store"
	"veedor/internal/web/chart"
)

const (
	enoughOfDay = 3   // how many measurements must have been judged before a day says something
	daysDrawn   = 366 // the latest; all of them where that is asked for
	daysListed  = 30  // in the table beside
)

// subjectAsked finds out what a page of measurements is about, and which they are.
type subjectAsked func(*request) (subjectPage, store.Filter, error)

// daysOf makes the timeline of a page of measurements.
func daysOf(who subjectAsked) chartMaker {
	return func(r *request) (*chart.Chart, error) {
		p, f, err := who(r)
		if err != nil {
			return nil, err
		}
		if err := p.until(r, &f); err != nil {
			return nil, err
		}
		list, err := r.s.Store.Tally(r.Context(), f, store.ByDay)
		if err != nil {
			return nil, err
		}
		c, _ := r.days(list, p.Name, r.URL.Query().Get("all") != "")
		return c, nil
	}
}

// days draws counts by day. Days without measurements are in it, as such. left is how many days before are left out.
func (r *request) days(list []store.Count, name string, whole bool) (c *chart.Chart, left int) {
	t, latest := timeline(list, r.words())
	if t == nil {
		return nil, 0
	}
	if !whole && len(t.Points) > daysDrawn {
		left = len(t.Points) - daysDrawn
		t.Start, t.Points = t.Start.AddDate(0, 0, left), t.Points[left:]
	}
	w := r.words()
	var all, blocked, days, gaps int64
	for _, p := range t.Points {
		if p.Gap {
			gaps++
			continue
		}
		days++
		blocked += p.Counts[0]
		for _, n := range p.Counts {
			all += n
		}
	}
	c = r.chart("days", w.get("chart.days.title", name), w.get("chart.days.desc", number(r.lang, all), number(r.lang, blocked), number(r.lang, days), number(r.lang, gaps)), shareOfCounts(list), "chart.source.measure", r.s.RuleSet)
	c.Licence, c.Date, c.Kind = w.get("chart.licence.measure"), w.get("chart.asof", moment(w, latest)), t
	return c, left
}

// timeline makes a timeline of counts by day; nil where there is no day.
func timeline(list []store.Count, w words) (t *chart.Timeline, latest time.Time) {
	list = slices.DeleteFunc(slices.Clone(list), func(c store.Count) bool {
		d, err := time.Parse(time.DateOnly, c.Key)
		return err != nil || d.Year() <= 1
	})
	if len(list) == 0 {
		return nil, time.Time{}
	}
	slices.SortFunc(list, func(a, b store.Count) int { return dayOf(a).Compare(dayOf(b)) })
	t = &chart.Timeline{Unit: w.get("chart.measurements"), Step: 24 * time.Hour, Start: dayOf(list[0])}
	for i, st := range states {
		t.Classes = append(t.Classes, chart.Class{Key: string(st), Name: w.get("state." + string(st)), Tone: chart.Tone0 + chart.Style(i)})
	}
	last := dayOf(list[len(list)-1])
	if first := last.AddDate(0, 0, 1-maxDays); t.Start.Before(first) { // somebody's clock was wrong
		t.Start = first
		list = slices.DeleteFunc(list, func(c store.Count) bool { return dayOf(c).Before(first) })
	}
	for d, i := t.Start, 0; !d.After(last); d = d.AddDate(0, 0, 1) {
		p := chart.Point{Gap: true}
		if dayOf(list[i]).Equal(d) {
			c := list[i]
			p = chart.Point{Counts: []int64{c.Blocked, c.Down, c.OK, c.Insufficient}, Few: c.Total-c.Insufficient < enoughOfDay}
			if c.Last.After(latest) {
				latest = c.Last
			}
			i++
		}
		t.Points = append(t.Points, p)
	}
	return t, latest
}

// maxDays is the most days of a timeline: no measurement is older than that.
const maxDays = 9000

func dayOf(c store.Count) time.Time {
	d, _ := time.Parse(time.DateOnly, c.Key) // timeline has read it before
	return d
}
