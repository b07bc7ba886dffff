package wacz

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// locals reads the local headers, and sees that the entries fill the file without gap or overlap.
func (z *zipFile) locals(directory int64) {
	var at int64
	for i := range z.entries {
		e := &z.entries[i]
		switch {
		case e.header > at && i == 0:
			z.fault("", "%d bytes lie before the first entry", e.header)
		case e.header > at:
			z.fault(e.name, "%d bytes that belong to no entry lie before it", e.header-at)
		case e.header < at:
			z.fault(e.name, "it overlaps the entry before it")
		}
		next := directory
		if i+1 < len(z.entries) {
			next = z.entries[i+1].header
		}
		if err := z.local(e, next); err != nil {
			z.fault(e.name, "%s", err)
			e.data = -1
			e.end = next
		}
		at = max(at, e.end)
		z.kind(e)
	}
	if at < directory {
		z.fault("", "%d bytes that belong to no entry lie before the central directory", directory-at)
	} else if at > directory {
		z.fault("", "the last entry runs into the central directory")
	}
}

// local compares a local header with the central directory.
func (z *zipFile) local(e *zipEntry, next int64) error {
	b, err := z.at(e.header, 30)
	if err != nil {
		return errors.New("its local header lies outside the file")
	}
	le := binary.LittleEndian
	if le.Uint32(b) != sigLocal {
		return fmt.Errorf("there is no local header at byte %d", e.header)
	}
	name, extra := int(le.Uint16(b[26:])), int(le.Uint16(b[28:]))
	rest, err := z.at(e.header+30, name+extra)
	if err != nil {
		return errors.New("its local header is cut off")
	}
	l := zipEntry{name: string(rest[:name]), flags: le.Uint16(b[6:]), method: le.Uint16(b[8:]), date: le.Uint32(b[10:]), crc: le.Uint32(b[14:]),
		packed: int64(le.Uint32(b[18:])), size: int64(le.Uint32(b[22:]))}
	if err := l.big(rest[name:], false); err != nil {
		z.fault(e.name, "in its local header, %s", err)
	}
	const matters = flagEncrypted | flagDescriptor | flagStrong | flagUTF8 | flagMasked
	differs := func(what string, is bool) {
		if is {
			z.fault(e.name, "its local header and the central directory differ in %s", what)
		}
	}
	needs := le.Uint16(b[4:])
	differs("the name", l.name != e.name)
	// What lies far behind in a large file needs a later version in the directory alone.
	differs("the version", needs != e.needs && e.needs != 45 && needs != 45)
	differs("the method", l.method != e.method)
	differs("the flags", l.flags&matters != e.flags&matters)
	differs("the time", l.date != e.date)
	e.data = e.header + 30 + int64(name+extra)
	e.end = e.data + e.packed
	if e.end > z.size || e.end < e.data {
		return errors.New("it runs beyond the end of the file")
	}
	if e.flags&flagDescriptor == 0 {
		differs("the checksum", l.crc != e.crc)
		differs("the sizes", l.packed != e.packed || l.size != e.size)
		return nil
	}
	zero := func(v, w int64) bool { return v == 0 || v == w || v == math.MaxUint32 }
	differs("the checksum", l.crc != 0 && l.crc != e.crc)
	differs("the sizes", !zero(l.packed, e.packed) || !zero(l.size, e.size))
	return z.descriptor(e, next)
}

// descriptor reads what follows the bytes of an entry that was written before its length was known.
func (z *zipFile) descriptor(e *zipEntry, next int64) error {
	n := next - e.end
	if n != 12 && n != 16 && n != 20 && n != 24 {
		return errors.New("no data descriptor follows it")
	}
	b, err := z.at(e.end, int(n))
	if err != nil {
		return errors.New("its data descriptor is cut off")
	}
	e.end = next
	le := binary.LittleEndian
	if n == 16 || n == 24 {
		if le.Uint32(b) != sigDescriptor {
			return errors.New("what follows it is no data descriptor")
		}
		b = b[4:]
	}
	packed, size := int64(le.Uint32(b[4:])), int64(le.Uint32(b[min(8, len(b)-4):]))
	if len(b) == 20 {
		packed, size = int64(le.Uint64(b[4:])), int64(le.Uint64(b[12:]))
	}
	if le.Uint32(b) != e.crc || packed != e.packed || size != e.size {
		return errors.New("its data descriptor and the central directory differ")
	}
	return nil
}

// kind checks how an entry is stored.
func (z *zipFile) kind(e *zipEntry) {
	if e.flags&(flagEncrypted|flagStrong|flagMasked) != 0 {
		z.fault(e.name, "it is encrypted")
		e.data = -1
	}
	switch {
	case e.method != methodStore && e.method != methodDeflate:
		z.fault(e.name, "it is compressed by method %d; only stored and deflated entries can be read everywhere", e.method)
		e.data = -1
	case e.method == methodStore && e.packed != e.size:
		z.fault(e.name, "it is stored, and its sizes differ")
		e.data = -1
	case e.size > bombSize && e.size/max(e.packed, 1) > maxRatio:
		z.fault(e.name, "%d bytes unpack to %d: a decompression bomb", e.packed, e.size)
		e.data = -1
	}
	if e.folder() && e.size > 0 {
		z.fault(e.name, "it is a folder, and holds bytes")
	}
}
