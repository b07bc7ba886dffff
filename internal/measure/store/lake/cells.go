package lake

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"veedor/internal/measure/verdict"
)

// cellsFolder holds a file a day; each is named after what it was made of, so that a day is counted
// anew when its verdicts or the thresholds of evidence changed, and only then.
const (
	cellsFolder = "cells"
	cellFormat  = "2 " // of the day files; another number, and they are counted anew
)

// Cells implements store.Store.
func (l *Lake) Cells(ctx context.Context, e verdict.Scale, cc string, from, to time.Time, f func(verdict.Series, []verdict.Cell) error) error {
	first, last := floorDay(from.Unix()), floorDay(to.Unix())
	files, err := l.countCells(ctx, e, first, last, false)
	if errors.Is(err, errUncounted) { // only then need it be waited for that others have done with the segments
		err = l.alone(func() (err error) {
			files, err = l.countCells(ctx, e, first, last, true)
			return err
		})
	}
	if err != nil {
		return fmt.Errorf("count cells: %w", err)
	}
	if err := readCells(ctx, files, cc, verdict.HourOf(from), verdict.HourOf(to.Add(time.Hour-1)), f); err != nil {
		return fmt.Errorf("read cells: %w", err)
	}
	return nil
}

// Example implements store.Store.
func (l *Lake) Example(ctx context.Context, k verdict.Series, hour time.Time) (string, error) {
	duck, _, err := l.look(ctx)
	if err != nil {
		return "", fmt.Errorf("find example: %w", err)
	}
	var uid sql.NullString
	err = duck.QueryRowContext(ctx, query("example"), k.CC, int64(k.ASN), k.Target, string(k.Layer), hour.UTC().Format(time.DateTime)).Scan(&uid)
	if err != nil {
		return "", fmt.Errorf("find example: %w", err)
	}
	return uid.String, nil
}

// errUncounted says that the file of a day is not there.
var errUncounted = errors.New("cells not counted yet")

// countCells returns the files of some days, earliest first. Those that are not there are made, or errUncounted is returned.
func (l *Lake) countCells(ctx context.Context, e verdict.Scale, first, last int64, count bool) ([]string, error) {
	duck, g, err := l.look(ctx)
	if err != nil {
		return nil, err
	}
	live, err := g.live(ctx)
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(g.dir, cellsFolder)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	rules := ruleValues(e)
	days := map[int64][]string{} // names of verdict files by day
	for _, s := range live {
		for d := floorDay(s.first); d <= floorDay(s.last); d++ {
			days[d] = append(days[d], s.verdicts)
		}
	}
	keep := map[string]bool{}
	var out []string
	for d, names := range days {
		slices.Sort(names)
		sum := sha256.Sum256([]byte(cellFormat + rules + strings.Join(names, " ")))
		name := fmt.Sprintf("%s-%x.parquet", time.Unix(d*86400, 0).UTC().Format(time.DateOnly), sum[:8])
		keep[name] = true
		if d < first || d > last {
			continue
		}
		path := filepath.Join(dir, name)
		out = append(out, path)
		if _, err := os.Stat(path); err == nil {
			continue
		}
		if !count {
			return nil, errUncounted
		}
		from := time.Unix(d*86400, 0).UTC()
		err := publish(path, func(f *os.File) error {
			text := query("cells", "{{files}}", fileList(g.dir, "verdicts", names), "{{rules}}", rules,
				"$1", quote(from.Format(time.DateTime)), "$2", quote(from.AddDate(0, 0, 1).Format(time.DateTime))) // COPY takes no parameters
			_, err := duck.ExecContext(ctx, "COPY ("+text+" ORDER BY probe_cc, probe_asn, target, layer, resolver, hour) TO "+quote(f.Name())+" (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 16384)")
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	slices.Sort(out)
	if !count {
		return out, nil
	}
	return out, dropOthers(dir, keep)
}

// dropOthers removes day files that were made of other verdicts, an hour after they were written: a
// reader may have listed them just now.
func dropOthers(dir string, keep map[string]bool) error {
	files, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, f := range files {
		info, err := f.Info()
		if keep[f.Name()] || err != nil || time.Since(info.ModTime()) < grace {
			continue
		}
		if err := os.Remove(filepath.Join(dir, f.Name())); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}

// ruleValues writes what each rule's firing adds to the evidence of a cell as SQL values.
func ruleValues(e verdict.Scale) string {
	var b strings.Builder
	for i, r := range verdict.Rules() {
		full, partial := e.Vote(r.Likelihood)
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString("(" + quote(r.ID) + ", " + strconv.FormatFloat(full, 'g', 8, 64) + "::DOUBLE, " + strconv.FormatFloat(partial, 'g', 8, 64) + "::DOUBLE)")
	}
	return b.String()
}

func floorDay(unix int64) int64 {
	if unix < 0 {
		unix -= 86399
	}
	return unix / 86400
}

// Volumes implements store.Store.
func (l *Lake) Volumes(ctx context.Context) ([]verdict.Volume, error) {
	x, err := l.heads(ctx)
	if err != nil {
		return nil, fmt.Errorf("count volumes: %w", err)
	}
	if x != nil {
		defer x.mu.RUnlock()
		return x.volume(), nil
	}
	duck, _, err := l.look(ctx)
	if err != nil {
		return nil, fmt.Errorf("count volumes: %w", err)
	}
	rows, err := duck.QueryContext(ctx, query("volumes"))
	if err != nil {
		return nil, fmt.Errorf("count volumes: %w", err)
	}
	defer rows.Close()
	var b verdict.VolumeBuilder
	for rows.Next() {
		var cc string
		var asn uint32
		var hour int64
		var n int32
		if err := rows.Scan(&cc, &asn, &hour, &n); err != nil {
			return nil, fmt.Errorf("count volumes: %w", err)
		}
		b.Add(cc, asn, hour, n)
	}
	return b.Volumes(), rows.Err()
}
