package lake

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/klauspost/compress/zstd"
)

// Beside each Parquet file of a segment lies a file with the same rows once more, in small blocks, from which those of one
// measurement are read without unpacking those of thousands. It is derived; where it is missing or damaged the engine reads
// the Parquet file. docs/format/lake.md describes it.
const (
	rowsMagic  = "veedorR1"
	rowsHeader = 40
	mostBlock  = 64 << 20 // bytes of a block, packed
)

// blockKeys returns how many measurements (of certificates: certificates) stand in a block: more take up less room and
// longer to unpack. A list needs a block of verdicts for each of its lines.
func blockKeys(table string) int {
	if table == "verdicts" {
		return 16
	}
	return 32
}

func rowsPath(dir, table, name string) string {
	return strings.TrimSuffix(segmentPath(dir, table, name), ".parquet") + ".rows"
}

// rowsWriter makes one file of rows, which are given to it in the order of their keys.
type rowsWriter struct {
	most   int    // keys in a block
	row    []byte // of rowCode.put
	out    *bufio.Writer
	pack   *zstd.Encoder
	at     uint64
	blocks []uint64 // where each begins
	block  []byte   // its rows, not packed yet
	first  string   // its first key
	last   string   // the latest key
	keys   int      // in the block
	packed []byte
}

// writeRowFile makes the file of rows of a table, with what fill puts into it.
func writeRowFile(dir, table, name string, fill func(*rowsWriter) error) error {
	pack, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest))
	if err != nil {
		return err
	}
	defer pack.Close()
	return publish(rowsPath(dir, table, name), func(f *os.File) error {
		w := rowsWriter{most: blockKeys(table), out: bufio.NewWriterSize(f, 1<<18), pack: pack}
		if err := errors.Join(w.write(make([]byte, rowsHeader)), fill(&w), w.flush()); err != nil {
			return err
		}
		le := binary.LittleEndian
		sum := schemaSum()
		header := append([]byte(rowsMagic), sum[:]...)
		header = le.AppendUint64(header, uint64(w.most))
		header = le.AppendUint64(header, uint64(len(w.blocks)))
		header = le.AppendUint64(header, w.at)
		var table []byte
		for _, at := range append(w.blocks, w.at) {
			table = le.AppendUint64(table, at)
		}
		if err := errors.Join(w.write(table), w.out.Flush()); err != nil {
			return err
		}
		_, err := f.WriteAt(header, 0)
		return err
	})
}

func (w *rowsWriter) write(b []byte) error {
	n, err := w.out.Write(b)
	w.at += uint64(n)
	return err
}

// add takes one row, of a key not before the last.
func (w *rowsWriter) add(key string, row []byte) error {
	if w.keys == 0 || key != w.last {
		if w.keys == w.most {
			if err := w.flush(); err != nil {
				return err
			}
		}
		w.last = strings.Clone(key)
		if w.keys++; w.keys == 1 {
			w.first = w.last
		}
	}
	w.block = append(binary.AppendUvarint(w.block, uint64(len(row))), row...)
	return nil
}

// flush writes the block: its first key as it is, then its rows, packed.
func (w *rowsWriter) flush() error {
	if w.keys == 0 {
		return nil
	}
	w.blocks = append(w.blocks, w.at)
	w.packed = w.pack.EncodeAll(w.block, appendText(w.packed[:0], w.first))
	w.block, w.keys = w.block[:0], 0
	return w.write(w.packed)
}

// writeRowsOf makes the file of rows that belongs to a table of a segment.
func writeRowsOf[T any](c rowCode[T], dir, table, name string, rows []T, order []int32) error {
	err := writeRowFile(dir, table, name, func(w *rowsWriter) error {
		for _, i := range order {
			if err := c.put(w, &rows[i]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("write rows of %s: %w", name, err)
	}
	return nil
}

// rowFile is a file of rows, open to be read.
type rowFile struct {
	in            *os.File
	keys          int // in a block
	blocks, table int64
	unpack        *zstd.Decoder
}

// openRows opens a file of rows; errRows where it is damaged or of other columns.
func openRows(dir, table, name string, unpack *zstd.Decoder) (*rowFile, error) {
	f, err := os.Open(rowsPath(dir, table, name))
	if err != nil {
		return nil, err
	}
	var b [rowsHeader]byte
	info, err := f.Stat()
	if err == nil {
		_, err = f.ReadAt(b[:], 0)
	}
	le := binary.LittleEndian
	r := &rowFile{in: f, keys: int(le.Uint64(b[16:])), blocks: int64(le.Uint64(b[24:])), table: int64(le.Uint64(b[32:])), unpack: unpack}
	if err != nil || string(b[:8]) != rowsMagic || [8]byte(b[8:]) != schemaSum() || r.keys < 1 || r.table < rowsHeader || r.blocks < 0 || r.blocks > info.Size() || r.table > info.Size() ||
		info.Size() != r.table+8*(r.blocks+1) {
		return nil, errors.Join(errRows, f.Close())
	}
	return r, nil
}

func (r *rowFile) close() error { return r.in.Close() }

// span returns where a block begins and ends.
func (r *rowFile) span(n int64) (from, to int64, err error) {
	var b [16]byte
	if n < 0 || n >= r.blocks {
		return 0, 0, errRows
	}
	if _, err := r.in.ReadAt(b[:], r.table+8*n); err != nil {
		return 0, 0, err
	}
	from, to = int64(binary.LittleEndian.Uint64(b[:])), int64(binary.LittleEndian.Uint64(b[8:]))
	if from < rowsHeader || from >= to || to > r.table || to-from > mostBlock {
		return 0, 0, errRows
	}
	return from, to, nil
}

// firstKey returns the first key of a block.
func (r *rowFile) firstKey(n int64) (string, error) {
	from, to, err := r.span(n)
	if err != nil {
		return "", err
	}
	b := make([]byte, min(to-from, 192))
	if _, err := r.in.ReadAt(b, from); err != nil {
		return "", err
	}
	length, k := binary.Uvarint(b)
	if k <= 0 || length > uint64(to-from)-uint64(k) {
		return "", errRows
	}
	if rest := k + int(length) - len(b); rest > 0 {
		more := make([]byte, rest)
		if _, err := r.in.ReadAt(more, from+int64(len(b))); err != nil {
			return "", err
		}
		b = append(b, more...)
	}
	return string(b[k : k+int(length)]), nil
}

// block returns the rows of a block.
func (r *rowFile) block(n int64) ([][]byte, error) {
	from, to, err := r.span(n)
	if err != nil {
		return nil, err
	}
	b := make([]byte, to-from)
	if _, err := r.in.ReadAt(b, from); err != nil {
		return nil, err
	}
	length, k := binary.Uvarint(b)
	if k <= 0 || length > uint64(len(b)-k) {
		return nil, errRows
	}
	lines, err := r.unpack.DecodeAll(b[k+int(length):], nil)
	if err != nil {
		return nil, errors.Join(errRows, err)
	}
	var out [][]byte
	for len(lines) > 0 {
		size, k := binary.Uvarint(lines)
		if k <= 0 || size > uint64(len(lines)-k) {
			return nil, errRows
		}
		out = append(out, lines[k:k+int(size):k+int(size)])
		lines = lines[k+int(size):]
	}
	return out, nil
}

// rowKey returns the key of a row: its first field, which is never empty.
func rowKey(row []byte) []byte {
	if len(row) < 2 || row[0] != 1 {
		return nil
	}
	n, k := binary.Uvarint(row[1:])
	if k <= 0 || n > uint64(len(row)-1-k) {
		return nil
	}
	return row[1+k : 1+k+int(n)]
}

// of returns the rows that have a key.
func (r *rowFile) of(key string) ([][]byte, error) {
	low, high := int64(0), r.blocks // the last block whose first key is not after key lies in [low-1, high)
	for low < high {
		mid := (low + high) / 2
		first, err := r.firstKey(mid)
		if err != nil {
			return nil, err
		}
		if first <= key {
			low = mid + 1
		} else {
			high = mid
		}
	}
	if low == 0 {
		return nil, nil
	}
	rows, err := r.block(low - 1)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(rows, func(row []byte) bool { return string(rowKey(row)) != key }), nil
}

// rowsOf returns the rows of a table that have a key, out of its file of rows.
func rowsOf[T any](c rowCode[T], dir, table, name, key string, unpack *zstd.Decoder) (out []T, err error) {
	r, err := openRows(dir, table, name, unpack)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.close()) }()
	rows, err := r.of(key)
	if err != nil {
		return nil, err
	}
	out = make([]T, len(rows))
	for i := range rows {
		if err := c.read(rows[i], &out[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// rowCursor goes through a file of rows.
type rowCursor struct {
	file *rowFile
	next int64
	rows [][]byte // what is left of the block
}

// row returns the row it stands at; nil at the end.
func (c *rowCursor) row() ([]byte, error) {
	for len(c.rows) == 0 {
		if c.next == c.file.blocks {
			return nil, nil
		}
		var err error
		if c.rows, err = c.file.block(c.next); err != nil {
			return nil, err
		}
		c.next++
	}
	return c.rows[0], nil
}

// mergeRows makes one file of rows of a table out of several. Of certificates, which may stand in each, the first is taken.
func mergeRows(ctx context.Context, dir, table, name string, from []string, unpack *zstd.Decoder) (err error) {
	var all []*rowCursor
	defer func() {
		for _, c := range all {
			err = errors.Join(err, c.file.close())
		}
	}()
	for _, n := range from {
		f, err := openRows(dir, table, n, unpack)
		if err != nil {
			return err
		}
		all = append(all, &rowCursor{file: f})
	}
	return writeRowFile(dir, table, name, func(w *rowsWriter) error {
		for n := 0; ; n++ {
			var least *rowCursor
			var key string
			for _, c := range all {
				row, err := c.row()
				if err != nil {
					return err
				}
				if k := string(rowKey(row)); row != nil && (least == nil || k < key) {
					least, key = c, k
				}
			}
			if least == nil {
				return ctx.Err()
			}
			if n%1024 == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			// All of this key stand together.
			for {
				row, err := least.row()
				if err != nil {
					return err
				}
				if row == nil || string(rowKey(row)) != key {
					break
				}
				if table != "certificates" || w.last != key {
					if err := w.add(key, row); err != nil {
						return err
					}
				}
				least.rows = least.rows[1:]
			}
		}
	})
}

// missing says whether an error means that a file of rows is not there or of no use.
func missing(err error) bool {
	return errors.Is(err, os.ErrNotExist) || errors.Is(err, errRows) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF)
}
