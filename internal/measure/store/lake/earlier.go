package lake

import (
	"context"
	"fmt"
	"time"

	"veedor/internal/measure/store"
	"veedor/internal/measure/verdict"
)

// mostEarlier is how many files of earlier verdicts are looked into for one measurement, the latest.
const mostEarlier = 24

// earlier returns what was said of a measurement before now, earliest first.
func (l *Lake) earlier(ctx context.Context, g *generation, uid string, now verdict.Row) ([]store.Earlier, error) {
	files, err := g.supersededOf(ctx, uid)
	if err != nil {
		return nil, err
	}
	var out []store.Earlier
	for _, f := range files[max(0, len(files)-mostEarlier):] {
		rows, err := rowsOf(verdictCode(), g.dir, "verdicts", f.name, uid, l.index.unpack)
		if missing(err) {
			rows, err = l.verdictsOf(ctx, segmentPath(g.dir, "verdicts", f.name), uid)
		}
		if err != nil {
			return nil, fmt.Errorf("read earlier verdicts: %w", err)
		}
		if len(rows) > 0 && rows[0].Layer == verdict.All {
			out = append(out, store.Earlier{Row: rows[0], Until: time.Unix(f.at, 0).UTC()})
		}
	}
	told := out[:0]
	for i := range out {
		next := &now
		if i+1 < len(out) {
			next = &out[i+1].Row
		}
		if out[i].Differs(next) {
			told = append(told, out[i])
		}
	}
	return told, nil
}

// supersededFile is a file of verdicts in whose place another one was put.
type supersededFile struct {
	name string
	at   int64 // Unix seconds
}

// supersededOf lists those that hold a measurement, in the order in which they were replaced.
func (g *generation) supersededOf(ctx context.Context, uid string) ([]supersededFile, error) {
	rows, err := g.catalog.QueryContext(ctx, `WITH RECURSIVE held (id, into_) AS (
			SELECT id, merged_into FROM segments WHERE id = (SELECT segment FROM uids WHERE key = ?)
			UNION SELECT s.id, s.merged_into FROM segments s JOIN held ON s.id = held.into_)
		SELECT p.verdicts, p.at FROM superseded p JOIN held ON p.segment = held.id ORDER BY p.at, p.segment`, key(uid))
	if err != nil {
		return nil, fmt.Errorf("list earlier verdicts: %w", err)
	}
	defer rows.Close()
	var out []supersededFile
	for rows.Next() {
		var f supersededFile
		if err := rows.Scan(&f.name, &f.at); err != nil {
			return nil, fmt.Errorf("list earlier verdicts: %w", err)
		}
		out = append(out, f)
	}
	return out, rows.Err()
}
