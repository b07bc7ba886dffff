package match

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
)

// Model is a fitted logistic calibration of the features.
type Model struct {
	Seed      uint64             `json:"seed"` // of the training set
	Pairs     int                `json:"pairs"`
	Threshold float64            `json:"threshold"` // the score from which two entities are proposed as one
	Intercept float64            `json:"intercept"`
	Weights   map[string]float64 `json:"weights"` // log-odds by feature name
	Curves    []Curve            `json:"curves"`  // by which the sum of the shares is corrected, fewest entities first; none leave it
}

// Shipped is the model fitted on the generated training set and kept with the program.
func Shipped() Model {
	var m Model
	b, err := data.ReadFile("data/model.json")
	if err == nil {
		err = json.Unmarshal(b, &m)
	}
	if err != nil {
		panic("match: embedded model: " + err.Error()) // embedding failed at build time
	}
	return m
}

var shipped = sync.OnceValue(func() *Scorer { return NewScorer(Shipped()) })

// Threshold is the score from which the shipped model proposes two entities as one.
func Threshold() float64 { return shipped().model.Threshold }

// Score compares two entities by the shipped model.
func Score(query, candidate Entity) Result { return shipped().Score(query, candidate) }

// Scorer compares entities by one model.
type Scorer struct {
	model   Model
	weights vector
}

// NewScorer takes a model; features that the model does not name weigh nothing.
func NewScorer(m Model) *Scorer {
	s := &Scorer{model: m}
	for f := range features {
		s.weights[f] = m.Weights[f.String()]
	}
	return s
}

// Score compares two entities, each with its other names.
func (s *Scorer) Score(query, candidate Entity) Result {
	r, _ := s.score(prepare(query), prepare(candidate), nil, 1)
	return r
}

// prepared is an entity whose names are read.
type prepared struct {
	names     []Form
	ids       []prepID
	countries []string
	years     []int
	addresses []Form
	schema    string
}

type prepID struct{ kind, value string }

// limits on what is compared of one entity.
const (
	maxNames     = 60
	maxAddresses = 8
)

func prepare(e Entity) *prepared {
	p := &prepared{years: e.Years, schema: e.Schema}
	for _, n := range e.Names[:min(len(e.Names), maxNames)] {
		if f := normalize(n, e.Schema == "Person"); len(f.words) > 0 {
			p.names = append(p.names, f)
		}
	}
	for _, id := range e.Identifiers {
		if id, ok := cleanID(id); ok {
			p.ids = append(p.ids, prepID{kind: id.Kind, value: id.Value})
		}
	}
	for _, c := range e.Countries {
		p.countries = append(p.countries, strings.ToLower(c))
	}
	for _, a := range e.Addresses[:min(len(e.Addresses), maxAddresses)] {
		p.addresses = append(p.addresses, Normalize(a))
	}
	return p
}

// score takes the pair of names that speaks most for the two being one, and adds what stands beside the names. among is how many the candidate was
// found among. The sum of the shares is returned too, before it is corrected.
func (s *Scorer) score(q, c *prepared, rarity func(string) float64, among int) (Result, float64) {
	v, x, y := s.vector(q, c, rarity)
	sum := s.logit(v)
	curved := s.model.curved(sum, among)
	r := Result{Score: probability(curved), Features: make([]Feature, 0, 8)}
	if x >= 0 {
		r.Query, r.Name = q.names[x].Name, c.names[y].Name
	}
	for f := range features {
		if v[f] != 0 && s.weights[f] != 0 {
			r.Features = append(r.Features, Feature{Name: f.String(), Value: v[f], Share: v[f] * s.weights[f]})
		}
	}
	if curved != sum {
		r.Features = append(r.Features, Feature{Name: "calibration", Value: probability(sum), Share: curved - sum})
	}
	slices.SortStableFunc(r.Features, func(a, b Feature) int {
		return cmp.Compare(math.Abs(b.Share), math.Abs(a.Share))
	})
	return r, sum
}

func (s *Scorer) vector(q, c *prepared, rarity func(string) float64) (vector, int, int) {
	var best vector
	bestX, bestY, most := -1, -1, math.Inf(-1)
	for x := range q.names {
		for y := range c.names {
			v := nameFeatures(&q.names[x], &c.names[y], rarity)
			if l := s.logit(v); l > most {
				best, bestX, bestY, most = v, x, y, l
			}
		}
	}
	factFeatures(&best, q, c)
	return best, bestX, bestY
}

func (s *Scorer) logit(v vector) float64 {
	l := s.model.Intercept
	for f := range v {
		l += v[f] * s.weights[f]
	}
	return l
}

func probability(logOdds float64) float64 { return 1 / (1 + math.Exp(-logOdds)) }

// Sample is one labelled pair of a training set.
type Sample struct {
	Query, Candidate Entity
	Same             bool
}

// Fit fits the weights to labelled pairs by Newton's method on the ridge-penalised log-likelihood. The best pair of names depends on the weights,
// so it is chosen anew in each of a few rounds, beginning from the shipped weights. Threshold stays the shipped one.
func Fit(samples []Sample, seed uint64) (Model, error) {
	if len(samples) < 100 {
		return Model{}, fmt.Errorf("fit %d pairs: at least 100 are needed", len(samples))
	}
	m := Shipped()
	for range 3 {
		s := NewScorer(m)
		xs, ys := make([]vector, len(samples)), make([]bool, len(samples))
		for i, p := range samples {
			xs[i], _, _ = s.vector(prepare(p.Query), prepare(p.Candidate), nil)
			ys[i] = p.Same
		}
		w, err := newton(xs, ys)
		if err != nil {
			return Model{}, err
		}
		m = Model{Seed: seed, Pairs: len(samples), Threshold: m.Threshold, Intercept: round(w[features]), Weights: map[string]float64{}}
		for f := range features {
			m.Weights[f.String()] = round(w[f])
		}
	}
	return m, nil
}

func round(x float64) float64 { return math.Round(x*1e4) / 1e4 }
