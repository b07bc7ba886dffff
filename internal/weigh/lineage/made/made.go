// Package made makes texts that derive from each other in known ways, to fit and measure lineage: syndication with cuts and edits,
// corrections, other headlines, translations, rewrites, copies under a later date; and texts that do not derive and look as if: other
// people's reports of the same event, denials, texts on the same topic, lines that an outlet puts under everything.
package made

import (
	"fmt"
	"slices"
	"strings"

	"veedor/internal/weigh/lineage"
)

// Ways in which a text came to be.
const (
	Alone       = "alone"       // of an event nobody else tells of
	Root        = "root"        // others derive from it
	Same        = "same"        // a copy, whole
	Cut         = "cut"         // a copy of a part, "[...]" where something was left out
	Edited      = "edited"      // a copy with words changed
	Corrected   = "corrected"   // a copy with a number changed and a note
	Redated     = "redated"     // a copy months later
	Rewritten   = "rewritten"   // the same facts in other words, same language
	Translated  = "translated"  // the same sentences in another language
	Abroad      = "abroad"      // a rewrite in another language
	Independent = "independent" // another's report of the same event
	Denial      = "denial"      // says that it is not true
	SameTopic   = "same topic"  // another event of the same topic and places
	Background  = "background"  // another event, months away, of the same people
)

// Item is a text and where it comes from.
type Item struct {
	lineage.Item
	Way    string
	Parent string // the text it was made of, or empty
	Family string // texts with the same family go back to one root
	Event  string
}

// Generator makes events and their texts.
type Generator struct {
	seed  uint64
	w     *words
	short bool
	known float64
	lines [][]string // of each outlet: what it puts under everything
}

const outlets = 400

// New returns a generator. Short makes texts of one to eight sentences, as quotations in a file of claims are; otherwise of up to thirty.
func New(seed uint64, short bool) *Generator {
	g := &Generator{seed: seed, w: newWords(), short: short, known: 0.5, lines: make([][]string, outlets)}
	for o := range g.lines {
		r := seeded(seed, 555, uint64(o))
		e := g.newEvent(r, g.newTopic(r))
		for range r.between(0, 4) {
			g.lines[o] = append(g.lines[o], g.write(r, e, g.tell(r, e, 0.1, 0, 0), tongue(o%4)))
		}
	}
	return g
}

// Items makes at least count texts, whole events at a time, in the order of their ids.
func (g *Generator) Items(count int) []Item {
	out := make([]Item, 0, count+16)
	for n := uint64(0); len(out) < count; n++ {
		out = append(out, g.Event(n)...)
	}
	return out
}

// story is a text being made.
type story struct {
	g     *Generator
	r     *rng
	e     *event
	name  string
	topic []int
	out   []Item
	texts [][]string   // sentences as written, of each of out
	tells [][]sentence // and what they mean
	langs []tongue
	days  []int // after 2015-01-01
}

// Event makes the texts of the n-th event.
func (g *Generator) Event(n uint64) []Item {
	r := seeded(g.seed, 1, n)
	copied := *g
	copied.known = float64(r.between(30, 75)) / 100
	topic := g.newTopic(seeded(g.seed, 2, n/20)) // twenty events share a topic
	s := &story{g: &copied, r: r, name: fmt.Sprintf("e%07d", n), topic: topic}
	s.e = g.newEvent(r, topic)
	s.root()
	if r.chance(0.4) {
		s.out[0].Way = Alone
		return s.out
	}
	for range r.between(1, 7) {
		s.derive(r.n(len(s.out)))
	}
	for range r.between(0, 3) {
		s.other([]string{Independent, Independent, Denial, SameTopic, Background, Background}[r.n(6)])
	}
	return s.out
}

func (s *story) sentences() int {
	if s.g.short {
		return s.r.between(2, 7)
	}
	if s.r.chance(0.3) {
		return s.r.between(4, 8)
	}
	return s.r.between(6, 24)
}

// root tells what one teller knows: some of the event's numbers.
func (s *story) root() {
	tells := []sentence{s.g.lead(s.r, s.e)}
	for range s.sentences() - 1 {
		tells = append(tells, s.g.tell(s.r, s.e, 0.5, 0, max(1, len(s.e.numbers)*2/3)))
	}
	l := tongue(s.r.n(int(tongues)))
	s.put(Root, -1, tells, s.writeAll(tells, l), l, s.r.n(2500))
}

func (s *story) writeAll(tells []sentence, l tongue) []string {
	var out []string
	for _, t := range tells {
		out = append(out, s.g.write(s.r, s.e, t, l))
	}
	return out
}

// put adds a text.
func (s *story) put(way string, parent int, tells []sentence, text []string, l tongue, day int) {
	n := len(s.out)
	it := Item{Way: way, Event: s.name}
	it.ID = fmt.Sprintf("%s-%02d", s.name, n)
	it.Family = it.ID
	if parent >= 0 {
		it.Parent, it.Family = s.out[parent].ID, s.out[parent].Family
	}
	outlet := s.r.n(outlets/4)*4 + int(l)
	it.Outlet = fmt.Sprintf("%s Zeitung %d", capital(invented(uint64(outlet)+1<<30, en)), outlet)
	it.Lang = l.code()
	it.Date = dateOf(day, s.r)
	it.URL = fmt.Sprintf("https://o%d.example/%s", outlet, it.ID)
	it.Title = capital(invented(s.r.next(), l)) + " " + invented(s.r.next(), l)
	sep := " "
	if l == zh {
		sep = ""
	}
	body := strings.Join(text, sep)
	if !s.g.short {
		body = paragraphs(text, sep)
		body += "\n" + strings.Join(s.g.lines[outlet], "\n")
	}
	it.Text = body
	s.out = append(s.out, it)
	s.texts, s.tells = append(s.texts, text), append(s.tells, tells)
	s.langs, s.days = append(s.langs, l), append(s.days, day)
}

func paragraphs(text []string, sep string) string {
	var b strings.Builder
	for i, t := range text {
		switch {
		case i > 0 && i%3 == 0:
			b.WriteString("\n")
		case i > 0:
			b.WriteString(sep)
		}
		b.WriteString(t)
	}
	return b.String()
}

// dateOf writes a day, sometimes only its month.
func dateOf(day int, r *rng) string {
	y, m, d := 2015+day/365, day%365/31+1, day%365%31+1
	d = min(d, 28)
	if r.chance(0.12) {
		return fmt.Sprintf("%04d-%02d", y, m)
	}
	return fmt.Sprintf("%04d-%02d-%02d", y, m, d)
}

// derive makes a text of another one.
func (s *story) derive(parent int) {
	r, l := s.r, s.langs[parent]
	tells, text := s.tells[parent], s.texts[parent]
	day := s.days[parent] + min(r.n(3), r.n(30))
	switch r.n(10) {
	case 0:
		s.put(Same, parent, tells, text, l, day)
	case 1, 2:
		t, x := s.cut(tells, text)
		s.put(Cut, parent, t, x, l, day)
	case 3:
		s.put(Edited, parent, tells, s.edit(text, l), l, day)
	case 4:
		t := s.correct(text)
		s.put(Corrected, parent, tells, append(t, s.g.write(r, s.e, s.g.tell(r, s.e, 0.2, 0, 0), l)), l, day)
	case 5:
		s.put(Redated, parent, tells, text, l, day+r.between(70, 500))
	case 6:
		t := s.reword(tells)
		s.put(Rewritten, parent, t, s.writeAll(t, l), l, day)
	default:
		to := tongue((int(l) + r.between(1, 3)) % int(tongues))
		if r.chance(0.6) {
			t := s.lose(tells, 0.08, 0.1)
			s.put(Translated, parent, t, s.writeAll(t, to), to, day)
		} else {
			t := s.reword(tells)
			s.put(Abroad, parent, t, s.writeAll(t, to), to, day)
		}
	}
}

// cut keeps some sentences in a row, sometimes two stretches.
func (s *story) cut(tells []sentence, text []string) ([]sentence, []string) {
	n := len(text)
	if n < 2 {
		return tells, text
	}
	keep := max(1, n*s.r.between(25, 90)/100)
	from := 0
	if s.r.chance(0.4) {
		from = s.r.n(n - keep + 1)
	}
	t, x := slices.Clone(tells[from:min(from+keep, len(tells))]), slices.Clone(text[from:from+keep])
	if len(x) > 3 && s.r.chance(0.3) {
		mid := len(x) / 2
		x[mid] = "[...]"
	}
	return t, x
}

// edit changes a word in some sentences, and leaves others as they are.
func (s *story) edit(text []string, l tongue) []string {
	out := slices.Clone(text)
	for i, t := range out {
		if !s.r.chance(0.5) {
			continue
		}
		if l == zh {
			runes := []rune(t)
			at := s.r.n(len(runes))
			out[i] = string(runes[:at]) + invented(s.r.next(), zh) + string(runes[min(at+1, len(runes)):])
			continue
		}
		w := strings.Fields(t)
		for range 1 + len(w)/14 {
			w[s.r.n(len(w))] = invented(s.r.next(), l)
		}
		out[i] = strings.Join(w, " ")
	}
	return out
}

// correct changes the first number.
func (s *story) correct(text []string) []string {
	t := slices.Clone(text)
	for i, x := range t {
		if at := strings.IndexAny(x, "123456789"); at >= 0 {
			t[i] = x[:at] + fmt.Sprint(s.r.between(1, 9)) + x[at+1:]
			break
		}
	}
	return t
}

// lose leaves out sentences and pieces.
func (s *story) lose(tells []sentence, sentences, pieces float64) []sentence {
	var out []sentence
	for i, t := range tells {
		if i > 0 && s.r.chance(sentences) {
			continue
		}
		n := sentence{quoted: t.quoted}
		for _, p := range t.pieces {
			if !s.r.chance(pieces) {
				n.pieces = append(n.pieces, p)
			}
		}
		if len(n.pieces) > 1 && s.r.chance(0.5) { // translations move words within a sentence
			k := s.r.n(len(n.pieces) - 1)
			n.pieces[k], n.pieces[k+1] = n.pieces[k+1], n.pieces[k]
		}
		if len(n.pieces) > 0 {
			out = append(out, n)
		}
	}
	if len(out) == 0 {
		return tells
	}
	return out
}

// reword says the same in other words: fewer sentences, other forms, other words, some order changed, a sentence of its own.
func (s *story) reword(tells []sentence) []sentence {
	out := s.lose(tells, 0.3, 0.2)
	for i := range out {
		p := slices.Clone(out[i].pieces)
		for k := range p {
			switch {
			case p[k].kind == term && s.r.chance(0.5):
				p[k].form++
			case p[k].kind == term && s.r.chance(0.15):
				p[k].id = uint64(s.r.n(len(s.g.w.terms)))
			case p[k].kind == word && s.r.chance(0.55):
				p[k].id = zipf(s.r)
			}
		}
		for range len(p) / 3 {
			if a := s.r.n(len(p)); a > 0 {
				p[a], p[a-1] = p[a-1], p[a]
			}
		}
		out[i].pieces = p
	}
	if len(out) > 2 && s.r.chance(0.5) {
		k := s.r.n(len(out) - 1)
		out[k], out[k+1] = out[k+1], out[k]
	}
	if s.r.chance(0.5) {
		out = append(out, s.g.tell(s.r, s.e, 0.3, 0, 0))
	}
	return out
}

// other makes a text that does not derive.
func (s *story) other(way string) {
	e := s.e
	if way == SameTopic {
		e = s.g.newEvent(s.r, s.topic)
		e.places = s.e.places
	}
	if way == Background {
		e = s.g.newEvent(s.r, s.topic)
		e.places, e.people, e.acronyms = s.e.places, s.e.people, s.e.acronyms
	}
	old := s.e
	s.e = e
	defer func() { s.e = old }()
	tells := []sentence{s.g.lead(s.r, e)}
	n := len(e.numbers)
	for range s.sentences() - 1 {
		tells = append(tells, s.g.tell(s.r, e, 0.45, n/2, max(1, n-n/2)))
	}
	if way == Independent && s.r.chance(0.3) { // both were at the same press conference
		for _, t := range s.tells[0] {
			if t.quoted {
				tells[s.r.n(len(tells))] = t
				break
			}
		}
	}
	if way == Denial {
		for i := range tells {
			if i%2 == 0 {
				tells[i].pieces = append(tells[i].pieces, piece{kind: term, id: uint64(s.g.denial(s.r))})
			}
		}
		if len(s.tells[0]) > 0 {
			tells[0].pieces = append(slices.Clone(s.tells[0][0].pieces), tells[0].pieces...)
		}
	}
	l := tongue(s.r.n(int(tongues)))
	if s.r.chance(0.5) {
		l = s.langs[0]
	}
	day := s.days[0] + s.r.n(6)
	if way == Background {
		day = max(0, day+s.r.between(30, 900)*(1-2*s.r.n(2)))
	}
	s.put(way, -1, tells, s.writeAll(tells, l), l, day)
}

// denial is a concept of denial.
func (g *Generator) denial(r *rng) int {
	for i, c := range g.w.terms {
		if c[0][0] == "deny" {
			return i + r.n(2)
		}
	}
	return 0
}
