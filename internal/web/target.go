package web

import (
	"net/url"

	"veedor/internal/measure/store"
)

// target shows what was measured of a site or service: by country, by network, by day.
func (s *site) target(r *request) error {
	p, f, err := s.targetAsked(r)
	if err != nil {
		return err
	}
	return r.subject(p, f, store.ByCountry, store.ByNetwork)
}

func (s *site) targetAsked(r *request) (subjectPage, store.Filter, error) {
	target := r.PathValue("name")
	f := store.Filter{Target: target}
	name := shorten(targetName(r.words(), target), 80)
	p := subjectPage{base: r.base(name), Kind: "target", Name: name, More: "/measurements?target=" + url.QueryEscape(target)}
	categories, err := s.Store.Tally(r.Context(), f, store.ByCategory)
	if err != nil {
		return p, f, err
	}
	for _, c := range categories {
		if c.Key != "" { // its most blocked, then most measured one
			p.Extra = shorten(s.Facts().CategoryName(c.Key, r.lang), 60)
			break
		}
	}
	return p, f, nil
}
