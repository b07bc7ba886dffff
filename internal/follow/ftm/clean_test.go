package ftm

import (
	"strings"
	"testing"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"veedor/internal/phrase"
)

// TestClean says in our own words what TestCleaningVectors compares, with what following must not get wrong.
func TestClean(t *testing.T) {
	g := &phrase.Grammar{Heads: Reasons()}
	for _, c := range []struct{ prop, in, want string }{
		{"Thing:createdAt", "2013-02-30", ""},
		{"Thing:createdAt", "2013-02-28", "2013-02-28"},
		{"Thing:createdAt", "2013-02", "2013-02"},
		{"Thing:createdAt", "16.02.2013", ""},
		{"Thing:createdAt", "2013-02-16T00:30:00+02:00", "2013-02-15T22:30:00"},
		{"LegalEntity:uscCode", "9111 0000 1000 0106 X1", "9111000010000106X1"},
		{"LegalEntity:uscCode", "9111000010000106X2", ""},
		{"Thing:country", "República Bolivariana de Venezuela", "ve"},
		{"Thing:country", "委内瑞拉", "ve"},
		{"Thing:country", "Soviet Union", "suhh"},
		{"Thing:country", "Atlantis", ""},
		{"Document:language", "pt-BR", "por"},
		{"LegalEntity:website", "www.ceiec.com", "http://www.ceiec.com/"},
		{"LegalEntity:phone", "0212 1234567", ""},
		{"LegalEntity:phone", "+58 (0212) 123-45-67", "+582121234567"},
		{"Thing:name", "  \"C.  A. Teléfonos\"\n", "C. A. Teléfonos"},
		{"LegalEntity:ownershipOwner", "x", ""},
		{"Deployment:kind", "Cámaras", "cameras"},
		{"Deployment:kind", "command-centre", "command-centre"},
		{"Deployment:kind", "ice cream", ""},
		{"Agreement:publicationStatus", "NOT PUBLIC", "not-public"},
	} {
		got, reason := Default().Property(c.prop).Clean(c.in)
		if got != c.want || (reason == "") == (c.want == "") || reason != "" && g.Read(reason) == nil {
			t.Errorf("%s of %q is %q (%s), want %q", c.prop, c.in, got, reason, c.want)
		}
	}
}

// TestCountriesInFourLanguages: every country is known by its code and by its name in the languages of the project's
// sources.
func TestCountriesInFourLanguages(t *testing.T) {
	for _, namer := range []display.Namer{display.Regions(language.English), display.Regions(language.Spanish), display.Regions(language.Chinese), display.Regions(language.French)} {
		for a := 'A'; a <= 'Z'; a++ {
			for b := 'A'; b <= 'Z'; b++ {
				r, err := language.ParseRegion(string(a) + string(b))
				if err != nil || !r.IsCountry() || r.Canonicalize() != r {
					continue
				}
				name := namer.Name(r)
				if name == "" {
					continue // gone
				}
				got, reason := TypeCountry.Clean(name, "")
				if code, why := TypeCountry.Clean(r.String(), ""); got != code {
					t.Errorf("%s is %q (%s), its name %s is %q (%s)", r, code, why, name, got, reason)
				}
			}
		}
	}
	if l := CountryLabel("ve"); l != "Venezuela" {
		t.Errorf("ve is called %s", l)
	}
}

func TestParseNumber(t *testing.T) {
	for _, c := range []struct{ in, number, unit string }{
		{"4300 cameras", "4300", "cameras"}, {"1,080.50", "1080.50", ""}, {"1 080", "1080", ""}, {"-3%", "-3", "%"}, {"30,000 cámaras", "30000", "cámaras"},
		{"1.080 MM", "1.080", "MM"}, {"1.080,00", "", ""}, {"10-20", "", ""}, {"", "", ""}, {"x", "", ""}, {"5 to 6", "", ""},
	} {
		number, unit, ok := ParseNumber(c.in)
		if number != c.number || unit != c.unit || ok != (c.number != "") {
			t.Errorf("%q is %q %q %v, want %q %q", c.in, number, unit, ok, c.number, c.unit)
		}
	}
}

func TestPickName(t *testing.T) {
	for _, c := range []struct {
		names []string
		want  string
	}{
		{nil, ""}, {[]string{" "}, ""}, {[]string{"a"}, "a"},
		{[]string{"中国电子", "CEIEC"}, "CEIEC"},
		{[]string{"PETRÓLEOS DE VENEZUELA", "Petróleos de Venezuela", "petróleos de venezuela"}, "Petróleos de Venezuela"},
		{[]string{"Ltd", "Acme Telecom Ltd", "Acme Telecom Limited", "Acme Telecom"}, "Acme Telecom Ltd"},
	} {
		if got := PickName(c.names); got != c.want {
			t.Errorf("%q: %q, want %q", c.names, got, c.want)
		}
	}
	many := make([]string, 5000)
	for i := range many {
		many[i] = strings.Repeat(string(rune('a'+i%26)), 1+i%400)
	}
	if PickName(many) == "" {
		t.Error("no name out of many")
	}
}

func TestMergeAndLabel(t *testing.T) {
	m := Default()
	a := Entity{ID: "a", Schema: "LegalEntity", Properties: map[string][]string{"name": {"CEIEC"}}, Datasets: []string{"x"}, FirstSeen: "2022", LastSeen: "2023"}
	b := Entity{ID: "b", Schema: "Company", Properties: map[string][]string{"name": {"CEIEC"}, "country": {"cn"}}, Datasets: []string{"w"}, FirstSeen: "2021", LastSeen: "2022"}
	if err := a.Merge(m, &b); err != nil {
		t.Fatal(err)
	}
	if a.Schema != "Company" || a.FirstSeen != "2021" || a.LastSeen != "2023" || len(a.Datasets) != 2 || a.Referents[0] != "b" || len(a.Properties["name"]) != 1 {
		t.Errorf("merged into %+v", a)
	}
	if l := a.Label(m); l != "CEIEC" {
		t.Errorf("called %s", l)
	}
	if v := a.Values(m, TypeCountry, true); len(v) != 1 || v[0] != "cn" {
		t.Errorf("countries %v", v)
	}
	if l := (&Entity{ID: "z", Schema: "Ownership"}).Label(m); l != "Ownership" {
		t.Errorf("called %s", l)
	}
	if err := a.Merge(m, &Entity{ID: "c", Schema: "Person"}); err == nil {
		t.Error("a person was merged into a company")
	}
}
