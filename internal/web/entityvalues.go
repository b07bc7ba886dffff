package web

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"veedor/internal/follow/ftm"
	"veedor/internal/follow/registry"
)

// valueGroup is a table of properties with their values: names, identifiers, countries, addresses, the rest.
type valueGroup struct {
	Key  string // words are entity.group.KEY
	Rows []propertyRow
	Left int64  // values that are not on the page
	All  string // where they are
}

// propertyRow is one property and its values, side by side.
type propertyRow struct {
	Label    string
	Conflict bool
	Values   []valueRow
	Left     int64
	All      string
}

// valueRow is one value and who says so.
type valueRow struct {
	Value   valueText
	Script  string // key of the words, of names that are not in Latin letters alone
	InWords string // the language, as words
	Written string // as the source wrote it, where that is different
	Current bool
	Said    []sourceRow
	Left    int64
}

// valueText is a value as it is shown.
type valueText struct {
	Text  string
	Cut   bool   // there is more of it
	Lang  string // for the lang attribute
	Href  string // of the entity it names
	Plain bool   // it is in the words of the page, no foreign text
}

// sourceRow is one source of a value.
type sourceRow struct {
	Who, Dataset string
	First, Last  string // in words; Last is "" if it is the same
	Current      bool
	Href         string // of the statement
}

const (
	valuesOnPage = 8   // of one property on an entity's page
	saidOnPage   = 3   // sources of one value there
	maxValue     = 260 // runes of a value
)

// groupOfType says in which table values of a type stand.
func groupOfType(t ftm.Type) string {
	switch t {
	case ftm.TypeName:
		return "names"
	case ftm.TypeIdentifier:
		return "identifiers"
	case ftm.TypeCountry:
		return "countries"
	case ftm.TypeAddress:
		return "addresses"
	}
	return "other"
}

// valueGroups makes the tables of some groups, as far as there is room.
func (r *request) valueGroups(v *registry.View, links []registry.Link, space *room, keys ...string) []valueGroup {
	known := nodesOf(links)
	caps := map[string]int{"names": 5000, "identifiers": 2600, "countries": 2400, "addresses": 2600, "other": 5000}
	var out []valueGroup
	for _, key := range keys {
		g := valueGroup{Key: key, All: entityHref(r.lang, v.ID) + "/values"}
		part, done := space.part(caps[key])
		for i := range v.Properties {
			pv := &v.Properties[i]
			if groupOfType(pv.Property.Type) != key {
				continue
			}
			row := r.propertyRow(v, pv, known, pv.Values, valuesOnPage, saidOnPage, part)
			if len(row.Values) == 0 {
				g.Left += int64(len(pv.Values))
				continue
			}
			g.Rows = append(g.Rows, row)
		}
		done()
		if len(g.Rows) > 0 || g.Left > 0 {
			out = append(out, g)
		}
	}
	return out
}

// nodesOf returns what is known of the entities at the ends of links, by id.
func nodesOf(links []registry.Link) map[string]registry.Node {
	out := map[string]registry.Node{}
	for _, l := range links {
		for _, n := range []registry.Node{l.From, l.To, l.Via} {
			if n.ID != "" {
				out[n.ID] = n
			}
		}
	}
	return out
}

// propertyRow words a property with some of its values.
func (r *request) propertyRow(v *registry.View, pv *registry.PropertyView, known map[string]registry.Node, values []registry.ValueView, most, sources int, space *room) propertyRow {
	row := propertyRow{Label: pv.Property.In(r.lang), Conflict: pv.Conflict, All: entityHref(r.lang, v.ID) + "/values?prop=" + pv.Property.Name}
	size := 150 + weight(row.Label)
	for i := range firstOf(values, most) {
		val := r.valueRow(v, pv.Property, &values[i], known, sources)
		size += 140 + weight(val.Value.Text, val.Value.Href, val.Written, val.InWords)
		for _, s := range val.Said {
			size += 130 + weight(s.Who, s.Dataset, s.Href)
		}
		if !space.take(size) {
			break
		}
		row.Values, size = append(row.Values, val), 0
	}
	row.Left = int64(len(values) - len(row.Values))
	return row
}

func (r *request) valueRow(v *registry.View, p *ftm.Property, vv *registry.ValueView, known map[string]registry.Node, sources int) valueRow {
	lang := ""
	for _, s := range vv.Said {
		lang = cmp.Or(lang, s.Lang)
	}
	row := valueRow{Value: r.valueText(p, vv.Value, lang, maxValue), Current: vv.Current}
	if p.Type == ftm.TypeName {
		row.Script = scriptKey(vv.Value)
	}
	row.InWords = languageName(r.lang, lang)
	if p.Type == ftm.TypeEntity {
		n, ok := known[vv.Value]
		if !ok {
			n = r.node(vv.Value)
			known[vv.Value] = n
		}
		row.Value.Text, row.Value.Href = shorten(n.Caption, 120), entityHref(r.lang, n.ID)
		if n.Schema == "" {
			row.Value.Href = "" // it is named and not described
		}
	}
	for i := range vv.Said {
		s := &vv.Said[i]
		if len(row.Said) == sources {
			row.Left = int64(len(vv.Said) - i)
			break
		}
		if s.Original != "" && row.Written == "" && folded(s.Original) != folded(vv.Value) {
			row.Written = shorten(s.Original, 160)
		}
		row.Said = append(row.Said, r.sourceRow(v, p, vv.Value, s))
	}
	return row
}

// node returns what an id that an entity names stands for.
func (r *request) node(id string) registry.Node {
	v, err := r.s.Registry.Entity(r.Context(), id)
	if err != nil {
		return registry.Node{ID: id, Caption: id}
	}
	return registry.Node{ID: v.ID, Schema: v.Entity.Schema, Caption: v.Entity.Caption}
}

func (r *request) sourceRow(v *registry.View, p *ftm.Property, value string, s *registry.Said) sourceRow {
	row := sourceRow{Who: shorten(s.Source, 60), Dataset: shorten(s.Dataset, 40), First: r.dated(s.First.Date()), Current: s.Current,
		Href: entityHref(r.lang, v.ID) + "/statement/" + statementOf(v, p, value, s).ID}
	if last := r.dated(s.Last.Date()); last != row.First {
		row.Last = last
	}
	return row
}

// valueText words a value by its type.
func (r *request) valueText(p *ftm.Property, value, lang string, n int) valueText {
	for i := range p.Values {
		if p.Values[i].Code == value {
			return valueText{Text: p.Values[i].In(r.lang), Plain: true}
		}
	}
	switch p.Type {
	case ftm.TypeCountry:
		return valueText{Text: r.countryName(value), Plain: true}
	case ftm.TypeDate:
		return valueText{Text: r.dated(value), Plain: true}
	case ftm.TypeTopic:
		t := r.topic(value)
		return valueText{Text: t.Text, Lang: t.Lang, Plain: t.Lang == ""}
	case ftm.TypeLanguage:
		if name := languageName(r.lang, value); name != "" {
			return valueText{Text: name, Plain: true}
		}
	case ftm.TypeNumber:
		if amount, unit, ok := ftm.ParseNumber(value); ok {
			return valueText{Text: strings.TrimSpace(grouped(r.lang, amount) + " " + shorten(unit, 60))}
		}
	}
	out := valueText{Text: shorten(value, n), Lang: htmlLang(lang)}
	out.Cut = strings.HasSuffix(out.Text, "…") && !strings.HasSuffix(value, "…")
	return out
}

// grouped writes digits with the separators of a language: "1080000.5" as "1,080,000.5".
func grouped(lang, digits string) string {
	sign, whole, fraction := "", digits, ""
	if strings.HasPrefix(whole, "-") {
		sign, whole = "-", whole[1:]
	}
	whole, fraction, _ = strings.Cut(whole, ".")
	if len(whole) > 18 || strings.Trim(whole, "0123456789") != "" || whole == "" {
		return shorten(digits, 60)
	}
	n := int64(0)
	for _, c := range whole {
		n = 10*n + int64(c-'0')
	}
	out := sign + number(lang, n)
	if fraction != "" {
		out += tongues[lang].point + shorten(fraction, 20)
	}
	return out
}

// htmlLang is the language code that a browser knows, of one with three letters.
func htmlLang(code string) string {
	if code == "" {
		return ""
	}
	tag, err := language.Parse(code)
	if err != nil || tag == language.Und {
		return ""
	}
	return tag.String()
}

// languageName names a language in the words of another.
func languageName(lang, code string) string {
	if code == "" {
		return ""
	}
	tag, err := language.Parse(code)
	if err != nil || tag == language.Und {
		return ""
	}
	return display.Languages(language.Make(lang)).Name(tag)
}

// scriptKey says in which script a name is written, as a key of the words; "" for Latin letters.
func scriptKey(s string) string {
	for _, c := range s[:min(len(s), 400)] {
		switch {
		case unicode.Is(unicode.Han, c):
			if strings.ContainsFunc(s[:min(len(s), 400)], func(c rune) bool { return unicode.In(c, unicode.Hiragana, unicode.Katakana) }) {
				return "script.kana"
			}
			return "script.han"
		case unicode.In(c, unicode.Hiragana, unicode.Katakana):
			return "script.kana"
		case unicode.Is(unicode.Cyrillic, c):
			return "script.cyrillic"
		case unicode.Is(unicode.Arabic, c):
			return "script.arabic"
		case unicode.Is(unicode.Hangul, c):
			return "script.hangul"
		case unicode.Is(unicode.Greek, c):
			return "script.greek"
		case unicode.Is(unicode.Hebrew, c):
			return "script.hebrew"
		case unicode.Is(unicode.Latin, c):
			return ""
		case unicode.IsLetter(c):
			return "script.other"
		}
	}
	return ""
}

// statementOf returns a statement in FollowTheMoney's form, as the registry exports it.
func statementOf(v *registry.View, p *ftm.Property, value string, s *registry.Said) ftm.Statement {
	out := ftm.Statement{EntityID: s.EntityID, CanonicalID: v.ID, Schema: v.Entity.Schema, Prop: p.Name, Value: value, Original: s.Original, Lang: s.Lang, Dataset: s.Dataset, Source: s.Source,
		Evidence: s.File.Evidence(s.At), FirstSeen: s.First.Date(), LastSeen: s.Last.Date()}
	for _, m := range v.Members {
		if m.ID == s.EntityID && m.Dataset == s.Dataset {
			out.Schema = m.Schema
		}
	}
	if out.Complete(ftm.Default()) != nil { // a property of a schema it had before
		out.PropType, out.ID = p.Type, ftm.StatementID(out.Dataset, out.EntityID, out.Prop, out.Value, false, "")
	}
	return out
}

// entityValuesPage is every value of an entity, or of one of its properties.
type entityValuesPage struct {
	base
	Caption, Href string
	Label         string // of the property, if it is one
	Properties    []facetRow
	Rows          []propertyRow
	From, To      int64 // of the values
	Total         int64
	Prev, Next    string
}

const valuesPerPage = 24

func (s *site) entityValues(r *request) error {
	v, err := s.viewAsked(r)
	if v == nil {
		return err
	}
	p := entityValuesPage{base: r.base(r.words().get("entity.valuesof", isolate(shorten(v.Entity.Caption, 60)))), Caption: v.Entity.Caption, Href: entityHref(r.lang, v.ID)}
	asked := r.URL.Query().Get("prop")
	known := map[string]registry.Node{}
	type place struct{ property, value int }
	var places []place
	for i := range v.Properties {
		pv := &v.Properties[i]
		here := pv.Property.Name == asked
		p.Properties = append(p.Properties, facetRow{Label: pv.Property.In(r.lang), Href: r.with(map[string]string{"prop": pv.Property.Name, "page": ""}, ""), N: int64(len(pv.Values)), Here: here})
		if asked != "" && !here {
			continue
		}
		if here {
			p.Label = pv.Property.In(r.lang)
		}
		for k := range pv.Values {
			places = append(places, place{i, k})
		}
	}
	if asked != "" && p.Label == "" {
		return &problem{http.StatusNotFound, "error.property", asked}
	}
	page := pageNumber(r.URL.Query().Get("page"))
	from := min((page-1)*valuesPerPage, len(places))
	to := min(from+valuesPerPage, len(places))
	p.Total, p.From, p.To = int64(len(places)), int64(min(from+1, len(places))), int64(to)
	for _, at := range places[from:to] {
		pv := &v.Properties[at.property]
		// Each value has its share of the page; of one that is too long for it a part is shown, with where the whole is.
		one := r.propertyRow(v, pv, known, pv.Values[at.value:at.value+1], 1, 4, &room{2 * pageRoom / valuesPerPage})
		if len(one.Values) == 0 {
			val := r.valueRow(v, pv.Property, &pv.Values[at.value], known, 1)
			val.Value.Text, val.Value.Cut, val.Written = shorten(val.Value.Text, 60), true, ""
			one.Values = []valueRow{val}
		}
		if n := len(p.Rows); n > 0 && p.Rows[n-1].Label == one.Label {
			p.Rows[n-1].Values = append(p.Rows[n-1].Values, one.Values...)
		} else {
			one.Left = 0
			p.Rows = append(p.Rows, one)
		}
	}
	if page > 1 {
		p.Prev = r.with(map[string]string{"page": pageParameter(page - 1)}, "")
	}
	if to < len(places) {
		p.Next = r.with(map[string]string{"page": pageParameter(page + 1)}, "")
	}
	return r.render(http.StatusOK, "entityvalues", p)
}

// sortedKeys returns the keys of a count, most first.
func sortedKeys(count map[string]int64) []string {
	var out []string
	for k := range count {
		out = append(out, k)
	}
	slices.SortFunc(out, func(a, b string) int { return cmp.Or(cmp.Compare(count[b], count[a]), cmp.Compare(a, b)) })
	return out
}
