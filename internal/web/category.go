package web

import (
	"net/http"
	"strings"

	"veedor/internal/measure/store"
)

// category shows what was measured of a category of sites: where, and which.
func (s *site) category(r *request) error {
	p, f, err := s.categoryAsked(r)
	if err != nil {
		return err
	}
	return r.subject(p, f, store.ByCountry, store.ByTarget)
}

func (s *site) categoryAsked(r *request) (subjectPage, store.Filter, error) {
	code := strings.ToUpper(r.PathValue("code"))
	if code == "" || len(code) > 12 {
		return subjectPage{}, store.Filter{}, &problem{http.StatusNotFound, "error.category", r.PathValue("code")}
	}
	name := shorten(s.Facts().CategoryName(code, r.lang), 80)
	return subjectPage{base: r.base(name), Kind: "category", Name: name, More: "/measurements?category=" + code}, store.Filter{Category: code}, nil
}
