package verdict_test

import (
	"os"
	"strings"
	"testing"

	"veedor/internal/measure/verdict"
)

// TestDocument: the rules' document is the rules.
func TestDocument(t *testing.T) {
	const path = "../../../docs/format/rules.md"
	want := verdict.Document()
	if os.Getenv("VEEDOR_GOLDEN") != "" {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil || string(got) != want {
		t.Errorf("docs/format/rules.md is not what the rules say (%v); run: make golden", err)
	}
	for _, r := range verdict.Rules() {
		if n := strings.Count(want, "### `"+r.ID+"`"); n != 1 {
			t.Errorf("%s is there %d times", r.ID, n)
		}
	}
}

// TestFitted: what labelled data say never turns a rule against its own outcome, and every interval
// holds its ratio.
func TestFitted(t *testing.T) {
	if len(verdict.Corpus()) == 0 {
		t.Error("fitted.tsv does not name its corpora")
	}
	fitted := 0
	for _, r := range verdict.Rules() {
		if r.Seen.OfRestricted > 0 {
			fitted++
		}
		switch {
		case r.Evidence != verdict.Scored && (r.Likelihood != 1 || r.Low != 1 || r.High != 1):
			t.Errorf("%s is not scored and has a ratio", r.ID)
		case r.Evidence == verdict.Scored && (r.Low >= r.High || r.Likelihood < r.Low || r.Likelihood > r.High):
			t.Errorf("%s: %g is not between %g and %g", r.ID, r.Likelihood, r.Low, r.High)
		case r.Evidence == verdict.Scored && r.Outcome == verdict.Blocked && r.Low < 0.5, r.Outcome == verdict.OK && r.Low > 1:
			t.Errorf("%s says %s, and data say otherwise: %g (%g to %g), %+v", r.ID, r.Outcome, r.Likelihood, r.Low, r.High, r.Seen)
		}
	}
	if fitted < 40 {
		t.Errorf("%d rules were fitted on data", fitted)
	}
}
