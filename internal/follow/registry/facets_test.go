package registry

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// contract is the founding case's, as three sources tell of it.
func contract() []Item {
	return []Item{
		ent("a2013", "Agreement", "title", "Public-safety system", "sector", "Telecommunications", "startDate", "2013", "country", "ve", "amount", "1080000000", "currency", "USD",
			"supplier", "ceiec", "authority", "mij", "publicationStatus", "not-public"),
		ent("ceiec", "Company", "name", "CEIEC"), ent("mij", "PublicBody", "name", "Ministry of the Interior"),
		ent("cams", "Deployment", "kind", "cameras", "supplier", "ceiec", "operator", "mij", "agreement", "a2013", "country", "ve", "status", "partly-delivered", "scale", "30000 cameras", "scale", "4300 cameras"),
	}
}

func TestFacets(t *testing.T) {
	r := openTest(t)
	items := contract()
	for i := range 30 {
		items = append(items, ent(fmt.Sprint("h", i), "Agreement", "title", fmt.Sprint("Oil ", i), "sector", []string{"Hydrocarbons", "hydrocarbons"}[i%2], "date", fmt.Sprint(2001+i%10, "-05"), "parties", "mij", "publicationStatus", "published"))
	}
	put(t, r, "g", "2020-01-01", items...)
	put(t, r, "h", "2020-01-01", ent("a2013", "Agreement", "title", "Sistema de seguridad", "startDate", "2012-11", "amount", "1200000000", "amountNormalised", "1450000000 USD", "priceYear", "2020", "normalisation", "by the US CPI"))
	counts := func(of Facets, pick Pick, by string) string {
		c, others, err := r.Count(t.Context(), of, pick, by, 3)
		if err != nil {
			t.Fatal(err)
		}
		out := ""
		for _, c := range c {
			out += fmt.Sprintf("%s %d, ", c.Value, c.N)
		}
		return fmt.Sprint(out, others)
	}
	for _, c := range []struct {
		of   Facets
		pick Pick
		by   string
		want string
	}{
		{Agreements, nil, BySector, "hydrocarbons 30, telecommunications 1, 0"},
		{Agreements, Pick{BySector: "telecommunications"}, ByYear, "2012 1, 2013 1, 0"}, // both, for two sources contradict each other
		{Agreements, Pick{ByPublication: "published"}, ByYear, "2001 3, 2002 3, 2003 3, 7"},
		{Agreements, Pick{ByParty: "minISTRY"}, ByCountry, "ve 1, 0"},
		{Agreements, Pick{ByParty: "100%"}, ByCountry, "0"},
		{Agreements, Pick{ByParty: "ceiec", ByYear: "2012"}, BySector, "telecommunications 1, 0"},
		{Deployments, nil, BySupplier, "ceiec 1, 0"},
		{Deployments, Pick{ByStatus: "operating"}, ByKind, "0"},
	} {
		if got := counts(c.of, c.pick, c.by); got != c.want {
			t.Errorf("%s %v by %s: %s, want %s", c.of, c.pick, c.by, got, c.want)
		}
	}
	first, total, err := r.Choose(t.Context(), Agreements, nil, 0, 2)
	if err != nil || total != 31 || len(first) != 2 || first[0] != "a2013" {
		t.Errorf("%q of %d, %v", first, total, err)
	}
	rest, _, err := r.Choose(t.Context(), Agreements, nil, 2, 100)
	if err != nil || len(rest) != 29 || slices.Contains(rest, first[1]) {
		t.Errorf("%d more, %v", len(rest), err)
	}
	// What is imported and decided later counts at once.
	put(t, r, "i", "2020-01-01", ent("z", "Agreement", "sector", "Telecommunications", "supplier", "zte"), ent("zte", "Company", "name", "ZTE"))
	if got := counts(Agreements, nil, BySector); got != "hydrocarbons 30, telecommunications 2, 0" {
		t.Error(got)
	}
	if err := decide(t, r, "z", Positive, "a2013"); err != nil {
		t.Fatal(err)
	}
	if got := counts(Agreements, nil, BySector); got != "hydrocarbons 30, telecommunications 1, 0" {
		t.Error(got)
	}
}

// TestAgreement: amounts stand side by side, each with what its own source says of it.
func TestAgreement(t *testing.T) {
	r := openTest(t)
	put(t, r, "g", "2020-01-01", contract()...)
	put(t, r, "h", "2020-01-01", ent("a2013", "Agreement", "title", "Sistema", "startDate", "2012-11", "amount", "1200000000", "amountNormalised", "1450000000 USD", "priceYear", "2020", "normalisation", "by the US CPI"))
	a, err := r.Agreement(t.Context(), "a2013")
	if err != nil {
		t.Fatal(err)
	}
	type amount struct{ Value, Currency, Normalised, PriceYear, Method, Dataset string }
	var got []amount
	for _, m := range a.Amounts {
		got = append(got, amount{m.Value, m.Currency, m.Normalised, m.PriceYear, m.Method, m.Said[0].Dataset})
	}
	if d := cmp.Diff([]amount{{"1080000000", "USD", "", "", "", "g"}, {"1200000000", "", "1450000000 USD", "2020", "by the US CPI", "h"}}, got); d != "" {
		t.Error(d)
	}
	if !a.Conflicting("amount") || !a.Conflicting("startDate") || len(a.Parties) != 2 || a.Parties[0].Caption != "Ministry of the Interior" || !slices.Equal(a.Deployments, []string{"cams"}) {
		t.Errorf("%+v", a)
	}
	d, err := r.Deployment(t.Context(), "cams")
	if err != nil || len(d.Suppliers) != 1 || d.Suppliers[0].Caption != "CEIEC" || len(d.Get("scale")) != 2 || !d.Conflicting("scale") {
		t.Errorf("%+v, %v", d, err)
	}
	// Two amounts in one row's entity, each with its own currency.
	put(t, r, "k", "2020-01-01", Item{ID: "two", Schema: "Agreement", Values: []Value{{Prop: "amount", Value: "5", At: Place{"f", 1, 1}}, {Prop: "currency", Value: "EUR", At: Place{"f", 1, 1}},
		{Prop: "amount", Value: "6", At: Place{"f", 2, 2}}, {Prop: "currency", Value: "CNY", At: Place{"f", 2, 2}}, {Prop: "amount", Value: "7", At: Place{"f", 3, 3}}, {Prop: "amount", Value: "8 VES", At: Place{"f", 4, 4}}}})
	if a, err = r.Agreement(t.Context(), "two"); err != nil {
		t.Fatal(err)
	}
	var currencies []string
	for _, m := range a.Amounts {
		currencies = append(currencies, m.Currency)
	}
	if !slices.Equal(currencies, []string{"EUR", "CNY", "", "VES"}) {
		t.Errorf("currencies: %q", currencies)
	}
}
