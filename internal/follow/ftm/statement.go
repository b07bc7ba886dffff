package ftm

import (
	"crypto/sha1" // FollowTheMoney's ids; they name, and prove nothing
	"encoding/hex"
	"fmt"
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
