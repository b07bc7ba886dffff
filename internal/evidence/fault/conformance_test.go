package fault

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestConformanceFaults runs the public validator of WACZ (PyPI wacz) over the same faults, beside ours. Those of
// signatures that only a reader's trust can find are left out: it has no policy.
func TestConformanceFaults(t *testing.T) {
	if os.Getenv("VEEDOR_CONFORMANCE") != "1" {
		t.Skip("set VEEDOR_CONFORMANCE=1 to compare with PyPI wacz")
	}
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip("needs python3")
	}
	dir := filepath.Join(cmp.Or(os.Getenv("VEEDOR_CACHE"), filepath.Join(os.TempDir(), "veedor-conformance")), "fault")
	python := filepath.Join(dir, "venv/bin/python")
	if _, err := os.Stat(python); err != nil {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		for _, c := range [][]string{{"python3", "-m", "venv", filepath.Join(dir, "venv")}, {filepath.Join(dir, "venv/bin/pip"), "install", "-q", "wacz==0.6.0"}} {
			if out, err := exec.Command(c[0], c[1:]...).CombinedOutput(); err != nil {
				os.RemoveAll(filepath.Join(dir, "venv"))
				t.Skipf("%s: %s\n%s", strings.Join(c, " "), err, out)
			}
		}
	}
	w, err := NewWorkshop(1)
	if err != nil {
		t.Fatal(err)
	}
	files, ours := t.TempDir(), map[string]bool{}
	for _, f := range Faults() {
		if f.Kind != KindWACZ || len(f.WACZ) == 0 {
			continue
		}
		p, err := f.Make(w)
		if err != nil {
			t.Fatal(err)
		}
		class, _ := p.check(context.Background())
		ours[f.Name] = class != ""
		if err := os.WriteFile(filepath.Join(files, f.Name+".wacz"), p.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var said bytes.Buffer
	cmd := exec.Command(python, "testdata/validate.py", files)
	cmd.Stdout, cmd.Stderr = &said, os.Stderr
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	count, mine := map[string]int{}, 0
	for s := bufio.NewScanner(&said); s.Scan(); {
		name, result, _ := strings.Cut(s.Text(), ".wacz ")
		count[result]++
		if ours[name] {
			mine++
		} else {
			t.Errorf("%s: ours accepts it, PyPI wacz: %s", name, result)
		}
		t.Logf("%-28s PyPI wacz: %s", name, result)
	}
	n := count["accepted"] + count["rejected"] + count["crashed"]
	if n != len(ours) {
		t.Errorf("PyPI wacz answered for %d of %d", n, len(ours))
	}
	t.Logf("of %d packages with one fault, ours rejects %d; PyPI wacz rejects %d, fails with an exception on %d and accepts %d", n, mine, count["rejected"], count["crashed"], count["accepted"])
}
