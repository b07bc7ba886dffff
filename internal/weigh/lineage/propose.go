package lineage

import (
	"context"
	"math"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// least is the probability of a relation from which it is proposed. In one language it is higher: there most of what derives is a copy,
// which is sure, and what is not sure is mostly another's report of the same event.
func (p *pairing) least() float64 {
	if p.class == sameLanguage {
		return 0.75
	}
	return 0.55
}

// sure says whether a relation is proposed.
func (f *found) sure() bool { return f.derives >= f.pair.least() }

// found is a proposal before its evidence is written out.
type found struct {
	pair    *pairing
	derives float64 // probability that the two are related
	way     float64 // and that this is the way round
	by      []string
}

func (f *found) confidence() float64 { return f.derives * f.way }

func (x *Index) matcher() *matcher {
	m := &matcher{x: x, g: &aligner{}}
	for n := range m.share {
		m.share[n] = float32(1 / math.Sqrt(float64(max(n, 1))))
	}
	return m
}

// Propose says what an item may derive from among those the index holds, likest first, and then which of them may derive from it. The
// item itself need not be among them.
func (x *Index) Propose(it Item) []Proposal {
	m := x.matcher()
	d := newReader().take(it)
	if n, ok := x.at[it.ID]; ok {
		d = x.docs[n]
	}
	up, down := m.weigh(d)
	w := newWriter(m)
	out := m.sources(w, d, up)
	slices.SortFunc(down, better)
	for _, f := range down {
		out = append(out, w.write(f))
	}
	return out
}

// weigh compares an item with its candidates: what it may derive from, best first, whatever the confidence; and what surely derives from it.
func (m *matcher) weigh(d *doc) (up, down []found) {
	skip := m.x.boilerplate(d)
	for _, n := range m.candidates(d, skip, func(*doc) bool { return false }) {
		o := m.x.docs[n]
		p := m.compare(d, o, skip, m.x.boilerplate(o))
		z, by := p.direction()
		f := found{pair: p, derives: p.related(), way: sigmoid(z), by: by}
		switch {
		case z > 0 || z == 0 && o.item.ID < d.item.ID:
			up = append(up, f)
		case f.derives >= p.least():
			q := m.compare(o, d, m.x.boilerplate(o), skip)
			z, by := q.direction()
			if g := (found{pair: q, derives: q.related(), way: sigmoid(z), by: by}); g.sure() {
				down = append(down, g)
			}
		}
	}
	slices.SortFunc(up, better)
	return up, down
}

// rank is by how surely the two are related, and only then by how surely this is the way round: of a text of the same day that is surely
// related and one of years ago that perhaps is, the first is the better source.
func (f *found) rank() float64 { return f.derives * (0.7 + 0.3*f.way) }

// better puts the surer one first; among equals the earlier source.
func better(a, b found) int {
	switch ca, cb := a.rank(), b.rank(); {
	case ca > cb:
		return -1
	case cb > ca:
		return 1
	}
	if c := compareDocs(a.pair.b, b.pair.b); c != 0 {
		return c
	}
	return compareDocs(a.pair.a, b.pair.a)
}

// sources are the proposals on what an item derives from: the likest inside one, others that say what it does not, those outside, and
// those that it cites.
func (m *matcher) sources(w *writer, d *doc, up []found) []Proposal {
	var out []Proposal
	for _, f := range up {
		if f.sure() && len(out) < mostSources {
			out = append(out, w.write(f))
		}
	}
	return append(out, m.outside(w, d, up, out)...)
}

// mostSources are proposed for one item: the likest and two more for the person to choose from.
const mostSources = 3

// outside are those whom an item credits or cites.
func (m *matcher) outside(w *writer, d *doc, up []found, inside []Proposal) []Proposal {
	var out []Proposal
	said := map[string]bool{}
	put := func(name, raw string, e Evidence, kind Kind, sure float64) {
		if name == "" || said[name] || named(name, d.from.names) || named(strings.ReplaceAll(name, " ", ""), d.from.names) {
			return
		}
		said[name] = true
		for i, f := range up { // the one it names is among the items
			if named(name, f.pair.b.from.names) || f.pair.cites && len(f.pair.b.from.keys) > 0 && e.Kind == EvCitation {
				if !f.sure() && f.pair.facts.inSource >= 0.2 && f.pair.facts.strong >= 1 && i < 8 {
					p := w.write(f)
					p.Kind, p.Confidence = Cites, max(0.5, f.confidence())
					out = append(out, p)
					return
				}
				if f.sure() {
					return
				}
			}
		}
		out = append(out, Proposal{Item: d.item.ID, Outside: raw, Kind: kind, Confidence: sure, Evidence: []Evidence{e}})
	}
	for _, c := range d.from.credits {
		kind, sure := Cites, 0.6
		if c.explicit {
			kind, sure = Copy, 0.85
		}
		if c.translated {
			kind = Translation
		}
		put(c.name, c.raw, Evidence{Kind: EvOutlet, Text: clip(d.item.Outlet)}, kind, sure)
	}
	var count *counter
	for _, c := range d.cites {
		kind, sure := Cites, 0.6
		if c.credit {
			kind, sure = Copy, 0.7
		}
		if count == nil {
			count = newCounter(d.item.Text)
		}
		raw := d.item.Text[c.start:c.end]
		put(c.name, c.name, Evidence{Kind: EvCitation, Text: clip(raw), Item: count.span(c.start, c.end)}, kind, sure)
	}
	return out
}

// All proposes for every item of the index, in the order of their ids, likest first for each. The first proposals that derive from
// another item together have no circle. Workers is how many goroutines compare; progress may be nil.
func (x *Index) All(ctx context.Context, workers int, progress func(done, all int)) ([]Proposal, error) {
	var out []Proposal
	err := x.Each(ctx, workers, progress, func(p Proposal) { out = append(out, p) })
	return out, err
}

// Each is All for those who need not have all proposals at once.
func (x *Index) Each(ctx context.Context, workers int, progress func(done, all int), put func(Proposal)) error {
	ups := make([][]found, len(x.docs))
	order := x.order()
	var next, done atomic.Int64
	var wg sync.WaitGroup
	for range max(1, workers) {
		wg.Go(func() {
			m := x.matcher()
			for ctx.Err() == nil {
				n := int(next.Add(1)) - 1
				if n >= len(order) {
					return
				}
				up := m.upward(x.docs[order[n]])
				ups[order[n]] = up
				done.Add(1)
				if progress != nil && n%512 == 0 {
					progress(int(done.Load()), len(order))
				}
			}
		})
	}
	wg.Wait()
	if err := ctx.Err(); err != nil {
		return err
	}
	x.uncircle(ups)
	return x.writeAll(ctx, ups, max(1, workers), put)
}

// order of the items by id.
func (x *Index) order() []int32 {
	order := make([]int32, len(x.docs))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int { return strings.Compare(x.docs[a].item.ID, x.docs[b].item.ID) })
	return order
}

// upward compares an item with those that may be its source, and keeps the few that are worth keeping.
func (m *matcher) upward(d *doc) []found {
	var up []found
	skip := m.x.boilerplate(d)
	later := func(o *doc) bool { return d.when.known && o.when.known && o.when.lo > d.when.hi }
	for _, n := range m.candidates(d, skip, later) {
		o := m.x.docs[n]
		p := m.compare(d, o, skip, m.x.boilerplate(o))
		z, by := p.direction()
		if z > 0 || z == 0 && o.item.ID < d.item.ID {
			f := found{pair: p, derives: p.related(), way: sigmoid(z), by: by}
			if f.sure() || len(d.cites)+len(d.from.credits) > 0 && f.derives > 0.05 {
				up = append(up, f)
			}
		}
	}
	slices.SortFunc(up, better)
	up = up[:min(len(up), 2*mostSources)]
	for i := range up { // found again when it is written out
		up[i].pair.factsA, up[i].pair.factsB, up[i].pair.facts.pairs = nil, nil, nil
	}
	return slices.Clip(slices.Clone(up))
}

// uncircle takes care that following each item's first source never comes back: the least sure first source of a circle gives way to the
// next one.
func (x *Index) uncircle(ups [][]found) {
	type first struct {
		doc  int32
		sure float64
	}
	var all []first
	for n, up := range ups {
		if len(up) > 0 && up[0].sure() {
			all = append(all, first{int32(n), up[0].confidence()})
		}
	}
	slices.SortFunc(all, func(a, b first) int {
		switch {
		case a.sure > b.sure:
			return -1
		case a.sure < b.sure:
			return 1
		}
		return compareDocs(x.docs[a.doc], x.docs[b.doc])
	})
	parent := map[int32]int32{}
	circles := func(doc, source int32) bool {
		for at, ok := source, true; ok; at, ok = parent[at] {
			if at == doc {
				return true
			}
		}
		return false
	}
	for _, f := range all {
		up := ups[f.doc]
		for len(up) > 0 && up[0].sure() {
			s := x.at[up[0].pair.b.item.ID]
			if !circles(f.doc, s) {
				parent[f.doc] = s
				break
			}
			up = up[1:]
		}
		ups[f.doc] = up
	}
}

// writeAll writes proposals out, a batch of items at a time.
func (x *Index) writeAll(ctx context.Context, ups [][]found, workers int, put func(Proposal)) error {
	type pen struct {
		m *matcher
		w *writer
	}
	pens := make([]pen, workers)
	for k := range pens {
		m := x.matcher()
		pens[k] = pen{m, newWriter(m)}
	}
	for part := range slices.Chunk(x.order(), batch) {
		if err := ctx.Err(); err != nil {
			return err
		}
		written := make([][]Proposal, len(part))
		var wg sync.WaitGroup
		for k, p := range pens {
			wg.Go(func() {
				for i := k; i < len(part); i += workers {
					written[i] = p.m.sources(p.w, x.docs[part[i]], ups[part[i]])
					ups[part[i]] = nil
				}
			})
		}
		wg.Wait()
		for _, ps := range written {
			for _, p := range ps {
				put(p)
			}
		}
	}
	return nil
}

// Propose compares all items with each other: NewIndex, AddAll, All.
func Propose(ctx context.Context, items []Item, workers int, progress func(done, all int)) ([]Proposal, error) {
	x := NewIndex()
	if err := x.AddAll(ctx, items, workers); err != nil {
		return nil, err
	}
	return x.All(ctx, workers, progress)
}
