package chart

import (
	"strconv"
)

// Bars is a value for each of several things, as horizontal bars, in the order given.
type Bars struct {
	Unit  string // what is counted, in words
	Rows  []BarRow
	Most  int64 // of the scale; 0 for the greatest value
	Scale int64 // what a value of one is; 0 stands for 1. Shares are given in thousandths, with a scale of 1000
}

// BarRow is one bar. Where a value is known within bounds only, Low and High are those.
type BarRow struct {
	Name, Href string
	Value      int64
	Text       string // the value in words; "" for the plain number
	Low, High  int64
	Bounded    bool
	Gap        bool // nothing is known: Text says why
}

func (r *BarRow) text(l *Language) string {
	switch {
	case r.Text != "":
		return r.Text
	case r.Gap:
		return l.NoData
	}
	return l.Number(r.Value)
}

func (b *Bars) draw(p *pen) int {
	rows := b.Rows[:min(len(b.Rows), maxRows)]
	if len(rows) == 0 {
		p.short(words{0, 14, p.lang.NoData, 12, false, start}, p.width, Soft)
		return 20
	}
	left, right, most := 0, 0, max(b.Most, 1)
	gap := false
	for i := range rows {
		left = max(left, wideOf(rows[i].Name, 12)+8)
		right = max(right, wideOf(rows[i].text(p.lang), 12)+8)
		most = max(most, min(max(rows[i].Value, rows[i].High), maxCount))
		gap = gap || rows[i].Gap
	}
	right = min(right, p.width/3)
	left = min(left, p.width*2/5)
	a := area{left, 0, max(p.width-left-right, 40), 16}
	a.y = p.lines(0, b.Unit, 2) + 6
	for i := range rows {
		r := &rows[i]
		p.href = r.Href
		p.short(words{left - 8, a.y + 13, r.Name, 12, false, end}, left-8, Ink)
		p.href = ""
		if r.Gap {
			p.rect(a.x, a.y+2, a.w, a.h-4, Gap)
			p.short(words{a.x + a.w + 6, a.y + 13, r.text(p.lang), 12, false, start}, right-6, Soft)
			a.y += 22
			continue
		}
		at := func(n int64) int { return int(min(max(n, 0), most) * int64(a.w) / most) }
		w := at(r.Value)
		if r.Value > 0 {
			w = max(w, 1)
		}
		p.rect(a.x, a.y+1, w, a.h-2, Plain)
		if r.Bounded {
			low, high := at(min(r.Low, r.High)), at(max(r.Low, r.High))
			var whisker Path
			whisker.Move(a.x+low, a.y+a.h/2)
			whisker.Line(a.x+high, a.y+a.h/2)
			for _, x := range []int{low, high} {
				whisker.Move(a.x+x, a.y+a.h/2-4)
				whisker.Line(a.x+x, a.y+a.h/2+4)
			}
			p.path(whisker, Curve)
		}
		p.short(words{a.x + a.w + 6, a.y + 13, r.text(p.lang), 12, false, start}, right-6, Ink)
		a.y += 22
	}
	var base Path
	base.Move(a.x, a.y-22*len(rows)-2)
	base.Line(a.x, a.y)
	p.path(base, Axis)
	if n := len(b.Rows) - len(rows); n > 0 {
		p.short(words{0, a.y + 14, p.lang.More(n), 12, false, start}, p.width, Soft)
		a.y += 18
	}
	return a.y + 4
}

func (b *Bars) table(l *Language) Table {
	t := Table{Columns: []Column{{"name", l.Name, false}, {"value", l.Value, true}}}
	bounded := false
	for i := range b.Rows {
		bounded = bounded || b.Rows[i].Bounded
	}
	if bounded {
		t.Columns = append(t.Columns, Column{"low", "≥", true}, Column{"high", "≤", true})
	}
	t.Columns = append(t.Columns, Column{"state", l.State, false})
	for i := range b.Rows {
		r := &b.Rows[i]
		row := []Cell{{Text: r.Name, Raw: r.Name, Href: r.Href}, b.value(l, r.Value, r.Gap)}
		if bounded {
			row = append(row, b.value(l, r.Low, r.Gap || !r.Bounded), b.value(l, r.High, r.Gap || !r.Bounded))
		}
		state := Cell{Text: l.Measured, Raw: "measured"}
		if r.Gap {
			state = Cell{Text: r.text(l), Raw: "no data"}
		}
		t.Rows = append(t.Rows, append(row, state))
	}
	return t
}

// value is a number in its scale.
func (b *Bars) value(l *Language, n int64, gap bool) Cell {
	if gap || b.Scale <= 1 {
		return l.count(n, gap)
	}
	raw := strconv.FormatFloat(float64(n)/float64(b.Scale), 'f', -1, 64)
	return Cell{Text: raw, Raw: raw}
}
