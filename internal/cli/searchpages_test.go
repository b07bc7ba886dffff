package cli

import (
	"regexp"
	"testing"
)

// TestWeighPages: the invented case, loaded and published by the commands that a newcomer is told, has pages that are
// found by search and that pass axe where that is at hand (VEEDOR_AXE, the path of axe.min.js).
func TestWeighPages(t *testing.T) {
	data := t.TempDir()
	runMain(t, "--data", data, "case", "load", "../../cases/borduna", "--publish")
	if out := runMain(t, "--data", data, "search", "--public", "equipo", "kind:claim"); !regexp.MustCompile(`(?s)/claim/borduna\.4-equipment.*1 found`).MatchString(out) {
		t.Errorf("search: %s", out)
	}
	status := regexp.MustCompile(`/claim/borduna\.4-equipment/status/[0-9]+`).FindString(runMain(t, "--data", data, "page", "/claim/borduna.4-equipment"))
	if status == "" {
		t.Error("the claim's page has no state that stays")
	}
	t.Run("axe", func(t *testing.T) {
		axe(t, data, "/claims", "/claim/borduna.4-equipment", "/claim/borduna.4-equipment/said", "/claim/borduna.4-equipment/history", status, "/cases", "/es/case/borduna", "/case/borduna/facts", "/case/borduna/actors", "/items", "/es/item/borduna.faro", "/sources", "/source/borduna-faro",
			"/frames", "/es/frame/borduna.control", "/search", "/search?q=filtro", "/search?q=nothing+of+the+kind", "/")
	})
}
