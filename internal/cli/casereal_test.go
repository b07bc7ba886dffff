package cli

import (
	"bytes"
	"cmp"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	gocmp "github.com/google/go-cmp/cmp"

	"veedor/internal/weigh/cases"
	"veedor/internal/weigh/desk"
)

// realCase is the folder of the case this project was founded on.
const realCase = "../../cases/venezuela-filtering"

func readReal(t *testing.T) *cases.Case {
	t.Helper()
	k, err := cases.Read(os.DirFS(realCase))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// TestRealCaseForm: the files are in the one form, so that loading and saving leaves every byte, and nothing is lacking that a claim
// needs to be published.
func TestRealCaseForm(t *testing.T) {
	data, saved := t.TempDir(), t.TempDir()
	runMain(t, "--data", data, "case", "load", realCase, "--publish")
	if out := runMain(t, "--data", data, "case", "load", realCase); !strings.Contains(out, ": 0 records written, 0 conflicts") {
		t.Errorf("loaded again: %s", out)
	}
	runMain(t, "--data", data, "case", "save", "venezuela-filtering", saved)
	was, is := folderBytes(t, realCase), folderBytes(t, saved)
	if diff := gocmp.Diff(was, is); diff != "" {
		t.Error(diff)
	}
	files, err := readReal(t).Files()
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range files {
		if was[name] != string(b) {
			t.Errorf("%s is not in the form that is written", name)
		}
	}
	d, err := desk.Open(t.Context(), data, desk.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if lacks, err := d.Checklist(t.Context(), "venezuela-filtering"); err != nil || len(lacks) > 0 {
		t.Errorf("lacking: %v %v", lacks, err)
	}
	// Sixteen texts say it, and one source stands behind them.
	v, err := d.ClaimView(t.Context(), desk.Public(), "venezuela-filtering.filter-supplied")
	if err != nil || v.Standing.Said != 1 || v.Standing.Texts != 16 || v.Standing.Roots != 1 || v.Standing.Status != cases.SingleSource {
		t.Errorf("the supplier's claim: %+v %v", v, err)
	}
}

func folderBytes(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, pattern := range []string{"*.yaml", "claims/*.yaml", "items/*.yaml"} {
		names, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range names {
			b, err := os.ReadFile(n)
			if err != nil {
				t.Fatal(err)
			}
			rel, _ := filepath.Rel(dir, n)
			out[filepath.ToSlash(rel)] = string(b)
		}
	}
	return out
}

// eachText calls f with every text by language of a case, and with where it stands.
func eachText(v reflect.Value, at string, f func(at string, t cases.Text)) {
	if t, ok := v.Interface().(cases.Text); ok {
		if t != nil {
			f(at, t)
		}
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			eachText(v.Elem(), at, f)
		}
	case reflect.Struct:
		if id := v.FieldByName("ID"); id.IsValid() && id.Kind() == reflect.String {
			at += "/" + id.String()
		}
		for i := range v.NumField() {
			eachText(v.Field(i), at+"."+v.Type().Field(i).Name, f)
		}
	case reflect.Slice:
		for i := range v.Len() {
			eachText(v.Index(i), at, f)
		}
	}
}

// TestRealCaseLanguages: every text is there in English and in Spanish; what themes are called, beside their English title, in
// Spanish and Chinese.
func TestRealCaseLanguages(t *testing.T) {
	n := 0
	eachText(reflect.ValueOf(readReal(t)), "", func(at string, x cases.Text) {
		n++
		other := "en"
		if strings.HasSuffix(at, ".Titles") {
			other = "zh"
		}
		if x[other] == "" || x["es"] == "" || len(x) != 2 {
			t.Errorf("%s is not in %s and es: %v", at, other, x)
		}
	})
	if n < 200 {
		t.Errorf("only %d texts seen", n)
	}
}

// sourced says whether a source is given by an address, or says why there is none, and has a date, or says that it has none.
func sourced(s string) bool {
	addressed := strings.Contains(s, "https://") || strings.Contains(s, "http://") || strings.Contains(s, "no address")
	return addressed && (regexp.MustCompile(`\b(19|20)[0-9]{2}\b`).MatchString(s) || strings.Contains(s, "undated"))
}

// TestRealCaseSources: whatever is said has its source, with an address and a date, or with the reason why one is wanting.
func TestRealCaseSources(t *testing.T) {
	k := readReal(t)
	check := func(at string, all ...string) {
		if len(all) == 0 {
			t.Errorf("%s has no source", at)
		}
		for _, s := range all {
			if !sourced(s) {
				t.Errorf("%s: no address or no date in %q", at, s)
			}
		}
	}
	for _, a := range k.Actors {
		check("actor "+a.ID, a.Sources...)
	}
	for _, f := range k.Facts {
		check("fact "+f.ID, f.Sources...)
		if f.Date == "" {
			t.Errorf("fact %s has no date", f.ID)
		}
	}
	items := map[string]*cases.Item{}
	for i := range k.Items {
		it := &k.Items[i]
		items[it.ID] = it
		if (it.URL == "" || it.Published == "") && it.Context == "" {
			t.Errorf("item %s wants an address or a date and does not say why", it.ID)
		}
	}
	for _, c := range k.Claims {
		for _, u := range c.Utterances {
			if it := items[u.Item]; u.Source == "" && it == nil {
				t.Errorf("%s: %s says it nowhere", c.ID, u.Speaker)
			}
		}
		for _, e := range c.Evidence {
			for _, s := range []*cases.Statement{e.Document, e.Statement} {
				if s != nil {
					check(c.ID+" "+e.ID, s.Source)
					if s.Date == "" {
						t.Errorf("%s %s has no date", c.ID, e.ID)
					}
				}
			}
		}
	}
	for _, s := range k.Sources {
		if s.Homepage == "" && s.Description == "" {
			t.Errorf("source %s has no address and does not say why", s.ID)
		}
	}
}

// TestRealCaseStanding: how each claim stands before anything was measured.
func TestRealCaseStanding(t *testing.T) {
	want := map[string]string{
		"filter-supplied": cases.SingleSource, "citizens-data": cases.Contested, "help-to-spy-and-block": cases.SingleSource, "broadcasts-blocked": cases.SingleSource,
		"internet-slowed": cases.Unverified, "cantv-controlled": cases.Unverified, "sanctions-sabotage": cases.Contradicted, "cantv-bought": cases.Unverified,
		"social-networks-restricted": cases.SingleSource, "company-reach": cases.SingleSource, "network-numbers": cases.Contradicted, "exported": cases.SingleSource,
	}
	got := map[string]string{}
	kinds := map[string]int{}
	for _, c := range readReal(t).Claims {
		if n := c.Roots(); c.ID == "filter-supplied" && n != 1 {
			t.Errorf("%d sources behind those who repeat the accusation", n)
		}
		for _, measured := range []cases.Answer{{}, {Total: 40, Blocked: 40}} {
			var all []cases.Weighed
			for i := range c.Evidence {
				e := &c.Evidence[i]
				stance := e.Stance
				if e.Finding != nil {
					stance = e.Finding.Stance(measured)
				}
				all = append(all, e.Weighed(cmp.Or(e.ID, c.ID), stance))
			}
			status := cases.Status(all)
			if measured.Total == 0 {
				got[c.ID] = status
				continue
			}
			// Measurements show that something is blocked. They never move a claim about who supplied or helped.
			moved := status != got[c.ID]
			if can := strings.Contains("broadcasts-blocked internet-slowed social-networks-restricted", c.ID); moved != can {
				t.Errorf("%s: %s, when everything asked about was measured as blocked %s", c.ID, got[c.ID], status)
			}
		}
		for _, e := range c.Evidence {
			for kind, there := range map[string]bool{"finding": e.Finding != nil, "registry": e.Registry != nil, "document": e.Document != nil, "statement": e.Statement != nil, "absence": e.Absence != nil} {
				if there {
					kinds[kind]++
				}
			}
		}
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	t.Logf("evidence: %v", kinds)
	for _, kind := range []string{"finding", "registry", "document", "statement", "absence"} {
		if kinds[kind] == 0 {
			t.Errorf("no evidence of kind %s", kind)
		}
	}
}

// wordsOf returns the words of a text, folded, without marks.
func wordsOf(s string) []string {
	return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// TestRealCaseWords: no more than ten words in a row are those of the facts or of the texts that the case is about.
func TestRealCaseWords(t *testing.T) {
	const most = 10
	facts := filepath.Join("..", "..", "..", "shared", "cases", "venezuela-filtering.md")
	b, err := os.ReadFile(facts)
	if err != nil {
		t.Skipf("%s is not there", filepath.Base(facts))
	}
	rows, err := readClaimRows(sharedData(t, "claims/claim_lineage.jsonl")[0])
	if err != nil {
		t.Fatal(err)
	}
	theirs := map[string]string{}
	add := func(where, text string) {
		w := wordsOf(text)
		for i := 0; i+most < len(w); i++ {
			theirs[strings.Join(w[i:i+most+1], " ")] = where
		}
	}
	add("the facts", string(b))
	for _, r := range rows {
		add(r.ID, r.Text)
	}
	check := func(at, text string) {
		w := wordsOf(regexp.MustCompile(`https?://\S+`).ReplaceAllString(text, " "))
		for i := 0; i+most < len(w); i++ {
			if where := theirs[strings.Join(w[i:i+most+1], " ")]; where != "" {
				t.Errorf("%s has more than %d words in a row of %s: %s", at, most, where, strings.Join(w[i:i+most+1], " "))
			}
		}
	}
	if _, seen := theirs[strings.Join(wordsOf(rows[0].Text)[:most+1], " ")]; !seen {
		t.Fatal("the check finds nothing")
	}
	for name, text := range folderBytes(t, realCase) {
		for line := range strings.Lines(text) {
			check(name, line)
		}
	}
}

// TestRealCaseData: as the texts' derivations become known, the many who repeat the accusation come down to one; the AS numbers that the
// report of 2019 misprints are flagged; and what is not measured is not answered.
func TestRealCaseData(t *testing.T) {
	sharedData(t, "claims/claim_lineage.jsonl", "venezuela/vesinfiltro_blocks_long.csv", "geo/ve_asn_ipv4_ranges.csv")
	var out bytes.Buffer
	c := command()
	c.SetArgs([]string{"--data", t.TempDir(), "case", "real", filepath.Join("..", "..", "..", "shared", "data"), realCase, "--no-lists"})
	c.SetOut(&out)
	if err := c.ExecuteContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	var said []int
	for _, m := range regexp.MustCompile(`16 texts, ([0-9]+) independent`).FindAllStringSubmatch(out.String(), -1) {
		n, _ := strconv.Atoi(m[1])
		said = append(said, n)
	}
	if len(said) != 3 || said[0] < 10 || said[1] > said[0]/2 || said[2] != 1 {
		t.Errorf("independent sources, step by step: %v", said)
	}
	for _, want := range []string{"AS8048: 81 ranges", "AS21826: 11 ranges", "AS8084: WRONG", "AS21286: WRONG", "AS8048 twitter.com reached or not: not enough data: veedor sync ooni --country VE --since 2019-01-21 --until 2019-01-22"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("not printed: %s\n%s", want, out.String())
		}
	}
	if n := strings.Count(out.String(), ": not enough data: "); n != 14 {
		t.Errorf("%d findings without data", n)
	}
}

// TestReportedBlocks: what the case counts in the tables of VE sin Filtro is what they hold.
func TestReportedBlocks(t *testing.T) {
	rows := tableRows(t, sharedData(t, "venezuela/vesinfiltro_blocks_long.csv")[0])
	at := map[string]int{}
	for i, n := range rows[0] {
		at[n] = i
	}
	facts := map[string]string{}
	for _, f := range readReal(t).Facts {
		facts[f.ID] = f.Text["en"]
	}
	for id, file := range map[string]string{"blocked-2018": "2018-08-16_state_internet_censorship_report_2018.md", "blocked-2021": "2021-06-04_censura_digital.md", "blocked-2024": "2024-08-01-elecciones-presidenciales.md"} {
		blocked, all := map[string]int{}, map[string]int{}
		for _, r := range rows[1:] {
			if r[at["source_file"]] != file {
				continue
			}
			all[r[at["isp"]]]++
			if r[at["status"]] == "blocked" {
				blocked[r[at["isp"]]]++
			}
		}
		numbers := regexp.MustCompile(`[0-9]+`).FindAllString(facts[id], -1)
		for isp, n := range blocked {
			if !slices.Contains(numbers, strconv.Itoa(n)) || !slices.Contains(numbers, strconv.Itoa(all[isp])) {
				t.Errorf("%s: %d of %d blocked on %s is not what the fact says: %s", id, n, all[isp], isp, facts[id])
			}
		}
	}
}

// TestRealCaseOpens: on a fresh machine, whatever the founding case's page states opens to its evidence, and what there is
// no data for says so.
func TestRealCaseOpens(t *testing.T) {
	data := t.TempDir()
	runMain(t, "--data", data, "ingest", "--sample")
	// What the case rests on of the sanctions list, in a list made for the test.
	list := filepath.Join(t.TempDir(), "list.jsonl")
	if err := os.WriteFile(list, []byte(`{"id":"ofac-30502","schema":"Company","properties":{"name":["CEIEC"],"uscCode":["9111000010000106X1"],"registrationNumber":["16382287"]}}
{"id":"ofac-30502-venezuela","schema":"Sanction","properties":{"entity":["ofac-30502"],"program":["VENEZUELA"]}}
`), 0o600); err != nil {
		t.Fatal(err)
	}
	runMain(t, "--data", data, "registry", "import", "--format", "ftm", "--dataset", "listed", "--date", "2021-07-07", "--licence", "public domain", "--publisher", "made for a test", list)
	runMain(t, "--data", data, "case", "load", realCase, "--publish")
	runMain(t, "--data", data, "log", "sync")
	o := openPages(t, data)
	o.caseOpens("venezuela-filtering")
	for _, part := range []string{"exported", "facts", "evidence", "actors"} {
		o.page("/case/venezuela-filtering/" + part)
	}
	for kind, least := range map[string]int{"claim": 12, "evidence": 60, "status": 12, "citation": 13, "statement": 3, "row": 3, "proof": 13} {
		if o.count[kind] < least {
			t.Errorf("only %d followed of kind %s, want %d at least", o.count[kind], kind, least)
		}
	}
	t.Log(o.count)
}
