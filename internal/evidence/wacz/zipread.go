package wacz

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"slices"

	"github.com/klauspost/compress/flate"
)

// Limits of a ZIP file.
const (
	maxEntries   = 200_000
	maxDirectory = 256 << 20 // bytes of the central directory
	maxRatio     = 400       // of compression, for entries of more than bombSize; text has 5 to 20
	bombSize     = 32 << 20
)

// ErrNotZIP says that a file is no ZIP file, or too damaged to find its entries.
var ErrNotZIP = errors.New("no ZIP file")

// zipFile is a ZIP file whose entries were found, in the order in which they lie in it.
type zipFile struct {
	r       io.ReaderAt
	size    int64
	entries []zipEntry
	byName  map[string]int // the first of each name
	fault   func(where, format string, args ...any)
	note    func(where, format string, args ...any)
}

// readZIP finds the entries of a ZIP file, and tells everything by which two readers could see different files in
// it. The error is ErrNotZIP, or what reading gave.
func readZIP(r io.ReaderAt, size int64, fault, note func(where, format string, args ...any)) (*zipFile, error) {
	z := &zipFile{r: r, size: size, fault: fault, note: note}
	start, end, count, err := z.directory()
	if err != nil {
		return nil, err
	}
	if err := z.central(start, end, count); err != nil {
		return nil, err
	}
	slices.SortStableFunc(z.entries, func(a, b zipEntry) int { return compareInt(a.header, b.header) })
	z.names()
	z.locals(start)
	return z, nil
}

func compareInt(a, b int64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func (z *zipFile) at(offset int64, n int) ([]byte, error) {
	b := make([]byte, n)
	if offset < 0 || offset+int64(n) > z.size {
		return nil, fmt.Errorf("%w: it is cut off", ErrNotZIP)
	}
	if _, err := z.r.ReadAt(b, offset); err != nil && err != io.EOF {
		return nil, err
	}
	return b, nil
}

// directory finds the central directory.
func (z *zipFile) directory() (start, end int64, count int64, err error) {
	tail := int(min(z.size, 22+math.MaxUint16))
	b, err := z.at(z.size-int64(tail), tail)
	if err != nil {
		return 0, 0, 0, err
	}
	le := binary.LittleEndian
	at, any := -1, -1
	for i := len(b) - 22; i >= 0; i-- {
		if le.Uint32(b[i:]) != sigEnd {
			continue
		}
		if any < 0 {
			any = i
		}
		if i+22+int(le.Uint16(b[i+20:])) == len(b) {
			at = i
			break
		}
	}
	if any < 0 {
		return 0, 0, 0, fmt.Errorf("%w: there is no end of central directory", ErrNotZIP)
	}
	if at < 0 {
		at = any
		z.fault("", "bytes follow the end of the ZIP file")
	} else if any != at {
		z.fault("", "there are two ends of the central directory; readers may take either")
	}
	e := b[at:]
	if n := le.Uint16(e[20:]); n > 0 {
		z.note("", "it has a comment of %d bytes", n)
	}
	if le.Uint16(e[4:]) != 0 || le.Uint16(e[6:]) != 0 {
		z.fault("", "it says that it is spread over several disks")
	}
	if le.Uint16(e[8:]) != le.Uint16(e[10:]) {
		z.fault("", "the numbers of entries at its end differ")
	}
	count, size, offset := int64(le.Uint16(e[10:])), int64(le.Uint32(e[12:])), int64(le.Uint32(e[16:]))
	end = z.size - int64(tail) + int64(at)
	if loc, err := z.at(end-20, 20); err == nil && le.Uint32(loc) == sigLocator64 {
		if end, count, size, offset, err = z.directory64(end-20, int64(le.Uint64(loc[8:])), count, size, offset); err != nil {
			return 0, 0, 0, err
		}
	} else if count == math.MaxUint16 || size == math.MaxUint32 || offset == math.MaxUint32 {
		z.fault("", "its end calls for ZIP64, and there is none")
	}
	if offset+size != end || offset < 0 || size < 0 {
		z.fault("", "the central directory is not where the end of the file says: it lies at byte %d with %d bytes, and should end at byte %d", offset, size, end)
		if offset < 0 || size < 0 || offset > end {
			return 0, 0, 0, fmt.Errorf("%w: its central directory lies outside it", ErrNotZIP)
		}
	}
	return offset, end, count, nil
}

// directory64 reads the end of the central directory of ZIP64.
func (z *zipFile) directory64(locator, at, count, size, offset int64) (end, n, s, o int64, err error) {
	b, err := z.at(at, 56)
	le := binary.LittleEndian
	if err != nil || le.Uint32(b) != sigEnd64 {
		return 0, 0, 0, 0, fmt.Errorf("%w: the end of its ZIP64 directory is not where it should be", ErrNotZIP)
	}
	if length := le.Uint64(b[4:]); length > 1<<16 || at+12+int64(length) != locator {
		z.fault("", "bytes lie between the ends of the ZIP64 and the plain directory")
	}
	n, s, o = int64(le.Uint64(b[32:])), int64(le.Uint64(b[40:])), int64(le.Uint64(b[48:]))
	if count != math.MaxUint16 && count != n || size != math.MaxUint32 && size != s || offset != math.MaxUint32 && offset != o {
		z.fault("", "the ZIP64 and the plain end of the directory contradict each other")
	}
	return at, n, s, o, nil
}

// central reads the central directory.
func (z *zipFile) central(start, end, count int64) error {
	if count < 0 || count > maxEntries {
		return fmt.Errorf("%w: it says it has %d entries, the limit is %d", ErrNotZIP, count, maxEntries)
	}
	if end-start > maxDirectory {
		return fmt.Errorf("%w: its central directory has %d bytes, the limit is %d", ErrNotZIP, end-start, maxDirectory)
	}
	b, err := z.at(start, int(end-start))
	if err != nil {
		return err
	}
	le := binary.LittleEndian
	for len(b) >= 46 && le.Uint32(b) == sigCentral && len(z.entries) <= maxEntries {
		name, extra, comment := int(le.Uint16(b[28:])), int(le.Uint16(b[30:])), int(le.Uint16(b[32:]))
		total := 46 + name + extra + comment
		if total > len(b) {
			break
		}
		e := zipEntry{name: string(b[46 : 46+name]), flags: le.Uint16(b[8:]), method: le.Uint16(b[10:]), date: le.Uint32(b[12:]), crc: le.Uint32(b[16:]),
			packed: int64(le.Uint32(b[20:])), size: int64(le.Uint32(b[24:])), header: int64(le.Uint32(b[42:])), extra: b[46+name : 46+name+extra]}
		if le.Uint16(b[34:]) != 0 {
			z.fault(e.name, "it is said to lie on another disk")
		}
		e.needs = le.Uint16(b[6:])
		z.attributes(&e, le.Uint16(b[4:]), le.Uint16(b[36:]), le.Uint32(b[38:]))
		if err := e.big(e.extra, true); err != nil {
			z.fault(e.name, "in the central directory, %s", err)
		}
		if e.header < 0 || e.packed < 0 || e.size < 0 {
			return fmt.Errorf("%w: entry %q lies outside it", ErrNotZIP, e.name)
		}
		z.entries = append(z.entries, e)
		b = b[total:]
	}
	if len(b) > 0 {
		z.fault("", "the central directory holds %d bytes that are no entry", len(b))
	}
	if int64(len(z.entries)) != count {
		z.fault("", "the central directory has %d entries, its end says %d", len(z.entries), count)
	}
	return nil
}

// attributes checks what the central directory alone says of an entry.
func (z *zipFile) attributes(e *zipEntry, madeBy, internal uint16, external uint32) {
	const maxVersion, maxHost = 63, 30
	if e.needs > maxVersion || madeBy&0xff > maxVersion+40 || madeBy>>8 > maxHost {
		z.fault(e.name, "it is of a version of ZIP that does not exist")
	}
	if internal > 1 {
		z.fault(e.name, "it has internal attributes that are reserved")
	}
	if mode := external >> 16; mode&0o170000 != 0 && mode&0o170000 != 0o100000 && mode&0o170000 != 0o040000 {
		z.fault(e.name, "it is no file but a link or a device")
	}
}

// big takes the large numbers of ZIP64 from extra fields.
func (e *zipEntry) big(extra []byte, central bool) error {
	le := binary.LittleEndian
	for len(extra) > 0 {
		if len(extra) < 4 || len(extra) < 4+int(le.Uint16(extra[2:])) {
			return errors.New("its extra fields are cut off")
		}
		id, v := le.Uint16(extra), extra[4:4+le.Uint16(extra[2:])]
		extra = extra[4+len(v):]
		switch id {
		case extraZIP64:
			for _, p := range []*int64{&e.size, &e.packed, &e.header} {
				if *p != math.MaxUint32 || p == &e.header && !central {
					continue
				}
				if len(v) < 8 {
					return errors.New("its ZIP64 field is cut off")
				}
				*p = int64(le.Uint64(v))
				v = v[8:]
			}
			for _, want := range []int64{e.size, e.packed} { // some writers repeat what has its place elsewhere
				if len(v) >= 8 && central {
					if got := int64(le.Uint64(v)); got != want && got != 0 {
						return errors.New("it has a ZIP64 field with other sizes than its own")
					}
					v = v[8:]
				}
			}
		case 0x7075: // another name, in UTF-8
			if len(v) < 5 || v[0] != 1 || le.Uint32(v[1:]) == crc32.ChecksumIEEE([]byte(e.name)) && string(v[5:]) != e.name {
				return errors.New("it has a second name that differs from the first")
			}
		}
	}
	return nil
}

// names checks the names of the entries, alone and beside each other.
func (z *zipFile) names() {
	exact, folded := map[string]bool{}, map[string]string{}
	z.byName = map[string]int{}
	for i := range z.entries {
		name := z.entries[i].name
		for _, what := range nameFaults(name) {
			z.fault(name, "its name: %s", what)
		}
		fold := foldName(name)
		switch other := folded[fold]; {
		case exact[name]:
			z.fault(name, "there is more than one entry of this name")
		case other != "":
			z.fault(name, "its name and %q can be taken for the same", other)
		}
		if !exact[name] {
			z.byName[name] = i
		}
		exact[name], folded[fold] = true, name
		if !ascii(name) && z.entries[i].flags&flagUTF8 == 0 {
			z.note(name, "its name is not marked as UTF-8")
		}
	}
	for fold, name := range folded {
		for i := range fold {
			if fold[i] == '/' && i < len(fold)-1 {
				if file := folded[fold[:i]]; file != "" {
					z.fault(name, "%q is a file and a folder", file)
				}
			}
		}
	}
}

func (e *zipEntry) folder() bool { return len(e.name) > 0 && e.name[len(e.name)-1] == '/' }

// open gives the bytes of an entry; reading fails when they are not of the length and checksum said.
func (z *zipFile) open(e *zipEntry) (io.Reader, error) {
	if e.data < 0 {
		return nil, fmt.Errorf("read %s: %w: the entry cannot be read", e.name, ErrNotZIP)
	}
	packed := io.NewSectionReader(z.r, e.data, e.packed)
	r := &entryReader{in: packed, e: e, sum: crc32.NewIEEE()}
	if e.method == methodDeflate {
		r.packed = bufio.NewReader(packed)
		r.in = flate.NewReader(r.packed)
	}
	return r, nil
}

// entryReader compares length and checksum at the end.
type entryReader struct {
	in     io.Reader
	packed *bufio.Reader // of a deflated entry
	e      *zipEntry
	n      int64
	sum    interface {
		io.Writer
		Sum32() uint32
	}
	err error
}

func (r *entryReader) Read(p []byte) (int, error) {
	if r.err != nil {
		return 0, r.err
	}
	n, err := r.in.Read(p)
	r.sum.Write(p[:n])
	if r.n += int64(n); r.n > r.e.size {
		err = fmt.Errorf("read %s: it holds more than the %d bytes that the directory says", r.e.name, r.e.size)
	}
	switch {
	case err == nil:
		return n, nil
	case err != io.EOF:
		r.err = fmt.Errorf("read %s: %w", r.e.name, err)
	case r.n != r.e.size:
		r.err = fmt.Errorf("read %s: it holds %d bytes, the directory says %d", r.e.name, r.n, r.e.size)
	case r.sum.Sum32() != r.e.crc:
		r.err = fmt.Errorf("read %s: its bytes do not have the checksum that the directory says", r.e.name)
	default:
		r.err = io.EOF
		if r.packed != nil {
			if _, err := r.packed.Peek(1); err == nil {
				r.err = fmt.Errorf("read %s: bytes are hidden behind its end", r.e.name)
			}
		}
	}
	return n, r.err
}

// readSmall reads a whole entry of at most limit bytes.
func (z *zipFile) readSmall(e *zipEntry, limit int64) ([]byte, error) {
	if e.size > limit {
		return nil, fmt.Errorf("read %s: %d bytes: %w", e.name, e.size, ErrTooLarge)
	}
	in, err := z.open(e)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	b.Grow(int(min(e.size, 1<<20)))
	if _, err := b.ReadFrom(in); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func (z *zipFile) find(name string) *zipEntry {
	if i, ok := z.byName[name]; ok {
		return &z.entries[i]
	}
	return nil
}
