package bucket

import (
	"context"
	"sync"
)

// Bounds of fetching.
const (
	fetchAtOnce = 3
	runAhead    = 32 // files fetched that nobody asked for yet
)

// Result is what became of one object.
type Result struct {
	Object Object
	File   *File // nil where it failed
	Err    error // does not name the object
}

// Fetch fetches objects, several at once, into folder. What is fetched comes out of the channel, in no certain
// order; it is closed when there is no more, or when ctx ends. got is as for Store.Fetch, and may be called by
// several goroutines at once. The caller reads the channel to its end.
func Fetch(ctx context.Context, store Store, objects []Object, folder string, got func(int64)) <-chan Result {
	next, out := make(chan Object), make(chan Result, runAhead)
	var workers sync.WaitGroup
	for range fetchAtOnce {
		workers.Go(func() {
			for o := range next {
				f, err := store.Fetch(ctx, o, folder, got)
				if ctx.Err() != nil {
					return
				}
				select {
				case out <- Result{o, f, err}:
				case <-ctx.Done():
				}
			}
		})
	}
	go func() {
		defer close(out)
		defer workers.Wait()
		defer close(next)
		for _, o := range objects {
			select {
			case next <- o:
			case <-ctx.Done():
				return
			}
		}
	}()
	return out
}
