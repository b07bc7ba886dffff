package capture

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

const ending = ".wacz"

// path is where the WACZ of a hash lies.
func (c *Captures) path(hash string) string {
	return filepath.Join(c.dir, hash[:2], hash+ending)
}

// temp makes a file below captures/tmp. Its lock says to others that somebody is at work on it.
func (c *Captures) temp(ending string) (*os.File, error) {
	dir := filepath.Join(c.dir, "tmp")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	f, err := os.CreateTemp(dir, "*"+ending)
	if err != nil {
		return nil, err
	}
	return f, syscall.Flock(int(f.Fd()), syscall.LOCK_EX)
}

// discard closes and removes a temporary file.
func discard(f *os.File) {
	_ = f.Close()
	_ = os.Remove(f.Name())
}

// settled is how old a temporary file is at least that is taken for one whose process was killed: a living one
// locks its own at once.
const settled = 10 * time.Second

// sweep removes what processes that were killed left below captures/tmp.
func (c *Captures) sweep() {
	files, err := filepath.Glob(filepath.Join(c.dir, "tmp", "*"))
	if err != nil {
		return
	}
	for _, name := range files {
		st, err := os.Lstat(name)
		if err != nil || !st.Mode().IsRegular() || young(fs.FileInfoToDirEntry(st)) {
			continue
		}
		f, err := os.Open(name)
		if err != nil {
			continue
		}
		if syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
			_ = os.Remove(name)
		}
		_ = f.Close()
	}
}

// young says whether a file was written to just now.
func young(d fs.DirEntry) bool {
	st, err := d.Info()
	return err != nil || time.Since(st.ModTime()) < settled
}

// held says whether some process is at work on a temporary file.
func held(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return errors.Is(err, fs.ErrNotExist)
	}
	defer f.Close()
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) != nil
}

// place makes what write writes the file of its hash: written, synced, renamed. The same bytes may be there already.
func (c *Captures) place(write func(io.Writer) error) (hash string, size int64, err error) {
	f, err := c.temp(ending)
	if err != nil {
		return "", 0, err
	}
	sum := sha256.New()
	count := &counted{w: io.MultiWriter(f, sum)}
	if err := write(count); err != nil {
		discard(f)
		return "", 0, err
	}
	hash = hex.EncodeToString(sum.Sum(nil))
	if err := c.settle(f, hash); err != nil {
		discard(f)
		return "", 0, err
	}
	return hash, count.n, f.Close()
}

func (c *Captures) settle(f *os.File, hash string) error {
	if err := errors.Join(f.Chmod(0o444), f.Sync()); err != nil {
		return err
	}
	to := c.path(hash)
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), to); err != nil {
		return err
	}
	return errors.Join(syncDir(filepath.Dir(to)), syncDir(c.dir))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

type counted struct {
	w io.Writer
	n int64
}

func (c *counted) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

// spooled is a file that came from somewhere, lying in a temporary file.
type spooled struct {
	f    *os.File
	hash string
	size int64
}

// spool writes at most max bytes of r into a temporary file, and hashes what follows too, so that what is refused
// for its length is still known by its hash. Reading stops at hashed bytes, and then the hash is "".
func (c *Captures) spool(ctx context.Context, r io.Reader, max, hashed int64) (*spooled, error) {
	f, err := c.temp(".import")
	if err != nil {
		return nil, err
	}
	sum := sha256.New()
	in := io.TeeReader(&patient{ctx, r}, sum)
	n, err := io.Copy(f, io.LimitReader(in, max))
	s := &spooled{f: f, size: n}
	if err != nil {
		discard(f)
		return nil, err
	}
	if n == max {
		more, err := io.Copy(io.Discard, io.LimitReader(in, hashed-max+1))
		if err != nil {
			discard(f)
			return nil, err
		}
		s.size += more
	}
	if s.size <= hashed {
		s.hash = sumOf(sum)
	}
	_, err = f.Seek(0, io.SeekStart)
	return s, err
}

func sumOf(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)) }

func hashOf(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

// patient reads until its context ends.
type patient struct {
	ctx context.Context
	r   io.Reader
}

func (p *patient) Read(b []byte) (int, error) {
	if err := p.ctx.Err(); err != nil {
		return 0, err
	}
	return p.r.Read(b)
}

// hashFile returns the hash of a file's bytes.
func hashFile(ctx context.Context, path string, progress func(n int64)) (string, int64, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	sum := sha256.New()
	buf := make([]byte, 256<<10)
	var size int64
	for {
		n, err := f.Read(buf)
		sum.Write(buf[:n])
		size += int64(n)
		progress(int64(n))
		if err == io.EOF {
			return sumOf(sum), size, nil
		}
		if err = errors.Join(err, ctx.Err()); err != nil {
			return "", size, fmt.Errorf("read %s: %w", filepath.Base(path), err)
		}
	}
}

// hashName returns the hash that a file's name says.
func hashName(name string) (string, bool) {
	h, ok := strings.CutSuffix(name, ending)
	return h, ok && fileHash.MatchString(h)
}

// shorten cuts a text after at most n code points, between words where it can.
func shorten(s string, n int) string {
	count := 0
	for i := range s {
		if count == n {
			s = s[:i]
			if at := strings.LastIndexAny(s, " \n"); at > len(s)/2 {
				s = s[:at]
			}
			return strings.TrimRight(s, " \n") + "…"
		}
		count++
	}
	return s
}
