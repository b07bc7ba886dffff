package scenario_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"testing"

	"veedor/internal/measure/obs"
	"veedor/internal/measure/ooni"
	"veedor/internal/measure/refdata"
	"veedor/internal/measure/scenario"
	"veedor/internal/measure/verdict"
)

// flatten reads a measurement, and fails the test when anything in it has the wrong form.
func flatten(t *testing.T, facts *refdata.Facts, raw []byte) (*ooni.Measurement, []obs.Observation) {
	t.Helper()
	if !json.Valid(raw) || bytes.IndexByte(raw, '\n') >= 0 {
		t.Fatalf("not one line of JSON: %.300s", raw)
	}
	m, err := ooni.Decode(raw)
	if err != nil || len(m.Defects) > 0 {
		t.Fatalf("%v, defects %q in %.300s", err, m.Defects, raw)
	}
	rows, _ := obs.Flatten(nil, nil, m, obs.Identity{UID: obs.UID(m, sha256.Sum256(raw))}, facts)
	if len(rows) == 0 {
		t.Fatalf("no observation in %.300s", raw)
	}
	return m, rows
}

func facts(t testing.TB) *refdata.Facts {
	t.Helper()
	db, err := refdata.Open("")
	if err != nil {
		t.Fatal(err)
	}
	m, err := ooni.Decode(scenario.Cases()[0].JSON())
	if err != nil {
		t.Fatal(err)
	}
	start, _ := m.Start()
	return db.AsOf(start)
}

// services are the hosts that nettests contact wherever they run.
var services = regexp.MustCompile(`^(([a-z0-9-]+\.)*(whatsapp\.net|whatsapp\.com|telegram\.org|signal\.org|facebook\.com|fbcdn\.net|fbsbx\.com|riseup\.net)` +
	`|riseupvpn\.corp|www\.google\.com|cloudflare-ech\.com|mozilla\.cloudflare-dns\.com|example\.org)$`)

var (
	literal4 = regexp.MustCompile(`\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b`)
	literal6 = regexp.MustCompile(`\b[0-9a-f]{1,4}:[0-9a-f:]*:[0-9a-f:]*\b`)
	urlHost  = regexp.MustCompile(`[a-z]+://([^/":?\[\]]+)`)
	nameKey  = regexp.MustCompile(`"(?:hostname|server_name|outer_server_name)":"([^"]*)"`)
	asNumber = regexp.MustCompile(`AS(\d+)|"asn":(\d+)`)
	reserved = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("2001:db8::/32")}
)

// nothingReal reports what in a line may belong to somebody.
func nothingReal(t *testing.T, line []byte) {
	t.Helper()
	for _, text := range append(literal4.FindAllString(string(line), -1), literal6.FindAllString(string(line), -1)...) {
		ip, err := netip.ParseAddr(text)
		if err != nil || text == "127.0.0.1" {
			continue
		}
		if !slices.ContainsFunc(reserved, func(p netip.Prefix) bool { return p.Contains(ip) }) {
			t.Errorf("an address that may exist: %s", ip)
		}
	}
	for _, re := range []*regexp.Regexp{urlHost, nameKey} {
		for _, m := range re.FindAllSubmatch(line, -1) {
			host := string(m[1])
			if _, err := netip.ParseAddr(host); err == nil || host == "" || host == "localhost" || strings.HasSuffix(host, ".example") || services.MatchString(host) {
				continue
			}
			t.Errorf("a name that may exist: %s", host)
		}
	}
	for _, m := range asNumber.FindAllSubmatch(line, -1) {
		if n := string(m[1]) + string(m[2]); n != "0" && (len(n) != 5 || n < "64496" || n > "64511") {
			t.Errorf("a network that may exist: AS%s", n)
		}
	}
	if cc := regexp.MustCompile(`"probe_cc":"(..)"`).FindSubmatch(line); cc == nil || !slices.Contains([]string{"XA", "XB", "XC"}, string(cc[1])) {
		t.Errorf("a country that may exist: %s", cc)
	}
}

// checkCases: what holds for every list of cases.
func checkCases(t *testing.T, cases func() []scenario.Case) map[string][]scenario.Case {
	f, again := facts(t), cases()
	names, tests := map[string]bool{}, map[string][]scenario.Case{}
	for i, c := range cases() {
		raw := c.JSON()
		m, _ := flatten(t, f, raw)
		nothingReal(t, raw)
		if !bytes.Equal(raw, again[i].JSON()) {
			t.Errorf("%s: two measurements differ", c.Name)
		}
		if names[c.Name] || c.Name == "" || c.Done == "" || c.Expect == "" || c.State == "" {
			t.Errorf("%s: name, deed, state or judgement is missing or there twice", c.Name)
		}
		if (c.State == verdict.Blocked) != (len(c.Layers) > 0) {
			t.Errorf("%s: %s rests on %v", c.Name, c.State, c.Layers)
		}
		names[c.Name] = true
		tests[m.TestName] = append(tests[m.TestName], c)
	}
	return tests
}

// TestNettests: every nettest has a case where all is well and one where it is not.
func TestNettests(t *testing.T) {
	tests := checkCases(t, scenario.Nettests)
	for _, name := range strings.Fields("whatsapp telegram signal facebook_messenger tor torsf psiphon openvpn dnscheck stunreachability http_invalid_request_line http_header_field_manipulation urlgetter echcheck browser_web dash ndt vanilla_tor riseupvpn") {
		well, ill := 0, 0
		for _, c := range tests[name] {
			if c.State == verdict.OK && !c.Interference {
				well++
			} else {
				ill++
			}
		}
		if well == 0 || ill == 0 {
			t.Errorf("%s: %d cases are well, %d are not", name, well, ill)
		}
	}
}

// TestThrottled: the events say what the cases say, in the form the probe gives them.
func TestThrottled(t *testing.T) {
	checkCases(t, scenario.Throttled)
	f := facts(t)
	for _, c := range scenario.Throttled() {
		m, _ := flatten(t, f, c.JSON())
		reads, last := map[int64]int{}, map[int64][2]float64{} // by transaction: events that are no samples; time and bytes of the last sample
		for _, e := range m.TestKeys.NetworkEvents {
			if e.T0 == nil || e.T == nil || *e.T < *e.T0 {
				t.Fatalf("%s: an event without times: %+v", c.Name, e)
			}
			at := last[e.TransactionID]
			if e.Operation != "bytes_received_cumulative" {
				reads[e.TransactionID]++
				continue
			}
			if float64(e.NumBytes) < at[1] || *e.T < at[0] {
				t.Errorf("%s: samples go backwards", c.Name)
			}
			last[e.TransactionID] = [2]float64{*e.T, float64(e.NumBytes)}
		}
		if len(reads) != 2 || len(last) != 2 {
			t.Errorf("%s: %d transactions with events, %d with samples", c.Name, len(reads), len(last))
		}
		final := m.TestKeys.Requests[0]
		took := *final.T - *final.T0
		rate := float64(len(final.Response.Body.Data)) * 8 / took / 1000 // kbit/s
		if c.Throttled && !strings.HasPrefix(c.Name, "stalled") && (rate < 100 || rate > 160) {
			t.Errorf("%s: the page came at %.0f kbit/s", c.Name, rate)
		}
		if unfinished := final.Failure != nil; unfinished != (strings.Contains(c.Name, "unfinished") || strings.HasPrefix(c.Name, "stalled")) || unfinished != (took > 9.9) {
			t.Errorf("%s: took %.1f s, failure %v", c.Name, took, unfinished)
		}
		first := m.TestKeys.Requests[1]
		if rate := float64(len(first.Response.Body.Data)) * 8 / (*first.T - *first.T0) / 1000; (rate > 1000) != (first.Response.Code == 302 && !strings.HasPrefix(c.Name, "slow")) {
			t.Errorf("%s: the first hop came at %.0f kbit/s", c.Name, rate)
		}
	}
}
