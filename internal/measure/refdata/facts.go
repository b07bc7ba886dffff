package refdata

import (
	"net/netip"
	"strings"
)

// Facts is what is known as of a day. It never changes. All methods may be called from many
// goroutines; the first call that needs a snapshot reads it (up to half a second).
type Facts struct {
	id    string
	early []string
	seed  *seed
	names *names

	// nil where there is no snapshot of the kind
	networks  *shelved[networks]
	countries *shelved[ranges]
	homes     *shelved[homes]
	dns, http *shelved[fingerprints]
	lists     *shelved[testLists]
	world     *shelved[shapes]
	worldInfo SnapshotInfo
}

// ID names all snapshots behind these facts: "r-" and 12 hex digits. The same snapshots have the
// same id; DB.Explain says which they are.
func (f *Facts) ID() string { return f.id }

// Early returns the kinds whose snapshot is dated later than the day asked for, because there is
// no earlier one.
func (f *Facts) Early() []string { return f.early }

// AS returns what is known about an AS number. Documentation numbers (64496–64511, 65536–65551)
// always are the invented networks of the sample.
func (f *Facts) AS(asn uint32) (AS, bool) {
	if documentationAS(asn) || f.networks == nil {
		as, ok := f.seed.as[asn]
		return as, ok
	}
	org, ok := f.networks.get().orgs[asn]
	if !ok {
		return AS{}, false
	}
	as := AS{Number: asn, Org: org}
	if f.homes != nil {
		as.CC = unpackCC((*f.homes.get())[asn])
	}
	return as, true
}

// IPFact is what is known about an address.
type IPFact struct {
	ASN uint32 // 0 where unknown
	CC  string // country it is registered in, "" where unknown
}

// IP returns what is known about an address; false where it is nothing. Documentation prefixes
// always belong to the invented networks of the sample.
func (f *Facts) IP(ip netip.Addr) (IPFact, bool) {
	if asn, ok := f.seed.networks.find(ip); ok {
		cc, _ := f.seed.countries.find(ip)
		return IPFact{ASN: asn, CC: unpackCC(cc)}, true
	}
	var fact IPFact
	var known, placed bool
	if f.networks != nil {
		fact.ASN, known = f.networks.get().find(ip)
	}
	if f.countries != nil {
		var cc uint32
		cc, placed = f.countries.get().find(ip)
		fact.CC = unpackCC(cc)
	}
	return fact, known || placed
}

// CountryName returns the name of a country in English, Spanish ("es") or Chinese ("zh"), other
// languages in English. Where there is no name it returns cc.
func (f *Facts) CountryName(cc, lang string) string { return f.names.country(cc, lang) }

// Category returns the code of the test-list category of an input, a URL or a domain, as seen
// from country cc: by the URL in the list of cc, then in the global one, then by the host
// (without "www.") in the same order, then by any other country's list. It returns "" where there
// is none. Hosts under .example always have the categories of the sample.
func (f *Facts) Category(cc, input string) string {
	u, host := urlKey(input)
	if host == "" {
		return ""
	}
	if f.lists == nil || strings.HasSuffix(host, ".example") {
		return f.seed.lists.category(cc, u, host)
	}
	return f.lists.get().category(cc, u, host)
}

// CategoryName returns the name of a category in English, Spanish ("es") or Chinese ("zh"), other
// languages in English. For a code it does not know it returns the code.
func (f *Facts) CategoryName(code, lang string) string {
	if name := categoryName(code, lang); name != "" {
		return name
	}
	return code
}

// MatchDNS returns the fingerprints that one DNS answer matches, an address or a name, as seen
// from country cc: first those expected there, then others, known false positives last. What an
// answer means is for the caller to say: see Fingerprint.ExpectedIn and FalsePositive.
func (f *Facts) MatchDNS(cc, answer string) []Fingerprint {
	return f.list(cc, f.dns, f.seed.dns).matchDNS(cc, answer)
}

// MatchHTTP returns the fingerprints that a response matches, ordered as by MatchDNS. header
// returns the value of a header, compared without case, or ""; it may be nil. Of a body the first
// 512 KiB are looked at (by regular expressions the first 64 KiB), of a header or title 8 KiB.
func (f *Facts) MatchHTTP(cc string, status int, header func(name string) string, title string, body []byte) []Fingerprint {
	return f.list(cc, f.http, f.seed.http).matchHTTP(cc, status, header, title, body)
}

// MatchCertificate returns the fingerprints that a certificate matches, ordered as by MatchDNS. Published
// lists hold none of certificates yet, so the seed's stand beside whatever was fetched.
func (f *Facts) MatchCertificate(cc string, c CertificateText) []Fingerprint {
	list := f.list(cc, f.http, f.seed.http)
	out := list.matchCertificate(cc, c)
	if list != f.seed.http {
		for _, fp := range f.seed.http.matchCertificate(cc, c) {
			if _, again := list.byID[fp.ID]; !again {
				out = append(out, fp)
			}
		}
	}
	return out
}

// Unstored returns the fingerprints that can be matched only when the raw bytes are read.
func (f *Facts) Unstored() []Fingerprint {
	var out []Fingerprint
	for _, l := range []*fingerprints{f.list("", f.dns, f.seed.dns), f.list("", f.http, f.seed.http)} {
		for i := range l.list {
			if !l.list[i].Stored() {
				out = append(out, l.list[i])
			}
		}
	}
	return out
}

// Fingerprint returns the fingerprint called id in the lists of these facts.
func (f *Facts) Fingerprint(id string) (Fingerprint, bool) {
	for _, l := range []*fingerprints{f.list("", f.dns, f.seed.dns), f.list("", f.http, f.seed.http), f.seed.dns, f.seed.http} {
		if i, ok := l.byID[id]; ok {
			return l.list[i], true
		}
	}
	return Fingerprint{}, false
}

// list returns the fingerprints that apply in a country: for the invented ones those of the seed,
// so that the sample means the same whatever has been fetched.
func (f *Facts) list(cc string, s *shelved[fingerprints], seed *fingerprints) *fingerprints {
	if s == nil || inventedCountry(cc) {
		return seed
	}
	return s.get()
}

// Networks hands out each network with the organisation that runs it, in no order, until yield returns false. Without a
// snapshot these are the invented ones of the sample.
func (f *Facts) Networks(yield func(asn uint32, org string) bool) {
	for asn, as := range f.seed.as {
		if !yield(asn, as.Org) {
			return
		}
	}
	if f.networks == nil {
		return
	}
	for asn, org := range f.networks.get().orgs {
		if !documentationAS(asn) && !yield(asn, org) {
			return
		}
	}
}
