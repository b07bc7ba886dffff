package web_test

import (
	"bytes"
	"net/http"
	"slices"
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
	// The same as files that can lie beside others.
	for path, want := range map[string]string{
		"/licences.txt":       "* The invented sample\n  Whose: The authors of Veedor\n  Terms: Apache-2.0\n",
		"/zh/licences.txt":    "Apache-2.0",
		"/export/licence.txt": "SPDX-License-Identifier: Apache-2.0\n",
	} {
		w := get(h, path)
		if !strings.Contains(w.Body.String(), want) || w.Header().Get("Content-Type") != "text/plain; charset=utf-8" {
			t.Errorf("%s: %v %s", path, w.Header(), w.Body)
		}
	}
	if !strings.Contains(body, `href="/licences.txt"`) || !strings.Contains(get(h, "/").Body.String(), `href="/export/licence.txt"`) {
		t.Error("the files are linked from nowhere")
	}
	measured := site(t, bytes.ReplaceAll(scenario.Sample(), []byte(`"AS64`), []byte(`"AS61`)))
	for path, want := range map[string]string{
		"/licences.txt":       "* Measurements, and the verdicts and incidents derived from them\n  Whose: OONI",
		"/export/licence.txt": "https://creativecommons.org/licenses/by-nc-sa/4.0/\n\nSPDX-License-Identifier: CC-BY-NC-SA-4.0\n",
	} {
		if body := get(measured, path).Body.String(); !strings.Contains(body, want) {
			t.Errorf("%s: %s", path, body)
		}
	}
	if got := get(measured, "/export/verdicts.csv").Header()["Link"]; !slices.Contains(got, `</export/licence.txt>; rel="license"`) || !slices.Contains(got, `<https://creativecommons.org/licenses/by-nc-sa/4.0/>; rel="license"`) {
		t.Errorf("the table is sent with %q", got)
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
