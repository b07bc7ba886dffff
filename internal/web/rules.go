package web

import (
	"net/http"
	"slices"

	"veedor/internal/measure/verdict"
)

// rulesPage is the rule set as its data says it.
type rulesPage struct {
	base
	Basis  string // where the weights of all rules come from; "" when it differs
	Layers []ruleLayer
}

type ruleLayer struct {
	Layer verdict.Layer
	Rules []verdict.Rule
}

func (s *site) rulesPage(r *request) error {
	p := rulesPage{base: r.base(r.words().get("rules.title"))}
	at := map[verdict.Layer]int{}
	for _, rule := range s.AllRules {
		i, ok := at[rule.Layer]
		if !ok {
			i = len(p.Layers)
			at[rule.Layer] = i
			p.Layers = append(p.Layers, ruleLayer{Layer: rule.Layer})
		}
		p.Layers[i].Rules = append(p.Layers[i].Rules, rule)
	}
	if n := len(s.AllRules); n > 0 && !slices.ContainsFunc(s.AllRules, func(r verdict.Rule) bool { return r.Basis != s.AllRules[0].Basis }) {
		p.Basis = s.AllRules[0].Basis
	}
	return r.render(http.StatusOK, "rules", p)
}
