package mirror

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"sync"
)

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

// differs says whether files have other bytes than the last run gave them, those of the end or all others: one that was
// only mended has not.
func (p *publishing) differs(list []placed, next *Manifest, last bool) bool {
	for i, f := range list {
		if f.last == last && p.known[fold(f.file)] != next.Files[i].Hash {
			return true
		}
	}
	return false
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
		if p.rep.Written += wrote; !next.Made.Equal(p.old.Made) || !p.differs(list, next, true) {
			return nil
		}
		p.rep.Written -= wrote
		next.Made = p.Now()
	}
	return nil
}
