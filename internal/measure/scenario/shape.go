package scenario

import (
	"bytes"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// shape is one measurement, cut into pieces where it is varied: after each piece but the last comes
// what its blank asks for.
type shape struct {
	pieces [][]byte
	blanks []blank
	page   bool // one of the blanks is the page
	size   int  // bytes of the pieces
}

type blank struct {
	kind blankKind
	nth  int // which of the addresses; 0 for a reset, 1 for a timeout
}

type blankKind uint8

const (
	blankStart       blankKind = iota // 2006-01-02 15:04:05
	blankStamp                        // the same in a report's id: 20060102T150405Z
	blankCountry                      // of the probe
	blankNetwork                      // of the probe and its resolver: AS64512
	blankNetworkName                  // of both
	blankSite                         // the host of the input, wherever it occurs
	blankAddress                      // every other public IPv4 address
	blankFailure                      // a reset or a timeout
	blankPage                         // the beginning of the first response's body
)

// Two ways to fail that every step of a fetch knows.
const (
	failReset   = "connection_reset"
	failTimeout = "generic_timeout_error"
)

var (
	starts   = regexp.MustCompile(`"(?:measurement|test)_start_time": ?"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)"`)
	stamps   = regexp.MustCompile(`"report_id": ?"(\d{8}T\d{6}Z)`)
	places   = regexp.MustCompile(`"probe_cc": ?"([A-Z]{2})"`)
	networks = regexp.MustCompile(`"(?:probe|resolver)_asn": ?"(AS\d+)"`)
	names    = regexp.MustCompile(`"(?:probe|resolver)_network_name": ?"([^"\\]*)"`)
	inputs   = regexp.MustCompile(`"input": ?"(https?:[^"]*)"`)
	bodies   = regexp.MustCompile(`"response": ?\{.*?"body": ?("|[^"])`)
	ipv4s    = regexp.MustCompile(`["/](\d{1,3}(?:\.\d{1,3}){3})[":/\\]`)
	failed   = regexp.MustCompile(`"failure": ?"(connection_reset|generic_timeout_error)"`)
)

// cut is a part of a measurement that a blank takes the place of.
type cut struct {
	from, to int
	blank    blank
}

// cutShape finds what can be varied in a measurement of one line.
func cutShape(s []byte) shape {
	var cuts []cut
	all := func(re *regexp.Regexp, kind blankKind) {
		for _, at := range re.FindAllSubmatchIndex(s, -1) {
			cuts = append(cuts, cut{at[2], at[3], blank{kind: kind}})
		}
	}
	if starts.Match(s) { // a report's id that tells another time would look like a wrong clock
		all(starts, blankStart)
		all(stamps, blankStamp)
	}
	all(places, blankCountry)
	all(networks, blankNetwork)
	all(names, blankNetworkName)
	for _, at := range failed.FindAllSubmatchIndex(s, -1) {
		nth := 0
		if string(s[at[2]:at[3]]) == failTimeout {
			nth = 1
		}
		cuts = append(cuts, cut{at[2], at[3], blank{blankFailure, nth}})
	}
	cuts = append(cuts, cutSite(s)...)
	cuts = append(cuts, cutAddresses(s)...)
	// Only tests of web pages carry pages; the others' records are short.
	if at := bodies.FindSubmatchIndex(s); at != nil && s[at[2]] == '"' && bytes.Contains(s, []byte(`"web_connectivity"`)) {
		cuts = append(cuts, cut{at[3], at[3], blank{kind: blankPage}})
	}
	slices.SortStableFunc(cuts, func(a, b cut) int { return a.from - b.from })
	return assemble(s, cuts)
}

// assemble takes cuts, sorted, out of a measurement; one that overlaps the cut before it is left out.
func assemble(s []byte, cuts []cut) shape {
	var sh shape
	last := 0
	piece := func(to int) {
		sh.pieces = append(sh.pieces, s[last:to])
		sh.size += to - last
	}
	for _, c := range cuts {
		if c.from < last {
			continue
		}
		piece(c.from)
		sh.blanks = append(sh.blanks, c.blank)
		sh.page = sh.page || c.blank.kind == blankPage
		last = c.to
	}
	piece(len(s) - 1) // without the closing bracket
	return sh
}

// cutSite finds the input's host wherever it stands by itself.
func cutSite(s []byte) (cuts []cut) {
	at := inputs.FindSubmatch(s)
	if at == nil {
		return nil
	}
	u, err := url.Parse(strings.ReplaceAll(string(at[1]), `\/`, "/"))
	if err != nil {
		return nil
	}
	host := []byte(u.Hostname())
	// An address is no name, and what may be a number or a word of JSON must stay.
	if dot := bytes.LastIndexByte(host, '.'); dot < 1 || dot+1 == len(host) || !letter(host[dot+1]) {
		return nil
	}
	for i := 0; ; {
		n := bytes.Index(s[i:], host)
		if n < 0 {
			return cuts
		}
		from := i + n
		i = from + len(host)
		// The input's key stands before, a bracket after. Behind a backslash the first letter is no letter.
		if before := s[from-1]; before != '\\' && !partOfName(before) && !partOfName(s[i]) {
			cuts = append(cuts, cut{from, i, blank{kind: blankSite}})
		}
	}
}

func letter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

func partOfName(c byte) bool {
	return letter(c) || c >= '0' && c <= '9' || c == '-' || c == '.' || c >= 0x80
}

// cutAddresses finds the public addresses and numbers them. Those that no public site can have keep
// what they mean, and so does the sample's forged answer.
func cutAddresses(s []byte) (cuts []cut) {
	var seen []netip.Addr
	for i := 0; ; {
		at := ipv4s.FindSubmatchIndex(s[i:])
		if at == nil {
			return cuts
		}
		from, to := i+at[2], i+at[3]
		i = to // the mark behind an address may be the one before the next
		ip, err := netip.ParseAddr(string(s[from:to]))
		if err != nil || ip.IsPrivate() || ip.IsLoopback() || !ip.IsGlobalUnicast() || ip.String() == forged {
			continue
		}
		nth := slices.Index(seen, ip)
		if nth < 0 {
			nth = len(seen)
			seen = append(seen, ip)
		}
		cuts = append(cuts, cut{from, to, blank{blankAddress, nth}})
	}
}
