package lineage

import (
	"cmp"
	"context"
	"math"
	"slices"
	"sync"
)

// Index holds items and says what an item may derive from. What it answers depends on which items it holds, not on the order in which
// they came. Items may not be added while others ask; several may ask at once.
type Index struct {
	docs  []*doc
	at    map[string]int32 // by id
	words *postings        // fingerprints of passages
	facts *postings
	pairs *postings        // of facts
	often map[uint32]int32 // how many texts have a fact
	lines map[uint64]int32 // how many items of an outlet have a sentence

	rd *reader
}

// Limits of what is compared.
const (
	mostSame     = 48  // texts kept of one fingerprint
	mostWithFact = 48  // texts kept of one fact
	mostPrints   = 12  // candidates by passages
	mostByFacts  = 8   // candidates by facts
	askedFacts   = 24  // rarest facts of a text by which candidates are sought
	compareAll   = 256 // up to so many items every one is compared with every other
)

// NewIndex returns an empty index.
func NewIndex() *Index {
	return &Index{at: map[string]int32{}, words: newPostings(mostSame), facts: newPostings(mostWithFact), pairs: newPostings(mostSame), often: map[uint32]int32{},
		lines: map[uint64]int32{}, rd: newReader()}
}

// Has says whether it holds an item of this id.
func (x *Index) Has(id string) bool {
	_, ok := x.at[id]
	return ok
}

// Add takes in an item and says whether it did: an id that it holds already is left as it is. To correct an item make a new index: at
// the size of a desk that is a matter of a second.
func (x *Index) Add(it Item) bool {
	if x.Has(it.ID) {
		return false
	}
	x.add(x.rd.take(it))
	return true
}

// batch is how many items are read before they are added.
const batch = 4096

// AddAll is Add for many, with several workers; items of an id that it holds already, or that came before, are left out.
func (x *Index) AddAll(ctx context.Context, items []Item, workers int) error {
	readers := make([]*reader, max(1, workers))
	for i := range readers {
		readers[i] = newReader()
	}
	for part := range slices.Chunk(items, batch) {
		if err := ctx.Err(); err != nil {
			return err
		}
		docs := make([]*doc, len(part))
		var wg sync.WaitGroup
		for w, r := range readers {
			wg.Go(func() {
				for i := w; i < len(part); i += len(readers) {
					docs[i] = r.take(part[i])
				}
			})
		}
		wg.Wait()
		first := len(x.docs)
		for _, d := range docs {
			if !x.Has(d.item.ID) {
				x.at[d.item.ID] = int32(len(x.docs))
				x.docs = append(x.docs, d)
			}
		}
		wg.Go(func() {
			for n := first; n < len(x.docs); n++ {
				x.addPassages(int32(n))
			}
		})
		wg.Go(func() {
			for n := first; n < len(x.docs); n++ {
				x.addFacts(int32(n))
			}
		})
		wg.Wait()
	}
	return nil
}

func (x *Index) add(d *doc) {
	n := int32(len(x.docs))
	x.docs = append(x.docs, d)
	x.at[d.item.ID] = n
	x.addPassages(n)
	x.addFacts(n)
}

func (x *Index) addFacts(n int32) {
	d := x.docs[n]
	for i := range d.facts {
		x.often[d.facts[i].key]++
		x.facts.add(d.facts[i].key, n, x.earlier)
	}
	factPairs(d.facts, nil, func(key uint32) { x.pairs.add(key, n, x.earlier) })
}

func (x *Index) addPassages(n int32) {
	d := x.docs[n]
	prints(d.toks, d.k(), func(h uint32, _ int) { x.words.add(h, n, x.earlier) })
	seen := map[uint64]bool{}
	for _, s := range d.sents {
		if h := s.hash ^ uint64(d.outlet)<<16; !seen[h] {
			seen[h] = true
			x.lines[h]++
		}
	}
}

func (x *Index) earlier(a, b int32) bool { return compareDocs(x.docs[a], x.docs[b]) < 0 }

// weigh is a fact's kind and how rare it is among the items; among few items rarity says little.
func (m *matcher) weighs(f *fact) float32 {
	n := min(int(m.x.often[f.key]), len(m.rare)-1)
	if m.rare[n] == 0 {
		m.rare[n] = float32(max(0.15, 1-math.Log1p(float64(n))/math.Log(float64(len(m.x.docs))+1000)))
	}
	return weightOf(f.kind) * m.rare[n]
}

// boilerplate says which tokens of a text are sentences that its outlet has in many items; nil when there are none, or nothing else: then the
// text is compared whole.
func (x *Index) boilerplate(d *doc) []bool {
	var skip []bool
	for _, s := range d.sents {
		if x.lines[s.hash^uint64(d.outlet)<<16] >= repeated {
			skip = d.skip(skip, s)
		}
	}
	return d.unlessAll(skip, fewTokens)
}

// skip marks a sentence.
func (d *doc) skip(skip []bool, s sentence) []bool {
	if skip == nil {
		skip = make([]bool, len(d.toks))
	}
	for k := s.start; k < s.end; k++ {
		skip[k] = true
	}
	return skip
}

// unlessAll is nil when fewer tokens than least are left.
func (d *doc) unlessAll(skip []bool, least int) []bool {
	left := len(skip)
	for _, s := range skip {
		if s {
			left--
		}
	}
	if left < least {
		return nil
	}
	return skip
}

const (
	repeated  = 3  // from how many items of an outlet on a sentence is its boilerplate
	rerun     = 10 // a story is not run again so often
	fewTokens = 8
)

// everywhere says whether a text has a sentence that more of its outlet's items have than a story is run again.
func (x *Index) everywhere(d *doc) bool {
	return slices.ContainsFunc(d.sents, func(s sentence) bool { return x.lines[s.hash^uint64(d.outlet)<<16] > rerun })
}

// frame says which tokens of two texts of one outlet are the sentences that both begin or end with. When that leaves little of either,
// it is no frame, and one is a copy of the other.
func frame(a, b *doc, skipA, skipB []bool) ([]bool, []bool) {
	head, tail := 0, 0
	for head < len(a.sents) && head < len(b.sents) && a.sents[head].hash == b.sents[head].hash {
		head++
	}
	for tail < len(a.sents)-head && tail < len(b.sents)-head && a.sents[len(a.sents)-1-tail].hash == b.sents[len(b.sents)-1-tail].hash {
		tail++
	}
	if head+tail == 0 {
		return skipA, skipB
	}
	newA, newB := slices.Clone(skipA), slices.Clone(skipB)
	for i := range head {
		newA, newB = a.skip(newA, a.sents[i]), b.skip(newB, b.sents[i])
	}
	for i := range tail {
		newA, newB = a.skip(newA, a.sents[len(a.sents)-1-i]), b.skip(newB, b.sents[len(b.sents)-1-i])
	}
	if a.unlessAll(newA, len(a.toks)*3/10) == nil || b.unlessAll(newB, len(b.toks)*3/10) == nil {
		return skipA, skipB
	}
	return newA, newB
}

// candidates are the items worth comparing with one, in a fixed order, without those that not says.
func (m *matcher) candidates(d *doc, skip []bool, not func(o *doc) bool) []int32 {
	x := m.x
	self := int32(-1)
	if n, ok := x.at[d.item.ID]; ok {
		self = n
	}
	if len(x.docs) <= compareAll {
		out := make([]int32, 0, len(x.docs))
		for n := range x.docs {
			if int32(n) != self && !not(x.docs[n]) {
				out = append(out, int32(n))
			}
		}
		return out
	}
	m.uncount()
	count := func(doc, n int32) { m.count(doc, m.share[n]) }
	prints(d.toks, d.k(), func(h uint32, at int) {
		if skip == nil || !skip[at] {
			x.words.each(h, count)
		}
	})
	out := m.best(self, mostPrints, not)
	m.uncount()
	for _, f := range m.rarest(d, skip) {
		w := m.weighs(&f)
		x.facts.each(f.key, func(doc, _ int32) { m.count(doc, w) })
	}
	factPairs(d.facts, skip, func(key uint32) { x.pairs.each(key, func(doc, n int32) { m.count(doc, 3*m.share[n]) }) })
	for _, n := range m.best(self, mostByFacts, not) {
		if !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return out
}

// rarest facts of a text that are not on too many lists.
func (m *matcher) rarest(d *doc, skip []bool) []fact {
	type ranked struct {
		f fact
		w float32
	}
	all := make([]ranked, 0, len(d.facts))
	for _, f := range d.facts {
		if m.x.often[f.key] <= mostWithFact && (skip == nil || !skip[f.pos]) {
			all = append(all, ranked{f, m.weighs(&f)})
		}
	}
	slices.SortFunc(all, func(a, b ranked) int { return cmp.Or(cmp.Compare(b.w, a.w), cmp.Compare(a.f.key, b.f.key)) })
	out := make([]fact, 0, askedFacts)
	for _, r := range all[:min(len(all), askedFacts)] {
		out = append(out, r.f)
	}
	return out
}

// uncount forgets what was counted.
func (m *matcher) uncount() {
	if len(m.counts) < len(m.x.docs) {
		m.counts = make([]float32, len(m.x.docs))
	}
	for _, n := range m.counted {
		m.counts[n] = 0
	}
	m.counted = m.counted[:0]
}

// count adds to an item's count; w is above zero.
func (m *matcher) count(doc int32, w float32) {
	if m.counts[doc] == 0 {
		m.counted = append(m.counted, doc)
	}
	m.counts[doc] += w
}

// best are those with the highest counts, the earlier first among equals.
func (m *matcher) best(self int32, most int, not func(o *doc) bool) []int32 {
	top := float32(0)
	for _, n := range m.counted {
		if c := m.counts[n]; c > top && n != self && !not(m.x.docs[n]) {
			top = c
		}
	}
	var out []int32
	for _, n := range m.counted {
		if m.counts[n] >= worth*top && n != self && !not(m.x.docs[n]) {
			out = append(out, n)
		}
	}
	slices.SortFunc(out, func(a, b int32) int {
		switch ca, cb := m.counts[a], m.counts[b]; {
		case ca > cb:
			return -1
		case ca < cb:
			return 1
		}
		return compareDocs(m.x.docs[a], m.x.docs[b])
	})
	return out[:min(len(out), most)]
}

// worth is the share of the best candidate's count from which another one is compared too.
const worth = 0.15
