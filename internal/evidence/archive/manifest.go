package archive

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A manifest is a text file of JSON records, one a line, each carrying the sum of the one before and
// its own, so that no line can be changed, removed from the middle or moved without being noticed.
const (
	kindSource = "source" // first line: the source's name
	kindPack   = "pack"   // a pack of objects from it
	kindDone   = "done"   // the source was read to its end

	maxSource = 1 << 10 // bytes of a source's name
	maxLine   = 8 << 10 // bytes of a line; JSON makes at most six of one
)

// record is one line of a manifest.
type record struct {
	Kind     string `json:"kind"`
	Source   string `json:"source,omitempty"`
	Pack     string `json:"pack,omitempty"`
	Size     int64  `json:"size,omitempty"` // bytes of the pack file
	Objects  int64  `json:"objects,omitempty"`
	RawBytes int64  `json:"raw_bytes,omitempty"`
	Read     int64  `json:"read,omitempty"`
	Kept     int64  `json:"kept,omitempty"`
	Rejected int64  `json:"rejected,omitempty"`
	Prev     string `json:"prev"` // sum of the record before, "" in the first
	Sum      string `json:"sum"`  // SHA-256 of this record with an empty sum, in hex
}

// line is the one way to write a record.
func (r record) line() []byte {
	b, err := json.Marshal(r)
	if err != nil {
		panic(err) // strings and numbers always have a form in JSON
	}
	return append(b, '\n')
}

func (r record) sum() string {
	r.Sum = ""
	return Sum(bytes.TrimSuffix(r.line(), []byte("\n"))).String()
}

// follow chains a record to the one before.
func (r record) follow(prev string) record {
	r.Prev = prev
	r.Sum = r.sum()
	return r
}

// parseRecord reads one line, without its end. A record that would be written otherwise was changed.
func parseRecord(line []byte) (record, bool) {
	var r record
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	if len(line) > maxLine || d.Decode(&r) != nil || r.Sum != r.sum() || !bytes.Equal(r.line(), append(line[:len(line):len(line)], '\n')) {
		return record{}, false
	}
	return r, r.Kind != kindPack || packName(r.Pack) && r.Size > 0 && r.Objects > 0 && r.RawBytes >= 0
}

func packName(s string) bool {
	_, err := ParseHash(s)
	return err == nil && s == strings.ToLower(s)
}

// manifest is a source's manifest as read.
type manifest struct {
	file, name string
	records    []record // those before any fault
	fault      string   // what is wrong with it, in words
	torn       int64    // where a last line without an end begins; -1 when there is none
}

func (a *Archive) manifestPath(source string) string {
	id := Sum([]byte(source))
	return filepath.Join(a.dir, "manifests", hex.EncodeToString(id[:8])+".jsonl")
}

// readManifest reads and checks one manifest.
func readManifest(path string) (manifest, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return manifest{}, fmt.Errorf("read manifest: %w", err)
	}
	m := parseManifest(b)
	m.file = filepath.Base(path)
	return m, nil
}

func parseManifest(b []byte) manifest {
	m := manifest{torn: -1}
	prev := ""
	whole := int64(len(b))
	for n := 1; len(b) > 0; n++ {
		line, rest, ended := bytes.Cut(b, []byte("\n"))
		if !ended {
			m.torn = whole - int64(len(b))
			m.fault = fmt.Sprintf("line %d is cut off", n)
			return m
		}
		b = rest
		r, ok := parseRecord(line)
		switch {
		case !ok:
			m.fault = fmt.Sprintf("line %d was changed", n)
		case r.Prev != prev:
			m.fault = fmt.Sprintf("line %d does not follow the one before: lines are missing or out of order", n)
		case (n == 1) != (r.Kind == kindSource):
			m.fault = fmt.Sprintf("line %d is a %s record", n, r.Kind)
		}
		if m.fault != "" {
			return m
		}
		if n == 1 {
			m.name = r.Source
		}
		m.records = append(m.records, r)
		prev = r.Sum
	}
	if len(m.records) == 0 {
		m.fault, m.torn = "it is empty", 0
	}
	return m
}

// lastRecord reads the name and the last record of a manifest without reading what lies between.
func lastRecord(path string) (name string, last record, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", record{}, err
	}
	defer f.Close()
	damaged := fmt.Errorf("manifest %s is damaged; run fsck", filepath.Base(path))
	head := make([]byte, maxLine)
	n, err := f.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return "", record{}, err
	}
	line, _, ended := bytes.Cut(head[:n], []byte("\n"))
	first, ok := parseRecord(line)
	if !ended || !ok || first.Kind != kindSource {
		return "", record{}, damaged
	}
	st, err := f.Stat()
	if err != nil {
		return "", record{}, err
	}
	tail := make([]byte, min(st.Size(), maxLine+1))
	if _, err := f.ReadAt(tail, st.Size()-int64(len(tail))); err != nil && !errors.Is(err, io.EOF) {
		return "", record{}, err
	}
	tail, ended = bytes.CutSuffix(tail, []byte("\n"))
	if last, ok = parseRecord(tail[bytes.LastIndexByte(tail, '\n')+1:]); !ok || !ended {
		return "", record{}, damaged
	}
	return first.Source, last, nil
}

// append adds a record to a source's manifest, synced, and to the head. The caller is in change.
func (a *Archive) append(source string, r record) error {
	path := a.manifestPath(source)
	h, err := a.readHead()
	if errors.Is(err, fs.ErrNotExist) {
		h = head{}
		err = a.nothingListed()
	}
	if err != nil {
		return err
	}
	name, last, err := lastRecord(path)
	fresh := errors.Is(err, fs.ErrNotExist)
	var out []byte
	switch {
	case fresh:
		last = record{Kind: kindSource, Source: source}.follow("")
		h, out = h.with(last), last.line()
	case err != nil:
		return fmt.Errorf("append to manifest: %w", err)
	case name != source:
		return fmt.Errorf("append to manifest %s: it belongs to source %q, not %q", filepath.Base(path), name, source)
	}
	r = r.follow(last.Sum)
	h, out = h.with(r), append(out, r.line()...)
	if err := appendFile(path, out); err != nil {
		return fmt.Errorf("append to manifest: %w", err)
	}
	if fresh {
		if err := syncDir(filepath.Dir(path)); err != nil {
			return err
		}
	}
	a.reached("listed")
	return a.writeHead(h)
}

// nothingListed says whether there is no manifest. Only then may the head be missing: else change has made it anew.
func (a *Archive) nothingListed() error {
	files, err := os.ReadDir(filepath.Join(a.dir, "manifests"))
	if err == nil && len(files) > 0 {
		err = errHead
	}
	return err
}

// Finish notes that a source was read to its end, and how it was accounted for. Saying the same
// again changes nothing.
func (a *Archive) Finish(source string, t Totals) error {
	source = sourceName(source)
	err := a.change(func() error {
		m, err := readManifest(a.manifestPath(source))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		for _, old := range slices.Backward(m.records) {
			if old.Kind == kindDone {
				if (Totals{old.Read, old.Kept, old.Rejected}) == t {
					return nil
				}
				break
			}
		}
		return a.append(source, record{Kind: kindDone, Read: t.Read, Kept: t.Kept, Rejected: t.Rejected})
	})
	if err != nil {
		return fmt.Errorf("finish source %q: %w", source, err)
	}
	return nil
}
