package cli

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/spf13/cobra"

	"veedor/internal/measure/compare"
	"veedor/internal/measure/control"
	"veedor/internal/measure/incidents"
	"veedor/internal/measure/obs"
	"veedor/internal/measure/refdata"
	"veedor/internal/measure/series"
	"veedor/internal/measure/verdict"
)

func compareCommand() *cobra.Command {
	c := &cobra.Command{
		Use:     "compare",
		Short:   "Show our verdicts beside OONI's, on tables that OONI published",
		Example: "  veedor compare observations 2023-KE-telegram.csv.gz",
		Args:    cobra.NoArgs, // so that a misspelt command is an error
		RunE:    func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(
		&cobra.Command{
			Use:   "observations FILE.csv[.gz]…",
			Short: "Judge tables of observations, as OONI's notebooks publish them",
			Long: `Read tables with a row for each lookup or address, judge each measurement in them, and print how OONI's own answers and our labels
go together: over all, for each network, and by the rule that decided. OONI's own answer is the probe's for a page (probe_analysis),
and for other tests the first step that failed (failure_class). All files are held in memory. The data folder's reference data is used.`,
			Example: "  veedor compare observations 2023-KE-telegram.csv.gz",
			Args:    cobra.MinimumNArgs(1),
			RunE: func(c *cobra.Command, files []string) error {
				return compareTables(c, files, (*compare.Table).ReadObservations, "network", network)
			},
		},
		&cobra.Command{
			Use:     "incidents FILE.csv[.gz]…",
			Short:   "Find incidents in tables of observations",
			Long:    "Read tables of observations as veedor compare observations does, judge them in the light of each other, and print the incidents.",
			Example: "  veedor compare incidents 2023-KE-telegram.csv.gz",
			Args:    cobra.MinimumNArgs(1),
			RunE:    compareIncidents,
		},
		&cobra.Command{
			Use:   "summaries FILE.csv[.gz]…",
			Short: "Judge what little OONI's summaries of measurements hold",
			Long: `Read tables of OONI's fastpath, one row a measurement, take from each what was observed, judge it, and print how OONI's words and
our labels go together: over all, for each test, and by the rule that decided or by what is missing. What the probe or OONI concluded
is never read as an observation, so most summaries are not enough to judge. The data folder's reference data is used.`,
			Example: "  veedor compare summaries fastpath.csv",
			Args:    cobra.MinimumNArgs(1),
			RunE: func(c *cobra.Command, files []string) error {
				return compareTables(c, files, (*compare.Table).ReadSummaries, "test", func(r *verdict.Row) string { return r.TestName })
			},
		})
	return c
}

// judging returns how a measurement is judged: alone, then in the light of the others in the tables.
func judging(db *refdata.DB, all []*compare.Measurement) func([]obs.Observation) []verdict.Row {
	votes := control.NewTable(0)
	for _, m := range all {
		votes.Add(control.Votes(nil, m.Rows)...)
	}
	votes.Seal()
	return func(rows []obs.Observation) []verdict.Row {
		facts := db.AsOf(rows[0].StartTime)
		if got := verdict.Judge(nil, rows, facts, nil); !got[0].Open {
			return got
		}
		return verdict.Judge(nil, rows, facts, votes)
	}
}

// compareIncidents finds incidents in tables of observations.
func compareIncidents(c *cobra.Command, files []string) error {
	db, err := refdata.Open(dataDir(c))
	if err != nil {
		return err
	}
	t := compare.NewTable(db)
	for _, f := range files {
		if err := readTable(t, f, (*compare.Table).ReadObservations); err != nil {
			return fmt.Errorf("compare %s: %w", f, err)
		}
	}
	list := t.Measurements()
	judge := judging(db, list)
	var s judgedRows
	var from, to time.Time
	for _, m := range list {
		rows := judge(m.Rows)
		s = append(s, rows...)
		at := rows[0].StartTime
		if from.IsZero() || at.Before(from) {
			from = at
		}
		if at.After(to) {
			to = at
		}
	}
	found, err := incidents.Detect(c.Context(), s, series.Provisional(), from.Truncate(time.Hour), to.Add(time.Hour), nil)
	if err != nil {
		return err
	}
	fmt.Fprintf(c.OutOrStdout(), "%d measurements from %s to %s\n", len(list), from.Format(time.DateTime), to.Format(time.DateTime))
	return printFound(c.OutOrStdout(), found, false)
}

// judgedRows answers detection's questions from verdicts held in memory.
type judgedRows []verdict.Row

// Cells implements incidents.Source.
func (r judgedRows) Cells(_ context.Context, e verdict.Scale, _ string, _, _ time.Time, f func(verdict.Series, []verdict.Cell) error) error {
	return verdict.Count(e, r, f)
}

// Volumes implements incidents.Source.
func (r judgedRows) Example(_ context.Context, k verdict.Series, hour time.Time) (string, error) {
	for _, v := range r {
		if v.ProbeCC == k.CC && v.ProbeASN == k.ASN && v.Target == k.Target && v.Layer == k.Layer && verdict.HourOf(v.StartTime) == verdict.HourOf(hour) {
			return v.MeasurementUID, nil
		}
	}
	return "", nil
}

func (r judgedRows) Volumes(context.Context) ([]verdict.Volume, error) {
	var b verdict.VolumeBuilder
	for i := range r {
		if r[i].Layer == verdict.All && r[i].Invalid == "" {
			b.Add(r[i].ProbeCC, r[i].ProbeASN, verdict.HourOf(r[i].StartTime), 1)
		}
	}
	return b.Volumes(), nil
}

// compareTables reads files, judges what is in them and prints the tables. part says for each verdict
// into which of the smaller tables it goes.
func compareTables(c *cobra.Command, files []string, read func(*compare.Table, io.Reader) error, what string, part func(*verdict.Row) string) error {
	db, err := refdata.Open(dataDir(c))
	if err != nil {
		return err
	}
	t := compare.NewTable(db)
	for _, f := range files {
		if err := readTable(t, f, read); err != nil {
			return fmt.Errorf("compare %s: %w", f, err)
		}
	}
	list := t.Measurements()
	judge := judging(db, list)
	whole, parts, why := confusion{}, map[string]confusion{}, map[[3]string]int{}
	for _, m := range list {
		row := judge(m.Rows)[0]
		whole.add(m.Theirs, row.Label)
		p := part(&row)
		if parts[p] == nil {
			parts[p] = confusion{}
		}
		parts[p].add(m.Theirs, row.Label)
		why[[3]string{m.Theirs, string(row.Label), strings.TrimSuffix(row.Rule+": "+m.Lacks, ": ")}]++
	}
	out := c.OutOrStdout()
	fmt.Fprintf(out, "read %d rows = kept %d + left out %d; %d measurements\n", t.Count.Read, t.Count.Kept, t.Count.Read-t.Count.Kept, len(list))
	for _, reason := range slices.Sorted(maps.Keys(t.Count.Left)) {
		fmt.Fprintf(out, "left out %d: %s\n", t.Count.Left[reason], reason)
	}
	tw := newTable(out)
	heading(tw, "\nOONI")
	whole.print(tw, "")
	if err := tw.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(tw, "\nOONI\tours\tmeasurements\tby")
	for _, k := range slices.SortedFunc(maps.Keys(why), func(a, b [3]string) int {
		return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(why[b], why[a]), slices.Compare(a[:], b[:]))
	}) {
		fmt.Fprintf(tw, "%s\t%s\t%d\t%s\n", k[0], k[1], why[k], k[2])
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	heading(tw, "\n"+what+"\tOONI")
	for _, name := range slices.SortedFunc(maps.Keys(parts), func(a, b string) int {
		return cmp.Or(cmp.Compare(parts[b].total(), parts[a].total()), cmp.Compare(a, b))
	}) {
		parts[name].print(tw, name+"\t")
	}
	return tw.Flush()
}

func readTable(t *compare.Table, path string, read func(*compare.Table, io.Reader) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // only read from
	if !strings.HasSuffix(path, ".gz") {
		return read(t, f)
	}
	z, err := gzip.NewReader(f)
	if err != nil {
		return err
	}
	return read(t, z)
}

// network names the network of a verdict.
func network(r *verdict.Row) string {
	return strings.TrimSpace("AS" + strconv.FormatUint(uint64(r.ProbeASN), 10) + " " + r.ProbeASOrgName)
}

// labels are the columns of a confusion table.
var labels = []verdict.Label{verdict.LabelBlocked, verdict.LabelConsistent, verdict.LabelUnclear, verdict.LabelNoSign, verdict.LabelReachable, verdict.LabelInsufficient}

// confusion counts how often OONI's answer and our label came together.
type confusion map[string]map[verdict.Label]int

func (c confusion) add(theirs string, ours verdict.Label) {
	if c[theirs] == nil {
		c[theirs] = map[verdict.Label]int{}
	}
	c[theirs][ours]++
}

func (c confusion) total() int {
	n := 0
	for _, row := range c {
		for _, k := range row {
			n += k
		}
	}
	return n
}

func heading(w io.Writer, first string) {
	fmt.Fprint(w, first)
	for _, l := range labels {
		fmt.Fprintf(w, "\t%s", l)
	}
	fmt.Fprintln(w)
}

func (c confusion) print(w io.Writer, before string) {
	for _, theirs := range slices.Sorted(maps.Keys(c)) {
		fmt.Fprint(w, before, theirs)
		for _, l := range labels {
			n := "·"
			if k := c[theirs][l]; k > 0 {
				n = strconv.Itoa(k)
			}
			fmt.Fprint(w, "\t", n)
		}
		fmt.Fprintln(w)
	}
}
