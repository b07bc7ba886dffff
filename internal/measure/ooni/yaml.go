package ooni

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// looksYAML says whether a file begins like a report of OONI's early years.
func looksYAML(head []byte) bool {
	return bytes.HasPrefix(bytes.TrimLeft(head, " \n\r\t"), []byte("---")) ||
		bytes.HasPrefix(head, []byte("#")) && bytes.Contains(head, []byte("\n---\n")) ||
		bytes.HasPrefix(head, []byte("backend_version:"))
}

// maxDocument bounds one YAML document; the parser needs many times its size.
const maxDocument = 8 << 20

// yaml reads a report: the first document is the header, each further one an entry. Entries are
// handed on as JSON measurements of today's shape.
func (s *splitter) yaml(b *bufio.Reader) error {
	var header map[string]any
	var doc []byte
	flush := func() error {
		text := bytes.TrimSpace(doc)
		if len(text) == 0 {
			return nil
		}
		var err error
		header, err = s.document(header, text)
		doc = doc[:0]
		return err
	}
	entries := s.n
	for {
		line, err := b.ReadSlice('\n')
		if bytes.HasPrefix(line, []byte("---")) || bytes.HasPrefix(line, []byte("...")) && len(trim(line)) == 3 {
			if err := flush(); err != nil {
				return err
			}
			line = bytes.TrimLeft(line, "-.")
		}
		if doc = append(doc, line...); len(doc) > maxDocument {
			return s.broken(doc, errors.New("a YAML document of over 8 MiB"))
		}
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			if !errors.Is(err, io.EOF) {
				return s.broken(doc, fmt.Errorf("cut off: %w", err))
			}
			break
		}
	}
	if err := flush(); err != nil {
		return err
	}
	if s.n == entries && header != nil {
		whole, err := json.Marshal(plain(header))
		if err != nil {
			whole = nil
		}
		return s.emit(whole, errors.New("a report header without a measurement"))
	}
	return nil
}

// document reads one YAML document and returns the report's header.
func (s *splitter) document(header map[string]any, text []byte) (map[string]any, error) {
	var doc map[string]any
	if err := safeYAML(text, &doc); err != nil {
		return header, s.broken(text, fmt.Errorf("not valid YAML: %s", oneLine(err)))
	}
	if header == nil {
		return doc, nil
	}
	out, err := json.Marshal(modern(header, doc))
	if err != nil {
		return header, s.broken(text, fmt.Errorf("YAML that has no form in JSON: %s", oneLine(err)))
	}
	return header, s.emit(out, nil)
}

// safeYAML unmarshals, turning a panic of the parser on hostile input into an error.
func safeYAML(text []byte, v any) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
	}()
	return yaml.Unmarshal(text, v)
}

// envelopeKeys are the header's fields that keep their name in the envelope.
var envelopeKeys = []string{"backend_version", "data_format_version", "input_hashes", "options", "probe_asn", "probe_cc", "probe_ip",
	"report_id", "software_name", "software_version", "test_helpers", "test_name", "test_version"}

// modern merges a report's header and one entry into a measurement of today's shape.
func modern(header, entry map[string]any) map[string]any {
	m := map[string]any{}
	for _, k := range envelopeKeys {
		if v, ok := header[k]; ok {
			m[k] = plain(v)
		}
	}
	if t, ok := seconds(header["start_time"]); ok {
		m["test_start_time"], m["measurement_start_time"] = t, t
	}
	keys := map[string]any{}
	for k, v := range entry {
		switch k {
		case "input", "report_id", "test_runtime":
			m[k] = plain(v)
		case "test_start_time", "measurement_start_time":
			if t, ok := seconds(v); ok {
				m[k] = t
			} else {
				m[k] = plain(v)
			}
		default:
			keys[k] = plain(v)
		}
	}
	m["test_keys"] = keys
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
	default:
		return "", false
	}
	if f <= 0 || f > 1e11 {
		return "", false
	}
	return time.Unix(int64(f), 0).UTC().Format("2006-01-02 15:04:05"), true
}

// plain makes a YAML value fit for JSON: keys become strings, binary becomes base64 objects.
func plain(v any) any {
	switch x := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(x))
		for k, e := range x {
			out[k] = plain(e)
		}
		return out
	case map[any]any:
		out := make(map[string]any, len(x))
		for k, e := range x {
			out[fmt.Sprint(k)] = plain(e)
		}
		return out
	case []any:
		out := make([]any, len(x))
		for i, e := range x {
			out[i] = plain(e)
		}
		return out
	case string:
		if !utf8.ValidString(x) || strings.ContainsRune(x, 0) {
			return map[string]any{"format": "base64", "data": base64.StdEncoding.EncodeToString([]byte(x))}
		}
	case float64:
		if x != x || x > 1e300 || x < -1e300 {
			return nil
		}
	case time.Time:
		return x.UTC().Format("2006-01-02 15:04:05")
	}
	return v
}
