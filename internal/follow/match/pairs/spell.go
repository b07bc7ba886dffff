package pairs

import (
	"strings"
	"unicode"
)

// typo changes one letter of one word that is long enough to bear it, as hands do.
func typo(g *generator, name string) string {
	words := strings.Fields(name)
	var long []int
	for i, w := range words {
		if n := len([]rune(w)); n >= 5 && []rune(w)[0] < 0x3000 {
			long = append(long, i)
		}
	}
	if len(long) == 0 {
		return name
	}
	i := pick(g, long)
	rs := []rune(words[i])
	at := 1 + g.r.IntN(len(rs)-2)
	switch g.r.IntN(4) {
	case 0:
		rs = append(rs[:at:at], rs[at+1:]...)
	case 1:
		rs[at], rs[at-1] = rs[at-1], rs[at]
	case 2:
		rs[at] = neighbour(g, rs[at])
	default:
		rs = append(rs[:at:at], append([]rune{rs[at]}, rs[at:]...)...)
		if g.chance(0.5) {
			rs[at] = neighbour(g, rs[at])
		}
	}
	words[i] = string(rs)
	return strings.Join(words, " ")
}

// neighbour is a letter beside another on the keyboard, or in its alphabet.
func neighbour(g *generator, r rune) rune {
	const keys = "qwertyuiop asdfghjkl zxcvbnm"
	if i := strings.IndexRune(keys, unicode.ToLower(r)); r != ' ' && i > 0 && i < len(keys)-1 {
		n := rune(keys[i+1-2*g.r.IntN(2)])
		if n == ' ' {
			n = 'e'
		}
		if unicode.IsUpper(r) {
			n = unicode.ToUpper(n)
		}
		return n
	}
	if unicode.Is(unicode.Cyrillic, r) {
		return []rune("аеионтсрвл")[g.r.IntN(10)]
	}
	if unicode.Is(unicode.Arabic, r) {
		return []rune("ابتدرسعلمن")[g.r.IntN(10)]
	}
	return 'e'
}

// cased writes a name as lists do: in capitals, or as it is.
func cased(g *generator, s string) string {
	switch g.r.IntN(4) {
	case 0:
		return strings.ToUpper(s)
	case 1:
		return strings.ToLower(s)
	}
	return s
}

var russian = map[rune][4]string{ // BGN/PCGN, passport of 2013, French, ISO 9 without marks
	'а': {"a", "a", "a", "a"}, 'б': {"b", "b", "b", "b"}, 'в': {"v", "v", "v", "v"}, 'г': {"g", "g", "g", "g"}, 'д': {"d", "d", "d", "d"},
	'е': {"e", "e", "e", "e"}, 'ё': {"yo", "e", "io", "e"}, 'ж': {"zh", "zh", "j", "z"}, 'з': {"z", "z", "z", "z"}, 'и': {"i", "i", "i", "i"},
	'й': {"y", "i", "i", "j"}, 'к': {"k", "k", "k", "k"}, 'л': {"l", "l", "l", "l"}, 'м': {"m", "m", "m", "m"}, 'н': {"n", "n", "n", "n"},
	'о': {"o", "o", "o", "o"}, 'п': {"p", "p", "p", "p"}, 'р': {"r", "r", "r", "r"}, 'с': {"s", "s", "s", "s"}, 'т': {"t", "t", "t", "t"},
	'у': {"u", "u", "ou", "u"}, 'ф': {"f", "f", "f", "f"}, 'х': {"kh", "kh", "kh", "h"}, 'ц': {"ts", "ts", "ts", "c"}, 'ч': {"ch", "ch", "tch", "c"},
	'ш': {"sh", "sh", "ch", "s"}, 'щ': {"shch", "shch", "chtch", "sc"}, 'ъ': {"", "ie", "", ""}, 'ы': {"y", "y", "y", "y"}, 'ь': {"", "", "", ""},
	'э': {"e", "e", "e", "e"}, 'ю': {"yu", "iu", "iou", "u"}, 'я': {"ya", "ia", "ia", "a"},
}

// latin writes Cyrillic in one of the schemes; the last, rough one is seldom met.
func latin(g *generator, s string) string {
	scheme := []int{0, 0, 0, 1, 1, 2}[g.r.IntN(6)]
	var b strings.Builder
	for _, r := range s {
		low := unicode.ToLower(r)
		to, ok := russian[low]
		switch {
		case !ok:
			b.WriteRune(r)
		case r != low && to[scheme] != "":
			b.WriteString(strings.ToUpper(to[scheme][:1]) + to[scheme][1:])
		default:
			b.WriteString(to[scheme])
		}
	}
	return strings.ReplaceAll(strings.ReplaceAll(b.String(), "iy ", "y "), "ii ", "i ")
}

// intoCyrillic and intoArabic write an invented Latin brand by its sound.
func intoCyrillic(s string) string {
	return strings.Map(func(r rune) rune {
		if i := strings.IndexRune("abdefgiklmnoprstuvz", r); i >= 0 {
			return []rune("абдефгиклмнопрстувз")[i]
		}
		return r
	}, strings.ToLower(s))
}

func intoArabic(s string) string {
	s = strings.ToLower(s)
	var b strings.Builder
	for i, r := range s {
		switch r {
		case ' ', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
			b.WriteRune(r)
		case 'a':
			b.WriteRune('ا')
		case 'e':
			if i == 0 {
				b.WriteRune('ا')
			}
		case 'i':
			b.WriteRune('ي')
		case 'o', 'u':
			b.WriteRune('و')
		case 'b', 'p':
			b.WriteRune('ب')
		case 'd':
			b.WriteRune('د')
		case 'f', 'v':
			b.WriteRune('ف')
		case 'g':
			b.WriteRune('غ')
		case 'k':
			b.WriteRune('ك')
		case 'l':
			b.WriteRune('ل')
		case 'm':
			b.WriteRune('م')
		case 'n':
			b.WriteRune('ن')
		case 'r':
			b.WriteRune('ر')
		case 's':
			b.WriteRune('س')
		case 't':
			b.WriteRune('ت')
		case 'z':
			b.WriteRune('ز')
		}
	}
	return b.String()
}

func isHan(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Han, r) })
}
func isArabic(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Arabic, r) })
}

func title(s string) string {
	if s == "" {
		return s
	}
	rs := []rune(s)
	rs[0] = unicode.ToUpper(rs[0])
	return string(rs)
}
