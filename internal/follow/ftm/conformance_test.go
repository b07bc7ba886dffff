package ftm

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// python returns a Python that has followthemoney: the one VEEDOR_FTM names, or that of follow/api's clients, which
// has it too.
func python(t *testing.T) string {
	t.Helper()
	if os.Getenv("VEEDOR_CONFORMANCE") == "" {
		t.Skip("compares with PyPI followthemoney; make conformance")
	}
	p := os.Getenv("VEEDOR_FTM")
	if p == "" {
		p = filepath.Join(cmp.Or(os.Getenv("VEEDOR_CACHE"), filepath.Join(os.TempDir(), "veedor-conformance")), "yente", "bin", "python")
	}
	if out, err := exec.Command(p, "-c", "import followthemoney").CombinedOutput(); err != nil {
		t.Skipf("%s has no followthemoney: %s", p, out)
	}
	return p
}

// ask runs a script of testdata with input, and returns its answers, one JSON value a line.
func ask[T any](t *testing.T, script string, input []byte) []T {
	t.Helper()
	args := strings.Fields(script)
	c := exec.Command(python(t), append([]string{filepath.Join("testdata", args[0])}, args[1:]...)...)
	c.Stdin = bytes.NewReader(input)
	c.Stderr = os.Stderr
	out, err := c.Output()
	if err != nil {
		t.Fatal(err)
	}
	var all []T
	s := bufio.NewScanner(bytes.NewReader(out))
	s.Buffer(nil, 1<<24)
	for s.Scan() {
		var v T
		if err := json.Unmarshal(s.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		all = append(all, v)
	}
	return all
}

// vector is a value, and what followthemoney makes of it: nil if it refuses.
type vector struct {
	Prop  string  `json:"prop"`
	Value string  `json:"value"`
	Clean *string `json:"clean"`
}

func (v *vector) check(t *testing.T) bool {
	t.Helper()
	clean, reason := Default().Property(v.Prop).Clean(v.Value)
	switch {
	case v.Clean == nil && reason == "" && strings.HasSuffix(v.Prop, ":country"):
		t.Logf("%s of %q is %q, followthemoney does not know the name (MORE in testdata/facts.py)", v.Prop, v.Value, clean)
	case v.Clean == nil && reason == "":
		t.Errorf("%s of %q is %q, followthemoney refuses it", v.Prop, v.Value, clean)
	case v.Clean != nil && reason != "":
		t.Errorf("%s of %q is refused (%s), followthemoney has %q", v.Prop, v.Value, reason, *v.Clean)
	case v.Clean != nil && *v.Clean != clean:
		t.Errorf("%s of %q is %q, followthemoney has %q", v.Prop, v.Value, clean, *v.Clean)
	default:
		return true
	}
	return false
}

// TestConformCleaning compares a table of several thousand values that testdata/vectors.py makes.
func TestConformCleaning(t *testing.T) {
	vectors := ask[vector](t, "vectors.py", nil)
	right := 0
	for i := range vectors {
		if vectors[i].check(t) {
			right++
		}
	}
	t.Logf("%d of %d values cleaned alike", right, len(vectors))
}

// TestCleaningVectors is the same with a small table that is kept.
func TestCleaningVectors(t *testing.T) {
	b, err := os.ReadFile("testdata/vectors.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		var v vector
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			t.Fatal(err)
		}
		v.check(t)
	}
}
