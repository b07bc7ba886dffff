package registry

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
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
	if s, err = r.read(ctx, s, source, n.Progress, now); err != nil {
		return fail(err)
	}
	return s, true, r.index.write(ctx, r, n.Progress)
}

// read reads a state to its end, from where it was left.
func (r *Registry) read(ctx context.Context, s State, source Source, progress func(int), now func() time.Time) (State, error) {
	im, account, err := r.take(ctx, s, source, progress)
	if err != nil {
		return s, err
	}
	if s, err = im.finish(account, now()); err != nil {
		return s, err
	}
	return s, r.follow(ctx)
}

// take puts everything a source gives into the tables.
func (r *Registry) take(ctx context.Context, s State, source Source, progress func(int)) (*importer, Account, error) {
	im := &importer{r: r, ctx: ctx, state: s, files: map[string]int{}, progress: progress, numbers: map[string]int64{}}
	for i, f := range s.Files {
		im.files[f.Name] = i + 1
	}
	var err error
	if im.line, err = r.States(ctx, s.Dataset); err != nil {
		return nil, Account{}, err
	}
	account, err := source(ctx, im.take)
	if err == nil {
		err = im.flush()
	}
	return im, account, err
}

// begin finds the state of those files, or makes it.
func (r *Registry) begin(ctx context.Context, n NewState, now func() time.Time) (State, error) {
	if err := r.states.begin(n, now()); err != nil {
		return State{}, err
	}
	if err := r.follow(ctx); err != nil {
		return State{}, err
	}
	states, err := r.States(ctx, n.Dataset.Name)
	if err != nil {
		return State{}, err
	}
	key := stateKey(n.Format, n.Files)
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
	line     timeline         // the states of its dataset
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

// finish closes the state.
func (im *importer) finish(a Account, at time.Time) (State, error) {
	s := im.state
	s.Account, s.Status = a, Whole
	if a.Cut {
		s.Status = Cut
	}
	s.Dated = cmp.Or(s.Dated, a.Dated)
	// What the journal says has ended must be on disk before it says so.
	if _, err := im.r.db.ExecContext(im.ctx, `PRAGMA wal_checkpoint(PASSIVE)`); err != nil {
		return s, err
	}
	if err := im.r.states.end(s, im.items, at); err != nil {
		return s, err
	}
	s.cursor = im.items
	return s, nil
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
