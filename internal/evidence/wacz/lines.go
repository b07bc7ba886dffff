package wacz

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Limits of what is taken into memory of a package that is checked.
const (
	maxPackage = 64 << 20  // bytes of datapackage.json
	maxDigest  = 4 << 20   // of datapackage-digest.json
	maxPages   = 512 << 20 // of a list of pages
	maxPage    = 64 << 20  // of one line of it
	maxLines   = 2_000_000 // of all indexes
	maxIndex   = 2 << 30   // bytes of an index, unpacked
)

func isWARC(name string) bool {
	return strings.HasPrefix(name, archiveDir) && (strings.HasSuffix(name, ".warc") || strings.HasSuffix(name, ".warc.gz"))
}

// isIndex says whether a file is a CDXJ index, plain or compressed.
func isIndex(name string) bool {
	if !strings.HasPrefix(name, indexesDir) {
		return false
	}
	name = strings.TrimSuffix(name, ".gz")
	return strings.HasSuffix(name, ".cdx") || strings.HasSuffix(name, ".cdxj")
}

// eachLine passes the lines of r on, with their numbers from 1 and without their ends.
func eachLine(r io.Reader, limit int, each func(n int, line []byte) error) error {
	buf := make([]byte, 0, 64<<10)
	n := 0
	for {
		if len(buf) == cap(buf) {
			buf = slices.Grow(buf, len(buf)+1)
		}
		fresh := len(buf)
		k, err := r.Read(buf[fresh:cap(buf)])
		buf = buf[:fresh+k]
		start := 0
		for {
			i := bytes.IndexByte(buf[fresh:], '\n')
			if i < 0 {
				break
			}
			n++
			if err := each(n, bytes.TrimSuffix(buf[start:fresh+i], []byte("\r"))); err != nil {
				return err
			}
			start = fresh + i + 1
			fresh = start
		}
		buf = append(buf[:0], buf[start:]...)
		if len(buf) > limit {
			return fmt.Errorf("line %d: longer than %d bytes: %w", n+1, limit, ErrTooLarge)
		}
		if err == io.EOF {
			if len(buf) > 0 {
				return each(n+1, buf)
			}
			return nil
		}
		if err != nil {
			return err
		}
	}
}
