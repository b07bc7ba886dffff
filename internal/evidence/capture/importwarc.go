package capture

import (
	"archive/zip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"time"

	"veedor/internal/evidence/wacz"
)

// Limits on what imported web archives hold.
const (
	maxUnpacked = 4 << 30   // bytes of all blocks
	maxBlock    = 512 << 20 // of one
	maxRatio    = 200       // unpacked bytes for a packed one, past lenient of them
	lenient     = 256 << 20
	maxRecords  = 500_000
	maxEntries  = 20_000 // files in a package
	maxDepth    = 16     // folders in folders
)

// warc copies the records of a WARC.
func (in *incoming) warc(ctx context.Context) error {
	p := &page{}
	if err := in.records(ctx, in.file.f, p); err != nil {
		return err
	}
	if p.count == 0 {
		return refusal("it is no WARC: it holds no record that can be read")
	}
	in.fault(wacz.CheckWARC(ctx, io.NewSectionReader(in.file.f, 0, in.file.size), wacz.Options{MaxFaults: maxFaults}))
	return in.main(ctx, p)
}

// wacz copies the records of the WARCs in a package.
func (in *incoming) wacz(ctx context.Context) error {
	z, err := zip.NewReader(in.file.f, in.file.size)
	if err != nil {
		return refusal("it is no ZIP that can be read: %v", err)
	}
	if err := admitPackage(z); err != nil {
		return err
	}
	p := &page{wanted: mainPage(z)}
	for _, f := range z.File {
		if !strings.HasPrefix(f.Name, "archive/") || !strings.HasSuffix(f.Name, ".warc") && !strings.HasSuffix(f.Name, ".warc.gz") {
			continue
		}
		r, err := f.Open()
		if err != nil {
			return refusal("%s in it cannot be read: %v", f.Name, err)
		}
		err = in.records(ctx, r, p)
		_ = r.Close()
		if err != nil {
			return err
		}
	}
	if p.count == 0 {
		return refusal("it is no WACZ: it holds no WARC with records")
	}
	in.fault(wacz.Check(ctx, in.file.f, in.file.size, wacz.Options{MaxFaults: maxFaults}))
	return in.main(ctx, p)
}

// admitPackage refuses a ZIP that is no WACZ, or would hurt whoever unpacks it.
func admitPackage(z *zip.Reader) error {
	if len(z.File) > maxEntries {
		return refusal("it holds %d files; at most %d are taken", len(z.File), maxEntries)
	}
	described := false
	var unpacked uint64
	for _, f := range z.File {
		if why := badPath(f.Name); why != "" {
			return refusal("the name of a file in it %s: %.200q", why, f.Name)
		}
		if strings.Count(f.Name, "/") > maxDepth {
			return refusal("folders lie in folders more than %d deep: %.200q", maxDepth, f.Name)
		}
		if m := f.Mode(); m&(fs.ModeSymlink|fs.ModeDevice|fs.ModeNamedPipe|fs.ModeSocket) != 0 {
			return refusal("a file in it is a link or a device: %.200q", f.Name)
		}
		if f.Flags&1 != 0 {
			return refusal("a file in it is encrypted: %.200q", f.Name)
		}
		unpacked += min(f.UncompressedSize64, 1<<50)
		if f.UncompressedSize64 > lenient && f.UncompressedSize64/maxRatio > f.CompressedSize64 {
			return refusal("it is a decompression bomb: %.200q unpacks to %d bytes from %d", f.Name, f.UncompressedSize64, f.CompressedSize64)
		}
		described = described || f.Name == "datapackage.json"
	}
	if unpacked > maxUnpacked {
		return refusal("it unpacks to %d bytes; at most %d are taken", unpacked, int64(maxUnpacked))
	}
	if !described {
		return refusal("it is a ZIP and no WACZ: it has no datapackage.json. Unpack it and import its files one by one")
	}
	return nil
}

// page looks for the page that a web archive is about.
type page struct {
	wanted     string // its address, when the package says so
	count      int    // records
	bytes      int64  // of their blocks
	candidates []candidate
}

// candidate is a record that may be the page.
type candidate struct {
	url  string
	date time.Time
	at   int64 // where it lies in our WARC
}

const maxCandidates = 200 // of the first records looked at

// records copies records into our WARC as they are; only their digests are made anew.
func (in *incoming) records(ctx context.Context, r io.Reader, p *page) error {
	read := wacz.NewReader(&patient{ctx, r}, wacz.ReaderOptions{})
	for {
		rec, err := read.Next()
		if err == io.EOF {
			return nil
		}
		if errors.Is(err, wacz.ErrDamaged) || errors.Is(err, io.ErrUnexpectedEOF) {
			if p.count == 0 {
				return refusal("it is no WARC: %v", err)
			}
			in.note("it cannot be read to its end: %s", plain(err.Error()))
			return nil
		}
		if err != nil {
			return err
		}
		if p.count++; p.count > maxRecords {
			return refusal("it holds more than %d records", maxRecords)
		}
		if rec.Length > maxBlock {
			return refusal("a record of it has %d bytes; at most %d are taken", rec.Length, maxBlock)
		}
		rec.Block = &metered{r: rec.Block, p: p, packed: in.file.size}
		if err := in.copy(rec, p); err != nil {
			return err
		}
	}
}

func (in *incoming) copy(rec *wacz.Record, p *page) error {
	w, err := in.w.Write(rec)
	switch {
	case errors.Is(err, wacz.ErrRecord), errors.Is(err, io.ErrUnexpectedEOF):
		in.note("a record is left out, the file as it came has it: %s", plain(err.Error()))
		return nil
	case err != nil:
		return err
	}
	if rec.Type == wacz.TypeResponse && rec.IsHTTP() {
		in.Exchanges++
		in.Payload += rec.Length
	}
	p.consider(candidate{rec.URI, rec.Date, w.Offset}, rec.Type)
	return nil
}

// consider keeps what may be the page: the one that the package names comes first.
func (p *page) consider(c candidate, recordType string) {
	switch {
	case recordType != wacz.TypeResponse && recordType != wacz.TypeResource:
	case p.wanted != "" && c.url == p.wanted:
		p.candidates = slices.Insert(p.candidates, 0, c)
		p.wanted = ""
	case len(p.candidates) < maxCandidates:
		p.candidates = append(p.candidates, c)
	}
}

// metered counts what is unpacked, and stops a decompression bomb.
type metered struct {
	r      io.Reader
	p      *page
	packed int64
}

func (m *metered) Read(b []byte) (int, error) {
	n, err := m.r.Read(b)
	m.p.bytes += int64(n)
	if m.p.bytes > maxUnpacked || m.p.bytes > lenient && m.p.bytes/maxRatio > m.packed {
		return n, refusal("it is a decompression bomb: %d bytes unpack to more than %d", m.packed, m.p.bytes)
	}
	return n, err
}

// main takes over address, time and text of the page that the archive is about: the first web page that was
// answered, else the first thing there is.
func (in *incoming) main(ctx context.Context, p *page) error {
	if len(p.candidates) == 0 {
		return refusal("there is no page or file in it")
	}
	best := p.candidates[0]
	for _, c := range p.candidates {
		if in.isPage(c) {
			best = c
			break
		}
	}
	if err := in.address(best.url); err != nil {
		return err
	}
	if !best.date.IsZero() {
		in.At = best.date.UTC()
	}
	in.page, in.answers[best.url] = best.url, best.at
	a, err := in.answer(best.url, maxReadable)
	if err != nil {
		in.note("no text: %s", plain(err.Error()))
		return nil
	}
	in.Type, in.Status = mediaTypeOf(a.contentType), a.status
	return in.read(ctx, a.body, a.contentType)
}

// isPage says whether a record is a web page that was found.
func (in *incoming) isPage(c candidate) bool {
	in.answers[c.url] = c.at
	a, err := in.answer(c.url, 0)
	return (err == nil || errors.Is(err, errLong)) && strings.HasPrefix(c.url, "http") && mediaTypeOf(a.contentType) == "text/html" && (a.status == 0 || a.status/100 == 2)
}

// fault takes over what a checker found.
func (in *incoming) fault(r wacz.Report) {
	for _, f := range r.Faults {
		in.Faults = append(in.Faults, Fault{Class: f.Class, Where: shorten(plain(f.Where), 300), What: shorten(plain(f.What), 500)})
	}
	if r.More > 0 {
		in.note("%d further faults are not listed", r.More)
	}
}

// note keeps a remark, unless there are very many.
func (in *incoming) note(format string, args ...any) {
	if len(in.Notes) < maxFaults {
		in.Notes = append(in.Notes, fmt.Sprintf(format, args...))
	}
}

// mainPage returns the address of the page that a package says it is about.
func mainPage(z *zip.Reader) string {
	f, err := z.Open("datapackage.json")
	if err != nil {
		return ""
	}
	defer f.Close()
	var d struct {
		MainPageURL string `json:"mainPageUrl"`
	}
	if err := json.NewDecoder(io.LimitReader(f, 16<<20)).Decode(&d); err != nil || d.MainPageURL != "" {
		return d.MainPageURL
	}
	pages, err := z.Open("pages/pages.jsonl")
	if err != nil {
		return ""
	}
	defer pages.Close()
	lines := json.NewDecoder(io.LimitReader(pages, 16<<20))
	for range 2 { // the header, and the first page
		var p struct {
			URL string `json:"url"`
		}
		if lines.Decode(&p) == nil && p.URL != "" {
			return p.URL
		}
	}
	return ""
}
