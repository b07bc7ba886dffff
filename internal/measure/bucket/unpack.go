package bucket

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
)

// Bounds of what a file may unpack to. JSON of measurements is packed to a tenth, long runs of the same
// to a fiftieth; deflate cannot do better than a thousandth, which is what bombs are made of.
const (
	maxRatio  = 300
	freeBytes = 64 << 20 // unpacked, that a file of any size may have
)

var errPacked = errors.New("it is packed more than once, or an archive: no file of JSON lines")

// Unpack reads the gzip of a file of size bytes, or the file itself where it is not packed. Reading
// fails, with a reason, once it unpacks to far more than measurements do or where a second wrap is in it.
func Unpack(file io.ReadCloser, size int64) io.ReadCloser {
	u := &unpacked{file: file, left: freeBytes + size*maxRatio}
	u.limit = u.left
	b := bufio.NewReaderSize(file, 64<<10)
	u.r = b
	if head, _ := b.Peek(2); bytes.Equal(head, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(b)
		if err != nil {
			u.err = fmt.Errorf("unpack: %w", err)
			return u
		}
		b = bufio.NewReaderSize(z, 64<<10)
		u.r = b
	}
	head, _ := b.Peek(262) // an error comes again when it is read
	if bytes.HasPrefix(head, []byte{0x1f, 0x8b}) || bytes.HasPrefix(head, []byte{0x28, 0xb5, 0x2f, 0xfd}) || len(head) == 262 && string(head[257:]) == "ustar" {
		u.err = errPacked
	}
	return u
}

type unpacked struct {
	file        io.ReadCloser
	r           io.Reader
	left, limit int64
	err         error
}

func (u *unpacked) Read(p []byte) (int, error) {
	if u.err != nil {
		return 0, u.err
	}
	n, err := u.r.Read(p)
	if u.left -= int64(n); u.left < 0 {
		u.err = fmt.Errorf("it unpacks to more than %d MB, which no file of measurements of its size does", u.limit>>20)
		return n, u.err
	}
	return n, err
}

func (u *unpacked) Close() error { return u.file.Close() }
