package cli

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"veedor/internal/follow/ftm"
	"veedor/internal/follow/match"
	"veedor/internal/follow/registry"
)

func registrySearchCommand() *cobra.Command {
	var f registry.Filter
	var limit int
	var country string
	c := &cobra.Command{
		Use:   "search NAME",
		Short: "Find entities by a name, in any script, with the score and what made it",
		Example: `  veedor registry search CEIEC
  veedor registry search 中国电子进出口有限公司 --schema LegalEntity`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return withRegistry(c, func(r *registry.Registry) error {
				q := match.Entity{Names: args}
				if country != "" {
					q.Countries = []string{country}
				}
				hits, err := r.Search(c.Context(), q, f, limit)
				if err != nil {
					return err
				}
				for _, h := range hits {
					fmt.Fprintf(c.OutOrStdout(), "%.3f  %s  %s  %s  %s  %s\n", h.Score, h.ID, h.Dataset, h.Entity.Schema, h.Entity.Label(ftm.Default()), features(h.Result))
				}
				return nil
			})
		},
	}
	filterFlags(c, &f)
	c.Flags().IntVar(&limit, "limit", 10, "how many at most")
	c.Flags().StringVar(&country, "country", "", "of this country (two letters)")
	return c
}

func filterFlags(c *cobra.Command, f *registry.Filter) {
	c.Flags().StringVar(&f.Dataset, "dataset", "", "in this dataset only")
	c.Flags().StringVar(&f.Schema, "schema", "", "of this schema and those that descend from it only")
	c.Flags().Float64Var(&f.Threshold, "threshold", 0, "the lowest score")
}

// features words what a score is made of.
func features(r match.Result) string {
	var out []string
	for _, f := range r.Features {
		out = append(out, fmt.Sprintf("%s %+.1f", f.Name, f.Share))
	}
	return strings.Join(out, ", ")
}

func registryMatchCommand() *cobra.Command {
	var f registry.Filter
	var limit int
	c := &cobra.Command{
		Use:   "match FILE.csv | -",
		Short: "Look up every row of a table, and write what may be the same as CSV",
		Long: `Look up every row of a table of names. Its header names properties of FollowTheMoney (name, alias, country, registrationNumber,
leiCode …); a column schema says what the row is, and values of one property are separated by semicolons. Other columns are kept
apart. Each row gives one row for every hit above the threshold, or one without.`,
		Example: "  veedor registry match suppliers.csv --threshold 0.8 > found.csv",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) (err error) {
			in := c.InOrStdin()
			if args[0] != "-" {
				file, err := os.Open(args[0])
				if err != nil {
					return err
				}
				defer file.Close()
				in = file
			}
			if f.Threshold == 0 {
				f.Threshold = match.Threshold()
			}
			return withRegistry(c, func(r *registry.Registry) error { return matchTable(c, r, in, f, limit) })
		},
	}
	filterFlags(c, &f)
	c.Flags().IntVar(&limit, "limit", 3, "how many hits for a row at most")
	return c
}

func matchTable(c *cobra.Command, r *registry.Registry, in io.Reader, f registry.Filter, limit int) error {
	rows := csv.NewReader(in)
	rows.FieldsPerRecord = -1
	header, err := rows.Read()
	if err != nil {
		return fmt.Errorf("read the header of the table: %w", err)
	}
	header[0] = strings.TrimPrefix(header[0], "\ufeff")
	show := newProgress(c.ErrOrStderr(), "match")
	defer show.end()
	out := csv.NewWriter(c.OutOrStdout())
	if err := out.Write([]string{"row", "query", "score", "id", "dataset", "schema", "caption", "features"}); err != nil {
		return err
	}
	for n := 1; ; n++ {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("read row %d: %w", n, err)
		}
		q := queryOf(header, row)
		if len(q.Names) == 0 && len(q.Identifiers) == 0 {
			return fmt.Errorf("row %d has neither a name nor a number; its header is %q, and one column must be called name (%w)", n, header, errUsage)
		}
		hits, err := r.Search(c.Context(), q, f, limit)
		if err != nil {
			return err
		}
		asked := strings.Join(q.Names, "; ")
		for _, h := range hits {
			err = errors.Join(err, out.Write([]string{fmt.Sprint(n), asked, fmt.Sprintf("%.4f", h.Score), h.ID, h.Dataset, h.Entity.Schema, h.Entity.Label(ftm.Default()), features(h.Result)}))
		}
		if len(hits) == 0 {
			err = out.Write([]string{fmt.Sprint(n), asked, "", "", "", "", "", ""})
		}
		if err != nil {
			return err
		}
		show.count(uint64(n), "rows")
	}
	out.Flush()
	return out.Error()
}

// queryOf makes a query of one row.
func queryOf(header, row []string) match.Entity {
	e := &ftm.Entity{ID: "query", Schema: "LegalEntity"}
	for i, v := range row[:min(len(row), len(header))] {
		name := strings.TrimSpace(header[i])
		if name == "schema" && ftm.Default().Schema(v) != nil {
			e.Schema = v
			continue
		}
		p := ftm.Default().Property("Company:" + name)
		if p == nil {
			continue
		}
		for part := range strings.SplitSeq(v, ";") {
			if clean, reason := p.Clean(part); reason == "" && clean != "" {
				e.Add(name, clean)
			}
		}
	}
	// A person has none of a company's properties but the names.
	q := registry.MatchEntity(ftm.Default(), e)
	if len(q.Names) == 0 {
		q.Names = e.Properties["name"]
	}
	return q
}

func registryDedupeCommand() *cobra.Command {
	var dataset string
	var threshold float64
	c := &cobra.Command{
		Use:   "dedupe",
		Short: "List pairs that may be the same and on which nothing was decided, with what speaks for it",
		Long: `List pairs above the threshold on which nothing was decided. Nothing is merged: a person decides, with veedor registry decide.
With --dataset, one of each pair is of that dataset.`,
		Example: "  veedor registry dedupe --dataset aiddata-geo --threshold 0.9",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if threshold == 0 {
				threshold = match.Threshold()
			}
			return withRegistry(c, func(r *registry.Registry) error {
				show := newProgress(c.ErrOrStderr(), "dedupe")
				defer show.end()
				n := 0
				err := r.Propose(c.Context(), dataset, threshold, func(done int) { show.count(uint64(done), "entities") }, func(p registry.Proposal) error {
					n++
					_, err := fmt.Fprintf(c.OutOrStdout(), "%.3f  %s <%s> in %s = %s <%s> in %s?  %s\n", p.Score, p.LabelA, p.A, p.DatasetA, p.LabelB, p.B, p.DatasetB, features(p.Result))
					return err
				})
				if err == nil {
					fmt.Fprintf(c.OutOrStdout(), "%d proposals\n", n)
				}
				return err
			})
		},
	}
	c.Flags().StringVar(&dataset, "dataset", "", "one of each pair is of this dataset")
	c.Flags().Float64Var(&threshold, "threshold", 0, "the lowest score (default: the one matching ships with)")
	return c
}

func registryDecideCommand() *cobra.Command {
	var d registry.Decision
	c := &cobra.Command{
		Use:   "decide A positive|negative|unsure|withdrawn B",
		Short: "Write down that two entities are the same, are not, cannot be told; or take back what was decided",
		Long: `Write down what you decided of two entities. A decision that contradicts others is refused with the chain of those. Nothing is
erased: withdrawing is a decision as well.`,
		Example: `  veedor registry decide ofac-30502 positive aiddata-geo-0123 --by ana --why "same name, sector and country"`,
		Args:    cobra.ExactArgs(3),
		RunE: func(c *cobra.Command, args []string) error {
			d.A, d.Verdict, d.B, d.At = args[0], args[1], args[2], time.Now().UTC().Truncate(time.Second)
			return writeRegistry(c, func(r *registry.Registry) error {
				if _, err := r.Decide(c.Context(), d); err != nil {
					return err
				}
				id, members, err := r.Canonical(d.A)
				if err == nil {
					fmt.Fprintf(c.OutOrStdout(), "%s: %s\n", id, strings.Join(members, ", "))
				}
				return err
			})
		},
	}
	c.Flags().StringVar(&d.By, "by", "", "who decides: a name or a pseudonym (needed)")
	c.Flags().StringVar(&d.Why, "why", "", "the reason")
	return c
}
