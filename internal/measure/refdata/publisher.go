package refdata

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Publisher says where the facts of a kind come from.
type Publisher struct {
	Kind Kind `json:"kind"`
	// From lists addresses (http or https), files, or folders in which files with the publisher's
	// names lie at any depth. All of them together make one snapshot. Empty turns the kind off.
	From        []string `json:"from"`
	Licence     string   `json:"licence,omitempty"`
	Attribution string   `json:"attribution,omitempty"` // what must be said where results are shown
	Date        string   `json:"date,omitempty"`        // day from which it holds, 2026-11-23; empty is today (UTC)
	MayShrink   bool     `json:"may_shrink,omitempty"`  // accept far fewer rows than last time
}

// Addresses and terms of the publishers used unless DATA/publishers.json says otherwise.
const (
	asnIPv4URL      = "https://cdn.jsdelivr.net/npm/@ip-location-db/asn/asn-ipv4.csv"
	asnIPv6URL      = "https://cdn.jsdelivr.net/npm/@ip-location-db/asn/asn-ipv6.csv"
	countryIPv4URL  = "https://cdn.jsdelivr.net/npm/@ip-location-db/geo-whois-asn-country/geo-whois-asn-country-ipv4.csv"
	countryIPv6URL  = "https://cdn.jsdelivr.net/npm/@ip-location-db/geo-whois-asn-country/geo-whois-asn-country-ipv6.csv"
	dnsURL          = "https://raw.githubusercontent.com/ooni/blocking-fingerprints/main/fingerprints_dns.csv"
	httpURL         = "https://raw.githubusercontent.com/ooni/blocking-fingerprints/main/fingerprints_http.csv"
	testListsURL    = "https://github.com/citizenlab/test-lists/archive/refs/heads/master.zip"
	worldURL        = "https://registry.npmjs.org/world-atlas/-/world-atlas-2.0.2.tgz"
	publishersFile  = "publishers.json"
	maxPublishers   = 1 << 20 // bytes of that file
	networksCredit  = "IP geolocation by DB-IP (https://db-ip.com); routes by Route Views (https://www.routeviews.org)"
	countriesCredit = "Addresses by NRO (https://www.nro.net), Route Views (https://www.routeviews.org) and DB-IP (https://db-ip.com)"
)

// DefaultPublishers returns the publishers' own addresses.
func DefaultPublishers() []Publisher {
	return []Publisher{
		{Kind: Networks, From: []string{asnIPv4URL, asnIPv6URL}, Licence: "CC BY 4.0", Attribution: networksCredit},
		{Kind: Countries, From: []string{countryIPv4URL, countryIPv6URL}, Licence: "CC BY 4.0", Attribution: countriesCredit},
		{Kind: FingerprintsDNS, From: []string{dnsURL}, Licence: "none stated", Attribution: "Blocking fingerprints by OONI, Citizen Lab and Censored Planet"},
		{Kind: FingerprintsHTTP, From: []string{httpURL}, Licence: "none stated", Attribution: "Blocking fingerprints by OONI, Citizen Lab and Censored Planet"},
		{Kind: TestLists, From: []string{testListsURL}, Licence: "CC BY-NC-SA 4.0", Attribution: "Test lists by the Citizen Lab and contributors"},
		{Kind: World, From: []string{worldURL}, Licence: "public domain", Attribution: "Natural Earth 1:110m (public domain), world-atlas"},
	}
}

// Publishers returns the default publishers, with those that the file publishers.json in the
// data folder dir names in place of the default of their kind. The file is a JSON list of
// objects like Publisher. An unknown kind or field is an error.
func Publishers(dir string) ([]Publisher, error) {
	pubs := DefaultPublishers()
	path := filepath.Join(dir, publishersFile)
	st, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return pubs, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read publishers: %w", err)
	}
	if st.Size() > maxPublishers {
		return nil, fmt.Errorf("read publishers: %s: %w", path, errTooLarge)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read publishers: %w", err)
	}
	var own []Publisher
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&own); err != nil {
		return nil, fmt.Errorf("read publishers: %s: %w", path, err)
	}
	seen := make(map[Kind]bool)
	for _, p := range own {
		i := slices.IndexFunc(pubs, func(d Publisher) bool { return d.Kind == p.Kind })
		if i < 0 {
			return nil, fmt.Errorf("read publishers: %s: no such kind: %q; the kinds are %v", path, p.Kind, Kinds())
		}
		if seen[p.Kind] {
			return nil, fmt.Errorf("read publishers: %s: the kind %s is there twice", path, p.Kind)
		}
		seen[p.Kind] = true
		if _, err := p.day(time.Time{}); err != nil {
			return nil, fmt.Errorf("read publishers: %s: %w", path, err)
		}
		pubs[i] = p
	}
	return slices.DeleteFunc(pubs, func(p Publisher) bool { return len(p.From) == 0 }), nil
}

// FromFolder returns publishers that take every kind from one local folder.
func FromFolder(folder string) []Publisher {
	var pubs []Publisher
	for _, p := range DefaultPublishers() {
		pubs = append(pubs, Publisher{Kind: p.Kind, From: []string{folder}, Licence: "as stated by the publisher", Attribution: p.Attribution})
	}
	return pubs
}

// day returns the day from which the snapshot holds, at midnight UTC.
func (p *Publisher) day(now time.Time) (time.Time, error) {
	if p.Date == "" {
		return now.UTC().Truncate(24 * time.Hour), nil
	}
	t, err := time.Parse(time.DateOnly, p.Date)
	if err != nil || t.Year() < 1990 || t.Year() > 9999 {
		return t, fmt.Errorf("%s: %q is not a day like 2026-11-23", p.Kind, p.Date)
	}
	return t, nil
}

// limits bounds and judges what is published of a kind.
type limits struct {
	bytes  int64   // of one file as published
	floor  int     // fewer rows than this cannot be the whole
	broken float64 // share of rows that may be unusable
}

func (k Kind) limits() limits {
	switch k {
	case Networks, Countries: // every range of the internet, or of a country
		return limits{bytes: 256 << 20, floor: 1000, broken: 0.01}
	case TestLists:
		return limits{bytes: 64 << 20, floor: 1, broken: 0.1}
	case World:
		return limits{bytes: 32 << 20, floor: 100, broken: 0.1}
	}
	return limits{bytes: 32 << 20, floor: 1, broken: 0.1}
}

// fileNames returns the patterns of the names that a kind's files have at their publishers,
// without ".gz"; of each group the first pattern that finds anything is used. The first group
// must be found.
func (k Kind) fileNames() [][]string {
	switch k {
	case Networks:
		return [][]string{{"asn-ipv4.csv", "*asn-ipv4*.csv"}, {"asn-ipv6.csv", "*asn-ipv6*.csv"}}
	case Countries:
		return [][]string{
			{"geo-whois-asn-country-ipv4.csv", "*asn-country-ipv4*.csv"},
			{"geo-whois-asn-country-ipv6.csv", "*asn-country-ipv6*.csv"},
		}
	case FingerprintsDNS:
		return [][]string{{"fingerprints_dns.csv", "citizenlab_dns.csv"}}
	case FingerprintsHTTP:
		return [][]string{{"fingerprints_http.csv", "citizenlab_http.csv"}}
	case TestLists:
		return [][]string{{"global.csv"}}
	case World:
		return [][]string{{topologyName, "world-atlas-*.tgz"}}
	}
	return nil
}

// maxWalked bounds how many entries of a folder are looked at.
const maxWalked = 200_000

// findFiles returns the files of a kind below folder. Where several fit, the one nearest to the
// top counts, then the last by name, which is the newest where names carry versions.
func findFiles(kind Kind, folder string) ([]string, error) {
	var all []string
	walked := 0
	if real, err := filepath.EvalSymlinks(folder); err == nil {
		folder = real // a link to a folder is a folder; WalkDir would not enter it
	}
	err := filepath.WalkDir(folder, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if walked++; walked > maxWalked {
			return fmt.Errorf("%w: more than %d files in %s", errTooLarge, maxWalked, folder)
		}
		if e.Type().IsRegular() && (isCSV(strings.TrimSuffix(e.Name(), ".gz")) || kind == World) {
			all = append(all, path)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	depth := func(p string) int { return strings.Count(p, string(filepath.Separator)) }
	slices.SortFunc(all, func(a, b string) int {
		if c := depth(a) - depth(b); c != 0 {
			return c
		}
		return strings.Compare(b, a)
	})
	var found []string
	for i, group := range kind.fileNames() {
		path := firstMatch(all, group)
		if path == "" && i == 0 {
			return nil, nil
		}
		if path != "" {
			found = append(found, path)
		}
	}
	if kind == TestLists { // the lists of countries lie beside the global one
		for _, p := range all {
			if name := baseName(filepath.Base(p)); filepath.Dir(p) == filepath.Dir(found[0]) && name != global && listName.MatchString(name) {
				found = append(found, p)
			}
		}
		slices.Sort(found)
	}
	return found, nil
}

// firstMatch returns the first path that fits the first pattern that any fits, or "".
func firstMatch(paths, patterns []string) string {
	for _, pattern := range patterns {
		for _, p := range paths {
			if ok, err := filepath.Match(pattern, strings.TrimSuffix(filepath.Base(p), ".gz")); err == nil && ok {
				return p
			}
		}
	}
	return ""
}
