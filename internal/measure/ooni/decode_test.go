package ooni

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/bytedance/sonic"
	"github.com/google/go-cmp/cmp"
)

// From some toolchain on sonic silently falls back to encoding/json, at a fifth of the speed.
func TestSonicIsActive(t *testing.T) {
	if sonic.APIKind != sonic.UseSonicJSON {
		t.Fatalf("sonic does not support %s on %s: pin the toolchain or take another decoder", runtime.Version(), runtime.GOARCH)
	}
}

// wc is a web_connectivity measurement with the given members of test_keys.
func wc(testKeys string) string {
	return `{"test_name":"web_connectivity","measurement_start_time":"2024-06-01 10:00:00","test_keys":{` + testKeys + `}}`
}

func TestDecodeToleratesDirt(t *testing.T) {
	long := strings.Repeat("a", 64<<10)
	tests := []struct {
		name, line string
		get        func(*Measurement) any
		want       any
		defects    []string
	}{
		{"input as string", `{"test_name":"x","test_keys":{},"input":"http://a/"}`, func(m *Measurement) any { return m.Input }, Input{"http://a/"}, nil},
		{"input as list", `{"test_name":"x","test_keys":{},"input":["a",null,"b"]}`, func(m *Measurement) any { return m.Input }, Input{"a", "b"}, nil},
		{"input null", `{"test_name":"x","test_keys":{},"input":null}`, func(m *Measurement) any { return m.Input }, Input(nil), nil},
		{"input as number", `{"test_name":"x","test_keys":{},"input":7}`, func(m *Measurement) any { return m.Input }, Input(nil), []string{"input: want string or list, got number"}},
		{"resolver_asn null", `{"test_name":"x","test_keys":{},"resolver_asn":null,"probe_cc":"VE"}`, func(m *Measurement) any { return m.ResolverASN + m.ProbeCC }, "VE", nil},
		{"number for a string", `{"test_name":"x","test_keys":{},"probe_asn":8048}`, func(m *Measurement) any { return m.ProbeASN }, "8048", []string{"probe_asn: number instead of a string"}},
		{"string for a number", `{"test_name":"x","test_keys":{},"test_runtime":"3.5"}`, func(m *Measurement) any { return m.TestRuntime }, 3.5, []string{"test_runtime: number written as a string"}},
		{"number beyond all bounds", `{"test_name":"x","test_keys":{},"test_runtime":1e999,"probe_cc":"VE"}`, func(m *Measurement) any { return []any{m.TestRuntime, m.ProbeCC} }, []any{0.0, "VE"}, []string{"test_runtime: number out of range"}},
		{"NaN", `{"test_name":"x","test_keys":{},"test_runtime":NaN,"input":"NaN \" NaN","x":[-Infinity]}`, func(m *Measurement) any { return []any{m.TestRuntime, m.Input[0]} }, []any{0.0, `NaN " NaN`}, []string{"NaN or Infinity, read as null"}},
		{"annotations that are no strings", `{"test_name":"x","test_keys":{},"annotations":{"a":"b","n":1,"o":{"x":[1]},"z":null}}`, func(m *Measurement) any { return m.Annotations }, Annotations{"a": "b", "n": "1", "o": `{"x":[1]}`}, nil},
		{"annotations as list", `{"test_name":"x","test_keys":{},"annotations":[1]}`, func(m *Measurement) any { return m.Annotations }, Annotations(nil), []string{"annotations: want object, got list"}},
		{"test_keys null", `{"test_name":"x","test_keys":null}`, func(m *Measurement) any { return m.TestKeys == nil }, true, []string{"test_keys: null"}},
		{"test_keys as list", `{"test_name":"x","test_keys":[]}`, func(m *Measurement) any { return m.TestKeys == nil }, true, []string{"test_keys: want object, got list"}},
		{"answers as string", wc(`"queries":[{"hostname":"a"},{"hostname":"b","answers":"none","t":1}]`), func(m *Measurement) any { q := m.TestKeys.Queries; return []any{len(q), q[1].Hostname, *q[1].T} }, []any{2, "b", 1.0}, []string{"test_keys.queries[1].answers: want list, got string"}},
		{"an element of another kind", wc(`"queries":[7,{"hostname":"b"}]`), func(m *Measurement) any { return m.TestKeys.Queries }, []Query{{Hostname: "b"}}, []string{"test_keys.queries[0]: want object, got number"}},
		{"one object for a list", wc(`"tcp_connect":{"ip":"192.0.2.1","port":"443"}`), func(m *Measurement) any { return m.TestKeys.TCPConnect }, []TCPConnect{{IP: "192.0.2.1", Port: 443}},
			[]string{"test_keys.tcp_connect: one object instead of a list", "test_keys.tcp_connect.port: number written as a string"}},
		{"several at once", wc(`"queries":"x","requests":{},"control":[],"accessible":"yes","title_match":true`), func(m *Measurement) any { return *m.TestKeys.TitleMatch }, true,
			[]string{"test_keys.queries: want list, got string", "test_keys.requests: one object instead of a list", "test_keys.control: want object, got list", "test_keys.accessible: want true or false, got string"}},
		{"control with nulls", wc(`"control":{"http_request":null,"dns":null,"tcp_connect":null,"tls_handshake":{"a:1":null}}`), func(m *Measurement) any {
			c := m.TestKeys.Control
			return []any{c.HTTPRequest == nil, len(c.TLSHandshake)}
		}, []any{true, 1}, nil},
		{"control in part", wc(`"control":{"tcp_connect":"none","dns":{"addrs":["192.0.2.1",1]}}`), func(m *Measurement) any { return m.TestKeys.Control.DNS.Addrs }, []string{"192.0.2.1", "1"},
			[]string{"test_keys.control.tcp_connect: want object, got string", "test_keys.control.dns.addrs[1]: number instead of a string"}},
		{"everything null", wc(`"queries":null,"tcp_connect":null,"requests":null,"control":null,"blocking":null,"accessible":null,"failure":null`), func(m *Measurement) any { return m.TestKeys.Blocking }, Blocking("null"), nil},
		{"blocking", wc(`"blocking":"dns"`), func(m *Measurement) any { return m.TestKeys.Blocking }, Blocking("dns"), nil},
		{"not blocking", wc(`"blocking":false`), func(m *Measurement) any { return m.TestKeys.Blocking }, Blocking("false"), nil},
		{"status code as string", wc(`"requests":[{"response":{"code":"403"}}]`), func(m *Measurement) any { return m.TestKeys.Requests[0].Response.Code }, int64(403), []string{"test_keys.requests[0].response.code: number written as a string"}},
		{"status code as decimal", wc(`"requests":[{"response":{"code":403.0}}]`), func(m *Measurement) any { return m.TestKeys.Requests[0].Response.Code }, int64(403), nil},
		{"half a status code", wc(`"requests":[{"response":{"code":403.5}}]`), func(m *Measurement) any { return m.TestKeys.Requests[0].Response.Code }, int64(0), []string{"test_keys.requests[0].response.code: want whole number, got 403.5"}},
		{"response null", wc(`"requests":[{"request":null,"response":null,"failure":"eof_error"}]`), func(m *Measurement) any { return *m.TestKeys.Requests[0].Failure }, "eof_error", nil},
		{"tampering as boolean", wc(`"tampering":true`), func(m *Measurement) any { return string(m.TestKeys.Tampering) }, "true", nil},
		{"tampering as object", wc(`"tampering":{"total":false}`), func(m *Measurement) any { return string(m.TestKeys.Tampering) }, `{"total":false}`, nil},
		{"tcp_connects of echcheck", wc(`"tcp_connects":[{"ip":"192.0.2.2"}]`), func(m *Measurement) any { return m.TestKeys.TCPConnect[0].IP }, "192.0.2.2", nil},
		{"bootstrap_time as string", wc(`"bootstrap_time":"1.5","success":"yes","error":{}`), func(m *Measurement) any { return m.TestKeys.BootstrapTime }, 1.5,
			[]string{"test_keys.bootstrap_time: number written as a string", "test_keys.success: want true or false, got string", "test_keys.error: want string, got object"}},
		{"unknown keys of any kind", wc(`"zzz":{"a":[1,{"b":null}]},"x":"\ud800"`), func(m *Measurement) any { return m.TestName }, "web_connectivity", nil},
		{"written twice", `{"test_name":"x","input":["a"],"input":["b"],"probe_cc":"AA","probe_cc":"BB","test_keys":{}}`, func(m *Measurement) any { return []any{m.Input, m.ProbeCC} }, []any{Input{"b"}, "BB"}, nil},
		{"keys in capitals are other keys", `{"test_name":"x","Probe_CC":"AA","test_keys":{}}`, func(m *Measurement) any { return m.ProbeCC }, "", nil},
		{"escapes", `{"test_name":"x","test_keys":{},"input":"\u0061\ud83d\ude00\n\/\"\\"}`, func(m *Measurement) any { return m.Input[0] }, "a😀\n/\"\\", nil},
		{"half of a pair", `{"test_name":"x","test_keys":{},"input":"<\ud800>\u0000","probe_cc":"\udc00"}`, func(m *Measurement) any { return []string{m.Input[0], m.ProbeCC} }, []string{"<\uFFFD>\x00", "\uFFFD"}, nil},
		{"NUL", "{\"test_name\":\"x\",\"test_keys\":{},\"input\":\"a\\u0000b\"}\x00\x00\n", func(m *Measurement) any { return m.Input[0] }, "a\x00b", nil},
		{"long names", `{"test_name":"x","` + long + `":1,"test_keys":{"control":{"ip_info":{"` + long + `":{"asn":7}}}}}`, func(m *Measurement) any { return m.TestKeys.Control.IPInfo[long].ASN }, int64(7), nil},
		{"invalid UTF-8", "{\"test_name\":\"x\",\"probe_network_name\":\"Reykjav\xedk\",\"test_keys\":{\"control\":{\"ip_info\":{\"\xff\":{}}},\"requests\":[{\"response\":{\"body\":\"\xff\\u003c\"}}]}}",
			func(m *Measurement) any {
				return []any{m.ProbeNetworkName, string(m.TestKeys.Requests[0].Response.Body.Data), len(m.TestKeys.Control.IPInfo)}
			}, []any{"Reykjav\uFFFDk", "\xff<", 1}, []string{"invalid UTF-8, replaced in names"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			line := []byte(tt.line)
			m, err := Decode(line)
			if err != nil {
				t.Fatal(err)
			}
			if string(line) != tt.line {
				t.Fatal("Decode changed the caller's bytes")
			}
			clear(line) // the result must not depend on them either
			if diff := cmp.Diff(tt.want, tt.get(m)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if diff := cmp.Diff(tt.defects, m.Defects); diff != "" {
				t.Errorf("defects, -want +got:\n%s", diff)
			}
		})
	}
}

func TestDecodeTexts(t *testing.T) {
	text := func(s string) Text { return Text{Data: []byte(s), Set: true} }
	tests := []struct {
		name, json string
		want       Text
		broken     bool
	}{
		{"absent", ``, Text{}, false},
		{"null", `"body":null`, Text{Null: true}, false},
		{"empty", `"body":""`, Text{Set: true}, false},
		{"text", `"body":"<\u003e\t\u00e9"`, text("<>\t\u00e9"), false},
		{"base64", `"body":{"format":"base64","data":"AP\/\/"}`, Text{Data: []byte{0, 255, 255}, Set: true, Base64: true}, false},
		{"base64 with line feeds", `"body":{"data":"AAEC\nAwQ=\n","format":"base64"}`, Text{Data: []byte{0, 1, 2, 3, 4}, Set: true, Base64: true}, false},
		{"invalid base64", `"body":{"format":"base64","data":"?AAA"}`, text("?AAA"), true},
		{"object without data", `"body":{"format":"base64"}`, Text{}, true},
		{"data of another kind", `"body":{"format":"base64","data":7}`, Text{}, true},
		{"unknown escape", `"body":"a\u00zzb\n\q"`, text("a\\u00zzb\n\\q"), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, err := Decode([]byte(wc(`"requests":[{"response":{` + tt.json + `}}]`)))
			if err != nil {
				t.Fatal(err)
			}
			got := m.TestKeys.Requests[0].Response.Body
			if string(got.Data) != string(tt.want.Data) || got.Set != tt.want.Set || got.Null != tt.want.Null || got.Base64 != tt.want.Base64 {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
			if broken := len(m.Defects) == 1; broken != tt.broken {
				t.Errorf("defects %q", m.Defects)
			}
		})
	}
}

func TestDecodeHeaders(t *testing.T) {
	tests := []struct {
		name, json string
		want       Headers
	}{
		{"map", `"headers":{"b":"2","a":"1"}`, Headers{{"a", "1"}, {"b", "2"}}},
		{"map of lists", `"headers":{"a":["1","2"]}`, Headers{{"a", "1"}, {"a", "2"}}},
		{"list", `"headers":[["b","2"],["a","1"]]`, Headers{{"b", "2"}, {"a", "1"}}},
		{"list of lists", `"headers":[["b",["2","3"]]]`, Headers{{"b", "2"}, {"b", "3"}}},
		{"headers_list has the order", `"headers":{"a":"1"},"headers_list":[["b","2"],["a","1"]]`, Headers{{"b", "2"}, {"a", "1"}}},
		{"headers_list empty", `"headers":{"a":"1"},"headers_list":[]`, Headers{{"a", "1"}}},
		{"base64", `"headers":{"a":{"format":"base64","data":"/w=="}},"headers_list":[[{"format":"base64","data":"YQ=="},{"format":"base64","data":"/w=="}]]`, Headers{{"a", "\uFFFD"}}},
		{"values of other kinds", `"headers":{"a":1,"b":null,"c":true,"d":"x"}`, Headers{{"a", ""}, {"b", ""}, {"c", ""}, {"d", "x"}}},
		{"pairs that are none", `"headers_list":[["a"],[],"x",["b","2","3"]],"headers":null`, Headers{{"b", "2"}}},
		{"null", `"headers":null`, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, err := Decode([]byte(wc(`"requests":[{"response":{` + tt.json + `}}]`)))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, m.TestKeys.Requests[0].Response.Headers); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if got := (Headers{{"Content-Type", "x"}}).Get("content-TYPE"); got != "x" {
				t.Errorf("Get without case: %q", got)
			}
		})
	}
}

func TestDecodeRefuses(t *testing.T) {
	deep := strings.Repeat(`[`, 70) + strings.Repeat(`]`, 70)
	tests := []struct{ name, line, want string }{
		{"empty", " \n", "empty"},
		{"text", "hello\nworld", `not a JSON object: begins with "hello"`},
		{"list", `[{"test_name":"x"}]`, `not a JSON object: begins with "[{\"test_name\":\"x\"}]"`},
		{"cut off", `{"test_name":"x","test_keys":{"a`, "cut off after 32 bytes: not valid JSON"},
		{"cut off in a number", `{"test_name":"x","test_keys":1`, "cut off after 30 bytes: not valid JSON"},
		{"syntax", `{"test_name":"x",}`, `not valid JSON at byte 18: invalid char near "test_name\":\"x\",}"`},
		{"something behind", `{"test_name":"x"} x`, `not valid JSON at byte 18: invalid char near "test_name\":\"x\"} x"`},
		{"two objects", `{"test_name":"x"}{}`, `not valid JSON at byte 17: invalid char near "\"test_name\":\"x\"}{}"`},
		{"no measurement", `{"a":1}`, "not a measurement: no test_name"},
		{"name of another kind", `{"test_name":{},"test_keys":{}}`, "not a measurement: no test_name"},
		{"summary", `{"test_name":"x","anomaly":true}`, "no test_keys: a summary, not a measurement"},
		{"header of a report", `{"record_type":"header","test_name":"x"}`, "a report's header or footer, not a measurement"},
		{"footer of a report", `{"record_type":"footer"}`, "a report's header or footer, not a measurement"},
		{"too deep", wc(`"targets":` + deep), ErrTooDeep.Error()},
		{"too deep in what nobody reads", wc(`"x":"` + strings.Repeat("-", unmeasured) + `","y":` + deep), ErrTooDeep.Error()},
		{"too many values", wc(`"queries":[{"answers":[` + strings.Repeat("{},", maxValues) + `{}]}]`), ErrTooMany.Error()},
		{"too long", `{"test_name":"` + strings.Repeat("x", MaxLine), ErrTooLong.Error()},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, err := Decode([]byte(tt.line))
			if m != nil || err == nil || err.Error() != tt.want {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

func TestDecodeBoundsDefects(t *testing.T) {
	m, err := Decode([]byte(wc(`"queries":[` + strings.Repeat("1,", 100) + `1],"sent":[` + strings.Repeat("{},", 100) + `{}]`)))
	if err != nil || len(m.Defects) != maxDefects+1 || m.Defects[maxDefects] != "and 69 more" {
		t.Errorf("%v, %d defects: %q", err, len(m.Defects), m.Defects)
	}
}

// What a hostile record makes us allocate stays within reason.
func TestDecodeBoundsMemory(t *testing.T) {
	for _, element := range []string{"{},", "null,"} {
		line := []byte(wc(`"requests":[` + strings.Repeat(element, maxValues/3) + `{}]`))
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if _, err := Decode(line); err != nil {
			t.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		if mib := (after.TotalAlloc - before.TotalAlloc) >> 20; mib > 200 {
			t.Errorf("%s: %d MiB for a line of %d kB", element, mib, len(line)>>10)
		}
	}
}

func TestParts(t *testing.T) {
	const (
		blocks = `{"queries":[{"hostname":"h"}],"tcp_connect":[{"ip":"192.0.2.1","port":9}],"tls_handshakes":[{"server_name":"s"}],"network_events":[{"operation":"connect"}],"requests":[{"response":{"headers_list":[["a","1"]]}}]}`
		empty  = `{"queries":null,"failure":null}`
	)
	tests := []struct {
		name, testName, keys string
		want                 []string // name and number of queries, connects, handshakes of TLS and QUIC, requests, events
	}{
		{"none", "web_connectivity", blocks[1 : len(blocks)-1], []string{" 1 1 1 0 1 1"}},
		{"tor by name", "tor", `"targets":{"z":` + blocks + `,"a":` + blocks + `,"e":` + empty + `,"n":null}`, []string{" 0 0 0 0 0 0", "tor:or_port:z 1 1 1 0 1 1", "tor:or_port:a 1 1 1 0 1 1"}},
		{"tor as list", "tor", `"targets":[` + blocks + `,` + blocks + `]`, []string{" 0 0 0 0 0 0", "tor:or_port:0 1 1 1 0 1 1", "tor:or_port:1 1 1 1 0 1 1"}},
		{"dnscheck", "dnscheck", `"bootstrap":` + blocks + `,"lookups":{"192.0.2.1:53":` + blocks + `}`, []string{" 0 0 0 0 0 0", "dnscheck:bootstrap 1 1 1 0 1 1", "dnscheck:192.0.2.1:53 1 1 1 0 1 1"}},
		{"sni_blocking", "sni_blocking", `"control":` + blocks + `,"target":` + blocks, []string{" 0 0 0 0 0 0", "sni_blocking:control 1 1 1 0 1 1", "sni_blocking:target 1 1 1 0 1 1"}},
		{"tlsping", "tlsping", `"pings":[{"tcp_connect":{"ip":"192.0.2.1"},"tls_handshake":{"server_name":"s"},"network_events":[{}]}]`, []string{" 0 0 0 0 0 0", "ping:0 0 1 1 0 0 1"}},
		{"simplequicping", "simplequicping", `"pings":[{"quic_handshake":{"server_name":"s"}}]`, []string{" 0 0 0 0 0 0", "ping:0 0 0 0 1 0 0"}},
		{"tlsmiddlebox", "tlsmiddlebox", `"iterative_trace":[{"address":"192.0.2.1:443","control_trace":{"iterations":[{"ttl":1,"handshake":{}},{"handshake":{}}]},"target_trace":{"iterations":[{"handshake":null},{"handshake":{}}]}}]`,
			[]string{" 0 0 0 0 0 0", "tlsmiddlebox:control:192.0.2.1:443 0 0 2 0 0 0", "tlsmiddlebox:target:192.0.2.1:443 0 0 1 0 0 0"}},
		{"target that is a name", "quicping", `"target":"example.org"`, []string{" 0 0 0 0 0 0"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, err := Decode([]byte(`{"test_name":"` + tt.testName + `","test_keys":{` + tt.keys + `}}`))
			if err != nil || len(m.Defects) > 0 {
				t.Fatal(err, m.Defects)
			}
			var got []string
			for _, p := range m.TestKeys.Parts() {
				got = append(got, fmt.Sprintf("%s %d %d %d %d %d %d", p.Name, len(p.Queries), len(p.TCPConnect), len(p.TLSHandshakes), len(p.QUICHandshakes), len(p.Requests), len(p.NetworkEvents)))
				if len(p.Requests) > 0 && p.Requests[0].Response.Headers.Get("a") != "1" {
					t.Errorf("%s: headers_list is not merged", p.Name)
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestNestedDefectsAreNamed(t *testing.T) {
	m, err := Decode([]byte(`{"test_name":"tor","test_keys":{"targets":{"a":{"queries":7,"requests":[{"response":{"body":{"format":"base64","data":"?"}}}]},"b":[]}}}`))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"test_keys.targets.a.queries: want list, got number", "test_keys.targets.a.requests[0].response.body: neither text nor valid base64", "test_keys.targets.b: want object"}
	if diff := cmp.Diff(want, m.Defects); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestStart(t *testing.T) {
	tests := []struct {
		name, start, test string
		want              string
	}{
		{"as published", "2024-06-01 10:20:30", "2024-06-01 09:00:00", "2024-06-01T10:20:30Z"},
		{"with a fraction", "2024-06-01 10:20:30.5", "", "2024-06-01T10:20:30.5Z"},
		{"with T and Z", "2024-06-01T10:20:30Z", "", "2024-06-01T10:20:30Z"},
		{"with T", "2024-06-01T10:20:30", "", "2024-06-01T10:20:30Z"},
		{"with a zone", "2024-06-01T06:20:30-04:00", "", "2024-06-01T10:20:30Z"},
		{"with a zone and a space", "2024-06-01 10:20:30Z", "", "2024-06-01T10:20:30Z"},
		{"seconds", "1446726576.0", "", "2015-11-05T12:29:36Z"},
		{"falls back", "", "2024-06-01 09:00:00", "2024-06-01T09:00:00Z"},
		{"falls back from nonsense", "yesterday", "2024-06-01 09:00:00", "2024-06-01T09:00:00Z"},
		{"no such day", "2024-02-31 10:20:30", "", ""},
		{"neither", "", "12", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := &Measurement{MeasurementStartTime: tt.start, TestStartTime: tt.test}
			got, ok := m.Start()
			if ok != (tt.want != "") || ok && got.Format(time.RFC3339Nano) != tt.want {
				t.Errorf("got %v %v, want %q", got, ok, tt.want)
			}
		})
	}
	m, err := Decode([]byte(`{"test_name":"x","test_keys":{},"measurement_start_time":1446726576.0}`))
	if err != nil {
		t.Fatal(err)
	}
	if got, ok := m.Start(); !ok || got.Unix() != 1446726576 {
		t.Errorf("a JSON number: %v %v", got, ok)
	}
}

func TestParseASN(t *testing.T) {
	for s, want := range map[string]uint32{"AS8048": 8048, "AS0": 0, "": 0, "8048": 0, "as8048": 0, "AS": 0, "AS-1": 0, "AS+1": 0, "AS4294967295": 4294967295, "AS4294967296": 0, "AS 1": 0} {
		if got := ParseASN(s); got != want {
			t.Errorf("ParseASN(%q) = %d, want %d", s, got, want)
		}
	}
}

func TestErrorsAreRecognisable(t *testing.T) {
	_, err := Decode([]byte(`{"test_name":"x"}`))
	if !errors.Is(err, ErrSummary) {
		t.Errorf("got %v", err)
	}
}
