package web_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"testing"
	"time"

	"veedor/internal/measure/obs"
	"veedor/internal/measure/ooni"
	"veedor/internal/measure/refdata"
	"veedor/internal/measure/scenario"
	"veedor/internal/measure/store"
	"veedor/internal/measure/store/storetest"
	"veedor/internal/measure/verdict"
	"veedor/internal/web"
)

// bytesOf is evidence in memory.
type bytesOf map[string][]byte

func (b bytesOf) Raw(hash string) ([]byte, error) {
	if raw, ok := b[hash]; ok {
		return raw, nil
	}
	return nil, errors.New("no such evidence")
}

// site returns the handler over measurements, one JSON object a line.
func site(t testing.TB, lines []byte) http.Handler {
	t.Helper()
	m := memory(t, lines)
	return handler(t, m.store, m.evidence)
}

// stored is measurements in memory.
type stored struct {
	store    store.Store
	evidence bytesOf
	hash     string // of the first one's bytes
}

func memory(t testing.TB, lines []byte) stored {
	t.Helper()
	db, err := refdata.Open("")
	if err != nil {
		t.Fatal(err)
	}
	s, evidence, first := storetest.NewMemory(), bytesOf{}, ""
	var b store.Batch
	for line := range bytes.Lines(lines) {
		line = bytes.Clone(bytes.TrimSpace(line))
		m, err := ooni.Decode(line)
		if err != nil {
			t.Fatal(err)
		}
		hash := sha256.Sum256(line)
		evidence[hex.EncodeToString(hash[:])] = line
		if first == "" {
			first = hex.EncodeToString(hash[:])
		}
		start, _ := m.Start()
		facts := db.AsOf(start)
		n := len(b.Observations)
		b.Observations, b.Certificates = obs.Flatten(b.Observations, b.Certificates, m, obs.Identity{UID: obs.UID(m, hash), Hash: hex.EncodeToString(hash[:])}, facts)
		b.Verdicts = verdict.Judge(b.Verdicts, b.Observations[n:], facts, nil)
	}
	if err := s.Append(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	return stored{s, evidence, first}
}

func handler(t testing.TB, s store.Store, evidence web.Evidence) http.Handler {
	t.Helper()
	db, err := refdata.Open("")
	if err != nil {
		t.Fatal(err)
	}
	return web.New(web.Config{Store: s, Evidence: evidence, Facts: func() web.Facts { return db.AsOf(time.Now()) }, AllRules: verdict.Rules(),
		RuleSet: verdict.RuleSet, Version: "test", Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
}

func get(h http.Handler, path string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

var links = regexp.MustCompile(`(?:href|action)="([^"]+)"`)

// walk fetches every page reachable from the given ones.
func walk(t *testing.T, h http.Handler, from ...string) map[string]string {
	t.Helper()
	return walkAmong(t, h, func(string) bool { return true }, from...)
}

// walkAmong is walk that follows only some addresses.
func walkAmong(t *testing.T, h http.Handler, follow func(path string) bool, from ...string) map[string]string {
	t.Helper()
	pages, todo := map[string]string{}, from
	for len(todo) > 0 {
		path := todo[0]
		todo = todo[1:]
		path, _, _ = strings.Cut(path, "#")
		if _, seen := pages[path]; seen || path == "" {
			continue
		}
		w := get(h, path)
		if w.Code != http.StatusOK {
			t.Errorf("%s: %d", path, w.Code)
		}
		pages[path] = w.Body.String()
		if strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
			for _, m := range links.FindAllStringSubmatch(w.Body.String(), -1) {
				next := html.UnescapeString(m[1])
				if !strings.HasPrefix(next, "/") && !strings.HasPrefix(next, "#") {
					t.Errorf("%s links elsewhere: %s", path, next)
					continue
				}
				if follow(next) && (!strings.Contains(next, ".sort=") && !strings.Contains(next, "/report?") || len(pages) < 200) { // there is one for each page, or more
					todo = append(todo, next)
				}
			}
		}
	}
	return pages
}

func TestWalk(t *testing.T) {
	h := site(t, scenario.Sample())
	style := regexp.MustCompile(`/static/[^"]+`)
	bareKeys := regexp.MustCompile(`\b(month|label|sentence|state|legend|failure|step|ratio|layer|col|table|kind|date|vantage)\.[a-z0-9_]+`)
	fragments := regexp.MustCompile(`href="([^"#?]*)#([^"]+)"`)
	pages := walk(t, h, "/", "/es/", "/about", "/rules")
	if len(pages) < 100 {
		t.Errorf("only %d pages reachable", len(pages))
	}
	for path, body := range pages {
		if !strings.HasPrefix(body, "<!doctype html>") {
			continue
		}
		sheet := pages[style.FindString(body)]
		limit := 48 << 10
		if strings.HasSuffix(path, "/design") {
			limit = 60 << 10 // one of each kind of part
		}
		if n := len(body) + len(sheet); n > limit {
			t.Errorf("%s weighs %d bytes with its style sheet", path, n)
		}
		for _, bad := range []string{"<script", "style=", "onclick", "%!", `href="http`, `src="http`, "<no value>", "ZgotmplZ"} {
			if strings.Contains(body, bad) {
				t.Errorf("%s contains %q", path, bad)
			}
		}
		if m := bareKeys.FindString(body); m != "" {
			t.Errorf("%s shows the key %s", path, m)
		}
		if strings.Count(body, "<h1") != 1 || !strings.Contains(body, "<title>") {
			t.Errorf("%s has %d headings of the first level", path, strings.Count(body, "<h1"))
		}
		lang := "en"
		switch {
		case strings.HasPrefix(path, "/es/"):
			lang = "es"
		case strings.HasPrefix(path, "/zh/"):
			lang = "zh-Hans"
		}
		if !strings.Contains(body, `<html lang="`+lang+`">`) {
			t.Errorf("%s is not marked as %s", path, lang)
		}
		if lang != "en" && strings.Contains(body, `<span lang="en"`) { // what rules looked at is not translated
			t.Errorf("%s shows English text", path)
		}
		for _, m := range fragments.FindAllStringSubmatch(body, -1) {
			page, id := m[1], m[2]
			if page == "" {
				page = path
			}
			if !strings.Contains(pages[page], ` id="`+id+`"`) {
				t.Errorf("%s links to %s#%s, which is not there", path, page, id)
			}
		}
		subject := regexp.MustCompile(`^(/es|/zh)?/(country|network|target|measurement)/`).MatchString(path)
		if marked := strings.Contains(body, `class="invented"`); subject && !marked {
			t.Errorf("%s does not say that its data is invented", path)
		}
	}
}

func TestHeaders(t *testing.T) {
	h := site(t, scenario.Sample())
	w := get(h, "/", "Accept-Encoding", "gzip")
	if !strings.Contains(w.Header().Get("Content-Security-Policy"), "default-src 'none'") || w.Header().Get("Set-Cookie") != "" ||
		w.Header().Get("X-Content-Type-Options") != "nosniff" || w.Header().Get("Referrer-Policy") != "no-referrer" {
		t.Errorf("headers: %v", w.Header())
	}
	z, err := gzip.NewReader(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(z); err != nil || !bytes.Contains(b, []byte("<h1")) {
		t.Errorf("compressed: %v", err)
	}
	if w := get(h, "/", "If-None-Match", get(h, "/").Header().Get("ETag")); w.Code != http.StatusNotModified {
		t.Errorf("the same again: %d", w.Code)
	}
	head := httptest.NewRecorder()
	h.ServeHTTP(head, httptest.NewRequest(http.MethodHead, "/", nil))
	if head.Code != http.StatusOK || head.Body.Len() != 0 {
		t.Errorf("HEAD: %d, %d bytes", head.Code, head.Body.Len())
	}
	post := httptest.NewRecorder()
	h.ServeHTTP(post, httptest.NewRequest(http.MethodPost, "/", strings.NewReader("x")))
	if post.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", post.Code)
	}
}

// TestEncodings: compression only where it is asked for.
func TestEncodings(t *testing.T) {
	h := site(t, scenario.Sample())
	for accept, want := range map[string]string{"": "", "identity": "", "br, gzip": "gzip", "gzip;q=0.5": "gzip", "gzip; q=0": "", "x-gzip": ""} {
		if got := get(h, "/", "Accept-Encoding", accept).Header().Get("Content-Encoding"); got != want {
			t.Errorf("%q: %q, want %q", accept, got, want)
		}
	}
}

// TestExports: whole tables, as files; one that breaks off is not mistaken for a whole one.
func TestExports(t *testing.T) {
	h := site(t, scenario.Sample())
	for _, file := range []string{"verdicts.csv", "verdicts.parquet", "observations.csv", "observations.parquet"} {
		w := get(h, "/export/"+file)
		if w.Code != http.StatusOK || w.Body.Len() < 1000 || w.Header().Get("Content-Disposition") != `attachment; filename="`+file+`"` {
			t.Errorf("%s: %d, %d bytes, %v", file, w.Code, w.Body.Len(), w.Header())
		}
	}
	s := broken{storetest.NewMemory()}
	h = web.New(web.Config{Store: s, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if w := get(h, "/export/verdicts.csv"); w.Code != http.StatusInternalServerError || w.Header().Get("Content-Disposition") != "" {
		t.Errorf("failed before the first byte: %d %v", w.Code, w.Header())
	}
	defer func() {
		if p := recover(); p != http.ErrAbortHandler {
			t.Errorf("failed halfway: %v", p)
		}
	}()
	get(h, "/export/observations.csv")
}

// broken is a store whose exports fail: of verdicts at once, of observations halfway.
type broken struct{ store.Store }

func (broken) Export(_ context.Context, t store.Table, _ store.Format, w io.Writer) error {
	if t == store.Observations {
		if _, err := io.WriteString(w, "half"); err != nil {
			return err
		}
	}
	return errors.New("disk failed")
}

func TestErrors(t *testing.T) {
	h := site(t, scenario.Sample())
	for path, want := range map[string]int{
		"/nothing": 404, "/es/nothing": 404, "/country/QQ": 404, "/country/ABC": 404, "/network/x": 404, "/network/AS1": 404, "/target/none.example": 404,
		"/measurement/none": 404, "/measurement/none/raw": 404, "/export/secrets.csv": 404, "/export/verdicts.xls": 404, "/measurements?asn=x": 400, "/measurements?state=none": 400, "/measurements?layer=ip": 400, "/country/%22%3E": 404, "/network/AS0": 404, "/network/AS99999999999": 404,
		"/target/" + strings.Repeat("a", 9000): 404, "/measurements?target=" + strings.Repeat("a", 9000): 400, "/target/%3Cscript%3E": 404, "/static/style.css": 404,
	} {
		w := get(h, path)
		if w.Code != want || !strings.Contains(w.Body.String(), "<h1") || strings.Contains(w.Body.String(), "<script") || w.Body.Len() > 8<<10 {
			t.Errorf("%.60s: %d, want %d; %d bytes", path, w.Code, want, w.Body.Len())
		}
	}
	w := get(h, "/es/target/%00%22%5C%E2%80%AE", "Accept", "application/json")
	var problem struct {
		Type, Title, Detail, Instance string
		Status                        int
	}
	if err := json.Unmarshal(w.Body.Bytes(), &problem); err != nil || w.Header().Get("Content-Type") != "application/problem+json" ||
		problem.Status != 404 || problem.Title != "Not Found" || problem.Type == "" || !strings.HasPrefix(problem.Detail, "Aquí no hay mediciones de") || problem.Instance == "" {
		t.Errorf("problem: %v %s %s", err, w.Header().Get("Content-Type"), w.Body)
	}
}

// TestHostile: what measurements bring along is shown, not obeyed.
func TestHostile(t *testing.T) {
	evil := `<script>alert(1)</script>\u202e\u0000\"'` + strings.Repeat("A", 70000)
	line := `{"test_name":"web_connectivity","measurement_start_time":"9999-12-31 23:59:59","probe_asn":"AS64496","probe_cc":"XA","probe_network_name":"` + evil + `","input":"http://x.example/` + evil + `","software_name":"` + evil + `","annotations":{"platform":"` + evil + `"},
		"test_keys":{"queries":[{"engine":"` + evil + `","hostname":"` + evil + `","failure":"` + evil + `"}],"requests":[{"failure":null,"request":{"url":"http://` + evil + `/"},"response":{"code":200,"body":"<title>` + evil + `</title>"}}]}}`
	h := site(t, []byte(strings.ReplaceAll(line, "\n", " ")))
	for path, body := range walk(t, h, "/", "/measurements") {
		if strings.HasPrefix(body, "<!doctype") && (strings.Contains(body, "<script") || strings.Contains(body, "\u202e") || len(body) > 60<<10) {
			t.Errorf("%.80s: %d bytes, obeys the measurement", path, len(body))
		}
	}
}

// TestOddTargets: names that would change a path stay names.
func TestOddTargets(t *testing.T) {
	for _, name := range []string{".", "..", "a/b", "a?b#c", "%2f", "ñandú", "a b", `"><i>`, strings.Repeat("x", 250), strings.Repeat("x", 2000)} {
		s := storetest.NewMemory()
		v := verdict.Row{MeasurementUID: "u", EvidenceHash: "h", StartTime: time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC), ProbeCC: "XA", ProbeASN: 64496, Target: name,
			Layer: verdict.All, State: verdict.OK, Label: verdict.LabelReachable}
		if err := s.Append(t.Context(), store.Batch{Verdicts: []verdict.Row{v}}); err != nil {
			t.Fatal(err)
		}
		h := handler(t, s, bytesOf{"h": []byte("{}")})
		for _, page := range []string{"/measurements", "/measurement/u", targetLink(get(h, "/measurement/u").Body.String())} {
			for _, m := range links.FindAllStringSubmatch(get(h, page).Body.String(), -1) {
				if to := html.UnescapeString(m[1]); !strings.HasPrefix(to, "#") && get(h, to).Code != http.StatusOK {
					t.Errorf("%.20q: %.40s links to %.60s: %d", name, page, to, get(h, to).Code)
				}
			}
		}
		if len(name) < 300 && !strings.Contains(get(h, "/measurements?target="+url.QueryEscape(name)).Body.String(), "/measurement/u") {
			t.Errorf("%.20q is not found by its name", name)
		}
	}
}

// TestEarlier: a page says what was said before the measurement was judged again, in every language.
func TestEarlier(t *testing.T) {
	s := storetest.NewMemory()
	v := verdict.Row{MeasurementUID: "u", EvidenceHash: "h", StartTime: time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC), ProbeCC: "XA", ProbeASN: 64496, Target: "site.example",
		Layer: verdict.All, State: verdict.OK, Label: verdict.LabelReachable, Open: true}
	o := obs.Observation{MeasurementUID: "u", EvidenceHash: "h", Vantage: obs.Probe, StartTime: v.StartTime, ProbeCC: "XA", ProbeASN: 64496, TestName: "web_connectivity", Hostname: "site.example"}
	if err := s.Append(t.Context(), store.Batch{Verdicts: []verdict.Row{v}, Observations: []obs.Observation{o}}); err != nil {
		t.Fatal(err)
	}
	h := handler(t, s, bytesOf{"h": []byte("{}")})
	if body := get(h, "/measurement/u").Body.String(); strings.Contains(body, `id="earlier"`) {
		t.Error("a page tells of an earlier verdict where there was none")
	}
	again := func(dst []verdict.Row, _ store.Measurement, _ verdict.Controls) []verdict.Row {
		now := v
		now.State, now.Label = verdict.Blocked, verdict.LabelConsistent
		return append(dst, now)
	}
	if _, err := s.Settle(t.Context(), store.Settling{Judge: again}); err != nil {
		t.Fatal(err)
	}
	for lang, words := range map[string]string{"": "What was said before", "/es": "Lo que se dijo antes", "/zh": "以前的判定"} {
		body := get(h, lang+"/measurement/u").Body.String()
		_, after, found := strings.Cut(body, `<h3 id="earlier">`+words)
		if !found || !strings.Contains(body, `href="#earlier"`) || !strings.Contains(after, `class="label reachable"`) {
			t.Errorf("%s/measurement/u does not say what was said before", lang)
		}
	}
}

// targetLink returns where a measurement's page sends readers for its target.
func targetLink(body string) string {
	for _, m := range links.FindAllStringSubmatch(body, -1) {
		if to := html.UnescapeString(m[1]); strings.HasPrefix(to, "/target/") || strings.HasPrefix(to, "/measurements?target=") {
			return to
		}
	}
	return "/"
}

// TestLanguages: each page leads to itself in the other language, wherever it is.
func TestLanguages(t *testing.T) {
	h := site(t, scenario.Sample())
	for here, there := range map[string]string{
		"/": "/es/", "/es/": "/", "/country/XA?networks.sort=name": "/es/country/XA?networks.sort=name", "/es/target/news.example": "/target/news.example",
		"/es/none/%2F%2Fevil.example": "/none/%2F%2Fevil.example", "/es/%5Cevil.example": "/%5Cevil.example",
	} {
		if body := html.UnescapeString(get(h, here).Body.String()); !strings.Contains(body, `<a href="`+there+`" hreflang=`) {
			t.Errorf("%s does not lead to %s", here, there)
		}
	}
}

// TestInvented: sample data is called so, alone and beside other data.
func TestInvented(t *testing.T) {
	real := strings.ReplaceAll(strings.ReplaceAll(string(scenario.Cases()[3].JSON()), "AS64496", "AS174"), `"XA"`, `"FR"`)
	for name, c := range map[string]struct{ lines, banner, path string }{
		"only sample":        {string(scenario.Sample()), "Nor do the countries", "/"},
		"no sample":          {real, "", "/"},
		"both":               {real + "\n" + string(scenario.Sample()), "that is marked as invented", "/"},
		"both, on the list":  {real + "\n" + string(scenario.Sample()), "that is marked as invented", "/measurements?page=2"},
		"both, of a site":    {real + "\n" + string(scenario.Sample()), "that is marked as invented", "/target/news.example"},
		"both, real country": {real + "\n" + string(scenario.Sample()), "", "/country/FR"},
	} {
		body := get(site(t, []byte(c.lines)), c.path).Body.String()
		if banner := strings.Contains(body, `class="invented"`); banner != (c.banner != "") || !strings.Contains(body, c.banner) {
			t.Errorf("%s: banner %v, want %q", name, banner, c.banner)
		}
		if marked := strings.Contains(body, ">invented</span>"); marked != (c.banner != "") {
			t.Errorf("%s: rows marked: %v", name, marked)
		}
	}
}

// TestEvidenceGone: a page whose bytes are missing says so first of all.
func TestEvidenceGone(t *testing.T) {
	s := storetest.NewMemory()
	v := verdict.Row{MeasurementUID: "u", EvidenceHash: "gone", StartTime: time.Now(), ProbeCC: "XA", Layer: verdict.All, State: verdict.OK, Label: verdict.LabelReachable}
	if err := s.Append(t.Context(), store.Batch{Verdicts: []verdict.Row{v}}); err != nil {
		t.Fatal(err)
	}
	h := handler(t, s, bytesOf{})
	if w := get(h, "/measurement/u"); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "cannot give these bytes out") || strings.Contains(w.Body.String(), "download") {
		t.Errorf("page: %d", w.Code)
	}
	if w := get(h, "/measurement/u/raw"); w.Code != http.StatusInternalServerError || !strings.Contains(w.Body.String(), "veedor fsck") {
		t.Errorf("bytes: %d %s", w.Code, w.Body)
	}
}

func TestEmpty(t *testing.T) {
	h := site(t, nil)
	w := get(h, "/")
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "veedor ingest --sample") {
		t.Errorf("empty: %d %s", w.Code, w.Body)
	}
}

func TestSort(t *testing.T) {
	h := site(t, scenario.Sample())
	order := func(path string) []string {
		var out []string
		for _, m := range regexp.MustCompile(`<th scope="row"><a href="/target/([^"]+)"`).FindAllStringSubmatch(get(h, path).Body.String(), -1) {
			out = append(out, m[1])
		}
		return out
	}
	byName := order("/country/XA?targets.sort=name")
	if len(byName) < 4 || !sort.StringsAreSorted(byName) {
		t.Errorf("by name: %v", byName)
	}
	if down := order("/country/XA?targets.sort=name&targets.dir=desc"); len(down) != len(byName) || down[0] != byName[len(byName)-1] {
		t.Errorf("by name, the other way: %v", down)
	}
	if !strings.Contains(get(h, "/country/XA?targets.sort=total").Body.String(), `aria-sort="descending"`) {
		t.Error("the sorted column is not marked")
	}
}

func TestRaw(t *testing.T) {
	h := site(t, scenario.Sample())
	uid := regexp.MustCompile(`/measurement/([^"/]+)"`).FindStringSubmatch(get(h, "/measurements").Body.String())[1]
	w := get(h, "/measurement/"+uid+"/raw")
	sum := sha256.Sum256(w.Body.Bytes())
	if page := get(h, "/measurement/"+uid).Body.String(); !strings.Contains(page, hex.EncodeToString(sum[:])) {
		t.Error("the bytes downloaded are not those the page names")
	}
	if w.Header().Get("Content-Disposition") == "" {
		t.Error("raw bytes are not offered as a download")
	}
}

func TestPage(t *testing.T) {
	h := site(t, scenario.Sample())
	var b bytes.Buffer
	if err := web.Page(h, "/es/about", &b); err != nil || !strings.Contains(b.String(), "Acerca de Veedor") {
		t.Error(err)
	}
	b.Reset()
	if err := web.Page(h, "/es/country/QQ", &b); err == nil || !strings.Contains(err.Error(), "Aquí no hay mediciones del país QQ") || b.Len() > 0 {
		t.Errorf("a page that is not there: %v, %d bytes", err, b.Len())
	}
	if err := web.Page(h, "/es", &b); err == nil || !strings.Contains(err.Error(), "/es/") {
		t.Errorf("a page that is elsewhere: %v", err)
	}
	if err := web.Page(h, "/export/verdicts.csv", &b); err != nil || !strings.HasPrefix(b.String(), "measurement_uid,") {
		t.Errorf("a table: %v", err)
	}
	if err := web.Page(h, "none", io.Discard); err == nil {
		t.Error("something that is no path was printed")
	}
}

// TestGolden compares pages with those kept in testdata; make golden writes them anew.
func TestGolden(t *testing.T) {
	h := site(t, scenario.Sample())
	for name, path := range map[string]string{"home": "/", "home.es": "/es/", "home.zh": "/zh/", "country": "/country/XA", "network.es": "/es/network/AS64500", "target": "/target/news.example",
		"measurement": "/measurement/" + uidOf(t, h, "tls"), "measurement.es": "/es/measurement/" + uidOf(t, h, "http"), "measurement.zh": "/zh/measurement/" + uidOf(t, h, "http"), "measurements": "/measurements?state=down", "about": "/about", "error": "/nothing"} {
		got := regexp.MustCompile(`/static/style[^"]+`).ReplaceAll(get(h, path).Body.Bytes(), []byte("/static/style.css")) // whatever its hash
		file := filepath.Join("testdata", name+".html")
		if os.Getenv("VEEDOR_GOLDEN") != "" {
			if err := errors.Join(os.MkdirAll("testdata", 0o755), os.WriteFile(file, got, 0o644)); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s differs from %s; if that is meant, run: make golden", path, file)
		}
	}
}

func uidOf(t *testing.T, h http.Handler, layer string) string {
	t.Helper()
	m := regexp.MustCompile(`/measurement/([^"/]+)"`).FindStringSubmatch(get(h, "/measurements?state=blocked&layer="+layer).Body.String())
	if m == nil {
		t.Fatal("no measurement of " + layer)
	}
	return m[1]
}
