package match

import (
	"cmp"
	"math"
	"slices"
)

// Curve corrects the sum of the shares to the log-odds that were seen, for searches among so many entities: the more there are, the likelier it is that
// the best of them bears a name that is near by chance.
type Curve struct {
	Among int    `json:"among"` // 1 for pairs that nobody searched for
	Knots []Knot `json:"knots"` // rising; straight lines between
}

// Knot is a point of a curve: a sum of shares, and the log-odds that were seen at it.
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

// Calibrate returns the curve by which scores read as probabilities: the shares seen in the judged pairs, made to rise with the score (isotonic
// regression). The pairs must have been scored by a model without curves, searching among so many.
func Calibrate(among int, pairs []Judged) Curve {
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
	c := Curve{Among: among}
	for _, p := range pools {
		at, to := round(p.sum/p.n), round(math.Log((p.same+0.5)/(p.n-p.same+0.5)))
		if n := len(c.Knots); n > 0 && (at <= c.Knots[n-1][0] || to < c.Knots[n-1][1]) { // by the half that keeps a pool of one kind finite
			continue
		}
		c.Knots = append(c.Knots, Knot{at, to})
	}
	return c
}

func logOdds(p float64) float64 {
	p = max(1e-9, min(1-1e-9, p))
	return math.Log(p / (1 - p))
}

// at puts a sum of shares on the curve; beyond its ends it goes on as the sum does.
func (c Curve) at(sum float64) float64 {
	k := c.Knots
	if len(k) == 0 {
		return sum
	}
	i, _ := slices.BinarySearchFunc(k, sum, func(k Knot, v float64) int { return cmp.Compare(k[0], v) })
	switch {
	case i == 0:
		return sum + k[0][1] - k[0][0]
	case i == len(k):
		return sum + k[i-1][1] - k[i-1][0]
	}
	a, b := k[i-1], k[i]
	return a[1] + (b[1]-a[1])*(sum-a[0])/(b[0]-a[0])
}

// Calibrated is what a score of a model without curves becomes by them in a search among n entities.
func (m *Model) Calibrated(score float64, n int) float64 {
	return probability(m.curved(logOdds(score), n))
}

// curved corrects a sum of shares for a search among n entities: between two curves, and beyond the last, by the logarithm of n.
func (m *Model) curved(sum float64, n int) float64 {
	c := m.Curves
	if len(c) == 0 {
		return sum
	}
	if len(c) == 1 || n <= c[0].Among {
		return c[0].at(sum)
	}
	i := 1
	for i < len(c)-1 && n > c[i].Among {
		i++
	}
	a, b := c[i-1].at(sum), c[i].at(sum)
	share := math.Log(float64(n)/float64(c[i-1].Among)) / math.Log(float64(c[i].Among)/float64(c[i-1].Among))
	if share > 1 {
		a = max(a, b) // among more, nothing becomes likelier
	}
	return a + (b-a)*share
}
