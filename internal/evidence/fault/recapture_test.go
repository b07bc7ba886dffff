package fault

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRecapture(t *testing.T) {
	langs, kinds := map[string]int{}, map[string]int{}
	for n := range 5 * len(RecaptureKinds()) {
		r := NewRecapture(7, n)
		if diff := cmp.Diff(r, NewRecapture(7, n)); diff != "" {
			t.Fatalf("%d: made twice, it differs: %s", n, diff)
		}
		langs[r.Lang]++
		kinds[r.Kind]++
		said := string([]rune(r.Old)[r.Start:r.End])
		says := string([]rune(r.New)[r.From:r.To])
		if said == "" || strings.ContainsAny(r.Old+r.New, open+close) {
			t.Errorf("%d %s: nothing is quoted, or a mark is left", n, r.Kind)
		}
		switch r.Truth {
		case Verbatim, Moved:
			if r.Kind != "typography" && squeeze(said) != squeeze(says) {
				t.Errorf("%d %s: said to be verbatim: %q, %q", n, r.Kind, said, says)
			}
		case Edited:
			if says == "" || squeeze(said) == squeeze(says) {
				t.Errorf("%d %s: said to be edited: %q, %q", n, r.Kind, said, says)
			}
		case Gone:
			if says != "" {
				t.Errorf("%d %s: said to be gone: %q", n, r.Kind, says)
			}
		}
	}
	if len(langs) != 5 || len(kinds) != len(RecaptureKinds()) {
		t.Errorf("languages %v, kinds %v", langs, kinds)
	}
}
