package web

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestNavigation: which wing and which of its parts a page is of.
func TestNavigation(t *testing.T) {
	for path, want := range map[string]string{
		"/": "", "/search": "", "/desk": "", "/nowhere": "", "/country/XA": "measure", "/target/a/b": "measure",
		"/incidents": "measure incidents page", "/incident/x": "measure incidents true", "/rules": "measure rules page", "/rules/dns": "measure rules true",
		"/entities": "follow registry page", "/entity/x/graph": "follow registry true", "/dataset/x": "follow", "/watch/1": "follow watches true",
		"/claim/x": "weigh claims true", "/cases": "weigh cases page", "/case/x": "weigh cases true",
		"/log/leaf/3": "evidence log true", "/licences": "site licences page", "/design": "site design page",
	} {
		for _, lang := range languages {
			all, here := navigation(lang, path)
			got, marked := "", 0
			for _, w := range all {
				if w.Here != "" {
					marked++
				}
				if !strings.HasPrefix(w.Href, prefix(lang)+"/") {
					t.Errorf("%s leads out of %s: %s", w.Key, lang, w.Href)
				}
			}
			if here != nil {
				got = here.Key
				for _, p := range here.Parts {
					if p.Here != "" {
						got += " " + p.Key + " " + p.Here
					}
				}
			}
			if got != want || marked != min(len(want), 1) {
				t.Errorf("%s %s: %q, want %q; %d wings marked", lang, path, got, want, marked)
			}
		}
	}
}

// TestStyles: the style sheet is small, and has no rule that nothing uses.
func TestStyles(t *testing.T) {
	sheet := string(mustRead("static/style.css"))
	if len(sheet) > 13<<10 {
		t.Errorf("the style sheet has %d bytes", len(sheet))
	}
	var used strings.Builder
	for _, pattern := range []string{"templates/*.html", "*.go", "chart/*.go"} {
		names, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			b, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			used.Write(b)
		}
	}
	made := regexp.MustCompile(`^(d[1-8]|h[1-4])$`) // depth of a tree, level of a heat map
	for _, m := range regexp.MustCompile(`\.([a-z][a-z0-9_-]*)[^{};]*\{`).FindAllStringSubmatch(regexp.MustCompile(`(?s)/\*.*?\*/`).ReplaceAllString(sheet, ""), -1) {
		if !made.MatchString(m[1]) && !regexp.MustCompile(`["\s}]`+m[1]+`["\s{]`).MatchString(used.String()) {
			t.Errorf("nothing is of the class %s", m[1])
		}
	}
}
