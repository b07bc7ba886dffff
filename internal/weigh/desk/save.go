package desk

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"veedor/internal/weigh/cases"
)

// CaseText returns a case as its text would say it, as far as the viewer sees it. What is private is not in it.
func (d *Desk) CaseText(ctx context.Context, v Viewer, id string) (*cases.Case, error) {
	k, _, err := d.caseText(ctx, v, id)
	return k, err
}

// SaveCase hands a case as text to f, which keeps it, and notes what was kept: what is changed on the desk or in the
// text from then on is told apart when the text is loaded.
func (d *Desk) SaveCase(ctx context.Context, who Viewer, id string, f func(*cases.Case) error) error {
	if !who.may(Researcher) || who.Name == "" {
		return fmt.Errorf("save case %s: %w", id, ErrForbidden)
	}
	k, revs, err := d.caseText(ctx, who, id)
	if err != nil {
		return err
	}
	if err := f(k); err != nil {
		return fmt.Errorf("save case %s: %w", id, err)
	}
	err = d.extend(ctx, func(tx *sql.Tx) ([]entry, error) {
		w := d.begin(tx, who, "saved as text")
		var err error
		if w.mark, err = readMark(ctx, tx); err != nil {
			return nil, err
		}
		before, _, err := readBase(ctx, tx, id)
		if err != nil {
			return nil, err
		}
		list, err := apart(k, before)
		if err != nil {
			return nil, err
		}
		after := base{}
		for _, p := range list {
			now := map[string]known{}
			for name, value := range p.fields {
				now[name] = known{digestOf(value), revs[key(p.kind, p.id)]}
			}
			after[key(p.kind, p.id)] = now
		}
		err = w.note(ctx, id, after)
		return w.events, err
	})
	if err != nil {
		return fmt.Errorf("save case %s: %w", id, err)
	}
	return nil
}

// saving is the work on one case's text.
type saving struct {
	d    *Desk
	ctx  context.Context
	v    Viewer
	id   string
	base base // what the text said last: of what belongs to no case, that it is in this one's text
	revs map[string]int
	seen map[string]bool // shared records that something refers to, in order of kind
	err  error
}

func (d *Desk) caseText(ctx context.Context, v Viewer, id string) (*cases.Case, map[string]int, error) {
	r, err := d.Get(ctx, v, Case, id)
	if err != nil {
		return nil, nil, err
	}
	b, _, err := readBase(ctx, d.db, id)
	if err != nil {
		return nil, nil, err
	}
	s := &saving{d: d, ctx: ctx, v: v, id: id, base: b, revs: map[string]int{key(Case, id): r.Rev}, seen: map[string]bool{}}
	for name := range b {
		if kind, _, _ := strings.Cut(name, "/"); sharedID(Kind(kind)) {
			s.seen[name] = true
		}
	}
	k := &cases.Case{ID: id}
	fill(id, r, k)
	if k.Language == "" {
		k.Language = "en"
	}
	lists(s, Theme, "", &k.Themes, func(t *cases.Theme) *string { return &t.ID })
	lists(s, Question, "question-", &k.Questions, func(t *cases.Question) *string { return &t.ID })
	lists(s, Unknown, "unknown-", &k.Unknown, func(t *cases.Unknown) *string { return &t.ID })
	lists(s, Withheld, "withheld-", &k.Withheld, func(t *cases.Withheld) *string { return &t.ID })
	lists(s, Actor, "", &k.Actors, func(t *cases.Actor) *string { return &t.ID })
	lists(s, Fact, "", &k.Facts, func(t *cases.Fact) *string { return &t.ID })
	lists(s, Frame, "", &k.Frames, func(t *cases.Frame) *string { return &t.ID })
	k.Items = s.items()
	k.Claims = s.claims()
	k.Relations = between(s, Relation, "relation-", k.Claims, func(c *cases.Claim) string { return c.ID }, Claim, func(t *cases.Relation) *string { return &t.ID })
	k.Lineage = between(s, Lineage, "lineage-", k.Items, func(i *cases.Item) string { return i.ID }, Item, func(t *cases.Lineage) *string { return &t.ID })
	s.shared(k)
	return k, s.revs, s.err
}

// list returns what a query selects in the order of a text, and notes what it refers to.
func (s *saving) list(k Kind, field, value string) []Record {
	if s.err != nil {
		return nil
	}
	list, err := s.d.List(s.ctx, s.v, Query{Kind: k, Where: map[string]string{field: value}})
	if err != nil {
		s.err = err
		return nil
	}
	byOrder(list)
	for i := range list {
		s.note(&list[i])
	}
	return list
}

func (s *saving) note(r *Record) {
	s.revs[key(r.Kind, r.ID)] = r.Rev
	for _, f := range Fields(r.Kind) {
		if sharedID(f.To) && !slices.Contains(r.Private, f.Name) {
			for _, id := range r.Strings(f.Name) {
				s.seen[key(f.To, id)] = true
			}
		}
	}
}

// lists fills a list of the case's own records of a kind.
func lists[T any](s *saving, k Kind, each string, into *[]T, id func(*T) *string) {
	rows := s.list(k, "case", s.id)
	*into = below(s.id, s.id, each, rows, id)
}

// below turns records into what a text has of them, with an id where the place does not give it.
func below[T any](caseID, prefix, each string, rows []Record, id func(*T) *string) []T {
	var out []T
	for i := range rows {
		var one T
		fill(caseID, &rows[i], &one)
		if e, ok := any(&one).(*cases.Evidence); ok {
			fillEvidence(&rows[i], e)
		}
		if !positional(prefix, each, i, rows[i].ID) {
			*id(&one) = localName(prefix, rows[i].Kind, rows[i].ID)
		}
		out = append(out, one)
	}
	return out
}

func (s *saving) items() []cases.Item {
	rows := s.list(Item, "case", s.id)
	var out []cases.Item
	for i := range rows {
		it := cases.Item{ID: localName(s.id, Item, rows[i].ID), File: rows[i].Str("file")}
		fill(s.id, &rows[i], &it)
		stances := s.list(Stance, "item", rows[i].ID)
		for j := range stances {
			var st cases.Stance
			fill(s.id, &stances[j], &st)
			it.Frames = append(it.Frames, st)
		}
		out = append(out, it)
	}
	slices.SortFunc(out, func(a, b cases.Item) int {
		return strings.Compare(cases.FileName(a.ID, a.File)+".yaml", cases.FileName(b.ID, b.File)+".yaml")
	})
	return out
}

func (s *saving) claims() []cases.Claim {
	rows := s.list(Claim, "case", s.id)
	var out []cases.Claim
	for i := range rows {
		c := cases.Claim{ID: localName(s.id, Claim, rows[i].ID), File: rows[i].Str("file")}
		fill(s.id, &rows[i], &c)
		c.Utterances = below(s.id, rows[i].ID, "u", s.list(Utterance, "claim", rows[i].ID), func(u *cases.Utterance) *string { return &u.ID })
		c.Evidence = below(s.id, rows[i].ID, "e", s.list(Evidence, "claim", rows[i].ID), func(e *cases.Evidence) *string { return &e.ID })
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b cases.Claim) int {
		return strings.Compare(cases.FileName(a.ID, a.File)+".yaml", cases.FileName(b.ID, b.File)+".yaml")
	})
	return out
}

// between returns the records of a kind that lead from one of a case's own to another.
func between[T, O any](s *saving, k Kind, each string, own []O, name func(*O) string, of Kind, id func(*T) *string) []T {
	var rows []Record
	for i := range own {
		id := global(s.id, of, name(&own[i]))
		for _, field := range []string{"from", "to"} {
			for _, r := range s.list(k, field, id) {
				// One that leads here from another case's is that case's, unless it was in this one's text.
				if (field == "from" || s.base.has(k, r.ID)) && !slices.ContainsFunc(rows, func(o Record) bool { return o.ID == r.ID }) {
					rows = append(rows, r)
				}
			}
		}
	}
	byOrder(rows)
	return below(s.id, s.id, each, rows, id)
}

// shared adds the sources, entities and locations that the case refers to, and those that these refer to.
func (s *saving) shared(k *cases.Case) {
	done := map[string]bool{}
	for s.err == nil {
		var more []string
		for _, name := range slices.Sorted(maps.Keys(s.seen)) {
			if !done[name] {
				more = append(more, name)
			}
		}
		if len(more) == 0 {
			break
		}
		for _, name := range more {
			done[name] = true
			kind, id, _ := strings.Cut(name, "/")
			r, err := s.d.Get(s.ctx, s.v, Kind(kind), id)
			if errors.Is(err, ErrNotFound) || err == nil && r.Removed {
				continue // not for this viewer, or taken off
			}
			if err != nil {
				s.err = err
				return
			}
			s.note(r)
			switch Kind(kind) {
			case Source:
				one := cases.Source{ID: id}
				fill(s.id, r, &one)
				k.Sources = append(k.Sources, one)
			case Entity:
				one := cases.Entity{ID: id}
				fill(s.id, r, &one)
				k.Entities = append(k.Entities, one)
			case Location:
				one := cases.Location{ID: id}
				fill(s.id, r, &one)
				k.Locations = append(k.Locations, one)
			}
		}
	}
	slices.SortFunc(k.Sources, func(a, b cases.Source) int { return strings.Compare(a.ID, b.ID) })
	slices.SortFunc(k.Entities, func(a, b cases.Entity) int { return strings.Compare(a.ID, b.ID) })
	slices.SortFunc(k.Locations, func(a, b cases.Location) int { return strings.Compare(a.ID, b.ID) })
}
