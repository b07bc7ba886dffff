package ooni

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"unsafe"

	"github.com/bytedance/sonic/unquote"
)

// The types in this file decode the fields that the field's twelve years have filled in several
// ways. None of them ever returns an error: what does not fit is left zero and marked.

// UnmarshalJSON accepts a string, null, a list, or anything else (ignored).
func (in *Input) UnmarshalJSON(b []byte) error {
	switch kind(b) {
	case '"':
		if s := str(b); s != "" {
			*in = Input{s}
		}
	case '[':
		each(b, func(_, v []byte) bool {
			if kind(v) == '"' {
				*in = append(*in, str(v))
			}
			return len(*in) < 256
		})
	}
	return nil
}

// UnmarshalJSON accepts a string, null, or {"format":"base64","data":…}; invalid base64 is kept as text.
func (t *Text) UnmarshalJSON(b []byte) error {
	switch kind(b) {
	case 'n':
		t.Null = true
	case '"':
		t.Set, t.Data = true, raw(b)
	case '{':
		each(b, func(k, v []byte) bool {
			if string(k) == "data" && kind(v) == '"' {
				text := raw(v)
				t.Set, t.Base64 = true, true
				data, err := base64.StdEncoding.DecodeString(strings.TrimRight(string(text), "\n"))
				if err != nil {
					t.Base64, t.broken, data = false, true, text
				}
				t.Data = data
			}
			return true
		})
		t.broken = t.broken || !t.Set
	default:
		t.broken = true
	}
	return nil
}

// UnmarshalJSON accepts {"Name": value}, {"Name": [value, …]} and [["Name", value], …].
func (h *Headers) UnmarshalJSON(b []byte) error {
	switch kind(b) {
	case '{':
		each(b, func(k, v []byte) bool {
			if kind(v) == '[' {
				each(v, func(_, w []byte) bool { h.put(str2(k), w); return len(*h) < maxHeaders })
			} else {
				h.put(str2(k), v)
			}
			return len(*h) < maxHeaders
		})
		slices.SortStableFunc(*h, func(x, y Header) int { return strings.Compare(x.Name, y.Name) })
	case '[':
		each(b, func(_, pair []byte) bool {
			var parts [2][]byte
			n := 0
			each(pair, func(_, v []byte) bool {
				if n < 2 {
					parts[n] = v
				}
				n++
				return n < 2
			})
			if n >= 2 {
				var name Text
				_ = name.UnmarshalJSON(parts[0])
				h.put(string(name.Data), parts[1])
			}
			return len(*h) < maxHeaders
		})
	}
	return nil
}

const maxHeaders = 1024

func (h *Headers) put(name string, value []byte) {
	var t Text
	_ = t.UnmarshalJSON(value)
	*h = append(*h, Header{name, strings.ToValidUTF8(string(t.Data), "\uFFFD")})
}

// UnmarshalJSON accepts a string, a boolean or null.
func (x *Blocking) UnmarshalJSON(b []byte) error {
	if kind(b) == '"' {
		*x = Blocking(str(b))
	} else {
		*x = Blocking(strings.Clone(string(b[:min(len(b), 64)])))
	}
	return nil
}

// UnmarshalJSON keeps the bytes.
func (x *Raw) UnmarshalJSON(b []byte) error { *x = Raw(b); return nil }

// UnmarshalJSON accepts strings, and writes anything else as JSON.
func (a *Annotations) UnmarshalJSON(b []byte) error {
	if kind(b) != '{' {
		return nil
	}
	m := make(Annotations, 16)
	each(b, func(k, v []byte) bool {
		if kind(v) == '"' {
			m[str2(k)] = str(v)
		} else if kind(v) != 'n' {
			m[str2(k)] = string(v[:min(len(v), 256)])
		}
		return len(m) < 256
	})
	*a = m
	return nil
}

// UnmarshalJSON accepts a number, or a number in a string.
func (n *Number) UnmarshalJSON(b []byte) error {
	s := string(b)
	if kind(b) == '"' {
		s = str(b)
	}
	var f float64
	if json.Unmarshal([]byte(s), &f) == nil {
		n.F, n.Set = f, true
	}
	return nil
}

// Number is a JSON number that may have been written as a string.
type Number struct {
	F   float64
	Set bool
}

// kind returns the first byte of a JSON value, which tells its type.
func kind(b []byte) byte {
	if len(b) == 0 {
		return 0
	}
	return b[0]
}

// raw returns the bytes of a JSON string without its quotes and escapes. Without escapes it aliases b.
func raw(b []byte) []byte {
	if len(b) < 2 {
		return nil
	}
	in := b[1 : len(b)-1]
	if !hasEscape(in) {
		return in
	}
	out := make([]byte, 0, len(in))
	if e := unquote.IntoBytes(unsafe.String(&in[0], len(in)), &out); e == 0 {
		return out
	}
	var s string // lone surrogates and the like: the careful way replaces them
	_ = json.Unmarshal(b, &s)
	return []byte(s)
}

func hasEscape(b []byte) bool { return bytes.IndexByte(b, '\\') >= 0 }

func str(b []byte) string { return string(raw(b)) }

// str2 unescapes a key, given without its quotes.
func str2(k []byte) string {
	if !hasEscape(k) {
		return string(k)
	}
	var s string
	_ = json.Unmarshal(append(append([]byte{'"'}, k...), '"'), &s)
	return s
}
