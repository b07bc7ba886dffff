package verdict

import (
	"slices"
	"strconv"
	"strings"

	"veedor/internal/measure/obs"
)

// arrange makes the steps: lookups first, since what they say of addresses decides how far the rest is trusted.
func (sc *scene) arrange() {
	for i := range sc.rows {
		if sc.rows[i].DNSSuccess != nil {
			sc.addLookup(&sc.rows[i])
		}
	}
	for i := range sc.steps {
		sc.finishLookup(&sc.steps[i])
	}
	lookups := len(sc.steps)
	for i := range sc.steps {
		sc.steps[i].primary = sc.steps[i].primary || !sc.hasSystem(sc.steps[:lookups], sc.steps[i].host)
		sc.findInjection(i)
	}
	for i := range sc.rows {
		sc.addConnection(&sc.rows[i], lookups)
	}
	sc.arrangeTransfers()
}

// findInjection sees whether resolvers asked beside the system's gave its answer too: then the
// answer was put in on the way, rather than by the system's resolver.
func (sc *scene) findInjection(at int) {
	s := &sc.steps[at]
	if !s.primary || !s.answered {
		return
	}
	for i := range sc.steps {
		o := &sc.steps[i]
		if i == at || o.host != s.host || o.primary || !o.answered || o.depth != s.depth {
			continue
		}
		if slices.ContainsFunc(o.answers, func(a string) bool { return slices.Contains(s.answers, a) }) {
			s.injected = true
		}
	}
}

func (sc *scene) hasSystem(lookups []step, host string) bool {
	for i := range lookups {
		if lookups[i].host == host && lookups[i].primary {
			return true
		}
	}
	return false
}

// addLookup joins the rows of one lookup (same name, hop and resolver; both address families) into one step.
func (sc *scene) addLookup(o *obs.Observation) {
	engine := o.DNSEngine
	if o.DNSEngineResolverAddress != "" {
		engine += " " + o.DNSEngineResolverAddress
	}
	subject := factLookup.Say(o.Hostname, engine)
	kind := obs.Classify(o.DNSFailure)
	var s *step
	for i := range sc.steps {
		if sc.steps[i].subject == subject && sc.steps[i].depth == o.Depth {
			s = &sc.steps[i]
			break
		}
	}
	if s == nil {
		sc.steps = append(sc.steps, step{layer: DNS, subject: subject, lookupPart: partOf(o), host: o.Hostname, depth: o.Depth, kind: kind, note: o.DNSFailure,
			primary: obs.System(o.DNSEngine), bogon: !sentinel(o.Hostname), ctrlPage: sc.ctrlPage})
		s = &sc.steps[len(sc.steps)-1]
	}
	if s.kind == obs.NoAnswer && kind != obs.Success || s.note == "" && !s.answered {
		s.kind, s.note = kind, o.DNSFailure // a missing IPv6 record is no failure of the name
	}
	if kind != obs.Success || o.IP == "" {
		return
	}
	s.answered, s.kind, s.note = true, obs.Success, ""
	if !slices.Contains(s.answers, o.IP) && len(s.answers) < 64 {
		s.answers = append(s.answers, o.IP)
	}
	if o.IPASN != 0 && !slices.Contains(s.ases, o.IPASN) && len(s.ases) < 64 {
		s.ases = append(s.ases, o.IPASN)
	}
	s.bogon = s.bogon && o.IPIsBogon != nil && *o.IPIsBogon
	s.delivery = s.delivery || delivery(o.IPASN)
	s.sameOrg = s.sameOrg || o.IPASOrgName != "" && slices.Contains(sc.ctrlOrgs, o.IPASOrgName)
	s.cache = s.cache || o.IPASN != 0 && o.IPASN == o.ProbeASN || o.IPCC != "" && o.IPCC == o.ProbeCC
	if s.fingerprint == "" {
		s.fingerprint, _ = sc.telling(o.ProbeCC, o.DNSFingerprints)
	}
}

// finishLookup compares a lookup with the control and with what was found at its addresses.
func (sc *scene) finishLookup(s *step) {
	s.bogon = s.bogon && s.answered
	if s.host == sc.input {
		s.ctrl, s.ctrlNoName = sc.ctrlDNS, sc.ctrlNX
		for _, a := range s.answers {
			s.overlap = s.overlap || slices.Contains(sc.ctrlAddrs, a)
		}
		for _, as := range s.ases {
			s.sameAS = s.sameAS || slices.Contains(sc.ctrlASes, as)
		}
		for i := range sc.control {
			o := &sc.control[i]
			s.ctrlBogon = s.ctrlBogon || o.DNSSuccess != nil && o.IPIsBogon != nil && *o.IPIsBogon
			if o.TLSSuccess != nil && o.TLSServerName == s.host {
				s.ctrlServes = s.ctrlServes || *o.TLSSuccess && slices.Contains(s.answers, o.IP)
				s.ctrlTLSBad = s.ctrlTLSBad || obs.Classify(o.TLSFailure).Certificate() && slices.Contains(sc.ctrlAddrs, o.IP)
			}
		}
		s.cache = s.cache && sc.delivered()
	}
	for i := range sc.steps {
		o := &sc.steps[i]
		s.elseWorks = s.elseWorks || o.layer == DNS && o.answered && o.host != s.host && o.primary
	}
	if !s.answered || s.bogon || s.ctrl == ctrlFailed {
		sc.compare(s, AboutName, s.host, "", 0)
	}
	tried, worked := false, false
	for i := range sc.rows {
		o := &sc.rows[i]
		if o.Hostname != s.host || !slices.Contains(s.answers, o.IP) {
			continue
		}
		if o.TCPSuccess != nil || o.TLSSuccess != nil || o.HTTPSuccess != nil {
			tried = true
			worked = worked || !failed(o.TCPSuccess) && !failed(o.TLSSuccess) && !failed(o.HTTPSuccess)
		}
		if o.TLSSuccess != nil && o.TLSServerName == s.host {
			s.tlsValid = s.tlsValid || o.TLSIsCertificateValid != nil && *o.TLSIsCertificateValid
			s.tlsWrong = s.tlsWrong || o.TLSIsCertificateValid != nil && !*o.TLSIsCertificateValid
		}
		if o.HTTPFinal && sc.ctrlPage == ctrlOK {
			same := like(o, sc.page)
			s.pageMatches = s.pageMatches || same
			cleartext := strings.HasPrefix(o.HTTPRequestURL, "http://")
			s.pageDiffers = s.pageDiffers || !same && cleartext && !challenge(o) && sc.page.HTTPResponseStatusCode < 400
		}
	}
	s.dead = tried && !worked
	if s.answered && !s.overlap && !s.tlsValid {
		sc.vouch(s)
	}
	if s.answered {
		s.note = factAnswer.Say(strings.Join(s.answers[:min(len(s.answers), 8)], ", "))
	}
	switch {
	case s.ctrl == ctrlOK:
		s.note += "; " + factControlAnswer.Say(strings.Join(sc.ctrlAddrs[:min(len(sc.ctrlAddrs), 8)], ", "))
	case s.depth <= 0:
		s.note += "; " + s.ctrl.said()
	default:
		s.note += "; " + s.ctrlPage.wholePage()
	}
	if s.fingerprint != "" {
		s.note += "; " + factFingerprint.Say(s.fingerprint)
	}
	if s.said != "" {
		s.note += "; " + s.said
	}
}

// vouch asks whether enough others found the site at an address answered, or in its network.
func (sc *scene) vouch(s *step) {
	for _, a := range s.answers[:min(len(s.answers), 8)] {
		if e := sc.ask(AboutAddress, s.host, a, 0); e.vouched {
			s.vouched = true
			s.said = a + " " + e.text
			return
		}
	}
	for _, as := range s.ases[:min(len(s.ases), 8)] {
		if e := sc.ask(AboutNetwork, s.host, "", int32(as)); e.vouched {
			s.otherNet = true
			s.said = "AS" + strconv.FormatUint(uint64(as), 10) + " " + e.text
			return
		}
	}
}

// sentinel names are answered with loopback addresses on purpose: Signal's sign of being up.
func sentinel(host string) bool { return host == "uptime.signal.org" }

// delivered says that the control was sent to a delivery network, whose caches stand in readers' own networks.
func (sc *scene) delivered() bool {
	return slices.ContainsFunc(sc.ctrlASes, delivery)
}

// delivery says whether a network's owner puts caches into others' networks, or answers from
// addresses of its own choosing all over the world. AS numbers as registered.
func delivery(asn uint32) bool {
	switch asn {
	case 15169, 36040, 36384, // Google
		32934,       // Meta
		2906, 40027, // Netflix
		20940, 16625, 12222, 32787, 63949, // Akamai
		13335, 209242, // Cloudflare
		54113,               // Fastly
		16509, 14618, 38895, // Amazon
		8068, 8075, // Microsoft
		714, 6185, // Apple
		22822, 15133, 14153, // Edgio
		13414, // X
		62041: // Telegram
		return true
	}
	return false
}
