package quote

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// acceptable returns the edited passage that is the quotation beyond doubt, and how much of its surroundings was edited; nil when there is none.
func (k *seeker) acceptable(edited []spot) (*spot, float64) {
	var best *spot
	var cost float64
	for i := range edited {
		e := &edited[i]
		if !k.alike(e) {
			if k.inPlace(e) && e.end-e.start <= 2*len(k.exact)+windowSlack {
				return nil, 0 // something else stands there now
			}
			continue
		}
		switch {
		case best == nil:
			best, cost = e, k.cost(e)
		case e.start < best.end && best.start < e.end:
		case k.whole(best) && !k.whole(e):
		case k.cost(e)-cost < clearly:
			return nil, 0
		}
	}
	if best == nil || k.takenOut(cost+0.02) {
		return nil, 0
	}
	// The same place cut otherwise may be the likelier words; much likelier they must be when best is all between the old surroundings.
	better := 0.1
	if k.whole(best) {
		better = 0.3
	}
	for i := range edited {
		if e := &edited[i]; e.start < best.end && best.start < e.end && e.likeness > best.likeness+better {
			best = e
		}
	}
	return best, cost
}

// alike says whether a passage beside unedited surroundings is like enough to the quotation.
func (k *seeker) alike(e *spot) bool {
	if !e.pAll && !e.qAll || k.borrowed(e) {
		return false
	}
	switch {
	case k.inPlace(e):
		few := wordCount(k.exact) <= 2 && wordCount(k.runes[e.start:e.end]) <= 3
		return few || e.likeness >= alikeBetween
	case e.level() == 3:
		return e.likeness >= alikeBetween && letters(k.exact) >= 3*fewLetters/2 && k.wideRight(e) >= shareSettled
	}
	return e.likeness >= alikeBeside && letters(k.exact) >= 2*fewLetters && k.settled(e)
}

// inPlace says that a passage is all that stands between what stood right before and right after the quotation.
func (k *seeker) inPlace(e *spot) bool {
	return k.backPre != nil && k.fromSuf != nil && k.whole(e)
}

// borrowed says that a passage is, in truth, what stood before or after the quotation and moved up to its place when it was taken out.
func (k *seeker) borrowed(e *spot) bool {
	if e.pAll && e.qAll {
		return false
	}
	words := k.runes[e.start:e.end]
	before, after := k.contexts()
	return k.neighbour(e) || k.takesFrom(words, before) || k.takesFrom(words, after)
}

// contexts returns all that is known of what stood before and after the quotation.
func (k *seeker) contexts() (before, after []rune) {
	w := k.wideContext()
	return w.beforeRunes, w.afterRunes
}

// neighbour says that a place is one of what stood before or after the quotation: with what stands beside it now it stood there.
func (k *seeker) neighbour(s *spot) bool {
	for _, h := range k.preEnds {
		if h.distance == 0 && s.start < h.end && h.end-len(k.pre) < s.end {
			return true
		}
	}
	for _, h := range k.sufStarts {
		if h.distance == 0 && s.start < h.end+len(k.suf) && h.end < s.end {
			return true
		}
	}
	before, after := k.contexts()
	n := telling
	if unspaced(k.runes[s.start]) {
		n = tellingHan
	}
	left, right := k.runes[max(0, s.start-n):s.end], k.runes[s.start:min(len(k.runes), s.end+n)]
	for _, context := range [][]rune{before, after} {
		if !s.pAll && len(placesUpTo(context, left, 1)) > 0 || !s.qAll && len(placesUpTo(context, right, 1)) > 0 {
			return true
		}
	}
	return false
}

// takesFrom says that a passage has some words in common with a context that the quotation had not.
func (k *seeker) takesFrom(words, context []rune) bool {
	for i := range context {
		n := telling
		if unspaced(context[i]) {
			n = tellingHan
		}
		if i+n > len(context) {
			break
		}
		if piece := context[i : i+n]; len(placesUpTo(words, piece, 1)) > 0 && len(placesUpTo(k.exact, piece, 1)) == 0 {
			return true
		}
	}
	return false
}

// takenOut says that the surroundings stand together with no word between them, edited no more than cost.
func (k *seeker) takenOut(cost float64) bool {
	return slices.ContainsFunc(k.gaps, func(g gap) bool {
		return g.cost <= cost && !slices.ContainsFunc(k.runes[g.start:g.end], wordRune)
	})
}

// cites says that a place reads as if the words were cited there: it has quotation marks around it that were not quoted with it, or words of
// correction near it that did not stand around it before.
func (k *seeker) cites(s *spot) bool {
	if k.whole(s) && k.backPre != nil && k.fromSuf != nil && len(k.gaps) < 2 {
		return false
	}
	start, end := k.span(s)
	before, after := k.text.slice(max(0, start-citedBefore), start), k.text.slice(end, end+citedAfter)
	if inMarks(before, after) && !inMarks(k.sel.Prefix, k.sel.Suffix) {
		return true
	}
	if len(noticesIn(k.sel.Prefix+k.sel.Exact+k.sel.Suffix)) > 0 {
		return false
	}
	lines := strings.Split(before, "\n")
	near := lines[len(lines)-1]
	if n := len(lines); n > 1 && utf8.RuneCountInString(lines[n-2]) <= 80 {
		near = lines[n-2] + "\n" + near
	}
	after, _, _ = strings.Cut(after, "\n")
	return len(noticesIn(near)) > 0 || len(noticesIn(after)) > 0
}

// inMarks says whether a quotation mark opens right before a passage and one closes right after it.
func inMarks(before, after string) bool {
	opens, _ := utf8.DecodeLastRuneInString(before)
	closes, _ := utf8.DecodeRuneInString(after)
	return strings.ContainsRune("“«„‘‚‹「『《\"'", opens) && strings.ContainsRune("”»“’‘›」』》\"'", closes)
}

// letters counts the letters and digits, Chinese characters thrice.
func letters(r []rune) int {
	n := 0
	for _, c := range r {
		if wordRune(c) {
			n++
		}
		if unicode.Is(unicode.Han, c) {
			n += 2
		}
	}
	return n
}

// wordCount counts words; two Chinese characters are about one.
func wordCount(r []rune) int {
	n, han := 0, 0
	for i, c := range r {
		switch {
		case unspaced(c):
			han++
		case wordRune(c) && (i == 0 || !wordRune(r[i-1])):
			n++
		}
	}
	return n + (han+1)/2
}
