package lake

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"github.com/klauspost/compress/zstd"
)

// headFile is a file of heads, mapped into memory.
type headFile struct {
	name    string
	data    []byte
	n       int
	records []byte
	rows    *rowFile // of the verdicts
	words   []uint32 // the index's numbers of the file's words
	last    int64    // second of the latest start
	ordered bool     // records are in the order of their seconds
}

var errHeads = errors.New("damaged heads")

// openHeads maps a file of heads; word gives its words the numbers that the index knows them by.
func openHeads(ctx context.Context, dir, name string, unpack *zstd.Decoder, word func([]byte) uint32) (*headFile, error) {
	f, err := os.Open(headsPath(dir, name))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() < headsHeader {
		return nil, fmt.Errorf("read heads of %s: %w", name, errHeads)
	}
	data, err := syscall.Mmap(int(f.Fd()), 0, int(info.Size()), syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("read heads of %s: %w", name, err)
	}
	h := &headFile{name: name, data: data}
	if err := h.parse(word); err != nil {
		return nil, errors.Join(fmt.Errorf("read heads of %s: %w", name, err), h.close())
	}
	if h.rows, err = verdictRows(ctx, dir, name, unpack); err != nil {
		return nil, errors.Join(fmt.Errorf("read rows of %s: %w", name, err), h.close())
	}
	return h, nil
}

func (h *headFile) close() error {
	err := syscall.Munmap(h.data)
	if h.rows != nil {
		err = errors.Join(err, h.rows.close())
	}
	return err
}

func (h *headFile) parse(word func([]byte) uint32) error {
	le, b, size := binary.LittleEndian, h.data, uint64(len(h.data))
	if string(b[:8]) != headsMagic {
		return errHeads
	}
	n, words := uint64(le.Uint32(b[8:])), uint64(le.Uint32(b[12:]))
	records, texts := le.Uint64(b[16:]), le.Uint64(b[24:])
	if records > texts || texts > size || texts-records != n*recordSize || words > size {
		return errHeads
	}
	h.n, h.records = int(n), b[records:texts]
	h.last, h.ordered = int64(le.Uint64(b[32:])), le.Uint64(b[40:]) == 1
	h.words = make([]uint32, words)
	for i := range h.words {
		if texts+4 > size {
			return errHeads
		}
		length := uint64(le.Uint32(b[texts:]))
		if texts += 4; texts+length > size {
			return errHeads
		}
		h.words[i] = word(b[texts : texts+length])
		texts += length
	}
	for i := range h.n {
		for at := 8; at < 32; at += 4 {
			if uint64(le.Uint32(h.records[i*recordSize+at:])) >= words {
				return errHeads
			}
		}
	}
	return nil
}

// The fields of a record.
func (h *headFile) start(i int) int64 {
	return int64(binary.LittleEndian.Uint64(h.records[i*recordSize:]))
}
func (h *headFile) word(i, at int) uint32 {
	return h.words[binary.LittleEndian.Uint32(h.records[i*recordSize+at:])]
}
func (h *headFile) network(i int) uint32  { return h.word(i, 8) }
func (h *headFile) target(i int) uint32   { return h.word(i, 12) }
func (h *headFile) org(i int) uint32      { return h.word(i, 16) }
func (h *headFile) country(i int) uint32  { return h.word(i, 20) }
func (h *headFile) category(i int) uint32 { return h.word(i, 24) }
func (h *headFile) test(i int) uint32     { return h.word(i, 28) }
func (h *headFile) flags(i int) uint32 {
	return binary.LittleEndian.Uint32(h.records[i*recordSize+32:])
}
func (h *headFile) rest(i int) [16]byte { return [16]byte(h.records[i*recordSize+36:]) }

// uid returns the measurement's UID.
func (x *headIndex) uid(r headRef) string {
	h, i := r.file, r.i
	if h.flags(i)&flagCanonical == 0 {
		rest := h.rest(i)
		n := binary.LittleEndian.Uint32(rest[:])
		if int(n) >= len(h.words) {
			return ""
		}
		return x.names[h.words[n]]
	}
	return uidOf(time.UnixMicro(h.start(i)).UTC(), x.names[h.country(i)], x.names[h.test(i)], h.rest(i))
}
