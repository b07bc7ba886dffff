package lineage

import (
	"fmt"
	"slices"
	"sort"
	"unicode/utf8"
)

// Limits of the evidence that one proposal carries.
const (
	mostPassages = 8
	mostShown    = 10  // facts
	mostClip     = 300 // code points of a passage that are shown
)

// writer writes out the evidence of proposals; it takes both texts apart again, since the index does not keep where words stand.
type writer struct {
	m    *matcher
	a, b *reader
	read *doc // what a has read
}

func newWriter(m *matcher) *writer { return &writer{m: m, a: newReader(), b: newReader()} }

// write makes a proposal of what was found.
func (w *writer) write(f found) Proposal {
	p := f.pair
	if p.factsA == nil {
		p = w.m.compare(p.a, p.b, w.m.x.boilerplate(p.a), w.m.x.boilerplate(p.b))
	}
	out := Proposal{Item: p.a.item.ID, Source: p.b.item.ID, Kind: p.kind(), Confidence: f.confidence(), Direction: f.by}
	if w.read != p.a {
		w.a.read(p.a.item.Text, p.a.item.Lang)
		w.read = p.a
	}
	w.b.read(p.b.item.Text, p.b.item.Lang)
	ca, cb := newCounter(p.a.item.Text), newCounter(p.b.item.Text)
	out.Evidence = append(out.Evidence, w.passages(p, ca, cb)...)
	out.Evidence = append(out.Evidence, w.shownFacts(p, ca, cb)...)
	for _, c := range p.a.cites {
		if named(c.name, p.b.from.names) || means(c.keys, p.b.from.keys) {
			out.Evidence = append(out.Evidence, Evidence{Kind: EvCitation, Text: clip(p.a.item.Text[c.start:c.end]), Other: p.b.item.Outlet, Item: ca.span(c.start, c.end)})
		}
	}
	if len(p.facts.pairs) >= 3 {
		out.Evidence = append(out.Evidence, Evidence{Kind: EvOrder, Value: p.facts.order, Text: fmt.Sprintf("%d", len(p.facts.pairs))})
	}
	if p.a.item.Date != "" && p.b.item.Date != "" {
		out.Evidence = append(out.Evidence, Evidence{Kind: EvDates, Text: p.a.item.Date, Other: p.b.item.Date})
	}
	return out
}

// passages are the longest runs of the same words, in the order of the item.
func (w *writer) passages(p *pairing, ca, cb *counter) []Evidence {
	if p.class == withChinese {
		return nil
	}
	k := p.a.k()
	w.m.g.load(p.b.toks, k)
	w.m.loaded = nil
	runs := slices.Clone(w.m.g.align(p.a.toks, p.b.toks, k))
	sort.SliceStable(runs, func(i, j int) bool { return runs[i].n > runs[j].n })
	runs = runs[:min(len(runs), mostPassages)]
	sort.Slice(runs, func(i, j int) bool { return runs[i].a < runs[j].a })
	var out []Evidence
	for _, r := range runs {
		sa, ea := w.a.tokens[r.a].start, w.a.tokens[r.a+r.n-1].end
		sb, eb := w.b.tokens[r.b].start, w.b.tokens[r.b+r.n-1].end
		out = append(out, Evidence{Kind: EvPassage, Text: clip(w.a.text[sa:ea]), Other: clip(w.b.text[sb:eb]), Item: ca.span(sa, ea), Source: cb.span(sb, eb)})
	}
	return out
}

// shownFacts are those that tell most, in the order of the item.
func (w *writer) shownFacts(p *pairing, ca, cb *counter) []Evidence {
	pairs := slices.Clone(p.facts.pairs)
	fa, fb := p.factsA, p.factsB
	sort.SliceStable(pairs, func(i, j int) bool { return weightOf(fa[pairs[i].a].kind) > weightOf(fa[pairs[j].a].kind) })
	pairs = pairs[:min(len(pairs), mostShown)]
	sort.Slice(pairs, func(i, j int) bool { return fa[pairs[i].a].pos < fa[pairs[j].a].pos })
	var out []Evidence
	for _, m := range pairs {
		sa, ea := w.a.stretch(&fa[m.a])
		sb, eb := w.b.stretch(&fb[m.b])
		out = append(out, Evidence{Kind: evidenceOf(fa[m.a].kind), Text: clip(w.a.text[sa:ea]), Other: clip(w.b.text[sb:eb]), Item: ca.span(sa, ea), Source: cb.span(sb, eb)})
	}
	return out
}

// stretch is where a fact stands, in bytes.
func (p *parsed) stretch(f *fact) (int32, int32) {
	if int(f.pos) >= len(p.tokens) {
		return 0, 0
	}
	last := min(int(f.pos)+max(int(f.n), 1), len(p.tokens)) - 1
	return p.tokens[f.pos].start, p.tokens[last].end
}

func evidenceOf(kind uint8) string {
	switch kind {
	case factName, factAcronym, factPlace:
		return EvName
	case factNumber, factSmall:
		return EvNumber
	case factDate, factPart:
		return EvDate
	case factLink:
		return EvLink
	}
	return EvTerm
}

// clip cuts a text that is shown.
func clip(s string) string {
	n := 0
	for i := range s {
		if n == mostClip {
			return s[:i] + "…"
		}
		n++
	}
	return s
}

// counter turns bytes into code points.
type counter struct {
	text  string
	every []int32 // code points before each 1024th byte
}

func newCounter(text string) *counter {
	c := &counter{text: text}
	n := int32(0)
	for i := range len(text) {
		if i%1024 == 0 {
			c.every = append(c.every, n)
		}
		if utf8.RuneStart(text[i]) {
			n++
		}
	}
	return c
}

func (c *counter) at(b int32) int {
	k := int(b) / 1024
	if k >= len(c.every) {
		k = len(c.every) - 1
	}
	if k < 0 {
		return 0
	}
	n := int(c.every[k])
	for i := k * 1024; i < int(b) && i < len(c.text); i++ {
		if utf8.RuneStart(c.text[i]) {
			n++
		}
	}
	return n
}

func (c *counter) span(start, end int32) Span { return Span{c.at(start), c.at(end)} }
