package web

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"veedor/internal/weigh/search"
)

// Follower keeps the search index up to date with the desk, the captures, the dossiers and the incidents, and answers
// from it. The index is derived: a folder that is not there, or follows another journal, is made anew.
type Follower struct {
	dir string
	c   Config

	work    sync.Mutex // held by who writes
	changes atomic.Int64

	mu     sync.RWMutex
	index  *search.Index // nil while it is not open
	failed error         // why not
	tried  time.Time
	ready  bool              // everything that was there when it was opened is in it
	shown  map[string]string // captures as they were taken in
	said   map[string]string // incidents likewise
}

// NewFollower makes a follower of what the pages are made of. The index lies in a folder; nothing is opened yet.
func NewFollower(dir string, c Config) *Follower {
	return &Follower{dir: dir, c: c, shown: map[string]string{}, said: map[string]string{}}
}

// errNotReady says that the index is being made.
var errNotReady = errors.New("the search index is being made")

// every is how often the follower looks for what is new, and how soon it tries again to open an index in use.
const every = 3 * time.Second

// Run follows until ctx ends.
func (f *Follower) Run(ctx context.Context) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		if err := f.CatchUp(ctx, nil); err != nil && ctx.Err() == nil && !errors.Is(err, search.ErrInUse) {
			f.c.Log.Error("search index", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// CatchUp opens the index where it is not open, and takes in all that is new. progress, which may be nil, is told how
// many documents were written.
func (f *Follower) CatchUp(ctx context.Context, progress func(done int64)) error {
	f.work.Lock()
	defer f.work.Unlock()
	if err := f.open(); err != nil {
		return err
	}
	n := int64(0)
	write := func(put []search.Document, drop []search.Key, source string, at int64) error {
		if err := f.index.Apply(ctx, put, drop, source, at); err != nil {
			return err
		}
		f.changes.Add(1)
		if n += int64(len(put)); progress != nil {
			progress(n)
		}
		return nil
	}
	for _, follow := range []func(context.Context, apply) error{f.followDesk, f.followCaptures, f.followDossiers, f.followIncidents} {
		if err := follow(ctx, write); err != nil {
			return fmt.Errorf("follow for the search index: %w", err)
		}
	}
	f.mu.Lock()
	if !f.ready {
		f.ready = true
		f.changes.Add(1)
	}
	f.mu.Unlock()
	return nil
}

// Changes returns a number that is another whenever a search may have another answer.
func (f *Follower) Changes() int64 { return f.changes.Load() }

// apply writes documents and how far their source was followed.
type apply func(put []search.Document, drop []search.Key, source string, at int64) error

// open opens the index, not more often than now and then where it is in use.
func (f *Follower) open() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.index != nil {
		return nil
	}
	if f.failed != nil && time.Since(f.tried) < every {
		return f.failed
	}
	f.tried = time.Now()
	f.index, f.failed = search.Open(f.dir)
	if f.failed != nil {
		f.index = nil
		return f.failed
	}
	f.changes.Add(1)
	return nil
}

// restart begins the index anew: what it follows is another journal than before.
func (f *Follower) restart() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.changes.Add(1)
	err := errors.Join(f.index.Close(), os.RemoveAll(f.dir))
	f.index, f.ready = nil, false
	if err != nil {
		return err
	}
	clear(f.shown)
	clear(f.said)
	f.index, err = search.Open(f.dir)
	if err != nil {
		f.index = nil
	}
	return err
}

// Find implements Search. An index that nobody follows here is asked as it is.
func (f *Follower) Find(ctx context.Context, q search.Request) (*search.Answer, error) {
	if err := f.open(); err != nil {
		return nil, err
	}
	f.mu.RLock()
	defer f.mu.RUnlock()
	if f.index == nil {
		return nil, errNotReady
	}
	a, err := f.index.Find(ctx, q)
	if err == nil && a.Total == 0 && !f.ready {
		if n, counted := f.index.Count(); counted == nil && n == 0 {
			return nil, errNotReady
		}
	}
	return a, err
}

// Close closes the index.
func (f *Follower) Close() error {
	f.work.Lock()
	defer f.work.Unlock()
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.index == nil {
		return nil
	}
	err := f.index.Close()
	f.index = nil
	return err
}
