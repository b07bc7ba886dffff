package ftm

import (
	"slices"
	"testing"
)

func TestModel(t *testing.T) {
	m := Default()
	company := m.Schema("Company")
	for _, is := range []string{"Company", "Organization", "LegalEntity", "Thing", "Asset", "Value"} {
		if !company.Is(is) {
			t.Errorf("a company is no %s", is)
		}
	}
	if company.Is("Person") {
		t.Error("a company is a person")
	}
	if p := company.Property("name"); p == nil || p.String() != "Thing:name" || p.Type != TypeName || p.Max != 384 {
		t.Errorf("Company's name is %v", p)
	}
	for schema, stub := range map[string]string{"Company": "deploymentsSupplied", "Person": "absences", "Agreement": "deployments"} {
		if p := m.Schema(schema).Property(stub); p == nil || !p.Stub || !p.Ours {
			t.Errorf("%s has no stub %s", schema, stub)
		}
	}
	if e := m.Schema("Ownership").Edge; e == nil || e.Source != "owner" || e.Target != "asset" || !e.Directed {
		t.Errorf("edge of Ownership: %+v", e)
	}
	if s := m.Schema("Deployment"); !slices.Equal(s.Start, []string{"startDate", "date"}) || s.In("es") != "Despliegue" || s.In("zh") != "部署" || s.In("fr") != "Deployment" {
		t.Errorf("Deployment: %+v", s)
	}
}

func TestCommon(t *testing.T) {
	m := Default()
	for _, c := range []struct{ a, b, want string }{
		{"LegalEntity", "Company", "Company"}, {"Company", "Thing", "Company"}, {"Person", "Person", "Person"},
		{"Person", "Company", ""}, {"Nothing", "Person", "Person"}, {"Nothing", "Naught", ""},
	} {
		got, err := m.Common(c.a, c.b)
		if (err != nil) != (c.want == "") || err == nil && got.Name != c.want {
			t.Errorf("Common(%s, %s) = %v, %v, want %q", c.a, c.b, got, err, c.want)
		}
	}
}
