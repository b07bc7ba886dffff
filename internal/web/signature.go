package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"veedor/internal/measure/series"
	"veedor/internal/measure/store"
)

// signaturePage compares how networks restrict.
type signaturePage struct {
	base
	Asked string // as it was filled in
	Pairs []pair
	AsOf  time.Time // the last day that is counted; zero: all there is
	Now   string    // the same of all there is

	Days, Likeness *figure
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
	asns, err := r.networksAsked()
	if err != nil {
		return err
	}
	if len(asns) < 2 {
		return r.render(http.StatusOK, "signature", p)
	}
	p.Invented = invented(asns)
	st, to, err := r.signatureTime(&p)
	if err != nil {
		return err
	}
	if p.Pairs, err = r.pairs(asns, to); err != nil {
		return err
	}
	if err := p.figures(r, asns); err != nil {
		return err
	}
	p.cite(r, asns, st)
	return r.render(http.StatusOK, "signature", p)
}

// signatureTime reads the last day that is to be counted, where the address has one, and returns until when that is.
func (r *request) signatureTime(p *signaturePage) (st store.Stats, to time.Time, err error) {
	if text := r.URL.Query().Get("asof"); text != "" {
		if p.AsOf, err = time.Parse(time.DateOnly, text); err != nil || p.AsOf.Year() > 9998 {
			return st, to, &problem{http.StatusBadRequest, "error.asof", text}
		}
	}
	if st, err = r.s.Store.Stats(r.Context()); err != nil {
		return st, to, err
	}
	to = st.Last.Add(time.Second)
	if !p.AsOf.IsZero() {
		to = p.AsOf.AddDate(0, 0, 1)
	}
	return st, to, nil
}

// networksAsked reads which networks are to be compared.
func (r *request) networksAsked() ([]uint32, error) {
	var asns []uint32
	for _, text := range strings.FieldsFunc(r.URL.Query().Get("asn"), func(c rune) bool { return c == ' ' || c == ',' || c == '+' }) {
		n, ok := parseASN(text)
		if !ok {
			return nil, &problem{http.StatusBadRequest, "error.asn", text}
		}
		if !slices.Contains(asns, n) && len(asns) < maxCompared {
			asns = append(asns, n)
		}
	}
	return asns, nil
}

// pairs compares each two of the networks by what was measured before to.
func (r *request) pairs(asns []uint32, to time.Time) ([]pair, error) {
	found, err := r.signaturesUntil(asns, to)
	if err != nil {
		return nil, err
	}
	var out []pair
	for i, a := range asns {
		for _, b := range asns[i+1:] {
			out = append(out, comparedPair(found, a, b))
		}
	}
	return out, nil
}

// signatures returns how networks restricted in the last 400 days that were measured.
func (r *request) signatures(asns []uint32) (map[uint32]*series.Signature, error) {
	st, err := r.s.Store.Stats(r.Context())
	if err != nil {
		return nil, err
	}
	return r.signaturesUntil(asns, st.Last.Add(time.Second))
}

// signaturesUntil is signatures for the 400 days before a moment.
func (r *request) signaturesUntil(asns []uint32, to time.Time) (map[uint32]*series.Signature, error) {
	traits, err := r.s.Store.Traits(r.Context(), asns, to.AddDate(0, 0, -400), to)
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

// cite cites the comparison with the last day that it counts.
func (p *signaturePage) cite(r *request, asns []uint32, st store.Stats) {
	w := r.words()
	names := make([]string, len(asns))
	for i, n := range asns {
		names[i] = networkName(n, "")
	}
	var said []string
	for _, q := range p.Pairs {
		found := w.get("signature.not")
		switch {
		case q.Missing:
			found = w.get("signature.missing")
		case q.Comparable:
			found = w.get("signature.similarity", decimal(r.lang, q.Similarity), decimal(r.lang, q.Low), decimal(r.lang, q.High))
		}
		said = append(said, networkName(q.X, "")+" · "+networkName(q.Y, "")+": "+found)
	}
	last := p.AsOf
	if last.IsZero() {
		last = st.Last.UTC().Truncate(24 * time.Hour)
	}
	if last.Year() > 9998 {
		return
	}
	page := prefix(r.lang) + "/signature?" + url.Values{"asn": {strings.Join(names, " ")}}.Encode()
	q := quotable{Name: "signature-" + strings.Join(names, "-") + "-" + last.Format(time.DateOnly), Sentence: strings.Join(said, " "), Page: page, Frozen: page + "&asof=" + last.Format(time.DateOnly), At: last,
		Version: w.get("cite.rules", r.s.RuleSet), Note: w.get("cite.generation", st.Generation), Stays: "cite.stays.answer", Dataset: true}
	if !p.AsOf.IsZero() {
		p.Now, q.Page = page, q.Frozen
	}
	_, query, _ := strings.Cut(q.Page, "?")
	p.Cite = r.citing(q, query)
}
