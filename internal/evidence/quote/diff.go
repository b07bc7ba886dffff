package quote

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// What an edit does.
const (
	Same    = "same"
	Added   = "added"
	Removed = "removed"
)

// Edit is a run of words that stands in both texts or in one of them.
type Edit struct {
	Op   string `json:"op"` // Same, Added or Removed
	Text string `json:"text"`
	Old  int    `json:"old"` // code points of the old text before it
	New  int    `json:"new"` // code points of the new text before it
}

// mostWords is how many words and signs of two passages together are compared one by one; longer ones are shown as replaced.
const mostWords = 60_000

// Diff returns how one text becomes the other, word by word, and character by character in scripts that put no spaces between
// words. What differs in typesetting only is the same, and shown as the new text has it: the texts of Same and Added together are the
// new text. What was removed stands before what was added in its place. Texts are compared block by block first; passages of
// more than 60,000 words, or with too little in common, are shown as replaced.
func Diff(old, new string) []Edit {
	edits, _ := diff(old, new)
	return edits
}

// diff says too whether something in common may have been passed over.
func diff(old, new string) (edits []Edit, coarse bool) {
	e := editor{}
	list, coarse := hunks(lines(old), lines(new))
	for _, h := range list {
		switch {
		case h.same:
			e.same(h.old, h.new)
		default:
			e.words(strings.Join(h.old, ""), strings.Join(h.new, ""))
		}
	}
	e.flush()
	return e.edits, coarse || e.coarse
}

// lines splits a text into blocks, each with its line feed.
func lines(s string) []string { return slices.Collect(strings.Lines(s)) }

// hunk is a run of blocks that are the same in both texts, or of blocks in whose place others stand.
type hunk struct {
	same     bool
	old, new []string
}

// hunks compares two lists of blocks.
func hunks(old, new []string) (out []hunk, coarse bool) {
	ids := interner{}
	a, b := ids.all(old), ids.all(new)
	i, j := 0, 0
	add := func(same bool, ni, nj int) {
		if ni > 0 || nj > 0 {
			out = append(out, hunk{same, old[i : i+ni], new[j : j+nj]})
			i, j = i+ni, j+nj
		}
	}
	runs, coarse := common(a, b)
	for _, r := range runs {
		add(false, r.a-i, r.b-j)
		add(true, r.n, r.n)
	}
	add(false, len(a)-i, len(b)-j)
	return out, coarse
}

// interner numbers words and blocks, the same number for those that differ in typesetting only.
type interner map[string]int

func (ids interner) all(list []string) []int {
	out := make([]int, len(list))
	for i, s := range list {
		key := s
		if !plain(s) {
			key = string(fold(s).runes)
		}
		if strings.TrimSpace(s) == "" {
			key = " "
		}
		id, ok := ids[key]
		if !ok {
			id = len(ids)
			ids[key] = id
		}
		out[i] = id
	}
	return out
}

// plain says that folding changes nothing.
func plain(s string) bool {
	for i := range len(s) {
		if c := s[i]; !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9') {
			return false
		}
	}
	return true
}

// tokens splits a text into words, numbers, single signs and runs of white space.
func tokens(s string) []string {
	var out []string
	runes := []rune(s)
	begin, i := 0, -1
	for offset, r := range s {
		i++
		var before, after rune
		if i > 1 {
			before = runes[i-2]
		}
		if i+1 < len(runes) {
			after = runes[i+1]
		}
		if i > 0 && (!joined(before, runes[i-1], r, after) || wordless(r)) && !(unicode.IsSpace(r) && unicode.IsSpace(runes[i-1])) && !unicode.IsMark(r) {
			out = append(out, s[begin:offset])
			begin = offset
		}
	}
	if begin < len(s) {
		out = append(out, s[begin:])
	}
	return out
}

// wordless says whether a script puts no spaces between words, though spaces mean something in it.
func wordless(r rune) bool {
	return r >= 0x0E00 && unicode.In(r, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar, unicode.Tibetan)
}

// editor collects edits.
type editor struct {
	edits   []Edit
	old     int
	new     int
	removed strings.Builder
	added   strings.Builder
	coarse  bool
}

func (e *editor) same(old, new []string) {
	e.flush()
	text := strings.Join(new, "")
	e.put(Same, text)
	for _, s := range old {
		e.old += utf8.RuneCountInString(s)
	}
	e.new += utf8.RuneCountInString(text)
}

func (e *editor) put(op, text string) {
	if text == "" {
		return
	}
	if n := len(e.edits); n > 0 && e.edits[n-1].Op == op {
		e.edits[n-1].Text += text
		return
	}
	e.edits = append(e.edits, Edit{op, text, e.old, e.new})
}

func (e *editor) flush() {
	removed, added := e.removed.String(), e.added.String()
	e.removed.Reset()
	e.added.Reset()
	e.put(Removed, removed)
	e.old += utf8.RuneCountInString(removed)
	e.put(Added, added)
	e.new += utf8.RuneCountInString(added)
}

// words compares two passages word by word. What stays between two edits and holds no word goes with them.
func (e *editor) words(old, new string) {
	x, y := tokens(old), tokens(new)
	var runs []run
	coarse := true
	if len(x)+len(y) <= mostWords {
		ids := interner{}
		runs, coarse = common(ids.all(x), ids.all(y))
	}
	e.coarse = e.coarse || coarse
	i, j := 0, 0
	for _, r := range runs {
		e.replace(x[i:r.a], y[j:r.b])
		i, j = r.a+r.n, r.b+r.n
		between := (e.removed.Len() > 0 || e.added.Len() > 0) && (i < len(x) || j < len(y))
		if between && !slices.ContainsFunc(y[r.b:j], hasWord) {
			e.replace(x[r.a:i], y[r.b:j])
			continue
		}
		e.same(x[r.a:i], y[r.b:j])
	}
	e.replace(x[i:], y[j:])
}

func (e *editor) replace(old, new []string) {
	for _, s := range old {
		e.removed.WriteString(s)
	}
	for _, s := range new {
		e.added.WriteString(s)
	}
}

func hasWord(s string) bool { return strings.ContainsFunc(s, wordRune) || strings.Contains(s, "\n") }
