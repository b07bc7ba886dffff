// Package pairs generates labelled pairs of names for fitting and measuring the matcher. It shares no table and no code with it: vocabulary,
// transliterations and legal forms are its own, so that what the matcher does not know shows as a loss. Names are invented.
package pairs

import (
	"fmt"
	"math/rand/v2"
)

// Record is an entity or a query.
type Record struct {
	ID          string
	Schema      string
	Names       []string
	Identifiers [][2]string // kind, value
	Countries   []string
	Years       []int
	Addresses   []string
	Keys        []string // the names it bears by construction, whatever they are written like; of a query, from the surest reading to the loosest
}

// Pair is a query and an entity, with the truth about them.
type Pair struct {
	Query  Record
	Entity int // index into Set.Entities
	Same   bool
	How    string // what was done to the name
}

// Set is a labelled set. Each entity is queried twice: once by a variant of its own name, once by the name of another that is near.
type Set struct {
	Seed     uint64
	Entities []Record
	Pairs    []Pair
}

// Generate makes n pairs, half of them positive. The same seed gives the same set.
func Generate(seed uint64, n int) Set {
	s := Set{Seed: seed}
	g := &generator{r: rand.New(rand.NewPCG(seed, 0x9E3779B97F4A7C15))}
	for len(s.Pairs) < n {
		b := g.bearer()
		e := g.record(b, fmt.Sprintf("e%d", len(s.Entities)))
		s.Entities = append(s.Entities, e)
		i := len(s.Entities) - 1
		name, how := b.variant(g)
		q := Record{Schema: e.Schema, Names: []string{name}, Keys: b.asked(name, how)}
		g.facts(&q, e, true)
		s.Pairs = append(s.Pairs, Pair{Query: q, Entity: i, Same: true, How: how})
		near := b.miss(g)
		name, how = near.name, near.how
		q = Record{Schema: e.Schema, Names: []string{name}, Keys: near.bearer.asked(name, how)}
		g.facts(&q, e, false)
		addresses(seed, i, &s.Entities[i], &s.Pairs[len(s.Pairs)-1].Query, &q)
		s.Pairs = append(s.Pairs, Pair{Query: q, Entity: i, How: how})
	}
	s.Pairs = s.Pairs[:n]
	return s
}

// Crowd yields n entities more, to search among.
func Crowd(seed uint64, n int, yield func(Record) bool) {
	g := &generator{r: rand.New(rand.NewPCG(seed, 0xD1B54A32D192ED03))}
	for i := range n {
		r := g.record(g.bearer(), fmt.Sprintf("c%d", i))
		addresses(^seed, i, &r, nil, nil)
		if !yield(r) {
			return
		}
	}
}

type generator struct{ r *rand.Rand }

func pick[T any](g *generator, of []T) T { return of[g.r.IntN(len(of))] }

func (g *generator) chance(p float64) bool { return g.r.Float64() < p }

// bearer is who has a name: it can say it in other ways, and name another that is near.
type bearer interface {
	schema() string
	country() string
	name(g *generator) string
	alias(g *generator) string // a second name that a list may hold, or nothing
	variant(g *generator) (name, how string)
	miss(g *generator) nearMiss
	borne(names []string) []string   // what a record with these names may be asked for by
	asked(name, how string) []string // what a query asks for, surest first
}

// nearMiss is the name of another bearer that is near.
type nearMiss struct {
	bearer    bearer
	name, how string
}

func (g *generator) bearer() bearer {
	switch x := g.r.Float64(); {
	case x < 0.42:
		return newCompany(g)
	case x < 0.45:
		return newInitials(g)
	case x < 0.57:
		return newOffice(g)
	case x < 0.68:
		return newSlav(g)
	case x < 0.79:
		return newArab(g)
	case x < 0.89:
		return newHan(g)
	}
	return newIberian(g)
}

func (g *generator) record(b bearer, id string) Record {
	r := Record{ID: id, Schema: b.schema(), Names: []string{b.name(g)}}
	if a := b.alias(g); a != "" && g.chance(0.15) {
		r.Names = append(r.Names, a)
	}
	r.Keys = b.borne(r.Names)
	if g.chance(0.6) && b.country() != "" {
		r.Countries = []string{b.country()}
	}
	if g.chance(0.5) {
		r.Years = []int{1940 + g.r.IntN(80)}
	}
	if g.chance(0.3) {
		r.Identifiers = [][2]string{{pick(g, []string{"registrationNumber", "taxNumber", "innCode", "usccCode"}), fmt.Sprint(1_000_000_000 + g.r.Int64N(8_999_999_999))}}
	}
	return r
}

// facts gives a query some of what stands beside the name, right or, for another bearer, mostly different.
func (g *generator) facts(q *Record, e Record, same bool) {
	if g.chance(0.35) && len(e.Countries) > 0 {
		q.Countries = e.Countries
		if !same && g.chance(0.5) || same && g.chance(0.05) { // lists disagree now and then
			q.Countries = []string{pick(g, countries).code}
		}
	}
	if g.chance(0.25) && len(e.Years) > 0 {
		q.Years = []int{e.Years[0]}
		if !same && g.chance(0.95) {
			q.Years[0] = 1940 + g.r.IntN(80)
		} else if same && g.chance(0.04) {
			q.Years[0]++
		}
	}
	if g.chance(0.15) && len(e.Identifiers) > 0 {
		q.Identifiers = [][2]string{e.Identifiers[0]}
		if !same {
			q.Identifiers[0][1] = fmt.Sprint(1_000_000_000 + g.r.Int64N(8_999_999_999))
		}
	}
}
