package dossier

import (
	"bytes"
	"os"
	"path"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jba/templatecheck"
)

func TestTemplates(t *testing.T) {
	tmpl, err := siteTemplates()
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string]any{"index": indexPage{}, "claim": claimPage{}, "evidence": evidencePage{}, "captures": capturesPage{}, "record": recordPage{}} {
		if err := templatecheck.CheckHTML(tmpl.Lookup(name), data); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestLanguages: every language has every word and term, and a page says which it is in.
func TestLanguages(t *testing.T) {
	for lang, want := range map[string]string{"en": "en", "en-GB": "en", "fr": "en", "es-VE": "es", "zh": "zh-Hans", "ZH-hant": "zh-Hans"} {
		w, got := wordsFor(lang)
		if got != want {
			t.Errorf("%s is read in %s", lang, got)
		}
		v := reflect.ValueOf(w).Elem()
		for i := range v.NumField() {
			if f := v.Field(i); f.Kind() == reflect.String && f.String() == "" {
				t.Errorf("%s lacks %s", got, v.Type().Field(i).Name)
			}
		}
		for term := range spanish().terms {
			if w.Of(term) == "" || got == "zh-Hans" && w.Of(term) == term {
				t.Errorf("%s lacks %s", got, term)
			}
		}
	}
}

// TestLinks follows every link of the pages within the dossier.
func TestLinks(t *testing.T) {
	for _, lang := range []string{"es", "en", "zh"} {
		c := newTestContent(t, 2, 10)
		c.Languages[0] = lang
		files := unpack(t, c.build(t))
		href := regexp.MustCompile(`(?:href|src)="([^"]*)"`)
		for name, page := range files {
			if !strings.HasSuffix(name, ".html") {
				continue
			}
			if bytes.Contains(page, []byte("<script")) || bytes.Contains(page, []byte("style=")) || bytes.Contains(page, []byte("ZgotmplZ")) {
				t.Errorf("%s holds a script, a style or something that was filtered", name)
			}
			for _, m := range href.FindAllSubmatch(page, -1) {
				to, anchor, _ := strings.Cut(string(m[1]), "#")
				if strings.HasPrefix(to, "https://observatory.example/") {
					continue
				}
				to = path.Join(path.Dir(name), to)
				target, ok := files[to]
				if strings.HasPrefix(string(m[1]), "#") {
					target, ok = page, true
				}
				if !ok {
					t.Errorf("%s links to %s, which is not there", name, to)
				}
				if anchor != "" && !bytes.Contains(target, []byte(` id="`+anchor+`"`)) {
					t.Errorf("%s links to #%s, which is not in %s", name, anchor, to)
				}
			}
		}
	}
}

// TestGoldenPage pins the bytes of a page: a reader's program must render what the publisher's rendered. When this fails
// because of a new version of Go or of the templates, siteVersion must rise, and the old templates stay.
func TestGoldenPage(t *testing.T) {
	c := newTestContent(t, 1, 10)
	c.Log = Log{}
	for i := range c.Captures {
		c.Captures[i].SHA256 = strings.Repeat(string(rune('a'+i)), 64)
	}
	n, err := normalize(&c.Content)
	if err != nil {
		t.Fatal(err)
	}
	s, err := newSite(n)
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.page("claims/c1.html")
	if err != nil {
		t.Fatal(err)
	}
	const golden = "testdata/claim.html"
	if os.Getenv("VEEDOR_GOLDEN") != "" {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), string(got)); d != "" {
		t.Error(d)
	}
}

func TestRedaction(t *testing.T) {
	salt := [SaltBytes]byte{1}
	r := Redaction{Commit: Commit(salt, []byte("name"))}
	if !r.Opens(salt, []byte("name")) || r.Opens(salt, []byte("Name")) || r.Opens([SaltBytes]byte{2}, []byte("name")) || (&Redaction{}).Opens(salt, nil) {
		t.Error("a commitment opens to what was not withheld, or not to what was")
	}
}

func TestBuildRefuses(t *testing.T) {
	for name, change := range map[string]func(c *testContent){
		"no title":                  func(c *testContent) { c.Title = " " },
		"an id with a slash":        func(c *testContent) { c.Claims[0].ID = "../c1" },
		"an id in capitals":         func(c *testContent) { c.Claims[0].ID = "C1" },
		"a token's name":            func(c *testContent) { c.Log.Tokens = []Token{{Name: "../x"}} },
		"a hash in capitals":        func(c *testContent) { c.Objects[0].SHA256 = strings.ToUpper(c.Objects[0].SHA256) },
		"an id twice":               func(c *testContent) { c.Claims[1].ID = "c1" },
		"a URL without slash":       func(c *testContent) { c.URL = "https://observatory.example" },
		"a URL of a file":           func(c *testContent) { c.URL = "file:///" },
		"a date that is none":       func(c *testContent) { c.Claims[0].Utterances[0].Date = "2020-02-31" },
		"a span that runs back":     func(c *testContent) { c.Claims[0].Utterances[0].Date = "2021/2020" },
		"a control character":       func(c *testContent) { c.Claims[0].Text = "a\x1bb" },
		"text that is not UTF-8":    func(c *testContent) { c.Claims[0].Text = "a\xff" },
		"a time with fractions":     func(c *testContent) { c.Created = c.Created.Add(1) },
		"another zone":              func(c *testContent) { c.Created = c.Created.Local() },
		"a count beyond JSON":       func(c *testContent) { c.Findings[0].Counts[0].N = 1 << 60 },
		"a query that is no JSON":   func(c *testContent) { c.Findings[0].Query = []byte("{") },
		"bytes missing":             func(c *testContent) { c.Objects[0].Open = nil },
		"other bytes":               func(c *testContent) { c.Objects[0].Open = opener([]byte("x")) },
		"another size":              func(c *testContent) { c.Objects[0].Bytes++ },
		"a rule set's other hash":   func(c *testContent) { c.RuleSets[0].SHA256 = hexSum(nil) },
		"a later version of none":   func(c *testContent) { c.Version = 2 },
		"a withheld object unnamed": func(c *testContent) { c.Redactions = c.Redactions[1:] },
		"a withheld thing, here":    func(c *testContent) { c.Objects[1].Withheld, c.Objects[1].Open = false, opener([]byte("hidden")) },
		"a language that is none":   func(c *testContent) { c.Languages = []string{"<b>"} },
		"a policy that is none":     func(c *testContent) { c.Policy = &Policy{Keys: []string{"x"}} },
		"a checkpoint that is none": func(c *testContent) { c.Log.Checkpoint = []byte("x") },
	} {
		c := newTestContent(t, 1, 10)
		change(c)
		if err := Build(t.Context(), &bytes.Buffer{}, &c.Content, nil); err == nil {
			t.Errorf("%s: built", name)
		}
	}
	c := newTestContent(t, 1, 10)
	if err := Build(canceled(t), &bytes.Buffer{}, &c.Content, nil); err == nil {
		t.Error("a build that was stopped says that it is done")
	}
}
