package pairs

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// address is an invented place of business.
type address struct {
	number   int
	street   string
	kind     int
	floor    int
	building string
	city     string
}

// kinds of street, in full and as they are shortened.
var kinds = [][2]string{{"Street", "St."}, {"Avenue", "Ave"}, {"Road", "Rd."}, {"Boulevard", "Blvd"}, {"Calle", "C."}, {"Avenida", "Av."}, {"Prospekt", "Pr."}, {"Ulitsa", "Ul."}, {"Lu", "Road"}}

// The addresses have their own randomness, so that they change nothing else of a set.
func newAddresses(seed uint64, n int, salt uint64) *generator {
	return &generator{r: rand.New(rand.NewPCG(seed^salt, uint64(n)))}
}

func newAddress(g *generator) address {
	a := address{number: 1 + g.r.IntN(240), kind: g.r.IntN(len(kinds)), city: pick(g, strings.Split("Kerem Bolvar Nordhaven Puerto Lindo Tarsk Qasrin Xinlu Almera Vostok Dubrin Santa Reya Marvel Bay Ostrava Nova", " "))}
	a.street, _ = brand(g, en)
	if g.chance(0.4) {
		a.building, _ = brand(g, en)
		a.floor = 1 + g.r.IntN(30)
	}
	return a
}

func (a address) String() string {
	s := fmt.Sprintf("%d %s %s, %s", a.number, a.street, kinds[a.kind][0], a.city)
	if a.building != "" {
		s = fmt.Sprintf("%s Tower, Floor %d, %s", a.building, a.floor, s)
	}
	return s
}

// variant writes it as another list may.
func (a address) variant(g *generator) string {
	b := a
	if g.chance(0.4) {
		b.building = ""
	}
	s := b.String()
	if g.chance(0.5) {
		s = strings.Replace(s, kinds[b.kind][0], kinds[b.kind][1], 1)
	}
	if g.chance(0.2) {
		s = fmt.Sprintf("%s %s %d, %s", kinds[b.kind][0], b.street, b.number, b.city)
	}
	return cased(g, s)
}

// addresses gives an entity, and perhaps the two queries about it, an address. Another bearer's is mostly another; now and then one house has many.
func addresses(seed uint64, n int, e *Record, same, miss *Record) {
	g := newAddresses(seed, n, 0xA0761D6478BD642F)
	if !g.chance(0.35) {
		return
	}
	a := newAddress(g)
	e.Addresses = []string{a.String()}
	if same != nil && g.chance(0.4) {
		b := a
		if g.chance(0.15) { // it moved
			b = newAddress(g)
		}
		same.Addresses = []string{b.variant(g)}
	}
	if miss != nil && g.chance(0.4) {
		b := newAddress(g)
		switch {
		case g.chance(0.08):
			b = a
		case g.chance(0.1):
			b.street, b.kind, b.city = a.street, a.kind, a.city
		}
		miss.Addresses = []string{b.variant(g)}
	}
}
