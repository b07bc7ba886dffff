package fault

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"encoding/binary"
	"hash/crc32"
	"slices"
	"strings"

	"veedor/internal/evidence/dossier"
	"veedor/internal/evidence/wacz"
)

// inZIP is a fault of the container of a package that is sealed already.
func inZIP(name, does string, do func(z *zipFile) error) Fault {
	return Fault{Name: "zip-" + name, Kind: KindWACZ, Does: does, Want: wants(dossier.ClassContainer), WACZ: finds(wacz.ClassZIP), apply: func(w *workshop) (*Package, error) {
		p, err := w.pack("gzip")
		if err != nil {
			return nil, err
		}
		return w.pass(p, do(p.zip))
	}}
}

// inBytes is a fault of the finished file.
func inBytes(name, does string, do func(b []byte) []byte) Fault {
	return Fault{Name: "zip-" + name, Kind: KindWACZ, Does: does, Want: wants(dossier.ClassContainer), WACZ: finds(wacz.ClassZIP), apply: func(w *workshop) (*Package, error) {
		p, err := w.pack("gzip")
		if err != nil {
			return nil, err
		}
		return &Package{Data: do(p.zip.bytes()), Policy: w.policy()}, nil
	}}
}

// badName is a file whose name is the fault; it is listed, hashed and signed like all others.
func badName(name, does, file string) Fault {
	return Fault{Name: "name-" + name, Kind: KindWACZ, Does: does, Want: wants(dossier.ClassContainer, dossier.ClassPackage), WACZ: finds(wacz.ClassZIP, wacz.ClassPackage), apply: func(w *workshop) (*Package, error) {
		p, err := w.pack("gzip")
		if err != nil {
			return nil, err
		}
		p.zip.put(file, []byte("a file that is not what it seems"))
		if err := p.list(); err != nil {
			return nil, err
		}
		if err := p.seal(); err != nil {
			return nil, err
		}
		return w.done(p), nil
	}}
}

func zipFaults() []Fault {
	return slices.Concat(nameFaults(), entryFaults(), layoutFaults())
}

func nameFaults() []Fault {
	return []Fault{
		badName("traversal", "a file named ../outside.txt", "../outside.txt"),
		badName("traversal-inside", "a file named archive/../../outside.txt", "archive/../../outside.txt"),
		badName("absolute", "a file named /etc/outside", "/etc/outside"),
		badName("drive", "a file named C:/outside", "C:/outside"),
		badName("backslash", `a file named archive\extra.warc.gz`, `archive\extra.bin`),
		badName("nul", "a NUL within a name", "files/note.txt\x00.png"),
		badName("control", "a line feed within a name", "files/no\nte.txt"),
		badName("escape", "a terminal's escape sequence within a name", "files/\x1b[2Jnote.txt"),
		badName("dot", "a file named pages/./more.jsonl", "pages/./more.txt"),
		badName("empty-segment", "a file named pages//more.txt", "pages//more.txt"),
		badName("bidi", "a name that is shown backwards", "files/\u202egnp.exe"),
		badName("zero-width", "a zero-width space makes two names look the same", "pages/pages\u200b.jsonl"),
		badName("look-alike", "аrchive/data-0.warc.gz, its first letter Cyrillic", "\u0430rchive/data-0.warc.gz"),
		badName("case-twin", "Pages/Pages.jsonl beside pages/pages.jsonl", "Pages/Pages.jsonl"),
		badName("not-utf8", "a name that is not UTF-8", "files/\xff\xfe.txt"),
		badName("trailing-space", "pages/pages.jsonl with a space after it", "pages/pages.jsonl "),
		{Name: "name-normal-forms", Kind: KindWACZ, Does: "two names that differ in Unicode normal form only", Want: wants(dossier.ClassContainer, dossier.ClassPackage), WACZ: finds(wacz.ClassZIP, wacz.ClassPackage), apply: func(w *workshop) (*Package, error) {
			p, err := w.pack("gzip")
			if err != nil {
				return nil, err
			}
			p.zip.put("files/caf\u00e9.txt", []byte("one"))
			p.zip.put("files/cafe\u0301.txt", []byte("other"))
			if err := p.list(); err != nil {
				return nil, err
			}
			return w.pass(p, p.seal())
		}},
	}
}

// entryFaults are lies about single entries.
func entryFaults() []Fault {
	pages := func(lie func(e *entry)) func(z *zipFile) error {
		return func(z *zipFile) error {
			lie(z.find(pagesFile))
			return nil
		}
	}
	twin := func(data func(b []byte) []byte) func(z *zipFile) error {
		return func(z *zipFile) error {
			e := z.find(pagesFile)
			z.entries = append(z.entries, &entry{name: e.name, data: data(e.data), deflate: true})
			return nil
		}
	}
	return []Fault{
		inZIP("twice-other", "pages/pages.jsonl twice, with other content the second time", twin(func(b []byte) []byte {
			return bytes.ReplaceAll(b, []byte("title"), []byte("tilte"))
		})),
		inZIP("twice-same", "pages/pages.jsonl twice, with the same content", twin(func(b []byte) []byte { return b })),
		inZIP("local-name", "the local header has another name than the directory", pages(func(e *entry) { e.local = func(h *header) { h.name = "pages/other.jsonl" } })),
		inZIP("local-size", "the local header states another size", pages(func(e *entry) { e.local = func(h *header) { h.size += 7 } })),
		inZIP("local-packed-size", "the local header states another compressed size", pages(func(e *entry) { e.local = func(h *header) { h.packed -= 5 } })),
		inZIP("local-crc", "the local header states another CRC", pages(func(e *entry) { e.local = func(h *header) { h.crc ^= 1 } })),
		inZIP("local-method", "the local header states another compression", pages(func(e *entry) { e.local = func(h *header) { h.method = zip.Store } })),
		inZIP("local-flags", "the local header alone has the flag of encryption", pages(func(e *entry) { e.local = func(h *header) { h.flags |= 1 } })),
		inZIP("encrypted", "both headers have the flag of encryption", pages(func(e *entry) {
			e.local = func(h *header) { h.flags |= 1 }
			e.central = e.local
		})),
		inZIP("masked", "both headers have the flag of masked values", pages(func(e *entry) {
			e.local = func(h *header) { h.flags |= 1<<13 | 1<<6 }
			e.central = e.local
		})),
		inZIP("method-unknown", "a compression that WACZ does not know", pages(func(e *entry) {
			e.local = func(h *header) { h.method = 98 }
			e.central = e.local
		})),
		inZIP("crc", "the CRC in both headers is not that of the content", pages(func(e *entry) {
			e.local = func(h *header) { h.crc ^= 0xffff }
			e.central = e.local
		})),
		inZIP("size-smaller", "both headers state a smaller size than the content has", pages(func(e *entry) {
			e.local = func(h *header) { h.size -= 10 }
			e.central = e.local
		})),
		inZIP("bomb", "an entry that states 1 kB and unpacks to 64 MB", func(z *zipFile) error {
			e := z.find(pagesFile)
			e.packed = bomb(64 << 20)
			e.local = func(h *header) { h.size = 1024 }
			e.central = e.local
			return nil
		}),
		inZIP("deflate-tail", "bytes after the end of a compressed entry, within its size", pages(func(e *entry) {
			e.packed = append(deflated(e.data), "something hidden"...)
		})),
		inZIP("deflate-damaged", "a compressed entry that cannot be unpacked", pages(func(e *entry) {
			e.packed = bytes.Repeat([]byte{0xff}, len(deflated(e.data)))
		})),
		inZIP("symlink", "an entry that is a symbolic link", pages(func(e *entry) { e.central = func(h *header) { h.attributes = 0o120777 << 16 } })),
		inZIP("unicode-path", "a Unicode path field with another name than the header's", pages(func(e *entry) {
			field := append(binary.LittleEndian.AppendUint32([]byte{1}, crc32.ChecksumIEEE([]byte(e.name))), "pages/other.jsonl"...)
			extra := binary.LittleEndian.AppendUint16([]byte{0x75, 0x70}, uint16(len(field)))
			extra = append(extra, field...)
			e.local = func(h *header) { h.extra = extra }
			e.central = e.local
		})),
		inZIP("zip64-idle", "a ZIP64 field with other sizes, where the header has no room for it", pages(func(e *entry) {
			e.central = func(h *header) { h.extra = zip64(1<<40, 1<<40) }
		})),
		inZIP("zip64-lie", "sizes moved to a ZIP64 field, where they are wrong", pages(func(e *entry) {
			e.central = func(h *header) {
				h.extra = zip64(uint64(h.size)+9, uint64(h.packed))
				h.size, h.packed = 0xffffffff, 0xffffffff
			}
		})),
		inZIP("folder-with-content", "a folder that has content", func(z *zipFile) error {
			z.entries = append(z.entries, &entry{name: "files/", data: []byte("hidden in a folder")})
			return nil
		}),
		{Name: "zip-warc-deflated", Kind: KindWACZ, Does: "a WARC file compressed by the ZIP once more, so that no record can be read at its offset", Want: wants(dossier.ClassContainer, dossier.ClassPackage), WACZ: finds(wacz.ClassZIP, wacz.ClassPackage), apply: func(w *workshop) (*Package, error) {
			p, err := w.pack("gzip")
			if err != nil {
				return nil, err
			}
			p.zip.find(p.warcs()[0]).deflate = true
			return w.done(p), nil
		}},
		inPack("zip-index-deflated", "a compressed index compressed by the ZIP once more", "blocks", wants(dossier.ClassContainer, dossier.ClassPackage), finds(wacz.ClassZIP, wacz.ClassPackage), nil, func(p *pack) error {
			p.indexFile().deflate = true
			return nil
		}),
	}
}

// zip64 is an extra field of the sizes of a large file.
func zip64(size, packed uint64) []byte {
	b := binary.LittleEndian.AppendUint16([]byte{1, 0}, 16)
	return binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(b, size), packed)
}

// bomb is n zero bytes, deflated.
func bomb(n int) []byte {
	var out bytes.Buffer
	f, _ := flate.NewWriter(&out, flate.BestSpeed) // fails for a wrong level only
	zero := make([]byte, 1<<20)
	for ; n > 0; n -= len(zero) {
		f.Write(zero)
	}
	f.Close()
	return out.Bytes()
}

// layoutFaults are about where things lie in the file.
func layoutFaults() []Fault {
	number := func(at int, size int, change func(v uint32) uint32) func(z *zipFile) error {
		return func(z *zipFile) error {
			z.end = func(b []byte) []byte {
				if size == 2 {
					binary.LittleEndian.PutUint16(b[at:], uint16(change(uint32(binary.LittleEndian.Uint16(b[at:])))))
				} else {
					binary.LittleEndian.PutUint32(b[at:], change(binary.LittleEndian.Uint32(b[at:])))
				}
				return b
			}
			return nil
		}
	}
	return []Fault{
		inZIP("gap", "bytes between two entries that belong to none", func(z *zipFile) error {
			z.entries[1].before = []byte("bytes that no entry owns")
			return nil
		}),
		inZIP("hidden-entry", "an entry that the directory does not list", func(z *zipFile) error {
			z.entries = slices.Insert(z.entries, 1, &entry{name: "pages/secret.jsonl", data: []byte("{}"), unlisted: true})
			return nil
		}),
		inZIP("ghost-entry", "an entry of the directory for which there is no file", func(z *zipFile) error {
			z.entries = append(z.entries, &entry{name: "files/ghost.txt", data: []byte("boo"), ghost: true})
			return nil
		}),
		inZIP("overlap-same", "two entries of the directory that share one local file", func(z *zipFile) error {
			first := *z.entries[0]
			first.name, first.ghost, first.central = "files/shared.bin", true, func(h *header) { h.offset = 0 }
			z.entries = append(z.entries, &first)
			return nil
		}),
		inZIP("overlap-inside", "an entry that lies within another's content", func(z *zipFile) error {
			inner := header{name: "files/inner.txt", size: 3, packed: 3, crc: 0x8c736521, date: zipDate}
			outer := &entry{name: "files/outer.bin", data: append(inner.localBytes(), "foo"...)}
			z.entries = append(z.entries, outer)
			var at uint32
			outer.central = func(h *header) { at = h.offset + 30 + uint32(len(h.name)) }
			z.entries = append(z.entries, &entry{name: inner.name, data: []byte("foo"), ghost: true, central: func(h *header) { h.offset = at }})
			return nil
		}),
		inZIP("prepended", "a script before the first entry, the offsets moved along", func(z *zipFile) error {
			z.prepend = []byte("#!/bin/sh\nexec rm -rf ~\n")
			return nil
		}),
		inZIP("trailing", "bytes after the end of the directory", func(z *zipFile) error {
			z.trail = []byte("something after the end")
			return nil
		}),
		inZIP("comment-directory", "a comment that holds another end of directory", func(z *zipFile) error {
			z.comment = append(binary.LittleEndian.AppendUint32(nil, 0x06054b50), make([]byte, 18)...)
			return nil
		}),
		inZIP("count-low", "the end of the directory counts one entry less", number(10, 2, func(v uint32) uint32 { return v - 1 })),
		inZIP("count-high", "the end of the directory counts one entry more", number(10, 2, func(v uint32) uint32 { return v + 1 })),
		inZIP("directory-size", "the end of the directory states another size of it", number(12, 4, func(v uint32) uint32 { return v - 3 })),
		inZIP("directory-offset", "the end of the directory states another place of it", number(16, 4, func(v uint32) uint32 { return v + 4 })),
		inZIP("disk", "the end of the directory says that there are several disks", number(4, 2, func(uint32) uint32 { return 3 })),
		inBytes("prepended-unmoved", "bytes before the first entry, the offsets left", func(b []byte) []byte { return append([]byte("MZ prepended"), b...) }),
		inBytes("two-archives", "another archive before this one", func(b []byte) []byte { return append(slices.Clone(b), b...) }),
		inBytes("truncated", "the last 100 bytes are missing", func(b []byte) []byte { return b[:len(b)-100] }),
		inBytes("half", "the second half is missing", func(b []byte) []byte { return b[:len(b)/2] }),
		inBytes("empty", "no byte at all", func([]byte) []byte { return nil }),
		inBytes("no-zip", "a page that says it is no ZIP", func([]byte) []byte { return []byte("<!doctype html><title>404</title>" + strings.Repeat(" ", 600)) }),
	}
}
