package ftm

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"unicode/utf8"
)

// Limits bounds what a reader takes in. A zero field means the default.
type Limits struct {
	Line   int // longest line or row, in bytes; default 16 MiB
	Values int // most values of one entity; default 100,000
}

func (l Limits) orDefault() Limits {
	if l.Line <= 0 {
		l.Line = 16 << 20
	}
	if l.Values <= 0 {
		l.Values = 100_000
	}
	return l
}

// Place is where in its source a record stood.
type Place struct {
	Line   int    // from 1; of its first line, if a row has several
	Offset int64  // of its first byte
	Size   int64  // in bytes, without the line break
	Raw    []byte // the bytes, or the first of them if there are too many; valid until the next record
}

// lines reads lines within a limit and says where they were.
type lines struct {
	r     *bufio.Reader
	limit int
	buf   []byte
	line  int
	next  int64
}

func newLines(r io.Reader, limit int) *lines {
	return &lines{r: bufio.NewReaderSize(r, 1<<18), limit: limit}
}

// read returns the next line that is not blank, and why it cannot be used, if it cannot. The error is io.EOF at the
// end, or one of the stream.
func (l *lines) read() (p Place, reason string, err error) {
	for {
		p, err = l.one()
		switch {
		case err != nil && !errors.Is(err, io.EOF):
			return p, "", err
		case p.Size > int64(l.limit):
			return p, whyTooLong.Say(), nil
		case len(bytes.TrimSpace(p.Raw)) > 0 && !utf8.Valid(p.Raw):
			return p, whyNotUTF8.Say(), nil
		case len(bytes.TrimSpace(p.Raw)) > 0:
			return p, "", nil
		case err != nil:
			return p, "", io.EOF
		}
	}
}

// one returns the next line, whatever it is.
func (l *lines) one() (p Place, err error) {
	l.line++
	p.Line, p.Offset = l.line, l.next
	l.buf = l.buf[:0]
	for {
		part, err := l.r.ReadSlice('\n')
		l.next += int64(len(part))
		part = bytes.TrimSuffix(part, []byte("\n"))
		p.Size += int64(len(part))
		if room := l.limit - len(l.buf); len(part) > room {
			part = part[:room]
		}
		if err == nil && len(l.buf) == 0 {
			p.Raw = part // as a rule: nothing is copied
		} else {
			l.buf = append(l.buf, part...)
			p.Raw = l.buf
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if p.Line == 1 {
			p.Raw = bytes.TrimPrefix(p.Raw, []byte("\xef\xbb\xbf"))
		}
		return p, err
	}
}
