package web

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"veedor/internal/weigh/desk"
)

// sourcesPage lists media.
type sourcesPage struct {
	base
	Rows  []mediumRow
	Newer string
	Older string
}

// mediumRow is one medium in a list.
type mediumRow struct {
	named
	Kind      string
	Languages []string
	Owner     string
	Items     int64
}

// sourcePage is one medium: what it is, whose it is, what of it was looked at.
type sourcePage struct {
	base
	ID, Href    string
	Name        string
	Draft       bool
	Facts       []plainFact
	Places      []string
	Description string
	StateLink   string
	Items       []itemRow
	Total       int64
	Newer       string
	Older       string
}

const sourcesOnPage = 40

func (s *site) sources(r *request) error {
	p := sourcesPage{base: r.base(r.words().get("sources.title"))}
	d := r.reader()
	list, err := d.list(desk.Source)
	if err != nil {
		return err
	}
	slices.SortStableFunc(list, func(a, b desk.Record) int { return cmp.Compare(folded(a.Str("name")), folded(b.Str("name"))) })
	list, p.Newer, p.Older = paged(r, list, sourcesOnPage)
	for i := range list {
		row := mediumRow{Kind: r.typeName(list[i].Str("type"), 40), Owner: prose(&list[i], "owner", 80)}
		if row.named, err = d.named(r, &list[i], 80); err != nil {
			return err
		}
		for _, l := range firstOf(list[i].Strings("languages"), 4) {
			row.Languages = append(row.Languages, cmp.Or(languageName(r.lang, l), shorten(l, 20)))
		}
		items, err := d.list(desk.Item, "source", list[i].ID)
		if err != nil {
			return err
		}
		row.Items = int64(len(items))
		if row.Invented, err = d.allInvented(items); err != nil {
			return err
		}
		p.Rows = append(p.Rows, row)
		p.of(row.named)
	}
	return r.render(http.StatusOK, "sources", p)
}

// allInvented says whether there are items and all are of invented cases.
func (d *reader) allInvented(items []desk.Record) (bool, error) {
	for i := range items {
		if ok, err := d.invented(&items[i]); err != nil || !ok {
			return false, err
		}
	}
	return len(items) > 0, nil
}

func (s *site) source(r *request) error {
	d := r.reader()
	src, err := r.recordAsked(d, desk.Source)
	if err != nil {
		return err
	}
	p := sourcePage{ID: src.ID, Href: deskHref(r.lang, desk.Source, src.ID), Name: prose(src, "name", 160), Draft: !src.Bool("published"), Description: lines(src.Str("description"), 1200), StateLink: lines(src.Str("state_link"), 800)}
	p.base = r.base(isolate(shorten(p.Name, 80)))
	add := func(label, text string) {
		if text != "" {
			p.Facts = append(p.Facts, plainFact{label, text, ""})
		}
	}
	add("item.type", r.typeName(src.Str("type"), 60))
	add("source.owner", prose(src, "owner", 160))
	var spoken []string
	for _, l := range firstOf(src.Strings("languages"), 6) {
		spoken = append(spoken, cmp.Or(languageName(r.lang, l), shorten(l, 20)))
	}
	add("source.languages", strings.Join(spoken, r.words()["join.comma"]))
	add("source.homepage", prose(src, "homepage", 240))
	if p.Places, err = d.titles(r.lang, desk.Location, src.Strings("locations"), 8); err != nil {
		return err
	}
	items, err := d.list(desk.Item, "source", src.ID)
	if err != nil {
		return err
	}
	invented, err := d.allInvented(items)
	if err != nil {
		return err
	}
	if invented {
		p.Invented, d.plain = fiction, true
	}
	byDate(items, "published_on")
	slices.Reverse(items)
	p.Total = int64(len(items))
	items, p.Newer, p.Older = paged(r, items, itemsOnPage)
	for i := range items {
		row, err := d.itemRow(r, &items[i])
		if err != nil {
			return err
		}
		row.Source, row.SourceHref = "", ""
		p.Items = append(p.Items, row)
	}
	return r.render(http.StatusOK, "source", p)
}
