package cli

import (
	"regexp"
	"testing"
)

// TestWeighPages: the invented case, loaded and published by the commands that a newcomer is told, has pages that are
// found by search.
func TestWeighPages(t *testing.T) {
	data := t.TempDir()
	runMain(t, "--data", data, "case", "load", "../../cases/borduna", "--publish")
	if out := runMain(t, "--data", data, "search", "--public", "equipo", "kind:claim"); !regexp.MustCompile(`(?s)/claim/borduna\.4-equipment.*1 found`).MatchString(out) {
		t.Errorf("search: %s", out)
	}
	if !regexp.MustCompile(`/claim/borduna\.4-equipment/status/[0-9]+`).MatchString(runMain(t, "--data", data, "page", "/claim/borduna.4-equipment")) {
		t.Error("the claim's page has no state that stays")
	}
}
