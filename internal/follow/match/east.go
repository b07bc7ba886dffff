package match

import "strings"

// loadFamilies reads the family names of Chinese and Korean, and how they are written.
func (t *tables) loadFamilies() {
	n := 0
	for line := range records("data/families.txt") {
		for w := range strings.FieldsSeq(line) {
			t.family[w] = append(t.family[w], byte(n))
		}
		n++
	}
}

// An eastern name has two to four words, each of a few syllables, and one that is a family name at its beginning or its end.
const (
	mostEastern   = 4
	longestParted = 14
)

// markEastern prepares a person's name that may be Chinese or Korean to be compared across romanisations.
func (f *Form) markEastern(t *tables) {
	if len(f.words) < 2 || len(f.words) > mostEastern {
		if len(f.words) != 1 || f.tokens[f.words[0]].script != han {
			return
		}
	}
	for _, k := range f.words {
		x := &f.tokens[k]
		if x.kind != kindWord || x.script != latin && x.script != han || len(x.text) > longestParted {
			return
		}
	}
	first, last := &f.tokens[f.words[0]], &f.tokens[f.words[len(f.words)-1]]
	if first.script == han {
		if len(first.parts) < 2 {
			return
		}
		f.eastern = [][2]string{{first.parts[0], strings.Join(first.parts[1:], "")}}
	} else {
		rest := func(words []int) string {
			s := ""
			for _, k := range words {
				s += f.tokens[k].text
			}
			return s
		}
		if t.family[first.text] != nil {
			f.eastern = append(f.eastern, [2]string{first.text, rest(f.words[1:])})
		}
		if t.family[last.text] != nil {
			f.eastern = append(f.eastern, [2]string{last.text, rest(f.words[:len(f.words)-1])})
		}
	}
	if f.eastern == nil {
		return
	}
	pinyin := true
	for _, k := range f.words {
		pinyin = pinyin && t.isPinyin(f.tokens[k].text)
	}
	for _, k := range f.words {
		f.tokens[k].pinyin = pinyin
		f.tokens[k].east = eastFold(f.tokens[k].text)
		f.tokens[k].family = t.family[f.tokens[k].text]
	}
}

// easternKeys yields what an eastern name is found by: its family name, whatever its spelling, and the others run together by their sound.
func (f *Form) easternKeys(add func(byte, string, float64, string)) {
	t := loaded()
	for _, n := range f.eastern {
		given := eastFold(n[1])
		if len(given) < 2 {
			continue
		}
		add(keyEastern, eastFold(n[0])+" "+given, 0.8, "")
		for _, family := range t.family[n[0]] {
			add(keyEastern, string(rune('0'+family))+given, 0.8, "")
		}
	}
}

// isPinyin says whether a word can be cut into syllables of pinyin.
func (t *tables) isPinyin(w string) bool {
	const longest = 6 // zhuang, shuang
	var ends [longestParted + 1]bool
	ends[0] = true
	for i := 1; i <= len(w) && i <= longestParted; i++ {
		for n := 1; n <= min(i, longest) && !ends[i]; n++ {
			ends[i] = ends[i-n] && t.syllable[w[i-n:i]]
		}
	}
	return len(w) <= longestParted && ends[len(w)]
}

// eastern compares two words of eastern names that differ in letters. Of two names in pinyin they are different words.
func eastern(x, y *token) float64 {
	if x.east == "" || y.east == "" || x.pinyin && y.pinyin {
		return 0
	}
	if x.east == y.east {
		return 0.9
	}
	for _, a := range x.family {
		for _, b := range y.family {
			if a == b {
				return 0.85
			}
		}
	}
	return 0
}

// eastFold merges what the romanisations of Chinese and Korean write differently: Pinyin, Wade-Giles and the Cantonese passports' (Chiang, Jiang;
// Tse-tung, Zedong), McCune-Reischauer and the Revised (Choe, Choi; Pu Il, Bu-il). It keeps less than soundFold and is for short names only.
func eastFold(s string) string {
	b := make([]byte, 0, len(s))
	put := func(c byte) {
		if len(b) == 0 || b[len(b)-1] != c {
			b = append(b, c)
		}
	}
	for i := 0; i < len(s); i++ {
		var next byte
		if i+1 < len(s) {
			next = s[i+1]
		}
		switch c := s[i]; c {
		case 'b':
			put('p')
		case 'd':
			put('t')
		case 'g', 'k':
			put('k')
		case 'c', 'j', 'q', 'z':
			put('c')
			if next == 'h' {
				i++
			}
		case 't':
			switch next {
			case 's', 'z':
				put('c')
				i++
			default:
				put('t')
			}
		case 'h':
			if next == 's' && (i+2 == len(s) || s[i+2] != 'h') { // not that of chieh-shih
				put('s')
				i++
			} else if isVowel(next) { // else it only lengthens what stands before it
				put('h')
			}
		case 's', 'x':
			put('s')
			if next == 'h' {
				i++
			}
		case 'r', 'l':
			put('l')
		case 'w', 'u':
			if c == 'w' && next == 'u' {
				continue
			}
			put('u')
		case 'o':
			switch next {
			case 'o': // woo, Moon
				put('u')
				i++
			case 'e', 'i': // choe, choi
				put('o')
				put('i')
				i++
			default:
				if i+2 < len(s) && next == 'n' && s[i+2] == 'g' {
					put('u') // tong, tung
				} else {
					put('o')
				}
			}
		case 'y', 'i':
			put('i')
		case 'e':
			switch {
			case next == 'o': // cheol, chol
				put('o')
				i++
			case next == 'e':
				put('i')
				i++
			case next == 'n' && len(b) > 0 && b[len(b)-1] == 'i': // chien, jian
				put('a')
			default:
				put('e')
			}
		default:
			put(c)
		}
	}
	return string(b)
}

func isVowel(c byte) bool { return strings.IndexByte("aeiouy", c) >= 0 && c != 0 }
