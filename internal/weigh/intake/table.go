package intake

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"veedor/internal/weigh/cases"
)

// Row is what became of a row of a table: an item, or the reason why not.
type Row struct {
	Line  int
	Found Found
	Err   error // wraps ErrRefused
}

// columns are the names a column may have, and what it says.
func columns() map[string][]string {
	return map[string][]string{"url": {"url", "link", "address", "enlace"}, "title": {"title", "headline", "titulo", "título"}, "text": {"text", "full text", "texto"}, "summary": {"summary", "description", "resumen"},
		"language": {"language", "lang", "idioma"}, "author": {"author", "autor"}, "type": {"type", "tipo"}, "date": {"date", "published", "published_on", "fecha"}}
}

// ReadTable reads comma- or semicolon-separated values with one header row: url, and any of title, text,
// summary, language, author, type, date. Each row is handed on, the wrong ones with the reason.
func ReadTable(r io.Reader, each func(Row) error) error {
	b, err := io.ReadAll(io.LimitReader(r, 256<<20+1))
	if err != nil {
		return fmt.Errorf("read table: %w", err)
	}
	if len(b) > 256<<20 {
		return refused("a table of more than 256 MiB; cut it")
	}
	b = bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))
	in := csv.NewReader(bytes.NewReader(b))
	in.FieldsPerRecord = -1
	if first, _, _ := bytes.Cut(b, []byte("\n")); bytes.Count(first, []byte(";")) > bytes.Count(first, []byte(",")) {
		in.Comma = ';'
	}
	head, err := in.Read()
	if err != nil {
		return refused("no table: %v", err)
	}
	at := map[string]int{}
	for i, h := range head {
		for name, known := range columns() {
			if slices.Contains(known, strings.ToLower(strings.TrimSpace(h))) {
				at[name] = i
			}
		}
	}
	if _, ok := at["url"]; !ok {
		return refused("the first row names no column url; it names: %.200s", strings.Join(head, ", "))
	}
	for {
		cells, err := in.Read()
		if err == io.EOF {
			return nil
		}
		row := Row{}
		row.Line, _ = in.FieldPos(0)
		if wrong := (*csv.ParseError)(nil); errors.As(err, &wrong) {
			row.Line, row.Err = wrong.StartLine, refused("%v", wrong.Err)
		} else if err != nil {
			return fmt.Errorf("read table: %w", err)
		} else {
			row.Found, row.Err = foundIn(cells, at)
		}
		if err := each(row); err != nil {
			return err
		}
	}
}

func foundIn(cells []string, at map[string]int) (Found, error) {
	cell := func(name string) string {
		if i, ok := at[name]; ok && i < len(cells) {
			return strings.TrimSpace(cells[i])
		}
		return ""
	}
	f := Found{Title: plain(cell("title"), 1000, false), Text: plain(cell("text"), 1_000_000, true), Summary: plain(cell("summary"), 500, true), Language: language(cell("language")),
		Author: plain(cell("author"), 300, false), Type: plain(cell("type"), 100, false)}
	var err error
	if f.URL, err = Address(cell("url")); err != nil {
		return f, err
	}
	if d := cell("date"); d != "" {
		f.Published = cases.Date(d)
		if _, _, err := f.Published.Time(); err != nil {
			return f, refused("the date %.40q; write 2019, 2019-03 or 2019-03-31", d)
		}
	}
	return f, nil
}

func refused(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrRefused, fmt.Sprintf(format, args...))
}
