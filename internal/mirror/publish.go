package mirror

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"time"
)

// workFolder holds what a run has not finished; it is removed at the end.
const workFolder = ".veedor-mirror"

// Options are what a mirror is made of. Only Site and Now are needed.
type Options struct {
	Site     http.Handler
	From     []string                                        // where to begin; nil: "/"
	Copied   func(from, to string) (address string, ok bool) // what is written in place of a link's address; not ok: nothing, the link becomes text. nil: everything
	Verbatim func(address string) bool                       // addresses whose files must be named exactly so; may be nil
	Extra    func(ctx context.Context, dir string) error     // puts files into dir that are copied as they are, by their path; may be nil
	Last     []string                                        // addresses that are asked for anew at the end
	Made     func(time.Time)                                 // told before that when the mirror last changed; may be nil
	Note     func(lang string) string                        // title of words that were a link; may be nil
	Base     string                                          // where the mirror will be served, ending in "/": feeds and canonical links name it; ""
	Onion    string                                          // the same as an onion service: pages name it; ""
	State    string                                          // the same as long as the site would answer the same; "" unknown
	Anew     bool                                            // ask for everything, also where the mirror is of the same State
	Faults   func() int                                      // how many things pages could not show; then State is not kept, so that the next run asks again; may be nil
	Workers  int                                             // how many answers are asked for at once; 0: 2
	Now      func() time.Time
	Progress func(Progress) // may be nil; called by one goroutine at a time
}

// Progress is how far a mirror is.
type Progress struct {
	Asked, Queue int // addresses answered, and known of but not asked for yet
	Placed, Of   int // files put in place, and how many there will be; 0 before that begins
}

// Report is what was done.
type Report struct {
	Pages     int // HTML
	Files     int
	Bytes     int64
	Written   int // files that are new or have other bytes
	Removed   int
	Resumed   int  // answers taken over from a run that was stopped
	Unchanged bool // nothing changed since the last run, and nothing was asked for
	Dead      []Dead
}

// Dead is a link whose address did not answer with a page; in the mirror it is text.
type Dead struct {
	Address, On string
	Status      int
}

// publishing is one run.
type publishing struct {
	Options
	root  *os.Root
	spool *spool
	old   *Manifest
	known map[string]string // hashes of the files of the old manifest, whose names are folded
	all   map[string]*spooled
	order []string          // addresses, as they were found
	blobs map[string]string // files of the work folder that are copied as they are, by address
	had   map[string]*spooled
	rep   Report
	asked int
	done  atomic.Int64
}

// Publish writes a site as files into a folder, or brings the mirror that is there up to date: only files whose bytes
// changed are written, each whole, and those of the last run that are gone are removed. Files that it did not write it
// neither changes nor removes; a folder that has others and is no mirror is refused. A run that is stopped leaves files
// that are all whole, old or new; the next one goes on with what it had asked for, if State is the same.
func Publish(ctx context.Context, dir string, opt Options) (*Report, error) {
	if opt.Workers == 0 {
		opt.Workers = 2
	}
	if opt.From == nil {
		opt.From = []string{"/"}
	}
	p := &publishing{Options: opt, all: map[string]*spooled{}, blobs: map[string]string{}, had: map[string]*spooled{}}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("publish to %s: %w", dir, err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("publish to %s: %w", dir, err)
	}
	p.root = root
	err = p.run(ctx)
	if err = errors.Join(err, root.Close()); err != nil {
		return nil, fmt.Errorf("publish to %s: %w", dir, err)
	}
	return &p.rep, nil
}

func (p *publishing) run(ctx context.Context) (err error) {
	if err := p.recognise(); err != nil {
		return err
	}
	if p.upToDate() {
		p.rep.Unchanged = true
		return nil
	}
	unlock, err := p.lock()
	if err != nil {
		return err
	}
	defer unlock()
	if err := p.recognise(); err != nil { // as another run may just have left it
		return err
	}
	if err := p.crawl(ctx); err != nil {
		return errors.Join(err, p.closeSpool())
	}
	if err := errors.Join(p.place(ctx), p.closeSpool()); err != nil {
		return err
	}
	return p.root.RemoveAll(workFolder)
}

func (p *publishing) closeSpool() error {
	if p.spool == nil {
		return nil
	}
	return p.spool.close()
}

// recognise finds out whether the folder is empty or a mirror.
func (p *publishing) recognise() error {
	m, err := ReadManifest(p.root)
	switch {
	case err == nil:
		p.old, p.known = m, map[string]string{}
		for _, e := range m.Files {
			p.known[fold(e.File)] = e.Hash
		}
		return nil
	case !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%w; if this is no mirror any more, choose another folder", err)
	}
	list, err := fs.ReadDir(p.root.FS(), ".")
	if err != nil {
		return err
	}
	for _, f := range list {
		if f.Name() != workFolder {
			return fmt.Errorf("the folder holds %q and is no mirror (no %s): choose an empty or a new one", f.Name(), ManifestFile)
		}
	}
	p.old = &Manifest{}
	return nil
}

// upToDate says whether there is nothing to do.
func (p *publishing) upToDate() bool {
	if p.Anew || p.State == "" || !p.old.Complete || p.old.State != p.State || p.old.Base != p.Base {
		return false
	}
	for _, e := range p.old.Files {
		if info, err := p.root.Lstat(e.File); err != nil || !info.Mode().IsRegular() || info.Size() != e.Size {
			return false
		}
	}
	p.count(p.old)
	return true
}

// count says in the report what a mirror holds.
func (p *publishing) count(m *Manifest) {
	for _, e := range m.Files {
		p.rep.Files++
		p.rep.Bytes += e.Size
		if mediaType(e.Type) == "text/html" {
			p.rep.Pages++
		}
	}
}

// lock keeps two runs from writing to one folder.
func (p *publishing) lock() (unlock func(), err error) {
	if err := p.root.MkdirAll(path.Join(workFolder, "blobs"), 0o755); err != nil {
		return nil, err
	}
	f, err := p.root.OpenFile(path.Join(workFolder, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil { // another run may just have ended, and removed it
		var held, there fs.FileInfo
		if held, err = f.Stat(); err == nil {
			there, err = p.root.Lstat(path.Join(workFolder, "lock"))
		}
		if err == nil && !os.SameFile(held, there) {
			err = errors.New("it has just ended")
		}
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("another run is writing there: %w", err), f.Close())
	}
	return func() { _ = f.Close() }, nil
}

// crawl asks the site for everything, and keeps the answers.
func (p *publishing) crawl(ctx context.Context) error {
	var err error
	state := p.State
	if p.Anew && state != "" {
		state += " anew"
	}
	p.spool, err = openSpool(filepath.Join(p.root.Name(), workFolder, "answers"), state, func(one *spooled) { p.had[one.Address] = one })
	if err != nil {
		return err
	}
	c := &crawl{site: p.Site, workers: p.Workers, sink: p.sink}
	c.follow = func(from *Page, _ Ref, to string) (string, bool) {
		switch {
		case to == "/"+ManifestFile: // it is made here
			return "", false
		case p.Copied == nil:
			return to, true
		}
		return p.Copied(from.Path, to)
	}
	c.known = func(address string) *Page {
		one := p.had[address]
		if one == nil || !p.whole(one) {
			delete(p.had, address)
			return nil
		}
		return &Page{Path: address, Status: one.Status, Type: one.Type, Links: one.Links}
	}
	c.visit = func(page *Page) error {
		one := p.had[page.Path]
		if one != nil {
			p.rep.Resumed++
			delete(p.had, page.Path)
			one.Links = nil
		} else if one, err = p.keep(page); err != nil {
			return err
		}
		p.all[page.Path] = one
		p.order = append(p.order, page.Path)
		p.asked++
		p.tell(Progress{Asked: p.asked, Queue: c.queued})
		return nil
	}
	return c.run(ctx, p.From)
}

// whole says whether the file of an answer that a stopped run left is there, where it was put first or in its place.
func (p *publishing) whole(one *spooled) bool {
	if one.Blob == "" {
		return true
	}
	for _, name := range []string{blobName(one.Address), p.fileOf(one)} {
		if size, sum, err := p.sum(name); err == nil && size == one.Size && sum == one.Blob {
			return true
		}
	}
	return false
}

// keep notes an answer in the spool.
func (p *publishing) keep(page *Page) (*spooled, error) {
	one := &spooled{Address: page.Path, Status: page.Status, Type: page.Type, Links: page.Links, Size: page.Size, Blob: page.hash}
	body := page.Body
	if page.Status != http.StatusOK {
		body, one.Size, one.Blob = nil, 0, ""
	}
	if page.Location != "" && len(page.Links) == 1 {
		one.Location = page.Links[0]
	}
	if err := p.spool.add(one, body); err != nil {
		return nil, err
	}
	kept := *one
	kept.Links = nil
	return &kept, nil
}

func (p *publishing) tell(at Progress) {
	if p.Progress != nil {
		p.Progress(at)
	}
}

// sink takes bodies that are copied as they are.
func (p *publishing) sink(page *Page) (io.WriteCloser, error) {
	f, err := p.root.Create(blobName(page.Path))
	if err != nil {
		return nil, err
	}
	return &blob{File: f, page: page, sum: sha256.New()}, nil
}

func blobName(address string) string {
	sum := sha256.Sum256([]byte(address))
	return path.Join(workFolder, "blobs", hex.EncodeToString(sum[:16]))
}

// blob is a file that knows its hash when it is whole.
type blob struct {
	*os.File
	page *Page
	sum  hash.Hash
}

// Write implements io.Writer.
func (b *blob) Write(data []byte) (int, error) {
	n, err := b.File.Write(data)
	b.sum.Write(data[:n])
	return n, err
}

// Close implements io.Closer.
func (b *blob) Close() error {
	b.page.hash = hex.EncodeToString(b.sum.Sum(nil))
	return b.File.Close()
}
