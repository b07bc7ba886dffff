package api

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"veedor/internal/follow/ftm"
	"veedor/internal/follow/registry"
)

// Entity is an entity as yente answers it.
type Entity struct {
	ID         string             `json:"id" doc:"The id it goes by after merging" example:"NK-A7z4"`
	Caption    string             `json:"caption" doc:"What to call it"`
	Schema     string             `json:"schema" doc:"A schema of FollowTheMoney, or one of ours: Deployment, Agreement, Absence" example:"Company"`
	Properties map[string][]Value `json:"properties" doc:"Values by property; an adjacent entity may stand in the place of its id"`
	Datasets   []string           `json:"datasets" doc:"Datasets that say something of it"`
	Referents  []string           `json:"referents" doc:"Other ids it is known by"`
	Target     bool               `json:"target" doc:"A source calls it sanctioned, debarred, wanted or politically exposed; being listed here is no accusation"`
	FirstSeen  *string            `json:"first_seen" doc:"When a source first said something of it"`
	LastSeen   *string            `json:"last_seen"`
	LastChange *string            `json:"last_change"`
	Gone       bool               `json:"gone,omitempty" doc:"Ours: no dataset has it any more; what is given held at last"`
	Statements []Statement        `json:"statements,omitempty" doc:"Ours: who says what, if asked for with statements=true"`
}

// Value is a text, or the entity that a property points to.
type Value struct {
	Text   string
	Entity *Entity
}

// MarshalJSON implements json.Marshaler.
func (v Value) MarshalJSON() ([]byte, error) {
	if v.Entity != nil {
		return json.Marshal(v.Entity)
	}
	return json.Marshal(v.Text)
}

// Schema implements huma.SchemaProvider.
func (Value) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{OneOf: []*huma.Schema{{Type: huma.TypeString}, {Ref: "#/components/schemas/Entity"}}}
}

// Total is how many there are.
type Total struct {
	Value    int    `json:"value"`
	Relation string `json:"relation" enum:"eq,gte" doc:"gte: at least so many, not all were looked at"`
}

func totalOf(n int, more bool) Total {
	if more {
		return Total{n, "gte"}
	}
	return Total{n, "eq"}
}

// answer makes the answer of an entity. Ids it points to are left as they are: canonical makes them what they go by.
func answer(m *ftm.Model, f *registry.Fetched, canonical func(string) string) *Entity {
	e := &Entity{ID: f.ID, Caption: f.Label(m), Schema: f.Schema, Properties: map[string][]Value{}, Datasets: notNil(f.Datasets), Referents: notNil(f.Referents),
		Target: target(f.Entity), FirstSeen: moment(f.FirstSeen), LastSeen: moment(f.LastSeen), LastChange: moment(f.LastChange), Gone: f.Gone}
	schema := m.Schema(f.Schema)
	for name, values := range f.Properties {
		p := property(schema, name)
		var out []Value
		for _, v := range values {
			if p != nil && p.Type == ftm.TypeEntity && canonical != nil {
				v = canonical(v)
			}
			if !slices.ContainsFunc(out, func(o Value) bool { return o.Text == v }) || p == nil || p.Type != ftm.TypeEntity {
				out = append(out, Value{Text: v})
			}
		}
		e.Properties[name] = out
	}
	return e
}

func property(s *ftm.Schema, name string) *ftm.Property {
	if s == nil {
		return nil
	}
	return s.Property(name)
}

// moment writes a day or moment as yente does, in seconds and without a zone; nil where none is known.
func moment(s string) *string {
	if s == "" {
		return nil
	}
	if len(s) == len("2006-01-02") {
		s += "T00:00:00"
	}
	s = strings.TrimSuffix(s, "Z")
	return &s
}

// target says whether a source takes an entity for one to look out for.
func target(e *ftm.Entity) bool {
	if e.Target != nil {
		return *e.Target
	}
	return slices.ContainsFunc(e.Properties["topics"], func(topic string) bool {
		for _, of := range []string{"sanction", "debarment", "wanted", "crime", "role.pep", "role.rca", "poi", "export.control", "reg."} {
			if strings.HasPrefix(topic, of) {
				return true
			}
		}
		return false
	})
}

func notNil(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}

// names makes ids what they go by after merging, and remembers them.
type names struct {
	registry Registry
	known    map[string]string
	err      error
}

func (s *server) names() *names { return &names{registry: s.Registry, known: map[string]string{}} }

func (n *names) of(id string) string {
	if c, ok := n.known[id]; ok {
		return c
	}
	c, _, err := n.registry.Canonical(id)
	if err != nil {
		n.err, c = err, id
	}
	n.known[id] = c
	return c
}
