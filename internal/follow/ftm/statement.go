package ftm

import (
	"cmp"
	"crypto/sha1" // FollowTheMoney's ids; they name, and prove nothing
	"encoding/hex"
	"fmt"
	"slices"
)

// BaseID is the property of the statement that stands for the entity itself.
const BaseID = "id"

// Statement is one value of one property of one entity, as one source gave it: FollowTheMoney's columns, and
// where it was read.
type Statement struct {
	ID          string // FollowTheMoney's: see StatementID
	EntityID    string // as the source names the entity
	CanonicalID string // as it is named after merging; the same if it was not merged
	Schema      string
	Prop        string // or BaseID
	PropType    Type   // or BaseID
	Value       string // cleaned
	Original    string // before cleaning, if that was different
	Lang        string // ISO 639-3, if known and the type is one of language
	Dataset     string
	Origin      string // how the value was made, if not simply read
	Source      string // who says so: a URL or a name; ours
	Evidence    string // hash of the archived bytes and the place in them; ours
	FirstSeen   string // ISO 8601, UTC
	LastSeen    string // ISO 8601, UTC
	External    bool   // was not taken over into the dataset yet
}

// StatementID returns FollowTheMoney's id of a statement: the SHA-1, in hex, of dataset, entity, property and
// value, joined with dots, and of "@lang" and ".ext" where they apply.
func StatementID(dataset, entityID, prop, value string, external bool, lang string) string {
	var space [256]byte
	b := space[:0]
	for i, s := range []string{dataset, entityID, prop, value} {
		if i > 0 {
			b = append(b, '.')
		}
		b = append(b, s...)
	}
	if lang != "" {
		b = append(append(b, '@'), lang...)
	}
	if external {
		b = append(b, ".ext"...)
	}
	sum := sha1.Sum(b)
	return string(hex.AppendEncode(space[:0], sum[:]))
}

// Complete fills in what follows from the rest: type, canonical id, last seen, id; and takes away a language that
// does not belong, and an original that is the value. It fails if schema or property is not in the model.
func (s *Statement) Complete(m *Model) error {
	if s.Prop == BaseID {
		s.PropType = BaseID
	} else {
		var p *Property
		if schema := m.schemata[s.Schema]; schema != nil {
			p = schema.all[s.Prop]
		}
		if p == nil {
			return fmt.Errorf("complete statement: %s:%s is not in the model", s.Schema, s.Prop)
		}
		s.PropType = p.Type
	}
	if i := s.PropType.info(); i == nil || !i.lang {
		s.Lang = ""
	}
	if s.Original == s.Value {
		s.Original = ""
	}
	if s.CanonicalID == "" {
		s.CanonicalID = s.EntityID
	}
	if s.LastSeen == "" {
		s.LastSeen = s.FirstSeen
	}
	if s.ID == "" {
		s.ID = StatementID(s.Dataset, s.EntityID, s.Prop, s.Value, s.External, s.Lang)
	}
	return nil
}

// Statements returns the statements an entity is made of: the one for itself first, the others sorted by property.
// FirstSeen and LastSeen are those of the entity. Properties the model does not know are left out.
func Statements(m *Model, e *Entity, dataset string) []Statement {
	s := m.Schema(e.Schema)
	if s == nil {
		return nil
	}
	n := 1
	for _, values := range e.Properties {
		n += len(values)
	}
	out := make([]Statement, 0, n)
	add := func(prop string, t Type, value string) {
		out = append(out, Statement{ID: StatementID(dataset, e.ID, prop, value, false, ""), EntityID: e.ID, CanonicalID: e.ID, Schema: e.Schema,
			Prop: prop, PropType: t, Value: value, Dataset: dataset, FirstSeen: e.FirstSeen, LastSeen: cmp.Or(e.LastSeen, e.FirstSeen)})
	}
	add(BaseID, BaseID, e.ID)
	for _, name := range sortedNames(e.Properties) {
		if p := s.Property(name); p != nil && !p.Stub {
			for _, v := range e.Properties[name] {
				add(name, p.Type, v)
			}
		}
	}
	return out
}

// FromStatements makes the entity that statements with one canonical id are about. Values stand in the order of
// the statements; datasets, referents and the times seen come from statements with values, the last change from the
// others. It fails if there are none, or if their schemata are not in one line.
func FromStatements(m *Model, statements []Statement) (*Entity, error) {
	if len(statements) == 0 {
		return nil, fmt.Errorf("join statements: there are none")
	}
	e := &Entity{ID: statements[0].CanonicalID, Schema: statements[0].Schema, Properties: map[string][]string{}}
	seen := map[[2]string]bool{}
	for i := range statements {
		s := &statements[i]
		if s.CanonicalID != e.ID {
			return nil, fmt.Errorf("join statements: they are about both %s and %s", e.ID, s.CanonicalID)
		}
		schema, err := m.Common(e.Schema, s.Schema)
		if err != nil {
			return nil, fmt.Errorf("join statements of %s: %w", e.ID, err)
		}
		e.Schema = schema.Name
		if s.Prop == BaseID {
			e.LastChange = max(e.LastChange, s.FirstSeen)
			continue
		}
		if s.EntityID != e.ID && !slices.Contains(e.Referents, s.EntityID) {
			e.Referents = append(e.Referents, s.EntityID)
		}
		if !slices.Contains(e.Datasets, s.Dataset) {
			e.Datasets = append(e.Datasets, s.Dataset)
		}
		if s.Origin != "" && !slices.Contains(e.Origin, s.Origin) {
			e.Origin = append(e.Origin, s.Origin)
		}
		if at := [2]string{s.Prop, s.Value}; !seen[at] {
			seen[at] = true
			e.Properties[s.Prop] = append(e.Properties[s.Prop], s.Value)
		}
		e.FirstSeen = earlier(e.FirstSeen, s.FirstSeen)
		e.LastSeen = max(e.LastSeen, s.LastSeen)
	}
	slices.Sort(e.Referents)
	slices.Sort(e.Datasets)
	slices.Sort(e.Origin)
	return e, nil
}
