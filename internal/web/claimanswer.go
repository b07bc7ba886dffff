package web

import (
	"cmp"
	"errors"
	"net/url"
	"slices"
	"strconv"

	"veedor/internal/evidence/capture"
	"veedor/internal/follow/registry"
	"veedor/internal/measure/incidents"
	"veedor/internal/weigh/cases"
	"veedor/internal/weigh/desk"
)

// registered returns an entity of the registry; nil where there is none.
func (r *request) registered(id string) (*registry.View, error) {
	if id == "" || r.s.Registry == nil || len(id) > maxEntityID {
		return nil, nil
	}
	v, err := r.s.Registry.Entity(r.Context(), id)
	if errors.Is(err, registry.ErrNotFound) {
		return nil, nil
	}
	return v, err
}

// entityPage returns the address of an entity's page; "" where the registry does not have it.
func (r *request) entityPage(id string) (string, error) {
	v, err := r.registered(id)
	if v == nil {
		return "", err
	}
	return entityHref(r.lang, v.ID), nil
}

// finding words a question to the measurements, and what they said.
func (r *request) finding(row *evidenceRow, e *desk.Record, a desk.Answer) {
	w, q := r.words(), desk.FindingOf(e)
	where := w.get("evidence.anywhere")
	switch {
	case q.Network != 0:
		where = "AS" + strconv.FormatUint(uint64(q.Network), 10)
		if q.Country != "" {
			where += w["join.pause"] + shorten(r.s.Facts().CountryName(q.Country, r.lang), 80)
		}
	case q.Country != "":
		where = shorten(r.s.Facts().CountryName(q.Country, r.lang), 80)
	}
	target := w.get("evidence.anything")
	if q.Target != "" {
		target = isolate(shorten(targetName(w, q.Target), 80))
	}
	row.Says.Text = r.findingAsked(q, target, where)
	row.Facts = append(row.Facts, w.get("evidence.expects."+cmp.Or(q.Expects, "blocked")), w.count(r.lang, "evidence.atleast", int64(cmp.Or(q.AtLeast, cases.DefaultAtLeast))))
	switch {
	case a.Outcome == "":
		row.Answer = w.get("evidence.notasked")
	case a.Total == 0:
		row.Answer = w.get("evidence.unmeasured")
	default:
		row.Answer = w.count(r.lang, "evidence.answered", int64(a.Total), number(r.lang, int64(a.Blocked)), number(r.lang, int64(a.OK)), number(r.lang, int64(a.Down)), number(r.lang, int64(a.Insufficient)))
		if len(a.RuleSets) > 0 {
			row.Answer += w["join.sentence"] + w.get("evidence.rules", w.and(firstOf(a.RuleSets, 3)))
		}
	}
	row.Links = append(row.Links, linkTo{w.get("evidence.measurements"), findingHref(r.lang, e.Str("claim"), e.ID)})
}

// oneAnswered words the answer about one measurement.
func (r *request) oneAnswered(a desk.Answer) string {
	if text, ok := r.words()["state."+a.State]; ok {
		return text
	}
	return r.outcome(a)
}

// outcome words what was answered last.
func (r *request) outcome(a desk.Answer) string {
	if text, ok := r.words()["evidence.outcome."+a.Outcome]; ok {
		return text
	}
	return ""
}

func (r *request) incidentEvidence(row *evidenceRow, id string) error {
	list, err := r.s.published("")
	if err != nil {
		return err
	}
	i := slices.IndexFunc(list, func(s incidents.State) bool { return s.ID == id })
	if i < 0 {
		row.Facts = append(row.Facts, r.words().get("evidence.noincident", isolate(shorten(id, 60))))
		return nil
	}
	row.Says.Text = r.s.headline(r.lang, &list[i].Incident)
	row.Facts = append(row.Facts, r.when(&list[i].Incident))
	row.Links = append(row.Links, linkTo{r.words().get("evidence.incident"), prefix(r.lang) + "/incident/" + url.PathEscape(id)})
	return nil
}

func (r *request) captureEvidence(row *evidenceRow, hash string) error {
	if r.s.Captures == nil || !isHash(hash) {
		row.Facts = append(row.Facts, r.words().get("evidence.nocapture", shorten(hash, 64)))
		return nil
	}
	c, err := r.s.Captures.Get(hash)
	if errors.Is(err, capture.ErrNotFound) {
		row.Facts = append(row.Facts, r.words().get("evidence.nocapture", hash))
		return nil
	}
	if err != nil {
		return err
	}
	row.Says.Text = captureName(c)
	row.Facts = append(row.Facts, r.words().get("evidence.captured", moment(r.words(), c.At)))
	row.Links = append(row.Links, linkTo{r.words().get("evidence.capture"), captureHref(r.lang, hash)})
	return nil
}

func (r *request) registryEvidence(row *evidenceRow, e *desk.Record, a desk.Answer) error {
	w := r.words()
	name, prop, value := prose(e, "name", 100), prose(e, "property", 60), prose(e, "value", 240)
	v, err := r.registered(e.Str("name"))
	if err != nil {
		return err
	}
	if v != nil {
		name = shorten(v.Entity.Caption, 120)
		if href := r.saidAt(v, prop, e.Str("value")); href != "" {
			row.Links = append(row.Links, linkTo{w.get("evidence.statement"), href})
		}
		row.Links = append(row.Links, linkTo{w.get("evidence.entity"), entityHref(r.lang, v.ID)})
		for _, pv := range v.Properties {
			if pv.Property.Name != prop {
				continue
			}
			prop = pv.Property.In(r.lang)
			if pv.Property.Range != nil {
				if o, err := r.registered(e.Str("value")); err != nil {
					return err
				} else if o != nil {
					value = shorten(o.Entity.Caption, 120)
				}
			}
			break
		}
	}
	row.Says.Text = w.get("evidence.registry", isolate(name), isolate(prop), isolate(cmp.Or(value, "—")))
	if prop == "" {
		row.Says.Text = w.get("evidence.registryhas", isolate(name))
	}
	row.Answer = r.outcome(a)
	if a.Outcome == desk.Current && a.Sources > 0 {
		row.Answer = w.count(r.lang, "evidence.registrysays", int64(a.Sources), isolate(r.listTitle(a.Dataset)))
	}
	return nil
}

// saidAt is the page of the statement that gives a value, or any of a property: of a list that still does, before one that
// did. "" where none does.
func (r *request) saidAt(v *registry.View, prop, value string) string {
	old := ""
	for i := range v.Properties {
		p := &v.Properties[i]
		if p.Property.Name != prop {
			continue
		}
		for j := range p.Values {
			if value != "" && p.Values[j].Value != value {
				continue
			}
			for k := range p.Values[j].Said {
				said := &p.Values[j].Said[k]
				href := entityHref(r.lang, v.ID) + "/statement/" + statementOf(v, p.Property, p.Values[j].Value, said).ID
				if said.Current {
					return href
				}
				old = cmp.Or(old, href)
			}
		}
	}
	return old
}

// absence words where somebody looked in vain, and when; at are the addresses of those places.
func (r *request) absence(e *desk.Record) (out, at []string) {
	w := r.words()
	if where := r.cited(e.Str("where")); where.Text != "" {
		out, at = append(out, w.get("evidence.lookedin", isolate(where.Text))), where.At
	}
	if when := e.Str("when"); when != "" {
		out = append(out, w.get("evidence.lookedat", r.dated(when)))
	}
	if who := prose(e, "who", 100); who != "" {
		out = append(out, w.get("evidence.lookedby", isolate(who)))
	}
	return out, at
}
