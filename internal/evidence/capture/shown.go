package capture

// Shown is what may be shown of a capture to anybody. Hash, address, times, headers, certificates and quotes
// always may.
type Shown struct {
	Snippet    bool      // the first words of the text
	Screenshot bool      // what the page looked like
	Text       bool      // the whole text
	Package    bool      // the whole WACZ
	Decision   *Decision // the last one made; nil when none was
}

// Shown says what may be shown of a capture: of what we captured ourselves a snippet and the screenshot, and
// everything once somebody has decided so.
func (c *Captures) Shown(hash string) (Shown, error) { return Shown{}, ErrNotFound }

// Public records the decision whether the whole of a capture may be shown to anybody.
func (c *Captures) Public(hash string, public bool, by, why string) error { return ErrNotFound }
