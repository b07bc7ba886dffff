package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"veedor/internal/evidence/archive"
	"veedor/internal/evidence/tlog"
	"veedor/internal/follow/ftm"
	"veedor/internal/follow/registry"
)

func registryCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "registry",
		Short: "Who supplied, ordered and paid: lists and tables as statements, with their history",
		Long: `The registry keeps what lists and tables say: one statement for each value, with who says so, since when, and the archived
bytes it was read from. Merging entities is a decision of a person, written down and reversible. docs/format/registry.md tells more.`,
	}
	c.AddCommand(registryImportCommand(), registryDatasetsCommand(), registryStatesCommand(), registryRejectedCommand(), registryDiffCommand(), registryShowCommand(), registryPathCommand(),
		registrySearchCommand(), registryMatchCommand(), registryDedupeCommand(), registryDecideCommand(), registryDecisionsCommand(), registryExportCommand(), registryWatchCommand(),
		registryRedateCommand(), registryRebuildCommand())
	return c
}

// withRegistry runs f on the opened registry.
func withRegistry(c *cobra.Command, f func(*registry.Registry) error) error {
	r, err := registry.Open(c.Context(), dataDir(c))
	if err != nil {
		return err
	}
	return errors.Join(f(r), r.Close())
}

// withArchive runs f on the opened archive.
func withArchive(c *cobra.Command, f func(*archive.Archive) error) error {
	a, err := archive.Open(dataDir(c))
	if err != nil {
		return err
	}
	return errors.Join(f(a), a.Close())
}

// changeRegistry runs f on the opened registry, logs what it wrote down, and weighs again the claims that rest on it.
func changeRegistry(c *cobra.Command, a *archive.Archive, f func(*registry.Registry) error) error {
	if err := withRegistry(c, f); err != nil {
		return err
	}
	err := withLog(c, func(l *tlog.Log) error {
		if _, err := syncLog(c.Context(), c, l, a); err != nil {
			return err
		}
		return attest(c.Context(), l, c.ErrOrStderr())
	})
	if err != nil {
		return err
	}
	return weighAgain(c)
}

// writeRegistry is changeRegistry for commands that need no archive.
func writeRegistry(c *cobra.Command, f func(*registry.Registry) error) error {
	return withArchive(c, func(a *archive.Archive) error { return changeRegistry(c, a, f) })
}

func registryDatasetsCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "datasets",
		Short:   "List the datasets, who publishes them, and under which licence",
		Example: "  veedor registry datasets",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return withRegistry(c, func(r *registry.Registry) error {
				list, err := r.Datasets(c.Context())
				if err != nil {
					return err
				}
				w := tabwriter.NewWriter(c.OutOrStdout(), 0, 0, 2, ' ', 0)
				fmt.Fprintln(w, "DATASET\tTITLE\tPUBLISHER\tURL\tLICENCE")
				for _, d := range list {
					fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", d.Name, d.Title, d.Publisher, d.URL, d.Licence)
				}
				return w.Flush()
			})
		},
	}
}

func registryStatesCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:     "states [DATASET]",
		Short:   "List the states of datasets that were imported, and what became of what was read",
		Example: "  veedor registry states\n  veedor registry states ofac-sdn --json",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return withRegistry(c, func(r *registry.Registry) error {
				states, err := r.States(c.Context(), strings.Join(args, ""))
				if err != nil {
					return err
				}
				w := tabwriter.NewWriter(c.OutOrStdout(), 0, 0, 2, ' ', 0)
				if !asJSON {
					fmt.Fprintln(w, "STATE\tDATASET\tDATE\tLEARNT\tSTATUS\tREAD\tKEPT\tREJECTED\tENTITIES\tVALUES NOT TAKEN")
				}
				for _, s := range states {
					if asJSON {
						err = errors.Join(err, json.NewEncoder(c.OutOrStdout()).Encode(s))
						continue
					}
					a := s.Account
					fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%d\t%d\t%d\t%d\t%d\n", s.ID, s.Dataset, s.Date(), s.Learnt.Format("2006-01-02"), s.Status, a.Read, a.Kept, a.Rejected, a.Entities, a.Problems)
				}
				return errors.Join(err, w.Flush())
			})
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "one JSON object a line")
	return c
}

func registryRejectedCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:     "rejected STATE",
		Short:   "List the rows and values of a state that were not taken over, and why",
		Example: "  veedor registry rejected 1",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			id, err := stateNumber(args[0])
			if err != nil {
				return err
			}
			return withRegistry(c, func(r *registry.Registry) error {
				out := c.OutOrStdout()
				return r.Rejects(c.Context(), id, func(p registry.Reject) error {
					if asJSON {
						return json.NewEncoder(out).Encode(map[string]any{"file": p.At.File, "line": p.At.Line, "record": p.At.Record, "entity": p.Entity, "prop": p.Prop, "reason": p.Reason, "raw": string(p.Raw)})
					}
					_, err := fmt.Fprintf(out, "%s:%d\t%s %s\t%s\t%.200q\n", p.At.File, max(p.At.Line, p.At.Record), p.Entity, p.Prop, p.Reason, p.Raw)
					return err
				})
			})
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "one JSON object a line")
	return c
}

func stateNumber(s string) (int64, error) {
	var n int64
	if _, err := fmt.Sscanf(s, "%d", &n); err != nil || fmt.Sprint(n) != s {
		return 0, fmt.Errorf("%q is no number of a state; see: veedor registry states (%w)", s, errUsage)
	}
	return n, nil
}

func registryDiffCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "diff DATASET [FROM TO]",
		Short: "What was added, changed and removed between two states of a dataset; the last two, if none are named",
		Example: `  veedor registry diff ofac-sdn
  veedor registry diff ofac-sdn 1 4 --json`,
		Args: cobra.MatchAll(cobra.RangeArgs(1, 3), func(_ *cobra.Command, args []string) error {
			if len(args) == 2 {
				return fmt.Errorf("name both states or none (%w)", errUsage)
			}
			return nil
		}),
		RunE: func(c *cobra.Command, args []string) error {
			return withRegistry(c, func(r *registry.Registry) error {
				from, to, err := statesAsked(c, r, args)
				if err != nil {
					return err
				}
				count := map[string]int{}
				out := c.OutOrStdout()
				if !asJSON {
					if err := printStates(c, r, args[0], from, to); err != nil {
						return err
					}
				}
				err = r.Diff(c.Context(), args[0], from, to, func(ch registry.Change) error {
					count[ch.What]++
					if asJSON {
						return json.NewEncoder(out).Encode(changeJSON(ch))
					}
					return printChange(out, ch)
				})
				if err == nil && !asJSON {
					fmt.Fprintf(out, "%d added, %d removed, %d changed\n", count[registry.Added], count[registry.Removed], count[registry.Changed])
				}
				return err
			})
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "one JSON object a line")
	return c
}

// printStates says which two states are compared, of which days they are, and when we learnt of them.
func printStates(c *cobra.Command, r *registry.Registry, dataset string, from, to int64) error {
	states, err := r.States(c.Context(), dataset)
	if err != nil {
		return err
	}
	for _, side := range []struct {
		word string
		id   int64
	}{{"from", from}, {"to", to}} {
		for _, s := range states {
			if s.ID == side.id {
				fmt.Fprintf(c.OutOrStdout(), "%s state %d of %s, learnt %s, %s, leaf %.12s\n", side.word, s.ID, s.Date(), s.Learnt.UTC().Format("2006-01-02T15:04:05Z"), s.Status, s.Entry)
			}
		}
	}
	return nil
}

func statesAsked(c *cobra.Command, r *registry.Registry, args []string) (from, to int64, err error) {
	if len(args) == 3 {
		if from, err = stateNumber(args[1]); err == nil {
			to, err = stateNumber(args[2])
		}
		return from, to, err
	}
	states, err := r.States(c.Context(), args[0])
	if err == nil && len(states) < 2 {
		err = fmt.Errorf("%s has %s, and two are needed to compare; see: veedor registry states (%w)", args[0], many(len(states), "state"), errUsage)
	}
	if err != nil {
		return 0, 0, err
	}
	return states[len(states)-2].ID, states[len(states)-1].ID, nil
}

func changeJSON(ch registry.Change) map[string]any {
	statements := []map[string]string{}
	for _, s := range ch.Statements {
		statements = append(statements, map[string]string{"change": s.What, "prop": s.Prop, "value": s.Value})
	}
	return map[string]any{"change": ch.What, "id": ch.ID, "schema": ch.Schema, "caption": ch.Caption, "statements": statements}
}

func printChange(w io.Writer, ch registry.Change) error {
	_, err := fmt.Fprintf(w, "%s %s %s: %s\n", ch.What, ch.Schema, ch.ID, ch.Caption)
	if ch.What != registry.Changed {
		return err
	}
	for _, s := range ch.Statements {
		sign := "+"
		if s.What == registry.Removed {
			sign = "-"
		}
		fmt.Fprintf(w, "  %s %s: %s\n", sign, s.Prop, s.Value)
	}
	return err
}

func registryExportCommand() *cobra.Command {
	var dataset, schema string
	c := &cobra.Command{
		Use:   "export entities|entities-plain|statements|statements-json|resolver",
		Short: "Write entities or statements as FollowTheMoney does, or decisions as nomenklatura's resolver does",
		Long: `entities: what holds now, put together over datasets and decisions, one JSON object a line.
entities-plain: the same for programs that know FollowTheMoney's own schemata only: deployments as projects, agreements as contracts, absences as notes.
statements: every statement there ever was, as CSV, with the columns source and evidence; statements-json: the same as JSON lines.
resolver: the decisions that hold, one JSON list a line.`,
		Example: "  veedor registry export entities --schema Agreement > agreements.jsonl\n  veedor registry export resolver > resolver.ijson",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return withRegistry(c, func(r *registry.Registry) error {
				switch args[0] {
				case "entities":
					return r.ExportEntities(c.Context(), c.OutOrStdout(), dataset, schema)
				case "entities-plain":
					return r.ExportPlain(c.Context(), c.OutOrStdout(), dataset, schema)
				case "statements":
					return r.ExportStatements(c.Context(), c.OutOrStdout(), ftm.CSV, dataset)
				case "statements-json":
					return r.ExportStatements(c.Context(), c.OutOrStdout(), ftm.JSON, dataset)
				case "resolver":
					return r.ExportResolver(c.OutOrStdout())
				}
				return fmt.Errorf("export %q: there are entities, entities-plain, statements, statements-json and resolver (%w)", args[0], errUsage)
			})
		},
	}
	c.Flags().StringVar(&dataset, "dataset", "", "of this dataset only")
	c.Flags().StringVar(&schema, "schema", "", "entities of this schema and those that descend from it only")
	return c
}
