package web_test

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"veedor/internal/evidence/capture"
	"veedor/internal/measure/incidents"
	"veedor/internal/measure/scenario"
	"veedor/internal/measure/series"
	"veedor/internal/measure/store"
	"veedor/internal/measure/store/storetest"
	"veedor/internal/measure/verdict"
	"veedor/internal/web"
	"veedor/internal/weigh/cases"
	"veedor/internal/weigh/desk"
	"veedor/internal/weigh/edition"
)

// planted is a site with something new in every wing, an hour apart, the last on the day after.
func planted(t *testing.T) *weighed {
	t.Helper()
	w := newWeighed(t)
	w.put(t, desk.Evidence, "later", "claim", "borduna.2-technical-fault", "type", "document", "stance", "contradicts", "strength", "strong", "text", cases.Text{"en": "The provider says that nothing failed."}, "source", "letter")
	k := fullRegistry(t) // three states, an hour apart
	hour := func(n int) time.Time { return noon.Add(time.Duration(n) * time.Hour) }
	at := verdict.HourOf(noon)
	first := series.Incident{ID: "20260501-ve-1", Kind: series.Restriction, CC: "VE", Networks: []uint32{8048}, Targets: []string{"signal.org"}, Layers: []string{"tls"}, From: at - 40, Voters: 9, Blocked: 9}
	grown := first
	grown.Networks = []uint32{8048, 6306}
	ended := grown
	ended.To = at
	gone := ended
	gone.Withdrawn = series.CauseNetwork
	lasting := series.Incident{ID: "20260428-ve-2", Kind: series.Restriction, CC: "VE", Networks: []uint32{8048}, Targets: []string{"signal.org"}, Layers: []string{"tls"}, From: at - 90, Voters: 9, Blocked: 9}
	w.conf.Incidents = told{
		{Incident: gone, History: []incidents.Entry{{At: hour(4), What: incidents.Published, Incident: first}, {At: hour(5), What: incidents.Changed, Incident: grown}, {At: hour(6), What: incidents.Ended, Incident: ended}, {At: hour(30), What: incidents.Withdrawn, Incident: gone}}},
		{Incident: lasting, History: []incidents.Entry{{At: hour(-60), What: incidents.Published, Incident: lasting}}},
	}
	w.shelf.alerts = []capture.Alert{{ID: "1", Kind: "gone", URL: "https://noticias.example/a", At: hour(7)}, {ID: "2", Kind: "edited", URL: "https://diario.example/b", At: hour(8), Added: 12, Removed: 3}}
	w.conf.Dossiers = &editions{list: []edition.Edition{{At: hour(9), Case: "borduna", Title: "Chat in Borduna", Lang: "en", Version: 2, SHA256: hashOf("d"), Claims: 3, Evidence: 1}}}
	w.conf.Registry = k
	w.conf.Store = askedStore(t)
	w.h = web.New(w.conf)
	return w
}

// askedStore has signal.org on a network where it is mostly stopped, and elsewhere.
func askedStore(t testing.TB) store.Store {
	t.Helper()
	s := storetest.NewMemory()
	var b store.Batch
	add := func(n int, target, cc string, asn uint32, org string, at time.Time, state verdict.State, artefact bool) {
		for i := range n {
			b.Verdicts = append(b.Verdicts, verdict.Row{MeasurementUID: fmt.Sprintf("%s-%s-%d-%s-%d-%v", at.Format("20060102"), target, asn, state, i, artefact), EvidenceHash: "e", StartTime: at.Add(time.Duration(i) * time.Minute),
				ProbeCC: cc, ProbeASN: asn, ProbeASOrgName: org, Target: target, TestName: "web_connectivity", Layer: verdict.All, State: state, Label: verdict.LabelConsistent, Artefact: artefact})
		}
	}
	for d := range 10 {
		day := noon.AddDate(0, 0, -d)
		add(4, "signal.org", "VE", 8048, "CANTV Servicios, Venezuela", day, verdict.Blocked, false)
		add(1, "signal.org", "VE", 8048, "CANTV Servicios, Venezuela", day, verdict.Insufficient, false)
		add(2, "www.wikipedia.org", "VE", 8048, "CANTV Servicios, Venezuela", day, verdict.OK, false)
	}
	add(9, "signal.org", "ES", 3352, "Telefonica de Espana", noon, verdict.OK, false)
	add(9, "blocked.example", "VE", 8048, "CANTV Servicios, Venezuela", noon, verdict.Blocked, true)
	add(2, "rare.example", "VE", 8048, "CANTV Servicios, Venezuela", noon.AddDate(0, 0, -40), verdict.OK, false)
	if err := s.Append(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	return s
}

// plainText is what a page says, without its markup.
func plainText(body string) string {
	_, body, _ = strings.Cut(body, "<main")
	text := html.UnescapeString(tags.ReplaceAllString(body, ""))
	return strings.NewReplacer("\u2068", "", "\u2069", "").Replace(text)
}

// TestChanges: everything new stands on the first page and in the feeds, newest first, in the words of each language.
func TestChanges(t *testing.T) {
	w := planted(t)
	for lang, want := range map[string][]string{
		"": {"Withdrawn: Venezuela: what happened to signal.org on 2 networks is consistent with blocking.", "The dossier “Chat in Borduna” was published, version 2.", "It holds 3 claims and 1 piece of evidence.", "diario.example: edited, with no note of a correction.",
			"noticias.example: the page is gone.", "It ended: Venezuela:", "It grew: Venezuela:", "Now 2 networks and 1 site or service; before, 1 network and 1 site or service.", "Venezuela: what happened to signal.org on AS8048 is consistent with blocking.",
			"The list “Table of contracts (invented)” was read for the first time", "The list “Sanctions list of Nowhere (invented)” changed, as of 1 January 2022: 1 added, 1 gone.", "The claim “A technical fault", "moved from"},
		"/es": {"Retirado: Venezuela:", "Se publicó el dosier «Chat in Borduna», versión 2.", "diario.example:", "noticias.example:", "Terminó: Venezuela:", "Creció: Venezuela:", "La lista «Table of contracts (invented)» se leyó por primera vez", "entraron 1, salieron 1", "La afirmación «", "pasó de"},
		"/zh": {"已撤回：委内瑞拉", "卷宗“Chat in Borduna”已发布，版本 2。", "diario.example", "noticias.example", "已结束：委内瑞拉", "范围扩大：委内瑞拉", "首次读入", "新增 1 条，移除 1 条", "主张“"},
	} {
		a := get(w.h, lang+"/changes")
		if a.Code == http.StatusNotFound && lang == "/zh" {
			continue // not served
		}
		text, from := plainText(a.Body.String()), 0
		for _, s := range want {
			i := strings.Index(text[from:], s)
			if i < 0 {
				t.Errorf("%s/changes does not say %q after %d: %s", lang, s, from, text)
				break
			}
			from += i
		}
		first := plainText(get(w.h, lang+"/").Body.String())
		for _, s := range want[:4] {
			if !strings.Contains(first, s) {
				t.Errorf("%s/ does not say %q", lang, s)
			}
		}
	}
	body := get(w.h, "/changes").Body.String()
	for _, s := range []string{`<time datetime="` + noon.Add(30*time.Hour).Format("2006-01-02") + `">`, `<time datetime="` + noon.Add(30*time.Hour).UTC().Format(time.RFC3339) + `">`, `href="/incident/20260501-ve-1"`, "/claim/borduna.2-technical-fault/status/", "#diff", "/dossier/"} {
		if !strings.Contains(body, s) {
			t.Errorf("no %s", s)
		}
	}
	var feed struct {
		Entries []struct {
			ID    string `xml:"id"`
			Title string `xml:"title"`
		} `xml:"entry"`
	}
	if err := xml.Unmarshal(get(w.h, "/changes.atom").Body.Bytes(), &feed); err != nil || len(feed.Entries) < 12 || !strings.HasPrefix(feed.Entries[0].Title, "Withdrawn: Venezuela") || !strings.Contains(feed.Entries[1].Title, "Chat in Borduna") {
		t.Errorf("feed: %v %+v", err, feed.Entries)
	}
	seen := map[string]bool{}
	for _, e := range feed.Entries {
		if seen[e.ID] {
			t.Errorf("two entries %s", e.ID)
		}
		seen[e.ID] = true
	}
	var items struct{ Items []struct{ Title string } }
	if err := json.Unmarshal(get(w.h, "/es/changes.json?wing=follow").Body.Bytes(), &items); err != nil || len(items.Items) != 3 || !strings.Contains(items.Items[1].Title, "entraron 1") {
		t.Errorf("feed of a wing: %v %+v", err, items)
	}
	if only := plainText(get(w.h, "/changes?wing=follow").Body.String()); strings.Contains(only, "signal.org") || !strings.Contains(only, "1 added, 1 gone") {
		t.Error("a wing shows others, or not itself")
	}
	for _, path := range []string{"/changes?wing=x", "/changes.atom?wing=%3Cscript%3E", "/changes.json?wing=all"} {
		if a := get(w.h, path); a.Code != http.StatusBadRequest || strings.Contains(a.Body.String(), "<script>") {
			t.Errorf("%s: %d", path, a.Code)
		}
	}
}

// TestHome: what goes on, how claims stand, and what is not known.
func TestHome(t *testing.T) {
	w := planted(t)
	text := plainText(get(w.h, "/").Body.String())
	for _, s := range []string{"What goes on now", "since", "Unverified", "The claim “A technical fault", "1 of 2 networks that were ever measured were measured enough in these 14 days", "Not measured is not the same as reachable.",
		"countries and territories there is no measurement here at all", "claims are unverified", "saw too little to say anything", "Venezuela"} {
		if !strings.Contains(strings.ReplaceAll(text, "Since", "since"), s) {
			t.Errorf("the first page does not say %q: %s", s, text)
		}
	}
	if strings.Count(text, "signal.org on AS8048 is consistent") < 2 {
		t.Error("the incident that lasts is not among what goes on")
	}
	w.conf.Store, w.conf.Desk, w.conf.Registry, w.conf.Captures, w.conf.Dossiers, w.conf.Incidents = storetest.NewMemory(), nil, nil, nil, nil, nil
	if empty := plainText(get(web.New(w.conf), "/").Body.String()); !strings.Contains(empty, "veedor ingest --sample") {
		t.Errorf("the empty page does not say what to do: %s", empty)
	}
}

func asked(w *weighed, lang, q string) (int, string) {
	a := get(w.h, lang+"/search?q="+url.QueryEscape(q))
	return a.Code, plainText(a.Body.String())
}

// TestAsk: a question in three languages gets a sentence that can be quoted, never surer than the counts.
func TestAsk(t *testing.T) {
	w := planted(t)
	for _, c := range []struct{ lang, q, want string }{
		{"", "is signal.org blocked on CANTV?", "signal.org on CANTV Servicios, Venezuela (AS8048): consistent with blocking. 28 of 28 measurements that could be judged met what blocking explains"},
		{"", "is signal.org blocked on CANTV?", "None of them carries a trace that only a filter leaves"},
		{"", "is signal.org blocked on CANTV?", "7 more measurements saw too little"},
		{"", "is signal.org blocked on CANTV?", "An incident lasts:"},
		{"", "is signal.org blocked on CANTV?", "a question about blocking"},
		{"/es", "¿está bloqueado signal.org en CANTV?", "signal.org en CANTV Servicios, Venezuela (AS8048): compatible con un bloqueo. De 28 mediciones"},
		{"", "signal.org 在 CANTV 被封锁了吗", "signal.org on CANTV Servicios, Venezuela (AS8048): consistent with blocking."},
		{"", "blocked.example AS8048", "blocked.example on CANTV Servicios, Venezuela (AS8048): blocked. 9 of 9"},
		{"", "signal.org VE", "signal.org in Venezuela: consistent with blocking."},
		{"", "signal.org in Spain", "signal.org in Spain: reachable. 9 of 9"},
		{"", "rare.example CANTV", "rare.example on CANTV Servicios, Venezuela (AS8048): not enough measurements to say (2 measurements, on "},
		{"", "unknown.example on AS8048", "unknown.example was not measured on CANTV Servicios, Venezuela (AS8048)."},
		{"", "unknown.example on AS8048", "That says nothing about whether it can be reached."},
		{"", "signal.org on AS64999", "veedor sync ooni --country"},
		{"", "signal.org", "of 59 measurements of this site or service are blocked"},
		{"", "CANTV", "measurements on this network are blocked"},
		{"", "Venezuela", "measurements in this country are blocked"},
		{"", "Venezuala signal.org", "(a guess)"},
		{"", "wikipedia", "www.wikipedia.org"},
		{"", "Nowhere Electronics", "Companies, bodies and people"},
	} {
		code, text := asked(w, c.lang, c.q)
		if code != http.StatusOK || !strings.Contains(text, c.want) {
			t.Errorf("%s %q: %d, not %q: %s", c.lang, c.q, code, c.want, text)
		}
	}
	a := get(w.h, "/target/signal.org/in/AS8048")
	if a.Code != http.StatusOK || !strings.Contains(plainText(a.Body.String()), "consistent with blocking. 28 of 28") {
		t.Errorf("page of the pair: %d %s", a.Code, plainText(a.Body.String()))
	}
	for path, code := range map[string]int{"/es/target/signal.org/in/VE": 200, "/target/signal.org/in/AS8048/cite.bib": 200, "/target/signal.org/in/AS1": 404, "/target/signal.org/in/8048": 404, "/target/signal.org/in/ve": 404, "/target/none.example/in/VE": 404, "/target/signal.org/in/<script>": 404,
		"/target/signal.org/in/AS8048/asof/" + noon.AddDate(0, 0, -5).Format("2006-01-02"): 200} {
		if a := get(w.h, strings.ReplaceAll(path, "<script>", "%3Cscript%3E")); a.Code != code || strings.Contains(a.Body.String(), "<script") {
			t.Errorf("%s: %d", path, a.Code)
		}
	}
}

// TestWithin: pages on which a site and a place are both named lead to the page of the site at the place.
func TestWithin(t *testing.T) {
	w := planted(t)
	for page, want := range map[string]string{"/network/AS8048": "/target/signal.org/in/AS8048", "/country/VE": "/target/signal.org/in/VE", "/target/signal.org": "/target/signal.org/in/AS8048", "/es/target/signal.org": "/es/target/signal.org/in/VE",
		"/target/signal.org/in/VE": "/target/signal.org/in/AS8048", "/zh/target/signal.org/in/AS8048": "/zh/target/signal.org/in/VE"} {
		body := get(w.h, page).Body.String()
		if !strings.Contains(body, `"`+want+`"`) {
			t.Errorf("%s does not lead to %s", page, want)
		}
		for _, m := range regexp.MustCompile(`href="([^"]*/target/[^"/]+/in/[^"/]+)"`).FindAllStringSubmatch(body, -1) {
			if a := get(w.h, html.UnescapeString(m[1])); a.Code != http.StatusOK {
				t.Errorf("%s leads to %s: %d", page, m[1], a.Code)
			}
		}
	}
	sample := site(t, scenario.Sample())
	body := get(sample, "/measurement/"+uidOf(t, sample, "tls")).Body.String()
	to := regexp.MustCompile(`"(/target/[^"/]+/in/AS[^"/]+)"`).FindStringSubmatch(body)
	if to == nil || get(sample, to[1]).Code != http.StatusOK {
		t.Errorf("a measurement leads to %q", to)
	}
}

// TestAskHostile: what is asked is inert, and costs little.
func TestAskHostile(t *testing.T) {
	w := planted(t)
	for _, q := range []string{`"><script>alert(1)</script>`, strings.Repeat("signal.org ", 200), "\u202eAS8048 signal.org", strings.Repeat("封", 2000), "as 8048 as 8048 javascript:alert(1)", "%s%!d(MISSING)", "https://a.example/\"onmouseover=x AS8048", strings.Repeat("(", 900), "a*", "-", "kind:claim kind:"} {
		begun := time.Now()
		a := get(w.h, "/search?q="+url.QueryEscape(q))
		body := a.Body.String()
		if took := time.Since(begun); took > 10*time.Second {
			t.Errorf("%.30q took %v", q, took)
		}
		if a.Code != http.StatusOK && a.Code != http.StatusBadRequest {
			t.Errorf("%.30q: %d", q, a.Code)
		}
		for _, bad := range []string{"<script", `"onmouseover`, "\u202e", "ZgotmplZ", "%!"} {
			if strings.Contains(strings.ReplaceAll(body, html.EscapeString(q), ""), bad) {
				t.Errorf("%.30q: the page has %q", q, bad)
			}
		}
		if len(body) > 60<<10 {
			t.Errorf("%.30q: %d bytes", q, len(body))
		}
	}
}

// TestIndex: everything is listed, each under its letter.
func TestIndex(t *testing.T) {
	w := planted(t)
	for path, want := range map[string][]string{
		"/index":              {"Sites and services", "Networks", "Countries", "Claims"},
		"/index/targets":      {"signal.org", "www.wikipedia.org", "rare.example"},
		"/index/targets/w":    {"www.wikipedia.org"},
		"/index/networks":     {"CANTV Servicios, Venezuela (AS8048)", "Telefonica de Espana"},
		"/es/index/countries": {"España", "Venezuela"},
		"/index/entities/n":   {"Nowhere Electronics", "New Ltd"},
		"/index/claims":       {"A technical fault"},
		"/index/targets/0-9":  {"There is nothing"},
	} {
		a := get(w.h, path)
		text := plainText(a.Body.String())
		for _, s := range want {
			if path == "/index/targets/0-9" {
				continue
			}
			if a.Code != http.StatusOK || !strings.Contains(text, s) {
				t.Errorf("%s: %d, no %q: %s", path, a.Code, s, text)
			}
		}
	}
	if strings.Contains(plainText(get(w.h, "/index/targets/w").Body.String()), "signal.org") {
		t.Error("a letter lists others")
	}
	for _, path := range []string{"/index/x", "/index/targets/ab", "/index/targets/%3Cscript%3E"} {
		if a := get(w.h, path); a.Code != http.StatusNotFound || strings.Contains(a.Body.String(), "<script") {
			t.Errorf("%s: %d", path, a.Code)
		}
	}
}
