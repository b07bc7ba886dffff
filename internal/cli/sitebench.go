package cli

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"veedor/internal/evidence/archive"
)

func siteBenchCommand() *cobra.Command {
	b := siteBench{}
	c := &cobra.Command{
		Use:   "site-bench",
		Short: "Measure how many pages a second are served from a large store",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return with(c, func(h *house) error { return b.run(c, h) })
		},
	}
	c.Flags().Int64Var(&b.observations, "observations", 10_000_000, "how many observations the store has at least; they are made where it has fewer")
	return c
}

type siteBench struct {
	observations int64
}

func archiveEntry(n int) archive.Entry { return archive.Entry{Line: int64(n)} }

func (b *siteBench) run(c *cobra.Command, h *house) error {
	st, err := h.lake.Stats(c.Context())
	if err != nil {
		return err
	}
	if missing := b.observations - st.Observations; missing > b.observations/50 {
		began := time.Now()
		s, err := newLargeStore(h)
		if err != nil {
			return err
		}
		err = s.fill(c.Context(), h.lake, missing, func(done int64) {
			fmt.Fprintf(c.ErrOrStderr(), "\rmade %d of %d observations", done, missing)
		})
		if err != nil {
			return err
		}
		fmt.Fprintf(c.OutOrStdout(), "made %d observations in %.0f s\n", missing, time.Since(began).Seconds())
	}
	return nil
}
