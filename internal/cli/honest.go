package cli

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"veedor/internal/measure/control"
	"veedor/internal/measure/obs"
	"veedor/internal/measure/ooni"
	"veedor/internal/measure/refdata"
	"veedor/internal/measure/scenario"
	"veedor/internal/measure/verdict"
)

func falseBenchCommand() *cobra.Command {
	var n, most int
	var seed uint64
	var shapes []string
	c := &cobra.Command{
		Use:   "false-bench",
		Short: "Count false accusations among measurements of networks that restrict nothing",
		Long: `Make measurements of big sites by honest networks in which much looks like blocking: answers that rotate among a delivery
network's addresses, caches at providers, challenges, redirects by country, pages by language, helpers and servers that are
down for a while, certificates that expired. Those of the first two weeks are the history that an observatory has; those of
the next two are judged, each alone, then in the light of what came before. Nothing was restricted, so every verdict of
blocked is false. The last line counts those that a reader would see: after settling.`,
		Example: "  veedor false-bench\n  veedor false-bench --n 10000 --seed 2",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			list, err := readShapes(shapes)
			if err != nil {
				return err
			}
			var lines [][]byte
			for line := range scenario.Rotating(seed, 2*n, list) {
				lines = append(lines, bytes.Clone(line))
			}
			j, err := judgeTogether(c.Context(), lines, 0)
			if err != nil {
				return err
			}
			j.odd, j.alone, j.settled = j.odd[n:], j.alone[n:], j.settled[n:]
			return j.printFalse(c, most)
		},
	}
	c.Flags().IntVar(&n, "n", 1000, "how many measurements")
	c.Flags().IntVar(&most, "most", -1, "fail when more of them are accused; -1: never")
	c.Flags().Uint64Var(&seed, "seed", 1, "another seed makes other measurements")
	c.Flags().StringSliceVar(&shapes, "shapes", nil, "folders of JSON measurements to take programs and pages from")
	return c
}

// judged reads one measurement and judges it alone.
func judged(db *refdata.DB, raw []byte) (*ooni.Measurement, []obs.Observation, []verdict.Row, error) {
	m, err := ooni.Decode(raw)
	if err != nil {
		return nil, nil, nil, err
	}
	start, _ := m.Start()
	facts := db.AsOf(start)
	hash := sha256.Sum256(raw)
	rows, _ := obs.Flatten(nil, nil, m, obs.Identity{UID: obs.UID(m, hash), Hash: hex.EncodeToString(hash[:])}, facts)
	return m, rows, verdict.Judge(nil, rows, facts, nil), nil
}

// together is many measurements, judged each alone and then in the light of the others.
type together struct {
	rows           [][]obs.Observation
	odd            []string // what the generator says is odd about each
	alone, settled []verdict.Row
}

// judgeTogether judges lines as an ingest of all of them would leave them.
func judgeTogether(ctx context.Context, lines [][]byte, k int) (*together, error) {
	db, err := refdata.Open("")
	if err != nil {
		return nil, err
	}
	j := &together{}
	votes := control.NewTable(k)
	for _, line := range lines {
		m, rows, all, err := judged(db, line)
		if err != nil {
			return nil, err
		}
		j.rows, j.odd, j.alone = append(j.rows, rows), append(j.odd, m.Annotations["veedor_odd"]), append(j.alone, all[0])
		votes.Add(control.Votes(nil, rows)...)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	votes.Seal()
	for i, rows := range j.rows {
		all := j.alone[i]
		if all.Open {
			all = verdict.Judge(nil, rows, db.AsOf(rows[0].StartTime), votes)[0]
		}
		j.settled = append(j.settled, all)
	}
	return j, nil
}

func (j *together) printFalse(c *cobra.Command, most int) error {
	out := c.OutOrStdout()
	labels := []verdict.Label{verdict.LabelReachable, verdict.LabelNoSign, verdict.LabelUnclear, verdict.LabelInsufficient, verdict.LabelConsistent, verdict.LabelBlocked}
	count := map[string]map[verdict.Label]int{}
	rules := map[string]int{}
	alone, settled := 0, 0
	for i := range j.settled {
		odd := cmp.Or(j.odd[i], "nothing odd")
		for one := range strings.SplitSeq(odd, ",") { // each counts in every row that it is odd by
			if count[one] == nil {
				count[one] = map[verdict.Label]int{}
			}
			count[one][j.settled[i].Label]++
		}
		if j.alone[i].State == verdict.Blocked {
			alone++
		}
		if s := j.settled[i]; s.State == verdict.Blocked {
			settled++
			rules[odd+": "+s.Rule]++
		}
	}
	fmt.Fprintf(out, "%-34s", "what is odd")
	for _, l := range labels {
		fmt.Fprintf(out, " %12s", l)
	}
	fmt.Fprintln(out)
	for _, odd := range slices.Sorted(maps.Keys(count)) {
		fmt.Fprintf(out, "%-34s", odd)
		for _, l := range labels {
			fmt.Fprintf(out, " %12d", count[odd][l])
		}
		fmt.Fprintln(out)
	}
	for _, r := range slices.Sorted(maps.Keys(rules)) {
		fmt.Fprintf(out, "falsely accused: %d by %s\n", rules[r], r)
	}
	fmt.Fprintf(out, "judged alone: %d of %d accused\n", alone, len(j.settled))
	fmt.Fprintf(out, "false accusations %d of %d\n", settled, len(j.settled))
	if most >= 0 && settled > most {
		return fmt.Errorf("false-bench: %w: at most %d false accusations", errFewer, most)
	}
	return nil
}
