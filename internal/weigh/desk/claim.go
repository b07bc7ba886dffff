package desk

import (
	"context"
	"time"

	"veedor/internal/weigh/cases"
)

// Standing is how a claim stands, since when, and why.
type Standing struct {
	cases.Standing
	Said   int       `json:"said"`  // independent sources that say so: speakers, and roots of texts
	Texts  int       `json:"texts"` // utterances, however often copied
	Since  time.Time `json:"since"`
	Before string    `json:"before,omitempty"` // the status it had until then
	// Cause is what moved it: written (somebody wrote evidence), lineage, measurements, rules, registry, captures.
	Cause string `json:"cause"`
	// Weighed is the evidence as it was weighed, in its order: what would move the status can be found out by weighing it
	// with something more or less. It is of now, and not kept.
	Weighed []cases.Weighed `json:"-"`
}

// Reasons beside those of cases.Weigh.
const (
	OneOrigin    = "one-origin"    // N texts say so, and all go back to one source
	QuoteChanged = "quote-changed" // N quotes are not in the latest capture of their pages as they were; they count as weak
	NotAsked     = "not-asked"     // N pieces of evidence of which nobody asked yet
	NotThere     = "not-there"     // N rest on something that is not there
	Withdrawn    = "withdrawn"     // N statements that no source makes any more
)

// ClaimView is a claim with all that bears on it, as a viewer may see it.
type ClaimView struct {
	Record
	Utterances []Record
	Evidence   []Record
	Relations  []Record // from this claim or to it
	Standing   Standing
	History    []StatusChange // oldest first
}

// StatusChange is one change of how a claim stands.
type StatusChange struct {
	N        int64     `json:"n"` // place in the journal
	At       time.Time `json:"at"`
	Claim    string    `json:"claim"`
	Standing Standing  `json:"standing"`
	By       string    `json:"by,omitempty"` // whose write led to it; Self where none did; readers are not told
	Why      string    `json:"why"`
}

// Answerers are the other wings and the evidence, as far as the desk asks them. One that is nil is not asked, and
// what it answered before stays.
type Answerers struct {
	Measurements Measurements
	Registry     Registry
	Captures     Captures
}

// Measured is what the measurements say to a question.
type Measured struct {
	cases.Answer
	RuleSets  []string // versions of the rules they were judged by
	Snapshots []string // of the reference data
}

// Measurements is asked for findings. Errors that wrap ErrNotFound say that there is no such thing.
type Measurements interface {
	Ask(ctx context.Context, q cases.Finding) (Measured, error)
	One(ctx context.Context, uid string) (state, ruleSet string, err error)
	Incident(ctx context.Context, id string) (state string, err error) // as its journal says last
}

// Registry is asked whether the registry still says of an entity what evidence rests on. ErrNotFound where it never did.
type Registry interface {
	Says(ctx context.Context, entity, property, value string) (Said, error)
}

// Said is what the registry holds of a statement.
type Said struct {
	Current bool   // some source says so now; else some did, and none does any more
	Sources int    // datasets that say so
	Dataset string // one of them, by name
}

// Captures is asked what became of a quote: "found", "changed" or "lost" in the latest capture of its page, and
// where there is a capture. Errors that wrap ErrNotFound say that there is no such thing.
type Captures interface {
	Quote(ctx context.Context, id string) (state string, err error)
	Capture(ctx context.Context, hash string) error
}

// Self is who writes what follows from others' answers.
const Self = "veedor"

// Answer is what was answered to a piece of evidence when it was last asked.
type Answer struct {
	// Outcome is, of a finding: confirms, refutes, insufficient; of a quote: found, changed, lost; of a registry
	// statement: current, withdrawn; of others: there; of any: missing.
	Outcome string `json:"outcome"`

	Total        int      `json:"total,omitempty"` // measurements
	Blocked      int      `json:"blocked,omitempty"`
	OK           int      `json:"ok,omitempty"`
	Down         int      `json:"down,omitempty"`
	Insufficient int      `json:"insufficient,omitempty"`
	RuleSets     []string `json:"rule_sets,omitempty"`
	Snapshots    []string `json:"snapshots,omitempty"`
	State        string   `json:"state,omitempty"`   // of a measurement or incident
	Sources      int      `json:"sources,omitempty"` // of a registry statement
	Dataset      string   `json:"dataset,omitempty"`
}

// Outcomes.
const (
	Confirms = "confirms"
	Refutes  = "refutes"
	Unclear  = "insufficient"
	Found    = "found"
	Changed  = "changed"
	Lost     = "lost"
	Current  = "current"
	NoLonger = "withdrawn"
	There    = "there"
	Missing  = "missing"
)

// Reweighed is what asking again came to.
type Reweighed struct {
	Claims, Asked, Changed int // claims, pieces of evidence asked about, and those that were answered otherwise
	Moved                  []StatusChange
}

// Lack is something that a claim needs before it is published.
type Lack struct {
	Claim string
	Of    string // the record that lacks it
	Code  string // utterance, speaker, date, quote, evidence
}
