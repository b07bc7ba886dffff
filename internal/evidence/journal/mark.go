package journal

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Mark is a place in a journal: after so many lines and bytes, the last of which has a hash. The zero Mark is its
// beginning.
type Mark struct {
	Lines int64
	Size  int64 // bytes
	Last  string
}

// Long is a journal too long for memory: whoever uses it remembers a Mark, and is told what comes after it. The file
// is the same as Journal's.
type Long[E any] struct {
	path string
	link func(*E) *Link
}

// OpenLong returns the journal in a file, which need not be there yet.
func OpenLong[E any](path string, link func(*E) *Link) *Long[E] {
	return &Long[E]{path: path, link: link}
}

// Size returns the bytes of the file; 0 where there is none.
func (j *Long[E]) Size() (int64, error) {
	st, err := os.Stat(j.path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read journal: %w", err)
	}
	return st.Size(), nil
}

// After calls f with each entry after a mark, in order, and the place it ends at, and returns the last place.
// ErrBroken where the chain does not hold. What a writer is about to append, or was killed while appending, is left
// out.
func (j *Long[E]) After(m Mark, f func(e E, at Mark) error) (Mark, error) {
	file, err := os.Open(j.path)
	if errors.Is(err, fs.ErrNotExist) && m == (Mark{}) {
		return m, nil
	}
	if err != nil {
		return m, fmt.Errorf("read journal: %w", err)
	}
	defer file.Close()
	return j.after(file, m, f)
}

func (j *Long[E]) after(file *os.File, m Mark, f func(e E, at Mark) error) (Mark, error) {
	st, err := file.Stat()
	if err != nil {
		return m, fmt.Errorf("read journal: %w", err)
	}
	if st.Size() < m.Size {
		return m, fmt.Errorf("%w: %s became shorter", ErrBroken, j.path)
	}
	one := &Journal[E]{path: j.path, link: j.link, last: m.Last}
	r := bufio.NewReaderSize(io.NewSectionReader(file, m.Size, st.Size()-m.Size), 1<<16)
	for {
		line, err := readLine(r)
		if err == io.EOF {
			return m, one.tail(line)
		}
		if err != nil {
			return m, fmt.Errorf("read journal %s: entry %d: %w", j.path, m.Lines+1, err)
		}
		one.entries = one.entries[:0]
		if err := one.take(line); err != nil {
			return m, fmt.Errorf("after entry %d: %w", m.Lines, err)
		}
		m = Mark{m.Lines + 1, m.Size + int64(len(line)) + 1, one.last}
		if err := f(one.entries[0], m); err != nil {
			return m, err
		}
	}
}

// Extend locks the journal, calls f with what there is after a mark, then next, and appends the entries that next
// returns; done is called with them as they were written and the place after them, while the journal is still locked.
// Nobody else appends in between. The entries are synced before done is called; when next fails or returns none,
// nothing is appended and done is not called.
func (j *Long[E]) Extend(m Mark, f func(e E, at Mark) error, next func() ([]E, error), done func(fresh []E, at Mark) error) error {
	if err := os.MkdirAll(filepath.Dir(j.path), 0o755); err != nil {
		return fmt.Errorf("append to journal: %w", err)
	}
	file, err := os.OpenFile(j.path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return fmt.Errorf("append to journal: %w", err)
	}
	defer file.Close() // which unlocks
	if err := flock(file); err != nil {
		return fmt.Errorf("lock journal %s: %w", j.path, err)
	}
	if m, err = j.after(file, m, f); err != nil {
		return err
	}
	fresh, err := next()
	if err != nil || len(fresh) == 0 {
		return err
	}
	one := &Journal[E]{path: j.path, link: j.link, last: m.Last}
	lines, last, err := one.chain(fresh)
	if err != nil {
		return fmt.Errorf("append to journal %s: %w", j.path, err)
	}
	if err := file.Truncate(m.Size); err != nil { // what an interrupted append left
		return fmt.Errorf("append to journal: %w", err)
	}
	if _, err := file.WriteAt(lines, m.Size); err != nil {
		return fmt.Errorf("append to journal: %w", err)
	}
	if err := file.Sync(); err != nil {
		return fmt.Errorf("sync journal: %w", err)
	}
	if m.Size == 0 {
		if err := syncFolder(filepath.Dir(j.path)); err != nil {
			return fmt.Errorf("sync journal: %w", err)
		}
	}
	return done(fresh, Mark{m.Lines + int64(len(fresh)), m.Size + int64(len(lines)), last})
}

// Copy checks the chain and writes the whole lines there are to w while others append; it returns the place after them.
func (j *Long[E]) Copy(w io.Writer) (Mark, error) {
	m, err := j.After(Mark{}, func(E, Mark) error { return nil })
	if err != nil || m.Size == 0 {
		return m, err
	}
	file, err := os.Open(j.path)
	if err != nil {
		return m, fmt.Errorf("read journal: %w", err)
	}
	defer file.Close()
	if _, err := io.Copy(w, io.NewSectionReader(file, 0, m.Size)); err != nil {
		return m, fmt.Errorf("copy journal: %w", err)
	}
	return m, nil
}
