package quote

import (
	"cmp"
	"slices"
	"unicode"
)

// Stand-ins for what lies beyond the ends of a text, so that "at the very beginning" is a context like any other.
const (
	beyondStart rune = 2 // fold leaves no control characters in
	beyondEnd   rune = 3
	beyond           = leastSide // of them at either end
)

const (
	strong      = 0.7 // likeness from which a context counts as the one that was quoted
	placeSlack  = 0.3 // share of a context that may be edited where it is looked for
	mostHits    = 64  // places of a context; with more it is boilerplate and tells nothing
	leastSide   = 10  // folded runes of a context that tell anything; Chinese characters count twice
	windowSlack = 32
)

// seeker looks for one selector in one text. Its indexes are of runes: the folded text between stand-ins.
type seeker struct {
	sel   Selector
	text  *runeText
	f     folded
	runes []rune

	pre, exact, suf    []rune   // of the selector, folded together
	backPre, fromSuf   *pattern // pre reversed, and suf; nil when too short to tell anything
	wordStart, wordEnd bool     // the quotation begins, and ends, with whole words

	preEnds   []hit // where pre ends in the text
	sufStarts []hit // where suf starts
	gaps      []gap
	around    *wide // made when it is asked for
}

// gap is what stands between a place of the prefix and one of the suffix.
type gap struct {
	start, end int
	cost       float64 // share of prefix and suffix that was edited, together
	exact      bool    // at least one of them stands there unedited
}

// spot is a place where the quotation may stand.
type spot struct {
	start, end int
	p, q       float64 // likeness of what stands before and after to prefix and suffix; 0 when there is none to compare
	pAll, qAll bool    // they stand there unedited
	likeness   float64 // of the words themselves
	gap        *gap    // the gap it lies in
}

func (s *spot) level() int {
	n := 1
	if s.gap != nil {
		n++
	}
	if s.p >= strong {
		n++
	}
	if s.q >= strong {
		n++
	}
	return min(n, 3)
}

func newSeeker(text string, sel Selector) *seeker {
	k := &seeker{sel: sel, text: newRuneText(text), f: fold(text)}
	k.runes = make([]rune, 0, len(k.f.runes)+2*beyond)
	k.runes = append(k.runes, slices.Repeat([]rune{beyondStart}, beyond)...)
	k.runes = append(k.runes, k.f.runes...)
	k.runes = append(k.runes, slices.Repeat([]rune{beyondEnd}, beyond)...)

	whole := fold(sel.Prefix + sel.Exact + sel.Suffix)
	before := len([]rune(sel.Prefix))
	a, b := whole.index(before), whole.index(before+len([]rune(sel.Exact)))
	for a < b && whole.runes[a] == ' ' {
		a++
	}
	for b > a && whole.runes[b-1] == ' ' {
		b--
	}
	k.pre, k.exact, k.suf = trimRight(whole.runes[:a]), whole.runes[a:b], trimLeft(whole.runes[b:])
	k.wordStart, k.wordEnd = !cut(whole.runes, a), !cut(whole.runes, b)
	if before < leastContext && sel.Start == before {
		k.pre = append(slices.Repeat([]rune{beyondStart}, beyond), k.pre...)
	}
	if n := len([]rune(sel.Suffix)); n < leastContext && sel.Occurrences > 0 {
		k.suf = append(slices.Clone(k.suf), slices.Repeat([]rune{beyondEnd}, beyond)...)
	}
	if tells(k.pre) {
		k.backPre = compile(reversed(k.pre))
	}
	if tells(k.suf) {
		k.fromSuf = compile(k.suf)
	}
	return k
}

func trimLeft(r []rune) []rune {
	for len(r) > 0 && r[0] == ' ' {
		r = r[1:]
	}
	return r
}

func trimRight(r []rune) []rune {
	for len(r) > 0 && r[len(r)-1] == ' ' {
		r = r[:len(r)-1]
	}
	return r
}

func tells(context []rune) bool {
	n := 0
	for _, r := range context {
		n++
		if unspaced(r) {
			n++
		}
	}
	return n >= leastSide
}

// hits returns where a context ends in a text: with a few edits, or unedited only where that is too often.
func hits(text, context []rune) []hit {
	if out, ok := compile(context).find(text, int(placeSlack*float64(len(context))), mostHits); ok {
		return out
	}
	var out []hit
	for _, at := range placesUpTo(text, context, mostHits+1) {
		out = append(out, hit{at + len(context), 0})
	}
	if len(out) > mostHits {
		return nil
	}
	return out
}

// locate looks for the contexts, and for what stands between them.
func (k *seeker) locate() {
	if k.backPre != nil {
		k.preEnds = hits(k.runes, k.pre)
	}
	if k.fromSuf != nil {
		k.sufStarts = hits(reversed(k.runes), reversed(k.suf))
		for i := range k.sufStarts {
			k.sufStarts[i].end = len(k.runes) - k.sufStarts[i].end
		}
	}
	for _, a := range k.preEnds {
		for _, b := range k.sufStarts {
			if d := b.end - a.end; d < 0 || d > 3*len(k.exact)+400 {
				continue
			}
			cost := float64(a.distance)/float64(len(k.pre)) + float64(b.distance)/float64(len(k.suf))
			k.gaps = append(k.gaps, gap{a.end, b.end, cost, a.distance == 0 || b.distance == 0})
		}
	}
	slices.SortFunc(k.gaps, func(a, b gap) int {
		return cmp.Or(cmp.Compare(a.cost, b.cost), cmp.Compare(a.end-a.start, b.end-b.start), cmp.Compare(a.start, b.start))
	})
}

// weigh says how like the surroundings of a place are to the quotation's.
func (k *seeker) weigh(start, end int) spot {
	s := spot{start: start, end: end}
	if k.backPre != nil {
		before := trimRight(k.runes[max(0, start-len(k.pre)-windowSlack):start])
		s.p, s.pAll = k.backPre.likest(reversed(before))
	}
	if k.fromSuf != nil {
		s.q, s.qAll = k.fromSuf.likest(trimLeft(k.runes[end:min(len(k.runes), end+len(k.suf)+windowSlack)]))
	}
	for i := range k.gaps {
		if g := &k.gaps[i]; (g.exact || g.cost <= 0.2) && g.start <= start+1 && end <= g.end+1 && (s.gap == nil || g.cost < s.gap.cost) {
			s.gap = g
		}
	}
	return s
}

// cost is how much of the surroundings was edited, from 0 to 2.
func (k *seeker) cost(s *spot) float64 {
	c := 0.0
	if k.backPre != nil {
		c += 1 - s.p
	}
	if k.fromSuf != nil {
		c += 1 - s.q
	}
	return c
}

// whole says that all there is to compare around a place stands there unedited.
func (k *seeker) whole(s *spot) bool {
	return (k.backPre == nil || s.pAll) && (k.fromSuf == nil || s.qAll) && (s.pAll || s.qAll)
}

// likest returns the likeness of a pattern to the stretch at the beginning of a text that is most like it.
func (p *pattern) likest(text []rune) (float64, bool) {
	best := len(p.runes)
	p.scan(text, true, func(_, d int) bool { best = min(best, d); return best > 0 })
	return 1 - float64(best)/float64(len(p.runes)), best == 0
}

// verbatim returns the places where the very words stand, those with the likest surroundings first. It looks at mostPlaces
// and says whether there are more.
func (k *seeker) verbatim() ([]spot, bool) {
	all := places(k.runes, k.exact)
	var out []spot
	for _, at := range all[:min(len(all), mostPlaces)] {
		end := at + len(k.exact)
		if k.wordStart && cut(k.runes, at) || k.wordEnd && cut(k.runes, end) {
			continue
		}
		s := k.weigh(at, end)
		s.likeness = 1
		out = append(out, s)
	}
	slices.SortStableFunc(out, func(a, b spot) int { return cmp.Compare(k.cost(&a), k.cost(&b)) })
	return out, len(all) > mostPlaces
}

// edited returns the places beside unedited surroundings whose words are like the quotation, those with the likest surroundings
// first.
func (k *seeker) edited() []spot {
	low := lower(k.exact)
	words, back := compile(low), compile(reversed(low))
	var out []spot
	add := func(start, end int) {
		start, end = k.trim(start, end)
		if start >= end {
			return
		}
		s := k.weigh(start, end)
		s.likeness = likeness(words, lower(k.runes[start:end]))
		out = append(out, s)
	}
	reach := len(k.exact) + len(k.exact)/2 + windowSlack
	// Long quotations take long to compare: fewer places of them are looked at.
	most := max(4, min(mostHits, 1<<33/(len(k.exact)*len(k.exact)+1)))
	for _, g := range k.gaps[:min(len(k.gaps), most)] {
		if g.exact {
			add(g.start, g.end)
			if g.end-g.start > len(k.exact)+len(k.exact)/4 {
				if at, end := k.best(words, g.start, g.end); end > at {
					add(at, end)
				}
			}
		}
	}
	for i, h := range unedited(k.preEnds) {
		if i < most {
			add(h.end, h.end+words.bestEnd(lower(k.runes[h.end:min(len(k.runes), h.end+reach)])))
		}
	}
	for i, h := range unedited(k.sufStarts) {
		if i < most {
			add(h.end-back.bestEnd(lower(reversed(k.runes[max(0, h.end-reach):h.end]))), h.end)
		}
	}
	slices.SortStableFunc(out, func(a, b spot) int {
		return cmp.Or(cmp.Compare(k.cost(&a), k.cost(&b)), cmp.Compare(b.likeness, a.likeness))
	})
	return out
}

func unedited(list []hit) []hit {
	return slices.DeleteFunc(slices.Clone(list), func(h hit) bool { return h.distance > 0 })
}

// bestEnd returns the length of the stretch at the beginning of a text that is likest to the pattern.
func (p *pattern) bestEnd(text []rune) int {
	best, at := len(p.runes), 0
	p.scan(text, true, func(j, d int) bool {
		if d < best {
			best, at = d, j
		}
		return true
	})
	return at
}

// best returns the stretch between two places that is likest to the words.
func (k *seeker) best(words *pattern, start, end int) (int, int) {
	least, at := len(words.runes), start
	words.scan(lower(k.runes[start:end]), false, func(j, d int) bool {
		if d < least {
			least, at = d, start+j
		}
		return true
	})
	window := k.runes[max(start, at-2*len(words.runes)):at]
	return at - compile(reversed(words.runes)).bestEnd(lower(reversed(window))), at
}

// trim takes spaces and what lies beyond the text off a span, and widens it to whole words.
func (k *seeker) trim(start, end int) (int, int) {
	start, end = max(start, beyond), min(end, len(k.runes)-beyond)
	for k.wordStart && start < end && cut(k.runes, start) {
		start--
	}
	for k.wordEnd && end > start && cut(k.runes, end) {
		end++
	}
	for start < end && k.runes[start] == ' ' {
		start++
	}
	for end > start && k.runes[end-1] == ' ' {
		end--
	}
	return start, end
}

// likeness is 1 for the same words and 0 for words that have nothing in common.
func likeness(words *pattern, text []rune) float64 {
	return 1 - float64(words.distance(text))/float64(max(1, len(words.runes), len(text)))
}

// lower returns the small letters: how like words are is not a matter of their case, though whether they are the same is.
func lower(r []rune) []rune {
	out := make([]rune, len(r))
	for i, c := range r {
		out[i] = unicode.ToLower(c)
	}
	return out
}
