package registry

import (
	"context"
	"fmt"

	"veedor/internal/follow/ftm"
)

// Fetched is an entity as it is now, put together over datasets and decisions.
type Fetched struct {
	*ftm.Entity          // as it was at last, if no dataset has it any more
	Gone        bool     // no dataset has it any more
	Members     []string // ids that are the same as it, itself included
}

// Fetch returns entities by their canonical ids or by ids that sources give, in the order they were asked for. Those of
// which nothing is known are left out, and those that are the same come once.
func (r *Registry) Fetch(ctx context.Context, ids ...string) ([]Fetched, error) {
	c, err := r.decisions.now()
	if err != nil {
		return nil, fmt.Errorf("fetch entities: %w", err)
	}
	lines, err := r.courses(ctx)
	if err != nil {
		return nil, fmt.Errorf("fetch entities: %w", err)
	}
	var out []Fetched
	seen := map[string]bool{}
	for _, id := range ids {
		canonical, members := c.of(id)
		if seen[canonical] {
			continue
		}
		seen[canonical] = true
		recs, err := r.records(ctx, members)
		if err != nil {
			return nil, fmt.Errorf("fetch entities: %w", err)
		}
		if len(recs) == 0 {
			continue
		}
		e, gone := r.join(canonical, recs, lines)
		e.Caption = e.Label(r.model)
		out = append(out, Fetched{e, gone, members})
	}
	return out, nil
}
