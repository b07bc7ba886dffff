package compare

import (
	"cmp"
	"io"
	"math"
	"net/netip"
	"net/url"
	"slices"
	"strconv"

	"veedor/internal/measure/obs"
	"veedor/internal/measure/refdata"
)

// ReadObservations adds the measurements of a table of observations as OONI's notebooks publish them: a
// row for one lookup or address, with what was tried there. Such tables have no control, no status and
// no body, and often only the rows of one host name.
func (t *Table) ReadObservations(in io.Reader) error {
	return t.read(in, "observations", []string{"measurement_uid", "test_name", "measurement_start_time", "probe_cc", "probe_asn", "hostname",
		"tcp_failure", "tls_failure", "http_failure", "dns_failure", "probe_analysis", "failure_class"}, t.observation)
}

func (t *Table) observation(r record) error {
	o, err := t.envelope(r)
	if err != nil {
		return err
	}
	port, err := r.number("port", math.MaxUint16)
	if err != nil {
		return err
	}
	asn, err := r.number("ip_asn", math.MaxUint32)
	if err != nil {
		return err
	}
	o.Hostname, o.Port, o.IPASN, o.IPASOrgName = r.get("hostname"), int32(port), uint32(asn), r.get("ip_as_org_name")
	setIP(&o, r.get("ip"))
	steps(&o, r)
	o.ProbeAnalysis = r.get("probe_analysis")

	m := t.measurement(o.MeasurementUID)
	if len(m.Rows) == obs.MaxObservations {
		return leftMany
	}
	o.ObservationIdx = int32(len(m.Rows))
	if o.Snapshot = t.db.AsOf(o.StartTime).ID(); len(m.Rows) > 0 {
		o.Snapshot = m.Rows[0].Snapshot
	}
	m.Rows = append(m.Rows, o)
	m.Theirs = worse(m.Theirs, theirs(&o, r.get("failure_class")))
	return nil
}

// setIP fills the columns about an address; other text leaves them empty.
func setIP(o *obs.Observation, text string) {
	ip, err := netip.ParseAddr(text)
	if err != nil {
		return
	}
	o.IP, o.IPIsBogon = text, no()
	if refdata.IsBogon(ip) {
		o.IPIsBogon = yes()
	}
}

// steps fills what was tried.
func steps(o *obs.Observation, r record) {
	o.DNSFailure, o.DNSEngine, o.DNSAnswer = r.get("dns_failure"), r.get("dns_engine"), r.get("dns_answer")
	if o.DNSFailure != "" || o.DNSEngine != "" || o.DNSAnswer != "" {
		o.DNSSuccess, o.DNSAnswerASN = worked(o.DNSFailure), o.IPASN
	}
	o.TCPFailure, o.TCPSuccess = r.get("tcp_failure"), r.flag("tcp_success")
	// tls_success says that there was a handshake, not that it worked.
	o.TLSFailure = r.get("tls_failure")
	if tried := r.flag("tls_success"); o.TLSFailure != "" || tried != nil && *tried {
		o.TLSSuccess, o.TLSServerName = worked(o.TLSFailure), o.Hostname
		o.TLSIsCertificateValid = r.flag("tls_is_certificate_valid")
	}
	o.HTTPFailure, o.HTTPRequestURL = r.get("http_failure"), r.get("http_request_url")
	if o.HTTPFailure != "" || o.HTTPRequestURL != "" {
		o.HTTPSuccess = worked(o.HTTPFailure)
	}
}

func worked(failure string) *bool {
	if failure == "" {
		return yes()
	}
	return no()
}

// ways orders what OONI says of the rows of a measurement: the earliest step that failed says it all.
var ways = []string{"dns", "tcp", "tls", "https", "http", "ok"}

// theirs is OONI's own answer: the probe's word on a page, else the class that the notebook gives the row.
func theirs(o *obs.Observation, class string) string {
	switch {
	case o.TestName != "web_connectivity":
		return class
	case o.ProbeAnalysis == "":
		return "null"
	}
	return o.ProbeAnalysis
}

func worse(a, b string) string {
	if i, j := slices.Index(ways, a), slices.Index(ways, b); a == "" || i >= 0 && j >= 0 && j < i {
		return b
	}
	return a
}

// Measurements returns what was gathered, in the order in which it was first seen. To be called once,
// when all files are read.
func (t *Table) Measurements() []*Measurement {
	for _, m := range t.list {
		join(m)
	}
	return t.list
}

// join mends what the tables joined wrongly and puts requests, which these tables hold in rows of their own, on the connection they used, as
// obs.Flatten does for probes that do not say which it was. Then it marks the page that arrived.
func join(m *Measurement) {
	failed := false
	var rows, requests []obs.Observation
	for _, o := range m.Rows {
		if o.HTTPSuccess != nil && o.IP == "" && o.TCPSuccess == nil {
			requests = append(requests, o)
			failed = failed || !*o.HTTPSuccess
		} else {
			rows = append(rows, o)
		}
	}
	for i := range rows {
		mend(rows, &rows[i])
	}
	for _, o := range requests {
		if c := connection(rows, &o); c != nil {
			c.HTTPSuccess, c.HTTPFailure, c.HTTPRequestURL = o.HTTPSuccess, o.HTTPFailure, o.HTTPRequestURL
		} else {
			rows = append(rows, o)
		}
	}
	m.Rows = rows
	input := obs.Host(rows[0].Input)
	for i := range rows {
		o := &rows[i]
		if o.Hostname == input {
			o.Depth = 0
		} else if input != "" {
			o.Depth = 1 // a redirect led there
		}
		// No status is given, so whether this was a page or a redirect is not known; where no request
		// failed, the answer is taken for the page's.
		o.HTTPFinal = !failed && o.HTTPSuccess != nil && *o.HTTPSuccess
	}
}

// mend moves a handshake from port 80 to a connection to port 443 of the same address that has none: the
// notebooks joined handshakes by address alone. So it is in 501 of the 2,344 measurements of 2023-KE-telegram.
func mend(rows []obs.Observation, o *obs.Observation) {
	if o.Port != 80 || o.TLSSuccess == nil {
		return
	}
	for i := range rows {
		c := &rows[i]
		if c.IP == o.IP && c.Hostname == o.Hostname && c.Port == 443 && c.TCPSuccess != nil && *c.TCPSuccess && c.TLSSuccess == nil {
			c.TLSSuccess, c.TLSFailure, c.TLSServerName, c.TLSIsCertificateValid = o.TLSSuccess, o.TLSFailure, o.TLSServerName, o.TLSIsCertificateValid
			o.TLSSuccess, o.TLSFailure, o.TLSServerName, o.TLSIsCertificateValid = nil, "", "", nil
			return
		}
	}
}

// connection finds the row of the connection that a request used: the first to its host and port that
// worked, or for a failed request any; nil when there is none.
func connection(rows []obs.Observation, o *obs.Observation) *obs.Observation {
	u, err := url.Parse(o.HTTPRequestURL)
	if err != nil || u.Hostname() == "" {
		return nil
	}
	port := cmp.Or(u.Port(), map[string]string{"http": "80", "https": "443"}[u.Scheme])
	var fallback *obs.Observation
	for i := range rows {
		c := &rows[i]
		if c.HTTPSuccess != nil || c.TCPSuccess == nil || c.Hostname != u.Hostname() && c.IP != u.Hostname() || strconv.Itoa(int(c.Port)) != port {
			continue
		}
		if *c.TCPSuccess && (u.Scheme != "https" || c.TLSSuccess != nil && *c.TLSSuccess) {
			return c
		}
		if fallback == nil && !*o.HTTPSuccess {
			fallback = c
		}
	}
	return fallback
}
