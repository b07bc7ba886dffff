package verdict

import "slices"

// RuleSet is the version of the rules; it changes whenever a verdict could.
const RuleSet = "2026.11.2"

// prior marks likelihood ratios that were set by hand; fitted ones will name their corpus.
const prior = "set by hand before fitting (2026-11)"

// rule is a Rule with the condition under which it fires on a step. Conditions are tried in order
// and the first that holds fires, so each may rely on those before it having failed.
type rule struct {
	Rule
	when func(*step) bool
}

// Rules returns every rule, in the order they are tried within their layer.
func Rules() []Rule {
	out := make([]Rule, 0, len(rules))
	for i := range rules {
		out = append(out, rules[i].Rule)
	}
	return out
}

// Lookup returns the rule called id.
func Lookup(id string) (Rule, bool) {
	for i := range rules {
		if rules[i].ID == id {
			return rules[i].Rule, true
		}
	}
	return Rule{}, false
}

func always(*step) bool { return true }

// rules is the whole rule set: data, in order. Layers are tried apart from one another.
var rules = weighed(slices.Concat(dnsRules, tcpRules, tlsRules, quicRules, httpRules, throttlingRules, wholeRules))

// of holds where in rules each layer's begin and end.
var of = map[Layer][]rule{DNS: part(DNS), TCP: part(TCP), TLS: part(TLS), QUIC: part(QUIC), HTTP: part(HTTP), Throttling: part(Throttling), All: part(All)}

// part returns the rules of a layer, which stand together.
func part(l Layer) []rule {
	from := slices.IndexFunc(rules, func(r rule) bool { return r.Layer == l })
	to := from
	for to < len(rules) && rules[to].Layer == l {
		to++
	}
	return rules[from:to]
}
