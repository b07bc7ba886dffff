package obs

import (
	"net/netip"
	"strings"

	"veedor/internal/measure/ooni"
	"veedor/internal/measure/refdata"
)

// System says that the engine is the device's own resolver: what a browser on it would have used.
func System(engine string) bool {
	return engine == "getaddrinfo" || engine == "system" || engine == "golang_net_resolver" || engine == ""
}

// query adds a row per address answered, or one for a failure or an answer without addresses.
func (f *flattener) query(q *ooni.Query) {
	addresses := 0
	for i := range q.Answers {
		a := &q.Answers[i]
		text := a.IPv4
		if text == "" {
			text = a.IPv6
		}
		if text == "" {
			continue
		}
		o := f.add()
		if o == nil {
			return
		}
		addresses++
		f.lookup(o, q)
		o.DNSAnswerType, o.DNSAnswer = cut(a.AnswerType), cut(text)
		o.DNSAnswerASN, o.DNSAnswerASOrgName = asn(a.ASN), cut(a.ASOrgName)
		f.address(o, text, 0)
		if o.IPASN != 0 {
			o.DNSAnswerASN, o.DNSAnswerASOrgName = o.IPASN, o.IPASOrgName
		} else {
			o.IPASN, o.IPASOrgName = o.DNSAnswerASN, o.DNSAnswerASOrgName
		}
		for _, fp := range f.facts.MatchDNS(o.ProbeCC, text) {
			o.DNSFingerprints = append(o.DNSFingerprints, fp.ID)
		}
	}
	if addresses > 0 {
		return
	}
	o := f.add()
	if o == nil {
		return
	}
	f.lookup(o, q)
	if len(q.Answers) > 0 {
		a := &q.Answers[0]
		o.DNSAnswerType, o.DNSAnswer = cut(a.AnswerType), cut(a.Hostname)
	}
}

func (f *flattener) lookup(o *Observation, q *ooni.Query) {
	o.Hostname, o.TransactionID, o.Depth = host(q.Hostname), q.TransactionID, depth(q.Tags)
	o.DNSQueryType, o.DNSEngine = cut(q.QueryType), cut(q.Engine)
	if o.DNSEngine == "" {
		o.DNSEngine = "system"
	}
	o.DNSEngineResolverAddress = cut(q.ResolverAddress)
	o.DNSFailure, o.DNST = failure(q.Failure), q.T
	o.DNSSuccess = flag(o.DNSFailure == "")
}

// address fills the columns about an address; port 0 leaves the port alone.
func (f *flattener) address(o *Observation, text string, port int64) {
	if port > 0 && port < 1<<16 {
		o.Port = int32(port)
	}
	ip, err := netip.ParseAddr(text)
	if err != nil {
		return // "[scrubbed]", or the name that old helpers gave among the addresses
	}
	ip = ip.Unmap().WithZone("")
	o.IP = ip.String()
	o.IPIsBogon = flag(refdata.IsBogon(ip))
	if fact, ok := f.facts.IP(ip); ok {
		o.IPCC, o.IPASN = fact.CC, fact.ASN
		if as, ok := f.facts.AS(fact.ASN); ok {
			o.IPASOrgName, o.IPASCC = as.Org, as.CC
		}
	}
}

func (f *flattener) connect(c *ooni.TCPConnect) {
	d := depth(c.Tags)
	o := f.find(func(o *Observation) bool {
		return o.TCPSuccess == nil && o.DNSSuccess != nil && o.Port == 0 && sameIP(o.IP, c.IP) && (o.Depth == d || d < 0 || o.Depth < 0)
	})
	if o == nil {
		if o = f.add(); o == nil {
			return
		}
		o.Hostname = f.nameOf(c.IP, d)
	}
	f.address(o, c.IP, c.Port)
	o.TransactionID, o.FetchBody = c.TransactionID, fetchBody(c.Tags)
	if d >= 0 {
		o.Depth = d
	}
	o.TCPFailure, o.TCPT, o.TCPTime = failure(c.Status.Failure), c.T, span(c.T0, c.T)
	ok := o.TCPFailure == ""
	if c.Status.Success != nil && !*c.Status.Success {
		ok = false
		if o.TCPFailure == "" {
			o.TCPFailure = "unknown_error"
		}
	}
	o.TCPSuccess = flag(ok)
}

func (f *flattener) handshake(h *ooni.TLSHandshake, events []ooni.NetworkEvent) {
	ip, port := splitAddress(h.Address)
	o := f.find(func(o *Observation) bool {
		if o.TLSSuccess != nil || o.TCPSuccess == nil {
			return false
		}
		return sameStep(o, h.TransactionID, ip, port)
	})
	if o == nil {
		if o = f.add(); o == nil {
			return
		}
		o.Hostname, o.Depth = host(h.ServerName), depth(h.Tags)
		o.TransactionID, o.FetchBody = h.TransactionID, fetchBody(h.Tags)
		if ip != "" {
			f.address(o, ip, port)
		}
	}
	if o.Hostname == "" {
		o.Hostname = host(h.ServerName)
	}
	o.TLSFailure, o.TLST = failure(h.Failure), h.T
	o.TLSSuccess = flag(o.TLSFailure == "")
	o.TLSServerName, o.TLSOuterServerName, o.TLSECHConfig = host(h.ServerName), host(h.OuterServerName), cut(h.ECHConfig)
	o.TLSVersion, o.TLSCipherSuite, o.TLSNoVerify = cut(h.TLSVersion), cut(h.CipherSuite), h.NoTLSVerify
	switch k := Classify(o.TLSFailure); {
	case k == Success && !h.NoTLSVerify:
		o.TLSIsCertificateValid = flag(true)
	case k.Certificate():
		o.TLSIsCertificateValid = flag(false)
	}
	f.chain(o, h.PeerCertificates)
	f.exchange(o, h, events)
}

func (f *flattener) quic(h *ooni.TLSHandshake) {
	ip, port := splitAddress(h.Address)
	o := f.add()
	if o == nil {
		return
	}
	o.Hostname, o.Depth, o.TransactionID, o.FetchBody = host(h.ServerName), depth(h.Tags), h.TransactionID, fetchBody(h.Tags)
	if ip != "" {
		f.address(o, ip, port)
	}
	o.QUICFailure, o.QUICT, o.QUICServerName = failure(h.Failure), h.T, host(h.ServerName)
	o.QUICSuccess = flag(o.QUICFailure == "")
	f.chain(o, h.PeerCertificates)
}

// middlebox keeps what the two middlebox tests sent and got back.
func (f *flattener) middlebox(k *ooni.TestKeys) {
	switch f.m.TestName {
	case "http_invalid_request_line":
		if len(k.Sent) == 0 && len(k.Received) == 0 {
			return
		}
		o := f.add()
		if o == nil {
			return
		}
		o.HIRLSent, o.HIRLReceived = texts(k.Sent), texts(k.Received)
		o.HIRLFailure = failure(k.Failure)
		o.HIRLSuccess = flag(o.HIRLFailure == "")
	case "http_header_field_manipulation":
		if len(k.Tampering) == 0 {
			return
		}
		o := f.add()
		if o == nil {
			return
		}
		o.HFMDiff = cut(strings.ToValidUTF8(string(k.Tampering), "\uFFFD"))
		o.HFMFailure = failure(k.Failure)
		o.HFMSuccess = flag(o.HFMFailure == "")
	}
}
