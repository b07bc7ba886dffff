package match

import (
	"embed"
	"strings"
	"sync"
)

//go:embed data
var data embed.FS

// class says how much a word of common meaning tells.
type class byte

const (
	filler  class = 'f'
	generic class = 'g'
	organ   class = 'o'
	country class = 'c'
)

// concept is what a generic word means, whatever its language.
type concept struct {
	id     string
	class  class
	letter byte // in English acronyms
}

// tables are the embedded data, parsed.
type tables struct {
	exact      map[string][]concept // by a word, or several joined without spaces, in its own script
	stem       map[string][]concept
	legal      map[string]string // joined form → class
	stop       map[string]bool
	title      map[string]bool
	generation map[string]string
	number     map[string]string
	pinyin     map[rune]string   // with its tone
	family     map[string][]byte // the family names that a word may write, by their lines
	syllable   map[string]bool   // of pinyin
	longestHan int
}

// loaded parses the embedded tables once, at first use.
var loaded = sync.OnceValue(func() *tables {
	t := &tables{exact: map[string][]concept{}, stem: map[string][]concept{}, legal: map[string]string{}, stop: map[string]bool{},
		title: map[string]bool{}, generation: map[string]string{}, number: map[string]string{}, pinyin: map[rune]string{}, family: map[string][]byte{}, syllable: map[string]bool{}}
	for line := range records("data/pinyin.txt") {
		reading, chars, _ := strings.Cut(line, " ")
		t.syllable[toneless(reading)] = true
		for _, r := range chars {
			t.pinyin[r] = reading
		}
	}
	t.loadConcepts()
	t.loadCountries()
	t.loadLegal()
	t.loadWords()
	t.loadFamilies()
	return t
})

// records yields the lines of an embedded table that are no comments.
func records(name string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		b, err := data.ReadFile(name)
		if err != nil {
			panic("match: embedded table " + name + ": " + err.Error()) // embedding failed at build time
		}
		for line := range strings.Lines(string(b)) {
			line = strings.TrimRight(line, "\n")
			if line != "" && line[0] != '#' && !yield(line) {
				return
			}
		}
	}
}

// joined is a form of a table as it is looked up: lower case, one script's letters, nothing between words.
func joined(form string) string {
	var b strings.Builder
	for _, w := range split(form) {
		b.WriteString(w.raw)
	}
	return b.String()
}

func (t *tables) add(form string, cs []concept) {
	form = strings.TrimSpace(form)
	if form == "" {
		return
	}
	stem, isStem := strings.CutSuffix(form, "*")
	key := joined(stem)
	if key == "" {
		return
	}
	to := t.exact
	if isStem {
		to = t.stem
	}
	if _, taken := to[key]; !taken { // the first line wins: the table is ordered by how sure a reading is
		to[key] = cs
	}
	switch scriptOf([]rune(key)[0]) {
	case han:
		t.longestHan = max(t.longestHan, len([]rune(key)))
		if len([]rune(key)) >= 2 {
			key = t.romanHan(key)
		} else {
			return
		}
	case cyrillic:
		key = romanCyrillic(key)
	default:
		return
	}
	if _, taken := to[key]; !taken && len(key) >= 6 { // as it is written in Latin letters: Kompaniya, Jituan
		to[key] = cs
	}
}

func (t *tables) loadConcepts() {
	for line := range records("data/concepts.txt") {
		f := strings.Split(line, "|")
		var cs []concept
		for id := range strings.SplitSeq(f[0], "+") {
			cs = append(cs, concept{id: id, class: class(f[1][0]), letter: id[0]})
		}
		for _, forms := range f[2:] {
			for form := range strings.SplitSeq(forms, ",") {
				t.add(form, cs)
			}
		}
	}
}

func (t *tables) loadCountries() {
	letters := map[string]byte{}
	names := map[string][]string{}
	var codes []string
	for line := range records("data/countries.txt") {
		f := strings.Split(line, "|")
		letters[f[0]] = f[1][0] | 0x20
		names[f[0]] = f[1:]
		codes = append(codes, f[0])
	}
	for _, code := range codes {
		for _, n := range names[code] {
			c := []concept{{id: "country:" + code, class: country, letter: letters[code]}}
			t.add(n, c)
			if r := []rune(n); len(r) >= 5 && scriptOf(r[0]) == cyrillic && strings.ContainsRune("аяьйы", r[len(r)-1]) {
				t.add(string(r[:len(r)-1])+"*", c) // in its other cases
			}
		}
	}
	for line := range records("data/adjectives.txt") {
		code, forms, _ := strings.Cut(line, "|")
		letter, known := letters[code]
		if !known {
			letter = code[0]
		}
		for form := range strings.SplitSeq(forms, ",") {
			t.add(form, []concept{{id: "country:" + code, class: country, letter: letter}})
		}
	}
}

func (t *tables) loadLegal() {
	for line := range records("data/legal.txt") {
		f := strings.Split(line, "|")
		for form := range strings.SplitSeq(f[1], ",") {
			if key := joined(form); key != "" {
				if _, taken := t.legal[key]; !taken {
					t.legal[key] = f[0]
				}
				switch scriptOf([]rune(key)[0]) {
				case han:
					t.longestHan = max(t.longestHan, len([]rune(key)))
				case cyrillic: // tokens are looked up as they are written in Latin letters
					if latin := romanCyrillic(key); t.legal[latin] == "" {
						t.legal[latin] = f[0]
					}
				}
			}
		}
	}
}

func (t *tables) loadWords() {
	for line := range records("data/words.txt") {
		f := strings.Split(line, "|")
		for form := range strings.SplitSeq(f[2], ",") {
			form, value, _ := strings.Cut(form, "=")
			key := joined(form)
			switch f[0] {
			case "stop":
				t.stop[key] = true
			case "title":
				t.title[key] = true
			case "generation":
				t.generation[key] = value
			case "number":
				t.number[key] = value
			}
		}
	}
}

// concepts returns what a word means: exactly, or by the longest stem of at least three letters.
func (t *tables) concepts(word string) []concept {
	if c := t.exact[word]; c != nil {
		return c
	}
	r := []rune(word)
	for n := len(r); n >= 3; n-- {
		if c := t.stem[string(r[:n])]; c != nil {
			if len(r)-n > 5 && n < 6 { // a short stem before a long rest is another word
				return nil
			}
			return c
		}
	}
	return nil
}
