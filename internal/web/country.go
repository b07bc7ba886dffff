package web

import (
	"net/http"
	"strings"

	"veedor/internal/measure/store"
)

// country shows what was measured in a country: by network, by target, by day.
func (s *site) country(r *request) error {
	p, f, err := s.countryAsked(r)
	if err != nil {
		return err
	}
	return r.subject(p, f, store.ByNetwork, store.ByTarget)
}

func (s *site) countryAsked(r *request) (subjectPage, store.Filter, error) {
	cc := strings.ToUpper(r.PathValue("cc"))
	if len(cc) != 2 {
		return subjectPage{}, store.Filter{}, &problem{http.StatusNotFound, "error.country", r.PathValue("cc")}
	}
	name := shorten(s.Facts().CountryName(cc, r.lang), 80)
	return subjectPage{base: r.base(name), Kind: "country", Name: name, More: "/measurements?cc=" + cc}, store.Filter{CC: cc}, nil
}
