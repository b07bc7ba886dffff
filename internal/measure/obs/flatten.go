package obs

import (
	"cmp"
	"encoding/hex"
	"net/netip"
	"strings"

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
