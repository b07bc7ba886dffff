package web

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"veedor/internal/weigh/accounts"
	"veedor/internal/weigh/cases"
	"veedor/internal/weigh/desk"
)

// Desk is what people wrote, as a viewer may see it. What is not there is desk.ErrNotFound.
type Desk interface {
	Records
	Get(ctx context.Context, v desk.Viewer, k desk.Kind, id string) (*desk.Record, error)
	ClaimView(ctx context.Context, v desk.Viewer, id string) (*desk.ClaimView, error)
	Standing(ctx context.Context, v desk.Viewer, id string) (desk.Standing, error)
	StandingOf(ctx context.Context, v desk.Viewer, evidence []string) (desk.Standing, error)
	StatusChanges(ctx context.Context, v desk.Viewer, since time.Time, limit int) ([]desk.StatusChange, error)
	Agreement(ctx context.Context, v desk.Viewer, rubric string) (desk.Agreement, error)
	Events(ctx context.Context, v desk.Viewer, after int64, limit int) ([]desk.Event, error)
	History(ctx context.Context, v desk.Viewer, k desk.Kind, id string) ([]desk.Event, error)
}

// deskViewer is who asks, for the desk.
func (r *request) deskViewer() desk.Viewer {
	v := r.viewer()
	if !v.Can(accounts.Read) {
		return desk.Public()
	}
	return desk.Viewer{Name: v.ID, Role: desk.Role(v.Role)}
}

// reader reads the desk for one page: what a viewer may see of it, without what is private, whoever they are. People
// who work at the desk see here what is not published yet, and nothing that could not be.
type reader struct {
	from  Desk
	ctx   context.Context
	who   desk.Viewer
	known map[string]*desk.Record
	plain bool // the page says already that all it shows is invented
}

// reader returns nil where there is no desk.
func (r *request) reader() *reader {
	if r.s.Desk == nil {
		return nil
	}
	return &reader{from: r.s.Desk, ctx: r.Context(), who: r.deskViewer(), known: map[string]*desk.Record{}}
}

// shared leaves of a record what readers may know.
func shared(rec *desk.Record) {
	for _, name := range rec.Private {
		delete(rec.Fields, name)
	}
	rec.Private, rec.CreatedBy, rec.UpdatedBy = nil, "", ""
}

// get returns a record; nil where there is none to be seen.
func (d *reader) get(k desk.Kind, id string) (*desk.Record, error) {
	if d == nil || id == "" || len(id) > maxDeskID {
		return nil, nil
	}
	key := string(k) + "/" + id
	if rec, ok := d.known[key]; ok {
		return rec, nil
	}
	rec, err := d.from.Get(d.ctx, d.who, k, id)
	switch {
	case errors.Is(err, desk.ErrNotFound):
		rec = nil
	case err != nil:
		return nil, err
	case rec.Removed:
		rec = nil
	default:
		shared(rec)
	}
	d.known[key] = rec
	return rec, nil
}

// maxDeskID is the longest id a record has.
const maxDeskID = 160

// list returns records of a kind, in their order; where is pairs of field and value.
func (d *reader) list(k desk.Kind, where ...string) ([]desk.Record, error) {
	return d.newest(k, 0, where...)
}

// newest returns at most n records, latest changed first; with 0 all, in their order.
func (d *reader) newest(k desk.Kind, n int, where ...string) ([]desk.Record, error) {
	if d == nil {
		return nil, nil
	}
	q := desk.Query{Kind: k, Limit: n, Newest: n > 0, Where: map[string]string{}}
	for i := 0; i+1 < len(where); i += 2 {
		if where[i+1] != "" {
			q.Where[where[i]] = where[i+1]
		}
	}
	list, err := d.from.List(d.ctx, d.who, q)
	for i := range list {
		shared(&list[i])
	}
	if n == 0 {
		slices.SortStableFunc(list, func(a, b desk.Record) int { return cmp.Compare(orderOf(&a), orderOf(&b)) })
	}
	return list, err
}

// orderOf is a record's place in the text it came from; what has none comes last.
func orderOf(rec *desk.Record) int {
	if n, ok := rec.Int("order"); ok {
		return n
	}
	return 1 << 30
}

// claim returns a claim with all that bears on it; nil where there is none to be seen.
func (d *reader) claim(id string) (*desk.ClaimView, error) {
	if rec, err := d.get(desk.Claim, id); rec == nil {
		return nil, err
	}
	v, err := d.from.ClaimView(d.ctx, d.who, id)
	if errors.Is(err, desk.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	shared(&v.Record)
	for _, list := range [][]desk.Record{v.Utterances, v.Evidence, v.Relations} {
		for i := range list {
			shared(&list[i])
		}
	}
	for i := range v.History {
		v.History[i].By, v.History[i].Why = "", "" // why somebody wrote something is for those who work at the desk
	}
	return v, nil
}

// changes returns how claims came to stand otherwise, latest first.
func (d *reader) changes(n int) ([]desk.StatusChange, error) {
	if d == nil {
		return nil, nil
	}
	list, err := d.from.StatusChanges(d.ctx, d.who, time.Time{}, n)
	for i := range list {
		list[i].By, list[i].Why = "", ""
	}
	return list, err
}

// invented says whether a record is of a case that is invented, or is one.
func (d *reader) invented(rec *desk.Record) (bool, error) {
	if rec.Kind == desk.Case {
		return rec.Bool("invented"), nil
	}
	k, err := d.get(desk.Case, rec.Str("case"))
	return k != nil && k.Bool("invented"), err
}

// named is a record as it is linked to.
type named struct {
	Text, Lang string // Lang where that is not the page's
	Href       string // "" where it has no page
	Status     string // of a claim
	Draft      bool   // not published: only who works at the desk sees it
	Invented   bool
}

// named says what a record is called, in at most n code points.
func (d *reader) named(r *request, rec *desk.Record, n int) (named, error) {
	out := named{Href: deskHref(r.lang, rec.Kind, rec.ID), Status: rec.Str("status"), Draft: desk.Belongs(rec.Kind) == "" && !rec.Bool("published")}
	switch rec.Kind {
	case desk.Claim, desk.Frame:
		out.Text, out.Lang = inWords(rec.Words("text"), r.lang, n)
	case desk.Case:
		out.Text, out.Lang = inWords(rec.Words("title"), r.lang, n)
	case desk.Item:
		out.Text, out.Lang = shorten(rec.Str("title"), n), languageTag(rec.Str("language"))
		if out.Text == "" {
			out.Text, out.Lang = shorten(cmp.Or(rec.Str("title_translated"), rec.Str("url")), n), ""
		}
	case desk.Theme:
		out.Text = shorten(cmp.Or(rec.Words("titles")[r.lang], rec.Str("title")), n)
	default:
		out.Text = shorten(cmp.Or(rec.Str("name"), rec.Str("title")), n)
	}
	if strings.TrimSpace(out.Text) == "" {
		out.Text, out.Lang = shorten(rec.ID, n), ""
	}
	if out.Lang == r.lang {
		out.Lang = ""
	}
	if d.plain {
		return out, nil
	}
	var err error
	out.Invented, err = d.invented(rec)
	return out, err
}

// naming is named for a record by its id; nil where there is none to be seen.
func (d *reader) naming(r *request, k desk.Kind, id string, n int) (*named, error) {
	rec, err := d.get(k, id)
	if rec == nil {
		return nil, err
	}
	out, err := d.named(r, rec, n)
	return &out, err
}

// namings names what a field refers to, at most most of it.
func (d *reader) namings(r *request, k desk.Kind, ids []string, most int) (out []named, err error) {
	for _, id := range firstOf(ids, most) {
		one, err := d.naming(r, k, id, 160)
		if err != nil {
			return nil, err
		}
		if one != nil {
			out = append(out, *one)
		}
	}
	return out, nil
}

// deskHref is the address of a record's page; "" for kinds that have none.
func deskHref(lang string, k desk.Kind, id string) string {
	switch k {
	case desk.Claim, desk.Case, desk.Item, desk.Source, desk.Frame:
		return prefix(lang) + "/" + string(k) + "/" + url.PathEscape(id)
	}
	return ""
}

// asked returns the record whose page was asked for.
func (r *request) recordAsked(d *reader, k desk.Kind) (*desk.Record, error) {
	id := r.PathValue("id")
	rec, err := d.get(k, id)
	if rec == nil && err == nil {
		return nil, &problem{http.StatusNotFound, "error." + string(k), id}
	}
	return rec, err
}

// of marks a page that lists records of an invented case.
func (b *base) of(list ...named) {
	for _, n := range list {
		if n.Invented && b.Invented == none {
			b.Invented = fictions
		}
	}
}

// said is words of a record in the page's language, or else in one they are in.
func (r *request) said(t cases.Text, n int) foreign {
	text, lang := inWords(t, r.lang, n)
	return foreign{text, languageTag(lang)}
}

// prose is text that is in the language of the one who wrote it.
func prose(rec *desk.Record, field string, n int) string { return shorten(rec.Str(field), n) }
