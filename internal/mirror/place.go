package mirror

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"html"
	"io"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"
)

// fold is a name as a file system that takes "A" for "a" sees it.
func fold(file string) string { return strings.ToLower(file) }

// placed is one file that the mirror will have.
type placed struct {
	*spooled
	file string
	last bool
}

// place writes the files.
func (p *publishing) place(ctx context.Context) error {
	if err := p.extras(ctx); err != nil {
		return err
	}
	list, err := p.files()
	if err != nil {
		return err
	}
	next := &Manifest{Base: p.Base, State: p.State, Made: p.old.Made}
	for _, f := range list {
		next.Files = append(next.Files, Entry{File: f.file, Address: f.Address, Type: f.Type})
	}
	if err := p.intend(next); err != nil {
		return err
	}
	if err := p.writeAll(ctx, list, next); err != nil {
		return err
	}
	if err := p.remove(next); err != nil {
		return err
	}
	if p.old.Made.IsZero() || !p.old.Complete || p.rep.Written+p.rep.Removed > 0 {
		next.Made = p.Now()
	}
	if err := p.writeLast(ctx, list, next); err != nil {
		return err
	}
	for _, e := range next.Files {
		p.rep.Files++
		p.rep.Bytes += e.Size
		if mediaType(e.Type) == "text/html" {
			p.rep.Pages++
		}
	}
	next.Complete = true
	if p.Faults != nil && p.Faults() > 0 || slices.ContainsFunc(p.rep.Dead, func(d Dead) bool { return d.Status >= http.StatusInternalServerError }) {
		next.State = ""
	}
	return next.write(p.root)
}

// extras takes in files that are no answers of the site.
func (p *publishing) extras(ctx context.Context) error {
	if p.Extra == nil {
		return nil
	}
	dir := path.Join(workFolder, "extra")
	if err := errors.Join(p.root.RemoveAll(dir), p.root.MkdirAll(dir, 0o755)); err != nil {
		return err
	}
	if err := p.Extra(ctx, path.Join(p.root.Name(), dir)); err != nil {
		return err
	}
	return fs.WalkDir(p.root.FS(), dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		address := strings.TrimPrefix(name, dir)
		size, sum, err := p.sum(name)
		if err != nil {
			return err
		}
		if p.all[address] == nil {
			p.order = append(p.order, address)
		}
		p.all[address] = &spooled{Address: address, Status: http.StatusOK, Type: "application/octet-stream", Size: size, Blob: sum}
		p.blobs[address] = name
		return nil
	})
}

// sum reads a file's size and hash.
func (p *publishing) sum(name string) (int64, string, error) {
	f, err := p.root.Open(name)
	if err != nil {
		return 0, "", err
	}
	h := sha256.New()
	n, err := io.Copy(h, f)
	return n, hex.EncodeToString(h.Sum(nil)), errors.Join(err, f.Close())
}

// fileOf names the file of an answer.
func (p *publishing) fileOf(one *spooled) string {
	if p.Verbatim != nil && p.Verbatim(one.Address) || p.blobs[one.Address] != "" {
		if name := strings.TrimPrefix(one.Address, "/"); fs.ValidPath(name) && name != "." {
			return name
		}
	}
	return File(one.Address, one.Type)
}

// files lists the files there will be, by name.
func (p *publishing) files() ([]placed, error) {
	var list []placed
	owner := map[string]string{}
	for _, address := range p.order {
		one := p.all[address]
		if one.Status != http.StatusOK {
			continue
		}
		file := p.fileOf(one)
		if other, twice := owner[fold(file)]; twice {
			return nil, fmt.Errorf("%s and %s would both be the file %s", other, address, file)
		}
		owner[fold(file)] = address
		list = append(list, placed{one, file, slices.Contains(p.Last, address)})
	}
	slices.SortFunc(list, func(a, b placed) int { return cmp.Compare(a.file, b.file) })
	return list, nil
}

// intend notes all files, old and new, before the first one changes: a run that is stopped then leaves none that is
// not known.
func (p *publishing) intend(next *Manifest) error {
	both := &Manifest{Base: p.Base, Made: p.old.Made, Files: slices.Clone(p.old.Files)}
	for _, e := range next.Files {
		if !p.known[fold(e.File)] {
			// What lies there and is not ours must not become ours by being written down.
			if info, err := p.root.Lstat(e.File); err == nil {
				if same, err := p.sameFile(e, info); err != nil || !same {
					return errors.Join(fmt.Errorf("%s is there and was not written by this command: move it away", e.File), err)
				}
			}
			both.Files = append(both.Files, e)
		}
	}
	return both.write(p.root)
}

// sameFile says whether a file that is there has the bytes that it would get.
func (p *publishing) sameFile(e Entry, info fs.FileInfo) (bool, error) {
	if !info.Mode().IsRegular() {
		return false, nil
	}
	one := p.all[e.Address]
	if one.Blob != "" {
		size, sum, err := p.sum(e.File)
		return size == one.Size && sum == one.Blob, err
	}
	body, err := p.page(one, e.File, nil)
	if err != nil {
		return false, err
	}
	return p.holds(e.File, body), nil
}

// holds says whether a file has exactly these bytes.
func (p *publishing) holds(file string, body []byte) bool {
	info, err := p.root.Lstat(file)
	if err != nil || !info.Mode().IsRegular() || info.Size() != int64(len(body)) {
		return false
	}
	f, err := p.root.Open(file)
	if err != nil {
		return false
	}
	defer func() { _ = f.Close() }() // only read
	got, err := io.ReadAll(f)
	return err == nil && bytes.Equal(got, body)
}

// writeAll puts files in place, several at once, and notes sizes and hashes.
func (p *publishing) writeAll(ctx context.Context, list []placed, next *Manifest) error {
	var mu sync.Mutex
	var wg sync.WaitGroup
	at, errs := 0, []error{}
	for range p.Workers {
		wg.Go(func() {
			for {
				mu.Lock()
				i := at
				at++
				stop := i >= len(list) || len(errs) > 0 || ctx.Err() != nil
				if !stop {
					p.tell(Progress{Asked: p.asked, Placed: i, Of: len(list)})
				}
				mu.Unlock()
				if stop {
					return
				}
				if list[i].last {
					continue
				}
				var dead []Dead
				wrote, err := p.put(list[i], &next.Files[i], &dead)
				mu.Lock()
				if err != nil {
					errs = append(errs, fmt.Errorf("write %s: %w", list[i].file, err))
				}
				if wrote {
					p.rep.Written++
				}
				p.rep.Dead = append(p.rep.Dead, dead...)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	p.rep.Dead = firstOfEach(p.rep.Dead)
	return errors.Join(append(errs, ctx.Err())...)
}

// firstOfEach keeps one page for each dead address: the same one every time.
func firstOfEach(list []Dead) []Dead {
	slices.SortFunc(list, func(a, b Dead) int { return cmp.Or(cmp.Compare(a.Address, b.Address), cmp.Compare(a.On, b.On)) })
	return slices.CompactFunc(list, func(a, b Dead) bool { return a.Address == b.Address })
}

// put writes one file if it has not the bytes already.
func (p *publishing) put(f placed, e *Entry, dead *[]Dead) (wrote bool, err error) {
	if f.Blob != "" {
		e.Size, e.Hash = f.Size, f.Blob
		name := cmp.Or(p.blobs[f.Address], blobName(f.Address))
		if size, sum, err := p.sum(f.file); err == nil && size == f.Size && sum == f.Blob {
			return false, nil
		}
		return true, p.move(name, f.file)
	}
	body, err := p.page(f.spooled, f.file, dead)
	if err != nil {
		return false, err
	}
	return p.putBytes(f.file, body, e)
}

func (p *publishing) putBytes(file string, body []byte, e *Entry) (wrote bool, err error) {
	sum := sha256.Sum256(body)
	e.Size, e.Hash = int64(len(body)), hex.EncodeToString(sum[:])
	if p.holds(file, body) {
		return false, nil
	}
	temporary := path.Join(workFolder, fmt.Sprintf("new-%d", p.done.Add(1)))
	if err := p.root.WriteFile(temporary, body, 0o644); err != nil {
		return false, err
	}
	return true, p.move(temporary, file)
}

// move puts a file of the work folder in its place.
func (p *publishing) move(from, to string) error {
	if info, err := p.root.Lstat(to); err == nil && !info.Mode().IsRegular() {
		return errors.New("there is something else that is no file: move it away")
	}
	if dir := path.Dir(to); dir != "." {
		if err := p.root.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	return p.root.Rename(from, to)
}

// remove deletes the files of the last run that are gone, and folders that are empty then.
func (p *publishing) remove(next *Manifest) error {
	now := map[string]bool{}
	for _, e := range next.Files {
		now[fold(e.File)] = true
	}
	for _, e := range p.old.Files {
		if now[fold(e.File)] {
			continue
		}
		err := p.root.Remove(e.File)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case err != nil:
			return fmt.Errorf("remove %s: %w", e.File, err)
		}
		p.rep.Removed++
		for dir := path.Dir(e.File); dir != "."; dir = path.Dir(dir) {
			if p.root.Remove(dir) != nil { // it holds something
				break
			}
		}
	}
	return nil
}

// writeLast asks anew for what says when the mirror was made; if nothing but that changed, it was made now.
func (p *publishing) writeLast(ctx context.Context, list []placed, next *Manifest) error {
	for range 2 {
		if p.Made != nil {
			p.Made(next.Made)
		}
		wrote := 0
		for i, f := range list {
			if !f.last {
				continue
			}
			page, err := (&crawl{site: p.Site}).fetch(ctx, f.Address)
			if err != nil {
				return err
			}
			if page.Status != http.StatusOK {
				return fmt.Errorf("ask for %s: %d %s", f.Address, page.Status, http.StatusText(page.Status))
			}
			did, err := p.putBytes(f.file, p.rewritten(page.Body, f.spooled, f.file, nil), &next.Files[i])
			if err != nil {
				return fmt.Errorf("write %s: %w", f.file, err)
			}
			if did {
				wrote++
			}
		}
		if p.rep.Written += wrote; wrote == 0 || !next.Made.Equal(p.old.Made) {
			return nil
		}
		p.rep.Written -= wrote
		next.Made = p.Now()
	}
	return nil
}

// page returns the bytes of a page's file.
func (p *publishing) page(one *spooled, file string, dead *[]Dead) ([]byte, error) {
	body, err := p.spool.body(one)
	if err != nil {
		return nil, err
	}
	return p.rewritten(body, one, file, dead), nil
}

// rewritten changes a page so that it works as a file. Links that lead nowhere are added to dead, unless it is nil.
func (p *publishing) rewritten(body []byte, one *spooled, file string, dead *[]Dead) []byte {
	absolute := p.Base != "" && slices.Contains([]string{"application/atom+xml", "application/rss+xml", "application/feed+json"}, mediaType(one.Type))
	c := change{note: p.Note}
	if p.Base != "" {
		c.head = "\n<link rel=\"canonical\" href=\"" + html.EscapeString(p.Base+file) + "\">"
	}
	if p.Onion != "" {
		c.head += "\n<meta http-equiv=\"onion-location\" content=\"" + html.EscapeString(p.Onion+file) + "\">"
	}
	c.edit = func(ref Ref, _ string) (fate, string) {
		if ref.Rel == "canonical" && p.Base != "" {
			return goes, ""
		}
		if strings.HasPrefix(ref.Value, "#") {
			return stays, ""
		}
		to, fragment, ok := Address(one.Address, ref.Value)
		if !ok {
			if ref.Loads && !strings.HasPrefix(ref.Value, "data:") {
				return goes, "" // nothing is loaded from elsewhere
			}
			return stays, ""
		}
		target, found := p.target(one.Address, to, dead)
		if !found {
			return goes, ""
		}
		if fragment != "" {
			fragment = "#" + fragmentEscape(fragment)
		}
		if absolute {
			return becomes, p.Base + target + fragment
		}
		if target == file && fragment != "" {
			return becomes, fragment
		}
		return becomes, relative(file, target) + fragment
	}
	return rewrite(one.Type, body, c)
}

// maxRedirects is how many redirects are followed to the page that a link means.
const maxRedirects = 5

// target finds the file that a link means.
func (p *publishing) target(from, to string, dead *[]Dead) (file string, found bool) {
	if to == "/"+ManifestFile {
		return ManifestFile, true
	}
	if p.Copied != nil && p.blobs[to] == "" {
		var ok bool
		if to, ok = p.Copied(from, to); !ok {
			return "", false
		}
	}
	for range maxRedirects {
		one := p.all[to]
		switch {
		case one == nil:
			return "", false
		case one.Status == http.StatusOK:
			return p.fileOf(one), true
		case one.Location == "":
			if dead != nil && one.Status >= http.StatusBadRequest {
				*dead = append(*dead, Dead{to, from, one.Status})
			}
			return "", false
		}
		to = one.Location
	}
	return "", false
}

// fragmentEscape writes a fragment as a reference has it.
func fragmentEscape(s string) string {
	var b strings.Builder
	for i := range len(s) {
		switch c := s[i]; {
		case c <= ' ' || c >= 0x7f || strings.IndexByte("\"<>`%#\\^{|}", c) >= 0:
			fmt.Fprintf(&b, "%%%02X", c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}
