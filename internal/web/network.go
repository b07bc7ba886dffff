package web

import (
	"net/http"
	"strconv"

	"veedor/internal/measure/store"
)

// network shows what was measured on a network, in all countries where it was.
func (s *site) network(r *request) error {
	p, f, err := s.networkAsked(r)
	if err != nil {
		return err
	}
	return r.subject(p, f, store.ByCountry, store.ByTarget)
}

func (s *site) networkAsked(r *request) (subjectPage, store.Filter, error) {
	asn, ok := parseASN(r.PathValue("asn"))
	if !ok {
		return subjectPage{}, store.Filter{}, &problem{http.StatusNotFound, "error.network", r.PathValue("asn")}
	}
	f := store.Filter{ASN: asn}
	counts, err := s.Store.Tally(r.Context(), f, store.ByNetwork)
	if err != nil {
		return subjectPage{}, f, err
	}
	name := networkName(asn, "")
	if len(counts) > 0 {
		name = networkName(asn, counts[0].Name)
	}
	return subjectPage{base: r.base(name), Kind: "network", Name: name, More: "/measurements?asn=" + strconv.FormatUint(uint64(asn), 10)}, f, nil
}
