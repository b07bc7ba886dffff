package registry

import (
	"cmp"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"veedor/internal/follow/ftm"
)

// queries are prepared for one transaction.
type queries struct{ find, insert, update, reject *sql.Stmt }

func (im *importer) prepare(tx *sql.Tx) (q queries, err error) {
	for text, to := range map[string]**sql.Stmt{
		`SELECT id, schema, eid, statements FROM entity INDEXED BY entity_key WHERE key = ? AND dataset = ?`:                          &q.find,
		`INSERT INTO entity (key, dataset, schema, first, eid, statements) VALUES (?, ?, ?, ?, ?, ?)`:                                 &q.insert,
		`UPDATE entity SET schema = ?, first = min(first, ?), statements = ? WHERE id = ?`:                                            &q.update,
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
	var came []int // which item named each first
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
		together, came = append(together, it), append(came, first+i)
	}
	for i, it := range together {
		if err := im.merge(q, number, it, came[i]); err != nil {
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
func (im *importer) merge(q queries, number func(string) (int64, error), it *Item, item int) error {
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
	fresh := !known || rec.schema != schema
	// What says that the entity is there was read where its first value was.
	there := place{state: im.state.n}
	if len(it.Values) > 0 {
		there = im.place(it.Values[0].At)
	}
	fresh = rec.add(statement{prop: propSchema, value: schema, at: there}, im.state.n) || fresh
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
	rec.sort()
	rec.schema = rec.schemaIn(im.r, im.line)
	blob, err := encode(rec.statements, number)
	if err != nil {
		return err
	}
	word, err := number(rec.schema)
	if err != nil {
		return err
	}
	first := int64(im.state.n)<<itemBits | int64(item)
	if known {
		_, err = q.update.Exec(word, first, blob, rec.row)
	} else {
		var res sql.Result
		if res, err = q.insert.Exec(keyOf(it.ID), im.state.dataset, word, first, it.ID, blob); err == nil {
			rec.row, err = res.LastInsertId()
		}
	}
	if err != nil || !fresh {
		return err
	}
	im.connect(rec)
	return nil
}

// itemBits is how much of where an entity came first is the item; the rest is the number of the state.
const itemBits = 40

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
	others, named := im.r.links(rec)
	a := keyOf(rec.id)
	for _, b := range others {
		im.edges = append(im.edges, []any{a, b, rec.row}, []any{b, a, rec.row})
	}
	if named {
		im.named = append(im.named, []any{rec.row})
	}
}

// links returns the keys of what a record names, as any of the schemata it ever had understands it, and whether it has a
// name of its own.
func (r *Registry) links(rec *record) (others []int64, named bool) {
	var schemata []*ftm.Schema
	for i := range rec.statements {
		if s := &rec.statements[i]; s.prop == propSchema {
			if schema := r.model.Schema(s.value); schema != nil {
				schemata = append(schemata, schema)
			}
		}
	}
	for i := range rec.statements {
		s := &rec.statements[i]
		for _, schema := range schemata {
			p := schema.Property(s.prop)
			if p == nil {
				continue
			}
			named = named || p.Type == ftm.TypeName
			if p.Type == ftm.TypeEntity && s.value != rec.id {
				others = append(others, keyOf(s.value))
				break
			}
		}
	}
	slices.Sort(others)
	return slices.Compact(others), named
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
