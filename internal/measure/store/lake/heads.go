package lake

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
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

// Heads are the verdicts on the whole, one a measurement, as pages ask for them: in records of one length to count and
// search, and as rows in small blocks to show. Each file of verdicts has one file of heads, of the same name, derived from
// it when it is first asked for. docs/format/lake.md describes them.
const (
	headsFolder = "heads"
	headsMagic  = "veedorH1"
	headsHeader = 56
	recordSize  = 52
	blockRows   = 16 // in one block, which is unpacked for any of them
)

// The flags of a record.
const (
	flagState     = 3 // the lowest two bits, a place in headStates
	flagArtefact  = 1 << 2
	flagInvented  = 1 << 3
	flagInvalid   = 1 << 4
	flagCanonical = 1 << 5 // the UID is made of start, country, test and the 16 bytes of the record
)

// headStates gives the states their numbers.
func headStates() [4]verdict.State {
	return [4]verdict.State{verdict.OK, verdict.Down, verdict.Blocked, verdict.Insufficient}
}

func headsPath(dir, name string) string { return filepath.Join(dir, headsFolder, name+".heads") }

// headsWriter makes one file of heads. Records stay in memory until the end; rows go out in blocks.
type headsWriter struct {
	out     *bufio.Writer
	pack    *zstd.Encoder
	at      uint64 // in the file
	blocks  []uint64
	block   []byte // JSON lines not packed yet
	rows    int    // in it
	packed  []byte
	records []byte
	words   []string
	known   map[string]uint32
	ordered bool  // no record started in an earlier second than the one before
	last    int64 // second of the last record
	first   int64
}

// writeHeads makes the heads of a file of verdicts.
func writeHeads(ctx context.Context, dir, name string) error {
	if err := os.MkdirAll(filepath.Join(dir, headsFolder), 0o755); err != nil {
		return err
	}
	pack, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
	if err != nil {
		return err
	}
	defer pack.Close()
	err = publish(headsPath(dir, name), func(f *os.File) error {
		w := headsWriter{out: bufio.NewWriterSize(f, 1<<18), pack: pack, known: map[string]uint32{}, ordered: true}
		if err := w.write(make([]byte, headsHeader)); err != nil {
			return err
		}
		err := eachRow(ctx, segmentPath(dir, "verdicts", name), func(rows []verdict.Row) error {
			for i := range rows {
				if rows[i].Layer == verdict.All {
					if err := w.add(&rows[i]); err != nil {
						return err
					}
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		header, err := w.end()
		if err != nil {
			return err
		}
		_, err = f.WriteAt(header, 0)
		return err
	})
	if err != nil {
		return fmt.Errorf("write heads of %s: %w", name, err)
	}
	return nil
}

func (w *headsWriter) write(b []byte) error {
	n, err := w.out.Write(b)
	w.at += uint64(n)
	return err
}

// word returns the number of a text in the file.
func (w *headsWriter) word(s string) uint32 {
	if n, ok := w.known[s]; ok {
		return n
	}
	s = strings.Clone(s) // a reader uses its memory again
	n := uint32(len(w.words))
	w.words, w.known[s] = append(w.words, s), n
	return n
}

func (w *headsWriter) add(v *verdict.Row) error {
	v.StartTime = v.StartTime.UTC()
	var flags uint32 = 3
	for i, s := range headStates() {
		if v.State == s {
			flags = uint32(i)
		}
	}
	for _, f := range []struct {
		on   bool
		flag uint32
	}{{v.Artefact, flagArtefact}, {v.Invented, flagInvented}, {v.Invalid != "", flagInvalid}} {
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
	second := v.StartTime.Unix()
	if len(w.records) == 0 {
		w.first, w.last = second, second
	}
	w.ordered = w.ordered && second >= w.last
	w.first, w.last = min(w.first, second), max(w.last, second)
	le := binary.LittleEndian
	w.records = le.AppendUint64(w.records, uint64(v.StartTime.UnixMicro()))
	for _, s := range []string{networkKey(v.ProbeASN), v.Target, v.ProbeASOrgName, v.ProbeCC, v.Category, v.TestName} {
		w.records = le.AppendUint32(w.records, w.word(s))
	}
	w.records = append(le.AppendUint32(w.records, flags), rest[:]...)
	line, err := json.Marshal(v)
	if err != nil {
		return err
	}
	w.block = append(append(w.block, line...), '\n')
	if w.rows++; w.rows == blockRows {
		return w.endBlock()
	}
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

func (w *headsWriter) endBlock() error {
	if w.rows == 0 {
		return nil
	}
	w.blocks = append(w.blocks, w.at)
	w.packed = w.pack.EncodeAll(w.block, w.packed[:0])
	w.block, w.rows = w.block[:0], 0
	return w.write(w.packed)
}

// end writes what follows the blocks, and returns the header.
func (w *headsWriter) end() ([]byte, error) {
	if err := w.endBlock(); err != nil {
		return nil, err
	}
	le := binary.LittleEndian
	blocks := append(w.blocks, w.at)
	places := [3]uint64{w.at}
	var b []byte
	for _, at := range blocks {
		b = le.AppendUint64(b, at)
	}
	places[1] = w.at + uint64(len(b))
	b = append(b, w.records...)
	places[2] = w.at + uint64(len(b))
	for _, s := range w.words {
		b = append(le.AppendUint32(b, uint32(len(s))), s...)
	}
	if err := errors.Join(w.write(b), w.out.Flush()); err != nil {
		return nil, err
	}
	header := append([]byte(headsMagic), make([]byte, 0, headsHeader)...)
	header = le.AppendUint32(header, uint32(len(w.records)/recordSize))
	header = le.AppendUint32(header, uint32(len(w.words)))
	for _, p := range places {
		header = le.AppendUint64(header, p)
	}
	header = le.AppendUint64(header, uint64(w.last))
	ordered := uint64(0)
	if w.ordered {
		ordered = 1
	}
	return le.AppendUint64(header, ordered), nil
}
