package web

import (
	"context"

	"veedor/internal/follow/match"
	"veedor/internal/follow/registry"
)

// Registry is who supplied, ordered and paid: lists, entities, statements and who says each. What is not there is
// registry.ErrNotFound.
type Registry interface {
	Links
	Counted
	Datasets(ctx context.Context) ([]registry.Dataset, error)
	States(ctx context.Context, dataset string) ([]registry.State, error)
	Rejects(ctx context.Context, state int64, yield func(registry.Reject) error) error
	Diff(ctx context.Context, dataset string, from, to int64, yield func(registry.Change) error) error
	Search(ctx context.Context, query match.Entity, f registry.Filter, limit int) ([]registry.Hit, error)
	Canonical(id string) (string, []string, error)
	Entity(ctx context.Context, id string) (*registry.View, error)
	Adjacent(ctx context.Context, id string, limit int) (registry.Adjacent, error)
}
