package scenario

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"
)

// visit is one measurement of a web page in plain terms: what the probe saw at each hop, and what the
// helper saw. It is written down in the form of the older or the newer test.
type visit struct {
	network network
	at      time.Time
	opened  time.Time // when the report was; the same as at when zero
	report  string    // the random part of the report's id
	probe   string    // the probe's id, "" when it has none
	look    *look
	note    string // what is odd about it, for whoever looks into a wrong verdict
	hops    []hop
	control control
}

// answer is an address a lookup gave.
type answer struct {
	ip  string
	asn int
}

// endpoint is an address the probe connected to, and how that went.
type endpoint struct {
	answer
	connect, shake string // failures
	offered        bool   // by the helper, not by a lookup of the probe
}

// hop is one URL of a chain of redirects.
type hop struct {
	url       string
	lookup    string   // failure of the device's own lookup
	answers   []answer // to the device's own lookup
	others    []answer // to lookups elsewhere
	endpoints []endpoint
	used      int // the endpoint the page was fetched from; -1 for none
	failure   string
	page      page
}

// page is a response.
type page struct {
	status  int
	headers [][2]string
	title   string
	body    string
}

// control is what the helper saw of the first URL.
type control struct {
	none    string // why there is no control; "" when there is one
	lookup  string
	answers []answer
	connect map[string]string // failure by endpoint; what is not there works
	shake   map[string]string
	fetch   string
	page    page
}

func (h *hop) parts() (host string, port int) {
	u, err := url.Parse(h.url)
	if err != nil {
		panic(err) // ours
	}
	if u.Scheme == "https" {
		return u.Hostname(), 443
	}
	return u.Hostname(), 80
}

// useFirst fetches from the first endpoint that a lookup of the probe gave and that works.
func (h *hop) useFirst() {
	h.used = slices.IndexFunc(h.endpoints, func(e endpoint) bool { return e.connect == "" && e.shake == "" && !e.offered })
}

func joined(ip string, port int) string {
	return netip.AddrPortFrom(netip.MustParseAddr(ip), uint16(port)).String()
}

func (v *visit) json() []byte {
	v05 := v.look.newer()
	keys := object{}
	for k, value := range v.look.keys {
		keys[k] = value
	}
	var queries, connects, handshakes, requests, events []object
	tx := 0
	for depth := range v.hops {
		h := &v.hops[depth]
		if depth == 0 || v05 { // the older test notes the lookup of the first host only
			queries = append(queries, v.lookups(h, depth, v05)...)
		}
		_, port := h.parts()
		for i, e := range h.endpoints {
			if depth > 0 && !v05 || e.offered && !v05 {
				continue // nor does it connect to anything else
			}
			tx++
			c, s, evs := v.reached(h, e, depth, tx, v05)
			connects, events = append(connects, c), append(events, evs...)
			if s != nil {
				handshakes = append(handshakes, s)
			}
			if i == h.used && v05 {
				requests = append(requests, v.round(h, joined(e.ip, port), depth, tx))
			}
		}
		if !v05 && (h.used >= 0 || h.failure != "") {
			requests = append(requests, v.round(h, "", depth, 0))
		}
	}
	with(keys, object{"agent": "redirect", "client_resolver": v.network.resolver, "retries": nil, "socksproxy": nil, "queries": listed(queries), "tcp_connect": listed(connects),
		"tls_handshakes": listed(handshakes), "network_events": listed(events), "requests": listed(newestFirst(requests))})
	v.controlKeys(keys, v05)
	v.ownVerdict(keys, v05)
	c := Case{network: v.network, time: v.at.Format(time.DateTime)}
	m := c.envelope("web_connectivity", v.look.version, v.hops[0].url, keys)
	notes := object{}
	for k, value := range v.look.notes {
		notes[k] = value
	}
	notes["veedor"] = "invented"
	if v.note != "" {
		notes["veedor_odd"] = v.note
	}
	m["annotations"], m["software_name"], m["software_version"] = notes, v.look.software, v.look.softwareVersion
	opened := v.opened
	if opened.IsZero() {
		opened = v.at
	}
	m["test_start_time"] = opened.Format(time.DateTime)
	m["report_id"] = fmt.Sprintf("%s_webconnectivity_%s_%d_n1_%s", opened.Format("20060102T150405Z"), v.network.cc, v.network.asn, v.report)
	if v.probe != "" {
		m["probe_id"] = v.probe
	}
	out, err := json.Marshal(m)
	if err != nil {
		panic(err) // strings and numbers always have a form in JSON
	}
	return out
}

// lookups writes what the resolvers said: one query for each family and resolver.
func (v *visit) lookups(h *hop, depth int, v05 bool) []object {
	host, _ := h.parts()
	var out []object
	add := func(engine, resolver string, answers []answer, failure string, tx int) {
		for _, family := range []string{"A", "AAAA"} {
			list := []object{}
			for _, a := range answers {
				six := strings.Contains(a.ip, ":")
				if six != (family == "AAAA") {
					continue
				}
				o := object{"answer_type": family, "asn": a.asn, "as_org_name": "Invented", "ttl": nil}
				if six {
					o["ipv6"] = a.ip
				} else {
					o["ipv4"] = a.ip
				}
				list = append(list, o)
			}
			why := failure
			if len(list) == 0 && failure == "" {
				why = "dns_no_answer"
			}
			if family == "AAAA" && len(list) == 0 && !v05 {
				continue
			}
			q := object{"engine": engine, "hostname": host, "query_type": family, "answers": list, "failure": null(why), "resolver_hostname": nil, "resolver_port": nil,
				"resolver_address": resolver, "t": 0.04, "tags": nil}
			if v05 {
				q["tags"], q["transaction_id"] = []string{fmt.Sprintf("depth=%d", depth)}, tx
				if engine == "getaddrinfo" {
					q["tags"] = []string{"classic", fmt.Sprintf("depth=%d", depth)}
				}
			}
			out = append(out, q)
		}
	}
	if !v05 {
		add("system", "", h.answers, h.lookup, 0)
		return out
	}
	add("getaddrinfo", "", h.answers, h.lookup, 10001+depth)
	others := h.others
	if others == nil {
		others = h.answers
	}
	if h.lookup != "" && h.others == nil {
		return out
	}
	add("udp", "203.0.113.153:53", others, "", 20001+depth)
	add("doh", "https://doh.example/dns-query", others, "", 30001+depth)
	return out
}

// reached writes the connection to one endpoint and the handshake on it.
func (v *visit) reached(h *hop, e endpoint, depth, tx int, v05 bool) (connect, shake object, events []object) {
	host, port := h.parts()
	at := joined(e.ip, port)
	tags := []string{"tcptls_experiment"}
	if v05 {
		tags = append(tags, fmt.Sprintf("depth=%d", depth), fmt.Sprintf("fetch_body=%t", !e.offered))
		if !e.offered {
			tags = append([]string{"classic"}, tags...)
		}
	}
	t0 := 0.1 + float64(tx)/100
	status := object{"success": e.connect == "", "failure": null(e.connect)}
	if !v05 && v.control.none == "" {
		status["blocked"] = e.connect != "" && v.control.connect[at] == ""
	}
	connect = object{"ip": e.ip, "port": port, "status": status, "t0": t0, "t": t0 + 0.03, "tags": tags}
	note := func(operation string, t float64, bytes int, failure string) {
		event := object{"failure": null(failure), "operation": operation, "t0": t, "t": t, "tags": tags, "address": at, "proto": "tcp"}
		if bytes > 0 {
			event["num_bytes"] = bytes
		}
		if v05 {
			event["transaction_id"] = tx
		}
		events = append(events, event)
	}
	note("connect", t0+0.03, 0, e.connect)
	if e.connect == "" && port == 443 {
		shake = object{"network": "tcp", "address": at, "server_name": host, "failure": null(e.shake), "tls_version": "TLSv1.3", "cipher_suite": "TLS_AES_128_GCM_SHA256", "negotiated_protocol": "h2",
			"no_tls_verify": false, "peer_certificates": []object{}, "t0": t0 + 0.03, "t": t0 + 0.08, "tags": tags}
		if e.shake != "" {
			shake["tls_version"], shake["cipher_suite"], shake["negotiated_protocol"] = "", "", ""
		}
		note("tls_handshake_start", t0+0.03, 0, "")
		note("write", t0+0.03, 322, "")
		if e.shake == "" || strings.HasPrefix(e.shake, "ssl_") {
			note("read", t0+0.07, 3100, "")
		} else {
			note("read", t0+0.07, 0, e.shake)
		}
		note("tls_handshake_done", t0+0.08, 0, e.shake)
	}
	if v05 {
		connect["transaction_id"] = tx
		if shake != nil {
			shake["transaction_id"] = tx
		}
	} else {
		delete(connect, "t0")
	}
	return connect, shake, events
}

// round writes a request and what came back.
func (v *visit) round(h *hop, address string, depth, tx int) object {
	host, _ := h.parts()
	sent := append([][2]string{{"Host", host}}, v.look.asks...)
	o := object{"failure": null(h.failure), "t": 0.5, "tags": nil,
		"request": object{"method": "GET", "url": h.url, "headers": byName(sent), "headers_list": sent, "body": "", "body_is_truncated": false, "x_transport": "tcp",
			"tor": object{"exit_ip": nil, "exit_name": nil, "is_tor": false}},
		"response": object{"code": h.page.status, "headers": byName(h.page.headers), "headers_list": listed(h.page.headers), "body": h.page.body, "body_is_truncated": false}}
	if address != "" {
		o["network"], o["address"], o["alpn"], o["transaction_id"] = "tcp", address, "h2", tx
		o["tags"] = []string{"classic", "tcptls_experiment", fmt.Sprintf("depth=%d", depth), "fetch_body=true"}
	}
	return o
}

// controlKeys writes what the helper saw: of every endpoint it was asked about and of those it found.
func (v *visit) controlKeys(keys object, v05 bool) {
	c, first := &v.control, &v.hops[0]
	host, port := first.parts()
	var asked []string
	info := object{}
	tell := func(a answer, flag int) {
		if a.ip == "" {
			return
		}
		old, _ := info[a.ip].(object)
		if old != nil {
			flag |= old["flags"].(int)
		}
		info[a.ip] = object{"asn": a.asn, "flags": flag}
		if at := joined(a.ip, port); !slices.Contains(asked, at) {
			asked = append(asked, at)
		}
	}
	for _, e := range first.endpoints {
		if !e.offered {
			tell(e.answer, 1)
		}
	}
	if v05 {
		keys["x_control_request"] = object{"http_request": first.url, "http_request_headers": object{}, "tcp_connect": listed(slices.Clone(asked)), "x_quic_enabled": false}
		with(keys, object{"x_dns_whoami": nil, "x_doh": nil, "x_do53": nil, "x_dns_duplicate_responses": nil, "x_conn_priority_log": nil})
	}
	if c.none != "" {
		keys["control_failure"], keys["control"] = c.none, nil
		if !v05 { // what Go writes for a structure that was never filled
			keys["control"] = object{"tcp_connect": nil, "dns": object{"failure": nil, "addrs": nil},
				"http_request": object{"body_length": 0, "failure": nil, "title": "", "headers": nil, "status_code": 0}}
		}
		return
	}
	addresses := []string{}
	for _, a := range c.answers {
		addresses = append(addresses, a.ip)
		tell(a, 2)
	}
	connects, shakes := object{}, object{}
	for _, at := range asked {
		why := c.connect[at]
		connects[at] = object{"status": why == "", "failure": null(why)}
		if why == "" && port == 443 {
			shakes[at] = object{"server_name": host, "status": c.shake[at] == "", "failure": null(c.shake[at])}
			if c.shake[at] == "" {
				ip := netip.MustParseAddrPort(at).Addr().String()
				info[ip].(object)["flags"] = info[ip].(object)["flags"].(int) | 8
			}
		}
	}
	page := object{"body_length": len(c.page.body), "failure": null(c.fetch), "title": c.page.title, "status_code": c.page.status, "headers": byName(c.page.headers)}
	if c.fetch != "" {
		page = object{"body_length": -1, "failure": c.fetch, "title": "", "status_code": -1, "headers": object{}}
	}
	if v05 || v.look.recent() {
		page["discovered_h3_endpoint"] = ""
	}
	keys["control_failure"] = nil
	keys["control"] = object{"dns": object{"failure": null(c.lookup), "addrs": addresses}, "tcp_connect": connects, "tls_handshake": shakes, "quic_handshake": object{}, "http_request": page,
		"http3_request": nil, "ip_info": info}
}

// ownVerdict writes what the probe itself concludes, roughly as the test does: a page that came over
// TLS is accessible, one in clear text is compared, and addresses are by their networks.
func (v *visit) ownVerdict(keys object, v05 bool) {
	c, first, last := &v.control, &v.hops[0], &v.hops[len(v.hops)-1]
	_, port := last.parts()
	var consistency, blocking, accessible any
	got := last.failure == "" && last.used >= 0
	with(keys, object{"dns_experiment_failure": null(first.lookup), "http_experiment_failure": null(last.failure), "body_length_match": nil, "body_proportion": 0, "status_code_match": nil,
		"headers_match": nil, "title_match": nil})
	differs := false
	if c.none == "" {
		consistency = "inconsistent"
		if slices.ContainsFunc(first.answers, func(a answer) bool {
			return slices.ContainsFunc(c.answers, func(z answer) bool { return a.ip == z.ip || a.asn == z.asn })
		}) || first.lookup != "" && c.lookup != "" {
			consistency = "consistent"
		}
		if got && c.fetch == "" {
			share := proportion(len(last.page.body), len(c.page.body))
			alike, same := last.page.title == c.page.title, last.page.status == c.page.status
			with(keys, object{"body_length_match": share > 0.7, "body_proportion": share, "status_code_match": same, "headers_match": true, "title_match": alike})
			differs = !same || share <= 0.7 && !alike
		}
	}
	switch {
	case got && port == 443:
		blocking, accessible = false, true
	case c.none != "":
	case c.fetch != "" && !got:
		blocking, accessible = false, false
	case consistency == "inconsistent" && (differs || !got):
		blocking, accessible = "dns", false
	case differs:
		blocking, accessible = "http-diff", false
	case got:
		blocking, accessible = false, true
	case slices.ContainsFunc(first.endpoints, func(e endpoint) bool { return e.connect == "" }):
		blocking, accessible = "http-failure", false
	default:
		blocking, accessible = "tcp_ip", false
	}
	with(keys, object{"dns_consistency": consistency, "blocking": blocking, "accessible": accessible})
	if v05 {
		if consistency == nil {
			keys["dns_consistency"] = ""
		}
		flags := map[any]int{"dns": 1, "tcp_ip": 2, "http-failure": 8, "http-diff": 16, false: 0, nil: 0}[blocking]
		if accessible == true {
			flags |= 32
		}
		with(keys, object{"x_blocking_flags": flags, "x_dns_flags": 0, "x_null_null_flags": 0})
		if consistency == "inconsistent" {
			keys["x_dns_flags"] = 4
		}
	} else {
		keys["x_status"] = 0
	}
}

func proportion(a, b int) float64 {
	if a == 0 || b == 0 {
		return 0
	}
	return float64(min(a, b)) / float64(max(a, b))
}
