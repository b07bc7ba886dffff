package archive

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	_ "modernc.org/sqlite" // the driver
)

// The index says where each object lies. It is derived: Open makes it anew from the packs where it
// is missing or behind.
const schema = `
CREATE TABLE IF NOT EXISTS packs (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS objects (
	hash BLOB PRIMARY KEY, pack INTEGER NOT NULL,
	frame_offset INTEGER NOT NULL, frame_length INTEGER NOT NULL, frame_raw INTEGER NOT NULL,
	start INTEGER NOT NULL, size INTEGER NOT NULL
) WITHOUT ROWID;`

func openIndex(dir string) (*sql.DB, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	path := filepath.Join(dir, "objects.sqlite")
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)&_txlock=immediate")
	if err != nil {
		return nil, err
	}
	if _, err := db.Exec(schema); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w (it is derived: remove it and try again)", path, err), db.Close())
	}
	return db, nil
}

// catchUp adds the packs that the manifests list and the index does not know, and forgets those that are gone.
func (a *Archive) catchUp(ctx context.Context) error {
	sources, err := a.sources()
	if err != nil {
		return nil // a damaged manifest is fsck's to report; what is indexed stays readable
	}
	indexed := map[string]bool{}
	rows, err := a.index.QueryContext(ctx, `SELECT name FROM packs`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return err
		}
		indexed[name] = true
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for _, m := range sources {
		for _, r := range m.records {
			if r.Kind != kindPack || indexed[r.Pack] {
				continue
			}
			p, err := openPack(a.packPath(r.Pack))
			if err != nil {
				continue // missing or damaged: fsck says so
			}
			err = a.addToIndex(ctx, r.Pack, p.frames, p.objects)
			if err := errors.Join(err, p.Close()); err != nil {
				return err
			}
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
	if _, err := tx.Exec(`INSERT OR IGNORE INTO packs (name) VALUES (?)`, name); err != nil {
		return err
	}
	var id int64
	if err := tx.QueryRow(`SELECT id FROM packs WHERE name = ?`, name).Scan(&id); err != nil {
		return err
	}
	insert, err := tx.Prepare(`INSERT OR IGNORE INTO objects VALUES (?, ?, ?, ?, ?, ?, ?)`)
	if err != nil {
		return err
	}
	defer insert.Close()
	for i := range objects {
		o := &objects[i]
		f := frames[o.frame]
		if _, err := insert.Exec(o.hash[:], id, f.offset, f.length, f.raw, o.start, o.size); err != nil {
			return err
		}
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
	const step = 200
	for i := 0; i < len(hashes); i += step {
		part := hashes[i:min(i+step, len(hashes))]
		args := make([]any, len(part))
		for j := range part {
			args[j] = part[j][:]
		}
		rows, err := a.index.Query(`SELECT hash FROM objects WHERE hash IN (?`+strings.Repeat(",?", len(part)-1)+`)`, args...)
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

func (a *Archive) locate(h Hash) (location, error) {
	var l location
	err := a.index.QueryRow(`SELECT name, frame_offset, frame_length, frame_raw, start, size FROM objects JOIN packs ON pack = id WHERE hash = ?`, h[:]).
		Scan(&l.pack, &l.frame.offset, &l.frame.length, &l.frame.raw, &l.start, &l.size)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return l, fmt.Errorf("object %s: %w", h, ErrNotFound)
	case err != nil:
		return l, fmt.Errorf("look up object %s: %w", h, err)
	case l.frame.length < 0 || l.frame.length > maxFrame || l.frame.raw > maxFrame || l.start < 0 || l.size < 0 || !packName(l.pack):
		return l, fmt.Errorf("look up object %s: the index is damaged; remove the folder index and try again", h)
	}
	return l, nil
}

func (a *Archive) packID(name string) (int64, error) {
	var id int64
	if err := a.index.QueryRow(`SELECT id FROM packs WHERE name = ?`, name).Scan(&id); err != nil {
		return 0, fmt.Errorf("look up pack %s: %w", name, err)
	}
	return id, nil
}

// isFirst says whether the index names this very place for an object.
func (a *Archive) isFirst(h Hash, pack int64, o packed) (bool, error) {
	var id, start int64
	err := a.index.QueryRow(`SELECT pack, start FROM objects WHERE hash = ?`, h[:]).Scan(&id, &start)
	if err != nil {
		return false, fmt.Errorf("look up object %s: %w", h, err)
	}
	return id == pack && start == o.start, nil
}
