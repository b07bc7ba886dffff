package chart

// Graph is entities and how they hang together, in layers from left to right.
type Graph struct {
	Knots   []Knot
	Strands []Strand
}

func (g *Graph) draw(p *pen) int {
	d := lay(g.Knots, g.Strands)
	p.width = max(d.Width, 1)
	for _, w := range d.Wires {
		s := Edge
		switch {
		case w.Gone:
			s = Dashed
		case w.Denied:
			s = Dotted
		}
		p.path(w.Path, s)
	}
	for _, w := range d.Wires {
		p.path(w.Arrow, Arrow)
		p.text(words{w.Label.X, w.Label.Y, w.Label.Text, 11, false, start}, Ink)
	}
	for _, b := range d.Boxes {
		p.full, p.href = b.Full, b.Href
		p.rect(b.X, b.Y, b.W, b.H, Box)
		for _, l := range b.Names {
			p.text(words{l.X, l.Y, l.Text, 13, true, start}, Ink)
		}
		for _, l := range b.Notes {
			p.text(words{l.X, l.Y, l.Text, 11, false, start}, Ink)
		}
	}
	p.full, p.href = "", ""
	return d.Height
}

// table lists the links, as they are read from their first end.
func (g *Graph) table(l *Language) Table {
	t := Table{Columns: []Column{{"from", l.From, false}, {"link", l.Link, false}, {"to", l.To, false}, {"holds", l.State, false}}}
	for _, s := range g.Strands {
		holds := "yes"
		switch {
		case s.Denied:
			holds = "contradicted"
		case s.Gone:
			holds = "no longer"
		}
		a, b := g.Knots[s.A], g.Knots[s.B]
		t.Rows = append(t.Rows, []Cell{{Text: a.Name, Raw: a.Name, Href: a.Href}, {Text: s.Words, Raw: s.Words}, {Text: b.Name, Raw: b.Name, Href: b.Href}, {Text: holds, Raw: holds}})
	}
	return t
}
