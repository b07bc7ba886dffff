package mirror

import (
	"context"
	"errors"
	"net/http"
	"strings"
)

// Type is one kind of page of a site: a route, with one address that it answers.
type Type struct {
	Pattern string // of the path: "/country/{cc}"
	Path    string // a sample: the first that was found
	Type    string // content type
	Size    int64  // bytes of the sample
}

// HTML says whether the kind is a page for people.
func (t Type) HTML() bool { return mediaType(t.Type) == "text/html" }

// samples is how many addresses of one route are asked for in search of others.
const samples = 12

// Types finds one sample address for each route that can be reached by links from the first page, in the first
// language of the site, nearest first. The handler must route with http.ServeMux and pass the same request on, which
// then says its pattern. Few addresses of each route are asked for, however many there are.
func Types(ctx context.Context, site http.Handler) ([]Type, error) {
	var out []Type
	asked := map[string]int{}
	c := crawl{site: site, workers: 1}
	c.follow = func(_ *Page, ref Ref, to string) (string, bool) { return to, !ref.Translation }
	c.known = func(address string) *Page {
		path, _, _ := strings.Cut(address, "?")
		for pattern, n := range asked {
			if n >= samples && matches(pattern, path) {
				return &Page{Path: address}
			}
		}
		return nil
	}
	c.visit = func(p *Page) error {
		_, pattern, _ := strings.Cut(p.Pattern, " ")
		pattern = strings.TrimSuffix(pattern, "{$}")
		if pattern == "" || p.Status != http.StatusOK {
			return nil
		}
		if asked[pattern]++; asked[pattern] == 1 {
			out = append(out, Type{pattern, p.Path, p.Type, p.Size})
		}
		if asked[pattern] > samples {
			return ErrSkipLinks
		}
		return nil
	}
	if err := c.run(ctx, []string{"/"}); err != nil {
		return nil, err
	}
	if len(out) == 0 {
		return nil, errors.New("find the kinds of pages: the handler does not say its routes (http.Request.Pattern)")
	}
	return out, nil
}

// matches says whether a path may belong to a pattern of http.ServeMux.
func matches(pattern, path string) bool {
	want, got := strings.Split(pattern, "/"), strings.Split(path, "/")
	for i, w := range want {
		switch {
		case strings.HasSuffix(w, "...}"):
			return true
		case i >= len(got):
			return false
		case !strings.HasPrefix(w, "{") && w != got[i]:
			return false
		}
	}
	return len(want) == len(got)
}
