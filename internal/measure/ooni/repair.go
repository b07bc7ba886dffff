package ooni

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"
	"unsafe"

	"github.com/bytedance/sonic/decoder"
)

// unmarshal decodes a JSON object into v, a pointer to a zero struct. What has a wrong type costs that
// field and is named among the defects; an error says why the object cannot be read.
//
// The first attempt is the fast one and nearly always the only one. What it stumbles over is then
// taken out, and the rest is decoded in the same way: there is one decoder, and repair edits.
func unmarshal(object []byte, v any) (defects []string, err error) {
	if len(object) == 0 {
		return nil, errors.New("empty")
	}
	own := unsafe.String(&object[0], len(object)) // what is decoded points into it; our callers leave it alone
	if err := decode(own, v); errors.Is(err, ErrTooDeep) {
		return nil, ErrTooDeep
	} else if err != nil {
		if own, defects, err = repair(own, v); err != nil {
			return nil, err
		}
		reflect.ValueOf(v).Elem().SetZero()
		if err := decode(own, v); err != nil {
			return nil, badJSON(own, err)
		}
	}
	if !utf8.ValidString(own) {
		sanitise(reflect.ValueOf(v))
		defects = append(defects, "invalid UTF-8, replaced in names")
	}
	return defects, nil
}

// decode is sonic in its safe mode: what is skipped is checked too, so garbage never passes.
func decode(text string, v any) error {
	d := decoder.NewDecoder(text)
	d.SetOptions(decoder.OptionCaseSensitive)
	if err := d.Decode(v); err != nil {
		return err
	}
	return d.CheckTrailings()
}

// badJSON words a syntax error.
func badJSON(text string, err error) error {
	var syntax decoder.SyntaxError
	if !errors.As(err, &syntax) {
		return fmt.Errorf("not valid JSON: %s", oneLine(err))
	}
	if new(scanner).feed([]byte(text)) < 0 {
		return fmt.Errorf("cut off after %d bytes: not valid JSON", len(text))
	}
	at := min(max(syntax.Pos, 0), len(text))
	return fmt.Errorf("not valid JSON at byte %d: %s near %q", at, syntax.Message(),
		strings.ToValidUTF8(text[max(at-16, 0):min(at+16, len(text))], "\uFFFD"))
}

// oneLine shortens a library's report, which may quote pages of input, to its first line.
func oneLine(err error) string {
	s, _, _ := strings.Cut(err.Error(), "\n")
	return strings.ToValidUTF8(strings.TrimSpace(s[:min(len(s), 200)]), "\uFFFD")
}

// repair returns text with everything that v has no room for taken out, and names what it took.
func repair(text string, v any) (string, []string, error) {
	var r mender
	var anything struct{}
	if err := decode(text, &anything); err != nil {
		fixed := withoutNaN(text)
		if fixed == text || decode(fixed, &anything) != nil {
			return "", nil, badJSON(text, err)
		}
		text = fixed
		r.defects = append(r.defects, "NaN or Infinity, read as null")
	}
	r.out = make([]byte, 0, len(text))
	r.value([]byte(text), reflect.TypeOf(v).Elem())
	if r.more > 0 {
		r.defects = append(r.defects, fmt.Sprintf("and %d more", r.more))
	}
	return string(r.out), r.defects, nil
}

// mender copies JSON to out, guided by the type it is to be decoded into.
type mender struct {
	out     []byte
	path    []byte // of the value at hand
	defects []string
	more    int // defects beyond the first maxDefects
}

func (r *mender) defect(what string) {
	if len(r.defects) >= maxDefects {
		r.more++
		return
	}
	path := strings.ToValidUTF8(string(r.path[min(1, len(r.path)):]), "\uFFFD")
	r.defects = append(r.defects, path+": "+what)
}

// value copies b where t has room for it. False means that nothing was written.
func (r *mender) value(b []byte, t reflect.Type) bool {
	if kind(b) == 'n' {
		return r.copy(b)
	}
	if kinds, want, ok := dirtyType(t); ok {
		if strings.IndexByte(kinds, kind(b)) < 0 {
			return r.wrong(want, b)
		}
		return r.copy(b)
	}
	switch t.Kind() {
	case reflect.Pointer:
		return r.value(b, t.Elem())
	case reflect.Struct, reflect.Map:
		return r.object(b, t)
	case reflect.Slice:
		return r.list(b, t)
	case reflect.String:
		switch {
		case kind(b) == '"':
			return r.copy(b)
		case number(b):
			r.defect("number instead of a string")
			r.out = append(append(append(r.out, '"'), b...), '"')
			return true
		}
		return r.wrong("string", b)
	case reflect.Bool:
		if kind(b) != 't' && kind(b) != 'f' {
			return r.wrong("true or false", b)
		}
		return r.copy(b)
	case reflect.Int64, reflect.Float64:
		return r.number(b, t)
	}
	return r.copy(b)
}

func (r *mender) copy(b []byte) bool {
	r.out = append(r.out, b...)
	return true
}

func (r *mender) wrong(want string, b []byte) bool {
	got := "number"
	switch kind(b) {
	case '"':
		got = "string"
	case '{':
		got = "object"
	case '[':
		got = "list"
	case 't', 'f':
		got = "true or false"
	}
	r.defect("want " + want + ", got " + got)
	return false
}

func (r *mender) number(b []byte, t reflect.Type) bool {
	s, quoted := string(b), false
	if kind(b) == '"' {
		s, quoted = text(b), true
	}
	f, err := strconv.ParseFloat(s, 64)
	if !quoted && !number(b) || quoted && (err != nil || math.IsInf(f, 0) || math.IsNaN(f)) {
		return r.wrong("number", b)
	}
	switch {
	case err != nil:
		r.defect("number out of range")
		return false
	case t.Kind() == reflect.Int64:
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			if f != math.Trunc(f) || math.Abs(f) >= 1<<63 {
				r.defect("want whole number, got " + s[:min(len(s), 32)])
				return false
			}
			n = int64(f)
		}
		r.out = strconv.AppendInt(r.out, n, 10)
	default:
		r.out = strconv.AppendFloat(r.out, f, 'g', -1, 64)
	}
	if quoted {
		r.defect("number written as a string")
	}
	return true
}

// object copies an object, member by member.
func (r *mender) object(b []byte, t reflect.Type) bool {
	if kind(b) != '{' {
		return r.wrong("object", b)
	}
	comma := byte('{')
	each(b, func(k, v []byte) bool {
		mark, path := len(r.out), len(r.path)
		name := keyText(k)
		r.out = append(append(append(append(r.out, comma), '"'), k...), '"', ':')
		r.path = append(append(r.path, '.'), name[:min(len(name), 64)]...)
		ok := false
		if member, known := memberType(t, name); known {
			ok = r.value(v, member)
		} else {
			ok = r.copy(v)
		}
		if r.path = r.path[:path]; ok {
			comma = ','
		} else {
			r.out = r.out[:mark]
		}
		return true
	})
	if comma == '{' {
		r.out = append(r.out, '{')
	}
	r.out = append(r.out, '}')
	return true
}

// memberType returns what the member called name of an object of type t is decoded into.
func memberType(t reflect.Type, name string) (reflect.Type, bool) {
	if t.Kind() == reflect.Map {
		return t.Elem(), true
	}
	for i := range t.NumField() {
		if f := t.Field(i); f.Tag.Get("json") == name && name != "-" {
			return f.Type, true
		}
	}
	return nil, false
}

// list copies a list without the elements that do not fit.
func (r *mender) list(b []byte, t reflect.Type) bool {
	if kind(b) == '{' && t.Elem().Kind() == reflect.Struct {
		r.defect("one object instead of a list")
		r.out = append(r.out, '[')
		r.value(b, t.Elem())
		r.out = append(r.out, ']')
		return true
	}
	if kind(b) != '[' {
		return r.wrong("list", b)
	}
	comma := byte('[')
	i := 0
	each(b, func(_, v []byte) bool {
		mark, path := len(r.out), len(r.path)
		r.out = append(r.out, comma)
		r.path = append(strconv.AppendInt(append(r.path, '['), int64(i), 10), ']')
		if r.value(v, t.Elem()) {
			comma = ','
		} else {
			r.out = r.out[:mark]
		}
		r.path = r.path[:path]
		i++
		return true
	})
	if comma == '[' {
		r.out = append(r.out, '[')
	}
	r.out = append(r.out, ']')
	return true
}

func number(b []byte) bool { return kind(b) == '-' || digit(kind(b)) }

// withoutNaN writes null for NaN, Infinity and -Infinity outside of strings.
func withoutNaN(s string) string {
	if !strings.Contains(s, "NaN") && !strings.Contains(s, "Infinity") {
		return s
	}
	b := []byte(s)
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); {
		end, write := i+1, ""
		switch {
		case b[i] == '"':
			end = skipString(b, i)
		case strings.HasPrefix(s[i:], "NaN"):
			end, write = i+3, "null"
		case strings.HasPrefix(s[i:], "Infinity"):
			end, write = i+8, "null"
		case strings.HasPrefix(s[i:], "-Infinity"):
			end, write = i+9, "null"
		}
		if write == "" {
			write = s[i:end]
		}
		out = append(out, write...)
		i = end
	}
	return string(out)
}

// sanitise replaces invalid UTF-8 in every string that v reaches; byte slices stay as they are.
func sanitise(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			sanitise(v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				sanitise(v.Field(i))
			}
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() != reflect.Uint8 {
			for i := range v.Len() {
				sanitise(v.Index(i))
			}
		}
	case reflect.String:
		if !utf8.ValidString(v.String()) {
			v.SetString(strings.ToValidUTF8(v.String(), "\uFFFD"))
		}
	case reflect.Map:
		for _, k := range v.MapKeys() {
			e := reflect.New(v.Type().Elem()).Elem()
			e.Set(v.MapIndex(k))
			v.SetMapIndex(k, reflect.Value{})
			key := strings.ToValidUTF8(k.String(), "\uFFFD")
			sanitise(e)
			v.SetMapIndex(reflect.ValueOf(key).Convert(v.Type().Key()), e)
		}
	}
}
