package search

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Piece is a run of text, which was searched for or not.
type Piece struct {
	Text  string
	Found bool
}

// markable is how much of a text is looked through for words to mark, in bytes.
const markable = 1 << 18

// mark cuts from a text about as many bytes as may be (0: all) around the first words that a query asks
// for, and marks them.
func (p parsed) mark(text, lang string, about int) []Piece {
	if text == "" {
		return nil
	}
	seen := text
	if len(seen) > markable {
		seen = strings.ToValidUTF8(seen[:markable], "")
	}
	spans := p.spans(words(seen), lang)
	from, to := 0, len(text)
	if about > 0 && len(text) > about {
		if len(spans) > 0 {
			from = back(text, max(0, spans[0].start-about/3))
		}
		to = forward(text, min(len(text), from+about))
	}
	var out []Piece
	add := func(s string, found bool) {
		if s != "" {
			out = append(out, Piece{strings.Map(oneLine, s), found})
		}
	}
	if from > 0 {
		add("… ", false)
	}
	at := from
	for _, s := range spans {
		if s.start < at || s.end > to {
			continue
		}
		add(text[at:s.start], false)
		add(text[s.start:s.end], true)
		at = s.end
	}
	add(text[at:to], false)
	if to < len(text) {
		add(" …", false)
	}
	return out
}

// spans returns where the terms of a query stand, in order; some may stand over another.
func (p parsed) spans(all []word, lang string) []word {
	var out []word
	for _, t := range p.terms {
		if t.not {
			continue
		}
		forms := t.forms()
		for i := 0; i+len(t.words) <= len(all); i++ {
			if t.at(all[i:], forms, lang) {
				out = append(out, word{start: all[i].start, end: all[i+len(t.words)-1].end})
			}
		}
	}
	slices.SortFunc(out, func(a, b word) int { return a.start - b.start })
	return out
}

func (t term) forms() []string {
	if len(t.words) != 1 || t.exact || t.prefix {
		return nil
	}
	var out []string
	for _, lang := range []string{"en", "es", "pt"} {
		out = append(out, stem(t.words[0], lang))
	}
	return out
}

func (t term) at(all []word, forms []string, lang string) bool {
	for i, w := range t.words {
		last := i == len(t.words)-1
		if all[i].text != w && !(last && t.prefix && strings.HasPrefix(all[i].text, w)) &&
			!(len(forms) > 0 && lang != "" && slices.Contains(forms, stem(all[i].text, lang))) {
			return false
		}
	}
	return true
}

// back and forward move to where a word begins or ends nearby, and never into a character.
func back(s string, i int) int {
	for i > 0 && !utf8.RuneStart(s[i]) {
		i--
	}
	for j := i; j > 0 && i-j < 30; j-- {
		if s[j-1] == ' ' || s[j-1] == '\n' {
			return j
		}
	}
	return i
}

func forward(s string, i int) int {
	for i < len(s) && !utf8.RuneStart(s[i]) {
		i++
	}
	for j := i; j < len(s) && j-i < 30; j++ {
		if s[j] == ' ' || s[j] == '\n' {
			return j
		}
	}
	return i
}

func oneLine(r rune) rune {
	if unicode.IsSpace(r) || unicode.IsControl(r) {
		return ' '
	}
	return r
}
