package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"veedor/internal/measure/refdata"
	"veedor/internal/measure/scenario"
	"veedor/internal/measure/verdict"
	"veedor/internal/web"
)

func TestCopied(t *testing.T) {
	for _, c := range []struct{ from, to, want string }{
		{"/", "/country/XA", "/country/XA"},
		{"/", "/desk/signin", ""},
		{"/es/", "/es/desk/signin", ""},
		{"/", "/api", ""},
		{"/", "/desks", "/desks"},
		{"/", "/export/verdicts.csv", ""},
		{"/country/XA", "/report?page=%2Fcountry%2FXA", "/report"},
		{"/es/", "/es/report?page=x", "/es/report"},
		{"/", "/?countries.sort=name&countries.dir=asc", ""},
		{"/", "/?countries.page=2", "/?countries.page=2"},
		{"/?countries.page=2", "/?countries.page=2&networks.page=2", "/?networks.page=2"},
		{"/?countries.page=2", "/?countries.page=3", "/?countries.page=3"},
		{"/es/?countries.page=2", "/?countries.page=2", "/?countries.page=2"},
		{"/measurements", "/measurements?cc=XA&page=2", "/measurements?cc=XA&page=2"},
		{"/measurements", "/measurements?cc=XA&state=blocked", ""},
		{"/entities", "/entities?q=a", ""},
		{"/dataset/a", "/dataset/a?from=1&to=2", "/dataset/a?from=1&to=2"},
		{"/dataset/a", "/dataset/a/changes.csv?from=1&to=2&what=added", "/dataset/a/changes.csv?from=1&to=2&what=added"},
		{"/signature?asn=1", "/signature?asn=1&asof=2026-05-01", "/signature?asn=1&asof=2026-05-01"},
		{"/", "/search?q=a", ""},
		{"/", "/search", "/search"},
	} {
		got, ok := web.Copy{}.Copied(c.from, c.to)
		if got != c.want || ok != (c.want != "") {
			t.Errorf("%s on %s: %q, want %q", c.to, c.from, got, c.want)
		}
	}
	if _, ok := (web.Copy{Exports: true}).Copied("/", "/export/verdicts.csv"); !ok {
		t.Error("exports are left out")
	}
}

// TestCopy: pages of a copy have no form, say that they are one, and name the site that they are a copy of.
func TestCopy(t *testing.T) {
	db, err := refdata.Open("")
	if err != nil {
		t.Fatal(err)
	}
	m := memory(t, scenario.Sample())
	made := time.Date(2026, 5, 3, 12, 0, 0, 0, time.UTC)
	h := web.New(web.Config{Store: m.store, Evidence: m.evidence, Facts: func() web.Facts { return db.AsOf(made) }, AllRules: verdict.Rules(), RuleSet: verdict.RuleSet, Version: "test",
		Copy: &web.Copy{Of: "https://veedor.example/", Made: func() time.Time { return made }}})
	for page, words := range map[string][]string{
		"/": {`href="/copy"`}, "/es/": {`href="/es/copy"`}, "/search": {"need the site itself"}, "/measurements": {"need the site itself"},
		"/copy": {"3 May 2026", `href="https://veedor.example/"`, "veedor-mirror.json", "Whole tables"}, "/es/copy": {"3 de mayo de 2026"}, "/zh/copy": nil,
		"/country/XA": {"https://veedor.example/country/XA"},
	} {
		w := get(h, page)
		if w.Code == http.StatusNotFound && strings.HasPrefix(page, "/zh") { // not served yet
			continue
		}
		body := w.Body.String()
		for _, bad := range []string{"<form", "<input", "<button", "localhost"} {
			if strings.Contains(body, bad) {
				t.Errorf("%s has %s", page, bad)
			}
		}
		for _, good := range words {
			if !strings.Contains(body, good) {
				t.Errorf("%s does not say %q", page, good)
			}
		}
	}
	if live := get(site(t, scenario.Sample()), "/copy"); live.Code != http.StatusNotFound {
		t.Errorf("a server shows the page about a copy: %d", live.Code)
	}
}

// TestCopyReports: the link to report an error names the page also in a copy, where no page of the copy can.
func TestCopyReports(t *testing.T) {
	db, err := refdata.Open("")
	if err != nil {
		t.Fatal(err)
	}
	m := memory(t, scenario.Sample())
	made := time.Date(2026, 5, 3, 12, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct{ of, contact, page, want string }{
		"the site itself":     {"https://veedor.example/v/", "desk@veedor.example", "/es/country/XA", `href="https://veedor.example/v/es/report?page=%2Fcountry%2FXA"`},
		"and the state cited": {"https://veedor.example/", "", "/country/XA", `href="https://veedor.example/report?page=%2Fcountry%2FXA&amp;state=%2Fcountry%2FXA%2Fasof%2F`},
		"a mail":              {"", "desk@veedor.example", "/country/XA", `href="mailto:desk@veedor.example?body=Page%3A%20%2Fcountry%2FXA%0A`},
		"neither":             {"", "http://abc.onion", "/country/XA", `href="/report"`},
		"the page about it":   {"https://veedor.example/", "desk@veedor.example", "/copy", `href="/report"`},
		"by one's own means":  {"https://veedor.example/", "desk@veedor.example", "/report", `href="mailto:desk@veedor.example?`},
	} {
		h := web.New(web.Config{Store: m.store, Evidence: m.evidence, Facts: func() web.Facts { return db.AsOf(made) }, AllRules: verdict.Rules(), RuleSet: verdict.RuleSet, Version: "test", Contact: c.contact,
			Copy: &web.Copy{Of: c.of, Made: func() time.Time { return made }}})
		if body := get(h, c.page).Body.String(); !strings.Contains(body, c.want) {
			t.Errorf("%s: %s does not have %s", name, c.page, c.want)
		}
	}
}
