package cli

import (
	"bytes"
	"cmp"
	"fmt"
	"html"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
	"github.com/spf13/cobra"

	"veedor/internal/measure/scenario"
	"veedor/internal/mirror"
)

// showcase is a site with something on every page: the invented sample and month, two lists that contradict each other,
// captures of a page that was edited, both cases, a dossier, and people who work at the desk.
type showcase struct {
	data string // the data folder
	url  string // where the site is served, on this machine
	site http.Handler
}

// newShowcase makes the folder by the commands that a newcomer is told, and serves it, the desk included.
func newShowcase(t *testing.T) *showcase {
	t.Helper()
	begin := time.Now()
	s := &showcase{data: t.TempDir()}
	s.run(t, "ingest", "--sample")
	s.run(t, "ingest", "--month")
	s.run(t, "ingest", plantedSignal(t))
	s.run(t, "detect")
	s.lists(t)
	s.captures(t)
	s.run(t, "case", "load", "../../cases/borduna", "--publish")
	s.run(t, "case", "load", "../../cases/venezuela-filtering", "--publish")
	s.run(t, "dossier", "build", "--desk", "borduna")
	s.serve(t)
	t.Logf("made a site with everything in %.1f s", time.Since(begin).Seconds())
	return s
}

func (s *showcase) run(t *testing.T, args ...string) string {
	t.Helper()
	return runMain(t, append([]string{"--data", s.data}, args...)...)
}

// plantedSignal is test data: the invented month's restricted newspaper, told as signal.org on AS8048. Nobody measured it.
func plantedSignal(t *testing.T) string {
	t.Helper()
	network := fmt.Sprintf("AS%d", scenario.MonthRestricted.Networks[0])
	as := strings.NewReplacer(network, "AS8048", "diario.example", "signal.org", "Borduna Telecom (invented)", "CANTV (test data)")
	country := regexp.MustCompile(`"probe_cc":"[A-Z]+"`)
	var out bytes.Buffer
	for line := range scenario.Month(1) {
		if text := string(line); strings.Contains(text, `"`+network+`"`) && strings.Contains(text, "diario.example") {
			out.WriteString(country.ReplaceAllString(as.Replace(text), `"probe_cc":"VE"`) + "\n")
		}
	}
	if out.Len() == 0 {
		t.Fatal("the month has no measurement to tell otherwise")
	}
	file := filepath.Join(t.TempDir(), "planted.jsonl")
	if err := os.WriteFile(file, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// lists imports both lists about the invented country, one of them in two states with a row that cannot be read, and
// watches what changed between them.
func (s *showcase) lists(t *testing.T) {
	t.Helper()
	const folder = "../../cases/borduna/registry/"
	gazette, err := os.ReadFile(folder + "gazette.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	importing := func(name, date, file string) []string {
		return []string{"registry", "import", "--format", "ftm", "--dataset", "borduna-" + name, "--date", date, "--licence", "Apache-2.0",
			"--title", "What the " + name + " of Borduna says (invented)", "--publisher", "The " + name + " of Borduna (invented)", file}
	}
	first := strings.Replace(string(gazette), "9600000", "9500000", 1)
	lines := strings.SplitAfter(first, "\n")
	earlier := filepath.Join(t.TempDir(), "gazette.jsonl")
	if err := os.WriteFile(earlier, []byte(strings.Join(lines[:len(lines)-2], "")+"{\"id\": \"cut off\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.run(t, importing("gazette", "2026-05-10", earlier)...)
	s.run(t, importing("press", "2026-05-20", folder+"press.jsonl")...)
	s.run(t, "registry", "watch", "add", "--entity", "borduna-contract", "--by", "ana")
	s.run(t, "registry", "watch", "add", "--name", "Kestrel Networks", "--by", "ana")
	s.run(t, "registry", "watch", "look")
	s.run(t, importing("gazette", "2026-05-20", folder+"gazette.jsonl")...)
	s.run(t, "registry", "watch", "look")
}

// captures takes an article that is edited meanwhile, and quotes it.
func (s *showcase) captures(t *testing.T) {
	t.Helper()
	paper := httptest.NewServer(newspaper())
	defer paper.Close()
	args := []string{"capture", "--allow-private", "--operator", "desk", "--network", "AS64500 Test", paper.URL + "/decreto"}
	if !hasChromium() {
		args = append(args, "--document")
	}
	hash := regexp.MustCompile(`[0-9a-f]{64}`).FindString(s.run(t, args...))
	s.run(t, "capture", "quote", hash, "no ha sido publicado en la gaceta", "--by", "ana", "--translation", "has not been published in the gazette", "--into", "en", "--translator", "ana")
	s.run(t, "capture", "publish", "--by", "ana", "--why", "an invented text", hash)
	s.run(t, "capture", "watch", "--document", paper.URL+"/decreto")
	for range 3 { // unchanged, edited, gone
		s.run(t, "capture", "check", "--all", "--allow-private")
	}
}

// serve serves the folder on this machine until the test ends.
func (s *showcase) serve(t *testing.T) {
	t.Helper()
	c := &cobra.Command{}
	c.SetContext(t.Context())
	c.SetErr(&bytes.Buffer{})
	c.Flags().String("data", s.data, "")
	deskFlags(c)
	if err := c.Flags().Set("desk", "true"); err != nil {
		t.Fatal(err)
	}
	h, err := open(t.Context(), s.data)
	if err != nil {
		t.Fatal(err)
	}
	site, done := livePages(c, h, showing{follow: true})
	srv := httptest.NewServer(site)
	t.Cleanup(func() {
		srv.Close()
		done()
		if err := h.close(); err != nil {
			t.Error(err)
		}
	})
	s.site, s.url = site, srv.URL
}

// member is somebody who works at the desk, in a client that keeps their cookie.
type member struct {
	s      *showcase
	name   string
	secret string // of their second factor
	client *http.Client
}

const memberPassword = "lluvia sobre el avila 9"

// join makes an account by a one-time link, through the pages; they are signed in then.
func (s *showcase) join(t *testing.T, name, role string) *member {
	t.Helper()
	path := regexp.MustCompile(`/desk/join/\S+`).FindString(s.run(t, "accounts", "invite", "--role", role))
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	m := &member{s: s, name: name, client: &http.Client{Jar: jar}}
	page := m.get(t, path)
	m.secret = strings.ReplaceAll(between(t, page, `<code class="secret">`, `</code>`), " ", "")
	form := html.UnescapeString(between(t, page, `name="form" value="`, `"`))
	res, err := m.client.PostForm(s.url+path, url.Values{"form": {form}, "name": {name}, "password": {memberPassword}, "repeat": {memberPassword}, "code": {m.code(t)}})
	if err != nil {
		t.Fatal(err)
	}
	if err := res.Body.Close(); err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s joins: %s %v", name, res.Status, err)
	}
	return m
}

// code is what their second factor shows now.
func (m *member) code(t *testing.T) string {
	t.Helper()
	code, err := totp.GenerateCode(m.secret, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return code
}

func (m *member) get(t *testing.T, path string) string {
	t.Helper()
	res, err := m.client.Get(m.s.url + path)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var b bytes.Buffer
	if _, err := b.ReadFrom(res.Body); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// cookie is what keeps them signed in.
func (m *member) cookie(t *testing.T) *http.Cookie {
	t.Helper()
	u, err := url.Parse(m.s.url)
	if err != nil {
		t.Fatal(err)
	}
	all := m.client.Jar.Cookies(u)
	if len(all) != 1 {
		t.Fatalf("%d cookies", len(all))
	}
	return all[0]
}

func between(t *testing.T, text, before, after string) string {
	t.Helper()
	_, rest, found := strings.Cut(text, before)
	got, _, ended := strings.Cut(rest, after)
	if !found || !ended {
		t.Fatalf("no %s…%s in %.300s", before, after, text)
	}
	return got
}

// pageType is one kind of page, and an address of that kind.
type pageType struct {
	Pattern string // as it is routed, without a language
	Path    string
	Desk    bool // only for who is signed in
}

// file is a name for what is made of a page.
func (p pageType) file() string {
	return cmp.Or(strings.Trim(regexp.MustCompile(`[^a-z0-9]+`).ReplaceAllString(strings.ToLower(p.Pattern), "-"), "-"), "home")
}

// asked are addresses that answer what somebody typed in, and parts of what is long: no link of the site's own leads there
// as long as there is little.
func asked() []string {
	return []string{
		"/search?q=filtro", "/search?q=nothing+of+the+kind", "/search?q=signal.org+CANTV", "/entities?q=Kestrel", "/measurements?state=blocked", "/claims?status=supported",
		"/path?from=borduna-telecom&to=borduna-holding", "/claim/borduna.4-equipment/said", "/claim/borduna.4-equipment/evidence", "/claim/borduna.4-equipment/history",
		"/entity/borduna-kestrel/values", "/no/such/page",
	}
}

// pageTypes returns one address of each kind of page that readers see.
func (s *showcase) pageTypes(t *testing.T) []pageType {
	t.Helper()
	types, err := mirror.Types(t.Context(), s.site)
	if err != nil {
		t.Fatal(err)
	}
	var out []pageType
	for _, x := range types {
		if x.HTML() {
			out = append(out, pageType{Pattern: x.Pattern, Path: x.Path})
		}
	}
	for _, path := range asked() {
		out = append(out, pageType{Pattern: path, Path: path})
	}
	return sorted(out)
}

func sorted(all []pageType) []pageType {
	slices.SortFunc(all, func(a, b pageType) int { return cmp.Compare(a.Pattern, b.Pattern) })
	return slices.CompactFunc(all, func(a, b pageType) bool { return a.Pattern == b.Pattern })
}

// deskTypes walks the desk, signed in as somebody, and returns one address of each kind of page that links lead to.
func (s *showcase) deskTypes(t *testing.T, as *member) []pageType {
	t.Helper()
	const most = 4 // addresses of a kind that are followed
	s.worked(t, as)
	queue := []string{"/desk", "/desk/conflicts", "/desk/rubrics", "/desk/account", "/desk/people", "/desk/audit", "/desk/records", "/desk/signin", "/desk/confirm", "/desk/join/none",
		"/desk/new/evidence?type=finding&claim=borduna.1-chat-restricted"}
	for _, m := range regexp.MustCompile(`/capture/([0-9a-f]{64})`).FindAllStringSubmatch(as.get(t, "/captures"), 1) {
		queue = append(queue, "/desk/quote/"+m[1])
	}
	var found []pageType
	followed, seen := map[string]int{}, map[string]bool{}
	for len(queue) > 0 {
		path := queue[0]
		queue = queue[1:]
		r := httptest.NewRequest(http.MethodGet, s.url+path, nil)
		r.RemoteAddr = "127.0.0.1:1"
		r.AddCookie(as.cookie(t))
		w := httptest.NewRecorder()
		s.site.ServeHTTP(w, r)
		kind := kindOf(r)
		if followed[kind]++; followed[kind] > most || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
			continue
		}
		if followed[kind] == 1 {
			found = append(found, pageType{Pattern: kind, Path: path, Desk: true})
		}
		for _, m := range regexp.MustCompile(`href="(/desk[^"#]*)`).FindAllStringSubmatch(w.Body.String(), -1) {
			if to := html.UnescapeString(m[1]); !seen[to] {
				seen[to] = true
				queue = append(queue, to)
			}
		}
	}
	return sorted(found)
}

// worked leaves what only people's work does: a rubric, by which items are scored, and two edits of one field that conflict.
func (s *showcase) worked(t *testing.T, as *member) {
	t.Helper()
	as.save(t, "/desk/new/rubric", url.Values{"f.title": {"Impact"}, "f.version": {"1"}, "w.levels.-3": {"does grave harm"}, "w.levels.0": {"no matter"}, "w.levels.3": {"does much good"}})
	const source = "/desk/edit/source/borduna-faro"
	before := as.get(t, source)
	for _, name := range []string{"El Faro", "The Faro"} {
		as.send(t, source, before, url.Values{"f.name": {name}, "why": {"a test"}})
	}
	if page := as.get(t, "/desk/conflicts"); !strings.Contains(page, "The Faro") {
		t.Errorf("two edits of one field do not conflict: %.2000s", page)
	}
}

// save sends the form of a page, filled in.
func (m *member) save(t *testing.T, path string, fill url.Values) {
	t.Helper()
	m.send(t, path, m.get(t, path), fill)
}

// send sends the form of a page that was read before, with only those fields that are filled in.
func (m *member) send(t *testing.T, path, page string, fill url.Values) {
	t.Helper()
	form := url.Values{"do": {"save"}, "form": {html.UnescapeString(between(t, page, `name="form" value="`, `"`))}, "rev": {between(t, page, `name="rev" value="`, `"`)}}
	var shown []string
	for name, v := range fill {
		form[name] = v
		if parts := strings.Split(name, "."); len(parts) > 1 && !slices.Contains(shown, parts[1]) {
			shown = append(shown, parts[1])
		}
	}
	form.Set("shown", strings.Join(shown, ","))
	res, err := m.client.PostForm(m.s.url+path, form)
	if err != nil {
		t.Fatal(err)
	}
	if err := res.Body.Close(); err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s %v", path, res.Status, err)
	}
}

// kindOf names what kind of page was asked for: each kind of record, and of evidence, has a form of its own.
func kindOf(r *http.Request) string {
	kind := strings.TrimPrefix(r.Pattern, "GET ")
	if strings.Contains(kind, "/new/") || strings.Contains(kind, "/edit/") {
		kind = strings.Replace(kind, "{kind}", r.PathValue("kind"), 1)
	}
	if of := r.URL.Query().Get("type"); of != "" {
		kind += "?type=" + of
	}
	return kind
}
