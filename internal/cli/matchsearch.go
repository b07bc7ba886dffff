package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"veedor/internal/follow/match"
)

type matchQuery struct {
	entity match.Entity
	want   string // the id, empty if the bearer is not there
	how    string
	keep   func(id string) bool         // nil takes every id
	index  func() (*match.Index, error) // another index than the others' for this query alone; nil for none
}

// outcome is what searching for one query gave.
type outcome struct {
	rank      int // of the one wanted; 1 is first, 0 not among ten
	first     string
	score     float64       // of the first
	took      time.Duration // on the wall
	processor time.Duration // of this query's thread; 0 where the system does not say
}

// proposed says whether the first is proposed as the same.
func (a outcome) proposed() bool { return a.first != "" && a.score >= match.Threshold() }

// searchAll searches the queries on two cores.
func searchAll(ctx context.Context, x *match.Index, queries []matchQuery) ([]outcome, searched, error) {
	outcomes := make([]outcome, len(queries))
	failed := make([]error, 2)
	begin, used := time.Now(), processorTime(wholeProcess)
	var workers sync.WaitGroup
	procs := min(runtime.GOMAXPROCS(0), 2)
	for w := range procs {
		workers.Go(func() {
			runtime.LockOSThread() // so that a thread's time is a query's
			defer runtime.UnlockOSThread()
			for i := w; i < len(queries) && ctx.Err() == nil && failed[w] == nil; i += procs {
				q, a, x := queries[i], &outcomes[i], x
				if q.index != nil {
					if x, failed[w] = q.index(); failed[w] != nil {
						return
					}
				}
				start, used := time.Now(), processorTime(oneThread)
				hits := x.Search(q.entity, 10, q.keep)
				a.took, a.processor = time.Since(start), processorTime(oneThread)-used
				if len(hits) > 0 {
					a.first, a.score = hits[0].Entity.ID, hits[0].Score
				}
				a.rank = 1 + slices.IndexFunc(hits, func(h match.Hit) bool { return h.Entity.ID == q.want })
			}
		})
	}
	workers.Wait()
	s := summary(queries, outcomes)
	s.perSecond = float64(len(queries)) / time.Since(begin).Seconds()
	s.processor = (processorTime(wholeProcess) - used) / time.Duration(max(1, len(queries)))
	return outcomes, s, errors.Join(ctx.Err(), errors.Join(failed...))
}

// searched is what searching a list of queries gave.
type searched struct {
	recall1, recall10 float64
	precision         float64 // of the proposals at the threshold
	found             float64 // of the bearers, proposed at the threshold
	falseRate         float64 // of the queries whose bearer is not there, those that something was proposed for
	absent            int     // the queries whose bearer is not there
	perSecond         float64
	p50, p95          time.Duration
	processor         time.Duration // of a query on average, with what memory management takes
	processorP95      time.Duration
	missed            map[string]int
}

func summary(queries []matchQuery, outcomes []outcome) searched {
	s := searched{missed: map[string]int{}}
	var took, processor []time.Duration
	var there, first, ten, proposed, right, wrongly int
	for i, a := range outcomes {
		took, processor = append(took, a.took), append(processor, a.processor)
		if a.proposed() {
			proposed++
		}
		if queries[i].want == "" {
			s.absent++
			if a.proposed() {
				wrongly++
			}
			continue
		}
		there++
		if a.rank > 0 {
			ten++
		}
		if a.rank == 1 {
			first++
			if a.proposed() {
				right++
			}
		} else {
			s.missed[queries[i].how]++
		}
	}
	s.recall1, s.recall10 = ratio(first, there), ratio(ten, there)
	s.precision, s.found, s.falseRate = ratio(right, proposed), ratio(right, there), ratio(wrongly, s.absent)
	slices.Sort(took)
	slices.Sort(processor)
	if n := len(outcomes); n > 0 {
		s.p50, s.p95, s.processorP95 = took[n/2], took[n*95/100], processor[n*95/100]
	}
	return s
}

func ratio(a, b int) float64 { return float64(a) / float64(max(b, 1)) }

func (s searched) print(out io.Writer) {
	fmt.Fprintf(out, "  recall@1 %.4f, recall@10 %.4f; at threshold %.2f: found %.4f, precision %.4f", s.recall1, s.recall10, match.Threshold(), s.found, s.precision)
	if s.absent > 0 {
		fmt.Fprintf(out, ", false-match rate %.4f", s.falseRate)
	}
	fmt.Fprintf(out, "\n  %.0f queries/s on two cores, p50 %.1f ms, p95 %.1f ms; processor %.1f ms a query, p95 %.1f ms; load %s\n", s.perSecond, ms(s.p50), ms(s.p95), ms(s.processor), ms(s.processorP95), load())
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// printMissed says in which kinds of query the one wanted was not first.
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

// whose time getrusage is asked for; the kernel's numbers.
const (
	wholeProcess = 0
	oneThread    = 1
)

// processorTime is what the process or the thread has used; 0 where the system does not say.
func processorTime(whose int) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(whose, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
