package recorder

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"

	"veedor/internal/evidence/wacz"
)

// Reasons of WARC-Truncated.
const (
	cutLength      = "length"
	cutTime        = "time"
	cutDisconnect  = "disconnect"
	cutUnspecified = "unspecified"
)

// errTooLong says that a header, a line or a body is longer than its limit.
var errTooLong = errors.New("longer than its limit")

// errMalformed says that the bytes are not what HTTP/1.1 has at that place.
var errMalformed = errors.New("malformed")

// readHead reads a header up to its empty line, as raw bytes. On error it returns what there was.
func readHead(r *bufio.Reader, limit int64) ([]byte, error) {
	var head []byte
	for {
		start := len(head)
		for {
			piece, err := r.ReadSlice('\n')
			head = append(head, piece...)
			if int64(len(head)) > limit {
				return head[:limit], errTooLong
			}
			if err == nil {
				break
			}
			if err != bufio.ErrBufferFull {
				if err == io.EOF && len(head) > 0 {
					err = io.ErrUnexpectedEOF
				}
				return head, err
			}
		}
		if line := bytes.TrimRight(head[start:], "\r\n"); len(line) == 0 && start > 0 {
			return head, nil
		}
		if start == 0 && len(bytes.TrimRight(head, "\r\n")) == 0 {
			head = head[:0] // an empty line before a message is skipped (RFC 9112, 2.2)
			limit -= 2
		}
	}
}

// parseHead takes a header apart: its first line, and its fields in order. Continued lines are joined.
func parseHead(head []byte) (first string, fields wacz.Fields, err error) {
	for i, line := range strings.Split(strings.TrimRight(string(head), "\r\n"), "\n") {
		line = strings.TrimRight(line, "\r")
		if i == 0 {
			first = line
			continue
		}
		if line != "" && (line[0] == ' ' || line[0] == '\t') && len(fields) > 0 {
			fields[len(fields)-1].Value += " " + strings.TrimSpace(line)
			continue
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			err = errMalformed // kept as it is, and believed in nothing
			continue
		}
		fields = append(fields, wacz.Field{Name: strings.TrimRight(name, " \t"), Value: strings.TrimSpace(value)})
	}
	return first, fields, err
}

// parseStatus reads the status line of a response.
func parseStatus(line string) (minor, status int, ok bool) {
	rest, ok := strings.CutPrefix(line, "HTTP/1.")
	if !ok || len(rest) < 5 || rest[0] < '0' || rest[0] > '9' || rest[1] != ' ' {
		return 0, 0, false
	}
	status, err := strconv.Atoi(rest[2:5])
	return int(rest[0] - '0'), status, err == nil && status >= 100 && (len(rest) == 5 || rest[5] == ' ')
}

// framing says how far the body of a message reaches.
type framing struct {
	chunked bool
	length  int64 // -1: as far as the connection
	odd     bool  // the header contradicts itself: nothing that follows on the connection is to be trusted
}

// frame finds the framing by RFC 9112, 6.3.
func frame(fields wacz.Fields) framing {
	te, cl := fields.All("Transfer-Encoding"), fields.All("Content-Length")
	if len(te) > 0 {
		codings := strings.ToLower(strings.Join(te, ","))
		last := strings.TrimSpace(codings[strings.LastIndexByte(codings, ',')+1:])
		return framing{chunked: last == "chunked", length: -1, odd: len(cl) > 0 || last != "chunked"}
	}
	if len(cl) == 0 {
		return framing{length: -1}
	}
	first := strings.TrimSpace(strings.Split(cl[0], ",")[0])
	for _, v := range strings.Split(strings.Join(cl, ","), ",") {
		if strings.TrimSpace(v) != first {
			return framing{length: -1, odd: true}
		}
	}
	n, err := strconv.ParseUint(first, 10, 62)
	if err != nil || strings.Trim(first, "0123456789") != "" {
		return framing{length: -1, odd: true}
	}
	return framing{length: int64(n)}
}

// copyBody hands the raw bytes of a body to put, chunk headers and trailers included, and returns nil when the
// body ended as its framing says.
func copyBody(r *bufio.Reader, f framing, lineLimit int64, put func([]byte) error) error {
	switch {
	case f.chunked:
		return copyChunked(r, lineLimit, put)
	case f.length < 0:
		return copyRaw(r, 1<<62, true, put)
	}
	return copyRaw(r, f.length, false, put)
}

// copyRaw hands on n bytes, or fewer when the end may come earlier.
func copyRaw(r *bufio.Reader, n int64, short bool, put func([]byte) error) error {
	for n > 0 {
		if _, err := r.Peek(1); err != nil {
			if err == io.EOF && !short {
				err = io.ErrUnexpectedEOF
			}
			if err == io.EOF {
				err = nil
			}
			return err
		}
		p, _ := r.Peek(int(min(n, int64(r.Buffered()))))
		if err := put(p); err != nil {
			return err
		}
		r.Discard(len(p))
		n -= int64(len(p))
	}
	return nil
}

func copyChunked(r *bufio.Reader, lineLimit int64, put func([]byte) error) error {
	for {
		line, err := putLine(r, 4096, put)
		if err != nil {
			return err
		}
		size, _, _ := strings.Cut(line, ";")
		n, err := strconv.ParseUint(strings.TrimSpace(size), 16, 62)
		if err != nil {
			return errMalformed
		}
		if n == 0 {
			break
		}
		if err := copyRaw(r, int64(n), false, put); err != nil {
			return err
		}
		if end, err := putLine(r, 16, put); err != nil || end != "" {
			return orMalformed(err)
		}
	}
	for left := lineLimit; left > 0; { // trailers
		line, err := putLine(r, left, put)
		if err != nil || line == "" {
			return err
		}
		left -= int64(len(line)) + 2
	}
	return errTooLong
}

func orMalformed(err error) error {
	if err == nil || err == errTooLong {
		return errMalformed
	}
	return err
}

// putLine hands on one line and returns it without its end.
func putLine(r *bufio.Reader, limit int64, put func([]byte) error) (string, error) {
	var line []byte
	for {
		p, err := r.ReadSlice('\n')
		line = append(line, p...)
		if len(p) > 0 {
			if err := put(p); err != nil {
				return "", err
			}
		}
		if int64(len(line)) > limit {
			return "", errTooLong
		}
		if err == nil {
			return strings.TrimRight(string(line), "\r\n"), nil
		}
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		if err != bufio.ErrBufferFull {
			return "", err
		}
	}
}
