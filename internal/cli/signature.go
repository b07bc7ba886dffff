package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"veedor/internal/measure/series"
)

func signatureCommand() *cobra.Command {
	var asJSON bool
	var from, to string
	c := &cobra.Command{
		Use:   "signature AS… AS…",
		Short: "Compare how networks restrict: mechanisms, failures, forged answers, traces, categories, lists",
		Long: `Compare how networks restrict, dimension by dimension, with the evidence behind each and a similarity from 0 (nothing alike)
to 1 (the same), with the interval that holds nine in ten of resampled targets. Where too few targets show a trait, it says
"not comparable". Filters that look alike may have come from one hand, or from one shop, or from one textbook.`,
		Example: "  veedor signature AS8048 AS4134\n  veedor signature --from 2024-01-01 AS8048 AS4134 AS12455 --json",
		Args:    cobra.MinimumNArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			var asns []uint32
			for _, a := range args {
				n, err := strconv.ParseUint(strings.TrimPrefix(strings.ToUpper(a), "AS"), 10, 32)
				if err != nil || n == 0 {
					return fmt.Errorf("%q is not the number of a network; write it like AS8048 (%w)", a, errUsage)
				}
				asns = append(asns, uint32(n))
			}
			return with(c, func(h *house) error {
				begin, end, err := window(c, h, from, to)
				if err != nil {
					return err
				}
				traits, err := h.lake.Traits(c.Context(), asns, begin, end)
				if err != nil {
					return err
				}
				all := series.Signatures(traits)
				for i, a := range asns {
					for _, b := range asns[i+1:] {
						if all[a] == nil || all[b] == nil {
							fmt.Fprintf(c.OutOrStdout(), "AS%d and AS%d: not comparable: nothing was measured on one of them\n", a, b)
							continue
						}
						cmp := series.Compare(all[a], all[b])
						if asJSON {
							err = json.NewEncoder(c.OutOrStdout()).Encode(cmp)
						} else {
							printComparison(c.OutOrStdout(), cmp)
						}
						if err != nil {
							return err
						}
					}
				}
				return nil
			})
		},
	}
	c.Flags().StringVar(&from, "from", "", "look at measurements since this day (default 400 days before the last)")
	c.Flags().StringVar(&to, "to", "", "look at measurements before this day")
	c.Flags().BoolVar(&asJSON, "json", false, "one JSON object a pair")
	return c
}

func printComparison(w io.Writer, c series.Comparison) {
	fmt.Fprintf(w, "AS%d (%s: %d of %d targets blocked) and AS%d (%s: %d of %d): ", c.A.ASN, c.A.CC, c.A.Blocked, c.A.Tested, c.B.ASN, c.B.CC, c.B.Blocked, c.B.Tested)
	if c.Comparable {
		fmt.Fprintf(w, "similarity %.2f (%.2f to %.2f)\n", c.Similarity, c.Low, c.High)
	} else {
		fmt.Fprintln(w, "not comparable")
	}
	why := map[string]string{"none": "nothing of it on one side", "few": "too few targets show it", "shared": "too few targets tested on both"}
	for _, d := range c.Dimensions {
		if !d.Comparable {
			fmt.Fprintf(w, "  %-12s not comparable: %s (%d and %d targets)\n", d.Name, why[d.Why], d.A, d.B)
			continue
		}
		fmt.Fprintf(w, "  %-12s %.2f (%.2f to %.2f), %d and %d targets", d.Name, d.Similarity, d.Low, d.High, d.A, d.B)
		if len(d.Shared) > 0 {
			fmt.Fprintf(w, "; shared: %s", strings.Join(d.Shared[:min(len(d.Shared), 4)], ", "))
		}
		fmt.Fprintln(w)
	}
}
