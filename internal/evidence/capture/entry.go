package capture

import (
	"time"

	"veedor/internal/evidence/journal"
	"veedor/internal/evidence/quote"
)

// What an entry of the journal says.
const (
	Captured  = "captured"  // a capture was taken here
	Imported  = "imported"  // what others recorded was taken in
	Refused   = "refused"   // an address or a file was not captured, because it may not be or asks for too much
	Failed    = "failed"    // an address gave no answer: what the network did
	Quoted    = "quoted"    // words of a capture were quoted
	Requoted  = "requoted"  // a quote was looked for in another capture of the same page
	Watched   = "watched"   // a page is to be looked at again and again, or no longer
	Checked   = "checked"   // a watched page was looked at, and what came of it
	Alerted   = "alert"     // a watched page was edited, lost a quote, or is gone
	Published = "published" // somebody decided that the whole capture may be shown
	Withheld  = "withheld"  // somebody decided that it may not, or no longer
)

// Kinds of captures.
const (
	Page     = "page"     // taken with a browser, with all it loaded
	Document = "document" // one plain fetch of a text or a document
	Media    = "media"    // one plain fetch of an image, a sound or a film
	Import   = "imported" // recorded by others: we did not see it exchanged
)

// Entry is one line of captures/journal.jsonl. Beside At and What it has the one member that What calls for.
type Entry struct {
	At       time.Time  `json:"at"` // when it was written
	What     string     `json:"what"`
	Capture  *Capture   `json:"capture,omitempty"`  // captured, imported
	Refusal  *Refusal   `json:"refusal,omitempty"`  // refused, failed
	Quote    *Quotation `json:"quote,omitempty"`    // quoted
	Requote  *Requote   `json:"requote,omitempty"`  // requoted
	Watch    *Watch     `json:"watch,omitempty"`    // watched
	Check    *Check     `json:"check,omitempty"`    // checked
	Alert    *Alert     `json:"alert,omitempty"`    // alert
	Decision *Decision  `json:"decision,omitempty"` // published, withheld
	journal.Link
}

// Capture is one page, document or import, as its WACZ holds it.
type Capture struct {
	Hash     string    `json:"hash,omitempty"`  // hex SHA-256 of the WACZ
	Size     int64     `json:"size,omitempty"`  // of the WACZ, in bytes
	URL      string    `json:"url"`             // as asked for; of an import, as the material says, or ""
	Final    string    `json:"final,omitempty"` // where redirects led, when elsewhere
	Key      string    `json:"key,omitempty"`   // SURT of URL: captures with the same key are of the same page
	At       time.Time `json:"at"`              // when it was exchanged; of an import, as the material says, else when it was imported
	Kind     string    `json:"kind"`
	Status   int       `json:"status,omitempty"` // HTTP status of the page itself
	Type     string    `json:"type,omitempty"`   // media type of the page itself
	Title    string    `json:"title,omitempty"`
	Lang     string    `json:"lang,omitempty"`
	Operator string    `json:"operator,omitempty"` // a pseudonym or an organisation
	Network  string    `json:"network,omitempty"`  // "AS8048 CANTV", "Tor"; never an address
	Software string    `json:"software,omitempty"`

	TextHash  string `json:"text_hash,omitempty"` // hex SHA-256 of the full text
	MainHash  string `json:"main_hash,omitempty"` // of the main text
	BodyHash  string `json:"body_hash,omitempty"` // of what a plain fetch was answered, transfer coding and content encodings undone
	Exchanges int    `json:"exchanges,omitempty"` // requests with their answers
	Payload   int64  `json:"payload,omitempty"`   // bytes received

	Parts    []string  `json:"parts,omitempty"`    // what was derived: text main view fullPage pdf dom
	Partial  string    `json:"partial,omitempty"`  // why something is missing: a limit was reached, sub-resources were refused
	Refusals []Refusal `json:"refusals,omitempty"` // what the page asked for and was not let have

	Origin  *Origin `json:"origin,omitempty"`  // of an import
	Adopted bool    `json:"adopted,omitempty"` // found after a crash, and journalled with its own words
	Faults  []Fault `json:"faults,omitempty"`  // what is wrong with an imported package
}

// Origin says how an import came to us.
type Origin struct {
	How    string `json:"how"`           // "received by mail", "downloaded from web.archive.org"
	Who    string `json:"who,omitempty"` // a pseudonym or an organisation
	Note   string `json:"note,omitempty"`
	URL    string `json:"url,omitempty"`    // where it is from, as who sent it says
	Name   string `json:"name,omitempty"`   // of the file, without folders and control characters
	Format string `json:"format,omitempty"` // warc wacz mhtml pdf image html mail
	Hash   string `json:"hash,omitempty"`   // hex SHA-256 of the file as it came
	Size   int64  `json:"size,omitempty"`
}

// Fault is one thing wrong with an imported package.
type Fault struct {
	Class string `json:"class"`
	Where string `json:"where,omitempty"`
	What  string `json:"what"`
}

// Refusal is an address or a file that was not taken, and why.
type Refusal struct {
	URL      string  `json:"url,omitempty"`
	Why      string  `json:"why"`                // one line
	Operator string  `json:"operator,omitempty"` // of a whole capture that was refused
	Network  string  `json:"network,omitempty"`
	Origin   *Origin `json:"origin,omitempty"` // of a refused import, with its hash
}

// Selector says which words of a capture's text are meant.
type Selector = quote.Selector

// Quotation is words quoted from a capture, with what became of them in later captures.
type Quotation struct {
	ID       string   `json:"id"`
	Capture  string   `json:"capture"` // hash
	Selector Selector `json:"selector"`
	Lang     string   `json:"lang,omitempty"`
	By       string   `json:"by,omitempty"`
	Note     string   `json:"note,omitempty"`

	Translation string `json:"translation,omitempty"`
	Into        string `json:"into,omitempty"`       // language of the translation
	Translator  string `json:"translator,omitempty"` // a person or a machine, by name

	At      time.Time `json:"at,omitzero"`       // when it was quoted; in the journal it stands beside
	History []Requote `json:"history,omitempty"` // in the order of the captures; likewise
}

// What becomes of a quote in another capture.
const (
	Found   = quote.Found   // the same words
	Changed = quote.Changed // other words where it stood
	Lost    = quote.Lost    // not there
)

// Requote is what became of a quote in another capture of the same page.
type Requote struct {
	Quote    string    `json:"quote"`   // id
	Capture  string    `json:"capture"` // hash of the other capture
	Outcome  string    `json:"outcome"`
	Selector *Selector `json:"selector,omitempty"` // where it is now; nil when it is lost
	Moved    bool      `json:"moved,omitempty"`    // found in surroundings that are all new
	Reason   string    `json:"reason,omitempty"`   // why it is lost
	Notes    []string  `json:"notes,omitempty"`    // what a reader should know
	Edits    []Edit    `json:"edits,omitempty"`    // from the words quoted to those there now
	At       time.Time `json:"at,omitzero"`
}

// Watch is a page to be looked at again and again.
type Watch struct {
	URL      string `json:"url"`
	Key      string `json:"key"`   // SURT of URL
	Every    int64  `json:"every"` // seconds; 0 when it is watched no longer
	Kind     string `json:"kind,omitempty"`
	By       string `json:"by,omitempty"`
	Operator string `json:"operator,omitempty"`
	Network  string `json:"network,omitempty"`
}

// WatchState is a watch and how it stands.
type WatchState struct {
	Watch
	Since    time.Time
	Last     *Check    // nil before the first
	LastAt   time.Time // of Last
	Due      time.Time
	Failures int    // checks that did not see the page, one after another
	Gone     bool   // an alert said so, and it is not back
	Seen     string // hash of the capture of the last check that saw the page
}

// What a check found.
const (
	CheckFirst   = "first"   // there was nothing to compare with
	CheckSame    = "same"    // the main text is the same
	CheckChanged = "changed" // it is another
	CheckFailed  = "failed"  // there is no page to compare
)

// Check is one look at a watched page.
type Check struct {
	URL     string `json:"url"`
	Key     string `json:"key"`
	Outcome string `json:"outcome"`
	Status  int    `json:"status,omitempty"`
	Capture string `json:"capture,omitempty"` // hash
	Before  string `json:"before,omitempty"`  // hash of the capture it was compared with
	Why     string `json:"why,omitempty"`     // of a failure
}

// Kinds of alerts.
const (
	Edited       = "edited"        // the main text is another one
	QuoteChanged = "quote-changed" // and a quote's words are others
	QuoteLost    = "quote-lost"
	Gone         = "gone" // answered 404 or 410, or did not answer several times
	Back         = "back"
)

// Alert is what a watch gives reason to say.
type Alert struct {
	ID         string    `json:"id"`
	Kind       string    `json:"kind"`
	URL        string    `json:"url"`
	Key        string    `json:"key"`
	Before     string    `json:"before,omitempty"` // hashes of the captures compared
	After      string    `json:"after,omitempty"`
	Quote      string    `json:"quote,omitempty"`      // id
	Summary    string    `json:"summary"`              // one line, in English
	Correction string    `json:"correction,omitempty"` // the notice of a correction that the page shows now and did not before; "" makes the edit a silent one
	Added      int       `json:"added,omitempty"`      // code points
	Removed    int       `json:"removed,omitempty"`
	Edits      []Edit    `json:"edits,omitempty"` // shortened
	At         time.Time `json:"at,omitzero"`
}

// Decision says whether the whole of a capture may be shown to anybody.
type Decision struct {
	Capture string    `json:"capture"`
	Public  bool      `json:"public"`
	By      string    `json:"by"`
	Why     string    `json:"why"`
	At      time.Time `json:"at,omitzero"`
}
