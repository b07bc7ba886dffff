package cmo

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
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

func readTable(f File) (*Account, error) {
	in, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer in.Close()
	r := newRows(in)
	head, raw, err := r.read()
	if err != nil {
		return nil, cmpErr(err, "an empty file")
	}
	a := &Account{Cells: map[string]int{}, months: map[int]bool{}, fresh: map[string]bool{}, scores: map[string]bool{}, seen: map[string]bool{}}
	a.head = headers(head)
	a.layout.Header = strings.TrimRight(string(raw), "\r\n")
	var ok bool
	if a.table, ok = recognise(f.Name, a.head); !ok {
		return nil, errors.New("none of the eight tables has this name or these columns")
	}
	a.Table, a.id, a.Columns = a.table.name, "cmo-table-"+string(a.table.kind), len(a.head)
	for _, h := range a.head {
		if _, ok := a.table.column(h); !ok {
			a.Unknown++
		}
	}
	return a, a.readRows(r)
}

// headers returns what columns are called here: as in the table, but each differently, and not too long.
func headers(cells []cell) []string {
	var out []string
	for i, c := range cells {
		base := strings.TrimSpace(c.text)
		if len(base) > 150 {
			base = strings.ToValidUTF8(base[:150], "") + fmt.Sprintf(" …%d", i)
		}
		title := base
		for n := 2; slices.Contains(out, title); n++ {
			title = fmt.Sprintf("%s #%d", base, n)
		}
		out = append(out, title)
	}
	return out
}

func cmpErr(err error, empty string) error {
	if errors.Is(err, io.EOF) {
		return errors.New(empty)
	}
	return err
}

func (a *Account) readRows(r *rows) error {
	style := r.style // of the first row
	a.layout.Style = style
	type got struct {
		cells []cell
		crlf  bool
		place int
	}
	var all []got
	quoted, cells := 0, 0
	for {
		r.style.CRLF = false
		row, raw, err := r.read()
		if err == io.EOF {
			break
		}
		a.Read++
		if err == nil && len(row) != len(a.head) {
			err = fmt.Errorf("%w: line %d has %d cells, the first has %d", errCell, r.line, len(row), len(a.head))
		}
		if errors.Is(err, errCell) {
			a.Rejected = append(a.Rejected, Reject{Line: r.line, N: a.Read, Raw: raw, Reason: err.Error()})
			continue
		}
		if err != nil {
			return err
		}
		for _, c := range row {
			cells++
			if c.quoted {
				quoted++
			}
		}
		all = append(all, got{row, r.style.CRLF || r.style.NoFinal && style.CRLF, a.Read})
	}
	a.layout.Style.All = cells > 0 && quoted*10 > cells*9
	a.layout.Style.NoFinal = r.style.NoFinal
	a.layout.Rejected = a.Rejected
	counts := map[string]int{}
	columns := make([][]string, len(a.head))
	for _, g := range all {
		one := row{place: place{N: g.place, Other: g.crlf != style.CRLF}, cells: make([]string, len(g.cells))}
		for i, c := range g.cells {
			if one.cells[i] = c.text; c.quoted != a.layout.Style.needs(c.text) {
				one.place.Odd = append(one.place.Odd, i)
			}
			columns[i] = append(columns[i], c.text)
		}
		key := a.key(one.cells)
		counts[key]++
		one.id = idOf(a.table, key, counts[key])
		a.seen[one.id] = true
		a.rows = append(a.rows, one)
	}
	for i := range columns {
		a.months[i] = monthFirst(columns[i])
	}
	return nil
}

// key is what makes a row the same row in a later export: the number Airtable gave it, or its name.
func (a *Account) key(cells []string) string {
	for _, title := range []string{"AutoNumberID", "Item Code"} {
		if i := slices.Index(a.head, title); i >= 0 && strings.TrimSpace(cells[i]) != "" {
			return title + " " + strings.TrimSpace(cells[i])
		}
	}
	var parts []string
	for i, h := range a.head {
		if c, ok := a.table.column(h); ok && (c.field == a.table.primary() || c.field == "url") {
			parts = append(parts, strings.TrimSpace(cells[i]))
		}
	}
	return strings.Join(parts, " ")
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

// special makes a score or stances of a cell.
func (w *importing) special(ctx context.Context, a *Account, r *row, c column, text string) ([]desk.Change, string, error) {
	switch c.special {
	case impact, why:
		if a.scores[r.id] {
			return nil, "", nil
		}
		a.scores[r.id] = true
		out, problem := w.score(a, r)
		return out, problem, nil
	case asserted:
		return w.stances(ctx, r, text)
	}
	return nil, "", nil
}

func (w *importing) score(a *Account, r *row) ([]desk.Change, string) {
	var value, reason string
	for i, title := range a.head {
		switch c, _ := a.table.column(title); c.special {
		case impact:
			value = r.cells[i]
		case why:
			reason = strings.TrimSpace(r.cells[i])
		}
	}
	if strings.TrimSpace(value) == "" {
		return nil, ""
	}
	n, ok := score(value)
	if !ok {
		return nil, "no number from -3 to 3"
	}
	rubric := desk.Change{Kind: desk.Rubric, ID: rubricID, On: desk.Latest, Set: map[string]any{"title": "Civic impact, as imported", "version": "imported", "levels": levels()}}
	return []desk.Change{rubric, {Kind: desk.Score, ID: scoreID(r.id, w.who.Name), On: desk.Latest, Set: map[string]any{"item": r.id, "rubric": rubricID, "value": n,
		"reason": cmp.Or(reason, "(the table gives no reason)")}}}, ""
}

// scoreID names the score that an importer brought: nobody writes another's.
func scoreID(item, coder string) string {
	sum := sha256.Sum256([]byte(coder))
	return item[:min(len(item), 140)] + ".impact-" + hex.EncodeToString(sum[:4])
}

const rubricID = "cmo-civic-impact"

func levels() cases.Text {
	out := cases.Text{}
	for n, s := range map[int]string{-3: "does much harm to civic life", -2: "does harm", -1: "does some harm", 0: "neither", 1: "does some good", 2: "does good", 3: "does much good to civic life"} {
		out[strconv.Itoa(n)] = s
	}
	return out
}

// stances makes the item assert the frames that the cell names, and takes back those it names no longer.
func (w *importing) stances(ctx context.Context, r *row, text string) ([]desk.Change, string, error) {
	var out []desk.Change
	var lost []string
	want := map[string]bool{}
	for _, name := range list(strings.TrimSpace(text)) {
		frame := w.known[desk.Frame][name]
		if frame == "" {
			lost = append(lost, name)
			continue
		}
		id := stanceID(r.id, frame)
		want[id] = true
		out = append(out, desk.Change{Kind: desk.Stance, ID: id, On: desk.Latest, Set: map[string]any{"item": r.id, "frame": frame, "stance": "asserts"}})
	}
	before, err := w.desk.List(ctx, w.who, desk.Query{Kind: desk.Stance, Where: map[string]string{"item": r.id, "stance": "asserts"}, Removed: true})
	if err != nil {
		return nil, "", err
	}
	for i := range before {
		id, removed := before[i].ID, before[i].Removed
		if want[id] && removed {
			out = append([]desk.Change{{Kind: desk.Stance, ID: id, On: desk.Latest, Restore: true}}, out...)
		}
		if !want[id] && !removed && strings.HasPrefix(id, r.id+".") {
			out = append(out, desk.Change{Kind: desk.Stance, ID: id, On: desk.Latest, Remove: true})
		}
	}
	if len(lost) > 0 {
		return out, "no frame of this name", nil
	}
	return out, "", nil
}

func stanceID(item, frame string) string {
	id := item + "." + strings.TrimPrefix(frame, "cmo-frame-")
	return strings.TrimRight(id[:min(len(id), 160)], "-.")
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
