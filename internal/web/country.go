package web

import (
	"net/http"
	"strings"

	"veedor/internal/measure/store"
)

// country shows what was measured in a country: by network, by target, by day.
func (s *site) country(r *request) error {
	cc := strings.ToUpper(r.PathValue("cc"))
	if len(cc) != 2 {
		return &problem{http.StatusNotFound, "error.country", r.PathValue("cc")}
	}
	name := shorten(s.Facts().CountryName(cc, r.lang), 80)
	p := subjectPage{base: r.base(name), Kind: "country", Name: name, More: "/measurements?cc=" + cc}
	return r.subject(p, store.Filter{CC: cc}, store.ByNetwork, store.ByTarget)
}
