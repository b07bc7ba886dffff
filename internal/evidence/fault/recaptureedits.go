package fault

import (
	"slices"
	"strings"
	"unicode"
)

// edit is one kind of thing that happens to a page. prepare, when there is one, makes an article and a quotation to suit. do returns what
// became of the quotation; "" when the article has nothing to do it to.
type edit struct {
	name    string
	prepare func(w *writer, a *article)
	edit    func(w *writer, a *article) string
}

func edits() []edit {
	return []edit{
		{"unchanged", nil, func(w *writer, a *article) string { return Verbatim }},
		{"furniture", nil, editFurniture},
		{"typography", nil, editTypography},
		{"rewrapped", nil, editWrapping},
		{"neighbours", nil, editNeighbours},
		{"moved", nil, editMove},
		{"repeated", nil, editRepeat},
		{"expanded", nil, editExpand},
		{"negated", nil, func(w *writer, a *article) string { return w.inside(a, w.negate) }},
		{"number", nil, func(w *writer, a *article) string { return w.inside(a, w.renumber) }},
		{"name", nil, func(w *writer, a *article) string { return w.inside(a, w.rename) }},
		{"word", nil, func(w *writer, a *article) string { return w.inside(a, w.reword) }},
		{"letter case", nil, func(w *writer, a *article) string { return w.inside(a, strings.ToUpper) }},
		{"rewritten", nil, func(w *writer, a *article) string { return w.inside(a, w.rewrite) }},
		{"edited, neighbours", nil, func(w *writer, a *article) string {
			w.beside(a, 1)
			return w.inside(a, w.reword)
		}},
		{"edited, cited", nil, editCorrection},
		{"edited, reprinted", nil, editReprint},
		{"edited and moved", nil, func(w *writer, a *article) string {
			if editMove(w, a) == "" {
				return ""
			}
			return w.inside(a, w.reword)
		}},
		{"taken out", nil, editTakeOut},
		{"taken out, cited", nil, func(w *writer, a *article) string {
			said := a.quoted()
			editTakeOut(w, a)
			w.notice(a, said)
			return Gone
		}},
		{"taken out, paragraph", nil, func(w *writer, a *article) string {
			i, _, _ := a.find()
			a.blocks = slices.Delete(a.blocks, i, i+1)
			return Gone
		}},
		{"twin left", prepareTwin, editTakeOut},
		{"twin added", nil, editTwinAdded},
		{"twin edited", prepareTwin, editTwin},
		{"twice, this left", prepareTwice, editOther},
		{"twice, other left", prepareTwice, editTakeOut},
		{"list row edited", prepareList, func(w *writer, a *article) string { return w.inside(a, w.renumber) }},
		{"list row taken out", prepareList, editTakeOut},
		{"list row added", prepareList, editListAdded},
		{"replaced", nil, editReplace},
		{"other article", nil, func(w *writer, a *article) string {
			w.said = "" // it may say the very words, by accident
			*a = w.article()
			return Gone
		}},
	}
}

// find returns the block of the quotation and its first and last sentence.
func (a *article) find() (block, first, last int) {
	for i, b := range a.blocks {
		for j, s := range b {
			if strings.Contains(s, open) {
				block, first = i, j
			}
			if strings.Contains(s, close) {
				return block, first, j
			}
		}
	}
	return -1, 0, 0
}

// merge makes the sentences of the quotation one, and returns where it is.
func (a *article) merge() (block, at int) {
	i, j, last := a.find()
	sep := " "
	if !a.lang.spaced {
		sep = ""
	}
	b := a.blocks[i]
	b[j] = strings.Join(b[j:last+1], sep)
	a.blocks[i] = slices.Delete(b, j+1, last+1)
	return i, j
}

// quoted returns the words quoted.
func (a *article) quoted() string {
	c := a.clone()
	i, j := c.merge()
	_, s, _ := strings.Cut(c.blocks[i][j], open)
	s, _, _ = strings.Cut(s, close)
	return s
}

// inside edits the words quoted.
func (w *writer) inside(a *article, change func(string) string) string {
	i, j := a.merge()
	before, s, _ := strings.Cut(a.blocks[i][j], open)
	s, after, _ := strings.Cut(s, close)
	now := change(s)
	if squeeze(now) == squeeze(s) || now == "" {
		return ""
	}
	a.blocks[i][j] = before + open + now + close + after
	return Edited
}

// negate inserts a negation between two words.
func (w *writer) negate(s string) string {
	words := w.words(s)
	if len(words) < 3 {
		return ""
	}
	return w.join(slices.Insert(words, 1+w.IntN(len(words)-2), pick(w, w.lang.nots)))
}

// renumber changes one number.
func (w *writer) renumber(s string) string {
	r := []rune(s)
	var at []int
	for i, c := range r {
		if c >= '0' && c <= '9' {
			at = append(at, i)
		}
	}
	if len(at) == 0 {
		return ""
	}
	i := pick(w, at)
	switch w.IntN(3) {
	case 0: // one digit more
		return string(slices.Insert(r, i, rune('1'+w.IntN(9))))
	case 1:
		if (i+1 < len(r) && unicode.IsDigit(r[i+1])) && r[i+1] != '0' {
			return string(slices.Delete(r, i, i+1))
		}
	}
	r[i] = '1' + (r[i]-'0'+rune(w.IntN(8)))%9
	return string(r)
}

// rename puts another name in the place of one.
func (w *writer) rename(s string) string {
	for _, c := range "POL" {
		for _, name := range w.lang.fill[byte(c)] {
			if strings.Contains(s, name) {
				return strings.Replace(s, name, pick(w, w.lang.fill[byte(c)]), 1)
			}
		}
	}
	return ""
}

// reword replaces, inserts or takes out one word that has letters.
func (w *writer) reword(s string) string {
	words := w.words(s)
	if len(words) < 4 {
		return ""
	}
	i := w.IntN(len(words))
	if !strings.ContainsFunc(words[i], unicode.IsLetter) {
		return ""
	}
	switch w.IntN(3) {
	case 0:
		words[i] = pick(w, w.lang.synonyms)
	case 1: // never at an end, where it would be beside the words
		words = slices.Insert(words, 1+w.IntN(len(words)-1), pick(w, w.lang.synonyms))
	case 2:
		words = slices.Delete(words, i, i+1)
	}
	return w.join(words)
}

// rewrite replaces a quarter of the words.
func (w *writer) rewrite(s string) string {
	words := w.words(s)
	if len(words) < 8 {
		return ""
	}
	for range max(2, len(words)/4) {
		words[w.IntN(len(words))] = pick(w, w.lang.synonyms)
	}
	return w.join(words)
}
