package lists

import (
	"bufio"
	"bytes"
	"io"
	"strconv"
	"strings"
)

// mostLines is how many lines one row may span. A quote that is opened and never closed would swallow the file.
const mostLines = 2000

// row is one row of a table, or one that could not be read.
type row struct {
	fields  []string
	line    int // its first, from 1
	record  int // from 1, refused ones included
	raw     []byte
	reason  string // why it could not be read; "" if it was
	recoded bool   // was not UTF-8
}

// table reads rows of comma-separated values as they are found: quotes in the middle of a field are text, a broken row
// costs one line and not the rest of the file.
type table struct {
	in     *bufio.Reader
	comma  byte
	limit  int // bytes of a row
	line   int // of the last line taken
	record int
	ahead  []physical // lines to be read again
}

type physical struct {
	text []byte
	long bool // more than the limit; the text is the beginning
}

func newTable(in *bufio.Reader, comma byte, limit int) *table {
	return &table{in: in, comma: comma, limit: limit}
}

// take returns the next line with its line break.
func (t *table) take() (physical, error) {
	if len(t.ahead) > 0 {
		p := t.ahead[0]
		t.ahead = t.ahead[1:]
		t.line++
		return p, nil
	}
	var p physical
	for {
		part, err := t.in.ReadSlice('\n')
		if room := t.limit - len(p.text); len(part) > room {
			p.long, part = true, part[:max(room, 0)]
		}
		p.text = append(p.text, part...)
		switch {
		case err == bufio.ErrBufferFull:
			continue
		case err == io.EOF && (len(p.text) > 0 || p.long):
		case err != nil:
			return p, err
		}
		t.line++
		return p, nil
	}
}

// next returns the next row; blank lines are none. The error is io.EOF or one of the stream.
func (t *table) next() (row, error) {
	for {
		first, err := t.take()
		if err != nil {
			return row{}, err
		}
		if len(bytes.TrimSpace(first.text)) == 0 && !first.long {
			continue
		}
		t.record++
		return t.row(first)
	}
}

func (t *table) row(first physical) (row, error) {
	r := row{line: t.line, record: t.record}
	s := splitter{comma: t.comma}
	lines, size := []physical{first}, len(first.text)
	fail := func(reason string) (row, error) { // the first line is refused, the others are read again
		t.ahead = append(lines[1:len(lines):len(lines)], t.ahead...)
		t.line = r.line
		r.raw, r.reason, r.fields = shown(first.text), reason, nil
		return r, nil
	}
	for p := first; ; {
		switch {
		case p.long || size > t.limit:
			return fail(whyLongRow.Say(strconv.Itoa(t.limit)))
		case bytes.IndexByte(p.text, 0) >= 0:
			return fail(whyNUL.Say())
		}
		more, reason := s.line(p.text)
		if reason != "" {
			return fail(reason)
		}
		if !more {
			break
		}
		if len(lines) == mostLines {
			return fail(whyOpenQuote.Say())
		}
		var err error
		if p, err = t.take(); err == io.EOF {
			return fail(whyOpenQuote.Say())
		} else if err != nil {
			return r, err
		}
		lines, size = append(lines, p), size+len(p.text)
	}
	for _, p := range lines {
		if r.raw = append(r.raw, p.text...); len(r.raw) > rawShown {
			break
		}
	}
	r.raw = shown(bytes.TrimRight(r.raw, "\r\n"))
	for _, f := range s.fields {
		text, recoded := utf8Of(f)
		r.fields = append(r.fields, text)
		r.recoded = r.recoded || recoded
	}
	if strings.Join(r.fields, "") == "\x1a" {
		r.reason, r.fields = whyEndOfFile.Say(), nil
	}
	return r, nil
}

// splitter cuts the lines of one row into fields.
type splitter struct {
	comma  byte
	fields [][]byte
	field  []byte
	quoted bool // inside quotes
	closed bool // behind the closing quote
	begun  bool // the field has text
}

// line takes in one line, and says whether the row goes on in the next.
func (s *splitter) line(b []byte) (more bool, reason string) {
	b = bytes.TrimSuffix(b, []byte("\n"))
	if !s.quoted {
		b = bytes.TrimSuffix(b, []byte("\r"))
	}
	for i := 0; i < len(b); i++ {
		c := b[i]
		switch {
		case s.quoted && c == '"' && i+1 < len(b) && b[i+1] == '"':
			s.field = append(s.field, '"')
			i++
		case s.quoted && c == '"':
			s.quoted, s.closed = false, true
		case s.quoted:
			s.field = append(s.field, c)
		case c == s.comma:
			s.end()
		case s.closed && c != ' ' && c != '\r':
			return false, whyBehindQuote.Say()
		case s.closed:
		case c == '"' && !s.begun:
			s.field, s.quoted, s.begun = s.field[:0], true, true
		default:
			s.field, s.begun = append(s.field, c), s.begun || c != ' '
		}
	}
	if s.quoted {
		s.field = append(bytes.TrimSuffix(s.field, []byte("\r")), '\n')
		return true, ""
	}
	s.end()
	return false, ""
}

func (s *splitter) end() {
	s.fields = append(s.fields, s.field)
	s.field, s.quoted, s.closed, s.begun = nil, false, false, false
}
