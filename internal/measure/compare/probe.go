package compare

import "veedor/internal/measure/verdict"

// Probe puts what OONI's probe concluded of a page (web_connectivity's test_keys.blocking and accessible)
// into our words. The probe has no word for TLS: a broken handshake is "http-failure" to it.
func Probe(blocking string, accessible *bool) (state verdict.State, layers []string) {
	switch blocking {
	case "dns":
		return verdict.Blocked, []string{"dns"}
	case "tcp_ip":
		return verdict.Blocked, []string{"tcp"}
	case "http-failure", "http-diff":
		return verdict.Blocked, []string{"http"}
	case "false":
		if accessible != nil && *accessible {
			return verdict.OK, nil
		}
		return verdict.Down, nil
	}
	return verdict.Insufficient, nil
}
