package recorder

import (
	"net/netip"
	"slices"
	"strings"

	"veedor/internal/phrase"
)

// guard decides which addresses are nobody's business to capture. It is asked for every request, redirects and
// what a page loads included, and again for the very IP address that is about to be dialled.
type guard struct {
	private bool                   // loopback, private and shared addresses are allowed
	own     func(port uint16) bool // says whether a loopback port is one of this recording's own
}

// refusal is the error of something that must not be asked for.
type refusal struct{ why string }

func (r *refusal) Error() string { return r.why }

func refuse(why *phrase.Form, values ...string) error { return &refusal{why.Say(values...)} }

// address says whether an address may be asked for, as far as can be told without resolving its name.
func (g *guard) address(a address) error {
	if slices.Contains(badPorts(), a.Port) {
		return refuse(whyPort, decimal(a.Port))
	}
	if ip, err := netip.ParseAddr(a.Host); err == nil {
		return g.ip(ip, a.Port)
	}
	name := strings.TrimSuffix(a.Host, ".")
	if (name == "localhost" || strings.HasSuffix(name, ".localhost")) && !g.private {
		return refuse(whyThisMachine, a.Host)
	}
	return nil
}

// ip says whether an IP address may be connected to.
func (g *guard) ip(ip netip.Addr, port uint16) error {
	kind := kindOf(ip)
	if g.private && (kind == loopback || kind == privateNet || kind == sharedNet) {
		if kind == loopback && g.own != nil && g.own(port) {
			return refuse(whyItself, netip.AddrPortFrom(ip, port).String())
		}
		return nil
	}
	if kind != public {
		return refuse(whyKind(kind), ip.String())
	}
	return nil
}

// Kinds of addresses, in the words of a refusal.
const (
	public     = ""
	loopback   = "an address of this machine (loopback)"
	privateNet = "a private address"
	sharedNet  = "a shared address of a provider (CGNAT)"
	linkLocal  = "a link-local address, where clouds keep their metadata"
	metadata   = "the metadata service of a cloud"
	multicast  = "a multicast address"
	unspec     = "an unspecified address"
	docs       = "an address for documentation"
	reserved   = "a reserved address"
)

// ranges4 are the IPv4 networks that are not the public internet (IANA's registry of special-purpose addresses).
func ranges4() []kindRange {
	return []kindRange{
		{"168.63.129.16/32", metadata}, {"192.0.0.192/32", metadata}, {"100.100.100.200/32", metadata},
		{"0.0.0.0/8", unspec}, {"10.0.0.0/8", privateNet}, {"100.64.0.0/10", sharedNet}, {"127.0.0.0/8", loopback},
		{"169.254.0.0/16", linkLocal}, {"172.16.0.0/12", privateNet}, {"192.0.0.0/24", reserved}, {"192.0.2.0/24", docs},
		{"192.88.99.0/24", reserved}, {"192.168.0.0/16", privateNet}, {"198.18.0.0/15", reserved}, {"198.51.100.0/24", docs},
		{"203.0.113.0/24", docs}, {"224.0.0.0/4", multicast}, {"240.0.0.0/4", reserved},
	}
}

// ranges6 are the IPv6 networks that are not. What is in none of them and not in 2000::/3 is reserved.
func ranges6() []kindRange {
	return []kindRange{
		{"::/128", unspec}, {"::1/128", loopback}, {"fd00:ec2::/32", metadata}, {"fc00::/7", privateNet}, {"fe80::/10", linkLocal},
		{"fec0::/10", privateNet}, {"ff00::/8", multicast}, {"2001:db8::/32", docs}, {"3fff::/20", docs},
		{"2001:2::/48", reserved}, {"2001:10::/28", reserved}, {"2001:20::/28", reserved},
	}
}

type kindRange struct{ prefix, kind string }

// kindOf says what an address is. An IPv6 address that carries an IPv4 address is what that one is.
func kindOf(ip netip.Addr) string {
	if ip.Zone() != "" {
		return linkLocal
	}
	ip = ip.Unmap() // ::ffff:0:0/96
	if ip.Is4() {
		return lookKind(ip, ranges4())
	}
	if k := lookKind(ip, ranges6()); k != public {
		return k
	}
	for _, inner := range embedded(ip) {
		if k := lookKind(inner, ranges4()); k != public {
			return k
		}
	}
	nat64 := netip.MustParsePrefix("64:ff9b::/96")
	if !netip.MustParsePrefix("2000::/3").Contains(ip) && !nat64.Contains(ip) {
		return reserved
	}
	return public
}

func lookKind(ip netip.Addr, ranges []kindRange) string {
	for _, r := range ranges {
		if netip.MustParsePrefix(r.prefix).Contains(ip) {
			return r.kind
		}
	}
	return public
}

// embedded returns the IPv4 addresses that an IPv6 address leads to: NAT64 (RFC 6052, RFC 8215), 6to4, Teredo,
// ISATAP, and the deprecated IPv4-compatible form.
func embedded(ip netip.Addr) []netip.Addr {
	b := ip.As16()
	at := func(i int) netip.Addr { return netip.AddrFrom4([4]byte(b[i : i+4])) }
	in := func(p string) bool { return netip.MustParsePrefix(p).Contains(ip) }
	var out []netip.Addr
	if in("64:ff9b::/96") || in("64:ff9b:1::/48") || in("::/96") {
		out = append(out, at(12))
	}
	if in("2002::/16") {
		out = append(out, at(2))
	}
	if in("2001::/32") {
		client := [4]byte{^b[12], ^b[13], ^b[14], ^b[15]}
		out = append(out, at(4), netip.AddrFrom4(client))
	}
	if b[8]&^2 == 0 && b[9] == 0 && b[10] == 0x5e && b[11] == 0xfe {
		out = append(out, at(12))
	}
	return out
}

// badPorts are the ports that browsers refuse (https://fetch.spec.whatwg.org/#port-blocking): other protocols
// listen there, and a request could be made to look like one of theirs.
func badPorts() []uint16 {
	return []uint16{0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109,
		110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531, 532, 540,
		548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566,
		6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080}
}
