package registry

import (
	"context"
	"crypto/sha256"
	"database/sql"
	_ "embed"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"

	_ "modernc.org/sqlite" // the driver

	"veedor/internal/follow/ftm"
)

//go:embed schema.sql
var schemaSQL string

// ErrNotFound says that the registry has nothing of that name.
var ErrNotFound = errors.New("not in the registry")

// Registry is an open registry. It may be used from many goroutines, and many processes may have the same one open.
type Registry struct {
	dir       string // of the tables and the search index: DATA/registry
	db        *sql.DB
	model     *ftm.Model
	words     words
	decisions *decisions
	watches   *watchJournal
	states    *stateJournal
	index     index
	derived   derived
	unlock    func()

	batchItems int // how many items are committed at once
}

// version is that of the tables, as PRAGMA user_version has it.
const version = 1

// Open opens the registry below the data folder, making it when it is not there. ErrBehind says that its tables must be made
// anew.
func Open(ctx context.Context, data string) (*Registry, error) {
	home, err := filepath.Abs(filepath.Join(data, "registry"))
	if err != nil {
		return nil, fmt.Errorf("open registry: %w", err)
	}
	if err := os.MkdirAll(home, 0o755); err != nil {
		return nil, fmt.Errorf("open registry: %w", err)
	}
	if err := settled(home); err != nil {
		return nil, fmt.Errorf("open registry: %w", err)
	}
	// Tables that are open somewhere are not exchanged for others.
	unlock, err := lockFile(filepath.Join(home, openLock), syscall.LOCK_SH)
	if err != nil {
		return nil, fmt.Errorf("open registry: %w", err)
	}
	r, err := openTables(ctx, home, home)
	if err != nil {
		unlock()
		return nil, fmt.Errorf("open registry: %w", err)
	}
	r.unlock = unlock
	if err := r.follow(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open registry: %w", err), r.Close())
	}
	return r, nil
}

// openTables opens the tables in a folder and the journals in another.
func openTables(ctx context.Context, home, dir string) (*Registry, error) {
	if err := os.MkdirAll(filepath.Join(dir, "index"), 0o755); err != nil {
		return nil, err
	}
	dsn := "file:" + filepath.Join(dir, "registry.sqlite") + "?_pragma=busy_timeout(20000)&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)" +
		"&_pragma=cache_size(-64000)&_pragma=wal_autocheckpoint(8000)&_txlock=immediate"
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(4)
	r := &Registry{dir: dir, db: db, model: ftm.Default(), words: words{db: db}, decisions: openDecisions(home), watches: openWatches(home), states: openStates(home), batchItems: batchItems}
	if err := r.prepare(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return r, nil
}

// prepare makes the tables, unless they are there. Those of an earlier version are left as they are, once the journal of
// states has what they say.
func (r *Registry) prepare(ctx context.Context) error {
	var v, tables int
	if err := r.db.QueryRowContext(ctx, `SELECT (SELECT user_version FROM pragma_user_version), (SELECT count(*) FROM sqlite_schema WHERE name = 'state')`).Scan(&v, &tables); err != nil {
		return err
	}
	switch {
	case v == version:
		return nil
	case v > version:
		return fmt.Errorf("registry.sqlite was written by a newer veedor")
	case tables > 0:
		if err := r.recall(ctx); err != nil {
			return err
		}
		return fmt.Errorf("its tables are those of an earlier veedor: %w", ErrBehind)
	}
	tx, err := r.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, fmt.Sprintf("%s; PRAGMA user_version = %d", schemaSQL, version)); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// Close closes the registry.
func (r *Registry) Close() error {
	err := errors.Join(r.index.close(), r.derived.close(), r.db.Close())
	if r.unlock != nil {
		r.unlock()
	}
	return err
}

// keyOf returns the hash under which rows of an entity are found. Whoever finds one compares the id itself.
func keyOf(id string) int64 {
	sum := sha256.Sum256([]byte(id))
	return int64(binary.BigEndian.Uint64(sum[:8]))
}

// words numbers the names of schemata and properties.
type words struct {
	db *sql.DB

	mu   sync.RWMutex
	ids  map[string]int64
	text map[int64]string
}

// number returns the number of a name, which it gives within a transaction if there is none yet.
func (w *words) number(ctx context.Context, tx *sql.Tx, text string) (int64, error) {
	w.mu.RLock()
	n, ok := w.ids[text]
	w.mu.RUnlock()
	if ok {
		return n, nil
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO word (text) VALUES (?) ON CONFLICT DO NOTHING`, text); err != nil {
		return 0, fmt.Errorf("number the name %s: %w", text, err)
	}
	// It is remembered only once it is read back outside: the transaction may yet fail.
	err := tx.QueryRowContext(ctx, `SELECT id FROM word WHERE text = ?`, text).Scan(&n)
	return n, err
}

// load takes in the names that were numbered.
func (w *words) load(ctx context.Context) error {
	rows, err := w.db.QueryContext(ctx, `SELECT id, text FROM word`)
	if err != nil {
		return fmt.Errorf("read names: %w", err)
	}
	defer rows.Close()
	ids, text := map[string]int64{}, map[int64]string{}
	for rows.Next() {
		var n int64
		var t string
		if err := rows.Scan(&n, &t); err != nil {
			return fmt.Errorf("read names: %w", err)
		}
		ids[t], text[n] = n, t
	}
	w.mu.Lock()
	w.ids, w.text = ids, text
	w.mu.Unlock()
	return rows.Err()
}

// name returns the name of a number.
func (w *words) name(ctx context.Context, n int64) (string, error) {
	w.mu.RLock()
	t, ok := w.text[n]
	w.mu.RUnlock()
	if ok {
		return t, nil
	}
	if err := w.load(ctx); err != nil {
		return "", err
	}
	w.mu.RLock()
	defer w.mu.RUnlock()
	if t, ok = w.text[n]; !ok {
		return "", fmt.Errorf("read names: no name has the number %d", n)
	}
	return t, nil
}

// known returns the number of a name, if it has one.
func (w *words) known(ctx context.Context, text string) (int64, bool) {
	var n int64
	err := w.db.QueryRowContext(ctx, `SELECT id FROM word WHERE text = ?`, text).Scan(&n)
	return n, err == nil
}
