package web_test

import (
	"encoding/json"
	"fmt"
	"html"
	"mime"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"veedor/internal/measure/incidents"
	"veedor/internal/measure/scenario"
	"veedor/internal/measure/series"
	"veedor/internal/measure/store/storetest"
	"veedor/internal/measure/verdict"
	"veedor/internal/web"
	"veedor/internal/weigh/cases"
	"veedor/internal/weigh/desk"
)

// cslFault says what the schema of CSL data (citation-style-language/schema, csl-data.json of 1.0.2) would not take.
func cslFault(b []byte) error {
	var items []map[string]any
	if err := json.Unmarshal(b, &items); err != nil {
		return err
	}
	types := []string{"webpage", "dataset", "article-newspaper", "post", "report", "speech", "broadcast"} // of its list
	texts := []string{"id", "type", "title", "container-title", "URL", "language", "publisher", "version", "note"}
	for _, item := range items {
		if t, _ := item["type"].(string); !slices.Contains(types, t) || item["id"] == nil {
			return fmt.Errorf("type %v, id %v", item["type"], item["id"])
		}
		for name, v := range item {
			_, text := v.(string)
			switch {
			case slices.Contains(texts, name) && text:
			case name == "author":
				for _, n := range v.([]any) {
					if m, ok := n.(map[string]any); !ok || len(m) != 1 || m["literal"] == "" {
						return fmt.Errorf("author %v", n)
					}
				}
			case name == "issued" || name == "accessed":
				d, ok := v.(map[string]any)
				parts, _ := d["date-parts"].([]any)
				if !ok || len(d) != 1 || len(parts) != 1 || len(parts[0].([]any)) == 0 || len(parts[0].([]any)) > 3 {
					return fmt.Errorf("%s %v", name, v)
				}
			default:
				return fmt.Errorf("the schema has no %s with %v", name, v)
			}
		}
	}
	return nil
}

// bibFault says what BibTeX would stumble on: braces that do not close, a field without a value, raw control characters.
func bibFault(s string) error {
	if !regexp.MustCompile(`(?s)^@(misc|dataset)\{[A-Za-z0-9._:-]+,\n.*\n\}\n$`).MatchString(s) {
		return fmt.Errorf("no entry: %q", s)
	}
	depth := 0
	for _, c := range s { // as BibTeX counts: a brace that is escaped is one too
		switch {
		case c == '{':
			depth++
		case c == '}':
			depth--
		case unicode.IsControl(c) && c != '\n':
			return fmt.Errorf("control character %U", c)
		}
		if depth < 0 {
			return fmt.Errorf("braces close too soon")
		}
	}
	if depth != 0 {
		return fmt.Errorf("braces do not close")
	}
	for line := range strings.Lines(strings.TrimSpace(s)) {
		if line = strings.TrimSpace(line); !strings.HasPrefix(line, "@") && line != "}" && !regexp.MustCompile(`^[a-z]+ = \{.+\},$`).MatchString(line) {
			return fmt.Errorf("line %q", line)
		}
	}
	return nil
}

var (
	citeBlock = regexp.MustCompile(`(?s)<section aria-labelledby="cite">.*?</section>`)
	stateLink = regexp.MustCompile(`<a href="([^"]+)">(?:The state cited|El estado citado)`)
)

// checkCite checks the block of a page and its files, and returns the address of the state that is cited.
func checkCite(t *testing.T, h http.Handler, path string) string {
	t.Helper()
	page := get(h, path)
	block := citeBlock.FindString(page.Body.String())
	if page.Code != http.StatusOK || block == "" || strings.Count(page.Body.String(), `id="cite"`) != 1 {
		t.Errorf("%s: %d, does not say how it is cited", path, page.Code)
		return ""
	}
	if !strings.Contains(block, "/report?page=") || strings.Contains(block, "%!") || strings.Contains(block, "<script") {
		t.Errorf("%s: %s", path, block)
	}
	found := 0
	for _, m := range links.FindAllStringSubmatch(block, -1) {
		href := html.UnescapeString(m[1])
		if href != html.UnescapeString(regexp.MustCompile(`#.*`).ReplaceAllString(href, "")) {
			continue
		}
		w := get(h, href)
		if w.Code != http.StatusOK {
			t.Errorf("%s: %s: %d", path, href, w.Code)
		}
		name, _, _ := strings.Cut(href[strings.LastIndexByte(href, '/')+1:], "?")
		var fault error
		kind := ""
		switch name {
		case "cite.bib":
			fault, kind = bibFault(w.Body.String()), "application/x-bibtex; charset=utf-8"
		case "cite.json":
			fault, kind = cslFault(w.Body.Bytes()), "application/vnd.citationstyles.csl+json"
		default:
			continue
		}
		found++
		_, params, err := mime.ParseMediaType(w.Header().Get("Content-Disposition"))
		if fault != nil || w.Header().Get("Content-Type") != kind || err != nil || !strings.HasSuffix(params["filename"], strings.TrimPrefix(name, "cite")) || !strings.Contains(w.Body.String(), "2026") || !strings.Contains(w.Body.String(), "http://example.com/") {
			t.Errorf("%s: %s: %v, %v, %v\n%s", path, href, fault, err, w.Header(), w.Body)
		}
	}
	if found != 2 {
		t.Errorf("%s: %d files that cite it", path, found)
	}
	if m := stateLink.FindStringSubmatch(block); m != nil {
		return html.UnescapeString(m[1])
	}
	return ""
}

// TestCite: whatever states something says how it is cited, with an address of a state and files for it.
func TestCite(t *testing.T) {
	sample := site(t, scenario.Sample())
	uid := regexp.MustCompile(`/measurement/([^"]+)`).FindStringSubmatch(get(sample, "/measurements").Body.String())[1]
	for path, frozen := range map[string]string{"/country/XA": "/country/XA/asof/", "/network/AS64500": "/network/AS64500/asof/", "/target/news.example": "/target/news.example/asof/", "/category/NEWS": "/category/NEWS/asof/",
		"/measurement/" + uid: "", "/signature?asn=AS64500+AS64501": "/signature?asn="} {
		for _, lang := range []string{"", "/es"} {
			state := checkCite(t, sample, lang+path)
			if (frozen == "") != (state == "") || frozen != "" && !strings.HasPrefix(state, lang+frozen) {
				t.Errorf("%s%s: the state cited is at %q", lang, path, state)
			}
			if state != "" {
				if again := checkCite(t, sample, state); again != "" {
					t.Errorf("%s cites another state of itself: %s", state, again)
				}
			}
		}
	}
	w := newWeighed(t)
	w.put(t, desk.Claim, "borduna.3-ordered", "text", cases.Text{"en": `<script>alert(1)</script>"'& {}\ $%&#_~^ @misc{x,`, "es": "}{"})
	for _, path := range []string{"/claim/borduna.4-equipment", "/claim/borduna.3-ordered", "/claim/borduna.2-technical-fault", "/case/borduna", "/case/borduna/exported", "/item/borduna.faro"} {
		for _, lang := range []string{"", "/es"} {
			if state := checkCite(t, w.h, lang+path); state != "" {
				checkCite(t, w.h, state)
			} else if strings.HasPrefix(path, "/claim") {
				t.Errorf("%s has no state that stays", path)
			}
		}
	}
	bib := get(w.h, "/case/borduna/exported/cite.bib").Body.String()
	for _, part := range []string{"@misc{veedor-exported-borduna,", "proof of an export stands like this: For 3 kinds of proof there is nothing so far."} {
		if !strings.Contains(bib, part) {
			t.Errorf("what cites how proofs stand has no %q: %s", part, bib)
		}
	}
	finding := regexp.MustCompile(`/claim/[^"]+/finding/[^"]+`).FindString(get(w.h, "/claim/borduna.1-chat-restricted").Body.String())
	checkCite(t, w.h, finding)
	k := fullRegistry(t)
	h := registrySite(t, k, k.files, nil, nil)
	id, _, err := k.Canonical("a-1")
	if err != nil {
		t.Fatal(err)
	}
	statement := regexp.MustCompile(`/entity/[^"]+/statement/[0-9a-f]+`).FindString(get(h, "/entity/"+id).Body.String())
	for _, path := range []string{"/entity/" + id, statement, "/dataset/alpha-list"} {
		if state := checkCite(t, h, path); state != "" {
			checkCite(t, h, state)
		}
	}
	kept, s := evidenceSite(t)
	for _, c := range s.list {
		checkCite(t, kept, "/capture/"+c.Hash)
	}
	dossier := regexp.MustCompile(`/dossier/[0-9a-f]{64}`).FindString(get(kept, "/dossiers").Body.String())
	checkCite(t, kept, dossier)
	for _, path := range []string{"/about/cite.bib", "/claims/cite.bib", "/cite.json", "/country/QQ/cite.bib", "/incident/none/cite.json"} {
		if code := get(sample, path).Code; code != http.StatusNotFound {
			t.Errorf("%s: %d", path, code)
		}
	}
}

// TestCiteHost: an address that nobody has is not cited.
func TestCiteHost(t *testing.T) {
	h := site(t, scenario.Sample())
	for _, host := range []string{`evil.example"><script>`, "a}b", strings.Repeat("a", 300), ""} {
		r := httptest.NewRequest("GET", "/country/XA/cite.bib", nil)
		r.Host = host
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "author = {{Veedor}}") || !strings.Contains(w.Body.String(), "url = {/country/XA/asof/") {
			t.Errorf("%.30q: %d %s", host, w.Code, w.Body)
		}
	}
}

// TestAsOf: an answer as of a day counts what began up to its end, and says so.
func TestAsOf(t *testing.T) {
	h := site(t, scenario.Sample())
	lead := regexp.MustCompile(`(?s)<p class="lead">.*?</p>`)
	now := get(h, "/country/XA").Body.String()
	last := get(h, html.UnescapeString(stateLink.FindStringSubmatch(now)[1])).Body.String()
	early := get(h, "/country/XA/asof/2026-05-10").Body.String()
	if lead.FindString(now) != lead.FindString(last) || lead.FindString(now) == lead.FindString(early) {
		t.Errorf("%s %s %s", lead.FindString(now), lead.FindString(last), lead.FindString(early))
	}
	if !strings.Contains(early, "up to the end of 10 May 2026") || !strings.Contains(early, `href="/country/XA">`) || !strings.Contains(early, "&amp;to=2026-05-11") {
		t.Error("the page does not say what it counts")
	}
	for _, m := range regexp.MustCompile(`<time datetime="(2026-[^"]+)"`).FindAllStringSubmatch(early, -1) {
		if m[1] > "2026-05-11" {
			t.Errorf("it shows something of %s", m[1])
		}
	}
	for path, want := range map[string]int{"/country/XA/asof/2026-13-01": 404, "/country/XA/asof/today": 404, "/country/XA/asof/9999-12-31": 404, "/country/XA/asof/2000-01-01": 404, "/signature?asn=AS64500+AS64501&asof=x": 400, "/measurements?from=x": 400, "/measurements?to=2026-05-11": 200} {
		if code := get(h, path).Code; code != want {
			t.Errorf("%s: %d, want %d", path, code, want)
		}
	}
}

// TestIncidentStates: each entry of the journal is a state of the incident that stays as it was.
func TestIncidentStates(t *testing.T) {
	begin := time.Date(2026, 4, 10, 0, 0, 0, 0, time.UTC)
	at := verdict.HourOf(begin)
	first := series.Incident{ID: "20260410-xa-1", Kind: series.Restriction, CC: "XA", Networks: []uint32{64497}, Targets: []string{"telegram.org"}, Layers: []string{"tls"}, From: at, FromBefore: at - 5, Voters: 9, Blocked: 8, Share: 0.7, Series: 1}
	second := first
	second.To, second.ToBefore, second.Networks = at+240, at+230, []uint32{64497, 64498}
	third := second
	third.Withdrawn = series.CauseNetwork
	history := []incidents.Entry{{At: begin.Add(9 * time.Hour), What: incidents.Published, Incident: first, RuleSet: "r1"}, {At: begin.Add(300 * time.Hour), What: incidents.Ended, Incident: second, RuleSet: "r2"}, {At: begin.Add(400 * time.Hour), What: incidents.Withdrawn, Incident: third, RuleSet: "r2"}}
	for i := range history {
		history[i].Hash = hashOf(fmt.Sprint("line ", i))
	}
	site := func(n int) http.Handler {
		conf := newWeighed(t).conf
		conf.Store, conf.Incidents = storetest.NewMemory(), told{{Incident: history[n-1].Incident, History: history[:n]}}
		return web.New(conf)
	}
	was, now := site(1), site(3)
	state := checkCite(t, was, "/incident/20260410-xa-1")
	if state != "/incident/20260410-xa-1/state/1" {
		t.Fatalf("the state cited is at %q", state)
	}
	body := func(h http.Handler) string { // but for how many states there are by now
		return regexp.MustCompile(`State 1 of \d`).ReplaceAllString(get(h, state).Body.String(), "")
	}
	if body(was) != body(now) {
		t.Errorf("the state does not stay as it was:\n%s\n%s", body(was), body(now))
	}
	page := get(now, state).Body.String()
	for _, want := range []string{"State 1 of 3", `href="/incident/20260410-xa-1">How it stands now`, hashOf("line 0"), "it lasts", "AS64497"} {
		if !strings.Contains(page, want) {
			t.Errorf("the state does not say %q", want)
		}
	}
	for _, later := range []string{"AS64498", "own trouble", "Withdrawn"} {
		if strings.Contains(page, later) {
			t.Errorf("the state says %q, which came later", later)
		}
	}
	checkCite(t, now, state)
	if got := checkCite(t, now, "/incident/20260410-xa-1"); !strings.HasSuffix(got, "/state/3") {
		t.Errorf("the state cited now is at %q", got)
	}
	for _, n := range []string{"0", "4", "01", "x", "-1", "99999999999999999999"} {
		if code := get(now, "/incident/20260410-xa-1/state/"+n).Code; code != http.StatusNotFound {
			t.Errorf("state %s: %d", n, code)
		}
	}
}

// TestWould: what would change a claim follows from what it rests on.
func TestWould(t *testing.T) {
	w := newWeighed(t)
	claim := "borduna.2-technical-fault"
	would := func() string {
		body := get(w.h, "/claim/"+claim).Body.String()
		return regexp.MustCompile(`(?s)<section aria-labelledby="change">.*?</section>`).FindString(body)
	}
	before := would()
	w.put(t, desk.Evidence, "one", "claim", claim, "type", "document", "stance", "supports", "strength", "strong", "text", cases.Text{"en": "The provider says so."}, "source", "letter")
	after := would()
	if before == after || before == "" {
		t.Errorf("evidence changes nothing: %s", after)
	}
	standing, err := w.Standing(t.Context(), editor, claim)
	if err != nil {
		t.Fatal(err)
	}
	more := cases.Status(append(slices.Clone(standing.Weighed), cases.Weighed{Stance: cases.Supports, Root: "other"}))
	if more != standing.Status && !strings.Contains(strings.ToLower(after), strings.ReplaceAll(more, "-", " ")) && !strings.Contains(strings.ToLower(after), more) {
		t.Errorf("one more source would make it %s, and the page says %s", more, after)
	}
}
