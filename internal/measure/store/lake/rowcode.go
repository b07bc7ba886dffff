package lake

import (
	"encoding/binary"
	"errors"
	"math"
	"reflect"
	"slices"
	"sync"
	"time"

	"veedor/internal/measure/obs"
	"veedor/internal/measure/verdict"
)

// rowCode writes rows of a table as few bytes and reads them again: each field that is not zero as its number, from 1, and
// its value. Numbers are signed varints, times such in Unix microseconds, text and lists begin with their length.
type rowCode[T any] struct {
	kinds []reflect.Kind // of the fields, or of what they point to
}

// The codes of the tables.
var (
	observationCode = sync.OnceValue(newRowCode[obs.Observation])
	verdictCode     = sync.OnceValue(newRowCode[verdict.Row])
	certificateCode = sync.OnceValue(newRowCode[obs.Certificate])
)

var errRows = errors.New("damaged rows")

func newRowCode[T any]() rowCode[T] {
	t := reflect.TypeFor[T]()
	c := rowCode[T]{make([]reflect.Kind, t.NumField())}
	for i := range c.kinds {
		if f := t.Field(i).Type; f.Kind() == reflect.Pointer {
			c.kinds[i] = f.Elem().Kind()
		} else {
			c.kinds[i] = f.Kind()
		}
	}
	return c
}

// key returns what rows are sorted and found by: the first field.
func (rowCode[T]) key(row *T) string { return reflect.ValueOf(row).Elem().Field(0).String() }

// put gives a row to a file.
func (c rowCode[T]) put(w *rowsWriter, row *T) error {
	w.row = c.append(w.row[:0], row)
	return w.add(c.key(row), w.row)
}

// append adds a row to b.
func (c rowCode[T]) append(b []byte, row *T) []byte {
	v := reflect.ValueOf(row).Elem()
	for i, kind := range c.kinds {
		f := v.Field(i)
		if f.IsZero() {
			continue
		}
		if f.Kind() == reflect.Pointer {
			f = f.Elem()
		}
		b = append(b, byte(i+1))
		switch kind {
		case reflect.String:
			b = appendText(b, f.String())
		case reflect.Slice:
			b = binary.AppendUvarint(b, uint64(f.Len()))
			for j := range f.Len() {
				b = appendText(b, f.Index(j).String())
			}
		case reflect.Bool:
			b = append(b, 0)
			if f.Bool() {
				b[len(b)-1] = 1
			}
		case reflect.Float64:
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(f.Float()))
		case reflect.Uint32:
			b = binary.AppendVarint(b, int64(f.Uint()))
		case reflect.Struct:
			b = binary.AppendVarint(b, f.Interface().(time.Time).UnixMicro())
		default:
			b = binary.AppendVarint(b, f.Int())
		}
	}
	return b
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// read fills in an empty row.
func (c rowCode[T]) read(b []byte, row *T) error {
	r := rowReader{text: string(b)}
	v := reflect.ValueOf(row).Elem()
	last := 0
	for len(r.text) > 0 {
		n := int(r.text[0])
		if r.text = r.text[1:]; n <= last || n > len(c.kinds) {
			return errRows
		}
		last = n
		f := v.Field(n - 1)
		if f.Kind() == reflect.Pointer {
			f.Set(reflect.New(f.Type().Elem()))
			f = f.Elem()
		}
		switch c.kinds[n-1] {
		case reflect.String:
			f.SetString(r.string())
		case reflect.Slice:
			n := r.length()
			list := reflect.MakeSlice(f.Type(), n, n)
			for j := range n {
				list.Index(j).SetString(r.string())
			}
			if n > 0 {
				f.Set(list)
			}
		case reflect.Bool:
			f.SetBool(r.bytes(1) == "\x01")
		case reflect.Float64:
			if bits := r.bytes(8); bits != "" {
				f.SetFloat(math.Float64frombits(binary.LittleEndian.Uint64([]byte(bits))))
			}
		case reflect.Uint32:
			f.SetUint(uint64(uint32(r.number())))
		case reflect.Struct:
			f.Set(reflect.ValueOf(time.UnixMicro(r.number()).UTC()))
		default:
			f.SetInt(r.number())
		}
		if r.bad {
			return errRows
		}
	}
	return nil
}

// number returns the number of a column in the bytes of a row.
func (c rowCode[T]) number(column string) byte {
	return byte(slices.Index(names[T](), column) + 1)
}

// text returns one field of text of a row, without reading what comes after it; nil where it is empty.
func (c rowCode[T]) text(b []byte, number byte) ([]byte, error) {
	for len(b) > 0 && b[0] <= number {
		n := b[0]
		if b = b[1:]; n == 0 || int(n) > len(c.kinds) {
			return nil, errRows
		}
		texts, fixed := uint64(0), 0 // how many texts follow, or bytes
		switch c.kinds[n-1] {
		case reflect.String:
			texts = 1
		case reflect.Bool:
			fixed = 1
		case reflect.Float64:
			fixed = 8
		default:
			var size int
			if texts, size = binary.Uvarint(b); size <= 0 {
				return nil, errRows
			}
			if b = b[size:]; c.kinds[n-1] != reflect.Slice {
				texts = 0 // it was the number itself
			}
		}
		for ; texts > 0; texts-- {
			length, size := binary.Uvarint(b)
			if size <= 0 || length > uint64(len(b)-size) {
				return nil, errRows
			}
			if n == number {
				return b[size : size+int(length)], nil
			}
			b = b[size+int(length):]
		}
		if fixed > len(b) {
			return nil, errRows
		}
		b = b[fixed:]
	}
	return nil, nil
}

// rowReader reads values from the front of a text.
type rowReader struct {
	text string
	bad  bool // it ended too early
}

func (r *rowReader) bytes(n int) string {
	if n < 0 || n > len(r.text) {
		r.text, r.bad = "", true
		return ""
	}
	s := r.text[:n]
	r.text = r.text[n:]
	return s
}

func (r *rowReader) uvarint() uint64 {
	n, size := binary.Uvarint([]byte(r.text[:min(len(r.text), binary.MaxVarintLen64)]))
	if size <= 0 {
		r.text, r.bad = "", true
		return 0
	}
	r.text = r.text[size:]
	return n
}

func (r *rowReader) number() int64 {
	u := r.uvarint()
	return int64(u>>1) ^ -int64(u&1)
}

// length returns how much follows: never more than there are bytes.
func (r *rowReader) length() int {
	n := r.uvarint()
	if n > uint64(len(r.text)) {
		r.text, r.bad = "", true
		return 0
	}
	return int(n)
}

func (r *rowReader) string() string { return r.bytes(r.length()) }
