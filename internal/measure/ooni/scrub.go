package ooni

import (
	"bytes"
	"encoding/base64"
	"net/netip"
	"slices"
	"strings"
)

// Scrub removes the address of the measuring device from a measurement wherever it hides, before
// anything is kept of it. m must be line decoded.
//
// The device's addresses are those in probe_ip, in the headers in which servers repeat who asked,
// and those that a page announces as the reader's own; never those of servers that the measurement
// looked up or connected to. Each is replaced by "[scrubbed]" in every spelling and everywhere in
// line, also inside base64; probe_ip itself becomes 127.0.0.1, as OONI writes it. clean is line
// itself where nothing changed, else new memory that holds valid JSON again: the caller decodes it
// anew. The common case, a probe that scrubbed itself, costs a look at headers and bodies.
func Scrub(line []byte, m *Measurement) (clean []byte, changed bool) {
	clean = line
	// What was removed may have kept something else from being seen: look again, as often as hostile
	// input is worth.
	for range 4 {
		own := deviceAddresses(clean, m)
		if len(own.addrs) == 0 {
			return clean, changed
		}
		next, hit := own.scrub(clean)
		if !hit {
			return clean, changed
		}
		again, err := Decode(next)
		if err != nil {
			return next, true
		}
		clean, changed, m = next, true, again
	}
	return clean, changed
}

// ScrubText does the same for bytes that are no measurement, as far as addresses announce themselves
// by a name such as probe_ip or X-Forwarded-For. It returns raw itself where nothing changed.
func ScrubText(raw []byte) []byte {
	own := device{}
	own.addNamed(raw, nil)
	if len(own.addrs) == 0 {
		return raw
	}
	clean, _ := own.scrub(raw)
	return clean
}

// device holds the addresses of the measuring device.
type device struct {
	addrs map[netip.Addr]struct{}
	first map[uint16]struct{} // their first 16 bits, of those of IPv6
}

// add takes an address in, unless it says nothing about anybody.
func (d *device) add(a netip.Addr) {
	a = a.Unmap().WithZone("")
	if !a.IsValid() || a.IsLoopback() || a.IsUnspecified() || a.IsMulticast() {
		return
	}
	if d.addrs == nil {
		d.addrs, d.first = map[netip.Addr]struct{}{}, map[uint16]struct{}{}
	}
	d.addrs[a] = struct{}{}
	if b := a.As16(); a.Is6() {
		d.first[uint16(b[0])<<8|uint16(b[1])] = struct{}{}
	}
}

func (d *device) has(a netip.Addr) bool {
	_, ok := d.addrs[a]
	return ok
}

// addPublic takes in an address that somebody claims to be the device's, if it can be one.
func (d *device) addPublic(a netip.Addr, servers []netip.Addr) {
	a = a.Unmap().WithZone("")
	if !a.IsPrivate() && !a.IsLinkLocalUnicast() && !slices.Contains(servers, a) {
		d.add(a)
	}
}

// deviceAddresses collects what the measurement gives away of the device's own addresses.
func deviceAddresses(line []byte, m *Measurement) device {
	own := device{}
	if m.ProbeIP != "127.0.0.1" {
		if a, n := firstAddress([]byte(m.ProbeIP)); n > 0 {
			own.add(a)
		}
	}
	var servers []netip.Addr
	known := func() []netip.Addr { // made only when somebody seems to repeat an address
		if servers == nil {
			servers = serverAddresses(m)
		}
		return servers
	}
	// Some tests have results of their own that name the device: ndt, dash. In all, probe_ip may be
	// forged: of a wrong type, or there twice, when the decoder has seen one of them.
	if !sharedBlocksOnly(m.TestName) || len(m.ProbeIP) < 3 || !once(line) {
		own.addNamed(line, known())
	}
	if m.TestKeys == nil {
		return own
	}
	for _, p := range m.TestKeys.Parts() {
		for i := range p.Requests {
			r := &p.Requests[i]
			own.addEchoes(r.Response.Headers, known)
			own.addEchoes(r.Request.Headers, known)
			own.addAnnounced(r.Response.Body.Data, known)
		}
	}
	return own
}

// isEcho says whether a header is one in which servers and proxies repeat who asked.
func isEcho(name string) bool {
	if len(name) < 4 || len(name) > 24 {
		return false
	}
	switch name[0] | 0x20 { // most headers end here
	case 'c', 'f', 'r', 't', 'x', 'w':
	default:
		return false
	}
	var lower [24]byte
	for i := range len(name) {
		lower[i] = name[i] | 0x20 // exact for letters and '-', which is all that is looked for
	}
	switch string(lower[:len(name)]) {
	case "cf-connecting-ip", "cf-connecting-ipv6", "cf-pseudo-ipv4", "client-ip", "fastly-client-ip", "forwarded", "forwarded-for",
		"remote-addr", "remote-ip", "true-client-ip", "wl-proxy-client-ip", "x-appengine-user-ip", "x-azure-clientip", "x-azure-socketip", "x-client",
		"x-client-addr", "x-client-address", "x-client-ip", "x-clientip", "x-cluster-client-ip", "x-envoy-external-address",
		"x-forwarded", "x-forwarded-for", "x-ip", "x-original-forwarded-for", "x-originating-ip", "x-proxyuser-ip", "x-real-ip",
		"x-remote-addr", "x-remote-ip", "x-source-ip", "x-user-ip", "x-visitor-ip", "x-your-ip", "x-your-address", "x-your-address-is":
		return true
	}
	return false
}

// addEchoes takes in the addresses in headers such as "203.0.113.9, 198.51.100.1" or `for="[2001:db8::1]:4711"`.
func (d *device) addEchoes(headers Headers, servers func() []netip.Addr) {
	for _, h := range headers {
		if !isEcho(h.Name) {
			continue
		}
		for rest := []byte(h.Value); ; {
			a, n := firstAddress(rest)
			if n == 0 {
				break
			}
			rest = rest[n:]
			d.addPublic(a, servers())
		}
	}
}

// announcedIn is how much of a body is searched for the reader's own address.
const announcedIn = 64 << 10

// addAnnounced takes in what a page, challenge or block page tells its reader about himself. It looks
// for addresses first, of which there are few, and for the words before them then.
func (d *device) addAnnounced(body []byte, servers func() []netip.Addr) {
	body = body[:min(len(body), announcedIn)]
	for _, sep := range [...]byte{'.', ':'} {
		for i := 0; ; {
			j := bytes.IndexByte(body[i:], sep)
			if j < 0 {
				break
			}
			i += j + 1
			a, start, end := addressAround(body, i-1)
			if start < 0 {
				continue
			}
			if announced(body, start, end) {
				d.addPublic(a, servers())
			}
			i = end
		}
	}
}

// announced says whether the words before an address make it the reader's own, or nothing but the
// address is there, as in the answer of a service that tells who asks.
func announced(body []byte, start, end int) bool {
	if len(body) < 128 && len(trim(body[:start]))+len(trim(body[end:])) == 0 {
		return true
	}
	before := bytes.ToLower(body[max(start-announceReach, 0):start])
	if i := bytes.LastIndex(before, []byte(scrubbed)); i >= 0 {
		before = before[i:] // these words spoke of another address
	}
	key := bytes.TrimRight(before, " \t\"'\\[")
	for _, name := range announcingKeys() {
		if bytes.HasSuffix(key, []byte(name)) {
			return true
		}
	}
	for _, words := range announcements() {
		if i := bytes.LastIndex(before, []byte(words)); i >= 0 {
			if _, n := firstAddress(before[i+len(words):]); n == 0 {
				return true
			}
		}
	}
	return false
}

// announceReach is how far before an address its announcement may begin.
const announceReach = 64

// announcements lists what precedes the reader's own address, in lower case, with other words or tags between.
func announcements() []string {
	return []string{"your ip", "your public ip", "your internet address", "your address", "client ip", "client_ip", "client-ip",
		"clientip", "client address", "remote ip", "remote_addr", "remote-addr", "remote address", "visitor ip", "user ip", "source ip", "origin ip",
		"requesting ip", "public ip", "my ip", "external ip", "ip address is", "x-forwarded-for", "x-real-ip", "cf-connecting-ip",
		"true-client-ip", "x-client-ip", "tu ip", "su ip", "tu dirección ip", "su dirección ip", "tu direccion ip", "su direccion ip",
		"seu ip", "seu endereço ip", "votre ip", "votre adresse ip", "adresse ip est", "ihre ip", "deine ip", "ваш ip", "ip-адрес",
		"您的ip", "你的ip", "客户端ip", "آی پی شما", "ip شما", "ip adresiniz"}
}

// announcingKeys lists what stands directly before the address of who asks, in the answers of services that tell.
func announcingKeys() []string {
	return []string{"\nip=", `"ip":`, `"origin":`, `"query":`, `"ipaddress":`, `"ip_address":`, `"ipstring":`, `"youripaddress":`}
}

// named lists what precedes the device's address in records that could not be read, and in the results of ndt,
// dash and the like.
func named() []string {
	return []string{probeIPKey, "client_ip", "clientip", "public_ip", "external_ip", "real_ip_address", "ClientIP", `"Client"`, `"client"`,
		"X-Client-IP", "X-Forwarded-For", "X-Real-IP", "CF-Connecting-IP", "True-Client-IP", "x-client-ip", "x-forwarded-for", "x-real-ip",
		"cf-connecting-ip", "true-client-ip"}
}

const probeIPKey = "probe_ip"

// addNamed takes in the addresses that stand directly behind one of those names.
func (d *device) addNamed(raw []byte, servers []netip.Addr) {
	for _, name := range named() {
		for rest := raw; ; {
			i := bytes.Index(rest, []byte(name))
			if i < 0 {
				break
			}
			rest = rest[i+len(name):]
			a, n := leadingAddress(bytes.TrimLeft(rest[:min(len(rest), 96)], " \t\r\n\\\"':=>[,"))
			switch {
			case n == 0:
			case name == probeIPKey:
				d.add(a)
			default:
				d.addPublic(a, servers)
			}
		}
	}
}

// sharedBlocksOnly says that a test writes what it saw in the shared blocks, which are searched field
// by field: these are the many and large records, and looking through all their bytes is dear.
func sharedBlocksOnly(test string) bool {
	switch test {
	case "web_connectivity", "telegram", "whatsapp", "signal", "facebook_messenger", "urlgetter", "http_requests":
		return true
	}
	return false
}

// once says whether the key probe_ip stands no more than once in line. It looks for the underscore,
// the rarest of its letters.
func once(line []byte) bool {
	n := 0
	for i := 0; ; i++ {
		j := bytes.IndexByte(line[i:], '_')
		if j < 0 {
			return n <= 1
		}
		i += j
		if i >= 5 && string(line[i-5:i]) == "probe" && bytes.HasPrefix(line[i:], []byte("_ip")) {
			n++
		}
	}
}

// serverAddresses are those that the measurement looked up or connected to; never nil.
func serverAddresses(m *Measurement) []netip.Addr {
	out := []netip.Addr{}
	if m.TestKeys == nil {
		return out
	}
	add := func(s string) {
		if a, n := leadingAddress([]byte(strings.TrimPrefix(s, "["))); n > 0 {
			out = append(out, a.Unmap())
		}
	}
	const most = 1024 // of each list: a forged one must not cost more than it hides
	for _, p := range m.TestKeys.Parts() {
		for i := range p.Queries[:min(len(p.Queries), most)] {
			q := &p.Queries[i]
			for _, a := range q.Answers[:min(len(q.Answers), 64)] {
				add(a.IPv4)
				add(a.IPv6)
			}
		}
		for i := range p.TCPConnect[:min(len(p.TCPConnect), most)] {
			add(p.TCPConnect[i].IP)
		}
		for i := range p.TLSHandshakes[:min(len(p.TLSHandshakes), most)] {
			add(p.TLSHandshakes[i].Address)
		}
		for i := range p.Requests[:min(len(p.Requests), most)] {
			add(p.Requests[i].Address)
		}
	}
	return out
}

const scrubbed = "[scrubbed]"

// scrub removes the addresses from text: those written plainly, then those inside base64.
func (d *device) scrub(text []byte) (clean []byte, changed bool) {
	clean, plain := d.replace(loopbackProbeIP(text))
	clean, packed := d.scrubBase64(clean)
	return clean, plain || packed || !bytes.Equal(clean, text)
}

// loopbackProbeIP writes 127.0.0.1 as the value of every "probe_ip" that holds an address.
func loopbackProbeIP(text []byte) []byte {
	const key = `"` + probeIPKey + `"`
	var out []byte
	last := 0
	for i := 0; ; {
		j := bytes.Index(text[i:], []byte(key))
		if j < 0 {
			break
		}
		i += j + len(key)
		start := valueAt(text, i)
		if start < 0 {
			continue
		}
		end := skipString(text, start)
		if a, n := firstAddress(text[start:end]); n == 0 || a.IsLoopback() {
			continue
		}
		out = append(append(out, text[last:start]...), `"127.0.0.1"`...)
		i, last = end, end
	}
	if out == nil {
		return text
	}
	return append(out, text[last:]...)
}

// valueAt returns where the string begins that follows a key which ends at i; -1 when none does.
func valueAt(text []byte, i int) int {
	if i = space(text, i); i < len(text) && text[i] == ':' {
		if i = space(text, i+1); i < len(text) && text[i] == '"' {
			return i
		}
	}
	return -1
}

// scrubBase64 scrubs inside the base64 of {"format":"base64","data":"…"}.
func (d *device) scrubBase64(text []byte) (clean []byte, changed bool) {
	const key = `"data"`
	var out []byte
	last := 0
	for i := 0; ; {
		j := bytes.Index(text[i:], []byte(key))
		if j < 0 {
			break
		}
		i += j + len(key)
		start := valueAt(text, i)
		if start < 0 {
			continue
		}
		i = skipString(text, start)
		data, err := base64.StdEncoding.DecodeString(string(unescape(text[start:i])))
		if err != nil || len(data) < 7 {
			continue
		}
		if data, hit := d.replace(data); hit {
			out = append(append(out, text[last:start+1]...), base64.StdEncoding.EncodeToString(data)...)
			last = i - 1
		}
	}
	if out == nil {
		return text, false
	}
	return append(out, text[last:]...), true
}
