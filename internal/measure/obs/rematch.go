package obs

import (
	"slices"

	"veedor/internal/measure/refdata"
)

// Rematch matches stored rows against the fingerprints of facts, as far as what was stored allows:
// answers, statuses, titles, the headers Location and Server, and certificates. What was matched in
// bodies and other headers when the raw bytes were read stays. Rows name facts as their snapshot.
func Rematch(rows []Observation, certs []Certificate, facts *refdata.Facts) {
	for i := range rows {
		o := &rows[i]
		o.Snapshot = facts.ID()
		if o.DNSAnswer != "" {
			for _, fp := range facts.MatchDNS(o.ProbeCC, o.DNSAnswer) {
				o.DNSFingerprints = including(o.DNSFingerprints, fp.ID)
			}
		}
		if o.TLSCertFingerprint != "" && o.Vantage == Probe {
			for j := range certs {
				if certs[j].Fingerprint == o.TLSCertFingerprint {
					for _, id := range matchCertificate(facts, o.ProbeCC, &certs[j]) {
						o.TLSFingerprints = including(o.TLSFingerprints, id)
					}
				}
			}
		}
		if o.HTTPResponseStatusCode > 0 && o.Vantage == Probe {
			header := func(name string) string {
				switch name {
				case "Location":
					return o.HTTPResponseHeaderLocation
				case "Server":
					return o.HTTPResponseHeaderServer
				}
				return ""
			}
			for _, fp := range facts.MatchHTTP(o.ProbeCC, int(o.HTTPResponseStatusCode), header, o.HTTPResponseTitle, nil) {
				o.HTTPFingerprints = including(o.HTTPFingerprints, fp.ID)
			}
		}
	}
}

// including returns the list with an id, each once.
func including(list []string, id string) []string {
	if slices.Contains(list, id) {
		return list
	}
	return append(slices.Clip(list), id)
}
