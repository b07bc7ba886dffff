package series_test

import (
	"fmt"
	"testing"

	"veedor/internal/measure/series"
	"veedor/internal/measure/verdict"
)

// filter makes the traits of a network that tests n targets and restricts those of the list by one rule,
// with one failure and forged answer.
func filter(asn uint32, n int, rule, failure, answer string, restricted func(i int) bool) []verdict.Trait {
	var out []verdict.Trait
	for i := range n {
		t := verdict.Trait{ASN: asn, CC: "XA", Target: fmt.Sprintf("s%d.example", i), Category: []string{"NEWS", "HUMR", "GAME"}[i%3], N: 5}
		add := func(kind verdict.TraitKind, value string) {
			if value != "" {
				t.Kind, t.Value = kind, value
				out = append(out, t)
			}
		}
		if !restricted(i) {
			add(verdict.TraitTested, "free")
			continue
		}
		add(verdict.TraitTested, "blocked")
		add(verdict.TraitMechanism, rule)
		add(verdict.TraitFailure, failure)
		add(verdict.TraitAnswer, answer)
	}
	return out
}

func TestCompare(t *testing.T) {
	news := func(i int) bool { return i%3 == 0 && i < 90 }
	games := func(i int) bool { return i%3 == 2 && i < 90 }
	all := series.Signatures(append(append(append(
		filter(64496, 120, "dns_bogon", "tcp generic_timeout_error", "10.10.34.35", news),
		filter(64497, 120, "dns_bogon", "tcp generic_timeout_error", "10.10.34.35", news)...),
		filter(64500, 120, "tls_failure_ctrl_ok", "tls connection_reset", "", games)...),
		filter(64504, 120, "dns_bogon", "tcp generic_timeout_error", "10.10.34.35", func(i int) bool { return i < 3 })...))
	twins := series.Compare(all[64496], all[64497])
	if !twins.Comparable || twins.Similarity < 0.99 || twins.Low > twins.Similarity+1e-9 || twins.High < twins.Similarity-1e-9 {
		t.Errorf("twins: %+v", twins)
	}
	strangers := series.Compare(all[64496], all[64500])
	if !strangers.Comparable || strangers.Similarity > 0.2 {
		t.Errorf("strangers: %v %v", strangers.Comparable, strangers.Similarity)
	}
	for _, d := range strangers.Dimensions {
		switch d.Name {
		case "answer", "fingerprint":
			if d.Comparable || d.Why != "none" {
				t.Errorf("%s: %+v", d.Name, d)
			}
		case "list", "mechanism":
			if !d.Comparable || d.Similarity > 0.1 {
				t.Errorf("%s: %+v", d.Name, d)
			}
		}
	}
	few := series.Compare(all[64496], all[64504])
	if few.Comparable {
		t.Errorf("three targets were compared: %+v", few)
	}
	again := series.Compare(all[64497], all[64496])
	if again.Similarity != twins.Similarity {
		t.Errorf("%v one way, %v the other", twins.Similarity, again.Similarity)
	}
}
