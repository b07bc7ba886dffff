package fault

import (
	"slices"
	"strings"
)

// editFurniture changes what stands around the article, and puts things between its paragraphs, once right beside the quotation's.
func editFurniture(w *writer, a *article) string {
	i, _, _ := a.find()
	for range 1 + w.IntN(2) {
		a.blocks = slices.Insert(a.blocks, i+w.IntN(2), []string{pick(w, w.lang.furniture)})
	}
	for range 1 + w.IntN(5) {
		a.blocks = slices.Insert(a.blocks, w.IntN(len(a.blocks)), []string{pick(w, w.lang.furniture) + " " + w.number()})
	}
	for range 1 + w.IntN(3) {
		a.blocks = slices.Insert(a.blocks, 0, []string{pick(w, w.lang.furniture)})
	}
	return Verbatim
}

// editTypography sets the page otherwise.
func editTypography(w *writer, a *article) string {
	var pairs []string
	switch w.lang.code {
	case "zh":
		pairs = []string{"“", "「", "”", "」", "，", ",", "：", ":", "（", "(", "0", "０", "1", "１", "7", "７"}
	case "ar":
		pairs = []string{"«", "“", "»", "”", "قال", "قـال", " في ", "\u00a0في "}
	default:
		pairs = []string{"“", "\"", "”", "\"", "’", "'", "fi", "ﬁ", "ffi", "ﬃ", " de ", " de\u00a0", " the ", " the\u202f", "port", "por\u00adt", "minis", "mi\u200bnis"}
	}
	r := strings.NewReplacer(pairs...)
	for _, b := range a.blocks {
		for j := range b {
			b[j] = r.Replace(b[j])
		}
	}
	return Verbatim
}

// editWrapping breaks paragraphs elsewhere: one a sentence, or two joined.
func editWrapping(w *writer, a *article) string {
	i, first, last := a.find()
	if w.IntN(2) == 0 && (first > 0 || last+1 < len(a.blocks[i])) {
		b := a.blocks[i]
		a.blocks = slices.Replace(a.blocks, i, i+1, b[:first:first], b[first:last+1:last+1], b[last+1:])
		return Verbatim
	}
	if i+1 >= len(a.blocks) {
		return ""
	}
	a.blocks[i] = append(a.blocks[i], a.blocks[i+1]...)
	a.blocks = slices.Delete(a.blocks, i+1, i+2)
	return Verbatim
}

// beside rewrites the sentences before (1), after (2) or around (3) the quotation's.
func (w *writer) beside(a *article, sides int) {
	i, first, last := a.find()
	if sides&1 != 0 {
		if first > 0 {
			a.blocks[i][first-1] = w.sentence()
		} else if i > 0 {
			a.blocks[i-1][len(a.blocks[i-1])-1] = w.sentence()
		}
	}
	if sides&2 != 0 {
		if last+1 < len(a.blocks[i]) {
			a.blocks[i][last+1] = w.sentence()
		} else if i+1 < len(a.blocks) {
			a.blocks[i+1][0] = w.sentence()
		}
	}
}

func editNeighbours(w *writer, a *article) string {
	w.beside(a, 1+w.IntN(3))
	return Verbatim
}

// editMove moves the sentence, or its paragraph, elsewhere.
func editMove(w *writer, a *article) string {
	i, first, last := a.find()
	b := a.blocks[i]
	moved := slices.Clone(b)
	if w.IntN(2) == 0 {
		a.blocks = slices.Delete(a.blocks, i, i+1)
	} else {
		moved = slices.Clone(b[first : last+1])
		a.blocks[i] = slices.Delete(b, first, last+1)
	}
	var places []int
	for _, at := range a.body() {
		if at < i-1 || at > i+1 {
			places = append(places, at)
		}
	}
	if len(places) == 0 {
		return ""
	}
	at := pick(w, places)
	if w.IntN(2) == 0 {
		a.blocks = slices.Insert(a.blocks, at, moved)
	} else {
		a.blocks[at] = slices.Insert(a.blocks[at], w.IntN(len(a.blocks[at])+1), moved...)
	}
	return Moved
}

// editRepeat repeats boilerplate, other sentences, or the quoted sentence itself, elsewhere on the page.
func editRepeat(w *writer, a *article) string {
	i, first, last := a.find()
	bare := func(list []string) []string {
		out := slices.Clone(list)
		for k := range out {
			out[k] = strings.NewReplacer(open, "", close, "").Replace(out[k])
		}
		return out
	}
	switch w.IntN(4) {
	case 0: // the sentence, as a key point above
		a.blocks = slices.Insert(a.blocks, w.IntN(min(i, 3)+1), []string{pick(w, w.lang.said)}, bare(a.blocks[i][first:last+1]))
	case 1: // the paragraph, at the end
		a.blocks = append(a.blocks, bare(a.blocks[i]))
	case 2: // the paragraphs around it, without it
		a.blocks = append(a.blocks, bare(a.blocks[max(0, i-1)]), bare(a.blocks[min(len(a.blocks)-1, i+1)]))
	case 3:
		for range 3 {
			a.blocks = append(a.blocks, bare(a.blocks[0]))
		}
	}
	return Verbatim
}

// editExpand puts sentences before and after the quotation's.
func editExpand(w *writer, a *article) string {
	i, first, last := a.find()
	for range 1 + w.IntN(3) {
		a.blocks[i] = slices.Insert(a.blocks[i], last+1, w.sentence())
	}
	for range 1 + w.IntN(3) {
		a.blocks[i] = slices.Insert(a.blocks[i], first, w.sentence())
	}
	for range w.IntN(4) {
		a.blocks = slices.Insert(a.blocks, w.IntN(len(a.blocks)+1), []string{w.sentence(), w.sentence()})
	}
	return Verbatim
}

// notice puts the notice of a correction somewhere, citing what the text said.
func (w *writer) notice(a *article, said string) {
	text := strings.Replace(pick(w, w.lang.notices), "{Q}", said, 1)
	i, _, last := a.find()
	at := 0
	switch w.IntN(4) {
	case 0:
		at = w.IntN(3)
	case 1, 2:
		at = len(a.blocks) - w.IntN(3)
	case 3: // in brackets, in the middle of the paragraph
		if i >= 0 {
			a.blocks[i] = slices.Insert(a.blocks[i], last+1, "("+text+")")
			return
		}
	}
	a.blocks = slices.Insert(a.blocks, at, []string{text})
}

func editCorrection(w *writer, a *article) string {
	said := a.quoted()
	truth := w.inside(a, pick(w, []func(string) string{w.negate, w.renumber, w.rename, w.reword}))
	if truth != "" {
		w.notice(a, said)
	}
	return truth
}

// editReprint edits the sentence and reprints the whole paragraph as it was in a notice.
func editReprint(w *writer, a *article) string {
	i, _, _ := a.find()
	said := strings.NewReplacer(open, "", close, "").Replace(w.join(a.blocks[i]))
	truth := w.inside(a, w.reword)
	if truth != "" {
		a.blocks = append(a.blocks, []string{strings.Replace(pick(w, w.lang.notices), "{Q}", said, 1)})
	}
	return truth
}
