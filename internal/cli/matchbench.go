package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"veedor/internal/follow/match"
	"veedor/internal/follow/match/pairs"
)

// The seeds of the training and of the test set differ, so that nothing is measured on what was fitted.
const (
	matchTrainSeed = 2021
	matchTestSeed  = 7
)

func matchBenchCommand() *cobra.Command {
	var sizes []int
	var n int
	var seed uint64
	var real string
	c := &cobra.Command{
		Use:   "match-bench",
		Short: "Measure name matching on a generated labelled set, among many entities, and on real aliases",
		Long: `Generate labelled pairs of invented names (half of them the same bearer in another script, spelling, order, language or legal form,
half of them near misses), search each query among the entities of the set and then among ever more others, and compare with the truth.
With --real, every alias of OFAC's list of 2021 in that folder is searched among the primary names.
The last line gives recall@1 and precision at the shipped threshold on the labelled set, and the 95th percentile of a query's time
among the most entities asked for.`,
		Example: "  veedor match-bench\n  veedor match-bench --entities 100000,3000000 --real ../shared/data/sanctions",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return matchBench(c.Context(), c.OutOrStdout(), c.ErrOrStderr(), seed, n, sizes, real)
		},
	}
	c.Flags().IntSliceVar(&sizes, "entities", []int{100_000}, "how many entities to search among")
	c.Flags().IntVar(&n, "pairs", 20_000, "how many labelled pairs")
	c.Flags().Uint64Var(&seed, "seed", matchTestSeed, "another seed makes another set")
	c.Flags().StringVar(&real, "real", "", "a folder with OFAC's lists")
	return c
}

func matchFitCommand() *cobra.Command {
	var n int
	c := &cobra.Command{
		Use:   "match-fit FILE",
		Short: "Fit the calibration of name matching on a generated training set and write it to FILE",
		Long: `Generate labelled pairs with the training seed, add to each query the strangest entity that the index proposes for it, fit the weights of
the features, choose the threshold from which 99 in 100 proposals are right, and write the model as JSON.`,
		Example: "  veedor match-fit internal/follow/match/data/model.json",
		Args:    cobra.ExactArgs(1),
		RunE:    func(c *cobra.Command, args []string) error { return matchFit(c.OutOrStdout(), args[0], n) },
	}
	c.Flags().IntVar(&n, "pairs", 24_000, "how many labelled pairs")
	return c
}

func entityOf(r pairs.Record) match.Entity {
	e := match.Entity{ID: r.ID, Schema: r.Schema, Names: r.Names, Countries: r.Countries, Years: r.Years}
	for _, id := range r.Identifiers {
		e.Identifiers = append(e.Identifiers, match.Identifier{Kind: id[0], Value: id[1]})
	}
	return e
}

// matchIndex builds an index in memory; segments of a size that keeps the builder small.
type matchIndex struct {
	segments []*match.Segment
	builder  *match.Builder
	bytes    int64
}

func (x *matchIndex) add(e match.Entity) error {
	if x.builder == nil {
		x.builder = match.NewBuilder()
	}
	err := x.builder.Add(e)
	if errors.Is(err, match.ErrFull) {
		if err = x.flush(); err == nil {
			return x.add(e)
		}
	}
	return err
}

func (x *matchIndex) flush() error {
	if x.builder == nil || x.builder.Len() == 0 {
		return nil
	}
	var b bytes.Buffer
	if _, err := x.builder.WriteTo(&b); err != nil {
		return err
	}
	x.builder = nil
	s, err := match.OpenSegment(bytes.Clone(b.Bytes()))
	if err != nil {
		return err
	}
	x.bytes += int64(b.Len())
	x.segments = append(x.segments, s)
	b = bytes.Buffer{}
	debug.FreeOSMemory()
	return nil
}

func indexSet(set pairs.Set) (*match.Index, error) {
	var x matchIndex
	for _, r := range set.Entities {
		if err := x.add(entityOf(r)); err != nil {
			return nil, err
		}
	}
	err := x.flush()
	return match.NewIndex(x.segments...), err
}

func matchFit(out io.Writer, file string, n int) error {
	set := pairs.Generate(matchTrainSeed, n)
	x, err := indexSet(set)
	if err != nil {
		return err
	}
	var samples []match.Sample
	for _, p := range set.Pairs {
		q, e := entityOf(p.Query), entityOf(set.Entities[p.Entity])
		samples = append(samples, match.Sample{Query: q, Candidate: e, Same: p.Same})
		for _, h := range x.Search(q, 2, nil) { // what the index proposes and is wrong is what must be told apart
			if h.Entity.ID != e.ID {
				samples = append(samples, match.Sample{Query: q, Candidate: h.Entity})
				break
			}
		}
	}
	m, err := match.Fit(samples, set.Seed)
	if err != nil {
		return err
	}
	s := match.NewScorer(m)
	type judged struct {
		score float64
		same  bool
	}
	var all []judged
	for _, p := range samples {
		all = append(all, judged{s.Score(p.Query, p.Candidate).Score, p.Same})
	}
	slices.SortFunc(all, func(a, b judged) int { return int(1e9 * (b.score - a.score)) })
	right, wrong := 0, 0
	for _, j := range all {
		if j.same {
			right++
		} else {
			wrong++
		}
		if j.score < 0.5 {
			break
		}
		if float64(right) >= 0.99*float64(right+wrong) {
			m.Threshold = max(0.5, float64(int(j.score*100))/100)
		}
	}
	b, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%d pairs of seed %d fitted; threshold %.2f\n", m.Pairs, m.Seed, m.Threshold)
	return os.WriteFile(file, append(b, '\n'), 0o644)
}

// searched is what searching a list of queries gave.
type searched struct {
	recall1, recall10 float64
	precision         float64 // of the proposals at the threshold
	found             float64 // of the bearers, proposed at the threshold
	falseRate         float64 // of the queries whose bearer is not there, those that something was proposed for
	perSecond         float64
	p50, p95          time.Duration
	processor         time.Duration // of a query, whatever else the machine did; 0 where the system does not say
	missed            map[string]int
}

type matchQuery struct {
	entity match.Entity
	want   string // the id, empty if the bearer is not there
	how    string
}

func searchAll(ctx context.Context, x *match.Index, queries []matchQuery) (searched, error) {
	type one struct {
		took      time.Duration
		rank      int // 1 is first, 0 not among ten
		score     float64
		topScored bool
	}
	results := make([]one, len(queries))
	begin, used := time.Now(), processorTime()
	var workers sync.WaitGroup
	procs := min(runtime.GOMAXPROCS(0), 2)
	for w := range procs {
		workers.Go(func() {
			for i := w; i < len(queries) && ctx.Err() == nil; i += procs {
				start := time.Now()
				hits := x.Search(queries[i].entity, 10, nil)
				results[i].took = time.Since(start)
				for k, h := range hits {
					if k == 0 {
						results[i].score, results[i].topScored = h.Score, true
					}
					if h.Entity.ID == queries[i].want {
						results[i].rank = k + 1
					}
				}
			}
		})
	}
	workers.Wait()
	used = processorTime() - used
	s := searched{missed: map[string]int{}}
	var took []time.Duration
	var positive, negative, first, ten, proposed, right, wrongly int
	for i, r := range results {
		took = append(took, r.took)
		above := r.topScored && r.score >= match.Threshold()
		if above {
			proposed++
		}
		if queries[i].want == "" {
			negative++
			if above {
				wrongly++
			}
			continue
		}
		positive++
		if r.rank > 0 {
			ten++
		}
		if r.rank == 1 {
			first++
			if above {
				right++
			}
		} else {
			s.missed[queries[i].how]++
		}
	}
	share := func(a, b int) float64 { return float64(a) / float64(max(b, 1)) }
	s.recall1, s.recall10 = share(first, positive), share(ten, positive)
	s.precision, s.found, s.falseRate = share(right, proposed), share(right, positive), share(wrongly, negative)
	s.perSecond = float64(len(queries)) / time.Since(begin).Seconds()
	s.processor = used / time.Duration(max(1, len(queries)))
	slices.Sort(took)
	s.p50, s.p95 = took[len(took)/2], took[len(took)*95/100]
	return s, ctx.Err()
}

func (s searched) print(out io.Writer) {
	fmt.Fprintf(out, "  recall@1 %.4f, recall@10 %.4f; at threshold %.2f: found %.4f, precision %.4f, false-match rate %.4f\n", s.recall1, s.recall10, match.Threshold(), s.found, s.precision, s.falseRate)
	fmt.Fprintf(out, "  %.0f queries/s, p50 %.1f ms, p95 %.1f ms, %.1f ms of processor each\n", s.perSecond, ms(s.p50), ms(s.p95), ms(s.processor))
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func matchBench(ctx context.Context, out, progress io.Writer, seed uint64, n int, sizes []int, real string) error {
	set := pairs.Generate(seed, n)
	fmt.Fprintf(out, "labelled set: %d pairs, %d entities, seed %d (fitted on seed %d)\n", len(set.Pairs), len(set.Entities), set.Seed, match.Shipped().Seed)
	printCalibration(out, set)
	x, err := indexSet(set)
	if err != nil {
		return err
	}
	queries := make([]matchQuery, len(set.Pairs))
	for i, p := range set.Pairs {
		queries[i] = matchQuery{entity: entityOf(p.Query), how: p.How}
		if p.Same {
			queries[i].want = set.Entities[p.Entity].ID
		}
	}
	own, err := searchAll(ctx, x, queries)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "\nsearched among the %d entities of the set\n", x.Len())
	own.print(out)
	printMissed(out, own.missed)
	last := own
	for _, size := range sizes {
		if last, err = benchCrowd(ctx, out, progress, set, queries, size); err != nil {
			return err
		}
	}
	if real != "" {
		if err := benchReal(ctx, out, real); err != nil {
			return err
		}
	}
	fmt.Fprintf(out, "\nrecall@1 %.4f, precision %.4f, p95 %.1f ms\n", own.recall1, own.precision, ms(last.p95))
	return nil
}

// printCalibration says how often pairs of each score are the same.
func printCalibration(out io.Writer, set pairs.Set) {
	var count, same [10]int
	var sum [10]float64
	var tp, fp, fn int
	for _, p := range set.Pairs {
		r := match.Score(entityOf(p.Query), entityOf(set.Entities[p.Entity]))
		b := min(9, int(r.Score*10))
		count[b]++
		sum[b] += r.Score
		if p.Same {
			same[b]++
		}
		switch above := r.Score >= match.Threshold(); {
		case above && p.Same:
			tp++
		case above:
			fp++
		case p.Same:
			fn++
		}
	}
	fmt.Fprintf(out, "score      pairs   mean score   the same\n")
	for b := range count {
		if count[b] > 0 {
			of := float64(same[b]) / float64(count[b])
			fmt.Fprintf(out, "%.1f–%.1f  %7d        %5.3f      %5.3f  %s\n", float64(b)/10, float64(b+1)/10, count[b], sum[b]/float64(count[b]), of, strings.Repeat("▪", int(of*20+0.5)))
		}
	}
	fmt.Fprintf(out, "pair by pair at threshold %.2f: precision %.4f, recall %.4f\n", match.Threshold(), float64(tp)/float64(max(1, tp+fp)), float64(tp)/float64(max(1, tp+fn)))
}

func printMissed(out io.Writer, missed map[string]int) {
	type kind struct {
		how string
		n   int
	}
	var ks []kind
	for h, n := range missed {
		ks = append(ks, kind{h, n})
	}
	slices.SortFunc(ks, func(a, b kind) int {
		if a.n != b.n {
			return b.n - a.n
		}
		return strings.Compare(a.how, b.how)
	})
	var parts []string
	for _, k := range ks[:min(len(ks), 8)] {
		parts = append(parts, fmt.Sprintf("%s %d", k.how, k.n))
	}
	if len(parts) > 0 {
		fmt.Fprintln(out, "  not first:", strings.Join(parts, ", "))
	}
}

// benchCrowd searches the queries among size entities.
func benchCrowd(ctx context.Context, out, progress io.Writer, set pairs.Set, queries []matchQuery, size int) (searched, error) {
	begin := time.Now()
	var x matchIndex
	var err error
	for _, r := range set.Entities {
		if err = x.add(entityOf(r)); err != nil {
			return searched{}, err
		}
	}
	done := 0
	pairs.Crowd(set.Seed, max(0, size-len(set.Entities)), func(r pairs.Record) bool {
		err = errors.Join(x.add(entityOf(r)), ctx.Err())
		if done++; done%100_000 == 0 {
			fmt.Fprintf(progress, "\rindexing %d of %d", done, size)
		}
		return err == nil
	})
	if done >= 100_000 {
		fmt.Fprintln(progress)
	}
	if err = errors.Join(err, x.flush()); err != nil {
		return searched{}, err
	}
	index := match.NewIndex(x.segments...)
	built := time.Since(begin)
	some := queries[:min(len(queries), 3000)]
	s, err := searchAll(ctx, index, some)
	if err != nil {
		return s, err
	}
	now, most := memory()
	fmt.Fprintf(out, "\nsearched among %d entities, %d queries; index %d MiB in %d segments, built in %.0f s; memory now %d MiB, at most %d MiB; load %s\n",
		index.Len(), len(some), x.bytes>>20, len(x.segments), built.Seconds(), now>>20, most>>20, load())
	s.print(out)
	return s, nil
}

// memory is what the process holds and what it held at most, in bytes; 0 where the system does not say.
func memory() (now, most int64) {
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, 0
	}
	for line := range strings.Lines(string(b)) {
		f := strings.Fields(line)
		if len(f) < 2 {
			continue
		}
		n, err := strconv.ParseInt(f[1], 10, 64)
		switch {
		case err != nil:
		case f[0] == "VmRSS:":
			now = n << 10
		case f[0] == "VmHWM:":
			most = n << 10
		}
	}
	return now, most
}

// processorTime is what the process has used, from the kernel's count of hundredths of a second.
func processorTime() time.Duration {
	b, err := os.ReadFile("/proc/self/stat")
	if err != nil {
		return 0
	}
	f := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:]))
	if len(f) < 13 {
		return 0
	}
	user, _ := strconv.Atoi(f[11]) // a count the kernel writes is a number
	system, _ := strconv.Atoi(f[12])
	return time.Duration(user+system) * 10 * time.Millisecond
}

// load is what else the machine had to do in the last minute, in processes.
func load() string {
	b, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	first, _, _ := strings.Cut(string(b), " ")
	return first
}
