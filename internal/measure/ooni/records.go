package ooni

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

// Reasons for which a record is handed on as broken.
var (
	errCut        = errors.New("cut off: the JSON object does not end")
	errHeaderOnly = errors.New("a report's header without a measurement")
)

// objects reads JSON objects: one a line as a rule, else over many lines.
func (s *splitter) objects(l *lineReader) error {
	var header []byte // of a JSON report; nil for none
	before := s.n
	for first := true; ; first = false {
		line, err := l.next()
		end := errors.Is(err, io.EOF)
		line = trim(line)
		switch {
		case errors.Is(err, ErrTooLong):
			err = s.reject(line, ErrTooLong)
		case err != nil && !end:
			return s.fail(line, err)
		case len(line) == 0:
			err = nil
		case first && isHeader(line):
			header, err = bytes.Clone(line), nil
		case header != nil:
			err = s.entry(header, line)
		default:
			line, err = s.object(l, line, first)
			for len(line) > 0 && err == nil {
				line, err = s.object(l, line, true)
			}
		}
		if err != nil {
			return err
		}
		if end && header != nil && s.n == before {
			return s.reject(header, errHeaderOnly)
		}
		if end {
			return nil
		}
	}
}

// object hands on the object that begins with line, and returns what stands behind it on its last
// line. The common case is one object a line, whose last bracket ends it; only what is in doubt is
// scanned.
func (s *splitter) object(l *lineReader, line []byte, doubt bool) (rest []byte, err error) {
	if line[0] != '{' {
		return nil, s.reject(line, notJSON(line))
	}
	if !doubt && line[len(line)-1] == '}' && !bytes.Contains(line, []byte("}{")) && !bytes.Contains(line, []byte("} {")) {
		return nil, s.record(line)
	}
	var sc scanner
	end := sc.feed(line)
	if end < 0 {
		return s.pretty(l, append(bytes.Clone(line), '\n'), sc)
	}
	if rest = behind(line[end:]); len(rest) > 0 && rest[0] != '{' {
		return nil, s.record(line) // Decode says what is wrong with it
	}
	return rest, s.record(line[:end])
}

// behind returns what stands behind an object, without the comma between the lines of an array.
func behind(b []byte) []byte {
	b = trim(b)
	if len(b) > 0 && b[0] == ',' {
		b = trim(b[1:])
	}
	return b
}

// pretty collects an object that began in data until its last bracket, and returns what stands behind
// it on that line. A line that must begin another object shows that this one was cut off before it.
func (s *splitter) pretty(l *lineReader, data []byte, sc scanner) (rest []byte, err error) {
	indented, tooLong := false, false
	for n := 0; ; n++ {
		line, err := l.next()
		long := errors.Is(err, ErrTooLong)
		if err != nil && !long && !errors.Is(err, io.EOF) {
			return nil, s.fail(append(data, line...), err)
		}
		if long { // where the object ends is lost with the line's
			return nil, s.reject(append(data, line...), ErrTooLong)
		}
		indented = indented || n == 0 && len(line) > 0 && (line[0] == ' ' || line[0] == '\t')
		if indented && isOpening(line) || isMeasurement(line) {
			return bytes.Clone(trim(line)), s.reject(data, errCut)
		}
		end := sc.feed(line)
		if tooLong = tooLong || len(data)+len(line) > MaxLine; tooLong {
			data = slices.Clip(data[:min(len(data), keep)])
		} else if end >= 0 {
			data = append(data, line[:end]...)
		} else {
			data = append(data, line...)
		}
		switch {
		case end >= 0 && tooLong:
			return bytes.Clone(behind(line[end:])), s.reject(data, ErrTooLong)
		case end >= 0:
			return bytes.Clone(behind(line[end:])), s.record(data)
		case err != nil:
			return nil, s.reject(data, errCut)
		}
	}
}

// isOpening says whether a line is nothing but an opening bracket, not indented.
func isOpening(line []byte) bool { return len(line) > 0 && line[0] == '{' && len(trim(line)) == 1 }

// isMeasurement says whether a line, not indented, is an object that names its test.
func isMeasurement(line []byte) bool {
	if len(line) < 2 || line[0] != '{' || !bytes.Contains(line, []byte(`"test_name"`)) {
		return false
	}
	var sc scanner
	line = trim(line)
	return sc.feed(line) == len(line)
}

// isHeader recognises the first line of a JSON report of about 2015.
func isHeader(line []byte) bool {
	return len(line) < 1<<20 && bytes.Contains(line, []byte(`"record_type"`)) && text(member(line, "record_type")) == "header"
}

// entry hands on a line of a JSON report, merged with the header where it needs it.
func (s *splitter) entry(header, line []byte) error {
	if line[0] != '{' {
		return s.reject(line, notJSON(line))
	}
	if text(member(line, "record_type")) == "entry" && member(line, "test_name") == nil {
		var head, entry map[string]json.RawMessage
		if json.Unmarshal(header, &head) == nil && json.Unmarshal(line, &entry) == nil {
			for k, v := range head {
				if _, ok := entry[k]; !ok {
					entry[k] = v
				}
			}
			whole, err := json.Marshal(entry)
			if err != nil {
				return s.reject(line, fmt.Errorf("cannot be joined with its header: %w", err))
			}
			return s.record(whole)
		}
	}
	return s.record(line)
}

// array reads the elements of a JSON array one by one.
func (s *splitter) array(b *bufio.Reader) error {
	_, _ = b.Discard(1)
	var buf []byte
	for first := true; ; first = false {
		c, err := firstByte(b)
		switch {
		case errors.Is(err, io.EOF):
			return s.reject(nil, errors.New("cut off: the JSON array does not end"))
		case err != nil:
			return s.fail(nil, err)
		case c == ']':
			_, _ = b.Discard(1)
			return nil
		case c == ',':
			_, _ = b.Discard(1)
			continue
		case c != '{' && first:
			return s.foreign(b, []byte("["), "")
		}
		if cap(buf) > 8<<20 {
			buf = nil
		}
		buf, err = element(b, buf[:0], c != '{')
		switch {
		case errors.Is(err, io.EOF):
			return s.reject(buf, errCut)
		case errors.Is(err, ErrTooLong):
			err = s.reject(buf, ErrTooLong)
		case err != nil:
			return s.fail(buf, err)
		case c != '{':
			err = s.reject(buf, notJSON(buf))
		default:
			err = s.record(buf)
		}
		if err != nil {
			return err
		}
	}
}

// element reads an array's element: an object or array, or a bare value up to what separates it from the next.
func element(b *bufio.Reader, buf []byte, bare bool) ([]byte, error) {
	var sc scanner
	tooLong := false
	for {
		if _, err := b.Peek(1); err != nil {
			return buf, err
		}
		chunk, _ := b.Peek(b.Buffered())
		end := -1
		if bare {
			end = sc.feedBare(chunk)
		} else {
			end = sc.feed(chunk)
		}
		if end >= 0 {
			chunk = chunk[:end]
		}
		if tooLong = tooLong || len(buf)+len(chunk) > MaxLine; !tooLong {
			buf = append(buf, chunk...)
		}
		_, _ = b.Discard(len(chunk))
		if end >= 0 && tooLong {
			return buf[:min(len(buf), keep)], ErrTooLong
		}
		if end >= 0 {
			return buf, nil
		}
	}
}

// scanner follows brackets and strings to the end of a JSON object or array that comes in pieces.
type scanner struct {
	depth    int
	inString bool
	escaped  bool
}

// feed returns the index behind the end of the value, or -1 when it is not in b.
func (s *scanner) feed(b []byte) int {
	for i := 0; i < len(b); i++ {
		switch {
		case s.escaped:
			s.escaped = false
		case s.inString:
			s.inString, s.escaped = b[i] != '"', b[i] == '\\'
		default:
			switch b[i] {
			case '"':
				s.inString = true
			case '{', '[':
				s.depth++
			case '}', ']':
				if s.depth--; s.depth <= 0 {
					return i + 1
				}
			}
		}
	}
	return -1
}

// feedBare returns the index of the comma or bracket that ends a value, or -1 when it is not in b.
func (s *scanner) feedBare(b []byte) int {
	for i, c := range b {
		switch {
		case s.escaped:
			s.escaped = false
		case s.inString:
			s.inString, s.escaped = c != '"', c == '\\'
		case c == '"':
			s.inString = true
		case c == '{' || c == '[':
			s.depth++
		case s.depth == 0 && (c == ',' || c == ']'):
			return i
		case c == '}' || c == ']':
			s.depth--
		}
	}
	return -1
}
