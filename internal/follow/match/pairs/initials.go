package pairs

import (
	"fmt"
	"slices"
	"strings"
)

// initials is a state corporation that a list may know by its acronym alone.
type initials struct {
	place, other     int
	one, two, second int // sectors
}

func newInitials(g *generator) bearer {
	s := &initials{place: g.r.IntN(len(countries)), other: g.r.IntN(len(countries)), one: g.r.IntN(24), two: g.r.IntN(24), second: g.r.IntN(24)}
	for s.other == s.place {
		s.other = g.r.IntN(len(countries))
	}
	for s.two == s.one {
		s.two = g.r.IntN(24)
	}
	for s.second == s.one || s.second == s.two {
		s.second = g.r.IntN(24)
	}
	return s
}

func (s *initials) schema() string  { return "Company" }
func (s *initials) country() string { return countries[s.place].code }

func (s *initials) say(tongue, place, two int) string {
	p, a, b := countries[place].names[tongue], sectors[s.one][tongue], sectors[two][tongue]
	switch tongue {
	case en:
		return p + " National " + a + " and " + b + " Corporation"
	case es:
		return "Corporación Nacional de " + a + " y " + b + " de " + p
	case zh:
		return p + "国家" + a + b + "总公司"
	}
	return "Национальная корпорация " + p + " " + a + " и " + b
}

func (s *initials) acronym() string {
	var b strings.Builder
	for w := range strings.FieldsSeq(s.say(en, s.place, s.two)) {
		if w != "and" {
			b.WriteByte(w[0])
		}
	}
	return strings.ToUpper(b.String())
}

func (s *initials) name(g *generator) string {
	if g.chance(0.5) {
		return s.acronym()
	}
	return s.say(en, s.place, s.two)
}
func (s *initials) alias(*generator) string { return s.say(en, s.place, s.two) }
func (s *initials) variant(g *generator) (string, string) {
	switch g.r.IntN(4) {
	case 0:
		return s.say(es, s.place, s.two), "acronym or full name, translation"
	case 1:
		return s.say(zh, s.place, s.two), "acronym or full name, translation"
	case 2:
		return s.say(en, s.place, s.two) + " (" + s.acronym() + ")", "full name with acronym"
	}
	return s.say(en, s.place, s.two), "acronym or full name"
}
func (s *initials) miss(g *generator) nearMiss {
	o, how := *s, "another country"
	if g.chance(0.5) {
		o.place = s.other
	} else {
		o.two, how = s.second, "another sector"
	}
	return nearMiss{&o, o.say(g.r.IntN(2), o.place, o.two), how}
}

func (s *initials) key() string { return fmt.Sprintf("corporation|%d|%d|%d", s.place, s.one, s.two) }

func (s *initials) borne(names []string) []string {
	if slices.ContainsFunc(names, func(n string) bool { return n != s.acronym() }) {
		return []string{s.key()}
	}
	return []string{s.acronym()}
}

func (s *initials) asked(string, string) []string { return []string{s.key(), s.acronym()} }
