package lineage

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxText is how many bytes of a text are looked at; what is beyond is not compared.
const MaxText = 1 << 20

// flags of a token
const (
	isHan      = 1 << iota
	isCapital  // begins with a capital letter
	isUpper    // two capitals or more, and no small letter
	isNumber   // has a digit
	startsLine // begins a sentence or a line
	inQuote    // between quotation marks
)

// token is a word, a number or one Han character.
type token struct {
	hash       uint32
	start, end int32 // bytes
	flags      uint8
}

// parsed is a text taken apart. Folded holds every token's folded form, one after the other, ended by ends.
type parsed struct {
	text   string
	tokens []token
	folded []byte
	ends   []int32
	lang   language
}

// word is the folded form of a token: small letters without accents, Han simplified.
func (p *parsed) word(i int) []byte {
	begin := int32(0)
	if i > 0 {
		begin = p.ends[i-1]
	}
	return p.folded[begin:p.ends[i]]
}

// between is what stands between a token and the one before.
func (p *parsed) between(i int) string {
	begin := int32(0)
	if i > 0 {
		begin = p.tokens[i-1].end
	}
	return p.text[begin:p.tokens[i].start]
}

// reset takes another text apart, in the same memory.
func (p *parsed) reset(text, lang string) {
	if len(text) > MaxText {
		text = text[:MaxText]
		for len(text) > 0 && !utf8.ValidString(text[len(text)-1:]) && !utf8.RuneStart(text[len(text)-1]) {
			text = text[:len(text)-1]
		}
	}
	p.text, p.tokens, p.folded, p.ends = text, p.tokens[:0], p.folded[:0], p.ends[:0]
	t := known()
	line, quoted := true, false
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRuneInString(text[i:])
		switch {
		case unicode.Is(unicode.Han, r):
			p.han(t, r, i, n, line, quoted)
			line = false
			i += n
		case letter(r):
			end := wordEnd(text, i)
			p.latin(text[i:end], i, line, quoted)
			line = false
			i = end
		default:
			switch r {
			case '.', '!', '?', '\n', '。', '！', '？', ';', '；':
				line = true
			case '“', '«', '「', '『':
				quoted = true
			case '”', '»', '」', '』':
				quoted = false
			case '"':
				quoted = !quoted
			}
			i += n
		}
	}
	p.lang = languageOf(p, lang)
}

func letter(r rune) bool { return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r)) }

// wordEnd returns where the word that begins at i ends. A point or a comma between digits belongs to the number, a point between single
// capitals to the acronym (U.S., EE.UU.), a hyphen or an apostrophe between letters parts words.
func wordEnd(s string, i int) int {
	digit := s[i] >= '0' && s[i] <= '9'
	for i < len(s) {
		r, n := utf8.DecodeRuneInString(s[i:])
		if letter(r) && !unicode.Is(unicode.Han, r) || unicode.Is(unicode.Mn, r) {
			i += n
			continue
		}
		if (r == '.' || r == ',') && i+1 < len(s) && i > 0 {
			next, before := s[i+1], s[i-1]
			if digit && next >= '0' && next <= '9' && before >= '0' && before <= '9' {
				i++
				continue
			}
			if r == '.' && capital(before) && capital(next) && (i < 2 || !small(s[i-2])) {
				i++
				continue
			}
		}
		break
	}
	return i
}

func capital(b byte) bool { return b >= 'A' && b <= 'Z' }
func small(b byte) bool   { return b >= 'a' && b <= 'z' || b >= 0x80 }

func (p *parsed) han(t *tables, r rune, at, n int, line, quoted bool) {
	if s, ok := t.simple[r]; ok {
		r = s
	}
	f := uint8(isHan)
	if line {
		f |= startsLine
	}
	if quoted {
		f |= inQuote
	}
	p.folded = utf8.AppendRune(p.folded, r)
	p.ends = append(p.ends, int32(len(p.folded)))
	p.tokens = append(p.tokens, token{hash: mix32(uint64(r) | 1<<40), start: int32(at), end: int32(at + n), flags: f})
}

func (p *parsed) latin(w string, at int, line, quoted bool) {
	var f uint8
	upper, lower := 0, 0
	begin := len(p.folded)
	for i, r := range w {
		switch {
		case unicode.IsUpper(r):
			if i == 0 {
				f |= isCapital
			}
			upper++
		case unicode.IsLower(r):
			lower++
		case r >= '0' && r <= '9':
			f |= isNumber
		}
		p.folded = appendFolded(p.folded, r)
	}
	if len(p.folded) == begin {
		p.folded = append(p.folded, w...)
	}
	if upper >= 2 && lower == 0 {
		f |= isUpper
	}
	if line {
		f |= startsLine
	}
	if quoted {
		f |= inQuote
	}
	p.ends = append(p.ends, int32(len(p.folded)))
	p.tokens = append(p.tokens, token{hash: hashBytes(p.folded[begin:]), start: int32(at), end: int32(at + len(w)), flags: f})
}

// appendFolded appends the small letter without accent. Points in acronyms fall away, in numbers they stay.
func appendFolded(b []byte, r rune) []byte {
	switch {
	case r < 0x80:
		if r >= 'A' && r <= 'Z' {
			r += 'a' - 'A'
		}
		if r == '.' && len(b) > 0 && (b[len(b)-1] < '0' || b[len(b)-1] > '9') {
			return b
		}
		return append(b, byte(r))
	case r >= 0xC0 && r < 0x180:
		return append(b, plain[2*(r-0xC0)], plain[2*(r-0xC0)+1])[:len(b)+plainLen(r)]
	case r >= 0xFF10 && r <= 0xFF19:
		return append(b, byte(r-0xFF10+'0'))
	case unicode.Is(unicode.Mn, r):
		return b
	}
	return utf8.AppendRune(b, unicode.ToLower(r))
}

func plainLen(r rune) int {
	if plain[2*(r-0xC0)+1] == ' ' {
		return 1
	}
	return 2
}

// plain gives for each letter from U+00C0 to U+017F its letters without accents, two bytes each.
const plain = "a a a a a a aec e e e e i i i i d n o o o o o x o u u u u y thssa a a a a a aec e e e e i i i i " +
	"d n o o o o o x o u u u u y thy a a a a a a c c c c c c c c d d d d e e e e e e e e e e g g g g " +
	"g g g g h h h h i i i i i i i i i i ijijj j k k k l l l l l l l l l l n n n n n n n n n o o o o " +
	"o o oeoer r r r r r s s s s s s s s t t t t t t u u u u u u u u u u u u w w y y y z z z z z z s "

// Fold is a name as names are compared: small letters, without accents, Han simplified, words parted by one space.
func Fold(s string) string {
	var p parsed
	p.reset(s, "")
	words := make([]string, len(p.tokens))
	for i := range p.tokens {
		words[i] = string(p.word(i))
	}
	return strings.Join(words, " ")
}

func hashBytes(b []byte) uint32 {
	h := uint64(14695981039346656037)
	for _, c := range b {
		h = (h ^ uint64(c)) * 1099511628211
	}
	return mix32(h)
}

func hashString(s string) uint32 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return mix32(h)
}

// mix spreads the bits (the finaliser of MurmurHash3).
func mix(h uint64) uint64 {
	h ^= h >> 33
	h *= 0xff51afd7ed558ccd
	h ^= h >> 33
	h *= 0xc4ceb9fe1a85ec53
	return h ^ h>>33
}

func mix32(h uint64) uint32 { return uint32(mix(h) >> 32) }
