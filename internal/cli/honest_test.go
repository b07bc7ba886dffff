package cli

import (
	"bytes"
	"testing"

	"veedor/internal/measure/scenario"
	"veedor/internal/measure/verdict"
)

// TestFalseAccusations: of a thousand honest measurements that look like blocking at most one is accused.
func TestFalseAccusations(t *testing.T) {
	var lines [][]byte
	for line := range scenario.Rotating(1, 2000, nil) {
		lines = append(lines, bytes.Clone(line))
	}
	j, err := judgeTogether(t.Context(), lines, 0)
	if err != nil {
		t.Fatal(err)
	}
	accused, working := 0, 0
	for _, all := range j.settled[1000:] {
		switch all.State {
		case verdict.Blocked:
			accused++
			t.Logf("%s: %s", all.Rule, all.Target)
		case verdict.OK:
			working++
		}
	}
	if accused > 1 || working < 900 {
		t.Errorf("%d accused, %d found reachable", accused, working)
	}
}

// TestPoison: fewer sessions than must agree change nobody's verdict, however much they send; and the
// honest measurements are judged right in the first place.
func TestPoison(t *testing.T) {
	for _, k := range []int{3, 5} {
		for _, f := range [][2]int{{1, 1}, {10, 1}, {200, k - 1}} {
			for seed := range uint64(3) {
				n, err := poisoned(t.Context(), seed, 100, f[0], f[1], k)
				if err != nil {
					t.Fatal(err)
				}
				if n > 0 {
					t.Errorf("%d forged measurements by %d sessions changed %d of 100 honest verdicts (%d must agree)", f[0], f[1], n, k)
				}
			}
		}
	}
	if n, err := poisoned(t.Context(), 1, 100, 400, 40, 3); err != nil || n == 0 {
		t.Errorf("forty sessions changed %d verdicts: the forged ones are not forged, or nobody is heard (%v)", n, err)
	}
	told := scenario.Poison(1, 100, 0, 0)
	var lines [][]byte
	for _, m := range told {
		lines = append(lines, m.Line)
	}
	j, err := judgeTogether(t.Context(), lines, 3)
	if err != nil {
		t.Fatal(err)
	}
	right := 0
	for i, all := range j.settled {
		if (all.State == verdict.Blocked) == told[i].Blocked {
			right++
		}
	}
	if right < 95 {
		t.Errorf("%d of 100 honest measurements are judged right", right)
	}
}
