package obs_test

import (
	"crypto/sha256"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"veedor/internal/measure/obs"
	"veedor/internal/measure/ooni"
	"veedor/internal/measure/refdata"
)

func flatten(t testing.TB, raw string) []obs.Observation {
	t.Helper()
	db, err := refdata.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	m, err := ooni.Decode([]byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	start, _ := m.Start()
	hash := sha256.Sum256([]byte(raw))
	rows, _ := obs.Flatten(nil, nil, m, obs.Identity{UID: obs.UID(m, hash), Hash: "h"}, db.AsOf(start))
	return rows
}

// brief words a row as what it joins, so that tests read like the measurement.
func brief(o obs.Observation) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s d%d %s", o.Vantage, o.Depth, o.Hostname)
	step := func(name string, ok *bool, failure string) {
		if ok == nil {
			return
		}
		if failure == "" {
			failure = "ok"
		}
		fmt.Fprintf(&b, " %s=%s", name, failure)
	}
	if o.DNSSuccess != nil {
		step("dns:"+o.DNSEngine, o.DNSSuccess, o.DNSFailure)
	}
	if o.IP != "" {
		fmt.Fprintf(&b, " %s:%d", o.IP, o.Port)
	}
	step("tcp", o.TCPSuccess, o.TCPFailure)
	step("tls", o.TLSSuccess, o.TLSFailure)
	step("quic", o.QUICSuccess, o.QUICFailure)
	step("http", o.HTTPSuccess, o.HTTPFailure)
	if o.HTTPFinal {
		b.WriteString(" final")
	}
	return b.String()
}

const envelope = `"measurement_start_time":"2026-05-03 10:20:30","probe_asn":"AS64496","probe_cc":"XA","software_name":"t","software_version":"1","test_name":"web_connectivity","test_version":"0.5.28"`

func TestFlatten(t *testing.T) {
	tests := []struct {
		name, raw string
		want      []string
	}{
		{"transactions join steps of one connection", `{` + envelope + `,"input":"https://News.Example/","test_keys":{
			"queries":[{"engine":"udp","hostname":"news.example","query_type":"A","resolver_address":"203.0.113.53:53","answers":[{"answer_type":"A","ipv4":"192.0.2.1"}],"failure":null,"tags":["depth=0"]},
			           {"engine":"getaddrinfo","hostname":"news.example","query_type":"ANY","answers":[{"answer_type":"A","ipv4":"192.0.2.1"}],"failure":null,"tags":["depth=0"]}],
			"tcp_connect":[{"ip":"192.0.2.1","port":443,"status":{"success":true,"failure":null},"transaction_id":5,"tags":["depth=0","fetch_body=true"]},
			               {"ip":"192.0.2.1","port":80,"status":{"success":false,"failure":"connection_refused"},"transaction_id":6,"tags":["depth=0","fetch_body=false"]}],
			"tls_handshakes":[{"address":"192.0.2.1:443","server_name":"news.example","failure":null,"transaction_id":5,"tags":["depth=0"]}],
			"requests":[{"failure":null,"request":{"url":"https://news.example/","method":"GET"},"response":{"code":200,"body":"<title>Hi</title>"},"transaction_id":5,"tags":["depth=0","fetch_body=true"]}]}}`,
			[]string{
				"probe d0 news.example dns:getaddrinfo=ok 192.0.2.1:443 tcp=ok tls=ok http=ok final",
				"probe d0 news.example dns:udp=ok 192.0.2.1:80 tcp=connection_refused",
			}},
		{"older probes name neither address nor hop", `{` + envelope + `,"input":"http://news.example/","test_keys":{
			"queries":[{"engine":"system","hostname":"news.example","query_type":"A","answers":[{"answer_type":"A","ipv4":"192.0.2.1"}],"failure":null}],
			"tcp_connect":[{"ip":"192.0.2.1","port":80,"status":{"success":true,"failure":null}}],
			"requests":[{"failure":null,"request":{"url":"https://www.news.example/"},"response":{"code":200,"body":"x"}},
			            {"failure":null,"request":{"url":"http://news.example/"},"response":{"code":301,"body":"","headers":{"Location":"https://www.news.example/"}}}]}}`,
			[]string{
				"probe d0 news.example dns:system=ok 192.0.2.1:80 tcp=ok http=ok",
				"probe d1 www.news.example http=ok final",
			}},
		{"the helper's view is a vantage point of its own, under the punycode name", `{` + envelope + `,"input":"http://ñandú.example/","test_keys":{
			"queries":[{"engine":"getaddrinfo","hostname":"xn--and-6ma2c.example","answers":null,"failure":"dns_nxdomain_error"}],
			"control":{"dns":{"failure":null,"addrs":["192.0.2.7"]},"tcp_connect":{"192.0.2.7:80":{"status":false,"failure":null}},
			  "tls_handshake":{"192.0.2.7:443":{"server_name":"xn--and-6ma2c.example","status":true,"failure":null}},
			  "http_request":{"body_length":10,"failure":null,"title":"T","status_code":200,"headers":{"A":"b"}}}}}`,
			[]string{
				"probe d-1 xn--and-6ma2c.example dns:getaddrinfo=dns_nxdomain_error",
				"control d0 xn--and-6ma2c.example dns:=ok 192.0.2.7:80 tcp=unknown_error",
				"control d0 xn--and-6ma2c.example 192.0.2.7:443 tls=ok",
				"control d0 xn--and-6ma2c.example http=ok final",
			}},
		{"nothing observed still leaves the envelope", `{` + envelope + `,"input":null,"test_keys":null}`, []string{"probe d-1 "}},
		{"spellings of one IPv6 address join", `{` + envelope + `,"input":"https://news.example/","test_keys":{
			"queries":[{"engine":"system","hostname":"news.example","query_type":"AAAA","answers":[{"answer_type":"AAAA","ipv6":"2001:DB8:0::1"}],"failure":null}],
			"tcp_connect":[{"ip":"2001:db8::1","port":443,"status":{"success":false,"failure":"host_unreachable"}}]}}`,
			[]string{"probe d-1 news.example dns:system=ok 2001:db8::1:443 tcp=host_unreachable"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for i, o := range flatten(t, tt.raw) {
				got = append(got, brief(o))
				if o.ObservationIdx != int32(i) {
					t.Errorf("row %d has index %d", i, o.ObservationIdx)
				}
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("rows (-want +got):\n%s", d)
			}
		})
	}
}

func TestFlattenBody(t *testing.T) {
	rows := flatten(t, `{`+envelope+`,"input":"http://news.example/","test_keys":{"requests":[{"failure":null,"request":{"url":"http://news.example/"},
		"response":{"code":403,"body":{"format":"base64","data":"PGh0bWw+PFRJVExFPiBBICZhbXA7CiBCIDwvVElUTEU+"},"headers":{"Server":"x","server":"y","Date":"now"}}}]}}`)
	o := rows[0]
	if o.HTTPResponseTitle != "A & B" || o.HTTPResponseBodyLength == nil || *o.HTTPResponseBodyLength != 33 || len(o.HTTPResponseBodySHA1) != 40 {
		t.Errorf("title %q, length %v, sha1 %q", o.HTTPResponseTitle, o.HTTPResponseBodyLength, o.HTTPResponseBodySHA1)
	}
	if d := cmp.Diff([]string{"date", "server"}, o.HTTPResponseHeaderNames); d != "" {
		t.Error(d)
	}
}

// TestFlattenBounded: an absurd measurement costs a bounded number of rows and little time.
func TestFlattenBounded(t *testing.T) {
	var b strings.Builder
	b.WriteString(`{` + envelope + `,"input":"http://` + strings.Repeat("a", 64<<10) + `.example/","test_keys":{"queries":[`)
	for i := range 6000 {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"engine":"udp","hostname":"h%d.example","answers":[{"answer_type":"A","ipv4":"192.0.2.%d"}],"failure":null,"tags":["depth=-9999999999"]}`, i, i%256)
	}
	b.WriteString(`],"tcp_connect":[`)
	for i := range 6000 {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"ip":"198.51.100.%d","port":%d,"status":{"success":true},"t":-1e300}`, i%256, i*7)
	}
	b.WriteString(`]}}`)
	rows := flatten(t, b.String())
	if len(rows) != obs.MaxObservations {
		t.Errorf("%d rows, want %d", len(rows), obs.MaxObservations)
	}
	for _, o := range rows {
		if len(o.Input) > 3000 || len(o.Hostname) > 3000 {
			t.Fatal("a 64 kB value got into a row")
		}
	}
}

func TestUID(t *testing.T) {
	m := &ooni.Measurement{MeasurementStartTime: "2026-05-03 10:20:30", ProbeCC: "XA", TestName: "web_connectivity"}
	got := obs.UID(m, sha256.Sum256(nil))
	if want := "20260503102030_XA_webconnectivity_e3b0c44298fc1c149afbf4c8996fb924"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	hostile := &ooni.Measurement{ProbeCC: "../", TestName: "../../etc"}
	if got := obs.UID(hostile, sha256.Sum256(nil)); strings.ContainsAny(got, "./") {
		t.Errorf("a UID must be safe in a path: %s", got)
	}
}

func TestClassify(t *testing.T) {
	tests := map[string]obs.Kind{
		"":                         obs.Success,
		"connection_reset":         obs.Reset,
		"connection_refused_error": obs.Refused,
		"unknown_failure: An existing connection was forcibly closed by the remote host.": obs.Reset,
		"unknown_failure: stopped after too many redirects":                               obs.RedirectLoop,
		"unknown_failure: lookup x.example: no such host":                                 obs.NXDOMAIN,
		"android_dns_cache_no_data":                                                       obs.NXDOMAIN,
		"ssl_invalid_hostname":                                                            obs.CertHostname,
		"unknown_failure: x509: certificate has expired":                                  obs.CertInvalid,
		"dial tcp 192.0.2.1:443: i/o timeout":                                             obs.Timeout,
		"gibberish":                                                                       obs.Unknown,
	}
	for in, want := range tests {
		if got := obs.Classify(in); got != want {
			t.Errorf("%q: got %d, want %d", in, got, want)
		}
	}
}

// TestDocumented holds docs/format/observations.md to the columns there are.
func TestDocumented(t *testing.T) {
	doc, err := os.ReadFile("../../../docs/format/observations.md")
	if err != nil {
		t.Fatal(err)
	}
	columns := 0
	for _, row := range []any{obs.Observation{}, obs.Certificate{}} {
		rt := reflect.TypeOf(row)
		for i := range rt.NumField() {
			name, _, _ := strings.Cut(rt.Field(i).Tag.Get("parquet"), ",")
			columns++
			if !strings.Contains(string(doc), "| `"+name+"` |") {
				t.Errorf("column %s is not in docs/format/observations.md", name)
			}
		}
	}
	if listed := strings.Count(string(doc), "\n| `"); listed != columns {
		t.Errorf("docs/format/observations.md lists %d columns, there are %d", listed, columns)
	}
}

func FuzzFlatten(f *testing.F) {
	db, err := refdata.Open(f.TempDir())
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(`{` + envelope + `,"input":"http://a/","test_keys":{"queries":[{"hostname":"a","answers":[{"ipv4":"192.0.2.1"}]}],"requests":[{"request":{"url":"http://a/"},"response":{"code":200,"body":"<title>"}}]}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, err := ooni.Decode(raw)
		if err != nil {
			return
		}
		start, _ := m.Start()
		rows, _ := obs.Flatten(nil, nil, m, obs.Identity{UID: obs.UID(m, sha256.Sum256(raw))}, db.AsOf(start))
		if len(rows) == 0 {
			t.Fatal("a measurement without a row")
		}
	})
}
