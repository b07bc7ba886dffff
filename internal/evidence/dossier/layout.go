package dossier

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"time"
)

// checkLayout checks that the ZIP file of a dossier is, but for what its entries hold, the one that its entries and
// its time call for: every entry stored, one after the other from the first byte to the last, with the same few
// fields. So there is no byte that nothing speaks for, and nothing can be hidden between.
func checkLayout(r io.ReaderAt, size int64, z *zip.Reader, at time.Time) error {
	l := &layout{r: r, date: dosTime(at)}
	var central bytes.Buffer
	for _, f := range z.File {
		if err := l.entry(f, &central); err != nil {
			return err
		}
	}
	end := l.end(int64(central.Len()), len(z.File))
	if l.at+int64(central.Len()+len(end)) != size {
		return errors.New("the file is longer or shorter than its entries and its directory")
	}
	if !l.same(central.Bytes()) || !l.same(end) {
		return errors.New("the directory of the ZIP file has fields that a dossier has not")
	}
	return nil
}

// layout follows a ZIP file from its first byte to its last.
type layout struct {
	r    io.ReaderAt
	at   int64
	date uint32
}

// same says whether these bytes come next.
func (l *layout) same(want []byte) bool {
	got := make([]byte, len(want))
	n, err := l.r.ReadAt(got, l.at)
	l.at += int64(len(want))
	return n == len(want) && (err == nil || errors.Is(err, io.EOF)) && bytes.Equal(got, want)
}

func (l *layout) entry(f *zip.File, central *bytes.Buffer) error {
	if f.Method != zip.Store || f.CompressedSize64 != f.UncompressedSize64 {
		return fmt.Errorf("%s is compressed", f.Name)
	}
	size := f.UncompressedSize64
	short, offset := clamp(size), clamp(uint64(l.at))
	var local, extra []byte
	if short == math.MaxUint32 {
		local = zip64(size, size)
		extra = zip64(size, size)
	}
	if offset == math.MaxUint32 {
		if extra == nil {
			extra = zip64(uint64(l.at))
		} else {
			extra = zip64(size, size, uint64(l.at))
		}
	}
	le := binary.LittleEndian
	b := le.AppendUint32(central.AvailableBuffer(), 0x02014b50)
	b = le.AppendUint16(b, 3<<8|45)
	b = l.common(b, f, extra, short)
	b = append(b, 0, 0, 0, 0, 0, 0)
	b = le.AppendUint32(b, 0o100644<<16)
	b = le.AppendUint32(b, offset)
	central.Write(append(append(b, f.Name...), extra...))

	b = l.common(le.AppendUint32(nil, 0x04034b50), f, local, short)
	if !l.same(append(append(b, f.Name...), local...)) {
		return fmt.Errorf("the header before %s has fields that a dossier has not, or something lies before it", f.Name)
	}
	l.at += int64(size)
	return nil
}

// common writes what both headers of an entry have.
func (l *layout) common(b []byte, f *zip.File, extra []byte, short uint32) []byte {
	le := binary.LittleEndian
	version, flags := uint16(20), uint16(0)
	if extra != nil {
		version = 45
	}
	for i := range len(f.Name) {
		if f.Name[i] >= 0x80 {
			flags = 1 << 11
		}
	}
	b = le.AppendUint16(b, version)
	b = le.AppendUint16(b, flags)
	b = le.AppendUint16(b, zip.Store)
	b = le.AppendUint32(b, l.date)
	b = le.AppendUint32(b, f.CRC32)
	b = le.AppendUint32(b, short)
	b = le.AppendUint32(b, short)
	b = le.AppendUint16(b, uint16(len(f.Name)))
	return le.AppendUint16(b, uint16(len(extra)))
}

// end writes what follows the directory.
func (l *layout) end(size int64, entries int) []byte {
	le := binary.LittleEndian
	start, n := uint64(l.at), uint64(entries)
	var b []byte
	if n >= math.MaxUint16 || start >= math.MaxUint32 || size >= math.MaxUint32 {
		b = le.AppendUint32(b, 0x06064b50)
		b = le.AppendUint64(b, 44)
		b = le.AppendUint16(b, 3<<8|45)
		b = le.AppendUint16(b, 45)
		for _, v := range []uint64{0, n, n, uint64(size), start} {
			b = le.AppendUint64(b, v)
		}
		b = le.AppendUint32(b, 0x07064b50)
		b = le.AppendUint32(b, 0)
		b = le.AppendUint64(b, start+uint64(size))
		b = le.AppendUint32(b, 1)
	}
	b = le.AppendUint32(b, 0x06054b50)
	b = le.AppendUint32(b, 0)
	b = le.AppendUint16(b, uint16(min(n, math.MaxUint16)))
	b = le.AppendUint16(b, uint16(min(n, math.MaxUint16)))
	b = le.AppendUint32(b, clamp(uint64(size)))
	b = le.AppendUint32(b, clamp(start))
	return le.AppendUint16(b, 0)
}

func clamp(n uint64) uint32 { return uint32(min(n, math.MaxUint32)) }

// zip64 writes the extra field of sizes and offsets that do not fit in 32 bits.
func zip64(values ...uint64) []byte {
	b := binary.LittleEndian.AppendUint16(nil, 1)
	b = binary.LittleEndian.AppendUint16(b, uint16(8*len(values)))
	for _, v := range values {
		b = binary.LittleEndian.AppendUint64(b, v)
	}
	return b
}

// dosTime returns a time as ZIP files have it, in UTC and two seconds.
func dosTime(t time.Time) uint32 {
	t = t.UTC()
	year := min(max(t.Year(), 1980), 2107)
	return uint32(year-1980)<<25 | uint32(t.Month())<<21 | uint32(t.Day())<<16 | uint32(t.Hour())<<11 | uint32(t.Minute())<<5 | uint32(t.Second()/2)
}
