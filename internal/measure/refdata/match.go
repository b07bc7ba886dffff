package refdata

import (
	"bytes"
	"errors"
	"regexp"
	"regexp/syntax"
)

// Bounds on what is matched. A block page says what it is near its beginning.
const (
	maxBody   = 512 << 10 // bytes of a body looked at, from its beginning
	maxRegexp = 64 << 10  // bytes of a text that regular expressions look at
	maxHeader = 8 << 10   // bytes of one header value, a title or a DNS answer
)

// matcher finds which of many patterns match a text. The empty value matches nothing.
type matcher struct {
	full    map[string][]int // patterns that are the whole text
	longest int              // bytes of the longest of those
	search  *search
	found   [][]pattern // by needle: the patterns it may prove
	short   []pattern   // patterns too short to be searched for in the one pass
	needles []needle    // until sealed
	byText  map[string]int
}

// pattern is one way to recognise the fingerprint with number id.
type pattern struct {
	id     int
	prefix bool           // the text must begin with it
	text   []byte         // of a short one
	re     *regexp.Regexp // to be tried once its needle is found
}

// Types of patterns, as the lists name them.
const (
	typeFull     = "full"
	typePrefix   = "prefix"
	typeContains = "contains"
	typeRegexp   = "regexp"
)

var (
	errPatternType = errors.New("its pattern type is none of full, prefix, contains, regexp")
	errNoLiteral   = errors.New("its regular expression has no four plain characters in a row")
)

// add adds a pattern of the fingerprint with number id.
func (m *matcher) add(id int, text, kind string) error {
	p := pattern{id: id}
	fold := false
	switch kind {
	case typeFull:
		if m.full == nil {
			m.full = make(map[string][]int)
		}
		m.full[text] = append(m.full[text], id)
		m.longest = max(m.longest, len(text))
		return nil
	case typePrefix:
		p.prefix = true
	case typeContains:
	case typeRegexp:
		re, err := regexp.Compile(text)
		if err != nil {
			return err
		}
		tree, err := syntax.Parse(text, syntax.Perl)
		if err != nil {
			return err
		}
		text, fold = literal(tree)
		if len(text) < windowSize {
			return errNoLiteral
		}
		p.re = re
	default:
		return errPatternType
	}
	if len(text) < windowSize {
		p.text = []byte(text)
		m.short = append(m.short, p)
		return nil
	}
	if m.byText == nil {
		m.byText = make(map[string]int)
	}
	key := text
	if fold {
		key = "\x00fold\x00" + text
	}
	i, ok := m.byText[key]
	if !ok {
		i = len(m.needles)
		m.byText[key] = i
		m.needles = append(m.needles, needle{text: []byte(text), fold: fold})
		m.found = append(m.found, nil)
	}
	m.found[i] = append(m.found[i], p)
	return nil
}

// seal makes the matcher ready once all patterns are added.
func (m *matcher) seal() {
	if len(m.needles) > 0 {
		m.search = newSearch(m.needles)
	}
	m.needles, m.byText = nil, nil
}

// match calls hit with the number of each fingerprint that has a pattern in text, maybe repeatedly.
func (m *matcher) match(text []byte, hit func(id int)) {
	if m.full != nil && len(text) <= m.longest {
		for _, id := range m.full[string(text)] {
			hit(id)
		}
	}
	for _, p := range m.short {
		if p.prefix && bytes.HasPrefix(text, p.text) || !p.prefix && bytes.Contains(text, p.text) {
			hit(p.id)
		}
	}
	if m.search == nil {
		return
	}
	var regexps map[*regexp.Regexp]bool
	m.search.run(text, func(needle, at int) {
		for i := range m.found[needle] {
			p := &m.found[needle][i]
			switch {
			case p.prefix && at != 0:
			case p.re == nil:
				hit(p.id)
			case !regexps[p.re]:
				if regexps == nil {
					regexps = make(map[*regexp.Regexp]bool)
				}
				regexps[p.re] = true // once a text
				if p.re.Match(text[:min(len(text), maxRegexp)]) {
					hit(p.id)
				}
			}
		}
	})
}

// literal returns the longest plain text that every match of a regular expression contains, and
// whether its letters may be in either case (it is then given in lower case). It returns "" where
// there is none.
func literal(re *syntax.Regexp) (text string, fold bool) {
	switch re.Op {
	case syntax.OpLiteral:
		if re.Flags&syntax.FoldCase == 0 {
			return string(re.Rune), false
		}
		return foldable(re.Rune), true
	case syntax.OpCapture, syntax.OpPlus:
		return literal(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 0 {
			return literal(re.Sub[0])
		}
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			if t, f := literal(sub); len(t) > len(text) {
				text, fold = t, f
			}
		}
	}
	return text, fold
}

// foldable returns the longest part, in lower case, in which folding case means ASCII only: k and
// s have variants outside (the Kelvin sign, the long s).
func foldable(runes []rune) string {
	var best, part []byte
	for _, r := range runes {
		if 'A' <= r && r <= 'Z' {
			r |= 0x20
		}
		if r >= 0x80 || r == 'k' || r == 's' {
			part = part[:0]
			continue
		}
		if part = append(part, byte(r)); len(part) > len(best) {
			best = append(best[:0], part...)
		}
	}
	return string(best)
}
