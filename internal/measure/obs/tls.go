package obs

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"strings"

	"veedor/internal/measure/ooni"
	"veedor/internal/measure/refdata"
)

// chain fills the certificate columns and keeps the leaf; a chain's certificates are stored once, by hash.
func (f *flattener) chain(o *Observation, chain []ooni.Text) {
	if len(chain) == 0 {
		return
	}
	all := sha256.New()
	n := 0
	for i := range chain {
		if i == 16 { // no honest chain is longer
			break
		}
		der := chain[i].Data
		if len(der) == 0 {
			continue
		}
		sum := sha256.Sum256(der)
		all.Write(sum[:])
		if n == 0 {
			o.TLSCertFingerprint = hex.EncodeToString(sum[:])
			o.TLSFingerprints = matchCertificate(f.facts, o.ProbeCC, f.certificate(o.TLSCertFingerprint, der))
		}
		n++
	}
	if n > 0 {
		o.TLSCertificateChainLength = int32(n)
		o.TLSCertificateChainHash = hex.EncodeToString(all.Sum(nil))
	}
}

// certificate keeps a certificate once per call of Flatten's caller; a store drops further repeats.
func (f *flattener) certificate(fingerprint string, der []byte) *Certificate {
	for i := len(f.certs) - 1; i >= 0 && i >= len(f.certs)-64; i-- {
		if f.certs[i].Fingerprint == fingerprint {
			return &f.certs[i]
		}
	}
	c := Certificate{Fingerprint: fingerprint}
	if len(der) > 64<<10 {
		c.Defect = "over 64 kB"
	} else if x, err := x509.ParseCertificate(der); err != nil {
		c.Defect = clean(err.Error())
	} else {
		c.Subject, c.SubjectCommonName = clean(x.Subject.String()), clean(x.Subject.CommonName)
		c.Issuer, c.IssuerCommonName = clean(x.Issuer.String()), clean(x.Issuer.CommonName)
		c.NotValidBefore, c.NotValidAfter = x.NotBefore.UTC(), x.NotAfter.UTC()
		for _, name := range x.DNSNames {
			if len(c.SANList) == 256 {
				break
			}
			c.SANList = append(c.SANList, clean(name))
		}
	}
	f.certs = append(f.certs, c)
	return &f.certs[len(f.certs)-1]
}

// matchCertificate returns the ids of the fingerprints that a certificate matches.
func matchCertificate(facts *refdata.Facts, cc string, c *Certificate) []string {
	var ids []string
	for _, fp := range facts.MatchCertificate(cc, refdata.CertificateText{SHA256: c.Fingerprint, Subject: c.Subject, SubjectCN: c.SubjectCommonName,
		Issuer: c.Issuer, IssuerCN: c.IssuerCommonName, SAN: c.SANList}) {
		ids = append(ids, fp.ID)
	}
	return ids
}

// exchange counts what went over the wire during a handshake, from the events of its transaction.
func (f *flattener) exchange(o *Observation, h *ooni.TLSHandshake, events []ooni.NetworkEvent) {
	inside, start := h.TransactionID != 0, 0.0
	any := false
	for i := range events {
		e := &events[i]
		if h.TransactionID != 0 && e.TransactionID != h.TransactionID {
			continue
		}
		if h.TransactionID == 0 { // older probes: everything between start and done, if there is one handshake
			switch e.Operation {
			case "tls_handshake_start":
				inside = len(f.m.TestKeys.TLSHandshakes) == 1
			case "tls_handshake_done":
				if !any {
					inside = false
				}
			}
		}
		if !inside {
			continue
		}
		switch e.Operation {
		case "tls_handshake_start":
			any = true
			if e.T != nil {
				start = *e.T
			}
			continue
		case "tls_handshake_done":
			if any && e.T != nil {
				took := *e.T - start
				o.TLSHandshakeTime = &took
			}
			return
		case "read":
			if any {
				o.TLSHandshakeReadCount++
				o.TLSHandshakeReadBytes += max(e.NumBytes, 0)
			}
		case "write":
			if any {
				o.TLSHandshakeWriteCount++
				o.TLSHandshakeWriteBytes += max(e.NumBytes, 0)
			}
		}
		if any {
			o.TLSHandshakeLastOperation = cut(e.Operation)
		}
	}
}

// clean makes foreign text storable.
func clean(s string) string { return cut(strings.ToValidUTF8(s, "\uFFFD")) }
