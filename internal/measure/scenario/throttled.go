package scenario

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"veedor/internal/measure/verdict"
)

// Throttled returns cases about the speed of transfers: measurements of web_connectivity 0.5, each of
// a short link that leads to a page on another host, with what the probe notes of both transfers.
func Throttled() []Case {
	const short, long = "https://enlace.example/a1", "https://video.example/"
	fast := flow{rtt: 0.04, size: 120e3, speed: 1e6}
	policed := flow{rtt: 0.04, size: 400e3, speed: 1e6, policed: true, free: 1000, limit: 16e3}
	policedSmall := policed
	policedSmall.size = 100e3
	stalled := flow{rtt: 0.04, size: 400e3, speed: 1e6, policed: true, free: 16 << 10}
	slowFirst, slowPage := flow{rtt: 0.6, size: 30e3, speed: 12e3}, flow{rtt: 0.62, size: 70e3, speed: 12e3}
	slowLong := slowPage
	slowLong.size = 400e3
	page := func(c Case, first, second flow) Case {
		c.url = short
		c.change = func(m *measurement) { m.transfers(long, first, second) }
		return c
	}
	blockedHTTP := func(c Case) Case {
		c.State, c.Layers = verdict.Blocked, []verdict.Layer{verdict.HTTP}
		return c
	}
	throttled := func(c Case) Case {
		c = blockedHTTP(c)
		c.Throttled = true
		c.Expect = "blocked, throttled: the page came at 128 kbit/s over a path with a short round trip, while another host sent at 8 Mbit/s"
		return c
	}
	notThrottled := func(c Case) Case {
		c.Expect = "not throttled: everything was as slow, and so was the first answer of every host"
		return c
	}
	return []Case{
		throttled(page(Case{Name: "throttled_unfinished", Done: "packets of the page above 128 kbit/s are dropped; it is not complete after 10 seconds", network: movil, time: "2026-05-16 08:00:00"}, fast, policed)),
		throttled(page(Case{Name: "throttled_finished", Done: "packets of the page above 128 kbit/s are dropped; it is complete after 7 seconds", network: movil, time: "2026-05-16 08:10:00"}, fast, policedSmall)),
		notThrottled(page(Case{Name: "slow_link", Done: "nothing; the line is slow", State: verdict.OK, Also: []verdict.State{verdict.Insufficient}, network: aurelia, time: "2026-05-16 08:20:00"}, slowFirst, slowPage)),
		notThrottled(page(Case{Name: "slow_link_unfinished", Done: "nothing; the line is too slow for the page", State: verdict.Insufficient, Also: []verdict.State{verdict.OK}, Label: verdict.LabelUnclear,
			network: aurelia, time: "2026-05-16 08:30:00"}, slowFirst, slowLong)),
		page(Case{Name: "fast_link", Done: "nothing", State: verdict.OK, Expect: "ok: the page came, and fast", network: calvara, time: "2026-05-16 08:40:00"}, fast, flow{rtt: 0.05, size: 250e3, speed: 1e6}),
		blockedHTTP(page(Case{Name: "stalled_after_16_kb", Throttled: true, Done: "packets of the page are dropped once 16 kB of it have passed",
			Expect: "blocked: the page stopped for good after 16 kB, while another host sent at 8 Mbit/s", network: movil, time: "2026-05-16 08:50:00"}, fast, stalled)),
	}
}

// flow is how one response comes. Sizes are in bytes, times in seconds.
type flow struct {
	rtt     float64
	size    int     // of the body
	speed   float64 // of the line
	policed bool
	free    int     // what comes at the line's speed before the limit holds
	limit   float64 // of the speed from then on; 0 when nothing comes any more
}

const (
	fetchLimit  = 10.0 // seconds after which the probe gives a fetch up
	segment     = 1388 // bytes of one packet
	maxEvents   = 64   // that the probe keeps of one connection, samples aside
	ofHandshake = 3 * segment
	ofHeaders   = 320
)

// transfer is one connection while the probe watches it.
type transfer struct {
	r        *rand.Rand
	flow     flow
	address  string
	tags     []string
	tx       int
	t        float64
	noted    int
	received int
	events   []object
	sampled  float64 // when the next sample is due
}

func (tr *transfer) event(operation string, t0 float64, bytes int, failure string) {
	if tr.noted++; tr.noted > maxEvents {
		return
	}
	tr.keep(operation, t0, tr.t, bytes, failure)
}

func (tr *transfer) keep(operation string, t0, t float64, bytes int, failure string) {
	e := object{"address": tr.address, "failure": null(failure), "operation": operation, "proto": "tcp", "t0": t0, "t": t, "tags": tr.tags, "transaction_id": tr.tx}
	if bytes > 0 {
		e["num_bytes"] = bytes
	}
	tr.events = append(tr.events, e)
}

// pass lets time pass; the sampler wakes up in between and notes what had come by then.
func (tr *transfer) pass(seconds float64) {
	until := tr.t + seconds
	for tr.sampled <= until {
		if tr.received > 0 {
			tr.keep("bytes_received_cumulative", tr.sampled, tr.sampled, tr.received, "")
		}
		tr.sampled += min(max(tr.r.ExpFloat64()*0.25, 0.025), 0.65)
	}
	tr.t = until
}

func (tr *transfer) read(bytes int, waited float64) {
	t0 := tr.t
	tr.pass(waited)
	tr.received += bytes
	tr.event("read", t0, bytes, "")
}

// open connects and does the handshake.
func (tr *transfer) open() {
	t0 := tr.t
	tr.pass(tr.flow.rtt)
	tr.event("connect", t0, 0, "")
	tr.event("tls_handshake_start", tr.t, 0, "")
	tr.event("write", tr.t, 322, "")
	tr.read(segment, tr.flow.rtt)
	tr.read(ofHandshake-segment, 0.001)
	tr.event("write", tr.t, 64, "")
	tr.event("tls_handshake_done", tr.t, 0, "")
}

// fetch asks for the page and returns how many bytes of it came, and how the fetch failed.
func (tr *transfer) fetch() (body int, failure string) {
	f := tr.flow
	tr.keep("http_transaction_start", tr.t, tr.t, 0, "")
	tr.event("write", tr.t, 233, "")
	end := tr.t + fetchLimit
	wire := ofHeaders + f.size + f.size/70 // what encryption adds
	got, window, wait := 0, 10*segment, f.rtt+0.015
	for got < wire && failure == "" {
		n, limited := min(window, wire-got), f.policed && got >= f.free
		if limited && f.limit == 0 {
			wait = fetchLimit
		}
		if f.policed && !limited {
			n = min(n, f.free-got)
		}
		if limited {
			// A burst passes, the rest of it is lost and sent again later.
			n = min(segment*(1+tr.r.IntN(6)), wire-got)
			wait = float64(n) / f.limit * (0.6 + 0.8*tr.r.Float64())
		}
		sent := tr.t + wait
		for n > 0 && failure == "" {
			size := min(n, segment*(1+tr.r.IntN(4)))
			if tr.t+wait > end {
				t0 := tr.t
				tr.pass(end - tr.t)
				failure = dropped
				tr.event("read", t0, 0, failure)
				break
			}
			tr.read(size, wait)
			got, n = got+size, n-size
			wait = float64(size) / f.speed
		}
		window *= 2 // the sender gets faster with each round trip, until the line is full
		wait = max(sent+f.rtt-tr.t, float64(segment)/f.speed)
	}
	tr.keep("bytes_received_cumulative", tr.t, tr.t, tr.received, "")
	tr.keep("http_transaction_done", tr.t, tr.t, 0, failure)
	return min(max(got-ofHeaders, 0)*70/71, f.size), failure
}

// transfers makes the URL redirect to target and tells how the bodies of both came.
func (m *measurement) transfers(target string, first, second flow) {
	r := rand.New(rand.NewPCG(1, uint64(second.size)))
	host := strings.TrimSuffix(strings.TrimPrefix(target, "https://"), "/")
	address := siteAddress(host)
	m.queries = append(m.queries, m.lookup("getaddrinfo", "", host, 1, "", address))
	m.reach(address, host, target, 1, "")
	var events []object
	start := 0.12
	for depth, f := range []flow{first, second} {
		ip := []string{m.address, address}[depth]
		tr := &transfer{r: r, flow: f, address: ip + ":443", tags: tagsOf(depth), tx: 50001 + depth, t: start, sampled: start + 0.1}
		tr.open()
		connect, shake := m.connects[depth], m.handshakes[depth]
		connect["t0"], connect["t"] = start, start+f.rtt
		shake["t0"], shake["t"] = start+f.rtt, tr.t
		began := tr.t
		body, failure := tr.fetch()
		var req object
		if depth == 0 {
			req = m.request(tr.address, m.url, 0, 302, failure, [][2]string{{"Content-Type", "text/html; charset=utf-8"}, {"Location", target}}, longPage(f.size)[:body])
		} else {
			req = m.request(tr.address, target, 1, 200, failure, [][2]string{{"Content-Length", fmt.Sprint(f.size)}, {"Content-Type", "text/html; charset=utf-8"}, {"X-Diario", "libre"}}, longPage(f.size)[:body])
		}
		req["t0"], req["t"] = began, tr.t
		m.requests = append([]object{req}, m.requests...)
		events = append(events, tr.events...)
		start = tr.t + 0.05
	}
	m.requests = m.requests[:2] // without the page that newMeasurement made
	m.control["http_request"].(object)["body_length"] = second.size
	m.keys["network_events"] = events
}

// longPage returns a page of so many bytes.
func longPage(size int) string {
	const head, line = "<!doctype html><html lang=es><head><title>Diario libre de ejemplo</title></head><body>\n", "<p>Noticias inventadas para mostrar una pagina que carga. Este texto no dice nada de nadie, y lo dice muchas veces.</p>\n"
	return (head + strings.Repeat(line, size/len(line)+1))[:size]
}
