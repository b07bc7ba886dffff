package lake

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"

	"veedor/internal/measure/verdict"
)

// Heads are the verdicts on the whole, one a measurement, in records of one length to count and search; the rows to show are
// read from the file of rows. Each file of verdicts has one file of heads, of the same name, derived from it when it is first
// asked for. docs/format/lake.md describes them.
const (
	headsFolder = "heads"
	headsMagic  = "veedorH2"
	headsHeader = 48
	recordSize  = 52
)

// The flags of a record.
const (
	flagState     = 3 // the lowest two bits, a place in headStates
	flagArtefact  = 1 << 2
	flagInvented  = 1 << 3
	flagInvalid   = 1 << 4
	flagCanonical = 1 << 5 // the UID is made of start, country, test and the 16 bytes of the record
	flagHit       = 1 << 6 // the verdict on a layer is blocked
)

// headStates gives the states their numbers.
func headStates() [4]verdict.State {
	return [4]verdict.State{verdict.OK, verdict.Down, verdict.Blocked, verdict.Insufficient}
}

func headsPath(dir, name string) string { return filepath.Join(dir, headsFolder, name+".heads") }

// headsWriter makes one file of heads.
type headsWriter struct {
	records []byte
	words   []string
	known   map[string]uint32
	ordered bool  // no record started in an earlier second than the one before
	last    int64 // the latest second
	before  int64 // second of the last record
}

// writeHeads makes the heads of a file of verdicts.
func writeHeads(ctx context.Context, dir, name string, unpack *zstd.Decoder) error {
	if err := os.MkdirAll(filepath.Join(dir, headsFolder), 0o755); err != nil {
		return err
	}
	w := headsWriter{known: map[string]uint32{}, ordered: true}
	err := eachHead(ctx, dir, name, unpack, w.add)
	if err == nil {
		err = publish(headsPath(dir, name), func(f *os.File) error {
			_, err := f.Write(w.bytes())
			return err
		})
	}
	if err != nil {
		return fmt.Errorf("write heads of %s: %w", name, err)
	}
	return nil
}

// eachHead calls f with the verdicts on the whole in a file of verdicts, and with whether one on a layer is blocked.
func eachHead(ctx context.Context, dir, name string, unpack *zstd.Decoder, f func(v *verdict.Row, hit bool) error) (err error) {
	code := verdictCode()
	r, err := verdictRows(ctx, dir, name, unpack)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.close()) }()
	state := code.number("state")
	for n := range r.blocks {
		rows, err := r.block(n)
		if err != nil {
			return err
		}
		for len(rows) > 0 {
			of := sameKey(rows)
			var v verdict.Row
			if err := code.read(rows[0], &v); err != nil {
				return err
			}
			hit := false
			for _, row := range rows[1:of] {
				s, err := code.text(row, state)
				if err != nil {
					return err
				}
				hit = hit || string(s) == string(verdict.Blocked)
			}
			if err := errors.Join(f(&v, hit), ctx.Err()); err != nil {
				return err
			}
			rows = rows[of:]
		}
	}
	return nil
}

// verdictRows opens the rows of a file of verdicts, and makes them first if need be.
func verdictRows(ctx context.Context, dir, name string, unpack *zstd.Decoder) (*rowFile, error) {
	r, err := openRows(dir, "verdicts", name, unpack)
	if err == nil || !missing(err) {
		return r, err
	}
	err = writeRowFile(dir, "verdicts", name, func(w *rowsWriter) error {
		return eachRow(ctx, segmentPath(dir, "verdicts", name), func(rows []verdict.Row) error {
			for i := range rows {
				if err := verdictCode().put(w, &rows[i]); err != nil {
					return err
				}
			}
			return nil
		})
	})
	if err != nil {
		return nil, err
	}
	return openRows(dir, "verdicts", name, unpack)
}

// sameKey returns how many rows from the first on have its key.
func sameKey(rows [][]byte) int {
	n := 1
	for key := rowKey(rows[0]); n < len(rows) && bytes.Equal(rowKey(rows[n]), key); {
		n++
	}
	return n
}

// ofKey returns the rows of the i-th key in a block: of a measurement's verdicts, the first is the one on the whole.
func ofKey(rows [][]byte, i int) ([][]byte, error) {
	for ; len(rows) > 0; i-- {
		n := sameKey(rows)
		if i == 0 {
			return rows[:n], nil
		}
		rows = rows[n:]
	}
	return nil, errRows
}

// word returns the number of a text in the file.
func (w *headsWriter) word(s string) uint32 {
	if n, ok := w.known[s]; ok {
		return n
	}
	s = strings.Clone(s) // it is part of a whole row
	n := uint32(len(w.words))
	w.words, w.known[s] = append(w.words, s), n
	return n
}

func (w *headsWriter) add(v *verdict.Row, hit bool) error {
	var flags uint32 = 3
	for i, s := range headStates() {
		if v.State == s {
			flags = uint32(i)
		}
	}
	for _, f := range []struct {
		on   bool
		flag uint32
	}{{v.Artefact, flagArtefact}, {v.Invented, flagInvented}, {v.Invalid != "", flagInvalid}, {hit, flagHit}} {
		if f.on {
			flags |= f.flag
		}
	}
	rest, ok := uidRest(v)
	if ok {
		flags |= flagCanonical
	} else {
		binary.LittleEndian.PutUint32(rest[:], w.word(v.MeasurementUID))
	}
	unix := v.StartTime.Unix()
	if len(w.records) == 0 {
		w.before, w.last = unix, unix
	}
	w.ordered = w.ordered && unix >= w.before
	w.before, w.last = unix, max(w.last, unix)
	le := binary.LittleEndian
	w.records = le.AppendUint64(w.records, uint64(v.StartTime.UnixMicro()))
	for _, s := range []string{networkKey(v.ProbeASN), v.Target, v.ProbeASOrgName, v.ProbeCC, v.Category, v.TestName} {
		w.records = le.AppendUint32(w.records, w.word(s))
	}
	w.records = append(le.AppendUint32(w.records, flags), rest[:]...)
	return nil
}

// uidRest returns what a UID says beside start, country and test: ok unless it is no UID of ours.
func uidRest(v *verdict.Row) (rest [16]byte, ok bool) {
	uid := v.MeasurementUID
	if len(uid) < 32 {
		return rest, false
	}
	n, err := hex.Decode(rest[:], []byte(uid[len(uid)-32:]))
	if err == nil && n == 16 && uidOf(v.StartTime, v.ProbeCC, v.TestName, rest) == uid {
		return rest, true
	}
	return [16]byte{}, false
}

// uidOf puts a UID together.
func uidOf(start time.Time, cc, test string, rest [16]byte) string {
	b := start.AppendFormat(make([]byte, 0, 96), "20060102150405")
	b = append(append(append(b, '_'), cc...), '_')
	for i := range len(test) {
		if test[i] != '_' {
			b = append(b, test[i])
		}
	}
	return string(hex.AppendEncode(append(b, '_'), rest[:]))
}

func networkKey(asn uint32) string { return "AS" + strconv.FormatUint(uint64(asn), 10) }

// bytes returns the file.
func (w *headsWriter) bytes() []byte {
	le := binary.LittleEndian
	ordered := uint64(0)
	if w.ordered {
		ordered = 1
	}
	b := append(make([]byte, 0, headsHeader+len(w.records)), headsMagic...)
	b = le.AppendUint32(b, uint32(len(w.records)/recordSize))
	b = le.AppendUint32(b, uint32(len(w.words)))
	b = le.AppendUint64(b, headsHeader)
	b = le.AppendUint64(b, headsHeader+uint64(len(w.records)))
	b = le.AppendUint64(b, uint64(w.last))
	b = le.AppendUint64(b, ordered)
	b = append(b, w.records...)
	for _, s := range w.words {
		b = append(le.AppendUint32(b, uint32(len(s))), s...)
	}
	return b
}
