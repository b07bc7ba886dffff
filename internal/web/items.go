package web

import (
	"cmp"
	"net/http"
	"strconv"

	"veedor/internal/weigh/desk"
)

// itemsPage lists published things, those that changed last first.
type itemsPage struct {
	base
	Narrowed []narrowed // what the list was narrowed by
	Any      bool
	Language string
	Rows     []itemRow
	Newer    string
	Older    string
}

// narrowed is one thing that a list was narrowed by.
type narrowed struct {
	Label string // a key of the words
	named
	Without string // address of the list without it
}

// itemRow is one item in a list.
type itemRow struct {
	named
	Source     string
	SourceHref string
	Kind       string
	Date       string // in words
	Language   string // tag
}

const itemsOnPage = 36

func (s *site) items(r *request) error {
	p := itemsPage{base: r.base(r.words().get("items.title"))}
	d := r.reader()
	q := r.URL.Query()
	var where []string
	for _, f := range []struct {
		name, field string
		kind        desk.Kind
	}{{"case", "case", desk.Case}, {"source", "source", desk.Source}, {"theme", "themes", desk.Theme}} {
		if asked := q.Get(f.name); asked != "" {
			n, err := d.naming(r, f.kind, asked, 80)
			if err != nil {
				return err
			}
			if n == nil {
				return &problem{http.StatusBadRequest, "error.filter", f.name}
			}
			where = append(where, f.field, asked)
			p.Narrowed = append(p.Narrowed, narrowed{"items.by." + f.name, *n, r.with(map[string]string{f.name: "", "page": ""}, "")})
		}
	}
	p.Language = shorten(q.Get("lang"), 20)
	p.Any = len(where) > 0 || p.Language != ""
	page := pageNumber(q.Get("page"))
	if page > 250 {
		page = 250
	}
	list, err := d.newestItems(where, p.Language, page*itemsOnPage+1)
	if err != nil {
		return err
	}
	from := min((page-1)*itemsOnPage, len(list))
	to := min(from+itemsOnPage, len(list))
	if page > 1 {
		p.Newer = r.with(map[string]string{"page": pageParameter(page - 1)}, "")
	}
	if to < len(list) && page < 250 {
		p.Older = r.with(map[string]string{"page": strconv.Itoa(page + 1)}, "")
	}
	space := &room{20_000}
	for i := from; i < to; i++ {
		row, err := d.itemRow(r, &list[i])
		if err != nil {
			return err
		}
		if !space.take(330 + weight(row.Text, row.Href, row.Source)) {
			row.Text = shorten(row.Text, 40)
		}
		p.Rows = append(p.Rows, row)
		p.of(row.named)
	}
	return r.render(http.StatusOK, "items", p)
}

// newestItems returns at most n items, latest changed first; the desk cannot be asked for a language.
func (d *reader) newestItems(where []string, lang string, n int) ([]desk.Record, error) {
	if lang == "" {
		return d.newest(desk.Item, n, where...)
	}
	list, err := d.newest(desk.Item, 10_000, where...)
	out := list[:0]
	for i := range list {
		if languageTag(list[i].Str("language")) == lang && len(out) < n {
			out = append(out, list[i])
		}
	}
	return out, err
}

func (d *reader) itemRow(r *request, it *desk.Record) (itemRow, error) {
	tag := languageTag(it.Str("language"))
	row := itemRow{Kind: r.typeName(it.Str("type"), 40), Language: cmp.Or(languageName(r.lang, tag), tag)}
	if date := it.Str("published_on"); date != "" {
		row.Date = r.dated(date)
	}
	var err error
	if row.named, err = d.named(r, it, 140); err != nil {
		return row, err
	}
	src, err := d.naming(r, desk.Source, it.Str("source"), 60)
	if src != nil {
		row.Source, row.SourceHref = src.Text, src.Href
	}
	return row, err
}
