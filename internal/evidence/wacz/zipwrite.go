package wacz

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"time"
)

// Signatures and numbers of the ZIP format.
const (
	sigLocal      = 0x04034b50
	sigCentral    = 0x02014b50
	sigEnd        = 0x06054b50
	sigEnd64      = 0x06064b50
	sigLocator64  = 0x07064b50
	sigDescriptor = 0x08074b50

	methodStore   = 0
	methodDeflate = 8

	flagEncrypted  = 1 << 0
	flagDescriptor = 1 << 3
	flagStrong     = 1 << 6
	flagUTF8       = 1 << 11
	flagMasked     = 1 << 13

	extraZIP64 = 0x0001
)

// zipWriter writes a ZIP file of stored entries, whose lengths are known beforehand: no data descriptors, nothing
// between entries, the same bytes for the same content.
type zipWriter struct {
	w       io.Writer
	at      int64
	date    uint32 // of every entry, in MS-DOS form
	entries []zipEntry
}

// zipEntry is one entry of a ZIP file.
type zipEntry struct {
	name   string
	needs  uint16 // version of the format
	flags  uint16
	method uint16
	date   uint32
	crc    uint32
	packed int64
	size   int64
	header int64 // where its local header begins
	data   int64 // where its bytes begin
	end    int64 // where they end, with the data descriptor
	extra  []byte
}

func newZIPWriter(w io.Writer, at time.Time) *zipWriter {
	return &zipWriter{w: w, date: dosTime(at)}
}

// dosTime returns a time in the form of ZIP files, in UTC.
func dosTime(t time.Time) uint32 {
	t = t.UTC()
	year := min(max(t.Year(), 1980), 2107)
	return uint32(year-1980)<<25 | uint32(t.Month())<<21 | uint32(t.Day())<<16 | uint32(t.Hour())<<11 | uint32(t.Minute())<<5 | uint32(t.Second()/2)
}

func (z *zipWriter) write(b []byte) error {
	n, err := z.w.Write(b)
	z.at += int64(n)
	return err
}

// add writes an entry of exactly size bytes with that checksum.
func (z *zipWriter) add(name string, size int64, crc uint32, content io.Reader) error {
	e := zipEntry{name: name, date: z.date, crc: crc, packed: size, size: size, header: z.at}
	if !ascii(name) {
		e.flags = flagUTF8
	}
	var extra []byte
	short := uint32(size)
	if size >= math.MaxUint32 {
		short = math.MaxUint32
		extra = zip64Extra(uint64(size), uint64(size))
	}
	b := binary.LittleEndian.AppendUint32(nil, sigLocal)
	b = appendCommon(b, &e, len(extra) > 0, short, short, len(extra))
	b = append(append(b, name...), extra...)
	if err := z.write(b); err != nil {
		return fmt.Errorf("write entry %s: %w", name, err)
	}
	sum := crc32.NewIEEE()
	n, err := io.Copy(io.MultiWriter(z.w, sum), io.LimitReader(content, size+1))
	z.at += n
	if err != nil {
		return fmt.Errorf("write entry %s: %w", name, err)
	}
	if n != size || sum.Sum32() != crc {
		return fmt.Errorf("write entry %s: %w", name, errors.New("it changed while it was read"))
	}
	z.entries = append(z.entries, e)
	return nil
}

// appendCommon writes what local headers and the central directory have in common.
func appendCommon(b []byte, e *zipEntry, big bool, packed, size uint32, extra int) []byte {
	version := uint16(20)
	if big {
		version = 45
	}
	le := binary.LittleEndian
	b = le.AppendUint16(b, version)
	b = le.AppendUint16(b, e.flags)
	b = le.AppendUint16(b, e.method)
	b = le.AppendUint32(b, e.date)
	b = le.AppendUint32(b, e.crc)
	b = le.AppendUint32(b, packed)
	b = le.AppendUint32(b, size)
	b = le.AppendUint16(b, uint16(len(e.name)))
	return le.AppendUint16(b, uint16(extra))
}

func zip64Extra(values ...uint64) []byte {
	b := binary.LittleEndian.AppendUint16(nil, extraZIP64)
	b = binary.LittleEndian.AppendUint16(b, uint16(8*len(values)))
	for _, v := range values {
		b = binary.LittleEndian.AppendUint64(b, v)
	}
	return b
}

// close writes the central directory.
func (z *zipWriter) close() error {
	le := binary.LittleEndian
	start := z.at
	for i := range z.entries {
		e := &z.entries[i]
		size, offset := uint32(e.size), uint32(e.header)
		var big []uint64
		if e.size >= math.MaxUint32 {
			size = math.MaxUint32
			big = append(big, uint64(e.size), uint64(e.size))
		}
		if e.header >= math.MaxUint32 {
			offset = math.MaxUint32
			big = append(big, uint64(e.header))
		}
		var extra []byte
		if big != nil {
			extra = zip64Extra(big...)
		}
		b := le.AppendUint32(nil, sigCentral)
		b = le.AppendUint16(b, 3<<8|45) // made on Unix
		b = appendCommon(b, e, big != nil, size, size, len(extra))
		b = append(b, 0, 0, 0, 0, 0, 0) // comment, disk, internal attributes
		b = le.AppendUint32(b, 0o100644<<16)
		b = le.AppendUint32(b, offset)
		b = append(append(b, e.name...), extra...)
		if err := z.write(b); err != nil {
			return fmt.Errorf("write central directory: %w", err)
		}
	}
	return z.end(start)
}

func (z *zipWriter) end(start int64) error {
	le := binary.LittleEndian
	size, count := z.at-start, len(z.entries)
	var b []byte
	if count >= math.MaxUint16 || start >= math.MaxUint32 || size >= math.MaxUint32 {
		b = le.AppendUint32(b, sigEnd64)
		b = le.AppendUint64(b, 44)
		b = le.AppendUint16(b, 3<<8|45)
		b = le.AppendUint16(b, 45)
		b = le.AppendUint64(b, 0)
		b = le.AppendUint64(b, uint64(count))
		b = le.AppendUint64(b, uint64(count))
		b = le.AppendUint64(b, uint64(size))
		b = le.AppendUint64(b, uint64(start))
		b = le.AppendUint32(b, sigLocator64)
		b = le.AppendUint32(b, 0)
		b = le.AppendUint64(b, uint64(z.at))
		b = le.AppendUint32(b, 1)
	}
	b = le.AppendUint32(b, sigEnd)
	b = le.AppendUint32(b, 0)
	b = le.AppendUint16(b, uint16(min(count, math.MaxUint16)))
	b = le.AppendUint16(b, uint16(min(count, math.MaxUint16)))
	b = le.AppendUint32(b, uint32(min(size, math.MaxUint32)))
	b = le.AppendUint32(b, uint32(min(start, math.MaxUint32)))
	b = le.AppendUint16(b, 0)
	if err := z.write(b); err != nil {
		return fmt.Errorf("write central directory: %w", err)
	}
	return nil
}
