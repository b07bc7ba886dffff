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

// TestNettestKeys: each nettest has the keys it publishes, spelt as it spells them, and no others.
func TestNettestKeys(t *testing.T) {
	const getter = "agent failed_operation failure network_events queries requests tcp_connect tls_handshakes "
	const bootstrap = "bootstrap_time error failure success timeout tor_logs tor_progress tor_progress_tag tor_progress_summary tor_version transport_name "
	published := map[string]string{
		"whatsapp":                       getter + "registration_server_failure registration_server_status whatsapp_endpoints_blocked whatsapp_endpoints_dns_inconsistent whatsapp_endpoints_status whatsapp_web_failure whatsapp_web_status",
		"telegram":                       getter + "telegram_http_blocking telegram_tcp_blocking telegram_web_failure telegram_web_status",
		"signal":                         getter + "signal_backend_status signal_backend_failure",
		"facebook_messenger":             getter + "facebook_b_api_dns_consistent facebook_b_api_reachable facebook_b_graph_dns_consistent facebook_b_graph_reachable facebook_edge_dns_consistent facebook_edge_reachable facebook_external_cdn_dns_consistent facebook_external_cdn_reachable facebook_scontent_cdn_dns_consistent facebook_scontent_cdn_reachable facebook_star_dns_consistent facebook_star_reachable facebook_stun_dns_consistent facebook_stun_reachable facebook_dns_blocking facebook_tcp_blocking",
		"tor":                            "dir_port_total dir_port_accessible obfs4_total obfs4_accessible or_port_dirauth_total or_port_dirauth_accessible or_port_total or_port_accessible targets",
		"torsf":                          bootstrap + "persistent_datadir rendezvous_method",
		"vanilla_tor":                    bootstrap,
		"psiphon":                        getter + "bootstrap_time? max_runtime socksproxy? tunnel",
		"openvpn":                        "success failure bootstrap_time tunnel network_events tcp_connect openvpn_handshake",
		"riseupvpn":                      getter + "api_failure api_status ca_cert_status failing_gateways transport_status",
		"dnscheck":                       "x_default_addrs domain x_residual bootstrap bootstrap_failure lookups",
		"stunreachability":               "endpoint failure network_events queries",
		"urlgetter":                      getter,
		"echcheck":                       "queries tcp_connects tls_handshakes network_events",
		"browser_web":                    "result load_time_ms browser_name",
		"http_invalid_request_line":      "failure_list received sent tampering_list tampering",
		"http_header_field_manipulation": "agent failure requests socksproxy tampering",
		"ndt":                            "download failure protocol server summary upload",
		"dash":                           "server simple failure receiver_data",
	}
	for _, c := range scenario.Nettests() {
		var m struct {
			TestName string                     `json:"test_name"`
			TestKeys map[string]json.RawMessage `json:"test_keys"`
		}
		if err := json.Unmarshal(c.JSON(), &m); err != nil {
			t.Fatal(err)
		}
		for _, key := range strings.Fields(published[m.TestName]) {
			key, sometimes := strings.CutSuffix(key, "?")
			if _, ok := m.TestKeys[key]; !ok && !sometimes {
				t.Errorf("%s: no %s", c.Name, key)
			}
			delete(m.TestKeys, key)
		}
		for key := range m.TestKeys {
			t.Errorf("%s: %s", c.Name, key)
		}
	}
}

// TestNettestBlocks: what the nettests nest or spell their own way is read.
func TestNettestBlocks(t *testing.T) {
	f, seen := facts(t), map[string]bool{}
	for _, c := range scenario.Nettests() {
		m, rows := flatten(t, f, c.JSON())
		k := m.TestKeys
		has := func(what string, ok bool) {
			if ok {
				seen[what] = true
			}
		}
		has("tor targets", len(k.Parts()) == 7 && k.ORPortDirauthTotal == 2)
		has("lookups of dnscheck", len(k.Parts()) == 4 && rows[len(rows)-1].TargetID == "dnscheck:https://203.0.113.171/dns-query")
		has("a hidden name", slices.ContainsFunc(rows, func(o obs.Observation) bool {
			return o.TLSECHConfig != "" && o.TLSOuterServerName != "" && o.TLSSuccess != nil
		}))
		has("lines sent and received", slices.ContainsFunc(rows, func(o obs.Observation) bool { return len(o.HIRLSent) == 5 && len(o.HIRLReceived) == 5 }))
		has("changed header fields", slices.ContainsFunc(rows, func(o obs.Observation) bool { return strings.Contains(o.HFMDiff, "User-Agent") }))
		has("summary of ndt", k.Summary != nil && k.Summary.MinRTT == 612)
		has("summary of dash", k.Simple != nil && k.Simple.MedianBitrate == 31000)
		has("progress of tor", k.TorProgress == 50 && k.RendezvousMethod == "domain_fronting")
		has("a browser's result", k.Result == "error")
	}
	if len(seen) != 9 {
		t.Errorf("read only %v", seen)
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
