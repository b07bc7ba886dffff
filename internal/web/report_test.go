package web

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"veedor/internal/measure/store/storetest"
	"veedor/internal/weigh/accounts"
	"veedor/internal/weigh/desk"
)

// TestReport: what a reader says is wrong waits at the desk, unpublished, and nothing of the reader is kept anywhere.
func TestReport(t *testing.T) {
	d := newDeskCase(t)
	reader := d.browser()
	reader.from = "203.0.113.77:5555"
	page := reader.get("/es/report?" + url.Values{"page": {"/claim/borduna.4-equipment"}, "state": {"/claim/borduna.4-equipment/status/9"}}.Encode())
	if body := page.Body.String(); page.Code != http.StatusOK || !strings.Contains(body, `<form method="post" action="/es/report">`) || !strings.Contains(body, "/claim/borduna.4-equipment/status/9") {
		t.Errorf("the form: %d %s", page.Code, body)
	}
	form := url.Values{"form": {formOf(t, page)}, "page": {"/claim/borduna.4-equipment"}, "state": {"/claim/borduna.4-equipment/status/9"}, "text": {"The date is wrong. " + hostile}}
	d.turn(soonestReport)
	w := reader.send("POST", "/report", form, "User-Agent", "zzagentzz", "Accept-Language", "zzlanguagezz", "X-Forwarded-For", "198.51.100.9", "Referer", "https://zzreferrerzz.example/", "Sec-Fetch-Site", "same-origin")
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "Thank you") {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	for _, answer := range []*httptest.ResponseRecorder{page, w} {
		if answer.Header().Get("Set-Cookie") != "" {
			t.Error("a reader is given a cookie")
		}
	}
	list, err := d.work.Desk.List(t.Context(), desk.Viewer{Name: "t", Role: desk.Administrator}, desk.Query{Kind: desk.Item, Where: map[string]string{"stage": "new"}, Newest: true, Limit: 1})
	if err != nil || len(list) != 1 || list[0].Str("how_found") != readerReport || list[0].Bool("published") || list[0].CreatedBy != desk.Self || !strings.Contains(list[0].Str("text"), "The date is wrong.") || !strings.Contains(list[0].Str("text"), "/status/9") {
		t.Fatalf("%+v %v", list, err)
	}
	if seen, err := d.work.Desk.List(t.Context(), desk.Public(), desk.Query{Kind: desk.Item}); err != nil || len(seen) > 0 {
		t.Errorf("readers see it: %+v %v", seen, err)
	}
	kept := false
	err = filepath.WalkDir(d.dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		kept = kept || strings.Contains(string(b), "The date is wrong.")
		for _, of := range []string{"203.0.113.77", "198.51.100.9", "zzagentzz", "zzlanguagezz", "zzreferrerzz"} {
			if strings.Contains(string(b), of) {
				t.Errorf("%s is kept in %s", of, filepath.Base(path))
			}
		}
		return err
	})
	if err != nil || !kept {
		t.Errorf("the report is not on the disk: %v", err)
	}
	ana := d.someone("ana", accounts.Researcher)
	if body := ana.get("/desk").Body.String(); !strings.Contains(body, "Readers’ reports") || !strings.Contains(body, "The date is wrong.") || strings.Contains(body, "<script>") {
		t.Error("it does not wait at the desk, or is live there")
	}
}

// TestReportRefused: what is too much, too often, empty, from another site or in another form is not kept, and nothing
// typed is lost.
func TestReportRefused(t *testing.T) {
	d := newDeskSide(t)
	b := d.browser()
	good := url.Values{"page": {"/about"}, "text": {"wrong"}}
	for name, c := range map[string]struct {
		form    url.Values
		headers []string
		want    int
		says    string
	}{
		"empty":                {url.Values{"page": {"/about"}, "text": {" \n"}}, nil, 422, "Nothing was written"},
		"too long":             {url.Values{"text": {strings.Repeat("ñ", maxReport+1)}}, nil, 422, "ññññ"},
		"more than a form":     {url.Values{"text": {strings.Repeat("x", maxReportForm)}}, nil, 413, ""},
		"another site's":       {good, []string{"Sec-Fetch-Site", "cross-site"}, 403, ""},
		"another origin":       {good, []string{"Origin", "https://evil.example"}, 403, ""},
		"another kind of form": {good, []string{"Content-Type", "text/plain"}, 415, ""},
		"a file":               {good, []string{"Content-Type", "multipart/form-data; boundary=x"}, 415, ""},
	} {
		w := b.send("POST", "/report", c.form, c.headers...)
		if w.Code != c.want || !strings.Contains(w.Body.String(), c.says) {
			t.Errorf("%s: %d, want %d", name, w.Code, c.want)
		}
	}
	for _, page := range []string{"//evil.example/x", "https://evil.example", "javascript:alert(1)", "/a\\b", "/" + strings.Repeat("x", 700), hostile} {
		w := b.get("/report?" + url.Values{"page": {page}, "state": {page}}.Encode())
		if body := w.Body.String(); w.Code != http.StatusOK || strings.Contains(body, "=\"https:") || strings.Contains(body, "=\"//") || strings.Contains(body, "javascript:") || strings.Contains(body, "<script>") || strings.Contains(body, "About the page") {
			t.Errorf("%.40s: %d, shown as an address", page, w.Code)
		}
	}
	if w := b.send("PUT", "/report", good); w.Code != http.StatusMethodNotAllowed {
		t.Errorf("PUT: %d", w.Code)
	}
}

// formOf returns what the form of a page carries.
func formOf(t *testing.T, w *httptest.ResponseRecorder) string {
	t.Helper()
	if cache := w.Header().Get("Cache-Control"); !strings.Contains(cache, "no-store") {
		t.Errorf("the form may be shown to somebody else: %q", cache)
	}
	_, rest, _ := strings.Cut(w.Body.String(), `name="form" value="`)
	form, _, found := strings.Cut(rest, `"`)
	if !found {
		t.Fatalf("no form: %d %s", w.Code, w.Body)
	}
	return form
}

// TestReportGate: what is refused is refused for one page or one kind of page, says until when, gives back what was
// written, and can be sent again with the form that comes with it.
func TestReportGate(t *testing.T) {
	d := newDeskSide(t)
	b := d.browser()
	send := func(form, page string) *httptest.ResponseRecorder {
		return b.send("POST", "/report", url.Values{"form": {form}, "page": {page}, "text": {"what I wrote"}})
	}
	refused := func(name string, w *httptest.ResponseRecorder, status int, says string) {
		t.Helper()
		if w.Code != status || !strings.Contains(w.Body.String(), says) || !strings.Contains(w.Body.String(), "what I wrote</textarea>") || w.Header().Get("Retry-After") == "" {
			t.Errorf("%s: %d %v %s", name, w.Code, w.Header(), w.Body)
		}
	}
	fill := func() string {
		form := formOf(t, b.get("/report"))
		d.turn(soonestReport)
		return form
	}
	fresh := formOf(t, b.get("/report"))
	w := send(fresh, "/about")
	refused("at once", w, 429, "sooner than anybody")
	if formOf(t, w) != fresh {
		t.Error("who was too quick is given a form that is younger yet")
	}
	d.turn(soonestReport)
	if w := send(fresh, "/about"); w.Code != http.StatusOK {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	w = send(fresh, "/about")
	refused("again", w, 409, "was sent with this form already")
	again := formOf(t, w)
	refused("no form", send("", "/about"), 409, "open for more than a day")
	refused("a form of another's", send(again[:len(again)-1]+"x", "/about"), 409, "open for more than a day")
	d.turn(soonestReport)
	if w := send(again, "/about"); w.Code != http.StatusOK {
		t.Errorf("the form that came with a refusal: %d %s", w.Code, w.Body)
	}
	if w := send(fill(), "/es/about?x=1"); w.Code != http.StatusOK {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	refused("too many about one page", send(fill(), "/about"), 429, "about it can be sent in 30 minutes")
	if w := send(fill(), "/method"); w.Code != http.StatusOK {
		t.Errorf("another page is shut too: %d %s", w.Code, w.Body)
	}
	old := fill()
	d.turn(oldestForm)
	refused("too old", send(old, "/about"), 409, "open for more than a day")
	if w := send(fill(), "/about"); w.Code != http.StatusOK {
		t.Errorf("it did not recover: %d %s", w.Code, w.Body)
	}
}

// TestReportWithoutDesk: where nobody works, the page says how to write to whoever runs the site, and takes nothing.
func TestReportWithoutDesk(t *testing.T) {
	for contact, want := range map[string]string{
		"desk@veedor.example":           `href="mailto:desk@veedor.example?`,
		"https://veedor.example/x":      `<bdi>https://veedor.example/x</bdi></code>`,
		"http://abc.onion":              "Tor Browser",
		"":                              "gave no address",
		`"><script>alert(1)</script>@x`: "&lt;script&gt;",
		"javascript:alert(1)":           "<bdi>javascript:alert(1)</bdi></code>",
	} {
		h := New(Config{Store: storetest.NewMemory(), Contact: contact, RuleSet: "test", Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", "/report?page=/about", nil))
		body := w.Body.String()
		if w.Code != 200 || !strings.Contains(body, want) || strings.Contains(body, `method="post"`) || strings.Contains(body, "<script>") || strings.Contains(body, `href="javascript`) {
			t.Errorf("%q: %d %s", contact, w.Code, body)
		}
		post := httptest.NewRequest("POST", "/report", strings.NewReader("text=x"))
		post.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w = httptest.NewRecorder()
		if h.ServeHTTP(w, post); w.Code != http.StatusMethodNotAllowed {
			t.Errorf("a form is taken: %d", w.Code)
		}
	}
}
