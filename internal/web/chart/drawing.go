package chart

import (
	"strconv"
)

// Mark is a shape or a line of text.
type Mark struct {
	Style  Style
	Path   Path
	Text   string // nothing for a shape; X and Y are where its base line begins, lies in the middle, or ends
	X, Y   int
	Size   int
	Bold   bool
	Anchor Anchor
	Full   string // what it stands for, in whole
	Href   string // where it leads, on a page
}

// Anchor is which part of a text stands at its place.
type Anchor int

const (
	start Anchor = iota
	middle
	end
)

func (m *Mark) move(dx, dy int) {
	m.X, m.Y = m.X+dx, m.Y+dy
	m.Path = m.Path.moved(dx, dy)
}

// words are a text to be put somewhere.
type words struct {
	x, y   int
	text   string
	size   int
	bold   bool
	anchor Anchor
}

// pen collects marks.
type pen struct {
	lang  *Language
	width int
	marks []Mark
	full  string // of the marks to come
	href  string
}

func (p *pen) path(d Path, s Style) {
	if len(d.segs) > 0 {
		p.marks = append(p.marks, Mark{Style: s, Path: d, Full: p.full, Href: p.href})
	}
}

func (p *pen) rect(x, y, w, h int, s Style) {
	if w > 0 && h > 0 {
		var d Path
		d.Box(x, y, w, h)
		p.path(d, s)
	}
}

func (p *pen) text(w words, s Style) {
	if text := Clean(w.text); text != "" {
		p.marks = append(p.marks, Mark{Style: s, Text: text, X: w.x, Y: w.y, Size: w.size, Bold: w.bold, Anchor: w.anchor, Full: p.full, Href: p.href})
	}
}

// short puts a text no wider than a width, cut where it is longer.
func (p *pen) short(w words, width int, s Style) {
	size := float64(w.size)
	if w.bold {
		size *= boldly
	}
	for _, line := range wrap(w.text, width, size, 1) {
		w.text = line
		p.text(w, s)
	}
}

// Path is a line in whole units.
type Path struct{ segs []seg }

// seg is one command with its absolute coordinates: M, L, C or Z.
type seg struct {
	cmd byte
	to  [6]int
}

// Move begins a line.
func (p *Path) Move(x, y int) { p.segs = append(p.segs, seg{'M', [6]int{x, y}}) }

// Line goes on straight.
func (p *Path) Line(x, y int) { p.segs = append(p.segs, seg{'L', [6]int{x, y}}) }

// Curve goes on as a cubic Bézier curve.
func (p *Path) Curve(ax, ay, bx, by, x, y int) {
	p.segs = append(p.segs, seg{'C', [6]int{ax, ay, bx, by, x, y}})
}

// Close goes back to where the line began.
func (p *Path) Close() { p.segs = append(p.segs, seg{cmd: 'Z'}) }

// Box adds a rectangle.
func (p *Path) Box(x, y, w, h int) {
	p.Move(x, y)
	p.Line(x+w, y)
	p.Line(x+w, y+h)
	p.Line(x, y+h)
	p.Close()
}

// Disc adds a circle.
func (p *Path) Disc(x, y, r int) {
	k := (r*55 + 50) / 100
	p.Move(x-r, y)
	p.Curve(x-r, y-k, x-k, y-r, x, y-r)
	p.Curve(x+k, y-r, x+r, y-k, x+r, y)
	p.Curve(x+r, y+k, x+k, y+r, x, y+r)
	p.Curve(x-k, y+r, x-r, y+k, x-r, y)
	p.Close()
}

// Add adds another path.
func (p *Path) Add(o Path) { p.segs = append(p.segs, o.segs...) }

// Empty says whether nothing is drawn.
func (p Path) Empty() bool { return len(p.segs) == 0 }

func (p Path) moved(dx, dy int) Path {
	out := Path{make([]seg, len(p.segs))}
	for i, s := range p.segs {
		for k := 0; k < 6; k += 2 {
			s.to[k], s.to[k+1] = s.to[k]+dx, s.to[k+1]+dy
		}
		out.segs[i] = s
	}
	return out
}

// String writes a path as SVG does, by differences and as short as that goes.
func (p Path) String() string {
	var b []byte
	var x, y, beginX, beginY int
	var last byte // the command that numbers may follow
	number := func(n int, first bool) {
		if !first && n >= 0 {
			b = append(b, ' ')
		}
		b = strconv.AppendInt(b, int64(n), 10)
	}
	command := func(c byte) (first bool) {
		if c == last && (c == 'l' || c == 'c') {
			return false
		}
		last = c
		b = append(b, c)
		return true
	}
	for i := 0; i < len(p.segs); i++ {
		s := p.segs[i]
		switch s.cmd {
		case 'M':
			if i == 0 {
				number(s.to[0], command('M'))
				number(s.to[1], false)
			} else {
				number(s.to[0]-x, command('m'))
				number(s.to[1]-y, false)
			}
			x, y = s.to[0], s.to[1]
			beginX, beginY = x, y
		case 'L':
			// What goes on in the same direction, level or upright, is one line.
			for i+1 < len(p.segs) && p.segs[i+1].cmd == 'L' && straight(x, y, s.to, p.segs[i+1].to) {
				i++
				s = p.segs[i]
			}
			dx, dy := s.to[0]-x, s.to[1]-y
			switch {
			case dx == 0 && dy == 0:
			case dy == 0:
				number(dx, command('h'))
			case dx == 0:
				number(dy, command('v'))
			default:
				number(dx, command('l'))
				number(dy, false)
			}
			x, y = s.to[0], s.to[1]
		case 'C':
			first := command('c')
			for k := 0; k < 6; k += 2 {
				number(s.to[k]-x, first && k == 0)
				number(s.to[k+1]-y, false)
			}
			x, y = s.to[4], s.to[5]
		case 'Z':
			command('z')
			x, y = beginX, beginY
		}
	}
	return string(b)
}

// straight says whether two lines one after the other are one, level or upright.
func straight(x, y int, a, b [6]int) bool {
	same := func(d, e int) bool { return d >= 0 && e >= 0 || d <= 0 && e <= 0 }
	return y == a[1] && y == b[1] && same(a[0]-x, b[0]-a[0]) || x == a[0] && x == b[0] && same(a[1]-y, b[1]-a[1])
}
