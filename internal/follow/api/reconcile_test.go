package api_test

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
)

type reconResult struct {
	Result []struct {
		ID, Name string
		Type     []struct{ ID, Name string }
		Score    float64
		Match    bool
		Features []struct {
			ID    string
			Value float64
		}
	}
	Error string
}

const form = "application/x-www-form-urlencoded"

func TestManifest(t *testing.T) {
	h, _ := served(t)
	m := get[struct {
		Versions     []string
		View         struct{ URL string }
		Preview      struct{ URL string }
		DefaultTypes []struct{ ID, Name string }
		Suggest      map[string]struct {
			URL  string `json:"service_url"`
			Path string `json:"service_path"`
		}
		Extend struct {
			Propose struct {
				URL  string `json:"service_url"`
				Path string `json:"service_path"`
			} `json:"propose_properties"`
		}
	}](t, h, "/api/reconcile/default")
	if m.View.URL != "http://example.com/entity/{{id}}" || len(m.DefaultTypes) == 0 || m.Versions[1] != "0.2" {
		t.Errorf("%+v", m)
	}
	// Every address it gives answers.
	for _, u := range []string{m.Preview.URL, m.Suggest["entity"].URL + m.Suggest["entity"].Path + "?prefix=CEI", m.Suggest["type"].URL + m.Suggest["type"].Path, m.Suggest["property"].URL + m.Suggest["property"].Path + "?prefix=country",
		m.Extend.Propose.URL + m.Extend.Propose.Path + "?type=Company"} {
		u = strings.ReplaceAll(strings.TrimPrefix(u, "http://example.com"), "{{id}}", "sdn-1")
		if w := ask(t, h, "GET", u, "", ""); w.Code != 200 {
			t.Errorf("%s: %d %s", u, w.Code, w.Body)
		}
	}
}

// TestReconcile takes the shapes that clients send.
func TestReconcile(t *testing.T) {
	h, _ := served(t)
	queries := `{"q0": {"query": "China National Electronics Import & Export Corporation", "type": "Company", "limit": 3, "type_strict": "any"},
		"q1": {"query": "CEIEC", "type": ["Company"], "properties": [{"pid": "country", "v": "cn"}, {"pid": "Company:alias", "v": [{"id": "x", "name": "y"}]}]},
		"q2": {"query": "9111000010000106X1"},
		"q3": {"query": "Nobody Of That Name Whatsoever"},
		"q4": {"query": ["CEIEC"]},
		"q5": 7, "q6": null,
		"q7": {"query": "Maria Fernandez Quintana", "type": {"id": "Person"}}}`
	for _, c := range []struct{ name, method, path, body string }{
		{"by form", "POST", "/api/reconcile/default", url.Values{"queries": {queries}}.Encode()},
		{"by address", "GET", "/api/reconcile/default?" + url.Values{"queries": {queries}}.Encode(), ""},
	} {
		kind := ""
		if c.body != "" {
			kind = form + "; charset=UTF-8"
		}
		got := read[map[string]reconResult](t, ask(t, h, c.method, c.path, kind, c.body), c.name)
		if len(got) != 8 {
			t.Errorf("%s: %d answers", c.name, len(got))
		}
		if r := got["q0"].Result; len(r) < 2 || r[0].Match || r[0].Score < 0.85 || r[0].Type[0].ID != "Company" || len(r[0].Features) == 0 {
			t.Errorf("%s: two that may be the same are no match: %+v", c.name, r)
		}
		if r := got["q1"].Result; len(r) == 0 || r[0].ID != "sdn-1" {
			t.Errorf("%s: %+v", c.name, r)
		}
		if r := got["q2"].Result; len(r) != 1 || r[0].ID != "sdn-1" {
			t.Errorf("%s, a number: %+v", c.name, r)
		}
		if r := got["q3"].Result; len(r) > 0 && r[0].Match {
			t.Errorf("%s: %+v", c.name, r)
		}
		for _, bad := range []string{"q4", "q5", "q6"} {
			if r := got[bad]; r.Error == "" || len(r.Result) > 0 {
				t.Errorf("%s, %s: %+v", c.name, bad, r)
			}
		}
		if r := got["q7"].Result; len(r) != 1 || !r[0].Match {
			t.Errorf("%s: %+v", c.name, r)
		}
	}
	for _, q := range []string{"CEIEC", `{"query": "CEIEC", "type": "Company"}`} {
		if r := get[reconResult](t, h, "/api/reconcile/default?query="+url.QueryEscape(q)); len(r.Result) == 0 || r.Result[0].ID != "sdn-1" {
			t.Errorf("%s: %+v", q, r)
		}
	}
}

func TestExtend(t *testing.T) {
	h, r := served(t)
	nk := merge(t, r, "sdn-1", "proj-7")
	x := `{"ids": ["sdn-1", "own-1", "nobody"], "properties": [{"id": "country"}, {"id": "alias", "settings": {"limit": "1"}}, {"id": "asset"}, {"id": "percentage"}, {"id": "topics", "settings": {"render": "raw"}}, {"id": "unknown"}]}`
	got := read[struct {
		Meta []struct{ ID, Name string }
		Rows map[string]map[string][]map[string]any
	}](t, ask(t, h, "POST", "/api/reconcile/default", form, url.Values{"extend": {x}}.Encode()), "extend")
	if len(got.Meta) != 6 || got.Meta[0].Name != "Country" || len(got.Rows) != 3 {
		t.Errorf("%+v", got)
	}
	row := got.Rows["sdn-1"]
	if row["country"][0]["str"] != "China" || len(row["alias"]) != 1 || row["topics"][0]["str"] != "sanction" || len(row["unknown"]) != 0 {
		t.Errorf("%+v", row)
	}
	if own := got.Rows["own-1"]; own["asset"][0]["id"] != nk || own["asset"][0]["name"] == "" || own["percentage"][0]["str"] != "100" {
		t.Errorf("%+v", own)
	}
	if none := got.Rows["nobody"]; len(none["country"]) != 0 {
		t.Errorf("%+v", none)
	}
}

func TestSuggest(t *testing.T) {
	h, _ := served(t)
	type list struct {
		Result []struct{ ID, Name string }
	}
	for _, c := range []struct{ path, first string }{
		{"entity?prefix=CEIEC", "sdn-1"}, {"entity?prefix=sdn-1", "sdn-1"}, {"entity?prefix=+", ""},
		{"type?prefix=comp", "Company"}, {"property?prefix=usc", "uscCode"}, {"property?prefix=passport", ""},
		{"type?prefix=comp&cursor=9", ""},
	} {
		got := get[list](t, h, "/api/reconcile/default/suggest/"+c.path)
		first := ""
		if len(got.Result) > 0 {
			first = got.Result[0].ID
		}
		if first != c.first {
			t.Errorf("%s: %+v", c.path, got)
		}
	}
	p := get[struct{ Properties []struct{ ID string } }](t, h, "/api/reconcile/default/extend/property?type=Person")
	for _, q := range p.Properties {
		if q.ID == "birthDate" || q.ID == "passportNumber" {
			t.Errorf("%s is offered", q.ID)
		}
	}
}

// FuzzQueries: whatever is sent is answered, by JSON and without failing.
func FuzzQueries(f *testing.F) {
	h, _ := served(f)
	for _, s := range []string{`{"q0": {"query": "CEIEC", "type": ["Company"], "properties": [{"pid": "country", "v": ["cn"]}]}}`, `{"q": {"query": {"id": 1}, "limit": 1e99}}`, `{"q": null}`, `{"": {"properties": {}}}`, `[]`, "\x00",
		`{"ids": ["sdn-1"], "properties": [{"id": "name", "settings": {"limit": -1}}]}`, `{"queries": {"a": {"schema": "Company", "properties": {"name": ["CEIEC"], "country": 7}}}}`, `{"queries": {"a": {"schema": 1, "properties": [["a"]]}}}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for name, w := range map[string]struct{ method, path, kind, body string }{
			"queries": {"POST", "/api/reconcile/default", form, url.Values{"queries": {s}}.Encode()},
			"query":   {"POST", "/api/reconcile/default", form, url.Values{"query": {s}}.Encode()},
			"extend":  {"POST", "/api/reconcile/default", form, url.Values{"extend": {s}}.Encode()},
			"match":   {"POST", "/api/match/default", "application/json", s},
			"search":  {"GET", "/api/search/default?" + url.Values{"q": {s}, "filter": {s}}.Encode(), "", ""},
		} {
			got := ask(t, h, w.method, w.path, w.kind, w.body)
			if got.Code >= 500 || !json.Valid(got.Body.Bytes()) {
				t.Errorf("%s: %d %s", name, got.Code, got.Body)
			}
		}
	})
}
