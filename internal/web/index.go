package web

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"unicode"

	"veedor/internal/follow/ftm"
	"veedor/internal/measure/store"
	"veedor/internal/weigh/desk"
)

// indexPage is what is here from A to Z.
type indexPage struct {
	base
	Kinds        []indexKind
	Of           string // "" on the page of all kinds
	Letters      []indexLetter
	Letter       string // as it is shown; "" where none was chosen
	Rows         []indexRow
	Total        int64 // of the letter
	Partly       bool  // there are more entities than were gone through
	Newer, Older string
}

// indexKind is one kind of things and how many there are.
type indexKind struct {
	Key, Href string
	N         int64
	Here      bool
}

// indexLetter leads to the things that begin with it.
type indexLetter struct {
	Text, Href string
	N          int64
	Here       bool
}

// indexRow is one thing.
type indexRow struct {
	Name, Lang, Href string
	N                int64  // measurements; 0 for what is not measured
	Status           string // of a claim
	Note             string
	Invented         bool
	sort             string
}

const indexOnPage = 120

// indexKinds in the order they are shown.
func indexKinds() []string { return []string{"targets", "networks", "countries", "entities", "claims"} }

// entityIndex remembers the names of entities: going through them takes a while.
type entityIndex struct {
	sync.Mutex
	states int
	lang   string
	rows   []indexRow
	partly bool
}

func (s *site) index(r *request) error {
	p := indexPage{base: r.base(r.words().get("index.title"))}
	if err := p.kinds(r, ""); err != nil {
		return err
	}
	return r.render(http.StatusOK, "index", p)
}

// indexOf lists one kind, or those of it that begin with a letter.
func (s *site) indexOf(r *request) error {
	of := r.PathValue("of")
	if !slices.Contains(indexKinds(), of) {
		return r.missing()
	}
	p := indexPage{base: r.base(r.words().get("index." + of)), Of: of}
	if err := p.kinds(r, of); err != nil {
		return err
	}
	rows, partly, err := r.indexRows(of)
	if err != nil {
		return err
	}
	p.Partly = partly
	slices.SortStableFunc(rows, func(a, b indexRow) int { return cmp.Or(cmp.Compare(a.sort, b.sort), cmp.Compare(a.Href, b.Href)) })
	letter := r.PathValue("letter")
	of = prefix(r.lang) + "/index/" + of
	counts := map[string]int64{}
	for _, row := range rows {
		counts[letterOf(row.sort)]++
	}
	for _, l := range indexLetters() {
		if counts[l] > 0 {
			p.Letters = append(p.Letters, indexLetter{r.letterName(l), of + "/" + l, counts[l], l == letter})
		}
	}
	if letter != "" {
		if !slices.Contains(indexLetters(), letter) {
			return r.missing()
		}
		p.Letter = r.letterName(letter)
		p.base.Title += ": " + p.Letter
		rows = slices.DeleteFunc(rows, func(row indexRow) bool { return letterOf(row.sort) != letter })
	} else if len(rows) > indexOnPage {
		rows = nil // a letter must be chosen
	}
	p.Total = int64(len(rows))
	p.Rows, p.Newer, p.Older = paged(r, rows, indexOnPage)
	p.Invented = shareOf(len(p.Rows), func(i int) bool { return p.Rows[i].Invented })
	if p.Invented == all {
		p.Invented = some
	}
	return r.render(http.StatusOK, "index", p)
}

// kinds counts what there is of each kind.
func (p *indexPage) kinds(r *request, here string) error {
	stats, err := r.s.Store.Stats(r.Context())
	if err != nil {
		return err
	}
	_, claims, err := r.s.claimsStanding(r.Context())
	if err != nil {
		return err
	}
	entities := int64(0)
	follow, err := r.followed()
	if err != nil {
		return err
	}
	if follow != nil {
		entities = follow.Entities
	}
	n := map[string]int64{"targets": stats.Targets, "networks": stats.Networks, "countries": stats.Countries, "entities": entities, "claims": claims}
	for _, k := range indexKinds() {
		p.Kinds = append(p.Kinds, indexKind{"index." + k, prefix(r.lang) + "/index/" + k, n[k], k == here})
	}
	return nil
}

// indexRows returns all of a kind; of entities as many as are gone through.
func (r *request) indexRows(of string) (rows []indexRow, partly bool, err error) {
	switch of {
	case "entities":
		return r.indexEntities()
	case "claims":
		rows, err = r.indexClaims()
		return rows, false, err
	}
	group, name := store.ByTarget, r.targetNaming
	switch of {
	case "networks":
		group, name = store.ByNetwork, r.networkNaming
	case "countries":
		group, name = store.ByCountry, r.countryNaming
	}
	counts, err := r.s.Store.Tally(r.Context(), store.Filter{}, group)
	for _, c := range counts {
		label, href := name(c)
		sort := label
		if of == "targets" {
			sort = strings.TrimPrefix(sort, "www.")
		}
		if href != "" {
			rows = append(rows, indexRow{Name: label, Href: href, N: c.Total, Invented: c.Invented, sort: folded(sort)})
		}
	}
	return rows, false, err
}

// indexClaims returns the claims that the reader may see.
func (r *request) indexClaims() ([]indexRow, error) {
	d := r.reader()
	list, err := d.list(desk.Claim)
	if err != nil {
		return nil, err
	}
	var rows []indexRow
	for i := range list {
		n, err := d.named(r, &list[i], 160)
		if err != nil {
			return nil, err
		}
		row := indexRow{Name: n.Text, Lang: n.Lang, Href: n.Href, Status: n.Status, Invented: n.Invented}
		row.sort = strings.TrimLeft(folded(n.Text), "\"'“”«»¿¡( ")
		rows = append(rows, row)
	}
	return rows, nil
}

// indexEntities returns the companies, bodies and people of the registry, without what only links them.
func (r *request) indexEntities() ([]indexRow, bool, error) {
	if r.s.Registry == nil {
		return nil, false, nil
	}
	states, err := r.s.Registry.States(r.Context(), "")
	if err != nil {
		return nil, false, err
	}
	c := &r.s.names
	c.Lock()
	defer c.Unlock()
	if c.rows == nil || c.states != len(states) || c.lang != r.lang {
		c.rows, c.partly = nil, false
		enough := errors.New("enough")
		looked := 0
		err := r.s.Registry.Entities(r.Context(), "", "", func(e *ftm.Entity) error {
			if looked++; looked > entitiesRead {
				return enough
			}
			schema := ftm.Default().Schema(e.Schema)
			if schema == nil || !schema.Matchable || schema.Edge != nil {
				return nil
			}
			name := shorten(e.Label(ftm.Default()), 120)
			if href := entityHref(languages[0], e.ID); href != "" && name != "" {
				c.rows = append(c.rows, indexRow{Name: name, Href: prefix(r.lang) + href, Note: r.schemaName(e.Schema), sort: folded(name)})
			}
			return nil
		})
		if c.partly = errors.Is(err, enough); err != nil && !c.partly {
			c.rows = nil
			return nil, false, err
		}
		c.states, c.lang = len(states), r.lang
	}
	return slices.Clone(c.rows), c.partly, nil
}

// indexLetters in their order: figures, letters, and other writing.
func indexLetters() []string {
	out := []string{"0-9"}
	for l := 'a'; l <= 'z'; l++ {
		out = append(out, string(l))
	}
	return append(out, "other")
}

// letterOf returns the letter that a folded name stands under.
func letterOf(name string) string {
	for _, c := range name {
		switch {
		case c >= 'a' && c <= 'z':
			return string(c)
		case c >= '0' && c <= '9':
			return "0-9"
		case unicode.IsLetter(c):
			return "other"
		}
	}
	return "other"
}

func (r *request) letterName(l string) string {
	if l == "other" {
		return r.words().get("index.other")
	}
	return strings.ToUpper(l)
}
