package registry

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"
)

// Decide writes down what a person decided of two entities, which may be named by canonical ids. It fails with
// ErrContradiction, and the chain of decisions it contradicts, if it does not go together with those that hold; and if
// two entities that are said to be the same are of schemata that do not go together.
func (r *Registry) Decide(ctx context.Context, d Decision) (Decision, error) {
	c, err := r.decisions.now()
	if err != nil {
		return Decision{}, err
	}
	switch {
	case !slices.Contains([]string{Positive, Negative, Unsure, Withdrawn}, d.Verdict):
		return Decision{}, fmt.Errorf("decide: %q is none of positive, negative, unsure, withdrawn", d.Verdict)
	case d.By == "":
		return Decision{}, fmt.Errorf("decide: it must be said who decides")
	}
	var schemata [2]string
	clustered := false // whole clusters are meant, not two of their members
	for i, id := range []*string{&d.A, &d.B} {
		_, members := c.of(*id)
		recs, err := r.records(ctx, members)
		if err != nil {
			return Decision{}, fmt.Errorf("decide: %w", err)
		}
		if len(recs) == 0 {
			return Decision{}, fmt.Errorf("decide: %s: %w", *id, ErrNotFound)
		}
		if !slices.Contains(members, *id) { // a canonical id
			*id, clustered = recs[0].id, true
		}
		schemata[i] = r.schemaOf(recs)
	}
	if d.A == d.B {
		return Decision{}, fmt.Errorf("decide: %s is one entity", d.A)
	}
	if d.Verdict == Positive {
		if _, err := r.model.Common(schemata[0], schemata[1]); err != nil {
			return Decision{}, fmt.Errorf("decide: a %s and a %s cannot be the same: %w", schemata[0], schemata[1], err)
		}
	}
	out, err := r.decisions.decide(d, clustered)
	if err != nil {
		return Decision{}, fmt.Errorf("decide: %w", err)
	}
	return out, nil
}

// Decisions returns the whole journal of decisions, oldest first.
func (r *Registry) Decisions() ([]Decision, error) {
	out, err := r.decisions.kept.Entries()
	if err != nil {
		return nil, fmt.Errorf("list decisions: %w", err)
	}
	return out, nil
}

// Canonical returns the id an entity goes by after merging, and the ids of everything merged into it.
func (r *Registry) Canonical(id string) (string, []string, error) {
	c, err := r.decisions.now()
	if err != nil {
		return "", nil, err
	}
	canonical, members := c.of(id)
	return canonical, slices.Clone(members), nil
}

// ExportResolver writes the decisions that hold as nomenklatura's resolver keeps them: one JSON list a line, of the
// greater id, the lesser, the judgement, the score, who decided, and when. Merged entities are each joined to their
// canonical id, which it ranks above all others.
func (r *Registry) ExportResolver(w io.Writer) error {
	c, err := r.decisions.now()
	if err != nil {
		return fmt.Errorf("export decisions: %w", err)
	}
	b := bufio.NewWriter(w)
	line := func(target, source string, d Decision) error {
		var score any
		if d.Score > 0 {
			score = d.Score
		}
		text, err := json.Marshal([]any{target, source, d.Verdict, score, d.By, d.At.UTC().Format(time.RFC3339)})
		if err != nil {
			return err
		}
		_, err = b.Write(append(text, '\n'))
		return err
	}
	joined := map[string]bool{}
	for _, p := range c.order {
		d := c.hold[p]
		if d.Verdict != Positive {
			err = line(p.b, p.a, d)
		} else {
			for _, m := range []string{p.a, p.b} {
				if !joined[m] && err == nil {
					err = line(c.canonical[m], m, d)
				}
				joined[m] = true
			}
		}
		if err != nil {
			return fmt.Errorf("export decisions: %w", err)
		}
	}
	return b.Flush()
}
