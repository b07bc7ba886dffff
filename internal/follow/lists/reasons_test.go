package lists

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"veedor/internal/phrase"
)

// TestReasons: each reason can be told from all others, and Reasons leaves none out.
func TestReasons(t *testing.T) {
	g := &phrase.Grammar{Heads: Reasons()}
	fill := map[string]string{"number": "12", "word": "Company:name", "quoted": `"gopher"`}
	ids := map[string]bool{}
	for _, f := range g.Heads {
		if ids[f.ID] {
			t.Errorf("%s is there twice", f.ID)
		}
		ids[f.ID] = true
		var values []string
		for _, b := range f.Blanks() {
			v, ok := fill[b]
			if !ok {
				v = "empty; no figures"
			}
			values = append(values, v)
		}
		if got := g.Read(f.Say(values...)); len(got) != 1 || got[0].Form.Say(got[0].Values...) != f.Say(values...) || got[0].Form.Text() != f.Text() {
			t.Errorf("%s: %q is read as %v", f.ID, f.Say(values...), got)
		}
	}
	made := 0
	for _, dir := range []string{".", "../ftm"} {
		src, err := os.ReadFile(filepath.Join(dir, "reasons.go"))
		if err != nil {
			t.Fatal(err)
		}
		made += bytes.Count(src, []byte("phrase.New("))
	}
	if made != len(g.Heads) {
		t.Errorf("%d reasons are made and %d are listed", made, len(g.Heads))
	}
}
