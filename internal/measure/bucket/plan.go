package bucket

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// Bounds of listing.
const (
	listAtOnce = 4
	maxObjects = 1_000_000 // of one plan
	maxReasons = 20        // refusals that are kept with their keys; the rest is counted
)

// Plan is what would be fetched.
type Plan struct {
	Objects  []Object // to be fetched, by key
	Days     []Day    // what there is, by day and test
	Prefixes int      // hours of countries that were listed
	Absent   int      // of them: not there, or not to be listed
	Other    int      // files of other kinds and tests not asked for, passed over
	Refused  int      // objects that were refused
	Reasons  []Refusal
}

// Refusal says why an object is not fetched.
type Refusal struct{ Key, Why string }

// Day counts the files of one day and test.
type Day struct {
	Day, Test  string // YYYY-MM-DD; as the folder is called
	Files      int    // to be fetched
	Bytes      int64
	Taken      int // fetched before
	TakenBytes int64
}

// Total sums the days up.
func (p *Plan) Total() (t Day) {
	for _, d := range p.Days {
		t.Files += d.Files
		t.Bytes += d.Bytes
		t.Taken += d.Taken
		t.TakenBytes += d.TakenBytes
	}
	return t
}

// NewPlan lists what a selection asks for, several prefixes at once. taken says of an object that it
// need not be fetched again. progress is called after each prefix, by one goroutine at a time; it may be nil.
// Prefixes that are absent are counted; where a store refuses every one, that is an error.
func NewPlan(ctx context.Context, store Store, s Selection, taken func(Object) bool, progress func(done, total, objects int)) (*Plan, error) {
	if err := s.Check(); err != nil {
		return nil, fmt.Errorf("select files: %w", err)
	}
	prefixes := s.prefixes()
	l := &lister{store: store, selection: s, taken: taken, plan: &Plan{Prefixes: len(prefixes)}, seen: map[string]bool{}, days: map[[2]string]*Day{}}
	ctx, l.cancel = context.WithCancelCause(ctx)
	defer l.cancel(nil)
	next := make(chan string)
	var workers sync.WaitGroup
	done := 0
	for range min(listAtOnce, len(prefixes)) {
		workers.Go(func() {
			for p := range next {
				l.list(ctx, p)
				l.mu.Lock()
				done++
				if progress != nil && ctx.Err() == nil {
					progress(done, len(prefixes), len(l.seen))
				}
				l.mu.Unlock()
			}
		})
	}
	for _, p := range prefixes {
		select {
		case next <- p:
		case <-ctx.Done():
		}
	}
	close(next)
	workers.Wait()
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	return l.finish()
}

type lister struct {
	store     Store
	selection Selection
	taken     func(Object) bool
	cancel    context.CancelCauseFunc

	mu     sync.Mutex
	plan   *Plan
	seen   map[string]bool
	days   map[[2]string]*Day
	absent error // the last reason
}

// list adds what lies below one prefix to the plan.
func (l *lister) list(ctx context.Context, prefix string) {
	err := l.store.List(ctx, prefix, func(o Object) error {
		l.mu.Lock()
		defer l.mu.Unlock()
		if len(l.seen) >= maxObjects {
			return fmt.Errorf("it lists more than %d objects; ask for fewer days", maxObjects)
		}
		l.add(prefix, o)
		return nil
	})
	switch {
	case err == nil:
	case errors.Is(err, ErrAbsent):
		l.mu.Lock()
		l.plan.Absent++
		l.absent = err
		l.mu.Unlock()
	default:
		l.cancel(fmt.Errorf("list %s: %w", l.store.Address(prefix), err))
	}
}

// add takes up an object, or says why not.
func (l *lister) add(prefix string, o Object) {
	refuse := func(why string) {
		if l.plan.Refused++; len(l.plan.Reasons) < maxReasons {
			l.plan.Reasons = append(l.plan.Reasons, Refusal{o.Key[:min(len(o.Key), maxKey)], why})
		}
	}
	if strings.HasPrefix(o.Key, prefix) && strings.HasSuffix(o.Key, "/") && o.Size == 0 {
		return // what some stores keep in place of a folder
	}
	place, err := ParseKey(o.Key)
	switch {
	case errors.Is(err, errOther) && strings.HasPrefix(o.Key, prefix):
		l.plan.Other++
		return
	case err != nil:
		refuse(err.Error())
		return
	case !strings.HasPrefix(o.Key, prefix):
		refuse("it was not asked for: the listing is of " + prefix)
		return
	case !l.selection.wants(place.Test):
		l.plan.Other++
		return
	case o.Size < 0:
		refuse("it is no file that can be read")
		return
	case o.Size > maxObject:
		refuse(fmt.Sprintf("it is said to have %d MB, at most %d MB are accepted", o.Size>>20, maxObject>>20))
		return
	case l.seen[o.Key]:
		refuse("it is listed twice")
		return
	}
	l.seen[o.Key] = true
	day := place.Day[:4] + "-" + place.Day[4:6] + "-" + place.Day[6:]
	d := l.days[[2]string{day, place.Test}]
	if d == nil {
		d = &Day{Day: day, Test: place.Test}
		l.days[[2]string{day, place.Test}] = d
	}
	if l.taken(o) {
		d.Taken++
		d.TakenBytes += o.Size
		return
	}
	d.Files++
	d.Bytes += o.Size
	l.plan.Objects = append(l.plan.Objects, o)
}

// finish puts the plan in order.
func (l *lister) finish() (*Plan, error) {
	p := l.plan
	if _, folder := l.store.(*Folder); p.Absent == p.Prefixes && !folder {
		return nil, fmt.Errorf("list %s: all %d prefixes are %w; is it the address of the bucket, and may anybody list it?", l.store.Name(), p.Prefixes, l.absent)
	}
	for _, d := range l.days {
		p.Days = append(p.Days, *d)
	}
	slices.SortFunc(p.Days, func(a, b Day) int { return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.Test, b.Test)) })
	slices.SortFunc(p.Objects, func(a, b Object) int { return cmp.Compare(a.Key, b.Key) })
	slices.SortFunc(p.Reasons, func(a, b Refusal) int { return cmp.Or(cmp.Compare(a.Key, b.Key), cmp.Compare(a.Why, b.Why)) })
	return p, nil
}
