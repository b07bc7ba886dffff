package registry

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"syscall"
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
	Origin      string // how it was made, if the source says so
	External    bool   // its dataset has not taken it over
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
	batchItems = 20_000
	batchBytes = 16 << 20
)

// batch is what is committed at once.
type batch struct {
	items []Item
	last  int // the number of the last of them
	bytes int
}

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
	im := &importer{r: r, ctx: ctx, state: s, files: map[string]int{}, progress: progress, numbers: map[string]int64{},
		batch: &batch{}, work: make(chan *batch), done: make(chan struct{})}
	for i, f := range s.Files {
		im.files[f.Name] = i + 1
	}
	// One import of a dataset at a time: what is known of it may be remembered.
	unlock, err := lockFile(filepath.Join(r.dir, fmt.Sprintf("dataset-%d.lock", s.dataset)), syscall.LOCK_EX)
	if err != nil {
		return nil, Account{}, err
	}
	defer unlock()
	if im.line, err = r.States(ctx, s.Dataset); err != nil {
		return nil, Account{}, err
	}
	for _, o := range im.line {
		if o.ID == s.ID {
			im.state.cursor = o.cursor // another process may have gone on with it
		}
		im.earlier = im.earlier || o.n > s.n && o.cursor > 0
	}
	if !slices.ContainsFunc(im.line, func(o State) bool { return o.ID != s.ID && o.cursor > 0 }) {
		im.new = newKeySet()
	}
	go im.writer()
	account, err := source(ctx, im.take)
	if err == nil {
		err = im.flush()
	}
	return im, account, errors.Join(err, im.close())
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

// importer puts the items of one state into the tables: a batch is written while the next is read.
type importer struct {
	r        *Registry
	ctx      context.Context
	state    State
	files    map[string]int
	progress func(int)
	line     timeline         // the states of its dataset
	earlier  bool             // a state that came later was read before: where an entity came first may be here
	numbers  map[string]int64 // of names, within the open transaction as well
	fresh    bool             // some of them are new
	new      *keySet          // of a dataset of which nothing was known before: what its rows are; else nil

	items int // yielded so far
	batch *batch

	work chan *batch
	done chan struct{} // closed when the writer ended
	err  error         // why it did; read once done is closed

	edges [][]any // of the batch: a, b, src
	named [][]any // rows of the batch that the search index must take in
}

// writer commits batches until there are no more, or one fails.
func (im *importer) writer() {
	defer close(im.done)
	for b := range im.work {
		if im.err = im.commit(b); im.err != nil {
			return
		}
	}
}

func (im *importer) take(it Item) error {
	im.items++
	if im.items <= im.state.cursor {
		if im.new != nil && it.ID != "" {
			im.new.add(keyOf(it.ID)) // before the writer begins
		}
		return im.ctx.Err()
	}
	b := im.batch
	b.items, b.last = append(b.items, it), im.items
	for _, v := range it.Values {
		b.bytes += len(v.Value) + len(v.Original) + 32
	}
	for _, p := range it.Rejects {
		b.bytes += len(p.Raw) + 64
	}
	if len(b.items) < im.r.batchItems && b.bytes < batchBytes {
		return nil
	}
	return im.flush()
}

// flush hands a batch to the writer.
func (im *importer) flush() error {
	if len(im.batch.items) == 0 {
		return im.ctx.Err()
	}
	select {
	case im.work <- im.batch:
		im.batch = &batch{}
		return im.ctx.Err()
	case <-im.done:
		return im.err
	}
}

// close waits for the writer.
func (im *importer) close() error {
	close(im.work)
	<-im.done
	return im.err
}

// commit writes a batch, and with it how far the import has come.
func (im *importer) commit(b *batch) error {
	tx, err := im.r.db.BeginTx(im.ctx, nil)
	if err != nil {
		return err
	}
	if err := im.put(tx, b); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	if im.progress != nil {
		im.progress(b.last)
	}
	if !im.fresh {
		return nil
	}
	im.fresh = false
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
