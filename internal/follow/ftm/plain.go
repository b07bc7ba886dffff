package ftm

import (
	"crypto/sha1" // for short ids
	"encoding/hex"
	"slices"
)

// counterpart is how a schema of ours is written in plain FollowTheMoney.
type counterpart struct {
	schema string
	rename map[string]string  // properties that have another name there
	links  map[string]between // properties that become entities between the two
}

// between is an entity that stands for a property: this in one property, the value in another.
type between struct {
	schema, this, other, role string
	also                      []string // properties of ours that it takes along
}

func counterparts(schema string) *counterpart {
	switch schema {
	case "Deployment":
		return &counterpart{"Project",
			map[string]string{"kind": "keywords", "place": "address", "purposeStated": "goal"},
			map[string]between{
				"supplier":  {"ProjectParticipant", "project", "participant", "supplier", nil},
				"operator":  {"ProjectParticipant", "project", "participant", "operator", nil},
				"agreement": {"UnknownLink", "subject", "object", "agreement", nil},
			}}
	case "Agreement":
		return &counterpart{"Contract",
			map[string]string{"title": "name", "sector": "classification", "instrument": "type", "startDate": "contractDate", "recordId": "noticeId"},
			map[string]between{
				"supplier":   {"ContractAward", "contract", "supplier", "supplier", []string{"amount", "currency", "startDate", "endDate"}},
				"parties":    {"UnknownLink", "subject", "object", "party", nil},
				"financedBy": {"UnknownLink", "subject", "object", "financed by", nil},
			}}
	case "Absence":
		return &counterpart{"Note",
			map[string]string{"lookedFor": "description", "lookedBy": "publisher", "lookedAt": "retrievedAt", "about": "entity"}, nil}
	}
	return nil
}

// Plain returns an entity as plain FollowTheMoney knows it: itself, unless it is of one of our schemata. A Deployment
// becomes a Project with its participants, an Agreement a Contract with its awards, an Absence a Note. Values with no
// place there are kept as notes, "Deployment:scale: 4300 cameras". docs/format/registry.md has the table.
func Plain(m *Model, e *Entity) []Entity {
	c := counterparts(e.Schema)
	if c == nil {
		return []Entity{*e}
	}
	head := *e
	head.Schema, head.Properties, head.Caption = c.schema, map[string][]string{}, ""
	target := m.Schema(c.schema)
	out := []Entity{head}
	for _, prop := range sortedNames(e.Properties) {
		link, linked := c.links[prop]
		name := prop
		if n := c.rename[prop]; n != "" {
			name = n
		}
		p := target.Property(name)
		for _, v := range e.Properties[prop] {
			switch {
			case linked:
				out = append(out, link.entity(m, e, v))
			case p != nil && !p.Stub && !p.Ours:
				out[0].Add(name, v)
			default:
				out[0].Add("notes", e.Schema+":"+prop+": "+v)
			}
		}
	}
	return out
}

func (l *between) entity(m *Model, e *Entity, other string) Entity {
	sum := sha1.Sum([]byte(l.role + "\x00" + other))
	out := Entity{ID: e.ID + "-" + hex.EncodeToString(sum[:6]), Schema: l.schema, Datasets: e.Datasets,
		FirstSeen: e.FirstSeen, LastSeen: e.LastSeen, LastChange: e.LastChange,
		Properties: map[string][]string{l.this: {e.ID}, l.other: {other}, "role": {l.role}}}
	for _, prop := range l.also {
		if v := e.Properties[prop]; len(v) > 0 {
			out.Properties[prop] = slices.Clone(v)
		}
	}
	return out
}
