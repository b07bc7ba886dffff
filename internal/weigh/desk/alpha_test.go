package desk

import (
	"math"
	"testing"
)

// TestAlpha holds the ordinal examples of K. Krippendorff, Computing Krippendorff's Alpha-Reliability (2011): four
// observers, twelve units, some values missing: 0.815; and small ones worked by hand.
func TestAlpha(t *testing.T) {
	const x = math.MinInt
	table := [4][12]int{
		{1, 2, 3, 3, 2, 1, 4, 1, 2, x, x, x},
		{1, 2, 3, 3, 2, 2, 4, 1, 2, 5, x, 3},
		{x, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, x},
		{1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, x},
	}
	var units [][]int
	for u := range 12 {
		var codes []int
		for _, o := range table {
			if o[u] != x {
				codes = append(codes, o[u])
			}
		}
		units = append(units, codes)
	}
	for _, k := range []struct {
		name  string
		units [][]int
		want  float64
		known bool
	}{
		{"Krippendorff 2011", units, 0.815, true},
		{"always", [][]int{{-3, -3}, {2, 2}, {0, 0, 0}}, 1, true},
		// Two units, each {1,2}: coincidences 1-2 and 2-1 of 2 each, n=4; D_o = 1, D_e = 2·2·2/(4·3) = 2/3.
		{"worse than chance", [][]int{{1, 2}, {2, 1}}, -0.5, true},
		{"one value only", [][]int{{1, 1}, {1, 1}}, 0, false},
		{"one coder", [][]int{{1}, {2}}, 0, false},
		{"nothing", nil, 0, false},
	} {
		got := Alpha(k.units)
		if got.Known != k.known || math.Abs(got.Alpha-k.want) > 0.0005 {
			t.Errorf("%s: %+v, want %v", k.name, got, k.want)
		}
	}
}
