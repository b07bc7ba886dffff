package ftm

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// AppendEntity appends an entity as one JSON object, without a line break, with its properties sorted.
func AppendEntity(b []byte, e *Entity) []byte {
	b = appendField(append(b, '{'), "id", e.ID)
	b = append(b, ',')
	if e.Caption != "" {
		b = append(appendField(b, "caption", e.Caption), ',')
	}
	b = append(appendField(b, "schema", e.Schema), `,"properties":{`...)
	for i, prop := range sortedNames(e.Properties) {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendString(b, prop), ':')
		b = appendList(b, e.Properties[prop])
	}
	b = append(b, '}')
	for _, f := range []struct {
		name string
		list []string
	}{{"referents", e.Referents}, {"datasets", e.Datasets}, {"origin", e.Origin}} {
		if len(f.list) > 0 {
			b = append(append(b, ',', '"'), f.name...)
			b = appendList(append(b, '"', ':'), f.list)
		}
	}
	for _, f := range [][2]string{{"first_seen", e.FirstSeen}, {"last_seen", e.LastSeen}, {"last_change", e.LastChange}} {
		if f[1] != "" {
			b = appendField(append(b, ','), f[0], f[1])
		}
	}
	if e.Target != nil {
		b = fmt.Appendf(b, `,"target":%t`, *e.Target)
	}
	return append(b, '}')
}

// WriteEntity writes an entity as one line of JSON.
func WriteEntity(w io.Writer, e *Entity) error {
	if _, err := w.Write(append(AppendEntity(nil, e), '\n')); err != nil {
		return fmt.Errorf("write entity %s: %w", e.ID, err)
	}
	return nil
}

func appendList(b []byte, list []string) []byte {
	b = append(b, '[')
	for i, v := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(b, v)
	}
	return append(b, ']')
}

func appendField(b []byte, name, value string) []byte {
	return appendString(append(appendString(b, name), ':'), value)
}

// appendNullable appends a field whose value is null if it is empty.
func appendNullable(b []byte, name, value string) []byte {
	if value == "" {
		return append(appendString(b, name), ":null"...)
	}
	return appendField(b, name, value)
}

// appendString appends a string in JSON, with nothing escaped but what must be.
func appendString(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && n == 1 {
				b = append(append(b, s[from:i]...), "\ufffd"...)
				from = i + 1
			}
			i += n
			continue
		}
		b = append(b, s[from:i]...)
		if j := strings.IndexByte("\"\\\b\f\n\r\t", c); j >= 0 {
			b = append(b, '\\', `"\bfnrt`[j])
		} else {
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
		i++
		from = i
	}
	return append(append(b, s[from:]...), '"')
}

// StatementWriter writes statements in one of FollowTheMoney's formats.
type StatementWriter struct {
	w      *bufio.Writer
	format string
	ours   bool
	b      []byte
}

// NewStatementWriter writes to w in a format: CSV, JSON or Pack. With ours, the columns source and evidence follow
// FollowTheMoney's, which skips them; without, the bytes are those that followthemoney writes. Close ends it.
func NewStatementWriter(w io.Writer, format string, ours bool) (*StatementWriter, error) {
	out := &StatementWriter{w: bufio.NewWriterSize(w, 1<<16), format: format, ours: ours}
	switch format {
	case JSON:
		return out, nil
	case CSV:
		out.row("canonical_id", "entity_id", "prop", "prop_type", "schema", "value", "dataset", "origin", "lang", "original_value", "external",
			"first_seen", "last_seen", "id", "source", "evidence")
	case Pack:
		out.row("entity_id", "prop", "value", "dataset", "lang", "original_value", "origin", "external", "first_seen", "last_seen", "id", "source", "evidence")
	default:
		return nil, fmt.Errorf("write statements: there is no format %q", format)
	}
	return out, out.flush()
}

// Write writes one statement, which must be complete (see Statement.Complete).
func (w *StatementWriter) Write(s *Statement) error {
	external := "f"
	if s.External {
		external = "t"
	}
	switch w.format {
	case CSV:
		w.row(s.CanonicalID, s.EntityID, s.Prop, string(s.PropType), s.Schema, s.Value, s.Dataset, s.Origin, s.Lang, s.Original, external,
			s.FirstSeen, s.LastSeen, s.ID, s.Source, s.Evidence)
	case Pack:
		w.row(s.EntityID, s.Schema+":"+s.Prop, s.Value, s.Dataset, s.Lang, s.Original, s.Origin, strings.TrimPrefix(external, "f"),
			s.FirstSeen, s.LastSeen, s.ID, s.Source, s.Evidence)
	default:
		w.object(s)
	}
	return w.flush()
}

func (w *StatementWriter) object(s *Statement) {
	b := append(appendField(append(w.b, '{'), "canonical_id", s.CanonicalID), ',')
	for _, f := range [][2]string{{"entity_id", s.EntityID}, {"prop", s.Prop}, {"schema", s.Schema}, {"value", s.Value}, {"dataset", s.Dataset}} {
		b = append(appendField(b, f[0], f[1]), ',')
	}
	for _, f := range [][2]string{{"lang", s.Lang}, {"original_value", s.Original}, {"first_seen", s.FirstSeen}, {"last_seen", s.LastSeen}} {
		b = append(appendNullable(b, f[0], f[1]), ',')
	}
	b = fmt.Appendf(b, `"external":%t,`, s.External)
	b = append(appendNullable(b, "origin", s.Origin), ',')
	b = appendField(b, "id", s.ID)
	if w.ours {
		b = append(appendNullable(append(b, ','), "source", s.Source), ',')
		b = appendNullable(b, "evidence", s.Evidence)
	}
	w.b = append(b, '}', '\n')
}

// row appends the fields of a row; those of ours, which are the last two, only if they are wanted.
func (w *StatementWriter) row(fields ...string) {
	if !w.ours {
		fields = fields[:len(fields)-2]
	}
	for i, f := range fields {
		if i > 0 {
			w.b = append(w.b, ',')
		}
		if w.format == Pack && !strings.ContainsAny(f, ",\"\r\n") {
			w.b = append(w.b, f...)
			continue
		}
		w.b = append(append(append(w.b, '"'), strings.ReplaceAll(f, `"`, `""`)...), '"')
	}
	w.b = append(w.b, '\n')
}

func (w *StatementWriter) flush() error {
	_, err := w.w.Write(w.b)
	w.b = w.b[:0]
	if err != nil {
		return fmt.Errorf("write statements: %w", err)
	}
	return nil
}

// Close writes what is buffered; it does not close the writer below.
func (w *StatementWriter) Close() error {
	if err := w.w.Flush(); err != nil {
		return fmt.Errorf("write statements: %w", err)
	}
	return nil
}
