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
	dir   string // DATA/archive
	index *sql.DB
}

// Open opens the archive below the data folder, making it when it is not there. What a process that
// was killed left half done is finished or removed; the index is brought up to date.
func Open(data string) (*Archive, error) {
	a := &Archive{dir: filepath.Join(data, "archive")}
	for _, d := range []string{"packs", "manifests", "tmp"} {
		if err := os.MkdirAll(filepath.Join(a.dir, d), 0o755); err != nil {
			return nil, fmt.Errorf("open archive: %w", err)
		}
	}
	if err := a.locked(a.recover); err != nil {
		return nil, fmt.Errorf("recover archive: %w", err)
	}
	var err error
	if a.index, err = openIndex(filepath.Join(data, "index")); err != nil {
		return nil, fmt.Errorf("open archive index: %w", err)
	}
	if err := a.catchUp(context.Background()); err != nil {
		return nil, errors.Join(fmt.Errorf("update archive index: %w", err), a.index.Close())
	}
	return a, nil
}

// Close closes the archive.
func (a *Archive) Close() error { return a.index.Close() }

func (a *Archive) packPath(name string) string {
	return filepath.Join(a.dir, "packs", name[:2], name+".pack")
}

// Get returns an object's bytes, checked against its hash; ErrNotFound where there is none.
func (a *Archive) Get(h Hash) ([]byte, error) {
	loc, err := a.locate(h)
	if err != nil {
		return nil, err
	}
	raw, err := readObject(a.packPath(loc.pack), loc)
	if err != nil {
		return nil, fmt.Errorf("read object %s: %w", h, err)
	}
	if Sum(raw) != h {
		return nil, fmt.Errorf("read object %s: the bytes in pack %s are not the ones archived; run fsck", h, loc.pack)
	}
	return raw, nil
}

// Stats counts what the archive holds.
func (a *Archive) Stats() (Stats, error) {
	sources, err := a.sources()
	if err != nil {
		return Stats{}, err
	}
	var s Stats
	for _, m := range sources {
		s.Sources++
		for _, r := range m.records {
			if r.Kind == kindPack {
				s.Packs++
				s.Objects += r.Objects
				s.RawBytes += r.RawBytes
				s.PackBytes += r.Size
			}
		}
	}
	return s, nil
}

// Each calls f with every object once, source by source and pack by pack in the order written,
// until f fails or ctx ends. Packs named in done are passed over, and those read are added to it, so
// that a second call sees only what came since; nil asks for all. Memory is bounded by the largest frame.
func (a *Archive) Each(ctx context.Context, done map[string]bool, f func(Object) error) error {
	sources, err := a.sources()
	if err != nil {
		return err
	}
	for _, m := range sources {
		for _, r := range m.records {
			if r.Kind != kindPack || done[r.Pack] {
				continue
			}
			if err := a.eachInPack(ctx, m.name, r.Pack, f); err != nil {
				return err
			}
			if done != nil {
				done[r.Pack] = true
			}
		}
	}
	return nil
}

func (a *Archive) eachInPack(ctx context.Context, source, pack string, f func(Object) error) error {
	p, err := openPack(a.packPath(pack))
	if err != nil {
		return fmt.Errorf("read pack %s: %w", pack, err)
	}
	defer p.Close()
	id, err := a.packID(pack)
	if err != nil {
		return err
	}
	return p.each(func(o packed, raw []byte) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		// Two processes may have stored one object at the same moment; it is handed out from the pack the index names.
		if first, err := a.isFirst(o.hash, id, o); err != nil || !first {
			return err
		}
		return f(Object{Hash: o.hash, Raw: raw, Source: source, Entry: o.Entry})
	})
}
