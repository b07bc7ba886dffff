package wacz

import (
	"bufio"
	"compress/flate"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// maxHTTPHeader is how many bytes the header of an HTTP message may have.
const maxHTTPHeader = 1 << 20

// maxEncodings is how many content encodings may lie over each other.
const maxEncodings = 4

// HTTP is the header of an HTTP message within a record, and its body as stored.
type HTTP struct {
	Start  string // the request or status line
	Status int    // of a response, 0 when it has none
	Method string // of a request
	Header Fields
	Body   io.Reader // what follows the header, with its transfer coding
}

// ErrNotHTTP says that a block is no HTTP message.
var ErrNotHTTP = errors.New("no HTTP message")

// ErrTooLarge says that a limit was passed.
var ErrTooLarge = errors.New("larger than the limit")

// ParseHTTP reads the header of the HTTP message that a block holds. Lines may end with LF alone; continued lines
// are joined; lines that are no header are left out, as browsers do.
func ParseHTTP(block io.Reader) (*HTTP, error) {
	in := bufio.NewReaderSize(block, 8<<10)
	h := &HTTP{Body: in}
	room := maxHTTPHeader
	line := func() (string, error) {
		var b []byte
		for {
			part, err := in.ReadSlice('\n')
			b = append(b, part...)
			if room -= len(part); room < 0 {
				return "", fmt.Errorf("%w: its header is longer than %d bytes", ErrNotHTTP, maxHTTPHeader)
			}
			if err == bufio.ErrBufferFull {
				continue
			}
			if err != nil && (err != io.EOF || len(b) == 0) {
				return "", err
			}
			return strings.TrimRight(string(b), "\r\n"), nil
		}
	}
	var err error
	if h.Start, err = line(); err != nil {
		return nil, cmpErr(notEOF(err), ErrNotHTTP)
	}
	if err := h.start(); err != nil {
		return nil, err
	}
	for {
		l, err := line()
		if err == io.EOF || err == nil && l == "" {
			return h, nil
		}
		if err != nil {
			return nil, err
		}
		if (l[0] == ' ' || l[0] == '\t') && len(h.Header) > 0 {
			h.Header[len(h.Header)-1].Value += " " + strings.TrimSpace(l)
			continue
		}
		if name, value, ok := strings.Cut(l, ":"); ok {
			h.Header = append(h.Header, Field{strings.TrimRight(name, " \t"), strings.TrimSpace(value)})
		}
	}
}

func notEOF(err error) error {
	if err == io.EOF {
		return nil
	}
	return err
}

// start reads the first line.
func (h *HTTP) start() error {
	parts := strings.SplitN(h.Start, " ", 3)
	if strings.HasPrefix(strings.ToUpper(parts[0]), "HTTP") {
		if len(parts) > 1 {
			if n, err := strconv.Atoi(parts[1]); err == nil && n > 0 && n < 1000 {
				h.Status = n
			}
		}
		return nil
	}
	if len(parts) < 2 || !token(parts[0]) {
		return fmt.Errorf("%w: it begins with %.60q", ErrNotHTTP, h.Start)
	}
	h.Method = parts[0]
	return nil
}

// Chunked says whether the body has the chunked transfer coding.
func (h *HTTP) Chunked() bool {
	return strings.Contains(strings.ToLower(strings.Join(h.Header.All("Transfer-Encoding"), ",")), "chunked")
}

// MIME returns the media type of the header, without parameters.
func (h *HTTP) MIME() string { return mimeOf(h.Header.Get("Content-Type")) }

func mimeOf(contentType string) string {
	if i := strings.IndexAny(contentType, "; \t"); i >= 0 {
		contentType = contentType[:i]
	}
	return contentType
}

// Content returns the body as a reader of the page would have it: without transfer coding and content encodings
// (gzip, deflate, br, zstd). At most limit bytes come out; then reading gives ErrTooLarge, as a decompression bomb
// does. A body that says it is chunked or encoded and is not, as some recorders store them, is given as it is.
func (h *HTTP) Content(limit int64) (io.Reader, error) {
	var r io.Reader = h.Body
	if h.Chunked() {
		r = newChunkedReader(r)
	}
	names := strings.Split(strings.Join(h.Header.All("Content-Encoding"), ","), ",")
	if len(names) > maxEncodings {
		return nil, fmt.Errorf("decode body: more than %d content encodings", maxEncodings)
	}
	for i := len(names) - 1; i >= 0; i-- {
		var err error
		if r, err = decoder(strings.ToLower(strings.TrimSpace(names[i])), r); err != nil {
			return nil, fmt.Errorf("decode body: %w", err)
		}
	}
	return &limited{r: r, left: limit}, nil
}

// decoder undoes one content encoding.
func decoder(name string, r io.Reader) (io.Reader, error) {
	in := bufio.NewReaderSize(r, 4<<10)
	head, err := in.Peek(4)
	if err != nil && err != io.EOF {
		return nil, err
	}
	if len(head) == 0 {
		return in, nil
	}
	switch name {
	case "gzip", "x-gzip":
		if len(head) < 2 || head[0] != 0x1f || head[1] != 0x8b {
			return in, nil
		}
		return gzip.NewReader(in)
	case "deflate":
		if len(head) >= 2 && head[0]&0x0f == 8 && (int(head[0])<<8|int(head[1]))%31 == 0 {
			return zlib.NewReader(in)
		}
		return flate.NewReader(in), nil
	case "br":
		return brotli.NewReader(in), nil
	case "zstd":
		if string(head) != "\x28\xb5\x2f\xfd" {
			return in, nil
		}
		d, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(64<<20), zstd.WithDecoderLowmem(true))
		if err != nil {
			return nil, err
		}
		return d, nil
	}
	return in, nil // identity, or one that nobody knows
}

// limited fails when more than left bytes come.
type limited struct {
	r    io.Reader
	left int64
}

func (l *limited) Read(p []byte) (int, error) {
	if int64(len(p)) > l.left+1 {
		p = p[:l.left+1]
	}
	n, err := l.r.Read(p)
	if int64(n) > l.left {
		n, l.left = int(l.left), 0
		return n, ErrTooLarge
	}
	l.left -= int64(n)
	return n, err
}
