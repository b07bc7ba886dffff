package ftm

import (
	"fmt"
	"slices"
	"sort"
)

// Entity is something of a schema with values, as FollowTheMoney and OpenSanctions write it in JSON. Values are
// cleaned, and stand in the order of their source.
type Entity struct {
	ID         string              `json:"id"`
	Caption    string              `json:"caption,omitempty"`
	Schema     string              `json:"schema"`
	Properties map[string][]string `json:"properties"`
	Referents  []string            `json:"referents,omitempty"`   // ids of entities that were merged into it
	Datasets   []string            `json:"datasets,omitempty"`    // that say something of it
	Origin     []string            `json:"origin,omitempty"`      // how the values were made
	FirstSeen  string              `json:"first_seen,omitempty"`  // ISO 8601, UTC
	LastSeen   string              `json:"last_seen,omitempty"`   // ISO 8601, UTC
	LastChange string              `json:"last_change,omitempty"` // ISO 8601, UTC
	Target     *bool               `json:"target,omitempty"`      // OpenSanctions: is itself of interest, not only linked to one that is
}

// First returns the first value of a property, or "".
func (e *Entity) First(prop string) string {
	if v := e.Properties[prop]; len(v) > 0 {
		return v[0]
	}
	return ""
}

// Add puts a cleaned value into a property, unless it is there already.
func (e *Entity) Add(prop, clean string) {
	if e.Properties == nil {
		e.Properties = map[string][]string{}
	}
	e.Properties[prop] = appendNew(e.Properties[prop], clean)
}

// addAll is Add for many values: there may be a hundred thousand.
func (e *Entity) addAll(prop string, values []string) {
	if e.Properties == nil {
		e.Properties = map[string][]string{}
	}
	known := make(map[string]bool, len(values))
	list := slices.Clone(e.Properties[prop])
	for _, v := range list {
		known[v] = true
	}
	for _, v := range values {
		if !known[v] {
			known[v] = true
			list = append(list, v)
		}
	}
	e.Properties[prop] = list
}

func appendNew(list []string, v string) []string {
	if slices.Contains(list, v) {
		return list
	}
	return append(list, v)
}

// Values returns the distinct values of all properties of a type, sorted; of the matchable ones only, if asked.
func (e *Entity) Values(m *Model, t Type, matchable bool) []string {
	s := m.Schema(e.Schema)
	if s == nil {
		return nil
	}
	var out []string
	for name, values := range e.Properties {
		if p := s.Property(name); p != nil && p.Type == t && (p.Matchable || !matchable) {
			out = append(out, values...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Label returns what to call an entity: its caption if it has one, else the best value of the schema's caption
// properties, else the schema's label.
func (e *Entity) Label(m *Model) string {
	if e.Caption != "" {
		return e.Caption
	}
	s := m.Schema(e.Schema)
	if s == nil {
		return e.ID
	}
	for _, name := range s.Caption {
		switch values := e.Properties[name]; {
		case len(values) == 0:
		case len(values) > 1 && s.Property(name).Type == TypeName:
			return PickName(values)
		default:
			return values[0]
		}
	}
	return s.Label
}

// Merge puts what another entity says into this one, whose id stays; their schemata must be in one line.
func (e *Entity) Merge(m *Model, o *Entity) error {
	s, err := m.Common(e.Schema, o.Schema)
	if err != nil {
		return fmt.Errorf("merge %s into %s: %w", o.ID, e.ID, err)
	}
	e.Schema = s.Name
	for prop, values := range o.Properties {
		e.addAll(prop, values)
	}
	e.Datasets = union(e.Datasets, o.Datasets)
	e.Referents = union(e.Referents, o.Referents)
	if o.ID != e.ID {
		e.Referents = union(e.Referents, []string{o.ID})
	}
	e.Origin = union(e.Origin, o.Origin)
	e.FirstSeen = earlier(e.FirstSeen, o.FirstSeen)
	e.LastSeen = max(e.LastSeen, o.LastSeen)
	e.LastChange = max(e.LastChange, o.LastChange)
	if o.Target != nil && (e.Target == nil || *o.Target) {
		e.Target = o.Target
	}
	e.Caption = ""
	return nil
}

func union(a, b []string) []string {
	out := append(slices.Clone(a), b...)
	sort.Strings(out)
	return slices.Compact(out)
}

func earlier(a, b string) string {
	if a == "" || b != "" && b < a {
		return b
	}
	return a
}
