package web

import (
	"net/http"
	"strings"

	"veedor/internal/follow/registry"
	"veedor/internal/web/chart"
)

// deploymentsPage shows where surveillance and filtering systems are said to stand, on a map and as a list.
type deploymentsPage struct {
	base
	chosen
	Kinds, Suppliers, Countries, Statuses facetFigure
	Map                                   *figure
	Elsewhere                             []chart.Country // those the map has no shape for
	Rows                                  []deploymentRow
}

// deploymentRow is one deployment, with what its sources say side by side.
type deploymentRow struct {
	Title, Href          string
	Kind, Status         facts
	Country, Place       facts
	Dates, Scale         facts
	Suppliers, Operators []partyRow
	Rivals               bool // sources name several suppliers
	Datasets             []string
}

func deploymentFacets() []string {
	return []string{registry.ByKind, registry.BySupplier, registry.ByOperator, registry.ByCountry, registry.ByStatus, registry.ByYear}
}

func (s *site) deployments(r *request) error {
	p := deploymentsPage{base: r.base(r.words().get("deployments.title"))}
	if s.Registry == nil {
		p.None = true
		return r.render(http.StatusOK, "deployments", p)
	}
	pick, skip := r.picked(deploymentFacets())
	ids, err := r.choose(&p.chosen, registry.Deployments, pick, skip)
	if err != nil {
		return err
	}
	for _, by := range []struct {
		to   *facetFigure
		name string
	}{{&p.Kinds, registry.ByKind}, {&p.Suppliers, registry.BySupplier}, {&p.Countries, registry.ByCountry}, {&p.Statuses, registry.ByStatus}} {
		if p.Options[by.name], err = r.options(registry.Deployments, by.name); err != nil {
			return err
		}
		if skip > 0 {
			continue
		}
		if *by.to, err = r.facet(deploymentsCounted(), pick, by.name); err != nil {
			return err
		}
	}
	if skip == 0 && p.Total > 0 {
		c, err := r.worldMap(pick)
		if err != nil {
			return err
		}
		if c != nil {
			_, query, _ := strings.Cut(p.File, "?")
			p.Map, p.Elsewhere = r.figure(c, prefix(r.lang)+"/deployments/map", query, 0), c.Kind.(*chart.Map).Elsewhere
		}
	}
	for _, id := range ids {
		d, err := s.Registry.Deployment(r.Context(), id)
		if err != nil {
			return err
		}
		p.Rows = append(p.Rows, r.deploymentRow(d))
	}
	return r.fitting("deployments", len(p.Rows), func(most int) any {
		q := p
		q.Rows = p.Rows[:min(most, len(p.Rows))]
		q.turn(r, skip, len(q.Rows))
		return q
	})
}

func (r *request) deploymentRow(d *registry.Deployment) deploymentRow {
	v := &d.View
	row := deploymentRow{Title: shorten(v.Entity.Caption, 140), Href: entityHref(r.lang, v.ID), Kind: r.facts(v, "kind"), Status: r.facts(v, "status"), Country: r.facts(v, "country"),
		Place: r.facts(v, "place"), Dates: r.facts(v, "startDate", "date"), Scale: r.facts(v, "scale"), Rivals: v.Conflicting("supplier"), Datasets: r.listTitles(v.Entity.Datasets)}
	for _, p := range firstOf(d.Suppliers, maxParties) {
		row.Suppliers = append(row.Suppliers, partyRow{entityLink: r.entityLink(p.Node)})
	}
	for _, p := range firstOf(d.Operators, maxParties) {
		row.Operators = append(row.Operators, partyRow{entityLink: r.entityLink(p.Node)})
	}
	return row
}
