package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"veedor/internal/evidence/archive"
	"veedor/internal/measure/obs"
	"veedor/internal/measure/ooni"
	"veedor/internal/measure/scenario"
	"veedor/internal/measure/store"
	"veedor/internal/measure/verdict"
)

// The shape of the large store that pages are measured on: about what a few years of a region's tests bring.
const (
	largeNetworks = 300
	largeTargets  = 2000
	largeDays     = 60
	largeBatch    = 200_000 // observations appended at once
	largeModels   = 48      // measurements that are varied
)

// model is one judged measurement, to be repeated elsewhere, at other times and of other sites.
type model struct {
	rows     []obs.Observation
	verdicts []verdict.Row
}

// largeStore makes a store of many measurements by varying a few judged ones: their networks, sites and times are others,
// their bytes and rows are as they were, so that what a page reads and shows is of the usual size.
type largeStore struct {
	r        *rand.Rand
	models   map[bool][]model // by whether they were blocked
	certs    []obs.Certificate
	networks []largeNetwork
	weights  []float64 // of the networks, added up
}

type largeNetwork struct {
	cc, name string
	asn      uint32
}

// newLargeStore archives the measurements that are to be varied.
func newLargeStore(h *house) (*largeStore, error) {
	s := &largeStore{r: rand.New(rand.NewPCG(8, 10)), models: map[bool][]model{}}
	batch, err := h.archive.Begin("site-bench")
	if err != nil {
		return nil, err
	}
	defer func() { _ = batch.Close() }() // does nothing after Commit
	gen := scenario.NewCorpus(8, nil)
	for n := 0; len(s.models[true])+len(s.models[false]) < largeModels; n++ {
		raw := append([]byte(nil), gen.Next()...)
		m, err := ooni.Decode(raw)
		if err != nil || n > 50*largeModels {
			return nil, fmt.Errorf("make a measurement to vary: %w", err)
		}
		start, _ := m.Start()
		facts, hash := h.refdata.AsOf(start), sha256.Sum256(raw)
		var one model
		one.rows, s.certs = obs.Flatten(nil, s.certs, m, obs.Identity{UID: obs.UID(m, hash), Hash: hex.EncodeToString(hash[:])}, facts)
		one.verdicts = verdict.Judge(nil, one.rows, facts, nil)
		blocked := one.verdicts[0].State == verdict.Blocked
		if one.verdicts[0].TestName != "web_connectivity" || len(one.rows) > 8 || len(s.models[blocked]) >= largeModels/2 {
			continue
		}
		if _, err := batch.Put(raw, archive.Entry{Line: int64(n)}); err != nil {
			return nil, err
		}
		s.models[blocked] = append(s.models[blocked], one)
	}
	if _, err := batch.Commit(context.Background()); err != nil {
		return nil, err
	}
	s.places()
	return s, nil
}

// places invents the networks: a few measure much, most little.
func (s *largeStore) places() {
	countries := strings.Fields("AR BO BR CL CO CR CU DO EC GT HN MX NI PA PE PY SV UY VE AO BD BY CM CN EG ET ID IN IR KE KZ MM NG PK RU TH TR UG VN ZM")
	sum := 0.0
	for i := range largeNetworks {
		sum += 1 / float64(10+i)
		s.weights = append(s.weights, sum)
		s.networks = append(s.networks, largeNetwork{cc: countries[i%len(countries)], name: fmt.Sprintf("Network %d (invented)", i), asn: uint32(4_200_000_000 + i)})
	}
}

// network draws one.
func (s *largeStore) network() *largeNetwork {
	x := s.r.Float64() * s.weights[len(s.weights)-1]
	for i, w := range s.weights {
		if x < w {
			return &s.networks[i]
		}
	}
	return &s.networks[0]
}

// target names a site and its category.
func (s *largeStore) target() (name, category string) {
	n := s.r.IntN(largeTargets)
	categories := [...]string{"NEWS", "POLR", "HUMR", "COMT", "GRP", "MMED", "ANON", "CULTR", "LGBT", "GAME", "SRCH", "HOST"}
	return fmt.Sprintf("site-%04d.example", n), categories[n%len(categories)]
}

// fill appends until the store has so many observations more.
func (s *largeStore) fill(ctx context.Context, to store.Appender, observations int64, progress func(done int64)) error {
	first := time.Date(2026, 3, 20, 0, 0, 0, 0, time.UTC)
	span := float64(largeDays * 24 * 60 * 60)
	var b store.Batch
	b.Certificates = s.certs
	for done := int64(0); done < observations; {
		at := first.Add(time.Duration(span * float64(done+int64(len(b.Observations))) / float64(observations) * float64(time.Second)))
		s.measure(&b, at.Add(time.Duration(s.r.IntN(3600))*time.Second))
		if n := int64(len(b.Observations)); n >= largeBatch || done+n >= observations {
			if err := to.Append(ctx, b); err != nil {
				return err
			}
			done += n
			progress(done)
			b.Observations, b.Verdicts = b.Observations[:0], b.Verdicts[:0]
		}
	}
	return nil
}

// measure adds one measurement to a batch.
func (s *largeStore) measure(b *store.Batch, at time.Time) {
	net := s.network()
	site, category := s.target()
	// One pair of network and site in thirty is blocked, and nearly always found to be.
	h := sha256.Sum256(fmt.Appendf(nil, "%d %s", net.asn, site))
	blocked := h[0] < 8 && s.r.IntN(20) != 0 || s.r.IntN(400) == 0
	list := s.models[blocked]
	one := &list[s.r.IntN(len(list))]
	at = at.Truncate(time.Second)
	uid := fmt.Sprintf("%s_%s_webconnectivity_%016x%016x", at.Format("20060102150405"), net.cc, s.r.Uint64(), s.r.Uint64())
	report := fmt.Sprintf("%sT000000Z_webconnectivity_%s_%d_n1_%d", at.Format("20060102"), net.cc, net.asn, s.r.IntN(30))
	input := "https://" + site + "/"
	for _, o := range one.rows {
		o.MeasurementUID, o.StartTime, o.ProbeCC, o.ProbeASN, o.ProbeASOrgName, o.Input, o.Hostname, o.ReportID = uid, at, net.cc, net.asn, net.name, input, site, report
		b.Observations = append(b.Observations, o)
	}
	for _, v := range one.verdicts {
		v.MeasurementUID, v.StartTime, v.ProbeCC, v.ProbeASN, v.ProbeASOrgName, v.Input, v.Target, v.Category, v.ReportID, v.Invented = uid, at, net.cc, net.asn, net.name, input, site, category, report, true
		b.Verdicts = append(b.Verdicts, v)
	}
}
