package lineage

import "cmp"

// postings say in which texts a key occurs. Of a key of many texts only the earliest are kept, so that boilerplate that everybody
// carries costs no more than anything else, and so that what is kept does not depend on the order of arrival.
type postings struct {
	lists map[uint32]list
	nodes []node
	most  int32
}

type list struct {
	head, n int32 // first node, how many nodes
}

type node struct {
	doc, next int32
}

func newPostings(most int) *postings { return &postings{lists: map[uint32]list{}, most: int32(most)} }

// add puts a text on a key's list. Earlier is the order of texts.
func (p *postings) add(key uint32, doc int32, earlier func(a, b int32) bool) {
	l, ok := p.lists[key]
	if !ok {
		l.head = -1
	}
	if l.n >= p.most {
		last := l.head
		for at := p.nodes[l.head].next; at >= 0; at = p.nodes[at].next {
			if earlier(p.nodes[last].doc, p.nodes[at].doc) {
				last = at
			}
		}
		if earlier(doc, p.nodes[last].doc) {
			p.nodes[last].doc = doc
		}
		return
	}
	p.nodes = append(p.nodes, node{doc, l.head})
	p.lists[key] = list{int32(len(p.nodes) - 1), l.n + 1}
}

// each calls f with the texts of a key, and with how many they are.
func (p *postings) each(key uint32, f func(doc, n int32)) {
	l, ok := p.lists[key]
	if !ok {
		return
	}
	for at := l.head; at >= 0; at = p.nodes[at].next {
		f(p.nodes[at].doc, l.n)
	}
}

// mostPaired are the strong facts of a text of which each two make a key: two texts with two of them in common meet, even when each of
// the two facts alone is common. Those with the smallest keys are taken, a sample that texts with the same facts agree in.
const mostPaired = 8

// factPairs calls f with the keys.
func factPairs(facts []fact, skip []bool, f func(key uint32)) {
	var taken [mostPaired]uint32
	n := 0
	for i := range facts { // by key
		if n < mostPaired && strong(facts[i].kind) && (skip == nil || !skip[facts[i].pos]) {
			taken[n] = facts[i].key
			n++
		}
	}
	for i := range n {
		for j := range i {
			f(mix32(uint64(taken[j])<<32 | uint64(taken[i])))
		}
	}
}

// prints calls f with the fingerprints of a text and where they stand: of every passage of w shingles the smallest hash (a MinHash of the passage; Schleimer,
// Wilkerson, Aiken 2003 call it winnowing). Two texts that share w+k-1 tokens in a row share one. Short texts have shorter passages:
// the minimum of a passage is the minimum of any part of it that has it, so that prints of long texts are among those of short ones.
func prints(toks []uint32, k int, f func(h uint32, at int)) {
	w := min(max(len(toks)/32, 1), 12)
	n := len(toks) - k + 1
	if n <= 0 {
		return
	}
	hashes := make([]uint32, 0, n)
	shingles(toks, k, func(h uint32, _ int) { hashes = append(hashes, h) })
	if n <= w {
		low := 0
		for i, h := range hashes {
			if h < hashes[low] {
				low = i
			}
		}
		f(hashes[low], low)
		return
	}
	at := -1
	for end := w; end <= n; end++ {
		begin := end - w
		switch {
		case at < begin:
			at = begin
			for i := begin; i < end; i++ {
				if hashes[i] < hashes[at] {
					at = i
				}
			}
			f(hashes[at], at)
		case hashes[end-1] < hashes[at]:
			at = end - 1
			f(hashes[at], at)
		}
	}
}

// order of texts by what is known of their dates, then by id.
func compareDocs(a, b *doc) int {
	return cmp.Or(cmp.Compare(a.when.lo, b.when.lo), cmp.Compare(a.when.hi, b.when.hi), cmp.Compare(a.item.ID, b.item.ID))
}
