package lake

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/parquet-go/parquet-go"

	"veedor/internal/measure/verdict"
)

// The columns of a day's cells, in the order in which cells.sql selects them. Read column by column and
// not through the query engine, whose rows cost ten times as much to fetch as cells cost to judge.
const (
	colCC = iota
	colASN
	colTarget
	colLayer
	colResolver
	colHour
	colSaid
	colWho
	cellColumns
)

// dayCells reads one day file, series after series.
type dayCells struct {
	file   *os.File
	groups []parquet.RowGroup
	said   *sayings

	cols [cellColumns]column
	row  int // of the group read last
	rows int
	key  verdict.Series
}

// column is one column of a row group.
type column struct {
	num   []int32  // numbers, or places in texts
	texts []string // what num points to
	null  []bool   // nil: none is
}

// sayings keeps what cells say, each text read once.
type sayings struct {
	known map[string]int32
	cells []verdict.Cell // by place in which they were met
}

func openDay(path, cc string, said *sayings) (*dayCells, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil {
		var p *parquet.File
		if p, err = parquet.OpenFile(f, info.Size(), parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true)); err == nil {
			d := &dayCells{file: f, groups: groupsOf(p, cc), said: said}
			if n := len(p.Root().Columns()); n != cellColumns {
				err = fmt.Errorf("%s has %d columns", path, n)
			} else if err = d.next(); err == nil || errors.Is(err, io.EOF) {
				return d, err
			}
		}
	}
	_ = f.Close()
	return nil, err
}

// groupsOf returns the row groups that may have cells of a country: rows are in its order.
func groupsOf(p *parquet.File, cc string) []parquet.RowGroup {
	var out []parquet.RowGroup
	for i, g := range p.RowGroups() {
		s := p.Metadata().RowGroups[i].Columns[colCC].MetaData.Statistics
		if cc == "" || s.MinValue == nil || string(s.MinValue) <= cc && cc <= string(s.MaxValue) {
			out = append(out, g)
		}
	}
	return out
}

// next goes to the next series; io.EOF when there is none.
func (d *dayCells) next() error {
	for d.row >= d.rows {
		if len(d.groups) == 0 {
			return io.EOF
		}
		g := d.groups[0]
		d.groups, d.row, d.rows = d.groups[1:], 0, int(g.NumRows())
		for i, c := range g.ColumnChunks() {
			if err := d.cols[i].read(c, d.rows); err != nil {
				return fmt.Errorf("%s: column %d: %w", d.file.Name(), i, err)
			}
		}
		d.understand()
	}
	d.key = verdict.Series{CC: d.text(colCC, d.row), ASN: uint32(d.cols[colASN].num[d.row]), Target: d.text(colTarget, d.row),
		Layer: verdict.Layer(d.text(colLayer, d.row)), Resolver: uint32(d.cols[colResolver].num[d.row])}
	return nil
}

func (d *dayCells) text(col, row int) string {
	c := &d.cols[col]
	if c.null != nil && c.null[row] {
		return ""
	}
	return c.texts[c.num[row]]
}

// understand turns what the cells of a group say into places among the sayings.
func (d *dayCells) understand() {
	c := &d.cols[colSaid]
	place := make([]int32, len(c.texts))
	for i, text := range c.texts {
		place[i] = d.said.place(text)
	}
	for i, n := range c.num {
		c.num[i] = place[n]
	}
}

// take appends the cells of the series that the file stands at, and goes on to the next. A series that
// goes on in the next group is met again there, with the same key.
func (d *dayCells) take(dst []verdict.Cell, from, to int64) ([]verdict.Cell, error) {
	cc, asn, target, layer, resolver := d.cols[colCC].num, d.cols[colASN].num, d.cols[colTarget].num, d.cols[colLayer].num, d.cols[colResolver].num
	hour, said, who := d.cols[colHour].num, d.cols[colSaid].num, &d.cols[colWho]
	i := d.row
	for ; i < d.rows && target[i] == target[d.row] && asn[i] == asn[d.row] && layer[i] == layer[d.row] && resolver[i] == resolver[d.row] && cc[i] == cc[d.row]; i++ {
		if h := int64(hour[i]); h >= from && h < to {
			dst = append(dst, d.said.cells[said[i]])
			c := &dst[len(dst)-1]
			c.Hour = h
			if who.null == nil || !who.null[i] {
				c.Witness, c.Met = parseWho(who.texts[who.num[i]])
			}
		}
	}
	d.row = i
	return dst, d.next()
}

// parseWho reads a witness and those who met a restriction.
func parseWho(s string) (string, []uint64) {
	witness, rest, _ := strings.Cut(s, "\x1f")
	var met []uint64
	for v := range strings.SplitSeq(rest, "\x1f") {
		if v != "" && len(met) < verdict.MostMet {
			met = append(met, verdict.Hash(v))
		}
	}
	return witness, met
}

// place returns where what a cell says stands among the sayings.
func (s *sayings) place(text string) int32 {
	if at, ok := s.known[text]; ok {
		return at
	}
	at := int32(len(s.cells))
	s.known[text] = at
	s.cells = append(s.cells, parseSaid(text))
	return at
}

// parseSaid reads the counts, sums and rules of a cell: what cells.sql writes.
func parseSaid(text string) verdict.Cell {
	var c verdict.Cell
	f := strings.Fields(text)
	count := func(i int) int32 { n, _ := strconv.ParseInt(f[i], 10, 32); return int32(n) }
	sum := func(i int) float64 { x, _ := strconv.ParseFloat(f[i], 64); return x }
	if len(f) < 7 {
		return c
	}
	c.N, c.Voters, c.Blocked, c.Down, c.Full, c.Partial, c.RuleSet = count(0), count(1), count(2), count(3), sum(4), sum(5), f[6]
	for _, r := range f[7:] {
		rule, n, _ := strings.Cut(r, ":")
		k, _ := strconv.ParseInt(n, 10, 32)
		c.Rules = append(c.Rules, verdict.RuleCount{Rule: rule, N: int32(k)})
	}
	return c
}

// read reads a column of a group.
func (c *column) read(chunk parquet.ColumnChunk, rows int) error {
	pages := chunk.Pages()
	defer pages.Close()
	c.num, c.texts, c.null = c.num[:0], nil, nil
	var dict parquet.Dictionary
	for {
		page, err := pages.ReadPage()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if err := c.page(page, &dict, rows); err != nil {
			parquet.Release(page)
			return err
		}
		parquet.Release(page)
	}
	if len(c.num) != rows {
		return fmt.Errorf("%d values for %d rows", len(c.num), rows)
	}
	return nil
}

// page takes a page in. A column's pages share a dictionary; a page without one holds its own values.
func (c *column) page(page parquet.Page, dict *parquet.Dictionary, rows int) error {
	data := page.Data()
	begin := len(c.num)
	switch own := page.Dictionary(); {
	case own != nil && page.Type().Kind() == parquet.ByteArray:
		if *dict != own {
			base := int32(len(c.texts))
			if base != 0 {
				return errors.New("two dictionaries in one column")
			}
			*dict = own
			values := own.Page().Data()
			c.texts = texts(c.texts, &values)
		}
		c.num = append(c.num, data.Int32()...)
	case own != nil:
		values := own.Page().Data()
		known := values.Int32()
		for _, i := range data.Int32() {
			c.num = append(c.num, known[i])
		}
	case page.Type().Kind() == parquet.ByteArray:
		base := len(c.texts)
		c.texts = texts(c.texts, &data)
		for i := base; i < len(c.texts); i++ {
			c.num = append(c.num, int32(i))
		}
	default:
		c.num = append(c.num, data.Int32()...)
	}
	if page.NumNulls() > 0 {
		c.spread(begin, page.DefinitionLevels(), rows)
	} else if c.null != nil {
		c.null = append(c.null, make([]bool, len(c.num)-len(c.null))...)
	}
	return nil
}

// spread gives each row of a page its place, those without a value too.
func (c *column) spread(begin int, levels []byte, rows int) {
	values := append([]int32(nil), c.num[begin:]...)
	if c.null == nil {
		c.null = make([]bool, begin, rows)
	}
	c.num = c.num[:begin]
	for _, l := range levels {
		if c.null = append(c.null, l == 0); l == 0 {
			c.num = append(c.num, 0)
			continue
		}
		c.num, values = append(c.num, values[0]), values[1:]
	}
}

func texts(dst []string, v interface {
	ByteArray() ([]byte, []uint32)
}) []string {
	data, offsets := v.ByteArray()
	all := string(data) // one allocation for all of them
	for i := 1; i < len(offsets); i++ {
		dst = append(dst, all[offsets[i-1]:offsets[i]])
	}
	return dst
}

// readCells merges day files, earliest first, into one series after another; of a country, if one is named.
func readCells(ctx context.Context, files []string, cc string, from, to int64, f func(verdict.Series, []verdict.Cell) error) error {
	said := &sayings{known: map[string]int32{}}
	var days []*dayCells
	defer func() {
		for _, d := range days {
			_ = d.file.Close()
		}
	}()
	for _, name := range files {
		d, err := openDay(name, cc, said)
		if d != nil {
			days = append(days, d)
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
	}
	heads := make([]*dayCells, 0, len(days)) // those that stand at a series, earliest first
	for _, d := range days {
		if d.rows > 0 {
			heads = append(heads, d)
		}
	}
	var cells []verdict.Cell
	for len(heads) > 0 {
		key := heads[0].key
		for _, d := range heads[1:] {
			if d.key.Compare(key) < 0 {
				key = d.key
			}
		}
		cells = cells[:0]
		live := heads[:0]
		for _, d := range heads {
			var err error
			for err == nil && d.key == key {
				cells, err = d.take(cells, from, to)
			}
			if err != nil && !errors.Is(err, io.EOF) {
				return err
			}
			if err == nil {
				live = append(live, d)
			}
		}
		heads = live
		if err := ctx.Err(); err != nil {
			return err
		}
		if len(cells) == 0 || cc != "" && key.CC != cc {
			continue
		}
		if err := f(key, cells); err != nil {
			return err
		}
	}
	return nil
}
