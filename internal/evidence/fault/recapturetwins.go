package fault

import (
	"slices"
	"strings"
)

// editTakeOut takes the sentences out in which the quotation stands.
func editTakeOut(w *writer, a *article) string {
	i, first, last := a.find()
	a.blocks[i] = slices.Delete(a.blocks[i], first, last+1)
	return Gone
}

func editReplace(w *writer, a *article) string {
	i, first, last := a.find()
	a.blocks[i] = slices.Replace(a.blocks[i], first, last+1, open+w.sentence()+close)
	return Replaced
}

// twin returns a sentence like the quotation's, with a word, number or name changed.
func (w *writer) twin(s string) string {
	s = strings.NewReplacer(open, "", close, "").Replace(s)
	for range 50 {
		if t := pick(w, []func(string) string{w.reword, w.renumber, w.rename, w.negate})(s); t != "" && t != s {
			return t
		}
	}
	return s + " " + w.number()
}

// prepareTwin quotes a sentence that has a twin, right beside it or elsewhere.
func prepareTwin(w *writer, a *article) {
	i := pick(w, a.body())
	j := w.IntN(len(a.blocks[i]))
	t := w.twin(a.blocks[i][j])
	a.blocks[i][j] = open + a.blocks[i][j] + close
	switch w.IntN(3) {
	case 0:
		a.blocks[i] = slices.Insert(a.blocks[i], j+w.IntN(2), t)
	default:
		at := pick(w, a.body())
		a.blocks[at] = slices.Insert(a.blocks[at], w.IntN(len(a.blocks[at])+1), t)
	}
	if strings.Contains(a.quoted(), t) || w.IntN(4) > 0 {
		return
	}
	// Sometimes their surroundings are twins too.
	i, first, _ := a.find()
	if first > 0 {
		a.blocks = slices.Insert(a.blocks, pick(w, a.body()), []string{w.twin(a.blocks[i][first-1]), w.twin(a.blocks[i][first])})
	}
}

func editTwinAdded(w *writer, a *article) string {
	i, first, last := a.find()
	if !strings.HasPrefix(a.blocks[i][first], open) || !strings.HasSuffix(a.blocks[i][last], close) {
		return "" // what is around a part of a sentence would go with the twin
	}
	said := a.quoted()
	t := w.twin(w.join(a.blocks[i][first : last+1]))
	a.blocks[i] = slices.Delete(a.blocks[i], first, last+1)
	at := pick(w, a.body())
	a.blocks[at] = slices.Insert(a.blocks[at], w.IntN(len(a.blocks[at])+1), t)
	if at >= i-3 && at <= i+3 || strings.Contains(t, said) {
		return "" // too near to say that it is not the sentence edited, or the very words
	}
	return Gone
}

// editTwin edits a sentence that is not quoted, and takes another one out.
func editTwin(w *writer, a *article) string {
	i, first, last := a.find()
	for range 3 {
		at := pick(w, a.body())
		j := w.IntN(len(a.blocks[at]))
		if at != i || j < first || j > last {
			a.blocks[at][j] = w.twin(a.blocks[at][j])
		}
	}
	return Verbatim
}

// prepareTwice quotes a sentence that stands in the text twice or thrice.
func prepareTwice(w *writer, a *article) {
	i := pick(w, a.body())
	j := w.IntN(len(a.blocks[i]))
	s := a.blocks[i][j]
	a.blocks[i][j] = open + s + close
	for range 1 + w.IntN(2) {
		at := pick(w, a.body())
		if at == i { // beside one another nobody can tell which one went
			continue
		}
		a.blocks[at] = slices.Insert(a.blocks[at], w.IntN(len(a.blocks[at])+1), s)
	}
}

// editOther takes out the sentences that are the same as the quoted one.
func editOther(w *writer, a *article) string {
	said := a.quoted()
	for i := range a.blocks {
		a.blocks[i] = slices.DeleteFunc(a.blocks[i], func(s string) bool { return s == said })
	}
	if w.IntN(2) == 0 {
		w.beside(a, 1+w.IntN(2))
	}
	return Verbatim
}

// prepareList quotes a row of a list of rows that are much alike.
func prepareList(w *writer, a *article) {
	var template string
	for _, t := range w.lang.templates {
		if strings.Contains(t, "{N}") && (template == "" || w.IntN(3) == 0) {
			template = t
		}
	}
	one := &writer{Rand: w.Rand, lang: &language{code: w.lang.code, spaced: w.lang.spaced, templates: []string{template}, fill: map[byte][]string{}}}
	for c, list := range w.lang.fill {
		one.lang.fill[c] = list[:2]
	}
	var rows [][]string
	for range 4 + w.IntN(8) {
		rows = append(rows, []string{one.sentence()})
	}
	i := w.IntN(len(rows))
	rows[i][0] = open + rows[i][0] + close
	a.blocks = slices.Insert(a.blocks, pick(w, a.body()), rows...)
}

func editListAdded(w *writer, a *article) string {
	i, _, _ := a.find()
	at := i + w.IntN(2)
	a.blocks = slices.Insert(a.blocks, at, []string{w.twin(a.blocks[i][0])})
	return Verbatim
}
