package obs

import "strings"

// Kind is what a failure string means, whoever wrote it: today's probes (OONI df-007), the test
// helper, and the older probes that spoke Twisted's and libuv's names.
type Kind uint8

const (
	Success       Kind = iota // no failure
	Refused                   // the far end, or something in its name, said no
	Reset                     // the connection was torn down
	Timeout                   // nothing came
	EOF                       // closed without an answer
	Unreachable               // no route to the host or network
	Local                     // the device's own trouble: no network, cancelled, no address
	NXDOMAIN                  // the name does not exist
	NoAnswer                  // the name exists, without this record
	ServFail                  // the resolver failed
	DNSRefused                // the resolver declined
	DNSOther                  // any other failure of a lookup
	CertInvalid               // expired, malformed or not usable
	CertAuthority             // signed by nobody we trust
	CertHostname              // for another name
	TLSOther                  // alerts and handshakes that make no sense
	BadRedirect               // the site's redirect leads nowhere
	RedirectLoop              // the site's redirects never end
	Unknown                   // none of these
)

// Certificate says that the handshake itself worked and the certificate was not acceptable.
func (k Kind) Certificate() bool {
	return k == CertInvalid || k == CertAuthority || k == CertHostname
}

// Lookup says that the failure is one of a DNS lookup.
func (k Kind) Lookup() bool { return k >= NXDOMAIN && k <= DNSOther }

// failures lists the exact strings; those with an "unknown_failure:" in front are searched in phrases.
var failures = map[string]Kind{
	"connection_refused":                  Refused,
	"connection_refused_error":            Refused,
	"connect_refused":                     Refused,
	"connection_reset":                    Reset,
	"connection_reset_error":              Reset,
	"connection_aborted":                  Reset,
	"connection_lost":                     Reset,
	"connection_done":                     EOF,
	"broken_pipe":                         Reset,
	"generic_timeout_error":               Timeout,
	"timed_out":                           Timeout,
	"timeout_error":                       Timeout,
	"tcp_timed_out_error":                 Timeout,
	"deferred_timeout_error":              Timeout,
	"response_never_received":             EOF,
	"eof_error":                           EOF,
	"connection_already_closed":           EOF,
	"host_unreachable":                    Unreachable,
	"host_unreachable_error":              Unreachable,
	"network_unreachable":                 Unreachable,
	"no_route_to_host":                    Unreachable,
	"connect_error":                       Unknown,
	"network_down":                        Local,
	"address_not_available":               Local,
	"address_family_not_supported":        Local,
	"interrupted":                         Local,
	"operation_canceled":                  Local,
	"permission_denied":                   Local,
	"dns_nxdomain_error":                  NXDOMAIN,
	"dns_name_error":                      NXDOMAIN,
	"dns_lookup_error":                    NXDOMAIN,
	"android_dns_cache_no_data":           NXDOMAIN, // Android answers this for any failed lookup
	"dns_no_answer":                       NoAnswer,
	"no_answer":                           NoAnswer,
	"dns_servfail_error":                  ServFail,
	"dns_server_error":                    ServFail,
	"dns_server_misbehaving":              ServFail,
	"dns_temporary_failure":               DNSOther,
	"dns_non_recoverable_failure":         DNSOther,
	"dns_refused_error":                   DNSRefused,
	"dns_bogon_error":                     DNSOther,
	"dns_reply_with_wrong_query_id":       DNSOther,
	"dns_reply_with_no_answer":            NoAnswer,
	"ssl_invalid_certificate":             CertInvalid,
	"ssl_unknown_authority":               CertAuthority,
	"ssl_invalid_hostname":                CertHostname,
	"ssl_failed_handshake":                TLSOther,
	"ssl_error":                           TLSOther,
	"quic_incompatible_version":           TLSOther,
	"http_invalid_redirect_location_host": BadRedirect,
	"http_invalid_redirect_url":           BadRedirect,
	"http_unexpected_redirect_url":        BadRedirect,
	"unknown_error":                       Unknown,
}

// phrases are looked for, in this order, in strings that are not in failures.
var phrases = []struct {
	text string
	kind Kind
}{
	{"too many redirects", RedirectLoop},
	{"no such host", NXDOMAIN},
	{"nxdomain", NXDOMAIN},
	{"name or service not known", NXDOMAIN},
	{"nodename nor servname", NXDOMAIN},
	{"servfail", ServFail},
	{"server misbehaving", ServFail},
	{"dns", DNSOther},
	{"lookup", DNSOther},
	{"certificate has expired", CertInvalid},
	{"unknown authority", CertAuthority},
	{"self-signed", CertAuthority},
	{"certificate is valid for", CertHostname},
	{"certificate", CertInvalid},
	{"tls", TLSOther},
	{"ssl", TLSOther},
	{"refused", Refused},
	{"forcibly closed", Reset},
	{"reset by peer", Reset},
	{"connection reset", Reset},
	{"broken pipe", Reset},
	{"aborted", Reset},
	{"deadline exceeded", Timeout},
	{"timed out", Timeout},
	{"timeout", Timeout},
	{"did not properly respond", Timeout},
	{"no route", Unreachable},
	{"unreachable", Unreachable},
	{"network is down", Local},
	{"cannot assign requested address", Local},
	{"operation was canceled", Local},
	{"context canceled", Local},
	{"unexpected eof", EOF},
	{"eof", EOF},
	{"location", BadRedirect},
}

// Classify maps a failure string to its kind; "" is Success.
func Classify(failure string) Kind {
	if failure == "" {
		return Success
	}
	if k, ok := failures[failure]; ok {
		return k
	}
	low := strings.ToLower(failure)
	for _, p := range phrases {
		if strings.Contains(low, p.text) {
			return p.kind
		}
	}
	return Unknown
}
