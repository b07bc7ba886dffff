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
	sums    []float32
	touched []uint32
	counts  []uint8
	near    []uint32
}

// lookup is one key of the query with its lists in every segment.
type lookup struct {
	weight float64
	total  int
	lists  []list // by segment; count 0 where the segment does not have it
}

type candidate struct {
	segment int
	ord     uint32
	sum     float32
}

// Search returns up to limit entities that may be the query, best first. keep, if not nil, says which ids may be returned.
func (x *Index) Search(query Entity, limit int, keep func(id string) bool) []Hit {
	q := prepare(query)
	sc := x.scratch.Get().(*scratch)
	defer x.scratch.Put(sc)
	lookups := x.lookups(q, sc)
	candidates := x.candidates(q, lookups, sc)
	seen := map[string]bool{}
	rarity := x.rarity()
	var hits []Hit
	for _, c := range candidates {
		if c.sum < leastShare*candidates[0].sum {
			break
		}
		e, ok := x.segments[c.segment].entity(c.ord)
		if !ok || keep != nil && !keep(e.ID) || x.replaced(c, e.ID) || seen[e.ID] {
			continue
		}
		seen[e.ID] = true
		hits = append(hits, Hit{Entity: e, Result: x.scorer.score(q, prepare(e), rarity)})
	}
	slices.SortStableFunc(hits, func(a, b Hit) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Entity.ID, b.Entity.ID))
	})
	return hits[:min(len(hits), limit)]
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
		for _, s := range x.segments {
			for _, w := range s.near(k.word, sc) {
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

// near lists words of the segment that differ from w in a letter or two.
func (s *Segment) near(w string, sc *scratch) []string {
	if n := s.wordCount(); len(sc.counts) < n {
		sc.counts = make([]uint8, n)
	}
	sc.near = sc.near[:0]
	grams := 0
	gramsOf(w, func(g int) {
		grams++
		s.gramWords(g, func(i uint32) {
			if sc.counts[i] == 0 {
				sc.near = append(sc.near, i)
			}
			if sc.counts[i] < 255 {
				sc.counts[i]++
			}
		})
	})
	limit := 1
	if len(w) >= 8 {
		limit = 2
	}
	least := uint8(max(1, min(255, grams-3*limit)))
	type found struct {
		word string
		d    int
	}
	var out []found
	for _, i := range sc.near {
		c := sc.counts[i]
		sc.counts[i] = 0
		if c < least {
			continue
		}
		x := string(s.word(i))
		if x == w || len(x) > len(w)+limit || len(x)+limit < len(w) {
			continue
		}
		if d := distance(w, x, limit); d <= limit {
			out = append(out, found{x, d})
		}
	}
	slices.SortFunc(out, func(a, b found) int { return cmp.Or(cmp.Compare(a.d, b.d), cmp.Compare(a.word, b.word)) })
	words := make([]string, 0, maxNeighbour)
	for _, f := range out[:min(len(out), maxNeighbour)] {
		words = append(words, f.word)
	}
	return words
}

// candidates adds up what the keys say for each entity, the rarest keys first, and returns those that most speaks for.
func (x *Index) candidates(q *prepared, lookups []lookup, sc *scratch) []candidate {
	read, n := 0, 0
	for n < len(lookups) && (n == 0 || read+lookups[n].total <= maxPostings) {
		read += lookups[n].total
		n++
	}
	lookups = lookups[:n]
	size := 0
	for i := range q.names {
		size = max(size, len(q.names[i].words))
	}
	var best []candidate
	for i, s := range x.segments {
		if len(sc.sums) < s.n {
			sc.sums = make([]float32, s.n)
		}
		sc.touched = sc.touched[:0]
		for _, l := range lookups {
			if l.lists[i].count == 0 {
				continue
			}
			w := float32(l.weight)
			s.each(l.lists[i], func(ord uint32) {
				if sc.sums[ord] == 0 {
					sc.touched = append(sc.touched, ord)
				}
				sc.sums[ord] += w
			})
		}
		for _, ord := range sc.touched {
			longer := max(0, int(s.sizes[ord])-size)
			best = push(best, candidate{i, ord, sc.sums[ord] / (1 + 0.04*float32(longer))})
			sc.sums[ord] = 0
		}
	}
	slices.SortFunc(best, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(b.sum, a.sum), cmp.Compare(b.segment, a.segment), cmp.Compare(a.ord, b.ord))
	})
	return best
}

// push keeps the maxCompared highest in a heap, the lowest in front.
func push(h []candidate, c candidate) []candidate {
	if len(h) < maxCompared {
		h = append(h, c)
		for i := len(h) - 1; i > 0 && h[i].sum < h[(i-1)/2].sum; i = (i - 1) / 2 {
			h[i], h[(i-1)/2] = h[(i-1)/2], h[i]
		}
		return h
	}
	if c.sum <= h[0].sum {
		return h
	}
	h[0] = c
	for i := 0; ; {
		k := 2*i + 1
		if k+1 < len(h) && h[k+1].sum < h[k].sum {
			k++
		}
		if k >= len(h) || h[i].sum <= h[k].sum {
			return h
		}
		h[i], h[k] = h[k], h[i]
		i = k
	}
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
