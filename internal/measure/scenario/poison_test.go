package scenario_test

import (
	"reflect"
	"testing"

	"veedor/internal/measure/ooni"
	"veedor/internal/measure/scenario"
)

// TestPoison: so many honest and forged ones as asked for, in order, of one site, from sessions that
// are either honest or forged.
func TestPoison(t *testing.T) {
	const honest, forged, sessions = 400, 120, 9
	told := scenario.Poison(1, honest, forged, sessions)
	if !reflect.DeepEqual(told, scenario.Poison(1, honest, forged, sessions)) {
		t.Error("the same seed gave something else")
	}
	if reflect.DeepEqual(told, scenario.Poison(2, honest, forged, sessions)) {
		t.Error("another seed gave the same")
	}
	f := facts(t)
	reports, probes, lies, networks := map[bool]map[string]bool{true: {}, false: {}}, map[bool]map[string]bool{true: {}, false: {}}, map[string]int{}, map[int]bool{}
	blocked, before := 0, ""
	for _, m := range told {
		d, _ := flatten(t, f, m.Line)
		nothingReal(t, m.Line)
		if d.Input[0] != scenario.PoisonedSite || ooni.ParseASN(d.ProbeASN) != uint32(m.Network) || m.Forged != (m.Lie != "") {
			t.Fatalf("%s, %s: %+v", d.Input, d.ProbeASN, m)
		}
		if d.MeasurementStartTime < before {
			t.Error("not in the order of time")
		}
		before = d.MeasurementStartTime
		reports[m.Forged][d.ReportID], probes[m.Forged][d.ProbeID], networks[m.Network] = true, true, true
		lies[m.Lie]++
		// The truth fails where the site is restricted, and nowhere else.
		if works := d.TestKeys.HTTPExperimentFailure == nil; !m.Forged && works == m.Blocked {
			t.Errorf("an honest measurement says otherwise than its network does: %.400s", m.Line)
		}
		if m.Blocked && !m.Forged {
			blocked++
		}
	}
	if len(told) != honest+forged || lies[""] != honest || len(lies) != 4 || len(networks) != 5 || blocked < honest/3 || blocked > honest*4/5 {
		t.Errorf("%d measurements, lies %v, networks %v, %d blocked", len(told), lies, networks, blocked)
	}
	if len(probes[true]) != sessions || len(reports[true]) != sessions || len(reports[false]) != len(probes[false]) || len(probes[false]) < honest/8 {
		t.Errorf("%d forged sessions, %d honest", len(probes[true]), len(probes[false]))
	}
	for id := range probes[true] {
		if probes[false][id] {
			t.Error("a session is both honest and forged")
		}
	}
	if n := len(scenario.Poison(1, 5, 3, 0)); n != 8 {
		t.Errorf("%d measurements without sessions", n)
	}
}
