package chart

import (
	"bytes"
	"encoding/csv"
	"strings"
)

// Table is the data of a chart as rows, for pages and files.
type Table struct {
	Columns []Column
	Rows    [][]Cell
	More    int // rows beyond
}

// Column is what a column holds. Key heads it in files and is the same in all languages.
type Column struct {
	Key, Label string
	Number     bool
}

// Cell is a value: in words for a page, and as files have it.
type Cell struct {
	Text, Raw string
	Href      string
}

// Table returns the data of a chart.
func (c *Chart) Table() Table {
	t := c.Kind.table(c.Lang)
	if len(t.Rows) > maxTable {
		t.More, t.Rows = len(t.Rows)-maxTable, t.Rows[:maxTable]
	}
	return t
}

// CSV writes the data of a chart: UTF-8, one line of heads, then the rows. Its last two columns are the source and the
// licence, in every row, so that they stay with whatever is cut out of the file. What was not measured is empty.
// A text that a spreadsheet would take for a formula gets an apostrophe before it.
func (c *Chart) CSV() []byte {
	t := c.Table()
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	row := make([]string, 0, len(t.Columns)+2)
	for _, col := range t.Columns {
		row = append(row, col.Key)
	}
	w.Write(append(row, "source", "licence")) // a Buffer does not fail
	for _, cells := range t.Rows {
		row = row[:0]
		for i, cell := range cells {
			if text := Clean(cell.Raw); t.Columns[i].Number {
				row = append(row, text)
			} else {
				row = append(row, harmless(text))
			}
		}
		w.Write(append(row, harmless(Clean(c.Notice+" "+c.Source)), harmless(Clean(c.Licence))))
	}
	w.Flush()
	return b.Bytes()
}

func harmless(text string) string {
	if text != "" && strings.ContainsRune("=+-@", rune(text[0])) {
		return "'" + text
	}
	return text
}
