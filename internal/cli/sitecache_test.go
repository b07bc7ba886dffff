package cli

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"veedor/internal/mirror"
)

// served opens a data folder as serve does, and returns its site.
func served(t *testing.T, data string) http.Handler {
	t.Helper()
	c := &cobra.Command{}
	c.SetContext(t.Context())
	c.SetErr(io.Discard)
	c.Flags().String("data", data, "")
	h, err := open(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	site, done := livePages(c, h, showing{follow: true})
	t.Cleanup(func() {
		done()
		_ = h.close()
	})
	return site
}

// seen asks for a page, through the cache or past it, until the file system's clock has gone on.
func seen(t *testing.T, site http.Handler, path string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	site.ServeHTTP(w, r)
	return w
}

// TestNothingStale: what any command changes shows in the very next answer of a server that keeps its pages.
func TestNothingStale(t *testing.T) {
	data := t.TempDir()
	run := func(args ...string) { t.Helper(); runMain(t, append([]string{"--data", data}, args...)...) }
	run("ingest", "--sample")
	site := served(t, data)
	list := filepath.Join(t.TempDir(), "list.jsonl")
	entity := `{"id":"invented-1","schema":"Company","datasets":["invented"],"properties":{"name":["Faro Norte"]}}`
	if err := os.WriteFile(list, []byte(entity+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	shows := func(path, want string) {
		t.Helper()
		if w := seen(t, site, path); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s answers %d and does not say %q at once", path, w.Code, want)
		}
	}
	keep := func(paths ...string) {
		t.Helper()
		time.Sleep(2 * settledAfter)
		for _, p := range paths {
			first, second := seen(t, site, p), seen(t, site, p)
			if first.Body.String() != second.Body.String() {
				t.Errorf("%s is another page the second time", p)
			}
		}
	}
	keep("/", "/measurements", "/incidents", "/claims", "/entities", "/country/XB")
	before := seen(t, site, "/country/XB").Body.String()
	run("ingest", "--month")
	if seen(t, site, "/country/XB").Body.String() == before {
		t.Error("what was ingested does not show at once")
	}
	keep("/", "/incidents", "/country/XB")
	run("detect")
	shows("/incidents", "/incident/")
	keep("/cases", "/claims", "/claim/borduna.4-equipment")
	run("case", "load", "../../cases/borduna", "--publish")
	shows("/claims", "/claim/borduna.4-equipment")
	keep("/claim/borduna.4-equipment", "/entities")
	text := edited(t)
	run("case", "load", text, "--publish")
	shows("/claim/borduna.4-equipment", "said in another way")
	keep("/entities")
	run("registry", "import", "--format", "ftm", "--dataset", "invented", "--date", "2026-05-20", "--licence", "Apache-2.0", "--title", "An invented list", "--publisher", "Nobody", list)
	shows("/entities", "An invented list")
	shows("/entity/invented-1", "Faro Norte")
}

// TestKeptPages: a page out of the cache is the page, byte for byte, with the same headers, for every kind of page; and
// the usual conditions hold.
func TestKeptPages(t *testing.T) {
	data := t.TempDir()
	runMain(t, "--data", data, "ingest", "--sample")
	runMain(t, "--data", data, "ingest", "--month")
	runMain(t, "--data", data, "detect")
	runMain(t, "--data", data, "case", "load", "../../cases/borduna", "--publish")
	site := served(t, data)
	kinds, err := mirror.Types(t.Context(), site)
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(2 * settledAfter)
	if len(kinds) < 40 {
		t.Errorf("only %d kinds of pages were found", len(kinds))
	}
	for _, k := range kinds {
		for _, encoding := range []string{"gzip", "identity"} {
			made := seen(t, site, k.Path, "Accept-Encoding", encoding, "Cookie", notKept)
			seen(t, site, k.Path, "Accept-Encoding", encoding)
			kept := seen(t, site, k.Path, "Accept-Encoding", encoding)
			if made.Code != kept.Code || made.Body.String() != kept.Body.String() || fmt.Sprint(made.Header()) != fmt.Sprint(kept.Header()) {
				t.Errorf("%s (%s) is another answer when it was kept:\n%v\n%v", k.Path, encoding, made.Header(), kept.Header())
			}
			tag := kept.Header().Get("ETag")
			if strings.HasPrefix(kept.Header().Get("Cache-Control"), "public") && (tag == "" || strings.HasPrefix(tag, "W/")) {
				t.Errorf("%s has no strong tag: %q", k.Path, tag)
			}
			if again := seen(t, site, k.Path, "Accept-Encoding", encoding, "If-None-Match", tag); tag != "" && (again.Code != http.StatusNotModified || again.Body.Len() > 0) {
				t.Errorf("%s with its tag answers %d", k.Path, again.Code)
			}
			r := httptest.NewRequestWithContext(t.Context(), http.MethodHead, k.Path, nil)
			r.Header.Set("Accept-Encoding", encoding)
			w := httptest.NewRecorder()
			site.ServeHTTP(w, r)
			if w.Code != kept.Code || w.Body.Len() > 0 || w.Header().Get("ETag") != tag || w.Header().Get("Content-Length") != kept.Header().Get("Content-Length") {
				t.Errorf("HEAD %s differs from GET: %v, %v", k.Path, w.Header(), kept.Header())
			}
		}
	}
}

// edited returns the invented case with a claim said otherwise.
func edited(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "borduna")
	if err := os.CopyFS(dir, os.DirFS("../../cases/borduna")); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, "claims", "4-equipment.yaml")
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	claim := regexp.MustCompile(`(?m)^text:\n(  [a-z]+: .*\n)+`)
	if !claim.Match(b) {
		t.Fatal("the claim has no text")
	}
	if err := os.WriteFile(name, claim.ReplaceAll(b, []byte("text:\n  en: This is said in another way.\n  es: Esto se dice de otra manera.\n")), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}
