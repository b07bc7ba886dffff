package capture

// Difference is the difference between the main texts of two captures.
type Difference struct {
	Before, After  *Capture
	Equal          bool
	Edits          []Edit // whole
	Added, Removed int    // code points
}

// Difference compares the main texts of two captures.
func (c *Captures) Difference(before, after string) (*Difference, error) { return nil, ErrNotFound }

// Agreement is a capture of the same page by somebody else, or over another network, near in time.
type Agreement struct {
	Other          Capture
	Agrees         bool // the main texts are equal
	Added, Removed int  // code points that the other has more, and less
}

// Agreement returns the captures that agree or differ with this one: of the same page, by another operator or
// over another network, at most a day apart, nearest first.
func (c *Captures) Agreement(hash string) ([]Agreement, error) { return nil, ErrNotFound }
