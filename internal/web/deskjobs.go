package web

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// jobs are what goes on behind pages: captures, imports, dossiers. What failed stays to be read until it is long ago.
type jobs struct {
	sync.Mutex
	list []*job // oldest first
	free chan struct{}
}

// job is one of them.
type job struct {
	Key    string // what it is about; one at a time
	Label  string
	By     string
	At     time.Time
	Item   string // that it made
	Wrong  string // why it failed, in the words of who said so
	Done   bool
	waited chan struct{}
}

const (
	atOnce  = 2  // jobs that run
	maxJobs = 60 // that are remembered, and may wait
	longest = 10 * time.Minute
)

var errBusy = errors.New("too much goes on at the moment")

// start runs f behind the page; the same key again while it runs does nothing.
func (j *jobs) start(s *site, key, label, by string, f func(context.Context) (item string, err error)) (*job, error) {
	j.Lock()
	defer j.Unlock()
	if j.free == nil {
		j.free = make(chan struct{}, atOnce)
	}
	if i := slices.IndexFunc(j.list, func(o *job) bool { return o.Key == key }); i >= 0 {
		if !j.list[i].Done {
			return j.list[i], nil
		}
		j.list = slices.Delete(j.list, i, i+1)
	}
	if len(j.list) >= maxJobs {
		i := slices.IndexFunc(j.list, func(o *job) bool { return o.Done })
		if i < 0 {
			return nil, errBusy
		}
		j.list = slices.Delete(j.list, i, i+1)
	}
	one := &job{Key: key, Label: label, By: by, At: time.Now(), waited: make(chan struct{})}
	j.list = append(j.list, one)
	go func() {
		defer close(one.waited)
		j.free <- struct{}{}
		defer func() { <-j.free }()
		ctx, cancel := context.WithTimeout(s.Work.background(), longest)
		defer cancel()
		item, err := f(ctx)
		if err != nil {
			s.Log.Warn("work behind a page failed", "what", key, "error", err)
		}
		j.Lock()
		defer j.Unlock()
		one.Done = true
		if item != "" {
			one.Item = item
		}
		if err != nil {
			one.Wrong = err.Error()
		}
	}()
	return one, nil
}

// wait waits a little for a job to end.
func (o *job) wait(d time.Duration) {
	select {
	case <-o.waited:
	case <-time.After(d):
	}
}

// jobRow is a job as pages show it.
type jobRow struct {
	Label, By, Wrong, Item, Href string
	At                           time.Time
	Done                         bool
}

// row returns the job of a key; nil where there is none.
func (j *jobs) row(r *request, key string) *jobRow {
	for _, row := range j.rows(r, key) {
		return &row
	}
	return nil
}

// rows returns jobs, latest first: all, or that of a key.
func (j *jobs) rows(r *request, key string) []jobRow {
	j.Lock()
	defer j.Unlock()
	var out []jobRow
	for _, o := range slices.Backward(j.list) {
		if key != "" && o.Key != key {
			continue
		}
		row := jobRow{Label: shorten(o.Label, 160), By: o.By, Wrong: shorten(o.Wrong, 300), Item: o.Item, At: o.At, Done: o.Done}
		if o.Item != "" {
			row.Href = editHref(r.lang, "item", o.Item)
		}
		out = append(out, row)
	}
	return out
}
