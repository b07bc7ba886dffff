package refdata

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
)

// table reads a CSV file by the names of its columns.
type table struct {
	r       *csv.Reader
	columns map[string]int
	row     int // of the last record, from 1, the names not counted
}

// row is one record; it is valid until the next is read.
type row struct {
	t      *table
	fields []string
}

// openTable reads the first row and looks whether it names the columns that must be there.
func openTable(in io.Reader, must ...string) (*table, error) {
	r := csv.NewReader(in)
	r.LazyQuotes, r.FieldsPerRecord, r.ReuseRecord = true, -1, true
	first, err := r.Read()
	if err == io.EOF {
		return nil, errors.New("it is empty")
	}
	if err != nil {
		return nil, err
	}
	t := &table{r: r, columns: make(map[string]int, len(first))}
	for i, name := range first {
		name = strings.ToLower(strings.TrimSpace(strings.TrimPrefix(name, "\uFEFF")))
		if _, ok := t.columns[name]; !ok {
			t.columns[strings.Clone(name)] = i
		}
	}
	for _, name := range must {
		if !t.has(name) {
			return nil, fmt.Errorf("its first row does not name the column %q", name)
		}
	}
	return t, nil
}

func (t *table) has(column string) bool { _, ok := t.columns[column]; return ok }

// next returns the next record, io.EOF after the last.
func (t *table) next() (row, error) {
	fields, err := t.r.Read()
	if err != nil {
		return row{}, err
	}
	t.row++
	return row{t, fields}, nil
}

// get returns a field of its own memory, "" where the record or the table does not have it.
func (r row) get(column string) string {
	i, ok := r.t.columns[column]
	if !ok || i >= len(r.fields) {
		return ""
	}
	return strings.Clone(r.fields[i])
}

// baseName returns the name of a file without folder and extensions.
func baseName(name string) string {
	name = strings.TrimSuffix(path.Base(name), ".gz")
	return strings.TrimSuffix(name, path.Ext(name))
}
