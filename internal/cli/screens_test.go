package cli

import (
	"context"
	"fmt"
	"html/template"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/chromedp/chromedp"
)

// screen is one picture of one page.
type screen struct {
	Page  pageType
	Width int64
	Theme string
	File  string
}

// TestScreens keeps a picture of every kind of page, narrow and wide, light and dark, below the folder of VEEDOR_SCREENS,
// and an index.html to leaf through them. VEEDOR_SCREENS_LANG is another language of the readers' pages.
func TestScreens(t *testing.T) {
	dir := os.Getenv("VEEDOR_SCREENS")
	if dir == "" {
		t.Skip("VEEDOR_SCREENS names no folder: make screens")
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	tab := newTab(t)
	s := newShowcase(t)
	ana := s.join(t, "ana", "administrator")
	types := s.pageTypes(t)
	if lang := os.Getenv("VEEDOR_SCREENS_LANG"); lang != "" {
		for i := range types {
			types[i].Path = "/" + lang + types[i].Path
		}
	} else {
		types = slices.Concat(types, s.deskTypes(t, ana))
	}
	var all []screen
	for i, p := range types {
		fmt.Fprintf(os.Stderr, "\rscreens: %d of %d kinds of pages", i, len(types))
		if p.Desk {
			signedIn(t, tab, ana)
		}
		shots, err := shoot(tab, s.url, p, dir)
		if err != nil {
			t.Fatalf("%s: %v", p.Path, err)
		}
		all = append(all, shots...)
	}
	fmt.Fprintf(os.Stderr, "\rscreens: %d pictures of %d kinds of pages\n", len(all), len(types))
	index, err := os.Create(filepath.Join(dir, "index.html"))
	if err != nil {
		t.Fatal(err)
	}
	if err := screensIndex().Execute(index, all); err != nil {
		t.Error(err)
	}
	if err := index.Close(); err != nil {
		t.Error(err)
	}
}

// shoot pictures one page, as high as it is.
func shoot(tab context.Context, site string, p pageType, dir string) ([]screen, error) {
	if err := browse(tab, width(360), chromedp.Navigate(site+p.Path)); err != nil {
		return nil, err
	}
	var out []screen
	for _, w := range []int64{360, 1280} {
		for _, name := range []string{"light", "dark"} {
			x := screen{p, w, name, fmt.Sprintf("%s-%d-%s.png", p.file(), w, name)}
			var png []byte
			if err := browse(tab, theme(name), width(w), chromedp.FullScreenshot(&png, 100)); err != nil {
				return nil, err
			}
			if err := os.WriteFile(filepath.Join(dir, x.File), png, 0o644); err != nil {
				return nil, err
			}
			out = append(out, x)
		}
	}
	return out, nil
}

func screensIndex() *template.Template {
	return template.Must(template.New("").Parse(`<!doctype html><html lang="en"><meta charset="utf-8"><title>Screens</title>
<style>body{font:16px sans-serif;margin:1rem}figure{display:inline-block;margin:.5rem;vertical-align:top}img{border:1px solid #888;max-height:40rem;max-width:30rem}</style>
<h1>{{len .}} pictures</h1>{{$at := ""}}{{range .}}{{if ne $at .Page.Pattern}}{{$at = .Page.Pattern}}<h2>{{.Page.Pattern}}</h2><p>{{.Page.Path}}</p>{{end}}
<figure><a href="{{.File}}"><img src="{{.File}}" alt="{{.Page.Path}} at {{.Width}}, {{.Theme}}" loading="lazy"></a><figcaption>{{.Width}} {{.Theme}}</figcaption></figure>{{end}}
</html>`))
}
