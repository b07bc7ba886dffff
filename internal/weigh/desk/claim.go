package desk

import (
	"context"
	"time"

	"veedor/internal/weigh/cases"
)

// Standing is how a claim stands, since when, and why.
type Standing struct {
	cases.Standing
	Since time.Time `json:"since"`
	Cause string    `json:"cause"` // what made it so: "evidence", "measurements", "rules", "registry", "captures", "lineage"
}

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
	Before   string    `json:"before"` // "" for the first
	Standing Standing  `json:"standing"`
	By       string    `json:"by"` // whose write led to it; "veedor" where none did
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
