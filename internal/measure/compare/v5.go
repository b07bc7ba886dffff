// Package compare holds other people's judges, derived anew from a description of what they do, and
// reads other people's tables, so that our verdicts can be shown beside theirs. It is a benchmark:
// nothing of it is used to judge.
package compare

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"veedor/internal/measure/obs"
	"veedor/internal/measure/verdict"
)

// Score is what pipeline v5 says of one layer: how much speaks for each of three answers, and the rule
// that says most.
type Score struct {
	Blocked, Down, OK float64
	Rule              string
}

// Flagged says whether the score is read as "blocked". OONI publishes the numbers and leaves the cut to
// the reader. At one half a rule holds blocking at least as likely as all else. Blocked is not asked to be
// greater than OK: v5 takes the maximum over all rows, so that the first hop of a redirect, which worked,
// would hide the second, and then no more than 15 of the reference's 20 could be found.
func (s Score) Flagged() bool { return s.Blocked >= 0.5 }

// V5Verdict is what pipeline v5 says of one measurement. It has no layer for HTTP or QUIC.
type V5Verdict struct{ DNS, TCP, TLS Score }

// Layers returns the layers that are flagged.
func (v V5Verdict) Layers() []string {
	var out []string
	for _, l := range v.each() {
		if l.Flagged() {
			out = append(out, l.name)
		}
	}
	return out
}

// Verdict words the scores as one state. v5 has no answer for the whole, so the likeliest reading is
// taken: blocked where a layer is flagged, else down where down outweighs ok in some layer.
func (v V5Verdict) Verdict() (state verdict.State, layers []string) {
	if layers = v.Layers(); len(layers) > 0 {
		return verdict.Blocked, layers
	}
	state = verdict.Insufficient
	for _, l := range v.each() {
		switch {
		case l.Down > l.OK:
			state, layers = verdict.Down, append(layers, l.name)
		case l.OK > 0 && state == verdict.Insufficient:
			state = verdict.OK
		}
	}
	return state, layers
}

// named is a layer's score with its name.
type named struct {
	name string
	Score
}

func (v V5Verdict) each() []named { return []named{{"dns", v.DNS}, {"tcp", v.TCP}, {"tls", v.TLS}} }

// V5 applies the rules of OONI's pipeline v5 (RULES_VERSION 2) to the observations of one
// web_connectivity measurement, with its own test helper as the control. In production the control is
// everybody's of an hour; here it is one. What is known to be amiss in v5 is kept: it is part of what it
// says. Any fingerprint that the observations carry counts as a blocking notice of the country.
func V5(rows []obs.Observation) V5Verdict {
	e := newV5(rows)
	var v V5Verdict
	var best [3]fired
	for i := range e.rows {
		o := &e.rows[i]
		dns := e.dns(o)
		tcp := e.tcp(o, dns)
		tls := e.tls(o, dns, tcp)
		for l, f := range []fired{dns, tcp, tls} {
			s := []*Score{&v.DNS, &v.TCP, &v.TLS}[l]
			s.Blocked, s.Down, s.OK = max(s.Blocked, f.b), max(s.Down, f.d), max(s.OK, f.ok)
			if f.over(best[l]) {
				best[l], s.Rule = f, f.rule
			}
		}
	}
	return v
}

// fired is one rule's answer on one row.
type fired struct {
	rule     string
	b, d, ok float64
	evidence int
}

const (
	none = iota
	discarded
	scored
)

// over orders firings as v5 does to name the top rule: evidence, then blocked, then the rule's name.
func (f fired) over(g fired) bool {
	return cmp.Or(cmp.Compare(f.evidence, g.evidence), cmp.Compare(f.b, g.b), cmp.Compare(f.rule, g.rule)) > 0
}

func says(rule string, b, d, ok float64) fired { return fired{rule, b, d, ok, scored} }

// rate counts how something went for the control.
type rate struct{ ok, failed int }

func (r *rate) add(ok *bool) {
	switch {
	case ok == nil:
	case *ok:
		r.ok++
	default:
		r.failed++
	}
}

// good says that more than half of the tries worked.
func (r rate) good() bool { return r.ok > r.failed }

// v5 is what the rules look at.
type v5 struct {
	rows    []obs.Observation // the probe's
	host    string            // the name the control is filed under
	control bool              // there is one

	names        rate
	answers      []string
	ases         []uint32
	connects     map[string]*rate // by address
	handshakes   map[string]*rate
	inconsistent map[string]bool // addresses at which the control met a wrong certificate
	consistent   map[string]bool // addresses vouched for by a valid one, the control's or a probe's
	broken6      bool
}

func newV5(rows []obs.Observation) *v5 {
	e := &v5{connects: map[string]*rate{}, handshakes: map[string]*rate{}, inconsistent: map[string]bool{}, consistent: map[string]bool{}}
	var six rate
	for i := range rows {
		o := &rows[i]
		if o.Vantage == obs.Control {
			e.helper(o)
			continue
		}
		e.rows = append(e.rows, *o)
		if strings.Contains(o.IP, ":") {
			six.add(o.TCPSuccess)
		}
	}
	e.broken6 = six.failed > six.ok
	if len(rows) > 0 {
		e.host = filedUnder(rows[0].Input)
	}
	for i := range e.rows {
		// v5 joins from the control: without one, no certificate vouches for anything.
		if o := &e.rows[i]; e.controlled(o) && o.TLSSuccess != nil && *o.TLSSuccess {
			e.consistent[o.IP] = true
		}
	}
	return e
}

// filedUnder returns the host of the input as v5 writes it in control rows: not in punycode, though
// observations are, so that names with other letters never find their control.
func filedUnder(input string) string {
	if u, err := url.Parse(input); err == nil && u.Hostname() != "" {
		return strings.ToLower(u.Hostname())
	}
	return input
}

func (e *v5) controlled(o *obs.Observation) bool { return e.control && o.Hostname == e.host }

// helper adds a row of the control.
func (e *v5) helper(o *obs.Observation) {
	if o.DNSSuccess == nil && o.TCPSuccess == nil && o.HTTPSuccess == nil {
		return // v5 files what the control has from a handshake alone under the address, where nobody looks
	}
	e.control = true
	e.names.add(o.DNSSuccess)
	if o.DNSSuccess != nil && o.IP != "" {
		e.answers = append(e.answers, o.IP)
		if o.IPASN != 0 {
			e.ases = append(e.ases, o.IPASN)
		}
	}
	at(e.connects, o.IP).add(o.TCPSuccess)
	at(e.handshakes, o.IP).add(o.TLSSuccess)
	if o.TLSSuccess != nil {
		e.consistent[o.IP] = e.consistent[o.IP] || *o.TLSSuccess
		e.inconsistent[o.IP] = e.inconsistent[o.IP] || strings.HasPrefix(o.TLSFailure, "ssl_")
	}
}

func at(m map[string]*rate, ip string) *rate {
	if m[ip] == nil {
		m[ip] = &rate{}
	}
	return m[ip]
}

// dns tries the rules of DNS in their order. They look at all that the system's resolver answered for
// the row's name and family of addresses.
func (e *v5) dns(o *obs.Observation) fired {
	system := o.DNSSuccess != nil && obs.System(o.DNSEngine)
	var answers []*obs.Observation
	for i := range e.rows {
		a := &e.rows[i]
		if a.DNSSuccess != nil && obs.System(a.DNSEngine) && a.IP != "" && a.Hostname == o.Hostname &&
			strings.Contains(a.IP, ":") == strings.Contains(o.IP, ":") {
			answers = append(answers, a)
		}
	}
	failed := system && o.DNSFailure != ""
	if failed || o.IP == "" {
		answers = nil
	}
	is := func(f func(*obs.Observation) bool) bool { return slices.ContainsFunc(answers, f) }
	control := e.controlled(o)
	inControl := func(a *obs.Observation) bool { return control && slices.Contains(e.answers, a.IP) }
	bogon := func(a *obs.Observation) bool { return a.IPIsBogon != nil && *a.IPIsBogon }
	switch {
	case len(answers) == 0 && !failed:
		return fired{rule: "no_dns_data"}
	case is(func(a *obs.Observation) bool { return len(a.DNSFingerprints) > 0 }):
		return says("country_consistent_blockpage", 1, 0, 0)
	case control && is(func(a *obs.Observation) bool { return e.consistent[a.IP] }):
		return says("tls_consistent_answer", 0, 0, 1)
	case is(bogon) && !is(func(a *obs.Observation) bool { return bogon(a) && inControl(a) }):
		return says("bogon_not_in_ctrl", .95, .05, 0)
	case is(bogon):
		return says("bogon_in_ctrl", .1, .9, 0)
	case control && is(func(a *obs.Observation) bool { return e.inconsistent[a.IP] && !inControl(a) }):
		return says("tls_inconsistent_not_in_ctrl", .9, .05, .05)
	case is(inControl):
		return says("answer_matches_ctrl", 0, 0, .9)
	case control && is(func(a *obs.Observation) bool { return a.IPASN != 0 && slices.Contains(e.ases, a.IPASN) }):
		return says("answer_asn_matches_ctrl", .2, 0, .8)
	case failed && control && e.names != (rate{}) && !e.names.good():
		return says("dns_system_failure_ctrl_also_failing", .1, .9, 0)
	case failed && control && e.names.good():
		return says("dns_system_failure_ctrl_ok", .9, .1, 0)
	case failed:
		return says("dns_system_failure_no_ctrl", .5, .5, 0)
	}
	return says("dns_system_answer_unmatched", .75, 0, .25)
}

// untrusted says that the name's answer speaks against resting anything on the address.
func untrusted(dns fired) bool { return dns.b > 0 && dns.ok <= dns.b+dns.d }

func (e *v5) tcp(o *obs.Observation, dns fired) fired {
	c := rate{}
	if e.controlled(o) && e.connects[o.IP] != nil {
		c = *e.connects[o.IP]
	}
	switch {
	case o.TCPSuccess == nil:
		return fired{rule: "no_tcp_data"}
	case *o.TCPSuccess:
		return says("connect_ok", 0, 0, 1)
	case strings.Contains(o.IP, ":") && e.broken6:
		return fired{rule: "ipv6_broken_probe", evidence: discarded}
	case c.good():
		return says("failure_ctrl_ok", .75, .25, 0)
	case untrusted(dns):
		return fired{rule: "dns_untrusted", evidence: discarded}
	case c.failed > 0:
		return says("failure_ctrl_also_failing", .25, .75, 0)
	}
	return fired{rule: "none"}
}

func (e *v5) tls(o *obs.Observation, dns, tcp fired) fired {
	c := rate{}
	if e.controlled(o) && e.handshakes[o.IP] != nil {
		c = *e.handshakes[o.IP]
	}
	switch {
	case o.TLSSuccess == nil:
		return fired{rule: "no_tls_data"}
	case *o.TLSSuccess:
		return says("certificate_valid", 0, 0, 1)
	case c.good() && strings.HasPrefix(o.TLSFailure, "ssl_"):
		return says("failure_ctrl_ok_ssl", .9, .1, 0)
	case c.good() && o.TLSFailure == "connection_reset":
		return says("failure_ctrl_ok_reset", .8, .2, 0)
	case c.good():
		return says("failure_ctrl_ok_other", .7, .3, 0)
	case untrusted(dns):
		return fired{rule: "dns_untrusted", evidence: discarded}
	case tcp.b > 0:
		return fired{rule: "tcp_blocked", evidence: discarded}
	case c.failed > 0:
		return says("failure_ctrl_also_failing", .2, .8, 0)
	}
	return fired{rule: "none"}
}
