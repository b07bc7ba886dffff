package refdata

import (
	"sync"
	"sync/atomic"
)

// shelf bounds how many things of one kind are loaded at a time. The one not used for longest
// (as far as a used mark tells) makes room.
type shelf struct {
	limit int
	fail  func(error) // told when something cannot be loaded

	mu     sync.Mutex
	loaded []evictable
	hand   int
}

// evictable is something that can leave a shelf.
type evictable interface {
	spare() bool // takes the used mark away and says whether there was one
	evict()
}

// room makes room for one more. The shelf is locked.
func (s *shelf) room(e evictable) {
	if len(s.loaded) < s.limit {
		s.loaded = append(s.loaded, e)
		return
	}
	for s.loaded[s.hand].spare() {
		s.hand = (s.hand + 1) % len(s.loaded)
	}
	s.loaded[s.hand].evict()
	s.loaded[s.hand] = e
	s.hand = (s.hand + 1) % len(s.loaded)
}

// shelved is a value that is loaded when first needed and may be dropped and loaded again.
type shelved[T any] struct {
	shelf *shelf
	load  func() (*T, error)
	value atomic.Pointer[T]
	used  atomic.Bool
}

func newShelved[T any](s *shelf, load func() (*T, error)) *shelved[T] {
	return &shelved[T]{shelf: s, load: load}
}

// get returns the value. Where it cannot be loaded, the shelf is told and an empty value, which
// knows nothing, takes its place.
func (s *shelved[T]) get() *T {
	if v := s.value.Load(); v != nil {
		if !s.used.Load() { // a read is cheaper than a write that other cores must see
			s.used.Store(true)
		}
		return v
	}
	s.shelf.mu.Lock()
	defer s.shelf.mu.Unlock()
	if v := s.value.Load(); v != nil {
		return v
	}
	v, err := s.load()
	if err != nil {
		s.shelf.fail(err)
		v = new(T)
	}
	s.used.Store(true)
	s.value.Store(v)
	s.shelf.room(s)
	return v
}

func (s *shelved[T]) spare() bool { return s.used.Swap(false) }
func (s *shelved[T]) evict()      { s.value.Store(nil) }
