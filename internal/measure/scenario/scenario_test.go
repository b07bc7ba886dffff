package scenario_test

import (
	"bytes"
	"crypto/sha256"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"testing"

	"veedor/internal/measure/obs"
	"veedor/internal/measure/ooni"
	"veedor/internal/measure/refdata"
	"veedor/internal/measure/scenario"
	"veedor/internal/measure/verdict"
)

// TestCases: each case is judged as the catalogue says it must be.
func TestCases(t *testing.T) {
	db, err := refdata.Open("")
	if err != nil {
		t.Fatal(err)
	}
	names, states := map[string]bool{}, map[verdict.State]bool{}
	layers := map[verdict.Layer]bool{}
	for _, c := range scenario.Cases() {
		t.Run(c.Name, func(t *testing.T) {
			if names[c.Name] {
				t.Error("the name is there twice")
			}
			names[c.Name], states[c.State] = true, true
			raw := c.JSON()
			m, err := ooni.Decode(raw)
			if err != nil || len(m.Defects) > 0 {
				t.Fatal(err, m)
			}
			start, _ := m.Start()
			facts := db.AsOf(start)
			rows, _ := obs.Flatten(nil, nil, m, obs.Identity{UID: obs.UID(m, sha256.Sum256(raw))}, facts)
			got := verdict.Judge(nil, rows, facts, nil)
			var want []string
			for _, l := range c.Layers {
				want = append(want, string(l))
				layers[l] = true
			}
			if all := got[0]; all.State != c.State || !slices.Equal(all.Layers, want) || !all.Invented {
				t.Errorf("got %s %v by %s, invented %v; want %s %v", all.State, all.Layers, all.Rule, all.Invented, c.State, want)
				for _, r := range got[1:] {
					t.Logf("%s: %q on %q: %q", r.Layer, r.Rules, r.Subjects, r.Facts)
				}
			}
		})
	}
	if len(states) != 4 || len(layers) < 4 || len(names) < 20 {
		t.Errorf("%d cases, %d states, %d layers", len(names), len(states), len(layers))
	}
}

// TestNettestsJudged: the nettests' and the slow transfers' cases are judged as a careful judge would.
func TestNettestsJudged(t *testing.T) {
	facts := facts(t)
	for _, c := range append(scenario.Nettests(), scenario.Throttled()...) {
		t.Run(c.Name, func(t *testing.T) {
			_, rows := flatten(t, facts, c.JSON())
			got := verdict.Judge(nil, rows, facts, nil)
			all := got[0]
			var want []string
			for _, l := range c.Layers {
				want = append(want, string(l))
			}
			throttled := slices.Contains(all.Layers, string(verdict.Throttling))
			switch {
			case all.State != c.State && !slices.Contains(c.Also, all.State), c.Label != "" && all.Label != c.Label, all.State == c.State && !c.Throttled && !slices.Equal(all.Layers, want),
				c.Interference && len(all.Interference) == 0, c.Throttled != throttled:
				t.Errorf("got %s %s %v by %s, interference %v; want %s or %v, %s, %v, interference %v, throttled %v: %s", all.State, all.Label, all.Layers, all.Rule, all.Interference,
					c.State, c.Also, c.Label, want, c.Interference, c.Throttled, c.Expect)
				t.Logf("%q %q", all.Rules, all.Facts)
				for _, r := range got[1:] {
					t.Logf("%s: %q on %q: %q", r.Layer, r.Rules, r.Subjects, r.Facts)
				}
			}
		})
	}
}

// TestSample: the same bytes each time, and nothing of the real world in them.
func TestSample(t *testing.T) {
	a := scenario.Sample()
	if !bytes.Equal(a, scenario.Sample()) {
		t.Error("two samples differ")
	}
	for _, host := range regexp.MustCompile(`https?://([^/"?]+)`).FindAllSubmatch(a, -1) {
		name, _, _ := strings.Cut(string(host[1]), ":")
		if _, err := netip.ParseAddr(name); err != nil && !strings.HasSuffix(name, ".example") && !services.MatchString(name) {
			t.Errorf("a name that may exist: %s", host[1])
		}
	}
	for _, ip := range regexp.MustCompile(`\b\d+\.\d+\.\d+\.\d+\b`).FindAll(a, -1) {
		s := string(ip)
		if !strings.HasPrefix(s, "192.0.2.") && !strings.HasPrefix(s, "198.51.100.") && !strings.HasPrefix(s, "203.0.113.") && s != "127.0.0.1" && s != "10.66.66.66" {
			t.Errorf("an address that may exist: %s", s)
		}
	}
	for _, asn := range regexp.MustCompile(`AS(\d+)`).FindAllSubmatch(a, -1) {
		if !strings.HasPrefix(string(asn[1]), "64") {
			t.Errorf("a network that may exist: AS%s", asn[1])
		}
	}
}
