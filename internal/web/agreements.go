package web

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"veedor/internal/follow/ftm"
	"veedor/internal/follow/registry"
)

// Counted is agreements and deployments, counted and chosen by what they have in common.
type Counted interface {
	Count(ctx context.Context, of registry.Facets, pick registry.Pick, by string, most int) ([]registry.Count, int, error)
	Choose(ctx context.Context, of registry.Facets, pick registry.Pick, skip, most int) ([]string, int, error)
	Agreement(ctx context.Context, id string) (*registry.Agreement, error)
	Deployment(ctx context.Context, id string) (*registry.Deployment, error)
}

// agreementsPage counts agreements by sector and by year, and lists them.
type agreementsPage struct {
	base
	chosen
	Sectors, Years, Countries facetFigure
	Rows                      []agreementRow
}

// chosen is what a page of agreements or deployments was asked for, and what there is.
type chosen struct {
	Form         map[string]string
	Options      map[string][]pickOption // of the lists to choose from
	Total        int64
	First, Last  int64 // of the rows, from 1
	Newer, Older string
	File         string // the same as CSV
	Any          bool   // something was chosen
	None         bool   // the registry has none at all
}

// pickOption is a value to choose.
type pickOption struct{ Value, Text string }

// agreementRow is one agreement, with what its sources say side by side.
type agreementRow struct {
	Title, Href string
	Sector      string
	Dates       facts
	Parties     []partyRow
	Amounts     []amountRow
	Normalised  string // of all its amounts, where that is the same
	Differ      bool   // sources contradict each other on the amount
	Publication facts
	Scales      []scaleRow
	Datasets    []string
}

// facts are the values of a property; where there are several, each with who says it.
type facts struct {
	Values []fact
	Differ bool
}

type fact struct{ Text, Who, Href string }

type partyRow struct {
	entityLink
	Role string
}

// amountRow is an amount as its source has it.
type amountRow struct {
	Text       string // the number and its currency
	Written    string // as the source writes it, if that is different
	Normalised string // how it was normalised, or why it was not
	Who, Href  string
	Gone       bool
}

// scaleRow is a deployment under an agreement, and how large it is said to be.
type scaleRow struct {
	entityLink
	Scales facts
}

const (
	rowsPerPage = 14
	maxOptions  = 40
	maxParties  = 6
	maxAmounts  = 6
)

// agreementFacets are the parameters that choose agreements.
func agreementFacets() []string {
	return []string{registry.BySector, registry.ByYear, registry.ByCountry, registry.ByParty, registry.ByPublication}
}

func (s *site) agreements(r *request) error {
	p := agreementsPage{base: r.base(r.words().get("agreements.title"))}
	if s.Registry == nil {
		p.None = true
		return r.render(http.StatusOK, "agreements", p)
	}
	pick, skip := r.picked(agreementFacets())
	ids, err := r.choose(&p.chosen, registry.Agreements, pick, skip)
	if err != nil {
		return err
	}
	for _, by := range []struct {
		to   *facetFigure
		name string
	}{{&p.Sectors, registry.BySector}, {&p.Years, registry.ByYear}, {&p.Countries, registry.ByCountry}} {
		if skip > 0 {
			break // they stand on the first page
		}
		if *by.to, err = r.facet(agreementsCounted(), pick, by.name); err != nil {
			return err
		}
	}
	for _, name := range []string{registry.BySector, registry.ByCountry, registry.ByPublication} {
		if p.Options[name], err = r.options(registry.Agreements, name); err != nil {
			return err
		}
	}
	for _, id := range ids {
		a, err := s.Registry.Agreement(r.Context(), id)
		if err != nil {
			return err
		}
		row, err := r.agreementRow(a)
		if err != nil {
			return err
		}
		p.Rows = append(p.Rows, row)
	}
	return r.fitting("agreements", len(p.Rows), func(most int) any {
		q := p
		q.Rows = p.Rows[:min(most, len(p.Rows))]
		q.turn(r, skip, len(q.Rows))
		return q
	})
}

// picked reads what is to be chosen, and how many are passed over.
func (r *request) picked(names []string) (registry.Pick, int) {
	pick := registry.Pick{}
	for _, name := range names {
		if v := shorten(strings.TrimSpace(r.URL.Query().Get(name)), maxAsked); v != "" {
			pick[name] = v
		}
	}
	skip, err := strconv.Atoi(r.URL.Query().Get("skip"))
	if err != nil || skip < 0 || skip > 10_000_000 {
		skip = 0
	}
	return pick, skip
}

// maxAsked is the longest value that can be asked for, in runes.
const maxAsked = 120

// askable says whether a value can be asked for in an address: one that would upset a page cannot.
func askable(value string) bool { return strings.TrimSpace(shorten(value, maxAsked)) == value }

// choose finds the rows of a page.
func (r *request) choose(c *chosen, of registry.Facets, pick registry.Pick, skip int) ([]string, error) {
	ids, total, err := r.s.Registry.Choose(r.Context(), of, pick, skip, rowsPerPage)
	if err != nil {
		return nil, err
	}
	c.Form, c.Options, c.Total, c.Any = pick, map[string][]pickOption{}, int64(total), len(pick) > 0
	c.None = total == 0 && !c.Any
	c.File = prefix(r.lang) + strings.TrimPrefix(r.URL.Path, prefix(r.lang)) + ".csv"
	if _, query, ok := strings.Cut(r.with(map[string]string{"skip": ""}, ""), "?"); ok {
		c.File += "?" + query
	}
	return ids, nil
}

// turn says which rows a page shows, and where the others are.
func (c *chosen) turn(r *request, skip, shown int) {
	c.First, c.Last = int64(skip+1), int64(skip+shown)
	c.Newer, c.Older = "", ""
	switch {
	case skip > rowsPerPage:
		c.Newer = r.with(map[string]string{"skip": strconv.Itoa(skip - rowsPerPage)}, "list")
	case skip > 0:
		c.Newer = r.with(map[string]string{"skip": ""}, "list")
	}
	if c.Last < c.Total {
		c.Older = r.with(map[string]string{"skip": strconv.FormatInt(c.Last, 10)}, "list")
	}
}

// options are the values to choose from.
func (r *request) options(of registry.Facets, by string) ([]pickOption, error) {
	list, _, err := r.s.Registry.Count(r.Context(), of, nil, by, maxOptions)
	var out []pickOption
	for _, c := range list {
		if askable(c.Value) {
			out = append(out, pickOption{c.Value, r.facetText(of, by, c)})
		}
	}
	slices.SortFunc(out, func(a, b pickOption) int { return strings.Compare(folded(a.Text), folded(b.Text)) })
	return out, err
}

// facetText words a value of a facet.
func (r *request) facetText(of registry.Facets, by string, c registry.Count) string {
	prop := by
	switch by {
	case registry.ByCountry:
		return r.countryName(c.Value)
	case registry.ByPublication:
		prop = "publicationStatus"
	case registry.ByKind, registry.ByStatus:
	default:
		return shorten(c.Label, 80)
	}
	if p := ftm.Default().Property(string(of) + ":" + prop); p != nil {
		return r.valueText(p, c.Value, "", 80).Text
	}
	return shorten(c.Label, 80)
}

func (r *request) agreementRow(a *registry.Agreement) (agreementRow, error) {
	row := agreementRow{Title: shorten(a.Entity.Caption, 140), Href: entityHref(r.lang, a.ID), Dates: r.facts(&a.View, "startDate", "date"), Publication: r.facts(&a.View, "publicationStatus"),
		Differ: a.Conflicting("amount"), Datasets: r.listTitles(a.Entity.Datasets)}
	var sectors []string
	for _, v := range firstOf(current(a.Get("sector")), 3) {
		sectors = append(sectors, shorten(v.Value, 60))
	}
	row.Sector = strings.Join(sectors, r.words()["join.comma"])
	row.Parties = r.partyRows(a.Parties)
	for _, m := range firstOf(a.Amounts, maxAmounts) {
		row.Amounts = append(row.Amounts, r.amountRow(&m))
	}
	if n := len(row.Amounts); n > 1 && !slices.ContainsFunc(row.Amounts, func(m amountRow) bool { return m.Normalised != row.Amounts[0].Normalised }) {
		row.Normalised = row.Amounts[0].Normalised
		for i := range row.Amounts {
			row.Amounts[i].Normalised = ""
		}
	}
	for _, id := range firstOf(a.Deployments, 2) {
		d, err := r.s.Registry.Deployment(r.Context(), id)
		if err != nil {
			return row, err
		}
		if scales := r.facts(&d.View, "scale"); len(scales.Values) > 0 {
			row.Scales = append(row.Scales, scaleRow{entityLink{shorten(d.Entity.Caption, 80), entityHref(r.lang, d.ID)}, scales})
		}
	}
	return row, nil
}

// partyRows names each party once, with the parts it has.
func (r *request) partyRows(parties []registry.Party) []partyRow {
	var out []partyRow
	for _, p := range parties {
		end, role := r.entityLink(p.Node), ""
		if prop := ftm.Default().Property("Agreement:" + p.Prop); prop != nil && p.Prop != "parties" {
			role = strings.ToLower(prop.In(r.lang))
		}
		i := slices.IndexFunc(out, func(o partyRow) bool { return o.entityLink == end })
		switch {
		case i < 0 && len(out) < maxParties:
			out = append(out, partyRow{end, role})
		case i >= 0 && role != "":
			out[i].Role = strings.TrimPrefix(out[i].Role+r.words()["join.comma"]+role, r.words()["join.comma"])
		}
	}
	return out
}

// current returns values that hold now; all, where none does.
func current(values []registry.ValueView) []registry.ValueView {
	now := slices.DeleteFunc(slices.Clone(values), func(v registry.ValueView) bool { return !v.Current })
	if len(now) == 0 {
		return values
	}
	return now
}

// facts words the values of the first of some properties that has any.
func (r *request) facts(v *registry.View, props ...string) facts {
	var f facts
	for _, prop := range props {
		p := ftm.Default().Property(v.Entity.Schema + ":" + prop)
		values := current(v.Get(prop))
		if p == nil || len(values) == 0 {
			continue
		}
		f.Differ = f.Differ || v.Conflicting(prop)
		for _, value := range firstOf(values, 6) {
			one := fact{Text: r.valueText(p, value.Value, "", 120).Text}
			if len(values) > 1 {
				s := &value.Said[0]
				one.Who, one.Href = shorten(s.Source, 60), r.saidHref(s)
				if place := r.place(s.At); place != "" {
					one.Who += ", " + place
				}
			}
			f.Values = append(f.Values, one)
		}
		break
	}
	return f
}

// saidHref returns the address of a statement's page.
func (r *request) saidHref(s *registry.Said) string {
	return entityHref(r.lang, s.EntityID) + "/statement/" + ftm.StatementID(s.Dataset, s.EntityID, s.Prop, s.Value, false, s.Lang)
}

// amountRow words an amount, and how it was made comparable or why it was not.
func (r *request) amountRow(m *registry.Amount) amountRow {
	w, s := r.words(), &m.Said[0]
	row := amountRow{Text: r.money(m.Value, m.Currency), Who: shorten(s.Source, 60), Href: r.saidHref(s), Gone: !m.Current}
	if place := r.place(s.At); place != "" {
		row.Who += ", " + place
	}
	if s.Original != "" && s.Original != m.Value {
		row.Written = shorten(s.Original, 60)
	}
	row.Normalised = w.get(normalised(m), r.money(m.Normalised, ""), shorten(m.PriceYear, 10), shorten(m.Method, 160), r.money(m.USD, "USD"))
	return row
}

// normalised returns the key of the words on how an amount was made comparable. Their blanks are the amount normalised,
// the year of its prices, the method, and the amount in dollars.
func normalised(m *registry.Amount) string {
	switch {
	case m.Normalised != "" && m.PriceYear != "" && m.Method != "":
		return "agreements.normalised"
	case m.Normalised != "":
		return "agreements.halfnormalised" // it does not say how
	case m.Currency == "":
		return "agreements.nocurrency"
	case m.Currency == "USD":
		return "agreements.dollars"
	case m.USD != "":
		return "agreements.indollars"
	}
	return "agreements.norate"
}

// money writes an amount with its currency.
func (r *request) money(value, currency string) string {
	amount, unit, ok := ftm.ParseNumber(value)
	if !ok {
		return strings.TrimSpace(shorten(value, 60) + " " + shorten(currency, 10))
	}
	if unit != "" {
		currency = unit
	}
	return strings.TrimSpace(grouped(r.lang, amount) + " " + shorten(currency, 40))
}

// pickList is a list to choose one value from.
type pickList struct {
	Label, Name, Value string
	Options            []pickOption
}

// PickList makes the list of a facet. What was chosen is in it, even if it is too rare to be offered.
func (c chosen) PickList(label, name string) pickList {
	l := pickList{label, name, c.Form[name], c.Options[name]}
	if l.Value != "" && !slices.ContainsFunc(l.Options, func(o pickOption) bool { return o.Value == l.Value }) {
		l.Options = append(slices.Clone(l.Options), pickOption{l.Value, l.Value})
	}
	return l
}
