package ftm

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/bytedance/sonic"
)

// Record is one line or row: read, or refused with a reason. Nothing of a source goes missing: a reader yields a
// Record for every line that is not blank.
type Record[T any] struct {
	Value   T
	Place   Place
	Reason  string         // why it was refused; "" if it was read
	Dropped map[string]int // properties the model has not, or that hold no values, and how many values they had
}

// longestID is the longest id of an entity that is taken, in bytes.
const longestID = 512

// ReadEntities reads entities, one JSON object a line, as FollowTheMoney and OpenSanctions write them. Values are
// taken as they are: whoever does not trust the source cleans them. The error is one of the stream, and ends it.
func ReadEntities(m *Model, r io.Reader, l Limits) iter.Seq2[Record[Entity], error] {
	l = l.orDefault()
	return func(yield func(Record[Entity], error) bool) {
		in := newLines(r, l.Line)
		for {
			var rec Record[Entity]
			var err error
			rec.Place, rec.Reason, err = in.read()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(rec, fmt.Errorf("read entities at byte %d: %w", rec.Place.Offset, err))
				return
			}
			if rec.Reason == "" {
				rec.Dropped, rec.Reason = rec.Value.decode(m, string(rec.Place.Raw), l)
			}
			if rec.Reason != "" {
				rec.Value = Entity{}
			}
			if !yield(rec, nil) {
				return
			}
		}
	}
}

// decode reads one JSON object. Strings of the entity share the memory of the line.
func (e *Entity) decode(m *Model, line string, l Limits) (dropped map[string]int, reason string) {
	if err := sonic.UnmarshalString(line, e); err != nil {
		*e = Entity{}
		if reason := e.decodeLoosely(line); reason != "" {
			return nil, reason
		}
	}
	return e.settle(m, l)
}

// decodeLoosely reads an object whose values may be nested entities, which stand for their ids, numbers or truth
// values, or single ones without a list.
func (e *Entity) decodeLoosely(line string) (reason string) {
	type plain Entity
	var o struct {
		plain
		Properties map[string]json.RawMessage `json:"properties"`
	}
	if err := json.Unmarshal([]byte(line), &o); err != nil {
		return whyNoEntity.Say(err.Error())
	}
	*e = Entity(o.plain)
	e.Properties = make(map[string][]string, len(o.Properties))
	for prop, raw := range o.Properties {
		var list []json.RawMessage
		if raw = bytes.TrimSpace(raw); len(raw) > 0 && raw[0] != '[' {
			list = []json.RawMessage{raw}
		} else if err := json.Unmarshal(raw, &list); err != nil {
			return whyNoEntity.Say(err.Error())
		}
		for _, raw := range list {
			v, ok := looseValue(raw)
			if !ok {
				return whyNoText.Say(shorten(prop))
			}
			e.Properties[prop] = append(e.Properties[prop], v)
		}
	}
	return ""
}

func looseValue(raw json.RawMessage) (string, bool) {
	var v any
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if d.Decode(&v) != nil {
		return "", false
	}
	switch v := v.(type) {
	case nil:
		return "", true
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	case bool:
		return fmt.Sprint(v), true
	case map[string]any:
		id, ok := v["id"].(string)
		return id, ok
	}
	return "", false
}

// settle checks what was read against the model: values of properties it has not are taken out and counted.
func (e *Entity) settle(m *Model, l Limits) (dropped map[string]int, reason string) {
	if reason := badID(e.ID); reason != "" {
		return nil, reason
	}
	s := m.Schema(e.Schema)
	if s == nil {
		return nil, whySchema.Say(shorten(e.Schema))
	}
	total := 0
	for prop, values := range e.Properties {
		if p := s.Property(prop); p == nil || p.Stub {
			if dropped == nil {
				dropped = map[string]int{}
			}
			dropped[prop] = len(values)
			delete(e.Properties, prop)
			continue
		}
		if total += len(values); total > l.Values {
			return nil, whyManyValues.Say(strconv.Itoa(l.Values))
		}
		if slices.Contains(values, "") {
			values = slices.DeleteFunc(values, func(v string) bool { return v == "" })
			e.Properties[prop] = values
		}
		if len(values) == 0 {
			delete(e.Properties, prop)
		}
	}
	if e.Properties == nil {
		e.Properties = map[string][]string{}
	}
	return dropped, ""
}

func badID(id string) string {
	switch {
	case id == "":
		return whyNoID.Say()
	case len(id) > longestID:
		return whyLongID.Say(strconv.Itoa(longestID))
	case strings.ContainsFunc(id, unicode.IsControl):
		return whyControlID.Say()
	}
	return ""
}

// shorten quotes foreign text within a reason.
func shorten(s string) string {
	if len(s) > 80 {
		s = strings.ToValidUTF8(s[:80], "") + "…"
	}
	return fmt.Sprintf("%q", s)
}

// sortedNames returns the keys of a map of properties, sorted.
func sortedNames(properties map[string][]string) []string {
	return slices.Sorted(maps.Keys(properties))
}
