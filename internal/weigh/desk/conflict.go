package desk

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// conflicts returns those that a condition selects, oldest first, with what stands now.
func conflicts(ctx context.Context, q querier, where string, args ...any) ([]Conflict, error) {
	rows, err := q.QueryContext(ctx, `SELECT body FROM conflicts WHERE `+where+` ORDER BY n, id`, args...)
	if err != nil {
		return nil, fmt.Errorf("read conflicts: %w", err)
	}
	defer rows.Close()
	var out []Conflict
	for rows.Next() {
		var body string
		var c struct {
			Conflict
			Rival json.RawMessage `json:"rival"`
		}
		if err := rows.Scan(&body); err != nil {
			return nil, err
		}
		if err := json.Unmarshal([]byte(body), &c); err != nil {
			return nil, err
		}
		c.Conflict.Rival = c.Rival
		out = append(out, c.Conflict)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	_ = rows.Close() // a transaction has one connection, and the next lines ask it again
	for i := range out {
		if err := out[i].stands(ctx, q); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// stands fills in what stands now, and decodes the rival.
func (c *Conflict) stands(ctx context.Context, q querier) error {
	r, err := load(ctx, q, c.Kind, c.Record)
	if err != nil || r == nil {
		return err
	}
	t := r.Touched[c.Field]
	c.By = t.By
	c.At, _ = time.Parse(time.RFC3339Nano, t.At)
	rival, _ := c.Rival.(json.RawMessage)
	if c.Field == removedField {
		c.Standing, c.Rival = r.Removed, string(rival) == "true"
		return nil
	}
	f, ok := fieldOf(c.Kind, c.Field)
	if !ok {
		return fmt.Errorf("%w: a conflict about %s, which is no field", ErrBroken, c.Field)
	}
	if c.Standing, err = f.read(r.Fields[c.Field]); err != nil {
		return err
	}
	c.Rival, err = f.read(rival)
	return err
}

// rivalled says whether an open conflict holds the same value already.
func rivalled(ctx context.Context, q querier, e *Event, field string, value json.RawMessage) (bool, error) {
	var n int
	err := q.QueryRowContext(ctx, `SELECT count(*) FROM conflicts WHERE kind = ? AND record = ? AND field = ? AND open AND json_extract(body, '$.rival') IS json_extract(?, '$')`,
		e.Kind, e.ID, field, string(value)).Scan(&n)
	return n > 0, err
}

// resolves checks that the conflicts a change settles are open, and of its record.
func (w *writing) resolves(ctx context.Context, c *Change, e *Event) error {
	for _, id := range e.Resolve {
		var n int
		if err := w.tx.QueryRowContext(ctx, `SELECT count(*) FROM conflicts WHERE id = ? AND kind = ? AND record = ? AND open`, id, c.Kind, c.ID).Scan(&n); err != nil {
			return err
		}
		if n == 0 {
			return fmt.Errorf("%w: %s is no open conflict of it", ErrInvalid, id)
		}
	}
	return nil
}

// Conflicts returns what is open, or all there ever was, of a record; of all records when id is "". Researchers and
// above.
func (d *Desk) Conflicts(ctx context.Context, v Viewer, k Kind, id string, all bool) ([]Conflict, error) {
	if !v.may(Researcher) {
		return nil, fmt.Errorf("read conflicts: %w", ErrForbidden)
	}
	if err := d.fresh(ctx); err != nil {
		return nil, err
	}
	var where []string
	var args []any
	if id != "" {
		where, args = append(where, `kind = ? AND record = ?`), append(args, k, id)
	}
	if !all {
		where = append(where, `open`)
	}
	return conflicts(ctx, d.db, strings.Join(append(where, "true"), " AND "), args...)
}

// Resolve settles a conflict with a value: one of the two, or a third. Of a conflict about taking a record off the
// desk it is a bool.
func (d *Desk) Resolve(ctx context.Context, who Viewer, conflict string, value any, why string) error {
	if err := d.fresh(ctx); err != nil {
		return err
	}
	all, err := conflicts(ctx, d.db, `id = ?`, conflict)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		return fmt.Errorf("resolve %s: %w", conflict, ErrNotFound)
	}
	c := all[0]
	change := Change{Kind: c.Kind, ID: c.Record, On: Latest, Resolve: []string{conflict}}
	if c.Field != removedField {
		change.Set = map[string]any{c.Field: value}
	} else if off, ok := value.(bool); !ok {
		return fmt.Errorf("resolve %s: %w: say true (taken off) or false (kept)", conflict, ErrInvalid)
	} else {
		change.Remove, change.Restore = off, !off
	}
	_, err = d.Write(ctx, who, why, change)
	return err
}
