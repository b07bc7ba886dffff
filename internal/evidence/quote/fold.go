package quote

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// folded is a text without what typesetting alone decides: kinds of quotation marks, dashes and spaces, ligatures, full
// width, invisible characters. Letters, their case, accents, digits and the other punctuation stay as they are.
type folded struct {
	runes []rune
	at    []int32 // code point of the text that each of runes comes from
	n     int     // code points of the text
}

// fold folds a text. White space becomes one space, and none beside Chinese characters and kana, where it means nothing.
func fold(s string) folded {
	f := folded{runes: make([]rune, 0, len(s)), at: make([]int32, 0, len(s))}
	space := false
	i := int32(-1)
	for _, r := range s {
		i++
		if r < 0x80 {
			if r == ' ' || r >= '\t' && r <= '\r' {
				space = true
				continue
			}
			if r < ' ' || r == 0x7F {
				continue
			}
			if r == '`' {
				r = '\''
			}
		} else {
			switch r = foldRune(r); r {
			case drop:
				continue
			case ' ':
				space = true
				continue
			}
		}
		if space {
			if n := len(f.runes); n > 0 && !unspaced(f.runes[n-1]) && !unspaced(r) {
				f.runes, f.at = append(f.runes, ' '), append(f.at, i-1)
			}
			space = false
		}
		if long := expand(r); long != "" {
			for _, l := range long {
				f.runes, f.at = append(f.runes, l), append(f.at, i)
			}
			continue
		}
		f.runes, f.at = append(f.runes, r), append(f.at, i)
	}
	f.n = int(i) + 1
	return f
}

const drop rune = -1

// foldRune returns what a character above ASCII is compared as: drop when it is not seen.
func foldRune(r rune) rune {
	switch {
	case r >= 0xA1 && r < 0x2000: // most letters, and few exceptions
		switch r {
		case '«', '»':
			return '"'
		case '´':
			return '\''
		case 0xAD, 0x034F, 0x061C, 0x0640, 0x180E: // soft hyphen, joiner, Arabic letter mark, tatweel, vowel separator
			return drop
		case 0x1680:
			return ' '
		}
		return r
	case r >= 0x2000 && r <= 0x206F:
		return foldPunctuation(r)
	case r >= 0xFE00 && r <= 0xFE0F, r == 0xFEFF: // variation selectors, byte order mark
		return drop
	case r >= 0xFF01 && r <= 0xFF5E: // full width
		return foldRune(r - 0xFF00 + 0x20)
	}
	switch r {
	case 0x85, 0xA0, 0x3000:
		return ' '
	case '「', '」', '『', '』', '〝', '〞', '〟', '＂', '❝', '❞':
		return '"'
	case '❛', '❜':
		return '\''
	case '−', '﹘', '﹣':
		return '-'
	case '`':
		return '\''
	}
	return r
}

// foldPunctuation folds the block General Punctuation. What overrides the order of letters stays: it changes what is read.
func foldPunctuation(r rune) rune {
	switch {
	case r <= 0x200A, r == 0x2028, r == 0x2029, r == 0x202F, r == 0x205F:
		return ' '
	case r <= 0x200F, r >= 0x202A && r <= 0x202C, r >= 0x2060 && r <= 0x2064, r >= 0x2066 && r <= 0x206F:
		return drop
	case r <= 0x2015:
		return '-'
	}
	switch r {
	case '‘', '’', '‚', '‛', '′', '‹', '›':
		return '\''
	case '“', '”', '„', '‟', '″':
		return '"'
	}
	return r
}

// expand returns the letters of a ligature; "" for everything else.
func expand(r rune) string {
	if r == '…' {
		return "..."
	}
	if r < 0xFB00 || r > 0xFB06 {
		return ""
	}
	return [...]string{"ff", "fi", "fl", "ffi", "ffl", "st", "st"}[r-0xFB00]
}

// unspaced says whether spaces beside a character mean nothing: Chinese characters, kana and their punctuation.
func unspaced(r rune) bool {
	if r < 0x2E80 {
		return false
	}
	return r <= 0x2FDF || r >= 0x3001 && r <= 0x312F || r >= 0x31A0 && r <= 0x9FFF || r >= 0xF900 && r <= 0xFAFF || r >= 0x20000 && r <= 0x3FFFF
}

// wordRune says whether a character is part of words.
func wordRune(r rune) bool {
	if r < 0x80 {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_'
	}
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r)
}

// joined says whether two neighbouring characters belong to one word or number, so that no quotation ends between them.
// before and after are what stands around them, 0 for nothing.
func joined(before, a, b, after rune) bool {
	if unspaced(a) || unspaced(b) {
		return false
	}
	if wordRune(a) && wordRune(b) {
		return true
	}
	separator := func(r rune) bool { return r == '.' || r == ',' || r == '\'' }
	return separator(a) && unicode.IsDigit(before) && unicode.IsDigit(b) || separator(b) && unicode.IsDigit(a) && unicode.IsDigit(after)
}

// cut returns whether a boundary at index i of the folded runes would cut a word or number apart.
func cut(runes []rune, i int) bool {
	if i <= 0 || i >= len(runes) {
		return false
	}
	var before, after rune
	if i > 1 {
		before = runes[i-2]
	}
	if i+1 < len(runes) {
		after = runes[i+1]
	}
	return joined(before, runes[i-1], runes[i], after)
}

// span returns the code points of the text that a span of folded runes comes from.
func (f *folded) span(start, end int) (int, int) {
	if start >= end {
		at := f.n
		if start < len(f.at) {
			at = int(f.at[start])
		}
		return at, at
	}
	return int(f.at[start]), int(f.at[end-1]) + 1
}

// index returns the first folded rune at or after a code point of the text.
func (f *folded) index(at int) int {
	lo, hi := 0, len(f.at)
	for lo < hi {
		if m := (lo + hi) / 2; int(f.at[m]) < at {
			lo = m + 1
		} else {
			hi = m
		}
	}
	return lo
}

// runeText gives pieces of a text by code points.
type runeText struct {
	s     string
	marks []int // byte offset of every 256th code point
}

const markEvery = 256

func newRuneText(s string) *runeText {
	t := &runeText{s: s}
	n := 0
	for i := range s {
		if n%markEvery == 0 {
			t.marks = append(t.marks, i)
		}
		n++
	}
	return t
}

// offset returns the byte offset of a code point; the text's end for one beyond.
func (t *runeText) offset(at int) int {
	if at <= 0 {
		return 0
	}
	if at/markEvery >= len(t.marks) {
		return len(t.s)
	}
	i := t.marks[at/markEvery]
	for range at % markEvery {
		if i >= len(t.s) {
			break
		}
		_, w := utf8.DecodeRuneInString(t.s[i:])
		i += w
	}
	return i
}

func (t *runeText) slice(start, end int) string {
	return t.s[t.offset(start):max(t.offset(start), t.offset(end))]
}

// occurrence describes a place, with what stands around it on one line.
func (t *runeText) occurrence(start, end int) Occurrence {
	const around = 40
	line := func(s string) string { return strings.Join(strings.Fields(s), " ") }
	return Occurrence{Start: start, End: end, Before: line(t.slice(max(0, start-around), start)), Text: t.slice(start, end), After: line(t.slice(end, end+around))}
}
