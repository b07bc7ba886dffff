package match

import (
	"cmp"
	"slices"
	"strings"
)

// alignment says which tokens of two names met, and how well.
type alignment struct {
	q, c         *Form
	simQ, simC   []float64 // by token; how well it met, 0 if it did not
	usedQ, usedC []bool
	acronym      bool // a word of one is the acronym of words of the other
	loose        bool // the same, with the letters in another order
	initial      int  // initials that met a word
	skeletons    int  // words that met by their consonants alone
	spelled      int  // words that met though spelled differently
	exact        int  // telling words that are equal
	joined       int
}

type pairing struct {
	i, j int
	sim  float64
	how  byte
}

// how two tokens met
const (
	asIs      byte = '='
	bySpell   byte = '~'
	bySkel    byte = 's'
	byInitial byte = 'i'
)

// align pairs the tokens of two names, the best pairs first, in any order.
func align(q, c *Form) *alignment {
	a := &alignment{q: q, c: c, simQ: make([]float64, len(q.tokens)), simC: make([]float64, len(c.tokens)),
		usedQ: make([]bool, len(q.tokens)), usedC: make([]bool, len(c.tokens))}
	var ps []pairing
	for _, i := range q.words {
		for _, j := range c.words {
			if s, how := similar(&q.tokens[i], &c.tokens[j]); s > 0 {
				if i != j { // of equal pairs, those in their place first
					s -= 1e-6
				}
				ps = append(ps, pairing{i, j, s, how})
			}
		}
	}
	slices.SortStableFunc(ps, func(x, y pairing) int { return cmp.Compare(y.sim, x.sim) })
	a.take(ps, 0.9)
	a.join(q, c, a.usedQ, a.usedC, a.simQ, a.simC)
	a.join(c, q, a.usedC, a.usedQ, a.simC, a.simQ)
	a.takeAcronym(q, c, a.usedQ, a.usedC, a.simQ, a.simC)
	a.takeAcronym(c, q, a.usedC, a.usedQ, a.simC, a.simQ)
	a.take(ps, 0)
	return a
}

func (a *alignment) take(ps []pairing, least float64) {
	for _, p := range ps {
		if p.sim < least {
			return
		}
		if a.usedQ[p.i] || a.usedC[p.j] {
			continue
		}
		a.usedQ[p.i], a.usedC[p.j] = true, true
		a.simQ[p.i], a.simC[p.j] = p.sim, p.sim
		switch p.how {
		case byInitial:
			a.initial++
		case bySkel:
			a.skeletons++
		case bySpell:
			a.spelled++
		case asIs:
			if a.q.tokens[p.i].kind == kindWord {
				a.exact++
			}
		}
	}
}

// similar compares two tokens: 0 for different, 1 for equal.
func similar(x, y *token) (float64, byte) {
	if x.kind == kindNumber || y.kind == kindNumber {
		if x.text == y.text {
			return 1, asIs
		}
		return 0, asIs
	}
	if x.text == y.text {
		return 1, asIs
	}
	if x.kind == kindConcept && y.kind == kindConcept {
		if x.concept == y.concept {
			return 0.97, asIs
		}
		if near(x.concept, y.concept) {
			return 0.9, asIs
		}
		return 0, asIs
	}
	if x.kind == kindInitial || y.kind == kindInitial {
		if x.kind == kindWord && y.kind == kindInitial && x.fold[0] == y.fold[0] || y.kind == kindWord && x.kind == kindInitial && x.fold[0] == y.fold[0] {
			return 0.7, byInitial
		}
		return 0, asIs
	}
	if x.kind == kindConcept && x.class == filler || y.kind == kindConcept && y.class == filler {
		return 0, asIs
	}
	if x.fold == y.fold {
		return 0.99, bySpell
	}
	if (x.script == arabic) != (y.script == arabic) {
		return consonants(x, y), bySkel
	}
	s := spelled(x.fold, y.fold, x.skel == y.skel)
	if x.script == han || y.script == han { // pinyin of another character differs by a letter
		s = max(0.6*s, eastern(x, y))
	} else if e := eastern(x, y); e > s {
		s = e
	} else if s < 0.9 && len(x.skel) >= 3 && len(y.skel) >= 3 && sameBut(x.skel, y.skel) {
		s = 0.9
	}
	if s < 0.9 && (strings.IndexByte(x.fold, 'g') >= 0 || strings.IndexByte(y.fold, 'g') >= 0) { // Ukrainian and Belarusian: Sergei, Serhii
		s = max(s, spelled(strings.ReplaceAll(x.fold, "g", "h"), strings.ReplaceAll(y.fold, "g", "h"), false)-0.03)
	}
	return s, bySpell
}

// near are words of company names that translations exchange.
func near(a, b string) bool {
	if a > b {
		a, b = b, a
	}
	switch a + " " + b {
	case "company corporation", "company group", "corporation group", "communication telecom", "electric power", "energy power", "global international",
		"national state", "agency office", "department office", "broadcasting media", "capital investment", "machinery materials",
		"association front", "metal steel", "internet network", "computer information", "association committee", "institute research", "academy institute",
		"authority department":
		return true
	}
	return false
}

func consonants(x, y *token) float64 {
	a, b := x.skel, y.skel
	if len(a) < 2 || len(b) < 2 {
		return 0
	}
	if a == b {
		return 0.93
	}
	// Arabic writes y and h where Latin may not, and the other way round.
	if sameBut(a, b) {
		return 0.85
	}
	if strings.IndexByte(x.fold, 'v') >= 0 && x.script != arabic || strings.IndexByte(y.fold, 'v') >= 0 && y.script != arabic {
		if labial(x) == labial(y) { // Arabic writes v with the letter of f
			return 0.88
		}
	}
	longest := max(len(a), len(b))
	if longest >= 4 && apart(a, b, 1) == 1 {
		return 0.75
	}
	return 0
}

func labial(x *token) string {
	if x.script == arabic {
		return x.skel
	}
	return skeleton(strings.ReplaceAll(x.fold, "v", "f"))
}

// sameBut compares skeletons without h, j read as k.
func sameBut(a, b string) bool {
	i, j := 0, 0
	for {
		for i < len(a) && a[i] == 'h' {
			i++
		}
		for j < len(b) && b[j] == 'h' {
			j++
		}
		if i == len(a) || j == len(b) {
			return i == len(a) && j == len(b)
		}
		x, y := a[i], b[j]
		if x == 'j' {
			x = 'k'
		}
		if y == 'j' {
			y = 'k'
		}
		if x != y {
			return false
		}
		i++
		j++
	}
}

// spelled compares two folded words by the letters changed.
func spelled(a, b string, sameSkeleton bool) float64 {
	longest, shortest := max(len(a), len(b)), min(len(a), len(b))
	if shortest < 3 {
		return 0
	}
	limit := 1
	switch {
	case longest >= 12:
		limit = 3
	case longest >= 7:
		limit = 2
	}
	d := apart(a, b, limit)
	if d > limit {
		if shortest >= 4 && strings.HasPrefix(a, b) || shortest >= 4 && strings.HasPrefix(b, a) {
			return 0.5 + 0.3*float64(shortest)/float64(longest)
		}
		if sameSkeleton && shortest >= 5 {
			return 0.8
		}
		return 0
	}
	s := 1 - float64(d)/float64(longest)
	if longest <= 4 {
		s -= 0.1
	}
	if sameSkeleton {
		s = max(s, 0.93)
	}
	if a[0] != b[0] {
		s -= 0.05
	}
	return s
}

// join pairs one word of a with two or three neighbours of b written apart, in either order: Xiaoming Wang and 王小明.
func (a *alignment) join(one, many *Form, usedOne, usedMany []bool, simOne, simMany []float64) {
	for _, i := range one.words {
		x := &one.tokens[i]
		if usedOne[i] || x.kind == kindNumber || x.kind == kindInitial || len(x.text) < 4 {
			continue
		}
		for p := range many.words {
			for n := 2; n <= 3 && p+n <= len(many.words); n++ {
				run := many.words[p : p+n]
				if slices.ContainsFunc(run, func(k int) bool { return usedMany[k] || many.tokens[k].kind == kindNumber }) {
					continue
				}
				if !joins(x, many, run) {
					continue
				}
				usedOne[i], simOne[i] = true, 0.96
				for _, k := range run {
					usedMany[k], simMany[k] = true, 0.96
				}
				a.joined++
				break
			}
			if usedOne[i] {
				break
			}
		}
	}
}

func joins(x *token, f *Form, run []int) bool {
	n := 0
	for _, k := range run {
		n += len(f.tokens[k].text)
	}
	if n > len(x.text)+3 || n+3 < len(x.text) && x.script != arabic {
		return false
	}
	text := ""
	for _, k := range run {
		text += f.tokens[k].text
	}
	last := f.tokens[run[len(run)-1]].text
	turned := last + text[:len(text)-len(last)]
	if x.east != "" && f.eastern != nil && !(x.pinyin && f.tokens[run[0]].pinyin) && len(x.text) >= 5 && (eastFold(text) == x.east || eastFold(turned) == x.east) {
		return true
	}
	if x.script != arabic && f.tokens[run[0]].fold[:1] != x.fold[:1] && f.tokens[run[len(run)-1]].fold[:1] != x.fold[:1] {
		return false
	}
	if text == x.text || turned == x.text {
		return true
	}
	if x.script == arabic {
		return len(x.skel) >= 3 && skeleton(soundFold(text)) == x.skel
	}
	fold := soundFold(text)
	return fold == x.fold || soundFold(turned) == x.fold || x.script != han && len(fold) >= 9 && apart(fold, x.fold, 1) <= 1
}

// takeAcronym pairs a word of one with the words of the other whose initials it is.
func (a *alignment) takeAcronym(one, many *Form, usedOne, usedMany []bool, simOne, simMany []float64) {
	for _, i := range one.words {
		x := &one.tokens[i]
		if usedOne[i] || !x.isAcronym() {
			continue
		}
		free := 0
		for _, k := range many.words {
			if !usedMany[k] {
				free++
			}
		}
		if free < 2 && len(many.words) > 1 {
			continue
		}
		sim := 0.0
		switch {
		case spells(x.text, many.tokens, usedMany):
			a.acronym, sim = true, 1
		case spellsLoosely(x.text, many.tokens, usedMany):
			a.loose, sim = true, 1
		default:
			continue
		}
		usedOne[i], simOne[i] = true, sim
		for _, k := range many.words {
			if !usedMany[k] {
				usedMany[k], simMany[k] = true, sim
			}
		}
		return
	}
}
