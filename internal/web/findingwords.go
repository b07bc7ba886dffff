package web

import (
	"time"

	"veedor/internal/weigh/cases"
)

// findingAsked words what a question to the measurements is about, and of which days: a question ends before a date, and
// readers are told the last day that it counts.
func (r *request) findingAsked(q cases.Finding, target, where string) string {
	w := r.words()
	from, to := "", ""
	if q.From != "" {
		from = r.dated(string(q.From))
	}
	if q.To != "" {
		to = r.dated(string(q.To))
		if t, _, err := q.To.Time(); err == nil {
			if to = moment(w, t); t.Equal(t.Truncate(24 * time.Hour)) {
				to = day(w, t.AddDate(0, 0, -1))
			}
		}
	}
	switch {
	case from != "" && to != "":
		return w.get("evidence.finding.between", target, where, from, to)
	case from != "":
		return w.get("evidence.finding.since", target, where, from)
	case to != "":
		return w.get("evidence.finding.until", target, where, to)
	}
	return w.get("evidence.finding", target, where)
}
