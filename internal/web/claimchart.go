package web

import (
	"slices"

	"veedor/internal/web/chart"
	"veedor/internal/weigh/cases"
	"veedor/internal/weigh/desk"
)

// claimChart makes the chart of how a claim stood.
func (s *site) claimChart(r *request) (*chart.Chart, error) {
	d := r.reader()
	v, err := r.claimAsked(d)
	if err != nil {
		return nil, err
	}
	var b base
	if err := b.mark(d, &v.Record); err != nil {
		return nil, err
	}
	return r.stoodOver(v, b.Invented), nil
}

// stoodOver draws how a claim stood over time; nil where that never changed.
func (r *request) stoodOver(v *desk.ClaimView, invented share) *chart.Chart {
	if len(v.History) < 2 {
		return nil
	}
	w := r.words()
	order := []string{cases.Supported, cases.Contested, cases.SingleSource, cases.Unverified, cases.Contradicted}
	st := &chart.Steps{}
	for _, name := range order {
		st.Levels = append(st.Levels, w.get("claim."+name))
	}
	for i := range v.History {
		c := &v.History[i]
		stood := r.standing(&c.Standing, c.Standing.Before == "")
		why := ""
		if len(stood.Reasons) > 0 {
			why = stood.Reasons[0]
		}
		st.Moves = append(st.Moves, chart.Step{At: c.At, Level: max(slices.Index(order, stood.Status), 0), Note: why})
	}
	now := st.Levels[st.Moves[len(st.Moves)-1].Level]
	c := r.chart("standing", w.get("chart.claim.title", shorten(r.said(v.Words("text"), 200).Text, 200)), w.get("chart.claim.desc", number(r.lang, int64(len(st.Moves))), now), invented, "chart.source.desk")
	c.Kind = st
	return c
}
