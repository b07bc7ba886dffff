package cli

import (
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"veedor/internal/measure/control"
	"veedor/internal/measure/ingest"
	"veedor/internal/measure/store"
)

func settleCommand() *cobra.Command {
	var all bool
	c := &cobra.Command{
		Use:   "settle",
		Short: "Judge measurements again in the light of what others measured",
		Long: fmt.Sprintf(`A measurement is first judged by itself and by the test helper's view within it. Settling compares what failed with what
other devices measured in the two weeks before: whether the same worked elsewhere, where the site was found, and whether it
worked in the same network. Nobody's word counts more than once, and nothing counts until enough distinct probes or sessions
agree: %d, or what VEEDOR_ENOUGH says. ingest and rebuild settle when they are done; run it by hand with --all after the
rules or the reference data changed. The archive is not read: fingerprints that need what only the archive has (bodies, most
headers) are applied by rebuild alone, and the last line says how many those are.`, control.DefaultEnough),
		Example: "  veedor settle\n  veedor settle --all",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return with(c, func(h *house) error {
				done, err := settle(c, h, all)
				if err != nil {
					return err
				}
				if left := h.refdata.AsOf(time.Now()).Unstored(); all && len(left) > 0 {
					fmt.Fprintf(c.OutOrStdout(), "%d fingerprints are about bodies or headers that only the archive has; veedor rebuild applies them to what was read before they were known:", len(left))
					for i, fp := range left {
						if i == 5 {
							fmt.Fprintf(c.OutOrStdout(), " and %d more", len(left)-i)
							break
						}
						fmt.Fprintf(c.OutOrStdout(), " %s (%s)", fp.ID, fp.Location)
					}
					fmt.Fprintln(c.OutOrStdout())
				}
				fmt.Fprintf(c.OutOrStdout(), "judged %d measurements again, %d became another\n", done.Judged, done.Changed)
				return reweighAfter(c, h)
			})
		},
	}
	c.Flags().BoolVar(&all, "all", false, "judge every measurement again, with the present rules and reference data")
	return c
}

func settle(c *cobra.Command, h *house, all bool) (store.Settled, error) {
	k, err := enough()
	if err != nil {
		return store.Settled{}, err
	}
	p := newCount(c.ErrOrStderr(), "settle", "measurements")
	done, err := ingest.Settle(c.Context(), h.lake, h.refdata, k, all, func(done, total int64) { p.at(done, total, "") })
	p.end()
	return done, err
}

// enough returns how many distinct probes or sessions must agree.
func enough() (int, error) {
	text := os.Getenv("VEEDOR_ENOUGH")
	if text == "" {
		return control.DefaultEnough, nil
	}
	k, err := strconv.Atoi(text)
	if err != nil || k < 1 || k > 1000 {
		return 0, fmt.Errorf("VEEDOR_ENOUGH is %q; it must be a number from 1 to 1000 (%w)", text, errUsage)
	}
	return k, nil
}
