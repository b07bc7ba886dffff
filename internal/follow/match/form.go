package match

import (
	"strings"
)

// kind is what a token of a name is.
type kind byte

const (
	kindWord    kind = iota // tells one bearer from another
	kindConcept             // a word of common meaning: bank, export, China
	kindNumber
	kindInitial
	kindLegal // S.A., 有限公司
	kindStop
	kindTitle
)

// token is one word of a name, ready to be compared.
type token struct {
	text     string // ASCII letters and digits
	fold     string // soundFold of text
	skel     string // skeleton of fold
	concept  string
	class    class
	letter   byte // its letter in an English acronym
	kind     kind
	script   script
	parts    []string // the syllables of a Han word
	east     string   // eastFold of text, of a name that may be Chinese or Korean
	pinyin   bool     // and all of that name is pinyin
	family   []byte   // the family names it may be, by their place in the table
	particle bool     // of a person's name: al, de, van
	weight   float64
}

// Form is a name ready to be compared: read into tokens, whatever its script and language.
type Form struct {
	Name       string // as given
	tokens     []token
	words      []int // indices of tokens that say something: words, concepts, numbers, initials
	legal      string
	generation string
	dominant   script
	eastern    [][2]string // of a name that may be Chinese or Korean, its family name and the rest, one way or the other
}

// maxTokens bounds the tokens compared of one name.
const maxTokens = 24

// Normalize reads a name: scripts to ASCII, legal forms, words of common meaning, numbers and initials told apart.
func Normalize(name string) Form { return normalize(name, false) }

// normalize reads a person's name without looking for legal forms, countries and words of common meaning in it.
func normalize(name string, person bool) Form {
	t := loaded()
	f := Form{Name: name}
	if person {
		name = turned(name)
	}
	words := split(name)
	for i := 0; i < len(words) && len(f.tokens) < maxTokens; {
		if words[i].script == han && !person {
			f.tokens = append(f.tokens, t.segment(words[i].raw)...)
			i++
			continue
		}
		n, tokens := 1, []token(nil)
		if person {
			tokens = t.personWord(words[i])
		} else {
			n, tokens = t.phrase(words[i:])
		}
		f.tokens = append(f.tokens, tokens...)
		i += n
	}
	f.tokens = f.tokens[:min(len(f.tokens), maxTokens)]
	f.mergeServant()
	if !person {
		f.findLegal(t)
	}
	f.finish(t)
	if person {
		f.markEastern(t)
	}
	return f
}

// turned writes the name of a person after the comma in front: names of several words hold together across it ("Rahman, Tariq Abdul").
func turned(name string) string {
	last, first, ok := strings.Cut(name, ",")
	if !ok || strings.TrimSpace(last) == "" || strings.TrimSpace(first) == "" || strings.Contains(first, ",") {
		return name
	}
	return first + " " + last
}

// phrase reads the longest run of up to four words that means something together, else one word.
func (t *tables) phrase(words []word) (int, []token) {
	w := words[0]
	for n := min(4, len(words)); n > 1; n-- {
		key, same := "", true
		for _, x := range words[:n] {
			key += x.raw
			same = same && x.script == w.script && !x.dotted
		}
		if len(key) < 5 || !same {
			continue
		}
		cs := t.exact[key]
		if r := []rune(key); cs == nil && w.script == cyrillic { // a country's name of two words in another case
			cs = t.stem[string(r[:len(r)-1])]
		}
		if cs != nil {
			return n, conceptTokens(cs, t.roman(word{raw: key, script: w.script}), w.script)
		}
	}
	if w.script == arabic {
		return 1, t.arabicWord(w.raw)
	}
	if !w.dotted || len(w.raw) > 3 {
		if cs := t.concepts(w.raw); cs != nil {
			return 1, conceptTokens(cs, t.roman(w), w.script)
		}
	}
	k := kindWord
	switch {
	case t.stop[w.raw]:
		k = kindStop
	case t.title[w.raw]:
		k = kindTitle
	case w.script == digits:
		k = kindNumber
	}
	text := t.roman(w)
	if k == kindNumber {
		if text = strings.TrimLeft(text, "0"); text == "" {
			text = "0"
		}
		if len(words) > 1 && isOrdinal(words[1].raw) && words[1].script == latin {
			return 2, []token{{text: text, kind: k, script: w.script}}
		}
	} else if v, ok := t.number[w.raw]; ok && w.script == latin && k == kindWord {
		text, k = v, kindNumber
	}
	if text == "" {
		return 1, nil
	}
	if k == kindWord && len([]rune(w.raw)) == 1 && w.script != han {
		k = kindInitial
	}
	return 1, []token{{text: text, kind: k, script: w.script}}
}

// personWord reads one word of a person's name. Particles stay, of little weight: De may be a given name's syllable.
func (t *tables) personWord(w word) []token {
	x := token{text: t.roman(w), kind: kindWord, script: w.script}
	switch {
	case w.script == arabic:
		if t.title[w.raw] {
			x.kind = kindTitle
		} else if bare, ok := strings.CutPrefix(w.raw, "ال"); ok && len([]rune(bare)) >= 3 {
			x.text = romanArabic(bare)
		}
	case w.script == han:
		x.parts = t.syllables(w.raw)
	case len([]rune(w.raw)) == 1:
		x.kind = kindInitial
	case t.title[w.raw]:
		x.kind = kindTitle
	case t.stop[w.raw] && len(x.text) <= 3:
		x.particle = true
	case w.script == digits:
		x.kind = kindNumber
	}
	if x.text == "" {
		return nil
	}
	return []token{x}
}

// mergeServant writes names of the form "servant of" in one way: Abd al-Rahman, Abdul Rahman, Abdurrahman, عبد الرحمن.
func (f *Form) mergeServant() {
	bare := func(s string) string {
		for _, article := range []string{"al", "el", "ul"} {
			if rest, ok := strings.CutPrefix(s, article); ok && len(rest) >= 3 {
				return rest
			}
		}
		return s
	}
	for i := 0; i < len(f.tokens); i++ {
		x := &f.tokens[i]
		if x.kind != kindWord || x.script != latin && x.script != arabic {
			continue
		}
		switch x.text {
		case "abd", "abdul", "abdel", "abdal", "abdoul", "abdol", "bd":
			j := i + 1
			for j < len(f.tokens) && (f.tokens[j].text == "al" || f.tokens[j].text == "el" || f.tokens[j].text == "ul") {
				j++
			}
			if j < len(f.tokens) && f.tokens[j].kind == kindWord {
				x.text = "abd" + bare(f.tokens[j].text)
				f.tokens = append(f.tokens[:i+1], f.tokens[j+1:]...)
			}
			continue
		}
		for _, prefix := range []string{"abdul", "abdel", "abdal", "abdur", "abdar", "abder", "abdoul", "bdal", "bdl"} {
			if rest, ok := strings.CutPrefix(x.text, prefix); ok && len(rest) >= 3 && (x.script == arabic) == (prefix[0] == 'b') {
				x.text = "abd" + rest
				break
			}
		}
	}
}

func isOrdinal(s string) bool {
	switch s {
	case "st", "nd", "rd", "th":
		return true
	}
	return false
}

func conceptTokens(cs []concept, text string, s script) []token {
	out := make([]token, 0, len(cs))
	for _, c := range cs {
		x := token{text: text, concept: c.id, class: c.class, letter: c.letter, kind: kindConcept, script: s}
		if len(cs) > 1 {
			x.text = c.id
		}
		out = append(out, x)
	}
	return out
}

// arabicWord reads a word with and without the letters that Arabic writes on to it: the article, "and", "for".
func (t *tables) arabicWord(w string) []token {
	if t.stop[w] {
		return []token{{text: t.roman(word{raw: w, script: arabic}), kind: kindStop, script: arabic}}
	}
	if t.title[w] {
		return []token{{text: t.roman(word{raw: w, script: arabic}), kind: kindTitle, script: arabic}}
	}
	for _, prefix := range []string{"", "و", "ال", "وال", "لل", "بال", "ل"} {
		bare, ok := strings.CutPrefix(w, prefix)
		if !ok || len([]rune(bare)) < 2 {
			continue
		}
		if cs := t.concepts(bare); cs != nil {
			return conceptTokens(cs, romanArabic(bare), arabic)
		}
		if cs := t.concepts("ال" + bare); cs != nil {
			return conceptTokens(cs, romanArabic(bare), arabic)
		}
	}
	if bare, ok := strings.CutPrefix(w, "ال"); ok && len([]rune(bare)) >= 3 {
		w = bare
	}
	text := romanArabic(w)
	if text == "" {
		return nil
	}
	return []token{{text: text, kind: kindWord, script: arabic}}
}

// finish weighs the tokens and prepares what they are compared by.
func (f *Form) finish(t *tables) {
	counts := map[script]int{}
	said := 0
	for i := range f.tokens {
		if k := f.tokens[i].kind; k == kindWord || k == kindConcept || k == kindNumber {
			said++
		}
	}
	for i := range f.tokens {
		x := &f.tokens[i]
		counts[x.script] += len(x.text)
		if i >= 2 && said > 2 && x.isAcronym() && spells(x.text, f.tokens[:i], nil) { // it repeats what stands before it: Compañía … (CANTV)
			x.kind = kindTitle
			continue
		}
		if x.kind == kindWord || x.kind == kindNumber {
			if g, ok := t.generation[x.text]; ok && said > 1 && i > 0 {
				if x.kind == kindWord || x.script == latin && i == len(f.tokens)-1 {
					f.generation, x.kind = g, kindTitle
					continue
				}
			}
		}
		if x.fold = soundFold(x.text); x.script == latin {
			x.fold = latinFold(x.text)
		}
		x.skel = skeleton(x.fold)
		if x.letter == 0 && x.text != "" {
			x.letter = x.text[0]
		}
		x.weight = weigh(x)
		if x.weight > 0 {
			f.words = append(f.words, i)
		}
	}
	if len(f.words) == 0 { // a name of nothing but titles and legal forms: they are all it has
		for i := range f.tokens {
			x := &f.tokens[i]
			x.kind, x.weight = kindWord, 0.5
			if x.fold == "" {
				x.fold = soundFold(x.text)
				x.skel = skeleton(x.fold)
			}
			f.words = append(f.words, i)
		}
	}
	for s, n := range counts {
		if n > counts[f.dominant] || n == counts[f.dominant] && s < f.dominant {
			f.dominant = s
		}
	}
}

// weigh is how much a token tells when nothing is known of how often it occurs.
func weigh(x *token) float64 {
	switch x.kind {
	case kindConcept:
		switch x.class {
		case filler:
			return 0.1
		case country:
			return 0.4
		}
		return 0.4
	case kindNumber:
		return 0.6
	case kindInitial:
		return 0.3
	case kindWord:
		if x.particle {
			return 0.1
		}
		if x.script == han {
			return 0.6 + 0.3*float64(min(len(x.parts), 3))
		}
		switch len(x.text) {
		case 1, 2:
			return 0.6
		case 3:
			return 0.8
		}
		return 1
	}
	return 0
}

// String writes the form as it is compared: ASCII words, legal forms and stop words left out.
func (f Form) String() string {
	var b strings.Builder
	for i, k := range f.words {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(f.tokens[k].text)
	}
	return b.String()
}

// LegalForm is the class of the legal form that the name carries: stock, limited, partner, state, coop, nonprofit, sole; empty for none.
func (f Form) LegalForm() string { return f.legal }
