package lake

import (
	"bufio"
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"

	"veedor/internal/measure/obs"
	"veedor/internal/measure/store"
	"veedor/internal/measure/verdict"
)

// errRaced says that another process stored one of the measurements between look-up and commit.
var errRaced = errors.New("raced")

// append stores a batch: files first, then one transaction that makes them part of the lake.
func (g *generation) append(ctx context.Context, b store.Batch) error {
	if err := g.fresh(ctx); err != nil {
		return err
	}
	for {
		p, err := g.choose(ctx, b)
		if err != nil {
			return err
		}
		if err := g.commit(ctx, p); !errors.Is(err, errRaced) {
			return err
		}
	}
}

// choice is what of a batch is to be stored. Rows are wide, so they stay where they are: what is
// sorted and filtered is where they stand.
type choice struct {
	store.Batch
	uids                   []string
	observations, verdicts []int32
}

// span returns the Unix seconds of the earliest and latest start.
func (c *choice) span() (first, last int64) {
	for n, i := range c.verdicts {
		t := c.Verdicts[i].StartTime.Unix()
		if n == 0 {
			first, last = t, t
		}
		first, last = min(first, t), max(last, t)
	}
	return first, last
}

// choose leaves out of a batch what is stored already or stands twice in it, and puts the rest in order.
func (g *generation) choose(ctx context.Context, b store.Batch) (choice, error) {
	c := choice{Batch: b}
	all := make(map[string]bool, len(b.Verdicts)/4)
	for i := range b.Verdicts {
		if uid := b.Verdicts[i].MeasurementUID; !all[uid] {
			all[uid] = true
			c.uids = append(c.uids, uid)
		}
	}
	known, err := g.known(ctx, c.uids)
	if err != nil {
		return c, err
	}
	fresh := c.uids[:0]
	for i, uid := range c.uids {
		if known[i] {
			delete(all, uid)
		} else {
			fresh = append(fresh, uid)
		}
	}
	if c.uids = fresh; len(fresh) == 0 {
		return c, nil
	}
	c.verdicts = arrange(b.Verdicts, func(r *verdict.Row) bool { return all[r.MeasurementUID] }, func(x, y *verdict.Row) int {
		return cmp.Or(strings.Compare(x.MeasurementUID, y.MeasurementUID), strings.Compare(string(x.Layer), string(y.Layer)))
	})
	c.observations = arrange(b.Observations, func(o *obs.Observation) bool { return all[o.MeasurementUID] }, func(x, y *obs.Observation) int {
		return cmp.Or(strings.Compare(x.MeasurementUID, y.MeasurementUID), cmp.Compare(x.ObservationIdx, y.ObservationIdx))
	})
	c.Certificates = dedupeCertificates(b.Certificates)
	return c, nil
}

// arrange returns where the rows that keep accepts stand, in order, each once.
func arrange[T any](rows []T, keep func(*T) bool, compare func(x, y *T) int) []int32 {
	order := make([]int32, 0, len(rows))
	for i := range rows {
		if keep(&rows[i]) {
			order = append(order, int32(i))
		}
	}
	at := func(x, y int32) int { return compare(&rows[x], &rows[y]) }
	slices.SortStableFunc(order, at)
	return slices.CompactFunc(order, func(x, y int32) bool { return at(x, y) == 0 })
}

func dedupeCertificates(in []obs.Certificate) []obs.Certificate {
	out := slices.Clone(in)
	slices.SortFunc(out, func(x, y obs.Certificate) int { return strings.Compare(x.Fingerprint, y.Fingerprint) })
	return slices.CompactFunc(out, func(x, y obs.Certificate) bool { return x.Fingerprint == y.Fingerprint })
}

// commit writes the files of a batch and lists them.
func (g *generation) commit(ctx context.Context, c choice) error {
	name := ""
	if len(c.uids) > 0 {
		name = strings.ToLower(rand.Text())
		w := g.writer()
		err := writeSegment(w, g.dir, name, c)
		g.release(w)
		if err != nil {
			return err
		}
	}
	err := g.list(ctx, c, name)
	if err != nil && name != "" {
		for _, t := range tables {
			_ = os.Remove(segmentPath(g.dir, t, name)) // else sweep does it
			_ = os.Remove(rowsPath(g.dir, t, name))
		}
	}
	return err
}

func (g *generation) list(ctx context.Context, c choice, name string) error {
	tx, err := g.catalog.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // does nothing after Commit
	if name != "" {
		known, err := knownIn(ctx, tx, c.uids)
		if err != nil {
			return err
		}
		if slices.Contains(known, true) {
			return errRaced
		}
		var bytes int64
		for _, t := range tables {
			if st, err := os.Stat(segmentPath(g.dir, t, name)); err == nil {
				bytes += st.Size()
			}
		}
		first, last := c.span()
		res, err := tx.ExecContext(ctx, `INSERT INTO segments (name, verdicts, first, last, measurements, observations, bytes) VALUES (?1, ?1, ?, ?, ?, ?, ?)`,
			name, first, last, len(c.uids), len(c.observations), bytes)
		if err != nil {
			return fmt.Errorf("list segment: %w", err)
		}
		id, err := res.LastInsertId()
		if err != nil {
			return err
		}
		insert, err := tx.PrepareContext(ctx, `INSERT INTO uids VALUES (?, ?)`)
		if err != nil {
			return err
		}
		defer insert.Close()
		keys := make([][]byte, len(c.uids))
		for i, uid := range c.uids {
			keys[i] = key(uid)
		}
		slices.SortFunc(keys, func(x, y []byte) int { return strings.Compare(string(x), string(y)) }) // in the tree's order
		for _, k := range keys {
			if _, err := insert.ExecContext(ctx, k, id); err != nil {
				return fmt.Errorf("list measurement: %w", err)
			}
		}
	}
	for _, r := range c.Rejected {
		if _, err := tx.ExecContext(ctx, `INSERT OR IGNORE INTO rejected VALUES (?, ?, ?, ?)`, r.Hash, r.Source, r.Line, r.Reason); err != nil {
			return fmt.Errorf("list rejected line: %w", err)
		}
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

func segmentPath(dir, table, name string) string { return filepath.Join(dir, table, name+".parquet") }

// segmentWriter holds the three Parquet writers, whose buffers are worth keeping.
type segmentWriter struct {
	observations *parquet.GenericWriter[obs.Observation]
	verdicts     *parquet.GenericWriter[verdict.Row]
	certificates *parquet.GenericWriter[obs.Certificate]
}

// rowGroup is how many rows stand together in a file: to read one row, a group is unpacked.
const rowGroup = 1 << 14

func newSegmentWriter() *segmentWriter {
	options := []parquet.WriterOption{
		parquet.Compression(&zstd.Codec{Level: zstd.SpeedFastest, Concurrency: 1}),
		parquet.CreatedBy("veedor", "1", ""),
		parquet.MaxRowsPerRowGroup(rowGroup),
	}
	return &segmentWriter{
		parquet.NewGenericWriter[obs.Observation](io.Discard, options...),
		parquet.NewGenericWriter[verdict.Row](io.Discard, options...),
		parquet.NewGenericWriter[obs.Certificate](io.Discard, options...),
	}
}

func (g *generation) writer() *segmentWriter {
	select {
	case w := <-g.writers:
		return w
	default:
		return newSegmentWriter()
	}
}

func (g *generation) release(w *segmentWriter) {
	select {
	case g.writers <- w:
	default:
	}
}

// writeSegment writes and syncs the files of a segment: three tables, and their rows in small blocks.
func writeSegment(w *segmentWriter, dir, name string, c choice) error {
	certificates := make([]int32, len(c.Certificates))
	for i := range certificates {
		certificates[i] = int32(i)
	}
	return errors.Join(
		writeTable(w.observations, segmentPath(dir, "observations", name), c.Observations, c.observations),
		writeTable(w.verdicts, segmentPath(dir, "verdicts", name), c.Verdicts, c.verdicts),
		writeTable(w.certificates, segmentPath(dir, "certificates", name), c.Certificates, certificates),
		writeRowsOf(observationCode(), dir, "observations", name, c.Observations, c.observations),
		writeRowsOf(verdictCode(), dir, "verdicts", name, c.Verdicts, c.verdicts),
		writeRowsOf(certificateCode(), dir, "certificates", name, c.Certificates, certificates),
	)
}

func writeTable[T any](w *parquet.GenericWriter[T], path string, rows []T, order []int32) error {
	err := publish(path, func(f *os.File) error {
		buffered := bufio.NewWriterSize(f, 1<<20)
		w.Reset(buffered)
		chunk := make([]T, 0, 256)
		for len(order) > 0 {
			n := min(len(order), cap(chunk))
			chunk = chunk[:0]
			for _, i := range order[:n] {
				chunk = append(chunk, rows[i])
			}
			if err := writeRows(w, chunk); err != nil {
				return err
			}
			order = order[n:]
		}
		if err := w.Close(); err != nil {
			return err
		}
		return buffered.Flush()
	})
	if err != nil {
		return fmt.Errorf("write segment %s: %w", filepath.Base(path), err)
	}
	return nil
}
