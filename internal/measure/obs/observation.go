// Package obs turns a measurement into observations: one row for one endpoint as one vantage point
// saw it, joining the DNS answer, TCP connect, TLS or QUIC handshake and HTTP round trip that belong
// together. It also owns the failure vocabulary. It is pure: no file, socket or clock.
package obs

import "time"

// Vantage says who looked.
const (
	Probe   = "probe"   // the measuring device
	Control = "control" // the test helper, from a network believed to be free
)

// Observation is one row of the observations table. Columns are sparse: a pointer is nil, and an
// optional string is empty (stored as null), where that step was not part of the observation.
// docs/format/observations.md lists every column with the name OONI's pipeline v5 gives it.
//
// A *_failure is null both when a step succeeded and when it was not tried; *_success tells the two
// apart (true, false, null = not tried).
type Observation struct {
	// the measurement
	MeasurementUID  string    `parquet:"measurement_uid"`
	ObservationIdx  int32     `parquet:"observation_idx"`                                     // from 0, unique within the measurement
	EvidenceHash    string    `parquet:"evidence_hash,dict"`                                  // hex SHA-256 of the archived bytes
	Vantage         string    `parquet:"vantage,dict"`                                        // Probe or Control
	StartTime       time.Time `parquet:"measurement_start_time,timestamp(microsecond:local)"` // UTC, stored without a zone
	ReportID        string    `parquet:"report_id,optional,dict"`
	Input           string    `parquet:"input,optional,dict"`
	OONIRunLinkID   string    `parquet:"ooni_run_link_id,optional,dict"`
	SoftwareName    string    `parquet:"software_name,optional,dict"`
	SoftwareVersion string    `parquet:"software_version,optional,dict"`
	TestName        string    `parquet:"test_name,dict"`
	TestVersion     string    `parquet:"test_version,optional,dict"`
	ProbeASN        uint32    `parquet:"probe_asn"`
	ProbeCC         string    `parquet:"probe_cc,dict"`
	ProbeASOrgName  string    `parquet:"probe_as_org_name,optional,dict"`
	ProbeASCC       string    `parquet:"probe_as_cc,optional,dict"`
	ProbeASName     string    `parquet:"probe_as_name,optional,dict"`
	ProbeID         string    `parquet:"probe_id,optional,dict"`
	NetworkType     string    `parquet:"network_type,optional,dict"`
	Platform        string    `parquet:"platform,optional,dict"`
	Origin          string    `parquet:"origin,optional,dict"`
	EngineName      string    `parquet:"engine_name,optional,dict"`
	EngineVersion   string    `parquet:"engine_version,optional,dict"`
	Architecture    string    `parquet:"architecture,optional,dict"`

	// the resolver the device was using
	ResolverIP             string `parquet:"resolver_ip,optional,dict"` // "" when scrubbed
	ResolverASN            uint32 `parquet:"resolver_asn,optional"`
	ResolverCC             string `parquet:"resolver_cc,optional,dict"`
	ResolverASOrgName      string `parquet:"resolver_as_org_name,optional,dict"`
	ResolverASCC           string `parquet:"resolver_as_cc,optional,dict"`
	ResolverIsScrubbed     bool   `parquet:"resolver_is_scrubbed"`
	ResolverASNProbe       uint32 `parquet:"resolver_asn_probe,optional"` // as the probe said
	ResolverASOrgNameProbe string `parquet:"resolver_as_org_name_probe,optional,dict"`

	// the target
	TargetID      string `parquet:"target_id,optional,dict"`      // nettest's own name for the endpoint ("tor:dirauth", "whatsapp:web")
	TargetFailure string `parquet:"target_failure,optional,dict"` // what the endpoint's own protocol said, where the nettest tells (tor)
	Hostname      string `parquet:"hostname,optional,dict"`       // lower case, punycode
	TransactionID int64  `parquet:"transaction_id,optional"`
	Depth         int32  `parquet:"depth"`               // redirects followed before this step; -1 unknown
	FetchBody     *bool  `parquet:"fetch_body,optional"` // false: an attempt beside the page's own path (tag fetch_body=false); nil: not said
	IP            string `parquet:"ip,optional,dict"`
	Port          int32  `parquet:"port,optional"`
	IPASN         uint32 `parquet:"ip_asn,optional"`
	IPASOrgName   string `parquet:"ip_as_org_name,optional,dict"`
	IPASCC        string `parquet:"ip_as_cc,optional,dict"`
	IPCC          string `parquet:"ip_cc,optional,dict"`
	IPIsBogon     *bool  `parquet:"ip_is_bogon,optional"` // nil: no address

	// DNS
	DNSQueryType             string   `parquet:"dns_query_type,optional,dict"`
	DNSFailure               string   `parquet:"dns_failure,optional,dict"`
	DNSSuccess               *bool    `parquet:"dns_success,optional"`
	DNSEngine                string   `parquet:"dns_engine,optional,dict"`
	DNSEngineResolverAddress string   `parquet:"dns_engine_resolver_address,optional,dict"`
	DNSAnswerType            string   `parquet:"dns_answer_type,optional,dict"`
	DNSAnswer                string   `parquet:"dns_answer,optional,dict"`
	DNSAnswerASN             uint32   `parquet:"dns_answer_asn,optional"`
	DNSAnswerASOrgName       string   `parquet:"dns_answer_as_org_name,optional,dict"`
	DNST                     *float64 `parquet:"dns_t,optional"`        // seconds since the measurement began, as all *_t
	DNSFingerprints          []string `parquet:"dns_fingerprints,list"` // ids that matched the answer

	// TCP
	TCPFailure string   `parquet:"tcp_failure,optional,dict"`
	TCPSuccess *bool    `parquet:"tcp_success,optional"`
	TCPT       *float64 `parquet:"tcp_t,optional"`
	TCPTime    *float64 `parquet:"tcp_time,optional"` // seconds the connect took: about one round trip

	// TLS
	TLSFailure                string   `parquet:"tls_failure,optional,dict"`
	TLSSuccess                *bool    `parquet:"tls_success,optional"`
	TLSServerName             string   `parquet:"tls_server_name,optional,dict"`
	TLSOuterServerName        string   `parquet:"tls_outer_server_name,optional,dict"`
	TLSECHConfig              string   `parquet:"tls_echconfig,optional,dict"`
	TLSVersion                string   `parquet:"tls_version,optional,dict"`
	TLSCipherSuite            string   `parquet:"tls_cipher_suite,optional,dict"`
	TLSNoVerify               bool     `parquet:"tls_no_verify"` // the probe did not verify the chain
	TLSIsCertificateValid     *bool    `parquet:"tls_is_certificate_valid,optional"`
	TLSCertFingerprint        string   `parquet:"tls_end_entity_certificate_fingerprint,optional,dict"` // hex SHA-256; the rest is in the certificates table
	TLSCertificateChainLength int32    `parquet:"tls_certificate_chain_length,optional"`
	TLSCertificateChainHash   string   `parquet:"tls_certificate_chain_hash,optional,dict"` // hex SHA-256 over the chain's fingerprints
	TLSHandshakeReadCount     int32    `parquet:"tls_handshake_read_count,optional"`
	TLSHandshakeWriteCount    int32    `parquet:"tls_handshake_write_count,optional"`
	TLSHandshakeReadBytes     int64    `parquet:"tls_handshake_read_bytes,optional"`
	TLSHandshakeWriteBytes    int64    `parquet:"tls_handshake_write_bytes,optional"`
	TLSHandshakeLastOperation string   `parquet:"tls_handshake_last_operation,optional,dict"`
	TLSHandshakeTime          *float64 `parquet:"tls_handshake_time,optional"` // seconds
	TLST                      *float64 `parquet:"tls_t,optional"`
	TLSFingerprints           []string `parquet:"tls_fingerprints,list"` // ids that matched the certificate

	// QUIC
	QUICFailure    string   `parquet:"quic_failure,optional,dict"`
	QUICSuccess    *bool    `parquet:"quic_success,optional"`
	QUICServerName string   `parquet:"quic_server_name,optional,dict"`
	QUICT          *float64 `parquet:"quic_t,optional"`

	// HTTP
	HTTPRequestURL              string   `parquet:"http_request_url,optional,dict"`
	HTTPNetwork                 string   `parquet:"http_network,optional,dict"`
	HTTPALPN                    string   `parquet:"http_alpn,optional,dict"`
	HTTPFailure                 string   `parquet:"http_failure,optional,dict"`
	HTTPSuccess                 *bool    `parquet:"http_success,optional"`
	HTTPRequestMethod           string   `parquet:"http_request_method,optional,dict"`
	HTTPRequestBodyLength       int64    `parquet:"http_request_body_length,optional"`
	HTTPRequestBodyIsTruncated  *bool    `parquet:"http_request_body_is_truncated,optional"`
	HTTPRequestRedirectFrom     string   `parquet:"http_request_redirect_from,optional,dict"`
	HTTPRuntime                 *float64 `parquet:"http_runtime,optional"` // seconds
	HTTPResponseBodyLength      *int64   `parquet:"http_response_body_length,optional"`
	HTTPResponseBodyIsTruncated *bool    `parquet:"http_response_body_is_truncated,optional"`
	HTTPResponseBodySHA1        string   `parquet:"http_response_body_sha1,optional,dict"` // as OONI has it, for joins
	HTTPResponseStatusCode      int32    `parquet:"http_response_status_code,optional"`
	HTTPResponseTitle           string   `parquet:"http_response_title,optional,dict"`
	HTTPResponseHeaderLocation  string   `parquet:"http_response_header_location,optional,dict"`
	HTTPResponseHeaderServer    string   `parquet:"http_response_header_server,optional,dict"`
	HTTPResponseHeaderNames     []string `parquet:"http_response_header_names,list"` // lower case, sorted, unique
	HTTPFingerprints            []string `parquet:"http_fingerprints,list"`          // ids that matched body, headers, status or title
	HTTPT                       *float64 `parquet:"http_t,optional"`
	HTTPFinal                   bool     `parquet:"http_final"` // the last response of a redirect chain, fetched for its body

	// how the connection's bytes arrived after the handshake, from its network events
	TransferBytes   int64    `parquet:"transfer_bytes,optional"`
	TransferSamples int32    `parquet:"transfer_samples,optional"` // receipts and counter readings it is known from
	TransferTime    *float64 `parquet:"transfer_time,optional"`    // seconds from the first byte to the last
	TransferWait    *float64 `parquet:"transfer_wait,optional"`    // seconds from the request to the first byte
	TransferStall   *float64 `parquet:"transfer_stall,optional"`   // seconds of silence at the end of a transfer that failed
	SpeedKbps       *float64 `parquet:"speed_kbps,optional"`       // what a speed test measured, kbit/s downwards

	// middlebox tests: what was sent and what came back
	HIRLSent     []string `parquet:"hirl_sent,list"`
	HIRLReceived []string `parquet:"hirl_received,list"`
	HIRLFailure  string   `parquet:"hirl_failure,optional,dict"`
	HIRLSuccess  *bool    `parquet:"hirl_success,optional"`
	HFMDiff      string   `parquet:"hfm_diff,optional"`
	HFMFailure   string   `parquet:"hfm_failure,optional,dict"`
	HFMSuccess   *bool    `parquet:"hfm_success,optional"`

	// what the probe itself concluded, verbatim
	ProbeAnalysis   string `parquet:"probe_analysis,optional,dict"` // web_connectivity's test_keys.blocking
	ProbeAccessible *bool  `parquet:"probe_accessible,optional"`
	ProbeFailure    string `parquet:"probe_failure,optional,dict"` // the nettest's own overall failure
	ProbeSuccess    *bool  `parquet:"probe_success,optional"`      // the nettest's own overall success

	// reference data used for the annotations above
	Snapshot string `parquet:"snapshot,dict"`
}

// Certificate is one row of the certificates table: a certificate seen in a handshake, stored once.
type Certificate struct {
	Fingerprint       string    `parquet:"fingerprint"` // hex SHA-256 of the DER
	Subject           string    `parquet:"subject,optional"`
	SubjectCommonName string    `parquet:"subject_common_name,optional"`
	Issuer            string    `parquet:"issuer,optional"`
	IssuerCommonName  string    `parquet:"issuer_common_name,optional"`
	SANList           []string  `parquet:"san_list,list"`
	NotValidBefore    time.Time `parquet:"not_valid_before,timestamp(microsecond:local)"`
	NotValidAfter     time.Time `parquet:"not_valid_after,timestamp(microsecond:local)"`
	Defect            string    `parquet:"defect,optional"` // why it could not be parsed
}
