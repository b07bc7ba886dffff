package ftm

import "maps"

// privateOf lists the properties of private life, by the schema that defines them. Persons stand in the registry
// in a public role only: what says where they live, how they look, what they believe, who their parents are or what
// number they bear is dropped when it is read. docs/format/registry.md gives the reasons.
func privateOf() map[string][]string {
	return map[string][]string{
		"Thing":       {"address", "addressEntity"},
		"LegalEntity": {"email", "phone", "idNumber", "taxNumber", "innCode", "licenseNumber", "npiCode", "vatCode", "registrationNumber", "website"},
		"Person": {"appearance", "birthPlace", "birthCountry", "birthDate", "deathDate", "education", "ethnicity", "eyeColor", "fatherName", "gender",
			"hairColor", "height", "motherName", "passportNumber", "political", "religion", "socialSecurityNumber", "spokenLanguage", "weight"},
	}
}

func privateProperties(m *Model) map[*Property]bool {
	out := map[*Property]bool{}
	for schema, names := range privateOf() {
		for _, n := range names {
			out[m.Schema(schema).Property(n)] = true
		}
	}
	return out
}

// Private says whether a property is one of private life in entities of a schema. It is never so for companies.
func (m *Model) Private(schema, prop string) bool {
	s := m.schemata[schema]
	return s != nil && s.Is("Person") && m.private[s.Property(prop)]
}

// DropPrivate removes the properties of private life of a person, and returns how many values of each it removed;
// nil if none.
func (m *Model) DropPrivate(e *Entity) map[string]int {
	var dropped map[string]int
	for prop, values := range e.Properties {
		if !m.Private(e.Schema, prop) {
			continue
		}
		if dropped == nil {
			dropped = map[string]int{}
			e.Properties = maps.Clone(e.Properties)
		}
		dropped[prop] = len(values)
		delete(e.Properties, prop)
	}
	return dropped
}
