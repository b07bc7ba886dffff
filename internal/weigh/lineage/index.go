package lineage

import (
	"math"
	"slices"
)

// Index holds items and says what an item may derive from. What it answers depends on which items it holds, not on the order in which
// they came. Items may not be added while others ask; several may ask at once.
type Index struct {
	docs  []*doc
	at    map[string]int32 // by id
	words *postings        // fingerprints of passages
	facts *postings
	often map[uint32]int32 // how many texts have a fact
	lines map[uint64]int32 // how many items of an outlet have a sentence

	rd *reader
}

// Limits of what is compared.
const (
	mostSame     = 48  // texts kept of one fingerprint
	mostWithFact = 64  // texts kept of one fact
	mostPrints   = 24  // candidates by passages
	mostByFacts  = 12  // candidates by facts
	askedFacts   = 40  // rarest facts of a text by which candidates are sought
	compareAll   = 256 // up to so many items every one is compared with every other
)

// NewIndex returns an empty index.
func NewIndex() *Index {
	return &Index{at: map[string]int32{}, words: newPostings(mostSame), facts: newPostings(mostWithFact), often: map[uint32]int32{},
		lines: map[uint64]int32{}, rd: newReader()}
}

// Len is how many items it holds.
func (x *Index) Len() int { return len(x.docs) }

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

func (x *Index) add(d *doc) {
	n := int32(len(x.docs))
	x.docs = append(x.docs, d)
	x.at[d.item.ID] = n
	prints(d.toks, d.k(), func(h uint32) { x.words.add(h, n, x.earlier) })
	for _, key := range distinct(d.facts) {
		x.often[key]++
		x.facts.add(key, n, x.earlier)
	}
	seen := map[uint64]bool{}
	for _, s := range d.sents {
		if h := s.hash ^ uint64(d.outlet)<<16; !seen[h] {
			seen[h] = true
			x.lines[h]++
		}
	}
}

// distinct keys of facts, in the order of the keys.
func distinct(facts []fact) []uint32 {
	keys := make([]uint32, len(facts))
	for i := range facts {
		keys[i] = facts[i].key
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

func (x *Index) earlier(a, b int32) bool { return compareDocs(x.docs[a], x.docs[b]) < 0 }

// weigh is a fact's kind and how rare it is among the items; among few items rarity says little.
func (x *Index) weigh(f *fact) float32 {
	rare := 1 - math.Log1p(float64(x.often[f.key]))/math.Log(float64(len(x.docs))+1000)
	return weightOf(f.kind) * float32(max(0.15, rare))
}

// boilerplate says which tokens of a text are sentences that its outlet has in many items, and nil when none are or nearly all are:
// then the text is compared whole.
func (x *Index) boilerplate(d *doc) []bool {
	var skip []bool
	n := 0
	for _, s := range d.sents {
		if x.lines[s.hash^uint64(d.outlet)<<16] < repeated {
			continue
		}
		if skip == nil {
			skip = make([]bool, len(d.toks))
		}
		for k := s.start; k < s.end; k++ {
			skip[k] = true
			n++
		}
	}
	if n*10 > len(d.toks)*8 {
		return nil
	}
	return skip
}

// repeated is from how many items of an outlet on a sentence is its boilerplate.
const repeated = 4

// candidates are the items worth comparing with one, in a fixed order.
func (m *matcher) candidates(d *doc) []int32 {
	x := m.x
	self := int32(-1)
	if n, ok := x.at[d.item.ID]; ok {
		self = n
	}
	if len(x.docs) <= compareAll {
		out := make([]int32, 0, len(x.docs))
		for n := range x.docs {
			if int32(n) != self {
				out = append(out, int32(n))
			}
		}
		return out
	}
	clear(m.counts)
	count := func(n int32) { m.counts[n]++ }
	prints(d.toks, d.k(), func(h uint32) { x.words.each(h, count) })
	out := m.best(self, mostPrints, 2)
	clear(m.counts)
	for _, f := range m.rarest(d) {
		w := x.weigh(&f)
		x.facts.each(f.key, func(n int32) { m.counts[n] += w })
	}
	for _, n := range m.best(self, mostByFacts, 2) {
		if !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return out
}

// rarest facts of a text that are not on too many lists.
func (m *matcher) rarest(d *doc) []fact {
	facts := slices.Clone(d.facts)
	slices.SortStableFunc(facts, func(a, b fact) int { return int(int64(a.key) - int64(b.key)) })
	facts = slices.CompactFunc(facts, func(a, b fact) bool { return a.key == b.key })
	facts = slices.DeleteFunc(facts, func(f fact) bool { return m.x.often[f.key] > mostWithFact })
	slices.SortStableFunc(facts, func(a, b fact) int {
		switch wa, wb := m.x.weigh(&a), m.x.weigh(&b); {
		case wa > wb:
			return -1
		case wa < wb:
			return 1
		}
		return 0
	})
	return facts[:min(len(facts), askedFacts)]
}

// best are those with the highest counts, at least least, the earlier first among equals.
func (m *matcher) best(self int32, most int, least float32) []int32 {
	out := make([]int32, 0, len(m.counts))
	for n, c := range m.counts {
		if n != self && c >= least {
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
