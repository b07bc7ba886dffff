package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
)

// request is one request for a page.
type request struct {
	*http.Request
	w    http.ResponseWriter
	s    *site
	lang string
	seen seen   // who asks, once that was looked up
	as   string // "cite.bib" or "cite.json": not the page, but what cites it

	leave func()          // gives back the place among those whose pages are being made, once
	share func(*answered) // takes the answer for others who ask for the same; nil: nobody may have it
	inert bool            // the page shows samples, which lead nowhere
	once  bool            // the page is for this reader alone

	titles map[string]string // of lists, once they were looked up
}

// words are the texts in the request's language.
func (r *request) words() words { return r.s.words[r.lang] }

// base is what every page has.
type base struct {
	Lang, Tag, Title string        // Tag is the language as the attribute lang wants it
	Languages        []translation // this page in each language
	Wings            []wing        // the navigation
	Wing             *wing         // the one that the page is of; nil for none
	NoFind           bool          // the page asks for words to search for itself
	Sheet            string        // path of the style sheet
	RuleSet          string
	Version          string
	Invented         share    // of what the page shows
	Desk             *deskBar // nil on public pages
	HasDesk          bool     // there is one to sign in to
	Copy             bool     // it is written as a file

	Would  []string  // what would change what the page states
	Cite   *citation // how it is cited; nil where it states nothing
	Report string    // address of the page on which errors of this one are reported
}

// share is how much of a page is sample data.
type share string

const (
	none share = ""
	some share = "some"
	all  share = "all"
	// fiction is a case that is invented: what it says, and whom it names.
	fiction share = "case"
	// fictions stand beside other things, and are marked one by one.
	fictions share = "marked"
)

type translation struct {
	Lang, Tag, Name, Href string
	Here                  bool
}

func (r *request) base(title string) base {
	b := base{Lang: r.lang, Tag: tongues[r.lang].html, Title: title, Sheet: r.s.sheet, RuleSet: r.s.RuleSet, Version: r.s.Version}
	b.Wings, b.Wing = navigation(r.lang, strings.TrimPrefix(r.URL.Path, prefix(r.lang)))
	b.NoFind = r.URL.Path == prefix(r.lang)+"/search" || r.URL.Path == prefix(r.lang)+"/"
	// The path as it was written: decoding it could make another page, or another site, of it.
	tail := strings.TrimPrefix(r.URL.EscapedPath(), prefix(r.lang))
	if r.URL.RawQuery != "" {
		tail += "?" + r.URL.RawQuery
	}
	if len(tail) > 400 {
		tail = "/" // no page of ours has such an address
	}
	for _, l := range languages {
		b.Languages = append(b.Languages, translation{Lang: l, Tag: tongues[l].html, Name: tongues[l].name, Href: prefix(l) + tail, Here: l == r.lang})
	}
	b.HasDesk, b.Copy, b.Report = r.s.Accounts != nil, r.s.Copy != nil, r.reportHref(tail)
	if b.Desk = r.deskBar(); r.Method == http.MethodPost {
		b.Languages = nil // what a form gave is no page to go back to
	}
	return b
}

// problem is an error that readers are shown: one sentence, the text of key with what filled in.
type problem struct {
	status int
	key    string
	what   string
}

// Error implements error.
func (p *problem) Error() string { return fmt.Sprintf("%d %s %q", p.status, p.key, p.what) }

func (r *request) missing() error { return &problem{http.StatusNotFound, "error.page", r.URL.Path} }

// page turns a page function into a handler, and its error into an answer.
func (s *site) page(lang string, f func(*request) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, hr *http.Request) {
		r := &request{Request: hr, w: w, s: s, lang: lang}
		var err error
		switch {
		case s.cache.keeps(r):
			var a *answered
			if a, err = s.cache.answer(r, f); a != nil {
				err = a.deliver(w, hr)
			}
		case hr.Method == http.MethodGet || hr.Method == http.MethodHead:
			err = r.make(f)
		default:
			w.Header().Set("Allow", "GET, HEAD")
			err = &problem{http.StatusMethodNotAllowed, "error.method", hr.Method}
		}
		if err != nil {
			r.fail(err)
		}
	})
}

// form turns a function that takes what anybody sent into a handler.
func (s *site) form(lang string, f func(*request) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, hr *http.Request) {
		r := &request{Request: hr, w: w, s: s, lang: lang}
		if err := f(r); err != nil {
			r.fail(err)
		}
	})
}

// errorPage says what went wrong, where, and what to do next.
// make has f answer, while not too many others' answers are being made: more at once would only make all of them late.
func (r *request) make(f func(*request) error) error {
	select {
	case r.s.places <- struct{}{}:
	case <-r.Context().Done():
		return r.Context().Err()
	}
	r.leave = sync.OnceFunc(func() { <-r.s.places })
	defer r.leave()
	return f(r)
}

type errorPage struct {
	base
	Kind string // missing, input, refused or ours; error.h.KIND and error.next.KIND are its words
	Text string
}

// faultOf returns whose fault it is that an answer has a status.
func faultOf(status int) string {
	switch {
	case status >= 500:
		return "ours"
	case status == http.StatusNotFound || status == http.StatusGone:
		return "missing"
	case status == http.StatusForbidden || status == http.StatusUnauthorized:
		return "refused"
	}
	return "input"
}

// fail is where errors become answers: a page, or problem details (RFC 9457) for those who ask for JSON.
func (r *request) fail(err error) {
	p := &problem{http.StatusInternalServerError, "error.internal", r.URL.Path}
	if known := errors.As(err, &p); !known || p.status == http.StatusInternalServerError {
		if r.Context().Err() != nil {
			return // the reader has gone
		}
		r.s.Log.Error("page failed", "path", r.URL.Path, "error", err)
	}
	text := r.words().get(p.key, isolate(shorten(p.what, 80)))
	if accept := r.Header.Get("Accept"); strings.Contains(accept, "json") && !strings.Contains(accept, "text/html") {
		body, err := json.Marshal(map[string]any{
			"type": "about:blank", "title": http.StatusText(p.status), "status": p.status, "detail": text, "instance": r.URL.EscapedPath(),
		})
		if err == nil {
			err = r.send(p.status, "application/problem+json", "no-store", append(body, '\n'))
		}
		if err != nil {
			r.s.Log.Error("problem details failed", "path", r.URL.Path, "error", err)
		}
		return
	}
	kind := faultOf(p.status)
	e := errorPage{base: r.base(r.words().get("error.h." + kind)), Kind: kind, Text: text}
	e.NoFind = true // it stands below the words
	if err := r.render(p.status, "error", e); err != nil {
		r.s.Log.Error("error page failed", "path", r.URL.Path, "error", err)
	}
}

// render sends a page: whole, or as an error, never half.
func (r *request) render(status int, name string, page any) error {
	if r.as != "" && status == http.StatusOK {
		return r.sendCitation(page)
	}
	var b bytes.Buffer
	if err := r.s.pages[r.lang].ExecuteTemplate(&b, name+".html", page); err != nil {
		return fmt.Errorf("render %s: %w", name, err)
	}
	cache := "public, max-age=30"
	if status != http.StatusOK {
		cache = "no-store"
	}
	body := b.Bytes()
	if r.inert {
		body = sampleLinks.ReplaceAll(body, []byte(`href="#tables"`))
	}
	return r.send(status, "text/html; charset=utf-8", cache, body)
}

// send writes a body, compressed where the reader takes it, or nothing where the reader has it already.
func (r *request) send(status int, kind, cache string, body []byte) error {
	return r.answer(status, kind, cache, body, true)
}

// verbatim is send for bytes that compression would not make fewer.
func (r *request) verbatim(kind, cache string, body []byte) error {
	return r.answer(http.StatusOK, kind, cache, body, false)
}

func (r *request) answer(status int, kind, cache string, body []byte, pack bool) error {
	if r.s.Copy != nil && strings.HasPrefix(kind, "text/html") {
		body = r.withoutForms(body)
	}
	h := r.w.Header()
	h.Set("Content-Type", kind)
	h.Set("Cache-Control", r.cache(cache))
	h.Set("Vary", r.vary("Accept, Accept-Encoding"))
	shared := r.share != nil && status == http.StatusOK && !r.seen.desk && !r.seen.looked && !r.once && h.Get("Set-Cookie") == "" && !strings.Contains(cache, "no-store")
	a, err := r.s.newAnswered(status, h.Clone(), body, pack && (shared || takesGzip(r.Header.Get("Accept-Encoding"))))
	if err != nil {
		return err
	}
	if shared {
		r.share(a)
	}
	if r.leave != nil {
		r.leave() // who reads slowly keeps nobody waiting
	}
	return a.deliver(r.w, r.Request)
}

// takesGzip reads an Accept-Encoding header.
func takesGzip(accept string) bool {
	for part := range strings.SplitSeq(accept, ",") {
		name, q, weighted := strings.Cut(strings.ReplaceAll(part, " ", ""), ";q=")
		if name != "gzip" {
			continue
		}
		weight, err := strconv.ParseFloat(q, 64)
		return !weighted || err == nil && weight > 0
	}
	return false
}

// Page writes the page at path to w, without a server. An answer that is not 200 comes back as an
// error that says what was wrong, and w gets nothing.
func Page(h http.Handler, path string, w io.Writer) error {
	u, err := url.ParseRequestURI(path)
	if err != nil || u.Host != "" || !strings.HasPrefix(path, "/") {
		return fmt.Errorf("print page: %q is not a path; a path begins with /", path)
	}
	out := &printer{to: w, header: http.Header{}}
	h.ServeHTTP(out, &http.Request{Method: http.MethodGet, URL: u, RequestURI: path, Host: "localhost",
		Header: http.Header{"Accept": {"application/problem+json"}}, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1})
	if out.status == http.StatusOK {
		if out.err != nil {
			return fmt.Errorf("print page %s: %w", path, out.err)
		}
		return nil
	}
	var details struct{ Detail string }
	if json.Unmarshal(out.refusal.Bytes(), &details) == nil && details.Detail != "" {
		return fmt.Errorf("print page %s: %s", path, details.Detail)
	}
	if to := out.header.Get("Location"); to != "" {
		return fmt.Errorf("print page %s: the page is at %s", path, to)
	}
	return fmt.Errorf("print page %s: %d %s", path, out.status, http.StatusText(out.status))
}

// printer is a ResponseWriter that lets only good answers through.
type printer struct {
	to      io.Writer
	header  http.Header
	status  int
	refusal bytes.Buffer
	err     error // of the first write that failed
}

// Header implements http.ResponseWriter.
func (p *printer) Header() http.Header { return p.header }

// WriteHeader implements http.ResponseWriter.
func (p *printer) WriteHeader(status int) {
	if p.status == 0 {
		p.status = status
	}
}

// Write implements http.ResponseWriter.
func (p *printer) Write(b []byte) (int, error) {
	p.WriteHeader(http.StatusOK)
	if p.status != http.StatusOK {
		return p.refusal.Write(b)
	}
	n, err := p.to.Write(b)
	if p.err == nil {
		p.err = err
	}
	return n, err
}
