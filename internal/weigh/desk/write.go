package desk

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"veedor/internal/evidence/journal"
)

// Write makes changes, all or none of them.
func (d *Desk) Write(ctx context.Context, who Viewer, why string, changes ...Change) ([]Written, error) {
	if !who.may(Researcher) || who.Name == "" {
		return nil, fmt.Errorf("write: %w: the role %q only reads", ErrForbidden, who.Role)
	}
	var out []Written
	err := d.extend(ctx, func(tx *sql.Tx) ([]entry, error) {
		w := d.begin(tx, who, why)
		var err error
		if w.mark, err = readMark(ctx, tx); err != nil {
			return nil, err
		}
		for i := range changes {
			done, err := w.change(ctx, &changes[i])
			if err != nil {
				return nil, fmt.Errorf("write %s %s: %w", changes[i].Kind, changes[i].ID, err)
			}
			out = append(out, done)
		}
		for i := range changes {
			if err := w.refer(ctx, &changes[i]); err != nil {
				return nil, fmt.Errorf("write %s %s: %w", changes[i].Kind, changes[i].ID, err)
			}
		}
		if err := w.move(ctx); err != nil {
			return nil, err
		}
		return w.events, nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// writing is the work on one write: events that are applied already and not yet in the journal.
type writing struct {
	tx     *sql.Tx
	who    Viewer
	why    string
	at     time.Time // of all its events
	mark   journal.Mark
	events []entry
	claims map[string]*bearing // those that may stand otherwise now
	edges  bool                // all whose evidence names an item are among them
}

func (d *Desk) begin(tx *sql.Tx, who Viewer, why string) *writing {
	return &writing{tx: tx, who: who, why: why, at: d.now().UTC(), claims: map[string]*bearing{}}
}

// add applies an event and keeps it for the journal.
func (w *writing) add(ctx context.Context, e Event) error {
	e.At = w.at
	if e.Why == "" {
		e.Why = w.why
	}
	if e.By == "" {
		e.By = w.who.Name
	}
	e.N = w.mark.Lines + int64(len(w.events)) + 1
	if err := apply(ctx, w.tx, &e); err != nil {
		return err
	}
	w.events = append(w.events, entry{Event: e})
	return nil
}

// change decides what becomes of one change.
func (w *writing) change(ctx context.Context, c *Change) (Written, error) {
	out := Written{Kind: c.Kind, ID: c.ID}
	if Fields(c.Kind) == nil {
		return out, fmt.Errorf("%w: no kind of record is called so", ErrInvalid)
	}
	if !goodID.MatchString(c.ID) {
		return out, fmt.Errorf("%w: an id is of lower-case letters, digits, hyphens and dots", ErrInvalid)
	}
	cur, err := load(ctx, w.tx, c.Kind, c.ID)
	if err != nil {
		return out, err
	}
	if err := w.base(c, cur); err != nil {
		return out, err
	}
	e := Event{What: Set, Kind: c.Kind, ID: c.ID, On: c.On, Rev: 1, Fields: map[string]json.RawMessage{}, Private: map[string]bool{}, Resolve: slices.Sorted(slices.Values(c.Resolve))}
	if cur == nil {
		cur = &row{Kind: c.Kind, ID: c.ID}
	}
	e.Rev = cur.Rev + 1
	out.Rev = cur.Rev
	if c.On == Latest {
		e.On = cur.Rev
	}
	if err := w.set(ctx, c, cur, &e); err != nil {
		return out, err
	}
	if err := w.share(c, cur, &e); err != nil {
		return out, err
	}
	if err := w.resolves(ctx, c, &e); err != nil {
		return out, err
	}
	w.takeOff(c, cur, &e)
	if len(e.Fields) == 0 && len(e.Private) == 0 && len(e.Resolve) == 0 && e.What == Set && cur.Rev > 0 {
		return out, nil // nothing that is not so already
	}
	if err := complete(cur, &e); err != nil {
		return out, err
	}
	if err := w.add(ctx, e); err != nil {
		return out, err
	}
	out.Rev, out.Merged = e.Rev, e.Merged
	for _, name := range e.Rivals {
		all, err := conflicts(ctx, w.tx, `id = ?`, fmt.Sprintf("%s/%s/%d/%s", e.Kind, e.ID, e.Rev, name))
		if err != nil {
			return out, err
		}
		out.Conflicts = append(out.Conflicts, all...)
	}
	return out, w.bears(ctx, c.Kind, c.ID, cur)
}

// base checks the revision that a change was made on.
func (w *writing) base(c *Change, cur *row) error {
	switch {
	case c.On < Latest:
		return fmt.Errorf("%w: revision %d", ErrInvalid, c.On)
	case cur == nil && c.On > 0:
		return fmt.Errorf("%w: it was to be changed at revision %d", ErrNotFound, c.On)
	case cur == nil && (c.Remove || c.Restore):
		return ErrNotFound
	case cur != nil && c.On > cur.Rev:
		return fmt.Errorf("%w: it has %d revisions, not %d", ErrInvalid, cur.Rev, c.On)
	case cur != nil && cur.Removed && !c.Restore && !c.Remove && (c.On == Latest || c.On >= cur.Touched[removedField].Rev):
		return fmt.Errorf("%w: it was taken off the desk; restore it first", ErrInvalid)
	case c.Kind == Score && cur != nil && cur.CreatedBy != w.who.Name && len(c.Set) > 0:
		return fmt.Errorf("%w: it is another coder's score; write one of your own", ErrForbidden)
	}
	return nil
}

// set decides about each field: taken, merged, or a rival of what stands.
func (w *writing) set(ctx context.Context, c *Change, cur *row, e *Event) error {
	if len(c.Set) > maxFields {
		return fmt.Errorf("%w: %d fields, at most %d", ErrInvalid, len(c.Set), maxFields)
	}
	for _, name := range slices.Sorted(maps.Keys(c.Set)) {
		f, ok := fieldOf(c.Kind, name)
		if !ok || f.Derived {
			return fmt.Errorf("%w: %s has no field %q that can be written; others' columns begin with %s", ErrInvalid, c.Kind, name, Extra)
		}
		if name == "published" && !w.who.may(Editor) {
			return fmt.Errorf("%w: only an editor publishes", ErrForbidden)
		}
		value, err := f.take(c.Set[name])
		if err != nil {
			return fmt.Errorf("%w: %w", ErrInvalid, err)
		}
		if c.Kind == Score && name == "coder" && value != w.who.Name {
			return fmt.Errorf("%w: a score is written by its coder", ErrForbidden)
		}
		raw := write(value)
		if same(raw, cur.Fields[name]) {
			continue
		}
		if cur.Touched[name].Rev <= e.On {
			e.Fields[name] = raw
			continue
		}
		if err := w.concurrent(ctx, f, raw, cur, e); err != nil {
			return err
		}
	}
	if c.Kind == Score && cur.Rev == 0 {
		e.Fields["coder"] = write(w.who.Name)
	}
	return nil
}

// concurrent decides about a field that somebody else changed since: lists are merged, of others both values are kept.
func (w *writing) concurrent(ctx context.Context, f Field, raw json.RawMessage, cur *row, e *Event) error {
	if f.Type == List || f.Type == Refs {
		before, err := valueAt(ctx, w.tx, e.Kind, e.ID, f.Name, e.On)
		if err != nil {
			return err
		}
		lists := [3][]string{}
		for i, r := range []json.RawMessage{before, raw, cur.Fields[f.Name]} {
			v, err := f.read(r)
			if err != nil {
				return err
			}
			lists[i], _ = v.([]string)
		}
		merged, err := f.take(merge(lists[0], lists[1], lists[2]))
		if err != nil {
			return fmt.Errorf("%w: %w", ErrInvalid, err)
		}
		if out := write(merged); !same(out, cur.Fields[f.Name]) {
			e.Fields[f.Name] = out
			e.Merged = append(e.Merged, f.Name)
		}
		return nil
	}
	if known, err := rivalled(ctx, w.tx, e, f.Name, raw); err != nil || known {
		return err
	}
	e.Fields[f.Name] = raw
	e.Rivals = append(e.Rivals, f.Name)
	return nil
}

// valueAt returns what a field was at a revision of its record.
func valueAt(ctx context.Context, q querier, k Kind, id, field string, rev int) (json.RawMessage, error) {
	rows, err := q.QueryContext(ctx, `SELECT body FROM events WHERE kind = ? AND id = ? AND rev <= ? ORDER BY rev DESC`, k, id, rev)
	if err != nil {
		return nil, fmt.Errorf("read history: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var body string
		var e Event
		if err := rows.Scan(&body); err != nil {
			return nil, err
		}
		if err := json.Unmarshal([]byte(body), &e); err != nil {
			return nil, err
		}
		if v, ok := e.Fields[field]; ok && !slices.Contains(e.Rivals, field) {
			return v, nil
		}
	}
	return nil, rows.Err()
}

// share decides about fields that are to be private or shared.
func (w *writing) share(c *Change, cur *row, e *Event) error {
	for _, name := range slices.Sorted(maps.Keys(c.Private)) {
		f, ok := fieldOf(c.Kind, name)
		if !ok {
			return fmt.Errorf("%w: %s has no field %q", ErrInvalid, c.Kind, name)
		}
		if cur.private(f) == c.Private[name] {
			continue
		}
		if !c.Private[name] && !w.who.may(Editor) {
			return fmt.Errorf("%w: only an editor makes a private field shared", ErrForbidden)
		}
		e.Private[name] = c.Private[name]
	}
	return nil
}

// private says whether readers are not shown a field.
func (r *row) private(f Field) bool {
	if p, ok := r.Private[f.Name]; ok {
		return p
	}
	return f.Private
}

// takeOff decides about taking a record off the desk and putting it back.
func (w *writing) takeOff(c *Change, cur *row, e *Event) {
	changed := 0 // when somebody last set a field
	for name, t := range cur.Touched {
		if f, ok := fieldOf(c.Kind, name); ok && !f.Derived {
			changed = max(changed, t.Rev)
		}
	}
	switch {
	case c.Remove && !cur.Removed && changed > e.On:
		e.Fields[removedField] = write(true)
		e.Rivals = append(e.Rivals, removedField)
	case c.Remove && !cur.Removed:
		e.What = Remove
	case c.Restore && cur.Removed:
		e.What = Restore
	case cur.Removed && len(e.Fields) > 0: // changed by somebody who had not seen that
		e.Fields[removedField] = write(false)
		e.Rivals = append(e.Rivals, removedField)
	}
}

// complete checks that a record has the fields it must have after an event.
func complete(cur *row, e *Event) error {
	if e.What != Set {
		return nil
	}
	for _, f := range Fields(e.Kind) {
		if !f.Must {
			continue
		}
		value, set := e.Fields[f.Name]
		if !set || slices.Contains(e.Rivals, f.Name) {
			value = cur.Fields[f.Name]
		}
		if same(value, nil) {
			return fmt.Errorf("%w: %s is missing", ErrInvalid, f.Name)
		}
	}
	if len(cur.Fields)+len(e.Fields) > 2*maxFields {
		return fmt.Errorf("%w: more than %d fields", ErrInvalid, 2*maxFields)
	}
	return nil
}

// refer checks that what a change refers to is on the desk, now that all changes of the write are.
func (w *writing) refer(ctx context.Context, c *Change) error {
	for _, f := range Fields(c.Kind) {
		if f.Type != Ref && f.Type != Refs || c.Set[f.Name] == nil {
			continue
		}
		v, err := f.take(c.Set[f.Name])
		if err != nil {
			return fmt.Errorf("%w: %w", ErrInvalid, err)
		}
		list, _ := v.([]string)
		if s, ok := v.(string); ok {
			list = []string{s}
		}
		for _, id := range list {
			var n int
			if err := w.tx.QueryRowContext(ctx, `SELECT count(*) FROM records WHERE kind = ? AND id = ?`, f.To, id).Scan(&n); err != nil {
				return err
			}
			if n == 0 {
				return fmt.Errorf("%w: %s: there is no %s %s", ErrInvalid, f.Name, f.To, id)
			}
		}
	}
	return nil
}
