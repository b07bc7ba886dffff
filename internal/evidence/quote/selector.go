package quote

import (
	"encoding/json"
	"errors"
	"fmt"
)

// Selector says where a quotation stands in a text, in the two ways of the W3C Web Annotation Data Model at once: by
// its own words and those around them (TextQuoteSelector), and by its place (TextPositionSelector).
type Selector struct {
	Exact  string // the words, as they stand in the text
	Prefix string // what stands directly before them
	Suffix string // and directly after
	Start  int    // code points of the text before Exact; -1 when not known
	End    int    // code points of the text up to the end of Exact; -1 when not known

	// Before and After are what stands before Prefix and after Suffix, at most 256 code points each. They are properties of ours: a passage
	// whose neighbours were rewritten is told by what stands further away.
	Before, After string

	// Occurrences is how often the words stood in the text, 0 when not known. It is a property of ours: when
	// they stood there twice, one that is left may be the other one.
	Occurrences int
}

// selector is one selector of an annotation's target as JSON. Members that are not ours to read are left out.
type selector struct {
	Type        string    `json:"type"`
	Exact       string    `json:"exact,omitempty"`
	Prefix      string    `json:"prefix,omitempty"`
	Suffix      string    `json:"suffix,omitempty"`
	Before      string    `json:"veedor:before,omitempty"`
	After       string    `json:"veedor:after,omitempty"`
	Occurrences int       `json:"veedor:occurrences,omitempty"`
	Start       *int      `json:"start,omitempty"`
	End         *int      `json:"end,omitempty"`
	RefinedBy   *Selector `json:"refinedBy,omitempty"`
}

// ErrSelector says that a selector cannot be used.
var ErrSelector = errors.New("selector cannot be used")

// MarshalJSON writes a list of a TextQuoteSelector and, when the place is known, a TextPositionSelector: either
// selects the same words.
func (s Selector) MarshalJSON() ([]byte, error) {
	list := []selector{{Type: "TextQuoteSelector", Exact: s.Exact, Prefix: s.Prefix, Suffix: s.Suffix, Before: s.Before, After: s.After, Occurrences: s.Occurrences}}
	if s.Start >= 0 && s.End >= s.Start {
		list = append(list, selector{Type: "TextPositionSelector", Start: &s.Start, End: &s.End})
	}
	return json.Marshal(list)
}

// UnmarshalJSON reads a selector or a list of them, as others write them too. A selector of a type that is not known
// is passed over; of one that is refined by another (a page of a book, an element) the refinement is read, and a place
// inside it is no place in the text. Without a TextQuoteSelector there is nothing to find again: ErrSelector.
func (s *Selector) UnmarshalJSON(b []byte) error {
	var list []selector
	if err := json.Unmarshal(b, &list); err != nil {
		var one selector
		if err := json.Unmarshal(b, &one); err != nil {
			return fmt.Errorf("read selector: %w", err)
		}
		list = []selector{one}
	}
	out := Selector{Start: -1, End: -1}
	for _, j := range list {
		switch {
		case j.Type == "TextQuoteSelector" && out.Exact == "":
			out.Exact, out.Prefix, out.Suffix = j.Exact, j.Prefix, j.Suffix
			out.Before, out.After, out.Occurrences = j.Before, j.After, max(0, j.Occurrences)
		case j.Type == "TextPositionSelector" && j.Start != nil && j.End != nil && *j.Start >= 0 && *j.End >= *j.Start:
			out.Start, out.End = *j.Start, *j.End
		case j.RefinedBy != nil && out.Exact == "":
			out.Exact, out.Prefix, out.Suffix = j.RefinedBy.Exact, j.RefinedBy.Prefix, j.RefinedBy.Suffix
		}
	}
	if out.Exact == "" {
		return fmt.Errorf("read selector: no TextQuoteSelector with words in it: %w", ErrSelector)
	}
	*s = out
	return nil
}
