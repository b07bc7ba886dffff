package web

import (
	"net/http"

	"veedor/internal/measure/verdict"
)

// rulesPage is the rule set as its data says it: an index of layers, or one layer's rules.
type rulesPage struct {
	base
	Layers []ruleLayer
	Layer  verdict.Layer // the one shown; "" for the index
	Rules  []verdict.Rule
}

// ruleLayer is a layer and how many rules it has.
type ruleLayer struct {
	Layer verdict.Layer
	Count int64
}

func (s *site) rulesPage(r *request) error {
	p := rulesPage{base: r.base(r.words().get("rules.title")), Layers: s.ruleLayers()}
	return r.render(http.StatusOK, "rules", p)
}

// ruleLayers lists the layers in the order in which their rules stand.
func (s *site) ruleLayers() []ruleLayer {
	var out []ruleLayer
	for _, rule := range s.AllRules {
		if n := len(out); n == 0 || out[n-1].Layer != rule.Layer {
			out = append(out, ruleLayer{Layer: rule.Layer})
		}
		out[len(out)-1].Count++
	}
	return out
}

func (s *site) rulesOf(r *request) error {
	p := rulesPage{Layers: s.ruleLayers(), Layer: verdict.Layer(r.PathValue("layer"))}
	for _, rule := range s.AllRules {
		if rule.Layer == p.Layer {
			p.Rules = append(p.Rules, rule)
		}
	}
	if len(p.Rules) == 0 {
		return r.missing()
	}
	p.base = r.base(r.words().get("rules.of", r.words().get("layer."+string(p.Layer))))
	return r.render(http.StatusOK, "rules", p)
}

// ruleHref returns the address of a rule: its place on its layer's page.
func (s *site) ruleHref(lang, id string) string {
	if rule, ok := s.rules[id]; ok {
		return prefix(lang) + "/rules/" + string(rule.Layer) + "#" + id
	}
	return prefix(lang) + "/rules" // of another rule set
}
