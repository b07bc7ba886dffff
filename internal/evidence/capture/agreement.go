package capture

import (
	"slices"
	"time"
)

// near is how far apart captures may be that are said to agree or differ.
const near = 24 * time.Hour

const maxAgreements = 20

// Agreement is a capture of the same page by somebody else, or over another network, near in time.
type Agreement struct {
	Other          Capture
	Agrees         bool // the main texts are equal, or the contents where there is no text
	Added, Removed int  // code points that the other has more, and less
}

// Agreement returns the captures that agree or differ with this one: of the same page, by another operator or
// over another network, at most a day apart, nearest first, at most 20. A capture that names neither operator nor
// network agrees with nobody. What others sent us counts as another operator's.
func (c *Captures) Agreement(hash string) ([]Agreement, error) {
	x, err := c.Get(hash)
	if err != nil || x.compared() == "" {
		return nil, err
	}
	same, err := c.Same(x.Hash)
	if err != nil {
		return nil, err
	}
	same = slices.DeleteFunc(same, func(y Capture) bool { return y.compared() == "" || !independent(x, &y) || apart(x, &y) > near })
	slices.SortStableFunc(same, func(a, b Capture) int { return int(apart(x, &a) - apart(x, &b)) })
	var out []Agreement
	for _, y := range same[:min(len(same), maxAgreements)] {
		a := Agreement{Other: y, Agrees: y.compared() == x.compared()}
		if !a.Agrees && x.MainHash != "" && y.MainHash != "" {
			d, err := c.Difference(x.Hash, y.Hash)
			if err != nil {
				return nil, err
			}
			a.Added, a.Removed = d.Added, d.Removed
		}
		out = append(out, a)
	}
	return out, nil
}

// independent says whether two captures were made by different people, or over different networks, as far as they
// say. What others sent us was not made by us.
func independent(a, b *Capture) bool {
	differ := func(x, y string) bool { return x != "" && y != "" && x != y }
	switch {
	case a.Hash == b.Hash:
		return false
	case a.Kind == Import && b.Kind == Import:
		return a.Origin.Hash != b.Origin.Hash && differ(a.Origin.Who, b.Origin.Who)
	case a.Kind == Import || b.Kind == Import:
		return true
	}
	return differ(a.Operator, b.Operator) || differ(a.Network, b.Network)
}

func apart(a, b *Capture) time.Duration { return a.At.Sub(b.At).Abs() }
