package web

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"veedor/internal/measure/series"
)

// signaturePage compares how networks restrict.
type signaturePage struct {
	base
	Asked string // as it was filled in
	Pairs []pair
}

// pair is two networks beside each other.
type pair struct {
	series.Comparison
	Missing bool // nothing was measured on one of them
	X, Y    uint32
	Rows    []dimension
}

// dimension is one way of comparing.
type dimension struct {
	series.Dimension
	A, B   int64 // targets behind it
	Shared []string
}

const maxCompared = 5 // networks at once

func (s *site) signature(r *request) error {
	p := signaturePage{base: r.base(r.words().get("signature.title")), Asked: shorten(r.URL.Query().Get("asn"), 100)}
	var asns []uint32
	for _, text := range strings.FieldsFunc(r.URL.Query().Get("asn"), func(c rune) bool { return c == ' ' || c == ',' || c == '+' }) {
		n, ok := parseASN(text)
		if !ok {
			return &problem{http.StatusBadRequest, "error.asn", text}
		}
		if !slices.Contains(asns, n) && len(asns) < maxCompared {
			asns = append(asns, n)
		}
	}
	if len(asns) < 2 {
		return r.render(http.StatusOK, "signature", p)
	}
	if documentation(asns) {
		p.Invented = all
	}
	found, err := r.signatures(asns)
	if err != nil {
		return err
	}
	for i, a := range asns {
		for _, b := range asns[i+1:] {
			p.Pairs = append(p.Pairs, comparedPair(found, a, b))
		}
	}
	return r.render(http.StatusOK, "signature", p)
}

// signatures returns how networks restricted in the last 400 days that were measured.
func (r *request) signatures(asns []uint32) (map[uint32]*series.Signature, error) {
	st, err := r.s.Store.Stats(r.Context())
	if err != nil {
		return nil, err
	}
	traits, err := r.s.Store.Traits(r.Context(), asns, st.Last.AddDate(0, 0, -400), st.Last.Add(time.Second))
	if err != nil {
		return nil, err
	}
	return series.Signatures(traits), nil
}

func comparedPair(found map[uint32]*series.Signature, a, b uint32) pair {
	q := pair{X: a, Y: b, Missing: found[a] == nil || found[b] == nil}
	if !q.Missing {
		q.Comparison = series.Compare(found[a], found[b])
	}
	for _, d := range q.Dimensions {
		q.Rows = append(q.Rows, dimension{d, int64(d.A), int64(d.B), d.Shared[:min(len(d.Shared), 5)]})
	}
	return q
}
