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
	"unicode"

	"veedor/internal/follow/ftm"
	"veedor/internal/follow/match"
	"veedor/internal/follow/registry"
)

// Registry is who supplied, ordered and paid: lists, entities, statements and who says each. What is not there is
// registry.ErrNotFound.
type Registry interface {
	Links
	Counted
	Datasets(ctx context.Context) ([]registry.Dataset, error)
	States(ctx context.Context, dataset string) ([]registry.State, error)
	Rejects(ctx context.Context, state int64, yield func(registry.Reject) error) error
	Diff(ctx context.Context, dataset string, from, to int64, yield func(registry.Change) error) error
	Search(ctx context.Context, query match.Entity, f registry.Filter, limit int) ([]registry.Hit, error)
	Entities(ctx context.Context, dataset, schema string, yield func(*ftm.Entity) error) error
	Canonical(id string) (string, []string, error)
	Entity(ctx context.Context, id string) (*registry.View, error)
	Adjacent(ctx context.Context, id string, limit int) (registry.Adjacent, error)
}

// entitiesPage finds entities by a name in any script; without one it says what the registry holds.
type entitiesPage struct {
	base
	Asked    asked
	Hits     []hitRow
	Found    int64 // before paging
	Most     bool  // there may be more than were looked at
	Looked   int64 // entities gone through, where no name was asked for
	Facets   []facet
	Schemata []option // what may be asked for
	Sets     []option
	Prev     string
	Next     string

	Datasets []datasetRow // what is held, where nothing was asked
	Left     int64
	Latest   []latestState
}

// asked is what a search asks for.
type asked struct{ Q, Schema, Country, Dataset, Topic string }

// Any says whether anything is asked.
func (a asked) Any() bool { return a != asked{} }

type option struct {
	Value, Label string
	Here         bool
}

// hitRow is one entity that was found, and why.
type hitRow struct {
	Href, Caption string
	Kind          string
	Countries     []string
	Datasets      []string
	Topics        []foreign
	Matched       string // the name that matched, if it is not the caption
	Sure          string // how sure, a key of the words
	Percent       string
	Why           []string // features, in words
}

// facet is one way to narrow what was found.
type facet struct {
	Key  string // "schema", "country", "dataset" or "topic"
	Rows []facetRow
}

type facetRow struct {
	Label, Href string
	N           int64
	Here        bool
}

const (
	hitsLooked   = 100    // of one search
	hitsPerPage  = 20     // on a page
	entitiesRead = 10_000 // gone through where no name is asked for
	maxFacets    = 6
	maxQuery     = 200 // runes of a name
)

func (s *site) entities(r *request) error {
	p := entitiesPage{base: r.base(r.words().get("reg.title"))}
	q := r.URL.Query()
	for key, to := range map[string]*string{"q": &p.Asked.Q, "schema": &p.Asked.Schema, "country": &p.Asked.Country, "dataset": &p.Asked.Dataset, "topic": &p.Asked.Topic} {
		if *to = strings.TrimSpace(q.Get(key)); len(*to) > 4*maxQuery {
			return &problem{http.StatusBadRequest, "error.filter", key}
		}
	}
	p.Asked.Q, p.Asked.Country = shorten(p.Asked.Q, maxQuery), strings.ToLower(p.Asked.Country)
	if p.Asked.Schema != "" && ftm.Default().Schema(p.Asked.Schema) == nil {
		return &problem{http.StatusBadRequest, "error.schema", p.Asked.Schema}
	}
	if s.Registry == nil {
		return r.render(http.StatusOK, "entities", p)
	}
	if err := r.kept(&p); err != nil {
		return err
	}
	p.Schemata = r.schemataOffered(p.Asked.Schema)
	for _, d := range p.Datasets {
		p.Sets = append(p.Sets, option{d.Name, shorten(d.Shown, 60), d.Name == p.Asked.Dataset})
	}
	if !p.Asked.Any() {
		p.Left = int64(max(0, len(p.Datasets)-maxDatasets))
		p.Datasets = p.Datasets[:min(len(p.Datasets), maxDatasets)]
		return r.render(http.StatusOK, "entities", p)
	}
	p.Sets = p.Sets[:min(len(p.Sets), maxDatasets)]
	if p.Asked.Dataset != "" && !slices.ContainsFunc(p.Datasets, func(d datasetRow) bool { return d.Name == p.Asked.Dataset }) {
		return &problem{http.StatusNotFound, "error.dataset", p.Asked.Dataset}
	}
	p.Datasets, p.Latest = nil, nil
	hits, err := r.findEntities(&p)
	if err != nil {
		return err
	}
	p.Facets = r.facets(hits)
	p.Found = int64(len(hits))
	page := pageNumber(q.Get("page"))
	from := min((page-1)*hitsPerPage, len(hits))
	to := min(from+hitsPerPage, len(hits))
	if page > 1 {
		p.Prev = r.with(map[string]string{"page": pageParameter(page - 1)}, "")
	}
	if to < len(hits) {
		p.Next = r.with(map[string]string{"page": pageParameter(page + 1)}, "")
	}
	for _, h := range hits[from:to] {
		p.Hits = append(p.Hits, r.hitRow(h, p.Asked.Q != ""))
	}
	return r.render(http.StatusOK, "entities", p)
}

// pageParameter writes the number of a page for an address; the first needs none.
func pageParameter(n int) string {
	if n <= 1 {
		return ""
	}
	return strconv.Itoa(n)
}

// findEntities searches by name, or goes through what there is where only facets are asked for.
func (r *request) findEntities(p *entitiesPage) ([]registry.Hit, error) {
	a := p.Asked
	fits := func(e *ftm.Entity) bool {
		return (a.Country == "" || slices.Contains(e.Values(ftm.Default(), ftm.TypeCountry, false), a.Country)) && (a.Topic == "" || slices.Contains(e.Properties["topics"], a.Topic))
	}
	var out []registry.Hit
	if a.Q == "" {
		enough := errors.New("enough")
		err := r.s.Registry.Entities(r.Context(), a.Dataset, a.Schema, func(e *ftm.Entity) error {
			p.Looked++
			if schema := ftm.Default().Schema(e.Schema); fits(e) && (a.Schema != "" || schema != nil && schema.Matchable) {
				out = append(out, registry.Hit{ID: e.ID, Entity: e})
			}
			if p.Looked >= entitiesRead || len(out) > hitsLooked {
				return enough
			}
			return nil
		})
		p.Most = errors.Is(err, enough)
		if p.Most {
			err = nil
		}
		return out[:min(len(out), hitsLooked)], err
	}
	// Whoever has an id asks for that one.
	if v, err := r.s.Registry.Entity(r.Context(), a.Q); err == nil {
		out = append(out, registry.Hit{ID: v.ID, EntityID: a.Q, Entity: v.Entity, Result: match.Result{Score: 1, Name: a.Q}})
	} else if !errors.Is(err, registry.ErrNotFound) {
		return nil, err
	}
	hits, err := r.s.Registry.Search(r.Context(), nameAsked(a.Q), registry.Filter{Dataset: a.Dataset, Schema: a.Schema}, hitsLooked)
	if err != nil {
		return nil, err
	}
	p.Most = len(hits) >= hitsLooked
	for _, h := range hits {
		if fits(h.Entity) && h.Score >= leastScore && (len(out) == 0 || out[0].ID != h.ID) {
			out = append(out, h)
		}
	}
	return out, nil
}

// leastScore is what a hit must have to be shown: below it, names have a common word and no more.
const leastScore = 0.02

// nameAsked makes a query of what somebody typed: a name, and a number of a register if it looks like one.
func nameAsked(q string) match.Entity {
	e := match.Entity{Names: []string{q}}
	digits := 0
	for _, c := range q {
		if unicode.IsDigit(c) {
			digits++
		}
	}
	if digits >= 5 && !strings.ContainsAny(q, " \t") {
		for _, kind := range []string{"registrationNumber", "uscCode", "leiCode", "imoNumber", "taxNumber", "innCode", "ogrnCode"} {
			e.Identifiers = append(e.Identifiers, match.Identifier{Kind: kind, Value: q})
		}
	}
	return e
}

// hitRow words one hit.
func (r *request) hitRow(h registry.Hit, scored bool) hitRow {
	e := h.Entity
	out := hitRow{Href: entityHref(r.lang, h.ID), Caption: e.Label(ftm.Default()), Kind: r.schemaName(e.Schema)}
	for _, cc := range firstOf(e.Values(ftm.Default(), ftm.TypeCountry, false), 4) {
		out.Countries = append(out.Countries, r.countryName(cc))
	}
	out.Datasets = r.listTitles(e.Datasets)
	if len(out.Datasets) == 0 && h.Dataset != "" {
		out.Datasets = r.listTitles([]string{h.Dataset})
	}
	for _, t := range firstOf(e.Properties["topics"], 3) {
		out.Topics = append(out.Topics, r.topic(t))
	}
	if !scored {
		return out
	}
	if h.Name != out.Caption {
		out.Matched = h.Name
	}
	out.Sure, out.Percent = sureness(h.Score), r.percent(h.Score)
	for _, f := range h.Features {
		key := "feature." + strings.ReplaceAll(f.Name, "_", ".")
		if f.Share < 0 && (f.Name == "acronym" || f.Name == "single_word") {
			key += ".against"
		}
		if text, ok := r.words()[key]; ok && len(out.Why) < 3 {
			out.Why = append(out.Why, text)
		}
	}
	return out
}

// sureness is how sure a score is, as a key of the words.
func sureness(score float64) string {
	switch {
	case score >= 0.95:
		return "sure.very"
	case score >= match.Threshold():
		return "sure.likely"
	case score >= 0.3:
		return "sure.perhaps"
	}
	return "sure.hardly"
}

func (r *request) percent(score float64) string {
	n := int64(score*100 + 0.5)
	if n == 0 && score > 0 {
		return "<" + r.words().get("reg.percent", "1")
	}
	return r.words().get("reg.percent", number(r.lang, n))
}

// facets counts what was found by kind, country, dataset and topic.
func (r *request) facets(hits []registry.Hit) []facet {
	q := r.URL.Query()
	var out []facet
	for _, f := range []struct {
		key    string
		values func(*registry.Hit) []string
		label  func(string) string
	}{
		{"schema", func(h *registry.Hit) []string { return []string{h.Entity.Schema} }, r.schemaName},
		{"country", func(h *registry.Hit) []string { return h.Entity.Values(ftm.Default(), ftm.TypeCountry, false) }, r.countryName},
		{"dataset", func(h *registry.Hit) []string {
			if h.Dataset != "" {
				return []string{h.Dataset}
			}
			return h.Entity.Datasets
		}, func(v string) string { return shorten(v, 40) }},
		{"topic", func(h *registry.Hit) []string { return h.Entity.Properties["topics"] }, func(v string) string { return r.topic(v).Text }},
	} {
		count := map[string]int64{}
		for i := range hits {
			for _, v := range f.values(&hits[i]) {
				count[v]++
			}
		}
		var rows []facetRow
		for v, n := range count {
			here := q.Get(f.key) == v
			to := map[string]string{f.key: v, "page": ""}
			if here {
				to[f.key] = ""
			}
			if len(v) <= maxTarget {
				rows = append(rows, facetRow{f.label(v), r.with(to, ""), n, here})
			}
		}
		slices.SortFunc(rows, func(a, b facetRow) int { return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.Label, b.Label)) })
		if len(rows) > 1 || len(rows) == 1 && rows[0].Here {
			out = append(out, facet{f.key, rows[:min(len(rows), maxFacets)]})
		}
	}
	return out
}

// schemataOffered lists the kinds that may be asked for in a form.
func (r *request) schemataOffered(here string) []option {
	var out []option
	for _, s := range ftm.Default().Schemata() {
		if s.Matchable && !s.Deprecated && s.Name != "Thing" || s.Ours || s.Name == here || slices.Contains([]string{"Project", "Contract", "Sanction"}, s.Name) {
			out = append(out, option{s.Name, s.In(r.lang), s.Name == here})
		}
	}
	slices.SortFunc(out, func(a, b option) int { return strings.Compare(folded(a.Label), folded(b.Label)) })
	return out
}

// schemaName says in plain words what kind of thing a schema is.
func (r *request) schemaName(name string) string {
	if s := ftm.Default().Schema(name); s != nil {
		return s.In(r.lang)
	}
	if name == "" {
		return r.words().get("reg.unknownkind")
	}
	return shorten(name, 40)
}

// countryName names a country by FollowTheMoney's code.
func (r *request) countryName(cc string) string {
	up := strings.ToUpper(cc)
	if name := r.s.Facts().CountryName(up, r.lang); name != up && name != "" {
		return name
	}
	return shorten(ftm.CountryLabel(cc), 40)
}

// topic words what FollowTheMoney's codes of topics mean.
func (r *request) topic(code string) foreign {
	if text, ok := r.words()["topic."+code]; ok {
		return foreign{Text: text}
	}
	if text := ftm.Topic(code); text != "" {
		return english(r.lang, text)
	}
	return foreign{Text: shorten(code, 40)}
}

func firstOf[T any](list []T, n int) []T { return list[:min(len(list), n)] }

// maxEntityID is the longest id that has a page; the registry allows 512 bytes.
const maxEntityID = 512

// entityHref returns the address of an entity's page, "" for an id that cannot have one.
func entityHref(lang, id string) string {
	if id == "" || id == "." || id == ".." || len(id) > maxEntityID { // a browser takes dots out of a path
		return ""
	}
	return prefix(lang) + "/entity/" + url.PathEscape(id)
}

func datasetHref(lang, name string) string { return prefix(lang) + "/dataset/" + url.PathEscape(name) }
