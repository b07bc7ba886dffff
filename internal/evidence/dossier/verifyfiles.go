package dossier

import (
	"archive/zip"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"runtime"
	"sync"

	"veedor/internal/evidence/wacz"
)

// files checks that the package holds exactly the files that its manifest names, and the manifest exactly those that
// its content calls for.
func (v *verification) files() {
	_, withPolicy := v.entries[policyPath]
	wanted := v.m.Dossier.wanted(withPolicy)
	listed := map[string]bool{}
	last := ""
	for _, f := range v.m.Files {
		want, ok := wanted[f.Path]
		switch {
		case f.Path <= last && last != "":
			v.r.fault(ClassPackage, f.Path, "the manifest's files are not in the order of their paths, or one stands there twice")
		case !ok:
			v.r.fault(ClassPackage, f.Path, "the manifest lists a file that nothing in it calls for")
		case want != "" && want != f.SHA256:
			v.r.fault(ClassConsistency, f.Path, "the manifest lists it with SHA-256 %s, and what calls for it says %s", f.SHA256, want)
		case v.entries[f.Path] == nil:
			v.r.fault(ClassPackage, f.Path, "the manifest lists it, and it is not there")
		}
		if _, err := parseHash(f.SHA256); err != nil {
			v.r.fault(ClassPackage, f.Path, "its hash in the manifest: %v", err)
		}
		last, listed[f.Path] = f.Path, true
	}
	for path := range wanted {
		if !listed[path] {
			v.r.fault(ClassPackage, path, "the manifest calls for it and does not list it")
		}
	}
	for _, f := range v.zip.File {
		if !listed[f.Name] && !made(f.Name) {
			v.r.fault(ClassPackage, f.Name, "it is there, and the manifest does not list it")
		}
	}
	v.r.count(ClassPackage, len(v.m.Files))
}

// contents reads every file, a few at a time: its hash, and what lies in captures.
func (v *verification) contents() {
	v.hidden = v.m.Dossier.hidden()
	inside := v.inside()
	var total, done int64
	for _, f := range v.m.Files {
		total += f.Bytes
	}
	jobs := make(chan *File)
	var wg sync.WaitGroup
	var mu sync.Mutex
	for range min(runtime.GOMAXPROCS(0), 8) {
		wg.Go(func() {
			for f := range jobs {
				v.one(f, inside[f.Path])
				mu.Lock()
				if done += f.Bytes; v.o.Progress != nil {
					v.o.Progress(done, total)
				}
				mu.Unlock()
			}
		})
	}
	for i := range v.m.Files {
		if v.ctx.Err() != nil {
			break
		}
		if f := &v.m.Files[i]; v.entries[f.Path] != nil {
			jobs <- f
		}
		v.mustNotBe(v.m.Files[i].SHA256, v.m.Files[i].Path)
	}
	close(jobs)
	wg.Wait()
}

// hidden returns the hashes of what is withheld.
func (c *Content) hidden() map[string]bool {
	out := map[string]bool{}
	for _, k := range c.Captures {
		if k.Withheld {
			out[k.SHA256] = true
		}
	}
	for _, o := range c.Objects {
		if o.Withheld {
			out[o.SHA256] = true
		}
	}
	for _, r := range c.Redactions {
		if r.SHA256 != "" {
			out[r.SHA256] = true
		}
	}
	return out
}

// mustNotBe tells when bytes are those of something that is withheld.
func (v *verification) mustNotBe(sum, where string) {
	if v.hidden[sum] {
		v.r.fault(ClassConsistency, where, "it is what the record of redactions says was withheld: SHA-256 %s", sum)
	}
}

// one checks one file.
func (v *verification) one(f *File, in *insideCapture) {
	v.r.count(ClassHash, 1)
	e := v.entries[f.Path]
	sum, n, err := sumEntry(e)
	switch {
	case err != nil:
		v.r.fault(ClassHash, f.Path, "%v", err)
		return
	case n != f.Bytes || sum != f.SHA256:
		v.r.fault(ClassHash, f.Path, "it has %d bytes with SHA-256 %s, and the manifest says %d with %s", n, sum, f.Bytes, f.SHA256)
	}
	if in == nil {
		return
	}
	at, err := e.DataOffset()
	if err == nil && e.Method != zip.Store {
		err = errors.New("a capture within a dossier is not to be compressed again")
	}
	if err != nil {
		v.r.fault(ClassPackage, f.Path, "%v", err)
		return
	}
	section := io.NewSectionReader(v.file, at, int64(e.UncompressedSize64))
	if in.capture.Bytes != section.Size() {
		v.r.fault(ClassConsistency, f.Path, "the manifest says %d bytes of this capture", in.capture.Bytes)
	}
	rep := checkWACZ(v.ctx, section, section.Size(), v.trust)
	v.takeWACZ(f.Path+": ", &rep)
	if rep.Has(wacz.ClassZIP) {
		return
	}
	v.capture(section, f.Path, in)
}

func sumEntry(e *zip.File) (sum string, n int64, err error) {
	r, err := e.Open()
	if err != nil {
		return "", 0, err
	}
	defer r.Close()
	h := sha256.New()
	n, err = io.Copy(h, r)
	return fmt.Sprintf("%x", h.Sum(nil)), n, err
}

// insideCapture is what the manifest says of the inside of a capture.
type insideCapture struct {
	capture *Capture
	quotes  []*Quote
}

// inside collects, by path, what is said of captures that are there.
func (v *verification) inside() map[string]*insideCapture {
	out := map[string]*insideCapture{}
	bySum := map[string]*insideCapture{}
	for i := range v.m.Dossier.Captures {
		k := &v.m.Dossier.Captures[i]
		if !k.Withheld {
			in := &insideCapture{capture: k}
			out[k.path()], bySum[k.SHA256] = in, in
		}
	}
	hidden := 0
	for i := range v.m.Dossier.Quotes {
		q := &v.m.Dossier.Quotes[i]
		if in := bySum[q.Capture]; in != nil {
			in.quotes = append(in.quotes, q)
		} else {
			hidden++
		}
	}
	if n := len(v.m.Dossier.Quotes) - hidden; n > 0 {
		v.r.proves("%d quotes stand, word for word, at the stated place in the stored text of their captures.", n)
	}
	if hidden > 0 {
		v.r.leaves("%d quotes are from captures that were withheld: that they stand there is the publisher's word.", hidden)
	}
	return out
}
