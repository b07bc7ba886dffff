package chart

import (
	"time"
)

// Timeline is counts by hour or day, one class on the other. A point that was not measured is a gap.
type Timeline struct {
	Unit    string        // what is counted, in words: measurements
	Step    time.Duration // from point to point: an hour or a day
	Start   time.Time     // of the first point
	Classes []Class       // from below
	Points  []Point       // one after the other, none left out
	Spans   []Span        // marked intervals
}

// Class is what is counted together.
type Class struct {
	Key, Name string // in files; in words
	Tone      Style  // Tone0 … Tone5
}

// Point is one hour or day.
type Point struct {
	Counts []int64 // by class
	Gap    bool    // nothing was measured
	Few    bool    // too little was measured to say anything
}

// Span is an interval with its edges as sure as they are: it began between After and From, and ended between To and
// Before. After and Before are zero where nothing is known of that; To is zero for what lasts.
type Span struct {
	Name                    string
	After, From, To, Before time.Time
}

// points returns the last points that are drawn, and when the first of them begins.
func (t *Timeline) points() ([]Point, time.Time) {
	over := max(0, len(t.Points)-maxPoints)
	return t.Points[over:], t.Start.Add(time.Duration(over) * t.step())
}

func (t *Timeline) step() time.Duration {
	if t.Step < time.Minute || t.Step > 366*24*time.Hour {
		return 24 * time.Hour
	}
	return t.Step
}

// Daily joins hours to days, for a table that can be read; days stay as they are. It begins with the hour of its start.
func (t *Timeline) Daily() *Timeline {
	per := int(24 * time.Hour / t.step())
	if per <= 1 {
		return t
	}
	out := *t
	out.Step, out.Points = 24*time.Hour, nil
	for i := 0; i < len(t.Points); i += per {
		q := Point{Gap: true, Few: true, Counts: make([]int64, len(t.Classes))}
		for k := i; k < min(i+per, len(t.Points)); k++ {
			o := &t.Points[k]
			if o.Gap {
				continue
			}
			q.Gap, q.Few = false, q.Few && o.Few
			for c := range q.Counts {
				q.Counts[c] += o.count(c)
			}
		}
		out.Points = append(out.Points, q)
	}
	return &out
}

func (t *Timeline) classes() []Class { return t.Classes[:min(len(t.Classes), maxClasses)] }

// count returns a count that can be added up.
func (p *Point) count(class int) int64 {
	if p.Gap || class >= len(p.Counts) {
		return 0
	}
	return min(max(p.Counts[class], 0), maxCount)
}

// bins joins points until a bar can be told from its neighbours: days become weeks, hours become days.
type bin struct {
	first, last int // points, last is one after
	gap         bool
	counts      [maxClasses]int64
}

// per returns how many points a bar stands for in a width.
func (t *Timeline) per(n, width int) int {
	steps := []int{1, 7, 28, 91, 364}
	if t.step() < 24*time.Hour {
		steps = []int{1, 6, 24, 168, 672}
	}
	for _, k := range steps {
		if n <= k*width/3 {
			return k
		}
	}
	return max(1, 3*n/max(width, 1)+1)
}

func (t *Timeline) bins(points []Point, per int) []bin {
	var out []bin
	for i := 0; i < len(points); i += per {
		b := bin{first: i, last: min(i+per, len(points)), gap: true}
		for k := i; k < b.last; k++ {
			b.gap = b.gap && points[k].Gap
			for c := range t.classes() {
				b.counts[c] += points[k].count(c)
			}
		}
		out = append(out, b)
	}
	return out
}

// most is the highest bar.
func most(bins []bin) int64 {
	var m int64
	for _, b := range bins {
		var sum int64
		for _, n := range b.counts {
			sum += n
		}
		m = max(m, sum)
	}
	return m
}

func (t *Timeline) draw(p *pen) int {
	points, begin := t.points()
	e := extent{begin, begin.Add(time.Duration(len(points)) * t.step())}
	if len(points) == 0 {
		p.short(words{0, 14, p.lang.NoData, 12, false, start}, p.width, Soft)
		return 20
	}
	per := t.per(len(points), p.width-40)
	bins := t.bins(points, per)
	top := nice(max(most(bins), 1))
	y := p.lines(0, p.lang.Per(t.Unit, time.Duration(per)*t.step())+" · "+p.lang.Range(e.from, e.to.Add(-t.step())), 2)
	left := max(wideOf(p.lang.Number(top), 11), wideOf(p.lang.Number(top/2), 11)) + 8
	a := area{x: left, w: p.width - left - 2}
	y = p.spans(t.Spans, a, e, y+4)
	a.y, a.h = y+6, 110
	p.scale(a, top)
	p.unsure(t.Spans, a, e)
	t.bars(p, a, bins, len(points), top)
	p.edges(t.Spans, a, e)
	t.strip(p, area{a.x, a.y + a.h + 2, a.w, 5}, points, bins)
	p.axis(area{a.x, a.y, a.w, a.h + 8}, e, true)
	return t.legend(p, a.y+a.h+8+20, points)
}

// lines puts a text over the whole width.
func (p *pen) lines(y int, text string, most int) int {
	for _, line := range wrap(text, p.width, 12, most) {
		y += 16
		p.text(words{0, y - 4, line, 12, false, start}, Soft)
	}
	return y
}

// scale draws the lines that heights are read by.
func (p *pen) scale(a area, top int64) {
	var grid Path
	for i := range int64(3) {
		y := a.y + a.h - int(i)*a.h/2
		grid.Move(a.x, y)
		grid.Line(a.x+a.w, y)
		p.text(words{a.x - 6, y + 4, p.lang.Number(top * i / 2), 11, false, end}, Soft)
	}
	p.path(grid, Grid)
}

// bars draws the counts, and hatches what was not measured.
func (t *Timeline) bars(p *pen, a area, bins []bin, n int, top int64) {
	x := func(point int) int { return a.x + a.w*point/n }
	var gaps, apart Path
	for i := 0; i < len(bins); i++ {
		if !bins[i].gap {
			continue
		}
		first := bins[i].first
		for i+1 < len(bins) && bins[i+1].gap {
			i++
		}
		gaps.Box(x(first), a.y, max(1, x(bins[i].last)-x(first)), a.h)
	}
	p.path(gaps, Gap)
	classes := t.classes()
	for c := len(classes) - 1; c >= 0; c-- {
		var d Path
		up, some := false, false
		for _, b := range bins {
			some = some || b.counts[c] > 0
			h := height(b, c, a.h, top)
			if b.gap || h == 0 {
				if up {
					d.Line(x(b.first), a.y+a.h)
					d.Close()
				}
				up = false
				continue
			}
			if !up {
				d.Move(x(b.first), a.y+a.h)
			}
			up = true
			d.Line(x(b.first), a.y+a.h-h)
			d.Line(x(b.last), a.y+a.h-h)
		}
		if up {
			d.Line(x(n), a.y+a.h)
			d.Close()
		}
		if some {
			p.path(d, tone(classes[c].Tone))
		}
	}
	if a.w/len(bins) >= 6 {
		for i := 1; i < len(bins); i++ {
			if h := max(height(bins[i-1], len(classes)-1, a.h, top), height(bins[i], len(classes)-1, a.h, top)); h > 0 {
				apart.Move(x(bins[i].first), a.y+a.h)
				apart.Line(x(bins[i].first), a.y+a.h-h)
			}
		}
		p.path(apart, Apart)
	}
	var base Path
	base.Move(a.x, a.y+a.h)
	base.Line(a.x+a.w, a.y+a.h)
	p.path(base, Axis)
}

// height is where a class ends, from below. One in a thousand is seen.
func height(b bin, class, h int, top int64) int {
	var sum int64
	least := 0
	for c := range class + 1 {
		sum += b.counts[c]
		if b.counts[c] > 0 {
			least++
		}
	}
	return max(int(sum*int64(h)/max(top, 1)), least)
}

func tone(s Style) Style {
	if s < Tone0 || s > Tone5 {
		return Tone5
	}
	return s
}

// strip says of each day whether it was measured; of shorter points in a bar only whether any of them was.
func (t *Timeline) strip(p *pen, a area, points []Point, bins []bin) {
	if t.step() < 24*time.Hour && len(bins) < len(points) {
		joined := make([]Point, len(points))
		for _, b := range bins {
			for i := b.first; i < b.last; i++ {
				joined[i].Gap = b.gap
			}
		}
		points = joined
	}
	x := func(point int) int { return a.x + a.w*point/len(points) }
	state := func(q Point) Style {
		switch {
		case q.Gap:
			return Gap
		case q.Few:
			return Scant
		}
		return Enough
	}
	paths := map[Style]*Path{Gap: {}, Scant: {}, Enough: {}}
	for i := 0; i < len(points); i++ {
		s, first := state(points[i]), i
		for i+1 < len(points) && state(points[i+1]) == s {
			i++
		}
		left, right := x(first), x(i+1)
		if s == Enough {
			paths[s].Box(left, a.y+2, max(1, right-left), a.h-3)
		} else {
			paths[s].Box(left, a.y, max(1, right-left), a.h)
		}
	}
	for _, s := range []Style{Enough, Scant, Gap} { // gaps last: none is covered
		p.path(*paths[s], s)
	}
}

// legend names what is drawn, in as many lines as it takes.
func (t *Timeline) legend(p *pen, y int, points []Point) int {
	var items []named
	for i := len(t.classes()) - 1; i >= 0; i-- {
		items = append(items, named{t.Classes[i].Name, tone(t.Classes[i].Tone), 0})
	}
	var gap, few bool
	for _, q := range points {
		gap, few = gap || q.Gap, few || q.Few && !q.Gap
	}
	if few {
		items = append(items, named{p.lang.Few, Scant, 0})
	}
	if gap {
		items = append(items, named{p.lang.NoData, Gap, 0})
	}
	if len(t.Spans) > 0 {
		items = append(items, named{p.lang.Unsure, Unsure, 0})
	}
	return p.legend(y, items)
}

// named is a style and what it stands for.
type named struct {
	name  string
	style Style
	part  int // in quarters: how much of the sign is filled; 0 for all of it
}

func (p *pen) legend(y int, items []named) int {
	x := 0
	y += 14
	for _, item := range items {
		name := wrap(item.name, p.width-24, 12, 1)
		if len(name) == 0 {
			continue
		}
		w := wideOf(name[0], 12)
		if x > 0 && x+18+w > p.width {
			x, y = 0, y+18
		}
		high := 11
		if item.part > 0 {
			high = max(1, 11*item.part/4)
		}
		p.rect(x, y+1-high, 13, high, item.style)
		if high < 11 || item.style == Gap || item.style == Unsure || item.style == Tone3 || item.style == Level0 {
			var edge Path
			edge.Box(x, y-10, 13, 11)
			p.path(edge, Grid)
		}
		p.text(words{x + 18, y, name[0], 12, false, start}, Ink)
		x += 18 + w + 14
	}
	return y + 6
}

func (t *Timeline) table(l *Language) Table {
	out := Table{Columns: []Column{{"from", l.When, false}}}
	for _, c := range t.Classes {
		out.Columns = append(out.Columns, Column{c.Key, c.Name, true})
	}
	out.Columns = append(out.Columns, Column{"total", l.Total, true}, Column{"state", l.State, false})
	at := t.Start
	for i := range t.Points {
		q := &t.Points[i]
		row := []Cell{{Text: l.Day(at), Raw: at.UTC().Format(time.DateOnly)}}
		if t.step() < 24*time.Hour {
			row[0] = Cell{Text: l.Moment(at), Raw: at.UTC().Format(time.RFC3339)}
		}
		var sum int64
		for c := range t.Classes {
			n := q.count(c)
			sum += n
			row = append(row, l.count(n, q.Gap))
		}
		state := Cell{Text: l.Measured, Raw: "measured"}
		switch {
		case q.Gap:
			state = Cell{Text: l.NoData, Raw: "no data"}
		case q.Few:
			state = Cell{Text: l.Few, Raw: "few"}
		}
		out.Rows = append(out.Rows, append(row, l.count(sum, q.Gap), state))
		at = at.Add(t.step())
	}
	return out
}

// count is a number as a cell; nothing where nothing was measured.
func (l *Language) count(n int64, gap bool) Cell {
	if gap {
		return Cell{Text: "–"}
	}
	return numbered(l, n)
}
