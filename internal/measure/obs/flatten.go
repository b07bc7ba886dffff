package obs

import (
	"cmp"
	"encoding/hex"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"veedor/internal/measure/ooni"
	"veedor/internal/measure/refdata"
)

// Limits on what one measurement may add, so that a forged one costs little. What lies beyond a
// limit stays in the archive.
const (
	MaxObservations = 4096
	maxValue        = 2048 // bytes kept of any one string
)

// Identity names a measurement: its UID and the hex SHA-256 of its archived bytes.
type Identity struct{ UID, Hash string }

// UID names a measurement by its start, place, test and content:
// 20240212203347_IT_webconnectivity_<first 32 hex digits of the hash>. The same bytes have the
// same UID wherever they came from; what the publisher called the measurement is not used, since
// anybody may claim any name.
func UID(m *ooni.Measurement, hash [32]byte) string {
	stamp := "00000000000000"
	if t, ok := m.Start(); ok && t.Year() >= 0 && t.Year() <= 9999 {
		stamp = t.Format("20060102150405")
	}
	test := make([]byte, 0, 24)
	for i := 0; i < len(m.TestName) && len(test) < 24; i++ {
		if c := m.TestName[i]; c >= 'a' && c <= 'z' || c >= '0' && c <= '9' {
			test = append(test, c)
		}
	}
	if len(test) == 0 {
		test = append(test, "unknown"...)
	}
	return stamp + "_" + countryCode(m.ProbeCC) + "_" + string(test) + "_" + hex.EncodeToString(hash[:16])
}

// countryCode returns cc if it has the form of one, else "ZZ".
func countryCode(cc string) string {
	if len(cc) == 2 && cc[0] >= 'A' && cc[0] <= 'Z' && cc[1] >= 'A' && cc[1] <= 'Z' {
		return cc
	}
	return "ZZ"
}

// Flatten appends the observations of m to rows, and the certificates it saw to certs. Rows of the
// test helper's view (vantage Control) come after the probe's. A measurement in which nothing was
// observed yields one row with the envelope alone.
func Flatten(rows []Observation, certs []Certificate, m *ooni.Measurement, id Identity, facts *refdata.Facts) ([]Observation, []Certificate) {
	f := flattener{rows: rows, first: len(rows), certs: certs, m: m, facts: facts}
	f.envelope(id)
	k := m.TestKeys
	if k == nil {
		f.add()
		return f.rows, f.certs
	}
	f.probeSays(k)
	f.input = inputHost(m.Input)
	for _, p := range k.Parts() {
		f.part(p)
	}
	f.middlebox(k)
	f.markFinal()
	if len(f.rows) == f.first {
		f.add()
	}
	if k.Control != nil {
		f.control(k.Control)
	}
	return f.rows, f.certs
}

type flattener struct {
	rows  []Observation
	first int // where this measurement's rows begin
	certs []Certificate
	m     *ooni.Measurement
	facts *refdata.Facts
	base  Observation // what every row of the measurement shares
	input string      // host of the input, punycode
	part0 int         // where the present part's rows begin
}

// add appends a row that holds what all rows share and returns it; nil beyond the limit.
func (f *flattener) add() *Observation {
	n := len(f.rows) - f.first
	if n >= MaxObservations {
		return nil
	}
	f.rows = append(f.rows, f.base)
	o := &f.rows[len(f.rows)-1]
	o.ObservationIdx = int32(n)
	return o
}

// envelope fills what every row shares.
func (f *flattener) envelope(id Identity) {
	m, b := f.m, &f.base
	b.MeasurementUID, b.EvidenceHash, b.Vantage, b.Depth = id.UID, id.Hash, Probe, -1
	b.Snapshot = f.facts.ID()
	b.StartTime = startTime(m)
	b.ReportID = cut(m.ReportID)
	if len(m.Input) > 0 {
		b.Input = cut(strings.Join(m.Input, " "))
	}
	b.SoftwareName, b.SoftwareVersion = cut(m.SoftwareName), cut(m.SoftwareVersion)
	b.TestName, b.TestVersion = cut(m.TestName), cut(m.TestVersion)
	b.ProbeASN, b.ProbeCC = ooni.ParseASN(m.ProbeASN), countryCode(m.ProbeCC)
	b.ProbeID = cut(m.ProbeID)
	if as, ok := f.facts.AS(b.ProbeASN); ok {
		b.ProbeASOrgName, b.ProbeASName, b.ProbeASCC = as.Org, as.Name, as.CC
	} else {
		b.ProbeASOrgName = cut(m.ProbeNetworkName)
	}
	a := m.Annotations
	b.OONIRunLinkID, b.NetworkType, b.Platform = cut(a["ooni_run_link_id"]), cut(a["network_type"]), cut(a["platform"])
	b.Origin, b.EngineName = cut(a["origin"]), cut(a["engine_name"])
	b.EngineVersion, b.Architecture = cut(a["engine_version"]), cut(a["architecture"])
	f.resolver()
}

// resolver fills who answers the device's questions.
func (f *flattener) resolver() {
	m, b := f.m, &f.base
	b.ResolverASNProbe, b.ResolverASOrgNameProbe = ooni.ParseASN(m.ResolverASN), cut(m.ResolverNetworkName)
	b.ResolverASN = b.ResolverASNProbe
	b.ResolverIsScrubbed = m.ResolverIP == "[scrubbed]"
	ip, err := netip.ParseAddr(m.ResolverIP)
	if err != nil {
		return
	}
	b.ResolverIP = ip.Unmap().String()
	if fact, ok := f.facts.IP(ip.Unmap()); ok {
		b.ResolverCC = fact.CC
		if fact.ASN != 0 {
			b.ResolverASN = fact.ASN
		}
	}
	if as, ok := f.facts.AS(b.ResolverASN); ok {
		b.ResolverASOrgName, b.ResolverASCC = as.Org, as.CC
	}
}

// probeSays keeps what the probe itself concluded.
func (f *flattener) probeSays(k *ooni.TestKeys) {
	b := &f.base
	b.ProbeAnalysis, b.ProbeAccessible = string(k.Blocking), k.Accessible
	b.ProbeFailure, b.ProbeSuccess = failure(k.Failure), k.Success
	switch f.m.TestName {
	case "browser_web":
		switch k.Result {
		case "ok":
			b.ProbeSuccess = flag(true)
		case "error":
			b.ProbeSuccess, b.ProbeFailure = flag(false), cmp.Or(b.ProbeFailure, "unknown_error")
		}
	case "ndt":
		if k.Summary != nil && k.Summary.Download > 0 {
			b.SpeedKbps = &k.Summary.Download
		}
	case "dash":
		if k.Simple != nil && k.Simple.MedianBitrate > 0 {
			b.SpeedKbps = &k.Simple.MedianBitrate
		}
	case "vanilla_tor", "torsf", "psiphon":
		if k.Error != nil && b.ProbeFailure == "" {
			b.ProbeFailure = failure(k.Error)
		}
		if b.ProbeFailure == "" && b.ProbeSuccess == nil && k.BootstrapTime > 0 {
			b.ProbeSuccess = flag(true)
		}
	}
}

// part flattens one group of shared blocks: lookups first, then what happened on their answers.
func (f *flattener) part(p ooni.Part) {
	f.part0 = len(f.rows)
	f.base.TargetID, f.base.TargetFailure = cut(p.Name), failure(p.Failure)
	// Joining is quadratic: what lies beyond the row limit could add nothing and must cost nothing.
	p.Queries, p.TCPConnect = head(p.Queries), head(p.TCPConnect)
	p.TLSHandshakes, p.QUICHandshakes, p.Requests = head(p.TLSHandshakes), head(p.QUICHandshakes), head(p.Requests)
	// The system's own resolver first: connections are joined to what the device really used.
	for _, system := range []bool{true, false} {
		for i := range p.Queries {
			if q := &p.Queries[i]; System(q.Engine) == system {
				f.query(q)
			}
		}
	}
	for i := range p.TCPConnect {
		f.connect(&p.TCPConnect[i])
	}
	for i := range p.TLSHandshakes {
		f.handshake(&p.TLSHandshakes[i], p.NetworkEvents)
	}
	for i := range p.QUICHandshakes {
		f.quic(&p.QUICHandshakes[i])
	}
	for i := len(p.Requests) - 1; i >= 0; i-- { // published newest first
		f.request(p.Requests, i)
	}
	f.transfers(p.NetworkEvents)
	f.base.TargetID, f.base.TargetFailure = "", ""
}

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

func texts(list []ooni.Text) []string {
	out := make([]string, 0, len(list))
	for i := range list {
		if i == 16 {
			break
		}
		out = append(out, cut(strings.ToValidUTF8(string(list[i].Data[:min(len(list[i].Data), maxValue)]), "\uFFFD")))
	}
	return out
}

func head[T any](list []T) []T { return list[:min(len(list), MaxObservations)] }

// span returns the seconds between two moments; nil where either is unknown or they make no sense.
func span(from, to *float64) *float64 {
	if from == nil || to == nil || !(*to >= *from) || *to-*from > 86400 {
		return nil
	}
	d := *to - *from
	return &d
}

// find returns the first row of the present part that match accepts, or nil.
func (f *flattener) find(match func(*Observation) bool) *Observation {
	for i := f.part0; i < len(f.rows); i++ {
		if match(&f.rows[i]) {
			return &f.rows[i]
		}
	}
	return nil
}

// nameOf returns the name a lookup at this depth gave the address for, else the input's host.
func (f *flattener) nameOf(ip string, d int32) string {
	o := f.find(func(o *Observation) bool {
		return o.DNSSuccess != nil && sameIP(o.IP, ip) && (d < 0 || o.Depth < 0 || o.Depth == d)
	})
	if o != nil {
		return o.Hostname
	}
	if d <= 0 {
		return f.input
	}
	return ""
}

// sameStep says whether a handshake or request belongs to the connection in o.
func sameStep(o *Observation, transaction int64, ip string, port int64) bool {
	if transaction != 0 && o.TransactionID != 0 {
		return o.TransactionID == transaction
	}
	return ip != "" && sameIP(o.IP, ip) && int64(o.Port) == port
}

func sameIP(a, b string) bool {
	if a == b {
		return a != ""
	}
	if strings.IndexByte(a, ':') < 0 && strings.IndexByte(b, ':') < 0 {
		return false
	}
	x, err := netip.ParseAddr(a)
	if err != nil {
		return false
	}
	y, err := netip.ParseAddr(b)
	return err == nil && x.Unmap() == y.Unmap().WithZone("")
}

var yes, no = true, false

// flag returns a shared pointer: rows hold many booleans, and none is ever written through.
func flag(b bool) *bool {
	if b {
		return &yes
	}
	return &no
}

// failure returns the failure verbatim, cut; a present but empty one stays visible as such.
func failure(s *string) string {
	if s == nil {
		return ""
	}
	if *s == "" {
		return "unknown_failure: empty"
	}
	return cut(*s)
}

// cut bounds a string and copies it when it is cut, so that a row never holds on to a huge one.
func cut(s string) string {
	if len(s) <= maxValue {
		return s
	}
	return strings.ToValidUTF8(strings.Clone(s[:maxValue]), "") + "…"
}

func asn(n int64) uint32 {
	if n < 0 || n > 1<<32-1 {
		return 0
	}
	return uint32(n)
}

// startTime returns when the measurement began; the zero year where nobody knows.
func startTime(m *ooni.Measurement) time.Time {
	t, ok := m.Start()
	if !ok || t.Year() < 1 || t.Year() > 9999 {
		return time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return t
}

// depth reads the tag "depth=N"; -1 where there is none.
func depth(tags []string) int32 {
	for _, t := range tags {
		if v, ok := strings.CutPrefix(t, "depth="); ok {
			if n, err := strconv.Atoi(v); err == nil && n >= 0 && n < 100 {
				return int32(n)
			}
		}
	}
	return -1
}

// fetchBody reads the tag "fetch_body=…"; nil where there is none.
func fetchBody(tags []string) *bool {
	for _, t := range tags {
		switch t {
		case "fetch_body=true":
			return flag(true)
		case "fetch_body=false":
			return flag(false)
		}
	}
	return nil
}

// splitAddress splits "ip:port"; both are zero when it is neither.
func splitAddress(s string) (ip string, port int64) {
	ap, err := netip.ParseAddrPort(s)
	if err != nil {
		return "", 0
	}
	return ap.Addr().Unmap().WithZone("").String(), int64(ap.Port())
}
