package cli

import (
	"context"
	"fmt"
	"io"
	"maps"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"syscall"
	"time"

	"veedor/internal/weigh/lineage"
	"veedor/internal/weigh/lineage/made"
)

// madeTally counts what was proposed for made texts of one way of coming to be.
type madeTally struct {
	texts, found, parent, wrong int
	turned                      int // of one descent, the wrong way round where the dates do not tell
}

// within says whether a made text derives within its language: then its words, not only its facts, are its source's.
func within(way string) bool {
	switch way {
	case made.Same, made.Cut, made.Edited, made.Corrected, made.Redated:
		return true
	}
	return false
}

// lineageMade proposes for made texts and prints what was right.
func lineageMade(ctx context.Context, out, errs io.Writer, count int, seed uint64, show int) error {
	texts := made.New(seed, false).Items(count)
	items := make([]lineage.Item, len(texts))
	by := make(map[string]*made.Item, len(texts))
	bytes := 0
	for i := range texts {
		items[i] = texts[i].Item
		by[texts[i].ID] = &texts[i]
		bytes += len(texts[i].Text)
	}
	limit := debug.SetMemoryLimit(mostMemory)
	defer debug.SetMemoryLimit(limit)
	runtime.GC()
	peak := watchHeap(ctx)
	begin, used := time.Now(), processorSeconds()
	shown := newProgress(errs, "lineage")
	var mu sync.Mutex
	x := lineage.NewIndex()
	err := x.AddAll(ctx, items, runtime.GOMAXPROCS(0))
	var proposals []lineage.Proposal
	if err == nil {
		err = x.Each(ctx, runtime.GOMAXPROCS(0), func(done, _ int) {
			mu.Lock()
			defer mu.Unlock()
			shown.count(uint64(done), "compared")
		}, func(p lineage.Proposal) {
			p.Evidence = nil // not judged here
			proposals = append(proposals, p)
		})
	}
	shown.end()
	if err != nil {
		return err
	}
	took, used, heap := time.Since(begin), processorSeconds()-used, peak()
	first := map[string]*lineage.Proposal{}
	for i := range proposals {
		if p := &proposals[i]; p.Source != "" && p.Kind.Derives() && first[p.Item] == nil {
			first[p.Item] = p
		}
	}
	linked := map[string]bool{} // another of the family goes back to it, and the dates do not tell which came first
	for id, p := range first {
		if o := by[p.Source]; o.Family == by[id].Family && !datesTell(by[id].Date, o.Date) {
			linked[p.Source] = true
		}
	}
	ways := map[string]*madeTally{}
	var same, across madeTally
	for i := range texts {
		t := &texts[i]
		w := ways[t.Way]
		if w == nil {
			w = &madeTally{}
			ways[t.Way] = w
		}
		sum := &across
		p := first[t.ID]
		if within(t.Way) || t.Parent == "" && (p == nil || by[p.Source].Lang == t.Lang) {
			sum = &same
		}
		for _, c := range []*madeTally{w, sum} {
			if t.Parent != "" {
				c.texts++
			}
			switch {
			case p == nil && t.Parent != "" && linked[t.ID]:
				c.found++
			case p == nil:
			case t.Parent != "" && by[p.Source].Family == t.Family:
				c.found++
				if p.Source == t.Parent {
					c.parent++
				}
			case by[p.Source].Family == t.Family && !datesTell(t.Date, by[p.Source].Date):
				c.turned++
			default:
				c.wrong++
			}
		}
		if (p != nil && by[p.Source].Family != t.Family || p == nil && t.Parent != "" && !linked[t.ID]) && show > 0 {
			if p == nil {
				p = &lineage.Proposal{Source: t.Parent, Kind: "nothing instead"}
			}
			show--
			fmt.Fprintf(out, "wrong: %s (%s, %s) as %s of %s (%s, %s), %.2f\n", t.ID, t.Way, t.Lang, p.Kind, p.Source, by[p.Source].Way, by[p.Source].Lang, p.Confidence)
		}
	}
	for _, k := range slices.Sorted(maps.Keys(ways)) {
		w := ways[k]
		if w.texts > 0 {
			fmt.Fprintf(out, "%-12s %6d derive, found %.4f, its very source %.4f, another family's %d\n", k, w.texts, portion(w.found, w.texts), portion(w.parent, w.texts), w.wrong)
		} else {
			fmt.Fprintf(out, "%-12s        do not derive, proposed to all the same %d, taken for the copy of a copy of theirs where the dates do not tell %d\n", k, w.wrong, w.turned)
		}
	}
	fmt.Fprintf(out, "across languages and rewritten: precision %.4f, recall %.4f (%d texts)\n", portion(across.found, across.found+across.wrong), portion(across.found, across.texts), across.texts)
	fmt.Fprintf(out, "calibration: %s\n", madeCalibration(proposals, by))
	fmt.Fprintf(out, "within a language: precision %.4f, recall %.4f (%d texts derive); %d items, %d MB of text, %.1f s, of processors %.1f s, %d MiB more than the texts\n",
		portion(same.found, same.found+same.wrong), portion(same.found, same.texts), same.texts, len(items), bytes>>20, took.Seconds(), used, heap>>20)
	return nil
}

// datesTell says whether two dates say which is the earlier: not when they are the same, or one is the month of the other.
func datesTell(a, b string) bool {
	n := min(len(a), len(b))
	return a[:n] != b[:n]
}

// madeCalibration says for each tenth of confidence how many of the proposals, of whatever rank, have the right way round and family.
func madeCalibration(proposals []lineage.Proposal, by map[string]*made.Item) string {
	var right, all [10]int
	for i := range proposals {
		p := &proposals[i]
		if p.Source == "" || !p.Kind.Derives() {
			continue
		}
		k := min(9, int(p.Confidence*10))
		all[k]++
		if t := by[p.Item]; t.Parent != "" && t.Family == by[p.Source].Family {
			right[k]++
		}
	}
	s := ""
	for k := range all {
		if all[k] > 0 {
			s += fmt.Sprintf("%.1f: %.2f of %d; ", float64(k)/10, portion(right[k], all[k]), all[k])
		}
	}
	return s
}

// mostMemory is what the collector keeps the made texts and their comparison under.
const mostMemory = 1 << 30

// processorSeconds is how much time this process has had of all processors: on a machine that others use too, the clock says less.
func processorSeconds() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()).Seconds()
}

// watchHeap asks now and then how much memory is in use, and returns a function that says by how much it grew at most.
func watchHeap(ctx context.Context) func() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	begin := m.HeapInuse
	ctx, stop := context.WithCancel(ctx)
	most := make(chan uint64, 1)
	go func() {
		peak := begin
		t := time.NewTicker(200 * time.Millisecond)
		defer t.Stop()
		for {
			select {
			case <-ctx.Done():
				most <- peak - begin
				return
			case <-t.C:
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				peak = max(peak, m.HeapInuse)
			}
		}
	}()
	return func() uint64 { stop(); return <-most }
}

// lineageFit fits the model on made texts, short and long, in indexes of several sizes.
func lineageFit(ctx context.Context, out io.Writer, seed uint64) error {
	var samples []lineage.Sample
	for n, size := range []int{40, 40, 40, 40, 40, 40, 40, 40, 40, 40, 40, 40, 40, 40, 40, 40, 40, 40, 40, 40, 2000, 2000, 2000} {
		texts := made.New(seed+uint64(n)*1000, n%2 == 0 || n < 20).Items(size)
		x := lineage.NewIndex()
		family := map[string]string{}
		for i := range texts {
			x.Add(texts[i].Item)
			family[texts[i].ID] = texts[i].Family
		}
		for i := range texts {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			for _, s := range x.Samples(texts[i].ID) {
				s.Derives = family[s.Source] == texts[i].Family
				samples = append(samples, s)
			}
		}
	}
	model, err := lineage.Fit(samples)
	if err != nil {
		return fmt.Errorf("fit lineage: %w", err)
	}
	_, err = fmt.Fprintf(out, "%s\n", model)
	return err
}
