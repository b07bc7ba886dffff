package chart

import (
	"time"
)

// area is a part of a drawing.
type area struct{ x, y, w, h int }

// extent is from when to when a picture reaches.
type extent struct{ from, to time.Time }

// at returns where a time lies, within the area.
func (e extent) at(a area, t time.Time) int {
	all := e.to.Unix() - e.from.Unix()
	if all <= 0 {
		return a.x
	}
	return a.x + int(min(max(t.Unix()-e.from.Unix(), 0), all)*int64(a.w)/all)
}

// ticking is how far apart the marks of a time axis are.
type ticking struct {
	hours, days, months int
}

// about is roughly how long that is.
func (k ticking) about() int64 {
	return int64(k.hours)*3600 + int64(k.days)*86400 + int64(k.months)*2629800
}

// first returns the last mark at or before a time; next the one after a mark.
func (k ticking) first(t time.Time) time.Time {
	t = t.UTC()
	switch {
	case k.hours > 0:
		return time.Date(t.Year(), t.Month(), t.Day(), t.Hour()/k.hours*k.hours, 0, 0, 0, time.UTC)
	case k.days > 0:
		return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
	}
	months := t.Year()*12 + int(t.Month()) - 1
	if months < 0 {
		months = 0
	}
	months = months / k.months * k.months
	return time.Date(months/12, time.Month(months%12+1), 1, 0, 0, 0, 0, time.UTC)
}

func (k ticking) next(t time.Time) time.Time {
	return t.Add(time.Duration(k.hours)*time.Hour).AddDate(0, k.months, k.days)
}

// word names a mark.
func (k ticking) word(l *Language, t time.Time) string {
	switch {
	case k.hours > 0 && t.Hour() > 0:
		return t.Format("15:04")
	case k.months > 0 && k.months%12 == 0:
		return t.Format("2006")
	case k.months > 0:
		return l.Month(t)
	}
	return l.ShortDay(t)
}

// axis draws the marks of a time axis below an area, as many as there is room for without one touching another.
func (p *pen) axis(a area, e extent, grid bool) {
	all := e.to.Unix() - e.from.Unix()
	if all <= 0 || a.w <= 0 {
		return
	}
	for _, k := range []ticking{{hours: 1}, {hours: 3}, {hours: 6}, {hours: 12}, {days: 1}, {days: 2}, {days: 7}, {days: 14}, {months: 1}, {months: 2}, {months: 3}, {months: 6}, {months: 12}, {months: 24}, {months: 60}, {months: 120},
		{months: 600}, {months: 2400}, {months: 12000}} {
		room := int64(a.w) * k.about() / all
		widest := max(wideOf(k.word(p.lang, e.from), 11), wideOf(k.word(p.lang, e.to), 11), wideOf(k.word(p.lang, e.from.AddDate(0, 3, 0)), 11))
		if room < int64(widest*5/4+8) {
			continue
		}
		var lines Path
		after := a.x - 4 // where the last label ends
		for t := k.first(e.from); !t.After(e.to); t = k.next(t) {
			if t.Before(e.from) {
				continue
			}
			x := e.at(a, t)
			text := k.word(p.lang, t)
			w := wideOf(text, 11)
			left := min(max(x-w/2, a.x-8), a.x+a.w-w)
			lines.Move(x, a.y+a.h)
			lines.Line(x, a.y+a.h+4)
			if left < after+4 {
				continue
			}
			after = left + w
			p.text(words{left, a.y + a.h + 15, text, 11, false, start}, Soft)
		}
		p.path(lines, Axis)
		return
	}
}

// nice returns a round number that is no less, and has a half.
func nice(n int64) int64 {
	for unit := int64(1); ; unit *= 10 {
		for _, k := range []int64{2, 4, 6, 10} {
			if k*unit >= n {
				return k * unit
			}
		}
	}
}
