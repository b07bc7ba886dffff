package verdict

import "slices"

// inOONIsWords fills what OONI would call the verdict: confirmed is our Blocked, anomaly all that did
// not work, failure what nothing can be said of.
func inOONIsWords(all *Row) {
	all.OONIConfirmed = all.Label == LabelBlocked
	all.OONIFailure = all.Label == LabelInsufficient
	switch all.Label {
	case LabelBlocked, LabelConsistent, LabelUnclear, LabelNoSign:
		all.OONIAnomaly = true
	case LabelReachable:
		all.OONIAnomaly = slices.Contains(all.Interference, "middlebox_altered")
	}
	if all.TestName == "web_connectivity" {
		all.OONIBlocking = blocking(all)
	}
}

// blocking returns the word of web_connectivity's own verdict.
func blocking(all *Row) string {
	switch all.State {
	case OK, Down:
		return "false"
	case Insufficient:
		return ""
	}
	switch {
	case slices.Contains(all.Layers, string(DNS)):
		return "dns"
	case slices.Contains(all.Layers, string(TCP)):
		return "tcp_ip"
	case all.Rule == "http_block_page" || all.Rule == "http_page_differs" || all.Rule == "http_filter_product":
		return "http-diff"
	}
	return "http-failure"
}
