package capture

import (
	"testing"

	"veedor/internal/evidence/recorder"
	"veedor/internal/phrase"
)

// TestParts: whatever is said of what a capture has not can be read again.
func TestParts(t *testing.T) {
	g := Parts()
	for n := range 27 {
		res := &recorder.Result{Truncated: make([]recorder.Refusal, n%3), Refusals: make([]recorder.Refusal, n/3%3), Failures: make([]recorder.Refusal, n/9)}
		for _, noBrowser := range []bool{false, true} {
			text := partial(res, noBrowser)
			if got := g.Read(text); text != "" && (got == nil || phrase.Join(got) != text) {
				t.Errorf("%q is read as %v", text, got)
			}
		}
	}
}
