package ooni

import (
	"bytes"
	"encoding/base64"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// Scrub removes the address of the measuring device from a measurement, wherever it hides, and says
// whether anything changed. m must be line decoded. probe_ip becomes 127.0.0.1, as OONI writes it;
// every other occurrence becomes [scrubbed]. The common case, a probe that scrubbed itself, costs a
// look at the headers and at the beginning of each body.
func Scrub(line []byte, m *Measurement) (clean []byte, changed bool) {
	addrs := deviceAddresses(m)
	if len(addrs) == 0 {
		return line, false
	}
	return scrub(line, addrs)
}

// ScrubText does the same for text that is no measurement, as far as addresses announce themselves.
func ScrubText(text []byte) []byte {
	var addrs []netip.Addr
	for _, mark := range textMarks {
		for rest := text; ; {
			i := bytes.Index(rest, mark)
			if i < 0 {
				break
			}
			rest = rest[i+len(mark):]
			if a, ok := firstAddress(rest[:min(len(rest), 96)]); ok {
				addrs = appendDevice(addrs, a, nil)
			}
			if len(addrs) > maxAddrs {
				break
			}
		}
	}
	if len(addrs) == 0 {
		return text
	}
	clean, _ := scrub(text, addrs)
	return clean
}

const maxAddrs = 16

var textMarks = [][]byte{[]byte("probe_ip"), []byte("client_ip"), []byte("X-Client-IP"), []byte("X-Forwarded-For"), []byte("X-Real-IP"),
	[]byte("CF-Connecting-IP"), []byte("True-Client-IP")}

// echoes are the headers in which servers and proxies repeat who asked.
var echoes = []string{"cf-connecting-ip", "cf-connecting-ipv6", "cf-pseudo-ipv4", "client-ip", "fastly-client-ip", "forwarded", "forwarded-for",
	"remote-addr", "true-client-ip", "x-appengine-user-ip", "x-client-address", "x-client-addr", "x-client-ip", "x-cluster-client-ip", "x-envoy-external-address",
	"x-forwarded", "x-forwarded-for", "x-ip", "x-original-forwarded-for", "x-originating-ip", "x-real-ip", "x-remote-addr",
	"x-remote-ip", "x-user-ip", "x-your-ip"}

// announcements precede the reader's own address in pages, challenges and block pages.
var announcements = [][]byte{[]byte("our IP"), []byte("our ip"), []byte("lient IP"), []byte("lient ip"), []byte("client_ip"), []byte("u IP"), []byte("ddress: "),
	[]byte("emote_addr"), []byte("EMOTE_ADDR")}

// deviceAddresses collects what the measurement gives away of the device's own address.
func deviceAddresses(m *Measurement) []netip.Addr {
	var addrs []netip.Addr
	if a, err := netip.ParseAddr(strings.TrimSpace(m.ProbeIP)); err == nil {
		addrs = appendDevice(addrs, a, nil)
	}
	if m.TestKeys == nil {
		return addrs
	}
	var servers []netip.Addr
	known := func() []netip.Addr { // made only when somebody seems to echo an address
		if servers == nil {
			servers = serverAddresses(m)
		}
		return servers
	}
	for i := range m.TestKeys.Requests {
		r := &m.TestKeys.Requests[i]
		for _, headers := range [...]Headers{r.Response.Headers, r.Request.Headers} {
			for _, h := range headers {
				if isEcho(h.Name) {
					addrs = appendHeader(addrs, h.Value, known())
				}
			}
		}
		body := r.Response.Body.Data
		body = body[:min(len(body), 16<<10)]
		for _, mark := range announcements {
			if i := bytes.Index(body, mark); i >= 0 {
				rest := body[i+len(mark):]
				if a, ok := firstAddress(rest[:min(len(rest), 96)]); ok {
					addrs = appendDevice(addrs, a, known())
				}
			}
		}
	}
	return addrs
}

func isEcho(name string) bool {
	if len(name) > 24 {
		return false
	}
	_, found := slices.BinarySearch(echoes, strings.ToLower(name))
	return found
}

// appendHeader adds the addresses in a header such as "203.0.113.9, 10.0.0.1" or `for="[2001:db8::1]:4711"`.
func appendHeader(addrs []netip.Addr, value string, servers []netip.Addr) []netip.Addr {
	for part := range strings.FieldsFuncSeq(value[:min(len(value), 512)], func(r rune) bool { return strings.ContainsRune(`, ;="[]`, r) }) {
		a, err := netip.ParseAddr(part)
		if err != nil {
			if ap, err := netip.ParseAddrPort(part); err == nil {
				a = ap.Addr()
			}
		}
		if a.IsValid() {
			addrs = appendDevice(addrs, a, servers)
		}
	}
	return addrs
}

// appendDevice adds an address that can belong to a device on the internet and is no server's.
func appendDevice(addrs []netip.Addr, a netip.Addr, servers []netip.Addr) []netip.Addr {
	a = a.Unmap().WithZone("")
	switch {
	case a.IsLoopback(), a.IsUnspecified(), a.IsMulticast(), a.IsLinkLocalUnicast(), len(addrs) >= maxAddrs:
		return addrs
	case servers != nil && a.IsPrivate():
		return addrs
	case slices.Contains(addrs, a), slices.Contains(servers, a):
		return addrs
	}
	return append(addrs, a)
}

// serverAddresses are those that the measurement looked up or connected to; never nil.
func serverAddresses(m *Measurement) []netip.Addr {
	out := []netip.Addr{}
	add := func(s string) {
		if a, err := netip.ParseAddr(s); err == nil {
			out = append(out, a.Unmap())
		} else if ap, err := netip.ParseAddrPort(s); err == nil {
			out = append(out, ap.Addr().Unmap())
		}
	}
	k := m.TestKeys
	for i := range k.Queries[:min(len(k.Queries), 1024)] {
		for _, a := range k.Queries[i].Answers[:min(len(k.Queries[i].Answers), 64)] {
			add(a.IPv4)
			add(a.IPv6)
		}
	}
	for i := range k.TCPConnect[:min(len(k.TCPConnect), 1024)] {
		add(k.TCPConnect[i].IP)
	}
	for i := range k.Requests[:min(len(k.Requests), 1024)] {
		add(k.Requests[i].Address)
	}
	return out
}

// firstAddress finds the first address in a short piece of text.
func firstAddress(text []byte) (netip.Addr, bool) {
	for i := 0; i < len(text); i++ {
		if !addressByte(text[i]) {
			continue
		}
		end := i
		for end < len(text) && addressByte(text[end]) {
			end++
		}
		token := bytes.TrimRight(text[i:end], ".:")
		if a, err := netip.ParseAddr(string(token)); err == nil && (a.Is4() || len(token) > 3) {
			return a, true
		}
		i = end
	}
	return netip.Addr{}, false
}

func addressByte(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F' || c == ':' || c == '.'
}

const scrubbed = "[scrubbed]"

// scrub removes the addresses from text in every spelling.
func scrub(text []byte, addrs []netip.Addr) ([]byte, bool) {
	out := loopbackProbeIP(text)
	changed := len(out) != len(text) || !bytes.Equal(out, text)
	if clean, hit := scrubBase64(out, addrs); hit {
		out, changed = clean, true
	}
	if clean, hit := scrubPlain(out, addrs); hit {
		out, changed = clean, true
	}
	return out, changed
}

// loopbackProbeIP writes 127.0.0.1 as the value of every "probe_ip".
func loopbackProbeIP(text []byte) []byte {
	key := []byte(`"probe_ip"`)
	from := 0
	for {
		i := bytes.Index(text[from:], key)
		if i < 0 {
			return text
		}
		i = space(text, from+i+len(key))
		from = i
		if i >= len(text) || text[i] != ':' {
			continue
		}
		if i = space(text, i+1); i >= len(text) || text[i] != '"' {
			continue
		}
		end := skipString(text, i)
		value := string(text[i:end])
		if value == `"127.0.0.1"` || value == `"[scrubbed]"` || value == `""` {
			continue
		}
		text = slices.Concat(text[:i], []byte(`"127.0.0.1"`), text[end:])
		from = i
	}
}

// scrubPlain replaces tokens that spell one of the addresses: as an address, with dashes, or
// backwards as in the reverse DNS.
func scrubPlain(text []byte, addrs []netip.Addr) ([]byte, bool) {
	var out []byte
	last := 0
	for i := 0; i < len(text); {
		if !tokenByte(text[i]) {
			i++
			continue
		}
		end := i
		for end < len(text) && tokenByte(text[end]) {
			end++
		}
		if end-i >= 3 && end-i <= 1024 {
			if from, to, ok := spells(text[i:end], addrs); ok {
				out = append(append(out, text[last:i+from]...), scrubbed...)
				last = i + to
				i = last
				continue
			}
		}
		i = end
	}
	if out == nil {
		return text, false
	}
	return append(out, text[last:]...), true
}

func tokenByte(c byte) bool { return addressByte(c) || c == '-' }

// spells finds the first spelling of one of the addresses in a token of hex digits, colons, dots and dashes.
func spells(token []byte, addrs []netip.Addr) (from, to int, ok bool) {
	digits := false
	for _, c := range token {
		digits = digits || c >= '0' && c <= '9'
	}
	if !digits {
		return 0, 0, false
	}
	for _, a := range addrs {
		if a.Is4() {
			b := a.As4()
			for _, form := range [...]string{a.String(), join(b, "-", false), join(b, ".", true), join(b, "-", true)} {
				if i := indexWhole(token, form); i >= 0 {
					return i, i + len(form), true
				}
			}
		}
	}
	if bytes.Count(token, []byte(":")) < 2 {
		return 0, 0, false
	}
	trimmed := bytes.TrimRight(token, ".-")
	for strip := trimmed; len(strip) > 2; { // an address, perhaps with a port behind it
		if a, err := netip.ParseAddr(string(strip)); err == nil && slices.Contains(addrs, a.Unmap()) {
			return 0, len(strip), true
		}
		i := bytes.LastIndexByte(strip, ':')
		if i < 2 {
			break
		}
		strip = strip[:i]
	}
	return 0, 0, false
}

func join(b [4]byte, sep string, backwards bool) string {
	parts := make([]string, 4)
	for i, n := range b {
		if backwards {
			i = 3 - i
		}
		parts[i] = strconv.Itoa(int(n))
	}
	return strings.Join(parts, sep)
}

// indexWhole finds form in token where it is not part of a longer number.
func indexWhole(token []byte, form string) int {
	for from := 0; ; {
		i := bytes.Index(token[from:], []byte(form))
		if i < 0 {
			return -1
		}
		i += from
		end := i + len(form)
		before := i > 0 && digit(token[i-1])
		after := end < len(token) && digit(token[end])
		if !before && !after {
			return i
		}
		from = i + 1
	}
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

// scrubBase64 scrubs inside the base64 of {"format":"base64","data":"…"}.
func scrubBase64(text []byte, addrs []netip.Addr) ([]byte, bool) {
	key := []byte(`"data"`)
	changed := false
	for from := 0; ; {
		i := bytes.Index(text[from:], key)
		if i < 0 {
			return text, changed
		}
		i = space(text, from+i+len(key))
		from = i
		if i >= len(text) || text[i] != ':' {
			continue
		}
		if i = space(text, i+1); i >= len(text) || text[i] != '"' {
			continue
		}
		end := skipString(text, i)
		from = end
		data, err := base64.StdEncoding.DecodeString(string(raw(text[i:end])))
		if err != nil || len(data) < 3 {
			continue
		}
		clean, hit := scrubPlain(data, addrs)
		if !hit {
			continue
		}
		changed = true
		text = slices.Concat(text[:i+1], []byte(base64.StdEncoding.EncodeToString(clean)), text[end-1:])
		from = i + 1
	}
}
