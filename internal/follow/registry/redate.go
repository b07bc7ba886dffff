package registry

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Redate writes down that a state is of another day than was said. The day it had before stays in the journal.
func (r *Registry) Redate(ctx context.Context, state int64, dated, by, why string, at time.Time) (State, error) {
	if _, err := time.Parse(time.DateOnly, dated); err != nil {
		return State{}, fmt.Errorf("redate state %d: %q is no day written YYYY-MM-DD", state, dated)
	}
	if by == "" {
		return State{}, fmt.Errorf("redate state %d: it must be said who says so", state)
	}
	find := func() (State, error) {
		all, err := r.States(ctx, "")
		if err != nil {
			return State{}, err
		}
		i := slices.IndexFunc(all, func(s State) bool { return s.ID == state })
		if i < 0 {
			return State{}, fmt.Errorf("redate state %d: %w", state, ErrNotFound)
		}
		return all[i], nil
	}
	if err := r.follow(ctx); err != nil {
		return State{}, err
	}
	_, err := r.states.kept.Append(func([]StateEntry) ([]StateEntry, error) {
		s, err := find()
		switch {
		case err != nil:
			return nil, err
		case s.Status == Reading:
			return nil, fmt.Errorf("redate state %d: its import did not end; run it again", state)
		case s.Date() == dated:
			return nil, fmt.Errorf("redate state %d: it is of %s", state, dated)
		}
		return []StateEntry{{At: at.UTC().Truncate(time.Second), What: Redated, State: state, Dated: dated, Was: s.Date(), By: by, Why: why}}, nil
	})
	if err != nil {
		return State{}, err
	}
	if err := r.follow(ctx); err != nil {
		return State{}, err
	}
	return find()
}

// date puts down the day of a state. What its dataset says that entities are may be another then.
func (r *Registry) date(ctx context.Context, tx *sql.Tx, state int64, dated string) error {
	if dated == "" {
		return nil
	}
	line, err := courseOf(ctx, tx, state)
	if err != nil {
		return err
	}
	before := slices.Clone(line)
	for i := range line {
		if line[i].ID == state {
			line[i].Dated = dated
		}
	}
	slices.SortFunc(line, byDate)
	if _, err := tx.ExecContext(ctx, `UPDATE state SET dated = ? WHERE id = ?`, dated, state); err != nil {
		return err
	}
	if slices.EqualFunc(before, line, func(a, b State) bool { return a.ID == b.ID }) {
		return nil
	}
	return r.settle(ctx, tx, line)
}

// courseOf returns the states of the dataset of a state, as a transaction sees them.
func courseOf(ctx context.Context, tx *sql.Tx, state int64) (timeline, error) {
	all, err := states(ctx, tx, "")
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(all, func(s State) bool { return s.ID == state })
	if i < 0 {
		return nil, fmt.Errorf("state %d: %w", state, ErrNotFound)
	}
	dataset := all[i].dataset
	return slices.DeleteFunc(all, func(s State) bool { return s.dataset != dataset }), nil
}

// settle writes down which schema each entity of a dataset has when its states come in a certain order.
func (r *Registry) settle(ctx context.Context, tx *sql.Tx, t timeline) error {
	for last := int64(-1); ; {
		rows, err := tx.QueryContext(ctx, `SELECT first, id, dataset, schema, eid, statements FROM entity INDEXED BY entity_first WHERE dataset = ? AND first > ? ORDER BY first LIMIT ?`, t[0].dataset, last, step)
		if err != nil {
			return err
		}
		n, changed := 0, map[int64]string{}
		for ; rows.Next(); n++ {
			rec, err := r.scan(ctx, rows, &last)
			if err != nil {
				return errors.Join(err, rows.Close())
			}
			if s := rec.schemaIn(r, t); s != rec.schema {
				changed[rec.row] = s
			}
		}
		if err := rows.Err(); err != nil {
			return err
		}
		for row, schema := range changed {
			word, err := r.words.number(ctx, tx, schema)
			if err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, `UPDATE entity SET schema = ? WHERE id = ?`, word, row); err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, `UPDATE indexed SET segment = 0, v = v + 1 WHERE entity = ?`, row); err != nil {
				return err
			}
		}
		if n < step {
			return nil
		}
	}
}
