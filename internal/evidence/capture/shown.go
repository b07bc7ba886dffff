package capture

import (
	"context"
	"errors"
)

// Shown is what may be shown of a capture to anybody. Hash, address, times, headers, certificates and quotes
// always may.
type Shown struct {
	Snippet    bool      // the first words of the text
	Screenshot bool      // what the page looked like
	Text       bool      // the whole text
	Package    bool      // the whole WACZ
	Decision   *Decision // the last one made; nil when none was
}

// Shown says what may be shown of a capture: of what we captured ourselves a snippet and the screenshot, of what
// others sent us neither, and everything once somebody has decided so.
func (c *Captures) Shown(hash string) (Shown, error) {
	var out Shown
	err := c.look(func(s *state) error {
		x, err := s.get(hash)
		if err != nil {
			return err
		}
		public := false
		if d := s.decisions[x.Hash]; d != nil {
			copied := *d
			out.Decision, public = &copied, d.Public
		}
		out.Snippet = public || x.Kind != Import
		out.Screenshot, out.Text, out.Package = out.Snippet, public, public
		return nil
	})
	return out, err
}

// Public records the decision whether the whole of a capture may be shown to anybody.
func (c *Captures) Public(ctx context.Context, hash string, public bool, by, why string) error {
	if by == "" || why == "" || len(by)+len(why) > 4*maxNote {
		return errors.New("decide what is public: say who decides, and why, in a few words")
	}
	x, err := c.Get(hash)
	if err != nil {
		return err
	}
	e := Entry{What: Withheld, Decision: &Decision{Capture: x.Hash, Public: public, By: by, Why: why}}
	if public {
		e.What = Published
	}
	_, err = c.append(ctx, func(*state) ([]Entry, error) { return []Entry{e}, nil })
	return err
}
