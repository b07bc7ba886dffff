package quote

// What became of a quotation in another capture of its page.
const (
	Found   = "found"   // the same words stand there, perhaps elsewhere on the page
	Changed = "changed" // its place stands, with other words
	Lost    = "lost"    // it is not there, or cannot be told from others like it
)

// Result is what became of a quotation in a text.
type Result struct {
	State string `json:"state"` // Found, Changed or Lost

	// Start and End are code points of the text, and Text is what stands there; not for Lost.
	Start int    `json:"start"`
	End   int    `json:"end"`
	Text  string `json:"text,omitempty"`

	Moved  bool     `json:"moved,omitempty"`  // Found, in surroundings that are all new
	Notes  []string `json:"notes,omitempty"`  // what a reader should know, one plain sentence each
	Edits  []Edit   `json:"edits,omitempty"`  // Changed: from the quoted words to those that stand there
	Around []Edit   `json:"around,omitempty"` // Found, where what stands around it differs: from the old surroundings to the new
	Reason string   `json:"reason,omitempty"` // Lost: why, one plain sentence

	// Candidates are places that were considered and not taken, most like it first, at most eight.
	Candidates []Occurrence `json:"candidates,omitempty"`
}

// Occurrence is a place in a text.
type Occurrence struct {
	Start  int    `json:"start"` // code points
	End    int    `json:"end"`
	Before string `json:"before"` // what stands before it, at most 40 code points
	Text   string `json:"text"`
	After  string `json:"after"`
}

// Anchor finds a quotation again in a text.
func Anchor(text string, s Selector) Result { return Result{State: Lost} }

// Select makes the selector of words in a text. occurrence counts from 1; with 0 the words must stand there once.
func Select(text, exact string, occurrence int) (Selector, error) { return Selector{}, ErrSelector }

// AmbiguousError says that the words stand in the text more than once.
type AmbiguousError struct{ Occurrences []Occurrence }

func (e *AmbiguousError) Error() string { return "" }
