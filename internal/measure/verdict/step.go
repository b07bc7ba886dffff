package verdict

import (
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

// step is one thing to be judged: a lookup, a connect, a handshake, a round trip. Its fields are
// the facts that conditions look at.
type step struct {
	layer   Layer
	part    string // of a service; of lookups lookupPart
	subject string // "www.example.com via getaddrinfo", "192.0.2.1:443"
	note    string // what was seen, for people
	depth   int32
	primary bool // on the way a reader's browser takes

	kind     obs.Kind
	ctrl     control // the helper's, of this very step
	ctrlPage control // the helper's, of the whole fetch
	others   control // other networks', of the same
	before   bool    // it worked in this network before
	hereToo  bool    // it fails for enough others in this network and works for none
	hereOK   bool    // it lately works for enough others in this network, and fails for few if any
	defect   bool    // it fails for this software everywhere, and for no other
	said     string  // what others saw, for people

	// lookups
	host        string
	lookupPart  string
	answers     []string
	ases        []uint32
	answered    bool
	overlap     bool // an address the control got too
	sameAS      bool // an address in a network the control was sent to
	bogon       bool // every address answered is one
	ctrlBogon   bool
	ctrlServes  bool   // the control completed a handshake for the name at an address answered
	ctrlNoName  bool   // the control was told that the name does not exist
	ctrlTLSBad  bool   // the control's handshakes for the name fail for their certificate too
	vouched     bool   // enough others completed a valid handshake for the name at an address answered (of connections: or the control did)
	sameOrg     bool   // an address of the organisation that the control was sent to
	otherNet    bool   // an address in a network where enough others found the site
	cache       bool   // the site is served by a delivery network, and the address is in the reader's own network or country
	delivery    bool   // an address of a large delivery network
	elseWorks   bool   // the same resolver answered for another name
	dead        bool   // whatever was tried at the addresses answered failed
	injected    bool   // other resolvers, asked beside it, gave the same answer
	tlsValid    bool   // a valid certificate for the name was seen on an address answered
	tlsWrong    bool   // a certificate for something else was seen on one
	pageMatches bool   // the page fetched from it is like the control's (also of round trips)
	pageDiffers bool   // it is not, and nothing of the site's own explains that
	fingerprint string // of the network's or the country's filter
	product     string // of a filter, not known whose

	// connections
	poisoned   bool // the address came from a lookup judged as tampered with, and nobody vouches for it
	brokenIPv6 bool
	noneWorked bool // no handshake for the name worked in this measurement
	ech        bool // the handshake hid the name (Encrypted Client Hello)
	plainOK    bool // the same server answered when the name was not hidden
	valid      bool // the certificate was verified
	inputTLS   bool // the input is an https URL

	// round trips
	lowerFailed bool
	overTLS     bool
	final       bool
	begun       bool // an answer began to arrive
	challenge   bool
	larger      bool // the page is much larger than the control's
	refused     bool // an error status, from what looks like the control's server
	ctrlRefused bool // the control got an error status
	partFailed  bool // the endpoint's own protocol failed on it
	lineSlow    bool // the connection is slow for everything
	throttled   bool // the connection's bytes were let through slowly

	transfer // how the bytes arrived
}

// scene is everything known of one measurement, arranged for judging.
type scene struct {
	facts    *refdata.Facts
	controls Controls // nil: nobody else is asked
	asked    map[Question]elsewhere
	// what was compared with others beside the steps
	othersAsked, hereAsked bool
	rows                   []obs.Observation // the probe's
	control                []obs.Observation // the helper's
	input                  string            // host of the input
	https                  bool

	ctrlAddrs []string
	ctrlASes  []uint32
	ctrlOrgs  []string
	ctrlNX    bool
	ctrlDNS   control
	ctrlPage  control
	page      *obs.Observation // the helper's fetch
	works6    bool             // some IPv6 connect worked

	steps []step
}

func newScene(rows []obs.Observation, facts *refdata.Facts, controls Controls) *scene {
	sc := &scene{facts: facts, controls: controls, rows: rows}
	for i := range rows {
		if rows[i].Vantage == obs.Control {
			sc.rows, sc.control = rows[:i], rows[i:]
			break
		}
	}
	sc.input = obs.Host(rows[0].Input)
	sc.https = strings.HasPrefix(rows[0].Input, "https://")
	empty := false
	for i := range sc.control {
		sc.readControl(&sc.control[i])
		empty = empty || sc.control[i].DNSSuccess != nil && sc.control[i].IP == ""
	}
	// Old helpers said nothing of why a lookup gave no address, but why the page did not load.
	if empty && sc.ctrlDNS == ctrlNone && sc.ctrlPage == ctrlFailed {
		sc.ctrlDNS, sc.ctrlNX = ctrlFailed, true
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
			if o.IPASOrgName != "" {
				sc.ctrlOrgs = append(sc.ctrlOrgs, o.IPASOrgName)
			}
		case k == obs.NXDOMAIN, k == obs.NoAnswer, k == obs.ServFail:
			if sc.ctrlDNS == ctrlNone {
				sc.ctrlDNS = ctrlFailed
			}
			sc.ctrlNX = sc.ctrlNX || k != obs.ServFail
		}
	}
	if o.HTTPSuccess != nil && (!*o.HTTPSuccess || o.HTTPResponseStatusCode > 0) { // some helpers reported success without an answer
		sc.page, sc.ctrlPage = o, outcome(o.HTTPSuccess)
	}
}

// telling sorts fingerprints into one that speaks of the network's or the country's filtering, and
// one that names a filter without saying whose it is: products stand in schools and firms too. Those
// known to match innocent pages or harmless notices (scope injb) are neither.
func (sc *scene) telling(cc string, ids []string) (whose, product string) {
	for _, id := range ids {
		fp, ok := sc.facts.Fingerprint(id)
		if !ok || fp.FalsePositive || !fp.At(sc.rows[0].StartTime) || fp.Scope == "injb" || !fp.ExpectedIn(cc) {
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
