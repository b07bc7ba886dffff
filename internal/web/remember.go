package web

import "sync"

// remembered are answers that are the same for as long as nothing changes that pages show, by question.
type remembered[T any] struct {
	mu    sync.Mutex
	state string // Config.State
	by    map[string]T
}

// mostRemembered is how many there are at most.
const mostRemembered = 512

// get returns what was found out, or finds it out. Nobody may change what it points to.
func (m *remembered[T]) get(s *site, question string, find func() (T, error)) (T, error) {
	if s.State == nil {
		return find()
	}
	state, settled := s.State()
	if !settled {
		return find()
	}
	m.mu.Lock()
	if m.state != state || len(m.by) >= mostRemembered {
		m.state, m.by = state, map[string]T{}
	}
	out, ok := m.by[question]
	m.mu.Unlock()
	if ok {
		return out, nil
	}
	out, err := find()
	if err != nil {
		return out, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.state == state {
		m.by[question] = out
	}
	return out, nil
}
