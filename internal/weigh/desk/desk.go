package desk

import (
	"context"
	"crypto/rand"
	"database/sql"
	_ "embed"
	"encoding/base32"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	_ "modernc.org/sqlite" // the driver

	"veedor/internal/evidence/journal"
)

//go:embed schema.sql
var schema string

// schemaVersion counts up whenever schema.sql or what is derived changes: an older file is made anew.
const schemaVersion = 1

// Options are what the desk does not decide itself.
type Options struct {
	Now  func() time.Time // time.Now when nil
	Rand io.Reader        // of new ids; crypto/rand when nil
}

// Desk is an open desk. It may be used from many goroutines, and many processes may have the same one open.
type Desk struct {
	dir     string
	now     func() time.Time
	rand    io.Reader
	journal *journal.Long[entry]
	db      *sql.DB
	writing sync.Mutex   // one writer of this process at a time; the journal's lock orders processes
	size    atomic.Int64 // of the journal when all in it was known to be derived
	kept    kept
}

// entry is one line of the journal.
type entry struct {
	Event
	journal.Link
}

func linkOf(e *entry) *journal.Link { return &e.Link }

// Open opens the desk below the data folder, which need not be there yet.
func Open(ctx context.Context, data string, o Options) (*Desk, error) {
	d := &Desk{dir: filepath.Join(data, "desk"), now: o.Now, rand: o.Rand}
	if d.now == nil {
		d.now = time.Now
	}
	if d.rand == nil {
		d.rand = rand.Reader
	}
	d.journal = journal.OpenLong(filepath.Join(d.dir, "journal.jsonl"), linkOf)
	if err := os.MkdirAll(d.dir, 0o700); err != nil {
		return nil, fmt.Errorf("open desk: %w", err)
	}
	var err error
	if d.db, err = openDB(ctx, filepath.Join(d.dir, "desk.sqlite")); err != nil {
		return nil, fmt.Errorf("open desk: %w", err)
	}
	if err := d.fresh(ctx); err != nil {
		return nil, errors.Join(err, d.db.Close())
	}
	return d, nil
}

func openDB(ctx context.Context, path string) (*sql.DB, error) {
	dsn := "file:" + strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(path)
	db, err := sql.Open("sqlite", dsn+"?_pragma=busy_timeout(30000)&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)&_pragma=cache_size(-32000)&_txlock=immediate")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(8)
	if err := makeTables(ctx, db); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w (it is derived: remove it and try again)", path, err), db.Close())
	}
	return db, nil
}

// makeTables makes the tables where they are not there, or those of another version.
func makeTables(ctx context.Context, db *sql.DB) error {
	var version int
	if err := db.QueryRowContext(ctx, `PRAGMA user_version`).Scan(&version); err != nil || version == schemaVersion {
		return err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // does nothing after Commit
	// Another process may have made them while this one waited.
	if err := tx.QueryRow(`PRAGMA user_version`).Scan(&version); err != nil || version == schemaVersion {
		return err
	}
	if err := empty(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// empty makes the tables, without what was in them.
func empty(tx *sql.Tx) error {
	for _, t := range []string{"mark", "records", "terms", "events", "conflicts"} {
		if _, err := tx.Exec("DROP TABLE IF EXISTS " + t); err != nil {
			return err
		}
	}
	_, err := tx.Exec(schema + fmt.Sprintf("\nPRAGMA user_version = %d;", schemaVersion))
	return err
}

// Close closes it.
func (d *Desk) Close() error { return d.db.Close() }

// NewID makes an id for a new record.
func (d *Desk) NewID() string {
	var b [10]byte
	if _, err := io.ReadFull(d.rand, b[:]); err != nil {
		panic(fmt.Sprintf("no randomness: %v", err))
	}
	return strings.ToLower(base32.StdEncoding.EncodeToString(b[:]))
}

// querier is a database or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func readMark(ctx context.Context, q querier) (journal.Mark, error) {
	var m journal.Mark
	if err := q.QueryRowContext(ctx, `SELECT lines, size, last FROM mark`).Scan(&m.Lines, &m.Size, &m.Last); err != nil {
		return m, fmt.Errorf("read desk: %w", err)
	}
	return m, nil
}

func setMark(tx *sql.Tx, m journal.Mark) error {
	_, err := tx.Exec(`UPDATE mark SET lines = ?, size = ?, last = ?`, m.Lines, m.Size, m.Last)
	return err
}

// fresh takes in what stands in the journal and is not derived yet: what another process wrote that was killed
// before it came to it.
func (d *Desk) fresh(ctx context.Context) error {
	size, err := d.journal.Size()
	if err != nil || d.size.Load() == size {
		return err
	}
	m, err := readMark(ctx, d.db)
	if err == nil && m.Size == size {
		d.size.Store(size)
	}
	if err != nil || m.Size == size {
		return err
	}
	if m.Size > size {
		return fmt.Errorf("%w: its journal is shorter than what was derived from it; put the journal back from a backup, or run: veedor desk rebuild", ErrBroken)
	}
	return d.extend(ctx, func(*sql.Tx) ([]entry, error) { return nil, nil })
}

// extend locks the journal, takes in what is new in it, and appends what next returns, which it has applied already.
func (d *Desk) extend(ctx context.Context, next func(tx *sql.Tx) ([]entry, error)) error {
	d.writing.Lock()
	defer d.writing.Unlock()
	m, err := readMark(ctx, d.db)
	if err != nil {
		return err
	}
	var tx *sql.Tx
	begin := func() error {
		if tx != nil {
			return nil
		}
		if tx, err = d.db.BeginTx(ctx, nil); err != nil {
			return fmt.Errorf("write desk: %w", err)
		}
		// What another process derived between the mark that was read and the lock is not applied twice.
		m, err = readMark(ctx, tx)
		return err
	}
	defer func() {
		if tx != nil {
			_ = tx.Rollback() // does nothing after Commit
		}
	}()
	behind := 0
	take := func(e entry, at journal.Mark) error {
		if err := begin(); err != nil {
			return err
		}
		if at.Lines <= m.Lines {
			return nil
		}
		behind++
		e.N, e.Event.Hash = at.Lines, at.Last
		if err := apply(ctx, tx, &e.Event); err != nil {
			return err
		}
		m = at
		return setMark(tx, at)
	}
	commit := func() error {
		if tx == nil {
			return nil
		}
		err := tx.Commit()
		tx = nil
		if err != nil {
			return fmt.Errorf("write desk: %w", err)
		}
		return nil
	}
	err = d.journal.Extend(m, take, func() ([]entry, error) {
		if err := begin(); err != nil {
			return nil, err
		}
		if behind > 0 { // stays, whatever becomes of the write
			if err := commit(); err != nil {
				return nil, err
			}
			if err := begin(); err != nil {
				return nil, err
			}
		}
		return next(tx)
	}, func(fresh []entry, at journal.Mark) error {
		for i := range fresh {
			if _, err := tx.Exec(`UPDATE events SET hash = ? WHERE n = ?`, fresh[i].Link.Hash, at.Lines-int64(len(fresh)-1-i)); err != nil {
				return err
			}
		}
		if err := setMark(tx, at); err != nil {
			return err
		}
		return commit()
	})
	if errors.Is(err, journal.ErrBroken) {
		return fmt.Errorf("%w: %w", ErrBroken, err)
	}
	return err
}

// Rebuild makes what is derived anew from the journal.
func (d *Desk) Rebuild(ctx context.Context, progress func(done, total int64)) error {
	d.writing.Lock()
	defer d.writing.Unlock()
	total, err := d.journal.Size()
	if err != nil {
		return err
	}
	tx, err := d.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("rebuild desk: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // does nothing after Commit
	if err := empty(tx); err != nil {
		return fmt.Errorf("rebuild desk: %w", err)
	}
	m, err := d.journal.After(journal.Mark{}, func(e entry, at journal.Mark) error {
		e.N, e.Event.Hash = at.Lines, at.Last
		if progress != nil && at.Lines%1000 == 0 {
			progress(at.Size, total)
		}
		return errors.Join(ctx.Err(), apply(ctx, tx, &e.Event))
	})
	if err != nil {
		return fmt.Errorf("rebuild desk: %w", err)
	}
	if err := setMark(tx, m); err != nil {
		return fmt.Errorf("rebuild desk: %w", err)
	}
	return tx.Commit()
}

func jsonOf(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // maps and structs of strings, numbers and JSON
	}
	return string(b)
}
