package recorder

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/idna"
)

// maxURL is how long an address may be, in bytes.
const maxURL = 16 << 10

// address is where a request goes.
type address struct {
	Scheme string // http or https
	Host   string // lower case, punycode; an IP address without brackets
	Port   uint16
	Target string // path and query as sent, beginning with "/"
}

// parseAddress reads an absolute http or https address, or one that is relative to base. What it refuses is a
// refusal.
func parseAddress(raw string, base *address) (address, error) {
	if len(raw) > maxURL {
		return address{}, refuse(whyLongAddress, strconv.Itoa(len(raw)), strconv.Itoa(maxURL))
	}
	raw = strings.Trim(raw, " \t\r\n\f")
	u, err := url.Parse(mendEscapes(escape(raw)))
	if err != nil {
		return address{}, refuse(whyNoAddress, quoted(raw), reason(err))
	}
	if base != nil {
		b, err := url.Parse(base.String())
		if err != nil {
			return address{}, refuse(whyNoAddress, quoted(base.String()), reason(err))
		}
		u = b.ResolveReference(u)
	}
	scheme := strings.ToLower(u.Scheme)
	switch {
	case scheme == "":
		return address{}, refuse(whyNoScheme, quoted(raw))
	case scheme != "http" && scheme != "https":
		return address{}, refuse(whyScheme, quoted(scheme))
	case u.User != nil:
		return address{}, refuse(whyUser)
	}
	a := address{Scheme: scheme, Target: u.EscapedPath()}
	if u.RawQuery != "" || u.ForceQuery {
		a.Target += "?" + u.RawQuery
	}
	if !strings.HasPrefix(a.Target, "/") {
		a.Target = "/" + a.Target
	}
	if a.Host, err = parseHost(u.Hostname()); err != nil {
		return address{}, err
	}
	a.Port, err = parsePort(u.Port(), scheme)
	return a, err
}

func reason(err error) string {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	return quoted(err.Error())
}

func parsePort(s, scheme string) (uint16, error) {
	switch {
	case s == "" && scheme == "https":
		return 443, nil
	case s == "":
		return 80, nil
	}
	n, err := strconv.ParseUint(s, 10, 16)
	if err != nil {
		return 0, refuse(whyNoPort, quoted(s))
	}
	return uint16(n), nil
}

// parseHost brings a host to the form in which it is compared and resolved. A name whose last part is a number
// is an IPv4 address however it is written (0x7f.1, 2130706433), as browsers have it.
func parseHost(h string) (string, error) {
	if ip, err := netip.ParseAddr(h); err == nil {
		return ip.String(), nil
	}
	name, err := idna.Lookup.ToASCII(strings.ToLower(strings.TrimSuffix(h, ".")))
	if err != nil {
		// Names with an underscore or a label of odd form exist and resolve.
		name = strings.ToLower(strings.TrimSuffix(h, "."))
	}
	if name == "" || len(name) > 253 || strings.Contains("."+name+".", "..") {
		return "", refuse(whyNoHost, quoted(h))
	}
	for _, c := range []byte(name) {
		if !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '.' || c == '_') {
			return "", refuse(whyNoHost, quoted(h))
		}
	}
	labels := strings.Split(name, ".")
	if _, ok := number4(labels[len(labels)-1]); !ok {
		return name, nil
	}
	ip, ok := number4Address(labels)
	if !ok {
		return "", refuse(whyNoIPv4, quoted(h))
	}
	return ip.String(), nil
}

// number4 reads one part of an IPv4 address: decimal, octal with a leading 0, hexadecimal with a leading 0x.
func number4(s string) (uint64, bool) {
	base := 10
	switch {
	case strings.HasPrefix(s, "0x"):
		s, base = s[2:], 16
		if s == "" {
			return 0, true
		}
	case len(s) > 1 && s[0] == '0':
		s, base = s[1:], 8
	}
	n, err := strconv.ParseUint(s, base, 64)
	if err != nil && strings.Trim(s, "0123456789") == "" && s != "" {
		return 1 << 40, true // a number, and no part of an address
	}
	return n, err == nil
}

func number4Address(labels []string) (netip.Addr, bool) {
	if len(labels) > 4 {
		return netip.Addr{}, false
	}
	var sum uint64
	for i, l := range labels {
		n, ok := number4(l)
		last := i == len(labels)-1
		most := uint64(255)
		if last {
			most = 1<<(8*(5-len(labels))) - 1
		}
		if !ok || n > most {
			return netip.Addr{}, false
		}
		if last {
			sum |= n
		} else {
			sum |= n << (8 * (3 - i))
		}
	}
	return netip.AddrFrom4([4]byte{byte(sum >> 24), byte(sum >> 16), byte(sum >> 8), byte(sum)}), true
}

// hostPort returns host:port.
func (a address) hostPort() string { return net.JoinHostPort(a.Host, strconv.Itoa(int(a.Port))) }

// authority returns the host as a Host header has it: without the port when it is the scheme's.
func (a address) authority() string {
	if a.Scheme == "http" && a.Port == 80 || a.Scheme == "https" && a.Port == 443 {
		if strings.Contains(a.Host, ":") {
			return "[" + a.Host + "]"
		}
		return a.Host
	}
	return a.hostPort()
}

// String returns the address, fit for a header of a record.
func (a address) String() string { return a.Scheme + "://" + a.authority() + escape(a.Target) }

// escape percent-encodes what may not stand in a URI: control characters, spaces, quotes, angle brackets and
// everything beyond ASCII.
func escape(s string) string {
	ok := func(c byte) bool { return c > ' ' && c < 0x7f && c != '<' && c != '>' && c != '"' }
	clean := true
	for i := range len(s) {
		clean = clean && ok(s[i])
	}
	if clean {
		return s
	}
	var b strings.Builder
	for i := range len(s) {
		if ok(s[i]) {
			b.WriteByte(s[i])
		} else {
			fmt.Fprintf(&b, "%%%02X", s[i])
		}
	}
	return b.String()
}

// mendEscapes makes %25 of a percent sign that begins no escape; servers send such addresses and browsers follow.
func mendEscapes(s string) string {
	hex := func(c byte) bool { return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f' }
	var b strings.Builder
	for i := range len(s) {
		b.WriteByte(s[i])
		if s[i] == '%' && !(i+2 < len(s) && hex(s[i+1]) && hex(s[i+2])) {
			b.WriteString("25")
		}
	}
	return b.String()
}

// quoted makes foreign text fit to stand in a message: short, one line, no control characters.
func quoted(s string) string {
	if len(s) > 200 {
		s = strings.ToValidUTF8(s[:200], "") + "…"
	}
	q := strconv.Quote(s)
	if plain := q[1 : len(q)-1]; plain == s {
		return s
	}
	return q
}
