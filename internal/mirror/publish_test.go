package mirror_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"veedor/internal/mirror"
)

// numbered is a site of n pages that link to their neighbours; changed pages say another word.
type numbered struct {
	n       int
	changed map[int]string
	without int // a page that it links to and has no more; 0: none
	asked   atomic.Int64
	stop    func(asked int64) // called with each request; may be nil
}

func (s *numbered) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n := s.asked.Add(1)
	if s.stop != nil {
		s.stop(n)
	}
	var i int
	if r.URL.Path != "/" {
		if _, err := fmt.Sscanf(r.URL.Path, "/page/%d", &i); err != nil || i >= s.n || s.without != 0 && i == s.without {
			http.NotFound(w, r)
			return
		}
		if strings.HasSuffix(r.URL.Path, "/raw") {
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprintf(w, `{"page":%d}`, i)
			return
		}
	}
	w.Header().Set("Content-Type", "text/html")
	fmt.Fprintf(w, `<!doctype html><html lang="en"><head><title>%d</title></head><body><h1 id="top%[1]d">%[1]d %s</h1><a href="/">home</a> <a href="/page/%[1]d/raw">raw</a>`, i, s.changed[i])
	for _, next := range []int{2*i + 1, 2*i + 2} {
		if next < s.n {
			fmt.Fprintf(w, ` <a href="/page/%d#top%[1]d">next</a>`, next)
		}
	}
	fmt.Fprint(w, `</body></html>`)
}

func options(site http.Handler) mirror.Options {
	at := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	return mirror.Options{Site: site, Now: func() time.Time { at = at.Add(time.Hour); return at }, Note: func(string) string { return "not in this copy" }}
}

func publish(t *testing.T, dir string, opt mirror.Options) *mirror.Report {
	t.Helper()
	rep, err := mirror.Publish(t.Context(), dir, opt)
	if err != nil {
		t.Fatal(err)
	}
	got, err := mirror.Check(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Problems) > 0 || got.Files != rep.Files || got.Pages != rep.Pages {
		t.Errorf("check: %d files, %d pages, %v; report %+v", got.Files, got.Pages, got.Problems, rep)
	}
	return rep
}

// content reads a folder.
func content(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(filepath.Join(dir, name))
		out[name] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestPublish(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "mirror")
	rep := publish(t, dir, options(small()))
	got := content(t, dir)
	want := []string{"dot.png", "es/index.html", "feed.atom", "feed.json", "index.html", "pic.svg", "s.css", "thing/1,a=1,b=2.html", "thing/1/raw!.json", "thing/2.html", "thing/3.html", "thing/4.html", "thing/5.html", "thing/6.html", mirror.ManifestFile}
	if d := cmp.Diff(want, slices.Sorted(maps.Keys(got))); d != "" {
		t.Error(d)
	}
	index := got["index.html"]
	for _, part := range []string{`href="s.css"`, `href="thing/1,a=1,b=2.html#x"`, `<a href="es/index.html" hreflang="es">`, `href="https://elsewhere.example/"`, `<a href="thing/6.html">m</a>`, `<span title="not in this copy">g</span>`, `src="pic.svg"`} {
		if !strings.Contains(index, part) {
			t.Errorf("no %s in %s", part, index)
		}
	}
	if !strings.Contains(got["feed.atom"], `<id>tag:x,2026:/feed</id><link href="thing/4.html"/>`) || !strings.Contains(got["feed.json"], `"url":"thing/5.html"`) || !strings.Contains(got["s.css"], `url("dot.png")`) ||
		!strings.Contains(got["pic.svg"], `<a href="thing/3.html">`) {
		t.Errorf("feeds, style sheet, drawing: %s %s %s %s", got["feed.atom"], got["feed.json"], got["s.css"], got["pic.svg"])
	}
	if d := cmp.Diff([]mirror.Dead{{Address: "/gone", On: "/", Status: 404}}, rep.Dead); d != "" || rep.Written != len(want)-1 {
		t.Errorf("%s %+v", d, rep)
	}
}

// TestBase: feeds and canonical links are absolute where the place is known, and pages name the onion service.
func TestBase(t *testing.T) {
	dir := t.TempDir()
	opt := options(small())
	opt.Base, opt.Onion = "https://mirror.example/v/", "http://abc.onion/"
	publish(t, dir, opt)
	got := content(t, dir)
	for file, part := range map[string]string{"feed.atom": `<link href="https://mirror.example/v/thing/4.html"/>`, "feed.json": `"https://mirror.example/v/thing/5.html"`, "index.html": `href="thing/6.html"`} {
		if !strings.Contains(got[file], part) {
			t.Errorf("no %s in %s", part, got[file])
		}
	}
	n := &numbered{n: 3}
	opt.Site = n
	dir = t.TempDir()
	publish(t, dir, opt)
	page := content(t, dir)["page/1.html"]
	if !strings.Contains(page, `<link rel="canonical" href="https://mirror.example/v/page/1.html">`) || !strings.Contains(page, `<meta http-equiv="onion-location" content="http://abc.onion/page/1.html">`) {
		t.Error(page)
	}
}

// TestAgain: only what changed is written, what is gone is removed, what is not ours is left.
func TestAgain(t *testing.T) {
	dir := t.TempDir()
	site := &numbered{n: 300, changed: map[int]string{}}
	first := publish(t, dir, options(site))
	if first.Written != first.Files || first.Pages != 300 {
		t.Errorf("first: %+v", first)
	}
	before := content(t, dir)
	if again := publish(t, dir, options(site)); again.Written != 0 || again.Removed != 0 || again.Files != first.Files {
		t.Errorf("again: %+v", again)
	}
	if d := cmp.Diff(before, content(t, dir)); d != "" {
		t.Errorf("the same site: %s", d)
	}
	if err := os.WriteFile(filepath.Join(dir, "robots.txt"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	site.changed[7], site.n = "new", 290
	changed := publish(t, dir, options(site))
	if changed.Written < 2 || changed.Written > 8 || changed.Removed != 20 {
		t.Errorf("changed: %+v", changed)
	}
	after := content(t, dir)
	if after["robots.txt"] != "x" || !strings.Contains(after["page/7.html"], "new") || after["page/295.html"] != "" {
		t.Error("not what was changed")
	}
	// A file that was damaged is mended.
	if err := os.WriteFile(filepath.Join(dir, "page/9.html"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if mended := publish(t, dir, options(site)); mended.Written != 1 {
		t.Errorf("mended: %+v", mended)
	}
	// What somebody put where a page has to be is not overwritten.
	site.n = 295
	if err := os.WriteFile(filepath.Join(dir, "page/293.html"), []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := mirror.Publish(t.Context(), dir, options(site)); err == nil || !strings.Contains(err.Error(), "page/293.html") {
		t.Errorf("a file of somebody else's: %v", err)
	}
}

func TestRefuse(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "thesis.doc"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := mirror.Publish(t.Context(), dir, options(small())); err == nil || !strings.Contains(err.Error(), "is no mirror") {
		t.Errorf("a folder with other things: %v", err)
	}
	for _, manifest := range []string{"{}", `{"format":"veedor-mirror/1","files":[{"file":"../x"}]}`, `{"format":"veedor-mirror/1","files":[{"file":"/etc/x"}]}`, `{"format":"veedor-mirror/9"}`, "x", ""} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, mirror.ManifestFile), []byte(manifest), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := mirror.Publish(t.Context(), dir, options(small())); err == nil {
			t.Errorf("published over the manifest %q", manifest)
		}
	}
}

// TestStopped: a run that is stopped anywhere leaves whole files, and the next one goes on to the same mirror.
func TestStopped(t *testing.T) {
	whole := t.TempDir()
	publish(t, whole, options(&numbered{n: 200}))
	want := content(t, whole)
	delete(want, mirror.ManifestFile)
	dir := t.TempDir()
	resumed := 0
	for _, at := range []int64{1, 50, 150, 100} {
		ctx, stop := context.WithCancel(t.Context())
		site := &numbered{n: 200}
		site.stop = func(asked int64) {
			if asked == at {
				stop()
			}
		}
		opt := options(site)
		opt.State = "one"
		_, err := mirror.Publish(ctx, dir, opt)
		stop()
		if err != nil && !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	}
	// Stopped while files are put in place.
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	opt := options(&numbered{n: 200})
	opt.State = "one"
	opt.Progress = func(p mirror.Progress) {
		if p.Placed == 100 {
			stop()
		}
	}
	if _, err := mirror.Publish(ctx, dir, opt); !errors.Is(err, context.Canceled) {
		t.Fatalf("not stopped: %v", err)
	}
	if got, err := mirror.Check(t.Context(), dir); err != nil || len(got.Problems) == 0 {
		t.Errorf("half a mirror is said to be whole: %v", err)
	}
	site := &numbered{n: 200}
	opt = options(site)
	opt.State = "one"
	rep := publish(t, dir, opt)
	resumed += rep.Resumed
	got := content(t, dir)
	delete(got, mirror.ManifestFile)
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if resumed != 400 || site.asked.Load() != 0 {
		t.Errorf("%d answers taken over, %d asked for again", resumed, site.asked.Load())
	}
	if rep := publish(t, dir, opt); !rep.Unchanged {
		t.Errorf("the same state: %+v", rep)
	}
	opt.State = "two"
	if rep := publish(t, dir, opt); rep.Unchanged || rep.Written != 0 || rep.Resumed != 0 {
		t.Errorf("another state: %+v", rep)
	}
}

// TestLast: the page that says when the mirror was made says when something last changed.
func TestLast(t *testing.T) {
	var made time.Time
	word := "a"
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(w, `<p>%s <a href="/copy">copy</a> <a href="/veedor-mirror.json">list</a>`, word)
	})
	mux.HandleFunc("GET /copy", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(w, `<p>%s <a href="/">home</a>`, made.Format(time.RFC3339))
	})
	dir := t.TempDir()
	opt := options(mux)
	opt.Last, opt.Made = []string{"/copy"}, func(at time.Time) { made = at }
	opt.Extra = func(_ context.Context, dir string) error {
		return errors.Join(os.MkdirAll(filepath.Join(dir, "log"), 0o755), os.WriteFile(filepath.Join(dir, "log", "checkpoint"), []byte("c"), 0o600))
	}
	for i, step := range []struct {
		word    string
		damaged string // a file that somebody writes over before
		written int
		made    string
	}{{"a", "", 3, "13:00"}, {"a", "", 0, "13:00"}, {"a", "index.html", 1, "13:00"}, {"a", "copy.html", 1, "13:00"}, {"b", "", 2, "14:00"}} {
		word = step.word
		if step.damaged != "" {
			if err := os.WriteFile(filepath.Join(dir, step.damaged), []byte("x"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		rep := publish(t, dir, opt)
		got := content(t, dir)
		if rep.Written != step.written || !strings.Contains(got["copy.html"], "T"+step.made) || got["log/checkpoint"] != "c" || !strings.Contains(got["index.html"], `href="veedor-mirror.json"`) {
			t.Errorf("run %d: %+v, %s", i, rep, got["copy.html"])
		}
	}
}

// TestServed: under any path of any web server.
func TestServed(t *testing.T) {
	dir := t.TempDir()
	publish(t, dir, options(&numbered{n: 20}))
	s := httptest.NewServer(http.StripPrefix("/sub/", http.FileServer(http.Dir(dir))))
	defer s.Close()
	n := 0
	err := mirror.Crawl(t.Context(), http.StripPrefix("/sub", http.FileServer(http.Dir(dir))), []string{"/sub/"}, func(p mirror.Page) error {
		if n++; p.Status != http.StatusOK || !strings.HasPrefix(p.Path, "/sub/") {
			if p.Location == "" { // FileServer sends index.html to its folder
				t.Errorf("%s: %d", p.Path, p.Status)
			}
		}
		return nil
	})
	if err != nil || n < 40 {
		t.Errorf("%d answers, %v", n, err)
	}
	s.Close()
}

// TestCheck: one thing wrong at a time.
func TestCheck(t *testing.T) {
	for name, c := range map[string]struct {
		damage func(dir string) error
		want   string
	}{
		"a file is gone": {func(dir string) error { return os.Remove(filepath.Join(dir, "page/2.html")) }, "it is not there"},
		"a byte":         {func(dir string) error { return replace(dir, "page/2.html", "home", "hame") }, "not those that the manifest states"},
		"absolute": {func(dir string) error {
			return replace(dir, "page/2.html", `href="../index.html"`, `href="/index.html"`)
		}, "an absolute reference"},
		"dead": {func(dir string) error {
			return replace(dir, "page/2.html", `href="../index.html"`, `href="../nowhere.html"`)
		}, "leads to no file"},
		"no element": {func(dir string) error {
			return replace(dir, "page/2.html", `href="../index.html"`, `href="../index.html#no"`)
		}, "leads to no element"},
		"out of it": {func(dir string) error {
			return replace(dir, "page/2.html", `href="../index.html"`, `href="../../../etc/passwd"`)
		}, "leads to no file"},
		"loads": {func(dir string) error {
			return replace(dir, "page/2.html", "</body>", `<img src="https://x.example/p.png"></body>`)
		}, "loads from elsewhere"},
		"a form": {func(dir string) error {
			return replace(dir, "page/2.html", "</body>", `<form action="x"></form></body>`)
		}, "an element <form>"},
		"a query": {func(dir string) error {
			return replace(dir, "page/2.html", `href="../index.html"`, `href="../index.html?a=b"`)
		}, "with a query"},
		"another's folder": {func(dir string) error { return os.Remove(filepath.Join(dir, mirror.ManifestFile)) }, "no mirror here"},
	} {
		dir := t.TempDir()
		publish(t, dir, options(&numbered{n: 5}))
		if err := c.damage(dir); err != nil {
			t.Fatal(err)
		}
		got, err := mirror.Check(t.Context(), dir)
		said := fmt.Sprint(err)
		if got != nil {
			said = fmt.Sprint(got.Problems)
		}
		if !strings.Contains(said, c.want) {
			t.Errorf("%s: %s", name, said)
		}
	}
}

func replace(dir, file, from, to string) error {
	name := filepath.Join(dir, file)
	b, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	if !bytes.Contains(b, []byte(from)) {
		return fmt.Errorf("no %s in %s", from, file)
	}
	return os.WriteFile(name, bytes.Replace(b, []byte(from), []byte(to), 1), 0o600)
}
