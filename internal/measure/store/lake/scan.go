package lake

import (
	"context"
	"database/sql"
	"fmt"
	"reflect"
	"strings"
	"time"
)

// names returns the column names of a row struct, in order.
func names[T any]() []string {
	t := reflect.TypeFor[T]()
	out := make([]string, t.NumField())
	for i := range out {
		out[i], _, _ = strings.Cut(t.Field(i).Tag.Get("parquet"), ",")
	}
	return out
}

// columns returns them as a select list.
func columns[T any]() string { return strings.Join(names[T](), ", ") }

// textColumns is columns with lists as JSON text, for CSV.
func textColumns[T any]() string {
	t := reflect.TypeFor[T]()
	out := names[T]()
	for i := range out {
		if t.Field(i).Type.Kind() == reflect.Slice {
			out[i] = "to_json(" + out[i] + ") AS " + out[i]
		}
	}
	return strings.Join(out, ", ")
}

// scanAll runs a query that selects columns[T]() and returns its rows.
func scanAll[T any](ctx context.Context, db *sql.DB, text string, args ...any) ([]T, error) {
	rows, err := db.QueryContext(ctx, text, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	n := reflect.TypeFor[T]().NumField()
	cells := make([]any, n)
	into := make([]any, n)
	for i := range cells {
		into[i] = &cells[i]
	}
	var out []T
	for rows.Next() {
		clear(cells)
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		var row T
		v := reflect.ValueOf(&row).Elem()
		for i, c := range cells {
			if err := set(v.Field(i), c); err != nil {
				return nil, fmt.Errorf("column %s: %w", names[T]()[i], err)
			}
		}
		out = append(out, row)
	}
	return out, rows.Err()
}

// set puts a value of the engine into a field; null leaves it zero.
func set(f reflect.Value, c any) error {
	if c == nil {
		return nil
	}
	if t, ok := c.(time.Time); ok && f.Type() == reflect.TypeFor[time.Time]() {
		f.Set(reflect.ValueOf(t.UTC()))
		return nil
	}
	switch f.Kind() {
	case reflect.Pointer:
		p := reflect.New(f.Type().Elem())
		if err := set(p.Elem(), c); err != nil {
			return err
		}
		f.Set(p)
		return nil
	case reflect.Slice:
		list, ok := c.([]any)
		if !ok {
			return fmt.Errorf("a %T where a list was expected", c)
		}
		if len(list) == 0 {
			return nil
		}
		s := reflect.MakeSlice(f.Type(), len(list), len(list))
		for i, e := range list {
			if err := set(s.Index(i), e); err != nil {
				return err
			}
		}
		f.Set(s)
		return nil
	}
	v := reflect.ValueOf(c)
	if !v.CanConvert(f.Type()) || (v.Kind() == reflect.String) != (f.Kind() == reflect.String) {
		return fmt.Errorf("a %T where %s was expected", c, f.Type())
	}
	f.Set(v.Convert(f.Type()))
	return nil
}
