package refdata

import "net/netip"

// IsBogon says whether ip is an address that no public site can have: private, loopback,
// link-local, shared by carriers, multicast, reserved or unspecified (RFC 6890 and the registries
// that continue it). A lookup that answers with one of them was tampered with, or is answered on
// purpose with nothing. An IPv4 address inside an IPv6 one (mapped, or translated by 64:ff9b::/96)
// is judged as itself. The zero Addr is none.
//
// The documentation prefixes 192.0.2.0/24, 198.51.100.0/24, 203.0.113.0/24 and 2001:db8::/32 are
// reserved too, but do not count here: they are the public internet of the invented networks in
// the sample, and real filters do not answer with them.
func IsBogon(ip netip.Addr) bool {
	ip = ip.Unmap()
	if ip.Is4() {
		return bogon4(ip.As4())
	}
	if !ip.IsValid() {
		return false
	}
	return bogon6(ip.As16())
}

// Bogon is IsBogon; the ranges are the same on every day.
func (f *Facts) Bogon(ip netip.Addr) bool { return IsBogon(ip) }

func bogon4(b [4]byte) bool {
	switch b[0] {
	case 0, 10, 127: // this host, private, loopback
		return true
	case 100: // 100.64.0.0/10, shared by carriers
		return b[1]&0xc0 == 64
	case 169: // 169.254.0.0/16, link-local
		return b[1] == 254
	case 172: // 172.16.0.0/12, private
		return b[1]&0xf0 == 16
	case 192:
		switch {
		case b[1] == 168: // private
			return true
		case b[1] == 0 && b[2] == 0: // 192.0.0.0/24, protocol assignments
			return true
		case b[1] == 88 && b[2] == 99: // 192.88.99.0/24, former 6to4 relays
			return true
		}
	case 198: // 198.18.0.0/15, benchmarks
		return b[1]&0xfe == 18
	}
	return b[0] >= 224 // multicast, reserved, broadcast
}

func bogon6(b [16]byte) bool {
	zero := func(from, to int) bool {
		for _, x := range b[from:to] {
			if x != 0 {
				return false
			}
		}
		return true
	}
	switch hi := uint16(b[0])<<8 | uint16(b[1]); {
	case hi == 0 && zero(2, 15): // :: unspecified, ::1 loopback
		return b[15] <= 1
	case hi == 0x64 && b[2] == 0xff && b[3] == 0x9b:
		if zero(4, 12) { // 64:ff9b::/96, an IPv4 address translated
			return bogon4([4]byte(b[12:]))
		}
		return b[4] == 0 && b[5] == 1 // 64:ff9b:1::/48, local translation
	case hi == 0x0100: // 100::/64, discarded
		return zero(2, 8)
	case hi == 0x2001 && b[2] == 0: // 2001:2::/48 benchmarks; 2001:10::/28 and 2001:20::/28 ORCHID
		return b[3] == 2 && zero(4, 6) || b[3]&0xf0 == 0x10 || b[3]&0xf0 == 0x20
	case hi == 0x3fff: // 3fff::/20, documentation that the sample does not use
		return b[2]&0xf0 == 0
	case hi == 0x5f00: // segment routing
		return true
	}
	switch {
	case b[0]&0xfe == 0xfc: // fc00::/7, private
		return true
	case b[0] == 0xfe && b[1]&0x80 == 0x80: // fe80::/10 link-local, fec0::/10 former site-local
		return true
	}
	return b[0] == 0xff // multicast
}
