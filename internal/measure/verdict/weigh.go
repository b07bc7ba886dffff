package verdict

import (
	_ "embed"
	"fmt"
	"math"
	"strings"
)

// fittedTable is what `veedor fit` printed: how often each rule fired in labelled measurements.
//
//go:embed fitted.tsv
var fittedTable string

// fitted marks ratios that labelled measurements have a part in.
const fitted = "set by hand, then fitted on labelled measurements (2026-11)"

// A ratio set by hand is taken to be right within a factor of three, nine times in ten.
const (
	priorSpread = 3.0
	ninety      = 1.645 // standard deviations that enclose nine in ten
)

// Seen is how often a rule fired in labelled measurements.
type Seen struct {
	Restricted, OfRestricted int // measurements of a restriction in which it fired, and of how many
	Free, OfFree             int // the same where nothing was restricted
}

// weighed gives each rule its likelihood ratio and the interval of it: the ratio set by hand, moved by
// what was counted in labelled measurements, on a logarithmic scale, each weighted by how sure it is.
// The data's own ratio and its error are Haldane's and Katz's (half a case added to each count; Katz et
// al., Biometrics 34, 1978).
func weighed(list []rule) []rule {
	seen, err := readFitted(fittedTable)
	if err != nil {
		panic(err) // embedded: a test reads it
	}
	for i := range list {
		r := &list[i].Rule
		r.Prior = r.Likelihood
		sd := math.Log(priorSpread) / ninety
		mean := math.Log(r.Likelihood)
		if s, ok := seen[r.ID]; ok && r.Evidence == Scored && s.Restricted+s.Free > 0 {
			r.Seen, r.Basis = s, fitted
			mean, sd = join(mean, sd, s)
		}
		r.Likelihood = sided(r.Outcome, math.Exp(mean))
		r.Low, r.High = math.Exp(mean-ninety*sd), math.Exp(mean+ninety*sd)
		if r.Evidence != Scored {
			r.Likelihood, r.Low, r.High = 1, 1, 1 // what cannot be interpreted moves nothing
		}
	}
	return list
}

// join weighs a prior, as mean and deviation of the logarithm, against counts.
func join(mean, sd float64, s Seen) (float64, float64) {
	a, A, b, B := float64(s.Restricted)+0.5, float64(s.OfRestricted)+1, float64(s.Free)+0.5, float64(s.OfFree)+1
	data, variance := math.Log(a/A/(b/B)), 1/a-1/A+1/b-1/B
	p, q := 1/(sd*sd), 1/variance
	return (p*mean + q*data) / (p + q), math.Sqrt(1 / (p + q))
}

// sided keeps a ratio on the side that the rule's outcome says: a rule that would contradict its own
// outcome on labelled data is a rule to be rewritten, which TestFitted finds, not one to be turned round.
func sided(outcome State, ratio float64) float64 {
	switch outcome {
	case Blocked:
		return max(ratio, 1.01)
	case OK, Down:
		return min(ratio, 0.99)
	}
	return ratio
}

// readFitted reads the table: id, fired in restricted, of how many, fired in free, of how many.
func readFitted(table string) (map[string]Seen, error) {
	out := map[string]Seen{}
	for line := range strings.Lines(table) {
		if strings.HasPrefix(line, "#") || strings.TrimSpace(line) == "" {
			continue
		}
		var id string
		var s Seen
		if _, err := fmt.Sscanf(line, "%s %d %d %d %d", &id, &s.Restricted, &s.OfRestricted, &s.Free, &s.OfFree); err != nil {
			return nil, fmt.Errorf("fitted.tsv: %q: %w", line, err)
		}
		out[id] = s
	}
	return out, nil
}

// Corpus says which labelled measurements the ratios were fitted on: the table's first lines.
func Corpus() []string {
	var out []string
	for line := range strings.Lines(fittedTable) {
		if text, ok := strings.CutPrefix(line, "# "); ok {
			out = append(out, strings.TrimSpace(text))
		}
	}
	return out
}
