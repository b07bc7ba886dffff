package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"veedor/internal/measure/refdata"
	"veedor/internal/measure/scenario"
	"veedor/internal/measure/verdict"
)

func fitCommand() *cobra.Command {
	var honest int
	c := &cobra.Command{
		Use:   "fit [FOLDER FILE.tsv]…",
		Short: "Count how often each rule fires in labelled measurements",
		Long: `Judge labelled measurements and print, for each scored rule, in how many it fired of those where its layer was restricted, and of
those where it was not. The table is what the likelihood ratios are fitted on when veedor is built
(internal/measure/verdict/fitted.tsv); docs/format/rules.md shows them with their intervals.

Each FOLDER with its table (as of veedor truth) is one corpus. Beside them come the project's own named cases and generated
honest measurements; how often such things happen in the world they cannot say, which is why the ratios set by hand keep
their weight.`,
		Example: "  veedor fit scenarios scenarios.truth.tsv > internal/measure/verdict/fitted.tsv",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args)%2 != 0 {
				return fmt.Errorf("fit: name a table after each folder (%w)", errUsage)
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			f := fit{seen: map[string]verdict.Seen{}, layers: map[verdict.Layer]verdict.Seen{}}
			var err error
			if f.db, err = refdata.Open(""); err != nil {
				return err
			}
			for i := 0; i < len(args); i += 2 {
				if err := f.folder(args[i], args[i+1]); err != nil {
					return err
				}
			}
			if err := f.ours(honest); err != nil {
				return err
			}
			return f.print(c)
		},
	}
	c.Flags().IntVar(&honest, "honest", 2000, "how many honest measurements to generate")
	return c
}

// fit counts firings in labelled measurements.
type fit struct {
	db      *refdata.DB
	corpora []string
	seen    map[string]verdict.Seen
	layers  map[verdict.Layer]verdict.Seen // of how many
}

// count adds one judged measurement, of which it is known in which layers something was restricted.
// A rule is about its layer: what fires in one that was left alone fires where nothing was restricted.
func (f *fit) count(rows []verdict.Row, restricted []string) {
	for _, row := range rows {
		here := slices.Contains(restricted, string(row.Layer)) || row.Layer == verdict.All && len(restricted) > 0
		of := f.layers[row.Layer]
		if here {
			of.OfRestricted++
		} else {
			of.OfFree++
		}
		f.layers[row.Layer] = of
		for _, id := range slices.Compact(slices.Sorted(slices.Values(row.Rules))) {
			s := f.seen[id]
			if here {
				s.Restricted++
			} else {
				s.Free++
			}
			f.seen[id] = s
		}
	}
}

func (f *fit) folder(dir, table string) error {
	tsv, err := os.ReadFile(table)
	if err != nil {
		return fmt.Errorf("read truth: %w", err)
	}
	restricted, free := 0, 0
	for line := range strings.Lines(string(tsv)) {
		cols := strings.Split(strings.TrimRight(line, "\r\n"), "\t")
		if strings.HasPrefix(line, "#") || len(cols) < 3 || cols[0] == "scenario" || cols[1] == string(verdict.Insufficient) {
			continue
		}
		raw, err := os.ReadFile(filepath.Join(dir, cols[0]+".json"))
		if err != nil {
			return fmt.Errorf("read scenario: %w", err)
		}
		_, _, rows, err := judged(f.db, raw)
		if err != nil {
			return fmt.Errorf("read scenario %s: %w", cols[0], err)
		}
		var layers []string
		if cols[1] == string(verdict.Blocked) {
			layers = strings.Split(cols[2], ",")
			restricted++
		} else {
			free++
		}
		f.count(rows, layers)
	}
	f.corpora = append(f.corpora, fmt.Sprintf("%s: %d measurements on emulated networks that restricted something, %d on ones that did not", filepath.Base(dir), restricted, free))
	return nil
}

func (f *fit) ours(honest int) error {
	restricted, free := 0, 0
	for _, s := range slices.Concat(scenario.Cases(), scenario.Nettests(), scenario.Throttled()) {
		if s.State == verdict.Insufficient {
			continue
		}
		_, _, rows, err := judged(f.db, s.JSON())
		if err != nil {
			return err
		}
		var layers []string
		for _, l := range s.Layers {
			if s.Throttled {
				l = verdict.Throttling
			}
			if s.State == verdict.Blocked {
				layers = append(layers, string(l))
			}
		}
		if len(layers) > 0 {
			restricted++
		} else {
			free++
		}
		f.count(rows, layers)
	}
	f.corpora = append(f.corpora, fmt.Sprintf("named cases of this project: %d measurements that a restriction was written into, %d without", restricted, free))
	for line := range scenario.Rotating(1, honest, nil) {
		_, _, rows, err := judged(f.db, line)
		if err != nil {
			return err
		}
		f.count(rows, nil)
	}
	f.corpora = append(f.corpora, fmt.Sprintf("generated honest measurements of this project: %d, nothing restricted", honest))
	return nil
}

func (f *fit) print(c *cobra.Command) error {
	out := c.OutOrStdout()
	for _, text := range f.corpora {
		fmt.Fprintf(out, "# %s\n", text)
	}
	for _, r := range verdict.Rules() {
		if s, ok := f.seen[r.ID]; ok && r.Evidence == verdict.Scored {
			fmt.Fprintf(out, "%s\t%d\t%d\t%d\t%d\n", r.ID, s.Restricted, f.layers[r.Layer].OfRestricted, s.Free, f.layers[r.Layer].OfFree)
		}
	}
	return nil
}
