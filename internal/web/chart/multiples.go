package chart

import (
	"time"
)

// Multiples is several timelines beside each other, on the same axes.
type Multiples struct {
	Panels []Panel
}

// Panel is one of them. All have the same step and classes.
type Panel struct {
	Name string
	Timeline
}

func (m *Multiples) draw(p *pen) int {
	panels := m.Panels[:min(len(m.Panels), maxPanels)]
	var e extent
	for i := range panels {
		points, begin := panels[i].points()
		end := begin.Add(time.Duration(len(points)) * panels[i].step())
		if len(points) == 0 {
			continue
		}
		if e.from.IsZero() || begin.Before(e.from) {
			e.from = begin
		}
		if end.After(e.to) {
			e.to = end
		}
	}
	if e.from.IsZero() {
		p.short(words{0, 14, p.lang.NoData, 12, false, start}, p.width, Soft)
		return 20
	}
	step := panels[0].step()
	n := int(min(max(int64(e.to.Sub(e.from)/step), 1), maxPoints))
	columns := 1
	if p.width >= 500 && len(panels) > 1 {
		columns = 2
	}
	const gutter = 24
	w := (p.width - gutter*(columns-1)) / columns
	per := panels[0].per(n, w-40)
	all := make([][]Point, len(panels))
	bars := make([][]bin, len(panels))
	var top int64 = 1
	for i := range panels {
		all[i] = panels[i].on(e.from, step, n)
		bars[i] = panels[i].bins(all[i], per)
		top = max(top, most(bars[i]))
	}
	top = nice(top)
	y := p.lines(0, p.lang.Per(panels[0].Unit, time.Duration(per)*step)+" · "+p.lang.Range(e.from, e.to.Add(-step)), 2) + 6
	left := max(wideOf(p.lang.Number(top), 11), wideOf(p.lang.Number(top/2), 11)) + 8
	const tall = 100
	var seen []Point
	for i := range panels {
		at := area{i%columns*(w+gutter) + left, y + i/columns*tall + 20, w - left - 2, 46}
		p.short(words{at.x - left, at.y - 8, panels[i].Name, 12, true, start}, w, Ink)
		p.scale(at, top)
		p.unsure(panels[i].Spans, at, e)
		panels[i].bars(p, at, bars[i], n, top)
		p.edges(panels[i].Spans, at, e)
		panels[i].strip(p, area{at.x, at.y + at.h + 2, at.w, 5}, all[i], bars[i])
		p.axis(area{at.x, at.y, at.w, at.h + 8}, e, true)
		seen = append(seen, all[i]...)
	}
	y += (len(panels) + columns - 1) / columns * tall
	if more := len(m.Panels) - len(panels); more > 0 {
		y += 14
		p.short(words{0, y, p.lang.More(more), 12, false, start}, p.width, Soft)
	}
	legend := panels[0].Timeline
	for i := range panels {
		if len(panels[i].Spans) > 0 {
			legend.Spans = panels[i].Spans
		}
	}
	return legend.legend(p, y, seen)
}

// on puts points onto a common axis; what is not there was not measured.
func (t *Timeline) on(from time.Time, step time.Duration, n int) []Point {
	out := make([]Point, n)
	for i := range out {
		out[i].Gap = true
	}
	points, begin := t.points()
	shift := int(begin.Sub(from) / step)
	for i := range points {
		if k := i + shift; k >= 0 && k < n {
			out[k] = points[i]
		}
	}
	return out
}

func (m *Multiples) table(l *Language) Table {
	var out Table
	for i := range m.Panels {
		t := m.Panels[i].Timeline.table(l)
		if i == 0 {
			out.Columns = append([]Column{{"name", l.Name, false}}, t.Columns...)
		}
		for _, row := range t.Rows {
			if len(row)+1 == len(out.Columns) {
				out.Rows = append(out.Rows, append([]Cell{{Text: m.Panels[i].Name, Raw: m.Panels[i].Name}}, row...))
			}
		}
	}
	return out
}
