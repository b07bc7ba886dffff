package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"veedor/internal/follow/match"
	"veedor/internal/follow/match/pairs"
)

func matchFitCommand() *cobra.Command {
	var n, among int
	c := &cobra.Command{
		Use:   "match-fit FILE",
		Short: "Fit the calibration of name matching on a generated training set and write it to FILE",
		Long: `Generate labelled pairs with the training seed, add to each query the strongest wrong entity that the index proposes for it, and fit the weights
of the features. On another set, pair by pair and searched among its own and among many entities, draw the curves by which the score of the first
reads as the probability that it is right, choose the threshold from which 98 in 100 of the many are right, and write the model as JSON.`,
		Example: "  veedor match-fit internal/follow/match/data/model.json",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return matchFit(c.Context(), c.OutOrStdout(), c.ErrOrStderr(), args[0], n, among)
		},
	}
	c.Flags().IntVar(&n, "pairs", 24_000, "how many labelled pairs")
	c.Flags().IntVar(&among, "among", 100_000, "how many entities the scores are calibrated among")
	return c
}

// The model is fitted and its scores are read as probabilities on different sets: a curve drawn on what was fitted would be too sure.
const matchCurveSeed = 2022

// matchFit fits the weights, and then, on another set, the curve and the threshold.
func matchFit(ctx context.Context, out, progress io.Writer, file string, n, among int) error {
	set := pairs.Generate(matchTrainSeed, n)
	c, err := buildCrowd(ctx, progress, set, nil, n/2)
	if err != nil {
		return err
	}
	var samples []match.Sample
	for _, p := range set.Pairs {
		q, e := entityOf(p.Query), entityOf(set.Entities[p.Entity])
		samples = append(samples, match.Sample{Query: q, Candidate: e, Same: p.Same})
		for _, h := range c.index.Search(q, 2, nil) { // what the index proposes and is wrong is what must be told apart
			if h.Entity.ID != e.ID {
				samples = append(samples, match.Sample{Query: q, Candidate: h.Entity})
				break
			}
		}
	}
	m, err := match.Fit(samples, set.Seed)
	if err != nil {
		return err
	}
	set = pairs.Generate(matchCurveSeed, n)
	scorer := match.NewScorer(m)
	var judged []match.Judged
	for _, p := range set.Pairs {
		judged = append(judged, match.Judged{Score: scorer.Score(entityOf(p.Query), entityOf(set.Entities[p.Entity])).Score, Same: p.Same})
	}
	curves := []match.Curve{match.Calibrate(1, judged)}
	for _, size := range []int{n / 2, among} {
		if c, err = buildCrowd(ctx, progress, set, nil, size); err != nil {
			return err
		}
		judged = judgeFirst(c.index.Scored(m), set)
		curves = append(curves, match.Calibrate(size, judged))
	}
	m.Curves = curves
	for i := range judged {
		judged[i].Score = m.Calibrated(judged[i].Score, among)
	}
	m.Threshold = threshold(judged)
	b, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%d pairs of seed %d fitted, curves on seed %d up to %d entities; threshold %.2f\n", m.Pairs, m.Seed, uint64(matchCurveSeed), among, m.Threshold)
	return os.WriteFile(file, append(b, '\n'), 0o644)
}

// judgeFirst searches for every query and judges the first that comes: what a reader is shown.
func judgeFirst(x *match.Index, set pairs.Set) []match.Judged {
	var all []match.Judged
	for _, p := range set.Pairs {
		for _, h := range x.Search(entityOf(p.Query), 1, nil) {
			all = append(all, match.Judged{Score: h.Score, Same: p.Same && h.Entity.ID == set.Entities[p.Entity].ID})
		}
	}
	return all
}

// threshold is the lowest score, in hundredths and at least a half, from which 98 in 100 are right.
func threshold(all []match.Judged) float64 {
	slices.SortFunc(all, func(a, b match.Judged) int { return cmp.Compare(b.Score, a.Score) })
	least, right := 0.99, 0
	for i, j := range all {
		if j.Same {
			right++
		}
		if j.Score < 0.5 {
			break
		}
		if float64(right) >= 0.98*float64(i+1) {
			least = max(0.5, math.Ceil(j.Score*100)/100)
		}
	}
	return least
}
