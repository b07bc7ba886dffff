package ooni

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// sharedData returns the folder of real measurements beside the repository, and skips the test where
// it is not there.
func sharedData(t testing.TB, name string) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("no go.mod above this package")
		}
		dir = filepath.Dir(dir)
	}
	path := filepath.Join(filepath.Dir(dir), "shared", "data", "ooni", name)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("the real measurements are not here: %v", err)
	}
	return path
}

// outcome is what became of a file's records.
type outcome struct {
	kept     int
	defects  []string
	rejected []string // reasons
}

// readFile reads a file as ingest does: Lines, Decode, Scrub, Decode.
func readFile(t *testing.T, path string) outcome {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var got outcome
	err = Lines(f, filepath.Base(path), func(l Line) error {
		if l.Err != nil {
			got.rejected = append(got.rejected, l.Err.Error())
			return nil
		}
		m, err := Decode(l.Data)
		if err != nil {
			got.rejected = append(got.rejected, err.Error())
			return nil
		}
		if clean, changed := Scrub(l.Data, m); changed {
			if m, err = Decode(clean); err != nil {
				t.Errorf("%s: no measurement any more once scrubbed: %v", path, err)
				return nil
			}
		}
		if m.ProbeIP != "" && m.ProbeIP != "127.0.0.1" {
			t.Errorf("%s: probe_ip is still %q", path, m.ProbeIP)
		}
		got.kept++
		got.defects = append(got.defects, m.Defects...)
		return nil
	})
	if err != nil {
		t.Errorf("%s: %v", path, err)
	}
	return got
}

func TestRealReports(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(sharedData(t, "raw_reports"), "*"))
	if err != nil || len(files) != 48 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, path := range files {
		name := filepath.Base(path)
		got := readFile(t, path)
		for _, d := range got.defects {
			t.Logf("%s: defect: %s", name, d)
		}
		switch name {
		case "detector_query_ww_BR_2018.json": // rows of a database
			if got.kept != 0 || len(got.rejected) < 100 {
				t.Errorf("%s: kept %d, rejected %d", name, got.kept, len(got.rejected))
			}
			for _, why := range got.rejected {
				if why != ErrSummary.Error() {
					t.Errorf("%s: rejected for %q", name, why)
					break
				}
			}
			t.Logf("%s: %d rows rejected: %s", name, len(got.rejected), got.rejected[0])
		case "VE_AS8048_20151113_multi_protocol_traceroute_from_spec.md": // a page
			if got.kept != 0 || len(got.rejected) != 1 || !strings.Contains(got.rejected[0], `begins with "## Example output sample"`) {
				t.Errorf("%s: kept %d, rejected %q", name, got.kept, got.rejected)
			}
		default:
			if got.kept == 0 || len(got.rejected) > 0 {
				t.Errorf("%s: kept %d, rejected %q", name, got.kept, got.rejected)
			}
		}
	}
}

func TestScenariosDecodeWithoutDefect(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(sharedData(t, "scenarios"), "*.json"))
	if err != nil || len(files) != 35 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, path := range files {
		got := readFile(t, path)
		if got.kept != 1 || len(got.rejected)+len(got.defects) > 0 {
			t.Errorf("%s: kept %d, rejected %q, defects %q", filepath.Base(path), got.kept, got.rejected, got.defects)
		}
	}
}
