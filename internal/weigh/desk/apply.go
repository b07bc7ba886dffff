package desk

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// row is a record as it is stored.
type row struct {
	Kind               Kind
	ID                 string
	Rev                int
	Removed, Published bool
	Created, Updated   string
	CreatedBy          string
	UpdatedBy          string
	Last               int64
	Fields             map[string]json.RawMessage
	Private            map[string]bool
	Touched            map[string]touch
}

// touch says who set a field last.
type touch struct {
	Rev int    `json:"rev"`
	By  string `json:"by"`
	At  string `json:"at"`
}

const columns = `kind, id, rev, removed, published, created, created_by, updated, updated_by, last, fields, private, touched`

// removedField is the field of a conflict between taking a record off the desk and changing it.
const removedField = "removed"

func scan(s interface{ Scan(...any) error }) (*row, error) {
	r := &row{}
	var fields, private, touched string
	err := s.Scan(&r.Kind, &r.ID, &r.Rev, &r.Removed, &r.Published, &r.Created, &r.CreatedBy, &r.Updated, &r.UpdatedBy, &r.Last, &fields, &private, &touched)
	if err != nil {
		return nil, err
	}
	return r, errors.Join(json.Unmarshal([]byte(fields), &r.Fields), json.Unmarshal([]byte(private), &r.Private), json.Unmarshal([]byte(touched), &r.Touched))
}

// load returns a record, or nil where there is none.
func load(ctx context.Context, q querier, k Kind, id string) (*row, error) {
	r, err := scan(q.QueryRowContext(ctx, `SELECT `+columns+` FROM records WHERE kind = ? AND id = ?`, k, id))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read %s %s: %w", k, id, err)
	}
	return r, nil
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// apply derives what an event makes of the desk. It decides nothing: whoever wrote the event did.
func apply(ctx context.Context, tx *sql.Tx, e *Event) error {
	r, err := load(ctx, tx, e.Kind, e.ID)
	if err != nil {
		return err
	}
	at := stamp(e.At)
	if r == nil {
		r = &row{Kind: e.Kind, ID: e.ID, Created: at, CreatedBy: e.By, Fields: map[string]json.RawMessage{}, Private: map[string]bool{}, Touched: map[string]touch{}}
	}
	r.Rev, r.Last = e.Rev, e.N
	if e.What != Moved && e.What != Result {
		r.Updated, r.UpdatedBy = at, e.By
	}
	for name, value := range e.Fields {
		if slices.Contains(e.Rivals, name) {
			continue
		}
		if same(value, nil) {
			delete(r.Fields, name)
		} else {
			r.Fields[name] = value
		}
		r.Touched[name] = touch{e.Rev, e.By, at}
	}
	for name, private := range e.Private {
		r.Private[name] = private
	}
	if e.What == Remove || e.What == Restore {
		r.Removed = e.What == Remove
		r.Touched[removedField] = touch{e.Rev, e.By, at}
	}
	r.Published = string(r.Fields["published"]) == "true"
	if err := r.store(tx); err != nil {
		return fmt.Errorf("derive %s %s: %w", e.Kind, e.ID, err)
	}
	if err := e.conflicts(tx); err != nil {
		return fmt.Errorf("derive conflicts of %s %s: %w", e.Kind, e.ID, err)
	}
	_, err = tx.Exec(`INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?)`, e.N, e.Kind, e.ID, e.Rev, e.What, at, e.Hash, jsonOf(e))
	if err != nil {
		return fmt.Errorf("derive event %d: %w", e.N, err)
	}
	return nil
}

// store writes a record and the values that can be asked for.
func (r *row) store(tx *sql.Tx) error {
	_, err := tx.Exec(`INSERT OR REPLACE INTO records (`+columns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		r.Kind, r.ID, r.Rev, r.Removed, r.Published, r.Created, r.CreatedBy, r.Updated, r.UpdatedBy, r.Last, jsonOf(r.Fields), jsonOf(r.Private), jsonOf(r.Touched))
	if err != nil {
		return err
	}
	if _, err := tx.Exec(`DELETE FROM terms WHERE kind = ? AND id = ?`, r.Kind, r.ID); err != nil {
		return err
	}
	for name, raw := range r.Fields {
		f, ok := fieldOf(r.Kind, name)
		if !ok {
			continue
		}
		for _, v := range f.terms(raw) {
			if _, err := tx.Exec(`INSERT OR IGNORE INTO terms VALUES (?, ?, ?, ?)`, r.Kind, name, v, r.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

// terms returns the values under which a record can be asked for by a field.
func (f Field) terms(raw json.RawMessage) []string {
	v, err := f.read(raw)
	if err != nil || v == nil {
		return nil
	}
	switch f.Type {
	case Ref, Choice, URL:
		return []string{v.(string)}
	case Refs, List:
		return v.([]string)
	case Flag:
		return []string{strconv.FormatBool(v.(bool))}
	case Line:
		if f.Name == "status" || f.Name == "registry" || f.Name == "name" || f.Name == "code" || f.Name == "quote" {
			return []string{v.(string)}
		}
	}
	return nil
}

// conflicts notes those that an event makes, and those it settles.
func (e *Event) conflicts(tx *sql.Tx) error {
	for _, name := range e.Rivals {
		c := Conflict{ID: fmt.Sprintf("%s/%s/%d/%s", e.Kind, e.ID, e.Rev, name), Kind: e.Kind, Record: e.ID, Field: name, Rival: e.Fields[name], RivalBy: e.By, RivalAt: e.At, On: e.On, Why: e.Why}
		if _, err := tx.Exec(`INSERT INTO conflicts VALUES (?, ?, ?, ?, ?, 1, ?)`, c.ID, e.N, e.Kind, e.ID, name, jsonOf(c)); err != nil {
			return err
		}
	}
	for _, id := range e.Resolve {
		if _, err := tx.Exec(`UPDATE conflicts SET open = 0, body = json_set(body, '$.resolved', ?) WHERE id = ?`, e.By, id); err != nil {
			return err
		}
	}
	return nil
}
