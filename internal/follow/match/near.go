package match

import (
	"cmp"
	"encoding/binary"
	"slices"
)

// longestSpelled is how many letters of a word are looked at when spellings are compared.
const longestSpelled = 40

// spelling is a word ready to be compared with many: for each letter, where it stands.
type spelling struct {
	word  string
	n     int
	place [256]uint64
}

// apart is the distance of two words up to limit.
func apart(a, b string, limit int) int {
	if d := min(len(a), longestSpelled) - min(len(b), longestSpelled); d > limit || -d > limit {
		return limit + 1
	}
	var s spelling
	s.set(a)
	return distance(&s, b, limit)
}

func newSpelling(w string) *spelling {
	s := &spelling{}
	s.set(w)
	return s
}

func (s *spelling) set(w string) {
	s.word, s.n = w, min(len(w), longestSpelled)
	for i := range s.n {
		s.place[w[i]] |= 1 << i
	}
}

// distance is the number of letters put in, left out, changed or exchanged with their neighbour (optimal string alignment), up to limit;
// beyond it, limit+1. The columns of the table are computed as bits, after Hyyrö, "A Bit-Vector Algorithm for Computing Levenshtein and Damerau Edit
// Distances" (2003).
func distance[S string | []byte](s *spelling, b S, limit int) int {
	if len(b) > longestSpelled {
		b = b[:longestSpelled]
	}
	if d := s.n - len(b); d > limit || -d > limit {
		return limit + 1
	}
	if s.n == 0 {
		return len(b)
	}
	last := uint64(1) << (s.n - 1)
	up, down, zero, before := ^uint64(0), uint64(0), uint64(0), uint64(0)
	d := s.n
	for i := range len(b) {
		here := s.place[b[i]]
		turned := (^zero & here) << 1 & before
		zero = ((here&up + up) ^ up) | here | down | turned
		right, left := down|^(zero|up), zero&up
		if right&last != 0 {
			d++
		} else if left&last != 0 {
			d--
		}
		if d-(len(b)-1-i) > limit { // even if all that follows were equal
			return limit + 1
		}
		right, left = right<<1|1, left<<1
		up, down = left|^(zero|right), zero&right
		before = here
	}
	return min(d, limit+1)
}

// sharedGrams is how many trigrams a word must share with another, of those that are read, before their letters are compared.
const sharedGrams = 3

// near lists words of the segment that differ from a word in a letter or two. A change takes three trigrams from a word, an exchange of two letters
// four: of any more that are read, those that the fewest words have, so many are shared.
func (s *Segment) near(w *spelling, sc *scratch) []string {
	if n := s.wordCount(); len(sc.counts) < n {
		sc.counts = make([]uint8, n)
	}
	limit, lost := 1, 4
	if len(w.word) >= 8 {
		limit, lost = 2, 6
	}
	var grams []gramList
	gramsOf(w.word, func(g int) {
		if l := s.gramList(g); !slices.Contains(grams, l) {
			grams = append(grams, l)
		}
	})
	slices.SortFunc(grams, func(a, b gramList) int { return cmp.Compare(a.to-a.from, b.to-b.from) })
	sc.near = sc.near[:0]
	grams = grams[:min(len(grams), lost+sharedGrams)]
	least := uint8(max(1, len(grams)-lost))
	for _, l := range grams {
		sc.near = s.countWords(l, sc.counts, sc.near)
	}
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
		x := s.word(i)
		if len(x) > len(w.word)+limit || len(x)+limit < len(w.word) {
			continue
		}
		if d := distance(w, x, limit); d <= limit && string(x) != w.word {
			out = append(out, found{string(x), d})
		}
	}
	slices.SortFunc(out, func(a, b found) int { return cmp.Or(cmp.Compare(a.d, b.d), cmp.Compare(a.word, b.word)) })
	words := make([]string, 0, maxNeighbour)
	for _, f := range out[:min(len(out), maxNeighbour)] {
		words = append(words, f.word)
	}
	return words
}

// gramList is where the words of a trigram stand.
type gramList struct{ from, to uint32 }

func (s *Segment) gramList(gram int) gramList {
	l := gramList{binary.LittleEndian.Uint32(s.grams[4*gram:]), binary.LittleEndian.Uint32(s.grams[4*gram+4:])}
	if l.from > l.to || int(l.to) > len(s.gramOf) {
		return gramList{}
	}
	return l
}

// countWords counts the words of a trigram's list; those not counted before go to near.
func (s *Segment) countWords(l gramList, counts []uint8, near []uint32) []uint32 {
	b, at, n := s.gramOf[l.from:l.to], uint64(0), uint64(s.wordCount())
	for len(b) > 0 {
		d, k := uint64(b[0]), 1
		if d >= 0x80 {
			if d, k = binary.Uvarint(b); k <= 0 {
				return near
			}
		}
		if at += d; at >= n {
			return near
		}
		b = b[k:]
		if counts[at] == 0 {
			near = append(near, uint32(at))
		}
		counts[at]++
	}
	return near
}
