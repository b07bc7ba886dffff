package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"veedor/internal/follow/registry"
)

// Watches are the questions that are asked of the registry again and again, and what came of them. Who asks is not
// shown: it says more of the asker than of what is watched.
type Watches interface {
	Watches() ([]registry.WatchState, error)
	States(ctx context.Context, dataset string) ([]registry.State, error)
	Fetch(ctx context.Context, ids ...string) ([]registry.Fetched, error)
}

// watchesPage lists what is watched, and what was told last.
type watchesPage struct {
	base
	Watches    []watchRow
	Left       int64
	Alerts     []watchAlert
	Prev, Next string
}

// watchPage is one watch with all that was told.
type watchPage struct {
	base
	Row        watchRow
	Looked     time.Time // when the last list came that was looked at; zero for never
	Alerts     []watchAlert
	From, Most int64 // of how many
	Prev, Next string
}

// watchRow is one watch.
type watchRow struct {
	ID       int
	Kind     string // entity, name, or wide
	What     string // in words
	Of       string // the entity's page, where it is watched
	Schema   string
	Why      string
	Percent  string // from which likeness on, of a name
	Since    time.Time
	Href     string
	N        int64
	Latest   time.Time
	LatestIn string
}

// watchAlert is one entry of a list that is new, changed or gone.
type watchAlert struct {
	ID      string // of the note: the hash of its line in the journal
	Watch   watchRow
	Caption string
	Href    string // the entity's page
	Dataset string
	Title   string // of the dataset
	Who     string // its publisher
	List    string // the dataset's page
	Dated   string // the day of the list's state, in words; "" if it is not known
	At      time.Time
	Change  string // added, removed or changed
	Changes []changeRow
	More    int64
}

const (
	watchesPerPage = 50
	alertsPerPage  = 20
	alertChanges   = 6 // statements of one alert on a page
	alertRoom      = 22_000
)

// watched reads the watches and what is needed to word them.
type watched struct {
	r        *request
	states   map[int64]registry.State
	datasets map[string]registry.Dataset
	fetched  map[string]registry.Fetched
}

func (s *site) watched(r *request) (*watched, []registry.WatchState, error) {
	w := &watched{r: r, states: map[int64]registry.State{}, datasets: map[string]registry.Dataset{}, fetched: map[string]registry.Fetched{}}
	if s.Watches == nil {
		return w, nil, nil
	}
	list, err := s.Watches.Watches()
	if err != nil {
		return nil, nil, err
	}
	states, err := s.Watches.States(r.Context(), "")
	if err != nil {
		return nil, nil, err
	}
	for _, st := range states {
		w.states[st.ID] = st
	}
	if s.Registry != nil {
		sets, err := s.Registry.Datasets(r.Context())
		if err != nil {
			return nil, nil, err
		}
		for _, d := range sets {
			w.datasets[d.Name] = d
		}
	}
	return w, list, nil
}

// of returns an entity by any of its ids, if it is there.
func (w *watched) of(id string) (registry.Fetched, bool) {
	if f, ok := w.fetched[id]; ok {
		return f, f.Entity != nil
	}
	found, err := w.r.s.Watches.Fetch(w.r.Context(), id)
	if err != nil || len(found) == 0 {
		w.fetched[id] = registry.Fetched{}
		return registry.Fetched{}, false
	}
	w.fetched[id] = found[0]
	return found[0], true
}

// row words a watch.
func (w *watched) row(s *registry.WatchState) watchRow {
	r := w.r
	row := watchRow{ID: s.ID, Why: s.Why, Since: s.Since, Href: watchHref(r.lang, s.ID), N: int64(len(s.Alerts))}
	switch {
	case s.Entity != "":
		row.Kind, row.What = "entity", s.Entity
		if f, ok := w.of(s.Entity); ok {
			row.What, row.Of, row.Schema = f.Caption, entityHref(r.lang, f.ID), r.schemaName(f.Schema)
		}
	case s.Name != "":
		row.Kind, row.What, row.Percent = "name", s.Name, r.words().get("reg.percent", decimal(r.lang, 100*s.Threshold))
	default:
		row.Kind = "wide"
		var parts []string
		if s.Country != "" {
			parts = append(parts, r.countryName(s.Country))
		}
		if s.Topic != "" {
			parts = append(parts, r.topic(s.Topic).Text)
		}
		row.What = strings.Join(parts, " · ")
	}
	if n := len(s.Alerts); n > 0 {
		last := s.Alerts[n-1]
		row.Latest, row.LatestIn = last.At, r.listTitle(last.Dataset)
	}
	return row
}

// alert words what was told.
func (w *watched) alert(row watchRow, e registry.WatchEntry, most int) watchAlert {
	r := w.r
	a := watchAlert{ID: e.Hash, Watch: row, Caption: e.Caption, Dataset: e.Dataset, List: datasetHref(r.lang, e.Dataset), At: e.At, Change: e.Change}
	if d, ok := w.datasets[e.Dataset]; ok {
		a.Title, a.Who = d.Title, d.Publisher
	}
	if st, ok := w.states[e.State]; ok && st.Dataset == e.Dataset {
		a.Dated = r.dated(st.Date())
	}
	schema := ""
	if f, ok := w.of(e.Entity); ok {
		a.Href, schema = entityHref(r.lang, f.ID), f.Schema
		if a.Caption == "" {
			a.Caption = f.Caption
		}
	}
	for _, c := range firstOf(e.Statements, most) {
		a.Changes = append(a.Changes, r.changeRow(schema, c))
	}
	a.More = int64(len(e.Statements) - len(a.Changes))
	return a
}

// told is one alert and the watch it is of.
type told struct {
	watch *registry.WatchState
	entry registry.WatchEntry
}

// latest returns the alerts of all watches, the last first.
func latest(list []registry.WatchState) []told {
	var out []told
	for i := range list {
		for _, e := range list[i].Alerts {
			out = append(out, told{&list[i], e})
		}
	}
	slices.SortStableFunc(out, func(a, b told) int { return b.entry.At.Compare(a.entry.At) })
	return out
}

// alerts words a part of what was told, as far as there is room on a page; it says how many it took.
func (w *watched) alerts(list []told, most, changes int) []watchAlert {
	rows := map[int]watchRow{}
	space := &room{alertRoom}
	var out []watchAlert
	for _, t := range firstOf(list, most) {
		row, ok := rows[t.watch.ID]
		if !ok {
			row = w.row(t.watch)
			rows[t.watch.ID] = row
		}
		a := w.alert(row, t.entry, changes)
		size := 600 + weight(a.Caption, a.Href, a.Dataset, a.Title, a.Who, row.What)
		for _, c := range a.Changes {
			size += 130 + weight(c.Prop, c.Value.Text)
		}
		if !space.take(size) && len(out) > 0 {
			break
		}
		out = append(out, a)
	}
	return out
}

func (s *site) watches(r *request) error {
	p := watchesPage{base: r.base(r.words().get("watch.title"))}
	w, list, err := s.watched(r)
	if err != nil {
		return err
	}
	page := pageNumber(r.URL.Query().Get("page"))
	from := min((page-1)*watchesPerPage, len(list))
	for i := range list[from:] {
		if i == watchesPerPage {
			p.Next = r.with(map[string]string{"page": strconv.Itoa(page + 1)}, "")
			break
		}
		p.Watches = append(p.Watches, w.row(&list[from+i]))
	}
	if page > 1 {
		p.Prev = r.with(map[string]string{"page": strconv.Itoa(page - 1)}, "")
	} else {
		p.Alerts = w.alerts(latest(list), alertsPerPage/2, alertChanges)
	}
	return r.render(http.StatusOK, "watches", p)
}

// watchAsked returns the watch that was asked for.
func (s *site) watchAsked(r *request) (*watched, *registry.WatchState, error) {
	w, list, err := s.watched(r)
	if err != nil {
		return nil, nil, err
	}
	id := r.PathValue("id")
	for i := range list {
		if strconv.Itoa(list[i].ID) == id {
			return w, &list[i], nil
		}
	}
	return nil, nil, &problem{http.StatusNotFound, "error.watch", shorten(id, 40)}
}

func (s *site) watch(r *request) error {
	w, one, err := s.watchAsked(r)
	if err != nil {
		return err
	}
	row := w.row(one)
	p := watchPage{base: r.base(r.words().get("watch.one", isolate(shorten(row.What, 80)))), Row: row, Looked: w.states[one.Looked].Learnt, Most: int64(len(one.Alerts))}
	all := latest([]registry.WatchState{*one})
	from := 0
	if n, err := strconv.Atoi(r.URL.Query().Get("from")); err == nil && n > 0 && n < len(all) {
		from = n
	}
	p.From = int64(from)
	p.Alerts = w.alerts(all[from:], alertsPerPage, alertChanges)
	for i := range p.Alerts {
		p.Alerts[i].Watch.Href = "" // this page
	}
	if next := from + len(p.Alerts); next < len(all) {
		p.Next = r.with(map[string]string{"from": strconv.Itoa(next)}, "")
	}
	if from > 0 {
		p.Prev = r.with(map[string]string{"from": strconv.Itoa(max(0, from-alertsPerPage))}, "")
	}
	return r.render(http.StatusOK, "watch", p)
}

func watchHref(lang string, id int) string {
	return prefix(lang) + "/watch/" + url.PathEscape(strconv.Itoa(id))
}
