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
