package chart

import (
	"time"
)

// Steps is how something moved between a few states over time: the status of a claim.
type Steps struct {
	Levels []string // names of the states, from the top
	Moves  []Step   // in the order of time
	Until  time.Time
}

// Step is a state and when it was reached.
type Step struct {
	At    time.Time
	Level int
	Note  string // why
}

func (s *Steps) draw(p *pen) int {
	moves := s.Moves[max(0, len(s.Moves)-maxMoves):]
	levels := s.Levels[:min(len(s.Levels), maxLevels)]
	if len(moves) == 0 || len(levels) == 0 {
		p.short(words{0, 14, p.lang.NoData, 12, false, start}, p.width, Soft)
		return 20
	}
	const tall = 30
	left := 0
	for _, name := range levels {
		left = max(left, wideOf(name, 12)+10)
	}
	left = min(left, p.width*2/5)
	e := extent{moves[0].At, s.Until}
	if last := moves[len(moves)-1].At; e.to.Before(last) {
		e.to = last
	}
	if e.to.Sub(e.from) < 24*time.Hour {
		e.to = e.from.Add(24 * time.Hour)
	}
	y := p.lines(0, p.lang.Range(moves[0].At, moves[len(moves)-1].At), 2)
	a := area{left, y + 2, p.width - left - 8, tall * len(levels)}
	var grid, line, dots Path
	for i, name := range levels {
		y := a.y + i*tall + tall/2
		p.short(words{left - 10, y + 4, name, 12, false, end}, left-10, Ink)
		grid.Move(a.x, y)
		grid.Line(a.x+a.w, y)
	}
	p.path(grid, Grid)
	last := 0
	for i, m := range moves {
		x, y := e.at(a, m.At), a.y+min(max(m.Level, 0), len(levels)-1)*tall+tall/2
		if i == 0 {
			line.Move(x, y)
		} else {
			line.Line(x, last)
			line.Line(x, y)
		}
		dots.Disc(x, y, 4)
		last = y
	}
	line.Line(e.at(a, e.to), last)
	p.path(line, Curve)
	p.path(dots, Arrow)
	p.axis(a, e, true)
	return a.y + a.h + 22
}

func (s *Steps) table(l *Language) Table {
	t := Table{Columns: []Column{{"at", l.When, false}, {"state", l.State, false}, {"note", l.Why, false}}}
	for _, m := range s.Moves {
		name := ""
		if m.Level >= 0 && m.Level < len(s.Levels) {
			name = s.Levels[m.Level]
		}
		t.Rows = append(t.Rows, []Cell{{Text: l.Moment(m.At), Raw: m.At.UTC().Format(time.RFC3339)}, {Text: name, Raw: name}, {Text: m.Note, Raw: m.Note}})
	}
	return t
}
