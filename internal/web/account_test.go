package web

import (
	"encoding/json"
	"errors"
	"html"
	"io"
	"log/slog"
	"maps"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"veedor/internal/measure/refdata"
	"veedor/internal/measure/store/storetest"
	"veedor/internal/weigh/accounts"
)

const (
	deskSite = "https://veedor.example"
	passed   = "lluvia sobre el avila 9"
)

// deskSide is a site with a desk, at a time that the test turns.
type deskSide struct {
	t *testing.T
	*accounts.Accounts
	h    http.Handler
	dir  string
	work *Work

	mu sync.Mutex
	at time.Time
}

func (d *deskSide) now() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.at
}

func (d *deskSide) turn(by time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.at = d.at.Add(by)
}

func newDeskSide(t *testing.T) *deskSide {
	t.Helper()
	d := &deskSide{t: t, at: time.Date(2026, 11, 3, 9, 0, 10, 0, time.UTC), dir: t.TempDir()}
	a, err := accounts.Open(t.Context(), d.dir, accounts.Options{Now: d.now, Cost: accounts.Cost{Memory: 64, Time: 1}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	d.Accounts = a
	db, err := refdata.Open("")
	if err != nil {
		t.Fatal(err)
	}
	d.work = newWork(t, d.dir)
	d.h = New(Config{Store: storetest.NewMemory(), Accounts: a, Work: d.work, Facts: func() Facts { return db.AsOf(d.now()) }, RuleSet: "test", Version: "test", Now: d.now, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	return d
}

// browser is one that keeps its cookies.
type browser struct {
	d       *deskSide
	site    string
	from    string // its address
	cookies map[string]string
	secret  string // of its user
}

func (d *deskSide) browser() *browser {
	return &browser{d: d, site: deskSite, from: "192.0.2.1:1234", cookies: map[string]string{}}
}

func (b *browser) send(method, path string, form url.Values, headers ...string) *httptest.ResponseRecorder {
	b.d.t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r := httptest.NewRequest(method, b.site+path, body)
	r.RemoteAddr = b.from
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for name, value := range b.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	b.d.h.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		b.cookies[c.Name] = c.Value
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		}
	}
	return w
}

func (b *browser) get(path string) *httptest.ResponseRecorder {
	b.d.t.Helper()
	return b.send(http.MethodGet, path, nil)
}

// token is that of the browser's forms.
func (b *browser) token() string {
	for _, name := range []string{"__Host-veedor", "veedor"} {
		if c := b.cookies[name]; c != "" {
			return b.d.FormToken(c)
		}
	}
	return ""
}

// post sends a form as a page of ours would.
func (b *browser) post(path string, fields ...string) *httptest.ResponseRecorder {
	b.d.t.Helper()
	form := url.Values{"form": {b.token()}}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	return b.send(http.MethodPost, path, form)
}

func (b *browser) code() string {
	b.d.t.Helper()
	code, err := totp.GenerateCode(strings.ReplaceAll(b.secret, " ", ""), b.d.now())
	if err != nil {
		b.d.t.Fatal(err)
	}
	return code
}

var secretOnPage = regexp.MustCompile(`<code class="secret">([A-Z2-7 ]+)</code>`)

// someone joins by a link, through the pages.
func (d *deskSide) someone(name string, role accounts.Role) *browser {
	d.t.Helper()
	link, _, err := d.Invite(d.t.Context(), accounts.Terminal, role)
	if err != nil {
		d.t.Fatal(err)
	}
	b := d.browser()
	m := secretOnPage.FindStringSubmatch(b.get("/desk/join/" + link).Body.String())
	if m == nil {
		d.t.Fatal("no secret on the page of the link")
	}
	b.secret = m[1]
	if w := b.post("/desk/join/"+link, "name", name, "password", passed, "repeat", passed, "code", b.code()); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `class="codes"`) {
		d.t.Fatalf("join: %d %s", w.Code, w.Body)
	}
	d.turn(time.Minute)
	return b
}

// TestNoAccountsNoDesk: a site without accounts takes no form and has no page of the desk.
func TestNoAccountsNoDesk(t *testing.T) {
	db, err := refdata.Open("")
	if err != nil {
		t.Fatal(err)
	}
	h := New(Config{Store: storetest.NewMemory(), Facts: func() Facts { return db.AsOf(time.Now()) }, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	for _, d := range (&site{}).deskRoutes() {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequest(method, deskSite+strings.ReplaceAll(d.pattern, "{token}", "x"), nil))
			if w.Code != http.StatusNotFound && w.Code != http.StatusMethodNotAllowed || w.Header().Get("Set-Cookie") != "" {
				t.Errorf("%s %s: %d", method, d.pattern, w.Code)
			}
		}
	}
}

// filledPath fills a pattern's blanks with something that is not there.
func filledPath(pattern string) string {
	return regexp.MustCompile(`\{[^}]*\}`).ReplaceAllString(pattern, "none")
}

// TestAuthorisation: every page and form of the desk, asked for by everybody, lets in whom the table says.
func TestAuthorisation(t *testing.T) {
	d := newDeskSide(t)
	who := map[accounts.Role]*browser{"": d.browser()}
	for _, role := range accounts.Roles() {
		who[role] = d.someone("person-"+string(role), role)
	}
	d.someone("another", accounts.Administrator)
	who[""].get("/desk/signin")
	for _, route := range (&site{Config: Config{Accounts: d.Accounts}}).deskRoutes() {
		if route.needs != "" && !slices.Contains(accounts.Actions(), route.needs) {
			t.Errorf("%s %s needs %q, which is no action", route.method, route.pattern, route.needs)
		}
		for role, b := range who {
			for _, lang := range languages {
				saved := maps.Clone(b.cookies)
				path := prefix(lang) + filledPath(route.pattern)
				w := b.send(route.method, path, map[bool]url.Values{true: {"form": {b.token()}}}[route.method == http.MethodPost])
				text := w.Body.String()
				in := route.needs == "" || accounts.Can(role, route.needs)
				switch to := w.Header().Get("Location"); {
				case w.Code >= 500:
					t.Errorf("%s %s as %q: %d", route.method, path, role, w.Code)
				case in && (w.Code == http.StatusForbidden || w.Code == http.StatusUnauthorized && route.needs != "" && !strings.Contains(path, "confirm")):
					t.Errorf("%s %s as %q: %d, and the role may", route.method, path, role, w.Code)
				case !in && role == "" && route.method == http.MethodGet && (w.Code != http.StatusSeeOther || !strings.HasPrefix(to, prefix(lang)+"/desk/signin?next=")):
					t.Errorf("%s %s as nobody: %d %s", route.method, path, w.Code, to)
				case !in && role == "" && route.method == http.MethodPost && (w.Code != http.StatusUnauthorized || !strings.Contains(text, `name="password"`)):
					t.Errorf("%s %s as nobody: %d", route.method, path, w.Code)
				case !in && role != "" && (w.Code != http.StatusForbidden || !strings.Contains(text, html.EscapeString(mustWords(lang)["error.role"]))):
					t.Errorf("%s %s as %q: %d", route.method, path, role, w.Code)
				}
				if cc := w.Header().Get("Cache-Control"); cc != "private, no-store" {
					t.Errorf("%s %s: Cache-Control: %s", route.method, path, cc)
				}
				if got := strings.Contains(w.Header().Get("Content-Security-Policy"), "script-src 'self'"); got != route.script {
					t.Errorf("%s %s: scripts allowed: %v", route.method, path, got)
				}
				if route.pattern == "/desk/signout" && role != "" { // again
					b.cookies = saved
					d.turn(time.Minute)
					b.cookies = map[string]string{}
					b.get("/desk/signin")
					if w := b.post("/desk/signin", "name", "person-"+string(role), "password", passed, "code", b.code()); w.Code != http.StatusSeeOther {
						t.Fatalf("sign in as %s: %d", role, w.Code)
					}
				}
			}
		}
	}
}

// TestFresh: what changes how somebody signs in, or what others may do, asks again who they are.
func TestFresh(t *testing.T) {
	d := newDeskSide(t)
	b := d.someone("adm", accounts.Administrator)
	d.turn(accounts.FreshFor)
	s := &site{Config: Config{Accounts: d.Accounts}}
	for _, route := range slices.Concat(s.signinRoutes(), s.accountRoutes()) {
		changes := route.method == http.MethodPost && route.needs != "" && !slices.Contains([]string{"/desk/signout", "/desk/confirm", "/desk/account/end", "/desk/account/endothers"}, route.pattern)
		if route.fresh != changes {
			t.Errorf("%s %s: fresh %v", route.method, route.pattern, route.fresh)
		}
		if w := b.post(filledPath(route.pattern), "role", "editor"); route.fresh && (w.Code != http.StatusForbidden || !strings.Contains(w.Body.String(), `action="/desk/confirm"`)) {
			t.Errorf("%s: %d", route.pattern, w.Code)
		}
		if route.pattern == "/desk/signout" {
			b = d.someone("adm2", accounts.Administrator)
			d.turn(accounts.FreshFor)
		}
	}
	if people, err := d.People(t.Context()); err != nil || len(people) != 2 {
		t.Error(people, err)
	}
}

// TestForgedForms: a form that no page of ours gave this browser does nothing.
func TestForgedForms(t *testing.T) {
	d := newDeskSide(t)
	b, other := d.someone("adm", accounts.Administrator), d.someone("bea", accounts.Reader)
	stranger := d.browser()
	stranger.get("/desk/signin")
	for _, route := range (&site{Config: Config{Accounts: d.Accounts}}).deskRoutes() {
		if route.method != http.MethodPost {
			continue
		}
		path := filledPath(route.pattern)
		for name, c := range map[string]struct {
			by      *browser
			form    url.Values
			headers []string
		}{
			"no token":               {b, url.Values{}, nil},
			"wrong token":            {b, url.Values{"form": {"x"}}, nil},
			"another's token":        {b, url.Values{"form": {other.token()}}, nil},
			"a stranger's token":     {b, url.Values{"form": {stranger.token()}}, nil},
			"token in the address":   {b, url.Values{"x": {"y"}}, []string{"X-Query", "form=" + b.token()}},
			"from another site":      {b, url.Values{"form": {b.token()}}, []string{"Sec-Fetch-Site", "cross-site"}},
			"from a sister site":     {b, url.Values{"form": {b.token()}}, []string{"Sec-Fetch-Site", "same-site"}},
			"from another origin":    {b, url.Values{"form": {b.token()}}, []string{"Origin", "https://evil.example"}},
			"from a sandbox":         {b, url.Values{"form": {b.token()}}, []string{"Origin", "null"}},
			"nobody, no token":       {d.browser(), url.Values{}, nil},
			"nobody, another's":      {d.browser(), url.Values{"form": {b.token()}}, nil},
			"nobody, from elsewhere": {stranger, url.Values{"form": {stranger.token()}}, []string{"Sec-Fetch-Site", "cross-site"}},
		} {
			at := path
			if c.headers != nil && c.headers[0] == "X-Query" {
				at, c.headers = path+"?"+c.headers[1], nil
			}
			w := c.by.send(http.MethodPost, at, c.form, c.headers...)
			if w.Code != http.StatusForbidden || !strings.Contains(w.Body.String(), "This form did not come") {
				t.Errorf("%s %s: %d", path, name, w.Code)
			}
		}
	}
	if w := b.get("/desk/account"); w.Code != http.StatusOK {
		t.Errorf("a forged form signed out: %d", w.Code)
	}
}

func TestCookie(t *testing.T) {
	d := newDeskSide(t)
	for name, c := range map[string]struct {
		site, from string
		headers    []string
		cookie     string // "": refused
	}{
		"TLS":                    {"https://veedor.example", "192.0.2.1:1", nil, "__Host-veedor"},
		"onion":                  {"http://abcdefghij234567.onion", "127.0.0.1:1", nil, "__Host-veedor"},
		"proxy here":             {"http://veedor.example", "127.0.0.1:1", []string{"X-Forwarded-Proto", "https"}, "__Host-veedor"},
		"this machine":           {"http://localhost:8080", "127.0.0.1:1", nil, "veedor"},
		"this machine, IPv6":     {"http://[::1]:8080", "[::1]:1", nil, "veedor"},
		"in the clear":           {"http://veedor.example", "192.0.2.1:1", nil, ""},
		"claims to be a proxy":   {"http://veedor.example", "192.0.2.1:1", []string{"X-Forwarded-Proto", "https"}, ""},
		"claims to be localhost": {"http://localhost", "192.0.2.1:1", nil, ""},
	} {
		b := d.browser()
		b.site, b.from = c.site, c.from
		w := b.send(http.MethodGet, "/desk/signin", nil, c.headers...)
		set := w.Result().Cookies()
		if c.cookie == "" {
			if w.Code != http.StatusForbidden || len(set) > 0 {
				t.Errorf("%s: %d, %v", name, w.Code, set)
			}
			continue
		}
		if len(set) != 1 {
			t.Errorf("%s: %v", name, set)
			continue
		}
		k := set[0]
		if k.Name != c.cookie || k.Secure != strings.HasPrefix(c.cookie, "__Host-") || !k.HttpOnly || k.SameSite != http.SameSiteLaxMode || k.Path != "/" || k.Domain != "" || k.MaxAge != 0 || !k.Expires.IsZero() || len(k.Value) != 43 {
			t.Errorf("%s: %s", name, k)
		}
	}
	// Public pages set none, and are the same for everybody.
	w := d.browser().get("/about")
	if w.Code != http.StatusOK || w.Header().Get("Set-Cookie") != "" || !strings.HasPrefix(w.Header().Get("Cache-Control"), "public") || strings.Contains(w.Header().Get("Content-Security-Policy"), "script") {
		t.Errorf("a public page: %v", w.Header())
	}
}

// TestFixationInBrowser: whoever planted a cookie is not signed in with it.
func TestFixationInBrowser(t *testing.T) {
	d := newDeskSide(t)
	ana := d.someone("ana", accounts.Reader)
	victim, attacker := d.browser(), d.browser()
	attacker.get("/desk/signin")
	victim.cookies = maps.Clone(attacker.cookies)
	victim.secret = ana.secret
	if w := victim.post("/desk/signin", "name", "ana", "password", passed, "code", victim.code()); w.Code != http.StatusSeeOther {
		t.Fatal(w.Code)
	}
	if maps.Equal(victim.cookies, attacker.cookies) {
		t.Error("the token is the same after signing in")
	}
	if w := attacker.get("/desk/account"); w.Code != http.StatusSeeOther {
		t.Errorf("the planted cookie is signed in: %d", w.Code)
	}
	before := maps.Clone(victim.cookies)
	d.turn(time.Minute)
	if w := victim.post("/desk/confirm", "code", victim.code()); w.Code != http.StatusSeeOther || maps.Equal(before, victim.cookies) {
		t.Errorf("confirming: %d, the same token: %v", w.Code, maps.Equal(before, victim.cookies))
	}
	attacker.cookies = before
	if w := attacker.get("/desk/account"); w.Code != http.StatusSeeOther {
		t.Errorf("the token before confirming is still signed in: %d", w.Code)
	}
	before = maps.Clone(victim.cookies)
	victim.post("/desk/signout")
	victim.cookies = before
	if w := victim.get("/desk/account"); w.Code != http.StatusSeeOther {
		t.Errorf("signed out, and still in: %d", w.Code)
	}
}

// TestRedirects: no address leads to another site, or into a header.
func TestRedirects(t *testing.T) {
	d := newDeskSide(t)
	ana := d.someone("ana", accounts.Reader)
	for _, next := range []string{"https://evil.example/", "//evil.example", `/\evil.example`, `\/evil.example`, "/\t/evil.example", "/%2f/evil.example", "/%5cevil.example", "javascript:alert(1)", "evil.example", "/x\r\nSet-Cookie: a=b", "/x%0d%0aSet-Cookie:a=b", "http:///evil.example", "///evil.example",
		"/desk/../..//evil.example", "/" + strings.Repeat("x", 5000), " //evil.example", "/@evil.example", "/desk/account?next=//evil.example"} {
		for _, w := range []*httptest.ResponseRecorder{
			ana.get("/desk/signin?" + url.Values{"next": {next}}.Encode()),
			ana.get("/desk/confirm?" + url.Values{"next": {next}}.Encode()),
			func() *httptest.ResponseRecorder {
				d.turn(31 * time.Second)
				b := d.browser()
				b.secret = ana.secret
				b.get("/desk/signin")
				return b.post("/desk/signin", "name", "ana", "password", passed, "code", b.code(), "next", next)
			}(),
		} {
			to := w.Header().Get("Location")
			u, err := url.Parse(to)
			if w.Code != http.StatusSeeOther || err != nil || u.Host != "" || u.Scheme != "" || !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.ContainsAny(to, "\t \r\n\\") || w.Header().Get("Set-Cookie") == "a=b" {
				t.Errorf("next=%q leads to %q (%d)", next, to, w.Code)
			}
		}
	}
	d.turn(time.Minute)
	b := d.browser()
	b.secret = ana.secret
	b.get("/es/desk/signin?next=/es/incidents")
	if to := b.post("/es/desk/signin", "name", "ana", "password", passed, "code", b.code(), "next", "/es/incidents").Header().Get("Location"); to != "/es/incidents" {
		t.Errorf("an address of ours is lost: %q", to)
	}
}

const hostile = `"'><img src=x onerror=alert(1)><script>alert(2)</script>{{.}}` + "\u202e\r\nX-Evil: 1"

// TestHostileText: no field of these pages gets a reader to run what somebody typed into it.
func TestHostileText(t *testing.T) {
	d := newDeskSide(t)
	b := d.someone("adm", accounts.Administrator)
	inert := func(what string, w *httptest.ResponseRecorder) {
		t.Helper()
		text := w.Body.String()
		if strings.Contains(text, "<img src=x") || strings.Contains(text, "<script>") || strings.Contains(text, `"'>`) || w.Header().Get("X-Evil") != "" || strings.Contains(text, "<html><html") {
			t.Errorf("%s: hostile text is live", what)
		}
		if w.Code >= 500 {
			t.Errorf("%s: %d", what, w.Code)
		}
	}
	kept, err := json.Marshal(kept{To: "/desk/x", Fields: [][2]string{{hostile, hostile}, {"a", hostile}}})
	if err != nil {
		t.Fatal(err)
	}
	link, _, err := d.Invite(t.Context(), accounts.Terminal, accounts.Reader)
	if err != nil {
		t.Fatal(err)
	}
	fields := []string{"name", "password", "repeat", "code", "state", "answer", "label", "next", "kept", "id", "role", hostile}
	for _, route := range (&site{Config: Config{Accounts: d.Accounts}}).deskRoutes() {
		path := strings.ReplaceAll(route.pattern, "{token}", link)
		if route.method == http.MethodGet {
			inert("GET "+path, b.get(path+"?"+url.Values{"next": {hostile}, "page": {hostile}, hostile: {hostile}}.Encode()))
			inert("GET "+path, d.browser().get(path+"?"+url.Values{"next": {"/" + hostile}, "q": {hostile}}.Encode()))
			continue
		}
		if path == "/desk/signout" {
			continue
		}
		var all []string
		for _, f := range fields {
			all = append(all, f, hostile)
			anybody := d.browser()
			anybody.get("/desk/signin")
			inert("POST "+path+" "+f, b.post(path, f, hostile, "role", "editor"))
			inert("POST "+path+" "+f+" by anybody", anybody.post(path, f, hostile))
		}
		inert("POST "+path, b.post(path, all...))
		inert("POST "+path, b.post(path, "kept", string(kept)))
		anybody := d.browser()
		anybody.get("/desk/signin")
		inert("POST "+path, anybody.post(path, append(all, "kept", string(kept))...))
	}
	// What was kept and is shown again after signing in; a path and a header that are hostile.
	d.turn(time.Minute)
	again := d.browser()
	again.secret = b.secret
	again.get("/desk/signin")
	w := again.post("/desk/signin", "name", "adm", "password", hostile, "code", again.code(), "kept", string(kept)) // it is a good password
	inert("kept", w)
	if !strings.Contains(w.Body.String(), `action="/desk/x"`) {
		t.Errorf("the form that was kept is not shown: %d", w.Code)
	}
	for _, path := range []string{"/desk/people", "/desk/audit", "/desk/account", "/es/desk/account", "/desk/join/" + url.PathEscape(hostile)} {
		inert(path, b.get(path))
	}
	inert("host", b.send(http.MethodGet, "/desk/signin", nil, "Host", "evil.example\r\nX-Evil: 1", "X-Forwarded-For", hostile))
}

// TestNothingTypedIsLost: a form that is sent after the session ended goes along through signing in.
func TestNothingTypedIsLost(t *testing.T) {
	d := newDeskSide(t)
	b := d.someone("adm", accounts.Administrator)
	bea := d.someone("bea", accounts.Reader)
	p, err := d.Find(t.Context(), "bea")
	if err != nil {
		t.Fatal(err)
	}
	_ = bea
	d.turn(2 * time.Hour)
	w := b.post("/desk/people/role", "id", p.ID, "role", "editor", "reason", "línea 1\nlínea 2 <b>")
	text := w.Body.String()
	if w.Code != http.StatusUnauthorized || !strings.Contains(text, "Nothing is lost") {
		t.Fatalf("%d %s", w.Code, text)
	}
	hidden := func(text, name string) string {
		t.Helper()
		m := regexp.MustCompile(`name="` + name + `" value="([^"]*)"`).FindStringSubmatch(text)
		if m == nil {
			t.Fatalf("no field %s in %s", name, text)
		}
		return html.UnescapeString(m[1])
	}
	// A wrong code in between loses nothing either.
	w = b.post("/desk/signin", "name", "adm", "password", passed, "code", "000000", "kept", hidden(text, "kept"))
	text = w.Body.String()
	if w.Code != http.StatusUnauthorized || !strings.Contains(text, `value="adm"`) {
		t.Fatalf("%d %s", w.Code, text)
	}
	w = b.post("/desk/signin", "name", "adm", "password", passed, "code", b.code(), "kept", hidden(text, "kept"))
	text = w.Body.String()
	if w.Code != http.StatusOK || hidden(text, "role") != "editor" || hidden(text, "reason") != "línea 1\nlínea 2 <b>" {
		t.Fatalf("%d %s", w.Code, text)
	}
	if w = b.send(http.MethodPost, "/desk/people/role", url.Values{"form": {hidden(text, "form")}, "id": {hidden(text, "id")}, "role": {hidden(text, "role")}}); w.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if p, _ = d.Find(t.Context(), "bea"); p.Role != accounts.Editor {
		t.Errorf("the form that was kept did nothing: %+v", p)
	}
	if w = b.get("/desk/people"); !strings.Contains(w.Body.String(), "The role of bea is changed") {
		t.Error("what was done is not said")
	}
	if w = b.get("/desk/people"); strings.Contains(w.Body.String(), "The role of bea is changed") {
		t.Error("what was done is said twice")
	}
	// The same where only the confirmation was too old.
	d.turn(20 * time.Minute)
	w = b.post("/desk/people/role", "id", p.ID, "role", "reader")
	if text := w.Body.String(); strings.Contains(text, "session had ended") || !strings.Contains(text, "What you typed is kept") {
		t.Error("who is asked for a code is told that their session ended, or not that what they typed is kept")
	}
	w = b.post("/desk/confirm", "code", b.code(), "kept", hidden(w.Body.String(), "kept"))
	if hidden(w.Body.String(), "role") != "reader" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	// Secrets are not carried.
	d.turn(2 * time.Hour)
	w = b.post("/desk/account/password", "password", "x", "repeat", "x")
	if w.Code != http.StatusUnauthorized || strings.Contains(w.Body.String(), `name="kept"`) || !strings.Contains(w.Body.String(), "Your session had ended. Sign in again.") {
		t.Errorf("secrets: %d", w.Code)
	}
	// The longest form is kept whole, signs that are encoded included; of an upload, all but the file.
	long := strings.Repeat("<ñ&\n 漢字\"", 7000)
	w = b.post("/desk/people/role", "text", long)
	w = b.post("/desk/signin", "name", "adm", "password", passed, "code", b.code(), "kept", hidden(w.Body.String(), "kept"))
	if w.Code != http.StatusOK || hidden(w.Body.String(), "text") != long {
		t.Errorf("%d bytes are not kept: %d", len(long), w.Code)
	}
	d.turn(2 * time.Hour)
	var body strings.Builder
	m := multipart.NewWriter(&body)
	part, err := m.CreateFormFile("file", "a.txt")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := part.Write([]byte("bytes")); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(m.WriteField("form", b.token()), m.WriteField("text", "typed"), m.Close()); err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, deskSite+"/desk/people/role", strings.NewReader(body.String()))
	r.Header.Set("Content-Type", m.FormDataContentType())
	for name, value := range b.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	w = httptest.NewRecorder()
	d.h.ServeHTTP(w, r)
	w = b.post("/desk/signin", "name", "adm", "password", passed, "code", b.code(), "kept", hidden(w.Body.String(), "kept"))
	if hidden(w.Body.String(), "text") != "typed" || !strings.Contains(w.Body.String(), "choose them again") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// TestSameForUnknownNames: the page tells nobody who has an account.
func TestSameForUnknownNames(t *testing.T) {
	d := newDeskSide(t)
	d.someone("ana", accounts.Reader)
	plain := func(name string) string {
		b := d.browser()
		b.get("/desk/signin")
		w := b.post("/desk/signin", "name", name, "password", "x", "code", "123456")
		text := regexp.MustCompile(`(name="(form|state)" value|data-options)="[^"]*"`).ReplaceAllString(w.Body.String(), "")
		return w.Result().Status + strings.ReplaceAll(text, name, "NAME")
	}
	if a, b := plain("ana"), plain("bea"); a != b {
		t.Errorf("known:\n%s\nunknown:\n%s", a, b)
	}
}

// TestGuessing: the page says how long to wait.
func TestGuessing(t *testing.T) {
	d := newDeskSide(t)
	b := d.someone("ana", accounts.Reader)
	b.post("/desk/signout")
	b.get("/desk/signin")
	var w *httptest.ResponseRecorder
	for range 8 {
		w = b.post("/desk/signin", "name", "ana", "password", "x", "code", "123456")
	}
	if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") == "" || !strings.Contains(w.Body.String(), "Too many attempts") {
		t.Errorf("%d %s", w.Code, w.Header())
	}
	if d.turn(20 * time.Minute); b.post("/desk/signin", "name", "ana", "password", passed, "code", b.code()).Code != http.StatusSeeOther {
		t.Error("locked out for good")
	}
}

func TestAdministrators(t *testing.T) {
	d := newDeskSide(t)
	adm := d.someone("adm", accounts.Administrator)
	me, err := d.Find(t.Context(), "adm")
	if err != nil {
		t.Fatal(err)
	}
	w := adm.post("/desk/people/role", "id", me.ID, "role", "reader")
	if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "Somebody must remain administrator") {
		t.Errorf("%d", w.Code)
	}
	w = adm.post("/desk/people/invite", "role", "researcher")
	m := regexp.MustCompile(`https://veedor\.example(/desk/join/[\w-]{43})<`).FindStringSubmatch(w.Body.String())
	if m == nil {
		t.Fatalf("no link: %s", w.Body)
	}
	cleo := d.browser()
	cleo.secret = secretOnPage.FindStringSubmatch(cleo.get(m[1]).Body.String())[1]
	w = cleo.post(m[1], "name", "cleo", "password", passed, "repeat", passed+"x", "code", cleo.code())
	if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "Not the same as above") || !strings.Contains(w.Body.String(), `value="cleo"`) || !strings.Contains(w.Body.String(), `aria-invalid="true"`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w = cleo.post(m[1], "name", "cleo", "password", passed, "repeat", passed, "code", cleo.code()); w.Code != http.StatusOK {
		t.Fatal(w.Code)
	}
	if w = d.browser().get(m[1]); w.Code != http.StatusGone {
		t.Errorf("a used link: %d", w.Code)
	}
	p, _ := d.Find(t.Context(), "cleo")
	if w = adm.post("/desk/people/disable", "id", p.ID); w.Code != http.StatusSeeOther {
		t.Error(w.Code)
	}
	if w = cleo.get("/desk/account"); w.Code != http.StatusSeeOther {
		t.Errorf("a disabled account is still in: %d", w.Code)
	}
	if w = adm.post("/desk/people/reset", "id", p.ID); !strings.Contains(w.Body.String(), "/desk/join/") {
		t.Error("no link to reset")
	}
	text := adm.get("/desk/audit").Body.String()
	for _, what := range []string{"invitation made", "made an account", "disabled", "link to reset made", "cleo", "terminal"} {
		if !strings.Contains(text, what) {
			t.Errorf("the audit lacks %q", what)
		}
	}
}

// TestDeskPagesStaySmall: with the style sheet, and without.
func TestDeskPagesStaySmall(t *testing.T) {
	d := newDeskSide(t)
	b := d.someone("adm", accounts.Administrator)
	for i := range 15 {
		d.someone("person"+string(rune('a'+i)), accounts.Editor)
	}
	style := len(mustRead("static/style.css"))
	for _, path := range []string{"/desk/account", "/desk/people", "/desk/audit"} {
		if n := len(b.get(path).Body.String()) + style; n > 70<<10 {
			t.Errorf("%s: %d bytes with the style sheet", path, n)
		}
	}
	script, err := os.ReadFile("static/passkey.js")
	if err != nil || len(script) > 3000 {
		t.Errorf("the script has %d bytes; %v", len(script), err)
	}
}

// FuzzLocal: no address that is taken for one of ours leads elsewhere.
func FuzzLocal(f *testing.F) {
	for _, a := range []string{"/desk", "//evil.example", `/\evil`, "/%2f%2fevil", "http:x", "/x?y#z"} {
		f.Add(a)
	}
	home, err := url.Parse(deskSite)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, address string) {
		got := local(address, "/")
		u, err := home.Parse(got)
		if err != nil || u.Host != home.Host || u.Scheme != "https" || strings.ContainsAny(got, "\r\n\\") {
			t.Errorf("%q: %q", address, got)
		}
	})
}

// FuzzKept: whatever comes back in the field that carries a form is one, or is dropped.
func FuzzKept(f *testing.F) {
	f.Add(`{"to":"/desk/x","fields":[["a","b"],["password","x"]]}`)
	f.Add(`{"to":"//evil.example"}`)
	f.Fuzz(func(t *testing.T, text string) {
		k := readKept(text)
		if k == nil {
			return
		}
		if local(k.To, "") == "" || len(k.Fields) > maxKeptFields {
			t.Errorf("%+v", k)
		}
		for _, f := range k.Fields {
			if !carried(f[0]) {
				t.Errorf("carries %q", f[0])
			}
		}
	})
}
