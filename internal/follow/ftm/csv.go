package ftm

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"unicode/utf8"
)

// rows reads the rows of a CSV as Python's csv module writes them: a quoted field may hold line breaks. A quote
// that is never closed costs its own line only.
type rows struct {
	r      *bufio.Reader
	limit  int
	ended  bool
	buf    []byte // what was read and not yet used
	used   int
	line   int
	offset int64
	row    []string
}

func newRows(r io.Reader, limit int) *rows {
	return &rows{r: bufio.NewReaderSize(r, 1<<16), limit: limit}
}

// read returns the fields of the next row that is not blank, and why it cannot be used, if it cannot. The error is
// io.EOF at the end, or one of the stream.
func (c *rows) read() (fields []string, p Place, reason string, err error) {
	for {
		c.buf, c.used = append(c.buf[:0], c.buf[c.used:]...), 0
		end, next, err := c.scan()
		if err != nil {
			return nil, p, "", err
		}
		if next == 0 {
			return nil, p, "", io.EOF
		}
		if end < 0 { // a quote is not closed: give the line back that opened it
			reason = whyOpenQuote.Say()
			if end = bytes.IndexByte(c.buf[:next], '\n'); end < 0 {
				end, reason = next, whyTooLong.Say()
				if c.ended {
					reason = whyOpenQuote.Say()
				}
			} else {
				next = end + 1
			}
		}
		p = Place{Line: c.line + 1, Offset: c.offset, Size: int64(end), Raw: c.buf[:end]}
		c.line += max(1, bytes.Count(c.buf[:next], []byte("\n")))
		c.offset, c.used = c.offset+int64(next), next
		if reason == whyTooLong.Say() || end >= c.limit {
			n, err := c.skip()
			p.Size += n
			if err != nil && !errors.Is(err, io.EOF) {
				return nil, p, "", err
			}
			return nil, p, whyTooLong.Say(), nil
		}
		if len(bytes.TrimSpace(p.Raw)) == 0 {
			reason = ""
			continue
		}
		if reason == "" && !utf8.Valid(p.Raw) {
			reason = whyNotUTF8.Say()
		}
		return c.row, p, reason, nil
	}
}

// more reads on, until there are n bytes or the source ends.
func (c *rows) more(n int) error {
	for len(c.buf) < n && !c.ended {
		part, err := c.r.ReadSlice('\n')
		c.buf = append(c.buf, part...)
		switch {
		case errors.Is(err, io.EOF):
			c.ended = true
		case err != nil && !errors.Is(err, bufio.ErrBufferFull):
			return err
		}
	}
	return nil
}

// scan splits the row at the beginning of the buffer into c.row. It returns where the row ends and where the next
// begins; an end of -1 says that a quote is open, or the row too long, at the limit or the end of the source.
func (c *rows) scan() (end, next int, err error) {
	c.row = c.row[:0]
	var field []byte
	quoted, fresh := false, true
	done := func() { c.row, field, fresh = append(c.row, string(field)), field[:0], true }
	for i := 0; ; i++ {
		if i+1 >= len(c.buf) {
			if err := c.more(i + 2); err != nil {
				return 0, 0, err
			}
		}
		if i >= len(c.buf) {
			if i == 0 || quoted {
				return -1, i, nil
			}
			done()
			return i, i, nil
		}
		if i >= c.limit {
			return -1, i, nil
		}
		b := c.buf[i]
		switch {
		case quoted && b == '"' && i+1 < len(c.buf) && c.buf[i+1] == '"':
			field = append(field, '"')
			i++
		case quoted && b == '"':
			quoted = false
		case quoted:
			field = append(field, b)
		case b == '"' && fresh:
			quoted, fresh = true, false
		case b == ',':
			done()
		case b == '\n', b == '\r':
			done()
			if b == '\r' && i+1 < len(c.buf) && c.buf[i+1] == '\n' {
				return i, i + 2, nil
			}
			return i, i + 1, nil
		default:
			field, fresh = append(field, b), false
		}
	}
}

// skip passes over the rest of a line that is too long, and returns its length.
func (c *rows) skip() (int64, error) {
	rest := c.buf[c.used:]
	if c.used > 0 && c.buf[c.used-1] == '\n' {
		return 0, nil
	}
	if i := bytes.IndexByte(rest, '\n'); i >= 0 {
		c.used += i + 1
		c.offset += int64(i + 1)
		return int64(i), nil
	}
	n := int64(len(rest))
	c.used = len(c.buf)
	for !c.ended {
		part, err := c.r.ReadSlice('\n')
		n += int64(len(part))
		if err == nil {
			n--
			c.offset++
			break
		}
		if errors.Is(err, io.EOF) {
			c.ended = true
		} else if !errors.Is(err, bufio.ErrBufferFull) {
			return n, err
		}
	}
	c.offset += n
	return n, nil
}
