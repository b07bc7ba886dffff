package mirror_test

import (
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"veedor/internal/mirror"
)

// small is a site with one of each thing that refers to another.
func small() http.Handler {
	mux := http.NewServeMux()
	serve := func(pattern, kind, body string) {
		mux.HandleFunc("GET "+pattern, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", kind)
			fmt.Fprint(w, body)
		})
	}
	page := func(s string) string { return `<!doctype html><html lang="en"><body>` + s + `</body></html>` }
	serve("/{$}", "text/html; charset=utf-8", page(`<link rel="stylesheet" href="/s.css"><a href="/thing/1?b=2&amp;a=1#x">one</a> <a href="/es/" hreflang="es">es</a>
<a href="https://elsewhere.example/">out</a> <a href="/moved">m</a> <a href="/gone">g</a> <a href="/feed.atom">f</a> <a href="/feed.json">f</a><img src="/pic.svg" alt="">`))
	serve("/es/{$}", "text/html", page(`<a href="/">en</a>`))
	serve("/thing/{id}", "text/html", page(`<h1 id="x">x</h1><a href="../thing/2">two</a><a href="/thing/1?a=1&b=2">one</a><a href="/thing/1/raw">raw</a>`))
	serve("/thing/{id}/raw", "application/json", `{"href":"/not/followed"}`)
	serve("/s.css", "text/css", `body{background:url("/dot.png")}`)
	serve("/dot.png", "image/png", "png")
	serve("/pic.svg", "image/svg+xml", `<svg xmlns="http://www.w3.org/2000/svg"><a href="/thing/3"><text>3</text></a></svg>`)
	serve("/feed.atom", "application/atom+xml", `<feed xmlns="http://www.w3.org/2005/Atom"><id>tag:x,2026:/feed</id><link href="/thing/4"/></feed>`)
	serve("/feed.json", "application/feed+json", `{"version":"https://jsonfeed.org/version/1.1","items":[{"id":"5","url":"/thing/5"}]}`)
	mux.HandleFunc("GET /moved", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/thing/6", http.StatusFound) })
	return mux
}

func TestCrawl(t *testing.T) {
	got := map[string]int{}
	err := mirror.Crawl(t.Context(), small(), []string{"/"}, func(p mirror.Page) error {
		if _, twice := got[p.Path]; twice {
			t.Errorf("%s twice", p.Path)
		}
		got[p.Path] = p.Status
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]int{"/": 200, "/s.css": 200, "/thing/1?a=1&b=2": 200, "/es/": 200, "/moved": 302, "/gone": 404, "/feed.atom": 200, "/feed.json": 200, "/pic.svg": 200,
		"/dot.png": 200, "/thing/2": 200, "/thing/1/raw": 200, "/thing/3": 200, "/thing/4": 200, "/thing/5": 200, "/thing/6": 200}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	stop := errors.New("enough")
	if err := mirror.Crawl(t.Context(), small(), []string{"/"}, func(mirror.Page) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("an error of visit: %v", err)
	}
}

func TestTypes(t *testing.T) {
	list, err := mirror.Types(t.Context(), small())
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, one := range list {
		got[one.Pattern] = one.Path
	}
	want := map[string]string{"/": "/", "/s.css": "/s.css", "/thing/{id}": "/thing/1?a=1&b=2", "/thing/{id}/raw": "/thing/1/raw", "/dot.png": "/dot.png", "/pic.svg": "/pic.svg",
		"/feed.atom": "/feed.atom", "/feed.json": "/feed.json"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}
