package wacz

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/klauspost/compress/gzip"
)

// inMemory is how much of a block that cannot seek is kept in memory before a temporary file is used.
const inMemory = 8 << 20

// WriterOptions say how records are written.
type WriterOptions struct {
	Plain bool  // without compression; otherwise every record is one gzip member
	Start int64 // offset in the file at which the first record is written, for appending
}

// Written is where a record was put, and what it holds.
type Written struct {
	Offset, Length int64  // in the file, compressed
	BlockDigest    string // sha256:<hex>
	PayloadDigest  string // sha256:<hex>, "" when the record has no payload of its own
}

// Writer writes WARC 1.1 records. The same records give the same bytes.
type Writer struct {
	out io.Writer
	at  int64
	opt WriterOptions
	gz  *gzip.Writer
	err error
}

// NewWriter returns a writer to out.
func NewWriter(out io.Writer, opt WriterOptions) *Writer {
	return &Writer{out: out, at: opt.Start, opt: opt}
}

// Write writes one record. The digests are sha256:<hex>; the payload digest covers what follows the HTTP header
// as it is stored, transfer coding included, as warcio, wget and Heritrix compute it. After an error that is not
// ErrRecord the file may end in half a record and nothing more can be written.
func (w *Writer) Write(r *Record) (Written, error) {
	if w.err != nil {
		return Written{}, w.err
	}
	if err := writable(r); err != nil {
		return Written{}, err
	}
	b, err := spool(r.Block)
	if err != nil {
		return Written{}, fmt.Errorf("read block of %s: %w", r.ID, err)
	}
	defer b.close()
	res, err := digests(r, b)
	if err != nil {
		return Written{}, err
	}
	res.Offset = w.at
	n, err := w.put(header(r, b.size, res), b)
	if err != nil {
		w.err = fmt.Errorf("write record %s: %w", r.ID, err)
		return Written{}, w.err
	}
	w.at += n
	res.Length = n
	return res, nil
}

// put writes header and block and returns how many bytes they took.
func (w *Writer) put(head []byte, b *block) (int64, error) {
	count := &countWriter{w: w.out}
	var out io.Writer = count
	if !w.opt.Plain {
		if w.gz == nil {
			w.gz = gzip.NewWriter(count)
		}
		w.gz.Reset(count)
		out = w.gz
	}
	if _, err := out.Write(head); err != nil {
		return 0, err
	}
	r, err := b.open()
	if err != nil {
		return 0, err
	}
	if n, err := io.Copy(out, r); err != nil || n != b.size {
		return 0, cmpErr(err, errors.New("block changed while it was read"))
	}
	if _, err := io.WriteString(out, "\r\n\r\n"); err != nil {
		return 0, err
	}
	if !w.opt.Plain {
		if err := w.gz.Close(); err != nil {
			return 0, err
		}
	}
	return count.n, nil
}

func cmpErr(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}

// ErrRecord says that a record cannot be written as it is; the file is untouched.
var ErrRecord = errors.New("record cannot be written")

func writable(r *Record) error {
	no := func(what string, args ...any) error {
		return fmt.Errorf("%w: %s %q: %s", ErrRecord, r.Type, r.ID, fmt.Sprintf(what, args...))
	}
	switch {
	case !token(r.Type):
		return no("its type is no token")
	case r.ID == "" || strings.ContainsAny(r.ID, "<> ") || !printable(r.ID):
		return no("its id is no URI")
	case r.Date.IsZero() || r.Date.UTC().Year() < 1 || r.Date.UTC().Year() > 9999:
		return no("it has no date")
	case r.Block == nil:
		return no("it has no block")
	case strings.ContainsAny(r.URI, " <>") || !printable(r.URI):
		return no("its target %q is no URI: escape spaces and control characters", r.URI)
	case r.URI == "" && r.Type != TypeWarcinfo && r.Type != TypeMetadata:
		return no("it has no target URI")
	case !printable(r.ContentType):
		return no("its content type holds control characters")
	case r.Type == TypeRevisit && !r.Fields.Has("WARC-Profile"):
		return no("a revisit needs a WARC-Profile")
	}
	for _, f := range r.Fields {
		if !token(f.Name) || !printable(f.Value) {
			return no("field %q: %q cannot stand in a header", f.Name, f.Value)
		}
	}
	return nil
}

// token says whether s is a token of RFC 2616, as names of fields are.
func token(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] >= 0x7f || strings.IndexByte(`()<>@,;:\"/[]?={}`, s[i]) >= 0 {
			return false
		}
	}
	return s != ""
}

// printable says whether s is UTF-8 without control characters.
func printable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(c rune) bool { return c < ' ' || c == 0x7f })
}

// ownFields are the fields a Writer makes itself.
func ownField(r *Record, name string) bool {
	switch strings.ToLower(name) {
	case "warc-type", "warc-record-id", "warc-date", "warc-target-uri", "content-type", "content-length", "warc-block-digest":
		return true
	case "warc-payload-digest":
		return r.Type != TypeRevisit
	}
	return false
}

func header(r *Record, length int64, d Written) []byte {
	var b bytes.Buffer
	put := func(name, value string) {
		if value != "" {
			b.WriteString(name + ": " + value + "\r\n")
		}
	}
	b.WriteString("WARC/1.1\r\n")
	put("WARC-Type", r.Type)
	put("WARC-Record-ID", "<"+r.ID+">")
	put("WARC-Date", r.Date.UTC().Format(time.RFC3339Nano))
	put("WARC-Target-URI", r.URI)
	for _, f := range r.Fields {
		if !ownField(r, f.Name) {
			put(f.Name, f.Value)
		}
	}
	if r.Type != TypeRevisit {
		put("WARC-Payload-Digest", d.PayloadDigest)
	}
	put("WARC-Block-Digest", d.BlockDigest)
	put("Content-Type", r.ContentType)
	put("Content-Length", strconv.FormatInt(length, 10))
	b.WriteString("\r\n")
	return b.Bytes()
}

// digests hashes the block and what of it is payload.
func digests(r *Record, b *block) (Written, error) {
	in, err := b.open()
	if err != nil {
		return Written{}, err
	}
	blockSum, payloadSum := sha256.New(), sha256.New()
	own := r.Type != TypeWarcinfo && r.Type != TypeRevisit
	same := own && !r.IsHTTP() // the block is the payload
	head := &headFinder{}
	buf := make([]byte, 64<<10)
	for {
		n, err := in.Read(buf)
		blockSum.Write(buf[:n])
		if own && !same {
			payloadSum.Write(head.after(buf[:n]))
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return Written{}, fmt.Errorf("read block of %s: %w", r.ID, err)
		}
	}
	out := Written{BlockDigest: "sha256:" + hex.EncodeToString(blockSum.Sum(nil))}
	switch {
	case same:
		out.PayloadDigest = out.BlockDigest
	case r.Type == TypeRevisit:
		out.PayloadDigest = r.Fields.Get("WARC-Payload-Digest")
	case own && head.done:
		out.PayloadDigest = "sha256:" + hex.EncodeToString(payloadSum.Sum(nil))
	}
	return out, nil
}

// headFinder finds the empty line that ends an HTTP header in a stream of pieces.
type headFinder struct {
	line int // bytes of the present line so far, without CR and LF
	done bool
}

// after returns what of p lies after the header.
func (h *headFinder) after(p []byte) []byte {
	if h.done {
		return p
	}
	for i, c := range p {
		switch {
		case c == '\n' && h.line == 0:
			h.done = true
			return p[i+1:]
		case c == '\n':
			h.line = 0
		case c != '\r':
			h.line++
		}
	}
	return nil
}

// block is content that can be read more than once.
type block struct {
	seek io.ReadSeeker
	from int64
	size int64
	temp *os.File
}

// spool makes r readable twice.
func spool(r io.Reader) (*block, error) {
	if s, ok := r.(io.ReadSeeker); ok {
		from, err := s.Seek(0, io.SeekCurrent)
		if err != nil {
			return nil, err
		}
		end, err := s.Seek(0, io.SeekEnd)
		return &block{seek: s, from: from, size: end - from}, err
	}
	var mem bytes.Buffer
	n, err := io.CopyN(&mem, r, inMemory)
	if err == io.EOF {
		return &block{seek: bytes.NewReader(mem.Bytes()), size: n}, nil
	}
	if err != nil {
		return nil, err
	}
	f, err := os.CreateTemp("", "veedor-block-*")
	if err != nil {
		return nil, err
	}
	b := &block{seek: f, temp: f}
	b.size, err = io.Copy(f, io.MultiReader(&mem, r))
	if err != nil {
		b.close()
		return nil, err
	}
	return b, nil
}

func (b *block) open() (io.Reader, error) {
	_, err := b.seek.Seek(b.from, io.SeekStart)
	return io.LimitReader(b.seek, b.size), err
}

func (b *block) close() {
	if b.temp != nil {
		b.temp.Close()
		os.Remove(b.temp.Name())
	}
}

type countWriter struct {
	w io.Writer
	n int64
}

func (c *countWriter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}
