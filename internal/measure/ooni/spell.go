package ooni

import (
	"bytes"
	"net/netip"
	"strconv"
)

// This file finds addresses in text, however they are spelled: as plain IPv4 and IPv6 addresses, with
// zeros in front, in capitals, with a port or zone behind them; as the dashed, backward and ip6.arpa
// names of the reverse DNS; with %3A for a colon; and IPv4 inside IPv6.

// replace writes [scrubbed] for the device's addresses in text, which may be JSON or anything else.
func (d *device) replace(text []byte) (clean []byte, changed bool) {
	var out []byte
	last := 0
	letters := len(d.first) > 0 // only an address of IPv6 can begin with one
	for i := 0; i < len(text); {
		c := text[i]
		escape := c == '\\'
		switch {
		case escape:
			i = skipEscape(text, i)
		case digit(c), c == ':', letters && hexDigit(c):
			if !begins(text, i) {
				i++
				continue
			}
		default:
			i++
			continue
		}
		n := d.at(text, i)
		if n > 0 {
			out = append(append(out, text[last:i]...), scrubbed...)
			i += n
			last = i
		} else if !escape {
			i++
		}
	}
	if out == nil {
		return text, false
	}
	return append(out, text[last:]...), true
}

// skipEscape returns the end of the escape sequence at i, however often its backslash was escaped in
// turn: an address may follow on its heels.
func skipEscape(text []byte, i int) int {
	for i < len(text) && text[i] == '\\' {
		i++
	}
	if i+5 <= len(text) && text[i] == 'u' && hexDigit(text[i+1]) && hexDigit(text[i+2]) && hexDigit(text[i+3]) && hexDigit(text[i+4]) {
		return i + 5
	}
	if i < len(text) && (text[i] == 'b' || text[i] == 'f' || text[i] == 'n' || text[i] == 'r' || text[i] == 't') {
		return i + 1
	}
	return i
}

// begins says whether a number can begin at i: there is no digit before it that belongs to it.
func begins(text []byte, i int) bool {
	if i == 0 || !hexDigit(text[i-1]) {
		return true
	}
	if i >= 3 && text[i-3] == '%' && hexDigit(text[i-2]) { // %20203.0.113.9
		return true
	}
	return digit(text[i]) && !digit(text[i-1]) // host203.0.113.9, face203.0.113.9
}

// at returns the length of the spelling of one of the addresses that begins at i, 0 for none.
func (d *device) at(text []byte, i int) int {
	if i >= len(text) {
		return 0
	}
	if digit(text[i]) {
		if n := d.at4(text[i:]); n > 0 {
			return n
		}
	}
	if n := d.at6(text[i:]); n > 0 || len(d.first) == 0 {
		return n
	}
	return d.atNibbles(text[i:])
}

// at4 finds four decimal numbers with one separator.
func (d *device) at4(text []byte) int {
	octets, sep, n := octetsAt(text)
	if n == 0 {
		return 0
	}
	if d.has(netip.AddrFrom4(octets)) {
		return n
	}
	backward := [4]byte{octets[3], octets[2], octets[1], octets[0]}
	if !d.has(netip.AddrFrom4(backward)) {
		return 0
	}
	// Backwards and with dots it may be another's address, unless a name goes on behind it.
	if sep == '.' && (n+1 >= len(text) || text[n] != '.' || !letter(text[n+1])) {
		return 0
	}
	return n
}

// octetsAt reads four decimal numbers separated by dots, dashes or underscores, perhaps with zeros in front.
func octetsAt(text []byte) (octets [4]byte, sep byte, n int) {
	for k := range 4 {
		if k > 0 {
			if n >= len(text) || text[n] != '.' && text[n] != '-' && text[n] != '_' || k > 1 && text[n] != sep {
				return octets, 0, 0
			}
			sep = text[n]
			n++
		}
		value, start := 0, n
		for n < len(text) && digit(text[n]) && n-start < 3 {
			value = value*10 + int(text[n]-'0')
			n++
		}
		if n == start || value > 255 {
			return octets, 0, 0
		}
		octets[k] = byte(value)
	}
	if n < len(text) && digit(text[n]) {
		return octets, 0, 0
	}
	return octets, sep, n
}

// at6 finds an IPv6 address, which ends where one of its groups does: a port may stand behind it.
func (d *device) at6(text []byte) int {
	var plain [48]byte  // the spelling with colons
	var width [49]uint8 // of its beginning, in text
	p, n, colons := 0, 0, 0
	for p < len(plain) && n < len(text) {
		c, w := text[n], 1
		if c == '%' && n+2 < len(text) && text[n+1] == '3' && text[n+2]|0x20 == 'a' {
			c, w = ':', 3
		}
		if c == ':' {
			if colons++; colons == 1 && !d.mayBegin(plain[:p]) {
				return 0
			}
		} else if !hexDigit(c) || colons == 0 && p == 4 {
			break
		}
		plain[p] = c
		p++
		n += w
		width[p] = uint8(n)
	}
	if colons < 2 {
		return 0
	}
	for end := p; end > 2; end-- {
		if (end == p || plain[end] == ':') && d.spells(plain[:end]) {
			return int(width[end])
		}
	}
	return 0
}

// mayBegin says quickly that no address begins with this group.
func (d *device) mayBegin(group []byte) bool {
	if len(group) == 0 {
		return true
	}
	v, err := strconv.ParseUint(string(group), 16, 16)
	if err != nil {
		return false
	}
	_, ok := d.first[uint16(v)]
	return ok || v == 0 || v == 0x2002 || v == 0x64 // IPv4 inside IPv6
}

// spells says whether s is one of the addresses, or holds one of IPv4: ::ffff:c000:201, 64:ff9b::c000:201, 2002:c000:201::.
func (d *device) spells(s []byte) bool {
	a, err := netip.ParseAddr(string(s))
	if err != nil {
		return false
	}
	if d.has(a.Unmap()) {
		return true
	}
	b := a.As16()
	var inner [4]byte
	switch {
	case b[0] == 0x20 && b[1] == 0x02:
		inner = [4]byte(b[2:6])
	case bytes.HasPrefix(b[:], []byte{0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0}):
		inner = [4]byte(b[12:16])
	default:
		return false
	}
	return d.has(netip.AddrFrom4(inner))
}

// atNibbles finds the 32 digits of an ip6.arpa name.
func (d *device) atNibbles(text []byte) int {
	const length = 63
	if len(text) < length || text[1] != '.' || text[3] != '.' {
		return 0
	}
	var b [16]byte
	for k := range 32 {
		c := text[2*k]
		if !hexDigit(c) || k < 31 && text[2*k+1] != '.' {
			return 0
		}
		v, _ := strconv.ParseUint(string(c), 16, 8)
		at := 31 - k
		b[at/2] |= byte(v) << (4 * (1 - at%2))
	}
	if !d.has(netip.AddrFrom16(b)) {
		return 0
	}
	return length
}

// firstAddress finds the first address in a piece of text, and where it ends; 0 for none.
func firstAddress(text []byte) (a netip.Addr, end int) {
	for i := range text {
		if !digit(text[i]) && !hexDigit(text[i]) && text[i] != ':' || !begins(text, i) {
			continue
		}
		if a, n := leadingAddress(text[i:]); n > 0 {
			return a, i + n
		}
	}
	return netip.Addr{}, 0
}

// leadingAddress reads the address that text begins with, and its length; 0 for none. One of IPv6
// must have digits: "::" alone stands in many a text.
func leadingAddress(text []byte) (netip.Addr, int) {
	if octets, sep, n := octetsAt(text); n > 0 && sep == '.' {
		return netip.AddrFrom4(octets), n
	}
	n, colons := 0, 0
	for n < len(text) && n < 45 && (hexDigit(text[n]) || text[n] == ':' || text[n] == '.' && colons > 1) {
		if text[n] == ':' {
			colons++
		}
		n++
	}
	for ; colons >= 2 && n > 4; n-- {
		if c := text[n-1]; c == '.' || c == ':' && text[n-2] != ':' {
			continue
		}
		if a, err := netip.ParseAddr(string(text[:n])); err == nil {
			return a, n
		}
		break
	}
	return netip.Addr{}, 0
}

// addressAround returns the address of which the separator at i is the first, and its limits; start
// is -1 for none. It is quick to say no.
func addressAround(text []byte, i int) (a netip.Addr, start, end int) {
	sep := text[i]
	before, after := i, i+1 // limits of the group before and behind the separator
	if sep == '.' {
		for after < len(text) && after <= i+3 && digit(text[after]) {
			after++
		}
	} else {
		for after < len(text) && after <= i+4 && hexDigit(text[after]) {
			after++
		}
	}
	if after >= len(text) || text[after] != sep || after == i+1 && sep == '.' {
		return a, -1, 0
	}
	for before > 0 && i-before < 4 && (digit(text[before-1]) || sep == ':' && hexDigit(text[before-1])) {
		before--
	}
	if before == i || sep == '.' && before > 0 && text[before-1] == '.' {
		return a, -1, 0
	}
	a, n := leadingAddress(text[before:])
	if n == 0 {
		return a, -1, 0
	}
	return a, before, before + n
}

func digit(c byte) bool  { return c >= '0' && c <= '9' }
func letter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
func hexDigit(c byte) bool {
	return digit(c) || c|0x20 >= 'a' && c|0x20 <= 'f'
}
