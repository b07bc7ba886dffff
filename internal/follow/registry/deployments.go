package registry

import (
	"context"
	"fmt"
)

// Deployment is a surveillance or filtering system somewhere, with everything its sources say of it.
type Deployment struct {
	View
	Suppliers, Operators []Party
}

// Deployment returns a deployment by its id.
func (r *Registry) Deployment(ctx context.Context, id string) (*Deployment, error) {
	v, err := r.view(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("deployment %.200s: %w", id, err)
	}
	d := &Deployment{View: *v}
	if d.Suppliers, err = r.parties(ctx, v, []string{"supplier"}); err != nil {
		return nil, fmt.Errorf("deployment %.200s: %w", id, err)
	}
	if d.Operators, err = r.parties(ctx, v, []string{"operator"}); err != nil {
		return nil, fmt.Errorf("deployment %.200s: %w", id, err)
	}
	return d, nil
}
