package registry

import (
	"context"
	"fmt"
	"slices"

	"veedor/internal/follow/ftm"
	"veedor/internal/follow/match"
)

// Hit is one entity that a search found.
type Hit struct {
	ID       string // canonical
	EntityID string // as its source names it
	Dataset  string
	Entity   *ftm.Entity // what its dataset says now, or said at last
	match.Result
}

// Filter says what is to be found. The zero value takes everything.
type Filter struct {
	Dataset   string
	Schema    string  // it, and what descends from it
	Threshold float64 // the lowest score
	Except    string  // an id; whatever is the same is left out
}

// mostHits is how many candidates are looked at of one query.
const mostHits = 120

// Search returns up to limit entities that may be the one asked for, best first; of those that are the same, the best.
func (r *Registry) Search(ctx context.Context, query match.Entity, f Filter, limit int) ([]Hit, error) {
	c, err := r.decisions.now()
	if err != nil {
		return nil, err
	}
	lines, err := r.courses(ctx)
	if err != nil {
		return nil, err
	}
	except := map[string]bool{}
	if f.Except != "" {
		_, members := c.of(f.Except)
		for _, m := range members {
			except[m] = true
		}
	}
	var out []Hit
	err = r.index.use(ctx, r, func(x *match.Index) error {
		seen := map[string]bool{}
		for _, hit := range x.Search(query, mostHits, nil) {
			if len(out) >= limit || hit.Score < f.Threshold {
				break
			}
			if s := r.model.Schema(hit.Entity.Schema); f.Schema != "" && (s == nil || !s.Is(f.Schema)) {
				continue
			}
			rec, err := r.matchedRow(ctx, hit)
			if err != nil {
				return err
			}
			id, _ := c.of(rec.id)
			dataset := lines[rec.dataset].timeline[0].Dataset
			if seen[id] || except[rec.id] || f.Dataset != "" && dataset != f.Dataset {
				continue
			}
			seen[id] = true
			e, _ := r.join(rec.id, []*record{rec}, lines)
			out = append(out, Hit{ID: id, EntityID: rec.id, Dataset: dataset, Entity: e, Result: hit.Result})
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("search: %w", err)
	}
	return out, nil
}

// Proposal is two entities that may be the same. Only a person decides it.
type Proposal struct {
	A, B               string // canonical ids
	LabelA, LabelB     string
	DatasetA, DatasetB string
	match.Result
}

// perEntity is how many proposals are made for one entity.
const perEntity = 5

// Propose hands out pairs above a threshold on which nothing was decided, one of them from a dataset ("" for any). Each
// pair comes once.
func (r *Registry) Propose(ctx context.Context, dataset string, threshold float64, progress func(done int), yield func(Proposal) error) error {
	c, err := r.decisions.now()
	if err != nil {
		return err
	}
	number := int64(0)
	if dataset != "" {
		if number, err = r.datasetNumber(ctx, dataset); err != nil {
			return fmt.Errorf("propose: %w", err)
		}
	}
	lines, err := r.courses(ctx)
	if err != nil {
		return err
	}
	done, given := 0, map[pair]bool{}
	return r.each(ctx, number, 0, func(rec *record) error {
		if done++; progress != nil && done%500 == 0 {
			progress(done)
		}
		if s := r.model.Schema(rec.schema); s == nil || !s.Matchable {
			return nil
		}
		query := r.matchable(rec)
		if len(query.Names) == 0 {
			return nil
		}
		hits, err := r.Search(ctx, query, Filter{Threshold: threshold, Except: rec.id}, perEntity)
		if err != nil {
			return err
		}
		id, _ := c.of(rec.id)
		for _, h := range hits {
			p := pairOf(id, h.ID)
			if given[p] || c.decided(rec.id, h.EntityID) || !r.canMatch(rec.schema, h.Entity.Schema) {
				continue
			}
			given[p] = true
			e, _ := r.join(rec.id, []*record{rec}, lines)
			if err := yield(Proposal{id, h.ID, e.Label(r.model), h.Entity.Label(r.model), lines[rec.dataset].timeline[0].Dataset, h.Dataset, h.Result}); err != nil {
				return err
			}
		}
		return nil
	})
}

func (r *Registry) canMatch(a, b string) bool {
	x, y := r.model.Schema(a), r.model.Schema(b)
	return x != nil && y != nil && x.CanMatch(y)
}

// decided says whether a decision holds on two entities, or on others that are the same.
func (c *clusters) decided(a, b string) bool {
	for _, x := range c.reach(a) {
		for _, y := range c.reach(b) {
			if d, ok := c.hold[pairOf(x, y)]; ok && d.Verdict != Withdrawn {
				return true
			}
		}
	}
	return slices.Contains(c.reach(a), b)
}
