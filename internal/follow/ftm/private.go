package ftm

import (
	"maps"
	"slices"
)

// Persons stand in the registry in a public role only. What says where they live, when they were born, how they look, what they believe,
// who their parents are or what number they bear is dropped when it is read; docs/format/registry.md gives the
// reasons.

// privateOf lists the properties of private life of persons, by the schema that defines them.
func privateOf() map[string][]string {
	return map[string][]string{
		"Thing":       {"address", "addressEntity"},
		"LegalEntity": {"email", "phone", "idNumber", "taxNumber", "innCode", "licenseNumber", "npiCode", "vatCode", "registrationNumber"},
		"Person": {"appearance", "biography", "birthCountry", "birthDate", "birthPlace", "deathDate", "education", "ethnicity", "eyeColor", "fatherName", "gender",
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

// Private says whether a property of entities of a schema is one of private life. It is never so for companies.
func (m *Model) Private(schema, prop string) bool {
	s := m.schemata[schema]
	switch {
	case s == nil || prop == BaseID:
		return false
	case m.PrivateSchema(schema):
		return true
	case s.Is("Analyzable") && slices.Contains(mentioned(), prop):
		return true
	}
	return s.Is("Person") && m.private[s.Property(prop)]
}

// DropPrivate takes the properties of private life out of an entity, and returns how many values of each it took;
// nil if none. Of an entity whose schema is private as a whole nothing is left.
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
