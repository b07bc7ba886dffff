package scenario_test

import (
	"bytes"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"veedor/internal/measure/scenario"
)

// TestRotating: the same lines for a seed, nothing real in them, and all that honest networks do.
func TestRotating(t *testing.T) {
	const n = 3000
	f := facts(t)
	next, stop := iter.Pull(scenario.Rotating(1, n, nil))
	defer stop()
	distinct, odd, versions, schemes := map[string]bool{}, map[string]int{}, map[string]int{}, map[string]int{}
	lines := 0
	for line := range scenario.Rotating(1, n, nil) {
		if again, ok := next(); !ok || !bytes.Equal(line, again) {
			t.Fatal("the same seed gave another line")
		}
		m, _ := flatten(t, f, line)
		if lines%50 == 0 {
			nothingReal(t, line)
		}
		lines++
		distinct[string(line)] = true
		versions[m.TestVersion[:3]]++
		scheme, _, _ := strings.Cut(m.Input[0], ":")
		schemes[scheme]++
		for what := range strings.SplitSeq(m.Annotations["veedor_odd"], ",") {
			odd[what]++
		}
	}
	if lines != n || len(distinct) != n {
		t.Errorf("%d lines, %d of them distinct", lines, len(distinct))
	}
	if plain := odd[""] * 100 / n; plain < 40 || plain > 75 {
		t.Errorf("%d%% are plain", plain)
	}
	for _, what := range strings.Fields("other_addresses other_network provider_cache ipv6_broken other_country other_language challenged helper_challenged no_control expired " +
		"server_down server_busy one_server_down resolver_down server_down_for_helper server_busy_for_helper name_server_down_for_helper") {
		if odd[what] == 0 {
			t.Errorf("no measurement is %s", what)
		}
	}
	if versions["0.4"] < n/2 || versions["0.5"] < n/10 || schemes["http"] < n/10 || schemes["https"] < n/3 {
		t.Errorf("versions %v, schemes %v", versions, schemes)
	}
	t.Log(odd)
	for line := range scenario.Rotating(2, 1, nil) {
		if distinct[string(line)] {
			t.Error("another seed gave the same line")
		}
	}
	for range scenario.Rotating(1, 10, nil) {
		break // a reader may stop at any time
	}
}

// shapes returns the published measurements that are at hand.
func shapes(t testing.TB) (out [][]byte) {
	for _, dir := range []string{"raw_reports", "scenarios"} {
		files, err := filepath.Glob("../../../../shared/data/ooni/" + dir + "/*.json")
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, b)
		}
	}
	if len(out) == 0 {
		t.Skip("no published measurements")
	}
	return out
}

// TestRotatingShapes: with real shapes come their programs and pages, and none of their places.
func TestRotatingShapes(t *testing.T) {
	f, software := facts(t), map[string]bool{}
	for line := range scenario.Rotating(1, 500, shapes(t)) {
		m, _ := flatten(t, f, line)
		software[m.SoftwareName] = true
		if !slices.Contains([]string{"XA", "XB", "XC"}, m.ProbeCC) || !strings.Contains(m.Input[0], ".example") {
			t.Fatalf("%s, %s", m.ProbeCC, m.Input)
		}
	}
	if software["ooniprobe-ios"] || len(software) < 2 {
		t.Errorf("programs %v", software)
	}
}

func FuzzRotating(f *testing.F) {
	for _, c := range scenario.Cases()[:4] {
		f.Add(c.JSON())
	}
	f.Add([]byte(`{"test_name":"web_connectivity","test_version":"0.4.3","test_keys":{"requests":[{"request":null,"response":{"code":200,"body":"<title>x","headers_list":[["A"],[1,2],["B",{}]]}},7]}}`))
	known := facts(f)
	f.Fuzz(func(t *testing.T, shape []byte) {
		for line := range scenario.Rotating(1, 3, [][]byte{shape}) {
			flatten(t, known, line)
		}
	})
}
