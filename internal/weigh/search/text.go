package search

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/blevesearch/bleve/v2/analysis"
	"github.com/blevesearch/snowballstem"
	"github.com/blevesearch/snowballstem/english"
	"github.com/blevesearch/snowballstem/portuguese"
	"github.com/blevesearch/snowballstem/spanish"
	"golang.org/x/text/unicode/norm"
)

// maxWord is the most bytes of a word that are compared; longer ones are cut.
const maxWord = 64

// word is one word of a text: what is compared, and where it stands (bytes).
type word struct {
	text       string
	start, end int
}

// words cuts a text. A word is letters, marks and digits; each Han character and kana is one by itself,
// so that a phrase of them is found inside longer text, two characters as well as one. Digits in groups
// of three (4,300 · 4.300) are one number.
func words(text string) []word {
	var out []word
	start := -1
	flush := func(end int) {
		if start >= 0 {
			if w := fold(text[start:end]); w != "" {
				out = append(out, word{w, start, end})
			}
			start = -1
		}
	}
	for i, r := range text {
		switch {
		case r < utf8.RuneSelf && (r|0x20 >= 'a' && r|0x20 <= 'z' || r >= '0' && r <= '9'):
			if start < 0 {
				start = i
			}
		case r >= 0x2e80 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana):
			flush(i)
			end := i + utf8.RuneLen(r)
			if w := fold(text[i:end]); w != "" {
				out = append(out, word{w, i, end})
			}
		case r >= utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r)):
			if start < 0 {
				start = i
			}
		case (r == '.' || r == ',') && start >= 0 && grouped(text[start:i], text[i+1:]):
		default:
			flush(i)
		}
	}
	flush(len(text))
	return out
}

// grouped says whether a separator between these stands before a group of three digits.
func grouped(before, after string) bool {
	if !digits(before) || len(after) < 3 || !digits(after[:3]) || (len(after) > 3 && after[3] >= '0' && after[3] <= '9') {
		return false
	}
	first := strings.IndexAny(before, ".,")
	return len(before) <= 3 || first > 0
}

func digits(s string) bool {
	for _, c := range []byte(s) {
		if (c < '0' || c > '9') && c != '.' && c != ',' {
			return false
		}
	}
	return s != "" && s[len(s)-1] != '.' && s[len(s)-1] != ','
}

// fold takes away what does not tell words apart: case, accents, width, and the separators of a number.
func fold(s string) string {
	if len(s) > maxWord {
		s = strings.ToValidUTF8(s[:maxWord], "")
	}
	plain := true
	for i := 0; i < len(s); i++ {
		if c := s[i]; c >= utf8.RuneSelf || c == '.' || c == ',' || (c >= 'A' && c <= 'Z') {
			plain = false
			break
		}
	}
	if plain {
		return s
	}
	var b strings.Builder
	for _, r := range norm.NFKD.String(s) {
		switch r = unicode.ToLower(r); {
		case unicode.IsMark(r) || r == '.' || r == ',' || r == 'ـ' || r == utf8.RuneError:
		case r == 'ß':
			b.WriteString("ss")
		case r == 'æ':
			b.WriteString("ae")
		case r == 'œ':
			b.WriteString("oe")
		case r == 'ø':
			b.WriteByte('o')
		case r == 'đ' || r == 'ð':
			b.WriteByte('d')
		case r == 'ł':
			b.WriteByte('l')
		case r == 'ı':
			b.WriteByte('i')
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// stem cuts a folded word to what its forms share in a language; "" where the language has no stemmer
// here. Accents are gone before, in texts and in queries alike.
func stem(w, lang string) string {
	env := snowballstem.NewEnv(w)
	switch lang {
	case "en", "eng":
		english.Stem(env)
	case "es", "spa":
		spanish.Stem(env)
	case "pt", "por":
		for _, plural := range [][2]string{{"oes", "ao"}, {"aes", "ao"}, {"ais", "al"}, {"eis", "el"}} { // which the stemmer knows with accents only
			if rest, ok := strings.CutSuffix(w, plural[0]); ok && len(rest) > 2 {
				env = snowballstem.NewEnv(rest + plural[1])
				break
			}
		}
		portuguese.Stem(env)
	default:
		return ""
	}
	return fold(env.Current())
}

// analyzer hands words to Bleve: as they are, or as stems of a language.
type analyzer struct {
	stems string
	known *stems // may be nil
}

// stems remembers words that were cut already: a few thousand make up most of all texts.
type stems struct {
	sync.Mutex
	of map[[2]string]string // by language and word
}

const maxStems = 200_000

func (k *stems) stem(w, lang string) string {
	if k == nil {
		return stem(w, lang)
	}
	k.Lock()
	s, ok := k.of[[2]string{lang, w}]
	k.Unlock()
	if ok {
		return s
	}
	s = stem(w, lang)
	k.Lock()
	defer k.Unlock()
	if k.of == nil || len(k.of) >= maxStems {
		k.of = map[[2]string]string{}
	}
	k.of[[2]string{lang, strings.Clone(w)}] = s
	return s
}

// Analyze implements analysis.Analyzer.
func (a analyzer) Analyze(text []byte) analysis.TokenStream {
	all := words(string(text))
	out := make(analysis.TokenStream, 0, len(all))
	for i, w := range all {
		t := w.text
		if a.stems != "" {
			if t = a.known.stem(t, a.stems); t == "" {
				continue
			}
		}
		out = append(out, &analysis.Token{Term: []byte(t), Start: w.start, End: w.end, Position: i + 1, Type: analysis.AlphaNumeric})
	}
	return out
}

// whole hands a value to Bleve as one term.
type whole struct{}

// Analyze implements analysis.Analyzer.
func (whole) Analyze(text []byte) analysis.TokenStream {
	return analysis.TokenStream{{Term: text, End: len(text), Position: 1, Type: analysis.AlphaNumeric}}
}
