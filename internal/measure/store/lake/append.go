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
		b, uids, err := g.unknown(ctx, b)
		if err != nil {
			return err
		}
		if err := g.commit(ctx, b, uids); !errors.Is(err, errRaced) {
			return err
		}
	}
}

// unknown leaves out of a batch what is stored already or stands twice in it, and sorts the rest.
func (g *generation) unknown(ctx context.Context, b store.Batch) (store.Batch, []string, error) {
	var uids []string
	verdicts := slices.Clone(b.Verdicts)
	slices.SortStableFunc(verdicts, func(x, y verdict.Row) int {
		return cmp.Or(strings.Compare(x.MeasurementUID, y.MeasurementUID), strings.Compare(string(x.Layer), string(y.Layer)))
	})
	for i := range verdicts {
		if i == 0 || verdicts[i].MeasurementUID != verdicts[i-1].MeasurementUID {
			uids = append(uids, verdicts[i].MeasurementUID)
		}
	}
	known, err := g.known(ctx, uids)
	if err != nil {
		return b, nil, err
	}
	fresh := make(map[string]bool, len(uids))
	keep := uids[:0]
	for i, uid := range uids {
		if !known[i] {
			fresh[uid] = true
			keep = append(keep, uid)
		}
	}
	out := store.Batch{Certificates: dedupeCertificates(b.Certificates), Rejected: b.Rejected}
	out.Verdicts = slices.DeleteFunc(verdicts, func(r verdict.Row) bool { return !fresh[r.MeasurementUID] })
	out.Verdicts = slices.CompactFunc(out.Verdicts, func(x, y verdict.Row) bool { return x.MeasurementUID == y.MeasurementUID && x.Layer == y.Layer })
	// Rows are wide: what is sorted and filtered is where they stand.
	order := make([]int32, 0, len(b.Observations))
	for i := range b.Observations {
		if fresh[b.Observations[i].MeasurementUID] {
			order = append(order, int32(i))
		}
	}
	compare := func(x, y int32) int {
		a, c := &b.Observations[x], &b.Observations[y]
		if n := strings.Compare(a.MeasurementUID, c.MeasurementUID); n != 0 {
			return n
		}
		return int(a.ObservationIdx) - int(c.ObservationIdx)
	}
	slices.SortStableFunc(order, compare)
	order = slices.CompactFunc(order, func(x, y int32) bool { return compare(x, y) == 0 })
	out.Observations = make([]obs.Observation, len(order))
	for i, n := range order {
		out.Observations[i] = b.Observations[n]
	}
	if len(keep) == 0 {
		out.Observations, out.Certificates = nil, nil
	}
	return out, keep, nil
}

func dedupeCertificates(in []obs.Certificate) []obs.Certificate {
	out := slices.Clone(in)
	slices.SortFunc(out, func(x, y obs.Certificate) int { return strings.Compare(x.Fingerprint, y.Fingerprint) })
	return slices.CompactFunc(out, func(x, y obs.Certificate) bool { return x.Fingerprint == y.Fingerprint })
}

// commit writes the files of a batch and lists them.
func (g *generation) commit(ctx context.Context, b store.Batch, uids []string) error {
	name := ""
	if len(uids) > 0 {
		name = strings.ToLower(rand.Text())
		w := g.writer()
		err := writeSegment(w, g.dir, name, b)
		g.release(w)
		if err != nil {
			return err
		}
	}
	err := g.list(ctx, b, uids, name)
	if err != nil && name != "" {
		for _, t := range tables {
			_ = os.Remove(segmentPath(g.dir, t, name)) // else sweep does it
		}
	}
	return err
}

func (g *generation) list(ctx context.Context, b store.Batch, uids []string, name string) error {
	tx, err := g.catalog.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // does nothing after Commit
	if name != "" {
		known, err := knownIn(ctx, tx, uids)
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
		res, err := tx.ExecContext(ctx, `INSERT INTO segments (name, measurements, observations, bytes) VALUES (?, ?, ?, ?)`, name, len(uids), len(b.Observations), bytes)
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
		keys := make([][]byte, len(uids))
		for i, uid := range uids {
			keys[i] = key(uid)
		}
		slices.SortFunc(keys, func(x, y []byte) int { return strings.Compare(string(x), string(y)) }) // in the tree's order
		for _, k := range keys {
			if _, err := insert.ExecContext(ctx, k, id); err != nil {
				return fmt.Errorf("list measurement: %w", err)
			}
		}
	}
	for _, r := range b.Rejected {
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

func newSegmentWriter() *segmentWriter {
	options := []parquet.WriterOption{
		parquet.Compression(&zstd.Codec{Level: zstd.SpeedFastest, Concurrency: 1}),
		parquet.CreatedBy("veedor", "1", ""),
		parquet.MaxRowsPerRowGroup(1 << 17),
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

// writeSegment writes and syncs the three files of a segment.
func writeSegment(w *segmentWriter, dir, name string, b store.Batch) error {
	return errors.Join(
		writeTable(w.observations, segmentPath(dir, "observations", name), b.Observations),
		writeTable(w.verdicts, segmentPath(dir, "verdicts", name), b.Verdicts),
		writeTable(w.certificates, segmentPath(dir, "certificates", name), b.Certificates),
	)
}

func writeTable[T any](w *parquet.GenericWriter[T], path string, rows []T) error {
	err := publish(path, func(f *os.File) error {
		buffered := bufio.NewWriterSize(f, 1<<20)
		w.Reset(buffered)
		if _, err := w.Write(rows); err != nil {
			return err
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
