package web

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"time"

	"veedor/internal/follow/ftm"
	"veedor/internal/follow/match"
	"veedor/internal/follow/registry"
	"veedor/internal/web/chart"
)

// Bounds on the search for ways.
const (
	maxWays    = 4
	maxChoices = 8
	waysWithin = 20 * time.Second
)

// pathPage is how two entities hang together.
type pathPage struct {
	base
	From, To    pathEnd
	Asked       bool // both ends are known
	Same        bool
	Picture     *figure
	Ways        []wayRow
	More        bool
	Bounded     bool
	Steps       int64
	Looked      int64
	Hubs        int64
	Late        bool // the search was broken off
	Gone, Apart bool // of any link: no source says so any more; sources contradict each other
}

// pathEnd is one end, as it was asked for.
type pathEnd struct {
	Param   string // of the form
	Label   string
	Which   string // the key of the question which one is meant
	Text    string // as filled in
	ID      string // once it is known
	Entity  entityLink
	Other   string // this page, to choose another
	Choices []choiceRow
	Nothing bool // nothing was found
}

// choiceRow is an entity that may be meant.
type choiceRow struct {
	Name, Note, Href string
}

// wayRow is one way, link by link.
type wayRow struct {
	N     int64
	Table linkTable
}

func (s *site) path(r *request) error {
	p, links, err := s.ways(r)
	if err != nil {
		return err
	}
	return r.fitting("path", len(p.Ways), func(most int) any {
		q := p
		q.Ways = p.Ways[:min(most, len(p.Ways))]
		q.More = p.More || len(q.Ways) < len(p.Ways)
		if len(q.Ways) > 0 {
			q.Picture = r.figure(r.drawWays(links[:len(q.Ways)], p.From, p.To), prefix(r.lang)+"/path", url.Values{"from": {p.From.ID}, "to": {p.To.ID}}.Encode(), 0)
		}
		return q
	})
}

// pathChart makes the picture alone.
func (s *site) pathChart(r *request) (*chart.Chart, error) {
	p, links, err := s.ways(r)
	if err != nil || len(links) == 0 {
		return nil, err
	}
	return r.drawWays(links, p.From, p.To), nil
}

// ways finds the two ends, and the ways between them.
func (s *site) ways(r *request) (p pathPage, ways [][]registry.Link, err error) {
	p.base = r.base(r.words().get("path.title"))
	p.From = pathEnd{Param: "from", Label: r.words().get("path.from"), Which: "path.which.from"}
	p.To = pathEnd{Param: "to", Label: r.words().get("path.to"), Which: "path.which.to"}
	for _, e := range []*pathEnd{&p.From, &p.To} {
		e.Text = shorten(strings.TrimSpace(r.URL.Query().Get(e.Param)), 200)
		e.Other = r.with(map[string]string{e.Param: ""}, "")
		if s.Registry == nil || e.Text == "" {
			continue
		}
		if err := r.find(e); err != nil {
			return p, nil, err
		}
	}
	if p.Asked = p.From.ID != "" && p.To.ID != ""; !p.Asked {
		return p, nil, nil
	}
	p.base.Title = r.words().get("path.between", isolate(shorten(p.From.Entity.Name, 60)), isolate(shorten(p.To.Entity.Name, 60)))
	if p.Same = p.From.ID == p.To.ID; p.Same {
		return p, nil, nil
	}
	ctx, cancel := context.WithTimeout(r.Context(), waysWithin)
	defer cancel()
	w, err := s.Registry.Ways(ctx, p.From.ID, p.To.ID, maxWays)
	if ctx.Err() != nil && r.Context().Err() == nil {
		p.Late = true
		return p, nil, nil
	}
	if err != nil {
		return p, nil, err
	}
	p.More, p.Bounded, p.Steps, p.Looked, p.Hubs = w.More, w.Bounded, int64(w.Steps), int64(w.Looked), int64(w.Hubs)
	for i, way := range w.Ways {
		row := wayRow{N: int64(i + 1), Table: linkTable{Rows: r.edgeRows(way)}}
		row.Table.Caption = r.words().count(r.lang, "path.way", int64(len(way)), number(r.lang, row.N))
		for _, l := range row.Table.Rows {
			p.Gone, p.Apart = p.Gone || l.Gone, p.Apart || len(l.Against) > 0
		}
		p.Ways = append(p.Ways, row)
	}
	return p, w.Ways, nil
}

// find looks up one end: by its number, or else by a name, of which a reader then chooses.
func (r *request) find(e *pathEnd) error {
	v, err := r.s.Registry.Entity(r.Context(), e.Text)
	if err == nil {
		n := registry.Node{ID: v.ID, Schema: v.Entity.Schema, Caption: v.Entity.Caption}
		e.ID, e.Entity = v.ID, r.entityLink(n)
		return nil
	}
	if !errors.Is(err, registry.ErrNotFound) {
		return err
	}
	hits, err := r.s.Registry.Search(r.Context(), match.Entity{Names: []string{e.Text}}, registry.Filter{}, maxChoices)
	if err != nil {
		return err
	}
	for _, h := range hits {
		n := registry.Node{ID: h.ID, Schema: h.Entity.Schema, Caption: h.Entity.Label(ftm.Default())}
		e.Choices = append(e.Choices, choiceRow{caption(n), r.schemaName(n.Schema) + " · " + h.Dataset, r.with(map[string]string{e.Param: h.ID}, "")})
	}
	e.Nothing = len(hits) == 0
	return nil
}

// drawWays puts ways into one picture: whoever stands on several of them stands in it once.
func (r *request) drawWays(ways [][]registry.Link, from, to pathEnd) *chart.Chart {
	layer := map[string]int{}
	given := map[[3]string]bool{}
	var links []registry.Link
	var before []registry.Node
	last := 0
	for _, way := range ways {
		at := way[0].To
		if way[0].From.ID == from.ID {
			at = way[0].From
		}
		for i := range way {
			l := &way[i]
			if _, ok := layer[at.ID]; !ok {
				layer[at.ID] = i
				before = append(before, at)
			}
			at = l.Other(at.ID)
			if key := [3]string{l.From.ID, l.To.ID, l.Kind}; !given[key] {
				given[key] = true
				links = append(links, *l)
			}
		}
		layer[at.ID] = max(layer[at.ID], len(way))
		last = max(last, layer[at.ID])
		before = append(before, at)
	}
	return r.draw(r.words().get("path.picture", from.Entity.Name, to.Entity.Name), links, func(id string) int { return min(layer[id], last) }, before...)
}
