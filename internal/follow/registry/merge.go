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

// put writes a batch within a transaction.
func (im *importer) put(tx *sql.Tx, b *batch) error {
	// Keys come in no order, so the more of the tables is at hand, the better.
	if _, err := tx.Exec(`PRAGMA cache_size = -262144; PRAGMA wal_autocheckpoint = 32000`); err != nil {
		return err
	}
	// Statements run without the context: watching it costs as much as they do. The batch ends soon enough.
	im.edges, im.named = im.edges[:0], im.named[:0]
	together, err := im.together(tx, b)
	if err != nil {
		return err
	}
	if err := im.find(tx, together); err != nil {
		return err
	}
	if err := im.write(tx, together); err != nil {
		return err
	}
	slices.SortFunc(im.edges, func(x, y []any) int {
		return cmp.Or(cmp.Compare(x[0].(int64), y[0].(int64)), cmp.Compare(x[1].(int64), y[1].(int64)))
	})
	err = errors.Join(insertMany(tx, `INSERT INTO edge (a, b, src) VALUES`, `(?, ?, ?)`, `ON CONFLICT DO NOTHING`, im.edges),
		insertMany(tx, `INSERT INTO indexed (entity, segment, v) VALUES`, `(?, 0, 0)`, `ON CONFLICT (entity) DO UPDATE SET segment = 0, v = v + 1`, im.named))
	if err != nil {
		return fmt.Errorf("write edges: %w", err)
	}
	if _, err := tx.Exec(`UPDATE state SET cursor = max(cursor, ?) WHERE id = ?`, b.last, im.state.ID); err != nil {
		return fmt.Errorf("note how far it came: %w", err)
	}
	return nil
}

// change is what a batch says of one entity.
type change struct {
	*Item
	key   int64
	first int64   // where it came first: see entity.first
	rec   *record // what is known of it
	known bool
}

// together keeps what was rejected, and puts together what several items of a batch say of one entity.
func (im *importer) together(tx *sql.Tx, b *batch) ([]*change, error) {
	at := make(map[string]*change, len(b.items))
	var out []*change
	var rejects [][]any
	first := b.last - len(b.items) + 1
	for i := range b.items {
		it := &b.items[i]
		for k, p := range it.Rejects {
			where, err := json.Marshal(p.At)
			if err != nil {
				return nil, err
			}
			raw := p.Raw
			if raw == nil {
				raw = []byte{}
			}
			rejects = append(rejects, []any{im.state.ID, first + i, k, where, p.Entity, p.Prop, p.Reason, raw})
		}
		if it.ID == "" {
			continue
		}
		if c := at[it.ID]; c != nil {
			c.Values = append(slices.Clip(c.Values), it.Values...)
			c.Schema = im.r.narrower(c.Schema, it.Schema)
			continue
		}
		c := &change{Item: it, key: keyOf(it.ID), first: int64(im.state.n)<<itemBits | int64(first+i)}
		at[it.ID] = c
		out = append(out, c)
	}
	if err := insertMany(tx, `INSERT INTO rejected (state, item, n, at, entity, prop, reason, raw) VALUES`, `(?, ?, ?, ?, ?, ?, ?, ?)`, `ON CONFLICT DO NOTHING`, rejects); err != nil {
		return nil, fmt.Errorf("keep what was rejected: %w", err)
	}
	return out, nil
}

// find reads the rows of entities, of those that may have one.
func (im *importer) find(tx *sql.Tx, changes []*change) error {
	byKey := make(map[int64][]*change, len(changes))
	var keys []int64
	for _, c := range changes {
		c.rec = &record{dataset: im.state.dataset, id: c.ID}
		if im.new != nil && !im.new.had(c.key) {
			continue
		}
		if byKey[c.key] == nil {
			keys = append(keys, c.key)
		}
		byKey[c.key] = append(byKey[c.key], c)
	}
	slices.Sort(keys) // in the order of the index
	name := func(n int64) (string, error) { return im.r.words.name(im.ctx, n) }
	for part := range slices.Chunk(keys, manyRows) {
		args := make([]any, 0, len(part)+1)
		for _, k := range part {
			args = append(args, k)
		}
		rows, err := tx.Query(`SELECT key, id, schema, eid, statements FROM entity INDEXED BY entity_key WHERE key IN (`+marks(len(part))+`) AND dataset = ?`, append(args, im.state.dataset)...)
		if err != nil {
			return err
		}
		for rows.Next() {
			var key, row, schema int64
			var id string
			var blob sql.RawBytes
			if err := rows.Scan(&key, &row, &schema, &id, &blob); err != nil {
				return errors.Join(err, rows.Close())
			}
			for _, c := range byKey[key] {
				if c.ID != id {
					continue
				}
				c.known, c.rec.row = true, row
				c.rec.schema, err = name(schema)
				if err == nil {
					c.rec.statements, err = decode(blob, name)
				}
				if err != nil {
					return errors.Join(fmt.Errorf("entity %s: %w", id, err), rows.Close())
				}
			}
		}
		if err := rows.Err(); err != nil {
			return err
		}
	}
	return nil
}

// write merges what a batch says into the rows of its entities.
func (im *importer) write(tx *sql.Tx, changes []*change) error {
	var last int64
	if err := tx.QueryRow(`SELECT coalesce(max(id), 0) FROM entity`).Scan(&last); err != nil {
		return err
	}
	number := func(text string) (int64, error) {
		n, ok := im.numbers[text]
		if !ok {
			var err error
			if n, err = im.r.words.number(im.ctx, tx, text); err != nil {
				return 0, err
			}
			im.numbers[text], im.fresh = n, true
		}
		return n, nil
	}
	var fresh, same [][]any
	for _, c := range changes {
		was := c.rec.schema
		linked := im.merge(c)
		blob, err := encode(c.rec.statements, number)
		if err != nil {
			return fmt.Errorf("entity %s: %w", c.ID, err)
		}
		word, err := number(c.rec.schema)
		if err != nil {
			return err
		}
		if !c.known {
			last++
			c.rec.row = last
		}
		row := []any{c.rec.row, c.key, im.state.dataset, word, c.first, c.ID, blob}
		switch {
		case !c.known:
			fresh = append(fresh, row)
		case was == c.rec.schema && !im.earlier:
			same = append(same, row)
		default:
			if _, err := tx.Exec(`UPDATE entity SET schema = ?, first = min(first, ?), statements = ? WHERE id = ?`, word, c.first, blob, c.rec.row); err != nil {
				return fmt.Errorf("entity %s: %w", c.ID, err)
			}
		}
		if linked {
			im.connect(c.rec)
		}
		if im.new != nil {
			im.new.add(c.key)
		}
	}
	into := `INSERT INTO entity (id, key, dataset, schema, first, eid, statements) VALUES`
	err := errors.Join(insertMany(tx, into, `(?, ?, ?, ?, ?, ?, ?)`, ``, fresh),
		insertMany(tx, into, `(?, ?, ?, ?, ?, ?, ?)`, `ON CONFLICT (id) DO UPDATE SET statements = excluded.statements`, same))
	if err != nil {
		return fmt.Errorf("write entities: %w", err)
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

// merge puts what a batch says of an entity into its record. It says whether that may make edges, or change what the
// search index holds.
func (im *importer) merge(c *change) bool {
	rec, schema := c.rec, c.Schema
	for _, s := range rec.statements {
		if s.prop == propSchema && s.seen.has(im.state.n) {
			schema = im.r.narrower(s.value, schema)
		}
	}
	// What says that the entity is there was read where its first value was.
	there := place{state: im.state.n}
	if len(c.Values) > 0 {
		there = im.place(c.Values[0].At)
	}
	fresh := rec.add(statement{prop: propSchema, value: schema, at: there}, im.state.n)
	for _, v := range c.Values {
		if im.r.model.Private(schema, v.Prop) {
			continue // whoever decodes drops and counts them; this is the last gate
		}
		s := statement{prop: v.Prop, value: v.Value, original: v.Original, lang: v.Lang, origin: v.Origin, external: v.External, at: im.place(v.At)}
		if s.original == s.value {
			s.original = ""
		}
		fresh = rec.add(s, im.state.n) || fresh
	}
	rec.sort()
	was := rec.schema
	rec.schema = rec.schemaIn(im.r, im.line)
	return fresh || was != rec.schema
}

// itemBits is how much of where an entity came first is the item; the rest is the number of the state.
const itemBits = 40

func (im *importer) place(at Place) place {
	return place{im.state.n, im.files[at.File], max(0, at.Line), max(0, at.Record)}
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

// manyRows is how many rows go with one statement.
const manyRows = 100

// marks returns so many question marks.
func marks(n int) string { return strings.TrimSuffix(strings.Repeat("?, ", n), ", ") }

// insertMany inserts rows, many with one statement.
func insertMany(tx *sql.Tx, head, row, tail string, rows [][]any) error {
	if len(rows) == 0 {
		return nil
	}
	text := func(n int) string {
		return head + " " + strings.TrimSuffix(strings.Repeat(row+", ", n), ", ") + " " + tail
	}
	var full *sql.Stmt
	args := make([]any, 0, manyRows*len(rows[0]))
	for part := range slices.Chunk(rows, manyRows) {
		args = args[:0]
		for _, r := range part {
			args = append(args, r...)
		}
		var err error
		switch {
		case len(part) < manyRows:
			_, err = tx.Exec(text(len(part)), args...)
		case full == nil:
			if full, err = tx.Prepare(text(manyRows)); err != nil {
				return err
			}
			defer full.Close()
			fallthrough
		default:
			_, err = full.Exec(args...)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
