package web

import (
	"net"
	"slices"
	"strconv"

	"veedor/internal/measure/obs"
	"veedor/internal/measure/verdict"
)

// middlebox is where tests are shown that compare what was sent with what arrived.
const middlebox verdict.Layer = "middlebox"

// maxSteps bounds the rows a page shows of one layer; the export has them all.
const maxSteps = 20

// stepTable is what was observed in one layer.
type stepTable struct {
	Layer verdict.Layer
	Rows  []step // the device's, then the control's
	Left  int64  // more than are shown
}

// step is one step of an observation: one lookup's answer, one connect, one handshake, one round trip.
type step struct {
	Control  bool
	Hop      int32  // redirects followed before it
	Name     string // host, or the test's own name of the endpoint
	Endpoint string // address and port
	Owner    string // network of the address looked up or connected to
	How      []string
	Failure  string // verbatim
	Meaning  string // key of what the failure means
	Got      []string
	Title    string // of the page
	To       string // where a redirect leads
	Cert     string // fingerprint of the certificate
	Bogon    bool   // the address cannot be on the internet
	Size     *int64 // of the body, in bytes
	Matched  []string
	At       *float64 // seconds since the measurement began
}

// steps sorts observations into one table a layer. Only certificates that are shown are linked.
func steps(list []obs.Observation, certs []obs.Certificate) []stepTable {
	tables := []stepTable{{Layer: verdict.DNS}, {Layer: verdict.TCP}, {Layer: verdict.TLS}, {Layer: verdict.QUIC}, {Layer: verdict.HTTP}, {Layer: middlebox}}
	makers := [...]func(*obs.Observation) (step, bool){lookup, connection, handshake, quicHandshake, roundTrip, comparison}
	for i := range tables {
		t := &tables[i]
		for _, vantage := range []string{obs.Probe, obs.Control} {
			for j := range list {
				o := &list[j]
				if o.Vantage != vantage {
					continue
				}
				s, ok := makers[i](o)
				switch {
				case !ok:
				case len(t.Rows) == maxSteps:
					t.Left++
				default:
					s.Control, s.Hop = vantage == obs.Control, max(o.Depth, 0)
					s.Meaning = meaning(s.Failure)
					if !slices.ContainsFunc(certs, func(c obs.Certificate) bool { return c.Fingerprint == s.Cert }) {
						s.Cert = ""
					}
					t.Rows = append(t.Rows, s)
				}
			}
		}
	}
	out := tables[:0]
	for _, t := range tables {
		if len(t.Rows) > 0 {
			out = append(out, t)
		}
	}
	return out
}

// endpoint begins a step with what was talked to.
func endpoint(o *obs.Observation) step {
	s := step{Name: o.Hostname, Endpoint: o.IP}
	if s.Name == "" {
		s.Name = o.TargetID
	}
	if o.IP != "" && o.Port != 0 {
		s.Endpoint = net.JoinHostPort(o.IP, strconv.Itoa(int(o.Port)))
	}
	return s
}

func lookup(o *obs.Observation) (step, bool) {
	if o.DNSSuccess == nil {
		return step{}, false
	}
	s := step{Name: o.Hostname, How: filled(o.DNSQueryType, o.DNSEngine, o.DNSEngineResolverAddress), Failure: o.DNSFailure, Got: filled(o.DNSAnswer), Matched: o.DNSFingerprints, At: o.DNST}
	if o.DNSAnswerASN != 0 {
		s.Owner = networkName(o.DNSAnswerASN, o.DNSAnswerASOrgName)
	}
	s.Bogon = o.DNSAnswer != "" && o.DNSAnswer == o.IP && o.IPIsBogon != nil && *o.IPIsBogon
	return s, true
}

func connection(o *obs.Observation) (step, bool) {
	if o.TCPSuccess == nil {
		return step{}, false
	}
	s := endpoint(o)
	s.Failure, s.At = o.TCPFailure, o.TCPT
	if o.IPASN != 0 {
		s.Owner = networkName(o.IPASN, o.IPASOrgName)
	}
	return s, true
}

func handshake(o *obs.Observation) (step, bool) {
	if o.TLSSuccess == nil {
		return step{}, false
	}
	s := endpoint(o)
	s.How, s.Failure, s.At = filled(o.TLSServerName), o.TLSFailure, o.TLST
	s.Got, s.Cert = filled(o.TLSVersion), o.TLSCertFingerprint
	return s, true
}

func quicHandshake(o *obs.Observation) (step, bool) {
	if o.QUICSuccess == nil {
		return step{}, false
	}
	s := endpoint(o)
	s.How, s.Failure, s.At = filled(o.QUICServerName), o.QUICFailure, o.QUICT
	return s, true
}

func roundTrip(o *obs.Observation) (step, bool) {
	if o.HTTPSuccess == nil {
		return step{}, false
	}
	s := endpoint(o)
	s.How, s.Failure, s.At = filled(o.HTTPRequestMethod, o.HTTPRequestURL), o.HTTPFailure, o.HTTPT
	if o.HTTPResponseStatusCode != 0 {
		s.Got = filled(strconv.Itoa(int(o.HTTPResponseStatusCode)), o.HTTPResponseHeaderServer)
		s.Size = o.HTTPResponseBodyLength
	}
	s.Title, s.To, s.Matched = o.HTTPResponseTitle, o.HTTPResponseHeaderLocation, o.HTTPFingerprints
	return s, true
}

// comparison is one of the tests that look for a device between reader and server.
func comparison(o *obs.Observation) (step, bool) {
	switch {
	case o.HIRLSuccess != nil:
		s := step{Name: o.TargetID, How: o.HIRLSent, Failure: o.HIRLFailure, Got: o.HIRLReceived}
		s.How, s.Got = s.How[:min(len(s.How), 4)], s.Got[:min(len(s.Got), 4)]
		return s, true
	case o.HFMSuccess != nil:
		return step{Name: o.TargetID, Failure: o.HFMFailure, Got: filled(o.HFMDiff)}, true
	}
	return step{}, false
}

// filled returns those of its values that are there.
func filled(values ...string) []string {
	var out []string
	for _, v := range values {
		if v != "" {
			out = append(out, v)
		}
	}
	return out
}

// meaning returns the key of what a failure means in plain words; "" for none.
func meaning(failure string) string {
	switch obs.Classify(failure) {
	case obs.Success:
		return ""
	case obs.Refused:
		return "failure.refused"
	case obs.Reset:
		return "failure.reset"
	case obs.Timeout:
		return "failure.timeout"
	case obs.EOF:
		return "failure.eof"
	case obs.Unreachable:
		return "failure.unreachable"
	case obs.Local:
		return "failure.local"
	case obs.NXDOMAIN:
		return "failure.nxdomain"
	case obs.NoAnswer:
		return "failure.noanswer"
	case obs.ServFail:
		return "failure.servfail"
	case obs.DNSRefused:
		return "failure.dnsrefused"
	case obs.DNSOther:
		return "failure.dns"
	case obs.CertInvalid:
		return "failure.certificate"
	case obs.CertAuthority:
		return "failure.authority"
	case obs.CertHostname:
		return "failure.hostname"
	case obs.TLSOther:
		return "failure.tls"
	case obs.BadRedirect:
		return "failure.redirect"
	case obs.RedirectLoop:
		return "failure.loop"
	}
	return "failure.unknown"
}
