package verdict_test

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"veedor/internal/measure/obs"
	"veedor/internal/measure/ooni"
	"veedor/internal/measure/refdata"
	"veedor/internal/measure/verdict"
)

// shared finds a folder of the test data that lies beside the checkout, or skips.
func shared(t testing.TB, path string) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("no go.mod above the test")
		}
	}
	found := filepath.Join(dir, "..", "shared", "data", path)
	if _, err := os.Stat(found); err != nil {
		t.Skipf("test data %s is not beside the checkout: skipped", path)
	}
	return found
}

func facts(t testing.TB) *refdata.DB {
	t.Helper()
	db, err := refdata.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return db
}

func judge(t testing.TB, db *refdata.DB, raw []byte) ([]obs.Observation, []verdict.Row) {
	t.Helper()
	m, err := ooni.Decode(raw)
	if err != nil {
		t.Fatal(err)
	}
	hash := sha256.Sum256(raw)
	start, _ := m.Start()
	f := db.AsOf(start)
	rows, _ := obs.Flatten(nil, nil, m, obs.Identity{UID: obs.UID(m, hash), Hash: hex.EncodeToString(hash[:])}, f)
	return rows, verdict.Judge(nil, rows, f, nil)
}

// TestScenarios holds the judge to what was really done to each emulated network.
func TestScenarios(t *testing.T) {
	dir := shared(t, "ooni/scenarios")
	tsv, err := os.ReadFile(filepath.Join(dir, "..", "scenarios.truth.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	db := facts(t)
	tried := 0
	for line := range strings.Lines(string(tsv)) {
		cols := strings.Split(strings.TrimRight(line, "\r\n"), "\t")
		if strings.HasPrefix(line, "#") || cols[0] == "scenario" || len(cols) < 3 {
			continue
		}
		tried++
		t.Run(cols[0], func(t *testing.T) {
			raw, err := os.ReadFile(filepath.Join(dir, cols[0]+".json"))
			if err != nil {
				t.Fatal(err)
			}
			rows, got := judge(t, db, raw)
			var want []string
			if cols[2] != "-" {
				want = strings.Split(cols[2], ",")
			}
			all := got[0]
			layers := slices.Clone(all.Layers)
			slices.Sort(want)
			slices.Sort(layers)
			if string(all.State) != cols[1] || !slices.Equal(layers, want) {
				t.Errorf("got %s %v (%s), want %s %v", all.State, layers, all.Rule, cols[1], want)
				for _, r := range got[1:] {
					for i := range r.Rules {
						t.Logf("%s %s: %s on %s: %s", r.Layer, r.State, r.Rules[i], r.Subjects[i], r.Facts[i])
					}
				}
				t.Logf("%d observations", len(rows))
			}
		})
	}
	if tried != 35 {
		t.Errorf("the truth file names %d scenarios, want 35", tried)
	}
}
