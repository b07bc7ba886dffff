package web

import (
	"time"

	"veedor/internal/measure/store"
)

// dayRow is one day of a timeline.
type dayRow struct {
	Day   time.Time
	Empty bool // nothing was measured
	Few   bool // too little could be judged to say anything of the day
	Count store.Count
	Bars  [4]bar // blocked, down, ok, insufficient; one after the other
}

// bar is a piece of a bar, out of 100.
type bar struct{ X, Width int64 }

// enoughOfDay is how many measurements must have been judged before a day says something.
const enoughOfDay = 3

// maxDays is how many days a timeline shows, the latest.
const maxDays = 45

// days makes a timeline of counts by day, newest first. Days without measurements are in it, as such.
func days(list []store.Count) []dayRow {
	byDay := map[string]store.Count{}
	var first, last time.Time
	for _, c := range list {
		d, err := time.Parse(time.DateOnly, c.Key)
		if err != nil || d.Year() <= 1 {
			continue
		}
		byDay[c.Key] = c
		if first.IsZero() || d.Before(first) {
			first = d
		}
		if d.After(last) {
			last = d
		}
	}
	if last.IsZero() {
		return nil
	}
	if last.Sub(first) > (maxDays-1)*24*time.Hour {
		first = last.AddDate(0, 0, 1-maxDays)
	}
	var out []dayRow
	var most int64
	for d := last; !d.Before(first); d = d.AddDate(0, 0, -1) {
		c, ok := byDay[d.Format(time.DateOnly)]
		most = max(most, c.Total)
		out = append(out, dayRow{Day: d, Empty: !ok, Few: c.Total-c.Insufficient < enoughOfDay, Count: c})
	}
	for i := range out {
		out[i].Bars = bars(out[i].Count, most)
	}
	return out
}

// bars cuts a day's bar, whose length stands for its number of measurements, by state.
func bars(c store.Count, most int64) [4]bar {
	var out [4]bar
	var sum int64
	for i, n := range [...]int64{c.Blocked, c.Down, c.OK, c.Insufficient} {
		x := sum * 100 / max(most, 1)
		sum += n
		width := sum*100/max(most, 1) - x
		if n > 0 {
			x, width = min(x, 99), max(width, 1) // one in a thousand is seen
		}
		out[i] = bar{x, width}
	}
	return out
}
