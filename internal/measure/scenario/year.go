package scenario

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"veedor/internal/measure/verdict"
)

// Planted is an event that was put into a generated year.
type Planted struct {
	Kind     string // "full", "lasting", "partial", "rolling", "resolver", "throttling", "shutdown", "late"
	CC       string
	Networks []uint32
	Targets  []string // none for a shutdown
	Layer    verdict.Layer
	Resolver uint32 // of the resolver-only kind: nobody else's users meet it
	From, To int64  // hours; To is the year's end where it lasts
	Share    float64
	Step     int64 // hours from one network to the next
}

// begins returns when a network begins to restrict, and false where it never does.
func (p *Planted) begins(asn uint32) (int64, bool) {
	i := slices.Index(p.Networks, asn)
	return p.From + int64(i)*p.Step, i >= 0
}

// Year is a generated year of cells for detection to be measured on: many series in which nothing
// happens but what always happens, and a few events. Nothing in it is about a real place.
//
// What always happens: mishaps, more in some series than in others; hours in which half of all that a
// network measures fails; hours in which a site is down everywhere, which now and then looks like
// blocking; visitors whose own filter blocks a site for days.
type Year struct {
	Events   []Planted
	Series   []YearSeries
	Networks []YearNetwork

	seed     uint64
	troubles map[uint32][][2]int64 // by network
	outages  map[string][][2]int64 // by target
}

// YearSeries is one series of a year.
type YearSeries struct {
	verdict.Series
	rate  float64 // measurements an hour, on average
	noise float64 // share of mishaps
}

// YearNetwork is one network of a year.
type YearNetwork struct {
	CC   string
	ASN  uint32
	rate float64 // measurements an hour, of all targets
}

// Hours of the generated year.
const (
	YearFirst = 490896 // 2026-01-01 00:00 UTC
	YearHours = 365 * 24
)

// NewYear makes a year of about so many series with so many events.
func NewYear(seed uint64, size, events int) *Year {
	r := rand.New(rand.NewPCG(seed, 21))
	y := &Year{seed: seed, troubles: map[uint32][][2]int64{}, outages: map[string][][2]int64{}}
	layers := []verdict.Layer{verdict.DNS, verdict.TCP, verdict.TLS, verdict.HTTP, verdict.Throttling}
	const countries, networks = 25, 4
	targets := max(1, size/(countries*networks*len(layers)))
	factor := make([]float64, targets)
	for i := range factor {
		factor[i] = math.Exp(r.NormFloat64() * 0.5)
		y.outages[target(i)] = spells(r, 3, 1, 24)
	}
	for c := range countries {
		cc := string([]byte{'X', byte('A' + c)})
		for n := range networks {
			asn := uint32(4200000000 + c*networks + n) // private use (RFC 6996)
			rate := min(0.25*math.Exp(r.NormFloat64()), 3)
			y.troubles[asn] = spells(r, 3, 2, 8)
			y.Networks = append(y.Networks, YearNetwork{cc, asn, rate * float64(targets)})
			for t := range targets {
				for _, l := range layers {
					k := verdict.Series{CC: cc, ASN: asn, Target: target(t), Layer: l}
					if l == verdict.DNS {
						k.Resolver = asn
					}
					y.Series = append(y.Series, YearSeries{k, rate * factor[t], min(0.05, 0.008*r.ExpFloat64())})
				}
			}
		}
	}
	y.plant(r, events, targets)
	return y
}

func target(i int) string { return fmt.Sprintf("site-%d.example", i) }

// spells draws about n times a year, each of some hours.
func spells(r *rand.Rand, n int, least, most int64) [][2]int64 {
	var out [][2]int64
	for range n {
		from := YearFirst + r.Int64N(YearHours)
		out = append(out, [2]int64{from, from + least + r.Int64N(most-least+1)})
	}
	return out
}

func (y *Year) plant(r *rand.Rand, events, targets int) {
	kinds := []string{"full", "lasting", "partial", "rolling", "resolver", "throttling", "shutdown", "late"}
	busy := map[string][][2]int64{} // by country: so that events do not merge
	for i := 0; i < events; {
		p := Planted{Kind: kinds[i%len(kinds)], Share: 1, Layer: []verdict.Layer{verdict.DNS, verdict.TCP, verdict.TLS, verdict.HTTP}[r.IntN(4)]}
		p.From = YearFirst + 45*24 + r.Int64N(YearHours-75*24) // history before, time to be noticed after
		p.To = p.From + 3*24 + r.Int64N(27*24)
		n := y.Networks[r.IntN(len(y.Networks))]
		p.CC = n.CC
		var able []uint32
		for _, o := range y.Networks {
			if o.CC == p.CC && o.rate/float64(targets) > 0.08 { // two measurements of a target a day; below that nobody can know soon
				able = append(able, o.ASN)
			}
		}
		if len(able) == 0 {
			continue
		}
		p.Networks = able[:1+r.IntN(len(able))]
		for range 1 + r.IntN(min(20, max(1, targets/8))) {
			if t := target(r.IntN(targets)); !slices.Contains(p.Targets, t) {
				p.Targets = append(p.Targets, t)
			}
		}
		switch p.Kind {
		case "lasting":
			p.To = YearFirst + YearHours
		case "partial":
			p.Share = 0.2
			p.To = p.From + 14*24 + r.Int64N(30*24)
		case "rolling":
			p.Networks, p.Step = able, 12+r.Int64N(60)
			p.To = p.From + 30*24
		case "resolver":
			p.Layer, p.Networks = verdict.DNS, able[:1]
			p.Resolver = able[0]
		case "throttling":
			p.Layer, p.Share = verdict.Throttling, 0.8
		case "shutdown":
			p.Targets, p.Layer = nil, ""
			p.Networks = nil
			for _, o := range y.Networks {
				if o.CC == p.CC {
					p.Networks = append(p.Networks, o.ASN)
				}
			}
			p.To = p.From + 6 + r.Int64N(66)
		}
		p.To = min(p.To, YearFirst+YearHours)
		if slices.ContainsFunc(busy[p.CC], func(o [2]int64) bool { return p.From < o[1]+10*24 && o[0] < p.From+10*24 }) {
			continue // another time or place
		}
		busy[p.CC] = append(busy[p.CC], [2]int64{p.From, p.From + 10*24})
		y.Events = append(y.Events, p)
		i++
	}
}

func within(list [][2]int64, h int64) bool {
	for _, s := range list {
		if h >= s[0] && h < s[1] {
			return true
		}
	}
	return false
}

// Cells appends the cells of one series. With late false, what the events of kind "late" delayed is
// not there yet as of the hour now.
func (y *Year) Cells(dst []verdict.Cell, i int, t verdict.Scale, now int64) []verdict.Cell {
	s := &y.Series[i]
	r := rand.New(rand.NewPCG(y.seed, uint64(i)+1000))
	ok, bad, plain := verdictsOf(s.Layer)
	worked, failed, gone := ratioOf(ok), ratioOf(bad), ratioOf(plain)
	var events []*Planted
	for e := range y.Events {
		p := &y.Events[e]
		if p.CC == s.CC && (p.Kind == "shutdown" || p.Layer == s.Layer && slices.Contains(p.Targets, s.Target)) {
			if _, hit := p.begins(s.ASN); hit && (p.Resolver == 0 || p.Resolver == s.Resolver) {
				events = append(events, p)
			}
		}
	}
	trouble, outage := y.troubles[s.ASN], y.outages[s.Target]
	population := 8 + int(20*s.rate) // probes on the network, some of them busier than others
	var odd [2]int64                 // a visitor with a filter of his own
	odder := 0
	if r.Float64() < 0.02 {
		odd[0] = YearFirst + r.Int64N(YearHours)
		odd[1] = odd[0] + 24 + r.Int64N(6*24)
		odder = r.IntN(1 + population/4)
	}
	at := float64(YearFirst)
	for {
		at += r.ExpFloat64() / (s.rate * 1.5)
		h := int64(at)
		if h >= YearFirst+YearHours || h > now {
			return dst
		}
		if r.Float64() > daily(h)/1.5 { // thinned to the hour's rate
			continue
		}
		met, down := false, false
		p := s.noise
		if within(trouble, h) {
			p = 0.5
		}
		if within(outage, h) {
			if r.Float64() < 0.15 {
				p = 0.9
			} else {
				down = r.Float64() < 0.9
			}
		}
		voter := int(float64(population) * r.Float64() * r.Float64())
		if h >= odd[0] && h < odd[1] && voter == odder {
			p = 1
		}
		silent := false
		for _, e := range events {
			from, _ := e.begins(s.ASN)
			if h < from || h >= e.To {
				continue
			}
			switch {
			case e.Kind == "shutdown":
				silent = r.Float64() > 0.02
			case e.Kind == "late" && h >= from && now < h+72:
				silent = true
			case e.Share == 1 || evenly(voter) < e.Share:
				p = 0.92
			}
		}
		if silent {
			continue
		}
		ratio := worked
		switch {
		case down:
			ratio = gone
		case r.Float64() < p:
			met, ratio = true, failed
		}
		if n := len(dst); n == 0 || dst[n-1].Hour != h {
			dst = append(dst, verdict.Cell{Hour: h})
		}
		c := &dst[len(dst)-1]
		c.N++
		c.Voters++
		full, part := t.Vote(ratio)
		c.Full += full
		c.Partial += part
		if down {
			c.Down++
		}
		if met {
			c.Blocked++
			if len(c.Rules) == 0 {
				c.Rules = append(c.Rules, verdict.RuleCount{Rule: bad})
			}
			c.Rules[0].N++
			if who := uint64(s.ASN)<<20 + uint64(voter); len(c.Met) < verdict.MostMet && !slices.Contains(c.Met, who) {
				c.Met = append(c.Met, who)
			}
		}
	}
}

// evenly puts voters at even distances between 0 and 1, so that a share of a network's probes is that share.
func evenly(voter int) float64 {
	_, f := math.Modf(float64(voter) * 0.6180339887498949)
	return f
}

// verdictsOf returns the rules that win in a layer when it works, when it does not, and when it is down.
func verdictsOf(l verdict.Layer) (ok, bad, down string) {
	switch l {
	case verdict.DNS:
		return "dns_answer_matches", "dns_nxdomain_ctrl_ok", "dns_failure_ctrl_too"
	case verdict.TCP:
		return "tcp_connected", "tcp_failure_ctrl_ok", "tcp_failure_ctrl_too"
	case verdict.TLS:
		return "tls_valid", "tls_failure_ctrl_ok", "tls_failure_ctrl_too"
	case verdict.HTTP:
		return "http_page_over_tls", "http_failure_ctrl_ok", "http_failure_ctrl_too"
	}
	return "transfer_ordinary", "throttled_beside_fast", "transfer_site_slow"
}

func ratioOf(id string) float64 {
	r, _ := verdict.Lookup(id)
	return r.Likelihood
}

// daily is how much is measured in an hour of the day, against the average.
func daily(h int64) float64 { return 1 + 0.45*math.Sin(2*math.Pi*float64(h%24-6)/24) }

// Volume returns how much was measured on a network, hour by hour.
func (y *Year) Volume(i int) verdict.Volume {
	n := y.Networks[i]
	r := rand.New(rand.NewPCG(y.seed, uint64(i)+77))
	v := verdict.Volume{CC: n.CC, ASN: n.ASN, First: YearFirst, Count: make([]int32, YearHours)}
	level := 1.0
	for j := range v.Count {
		h := int64(YearFirst + j)
		if j%24 == 0 {
			level = min(max(level*math.Exp(r.NormFloat64()*0.08), 0.5), 2)
		}
		rate := n.rate * daily(h) * level * math.Exp(r.NormFloat64()*0.3-0.045)
		for _, e := range y.Events {
			if e.Kind == "shutdown" && e.CC == n.CC && h >= e.From && h < e.To {
				rate *= 0.02
			}
		}
		v.Count[j] = poisson(r, rate)
	}
	return v
}

// poisson draws a count; by its normal limit where the mean is large.
func poisson(r *rand.Rand, mean float64) int32 {
	if mean > 60 {
		return int32(max(0, math.Round(mean+math.Sqrt(mean)*r.NormFloat64())))
	}
	n, p, limit := int32(0), 1.0, math.Exp(-mean)
	for {
		p *= r.Float64()
		if p <= limit {
			return n
		}
		n++
	}
}
