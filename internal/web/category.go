package web

import (
	"net/http"
	"strings"

	"veedor/internal/measure/store"
)

// category shows what was measured of a category of sites: where, and which.
func (s *site) category(r *request) error {
	code := strings.ToUpper(r.PathValue("code"))
	if code == "" || len(code) > 12 {
		return &problem{http.StatusNotFound, "error.category", r.PathValue("code")}
	}
	name := shorten(s.Facts().CategoryName(code, r.lang), 80)
	p := subjectPage{base: r.base(name), Kind: "category", Name: name, More: "/measurements?category=" + code}
	return r.subject(p, store.Filter{Category: code}, store.ByCountry, store.ByTarget)
}
