package chart

import (
	"maps"
	"slices"
	"strconv"
	"time"
)

// Heat is rows over days, each cell with a level. A level is seen by its number, or by how much of the cell is filled,
// never by colour alone.
type Heat struct {
	Unit    string // what the numbers are, in words
	Days    []time.Time
	Rows    []HeatRow
	Numbers bool     // cells hold their texts; otherwise they are small
	Levels  []string // what levels 0 … 4 mean, in words
}

// HeatRow is one row.
type HeatRow struct {
	Name, Href string
	Cells      []HeatCell // by day
}

// HeatCell is one day. Level is from 0 to 4; -1 where too little was measured to say anything.
type HeatCell struct {
	Level    int
	N, Of    int64
	Gap      bool // nothing was measured
	NoNumber bool // it has a level and no numbers
}

func (c *HeatCell) text(l *Language) string {
	switch {
	case c.Gap || c.NoNumber:
		return ""
	case c.Of > 0:
		return l.Number(c.N) + "/" + l.Number(c.Of)
	}
	return l.Number(c.N)
}

func (h *Heat) draw(p *pen) int {
	skip := max(0, len(h.Days)-maxColumns)
	days, rows := h.Days[skip:], h.Rows[:min(len(h.Rows), maxRows)]
	if len(days) == 0 || len(rows) == 0 {
		p.short(words{0, 14, p.lang.NoData, 12, false, start}, p.width, Soft)
		return 20
	}
	left, cell := 0, 0
	for i := range rows {
		left = max(left, wideOf(rows[i].Name, 12)+8)
		for k := range min(len(rows[i].Cells), len(h.Days)) {
			if k >= skip && h.Numbers {
				cell = max(cell, wideOf(rows[i].Cells[k].text(p.lang), 11)+6)
			}
		}
	}
	left = min(left, p.width*2/5)
	cell = min(max(cell, min((p.width-left)/len(days), 40), 6), 90)
	tall := 16
	if h.Numbers {
		tall = 22
	}
	p.width = max(p.width, left+cell*len(days)+1)
	y := p.lines(0, h.Unit+" · "+p.lang.Range(days[0], days[len(days)-1]), 2)
	y = p.heads(days, left, cell, y)
	top := y
	used := map[int]bool{}
	fills := map[Style]*Path{}
	for i := range rows {
		p.href = rows[i].Href
		p.short(words{left - 6, y + tall/2 + 4, rows[i].Name, 12, false, end}, left-6, Ink)
		p.href = ""
		for k := range days {
			c := HeatCell{Gap: true}
			if k+skip < len(rows[i].Cells) {
				c = rows[i].Cells[k+skip]
			}
			used[h.cell(p, fills, &c, area{left + k*cell, y, cell, tall})] = true
		}
		y += tall
	}
	first := len(p.marks)
	for _, s := range slices.Sorted(maps.Keys(fills)) {
		p.path(*fills[s], s)
	}
	// Fills lie under what was written.
	p.marks = append(slices.Clone(p.marks[first:]), p.marks[:first]...)
	var grid Path
	for i := range len(rows) + 1 {
		grid.Move(left, top+i*tall)
		grid.Line(left+cell*len(days), top+i*tall)
	}
	for i := range len(days) + 1 {
		grid.Move(left+i*cell, top)
		grid.Line(left+i*cell, y)
	}
	p.path(grid, Grid)
	if n := len(h.Rows) - len(rows); n > 0 {
		y += 16
		p.short(words{0, y, p.lang.More(n), 12, false, start}, p.width, Soft)
	}
	return p.legend(y+6, h.key(used, p.lang))
}

// heads writes the days, every one or every so many, as there is room.
func (p *pen) heads(days []time.Time, left, cell, y int) int {
	widest := 0
	for _, d := range days {
		widest = max(widest, wideOf(p.lang.ShortDay(d), 11))
	}
	every := (widest + 6 + cell - 1) / cell
	for i := 0; i < len(days); i += every {
		text := p.lang.ShortDay(days[i])
		x := left + i*cell + cell/2
		if every > 1 { // it begins where its day does
			x = left + i*cell + wideOf(text, 11)/2
		}
		if x+widest/2 > p.width {
			break
		}
		p.text(words{x, y + 14, text, 11, false, middle}, Soft)
	}
	return y + 20
}

// gapLevel and fewLevel stand for cells without a level.
const (
	gapLevel = -2
	fewLevel = -1
)

// cell draws one cell and returns its level. Cells side by side that look the same are filled in one go.
func (h *Heat) cell(p *pen, fills map[Style]*Path, c *HeatCell, a area) int {
	level := min(max(c.Level, fewLevel), 4)
	fill := func(s Style, high int) {
		d := fills[s]
		if d == nil {
			d = &Path{}
			fills[s] = d
		}
		if n := len(d.segs); n >= 5 && s != Level4 { // a box ends with a corner below to the left, and is closed
			if top, last := d.segs[n-4].to, d.segs[n-3].to; top[0] == a.x && top[1] == a.y+a.h-high && last[1] == a.y+a.h {
				d.segs[n-4].to[0], d.segs[n-3].to[0] = a.x+a.w, a.x+a.w
				return
			}
		}
		d.Box(a.x, a.y+a.h-high, a.w, high)
	}
	switch {
	case c.Gap:
		fill(Gap, a.h)
		return gapLevel
	case level == fewLevel:
		fill(Scant, 3)
	case h.Numbers && level > 0:
		fill(Level0+Style(level), a.h)
	case level > 0:
		fill(Plain, a.h*level/4)
	}
	if text := c.text(p.lang); h.Numbers && text != "" {
		style := Ink
		if level == fewLevel {
			style = Soft
		}
		p.short(words{a.x + a.w/2, a.y + a.h/2 + 4, text, 11, level > 2, middle}, a.w, style)
	}
	return level
}

// key names the levels there are.
func (h *Heat) key(used map[int]bool, l *Language) []named {
	var out []named
	for i, name := range h.Levels[:min(len(h.Levels), 5)] {
		switch {
		case name == "" || h.Numbers && !used[i]:
		case h.Numbers || i == 0:
			out = append(out, named{name, Level0 + Style(i), 0})
		default:
			out = append(out, named{name, Plain, i})
		}
	}
	if used[fewLevel] {
		out = append(out, named{l.Few, Scant, 0})
	}
	if used[gapLevel] {
		out = append(out, named{l.NoData, Gap, 0})
	}
	return out
}

func (h *Heat) table(l *Language) Table {
	t := Table{Columns: []Column{{"name", l.Name, false}, {"day", l.When, false}, {"n", l.Value, true}, {"of", l.Total, true}, {"level", l.State, false}}}
	for i := range h.Rows {
		r := &h.Rows[i]
		for k, d := range h.Days {
			c := HeatCell{Gap: true}
			if k < len(r.Cells) {
				c = r.Cells[k]
			}
			row := []Cell{{Text: r.Name, Raw: r.Name, Href: r.Href}, {Text: l.Day(d), Raw: d.UTC().Format(time.DateOnly)}, l.count(c.N, c.Gap || c.NoNumber), l.count(c.Of, c.Gap || c.NoNumber || c.Of == 0)}
			switch level := min(max(c.Level, fewLevel), 4); {
			case c.Gap:
				row = append(row, Cell{Text: l.NoData, Raw: "no data"})
			case level == fewLevel:
				row = append(row, Cell{Text: l.Few, Raw: "few"})
			default:
				name := strconv.Itoa(level)
				if level < len(h.Levels) {
					name = h.Levels[level]
				}
				row = append(row, Cell{Text: name, Raw: strconv.Itoa(level)})
			}
			t.Rows = append(t.Rows, row)
		}
	}
	return t
}
