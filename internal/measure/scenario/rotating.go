package scenario

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// Rotating yields n measurements of twenty big sites by honest networks in four weeks: nothing is restricted anywhere, and
// much looks as if it were. Answers rotate among the networks of a content network or point to a cache
// of the provider, IPv6 is broken on some devices, helpers and servers are down for a while, sites
// challenge what they take for robots, send visitors to another country's site or let a certificate
// expire. What is odd about a measurement is in its annotation "veedor_odd"; most have none but for
// their addresses.
//
// The programs and pages are those of shapes, measurements of web pages of one line each, or ours
// where there are none. Sites, networks and addresses are invented. The same seed and shapes give
// the same lines.
func Rotating(seed uint64, n int, shapes [][]byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		w := newWeb(seed, looksOf(shapes))
		const days = 28
		for i := range n {
			at := time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(float64(i) / float64(n) * days * 24 * float64(time.Hour)))
			if !yield(w.visit(at.Truncate(time.Second)).json()) {
				return
			}
		}
	}
}

// pool is a range of addresses of one network.
type pool struct {
	asn         int
	prefix      string
	first, size int
}

func (p pool) at(n int) answer { return answer{fmt.Sprintf("%s%d", p.prefix, p.first+n%p.size), p.asn} }

// Networks that serve sites. Their numbers are what the seed of the reference data says of the
// addresses, as far as it says anything.
var (
	origins = pool{siteASN, "203.0.113.", 1, 120}
	clouds  = []pool{{64510, "192.0.2.", 1, 50}, {64511, "203.0.113.", 129, 20}, {64508, "198.51.100.", 160, 90}}
	caches  = map[int]pool{aurelia.asn: {aurelia.asn, "192.0.2.", 193, 60}, borduna.asn: {borduna.asn, "198.51.100.", 1, 50}, calvara.asn: {calvara.asn, "203.0.113.", 193, 55}}
)

// site is a big site and its habits.
type site struct {
	number       int
	host         string
	https        bool
	clouds       []pool // none: it has servers of its own
	six          bool   // has IPv6
	cached       bool   // has caches at providers
	guarded      bool   // challenges visitors
	regional     bool   // sends visitors to their country's site
	multilingual bool
	expired      bool // its certificate ended in the middle of the time
	canonical    bool // sends visitors to www.
}

type probe struct {
	network network
	look    *look
	id      string
	six     string // "" for none, "works" or the failure of every connection
}

type web struct {
	r      *rand.Rand
	sites  []site
	probes []probe
}

func newWeb(seed uint64, looks []*look) *web {
	w := &web{r: rand.New(rand.NewPCG(seed, 7))}
	r := w.r
	words := strings.Fields("diario radio tienda video foro banca correo mapas wiki musica viajes salud escuela clima juegos")
	for i := range 20 {
		s := site{number: i, host: fmt.Sprintf("%s-%d.example", words[i%len(words)], i), https: i%10 == 7 || !w.chance(0.15), six: w.chance(0.5), regional: w.chance(0.12),
			multilingual: w.chance(0.15), guarded: w.chance(0.25), expired: i == 17, canonical: w.chance(0.3)}
		if w.chance(0.65) {
			s.clouds = []pool{clouds[i%3], clouds[(i+1)%3]}
			s.cached = w.chance(0.3)
		}
		w.sites = append(w.sites, s)
	}
	places := []network{aurelia, movil, borduna, cablenorte, calvara}
	for i := range 80 {
		p := probe{network: places[r.IntN(len(places))], look: looks[i%len(looks)], id: randomName(r, 16)}
		switch x := r.Float64(); {
		case x < 0.4:
			p.six = "works"
		case x < 0.5:
			p.six = "network_unreachable"
		case x < 0.55:
			p.six = dropped
		}
		w.probes = append(w.probes, p)
	}
	return w
}

func (w *web) chance(p float64) bool { return w.r.Float64() < p }

func randomName(r *rand.Rand, n int) string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	b := make([]byte, n)
	for i := range b {
		b[i] = letters[r.IntN(len(letters))]
	}
	return string(b)
}

// answers draws what a resolver says of a site: neighbours of each other, from anywhere in its networks.
func (w *web) answers(s *site, from int) []answer {
	p := origins
	if len(s.clouds) > 0 {
		p = s.clouds[0]
		if w.chance(0.25) {
			p = s.clouds[1]
		}
		if from < 0 {
			from = w.r.IntN(1000)
		}
	} else {
		from = s.number * 2
	}
	var out []answer
	for i := range 1 + (s.number+from)%3 {
		out = append(out, p.at(s.number*11+from+i))
	}
	return out
}

// six returns the site's IPv6 answer.
func (w *web) six(s *site, from int) answer {
	asn := siteASN
	if len(s.clouds) > 0 {
		asn = s.clouds[0].asn
	}
	return answer{fmt.Sprintf("2001:db8:%x::%x", s.number+1, 1+from%200), asn}
}

// visit draws a measurement.
func (w *web) visit(at time.Time) *visit {
	r := w.r
	s := &w.sites[int(float64(len(w.sites))*r.Float64()*r.Float64())] // some are visited more than others
	p := &w.probes[r.IntN(len(w.probes))]
	d := &draft{web: w, site: s, probe: p, visit: &visit{network: p.network, at: at, report: randomName(r, 16), probe: p.id, look: p.look}}
	d.lookup()
	d.chain()
	d.answered()
	d.mishap(at)
	d.visit.note = strings.Join(d.odd, ",")
	return d.visit
}

// draft is a visit in the making.
type draft struct {
	*web
	*visit
	site         *site
	probe        *probe
	mine, theirs []answer
	odd          []string
}

func (d *draft) note(what string) {
	if !slices.Contains(d.odd, what) {
		d.odd = append(d.odd, what)
	}
}

// lookup draws the answers of the device's resolver and of the helper's.
func (d *draft) lookup() {
	s, from := d.site, d.r.IntN(200)
	d.mine, d.theirs = d.answers(s, from), nil
	if d.chance(0.55) {
		d.theirs = slices.Clone(d.mine)
	} else {
		d.theirs = d.answers(s, -1)
	}
	if p, ok := caches[d.network.asn]; ok && s.cached && d.chance(0.35) {
		d.note("provider_cache")
		d.mine = []answer{p.at(s.number * 3), p.at(s.number*3 + 1)}
	}
	if !slices.ContainsFunc(d.mine, func(a answer) bool { return slices.ContainsFunc(d.theirs, func(z answer) bool { return a.ip == z.ip }) }) {
		d.note("other_addresses")
		if d.mine[0].asn != d.theirs[0].asn {
			d.note("other_network")
		}
	}
	if s.six {
		if d.probe.six != "" {
			d.mine = append(d.mine, d.six(s, from))
		}
		d.theirs = append(d.theirs, d.six(s, d.r.IntN(200)))
	}
	d.control.answers = d.theirs
	d.control.connect, d.control.shake = map[string]string{}, map[string]string{}
}

// chain draws the URLs the visit goes through.
func (d *draft) chain() {
	s := d.site
	scheme := "http://"
	if s.https {
		scheme = "https://"
	}
	urls := []string{scheme + s.host + "/"}
	if s.https && d.chance(0.3) {
		urls = []string{"http://" + s.host + "/", urls[0]}
	}
	if s.canonical {
		urls = append(urls, scheme+"www."+s.host+"/")
	}
	if s.regional && d.chance(0.7) {
		d.note("other_country")
		name, _, _ := strings.Cut(s.host, ".")
		urls = append(urls, fmt.Sprintf("%swww.%s.co.%s.example/", scheme, name, strings.ToLower(d.network.cc)))
	}
	for i, u := range urls {
		h := hop{url: u, answers: d.mine}
		if i > 0 && strings.Contains(u, ".co.") {
			h.answers = d.answers(s, -1)
		}
		if d.look.newer() && d.chance(0.5) {
			h.others = d.answers(s, -1)
		}
		for _, a := range h.answers {
			e := endpoint{answer: a}
			if strings.Contains(a.ip, ":") && d.probe.six != "works" {
				e.connect = d.probe.six
				d.note("ipv6_broken")
			}
			h.endpoints = append(h.endpoints, e)
		}
		if i == 0 && d.look.newer() {
			for _, a := range d.theirs[:min(2, len(d.theirs))] {
				if !slices.Contains(h.answers, a) && !strings.Contains(a.ip, ":") {
					h.endpoints = append(h.endpoints, endpoint{answer: a, offered: true})
				}
			}
		}
		h.useFirst()
		if i+1 < len(urls) {
			h.page = page{status: []int{301, 302, 308}[(s.number+i)%3], headers: [][2]string{{"Content-Type", "text/html"}, {"Location", urls[i+1]}}}
		}
		d.hops = append(d.hops, h)
	}
	// A provider's cache serves that provider's customers, and rarely the helper.
	_, port := d.hops[0].parts()
	for _, a := range d.mine {
		if a.asn == d.network.asn && d.chance(0.7) {
			d.control.connect[joined(a.ip, port)] = dropped
		}
	}
}

// answered draws what the site shows both.
func (d *draft) answered() {
	s, last := d.site, &d.hops[len(d.hops)-1]
	language := "es"
	if s.multilingual && d.chance(0.5) {
		d.note("other_language")
		language = []string{"en", "fr", "ar"}[int(d.network.cc[1])%3]
	}
	last.page, d.control.page = d.page(language), d.page("es")
	if s.guarded {
		if d.chance(0.12) {
			d.note("challenged")
			last.page = challenge(d.r)
		}
		if d.chance(0.2) {
			d.note("helper_challenged")
			d.control.page = challenge(d.r)
		}
	}
}

// mishap draws what goes wrong without anybody's intent.
func (d *draft) mishap(at time.Time) {
	last := &d.hops[len(d.hops)-1]
	_, port := d.hops[0].parts()
	everywhere := func(m map[string]string, failure string) {
		for _, h := range [][]answer{d.mine, d.theirs} {
			for _, a := range h {
				m[joined(a.ip, port)] = failure
			}
		}
	}
	if d.chance(0.04) {
		d.note("no_control")
		d.control.none = []string{"unknown_failure: httpapi: all endpoints failed: [ connection_reset; connection_reset; generic_timeout_error;]", "generic_timeout_error", "connection_reset"}[d.r.IntN(3)]
	}
	switch x := d.r.Float64(); {
	case d.site.expired && at.Day() >= 15:
		const failure = "ssl_invalid_certificate"
		if !d.site.https {
			return
		}
		d.note("expired")
		d.expire(failure)
		if d.control.fetch = failure; port == 443 {
			everywhere(d.control.shake, failure)
		}
	case x < 0.004:
		d.note("server_down")
		d.cut(0, refused)
	case x < 0.010:
		d.note("server_busy")
		last.page = page{status: 503, headers: [][2]string{{"Content-Type", "text/html"}, {"Retry-After", "30"}}, title: "503 Service Temporarily Unavailable",
			body: "<html><head><title>503 Service Temporarily Unavailable</title></head><body></body></html>"}
	case x < 0.014 && last.used >= 0 && len(last.endpoints) > 1:
		d.note("one_server_down")
		for i := range d.hops {
			h := &d.hops[i]
			h.endpoints[0].connect = dropped
			h.useFirst()
			if h.used < 0 {
				d.cut(i, dropped)
				break
			}
		}
	case x < 0.017:
		d.note("resolver_down")
		d.hops = d.hops[:1]
		d.hops[0].lookup, d.hops[0].answers, d.hops[0].others, d.hops[0].endpoints = dropped, nil, nil, nil
		d.hops[0].used, d.hops[0].failure, d.hops[0].page = -1, dropped, page{}
	case x < 0.027:
		d.note("server_down_for_helper")
		everywhere(d.control.connect, dropped)
		d.control.fetch = dropped
	case x < 0.034:
		d.note("server_busy_for_helper")
		d.control.page = page{status: 502, title: "502 Bad Gateway", body: "<html><head><title>502 Bad Gateway</title></head></html>"}
	case x < 0.040:
		d.note("name_server_down_for_helper")
		d.control.answers, d.control.lookup, d.control.fetch = nil, "dns_server_misbehaving", "dns_lookup_error"
	}
}

// expire makes the first encrypted hop fail at its certificate; nothing comes after it.
func (d *draft) expire(failure string) {
	for i := range d.hops {
		h := &d.hops[i]
		if !strings.HasPrefix(h.url, "https:") {
			continue
		}
		for j := range h.endpoints {
			if h.endpoints[j].connect == "" {
				h.endpoints[j].shake = failure
			}
		}
		h.used, h.failure, h.page = -1, failure, page{}
		d.hops = d.hops[:i+1]
		return
	}
}

// cut makes every connection of a hop fail; nothing comes after it.
func (d *draft) cut(i int, failure string) {
	h := &d.hops[i]
	for j := range h.endpoints {
		h.endpoints[j].connect = failure
	}
	h.used, h.failure, h.page = -1, failure, page{}
	d.hops = d.hops[:i+1]
}

// page returns the site's page in a language: the look's, or one of ours. No two are the same.
func (d *draft) page(language string) page {
	own := d.look.page
	nonce := fmt.Sprintf("\n<!-- %016x -->", d.r.Uint64())
	headers := [][2]string{{"Content-Type", "text/html; charset=utf-8"}, {"X-Served-By", fmt.Sprintf("edge-%d", d.r.IntN(90))}}
	if own.body != "" && language == "es" {
		own.body = strings.ReplaceAll(own.body, placeholder, d.site.host) + nonce
		own.headers = append(slices.Clone(own.headers), headers[1])
		return own
	}
	name, _, _ := strings.Cut(d.site.host, "-")
	title := map[string]string{"es": "%s de ejemplo: noticias de todos los días", "en": "%s example: everyday stories for everybody", "fr": "%s exemple : chaque jour une histoire", "ar": "%s مثال: قصص كل يوم للجميع"}[language]
	text := map[string]string{"es": "Un texto inventado que no dice nada de nadie.", "en": "An invented text which says nothing of anybody.", "fr": "Un texte inventé qui ne dit rien de personne.", "ar": "نص مخترع لا يقول شيئا عن أحد."}[language]
	title = fmt.Sprintf(title, strings.ToUpper(name[:1])+name[1:])
	lines := 40 + d.site.number + d.r.IntN(12)
	if d.chance(0.05) {
		lines *= 3 // today's front page is longer
	}
	var b strings.Builder
	fmt.Fprintf(&b, "<!doctype html>\n<html lang=%q>\n<head><title>%s</title></head>\n<body>\n", language, title)
	for range lines {
		fmt.Fprintf(&b, "<p id=\"n%d\">%s</p>\n", d.r.IntN(1e6), text)
	}
	b.WriteString("</body></html>" + nonce)
	return page{status: 200, headers: headers, title: title, body: b.String()}
}

// challenge returns a page that asks whether the visitor is a person.
func challenge(r *rand.Rand) page {
	html := func(title, text string) string {
		return "<!DOCTYPE html><html lang=\"en-US\"><head><title>" + title + "</title></head><body><h1>" + text + "</h1></body></html>"
	}
	type kind struct {
		status                int
		server, header, value string
		title, text           string
	}
	k := []kind{
		{403, "cloudflare", "cf-mitigated", "challenge", "Just a moment...", "Checking that the connection is secure"},
		{403, "cloudflare", "CF-RAY", "8f0000000000abcd-XXX", "Attention Required! | Cloudflare", "You have been blocked from this site by its owner's rules"},
		{403, "AkamaiGHost", "Mime-Version", "1.0", "Access Denied", "No permission to access this page on this server. Reference #18.0"},
		{200, "nginx", "X-Frame-Options", "SAMEORIGIN", "Verificación", "Marque las imágenes para seguir: captcha"},
		{429, "nginx", "Retry-After", "60", "Too Many Requests", "Slow down"},
	}[r.IntN(5)]
	return page{status: k.status, title: k.title, body: html(k.title, k.text), headers: [][2]string{{"Content-Type", "text/html; charset=UTF-8"}, {"Server", k.server}, {k.header, k.value}}}
}
