package lake

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"veedor/internal/measure/obs"
	"veedor/internal/measure/verdict"
)

// Segments are merged when there are many: each costs every question an open file.
const (
	manySegments = 64
	fullSegment  = 2 << 20 // observations beyond which a segment is left alone
)

// Compaction says what Compact did.
type Compaction struct{ Merged, Into int }

// NeedsCompaction says whether questions would gain from Compact.
func (l *Lake) NeedsCompaction(ctx context.Context) (bool, error) {
	g, err := l.generation(ctx)
	if err != nil {
		return false, err
	}
	live, err := g.live(ctx)
	if err != nil {
		return false, err
	}
	small := 0
	for _, s := range live {
		if s.observations < fullSegment {
			small++
		}
	}
	return small > manySegments, nil
}

// Compact merges small segments into full ones. Answers and exports stay the same. Files that were
// merged are removed an hour later, when no question can still be reading them.
func (l *Lake) Compact(ctx context.Context) (done Compaction, err error) {
	err = l.alone(func() error {
		done, err = l.compact(ctx)
		return err
	})
	return done, err
}

func (l *Lake) compact(ctx context.Context) (Compaction, error) {
	var done Compaction
	for {
		merged := 0
		_, g, err := l.look(ctx)
		if err != nil {
			return done, fmt.Errorf("compact: %w", err)
		}
		live, err := g.live(ctx)
		if err != nil {
			return done, fmt.Errorf("compact: %w", err)
		}
		var group []segment
		var rows int64
		for _, s := range live {
			if s.observations < fullSegment && rows+s.observations <= fullSegment {
				group = append(group, s)
				rows += s.observations
			}
		}
		if len(group) > 1 {
			if err := l.merge(ctx, g, group); err != nil {
				return done, fmt.Errorf("compact: %w", err)
			}
			merged = len(group)
			done.Merged += merged
			done.Into++
		}
		if merged == 0 || len(group) == len(live) {
			return done, g.sweep()
		}
	}
}

// merge writes one segment with the rows of several and lists it in their place.
func (l *Lake) merge(ctx context.Context, g *generation, group []segment) error {
	duck, err := l.engine()
	if err != nil {
		return err
	}
	name := strings.ToLower(rand.Text())
	names := make([]string, len(group))
	verdicts := make([]string, len(group))
	into := segment{name: name, first: group[0].first, last: group[0].last, settled: true}
	for i, s := range group {
		names[i], verdicts[i] = s.name, s.verdicts
		into.first, into.last = min(into.first, s.first), max(into.last, s.last)
		into.settled = into.settled && s.settled
		into.measurements += s.measurements
		into.observations += s.observations
	}
	lists := map[string][2]string{
		"observations": {columns[obs.Observation](), "measurement_uid, observation_idx"},
		"verdicts":     {columns[verdict.Row](), "measurement_uid, layer"},
		"certificates": {columns[obs.Certificate](), "fingerprint"},
	}
	for _, t := range tables {
		path := segmentPath(g.dir, t, name)
		files := names
		if t == "verdicts" {
			files = verdicts
		}
		err := publish(path, func(f *os.File) error {
			text := query("merge", "{{columns}}", lists[t][0], "{{files}}", fileList(g.dir, t, files), "{{order}}", lists[t][1])
			if t == "certificates" {
				text = "SELECT DISTINCT ON (fingerprint) * FROM (" + text + ") ORDER BY fingerprint"
			}
			_, err := duck.ExecContext(ctx, "COPY ("+text+") TO "+quote(f.Name())+fmt.Sprintf(" (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE %d)", rowGroup))
			return err
		})
		if err != nil {
			return err
		}
		if st, err := os.Stat(path); err == nil {
			into.bytes += st.Size()
		}
		// Where one of them is missing there is none of the merged segment.
		if err := mergeRows(ctx, g.dir, t, name, files, l.index.unpack); err != nil && !missing(err) {
			return fmt.Errorf("merge rows: %w", err)
		}
	}
	return g.replace(ctx, group, into)
}

// replace lists a merged segment and retires those it was made of, in one transaction.
func (g *generation) replace(ctx context.Context, group []segment, into segment) error {
	tx, err := g.catalog.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // does nothing after Commit
	res, err := tx.ExecContext(ctx, `INSERT INTO segments (name, verdicts, first, last, settled, measurements, observations, bytes) VALUES (?1, ?1, ?, ?, ?, ?, ?, ?)`,
		into.name, into.first, into.last, into.settled, into.measurements, into.observations, into.bytes)
	if err != nil {
		return err
	}
	id, err := res.LastInsertId()
	if err != nil {
		return err
	}
	for _, s := range group {
		res, err := tx.ExecContext(ctx, `UPDATE segments SET merged_into = ?, retired = ? WHERE id = ? AND retired IS NULL`, id, time.Now().Unix(), s.id)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n != 1 {
			return errors.Join(err, fmt.Errorf("segment %s was merged by another process", s.name))
		}
	}
	return tx.Commit()
}
