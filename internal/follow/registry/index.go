package registry

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"syscall"

	"veedor/internal/follow/ftm"
	"veedor/internal/follow/match"
)

// index is the segments of the search index that are mapped into memory.
type index struct {
	mu     sync.RWMutex // held for reading while what is mapped is searched
	loaded string       // the files that are mapped
	match  *match.Index
	mapped [][]byte
}

// Segments are about this large: a builder takes some 700 bytes an entity while it is filled.
const segmentEntities = 200_000

// As many small segments as these are put together. Those that are as large as segments become are not small, or every
// import would write them anew.
const (
	mostSmall = 6
	small     = segmentEntities / 2
)

// write puts what imports left pending into segments. Whatever it is killed at, nothing pending is lost.
func (x *index) write(ctx context.Context, r *Registry, progress func(int)) error {
	unlock, err := lockFile(filepath.Join(r.dir, "index.lock"), syscall.LOCK_EX) // one writer at a time, in all processes
	if err != nil {
		return fmt.Errorf("write search index: %w", err)
	}
	defer unlock()
	// Small segments are written anew together with what is pending.
	if _, err := r.db.ExecContext(ctx, `UPDATE indexed SET segment = 0 WHERE (SELECT count(*) FROM segment WHERE entities < ?1) >= ?2
		AND segment IN (SELECT id FROM segment WHERE entities < ?1)`, small, mostSmall); err != nil {
		return fmt.Errorf("write search index: %w", err)
	}
	w := &indexWriter{x: x, r: r, progress: progress}
	for {
		n, err := w.round(ctx)
		if err != nil {
			return fmt.Errorf("write search index: %w", err)
		}
		if n == 0 {
			return x.clean(ctx, r)
		}
	}
}

// indexWriter writes what is pending into segments, several at a time.
type indexWriter struct {
	x        *index
	r        *Registry
	progress func(int)

	mu   sync.Mutex
	done int
}

// pendingPart is rows that go into a segment, in their order.
type pendingPart struct {
	rows     []indexedRow
	entities []match.Entity
}

// indexedRow is a row as it was when it was marked for the v-th time.
type indexedRow struct{ id, v int64 }

// round writes what is pending now, and returns how many rows that were.
func (w *indexWriter) round(ctx context.Context) (int, error) {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	before := w.done
	parts := make(chan pendingPart)
	var workers sync.WaitGroup
	for range 2 {
		workers.Go(func() {
			if err := w.segments(ctx, parts); err != nil {
				stop(err)
			}
		})
	}
	err := w.r.pending(ctx, func(p pendingPart) error {
		select {
		case parts <- p:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	})
	close(parts)
	workers.Wait()
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	return w.done - before, err
}

// segments writes segments of the parts it gets.
func (w *indexWriter) segments(ctx context.Context, parts <-chan pendingPart) error {
	b := match.NewBuilder()
	var rows [][]indexedRow
	publish := func() error {
		if b.Len() == 0 {
			return nil
		}
		n := b.Len()
		w.mu.Lock()
		defer w.mu.Unlock()
		if err := w.x.publish(ctx, w.r, b, rows); err != nil {
			return err
		}
		rows = nil
		if w.done += n; w.progress != nil {
			w.progress(w.done)
		}
		return nil
	}
	for p := range parts {
		first := 0
		for i, e := range p.entities {
			err := b.Add(e)
			if errors.Is(err, match.ErrFull) {
				if i > first {
					rows = append(rows, p.rows[first:i])
				}
				first = i
				if err = publish(); err == nil {
					err = b.Add(e)
				}
			}
			if err != nil {
				return err
			}
		}
		if rows = append(rows, p.rows[first:]); b.Len() < segmentEntities {
			continue
		}
		if err := publish(); err != nil {
			return err
		}
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return publish()
}

// pending hands out the rows that are in no segment, in their order.
func (r *Registry) pending(ctx context.Context, yield func(pendingPart) error) error {
	last := int64(0)
	for {
		rows, err := r.db.QueryContext(ctx, `SELECT i.v, e.id, e.dataset, e.schema, e.eid, e.statements FROM indexed i JOIN entity e ON e.id = i.entity
			WHERE i.segment = 0 AND i.entity > ? ORDER BY i.entity LIMIT ?`, last, step)
		if err != nil {
			return err
		}
		var part pendingPart
		for rows.Next() {
			var v int64
			rec, err := r.scan(ctx, rows, &v)
			if err != nil {
				return errors.Join(err, rows.Close())
			}
			part.rows = append(part.rows, indexedRow{rec.row, v})
			part.entities = append(part.entities, r.matchable(rec))
			last = rec.row
		}
		if err := rows.Err(); err != nil {
			return err
		}
		if len(part.rows) > 0 {
			if err := yield(part); err != nil {
				return err
			}
		}
		if len(part.rows) < step {
			return nil
		}
	}
}

// matchable returns what matching looks at of a row. Names and numbers it bore in any state count: a list may be
// asked for one it has dropped.
func (r *Registry) matchable(rec *record) match.Entity {
	e := r.entity(strconv.FormatInt(rec.row, 10), []*record{rec}, func(*record) moment { return ever() })
	e.Schema = rec.schema
	return MatchEntity(r.model, e)
}

// MatchEntity returns what matching looks at of an entity.
func MatchEntity(m *ftm.Model, e *ftm.Entity) match.Entity {
	out := match.Entity{ID: e.ID, Schema: e.Schema, Countries: e.Values(m, ftm.TypeCountry, true), Addresses: e.Values(m, ftm.TypeAddress, true)}
	s := m.Schema(e.Schema)
	if s == nil {
		return out
	}
	// The best names come first: of very many, matching looks at some.
	for _, name := range slices.Concat(s.Caption, []string{"name", "alias", "previousName", "abbreviation"}) {
		if p := s.Property(name); p != nil && p.Type == ftm.TypeName {
			out.Names = appendNew(out.Names, e.Properties[name])
		}
	}
	for _, p := range s.Properties() {
		values := e.Properties[p.Name]
		if len(values) == 0 {
			continue
		}
		switch {
		case p.Type == ftm.TypeName && p.Matchable:
			out.Names = appendNew(out.Names, values)
		case p.Type == ftm.TypeIdentifier && p.Matchable:
			for _, v := range values {
				out.Identifiers = append(out.Identifiers, match.Identifier{Kind: p.Name, Value: v})
			}
		case slices.Contains([]string{"incorporationDate", "birthDate", "buildDate"}, p.Name):
			for _, v := range values {
				if y, err := strconv.Atoi(v[:min(4, len(v))]); err == nil {
					out.Years = append(out.Years, y)
				}
			}
		}
	}
	return out
}

// mostNames is how many names of an entity are handed to matching, which keeps fewer.
const mostNames = 200

func appendNew(to, values []string) []string {
	for _, v := range values {
		if len(to) < mostNames && !slices.Contains(to, v) {
			to = append(to, v)
		}
	}
	return to
}

// publish writes a segment, and then says that it is there.
func (x *index) publish(ctx context.Context, r *Registry, b *match.Builder, parts [][]indexedRow) (err error) {
	n := b.Len()
	f, err := os.CreateTemp(filepath.Join(r.dir, "index"), "new-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	_, err = b.WriteTo(f)
	if err = errors.Join(err, f.Chmod(0o644), f.Sync(), f.Close()); err != nil {
		return err
	}
	tx, err := r.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // nothing to undo once it is committed
	var id int64
	if err := tx.QueryRowContext(ctx, `INSERT INTO segment (file, entities) VALUES ('', ?) RETURNING id`, n).Scan(&id); err != nil {
		return err
	}
	name := fmt.Sprintf("%06d-%d.segment", id, parts[0][0].id)
	if err := os.Rename(f.Name(), filepath.Join(r.dir, "index", name)); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE segment SET file = ? WHERE id = ?`, name, id); err != nil {
		return err
	}
	for _, rows := range parts {
		if err := moveRows(ctx, tx, id, rows); err != nil {
			return err
		}
	}
	// A segment of which every entity stands in a later one is of no use.
	if _, err := tx.ExecContext(ctx, `DELETE FROM segment WHERE NOT EXISTS (SELECT 1 FROM indexed i WHERE i.segment = segment.id)`); err != nil {
		return err
	}
	return tx.Commit()
}

// moveRows says that rows stand in a segment, unless they were marked again since.
func moveRows(ctx context.Context, tx *sql.Tx, segment int64, rows []indexedRow) error {
	first, last, v := rows[0].id, rows[len(rows)-1].id, rows[0].v
	same := !slices.ContainsFunc(rows, func(r indexedRow) bool { return r.v != v })
	if same {
		// Mostly nothing came between, and they are all that is pending from the first to the last.
		var n int
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM indexed WHERE entity BETWEEN ? AND ? AND segment = 0`, first, last).Scan(&n); err != nil {
			return err
		}
		if same = n == len(rows); same {
			_, err := tx.ExecContext(ctx, `UPDATE indexed SET segment = ? WHERE entity BETWEEN ? AND ? AND segment = 0 AND v = ?`, segment, first, last, v)
			return err
		}
	}
	move, err := tx.PrepareContext(ctx, `UPDATE indexed SET segment = ? WHERE entity = ? AND v = ?`)
	if err != nil {
		return err
	}
	defer move.Close()
	for _, row := range rows {
		if _, err := move.ExecContext(ctx, segment, row.id, row.v); err != nil {
			return err
		}
	}
	return nil
}

// clean removes files that are no segments any more, or never became one.
func (x *index) clean(ctx context.Context, r *Registry) error {
	live, err := r.segments(ctx)
	if err != nil {
		return err
	}
	files, err := os.ReadDir(filepath.Join(r.dir, "index"))
	if err != nil {
		return fmt.Errorf("clean search index: %w", err)
	}
	for _, f := range files {
		if !slices.Contains(live, f.Name()) {
			if err := os.Remove(filepath.Join(r.dir, "index", f.Name())); err != nil && !errors.Is(err, os.ErrNotExist) {
				return fmt.Errorf("clean search index: %w", err)
			}
		}
	}
	return nil
}

// segments returns the files of the segments, oldest first.
func (r *Registry) segments(ctx context.Context) ([]string, error) {
	rows, err := r.db.QueryContext(ctx, `SELECT file FROM segment ORDER BY id`)
	if err != nil {
		return nil, fmt.Errorf("list segments: %w", err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var f string
		if err := rows.Scan(&f); err != nil {
			return nil, fmt.Errorf("list segments: %w", err)
		}
		out = append(out, f)
	}
	return out, rows.Err()
}

// lockFile takes a lock that ends with the process: how is that of flock(2).
func lockFile(path string, how int) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	for {
		if err = syscall.Flock(int(f.Fd()), how); !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return func() { _ = f.Close() }, nil // which unlocks
}
