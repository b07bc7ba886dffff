package cmo

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

func readTable(f File) (*Account, error) {
	in, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer in.Close()
	r := newRows(in)
	head, raw, err := r.read()
	if err != nil {
		return nil, cmpErr(err, "an empty file")
	}
	a := &Account{Cells: map[string]int{}, months: map[int]bool{}, fresh: map[string]bool{}, scores: map[string]bool{}, seen: map[string]bool{}}
	a.head = headers(head)
	a.layout.Header = strings.TrimRight(string(raw), "\r\n")
	var ok bool
	if a.table, ok = recognise(f.Name, a.head); !ok {
		return nil, errors.New("none of the eight tables has this name or these columns")
	}
	a.Table, a.id, a.Columns = a.table.name, "cmo-table-"+string(a.table.kind), len(a.head)
	for _, h := range a.head {
		if _, ok := a.table.column(h); !ok {
			a.Unknown++
		}
	}
	return a, a.readRows(r)
}

// headers returns what columns are called here: as in the table, but each differently, and not too long.
func headers(cells []cell) []string {
	var out []string
	for i, c := range cells {
		base := strings.TrimSpace(c.text)
		if len(base) > 150 {
			base = strings.ToValidUTF8(base[:150], "") + fmt.Sprintf(" …%d", i)
		}
		title := base
		for n := 2; slices.Contains(out, title); n++ {
			title = fmt.Sprintf("%s #%d", base, n)
		}
		out = append(out, title)
	}
	return out
}

func cmpErr(err error, empty string) error {
	if errors.Is(err, io.EOF) {
		return errors.New(empty)
	}
	return err
}

func (a *Account) readRows(r *rows) error {
	style := r.style // of the first row
	a.layout.Style = style
	type got struct {
		cells []cell
		crlf  bool
		place int
	}
	var all []got
	quoted, cells := 0, 0
	for {
		r.style.CRLF = false
		row, raw, err := r.read()
		if err == io.EOF {
			break
		}
		a.Read++
		if err == nil && len(row) != len(a.head) {
			err = fmt.Errorf("%w: line %d has %d cells, the first has %d", errCell, r.line, len(row), len(a.head))
		}
		if errors.Is(err, errCell) {
			a.Rejected = append(a.Rejected, Reject{Line: r.line, N: a.Read, Raw: raw, Reason: err.Error()})
			continue
		}
		if err != nil {
			return err
		}
		for _, c := range row {
			cells++
			if c.quoted {
				quoted++
			}
		}
		all = append(all, got{row, r.style.CRLF || r.style.NoFinal && style.CRLF, a.Read})
	}
	a.layout.Style.All = cells > 0 && quoted*10 > cells*9
	a.layout.Style.NoFinal = r.style.NoFinal
	a.layout.Rejected = a.Rejected
	counts := map[string]int{}
	columns := make([][]string, len(a.head))
	for _, g := range all {
		one := row{place: place{N: g.place, Other: g.crlf != style.CRLF}, cells: make([]string, len(g.cells))}
		for i, c := range g.cells {
			if one.cells[i] = c.text; c.quoted != a.layout.Style.needs(c.text) {
				one.place.Odd = append(one.place.Odd, i)
			}
			columns[i] = append(columns[i], c.text)
		}
		key := a.key(one.cells)
		counts[key]++
		one.id = idOf(a.table, key, counts[key])
		a.seen[one.id] = true
		a.rows = append(a.rows, one)
	}
	for i := range columns {
		a.months[i] = monthFirst(columns[i])
	}
	return nil
}

// key is what makes a row the same row in a later export: the number Airtable gave it, or its name.
func (a *Account) key(cells []string) string {
	for _, title := range []string{"AutoNumberID", "Item Code"} {
		if i := slices.Index(a.head, title); i >= 0 && strings.TrimSpace(cells[i]) != "" {
			return title + " " + strings.TrimSpace(cells[i])
		}
	}
	var parts []string
	for i, h := range a.head {
		if c, ok := a.table.column(h); ok && (c.field == a.table.primary() || c.field == "url") {
			parts = append(parts, strings.TrimSpace(cells[i]))
		}
	}
	return strings.Join(parts, " ")
}
