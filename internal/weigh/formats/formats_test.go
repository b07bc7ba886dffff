package formats

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"veedor/internal/weigh/cases"
	"veedor/internal/weigh/desk"
)

var (
	at   = time.Date(2026, 5, 4, 10, 0, 0, 0, time.UTC)
	site = Site{Name: "Observatory of Borduna", Base: "https://veedor.example", Lang: "en"}
)

func record(k desk.Kind, id string, fields map[string]any) desk.Record {
	return desk.Record{Kind: k, ID: id, Rev: 1, Fields: fields, Created: at, Updated: at.Add(time.Hour)}
}

func example() Claim {
	v := &desk.ClaimView{Record: record(desk.Claim, "borduna.slow", map[string]any{"text": cases.Text{"en": "The operator slows “Claro” <b>down</b>.", "es": "Lento"}})}
	v.Standing.Status, v.Standing.Since, v.Standing.Said = "supported", at, 1
	v.Utterances = []desk.Record{
		record(desk.Utterance, "u2", map[string]any{"speaker": "El Faro", "role": "journalist", "date": "2021-05", "item": "copy"}),
		record(desk.Utterance, "u1", map[string]any{"speaker": "=Ministry", "role": "official", "date": "2021-04-30", "item": "root"}),
		record(desk.Utterance, "u3", map[string]any{"speaker": "Somebody", "source": "javascript:alert(1)"}),
	}
	v.Evidence = []desk.Record{
		record(desk.Evidence, "e1", map[string]any{"type": "quote", "name": "q1", "stance": "supports"}),
		record(desk.Evidence, "e2", map[string]any{"type": "finding", "stance": "contradicts"}),
	}
	return Claim{View: v, Status: "supported", Publisher: "The desk (invented)", Items: map[string]desk.Record{
		"root": record(desk.Item, "root", map[string]any{"title": "Statement {no. 5}", "url": "https://ministry.example/5", "type": "press release", "published_on": "2021-04-30", "techniques": []string{"T0043", "T0019.001", "<script>"}}),
		"copy": record(desk.Item, "copy", map[string]any{"title": "What the ministry says: 50% & more", "url": "ftp://faro.example/x", "type": "editorial media", "author": "A_B", "published_on": "2021"}),
	}, Quotes: map[string]Quote{"q1": {ID: "q1", URL: "https://ministry.example/5", Capture: strings.Repeat("ab", 32), Exact: "slower", Prefix: "is ", Suffix: " now", Start: 10, End: 16, At: "2021-05-01T00:00:00Z"}}}
}

func decode(t *testing.T, b []byte) map[string]any {
	t.Helper()
	var out map[string]any
	if err := json.Unmarshal(b, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestClaimReview(t *testing.T) {
	b, err := ClaimReview(site, example())
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(b, []byte("<b>")) {
		t.Error("it would end a script element in a page")
	}
	want := map[string]any{"@type": "Claim", "author": map[string]any{"@type": "Organization", "name": "=Ministry"}, "datePublished": "2021-04-30",
		"firstAppearance": map[string]any{"@type": "CreativeWork", "name": "Statement {no. 5}", "url": "https://ministry.example/5"}}
	got := decode(t, b)
	if diff := cmp.Diff(any(want), got["itemReviewed"]); diff != "" {
		t.Errorf("the claim (-want +got)\n%s", diff)
	}
	rating, _ := got["reviewRating"].(map[string]any)
	if rating["alternateName"] != "supported" || rating["ratingValue"] != nil {
		t.Errorf("rating %v", rating)
	}
}

func TestAnnotations(t *testing.T) {
	b, err := Annotations(site, example())
	if err != nil {
		t.Fatal(err)
	}
	got := decode(t, b)
	items, _ := got["items"].([]any)
	if len(items) != 1 {
		t.Fatalf("%d annotations", len(items))
	}
	target := items[0].(map[string]any)["target"]
	want := map[string]any{"source": "https://ministry.example/5", "selector": []any{
		map[string]any{"type": "TextQuoteSelector", "exact": "slower", "prefix": "is ", "suffix": " now"}, map[string]any{"type": "TextPositionSelector", "start": 10.0, "end": 16.0}},
		"state": map[string]any{"type": "TimeState", "sourceDate": "2021-05-01T00:00:00Z", "cached": "https://veedor.example/capture/" + strings.Repeat("ab", 32)}}
	if diff := cmp.Diff(any(want), target); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func references() []Reference {
	c := example()
	root, copied := c.Items["root"], c.Items["copy"]
	return []Reference{ItemReference(&root, "", at), ItemReference(&copied, "El Faro", at), {ID: "borduna.slow", Type: "dataset", Title: "The operator slows {it", Container: "Veedor", Publisher: "Veedor", Version: "rules_2", URL: "https://veedor.example/claim/borduna.slow?at=12", Note: "SHA-256 " + strings.Repeat("ab", 32), Published: [3]int{2026, 5, 4}, Accessed: at}}
}

func TestCite(t *testing.T) {
	b, err := CSL(references())
	if err != nil {
		t.Fatal(err)
	}
	var got []map[string]any
	if err := json.Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(any(map[string]any{"date-parts": []any{[]any{2021.0}}}), got[1]["issued"]); diff != "" {
		t.Errorf("a year is a year (-want +got)\n%s", diff)
	}
	if got[1]["URL"] != nil {
		t.Errorf("an address that no reader can follow: %v", got[1]["URL"])
	}
	bib := string(BibTeX(references()))
	for _, want := range []string{`title = {{Statement \textbraceleft{}no. 5\textbraceright{}}}`, `title = {{What the ministry says: 50\% \& more}}`, `author = {{A\_B}}`, "month = {4}", "urldate = {2026-05-04}", "@dataset{borduna.slow,", `version = {rules\_2}`, "publisher = {Veedor}", "note = {SHA-256 abab"} {
		if !strings.Contains(bib, want) {
			t.Errorf("no %s in\n%s", want, bib)
		}
	}
	if n := strings.Count(bib, "month"); n != 2 {
		t.Errorf("%d months, of three dates one of which is a year", n)
	}
}

func bundle(t *testing.T) []byte {
	t.Helper()
	c := example()
	b, err := STIX(site, Case{Record: record(desk.Case, "borduna", map[string]any{"title": cases.Text{"en": "Borduna"}}), Claims: []Claim{c}, Items: []desk.Record{c.Items["root"], c.Items["copy"]},
		Frames: []desk.Record{record(desk.Frame, "f", map[string]any{"text": cases.Text{"en": "Filters protect"}, "techniques": []string{"T0043"}})}}, at)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestSTIX(t *testing.T) {
	b := bundle(t)
	if !bytes.Equal(b, bundle(t)) {
		t.Error("the same case gave two bundles")
	}
	var got stixBundle
	if err := json.Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	ids, kinds := map[string]bool{}, map[string]int{}
	for _, o := range got.Objects {
		if ids[o.ID] {
			t.Errorf("%s is there twice", o.ID)
		}
		ids[o.ID] = true
		kinds[o.Type]++
	}
	for _, o := range got.Objects {
		for _, r := range append(o.Refs, o.Source, o.Target, o.CreatedBy) {
			if r != "" && !ids[r] {
				t.Errorf("%s refers to %s, which is not there", o.ID, r)
			}
		}
	}
	if diff := cmp.Diff(map[string]int{"identity": 1, "report": 3, "note": 2, "attack-pattern": 2, "relationship": 3}, kinds); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestCSV(t *testing.T) {
	var b bytes.Buffer
	if err := CSV(site, []Claim{example()}, &b); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&b).ReadAll()
	if err != nil || len(rows) != 2 {
		t.Fatal(rows, err)
	}
	want := []string{"borduna.slow", "The operator slows “Claro” <b>down</b>.", "supported", "2026-05-04T10:00:00.000Z", "3", "1", "1", "1", "'=Ministry", "2021-04-30", "The desk (invented)", "https://veedor.example/claim/borduna.slow"}
	if diff := cmp.Diff(want, rows[1]); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestConformance reads what we write with the libraries that others use.
func TestConformance(t *testing.T) {
	cache := os.Getenv("VEEDOR_CACHE")
	if os.Getenv("VEEDOR_CONFORMANCE") == "" || cache == "" {
		t.Skip("VEEDOR_CONFORMANCE and VEEDOR_CACHE are not set: make conformance")
	}
	venv := filepath.Join(cache, "formats")
	python := filepath.Join(venv, "bin", "python")
	if exec.Command(python, "-c", "import stix2, bibtexparser").Run() != nil {
		for _, c := range [][]string{{"python3", "-m", "venv", venv}, {python, "-m", "pip", "install", "-q", "stix2==3.0.1", "bibtexparser==1.4.3"}} {
			if out, err := exec.CommandContext(t.Context(), c[0], c[1:]...).CombinedOutput(); err != nil {
				os.RemoveAll(venv)
				t.Skipf("stix2 and bibtexparser do not install here: %v\n%s", err, out)
			}
		}
	}
	dir := t.TempDir()
	for name, b := range map[string][]byte{"bundle.json": bundle(t), "refs.bib": BibTeX(references())} {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	script := `
import sys, json, stix2, bibtexparser, bibtexparser.bparser
b = stix2.parse(open(sys.argv[1]+"/bundle.json").read(), allow_custom=False)
print(len(b.objects), "objects")
db = bibtexparser.loads(open(sys.argv[1]+"/refs.bib").read(), bibtexparser.bparser.BibTexParser(ignore_nonstandard_types=False)) # @dataset is of biblatex
print(len(db.entries), "references")
`
	out, err := exec.CommandContext(t.Context(), python, "-c", script, dir).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if !strings.Contains(string(out), "11 objects") || !strings.Contains(string(out), "3 references") {
		t.Errorf("they read %s", out)
	}
}
