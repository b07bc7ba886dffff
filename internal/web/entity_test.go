package web_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"veedor/internal/follow/ftm"
	"veedor/internal/follow/match"
	"veedor/internal/follow/registry"
	"veedor/internal/measure/refdata"
	"veedor/internal/measure/store/storetest"
	"veedor/internal/measure/verdict"
	"veedor/internal/web"
	"veedor/internal/weigh/cases"
	"veedor/internal/weigh/desk"
)

// archived is files of lists in memory.
type archived map[string][]byte

func (a archived) Raw(hash string) ([]byte, error) { return bytesOf(a).Raw(hash) }

func (a archived) Open(f registry.File) (io.ReadCloser, error) {
	b, err := a.Raw(f.Hash)
	return io.NopCloser(bytes.NewReader(b)), err
}

// mentions is claims in memory.
type mentions []web.Mention

func (m mentions) Mentions(_ context.Context, ids, names []string) ([]web.Mention, error) {
	for _, id := range ids {
		if id == "a-1" {
			return m, nil
		}
	}
	return nil, nil
}

// ent makes an item of an entity whose values stand in a line of a file.
func ent(file string, line int, id, schema string, values ...string) registry.Item {
	it := registry.Item{ID: id, Schema: schema}
	for i := 0; i+1 < len(values); i += 2 {
		it.Values = append(it.Values, registry.Value{Prop: values[i], Value: values[i+1], At: registry.Place{File: file, Line: line, Record: line}})
	}
	return it
}

// kept is an invented registry: everything below is of a country that does not exist.
type kept struct {
	*registry.Registry
	files archived
	at    time.Time
}

func (k *kept) put(t testing.TB, d registry.Dataset, dated, name, content string, account registry.Account, items ...registry.Item) registry.State {
	t.Helper()
	hash := hashOf(content)
	k.files[hash] = []byte(content)
	account.Read, account.Kept, account.Entities = len(items), len(items), len(items)
	for _, it := range items {
		account.Values += len(it.Values)
		if it.ID == "" {
			account.Kept, account.Rejected = account.Kept-1, account.Rejected+1
			account.Reasons = map[string]int{it.Rejects[0].Reason: 1}
		}
	}
	k.at = k.at.Add(time.Hour)
	s, _, err := k.Import(t.Context(), registry.NewState{Dataset: d, Dated: dated, Format: "csv", Files: []registry.File{{Name: name, Hash: hash, Size: int64(len(content))}}}, func() time.Time { return k.at },
		func(_ context.Context, yield func(registry.Item) error) (registry.Account, error) {
			for _, it := range items {
				if err := yield(it); err != nil {
					return registry.Account{}, err
				}
			}
			return account, nil
		})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func newKept(t testing.TB) *kept {
	t.Helper()
	r, err := registry.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return &kept{r, archived{}, noon}
}

// fullRegistry has a supplier on two lists, what it owns, sold and is accused of, and others that came and went.
func fullRegistry(t testing.TB) *kept {
	t.Helper()
	k := newKept(t)
	list := registry.Dataset{Name: "alpha-list", Title: "Sanctions list of Nowhere (invented)", Publisher: "Ministry of Nowhere", URL: "https://list.example/", Licence: "CC0 1.0"}
	table := registry.Dataset{Name: "beta-table", Title: "Table of contracts (invented)", Publisher: "Office of tables"}
	f1 := "id,name\na-1,\"Nowhere Electronics\nImport\"\na-2,Gone Ltd\na-3,Person\n"
	k.put(t, list, "2021-01-01", "list1.csv", f1, registry.Account{Private: map[string]int{"birthDate": 1}},
		ent("list1.csv", 2, "a-1", "Company", "name", "Nowhere Electronics\nImport", "alias", "无处电子进出口公司", "alias", "Нигде Электроника", "alias", "شركة اللامكان", "country", "xx", "country", "cn", "registrationNumber", "12345678", "address", "1 Square, Nowhere", "topics", "sanction", "incorporationDate", "2001-02-03"),
		ent("list1.csv", 2, "a-1-s", "Sanction", "entity", "a-1", "program", "NOWHERE-1", "authority", "Ministry of Nowhere", "startDate", "2020-11-30", "reason", "It sold filters.", "country", "us"),
		ent("list1.csv", 4, "a-2", "Company", "name", "Gone Ltd"),
		ent("list1.csv", 5, "a-3", "Person", "name", "Ana Ministra", "position", "Minister"))
	k.put(t, list, "2022-01-01", "list2.csv", "id,name\na-1,Nowhere Electronics\n", registry.Account{Private: map[string]int{"birthDate": 1}},
		ent("list2.csv", 2, "a-1", "Company", "name", "Nowhere Electronics", "alias", "无处电子进出口公司", "country", "cn", "registrationNumber", "12345678", "topics", "sanction", "incorporationDate", "2001-02-03"),
		ent("list2.csv", 2, "a-1-s", "Sanction", "entity", "a-1", "program", "NOWHERE-2", "authority", "Ministry of Nowhere", "startDate", "2020-11-30"),
		ent("list2.csv", 3, "a-3", "Person", "name", "Ana Ministra", "position", "Minister"),
		ent("list2.csv", 4, "a-4", "Company", "name", "New Ltd"),
		registry.Item{Rejects: []registry.Reject{{Reason: "it has too few fields", Raw: []byte("a-5"), At: registry.Place{File: "list2.csv", Line: 5, Record: 4}}}})
	name := `Nowhere Electronics Import & Export`
	table1 := "name;amount\nNowhere Electronics Import & Export;1000000000\n" + strings.Repeat("x", 3000) + "\n"
	k.put(t, table, "", "table.csv", table1, registry.Account{},
		ent("table.csv", 2, "b-1", "Company", "name", name, "country", "cn", "incorporationDate", "2002"),
		ent("table.csv", 2, "b-own", "Ownership", "owner", "b-1", "asset", "b-2", "percentage", "51"),
		ent("table.csv", 2, "b-2", "Company", "name", "Nowhere Cameras"),
		ent("table.csv", 2, "b-dir", "Directorship", "director", "a-3", "organization", "b-1", "role", "chair"),
		ent("table.csv", 2, "b-dep", "Deployment", "name", "Command centres of Nowhere", "kind", "cameras", "supplier", "b-1", "operator", "b-gov", "status", "partly-delivered", "scale", "4300 cameras", "scale", "30000 cameras", "country", "ve"),
		ent("table.csv", 2, "b-gov", "PublicBody", "name", "Government of Nowhere"),
		ent("table.csv", 2, "b-agr", "Agreement", "title", "Public safety contract", "supplier", "b-1", "authority", "b-gov", "amount", "1000000000", "amount", "1300000000", "currency", "USD", "publicationStatus", "not-public", "startDate", "2013"),
		ent("table.csv", 2, "b-abs", "Absence", "name", "The contract itself", "about", "b-1", "lookedFor", "the text of the contract", "lookedIn", "official gazette", "lookedBy", "an observatory", "lookedAt", "2026-05-01", "result", "not-public"),
		ent("table.csv", 2, "b-like", "Company", "name", "Nowhere Electronics Import and Export Co Ltd"))
	for _, d := range []registry.Decision{
		{A: "a-1", B: "b-1", Verdict: registry.Positive, By: "Ana Editora", Why: "the same number", Score: 0.97}, {A: "a-2", B: "b-2", Verdict: registry.Negative, By: "Ana Editora", Why: "another country"}} {
		d.At = noon
		if _, err := k.Decide(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
	return k
}

func registrySite(t testing.TB, r web.Registry, files archived, log web.Log, said web.Mentions) http.Handler {
	t.Helper()
	db, err := refdata.Open("")
	if err != nil {
		t.Fatal(err)
	}
	return web.New(web.Config{Store: storetest.NewMemory(), Evidence: files, Registry: r, Originals: files, Transparency: log, Mentions: said, Facts: func() web.Facts { return db.AsOf(time.Now()) },
		AllRules: verdict.Rules(), RuleSet: verdict.RuleSet, Version: "test", Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
}

// follow fetches a page, going where it sends.
func follow(h http.Handler, path string) (int, string, http.Header) {
	path, _, _ = strings.Cut(path, "#")
	w := get(h, path)
	for range 3 {
		if w.Code != http.StatusFound {
			break
		}
		w = get(h, w.Header().Get("Location"))
	}
	return w.Code, w.Body.String(), w.Header()
}

// walkRegistry fetches all pages of the registry that are reachable, and looks at each.
func walkRegistry(t *testing.T, h http.Handler, most int, from ...string) map[string]string {
	t.Helper()
	sheet := ""
	pages, todo := map[string]string{}, from
	fragments := regexp.MustCompile(`href="([^"#?]*)#([^"]+)"`)
	for len(todo) > 0 && len(pages) < most {
		path, _, _ := strings.Cut(todo[0], "#")
		todo = todo[1:]
		if _, seen := pages[path]; seen || path == "" {
			continue
		}
		code, body, header := follow(h, path)
		pages[path] = body
		if code != http.StatusOK {
			t.Errorf("%s: %d", path, code)
			continue
		}
		if !strings.HasPrefix(header.Get("Content-Type"), "text/html") {
			continue
		}
		if sheet == "" {
			sheet = get(h, regexp.MustCompile(`/static/style[^"]+`).FindString(body)).Body.String()
		}
		if n := len(body) + len(sheet); n > 48<<10 {
			t.Errorf("%s weighs %d bytes with its style sheet", path, n)
		}
		for _, bad := range []string{"<script>alert", "style=", "%!", `href="http`, `src="http`, "<no value>", "ZgotmplZ", "\u202e", "onerror=alert(1)>"} {
			if strings.Contains(body, bad) {
				t.Errorf("%s contains %q", path, bad)
			}
		}
		if m := regexp.MustCompile(`>(reg|entity|dataset|statement|tie|feature|sure|topic|facet|change|decision|mention|row)\.[a-z0-9.]+`).FindString(body); m != "" {
			t.Errorf("%s shows the key %s", path, m)
		}
		if strings.Count(body, "<h1") != 1 {
			t.Errorf("%s has %d headings of the first level", path, strings.Count(body, "<h1"))
		}
		for _, m := range fragments.FindAllStringSubmatch(body, -1) {
			if m[1] == "" && !strings.Contains(body, ` id="`+m[2]+`"`) {
				t.Errorf("%s links to #%s, which is not there", path, m[2])
			}
		}
		for _, m := range links.FindAllStringSubmatch(body, -1) {
			next := html.UnescapeString(m[1])
			if !strings.HasPrefix(next, "/") && !strings.HasPrefix(next, "#") {
				t.Errorf("%s links elsewhere: %s", path, next)
			}
			if regexp.MustCompile(`^(/es)?/(entit|dataset|log/)`).MatchString(next) {
				todo = append(todo, next)
			}
		}
	}
	return pages
}

func TestRegistryWalk(t *testing.T) {
	k := fullRegistry(t)
	h := registrySite(t, k, k.files, nil, mentions{{Text: cases.Text{"en": "It supplied a filter."}, Status: "single-source", Case: cases.Text{"en": "Nowhere"}, As: web.MentionedEvidence, Path: "/about"}})
	pages := walkRegistry(t, h, 900, "/", "/es/", "/entities", "/entities?q=Nowhere+Electronics", "/es/entities?q=%E6%97%A0%E5%A4%84%E7%94%B5%E5%AD%90", "/entities?country=cn", "/es/entities?topic=sanction", "/dataset/alpha-list", "/es/dataset/beta-table", "/entity/a-2")
	if len(pages) < 150 {
		t.Errorf("only %d pages reachable", len(pages))
	}
	t.Logf("%d pages", len(pages))
}

func TestEntityPage(t *testing.T) {
	k := fullRegistry(t)
	id, _, err := k.Canonical("a-1")
	if err != nil {
		t.Fatal(err)
	}
	log := fullLog(t, hashOf("id,name\na-1,Nowhere Electronics\n"))
	h := registrySite(t, k, k.files, log, mentions{{Text: cases.Text{"en": "It supplied a filter."}, Status: "single-source", Case: cases.Text{"en": "Nowhere"}, As: web.MentionedEvidence, Path: "/about"}})
	if w := get(h, "/es/entity/a-1/history?page=2"); w.Code != http.StatusFound || w.Header().Get("Location") != "/es/entity/"+id+"/history?page=2" {
		t.Errorf("a merged id: %d %s", w.Code, w.Header().Get("Location"))
	}
	page := get(h, "/entity/"+id).Body.String()
	for _, want := range []string{
		"无处电子进出口公司", "Chinese characters", "Cyrillic", "Arabic script", // names in every script
		"12345678", "1 Square, Nowhere", "NOWHERE-2", "Ministry of Nowhere", "30 November 2020", // numbers, addresses, sanction
		"Sources contradict each other", "sources contradict each other", "1,300,000,000", "1,000,000,000", "4,300 cameras", "30,000 cameras", // conflicts side by side
		"Partly delivered", "Not public", "the text of the contract", "does not show that it does not exist", // deployment, agreement, absence
		"Owns", "Nowhere Cameras", "Is directed by", "Ana Ministra", // links
		"It supplied a filter.", "What lists say of it is evidence for or against", // claims
		"on the list when it was first read", "not said any more", // history
		"Ana Editora", "the same number", "97%", "May be the same; nobody has decided", "Nowhere Electronics Import and Export Co Ltd", // decisions and proposals
		"changes.atom", "statements.csv", "entity.json", "/entity/" + id + "/cite.bib",
	} {
		if !strings.Contains(html.UnescapeString(page), want) && !strings.Contains(strings.ToLower(html.UnescapeString(page)), strings.ToLower(want)) {
			t.Errorf("the page does not say %q", want)
		}
	}
	gone := get(h, "/entity/a-2").Body.String()
	for _, want := range []string{"No list has it any more.", "since the state of 1 January 2022", "Not the same:", "another country"} {
		if !strings.Contains(gone, want) {
			t.Errorf("the page of what is gone does not say %q", want)
		}
	}
}

func TestStatementPage(t *testing.T) {
	k := fullRegistry(t)
	id, _, err := k.Canonical("a-1")
	if err != nil {
		t.Fatal(err)
	}
	log := fullLog(t, hashOf("id,name\na-1,Nowhere Electronics\n"))
	h := registrySite(t, k, k.files, log, nil)
	statement := func(v string) string {
		t.Helper()
		return ftm.StatementID("alpha-list", "a-1", "name", v, false, "")
	}
	page := html.UnescapeString(get(h, "/entity/"+id+"/statement/"+statement("Nowhere Electronics")).Body.String())
	for _, want := range []string{"a-1,<mark>Nowhere Electronics</mark>", "line 2", "list2.csv", hashOf("id,name\na-1,Nowhere Electronics\n"), "it still says so", "/log/leaf/", "Ministry of Nowhere"} {
		if !strings.Contains(page, want) {
			t.Errorf("the statement's page does not say %q", want)
		}
	}
	// A row with a line break in a value is one row.
	old := "/entity/" + id + "/statement/" + statement("Nowhere Electronics\nImport")
	if w := get(h, old+"/row"); w.Code != http.StatusOK || w.Body.String() != "a-1,\"Nowhere Electronics\nImport\"\n" {
		t.Errorf("row: %d %q", w.Code, w.Body)
	}
	if page := get(h, old).Body.String(); !strings.Contains(page, "it does not say so any more") {
		t.Error("it is not said that the value was dropped")
	}
	person := "/entity/a-3/statement/" + ftm.StatementID("alpha-list", "a-3", "name", "Ana Ministra", false, "")
	if page := get(h, person).Body.String(); !strings.Contains(page, "private life") || strings.Contains(page, "/row") {
		t.Error("the row of a person is shown")
	}
	if w := get(h, person+"/row"); w.Code != http.StatusNotFound {
		t.Errorf("the row of a person: %d", w.Code)
	}
	if w := get(h, "/dataset/alpha-list/file/"+hashOf("id,name\na-1,Nowhere Electronics\n")); w.Code != http.StatusForbidden {
		t.Errorf("a file that holds private data: %d", w.Code)
	}
	states, err := k.States(t.Context(), "beta-table")
	if err != nil {
		t.Fatal(err)
	}
	f := states[0].Files[0]
	if w := get(h, "/dataset/beta-table/file/"+f.Hash); w.Code != http.StatusOK || hashOf(w.Body.String()) != f.Hash {
		t.Errorf("file: %d, %d bytes", w.Code, w.Body.Len())
	}
	for hash := range k.files {
		k.files[hash] = []byte("one line")
	}
	if page := get(h, "/entity/"+id+"/statement/"+statement("Nowhere Electronics")).Body.String(); !strings.Contains(page, "cannot give this row out") {
		t.Error("it is not said that the row is gone")
	}
}

func TestRegistryExports(t *testing.T) {
	k := fullRegistry(t)
	h := registrySite(t, k, k.files, nil, nil)
	id, members, err := k.Canonical("a-1")
	if err != nil || len(members) != 2 {
		t.Fatal(members, err)
	}
	var e ftm.Entity
	if err := json.Unmarshal(get(h, "/entity/"+id+"/entity.json").Body.Bytes(), &e); err != nil || e.ID != id || e.Schema != "Company" || len(e.Referents) != 2 {
		t.Errorf("entity: %+v, %v", e, err)
	}
	rows, err := csv.NewReader(get(h, "/entity/"+id+"/statements.csv").Body).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	// The same as what the registry exports of these entries.
	var whole bytes.Buffer
	if err := k.ExportStatements(t.Context(), &whole, ftm.CSV, ""); err != nil {
		t.Fatal(err)
	}
	all, err := csv.NewReader(&whole).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	want := 0
	column := slices.Index(all[0], "canonical_id")
	for _, row := range all {
		known[row[0]] = true
		if row[column] == id {
			want++
		}
	}
	if len(rows) != want+1 {
		t.Errorf("%d statements, want %d", len(rows)-1, want)
	}
	for _, row := range rows {
		if !known[row[0]] {
			t.Errorf("the registry does not export %v", row)
		}
	}
	for _, path := range []string{"/entity/" + id + "/changes.atom", "/es/dataset/alpha-list/changes.atom"} {
		var feed struct {
			Entries []struct {
				Title   string `xml:"title"`
				Summary string `xml:"summary"`
				Link    struct {
					Href string `xml:"href,attr"`
				} `xml:"link"`
			} `xml:"entry"`
		}
		if err := xml.Unmarshal(get(h, path).Body.Bytes(), &feed); err != nil || len(feed.Entries) < 2 {
			t.Fatalf("%s: %d entries, %v", path, len(feed.Entries), err)
		}
		for _, e := range feed.Entries {
			if code, _, _ := follow(h, e.Link.Href); code != http.StatusOK || e.Summary == "" {
				t.Errorf("%s: %+v leads to %d", path, e, code)
			}
		}
	}
	if body := get(h, "/dataset/alpha-list/changes.json").Body.String(); !strings.Contains(body, "1 added, 1 removed, 1 renamed, 0 changed otherwise.") {
		t.Errorf("feed of a list: %s", body)
	}
}

func TestDatasetPage(t *testing.T) {
	k := fullRegistry(t)
	h := registrySite(t, k, k.files, nil, nil)
	page := html.UnescapeString(get(h, "/dataset/alpha-list").Body.String())
	for _, want := range []string{"5 rows read = 4 kept + 1 rejected", "Renamed: <a", "Nowhere Electronics", "New Ltd", "Gone Ltd", "learnt 3 May 2026", "What was rejected, and why", "are not given out here"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page of a list does not say %q", want)
		}
	}
	if page := get(h, "/dataset/alpha-list/rejected").Body.String(); !strings.Contains(page, "it has too few fields") || !strings.Contains(page, "line 5") {
		t.Error("a rejected row is not shown")
	}
	states, err := k.States(t.Context(), "alpha-list")
	if err != nil {
		t.Fatal(err)
	}
	changes := fmt.Sprintf("?from=%d&to=%d", states[0].ID, states[1].ID)
	rows, err := csv.NewReader(get(h, "/dataset/alpha-list/changes.csv"+changes).Body).ReadAll()
	if err != nil || len(rows) < 8 {
		t.Errorf("changes: %v, %v", rows, err)
	}
	back := get(h, fmt.Sprintf("/dataset/alpha-list?from=%d&to=%d&what=added", states[1].ID, states[0].ID)).Body.String()
	if !strings.Contains(back, "Gone Ltd") || strings.Contains(back, "Added: <a href=\"/entity/a-4\"") {
		t.Error("the way back is not the way back")
	}
	for path, want := range map[string]int{"/dataset/none": 404, "/dataset/alpha-list?from=99": 404, "/dataset/alpha-list/rejected?state=x": 404, "/entity/none": 404, "/entity/a-3/statement/x": 404, "/entity/a-3/values?prop=none": 404,
		"/entity/a-3/links?kind=none": 404, "/entities?schema=None": 400, "/entities?dataset=none&q=x": 404, "/entities?q=" + strings.Repeat("x", 3000): 400, "/dataset/alpha-list/file/x": 404, "/entity/" + strings.Repeat("x", 2000): 404} {
		if w := get(h, path); w.Code != want {
			t.Errorf("%.60s: %d, want %d", path, w.Code, want)
		}
	}
}

// TestRegistrySearch: names in any script and numbers are found, and it is said why.
func TestRegistrySearch(t *testing.T) {
	k := fullRegistry(t)
	h := registrySite(t, k, k.files, nil, nil)
	id, _, err := k.Canonical("a-1")
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range []string{"Nowhere Electronics", "electronics nowhere import", "无处电子进出口公司", "Нигде Электроника", "12345678", "a-1"} {
		page := get(h, "/entities?q="+url.QueryEscape(q)).Body.String()
		first := regexp.MustCompile(`<ol class="hits"><li><a href="([^"]+)"`).FindStringSubmatch(page)
		if first == nil || html.UnescapeString(first[1]) != "/entity/"+id {
			t.Errorf("%s: first %v", q, first)
		}
		if !regexp.MustCompile(`\d%\)`).MatchString(page) {
			t.Errorf("%s: it is not said how sure it is", q)
		}
	}
	if page := get(h, "/entities?q=zzzzqqqq").Body.String(); !strings.Contains(page, "Nothing here bears such a name.") || !strings.Contains(page, "says nothing about lists that are not held here") {
		t.Error("nothing found is not said")
	}
	if page := get(h, "/entities?q=Nowhere&schema=PublicBody").Body.String(); strings.Contains(page, "Nowhere Cameras") || !strings.Contains(page, "Government of Nowhere") {
		t.Error("the kind does not narrow")
	}
}

func TestRegistryEmpty(t *testing.T) {
	k := newKept(t)
	for name, h := range map[string]http.Handler{"none": registrySite(t, nil, archived{}, nil, nil), "empty": registrySite(t, k, archived{}, nil, nil)} {
		for _, path := range []string{"/", "/entities", "/es/entities", "/entities?q=x"} {
			if w := get(h, path); w.Code != http.StatusOK {
				t.Errorf("%s %s: %d", name, path, w.Code)
			}
		}
		if !strings.Contains(get(h, "/entities").Body.String(), "veedor registry import") {
			t.Errorf("%s: it is not said how lists come in", name)
		}
		if w := get(h, "/entity/x"); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
}

// TestHostileRegistry: hostile values in every field, names of a megabyte, ten thousand aliases, a hub, odd ids.
func TestHostileRegistry(t *testing.T) {
	k := newKept(t)
	d := registry.Dataset{Name: "evil\"><script>alert(1)</script>", Title: strings.Repeat(evil, 40), Publisher: strings.Repeat(evil, 40), URL: "javascript:alert(1)" + evil, Licence: evil}
	long := registry.Item{ID: "long", Schema: "Company", Values: []registry.Value{{Prop: "name", Value: strings.Repeat("<img src=x onerror=alert(1)>\u202e", 30_000)}}}
	many := registry.Item{ID: "many", Schema: "Company", Values: []registry.Value{{Prop: "name", Value: "Many"}}}
	for i := range 10_000 {
		many.Values = append(many.Values, registry.Value{Prop: "alias", Value: fmt.Sprintf("Alias %d %s", i, evil), Lang: "zho", Original: evil + fmt.Sprint(i)})
	}
	items := []registry.Item{long, many}
	every := registry.Item{ID: "every/../" + `"<script>alert(1)</script>`, Schema: "Company"}
	for _, p := range ftm.Default().Schema("Company").Properties() {
		if !p.Stub {
			for n := range 3 {
				every.Values = append(every.Values, registry.Value{Prop: p.Name, Value: fmt.Sprint(strings.Repeat(evil, 20), n), Original: evil, Lang: `x" onload="alert(1)`, At: registry.Place{File: evil, Line: 1}})
			}
		}
	}
	items = append(items, every)
	for _, id := range []string{".", "..", "//x", "?q#f", "%2e%2e", "a b", evil, strings.Repeat("y", 512)} {
		items = append(items, ent(evil, 1, id, "Company", "name", "Odd "+id))
	}
	for i := range 1500 {
		items = append(items, ent("f.csv", 1, fmt.Sprint("own", i), "Ownership", "owner", "many", "asset", fmt.Sprint("asset", i)), ent("f.csv", 1, fmt.Sprint("asset", i), "Company", "name", "Asset "+evil))
	}
	for i := range 30 {
		items = append(items, ent("f.csv", 1, fmt.Sprint("s", i), "Sanction", "entity", "many", "program", strings.Repeat(evil, 30), "reason", strings.Repeat(evil, 300), "authority", evil),
			ent("f.csv", 1, fmt.Sprint("abs", i), "Absence", "about", "many", "lookedFor", strings.Repeat(evil, 30), "lookedIn", evil), ent("f.csv", 1, fmt.Sprint("dep", i), "Deployment", "name", evil, "supplier", "many", "kind", evil))
		items = append(items, registry.Item{Rejects: []registry.Reject{{Reason: strings.Repeat(evil, 9), Raw: bytes.Repeat([]byte(evil), 99), At: registry.Place{File: evil, Line: 9}}}},
			registry.Item{ID: "many", Schema: "Company", Rejects: []registry.Reject{{Entity: "many", Prop: evil, Reason: evil, Raw: []byte(evil)}}})
	}
	k.put(t, d, "2021-01-01", evil, strings.Repeat(evil, 30), registry.Account{}, items...)
	for i := range items {
		for j := range items[i].Values {
			items[i].Values[j].Value += " changed"
		}
	}
	k.put(t, d, "2022-01-01", evil, strings.Repeat(evil, 31), registry.Account{}, items[:30]...)
	if _, err := k.Decide(t.Context(), registry.Decision{At: noon, A: "many", B: "long", Verdict: registry.Negative, By: evil, Why: strings.Repeat(evil, 99)}); err != nil {
		t.Fatal(err)
	}
	var said mentions
	for range 30 {
		said = append(said, web.Mention{Text: cases.Text{`x" onload="`: strings.Repeat(evil, 50)}, Status: evil, Case: cases.Text{"en": strings.Repeat(evil, 50)}, As: web.MentionedNamesake, Path: "/about"})
	}
	h := registrySite(t, k, k.files, nil, said)
	from := []string{"/entities", "/entities?dataset=" + url.QueryEscape(d.Name), "/entities?q=" + url.QueryEscape(evil), "/es/entities?q=Alias", "/entities?country=" + url.QueryEscape(evil), "/dataset/" + url.PathEscape(d.Name), "/es/dataset/" + url.PathEscape(d.Name) + "/rejected",
		"/entity/many/values?prop=alias&page=400", "/entity/many/links?page=3"}
	for _, it := range items[:12] {
		if it.ID != "" && it.ID != "." && it.ID != ".." {
			from = append(from, "/entity/"+url.PathEscape(it.ID), "/es/entity/"+url.PathEscape(it.ID))
		}
	}
	pages := walkRegistry(t, h, 90, from...)
	many1 := pages["/entity/many"]
	if !regexp.MustCompile(`[0-9,]{5,} more`).MatchString(many1) || !strings.Contains(many1, "/entity/many/values") {
		t.Error("it is not said how many values there are and where")
	}
}

// TestRegistryFails: what fails on our side is said to be ours.
func TestRegistryFails(t *testing.T) {
	k := fullRegistry(t)
	h := registrySite(t, failing{k}, k.files, nil, nil)
	for _, path := range []string{"/entities?q=x", "/entity/a-3", "/dataset/alpha-list", "/entities?country=cn"} {
		if w := get(h, path); w.Code != http.StatusInternalServerError {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}

// failing is a registry whose disk is gone.
type failing struct{ *kept }

var errDisk = errors.New("disk")

func (failing) Search(context.Context, match.Entity, registry.Filter, int) ([]registry.Hit, error) {
	return nil, errDisk
}
func (failing) Adjacent(context.Context, string, int) (registry.Adjacent, error) {
	return registry.Adjacent{}, errDisk
}
func (failing) Diff(context.Context, string, int64, int64, func(registry.Change) error) error {
	return errDisk
}
func (failing) Entities(context.Context, string, string, func(*ftm.Entity) error) error {
	return errDisk
}

// TestMentions: what is published on the desk names an entity as actor, as speaker by id or by name, and in evidence.
func TestMentions(t *testing.T) {
	d, err := desk.Open(t.Context(), t.TempDir(), desk.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	editor := desk.Viewer{Name: "ana", Role: desk.Editor}
	words := func(s string) cases.Text { return cases.Text{"en": s} }
	set := func(k desk.Kind, id string, fields map[string]any) desk.Change {
		return desk.Change{Kind: k, ID: id, Set: fields}
	}
	if _, err := d.Write(t.Context(), editor, "test", set(desk.Case, "nowhere", map[string]any{"title": words("A filter for Nowhere")}), set(desk.Entity, "supplier", map[string]any{"name": "Nowhere Electronics", "registry": "a-1"}),
		set(desk.Claim, "nowhere.sold", map[string]any{"case": "nowhere", "text": words("It sold a filter.")}), set(desk.Claim, "hidden", map[string]any{"text": words("Not published.")}),
		set(desk.Actor, "nowhere.a", map[string]any{"case": "nowhere", "name": "N.E.", "entity": "supplier", "role": words("supplier")}),
		set(desk.Utterance, "u1", map[string]any{"claim": "nowhere.sold", "speaker": "NÓWHERE electronics", "date_lack": words("?"), "quote_lack": words("?")}), set(desk.Utterance, "u2", map[string]any{"claim": "hidden", "speaker": "x", "entity": "supplier"}),
		set(desk.Utterance, "u3", map[string]any{"claim": "nowhere.sold", "speaker": "x", "entity": "supplier", "date_lack": words("?"), "quote_lack": words("?")}),
		set(desk.Evidence, "e1", map[string]any{"claim": "nowhere.sold", "type": "registry", "name": "a-1", "property": "topics", "stance": "context"})); err != nil {
		t.Fatal(err)
	}
	m := web.NewMentions(d, time.Now)
	if got, err := m.Mentions(t.Context(), []string{"a-1"}, nil); err != nil || len(got) != 0 {
		t.Errorf("before anything is published: %+v, %v", got, err)
	}
	for _, of := range []struct {
		k  desk.Kind
		id string
	}{{desk.Case, "nowhere"}, {desk.Claim, "nowhere.sold"}, {desk.Entity, "supplier"}} {
		if err := d.Publish(t.Context(), editor, "test", true, of.k, of.id); err != nil {
			t.Fatal(err)
		}
	}
	got, err := web.NewMentions(d, time.Now).Mentions(t.Context(), []string{"a-1", "NK-x"}, []string{"Nowhere Electronics", "Other"})
	if err != nil {
		t.Fatal(err)
	}
	var as []string
	for _, n := range got {
		as = append(as, n.As+" "+n.Path)
	}
	if want := []string{"actor /case/nowhere", "speaker /claim/nowhere.sold", "evidence /claim/nowhere.sold", "namesake /claim/nowhere.sold"}; !slices.Equal(as, want) {
		t.Errorf("mentions: %q, want %q", as, want)
	}
}
