package web_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/xml"
	"errors"
	"fmt"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"veedor/internal/follow/registry"
	"veedor/internal/measure/refdata"
	"veedor/internal/measure/store/storetest"
	"veedor/internal/measure/verdict"
	"veedor/internal/web"
)

// item is an entity for tests: an id, a schema, and properties and values in turn.
func item(id, schema string, values ...string) registry.Item {
	it := registry.Item{ID: id, Schema: schema}
	for i := 0; i < len(values); i += 2 {
		it.Values = append(it.Values, registry.Value{Prop: values[i], Value: values[i+1], Original: values[i+1], At: registry.Place{File: "f", Line: i + 1}})
	}
	return it
}

// linkedSite returns pages over a registry that holds some datasets, and what their style sheet weighs.
func linkedSite(t *testing.T, world func() web.World, datasets ...[]registry.Item) (http.Handler, int) {
	t.Helper()
	r, err := registry.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	for i, items := range datasets {
		name := fmt.Sprint("list", i)
		n := registry.NewState{Dataset: registry.Dataset{Name: name, Publisher: "Publisher of " + name}, Dated: "2021-07-07", Format: "test", Files: []registry.File{{Name: "f", Hash: hashOf(name), Size: 1}}}
		_, _, err := r.Import(t.Context(), n, func() time.Time { return noon }, func(_ context.Context, yield func(registry.Item) error) (registry.Account, error) {
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
	db, err := refdata.Open("")
	if err != nil {
		t.Fatal(err)
	}
	h := web.New(web.Config{Store: storetest.NewMemory(), Evidence: bytesOf{}, Registry: r, World: world, Facts: func() web.Facts { return db.AsOf(noon) }, AllRules: verdict.Rules(), RuleSet: verdict.RuleSet, Version: "test",
		Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	sheet := regexp.MustCompile(`/static/[^"]+`).FindString(get(h, "/about").Body.String())
	return h, get(h, sheet).Body.Len()
}

// pageIn fetches a page in both languages and checks what holds of all.
func pageIn(t *testing.T, h http.Handler, sheet int, path string) string {
	t.Helper()
	var first string
	for _, lang := range []string{"", "/es"} {
		w := get(h, lang+path)
		body := w.Body.String()
		if w.Code != http.StatusOK || len(body)+sheet > 60<<10 {
			t.Errorf("%s%s: %d, %d bytes with its style sheet", lang, path, w.Code, len(body)+sheet)
		}
		for _, bad := range []string{"<script", "style=", "%!", `href="http`, "<no value>", "ZgotmplZ", "\u202e"} {
			if strings.Contains(body, bad) {
				t.Errorf("%s%s contains %q", lang, path, bad)
			}
		}
		if m := regexp.MustCompile(`>(edge|graph|path|facet|agreements|deployments)\.[a-z.]+`).FindString(body); m != "" {
			t.Errorf("%s%s shows the key %s", lang, path, m)
		}
		if lang == "" {
			first = body
		}
	}
	return first
}

// picture fetches a drawing, which must be sound XML and hold nothing from elsewhere.
func pictureAt(t *testing.T, h http.Handler, path string) string {
	t.Helper()
	w := get(h, path)
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "image/svg+xml" || !strings.Contains(w.Header().Get("Content-Disposition"), ".svg") {
		t.Fatalf("%s: %d %v", path, w.Code, w.Header())
	}
	body := w.Body.String()
	d := xml.NewDecoder(strings.NewReader(body))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		if e, ok := token.(xml.StartElement); ok && (e.Name.Local == "script" || e.Name.Local == "a" || e.Name.Local == "image" || e.Name.Space != "http://www.w3.org/2000/svg") {
			t.Errorf("%s holds <%s> of %q", path, e.Name.Local, e.Name.Space)
		}
	}
	return body
}

func supplier() []registry.Item {
	return []registry.Item{
		item("ceiec", "Company", "name", "CEIEC"), item("sanction", "Sanction", "entity", "ceiec", "program", "VENEZUELA", "startDate", "2020-11-30"),
		item("cetc", "Company", "name", "CETC"), item("o1", "Ownership", "owner", "cetc", "asset", "ceiec"), item("o2", "Ownership", "owner", "ceiec", "asset", "cetc"), item("o3", "Ownership", "owner", "ceiec", "asset", "ceiec"),
		item("carnet", "Deployment", "name", "Carnet de la Patria", "kind", "identity-system", "supplier", "ceiec", "country", "ve", "status", "operating"),
		item("bank", "Company", "name", "Bank"), item("p", "Project", "name", "ECU 911"), item("pp1", "ProjectParticipant", "project", "p", "participant", "ceiec", "role", "Implementing"),
		item("pp2", "ProjectParticipant", "project", "p", "participant", "bank", "role", "Funding"), item("lone", "Company", "name", "Lone"),
	}
}

// TestGraph: who is linked with whom, in words, with sources, contradictions and cycles.
func TestGraph(t *testing.T) {
	h, sheet := linkedSite(t, nil, supplier(), []registry.Item{item("carnet", "Deployment", "name", "Carnet de la Patria", "kind", "identity-system", "supplier", "zte"), item("zte", "Company", "name", "ZTE")})
	body := pageIn(t, h, sheet, "/entity/ceiec/graph")
	text := regexp.MustCompile(`\s+`).ReplaceAllString(html.UnescapeString(regexp.MustCompile(`<[^>]+>`).ReplaceAllString(body, " ")), " ")
	for _, want := range []string{"VENEZUELA is a sanction on CEIEC", "from 30 November 2020", "CETC owns CEIEC", "CEIEC owns CETC", "CEIEC owns CEIEC", "CEIEC carries out ECU 911", "Bank funds ECU 911",
		"Carnet de la Patria was supplied by CEIEC", "Also named in its stead: ZTE", "Publisher of list0 list0, line", "said since 7 July 2021", "↻ owns"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if t.Failed() {
		t.Log(text)
	}
	statement := regexp.MustCompile(`/entity/[^"]+/statement/[0-9a-f]+`).FindString(body)
	if w := get(h, statement); w.Code != http.StatusOK {
		t.Errorf("%s: %d", statement, w.Code)
	}
	if again := get(h, "/entity/ceiec/graph").Body.String(); again != body {
		t.Error("the same page is another the second time")
	}
	if svg := pictureAt(t, h, "/es/entity/ceiec/graph.svg"); !strings.Contains(svg, "está bajo la sanción") {
		t.Error("the picture is not in Spanish")
	}
	if body := pageIn(t, h, sheet, "/entity/ceiec/graph?kind=Ownership"); strings.Contains(body, "VENEZUELA") {
		t.Error("ownerships alone show the sanction")
	}
	if body := pageIn(t, h, sheet, "/entity/lone/graph"); !strings.Contains(body, "no links") {
		t.Error("an entity without links")
	}
	for path, want := range map[string]int{"/entity/nobody/graph": 404, "/entity/lone/graph.svg": 404, "/entity/ceiec/graph?kind=Nonsense": 404, "/entity/" + strings.Repeat("x", 600) + "/graph": 404} {
		if w := get(h, path); w.Code != want {
			t.Errorf("%.60s: %d, want %d", path, w.Code, want)
		}
	}
}

// TestPathPage: ends are found by name, ways are told link by link, and no way is never no connection.
func TestPathPage(t *testing.T) {
	h, sheet := linkedSite(t, nil, supplier())
	if body := pageIn(t, h, sheet, "/path"); strings.Count(body, `<input name="from"`) != 1 || strings.Count(body, `<input name="to"`) != 1 {
		t.Error("the form does not ask for two ends")
	}
	if body := pageIn(t, h, sheet, "/path?from=CEIEC&to=Bank"); !strings.Contains(body, `href="/path?from=ceiec&amp;to=Bank"`) || !strings.Contains(body, "to=bank") {
		t.Errorf("no choices: %s", body)
	}
	body := pageIn(t, h, sheet, "/path?from=ceiec&to=bank")
	for _, want := range []string{"carries out", "is funded by", "<strong>funds</strong>", "Way 1, over 2 links", "/path.svg?from=ceiec"} {
		if !strings.Contains(body, want) {
			t.Errorf("the way does not say %q", want)
		}
	}
	pictureAt(t, h, "/path.svg?from=ceiec&to=bank")
	none := pageIn(t, h, sheet, "/path?from=ceiec&to=lone")
	if !strings.Contains(none, "No way was found") || !strings.Contains(none, "does not show that there is no connection") {
		t.Error("what is not found is not said as it is")
	}
	if body := pageIn(t, h, sheet, "/path?from=ceiec&to=zzzzqqqq"); !strings.Contains(body, "is called") {
		t.Error("nothing by that name")
	}
	if body := pageIn(t, h, sheet, "/path?from=ceiec&to=ceiec"); !strings.Contains(body, "same entity") {
		t.Error("both are the same")
	}
}

// TestGraphWeight: a hub and hostile names make a page that is small and says what is left out.
func TestGraphWeight(t *testing.T) {
	long := strings.Repeat("<b>A</b>&\"' ", 60)
	items := []registry.Item{item("hub", "Company", "name", evil+" Hub"), item("end", "Company", "name", long)}
	for i := range 2200 {
		items = append(items, item(fmt.Sprint("o", i), "Ownership", "owner", "hub", "asset", fmt.Sprint("c", i), "startDate", "2001"), item(fmt.Sprint("c", i), "Company", "name", fmt.Sprint(long, evil, i)))
		if i < 60 {
			items = append(items, item(fmt.Sprint("d", i), "Deployment", "kind", "cameras", "name", fmt.Sprint(long, i), "place", long, "supplier", "hub", "country", "ve", "scale", fmt.Sprint(i, " ", evil)),
				item(fmt.Sprint("a", i), "Agreement", "title", fmt.Sprint(evil, long, i), "sector", fmt.Sprint(evil, i), "parties", fmt.Sprint("c", i), "supplier", "hub", "amount", "12"+evil, "currency", evil, "date", fmt.Sprint(1960+i)))
		}
	}
	h, sheet := linkedSite(t, nil, items)
	begin := time.Now()
	body := pageIn(t, h, sheet, "/entity/hub/graph")
	if !strings.Contains(body, "of 2,320 links of its own") || !strings.Contains(body, "chosen in turn") {
		t.Error("the page does not say what is left out, and how it was chosen")
	}
	if body := pageIn(t, h, sheet, "/entity/c1/graph"); !strings.Contains(body, "Not gone through") {
		t.Error("beside a hub")
	}
	for _, path := range []string{"/path?from=c1&to=c2", "/path?from=c1&to=end", "/agreements", "/agreements?skip=20", "/agreements?party=" + url.QueryEscape(evil), "/deployments", "/deployments?supplier=hub&country=ve&year=%00"} {
		pageIn(t, h, sheet, path)
	}
	pictureAt(t, h, "/entity/hub/graph.svg")
	pictureAt(t, h, "/path.svg?from=c1&to=c2")
	for _, file := range []string{"/agreements.csv", "/deployments.csv"} {
		rows, err := csv.NewReader(bytes.NewReader(get(h, file).Body.Bytes())).ReadAll()
		if err != nil || len(rows) != 61 {
			t.Errorf("%s: %d rows, %v", file, len(rows), err)
		}
	}
	if d := time.Since(begin); d > 20*time.Second {
		t.Errorf("took %v", d)
	}
}

// square is a world of one country.
type square struct{}

func (square) WorldID() string     { return "square" }
func (square) WorldCredit() string { return "Nobody <b>" }
func (square) WorldShapes(yield func(string, [][][2]float64)) {
	yield("VE", [][][2]float64{{{-73, 1}, {-73, 12}, {-60, 12}, {-60, 1}, {-73, 1}}})
}

// TestMap: countries are marked where there are shapes, named where there are none, and without shapes the page says
// what brings them.
func TestMap(t *testing.T) {
	items := append(supplier(), item("bahrain", "Deployment", "name", "Filter", "kind", "filtering", "country", "bh"))
	h, sheet := linkedSite(t, func() web.World { return square{} }, items)
	body := pageIn(t, h, sheet, "/deployments")
	for _, want := range []string{`fill="url(#mapch)"`, "<title>Venezuela: 1</title>", "Bahrain: 1", "Nobody &lt;b&gt;", "/deployments?country=ve"} {
		if !strings.Contains(body, want) {
			t.Errorf("the map lacks %q", want)
		}
	}
	pictureAt(t, h, "/deployments/map.svg")
	if body := pageIn(t, h, sheet, "/deployments?kind=filtering"); strings.Contains(body, "Venezuela: 1") || !strings.Contains(body, "1 deployment<") {
		t.Error("one kind alone")
	}
	h, sheet = linkedSite(t, nil, items)
	if body := pageIn(t, h, sheet, "/deployments"); !strings.Contains(body, "veedor refdata update") || strings.Contains(body, `href="/deployments/map.svg`) || get(h, "/deployments/map.svg").Code != http.StatusNotFound {
		t.Error("without shapes")
	}
	h, sheet = linkedSite(t, nil)
	for _, path := range []string{"/deployments", "/agreements"} {
		if body := pageIn(t, h, sheet, path); !strings.Contains(body, "veedor registry import") {
			t.Errorf("%s of an empty registry", path)
		}
	}
}
