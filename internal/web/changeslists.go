package web

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"time"

	"veedor/internal/follow/registry"
)

// listCount is how many entries of a list came and went from one of its states to the next.
type listCount struct{ Added, Removed, Renamed, Changed int64 }

// listCounts are the counts that were made. Counting goes through a whole list, so one is made at a time, and pages
// wait for it only a moment.
type listCounts struct {
	sync.Mutex
	made map[comparisonKey]*listCount
	busy map[comparisonKey]chan struct{}
	one  sync.Mutex
}

const (
	countWaited = 1500 * time.Millisecond // by a page
	countTried  = 10 * time.Minute
	countsKept  = 4000
)

// counted returns what changed in a list from one state to the next; nil while it is being counted.
func (s *site) counted(ctx context.Context, k comparisonKey) *listCount {
	c := &s.counts
	c.Lock()
	if n, ok := c.made[k]; ok {
		c.Unlock()
		return n
	}
	done, ok := c.busy[k]
	if !ok {
		if c.busy == nil {
			c.busy, c.made = map[comparisonKey]chan struct{}{}, map[comparisonKey]*listCount{}
		}
		done = make(chan struct{})
		c.busy[k] = done
		go s.count(context.WithoutCancel(ctx), k, done)
	}
	c.Unlock()
	if ok && s.Copy == nil { // somebody waited for this one before
		select {
		case <-done:
		default:
			return nil
		}
	}
	waited := countWaited
	if s.Copy != nil { // a copy is not asked a second time
		waited = countTried
	}
	wait := time.NewTimer(waited)
	defer wait.Stop()
	select {
	case <-done:
		c.Lock()
		defer c.Unlock()
		return c.made[k]
	case <-wait.C:
	case <-ctx.Done():
	}
	return nil
}

// count counts, and remembers; what cannot be counted is remembered as such.
func (s *site) count(ctx context.Context, k comparisonKey, done chan struct{}) {
	c := &s.counts
	c.one.Lock()
	ctx, cancel := context.WithTimeout(ctx, countTried)
	n := &listCount{}
	err := s.Registry.Diff(ctx, k.dataset, k.from, k.to, func(ch registry.Change) error {
		switch named := ch.What == registry.Changed && slices.ContainsFunc(ch.Statements, func(st registry.StatementChange) bool { return st.Prop == "name" }); {
		case isBeside(ch.Schema):
		case named:
			n.Renamed++
		case ch.What == registry.Added:
			n.Added++
		case ch.What == registry.Removed:
			n.Removed++
		default:
			n.Changed++
		}
		return ctx.Err()
	})
	cancel()
	c.one.Unlock()
	if err != nil {
		n = nil
	}
	c.Lock()
	if len(c.made) >= countsKept {
		clear(c.made)
	}
	c.made[k] = n
	delete(c.busy, k)
	c.Unlock()
	close(done)
}

// listsChanged are states of lists that came to us.
func (r *request) listsChanged(n int) ([]occurrence, error) {
	if r.s.Registry == nil {
		return nil, nil
	}
	states, err := r.s.Registry.States(r.Context(), "")
	if err != nil {
		return nil, err
	}
	sets, err := r.s.Registry.Datasets(r.Context())
	if err != nil {
		return nil, err
	}
	title := map[string]string{}
	for _, d := range sets {
		title[d.Name] = cmp.Or(d.Title, d.Name)
	}
	of := map[string][]*registry.State{}
	var out []occurrence
	for i := range states {
		st := &states[i]
		before := (*registry.State)(nil)
		if had := of[st.Dataset]; len(had) > 0 {
			before = had[len(had)-1]
		}
		of[st.Dataset] = append(of[st.Dataset], st)
		if st.Status == registry.Reading {
			continue
		}
		kind := "list"
		if before == nil {
			kind = "list.first"
		}
		out = append(out, occurrence{st.Learnt, kind, func() (change, bool, error) {
			return r.listChanged(cmp.Or(title[st.Dataset], st.Dataset), before, st, len(of[st.Dataset])), true, nil
		}})
	}
	slices.SortStableFunc(out, func(a, b occurrence) int { return b.at.Compare(a.at) })
	return firstOf(out, min(n, len(out))), nil
}

// listChanged words what a state of a list changed.
func (r *request) listChanged(title string, before, st *registry.State, states int) change {
	w := r.words()
	name := isolate(shorten(title, 100))
	c := change{ID: "dataset/" + url.PathEscape(st.Dataset) + "/" + strconv.FormatInt(st.ID, 10), At: st.Learnt, Wing: "follow", Kind: "list", Href: datasetHref(r.lang, st.Dataset)}
	dated := r.dated(st.Date())
	if before == nil {
		c.Text = w.get("news.list.first", name, dated, number(r.lang, int64(st.Account.Entities)))
		return c
	}
	c.Href = diffHref(r.lang, st.Dataset, before.ID, st.ID) + "#diff"
	n := r.s.counted(r.Context(), comparisonKey{st.Dataset, before.ID, st.ID, states})
	switch {
	case n == nil:
		c.Text = w.get("news.list.uncounted", name, dated)
	case *n == listCount{}:
		c.Text = w.get("news.list.same", name, dated)
	default:
		c.Text = w.get("news.list.changed", name, dated, number(r.lang, n.Added), number(r.lang, n.Removed))
		if n.Renamed+n.Changed > 0 {
			c.Why = w.get("news.list.besides", number(r.lang, n.Renamed), number(r.lang, n.Changed))
		}
	}
	if st.Status == registry.Cut {
		c.Why = w.get("news.list.cut")
	}
	return c
}
