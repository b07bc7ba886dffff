package refdata

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// answerText is how an answer is compared: addresses in their shortest form, names in lower case
// without the final dot.
func answerText(s string) string {
	s = strings.TrimSpace(s)
	if ip, err := netip.ParseAddr(s); err == nil {
		return ip.Unmap().String()
	}
	return strings.ToLower(strings.TrimSuffix(s, "."))
}

// hits collects which fingerprints of a list matched.
type hits struct {
	of   *fingerprints
	bits []uint64 // by number, nil until the first
}

func (h *hits) add(id int) {
	if h.bits == nil {
		h.bits = make([]uint64, (len(h.of.list)+63)/64)
	}
	h.bits[id/64] |= 1 << (id % 64)
}

// result returns what matched: first what is at home in cc, then the rest, known false positives
// last; each by ID.
func (h *hits) result(cc string) []Fingerprint {
	if h.bits == nil {
		return nil
	}
	var list []Fingerprint
	for i := range h.of.list {
		if h.bits[i/64]&(1<<(i%64)) != 0 {
			list = append(list, h.of.list[i])
		}
	}
	rank := func(f *Fingerprint) int {
		switch {
		case f.FalsePositive:
			return 2
		case !f.ExpectedIn(cc):
			return 1
		}
		return 0
	}
	slices.SortFunc(list, func(a, b Fingerprint) int {
		if c := rank(&a) - rank(&b); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	return list
}

// matchDNS matches one answer: an address or the name of an alias.
func (f *fingerprints) matchDNS(cc, answer string) []Fingerprint {
	if len(f.list) == 0 || answer == "" || len(answer) > maxHeader {
		return nil
	}
	h := hits{of: f}
	f.dns.match([]byte(answerText(answer)), h.add)
	return h.result(cc)
}

// matchHTTP matches one response.
func (f *fingerprints) matchHTTP(cc string, status int, header func(string) string, title string, body []byte) []Fingerprint {
	if len(f.list) == 0 {
		return nil
	}
	h := hits{of: f}
	var scratch [256]byte
	text := scratch[:0]
	try := func(m *matcher, value string) {
		if value != "" {
			text = append(text[:0], value[:min(len(value), maxHeader)]...)
			m.match(text, h.add)
		}
	}
	f.body.match(body[:min(len(body), maxBody)], h.add)
	try(&f.title, title)
	if f.status.full != nil || f.status.search != nil || f.status.short != nil {
		try(&f.status, strconv.Itoa(status))
	}
	if header != nil {
		for i := range f.header {
			try(&f.header[i].matcher, header(f.header[i].name))
		}
		if f.any.search != nil || f.any.full != nil || f.any.short != nil {
			for _, name := range anyHeaders() {
				try(&f.any, header(name))
			}
		}
	}
	return h.result(cc)
}

// matchCertificate matches one certificate.
func (f *fingerprints) matchCertificate(cc string, c CertificateText) []Fingerprint {
	h := hits{of: f}
	for i := range f.cert {
		m := &f.cert[i]
		values := map[string][]string{"cert.sha256": {c.SHA256}, "cert.subject": {c.Subject}, "cert.subject_cn": {c.SubjectCN},
			"cert.issuer": {c.Issuer}, "cert.issuer_cn": {c.IssuerCN}, "cert.san": c.SAN}[m.name]
		for _, v := range values {
			if v != "" {
				m.match([]byte(v[:min(len(v), maxHeader)]), h.add)
			}
		}
	}
	return h.result(cc)
}
