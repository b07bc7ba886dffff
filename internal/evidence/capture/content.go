package capture

import (
	"archive/zip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"veedor/internal/evidence/wacz"
)

// Limits on what is read of a capture at once.
const (
	maxPart      = 64 << 20 // bytes of a text or picture
	maxStatement = 32 << 20
	maxChain     = 20 // certificates of one server
)

// Text returns the full text of a capture: NFC, white space collapsed, one block a line. Positions of quotes
// are in code points of it. ErrNotFound when it has none.
func (c *Captures) Text(hash string) (string, error) {
	b, _, err := c.Part(hash, PartText)
	return string(b), err
}

// Main returns the main text: the article without what surrounds it, or the full text where that could not be told.
func (c *Captures) Main(hash string) (string, error) {
	b, _, err := c.Part(hash, PartMain)
	return string(b), err
}

// Snippet returns the beginning of the main text, at most n code points, cut between words.
func (c *Captures) Snippet(hash string, n int) (string, error) {
	main, err := c.Main(hash)
	return shorten(main, n), err
}

// Screenshot returns what the page looked like, as PNG: the window, or the whole page when full is set.
// ErrNotFound when there is none.
func (c *Captures) Screenshot(hash string, full bool) ([]byte, error) {
	part := PartView
	if full {
		part = PartFullPage
	}
	b, _, err := c.Part(hash, part)
	return b, err
}

// Part returns something derived by its name (Capture.Parts) and its media type. ErrNotFound when it is not there.
func (c *Captures) Part(hash, name string) (body []byte, mediaType string, err error) {
	err = c.read(hash, func(p *opened) error {
		if !slices.Contains(p.Parts, name) { // a record of that name in an import is not ours
			return fmt.Errorf("%.60s of %s: %w", name, hash[:min(len(hash), 12)], ErrNotFound)
		}
		rec, err := p.record(partURI(name, p.name()))
		if err != nil {
			return err
		}
		a, err := content(rec, maxPart)
		body, mediaType = a.body, a.contentType
		return err
	})
	return body, mediaType, err
}

// Package opens the WACZ. The caller closes it.
func (c *Captures) Package(hash string) (io.ReadSeekCloser, error) {
	x, err := c.Get(hash)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(c.path(x.Hash))
	if err != nil {
		return nil, fmt.Errorf("open capture %s: %w; run fsck", x.Hash[:12], err)
	}
	return f, nil
}

// Statement returns what a capture says of itself, its whole list of refusals included.
func (c *Captures) Statement(hash string) (*Statement, error) {
	var out *Statement
	err := c.read(hash, func(p *opened) error {
		out = p.Statement
		return nil
	})
	return out, err
}

// opened is a package that is being read.
type opened struct {
	*Statement
	data *io.SectionReader // the WARC
}

// name is what the records derived from the page are filed under.
func (s *Statement) name() string {
	if s.URL == "" && s.Origin != nil {
		return importURI(s.Origin.Hash)
	}
	return s.URL
}

func (c *Captures) read(hash string, f func(*opened) error) error {
	x, err := c.Get(hash)
	if err != nil {
		return err
	}
	file, err := os.Open(c.path(x.Hash))
	if err != nil {
		return fmt.Errorf("open capture %s: %w; run fsck", x.Hash[:12], err)
	}
	defer file.Close()
	p, err := openPackage(file)
	if err == nil {
		err = f(p)
	}
	if err != nil && !errors.Is(err, ErrNotFound) {
		return fmt.Errorf("read capture %s: %w; run fsck", x.Hash[:12], err)
	}
	return err
}

func openPackage(file *os.File) (*opened, error) {
	st, err := file.Stat()
	if err != nil {
		return nil, err
	}
	z, err := zip.NewReader(file, st.Size())
	if err != nil {
		return nil, err
	}
	p := &opened{Statement: new(Statement)}
	about, err := z.Open(statementPath)
	if err != nil {
		return nil, err
	}
	defer about.Close()
	if err := json.NewDecoder(io.LimitReader(about, maxStatement)).Decode(p.Statement); err != nil {
		return nil, fmt.Errorf("%s: %w", statementPath, err)
	}
	if p.Format != Format {
		return nil, fmt.Errorf("%s is of the format %.60q, not %q", statementPath, p.Format, Format)
	}
	for _, f := range z.File {
		if f.Name != dataPath {
			continue
		}
		at, err := f.DataOffset()
		if err != nil || f.Method != zip.Store {
			return nil, errors.Join(err, fmt.Errorf("%s is not stored as it is", dataPath))
		}
		p.data = io.NewSectionReader(file, at, int64(f.UncompressedSize64))
		return p, nil
	}
	return nil, fmt.Errorf("there is no %s", dataPath)
}

// readStatement reads what a file says of itself.
func readStatement(path string) (*Statement, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	p, err := openPackage(f)
	if err != nil {
		return nil, err
	}
	return p.Statement, nil
}

// record returns the last record of a target that stands in the list of places.
func (p *opened) record(uri string) (*wacz.Record, error) {
	for i := len(p.Records) - 1; i >= 0; i-- {
		if p.Records[i].URI == uri {
			return p.at(p.Records[i])
		}
	}
	return nil, fmt.Errorf("%.100s: %w", uri, ErrNotFound)
}

func (p *opened) at(place Place) (*wacz.Record, error) {
	rec, err := wacz.NewReader(io.NewSectionReader(p.data, place.Offset, place.Length), wacz.ReaderOptions{}).Next()
	if err == nil && rec.URI != place.URI {
		err = fmt.Errorf("another record lies where %.100s should", place.URI)
	}
	return rec, err
}
