package archive

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

	_ "modernc.org/sqlite" // the driver
)

// The index says where each object lies. It is derived: it is made anew from the packs where it is
// missing, behind, of another version, or names a pack that is gone.
const (
	schemaVersion = 2
	schema        = `
DROP TABLE IF EXISTS packs;
DROP TABLE IF EXISTS objects;
CREATE TABLE packs (
	id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,
	firsts INTEGER NOT NULL -- objects noted as lying here; the others were noted elsewhere before
);
CREATE TABLE objects (
	hash BLOB PRIMARY KEY, pack INTEGER NOT NULL,
	frame_offset INTEGER NOT NULL, frame_length INTEGER NOT NULL, frame_raw INTEGER NOT NULL,
	start INTEGER NOT NULL, size INTEGER NOT NULL
) WITHOUT ROWID;`
)

func openIndex(dir string) (*sql.DB, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	path := filepath.Join(dir, "objects.sqlite")
	dsn := "file:" + strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(path)
	db, err := sql.Open("sqlite", dsn+"?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)&_pragma=cache_size(-16000)&_pragma=wal_autocheckpoint(8000)&_txlock=immediate")
	if err != nil {
		return nil, err
	}
	// Hashes are random: every insertion meets another page, so pages are kept, and so are connections.
	db.SetMaxOpenConns(4)
	db.SetMaxIdleConns(4)
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

// hasStep is how many hashes one query looks up: about a frame's.
const hasStep = 64

// prepare makes the statements that are run for every object or frame.
func (a *Archive) prepare() (err error) {
	a.find, err = a.index.Prepare(`SELECT name, frame_offset, frame_length, frame_raw, start, size FROM objects JOIN packs ON pack = id WHERE hash = ?`)
	if err != nil {
		return err
	}
	a.has, err = a.index.Prepare(`SELECT hash FROM objects WHERE hash IN (?` + strings.Repeat(",?", hasStep-1) + `)`)
	return err
}

// row is what the index knows of a pack.
type row struct{ id, firsts int64 }

// indexed returns the packs the index knows.
func (a *Archive) indexed(ctx context.Context) (map[string]row, error) {
	rows, err := a.index.QueryContext(ctx, `SELECT name, id, firsts FROM packs`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string]row{}
	for rows.Next() {
		var name string
		var r row
		if err := rows.Scan(&name, &r.id, &r.firsts); err != nil {
			return nil, err
		}
		out[name] = r
	}
	return out, rows.Err()
}

// stale says whether the index names packs that are gone. Objects said to be in them would never be archived again.
func (a *Archive) stale(s stock, known map[string]row) bool {
	names := map[string]bool{}
	for _, l := range s.packs() {
		names[l.Pack] = true
	}
	sound := s.sound() == nil
	for name := range known {
		if !packName(name) || sound && !names[name] {
			return true
		}
		if _, err := os.Stat(a.packPath(name)); errors.Is(err, os.ErrNotExist) {
			return true
		}
	}
	return false
}

func (a *Archive) emptyIndex(ctx context.Context) error {
	tx, err := a.index.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // does nothing after Commit
	if _, err := tx.Exec(`DELETE FROM objects; DELETE FROM packs;`); err != nil {
		return err
	}
	return tx.Commit()
}

// catchUp adds the packs that the manifests list and the index does not know.
func (a *Archive) catchUp(ctx context.Context, s stock, known map[string]row) error {
	for _, l := range s.packs() {
		if _, ok := known[l.Pack]; ok {
			continue
		}
		p, err := openPack(a.packPath(l.Pack))
		if err != nil {
			continue // missing or damaged: fsck says so
		}
		err = a.addToIndex(ctx, l.Pack, p.frames, p.objects)
		if err := errors.Join(err, p.Close()); err != nil {
			return err
		}
	}
	return nil
}

// addToIndex notes where a pack's objects lie; an object noted already keeps its place.
func (a *Archive) addToIndex(ctx context.Context, name string, frames []frame, objects []packed) error {
	tx, err := a.index.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // does nothing after Commit
	added, err := tx.Exec(`INSERT OR IGNORE INTO packs (name, firsts) VALUES (?, 0)`, name)
	if err != nil {
		return err
	}
	if n, err := added.RowsAffected(); err != nil || n == 0 {
		return err // another process was faster
	}
	id, err := added.LastInsertId()
	if err != nil {
		return err
	}
	insert, err := tx.Prepare(`INSERT OR IGNORE INTO objects VALUES (?, ?, ?, ?, ?, ?, ?)`)
	if err != nil {
		return err
	}
	defer insert.Close()
	byHash := make([]int, len(objects)) // neighbours share pages
	for i := range byHash {
		byHash[i] = i
	}
	slices.SortFunc(byHash, func(i, j int) int { return bytes.Compare(objects[i].hash[:], objects[j].hash[:]) })
	var firsts int64
	for _, i := range byHash {
		o := &objects[i]
		f := frames[o.frame]
		done, err := insert.Exec(o.hash[:], id, f.offset, f.length, f.raw, o.start, o.size)
		if err != nil {
			return err
		}
		n, err := done.RowsAffected()
		if err != nil {
			return err
		}
		firsts += n
	}
	if _, err := tx.Exec(`UPDATE packs SET firsts = ? WHERE id = ?`, firsts, id); err != nil {
		return err
	}
	return tx.Commit()
}

// Has says, for each hash, whether the archive holds its object.
func (a *Archive) Has(hashes []Hash) ([]bool, error) {
	out := make([]bool, len(hashes))
	at := make(map[Hash][]int, len(hashes))
	for i, h := range hashes {
		at[h] = append(at[h], i)
	}
	var args [hasStep]any
	for i := 0; i < len(hashes); i += hasStep {
		for j := range args {
			args[j] = hashes[min(i+j, len(hashes)-1)][:] // the last one fills up
		}
		rows, err := a.has.Query(args[:]...)
		if err != nil {
			return nil, fmt.Errorf("look up objects: %w", err)
		}
		for rows.Next() {
			var b []byte
			if err := rows.Scan(&b); err != nil {
				return nil, errors.Join(fmt.Errorf("look up objects: %w", err), rows.Close())
			}
			for _, k := range at[Hash(b)] {
				out[k] = true
			}
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return nil, fmt.Errorf("look up objects: %w", err)
		}
	}
	return out, nil
}

// locate returns where an object lies, or ErrNotFound.
func (a *Archive) locate(h Hash) (location, error) {
	var l location
	err := a.find.QueryRow(h[:]).Scan(&l.pack, &l.frame.offset, &l.frame.length, &l.frame.raw, &l.start, &l.size)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return l, fmt.Errorf("object %s: %w", h, ErrNotFound)
	case err != nil:
		return l, fmt.Errorf("look up object %s: %w", h, err)
	case l.frame.check() != nil || l.start < 0 || l.size < 0 || l.start > maxFrame || l.size > maxFrame || !packName(l.pack):
		return l, fmt.Errorf("look up object %s: the index is damaged; remove the folder index and try again", h)
	}
	return l, nil
}

// packRow returns what the index knows of a pack, or ErrNotFound.
func (a *Archive) packRow(name string) (row, error) {
	var r row
	err := a.index.QueryRow(`SELECT id, firsts FROM packs WHERE name = ?`, name).Scan(&r.id, &r.firsts)
	if errors.Is(err, sql.ErrNoRows) {
		return r, fmt.Errorf("pack %s is missing or damaged; run fsck: %w", name, ErrNotFound)
	}
	if err != nil {
		return r, fmt.Errorf("look up pack %s: %w", name, err)
	}
	return r, nil
}
