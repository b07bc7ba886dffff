package api

import (
	"cmp"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"veedor/internal/follow/ftm"
	"veedor/internal/follow/registry"
)

// sieve says which entities are wanted. The zero value takes everything that is not gone.
type sieve struct {
	model       *ftm.Model
	schema      string // it, and what descends from it
	include     []string
	exclude     []string
	notSchema   []string
	notIDs      map[string]bool // canonical
	since       string          // changed on that day or later
	target      string          // "", "true" or "false"
	gone        bool            // those that no dataset has any more too
	wanted      []wanted
	all         bool // of several values of one field, all are needed
	onlyDataset string
}

// wanted is a value that a field is to have.
type wanted struct{ field, value string }

// fields are the names under which values of a type are collected, as yente calls them.
func fields() map[string]ftm.Type {
	return map[string]ftm.Type{"countries": ftm.TypeCountry, "topics": ftm.TypeTopic, "names": ftm.TypeName, "identifiers": ftm.TypeIdentifier, "dates": ftm.TypeDate,
		"addresses": ftm.TypeAddress, "languages": ftm.TypeLanguage, "entities": ftm.TypeEntity}
}

// of returns the values a field has in an entity.
func (x *sieve) of(e *registry.Fetched, field string) []string {
	switch field {
	case "datasets":
		return e.Datasets
	case "schema", "schemata":
		out := []string{e.Schema}
		if s := x.model.Schema(e.Schema); s != nil {
			for _, a := range s.Ancestors() {
				out = append(out, a.Name)
			}
		}
		return out
	case "id", "canonical_id":
		return []string{e.ID}
	case "referents":
		return e.Referents
	}
	if t, ok := fields()[field]; ok {
		return e.Values(x.model, t, false)
	}
	return e.Properties[strings.TrimPrefix(field, "properties.")]
}

// takes says whether an entity is wanted.
func (x *sieve) takes(e *registry.Fetched) bool {
	s := x.model.Schema(e.Schema)
	switch {
	case e.Gone && !x.gone,
		x.schema != "" && (s == nil || !s.Is(x.schema)),
		x.onlyDataset != "" && !slices.Contains(e.Datasets, x.onlyDataset),
		len(x.include) > 0 && !overlap(e.Datasets, x.include),
		len(x.exclude) > 0 && !slices.ContainsFunc(e.Datasets, func(d string) bool { return !slices.Contains(x.exclude, d) }),
		slices.Contains(x.notSchema, e.Schema),
		x.notIDs[e.ID],
		x.since != "" && e.LastChange < x.since,
		x.target != "" && target(e.Entity) != (x.target == "true"):
		return false
	}
	for i, w := range x.wanted {
		if slices.ContainsFunc(x.wanted[:i], func(o wanted) bool { return o.field == w.field }) {
			continue // the field was looked at
		}
		has := x.of(e, w.field)
		any, every := false, true
		for _, o := range x.wanted[i:] {
			if o.field == w.field {
				ok := slices.ContainsFunc(has, func(v string) bool { return strings.EqualFold(v, o.value) })
				any, every = any || ok, every && ok
			}
		}
		if !any || x.all && !every {
			return false
		}
	}
	return true
}

func overlap(a, b []string) bool {
	return slices.ContainsFunc(a, func(v string) bool { return slices.Contains(b, v) })
}

// filters reads "field:value".
func (x *sieve) filters(list []string) error {
	for _, f := range list {
		field, value, ok := strings.Cut(f, ":")
		if !ok || field == "" || value == "" {
			return huma.Error400BadRequest("A filter is written field:value, as filter=properties.programId:VENEZUELA.")
		}
		x.wanted = append(x.wanted, wanted{field, value})
	}
	return nil
}

func (x *sieve) add(field string, values []string) {
	for _, v := range values {
		x.wanted = append(x.wanted, wanted{field, v})
	}
}

// arrange sorts entities by "field:asc" or "field:desc", of which the first weighs most. Those without a value stand last.
func (x *sieve) arrange(list []registry.Fetched, by []string) error {
	type order struct {
		field string
		down  bool
	}
	var orders []order
	for _, b := range by {
		field, way, _ := strings.Cut(b, ":")
		if field == "" || way != "" && way != "asc" && way != "desc" {
			return huma.Error400BadRequest("A sorting is written field:asc or field:desc, as sort=last_change:desc.")
		}
		orders = append(orders, order{field, way == "desc"})
	}
	if len(orders) == 0 {
		return nil
	}
	value := func(e *registry.Fetched, field string) string {
		switch field {
		case "caption":
			return strings.ToLower(e.Label(x.model))
		case "first_seen":
			return e.FirstSeen
		case "last_seen":
			return e.LastSeen
		case "last_change":
			return e.LastChange
		}
		if v := x.of(e, field); len(v) > 0 {
			return slices.Min(v)
		}
		return ""
	}
	slices.SortStableFunc(list, func(a, b registry.Fetched) int {
		for _, o := range orders {
			va, vb := value(&a, o.field), value(&b, o.field)
			switch {
			case va == vb:
				continue
			case va == "":
				return 1
			case vb == "":
				return -1
			case o.down:
				return cmp.Compare(vb, va)
			}
			return cmp.Compare(va, vb)
		}
		return 0
	})
	return nil
}

// Facet counts the values that what was found has.
type Facet struct {
	Label  string       `json:"label"`
	Values []FacetValue `json:"values"`
}

// FacetValue is one of them.
type FacetValue struct {
	Name  string `json:"name" example:"cn"`
	Label string `json:"label" example:"China"`
	Count int    `json:"count"`
}

const mostFacetValues = 100

// facets counts values, the commonest first. titles are those of datasets.
func (x *sieve) facets(list []registry.Fetched, asked []string, titles map[string]string) map[string]Facet {
	labels := map[string]string{"countries": "Countries", "topics": "Topics", "datasets": "Data sources", "schema": "Types", "identifiers": "Identifiers"}
	out := map[string]Facet{}
	for _, name := range asked {
		count := map[string]int{}
		for i := range list {
			values := x.of(&list[i], name)
			if name == "schema" {
				values = values[:1]
			}
			for _, v := range values {
				count[v]++
			}
		}
		f := Facet{labels[name], []FacetValue{}}
		for v, n := range count {
			f.Values = append(f.Values, FacetValue{v, x.label(name, v, titles), n})
		}
		slices.SortFunc(f.Values, func(a, b FacetValue) int { return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Name, b.Name)) })
		f.Values = f.Values[:min(len(f.Values), mostFacetValues)]
		out[name] = f
	}
	return out
}

func (x *sieve) label(field, value string, titles map[string]string) string {
	switch field {
	case "countries":
		return ftm.CountryLabel(value)
	case "topics":
		return cmp.Or(ftm.Topic(value), value)
	case "datasets":
		return cmp.Or(titles[value], value)
	case "schema":
		if s := x.model.Schema(value); s != nil {
			return s.Label
		}
	}
	return value
}
