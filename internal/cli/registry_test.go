package cli

import (
	"bytes"
	"encoding/csv"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"veedor/internal/follow/ftm"
	"veedor/internal/follow/match"
	"veedor/internal/follow/registry"
)

// sharedData returns files of the data that is not part of the project.
func sharedData(t *testing.T, names ...string) []string {
	t.Helper()
	var out []string
	for _, n := range names {
		path := filepath.Join("..", "..", "..", "shared", "data", n)
		if _, err := os.Stat(path); err != nil {
			t.Skipf("%s is not there", n)
		}
		out = append(out, path)
	}
	return out
}

func runMain(t *testing.T, args ...string) string {
	t.Helper()
	var out, errs bytes.Buffer
	if code := Main(args, strings.NewReader(""), &out, &errs); code != exitOK {
		t.Fatalf("veedor %s: exit code %d: %s", strings.Join(args, " "), code, errs.String())
	}
	return out.String()
}

// TestFoundingCase: the supplier is found by any of its names, is joined to the projects that name it and to no others, and what
// changed between two states of the list is what a plain comparison of the files says.
func TestFoundingCase(t *testing.T) {
	old := sharedData(t, "sanctions/ofac_sdn_2021-07-07_watchman.csv", "sanctions/ofac_alt_2021-07-07_watchman.csv", "sanctions/ofac_add_2021-07-07_watchman.csv")
	young := sharedData(t, "sanctions/ofac_sdn_2023-01-21_sancbook.csv", "sanctions/ofac_add_2023-01-21_sancbook.csv")
	projects := sharedData(t, "finance/aiddata_gcdf2_projects_with_geodata.csv")
	data := t.TempDir()
	runMain(t, append([]string{"--data", data, "registry", "import", "--date", "2021-07-07"}, old...)...)
	runMain(t, append([]string{"--data", data, "registry", "import", "--date", "2023-01-21"}, young...)...)
	runMain(t, append([]string{"--data", data, "registry", "import"}, projects...)...)
	if again := runMain(t, append([]string{"--data", data, "registry", "import", "--date", "2023-01-21"}, young...)...); !strings.Contains(again, "nothing changed") {
		t.Errorf("imported twice: %s", again)
	}
	r, err := registry.Open(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	t.Run("diff", func(t *testing.T) { plainDiff(t, r, old, young) })
	t.Run("diff as printed", func(t *testing.T) { printedDiff(t, data, old[0], young[0]) })
	t.Run("names", func(t *testing.T) { tenNames(t, r, "ofac-sdn") })
	t.Run("projects", func(t *testing.T) { supplierProjects(t, r, projects[0]) })
	t.Run("names when joined", func(t *testing.T) { tenNames(t, r, "") })
}

// tenNames asks for the supplier in four scripts, in one dataset or ("") in all.
func tenNames(t *testing.T, r *registry.Registry, dataset string) {
	want, _, err := r.Canonical("ofac-30502")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{
		"CEIEC", "C.E.I.E.C.", "China National Electronics Import & Export Corporation", "China National Electronics Import and Export Corp.",
		"Corporación Nacional China de Importación y Exportación de Electrónicos", "China Nat'l Electronic Import-Export Co", "中国电子进出口有限公司", "中國電子進出口總公司",
		"Китайская национальная корпорация по импорту и экспорту электроники", "الشركة الوطنية الصينية لاستيراد وتصدير الإلكترونيات",
	} {
		hits, err := r.Search(t.Context(), match.Entity{Names: []string{name}}, registry.Filter{Dataset: dataset}, 3)
		if err != nil {
			t.Fatal(err)
		}
		if len(hits) == 0 || hits[0].ID != want {
			t.Errorf("%s: not first: %+v", name, hits)
			continue
		}
		t.Logf("%.3f %s", hits[0].Score, name)
	}
}

// supplierProjects decides once for each organisation of the table that is the supplier, and looks which projects it then has.
func supplierProjects(t *testing.T, r *registry.Registry, table string) {
	want := map[string]bool{}
	for _, row := range tableRows(t, table)[1:] {
		if strings.Contains(strings.Join(row, "|"), "CEIEC") {
			want[row[0]] = true
		}
	}
	if len(want) != 7 {
		t.Errorf("the table has %d projects that name it, not 7", len(want))
	}
	decided := 0
	err := r.Entities(t.Context(), "aiddata-geo", "Organization", func(e *ftm.Entity) error {
		if strings.Contains(strings.Join(append(e.Properties["name"], e.Properties["alias"]...), " "), "CEIEC") {
			decided++
			_, err := r.Decide(t.Context(), registry.Decision{At: time.Now(), A: "ofac-30502", B: e.ID, Verdict: registry.Positive, By: "test", Why: "same acronym and name"})
			return err
		}
		return nil
	})
	if err != nil || decided == 0 {
		t.Fatalf("%d decisions, %v", decided, err)
	}
	t.Logf("%d decisions", decided)
	near, err := r.Adjacent(t.Context(), "ofac-30502", 1000)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]bool{}
	for _, l := range near.Links {
		for _, n := range []registry.Node{l.From, l.To} {
			if n.Schema != "Project" {
				continue
			}
			v, err := r.Entity(t.Context(), n.ID)
			if err != nil {
				t.Fatal(err)
			}
			got[v.Entity.First("projectId")] = true
			if len(l.Said) == 0 || l.Said[0].File.Hash == "" || l.Said[0].At.Line == 0 && l.Said[0].At.Record == 0 {
				t.Errorf("no source for %+v", l)
			}
			if p, err := r.Path(t.Context(), "ofac-30502-venezuela", n.ID); err != nil || len(p.Links) != 2 {
				t.Errorf("path from the sanction to %s: %+v, %v", n.Caption, p, err)
			}
		}
	}
	for id := range want {
		if !got[id] {
			t.Errorf("project %s is not joined", id)
		}
	}
	for id := range got {
		if !want[id] {
			t.Errorf("project %s is joined and does not name it", id)
		}
	}
}

// plainDiff compares the rows of the files, and what the registry says changed.
func plainDiff(t *testing.T, r *registry.Registry, old, young []string) {
	states, err := r.States(t.Context(), "ofac-sdn")
	if err != nil || len(states) != 2 {
		t.Fatalf("%d states, %v", len(states), err)
	}
	said := map[string]registry.Change{}
	entry := regexp.MustCompile(`^ofac-[0-9]+$`)
	if err := r.Diff(t.Context(), "ofac-sdn", states[0].ID, states[1].ID, func(c registry.Change) error {
		if entry.MatchString(c.ID) {
			said[c.ID] = c
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	before, after := sdnRows(t, old[0]), sdnRows(t, young[0])
	count := map[string]int{}
	for id, row := range before {
		c, what := said["ofac-"+id], "same"
		switch now, there := after[id]; {
		case !there:
			what = registry.Removed
		case now[1] != row[1]:
			what = "renamed"
		}
		count[what]++
		renamed := false
		for _, s := range c.Statements {
			renamed = renamed || c.What == registry.Changed && s.Prop == "name"
		}
		if (c.What == registry.Removed) != (what == registry.Removed) || renamed != (what == "renamed") {
			t.Errorf("%s is %s, and the registry says %+v", id, what, c)
		}
	}
	for id := range after {
		_, there := before[id]
		if !there {
			count[registry.Added]++
		}
		if got := said["ofac-"+id].What == registry.Added; got == there {
			t.Errorf("%s was there: %v, and the registry says added: %v", id, there, got)
		}
	}
	// An entry whose rows in both files are the same is not said to have changed.
	a, b := addRows(t, old[2]), addRows(t, young[1])
	untouched := 0
	for id, row := range before {
		now, there := after[id]
		if !there || strings.Join(row, "\x00") != strings.Join(now, "\x00") || a[id] != b[id] {
			continue
		}
		untouched++
		if c, ok := said["ofac-"+id]; ok {
			t.Errorf("%s did not change, and the registry says %+v", id, c)
		}
	}
	t.Logf("%v; %d entries untouched; %d changed in other ways", count, untouched, len(said)-count[registry.Added]-count[registry.Removed])
}

// printedDiff: the command says which days it compares, when we learnt of them, and of every entry what the files say.
func printedDiff(t *testing.T, data, old, young string) {
	got := runMain(t, "--data", data, "registry", "diff", "ofac-sdn")
	today := time.Now().UTC().Format("2006-01-02T")
	for _, want := range []string{"(?m)^from state 1 of 2021-07-07, learnt " + today, "(?m)^to state 2 of 2023-01-21, learnt " + today, `(?m)^[0-9]+ added, [0-9]+ removed, [0-9]+ changed$`} {
		if !regexp.MustCompile(want).MatchString(got) {
			t.Errorf("it does not say %s: %.300s", want, got)
		}
	}
	said := map[string]string{}
	for _, m := range regexp.MustCompile(`(?m)^(added|removed|changed) [A-Za-z]+ ofac-([0-9]+): `).FindAllStringSubmatch(got, -1) {
		said[m[2]] = m[1]
	}
	before, after := sdnRows(t, old), sdnRows(t, young)
	for id := range before {
		if _, there := after[id]; !there != (said[id] == registry.Removed) {
			t.Errorf("%s is still there: %v, and it says %q", id, there, said[id])
		}
	}
	for id := range after {
		if _, there := before[id]; !there != (said[id] == registry.Added) {
			t.Errorf("%s was there: %v, and it says %q", id, there, said[id])
		}
	}
}

func tableRows(t *testing.T, path string) [][]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	in := csv.NewReader(f)
	in.FieldsPerRecord, in.LazyQuotes = -1, true
	rows, err := in.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// sdnRows returns the rows of the main table by number, fields trimmed as a reader of them would.
func sdnRows(t *testing.T, path string) map[string][]string {
	out := map[string][]string{}
	for _, row := range tableRows(t, path) {
		if len(row) != 12 || strings.Trim(row[0], "0123456789") != "" || row[0] == "" {
			continue
		}
		for i := range row {
			row[i] = strings.Join(strings.Fields(row[i]), " ")
		}
		out[row[0]] = row
	}
	return out
}

// addRows returns the addresses by number of the entry, sorted by their own number as they stand.
func addRows(t *testing.T, path string) map[string]string {
	out := map[string]string{}
	for _, row := range tableRows(t, path) {
		if len(row) == 6 {
			out[row[0]] += strings.Join(strings.Fields(strings.Join(row[2:], "|")), " ") + "\n"
		}
	}
	return out
}
