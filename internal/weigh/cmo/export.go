package cmo

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"veedor/internal/weigh/desk"
)

// Table is one that can be written.
type Table struct {
	Name, File string
	kind       desk.Kind
}

// Tables returns the eight, and under which name a file of each is written.
func Tables() []Table {
	var out []Table
	for _, t := range tables() {
		out = append(out, Table{t.name, t.file, t.kind})
	}
	return out
}

// Export writes a table: the records that came with it, in its order, each cell as it came unless it was
// changed on the desk; then records that were made here. A table that was never imported has the columns
// that are known.
func Export(ctx context.Context, d *desk.Desk, who desk.Viewer, t Table, w io.Writer) (int, error) {
	e := &exporting{desk: d, who: who, table: byKind(t.kind), fields: fieldsOf(t.kind), names: map[desk.Kind]map[string]string{}}
	if err := e.readLayout(ctx); err != nil {
		return 0, fmt.Errorf("export %s: %w", t.Name, err)
	}
	list, err := d.List(ctx, who, desk.Query{Kind: t.kind})
	if err != nil {
		return 0, fmt.Errorf("export %s: %w", t.Name, err)
	}
	at := func(r *desk.Record) int {
		if p, ok := placeOf(r); ok {
			return p.N
		}
		return 1 << 40 // made here: after all others, in the order of their making
	}
	slices.SortStableFunc(list, func(a, b desk.Record) int {
		return cmp.Or(cmp.Compare(at(&a), at(&b)), a.Created.Compare(b.Created), cmp.Compare(a.ID, b.ID))
	})
	out := bufio.NewWriter(w)
	if e.layout.Style.BOM {
		out.WriteString("\xef\xbb\xbf")
	}
	out.WriteString(e.layout.Header)
	rejected := e.layout.Rejected
	for i := range list {
		for len(rejected) > 0 && rejected[0].N < at(&list[i]) {
			e.line(out, string(rejected[0].Raw))
			rejected = rejected[1:]
		}
		line, p, err := e.row(ctx, &list[i])
		if err != nil {
			return 0, fmt.Errorf("export %s: %s: %w", t.Name, list[i].ID, err)
		}
		own := e.layout.Style
		own.CRLF = own.CRLF != p.Other
		e.line(out, line+own.end())
	}
	for _, r := range rejected {
		e.line(out, string(r.Raw))
	}
	if !e.layout.Style.NoFinal {
		out.WriteString(e.last.end())
	}
	return len(list), out.Flush()
}

// exporting is the work of one Export.
type exporting struct {
	desk   *desk.Desk
	who    desk.Viewer
	table  table
	fields map[string]desk.Field
	layout layout
	head   []string
	last   style // of the line before
	names  map[desk.Kind]map[string]string
}

func (e *exporting) readLayout(ctx context.Context) error {
	r, err := e.desk.Get(ctx, e.who, desk.Table, "cmo-table-"+string(e.table.kind))
	switch {
	case errors.Is(err, desk.ErrNotFound):
		var titles []string
		for _, c := range e.table.cols {
			titles = append(titles, c.title)
		}
		cells := make([]cell, len(titles))
		for i, t := range titles {
			cells[i] = cell{t, e.layout.Style.needs(t)}
		}
		e.layout.Header = join(cells)
	case err != nil:
		return err
	default:
		if err := json.Unmarshal([]byte(r.Str("layout")), &e.layout); err != nil {
			return err
		}
	}
	e.last = e.layout.Style
	cells, err := split(e.layout.Header)
	if err != nil {
		return err
	}
	e.head = headers(cells)
	return nil
}

// line writes the end of the line before, and a line whose own end is written with the next.
func (e *exporting) line(out *bufio.Writer, raw string) {
	out.WriteString(e.last.end())
	out.WriteString(strings.TrimRight(raw, "\r\n"))
	e.last.CRLF = strings.HasSuffix(raw, "\r\n") || !strings.HasSuffix(raw, "\n") && e.layout.Style.CRLF
}

func placeOf(r *desk.Record) (place, bool) {
	var p place
	s := r.Str(placeField)
	return p, s != "" && json.Unmarshal([]byte(s), &p) == nil
}

func (e *exporting) row(ctx context.Context, r *desk.Record) (string, place, error) {
	p, _ := placeOf(r)
	cells := make([]cell, len(e.head))
	for i, title := range e.head {
		came, ok := cellOf(r, title)
		text, err := e.cell(ctx, r, title, came)
		if err != nil {
			return "", p, err
		}
		cells[i] = cell{text, e.layout.Style.needs(text) != (ok && text == came && slices.Contains(p.Odd, i))}
	}
	return join(cells), p, nil
}

// cell returns what a cell says now: what came, unless the record says something else than was read from it.
func (e *exporting) cell(ctx context.Context, r *desk.Record, title, came string) (string, error) {
	c, means := e.table.column(title)
	if !means {
		return came, nil
	}
	switch c.special {
	case impact, why:
		return e.score(ctx, r, c, came)
	case asserted:
		return e.asserted(ctx, r, came)
	}
	f := e.fields[c.field]
	known, err := e.known(ctx, f.To)
	if err != nil {
		return "", err
	}
	now := r.Fields[c.field]
	for _, month := range []bool{true, false} { // which the column decided when it was read
		if read, _ := parse(f, came, names{f.To: known}, month); jsonOf(read) == jsonOf(now) {
			return came, nil
		}
	}
	if read, _ := parse(f, came, names{f.To: known}, true); read == nil && came == "" && nameless(now) {
		return came, nil
	}
	name := func(k desk.Kind, id string) string {
		for n, x := range known {
			if x == id {
				return n
			}
		}
		return id
	}
	return render(f, now, name), nil
}

// nameless says whether a value is what a record without a name was given.
func nameless(v any) bool { return strings.Contains(jsonOf(v), `"(no name)"`) }

// known returns the records of a kind by their name.
func (e *exporting) known(ctx context.Context, k desk.Kind) (map[string]string, error) {
	if k == "" || e.names[k] != nil {
		return e.names[k], nil
	}
	list, err := e.desk.List(ctx, e.who, desk.Query{Kind: k})
	if err != nil {
		return nil, err
	}
	all := names{k: {}}
	t := byKind(k)
	for i := range list {
		all.put(k, nameOf(&list[i], t), list[i].ID)
	}
	e.names[k] = all[k]
	return all[k], nil
}

func (e *exporting) score(ctx context.Context, r *desk.Record, c column, came string) (string, error) {
	list, err := e.desk.List(ctx, e.who, desk.Query{Kind: desk.Score, Where: map[string]string{"item": r.ID}})
	if err != nil || len(list) == 0 {
		return came, err
	}
	one := list[0] // an imported one before others: the table has place for one
	for i := range list {
		if list[i].Str("rubric") == rubricID {
			one = list[i]
		}
	}
	if c.special == why {
		if reason := one.Str("reason"); reason != strings.TrimSpace(came) && !(came == "" && strings.HasPrefix(reason, "(the table")) {
			return reason, nil
		}
		return came, nil
	}
	now, _ := one.Int("value")
	if n, ok := score(came); ok && n == now {
		return came, nil
	}
	return strconv.Itoa(now), nil
}

func (e *exporting) asserted(ctx context.Context, r *desk.Record, came string) (string, error) {
	stances, err := e.desk.List(ctx, e.who, desk.Query{Kind: desk.Stance, Where: map[string]string{"item": r.ID, "stance": "asserts"}})
	if err != nil {
		return "", err
	}
	known, err := e.known(ctx, desk.Frame)
	if err != nil {
		return "", err
	}
	now := map[string]bool{}
	for i := range stances {
		now[stances[i].Str("frame")] = true
	}
	var kept []string
	same := true
	for _, name := range list(strings.TrimSpace(came)) {
		id := known[name]
		if id == "" || now[id] {
			kept = append(kept, name)
			delete(now, id)
		} else {
			same = false
		}
	}
	if same && len(now) == 0 {
		return came, nil
	}
	for name, id := range known {
		if now[id] {
			kept = append(kept, name)
		}
	}
	slices.Sort(kept)
	return render(desk.Field{Type: desk.List}, kept, nil), nil
}
