package web

import (
	"cmp"
	"time"

	"veedor/internal/follow/ftm"
	"veedor/internal/follow/match"
	"veedor/internal/follow/registry"
)

// decisionRow is what a person decided: that two entries are the same, are not, or that it cannot be told.
type decisionRow struct {
	Key     string // of the words: decision.positive …
	Other   string // the entry it was about
	With    string // and the one it was compared with
	Href    string
	By, Why string
	At      time.Time
	Percent string // what matching gave, if it was asked
}

// proposalRow is another entity that may be the same, of which nobody decided anything yet.
type proposalRow struct {
	hitRow
}

const maxDecisions = 8

// decisions words what was decided of an entity, as far as there is room.
func (p *entityPage) decisions(r *request, v *registry.View, space *room) {
	part, done := space.part(2500)
	defer done()
	for i, d := range v.Decisions {
		row := decisionRow{Key: "decision." + d.Verdict, With: shorten(d.A, 60), Other: shorten(d.B, 60), By: cmp.Or(shorten(d.By, 60), r.words().get("decision.nobody")), Why: shorten(d.Why, 240), At: d.At}
		if d.Score > 0 {
			row.Percent = r.percent(d.Score)
		}
		if d.Verdict != registry.Positive { // the other one has a page of its own
			other := d.B
			if r.memberOf(v, d.B) {
				other = d.A
			}
			if id, _, err := r.s.Registry.Canonical(other); err == nil && id != v.ID {
				if n := r.node(id); n.Schema != "" {
					row.Href = entityHref(r.lang, id)
				}
			}
		}
		if i == maxDecisions || !part.take(260+weight(row.With, row.Other, row.By, row.Why, row.Href)) {
			p.MoreDecisions = int64(len(v.Decisions) - i)
			return
		}
		p.Decisions = append(p.Decisions, row)
	}
}

func (r *request) memberOf(v *registry.View, id string) bool {
	for _, m := range v.Members {
		if m.ID == id {
			return true
		}
	}
	return false
}

// proposals looks for entities that may be the same and of which nothing was decided.
func (p *entityPage) proposals(r *request, v *registry.View, space *room) error {
	schema := ftm.Default().Schema(v.Entity.Schema)
	if schema == nil || !schema.Matchable {
		return nil
	}
	query := registry.MatchEntity(ftm.Default(), v.Entity)
	if len(query.Names) == 0 {
		return nil
	}
	hits, err := r.s.Registry.Search(r.Context(), query, registry.Filter{Threshold: match.Threshold(), Except: v.ID}, 3*maxProposals)
	if err != nil {
		return err
	}
	part, done := space.part(1800)
	defer done()
	for _, h := range hits {
		if o := ftm.Default().Schema(h.Entity.Schema); len(p.Proposals) == maxProposals || o == nil || !schema.CanMatch(o) || r.decided(v, h) {
			continue
		}
		row := proposalRow{r.hitRow(h, true)}
		row.Caption = shorten(row.Caption, 120)
		if part.take(300 + weight(row.Caption, row.Href, row.Matched)) {
			p.Proposals = append(p.Proposals, row)
		}
	}
	return nil
}

// decided says whether something was decided of an entity and another that may be the same.
func (r *request) decided(v *registry.View, h registry.Hit) bool {
	for _, d := range v.Decisions {
		for _, id := range []string{d.A, d.B} {
			if id == h.EntityID || id == h.ID {
				return true
			}
			if canonical, _, err := r.s.Registry.Canonical(id); err == nil && canonical == h.ID {
				return true
			}
		}
	}
	return false
}
