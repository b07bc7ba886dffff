package ooni

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// maxDocument bounds one YAML document; the parser needs many times its size.
const maxDocument = 4 << 20

// yamlHeader returns the header of a report of OONI's early years; nil when b holds something else,
// such as a page with front matter. It takes nothing from b.
func yamlHeader(b *bufio.Reader) map[string]any {
	head, _ := b.Peek(64 << 10)
	if !bytes.HasPrefix(head, []byte("---")) && !bytes.HasPrefix(head, []byte("#")) && !bytes.HasPrefix(head, []byte("backend_version:")) {
		return nil
	}
	d := documents{l: &lineReader{b: bufio.NewReader(bytes.NewReader(head))}}
	doc, _ := d.next()
	v, err := parseYAML(doc)
	header, ok := v.(map[string]any)
	if err != nil || !ok || header["test_name"] == nil {
		return nil
	}
	return header
}

// yaml reads a report: behind the header, each document is an entry, which is handed on as a JSON
// measurement of today's shape.
func (s *splitter) yaml(l *lineReader, header map[string]any) error {
	d := documents{l: l}
	var head []byte
	before := s.n
	for first := true; ; first = false {
		doc, err := d.next()
		end := errors.Is(err, io.EOF)
		switch {
		case errors.Is(err, ErrTooLong):
			err = s.reject(doc, fmt.Errorf("a YAML document longer than %d MiB", maxDocument>>20))
		case err != nil && !end:
			return s.fail(doc, err)
		case first:
			head, err = bytes.Clone(doc[:min(len(doc), keep)]), nil
		case blank(doc):
			err = nil
		default:
			err = s.yamlEntry(header, doc)
		}
		if err != nil {
			return err
		}
		if end && s.n == before {
			return s.reject(head, errHeaderOnly)
		}
		if end {
			return nil
		}
	}
}

// documents splits YAML at the lines that begin with "---" or are "...".
type documents struct {
	l     *lineReader
	doc   []byte
	carry []byte // what stood behind the last separator, on its line
}

// next returns the next document, empty where there is nothing between two separators, and io.EOF
// with the last. With ErrTooLong it returns a document's beginning.
func (d *documents) next() ([]byte, error) {
	d.doc, d.carry = append(d.doc[:0], d.carry...), nil
	tooLong := false
	for {
		line, err := d.l.next()
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, ErrTooLong) {
			return append(d.doc, line...), err
		}
		end := errors.Is(err, io.EOF)
		if isSeparator(line) {
			line = line[3:]
			if !end && (tooLong || !blank(d.doc)) {
				d.carry = bytes.Clone(line)
				if tooLong {
					return d.doc[:min(len(d.doc), keep)], ErrTooLong
				}
				return d.doc, nil
			}
		}
		tooLong = tooLong || errors.Is(err, ErrTooLong) || len(d.doc)+len(line) > maxDocument
		if tooLong {
			line = line[:min(len(line), max(keep-len(d.doc), 0))]
		}
		d.doc = append(d.doc, line...)
		switch {
		case end && tooLong:
			d.doc = d.doc[:min(len(d.doc), keep)]
			return d.doc, ErrTooLong // the next call returns io.EOF
		case end:
			return d.doc, io.EOF
		}
	}
}

// blank says whether a document holds nothing but white space and comments.
func blank(doc []byte) bool {
	for line := range bytes.Lines(doc) {
		if line = trim(line); len(line) > 0 && line[0] != '#' {
			return false
		}
	}
	return true
}

func isSeparator(line []byte) bool {
	return bytes.HasPrefix(line, []byte("---")) && (len(line) < 4 || line[3] <= ' ') ||
		bytes.HasPrefix(line, []byte("...")) && len(trim(line)) == 3
}

// yamlEntry hands on one entry.
func (s *splitter) yamlEntry(header map[string]any, doc []byte) error {
	v, err := parseYAML(doc)
	if err != nil {
		return s.reject(doc, fmt.Errorf("not valid YAML: %s", oneLine(err)))
	}
	entry, ok := v.(map[string]any)
	if !ok {
		return s.reject(doc, fmt.Errorf("a YAML document that is no report entry: begins with %q", beginning(doc)))
	}
	out, err := json.Marshal(modern(header, entry))
	if err != nil {
		return s.reject(doc, fmt.Errorf("YAML that has no form in JSON: %s", oneLine(err)))
	}
	return s.record(out)
}

// parseYAML decodes a document with string keys, binary as {"format":"base64",…}. The parser may
// panic on hostile input; that is an error like another.
func parseYAML(doc []byte) (v any, err error) {
	defer func() {
		if r := recover(); r != nil {
			v, err = nil, fmt.Errorf("the YAML parser gave up: %v", r)
		}
	}()
	if err := yaml.NewDecoder(bufio.NewReader(bytes.NewReader(doc))).Decode(&v); err != nil {
		return nil, err
	}
	return plain(v), nil
}

// envelope says whether a key of a header or entry belongs into today's envelope; the others are
// test keys.
func envelope(key string) bool {
	switch key {
	case "annotations", "backend_version", "data_format_version", "id", "input", "input_hashes", "measurement_start_time", "options",
		"probe_asn", "probe_cc", "probe_city", "probe_ip", "report_id", "software_name", "software_version", "test_helpers",
		"test_name", "test_runtime", "test_start_time", "test_version":
		return true
	}
	return false
}

// modern merges a report's header and one entry into a measurement of today's shape. The times are
// those in seconds, where there are any: those in words were the probe's local time.
func modern(header, entry map[string]any) map[string]any {
	m, keys := map[string]any{}, map[string]any{}
	for k, v := range header {
		if envelope(k) {
			m[k] = v
		}
	}
	if start, ok := seconds(header["start_time"]); ok {
		m["test_start_time"] = start
	}
	started := m["test_start_time"]
	for k, v := range entry {
		switch {
		case k == "test_keys":
			if nested, ok := v.(map[string]any); ok {
				maps.Copy(keys, nested)
			}
		case k == "test_start_time" || k == "measurement_start_time":
		case envelope(k):
			if v != nil || m[k] == nil {
				m[k] = v
			}
		default:
			keys[k] = v
		}
	}
	for _, k := range []string{"test_start_time", "measurement_start_time"} { // an entry's start is its own
		if start, ok := seconds(entry[k]); ok {
			started = start
		} else if word, ok := entry[k].(string); ok {
			started = word
		}
	}
	m["measurement_start_time"], m["test_keys"] = started, keys
	return m
}

// seconds words an epoch time as today's reports do.
func seconds(v any) (string, bool) {
	var f float64
	switch n := v.(type) {
	case float64:
		f = n
	case int:
		f = float64(n)
	}
	if f < 1e8 || f > 1e11 {
		return "", false
	}
	return time.Unix(int64(f), 0).UTC().Format(time.DateTime), true
}

// plain makes a YAML value fit for JSON.
func plain(v any) any {
	switch x := v.(type) {
	case map[string]any:
		for k, e := range x {
			x[k] = plain(e)
		}
	case map[any]any:
		out := make(map[string]any, len(x))
		for k, e := range x {
			out[fmt.Sprint(k)] = plain(e)
		}
		return out
	case []any:
		for i, e := range x {
			x[i] = plain(e)
		}
	case string:
		if !utf8.ValidString(x) || strings.ContainsRune(x, 0) {
			return map[string]any{"format": "base64", "data": base64.StdEncoding.EncodeToString([]byte(x))}
		}
	case float64:
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return nil
		}
	case time.Time:
		return x.UTC().Format(time.DateTime)
	}
	return v
}
