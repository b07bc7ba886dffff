package cmo

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"veedor/internal/weigh/cases"
	"veedor/internal/weigh/desk"
)

// File is a table to read.
type File struct {
	Name string
	Open func() (io.ReadCloser, error)
}

// Account says what became of a table's rows: Read = New + Changed + Same + Rejected.
type Account struct {
	Table                    string
	Read, New, Changed, Same int
	Rejected                 []Reject
	Gone                     int            // records of an earlier import that the table has no longer; they stay
	Cells                    map[string]int // by column and reason: cells that are kept as they came and mean nothing on the desk
	Conflicts                int            // fields that were changed on the desk and in the table
	Columns, Unknown         int
	id                       string
	layout                   layout
	head                     []string
	table                    table
	months                   map[int]bool
	rows                     []row
	fresh, scores, seen      map[string]bool
}

// Reject is a row that could not be read.
type Reject struct {
	Line   int    `json:"line"`
	N      int    `json:"n"` // its place among the rows, from 1
	Raw    []byte `json:"raw"`
	Reason string `json:"reason"`
}

// layout is how a table is written; it is kept on the desk with its records.
type layout struct {
	Style    style    `json:"style"`
	Header   string   `json:"header"` // as it came
	Rejected []Reject `json:"rejected,omitempty"`
}

// place is where a record stands in its table, and what of it is written otherwise than the style has it.
type place struct {
	N     int   `json:"n"`
	Odd   []int `json:"odd,omitempty"`   // columns in quotes that need none, or the other way round
	Other bool  `json:"other,omitempty"` // the line ends otherwise
}

// row is a row that was read.
type row struct {
	id    string
	place place
	cells []string
}

const (
	cellField  = desk.Extra + "cmo:" // and the column's title: the cell as it came
	placeField = desk.Extra + "cmo place"
)

// Import reads tables onto the desk. Tables that refer to each other are given together, so that links
// are found. Importing the same again changes nothing; of a later export only cells that changed are
// written, and where the desk changed the same field meanwhile, both values are kept as a conflict.
func Import(ctx context.Context, d *desk.Desk, who desk.Viewer, files []File, progress func(done, total int)) ([]Account, error) {
	var all []*Account
	known := names{}
	for _, f := range files {
		a, err := readTable(f)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", f.Name, err)
		}
		for _, other := range all {
			if other.Table == a.Table {
				return nil, fmt.Errorf("read %s: there is another file of the table %s", f.Name, a.Table)
			}
		}
		all = append(all, a)
	}
	order := tables()
	slices.SortStableFunc(all, func(a, b *Account) int {
		at := func(x *Account) int {
			return slices.IndexFunc(order, func(t table) bool { return t.name == x.Table })
		}
		return at(a) - at(b)
	})
	total, done := 0, 0
	for _, a := range all {
		total += 2 * len(a.rows)
		primary := slices.IndexFunc(a.head, func(h string) bool { c, ok := a.table.column(h); return ok && c.field == a.table.primary() })
		for _, r := range a.rows {
			if primary >= 0 {
				known.put(a.table.kind, strings.TrimSpace(r.cells[primary]), r.id)
			}
		}
	}
	if err := knownBefore(ctx, d, who, known); err != nil {
		return nil, err
	}
	w := &importing{desk: d, who: who, known: known, step: func(n int) {
		if done += n; progress != nil {
			progress(done, total)
		}
	}}
	// Links point both ways between tables: first all records, then what they say of each other.
	for _, links := range []bool{false, true} {
		for _, a := range all {
			if err := w.table(ctx, a, links); err != nil {
				return nil, fmt.Errorf("import %s: %w", a.Table, err)
			}
		}
	}
	out := make([]Account, len(all))
	for i, a := range all {
		out[i] = *a
	}
	return out, nil
}

// knownBefore adds the names of records that earlier imports brought.
func knownBefore(ctx context.Context, d *desk.Desk, who desk.Viewer, known names) error {
	for _, t := range tables() {
		list, err := d.List(ctx, who, desk.Query{Kind: t.kind})
		if err != nil {
			return err
		}
		for i := range list {
			known.put(t.kind, nameOf(&list[i], t), list[i].ID)
		}
	}
	return nil
}

func nameOf(r *desk.Record, t table) string {
	return cmp.Or(r.Str(t.primary()), r.Words(t.primary()).In("en", "es"))
}

// importing is the work of one Import.
type importing struct {
	desk  *desk.Desk
	who   desk.Viewer
	known names
	step  func(int)
}

const batch = 100

func (w *importing) table(ctx context.Context, a *Account, links bool) error {
	if !links {
		text, err := json.Marshal(a.layout)
		if err != nil {
			return err
		}
		if _, err := w.write(ctx, desk.Change{Kind: desk.Table, ID: a.id, On: desk.Latest, Set: map[string]any{"title": a.Table, "layout": string(text)}}); err != nil {
			return err
		}
		before, err := w.desk.List(ctx, w.who, desk.Query{Kind: a.table.kind})
		if err != nil {
			return err
		}
		for i := range before {
			if before[i].Str(placeField) != "" && !a.seen[before[i].ID] {
				a.Gone++
			}
		}
	}
	for part := range slices.Chunk(a.rows, batch) {
		var changes []desk.Change
		for i := range part {
			more, err := w.changes(ctx, a, &part[i], links)
			if err != nil {
				return err
			}
			changes = append(changes, more...)
		}
		if len(changes) > 0 {
			if err := w.put(ctx, a, changes); err != nil {
				return err
			}
		}
		w.step(len(part))
	}
	return nil
}

func (w *importing) write(ctx context.Context, changes ...desk.Change) ([]desk.Written, error) {
	return w.desk.Write(ctx, w.who, "imported from a Civic Media Observatory base", changes...)
}

func (w *importing) put(ctx context.Context, a *Account, changes []desk.Change) error {
	done, err := w.write(ctx, changes...)
	if err != nil {
		return err
	}
	for _, d := range done {
		a.Conflicts += len(d.Conflicts)
	}
	return nil
}

// changes returns what a row asks of the desk: in the first pass its own fields, in the second its links,
// scores and stances.
func (w *importing) changes(ctx context.Context, a *Account, r *row, links bool) ([]desk.Change, error) {
	cur, err := w.desk.Get(ctx, w.who, a.table.kind, r.id)
	if err != nil && !errors.Is(err, desk.ErrNotFound) {
		return nil, err
	}
	on := 0
	if cur != nil {
		if on, err = w.imported(ctx, a, r.id); err != nil {
			return nil, err
		}
	}
	fields := fieldsOf(a.table.kind)
	set := map[string]any{}
	var out []desk.Change
	for i, title := range a.head {
		c, means := a.table.column(title)
		link := means && (c.special != plain || fields[c.field].Type == desk.Ref || fields[c.field].Type == desk.Refs)
		if link != links {
			continue
		}
		text := r.cells[i]
		if old, ok := cellOf(cur, title); ok && old == text || !ok && cur != nil && text == "" {
			continue
		}
		set[cellField+title] = text
		switch {
		case !means:
		case c.special != plain:
			more, problem, err := w.special(ctx, a, r, c, text)
			if err != nil {
				return nil, err
			}
			out = append(out, more...)
			a.note(title, problem)
		default:
			value, problem := parse(fields[c.field], text, w.known, a.months[i])
			set[c.field] = value
			a.note(title, problem)
		}
	}
	if !links {
		a.must(set, cur)
		if p := jsonOf(r.place); cur == nil || cur.Str(placeField) != p {
			set[placeField] = p
		}
		switch {
		case cur == nil:
			a.New++
			a.fresh[r.id] = true
		case len(set) > 0 && !onlyPlace(set) || w.linksDiffer(a, r, cur):
			a.Changed++
		default:
			a.Same++
		}
	}
	if len(set) == 0 {
		return out, nil
	}
	return append([]desk.Change{{Kind: a.table.kind, ID: r.id, On: on, Set: set}}, out...), nil
}

func onlyPlace(set map[string]any) bool { _, ok := set[placeField]; return ok && len(set) == 1 }

func (w *importing) linksDiffer(a *Account, r *row, cur *desk.Record) bool {
	for i, title := range a.head {
		if old, ok := cellOf(cur, title); ok && old != r.cells[i] {
			return true
		}
	}
	return false
}

// must gives a record the name it cannot be without.
func (a *Account) must(set map[string]any, cur *desk.Record) {
	if name := a.table.primary(); cur == nil && set[name] == nil && fieldsOf(a.table.kind)[name].Must {
		set[name] = "(no name)"
		if a.table.kind == desk.Frame {
			set[name] = cases.Text{"en": "(no name)"}
		}
	}
}

func (a *Account) note(title, problem string) {
	if problem != "" {
		a.Cells[title+": "+problem]++
	}
}

// imported returns the revision that the last import of a record made: what changed since was changed on the desk.
func (w *importing) imported(ctx context.Context, a *Account, id string) (int, error) {
	if a.fresh[id] {
		return desk.Latest, nil
	}
	events, err := w.desk.History(ctx, w.who, a.table.kind, id)
	if err != nil {
		return 0, err
	}
	for _, e := range slices.Backward(events) {
		for name := range e.Fields {
			if strings.HasPrefix(name, desk.Extra+"cmo") {
				return e.Rev, nil
			}
		}
	}
	return desk.Latest, nil
}

func cellOf(r *desk.Record, title string) (string, bool) {
	if r == nil {
		return "", false
	}
	s, ok := r.Fields[cellField+title].(string)
	return s, ok
}

func jsonOf(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // of our own plain types
	}
	return string(b)
}

// Problems returns what cells hold that the desk does not take, the most frequent first.
func (a *Account) Problems() []string {
	keys := slices.SortedFunc(maps.Keys(a.Cells), func(x, y string) int {
		return cmp.Or(a.Cells[y]-a.Cells[x], strings.Compare(x, y))
	})
	for i, k := range keys {
		keys[i] = fmt.Sprintf("%d × %s", a.Cells[k], k)
	}
	return keys
}
