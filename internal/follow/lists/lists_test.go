package lists

import (
	"context"
	"encoding/csv"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"veedor/internal/follow/ftm"
	"veedor/internal/phrase"
)

// shared returns openers of files of the shared data, or skips.
func shared(t testing.TB, names ...string) map[string]Opener {
	t.Helper()
	out := map[string]Opener{}
	for _, n := range names {
		path := filepath.Join("..", "..", "..", "..", "shared", "data", n)
		if _, err := os.Stat(path); err != nil {
			t.Skipf("%s is not at hand", n)
		}
		out[filepath.Base(n)] = func() (io.ReadCloser, error) { return os.Open(path) }
	}
	return out
}

func inText(name, s string) map[string]Opener {
	return map[string]Opener{name: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(s)), nil }}
}

// readAll reads files to their end, and holds what must hold of every reading.
func readAll(t testing.TB, format string, files map[string]Opener, opt Options) ([]Item, Account, error) {
	t.Helper()
	var items []Item
	a, err := Read(context.Background(), format, "test", files, opt, func(i Item) error { items = append(items, i); return nil })
	m, g := ftm.Default(), &phrase.Grammar{Heads: Reasons()}
	refused, entities := 0, 0
	for _, i := range items {
		switch {
		case i.Refused != nil:
			if refused++; g.Read(i.Refused.Reason) == nil || len(i.Refused.Raw) > rawShown || i.Refused.At.File == "" {
				t.Errorf("refused without a reason of the list, place or bound: %+v", i.Refused)
			}
			continue
		case i.Entity == nil:
			t.Fatal("an item that is nothing")
		}
		entities++
		s := m.Schema(i.Entity.Schema)
		if s == nil || i.Entity.ID == "" {
			t.Fatalf("entity without schema or id: %+v", i.Entity)
		}
		n := 0
		for prop, values := range i.Entity.Properties {
			n += len(values)
			if m.Private(i.Entity.Schema, prop) {
				t.Errorf("%s keeps %s of private life", i.Entity.ID, prop)
			}
		}
		if n != len(i.Values) {
			t.Errorf("%s has %d values and %d originals", i.Entity.ID, n, len(i.Values))
		}
		for _, p := range i.Problems {
			if g.Read(p.Reason) == nil || m.Private(i.Entity.Schema, p.Prop) {
				t.Errorf("problem without a reason of the list, or of private life: %+v", p)
			}
		}
	}
	if a.Read != a.Kept+a.Rejected || a.Rejected != refused || a.Entities != entities {
		t.Errorf("read %d, kept %d, rejected %d; saw %d refused and %d of %d entities", a.Read, a.Kept, a.Rejected, refused, entities, a.Entities)
	}
	return items, a, err
}

func mustRead(t testing.TB, format string, files map[string]Opener) ([]Item, Account) {
	t.Helper()
	items, a, err := readAll(t, format, files, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return items, a
}

// union puts together what items say of an entity.
func union(items []Item, id string) *ftm.Entity {
	var out *ftm.Entity
	for _, i := range items {
		if i.Entity == nil || i.Entity.ID != id {
			continue
		}
		if out == nil {
			out = &ftm.Entity{ID: id, Schema: i.Entity.Schema}
		}
		for prop, values := range i.Entity.Properties {
			for _, v := range values {
				out.Add(prop, v)
			}
		}
	}
	return out
}

const (
	sdn21 = "sanctions/ofac_sdn_2021-07-07_watchman.csv"
	alt21 = "sanctions/ofac_alt_2021-07-07_watchman.csv"
	add21 = "sanctions/ofac_add_2021-07-07_watchman.csv"
	sdn23 = "sanctions/ofac_sdn_2023-01-21_sancbook.csv"
	add23 = "sanctions/ofac_add_2023-01-21_sancbook.csv"
)

func TestRealFiles(t *testing.T) {
	for _, c := range []struct {
		name, format                     string
		files                            []string
		read, rejected, problems, headed int // headed: how many header rows the files have
		schemata                         map[string]int
	}{
		{"OFAC 2021", OFACCSV, []string{sdn21, alt21, add21}, 34726, 3, 98, 0,
			map[string]int{"Airplane": 277, "CryptoWallet": 80, "LegalEntity": 4, "Organization": 3689, "Person": 4620, "Sanction": 10759, "UnknownLink": 3390, "Vessel": 406}},
		{"OFAC 2023", OFACCSV, []string{sdn23, add23}, 27802, 2, 0, 2, nil},
		{"EU annex", EUAnnex, []string{"sanctions/eu_32017R2063_venezuela.csv"}, 69, 0, 0, 1, map[string]int{"Person": 69, "Sanction": 69}},
		{"1260H", DoD1260H, []string{"sanctions/us_dod_1260H_chinese_military_companies.csv"}, 397, 0, 0, 1, map[string]int{"Company": 283, "Ownership": 162, "Sanction": 397}},
		{"China", ChinaCSV, []string{"sanctions/cn_countersanctions_opensanctions.csv"}, 610, 0, 0, 1, map[string]int{"Company": 367, "Organization": 37, "Person": 188, "Sanction": 610}},
		{"AidData", AidData, []string{"finance/aiddata_gcdf2_projects_with_geodata.csv"}, 3325, 0, 13, 1, map[string]int{"Organization": 2200, "Project": 3325, "ProjectParticipant": 10608}},
		{"AidData tables", AidDataTables, []string{"finance/aiddata_huawei.csv", "finance/aiddata_military.csv"}, 611, 0, 9, 2, map[string]int{"Organization": 362, "Project": 611, "ProjectParticipant": 1239}},
		{"AEI", AEI, []string{"finance/aei_cgit_south_america_2005-2021.csv"}, 139, 0, 0, 1, map[string]int{"Agreement": 398, "Company": 154}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			files := shared(t, c.files...)
			if f, err := Detect(files); f != c.format || err != nil {
				t.Errorf("detected as %q: %v", f, err)
			}
			_, a := mustRead(t, c.format, files)
			if a.Read != c.read || a.Rejected != c.rejected {
				t.Errorf("read %d, rejected %d (%v); want %d and %d", a.Read, a.Rejected, a.Reasons, c.read, c.rejected)
			}
			if rows := countRows(t, files) - c.headed; rows != a.Read {
				t.Errorf("the files have %d rows, %d were read", rows, a.Read)
			}
			if c.schemata == nil {
				return
			}
			if d := cmp.Diff(c.schemata, a.Schemata); d != "" {
				t.Errorf("entities (-want +got):\n%s", d)
			}
			if a.Problems != c.problems {
				t.Errorf("%d values were not taken, want %d", a.Problems, c.problems)
			}
		})
	}
}

// countRows counts rows with another reader.
func countRows(t *testing.T, files map[string]Opener) int {
	n := 0
	for _, open := range files {
		f, err := open()
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		r := csv.NewReader(f)
		r.FieldsPerRecord, r.LazyQuotes, r.ReuseRecord = -1, true, true
		for {
			if _, err := r.Read(); err == io.EOF {
				break
			} else if err != nil {
				t.Fatal(err)
			}
			n++
		}
	}
	return n
}

func TestCEIEC(t *testing.T) {
	want := map[string][]string{
		"name":  {"CEIEC"},
		"alias": {"CHINA NATIONAL ELECTRONICS IMPORT AND EXPORT CORPORATION", "CHINA NATIONAL ELECTRONIC IMPORT-EXPORT COMPANY"},
		"address": {"Block A 6-23F, No. 17 Fuxing Road, Haidian District, Beijing 100036, China",
			"Calle Orinoco, Torre Nordic, Piso 6, Las Mercedes, Caracas 1060, Venezuela"},
		"country": {"cn", "ve"}, "jurisdiction": {"cn"}, "registrationNumber": {"16382287"}, "uscCode": {"9111000010000106X1"},
		"website": {"https://www.ceiec.com"}, "topics": {"sanction"},
	}
	for name, files := range map[string][]string{"2021": {sdn21, alt21, add21}, "2023": {sdn23, add23}} {
		t.Run(name, func(t *testing.T) {
			items, _ := mustRead(t, OFACCSV, shared(t, files...))
			got := union(items, "ofac-30502")
			if name == "2023" { // the copy has no aliases
				delete(want, "alias")
			}
			if got == nil {
				t.Fatal("no entry 30502")
			}
			for p := range got.Properties { // of websites it is enough that they are there
				if p == "website" {
					got.Properties[p] = []string{strings.TrimSuffix(got.Properties[p][0], "/")}
				}
			}
			if d := cmp.Diff(want, got.Properties); d != "" {
				t.Errorf("CEIEC (-want +got):\n%s", d)
			}
			s := union(items, "ofac-30502-venezuela")
			if s == nil || s.First("program") != "VENEZUELA" || s.First("entity") != "ofac-30502" || s.First("authority") != ofacAuthority {
				t.Errorf("its sanction is %+v", s)
			}
			for _, i := range items {
				if i.Entity == nil || i.Entity.ID != "ofac-30502" {
					continue
				}
				for _, v := range i.Values {
					if v.Prop == "uscCode" && v.Original != "Unified Social Credit Code (USCC) 9111000010000106X1 (China)" {
						t.Errorf("original of the code is %q", v.Original)
					}
					if v.Prop == "address" && !strings.Contains(v.At.File, "ofac_add") {
						t.Errorf("an address was found at %s", v.At)
					}
				}
			}
		})
	}
}

func TestCEIECInAidData(t *testing.T) {
	items, _ := mustRead(t, AidData, shared(t, "finance/aiddata_gcdf2_projects_with_geodata.csv"))
	names, number, in := map[string]string{}, map[string]string{}, map[string]bool{}
	for _, i := range items {
		switch e := i.Entity; e.Schema {
		case "Organization":
			names[e.ID] = e.First("name")
			if e.First("name") == "China National Electronics Import & Export Corporation" && e.First("alias") != "CEIEC" {
				t.Errorf("its alias is %q", e.First("alias"))
			}
		case "Project":
			number[e.ID] = e.First("projectId")
		}
	}
	for _, i := range items {
		if e := i.Entity; e.Schema == "ProjectParticipant" && strings.Contains(names[e.First("participant")], "Electronics Import") {
			in[number[e.First("project")]] = true
		}
	}
	want := map[string]bool{"34852": true, "33380": true, "43785": true, "59662": true, "64200": true, "64976": true, "53583": true}
	if d := cmp.Diff(want, in); d != "" {
		t.Errorf("projects (-want +got):\n%s", d)
	}
	for _, n := range names {
		if strings.HasPrefix(n, "Unspecified") {
			t.Errorf("%q is taken for an organisation", n)
		}
	}
}
