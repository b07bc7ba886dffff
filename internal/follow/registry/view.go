package registry

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"veedor/internal/follow/ftm"
)

// View is an entity as all datasets and all decisions make it.
type View struct {
	ID         string      // canonical
	Entity     *ftm.Entity // what holds now, put together; if nothing does, what held at last
	Gone       bool        // no dataset has it any more
	Members    []Member
	Properties []PropertyView // sorted by name, featured ones first
	History    []Event        // latest first
	Decisions  []Decision     // on its members that hold, oldest first
}

// Member is one entity of one dataset that is part of a view.
type Member struct {
	ID, Dataset, Schema string
	Current             bool
	First, Last         State
}

// PropertyView is one property with all values that were ever given.
type PropertyView struct {
	Property *ftm.Property
	Values   []ValueView // those that hold first
	Conflict bool        // there should be one value, and sources give several that do not go together

	at map[string]int // where each value stands
}

// ValueView is a value and who says so.
type ValueView struct {
	Value   string
	Current bool
	Said    []Said
}

// Said is one statement.
type Said struct {
	Dataset, EntityID      string
	Prop, Value            string
	Original, Lang, Origin string // Origin is how the value was made, if the source says so
	External               bool   // its dataset has not taken it over
	File                   File   // of the state in which it was read first; its hash is that of the bytes in the archive
	At                     Place
	Entry                  string // the line of the journal of states that names the file: a leaf of the log, of kind event
	Source                 string // the publisher
	Current                bool
	First, Last            State // in which it was seen
}

// Event is what one state of a dataset changed.
type Event struct {
	State   State
	Entity  string
	Changes []StatementChange
}

// Entity returns the view of an entity, by its canonical id or by the id a source gave it.
func (r *Registry) Entity(ctx context.Context, id string) (*View, error) {
	v, err := r.view(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("entity %.200s: %w", id, err)
	}
	return v, nil
}

func (r *Registry) view(ctx context.Context, id string) (*View, error) {
	c, err := r.decisions.now()
	if err != nil {
		return nil, err
	}
	canonical, members := c.of(id)
	recs, err := r.records(ctx, members)
	if err != nil {
		return nil, err
	}
	if len(recs) == 0 {
		return nil, ErrNotFound
	}
	lines, err := r.courses(ctx)
	if err != nil {
		return nil, err
	}
	publishers, err := r.publishers(ctx)
	if err != nil {
		return nil, err
	}
	v := &View{ID: canonical, Decisions: c.on(members)}
	v.Entity, v.Gone = r.join(canonical, recs, lines)
	v.Entity.Caption = v.Entity.Label(r.model)
	properties := map[string]*PropertyView{}
	for _, rec := range recs {
		t := lines[rec.dataset]
		v.Members = append(v.Members, member(rec, t))
		v.History = append(v.History, r.history(rec, t)...)
		for i := range rec.statements {
			s := &rec.statements[i]
			p := r.model.Property(v.Entity.Schema + ":" + s.prop)
			if p == nil {
				p = r.model.Property(rec.schema + ":" + s.prop) // of a schema it had before
			}
			if p == nil {
				continue
			}
			if properties[p.Name] == nil {
				properties[p.Name] = &PropertyView{Property: p, at: map[string]int{}}
			}
			properties[p.Name].add(s.value, sayOf(rec, s, t, publishers[rec.dataset]))
		}
	}
	v.Properties = arrange(r.model.Schema(v.Entity.Schema), properties)
	slices.SortStableFunc(v.History, func(a, b Event) int { return cmp.Compare(b.State.Date(), a.State.Date()) })
	return v, nil
}

// join puts together what holds now; what held at last, if nothing does any more.
func (r *Registry) join(id string, recs []*record, lines map[int64]course) (*ftm.Entity, bool) {
	var live []*record
	for _, rec := range recs {
		if lines[rec.dataset].now.there(rec) {
			live = append(live, rec)
		}
	}
	in := func(rec *record) moment { return lines[rec.dataset].now }
	gone := len(live) == 0
	if gone {
		live = recs
		in = func(rec *record) moment {
			t := lines[rec.dataset]
			for i := range rec.statements {
				if s := &rec.statements[i]; s.prop == propSchema {
					if _, last := t.span(s.seen); last != nil {
						return t.exactly(last)
					}
				}
			}
			return ever()
		}
	}
	e := r.entity(id, live, in)
	for _, rec := range recs {
		t := lines[rec.dataset]
		if rec.id != id && !slices.Contains(e.Referents, rec.id) {
			e.Referents = append(e.Referents, rec.id)
		}
		if len(t.timeline) == 0 {
			continue
		}
		if !slices.Contains(e.Datasets, t.timeline[0].Dataset) {
			e.Datasets = append(e.Datasets, t.timeline[0].Dataset)
		}
		for i := range rec.statements {
			if first, last := t.span(rec.statements[i].seen); first != nil {
				if e.FirstSeen == "" || first.Date() < e.FirstSeen {
					e.FirstSeen = first.Date()
				}
				e.LastSeen, e.LastChange = max(e.LastSeen, last.Date()), max(e.LastChange, first.Date())
			}
		}
	}
	slices.Sort(e.Referents)
	slices.Sort(e.Datasets)
	return e, gone
}

func member(rec *record, t course) Member {
	m := Member{ID: rec.id, Schema: rec.schema, Current: t.now.there(rec)}
	var in set
	for i := range rec.statements {
		for _, run := range rec.statements[i].seen {
			for n := run.from; n <= run.to; n++ {
				in = in.with(n)
			}
		}
	}
	if first, last := t.span(in); first != nil {
		m.Dataset, m.First, m.Last = first.Dataset, *first, *last
	}
	return m
}

func sayOf(rec *record, s *statement, t course, publisher string) Said {
	out := Said{EntityID: rec.id, Prop: s.prop, Value: s.value, Original: s.original, Lang: s.lang, Origin: s.origin, External: s.external, Source: publisher, Current: t.now.holds(s)}
	if first, last := t.span(s.seen); first != nil {
		out.Dataset, out.First, out.Last = first.Dataset, *first, *last
	}
	if read := t.byNumber(s.at.state); read != nil && s.at.file > 0 && s.at.file <= len(read.Files) {
		out.File, out.Entry = read.Files[s.at.file-1], read.Entry
		out.At = Place{out.File.Name, s.at.line, s.at.record}
	}
	return out
}

func (p *PropertyView) add(value string, s Said) {
	i, ok := p.at[value]
	if !ok {
		i = len(p.Values)
		p.at[value] = i
		p.Values = append(p.Values, ValueView{Value: value})
	}
	p.Values[i].Said = append(p.Values[i].Said, s)
	p.Values[i].Current = p.Values[i].Current || s.Current
}

// arrange sorts properties as a reader wants them, and finds the conflicts.
func arrange(schema *ftm.Schema, properties map[string]*PropertyView) []PropertyView {
	var out []PropertyView
	for _, p := range properties {
		slices.SortStableFunc(p.Values, func(a, b ValueView) int {
			switch {
			case a.Current == b.Current:
				return 0
			case a.Current:
				return -1
			}
			return 1
		})
		p.Conflict = conflicting(p)
		out = append(out, *p)
	}
	rank := func(p PropertyView) int {
		if schema != nil {
			if i := slices.Index(schema.Featured, p.Property.Name); i >= 0 {
				return i
			}
		}
		return 1 << 20
	}
	slices.SortFunc(out, func(a, b PropertyView) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a.Property.Name, b.Property.Name))
	})
	return out
}

// conflicting says whether a property that can have one value only has several now that do not go together.
func conflicting(p *PropertyView) bool {
	if !single(p.Property) {
		return false
	}
	for i, a := range p.Values {
		for _, b := range p.Values[i+1:] {
			if a.Current && b.Current && !(p.Property.Type == ftm.TypeDate && (strings.HasPrefix(a.Value, b.Value) || strings.HasPrefix(b.Value, a.Value))) {
				return true
			}
		}
	}
	return false
}

// single says whether only one value of a property can be true. FollowTheMoney does not: every property may have many.
func single(p *ftm.Property) bool {
	switch p.Type {
	case ftm.TypeNumber:
		return true
	case ftm.TypeDate:
		return !slices.Contains([]string{"modifiedAt", "retrievedAt", "indexUpdatedAt"}, p.Name)
	}
	switch p.Name {
	case "kind", "publicationStatus", "jurisdiction", "legalForm", "currency", "phase", "imoNumber", "leiCode", "usccCode", "ogrnCode", "innCode":
		return true
	case "status", "supplier":
		return p.Ours
	}
	return false
}

// history returns what each state changed of a record, the first that had it left out.
func (r *Registry) history(rec *record, t course) []Event {
	var out []Event
	var before *State
	for i := range t.timeline {
		s := &t.timeline[i]
		if s.Status == Reading {
			continue
		}
		if before == nil {
			if t.exactly(s).there(rec) {
				out = append(out, Event{*s, rec.id, []StatementChange{{Added, ftm.BaseID, rec.id, ""}}})
				before = s
			}
			continue
		}
		if c := r.compare(rec, t.exactly(before), t.exactly(s), s.Status == Whole); c != nil {
			changes := c.Statements
			switch c.What {
			case Removed:
				changes = []StatementChange{{Removed, ftm.BaseID, rec.id, ""}}
			case Added:
				changes = append([]StatementChange{{Added, ftm.BaseID, rec.id, ""}}, changes...)
			}
			out = append(out, Event{*s, rec.id, changes})
		}
		if s.Status == Whole {
			before = s
		}
	}
	return out
}

// publishers returns who publishes each dataset, by its number.
func (r *Registry) publishers(ctx context.Context) (map[int64]string, error) {
	rows, err := r.db.QueryContext(ctx, `SELECT id, iif(publisher = '', name, publisher) FROM dataset`)
	if err != nil {
		return nil, fmt.Errorf("list publishers: %w", err)
	}
	defer rows.Close()
	out := map[int64]string{}
	for rows.Next() {
		var id int64
		var p string
		if err := rows.Scan(&id, &p); err != nil {
			return nil, fmt.Errorf("list publishers: %w", err)
		}
		out[id] = p
	}
	return out, rows.Err()
}

// on returns the decisions that hold and concern one of some entities.
func (c *clusters) on(members []string) []Decision {
	var out []Decision
	for _, p := range c.order {
		if slices.Contains(members, p.a) || slices.Contains(members, p.b) {
			out = append(out, c.hold[p])
		}
	}
	return out
}
