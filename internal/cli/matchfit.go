package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"veedor/internal/follow/match"
	"veedor/internal/follow/match/pairs"
)

func matchFitCommand() *cobra.Command {
	var n int
	c := &cobra.Command{
		Use:   "match-fit FILE",
		Short: "Fit the calibration of name matching on a generated training set and write it to FILE",
		Long: `Generate labelled pairs with the training seed, add to each query the strangest entity that the index proposes for it, fit the weights of
the features, choose the threshold from which 99 in 100 proposals are right, and write the model as JSON.`,
		Example: "  veedor match-fit internal/follow/match/data/model.json",
		Args:    cobra.ExactArgs(1),
		RunE:    func(c *cobra.Command, args []string) error { return matchFit(c.OutOrStdout(), args[0], n) },
	}
	c.Flags().IntVar(&n, "pairs", 24_000, "how many labelled pairs")
	return c
}

func matchFit(out io.Writer, file string, n int) error {
	set := pairs.Generate(matchTrainSeed, n)
	x, err := indexSet(set)
	if err != nil {
		return err
	}
	var samples []match.Sample
	for _, p := range set.Pairs {
		q, e := entityOf(p.Query), entityOf(set.Entities[p.Entity])
		samples = append(samples, match.Sample{Query: q, Candidate: e, Same: p.Same})
		for _, h := range x.Search(q, 2, nil) { // what the index proposes and is wrong is what must be told apart
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
	s := match.NewScorer(m)
	type judged struct {
		score float64
		same  bool
	}
	var all []judged
	for _, p := range samples {
		all = append(all, judged{s.Score(p.Query, p.Candidate).Score, p.Same})
	}
	slices.SortFunc(all, func(a, b judged) int { return int(1e9 * (b.score - a.score)) })
	right, wrong := 0, 0
	for _, j := range all {
		if j.same {
			right++
		} else {
			wrong++
		}
		if j.score < 0.5 {
			break
		}
		if float64(right) >= 0.99*float64(right+wrong) {
			m.Threshold = max(0.5, float64(int(j.score*100))/100)
		}
	}
	b, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%d pairs of seed %d fitted; threshold %.2f\n", m.Pairs, m.Seed, m.Threshold)
	return os.WriteFile(file, append(b, '\n'), 0o644)
}
