package tlog

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	_ "modernc.org/sqlite" // the driver
)

// The index says where in the log each leaf stands, and which sources were taken in as a whole. It is derived:
// it is made anew from the log where it is missing, behind, of another version, or about another log.
const (
	schemaVersion = 1
	schema        = `
DROP TABLE IF EXISTS leaves;
DROP TABLE IF EXISTS done;
DROP TABLE IF EXISTS state;
CREATE TABLE leaves (
	hash BLOB NOT NULL, kind INTEGER NOT NULL, -- the kind's place in kinds()
	idx INTEGER NOT NULL,
	PRIMARY KEY (hash, kind)
) WITHOUT ROWID;
CREATE TABLE done (source TEXT NOT NULL, mark TEXT NOT NULL, PRIMARY KEY (source, mark)) WITHOUT ROWID;
CREATE TABLE state (
	size INTEGER NOT NULL, root BLOB NOT NULL, -- of the tree as far as it is indexed
	at INTEGER NOT NULL -- of its last leaf
);`
)

func openIndex(dir string) (*sql.DB, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	path := filepath.Join(dir, "log.sqlite")
	dsn := "file:" + strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(path)
	db, err := sql.Open("sqlite", dsn+"?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)&_pragma=cache_size(-64000)&_pragma=wal_autocheckpoint(8000)&_txlock=immediate")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(2)
	db.SetMaxIdleConns(2)
	if err := makeTables(db); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w (it is derived: remove it and try again)", path, err), db.Close())
	}
	return db, nil
}

func makeTables(db *sql.DB) error {
	var version int
	if err := db.QueryRow(`PRAGMA user_version`).Scan(&version); err != nil || version == schemaVersion {
		return err
	}
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // does nothing after Commit
	// Another process may have made them while this one waited.
	if err := tx.QueryRow(`PRAGMA user_version`).Scan(&version); err != nil || version == schemaVersion {
		return err
	}
	if _, err := tx.Exec(schema + fmt.Sprintf("PRAGMA user_version = %d;", schemaVersion)); err != nil {
		return err
	}
	return tx.Commit()
}

// indexState is how far the log is indexed.
type indexState struct {
	size uint64
	root Hash
	at   time.Time
}

func (l *Log) indexed(ctx context.Context) (indexState, error) {
	var s indexState
	var root []byte
	var at int64
	err := l.index.QueryRowContext(ctx, `SELECT size, root, at FROM state`).Scan(&s.size, &root, &at)
	if errors.Is(err, sql.ErrNoRows) {
		return s, nil
	}
	if err != nil {
		return s, fmt.Errorf("read the log's index: %w", err)
	}
	copy(s.root[:], root)
	s.at = time.Unix(at, 0).UTC()
	return s, nil
}

// behind says whether the index is about less than the tree, or about another one.
func (l *Log) behind(ctx context.Context) (bool, error) {
	size, err := l.integrated()
	if err != nil {
		return false, err
	}
	s, err := l.indexed(ctx)
	if err != nil || s.size != size || size == 0 {
		return s.size != size, err
	}
	root, err := l.rootAt(ctx, size)
	return root != s.root, err
}

// catchUp brings the index of a locked log up to date with the tree.
func (l *Log) catchUp(ctx context.Context) error {
	size, err := l.integrated()
	if err != nil {
		return err
	}
	s, err := l.indexed(ctx)
	if err != nil {
		return err
	}
	stale := s.size > size
	if s.size > 0 && !stale {
		root, err := l.rootAt(ctx, s.size)
		if err != nil {
			return err
		}
		stale = root != s.root
	}
	if stale {
		if _, err := l.index.ExecContext(ctx, `DELETE FROM leaves; DELETE FROM done; DELETE FROM state;`); err != nil {
			return fmt.Errorf("empty the log's index: %w", err)
		}
		s = indexState{}
	}
	for s.size < size {
		to := min(size, s.size+step)
		items := make([]Item, 0, to-s.size)
		var at time.Time
		for e, err := range l.read(ctx, s.size, to, size) {
			if err != nil {
				return err
			}
			items, at = append(items, e.Item), e.At
		}
		if err := l.note(ctx, s.size, items, at); err != nil {
			return err
		}
		s.size = to
	}
	return nil
}

// unknown returns the items the log does not hold, each once, in order.
func (l *Log) unknown(ctx context.Context, items []Item) ([]Item, error) {
	const many = 64
	query, err := l.index.PrepareContext(ctx, `SELECT hash, kind FROM leaves WHERE hash IN (?`+strings.Repeat(",?", many-1)+`)`)
	if err != nil {
		return nil, fmt.Errorf("read the log's index: %w", err)
	}
	defer query.Close()
	sorted := make([]Hash, len(items)) // neighbours share pages
	for i := range items {
		sorted[i] = items[i].Hash
	}
	slices.SortFunc(sorted, func(a, b Hash) int { return bytes.Compare(a[:], b[:]) })
	known := make(map[Item]bool, len(items))
	all := kinds()
	var args [many]any
	for part := range slices.Chunk(sorted, many) {
		for j := range args {
			args[j] = part[min(j, len(part)-1)][:] // the last one fills up
		}
		rows, err := query.QueryContext(ctx, args[:]...)
		if err != nil {
			return nil, fmt.Errorf("read the log's index: %w", err)
		}
		for rows.Next() {
			var h []byte
			var k int
			if err := rows.Scan(&h, &k); err != nil || len(h) != len(Hash{}) || k < 0 || k >= len(all) {
				return nil, errors.Join(fmt.Errorf("read the log's index: damaged; remove index/log.sqlite: %w", err), rows.Close())
			}
			known[Item{all[k], Hash(h)}] = true
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return nil, fmt.Errorf("read the log's index: %w", err)
		}
	}
	fresh := make([]Item, 0, len(items))
	for _, it := range items {
		if !known[it] {
			known[it] = true
			fresh = append(fresh, it)
		}
	}
	return fresh, nil
}

// note writes to the index that leaves stand in the log, from first on, and what the tree is with them.
func (l *Log) note(ctx context.Context, first uint64, items []Item, at time.Time) error {
	root, err := l.rootAt(ctx, first+uint64(len(items)))
	if err != nil {
		return err
	}
	order := make([]int, len(items)) // neighbours share pages
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int { return bytes.Compare(items[i].Hash[:], items[j].Hash[:]) })
	tx, err := l.index.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("write the log's index: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // does nothing after Commit
	insert, err := tx.PrepareContext(ctx, `INSERT OR IGNORE INTO leaves VALUES (?, ?, ?)`)
	if err != nil {
		return fmt.Errorf("write the log's index: %w", err)
	}
	defer insert.Close()
	for _, i := range order {
		k, err := items[i].Kind.number()
		if err != nil {
			return err
		}
		if _, err := insert.ExecContext(ctx, items[i].Hash[:], k, int64(first)+int64(i)); err != nil {
			return fmt.Errorf("write the log's index: %w", err)
		}
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM state`); err != nil {
		return fmt.Errorf("write the log's index: %w", err)
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO state VALUES (?, ?, ?)`, int64(first)+int64(len(items)), root[:], at.Unix()); err != nil {
		return fmt.Errorf("write the log's index: %w", err)
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("write the log's index: %w", err)
	}
	l.reached("indexed")
	return nil
}

// Done returns what of a source was taken in as a whole, by marks that MarkDone was given. It is forgotten with
// the index.
func (l *Log) Done(ctx context.Context, source string) (map[string]bool, error) {
	rows, err := l.index.QueryContext(ctx, `SELECT mark FROM done WHERE source = ?`, source)
	if err != nil {
		return nil, fmt.Errorf("read the log's index: %w", err)
	}
	defer rows.Close()
	out := map[string]bool{}
	for rows.Next() {
		var mark string
		if err := rows.Scan(&mark); err != nil {
			return nil, fmt.Errorf("read the log's index: %w", err)
		}
		out[mark] = true
	}
	return out, rows.Err()
}

// MarkDone remembers that a part of a source needs no looking at again: all of it is in the log.
func (l *Log) MarkDone(ctx context.Context, source, mark string) error {
	if _, err := l.index.ExecContext(ctx, `INSERT OR IGNORE INTO done VALUES (?, ?)`, source, mark); err != nil {
		return fmt.Errorf("write the log's index: %w", err)
	}
	return nil
}
