package registry

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
)

// scan reads rows of the table of entities: id, dataset, schema, eid, statements, after columns of another kind.
func (r *Registry) scan(ctx context.Context, rows *sql.Rows, before ...any) (*record, error) {
	rec := &record{}
	var schema int64
	var blob []byte
	if err := rows.Scan(append(before, &rec.row, &rec.dataset, &schema, &rec.id, &blob)...); err != nil {
		return nil, err
	}
	name := func(n int64) (string, error) { return r.words.name(ctx, n) }
	var err error
	if rec.schema, err = name(schema); err != nil {
		return nil, err
	}
	if rec.statements, err = decode(blob, name); err != nil {
		return nil, fmt.Errorf("entity %s: %w", rec.id, err)
	}
	return rec, nil
}

// records returns what all datasets say of some entities, by id and dataset.
func (r *Registry) records(ctx context.Context, ids []string) ([]*record, error) {
	var out []*record
	for _, id := range ids {
		rows, err := r.db.QueryContext(ctx, `SELECT id, dataset, schema, eid, statements FROM entity WHERE key = ? ORDER BY dataset`, keyOf(id))
		if err != nil {
			return nil, fmt.Errorf("read entity %s: %w", id, err)
		}
		for rows.Next() {
			rec, err := r.scan(ctx, rows)
			if err != nil {
				_ = rows.Close() // the first error counts
				return nil, fmt.Errorf("read entity %s: %w", id, err)
			}
			if rec.id == id {
				out = append(out, rec)
			}
		}
		if err := rows.Err(); err != nil {
			return nil, fmt.Errorf("read entity %s: %w", id, err)
		}
	}
	return out, nil
}

// row returns one row of the table of entities.
func (r *Registry) row(ctx context.Context, row int64) (*record, error) {
	rows, err := r.db.QueryContext(ctx, `SELECT id, dataset, schema, eid, statements FROM entity WHERE id = ?`, row)
	if err != nil {
		return nil, fmt.Errorf("read row %d: %w", row, err)
	}
	defer rows.Close()
	if !rows.Next() {
		if err := rows.Err(); err != nil {
			return nil, fmt.Errorf("read row %d: %w", row, err)
		}
		return nil, fmt.Errorf("read row %d: %w", row, ErrNotFound)
	}
	return r.scan(ctx, rows)
}

// step is how many rows are read before others may write.
const step = 2000

// each hands out the rows of the table for which the condition on a dataset and a schema holds; 0 is any. They come by
// dataset, in the order in which the dataset first named them. No lock is held while yield works.
func (r *Registry) each(ctx context.Context, dataset, schema int64, yield func(*record) error) error {
	datasets := []int64{dataset}
	if dataset == 0 {
		lines, err := r.courses(ctx)
		if err != nil {
			return err
		}
		datasets = slices.Sorted(maps.Keys(lines))
	}
	for _, d := range datasets {
		if err := r.eachOf(ctx, d, schema, yield); err != nil {
			return err
		}
	}
	return ctx.Err()
}

func (r *Registry) eachOf(ctx context.Context, dataset, schema int64, yield func(*record) error) error {
	query := `SELECT first, id, dataset, schema, eid, statements FROM entity INDEXED BY entity_first WHERE first > ? AND dataset = ? ORDER BY first LIMIT ?3`
	if schema != 0 {
		query = `SELECT first, id, dataset, schema, eid, statements FROM entity INDEXED BY entity_schema WHERE first > ? AND dataset = ? AND schema = ?4 ORDER BY first LIMIT ?3`
	}
	last := int64(-1)
	for {
		rows, err := r.db.QueryContext(ctx, query, last, dataset, step, schema)
		if err != nil {
			return fmt.Errorf("read entities: %w", err)
		}
		var part []*record
		for rows.Next() {
			rec, err := r.scan(ctx, rows, &last)
			if err != nil {
				_ = rows.Close() // the first error counts
				return fmt.Errorf("read entities: %w", err)
			}
			part = append(part, rec)
		}
		if err := rows.Err(); err != nil {
			return fmt.Errorf("read entities: %w", err)
		}
		for _, rec := range part {
			if err := yield(rec); err != nil {
				return err
			}
		}
		if len(part) < step {
			return ctx.Err()
		}
	}
}

// schemaOf returns the narrowest schema of what is the same entity; that of the first, where they do not go together.
func (r *Registry) schemaOf(recs []*record) string {
	out := recs[0].schema
	for _, rec := range recs[1:] {
		if s, err := r.model.Common(out, rec.schema); err == nil {
			out = s.Name
		}
	}
	return out
}

// datasetNumber returns the number of a dataset.
func (r *Registry) datasetNumber(ctx context.Context, name string) (int64, error) {
	var n int64
	err := r.db.QueryRowContext(ctx, `SELECT id FROM dataset WHERE name = ?`, name).Scan(&n)
	if err == sql.ErrNoRows {
		return 0, fmt.Errorf("dataset %s: %w", name, ErrNotFound)
	}
	return n, err
}
