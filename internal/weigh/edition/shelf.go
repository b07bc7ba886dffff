package edition

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"veedor/internal/evidence/journal"
)

// Edition is one dossier that this observatory published.
type Edition struct {
	At         time.Time `json:"at"` // when it was put on the shelf
	Case       string    `json:"case"`
	Title      string    `json:"title"`
	Question   string    `json:"question,omitempty"`
	Publisher  string    `json:"publisher,omitempty"`
	Lang       string    `json:"lang"`
	Version    int       `json:"version"`
	Supersedes string    `json:"supersedes,omitempty"` // hash of the version before
	SHA256     string    `json:"sha256"`               // hex SHA-256 of the file
	Size       int64     `json:"size"`                 // bytes
	Claims     int       `json:"claims"`
	Evidence   int       `json:"evidence"`
	Captures   int       `json:"captures"`
	Objects    int       `json:"objects"`
	Withheld   int       `json:"withheld"`      // things left out, each with its reason in the dossier
	Key        string    `json:"key,omitempty"` // hex SHA-256 of the public key that signed it
	LogSize    int64     `json:"log_size"`      // leaves of the log at the checkpoint in it; 0 without one
	journal.Link
}

// Shelf holds the dossiers that were published: dossiers/<sha256>.wacz below the data folder, and
// dossiers/journal.jsonl.
type Shelf struct {
	dir  string
	kept *journal.Journal[Edition]
}

// OpenShelf opens the shelf below the data folder, which need not be there yet.
func OpenShelf(data string) (*Shelf, error) {
	s := &Shelf{dir: filepath.Join(data, "dossiers")}
	s.kept = journal.Open(filepath.Join(s.dir, "journal.jsonl"), func(e *Edition) *journal.Link { return &e.Link })
	_, err := s.List()
	return s, err
}

// List returns all editions, oldest first.
func (s *Shelf) List() ([]Edition, error) {
	all, err := s.kept.Entries()
	if err != nil {
		return nil, fmt.Errorf("journal of dossiers: %w", err)
	}
	return all, nil
}

// Last returns the latest edition of a case in a language; nil where there is none.
func (s *Shelf) Last(id, lang string) (*Edition, error) {
	all, err := s.List()
	for i := len(all) - 1; i >= 0; i-- {
		if all[i].Case == id && all[i].Lang == lang {
			return &all[i], err
		}
	}
	return nil, err
}

var hexHash = regexp.MustCompile(`^[0-9a-f]{64}$`)

// Open opens the file of an edition; ErrNotFound where there is none. The caller closes it.
func (s *Shelf) Open(hash string) (*os.File, error) {
	if !hexHash.MatchString(hash) {
		return nil, ErrNotFound
	}
	f, err := os.Open(filepath.Join(s.dir, hash+".wacz"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNotFound
	}
	return f, err
}

// Add writes a dossier and puts it on the shelf; e says what it is, but for its hash and size. The file is whole
// and synced before it is listed.
func (s *Shelf) Add(e Edition, write func(io.Writer) error) (Edition, error) {
	if err := os.MkdirAll(s.dir, 0o755); err != nil {
		return e, fmt.Errorf("put dossier on the shelf: %w", err)
	}
	f, err := os.CreateTemp(s.dir, ".new-*")
	if err != nil {
		return e, fmt.Errorf("put dossier on the shelf: %w", err)
	}
	defer os.Remove(f.Name()) // fails once it is renamed
	h := sha256.New()
	err = write(io.MultiWriter(f, h))
	if err == nil {
		err = errors.Join(f.Chmod(0o644), f.Sync())
	}
	st, statErr := f.Stat()
	if err = errors.Join(err, statErr, f.Close()); err != nil {
		return e, err
	}
	e.SHA256, e.Size = hex.EncodeToString(h.Sum(nil)), st.Size()
	if err := os.Rename(f.Name(), filepath.Join(s.dir, e.SHA256+".wacz")); err != nil {
		return e, fmt.Errorf("put dossier on the shelf: %w", err)
	}
	if err := syncDir(s.dir); err != nil {
		return e, err
	}
	got, err := s.kept.Append(func(known []Edition) ([]Edition, error) {
		for _, k := range known {
			if k.SHA256 == e.SHA256 {
				return nil, nil // the same bytes are the same edition
			}
		}
		return []Edition{e}, nil
	})
	if err == nil && len(got) == 1 {
		e = got[0]
	}
	return e, err
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Problem is one thing wrong with the shelf.
type Problem struct{ Where, What string }

// Fsck reads every dossier and says which are damaged, missing or extra.
func (s *Shelf) Fsck(ctx context.Context) (bytes int64, out []Problem, err error) {
	all, err := s.List()
	if err != nil {
		return 0, []Problem{{"dossiers/journal.jsonl", err.Error()}}, nil
	}
	listed := map[string]bool{}
	for _, e := range all {
		if err := ctx.Err(); err != nil {
			return bytes, out, err
		}
		listed[e.SHA256+".wacz"] = true
		where := "dossiers/" + e.SHA256 + ".wacz"
		f, err := s.Open(e.SHA256)
		if errors.Is(err, ErrNotFound) {
			out = append(out, Problem{where, "is missing; put it back from a backup"})
			continue
		}
		if err != nil {
			return bytes, out, err
		}
		h := sha256.New()
		n, err := io.Copy(h, f)
		bytes += n
		if err := errors.Join(err, f.Close()); err != nil {
			return bytes, out, err
		}
		if got := hex.EncodeToString(h.Sum(nil)); got != e.SHA256 {
			out = append(out, Problem{where, "has other bytes than were published; put it back from a backup"})
		}
	}
	files, err := os.ReadDir(s.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return bytes, out, nil
	}
	for _, f := range files {
		if n := f.Name(); filepath.Ext(n) == ".wacz" && !listed[n] {
			out = append(out, Problem{"dossiers/" + n, "is on the shelf and not in its journal"})
		}
	}
	return bytes, out, err
}
