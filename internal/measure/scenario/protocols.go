package scenario

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"veedor/internal/measure/verdict"
)

// tools are the tests of single protocols and of what the user gives as input.
func tools() []Case {
	const resolver, stun, page = "https://dns.example/dns-query", "stun://stun.example:3478", "https://news.example/"
	ech := Case{test: "echcheck", version: "0.3.0", input: "https://cloudflare-ech.com/cdn-cgi/trace"}
	blockedECH := ech
	blockedECH.State, blockedECH.Layers = verdict.Blocked, []verdict.Layer{verdict.TLS}
	blockedECH.Expect = "blocked, tls: the same server answered the same probe as soon as nothing was encrypted in the first message"
	dns := Case{test: "dnscheck", version: "0.9.3", input: resolver}
	stunned := Case{test: "stunreachability", version: "0.4.0", input: stun}
	getter := Case{test: "urlgetter", version: "0.2.0", input: page}
	browser := Case{test: "browser_web", version: "0.1.0", input: page}
	return []Case{
		healthy(named(dns, "dnscheck_ok", "", calvara, "2026-05-13 08:00:00", func(b *blocks) object { return dnscheck(b, step{}) })),
		unclear(named(dns, "dnscheck_bootstrap_nxdomain", "the provider's resolver says that the other resolver's name does not exist", borduna, "2026-05-13 08:10:00",
			func(b *blocks) object { return dnscheck(b, step{"dns", "dns_nxdomain_error"}) })),
		unclear(named(dns, "dnscheck_reset", "the connection is reset when the handshake names the resolver", movil, "2026-05-13 08:20:00",
			func(b *blocks) object { return dnscheck(b, step{"tls", reset}) })),

		healthy(named(stunned, "stunreachability_ok", "", calvara, "2026-05-13 09:00:00", func(b *blocks) object { return stunBinding(b, step{}) })),
		unclear(named(stunned, "stunreachability_dropped", "packets that look like STUN are dropped", aurelia, "2026-05-13 09:10:00",
			func(b *blocks) object { return stunBinding(b, step{"udp", dropped}) })),
		unclear(named(stunned, "stunreachability_nxdomain", "the provider's resolver says that the server's name does not exist", borduna, "2026-05-13 09:20:00",
			func(b *blocks) object { return stunBinding(b, step{"dns", "dns_nxdomain_error"}) })),

		healthy(named(getter, "urlgetter_ok", "", calvara, "2026-05-13 10:00:00", func(b *blocks) object { return geturl(b, page, step{}) })),
		unclear(named(getter, "urlgetter_reset", "the connection is reset when the handshake names the site", movil, "2026-05-13 10:10:00",
			func(b *blocks) object { return geturl(b, page, step{"tls", reset}) })),

		healthy(named(ech, "echcheck_ok", "", calvara, "2026-05-13 11:00:00", func(b *blocks) object { return echcheck(b, "", "", "") })),
		named(blockedECH, "echcheck_blocked", "handshakes that hide the name are reset", movil, "2026-05-13 11:10:00", func(b *blocks) object { return echcheck(b, "", "", reset) }),
		named(blockedECH, "echcheck_grease_blocked", "handshakes that hide the name, or seem to, are dropped", aurelia, "2026-05-13 11:20:00",
			func(b *blocks) object { return echcheck(b, "", dropped, dropped) }),
		unclear(named(ech, "echcheck_all_fail", "packets are dropped once the handshake begins", aurelia, "2026-05-13 11:30:00",
			func(b *blocks) object { return echcheck(b, dropped, dropped, dropped) })),

		healthy(named(browser, "browser_web_ok", "", calvara, "2026-05-13 12:00:00", func(b *blocks) object { return browserWeb(b, "ok", 0.36) })),
		unclear(named(browser, "browser_web_error", "the connection is reset when the handshake names the site; the browser does not say so", movil, "2026-05-13 12:10:00",
			func(b *blocks) object { return browserWeb(b, "error", 0.68) })),
	}
}

// dnscheck looks up where a resolver is, then asks it at each address.
func dnscheck(b *blocks, fails step) object {
	const host, domain = "dns.example", "example.org" // the test's default
	lookups := object{}
	b.resolve(host, failureAt(fails, "dns"), addressUnless(fails, "203.0.113.170")...)
	first := with(newBlocks(b.network).getter("", step{}), object{"queries": b.queries})
	for _, address := range []string{"203.0.113.170", "203.0.113.171"} {
		if fails.at == "dns" {
			break
		}
		own := newBlocks(b.network)
		own.t = b.t
		endpoint := address + ":443"
		if own.connect(endpoint, failureAt(fails, "tcp")) && own.shake(endpoint, host, failureAt(fails, "tls")) {
			own.engine = "doh"
			own.resolve(domain, "", "198.51.100.30")
			own.queries[0]["resolver_address"] = "https://" + address + "/dns-query"
		} else {
			own.queries = []object{{"answers": nil, "engine": "doh", "failure": fails.failure, "hostname": domain, "query_type": "A", "resolver_hostname": nil, "resolver_port": nil,
				"resolver_address": "https://" + address + "/dns-query", "t": own.t}}
		}
		b.t = own.t
		how := step{}
		if fails.failure != "" {
			how = step{"dns", fails.failure} // to whoever asks, the lookup failed
		}
		lookups["https://"+address+"/dns-query"] = own.getter("redirect", how)
	}
	return object{"x_default_addrs": "", "domain": domain, "x_residual": false, "bootstrap": first, "bootstrap_failure": null(failureAt(fails, "dns")), "lookups": lookups}
}

func stunBinding(b *blocks, fails step) object {
	const address = "203.0.113.180:3478"
	if b.resolve("stun.example", failureAt(fails, "dns"), addressUnless(fails, "203.0.113.180")...) {
		b.event("connect", address, 0, "")
		b.event("write", address, 20, "")
		b.took(failureAt(fails, "udp"))
		if fails.at == "" {
			b.event("read", address, 32, "")
		}
	}
	for _, e := range b.events {
		if e["proto"] != nil {
			e["proto"] = "udp"
		}
	}
	return object{"endpoint": "stun.example:3478", "failure": null(fails.failure), "network_events": b.events, "queries": b.queries}
}

func geturl(b *blocks, target string, fails step) object {
	b.fetch(target, siteAddress("news.example"), 200, goodPage, fails)
	return b.getter("redirect", fails)
}

// echcheck does three handshakes with one server: as usual, with an extension that only looks like a
// hidden name, and with a hidden one.
func echcheck(b *blocks, usual, grease, hidden string) object {
	const host, outer, address = "cloudflare-ech.com", "cloudflare-ech.com", "203.0.113.190"
	b.engine = "doh"
	b.resolve(host, "", address)
	b.queries[0]["resolver_address"] = "https://mozilla.cloudflare-dns.com/dns-query"
	for i, failure := range []string{usual, grease, hidden} {
		b.connect(address+":443", "")
		b.shake(address+":443", host, failure)
		h := b.handshakes[i]
		switch i {
		case 1:
			h["echconfig"], h["outer_server_name"] = "GREASE", host
		case 2:
			h["echconfig"], h["outer_server_name"] = "AEX+DQBBAAAgACAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAEAAEAAQASY2xvdWRmbGFyZS1lY2guY29tAAA=", outer
		}
		tx := i + 1
		b.connects[i]["transaction_id"], h["transaction_id"] = tx, tx
	}
	return object{"queries": b.queries, "tcp_connects": b.connects, "tls_handshakes": b.handshakes, "network_events": b.events}
}

func browserWeb(b *blocks, result string, seconds float64) object {
	b.t = seconds
	return object{"result": result, "load_time_ms": seconds * 1000, "browser_name": "firefox"}
}

// middleboxes are the tests that send odd requests to a helper which returns what it got.
func middleboxes() []Case {
	hirl := Case{test: "http_invalid_request_line", version: "0.2.1"}
	hhfm := Case{test: "http_header_field_manipulation", version: "0.2.1"}
	tampered := func(c Case) Case {
		c.State, c.Interference = verdict.OK, true
		c.Expect = "ok, with interference: the helper was reached, and something on the way changed what was sent"
		return c
	}
	const down = "nothing; the helper is off"
	return []Case{
		healthy(named(hirl, "http_invalid_request_line_ok", "", calvara, "2026-05-14 08:00:00", func(b *blocks) object { return invalidLines(b, "", func(s string) string { return s }) })),
		tampered(named(hirl, "http_invalid_request_line_answered", "a proxy answers invalid requests itself", borduna, "2026-05-14 08:10:00",
			func(b *blocks) object {
				return invalidLines(b, "", func(string) string {
					return "HTTP/1.1 400 Bad Request\r\nServer: squid/3.5.27\r\nContent-Type: text/html\r\n\r\n<html><head><title>ERROR: The requested URL could not be retrieved</title></head></html>"
				})
			})),
		tampered(named(hirl, "http_invalid_request_line_normalized", "a proxy puts line ends right", cablenorte, "2026-05-14 08:20:00",
			func(b *blocks) object {
				return invalidLines(b, "", func(s string) string { return strings.TrimRight(s, "\r\n") + "\r\n" })
			})),
		unclear(named(hirl, "http_invalid_request_line_silent", "packets are dropped after an invalid request; or the helper is ill", aurelia, "2026-05-14 08:30:00",
			func(b *blocks) object { return invalidLines(b, "", func(string) string { return "" }) })),
		unclear(named(hirl, "http_invalid_request_line_helper_down", down, calvara, "2026-05-14 08:40:00", func(b *blocks) object { return invalidLines(b, refused, nil) })),

		healthy(named(hhfm, "http_header_field_manipulation_ok", "", calvara, "2026-05-14 09:00:00", func(b *blocks) object { return headerFields(b, "", func(object) {}) })),
		tampered(named(hhfm, "http_header_field_manipulation_spelled", "a proxy spells the names of header fields its own way", borduna, "2026-05-14 09:10:00",
			func(b *blocks) object {
				return headerFields(b, "", func(got object) {
					got["Host"] = got["hOsT"]
					got["User-Agent"] = got["UsEr-aGENt"]
					delete(got, "hOsT")
					delete(got, "UsEr-aGENt")
				})
			})),
		tampered(named(hhfm, "http_header_field_manipulation_added", "a proxy adds header fields of its own", cablenorte, "2026-05-14 09:20:00",
			func(b *blocks) object {
				return headerFields(b, "", func(got object) {
					got["Via"], got["X-Forwarded-For"] = []string{"1.1 proxy.example (squid)"}, []string{scrubbed}
				})
			})),
		unclear(named(hhfm, "http_header_field_manipulation_helper_down", down, calvara, "2026-05-14 09:30:00", func(b *blocks) object { return headerFields(b, refused, nil) })),
	}
}

// invalidLines sends five lines that are no HTTP; received is what comes back to each.
func invalidLines(b *blocks, failure string, received func(string) string) object {
	var sent, got []string
	var failures []any
	var changed []bool
	tampering := false
	for _, line := range []string{"QZKW / HTTP/1.1\n\r", "PLQXA WJRUN OKSTD BEVMC\r\n", strings.Repeat("VKTR", 256) + " / HTTP/1.1\r\n", "GET / HTTP/QXR\r\n", "GET cache_object://localhost/ HTTP/1.0\n\r"} {
		failures = append(failures, null(failure))
		if failure != "" { // nothing was sent, which the probe does not take for tampering
			sent, got, changed = append(sent, ""), append(got, ""), append(changed, false)
			b.took(failure)
			continue
		}
		b.t += 5 // the test always waits for more
		back := received(line)
		sent, got, changed = append(sent, line), append(got, back), append(changed, line != back)
		tampering = tampering || line != back
	}
	return object{"failure_list": failures, "received": got, "sent": sent, "tampering_list": changed, "tampering": tampering}
}

// headerFields sends header fields with oddly spelt names; change is what happens to them on the way.
func headerFields(b *blocks, failure string, change func(object)) object {
	sent := object{"aCCePt": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "AcCEpT-chARsET": "ISO-8859-1,utf-8;q=0.7,*;q=0.3", "accEPt-encOdiNG": "gzip,deflate,sdch",
		"aCcEPt-LaNgUAge": "en-US,en;q=0.9", "hOsT": "kqZtWbXrNvLmPdf.com", "UsEr-aGENt": "Mozilla/5.0 (invented)"}
	tampering := object{"header_field_name": false, "header_field_number": false, "header_field_value": false, "header_name_capitalization": false, "header_name_diff": []string{},
		"request_line_capitalization": false, "total": failure != ""}
	var list [][2]string
	got := object{}
	for _, name := range slices.Sorted(maps.Keys(sent)) {
		list = append(list, [2]string{name, sent[name].(string)})
		got[name] = []string{sent[name].(string)}
	}
	status, body := 0, ""
	_, _ = b.took(failure)
	if failure == "" {
		change(got)
		text, err := json.Marshal(object{"headers_dict": got, "request_line": "GeT / HTTP/1.1"})
		if err != nil {
			panic(err) // strings always have a form in JSON
		}
		status, body = 200, string(text)
		compareFields(tampering, sent, got)
	}
	answered := [][2]string{}
	if status != 0 {
		answered = append(answered, [2]string{"Content-Type", "application/json"})
	}
	return object{"agent": "agent", "failure": null(failure), "socksproxy": nil, "tampering": tampering, "requests": []object{{"failure": null(failure),
		"request": object{"body": "", "body_is_truncated": false, "headers": sent, "headers_list": list, "method": "GeT", "tor": object{"exit_ip": nil, "exit_name": nil, "is_tor": false},
			"x_transport": "", "url": "http://" + helperAddress + ":80"},
		"response": object{"body": body, "body_is_truncated": false, "code": status, "headers": byName(answered), "headers_list": answered}, "t": 0}}}
}

// compareFields says what the helper got otherwise than it was sent, as the probe does.
func compareFields(tampering, sent, got object) {
	tampering["header_field_number"] = len(sent) != len(got)
	diff := []string{}
	for _, a := range slices.Sorted(maps.Keys(sent)) {
		for _, z := range slices.Sorted(maps.Keys(got)) {
			if a != z && strings.EqualFold(a, z) {
				diff = append(diff, a, z)
			}
		}
	}
	tampering["header_name_capitalization"], tampering["header_name_diff"] = len(diff) > 0, diff
}

// performance are the tests of speed.
func performance() []Case {
	ndt := Case{test: "ndt", version: "0.10.2"}
	dash := Case{test: "dash", version: "0.14.1"}
	return []Case{
		healthy(named(ndt, "ndt_ok", "", calvara, "2026-05-15 08:00:00", func(b *blocks) object { return speed(b, 48200, 11900, 24.5, "") })),
		healthy(named(ndt, "ndt_slow", "nothing; the line is slow", movil, "2026-05-15 08:10:00", func(b *blocks) object { return speed(b, 310, 90, 612.0, "") })),
		unclear(named(ndt, "ndt_no_server", "the connection to the speed test's server is reset", aurelia, "2026-05-15 08:20:00", func(b *blocks) object { return speed(b, 0, 0, 0, reset) })),
		healthy(named(dash, "dash_ok", "", calvara, "2026-05-15 09:00:00", func(b *blocks) object { return streaming(b, 31000, "") })),
		unclear(named(dash, "dash_no_server", "the connection to the streaming server is dropped", aurelia, "2026-05-15 09:10:00", func(b *blocks) object { return streaming(b, 0, dropped) })),
	}
}

// speed is ndt's measurement; speeds in kbit/s, the round trip in milliseconds.
func speed(b *blocks, down, up, rtt float64, failure string) object {
	download, upload := []object{}, []object{}
	for i := range 10 {
		if failure != "" {
			break
		}
		b.t += 1
		elapsed := (i + 1) * 1e6 // microseconds
		download = append(download, object{"AppInfo": object{"ElapsedTime": elapsed, "NumBytes": int(down * 125 * float64(i+1))}, "Origin": "client", "Test": "download"})
		upload = append(upload, object{"AppInfo": object{"ElapsedTime": elapsed, "NumBytes": int(up * 125 * float64(i+1))}, "Origin": "client", "Test": "upload"})
	}
	summary := object{"avg_rtt": rtt * 1.4, "download": down, "mss": 1448, "max_rtt": rtt * 2.1, "min_rtt": rtt, "ping": rtt, "retransmit_rate": 0.004, "upload": up}
	if failure != "" {
		b.took(failure)
		summary["mss"], summary["retransmit_rate"] = 0, 0
	}
	return object{"download": download, "failure": null(failure), "protocol": 7, "server": object{"hostname": "ndt-1.example", "site": "xxx01"}, "summary": summary, "upload": upload}
}

// streaming is dash's measurement; the rate is in kbit/s.
func streaming(b *blocks, rate int, failure string) object {
	data := []object{}
	for i := range 15 {
		if failure != "" {
			break
		}
		received := rate * 250 // two seconds of video
		data = append(data, object{"connect_time": roundTrip, "delta_sys_time": 0, "delta_user_time": 0, "elapsed": 2.0, "elapsed_target": 2, "internal_address": "", "iteration": i,
			"platform": "linux", "rate": rate, "real_address": scrubbed, "received": received, "remote_address": "", "request_ticks": b.t, "server_url": fmt.Sprintf("https://dash-1.example/dash/download/%d", received),
			"timestamp": 1778835600 + 2*i, "uuid": "", "version": "0.008000000"})
		b.t += 2
	}
	simple := object{"connect_latency": roundTrip, "median_bitrate": rate, "min_playout_delay": 0.12}
	if failure != "" {
		b.took(failure)
		simple = object{"connect_latency": 0, "median_bitrate": 0, "min_playout_delay": 0}
	}
	return object{"server": object{"hostname": "dash-1.example", "site": "xxx01"}, "simple": simple, "failure": null(failure), "receiver_data": listed(data)}
}
