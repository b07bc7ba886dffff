package match

import (
	"cmp"
	"encoding/binary"
	"slices"
)

// candidate is an entity that keys of the query lead to.
type candidate struct {
	segment int
	ord     uint32
	sum     float32 // what the keys say for it
}

// gather adds up what the keys say for each entity and keeps those that most speaks for. It reads the rarest keys first: once what the remaining keys
// can add is too little to bring in an entity that none of the rarer ones led to, the longer lists only add to those already there.
type gather struct {
	best  *heap
	most  float32 // the highest sum so far
	size  int     // telling words of the query's longest name
	rest  []float32
	lists []lookup
}

// candidates returns at most maxCompared entities, best first.
func (x *Index) candidates(q *prepared, lookups []lookup, sc *scratch) []candidate {
	read, n := 0, 0
	for n < len(lookups) && (n == 0 || read+lookups[n].total <= maxPostings) {
		read += lookups[n].total
		n++
	}
	g := gather{best: &heap{}, lists: lookups[:n], rest: make([]float32, n+1)}
	for i := n - 1; i >= 0; i-- {
		g.rest[i] = g.rest[i+1] + float32(lookups[i].weight)
	}
	for i := range q.names {
		g.size = max(g.size, len(q.names[i].words))
	}
	for i, s := range x.segments {
		g.segment(i, s, sc)
	}
	best := g.best.kept
	slices.SortFunc(best, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(b.sum, a.sum), cmp.Compare(b.segment, a.segment), cmp.Compare(a.ord, b.ord))
	})
	return best
}

// bound is what an entity's sum must exceed to be compared, as far as is known by now.
func (g *gather) bound() float32 { return max(g.best.least(), leastShare*g.most) }

// manyEntities is the length of a list from which it pays to ask first whether it can bring in anybody.
const manyEntities = 512

func (g *gather) segment(i int, s *Segment, sc *scratch) {
	if len(sc.sums) < s.n {
		sc.sums = make([]float32, s.n)
	}
	sums := sc.sums
	touched := sc.touched[:0]
	bound := g.bound()
	for k, l := range g.lists {
		list := l.lists[i]
		if list.count == 0 {
			continue
		}
		if g.rest[k] > bound && list.count >= manyEntities && len(touched) > 0 {
			bound = max(bound, g.boundOf(s, sums, touched))
		}
		if g.rest[k] > bound {
			touched = s.add(list, sums, float32(l.weight), false, touched)
		} else {
			touched = s.add(list, sums, float32(l.weight), true, touched)
		}
	}
	least := g.bound()
	for _, ord := range touched {
		sum := sums[ord]
		sums[ord] = 0
		if sum <= least {
			continue
		}
		if sum = g.shortened(s, ord, sum); sum <= least {
			continue
		}
		g.most = max(g.most, sum)
		g.best.push(candidate{i, ord, sum})
		least = g.bound()
	}
	sc.touched = touched
}

// shortened takes from a sum for the words of a name that the query has not.
func (g *gather) shortened(s *Segment, ord uint32, sum float32) float32 {
	longer := max(0, int(s.sizes[ord])-g.size)
	return sum / (1 + 0.04*float32(longer))
}

// boundOf is the bound that the sums of one segment give before all lists are read: they can only grow.
func (g *gather) boundOf(s *Segment, sums []float32, touched []uint32) float32 {
	var h heap
	most := float32(0)
	for _, ord := range touched {
		sum := sums[ord]
		if sum <= h.least() {
			continue
		}
		sum = g.shortened(s, ord, sum)
		most = max(most, sum)
		h.push(candidate{sum: sum})
	}
	return max(h.least(), leastShare*most)
}

// add adds a weight to each entity of a list, and those that had none to touched; with raise, only to those that have some already.
func (s *Segment) add(l list, sums []float32, w float32, raise bool, touched []uint32) []uint32 {
	b, at := s.listBytes(l), uint64(0)
	if l.count == 1 {
		b = nil
		if int(l.place) < s.n && (!raise || sums[l.place] > 0) {
			if sums[l.place] == 0 {
				touched = append(touched, l.place)
			}
			sums[l.place] += w
		}
	}
	for n := l.count; len(b) > 0 && n > 0; n-- {
		if b[0] < 0x80 {
			at += uint64(b[0])
			b = b[1:]
		} else {
			d, k := binary.Uvarint(b)
			if k <= 0 {
				break
			}
			at += d
			b = b[k:]
		}
		if at >= uint64(s.n) {
			break
		}
		if sums[at] == 0 {
			if raise {
				continue
			}
			touched = append(touched, uint32(at))
		}
		sums[at] += w
	}
	return touched
}

func (s *Segment) listBytes(l list) []byte {
	if l.count == 1 || int(l.place) > len(s.lists) {
		return nil
	}
	return s.lists[l.place:]
}

// heap keeps the maxCompared highest candidates, the lowest in front.
type heap struct{ kept []candidate }

// least is the sum that a further candidate must exceed.
func (h *heap) least() float32 {
	if len(h.kept) < maxCompared {
		return 0
	}
	return h.kept[0].sum
}

func (h *heap) push(c candidate) {
	k := h.kept
	if len(k) < maxCompared {
		k = append(k, c)
		for i := len(k) - 1; i > 0 && k[i].sum < k[(i-1)/2].sum; i = (i - 1) / 2 {
			k[i], k[(i-1)/2] = k[(i-1)/2], k[i]
		}
		h.kept = k
		return
	}
	if c.sum <= k[0].sum {
		return
	}
	k[0] = c
	for i := 0; ; {
		n := 2*i + 1
		if n+1 < len(k) && k[n+1].sum < k[n].sum {
			n++
		}
		if n >= len(k) || k[i].sum <= k[n].sum {
			return
		}
		k[i], k[n] = k[n], k[i]
		i = n
	}
}
