package quote

import "slices"

// What stands further away tells a passage whose direct neighbours were rewritten, and tells whether this is the same article at all.
// It is compared by pieces of so many runes in a row.
const (
	pieceWide    = 24 // of the surroundings of a place
	pieceFar     = 96 // of what may have moved anywhere: more than a sentence
	piecesLeast  = 16 // pieces that a side must have to tell anything
	shareSettled = 0.3
	shareWrong   = 0.1
)

// pieceSize returns how many runes a piece has: Chinese needs fewer.
func pieceSize(r []rune, n int) int {
	han := 0
	for _, c := range r {
		if unspaced(c) {
			han++
		}
	}
	if 2*han > len(r) {
		return n * 5 / 12
	}
	return n
}

// pieces calls each with the hash of every stretch of n runes; each returns false to stop.
func pieces(r []rune, n int, each func(uint64) bool) {
	const base = 0x9E3779B97F4A7C15
	power := uint64(1)
	for range n - 1 {
		power *= base
	}
	var h uint64
	for i, c := range r {
		if i >= n {
			h -= (uint64(r[i-n]) + 1) * power
		}
		h = h*base + uint64(c) + 1
		if i >= n-1 && !each(h^h>>29) {
			return
		}
	}
}

// pieceSet is the pieces of a context, with a filter before it that most pieces of a long text do not pass.
type pieceSet struct {
	size   int
	hashes map[uint64]struct{}
	filter [64]uint64
}

func newPieceSet(r []rune, n int) *pieceSet {
	s := &pieceSet{size: pieceSize(r, n), hashes: map[uint64]struct{}{}}
	pieces(r, s.size, func(h uint64) bool {
		s.hashes[h] = struct{}{}
		s.filter[h>>6&63] |= 1 << (h & 63)
		return true
	})
	return s
}

func (s *pieceSet) has(h uint64) bool {
	if s.filter[h>>6&63]&(1<<(h&63)) == 0 {
		return false
	}
	_, ok := s.hashes[h]
	return ok
}

// share returns how much of the set stands in a text, from 0 to 1.
func (s *pieceSet) share(r []rune) float64 {
	seen := map[uint64]struct{}{}
	pieces(r, s.size, func(h uint64) bool {
		if s.has(h) {
			seen[h] = struct{}{}
		}
		return true
	})
	return float64(len(seen)) / float64(max(1, len(s.hashes)))
}

// wide is what stood around the quotation within some hundred code points.
type wide struct{ before, after *pieceSet }

func (k *seeker) wideContext() *wide {
	if k.around == nil {
		k.around = &wide{
			before: newPieceSet(fold(k.sel.Before+k.sel.Prefix).runes, pieceWide),
			after:  newPieceSet(fold(k.sel.Suffix+k.sel.After).runes, pieceWide),
		}
	}
	return k.around
}

// settled says that a good part of what stood within some hundred code points before the quotation still stands before this place,
// and of what stood after it after this place, and none the wrong way round.
func (k *seeker) settled(s *spot) bool {
	w := k.wideContext()
	const reach = 2 * (wideContext + leastContext)
	before := k.runes[max(0, s.start-reach):s.start]
	after := k.runes[s.end:min(len(k.runes), s.end+reach)]
	tells := false
	for _, side := range []struct {
		set          *pieceSet
		right, wrong []rune
	}{{w.before, before, after}, {w.after, after, before}} {
		if len(side.set.hashes) < piecesLeast {
			continue
		}
		if side.set.share(side.right) < shareSettled || side.set.share(side.wrong) > shareWrong {
			return false
		}
		tells = true
	}
	return tells
}

// settledOne returns the only one of several places that is settled; -1 when there is none or more than one.
func (k *seeker) settledOne(same []spot) int {
	found := -1
	for i := range same[:min(len(same), mostHits)] {
		if k.settled(&same[i]) {
			if found >= 0 {
				return -1
			}
			found = i
		}
	}
	return found
}

// stands says that more than a sentence of what stood around the quotation stands somewhere in the text, so that it is the same article.
func (k *seeker) stands() bool {
	found := false
	for _, context := range []string{k.sel.Before + k.sel.Prefix, k.sel.Suffix + k.sel.After} {
		set := newPieceSet(fold(context).runes, pieceFar)
		if len(set.hashes) > 0 {
			pieces(k.f.runes, set.size, func(h uint64) bool { found = found || set.has(h); return !found })
		}
	}
	return found || slices.ContainsFunc(k.gaps, func(g gap) bool { return g.cost == 0 })
}
