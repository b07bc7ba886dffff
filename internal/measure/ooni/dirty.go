package ooni

import (
	"bytes"
	"encoding/base64"
	"errors"
	"reflect"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
	"unsafe"

	"github.com/bytedance/sonic/unquote"
)

// The types in this file decode the fields that twelve years of probes have filled in several ways.
// Each takes the last value where a key is written twice. The bytes they are given are part of the
// copy that unmarshal made and never change: what needs no unescaping points into it.

// errWrongType makes unmarshal repair the record; it never leaves the package.
var errWrongType = errors.New("wrong type")

// dirtyType returns, for the types of this file, the first bytes of the JSON values they accept
// besides null, and their name in a defect.
func dirtyType(t reflect.Type) (kinds, want string, ok bool) {
	switch t {
	case reflect.TypeFor[Input]():
		return `"[`, "string or list", true
	case reflect.TypeFor[Text]():
		return `"{`, "string or base64 object", true
	case reflect.TypeFor[Headers]():
		return `{[`, "object or list", true
	case reflect.TypeFor[Blocking]():
		return `"tf`, "string or false", true
	case reflect.TypeFor[Annotations]():
		return `{`, "object", true
	case reflect.TypeFor[Raw]():
		return `"{[tf-0123456789`, "", true
	}
	return "", "", false
}

// UnmarshalJSON accepts a string, a list of strings, or null.
func (in *Input) UnmarshalJSON(b []byte) error {
	*in = nil
	switch kind(b) {
	case '"':
		if s := sharedText(b); s != "" {
			*in = Input{s}
		}
	case '[':
		each(b, func(_, v []byte) bool {
			if kind(v) == '"' {
				*in = append(*in, sharedText(v))
			}
			return len(*in) < 256
		})
	case 'n':
	default:
		return errWrongType
	}
	return nil
}

// UnmarshalJSON accepts a string, null, or {"format":"base64","data":…}; invalid base64 is kept as it is written.
func (t *Text) UnmarshalJSON(b []byte) error {
	*t = Text{}
	switch kind(b) {
	case 'n':
		t.Null = true
	case '"':
		t.Set, t.Data = true, unescape(b)
	case '{':
		t.broken = true
		each(b, func(k, v []byte) bool {
			if string(k) != "data" || kind(v) != '"' {
				return true
			}
			t.Set, t.Data = true, unescape(v)
			data := make([]byte, base64.StdEncoding.DecodedLen(len(t.Data)))
			n, err := base64.StdEncoding.Decode(data, t.Data)
			if t.Base64, t.broken = err == nil, err != nil; err == nil {
				t.Data = data[:n]
			}
			return true
		})
	default:
		return errWrongType
	}
	return nil
}

// maxHeaders bounds what one response can make us keep.
const maxHeaders = 1024

// UnmarshalJSON accepts {"Name": value} and [["Name", value], …], where a value is a Text or a list of them.
func (h *Headers) UnmarshalJSON(b []byte) error {
	*h = nil
	switch kind(b) {
	case '{':
		each(b, func(k, v []byte) bool { return h.put(keyText(k), v) })
		slices.SortStableFunc(*h, func(x, y Header) int { return strings.Compare(x.Name, y.Name) })
	case '[':
		each(b, func(_, pair []byte) bool {
			var name string
			i := 0
			each(pair, func(_, v []byte) bool {
				if i++; i == 1 {
					name = headerText(v)
					return true
				}
				h.put(name, v)
				return false
			})
			return len(*h) < maxHeaders
		})
	case 'n':
	default:
		return errWrongType
	}
	return nil
}

// put adds a field, once for each of its values, and says whether there is room for more.
func (h *Headers) put(name string, value []byte) bool {
	if kind(value) == '[' {
		each(value, func(_, v []byte) bool {
			*h = append(*h, Header{name, headerText(v)})
			return len(*h) < maxHeaders
		})
	} else {
		*h = append(*h, Header{name, headerText(value)})
	}
	return len(*h) < maxHeaders
}

// headerText returns a header's name or value; "" for what is no text.
func headerText(b []byte) string {
	var t Text
	if t.UnmarshalJSON(b) != nil || len(t.Data) == 0 {
		return ""
	}
	s := unsafe.String(&t.Data[0], len(t.Data))
	if t.Base64 {
		return strings.ToValidUTF8(s, "\uFFFD")
	}
	return s
}

// UnmarshalJSON accepts a string, a boolean or null.
func (x *Blocking) UnmarshalJSON(b []byte) error {
	switch kind(b) {
	case '"':
		*x = Blocking(sharedText(b))
	case 't', 'f', 'n':
		*x = Blocking(b)
	default:
		return errWrongType
	}
	return nil
}

// UnmarshalJSON keeps the bytes, unless they are nested too deep for whoever reads them.
func (x *Raw) UnmarshalJSON(b []byte) error {
	*x = nil
	if measure(b) == ErrTooDeep {
		return ErrTooDeep
	}
	*x = Raw(b)
	return nil
}

// UnmarshalJSON keeps strings, writes anything else as its JSON, and leaves null out.
func (a *Annotations) UnmarshalJSON(b []byte) error {
	*a = nil
	switch kind(b) {
	case 'n':
		return nil
	case '{':
	default:
		return errWrongType
	}
	m := make(Annotations, 16)
	each(b, func(k, v []byte) bool {
		if kind(v) == '"' {
			m[keyText(k)] = sharedText(v)
		} else if kind(v) != 'n' {
			m[keyText(k)] = string(v[:min(len(v), 256)])
		}
		return len(m) < 256
	})
	*a = m
	return nil
}

// kind returns the first byte of a JSON value, which tells its type; 0 for none.
func kind(b []byte) byte {
	if len(b) == 0 {
		return 0
	}
	return b[0]
}

// text returns a JSON string, given with its quotes, as a string of its own.
func text(b []byte) string { return string(unescape(b)) }

// keyText returns an object's key, given without its quotes, as a string of its own.
func keyText(k []byte) string {
	if bytes.IndexByte(k, '\\') < 0 {
		return string(k)
	}
	return text(slices.Concat([]byte{'"'}, k, []byte{'"'}))
}

// sharedText is text for bytes that nobody will change, to which the string points where it can.
func sharedText(b []byte) string {
	t := unescape(b)
	if len(t) == 0 {
		return ""
	}
	return unsafe.String(&t[0], len(t))
}

// unescape returns the bytes that a JSON string, given with its quotes, stands for: its own, where
// nothing is escaped. Half of a surrogate pair becomes U+FFFD; what is no escape sequence stays as it is.
func unescape(b []byte) []byte {
	if len(b) <= 2 {
		return nil
	}
	b = b[1 : len(b)-1]
	first := bytes.IndexByte(b, '\\')
	if first < 0 {
		return b
	}
	out := make([]byte, 0, len(b))
	if unquote.IntoBytes(unsafe.String(&b[0], len(b)), &out) == 0 {
		return out
	}
	out = append(out[:0], b[:first]...)
	for i := first; i < len(b); {
		if b[i] == '\\' && i+1 < len(b) {
			if r, width := escapedRune(b[i:]); width > 0 {
				out = utf8.AppendRune(out, r)
				i += width
				continue
			}
			if c := unescaped(b[i+1]); c != 0 {
				out = append(out, c)
				i += 2
				continue
			}
		}
		out = append(out, b[i])
		i++
	}
	return out
}

// unescaped returns what a backslash and c stand for, 0 for nothing.
func unescaped(c byte) byte {
	switch c {
	case '"', '\\', '/':
		return c
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	}
	return 0
}

// escapedRune reads the \u escape that b begins with, or two of them that make one rune, and their
// width; 0 for none.
func escapedRune(b []byte) (r rune, width int) {
	r = hex4(b)
	if r < 0 {
		return 0, 0
	}
	if !utf16.IsSurrogate(r) {
		return r, 6
	}
	if len(b) >= 12 && b[6] == '\\' {
		if pair := utf16.DecodeRune(r, hex4(b[6:])); pair != utf8.RuneError {
			return pair, 12
		}
	}
	return utf8.RuneError, 6
}

// hex4 returns the number in \uXXXX, -1 for none.
func hex4(b []byte) rune {
	if len(b) < 6 || b[1] != 'u' {
		return -1
	}
	var r rune
	for _, c := range b[2:6] {
		switch {
		case digit(c):
			r = r<<4 | rune(c-'0')
		case hexDigit(c):
			r = r<<4 | rune(c|0x20-'a'+10)
		default:
			return -1
		}
	}
	return r
}
