package ooni

import (
	"archive/tar"
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// Line is one record of a source: a measurement, or something in its place.
type Line struct {
	Number int64  // from 1, over the whole source
	Data   []byte // valid only until the function it was given to returns
	Err    error  // why Data cannot be a whole record; Data is then what there was of it, perhaps cut
}

// keep is how much of a record that cannot be read is handed on.
const keep = 1 << 20

// Lines calls f with each record in r. It recognises, by content, gzip, zstd and tar (nested in any
// way up to four deep) and, inside, JSON objects one a line or over many lines, arrays of objects,
// and the YAML reports of OONI's early years (handed on as JSON of today's shape). Blank lines are no
// records. What is damaged or foreign is handed on with Err, and reading goes on where it can.
// Lines itself fails only when f does.
func Lines(r io.Reader, f func(Line) error) error {
	s := &splitter{f: f}
	return s.stream(r, 0)
}

type splitter struct {
	f func(Line) error
	n int64
}

func (s *splitter) emit(data []byte, err error) error {
	s.n++
	return s.f(Line{Number: s.n, Data: data, Err: err})
}

// broken hands on what is left of a stream that cannot be read further.
func (s *splitter) broken(data []byte, why error) error {
	return s.emit(data[:min(len(data), keep)], why)
}

var (
	magicGzip = []byte{0x1f, 0x8b}
	magicZstd = []byte{0x28, 0xb5, 0x2f, 0xfd}
	bom       = []byte{0xef, 0xbb, 0xbf}
)

func (s *splitter) stream(r io.Reader, depth int) error {
	b := bufio.NewReaderSize(r, 1<<20)
	head, err := b.Peek(512)
	if err != nil && len(head) == 0 {
		if errors.Is(err, io.EOF) {
			return nil
		}
		return s.broken(nil, fmt.Errorf("cannot be read: %w", err))
	}
	if depth > 4 {
		return s.broken(head, errors.New("compressed more than four times over"))
	}
	switch {
	case bytes.HasPrefix(head, magicGzip):
		z, err := gzip.NewReader(b)
		if err != nil {
			return s.broken(head, fmt.Errorf("damaged gzip: %w", err))
		}
		return s.stream(z, depth+1)
	case bytes.HasPrefix(head, magicZstd):
		z, err := zstd.NewReader(b, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(256<<20))
		if err != nil {
			return s.broken(head, fmt.Errorf("damaged zstd: %w", err))
		}
		defer z.Close()
		return s.stream(z, depth+1)
	case len(head) >= 262 && string(head[257:262]) == "ustar":
		return s.tar(b, depth)
	case bytes.HasPrefix(head, bom):
		_, _ = b.Discard(len(bom))
		head = head[len(bom):]
	}
	switch c := first(head); {
	case c == '[':
		return s.array(b)
	case c == '{' || c == 0:
		return s.objects(b)
	case looksYAML(head):
		return s.yaml(b)
	}
	return s.foreign(b)
}

func (s *splitter) tar(b io.Reader, depth int) error {
	t := tar.NewReader(b)
	for {
		h, err := t.Next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return s.broken(nil, fmt.Errorf("damaged tar: %w", err))
		case h.Typeflag != tar.TypeReg || h.Size == 0:
			continue
		}
		if err := s.stream(t, depth+1); err != nil {
			return err
		}
	}
}

// first returns the first byte that is not white space, 0 where there is none.
func first(b []byte) byte {
	for _, c := range b {
		switch c {
		case ' ', '\n', '\t', '\r', 0:
		default:
			return c
		}
	}
	return 0
}

// foreign hands on a file of another kind as one record, not as a rejected line for each of its lines.
func (s *splitter) foreign(b *bufio.Reader) error {
	data, err := io.ReadAll(io.LimitReader(b, keep))
	if err != nil {
		return s.broken(data, fmt.Errorf("cannot be read: %w", err))
	}
	if _, err := io.Copy(io.Discard, b); err != nil {
		return s.broken(data, fmt.Errorf("cannot be read: %w", err))
	}
	return s.broken(data, notJSON(data))
}

// objects reads JSON objects: one a line as a rule, else over many lines.
func (s *splitter) objects(b *bufio.Reader) error {
	var long []byte // what a line needs that is longer than the reader's buffer
	for {
		line, err := b.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			if long, err = s.longLine(b, append(long[:0], line...)); err == nil || errors.Is(err, io.EOF) {
				line = long
			}
		}
		end := errors.Is(err, io.EOF)
		if err != nil && !end {
			if errors.Is(err, ErrTooLong) {
				if err := s.broken(long, err); err != nil {
					return err
				}
				continue
			}
			return s.broken(line, fmt.Errorf("cut off: %w", err))
		}
		line = trim(line)
		if len(line) > 0 {
			if line[0] == '{' && line[len(line)-1] != '}' && !end {
				// An object over many lines: collect it. The copy is needed, the reader's buffer moves on.
				if err := s.pretty(b, append([]byte(nil), line...)); err != nil {
					return err
				}
			} else if err := s.emit(line, nil); err != nil {
				return err
			}
		}
		if end {
			return nil
		}
	}
}

// longLine completes a line longer than the buffer; past MaxLine it skips to the line's end.
func (s *splitter) longLine(b *bufio.Reader, line []byte) ([]byte, error) {
	tooLong := false
	for {
		more, err := b.ReadSlice('\n')
		if !tooLong {
			line = append(line, more...)
			if len(line) > MaxLine {
				tooLong = true
				line = line[:keep]
			}
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if tooLong && (err == nil || errors.Is(err, io.EOF)) {
			err = ErrTooLong
		}
		return line, err
	}
}

// pretty collects an object that began in data until its last bracket.
func (s *splitter) pretty(b *bufio.Reader, data []byte) error {
	var sc scanner
	if done := sc.feed(data); done >= 0 {
		return s.emit(data, nil) // an object and something after it: Decode says what is wrong
	}
	data = append(data, '\n')
	for {
		line, err := b.ReadSlice('\n')
		done := sc.feed(line)
		if done >= 0 {
			data = append(data, line[:done]...)
			if rest := trim(line[done:]); len(rest) > 0 {
				return s.rest(b, data, append([]byte(nil), rest...))
			}
			return s.emit(data, nil)
		}
		data = append(data, line...)
		if len(data) > MaxLine {
			return s.skipTo(b, &sc, data[:keep])
		}
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return s.emit(data, errors.New("cut off: the object does not end"))
		}
	}
}

// rest emits a finished object, then goes on with what stood behind it on its last line.
func (s *splitter) rest(b *bufio.Reader, data, rest []byte) error {
	if err := s.emit(data, nil); err != nil {
		return err
	}
	if rest[0] != '{' {
		return s.emit(rest, notJSON(rest))
	}
	if rest[len(rest)-1] == '}' {
		return s.emit(rest, nil)
	}
	return s.pretty(b, rest)
}

// skipTo reads past an object that is too long.
func (s *splitter) skipTo(b *bufio.Reader, sc *scanner, data []byte) error {
	for {
		line, err := b.ReadSlice('\n')
		if sc.feed(line) >= 0 || err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return s.broken(data, ErrTooLong)
		}
	}
}

// array reads the elements of a JSON array one by one.
func (s *splitter) array(b *bufio.Reader) error {
	for { // up to the bracket
		c, err := b.ReadByte()
		if err != nil || c == '[' {
			break
		}
	}
	var buf []byte
	for {
		c, err := skipSpace(b)
		switch {
		case err != nil:
			return s.broken(nil, errors.New("cut off: the array does not end"))
		case c == ']':
			return s.tail(b)
		case c == ',':
			continue
		}
		_ = b.UnreadByte()
		if buf, err = s.element(b, buf[:0]); err != nil {
			return err
		}
	}
}

// element reads one element of an array and emits it.
func (s *splitter) element(b *bufio.Reader, buf []byte) ([]byte, error) {
	var sc scanner
	depth0 := false
	for {
		c, err := b.ReadByte()
		if err != nil {
			return buf, s.emit(buf, errors.New("cut off: the array does not end"))
		}
		if len(buf) == 0 && c != '{' && c != '[' {
			depth0 = true
		}
		if depth0 && (c == ',' || c == ']') && !sc.inString {
			_ = b.UnreadByte()
			return buf, s.emit(buf, notJSON(buf))
		}
		buf = append(buf, c)
		if len(buf) > MaxLine {
			return buf[:0], s.broken(buf, ErrTooLong)
		}
		if sc.byte(c) {
			return buf, s.emit(buf, nil)
		}
	}
}

// tail emits what stands behind an array, if anything does.
func (s *splitter) tail(b *bufio.Reader) error {
	c, err := skipSpace(b)
	if err != nil {
		return nil
	}
	_ = b.UnreadByte()
	if c == '{' {
		return s.objects(b)
	}
	return s.foreign(b)
}

func skipSpace(b *bufio.Reader) (byte, error) {
	for {
		c, err := b.ReadByte()
		if err != nil {
			return 0, err
		}
		switch c {
		case ' ', '\n', '\t', '\r', 0:
		default:
			return c, nil
		}
	}
}

// trim removes white space and NULs (a disk that was full leaves them) from both ends.
func trim(b []byte) []byte {
	for len(b) > 0 && (b[0] <= ' ') {
		b = b[1:]
	}
	for len(b) > 0 && (b[len(b)-1] <= ' ') {
		b = b[:len(b)-1]
	}
	return b
}

// scanner follows brackets and strings to the end of a JSON object or array.
type scanner struct {
	depth    int
	inString bool
	escaped  bool
}

// feed returns the index behind the end of the value, or -1 when it is not in b.
func (s *scanner) feed(b []byte) int {
	for i, c := range b {
		if s.byte(c) {
			return i + 1
		}
	}
	return -1
}

// byte takes one byte and says whether the value ends with it.
func (s *scanner) byte(c byte) bool {
	switch {
	case s.escaped:
		s.escaped = false
	case s.inString:
		switch c {
		case '\\':
			s.escaped = true
		case '"':
			s.inString = false
		}
	default:
		switch c {
		case '"':
			s.inString = true
		case '{', '[':
			s.depth++
		case '}', ']':
			s.depth--
			return s.depth == 0
		}
	}
	return false
}
