package ftm

import (
	_ "embed"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Facts written by testdata/facts.py.
var (
	//go:embed countries.txt
	countriesText string
	//go:embed languages.txt
	languagesText string
)

type countryTable struct {
	ids   map[string]string // codes and Wikidata ids, in lower case, to FollowTheMoney's code
	names map[string]string // folded, to FollowTheMoney's code
	label map[string]string // English
}

var countries = sync.OnceValue(func() *countryTable {
	t := &countryTable{map[string]string{}, map[string]string{}, map[string]string{}}
	for line := range strings.Lines(countriesText) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		t.label[f[0]] = f[1]
		for id := range strings.SplitSeq(f[2], " ") {
			t.ids[id] = f[0]
		}
		for name := range strings.SplitSeq(f[3], "|") {
			t.names[name] = f[0]
		}
	}
	return t
})

// CountryLabel returns the English name of a country by FollowTheMoney's code, or the code itself.
func CountryLabel(code string) string {
	if l := countries().label[code]; l != "" {
		return l
	}
	return code
}

// cleanCountry finds a country by its code (ISO 3166 of two or three letters, of a subdivision, or historical), its
// Wikidata id, its name in one of the languages of the world, or the name of a great city in it.
func cleanCountry(s string) (string, string) {
	t := countries()
	if c := t.ids[strings.TrimSpace(strings.ReplaceAll(strings.ToLower(s), "_", "-"))]; c != "" {
		return c, ""
	}
	if c := t.names[foldName(s)]; c != "" {
		return c, ""
	}
	if !latin(s) {
		if c := t.names[foldName(romanized(strings.ToLower(s)))]; c != "" {
			return c, ""
		}
	}
	return "", whyCountry.Say()
}

// foldName makes one form of the ways to write a name: without case, marks on Latin letters, or punctuation.
func foldName(s string) string {
	if latin(s) {
		s = asciiLatin(s)
	}
	var b strings.Builder
	for _, r := range cases.Fold().String(norm.NFKC.String(s)) {
		switch {
		case strings.ContainsRune(".()[],;:_-/ʻ'’", r):
		case unicode.IsLetter(r), unicode.IsNumber(r), unicode.IsMark(r):
			b.WriteRune(r)
		default:
			b.WriteByte(' ')
		}
	}
	return squash(b.String())
}

func latin(s string) bool {
	for _, r := range s {
		if unicode.IsLetter(r) && !unicode.Is(unicode.Latin, r) && !unicode.Is(unicode.Common, r) {
			return false
		}
	}
	return true
}

// asciiLatin writes Latin letters in ASCII.
func asciiLatin(s string) string {
	if ascii(s) {
		return s
	}
	var b strings.Builder
	for _, r := range norm.NFKD.String(s) {
		switch {
		case unicode.Is(unicode.Mn, r):
		case r < 0x80:
			b.WriteRune(r)
		case unicode.Is(unicode.Pd, r):
			b.WriteByte('-')
		default:
			b.WriteString(asciiLetter(r))
		}
	}
	return b.String()
}

// asciiLetter returns the usual writing of a letter that is no other one with a mark.
func asciiLetter(r rune) string {
	lower := unicode.ToLower(r)
	var out string
	switch lower {
	case 'æ':
		out = "ae"
	case 'œ':
		out = "oe"
	case 'þ':
		out = "th"
	case 'ß':
		out = "ss"
	case 'ø', 'ɔ', 'ɵ':
		out = "o"
	case 'ð', 'đ', 'ɖ', 'ɗ':
		out = "d"
	case 'ħ', 'ɦ':
		out = "h"
	case 'ı', 'ɨ', 'ɪ':
		out = "i"
	case 'ł', 'ƚ', 'ɫ', 'ɬ', 'ɭ':
		out = "l"
	case 'ŋ', 'ɲ', 'ɳ', 'ɴ', 'ƞ':
		out = "n"
	case 'ŧ', 'ƭ', 'ʈ':
		out = "t"
	case 'ɓ', 'ƀ', 'ƃ':
		out = "b"
	case 'ə':
		out = "a"
	case 'ɛ', 'ǝ':
		out = "e"
	case 'ƒ':
		out = "f"
	case 'ɠ', 'ɣ', 'ǥ', 'ɡ':
		out = "g"
	case 'ƙ':
		out = "k"
	case 'ƥ':
		out = "p"
	case 'ʃ':
		out = "sh"
	case 'ʉ', 'ʊ':
		out = "u"
	case 'ʋ', 'ʌ':
		out = "v"
	case 'ƴ':
		out = "y"
	case 'ƶ', 'ȥ', 'ʒ', 'ʐ':
		out = "z"
	case 'ʻ', 'ʼ', '‘', '’':
		return "'"
	default:
		return string(r)
	}
	if lower != r {
		return strings.ToUpper(out)
	}
	return out
}

var languages = sync.OnceValue(func() map[string]string {
	out := map[string]string{}
	for line := range strings.Lines(languagesText) {
		code, names, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		out[code] = code
		for n := range strings.SplitSeq(names, "|") {
			out[n] = code
		}
	}
	return out
})

// cleanLanguage finds one of the languages FollowTheMoney knows by its code of ISO 639 of two or three letters, with
// or without a country ("pt-BR"), or its name.
func cleanLanguage(s string) (string, string) {
	for s = strings.TrimSpace(cases.Fold().String(s)); ; {
		if c := languages()[s]; c != "" {
			return c, ""
		}
		i := strings.IndexByte(s, '-')
		if i < 0 {
			i = strings.IndexByte(s, '_')
		}
		if i < 0 {
			return "", whyLanguage.Say()
		}
		s = strings.TrimSpace(s[:i])
	}
}

func cleanGender(s string) (string, string) {
	switch s = strings.ToLower(s); s {
	case "male", "m", "man", "masculin", "männlich", "мужской", "男":
		return "male", ""
	case "female", "f", "woman", "féminin", "weiblich", "женский", "女":
		return "female", ""
	case "other", "o", "d", "divers":
		return "other", ""
	}
	return "", whyGender.Say()
}

func cleanTopic(s string) (string, string) {
	s = strings.ToLower(s)
	if Topic(s) == "" {
		return "", whyTopic.Say()
	}
	return s, ""
}
