package match

import (
	"slices"
	"strings"
)

// An acronym stands for a name when every telling word gives a letter; fillers, legal forms and stop words may.
const (
	leastAcronym = 3
	mostAcronym  = 9
)

// isAcronym says whether a word may be one.
func (x *token) isAcronym() bool {
	return x.kind == kindWord && x.script == latin && len(x.text) >= leastAcronym && len(x.text) <= mostAcronym
}

// spells says whether the letters are the initials of these tokens in their order. Words of common meaning give the initial of their own spelling
// or of English; Han words one for each syllable or one for all.
func spells(letters string, tokens []token, used []bool) bool {
	var try func(letters string, i, given int) bool
	try = func(letters string, i, given int) bool {
		if i == len(tokens) {
			return letters == "" && given >= 2
		}
		x := &tokens[i]
		if used != nil && used[i] {
			return try(letters, i+1, given)
		}
		optional := x.kind == kindStop || x.kind == kindLegal || x.kind == kindTitle || x.kind == kindConcept && x.class == filler
		if optional && try(letters, i+1, given) {
			return true
		}
		if letters == "" || x.text == "" {
			return false
		}
		step := 1
		if optional && x.kind != kindConcept {
			step = 0
		}
		if x.kind == kindLegal && len(x.text) <= 4 && strings.HasPrefix(letters, x.text) && try(letters[len(x.text):], i+1, given) {
			return true
		}
		if (letters[0] == x.text[0] || letters[0] == x.letter || x.kind == kindLegal && x.script == han && letters[0] == 'c') && try(letters[1:], i+1, given+step) {
			return true
		}
		if len(x.parts) > 1 && len(letters) >= len(x.parts) {
			for k, p := range x.parts {
				if letters[k] != p[0] {
					return false
				}
			}
			return try(letters[len(x.parts):], i+1, given+len(x.parts))
		}
		return false
	}
	return try(letters, 0, 0)
}

// spellsLoosely is spells without the order, for translations of a name: each telling word gives its English letter.
func spellsLoosely(letters string, tokens []token, used []bool) bool {
	if len(letters) < 4 {
		return false
	}
	need, may := []byte{}, []byte{}
	for i := range tokens {
		x := &tokens[i]
		switch {
		case used != nil && used[i], x.kind == kindStop, x.kind == kindTitle, x.kind == kindNumber:
		case x.kind == kindLegal && x.script == han, x.kind == kindConcept && x.class == filler:
			if x.kind == kindLegal {
				may = append(may, 'c')
			} else {
				may = append(may, x.letter)
			}
		case x.kind == kindLegal:
		default:
			need = append(need, x.letter)
		}
	}
	rest := []byte(letters)
	for _, c := range need {
		i := slices.Index(rest, c)
		if i < 0 {
			return false
		}
		rest = slices.Delete(rest, i, i+1)
	}
	for _, c := range rest {
		i := slices.Index(may, c)
		if i < 0 {
			return false
		}
		may = slices.Delete(may, i, i+1)
	}
	return len(need) >= 3
}

// acronyms lists the likeliest acronyms of a name, for the index: with and without fillers, legal form and stop words, in own and in English letters.
func (f *Form) acronyms() []string {
	telling := 0
	for _, k := range f.words {
		if x := &f.tokens[k]; x.kind != kindNumber {
			telling += max(1, len(x.parts))
		}
	}
	if telling < 2 {
		return nil
	}
	var out []string
	for _, own := range []bool{true, false} {
		for variant := range 8 {
			fillers, legal, stops := variant&1 == 0, variant&2 != 0, variant&4 != 0
			if s := f.initials(own, fillers, legal, stops); len(s) >= leastAcronym && len(s) <= mostAcronym && !slices.Contains(out, s) {
				out = append(out, s)
			}
		}
	}
	return out
}

func (f *Form) initials(own, fillers, legal, stops bool) string {
	var b []byte
	for i := range f.tokens {
		x := &f.tokens[i]
		if x.text == "" {
			continue
		}
		switch x.kind {
		case kindLegal:
			if legal && x.script == han {
				b = append(b, 'c')
			} else if legal && len(x.text) <= 4 {
				b = append(b, x.text...)
			}
		case kindStop:
			if stops {
				b = append(b, x.text[0])
			}
		case kindConcept:
			if x.class == filler && !fillers {
				continue
			}
			if own {
				b = append(b, x.text[0])
			} else {
				b = append(b, x.letter)
			}
		case kindWord, kindInitial:
			if own || len(x.parts) == 0 {
				b = append(b, x.text[0])
				continue
			}
			for _, p := range x.parts {
				b = append(b, p[0])
			}
		}
	}
	return string(b)
}

// bags lists the letters of a name of common words in alphabetical order: the acronyms of its translations have the same.
func (f *Form) bags() []string {
	var need, fillers []byte
	for i := range f.tokens {
		x := &f.tokens[i]
		switch {
		case x.kind == kindConcept && x.class == filler:
			fillers = append(fillers, x.letter)
		case x.kind == kindConcept, x.kind == kindWord:
			need = append(need, x.letter)
		case x.kind == kindLegal && x.script == han:
			fillers = append(fillers, 'c')
		}
	}
	if len(need) < 3 || len(need) > 7 || len(fillers) > 3 {
		return nil
	}
	var out []string
	for set := range 1 << len(fillers) {
		b := slices.Clone(need)
		for i, c := range fillers {
			if set>>i&1 == 1 {
				b = append(b, c)
			}
		}
		if len(b) >= 4 {
			slices.Sort(b)
			if !slices.Contains(out, string(b)) {
				out = append(out, string(b))
			}
		}
	}
	return out
}

// bag is a word's letters in alphabetical order.
func bag(s string) string {
	b := []byte(s)
	slices.Sort(b)
	return string(b)
}
