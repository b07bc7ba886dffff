package ftm

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDropPrivate(t *testing.T) {
	m := Default()
	for _, c := range []struct {
		name    string
		in      Entity
		kept    map[string][]string
		dropped map[string]int
	}{
		{"person", Entity{Schema: "Person", Properties: map[string][]string{"name": {"José Pérez"}, "position": {"Minister"}, "nationality": {"ve"}, "birthPlace": {"Mérida"},
			"gender": {"male"}, "passportNumber": {"1", "2"}, "idNumber": {"V-1"}, "address": {"Calle 1"}, "phone": {"+58"}, "email": {"a@b.ve"}, "topics": {"role.pep"},
			"birthDate": {"1962-11-23", "1962-11", "1963"}}},
			map[string][]string{"name": {"José Pérez"}, "position": {"Minister"}, "nationality": {"ve"}, "topics": {"role.pep"}},
			map[string]int{"birthPlace": 1, "gender": 1, "passportNumber": 2, "idNumber": 1, "address": 1, "phone": 1, "email": 1, "birthDate": 3}},
		{"company", Entity{Schema: "Company", Properties: map[string][]string{"name": {"CEIEC"}, "address": {"17 Fuxing Road"}, "phone": {"+86"}, "idNumber": {"1"}}},
			map[string][]string{"name": {"CEIEC"}, "address": {"17 Fuxing Road"}, "phone": {"+86"}, "idNumber": {"1"}}, nil},
		{"passport", Entity{Schema: "Passport", Properties: map[string][]string{"holder": {"p"}, "number": {"1"}}}, map[string][]string{}, map[string]int{"holder": 1, "number": 1}},
		{"document", Entity{Schema: "Document", Properties: map[string][]string{"title": {"t"}, "emailMentioned": {"a@b.ve"}}}, map[string][]string{"title": {"t"}}, map[string]int{"emailMentioned": 1}},
	} {
		before := len(c.in.Properties)
		shared := c.in.Properties
		dropped := m.DropPrivate(&c.in)
		if diff := cmp.Diff(c.in.Properties, c.kept); diff != "" {
			t.Errorf("%s keeps (-got +want):\n%s", c.name, diff)
		}
		if diff := cmp.Diff(dropped, c.dropped); diff != "" {
			t.Errorf("%s drops (-got +want):\n%s", c.name, diff)
		}
		if len(shared) != before {
			t.Errorf("%s: the map of another was changed", c.name)
		}
	}
}

// TestPrivateNames: a name that is not in the model would drop nothing.
func TestPrivateNames(t *testing.T) {
	m := Default()
	for schema, names := range privateOf() {
		for _, n := range names {
			if p := m.Schema(schema).Property(n); p == nil || p.Schema.Name != schema {
				t.Errorf("%s does not define %s", schema, n)
			}
		}
	}
	for _, n := range mentioned() {
		if m.Schema("Analyzable").Property(n) == nil {
			t.Errorf("Analyzable does not define %s", n)
		}
	}
	for _, s := range []string{"Passport", "Identification", "Family", "Call", "UserAccount", "TaxRoll"} {
		if m.Schema(s) == nil || !m.PrivateSchema(s) {
			t.Errorf("%s is not private", s)
		}
	}
}
