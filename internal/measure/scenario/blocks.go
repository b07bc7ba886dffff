package scenario

import (
	"fmt"
	"net/netip"
	"strings"
)

// blocks gathers the shared blocks of a nettest while it runs: each step adds what it saw and what
// went over the wire, and takes its time.
type blocks struct {
	network    network
	engine     string // name of the resolver in use
	t          float64
	queries    []object
	connects   []object
	handshakes []object
	requests   []object
	events     []object
}

func newBlocks(n network) *blocks {
	return &blocks{network: n, engine: "getaddrinfo", t: 0.001}
}

// How long a step takes, in seconds.
const (
	roundTrip = 0.04
	patience  = 10.0 // until a step is given up
)

// took lets a step's time pass and returns when it began and ended.
func (b *blocks) took(failure string) (t0, t float64) {
	t0 = b.t
	if strings.HasSuffix(failure, "timeout_error") {
		b.t += patience
	} else {
		b.t += roundTrip
	}
	return t0, b.t
}

func (b *blocks) event(operation, address string, bytes int, failure string) {
	e := object{"failure": null(failure), "operation": operation, "t": b.t}
	if address != "" {
		e["address"], e["proto"] = address, "tcp"
	}
	if bytes > 0 {
		e["num_bytes"] = bytes
	}
	b.events = append(b.events, e)
}

// resolve looks a name up; without an address the lookup fails. It says whether it worked.
func (b *blocks) resolve(host, failure string, addresses ...string) bool {
	b.event("resolve_start", "", 0, "")
	t0, t := b.took(failure)
	b.event("resolve_done", "", 0, failure)
	kinds := [][]string{nil, nil}
	for _, a := range addresses {
		if strings.Contains(a, ":") {
			kinds[1] = append(kinds[1], a)
		} else {
			kinds[0] = append(kinds[0], a)
		}
	}
	for i, kind := range []string{"A", "AAAA"} {
		why := failure
		if i == 1 && len(kinds[1]) == 0 {
			if failure == "" {
				continue // getaddrinfo does not say what it did not find
			}
		}
		answers := []object{}
		for _, a := range kinds[i] {
			answer := object{"asn": asnOf(a), "as_org_name": "Invented", "answer_type": kind, "ttl": nil}
			answer["ipv"+map[string]string{"A": "4", "AAAA": "6"}[kind]] = a
			answers = append(answers, answer)
		}
		b.queries = append(b.queries, object{"answers": answers, "engine": b.engine, "failure": null(why), "hostname": host, "query_type": kind,
			"resolver_hostname": nil, "resolver_port": nil, "resolver_address": "", "t0": t0, "t": t, "tags": []string{}})
	}
	return failure == ""
}

// connect opens a TCP connection to an endpoint.
func (b *blocks) connect(endpoint, failure string) bool {
	at := netip.MustParseAddrPort(endpoint)
	t0, t := b.took(failure)
	b.event("connect", endpoint, 0, failure)
	b.connects = append(b.connects, object{"ip": at.Addr().String(), "port": at.Port(), "status": object{"failure": null(failure), "success": failure == ""}, "t0": t0, "t": t, "tags": []string{}})
	return failure == ""
}

// shake does the TLS handshake with a name at an endpoint.
func (b *blocks) shake(endpoint, name, failure string) bool {
	b.event("tls_handshake_start", "", 0, "")
	b.event("write", endpoint, 517, "")
	t0, t := b.took(failure)
	h := object{"network": "tcp", "address": endpoint, "server_name": name, "failure": null(failure), "tls_version": "", "cipher_suite": "", "negotiated_protocol": "",
		"no_tls_verify": false, "peer_certificates": []object{}, "t0": t0, "t": t, "tags": []string{}}
	if failure == "" {
		h["tls_version"], h["cipher_suite"], h["negotiated_protocol"] = "TLSv1.3", "TLS_AES_128_GCM_SHA256", "h2"
		b.event("read", endpoint, 3100, "")
		b.event("write", endpoint, 64, "")
	} else if strings.HasPrefix(failure, "ssl_") {
		b.event("read", endpoint, 3100, "")
	} else {
		b.event("read", endpoint, 0, failure)
	}
	b.event("tls_handshake_done", "", 0, failure)
	b.handshakes = append(b.handshakes, h)
	return failure == ""
}

// ask sends a request; status is 0 when it fails.
func (b *blocks) ask(method, target string, status int, failure, body string) bool {
	t0, t := b.took(failure)
	host := strings.TrimPrefix(strings.TrimPrefix(target, "https://"), "http://")
	host, _, _ = strings.Cut(host, "/")
	sent := [][2]string{{"Accept", "*/*"}, {"Host", host}, {"User-Agent", "Mozilla/5.0 (invented)"}}
	got := [][2]string{{"Content-Type", "text/html; charset=utf-8"}}
	if status == 0 {
		got = nil
	}
	b.requests = append(b.requests, object{"failure": null(failure), "request": object{"method": method, "url": target, "headers": byName(sent), "headers_list": listed(sent),
		"body": "", "body_is_truncated": false, "x_transport": "tcp", "tor": object{"exit_ip": nil, "exit_name": nil, "is_tor": false}},
		"response": object{"code": status, "headers": byName(got), "headers_list": listed(got), "body": body, "body_is_truncated": false}, "t0": t0, "t": t, "tags": []string{}})
	return failure == ""
}

func byName(headers [][2]string) object {
	m := object{}
	for _, h := range headers {
		m[h[0]] = h[1]
	}
	return m
}

// listed returns a list that is written as [] when there is nothing in it.
func listed[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// step is where a fetch fails and how; the zero step is a fetch that works.
type step struct {
	at      string // "dns", "tcp", "tls" or "http"
	failure string
}

// fetch gets a URL at an address through all its steps, and returns the failure.
func (b *blocks) fetch(target, address string, status int, body string, fails step) string {
	scheme, rest, _ := strings.Cut(target, "://")
	host, _, _ := strings.Cut(rest, "/")
	host, port, given := strings.Cut(host, ":")
	if !given {
		port = map[string]string{"http": "80", "https": "443"}[scheme]
	}
	why := func(at string) string {
		if fails.at == at {
			return fails.failure
		}
		return ""
	}
	endpoint := fmt.Sprintf("%s:%s", address, port)
	if strings.Contains(address, ":") {
		endpoint = fmt.Sprintf("[%s]:%s", address, port)
	}
	answers := []string{address}
	if fails.at == "dns" {
		answers = nil
	}
	switch {
	case !b.resolve(host, why("dns"), answers...):
	case !b.connect(endpoint, why("tcp")):
	case scheme == "https" && !b.shake(endpoint, host, why("tls")):
	case fails.at == "http":
		b.ask("GET", target, 0, fails.failure, "")
		return fails.failure
	default:
		b.ask("GET", target, status, "", body)
		return ""
	}
	b.ask("GET", target, 0, fails.failure, "")
	return fails.failure
}

// getter writes the keys that most nettests share, with the outcome of the whole.
func (b *blocks) getter(agent string, fails step) object {
	operations := map[string]string{"dns": "resolve", "tcp": "connect", "tls": "tls_handshake", "http": "http_round_trip"}
	return object{"agent": agent, "failed_operation": null(operations[fails.at]), "failure": null(fails.failure),
		"network_events": listed(b.events), "queries": listed(b.queries), "requests": listed(newestFirst(b.requests)), "tcp_connect": listed(b.connects), "tls_handshakes": listed(b.handshakes)}
}

func newestFirst(list []object) []object {
	var out []object
	for i := len(list) - 1; i >= 0; i-- {
		out = append(out, list[i])
	}
	return out
}

// with adds keys to others.
func with(keys, more object) object {
	for k, v := range more {
		keys[k] = v
	}
	return keys
}
