package api_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"veedor/internal/follow/api"
	"veedor/internal/follow/registry"
)

var clock = time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC)

// ent is an entity for tests: an id, a schema, and properties and values in turn.
func ent(id, schema string, values ...string) registry.Item {
	it := registry.Item{ID: id, Schema: schema}
	for i := 0; i < len(values); i += 2 {
		it.Values = append(it.Values, registry.Value{Prop: values[i], Value: values[i+1], Original: values[i+1], At: registry.Place{File: "list.csv", Line: i + 1}})
	}
	return it
}

func put(t testing.TB, r *registry.Registry, dataset, dated string, items ...registry.Item) {
	t.Helper()
	n := registry.NewState{Dataset: registry.Dataset{Name: dataset, Title: "Title of " + dataset, Publisher: "Publisher of " + dataset, Licence: "CC0"}, Dated: dated, Format: "test",
		Files: []registry.File{{Name: "list.csv", Hash: strings.Repeat("0", 54) + dated, Size: 1}}}
	_, _, err := r.Import(t.Context(), n, func() time.Time { return clock }, func(_ context.Context, yield func(registry.Item) error) (registry.Account, error) {
		for _, it := range items {
			if err := yield(it); err != nil {
				return registry.Account{}, err
			}
		}
		return registry.Account{Read: len(items), Kept: len(items)}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

const evil = `<script>alert(1)</script>"'&` + "\u202e"

// served is a registry with a supplier that two datasets name, its sanction, its owner, a company that was delisted, and a hostile name.
func served(t testing.TB) (http.Handler, *registry.Registry) {
	t.Helper()
	r, err := registry.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	put(t, r, "sdn", "2021-07-07", ent("sdn-1", "Company", "name", "CEIEC", "country", "cn"), ent("sdn-2", "Company", "name", "Delisted Trading Holdings", "country", "ru"))
	put(t, r, "sdn", "2023-01-21",
		ent("sdn-1", "Company", "name", "CEIEC", "alias", "China National Electronics Import & Export Corporation", "country", "cn", "topics", "sanction", "uscCode", "9111000010000106X1", "sourceUrl", "https://example.org/1"),
		ent("sanction-1", "Sanction", "entity", "sdn-1", "program", "VENEZUELA", "startDate", "2020-11-30"),
		ent("owner-1", "Company", "name", "China Electronics Corporation", "country", "cn"),
		ent("own-1", "Ownership", "owner", "owner-1", "asset", "sdn-1", "percentage", "100"),
		ent("evil-1", "Company", "name", evil+" Evil Holdings", "alias", strings.Repeat("long", 500)))
	put(t, r, "projects", "2022-01-01", ent("proj-7", "Company", "name", "China National Electronics Import and Export Corp.", "country", "cn", "country", "ec"),
		ent("person-1", "Person", "name", "Maria Fernandez Quintana", "position", "minister", "nationality", "ve", "topics", "role.pep"))
	return api.Handler(api.Config{Registry: r, Version: "test", Log: slog.New(slog.NewTextHandler(t.Output(), nil))}), r
}

func ask(t testing.TB, h http.Handler, method, path, kind, body string) *httptest.ResponseRecorder {
	t.Helper()
	req := httptest.NewRequest(method, path, strings.NewReader(body))
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	return w
}

// get asks for JSON and reads it into a T.
func get[T any](t testing.TB, h http.Handler, path string) T {
	t.Helper()
	return read[T](t, ask(t, h, "GET", path, "", ""), path)
}

func read[T any](t testing.TB, w *httptest.ResponseRecorder, what string) (out T) {
	t.Helper()
	if w.Code != http.StatusOK {
		t.Fatalf("%s: %d %s", what, w.Code, w.Body)
	}
	if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
		t.Fatalf("%s: %v in %s", what, err, w.Body)
	}
	return out
}

type found struct {
	Results []entity
	Facets  map[string]struct {
		Label  string
		Values []struct {
			Name, Label string
			Count       int
		}
	}
	Total struct {
		Value    int
		Relation string
	}
	Limit, Offset int
}

type entity struct {
	ID, Caption, Schema string
	Properties          map[string][]any
	Datasets, Referents []string
	Target, Match, Gone bool
	Score               float64
	Features            map[string]float64
	Explanations        map[string]struct{ Detail, Query, Candidate string }
	FirstSeen           string `json:"first_seen"`
	Statements          []map[string]any
}

func ids(list []entity) string {
	var out []string
	for _, e := range list {
		out = append(out, e.ID)
	}
	return strings.Join(out, " ")
}

func merge(t *testing.T, r *registry.Registry, a, b string) string {
	t.Helper()
	if _, err := r.Decide(t.Context(), registry.Decision{At: clock, A: a, B: b, Verdict: registry.Positive, By: "ana"}); err != nil {
		t.Fatal(err)
	}
	id, _, err := r.Canonical(a)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestSearch(t *testing.T) {
	h, r := served(t)
	nk := merge(t, r, "sdn-1", "proj-7")
	for _, c := range []struct{ name, query, first, all string }{
		{"a name in another script", "q=中国电子进出口有限公司", nk, ""},
		{"merged ones come once", "q=CEIEC", nk, ""},
		{"an id of a source", "q=proj-7", nk, ""},
		{"a number of a register", "q=9111000010000106X1", nk, ""},
		{"a delisted one is left out", "q=Delisted+Trading+Holdings&filter=properties.country:ru", "", ""},
		{"unless it is asked for", "q=Delisted+Trading+Holdings&gone=true&countries=ru", "sdn-2", "sdn-2"},
		{"without a name: all of a schema", "schema=Person", "person-1", "person-1"},
		{"topics", "topics=role.pep", "person-1", "person-1"},
		{"one of several values", "countries=ve&countries=ec&sort=caption:desc", "person-1", "person-1 " + nk},
		{"all of several values", "countries=cn&countries=ec&filter_op=AND", nk, nk},
		{"a filter on a property", "schema=Sanction&filter=properties.program:VENEZUELA", "sanction-1", "sanction-1"},
		{"a filter that nothing fits", "filter=properties.program:OTHER", "", ""},
		{"included datasets", "include_dataset=projects&schema=Person", "person-1", "person-1"},
		{"excluded datasets", "exclude_dataset=projects&schema=Person", "", ""},
		{"what two datasets say of is not excluded by one", "exclude_dataset=projects&countries=ec", nk, nk},
		{"excluded schemata", "exclude_schema=Company&countries=cn&countries=ve", "person-1", "person-1"},
		{"changed since", "changed_since=2023-01-01&schema=Person", "", ""},
		{"targets", "target=true&sort=caption:asc", nk, nk + " person-1"},
		{"a page further", "target=true&sort=caption:asc&offset=1&limit=1", "person-1", "person-1"},
	} {
		f := get[found](t, h, "/api/search/default?"+c.query)
		first := ""
		if len(f.Results) > 0 {
			first = f.Results[0].ID
		}
		if first != c.first || c.all != "" && ids(f.Results) != c.all {
			t.Errorf("%s: %s", c.name, ids(f.Results))
		}
	}
	f := get[found](t, h, "/api/search/sdn?q=CEIEC&facets=countries&facets=schema&facets=datasets")
	if v := f.Facets["countries"].Values; len(v) == 0 || v[0].Name != "cn" || v[0].Label != "China" || f.Facets["datasets"].Values[0].Label == "sdn" {
		t.Errorf("facets: %+v", f.Facets)
	}
	if e := f.Results[0]; e.FirstSeen != "2021-07-07T00:00:00" || !e.Target || len(e.Datasets) != 2 || len(e.Referents) != 2 || f.Total.Relation != "eq" {
		t.Errorf("%+v, total %+v", e, f.Total)
	}
}

func TestMatch(t *testing.T) {
	h, _ := served(t)
	body := `{"queries": {
		"a": {"schema": "Company", "properties": {"name": ["China National Electronics Import & Export Corp"], "country": "cn", "notAProperty": ["x"]}},
		"unknown": {"schema": "Planet", "properties": {"name": ["CEIEC"]}},
		"broken": {"schema": "Company", "properties": "CEIEC"},
		"deep": {"schema": "Company", "properties": {"name": [["CEIEC"]]}},
		"empty": {"schema": "Company", "properties": {"name": []}},
		"null": null,
		"person": {"schema": "Person", "properties": {"name": ["CEIEC"]}},
		"number": {"schema": "LegalEntity", "properties": {"name": "CEIEC", "uscCode": "9111000010000106X1"}, "extra": 1}}}`
	type answer struct {
		Responses map[string]struct {
			Status  int
			Detail  string
			Results []entity
			Ignored []string
			Total   struct{ Value int }
			Query   struct{ Properties map[string][]string }
		}
		Limit   int
		Matcher map[string]any
	}
	w := ask(t, h, "POST", "/api/match/default?algorithm=best&fuzzy=False&limit=3", "application/json", body)
	got := read[answer](t, w, "match")
	if w.Header().Get("X-Batch-Size") != "8" || got.Limit != 3 || len(got.Matcher) == 0 {
		t.Errorf("batch %s, limit %d", w.Header().Get("X-Batch-Size"), got.Limit)
	}
	a := got.Responses["a"]
	if len(a.Results) != 2 || !a.Results[0].Match || a.Results[0].Score < 0.85 || a.Results[0].Features["name"] == 0 || a.Results[0].Explanations["name"].Candidate == "" {
		t.Errorf("a: %+v", a)
	}
	if len(a.Ignored) != 1 || a.Query.Properties["country"][0] != "cn" {
		t.Errorf("a was understood as %v, ignored %v", a.Query, a.Ignored)
	}
	if n := got.Responses["number"]; len(n.Results) == 0 || n.Results[0].ID != "sdn-1" || n.Results[0].Features["identifier"] != 1 {
		t.Errorf("number: %+v", n)
	}
	for _, bad := range []string{"unknown", "broken", "deep", "empty", "null"} {
		if m := got.Responses[bad]; m.Status != 400 || m.Detail == "" || len(m.Results) > 0 {
			t.Errorf("%s: %+v", bad, m)
		}
	}
	if p := got.Responses["person"]; p.Status != 200 || len(p.Results) != 0 {
		t.Errorf("a company was proposed for a person: %+v", p)
	}
	narrowed := read[answer](t, ask(t, h, "POST", "/api/match/default?exclude_entity_ids=sdn-1&cutoff=0.1", "application/json", body), "narrowed")
	if r := narrowed.Responses["a"].Results; ids(r) == "" || strings.Contains(ids(r), "sdn-1") {
		t.Errorf("excluded: %s", ids(r))
	}
}

func TestEntity(t *testing.T) {
	h, r := served(t)
	e := get[entity](t, h, "/api/entities/sdn-1")
	sanction, ok := e.Properties["sanctions"][0].(map[string]any)
	if !ok || sanction["id"] != "sanction-1" {
		t.Fatalf("sanctions: %v", e.Properties["sanctions"])
	}
	own, ok := e.Properties["ownershipAsset"][0].(map[string]any)
	if !ok {
		t.Fatalf("%v", e.Properties)
	}
	properties, _ := own["properties"].(map[string]any)
	owner, _ := properties["owner"].([]any)
	if first, _ := owner[0].(map[string]any); first["caption"] != "China Electronics Corporation" {
		t.Errorf("the owner: %v", owner)
	}
	if asset, _ := properties["asset"].([]any); asset[0] != "sdn-1" {
		t.Errorf("the way back is no id: %v", asset)
	}
	if flat := get[entity](t, h, "/api/entities/sdn-1?nested=False"); len(flat.Properties["sanctions"]) > 0 || len(flat.Properties["name"]) != 1 {
		t.Errorf("not nested: %v", flat.Properties)
	}
	nk := merge(t, r, "sdn-1", "proj-7")
	w := ask(t, h, "GET", "/api/entities/proj-7?nested=false", "", "")
	if w.Code != 308 || w.Header().Get("Location") != "/api/entities/"+nk+"?nested=false" {
		t.Errorf("merged: %d %s", w.Code, w.Header().Get("Location"))
	}
	with := get[entity](t, h, "/api/entities/"+nk+"?statements=true")
	evidence := false
	for _, s := range with.Statements {
		if s["value"] == "CEIEC" && s["dataset"] == "sdn" && s["entity_id"] == "sdn-1" && strings.HasSuffix(s["evidence"].(string), "#line=1") {
			evidence = true
		}
	}
	if !evidence || len(with.Properties["sanctions"]) != 1 {
		t.Errorf("statements: %v", with.Statements)
	}
	if gone := get[entity](t, h, "/api/entities/sdn-2"); !gone.Gone || gone.Caption != "Delisted Trading Holdings" {
		t.Errorf("gone: %+v", gone)
	}
}

func TestAdjacentAndStatements(t *testing.T) {
	h, _ := served(t)
	type part struct {
		Results []entity
		Total   struct{ Value int }
	}
	adj := get[struct {
		Entity   entity
		Adjacent map[string]part
	}](t, h, "/api/entities/sdn-1/adjacent?limit=1")
	if adj.Entity.ID != "sdn-1" || len(adj.Adjacent) != 2 || adj.Adjacent["sanctions"].Total.Value != 1 {
		t.Errorf("%+v", adj)
	}
	if p := get[part](t, h, "/api/entities/sdn-1/adjacent/sanctions"); ids(p.Results) != "sanction-1" {
		t.Errorf("%+v", p)
	}
	if p := get[part](t, h, "/api/entities/sdn-1/adjacent/sanctions?offset=5"); len(p.Results) != 0 || p.Total.Value != 1 {
		t.Errorf("beyond the end: %+v", p)
	}
	st := get[struct {
		Results []map[string]any
		Total   struct{ Value int }
	}](t, h, "/api/statements?entity=sdn-1&prop=name")
	if st.Total.Value != 1 || st.Results[0]["source"] != "Publisher of sdn" || st.Results[0]["prop_type"] != "name" {
		t.Errorf("%+v", st)
	}
}

func TestCatalog(t *testing.T) {
	h, _ := served(t)
	c := get[struct {
		Datasets []struct {
			Name, Title, Licence, Version string
			Children                      []string
			States                        int
		}
	}](t, h, "/api/catalog")
	if len(c.Datasets) != 3 || c.Datasets[0].Name != "default" || len(c.Datasets[0].Children) != 2 || c.Datasets[2].Version != "2023-01-21" || c.Datasets[2].Licence != "CC0" || c.Datasets[2].States != 2 {
		t.Errorf("%+v", c)
	}
	a := get[struct {
		Algorithms []struct {
			Name     string
			Features map[string]struct{ Description string }
		}
		Best string
	}](t, h, "/api/algorithms")
	if a.Best != a.Algorithms[0].Name {
		t.Errorf("%+v", a)
	}
	for name, f := range a.Algorithms[0].Features {
		if f.Description == "" {
			t.Errorf("the feature %s is not described", name)
		}
	}
	for _, path := range []string{"/api/healthz", "/api/readyz"} {
		if s := get[struct{ Status string }](t, h, path); s.Status != "ok" {
			t.Errorf("%s: %+v", path, s)
		}
	}
}

// TestProblems: an answer that something is wrong is a problem whose detail a yente client finds, and tells nothing of the machine.
func TestProblems(t *testing.T) {
	h, _ := served(t)
	for _, c := range []struct {
		name, method, path, kind, body string
		status                         int
	}{
		{"no such entity", "GET", "/api/entities/nobody", "", "", 404},
		{"no such dataset", "GET", "/api/search/nothing?q=a", "", "", 404},
		{"no such call", "GET", "/api/nothing", "", "", 404},
		{"no such schema", "GET", "/api/search/default?schema=Planet", "", "", 400},
		{"too many results", "GET", "/api/search/default?limit=501", "", "", 422},
		{"below the start", "GET", "/api/search/default?offset=-1", "", "", 422},
		{"too far", "GET", "/api/search/default?offset=9500", "", "", 422},
		{"no number", "GET", "/api/search/default?limit=ten", "", "", 422},
		{"no filter", "GET", "/api/search/default?filter=country", "", "", 400},
		{"no sorting", "GET", "/api/search/default?sort=caption:up", "", "", 400},
		{"no day", "GET", "/api/search/default?changed_since=yesterday", "", "", 400},
		{"no facet", "GET", "/api/search/default?facets=gender", "", "", 422},
		{"a long query", "GET", "/api/search/default?q=" + strings.Repeat("a", 501), "", "", 422},
		{"JSONP", "GET", "/api/reconcile/default?callback=f", "", "", 400},
		{"JSONP in a form", "POST", "/api/reconcile/default", "application/x-www-form-urlencoded", "queries=%7B%7D&callback=f", 400},
		{"writing", "DELETE", "/api/entities/sdn-1", "", "", 405},
		{"a long address", "GET", "/api/search/default?q=a&x=" + strings.Repeat("a", 40<<10), "", "", 414},
		{"no queries", "POST", "/api/match/default", "application/json", `{"queries": {}}`, 400},
		{"no JSON", "POST", "/api/match/default", "application/json", `{"queries": `, 400},
		{"another kind", "POST", "/api/match/default", "application/xml", `<a/>`, 415},
		{"an empty body", "POST", "/api/match/default", "application/json", ``, 400},
		{"a list", "POST", "/api/match/default", "application/json", `[]`, 400},
		{"another algorithm", "POST", "/api/match/default?algorithm=logic-v2", "application/json", `{"queries": {"a": {"schema": "Company", "properties": {"name": ["a"]}}}}`, 400},
		{"weights", "POST", "/api/match/default", "application/json", `{"weights": {"name": 1}, "queries": {"a": {"schema": "Company", "properties": {"name": ["a"]}}}}`, 400},
		{"a large batch", "POST", "/api/match/default", "application/json", `{"queries": {` + strings.TrimSuffix(batch(101), ",") + `}}`, 400},
		{"a large body", "POST", "/api/match/default", "application/json", `{"queries": {"a": "` + strings.Repeat("a", 2<<20) + `"}}`, 413},
		{"deep nesting", "POST", "/api/match/default", "application/json", strings.Repeat(`{"queries":`, 20000), 400},
		{"an unknown property of none", "GET", "/api/entities/sdn-1/adjacent/name", "", "", 404},
		{"statements of nobody", "GET", "/api/statements", "", "", 400},
		{"queries that are none", "GET", "/api/reconcile/default?queries=1", "", "", 400},
		{"an extension that is none", "GET", "/api/reconcile/default?extend=[]", "", "", 400},
		{"no form", "POST", "/api/reconcile/default", "application/json", `{}`, 415},
		{"a preview of nobody", "GET", "/api/reconcile/default/preview?id=nobody", "", "", 404},
	} {
		w := ask(t, h, c.method, c.path, c.kind, c.body)
		var p struct {
			Detail string
			Status int
		}
		if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Code != c.status || p.Status != c.status || p.Detail == "" || w.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %d %q %.200s", c.name, w.Code, w.Header().Get("Content-Type"), w.Body)
		}
		if w.Header().Get("Access-Control-Allow-Origin") != "*" || w.Header().Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("%s: headers %v", c.name, w.Header())
		}
	}
}

func batch(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(`"q` + string(rune('0'+i%10)) + strings.Repeat("x", i/10) + `": {"schema": "Company", "properties": {"name": ["a"]}},`)
	}
	return b.String()
}

func TestCORS(t *testing.T) {
	h, _ := served(t)
	w := ask(t, h, "OPTIONS", "/api/match/default", "", "")
	if w.Code != 204 || w.Header().Get("Access-Control-Allow-Methods") != "GET, POST, OPTIONS" || !strings.Contains(w.Header().Get("Access-Control-Allow-Headers"), "Content-Type") {
		t.Errorf("%d %v", w.Code, w.Header())
	}
}

// TestHostile: what a list says is inert wherever it is shown.
func TestHostile(t *testing.T) {
	h, _ := served(t)
	for _, path := range []string{"/api/reconcile/default/preview?id=evil-1", "/api/", "/api/reconcile/default/flyout/entity?id=evil-1"} {
		w := ask(t, h, "GET", path, "", "")
		if w.Code != 200 || strings.Contains(w.Body.String(), "<script") || w.Header().Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(w.Header().Get("Content-Security-Policy"), "default-src 'none'") {
			t.Errorf("%s: %d %v %s", path, w.Code, w.Header(), w.Body)
		}
	}
	w := ask(t, h, "GET", "/api/search/default?q=Evil+Holdings", "", "")
	if !strings.HasPrefix(w.Header().Get("Content-Type"), "application/json") || w.Code != 200 {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	for _, host := range []string{"a b", "evil.example/x", `"><script>`} {
		req := httptest.NewRequest("GET", "/api/reconcile/default", nil)
		req.Host = host
		w := httptest.NewRecorder()
		h.ServeHTTP(w, req)
		if w.Code/100 != 4 {
			t.Errorf("host %q: %d %s", host, w.Code, w.Body)
		}
	}
}

func TestOpenAPI(t *testing.T) {
	h, _ := served(t)
	o := get[struct {
		OpenAPI string
		Servers []struct{ URL string }
		Paths   map[string]map[string]struct{ OperationID string }
	}](t, h, "/api/openapi.json")
	if !strings.HasPrefix(o.OpenAPI, "3.1") || len(o.Servers) != 1 || o.Servers[0].URL != "/api" {
		t.Errorf("%s %v", o.OpenAPI, o.Servers)
	}
	for _, path := range []string{"/search/{dataset}", "/match/{dataset}", "/entities/{id}", "/entities/{id}/adjacent", "/catalog", "/algorithms", "/reconcile/{dataset}", "/statements"} {
		if len(o.Paths[path]) == 0 {
			t.Errorf("%s is not described", path)
		}
	}
	page := ask(t, h, "GET", "/api/", "", "").Body.String()
	for path := range o.Paths {
		if !strings.Contains(page, "/api"+path) {
			t.Errorf("the page does not tell of %s", path)
		}
	}
}
