package web

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"veedor/internal/weigh/desk"
	"veedor/internal/weigh/search"
)

// Search finds what is on the desk and among captures, dossiers and incidents. search.ErrInUse says that another
// process has the index.
type Search interface {
	Find(ctx context.Context, q search.Request) (*search.Answer, error)
}

// searchPage finds things by words.
type searchPage struct {
	base
	Query    string
	Asked    bool
	Latest   bool
	Trouble  string // a key of the words: why nothing can be found
	Total    int64
	Hits     []searchHit
	Facets   []facet
	Narrowed bool // by one of them
	Prev     string
	Next     string
	Order    string // address of the other order
	Atom     string
	JSON     string
	Names    string // address of the same words among names

	Direct *askedFor // what the words were understood as, and what is known of it; on the first page
	Sought string    // what was looked for in the index, where that is less than the words
}

// searchHit is one thing that was found.
type searchHit struct {
	Href, Kind string
	Lang       string
	Title      []search.Piece
	Text       []search.Piece
	Status     string
	Date       string
	Invented   bool
}

const (
	hitsOnPage  = 20
	maxHitText  = 260 // code points
	maxHitTitle = 200
	valuesShown = 6
	maxAskedFor = 500 // code points of a query that a page repeats
)

// audience is as whom somebody searches.
func (r *request) audience() search.Audience {
	if role := r.deskViewer().Role; role == desk.Reader || role == "" {
		return search.Readers
	}
	return search.Desk
}

func (s *site) search(r *request) error {
	q := r.URL.Query()
	p := searchPage{base: r.base(r.words().get("search.title")), Query: strings.TrimSpace(shorten(q.Get("q"), maxAskedFor)), Latest: q.Get("order") == "new"}
	p.Asked = p.Query != ""
	page := min(pageNumber(q.Get("page")), 500)
	if !p.Asked {
		return r.render(http.StatusOK, "search", p)
	}
	u, err := r.understand(p.Query)
	if err != nil {
		return err
	}
	if page == 1 {
		if p.Direct, err = r.askedFor(u); err != nil {
			return err
		}
		p.Invented = p.Direct.Invented
	}
	if s.Search == nil {
		p.Trouble = "search.none"
		return r.render(http.StatusOK, "search", p)
	}
	a, sought, err := s.seek(r, u, search.Request{Text: p.Query, Audience: r.audience(), Latest: p.Latest, Offset: (page - 1) * hitsOnPage, Limit: hitsOnPage, Counts: valuesShown})
	if sought != p.Query {
		p.Sought = sought
	}
	status := http.StatusOK
	switch {
	case errors.Is(err, search.ErrQuery):
		p.Trouble, status = "search.cannot", http.StatusBadRequest
	case errors.Is(err, search.ErrInUse):
		p.Trouble, status = "search.inuse", p.unavailable()
	case errors.Is(err, errNotReady):
		p.Trouble, status = "search.notready", p.unavailable()
	case err != nil:
		return err
	}
	if p.Trouble != "" {
		return r.render(status, "search", p)
	}
	d := r.reader()
	p.Total = int64(min(a.Total, 1<<62))
	for _, h := range a.Hits {
		row, err := r.searchHit(d, h)
		if err != nil {
			return err
		}
		p.Hits = append(p.Hits, row)
		if row.Invented && p.Invented == none {
			p.Invented = fictions
		}
	}
	if p.Facets, err = r.searchFacets(d, p.Query, a.Counts); err != nil {
		return err
	}
	p.Narrowed = slices.ContainsFunc(p.Facets, func(f facet) bool { return slices.ContainsFunc(f.Rows, func(v facetRow) bool { return v.Here }) })
	p.links(r, page)
	return r.render(http.StatusOK, "search", p)
}

// unavailable is the status of a page that cannot search: it may have an answer all the same.
func (p *searchPage) unavailable() int {
	if p.Direct != nil && p.Direct.any() {
		return http.StatusOK
	}
	return http.StatusServiceUnavailable
}

// links fills in where the page leads.
func (p *searchPage) links(r *request, page int) {
	order := ""
	if p.Latest {
		order = "new"
	}
	if page > 1 {
		p.Prev = searchHref(r.lang, "/search", p.Query, order, page-1)
	}
	if int64(page)*hitsOnPage < p.Total && page < 500 {
		p.Next = searchHref(r.lang, "/search", p.Query, order, page+1)
	}
	other := "new"
	if p.Latest {
		other = ""
	}
	p.Order = searchHref(r.lang, "/search", p.Query, other, 1)
	p.Atom, p.JSON = searchHref(r.lang, "/search.atom", p.Query, "", 1), searchHref(r.lang, "/search.json", p.Query, "", 1)
	if r.s.Registry != nil {
		p.Names = prefix(r.lang) + "/entities?" + asQuery("q", shorten(p.Query, maxQuery))
	}
}

func searchHref(lang, path, query, order string, page int) string {
	q := url.Values{"q": {query}}
	if order != "" {
		q.Set("order", order)
	}
	if page > 1 {
		q.Set("page", strconv.Itoa(page))
	}
	return prefix(lang) + path + "?" + q.Encode()
}

func (r *request) searchHit(d *reader, h search.Hit) (searchHit, error) {
	row := searchHit{Href: prefix(r.lang) + h.Link, Lang: languageTag(h.Lang), Title: piecesOf(h.Title, maxHitTitle), Text: piecesOf(h.Text, maxHitText)}
	if row.Lang == r.lang {
		row.Lang = ""
	}
	kind, id, _ := strings.Cut(h.ID, "/")
	row.Kind = "search.kind." + kind
	if status := h.Facets["status"]; len(status) > 0 {
		row.Status = status[0]
	}
	if h.Date != "" {
		row.Date = r.dated(h.Date)
	}
	if slices.Contains(pagedKinds(), desk.Kind(kind)) {
		rec, err := d.get(desk.Kind(kind), id)
		if err != nil || rec == nil {
			return row, err
		}
		// What readers are told is in their language where there are such words.
		n, err := d.named(r, rec, maxHitTitle)
		if err != nil {
			return row, err
		}
		row.Invented = n.Invented
		if n.Lang == "" && row.Lang != "" {
			row.Title, row.Lang = []search.Piece{{Text: n.Text}}, ""
		}
	}
	return row, nil
}

// piecesOf makes pieces fit for a page: cleaned, and cut to n code points.
func piecesOf(list []search.Piece, n int) (out []search.Piece) {
	for _, p := range list {
		if n <= 0 {
			break
		}
		text := shorten(p.Text, n)
		n -= len([]rune(text))
		out = append(out, search.Piece{Text: text, Found: p.Found})
	}
	return out
}

// searchFacets names how what was found can be narrowed.
func (r *request) searchFacets(d *reader, query string, counts map[string][]search.Count) ([]facet, error) {
	var out []facet
	for _, name := range search.Facets() {
		f := facet{Key: "search." + name}
		for _, c := range firstOf(counts[name], valuesShown) {
			term := name + ":" + c.Value
			if strings.ContainsAny(c.Value, " \t\"“”«»「」") {
				term = name + `:"` + strings.ReplaceAll(c.Value, `"`, " ") + `"`
			}
			label, err := r.facetLabel(d, name, c.Value)
			if err != nil {
				return nil, err
			}
			row := facetRow{Label: label, N: int64(c.N), Href: searchHref(r.lang, "/search", query+" "+term, "", 1)}
			if rest, ok := without(query, term); ok {
				row.Here, row.Href = true, searchHref(r.lang, "/search", rest, "", 1)
			}
			f.Rows = append(f.Rows, row)
		}
		if len(f.Rows) > 1 || len(f.Rows) == 1 && f.Rows[0].Here {
			out = append(out, f)
		}
	}
	return out, nil
}

// without takes a term out of a query, if it is there.
func without(query, term string) (string, bool) {
	before, after, ok := strings.Cut(" "+query+" ", " "+term+" ")
	return strings.TrimSpace(before + " " + after), ok
}

// facetLabel says what a facet's value is called.
func (r *request) facetLabel(d *reader, name, value string) (string, error) {
	w := r.words()
	if text, ok := w["search.kind."+value]; ok && name == "kind" {
		return text, nil
	}
	if text, ok := w["claim."+value]; ok && name == "status" {
		return text, nil
	}
	kinds := map[string]desk.Kind{"case": desk.Case, "theme": desk.Theme, "frame": desk.Frame, "source": desk.Source, "place": desk.Location}
	switch {
	case name == "type":
		return r.typeName(value, 60), nil
	case name == "lang":
		return cmp.Or(languageName(r.lang, value), shorten(value, 20)), nil
	case kinds[name] != "":
		n, err := d.naming(r, kinds[name], value, 60)
		if err != nil {
			return "", err
		}
		if n != nil {
			return n.Text, nil
		}
		if name == "place" && len(value) == 2 {
			return r.s.Facts().CountryName(value, r.lang), nil
		}
	}
	return shorten(value, 60), nil
}

// searchEvents is what the feed of a search holds: what came here last first.
func (r *request) searchEvents() ([]feedEvent, error) {
	text := strings.TrimSpace(shorten(r.URL.Query().Get("q"), maxAskedFor))
	if r.s.Search == nil || text == "" {
		return nil, &problem{http.StatusBadRequest, "error.filter", "q"}
	}
	a, err := r.s.Search.Find(r.Context(), search.Request{Text: text, Audience: r.audience(), Latest: true, Limit: maxFeed})
	switch {
	case errors.Is(err, search.ErrQuery):
		return nil, &problem{http.StatusBadRequest, "search.cannot", ""}
	case errors.Is(err, search.ErrInUse), errors.Is(err, errNotReady):
		return nil, &problem{http.StatusServiceUnavailable, "search.inuse", ""}
	case err != nil:
		return nil, err
	}
	var out []feedEvent
	for _, h := range a.Hits {
		kind, _, _ := strings.Cut(h.ID, "/")
		e := feedEvent{ID: "tag:veedor,2026:" + url.PathEscape(h.ID) + "/" + h.Since.UTC().Format(time.RFC3339), At: h.Since, Href: prefix(r.lang) + h.Link,
			Title: r.words().get("search.kind."+kind) + ": " + isolate(plain(piecesOf(h.Title, maxHitTitle))), Summary: plain(piecesOf(h.Text, 500)),
			Event: map[string]any{"kind": kind, "language": h.Lang, "date": h.Date}}
		out = append(out, e)
	}
	return out, nil
}

func plain(list []search.Piece) string {
	var b strings.Builder
	for _, p := range list {
		b.WriteString(p.Text)
	}
	return b.String()
}

func (s *site) searchAtom(r *request) error {
	list, err := r.searchEvents()
	if err != nil {
		return err
	}
	return r.sendAtom("search.feed", "/search?"+asQuery("q", shorten(r.URL.Query().Get("q"), maxAskedFor)), atomOf(list))
}

func (s *site) searchJSON(r *request) error {
	list, err := r.searchEvents()
	if err != nil {
		return err
	}
	return r.sendJSONFeed("search.feed", feedItems(list))
}
