package desk

import (
	"context"
	"maps"
	"slices"
)

// Agreement is how far coders agree, by Krippendorff's alpha for ordinal values: 1 always, 0 as chance would.
type Agreement struct {
	Alpha  float64
	Known  bool // false: too few units have two codes, or all codes are one value
	Units  int  // units with at least two codes
	Values int  // codes in those
}

// Alpha computes Krippendorff's alpha for ordinal values. units holds the codes of each unit, by as many coders as
// coded it. K. Krippendorff, Computing Krippendorff's Alpha-Reliability, 2011.
func Alpha(units [][]int) Agreement {
	var out Agreement
	var values []int
	for _, u := range units {
		if len(u) > 1 {
			out.Units++
			out.Values += len(u)
			values = append(values, u...)
		}
	}
	slices.Sort(values)
	values = slices.Compact(values)
	if len(values) < 2 {
		return out
	}
	// Coincidences of values within units: a unit's m values give m(m-1) pairs of weight 1/(m-1).
	o := make([][]float64, len(values))
	for i := range o {
		o[i] = make([]float64, len(values))
	}
	n := make([]float64, len(values)) // how often each value was given
	for _, u := range units {
		if len(u) < 2 {
			continue
		}
		for i, a := range u {
			c, _ := slices.BinarySearch(values, a)
			n[c]++
			for j, b := range u {
				if i != j {
					k, _ := slices.BinarySearch(values, b)
					o[c][k] += 1 / float64(len(u)-1)
				}
			}
		}
	}
	// The difference of two values is the square of how many codes lie between them in the order.
	var observed, expected float64
	for c := range values {
		between := n[c] / 2
		for k := c + 1; k < len(values); k++ {
			d := between + n[k]/2
			observed += o[c][k] * d * d
			expected += n[c] * n[k] * d * d
			between += n[k]
		}
	}
	out.Known = true
	out.Alpha = 1 - float64(out.Values-1)*observed/expected
	return out
}

// Agreement says how far coders agree on a rubric's scores, over the items that the viewer sees.
func (d *Desk) Agreement(ctx context.Context, v Viewer, rubric string) (Agreement, error) {
	if _, err := d.Get(ctx, v, Rubric, rubric); err != nil {
		return Agreement{}, err
	}
	units := map[string][]int{}
	err := d.each(ctx, v, Query{Kind: Score, Where: map[string]string{"rubric": rubric}}, func(r *Record) bool {
		if n, ok := r.Int("value"); ok {
			units[r.Str("item")] = append(units[r.Str("item")], n)
		}
		return true
	})
	return Alpha(slices.Collect(maps.Values(units))), err
}
