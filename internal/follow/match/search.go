package match

import (
	"cmp"
	"math"
	"slices"
	"sync"
)

// Index searches several segments together, so that what an import adds is one more segment. Where an id stands in more than one, the last holds.
// It is safe for use by several goroutines.
type Index struct {
	segments []*Segment
	n        int
	scorer   *Scorer
	scratch  sync.Pool
}

// NewIndex puts segments together, oldest first, scored by the shipped model.
func NewIndex(segments ...*Segment) *Index {
	x := &Index{segments: segments, scorer: shipped()}
	for _, s := range segments {
		x.n += s.n
	}
	x.scratch.New = func() any { return &scratch{} }
	return x
}

// Scored is the same index scored by another model.
func (x *Index) Scored(m Model) *Index {
	y := NewIndex(x.segments...)
	y.scorer = NewScorer(m)
	return y
}

// Len is how many entities the segments hold.
func (x *Index) Len() int { return x.n }

// bounds on the work of one query, whatever it asks for.
const (
	maxKeys      = 400       // looked up
	maxPostings  = 1_500_000 // read, over all segments
	maxCompared  = 120       // candidates compared in full
	maxNeighbour = 12        // near spellings of one word in one segment
	leastShare   = 0.2       // of what speaks for the best candidate, that a candidate compared must have
)

// scratch is what one query needs of working memory; it is used again.
type scratch struct {
	sums    []float32 // by entity of a segment; all zero between uses
	touched []uint32  // the entities whose sum is not zero
	counts  []uint8   // by word of a segment; all zero between uses
	near    []uint32  // the words whose count is not zero
}

// lookup is one key of the query with its lists in every segment.
type lookup struct {
	weight float64
	total  int
	lists  []list // by segment; count 0 where the segment does not have it
}

// Search returns up to limit entities that may be the query, best first. keep, if not nil, says which ids may be returned.
func (x *Index) Search(query Entity, limit int, keep func(id string) bool) []Hit {
	q := prepare(query)
	sc := x.scratch.Get().(*scratch)
	defer x.scratch.Put(sc)
	lookups := x.lookups(q, sc)
	candidates := x.candidates(q, lookups, sc)
	rarity := x.rarity()
	type found struct {
		Hit
		at  candidate
		sum float64
	}
	var all []found
	for _, c := range candidates {
		if c.sum < leastShare*candidates[0].sum {
			break
		}
		if e, ok := x.segments[c.segment].entity(c.ord); ok && (keep == nil || keep(e.ID)) {
			r, sum := x.scorer.score(q, prepare(e), rarity, x.n)
			all = append(all, found{Hit{Entity: e, Result: r}, c, sum})
		}
	}
	slices.SortStableFunc(all, func(a, b found) int {
		return cmp.Or(cmp.Compare(b.sum, a.sum), cmp.Compare(a.Entity.ID, b.Entity.ID))
	})
	hits := make([]Hit, 0, min(len(all), limit))
	for _, f := range all {
		if len(hits) == limit {
			break
		}
		given := slices.ContainsFunc(hits, func(h Hit) bool { return h.Entity.ID == f.Entity.ID })
		if !given && !x.replaced(f.at, f.Entity.ID) {
			hits = append(hits, f.Hit)
		}
	}
	return hits
}

// lookups finds the query's keys, and the keys of near spellings of its words.
func (x *Index) lookups(q *prepared, sc *scratch) []lookup {
	keys := q.keys(true)
	keys = keys[:min(len(keys), maxKeys)]
	var out []lookup
	known := map[uint64]bool{}
	for _, k := range keys {
		known[k.hash] = true
	}
	for _, k := range keys {
		l := x.lookup(k.hash, k.weight)
		if l.total > 0 {
			out = append(out, l)
		}
		if len(k.word) < leastFuzzy || len(out) > maxKeys {
			continue
		}
		word := newSpelling(k.word)
		for _, s := range x.segments {
			for _, w := range s.near(word, sc) {
				h := hash(keyWord, w)
				if known[h] {
					continue
				}
				known[h] = true
				if l := x.lookup(h, k.weight*0.6); l.total > 0 {
					out = append(out, l)
				}
			}
		}
	}
	slices.SortStableFunc(out, func(a, b lookup) int { return cmp.Compare(a.total, b.total) })
	return out
}

func (x *Index) lookup(h uint64, weight float64) lookup {
	l := lookup{lists: make([]list, len(x.segments))}
	for i, s := range x.segments {
		if found, ok := s.find(h); ok {
			l.lists[i] = found
			l.total += int(found.count)
		}
	}
	l.weight = weight * math.Log(1+float64(x.n)/float64(max(l.total, 1)))
	return l
}

// replaced says whether a later segment holds the same id.
func (x *Index) replaced(c candidate, id string) bool {
	h := hash(keyEntity, id)
	for _, s := range x.segments[c.segment+1:] {
		if _, ok := s.find(h); ok {
			return true
		}
	}
	return false
}

// Get returns the entity of an id as it was indexed last.
func (x *Index) Get(id string) (Entity, bool) {
	h := hash(keyEntity, id)
	for _, s := range slices.Backward(x.segments) {
		var out Entity
		if l, ok := s.find(h); ok {
			s.each(l, func(ord uint32) {
				if e, ok := s.entity(ord); ok && e.ID == id {
					out = e
				}
			})
		}
		if out.ID != "" {
			return out, true
		}
	}
	return Entity{}, false
}

// rarity returns how much a word tells by how seldom it occurs here: 1 for a word that no more than a few bear, down to 0.5 for one that a tenth of all do.
func (x *Index) rarity() func(string) float64 {
	if x.n < 1000 { // too few to know what is rare
		return nil
	}
	known := map[string]float64{}
	return func(w string) float64 {
		r, ok := known[w]
		if !ok {
			total := x.lookup(hash(keyWord, w), 1).total
			r = max(0.5, min(1, 1-0.5*math.Log10(float64(max(total, 1))/float64(x.n)*1e5)/4))
			known[w] = r
		}
		return r
	}
}
