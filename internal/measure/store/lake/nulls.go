package lake

import (
	"reflect"
	"strings"

	"github.com/parquet-go/parquet-go"
)

// parquet-go (up to v0.32.0, its issue 154) looks for nulls in words of 64 rows. Where the last run of values in a word is
// as long as what stands before it, it takes the nulls that follow for values, and writes "" or 0. So rows go to it in
// chunks of at most a word in which no column has such a run, unless the chunk ends with it.

// word is how many rows parquet-go looks at together.
const word = 64

// optionals lists the fields of a row struct whose zero values are nulls.
func optionals[T any]() []int {
	t := reflect.TypeFor[T]()
	var out []int
	for i := range t.NumField() {
		if _, options, _ := strings.Cut(t.Field(i).Tag.Get("parquet"), ","); strings.Contains(options, "optional") {
			out = append(out, i)
		}
	}
	return out
}

// writeRows writes rows so that their nulls are nulls.
func writeRows[T any](w *parquet.GenericWriter[T], rows []T) error {
	optional := optionals[T]()
	for len(rows) > 0 {
		n := faithful(rows[:min(len(rows), word)], optional)
		if _, err := w.Write(rows[:n]); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

// faithful returns how many of the first rows, at most a word of them, are written as they are.
func faithful[T any](rows []T, optional []int) int {
	v, n := reflect.ValueOf(rows), len(rows)
	for i := 0; i < len(optional); i++ {
		null := func(row int) bool { return v.Index(row).Field(optional[i]).IsZero() }
		end := n
		for end > 0 && null(end-1) {
			end--
		}
		begin := end
		for begin > 0 && !null(begin-1) {
			begin--
		}
		if begin > 0 && end-begin == begin && end < n {
			n, i = end, -1 // the columns before may end otherwise now
		}
	}
	return n
}
