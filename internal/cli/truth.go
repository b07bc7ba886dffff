package cli

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

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
separated by tabs. Prints each miss, and last how many states and layers are right. The seed's reference data is used.`,
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
	n, states, layers := 0, 0, 0
	for line := range strings.Lines(string(tsv)) {
		cols := strings.Split(strings.TrimRight(line, "\r\n"), "\t")
		if strings.HasPrefix(line, "#") || len(cols) < 3 || cols[0] == "scenario" {
			continue
		}
		n++
		all, err := judgeFile(db, filepath.Join(dir, cols[0]+".json"))
		if err != nil {
			return err
		}
		var want []string
		if cols[2] != "-" {
			want = strings.Split(cols[2], ",")
		}
		got := slices.Clone(all.Layers)
		slices.Sort(want)
		slices.Sort(got)
		stateOK, layersOK := string(all.State) == cols[1], slices.Equal(got, want)
		if stateOK {
			states++
		}
		if layersOK {
			layers++
		}
		if !stateOK || !layersOK {
			fmt.Fprintf(out, "miss %s: want %s %v, got %s %v by %s\n", cols[0], cols[1], want, all.State, got, all.Rule)
		}
	}
	fmt.Fprintf(out, "states %d of %d, layers %d of %d\n", states, n, layers, n)
	if states < minStates || layers < minLayers {
		return fmt.Errorf("truth: %w: at least %d states and %d layers", errFewer, minStates, minLayers)
	}
	return nil
}

// judgeFile returns the verdict on the whole of the one measurement in a file.
func judgeFile(db *refdata.DB, path string) (verdict.Row, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return verdict.Row{}, fmt.Errorf("read scenario: %w", err)
	}
	m, err := ooni.Decode(raw)
	if err != nil {
		return verdict.Row{}, fmt.Errorf("read scenario %s: %w", path, err)
	}
	hash := sha256.Sum256(raw)
	start, _ := m.Start()
	facts := db.AsOf(start)
	rows, _ := obs.Flatten(nil, nil, m, obs.Identity{UID: obs.UID(m, hash), Hash: hex.EncodeToString(hash[:])}, facts)
	return verdict.Judge(nil, rows, facts, nil)[0], nil
}
