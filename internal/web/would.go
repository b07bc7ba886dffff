package web

import (
	"cmp"
	"slices"
	"time"

	"veedor/internal/follow/registry"
	"veedor/internal/measure/series"
	"veedor/internal/measure/store"
	"veedor/internal/measure/verdict"
	"veedor/internal/web/chart"
	"veedor/internal/weigh/cases"
	"veedor/internal/weigh/desk"
)

// maxWould is how many conditions a page names under which what it states would change.
const maxWould = 8

// claimWould words what would change how a claim stands: its evidence is weighed again with something more or less.
func (r *request) claimWould(v *desk.ClaimView) []string {
	w := r.words()
	st := &v.Standing
	now := cmp.Or(st.Status, cases.Unverified)
	var out []string
	status := func(s string) string { return w.get("claim." + s) }
	with := func(more ...cases.Weighed) string { return cases.Status(append(slices.Clone(st.Weighed), more...)) }
	for _, stance := range []string{cases.Supports, cases.Contradicts} {
		measured := with(cases.Weighed{Stance: stance, Root: "measurements", Measured: true})
		source := with(cases.Weighed{Stance: stance, Root: " one more"})
		both := with(cases.Weighed{Stance: stance, Root: " one more"}, cases.Weighed{Stance: stance, Root: " another"})
		switch {
		case measured != now && measured == source:
			out = append(out, w.get("would.claim."+stance, status(source)))
		case measured != now && measured == both:
			out = append(out, w.get("would.claim."+stance+".two", status(both)))
		case measured != now:
			out = append(out, w.get("would.claim."+stance+".measured", status(measured)))
		case source != now:
			out = append(out, w.get("would.claim."+stance+".source", status(source)))
		}
	}
	kind := map[string]string{}
	for i := range v.Evidence {
		kind[v.Evidence[i].ID] = v.Evidence[i].Str("type")
	}
	rests := 0
	for i, e := range st.Weighed {
		if e.Stance != cases.Supports && e.Stance != cases.Contradicts {
			continue
		}
		without := slices.Delete(slices.Clone(st.Weighed), i, i+1)
		if then := cases.Status(without); then != now && kind[e.ID] != "" && rests < 2 {
			out = append(out, w.get("would.claim.without", w.get("claim.kind."+kind[e.ID]), status(then)))
			rests++
		}
	}
	asked := map[string]bool{}
	for i := range v.Evidence {
		e := &v.Evidence[i]
		kind := e.Str("type")
		if stance, _ := desk.StanceOf(e); stance == cases.Context || len(out) >= maxWould {
			continue
		}
		switch kind {
		case "finding":
			out = append(out, r.findingWould(e)...)
		case "incident", "measurement", "quote", "capture", "registry", "absence", "document", "statement":
			if !asked[kind] {
				out, asked[kind] = append(out, w.get("claim.would."+kind)), true
			}
		}
	}
	if st.Texts > st.Said {
		out = append(out, w.get("claim.would.lineage"))
	}
	return firstOf(out, maxWould)
}

// findingWould words what would turn the answer to a question to the measurements, by its numbers.
func (r *request) findingWould(e *desk.Record) []string {
	w, q := r.words(), desk.FindingOf(e)
	var a desk.Answer
	e.Data("answer", &a)
	target := isolate(shorten(targetName(w, cmp.Or(q.Target, w.get("evidence.anything"))), 60))
	said, least := a.Blocked+a.OK, cmp.Or(q.AtLeast, cases.DefaultAtLeast)
	with, without := a.Blocked, a.OK
	if q.Expects == "reachable" {
		with, without = without, with
	}
	key := "would.finding." + cmp.Or(q.Expects, "blocked")
	switch {
	case said < least:
		return []string{w.count(r.lang, "would.finding.few", int64(least-said), target, number(r.lang, int64(said)), number(r.lang, int64(least)))}
	case a.Outcome == desk.Confirms: // until those that say otherwise are more than half
		return []string{w.count(r.lang, key+".turn", int64(with-without+1), target)}
	case a.Outcome == desk.Refutes: // until those that say so are more than a tenth
		return []string{w.count(r.lang, key+".rise", int64((said-10*with)/9+1), target)}
	}
	return []string{w.get("claim.would.finding."+cmp.Or(q.Expects, "blocked"), target)}
}

// verdictWould words what would change a measurement's verdict, or make it surer.
func (r *request) verdictWould(p *measurementPage) []string {
	w, t, v := r.words(), series.Provisional(), &p.All
	var out []string
	if len(v.Controls) == 0 {
		out = append(out, w.get("would.verdict.nocontrol"))
	}
	if v.Open {
		out = append(out, w.get("would.verdict.open"))
	}
	for _, l := range p.Layers { // the rule that would win if the winner did not hold
		at := slices.IndexFunc(l.Fired, func(f firedRule) bool { return f.Winner })
		for i, f := range l.Fired {
			if at >= 0 && i != at && f.Says != "" && f.Outcome != l.State && !f.Beside && len(out) < 4 {
				out = append(out, w.get("would.verdict.second", w.get("layer."+string(l.Layer)), l.Rule, r.s.ruleText(r.lang, f.ID, "says").Text, w.get("state."+string(f.Outcome))))
				break
			}
		}
	}
	switch v.Label {
	case verdict.LabelBlocked:
		out = append(out, w.get("would.verdict.artefact"))
	case verdict.LabelConsistent:
		out = append(out, w.get("would.verdict.noartefact"))
	case verdict.LabelReachable:
		out = append(out, w.get("would.verdict.reachable"))
	}
	if v.State == verdict.Blocked {
		out = append(out, w.get("would.verdict.repeat", number(r.lang, int64(t.LeastVoters)), number(r.lang, int64(t.LeastHours))))
	}
	return append(out, w.get("would.verdict.rules", v.RuleSet))
}

// incidentWould words what would withdraw an incident, end it or make it larger.
func (r *request) incidentWould(i *series.Incident) []string {
	w, t := r.words(), series.Provisional()
	if i.Withdrawn != "" {
		return []string{w.get("would.incident.restored")}
	}
	percent := func(f float64) string { return number(r.lang, int64(f*100+0.5)) }
	var out []string
	if i.FromOpen {
		out = append(out, w.get("would.incident.before", moment(w, verdict.Hour(i.From))))
	} else if i.From-i.FromBefore > 1 {
		out = append(out, w.get("would.incident.onset", moment(w, verdict.Hour(i.FromBefore)), moment(w, verdict.Hour(i.From))))
	}
	switch {
	case i.Kind == series.Shutdown && i.To == 0:
		out = append(out, w.get("would.incident.silenceends"))
	case i.Kind == series.Restriction && i.To == 0:
		out = append(out, w.count(r.lang, "would.incident.ends", int64(i.Series-i.Ended), number(r.lang, int64(i.Series))))
	}
	if i.Kind == series.Shutdown {
		out = append(out, w.get("would.incident.instruments"))
	} else {
		out = append(out, w.get("would.incident.network", percent(t.WholeNetwork), w.count(r.lang, "incident.networks", int64(len(i.Networks)))))
		out = append(out, w.get("would.incident.world", percent(t.EveryCountry)))
	}
	out = append(out, w.get("would.incident.instrument"), w.get("would.incident.gone"))
	if i.Kind == series.Restriction {
		out = append(out, w.get("would.incident.more", number(r.lang, t.Rolling/24)))
	}
	return firstOf(out, maxWould)
}

// answerWould words what would change an answer in numbers: what it lacks.
func (r *request) answerWould(c store.Count, days []chart.Point) []string {
	w := r.words()
	var out []string
	var empty, few int64
	for i := range days {
		if days[i].Gap {
			empty++
		} else if days[i].Few {
			few++
		}
	}
	all := number(r.lang, int64(len(days)))
	switch {
	case empty > 0 && few > 0:
		out = append(out, w.get("would.answer.days", number(r.lang, empty), number(r.lang, few), all))
	case empty > 0:
		out = append(out, w.get("would.answer.emptydays", number(r.lang, empty), all))
	case few > 0:
		out = append(out, w.get("would.answer.fewdays", number(r.lang, few), all))
	}
	if c.Insufficient > 0 {
		out = append(out, w.count(r.lang, "would.answer.insufficient", c.Insufficient))
	}
	switch {
	case c.Blocked == 0:
		out = append(out, w.get("would.answer.none"))
	case c.Artefact == 0:
		out = append(out, w.get("would.answer.noartefact"))
	}
	if c.Down > 0 {
		out = append(out, w.count(r.lang, "would.answer.down", c.Down))
	}
	return append(out, w.get("would.answer.rules", r.s.RuleSet))
}

// statementWould words what would change what a list says.
func (r *request) statementWould(said *registry.Said) []string {
	w, name := r.words(), isolate(r.listTitle(said.Dataset))
	if said.Current {
		return []string{w.get("would.statement.dropped", name, r.dated(said.Last.Date())), w.get("would.statement.other")}
	}
	return []string{w.get("would.statement.again", name)}
}

// entityWould words what would change an entity's page and its links.
func (r *request) entityWould(v *registry.View, conflicts, proposals int) []string {
	w := r.words()
	var out []string
	current := 0
	last := ""
	var latest time.Time
	for _, m := range v.Members {
		if !m.Current {
			continue
		}
		if current++; m.Last.Learnt.After(latest) || last == "" {
			last, latest = m.Dataset, m.Last.Learnt
		}
	}
	switch {
	case current == 1:
		out = append(out, w.get("would.entity.one", isolate(r.listTitle(last))))
	case current > 1:
		out = append(out, w.count(r.lang, "would.entity.lists", int64(current)))
	default:
		out = append(out, w.get("would.entity.back"))
	}
	out = append(out, w.get("would.entity.link"))
	if conflicts > 0 {
		out = append(out, w.count(r.lang, "would.entity.conflict", int64(conflicts)))
	}
	if n := len(v.Decisions); n > 0 {
		out = append(out, w.count(r.lang, "would.entity.decided", int64(n)))
	}
	if proposals > 0 {
		out = append(out, w.count(r.lang, "would.entity.proposed", int64(proposals)))
	}
	return out
}
