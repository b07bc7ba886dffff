package web

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"veedor/internal/follow/registry"
	"veedor/internal/web/chart"
)

// faceted is what is counted by facets on a page.
type faceted struct {
	of    registry.Facets
	picks []string       // the parameters that choose
	by    map[string]int // the facets that are drawn, and how many values at most
}

func agreementsCounted() faceted {
	return faceted{registry.Agreements, agreementFacets(), map[string]int{registry.BySector: 12, registry.ByYear: 40, registry.ByCountry: 12}}
}

func deploymentsCounted() faceted {
	return faceted{registry.Deployments, deploymentFacets(), map[string]int{registry.ByKind: 8, registry.BySupplier: 8, registry.ByCountry: 8, registry.ByStatus: 8}}
}

// facetFigure is how many there are of each value of a facet.
type facetFigure struct {
	Figure *figure // nil for none
	Others int64   // values beyond
}

// facetChart makes the bars of a facet.
func (s *site) facetChart(k faceted, by string) chartMaker {
	return func(r *request) (*chart.Chart, error) {
		if s.Registry == nil {
			return nil, nil
		}
		pick, _ := r.picked(k.picks)
		c, _, err := r.facetBars(k, pick, by)
		return c, err
	}
}

// facetBars counts what was chosen by one facet; others is how many values there are beyond. nil for none.
func (r *request) facetBars(k faceted, pick registry.Pick, by string) (c *chart.Chart, others int, err error) {
	list, others, err := r.s.Registry.Count(r.Context(), k.of, pick, by, k.by[by])
	if err != nil || len(list) == 0 {
		return nil, others, err
	}
	w := r.words()
	if by == registry.ByYear {
		slices.SortStableFunc(list, func(a, b registry.Count) int { return strings.Compare(a.Value, b.Value) })
	}
	title := "agreements.title"
	if k.of == registry.Deployments {
		title = "deployments.title"
	}
	b := &chart.Bars{Unit: w.get(title)}
	for _, c := range list {
		row := chart.BarRow{Name: r.facetText(k.of, by, c), Value: int64(c.N)}
		if pick[by] == "" && askable(c.Value) {
			row.Href = r.with(map[string]string{by: c.Value, "skip": ""}, "")
		}
		b.Rows = append(b.Rows, row)
	}
	c = r.chart("by-"+by, w.get("chart.facet.title", w.get(title), lowered(w.get("facet.by."+by))), w.get("chart.facet.desc", number(r.lang, int64(len(b.Rows)))), none, "chart.source.registry")
	c.Kind = b
	return c, others, nil
}

// facet draws one facet for a page.
func (r *request) facet(k faceted, pick registry.Pick, by string) (facetFigure, error) {
	c, others, err := r.facetBars(k, pick, by)
	if err != nil || c == nil {
		return facetFigure{}, err
	}
	_, query, _ := strings.Cut(r.with(map[string]string{"skip": ""}, ""), "?")
	return facetFigure{r.figure(c, prefix(r.lang)+strings.TrimPrefix(r.URL.Path, prefix(r.lang))+"/by/"+by, query, k.by[by]), int64(others)}, nil
}

// lowered begins a text with a small letter, for what stands within a sentence.
func lowered(text string) string {
	r, n := utf8.DecodeRuneInString(text)
	return string(unicode.ToLower(r)) + text[n:]
}
