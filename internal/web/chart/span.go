package chart

import (
	"strconv"
	"time"
)

// spans draws intervals as bars above an area, each in a line of its own, with its name.
func (p *pen) spans(list []Span, a area, e extent, y int) int {
	for i := range list[:min(len(list), maxSpans)] {
		s := &list[i]
		after, from, to, before := s.edges(e)
		p.rect(e.at(a, after), y+13, e.at(a, from)-e.at(a, after), 6, Unsure)
		p.rect(e.at(a, to), y+13, e.at(a, before)-e.at(a, to), 6, Unsure)
		x := e.at(a, from)
		w := max(2, e.at(a, to)-x)
		p.rect(x, y+13, w, 6, Known)
		if s.To.IsZero() {
			var arrow Path
			arrow.Move(x+w-6, y+10)
			arrow.Line(x+w, y+16)
			arrow.Line(x+w-6, y+22)
			arrow.Close()
			p.path(arrow, Arrow)
		}
		for _, name := range wrap(s.Name, a.w, 12, 1) {
			at := min(max(e.at(a, after), a.x), a.x+a.w-wideOf(name, 12))
			p.text(words{max(at, a.x), y + 10, name, 12, false, start}, Ink)
		}
		y += 24
	}
	return y
}

// edges returns when an interval surely and possibly began and ended.
func (s *Span) edges(e extent) (after, from, to, before time.Time) {
	after, from, to, before = s.After, s.From, s.To, s.Before
	if after.IsZero() || after.After(from) {
		after = from
	}
	if to.IsZero() {
		to, before = e.to, e.to
	}
	if to.Before(from) {
		to = from
	}
	if before.IsZero() || before.Before(to) {
		before = to
	}
	return
}

// unsure hatches where the edges of intervals may lie.
func (p *pen) unsure(list []Span, a area, e extent) {
	for i := range list[:min(len(list), maxSpans)] {
		after, from, to, before := list[i].edges(e)
		p.rect(e.at(a, after), a.y, e.at(a, from)-e.at(a, after), a.h, Unsure)
		p.rect(e.at(a, to), a.y, e.at(a, before)-e.at(a, to), a.h, Unsure)
	}
}

// edges draws where intervals most likely begin and end.
func (p *pen) edges(list []Span, a area, e extent) {
	var lines Path
	for i := range list[:min(len(list), maxSpans)] {
		_, from, to, _ := list[i].edges(e)
		x := e.at(a, from)
		lines.Move(x, a.y-4)
		lines.Line(x, a.y+a.h)
		if x = e.at(a, to); !list[i].To.IsZero() {
			lines.Move(x, a.y-4)
			lines.Line(x, a.y+a.h)
		}
	}
	p.path(lines, Dashed)
}

func numbered(l *Language, n int64) Cell {
	return Cell{Text: l.Number(n), Raw: strconv.FormatInt(n, 10)}
}
