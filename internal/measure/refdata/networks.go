package refdata

import (
	"bytes"
	"io"
	"path"
	"strconv"
	"strings"
	"unicode/utf8"
)

// AS is what is known about an autonomous system, a network of the internet.
type AS struct {
	Number uint32
	Org    string // the organisation that runs it
	Name   string // its short name in the registry, "" where the publisher does not give it
	CC     string // country of most of its addresses, "" where unknown
}

// networks maps addresses to AS numbers and those to organisations.
type networks struct {
	ranges
	orgs map[uint32]string
}

// maxOrg bounds the name of an organisation, in bytes.
const maxOrg = 256

func isCSV(name string) bool { return path.Ext(name) == ".csv" }

// loadNetworks reads files of "first,last,AS number,organisation".
func loadNetworks(paths []string) (*networks, tally, error) {
	t, n := &networks{orgs: make(map[uint32]string)}, tally{}
	value := func(rest []byte) (uint32, string) {
		number, org, _ := bytes.Cut(rest, []byte(","))
		asn, err := strconv.ParseUint(string(bytes.Trim(number, `" `)), 10, 32)
		if err != nil || asn == 0 {
			return 0, "its AS number is not a number"
		}
		if _, ok := t.orgs[uint32(asn)]; !ok {
			t.orgs[uint32(asn)] = orgName(org)
		}
		return uint32(asn), ""
	}
	for _, p := range paths {
		err := eachFile(p, isCSV, func(_ string, in io.Reader) error { return t.addRanges(in, &n, value) })
		if err != nil {
			return nil, n, err
		}
	}
	t.tidy()
	return t, n, nil
}

// orgName reads the last column: quoted or not, valid text of a bounded length.
func orgName(field []byte) string {
	s := strings.TrimSpace(string(field))
	if len(s) >= 2 && s[0] == '"' && s[len(s)-1] == '"' {
		s = strings.ReplaceAll(s[1:len(s)-1], `""`, `"`)
	}
	return cut(s, maxOrg)
}

// cut makes valid UTF-8 of s, without control characters, of at most n bytes.
func cut(s string, n int) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
	if len(s) <= n {
		return strings.Clone(s)
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return strings.Clone(s[:n])
}

// homes is the country of each AS: the one that most of its IPv4 addresses are registered in; for
// an AS without any, that of its first IPv6 range.
type homes map[uint32]uint32

// homesOf walks both tables, sorted as they are, side by side.
func homesOf(n *networks, c *ranges) *homes {
	counts := make(map[uint64]uint64) // AS number and country → addresses
	j := 0
	for _, a := range n.v4 {
		for j < len(c.v4) && c.v4[j].last < a.first {
			j++
		}
		for k := j; k < len(c.v4) && c.v4[k].first <= a.last; k++ {
			first, last := max(a.first, c.v4[k].first), min(a.last, c.v4[k].last)
			counts[uint64(a.value)<<16|uint64(c.v4[k].value)] += uint64(last-first) + 1
		}
	}
	best := make(map[uint32]uint64)
	h := make(homes)
	for key, count := range counts {
		asn, cc := uint32(key>>16), uint32(key&0xffff)
		// Equal shares go to the first in the alphabet, so that the order of a map decides nothing.
		if count > best[asn] || count == best[asn] && cc < h[asn] {
			best[asn], h[asn] = count, cc
		}
	}
	j = 0
	for _, a := range n.v6 {
		for j < len(c.v6) && compare6(c.v6[j].last, a.first) < 0 {
			j++
		}
		if _, ok := h[a.value]; !ok && j < len(c.v6) && compare6(c.v6[j].first, a.last) <= 0 {
			h[a.value] = c.v6[j].value
		}
	}
	return &h
}
