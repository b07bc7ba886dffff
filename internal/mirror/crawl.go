// Package mirror goes through a site as a reader would, writes it as files that need no server, and checks such files.
// It knows no page of the site: it asks a handler, follows what the answers refer to, and changes addresses.
package mirror

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
)

// maxBody is the most bytes of a page that is read for what it refers to.
const maxBody = 32 << 20

// Page is one answer of a site.
type Page struct {
	Path     string // the address: path and query
	Pattern  string // the route that answered, as http.ServeMux writes it ("GET /country/{cc}"); "" where the site does not say
	Status   int
	Type     string // content type
	Location string // where a redirect leads
	Header   http.Header
	Body     []byte   // of pages, style sheets, drawings and feeds; of other answers nil
	Size     int64    // bytes of the body, also where it is not kept
	Links    []string // addresses of the same site that it refers to, each once

	hash string // SHA-256 of a body that went elsewhere, in hex
}

// HTML says whether an answer is a page for people.
func (p *Page) HTML() bool { return p.Status == http.StatusOK && mediaType(p.Type) == "text/html" }

// Crawl asks a site for the given addresses and everything they lead to, each address once, nearest first, and shows
// every answer to visit, failures and redirects too. It follows links and what pages load (href, src), in HTML, SVG,
// style sheets and feeds; it sends no form. Only one body is held at a time, beside about a hundred bytes for each
// address. An error of visit ends it; ErrSkipLinks leaves out what that answer refers to.
func Crawl(ctx context.Context, site http.Handler, from []string, visit func(Page) error) error {
	c := crawl{site: site, workers: 1, visit: func(p *Page) error { return visit(*p) }}
	return c.run(ctx, from)
}

// ErrSkipLinks is what a visit returns so that what the answer refers to is not followed from there.
var ErrSkipLinks = errors.New("skip the links of this answer")

// crawl is Crawl with what the writer of mirrors needs beyond it.
type crawl struct {
	site    http.Handler
	workers int
	visit   func(p *Page) error
	follow  func(from *Page, ref Ref, to string) (address string, ok bool) // what is asked for instead; nil: everything as it is
	sink    func(p *Page) (io.WriteCloser, error)                          // where bodies go that are not kept; nil: nowhere
	known   func(address string) *Page                                     // an answer that is there already; nil: none
	queued  int                                                            // addresses known of and not asked for yet
}

// run goes through the site in the order of a queue: several answers at once, shown one after the other.
func (c *crawl) run(ctx context.Context, from []string) error {
	seen := map[[16]byte]struct{}{}
	var todo []string
	add := func(address string) {
		sum := sha256.Sum256([]byte(address))
		key := [16]byte(sum[:16])
		if _, had := seen[key]; !had {
			seen[key] = struct{}{}
			todo = append(todo, address)
		}
	}
	for _, f := range from {
		address, _, ok := Address("/", f)
		if !ok {
			return fmt.Errorf("crawl from %q: it is no address of the site; it begins with /", f)
		}
		add(address)
	}
	for len(todo) > 0 {
		chunk := todo[:min(len(todo), 4*c.workers)]
		if c.workers == 1 {
			chunk = todo[:1]
		}
		todo = todo[len(chunk):]
		c.queued = len(todo)
		pages, err := c.fetchAll(ctx, chunk)
		if err != nil {
			return err
		}
		for _, p := range pages {
			switch err := c.visit(p); {
			case errors.Is(err, ErrSkipLinks):
			case err != nil:
				return err
			default:
				for _, l := range p.Links {
					add(l)
				}
			}
		}
	}
	return nil
}

// fetchAll asks for several addresses at once; answers come back in the order of the addresses.
func (c *crawl) fetchAll(ctx context.Context, chunk []string) ([]*Page, error) {
	pages, errs := make([]*Page, len(chunk)), make([]error, len(chunk))
	var wg sync.WaitGroup
	places := make(chan struct{}, c.workers)
	for i, address := range chunk {
		if c.known != nil {
			if pages[i] = c.known(address); pages[i] != nil {
				continue
			}
		}
		places <- struct{}{}
		wg.Go(func() {
			defer func() { <-places }()
			pages[i], errs[i] = c.fetch(ctx, address)
		})
	}
	wg.Wait()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return pages, errors.Join(errs...)
}

// fetch asks for one address.
func (c *crawl) fetch(ctx context.Context, address string) (*Page, error) {
	u, err := url.ParseRequestURI(address)
	if err != nil {
		return nil, fmt.Errorf("ask for %s: %w", address, err)
	}
	r := (&http.Request{Method: http.MethodGet, URL: u, RequestURI: address, Host: "localhost", RemoteAddr: "127.0.0.1:1", Body: http.NoBody,
		Header: http.Header{"Accept": {"text/html, */*"}}, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1}).WithContext(ctx)
	a := &answer{page: &Page{Path: address, Header: http.Header{}}, sink: c.sink}
	if err := a.from(c.site, r); err != nil {
		return nil, fmt.Errorf("ask for %s: %w", address, err)
	}
	p := a.page
	p.Pattern = r.Pattern
	if a.kept {
		p.Body = a.body.Bytes()
	}
	switch {
	case p.Location != "":
		c.links(p, []Ref{{Value: p.Location}})
	case p.Status == http.StatusOK:
		c.links(p, Refs(p.Type, p.Body))
	}
	return p, nil
}

// links collects what a page refers to within the site.
func (c *crawl) links(p *Page, refs []Ref) {
	had := map[string]bool{}
	for _, ref := range refs {
		to, _, ok := Address(p.Path, ref.Value)
		if !ok || strings.HasPrefix(ref.Value, "#") {
			continue
		}
		if c.follow != nil {
			to, ok = c.follow(p, ref, to)
		}
		if ok && !had[to] {
			had[to] = true
			p.Links = append(p.Links, to)
		}
	}
}

// answer is a ResponseWriter that keeps bodies with references, and passes the others on.
type answer struct {
	page  *Page
	sink  func(p *Page) (io.WriteCloser, error)
	begun bool
	kept  bool
	body  bytes.Buffer
	to    io.WriteCloser
	err   error
}

// from runs the handler; one that breaks off is an error.
func (a *answer) from(h http.Handler, r *http.Request) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the answer broke off: %v", p)
		}
		if a.to != nil {
			err = errors.Join(err, a.to.Close())
		}
	}()
	h.ServeHTTP(a, r)
	if err := r.Context().Err(); err != nil {
		return err // what a handler answers to somebody who has gone is no page
	}
	a.WriteHeader(http.StatusOK)
	return a.err
}

// Header implements http.ResponseWriter.
func (a *answer) Header() http.Header { return a.page.Header }

// WriteHeader implements http.ResponseWriter.
func (a *answer) WriteHeader(status int) {
	if a.begun {
		return
	}
	p := a.page
	a.begun, p.Status, p.Type, p.Location = true, status, p.Header.Get("Content-Type"), p.Header.Get("Location")
	switch {
	case refers(p.Type):
		a.kept = true
	case status == http.StatusOK && a.sink != nil:
		a.to, a.err = a.sink(p)
	}
}

// Write implements http.ResponseWriter.
func (a *answer) Write(b []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	if a.err != nil {
		return 0, a.err
	}
	a.page.Size += int64(len(b))
	switch {
	case a.kept && a.body.Len()+len(b) > maxBody:
		a.err = fmt.Errorf("the page has more than %d bytes", maxBody)
	case a.kept:
		a.body.Write(b)
	case a.to != nil:
		_, a.err = a.to.Write(b)
	}
	if a.err != nil {
		return 0, a.err
	}
	return len(b), nil
}
