package verdict

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"veedor/internal/measure/obs"
	"veedor/internal/measure/refdata"
)

// control is how the same step went for the control.
type control uint8

const (
	ctrlNone   control = iota // it was not tried there, or nobody knows
	ctrlOK                    // it worked
	ctrlFailed                // it failed there too
)

func (c control) String() string {
	return [...]string{"no control", "control succeeded", "control failed too"}[c]
}

// step is one thing to be judged: a lookup, a connect, a handshake, a round trip. Its fields are
// the facts that conditions look at.
type step struct {
	layer   Layer
	subject string // "www.example.com via getaddrinfo", "192.0.2.1:443"
	note    string // what was seen, for people
	depth   int32
	primary bool // on the way a reader's browser takes

	kind     obs.Kind
	ctrl     control // of this very step
	ctrlPage control // of the whole fetch

	// lookups
	host        string
	answers     []string
	ases        []uint32
	answered    bool
	overlap     bool // an address the control got too
	sameAS      bool // an address in a network the control was sent to
	bogon       bool // every address answered is one
	ctrlBogon   bool
	tlsValid    bool   // a valid certificate for the name was seen on an address answered
	tlsWrong    bool   // a certificate for something else was seen on one
	pageMatches bool   // the page fetched from it is like the control's (also of round trips)
	pageDiffers bool   // it is not, and nothing of the site's own explains that
	fingerprint string // of the network's or the country's filter
	product     string // of a filter, not known whose

	// connections
	poisoned   bool // the address came from a lookup judged as tampered with, and nobody vouches for it
	vouched    bool // the control got the address too
	brokenIPv6 bool
	valid      bool // the certificate was verified
	inputTLS   bool // the input is an https URL

	// round trips
	lowerFailed bool
	overTLS     bool
	final       bool
	begun       bool // an answer began to arrive
	challenge   bool
	ctrlRefused bool // the control got an error status
}

// scene is everything known of one measurement, arranged for judging.
type scene struct {
	facts   *refdata.Facts
	rows    []obs.Observation // the probe's
	control []obs.Observation // the helper's
	input   string            // host of the input
	https   bool

	ctrlAddrs []string
	ctrlASes  []uint32
	ctrlDNS   control
	ctrlPage  control
	page      *obs.Observation // the helper's fetch
	works6    bool             // some IPv6 connect worked

	steps []step
}

func newScene(rows []obs.Observation, facts *refdata.Facts) *scene {
	sc := &scene{facts: facts, rows: rows}
	for i := range rows {
		if rows[i].Vantage == obs.Control {
			sc.rows, sc.control = rows[:i], rows[i:]
			break
		}
	}
	sc.input = obs.Host(rows[0].Input)
	sc.https = strings.HasPrefix(rows[0].Input, "https://")
	for i := range sc.control {
		sc.readControl(&sc.control[i])
	}
	for i := range sc.rows {
		o := &sc.rows[i]
		if strings.IndexByte(o.IP, ':') >= 0 && o.TCPSuccess != nil && *o.TCPSuccess {
			sc.works6 = true
		}
	}
	return sc
}

func (sc *scene) readControl(o *obs.Observation) {
	if o.DNSSuccess != nil {
		switch k := obs.Classify(o.DNSFailure); {
		case k == obs.Success && o.IP != "":
			sc.ctrlDNS = ctrlOK
			sc.ctrlAddrs = append(sc.ctrlAddrs, o.IP)
			if o.IPASN != 0 {
				sc.ctrlASes = append(sc.ctrlASes, o.IPASN)
			}
		case k == obs.Success, k == obs.NXDOMAIN, k == obs.NoAnswer, k == obs.ServFail:
			if sc.ctrlDNS == ctrlNone {
				sc.ctrlDNS = ctrlFailed
			}
		}
	}
	if o.HTTPSuccess != nil {
		sc.page, sc.ctrlPage = o, outcome(o.HTTPSuccess)
	}
}

// telling sorts fingerprints into one that speaks of the network's or the country's filtering, and
// one that names a filter without saying whose it is: products stand in schools and firms too. Those
// known to match innocent pages or harmless notices (scope injb) are neither.
func (sc *scene) telling(cc string, ids []string) (whose, product string) {
	for _, id := range ids {
		fp, ok := sc.facts.Fingerprint(id)
		if !ok || fp.FalsePositive || fp.Scope == "injb" || !fp.ExpectedIn(cc) {
			continue
		}
		if fp.Scope == "nat" || fp.Scope == "isp" || len(fp.Countries) > 0 {
			if whose == "" {
				whose = id
			}
		} else if product == "" {
			product = id
		}
	}
	return whose, product
}

func outcome(ok *bool) control {
	switch {
	case ok == nil:
		return ctrlNone
	case *ok:
		return ctrlOK
	}
	return ctrlFailed
}

// endpoint returns the control's row for an address and port, or nil.
func (sc *scene) endpoint(ip string, port int32) *obs.Observation {
	if ip == "" {
		return nil
	}
	for i := range sc.control {
		if o := &sc.control[i]; o.IP == ip && o.Port == port && (o.TCPSuccess != nil || o.TLSSuccess != nil) {
			return o
		}
	}
	return nil
}

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
	}
	for i := range sc.rows {
		sc.addConnection(&sc.rows[i], lookups)
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
	subject := o.Hostname + " via " + o.DNSEngine
	if o.DNSEngineResolverAddress != "" {
		subject += " " + o.DNSEngineResolverAddress
	}
	kind := obs.Classify(o.DNSFailure)
	var s *step
	for i := range sc.steps {
		if sc.steps[i].subject == subject && sc.steps[i].depth == o.Depth {
			s = &sc.steps[i]
			break
		}
	}
	if s == nil {
		sc.steps = append(sc.steps, step{layer: DNS, subject: subject, host: o.Hostname, depth: o.Depth, kind: kind, note: o.DNSFailure,
			primary: obs.System(o.DNSEngine), bogon: true, ctrlPage: sc.ctrlPage})
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
	if s.fingerprint == "" {
		s.fingerprint, _ = sc.telling(o.ProbeCC, o.DNSFingerprints)
	}
}

// finishLookup compares a lookup with the control and with what was found at its addresses.
func (sc *scene) finishLookup(s *step) {
	s.bogon = s.bogon && s.answered
	if s.host == sc.input {
		s.ctrl = sc.ctrlDNS
		for _, a := range s.answers {
			s.overlap = s.overlap || slices.Contains(sc.ctrlAddrs, a)
		}
		for _, as := range s.ases {
			s.sameAS = s.sameAS || slices.Contains(sc.ctrlASes, as)
		}
		for i := range sc.control {
			o := &sc.control[i]
			s.ctrlBogon = s.ctrlBogon || o.DNSSuccess != nil && o.IPIsBogon != nil && *o.IPIsBogon
		}
	}
	for i := range sc.rows {
		o := &sc.rows[i]
		if o.Hostname != s.host || !slices.Contains(s.answers, o.IP) {
			continue
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
	if s.answered {
		s.note = "answer " + strings.Join(s.answers[:min(len(s.answers), 8)], ", ")
	}
	switch {
	case s.ctrl == ctrlOK:
		s.note += "; control " + strings.Join(sc.ctrlAddrs[:min(len(sc.ctrlAddrs), 8)], ", ")
	case s.depth <= 0:
		s.note += "; " + s.ctrl.String()
	default:
		s.note += "; whole page: " + s.ctrlPage.String()
	}
	if s.fingerprint != "" {
		s.note += "; fingerprint " + s.fingerprint
	}
}

// addConnection makes the steps of what happened on one endpoint.
func (sc *scene) addConnection(o *obs.Observation, lookups int) {
	if o.TCPSuccess == nil && o.TLSSuccess == nil && o.QUICSuccess == nil && o.HTTPSuccess == nil {
		return
	}
	base := step{host: o.Hostname, depth: o.Depth, ctrlPage: sc.ctrlPage, inputTLS: sc.https,
		vouched: slices.Contains(sc.ctrlAddrs, o.IP)}
	base.subject = o.IP
	if o.Port != 0 {
		base.subject = endpointName(o.IP, o.Port)
	}
	if base.subject == "" {
		base.subject = o.Hostname
	}
	onPath := true
	for i := range lookups {
		l := &sc.steps[i]
		if l.host != o.Hostname || !l.primary || o.IP == "" {
			continue
		}
		onPath = slices.Contains(l.answers, o.IP)
		if onPath {
			base.poisoned = !base.vouched && tampered(l)
			break
		}
	}
	base.primary = onPath && (o.FetchBody == nil || *o.FetchBody)
	ctrl := sc.endpoint(o.IP, o.Port)
	if o.TCPSuccess != nil {
		sc.addConnect(o, base, ctrl)
	}
	if o.TLSSuccess != nil {
		sc.addHandshake(o, base, ctrl)
	}
	if o.QUICSuccess != nil {
		sc.addQUIC(o, base)
	}
	if o.HTTPSuccess != nil {
		sc.addRoundTrip(o, base)
	}
}

// tampered says whether the rules call a lookup tampered with.
func tampered(l *step) bool {
	r := decide(l)
	return r != nil && r.Outcome == Blocked
}

func (sc *scene) addConnect(o *obs.Observation, s step, ctrl *obs.Observation) {
	s.layer, s.kind = TCP, obs.Classify(o.TCPFailure)
	if ctrl != nil {
		s.ctrl = outcome(ctrl.TCPSuccess)
	}
	s.brokenIPv6 = strings.IndexByte(o.IP, ':') >= 0 && !sc.works6 && s.kind != obs.Success
	s.note = said("connect", o.TCPFailure, s)
	sc.steps = append(sc.steps, s)
}

func (sc *scene) addHandshake(o *obs.Observation, s step, ctrl *obs.Observation) {
	s.layer, s.kind = TLS, obs.Classify(o.TLSFailure)
	s.valid = o.TLSIsCertificateValid != nil && *o.TLSIsCertificateValid
	if ctrl != nil && ctrl.TLSSuccess != nil && ctrl.TLSServerName == o.TLSServerName {
		s.ctrl = outcome(ctrl.TLSSuccess)
	}
	s.note = said("handshake for "+o.TLSServerName, o.TLSFailure, s)
	sc.steps = append(sc.steps, s)
}

func (sc *scene) addQUIC(o *obs.Observation, s step) {
	s.layer, s.kind, s.primary = QUIC, obs.Classify(o.QUICFailure), false
	for i := range sc.control {
		if c := &sc.control[i]; c.QUICSuccess != nil && c.IP == o.IP && c.Port == o.Port {
			s.ctrl = outcome(c.QUICSuccess)
		}
	}
	s.note = said("QUIC handshake for "+o.QUICServerName, o.QUICFailure, s)
	sc.steps = append(sc.steps, s)
}

func (sc *scene) addRoundTrip(o *obs.Observation, s step) {
	s.layer, s.kind = HTTP, obs.Classify(o.HTTPFailure)
	if s.kind == obs.Success && !o.HTTPFinal {
		return // a redirect that was followed
	}
	s.final = s.kind == obs.Success
	secure := strings.HasPrefix(o.HTTPRequestURL, "https://")
	s.lowerFailed = failed(o.TCPSuccess) || failed(o.TLSSuccess) || s.kind.Lookup() || s.kind.Certificate()
	s.overTLS = secure && !failed(o.TLSSuccess) && !o.TLSNoVerify
	s.begun = o.HTTPResponseStatusCode != 0
	s.challenge = challenge(o)
	s.fingerprint, s.product = sc.telling(o.ProbeCC, o.HTTPFingerprints)
	if sc.page != nil && s.ctrlPage == ctrlOK {
		s.ctrlRefused = sc.page.HTTPResponseStatusCode >= 400
		s.pageMatches = s.final && like(o, sc.page)
	}
	if o.Depth > 0 {
		s.ctrl = s.ctrlPage
	}
	s.note = pageNote(o, sc.page, s)
	sc.steps = append(sc.steps, s)
}

func failed(ok *bool) bool { return ok != nil && !*ok }

// said words what was seen of a step and of its control.
func said(what, failure string, s step) string {
	if failure == "" {
		failure = "succeeded"
	}
	text := what + ": " + failure
	if s.kind == obs.Success {
		return text
	}
	if s.ctrl == ctrlNone && s.depth > 0 {
		return text + "; whole page: " + s.ctrlPage.String()
	}
	return text + "; " + s.ctrl.String()
}

func pageNote(o, page *obs.Observation, s step) string {
	var b strings.Builder
	b.WriteString("fetch of " + o.HTTPRequestURL + ": ")
	if o.HTTPFailure != "" {
		b.WriteString(o.HTTPFailure)
	}
	if o.HTTPResponseStatusCode != 0 {
		b.WriteString(" status " + strconv.Itoa(int(o.HTTPResponseStatusCode)))
	}
	if o.HTTPResponseBodyLength != nil {
		b.WriteString(", " + strconv.FormatInt(*o.HTTPResponseBodyLength, 10) + " bytes")
	}
	if o.HTTPResponseTitle != "" {
		b.WriteString(", title “" + o.HTTPResponseTitle + "”")
	}
	if id := cmp.Or(s.fingerprint, s.product); id != "" {
		b.WriteString("; fingerprint " + id)
	}
	b.WriteString("; " + s.ctrlPage.String())
	if page != nil && s.ctrlPage == ctrlOK {
		b.WriteString(", status " + strconv.Itoa(int(page.HTTPResponseStatusCode)))
		if page.HTTPResponseBodyLength != nil {
			b.WriteString(", " + strconv.FormatInt(*page.HTTPResponseBodyLength, 10) + " bytes")
		}
	}
	return b.String()
}

func endpointName(ip string, port int32) string {
	if strings.IndexByte(ip, ':') >= 0 {
		ip = "[" + ip + "]"
	}
	return ip + ":" + strconv.Itoa(int(port))
}
