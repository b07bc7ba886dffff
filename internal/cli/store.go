package cli

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"veedor/internal/measure/ingest"
	"veedor/internal/measure/store"
)

func rejectedCommand() *cobra.Command {
	var asJSON bool
	var limit int
	c := &cobra.Command{
		Use:     "rejected",
		Short:   "List the records that could not be read as measurements, and why",
		Example: "  veedor rejected --limit 20\n  veedor rejected --json | jq .reason",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return with(c, func(h *house) error {
				list, total, err := h.lake.Rejections(c.Context(), limit, 0)
				if err != nil {
					return err
				}
				out := bufio.NewWriter(c.OutOrStdout())
				for _, r := range list {
					if asJSON {
						err = errors.Join(err, json.NewEncoder(out).Encode(map[string]any{"source": r.Source, "line": r.Line, "hash": r.Hash, "reason": r.Reason}))
					} else {
						fmt.Fprintf(out, "%s:%d\t%s\t%s\n", r.Source, r.Line, r.Reason, r.Hash)
					}
				}
				if !asJSON {
					fmt.Fprintf(out, "%d of %d rejected records\n", len(list), total)
				}
				return errors.Join(err, out.Flush())
			})
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "one JSON object a line")
	c.Flags().IntVar(&limit, "limit", 1000, "at most so many")
	return c
}

func rebuildCommand() *cobra.Command {
	keep := 1
	c := &cobra.Command{
		Use:   "rebuild",
		Short: "Judge everything in the archive again, into a new generation of the store",
		Long: `Judge everything in the archive again with the present rules and reference data. Pages and exports answer from the old
generation until the new one is whole. The generation before stays on disk, so that no verdict is lost; --keep says how many do.`,
		Example: "  veedor rebuild\n  veedor rebuild --keep 0",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return with(c, func(h *house) error {
				conf := h.config()
				p := newProgress(c.ErrOrStderr(), "rebuild")
				conf.Progress = p.ingest
				got, err := ingest.Rebuild(c.Context(), conf, h.lake.Rebuild)
				p.end()
				if err != nil {
					return err
				}
				if err := settleAndCompact(c, h, false); err != nil {
					return err
				}
				removed, err := h.lake.Prune(keep)
				for _, name := range removed {
					fmt.Fprintf(c.OutOrStdout(), "removed old generation %s\n", name)
				}
				fmt.Fprintf(c.OutOrStdout(), "rebuilt %d measurements, %d rejected records\n", got.Kept, got.Rejected)
				return errors.Join(err, reweighAfter(c, h))
			})
		},
	}
	c.Flags().IntVar(&keep, "keep", keep, "how many earlier generations to keep")
	return c
}

func compactCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "compact",
		Short:   "Merge small segments of the store (ingest does this when there are many)",
		Example: "  veedor compact",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return with(c, func(h *house) error {
				done, err := h.lake.Compact(c.Context())
				if err == nil {
					fmt.Fprintf(c.OutOrStdout(), "merged %d segments into %d\n", done.Merged, done.Into)
				}
				return err
			})
		},
	}
}

func exportCommand() *cobra.Command {
	var format, file string
	c := &cobra.Command{
		Use:   "export observations|verdicts",
		Short: "Write a whole table as CSV or Parquet",
		Long: `Write a whole table. The same measurements give the same bytes, however and whenever they were read.
docs/format/observations.md describes the columns.`,
		Example:   "  veedor export verdicts > verdicts.csv\n  veedor export observations --format parquet -o observations.parquet",
		Args:      cobra.ExactArgs(1),
		ValidArgs: []string{string(store.Observations), string(store.Verdicts)},
		RunE: func(c *cobra.Command, args []string) error {
			return with(c, func(h *house) error {
				if file == "" || file == "-" {
					return h.lake.Export(c.Context(), store.Table(args[0]), store.Format(format), c.OutOrStdout())
				}
				f, err := os.Create(file)
				if err != nil {
					return fmt.Errorf("export to %s: %w", file, err)
				}
				return errors.Join(h.lake.Export(c.Context(), store.Table(args[0]), store.Format(format), f), f.Close())
			})
		},
	}
	c.Flags().StringVar(&format, "format", "csv", "csv or parquet")
	c.Flags().StringVarP(&file, "output", "o", "", "the file to write (default standard output)")
	return c
}
