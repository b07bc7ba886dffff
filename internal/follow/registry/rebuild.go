package registry

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"
)

// ErrInUse says that the registry is open elsewhere.
var ErrInUse = errors.New("the registry is open in another process (veedor serve, an import): end that and run veedor registry rebuild again; what was made anew is kept")

const (
	openLock = "open.lock" // held for reading while the tables are open, for writing while they are exchanged
	newMark  = "whole"     // in the folder of new tables: they are to be taken
)

// Rebuilt is what became of a state that was read again.
type Rebuilt struct {
	State State
	Was   *Account // what the account was before, where it is another now
	Err   error    // why it could not be read; it stays as far as it was
}

// Rebuild makes the tables and the search index anew from the journal of states, and the files it names, which open
// reads. Nobody may have the registry open at its end. Killed, it goes on where it was. Exports are the same afterwards,
// byte by byte; where a newer veedor reads something otherwise, that is written to the journal, and reported.
func Rebuild(ctx context.Context, data string, open func(State) (Source, error), now func() time.Time, report func(Rebuilt), progress func(State, int)) error {
	return (&rebuild{open: open, now: now, report: report, progress: progress, tried: map[int64]bool{}, batchItems: batchItems}).run(ctx, data)
}

func (b *rebuild) run(ctx context.Context, data string) error {
	fail := func(err error) error { return fmt.Errorf("rebuild registry: %w", err) }
	home, err := filepath.Abs(filepath.Join(data, "registry"))
	if err != nil {
		return fail(err)
	}
	if err := os.MkdirAll(home, 0o755); err != nil {
		return fail(err)
	}
	unlock, err := lockFile(filepath.Join(home, "rebuild.lock"), syscall.LOCK_EX)
	if err != nil {
		return fail(err)
	}
	defer unlock()
	if err := settled(home); err != nil {
		return fail(err)
	}
	if err := recalled(ctx, home); err != nil {
		return fail(err)
	}
	r, err := openTables(ctx, home, filepath.Join(home, "rebuild"))
	if err != nil {
		return fail(err)
	}
	b.r, r.batchItems = r, b.batchItems
	err = b.all(ctx)
	if err == nil {
		err = b.take(ctx, home)
	}
	if err = errors.Join(err, r.Close()); err != nil {
		return fail(err)
	}
	return settled(home)
}

// recalled lets tables of an earlier version, which had no journal of states, write it.
func recalled(ctx context.Context, home string) error {
	if _, err := os.Stat(filepath.Join(home, "registry.sqlite")); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	r, err := openTables(ctx, home, home)
	if errors.Is(err, ErrBehind) {
		return nil
	}
	if err != nil {
		return err
	}
	return r.Close()
}

type rebuild struct {
	r        *Registry
	open     func(State) (Source, error)
	now      func() time.Time
	report   func(Rebuilt)
	progress func(State, int)
	tried    map[int64]bool

	batchItems int
}

// all does what the journal says, line by line, and reads each state where its import ended.
func (b *rebuild) all(ctx context.Context) error {
	if err := b.r.words.load(ctx); err != nil {
		return err
	}
	for {
		err := b.r.follow(ctx)
		if err == nil {
			break
		}
		if !errors.Is(err, ErrBehind) {
			return err
		}
		if err := b.next(ctx); err != nil {
			return err
		}
	}
	// What was interrupted and never ended is read now.
	states, err := b.r.States(ctx, "")
	if err != nil {
		return err
	}
	slices.SortFunc(states, func(x, y State) int { return int(x.ID - y.ID) })
	for _, s := range states {
		if s.Status != Reading || b.tried[s.ID] {
			continue
		}
		err := b.read(ctx, s, nil)
		if err == nil {
			err = b.r.follow(ctx)
		} else if ctx.Err() == nil {
			b.report(Rebuilt{State: s, Err: err})
			err = nil
		}
		if err != nil {
			return err
		}
	}
	return b.r.index.write(ctx, b.r, nil)
}

// next reads the state at whose end the tables cannot follow.
func (b *rebuild) next(ctx context.Context) error {
	n, entries, err := b.r.followed(ctx)
	if err != nil {
		return err
	}
	states, err := b.r.States(ctx, "")
	if err != nil {
		return err
	}
	i := slices.IndexFunc(states, func(s State) bool { return s.ID == entries[n].State })
	if i < 0 || b.tried[states[i].ID] {
		return fmt.Errorf("line %d of registry/states.jsonl: %w", n+1, ErrBehind)
	}
	ended, items := &entries[n], entries[n].Items
	for k := range entries[n:] {
		if e := &entries[n+k]; e.What == Ended && e.State == ended.State { // it may have been read again
			ended, items = e, max(items, e.Items)
		}
	}
	if err := b.read(ctx, states[i], ended); err != nil {
		return err
	}
	_, err = b.r.db.ExecContext(ctx, `UPDATE state SET cursor = max(cursor, ?) WHERE id = ?`, items, states[i].ID) // there is no more to be had
	return err
}

// read reads a state from its files; ended is how its import ended before, if it did.
func (b *rebuild) read(ctx context.Context, s State, ended *StateEntry) error {
	b.tried[s.ID] = true
	source, err := b.open(s)
	if err != nil {
		return fmt.Errorf("state %d of %s: %w", s.ID, s.Dataset, err)
	}
	progress := func(items int) {
		if b.progress != nil {
			b.progress(s, items)
		}
	}
	im, account, err := b.r.take(ctx, s, source, progress)
	var got State
	if err == nil {
		got, err = im.finish(account, b.now())
	}
	if err != nil {
		return fmt.Errorf("state %d of %s: %w", s.ID, s.Dataset, err)
	}
	done := Rebuilt{State: got}
	if ended != nil && !ended.ends(StateEntry{Account: &got.Account, Status: got.Status, Items: got.cursor}) {
		done.Was = ended.Account
	}
	b.report(done)
	return nil
}

// take exchanges the tables: what others wrote to the journal meanwhile is in them.
func (b *rebuild) take(ctx context.Context, home string) error {
	unlock, err := lockFile(filepath.Join(home, openLock), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return ErrInUse
	}
	if err != nil {
		return err
	}
	defer unlock()
	if err := b.all(ctx); err != nil {
		return err
	}
	var busy, log, done int
	if err := b.r.db.QueryRowContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &log, &done); err != nil {
		return err
	}
	if busy != 0 {
		return fmt.Errorf("another process reads the new tables; run it again")
	}
	return os.WriteFile(filepath.Join(b.r.dir, newMark), nil, 0o644)
}

// settled takes new tables that are whole, if there are any.
func settled(home string) error {
	fresh := filepath.Join(home, "rebuild")
	if _, err := os.Stat(filepath.Join(fresh, newMark)); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	unlock, err := lockFile(filepath.Join(home, openLock), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return ErrInUse
	}
	if err != nil {
		return err
	}
	defer unlock()
	if _, err := os.Stat(filepath.Join(fresh, newMark)); errors.Is(err, fs.ErrNotExist) {
		return nil // another process did it
	}
	// Each step may be the last before a kill: those that are done are seen by what is not there any more.
	old := filepath.Join(home, "index.old")
	if _, err := os.Stat(filepath.Join(fresh, "index")); err == nil {
		if _, err := os.Stat(filepath.Join(home, "index")); err == nil {
			if err := errors.Join(os.RemoveAll(old), os.Rename(filepath.Join(home, "index"), old)); err != nil {
				return err
			}
		}
		if err := os.Rename(filepath.Join(fresh, "index"), filepath.Join(home, "index")); err != nil {
			return err
		}
	}
	if _, err := os.Stat(filepath.Join(fresh, "registry.sqlite")); err == nil {
		for _, side := range []string{"-wal", "-shm"} { // of the old tables
			if err := os.Remove(filepath.Join(home, "registry.sqlite"+side)); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
		if err := os.Rename(filepath.Join(fresh, "registry.sqlite"), filepath.Join(home, "registry.sqlite")); err != nil {
			return err
		}
	}
	return errors.Join(os.RemoveAll(old), os.RemoveAll(fresh))
}
