package desk

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

// kept is what readers were answered since the journal grew last: pages ask for the same records again and again.
// Whoever gets an answer out of it must not change what it points to.
type kept struct {
	mu      sync.Mutex
	size    int64 // of the journal
	answers map[string]any
	n       int // records in them, about
}

// mostKept is how many records are kept at most, some kilobytes each.
const mostKept = 20_000

// String names what a query selects: two that differ have different names.
func (q Query) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%q %t %q %t %d", q.Kind, q.Removed, q.After, q.Newest, q.Limit)
	for _, field := range slices.Sorted(maps.Keys(q.Where)) {
		fmt.Fprintf(&b, " %q=%q", field, q.Where[field])
	}
	return b.String()
}

// recall returns what was answered to a question that readers ask, or asks it. n is about how many records an answer holds.
func recall[T any](ctx context.Context, d *Desk, question string, n func(T) int, ask func() (T, error)) (T, error) {
	if err := d.fresh(ctx); err != nil {
		var none T
		return none, err
	}
	k, size := &d.kept, d.size.Load()
	k.mu.Lock()
	if k.size != size || k.answers == nil {
		k.size, k.answers, k.n = size, map[string]any{}, 0
	}
	answer, ok := k.answers[question]
	k.mu.Unlock()
	if ok {
		return answer.(T), nil
	}
	out, err := ask()
	if err != nil {
		return out, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.size != size { // something was written meanwhile
		return out, nil
	}
	if k.n += 1 + n(out); k.n > mostKept {
		clear(k.answers)
		k.n = 1 + n(out)
	}
	k.answers[question] = out
	return out, nil
}

// recallList is recall for a list, of which the caller gets a copy.
func recallList[T any](ctx context.Context, d *Desk, question string, ask func() ([]T, error)) ([]T, error) {
	out, err := recall(ctx, d, question, func(list []T) int { return len(list) }, ask)
	return slices.Clone(out), err
}
