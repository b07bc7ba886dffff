package web

import (
	"context"

	"veedor/internal/follow/registry"
)

// Counted is agreements and deployments, counted and chosen by what they have in common.
type Counted interface {
	Count(ctx context.Context, of registry.Facets, pick registry.Pick, by string, most int) ([]registry.Count, int, error)
	Choose(ctx context.Context, of registry.Facets, pick registry.Pick, skip, most int) ([]string, int, error)
	Agreement(ctx context.Context, id string) (*registry.Agreement, error)
	Deployment(ctx context.Context, id string) (*registry.Deployment, error)
}

func (s *site) agreements(r *request) error    { return r.missing() }
func (s *site) agreementsCSV(r *request) error { return r.missing() }
