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

	_ "modernc.org/sqlite" // the driver

	"veedor/internal/follow/ftm"
)

//go:embed schema.sql
var schemaSQL string

// ErrNotFound says that the registry has nothing of that name.
var ErrNotFound = errors.New("not in the registry")

// Registry is an open registry. It may be used from many goroutines, and many processes may have the same one open.
type Registry struct {
	dir       string // DATA/registry
	db        *sql.DB
	model     *ftm.Model
	words     words
	decisions *decisions
	watches   *watchJournal
	index     index
}

// Open opens the registry below the data folder, making it when it is not there.
func Open(ctx context.Context, data string) (*Registry, error) {
	dir, err := filepath.Abs(filepath.Join(data, "registry"))
	if err != nil {
		return nil, fmt.Errorf("open registry: %w", err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "index"), 0o755); err != nil {
		return nil, fmt.Errorf("open registry: %w", err)
	}
	dsn := "file:" + filepath.Join(dir, "registry.sqlite") + "?_pragma=busy_timeout(20000)&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)" +
		"&_pragma=cache_size(-64000)&_pragma=wal_autocheckpoint(8000)&_txlock=immediate"
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, fmt.Errorf("open registry: %w", err)
	}
	db.SetMaxOpenConns(4)
	if _, err := db.ExecContext(ctx, schemaSQL); err != nil {
		return nil, errors.Join(fmt.Errorf("open registry: %w", err), db.Close())
	}
	return &Registry{dir: dir, db: db, model: ftm.Default(), words: words{db: db}, decisions: openDecisions(dir), watches: openWatches(dir)}, nil
}

// Close closes the registry.
func (r *Registry) Close() error { return errors.Join(r.index.close(), r.db.Close()) }

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
