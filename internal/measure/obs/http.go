package obs

import (
	"bytes"
	"crypto/sha1"
	"encoding/hex"
	"html"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/idna"

	"veedor/internal/measure/ooni"
)

// request adds requests[i] to the row of the connection it went over, or to a row of its own.
func (f *flattener) request(all []ooni.Request, i int) {
	r := &all[i]
	u := parseURL(r.Request.URL)
	d := depth(r.Tags)
	if d < 0 {
		d = int32(len(all) - 1 - i) // older probes: one round trip per hop, newest first
	}
	o := f.connectionOf(r, u)
	if o == nil {
		if o = f.add(); o == nil {
			return
		}
		o.Hostname, o.TransactionID, o.FetchBody = u.host, r.TransactionID, fetchBody(r.Tags)
		if ip, port := splitAddress(r.Address); ip != "" {
			f.address(o, ip, port)
		}
	}
	if o.Depth < 0 {
		o.Depth = d
	}
	if o.Hostname == "" {
		o.Hostname = u.host
	}
	o.HTTPRequestURL, o.HTTPRequestMethod = cut(r.Request.URL), cut(r.Request.Method)
	o.HTTPNetwork, o.HTTPALPN = cut(r.Network), cut(r.ALPN)
	if o.HTTPNetwork == "" {
		o.HTTPNetwork = cut(r.Request.XTransport)
	}
	o.HTTPFailure, o.HTTPT = failure(r.Failure), r.T
	o.HTTPSuccess = flag(o.HTTPFailure == "")
	o.HTTPRequestBodyLength = int64(len(r.Request.Body.Data))
	o.HTTPRequestBodyIsTruncated = r.Request.BodyIsTruncated
	o.HTTPRuntime = span(r.T0, r.T)
	if i+1 < len(all) && d > 0 {
		o.HTTPRequestRedirectFrom = cut(all[i+1].Request.URL)
	}
	f.response(o, &r.Response)
}

// response matches, hashes and drops the body, and keeps what the judge needs of the rest.
func (f *flattener) response(o *Observation, r *ooni.HTTPResponse) {
	if r.Code > 0 && r.Code < 1000 {
		o.HTTPResponseStatusCode = int32(r.Code)
	}
	o.HTTPResponseBodyIsTruncated = r.BodyIsTruncated
	if len(r.Headers) > 0 {
		o.HTTPResponseHeaderLocation = cut(r.Headers.Get("Location"))
		o.HTTPResponseHeaderServer = cut(r.Headers.Get("Server"))
		o.HTTPResponseHeaderNames = headerNames(r.Headers)
	}
	body := r.Body.Data
	if r.Body.Set && r.Code > 0 {
		n := int64(len(body))
		o.HTTPResponseBodyLength = &n
	}
	if len(body) > 0 {
		// SHA-1 so that bodies can be joined with OONI's tables; evidence rests on the archive's SHA-256.
		sum := sha1.Sum(body)
		o.HTTPResponseBodySHA1 = hex.EncodeToString(sum[:])
		o.HTTPResponseTitle = title(body)
	}
	if r.Code > 0 {
		for _, fp := range f.facts.MatchHTTP(o.ProbeCC, int(r.Code), r.Headers.Get, o.HTTPResponseTitle, body) {
			o.HTTPFingerprints = append(o.HTTPFingerprints, fp.ID)
		}
	}
}

// connectionOf returns the row of the connection a request used: by transaction, else by address,
// else (older probes say neither) the first connection to the URL's host and port that has no request yet.
func (f *flattener) connectionOf(r *ooni.Request, u target) *Observation {
	ip, port := splitAddress(r.Address)
	if r.TransactionID != 0 || ip != "" {
		return f.find(func(o *Observation) bool {
			return o.HTTPSuccess == nil && (o.TCPSuccess != nil || o.QUICSuccess != nil) && sameStep(o, r.TransactionID, ip, port)
		})
	}
	var fallback *Observation
	found := f.find(func(o *Observation) bool {
		if o.HTTPSuccess != nil || o.TCPSuccess == nil || o.Hostname != u.host || o.Port != u.port {
			return false
		}
		worked := *o.TCPSuccess && (!u.tls || o.TLSSuccess != nil && *o.TLSSuccess)
		if !worked && fallback == nil {
			fallback = o
		}
		return worked
	})
	if found == nil && r.Failure != nil {
		found = fallback // the request failed because the connection did
	}
	return found
}

// markFinal marks the last response of the redirect chain, fetched for its body.
func (f *flattener) markFinal() {
	var final *Observation
	for i := f.first; i < len(f.rows); i++ {
		o := &f.rows[i]
		if o.HTTPSuccess == nil || !*o.HTTPSuccess || o.FetchBody != nil && !*o.FetchBody {
			continue
		}
		if c := o.HTTPResponseStatusCode; c >= 200 && c < 300 || c >= 400 && c < 600 {
			o.HTTPFinal = true
			if final != nil && final.Depth < o.Depth {
				final.HTTPFinal = false
			}
			final = o
		}
	}
}

// control adds what the test helper saw, one row per address and endpoint and one for its fetch.
func (f *flattener) control(c *ooni.Control) {
	f.part0 = len(f.rows)
	f.base.Vantage, f.base.Hostname, f.base.Depth = Control, f.input, 0
	if c.DNS != nil {
		f.controlDNS(c)
	}
	for _, ep := range sortedKeys(c.TCPConnect) {
		ip, port := splitAddress(ep)
		o := f.controlRow(ip, port, false)
		if o == nil {
			return
		}
		o.TCPFailure = controlFailure(c.TCPConnect[ep].Failure, c.TCPConnect[ep].Status)
		o.TCPSuccess = flag(o.TCPFailure == "")
	}
	for _, ep := range sortedKeys(c.TLSHandshake) {
		ip, port := splitAddress(ep)
		o := f.controlRow(ip, port, true)
		if o == nil {
			return
		}
		h := c.TLSHandshake[ep]
		o.TLSServerName = host(h.ServerName)
		o.TLSFailure = controlFailure(h.Failure, h.Status)
		o.TLSSuccess = flag(o.TLSFailure == "")
	}
	for _, ep := range sortedKeys(c.QUICHandshake) {
		ip, port := splitAddress(ep)
		o := f.add()
		if o == nil {
			return
		}
		f.address(o, ip, port)
		h := c.QUICHandshake[ep]
		o.QUICServerName = host(h.ServerName)
		o.QUICFailure = controlFailure(h.Failure, h.Status)
		o.QUICSuccess = flag(o.QUICFailure == "")
	}
	f.controlHTTP(c)
}

func (f *flattener) controlDNS(c *ooni.Control) {
	fail := failure(c.DNS.Failure)
	if len(c.DNS.Addrs) == 0 {
		if o := f.add(); o != nil {
			o.DNSFailure, o.DNSSuccess = fail, flag(fail == "")
		}
		return
	}
	for _, addr := range c.DNS.Addrs {
		o := f.add()
		if o == nil {
			return
		}
		o.DNSFailure, o.DNSSuccess, o.DNSAnswer = fail, flag(fail == ""), cut(addr)
		f.address(o, addr, 0)
		if info, ok := c.IPInfo[addr]; ok && o.IPASN == 0 {
			o.IPASN = asn(info.ASN)
		}
		o.DNSAnswerASN = o.IPASN
	}
}

// controlRow returns the helper's row for an endpoint: one it has already (after, when a handshake
// follows a connect), one for the address without a port yet, or a new one.
func (f *flattener) controlRow(ip string, port int64, after bool) *Observation {
	o := f.find(func(o *Observation) bool {
		if !sameIP(o.IP, ip) {
			return false
		}
		if after {
			return int64(o.Port) == port && o.TLSSuccess == nil
		}
		return o.Port == 0 && o.TCPSuccess == nil
	})
	if o == nil {
		if o = f.add(); o == nil {
			return nil
		}
	}
	f.address(o, ip, port)
	return o
}

func (f *flattener) controlHTTP(c *ooni.Control) {
	h := c.HTTPRequest
	if h == nil || h.Failure == nil && h.StatusCode == nil {
		return
	}
	o := f.add()
	if o == nil {
		return
	}
	if len(f.m.Input) > 0 {
		o.HTTPRequestURL = cut(f.m.Input[0])
	}
	o.HTTPFailure = failure(h.Failure)
	o.HTTPSuccess = flag(o.HTTPFailure == "")
	if h.StatusCode != nil && *h.StatusCode > 0 && *h.StatusCode < 1000 {
		o.HTTPResponseStatusCode = int32(*h.StatusCode)
	}
	if h.BodyLength != nil && *h.BodyLength >= 0 {
		n := *h.BodyLength
		o.HTTPResponseBodyLength = &n
	}
	if h.Title != nil {
		o.HTTPResponseTitle = cut(strings.TrimSpace(*h.Title))
	}
	o.HTTPResponseHeaderNames = headerNames(h.Headers)
	o.HTTPResponseHeaderServer = cut(h.Headers.Get("Server"))
	o.HTTPFinal = true
}

// controlFailure is the helper's failure; it sometimes says "no" without saying why.
func controlFailure(s *string, status *bool) string {
	if fail := failure(s); fail != "" {
		return fail
	}
	if status != nil && !*status {
		return "unknown_error"
	}
	return ""
}

func headerNames(h ooni.Headers) []string {
	if len(h) == 0 {
		return nil
	}
	names := make([]string, 0, len(h))
	for i := range h {
		if len(names) == 64 {
			break
		}
		names = append(names, cut(strings.ToLower(h[i].Name)))
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// title returns the text of the first <title> in the first 64 kB of a page, on one line.
func title(body []byte) string {
	body = body[:min(len(body), 64<<10)]
	for {
		i := bytes.IndexByte(body, '<')
		if i < 0 || i+7 > len(body) {
			return ""
		}
		body = body[i+1:]
		if !foldPrefix(body, "title") {
			continue
		}
		open := bytes.IndexByte(body, '>')
		if open < 0 {
			return ""
		}
		text := body[open+1:]
		end := bytes.Index(text, []byte("</"))
		if end < 0 {
			return ""
		}
		s := strings.ToValidUTF8(string(text[:min(end, maxValue)]), "\uFFFD")
		return strings.Join(strings.Fields(html.UnescapeString(s)), " ")
	}
}

// foldPrefix says whether b begins with lower, compared without case.
func foldPrefix(b []byte, lower string) bool {
	if len(b) < len(lower) {
		return false
	}
	for i := range len(lower) {
		if b[i]|0x20 != lower[i] {
			return false
		}
	}
	return true
}

// target is where a URL points.
type target struct {
	host string // lower case, punycode, or an address
	port int32
	tls  bool
}

func parseURL(s string) target {
	if len(s) > 8192 {
		return target{}
	}
	u, err := url.Parse(s)
	if err != nil || u.Hostname() == "" {
		return target{}
	}
	t := target{host: host(u.Hostname()), tls: u.Scheme == "https"}
	switch {
	case u.Port() != "":
		if ap, err := netip.ParseAddrPort("0.0.0.0:" + u.Port()); err == nil {
			t.port = int32(ap.Port())
		}
	case t.tls:
		t.port = 443
	default:
		t.port = 80
	}
	return t
}

// Host returns the host of an input (URL, "host:port" or bare name): lower case, punycode; "" where there is none.
func Host(input string) string {
	if strings.Contains(input, "://") {
		return parseURL(input).host
	}
	if h, _, ok := strings.Cut(input, "/"); ok {
		input = h
	}
	if ap, err := netip.ParseAddrPort(input); err == nil {
		return ap.Addr().String()
	}
	if strings.Count(input, ":") == 1 {
		input, _, _ = strings.Cut(input, ":")
	}
	return host(input)
}

func inputHost(in ooni.Input) string {
	if len(in) == 0 {
		return ""
	}
	return Host(in[0])
}

// host normalises a name: lower case, punycode, no final dot. Names that IDNA refuses stay as they are.
func host(s string) string {
	s = strings.TrimSuffix(cut(s), ".")
	plain := true
	for i := range len(s) {
		if c := s[i]; c >= 0x80 || c >= 'A' && c <= 'Z' {
			plain = false
			break
		}
	}
	if plain {
		return s
	}
	if a, err := idna.Lookup.ToASCII(s); err == nil {
		return a
	}
	return strings.ToLower(s)
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
