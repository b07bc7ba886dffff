package compare

import (
	"encoding/json"
	"io"
	"slices"

	"veedor/internal/measure/obs"
	"veedor/internal/measure/refdata"
)

// Why a summary leaves a judge nothing to rest on.
const (
	lacksAll        = "only scores are given, nothing that was observed"
	lacksConclusion = "only the probe's conclusion is given"
	lacksFacts      = "a forged answer was recognised by a list that the facts of the day do not hold"
	lacksConnection = "a notice was recognised, but not over which connection it came"
	lacksScope      = "only notices were recognised that stand for false alarms or for nobody's filter"
	lacksStart      = "only how long the tool took to start is given, not whether it then worked"
)

// ReadSummaries adds the measurements of a table of OONI's fastpath: one row a measurement, with what the
// fastpath concluded and little of what was observed. Only that little becomes an observation. What the
// probe or the fastpath concluded (blocking_type, blocking_general, a name's consistency) never does.
func (t *Table) ReadSummaries(in io.Reader) error {
	return t.read(in, "measurement summaries", []string{"measurement_uid", "test_name", "measurement_start_time", "probe_cc", "probe_asn",
		"scores", "anomaly", "confirmed", "msm_failure"}, t.summary)
}

// scores is what we read of the column of that name.
type scores struct {
	Analysis     map[string]any `json:"analysis"`
	Fingerprints []struct {
		Name     string `json:"name"`
		Scope    string `json:"scope"`
		Location string `json:"location_found"`
	} `json:"fingerprints"`
	Accessible  *int            `json:"accessible_endpoints"`
	Unreachable *int            `json:"unreachable_endpoints"`
	HTTPOK      *int            `json:"http_success_cnt"`
	HTTPFailed  *int            `json:"http_failure_cnt"`
	WebFailure  json.RawMessage `json:"web_failure"`
	DNSBlocking *bool           `json:"facebook_dns_blocking"`
	Extra       struct {
		BootstrapTime *float64 `json:"bootstrap_time"`
	} `json:"extra"`
}

func (t *Table) summary(r record) error {
	base, err := t.envelope(r)
	if err != nil {
		return err
	}
	var s scores
	if err := json.Unmarshal([]byte(r.get("scores")), &s); err != nil {
		return errLeft("its scores are not the JSON that is expected")
	}
	if t.byUID[base.MeasurementUID] != nil {
		return errLeft("another row for the same measurement")
	}
	facts := t.db.AsOf(base.StartTime)
	base.Snapshot = facts.ID()
	b := builder{base: base}
	switch base.TestName {
	case "web_connectivity":
		b.page(&s, facts)
	case "telegram":
		b.telegram(&s)
	case "whatsapp":
		b.whatsapp(&s)
	case "signal":
		if f, ok := s.Analysis["signal_backend_failure"].(string); ok && f != "" {
			b.request("", f)
		}
	case "facebook_messenger":
		if s.DNSBlocking != nil {
			b.lacks = lacksConclusion
		}
	case "psiphon":
		if s.Extra.BootstrapTime != nil {
			b.lacks = lacksStart
		}
	}
	m := t.measurement(base.MeasurementUID)
	m.Theirs = word(r)
	if m.Rows = b.rows; len(m.Rows) == 0 {
		m.Rows = []obs.Observation{base}
		if m.Lacks = b.lacks; m.Lacks == "" {
			m.Lacks = lacksAll
		}
	}
	return nil
}

// word is what OONI calls the measurement: the strongest of its three flags.
func word(r record) string {
	for _, w := range []struct{ column, word string }{{"confirmed", "confirmed"}, {"msm_failure", "failure"}, {"anomaly", "anomaly"}} {
		if f := r.flag(w.column); f != nil && *f {
			return w.word
		}
	}
	return "ok"
}

// builder makes the observations of one summary.
type builder struct {
	base  obs.Observation
	rows  []obs.Observation
	lacks string
}

func (b *builder) add() *obs.Observation {
	b.rows = append(b.rows, b.base)
	o := &b.rows[len(b.rows)-1]
	o.ObservationIdx = int32(len(b.rows) - 1)
	return o
}

// page takes what the fastpath recognised in a web test. A forged answer is recognised by being equal to
// a listed address, so where the facts hold that entry, the answer is known. A notice in a body may have
// come over any hop of a redirect, and over TLS it would be the site's own: that is nothing to rest on.
func (b *builder) page(s *scores, facts *refdata.Facts) {
	if _, ok := s.Analysis["blocking_type"]; ok {
		b.lacks = lacksConclusion
	}
	for _, f := range s.Fingerprints {
		switch fp, known := facts.Fingerprint(f.Name); {
		case !slices.Contains([]string{"nat", "isp"}, f.Scope):
			if b.lacks == "" {
				b.lacks = lacksScope
			}
		case f.Location != "dns":
			b.lacks = lacksConnection
		case !known || fp.PatternType != "full":
			b.lacks = lacksFacts
		default:
			o := b.add()
			o.Hostname, o.Depth = obs.Host(o.Input), 0
			o.DNSSuccess, o.DNSEngine, o.DNSAnswer, o.DNSFingerprints = yes(), "system", fp.Pattern, []string{fp.ID}
			setIP(o, fp.Pattern)
		}
	}
}

// telegram takes the fastpath's counts of what the test recorded. A bound keeps a forged count cheap.
func (b *builder) telegram(s *scores) {
	many := func(n *int, f func()) {
		if n != nil {
			for range min(*n, 64) {
				f()
			}
		}
	}
	const unsaid = "unknown_failure: the summary gives no reason"
	connect := func(failure string) func() {
		return func() { o := b.add(); o.Hostname, o.TCPSuccess, o.TCPFailure = "an endpoint", worked(failure), failure }
	}
	many(s.Accessible, connect(""))
	many(s.Unreachable, connect(unsaid))
	many(s.HTTPOK, func() { b.request("", "") })
	many(s.HTTPFailed, func() { b.request("", unsaid) })
	// web_failure is the failure as the test recorded it; null is none.
	if s.WebFailure != nil {
		var failure string
		_ = json.Unmarshal(s.WebFailure, &failure) // null leaves it empty; anything else is no failure string
		b.request("https://web.telegram.org/", failure)
	}
}

// whatsapp takes which of the three parts worked. The fastpath reads that from the requests and
// endpoints themselves and ignores what the probe concluded of them.
func (b *builder) whatsapp(s *scores) {
	failure := func(key string) (string, bool) {
		ok, said := s.Analysis[key].(bool)
		if ok {
			return "", said
		}
		return "unknown_failure: the summary gives no reason", said
	}
	if f, said := failure("whatsapp_endpoints_accessible"); said {
		o := b.add()
		o.Hostname, o.TCPSuccess, o.TCPFailure = "the endpoints", worked(f), f
	}
	if f, said := failure("whatsapp_web_accessible"); said {
		b.request("https://web.whatsapp.com/", f)
	}
	if f, said := failure("registration_server_accessible"); said {
		b.request("https://v.whatsapp.net/v2/register", f)
	}
}

func (b *builder) request(url, failure string) {
	o := b.add()
	o.Hostname, o.HTTPRequestURL, o.HTTPFailure, o.HTTPSuccess = obs.Host(url), url, failure, worked(failure)
	o.HTTPFinal = failure == ""
}
