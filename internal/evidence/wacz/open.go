package wacz

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"
)

// Limits of what is taken into memory of a package.
const (
	maxPackage = 64 << 20  // bytes of datapackage.json
	maxDigest  = 4 << 20   // of datapackage-digest.json
	maxPages   = 512 << 20 // of a list of pages
	maxPage    = 64 << 20  // of one line of it
	maxLines   = 2_000_000 // of all indexes
	maxIndex   = 2 << 30   // bytes of an index, unpacked
)

// Archive is an open package. It is made for reading what others wrote: what Check would reject is read as far as
// it is clear what is meant, except for names that are not safe, which are refused. It may be used by one goroutine
// at a time.
type Archive struct {
	// Refused are entries that cannot be reached, and why.
	Refused []Fault
	// Info are the fields of datapackage.json, nil when there is none.
	Info map[string]json.RawMessage

	zip       *zipFile
	resources []Resource
	lines     map[string][]Line // by loose key; nil before the first lookup
}

// Open reads the directory and the manifest of a package of size bytes. The error is ErrNotZIP, or what reading gave.
func Open(r io.ReaderAt, size int64) (*Archive, error) {
	a := &Archive{}
	silent := func(string, string, ...any) {}
	z, err := readZIP(r, size, silent, silent)
	if err != nil {
		return nil, fmt.Errorf("open package: %w", err)
	}
	a.zip = z
	listed := map[string]Resource{}
	if e := z.find(packageFile); e != nil {
		if b, err := z.readSmall(e, maxPackage); err == nil && json.Unmarshal(b, &a.Info) == nil {
			var rs []Resource
			if json.Unmarshal(a.Info["resources"], &rs) == nil {
				for _, x := range rs {
					listed[x.Path] = x
				}
			}
		}
	}
	for i := range z.entries {
		e := &z.entries[i]
		if e.folder() {
			continue
		}
		if bad := nameFaults(e.name); len(bad) > 0 {
			a.Refused = append(a.Refused, Fault{ClassZIP, e.name, "its name: " + bad[0]})
			continue
		}
		if z.byName[e.name] != i {
			a.Refused = append(a.Refused, Fault{ClassZIP, e.name, "there is another entry of this name"})
			continue
		}
		if e.data < 0 {
			a.Refused = append(a.Refused, Fault{ClassZIP, e.name, "it cannot be read"})
			continue
		}
		x := listed[e.name]
		a.resources = append(a.resources, Resource{Name: x.Name, Path: e.name, Hash: x.Hash, Bytes: e.size})
	}
	return a, nil
}

// File opens a file of the package. Reading it to the end fails when its length or checksum is not what the
// directory says.
func (a *Archive) File(name string) (io.Reader, error) {
	for _, x := range a.resources {
		if x.Path == name {
			return a.zip.open(a.zip.find(name))
		}
	}
	return nil, fmt.Errorf("open %s: %w", name, ErrNotFound)
}

// ErrNotFound says that a package does not hold what was asked for.
var ErrNotFound = errors.New("not in the package")

// Pages returns the pages of pages/pages.jsonl, then those of further lists. Lines that are no page are left out.
func (a *Archive) Pages() ([]Page, error) {
	var out []Page
	files := []string{pagesFile}
	for _, x := range a.resources {
		if strings.HasPrefix(x.Path, pagesDir) && strings.HasSuffix(x.Path, ".jsonl") && x.Path != pagesFile {
			files = append(files, x.Path)
		}
	}
	for _, name := range files {
		in, err := a.File(name)
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		err = eachLine(&limited{r: in, left: maxPages}, maxPage, func(_ int, b []byte) error {
			var p struct {
				Page
				At  string `json:"ts"`
				URL string `json:"url"`
			}
			if json.Unmarshal(b, &p) == nil && p.URL != "" {
				p.Page.URL = p.URL
				p.Page.At, _ = parseCreated(p.At)
				out = append(out, p.Page)
			}
			return nil
		})
		if err != nil {
			return out, fmt.Errorf("read %s: %w", name, err)
		}
	}
	return out, nil
}

// WARCs returns the paths of the WARC files.
func (a *Archive) WARCs() []string {
	var out []string
	for _, x := range a.resources {
		if isWARC(x.Path) {
			out = append(out, x.Path)
		}
	}
	return out
}

func isWARC(name string) bool {
	return strings.HasPrefix(name, archiveDir) && (strings.HasSuffix(name, ".warc") || strings.HasSuffix(name, ".warc.gz"))
}

// isIndex says whether a file is a CDXJ index, plain or compressed.
func isIndex(name string) bool {
	if !strings.HasPrefix(name, indexesDir) {
		return false
	}
	name = strings.TrimSuffix(name, ".gz")
	return strings.HasSuffix(name, ".cdx") || strings.HasSuffix(name, ".cdxj")
}

// Lookup returns the lines of the index for a URL: those of exactly this URL first, then by how near they are to
// the time. The first call reads the whole index into memory.
func (a *Archive) Lookup(uri string, at time.Time) ([]Line, error) {
	if a.lines == nil {
		if err := a.load(); err != nil {
			return nil, err
		}
	}
	out := slices.Clone(a.lines[looseKey(SURT(uri))])
	slices.SortStableFunc(out, func(x, y Line) int {
		if c := cmp.Compare(b2i(y.URL == uri), b2i(x.URL == uri)); c != 0 {
			return c
		}
		return cmp.Compare(x.At().Sub(at).Abs(), y.At().Sub(at).Abs())
	})
	return out, nil
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Lines passes every line of the index on, in the order of the files.
func (a *Archive) Lines(each func(Line) error) error {
	for _, x := range a.resources {
		if !isIndex(x.Path) {
			continue
		}
		in, err := a.File(x.Path)
		if err != nil {
			return err
		}
		if strings.HasSuffix(x.Path, ".gz") {
			if in, err = gzip.NewReader(in); err != nil {
				return fmt.Errorf("read %s: %w", x.Path, err)
			}
		}
		err = eachLine(&limited{r: in, left: maxIndex}, maxLine, func(_ int, b []byte) error {
			l, err := ParseLine(string(b))
			if err != nil {
				return nil // as a header line of CDX
			}
			return each(l)
		})
		if err != nil {
			return fmt.Errorf("read %s: %w", x.Path, err)
		}
	}
	return nil
}

func (a *Archive) load() error {
	a.lines = map[string][]Line{}
	n := 0
	return a.Lines(func(l Line) error {
		if n++; n > maxLines {
			return fmt.Errorf("more than %d lines: %w", maxLines, ErrTooLarge)
		}
		key := looseKey(SURT(l.URL))
		a.lines[key] = append(a.lines[key], l)
		return nil
	})
}

// Record returns the record that a line of the index points to. Its block is valid until the next call.
func (a *Archive) Record(l Line) (*Record, error) {
	name := archiveDir + path.Base(l.Filename)
	e := a.zip.find(name)
	if e == nil || e.data < 0 {
		return nil, fmt.Errorf("record of %s: %s: %w", l.URL, name, ErrNotFound)
	}
	var in io.Reader
	if e.method == methodStore {
		if l.Offset < 0 || l.Offset > e.size {
			return nil, fmt.Errorf("record of %s: %w: byte %d lies outside %s", l.URL, ErrNotFound, l.Offset, name)
		}
		in = io.NewSectionReader(a.zip.r, e.data+l.Offset, e.size-l.Offset)
	} else {
		whole, err := a.zip.open(e)
		if err != nil {
			return nil, err
		}
		if _, err := io.CopyN(io.Discard, whole, l.Offset); err != nil {
			return nil, fmt.Errorf("record of %s: %w", l.URL, unexpected(err))
		}
		in = whole
	}
	rec, err := NewReader(in, ReaderOptions{}).Next()
	if err != nil {
		return nil, fmt.Errorf("record of %s: %w", l.URL, unexpected(err))
	}
	rec.Offset = l.Offset
	return rec, nil
}

// Payload is what a page would be shown: a resource, or a response with its content decoded.
type Payload struct {
	Line    Line
	Record  *Record
	HTTP    *HTTP     // nil for a resource
	MIME    string    // without parameters
	Content io.Reader // at most as much as was asked for, then ErrTooLarge
}

// Payload returns the content of the capture of a URL that is nearest to a time. A revisit is followed to the
// record whose payload it repeats.
func (a *Archive) Payload(uri string, at time.Time, limit int64) (*Payload, error) {
	lines, err := a.Lookup(uri, at)
	if err != nil {
		return nil, err
	}
	if len(lines) == 0 {
		return nil, fmt.Errorf("payload of %s: %w", uri, ErrNotFound)
	}
	l := lines[0]
	if l.MIME == "warc/revisit" {
		if l, err = a.original(l); err != nil {
			return nil, err
		}
	}
	rec, err := a.Record(l)
	if err != nil {
		return nil, err
	}
	p := &Payload{Line: l, Record: rec, MIME: mimeOf(rec.ContentType), Content: &limited{r: rec.Block, left: limit}}
	if rec.IsHTTP() {
		if p.HTTP, err = ParseHTTP(rec.Block); err != nil {
			return nil, fmt.Errorf("payload of %s: %w", uri, err)
		}
		p.MIME = p.HTTP.MIME()
		if p.Content, err = p.HTTP.Content(limit); err != nil {
			return nil, fmt.Errorf("payload of %s: %w", uri, err)
		}
	}
	return p, nil
}

// original finds the line of the record whose payload a revisit repeats.
func (a *Archive) original(l Line) (Line, error) {
	rec, err := a.Record(l)
	if err != nil {
		return l, err
	}
	uri := cmp.Or(strings.Trim(rec.Fields.Get("WARC-Refers-To-Target-URI"), "<>"), rec.URI)
	at, _, err := ParseDate(rec.Fields.Get("WARC-Refers-To-Date"))
	if err != nil {
		at = rec.Date
	}
	candidates, err := a.Lookup(uri, at)
	if err != nil {
		return l, err
	}
	for _, c := range candidates {
		if c.MIME != "warc/revisit" && sameDigest(c.Digest, l.Digest) {
			return c, nil
		}
	}
	return l, fmt.Errorf("payload of %s: the record that its revisit refers to is %w", l.URL, ErrNotFound)
}

// eachLine passes the lines of r on, with their numbers from 1 and without their ends.
func eachLine(r io.Reader, limit int, each func(n int, line []byte) error) error {
	buf := make([]byte, 0, 64<<10)
	n := 0
	for {
		if len(buf) == cap(buf) {
			buf = slices.Grow(buf, len(buf)+1)
		}
		fresh := len(buf)
		k, err := r.Read(buf[fresh:cap(buf)])
		buf = buf[:fresh+k]
		start := 0
		for {
			i := bytes.IndexByte(buf[fresh:], '\n')
			if i < 0 {
				break
			}
			n++
			if err := each(n, bytes.TrimSuffix(buf[start:fresh+i], []byte("\r"))); err != nil {
				return err
			}
			start = fresh + i + 1
			fresh = start
		}
		buf = append(buf[:0], buf[start:]...)
		if len(buf) > limit {
			return fmt.Errorf("line %d: longer than %d bytes: %w", n+1, limit, ErrTooLarge)
		}
		if err == io.EOF {
			if len(buf) > 0 {
				return each(n+1, buf)
			}
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// looseKey makes keys alike that the tools in use write for the same URL: some keep trailing slashes, escapes and
// session ids, some do not.
func looseKey(key string) string {
	key = strings.ToLower(unescapeFully(key))
	main, query, has := strings.Cut(key, "?")
	for len(main) > 1 && strings.HasSuffix(main, "/") {
		main = main[:len(main)-1]
	}
	if has && query != "" {
		main += "?" + query
	}
	return main
}
