package registry

import (
	"context"
	"fmt"
	"slices"

	"veedor/internal/follow/ftm"
)

// What became of an entity or a statement between two states.
const (
	Added   = "added"
	Removed = "removed"
	Changed = "changed"
)

// Change is what became of one entity between two states of a dataset.
type Change struct {
	ID, Schema, Caption string
	What                string
	Statements          []StatementChange // of a changed entity, those that are new or gone; else all it has or had
}

// StatementChange is a statement that is new or gone.
type StatementChange struct {
	What, Prop, Value, Lang string
}

// Diff hands out what changed in a dataset from one of its states to another. Where the later one was read in part
// only, nothing is said to be removed.
func (r *Registry) Diff(ctx context.Context, dataset string, from, to int64, yield func(Change) error) error {
	states, err := r.States(ctx, dataset)
	if err != nil {
		return err
	}
	var a, b *State
	for i := range states {
		if states[i].ID == from {
			a = &states[i]
		}
		if states[i].ID == to {
			b = &states[i]
		}
	}
	if a == nil || b == nil {
		return fmt.Errorf("compare states %d and %d of %s: %w", from, to, dataset, ErrNotFound)
	}
	t := timeline(states)
	before, after := t.exactly(a), t.exactly(b)
	return r.each(ctx, a.dataset, 0, func(rec *record) error {
		c := r.compare(rec, before, after, b.Status == Whole)
		if c == nil {
			return nil
		}
		return yield(*c)
	})
}

// compare says what became of a record from one moment to another; nil if nothing did.
func (r *Registry) compare(rec *record, before, after moment, whole bool) *Change {
	was, is := before.there(rec), after.there(rec)
	c := &Change{ID: rec.id}
	var were, are map[said]bool
	for i := range rec.statements {
		s := &rec.statements[i]
		then, now := before.holds(s), after.holds(s)
		if then == now || s.prop == propSchema && !(was && is) {
			continue
		}
		if role := before.line.role(s.at); slices.Contains(before.lacks, role) || slices.Contains(after.lacks, role) {
			continue
		}
		switch {
		case now && !rec.held(before, &were)[s.plain()]:
			c.Statements = append(c.Statements, StatementChange{Added, s.prop, s.value, s.lang})
		case then && whole && !rec.held(after, &are)[s.plain()]:
			c.Statements = append(c.Statements, StatementChange{Removed, s.prop, s.value, s.lang})
		}
	}
	shown := after
	switch {
	case !was && !is, was && !is && !whole:
		return nil
	case !was:
		c.What = Added
	case !is:
		c.What, shown = Removed, before
	case len(c.Statements) == 0:
		return nil
	default:
		c.What = Changed
	}
	e := r.entity(rec.id, []*record{rec}, func(*record) moment { return shown })
	c.Schema, c.Caption = e.Schema, e.Label(r.model)
	return c
}

// plain is a statement without how it was written: what differs before cleaning only is no change.
func (s *statement) plain() said { return said{prop: s.prop, value: s.value, lang: s.lang} }

// held returns what a record says at a moment, which it keeps.
func (r *record) held(m moment, kept *map[said]bool) map[said]bool {
	if *kept == nil {
		*kept = map[said]bool{}
		for i := range r.statements {
			if s := &r.statements[i]; m.holds(s) {
				(*kept)[s.plain()] = true
			}
		}
	}
	return *kept
}

// entity puts together what records say at a moment.
func (r *Registry) entity(id string, recs []*record, in func(*record) moment) *ftm.Entity {
	e := &ftm.Entity{ID: id, Properties: map[string][]string{}}
	has := map[[2]string]bool{}
	for _, rec := range recs {
		m := in(rec)
		for i := range rec.statements {
			s := &rec.statements[i]
			switch {
			case !m.holds(s):
			case s.prop != propSchema:
				if k := [2]string{s.prop, s.value}; !has[k] {
					has[k] = true
					e.Properties[s.prop] = append(e.Properties[s.prop], s.value)
				}
			case e.Schema == "":
				e.Schema = s.value
			default:
				if narrow, err := r.model.Common(e.Schema, s.value); err == nil {
					e.Schema = narrow.Name
				}
			}
		}
	}
	if e.Schema == "" && len(recs) > 0 {
		e.Schema = recs[0].schema
	}
	return e
}
