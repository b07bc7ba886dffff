package refdata

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Fingerprint is a known trace of a filter: a forged DNS answer or something in a block page.
type Fingerprint struct {
	ID          string // as its publisher names it: "ooni.ae_0"
	Name        string // for people, "" where the publisher gives none
	Scope       string // nat isp prod inst vbw fp injb prov, verbatim
	Location    string // dns, body, title, status, header (any), header.NAME in lower case, or cert.FIELD
	Pattern     string
	PatternType string   // full prefix contains regexp
	Countries   []string // where it is expected, two letters each, sorted; empty says nothing
	Source      string   // where its publisher has it from
	Notes       string
	Confidence  int    // publisher's own estimate from 0 to 10 that it does not match innocent pages
	Example     string // URL of a measurement that shows it
	Vendor      string // who makes the product, where one is behind it
	// FirstSeen and LastSeen bound when it was at work; zero where nobody knows.
	FirstSeen, LastSeen time.Time
	// FalsePositive says that it is listed because it looks like blocking and is not (scope fp).
	FalsePositive bool
}

// ExpectedIn says whether the fingerprint is at home in a country: the country is among
// Countries, or no country is named.
func (f *Fingerprint) ExpectedIn(cc string) bool {
	return len(f.Countries) == 0 || slices.Contains(f.Countries, cc)
}

// early is how long before it was first seen a fingerprint may have been at work.
const early = 365 * 24 * time.Hour

// At says whether it may have been at work at a time: it was first seen by then, or within a year, and
// last seen no more than a year before. What was seen on one day did not begin or end on it.
func (f *Fingerprint) At(t time.Time) bool {
	return (f.FirstSeen.IsZero() || !t.Before(f.FirstSeen.Add(-early))) && (f.LastSeen.IsZero() || !t.After(f.LastSeen.Add(early)))
}

// Stored says whether what it is matched against is kept in tables, so that it can be applied to what was
// measured before it was known. Bodies and most headers lie in the archive alone.
func (f *Fingerprint) Stored() bool {
	switch f.Location {
	case "dns", "title", "status", "header.location", "header.server":
		return true
	}
	return strings.HasPrefix(f.Location, "cert.")
}

// CertificateText is what of a certificate fingerprints are matched against.
type CertificateText struct {
	SHA256, Subject, SubjectCN, Issuer, IssuerCN string
	SAN                                          []string
}

// certFields are the locations of a certificate's fields.
var certFields = []string{"cert.sha256", "cert.subject", "cert.subject_cn", "cert.issuer", "cert.issuer_cn", "cert.san"}

// fingerprints is one list, ready to match. The empty value matches nothing.
type fingerprints struct {
	list   []Fingerprint
	byID   map[string]int
	dns    matcher
	body   matcher
	title  matcher
	status matcher
	header []headerMatcher // sorted by name
	cert   []headerMatcher // by field
	any    matcher         // header values, whatever the name
}

type headerMatcher struct {
	name string
	matcher
}

// Bounds on one list of fingerprints. The largest real one has 1,729 rows.
const (
	maxFingerprints = 50_000
	maxPattern      = 16 << 10 // bytes
	maxNote         = 2 << 10  // bytes of each text for people
)

// anyHeaders returns the headers in which a pattern is looked for that is listed for "header"
// without a name: those in which filters redirect or introduce themselves.
func anyHeaders() []string {
	return []string{"Location", "Server", "Via", "Refresh", "Content-Location", "Link", "Set-Cookie", "WWW-Authenticate", "X-Squid-Error"}
}

func loadFingerprintsDNS(paths []string) (*fingerprints, tally, error) {
	return loadFingerprints(paths, true)
}

func loadFingerprintsHTTP(paths []string) (*fingerprints, tally, error) {
	return loadFingerprints(paths, false)
}

func loadFingerprints(paths []string, dns bool) (*fingerprints, tally, error) {
	f, n := &fingerprints{byID: make(map[string]int)}, tally{}
	for _, p := range paths {
		err := eachFile(p, isCSV, func(_ string, r io.Reader) error { return f.read(r, dns, &n) })
		if err != nil {
			return nil, n, err
		}
	}
	f.seal()
	return f, n, nil
}

// read reads a list in the columns of OONI (pattern, location_found, pattern_type) or of Citizen
// Lab (response; or pattern, location_found). Which is told by the names in its first row.
func (f *fingerprints) read(in io.Reader, dns bool, n *tally) error {
	t, err := openTable(in, "name", "scope", "expected_countries")
	if err != nil {
		return err
	}
	if !t.has("pattern") && !t.has("response") {
		return errors.New(`not a list of fingerprints: its first row names neither "pattern" nor "response"`)
	}
	for {
		row, err := t.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if n.rows+n.left >= maxFingerprints {
			return fmt.Errorf("%w: more than %d rows", errTooLarge, maxFingerprints)
		}
		fp := fingerprintOf(row, dns)
		err = errors.Join(readDay(row, "first_seen", &fp.FirstSeen), readDay(row, "last_seen", &fp.LastSeen))
		if err == nil {
			err = f.add(fp)
		}
		if err != nil {
			n.leave(t.row, err.Error())
			continue
		}
		n.rows++
	}
}

// readDay reads a date; an empty field is none.
func readDay(r row, column string, into *time.Time) error {
	text := strings.TrimSpace(r.get(column))
	if text == "" {
		return nil
	}
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return fmt.Errorf("its %s %.20q is no day; write it as 2024-10-20", column, text)
	}
	*into = t
	return nil
}

var twoLetters = regexp.MustCompile(`[A-Z]{2}`)

// fingerprintOf reads one row.
func fingerprintOf(row row, dns bool) Fingerprint {
	fp := Fingerprint{
		ID:          cut(row.get("name"), 128),
		Name:        cut(row.get("common_name"), maxNote),
		Scope:       cut(row.get("scope"), 16),
		Location:    strings.ToLower(strings.TrimSpace(row.get("location_found"))),
		Pattern:     row.get("pattern"),
		PatternType: strings.TrimSpace(row.get("pattern_type")),
		Source:      cut(strings.Trim(row.get("source"), "[]'"), maxNote),
		Notes:       cut(row.get("notes"), maxNote),
		Example:     cut(row.get("exp_url"), maxNote),
		Vendor:      cut(row.get("vendor"), 128),
	}
	fp.FalsePositive = fp.Scope == "fp"
	fp.Confidence, _ = strconv.Atoi(row.get("confidence_no_fp"))
	fp.Confidence = min(max(fp.Confidence, 0), 10)
	// Written AE,SA by one publisher and ['AE', 'SA'] by the other. ZZ stands for no country.
	fp.Countries = twoLetters.FindAllString(row.get("expected_countries"), 300)
	fp.Countries = slices.DeleteFunc(fp.Countries, func(cc string) bool { return cc == "ZZ" })
	slices.Sort(fp.Countries)
	fp.Countries = slices.Compact(fp.Countries)
	if dns {
		fp.Location = "dns"
		if fp.Pattern == "" {
			fp.Pattern = row.get("response")
		}
		fp.Pattern = answerText(fp.Pattern)
		if fp.PatternType == "" {
			fp.PatternType = typeFull
		}
		return fp
	}
	if fp.Location == "header" && fp.PatternType == "" {
		// A pattern such as "Location: http://…" is meant for that header alone.
		if name, value, ok := strings.Cut(fp.Pattern, ": "); ok && name != "" && !strings.ContainsAny(name, " /.:?=") {
			fp.Location, fp.Pattern, fp.PatternType = "header."+strings.ToLower(name), value, typePrefix
		}
	}
	if fp.PatternType == "" {
		fp.PatternType = typeContains
	}
	return fp
}

// add takes one fingerprint in, or says why it cannot.
func (f *fingerprints) add(fp Fingerprint) error {
	switch {
	case fp.ID == "":
		return errors.New("it has no name")
	case fp.Pattern == "":
		return errors.New("it has no pattern")
	case len(fp.Pattern) > maxPattern:
		return fmt.Errorf("its pattern is longer than %d kB", maxPattern>>10)
	}
	if _, ok := f.byID[fp.ID]; ok {
		return fmt.Errorf("its name %s is taken", fp.ID)
	}
	if !fp.FirstSeen.IsZero() && !fp.LastSeen.IsZero() && fp.LastSeen.Before(fp.FirstSeen) {
		return errors.New("it was last seen before it was first seen")
	}
	id := len(f.list)
	m, err := f.matcher(fp.Location)
	if err != nil {
		return err
	}
	if err := m.add(id, fp.Pattern, fp.PatternType); err != nil {
		return err
	}
	f.byID[fp.ID] = id
	f.list = append(f.list, fp)
	return nil
}

// matcher returns the one for a location.
func (f *fingerprints) matcher(location string) (*matcher, error) {
	switch location {
	case "dns":
		return &f.dns, nil
	case "body":
		return &f.body, nil
	case "title":
		return &f.title, nil
	case "status":
		return &f.status, nil
	case "header":
		return &f.any, nil
	}
	if slices.Contains(certFields, location) {
		for i := range f.cert {
			if f.cert[i].name == location {
				return &f.cert[i].matcher, nil
			}
		}
		f.cert = append(f.cert, headerMatcher{name: location})
		return &f.cert[len(f.cert)-1].matcher, nil
	}
	name, ok := strings.CutPrefix(location, "header.")
	if !ok || name == "" || len(name) > 128 {
		return nil, errors.New("its location is none of body, title, status, header, header.NAME, cert.FIELD")
	}
	i, found := slices.BinarySearchFunc(f.header, name, func(h headerMatcher, name string) int { return strings.Compare(h.name, name) })
	if !found {
		f.header = slices.Insert(f.header, i, headerMatcher{name: name})
	}
	return &f.header[i].matcher, nil
}

func (f *fingerprints) seal() {
	for _, m := range []*matcher{&f.dns, &f.body, &f.title, &f.status, &f.any} {
		m.seal()
	}
	for i := range f.header {
		f.header[i].seal()
	}
	for i := range f.cert {
		f.cert[i].seal()
	}
}
