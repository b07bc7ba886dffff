package mirror

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path"
	"slices"
	"strings"

	"bytes"
	xhtml "golang.org/x/net/html"
)

// Checked is what was found in the files of a mirror.
type Checked struct {
	Files, Pages, Links int
	Others              int // files that the manifest does not list
	Problems            []Problem
	More                int // problems beyond those listed
}

// Problem is one thing that is wrong with a mirror.
type Problem struct {
	File, What string
}

// maxProblems is how many problems are listed.
const maxProblems = 1000

// checking is one look through a mirror.
type checking struct {
	root  *os.Root
	base  string
	files map[string]Entry
	ids   map[[16]byte]struct{} // of what fragments may name
	out   Checked
}

// Check looks through the files of a mirror as somebody would who got them on a disk: every file has the bytes that the
// manifest states, every reference leads to a file that is there, every fragment to an element, no reference is absolute,
// no form is left, nothing is loaded from elsewhere. An error means that it could not be looked through.
func Check(ctx context.Context, dir string) (*Checked, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("check mirror: %w", err)
	}
	c := &checking{root: root, files: map[string]Entry{}, ids: map[[16]byte]struct{}{}}
	err = c.run(ctx)
	if err = errors.Join(err, root.Close()); err != nil {
		return nil, fmt.Errorf("check mirror: %w", err)
	}
	slices.SortFunc(c.out.Problems, func(a, b Problem) int { return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.What, b.What)) })
	return &c.out, nil
}

func (c *checking) run(ctx context.Context) error {
	m, err := ReadManifest(c.root)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no mirror here: %w", err)
	}
	if err != nil {
		return err
	}
	if !m.Complete {
		c.problem(ManifestFile, "a run was stopped before it was whole: run veedor publish again")
	}
	c.base = m.Base
	for _, e := range m.Files {
		c.files[e.File] = e
	}
	c.files[ManifestFile] = Entry{File: ManifestFile}
	for _, e := range m.Files {
		if err := ctx.Err(); err != nil {
			return err
		}
		c.bytes(e)
	}
	for _, e := range m.Files {
		if err := ctx.Err(); err != nil {
			return err
		}
		c.references(e)
	}
	return fs.WalkDir(c.root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && name == workFolder {
			return fs.SkipDir
		}
		if _, known := c.files[name]; err == nil && !d.IsDir() && !known {
			c.out.Others++
		}
		return err
	})
}

func (c *checking) problem(file, format string, args ...any) {
	if len(c.out.Problems) == maxProblems {
		c.out.More++
		return
	}
	c.out.Problems = append(c.out.Problems, Problem{file, fmt.Sprintf(format, args...)})
}

// bytes checks one file's bytes, and notes the elements that fragments may name.
func (c *checking) bytes(e Entry) {
	c.out.Files++
	if !refers(e.Type) {
		p := publishing{root: c.root}
		size, sum, err := p.sum(e.File)
		c.compare(e, size, sum, err)
		return
	}
	body, err := c.read(e)
	sum := sha256.Sum256(body)
	c.compare(e, int64(len(body)), fmt.Sprintf("%x", sum), err)
	page := mediaType(e.Type) == "text/html"
	if !page && mediaType(e.Type) != "image/svg+xml" {
		return
	}
	z := xhtml.NewTokenizer(bytes.NewReader(body))
	for {
		switch z.Next() {
		case xhtml.ErrorToken:
			return
		case xhtml.StartTagToken, xhtml.SelfClosingTagToken:
			name, more := z.TagName()
			if page && slices.Contains([]string{"form", "script", "iframe", "object", "embed", "base"}, string(name)) {
				c.problem(e.File, "it has an element <%s>", name)
			}
			for more {
				var key, val []byte
				key, val, more = z.TagAttr()
				if string(key) == "id" {
					c.ids[identity(e.File, string(val))] = struct{}{}
				}
			}
		}
	}
}

func (c *checking) compare(e Entry, size int64, sum string, err error) {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		c.problem(e.File, "the manifest lists it and it is not there")
	case err != nil:
		c.problem(e.File, "it cannot be read: %v", err)
	case size != e.Size || sum != e.Hash:
		c.problem(e.File, "its bytes are not those that the manifest states")
	}
}

func (c *checking) read(e Entry) ([]byte, error) {
	info, err := c.root.Stat(e.File)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxBody+maxBody/2 {
		return nil, fmt.Errorf("%d bytes are too many for a page", info.Size())
	}
	return c.root.ReadFile(e.File)
}

func identity(file, id string) [16]byte {
	sum := sha256.Sum256([]byte(file + "#" + id))
	return [16]byte(sum[:16])
}

// references checks what one file refers to.
func (c *checking) references(e Entry) {
	if !refers(e.Type) {
		return
	}
	body, err := c.read(e)
	if err != nil {
		return // said already
	}
	if mediaType(e.Type) == "text/html" {
		c.out.Pages++
	}
	for _, ref := range Refs(e.Type, body) {
		c.reference(e, ref)
	}
}

// reference checks one reference.
func (c *checking) reference(e Entry, ref Ref) {
	text := ref.Value
	if c.base != "" {
		if rest, ours := strings.CutPrefix(text, c.base); ours { // feeds and canonical links name the place
			text = relative(e.File, rest)
		}
	}
	u, err := url.Parse(text)
	switch {
	case err != nil:
		if ref.Loads {
			c.problem(e.File, "it loads %.80q", ref.Value)
		}
		return
	case u.Scheme != "" || u.Host != "":
		if ref.Loads && u.Scheme != "data" {
			c.problem(e.File, "it loads from elsewhere: %.80q", ref.Value)
		}
		return
	}
	c.out.Links++
	if strings.HasPrefix(u.Path, "/") {
		c.problem(e.File, "an absolute reference: %.80q", ref.Value)
		return
	}
	if u.RawQuery != "" {
		c.problem(e.File, "a reference with a query: %.80q", ref.Value)
		return
	}
	to := e.File
	if u.Path != "" {
		to = path.Join(path.Dir(e.File), u.Path)
	}
	if _, there := c.files[to]; !there {
		c.problem(e.File, "%.80q leads to no file", ref.Value)
		return
	}
	if u.Fragment == "" || u.Fragment == "top" {
		return
	}
	if _, there := c.ids[identity(to, u.Fragment)]; !there {
		c.problem(e.File, "%.80q leads to no element", ref.Value)
	}
}
