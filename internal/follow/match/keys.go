package match

import (
	"slices"
	"strings"
)

// A key is what an entity can be found by: a kind and a text, hashed.
const (
	keyWord     byte = 'w' // a word by its sound, also of neighbours written together
	keySkeleton byte = 'p' // a word by its consonants
	keyConcept  byte = 'c' // one word of common meaning
	keyPair     byte = 'd' // two of them
	keySet      byte = 's' // all of them that say something, of a name that has no other words
	keyAcronym  byte = 'a'
	keyBag      byte = 'b' // an acronym's letters in alphabetical order
	keyID       byte = 'i'
	keyEastern  byte = 'v' // a Chinese or Korean name across romanisations
	keyEntity   byte = 'e' // the entity's own id
)

// hash is FNV-1a, 64 bits.
func hash(kind byte, s string) uint64 {
	h := uint64(14695981039346656037)
	h = (h ^ uint64(kind)) * 1099511628211
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h ^ h>>29
}

type key struct {
	hash   uint64
	weight float64 // how much finding it is worth, before its rarity; used by queries only
	word   string  // the word, where near spellings of it may be looked for; used by queries only
}

// keys lists what a prepared entity can be found by, each once. The query's side adds the counterparts: words that may be acronyms, acronyms that may be words.
func (p *prepared) keys(query bool) []key {
	var out []key
	seen := map[uint64]bool{}
	add := func(kind byte, s string, weight float64, word string) {
		if s == "" {
			return
		}
		if h := hash(kind, s); !seen[h] {
			seen[h] = true
			out = append(out, key{h, weight, word})
		}
	}
	for _, id := range p.ids {
		add(keyID, id.value, 8, "")
	}
	for i := range p.names {
		f := &p.names[i]
		f.wordKeys(add)
		f.conceptKeys(add)
		f.easternKeys(add)
		if p.schema == "Person" {
			continue
		}
		kind := keyAcronym
		if query {
			kind = keyWord
		}
		for _, a := range f.acronyms() {
			if query { // it may stand as a word, and words stand by their sound
				a = latinFold(a)
			}
			add(kind, a, 0.8, "")
		}
		for _, b := range f.bags() {
			add(keyBag, b, 0.5, "")
		}
		for _, k := range f.words {
			x := &f.tokens[k]
			if !x.isAcronym() || len(f.words) > 3 {
				continue
			}
			if query {
				add(keyAcronym, x.text, 0.9, "")
			}
			if len(x.text) >= 4 {
				add(keyBag, bag(x.text), 0.5, "")
			}
		}
	}
	return out
}

func (f *Form) wordKeys(add func(byte, string, float64, string)) {
	var words []*token
	for _, k := range f.words {
		x := &f.tokens[k]
		switch x.kind {
		case kindWord:
			words = append(words, x)
			if x.script != arabic {
				add(keyWord, x.fold, 1, x.fold)
			}
			if len(x.skel) >= 2 && (x.script != han || len(x.parts) < 4) {
				add(keySkeleton, x.skel, 0.6, "")
			}
			if x.script == latin && strings.IndexByte(x.fold, 'v') >= 0 {
				add(keySkeleton, labial(x), 0.6, "")
			}
		case kindNumber, kindInitial:
			if len(x.text) >= 3 {
				add(keyWord, x.text, 0.8, "")
			}
		case kindConcept: // one that stands for a word in another spelling, as a family name does
			add(keyWord, x.fold, 0.4, "")
		}
	}
	for i := range words {
		for n := 2; n <= 3 && i+n <= len(words); n++ {
			var text, arab strings.Builder
			allArabic := true
			for _, x := range words[i : i+n] {
				text.WriteString(x.text)
				arab.WriteString(x.fold)
				allArabic = allArabic && x.script == arabic
			}
			if text.Len() > 30 || n == 3 && len(words) > 3 {
				continue
			}
			if allArabic {
				add(keySkeleton, skeleton(arab.String()), 0.6, "")
				continue
			}
			add(keyWord, soundFold(text.String()), 0.9, "")
			if n == len(words) { // a name of two or three words, with the last one first
				last := words[i+n-1].text
				add(keyWord, soundFold(last+strings.TrimSuffix(text.String(), last)), 0.9, "")
			}
		}
	}
}

func (f *Form) conceptKeys(add func(byte, string, float64, string)) {
	var ids []string
	words := 0
	for _, k := range f.words {
		x := &f.tokens[k]
		if x.kind == kindWord {
			words++
		}
		if x.kind == kindConcept && x.class != filler && !slices.Contains(ids, x.concept) {
			ids = append(ids, x.concept)
		}
	}
	slices.Sort(ids)
	for _, id := range ids {
		add(keyConcept, id, 0.3, "")
	}
	if len(ids) >= 2 && words == 0 {
		add(keySet, strings.Join(ids, " "), 2, "")
	}
	ids = ids[:min(len(ids), 6)]
	for i := range ids {
		for j := range i {
			add(keyPair, ids[j]+" "+ids[i], 0.5, "")
		}
	}
}
