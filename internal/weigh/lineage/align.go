package lineage

import (
	"math"
	"slices"
)

// Runs of the same tokens shorter than this are no passages: names and set phrases have them.
const (
	shingle    = 4 // words
	shingleHan = 6 // characters
)

func shingleOf(han bool) int {
	if han {
		return shingleHan
	}
	return shingle
}

// run is a stretch of the same tokens in two texts.
type run struct {
	a, b, n int32
}

// shingles calls f with the hash of every k tokens in a row and the first one's position.
func shingles(toks []uint32, k int, f func(h uint32, at int)) {
	for i := 0; i+k <= len(toks); i++ {
		h := uint64(0)
		for _, t := range toks[i : i+k] {
			h = h*0x9E3779B97F4A7C15 + uint64(t)
		}
		f(mix32(h), i)
	}
}

// aligner compares token sequences; it holds memory that is used again.
type aligner struct {
	first map[uint32]int32 // where a shingle of b stands first
	next  []int32          // the next place of the same shingle, -1 for none
	last  map[uint32]int32
	runs  []run
}

func newAligner() *aligner {
	return &aligner{first: map[uint32]int32{}, last: map[uint32]int32{}}
}

const mostPlaces = 8 // places of a shingle in one text that are tried

// load prepares to compare others with b.
func (g *aligner) load(b []uint32, k int) {
	clear(g.first)
	clear(g.last)
	g.next = slices.Grow(g.next[:0], len(b))[:len(b)]
	shingles(b, k, func(h uint32, at int) {
		g.next[at] = -1
		if l, ok := g.last[h]; ok {
			g.next[l] = int32(at)
		} else {
			g.first[h] = int32(at)
		}
		g.last[h] = int32(at)
	})
}

// align finds the longest runs of a in the loaded b, from the beginning of a on; what a run covers of a no other covers.
func (g *aligner) align(a, b []uint32, k int) []run {
	g.runs = g.runs[:0]
	free := 0
	shingles(a, k, func(h uint32, at int) {
		if at < free {
			return
		}
		best := run{}
		p, ok := g.first[h]
		for tries := 0; ok && tries < mostPlaces; tries++ {
			n := int32(0)
			for at+int(n) < len(a) && int(p+n) < len(b) && a[at+int(n)] == b[p+n] {
				n++
			}
			if n > best.n {
				best = run{int32(at), p, n}
			}
			if p = g.next[p]; p < 0 {
				break
			}
		}
		if int(best.n) >= k {
			g.runs = append(g.runs, best)
			free = at + int(best.n)
		}
	})
	return g.runs
}

// covered is the share of a's tokens, those of no boilerplate, that lie in runs. A short run counts in part: names and set phrases
// are short runs.
func covered(runs []run, total int, skip []bool, han bool) float64 {
	short, full := 3.0, 9.0
	if han {
		short, full = 5, 14
	}
	sum, all := 0.0, float64(total)
	for _, s := range skip {
		if s {
			all--
		}
	}
	for _, r := range runs {
		n := float64(r.n)
		if skip != nil {
			for k := r.a; k < r.a+r.n; k++ {
				if skip[k] {
					n--
				}
			}
		}
		sum += n * min(1, max(0, (n-short)/(full-short)))
	}
	if all <= 0 {
		return 0
	}
	return min(1, sum/all)
}

// longestRun is the longest one, of the tokens of no boilerplate.
func longestRun(runs []run, skip []bool) int {
	most := 0
	for _, r := range runs {
		n := 0
		for k := r.a; k < r.a+r.n; k++ {
			if skip == nil || !skip[k] {
				n++
			}
		}
		most = max(most, n)
	}
	return most
}

// matched is a fact that both texts have, by its place in each list of facts.
type matched struct {
	a, b int
}

// shared is how the facts of two texts meet.
type shared struct {
	pairs    []matched
	inSource float64 // weight of a's facts that b has, of all weight of a's
	inItem   float64 // and of b's that a has
	order    float64 // share of the matched ones that stand in the same order
	strong   int     // matched numbers, names, dates, acronyms
	novel    float64 // share of a's strong weight that b does not have
	missing  float64 // share of b's strong weight that a does not have
	denial   bool    // one of them has words of denial and the other has none
}

// weigher gives the weight of a fact.
type weigher func(*fact) float32

// meet compares facts. Only kinds that can be compared between the two languages count: between Chinese and another language words
// and names in Latin letters are left out, unless both have them (equal).
func meet(a, b []fact, weigh weigher, comparable func(*fact) bool) shared {
	at := make(map[uint32]int, len(b))
	for i := len(b) - 1; i >= 0; i-- {
		at[b[i].key] = i
	}
	var s shared
	var all, got, strongAll, strongGot, denyA float64
	seen := make(map[uint32]bool, len(a))
	for i := range a {
		f := &a[i]
		if seen[f.key] {
			continue
		}
		seen[f.key] = true
		if f.kind == factDenial {
			denyA++
		}
		j, ok := at[f.key]
		if !ok && !comparable(f) {
			continue
		}
		w := float64(weigh(f))
		all += w
		if strong(f.kind) {
			strongAll += w
		}
		if !ok {
			continue
		}
		got += w
		if strong(f.kind) {
			strongGot += w
			s.strong++
		}
		s.pairs = append(s.pairs, matched{i, j})
	}
	s.inSource = ratio(got, all)
	s.novel = 1 - ratio(strongGot, strongAll)
	if strongAll == 0 {
		s.novel = 0.5
	}
	got, all = 0, 0
	strongGot, strongAll = 0, 0
	denyB := 0
	counted := make(map[uint32]bool, len(b))
	for i := range b {
		f := &b[i]
		if counted[f.key] {
			continue
		}
		counted[f.key] = true
		if f.kind == factDenial {
			denyB++
		}
		ok := seen[f.key]
		if !ok && !comparable(f) {
			continue
		}
		w := float64(weigh(f))
		all += w
		if strong(f.kind) {
			strongAll += w
		}
		if ok {
			got += w
			if strong(f.kind) {
				strongGot += w
			}
		}
	}
	s.inItem = ratio(got, all)
	s.missing = 1 - ratio(strongGot, strongAll)
	if strongAll == 0 {
		s.missing = 0.5
	}
	s.denial = (denyA > 0) != (denyB > 0)
	s.order = inOrder(s.pairs)
	return s
}

func ratio(a, b float64) float64 {
	if b <= 0 {
		return 0
	}
	return a / b
}

// inOrder is the share of matched facts on the longest chain that stands in the same order in both, beyond what chance gives: a random
// order of n has a chain of about 2√n.
func inOrder(pairs []matched) float64 {
	n := len(pairs)
	if n < 3 {
		return 0
	}
	var tails []int
	for _, m := range pairs {
		k, _ := slices.BinarySearch(tails, m.b)
		if k == len(tails) {
			tails = append(tails, m.b)
		} else {
			tails[k] = m.b
		}
	}
	chance := min(2*math.Sqrt(float64(n))-1, float64(n)-1)
	return max(0, (float64(len(tails))-chance)/(float64(n)-chance))
}
