package ftm

import "maps"

// Persons stand in the registry in a public role only. What says where they live, how they look, what they believe,
// who their parents are or what number they bear is dropped when it is read; docs/format/registry.md gives the
// reasons.

// privateOf lists the properties of private life of persons, by the schema that defines them.
func privateOf() map[string][]string {
	return map[string][]string{
		"Thing":       {"address", "addressEntity"},
		"LegalEntity": {"email", "phone", "idNumber", "taxNumber", "innCode", "licenseNumber", "npiCode", "vatCode", "registrationNumber"},
		"Person": {"appearance", "biography", "birthCountry", "birthPlace", "education", "ethnicity", "eyeColor", "fatherName", "gender",
			"hairColor", "height", "motherName", "passportNumber", "political", "religion", "socialSecurityNumber", "spokenLanguage", "weight"},
	}
}

// mentioned lists what programs found in documents and what leads to persons, whoever they are.
func mentioned() []string {
	return []string{"emailMentioned", "ibanMentioned", "ipMentioned", "phoneMentioned"}
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

// PrivateSchema says whether entities of a schema are about private life as a whole: papers, families, calls,
// accounts, taxes. An Identification is, for nothing in it says whether its holder is a person.
func (m *Model) PrivateSchema(schema string) bool {
	switch schema {
	case "Passport", "Identification", "Family", "Call", "UserAccount", "TaxRoll":
		return true
	}
	return false
}

// Private says whether nothing may be kept of a property of entities of a schema. It is never so for companies.
func (m *Model) Private(schema, prop string) bool {
	_, ok := m.Public(schema, prop, "")
	return !ok
}

// Public returns what may be kept of a value of an entity of a schema: all of it, only the year of a birth or a
// death, which tells namesakes apart, or nothing. It takes nothing from companies.
func (m *Model) Public(schema, prop, value string) (kept string, ok bool) {
	s := m.schemata[schema]
	switch {
	case s == nil || prop == BaseID:
		return value, true
	case m.PrivateSchema(schema):
		return "", false
	case s.Is("Analyzable"):
		for _, p := range mentioned() {
			if p == prop {
				return "", false
			}
		}
	case !s.Is("Person"):
	case m.private[s.Property(prop)]:
		return "", false
	case prop == "birthDate", prop == "deathDate":
		return value[:min(4, len(value))], true
	}
	return value, true
}

// DropPrivate takes out of an entity what is of private life, and returns of how many values of each property
// something was taken; nil if nothing was. Of an entity whose schema is private as a whole nothing is left.
func (m *Model) DropPrivate(e *Entity) map[string]int {
	var dropped map[string]int
	for prop, values := range e.Properties {
		var kept []string
		taken := 0
		for _, v := range values {
			k, ok := m.Public(e.Schema, prop, v)
			if !ok || k != v {
				taken++
			}
			if ok {
				kept = appendNew(kept, k)
			}
		}
		if taken == 0 {
			continue
		}
		if dropped == nil {
			dropped = map[string]int{}
			e.Properties = maps.Clone(e.Properties)
		}
		dropped[prop] = taken
		if e.Properties[prop] = kept; len(kept) == 0 {
			delete(e.Properties, prop)
		}
	}
	return dropped
}
