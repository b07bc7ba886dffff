package lineage

import (
	"crypto/sha256"
	"encoding/hex"
)

// Item is one published text.
type Item struct {
	ID     string `json:"id"`     // unique among the items
	Outlet string `json:"outlet"` // who published it, as people write it: "La FM (EFE text)", "UPI via Gephardt Daily"
	Lang   string `json:"lang"`   // BCP 47, or empty; the script of the text decides between Chinese and the rest
	Date   string `json:"date"`   // of publication: 2020, 2020-12 or 2020-12-01, or empty when unknown
	URL    string `json:"url"`
	Title  string `json:"title"`
	Text   string `json:"text"` // "[...]" or "[…]" says that something was left out
}

// Kind is how a text derives from another.
type Kind string

const (
	Copy        Kind = "copy"        // the same words, whole or cut
	Translation Kind = "translation" // the same sentences in another language
	Rewrite     Kind = "rewrite"     // the same facts in other words
	Redated     Kind = "redated"     // a copy, published again under a later date as if new
	Cites       Kind = "cites"       // names the other as its authority, and may have material of its own
)

// Derives says whether a text of this kind has nothing to say that its source did not say: it adds no root to a claim.
func (k Kind) Derives() bool { return k != Cites }

// Proposal says that an item may derive from another, and why. A person decides.
type Proposal struct {
	Item    string `json:"item"`
	Source  string `json:"source,omitempty"`  // another item's id; empty when the source is not among the items
	Outside string `json:"outside,omitempty"` // the source that the item or its outlet names and that is not among the items
	Kind    Kind   `json:"kind"`

	// Confidence is the share of proposals of this confidence that are right, as measured on generated texts.
	Confidence float64 `json:"confidence"`
	// Direction says what tells the source from the copy, strongest first: one word each, as the constants By….
	// Empty when nothing does, and the order is a convention (the smaller id is the source).
	Direction []string   `json:"direction,omitempty"`
	Evidence  []Evidence `json:"evidence"`
}

// ID names a proposal: the same item, source and kind give the same id, so that a decision on it holds when it is proposed again.
func (p *Proposal) ID() string {
	h := sha256.Sum256([]byte(p.Item + "\x00" + p.Source + "\x00" + p.Outside + "\x00" + string(p.Kind)))
	return hex.EncodeToString(h[:12])
}

// What tells which of two texts came first.
const (
	ByDate     = "date"     // its date is earlier, whatever the precision of both
	BySpeaker  = "speaker"  // its outlet is the one who acts or speaks in the other text
	ByCitation = "citation" // the other names its outlet as the authority
	ByFullness = "fullness" // it has what the other has, and more
	ByResidue  = "residue"  // the other has left-overs of its language
)

// What a piece of evidence is.
const (
	EvPassage  = "passage"  // the same words in both
	EvName     = "name"     // the same name or acronym
	EvNumber   = "number"   // the same number with its unit
	EvDate     = "date"     // the same date
	EvLink     = "link"     // an address of the other, or the same address in both
	EvTerm     = "term"     // the same term of the field
	EvCitation = "citation" // words that name the other's outlet as authority
	EvOutlet   = "outlet"   // the outlet itself says whose text it is
	EvOrder    = "order"    // how much of what is shared comes in the same order: Value, from 0 to 1
	EvDates    = "dates"    // the dates of the two items, in Text
)

// Evidence is one reason for a proposal.
type Evidence struct {
	Kind   string  `json:"kind"`
	Text   string  `json:"text,omitempty"`  // as it stands in the item, at most 300 code points
	Other  string  `json:"other,omitempty"` // as it stands in the source
	Item   Span    `json:"in_item,omitzero"`
	Source Span    `json:"in_source,omitzero"`
	Value  float64 `json:"value,omitzero"`
}

// Span is a stretch of a text in code points, End excluded. A zero span is none.
type Span struct {
	Start int `json:"start"`
	End   int `json:"end"`
}
