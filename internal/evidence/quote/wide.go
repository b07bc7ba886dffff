package quote

// What stands further away tells a passage whose direct neighbours were rewritten, and tells whether this is the same article at all.
// It is compared by pieces of so many runes in a row.
const (
	pieceWide    = 24 // of the surroundings of a place
	accident     = 8
	pieceClosed  = 48 // of what stands together since something between was moved
	piecesLeast  = 16 // pieces that a side must have to tell anything
	shareSettled = 0.3
	shareWrong   = 0.2
	shareArticle = 0.5
	shareNearly  = 0.8
	piecesMany   = 150
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

// shares returns how much of the set stands in one text and not in the other, and the other way round, from 0 to 1. What stands in both is
// said all over the page and tells nothing.
func (s *pieceSet) shares(r, other []rune) (one, two float64) {
	seen := map[uint64]int{}
	for bit, text := range [][]rune{r, other} {
		pieces(text, s.size, func(h uint64) bool {
			if s.has(h) {
				seen[h] |= 1 << bit
			}
			return true
		})
	}
	for _, where := range seen {
		switch where {
		case 1:
			one++
		case 2:
			two++
		}
	}
	n := float64(max(1, len(s.hashes)))
	return one / n, two / n
}

// wide is what stood around the quotation within some hundred code points.
type wide struct {
	before, after           *pieceSet
	beforeRunes, afterRunes []rune
}

func (k *seeker) wideContext() *wide {
	if k.around == nil {
		before, exact := k.sel.Before+k.sel.Prefix, len([]rune(k.sel.Exact))
		all := fold(before + k.sel.Exact + k.sel.Suffix + k.sel.After)
		n := len([]rune(before))
		w := &wide{beforeRunes: all.runes[:all.index(n)], afterRunes: all.runes[all.index(n+exact):]}
		w.before, w.after = newPieceSet(w.beforeRunes, pieceWide), newPieceSet(w.afterRunes, pieceWide)
		k.around = w
	}
	return k.around
}

// settled says that a good part of what stood within some hundred code points before the quotation still stands before this place,
// and of what stood after it after this place, and none the wrong way round.
func (k *seeker) settled(s *spot) bool {
	right, _, wrong := k.wideShares(s)
	w := k.wideContext()
	if s.level() == 1 && (len(w.before.hashes) < piecesLeast || len(w.after.hashes) < piecesLeast) {
		return false // one side alone does not tell a passage from one nearby
	}
	return right >= shareSettled && wrong <= min(shareWrong, right/3)
}

// sameArticle says that half of what stood on one side of the quotation stands on that side of a place, where there is anything to compare.
func (k *seeker) sameArticle(s *spot) bool {
	_, most, _ := k.wideShares(s)
	return most >= shareArticle
}

// wideShares returns the smaller and the larger share of the surroundings that stands on its own side of a place, and the larger share that
// stands on the other one. Where there is nothing to compare it is 0, 1, 0.
func (k *seeker) wideShares(s *spot) (right, most, wrong float64) {
	w := k.wideContext()
	const reach = 2 * (wideContext + leastContext)
	before := k.runes[max(0, s.start-reach):s.start]
	after := k.runes[s.end:min(len(k.runes), s.end+reach)]
	right = 2
	for _, side := range []struct {
		set          *pieceSet
		right, wrong []rune
	}{{w.before, before, after}, {w.after, after, before}} {
		if len(side.set.hashes) >= piecesLeast {
			a, b := side.set.shares(side.right, side.wrong)
			right, most, wrong = min(right, a), max(most, a), max(wrong, b)
		}
	}
	if right > 1 { // there was nothing to compare
		return 0, 1, 0
	}
	return right, most, wrong
}

// settledOne returns the only one of several places that is settled; -1 when there is none, or when another one may be.
func (k *seeker) settledOne(same []spot) int {
	found := -1
	for i := range same[:min(len(same), mostHits)] {
		right, _, wrong := k.wideShares(&same[i])
		switch {
		case right < shareSettled:
		case wrong > min(shareWrong, right/3) || found >= 0:
			return -1
		default:
			found = i
		}
	}
	return found
}

func (k *seeker) wideRight(s *spot) float64 {
	right, _, _ := k.wideShares(s)
	return right
}

// movedAlong says that nearly all of a long stretch before or after the quotation stands beside a place as it stood.
func (k *seeker) movedAlong(s *spot) bool {
	w := k.wideContext()
	const reach = wideContext + leastContext + windowSlack
	alike := func(set *pieceSet, side []rune) bool {
		share, _ := set.shares(side, nil)
		return len(set.hashes) >= piecesMany && share >= shareNearly
	}
	return s.pAll && alike(w.before, k.runes[max(0, s.start-reach):s.start]) || s.qAll && alike(w.after, k.runes[s.end:min(len(k.runes), s.end+reach)])
}

// closedUp says that a place is where the quotation was moved, alone or with what stood right beside it: what stood around all that was moved
// stands together now. beside is how many runes of the neighbours were moved with it.
func (k *seeker) closedUp(s *spot) (ok bool, beside int) {
	before, after := k.contexts()
	start, end := s.start, s.end
	for len(before) > 0 && start > 0 && before[len(before)-1] == k.runes[start-1] {
		before, start = before[:len(before)-1], start-1
	}
	for len(after) > 0 && end < len(k.runes) && after[0] == k.runes[end] {
		after, end = after[1:], end+1
	}
	// A letter or two may match by accident, and belong to what stayed.
	n, m := min(len(before)-accident, pieceSize(before, pieceClosed)), min(len(after)-accident, pieceSize(after, pieceClosed))
	if n < pieceSize(before, pieceWide) || m < pieceSize(after, pieceWide) {
		return false, 0
	}
	before, after = before[len(before)-n-accident:len(before)-accident], after[accident:m+accident]
	for _, at := range placesUpTo(k.runes, before, mostHits) {
		at += len(before)
		if len(placesUpTo(k.runes[at:min(len(k.runes), at+3*accident+len(after))], after, 1)) > 0 {
			return true, s.start - start + end - s.end
		}
	}
	return false, 0
}
