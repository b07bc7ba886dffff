package web

import (
	"regexp"
	"strings"
	"testing"

	"github.com/jba/templatecheck"
)

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{words: map[string]words{}}
	for _, lang := range languages {
		s.words[lang] = mustWords(lang)
	}
	return s
}

// TestTemplates checks every page's template against the struct it is given.
func TestTemplates(t *testing.T) {
	s := newSite(t)
	New(Config{Facts: func() Facts { return nil }}) // parses them all
	for name, page := range map[string]any{"home": homePage{}, "subject": subjectPage{}, "list": listPage{}, "measurement": measurementPage{}, "rules": rulesPage{}, "about": aboutPage{}, "error": errorPage{}} {
		set := mustTemplates(s, "en")
		if err := templatecheck.CheckHTML(set.Lookup(name+".html"), page); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestWords: every text exists in every language, with the same blanks, and is used.
func TestWords(t *testing.T) {
	en, es := mustWords("en"), mustWords("es")
	blanks := regexp.MustCompile(`%(\[\d\])?[sd]`)
	for key, text := range en {
		other, ok := es[key]
		if !ok || other == "" {
			t.Errorf("es lacks %s", key)
		}
		if len(blanks.FindAllString(text, -1)) != len(blanks.FindAllString(other, -1)) {
			t.Errorf("%s: other blanks in es", key)
		}
	}
	for key := range es {
		if _, ok := en[key]; !ok && !strings.HasPrefix(key, "rule.") {
			t.Errorf("en lacks %s", key)
		}
	}
	var source strings.Builder
	for _, dir := range []string{"templates"} {
		list, err := files.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range list {
			source.Write(mustRead(dir + "/" + f.Name()))
		}
	}
	for _, m := range regexp.MustCompile(`\bt "([^"]+)"`).FindAllStringSubmatch(source.String(), -1) {
		if _, ok := en[m[1]]; !ok {
			t.Errorf("a template uses %q, which is not among the words", m[1])
		}
	}
}
