// Package web shows what the store holds as pages: typed page structs, templates, one style sheet,
// no script. Everything works in a browser with scripts off, stays small, and says how sure it is.
package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"html/template"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"

	"veedor/internal/measure/store"
	"veedor/internal/measure/verdict"
)

//go:embed templates static i18n
var files embed.FS

// Evidence returns archived bytes by their SHA-256 in hex.
type Evidence interface {
	Raw(hash string) ([]byte, error)
}

// Facts names countries and categories.
type Facts interface {
	CountryName(cc, lang string) string
	CategoryName(code, lang string) string
}

// Config is what the pages are made of.
type Config struct {
	Store    store.Store
	Evidence Evidence
	Facts    func() Facts // of today
	AllRules []verdict.Rule
	RuleSet  string
	Version  string
	Log      *slog.Logger
}

// site is the handler behind all pages.
type site struct {
	Config
	rules map[string]verdict.Rule
	words map[string]words              // by language
	pages map[string]*template.Template // by language
	style []byte
	sheet string // the style sheet's path, with its hash
}

// New returns the handler for the whole site.
func New(c Config) http.Handler {
	s := &site{Config: c, rules: map[string]verdict.Rule{}, words: map[string]words{}, pages: map[string]*template.Template{}}
	for _, r := range c.AllRules {
		s.rules[r.ID] = r
	}
	s.style = mustRead("static/style.css")
	sum := sha256.Sum256(s.style)
	s.sheet = "/static/style." + hex.EncodeToString(sum[:6]) + ".css"
	for _, lang := range languages {
		s.words[lang] = mustWords(lang)
		s.pages[lang] = mustTemplates(s, lang)
	}
	mux := http.NewServeMux()
	for pattern, h := range map[string]func(*request) error{
		"/{$}":                   s.home,
		"/country/{cc}":          s.country,
		"/network/{asn}":         s.network,
		"/target/{name}":         s.target,
		"/measurement/{uid}":     s.measurement,
		"/measurement/{uid}/raw": s.raw,
		"/measurements":          s.measurements,
		"/rules":                 s.rulesPage,
		"/about":                 s.about,
		"/export/{file}":         s.export,
	} {
		for _, lang := range languages {
			mux.Handle("GET "+prefix(lang)+pattern, s.page(lang, h))
		}
	}
	mux.HandleFunc("GET "+s.sheet, s.css)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.Handle("/", s.page("en", func(r *request) error { return r.missing() }))
	mux.Handle("/es/", s.page("es", func(r *request) error { return r.missing() }))
	return guard(mux)
}

func mustTemplates(s *site, lang string) *template.Template {
	return template.Must(template.New("").Funcs(s.funcs(lang)).ParseFS(files, "templates/*.html"))
}

func mustRead(name string) []byte {
	b, err := files.ReadFile(name)
	if err != nil {
		panic(err) // embedded
	}
	return b
}

// guard sets the headers every answer carries.
func guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		next.ServeHTTP(w, r)
	})
}

// request is one request for a page.
type request struct {
	*http.Request
	w    http.ResponseWriter
	s    *site
	lang string
}

// problem is an error that readers are shown.
type problem struct {
	status int
	key    string // of the sentence
	what   string
}

func (p *problem) Error() string { return fmt.Sprintf("%d %s %s", p.status, p.key, p.what) }

func (r *request) missing() error { return &problem{http.StatusNotFound, "error.page", r.URL.Path} }

// page turns a page function into a handler, and its error into an answer.
func (s *site) page(lang string, f func(*request) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, hr *http.Request) {
		r := &request{Request: hr, w: w, s: s, lang: lang}
		if hr.Method != http.MethodGet && hr.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			s.fail(r, &problem{http.StatusMethodNotAllowed, "error.method", hr.Method})
			return
		}
		if err := f(r); err != nil {
			s.fail(r, err)
		}
	})
}

// fail is where errors become answers.
func (s *site) fail(r *request, err error) {
	p := &problem{http.StatusInternalServerError, "error.internal", ""}
	if !errors.As(err, &p) {
		if r.Context().Err() != nil {
			return // the reader has gone
		}
		s.Log.Error("page failed", "path", r.URL.Path, "error", err)
	}
	text := s.words[r.lang].get(p.key, shorten(p.what, 80))
	if strings.Contains(r.Header.Get("Accept"), "json") {
		r.w.Header().Set("Content-Type", "application/problem+json")
		r.w.WriteHeader(p.status)
		fmt.Fprintf(r.w, `{"type":"about:blank","status":%d,"title":%q,"detail":%q}`+"\n", p.status, http.StatusText(p.status), text)
		return
	}
	page := errorPage{base: r.base(s.words[r.lang].get("error.title")), Text: text}
	if err := r.render(p.status, "error", page); err != nil {
		s.Log.Error("error page failed", "error", err)
	}
}

type errorPage struct {
	base
	Text string
}

// base is what every page has.
type base struct {
	Lang, Title  string
	Here         string // path and query in this language
	Other        []translation
	Sheet        string
	RuleSet      string
	Version      string
	Invented     bool
	Descriptions string
}

type translation struct{ Lang, Name, Href string }

func (r *request) base(title string) base {
	tail := strings.TrimPrefix(r.URL.Path, prefix(r.lang))
	if tail == "" {
		tail = "/"
	}
	if r.URL.RawQuery != "" {
		tail += "?" + r.URL.RawQuery
	}
	if len(tail) > 400 {
		tail = "/" // no page of ours has such an address
	}
	b := base{Lang: r.lang, Title: title, Here: prefix(r.lang) + tail, Sheet: r.s.sheet, RuleSet: r.s.RuleSet, Version: r.s.Version}
	for _, l := range languages {
		if l != r.lang {
			b.Other = append(b.Other, translation{l, names[l], prefix(l) + tail})
		}
	}
	return b
}

// render writes a page: whole, or as an error, never half.
func (r *request) render(status int, name string, page any) error {
	var b bytes.Buffer
	if err := r.s.pages[r.lang].ExecuteTemplate(&b, name+".html", page); err != nil {
		return fmt.Errorf("render %s: %w", name, err)
	}
	return r.send(status, "text/html; charset=utf-8", b.Bytes())
}

// send writes a body, compressed where the reader takes it.
func (r *request) send(status int, kind string, body []byte) error {
	h := r.w.Header()
	h.Set("Content-Type", kind)
	h.Set("Vary", "Accept-Encoding")
	sum := sha256.Sum256(body)
	etag := `"` + hex.EncodeToString(sum[:8]) + `"`
	if status == http.StatusOK {
		h.Set("ETag", etag)
		h.Set("Cache-Control", "max-age=30")
		if r.Header.Get("If-None-Match") == etag {
			r.w.WriteHeader(http.StatusNotModified)
			return nil
		}
	}
	if len(body) > 1024 && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		var z bytes.Buffer
		g := gzip.NewWriter(&z)
		if _, err := g.Write(body); err != nil {
			return err
		}
		if err := g.Close(); err != nil {
			return err
		}
		h.Set("Content-Encoding", "gzip")
		body = z.Bytes()
	}
	h.Set("Content-Length", fmt.Sprint(len(body)))
	r.w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = r.w.Write(body) // a reader who has gone is no fault of ours
	}
	return nil
}

func (s *site) css(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	_, _ = w.Write(s.style) // as in send
}

// Page prints the page at path, without a server. A page that is an error comes back as one.
func Page(h http.Handler, path string, w io.Writer) error {
	u, err := url.ParseRequestURI(path)
	if err != nil {
		return fmt.Errorf("print page: %q is not a path; it begins with /", path)
	}
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, &http.Request{Method: http.MethodGet, URL: u, Header: http.Header{}, Host: "localhost", Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1})
	if rec.Code != http.StatusOK {
		return fmt.Errorf("print page %s: %d %s", path, rec.Code, http.StatusText(rec.Code))
	}
	_, err = io.Copy(w, rec.Body)
	return err
}
