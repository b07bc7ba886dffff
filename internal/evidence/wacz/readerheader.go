package wacz

import (
	"bufio"
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// header reads version and named fields.
func (r *Reader) header(rec *Record) error {
	room := maxHeader
	if begin, _ := r.body.Peek(5); len(begin) == 5 && string(begin) != "WARC/" {
		begin, _ = r.body.Peek(30)
		return fmt.Errorf("%w at byte %d: it begins with %q", ErrDamaged, rec.Offset, begin)
	}
	line, err := r.line(&room)
	if err != nil {
		return fmt.Errorf("read header at byte %d: %w", rec.Offset, err)
	}
	version, ok := strings.CutPrefix(line, "WARC/")
	if !ok {
		return fmt.Errorf("%w at byte %d: it begins with %.60q", ErrDamaged, rec.Offset, line)
	}
	rec.Version = version
	for {
		line, err := r.line(&room)
		if err != nil {
			return fmt.Errorf("read header at byte %d: %w", rec.Offset, err)
		}
		if line == "" {
			break
		}
		if len(rec.Fields) >= maxFields {
			return fmt.Errorf("%w at byte %d: more than %d named fields", ErrDamaged, rec.Offset, maxFields)
		}
		if (line[0] == ' ' || line[0] == '\t') && len(rec.Fields) > 0 {
			last := &rec.Fields[len(rec.Fields)-1]
			last.Value += " " + strings.Trim(line, " \t")
			continue
		}
		name, value, found := strings.Cut(line, ":")
		if !found || !token(name) {
			r.fault("the line %.60q of its header is no named field", line)
			name = strings.TrimSpace(name)
		}
		if name != "" && found {
			rec.Fields = append(rec.Fields, Field{name, strings.Trim(value, " \t")})
		}
	}
	return r.fill(rec)
}

// line reads one line of a header, without its end.
func (r *Reader) line(room *int) (string, error) {
	var long []byte
	for {
		part, err := r.body.ReadSlice('\n')
		if *room -= len(part); *room < 0 {
			return "", fmt.Errorf("%w: its header is longer than %d bytes", ErrDamaged, maxHeader)
		}
		if err == nil && long == nil {
			return r.endOf(part), nil
		}
		long = append(long, part...)
		if err == nil {
			return r.endOf(long), nil
		}
		if err != bufio.ErrBufferFull {
			return "", unexpected(err)
		}
	}
}

func (r *Reader) endOf(line []byte) string {
	line = bytes.TrimSuffix(line, []byte("\n"))
	text := bytes.TrimRight(line, "\r")
	switch len(line) - len(text) {
	case 1:
	case 0:
		r.fault("the line %.60q of its header ends without a carriage return", text)
	default:
		r.fault("the line %.60q of its header ends with more than one carriage return", text)
	}
	return string(text)
}

// fill sets the parsed fields, and reports those that are missing or wrong.
func (r *Reader) fill(rec *Record) error {
	switch rec.Version {
	case "1.1", "1.0", "0.18", "0.17":
	default:
		r.fault("version WARC/%.20s is none of 1.1, 1.0, 0.18, 0.17", rec.Version)
	}
	rec.Type = rec.Fields.Get("WARC-Type")
	rec.ID = r.bracketed(rec, "WARC-Record-ID")
	rec.URI = rec.Fields.Get("WARC-Target-URI")
	if n := len(rec.URI); n > 1 && rec.URI[0] == '<' && rec.URI[n-1] == '>' {
		// The grammar of WARC 1.0 has the brackets, its examples do not; Wget writes them.
		r.note("its target URI stands in angle brackets")
		rec.URI = rec.URI[1 : n-1]
	}
	rec.ContentType = rec.Fields.Get("Content-Type")
	r.checkFields(rec)
	text := rec.Fields.Get("Content-Length")
	n, err := strconv.ParseUint(text, 10, 62)
	if err != nil {
		return fmt.Errorf("%w at byte %d: its Content-Length is %.40q", ErrDamaged, rec.Offset, text)
	}
	rec.Length = int64(n)
	return nil
}

// bracketed returns the URI in a field that must stand in angle brackets.
func (r *Reader) bracketed(rec *Record, name string) string {
	v := rec.Fields.Get(name)
	if v == "" {
		return ""
	}
	if len(v) < 3 || v[0] != '<' || v[len(v)-1] != '>' {
		r.fault("%s %.80q does not stand in angle brackets", name, v)
		return strings.Trim(v, "<>")
	}
	return v[1 : len(v)-1]
}
