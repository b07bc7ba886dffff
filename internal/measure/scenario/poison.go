package scenario

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// Told is one measurement and the truth about it.
type Told struct {
	Line    []byte // JSON
	Forged  bool   // made up by somebody who was not there
	Lie     string // of a forged one: "handshake", "failures" or "reachable"
	Network int    // number of the network it claims to come from
	Blocked bool   // the network it claims to come from really restricts the site
}

// What the lies of Poison's forgers are for.
const (
	lieHandshake = "handshake" // the censor's address handshakes for the name, so that it passes for the site's
	lieFailures  = "failures"  // the site fails everywhere, for the helper too, so that blocking passes for an outage
	lieReachable = "reachable" // the site works where it is restricted
)

// PoisonedSite is the URL that all of Poison's measurements are of.
const PoisonedSite = "https://diario.example/"

// Where the site really is, and where the censor's answers lead.
var (
	poisonedSite = []answer{{"203.0.113.30", siteASN}, {"203.0.113.31", siteASN}}
	censor       = answer{"198.51.100.66", borduna.asn}
)

// Poison returns measurements of one site in the order of time: honest ones of five networks, of which
// two lie about its address and one resets handshakes with it, and forged ones by so many sessions, each
// with a report and a probe of its own and a single lie. Honest sessions make four measurements on
// average. The same arguments give the same result.
func Poison(seed uint64, honest, forged, sessions int) []Told {
	r := rand.New(rand.NewPCG(seed, 11))
	looks := looksOf(nil)
	begin := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	const span = 14 * 24 * 60 * 60 // seconds
	type dated struct {
		at time.Time
		Told
	}
	var out []dated
	add := func(s *session, lie string) {
		at := s.begin.Add(time.Duration(r.IntN(3600)) * time.Second)
		v := &visit{network: s.network, at: at, opened: s.begin, report: s.report, probe: s.probe, look: s.look}
		how := restrictions[s.network.asn]
		s.tell(v, how, lie)
		out = append(out, dated{at, Told{Line: v.json(), Forged: lie != "", Lie: lie, Network: s.network.asn, Blocked: how != ""}})
	}
	enter := func(networks []network) *session {
		return &session{r: r, network: networks[r.IntN(len(networks))], begin: begin.Add(time.Duration(r.IntN(span)) * time.Second),
			look: looks[r.IntN(len(looks))], report: randomName(r, 16), probe: randomName(r, 24)}
	}
	var s *session
	for left, i := 0, 0; i < honest; i++ {
		if left == 0 {
			s, left = enter(everyNetwork), 1+r.IntN(7)
		}
		add(s, "")
		left--
	}
	lies := []string{lieHandshake, lieFailures, lieReachable}
	claimed := map[string][]network{lieHandshake: everyNetwork, lieFailures: everyNetwork, lieReachable: {movil, borduna, cablenorte}}
	var forgers []*session
	for i := range max(sessions, 1) {
		forgers = append(forgers, enter(claimed[lies[i%len(lies)]]))
	}
	for i := range forged {
		n := i % len(forgers)
		add(forgers[n], lies[n%len(lies)])
	}
	slices.SortStableFunc(out, func(a, b dated) int { return a.at.Compare(b.at) })
	told := make([]Told, len(out))
	for i := range out {
		told[i] = out[i].Told
	}
	return told
}

var everyNetwork = []network{aurelia, movil, borduna, cablenorte, calvara}

// restrictions are how networks really restrict the site.
var restrictions = map[int]string{movil.asn: "reset", borduna.asn: "dns", cablenorte.asn: "dns"}

// session is one probe in one hour: its measurements share a report.
type session struct {
	r             *rand.Rand
	network       network
	begin         time.Time
	look          *look
	report, probe string
}

// tell fills in what the session says it saw; lie is "" for the truth.
func (s *session) tell(v *visit, how, lie string) {
	size := 60 + s.r.IntN(6)
	news := page{status: 200, title: "Diario libre de ejemplo", body: "", headers: [][2]string{{"Content-Type", "text/html; charset=utf-8"}, {"X-Diario", "libre"}}}
	news.body = "<!doctype html><html lang=es><head><title>" + news.title + "</title></head><body>"
	for range size {
		news.body += fmt.Sprintf("<p id=\"n%d\">Noticias inventadas.</p>", s.r.IntN(1e6))
	}
	news.body += "</body></html>"
	v.control = control{answers: poisonedSite, connect: map[string]string{}, shake: map[string]string{}, page: news}
	h := hop{url: PoisonedSite, answers: poisonedSite, used: -1}
	at := func(failure string, where ...answer) {
		for _, a := range where {
			h.endpoints = append(h.endpoints, endpoint{answer: a, shake: failure})
		}
	}
	fine := func() {
		at("", h.answers...)
		h.used, h.page = 0, news
	}
	fail := func(failure string) { h.failure = failure }
	switch {
	case lie == lieHandshake:
		// It must not look better than the truth: the page is as long, the helper knows the address or not.
		h.answers = []answer{censor}
		if s.r.IntN(2) == 0 {
			v.control.answers = append([]answer{censor}, poisonedSite...)
		}
		fine()
	case lie == lieFailures:
		at("", poisonedSite...)
		for i := range h.endpoints {
			h.endpoints[i].connect = dropped
			v.control.connect[joined(h.endpoints[i].ip, 443)] = dropped
		}
		fail(dropped)
		if v.control.fetch = dropped; s.r.IntN(3) == 0 {
			h.answers, h.endpoints, h.lookup = nil, nil, "dns_nxdomain_error"
			v.control.answers, v.control.lookup, v.control.fetch = nil, "dns_name_error", "dns_lookup_error"
			fail("dns_nxdomain_error")
		}
	case lie == lieReachable || how == "":
		fine()
	case how == "reset":
		at(reset, poisonedSite...)
		fail(reset)
	case how == "dns":
		h.answers = []answer{censor}
		failure := []string{"ssl_unknown_authority", reset}[s.r.IntN(2)]
		at(failure, censor)
		fail(failure)
		if s.look.newer() {
			h.others = poisonedSite // the other resolvers are out of the censor's reach
		}
		v.control.shake[joined(censor.ip, 443)] = "ssl_invalid_hostname"
	}
	v.hops = []hop{h}
}
