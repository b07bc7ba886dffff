package ooni

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/netip"
	"strings"
	"testing"
)

// own4 and own6 are the device's addresses in these tests; server and resolver are not.
const (
	own4     = "203.0.113.9"
	own6     = "2001:db8:7::a1"
	server   = "192.0.2.10"
	resolver = "198.51.100.7"
)

// record returns a web_connectivity measurement around the given test keys.
func record(probeIP, testKeys string) string {
	return fmt.Sprintf(`{"test_name":"web_connectivity","probe_ip":%q,"probe_cc":"VE","resolver_ip":%q,"input":"http://example.org/","test_keys":{%s}}`,
		probeIP, resolver, testKeys)
}

// fetched returns test keys with one response.
func fetched(headers, body string) string {
	return fmt.Sprintf(`"tcp_connect":[{"ip":%q,"port":80}],"queries":[{"answers":[{"answer_type":"A","ipv4":%q}],"resolver_address":"198.51.100.7:53"}],`+
		`"requests":[{"address":"192.0.2.10:80","response":{"code":200,"headers":%s,"body":%s}}]`, server, server, headers, body)
}

func quoted(s string) string {
	b, err := json.Marshal(s) // escapes < > & as the probe's own encoder does
	if err != nil {
		panic(err)
	}
	return string(b)
}

func packed(s string) string {
	return `{"format":"base64","data":"` + base64.StdEncoding.EncodeToString([]byte(s)) + `"}`
}

// mustScrub scrubs line and checks what holds for every line: the result is a measurement, nothing is
// left to find, and scrubbing it again changes nothing.
func mustScrub(t *testing.T, line string) (clean string, changed bool) {
	t.Helper()
	m, err := Decode([]byte(line))
	if err != nil {
		t.Fatalf("test line: %v", err)
	}
	before := []byte(line)
	b, changed := Scrub(before, m)
	if string(before) != line {
		t.Fatal("Scrub changed the caller's bytes")
	}
	if changed == (string(b) == line) {
		t.Fatalf("changed = %v, but the bytes say otherwise", changed)
	}
	if m, err = Decode(b); err != nil {
		t.Fatalf("no measurement any more: %v\n%s", err, b)
	}
	if again, changed := Scrub(b, m); changed {
		t.Fatalf("not done the first time:\n%s\n%s", b, again)
	}
	return string(b), changed
}

func TestScrubFindsHidingPlaces(t *testing.T) {
	reversed := netip.MustParseAddr(own6).As16()
	var nibbles strings.Builder
	for i := 15; i >= 0; i-- {
		fmt.Fprintf(&nibbles, "%x.%x.", reversed[i]&15, reversed[i]>>4)
	}
	tests := []struct {
		name, line string
		want       string // must be in the result
	}{
		{"probe_ip", record(own4, ``), `"probe_ip":"127.0.0.1"`},
		{"probe_ip of IPv6", record(own6, ``), `"probe_ip":"127.0.0.1"`},
		{"probe_ip with a port", record(own4+":4711", ``), `"probe_ip":"127.0.0.1"`},
		{"probe_ip twice, the last one innocent", `{"test_name":"web_connectivity","probe_ip":"203.0.113.9","probe_ip":"127.0.0.1","test_keys":{}}`, ""},
		{"probe_ip in a list", `{"test_name":"web_connectivity","probe_ip":["203.0.113.9"],"test_keys":{}}`, "[scrubbed]"},
		{"client_resolver", record(own4, `"client_resolver":"203.0.113.9"`), `"client_resolver":"[scrubbed]"`},
		{"key of an object", record(own4, `"control":{"tcp_connect":{"203.0.113.9:443":{"status":true}}}`), `"[scrubbed]:443"`},
		{"echoing header", record("127.0.0.1", fetched(`{"X-Client-IP":"203.0.113.9"}`, `""`)), `"X-Client-IP":"[scrubbed]"`},
		{"echoing header in a list", record("127.0.0.1", strings.Replace(fetched(`{}`, `""`), `"headers":{}`, `"headers_list":[["x-forwarded-for","10.1.1.1, 203.0.113.9"]]`, 1)), `10.1.1.1, [scrubbed]`},
		{"echoing header in base64", record("127.0.0.1", fetched(`{"CF-Connecting-IP":`+packed(own6)+`}`, `""`)), packed(scrubbed)},
		{"Forwarded", record("127.0.0.1", fetched(`{"Forwarded":"for=\"[2001:db8:7::a1]:4711\";proto=http"}`, `""`)), `for=\"[[scrubbed]]:4711\"`},
		{"unknown header", record(own4, fetched(`{"X-Odd":"a=203.0.113.9;b"}`, `""`)), `a=[scrubbed];b`},
		{"body that announces", record("127.0.0.1", fetched(`{}`, quoted("<p>Your IP address is <b>203.0.113.9</b>, sorry</p>"))), `b\u003e[scrubbed]\u003c/b`},
		{"body that announces in Spanish", record("127.0.0.1", fetched(`{}`, quoted("<li>Tu dirección IP: 203.0.113.9</li>"))), `IP: [scrubbed]`},
		{"body that announces IPv6 between tags", record("127.0.0.1", fetched(`{}`, quoted("Client IP <td>2001:db8:7::a1</td>"))), `\u003e[scrubbed]\u003c`},
		{"body in base64 that announces", record("127.0.0.1", fetched(`{}`, packed("\xffYour IP: 203.0.113.9\n"))), packed("\xffYour IP: [scrubbed]\n")},
		{"body that is the answer of an echo service", record("127.0.0.1", fetched(`{}`, quoted(own4+"\n"))), `"[scrubbed]\n"`},
		{"JSON answer of an echo service", record("127.0.0.1", fetched(`{}`, quoted(`{"ip":"203.0.113.9","city":"x"}`))), `\"ip\":\"[scrubbed]\"`},
		{"headers that a test helper repeats", record("127.0.0.1", fetched(`{}`, quoted(`{"headers_dict":{"X-Forwarded-For":["203.0.113.9"]}}`))), `[\"[scrubbed]\"]`},
		{"announced once, used elsewhere", record("127.0.0.1", fetched(`{"Location":"http://block.example/?u=1&ip=203.0.113.9"}`, quoted("Your IP: 203.0.113.9"))), `ip=[scrubbed]"`},
		{"behind an escape", record(own4, fetched(`{}`, `"\u0026203.0.113.9 \u003e203.0.113.9\b203.0.113.9"`)), `\u0026[scrubbed] \u003e[scrubbed]\b[scrubbed]`},
		{"behind an escape in an escape", record(own6, fetched(`{}`, quoted(`{"html":"\u003c2001:db8:7::a1"}`))), `\\u003c[scrubbed]`},
		{"IPv6 behind an escape", record(own6, fetched(`{}`, `"\u003e2001:db8:7::a1\f2001:db8:7::a1"`)), `\u003e[scrubbed]\f[scrubbed]`},
		{"behind percent encoding", record(own4, `"x":"q%3D203.0.113.9%20203.0.113.9"`), `q%3D[scrubbed]%20[scrubbed]`},
		{"zeros in front", record(own4, `"x":"203.000.113.009"`), `"x":"[scrubbed]"`},
		{"dashes", record(own4, `"x":"dsl-203-0-113-9.isp.example"`), `dsl-[scrubbed].isp`},
		{"dashes backwards", record(own4, `"x":"9-113-0-203.isp.example"`), `"x":"[scrubbed].isp`},
		{"reverse DNS", record(own4, `"x":"9.113.0.203.in-addr.arpa"`), `"[scrubbed].in-addr.arpa"`},
		{"glued to a name", record(own4, `"x":"host203.0.113.9,face203.0.113.9"`), `"host[scrubbed],face[scrubbed]"`},
		{"IPv6 in capitals", record(own6, `"x":"2001:DB8:7::A1"`), `"x":"[scrubbed]"`},
		{"IPv6 in full", record(own6, `"x":"2001:0db8:0007:0000:0000:0000:0000:00a1"`), `"x":"[scrubbed]"`},
		{"IPv6 with a zone", record(own6, `"x":"2001:db8:7::a1%eth0"`), `"x":"[scrubbed]%eth0"`},
		{"IPv6 with a port", record(own6, `"x":"[2001:db8:7::a1]:443","y":"2001:db8:7:0:0:0:0:a1:443"`), `"y":"[scrubbed]:443"`},
		{"IPv6 behind a word", record(own6, `"x":"ip6:2001:db8:7::a1 -all"`), `"ip6:[scrubbed] -all"`},
		{"IPv6 in a URL", record(own6, `"x":"ip=2001%3Adb8%3a7%3A%3Aa1&y"`), `ip=[scrubbed]&y`},
		{"IPv6 in the reverse DNS", record(own6, `"x":"`+nibbles.String()+`ip6.arpa"`), `"[scrubbed].ip6.arpa"`},
		{"IPv4 in IPv6", record(own4, `"x":"::ffff:203.0.113.9","y":"::FFFF:cb00:7109","z":"64:ff9b::cb00:7109"`), `"y":"[scrubbed]"`},
		{"tunnelled IPv4", record(own4, `"x":"2002:cb00:7109::1"`), `"x":"[scrubbed]"`},
		{"result of ndt", `{"test_name":"ndt","probe_ip":"127.0.0.1","test_keys":{"download":[{"connection_info":{"Client":"203.0.113.9:55555"}}]}}`, `"Client":"[scrubbed]:55555"`},
		{"nested requests", `{"test_name":"tor","probe_ip":"127.0.0.1","test_keys":{"targets":{"a":{"requests":[{"response":{"headers":{"X-Your-Address-Is":"203.0.113.9"}}}]}}}}`, `"[scrubbed]"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			clean, changed := mustScrub(t, tt.line)
			if !changed {
				t.Fatalf("nothing changed: %s", clean)
			}
			if !strings.Contains(clean, tt.want) {
				t.Errorf("%s\nis not in %s", tt.want, clean)
			}
			if left := spellings(clean); left != "" {
				t.Errorf("%q is left in %s", left, clean)
			}
		})
	}
}

// spellings returns a spelling of the device's addresses that s holds. It is written without regard to
// how Scrub looks for them.
func spellings(s string) string {
	lower := strings.ToLower(s)
	for _, form := range []string{"203.0.113.9", "203-0-113-9", "9.113.0.203", "9-113-0-203", "203.000.113.009", "cb00:7109", "2001:db8:7:", "2001:0db8:0007", "2001%3adb8%3a7",
		"1.a.0.0.0.0.0.0", base64.StdEncoding.EncodeToString([]byte("203.0.113")), base64.StdEncoding.EncodeToString([]byte("2001:db8:7::"))} {
		if strings.Contains(lower, strings.ToLower(form)) {
			return form
		}
	}
	return ""
}

func TestScrubLeavesOthersAlone(t *testing.T) {
	tests := []struct{ name, line string }{
		{"nothing to hide", record("127.0.0.1", fetched(`{"Server":"nginx"}`, quoted("<p>hello 1.2.3.4</p>")))},
		{"loopback of IPv6", record("::1", fetched(`{}`, `""`))},
		{"scrubbed by the probe", record("[scrubbed]", fetched(`{"X-Client-IP":"[scrubbed]"}`, quoted("Your IP: [scrubbed] and 203.0.113.77")))},
		{"server's address in an echoing header", record("127.0.0.1", fetched(`{"X-Real-IP":"192.0.2.10","X-Forwarded-For":"10.0.0.3"}`, `""`))},
		{"server's address announced", record("127.0.0.1", fetched(`{}`, quoted("your IP: 192.0.2.10")))},
		{"addresses that nobody announces", record("127.0.0.1", fetched(`{}`, quoted("servers: 203.0.113.1 and 2001:db8::1, version 1.2.3.4")))},
		{"resolver", record("127.0.0.1", `"client_resolver":"198.51.100.7","x_dns_whoami":{"udp":[{"address":"198.51.100.7"}]}`)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if clean, changed := mustScrub(t, tt.line); changed {
				t.Errorf("changed to %s", clean)
			}
		})
	}
}

func TestScrubKeepsBoundaries(t *testing.T) {
	tests := []struct{ name, own, text string }{
		{"longer last number", own4, "203.0.113.90"},
		{"longer first number", own4, "1203.0.113.9"},
		{"another network", own4, "203.0.114.9"},
		{"the address backwards is another's", own4, "9.113.0.203"},
		{"longer last group", own6, "2001:db8:7::a12"},
		{"one group less", own6, "2001:db8:7::"},
		{"another group at the end", own6, "2001:db8:7::b1"},
		{"date and time", own4, "2024-06-01T10:20:30"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			clean, _ := mustScrub(t, record(tt.own, `"x":`+quoted(tt.text)))
			if !strings.Contains(clean, `"x":`+quoted(tt.text)) {
				t.Errorf("%s: %s", tt.text, clean)
			}
		})
	}
}

func TestScrubText(t *testing.T) {
	tests := []struct{ name, raw, want string }{
		{"YAML", "---\nprobe_cc: IS\nprobe_ip: 203.0.113.9\n...\n---\nx: 203.0.113.9, 203.0.113.99\n", "---\nprobe_cc: IS\nprobe_ip: [scrubbed]\n...\n---\nx: [scrubbed], 203.0.113.99\n"},
		{"broken JSON", `{"probe_ip": "203.0.113.9", "x": ["203.0.113.9`, `{"probe_ip": "127.0.0.1", "x": ["[scrubbed]`},
		{"JSON in a string", `{"x": "{\"probe_ip\": \"203.0.113.9\"}"`, `{"x": "{\"probe_ip\": \"[scrubbed]\"}"`},
		{"header", `{"headers": {"X-Forwarded-For": "2001:db8:7::a1"}, "y": "2001:DB8:7:0::A1"`, `{"headers": {"X-Forwarded-For": "[scrubbed]"}, "y": "[scrubbed]"`},
		{"nothing announced", `{"x": "203.0.113.9"`, `{"x": "203.0.113.9"`},
		{"the next field is another's", "probe_ip: null\nresolver: 198.51.100.7\n", "probe_ip: null\nresolver: 198.51.100.7\n"},
		{"empty", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := ScrubText([]byte(tt.raw))
			if string(got) != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			if again := ScrubText(got); !bytes.Equal(again, got) {
				t.Errorf("once more: %s", again)
			}
		})
	}
}

// A forged line full of addresses and announcements must not take long: the work is linear.
func TestScrubIsLinear(t *testing.T) {
	var b strings.Builder
	for i := range 20000 {
		fmt.Fprintf(&b, "Your IP: 203.%d.%d.%d ", i>>14, i>>7&127, i&127)
	}
	headers := fmt.Sprintf(`{"X-Forwarded-For":%s}`, quoted(b.String()))
	bodies := strings.Repeat(`{"data":`+quoted(base64.StdEncoding.EncodeToString([]byte(own4)))+`},`, 20000)
	clean, changed := mustScrub(t, record(own4, fetched(headers, quoted(b.String()))+`,"x":[`+strings.TrimSuffix(bodies, ",")+`]`))
	if !changed || strings.Contains(clean, "203.") {
		t.Errorf("addresses are left")
	}
}
