package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"veedor/internal/follow/ftm"
	"veedor/internal/follow/registry"
	"veedor/internal/web/chart"
)

// Links is how entities hang together. What is not there is registry.ErrNotFound.
type Links interface {
	Near(ctx context.Context, id string, a registry.Around) (*registry.Neighbourhood, error)
	Ways(ctx context.Context, from, to string, most int) (*registry.Ways, error)
}

// Bounds on what a picture of links shows.
const (
	maxNear   = 22       // links of an entity
	maxBeyond = 14       // links of its neighbours
	maxPage   = 52 << 10 // bytes with the style sheet, before compression
)

// graphPage is what stands around an entity.
type graphPage struct {
	base
	Name, Href, ID   string
	Picture          *figure
	First, Second    []edgeRow
	Kinds            []kindRow
	Kind, AllHref    string // that was asked for; the page of all kinds
	Shown, Total     int64
	Counted          bool
	Beyond           int64
	Hubs             []entityLink
	SomeGone, Denied bool
}

// kindRow is how many links are of a kind.
type kindRow struct {
	Name string
	N    int64
	Href string
	Here bool
}

// entityLink is an entity in a text; Href is "" for one that is named and not described.
type entityLink struct{ Name, Href string }

// edgeRow is a link as a sentence, with who says so.
type edgeRow struct {
	From, To entityLink
	Words    string
	When     string // as sources date it
	Gone     bool
	Against  []entityLink
	Said     []edgeSaid
	More     int64 // statements beyond
}

// linkTable is links with what they have in common.
type linkTable struct {
	Caption string
	Rows    []edgeRow
}

// edgeSaid is one statement: who says it, where it can be opened, and since when.
type edgeSaid struct {
	Source, Dataset, Href string
	Place, Since          string
	Gone                  bool
}

func (s *site) graph(r *request) error {
	n, pick, err := s.near(r)
	if err != nil {
		return err
	}
	return r.fitting("graph", min(len(n.First), maxNear)+len(n.Second), func(most int) any {
		p, c := r.graphOf(n, pick, most)
		query := ""
		if pick != "" {
			query = url.Values{"kind": {pick}}.Encode()
		}
		p.Picture = r.figure(c, prefix(r.lang)+"/entity/"+url.PathEscape(n.Centre.ID)+"/graph", query, 0)
		return p
	})
}

// graphChart makes the picture alone, of all that a page may show.
func (s *site) graphChart(r *request) (*chart.Chart, error) {
	n, pick, err := s.near(r)
	if err != nil {
		return nil, err
	}
	_, c := r.graphOf(n, pick, len(n.First)+len(n.Second))
	return c, nil
}

// near asks for the surroundings of the entity that the path names.
func (s *site) near(r *request) (*registry.Neighbourhood, string, error) {
	id, kind := r.PathValue("id"), r.URL.Query().Get("kind")
	missing := &problem{http.StatusNotFound, "error.entity", id}
	if s.Registry == nil || len(id) > maxEntityID {
		return nil, "", missing
	}
	if kind != "" && ftm.Default().Schema(kind) == nil {
		return nil, "", &problem{http.StatusNotFound, "error.page", r.URL.Path}
	}
	n, err := s.Registry.Near(r.Context(), id, registry.Around{First: maxNear, Second: maxBeyond, Kind: kind})
	if errors.Is(err, registry.ErrNotFound) {
		return nil, "", missing
	}
	return n, kind, err
}

// graphOf makes the page of up to most links, and their picture.
func (r *request) graphOf(n *registry.Neighbourhood, kind string, most int) (graphPage, *chart.Chart) {
	w, name := r.words(), caption(n.Centre)
	p := graphPage{base: r.base(w.get("graph.title", isolate(shorten(name, 80)))), Name: name, Href: nodeHref(r.lang, n.Centre), ID: n.Centre.ID, Kind: kind, AllHref: r.with(map[string]string{"kind": ""}, ""), Total: int64(n.Total), Counted: n.Counted}
	first := slices.Clone(n.First[:min(len(n.First), max(most-len(n.Second), (most*3+3)/4))])
	slices.SortStableFunc(first, func(a, b registry.Link) int { return kindOf(n, &a) - kindOf(n, &b) })
	in := map[string]int{n.Centre.ID: 0}
	for i := range first {
		in[first[i].Other(n.Centre.ID).ID] = 1
	}
	in[n.Centre.ID] = 0
	var second []registry.Link
	for _, l := range n.Second {
		_, a := in[l.From.ID]
		_, b := in[l.To.ID]
		if (a || b) && len(first)+len(second) < most {
			second = append(second, l)
		}
	}
	p.Shown, p.Beyond = int64(len(first)), int64(n.Beyond+len(n.Second)-len(second))
	for _, k := range n.Kinds {
		p.Kinds = append(p.Kinds, kindRow{r.schemaName(k.Kind), int64(k.N), r.with(map[string]string{"kind": k.Kind}, ""), k.Kind == kind})
		if k.Kind == kind {
			p.Total = int64(k.N)
		}
	}
	for _, h := range n.Hubs {
		p.Hubs = append(p.Hubs, r.entityLink(h))
	}
	p.First, p.Second = r.edgeRows(first), r.edgeRows(second)
	for _, row := range slices.Concat(p.First, p.Second) {
		p.SomeGone, p.Denied = p.SomeGone || row.Gone, p.Denied || len(row.Against) > 0
	}
	var picture *chart.Chart
	if len(first) > 0 {
		picture = r.draw(w.get("graph.picture", name), slices.Concat(first, second), func(id string) int {
			if layer, ok := in[id]; ok {
				return layer
			}
			return 2
		}, n.Centre)
	}
	return p, picture
}

// kindOf returns where the kind of a link stands among all.
func kindOf(n *registry.Neighbourhood, l *registry.Link) int {
	schema, _, _ := strings.Cut(l.Kind, ":")
	return slices.IndexFunc(n.Kinds, func(k registry.KindCount) bool { return k.Kind == schema })
}

// draw makes a picture of links. layer tells in which layer an entity stands; some are there before any link names them.
func (r *request) draw(title string, links []registry.Link, layer func(id string) int, before ...registry.Node) *chart.Chart {
	var knots []chart.Knot
	at := map[string]int{}
	knotOf := func(n registry.Node) int {
		i, ok := at[n.ID]
		if !ok {
			i = len(knots)
			at[n.ID] = i
			knots = append(knots, chart.Knot{Name: caption(n), Note: r.schemaName(n.Schema), Href: nodeHref(r.lang, n), Layer: layer(n.ID)})
		}
		return i
	}
	for _, n := range before {
		knotOf(n)
	}
	var strands []chart.Strand
	for i := range links {
		l := &links[i]
		words, back := r.linkWords(l)
		if l.From.Schema == "Sanction" && len(l.Said) > 0 {
			knots[knotOf(l.From)].Note = r.schemaName(l.From.Schema) + " · " + l.Said[0].Source
		}
		s := chart.Strand{A: knotOf(l.From), B: knotOf(l.To), Words: words, Back: back, Gone: !l.Current, Denied: len(l.Against) > 0}
		for _, mark := range []struct {
			on   bool
			sign string
		}{{s.Denied, "≠ "}, {s.Gone, "∅ "}} {
			if mark.on {
				s.Words, s.Back = mark.sign+s.Words, mark.sign+s.Back
			}
		}
		strands = append(strands, s)
	}
	c := r.chart("links", title, r.words().get("graph.desc", number(r.lang, int64(len(knots))), number(r.lang, int64(len(strands)))), none, "chart.source.registry")
	c.Kind = &chart.Graph{Knots: knots, Strands: strands}
	return c
}

func (r *request) edgeRows(links []registry.Link) []edgeRow {
	var out []edgeRow
	for i := range links {
		out = append(out, r.edgeRow(&links[i]))
	}
	return out
}

// maxSaid bounds how many statements are named of one link.
const maxSaid = 3

func (r *request) edgeRow(l *registry.Link) edgeRow {
	words, _ := r.linkWords(l)
	row := edgeRow{From: r.entityLink(l.From), To: r.entityLink(l.To), Words: words, When: r.extent(l.Start, l.End), Gone: !l.Current}
	for _, n := range l.Against {
		row.Against = append(row.Against, r.entityLink(n))
	}
	for _, s := range l.Said {
		one := r.edgeSaid(&s)
		if slices.ContainsFunc(row.Said, func(o edgeSaid) bool {
			return o.Source == one.Source && o.Dataset == one.Dataset && o.Place == one.Place && o.Since == one.Since
		}) {
			continue // both ends of a link stand in one row
		}
		if len(row.Said) == maxSaid {
			row.More++
			continue
		}
		row.Said = append(row.Said, one)
	}
	return row
}

func (r *request) edgeSaid(s *registry.Said) edgeSaid {
	w := r.words()
	out := edgeSaid{Source: s.Source, Dataset: s.Dataset, Place: r.place(s.At), Gone: !s.Current,
		Href: r.saidHref(s)}
	first, last := r.dated(s.First.Date()), r.dated(s.Last.Date())
	switch {
	case s.Current:
		out.Since = w.get("graph.since", first)
	case first == last:
		out.Since = w.get("graph.once", first)
	default:
		out.Since = w.get("graph.until", first, last)
	}
	return out
}

// extent words from when to when something was so, as precisely as is known.
func (r *request) extent(start, end string) string {
	w := r.words()
	switch {
	case start == "" && end == "":
		return ""
	case end == "":
		return w.get("graph.from", r.dated(start))
	case start == "":
		return w.get("graph.to", r.dated(end))
	case start == end:
		return r.dated(start)
	}
	return w.get("graph.span", r.dated(start), r.dated(end))
}

func caption(n registry.Node) string {
	if name := strings.TrimSpace(n.Caption); name != "" {
		return shorten(name, 200)
	}
	return shorten(n.ID, 200)
}

func (r *request) entityLink(n registry.Node) entityLink {
	return entityLink{caption(n), nodeHref(r.lang, n)}
}

// nodeHref returns the address of an entity's page; "" for one that is named and not described.
func nodeHref(lang string, n registry.Node) string {
	if n.Schema == "" {
		return ""
	}
	return entityHref(lang, n.ID)
}

// linkWords words a link as it is read from From to To, and back.
func (r *request) linkWords(l *registry.Link) (words, back string) {
	w, model := r.words(), ftm.Default()
	name, prop, ok := strings.Cut(l.Kind, ":")
	if !ok {
		var keys []string
		if role := strings.ToLower(l.Via.Caption); strings.Trim(role, "abcdefghijklmnopqrstuvwxyz") == "" {
			keys = append(keys, "edge."+strings.ToLower(name)+"."+role)
		}
		for _, key := range append(keys, "edge."+strings.ToLower(name)) {
			if text, ok := w[key+".out"]; ok {
				return text, w[key+".in"]
			}
		}
		return l.Label + " →", "← " + l.Label
	}
	p := model.Property(l.Kind)
	if p == nil {
		return l.Label + " →", "← " + l.Label
	}
	if text, ok := w["edge."+strings.ToLower(p.Schema.Name+"."+prop)+".out"]; ok {
		return text, w["edge."+strings.ToLower(p.Schema.Name+"."+prop)+".in"]
	}
	label := strings.ToLower(p.In(r.lang))
	return label + " →", "← " + label
}

// fitting renders a page of as many things as fit into what a page may weigh, at most n.
func (r *request) fitting(name string, n int, page func(n int) any) error {
	for {
		var b bytes.Buffer
		if err := r.s.pages[r.lang].ExecuteTemplate(&b, name+".html", page(n)); err != nil {
			return fmt.Errorf("render %s: %w", name, err)
		}
		if b.Len()+len(r.s.style) <= maxPage || n <= 1 {
			return r.send(http.StatusOK, "text/html; charset=utf-8", "public, max-age=30", b.Bytes())
		}
		n = n * 9 / 10
	}
}
