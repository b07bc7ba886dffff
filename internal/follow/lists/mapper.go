package lists

import (
	"bufio"
	"bytes"
	"embed"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"veedor/internal/follow/ftm"
)

//go:embed mappings/*.yaml
var ourMappings embed.FS

// embedded returns a decoder that uses one of our mappings.
func embedded(name string) func(*reader) error {
	return func(r *reader) error {
		text, err := ourMappings.ReadFile("mappings/" + name + ".yaml")
		if err != nil {
			return err
		}
		return r.mapping(text)
	}
}

func mapAny(r *reader) error {
	if len(r.opt.Mapping) == 0 {
		return fmt.Errorf("no mapping given")
	}
	return r.mapping(r.opt.Mapping)
}

// mapping reads tables through a mapping. A query whose csv_url ends in the name of a file reads that file; if no
// query names any of the files, all queries read all of them.
func (r *reader) mapping(text []byte) error {
	queries, err := parseMapping(r.model, text)
	if err != nil {
		return err
	}
	named := slices.ContainsFunc(queries, func(q *query) bool {
		return slices.ContainsFunc(q.files, func(f string) bool { return r.files[f] != nil })
	})
	return r.each(func(file string, in io.Reader) error {
		m := &mapper{r: r, file: file}
		for _, q := range queries {
			if !named || slices.Contains(q.files, file) {
				m.queries = append(m.queries, q)
			}
		}
		text := plain(in)
		return r.rows(file, text, comma(text), m.row)
	})
}

// comma tells the separator of a table from its first line.
func comma(in *bufio.Reader) byte {
	head, _ := in.Peek(peeked / 2)
	line, _, _ := bytes.Cut(head, []byte("\n"))
	best, most := byte(','), bytes.Count(line, []byte(","))
	for _, c := range []byte(";\t|") {
		if n := bytes.Count(line, []byte{c}); n > most {
			best, most = c, n
		}
	}
	return best
}

type mapper struct {
	r       *reader
	file    string
	queries []*query
	header  []string
}

// header returns the names of columns: trimmed, and numbered where two are alike.
func headerOf(fields []string) []string {
	out, seen := make([]string, len(fields)), map[string]int{}
	for i, f := range fields {
		out[i] = strings.TrimSpace(f)
		if seen[out[i]]++; seen[out[i]] > 1 {
			out[i] += fmt.Sprintf(" (%d)", seen[out[i]])
		}
	}
	return out
}

func (m *mapper) row(w row, at Locator) error {
	if m.header == nil {
		m.header = headerOf(w.fields)
		return m.check()
	}
	if len(w.fields) > len(m.header) {
		return m.r.refuse(whyColumns.Say(strconv.Itoa(len(w.fields)), strconv.Itoa(len(m.header))), w.raw, at)
	}
	record := make(map[string]string, len(w.fields)+3)
	for i, f := range w.fields {
		if f = sanitize(f); f != "" {
			record[m.header[i]] = f
		}
	}
	var made []*draft
	passed := false
	for _, q := range m.queries {
		for part := range q.parts(record) {
			if q.passes(part) {
				passed = true
				made = append(made, q.apply(m.r, part, at)...)
			}
		}
	}
	switch {
	case len(record) == 0:
		return m.r.refuse(whyEmptyRow.Say(), w.raw, at)
	case !passed:
		return m.r.refuse(whyLeftOut.Say(), w.raw, at)
	case len(made) == 0:
		return m.r.refuse(whyMissing.Say(), w.raw, at)
	}
	return m.r.keep(1, made...)
}

// check fails if a query asks for a column that the table does not have: it is another table, or another edition.
func (m *mapper) check() error {
	known := map[string]bool{}
	for _, h := range m.header {
		known[h] = true
	}
	for _, q := range m.queries {
		if q.each != nil {
			for _, suffix := range []string{"", ".name", ".short"} {
				known[q.each.Into+suffix] = true
			}
			if !known[q.each.Column] {
				return fmt.Errorf("%s has no column %q", m.file, q.each.Column)
			}
		}
		for _, e := range q.entities {
			columns := slices.Clone(e.keys)
			if e.idColumn != "" {
				columns = append(columns, e.idColumn)
			}
			for _, c := range columns {
				if !known[c] {
					return fmt.Errorf("%s has no column %q, which is a key of %s", m.file, c, e.name)
				}
			}
		}
	}
	return nil
}

// sanitize is what FollowTheMoney does to the fields of a table: NFC, no control characters, no space around.
func sanitize(s string) string {
	s = strings.Map(func(c rune) rune {
		if unicode.IsControl(c) && c != '\n' && c != '\t' && c != '\r' {
			return -1
		}
		return c
	}, s)
	return strings.TrimSpace(norm.NFC.String(s))
}

// parts yields the record, or for each part of a column a record with it.
func (q *query) parts(record map[string]string) func(func(map[string]string) bool) {
	return func(yield func(map[string]string) bool) {
		if q.each == nil {
			yield(record)
			return
		}
		for _, part := range splitNames(record[q.each.Column], q.each.Split, q.each.Keep) {
			name, short := bracketed(part)
			with := make(map[string]string, len(record)+3)
			for k, v := range record {
				with[k] = v
			}
			with[q.each.Into], with[q.each.Into+".name"], with[q.each.Into+".short"] = part, name, short
			if !yield(with) {
				return
			}
		}
	}
}

func (q *query) passes(record map[string]string) bool {
	for _, f := range q.filters {
		if !slices.Contains(f.values, record[f.column]) {
			return false
		}
	}
	for _, f := range q.filtersNot {
		if slices.Contains(f.values, record[f.column]) {
			return false
		}
	}
	return true
}

// apply makes the entities of one record.
func (q *query) apply(r *reader, record map[string]string, at Locator) []*draft {
	ids := map[string]string{}
	var out []*draft
	for _, e := range q.entities {
		d := e.apply(r, record, ids, at)
		if d == nil {
			continue
		}
		ids[e.name] = d.e.ID
		out = append(out, d)
	}
	return out
}

func (e *mapped) apply(r *reader, record, ids map[string]string, at Locator) *draft {
	id := e.id(record)
	if id == "" {
		return nil
	}
	d := r.draft(e.schema.Name, id, at)
	d.repeats = true
	for _, p := range e.props {
		if p.entity != "" {
			d.set(p.prop.Name, ids[p.entity], ids[p.entity], "", at)
		} else {
			for _, v := range p.values(record) {
				p.add(d, v, at)
			}
		}
		if p.required && len(d.e.Properties[p.prop.Name]) == 0 {
			return nil
		}
	}
	return d
}

func (p *mappedProp) add(d *draft, v string, at Locator) {
	if p.format == amountWords && p.prop.Type == ftm.TypeNumber && v != "" {
		value, _, reason := ParseAmount(v)
		if reason != "" {
			d.problem(p.prop.Name, v, reason, at)
			return
		}
		d.set(p.prop.Name, value, v, "", at)
		return
	}
	if p.format == "" || p.prop.Type != ftm.TypeDate {
		d.set(p.prop.Name, v, v, "", at)
		return
	}
	if v == "" {
		return
	}
	iso, reason := formatted(v, p.format)
	if reason != "" {
		d.problem(p.prop.Name, v, reason, at)
		return
	}
	d.set(p.prop.Name, iso, v, "", at)
}

// amountWords is a format of ours for numbers: what ParseAmount reads.
const amountWords = "amount"

// serialDate is a format of ours: days since 1899-12-30, as spreadsheets write dates.
const serialDate = "excel-serial"

// formatted reads a date in one of strptime's formats, as precisely as the format is.
func formatted(v, format string) (iso, reason string) {
	v = strings.TrimSpace(v)
	if format == serialDate {
		days, err := strconv.ParseFloat(v, 64)
		if err != nil || days < 1 || days > 200000 {
			return "", whySerial.Say()
		}
		return time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC).AddDate(0, 0, int(days)).Format(time.DateOnly), ""
	}
	layout := strings.NewReplacer("%Y", "2006", "%y", "06", "%m", "1", "%B", "January", "%b", "Jan", "%d", "2", "%H", "15", "%M", "04", "%S", "05", "%f", "000000", "%%", "%").Replace(format)
	t, err := time.Parse(layout, v)
	if err != nil {
		if strings.Contains(err.Error(), "out of range") {
			return "", whyNotInCalendar.Say()
		}
		return "", whyNotDateAs.Say(format)
	}
	switch {
	case strings.Contains(format, "%d"):
		return t.Format(time.DateOnly), ""
	case strings.Contains(format, "%m") || strings.Contains(format, "%B") || strings.Contains(format, "%b"):
		return t.Format("2006-01"), ""
	}
	return t.Format("2006"), ""
}

// splitNames cuts a list of names at separators that stand outside brackets. Names to be kept are not cut.
func splitNames(text string, seps, keep []string) []string {
	var out []string
	start, depth := 0, 0
	end := func(i int) {
		if s := strings.TrimSpace(text[start:i]); s != "" && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
next:
	for i := 0; i < len(text); {
		if start == i || text[i-1] == ' ' {
			for _, k := range keep {
				if strings.HasPrefix(text[i:], k) {
					i += len(k)
					continue next
				}
			}
		}
		switch text[i] {
		case '(':
			depth++
		case ')':
			depth = max(depth-1, 0)
		}
		if depth == 0 {
			for _, s := range seps {
				if s != "" && strings.HasPrefix(text[i:], s) {
					end(i)
					i += len(s)
					start = i
					continue next
				}
			}
		}
		i++
	}
	if depth > 0 && len(seps) > 0 { // a bracket that is never closed keeps nothing together
		return splitNames(strings.ReplaceAll(text, "(", "["), seps, keep)
	}
	end(len(text))
	return out
}

// bracketed cuts what is in brackets at the end off a name: "Export-Import Bank (EXIM)" is "Export-Import Bank" and
// "EXIM".
func bracketed(s string) (name, short string) {
	if !strings.HasSuffix(s, ")") {
		return s, ""
	}
	i := strings.LastIndex(s, "(")
	if i <= 0 || strings.Contains(s[i:len(s)-1], ")") {
		return s, ""
	}
	if name = strings.TrimSpace(s[:i]); name == "" {
		return s, ""
	}
	return name, strings.TrimSpace(s[i+1 : len(s)-1])
}
