package cli

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"veedor/internal/measure/compare"
	"veedor/internal/measure/obs"
	"veedor/internal/measure/ooni"
	"veedor/internal/measure/refdata"
	"veedor/internal/measure/verdict"
)

func truthCommand() *cobra.Command {
	var minStates, minLayers int
	c := &cobra.Command{
		Use:   "truth FOLDER FILE.tsv",
		Short: "Compare verdicts with what was really done to each measurement",
		Long: `Judge each NAME.json of the folder and compare with the table: name, state, layers (comma-separated, - for none) and a note,
separated by tabs. Beside ours stand the verdict of OONI's probe, taken from the measurement, and that of OONI's pipeline v5, whose
rules were written anew from a description. A cross marks a wrong state, a tilde a right state with wrong layers. Then come three
figures for each judge, and last how many states and layers of ours are right. The seed's reference data is used.`,
		Example: "  veedor truth scenarios scenarios.truth.tsv",
		Args:    cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			return truth(c, args[0], args[1], minStates, minLayers)
		},
	}
	c.Flags().IntVar(&minStates, "min-states", 0, "fail when fewer states are right")
	c.Flags().IntVar(&minLayers, "min-layers", 0, "fail when fewer layers are right")
	return c
}

// answer is what a judge, or the truth, says of one measurement. Layers are sorted.
type answer struct {
	state  verdict.State
	layers []string
}

func answered(state verdict.State, layers []string) answer {
	layers = slices.Clone(layers)
	slices.Sort(layers)
	return answer{state, layers}
}

func (a answer) String() string {
	if len(a.layers) == 0 {
		return string(a.state)
	}
	return string(a.state) + " " + strings.Join(a.layers, ",")
}

// judges are the columns of the table after the truth; ours comes first.
var judges = [...]string{"ours", "OONI probe", "pipeline v5"}

// tally counts how one judge does.
type tally struct{ states, layers, found, right, accused int }

// add counts one answer and returns its mark.
func (t *tally) add(want, got answer) string {
	state, layers := got.state == want.state, slices.Equal(got.layers, want.layers)
	if state {
		t.states++
	}
	if layers {
		t.layers++
	}
	switch {
	case got.state == verdict.Blocked && want.state == verdict.Blocked:
		t.found++
		if layers {
			t.right++
		}
	case got.state == verdict.Blocked:
		t.accused++
	}
	switch {
	case !state:
		return "✗"
	case !layers:
		return "~"
	}
	return ""
}

func truth(c *cobra.Command, dir, table string, minStates, minLayers int) error {
	tsv, err := os.ReadFile(table)
	if err != nil {
		return fmt.Errorf("read truth: %w", err)
	}
	db, err := refdata.Open("")
	if err != nil {
		return err
	}
	out := c.OutOrStdout()
	tw := newTable(out)
	fmt.Fprintln(tw, "scenario\ttruth\t"+strings.Join(judges[:], "\t"))
	var tallies [len(judges)]tally
	n, blocked := 0, 0
	for line := range strings.Lines(string(tsv)) {
		cols := strings.Split(strings.TrimRight(line, "\r\n"), "\t")
		if strings.HasPrefix(line, "#") || len(cols) < 3 || cols[0] == "scenario" {
			continue
		}
		var layers []string
		if cols[2] != "-" {
			layers = strings.Split(cols[2], ",")
		}
		want := answered(verdict.State(cols[1]), layers)
		got, err := judgeFile(db, filepath.Join(dir, cols[0]+".json"))
		if err != nil {
			return err
		}
		n++
		if want.state == verdict.Blocked {
			blocked++
		}
		fmt.Fprintf(tw, "%s\t%s", cols[0], want)
		for i := range judges {
			mark := tallies[i].add(want, got[i])
			fmt.Fprintf(tw, "\t%s", strings.TrimSpace(got[i].String()+" "+mark))
		}
		fmt.Fprintln(tw)
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(out)
	for i, t := range tallies {
		fmt.Fprintf(tw, "%s:\ttruly blocked found %d of %d,\tright layer %d,\tfalsely accused %d of %d\n", judges[i], t.found, blocked, t.right, t.accused, n-blocked)
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	ours := tallies[0]
	fmt.Fprintf(out, "states %d of %d, layers %d of %d\n", ours.states, n, ours.layers, n)
	if ours.states < minStates || ours.layers < minLayers {
		return fmt.Errorf("truth: %w: at least %d states and %d layers", errFewer, minStates, minLayers)
	}
	return nil
}

// newTable aligns columns that are separated by tabs.
func newTable(w io.Writer) *tabwriter.Writer { return tabwriter.NewWriter(w, 0, 0, 2, ' ', 0) }

// judgeFile returns what each of judges says of the one measurement in a file.
func judgeFile(db *refdata.DB, path string) (got [len(judges)]answer, err error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return got, fmt.Errorf("read scenario: %w", err)
	}
	m, err := ooni.Decode(raw)
	if err != nil {
		return got, fmt.Errorf("read scenario %s: %w", path, err)
	}
	hash := sha256.Sum256(raw)
	start, _ := m.Start()
	facts := db.AsOf(start)
	rows, _ := obs.Flatten(nil, nil, m, obs.Identity{UID: obs.UID(m, hash), Hash: hex.EncodeToString(hash[:])}, facts)
	all := verdict.Judge(nil, rows, facts, nil)[0]
	got[0] = answered(all.State, all.Layers)
	got[1] = answered(compare.Probe(all.ProbeBlocking, all.ProbeAccessible))
	got[2] = answered(compare.V5(rows).Verdict())
	return got, nil
}
