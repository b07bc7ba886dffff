package chart

import (
	"cmp"
	"slices"
)

// Map is the world with those countries marked where something is.
type Map struct {
	World     *World
	Marked    []Country
	Elsewhere []Country // those the world has no shape for; they are in the table
}

// Country is one that is marked, with its count.
type Country struct {
	Code string // two letters
	Name string
	Href string
	N    int64
	Text string // the country and its count in words
}

// Sizes of what is written on a map.
const (
	labelWidth  = 24
	labelHeight = 17
	roomy       = 900 // square units, in which a count leaves a country to be seen
)

// pin is where a count stands, and where its country lies.
type pin struct {
	*Country
	x, y, atX, atY int
}

func (m *Map) draw(p *pen) int {
	p.width = mapWidth
	p.path(m.World.land, Land)
	var pins []pin
	for i := range m.Marked {
		c := &m.Marked[i]
		s, ok := m.World.countries[c.Code]
		if !ok {
			continue
		}
		p.full = c.Text
		p.path(s.path, Place)
		one := pin{c, s.x, s.y, s.x, s.y}
		if s.area < roomy { // the count would hide the country
			one.x, one.y = max(labelWidth, s.x-2*labelWidth/3), max(labelHeight, s.y-labelHeight)
		}
		pins = append(pins, one)
	}
	apart(pins)
	height := mapHeight
	for _, c := range pins {
		p.full, p.href = c.Text, c.Href
		var line, disc Path
		if c.x != c.atX || c.y != c.atY {
			line.Move(c.atX, c.atY)
			line.Line(c.x, c.y)
			p.path(line, Edge)
		}
		text := p.lang.Number(c.N)
		disc.Disc(c.x, c.y, max(8, wideOf(text, 9)/2+2))
		p.path(disc, Disc)
		p.text(words{c.x, c.y + 3, text, 9, true, middle}, Ink)
		height = max(height, c.y+labelHeight)
	}
	p.full, p.href = "", ""
	return height
}

// apart moves counts so that none covers another.
func apart(list []pin) {
	order := make([]*pin, len(list))
	for i := range list {
		order[i] = &list[i]
	}
	slices.SortStableFunc(order, func(a, b *pin) int { return cmp.Or(a.y-b.y, a.x-b.x) })
	for i, c := range order {
		for moved := true; moved; {
			moved = false
			for _, o := range order[:i] {
				if abs(c.x-o.x) < labelWidth && abs(c.y-o.y) < labelHeight {
					c.y, moved = o.y+labelHeight, true
				}
			}
		}
	}
}

func abs(n int) int { return max(n, -n) }

func (m *Map) table(l *Language) Table {
	t := Table{Columns: []Column{{"country", l.Name, false}, {"name", l.Name, false}, {"n", l.Value, true}}}
	for _, c := range slices.Concat(m.Marked, m.Elsewhere) {
		t.Rows = append(t.Rows, []Cell{{Text: c.Code, Raw: c.Code}, {Text: c.Name, Raw: c.Name, Href: c.Href}, numbered(l, c.N)})
	}
	return t
}
