package quote

// Approximate matching by the bit-parallel algorithm of Myers (A fast bit-vector algorithm for approximate string
// matching based on dynamic programming, JACM 46(3), 1999) in the block form of Hyyrö (2003). Its time is (pattern / 64)
// × text whatever they hold, so no page can make it slow.

// pattern is a compiled pattern.
type pattern struct {
	runes []rune
	words int
	last  uint64 // the bit of the last rune in the last word
	small []uint16
	large map[rune]uint16
	peq   []uint64 // words bits for each letter; letter 0 is all that do not occur in the pattern
	vp    []uint64
	vn    []uint64
}

// compile prepares a pattern, which must not be empty.
func compile(runes []rune) *pattern {
	p := &pattern{runes: runes, words: (len(runes) + 63) / 64, last: 1 << ((len(runes) - 1) % 64), large: map[rune]uint16{}}
	top := rune(0x80)
	for _, r := range runes {
		if r < 0x10000 {
			top = max(top, r+1)
		}
	}
	p.small = make([]uint16, top)
	p.peq = make([]uint64, p.words)
	for i, r := range runes {
		id := p.letter(r)
		if id == 0 {
			id = uint16(len(p.peq) / p.words)
			p.peq = append(p.peq, make([]uint64, p.words)...)
			if r >= 0 && r < top {
				p.small[r] = id
			} else {
				p.large[r] = id
			}
		}
		p.peq[int(id)*p.words+i/64] |= 1 << (i % 64)
	}
	p.vp, p.vn = make([]uint64, p.words), make([]uint64, p.words)
	return p
}

func (p *pattern) letter(r rune) uint16 {
	if uint(r) < uint(len(p.small)) {
		return p.small[r]
	}
	if len(p.large) == 0 {
		return 0
	}
	return p.large[r]
}

// scan runs over the text and calls each with the distance of the pattern to the best stretch of the text that ends
// before index j, for every j from 1. With anchored, the stretch is all of the text up to there. each returns
// false to stop.
func (p *pattern) scan(text []rune, anchored bool, each func(j, distance int) bool) {
	for i := range p.vp {
		p.vp[i], p.vn[i] = ^uint64(0), 0
	}
	score := len(p.runes)
	carry := uint64(0)
	if anchored {
		carry = 1
	}
	if p.words == 1 {
		p.scanWord(text, carry, each)
		return
	}
	for j, r := range text {
		eq := p.peq[int(p.letter(r))*p.words:]
		hpIn, hnIn := carry, uint64(0)
		for w := range p.words {
			e, vp, vn := eq[w], p.vp[w], p.vn[w]
			xv := e | vn
			e |= hnIn
			xh := (((e & vp) + vp) ^ vp) | e
			hp, hn := vn|^(xh|vp), vp&xh
			if w == p.words-1 {
				if hp&p.last != 0 {
					score++
				} else if hn&p.last != 0 {
					score--
				}
			}
			hpOut, hnOut := hp>>63, hn>>63
			hp, hn = hp<<1|hpIn, hn<<1|hnIn
			p.vp[w], p.vn[w] = hn|^(xv|hp), hp&xv
			hpIn, hnIn = hpOut, hnOut
		}
		if !each(j+1, score) {
			return
		}
	}
}

func (p *pattern) scanWord(text []rune, carry uint64, each func(j, distance int) bool) {
	vp, vn, score := ^uint64(0), uint64(0), len(p.runes)
	for j, r := range text {
		e := p.peq[p.letter(r)]
		xv := e | vn
		xh := (((e & vp) + vp) ^ vp) | e
		hp, hn := vn|^(xh|vp), vp&xh
		if hp&p.last != 0 {
			score++
		} else if hn&p.last != 0 {
			score--
		}
		hp, hn = hp<<1|carry, hn<<1
		vp, vn = hn|^(xv|hp), hp&xv
		if !each(j+1, score) {
			return
		}
	}
}

// distance returns the edit distance of the pattern to the whole text.
func (p *pattern) distance(text []rune) int {
	d := len(p.runes)
	p.scan(text, true, func(_, distance int) bool { d = distance; return true })
	return d
}

// hit is a place where a pattern ends in a text, and its distance to what stands there.
type hit struct{ end, distance int }

// find returns the places where the pattern ends with at most limit edits: of places nearer to one another than half a pattern
// the best. More than most of them, and it is no use: nil and false.
func (p *pattern) find(text []rune, limit, most int) ([]hit, bool) {
	var hits []hit
	near := max(1, len(p.runes)/2)
	ok := true
	p.scan(text, false, func(j, d int) bool {
		if d > limit {
			return true
		}
		if n := len(hits); n > 0 && j-hits[n-1].end < near {
			if d < hits[n-1].distance {
				hits[n-1] = hit{j, d}
			}
			return true
		}
		if len(hits) == most {
			ok = false
			return false
		}
		hits = append(hits, hit{j, d})
		return true
	})
	if !ok {
		return nil, false
	}
	return hits, true
}

func reversed(r []rune) []rune {
	out := make([]rune, len(r))
	for i, v := range r {
		out[len(r)-1-i] = v
	}
	return out
}
