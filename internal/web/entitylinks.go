package web

import (
	"cmp"
	"net/http"
	"slices"

	"veedor/internal/follow/ftm"
	"veedor/internal/follow/registry"
)

// cardGroup is what is said about an entity in entities of their own: sanctions, deployments, agreements, absences.
type cardGroup struct {
	Key  string // "sanctions" and so on; words are entity.KEY
	Rows []cardRow
	Left int64
	All  string
}

// cardRow is one sanction, deployment, agreement or absence.
type cardRow struct {
	Caption, Href string
	Role          string // of the entity in it, in words
	Facts         []factRow
	Current       bool
	Said          []linkSaid
}

// factRow is one property of a card; several values stand side by side.
type factRow struct {
	Label    string
	Values   []valueText
	Conflict bool
}

// linkSaid is who says that two entities are linked, and where.
type linkSaid struct {
	Who, Dataset, Href string // the dataset's page
	Place              string // line or record in the file
	File               string
	First, Last        string
}

// cardKinds says which entities are shown as cards, and what of them.
func cardKinds() []struct {
	Key, Schema string
	Facts       []string
} {
	return []struct {
		Key, Schema string
		Facts       []string
	}{
		{"sanctions", "Sanction", []string{"program", "programId", "authority", "country", "startDate", "listingDate", "endDate", "reason", "provisions", "status", "authorityId", "recordId"}},
		{"deployments", "Deployment", []string{"kind", "status", "country", "place", "scale", "startDate", "endDate", "date", "purposeStated", "legalBasis", "supplier", "operator"}},
		{"agreements", "Agreement", []string{"sector", "instrument", "amount", "currency", "amountUsd", "startDate", "date", "publicationStatus", "supplier", "authority"}},
		{"absences", "Absence", []string{"lookedFor", "lookedIn", "lookedBy", "lookedAt", "result"}},
	}
}

const maxCards = 6 // of one kind on an entity's page

// other returns the end of a link that is not the entity itself, and whether the link leads there.
func other(id string, l registry.Link) (registry.Node, bool) {
	if l.From.ID == id {
		return l.To, true
	}
	return l.From, false
}

// cards makes the sanctions, deployments, agreements and absences that name an entity.
func (r *request) cards(v *registry.View, links []registry.Link, space *room) ([]cardGroup, error) {
	known := nodesOf(links)
	var out []cardGroup
	for _, k := range cardKinds() {
		g := cardGroup{Key: k.Key, All: entityHref(r.lang, v.ID) + "/links?kind=" + k.Schema}
		part, done := space.part(4200)
		seen := map[string]bool{}
		for _, l := range links {
			n, out := other(v.ID, l)
			if l.Via.ID != "" || n.Schema != k.Schema {
				continue
			}
			if seen[n.ID] {
				continue // it names the entity in two roles
			}
			seen[n.ID] = true
			if len(g.Rows) == maxCards || part.left == 0 {
				g.Left++
				continue
			}
			c, err := r.card(n, l, k.Facts, known)
			if err != nil {
				return nil, err
			}
			if k.Schema != "Sanction" && k.Schema != "Absence" {
				c.Role = r.roleName(l, out)
			}
			if !part.take(c.size()) {
				part.left = 0
				g.Left++
				continue
			}
			g.Rows = append(g.Rows, c)
		}
		done()
		if len(g.Rows)+int(g.Left) > 0 {
			out = append(out, g)
		}
	}
	return out, nil
}

func (c *cardRow) size() int {
	n := 420 + weight(c.Caption, c.Href, c.Role)
	for _, f := range c.Facts {
		n += 50 + weight(f.Label)
		for _, val := range f.Values {
			n += 40 + weight(val.Text, val.Href)
		}
	}
	return n
}

func (r *request) card(n registry.Node, l registry.Link, facts []string, known map[string]registry.Node) (cardRow, error) {
	c := cardRow{Caption: n.Caption, Href: entityHref(r.lang, n.ID), Current: l.Current, Said: r.linkSaid(l, 2)}
	v, err := r.s.Registry.Entity(r.Context(), n.ID)
	if err != nil {
		return c, err
	}
	c.Current = c.Current && !v.Gone
	for _, name := range facts {
		i := slices.IndexFunc(v.Properties, func(p registry.PropertyView) bool { return p.Property.Name == name })
		if i < 0 {
			continue
		}
		pv := &v.Properties[i]
		f := factRow{Label: pv.Property.In(r.lang), Conflict: pv.Conflict}
		for k := range firstOf(pv.Values, 4) {
			if vv := &pv.Values[k]; vv.Current || v.Gone {
				f.Values = append(f.Values, r.valueRow(v, pv.Property, vv, known, 0).Value)
			}
		}
		if len(f.Values) > 0 {
			c.Facts = append(c.Facts, f)
		}
	}
	return c, nil
}

// linkSaid words who says that a link is there.
func (r *request) linkSaid(l registry.Link, most int) []linkSaid {
	var out []linkSaid
	for _, s := range l.Said {
		row := linkSaid{Who: shorten(s.Source, 60), Dataset: shorten(s.Dataset, 40), Href: datasetHref(r.lang, s.Dataset), File: shorten(s.At.File, 60), Place: r.place(s.At), First: r.dated(s.First.Date())}
		if last := r.dated(s.Last.Date()); last != row.First {
			row.Last = last
		}
		if !slices.Contains(out, row) && len(out) < most {
			out = append(out, row)
		}
	}
	return out
}

// place words where in a file something stands.
func (r *request) place(at registry.Place) string {
	switch {
	case at.Line > 0:
		return r.words().get("statement.line", number(r.lang, int64(at.Line)))
	case at.Record > 0:
		return r.words().get("statement.record", number(r.lang, int64(at.Record)))
	}
	return ""
}

// linkGroup is links of one kind, in one direction: "owns", "is owned by".
type linkGroup struct {
	Key   string // what asks for it
	Label string
	Rows  []tieRow
	Total int64
	All   string
}

// tieRow is one link: the entity at the other end, and who says so.
type tieRow struct {
	Caption, Href, Kind string
	Details             string // the page of the entity that makes the link: an ownership, a directorship
	Current             bool
	Said                []linkSaid
}

// linkKey names the kind and direction of a link, for an address: "Ownership.out", "Project.owner.in".
func linkKey(id string, l registry.Link) string {
	dir := ".in"
	if _, out := other(id, l); out {
		dir = ".out"
	}
	if l.Via.ID != "" {
		if !l.Directed {
			dir = ""
		}
		return l.Via.Schema + dir
	}
	name := ""
	if p := linkProperty(l); p != nil {
		name = "." + p.Name
	}
	return l.From.Schema + name + dir
}

// linkProperty returns the property by which one entity names another.
func linkProperty(l registry.Link) *ftm.Property {
	s := ftm.Default().Schema(l.From.Schema)
	if s == nil || l.Via.ID != "" {
		return nil
	}
	for _, p := range s.Properties() {
		if p.Type == ftm.TypeEntity && !p.Stub && p.Label == l.Label {
			return p
		}
	}
	return nil
}

// roleName says in words what an entity is to the other end of a link.
func (r *request) roleName(l registry.Link, out bool) string {
	w := r.words()
	if l.Via.ID != "" {
		dir := ".in"
		switch {
		case !l.Directed:
			dir = ""
		case out:
			dir = ".out"
		}
		if text, ok := w["tie."+l.Via.Schema+dir]; ok {
			return text
		}
		return w.get("tie.through", r.schemaName(l.Via.Schema))
	}
	label := shorten(l.Label, 60)
	if p := linkProperty(l); p != nil {
		label = p.In(r.lang)
	}
	if out {
		return label
	}
	return w.get("tie.named", label, r.schemaName(l.From.Schema))
}

// isCard says whether a link is shown as a card.
func isCard(id string, l registry.Link) bool {
	n, _ := other(id, l)
	return l.Via.ID == "" && slices.ContainsFunc(cardKinds(), func(k struct {
		Key, Schema string
		Facts       []string
	}) bool {
		return k.Schema == n.Schema
	})
}

const linksOnPage = 6 // of one kind on an entity's page

// linkGroups groups links by kind and direction, as far as there is room. What is shown as a card is left out.
func (r *request) linkGroups(v *registry.View, links []registry.Link, space *room) (out []linkGroup, total int64) {
	at := map[string]int{}
	var groups []linkGroup
	var of [][]registry.Link
	for _, l := range links {
		if isCard(v.ID, l) {
			continue
		}
		total++
		key := linkKey(v.ID, l)
		i, ok := at[key]
		if !ok {
			i = len(groups)
			at[key] = i
			_, leads := other(v.ID, l)
			groups, of = append(groups, linkGroup{Key: key, Label: r.roleName(l, leads), All: entityHref(r.lang, v.ID) + "/links?kind=" + key}), append(of, nil)
		}
		groups[i].Total++
		of[i] = append(of[i], l)
	}
	order := make([]int, len(groups))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(groups[b].Total, groups[a].Total) })
	for _, i := range order {
		g := groups[i]
		if !space.take(220 + weight(g.Label, g.All)) {
			break
		}
		for _, l := range firstOf(of[i], linksOnPage) {
			row := r.tieRow(v.ID, l)
			if !space.take(row.size()) {
				break
			}
			g.Rows = append(g.Rows, row)
		}
		out = append(out, g)
	}
	return out, total
}

func (l *tieRow) size() int {
	n := 160 + weight(l.Caption, l.Href, l.Kind, l.Details)
	for _, s := range l.Said {
		n += 130 + weight(s.Who, s.Dataset, s.Href, s.File)
	}
	return n
}

func (r *request) tieRow(id string, l registry.Link) tieRow {
	n, _ := other(id, l)
	row := tieRow{Caption: shorten(n.Caption, 120), Kind: r.schemaName(n.Schema), Current: l.Current, Said: r.linkSaid(l, 1)}
	if n.Schema != "" {
		row.Href = entityHref(r.lang, n.ID)
	}
	if l.Via.ID != "" {
		row.Details = entityHref(r.lang, l.Via.ID)
	}
	return row
}

// entityLinksPage lists the links of an entity, of one kind or of all.
type entityLinksPage struct {
	base
	Caption, Href string
	Kinds         []facetRow
	Label         string // of the kind asked for
	Rows          []tieRow
	Total         int64 // of the kind, among those looked at
	All           int64 // links there are, at least
	More          bool  // there are more than were looked at
	Looked        int64
	Prev, Next    string
}

const (
	linksPerPage = 40
	linksListed  = 5000 // links looked at for a list
)

func (s *site) entityLinks(r *request) error {
	v, err := s.viewAsked(r)
	if v == nil {
		return err
	}
	near, err := s.Registry.Adjacent(r.Context(), v.ID, linksListed)
	if err != nil {
		return err
	}
	p := entityLinksPage{base: r.base(r.words().get("entity.linksof", isolate(shorten(v.Entity.Caption, 60)))), Caption: v.Entity.Caption, Href: entityHref(r.lang, v.ID),
		All: int64(near.Total), More: near.More, Looked: int64(len(near.Links))}
	asked := r.URL.Query().Get("kind")
	labels, count := map[string]string{}, map[string]int64{}
	var list []registry.Link
	for _, l := range near.Links {
		n, leads := other(v.ID, l)
		key := linkKey(v.ID, l)
		if isCard(v.ID, l) {
			key = n.Schema
			labels[key] = r.schemaName(n.Schema)
		} else if labels[key] == "" {
			labels[key] = r.roleName(l, leads)
		}
		count[key]++
		if asked == "" || asked == key {
			list = append(list, l)
		}
	}
	if asked != "" && count[asked] == 0 {
		return &problem{http.StatusNotFound, "error.linkkind", asked}
	}
	for _, k := range firstOf(sortedKeys(count), 30) {
		p.Kinds = append(p.Kinds, facetRow{labels[k], r.with(map[string]string{"kind": k, "page": ""}, ""), count[k], k == asked})
	}
	p.Label, p.Total = labels[asked], int64(len(list))
	page := pageNumber(r.URL.Query().Get("page"))
	from := min((page-1)*linksPerPage, len(list))
	to := min(from+linksPerPage, len(list))
	space := &room{pageRoom}
	for i, l := range list[from:to] {
		row := r.tieRow(v.ID, l)
		if !space.take(row.size()) {
			row.Caption, row.Said = shorten(row.Caption, 30), nil
			if i > linksPerPage/2 {
				row.Details = ""
			}
		}
		p.Rows = append(p.Rows, row)
	}
	if page > 1 {
		p.Prev = r.with(map[string]string{"page": pageParameter(page - 1)}, "")
	}
	if to < len(list) {
		p.Next = r.with(map[string]string{"page": pageParameter(page + 1)}, "")
	}
	return r.render(http.StatusOK, "entitylinks", p)
}
