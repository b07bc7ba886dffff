package desk

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// sight is what one viewer may see, for one call.
type sight struct {
	d    *Desk
	v    Viewer
	seen map[string]bool // kind and id: whether a reader sees that record
}

func (d *Desk) sight(v Viewer) *sight { return &sight{d: d, v: v, seen: map[string]bool{}} }

// all says that nothing is hidden from the viewer.
func (s *sight) all() bool { return s.v.may(Researcher) }

// visible says whether the viewer sees a record: of readers, those that were published, and what belongs to them.
func (s *sight) visible(ctx context.Context, r *row) (bool, error) {
	if s.all() {
		return r.Kind != textKind, nil
	}
	if r.Removed || r.Kind == textKind {
		return false, nil
	}
	if Belongs(r.Kind) == "" {
		return r.Published, nil
	}
	for _, f := range Fields(r.Kind) {
		if f.Type != Ref || !f.Must {
			continue
		}
		id, err := f.read(r.Fields[f.Name])
		if err != nil {
			return false, err
		}
		text, _ := id.(string)
		if ok, err := s.known(ctx, f.To, text); err != nil || !ok {
			return false, err
		}
	}
	return true, nil
}

func (s *sight) known(ctx context.Context, k Kind, id string) (bool, error) {
	key := string(k) + "/" + id
	if ok, done := s.seen[key]; done {
		return ok, nil
	}
	r, err := load(ctx, s.d.db, k, id)
	if err != nil {
		return false, err
	}
	ok := false
	if r != nil {
		if ok, err = s.visible(ctx, r); err != nil {
			return false, err
		}
	}
	s.seen[key] = ok
	return ok, nil
}

// record returns what the viewer sees of a record; nil when it is nothing.
func (s *sight) record(ctx context.Context, r *row) (*Record, error) {
	if ok, err := s.visible(ctx, r); err != nil || !ok {
		return nil, err
	}
	out := &Record{Kind: r.Kind, ID: r.ID, Rev: r.Rev, Removed: r.Removed, CreatedBy: r.CreatedBy, UpdatedBy: r.UpdatedBy, Fields: map[string]any{}}
	out.Created, _ = time.Parse(time.RFC3339Nano, r.Created)
	out.Updated, _ = time.Parse(time.RFC3339Nano, r.Updated)
	if !s.all() {
		out.CreatedBy, out.UpdatedBy = "", "" // accounts are nobody's business outside
	}
	for name, raw := range r.Fields {
		f, ok := fieldOf(r.Kind, name)
		if !ok {
			return nil, fmt.Errorf("%w: %s %s has a field %s that it cannot have", ErrBroken, r.Kind, r.ID, name)
		}
		hidden := r.private(f)
		if hidden && !s.all() {
			continue
		}
		v, err := f.read(raw)
		if err != nil {
			return nil, fmt.Errorf("%w: %s %s: %w", ErrBroken, r.Kind, r.ID, err)
		}
		if v, err = s.refs(ctx, f, v); err != nil {
			return nil, err
		}
		if v == nil {
			continue
		}
		out.Fields[name] = v
		if hidden {
			out.Private = append(out.Private, name)
		}
	}
	slices.Sort(out.Private)
	return out, nil
}

// refs leaves out the names of records that a reader does not see.
func (s *sight) refs(ctx context.Context, f Field, v any) (any, error) {
	if s.all() || f.Type != Ref && f.Type != Refs || v == nil {
		return v, nil
	}
	if id, ok := v.(string); ok {
		if ok, err := s.known(ctx, f.To, id); err != nil || !ok {
			return nil, err
		}
		return v, nil
	}
	var out []string
	for _, id := range v.([]string) {
		ok, err := s.known(ctx, f.To, id)
		if err != nil {
			return nil, err
		}
		if ok {
			out = append(out, id)
		}
	}
	if out == nil {
		return nil, nil
	}
	return out, nil
}

// Get returns a record, also one that was taken off the desk. Its fields are not to be changed.
func (d *Desk) Get(ctx context.Context, v Viewer, k Kind, id string) (*Record, error) {
	get := func() (*Record, error) { return d.get(ctx, v, k, id) }
	var found *Record
	var err error
	if v.may(Researcher) {
		found, err = get()
	} else {
		found, err = recall(ctx, d, "get "+string(k)+"/"+id, func(*Record) int { return 1 }, get)
	}
	switch {
	case err != nil:
		return nil, err
	case found == nil:
		return nil, fmt.Errorf("%s %s: %w", k, id, ErrNotFound)
	}
	out := *found
	return &out, nil
}

// get returns a record, nil where there is none to be seen.
func (d *Desk) get(ctx context.Context, v Viewer, k Kind, id string) (*Record, error) {
	if err := d.fresh(ctx); err != nil {
		return nil, err
	}
	r, err := load(ctx, d.db, k, id)
	if err != nil || r == nil {
		return nil, err
	}
	return d.sight(v).record(ctx, r)
}

// List returns the records that a query selects. Their fields are not to be changed.
func (d *Desk) List(ctx context.Context, v Viewer, q Query) ([]Record, error) {
	if v.may(Researcher) {
		return d.list(ctx, v, q)
	}
	return recallList(ctx, d, "list "+q.String(), func() ([]Record, error) { return d.list(ctx, v, q) })
}

func (d *Desk) list(ctx context.Context, v Viewer, q Query) ([]Record, error) {
	var out []Record
	err := d.each(ctx, v, q, func(r *Record) bool {
		out = append(out, *r)
		return q.Limit == 0 || len(out) < q.Limit
	})
	return out, err
}

// Count returns how many a query selects, whatever its limit.
func (d *Desk) Count(ctx context.Context, v Viewer, q Query) (int, error) {
	count := func() (int, error) {
		n := 0
		err := d.each(ctx, v, q, func(*Record) bool { n++; return true })
		return n, err
	}
	if v.may(Researcher) {
		return count()
	}
	return recall(ctx, d, "count "+q.String(), func(int) int { return 0 }, count)
}

// each calls f with the records of a query until it returns false. Rows are read a page at a time, so that no reader
// stands in the way of a writer for long.
func (d *Desk) each(ctx context.Context, v Viewer, q Query, f func(*Record) bool) error {
	if err := d.fresh(ctx); err != nil {
		return err
	}
	const page = 500
	s := d.sight(v)
	after, before := q.After, int64(1<<62)
	for {
		rows, err := d.page(ctx, q, after, before, page)
		if err != nil {
			return err
		}
		for _, r := range rows {
			after, before = r.ID, r.Last
			rec, err := s.record(ctx, r)
			if err != nil {
				return err
			}
			if rec == nil || !s.all() && !rec.has(q.Where) {
				continue
			}
			if !f(rec) {
				return nil
			}
		}
		if len(rows) < page {
			return nil
		}
	}
}

// has says whether the conditions hold of what the viewer sees: nobody finds a record by what is kept from them.
func (r *Record) has(where map[string]string) bool {
	for field, want := range where {
		if b, ok := r.Fields[field].(bool); ok && want == "true" && b {
			continue
		}
		if !slices.Contains(r.Strings(field), want) {
			return false
		}
	}
	return true
}

func (d *Desk) page(ctx context.Context, q Query, after string, before int64, n int) ([]*row, error) {
	where, args := []string{`kind = ?`}, []any{q.Kind}
	if !q.Removed {
		where = append(where, `NOT removed`)
	}
	for field, value := range q.Where {
		if _, ok := fieldOf(q.Kind, field); !ok {
			return nil, fmt.Errorf("list: %w: %s has no field %q", ErrInvalid, q.Kind, field)
		}
		where = append(where, `id IN (SELECT id FROM terms WHERE kind = ? AND field = ? AND value = ?)`)
		args = append(args, q.Kind, field, value)
	}
	order := `id`
	if q.Newest {
		where, args, order = append(where, `last < ?`), append(args, before), `last DESC`
	} else {
		where, args = append(where, `id > ?`), append(args, after)
	}
	rows, err := d.db.QueryContext(ctx, `SELECT `+columns+` FROM records WHERE `+strings.Join(where, " AND ")+` ORDER BY `+order+` LIMIT ?`, append(args, n)...)
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", q.Kind, err)
	}
	defer rows.Close()
	var out []*row
	for rows.Next() {
		r, err := scan(rows)
		if err != nil {
			return nil, fmt.Errorf("list %s: %w", q.Kind, err)
		}
		out = append(out, r)
	}
	return out, rows.Err()
}

// Events returns writes after a place in the journal, in order, at most limit. Researchers and above.
func (d *Desk) Events(ctx context.Context, v Viewer, after int64, limit int) ([]Event, error) {
	return d.events(ctx, v, `n > ? ORDER BY n LIMIT ?`, after, limit)
}

// History returns the writes of one record, oldest first. Researchers and above.
func (d *Desk) History(ctx context.Context, v Viewer, k Kind, id string) ([]Event, error) {
	return d.events(ctx, v, `kind = ? AND id = ? ORDER BY n`, k, id)
}

func (d *Desk) events(ctx context.Context, v Viewer, where string, args ...any) ([]Event, error) {
	if !v.may(Researcher) {
		return nil, fmt.Errorf("read the journal: %w", ErrForbidden)
	}
	if err := d.fresh(ctx); err != nil {
		return nil, err
	}
	rows, err := d.db.QueryContext(ctx, `SELECT n, hash, body FROM events WHERE kind <> '`+string(textKind)+`' AND `+where, args...)
	if err != nil {
		return nil, fmt.Errorf("read the journal: %w", err)
	}
	defer rows.Close()
	var out []Event
	for rows.Next() {
		var e Event
		var body string
		if err := rows.Scan(&e.N, &e.Hash, &body); err != nil {
			return nil, fmt.Errorf("read the journal: %w", err)
		}
		if err := json.Unmarshal([]byte(body), &e); err != nil {
			return nil, fmt.Errorf("read the journal: %w", err)
		}
		out = append(out, e)
	}
	return out, rows.Err()
}
