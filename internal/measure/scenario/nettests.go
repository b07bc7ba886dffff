package scenario

import (
	"fmt"
	"slices"
	"strings"

	"veedor/internal/measure/verdict"
)

// Nettests returns cases of the tests that have no helper to compare with, and so say less: of each
// at least one where all is well and one where something fails.
func Nettests() []Case {
	return slices.Concat(messengers(), circumvention(), tools(), middleboxes(), performance())
}

// named completes a case of a nettest.
func named(c Case, name, done string, n network, time string, keys func(b *blocks) object) Case {
	c.Name, c.Done, c.network, c.time, c.keys = name, done, n, time, keys
	return c
}

// The judgements that most of these cases share.
func healthy(c Case) Case {
	if c.State = verdict.OK; c.Done == "" {
		c.Done = "nothing"
	}
	if c.Expect == "" {
		c.Expect = "ok: everything that the test tried worked"
	}
	return c
}

func unclear(c Case) Case {
	c.State, c.Label = verdict.Insufficient, verdict.LabelUnclear
	if c.Expect == "" {
		c.Expect = "insufficient, cause unclear: it failed, and nothing says whether it works elsewhere"
	}
	return c
}

// unusable is for measurements that fail for a reason which has nothing to do with the network.
func unusable(c Case) Case {
	c.State, c.Label = verdict.Insufficient, verdict.LabelInsufficient
	return c
}

// nettest writes the measurement of a case that is no web page.
func (c Case) nettest() object {
	b := newBlocks(c.network)
	keys := c.keys(b)
	m := c.envelope(c.test, c.version, null(c.input), keys)
	notes := m["annotations"].(object)
	notes["engine_name"], notes["engine_version"] = "ooniprobe-engine", "3.26.0"
	if c.engine != "" {
		notes["engine_version"] = c.engine
	}
	m["test_runtime"] = b.t
	switch c.test {
	case "http_invalid_request_line":
		m["test_helpers"] = object{"backend": helperAddress}
	case "http_header_field_manipulation":
		m["test_helpers"] = object{"backend": "http://" + helperAddress + ":80"}
	}
	return m
}

const (
	helperAddress = "203.0.113.200"
	dropped       = "generic_timeout_error"
	reset         = "connection_reset"
	refused       = "connection_refused"
)

// messengers are the tests of services with fixed hosts.
func messengers() []Case {
	wa := Case{test: "whatsapp", version: "0.11.0"}
	tg := Case{test: "telegram", version: "0.3.1"}
	sg := Case{test: "signal", version: "0.2.5"}
	fb := Case{test: "facebook_messenger", version: "0.2.1"}
	const oldAuthority = "insufficient: this version of the test trusts an authority that the service no longer uses"
	old := func(c Case, version, engine string) Case {
		c.version, c.engine, c.Expect = version, engine, oldAuthority
		return c
	}
	refuses := func(b *blocks) object { return signal(b, "chat.signal.org", step{"tls", "ssl_unknown_authority"}) }
	return []Case{
		healthy(named(wa, "whatsapp_ok", "", calvara, "2026-05-11 08:00:00", func(b *blocks) object { return whatsapp(b, step{}, step{}, step{}) })),
		unclear(named(wa, "whatsapp_endpoints_dropped", "packets to every chat server are dropped", aurelia, "2026-05-11 08:10:00",
			func(b *blocks) object { return whatsapp(b, step{"tcp", dropped}, step{}, step{}) })),
		unclear(named(wa, "whatsapp_registration_reset", "the connection is reset when the handshake names the registration server", movil, "2026-05-11 08:20:00",
			func(b *blocks) object { return whatsapp(b, step{}, step{"tls", reset}, step{}) })),
		unclear(named(wa, "whatsapp_all_nxdomain", "the provider's resolver says that no name of the service exists", borduna, "2026-05-11 08:30:00",
			func(b *blocks) object {
				no := step{"dns", "dns_nxdomain_error"}
				return whatsapp(b, no, no, no)
			})),

		healthy(named(tg, "telegram_ok", "", calvara, "2026-05-11 09:00:00", func(b *blocks) object { return telegram(b, 0, step{}) })),
		unclear(named(tg, "telegram_data_centres_dropped", "packets to every data centre are dropped; the web client works", aurelia, "2026-05-11 09:10:00",
			func(b *blocks) object { return telegram(b, len(dataCentres), step{}) })),
		unclear(named(tg, "telegram_web_reset", "the connection is reset when the handshake names the web client; the data centres work", cablenorte, "2026-05-11 09:20:00",
			func(b *blocks) object { return telegram(b, 0, step{"tls", reset}) })),

		healthy(named(sg, "signal_ok", "", calvara, "2026-05-11 10:00:00", func(b *blocks) object { return signal(b, "", step{}) })),
		unclear(named(sg, "signal_reset", "the connection is reset when the handshake names the chat server", movil, "2026-05-11 10:10:00",
			func(b *blocks) object { return signal(b, "chat.signal.org", step{"tls", reset}) })),
		unusable(named(old(sg, "0.2.4", "3.21.0"), "signal_old_authority", "nothing; the test's own list of authorities is out of date", calvara, "2026-05-11 10:20:00", refuses)),
		unusable(named(old(sg, "0.2.3", "3.19.0"), "signal_older_authority", "nothing; the test's own list of authorities is out of date", aurelia, "2026-05-11 10:30:00", refuses)),

		healthy(named(fb, "facebook_messenger_ok", "", calvara, "2026-05-11 11:00:00", func(b *blocks) object { return facebook(b, step{}) })),
		unclear(named(fb, "facebook_messenger_nxdomain", "the provider's resolver says that no name of the service exists", borduna, "2026-05-11 11:10:00",
			func(b *blocks) object { return facebook(b, step{"dns", "dns_nxdomain_error"}) })),
		unclear(named(fb, "facebook_messenger_dropped", "packets to every server of the service are dropped", aurelia, "2026-05-11 11:20:00",
			func(b *blocks) object { return facebook(b, step{"tcp", dropped}) })),
	}
}

func status(failure string) string {
	if failure != "" {
		return "blocked"
	}
	return "ok"
}

func whatsapp(b *blocks, endpoints, registration, web step) object {
	blockedNames := []string{}
	for i := range 16 {
		host := fmt.Sprintf("e%d.whatsapp.net", i+1)
		for _, port := range []int{443, 5222} {
			if b.resolve(host, failureAt(endpoints, "dns"), addressUnless(endpoints, fmt.Sprintf("203.0.113.%d", 60+i))...) {
				b.connect(fmt.Sprintf("203.0.113.%d:%d", 60+i, port), failureAt(endpoints, "tcp"))
			}
		}
		if endpoints.failure != "" {
			blockedNames = append(blockedNames, host)
		}
	}
	registered := b.fetch("https://v.whatsapp.net/v2/register", "203.0.113.80", 400, `{"status":"fail"}`, registration)
	seen := b.fetch("https://web.whatsapp.com/", "203.0.113.81", 200, "<html><head><title>WhatsApp Web</title></head><body></body></html>", web)
	return with(b.getter("redirect", step{}), object{
		"registration_server_failure": null(registered), "registration_server_status": status(registered),
		"whatsapp_endpoints_blocked": blockedNames, "whatsapp_endpoints_dns_inconsistent": []string{}, "whatsapp_endpoints_status": status(endpoints.failure),
		"whatsapp_web_failure": null(seen), "whatsapp_web_status": status(seen),
	})
}

// failureAt returns how a fetch fails at this step, "" where it does not.
func failureAt(s step, at string) string {
	if s.at == at {
		return s.failure
	}
	return ""
}

// addressUnless returns the answer to a lookup, none when it fails.
func addressUnless(s step, address string) []string {
	if s.at == "dns" {
		return nil
	}
	return []string{address}
}

// dataCentres stand for Telegram's, which have addresses and no names.
var dataCentres = []string{"203.0.113.90", "203.0.113.91", "203.0.113.92", "203.0.113.93", "203.0.113.94", "203.0.113.95"}

// telegram reaches all data centres but the first unreachable ones.
func telegram(b *blocks, unreachable int, web step) object {
	for i, address := range dataCentres {
		for _, suffix := range []string{":80", ":443"} {
			target := "http://" + address + strings.TrimSuffix(suffix, ":80") + "/"
			if i < unreachable {
				b.connect(address+suffix, dropped)
				b.ask("POST", target, 0, dropped, "")
			} else if b.connect(address+suffix, "") {
				b.ask("POST", target, 501, "", "<html><head><title>501 Not Implemented</title></head></html>")
			}
		}
	}
	seen := b.fetch("https://web.telegram.org/", "203.0.113.96", 200, "<html><head><title>Telegram Web</title></head><body></body></html>", web)
	all := unreachable == len(dataCentres)
	return with(b.getter("redirect", step{}), object{"telegram_http_blocking": all, "telegram_tcp_blocking": all, "telegram_web_failure": null(seen), "telegram_web_status": status(seen)})
}

// signal fetches from every server; the one named fails.
func signal(b *blocks, failing string, fails step) object {
	for i, host := range []string{"chat.signal.org", "storage.signal.org", "cdn.signal.org", "cdn2.signal.org", "sfu.voip.signal.org"} {
		how := step{}
		if host == failing {
			how = fails
		}
		b.fetch("https://"+host+"/", fmt.Sprintf("203.0.113.%d", 100+i), 404, `{"code":404,"message":"HTTP 404 Not Found"}`, how)
	}
	b.resolve("uptime.signal.org", "", "203.0.113.106")
	return with(b.getter("redirect", step{}), object{"signal_backend_status": status(fails.failure), "signal_backend_failure": null(fails.failure)})
}

func facebook(b *blocks, fails step) object {
	keys := object{"facebook_dns_blocking": fails.at == "dns", "facebook_tcp_blocking": fails.at == "tcp", "facebook_stun_dns_consistent": fails.at != "dns", "facebook_stun_reachable": nil}
	b.resolve("stun.fbsbx.com", failureAt(fails, "dns"), addressUnless(fails, "203.0.113.110")...)
	for i, s := range [][2]string{{"b_api", "b-api.facebook.com"}, {"b_graph", "b-graph.facebook.com"}, {"edge", "edge-mqtt.facebook.com"},
		{"external_cdn", "external.xx.fbcdn.net"}, {"scontent_cdn", "scontent.xx.fbcdn.net"}, {"star", "star.c10r.facebook.com"}} {
		address := fmt.Sprintf("203.0.113.%d", 111+i)
		var reachable any
		if b.resolve(s[1], failureAt(fails, "dns"), addressUnless(fails, address)...) {
			reachable = b.connect(address+":443", failureAt(fails, "tcp"))
		}
		keys["facebook_"+s[0]+"_dns_consistent"], keys["facebook_"+s[0]+"_reachable"] = fails.at != "dns", reachable
	}
	return with(b.getter("redirect", step{}), keys)
}
