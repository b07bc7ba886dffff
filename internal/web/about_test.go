package web_test

import (
	"net/http"
	"strings"
	"testing"

	"veedor/internal/measure/scenario"
)

// TestErrorPages: each says whose fault it was and what to do next, and lets readers search.
func TestErrorPages(t *testing.T) {
	h := site(t, scenario.Sample())
	for path, want := range map[string]struct {
		code  int
		words []string
	}{
		"/nowhere":             {http.StatusNotFound, []string{"<h1>Not here</h1>", "/nowhere", "Search for what you were after"}},
		"/es/country/QQ":       {http.StatusNotFound, []string{"<h1>No está aquí</h1>", "QQ"}},
		"/zh/nowhere":          {http.StatusNotFound, []string{"<h1>没有找到</h1>"}},
		"/signature?asn=chalk": {http.StatusBadRequest, []string{"That cannot be asked like this", "chalk", "Go back and change"}},
	} {
		w := get(h, path)
		if w.Code != want.code {
			t.Errorf("%s: %d", path, w.Code)
		}
		for _, text := range append(want.words, `role="search"`, `name="q"`) {
			if !strings.Contains(w.Body.String(), text) {
				t.Errorf("%s lacks %q", path, text)
			}
		}
		if n := strings.Count(w.Body.String(), `role="search"`); n != 1 {
			t.Errorf("%s has %d search boxes", path, n)
		}
	}
}

// TestLicences: every answer names its licence, and the page says whose the data are.
func TestLicences(t *testing.T) {
	h := site(t, scenario.Sample())
	for _, path := range []string{"/", "/export/verdicts.csv", "/incidents.atom", "/country/XA/days.csv", "/nowhere"} {
		if got := get(h, path).Header().Get("Link"); !strings.Contains(got, `</licences>; rel="license"`) {
			t.Errorf("%s: Link is %q", path, got)
		}
	}
	body := get(h, "/licences").Body.String()
	for _, want := range []string{"The invented sample", "Apache-2.0", "The program, its rules"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Contains(body, `id="measurements"`) {
		t.Error("the sample is said to be OONI's")
	}
}

// TestDesignPage: samples lead nowhere but to the page itself and to their files.
func TestDesignPage(t *testing.T) {
	h := site(t, scenario.Sample())
	for _, lang := range []string{"", "/es", "/zh"} {
		walkAmong(t, h, func(path string) bool { return strings.HasPrefix(path, lang+"/design") }, lang+"/design")
		if body := get(h, lang+"/design").Body.String(); strings.Contains(body, "/measurement/sample") || strings.Count(body, "<figure class=\"chart") != 4 {
			t.Errorf("%s: samples lead away, or charts are missing", lang)
		}
	}
}
