package fault

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"slices"
	"strings"
)

// header is what a local header or an entry of the central directory says of a file (APPNOTE 4.3.7, 4.3.12).
type header struct {
	flags, method, time, date uint16
	crc, packed, size         uint32
	name                      string
	extra                     []byte
	comment                   string // central only
	attributes                uint32 // central only
	offset                    uint32 // central only
}

// entry is one file of a ZIP, with whatever lies are to be told of it.
type entry struct {
	name    string
	data    []byte
	deflate bool

	before   []byte          // bytes between the entry before and this one
	packed   []byte          // instead of what compression makes of data
	local    func(h *header) // changes what the local header says
	central  func(h *header) // changes what the directory says
	unlisted bool            // not in the directory
	ghost    bool            // only in the directory: nothing is written
}

// zipFile is a ZIP that can be written with every field wrong.
type zipFile struct {
	entries []*entry
	date    uint32 // of every entry, in the form of MS-DOS; zero for 2024-01-01
	prepend []byte
	trail   []byte
	comment []byte
	end     func(b []byte) []byte // changes the end of the central directory as written
}

// readZIP takes a sound ZIP apart, in the order in which the files lie.
func readZIP(b []byte) (*zipFile, error) {
	r, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return nil, fmt.Errorf("read zip: %w", err)
	}
	type placed struct {
		at int64
		e  *entry
	}
	var all []placed
	for _, f := range r.File {
		at, err := f.DataOffset()
		if err != nil {
			return nil, fmt.Errorf("read zip: %s: %w", f.Name, err)
		}
		in, err := f.Open()
		if err != nil {
			return nil, fmt.Errorf("read zip: %s: %w", f.Name, err)
		}
		data, err := io.ReadAll(in)
		in.Close()
		if err != nil {
			return nil, fmt.Errorf("read zip: %s: %w", f.Name, err)
		}
		all = append(all, placed{at, &entry{name: f.Name, data: data, deflate: f.Method == zip.Deflate}})
	}
	slices.SortStableFunc(all, func(a, b placed) int { return int(a.at - b.at) })
	z := &zipFile{}
	if len(r.File) > 0 {
		z.date = uint32(r.File[0].ModifiedDate)<<16 | uint32(r.File[0].ModifiedTime)
	}
	for _, p := range all {
		z.entries = append(z.entries, p.e)
	}
	return z, nil
}

// find returns the first entry of that name, nil when there is none.
func (z *zipFile) find(name string) *entry {
	for _, e := range z.entries {
		if e.name == name {
			return e
		}
	}
	return nil
}

// under returns the entries whose names begin with dir.
func (z *zipFile) under(dir string) []*entry {
	var out []*entry
	for _, e := range z.entries {
		if strings.HasPrefix(e.name, dir) && !strings.HasSuffix(e.name, "/") {
			out = append(out, e)
		}
	}
	return out
}

// drop removes every entry of that name.
func (z *zipFile) drop(name string) {
	z.entries = slices.DeleteFunc(z.entries, func(e *entry) bool { return e.name == name })
}

// put replaces an entry's data, or adds the entry.
func (z *zipFile) put(name string, data []byte) *entry {
	if e := z.find(name); e != nil {
		e.data = data
		return e
	}
	e := &entry{name: name, data: data}
	z.entries = append(z.entries, e)
	return e
}

// clone copies a ZIP.
func (z *zipFile) clone() *zipFile {
	c := *z
	c.entries = make([]*entry, len(z.entries))
	for i, e := range z.entries {
		d := *e
		d.data = slices.Clone(e.data)
		c.entries[i] = &d
	}
	return &c
}

// zipDate is 2024-01-01, the date of entries where none is wanted.
const zipDate = (2024-1980)<<9 | 1<<5 | 1

// bytes writes the ZIP.
func (z *zipFile) bytes() []byte {
	var out, dir bytes.Buffer
	out.Write(z.prepend)
	n := 0
	for _, e := range z.entries {
		packed, method := e.data, uint16(zip.Store)
		if e.deflate {
			packed, method = deflated(e.data), zip.Deflate
		}
		if e.packed != nil {
			packed = e.packed
		}
		h := header{method: method, attributes: 0o100644 << 16, date: zipDate, crc: crc32.ChecksumIEEE(e.data), packed: uint32(len(packed)), size: uint32(len(e.data)), name: e.name}
		if z.date != 0 {
			h.date, h.time = uint16(z.date>>16), uint16(z.date)
		}
		if !ascii(e.name) {
			h.flags = 1 << 11
		}
		if !e.ghost {
			out.Write(e.before)
		}
		h.offset = uint32(out.Len())
		if !e.ghost {
			l := h
			if e.local != nil {
				e.local(&l)
			}
			out.Write(l.localBytes())
			out.Write(packed)
		}
		if !e.unlisted {
			c := h
			if e.central != nil {
				e.central(&c)
			}
			dir.Write(c.centralBytes())
			n++
		}
	}
	at := out.Len()
	out.Write(dir.Bytes())
	end := binary.LittleEndian.AppendUint32(nil, 0x06054b50)
	end = append(end, 0, 0, 0, 0)
	end = binary.LittleEndian.AppendUint16(end, uint16(n))
	end = binary.LittleEndian.AppendUint16(end, uint16(n))
	end = binary.LittleEndian.AppendUint32(end, uint32(dir.Len()))
	end = binary.LittleEndian.AppendUint32(end, uint32(at))
	end = binary.LittleEndian.AppendUint16(end, uint16(len(z.comment)))
	end = append(end, z.comment...)
	if z.end != nil {
		end = z.end(end)
	}
	out.Write(end)
	out.Write(z.trail)
	return out.Bytes()
}

func (h *header) localBytes() []byte {
	b := binary.LittleEndian.AppendUint32(nil, 0x04034b50)
	b = h.common(b, 20)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(h.name)))
	b = binary.LittleEndian.AppendUint16(b, uint16(len(h.extra)))
	b = append(b, h.name...)
	return append(b, h.extra...)
}

func (h *header) centralBytes() []byte {
	b := binary.LittleEndian.AppendUint32(nil, 0x02014b50)
	b = binary.LittleEndian.AppendUint16(b, 3<<8|45) // made on Unix
	b = h.common(b, 20)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(h.name)))
	b = binary.LittleEndian.AppendUint16(b, uint16(len(h.extra)))
	b = binary.LittleEndian.AppendUint16(b, uint16(len(h.comment)))
	b = append(b, 0, 0, 0, 0) // disk, internal attributes
	b = binary.LittleEndian.AppendUint32(b, h.attributes)
	b = binary.LittleEndian.AppendUint32(b, h.offset)
	b = append(b, h.name...)
	b = append(b, h.extra...)
	return append(b, h.comment...)
}

// common writes what both headers have, from the version needed to the sizes.
func (h *header) common(b []byte, version uint16) []byte {
	for _, v := range []uint16{version, h.flags, h.method, h.time, h.date} {
		b = binary.LittleEndian.AppendUint16(b, v)
	}
	for _, v := range []uint32{h.crc, h.packed, h.size} {
		b = binary.LittleEndian.AppendUint32(b, v)
	}
	return b
}

func deflated(b []byte) []byte {
	var out bytes.Buffer
	w, _ := flate.NewWriter(&out, flate.DefaultCompression) // fails for a wrong level only
	w.Write(b)
	w.Close()
	return out.Bytes()
}

func ascii(s string) bool {
	return !strings.ContainsFunc(s, func(c rune) bool { return c >= 0x80 })
}
