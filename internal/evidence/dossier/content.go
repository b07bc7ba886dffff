package dossier

import (
	"encoding/json"
	"io"
	"time"
)

// Content is what a dossier says and rests on, as it was when it was frozen. Whoever builds a dossier is handed
// all of it; nothing is looked up. Its JSON is the body of dossier/manifest.json (docs/format/dossier.md).
//
// Hashes are SHA-256 in 64 lower-case hex digits. Ids are 1 to 64 of a–z, 0–9, '-', '_' and '.', beginning with a
// letter or digit, and unique within their list. Texts are valid UTF-8 without control characters but line ends and tabs.
type Content struct {
	ID         string    `json:"id"`
	URL        string    `json:"url"` // under which the pages stand in the web archive; ends in '/'
	Title      string    `json:"title"`
	Question   string    `json:"question"`
	Summary    string    `json:"summary,omitempty"`
	Languages  []string  `json:"languages"` // BCP 47; the first is that of the pages' own words (en or es, else en)
	Publisher  Publisher `json:"publisher"`
	Software   string    `json:"software"`             // that froze it
	Created    time.Time `json:"created"`              // whole seconds, UTC
	Version    int       `json:"version"`              // from 1
	Supersedes string    `json:"supersedes,omitempty"` // hash of the file of the version before

	Unknown    []Unknown   `json:"unknown,omitempty"`
	Facts      []Fact      `json:"facts,omitempty"`
	Claims     []Claim     `json:"claims"`
	Evidence   []Evidence  `json:"evidence"`
	Quotes     []Quote     `json:"quotes"`
	Documents  []Document  `json:"documents"`
	Statements []Statement `json:"statements"`
	Findings   []Finding   `json:"findings"`
	Absences   []Absence   `json:"absences"`
	Captures   []Capture   `json:"captures"`
	Objects    []Object    `json:"objects"`
	Incidents  []Incident  `json:"incidents"`
	RuleSets   []RuleSet   `json:"rule_sets"`
	Redactions []Redaction `json:"redactions"`
	Log        Log         `json:"log"`

	// Policy is what the publisher suggests that readers trust; nil for no suggestion. It becomes dossier/policy.json
	// and convinces nobody: a reader's own policy decides.
	Policy *Policy `json:"-"`
}

// Publisher is who answers for a dossier.
type Publisher struct {
	Name    string `json:"name"`
	URL     string `json:"url,omitempty"`
	Contact string `json:"contact,omitempty"`
}

// Unknown is what is not known, and what would settle it.
type Unknown struct {
	Text    string `json:"text"`
	Settles string `json:"settles,omitempty"`
}

// Fact is an agreement, deployment, sanction, report, figure or event, as its sources have it. Where sources differ there is one
// fact for each account.
type Fact struct {
	ID      string   `json:"id"`
	Kind    string   `json:"kind"`
	Date    Date     `json:"date,omitempty"`
	Text    string   `json:"text"`
	Amount  string   `json:"amount,omitempty"`
	Of      string   `json:"of,omitempty"` // id in Facts: of which it is another account
	Sources []string `json:"sources"`
}

// Date is a date as precise as it is known: 2020, 2020-11, 2020-11-30, 2020-11-30T14:05:00Z, or two of them with a
// slash between for a span. The empty date is not known.
type Date string

// Status is how a claim stands.
type Status string

// The ways in which a claim can stand.
const (
	Supported    Status = "supported"
	Contradicted Status = "contradicted"
	Contested    Status = "contested"
	SingleSource Status = "single-source"
	Unverified   Status = "unverified"
)

// Claim is one proposition in plain words.
type Claim struct {
	ID         string      `json:"id"`
	Text       string      `json:"text"`
	Lang       string      `json:"lang,omitempty"`
	Status     Status      `json:"status"`
	Derived    string      `json:"derived"` // how the status follows from the evidence, in plain words
	Utterances []Utterance `json:"utterances"`
	Relations  []Relation  `json:"relations,omitempty"`
}

// Utterance is somebody saying it.
type Utterance struct {
	Speaker string `json:"speaker"`
	Role    string `json:"role,omitempty"`
	Date    Date   `json:"date,omitempty"`
	Quote   string `json:"quote,omitempty"` // id in Quotes
	Note    string `json:"note,omitempty"`
}

// Relation is from one claim to another.
type Relation struct {
	Kind  string `json:"kind"`  // contradicts, repeats, corrects, retracts
	Claim string `json:"claim"` // id in Claims
}

// Kind is what evidence consists of.
type Kind string

// The kinds of evidence; each names the list in which Ref is found.
const (
	KindQuote     Kind = "quote"
	KindDocument  Kind = "document"
	KindStatement Kind = "statement"
	KindFinding   Kind = "finding"
	KindAbsence   Kind = "absence"
)

// Stance is how evidence bears on a claim.
type Stance string

// The stances.
const (
	Supports     Stance = "supports"
	Contradicts  Stance = "contradicts"
	Context      Stance = "context"
	Insufficient Stance = "insufficient"
)

// Evidence says that something bears on a claim, how, and who holds so.
type Evidence struct {
	ID       string    `json:"id"`
	Claim    string    `json:"claim"`
	Kind     Kind      `json:"kind"`
	Ref      string    `json:"ref"`
	Stance   Stance    `json:"stance"`
	Strength string    `json:"strength,omitempty"`
	Reason   string    `json:"reason"`
	Who      string    `json:"who"`
	When     time.Time `json:"when"`
}

// Quote is a passage anchored in the stored text of a capture by W3C selectors.
type Quote struct {
	ID          string `json:"id"`
	Capture     string `json:"capture"` // hash, in Captures
	Text        string `json:"text"`    // URI of the WARC record that holds the text: urn:text:<url>
	TextSHA256  string `json:"text_sha256"`
	Exact       string `json:"exact"`
	Prefix      string `json:"prefix,omitempty"`
	Suffix      string `json:"suffix,omitempty"`
	Start       int    `json:"start"` // in code points of the text
	End         int    `json:"end"`   // exclusive
	Lang        string `json:"lang,omitempty"`
	Translation string `json:"translation,omitempty"`
	Translator  string `json:"translator,omitempty"`
}

// Document is a paper, page or file as a whole.
type Document struct {
	ID        string `json:"id"`
	Title     string `json:"title"`
	Publisher string `json:"publisher,omitempty"`
	Date      Date   `json:"date,omitempty"`
	URL       string `json:"url,omitempty"`
	Capture   string `json:"capture,omitempty"` // hash, in Captures
	Object    string `json:"object,omitempty"`  // hash, in Objects
	Note      string `json:"note,omitempty"`
}

// Statement is what a register or list says: a subject, a property and its value, in the words of a source.
type Statement struct {
	ID        string `json:"id"`
	Subject   string `json:"subject"`
	Property  string `json:"property"`
	Value     string `json:"value"`
	Date      Date   `json:"date,omitempty"`
	Source    string `json:"source"`
	SourceURL string `json:"source_url,omitempty"`
	Capture   string `json:"capture,omitempty"` // hash, in Captures
	Object    string `json:"object,omitempty"`  // hash, in Objects
}

// Finding is a measured finding: a stored query, what it gave, by which rules and facts, and the measurements behind it.
type Finding struct {
	ID           string          `json:"id"`
	Text         string          `json:"text"`
	Query        json.RawMessage `json:"query"`
	Counts       []Count         `json:"counts"`
	RuleSet      string          `json:"rule_set"`     // id in RuleSets
	Snapshot     string          `json:"snapshot"`     // of the reference data
	Measurements []string        `json:"measurements"` // hashes, in Objects
}

// Count is one figure of a finding's result.
type Count struct {
	Label string `json:"label"`
	N     int64  `json:"n"`
}

// Absence records that somebody looked and it was not there.
type Absence struct {
	ID    string    `json:"id"`
	What  string    `json:"what"`
	Where []string  `json:"where"`
	When  time.Time `json:"when"`
	Who   string    `json:"who"`
	Note  string    `json:"note,omitempty"`
}

// Capture is a WACZ that quotes and documents rest on: the file itself, or when it is withheld its hash, size and a
// screenshot.
type Capture struct {
	SHA256     string    `json:"sha256"`
	Bytes      int64     `json:"bytes"`
	URL        string    `json:"url"`
	Title      string    `json:"title,omitempty"`
	Taken      time.Time `json:"taken"`
	Kind       string    `json:"kind,omitempty"`
	Origin     string    `json:"origin,omitempty"`
	Operator   string    `json:"operator,omitempty"`
	Network    string    `json:"network,omitempty"`
	Withheld   bool      `json:"withheld,omitempty"`
	Screenshot string    `json:"screenshot,omitempty"` // hash of the PNG, which lies in dossier/screens/

	Open           func() (io.ReadCloser, error) `json:"-"` // the WACZ; nil when withheld
	OpenScreenshot func() (io.ReadCloser, error) `json:"-"` // nil without a screenshot
}

// Object is raw bytes: a measurement, a document, a page of a register. When withheld only its hash and size are here.
type Object struct {
	SHA256   string `json:"sha256"`
	Bytes    int64  `json:"bytes"`
	Type     string `json:"type"` // media type
	Role     string `json:"role"` // measurement, document, register, …
	Title    string `json:"title,omitempty"`
	Withheld bool   `json:"withheld,omitempty"`

	Open func() (io.ReadCloser, error) `json:"-"` // nil when withheld
}

// Incident is one line of the journal of incidents, byte for byte.
type Incident struct {
	SHA256 string `json:"sha256"` // of the line without its end
	ID     string `json:"id"`     // of the incident
	Text   string `json:"text"`   // what it says, in plain words

	Line []byte `json:"-"`
}

// RuleSet is a set of rules by which measurements were judged, or statuses derived.
type RuleSet struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Version string `json:"version"`
	SHA256  string `json:"sha256"` // of Text

	Text []byte `json:"-"` // UTF-8
}

// Redaction says what was left out, why and by whom. What is withheld is never in the dossier.
type Redaction struct {
	What   string    `json:"what"` // captures/<hash>, objects/<hash>, or a JSON pointer into the manifest
	Why    string    `json:"why"`
	Who    string    `json:"who"`
	When   time.Time `json:"when"`
	SHA256 string    `json:"sha256,omitempty"`     // of the withheld bytes
	Commit string    `json:"commitment,omitempty"` // see Commit; for what could be guessed from a plain hash
}

// Log is what ties the dossier's parts to the transparency log.
type Log struct {
	Origin string  `json:"origin,omitempty"` // of the log; "" for no log
	Size   int64   `json:"size,omitempty"`   // of the tree at the checkpoint
	Proofs []Proof `json:"proofs"`
	Tokens []Token `json:"tokens"`

	Checkpoint []byte `json:"-"` // signed note with its cosignatures; Build reads Origin and Size from it
}

// Proof says that a hash is a leaf of the log.
type Proof struct {
	Kind   string    `json:"kind"` // object, capture, event, incident, dossier
	SHA256 string    `json:"sha256"`
	At     time.Time `json:"at"` // when the log learnt it, as its leaf says
	Index  int64     `json:"index"`

	Data []byte `json:"-"` // C2SP tlog-proof whose checkpoint has the same text as Log.Checkpoint
}

// Token is an RFC 3161 time-stamp of the checkpoint.
type Token struct {
	Name string `json:"name"` // an id: of the authority

	Data []byte `json:"-"` // DER TimeStampResp or TimeStampToken
}
