package wacz

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Options of Check and CheckWARC. The zero value will do.
type Options struct {
	Roots     Roots                   // whose certificates make a Signer Rooted
	MaxFaults int                     // how many faults are kept, 1000 when 0; the rest is counted
	Progress  func(done, total int64) // told of bytes read, now and then; may be nil
}

const maxFaults = 1000

// checker gathers what Check finds.
type checker struct {
	ctx    context.Context
	opt    Options
	report Report
	done   int64
	total  int64

	zip       *zipFile
	resources map[string]listed
	created   string // of datapackage.json
	software  string
	mainURL   string
	mainPages int  // lines of pages/pages.jsonl
	requires  bool // it names other packages that it needs
	index     index
	warc      warcCheck
	pages     []pageLine
	pageIDs   map[string]string
}

func newChecker(ctx context.Context, opt Options, total int64) *checker {
	if opt.MaxFaults <= 0 {
		opt.MaxFaults = maxFaults
	}
	c := &checker{ctx: ctx, opt: opt, total: total, resources: map[string]listed{}, pageIDs: map[string]string{}}
	c.report.Faults, c.report.Notes = []Fault{}, []Fault{}
	c.warc = newWARCCheck()
	c.index = newIndex()
	return c
}

func (c *checker) fault(class, where, format string, args ...any) {
	if len(c.report.Faults) >= c.opt.MaxFaults {
		c.report.More++
		return
	}
	c.report.Faults = append(c.report.Faults, Fault{class, where, fmt.Sprintf(format, args...)})
}

func (c *checker) note(class, where, format string, args ...any) {
	if len(c.report.Notes) < c.opt.MaxFaults {
		c.report.Notes = append(c.report.Notes, Fault{class, where, fmt.Sprintf(format, args...)})
	}
}

// Check reads a whole package and reports everything in it that a specification forbids or that contradicts itself:
// the ZIP file, the manifest and its hashes, the signature, every record and digest of the WARC files, the index
// against the records, and the pages against the index. Every byte is read once and hashed once for each digest that
// speaks of it. It never fails: what cannot be read is a fault, and so is an ended ctx. It is made for the files of
// strangers: memory is bounded by the index, by the ids of the records and by Options.MaxFaults.
func Check(ctx context.Context, r io.ReaderAt, size int64, opt Options) Report {
	c := newChecker(ctx, opt, size)
	tell := func(to func(class, where, format string, args ...any)) func(string, string, ...any) {
		return func(where, format string, args ...any) { to(ClassZIP, where, format, args...) }
	}
	z, err := readZIP(r, size, tell(c.fault), tell(c.note))
	if err != nil {
		c.fault(ClassZIP, "", "%s", err)
		return c.report
	}
	c.zip = z
	c.manifest()
	c.layout()
	// The index comes before what it speaks of.
	for _, phase := range []func(*zipEntry){c.indexEntry, c.pagesEntry, c.warcEntry, c.otherEntry} {
		for i := range z.entries {
			if e := &z.entries[i]; !e.folder() && e.data >= 0 && c.ctx.Err() == nil {
				phase(e)
			}
		}
	}
	if err := ctx.Err(); err != nil {
		c.fault(ClassPackage, "", "the check was broken off: %s", err)
		return c.report
	}
	c.compareIndex()
	c.comparePages()
	c.warc.references(c, true)
	c.warc.resolve(c)
	return c.report
}

// CheckWARC reads a WARC file and reports everything in it that the specification forbids, and every digest that
// does not hold. See Check.
func CheckWARC(ctx context.Context, r io.Reader, opt Options) Report {
	c := newChecker(ctx, opt, 0)
	c.warc.file(c, "", c.counted(r))
	if err := ctx.Err(); err != nil {
		c.fault(ClassWARC, "", "the check was broken off: %s", err)
	}
	c.warc.references(c, false)
	return c.report
}

// counted tells the progress of reading r.
func (c *checker) counted(r io.Reader) io.Reader {
	if c.opt.Progress == nil {
		return r
	}
	return readerFunc(func(p []byte) (int, error) {
		n, err := r.Read(p)
		before := c.done >> 20
		if c.done += int64(n); c.done>>20 != before || err != nil {
			c.opt.Progress(c.done, c.total)
		}
		return n, err
	})
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// content opens an entry for reading once. What is left when close is called is read as well, and length, checksum
// and the hash of the manifest are compared.
func (c *checker) content(e *zipEntry) (r io.Reader, done func(), ok bool) {
	in, err := c.zip.open(e)
	if err != nil {
		c.fault(ClassZIP, e.name, "%s", err)
		return nil, nil, false
	}
	in = c.counted(in)
	want, has := c.resources[e.name]
	h := newHash(want.hash.algorithm)
	var failed error
	r = readerFunc(func(p []byte) (int, error) {
		n, err := in.Read(p)
		if h != nil {
			h.Write(p[:n])
		}
		if err != nil && err != io.EOF {
			failed = err
		}
		return n, err
	})
	return r, func() {
		if failed == nil {
			io.Copy(io.Discard, &canceled{c.ctx, r})
		}
		switch {
		case failed != nil:
			c.fault(ClassZIP, e.name, "%s", failed)
		case c.ctx.Err() == nil && has && h != nil && !want.hash.is(h):
			c.fault(ClassPackage, e.name, "its bytes do not have the hash that %s gives: they have %s", packageFile, sumText(want.hash.algorithm, h))
		}
	}, true
}

// canceled stops reading when a context ends.
type canceled struct {
	ctx context.Context
	r   io.Reader
}

func (c *canceled) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}

// layout checks that the parts a package must have are there, and that its folders hold nothing else.
func (c *checker) layout() {
	var warcs, indexes, pages bool
	for i := range c.zip.entries {
		e := &c.zip.entries[i]
		if e.folder() {
			continue
		}
		c.report.Resources++
		dir, name, _ := strings.Cut(e.name, "/")
		switch dir + "/" {
		case archiveDir:
			warcs = warcs || isWARC(e.name)
			if !isWARC(e.name) || strings.Contains(name, "/") {
				c.fault(ClassPackage, e.name, "archive/ may hold only files whose names end with .warc or .warc.gz")
			}
			if e.method != methodStore {
				if strings.HasSuffix(name, ".gz") {
					c.fault(ClassZIP, e.name, "it is compressed a second time, and its records cannot be reached one by one")
				} else {
					c.note(ClassZIP, e.name, "it is compressed, and its records cannot be reached one by one")
				}
			}
		case indexesDir:
			indexes = indexes || isIndex(e.name)
			if !isIndex(e.name) && !strings.HasSuffix(name, ".idx") && !strings.HasSuffix(name, ".idx.gz") {
				c.fault(ClassPackage, e.name, "indexes/ may hold only CDXJ indexes (.cdx, .cdxj, .cdx.gz, .idx)")
			}
			if e.method != methodStore && strings.HasSuffix(name, ".gz") {
				c.fault(ClassZIP, e.name, "it is compressed a second time, and its blocks cannot be reached one by one")
			}
		case pagesDir:
			pages = pages || e.name == pagesFile
			if !strings.HasSuffix(name, ".jsonl") {
				c.fault(ClassPackage, e.name, "pages/ may hold only lists of pages (.jsonl)")
			}
		}
	}
	if !warcs {
		c.fault(ClassPackage, archiveDir, "the package holds no WARC file")
	}
	if !indexes {
		c.fault(ClassIndex, indexesDir, "the package holds no index")
	}
	if !pages {
		c.fault(ClassPages, pagesFile, "the package holds no list of pages")
	}
}

// otherEntry hashes what no other phase read.
func (c *checker) otherEntry(e *zipEntry) {
	if isWARC(e.name) || isIndex(e.name) || isIDX(e.name) || isPages(e.name) || e.name == packageFile || e.name == digestFile {
		return
	}
	if _, done, ok := c.content(e); ok {
		done()
	}
}

func isPages(name string) bool {
	return strings.HasPrefix(name, pagesDir) && strings.HasSuffix(name, ".jsonl")
}
func isIDX(name string) bool {
	return strings.HasPrefix(name, indexesDir) && strings.HasSuffix(name, ".idx")
}

// broken says whether an error means that a file is damaged, not that the check was broken off.
func broken(err error) bool {
	return err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded)
}
