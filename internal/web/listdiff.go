package web

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"veedor/internal/follow/ftm"
	"veedor/internal/follow/registry"
)

// diffShown is what changed in a dataset from one state to another.
type diffShown struct {
	From, To   registry.State
	FromDated  string
	ToDated    string
	TooLarge   bool // comparing took longer than a page may take
	Cut        bool // the later state broke off, so that nothing is said to be removed
	Kinds      []facetRow
	Rows       []diffRow
	Total      int64 // of the kind asked for
	Kept       int64 // of them, how many can be listed
	Prev, Next string
	CSV        string
}

// diffRow is what became of one entity.
type diffRow struct {
	What          string // added, removed, renamed or changed
	Caption, Href string
	Kind          string
	Changes       []changeRow
	More          int64
}

// renamed is a change of an entity's name: of those that changed, what readers look for first.
const renamed = "renamed"

// beside is a change of what only says something of entries: sanctions, links, addresses. There are many of them, and
// readers look for the entries.
const beside = "beside"

func isBeside(schema string) bool {
	s := ftm.Default().Schema(schema)
	return s != nil && (s.Edge != nil || s.Is("Sanction") || s.Is("Address"))
}

// listChanges is the difference of two states, as it is kept for the next reader.
type listChanges struct {
	count   map[string]int64
	changes map[string][]registry.Change // by what became of the entity
}

// comparisons are the differences that were made lately. One is made at a time: each goes through a whole dataset.
type comparisons struct {
	sync.Mutex
	order []comparisonKey
	made  map[comparisonKey]*listChanges
}

type comparisonKey struct {
	dataset  string
	from, to int64
	states   int // a state that comes later may say what others lacked
}

const (
	comparedFor    = 15 * time.Second
	comparisonKept = 6
	changesKept    = 5000 // of each kind
	changesOfOne   = 12
	diffPerPage    = 25
)

// compare returns the difference of two states of a dataset; nil if it takes too long.
func (s *site) compare(ctx context.Context, k comparisonKey) (*listChanges, error) {
	s.compared.Lock()
	defer s.compared.Unlock()
	if c := s.compared.made[k]; c != nil {
		return c, nil
	}
	bounded, cancel := context.WithTimeout(ctx, comparedFor)
	defer cancel()
	c := &listChanges{count: map[string]int64{}, changes: map[string][]registry.Change{}}
	err := s.Registry.Diff(bounded, k.dataset, k.from, k.to, func(ch registry.Change) error {
		what := ch.What
		if what == registry.Changed && slices.ContainsFunc(ch.Statements, func(st registry.StatementChange) bool { return st.Prop == "name" }) {
			what = renamed
		}
		if isBeside(ch.Schema) {
			what = beside
		}
		c.count[what]++
		if len(c.changes[what]) < changesKept {
			c.changes[what] = append(c.changes[what], compact(ch))
		}
		return bounded.Err()
	})
	switch {
	case ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded):
		return nil, nil
	case err != nil:
		return nil, err
	}
	if s.compared.made == nil {
		s.compared.made = map[comparisonKey]*listChanges{}
	}
	if s.compared.order = append(s.compared.order, k); len(s.compared.order) > comparisonKept {
		delete(s.compared.made, s.compared.order[0])
		s.compared.order = s.compared.order[1:]
	}
	s.compared.made[k] = c
	return c, nil
}

// compact leaves of a change what a page shows: names first, and nothing long.
func compact(ch registry.Change) registry.Change {
	list := slices.Clone(ch.Statements)
	slices.SortStableFunc(list, func(a, b registry.StatementChange) int {
		return cmp.Compare(changeRank(a.Prop), changeRank(b.Prop))
	})
	ch.Caption, ch.Statements = shorten(ch.Caption, 200), nil
	for i, st := range list {
		if i == changesOfOne {
			// What is left out is counted by empty entries, which cost nothing.
			ch.Statements = append(ch.Statements, make([]registry.StatementChange, min(len(list)-i, 10_000))...)
			break
		}
		st.Value = shorten(st.Value, 200)
		ch.Statements = append(ch.Statements, st)
	}
	return ch
}

func changeRank(prop string) int {
	if i := slices.Index([]string{"name", "alias", "program", "programId", "address", "country", "topics"}, prop); i >= 0 {
		return i
	}
	return 100
}

// diffAsked compares the states that the query names; the last two if it names none.
func (r *request) diffAsked(dataset string, states []registry.State) (*diffShown, error) {
	from, to := &states[len(states)-2], &states[len(states)-1]
	for key, at := range map[string]**registry.State{"from": &from, "to": &to} {
		if asked := r.URL.Query().Get(key); asked != "" {
			i := slices.IndexFunc(states, func(s registry.State) bool { return strconv.FormatInt(s.ID, 10) == asked })
			if i < 0 {
				return nil, &problem{http.StatusNotFound, "error.liststate", asked}
			}
			*at = &states[i]
		}
	}
	d := &diffShown{From: *from, To: *to, FromDated: r.dated(from.Date()), ToDated: r.dated(to.Date()), Cut: to.Status != registry.Whole}
	c, err := r.s.compare(r.Context(), comparisonKey{dataset, from.ID, to.ID, len(states)})
	if err != nil {
		return nil, err
	}
	if c == nil {
		d.TooLarge = true
		return d, nil
	}
	d.CSV = datasetHref("en", dataset) + "/changes.csv?from=" + strconv.FormatInt(from.ID, 10) + "&to=" + strconv.FormatInt(to.ID, 10)
	asked := r.URL.Query().Get("what")
	var list []registry.Change
	for _, what := range []string{registry.Added, registry.Removed, renamed, registry.Changed, beside} {
		d.Kinds = append(d.Kinds, facetRow{what, r.with(map[string]string{"what": what, "page": ""}, "diff"), c.count[what], what == asked})
		if asked == "" && what != beside || asked == what {
			d.Total += c.count[what]
			list = append(list, c.changes[what]...)
		}
	}
	d.Kept = int64(len(list))
	page := pageNumber(r.URL.Query().Get("page"))
	first := min((page-1)*diffPerPage, len(list))
	last := min(first+diffPerPage, len(list))
	space := &room{15_000}
	for _, ch := range list[first:last] {
		d.Rows = append(d.Rows, r.diffRow(ch, space))
	}
	if page > 1 {
		d.Prev = r.with(map[string]string{"page": pageParameter(page - 1)}, "diff")
	}
	if last < len(list) {
		d.Next = r.with(map[string]string{"page": pageParameter(page + 1)}, "diff")
	}
	return d, nil
}

// diffRow words what became of one entity. Each has its share of the page.
func (r *request) diffRow(ch registry.Change, space *room) diffRow {
	row := diffRow{What: ch.What, Caption: shorten(ch.Caption, 120), Href: r.pageOf(ch.ID), Kind: r.schemaName(ch.Schema)}
	if ch.What == registry.Changed && slices.ContainsFunc(ch.Statements, func(st registry.StatementChange) bool { return st.Prop == "name" }) {
		row.What = renamed
	}
	part, done := space.part(max(space.left/diffPerPage, 900))
	defer done()
	part.left -= 200 + weight(row.Caption, row.Href)
	if ch.What != registry.Changed {
		return row
	}
	for i, st := range ch.Statements {
		if st.Prop == "" {
			row.More = int64(len(ch.Statements) - i)
			break
		}
		c := r.changeRow(ch.Schema, st)
		if len(row.Changes) == 4 || !part.take(130+weight(c.Prop, c.Value.Text)) {
			row.More = int64(len(ch.Statements) - i)
			break
		}
		row.Changes = append(row.Changes, c)
	}
	return row
}

// pageOf returns the address of the page of an id as a source gives it, merged or not.
func (r *request) pageOf(id string) string {
	if canonical, _, err := r.s.Registry.Canonical(id); err == nil {
		id = canonical
	}
	return entityHref(r.lang, id)
}

// datasetChanges sends the whole difference of two states as CSV, without what is of persons' private life, which
// the registry does not hold.
func (s *site) datasetChanges(r *request) error {
	d, states, err := s.datasetAsked(r)
	if err != nil {
		return err
	}
	var rows [][]string
	var at [2]int64
	for i, key := range []string{"from", "to"} {
		asked := r.URL.Query().Get(key)
		k := slices.IndexFunc(states, func(st registry.State) bool { return strconv.FormatInt(st.ID, 10) == asked })
		if k < 0 {
			return &problem{http.StatusNotFound, "error.liststate", asked}
		}
		at[i] = states[k].ID
	}
	ctx, cancel := context.WithTimeout(r.Context(), 2*comparedFor)
	defer cancel()
	err = s.Registry.Diff(ctx, d.Name, at[0], at[1], func(ch registry.Change) error {
		if len(rows) > 500_000 {
			return &problem{http.StatusInternalServerError, "error.largediff", d.Name}
		}
		if ch.What != registry.Changed {
			rows = append(rows, []string{ch.What, ch.ID, ch.Schema, ch.Caption, ch.What, ftm.BaseID, ch.ID})
			return ctx.Err()
		}
		for _, st := range ch.Statements {
			rows = append(rows, []string{ch.What, ch.ID, ch.Schema, ch.Caption, st.What, st.Prop, st.Value})
		}
		return ctx.Err()
	})
	if errors.Is(err, context.DeadlineExceeded) {
		return &problem{http.StatusInternalServerError, "error.largediff", d.Name}
	}
	if err != nil {
		return err
	}
	b, err := changesCSV(rows)
	if err != nil {
		return err
	}
	r.download(d.Name + "-changes.csv")
	return r.send(http.StatusOK, "text/csv; charset=utf-8", "public, max-age=60", b)
}
