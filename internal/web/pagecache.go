package web

import (
	"container/list"
	"context"
	"net/http"
	"sync"
	"time"
)

// pageCache holds answers that were made lately. One is sent again only while nothing that pages show
// has changed, to anybody who is not signed in. Whoever asks for a page that is just being made waits for it.
type pageCache struct {
	state func() (string, bool) // Config.State
	now   func() time.Time
	most  int // bytes kept

	mu     sync.Mutex
	bytes  int
	pages  map[string]*list.Element // of *cachedPage, by address
	order  *list.List               // asked for last at the front
	making map[string]*making       // by address and state
}

const (
	cacheBytes    = 64 << 20
	largestCached = 1 << 20     // of one answer
	longestCached = time.Minute // should a change ever go unnoticed, it is for no longer
	cacheOverhead = 1 << 10     // about what a kept page takes beside its body and address
)

type cachedPage struct {
	address, state string
	until          time.Time
	answer         *answered
	size           int
}

// making is a page that somebody is waiting for.
type making struct {
	done   chan struct{}
	answer *answered // nil: it is not one to be shared
}

func newPageCache(state func() (string, bool)) *pageCache {
	return &pageCache{state: state, now: time.Now, most: cacheBytes, pages: map[string]*list.Element{}, order: list.New(), making: map[string]*making{}}
}

// keeps says whether the answer to a request may be one that was made for somebody else.
func (c *pageCache) keeps(r *request) bool {
	return c != nil && (r.Method == http.MethodGet || r.Method == http.MethodHead) && len(r.RequestURI) < 2048 && !r.hasCookie()
}

// answer returns what f answers to r, kept, waited for or made now; nil where f has answered already, or failed with err.
func (c *pageCache) answer(r *request, f func(*request) error) (*answered, error) {
	state, settled := c.state()
	// A page may name the address it was asked for by.
	address := r.address() + " " + r.lang + " " + r.URL.EscapedPath() + "?" + r.URL.RawQuery
	if a := c.get(address, state); a != nil {
		return a, nil
	}
	if !settled {
		return nil, r.make(f)
	}
	m, mine := c.begin(address + "\x00" + state)
	if !mine {
		select {
		case <-m.done:
		case <-r.Context().Done():
			return nil, context.Cause(r.Context())
		}
		if m.answer != nil {
			return m.answer, nil
		}
		return nil, r.make(f)
	}
	defer c.end(address+"\x00"+state, m)
	r.share = func(a *answered) { m.answer = a }
	err := r.make(f)
	if err == nil && m.answer != nil {
		c.put(&cachedPage{address: address, state: state, until: c.now().Add(longestCached), answer: m.answer, size: len(m.answer.body) + len(address) + cacheOverhead})
	}
	return nil, err
}

func (c *pageCache) begin(key string) (m *making, mine bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if m, ok := c.making[key]; ok {
		return m, false
	}
	m = &making{done: make(chan struct{})}
	c.making[key] = m
	return m, true
}

func (c *pageCache) end(key string, m *making) {
	c.mu.Lock()
	delete(c.making, key)
	c.mu.Unlock()
	close(m.done)
}

func (c *pageCache) get(address, state string) *answered {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.pages[address]
	if !ok {
		return nil
	}
	p := e.Value.(*cachedPage)
	if p.state != state || c.now().After(p.until) {
		c.drop(e)
		return nil
	}
	c.order.MoveToFront(e)
	return p.answer
}

func (c *pageCache) put(p *cachedPage) {
	if p.size > largestCached {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.pages[p.address]; ok {
		c.drop(e)
	}
	c.pages[p.address] = c.order.PushFront(p)
	c.bytes += p.size
	for c.bytes > c.most {
		c.drop(c.order.Back())
	}
}

func (c *pageCache) drop(e *list.Element) {
	p := c.order.Remove(e).(*cachedPage)
	delete(c.pages, p.address)
	c.bytes -= p.size
}
