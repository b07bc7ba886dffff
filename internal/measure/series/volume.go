package series

import (
	"math"
	"slices"
)

// Silence is a time in which the usual measurements stayed away: a candidate shutdown.
type Silence struct {
	CC       string
	ASN      uint32 // 0: the whole country
	From, To int64  // hours; To is the first hour of the usual volume again, 0 while it lasts
	Expected float64
	Seen     int64
	LogOdds  float64
}

// Silences finds collapses of volume. What is usual is the median of the same hour of the week in the
// weeks before, scaled to the last week's level; silence itself is never taken for usual. Counts are
// more scattered than chance alone would have them, and evidence is divided by how much.
func (t *Thresholds) Silences(v Volume) []Silence {
	var out []Silence
	var sum float64
	var from int64
	silent := false
	usually := make([]float64, len(v.Count))
	quiet := make([]bool, len(v.Count)) // hours inside a silence: no history
	for i := range v.Count {
		usual, spread := t.usual(v.Count, quiet, i)
		usually[i] = usual
		if usual < t.VolumeLeast {
			continue
		}
		n := float64(v.Count[i])
		// Poisson with the collapsed against the usual mean, over-dispersed.
		evidence := (n*math.Log(t.Collapse) + (1-t.Collapse)*usual) / spread
		if silent {
			evidence = -evidence
		}
		if sum+evidence <= 0 {
			sum, from = 0, v.First+int64(i)+1
			if silent {
				quiet[i] = true
			}
			continue
		}
		if sum == 0 {
			from = v.First + int64(i)
		}
		sum += evidence
		if silent {
			quiet[i] = true
		}
		if sum < t.VolumeOdds {
			continue
		}
		if silent {
			out[len(out)-1].To = from
			for j := from - v.First; j <= int64(i); j++ {
				quiet[j] = false
			}
			silent = false
		} else {
			out = append(out, Silence{CC: v.CC, ASN: v.ASN, From: from, LogOdds: sum})
			for j := from - v.First; j <= int64(i); j++ {
				quiet[j] = true
			}
			silent = true
		}
		sum = 0
	}
	for i := range out { // what was missed in all
		s := &out[i]
		to := s.To
		if to == 0 {
			to = v.First + int64(len(v.Count))
		}
		for j := s.From - v.First; j < to-v.First; j++ {
			s.Seen += int64(v.Count[j])
			s.Expected += usually[j]
		}
	}
	return out
}

// WentOn says whether the usual measurements of a place came in, at least half of them, in the hours from, inclusive, to, exclusive.
// known is false where too little was usual there to say.
func (t *Thresholds) WentOn(v Volume, from, to int64) (went, known bool) {
	counts := v.Count
	for int64(len(counts)) < to-v.First {
		counts = append(slices.Clip(counts), make([]int32, to-v.First-int64(len(counts)))...)
	}
	quiet := make([]bool, len(counts)) // what is asked about is no history of itself
	var expected, seen float64
	for i := max(0, from-v.First); i < to-v.First; i++ {
		quiet[i] = true
	}
	for i := max(0, from-v.First); i < to-v.First; i++ {
		if usual, _ := t.usual(counts, quiet, int(i)); usual >= t.VolumeLeast {
			expected += usual
			seen += float64(counts[i])
		}
	}
	return 2*seen >= expected, expected > 0
}

// usual returns what is expected in an hour, and how much more than chance counts scatter around it.
func (t *Thresholds) usual(counts []int32, quiet []bool, i int) (mean, spread float64) {
	const week = 168
	var same []float64
	var now, then float64
	for w := 1; w <= t.VolumeWeeks; w++ {
		j := i - w*week
		if j < 0 {
			break
		}
		if !quiet[j] {
			same = append(same, around(counts, quiet, j))
		}
	}
	if len(same) < 2 {
		return 0, 1
	}
	slices.Sort(same)
	median := same[len(same)/2]
	if len(same)%2 == 0 {
		median = (same[len(same)/2-1] + same[len(same)/2]) / 2
	}
	// The week before last against the one before it tells the trend, without the hours in question.
	for j := max(0, i-week); j < i-24; j++ {
		if j-week >= 0 && !quiet[j] && !quiet[j-week] {
			now += float64(counts[j])
			then += float64(counts[j-week])
		}
	}
	if then > 50 {
		median *= min(max(now/then, 0.5), 1.5)
	}
	var variance float64
	for _, x := range same {
		variance += (x - median) * (x - median)
	}
	variance /= float64(len(same))
	return median, max(2, 3*variance/max(median, 0.1))
}

// around smooths an hour with its neighbours.
func around(counts []int32, quiet []bool, i int) float64 {
	var sum, n float64
	for j := max(0, i-1); j <= min(len(counts)-1, i+1); j++ {
		if !quiet[j] {
			sum += float64(counts[j])
			n++
		}
	}
	if n == 0 {
		return 0
	}
	return sum / n
}
