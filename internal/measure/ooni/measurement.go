// Package ooni reads network measurements as OONI publishes them: the envelope (spec df-000),
// the shared blocks (df-001 HTTP, df-002 DNS, df-005 TCP, df-006 TLS and QUIC, df-008 network
// events) and the keys of each nettest. It is tolerant, because measurements come from the open
// internet and from twelve years of probes: a wrong type costs that field, never the line.
// It knows nothing of what Veedor does with a measurement.
package ooni

import "strings"

// Measurement is one decoded measurement. Absent and null are nil where the difference between
// them and an empty value can matter; Text keeps all three apart.
//
// Its strings and byte slices point into one private copy of the record: read them, never write them.
type Measurement struct {
	Annotations          Annotations `json:"annotations"`
	DataFormatVersion    string      `json:"data_format_version"`
	ID                   string      `json:"id"`
	Input                Input       `json:"input"` // null, string, or (old tests) list of strings
	MeasurementStartTime string      `json:"measurement_start_time"`
	MeasurementUID       string      `json:"measurement_uid"` // as the publisher says; never trusted as an identity
	Options              []string    `json:"options"`
	ProbeASN             string      `json:"probe_asn"` // "AS8048"
	ProbeCC              string      `json:"probe_cc"`
	ProbeID              string      `json:"probe_id"`
	ProbeIP              string      `json:"probe_ip"`
	ProbeNetworkName     string      `json:"probe_network_name"`
	ReportID             string      `json:"report_id"`
	ResolverASN          string      `json:"resolver_asn"`
	ResolverIP           string      `json:"resolver_ip"`
	ResolverNetworkName  string      `json:"resolver_network_name"`
	SoftwareName         string      `json:"software_name"`
	SoftwareVersion      string      `json:"software_version"`
	TestName             string      `json:"test_name"`
	TestRuntime          float64     `json:"test_runtime"` // seconds
	TestStartTime        string      `json:"test_start_time"`
	TestVersion          string      `json:"test_version"`
	TestKeys             *TestKeys   `json:"test_keys"` // nil: absent or null

	// Defects names the fields that did not have the type the specification gives them
	// ("test_keys.control.tcp_connect: string"); their values are zero.
	Defects []string `json:"-"`
}

// Annotations are what the probe noted about itself; values that were not strings are their JSON.
type Annotations map[string]string

// Input is a measurement's input: nil when absent or null, one element usually, several in a few old tests.
type Input []string

// TestKeys is the union of the keys of all nettests that Veedor reads. Which of them are filled
// depends on Measurement.TestName and TestVersion.
type TestKeys struct {
	// shared blocks
	Queries        []Query        `json:"queries"`
	TCPConnect     []TCPConnect   `json:"tcp_connect"`
	TLSHandshakes  []TLSHandshake `json:"tls_handshakes"`
	QUICHandshakes []TLSHandshake `json:"quic_handshakes"`
	Requests       []Request      `json:"requests"` // newest first
	NetworkEvents  []NetworkEvent `json:"network_events"`

	Agent           string  `json:"agent"`
	ClientResolver  string  `json:"client_resolver"`
	Failure         *string `json:"failure"`
	FailedOperation *string `json:"failed_operation"`
	Success         *bool   `json:"success"`
	Error           *string `json:"error"`          // torsf, vanilla_tor
	BootstrapTime   float64 `json:"bootstrap_time"` // seconds

	// web_connectivity
	Control               *Control        `json:"control"`
	ControlFailure        *string         `json:"control_failure"`
	ControlRequest        *ControlRequest `json:"x_control_request"`
	DNSExperimentFailure  *string         `json:"dns_experiment_failure"`
	DNSConsistency        *string         `json:"dns_consistency"`
	HTTPExperimentFailure *string         `json:"http_experiment_failure"`
	BodyLengthMatch       *bool           `json:"body_length_match"`
	BodyProportion        float64         `json:"body_proportion"`
	StatusCodeMatch       *bool           `json:"status_code_match"`
	HeadersMatch          *bool           `json:"headers_match"`
	TitleMatch            *bool           `json:"title_match"`
	Accessible            *bool           `json:"accessible"`
	Blocking              Blocking        `json:"blocking"`
	XBlockingFlags        int64           `json:"x_blocking_flags"`
	XDNSFlags             int64           `json:"x_dns_flags"`
	XNullNullFlags        int64           `json:"x_null_null_flags"`

	// whatsapp
	RegistrationServerStatus  string   `json:"registration_server_status"`
	RegistrationServerFailure *string  `json:"registration_server_failure"`
	WhatsappEndpointsStatus   string   `json:"whatsapp_endpoints_status"`
	WhatsappEndpointsBlocked  []string `json:"whatsapp_endpoints_blocked"`
	WhatsappDNSInconsistent   []string `json:"whatsapp_endpoints_dns_inconsistent"`
	WhatsappWebStatus         string   `json:"whatsapp_web_status"`
	WhatsappWebFailure        *string  `json:"whatsapp_web_failure"`

	// telegram
	TelegramHTTPBlocking *bool   `json:"telegram_http_blocking"`
	TelegramTCPBlocking  *bool   `json:"telegram_tcp_blocking"`
	TelegramWebStatus    string  `json:"telegram_web_status"`
	TelegramWebFailure   *string `json:"telegram_web_failure"`

	// facebook_messenger
	FacebookDNSBlocking              *bool `json:"facebook_dns_blocking"`
	FacebookTCPBlocking              *bool `json:"facebook_tcp_blocking"`
	FacebookBAPIDNSConsistent        *bool `json:"facebook_b_api_dns_consistent"`
	FacebookBAPIReachable            *bool `json:"facebook_b_api_reachable"`
	FacebookBGraphDNSConsistent      *bool `json:"facebook_b_graph_dns_consistent"`
	FacebookBGraphReachable          *bool `json:"facebook_b_graph_reachable"`
	FacebookEdgeDNSConsistent        *bool `json:"facebook_edge_dns_consistent"`
	FacebookEdgeReachable            *bool `json:"facebook_edge_reachable"`
	FacebookExternalCDNDNSConsistent *bool `json:"facebook_external_cdn_dns_consistent"`
	FacebookExternalCDNReachable     *bool `json:"facebook_external_cdn_reachable"`
	FacebookScontentCDNDNSConsistent *bool `json:"facebook_scontent_cdn_dns_consistent"`
	FacebookScontentCDNReachable     *bool `json:"facebook_scontent_cdn_reachable"`
	FacebookStarDNSConsistent        *bool `json:"facebook_star_dns_consistent"`
	FacebookStarReachable            *bool `json:"facebook_star_reachable"`
	FacebookSTUNDNSConsistent        *bool `json:"facebook_stun_dns_consistent"`

	// signal
	SignalBackendStatus  string  `json:"signal_backend_status"`
	SignalBackendFailure *string `json:"signal_backend_failure"`

	// tor: how many of the directory authorities and bridges were reachable
	DirPortTotal            int64 `json:"dir_port_total"`
	DirPortAccessible       int64 `json:"dir_port_accessible"`
	OBFS4Total              int64 `json:"obfs4_total"`
	OBFS4Accessible         int64 `json:"obfs4_accessible"`
	ORPortTotal             int64 `json:"or_port_total"`
	ORPortAccessible        int64 `json:"or_port_accessible"`
	ORPortDirauthTotal      int64 `json:"or_port_dirauth_total"`
	ORPortDirauthAccessible int64 `json:"or_port_dirauth_accessible"`

	// torsf, vanilla_tor
	TorProgress      int64   `json:"tor_progress"` // percent
	TorProgressTag   string  `json:"tor_progress_tag"`
	TransportName    string  `json:"transport_name"`
	RendezvousMethod string  `json:"rendezvous_method"`
	Timeout          float64 `json:"timeout"` // seconds

	// dnscheck, stunreachability
	BootstrapFailure *string `json:"bootstrap_failure"`
	Endpoint         string  `json:"endpoint"`

	// ndt, dash
	Summary *NDTSummary `json:"summary"`
	Simple  *DASHSimple `json:"simple"`

	// http_invalid_request_line
	Sent     []Text `json:"sent"`
	Received []Text `json:"received"`
	// Tampering is a boolean in http_invalid_request_line, an object in
	// http_header_field_manipulation: kept as raw JSON.
	Tampering Raw `json:"tampering"`

	// browser_web
	Result string `json:"result"`

	// Nests of shared blocks, undecoded; see Parts.
	TCPConnects []TCPConnect `json:"tcp_connects"` // echcheck's spelling; merged into TCPConnect by Decode
	Targets     Raw          `json:"targets"`      // tor: by name, or a list
	Bootstrap   Raw          `json:"bootstrap"`    // dnscheck
	Lookups     Raw          `json:"lookups"`      // dnscheck: by resolver
	Target      Raw          `json:"target"`       // sni_blocking
	Pings       Raw          `json:"pings"`        // dnsping, tcpping, tlsping, simplequicping
	// IterativeTrace holds tlsmiddlebox's handshakes.
	IterativeTrace Raw `json:"iterative_trace"`
	DNSWhoami      Raw `json:"x_dns_whoami"`

	nested []Part // decoded from the above
}

// NDTSummary is what ndt measured.
type NDTSummary struct {
	Download       float64 `json:"download"` // kbit/s
	Upload         float64 `json:"upload"`   // kbit/s
	Ping           float64 `json:"ping"`     // ms
	MinRTT         float64 `json:"min_rtt"`  // ms
	AvgRTT         float64 `json:"avg_rtt"`  // ms
	MaxRTT         float64 `json:"max_rtt"`  // ms
	MSS            int64   `json:"mss"`
	RetransmitRate float64 `json:"retransmit_rate"` // share of the bytes sent
}

// DASHSimple is what dash measured.
type DASHSimple struct {
	ConnectLatency  float64 `json:"connect_latency"`   // seconds
	MedianBitrate   float64 `json:"median_bitrate"`    // kbit/s
	MinPlayoutDelay float64 `json:"min_playout_delay"` // seconds
}

// Raw is undecoded JSON; nil when absent, "null" when null.
type Raw []byte

// Blocking is web_connectivity's own verdict: "dns", "tcp_ip", "http-failure", "http-diff",
// "false", "null", or "" when absent.
type Blocking string

// Text is a string that may hold arbitrary bytes: a JSON string, or {"format":"base64","data":…}.
// Base64 that is not valid is kept as it is written, and the measurement's Defects name it.
type Text struct {
	Data   []byte // decoded bytes
	Set    bool   // present and not null
	Null   bool   // present and null
	Base64 bool   // was published in base64
	broken bool   // was neither, or the base64 was not valid
}

// Query is one DNS lookup (df-002).
type Query struct {
	Answers         []Answer `json:"answers"`
	Engine          string   `json:"engine"`
	Failure         *string  `json:"failure"`
	Hostname        string   `json:"hostname"`
	QueryType       string   `json:"query_type"`
	ResolverAddress string   `json:"resolver_address"`
	Rcode           *int64   `json:"rcode"`
	T0              *float64 `json:"t0"`
	T               *float64 `json:"t"` // seconds since the measurement began
	Tags            []string `json:"tags"`
	TransactionID   int64    `json:"transaction_id"`
}

// Answer is one record of a DNS answer.
type Answer struct {
	AnswerType string `json:"answer_type"`
	ASN        int64  `json:"asn"`
	ASOrgName  string `json:"as_org_name"`
	IPv4       string `json:"ipv4"`
	IPv6       string `json:"ipv6"`
	Hostname   string `json:"hostname"`
	TTL        *int64 `json:"ttl"` // seconds
}

// TCPConnect is one TCP connect (df-005).
type TCPConnect struct {
	IP            string    `json:"ip"`
	Port          int64     `json:"port"`
	Status        TCPStatus `json:"status"`
	T0            *float64  `json:"t0"`
	T             *float64  `json:"t"`
	Tags          []string  `json:"tags"`
	TransactionID int64     `json:"transaction_id"`
}

// TCPStatus is the outcome of a TCP connect.
type TCPStatus struct {
	Failure *string `json:"failure"`
	Success *bool   `json:"success"`
	Blocked *bool   `json:"blocked"`
}

// TLSHandshake is one TLS or QUIC handshake (df-006).
type TLSHandshake struct {
	Network            string   `json:"network"`
	Address            string   `json:"address"`
	ServerName         string   `json:"server_name"`
	OuterServerName    string   `json:"outer_server_name"`
	ECHConfig          string   `json:"echconfig"`
	TLSVersion         string   `json:"tls_version"`
	CipherSuite        string   `json:"cipher_suite"`
	NegotiatedProtocol string   `json:"negotiated_protocol"`
	NoTLSVerify        bool     `json:"no_tls_verify"`
	PeerCertificates   []Text   `json:"peer_certificates"` // DER, leaf first
	Failure            *string  `json:"failure"`
	SoError            *string  `json:"so_error"`
	T0                 *float64 `json:"t0"`
	T                  *float64 `json:"t"`
	Tags               []string `json:"tags"`
	TransactionID      int64    `json:"transaction_id"`
}

// Request is one HTTP round trip (df-001).
type Request struct {
	Network       string       `json:"network"`
	Address       string       `json:"address"`
	ALPN          string       `json:"alpn"`
	Failure       *string      `json:"failure"`
	Request       HTTPRequest  `json:"request"`
	Response      HTTPResponse `json:"response"`
	T0            *float64     `json:"t0"`
	T             *float64     `json:"t"`
	Tags          []string     `json:"tags"`
	TransactionID int64        `json:"transaction_id"`
}

// HTTPRequest is what was sent.
type HTTPRequest struct {
	Method          string  `json:"method"`
	URL             string  `json:"url"`
	Headers         Headers `json:"headers"`      // holds headers_list, in its order, where that was published
	HeadersList     Headers `json:"headers_list"` // nil after Decode
	Body            Text    `json:"body"`
	BodyIsTruncated *bool   `json:"body_is_truncated"`
	XTransport      string  `json:"x_transport"`
	Tor             Tor     `json:"tor"`
}

// HTTPResponse is what came back; Code is 0 when nothing did.
type HTTPResponse struct {
	Code            int64   `json:"code"`
	Headers         Headers `json:"headers"`
	HeadersList     Headers `json:"headers_list"` // nil after Decode
	Body            Text    `json:"body"`
	BodyIsTruncated *bool   `json:"body_is_truncated"`
}

// Tor tells whether a request went over Tor.
type Tor struct {
	IsTor bool `json:"is_tor"`
}

// Headers is a list of header fields in the order published (headers_list), or sorted by name
// where only the map was published.
type Headers []Header

// Header is one header field.
type Header struct{ Name, Value string }

// Get returns the first value of the field called name, compared without case, or "".
func (h Headers) Get(name string) string {
	for i := range h {
		if strings.EqualFold(h[i].Name, name) {
			return h[i].Value
		}
	}
	return ""
}

// NetworkEvent is one low-level event (df-008).
type NetworkEvent struct {
	Address       string   `json:"address"`
	Failure       *string  `json:"failure"`
	NumBytes      int64    `json:"num_bytes"`
	Operation     string   `json:"operation"`
	Proto         string   `json:"proto"`
	T0            *float64 `json:"t0"`
	T             *float64 `json:"t"`
	Tags          []string `json:"tags"`
	TransactionID int64    `json:"transaction_id"`
}

// Control is what the test helper saw.
type Control struct {
	TCPConnect    map[string]ControlTCP `json:"tcp_connect"`   // by "ip:port"
	TLSHandshake  map[string]ControlTLS `json:"tls_handshake"` // by "ip:port"
	QUICHandshake map[string]ControlTLS `json:"quic_handshake"`
	HTTPRequest   *ControlHTTP          `json:"http_request"`
	HTTP3Request  *ControlHTTP          `json:"http3_request"`
	DNS           *ControlDNS           `json:"dns"`
	IPInfo        map[string]IPInfo     `json:"ip_info"`
}

// ControlTCP is the test helper's connect to one endpoint.
type ControlTCP struct {
	Status  *bool   `json:"status"`
	Failure *string `json:"failure"`
}

// ControlTLS is the test helper's handshake with one endpoint.
type ControlTLS struct {
	ServerName string  `json:"server_name"`
	Status     *bool   `json:"status"`
	Failure    *string `json:"failure"`
}

// ControlHTTP is the test helper's fetch of the input. BodyLength and StatusCode are -1 when it failed.
type ControlHTTP struct {
	BodyLength           *int64  `json:"body_length"`
	DiscoveredH3Endpoint string  `json:"discovered_h3_endpoint"`
	Failure              *string `json:"failure"`
	Title                *string `json:"title"`
	Headers              Headers `json:"headers"`
	StatusCode           *int64  `json:"status_code"`
}

// ControlDNS is the test helper's lookup of the input's host.
type ControlDNS struct {
	Failure *string  `json:"failure"`
	Addrs   []string `json:"addrs"`
}

// IPInfo is what the test helper knows of one address. Flags: 1 resolved by the probe, 2 by the
// helper, 4 bogon, 8 a valid TLS handshake for the name happened on it.
type IPInfo struct {
	ASN   int64 `json:"asn"`
	Flags int64 `json:"flags"`
}

// ControlRequest is what the probe asked of the test helper.
type ControlRequest struct {
	HTTPRequest string   `json:"http_request"`
	TCPConnect  []string `json:"tcp_connect"`
}
