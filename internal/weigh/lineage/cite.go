package lineage

import (
	"slices"
	"strings"
	"unicode"
)

// mostCitations are kept of one text.
const mostCitations = 64

// citation is where a text names whose statement it gives.
type citation struct {
	name       string   // folded
	start, end int32    // bytes: the phrase and the name
	first, n   int32    // tokens of the name
	keys       []uint32 // what the name means
	credit     bool     // the text itself is credited: a dateline "(Reuters) —", "with information from"
}

// citations finds the phrases of the text's language, and datelines.
func (r *reader) citations() []citation {
	var out []citation
	add := func(phrase, first, n int, credit bool) {
		if n > 0 && len(out) < mostCitations {
			out = append(out, citation{name: r.join(first, n), start: r.tokens[min(phrase, first)].start,
				end: r.tokens[max(phrase, first+n-1)].end, first: int32(first), n: int32(n), credit: credit})
		}
	}
	if r.lang == chinese {
		r.hanCitations(add)
		return out
	}
	r.dateline(add)
	x := &r.t.by[r.lang]
	for i := 0; i < len(r.tokens) && len(out) < mostCitations; i++ {
		for _, words := range x.after[string(r.word(i))] {
			if r.follows(i, words) {
				first, n := r.nameFrom(i + len(words))
				last := words[len(words)-1]
				add(i, first, n, n > 0 && (last == "from" || last == "de" && len(words) > 1 && words[0] != "de" || strings.HasPrefix(words[0], "publi") || words[0] == "via"))
				break
			}
		}
		if x.before[string(r.word(i))] && i > 0 && r.tokens[i-1].flags&isCapital != 0 {
			first := i
			for first > 0 && i-first < 5 && r.tokens[first-1].flags&isCapital != 0 && isSpace(r.between(first)) {
				first--
			}
			add(i, first, i-first, false)
		}
	}
	return out
}

// nameFrom finds the name that begins at a token or after an article and a common noun: "según el diario El País".
func (r *reader) nameFrom(i int) (first, n int) {
	for k := 0; k < 4 && i+k < len(r.tokens); k++ {
		if at := r.between(i + k); k > 0 && strings.ContainsAny(at, ".;:!?\n") {
			return 0, 0
		}
		if r.tokens[i+k].flags&isCapital == 0 {
			continue
		}
		first, n = i+k, 1
		for first+n < len(r.tokens) && n < 8 {
			step := 1
			if w := r.wordAt(first + n); (w == "of" || w == "de" || w == "del" || w == "da" || w == "do" || w == "and" || w == "y" || w == "e" || w == "the") && first+n+1 < len(r.tokens) {
				step = 2
			}
			if r.tokens[first+n+step-1].flags&isCapital == 0 || !isSpace(r.between(first+n)) {
				break
			}
			n += step
		}
		return first, n
	}
	return 0, 0
}

// dateline finds the agency that a text is credited to in its first words: "Dec. 1 (UPI) —", "CARACAS (Reuters) -", "Infobae.-".
func (r *reader) dateline(add func(phrase, first, n int, credit bool)) {
	for i := range min(len(r.tokens), 8) {
		after := strings.TrimLeft(r.after(i), " ")
		before := ""
		if i > 0 {
			before = r.between(i)
		}
		rest := strings.TrimLeft(strings.TrimPrefix(after, ")"), " .,")
		dash := strings.HasPrefix(rest, "-") || strings.HasPrefix(rest, "–") || strings.HasPrefix(rest, "—")
		switch {
		case strings.HasSuffix(before, "(") && strings.HasPrefix(after, ")") && dash:
			add(i, i, 1, true)
			return
		case i < 3 && (strings.HasPrefix(after, ".-") || strings.HasPrefix(after, ".–") || strings.HasPrefix(after, ".—")) && r.tokens[i].flags&isCapital != 0:
			add(i, 0, i+1, true)
			return
		}
	}
}

// hanCitations finds 据…报道, 援引…, 转自…: the name is what stands up to the verb or the next mark.
func (r *reader) hanCitations(add func(phrase, first, n int, credit bool)) {
	for i := range r.tokens {
		if r.tokens[i].flags&isHan == 0 {
			continue
		}
		for _, c := range r.t.hanCites {
			n := len([]rune(c))
			if !r.followsHan(i, c) || n == 1 && strings.Contains("证数占收票单字依凭论根", r.wordAt(i-1)) && r.wordAt(i-1) != "" {
				continue
			}
			first, k := i+n, 0
			for first+k < len(r.tokens) && k < 14 {
				at := r.between(first + k)
				if k > 0 && strings.IndexFunc(at, func(c rune) bool { return unicode.IsPunct(c) && c != '·' && c != '《' }) >= 0 {
					break
				}
				if w := r.wordAt(first + k); strings.Contains("称说报消透的在于", w) && k > 1 || w == "称" || w == "说" {
					if w != "报" || r.wordAt(first+k+1) == "道" || r.wordAt(first+k+1) == "导" {
						break
					}
				}
				k++
			}
			if k >= 2 && k < 14 || k == 1 && r.tokens[first].flags&isHan == 0 {
				add(i, first, k, strings.HasPrefix(c, "转") || strings.HasPrefix(c, "来源") || strings.HasSuffix(c, "译自"))
			}
			break
		}
	}
}

func (r *reader) followsHan(i int, s string) bool {
	for _, c := range s {
		if c == ':' || c == '：' {
			continue
		}
		if r.wordAt(i) != string(c) {
			return false
		}
		i++
	}
	return true
}

// join is the folded words of some tokens; Han characters are not parted.
func (r *reader) join(first, n int) string {
	var b strings.Builder
	for i := first; i < first+n && i < len(r.tokens); i++ {
		if i > first && (r.tokens[i].flags&isHan == 0 || r.tokens[i-1].flags&isHan == 0) {
			b.WriteByte(' ')
		}
		b.Write(r.word(i))
	}
	return b.String()
}

// publisher is what an outlet's name says, as people write it.
type publisher struct {
	names   []string // the outlet's own names, folded
	credits []credit // others that it names
	keys    []uint32 // what its own name means, places left out: terms of the glossary only
}

// credit is somebody whom an outlet's name credits: "La FM (EFE text)", "UPI via Gephardt Daily".
type credit struct {
	name       string // folded
	raw        string // as written
	explicit   bool   // it says that the text is theirs
	translated bool
}

const mostOutlet = 300 // bytes of an outlet's name that are read

// readOutlet takes an outlet's name apart.
func (r *reader) readOutlet(s string) publisher {
	if len(s) > mostOutlet {
		s = strings.ToValidUTF8(s[:mostOutlet], "")
	}
	var p publisher
	own, note := s, ""
	if at := strings.IndexAny(s, "(（"); at >= 0 {
		own = strings.TrimSpace(s[:at])
		_, note, _ = strings.Cut(s[at:], s[at:at+len(string([]rune(s[at:])[0]))])
		note = strings.TrimRight(note, ")） ")
	}
	fields := strings.Fields(own)
	for i, w := range fields {
		l := strings.ToLower(w)
		if i == 0 || i == len(fields)-1 || l != "via" && l != "of" && l != "translating" && l != "quoting" {
			continue
		}
		left, right := strings.Join(fields[:i], " "), strings.Join(fields[i+1:], " ")
		if l == "via" {
			own = right
			p.credits = append(p.credits, r.creditOf(left, true))
		} else if r.isTextWord(fields[len(fields)-1]) {
			own = left
			p.credits = append(p.credits, r.creditOf(right, true))
		}
		break
	}
	if rest, ok := strings.CutSuffix(own, " mirror"); ok {
		p.credits = append(p.credits, r.creditOf(rest, true))
		own = note
		note = ""
	}
	if note != "" {
		c := r.creditOf(note, false)
		p.credits = append(p.credits, c)
	}
	for part := range strings.SplitSeq(own, "/") {
		if n := r.fold(part); n != "" {
			p.names = append(p.names, n)
		}
	}
	r.read(own, "")
	for _, f := range r.facts {
		switch f.kind {
		case factTerm:
			p.keys = append(p.keys, f.key)
		case factPlace, factPart:
		default:
			p.keys = nil
			return p
		}
	}
	return p
}

// creditOf takes the words away that say what kind of text it is.
func (r *reader) creditOf(s string, explicit bool) credit {
	c := credit{explicit: explicit}
	var keep []string
	for _, w := range strings.FieldsFunc(s, func(c rune) bool { return c == ' ' || c == ',' || c == ';' }) {
		l := r.fold(w)
		switch {
		case strings.Contains(l, "translat") || strings.HasPrefix(l, "traduc") || strings.HasPrefix(l, "traduz") || strings.Contains(l, "译"):
			c.explicit, c.translated = true, true
		case r.isTextWord(w):
			c.explicit = true
		case l == "chinese" || l == "spanish" || l == "english" || l == "portuguese" || l == "de" || l == "da" || l == "do" || l == "from" || l == "by":
		default:
			keep = append(keep, w)
		}
	}
	c.raw = strings.Join(keep, " ")
	c.name = r.fold(c.raw)
	return c
}

// isTextWord says whether a word in an outlet's name says that the text is somebody else's.
func (r *reader) isTextWord(w string) bool {
	return slices.Contains([]string{"text", "texto", "editorial", "copy", "copia", "reprint", "republished", "reposted", "repost", "syndicated", "mirror",
		"wire", "cable", "转 载", "转 发"}, r.fold(w))
}

// fold is Fold, in the reader's own memory; what was read before is lost.
func (r *reader) fold(s string) string {
	r.reset(s, "en")
	return r.join(0, len(r.tokens))
}

// named says whether a name that a text cites is one of an outlet's names: the same, or all the words of the shorter one at the beginning
// of the other. "efe" is not in "efecto"; "el pais" is in "diario el pais".
func named(cited string, names []string) bool {
	cited = bare(cited)
	for _, n := range names {
		n = bare(n)
		if len(n) < 2 || len(cited) < 2 {
			continue
		}
		if cited == n || strings.HasPrefix(cited+" ", n+" ") || strings.HasPrefix(n+" ", cited+" ") && len(cited) >= 3 ||
			strings.HasSuffix(" "+cited, " "+n) && len(n) >= 3 {
			return true
		}
		if !isASCII(n) && len(n) >= 6 && (strings.Contains(cited, n) || strings.Contains(n, cited) && len(cited) >= 6) {
			return true
		}
	}
	return false
}

// bare is a folded name without an article or a kind before it.
func bare(s string) string {
	for _, p := range []string{"the ", "el ", "la ", "los ", "o ", "a ", "agencia ", "diario ", "jornal ", "periodico ", "revista "} {
		if rest, ok := strings.CutPrefix(s, p); ok && len(rest) > 2 {
			s = rest
		}
	}
	return s
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
