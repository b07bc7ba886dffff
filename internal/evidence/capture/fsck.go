package capture

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"veedor/internal/evidence/journal"
)

// Problem is one thing that is wrong with the captures.
type Problem struct {
	Kind  string // "corrupt", "missing", "extra", "unlisted" or "journal"
	Where string // the file, below captures
	What  string // in plain words: what is wrong and what to do
}

// Report is what Fsck found.
type Report struct {
	Captures int   // files whose every byte was read
	Bytes    int64 // of them
	Problems []Problem
}

func (r *Report) problem(kind, where, format string, args ...any) {
	r.Problems = append(r.Problems, Problem{kind, where, fmt.Sprintf(format, args...)})
}

// Fsck reads every byte of every capture and says what is damaged, missing or extra. progress, unless nil, is
// called now and then with the bytes read and the bytes there are.
func (c *Captures) Fsck(ctx context.Context, progress func(done, total int64)) (Report, error) {
	var r Report
	files, total, err := c.files(&r)
	if err != nil {
		return r, fmt.Errorf("check captures: %w", err)
	}
	listed, err := c.listed(&r) // after the files: what is written meanwhile is listed and not looked for
	if err != nil {
		return r, fmt.Errorf("check captures: %w", err)
	}
	var done int64
	for hash, size := range files {
		where := filepath.Join(hash[:2], hash+ending)
		sum, _, err := hashFile(ctx, c.path(hash), func(n int64) {
			if done += n; progress != nil {
				progress(done, total)
			}
		})
		if ctx.Err() != nil {
			return r, ctx.Err()
		}
		x := listed[hash]
		switch {
		case err != nil:
			r.problem("corrupt", where, "it cannot be read (%v). Restore it from a copy.", err)
		case sum != hash:
			r.problem("corrupt", where, "its bytes are not the ones captured. Restore it from a copy.")
		case listed != nil && x == nil:
			r.problem("unlisted", where, "the journal does not know this capture. If a process was killed while capturing, veedor capture adopt %s takes it over; else the journal is not the one it was, or somebody put the file there.", hash[:12])
		case x != nil && x.Size != size:
			r.problem("corrupt", where, "it has %d bytes, the journal says %d", size, x.Size)
		default:
			r.Captures++
			r.Bytes += size
		}
	}
	for hash := range listed {
		if _, ok := files[hash]; !ok && !exists(c.path(hash)) {
			r.problem("missing", filepath.Join(hash[:2], hash+ending), "the journal knows this capture and the file is not there. Restore it from a copy.")
		}
	}
	return r, nil
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// listed returns the captures that the journal knows; nil when it cannot be read.
func (c *Captures) listed(r *Report) (map[string]*Capture, error) {
	entries, err := c.Entries()
	if errors.Is(err, journal.ErrBroken) {
		r.problem("journal", "journal.jsonl", "%v. Restore it from a copy.", err)
		return nil, nil
	}
	out := map[string]*Capture{}
	for i := range entries {
		if x := entries[i].Capture; x != nil {
			out[x.Hash] = x
		}
	}
	return out, err
}

// files returns the size of each file that has a capture's name, and reports what is no file of ours.
func (c *Captures) files(r *Report) (map[string]int64, int64, error) {
	out := map[string]int64{}
	var total int64
	err := filepath.WalkDir(c.dir, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(c.dir, path)
		if err != nil {
			return err
		}
		hash, named := hashName(d.Name())
		switch {
		case rel == "journal.jsonl", rel == "check.lock":
		case strings.HasPrefix(rel, "tmp"+string(filepath.Separator)) && d.Type().IsRegular() && (held(path) || young(d)): // somebody is writing it, or was killed just now
		case !d.Type().IsRegular() || !named || path != c.path(hash):
			r.problem("extra", rel, "not a file of the captures. Remove it if you did not put it there.")
		default:
			st, err := d.Info()
			if err != nil {
				return err
			}
			out[hash] = st.Size()
			total += st.Size()
		}
		return nil
	})
	return out, total, err
}

// Adopt takes over a file that lies among the captures and is not in the journal: what a process left that was
// killed between the two. The capture is journalled with what the file says of itself, and is marked as adopted.
func (c *Captures) Adopt(ctx context.Context, hash string) (*Capture, error) {
	if !hexHash.MatchString(hash) {
		return nil, fmt.Errorf("adopt %.80q: want the beginning of a hash, at least 6 hex digits", hash)
	}
	found, err := filepath.Glob(c.path(hash + strings.Repeat("?", 64-len(hash))))
	if err != nil || len(found) != 1 {
		return nil, fmt.Errorf("adopt %s: %d files have that name: %w", hash, len(found), ErrNotFound)
	}
	hash, _ = hashName(filepath.Base(found[0]))
	sum, size, err := hashFile(ctx, found[0], func(int64) {})
	if err != nil || sum != hash {
		return nil, errors.Join(fmt.Errorf("adopt %s: its bytes are not those of its name", hash[:12]), err)
	}
	s, err := readStatement(found[0])
	if err != nil {
		return nil, fmt.Errorf("adopt %s: %w", hash[:12], err)
	}
	x := s.Capture
	x.Hash, x.Size, x.Adopted = hash, size, true
	x.Refusals, x.Faults = x.Refusals[:min(len(x.Refusals), maxListed)], x.Faults[:min(len(x.Faults), maxListed)]
	_, err = c.append(ctx, func(s *state) ([]Entry, error) {
		if s.byHash[hash] != nil {
			return nil, fmt.Errorf("adopt %s: the journal knows it", hash[:12])
		}
		what := Captured
		if x.Kind == Import {
			what = Imported
		}
		return []Entry{{What: what, Capture: x.copy()}}, nil
	})
	return &x, err
}
