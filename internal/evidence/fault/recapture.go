package fault

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"unicode/utf8"
)

// What became of a quotation, as the one who edited the page knows.
const (
	Verbatim = "verbatim" // its words stand where they stood
	Moved    = "moved"    // its words stand elsewhere on the page
	Edited   = "edited"   // it stands there with other words
	Replaced = "replaced" // another sentence stands in its place: whether that is an edit is a matter of taste
	Gone     = "gone"     // it does not stand there
)

// Recapture is a generated article, a quotation from it, and the article as it was captured again, with what was done to it.
type Recapture struct {
	Kind  string // what was done
	Lang  string
	Old   string // canonical text of the first capture
	Start int    // code points of Old: the quotation
	End   int
	New   string // of the second
	Truth string // Verbatim, Moved, Edited, Replaced or Gone
	From  int    // code points of New: what became of it; not when it is gone
	To    int
}

// Marks in a text around what is quoted, while it is edited. Articles have no such characters.
const (
	open  = "\uE000"
	close = "\uE001"
)

// article is a page as blocks of sentences.
type article struct {
	lang   *language
	blocks [][]string
}

// writer makes articles and edits them.
type writer struct {
	*rand.Rand
	lang *language
	said string // the words quoted, which no new sentence says again by accident
}

func pick[E any](w *writer, list []E) E { return list[w.IntN(len(list))] }

// NewRecapture makes the n-th recapture of a seed. Kinds and languages take turns.
func NewRecapture(seed uint64, n int) Recapture {
	all, kinds := languages(), edits()
	w := &writer{Rand: rand.New(rand.NewPCG(seed, uint64(n))), lang: &all[(n/len(kinds))%len(all)]}
	kind := kinds[n%len(kinds)]
	if kind.name == "letter case" && (w.lang.code == "zh" || w.lang.code == "ar") { // which have none
		w.lang = &all[w.IntN(3)]
	}
	for {
		w.said = ""
		old := w.article()
		if kind.prepare != nil {
			kind.prepare(w, &old)
		} else {
			w.quote(&old)
		}
		if old.doubled() {
			continue
		}
		w.said = squeeze(old.quoted())
		new := old.clone()
		truth := kind.edit(w, &new)
		if truth == "" || (truth == Verbatim || truth == Moved) && new.doubled() { // this article has nothing to do it to
			continue
		}
		r := Recapture{Kind: kind.name, Lang: w.lang.code, Truth: truth}
		r.Old, r.Start, r.End = old.render()
		r.New, r.From, r.To = new.render()
		said, says := string([]rune(r.Old)[r.Start:r.End]), string([]rune(r.New)[r.From:r.To])
		if truth == Edited && strings.Contains(squeeze(says), squeeze(said)) || truth != Edited && truth != Replaced && truth != Gone && kind.name != "typography" && squeeze(said) != squeeze(says) {
			continue
		}
		return r
	}
}

// RecaptureKinds returns the names of what is done to articles, in turn.
func RecaptureKinds() []string {
	var out []string
	for _, k := range edits() {
		out = append(out, k.name)
	}
	return out
}

func squeeze(s string) string { return strings.Join(strings.Fields(s), " ") }

// sentence makes a sentence that does not say what is quoted.
func (w *writer) sentence() string {
	for {
		if s := w.anySentence(); w.said == "" || !strings.Contains(s, w.said) && !strings.Contains(w.said, s) {
			return s
		}
	}
}

// doubled says that the quoted sentence stands right beside its like: which of the two an edit concerns nobody can tell.
func (a *article) doubled() bool {
	var flat []string
	at := -1
	c := a.clone()
	i, j := c.merge()
	for k, b := range c.blocks {
		for l, s := range b {
			if k == i && l == j {
				at = len(flat)
			}
			flat = append(flat, strings.NewReplacer(open, "", close, "").Replace(s))
		}
	}
	said := squeeze(a.quoted())
	return at > 0 && strings.Contains(flat[at-1], said) || at+1 < len(flat) && strings.Contains(flat[at+1], said) || strings.Count(flat[at], said) > 1
}

func (w *writer) anySentence() string {
	s := pick(w, w.lang.templates)
	var b strings.Builder
	for {
		i := strings.IndexByte(s, '{')
		if i < 0 {
			b.WriteString(s)
			break
		}
		b.WriteString(s[:i])
		if c := s[i+1]; c == 'N' {
			b.WriteString(w.number())
		} else {
			b.WriteString(pick(w, w.lang.fill[c]))
		}
		s = s[i+3:]
	}
	out := b.String()
	if r, n := utf8.DecodeRuneInString(out); w.lang.spaced && r >= 'a' && r <= 'z' {
		out = strings.ToUpper(string(r)) + out[n:]
	}
	return out
}

func (w *writer) number() string {
	switch w.IntN(4) {
	case 0:
		return strconv.Itoa(2 + w.IntN(9))
	case 1:
		return strconv.Itoa(1+w.IntN(9)) + "," + strconv.Itoa(100+w.IntN(900))
	}
	return strconv.Itoa(10 + w.IntN(990))
}

// article makes a page: what stands above the article, a headline, paragraphs, what stands below.
func (w *writer) article() article {
	a := article{lang: w.lang}
	for range 1 + w.IntN(4) {
		a.blocks = append(a.blocks, []string{pick(w, w.lang.furniture)})
	}
	a.blocks = append(a.blocks, []string{strings.TrimRight(w.sentence(), ".。")})
	for range 4 + w.IntN(30) {
		var p []string
		for range 1 + w.IntN(5) {
			p = append(p, w.sentence())
		}
		a.blocks = append(a.blocks, p)
		if w.IntN(8) == 0 {
			a.blocks = append(a.blocks, []string{pick(w, w.lang.furniture)})
		}
	}
	for range 2 + w.IntN(5) {
		a.blocks = append(a.blocks, []string{pick(w, w.lang.furniture)})
	}
	return a
}

func (a *article) clone() article {
	out := article{lang: a.lang}
	for _, b := range a.blocks {
		out.blocks = append(out.blocks, append([]string(nil), b...))
	}
	return out
}

// body returns the indexes of blocks with whole sentences.
func (a *article) body() []int {
	var out []int
	for i, b := range a.blocks {
		if len(b) == 0 {
			continue
		}
		if s := strings.Trim(b[0], open+close); strings.ContainsAny(s, ".。") && !strings.Contains(s, "©") {
			out = append(out, i)
		}
	}
	return out
}

// quote marks a sentence, a part of one, or two sentences.
func (w *writer) quote(a *article) {
	i := pick(w, a.body())
	b := a.blocks[i]
	j := w.IntN(len(b))
	switch w.IntN(5) {
	case 0:
		if j+1 < len(b) {
			b[j], b[j+1] = open+b[j], b[j+1]+close
			return
		}
	case 1, 2:
		words := w.words(b[j])
		if len(words) > 8 {
			from := w.IntN(len(words) - 6)
			to := from + 5 + w.IntN(len(words)-from-5)
			b[j] = w.join(words[:from]) + w.space(from) + open + w.join(words[from:to]) + close + w.space(len(words)-to) + w.join(words[to:])
			return
		}
	}
	b[j] = open + b[j] + close
}

// words splits a sentence into its words; Chinese into characters, numbers whole.
func (w *writer) words(s string) []string {
	if w.lang.spaced {
		return strings.Fields(s)
	}
	var out []string
	for _, r := range s {
		if n := len(out); n > 0 && r < 0x80 && out[n-1][0] < 0x80 {
			out[n-1] += string(r)
			continue
		}
		out = append(out, string(r))
	}
	return out
}

func (w *writer) join(words []string) string { return strings.Join(words, w.space(1)) }

func (w *writer) space(n int) string {
	if n > 0 && w.lang.spaced {
		return " "
	}
	return ""
}

// render returns the text, and the code points between the marks.
func (a *article) render() (text string, start, end int) {
	sep := " "
	if !a.lang.spaced {
		sep = ""
	}
	var lines []string
	for _, b := range a.blocks {
		if len(b) > 0 {
			lines = append(lines, strings.Join(b, sep))
		}
	}
	text = strings.Join(lines, "\n")
	if i := strings.Index(text, open); i >= 0 {
		start = utf8.RuneCountInString(text[:i])
		end = utf8.RuneCountInString(text[:strings.Index(text, close)]) - 1
	}
	return strings.NewReplacer(open, "", close, "").Replace(text), start, end
}
