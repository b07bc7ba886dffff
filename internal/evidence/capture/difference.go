package capture

import (
	"unicode/utf8"

	"veedor/internal/evidence/quote"
)

// Edit is a piece of a difference between two texts.
type Edit struct {
	Op   string `json:"op"` // "=" in both, "-" in the first only, "+" in the second only
	Text string `json:"text"`
}

// Difference is the difference between the main texts of two captures.
type Difference struct {
	Before, After  *Capture
	Equal          bool
	Coarse         bool   // the texts are too long or too different to be compared word by word
	Edits          []Edit // whole
	Added, Removed int    // code points
	Correction     string // the notice of a correction that the second shows and the first does not
}

// Difference compares the main texts of two captures.
func (c *Captures) Difference(before, after string) (*Difference, error) {
	a, err := c.Get(before)
	if err != nil {
		return nil, err
	}
	b, err := c.Get(after)
	if err != nil {
		return nil, err
	}
	old, err := c.Main(a.Hash)
	if err != nil {
		return nil, err
	}
	fresh, err := c.Main(b.Hash)
	if err != nil {
		return nil, err
	}
	d := compare(old, fresh)
	d.Before, d.After = a, b
	return d, nil
}

// compare compares two texts block by block, and what differs word by word.
func compare(old, fresh string) *Difference {
	d := &Difference{Equal: old == fresh}
	if d.Equal {
		d.Edits = append(d.Edits, Edit{"=", old})
		return d
	}
	d.Edits = edits(quote.Diff(old, fresh), 1<<62)
	for _, e := range d.Edits {
		switch e.Op {
		case "+":
			d.Added += utf8.RuneCountInString(e.Text)
		case "-":
			d.Removed += utf8.RuneCountInString(e.Text)
		}
	}
	report := quote.Compare(old, fresh)
	d.Coarse = report.Coarse
	if len(report.Notices) > 0 {
		d.Correction = shorten(report.Notices[0].Block, 400)
	}
	return d
}

// edits writes a difference in our form, at most max bytes of it.
func edits(list []quote.Edit, max int) []Edit {
	var out []Edit
	for _, e := range list {
		op := map[string]string{quote.Same: "=", quote.Removed: "-", quote.Added: "+"}[e.Op]
		if max -= len(e.Text); max < 0 {
			return append(out, Edit{"=", "…"})
		}
		out = append(out, Edit{op, e.Text})
	}
	return out
}

// around shortens what is equal in a difference, for a reader who wants to see what changed: at most n code
// points are left at each end of it, and max pieces in all.
func changes(list []Edit, n, max int) []Edit {
	var out []Edit
	for i, e := range list {
		if len(out) >= max {
			return append(out, Edit{"=", "…"})
		}
		r := []rune(e.Text)
		if e.Op != "=" {
			e.Text = shorten(e.Text, 20*n)
		} else if len(r) > 2*n+1 {
			head, tail := string(r[:n]), string(r[len(r)-n:])
			switch {
			case i == 0 && len(list) == 1:
				return nil
			case i == 0:
				e.Text = "…" + tail
			case i == len(list)-1:
				e.Text = head + "…"
			default:
				e.Text = head + "…" + tail
			}
		}
		out = append(out, e)
	}
	return out
}
