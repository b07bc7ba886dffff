package lineage

import (
	"slices"
	"strings"
)

// kinds of facts
const (
	factTerm = iota
	factDenial
	factWord
	factName
	factPlace
	factAcronym
	factNumber
	factSmall // a number that says little: one, two, 12
	factDate
	factPart // of a date: a year, a month, a day of the week
	factLink
	factKinds
)

// mostFacts are kept of one text.
const mostFacts = 20000

// fact is something in a text that would be in a translation of it too: a name, a number, a date, a term, a word that is alike in
// English, Spanish and Portuguese. Equal keys mean equal facts.
type fact struct {
	key  uint32
	pos  int32 // first token
	kind uint8
	n    uint8 // tokens
}

// weightOf says how much a kind of fact tells, before asking how rare it is.
func weightOf(kind uint8) float32 {
	switch kind {
	case factNumber, factLink:
		return 2
	case factDate, factAcronym:
		return 1.5
	case factName:
		return 1.3
	case factPlace:
		return 0.6
	case factSmall, factPart:
		return 0.4
	case factWord:
		return 0.8
	}
	return 1
}

// strong says whether a fact is one that another report of the same event would often not have, or have otherwise.
func strong(kind uint8) bool {
	switch kind {
	case factNumber, factDate, factAcronym, factName, factLink:
		return true
	}
	return false
}

// reader takes texts apart; it holds memory that is used again for the next one.
type reader struct {
	parsed
	t     *tables
	facts []fact
	cache [languages]map[uint32]concept
	buf   []byte
	shout bool // the text is mostly in capitals, so that capitals tell nothing
}

const mostCached = 1 << 17

func newReader() *reader {
	r := &reader{t: known()}
	for l := range r.cache {
		r.cache[l] = map[uint32]concept{}
	}
	return r
}

// read takes a text apart and finds its facts, in the order of the text.
func (r *reader) read(text, lang string) {
	r.reset(text, lang)
	r.facts = r.facts[:0]
	upper := 0
	for i := range r.tokens {
		if r.tokens[i].flags&isUpper != 0 {
			upper++
		}
	}
	r.shout = 3*upper > len(r.tokens)
	for i := 0; i < len(r.tokens) && len(r.facts) < mostFacts; {
		i += max(1, r.one(i))
	}
	r.links()
	slices.SortStableFunc(r.facts, func(a, b fact) int { return int(a.pos) - int(b.pos) })
}

func (r *reader) put(kind uint8, key uint32, pos, n int) {
	if len(r.facts) < mostFacts {
		r.facts = append(r.facts, fact{key: key, pos: int32(pos), kind: kind, n: uint8(min(n, 255))})
	}
}

// one finds what begins at a token and returns how many tokens it takes.
func (r *reader) one(i int) int {
	f := r.tokens[i].flags
	if f&isHan != 0 {
		return r.hanFact(i)
	}
	if n := r.date(i); n > 0 {
		return n
	}
	if f&isNumber != 0 {
		return r.number(i)
	}
	w := r.word(i)
	if f&isUpper != 0 && !r.shout && len(w) <= 10 {
		if c, ok := r.t.acronyms[string(w)]; ok {
			r.concept(c, i, 1)
		} else {
			r.put(factAcronym, hashString("A:"+string(w)), i, 1)
		}
		return 1
	}
	if r.lang == chinese || r.lang == unknown {
		return r.plainWord(i, w)
	}
	x := &r.t.by[r.lang]
	for _, p := range x.phrases[string(w)] {
		if r.follows(i, p.words) {
			r.concept(p.means, i, len(p.words))
			return len(p.words)
		}
	}
	if len(w) < 2 || x.stop[string(w)] {
		return 1
	}
	h := r.tokens[i].hash
	c, ok := r.cache[r.lang][h]
	if !ok {
		c = x.lookup(w)
		if len(r.cache[r.lang]) < mostCached {
			r.cache[r.lang][h] = c
		}
	}
	if c.id != 0 {
		r.concept(c, i, 1)
		return 1
	}
	return r.plainWord(i, w)
}

func (r *reader) concept(c concept, i, n int) {
	kind := uint8(factTerm)
	switch c.class {
	case classPlace:
		kind = factPlace
	case classDenial:
		kind = factDenial
	case classCommon:
		kind = factPart
	case classAcronym:
		kind = factAcronym
	}
	r.put(kind, mix32(uint64(c.id)|1<<50), i, n)
}

// follows says whether words stand at a token.
func (r *reader) follows(i int, words []string) bool {
	if i+len(words) > len(r.tokens) {
		return false
	}
	for k, w := range words {
		if string(r.word(i+k)) != w {
			return false
		}
	}
	return true
}

// plainWord is a word that the glossary does not have: a name, or a word that may be alike in other languages.
func (r *reader) plainWord(i int, w []byte) int {
	f := r.tokens[i].flags
	name := f&isCapital != 0 && (f&startsLine == 0 || i+1 < len(r.tokens) && r.tokens[i+1].flags&(isCapital|startsLine) == isCapital)
	if name && !r.shout && len(w) > 2 {
		r.put(factName, r.cognate(w), i, 1)
	} else if len(w) >= 4 {
		r.put(factWord, r.cognate(w), i, 1)
	}
	return 1
}

// cognate is the key of a word by the letters that English, Spanish and Portuguese forms of it have in common:
// corporation, corporación, corporação; Nicolás, Nicolas; technology, tecnología.
func (r *reader) cognate(w []byte) uint32 {
	b := r.buf[:0]
	for i := 0; i < len(w); i++ {
		c, next := w[i], byte(0)
		if i+1 < len(w) {
			next = w[i+1]
		}
		switch {
		case c == 'p' && next == 'h':
			c = 'f'
			i++
		case (c == 't' || c == 'c' || c == 'l' || c == 'n') && next == 'h':
			i++
		case c == 'q' || c == 'k':
			c = 'c'
			if next == 'u' {
				i++
			}
		case c == 'y':
			c = 'i'
		case c == 'z' || c == 'x':
			c = 's'
		case c == 'w':
			c = 'v'
		}
		if len(b) > 0 && b[len(b)-1] == c {
			continue
		}
		b = append(b, c)
	}
	if len(b) > 3 && b[0] == 'e' && b[1] == 's' && !vowel(b[2]) {
		b = b[1:]
	}
	if len(b) > 6 {
		b = b[:6]
	} else {
		for len(b) > 3 && (vowel(b[len(b)-1]) || b[len(b)-1] == 's') {
			b = b[:len(b)-1]
		}
	}
	r.buf = b
	return hashBytes(b)
}

func vowel(c byte) bool { return strings.IndexByte("aeiou", c) >= 0 }

// links finds addresses: the host and path, without what trackers append.
func (r *reader) links() {
	at := 0
	for {
		n := strings.Index(r.text[at:], "://")
		if n < 0 {
			return
		}
		begin := at + n + 3
		end := begin
		for end < len(r.text) && r.text[end] > ' ' && r.text[end] < 0x7f && !strings.ContainsRune("<>\"?#", rune(r.text[end])) {
			end++
		}
		if link := linkKey(r.text[begin:end]); link != "" {
			pos, _ := slices.BinarySearchFunc(r.tokens, int32(begin), func(t token, b int32) int { return int(t.end - b) })
			r.put(factLink, hashString("L:"+link), pos, 1)
		}
		at = max(end, begin)
	}
}

// linkKey is an address as addresses are compared.
func linkKey(s string) string {
	if _, rest, ok := strings.Cut(s, "://"); ok {
		s = rest
	}
	s, _, _ = strings.Cut(s, "?")
	s, _, _ = strings.Cut(s, "#")
	s = strings.TrimPrefix(strings.ToLower(s), "www.")
	return strings.TrimRight(s, "/.,;:)")
}
