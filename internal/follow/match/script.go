package match

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

type script byte

const (
	none script = iota
	latin
	cyrillic
	greek
	arabic
	han
	hangul
	digits
	otherLetter
)

func scriptOf(r rune) script {
	switch {
	case r < 0x80:
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z':
			return latin
		case r >= '0' && r <= '9':
			return digits
		}
		return none
	case r >= 0x400 && r < 0x530:
		return cyrillic
	case unicode.Is(unicode.Latin, r):
		return latin
	case unicode.Is(unicode.Greek, r):
		return greek
	case unicode.Is(unicode.Arabic, r):
		if unicode.IsDigit(r) {
			return digits
		}
		if !unicode.IsLetter(r) {
			return none
		}
		return arabic
	case unicode.Is(unicode.Han, r):
		return han
	case r >= 0xAC00 && r <= 0xD7A3:
		return hangul
	case unicode.IsDigit(r):
		return digits
	case unicode.IsLetter(r):
		return otherLetter
	}
	return none
}

// maxName bounds what is read of one name, in runes: nothing said after that tells two names apart.
const maxName = 400

// word is a run of letters of one script, or of digits.
type word struct {
	raw    string // lower case, in its own script, without marks
	script script
	dotted bool // it was written with full stops between letters, as S.A.
}

// split cuts a name into words. Apostrophes inside words are dropped, single letters parted by full stops are joined.
func split(name string) []word {
	if len(name) > maxName*4 {
		name = name[:maxName*4]
	}
	rs := []rune(norm.NFKC.String(strings.ToValidUTF8(name, " ")))
	if len(rs) > maxName {
		rs = rs[:maxName]
	}
	var out []word
	var cur []rune
	curScript, gap := none, false
	flush := func() {
		if len(cur) > 0 {
			out = append(out, word{raw: string(cur), script: curScript, dotted: gap})
		}
		cur, curScript, gap = nil, none, false
	}
	for i, r := range rs {
		if unicode.Is(unicode.Mn, r) || r == 'ـ' || isApostrophe(r) && len(cur) > 0 {
			continue
		}
		s := scriptOf(r)
		if s == none {
			if r == '.' && dotJoins(rs, i) && (len(cur) == 1 || gap) {
				gap = true
				continue
			}
			flush()
			continue
		}
		if s != curScript {
			flush()
		}
		curScript = s
		cur = append(cur, plain(r, s)...)
	}
	flush()
	return out
}

func isApostrophe(r rune) bool {
	switch r {
	case '\'', '’', '‘', 'ʼ', 'ʿ', 'ʾ', '`', '´', 'ь', 'ъ':
		return true
	}
	return false
}

// dotJoins tells the full stop of S.A. from that of "S. Garcia": a single letter follows, and nothing or a full stop after it.
func dotJoins(rs []rune, i int) bool {
	if i+1 >= len(rs) || !unicode.IsLetter(rs[i+1]) {
		return false
	}
	return i+2 >= len(rs) || !unicode.IsLetter(rs[i+2])
}

// plain is a letter without case and marks.
func plain(r rune, s script) []rune {
	r = unicode.ToLower(r)
	switch s {
	case latin:
		if r < 0x80 {
			return []rune{r}
		}
		switch r {
		case 'ß':
			return []rune("ss")
		case 'æ':
			return []rune("ae")
		case 'œ':
			return []rune("oe")
		case 'ø':
			return []rune("o")
		case 'ł':
			return []rune("l")
		case 'đ', 'ð':
			return []rune("d")
		case 'þ':
			return []rune("th")
		case 'ı':
			return []rune("i")
		case 'ə':
			return []rune("a")
		}
		return stripped(r)
	case greek:
		return stripped(r)
	case cyrillic:
		switch r {
		case 'ё':
			return []rune{'е'}
		case 'ѓ':
			return []rune{'г'}
		case 'ќ':
			return []rune{'к'}
		}
		return []rune{r}
	case arabic:
		switch r {
		case 'أ', 'إ', 'آ', 'ٱ':
			return []rune{'ا'}
		case 'ى', 'ی':
			return []rune{'ي'}
		case 'ة':
			return []rune{'ه'}
		case 'ک':
			return []rune{'ك'}
		}
	case digits:
		if r >= 0x80 {
			return []rune{'0' + rune(digitValue(r))}
		}
	}
	return []rune{r}
}

func stripped(r rune) []rune {
	var out []rune
	for _, d := range norm.NFKD.String(string(r)) {
		if !unicode.Is(unicode.Mn, d) {
			out = append(out, unicode.ToLower(d))
		}
	}
	return out
}

// digitValue of a decimal digit in any script: they come in runs of ten.
func digitValue(r rune) int {
	n := 0
	for n < 9 && unicode.IsDigit(r-rune(n)-1) {
		n++
	}
	return n
}
