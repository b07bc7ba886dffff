package wacz

import (
	"bufio"
	"errors"
	"io"
)

// dechunker undoes the chunked transfer coding piece by piece.
type dechunker struct {
	state  chunkState
	left   int64 // of the present chunk
	digits int
	line   int // bytes of the present trailer line
	bad    bool
}

type chunkState uint8

const (
	inSize chunkState = iota
	inExtension
	inData
	afterData
	inTrailer
	chunksDone
)

// ErrChunked says that a body is not in the chunked transfer coding.
var ErrChunked = errors.New("broken chunked transfer coding")

// feed passes the data in p to out. It returns how much of p belongs to the coding; once bad or done, the rest
// is not its matter.
func (d *dechunker) feed(p []byte, out func([]byte)) int {
	for i := 0; i < len(p); {
		if d.bad || d.state == chunksDone {
			return i
		}
		if d.state == inData {
			n := len(p) - i
			if int64(n) > d.left {
				n = int(d.left)
			}
			out(p[i : i+n])
			i += n
			if d.left -= int64(n); d.left == 0 {
				d.state = afterData
			}
			continue
		}
		d.control(p[i])
		i++
	}
	return len(p)
}

// control takes one byte that is no data.
func (d *dechunker) control(c byte) {
	switch d.state {
	case inSize:
		d.size(c)
	case inExtension:
		if c == '\n' {
			d.sized()
		}
	case afterData:
		switch c {
		case '\r':
		case '\n':
			d.state, d.left, d.digits = inSize, 0, 0
		default:
			d.bad = true
		}
	case inTrailer:
		switch {
		case c == '\n' && d.line == 0:
			d.state = chunksDone
		case c == '\n':
			d.line = 0
		case c != '\r':
			d.line++
		}
	}
}

func (d *dechunker) size(c byte) {
	v := int64(-1)
	switch {
	case c >= '0' && c <= '9':
		v = int64(c - '0')
	case c >= 'a' && c <= 'f':
		v = int64(c-'a') + 10
	case c >= 'A' && c <= 'F':
		v = int64(c-'A') + 10
	}
	switch {
	case v >= 0 && d.digits < 15:
		d.left = d.left<<4 | v
		d.digits++
	case v >= 0 || d.digits == 0:
		d.bad = true
	case c == '\n':
		d.sized()
	case c == ';' || c == ' ' || c == '\t' || c == '\r':
		d.state = inExtension
	default:
		d.bad = true
	}
}

func (d *dechunker) sized() {
	d.state = inData
	if d.left == 0 {
		d.state, d.line = inTrailer, 0
	}
}

// chunkedReader reads a body without its chunked coding. A body that does not even begin with a chunk is given as
// it is: some recorders undo the coding and keep the header.
type chunkedReader struct {
	in    *bufio.Reader
	d     dechunker
	begun bool
	plain bool
	out   []byte
	buf   []byte
}

func newChunkedReader(r io.Reader) *chunkedReader {
	return &chunkedReader{in: bufio.NewReaderSize(r, 16<<10)}
}

func (c *chunkedReader) Read(p []byte) (int, error) {
	if !c.begun {
		c.begun = true
		c.plain = !looksChunked(c.in)
	}
	if c.plain {
		return c.in.Read(p)
	}
	for len(c.out) == 0 {
		if c.d.bad {
			return 0, ErrChunked
		}
		if c.d.state == chunksDone {
			return 0, io.EOF
		}
		if c.buf == nil {
			c.buf = make([]byte, 16<<10)
		}
		n, err := c.in.Read(c.buf)
		// What comes out is never more than went in, and lies before what is yet to be looked at.
		to := c.buf[:0]
		c.d.feed(c.buf[:n], func(b []byte) { to = append(to, b...) })
		c.out = to
		if err != nil && len(c.out) == 0 {
			if err == io.EOF && c.d.state != chunksDone {
				if c.d.state == inTrailer { // the last line end is missing: harmless
					return 0, io.EOF
				}
				err = io.ErrUnexpectedEOF
			}
			return 0, err
		}
	}
	n := copy(p, c.out)
	c.out = c.out[n:]
	return n, nil
}

// looksChunked says whether a chunk's size stands at the beginning.
func looksChunked(in *bufio.Reader) bool {
	head, _ := in.Peek(18)
	var d dechunker
	for _, c := range head {
		d.control(c)
		if d.bad {
			return false
		}
		if d.state != inSize {
			return true
		}
	}
	return len(head) == 0
}
