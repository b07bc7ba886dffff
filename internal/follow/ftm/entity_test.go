package ftm

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func write(t testing.TB, b *bytes.Buffer, all []Statement, format string, ours bool) {
	t.Helper()
	w, err := NewStatementWriter(b, format, ours)
	if err != nil {
		t.Fatal(err)
	}
	for i := range all {
		if err := w.Write(&all[i]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

// oursInFull returns one entity of each of our schemata, with a value or two of every property.
func oursInFull() []Entity {
	m := Default()
	var out []Entity
	for _, s := range m.Schemata() {
		if !s.Ours {
			continue
		}
		e := Entity{ID: "veedor-" + s.Name, Schema: s.Name, Properties: map[string][]string{}}
		for _, p := range s.Properties() {
			if p.Stub {
				continue
			}
			v := map[Type]string{TypeName: "Sistema VEN 911", TypeDate: "2013-04", TypeCountry: "ve", TypeURL: "http://example.org/x", TypeEntity: "ofac-30502",
				TypeNumber: "4300 cameras", TypeTopic: "sanction", TypeIdentifier: "Q717", TypeLanguage: "spa", TypeGender: "other"}[p.Type]
			if v == "" {
				v = "a text of " + p.Name
			}
			if len(p.Values) > 0 {
				v = p.Values[0].Code
			}
			e.Properties[p.Name] = []string{v}
		}
		out = append(out, e)
	}
	return out
}

func TestPlainKeepsEverything(t *testing.T) {
	m := Default()
	for _, e := range oursInFull() {
		plain := Plain(m, &e)
		var all []byte
		for _, p := range plain {
			if m.Schema(p.Schema).Ours {
				t.Errorf("%s became a %s", e.Schema, p.Schema)
			}
			for name := range p.Properties {
				if q := m.Schema(p.Schema).Property(name); q == nil || q.Stub || q.Ours {
					t.Errorf("%s became a %s with %s", e.Schema, p.Schema, name)
				}
			}
			all = AppendEntity(all, &p)
		}
		for prop, values := range e.Properties {
			for _, v := range values {
				if !bytes.Contains(all, []byte(v)) {
					t.Errorf("%s of %s got lost: %q", prop, e.Schema, v)
				}
			}
		}
	}
	company := Entity{ID: "a", Schema: "Company"}
	if diff := cmp.Diff(Plain(m, &company), []Entity{company}); diff != "" {
		t.Error(diff)
	}
}
