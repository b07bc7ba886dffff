package cli

import (
	"container/list"
	"context"
	"sync"

	"veedor/internal/measure/store"
)

// maxRemembered is how many measurements a copy's pages keep at hand.
const maxRemembered = 48

// remembering is a store that keeps the measurements that were asked for last: each has ten addresses in a copy (its
// page in three languages, two citations of each, its bytes), and they are asked for one after the other.
type remembering struct {
	store.Store
	mu     sync.Mutex
	recent list.List // of *remembered, newest first
}

type remembered struct {
	uid  string
	once sync.Once
	m    store.Measurement
	err  error
}

// Measurement implements store.Store. What it returns must not be changed.
func (s *remembering) Measurement(ctx context.Context, uid string) (store.Measurement, error) {
	one := s.find(uid)
	one.once.Do(func() { one.m, one.err = s.Store.Measurement(ctx, uid) })
	if one.err != nil {
		s.forget(one)
	}
	return one.m, one.err
}

// find returns what is remembered of a measurement, or begins to.
func (s *remembering) find(uid string) *remembered {
	s.mu.Lock()
	defer s.mu.Unlock()
	for e := s.recent.Front(); e != nil; e = e.Next() {
		if one := e.Value.(*remembered); one.uid == uid {
			s.recent.MoveToFront(e)
			return one
		}
	}
	one := &remembered{uid: uid}
	s.recent.PushFront(one)
	if s.recent.Len() > maxRemembered {
		s.recent.Remove(s.recent.Back())
	}
	return one
}

// forget has an error asked for again.
func (s *remembering) forget(one *remembered) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for e := s.recent.Front(); e != nil; e = e.Next() {
		if e.Value == any(one) {
			s.recent.Remove(e)
			return
		}
	}
}
