package mirror

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"strings"
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
	if p.old.Made.IsZero() || !p.old.Complete || p.rep.Removed > 0 || p.differs(list, next, false) {
		next.Made = p.Now()
	}
	if err := p.writeLast(ctx, list, next); err != nil {
		return err
	}
	p.count(next)
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
		if _, ours := p.known[fold(e.File)]; !ours {
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
