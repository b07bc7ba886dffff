package made

import (
	"fmt"
	"strconv"
	"strings"
)

// kinds of pieces of a sentence
const (
	term = iota
	word
	name
	acronym
	number
	date
	place
)

// piece is a word with a meaning, before it is written in a language.
type piece struct {
	kind int
	id   uint64
	form int // which form of a concept
}

// sentence is pieces in an order; quoted ones are somebody's speech.
type sentence struct {
	pieces []piece
	quoted bool
}

// event is what several texts tell of.
type event struct {
	people   []person
	acronyms []string
	numbers  []float64
	percents []bool
	month    int
	day      int
	year     int
	places   []int
	topic    []int   // concepts that its texts use most
	core     []piece // what everybody who tells of it says, in about this order
}

func (g *Generator) newEvent(r *rng, topic []int) *event {
	e := &event{month: r.between(1, 12), day: r.between(1, 28), year: r.between(2015, 2024), topic: topic}
	for range r.between(3, 6) {
		e.people = append(e.people, newPerson(r))
	}
	for range r.between(1, 2) {
		a := ""
		for range r.between(3, 5) {
			a += string(rune('A' + r.n(26)))
		}
		e.acronyms = append(e.acronyms, a)
	}
	for range r.between(3, 8) {
		v := float64(r.between(2, 999))
		if r.chance(0.3) {
			v *= []float64{10, 1e3, 1e6, 1e8}[r.n(4)]
		}
		e.numbers = append(e.numbers, v)
		e.percents = append(e.percents, v < 100 && r.chance(0.4))
	}
	for range r.between(1, 3) {
		e.places = append(e.places, r.n(len(g.w.places)))
	}
	e.core = []piece{{kind: name}, {kind: place}, {kind: number}, {kind: date}}
	for range r.between(2, 5) {
		e.core = append(e.core, piece{kind: term, id: uint64(pick(r, topic)), form: r.n(4)})
	}
	if r.chance(0.5) {
		e.core = append(e.core, piece{kind: acronym})
	}
	for i := range e.core {
		k := r.n(i + 1)
		e.core[i], e.core[k] = e.core[k], e.core[i]
	}
	return e
}

// lead makes a first sentence: most of the event's core, in its order, with something between.
func (g *Generator) lead(r *rng, e *event) sentence {
	var s sentence
	for _, p := range e.core {
		if r.chance(0.2) {
			continue
		}
		s.pieces = append(s.pieces, p)
		switch {
		case r.chance(0.3):
			s.pieces = append(s.pieces, piece{kind: term, id: uint64(r.n(len(g.w.terms))), form: r.n(4)})
		case r.chance(0.4):
			s.pieces = append(s.pieces, piece{kind: word, id: zipf(r)})
		}
	}
	if len(s.pieces) > 2 && r.chance(0.3) {
		k := r.n(len(s.pieces) - 1)
		s.pieces[k], s.pieces[k+1] = s.pieces[k+1], s.pieces[k]
	}
	if len(s.pieces) == 0 {
		s.pieces = e.core[:1]
	}
	return s
}

// newTopic is a set of concepts that texts of one topic share.
func (g *Generator) newTopic(r *rng) []int {
	t := make([]int, 14)
	for i := range t {
		t[i] = r.n(len(g.w.terms))
	}
	return t
}

// tell makes a sentence about an event; facts is how many of its facts are told, known the first how many numbers a teller knows, from where on.
func (g *Generator) tell(r *rng, e *event, facts float64, firstNumber, numbers int) sentence {
	var s sentence
	for range r.between(6, 16) {
		switch {
		case r.chance(facts * 0.5):
			switch k := r.n(12); {
			case k < 4:
				s.pieces = append(s.pieces, piece{kind: name, id: uint64(r.n(len(e.people)))})
			case k < 5:
				s.pieces = append(s.pieces, piece{kind: acronym, id: uint64(r.n(len(e.acronyms)))})
			case k < 8 && numbers > 0:
				s.pieces = append(s.pieces, piece{kind: number, id: uint64((firstNumber + r.n(numbers)) % len(e.numbers))})
			case k < 9:
				s.pieces = append(s.pieces, piece{kind: date})
			default:
				s.pieces = append(s.pieces, piece{kind: place, id: uint64(r.n(len(e.places)))})
			}
		case r.chance(g.known):
			c := r.n(len(g.w.terms))
			if r.chance(0.4) {
				c = pick(r, e.topic)
			}
			s.pieces = append(s.pieces, piece{kind: term, id: uint64(c), form: r.n(4)})
		default:
			s.pieces = append(s.pieces, piece{kind: word, id: zipf(r)})
		}
	}
	s.quoted = r.chance(0.12)
	return s
}

// zipf draws an invented word: some are common, most are rare.
func zipf(r *rng) uint64 {
	u := float64(r.next()>>11) / (1 << 53)
	return uint64(float64(vocabulary) * u * u)
}

// write puts a sentence into a language. Way is a seed of its own for each telling: small words and forms follow it.
func (g *Generator) write(way *rng, e *event, s sentence, l tongue) string {
	var parts []string
	for _, p := range s.pieces {
		if way.chance(0.45) {
			parts = append(parts, pick(way, small[l]))
		}
		parts = append(parts, g.piece(way, e, p, l))
	}
	sep, stop, open, end := " ", ".", "“", "”"
	if l == zh {
		sep, stop = "", "。"
	}
	var b strings.Builder
	for i, p := range parts {
		if i > 0 {
			b.WriteString(sep)
			if l == zh && i%9 == 8 {
				b.WriteString("，")
			}
		}
		if i == 0 && l != zh {
			p = capital(p)
		}
		b.WriteString(p)
	}
	if s.quoted {
		return open + b.String() + end + stop
	}
	return b.String() + stop
}

func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

func (g *Generator) piece(way *rng, e *event, p piece, l tongue) string {
	switch p.kind {
	case term:
		forms := g.w.terms[p.id][l]
		if len(forms) == 0 || l == zh && forms[0] == "~" {
			return invented(p.id+1<<40, l)
		}
		return surface(way, forms[p.form%len(forms)], l)
	case word:
		return invented(p.id, l)
	case name:
		n := e.people[p.id]
		if l == zh {
			return n.han
		}
		return n.latin
	case acronym:
		return e.acronyms[p.id]
	case place:
		forms := g.w.places[e.places[p.id]][l]
		if l == zh {
			return forms[0]
		}
		return capital(strings.TrimSuffix(forms[0], "*"))
	case number:
		return writeNumber(e.numbers[p.id], e.percents[p.id], l)
	}
	return writeDate(e, l)
}

func writeNumber(v float64, percent bool, l tongue) string {
	if percent {
		return strconv.Itoa(int(v)) + "%"
	}
	switch {
	case v >= 1e6:
		if l == zh {
			return strconv.FormatFloat(v/1e4, 'f', -1, 64) + "万"
		}
		s := strconv.FormatFloat(v/1e6, 'f', -1, 64)
		if l != en {
			s = strings.Replace(s, ".", ",", 1)
		}
		return s + [3]string{" million", " millones", " milhões"}[l]
	case v >= 1000:
		n := int(v)
		sep := [4]string{",", ".", ".", ","}[l]
		return fmt.Sprintf("%d%s%03d", n/1000, sep, n%1000)
	}
	return strconv.Itoa(int(v))
}

func writeDate(e *event, l tongue) string {
	switch l {
	case en:
		return fmt.Sprintf("%s %d", months[en][e.month-1], e.day)
	case zh:
		return fmt.Sprintf("%d月%d日", e.month, e.day)
	}
	return fmt.Sprintf("%d de %s", e.day, months[l][e.month-1])
}

var months = [3][]string{
	strings.Fields("January February March April May June July August September October November December"),
	strings.Fields("enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"),
	strings.Fields("janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro"),
}
