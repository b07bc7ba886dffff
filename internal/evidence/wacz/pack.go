package wacz

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"
)

// Version is the version of WACZ that is written.
const Version = "1.1.1"

// Names of the parts of a package.
const (
	packageFile  = "datapackage.json"
	digestFile   = "datapackage-digest.json"
	pagesFile    = "pages/pages.jsonl"
	extraFile    = "pages/extraPages.jsonl"
	cdxFile      = "indexes/index.cdx.gz"
	idxFile      = "indexes/index.idx"
	cdxBlock     = 1024 // lines of a block of the compressed index
	archiveDir   = "archive/"
	indexesDir   = "indexes/"
	pagesDir     = "pages/"
	pagesFormat  = "json-pages-1.0"
	cdxjFormat   = "cdxj-gzip-1.0"
	dataPackage  = "data-package"
	createdStyle = "2006-01-02T15:04:05Z"
)

// Resource is one file of a package, as datapackage.json lists it.
type Resource struct {
	Name  string `json:"name"`
	Path  string `json:"path"`
	Hash  string `json:"hash"` // sha256:<hex>
	Bytes int64  `json:"bytes"`
}

// Packed is what Pack wrote.
type Packed struct {
	Size      int64
	Hash      string // sha256:<hex> of datapackage.json, which stands for everything in the package
	Resources []Resource
	Lines     int // of the index
}

// Pack writes a WACZ 1.1.1 package: the WARC files, a compressed CDXJ index of them, the pages, the further files,
// datapackage.json and datapackage-digest.json, all stored without compression. Every member is read twice and
// never held in memory; the lines of the index are.
func Pack(ctx context.Context, w io.Writer, c Content) (Packed, error) {
	p := packer{ctx: ctx, c: c, names: map[string]bool{}}
	if err := p.gather(); err != nil {
		return Packed{}, fmt.Errorf("pack: %w", err)
	}
	out := newZIPWriter(w, c.Created)
	for i := range p.parts {
		if err := p.put(out, &p.parts[i]); err != nil {
			return Packed{}, fmt.Errorf("pack: %w", err)
		}
	}
	if err := out.close(); err != nil {
		return Packed{}, fmt.Errorf("pack: %w", err)
	}
	p.done.Size = out.at
	return p.done, nil
}

// part is one entry to be written.
type part struct {
	path string
	size int64
	crc  uint32
	sum  []byte
	open func() (io.ReadCloser, error)
}

type packer struct {
	ctx   context.Context
	c     Content
	parts []part
	lines []string
	names map[string]bool
	done  Packed
}

// gather measures everything and makes the derived files.
func (p *packer) gather() error {
	if len(p.c.WARCs) == 0 {
		return errors.New("it needs at least one WARC file")
	}
	if len(p.c.Pages) == 0 {
		return errors.New("it needs at least one page")
	}
	for _, m := range p.c.WARCs {
		if err := p.warc(m); err != nil {
			return err
		}
	}
	slices.Sort(p.lines)
	p.lines = slices.Compact(p.lines)
	p.done.Lines = len(p.lines)
	cdx, idx, err := zipNum(p.lines)
	if err != nil {
		return err
	}
	p.own(cdxFile, cdx)
	p.own(idxFile, idx)
	if err := p.pages(); err != nil {
		return err
	}
	for _, m := range p.c.Files {
		if err := p.file(m); err != nil {
			return err
		}
	}
	return p.describe()
}

// warc indexes and measures a WARC file.
func (p *packer) warc(m Member) error {
	name, ok := strings.CutPrefix(m.Path, archiveDir)
	if !ok || strings.Contains(name, "/") || !strings.HasSuffix(name, ".warc") && !strings.HasSuffix(name, ".warc.gz") {
		return fmt.Errorf("%q must be archive/<name>.warc or archive/<name>.warc.gz", m.Path)
	}
	return p.measure(m, func(r io.Reader) error {
		return Index(p.ctx, r, name, p.c.Fault, func(l Line) error {
			p.lines = append(p.lines, l.String())
			return nil
		})
	})
}

// file measures a further file.
func (p *packer) file(m Member) error {
	switch top, _, _ := strings.Cut(m.Path, "/"); strings.ToLower(top) {
	case "archive", "indexes", "pages", packageFile, digestFile:
		return fmt.Errorf("%q is the place of something else", m.Path)
	}
	return p.measure(m, func(r io.Reader) error {
		_, err := io.Copy(io.Discard, r)
		return err
	})
}

func (p *packer) measure(m Member, read func(io.Reader) error) error {
	if bad := nameFaults(m.Path); len(bad) > 0 {
		return fmt.Errorf("name %q: %s", m.Path, bad[0])
	}
	fold := foldName(m.Path)
	if p.names[fold] {
		return fmt.Errorf("%q is there already", m.Path)
	}
	p.names[fold] = true
	if err := p.ctx.Err(); err != nil {
		return err
	}
	in, err := m.Open()
	if err != nil {
		return fmt.Errorf("open %s: %w", m.Path, err)
	}
	defer in.Close()
	t := newTally(in)
	if err := read(t); err != nil {
		return fmt.Errorf("read %s: %w", m.Path, err)
	}
	p.parts = append(p.parts, t.part(m.Path, m.Open))
	return nil
}

// tally measures what is read through it.
type tally struct {
	r   io.Reader
	n   int64
	sum hash.Hash
	crc hash.Hash32
}

func newTally(r io.Reader) *tally { return &tally{r: r, sum: sha256.New(), crc: crc32.NewIEEE()} }

func (t *tally) Read(p []byte) (int, error) {
	n, err := t.r.Read(p)
	t.n += int64(n)
	t.sum.Write(p[:n])
	t.crc.Write(p[:n])
	return n, err
}

func (t *tally) part(name string, open func() (io.ReadCloser, error)) part {
	return part{path: name, size: t.n, crc: t.crc.Sum32(), sum: t.sum.Sum(nil), open: open}
}

// own adds a file that was made here.
func (p *packer) own(name string, b []byte) {
	sum := sha256.Sum256(b)
	p.parts = append(p.parts, part{path: name, size: int64(len(b)), crc: crc32.ChecksumIEEE(b), sum: sum[:],
		open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b)), nil }})
}

func (p *packer) put(z *zipWriter, t *part) error {
	if err := p.ctx.Err(); err != nil {
		return err
	}
	in, err := t.open()
	if err != nil {
		return fmt.Errorf("open %s: %w", t.path, err)
	}
	defer in.Close()
	return z.add(t.path, t.size, t.crc, in)
}

// zipNum makes a compressed index of sorted lines, and the index of its blocks.
func zipNum(lines []string) (cdx, idx []byte, err error) {
	var data, blocks bytes.Buffer
	fmt.Fprintf(&blocks, "!meta 0 {\"format\": %q, \"filename\": %q}\n", cdxjFormat, path.Base(cdxFile))
	gz := gzip.NewWriter(&data)
	for block := range slices.Chunk(lines, cdxBlock) {
		start := data.Len()
		gz.Reset(&data)
		for _, l := range block {
			if _, err := io.WriteString(gz, l+"\n"); err != nil {
				return nil, nil, err
			}
		}
		if err := gz.Close(); err != nil {
			return nil, nil, err
		}
		sum := sha256.Sum256(data.Bytes()[start:])
		prefix, _, _ := strings.Cut(block[0], " {")
		fmt.Fprintf(&blocks, "%s {\"offset\": %d, \"length\": %d, \"digest\": \"sha256:%x\"}\n", prefix, start, data.Len()-start, sum)
	}
	return data.Bytes(), blocks.Bytes(), nil
}

// pages makes the lists of pages.
func (p *packer) pages() error {
	list := func(file, id, title string, pages []Page) error {
		var b bytes.Buffer
		hasText := slices.ContainsFunc(pages, func(g Page) bool { return g.Text != "" })
		head := struct {
			Format  string `json:"format"`
			ID      string `json:"id"`
			Title   string `json:"title"`
			HasText bool   `json:"hasText,omitempty"`
		}{pagesFormat, id, title, hasText}
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		if err := e.Encode(head); err != nil {
			return err
		}
		for _, g := range pages {
			if g.URL == "" || g.At.IsZero() {
				return fmt.Errorf("page %q needs a URL and a time", g.ID)
			}
			g.At = g.At.UTC()
			if err := e.Encode(g); err != nil {
				return fmt.Errorf("page %s: %w", g.URL, err)
			}
		}
		p.own(file, b.Bytes())
		return nil
	}
	if err := list(pagesFile, "pages", "Pages", p.c.Pages); err != nil {
		return err
	}
	if len(p.c.Extra) == 0 {
		return nil
	}
	return list(extraFile, "extra-pages", "Extra Pages", p.c.Extra)
}

// describe makes datapackage.json and datapackage-digest.json.
func (p *packer) describe() error {
	names := map[string]bool{}
	for _, t := range p.parts {
		p.done.Resources = append(p.done.Resources, Resource{resourceName(t.path, names), t.path, "sha256:" + hex.EncodeToString(t.sum), t.size})
	}
	type pair struct {
		key   string
		value any
	}
	fields := []pair{{"profile", dataPackage}, {"wacz_version", Version}}
	add := func(key, value string) {
		if value != "" {
			fields = append(fields, pair{key, value})
		}
	}
	add("title", p.c.Title)
	add("description", p.c.Description)
	add("created", p.c.Created.UTC().Format(createdStyle))
	add("software", p.c.Software)
	add("mainPageUrl", p.c.MainURL)
	if !p.c.MainAt.IsZero() {
		add("mainPageDate", p.c.MainAt.UTC().Format(time.RFC3339Nano))
	}
	for _, key := range slices.Sorted(maps.Keys(p.c.Fields)) {
		if slices.ContainsFunc(fields, func(f pair) bool { return f.key == key }) || key == "resources" {
			return fmt.Errorf("field %q of %s is set twice", key, packageFile)
		}
		fields = append(fields, pair{key, p.c.Fields[key]})
	}
	fields = append(fields, pair{"resources", p.done.Resources})
	var b bytes.Buffer
	b.WriteString("{\n")
	for i, f := range fields {
		v, err := json.MarshalIndent(f.value, "  ", "  ")
		if err != nil {
			return fmt.Errorf("field %q of %s: %w", f.key, packageFile, err)
		}
		fmt.Fprintf(&b, "  %q: %s", f.key, v)
		if i < len(fields)-1 {
			b.WriteByte(',')
		}
		b.WriteByte('\n')
	}
	b.WriteString("}\n")
	sum := sha256.Sum256(b.Bytes())
	p.done.Hash = "sha256:" + hex.EncodeToString(sum[:])
	p.own(packageFile, b.Bytes())
	return p.digest()
}

func (p *packer) digest() error {
	v := struct {
		Path   string  `json:"path"`
		Hash   string  `json:"hash"`
		Signed *Signed `json:"signedData,omitempty"`
	}{Path: packageFile, Hash: p.done.Hash}
	if p.c.Sign != nil {
		s, err := p.c.Sign(p.done.Hash)
		if err != nil {
			return fmt.Errorf("sign %s: %w", packageFile, err)
		}
		v.Signed = s
	}
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	p.own(digestFile, append(b, '\n'))
	return nil
}

// resourceName makes a name as Frictionless Data Packages want them: lower case, few characters, unique.
func resourceName(file string, taken map[string]bool) string {
	clean := func(s string) string {
		return strings.Map(func(c rune) rune {
			if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '.' || c == '-' || c == '_' {
				return c
			}
			return '-'
		}, strings.ToLower(s))
	}
	name := clean(path.Base(file))
	for i := 1; taken[name]; i++ {
		if name = clean(file); i > 1 {
			name = fmt.Sprintf("%s-%d", clean(file), i)
		}
	}
	taken[name] = true
	return name
}
