package cli

import (
	"fmt"
	"io"
	"math"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"veedor/internal/measure/scenario"
	"veedor/internal/measure/series"
)

func detectBenchCommand() *cobra.Command {
	var size, events int
	var seed uint64
	c := &cobra.Command{
		Use:   "detect-bench",
		Short: "Measure detection on a generated year with planted events",
		Long: `Make a year of hourly cells of many series in which nothing happens but what always does, plant events (full, lasting,
partial at a fifth of the users, rolling from provider to provider, one resolver only, throttling, shutdowns, uploads three
days late), detect, and compare. Beside it the published detector of OONI's pipeline v5 on the same cells. The last line
gives recall and false incidents per 10,000 series-months of both.`,
		Example: "  veedor detect-bench\n  veedor detect-bench --series 5000 --events 40",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return detectBench(c.OutOrStdout(), seed, size, events)
		},
	}
	c.Flags().IntVar(&size, "series", 50_000, "how many series")
	c.Flags().IntVar(&events, "events", 200, "how many planted events")
	c.Flags().Uint64Var(&seed, "seed", 1, "another seed makes another year")
	return c
}

// found is what detection made of a year.
type found struct {
	incidents []series.Incident
	baseline  []series.Incident
	cells     int64
	took      time.Duration
	detecting time.Duration // of it, in detection, on one core
}

// detectYear runs both detectors over a year as it stood at the hour now.
func detectYear(y *scenario.Year, t series.Thresholds, now int64, withBaseline bool) found {
	var f found
	var mu sync.Mutex
	var changes, base []series.Change
	activity := series.NewActivity()
	begin := time.Now()
	sky := series.NewSky()
	// Twice: what befell everything is known only when everything was seen.
	each := func(do func(i int, cells []series.Cell)) {
		var workers sync.WaitGroup
		next := make(chan int)
		for range runtime.GOMAXPROCS(0) {
			workers.Go(func() {
				var cells []series.Cell
				for i := range next {
					cells = y.Cells(cells[:0], i, t.Scale, now)
					do(i, cells)
				}
			})
		}
		for i := range y.Series {
			next <- i
		}
		close(next)
		workers.Wait()
	}
	each(func(i int, cells []series.Cell) {
		mu.Lock()
		defer mu.Unlock()
		f.cells += int64(len(cells))
		activity.Add(y.Series[i].Series, cells)
		sky.Add(y.Series[i].Series, cells)
	})
	sky.Seal()
	each(func(i int, cells []series.Cell) {
		began := time.Now()
		own := t.Detect(nil, y.Series[i].Series, cells, sky)
		spent := time.Since(began)
		var theirs []series.Change
		if withBaseline {
			theirs = pipelineV5(nil, y.Series[i].Series, cells)
		}
		mu.Lock()
		defer mu.Unlock()
		f.detecting += spent
		changes, base = append(changes, own...), append(base, theirs...)
	})
	var silences []series.Silence
	for i := range y.Networks {
		v := y.Volume(i)
		v.Count = v.Count[:min(int64(len(v.Count)), now-v.First+1)]
		silences = append(silences, t.Silences(v)...)
	}
	order := func(a, b series.Change) int {
		if c := a.Key.Compare(b.Key); c != 0 {
			return c
		}
		return int(a.Flagged - b.Flagged)
	}
	slices.SortFunc(changes, order)
	slices.SortFunc(base, order)
	f.incidents = t.Incidents(changes, silences, activity)
	t.World(f.incidents, activity)
	// The published detector has no grouping; its changes are grouped as ours are, and nothing is withdrawn.
	f.baseline = t.Incidents(base, nil, activity)
	f.took = time.Since(begin)
	return f
}

// score compares incidents with what was planted.
type score struct {
	recall float64
	falses int
	delays []float64 // hours from a planted event to the first hour at which it could be known
	kinds  map[string][2]int
}

func compareYear(y *scenario.Year, list []series.Incident) score {
	s := score{kinds: map[string][2]int{}}
	used := make([]bool, len(list))
	hits := 0
	for i := range y.Events {
		e := &y.Events[i]
		best := int64(math.MaxInt64)
		for j := range list {
			inc := &list[j]
			if inc.CC != e.CC || (inc.Kind == series.Shutdown) != (e.Kind == "shutdown") && inc.Kind != series.Lifting {
				continue
			}
			overlaps := slices.ContainsFunc(inc.Networks, func(n uint32) bool { return slices.Contains(e.Networks, n) }) || len(inc.Networks) == 0
			if e.Kind != "shutdown" {
				overlaps = overlaps && slices.ContainsFunc(inc.Targets, func(t string) bool { return slices.Contains(e.Targets, t) })
			}
			if !overlaps || inc.From < e.From-72 || inc.From > e.To+72 {
				continue
			}
			used[j] = true
			if inc.Kind != series.Lifting && inc.Withdrawn == "" && inc.From <= e.From+int64(len(e.Networks))*e.Step+7*24 {
				best = min(best, inc.Flagged)
			}
		}
		k := s.kinds[e.Kind]
		k[1]++
		if best < math.MaxInt64 {
			hits++
			k[0]++
			s.delays = append(s.delays, float64(max(0, best-e.From)))
		}
		s.kinds[e.Kind] = k
	}
	for j := range list {
		if !used[j] && list[j].Withdrawn == "" {
			s.falses++
		}
	}
	s.recall = float64(hits) / float64(max(1, len(y.Events)))
	slices.Sort(s.delays)
	return s
}

func (s *score) median() float64 {
	if len(s.delays) == 0 {
		return math.NaN()
	}
	return s.delays[len(s.delays)/2]
}

func detectBench(out io.Writer, seed uint64, size, events int) error {
	t := series.Provisional()
	y := scenario.NewYear(seed, size, events)
	f := detectYear(y, t, scenario.YearFirst+scenario.YearHours, true)
	ours, theirs := compareYear(y, f.incidents), compareYear(y, f.baseline)
	months := float64(len(y.Series)) * 12 / 10_000
	fmt.Fprintf(out, "%d series, %d cells, %d events; thresholds %s; made twice and detected in %.1f s (detection alone %.1f s of one core), peak memory %d MiB\n",
		len(y.Series), f.cells, len(y.Events), t.Version, f.took.Seconds(), f.detecting.Seconds(), peakMemory()>>20)
	for _, k := range []string{"full", "lasting", "partial", "rolling", "resolver", "throttling", "shutdown", "late"} {
		fmt.Fprintf(out, "  %-11s found %d of %d, pipeline v5 %d\n", k, ours.kinds[k][0], ours.kinds[k][1], theirs.kinds[k][0])
	}
	withdrawn := map[string]int{}
	for i := range f.incidents {
		withdrawn[f.incidents[i].Withdrawn]++
	}
	fmt.Fprintf(out, "incidents %d, of them withdrawn: network %d, world %d, instrument %d\n", len(f.incidents), withdrawn[series.CauseNetwork], withdrawn[series.CauseWorld], withdrawn[series.CauseInstrument])
	fmt.Fprintf(out, "median delay %.0f h, pipeline v5 %.0f h; false incidents %d and %d\n", ours.median(), theirs.median(), ours.falses, theirs.falses)
	fmt.Fprintf(out, "recall %.3f, false %.2f, baseline recall %.3f, false %.2f\n", ours.recall, float64(ours.falses)/months, theirs.recall, float64(theirs.falses)/months)
	return nil
}

// pipelineV5 is the detector of OONI's pipeline v5 as published: a two-sided cumulative sum over the
// hourly median of what its rules call blocked (mu0 = 0, mu1 = 0.7, h = 3.5; after a day of silence the
// sums halve every 48 hours). For comparison only.
func pipelineV5(dst []series.Change, k series.Key, cells []series.Cell) []series.Change {
	const mu1, v, h, halfLife = 0.7, 0.7, 3.5, 48.0
	var up, down float64
	state := 0 // unknown, 1 ok, 2 blocked
	var since, last int64
	for i := range cells {
		c := &cells[i]
		if c.Voters == 0 {
			continue
		}
		y := 0.0
		if 2*c.Blocked >= c.Voters+1 || 2*c.Blocked == c.Voters && c.Voters > 0 {
			y = 0.75
			if 2*c.Blocked == c.Voters {
				y = 0.375
			}
		}
		if gap := float64(c.Hour - last); last > 0 && gap > 24 {
			d := math.Pow(0.5, gap/halfLife)
			up, down = up*d, down*d
		}
		last = c.Hour
		if up == 0 {
			since = c.Hour
		}
		nextUp, nextDown := max(0, up+y-v/2), max(0, down-(y-mu1)-v/2)
		switch state {
		case 0:
			up, down = nextUp, nextDown
			if up >= h {
				state, up, down = 2, 0, 0
			} else if down >= h {
				state, up, down = 1, 0, 0
			}
		case 1:
			if up = nextUp; up >= h {
				dst = append(dst, series.Change{Key: k, Kind: series.Onset, At: since, Before: since - 1, Flagged: c.Hour, LogOdds: up})
				state, up, down = 2, 0, 0
			}
		case 2:
			if down = nextDown; down >= h {
				dst = append(dst, series.Change{Key: k, Kind: series.End, At: c.Hour, Before: c.Hour - 1, Flagged: c.Hour, LogOdds: down})
				state, up, down = 1, 0, 0
			}
		}
	}
	return dst
}
