package lake

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	_ "modernc.org/sqlite" // the driver

	"veedor/internal/measure/control"
	"veedor/internal/measure/obs"
	"veedor/internal/measure/store"
	"veedor/internal/measure/verdict"
)

// generation is one building of the lake: a folder with a catalog and segments.
type generation struct {
	dir, name string
	catalog   *sql.DB
	writers   chan *segmentWriter // idle ones, reused

	mu      sync.Mutex
	checked string // state of the catalog's files when its columns were found to be ours
	listed  string // state of the catalog's files when the list was read
	asRead  []segment
}

// A segment is one Parquet file a table, of one name, until it is judged again: then its verdicts lie
// in a file of another name, and those before are listed as superseded. Votes are derived. Merged segments stay listed, with what
// they were merged into, until their files are removed.
const catalogSchema = `
CREATE TABLE IF NOT EXISTS meta (schema TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS segments (
	id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE,
	verdicts TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
	votes INTEGER NOT NULL DEFAULT 0, settled INTEGER NOT NULL DEFAULT 0,
	measurements INTEGER NOT NULL, observations INTEGER NOT NULL, bytes INTEGER NOT NULL,
	merged_into INTEGER, retired INTEGER);
CREATE TABLE IF NOT EXISTS superseded (verdicts TEXT PRIMARY KEY, segment INTEGER NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS uids (key BLOB PRIMARY KEY, segment INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS rejected (hash TEXT PRIMARY KEY, source TEXT NOT NULL, line INTEGER NOT NULL, reason TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS rejected_order ON rejected (source, line, hash);`

// tables are the kinds of segment files, with their folders.
var tables = [...]string{"observations", "verdicts", "certificates"}

// votesTable holds what a segment's measurements say for others; it is made when it is first needed.
const votesTable = "votes"

// schemaSum is a hash of the columns of this version: segments of another cannot be read together with ours.
var schemaSum = sync.OnceValue(func() [8]byte {
	h := sha256.New()
	for _, row := range []any{obs.Observation{}, obs.Certificate{}, verdict.Row{}, control.Vote{}} {
		t := reflect.TypeOf(row)
		for i := range t.NumField() {
			fmt.Fprintln(h, t.Field(i).Tag.Get("parquet"), t.Field(i).Type)
		}
	}
	return [8]byte(h.Sum(nil))
})

// schema is schemaSum as the catalog keeps it.
func schema() string { return fmt.Sprintf("%x", schemaSum()) }

func newGeneration(ctx context.Context, lake string, number int) (*generation, error) {
	dir := filepath.Join(lake, fmt.Sprintf("gen-%06d", number))
	for _, t := range append(tables[:], votesTable) {
		if err := os.MkdirAll(filepath.Join(dir, t), 0o755); err != nil {
			return nil, err
		}
	}
	g, err := openCatalog(ctx, dir)
	if err != nil {
		return nil, err
	}
	if _, err := g.catalog.ExecContext(ctx, `INSERT INTO meta (schema) SELECT ? WHERE NOT EXISTS (SELECT 1 FROM meta)`, schema()); err != nil {
		return nil, errors.Join(err, g.close())
	}
	// A segment without rows gives the engine the columns when there is nothing else.
	if err := writeSegment(newSegmentWriter(), g.dir, "empty", choice{}); err != nil {
		return nil, errors.Join(err, g.close())
	}
	return g, errors.Join(syncDir(dir), syncDir(lake))
}

func openGeneration(ctx context.Context, dir string) (*generation, error) {
	if _, err := os.Stat(filepath.Join(dir, "catalog.sqlite")); err != nil {
		return nil, fmt.Errorf("generation %s: %w", filepath.Base(dir), err)
	}
	return openCatalog(ctx, dir)
}

func openCatalog(ctx context.Context, dir string) (*generation, error) {
	dsn := "file:" + filepath.Join(dir, "catalog.sqlite") +
		"?_pragma=busy_timeout(20000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_txlock=immediate"
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, err
	}
	if _, err := db.ExecContext(ctx, catalogSchema); err != nil {
		return nil, errors.Join(fmt.Errorf("open catalog: %w", err), db.Close())
	}
	return &generation{dir: dir, name: filepath.Base(dir), catalog: db, writers: make(chan *segmentWriter, 4)}, nil
}

func (g *generation) close() error { return g.catalog.Close() }

// fresh fails when the generation has other columns than this version.
func (g *generation) fresh(ctx context.Context) error {
	state, settled := g.state()
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.checked != "" && g.checked == state {
		return nil
	}
	var have string
	if err := g.catalog.QueryRowContext(ctx, `SELECT schema FROM meta`).Scan(&have); err != nil {
		return fmt.Errorf("read catalog: %w", err)
	}
	if have != schema() {
		return ErrStale
	}
	if settled {
		g.checked = state
	}
	return nil
}

// live lists the segments to read, by number. The catalog is read again when its files have changed.
func (g *generation) live(ctx context.Context) ([]segment, error) {
	state, settled := g.state()
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.listed != "" && g.listed == state {
		return slices.Clone(g.asRead), nil
	}
	list, err := g.readLive(ctx)
	if g.listed = ""; err == nil && settled {
		g.listed, g.asRead = state, slices.Clone(list)
	}
	return list, err
}

// state names the state of the catalog's files; settled says that any write from now on gives it another name: the clock
// of file systems goes in steps.
func (g *generation) state() (name string, settled bool) {
	settled = true
	for _, f := range []string{"catalog.sqlite", "catalog.sqlite-wal"} {
		if info, err := os.Stat(filepath.Join(g.dir, f)); err == nil {
			name += fmt.Sprint(info.Size(), " ", info.ModTime().UnixNano(), " ")
			settled = settled && time.Since(info.ModTime()).Abs() > 50*time.Millisecond
		} else {
			name += "- "
		}
	}
	return name, settled
}

func (g *generation) readLive(ctx context.Context) ([]segment, error) {
	rows, err := g.catalog.QueryContext(ctx, `SELECT id, name, verdicts, first, last, votes, settled, measurements, observations, bytes FROM segments WHERE retired IS NULL ORDER BY id`)
	if err != nil {
		return nil, fmt.Errorf("list segments: %w", err)
	}
	defer rows.Close()
	var out []segment
	for rows.Next() {
		var s segment
		if err := rows.Scan(&s.id, &s.name, &s.verdicts, &s.first, &s.last, &s.votes, &s.settled, &s.measurements, &s.observations, &s.bytes); err != nil {
			return nil, fmt.Errorf("list segments: %w", err)
		}
		out = append(out, s)
	}
	return out, rows.Err()
}

type segment struct {
	id                                int64
	name, verdicts                    string
	first, last                       int64 // Unix seconds of the earliest and latest start
	votes, settled                    bool
	measurements, observations, bytes int64
}

// key is a UID as the catalog keeps it.
func key(uid string) []byte {
	sum := sha256.Sum256([]byte(uid))
	return sum[:16]
}

// Known implements store.Appender.
func (g *generation) Known(ctx context.Context, uids []string) ([]bool, error) {
	return g.known(ctx, uids)
}

// Append implements store.Appender.
func (g *generation) Append(ctx context.Context, b store.Batch) error { return g.append(ctx, b) }

func (g *generation) known(ctx context.Context, uids []string) ([]bool, error) {
	return knownIn(ctx, g.catalog, uids)
}

type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

func knownIn(ctx context.Context, q querier, uids []string) ([]bool, error) {
	out := make([]bool, len(uids))
	const step = 400
	for i := 0; i < len(uids); i += step {
		part := uids[i:min(i+step, len(uids))]
		args := make([]any, len(part))
		at := make(map[string][]int, len(part))
		for j, uid := range part {
			k := key(uid)
			args[j] = k
			at[string(k)] = append(at[string(k)], i+j)
		}
		rows, err := q.QueryContext(ctx, `SELECT key FROM uids WHERE key IN (?`+strings.Repeat(",?", len(part)-1)+`)`, args...)
		if err != nil {
			return nil, fmt.Errorf("look up measurements: %w", err)
		}
		for rows.Next() {
			var k []byte
			if err := rows.Scan(&k); err != nil {
				return nil, errors.Join(err, rows.Close())
			}
			for _, n := range at[string(k)] {
				out[n] = true
			}
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return nil, fmt.Errorf("look up measurements: %w", err)
		}
	}
	return out, nil
}

// segmentOf returns the segment that holds a measurement now, and the name of its verdicts.
func (g *generation) segmentOf(ctx context.Context, uid string) (name, verdicts string, err error) {
	var id int64
	err = g.catalog.QueryRowContext(ctx, `SELECT segment FROM uids WHERE key = ?`, key(uid)).Scan(&id)
	for range 64 { // merged, and merged again
		var into sql.NullInt64
		if err == nil {
			err = g.catalog.QueryRowContext(ctx, `SELECT name, verdicts, merged_into FROM segments WHERE id = ?`, id).Scan(&name, &verdicts, &into)
		}
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return "", "", store.ErrNotFound
		case err != nil:
			return "", "", fmt.Errorf("look up measurement: %w", err)
		case !into.Valid:
			return name, verdicts, nil
		}
		id = into.Int64
	}
	return "", "", errors.New("look up measurement: the catalog's merges go round in a circle")
}

func (g *generation) rejections(ctx context.Context, limit, offset int) ([]store.Rejected, int64, error) {
	var total int64
	if err := g.catalog.QueryRowContext(ctx, `SELECT count(*) FROM rejected`).Scan(&total); err != nil {
		return nil, 0, fmt.Errorf("count rejected lines: %w", err)
	}
	rows, err := g.catalog.QueryContext(ctx, `SELECT hash, source, line, reason FROM rejected ORDER BY source, line, hash LIMIT ? OFFSET ?`, limit, offset)
	if err != nil {
		return nil, 0, fmt.Errorf("list rejected lines: %w", err)
	}
	defer rows.Close()
	var out []store.Rejected
	for rows.Next() {
		var r store.Rejected
		if err := rows.Scan(&r.Hash, &r.Source, &r.Line, &r.Reason); err != nil {
			return nil, 0, fmt.Errorf("list rejected lines: %w", err)
		}
		out = append(out, r)
	}
	return out, total, rows.Err()
}

// sweep removes files that no crash-free process can still need: leftovers of appends that were
// never acknowledged, and segments merged long ago.
func (g *generation) sweep() error {
	listed := map[string]bool{"empty": true}
	rows, err := g.catalog.Query(`SELECT name, retired FROM segments
		UNION ALL SELECT verdicts, retired FROM segments WHERE verdicts <> name
		UNION ALL SELECT verdicts, NULL FROM superseded`)
	if err != nil {
		return fmt.Errorf("sweep lake: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		var retired sql.NullInt64
		if err := rows.Scan(&name, &retired); err != nil {
			return fmt.Errorf("sweep lake: %w", err)
		}
		listed[name] = listed[name] || !retired.Valid || time.Since(time.Unix(retired.Int64, 0)) < grace
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("sweep lake: %w", err)
	}
	for _, t := range append(tables[:], votesTable) {
		files, err := os.ReadDir(filepath.Join(g.dir, t))
		if err != nil {
			return fmt.Errorf("sweep lake: %w", err)
		}
		for _, f := range files {
			name := strings.TrimSuffix(f.Name(), filepath.Ext(f.Name()))
			if listed[name] {
				continue
			}
			info, err := f.Info()
			if err != nil || time.Since(info.ModTime()) < grace {
				continue // somebody may be writing it, or reading it by an older list
			}
			if err := os.Remove(filepath.Join(g.dir, t, f.Name())); err != nil {
				return fmt.Errorf("sweep lake: %w", err)
			}
		}
	}
	return nil
}

// grace is how long a file stays after nothing lists it any more.
const grace = time.Hour
