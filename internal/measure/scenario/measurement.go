package scenario

import (
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// object is a JSON object in the making; keys are sorted when it is written.
type object = map[string]any

// measurement is what a case's probe writes down. It begins as a healthy measurement of the case's
// URL; the methods below say what differs.
type measurement struct {
	network    network
	host, url  string
	tls        bool
	address    string // where the site really is
	queries    []object
	connects   []object
	handshakes []object
	quic       []object
	requests   []object // newest first
	control    object   // nil when there was none
	failure    any      // of the control
	version    string
	keys       object // further test keys
}

const depth0, fetched = "depth=0", "fetch_body=true"

// siteAddress invents the address of a site, always the same for a name.
func siteAddress(host string) string {
	n := 0
	for _, c := range host {
		n = (n*31 + int(c)) % 40
	}
	return fmt.Sprintf("203.0.113.%d", 10+n)
}

const siteASN = 64505 // where the sample's sites are

func newMeasurement(c Case) *measurement {
	m := &measurement{network: c.network, url: c.url, version: "0.5.28", keys: object{}}
	if c.url == "" {
		return m
	}
	u, err := url.Parse(c.url)
	if err != nil {
		panic(err) // the catalogue's own
	}
	m.host, m.tls = u.Hostname(), u.Scheme == "https"
	m.address = siteAddress(m.host)
	m.queries = []object{
		m.lookup("doh", "https://doh.example/dns-query", m.host, 0, "", m.address),
		m.lookup("getaddrinfo", "", m.host, 0, "", m.address),
		m.lookup("udp", "203.0.113.153:53", m.host, 0, "", m.address),
	}
	m.reach(m.address, m.host, m.url, 0, "")
	m.page(200, goodPage)
	m.control = m.helper()
	return m
}

func asnOf(address string) int {
	ip := netip.MustParseAddr(address)
	switch {
	case ip.IsPrivate():
		return 0
	case strings.HasPrefix(address, "203.0.113."):
		return siteASN
	case strings.HasPrefix(address, "198.51.100."):
		return borduna.asn
	}
	return aurelia.asn
}

func null(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func (m *measurement) lookup(engine, resolver, host string, depth int, failure string, addresses ...string) object {
	var answers []object
	for _, a := range addresses {
		answers = append(answers, object{"answer_type": "A", "ipv4": a, "asn": asnOf(a), "as_org_name": nil, "ttl": nil})
	}
	tags := []string{fmt.Sprintf("depth=%d", depth)}
	if engine == "getaddrinfo" {
		tags = append([]string{"classic"}, tags...)
	}
	return object{"engine": engine, "hostname": host, "query_type": "A", "resolver_address": resolver, "answers": answers, "failure": null(failure), "t": 0.03, "tags": tags, "transaction_id": 10001 + depth}
}

// port returns the port the URL asks for.
func (m *measurement) port() int {
	if m.tls {
		return 443
	}
	return 80
}

func tagsOf(depth int) []string { return []string{"classic", fmt.Sprintf("depth=%d", depth), fetched} }

// reach adds the connection and, for encrypted URLs, the handshake with an address.
func (m *measurement) reach(address, host, target string, depth int, handshakeFailure string) {
	port := 80
	if strings.HasPrefix(target, "https:") {
		port = 443
	}
	tx := 50001 + depth
	m.connects = append(m.connects, object{"ip": address, "port": port, "status": object{"success": true, "failure": nil}, "t": 0.08, "tags": tagsOf(depth), "transaction_id": tx})
	if port == 443 {
		m.handshakes = append(m.handshakes, handshake(address, host, handshakeFailure, depth))
	}
}

func handshake(address, host, failure string, depth int) object {
	version := "TLSv1.3"
	if failure != "" {
		version = ""
	}
	return object{"network": "tcp", "address": address + ":443", "server_name": host, "failure": null(failure), "tls_version": version, "cipher_suite": "",
		"negotiated_protocol": "", "no_tls_verify": false, "peer_certificates": nil, "t": 0.17, "tags": tagsOf(depth), "transaction_id": 50001 + depth}
}

func (m *measurement) request(address, target string, depth, status int, failure string, headers [][2]string, body string) object {
	list, byName := [][2]string{}, object{}
	for _, h := range headers {
		list = append(list, h)
		byName[h[0]] = h[1]
	}
	return object{"network": "tcp", "address": address, "alpn": "http/1.1", "failure": null(failure), "t": 0.4, "tags": tagsOf(depth), "transaction_id": 50001 + depth,
		"request":  object{"method": "GET", "url": target, "headers": object{}, "headers_list": [][2]string{}, "body": "", "body_is_truncated": false, "x_transport": "tcp", "tor": object{"is_tor": false}},
		"response": object{"code": status, "headers": byName, "headers_list": list, "body": body, "body_is_truncated": false}}
}

// page makes the fetch end with a status and a body.
func (m *measurement) page(status int, body string) {
	headers := [][2]string{{"Content-Type", "text/html; charset=utf-8"}}
	if body == goodPage {
		headers = append(headers, [2]string{"X-Diario", "libre"})
	}
	m.requests = []object{m.request(fmt.Sprintf("%s:%d", m.address, m.port()), m.url, 0, status, "", headers, body)}
}

// helper is the control's healthy view.
func (m *measurement) helper() object {
	ep := fmt.Sprintf("%s:%d", m.address, m.port())
	c := object{
		"dns":            object{"failure": nil, "addrs": []string{m.address}},
		"tcp_connect":    object{ep: object{"status": true, "failure": nil}},
		"tls_handshake":  object{},
		"quic_handshake": object{},
		"http_request": object{"body_length": len(goodPage), "failure": nil, "title": "Diario libre de ejemplo", "status_code": 200,
			"headers": object{"Content-Type": "text/html; charset=utf-8", "X-Diario": "libre"}},
		"ip_info": object{m.address: object{"asn": siteASN, "flags": 11}},
	}
	if m.tls {
		c["tls_handshake"] = object{ep: object{"server_name": m.host, "status": true, "failure": nil}}
	}
	return c
}

// systemFails makes the device's own lookup fail; what followed on its answer did not happen.
func (m *measurement) systemFails(failure string) {
	m.queries[1] = m.lookup("getaddrinfo", "", m.host, 0, failure)
	m.connects, m.handshakes, m.requests = nil, nil, nil
}

// systemAnswers makes the device's lookups answer with another address, where connecting fails.
func (m *measurement) systemAnswers(address, failure string) {
	m.queries[1] = m.lookup("getaddrinfo", "", m.host, 0, "", address)
	m.queries[2] = m.lookup("udp", "203.0.113.153:53", m.host, 0, "", address)
	m.connects, m.handshakes, m.requests = nil, nil, nil
	m.connects = append(m.connects, object{"ip": address, "port": m.port(), "status": object{"success": false, "failure": failure}, "t": 10.1, "tags": tagsOf(0), "transaction_id": 50001})
}

func (m *measurement) helperConnects(address, failure string) {
	m.control["tcp_connect"].(object)[fmt.Sprintf("%s:%d", address, m.port())] = object{"status": false, "failure": failure}
}

func (m *measurement) connectFails(failure string) {
	m.connects[0]["status"] = object{"success": false, "failure": failure}
	m.handshakes, m.requests = nil, nil
}

func (m *measurement) handshakeFails(failure string) {
	m.handshakes[0] = handshake(m.address, m.host, failure, 0)
	m.requests = nil
}

// fetchFails makes the round trip fail, after the status line when status is not 0.
func (m *measurement) fetchFails(failure string, status int) {
	m.requests = []object{m.request(fmt.Sprintf("%s:%d", m.address, m.port()), m.url, 0, status, failure, nil, "")}
}

// redirectTo makes the page a redirect to another site, whose handshake fails.
func (m *measurement) redirectTo(target, failure string) {
	u, err := url.Parse(target)
	if err != nil {
		panic(err) // the catalogue's own
	}
	address := siteAddress(u.Hostname())
	m.requests = []object{m.request(m.address+":443", m.url, 0, 302, "", [][2]string{{"Location", target}}, "")}
	m.queries = append(m.queries, m.lookup("getaddrinfo", "", u.Hostname(), 1, "", address))
	m.reach(address, u.Hostname(), target, 1, failure)
}

// proxied makes the device's lookups lead to a proxy through which the real site answers.
func (m *measurement) proxied(address string) {
	real := m.address
	m.queries[1] = m.lookup("getaddrinfo", "", m.host, 0, "", address)
	m.queries[1]["answers"].([]object)[0]["asn"] = m.network.asn
	m.connects, m.handshakes = nil, nil
	m.reach(address, m.host, m.url, 0, "")
	m.address = address
	m.page(200, goodPage)
	m.address = real
}

func (m *measurement) noSuchName() {
	for i, q := range m.queries {
		m.queries[i] = m.lookup(q["engine"].(string), q["resolver_address"].(string), m.host, 0, "dns_nxdomain_error")
	}
	m.connects, m.handshakes, m.requests = nil, nil, nil
	m.control = object{"dns": object{"failure": "dns_name_error", "addrs": []string{}}, "tcp_connect": object{}, "tls_handshake": object{},
		"http_request": object{"body_length": -1, "failure": "dns_lookup_error", "title": "", "status_code": -1, "headers": object{}}}
}

func (m *measurement) helperFails(failure string) {
	for ep := range m.control["tcp_connect"].(object) {
		m.control["tcp_connect"].(object)[ep] = object{"status": false, "failure": failure}
	}
	m.control["tls_handshake"] = object{}
	m.control["http_request"] = object{"body_length": -1, "failure": failure, "title": "", "status_code": -1, "headers": object{}}
}

func (m *measurement) helperHandshakeFails(failure string) {
	for ep := range m.control["tls_handshake"].(object) {
		m.control["tls_handshake"].(object)[ep] = object{"server_name": m.host, "status": false, "failure": failure}
	}
	m.control["http_request"] = object{"body_length": -1, "failure": "unknown_error", "title": "", "status_code": -1, "headers": object{}}
}

func (m *measurement) noControl() { m.control, m.failure = nil, "connection_reset" }

func (m *measurement) quicFails(failure string) {
	m.quic = []object{handshake(m.address, m.host, failure, 0)}
	m.quic[0]["network"], m.quic[0]["transaction_id"] = "udp", 60001
	m.control["quic_handshake"] = object{m.address + ":443": object{"server_name": m.host, "status": true, "failure": nil}}
}

// older rewrites the measurement as probes before 0.5 did: no tags, no transactions, one resolver.
func (m *measurement) older() {
	m.version = "0.4.3"
	m.queries = slices.DeleteFunc(m.queries, func(q object) bool { return q["engine"] != "getaddrinfo" })
	for _, list := range [][]object{m.queries, m.connects, m.handshakes, m.requests} {
		for _, o := range list {
			delete(o, "tags")
			delete(o, "transaction_id")
			delete(o, "address")
			if o["engine"] != nil {
				o["engine"] = "system"
			}
		}
	}
	for _, h := range m.handshakes {
		h["address"] = m.address + ":443"
	}
}

// service makes a messenger's test: a handshake and a request, or a failed handshake.
func (m *measurement) service(host, failure string) {
	m.version, m.host, m.address = "0.2.5", host, siteAddress(host)
	m.queries = []object{m.lookup("getaddrinfo", "", host, 0, "", m.address)}
	m.reach(m.address, host, "https://"+host+"/", 0, failure)
	status := any("ok")
	if failure != "" {
		status = "blocked"
	} else {
		m.requests = []object{m.request(m.address+":443", "https://"+host+"/", 0, 404, "", nil, "")}
	}
	m.keys["signal_backend_status"], m.keys["signal_backend_failure"] = status, null(failure)
}

// envelope writes the whole measurement.
func (m *measurement) envelope(c Case) object {
	keys := m.keys
	keys["agent"], keys["client_resolver"] = "redirect", m.network.resolver
	keys["queries"], keys["tcp_connect"], keys["tls_handshakes"], keys["requests"] = m.queries, m.connects, m.handshakes, m.requests
	if m.quic != nil {
		keys["quic_handshakes"] = m.quic
	}
	test := c.test
	var input any
	if test == "" {
		test, input = "web_connectivity", c.url
		keys["control"], keys["control_failure"] = object{}, m.failure
		if m.control != nil {
			keys["control"] = m.control
		}
	}
	return c.envelope(test, m.version, input, keys)
}

// envelope writes what every measurement has around its test keys.
func (c Case) envelope(test, version string, input any, keys object) object {
	asn := fmt.Sprintf("AS%d", c.network.asn)
	stamp := strings.NewReplacer("-", "", ":", "", " ", "T").Replace(c.time) + "Z"
	return object{
		"annotations": object{"veedor": "invented", "platform": "linux", "network_type": "wifi"}, "data_format_version": "0.2.0", "input": input,
		"measurement_start_time": c.time, "test_start_time": c.time, "test_runtime": 1.5, "test_name": test, "test_version": version,
		"probe_asn": asn, "probe_cc": c.network.cc, "probe_ip": "127.0.0.1", "probe_network_name": c.network.name,
		"report_id":    fmt.Sprintf("%s_%s_%s_%d_n1_invented", stamp, strings.ReplaceAll(test, "_", ""), c.network.cc, c.network.asn),
		"resolver_asn": asn, "resolver_ip": c.network.resolver, "resolver_network_name": c.network.name,
		"software_name": "veedor-sample", "software_version": "1", "test_keys": keys,
	}
}
