package chart

import (
	"cmp"
	"slices"
)

// Sizes of a drawing, in its units, which are CSS pixels where it is not scaled.
const (
	boxWidth   = 202
	boxPad     = 8
	lineHeight = 16
	nameSize   = 14.8 // of letters as they are measured; names are bold, at 13
	noteSize   = 11.5 // at 11
	nameLines  = 3
	bendWidth  = 40  // between boxes, where lines bend
	wordsWidth = 150 // between boxes, where lines are labelled
	gapWidth   = bendWidth + wordsWidth
	laneHeight = 19 // a line with its label
	slotGap    = 14
	arrowSize  = 7
	margin     = 6
	deepest    = 130 // how far down the first box may stand
)

// Knot is an entity to be drawn. Layers count from the left, from 0.
type Knot struct {
	Name, Note string // what it is called, and what it is
	Href       string
	Layer      int
}

// Strand is a link to be drawn, with its words as they are read from A to B and from B to A.
type Strand struct {
	A, B         int // knots
	Words, Back  string
	Gone, Denied bool // it does not hold any more; sources contradict each other
}

// drawing is a graph in layers from left to right. Boxes and labels overlap nothing, and lines bend where no box stands.
type drawing struct {
	Width, Height int
	Boxes         []box
	Wires         []wire
}

// box is an entity.
type box struct {
	X, Y, W, H int
	Names      []textLine
	Notes      []textLine
	Full, Href string
}

// textLine is a line of text, by where its base line begins.
type textLine struct {
	X, Y int
	Text string
}

// wire is a line that is read from its plain end to its arrow.
type wire struct {
	Path, Arrow  Path
	Label        textLine
	Full         string // the sentence it stands for
	Gone, Denied bool
}

// place is where a knot stands, or (knot is -1) where a line passes a layer.
type place struct {
	knot, layer int
	y, h        int // of its slot
	box         int // height of its box, in the middle of the slot
	loops       []string
	order       float64

	in, side, leave, out []*lane // lines from the left; from within its layer; to there; to the right
}

// lane is a line from one place to the next.
type lane struct {
	strand   *Strand
	from, to *place
	y0, y1   int // where it leaves and comes in
	back     bool
}

// layout is a drawing in the making.
type layout struct {
	knots  []Knot
	layers [][]*place
	at     []*place // of each knot
	left   int      // of the first layer
}

// lay draws knots and strands. The same input always gives the same drawing.
func lay(knots []Knot, strands []Strand) drawing {
	l := &layout{knots: knots, left: margin}
	for i, k := range knots {
		for len(l.layers) <= k.Layer {
			l.layers = append(l.layers, nil)
		}
		p := &place{knot: i, layer: k.Layer}
		l.at = append(l.at, p)
		l.layers[k.Layer] = append(l.layers[k.Layer], p)
	}
	for i := range strands {
		l.thread(&strands[i])
	}
	l.arrange()
	l.stack()
	for _, places := range l.layers {
		for _, p := range places {
			p.spread()
		}
	}
	return l.draw()
}

// thread leads a line from left to right, by way of stand-ins where it passes layers; within a layer from above.
func (l *layout) thread(s *Strand) {
	a, b := l.at[s.A], l.at[s.B]
	if a == b {
		a.loops = append(a.loops, wrap("↻ "+s.Words, boxWidth-2*boxPad, noteSize, 2)...)
		return
	}
	back := a.layer > b.layer || a.layer == b.layer && s.A > s.B
	if back {
		a, b = b, a
	}
	if a.layer == b.layer {
		n := &lane{strand: s, from: a, to: b, back: back}
		a.leave, b.side = append(a.leave, n), append(b.side, n)
		if a.layer == 0 {
			l.left = margin + gapWidth
		}
		return
	}
	for a.layer+1 < b.layer {
		pass := &place{knot: -1, layer: a.layer + 1}
		l.layers[pass.layer] = append(l.layers[pass.layer], pass)
		connect(&lane{strand: s, from: a, to: pass, back: back})
		a = pass
	}
	connect(&lane{strand: s, from: a, to: b, back: back})
}

func connect(n *lane) {
	n.from.out, n.to.in = append(n.from.out, n), append(n.to.in, n)
}

// arrange orders each layer by the middle of where its lines come from. The first two stay as they were given: the
// order in which links were chosen means something.
func (l *layout) arrange() {
	for i, places := range l.layers {
		for k, p := range places {
			p.order = float64(k)
			if sum := 0.0; i > 1 && len(p.in) > 0 {
				for _, n := range p.in {
					sum += n.from.order
				}
				p.order = sum / float64(len(p.in))
			}
		}
		slices.SortStableFunc(places, func(a, b *place) int { return cmp.Compare(a.order, b.order) })
		for k, p := range places {
			p.order = float64(k)
		}
	}
}

// stack gives every place its height and where it stands: beside where its lines come from, if there is room.
func (l *layout) stack() {
	for i, places := range l.layers {
		y := margin
		for _, p := range places {
			if p.knot >= 0 {
				names := wrap(l.knots[p.knot].Name, boxWidth-2*boxPad, nameSize, nameLines)
				p.box = 2*boxPad + lineHeight*(len(names)+len(p.loops)+1)
			}
			p.h = max(p.box, laneHeight*max(1, len(p.in)+len(p.side)+len(p.leave)))
			p.y = y
			if sum := 0; i > 1 && len(p.in) > 0 {
				for _, n := range p.in {
					sum += n.from.y + n.from.h/2
				}
				p.y = max(y, sum/len(p.in)-p.h/2)
			}
			y = p.y + p.h + slotGap
		}
	}
	if len(l.layers) < 2 || len(l.layers[0]) != 1 || len(l.layers[1]) == 0 {
		return
	}
	// One box alone stands before the middle of the next layer, but where a reader sees it at once.
	first, next := l.layers[0][0], l.layers[1]
	last := next[len(next)-1]
	first.y = max(margin, min(deepest, (last.y+last.h+margin-first.h)/2))
}

// spread gives each line its height on both sides of a place.
func (p *place) spread() {
	y := p.y + p.h/2 - laneHeight*(len(p.in)+len(p.side)+len(p.leave)-1)/2
	if p.knot >= 0 {
		y += 4 // its label stands above it
	}
	slices.SortStableFunc(p.in, func(a, b *lane) int { return cmp.Compare(a.from.y, b.from.y) })
	for _, n := range slices.Concat(p.in, p.side) {
		n.y1 = y
		y += laneHeight
	}
	for _, n := range p.leave {
		n.y0 = y
		y += laneHeight
	}
	slices.SortStableFunc(p.out, func(a, b *lane) int { return cmp.Compare(a.to.y, b.to.y) })
	top := p.y + (p.h-p.box)/2
	for k, n := range p.out {
		n.y0 = top + p.box*(k+1)/(len(p.out)+1)
		if p.knot < 0 {
			n.y0 = p.in[0].y1
		}
	}
}

// x returns where the boxes of a layer begin.
func (l *layout) x(layer int) int { return l.left + layer*(boxWidth+gapWidth) }

func (l *layout) draw() drawing {
	d := drawing{Width: l.x(len(l.layers)-1) + boxWidth + margin}
	if len(l.layers) == 0 {
		return drawing{}
	}
	for _, places := range l.layers {
		for _, p := range places {
			d.Height = max(d.Height, p.y+p.h+margin)
			for _, n := range slices.Concat(p.in, p.side) {
				d.Wires = append(d.Wires, l.wire(n))
			}
			if p.knot >= 0 {
				d.Boxes = append(d.Boxes, l.box(p))
			}
		}
	}
	return d
}

func (l *layout) box(p *place) box {
	k := l.knots[p.knot]
	b := box{X: l.x(p.layer), Y: p.y + (p.h-p.box)/2, W: boxWidth, H: p.box, Full: k.Name, Href: k.Href}
	y := b.Y + boxPad + lineHeight - 4
	for _, text := range wrap(k.Name, boxWidth-2*boxPad, nameSize, nameLines) {
		b.Names = append(b.Names, textLine{b.X + boxPad, y, text})
		y += lineHeight
	}
	for _, text := range append(wrap(k.Note, boxWidth-2*boxPad, noteSize, 1), p.loops...) {
		b.Notes = append(b.Notes, textLine{b.X + boxPad, y, text})
		y += lineHeight
	}
	return b
}

// wire draws one lane. Its label stands on it, before the box it comes to.
func (l *layout) wire(n *lane) wire {
	x := l.x(n.to.layer)
	bend := x - wordsWidth
	w := wire{Gone: n.strand.Gone, Denied: n.strand.Denied}
	if n.from.layer == n.to.layer {
		w.Path.Move(x, n.y0)
		w.Path.Line(bend, n.y0)
		w.Path.Curve(bend-bendWidth, n.y0, bend-bendWidth, n.y1, bend, n.y1)
	} else {
		from := x - gapWidth
		w.Path.Move(from, n.y0)
		w.Path.Curve(from+bendWidth/2, n.y0, bend-bendWidth/2, n.y1, bend, n.y1)
	}
	w.Path.Line(x-arrowSize, n.y1)
	if n.to.knot < 0 {
		w.Path.Line(x+boxWidth, n.y1) // it passes, and is labelled where it ends
		return w
	}
	w.Arrow.Move(x-1, n.y1)
	w.Arrow.Line(x-1-arrowSize, n.y1-4)
	w.Arrow.Line(x-1-arrowSize, n.y1+4)
	w.Arrow.Close()
	words, from, to := n.strand.Words, n.strand.A, n.strand.B
	if n.back {
		words, from, to = n.strand.Back, to, from
	}
	w.Full = l.knots[from].Name + " " + words + " " + l.knots[to].Name
	for _, text := range wrap(words, wordsWidth-arrowSize-4, noteSize, 1) {
		w.Label = textLine{bend, n.y1 - 4, text}
	}
	return w
}
