package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"veedor/internal/measure/bucket"
)

func syncCommand() *cobra.Command {
	c := &cobra.Command{
		Use:     "sync",
		Short:   "Fetch published measurements and read them in",
		Example: "  veedor sync ooni --status",
		RunE: func(c *cobra.Command, _ []string) error {
			return fmt.Errorf("sync: say from whom: sync ooni (%w)", errUsage)
		},
	}
	c.AddCommand(syncOONICommand())
	return c
}

// syncFlags are what a sync was asked for.
type syncFlags struct {
	countries, tests []string
	since, until     string
	from, keep       string
	dry, status      bool
}

func syncOONICommand() *cobra.Command {
	var f syncFlags
	c := &cobra.Command{
		Use:   "ooni --country CC --since DAY [--until DAY]",
		Short: "Fetch measurements from OONI's public bucket, or a copy of it, and read them in",
		Long: `Fetch the measurements that OONI published of a country in a span of days, and read them in as ingest does. --until is not
included, as in OONI's own tools; a day is that on which a measurement reached OONI, mostly that on which it was made.

What was read in is remembered: the same command again fetches only what is new or changed. Interrupted or killed, it goes on
where it was. --dry-run lists and fetches nothing. --from names another S3-compatible bucket that anybody may read
(https://bucket.host or https://host/bucket), or a folder in which raw/<day>/<hour>/<country>/<test>/ lies.

A proxy is taken from the environment: HTTPS_PROXY=socks5h://127.0.0.1:9050 goes through Tor.`,
		Example: `  veedor sync ooni --country VE --since 2024-08-01 --until 2024-08-15 --dry-run
  veedor sync ooni --country VE --since 2024-08-01 --until 2024-08-15
  veedor sync ooni --country VE --since 2024-08-01 --test web_connectivity --test signal
  veedor sync ooni --country VE --since 2024-08-01 --from /media/usb/ooni
  veedor sync ooni --status`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if f.status {
				return syncStatus(c)
			}
			want, err := f.selection(time.Now())
			if err != nil {
				return err
			}
			store, err := f.store(c.ErrOrStderr())
			if err != nil {
				return err
			}
			if f.dry {
				return syncDry(c, store, want)
			}
			return syncRun(c, store, want, f.keep)
		},
	}
	c.Flags().StringArrayVar(&f.countries, "country", nil, "two letters, such as VE; may be given several times")
	c.Flags().StringArrayVar(&f.tests, "test", nil, "only this test, such as web_connectivity; may be given several times (default all)")
	c.Flags().StringVar(&f.since, "since", "", "the first day, such as 2024-08-01")
	c.Flags().StringVar(&f.until, "until", "", "the day after the last (default: up to now)")
	c.Flags().StringVar(&f.from, "from", bucket.OONI, "the address of a bucket, or a folder")
	c.Flags().StringVar(&f.keep, "keep-files", "", "keep the files that are fetched, below this folder, which --from can read")
	c.Flags().BoolVar(&f.dry, "dry-run", false, "say what would be fetched, fetch nothing")
	c.Flags().BoolVar(&f.status, "status", false, "show what was fetched so far")
	return c
}

// selection reads what is wanted.
func (f *syncFlags) selection(now time.Time) (bucket.Selection, error) {
	s := bucket.Selection{Tests: f.tests, Until: now.UTC().Truncate(time.Hour).Add(time.Hour)}
	if len(f.countries) == 0 || f.since == "" {
		return s, fmt.Errorf("sync ooni: say of which country and since when: --country VE --since 2024-08-01 (%w)", errUsage)
	}
	for _, c := range f.countries {
		s.Countries = append(s.Countries, strings.ToUpper(c))
	}
	var err error
	if s.Since, err = time.Parse(time.DateOnly, f.since); err != nil {
		return s, fmt.Errorf("--since %q: want YYYY-MM-DD (%w)", f.since, errUsage)
	}
	if f.until != "" {
		end, err := time.Parse(time.DateOnly, f.until)
		if err != nil {
			return s, fmt.Errorf("--until %q: want YYYY-MM-DD (%w)", f.until, errUsage)
		}
		if end.Before(s.Until) { // there is nothing in hours to come
			s.Until = end
		}
	}
	if err := s.Check(); err != nil {
		return s, fmt.Errorf("sync ooni: %w (%w)", err, errUsage)
	}
	return s, nil
}

// store opens where the files lie.
func (f *syncFlags) store(progress io.Writer) (bucket.Store, error) {
	if st, err := os.Stat(f.from); err == nil && st.IsDir() {
		if f.keep != "" {
			return nil, fmt.Errorf("--keep-files keeps what is downloaded; the files of %s are there already (%w)", f.from, errUsage)
		}
		return bucket.OpenFolder(f.from)
	}
	var mu sync.Mutex
	var said time.Time
	s, err := bucket.OpenS3(f.from, bucket.Options{Waits: func(d time.Duration, why error) {
		mu.Lock()
		defer mu.Unlock()
		if time.Since(said) > 2*time.Second {
			said = time.Now()
			fmt.Fprintf(progress, "sync: waiting %s before another try: %v\n", d.Round(time.Second/10), why)
		}
	}})
	if err != nil {
		return nil, fmt.Errorf("%w (%w)", err, errUsage)
	}
	return s, nil
}

// planOf lists what is to be fetched.
func planOf(c *cobra.Command, ctx context.Context, store bucket.Store, want bucket.Selection, j *bucket.Journal) (*bucket.Plan, error) {
	taken, err := j.Taken()
	if err != nil {
		return nil, err
	}
	p := newProgress(c.ErrOrStderr(), "list")
	defer p.end()
	return bucket.NewPlan(ctx, store, want, taken, func(done, total, objects int) {
		p.count(uint64(done), fmt.Sprintf("of %d hours, %d files", total, objects))
	})
}

// syncDry says what would be fetched, by day and test.
func syncDry(c *cobra.Command, store bucket.Store, want bucket.Selection) error {
	j, err := bucket.OpenJournal(dataDir(c))
	if err != nil {
		return err
	}
	plan, err := planOf(c, c.Context(), store, want, j)
	if err != nil {
		return err
	}
	out := c.OutOrStdout()
	if len(plan.Days) > 0 {
		w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "DAY\tTEST\tFILES\tSIZE\tTAKEN BEFORE")
		for _, d := range plan.Days {
			fmt.Fprintf(w, "%s\t%s\t%d\t%s\t%d\n", d.Day, d.Test, d.Files, size(d.Bytes), d.Taken)
		}
		if err := w.Flush(); err != nil {
			return err
		}
	}
	sayPlan(c, plan, "would fetch")
	return refusedError(plan)
}

// sayPlan sums a plan up in words.
func sayPlan(c *cobra.Command, plan *bucket.Plan, verb string) {
	out, t := c.OutOrStdout(), plan.Total()
	for _, r := range plan.Reasons {
		fmt.Fprintf(out, "refused %q: %s\n", r.Key, r.Why)
	}
	if more := plan.Refused - len(plan.Reasons); more > 0 {
		fmt.Fprintf(out, "refused %d more\n", more)
	}
	if plan.Absent > 0 {
		fmt.Fprintf(out, "%d of %d hours have nothing, or are not to be listed\n", plan.Absent, plan.Prefixes)
	}
	if plan.Other > 0 {
		fmt.Fprintf(out, "%s of other kinds or tests passed over\n", many(plan.Other, "file"))
	}
	fmt.Fprintf(out, "%s %s, %s; taken before: %s, %s\n", verb, many(t.Files, "file"), size(t.Bytes), many(t.Taken, "file"), size(t.TakenBytes))
}

// many words a number of things.
func many(n int, thing string) string {
	if stem, y := strings.CutSuffix(thing, "y"); n != 1 && y {
		thing = stem + "ies"
	} else if n != 1 {
		thing += "s"
	}
	return fmt.Sprintf("%d %s", n, thing)
}

// refusedError says that a listing named what was not taken.
func refusedError(plan *bucket.Plan) error {
	if plan.Refused == 0 {
		return nil
	}
	return fmt.Errorf("%w: %s of the listing refused, see above; nothing was written under those names", errRefused, many(plan.Refused, "object"))
}

var errRefused = errors.New("not everything was taken")

// syncStatus shows what the journal says, by country and test.
func syncStatus(c *cobra.Command) error {
	j, err := bucket.OpenJournal(dataDir(c))
	if err != nil {
		return err
	}
	entries, err := j.Entries()
	if err != nil {
		return err
	}
	out := c.OutOrStdout()
	if len(entries) == 0 {
		fmt.Fprintln(out, "nothing was fetched yet; begin with: veedor sync ooni --country VE --since 2024-08-01 --until 2024-08-15 --dry-run")
		return nil
	}
	type line struct {
		place                      bucket.Place // its day is the first
		last                       string
		files                      int
		bytes                      int64
		read, kept, rejected, held int64
	}
	lines := map[[2]string]*line{}
	for _, e := range entries {
		p, err := bucket.ParseKey(e.Key)
		if err != nil {
			continue // the journal holds only keys that were accepted
		}
		l := lines[[2]string{p.Country, p.Test}]
		if l == nil {
			l = &line{place: p, last: p.Day}
			lines[[2]string{p.Country, p.Test}] = l
		}
		l.place.Day, l.last = min(l.place.Day, p.Day), max(l.last, p.Day)
		l.files++
		l.bytes += e.Size
		l.read, l.kept, l.rejected, l.held = l.read+e.Read, l.kept+e.Kept, l.rejected+e.Rejected, l.held+e.Already
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "COUNTRY\tTEST\tFIRST DAY\tLAST DAY\tFILES\tSIZE\tREAD\tKEPT\tREJECTED\tHERE BEFORE")
	for _, l := range slices.SortedFunc(maps.Values(lines), func(a, b *line) int {
		return cmp.Or(cmp.Compare(a.place.Country, b.place.Country), cmp.Compare(a.place.Test, b.place.Test))
	}) {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\t%s\t%d\t%d\t%d\t%d\n", l.place.Country, l.place.Test, l.place.Day, l.last, l.files, size(l.bytes), l.read, l.kept, l.rejected, l.held)
	}
	last := entries[len(entries)-1]
	fmt.Fprintf(w, "\nlast on %s, from %s\n", last.At.Format(time.RFC3339), last.From)
	return w.Flush()
}
