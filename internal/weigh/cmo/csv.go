package cmo

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Limits on a table.
const (
	maxRow     = 16 << 20 // bytes
	maxColumns = 250
)

// style is how a file of comma-separated values is written, beside what it says.
type style struct {
	BOM     bool `json:"bom,omitempty"`
	CRLF    bool `json:"crlf,omitempty"`
	All     bool `json:"all,omitempty"`      // every cell in quotes
	NoFinal bool `json:"no_final,omitempty"` // the last line has no end
}

// cell is one value, and whether it stood in quotes.
type cell struct {
	text   string
	quoted bool
}

// errCell says that a row cannot be read; what follows says why.
var errCell = errors.New("not comma-separated values")

// rows reads a table row by row, quotes and all.
type rows struct {
	in    *bufio.Reader
	style style
	line  int // of the row that was read last, from 1
	next  int
	begun bool
}

func newRows(r io.Reader) *rows { return &rows{in: bufio.NewReaderSize(r, 1<<16), next: 1} }

// read returns the next row and its bytes; io.EOF after the last. An error that wraps errCell costs that
// row only.
func (r *rows) read() ([]cell, []byte, error) {
	if !r.begun {
		r.begun = true
		if b, _ := r.in.Peek(3); bytes.Equal(b, []byte("\xef\xbb\xbf")) {
			r.style.BOM = true
			r.in.Discard(3)
		}
	}
	r.line = r.next
	var raw []byte
	quotes := 0
	for {
		part, err := r.in.ReadSlice('\n')
		raw = append(raw, part...)
		quotes += bytes.Count(part, []byte{'"'})
		if len(raw) > maxRow {
			return nil, raw[:200], fmt.Errorf("line %d: longer than %d MiB: is a quote not closed?", r.line, maxRow>>20)
		}
		if err == bufio.ErrBufferFull {
			continue
		}
		if err != nil && err != io.EOF {
			return nil, raw, fmt.Errorf("line %d: %w", r.line, err)
		}
		if len(raw) == 0 {
			return nil, nil, io.EOF
		}
		r.next++
		if quotes%2 == 0 || err == io.EOF {
			break
		}
	}
	text := raw
	if t, ok := bytes.CutSuffix(text, []byte("\n")); ok {
		text = t
		if t, ok := bytes.CutSuffix(text, []byte("\r")); ok {
			text = t
			r.style.CRLF = true
		}
	} else {
		r.style.NoFinal = true
	}
	if !utf8.Valid(text) {
		return nil, raw, fmt.Errorf("%w: line %d is not UTF-8", errCell, r.line)
	}
	cells, err := split(string(text))
	if err != nil {
		return nil, raw, fmt.Errorf("%w: line %d: %w", errCell, r.line, err)
	}
	return cells, raw, nil
}

// split cuts a row into cells, by RFC 4180.
func split(s string) ([]cell, error) {
	var out []cell
	for {
		if len(out) >= maxColumns {
			return nil, fmt.Errorf("more than %d columns", maxColumns)
		}
		if !strings.HasPrefix(s, `"`) {
			text, rest, more := strings.Cut(s, ",")
			if strings.ContainsRune(text, '"') {
				return nil, fmt.Errorf("a quote inside %.40q, which does not begin with one", text)
			}
			out = append(out, cell{text: text})
			if !more {
				return out, nil
			}
			s = rest
			continue
		}
		var b strings.Builder
		s = s[1:]
		for {
			i := strings.IndexByte(s, '"')
			if i < 0 {
				return nil, errors.New("a quote is not closed")
			}
			b.WriteString(s[:i])
			s = s[i+1:]
			if !strings.HasPrefix(s, `"`) {
				break
			}
			b.WriteByte('"')
			s = s[1:]
		}
		out = append(out, cell{text: b.String(), quoted: true})
		if s == "" {
			return out, nil
		}
		if s[0] != ',' {
			return nil, fmt.Errorf("%.20q after a closing quote", s)
		}
		s = s[1:]
	}
}

// needs says whether a cell is written in quotes unless it is known to differ.
func (s style) needs(text string) bool {
	return s.All || strings.ContainsAny(text, ",\"\n\r")
}

func (s style) end() string {
	if s.CRLF {
		return "\r\n"
	}
	return "\n"
}

// join writes a row without its end.
func join(cells []cell) string {
	var b strings.Builder
	for i, c := range cells {
		if i > 0 {
			b.WriteByte(',')
		}
		if c.quoted {
			b.WriteString(`"` + strings.ReplaceAll(c.text, `"`, `""`) + `"`)
		} else {
			b.WriteString(c.text)
		}
	}
	return b.String()
}
