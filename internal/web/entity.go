package web

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"veedor/internal/follow/ftm"
	"veedor/internal/follow/registry"
)

// entityPage is everything that is said of one entity, each thing with who says it.
type entityPage struct {
	base
	ID, Caption, Kind string
	Href              string
	Topics            []foreign
	Gone              *goneFrom
	Members           []memberRow
	MoreMembers       int64
	Conflicts         int64 // properties of which sources give values that contradict each other
	Groups            []valueGroup
	Cards             []cardGroup // sanctions, deployments, agreements, absences
	Links             []linkGroup
	LinksTotal        int64
	MoreLinks         bool // not all that there are were looked at
	LinksHref         string
	Claims            []mentionRow
	MoreClaims        int64
	History           []eventRow
	MoreHistory       int64
	HistoryHref       string
	Decisions         []decisionRow
	MoreDecisions     int64
	Proposals         []proposalRow
}

// goneFrom says since when no list has an entity any more.
type goneFrom struct {
	Since, Dataset, Href string // the day of the first state without it; "" where that is not known
}

// memberRow is one entry of one dataset that the entity is made of.
type memberRow struct {
	ID, Dataset, Href string
	Title, Publisher  string
	Licence, Kind     string
	First, Last       string
	Current           bool
}

// room is how many bytes of a page are left for what may be long.
type room struct{ left int }

// take says whether n bytes fit, and takes them if so.
func (b *room) take(n int) bool {
	if n > b.left {
		return false
	}
	b.left -= n
	return true
}

// part sets aside up to n bytes of what is left, and returns what is not used when done.
func (b *room) part(n int) (p *room, done func()) {
	p = &room{min(n, b.left)}
	b.left -= p.left
	return p, func() { b.left += p.left }
}

const (
	entityRoom   = 21_500 // bytes of an entity's page for what sources say
	linksLooked  = 400    // links read for an entity's page
	maxMembers   = 8
	maxProposals = 4
)

// viewAsked returns the entity whose page was asked for. An id that was merged into another leads there: then both
// are nil.
func (s *site) viewAsked(r *request) (*registry.View, error) {
	id := r.PathValue("id")
	missing := &problem{http.StatusNotFound, "error.entity", id}
	if s.Registry == nil || len(id) > maxEntityID {
		return nil, missing
	}
	v, err := s.Registry.Entity(r.Context(), id)
	if errors.Is(err, registry.ErrNotFound) {
		return nil, missing
	}
	if err != nil || v.ID == id {
		return v, err
	}
	to := entityHref(r.lang, v.ID) + strings.TrimPrefix(r.URL.EscapedPath(), entityHref(r.lang, id))
	if r.URL.RawQuery != "" {
		to += "?" + r.URL.RawQuery
	}
	r.w.Header().Set("Location", to)
	r.w.Header().Set("Cache-Control", "no-store") // a merge can be undone
	r.w.WriteHeader(http.StatusFound)
	return nil, nil
}

func (s *site) entity(r *request) error {
	v, err := s.viewAsked(r)
	if v == nil {
		return err
	}
	p := entityPage{base: r.base(isolate(shorten(v.Entity.Caption, 80))), ID: v.ID, Caption: v.Entity.Caption, Kind: r.schemaName(v.Entity.Schema), Href: entityHref(r.lang, v.ID)}
	p.HistoryHref, p.LinksHref = p.Href+"/history", p.Href+"/links"
	for _, t := range firstOf(v.Entity.Properties["topics"], 6) {
		p.Topics = append(p.Topics, r.topic(t))
	}
	datasets, err := r.datasetsByName()
	if err != nil {
		return err
	}
	p.members(r, v, datasets)
	if v.Gone {
		p.Gone = r.goneSince(v)
	}
	near, err := s.Registry.Adjacent(r.Context(), v.ID, linksLooked)
	if err != nil {
		return err
	}
	space := &room{entityRoom}
	for i := range v.Properties {
		if v.Properties[i].Conflict {
			p.Conflicts++
		}
	}
	// What names it goes by comes first, then what is done about it, then the rest, as far as there is room.
	p.Groups = r.valueGroups(v, near.Links, space, "names", "identifiers", "countries", "addresses")
	if p.Cards, err = r.cards(v, near.Links, space); err != nil {
		return err
	}
	if err := p.mentions(r, v, space); err != nil {
		return err
	}
	p.Groups = append(p.Groups, r.valueGroups(v, near.Links, space, "other")...)
	first, err := r.firstStates()
	if err != nil {
		return err
	}
	p.history(r, v, first, space)
	p.decisions(r, v, space)
	if err := p.proposals(r, v, space); err != nil {
		return err
	}
	p.Links, p.LinksTotal = r.linkGroups(v, near.Links, space)
	p.MoreLinks = near.More
	p.Would = r.entityWould(v, int(p.Conflicts), len(p.Proposals))
	p.cite(r, v)
	return r.render(http.StatusOK, "entity", p)
}

// members lists the entries of datasets that an entity is made of.
func (p *entityPage) members(r *request, v *registry.View, datasets map[string]registry.Dataset) {
	for _, m := range firstOf(v.Members, maxMembers) {
		d := datasets[m.Dataset]
		p.Members = append(p.Members, memberRow{ID: m.ID, Dataset: m.Dataset, Href: datasetHref(r.lang, m.Dataset), Title: d.Title, Publisher: d.Publisher, Licence: d.Licence,
			Kind: r.schemaName(m.Schema), First: r.dated(m.First.Date()), Last: r.dated(m.Last.Date()), Current: m.Current})
	}
	p.MoreMembers = int64(len(v.Members) - len(p.Members))
}

func (r *request) datasetsByName() (map[string]registry.Dataset, error) {
	list, err := r.s.Registry.Datasets(r.Context())
	out := map[string]registry.Dataset{}
	for _, d := range list {
		out[d.Name] = d
	}
	return out, err
}

// goneSince finds the last state that took an entity out of a list.
func (r *request) goneSince(v *registry.View) *goneFrom {
	for _, e := range v.History { // latest first
		for _, c := range e.Changes {
			if c.What == registry.Removed && c.Prop == ftm.BaseID {
				return &goneFrom{Since: r.dated(e.State.Date()), Dataset: e.State.Dataset, Href: datasetHref(r.lang, e.State.Dataset)}
			}
		}
	}
	return &goneFrom{}
}

// cite cites what lists say of an entity by the states of them that it rests on: those stay.
func (p *entityPage) cite(r *request, v *registry.View) {
	w := r.words()
	var from, hashes []string
	at := time.Time{}
	for _, m := range firstOf(v.Members, 3) {
		if len(m.Last.Files) > 0 {
			hashes = append(hashes, shorten(m.Dataset, 60)+" "+m.Last.Files[0].Hash)
		}
		if m.Last.Learnt.After(at) {
			at = m.Last.Learnt
		}
		from = append(from, isolate(r.listTitle(m.Dataset))+r.words()["join.pause"]+r.dated(m.Last.Date()))
	}
	q := quotable{Name: "entity-" + v.ID, Sentence: w.get("entity.citation", isolate(shorten(v.Entity.Caption, 120)), p.Kind, strings.Join(from, "; ")), Page: p.Href, At: at, Stays: "cite.stays.entity"}
	if len(hashes) > 0 {
		q.Note = w.get("cite.files", strings.Join(hashes, "; "))
	}
	p.Cite = r.citing(q, "")
}

// eventRow is what one state of a list changed about an entity.
type eventRow struct {
	Dated   string
	Learnt  time.Time
	Dataset string
	Href    string // of the dataset
	Entity  string // whose entry it is, where there are several
	Changes []changeRow
	More    int64
}

// changeRow is one value that is new or gone.
type changeRow struct {
	What  string // key of the words
	Prop  string
	Value valueText
}

const maxChanges = 8 // of one event on a page

// firstStates returns the first state there is of every dataset: what it has was on the list before, nobody here
// knows since when.
func (r *request) firstStates() (map[int64]bool, error) {
	states, err := r.s.Registry.States(r.Context(), "")
	out := map[int64]bool{}
	for i := range states { // by dataset and date
		if i == 0 || states[i-1].Dataset != states[i].Dataset {
			out[states[i].ID] = true
		}
	}
	return out, err
}

// events words the history of an entity, as far as there is room; left is how many are not shown.
func (r *request) events(v *registry.View, list []registry.Event, first map[int64]bool, most int, space *room) (out []eventRow, left int64) {
	for i, e := range list {
		row := eventRow{Dated: r.dated(e.State.Date()), Learnt: e.State.Learnt, Dataset: r.listTitle(e.State.Dataset), Href: datasetHref(r.lang, e.State.Dataset)}
		if len(v.Members) > 1 {
			row.Entity = e.Entity
		}
		size := 420 + weight(row.Entity)
		for _, c := range firstOf(e.Changes, most) {
			ch := r.changeRow(v.Entity.Schema, c)
			if c.Prop == ftm.BaseID && first[e.State.ID] {
				ch.What = "change.entity.first"
			}
			size += 130 + weight(ch.Prop, ch.Value.Text, ch.Value.Text)
			row.Changes = append(row.Changes, ch)
		}
		row.More = int64(len(e.Changes) - len(row.Changes))
		if !space.take(size) {
			return out, int64(len(list) - i)
		}
		out = append(out, row)
	}
	return out, 0
}

// changeRow words one change of a statement.
func (r *request) changeRow(schema string, c registry.StatementChange) changeRow {
	switch c.Prop {
	case ftm.BaseID:
		return changeRow{What: "change.entity." + c.What, Value: valueText{Text: shorten(c.Value, 80)}}
	case "schema":
		return changeRow{What: "change." + c.What, Prop: r.words().get("entity.kind"), Value: valueText{Text: r.schemaName(c.Value)}}
	}
	p := ftm.Default().Property(schema + ":" + c.Prop)
	row := changeRow{What: "change." + c.What, Prop: shorten(c.Prop, 60), Value: valueText{Text: shorten(c.Value, 160)}}
	if p != nil {
		row.Prop = p.In(r.lang)
		row.Value = r.valueText(p, c.Value, c.Lang, 160)
	}
	return row
}

func (p *entityPage) history(r *request, v *registry.View, first map[int64]bool, space *room) {
	part, done := space.part(3500)
	defer done()
	p.History, p.MoreHistory = r.events(v, v.History, first, maxChanges, part)
}

// entityHistoryPage is all that lists changed about an entity.
type entityHistoryPage struct {
	base
	Caption, Href string
	Events        []eventRow
	Total         int64
	Prev, Next    string
}

const (
	eventsPerPage = 12
	pageRoom      = 25_000 // bytes of a page that is one list
)

func (s *site) entityHistory(r *request) error {
	v, err := s.viewAsked(r)
	if v == nil {
		return err
	}
	p := entityHistoryPage{base: r.base(r.words().get("entity.historyof", isolate(shorten(v.Entity.Caption, 60)))), Caption: v.Entity.Caption, Href: entityHref(r.lang, v.ID), Total: int64(len(v.History))}
	first, err := r.firstStates()
	if err != nil {
		return err
	}
	page := pageNumber(r.URL.Query().Get("page"))
	from := min((page-1)*eventsPerPage, len(v.History))
	to := min(from+eventsPerPage, len(v.History))
	// Each event has its share of the page, so that none is left out.
	for _, e := range v.History[from:to] {
		one, _ := r.events(v, []registry.Event{e}, first, 12, &room{pageRoom / eventsPerPage})
		if len(one) == 0 {
			one, _ = r.events(v, []registry.Event{e}, first, 2, &room{pageRoom})
		}
		p.Events = append(p.Events, one...)
	}
	if page > 1 {
		p.Prev = r.with(map[string]string{"page": pageParameter(page - 1)}, "")
	}
	if to < len(v.History) {
		p.Next = r.with(map[string]string{"page": pageParameter(page + 1)}, "")
	}
	return r.render(http.StatusOK, "entityhistory", p)
}
