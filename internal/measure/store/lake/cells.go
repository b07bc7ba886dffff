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
const cellsFolder = "cells"

// Cells implements store.Store.
func (l *Lake) Cells(ctx context.Context, e verdict.Scale, from, to time.Time, f func(verdict.Series, []verdict.Cell) error) error {
	var files []string
	err := l.alone(func() (err error) {
		files, err = l.countCells(ctx, e)
		return err
	})
	if err != nil {
		return fmt.Errorf("count cells: %w", err)
	}
	if len(files) == 0 {
		return nil
	}
	duck, err := l.engine()
	if err != nil {
		return err
	}
	rows, err := duck.QueryContext(ctx, query("read_cells", "{{files}}", "["+strings.Join(files, ", ")+"]"), verdict.HourOf(from), verdict.HourOf(to.Add(time.Hour-1)))
	if err != nil {
		return fmt.Errorf("read cells: %w", err)
	}
	defer rows.Close()
	var last verdict.Series
	var cells []verdict.Cell
	for rows.Next() {
		k, c, err := scanCell(rows)
		if err != nil {
			return fmt.Errorf("read cells: %w", err)
		}
		if k != last && len(cells) > 0 {
			if err := f(last, cells); err != nil {
				return err
			}
			cells = cells[:0]
		}
		last = k
		cells = append(cells, c)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read cells: %w", err)
	}
	if len(cells) > 0 {
		return f(last, cells)
	}
	return nil
}

func scanCell(rows *sql.Rows) (k verdict.Series, c verdict.Cell, err error) {
	var layer string
	var set, witness sql.NullString
	var met, rules any
	err = rows.Scan(&k.CC, &k.ASN, &k.Target, &layer, &k.Resolver, &c.Hour, &c.N, &c.Voters, &c.Blocked, &c.Down, &c.Full, &c.Partial, &met, &set, &witness, &rules)
	if err != nil {
		return k, c, err
	}
	k.Layer, c.RuleSet, c.Witness = verdict.Layer(layer), set.String, witness.String
	if list, ok := met.([]any); ok {
		for _, v := range list[:min(len(list), verdict.MostMet)] {
			if s, ok := v.(string); ok {
				c.Met = append(c.Met, verdict.Hash(s))
			}
		}
	}
	if list, ok := rules.([]any); ok {
		for _, v := range list {
			m, ok := v.(map[string]any)
			if !ok {
				continue
			}
			rule, _ := m["rule"].(string)
			n, _ := m["n"].(int32)
			c.Rules = append(c.Rules, verdict.RuleCount{Rule: rule, N: n})
		}
	}
	return k, c, nil
}

// countCells brings the day files up to date and returns them, quoted.
func (l *Lake) countCells(ctx context.Context, e verdict.Scale) ([]string, error) {
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
		sum := sha256.Sum256([]byte(rules + strings.Join(names, " ")))
		name := fmt.Sprintf("%s-%x.parquet", time.Unix(d*86400, 0).UTC().Format(time.DateOnly), sum[:8])
		keep[name] = true
		path := filepath.Join(dir, name)
		out = append(out, quote(path))
		if _, err := os.Stat(path); err == nil {
			continue
		}
		from := time.Unix(d*86400, 0).UTC()
		err := publish(path, func(f *os.File) error {
			text := query("cells", "{{files}}", fileList(g.dir, "verdicts", names), "{{rules}}", rules,
				"$1", quote(from.Format(time.DateTime)), "$2", quote(from.AddDate(0, 0, 1).Format(time.DateTime))) // COPY takes no parameters
			_, err := duck.ExecContext(ctx, "COPY ("+text+" ORDER BY probe_cc, probe_asn, target, layer, resolver, hour) TO "+quote(f.Name())+" (FORMAT parquet, COMPRESSION zstd)")
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	slices.Sort(out)
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
