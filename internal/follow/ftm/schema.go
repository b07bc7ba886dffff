package ftm

import (
	"fmt"
	"maps"
	"slices"
	"unicode/utf8"
)

// Schema is a kind of entity: a Company, an Ownership. It descends from others and has their properties too.
type Schema struct {
	Name, Label, Plural string // the labels in English

	Abstract   bool // no entity is only this
	Hidden     bool
	Matchable  bool // entities of it are compared with each other
	Generated  bool
	Deprecated bool
	Ours       bool // Deployment, Agreement, Absence: FollowTheMoney does not know it

	Extends  []*Schema // parents, in the order in which their properties are inherited
	Featured []string  // properties shown first
	Required []string  // properties an entity makes no sense without
	Caption  []string  // properties that name an entity, best first
	Start    []string  // properties that say when it began
	End      []string  // properties that say when it ended
	Edge     *Edge     // nil if entities of it are nodes

	labelEs, pluralEs string
	labelZh           string // of one and of many
	own               map[string]*Property
	all               map[string]*Property
	sorted            []*Property
	lineage           map[string]bool // its own name and those of its ancestors
	ancestors         []*Schema
}

// Edge says how entities of a schema are drawn as edges between two others.
type Edge struct {
	Source, Target string // properties that hold the two ends
	Label          string
	Directed       bool
	Caption        []string
}

// Property is a field of entities. It may have many values.
type Property struct {
	Schema     *Schema // that defines it, which may be an ancestor of the one it was asked of
	Name       string
	Label      string // in English
	Type       Type
	Range      *Schema // what an entity property may point to; nil otherwise
	Reverse    string  // the stub in Range that stands for the way back, if any
	Stub       bool    // is only the way back of another property, and holds no values
	Hidden     bool
	Matchable  bool
	Deprecated bool
	Max        int     // longest value, in code points
	Format     string  // of an identifier: lei, imo, uscc …
	Values     []Value // the only values allowed, if any; ours alone have them
	Ours       bool    // FollowTheMoney does not know it

	labelEs, labelZh string
}

// Value is one of the values a property is limited to.
type Value struct {
	Code string `json:"code"`
	En   string `json:"en"`
	Es   string `json:"es"`
	Zh   string `json:"-"` // from chinese.txt
}

func newSchema(f fileSchema, ours bool) *Schema {
	return &Schema{Name: f.Name, Label: f.Label, Plural: f.Plural, labelEs: f.Es, pluralEs: f.PluralEs, Abstract: f.Abstract, Hidden: f.Hidden,
		Matchable: f.Matchable, Generated: f.Generated, Deprecated: f.Deprecated, Ours: ours, Featured: f.Featured, Required: f.Required,
		Caption: f.Caption, Start: f.Temporal.Start, End: f.Temporal.End, Edge: f.Edge, own: map[string]*Property{}}
}

// inherit takes in what the ancestors have, parents before children.
func (s *Schema) inherit(done map[*Schema]bool) error {
	if s.all != nil {
		return nil
	}
	if done[s] {
		return fmt.Errorf("%s descends from itself", s.Name)
	}
	done[s] = true
	all, lineage := maps.Clone(s.own), map[string]bool{s.Name: true}
	for _, e := range s.Extends {
		if err := e.inherit(done); err != nil {
			return err
		}
		for name, p := range e.all {
			if all[name] == nil {
				all[name] = p
			}
		}
		for _, a := range append([]*Schema{e}, e.ancestors...) {
			if !lineage[a.Name] {
				lineage[a.Name] = true
				s.ancestors = append(s.ancestors, a)
			}
		}
		if len(s.Start) == 0 {
			s.Start = e.Start
		}
		if len(s.End) == 0 {
			s.End = e.End
		}
	}
	s.all, s.lineage = all, lineage
	for _, name := range slices.Sorted(maps.Keys(all)) {
		s.sorted = append(s.sorted, all[name])
	}
	return nil
}

// Is says whether the schema is the named one or descends from it.
func (s *Schema) Is(name string) bool { return s.lineage[name] }

// Ancestors returns what it descends from, nearest first, without itself. The caller must not change the slice.
func (s *Schema) Ancestors() []*Schema { return s.ancestors }

// Property returns the property of that name, inherited ones included, or nil.
func (s *Schema) Property(name string) *Property { return s.all[name] }

// Properties returns all properties, inherited ones and stubs included, sorted by name. The caller must not change
// the slice.
func (s *Schema) Properties() []*Property { return s.sorted }

// CanMatch says whether entities of both schemata may be the same: one must descend from the other, and both be
// matchable.
func (s *Schema) CanMatch(o *Schema) bool {
	return s.Matchable && o.Matchable && (s.Is(o.Name) || o.Is(s.Name))
}

// In returns the label in a language ("es", "zh"), or the English one where there is none.
func (s *Schema) In(lang string) string { return inLanguage(lang, s.Label, s.labelEs, s.labelZh) }

// PluralIn returns the label of many in a language ("es", "zh"), or the English one where there is none.
func (s *Schema) PluralIn(lang string) string {
	return inLanguage(lang, s.Plural, s.pluralEs, s.labelZh)
}

// In returns the label in a language ("es", "zh"), or the English one where there is none.
func (p *Property) In(lang string) string { return inLanguage(lang, p.Label, p.labelEs, p.labelZh) }

// In returns the label in a language ("es", "zh"), or the English one.
func (v *Value) In(lang string) string { return inLanguage(lang, v.En, v.Es, v.Zh) }

func inLanguage(lang, en, es, zh string) string {
	switch {
	case lang == "es" && es != "":
		return es
	case lang == "zh" && zh != "":
		return zh
	}
	return en
}

// String returns "Schema:name".
func (p *Property) String() string { return p.Schema.Name + ":" + p.Name }

// Fits says whether a value is no longer than the property allows. FollowTheMoney keeps longer ones, and so does
// Clean; whoever has a column of fixed width may ask.
func (p *Property) Fits(value string) bool {
	return len(value) <= p.Max || utf8.RuneCountInString(value) <= p.Max
}
