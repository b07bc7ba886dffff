package scenario

import (
	"fmt"
	"time"
)

// circumvention are the tests of tools for getting around restrictions.
func circumvention() []Case {
	plain, sf, vt := Case{test: "tor", version: "0.4.0"}, Case{test: "torsf", version: "0.5.1"}, Case{test: "vanilla_tor", version: "0.3.0"}
	ps, ov, rv := Case{test: "psiphon", version: "0.6.0"}, Case{test: "openvpn", version: "0.1.7", input: openvpnInput}, Case{test: "riseupvpn", version: "0.3.0"}
	return []Case{
		healthy(named(plain, "tor_ok", "", calvara, "2026-05-12 08:00:00",
			func(b *blocks) object { return tor(b, func(torTarget) step { return step{} }) })),
		unclear(named(plain, "tor_all_dropped", "packets to every directory authority and bridge are dropped", aurelia, "2026-05-12 08:10:00",
			func(b *blocks) object { return tor(b, func(torTarget) step { return step{"tcp", dropped} }) })),
		unclear(named(plain, "tor_bridges_reset", "what looks like obfs4 is reset; the directory authorities work", movil, "2026-05-12 08:20:00",
			func(b *blocks) object {
				return tor(b, func(t torTarget) step {
					if t.protocol == "obfs4" {
						return step{"obfs4", reset}
					}
					return step{}
				})
			})),

		healthy(named(sf, "torsf_ok", "", calvara, "2026-05-12 09:00:00",
			func(b *blocks) object { return snowflake(bootstrap(b, "snowflake", 600, 100)) })),
		unclear(named(sf, "torsf_no_bridge", "the broker that hands out bridges cannot be reached", aurelia, "2026-05-12 09:10:00",
			func(b *blocks) object { return snowflake(bootstrap(b, "snowflake", 600, 2)) })),
		unclear(named(sf, "torsf_stalls", "the bridge is reached, then its packets are dropped", movil, "2026-05-12 09:30:00",
			func(b *blocks) object { return snowflake(bootstrap(b, "snowflake", 600, 50)) })),

		healthy(named(vt, "vanilla_tor_ok", "", calvara, "2026-05-12 10:00:00",
			func(b *blocks) object { return bootstrap(b, "vanilla", 200, 100) })),
		unclear(named(vt, "vanilla_tor_dropped", "packets to every relay are dropped", aurelia, "2026-05-12 10:10:00",
			func(b *blocks) object { return bootstrap(b, "vanilla", 200, 5) })),

		healthy(named(ps, "psiphon_ok", "", calvara, "2026-05-12 11:00:00",
			func(b *blocks) object { return psiphon(b, "") })),
		unclear(named(ps, "psiphon_no_tunnel", "no server of the tool can be reached", borduna, "2026-05-12 11:10:00",
			func(b *blocks) object { return psiphon(b, dropped) })),

		healthy(named(ov, "openvpn_ok", "", calvara, "2026-05-12 12:00:00",
			func(b *blocks) object { return openvpn(b, "", "") })),
		unclear(named(ov, "openvpn_refused", "connections to the server are refused in its name", cablenorte, "2026-05-12 12:10:00",
			func(b *blocks) object { return openvpn(b, refused, refused) })),
		unclear(named(ov, "openvpn_handshake_dropped", "the connection stands, its packets are dropped once they look like OpenVPN", aurelia, "2026-05-12 12:20:00",
			func(b *blocks) object { return openvpn(b, "", dropped) })),

		healthy(named(rv, "riseupvpn_ok", "", calvara, "2026-05-12 13:00:00",
			func(b *blocks) object { return riseup(b, step{}, "") })),
		unclear(named(rv, "riseupvpn_api_reset", "the connection is reset when the handshake names the provider", movil, "2026-05-12 13:10:00",
			func(b *blocks) object { return riseup(b, step{"tls", reset}, "") })),
		unclear(named(rv, "riseupvpn_gateways_dropped", "packets to the gateways are dropped", aurelia, "2026-05-12 13:20:00",
			func(b *blocks) object { return riseup(b, step{}, dropped) })),
		unclear(named(rv, "riseupvpn_expired", "nothing; the provider let its certificate expire", calvara, "2026-05-12 13:30:00",
			func(b *blocks) object { return riseup(b, step{"tls", "ssl_invalid_certificate"}, "") })),
	}
}

// torTarget is a directory authority or a bridge. A private one is not published.
type torTarget struct {
	name, address, protocol string
	private                 bool
}

var torTargets = []torTarget{
	{"authority-1", "203.0.113.120:9001", "or_port_dirauth", false},
	{"authority-2", "203.0.113.121:443", "or_port_dirauth", false},
	{"authority-1-dir", "203.0.113.120:9030", "dir_port", false},
	{"relay-1", "203.0.113.122:443", "or_port", false},
	{"bridge-1", "203.0.113.123:80", "obfs4", false},
	{"bridge-2", "203.0.113.124:9443", "obfs4", true},
}

func tor(b *blocks, how func(torTarget) step) object {
	keys, targets := object{}, object{}
	for _, p := range []string{"dir_port", "obfs4", "or_port", "or_port_dirauth"} {
		keys[p+"_total"], keys[p+"_accessible"] = 0, 0
	}
	for _, t := range torTargets {
		fails := how(t)
		own := newBlocks(b.network)
		own.t = b.t
		summary := object{}
		if own.connect(t.address, failureAt(fails, "tcp")) {
			switch t.protocol {
			case "dir_port":
				own.ask("GET", "http://"+t.address+"/tor/status-vote/current/consensus.z", 200, failureAt(fails, "http"), "network-status-version 3")
			case "obfs4":
				own.event("write", t.address, 4200, "")
				why := failureAt(fails, "obfs4")
				own.took(why)
				if why == "" {
					own.event("read", t.address, 1448, "")
				} else {
					own.event("read", t.address, 0, why)
				}
				summary["handshake"] = object{"failure": null(why)}
			default:
				own.shake(t.address, "", failureAt(fails, "tls"))
				own.handshakes[0]["no_tls_verify"] = true
				summary["handshake"] = object{"failure": null(failureAt(fails, "tls"))}
			}
		}
		summary["connect"] = object{"failure": null(failureAt(fails, "tcp"))}
		b.t = own.t
		count(keys, t.protocol+"_total")
		if fails.failure == "" {
			count(keys, t.protocol+"_accessible")
		}
		address, source := t.address, ""
		if t.private {
			address, source = scrubbed, "bridgedb"
			scrub(own.connects, own.handshakes, own.events)
		}
		group := object{"agent": "redirect", "failure": null(fails.failure), "network_events": listed(own.events), "queries": listed(own.queries), "requests": listed(own.requests),
			"summary": summary, "target_address": address, "target_name": t.name, "target_protocol": t.protocol, "tcp_connect": listed(own.connects), "tls_handshakes": listed(own.handshakes)}
		if source != "" {
			group["target_source"] = source
		}
		targets[t.name] = group
	}
	keys["targets"] = targets
	return keys
}

func count(keys object, name string) { keys[name] = keys[name].(int) + 1 }

const scrubbed = "[scrubbed]"

// scrub takes addresses away as the probe does.
func scrub(lists ...[]object) {
	for _, list := range lists {
		for _, o := range list {
			for _, key := range []string{"address", "ip"} {
				if o[key] != nil {
					o[key] = scrubbed
				}
			}
		}
	}
}

// bootstrap starts Tor until it is ready, or stuck until the time is over.
func bootstrap(b *blocks, transport string, limit float64, until int) object {
	stages := []struct {
		progress     int
		tag, summary string
	}{
		{0, "starting", "Starting"}, {2, "conn_pt", "Connecting to pluggable transport"}, {5, "conn", "Connecting to a relay"}, {10, "conn_done", "Connected to a relay"},
		{25, "requesting_status", "Asking for networkstatus consensus"}, {50, "loading_descriptors", "Loading relay descriptors"},
		{75, "enough_dirinfo", "Loaded enough directory info to build circuits"}, {100, "done", "Done"},
	}
	logs, last := []string{}, stages[0]
	at := time.Date(2026, 5, 12, 10, 0, 0, 0, time.UTC)
	for _, s := range stages {
		if s.progress > until || s.tag == "conn_pt" && transport == "vanilla" {
			continue
		}
		logs = append(logs, fmt.Sprintf("%s [notice] Bootstrapped %d%% (%s): %s", at.Format("Jan 02 15:04:05.000"), s.progress, s.tag, s.summary))
		at, last = at.Add(3*time.Second), s
	}
	keys := object{"bootstrap_time": 0, "error": "timeout-reached", "failure": dropped, "success": false, "timeout": limit, "tor_logs": logs,
		"tor_progress": last.progress, "tor_progress_tag": last.tag, "tor_progress_summary": last.summary, "tor_version": "", "transport_name": transport}
	b.t = limit
	if until == 100 {
		b.t = 24.2
		with(keys, object{"bootstrap_time": 24.1, "error": nil, "failure": nil, "success": true})
	}
	return keys
}

func snowflake(keys object) object {
	return with(keys, object{"persistent_datadir": true, "rendezvous_method": "domain_fronting"})
}

func psiphon(b *blocks, failure string) object {
	const target = "https://www.google.com/humans.txt"
	more := object{"max_runtime": 300, "tunnel": "psiphon", "socksproxy": "127.0.0.1:41555"}
	if failure != "" {
		b.t = 300
		delete(more, "socksproxy") // there is none before the tunnel stands
		keys := with(b.getter("redirect", step{"", failure}), more)
		keys["failed_operation"] = "bootstrap"
		return keys
	}
	b.t = 6.3 // the rest happens inside the tunnel
	b.shake("203.0.113.130:443", "www.google.com", "")
	b.ask("GET", target, 200, "", "Google is built by a large team.")
	return with(b.getter("redirect", step{}), with(more, object{"bootstrap_time": 6.2}))
}

const (
	openvpnServer = "203.0.113.140:1194"
	openvpnInput  = "openvpn://riseupvpn.corp/?address=" + openvpnServer + "&transport=tcp"
)

// openvpn connects and does OpenVPN's own handshake.
func openvpn(b *blocks, connect, shake string) object {
	events := []object{}
	event := func(operation string) {
		events = append(events, object{"operation": operation, "stage": 0, "t": b.t, "tags": []string{}, "transaction_id": 1})
		b.t += roundTrip
	}
	began := b.t
	if b.connect(openvpnServer, connect) {
		for _, operation := range []string{"ready", "dial_done", "handshake_start", "state:pre_start", "packet_out"} {
			event(operation)
		}
		b.took(shake)
		if shake == "" {
			for _, operation := range []string{"packet_in", "state:initial", "state:start", "state:got_key", "state:generated_keys", "handshake_done"} {
				event(operation)
			}
		}
	}
	b.connects[0]["transaction_id"] = 1
	return object{"success": shake == "", "failure": null(shake), "bootstrap_time": b.t - began, "tunnel": "openvpn", "network_events": events, "tcp_connect": b.connects,
		"openvpn_handshake": []object{{"handshake_time": b.t - began, "endpoint": openvpnInput, "ip": "203.0.113.140", "port": 1194, "transport": "tcp", "provider": "riseupvpn",
			"openvpn_options": object{"auth": "SHA512", "cipher": "AES-256-GCM", "compression": ""}, "failure": null(shake), "t0": began, "t": b.t, "tags": []string{}, "transaction_id": 1}}}
}

// riseup asks the provider's servers for the gateways, then connects to those.
func riseup(b *blocks, api step, gateways string) object {
	status, failures, certificate := "ok", []string(nil), true
	for i, target := range []string{"https://black.riseup.net/ca.crt", "https://riseup.net/provider.json", "https://api.black.riseup.net:443/3/config/eip-service.json", "https://api.black.riseup.net:9001/json"} {
		if failure := b.fetch(target, fmt.Sprintf("203.0.113.%d", 150+i), 200, "{}", api); failure != "" {
			status, failures = "blocked", append(failures, failure)
			certificate = certificate && i > 0
		}
	}
	transports, failing := object{"openvpn": "ok", "obfs4": "ok"}, []object(nil)
	if status == "ok" { // without the servers' answers the gateways are not known
		for _, kind := range []string{"openvpn", "obfs4"} {
			for i := range 3 {
				ip, port := fmt.Sprintf("203.0.113.%d", 160+i), 443
				if !b.connect(fmt.Sprintf("%s:%d", ip, port), gateways) {
					failing = append(failing, object{"ip": ip, "port": port, "transport_type": kind})
					transports[kind] = "blocked"
				}
			}
		}
	}
	if status != "ok" {
		transports = object{}
	}
	return with(b.getter("", step{}), object{"api_failure": failures, "api_status": status, "ca_cert_status": certificate, "failing_gateways": failing, "transport_status": transports})
}
