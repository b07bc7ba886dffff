package search

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/analysis"
	"github.com/blevesearch/bleve/v2/document"
	index "github.com/blevesearch/bleve_index_api"
)

// Audience is who may find a document.
type Audience string

// Audiences.
const (
	Readers Audience = "readers" // anybody
	Desk    Audience = "desk"    // people with an account
)

// Document is what can be found.
type Document struct {
	ID       string // of what it shows, unique within an audience
	Audience Audience
	Lang     string // ISO 639, "" if unknown
	Title    string
	Text     string
	Link     string              // its page, as a path
	Date     string              // of what it tells: 2019, 2019-03, 2019-03-31, or ""
	Since    time.Time           // when it came here; feeds are in its order
	Facets   map[string][]string // of Facets
}

// Key names a document.
type Key struct {
	Audience Audience
	ID       string
}

// version is that of what is in the index; an index of another is made anew.
const version = "1"

// ErrInUse says that another process has the index open.
var ErrInUse = errors.New("the search index is in use by another process; ask the pages it serves")

// Index is an open index. One process at a time has it open; in it, it may be used from many goroutines.
type Index struct {
	bleve bleve.Index
	stems stems
}

// Open opens the index in a folder, or makes an empty one. One that cannot be read, or is of another
// version, is deleted and begun anew: it is derived.
func Open(dir string) (*Index, error) {
	x, err := bleve.OpenUsing(dir, map[string]any{"bolt_timeout": "1s"})
	if err == nil {
		if v, _ := x.GetInternal([]byte("version")); string(v) == version {
			return &Index{bleve: x}, nil
		}
		if err := x.Close(); err != nil {
			return nil, fmt.Errorf("open search index %s: %w", dir, err)
		}
	} else if err.Error() == "timeout" {
		return nil, fmt.Errorf("open search index %s: %w", dir, ErrInUse)
	}
	if err := os.RemoveAll(dir); err != nil {
		return nil, fmt.Errorf("open search index: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return nil, fmt.Errorf("open search index: %w", err)
	}
	x, err = bleve.New(dir, bleve.NewIndexMapping())
	if err != nil {
		return nil, fmt.Errorf("make search index %s: %w", dir, err)
	}
	if err := x.SetInternal([]byte("version"), []byte(version)); err != nil {
		return nil, fmt.Errorf("make search index %s: %w", dir, err)
	}
	return &Index{bleve: x}, nil
}

// Close closes it.
func (x *Index) Close() error { return x.bleve.Close() }

// At returns how far the index follows a source of documents: what Apply was told last, 0 at first.
func (x *Index) At(source string) (int64, error) {
	b, err := x.bleve.GetInternal([]byte("at " + source))
	if err != nil || len(b) != 8 {
		return 0, err
	}
	return int64(binary.BigEndian.Uint64(b)), nil
}

// Apply puts documents in the place of those with their keys, takes others out, and notes how far the
// source was followed: all of it or nothing. A few hundred at a time are quick.
func (x *Index) Apply(ctx context.Context, put []Document, drop []Key, source string, at int64) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	b := x.bleve.NewBatch()
	for _, k := range drop {
		b.Delete(k.String())
	}
	for i := range put {
		if err := b.IndexAdvanced(put[i].fields(&x.stems)); err != nil {
			return fmt.Errorf("index %s: %w", put[i].ID, err)
		}
	}
	b.SetInternal([]byte("at "+source), binary.BigEndian.AppendUint64(nil, uint64(at)))
	if err := x.bleve.Batch(b); err != nil {
		return fmt.Errorf("write search index: %w", err)
	}
	return nil
}

// Count returns how many documents there are.
func (x *Index) Count() (uint64, error) { return x.bleve.DocCount() }

// String returns the key as the index has it.
func (k Key) String() string { return string(k.Audience) + " " + k.ID }

func (d *Document) fields(known *stems) *document.Document {
	out := document.NewDocument(Key{d.Audience, d.ID}.String())
	text := func(name, value string, how index.FieldIndexingOptions, a analysis.Analyzer) {
		if value != "" {
			out.AddField(document.NewTextFieldCustom(name, nil, []byte(value), how, a))
		}
	}
	const phrases = index.IndexField | index.IncludeTermVectors
	const value = index.IndexField | index.DocValues | index.SkipFreqNorm
	text("title", d.Title, phrases|index.StoreField, analyzer{})
	text("text", d.Text, phrases|index.StoreField, analyzer{})
	if stem("a", d.Lang) != "" {
		text("stems", d.Title+"\n"+d.Text, index.IndexField, analyzer{stems: d.Lang, known: known})
	}
	text("audience", string(d.Audience), value, whole{})
	text("date", d.Date, value|index.StoreField, whole{})
	text("since", d.Since.UTC().Format(time.RFC3339), value|index.StoreField, whole{})
	text("link", d.Link, index.StoreField, whole{})
	text("language", d.Lang, index.StoreField, whole{})
	for _, name := range Facets() {
		values := d.Facets[name]
		if name == "lang" && len(values) == 0 && d.Lang != "" {
			values = []string{d.Lang}
		}
		for i, v := range values {
			if v != "" && len(v) <= 500 {
				out.AddField(document.NewTextFieldCustom("f."+name, []uint64{uint64(i)}, []byte(v), value|index.StoreField, whole{}))
			}
		}
	}
	return out
}
