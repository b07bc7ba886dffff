package fault

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// Place is files of one kind, and the check that owns them.
type Place struct {
	Name string
	Root string // the folder below which the files lie; its every regular file is flipped, but for those Skip names
	Skip func(path string) bool
	// Found runs the check and says what it found, "" for nothing.
	Found func(ctx context.Context) (string, error)
}

// Flipped is what came of the flips in one place.
type Flipped struct {
	Place        string
	Files        int
	Bytes        int64
	Flips, Found int
	Missed       []string // those that were not found: file and offset
}

// Flip changes one byte after another in one place, each time runs the check, and puts the byte back.
func Flip(ctx context.Context, seed uint64, n int, p Place) (Flipped, error) {
	out := Flipped{Place: p.Name}
	var paths []string
	var ends []int64
	err := filepath.WalkDir(p.Root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		rel, err := filepath.Rel(p.Root, path)
		if err != nil || p.Skip != nil && p.Skip(filepath.ToSlash(rel)) {
			return err
		}
		st, err := d.Info()
		if err != nil || st.Size() == 0 {
			return err
		}
		out.Bytes += st.Size()
		paths, ends = append(paths, path), append(ends, out.Bytes)
		return nil
	})
	out.Files = len(paths)
	if err != nil || len(paths) == 0 {
		return out, fmt.Errorf("flip bytes of %s: %d files: %w", p.Name, len(paths), err)
	}
	if says, err := p.Found(ctx); err != nil || says != "" {
		return out, fmt.Errorf("flip bytes of %s: before any flip: %s (%w)", p.Name, says, err)
	}
	c := newChance(seed)
	for range n {
		// Half of the flips go to a file chosen by its size, half to any file: small files hold what matters most.
		i := c.IntN(len(paths))
		if c.IntN(2) == 0 {
			i, _ = slices.BinarySearch(ends, 1+c.Int64N(out.Bytes))
		}
		if err := out.flip(ctx, c, p, paths[i]); err != nil {
			return out, err
		}
	}
	return out, nil
}

// flip changes one byte of a file.
func (f *Flipped) flip(ctx context.Context, c chance, p Place, path string) error {
	before, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	st, err := os.Stat(path)
	if err != nil {
		return err
	}
	after := bytes.Clone(before)
	at, by := c.IntN(len(after)), byte(1+c.IntN(255))
	if c.IntN(2) == 0 {
		by = 1 << c.IntN(8) // one bit
	}
	after[at] ^= by
	if err := overwrite(path, st.Mode(), after); err != nil {
		return err
	}
	says, err := p.Found(ctx)
	if e := overwrite(path, st.Mode(), before); err == nil {
		err = e
	}
	if err != nil {
		return fmt.Errorf("flip byte %d of %s: %w", at, path, err)
	}
	f.Flips++
	rel, err := filepath.Rel(p.Root, path)
	switch {
	case err != nil:
		return err
	case says != "":
		f.Found++
	default:
		f.Missed = append(f.Missed, fmt.Sprintf("%s: byte %d: %#02x became %#02x", filepath.ToSlash(rel), at, before[at], after[at]))
	}
	return nil
}

// overwrite replaces a file's bytes, whatever its mode.
func overwrite(path string, mode fs.FileMode, b []byte) error {
	if mode&0o200 == 0 {
		if err := os.Chmod(path, mode|0o200); err != nil {
			return err
		}
		defer os.Chmod(path, mode)
	}
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	if _, err := f.WriteAt(b, 0); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
