package web

import (
	"math"
	"net/url"
	"strings"
	"time"

	"veedor/internal/measure/store"
	"veedor/internal/web/chart"
)

// signatureDays draws how much was measured on each of the networks compared, on the same axes.
func (s *site) signatureDays(r *request) (*chart.Chart, error) {
	asns, err := r.networksAsked()
	if err != nil || len(asns) < 2 {
		return nil, err
	}
	_, to, err := r.signatureTime(&signaturePage{})
	if err != nil {
		return nil, err
	}
	w := r.words()
	m := &chart.Multiples{}
	var names []string
	var latest time.Time
	for _, asn := range asns {
		list, err := s.Store.Tally(r.Context(), store.Filter{ASN: asn, To: to}, store.ByDay)
		if err != nil {
			return nil, err
		}
		names = append(names, networkName(asn, ""))
		t, until := timeline(list, w)
		if t == nil {
			t = &chart.Timeline{Step: 24 * time.Hour}
		}
		if over := len(t.Points) - daysDrawn; over > 0 {
			t.Start, t.Points = t.Start.AddDate(0, 0, over), t.Points[over:]
		}
		latest = later(latest, until)
		m.Panels = append(m.Panels, chart.Panel{Name: networkName(asn, ""), Timeline: *t})
	}
	if latest.IsZero() {
		return nil, nil
	}
	c := r.chart("days", w.get("chart.signature.title", strings.Join(names, ", ")), w.get("chart.signature.desc", number(r.lang, int64(len(names)))), invented(asns), "chart.source.measure", s.RuleSet)
	c.Licence, c.Date, c.Kind = w.get("chart.licence.measure"), w.get("chart.asof", moment(w, latest)), m
	return c, nil
}

// signatureLikeness draws how alike each two of the networks are.
func (s *site) signatureLikeness(r *request) (*chart.Chart, error) {
	asns, err := r.networksAsked()
	if err != nil || len(asns) < 2 {
		return nil, err
	}
	_, to, err := r.signatureTime(&signaturePage{})
	if err != nil {
		return nil, err
	}
	pairs, err := r.pairs(asns, to)
	if err != nil {
		return nil, err
	}
	return r.likeness(asns, pairs), nil
}

func (r *request) likeness(asns []uint32, pairs []pair) *chart.Chart {
	w := r.words()
	b := &chart.Bars{Unit: w.get("chart.alike.unit"), Most: 1000, Scale: 1000}
	for i := range pairs {
		p := &pairs[i]
		row := chart.BarRow{Name: networkName(p.X, "") + " · " + networkName(p.Y, "")}
		switch {
		case p.Missing:
			row.Gap, row.Text = true, w.get("chart.alike.missing")
		case !p.Comparable:
			row.Gap, row.Text = true, w.get("chart.alike.not")
		default:
			row.Value, row.Low, row.High, row.Bounded = thousandths(p.Similarity), thousandths(p.Low), thousandths(p.High), true
			row.Text = decimal(r.lang, p.Similarity) + " (" + decimal(r.lang, p.Low) + "–" + decimal(r.lang, p.High) + ")"
		}
		b.Rows = append(b.Rows, row)
	}
	c := r.chart("likeness", w.get("chart.alike.title"), w.get("chart.alike.desc", number(r.lang, int64(len(b.Rows)))), invented(asns), "chart.source.measure", r.s.RuleSet)
	c.Licence, c.Kind = w.get("chart.licence.measure"), b
	return c
}

func thousandths(f float64) int64 {
	if math.IsNaN(f) {
		return 0
	}
	return int64(math.Round(min(max(f, 0), 1) * 1000))
}

func invented(asns []uint32) share {
	if documentation(asns) {
		return all
	}
	return none
}

// figures puts the charts of a comparison on its page.
func (p *signaturePage) figures(r *request, asns []uint32) error {
	ask := url.Values{"asn": {p.Asked}}
	if !p.AsOf.IsZero() {
		ask.Set("asof", p.AsOf.Format(time.DateOnly))
	}
	query := ask.Encode()
	path := r.URL.EscapedPath()
	c, err := r.s.signatureDays(r)
	if err != nil {
		return err
	}
	p.Days = r.figure(c, path+"/days", query, 0)
	p.Likeness = r.figure(r.likeness(asns, p.Pairs), path+"/likeness", query, 0)
	return nil
}
