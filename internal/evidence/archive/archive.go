// Package archive keeps evidence: raw bytes under their SHA-256, in zstd-compressed packs, each
// listed in the manifest of the source it came from. Bytes are written and synced before anything
// is concluded from them, and never changed. It knows nothing of what the bytes mean.
//
// Below the data folder, archive/ is the truth and index/ is derived from it: a lost index is made
// anew. docs/format/archive.md describes the files.
package archive

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// Hash is the SHA-256 of an object's bytes.
type Hash [sha256.Size]byte

// String returns the hash in hex.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// Sum returns the hash of some bytes.
func Sum(raw []byte) Hash { return sha256.Sum256(raw) }

// ParseHash reads 64 hex digits.
func ParseHash(s string) (Hash, error) {
	var h Hash
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != len(h) {
		return h, fmt.Errorf("parse hash %.80q: want 64 hex digits", s)
	}
	copy(h[:], b)
	return h, nil
}

// ErrNotFound says that the archive holds nothing under the hash asked for.
var ErrNotFound = errors.New("not in the archive")

// Entry says where in its source an object stood.
type Entry struct {
	Line     int64  // from 1
	Rejected string // why it was not accepted; "" when it was
}

// Object is one archived object as Each hands it out.
type Object struct {
	Hash   Hash
	Raw    []byte // valid only until the function it was given to returns
	Source string
	Entry
}

// Totals is how a source was accounted for.
type Totals struct{ Read, Kept, Rejected int64 }

// Stats is what an archive holds.
type Stats struct {
	Objects, Packs, Sources int64
	RawBytes, PackBytes     int64
}

// Archive is an open archive. It may be used from many goroutines, and many processes may have the
// same one open and write to it.
type Archive struct {
	dir      string // DATA/archive
	index    *sql.DB
	find     *sql.Stmt    // where one object lies
	has      *sql.Stmt    // which of hasStep objects there are
	encoders sync.Pool    // of *zstd.Encoder: they are large, batches come and go
	maxIndex int          // bytes of raw index after which a batch closes its pack
	reached  func(string) // told each step of a commit by name; for tests that kill the process there
}

// Open opens the archive below the data folder, making it when it is not there. What a process that
// was killed left half done is finished or removed; the index is brought up to date. A damaged
// archive opens too: Fsck says what is wrong with it.
func Open(data string) (*Archive, error) {
	a := &Archive{dir: filepath.Join(data, "archive"), maxIndex: packIndex, reached: func(string) {}}
	for _, d := range []string{"packs", "manifests", "tmp"} {
		if err := os.MkdirAll(filepath.Join(a.dir, d), 0o755); err != nil {
			return nil, fmt.Errorf("open archive: %w", err)
		}
	}
	var err error
	if a.index, err = openIndex(filepath.Join(data, "index")); err != nil {
		return nil, fmt.Errorf("open archive index: %w", err)
	}
	if err := a.prepare(); err != nil {
		return nil, errors.Join(fmt.Errorf("open archive index: %w", err), a.index.Close())
	}
	if _, err := a.refresh(context.Background(), nil); err != nil {
		return nil, errors.Join(fmt.Errorf("open archive: %w", err), a.index.Close())
	}
	return a, nil
}

// Close closes the archive.
func (a *Archive) Close() error {
	return errors.Join(a.find.Close(), a.has.Close(), a.index.Close())
}

// refresh takes stock of the archive and brings the index up to date with it. inspect is as for takeStock.
func (a *Archive) refresh(ctx context.Context, inspect func(stock) error) (stock, error) {
	known, err := a.indexed(ctx) // before the manifests: what is indexed was listed
	if err != nil {
		return stock{}, fmt.Errorf("read index: %w", err)
	}
	s, err := a.takeStock(inspect)
	if err == nil && a.stale(s, known) {
		// What it says is here may be gone, so nothing of it is believed.
		if err := a.emptyIndex(ctx); err != nil {
			return stock{}, fmt.Errorf("empty index: %w", err)
		}
		known = nil
		s, err = a.takeStock(inspect)
	}
	if err != nil {
		return stock{}, fmt.Errorf("read manifests: %w", err)
	}
	if err := a.catchUp(ctx, s, known); err != nil {
		return stock{}, fmt.Errorf("update index: %w", err)
	}
	return s, nil
}

func (a *Archive) packPath(name string) string {
	return filepath.Join(a.dir, "packs", name[:2], name+".pack")
}

// sourceName makes a source's name fit for a manifest: valid UTF-8 of bounded length.
func sourceName(s string) string { return cut(s, maxSource) }

// cut shortens s to at most n bytes of valid UTF-8.
func cut(s string, n int) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if len(s) > n {
		s = strings.ToValidUTF8(s[:n], "") // the cut may have split a character
	}
	return s
}

// Get returns an object's bytes, checked against its hash; ErrNotFound where there is none.
func (a *Archive) Get(h Hash) ([]byte, error) {
	loc, err := a.locate(h)
	if err != nil {
		return nil, err
	}
	raw, err := readObject(a.packPath(loc.pack), loc)
	if err != nil {
		return nil, fmt.Errorf("read object %s from pack %s: %w; run fsck", h, loc.pack, err)
	}
	if Sum(raw) != h {
		return nil, fmt.Errorf("read object %s: the bytes in pack %s are not the ones archived; run fsck", h, loc.pack)
	}
	return raw, nil
}

// Stats counts what the archive holds. An object that two processes stored at the same moment counts twice.
func (a *Archive) Stats() (Stats, error) {
	s, err := a.takeStock(nil)
	if err != nil {
		return Stats{}, err
	}
	if err := s.sound(); err != nil {
		return Stats{}, err
	}
	out := Stats{Sources: int64(len(s.manifests))}
	for _, l := range s.packs() {
		out.Packs++
		out.Objects += l.Objects
		out.RawBytes += l.RawBytes
		out.PackBytes += l.Size
	}
	return out, nil
}
