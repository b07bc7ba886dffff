package match

import (
	"cmp"
	"math"
	"slices"
)

// Knot is a point of a calibration: a sum of shares, and the log-odds that were seen at it.
type Knot [2]float64

// Judged is the score of a pair and whether it is the same.
type Judged struct {
	Score float64
	Same  bool
}

// leastKnot is how many judged pairs stand behind a knot at least, and how many of them are the same and are not: fewer say nothing sure.
const (
	leastKnot = 200
	leastSide = 4
)

// Calibrate returns the model with a curve by which its scores read as probabilities: the shares seen in the judged pairs, made to rise with the score
// (isotonic regression), with straight lines between. The pairs must have been scored by a model without a curve.
func Calibrate(m Model, pairs []Judged) Model {
	pairs = slices.Clone(pairs)
	slices.SortFunc(pairs, func(a, b Judged) int { return cmp.Compare(a.Score, b.Score) })
	type pool struct{ n, same, sum float64 }
	rate := func(p pool) float64 { return p.same / p.n }
	var pools []pool
	var cur pool
	for i, p := range pairs {
		cur.n++
		cur.sum += logOdds(p.Score)
		if p.Same {
			cur.same++
		}
		if full := cur.n >= leastKnot && cur.same >= leastSide && cur.n-cur.same >= leastSide; !full && i < len(pairs)-1 {
			continue
		}
		pools = append(pools, cur)
		cur = pool{}
		for k := len(pools) - 1; k > 0 && rate(pools[k]) <= rate(pools[k-1]); k-- {
			a, b := pools[k-1], pools[k]
			pools = append(pools[:k-1], pool{a.n + b.n, a.same + b.same, a.sum + b.sum})
		}
	}
	m.Curve = nil
	for _, p := range pools {
		at, to := round(p.sum/p.n), round(math.Log((p.same+0.5)/(p.n-p.same+0.5)))
		if n := len(m.Curve); n > 0 && (at <= m.Curve[n-1][0] || to < m.Curve[n-1][1]) { // by the half that keeps a pool of one kind finite
			continue
		}
		m.Curve = append(m.Curve, Knot{at, to})
	}
	return m
}

func logOdds(p float64) float64 {
	p = max(1e-9, min(1-1e-9, p))
	return math.Log(p / (1 - p))
}

// Calibrated is what a score without the curve becomes by it.
func (m *Model) Calibrated(score float64) float64 { return probability(m.curved(logOdds(score))) }

// curved puts a sum of shares on the curve; beyond its ends it goes on at the slope of the identity.
func (m *Model) curved(sum float64) float64 {
	c := m.Curve
	if len(c) == 0 {
		return sum
	}
	i, _ := slices.BinarySearchFunc(c, sum, func(k Knot, v float64) int { return cmp.Compare(k[0], v) })
	switch {
	case i == 0:
		return sum + c[0][1] - c[0][0]
	case i == len(c):
		return sum + c[i-1][1] - c[i-1][0]
	}
	a, b := c[i-1], c[i]
	return a[1] + (b[1]-a[1])*(sum-a[0])/(b[0]-a[0])
}
