package cli

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"veedor/internal/follow/match"
	"veedor/internal/follow/match/pairs"
)

// The seeds of the training and of the test set differ, so that nothing is measured on what was fitted.
const (
	matchTrainSeed = 2021
	matchTestSeed  = 7
)

// matchBench says what is measured.
type matchBench struct {
	seed  uint64
	pairs int
	sizes []int
	real  string // a folder with OFAC's lists
	plot  string // where the calibration is drawn
}

func matchBenchCommand() *cobra.Command {
	var b matchBench
	c := &cobra.Command{
		Use:   "match-bench",
		Short: "Measure name matching on a generated labelled set, among many entities, and on real aliases",
		Long: `Generate labelled pairs of invented names (half of them the same bearer in another script, spelling, order, language or legal form,
half of them near misses), search each query among the entities of the set and then 3,000 of them among ever more others, and compare with
the truth. Where others bear the very name that is asked for, that is counted apart from what the matcher lost.
With --real, every alias of OFAC's list of 2021 in that folder is searched: among the primary names alone, among entities with all their names
but that one, and with the bearer left out.
The last line gives recall@1 and precision at the shipped threshold on the labelled set, and the 95th percentile of a query's time
among the most entities asked for.`,
		Example: "  veedor match-bench\n  veedor match-bench --entities 100000,3000000 --real ../shared/data/sanctions --plot calibration.svg",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return b.run(c.Context(), c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	c.Flags().IntSliceVar(&b.sizes, "entities", []int{100_000}, "how many entities to search among")
	c.Flags().IntVar(&b.pairs, "pairs", 20_000, "how many labelled pairs")
	c.Flags().Uint64Var(&b.seed, "seed", matchTestSeed, "another seed makes another set")
	c.Flags().StringVar(&b.real, "real", "", "a folder with OFAC's lists")
	c.Flags().StringVar(&b.plot, "plot", "", "draw the calibration as SVG in this file")
	return c
}

// mostSearched is how many queries are searched among a crowd.
const mostSearched = 3000

func (b matchBench) run(ctx context.Context, out, progress io.Writer) error {
	begin := time.Now()
	set := pairs.Generate(b.seed, b.pairs)
	fmt.Fprintf(out, "labelled set: %d pairs, %d entities, seed %d (fitted on seed %d)\n", len(set.Pairs), len(set.Entities), set.Seed, match.Shipped().Seed)
	byPair := calibratePairs(set)
	byPair.print(out)
	queries := make([]matchQuery, len(set.Pairs))
	for i, p := range set.Pairs {
		queries[i] = matchQuery{entity: entityOf(p.Query), how: p.How}
		if p.Same {
			queries[i].want = set.Entities[p.Entity].ID
		}
	}
	x, err := indexSet(set)
	if err != nil {
		return err
	}
	outcomes, own, err := searchAll(ctx, x, queries)
	if err != nil {
		return err
	}
	first := calibrateFirst(queries, outcomes, x.Len())
	first.print(out)
	if b.plot != "" {
		if err := plot(b.plot, byPair, first); err != nil {
			return err
		}
	}
	fmt.Fprintf(out, "\nsearched among the %d entities of the set\n", x.Len())
	own.print(out)
	printMissed(out, own.missed)
	last := own
	for _, size := range b.sizes {
		if last, err = b.among(ctx, out, progress, set, queries, size); err != nil {
			return err
		}
	}
	if b.real != "" {
		if err := benchReal(ctx, out, b.real); err != nil {
			return err
		}
	}
	fmt.Fprintf(out, "\nmeasured in %.0f s\nrecall@1 %.4f, precision %.4f, p95 %.1f ms\n", time.Since(begin).Seconds(), own.recall1, own.precision, ms(last.p95))
	return nil
}

// among searches the first queries among size entities.
func (b matchBench) among(ctx context.Context, out, progress io.Writer, set pairs.Set, queries []matchQuery, size int) (searched, error) {
	some := queries[:min(len(queries), mostSearched)]
	c, err := buildCrowd(ctx, progress, set, set.Pairs[:len(some)], size)
	if err != nil {
		return searched{}, err
	}
	outcomes, s, err := searchAll(ctx, c.index, some)
	if err != nil {
		return s, err
	}
	fmt.Fprintf(out, "\nsearched among %d entities, %d queries; %s\n", c.index.Len(), len(some), c.about)
	s.print(out)
	printMissed(out, s.missed)
	c.rivals.print(out, outcomes)
	return s, nil
}
