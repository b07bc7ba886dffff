package lineage

import (
	"embed"
	"encoding/json"
	"iter"
	"strings"
	"sync"
	"unicode"
)

//go:embed data/*.txt data/model.json
var data embed.FS

// language is one that we know words of.
type language uint8

const (
	unknown language = iota
	english
	spanish
	portuguese
	chinese
	languages
)

// concept is a word of the glossary, whatever the language; 0 is none.
type concept struct {
	id    uint16
	class uint8
}

// classes of concepts
const (
	classTerm   = iota
	classDenial // of denial and doubt
	classCommon // says nearly nothing
	classPlace
	classAcronym
)

// phrase is a form of several words.
type phrase struct {
	words []string
	means concept
}

// lexicon is what we know of one language.
type lexicon struct {
	exact   map[string]concept
	stems   map[string]concept
	phrases map[string][]phrase // by first word
	stop    map[string]bool
	after   map[string][][]string // citation phrases, by first word: the name follows
	before  map[string]bool       // one word before which the name stands
}

// tables are read from the data files once.
type tables struct {
	by       [languages]lexicon // Han forms are under chinese, by their characters; its stems are empty
	acronyms map[string]concept
	names    []string // of each concept, in English
	classes  []uint8
	simple   map[rune]rune
	pinyin   map[rune]string
	hanCites []string
	longest  int // characters of the longest Han form
	model    [classes][features]float64
}

var known = sync.OnceValue(func() *tables {
	t := &tables{acronyms: map[string]concept{}, names: []string{""}, classes: []uint8{classCommon}, simple: map[rune]rune{}, pinyin: map[rune]string{}}
	for l := range t.by {
		t.by[l] = lexicon{exact: map[string]concept{}, stems: map[string]concept{}, phrases: map[string][]phrase{}, stop: map[string]bool{},
			after: map[string][][]string{}, before: map[string]bool{}}
	}
	for line := range records("simplified.txt") {
		r := []rune(line)
		for i := 0; i+1 < len(r); i += 2 {
			t.simple[r[i]] = r[i+1]
		}
	}
	for line := range records("pinyin.txt") {
		reading, chars, _ := strings.Cut(line, " ")
		for _, r := range chars {
			t.pinyin[r] = reading
		}
	}
	for line := range records("places.txt") {
		t.concept(line, classPlace)
	}
	for line := range records("glossary.txt") {
		switch line[0] {
		case '!':
			t.concept(line[1:], classDenial)
		case '~':
			t.concept(line[1:], classCommon)
		default:
			t.concept(line, classTerm)
		}
	}
	t.loadAcronyms()
	t.loadWords()
	t.loadModel()
	return t
})

// records are the lines of a data file that are no comments.
func records(name string) iter.Seq[string] {
	return func(yield func(string) bool) {
		b, err := data.ReadFile("data/" + name)
		if err != nil {
			panic("lineage: embedded file is missing: " + name)
		}
		for line := range strings.Lines(string(b)) {
			line = strings.TrimRight(line, "\r\n")
			if line != "" && line[0] != '#' && !yield(line) {
				return
			}
		}
	}
}

// concept takes in one line: forms in English, Spanish, Portuguese, Chinese.
func (t *tables) concept(line string, class uint8) {
	c := concept{id: uint16(len(t.names)), class: class}
	for l, forms := range strings.Split(line, "|") {
		if l >= 4 {
			break
		}
		for f := range strings.SplitSeq(forms, ",") {
			t.form(language(l)+english, strings.TrimSpace(f), c)
		}
	}
	name, _, _ := strings.Cut(line, "|")
	name, _, _ = strings.Cut(name, ",")
	t.names = append(t.names, strings.TrimSuffix(name, "*"))
	t.classes = append(t.classes, class)
}

func (t *tables) form(l language, f string, c concept) {
	x := &t.by[l]
	if l == chinese {
		var b strings.Builder
		n := 0
		for _, r := range f {
			if s, ok := t.simple[r]; ok {
				r = s
			}
			b.WriteRune(r)
			n++
		}
		if n >= 2 {
			set(x.exact, b.String(), c)
			t.longest = max(t.longest, n)
		}
		return
	}
	words := strings.FieldsFunc(f, func(r rune) bool {
		return r == ' ' || r == '-' || r == '\'' || r == '’' || r == '.' || r == '(' || r == ')'
	})
	switch {
	case len(words) == 0:
	case len(words) > 1:
		x.phrases[words[0]] = append(x.phrases[words[0]], phrase{words, c})
	case strings.HasSuffix(f, "*"):
		set(x.stems, strings.TrimSuffix(words[0], "*"), c)
	default:
		set(x.exact, words[0], c)
	}
}

// set keeps the first meaning of a form.
func set(m map[string]concept, form string, c concept) {
	if _, ok := m[form]; !ok && form != "" {
		m[form] = c
	}
}

func (t *tables) loadAcronyms() {
	for line := range records("acronyms.txt") {
		name, forms, _ := strings.Cut(line, "|")
		c, ok := t.by[english].exact[name]
		if words := strings.Fields(name); !ok {
			for _, p := range t.by[english].phrases[words[0]] {
				if strings.Join(p.words, " ") == name {
					c, ok = p.means, true
				}
			}
		}
		if !ok {
			c = concept{id: uint16(len(t.names)), class: classAcronym}
			t.names = append(t.names, name)
			t.classes = append(t.classes, classAcronym)
		}
		for f := range strings.SplitSeq(forms, ",") {
			t.acronyms[strings.ToLower(f)] = c
		}
	}
}

func (t *tables) loadWords() {
	code := map[string]language{"en": english, "es": spanish, "pt": portuguese, "zh": chinese}
	for line := range records("stopwords.txt") {
		l, words, _ := strings.Cut(line, "|")
		for w := range strings.FieldsSeq(words) {
			t.by[code[l]].stop[w] = true
		}
	}
	for line := range records("citations.txt") {
		l, forms, _ := strings.Cut(line, "|")
		lang, before := strings.CutSuffix(l, "<")
		for f := range strings.SplitSeq(forms, "|") {
			words := strings.Fields(strings.TrimSuffix(f, ":"))
			switch {
			case code[lang] == chinese:
				t.hanCites = append(t.hanCites, strings.TrimRight(f, ":："))
			case before:
				t.by[code[lang]].before[words[0]] = true
			default:
				t.by[code[lang]].after[words[0]] = append(t.by[code[lang]].after[words[0]], words)
			}
		}
	}
}

// loadModel reads the weights that were fitted on generated texts (docs/design/0009-lineage.md).
func (t *tables) loadModel() {
	b, err := data.ReadFile("data/model.json")
	if err == nil {
		err = json.Unmarshal(b, &t.model)
	}
	if err != nil {
		panic("lineage: embedded model: " + err.Error())
	}
}

// languageOf takes the language from the script and from what the item says; otherwise from the small words.
func languageOf(p *parsed, said string) language {
	han := 0
	for i := range p.tokens {
		if p.tokens[i].flags&isHan != 0 {
			han++
		}
	}
	if 3*han > len(p.tokens) {
		return chinese
	}
	said, _, _ = strings.Cut(strings.ToLower(said), "-")
	switch said {
	case "en", "eng":
		return english
	case "es", "spa":
		return spanish
	case "pt", "por":
		return portuguese
	}
	t := known()
	best, most := unknown, 0
	for l := english; l <= portuguese; l++ {
		n := 0
		for i := range min(len(p.tokens), 400) {
			if t.by[l].stop[string(p.word(i))] {
				n++
			}
		}
		if n > most {
			best, most = l, n
		}
	}
	return best
}

// lookup finds the meaning of one word.
func (x *lexicon) lookup(w []byte) concept {
	if c, ok := x.exact[string(w)]; ok {
		return c
	}
	for n := min(len(w), 14); n >= 2; n-- {
		if c, ok := x.stems[string(w[:n])]; ok {
			return c
		}
	}
	return concept{}
}

func isSpace(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return !unicode.IsSpace(r) }) < 0
}
