package capture

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"veedor/internal/evidence/recorder"
)

// site is a server whose pages can be edited.
type site struct {
	*httptest.Server
	mu    sync.Mutex
	pages map[string]func(http.ResponseWriter)
}

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{pages: map[string]func(http.ResponseWriter){}}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		f := s.pages[r.URL.Path]
		s.mu.Unlock()
		if f == nil {
			http.NotFound(w, r)
			return
		}
		f(w)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *site) serve(path string, f func(http.ResponseWriter)) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pages[path] = f
	return s.URL + path
}

func (s *site) page(path, html string) string {
	return s.serve(path, func(w http.ResponseWriter) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, html)
	})
}

// ticking is a clock that moves on a second each time it is read.
type ticking struct {
	mu sync.Mutex
	at time.Time
}

func (c *ticking) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(time.Second)
	return c.at
}

func (c *ticking) skip(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

func tickingCaptures(t *testing.T) (*Captures, *ticking) {
	t.Helper()
	clock := &ticking{at: now()}
	c, err := Open(t.TempDir(), Options{Now: clock.now, Software: "veedor test"})
	if err != nil {
		t.Fatal(err)
	}
	return c, clock
}

// local asks for a page of a test's server, without a browser.
func local(url string) Request {
	return Request{URL: url, Kind: Document, AllowPrivate: true, Operator: "desk", Network: "AS64500 Test"}
}

func take(t *testing.T, c *Captures, q Request) *Capture {
	t.Helper()
	x, err := c.Take(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func TestTake(t *testing.T) {
	s := newSite(t)
	url := s.page("/decreto", article)
	from := s.serve("/corto", func(w http.ResponseWriter) { w.Header().Set("Location", "/decreto"); w.WriteHeader(302) })
	c, _ := tickingCaptures(t)
	x := take(t, c, local(from+"#parte"))
	if x.URL != from || x.Final != url || x.Status != 200 || x.Type != "text/html" || x.Kind != Document || x.Title != "El decreto" || x.Lang != "es" ||
		x.Operator != "desk" || x.Network != "AS64500 Test" || x.Exchanges != 2 || x.Partial != "" {
		t.Errorf("got %+v", x)
	}
	whole(t, c, x, []byte(article))
	text, err := c.Text(x.Hash)
	if err != nil || !strings.Contains(text, "firmado el viernes") || hashOf([]byte(text)) != x.TextHash {
		t.Errorf("text %q, %v", text, err)
	}
	main, err := c.Main(x.Hash[:8])
	if err != nil || !strings.Contains(main, "firmado el viernes") || strings.Contains(main, "Inicio") {
		t.Errorf("main text %q, %v", main, err)
	}
	list, err := c.Exchanges(x.Hash, 0)
	if err != nil || len(list) != 2 || list[0].URL != from || list[1].URL != url || !list[1].Main || list[1].Status != "HTTP/1.1 200 OK" || !strings.HasPrefix(list[0].Request, "GET /corto ") {
		t.Errorf("exchanges %+v, %v", list, err)
	}
	if s, err := c.Shown(x.Hash); err != nil || !s.Snippet || !s.Screenshot || s.Text || s.Package {
		t.Errorf("shown: %+v, %v", s, err)
	}
	if err := c.Public(t.Context(), x.Hash, true, "M.", "an official text"); err != nil {
		t.Fatal(err)
	}
	if s, err := c.Shown(x.Hash); err != nil || !s.Text || !s.Package || s.Decision.By != "M." {
		t.Errorf("shown after the decision: %+v, %v", s, err)
	}
	// What another process sees.
	other, err := Open(strings.TrimSuffix(c.dir, "/captures"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	again, err := other.Get(x.Hash)
	if err != nil || again.Title != x.Title || !again.At.Equal(x.At) {
		t.Errorf("read again: %+v, %v", again, err)
	}
	sound(t, c, 1)
}

// TestRefused: hostile pages are refused with a reason, which stands in the journal, and leave nothing behind.
func TestRefused(t *testing.T) {
	s := newSite(t)
	tests := []struct{ what, url, reason string }{
		{"a file", "file:///etc/passwd", "only http and https"},
		{"a browser's own page", "chrome://settings", "only http and https"},
		{"a script", "javascript:alert(1)", "only http and https"},
		{"a password", "https://user:secret@diario.example/", "user name"},
		{"no address", "decreto", "whole address"},
		{"no server", "https:///x", "names no server"},
		{"a private address", "http://10.0.0.1/", "10.0.0.1"},
		{"loopback", "http://localhost/", "this machine"},
		{"link-local, in disguise", "http://[::ffff:169.254.169.254]/latest/meta-data/", "169.254"},
		{"redirects without end", s.serve("/r", func(w http.ResponseWriter) { w.Header().Set("Location", "/r"); w.WriteHeader(302) }), "redirects"},
		{"a redirect to a file", s.serve("/f", func(w http.ResponseWriter) { w.Header().Set("Location", "file:///etc/passwd"); w.WriteHeader(302) }), "file"},
		{"a redirect to the cloud's own address", s.serve("/m", func(w http.ResponseWriter) {
			w.Header().Set("Location", "http://169.254.169.254/latest/meta-data/")
			w.WriteHeader(302)
		}), "169.254"},
		{"a body without end", s.serve("/big", func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", "text/html")
			_, _ = io.Copy(w, io.LimitReader(zeros{}, 1<<30))
		}), "too long"},
		{"a decompression bomb", s.serve("/bomb", func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", "text/html")
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			_, _ = io.Copy(z, io.LimitReader(zeros{}, 64<<20))
			_ = z.Close()
		}), "decompression bomb"},
	}
	c, _ := tickingCaptures(t)
	for _, tt := range tests {
		t.Run(tt.what, func(t *testing.T) {
			q := local(tt.url)
			q.AllowPrivate = strings.HasPrefix(tt.url, s.URL)
			q.Limits.Object = 4 << 20
			x, err := c.Take(t.Context(), q)
			if x != nil || !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), tt.reason) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %v, %v", x, err)
			}
		})
	}
	list, err := c.Refusals()
	if err != nil || len(list) != len(tests) {
		t.Fatalf("%d refusals in the journal, want %d; %v", len(list), len(tests), err)
	}
	for i, e := range list {
		if tt := tests[len(tests)-1-i]; e.What != Refused || !strings.Contains(e.Refusal.Why, tt.reason) {
			t.Errorf("%s: the journal says %+v", tt.what, e.Refusal)
		}
	}
	if left, err := os.ReadDir(c.dir + "/tmp"); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	sound(t, c, 0)
}

func TestNoAnswer(t *testing.T) {
	s := httptest.NewServer(nil)
	s.Close()
	c, _ := tickingCaptures(t)
	x, err := c.Take(t.Context(), local(s.URL))
	if x != nil || !errors.Is(err, recorder.ErrUnreachable) {
		t.Errorf("got %v, %v", x, err)
	}
	list, err := c.Refusals()
	if err != nil || len(list) != 1 || list[0].What != Failed {
		t.Errorf("journal: %+v, %v", list, err)
	}
}

// TestQuotes: quotes are anchored, kept, and looked for in every later capture of the page.
func TestQuotes(t *testing.T) {
	s := newSite(t)
	c, _ := tickingCaptures(t)
	first := take(t, c, local(s.page("/a", article)))
	signed, err := c.Quote(t.Context(), first.Hash, Words{Exact: "fue firmado el viernes por la noche", By: "M.", Translation: "was signed on Friday night", Into: "en", Translator: "M."})
	if err != nil {
		t.Fatal(err)
	}
	pages, err := c.Quote(t.Context(), first.Hash, Words{Exact: "El texto completo, de cuarenta páginas, no ha sido publicado en la gaceta"})
	if err != nil {
		t.Fatal(err)
	}
	spokesman, err := c.Quote(t.Context(), first.Hash, Words{Exact: "Un portavoz del ministerio dijo que el documento será público cuando termine su revisión"})
	if err != nil {
		t.Fatal(err)
	}
	text, err := c.Text(first.Hash)
	if err != nil || string([]rune(text)[signed.Selector.Start:signed.Selector.End]) != signed.Selector.Exact || signed.Lang != "es" {
		t.Errorf("anchored at %+v, %v", signed, err)
	}
	if _, err := c.Quote(t.Context(), first.Hash, Words{Exact: "words that are not there"}); err == nil {
		t.Error("words that are not there were quoted")
	}
	if _, err := c.Quote(t.Context(), first.Hash, Words{Exact: "de"}); err == nil {
		t.Error("words that stand there many times were quoted")
	}
	edited := strings.Replace(article, "de cuarenta páginas, no ha sido publicado", "de doce páginas, ya ha sido publicado", 1)
	at := strings.Index(edited, "<p>Un portavoz")
	edited = edited[:at] + "</article></body></html>"
	second := take(t, c, local(s.page("/a", edited)))
	for id, want := range map[string]string{signed.ID: Found, pages.ID: Changed, spokesman.ID: Lost} {
		q, err := c.Quotation(id)
		if err != nil || len(q.History) != 1 || q.History[0].Outcome != want || q.History[0].Capture != second.Hash || q.Capture != first.Hash {
			t.Errorf("want %s, got %+v, %v", want, q, err)
			continue
		}
		if want == Changed && len(q.History[0].Edits) < 2 {
			t.Errorf("no difference: %+v", q.History[0])
		}
	}
	// A quote made later is looked for in what was captured since.
	late, err := c.Quote(t.Context(), first.Hash, Words{Exact: "tres personas que estuvieron presentes"})
	if err != nil || len(late.History) != 1 || late.History[0].Outcome != Found {
		t.Errorf("got %+v, %v", late, err)
	}
	if list, err := c.Quotes(first.Hash); err != nil || len(list) != 4 || list[0].ID != signed.ID {
		t.Errorf("quotes: %+v, %v", list, err)
	}
	if again, err := c.Requote(t.Context(), second.Hash); err != nil || len(again) > 0 {
		t.Errorf("looked for twice: %+v, %v", again, err)
	}
}

// check looks at all watched pages and returns what came of the only one.
func check(t *testing.T, c *Captures) Look {
	t.Helper()
	var out []Look
	err := c.CheckDue(t.Context(), true, Request{AllowPrivate: true, Operator: "desk"}, func(l Look) { out = append(out, l) })
	if err != nil || len(out) != 1 || out[0].Err != nil {
		t.Fatalf("checked: %+v, %v", out, err)
	}
	return out[0]
}

func kinds(l Look) string {
	var out []string
	for _, a := range l.Alerts {
		out = append(out, a.Kind)
	}
	return strings.Join(out, " ")
}

// TestWatch: silent edits, corrections, lost quotes, pages that are gone and back.
func TestWatch(t *testing.T) {
	s := newSite(t)
	c, clock := tickingCaptures(t)
	url := s.page("/a", article)
	if _, err := c.Watch(t.Context(), Watch{URL: url, Every: 3600, Kind: Document}); err != nil {
		t.Fatal(err)
	}
	if l := check(t, c); l.Outcome != CheckFirst || len(l.Alerts) > 0 {
		t.Errorf("first: %+v", l)
	}
	if l := check(t, c); l.Outcome != CheckSame || len(l.Alerts) > 0 {
		t.Errorf("unchanged: %+v", l)
	}
	list, err := c.List(Filter{URL: url})
	if err != nil || len(list) != 2 {
		t.Fatalf("%d captures, %v", len(list), err)
	}
	if _, err := c.Quote(t.Context(), list[0].Hash, Words{Exact: "no ha sido publicado en la gaceta"}); err != nil {
		t.Fatal(err)
	}
	silent := strings.Replace(article, "no ha sido publicado", "ya ha sido publicado", 1)
	s.page("/a", silent)
	take(t, c, local(url)) // somebody captures it in between; the edit is told all the same
	l := check(t, c)
	if l.Outcome != CheckChanged || kinds(l) != Edited+" "+QuoteChanged || l.Alerts[0].Correction != "" || l.Alerts[0].Added == 0 || len(l.Alerts[0].Edits) == 0 {
		t.Errorf("silently edited: %s %+v", kinds(l), l)
	}
	if l := check(t, c); l.Outcome != CheckSame || len(l.Alerts) > 0 {
		t.Errorf("told twice: %+v", l)
	}
	s.page("/a", strings.Replace(strings.Replace(silent, "cuarenta", "doce", 1), "</article>", "<p>Corrección: una versión anterior de este artículo decía que el texto tiene cuarenta páginas.</p></article>", 1))
	if l := check(t, c); kinds(l) != Edited || !strings.Contains(l.Alerts[0].Correction, "Corrección") {
		t.Errorf("corrected: %s %+v", kinds(l), l)
	}
	s.serve("/a", func(w http.ResponseWriter) { w.WriteHeader(http.StatusServiceUnavailable) })
	for i := range 4 {
		want := ""
		if i == failures-1 {
			want = Gone
		}
		if l := check(t, c); l.Outcome != CheckFailed || kinds(l) != want || l.Status != 503 {
			t.Errorf("failure %d: %s %+v", i+1, kinds(l), l)
		}
	}
	s.page("/a", article)
	if l := check(t, c); kinds(l) != Back+" "+Edited {
		t.Errorf("back: %s %+v", kinds(l), l)
	}
	s.serve("/a", func(w http.ResponseWriter) { w.WriteHeader(http.StatusGone) })
	if l := check(t, c); kinds(l) != Gone {
		t.Errorf("gone: %s %+v", kinds(l), l)
	}
	// Only what is due is looked at.
	n := 0
	count := func(Look) { n++ }
	if err := c.CheckDue(t.Context(), false, Request{AllowPrivate: true}, count); err != nil || n != 0 {
		t.Errorf("%d checked before they were due, %v", n, err)
	}
	clock.skip(2 * time.Hour)
	if err := c.CheckDue(t.Context(), false, Request{AllowPrivate: true}, count); err != nil || n != 1 {
		t.Errorf("%d checked when they were due, %v", n, err)
	}
	if _, err := c.Watch(t.Context(), Watch{URL: url}); err != nil {
		t.Fatal(err)
	}
	if w, err := c.Watches(); err != nil || len(w) > 0 {
		t.Errorf("watched after it was stopped: %+v, %v", w, err)
	}
	alerts, err := c.Alerts()
	if err != nil || len(alerts) != 7 || alerts[0].Kind != Gone || alerts[0].At.IsZero() {
		t.Errorf("alerts: %+v, %v", alerts, err)
	}
	ids := map[string]bool{}
	for _, a := range alerts {
		ids[a.ID] = true
	}
	if len(ids) != len(alerts) {
		t.Errorf("%d alerts have %d ids", len(alerts), len(ids))
	}
}

// TestWatchPicture: what has no text is compared by its bytes.
func TestWatchPicture(t *testing.T) {
	s := newSite(t)
	c, _ := tickingCaptures(t)
	colour := byte(0)
	url := s.serve("/mapa.png", func(w http.ResponseWriter) {
		w.Header().Set("Content-Type", "image/png")
		_, _ = w.Write(append(picture(t), colour))
	})
	if _, err := c.Watch(t.Context(), Watch{URL: url, Every: 3600, Kind: Document}); err != nil {
		t.Fatal(err)
	}
	if l := check(t, c); l.Outcome != CheckFirst || l.Taken.Kind != Media || l.Taken.BodyHash != hashOf(append(picture(t), 0)) {
		t.Errorf("first: %+v %+v", l, l.Taken)
	}
	if l := check(t, c); l.Outcome != CheckSame || len(l.Alerts) > 0 {
		t.Errorf("same: %+v", l)
	}
	colour = 1
	if l := check(t, c); l.Outcome != CheckChanged || kinds(l) != Edited {
		t.Errorf("another: %+v", l)
	}
}

func TestAgreement(t *testing.T) {
	s := newSite(t)
	c, clock := tickingCaptures(t)
	url := s.page("/a", article)
	ours := take(t, c, local(url))
	take(t, c, local(url)) // ours again: says nothing
	elsewhere := local(url)
	elsewhere.Network = "Tor"
	same := take(t, c, elsewhere)
	s.page("/a", strings.Replace(article, "cuarenta", "doce", 1))
	elsewhere.Operator = "another desk"
	other := take(t, c, elsewhere)
	clock.skip(72 * time.Hour)
	take(t, c, elsewhere) // too late to say anything
	list, err := c.Agreement(ours.Hash)
	if err != nil || len(list) != 2 {
		t.Fatalf("%+v, %v", list, err)
	}
	if a := list[0]; a.Other.Hash != same.Hash || !a.Agrees {
		t.Errorf("over another network: %+v", a)
	}
	if a := list[1]; a.Other.Hash != other.Hash || a.Agrees || a.Added != len("doce") || a.Removed != len("cuarenta") {
		t.Errorf("another text: %+v", a)
	}
}

// TestKey: what is the same page.
func TestKey(t *testing.T) {
	tests := []struct {
		a, b string
		same bool
	}{
		{"https://diario.example/a", "http://www.diario.example/a#fin", true},
		{"https://diario.example/a?utm_source=x&id=1", "https://DIARIO.example/a?id=1&fbclid=abc", true},
		{"https://diario.example/a?b=2&a=1", "https://diario.example/a?a=1&b=2", true},
		{"https://diario.example/a?id=1", "https://diario.example/a?id=2", false},
		{"https://diario.example/a", "https://diario.example/b", false},
		{"https://peñón.example/", "https://xn--pen-8mak.example/", true},
	}
	for _, tt := range tests {
		_, a, err := address(tt.a)
		if err != nil {
			t.Fatal(err)
		}
		_, b, err := address(tt.b)
		if err != nil {
			t.Fatal(err)
		}
		if (a == b) != tt.same {
			t.Errorf("%s and %s: %s and %s", tt.a, tt.b, a, b)
		}
	}
}

// heard is a log that remembers what it was told.
type heard struct {
	captures, events []string
	err              error
}

func (h *heard) Append(_ context.Context, captures, events []string) error {
	h.captures, h.events = append(h.captures, captures...), append(h.events, events...)
	return h.err
}

// TestLog: the log is told of every capture and every line; when it fails, what was done is done.
func TestLog(t *testing.T) {
	s := newSite(t)
	log := &heard{}
	c, err := Open(t.TempDir(), Options{Now: now, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	x := take(t, c, local(s.page("/a", article)))
	if _, err := c.Quote(t.Context(), x.Hash, Words{Exact: "fue firmado el viernes"}); err != nil {
		t.Fatal(err)
	}
	entries, err := c.Entries()
	if err != nil || len(log.captures) != 1 || log.captures[0] != x.Hash || len(log.events) != len(entries) || log.events[1] != entries[1].Hash {
		t.Errorf("told %+v of %d entries, %v", log, len(entries), err)
	}
	log.err = errors.New("the disk is full")
	y, err := c.Take(t.Context(), local(s.URL+"/a"))
	if y == nil || !errors.Is(err, ErrNotLogged) {
		t.Errorf("got %v, %v", y, err)
	}
	sound(t, c, 2)
}

// TestDamage: what is flipped, missing, extra or unlisted is found; what a killed process left is taken over.
func TestDamage(t *testing.T) {
	s := newSite(t)
	c, _ := tickingCaptures(t)
	var all []*Capture
	for i := range 3 {
		all = append(all, take(t, c, local(s.page(fmt.Sprintf("/%d", i), article))))
	}
	journal := c.dir + "/journal.jsonl"
	lines, err := os.ReadFile(journal)
	if err != nil {
		t.Fatal(err)
	}
	damage := func(path string, f func([]byte) []byte) {
		t.Helper()
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(os.Remove(path), os.WriteFile(path, f(bytes.Clone(b)), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	damage(c.path(all[0].Hash), func(b []byte) []byte { b[len(b)/2] ^= 1; return b })
	if err := os.Remove(c.path(all[1].Hash)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(c.dir+"/notes.txt", nil, 0o644); err != nil {
		t.Fatal(err)
	}
	damage(journal, func(b []byte) []byte { return b[:bytes.LastIndexByte(b[:len(b)-1], '\n')+1] }) // killed before the line was written
	c, err = Open(strings.TrimSuffix(c.dir, "/captures"), Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	r, err := c.Fsck(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, p := range r.Problems {
		got[p.Kind] = p.Where
	}
	for kind, hash := range map[string]string{"corrupt": all[0].Hash, "missing": all[1].Hash, "unlisted": all[2].Hash, "extra": "notes.txt"} {
		if !strings.Contains(got[kind], hash) {
			t.Errorf("%s: %q, want %s", kind, got[kind], hash)
		}
	}
	if len(r.Problems) != 4 || r.Captures != 0 {
		t.Errorf("report: %+v", r)
	}
	x, err := c.Adopt(t.Context(), all[2].Hash[:10])
	if err != nil || x.Hash != all[2].Hash || x.Title != all[2].Title || !x.Adopted || !x.At.Equal(all[2].At) {
		t.Errorf("adopted: %+v, %v", x, err)
	}
	if _, err := c.Adopt(t.Context(), all[0].Hash); err == nil {
		t.Error("damaged bytes were adopted")
	}
	damage(journal, func([]byte) []byte { return bytes.Replace(lines, []byte("desk"), []byte("DESK"), 1) })
	if r, err := (mustOpenBroken(t, c)).Fsck(t.Context(), nil); err != nil || len(r.Problems) == 0 {
		t.Errorf("an edited journal: %+v, %v", r, err)
	}
}

// TestHostileJournal: hashes name files, and a line whose hash is none is a problem, never a path.
func TestHostileJournal(t *testing.T) {
	for _, hash := range []string{"", "ab", "../../../etc/passwd", strings.Repeat("Z", 64), strings.Repeat("a", 63) + "/"} {
		c, _ := tickingCaptures(t)
		if _, err := c.journal.Append(func([]Entry) ([]Entry, error) { return []Entry{{What: Captured, Capture: &Capture{Hash: hash}}}, nil }); err != nil {
			t.Fatal(err)
		}
		r, err := mustOpenBroken(t, c).Fsck(t.Context(), nil)
		if err != nil || len(r.Problems) != 1 || r.Problems[0].Kind != "journal" {
			t.Errorf("%q: %+v, %v", hash, r, err)
		}
	}
}

// mustOpenBroken returns the captures as a process sees them that reads the journal anew.
func mustOpenBroken(t *testing.T, c *Captures) *Captures {
	t.Helper()
	fresh, err := Open(strings.TrimSuffix(c.dir, "/captures"), Options{Now: now})
	if err == nil {
		t.Fatal("a broken journal was opened")
	}
	return fresh
}

// TestBrowser captures a page with what it loads, and its screenshot.
func TestBrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a browser")
	}
	if _, err := exec.LookPath("chromium"); err != nil {
		t.Skip("there is no chromium")
	}
	s := newSite(t)
	s.serve("/s.js", func(w http.ResponseWriter) {
		_, _ = io.WriteString(w, `document.querySelector('p').textContent = 'Escrito por un guion: el decreto fue firmado el viernes, según tres personas presentes en la reunión.'`)
	})
	url := s.page("/a", strings.Replace(article, "</body>", `<img src="http://10.1.2.3/espia.png"><script src="/s.js"></script></body>`, 1))
	c, _ := tickingCaptures(t)
	q := local(url)
	q.Kind = Page
	x := take(t, c, q)
	if x.Kind != Page || x.Status != 200 || x.Exchanges < 2 {
		t.Errorf("got %+v", x)
	}
	text, err := c.Text(x.Hash)
	if err != nil || !strings.Contains(text, "Escrito por un guion") {
		t.Errorf("text %q, %v", text, err)
	}
	for _, full := range []bool{false, true} {
		if b, err := c.Screenshot(x.Hash, full); err != nil || !bytes.HasPrefix(b, []byte("\x89PNG")) {
			t.Errorf("screenshot of %d bytes, %v", len(b), err)
		}
	}
	if b, mediaType, err := c.Part(x.Hash, PartPDF); err != nil || mediaType != "application/pdf" || !bytes.HasPrefix(b, []byte("%PDF-")) {
		t.Errorf("PDF of %d bytes, %v", len(b), err)
	}
	whole(t, c, x, []byte(strings.Replace(article, "</body>", `<img src="http://10.1.2.3/espia.png"><script src="/s.js"></script></body>`, 1)))
	sound(t, c, 1)
}

// TestMany: 500 captures are opened and listed at once.
func TestMany(t *testing.T) {
	c := testCaptures(t)
	_, err := c.append(t.Context(), func(*state) ([]Entry, error) {
		var out []Entry
		for i := range 500 {
			hash := hashOf([]byte{byte(i), byte(i >> 8)})
			out = append(out, Entry{What: Captured, Capture: &Capture{Hash: hash, URL: "https://diario.example/a", Key: "a", At: now().Add(time.Duration(i*7919%500) * time.Minute), Kind: Page, Title: "El decreto", Refusals: make([]Refusal, 20)}})
		}
		return out, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	c, err = Open(strings.TrimSuffix(c.dir, "/captures"), Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	list, err := c.List(Filter{})
	took := time.Since(begin)
	if err != nil || len(list) != 500 {
		t.Fatalf("%d captures, %v", len(list), err)
	}
	for i := 1; i < len(list); i++ {
		if list[i].At.After(list[i-1].At) {
			t.Fatal("they are in no order")
		}
	}
	t.Logf("500 captures opened and listed in %s", took)
	if took > time.Second {
		t.Errorf("it took %s", took)
	}
}
