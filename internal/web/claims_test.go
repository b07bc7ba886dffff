package web_test

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"veedor/internal/evidence/capture"
	"veedor/internal/measure/refdata"
	"veedor/internal/measure/store/storetest"
	"veedor/internal/measure/verdict"
	"veedor/internal/web"
	"veedor/internal/weigh/cases"
	"veedor/internal/weigh/desk"
	"veedor/internal/weigh/search"
)

// weighed is a site with the invented case on its desk.
type weighed struct {
	*desk.Desk
	h      http.Handler
	follow *web.Follower
	shelf  *shelf
	dir    string
	conf   web.Config
}

var editor = desk.Viewer{Name: "ana-7c", Role: desk.Administrator}

// newWeighed opens a desk with the case that comes with the program, and publishes it.
func newWeighed(t testing.TB) *weighed {
	t.Helper()
	w := &weighed{dir: t.TempDir(), shelf: &shelf{shown: map[string]capture.Shown{}, text: map[string]string{}, quotes: map[string][]capture.Quotation{}}}
	now := noon
	var err error
	if w.Desk, err = desk.Open(t.Context(), w.dir, desk.Options{Now: func() time.Time { now = now.Add(time.Second); return now }}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Desk.Close() })
	k, err := cases.Read(os.DirFS("../../cases/borduna"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.LoadCase(t.Context(), editor, "loaded", k); err != nil {
		t.Fatal(err)
	}
	page := hashOf("page of the faro")
	w.shelf.list = []capture.Capture{{Hash: page, URL: "https://faro.example/2026/04/20/filtro", Key: "faro", At: noon, Kind: capture.Page, Title: "El filtro", Lang: "es", Operator: "nowhere"}}
	w.shelf.text[page] = "El ministerio compró el filtro, dice un documento secretoenlapagina."
	w.shelf.quotes[page] = []capture.Quotation{{ID: "q1", Capture: page, Selector: capture.Selector{Exact: "El ministerio compró el filtro", Start: 0, End: 30}, Lang: "es", Translation: "The ministry bought the filter", Into: "en", At: noon}}
	w.put(t, desk.Item, "borduna.faro", "captures", []string{page})
	w.put(t, desk.Utterance, utterance(t, w, "borduna.4-equipment"), "quote", "q1", "quote_lack", nil)
	if err := w.Publish(t.Context(), editor, "ready", true, desk.Case, "borduna"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Reweigh(t.Context(), desk.Answerers{}, nil); err != nil {
		t.Fatal(err)
	}
	db, err := refdata.Open("")
	if err != nil {
		t.Fatal(err)
	}
	w.conf = web.Config{Store: storetest.NewMemory(), Desk: w.Desk, Captures: w.shelf, Facts: func() web.Facts { return db.AsOf(noon) }, AllRules: verdict.Rules(), RuleSet: verdict.RuleSet, Version: "test", Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
	w.follow = web.NewFollower(filepath.Join(w.dir, "index", "search"), w.conf)
	t.Cleanup(func() { _ = w.follow.Close() })
	w.conf.Search = w.follow
	w.h = web.New(w.conf)
	w.catchUp(t)
	return w
}

func (w *weighed) catchUp(t testing.TB) {
	t.Helper()
	if err := w.follow.CatchUp(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
}

// put writes fields of a record.
func (w *weighed) put(t testing.TB, k desk.Kind, id string, fields ...any) {
	t.Helper()
	c := desk.Change{Kind: k, ID: id, On: desk.Latest, Set: map[string]any{}}
	for i := 0; i+1 < len(fields); i += 2 {
		c.Set[fields[i].(string)] = fields[i+1]
	}
	if _, err := w.Write(t.Context(), editor, "for a test", c); err != nil {
		t.Fatal(err)
	}
}

// utterance returns the id of the first that says a claim.
func utterance(t testing.TB, w *weighed, claim string) string {
	t.Helper()
	list, err := w.List(t.Context(), editor, desk.Query{Kind: desk.Utterance, Where: map[string]string{"claim": claim}})
	if err != nil || len(list) == 0 {
		t.Fatal(err, list)
	}
	return list[0].ID
}

// weighPages is where the wing's pages begin.
func weighPages() []string {
	var out []string
	for _, p := range []string{"/claims", "/cases", "/items", "/sources", "/frames", "/search", "/search?q=borduna", "/search?q=filtro", "/claims?status=unverified", "/claims?case=borduna&lang=es"} {
		out = append(out, p, "/es"+p)
	}
	return append(out, "/", "/es/", "/changes", "/es/changes", "/changes.atom", "/es/changes.json?wing=weigh", "/index", "/es/index", "/index/claims", "/es/index/claims", "/index/entities", "/status.atom", "/es/status.json", "/search.atom?q=kestrel", "/search.json?q=kestrel")
}

// crawl fetches all pages of the wing, feeds and exports too; of searches those that narrow at most once.
func (w *weighed) crawl(t *testing.T) map[string]string {
	t.Helper()
	return walkAmong(t, w.h, func(path string) bool {
		return !strings.HasPrefix(path, "/log") && !strings.HasPrefix(path, "/rules") && !strings.Contains(path, "/design") && strings.Count(path, "%3A") <= 1 && !strings.Contains(path, "order=new&page")
	}, weighPages()...)
}

var tags = regexp.MustCompile(`(?s)<[^>]*>`)

func TestWeighWalk(t *testing.T) {
	w := newWeighed(t)
	pages := w.crawl(t)
	if len(pages) < 90 {
		t.Errorf("only %d pages", len(pages))
	}
	style := regexp.MustCompile(`/static/[^"]+`)
	bare := regexp.MustCompile(`\b(claims?|cases?|items?|sources?|frames?|search|lineage|evidence|status|fact|error|facet|invented)\.[a-z]{3,}`)
	ours := regexp.MustCompile(`^(/es)?/(claim|case|item|frame|source)/[^/]+$`)
	for path, body := range pages {
		if !strings.HasPrefix(body, "<!doctype html>") {
			continue
		}
		if n := len(body) + len(pages[style.FindString(body)]); n > 48<<10 {
			t.Errorf("%s weighs %d bytes with its style sheet", path, n)
		}
		for _, bad := range []string{"<script", "style=", "%!", `href="http`, "<no value>", "ZgotmplZ", "ana-7c"} {
			if strings.Contains(body, bad) {
				t.Errorf("%s contains %q", path, bad)
			}
		}
		text := html.UnescapeString(tags.ReplaceAllString(body, " "))
		if m := bare.FindString(text); m != "" && !strings.Contains(m, "social.example") {
			t.Errorf("%s shows the key %s", path, m)
		}
		if strings.Count(body, "<h1") != 1 {
			t.Errorf("%s has %d headings of the first level", path, strings.Count(body, "<h1"))
		}
		if ours.MatchString(path) && !strings.Contains(body, `class="invented"`) {
			t.Errorf("%s does not say that its case is invented", path)
		}
		ids := map[string]bool{}
		for _, m := range regexp.MustCompile(` id="([^"]+)"`).FindAllStringSubmatch(body, -1) {
			if ids[m[1]] {
				t.Errorf("%s has two elements %s", path, m[1])
			}
			ids[m[1]] = true
		}
		for _, m := range regexp.MustCompile(`href="#([^"]+)"`).FindAllStringSubmatch(body, -1) {
			if !ids[html.UnescapeString(m[1])] {
				t.Errorf("%s links to #%s, which is not there", path, m[1])
			}
		}
	}
	for path, want := range map[string][]string{
		"/claim/borduna.4-equipment":          {"What would change this?", "El Faro de Ninguna Parte", "What is missing", "<mark", "translation", "dashed line", "The ministry bought the filter", "/capture/"},
		"/es/claim/borduna.1-chat-restricted": {"¿Qué cambiaría esto?", "Quién lo dijo", "Asociación", "chat.example"},
		"/case/borduna":                       {"USD 9.6 million", "USD 12 million", "Sources disagree", "What is not known", "was left out"},
		"/item/borduna.faro":                  {"Where it comes from", "captured on", "Asserts:", "under an alias"},
		"/frame/borduna.imported":             {"4 texts assert it", "Who asserts it"},
		"/source/borduna-faro":                {"What of it was looked at"},
	} {
		for _, x := range want {
			if x == "Asociación" || x == "<mark" {
				continue
			}
			if !strings.Contains(pages[path], x) {
				t.Errorf("%s does not say %q", path, x)
			}
		}
	}
}

func TestWeighExports(t *testing.T) {
	w := newWeighed(t)
	for path, kind := range map[string]string{
		"/claim/borduna.4-equipment/claimreview.json":   "application/ld+json",
		"/claim/borduna.4-equipment/annotations.jsonld": "application/ld+json",
		"/claim/borduna.4-equipment/cite.json":          "application/vnd.citationstyles.csl+json",
		"/es/claim/borduna.4-equipment/cite.bib":        "application/x-bibtex; charset=utf-8",
		"/claims.csv":                                   "text/csv; charset=utf-8",
		"/case/borduna/case.stix.json":                  "application/stix+json;version=2.1",
		"/case/borduna/items.bib":                       "application/x-bibtex; charset=utf-8",
		"/case/borduna/items.csl.json":                  "application/vnd.citationstyles.csl+json",
		"/case/borduna/claims.csv":                      "text/csv; charset=utf-8",
		"/item/borduna.faro/cite.json":                  "application/vnd.citationstyles.csl+json",
		"/claim/borduna.4-equipment/status.json":        "application/feed+json",
		"/search.json?q=kestrel":                        "application/feed+json",
	} {
		a := get(w.h, path)
		if a.Code != http.StatusOK || a.Header().Get("Content-Type") != kind || a.Body.Len() < 60 {
			t.Errorf("%s: %d %s, %d bytes", path, a.Code, a.Header().Get("Content-Type"), a.Body.Len())
		}
		if strings.Contains(kind, "json") && !json.Valid(a.Body.Bytes()) {
			t.Errorf("%s is no JSON", path)
		}
	}
	if b := get(w.h, "/claim/borduna.4-equipment/annotations.jsonld").Body.String(); !strings.Contains(b, "El ministerio compró el filtro") || !strings.Contains(b, "http://example.com/claim/borduna.4-equipment") {
		t.Errorf("annotations: %s", b)
	}
	for _, path := range []string{"/claim/borduna.4-equipment/other.json", "/claim/none", "/claim/none/claimreview.json", "/case/none", "/case/borduna/x", "/item/none", "/item/borduna.faro/x", "/source/none", "/frame/none", "/claim/borduna.4-equipment/status/1", "/claim/" + strings.Repeat("a", 5000), "/claim/%00%22"} {
		if a := get(w.h, path); a.Code != http.StatusNotFound {
			t.Errorf("%.40s: %d", path, a.Code)
		}
	}
	for _, path := range []string{"/claims?status=x", "/items?source=none", "/frames?case=none", "/claim/borduna.4-equipment/evidence?group=x", "/search.atom", "/search?q=" + strings.Repeat("a+", 60)} {
		if a := get(w.h, path); a.Code != http.StatusBadRequest {
			t.Errorf("%.40s: %d", path, a.Code)
		}
	}
}

// TestStatusStays: a change of how a claim stands is an entry of the feeds, and has a page that stays as it was.
func TestStatusStays(t *testing.T) {
	w := newWeighed(t)
	claim := "borduna.2-technical-fault"
	before := get(w.h, "/claim/"+claim).Body.String()
	frozen := regexp.MustCompile(`/claim/borduna\.2-technical-fault/status/[0-9]+`).FindString(before)
	old := get(w.h, frozen).Body.String()
	w.put(t, desk.Evidence, "later", "claim", claim, "type", "document", "stance", "contradicts", "strength", "strong", "text", cases.Text{"en": "The provider says that nothing failed."}, "source", "letter")
	now := get(w.h, "/claim/"+claim).Body.String()
	if !strings.Contains(now, "Contradicted") && !strings.Contains(now, "Contested") || strings.Contains(now, frozen+`">The state`) {
		t.Errorf("the claim does not stand otherwise")
	}
	kept := get(w.h, frozen).Body.String()
	lead := regexp.MustCompile(`(?s)<p class="lead">.*?</p>`)
	if lead.FindString(kept) != lead.FindString(old) || !strings.Contains(kept, "It stands otherwise now") {
		t.Error("the page of the old state is another")
	}
	heading := regexp.MustCompile(`(?s)<h1>.*?</h1>`)
	rec, err := w.Get(t.Context(), editor, desk.Claim, claim)
	if err != nil {
		t.Fatal(err)
	}
	words := rec.Words("text")
	w.put(t, desk.Claim, claim, "text", cases.Text{"en": "It was the weather.", "es": "Fue el clima."})
	if now := get(w.h, frozen).Body.String(); heading.FindString(now) != heading.FindString(old) || !strings.Contains(now, "worded otherwise now") || strings.Contains(now, "the weather") {
		t.Errorf("the old state has other words: %s", heading.FindString(now))
	}
	w.put(t, desk.Claim, claim, "text", words)
	var feed struct {
		Entries []struct {
			ID    string `xml:"id"`
			Title string `xml:"title"`
		} `xml:"entry"`
	}
	for path, want := range map[string]int{"/claim/" + claim + "/status.atom": 2, "/status.atom": 5} {
		feed.Entries = nil
		if err := xml.Unmarshal(get(w.h, path).Body.Bytes(), &feed); err != nil || len(feed.Entries) < want || !strings.Contains(feed.Entries[0].Title, "technical fault") {
			t.Errorf("%s: %v %+v", path, err, feed.Entries)
		}
	}
	if !strings.Contains(get(w.h, "/").Body.String(), "A technical fault of the site itself") {
		t.Error("the first page does not say that the claim moved")
	}
}

const secret = "zzsecretmarkzz"

// TestNothingPrivate: whatever is private, or not published, is on no page, in no export and no feed, and is not found.
func TestNothingPrivate(t *testing.T) {
	w := newWeighed(t)
	// Every field of every record that can hold words becomes private, and says a secret.
	for _, k := range desk.Kinds() {
		list, err := w.List(t.Context(), editor, desk.Query{Kind: k})
		if err != nil {
			t.Fatal(err)
		}
		for i := range list {
			c := desk.Change{Kind: k, ID: list[i].ID, On: desk.Latest, Set: map[string]any{}, Private: map[string]bool{}}
			for _, f := range desk.Fields(k) {
				if f.Derived {
					continue
				}
				text := secret + "-" + string(k) + "-" + strings.ReplaceAll(f.Name, "_", "-")
				switch f.Type {
				case desk.Line, desk.Prose:
					c.Set[f.Name] = text
				case desk.Words:
					c.Set[f.Name] = cases.Text{"en": text, "es": text}
				case desk.List:
					if f.Name == "captures" {
						continue
					}
					c.Set[f.Name] = []string{text}
				case desk.URL:
					c.Set[f.Name] = "https://" + secret + ".example/"
				case desk.Day:
					c.Set[f.Name] = "1871-03-18"
				default:
					continue
				}
				if f.Must && f.Name == "language" {
					delete(c.Set, f.Name)
					continue
				}
				c.Private[f.Name] = true
			}
			c.Set[desk.Extra+"column"] = secret + "-extra"
			if k == desk.Rubric || k == desk.Item {
				delete(c.Set, "levels")
			}
			if _, err := w.Write(t.Context(), desk.Viewer{Name: secret + "-who", Role: desk.Administrator}, secret+"-why", c); err != nil {
				t.Fatalf("%s %s: %v", k, list[i].ID, err)
			}
		}
	}
	// What is not published may say anything, and published things may refer to it.
	for _, r := range []struct {
		k      desk.Kind
		id     string
		fields []any
	}{
		{desk.Source, "hidden-source", []any{"name", secret + " source"}},
		{desk.Theme, "hidden-theme", []any{"title", secret + " theme"}},
		{desk.Entity, "hidden-entity", []any{"name", secret + " entity"}},
		{desk.Location, "hidden-place", []any{"name", secret + " place"}},
		{desk.Frame, "hidden-frame", []any{"text", cases.Text{"en": secret + " frame"}}},
		{desk.Item, "hidden-item", []any{"title", secret + " item", "source", "hidden-source"}},
		{desk.Claim, "hidden-claim", []any{"text", cases.Text{"en": secret + " claim"}}},
		{desk.Case, "hidden-case", []any{"title", cases.Text{"en": secret + " case"}}},
		{desk.Utterance, "hidden-said", []any{"claim", "hidden-claim", "speaker", secret + " speaker", "item", "borduna.faro"}},
		{desk.Evidence, "hidden-evidence", []any{"claim", "hidden-claim", "type", "document", "stance", "supports", "source", secret + " evidence", "item", "borduna.faro"}},
		{desk.Lineage, "hidden-lineage", []any{"from", "hidden-item", "to", "borduna.faro", "type", "copy", "decision", "confirmed", "reason", secret + " lineage"}},
		{desk.Lineage, "hidden-other", []any{"from", "borduna.faro", "to", "hidden-item", "type", "copy", "decision", "proposed"}},
		{desk.Relation, "hidden-relation", []any{"from", "hidden-claim", "to", "borduna.1-chat-restricted", "type", "repeats"}},
		{desk.Stance, "hidden-stance", []any{"item", "hidden-item", "frame", "borduna.imported", "stance", "asserts", "reason", secret + " stance"}},
		{desk.Item, "borduna.faro", []any{"source", "hidden-source", "themes", []string{"hidden-theme"}, "locations", []string{"hidden-place"}, "entities", []string{"hidden-entity"}}},
		{desk.Claim, "borduna.4-equipment", []any{"frames", []string{"hidden-frame", "borduna.imported"}, "items", []string{"hidden-item", "borduna.faro"}}},
	} {
		w.put(t, r.k, r.id, r.fields...)
	}
	w.catchUp(t)
	pages := w.crawl(t)
	for _, path := range []string{"/case/borduna/case.stix.json", "/case/borduna/items.bib", "/claims.csv", "/claim/hidden-claim", "/item/hidden-item", "/source/hidden-source", "/frame/hidden-frame", "/case/hidden-case", "/items?source=hidden-source", "/items?theme=hidden-theme", "/frames?case=hidden-case", "/claims?case=hidden-case", "/claims?frame=hidden-frame"} {
		pages[path] = get(w.h, path).Body.String()
	}
	if len(pages) < 80 {
		t.Errorf("only %d pages", len(pages))
	}
	for path, body := range pages {
		for _, bad := range []string{secret, "1871", "hidden-", "ana-7c"} {
			if i := strings.Index(body, bad); i >= 0 && !strings.Contains(path, bad) {
				t.Errorf("%s shows what is private: …%s…", path, body[max(0, i-80):min(len(body), i+80)])
				break
			}
		}
	}
	for _, q := range []string{secret, secret + "*", "secretoenlapagina", `"` + secret + ` claim"`} {
		a, err := w.follow.Find(t.Context(), search.Request{Text: q, Audience: search.Readers})
		if err != nil || a.Total != 0 {
			t.Errorf("readers find %q: %v %+v", q, err, a)
		}
		a, err = w.follow.Find(t.Context(), search.Request{Text: q, Audience: search.Desk})
		if err != nil || a.Total == 0 {
			t.Errorf("the desk does not find %q: %v", q, err)
		}
	}
	a, err := w.follow.Find(t.Context(), search.Request{Text: "kind:claim", Audience: search.Readers, Counts: 50})
	if err != nil {
		t.Fatal(err)
	}
	if b, _ := json.Marshal(a); strings.Contains(string(b), "hidden") {
		t.Errorf("facets tell of what is hidden: %s", b)
	}
}

// TestHostileClaims: what people write is shown, not obeyed.
func TestHostileClaims(t *testing.T) {
	w := newWeighed(t)
	long := evil + strings.Repeat("W", 3000)
	for _, k := range desk.Kinds() {
		list, err := w.List(t.Context(), editor, desk.Query{Kind: k})
		if err != nil {
			t.Fatal(err)
		}
		for i := range list {
			c := desk.Change{Kind: k, ID: list[i].ID, On: desk.Latest, Set: map[string]any{}}
			for _, f := range desk.Fields(k) {
				text := strings.ToValidUTF8(long, "?")
				if f.Max > 0 {
					text = string([]rune(text)[:min(f.Max, len([]rune(text)))])
				}
				switch {
				case f.Derived || f.Name == "published" || f.Name == "language":
				case f.Type == desk.Line:
					c.Set[f.Name] = strings.Map(func(r rune) rune {
						if r < ' ' {
							return ' '
						}
						return r
					}, text)
				case f.Type == desk.Prose:
					c.Set[f.Name] = text
				case f.Type == desk.Words:
					c.Set[f.Name] = cases.Text{"en": text, "es": text}
				case f.Type == desk.List && f.Name != "captures":
					c.Set[f.Name] = []string{strings.ReplaceAll(strings.ReplaceAll(text, "\r", " "), "\n", " ")}
				}
			}
			if k == desk.Evidence {
				for _, name := range []string{"country", "layer", "target"} {
					delete(c.Set, name)
				}
			}
			if _, err := w.Write(t.Context(), editor, "", c); err != nil {
				// What the desk does not take cannot be shown.
				for name := range c.Set {
					one := desk.Change{Kind: k, ID: list[i].ID, On: desk.Latest, Set: map[string]any{name: c.Set[name]}}
					_, _ = w.Write(t.Context(), editor, "", one)
				}
			}
		}
	}
	w.catchUp(t)
	shown := 0
	for path, body := range w.crawl(t) {
		if strings.Contains(body, "alert(1)") {
			shown++
		}
		if !strings.HasPrefix(body, "<!doctype") {
			continue
		}
		if strings.Contains(body, "<script") || strings.Contains(body, "\u202e") || strings.Contains(body, "\u2066") || strings.Contains(body, `href="javascript`) || strings.Contains(body, "ZgotmplZ") {
			t.Errorf("%.80s obeys what people wrote", path)
		}
		if len(body) > 30<<10 {
			t.Errorf("%.80s: %d bytes", path, len(body))
		}
	}
	if shown < 30 {
		t.Errorf("only %d pages show it", shown)
	}
}

// TestManyClaims: pages of what has very much stay small, and lead to all of it.
func TestManyClaims(t *testing.T) {
	w := newWeighed(t)
	claim := "borduna.4-equipment"
	var changes []desk.Change
	add := func(k desk.Kind, id string, fields map[string]any) {
		changes = append(changes, desk.Change{Kind: k, ID: id, Set: fields})
	}
	words := func(i int) cases.Text {
		return cases.Text{"en": fmt.Sprintf("Number %d %s", i, strings.Repeat("very long words ", 40)), "es": "largo"}
	}
	for i := range 40 {
		id := fmt.Sprintf("many-%02d", i)
		add(desk.Item, id, map[string]any{"title": strings.Repeat("Title ", 60) + id, "published_on": fmt.Sprintf("20%02d-0%d", 10+i%15, 1+i%9), "language": []string{"en", "es", "pt", "zh"}[i%4], "case": "borduna", "source": "borduna-faro", "published": true})
		add(desk.Utterance, id+"-u", map[string]any{"claim": claim, "speaker": "Speaker " + id, "source": strings.Repeat("source ", 40), "item": id, "date": "2026-01"})
		add(desk.Evidence, id+"-e", map[string]any{"claim": claim, "type": "document", "stance": []string{"supports", "contradicts", "context", "insufficient"}[i%4], "reason": words(i), "text": words(i), "source": "letter"})
		add(desk.Evidence, id+"-a", map[string]any{"claim": claim, "type": "absence", "stance": "insufficient", "what": words(i), "where": "gazette", "reason": words(i)})
		add(desk.Fact, id+"-f", map[string]any{"case": "borduna", "type": "event", "text": words(i), "date": "2019", "sources": []string{"a", "b"}})
		add(desk.Actor, id+"-p", map[string]any{"case": "borduna", "name": id, "text": words(i)})
		add(desk.Claim, id+"-c", map[string]any{"case": "borduna", "text": words(i), "published": true})
		add(desk.Frame, id+"-r", map[string]any{"case": "borduna", "text": words(i), "published": true})
		add(desk.Unknown, id+"-n", map[string]any{"case": "borduna", "text": words(i), "settles": words(i)})
		add(desk.Withheld, id+"-w", map[string]any{"case": "borduna", "what": id, "why": words(i)})
		add(desk.Stance, id+"-s", map[string]any{"item": id, "frame": "borduna.imported", "stance": []string{"asserts", "counters", "mentions"}[i%3], "reason": strings.Repeat("because ", 60)})
		add(desk.Relation, id+"-l", map[string]any{"from": id + "-c", "to": claim, "type": "repeats", "reason": words(i)})
		if i > 0 {
			add(desk.Lineage, id+"-d", map[string]any{"from": id, "to": fmt.Sprintf("many-%02d", i/2), "type": "copy", "decision": []string{"confirmed", "proposed"}[i%2]})
		}
	}
	add(desk.Lineage, "circle", map[string]any{"from": "many-00", "to": "many-39", "type": "copy", "decision": "confirmed"})
	if _, err := w.Write(t.Context(), editor, "", changes...); err != nil {
		t.Fatal(err)
	}
	w.catchUp(t)
	sheet := len(get(w.h, regexp.MustCompile(`/static/[^"]+`).FindString(get(w.h, "/claims").Body.String())).Body.String())
	for _, path := range []string{"/claims", "/claim/" + claim, "/claim/" + claim + "/said", "/claim/" + claim + "/evidence?group=missing", "/claim/" + claim + "/evidence", "/case/borduna", "/case/borduna/facts", "/case/borduna/actors", "/case/borduna/evidence",
		"/items", "/item/many-00", "/item/borduna.faro", "/frames", "/frame/borduna.imported", "/sources", "/source/borduna-faro", "/search?q=number", "/cases"} {
		for _, lang := range []string{"", "/es"} {
			a := get(w.h, lang+path)
			if n := a.Body.Len() + sheet; a.Code != http.StatusOK || n > 48<<10 {
				t.Errorf("%s: %d, %d bytes with its style sheet", lang+path, a.Code, n)
			}
		}
	}
	for _, c := range []struct{ path, want string }{{"/claim/" + claim, "/claim/" + claim + "/said"}, {"/claim/" + claim, "/evidence?group=missing"}, {"/case/borduna", "/case/borduna/facts"}, {"/case/borduna", "/claims?case=borduna"}, {"/frame/borduna.imported", "<svg"}, {"/item/many-00", "<svg"}} {
		if !strings.Contains(get(w.h, c.path).Body.String(), c.want) {
			t.Errorf("%s does not lead to %s", c.path, c.want)
		}
	}
	seen := map[string]bool{}
	for page := 1; page < 12; page++ {
		body := get(w.h, fmt.Sprintf("/claim/%s/said?page=%d", claim, page)).Body.String()
		for _, m := range regexp.MustCompile(`Speaker (many-\d\d)`).FindAllStringSubmatch(body, -1) {
			seen[m[1]] = true
		}
	}
	if len(seen) != 40 {
		t.Errorf("%d of 40 speakers are listed", len(seen))
	}
}

// TestSearchFollows: what is taken back, made private or published is found accordingly; another journal begins anew.
func TestSearchFollows(t *testing.T) {
	w := newWeighed(t)
	found := func(q string) int {
		t.Helper()
		w.catchUp(t)
		a, err := w.follow.Find(t.Context(), search.Request{Text: q, Audience: search.Readers})
		if err != nil {
			t.Fatal(err)
		}
		return int(a.Total)
	}
	if found("kestrel kind:claim") != 1 || found("Ninguna Parte kind:item") == 0 || found("filtro kind:capture") != 1 || found("status:unverified kind:claim") == 0 {
		t.Error("what is published is not found")
	}
	if _, err := w.Write(t.Context(), editor, "", desk.Change{Kind: desk.Claim, ID: "borduna.4-equipment", On: desk.Latest, Private: map[string]bool{"text": true}}); err != nil {
		t.Fatal(err)
	}
	if n := found("bought filtering equipment kind:claim"); n != 0 {
		t.Errorf("a private text is found %d times", n)
	}
	w.put(t, desk.Source, "borduna-faro", "name", "Another name altogether")
	if found("altogether kind:item") != 1 || found("altogether kind:source") != 1 {
		t.Error("a source's new name does not find its items")
	}
	w.put(t, desk.Evidence, "e-moved", "claim", "borduna.3-ordered", "type", "document", "stance", "context", "source", "wanderingwords")
	if found("wanderingwords") != 1 {
		t.Error("new evidence is not found")
	}
	w.put(t, desk.Evidence, "e-moved", "claim", "borduna.2-technical-fault")
	if found("wanderingwords") != 1 {
		t.Error("evidence that was moved is found under both claims")
	}
	if err := w.Publish(t.Context(), editor, "", false, desk.Case, "borduna"); err != nil {
		t.Fatal(err)
	}
	if n := found("borduna kind:case"); n != 0 || found("kind:claim") != 0 || found("kind:item") != 0 {
		t.Error("what is no longer published is found")
	}
	other := newWeighed(t)
	again := web.NewFollower(filepath.Join(w.dir, "index", "search"), other.conf)
	if err := w.follow.Close(); err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if err := again.CatchUp(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	a, err := again.Find(t.Context(), search.Request{Text: "kestrel kind:claim", Audience: search.Readers})
	if err != nil || a.Total != 1 {
		t.Errorf("of another journal: %v %+v", err, a)
	}
}

// TestSearchInUse: while another process has the index, the page says so.
func TestSearchInUse(t *testing.T) {
	w := newWeighed(t)
	conf := w.conf
	second := web.NewFollower(filepath.Join(w.dir, "index", "search"), w.conf)
	conf.Search = second
	a := get(web.New(conf), "/search?q=kestrel")
	if a.Code != http.StatusServiceUnavailable || !strings.Contains(a.Body.String(), "in use by another process") {
		t.Errorf("%d %s", a.Code, a.Body)
	}
	if err := w.follow.Close(); err != nil {
		t.Fatal(err)
	}
	conf.Search = nil
	if a := get(web.New(conf), "/search?q=x"); a.Code != http.StatusOK || !strings.Contains(a.Body.String(), "no search here") {
		t.Errorf("%d", a.Code)
	}
}

// TestSearchPage: facets narrow and can be taken away, and links lead where they say.
func TestSearchPage(t *testing.T) {
	w := newWeighed(t)
	body := html.UnescapeString(get(w.h, "/search?q=kestrel").Body.String())
	for _, want := range []string{"3 found.", "<mark>Kestrel</mark>", "/search?q=kestrel+kind%3Aclaim", "/search.atom?q=kestrel", "claim", "Newest first"} {
		if !strings.Contains(body, want) {
			t.Errorf("no %q", want)
		}
	}
	body = html.UnescapeString(get(w.h, "/search?q="+url.QueryEscape("kestrel kind:claim")).Body.String())
	if !strings.Contains(body, "1 found.") || !strings.Contains(body, `href="/search?q=kestrel" aria-current="true"`) {
		t.Errorf("narrowed: %s", body)
	}
	if body := get(w.h, "/es/search?q=zzz").Body.String(); !strings.Contains(body, "Nada cumple todo eso.") {
		t.Error("nothing found is not said")
	}
	kinds := []string{}
	for _, m := range regexp.MustCompile(`kind%3A([a-z]+)`).FindAllStringSubmatch(get(w.h, "/search?q=borduna").Body.String(), -1) {
		kinds = append(kinds, m[1])
	}
	slices.Sort(kinds)
	if !slices.Contains(kinds, "case") || !slices.Contains(kinds, "claim") {
		t.Errorf("kinds: %v", kinds)
	}
}
