// Package verdict judges one measurement: observations, control and dated facts in, a verdict out,
// with every rule that fired and why. It is pure: no file, socket or clock.
package verdict

import "time"

// State is what the network did to the target, as far as this measurement can tell.
type State string

const (
	Insufficient State = "insufficient" // below the evidence floor: never shown as reachable
	OK           State = "ok"           // reachable, nothing interferes
	Down         State = "down"         // unavailable, for the control too
	Blocked      State = "blocked"      // a restriction is in place
)

// Layer is where interference or a fault was found. All is the verdict over all layers.
type Layer string

const (
	All  Layer = "all"
	DNS  Layer = "dns"
	TCP  Layer = "tcp"
	TLS  Layer = "tls"
	HTTP Layer = "http"
	QUIC Layer = "quic"
	// Throttling is no layer of the protocols but a mechanism of its own: bytes let through slowly.
	Throttling Layer = "throttling"
)

// Label is how a state is worded to people.
type Label string

const (
	LabelBlocked      Label = "blocked"      // Blocked: determinate rule and a distinctive artefact
	LabelConsistent   Label = "consistent"   // Consistent with blocking: determinate rule, no artefact
	LabelUnclear      Label = "unclear"      // Not working, cause unclear
	LabelNoSign       Label = "no_sign"      // Not working, no sign of blocking
	LabelReachable    Label = "reachable"    // Reachable
	LabelInsufficient Label = "insufficient" // Not enough data
)

// Evidence is how much a rule's firing is worth.
type Evidence string

const (
	None      Evidence = "none"      // no data
	Discarded Evidence = "discarded" // seen, but it cannot be interpreted
	Scored    Evidence = "scored"
)

// What a measurement was compared with.
const (
	ByHelper  = "test_helper"    // the test helper, from its own place at the same time
	ByOthers  = "other_networks" // what other devices measured shortly before
	ByHistory = "history"        // what other devices in the same network measured before
)

// Row is one row of the verdicts table: one measurement × target × layer. Every measurement has
// exactly one row with layer All, and one for each layer that has observations.
type Row struct {
	MeasurementUID  string    `parquet:"measurement_uid"`
	EvidenceHash    string    `parquet:"evidence_hash,dict"`                                  // hex SHA-256 of the archived bytes
	StartTime       time.Time `parquet:"measurement_start_time,timestamp(microsecond:local)"` // UTC
	ProbeCC         string    `parquet:"probe_cc,dict"`
	ProbeASN        uint32    `parquet:"probe_asn"`
	ProbeASOrgName  string    `parquet:"probe_as_org_name,optional,dict"`
	ResolverASN     uint32    `parquet:"resolver_asn,optional"`
	TestName        string    `parquet:"test_name,dict"`
	TestVersion     string    `parquet:"test_version,optional,dict"`
	SoftwareName    string    `parquet:"software_name,optional,dict"`
	SoftwareVersion string    `parquet:"software_version,optional,dict"`
	Platform        string    `parquet:"platform,optional,dict"`
	ReportID        string    `parquet:"report_id,optional,dict"`
	ProbeID         string    `parquet:"probe_id,optional,dict"` // where the probe has a credential
	Input           string    `parquet:"input,optional,dict"`
	Target          string    `parquet:"target,dict"`            // domain (punycode) or service name ("whatsapp")
	Category        string    `parquet:"category,optional,dict"` // test-list category of the target
	Invented        bool      `parquet:"invented"`               // the probe's AS number is reserved for documentation: sample data
	Invalid         string    `parquet:"invalid,optional,dict"`  // why the measurement cannot be used ("clock"); its state is then insufficient

	Layer        Layer    `parquet:"layer,dict"`
	State        State    `parquet:"state,dict"`
	Label        Label    `parquet:"label,dict"`
	Artefact     bool     `parquet:"artefact"`           // fingerprint, bogon or middlebox certificate seen
	Rule         string   `parquet:"rule,optional,dict"` // the winner
	Evidence     Evidence `parquet:"evidence,dict"`
	Layers       []string `parquet:"layers,list"`       // on the All row: the layers the state rests on
	Interference []string `parquet:"interference,list"` // on the All row: rules that report interference beside the state

	// every rule that fired in this layer, in order; three lists of one length
	Rules    []string `parquet:"fired_rules,list"`
	Subjects []string `parquet:"fired_subjects,list"` // what it fired on: "www.example.com", "192.0.2.1:443"
	Facts    []string `parquet:"fired_facts,list"`    // what it looked at, for people

	Controls []string `parquet:"controls,list"` // what it was compared with: ByHelper, ByOthers, ByHistory
	// Open says that what others saw could change the verdict: it is judged again when more is known.
	Open     bool   `parquet:"open"`
	RuleSet  string `parquet:"rule_set,dict"` // version of the rules
	Snapshot string `parquet:"snapshot,dict"` // reference data used

	// on the All row: the same in OONI's words
	OONIAnomaly   bool   `parquet:"ooni_anomaly"`
	OONIConfirmed bool   `parquet:"ooni_confirmed"`
	OONIFailure   bool   `parquet:"ooni_failure"`
	OONIBlocking  string `parquet:"ooni_blocking,optional,dict"` // dns tcp_ip http-failure http-diff false; null where OONI says null

	// what others said of the same measurement, verbatim
	ProbeBlocking   string `parquet:"probe_blocking,optional,dict"` // web_connectivity's test_keys.blocking
	ProbeAccessible *bool  `parquet:"probe_accessible,optional"`
}
