package cli

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"veedor/internal/measure/scenario"
	"veedor/internal/measure/verdict"
)

func poisonBenchCommand() *cobra.Command {
	var honest, k int
	var seed uint64
	c := &cobra.Command{
		Use:   "poison-bench",
		Short: "Show how many forged measurements it takes to change honest ones' verdicts",
		Long: `Make measurements of one site by honest sessions in five networks, of which three really restrict it, and forged ones: a valid
handshake at the censor's address, failures claimed everywhere, success claimed where there is none. Judge the honest ones
without the forged and with them, and count whose verdict became another. Fewer sessions than must agree (VEEDOR_ENOUGH)
change nothing, however much they send.`,
		Example: "  veedor poison-bench\n  VEEDOR_ENOUGH=5 veedor poison-bench",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) (err error) {
			if k, err = enough(); err != nil {
				return err
			}
			out := c.OutOrStdout()
			fmt.Fprintf(out, "%d honest measurements; %d distinct probes or sessions must agree\n", honest, k)
			fmt.Fprintf(out, "%8s %9s  %s\n", "forged", "sessions", "honest measurements whose verdict became another")
			below := 0
			try := func(forged, sessions int) error {
				n, err := poisoned(c.Context(), seed, honest, forged, sessions, k)
				fmt.Fprintf(out, "%8d %9d  %d\n", forged, sessions, n)
				if sessions < k {
					below += n
				}
				return err
			}
			for _, f := range [][2]int{{1, 1}, {10, 1}, {1000, 1}} {
				if err := try(f[0], f[1]); err != nil {
					return err
				}
			}
			for sessions := 2; sessions <= 4*k; sessions++ {
				if err := try(10*sessions, sessions); err != nil {
					return err
				}
			}
			fmt.Fprintf(out, "changed by fewer than %d sessions: %d\n", k, below)
			if below > 0 {
				return fmt.Errorf("poison-bench: %d verdicts were changed by fewer sessions than must agree", below)
			}
			return nil
		},
	}
	c.Flags().IntVar(&honest, "honest", 100, "how many honest measurements")
	c.Flags().Uint64Var(&seed, "seed", 1, "another seed makes other measurements")
	return c
}

// poisoned counts the honest measurements that are judged otherwise because of the forged ones.
func poisoned(ctx context.Context, seed uint64, honest, forged, sessions, k int) (int, error) {
	var all, clean [][]byte
	var isHonest []bool
	for _, t := range scenario.Poison(seed, honest, forged, sessions) {
		all = append(all, t.Line)
		isHonest = append(isHonest, !t.Forged)
		if !t.Forged {
			clean = append(clean, t.Line)
		}
	}
	before, err := judgeTogether(ctx, clean, k)
	if err != nil {
		return 0, err
	}
	after, err := judgeTogether(ctx, all, k)
	if err != nil {
		return 0, err
	}
	var got []verdict.Row
	for i, row := range after.settled {
		if isHonest[i] {
			got = append(got, row)
		}
	}
	n := 0
	for i, row := range before.settled {
		if row.State != got[i].State || row.Label != got[i].Label || row.Rule != got[i].Rule || !slices.Equal(row.Layers, got[i].Layers) {
			n++
		}
	}
	return n, nil
}
