package registry

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"veedor/internal/follow/ftm"
)

// Item is one thing a source gives: what one row or several say of an entity, or a row that was refused.
type Item struct {
	ID, Schema string // of the entity; "" if the row was refused
	Values     []Value
	Rejects    []Reject // the refused row, or values of the entity that were not taken over
}

// Value is one value of an entity, cleaned, as its source wrote it.
type Value struct {
	Prop, Value string
	Original    string // as written, if that is different
	Lang        string // ISO 639-3, if the source says so
	At          Place
}

// Reject is what was read and not taken over, with the reason.
type Reject struct {
	Entity, Prop string // "" if it is a whole row
	Reason       string
	Raw          []byte // its bytes, or the first of them
	At           Place
}

// Source reads the files of a state from their start and yields what is in them, always in the same order, and
// returns the account of it. An error of yield ends it and is returned.
type Source func(ctx context.Context, yield func(Item) error) (Account, error)

// NewState says what is to be imported.
type NewState struct {
	Dataset  Dataset
	Dated    string // the day it was so; "" for what the source says itself, and if it says none, the day it came to us
	Format   string
	Files    []File // whose bytes are in the archive
	Progress func(items int)
}

// A batch is committed when it has so many items, or about so many bytes.
const (
	batchItems = 4000
	batchBytes = 8 << 20
)

// Import reads a state into the registry, unless its files were imported before. Whatever it was killed at, the same
// call goes on from there. An entity may be yielded more than once. Segments of the search index are written at the
// end. It says whether anything was new.
func (r *Registry) Import(ctx context.Context, n NewState, now func() time.Time, source Source) (State, bool, error) {
	fail := func(err error) (State, bool, error) {
		return State{}, false, fmt.Errorf("import %s: %w", n.Dataset.Name, err)
	}
	if n.Dataset.Name == "" || len(n.Files) == 0 {
		return State{}, false, fmt.Errorf("import a state: it needs the name of its dataset and its files")
	}
	if err := r.words.load(ctx); err != nil {
		return fail(err)
	}
	s, err := r.begin(ctx, n, now)
	if err != nil {
		return fail(err)
	}
	if s.Status != Reading {
		return s, false, r.index.write(ctx, r, nil)
	}
	im := &importer{r: r, ctx: ctx, state: s, files: map[string]int{}, progress: n.Progress, numbers: map[string]int64{}}
	for i, f := range s.Files {
		im.files[f.Name] = i + 1
	}
	states, err := r.States(ctx, n.Dataset.Name)
	if err != nil {
		return fail(err)
	}
	im.older = states[len(states)-1].ID != s.ID
	account, err := source(ctx, im.take)
	if err == nil {
		err = im.flush()
	}
	if err != nil {
		return fail(err)
	}
	if s, err = im.finish(account); err != nil {
		return fail(err)
	}
	return s, true, r.index.write(ctx, r, n.Progress)
}

// begin finds the state of those files, or makes it.
func (r *Registry) begin(ctx context.Context, n NewState, now func() time.Time) (State, error) {
	tx, err := r.db.BeginTx(ctx, nil)
	if err != nil {
		return State{}, err
	}
	defer func() { _ = tx.Rollback() }() // nothing to undo once it is committed
	d := n.Dataset
	if _, err := tx.ExecContext(ctx, `INSERT INTO dataset (name, title, publisher, url, licence) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (name) DO UPDATE SET
		title = iif(?2 = '', title, ?2), publisher = iif(?3 = '', publisher, ?3), url = iif(?4 = '', url, ?4), licence = iif(?5 = '', licence, ?5)`,
		d.Name, d.Title, d.Publisher, d.URL, d.Licence); err != nil {
		return State{}, err
	}
	files, err := json.Marshal(n.Files)
	if err != nil {
		return State{}, err
	}
	key := stateKey(n.Format, n.Files)
	if _, err := tx.ExecContext(ctx, `INSERT INTO state (dataset, n, key, dated, learnt, format, files, status, cursor, account)
		SELECT id, 1 + (SELECT count(*) FROM state WHERE dataset = d.id), ?, ?, ?, ?, ?, ?, 0, '{}' FROM dataset d WHERE name = ? ON CONFLICT (dataset, key) DO NOTHING`,
		key, n.Dated, now().UTC().Format(time.RFC3339), n.Format, files, Reading, d.Name); err != nil {
		return State{}, err
	}
	if err := tx.Commit(); err != nil {
		return State{}, err
	}
	states, err := r.States(ctx, d.Name)
	if err != nil {
		return State{}, err
	}
	for _, s := range states {
		if stateKey(s.Format, s.Files) == key {
			return s, nil
		}
	}
	return State{}, ErrNotFound
}

// importer puts the items of one state into the tables.
type importer struct {
	r        *Registry
	ctx      context.Context
	state    State
	files    map[string]int
	progress func(int)
	older    bool             // there is a later state: what that says an entity is stands
	numbers  map[string]int64 // of names, within the open transaction as well

	items int // yielded so far
	batch []Item
	bytes int

	edges [][]any // of the batch: a, b, src
	named [][]any // rows of the batch that the search index must take in
}

func (im *importer) take(it Item) error {
	im.items++
	if im.items <= im.state.cursor {
		return im.ctx.Err()
	}
	im.batch = append(im.batch, it)
	for _, v := range it.Values {
		im.bytes += len(v.Value) + len(v.Original) + 32
	}
	for _, p := range it.Rejects {
		im.bytes += len(p.Raw) + 64
	}
	if len(im.batch) < batchItems && im.bytes < batchBytes {
		return nil
	}
	return im.flush()
}

// flush commits the batch, and with it how far the import has come.
func (im *importer) flush() error {
	if len(im.batch) == 0 {
		return im.ctx.Err()
	}
	tx, err := im.r.db.BeginTx(im.ctx, nil)
	if err != nil {
		return err
	}
	if err := im.put(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	im.state.cursor = im.items
	im.batch, im.bytes = im.batch[:0], 0
	if im.progress != nil {
		im.progress(im.items)
	}
	return im.r.words.load(im.ctx)
}

// queries are prepared for one transaction.
type queries struct{ find, insert, update, reject *sql.Stmt }

func (im *importer) prepare(tx *sql.Tx) (q queries, err error) {
	for text, to := range map[string]**sql.Stmt{
		`SELECT id, schema, eid, statements FROM entity INDEXED BY entity_key WHERE key = ? AND dataset = ?`:                          &q.find,
		`INSERT INTO entity (key, dataset, schema, eid, statements) VALUES (?, ?, ?, ?, ?)`:                                           &q.insert,
		`UPDATE entity SET schema = ?, statements = ? WHERE id = ?`:                                                                   &q.update,
		`INSERT INTO rejected (state, item, n, at, entity, prop, reason, raw) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`: &q.reject,
	} {
		if *to, err = tx.Prepare(text); err != nil {
			return q, err
		}
	}
	return q, nil
}

func (im *importer) put(tx *sql.Tx) error {
	// Keys come in no order, so the more of the tables is at hand, the better.
	if _, err := tx.Exec(`PRAGMA cache_size = -262144`); err != nil {
		return err
	}
	// Statements run without the context: watching it costs as much as they do. The batch ends soon enough.
	q, err := im.prepare(tx)
	if err != nil {
		return err
	}
	im.edges, im.named = im.edges[:0], im.named[:0]
	number := func(text string) (int64, error) {
		n, ok := im.numbers[text]
		if !ok {
			var err error
			if n, err = im.r.words.number(im.ctx, tx, text); err != nil {
				return 0, err
			}
			im.numbers[text] = n
		}
		return n, nil
	}
	// What several rows say of one entity is put together before the entity is read and written.
	at := map[string]int{}
	var together []*Item
	first := im.items - len(im.batch) + 1
	for i := range im.batch {
		it := &im.batch[i]
		for k, p := range it.Rejects {
			where, err := json.Marshal(p.At)
			if err != nil {
				return err
			}
			if _, err := q.reject.Exec(im.state.ID, first+i, k, where, p.Entity, p.Prop, p.Reason, p.Raw); err != nil {
				return fmt.Errorf("keep what was rejected: %w", err)
			}
		}
		if it.ID == "" {
			continue
		}
		if k, ok := at[it.ID]; ok {
			together[k].Values = append(together[k].Values, it.Values...)
			together[k].Schema = im.r.narrower(together[k].Schema, it.Schema)
			continue
		}
		at[it.ID] = len(together)
		together = append(together, it)
	}
	for _, it := range together {
		if err := im.merge(q, number, it); err != nil {
			return fmt.Errorf("entity %s: %w", it.ID, err)
		}
	}
	slices.SortFunc(im.edges, func(x, y []any) int {
		return cmp.Or(cmp.Compare(x[0].(int64), y[0].(int64)), cmp.Compare(x[1].(int64), y[1].(int64)))
	})
	err = errors.Join(insertMany(tx, `INSERT INTO edge (a, b, src) VALUES`, `(?, ?, ?)`, `ON CONFLICT DO NOTHING`, im.edges),
		insertMany(tx, `INSERT INTO indexed (entity, segment, v) VALUES`, `(?, 0, 0)`, `ON CONFLICT (entity) DO UPDATE SET segment = 0, v = v + 1`, im.named))
	if err != nil {
		return fmt.Errorf("write edges: %w", err)
	}
	if _, err := tx.ExecContext(im.ctx, `UPDATE state SET cursor = max(cursor, ?) WHERE id = ?`, im.items, im.state.ID); err != nil {
		return fmt.Errorf("note how far it came: %w", err)
	}
	return nil
}

// narrower returns the schema of something that is of both; the second if they are not in one line.
func (r *Registry) narrower(a, b string) string {
	if s, err := r.model.Common(a, b); err == nil && a != "" {
		return s.Name
	}
	return b
}

// merge puts one item into the row of its entity.
func (im *importer) merge(q queries, number func(string) (int64, error), it *Item) error {
	rec, known, err := im.find(q, it.ID)
	if err != nil {
		return err
	}
	schema := it.Schema
	for _, s := range rec.statements {
		if s.prop == propSchema && s.seen.has(im.state.n) {
			schema = im.r.narrower(s.value, schema)
		}
	}
	fresh := false
	if !known || rec.schema != schema {
		fresh = true
	}
	if !known || !im.older {
		rec.schema = schema
	}
	// What says that the entity is there was read where its first value was.
	there := place{state: im.state.n}
	if len(it.Values) > 0 {
		there = im.place(it.Values[0].At)
	}
	rec.add(statement{prop: propSchema, value: schema, at: there}, im.state.n)
	for _, v := range it.Values {
		if im.r.model.Private(schema, v.Prop) {
			continue // whoever decodes drops and counts them; this is the last gate
		}
		s := statement{prop: v.Prop, value: v.Value, original: v.Original, lang: v.Lang, at: im.place(v.At)}
		if s.original == s.value {
			s.original = ""
		}
		fresh = rec.add(s, im.state.n) || fresh
	}
	blob, err := encode(rec.statements, number)
	if err != nil {
		return err
	}
	word, err := number(rec.schema)
	if err != nil {
		return err
	}
	if known {
		_, err = q.update.Exec(word, blob, rec.row)
	} else {
		var res sql.Result
		if res, err = q.insert.Exec(keyOf(it.ID), im.state.dataset, word, it.ID, blob); err == nil {
			rec.row, err = res.LastInsertId()
		}
	}
	if err != nil || !fresh {
		return err
	}
	im.connect(rec)
	return nil
}

func (im *importer) place(at Place) place {
	return place{im.state.n, im.files[at.File], max(0, at.Line), max(0, at.Record)}
}

// find reads the row of an entity.
func (im *importer) find(q queries, id string) (rec *record, known bool, err error) {
	rows, err := q.find.Query(keyOf(id), im.state.dataset)
	if err != nil {
		return nil, false, err
	}
	defer rows.Close()
	for rows.Next() {
		rec = &record{dataset: im.state.dataset}
		var schema int64
		var blob []byte
		if err := rows.Scan(&rec.row, &schema, &rec.id, &blob); err != nil {
			return nil, false, err
		}
		if rec.id != id {
			continue
		}
		name := func(n int64) (string, error) { return im.r.words.name(im.ctx, n) }
		if rec.schema, err = name(schema); err != nil {
			return nil, false, err
		}
		rec.statements, err = decode(blob, name)
		return rec, true, err
	}
	return &record{dataset: im.state.dataset, id: id}, false, rows.Err()
}

// connect notes the edges of a row, and that the search index must take it in if it has a name.
func (im *importer) connect(rec *record) {
	schema := im.r.model.Schema(rec.schema)
	if schema == nil {
		return
	}
	named := false
	a := keyOf(rec.id)
	for i := range rec.statements {
		s := &rec.statements[i]
		p := schema.Property(s.prop)
		switch {
		case p == nil:
		case p.Type == ftm.TypeName:
			named = true
		case p.Type == ftm.TypeEntity && s.value != rec.id:
			b := keyOf(s.value)
			im.edges = append(im.edges, []any{a, b, rec.row}, []any{b, a, rec.row})
		}
	}
	if named {
		im.named = append(im.named, []any{rec.row})
	}
}

// insertMany inserts rows, many with one statement.
func insertMany(tx *sql.Tx, head, row, tail string, rows [][]any) error {
	const most = 100
	text := func(n int) string {
		return head + " " + strings.TrimSuffix(strings.Repeat(row+", ", n), ", ") + " " + tail
	}
	full, err := tx.Prepare(text(most))
	if err != nil {
		return err
	}
	defer full.Close()
	args := make([]any, 0, 3*most)
	for part := range slices.Chunk(rows, most) {
		args = args[:0]
		for _, r := range part {
			args = append(args, r...)
		}
		if len(part) == most {
			_, err = full.Exec(args...)
		} else {
			_, err = tx.Exec(text(len(part)), args...)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// finish closes the state.
func (im *importer) finish(a Account) (State, error) {
	s := im.state
	s.Account, s.Status = a, Whole
	if a.Cut {
		s.Status = Cut
	}
	if s.Dated == "" {
		s.Dated = a.Dated
	}
	account, err := json.Marshal(a)
	if err != nil {
		return State{}, err
	}
	_, err = im.r.db.ExecContext(im.ctx, `UPDATE state SET status = ?, dated = ?, account = ?, cursor = ? WHERE id = ?`, s.Status, s.Dated, account, im.items, s.ID)
	return s, err
}

// Rejects hands out what a state held that was not taken over, in the order it was read.
func (r *Registry) Rejects(ctx context.Context, state int64, yield func(Reject) error) error {
	rows, err := r.db.QueryContext(ctx, `SELECT at, entity, prop, reason, raw FROM rejected WHERE state = ? ORDER BY item, n`, state)
	if err != nil {
		return fmt.Errorf("list what was rejected: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var p Reject
		var at []byte
		if err := rows.Scan(&at, &p.Entity, &p.Prop, &p.Reason, &p.Raw); err != nil {
			return fmt.Errorf("list what was rejected: %w", err)
		}
		if err := json.Unmarshal(at, &p.At); err != nil {
			return fmt.Errorf("list what was rejected: %w", err)
		}
		if err := yield(p); err != nil {
			return err
		}
	}
	return rows.Err()
}
