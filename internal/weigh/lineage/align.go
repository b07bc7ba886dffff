package lineage

import (
	"cmp"
	"maps"
	"math"
	"math/bits"
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
	slots []slot  // a hash table of b's shingles
	next  []int32 // the next place of the same shingle in b, -1 for none
	round uint32  // slots of other rounds are empty
	runs  []run
}

type slot struct {
	key, round  uint32
	first, last int32
}

const mostPlaces = 8 // places of a shingle in one text that are tried

// find returns the slot of a key, or the empty one where it would be.
func (g *aligner) find(key uint32) *slot {
	mask := uint32(len(g.slots) - 1)
	for i := key & mask; ; i = (i + 1) & mask {
		if s := &g.slots[i]; s.round != g.round || s.key == key {
			return s
		}
	}
}

// load prepares to compare others with b.
func (g *aligner) load(b []uint32, k int) {
	if size := max(64, 1<<bits.Len(uint(2*len(b)))); size > len(g.slots) {
		g.slots, g.round = make([]slot, size), 0
	}
	if g.round++; g.round == 0 {
		clear(g.slots)
		g.round = 1
	}
	g.next = slices.Grow(g.next[:0], len(b))[:len(b)]
	shingles(b, k, func(h uint32, at int) {
		g.next[at] = -1
		s := g.find(h)
		if s.round == g.round {
			g.next[s.last] = int32(at)
			s.last = int32(at)
			return
		}
		*s = slot{key: h, round: g.round, first: int32(at), last: int32(at)}
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
		p := int32(-1)
		if s := g.find(h); s.round == g.round {
			p = s.first
		}
		for tries := 0; p >= 0 && tries < mostPlaces; tries++ {
			n := int32(0)
			for at+int(n) < len(a) && int(p+n) < len(b) && a[at+int(n)] == b[p+n] {
				n++
			}
			if n > best.n {
				best = run{int32(at), p, n}
			}
			p = g.next[p]
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
	near     float64 // share of neighbours among them that are neighbours in the other too
	aligned  float64 // weight of a's facts that stand together, sentence by sentence, in one sentence of b's, of all weight of a's
	strong   int     // matched numbers, names, dates, acronyms
	novel    float64 // share of a's strong weight that b does not have
	missing  float64 // share of b's strong weight that a does not have
	denial   bool    // one of them has words of denial and the other has none
}

// side adds up the weight of one text's facts.
type side struct {
	all, got             float64
	strongAll, strongGot float64
	denials              int
}

func (s *side) add(f *fact, w float64, both bool) {
	s.all += w
	if strong(f.kind) {
		s.strongAll += w
	}
	if both {
		s.got += w
		if strong(f.kind) {
			s.strongGot += w
		}
	}
}

// lacking is the share of the strong weight that the other does not have; with nothing strong it is not known.
func (s *side) lacking() float64 {
	if s.strongAll == 0 {
		return 0.5
	}
	return 1 - s.strongGot/s.strongAll
}

// unseen is the weight of facts that a text is taken to have beside those that were found in it: the share of few facts is not sure.
const unseen = 2.5

// meet compares facts, both in the order of their keys. Apart says that one text is Chinese and the other is not: then words and names in
// letters count only where both have them.
func (m *matcher) meet(a, b []fact, apart bool) shared {
	var s shared
	var sa, sb side
	alone := func(f *fact, x *side) {
		if f.kind == factDenial {
			x.denials++
		}
		if !apart || f.kind != factWord && f.kind != factName && f.kind != factLink {
			x.add(f, float64(m.weighs(f)), false)
		}
	}
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case j == len(b) || i < len(a) && a[i].key < b[j].key:
			alone(&a[i], &sa)
			i++
		case i == len(a) || a[i].key > b[j].key:
			alone(&b[j], &sb)
			j++
		default:
			if a[i].kind == factDenial {
				sa.denials++
				sb.denials++
			}
			w := float64(m.weighs(&a[i]))
			sa.add(&a[i], w, true)
			sb.add(&b[j], w, true)
			if strong(a[i].kind) {
				s.strong++
			}
			s.pairs = append(s.pairs, matched{i, j})
			i++
			j++
		}
	}
	s.inSource, s.inItem = ratio(sa.got, sa.all+unseen), ratio(sb.got, sb.all+unseen)
	s.novel, s.missing = sa.lacking(), sb.lacking()
	s.denial = (sa.denials > 0) != (sb.denials > 0)
	slices.SortFunc(s.pairs, func(x, y matched) int { return int(a[x.a].pos) - int(a[y.a].pos) })
	s.order = inOrder(s.pairs, b)
	return s
}

// near says how many of the matched facts that are neighbours in a are neighbours in b.
func near(pairs []matched, a, b []fact, reachA, reachB int32) float64 {
	n, got := 0, 0
	for i := 1; i < len(pairs); i++ {
		if a[pairs[i].a].pos-a[pairs[i-1].a].pos > reachA {
			continue
		}
		n++
		if d := b[pairs[i].b].pos - b[pairs[i-1].b].pos; d <= reachB && d >= -reachB {
			got++
		}
	}
	if n < 2 {
		return 0
	}
	return float64(got) / float64(n)
}

// sentenceOf is the sentence of a token.
func (d *doc) sentenceOf(pos int32) int {
	n, ok := slices.BinarySearchFunc(d.sents, pos, func(s sentence, p int32) int { return cmp.Compare(s.start, p) })
	if !ok {
		n--
	}
	return max(n, 0)
}

// align by sentences: of each sentence of a the weight that the best sentence of b has of it.
func (m *matcher) aligned(p *pairing) float64 {
	type meeting struct{ a, b int }
	met := map[meeting]float64{}
	all := 0.0
	for i := range p.factsA {
		if f := &p.factsA[i]; p.class != withChinese || f.kind != factWord && f.kind != factName && f.kind != factLink {
			all += float64(m.weighs(f))
		}
	}
	for _, q := range p.facts.pairs {
		f := &p.factsA[q.a]
		met[meeting{p.a.sentenceOf(f.pos), p.b.sentenceOf(p.factsB[q.b].pos)}] += float64(m.weighs(f))
	}
	best := map[int]float64{}
	for k, w := range met {
		best[k.a] = max(best[k.a], w)
	}
	keys := slices.Sorted(maps.Keys(best))
	sum := 0.0
	for _, k := range keys { // in an order, since sums of floats depend on it
		sum += best[k]
	}
	return min(1, ratio(sum, all+unseen))
}

func ratio(a, b float64) float64 {
	if b <= 0 {
		return 0
	}
	return a / b
}

// inOrder is the share of matched facts on the longest chain that stands in the same order in both, beyond what chance gives: a random
// order of n has a chain of about 2√n.
func inOrder(pairs []matched, b []fact) float64 {
	n := len(pairs)
	if n < 3 {
		return 0
	}
	var tails []int32
	for _, m := range pairs {
		at := b[m.b].pos
		k, _ := slices.BinarySearch(tails, at)
		if k == len(tails) {
			tails = append(tails, at)
		} else {
			tails[k] = at
		}
	}
	chance := min(2*math.Sqrt(float64(n))-1, float64(n)-1)
	return max(0, (float64(len(tails))-chance)/(float64(n)-chance))
}
