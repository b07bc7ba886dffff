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
	"time"

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
	form := url.Values{"page": {"/claim/borduna.4-equipment"}, "state": {"/claim/borduna.4-equipment/status/9"}, "text": {"The date is wrong. " + hostile}}
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
	for i := range reportsAtOnce {
		if w := b.send("POST", "/report", good); w.Code != http.StatusOK {
			t.Fatalf("report %d: %d", i+1, w.Code)
		}
	}
	w := b.send("POST", "/report", url.Values{"page": {"/about"}, "text": {"one too many"}})
	if w.Code != http.StatusTooManyRequests || !strings.Contains(w.Body.String(), "one too many</textarea>") {
		t.Errorf("too many: %d %s", w.Code, w.Body)
	}
}

func TestThrottle(t *testing.T) {
	var th throttle
	now := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	let := 0
	for i := range 24 * 60 * 2 { // one each half minute of a day
		if th.allow(now.Add(time.Duration(i) * 30 * time.Second)) {
			let++
		}
	}
	if want := reportsAtOnce + 24*60/3; let < want-2 || let > want+2 {
		t.Errorf("%d let through in a day, want about %d", let, want)
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
