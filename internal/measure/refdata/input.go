package refdata

import (
	"archive/zip"
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// Bounds on what is read of one published file. The largest real one, addresses of the whole
// internet, has 24 MB and 412,000 rows.
const (
	maxUnpacked = 512 << 20 // bytes after unpacking
	maxMembers  = 10_000    // files in a zip archive
)

var errTooLarge = errors.New("too large")

// eachFile calls f with the name and the text of a published file: plain, gzip, or each member of
// a zip archive that keep wants. The name comes without folder and without ".gz".
func eachFile(file string, keep func(name string) bool, f func(name string, r io.Reader) error) error {
	in, err := os.Open(file)
	if err != nil {
		return err
	}
	defer in.Close()
	r := bufio.NewReaderSize(in, 1<<16)
	name := strings.TrimSuffix(filepath.Base(file), ".gz")
	magic, _ := r.Peek(4)
	switch {
	case bytes.HasPrefix(magic, []byte{0x1f, 0x8b}):
		z, err := gzip.NewReader(r)
		if err != nil {
			return fmt.Errorf("unpack: %w", err)
		}
		return f(name, &bounded{r: z, left: maxUnpacked})
	case bytes.HasPrefix(magic, []byte("PK\x03\x04")):
		st, err := in.Stat()
		if err != nil {
			return err
		}
		z, err := zip.NewReader(in, st.Size())
		if err != nil {
			return fmt.Errorf("unpack: %w", err)
		}
		if len(z.File) > maxMembers {
			return fmt.Errorf("unpack: %w: %d files in one archive", errTooLarge, len(z.File))
		}
		left := int64(maxUnpacked)
		for _, m := range z.File {
			if m.FileInfo().IsDir() || !keep(m.Name) {
				continue
			}
			b, err := eachMember(m, left, f)
			if err != nil {
				return fmt.Errorf("%s: %w", path.Base(m.Name), err)
			}
			left = b
		}
		return nil
	default:
		return f(name, &bounded{r: r, left: maxUnpacked})
	}
}

// eachMember reads one file of a zip archive and returns what is left of the bound.
func eachMember(m *zip.File, left int64, f func(string, io.Reader) error) (int64, error) {
	r, err := m.Open()
	if err != nil {
		return left, err
	}
	defer r.Close()
	b := &bounded{r: r, left: left}
	err = f(path.Base(m.Name), b)
	return b.left, err
}

// bounded is a reader that fails, rather than ends, where too much comes.
type bounded struct {
	r    io.Reader
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, fmt.Errorf("%w: more than %d MB after unpacking", errTooLarge, maxUnpacked>>20)
	}
	if int64(len(p)) > b.left {
		p = p[:b.left]
	}
	n, err := b.r.Read(p)
	b.left -= int64(n)
	return n, err
}
