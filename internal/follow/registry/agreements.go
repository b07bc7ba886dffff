package registry

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"veedor/internal/follow/ftm"
)

// Agreement is an agreement with everything its sources say of parties, money and dates, side by side.
type Agreement struct {
	View
	Parties     []Party
	Amounts     []Amount
	Deployments []string // canonical ids of deployments that name it
}

// Party is one who is bound by an agreement or pays for it, or who supplies or operates a deployment.
type Party struct {
	Node
	Prop string // the property that names it: supplier, authority …
	Said []Said
}

// Amount is one amount that a source gives, with what it says of currency and normalisation beside it. What the source
// does not say is "".
type Amount struct {
	Value, Currency string
	USD             string // the amount in US dollars, as the source gives it
	Normalised      string // in one currency and prices of PriceYear, with its unit if it has one
	PriceYear       string
	Method          string // how it was normalised
	Current         bool
	Said            []Said
}

// Get returns the values of a property.
func (v *View) Get(prop string) []ValueView {
	for i := range v.Properties {
		if v.Properties[i].Property.Name == prop {
			return v.Properties[i].Values
		}
	}
	return nil
}

// Conflicting says whether sources contradict each other on a property.
func (v *View) Conflicting(prop string) bool {
	for i := range v.Properties {
		if v.Properties[i].Property.Name == prop {
			return v.Properties[i].Conflict
		}
	}
	return false
}

// Agreement returns an agreement by its id.
func (r *Registry) Agreement(ctx context.Context, id string) (*Agreement, error) {
	v, err := r.view(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("agreement %.200s: %w", id, err)
	}
	a := &Agreement{View: *v, Amounts: amounts(v)}
	if a.Parties, err = r.parties(ctx, v, partyProps()); err != nil {
		return nil, fmt.Errorf("agreement %.200s: %w", id, err)
	}
	if a.Deployments, _, err = r.Choose(ctx, Deployments, Pick{byAgreement: v.ID}, 0, mostDeployments); err != nil {
		return nil, fmt.Errorf("agreement %.200s: %w", id, err)
	}
	return a, nil
}

// mostDeployments bounds how many deployments are listed of one agreement.
const mostDeployments = 20

// parties returns whom some properties name, those first whom sources name now.
func (r *Registry) parties(ctx context.Context, v *View, props []string) ([]Party, error) {
	g, err := r.graph(ctx)
	if err != nil {
		return nil, err
	}
	var out []Party
	for _, prop := range props {
		for _, value := range v.Get(prop) {
			n, err := g.node(ctx, value.Value)
			if err != nil {
				return nil, err
			}
			if i := slices.IndexFunc(out, func(p Party) bool { return p.Node == n && p.Prop == prop }); i >= 0 {
				out[i].Said = append(out[i].Said, value.Said...)
				continue
			}
			out = append(out, Party{n, prop, value.Said})
		}
	}
	return out, nil
}

// amounts puts beside each amount what the same row of the same source says of it. What stands in no row of its own is
// the source's for all of its amounts, if it says it once.
func amounts(v *View) []Amount {
	var out []Amount
	of := func(prop string) []Amount {
		var list []Amount
		for _, value := range v.Get(prop) {
			for _, s := range value.Said {
				list = append(list, Amount{Value: value.Value, Current: s.Current, Said: []Said{s}})
			}
		}
		return list
	}
	list := of("amount")
	usd := of("amountUsd")
	if len(list) == 0 {
		list, usd = usd, nil
		for i := range list {
			list[i].USD, list[i].Currency = list[i].Value, "USD"
		}
	}
	for _, a := range list {
		s := a.Said[0]
		if a.Currency == "" {
			if _, unit, ok := ftm.ParseNumber(a.Value); ok && len(unit) == 3 {
				a.Currency = unit
			} else {
				a.Currency = beside(of("currency"), s)
			}
		}
		if a.USD == "" {
			a.USD = beside(usd, s)
		}
		a.Normalised, a.PriceYear, a.Method = beside(of("amountNormalised"), s), beside(of("priceYear"), s), beside(of("normalisation"), s)
		if i := slices.IndexFunc(out, func(o Amount) bool {
			return o.Value == a.Value && o.Currency == a.Currency && o.USD == a.USD && o.Normalised == a.Normalised && o.PriceYear == a.PriceYear && o.Method == a.Method
		}); i >= 0 {
			out[i].Said = append(out[i].Said, s)
			out[i].Current = out[i].Current || a.Current
			continue
		}
		out = append(out, a)
	}
	slices.SortStableFunc(out, func(a, b Amount) int {
		switch {
		case a.Current == b.Current:
			return cmp.Compare(a.Said[0].Dataset, b.Said[0].Dataset)
		case a.Current:
			return -1
		}
		return 1
	})
	return out
}

// beside returns the value that stands in the same row as a statement, or else the only one of its entity in its source.
func beside(list []Amount, s Said) string {
	var own []string
	for _, o := range list {
		t := o.Said[0]
		if t.Dataset != s.Dataset || t.EntityID != s.EntityID {
			continue
		}
		if t.At == s.At && t.File.Hash == s.File.Hash {
			return o.Value
		}
		if !slices.Contains(own, o.Value) {
			own = append(own, o.Value)
		}
	}
	if len(own) == 1 {
		return own[0]
	}
	return ""
}
