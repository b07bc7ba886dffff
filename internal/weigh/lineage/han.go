package lineage

import "strings"

// hanFact finds what begins at a Han character: a number, a day of the week, the longest term of the glossary. It returns how many
// tokens it takes.
func (r *reader) hanFact(i int) int {
	if v, n := r.hanNumber(i); n > 0 {
		r.value(v, r.hanBefore(i, "百分之"), n > 2, i, n)
		return n
	}
	w := r.wordAt(i)
	if w == "周" || w == "星" && r.wordAt(i+1) == "期" {
		k := i + 1
		if w == "星" {
			k++
		}
		if d := r.wordAt(k); d != "" {
			if n := strings.Index("一二三四五六日", d); n >= 0 && len(d) == 3 {
				r.put(factPart, hashString("w:"+string(rune('1'+n/3))), i, k-i+1)
				return k - i + 1
			}
		}
	}
	x := &r.t.by[chinese]
	end := i
	for end < len(r.tokens) && end < i+r.t.longest && r.tokens[end].flags&isHan != 0 && (end == i || r.tokens[end].start == r.tokens[end-1].end) {
		end++
	}
	for ; end > i+1; end-- {
		begin := int32(0)
		if i > 0 {
			begin = r.ends[i-1]
		}
		if c, ok := x.exact[string(r.folded[begin:r.ends[end-1]])]; ok {
			r.concept(c, i, end-i)
			return end - i
		}
	}
	return 1
}

// mostSounds is how many tokens of a text are compared by sound.
const mostSounds = 20000

// sounds finds in a Chinese text the names that a text in Latin letters has: the characters' readings are compared with the name by
// their consonants, as 马杜罗 (ma du luo) with Maduro, or letter by letter, as 华为 (hua wei) with Huawei.
type sounds struct {
	reads []string // reading of each token, empty where it is no Han character or belongs to a known term
	cons  [][]byte // its consonants
}

func soundsOf(p *parsed, facts []fact, t *tables) *sounds {
	n := min(len(p.tokens), mostSounds)
	s := &sounds{reads: make([]string, n), cons: make([][]byte, n)}
	taken := make([]bool, len(p.tokens))
	for _, f := range facts {
		if f.kind != factWord && f.kind != factName {
			for k := f.pos; k < f.pos+int32(f.n) && int(k) < len(taken); k++ {
				taken[k] = true
			}
		}
	}
	for i := range n {
		if p.tokens[i].flags&isHan == 0 || taken[i] {
			continue
		}
		for _, r := range string(p.word(i)) {
			s.reads[i] = t.pinyin[r]
			break
		}
		switch w := s.reads[i]; { // pinyin writes c and q for what other languages write ts and ch
		case strings.HasPrefix(w, "c"), strings.HasPrefix(w, "q"):
			s.cons[i] = skeleton("s" + w[1:])
		default:
			s.cons[i] = skeleton(w)
		}
	}
	return s
}

// find looks for a folded Latin name; it returns the first token and how many, or -1.
func (s *sounds) find(name string) (int, int) {
	want := skeleton(name)
	if len(name) < 4 {
		return -1, 0
	}
	for i := range s.reads {
		if s.reads[i] == "" {
			continue
		}
		rest := name
		for k := i; k < len(s.reads) && s.reads[k] != "" && strings.HasPrefix(rest, s.reads[k]); k++ {
			if rest = rest[len(s.reads[k]):]; rest == "" && k > i {
				return i, k - i + 1
			}
		}
		if len(want) < 3 {
			continue
		}
		if n := s.consonants(i, want); n > 0 {
			return i, n
		}
	}
	return -1, 0
}

// consonants says how many tokens from i on have the consonants of a name, 0 when they do not.
func (s *sounds) consonants(i int, want []byte) int {
	if len(s.cons[i]) == 0 || s.cons[i][0] != want[0] {
		return 0
	}
	n, at := 0, 0
	for k := i; k < len(s.reads) && s.reads[k] != "" && k < i+7; k++ {
		for _, c := range s.cons[k] {
			if at == len(want) || want[at] != c {
				return 0
			}
			at++
		}
		n++
		if at == len(want) {
			return n
		}
	}
	return 0
}

// skeleton is the consonants of a word by the classes that transliteration into Chinese confuses; a double one counts once.
func skeleton(w string) []byte {
	out := make([]byte, 0, 8)
	for i := 0; i < len(w) && len(out) < 12; i++ {
		var c byte
		switch w[i] {
		case 'p', 'b':
			c = 'p'
		case 't', 'd':
			c = 't'
		case 'k', 'g', 'q':
			c = 'k'
		case 'c':
			c = 's'
			if i+1 < len(w) && strings.IndexByte("aourl", w[i+1]) >= 0 {
				c = 'k'
			}
		case 's', 'z', 'x', 'j':
			c = 's'
		case 'm', 'n':
			c = 'n'
		case 'l', 'r':
			c = 'l'
		case 'f', 'v', 'w':
			c = 'f'
		default:
			continue
		}
		if c == 'k' && w[i] == 'g' && i > 0 && w[i-1] == 'n' {
			continue
		}
		if len(out) == 0 || out[len(out)-1] != c {
			out = append(out, c)
		}
	}
	return out
}
