package desk

import (
	"context"

	"veedor/internal/weigh/cases"
)

// LoadCase takes a case as text; what was changed on the desk since it was last loaded or saved is not overwritten.
func (d *Desk) LoadCase(ctx context.Context, who Viewer, why string, k *cases.Case) ([]Written, error) {
	return nil, ErrInvalid
}

// SaveCase returns a case as its text would say it.
func (d *Desk) SaveCase(ctx context.Context, v Viewer, id string) (*cases.Case, error) {
	return nil, ErrInvalid
}
