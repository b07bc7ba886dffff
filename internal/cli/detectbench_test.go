package cli

import (
	"testing"

	"veedor/internal/measure/incidents"
	"veedor/internal/measure/scenario"
	"veedor/internal/measure/series"
)

// TestYear: a small generated year: what was planted is found, and nearly nothing else; what came three days
// late is found as if it had come in time; and a year looked at twice is the same.
func TestYear(t *testing.T) {
	t.Parallel()
	th := series.Provisional()
	y := scenario.NewYear(5, 5000, 40)
	end := int64(scenario.YearFirst + scenario.YearHours)
	f := detectYear(y, th, end, true)
	ours, theirs := compareYear(y, f.incidents), compareYear(y, f.baseline)
	if ours.recall < 0.9 || ours.falses > 8 {
		t.Errorf("recall %.3f, %d false of 60,000 series-months", ours.recall, ours.falses)
	}
	if ours.recall <= theirs.recall || ours.median() >= theirs.median() {
		t.Errorf("recall %.3f and %.3f, delay %.0f and %.0f h", ours.recall, theirs.recall, ours.median(), theirs.median())
	}
	if k := ours.kinds["late"]; k[0] < k[1] {
		t.Errorf("of events with late uploads %d of %d were found", k[0], k[1])
	}
	again := detectYear(y, th, end, false)
	if len(again.incidents) != len(f.incidents) {
		t.Fatalf("%d incidents, then %d", len(f.incidents), len(again.incidents))
	}
	for i := range f.incidents {
		if f.incidents[i].ID != again.incidents[i].ID || f.incidents[i].From != again.incidents[i].From || f.incidents[i].Withdrawn != again.incidents[i].Withdrawn {
			t.Errorf("incident %d differs: %s", i, incidents.Line(&again.incidents[i]))
		}
	}
}
