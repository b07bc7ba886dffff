// Package scenario is the catalogue of named cases: what was done to a network, what a probe on it
// then measures, and how that must be judged. The measurements are written here, field by field, for
// networks, countries and sites that do not exist: AS numbers and addresses are those reserved for
// documentation (RFC 5398, RFC 5737, RFC 3849), and every name ends in .example, except those of the
// services that a nettest always contacts.
package scenario

import (
	"bytes"
	"encoding/json"
	"fmt"

	"veedor/internal/measure/verdict"
)

// Case is one case of the catalogue.
type Case struct {
	Name   string // for tables and tests: "tls_reset"
	Done   string // what was done to the network, in a sentence
	State  verdict.State
	Layers []verdict.Layer // those the state rests on; none for ok and insufficient

	// What else a careful judge says of this measurement alone. Cases leaves these empty.
	Also         []verdict.State // states that are as right
	Label        verdict.Label   // "" where any will do
	Interference bool            // the verdict reports interference beside its state
	Throttled    bool            // the transfer was slowed down on purpose, and the verdict says so
	Expect       string          // the judgement and its reason, in a sentence

	network network
	time    string
	url     string
	test    string               // web_connectivity when ""
	change  func(m *measurement) // what differs from a healthy measurement

	// Of nettests alone.
	input   string                 // null when ""
	version string                 // of the test
	engine  string                 // of the probe's measuring engine
	keys    func(b *blocks) object // the test keys
}

// network is where a case was measured.
type network struct {
	asn      int
	cc, name string
	resolver string
}

var (
	aurelia    = network{64496, "XA", "Red Nacional de Aurelia (invented)", "192.0.2.53"}
	movil      = network{64497, "XA", "Aurelia Móvil (invented)", "192.0.2.153"}
	borduna    = network{64500, "XB", "Borduna Telecom (invented)", "198.51.100.54"}
	cablenorte = network{64501, "XB", "Cable Norte (invented)", "198.51.100.154"}
	calvara    = network{64504, "XC", "Calvara Net (invented)", "203.0.113.253"}
)

const (
	goodPage  = "<!doctype html><html lang=es><head><title>Diario libre de ejemplo</title></head><body><p>Noticias inventadas para mostrar una página que carga. Este texto no dice nada de nadie.</p></body></html>"
	blockPage = "<html><head><title>Acceso restringido - Borduna Telecom (invented)</title></head><body>Este sitio no está disponible.</body></html>"
	otherPage = "<html><head><title>Aviso</title></head><body>No.</body></html>"
	forged    = "198.51.100.53" // the seed's fingerprint of an injected answer
)

// Cases returns the catalogue.
func Cases() []Case {
	blocked, down, ok, insufficient := verdict.Blocked, verdict.Down, verdict.OK, verdict.Insufficient
	l := func(layers ...verdict.Layer) []verdict.Layer { return layers }
	return []Case{
		{Name: "reachable", Done: "nothing", State: ok, network: calvara, time: "2026-05-01 08:00:00", url: "https://news.example/"},
		{Name: "reachable_elsewhere", Done: "nothing, on the mobile network", State: ok, network: movil, time: "2026-05-02 09:12:00", url: "https://news.example/"},
		{Name: "reachable_cleartext", Done: "nothing; the site has no encryption", State: ok, network: aurelia, time: "2026-05-02 10:00:00", url: "http://library.example/"},
		{Name: "dns_nxdomain", Done: "the provider's resolver says that the name does not exist", State: blocked, Layers: l(verdict.DNS),
			network: aurelia, time: "2026-05-03 10:20:00", url: "https://news.example/", change: func(m *measurement) { m.systemFails("dns_nxdomain_error") }},
		{Name: "dns_forged", Done: "every lookup of the name is answered with an address of the filter", State: blocked, Layers: l(verdict.DNS),
			network: borduna, time: "2026-05-03 11:00:00", url: "https://news.example/", change: func(m *measurement) {
				m.systemAnswers(forged, "generic_timeout_error")
				m.helperConnects(forged, "generic_timeout_error")
			}},
		{Name: "dns_private", Done: "the resolver answers with a private address", State: blocked, Layers: l(verdict.DNS),
			network: cablenorte, time: "2026-05-04 07:30:00", url: "https://chat.example/", change: func(m *measurement) { m.systemAnswers("10.66.66.66", "generic_timeout_error") }},
		{Name: "tcp_timeout", Done: "packets to the site's address are dropped", State: blocked, Layers: l(verdict.TCP),
			network: aurelia, time: "2026-05-04 12:00:00", url: "https://chat.example/", change: func(m *measurement) { m.connectFails("generic_timeout_error") }},
		{Name: "tcp_refused", Done: "connections to the site's address are refused in its name", State: blocked, Layers: l(verdict.TCP),
			network: cablenorte, time: "2026-05-05 12:00:00", url: "https://chat.example/", change: func(m *measurement) { m.connectFails("connection_refused") }},
		{Name: "tls_reset", Done: "the connection is reset when the handshake names the site", State: blocked, Layers: l(verdict.TLS),
			network: movil, time: "2026-05-05 18:45:00", url: "https://chat.example/", change: func(m *measurement) { m.handshakeFails("connection_reset") }},
		{Name: "tls_timeout", Done: "packets are dropped once the handshake names the site", State: blocked, Layers: l(verdict.TLS),
			network: movil, time: "2026-05-06 18:45:00", url: "https://diario.example/", change: func(m *measurement) { m.handshakeFails("generic_timeout_error") }},
		{Name: "tls_other_certificate", Done: "a middlebox answers the handshake with a certificate of its own", State: blocked, Layers: l(verdict.TLS),
			network: borduna, time: "2026-05-06 20:00:00", url: "https://diario.example/", change: func(m *measurement) { m.handshakeFails("ssl_unknown_authority") }},
		{Name: "http_block_page", Done: "the provider puts its notice in place of the page", State: blocked, Layers: l(verdict.HTTP),
			network: borduna, time: "2026-05-06 21:10:00", url: "http://library.example/", change: func(m *measurement) { m.page(200, blockPage) }},
		{Name: "http_reset", Done: "the connection is reset when the request names the site", State: blocked, Layers: l(verdict.HTTP),
			network: aurelia, time: "2026-05-07 06:00:00", url: "http://library.example/", change: func(m *measurement) { m.fetchFails("connection_reset", 0) }},
		{Name: "http_other_page", Done: "another page is delivered, by nobody we know", State: blocked, Layers: l(verdict.HTTP),
			network: cablenorte, time: "2026-05-07 07:00:00", url: "http://library.example/", change: func(m *measurement) { m.page(200, otherPage) }},
		{Name: "http_unfinished", Done: "the transfer is slowed down until it fails", State: blocked, Layers: l(verdict.HTTP),
			network: movil, time: "2026-05-07 19:00:00", url: "https://diario.example/", change: func(m *measurement) { m.fetchFails("generic_timeout_error", 200) }},
		{Name: "redirect_blocked", Done: "a short link works, the site it leads to is reset", State: blocked, Layers: l(verdict.TLS),
			network: aurelia, time: "2026-05-08 10:00:00", url: "https://short.example/a1", change: func(m *measurement) { m.redirectTo("https://news.example/", "connection_reset") }},
		{Name: "transparent_proxy", Done: "the name leads to a proxy that lets the site through", State: ok,
			network: calvara, time: "2026-05-08 11:00:00", url: "https://chat.example/", change: func(m *measurement) { m.proxied("203.0.113.80") }},
		{Name: "down_name", Done: "nothing; the name does not exist", State: down, Layers: l(verdict.DNS),
			network: calvara, time: "2026-05-08 12:00:00", url: "http://gone.example/", change: func(m *measurement) { m.noSuchName() }},
		{Name: "down_server", Done: "nothing; the server is off", State: down, Layers: l(verdict.TCP),
			network: calvara, time: "2026-05-09 08:00:00", url: "https://diario.example/", change: func(m *measurement) { m.connectFails("connection_refused"); m.helperFails("connection_refused_error") }},
		{Name: "down_certificate", Done: "nothing; the site let its certificate expire", State: down, Layers: l(verdict.TLS),
			network: movil, time: "2026-05-09 09:00:00", url: "https://archive.example/", change: func(m *measurement) {
				m.handshakeFails("ssl_invalid_certificate")
				m.helperHandshakeFails("ssl_invalid_certificate")
			}},
		{Name: "no_control_encrypted", Done: "nothing; the helper could not be reached", State: ok,
			network: aurelia, time: "2026-05-09 10:00:00", url: "https://archive.example/", change: func(m *measurement) { m.noControl() }},
		{Name: "no_control_cleartext", Done: "nothing; the helper could not be reached", State: insufficient,
			network: aurelia, time: "2026-05-10 10:00:00", url: "http://library.example/", change: func(m *measurement) { m.noControl() }},
		{Name: "older_probe", Done: "nothing; measured by an older probe", State: ok,
			network: cablenorte, time: "2026-05-10 11:00:00", url: "https://news.example/", change: func(m *measurement) { m.older() }},
		{Name: "older_probe_dns", Done: "the resolver says that the name does not exist; measured by an older probe", State: blocked, Layers: l(verdict.DNS),
			network: borduna, time: "2026-05-10 12:00:00", url: "https://news.example/", change: func(m *measurement) { m.systemFails("dns_nxdomain_error"); m.older() }},
		{Name: "quic_dropped", Done: "QUIC to the site is dropped, the rest works", State: ok,
			network: movil, time: "2026-05-10 13:00:00", url: "https://news.example/", change: func(m *measurement) { m.quicFails("generic_timeout_error") }},
		{Name: "service_reachable", Done: "nothing", State: ok, network: calvara, time: "2026-05-10 14:00:00", test: "signal", change: func(m *measurement) { m.service("chat.example", "") }},
		{Name: "service_failing", Done: "the service's server is reset; the test has no control", State: insufficient, network: aurelia, time: "2026-05-10 15:00:00", test: "signal",
			change: func(m *measurement) { m.service("chat.example", "connection_reset") }},
	}
}

// Sample returns the measurements of the sample as JSON lines, always the same bytes: the catalogue, slow
// transfers, and some of services and tools. Signal fails on one network after it worked on others, so
// that a verdict in the light of others is among them.
func Sample() []byte {
	cases := append(Cases(), Throttled()...)
	for _, c := range Nettests() {
		switch c.Name {
		case "signal_ok":
			for i, n := range []network{borduna, cablenorte, aurelia} {
				c := c
				c.network, c.time = n, fmt.Sprintf("2026-05-11 0%d:00:00", 5+i)
				cases = append(cases, c)
			}
			cases = append(cases, c)
		case "signal_reset", "telegram_ok", "tor_ok", "http_header_field_manipulation_added", "http_invalid_request_line_normalized", "echcheck_blocked", "psiphon_no_tunnel", "ndt_ok":
			cases = append(cases, c)
		}
	}
	return lines(cases)
}

// lines writes cases as JSON lines.
func lines(cases []Case) []byte {
	var b bytes.Buffer
	for _, c := range cases {
		b.Write(c.JSON())
		b.WriteByte('\n')
	}
	return b.Bytes()
}

// Shapes returns the catalogue's measurements alone, for making others of.
func Shapes() []byte { return lines(Cases()) }

// JSON returns the case's measurement.
func (c Case) JSON() []byte {
	out, err := json.Marshal(c.measure())
	if err != nil {
		panic(fmt.Sprintf("scenario %s: %v", c.Name, err)) // strings and numbers always have a form in JSON
	}
	return out
}

func (c Case) measure() object {
	if c.keys != nil {
		return c.nettest()
	}
	m := newMeasurement(c)
	if c.change != nil {
		c.change(m)
	}
	return m.envelope(c)
}
