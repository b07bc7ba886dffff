package match

import (
	"errors"
	"math"
)

// ridge is the penalty on a squared weight, in pairs: a feature that nothing was seen of stays at zero.
const ridge = 1.0

var errFit = errors.New("fit the calibration: the features are linearly dependent")

// mustNot says which sign a feature's weight must not have, whatever a training set holds: what contradicts never speaks for.
func mustNot(f feature) int {
	switch f {
	case fConflict, fConceptConflict, fConceptExtra, fWordExtra, fNumberConflict, fNumberExtra, fPlaceConflict, fPlaceExtra, fGeneration, fSpelling,
		fLegal, fIDConflict, fCountryConflict, fYearConflict, fSchema:
		return 1
	case fName, fCover, fWord, fExact, fEvidence, fID, fCountry, fYear, fAddress:
		return -1
	}
	return 0
}

// newton maximises the penalised likelihood of a logistic model; the last weight is the intercept. A weight of the wrong sign is held at zero.
func newton(xs []vector, ys []bool) ([features + 1]float64, error) {
	const n = int(features) + 1
	var w [features + 1]float64
	held := [n]bool{}
	for {
		for range 25 {
			var h [n][n]float64
			var g [n]float64
			for i := range xs {
				x := row(&xs[i])
				z := 0.0
				for k := range n {
					z += w[k] * x[k]
				}
				p := 1 / (1 + math.Exp(-z))
				y := 0.0
				if ys[i] {
					y = 1
				}
				u := p * (1 - p)
				for a := range n {
					if x[a] == 0 || held[a] {
						continue
					}
					g[a] += (y - p) * x[a]
					for b := range a + 1 {
						h[a][b] += u * x[a] * x[b]
					}
				}
			}
			for a := range n {
				g[a] -= ridge * w[a]
				h[a][a] += ridge
				for b := range a {
					if held[a] || held[b] {
						h[a][b] = 0
					}
					h[b][a] = h[a][b]
				}
			}
			step, ok := solve(h, g)
			if !ok {
				return w, errFit
			}
			most := 0.0
			for k := range n {
				if held[k] {
					continue
				}
				w[k] += max(-3, min(3, step[k]))
				most = max(most, math.Abs(step[k]))
			}
			if most < 1e-6 {
				break
			}
		}
		again := false
		for f := range features {
			if s := mustNot(f); s != 0 && w[f]*float64(s) > 0 {
				w[f], held[f], again = 0, true, true
			}
		}
		if !again {
			return w, nil
		}
	}
}

func row(v *vector) [features + 1]float64 {
	var x [features + 1]float64
	copy(x[:], v[:])
	x[features] = 1
	return x
}

// solve is Gaussian elimination with pivoting.
func solve(h [features + 1][features + 1]float64, g [features + 1]float64) ([features + 1]float64, bool) {
	n := len(g)
	for c := range n {
		p := c
		for r := c + 1; r < n; r++ {
			if math.Abs(h[r][c]) > math.Abs(h[p][c]) {
				p = r
			}
		}
		if math.Abs(h[p][c]) < 1e-12 {
			return g, false
		}
		h[c], h[p] = h[p], h[c]
		g[c], g[p] = g[p], g[c]
		for r := c + 1; r < n; r++ {
			f := h[r][c] / h[c][c]
			for k := c; k < n; k++ {
				h[r][k] -= f * h[c][k]
			}
			g[r] -= f * g[c]
		}
	}
	for c := n - 1; c >= 0; c-- {
		for k := c + 1; k < n; k++ {
			g[c] -= h[c][k] * g[k]
		}
		g[c] /= h[c][c]
	}
	return g, true
}
