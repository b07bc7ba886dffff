package ftm

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

// The model as FollowTheMoney publishes it, written by testdata/model.py, and our three schemata in the same form.
var (
	//go:embed model.json
	published []byte
	//go:embed ours.json
	ours []byte
	//go:embed spanish.txt
	spanish string // labels FollowTheMoney has in English only, by schema or by schema and property
	//go:embed chinese.txt
	chinese string // by the English label
)

// Model is a set of schemata. It does not change once it is read, and may be used by many at once.
type Model struct {
	schemata map[string]*Schema
	sorted   []*Schema
	private  map[*Property]bool
}

var theModel = sync.OnceValue(func() *Model {
	m, err := parse(published, ours)
	if err != nil {
		panic(fmt.Sprintf("read embedded model: %v", err)) // a test reads it
	}
	return m
})

// Default returns the model: FollowTheMoney's schemata and ours. It is read once.
func Default() *Model { return theModel() }

// Schema returns the schema of that name, or nil.
func (m *Model) Schema(name string) *Schema { return m.schemata[name] }

// Schemata returns all schemata, sorted by name. The caller must not change the slice.
func (m *Model) Schemata() []*Schema { return m.sorted }

// Property returns the property written "Schema:name", inherited ones included, or nil.
func (m *Model) Property(qualified string) *Property {
	schema, name, _ := strings.Cut(qualified, ":")
	if s := m.schemata[schema]; s != nil {
		return s.Property(name)
	}
	return nil
}

// Common returns the narrower of two schemata, of which one must descend from the other: an entity that is a
// LegalEntity here and a Company there is a Company.
func (m *Model) Common(a, b string) (*Schema, error) {
	l, r := m.schemata[a], m.schemata[b]
	switch {
	case l == nil && r == nil:
		return nil, fmt.Errorf("join schemata: %q and %q are not in the model", a, b)
	case l == nil, r != nil && r.Is(a):
		return r, nil
	case r == nil, l.Is(b):
		return l, nil
	}
	return nil, fmt.Errorf("join schemata: neither of %s and %s descends from the other", a, b)
}

// The form of model.json and ours.json.
type (
	fileModel struct {
		Source   string       `json:"source"`
		Schemata []fileSchema `json:"schemata"`
	}
	fileSchema struct {
		Name, Label, Plural, Es, PluralEs                  string
		Extends                                            []string
		Abstract, Hidden, Matchable, Generated, Deprecated bool
		Edge                                               *Edge
		Featured, Required, Caption                        []string
		Temporal                                           struct{ Start, End []string }
		Properties                                         []fileProperty
	}
	fileProperty struct {
		Name, Label, Es                     string
		Type                                Type
		Stub, Hidden, Matchable, Deprecated bool
		Range, Reverse, Format              string
		ReverseLabel, ReverseEs             string
		Max                                 int
		Values                              []Value
	}
)

func parse(published, ours []byte) (*Model, error) {
	m := &Model{schemata: map[string]*Schema{}}
	for i, data := range [][]byte{published, ours} {
		var f fileModel
		if err := json.Unmarshal(data, &f); err != nil {
			return nil, err
		}
		for _, s := range f.Schemata {
			m.schemata[s.Name] = newSchema(s, i == 1)
		}
		for _, s := range f.Schemata {
			if err := m.connect(s); err != nil {
				return nil, err
			}
		}
	}
	done := map[*Schema]bool{}
	for _, name := range slices.Sorted(maps.Keys(m.schemata)) {
		if err := m.schemata[name].inherit(done); err != nil {
			return nil, err
		}
		m.sorted = append(m.sorted, m.schemata[name])
	}
	m.private = privateProperties(m)
	if err := m.translate(spanish); err != nil {
		return nil, err
	}
	m.inChinese(chinese)
	return m, m.check()
}

// connect makes the properties of a schema, and the reverse ones of ours in the schemata they point to.
func (m *Model) connect(f fileSchema) error {
	s := m.schemata[f.Name]
	for _, e := range f.Extends {
		if m.schemata[e] == nil {
			return fmt.Errorf("%s extends %s, which is not in the model", f.Name, e)
		}
		s.Extends = append(s.Extends, m.schemata[e])
	}
	for _, fp := range f.Properties {
		t := fp.Type.info()
		if t == nil {
			return fmt.Errorf("%s:%s has the type %q, which is not in the model", f.Name, fp.Name, fp.Type)
		}
		p := &Property{Schema: s, Name: fp.Name, Label: fp.Label, labelEs: fp.Es, Type: fp.Type, Stub: fp.Stub, Hidden: fp.Hidden,
			Matchable: fp.Matchable, Deprecated: fp.Deprecated, Format: fp.Format, Reverse: fp.Reverse, Max: fp.Max, Values: fp.Values}
		if p.Max == 0 {
			p.Max = t.max
		}
		if fp.Range != "" {
			if p.Range = m.schemata[fp.Range]; p.Range == nil {
				return fmt.Errorf("%s:%s ranges over %s, which is not in the model", f.Name, fp.Name, fp.Range)
			}
		}
		s.own[fp.Name] = p
		if fp.ReverseLabel != "" {
			p.Range.own[fp.Reverse] = &Property{Schema: p.Range, Name: fp.Reverse, Label: fp.ReverseLabel, labelEs: fp.ReverseEs, Type: "entity",
				Stub: true, Matchable: true, Range: s, Reverse: fp.Name, Max: t.max, Ours: true}
		}
		p.Ours = s.Ours
	}
	return nil
}

// translate gives schemata and properties Spanish labels, where they have none.
func (m *Model) translate(labels string) error {
	for line := range strings.Lines(labels) {
		key, label, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		schema, prop, ok := strings.Cut(key, ":")
		s := m.schemata[schema]
		switch {
		case s != nil && !ok && s.labelEs == "":
			s.labelEs = label
		case s != nil && ok && s.own[prop] != nil && s.own[prop].labelEs == "":
			s.own[prop].labelEs = label
		default:
			return fmt.Errorf("%s is not in the model, or has a Spanish label", key)
		}
	}
	return nil
}

// inChinese gives labels and values the Chinese of their English. Those it has none for, mostly codes of registers,
// stay in English.
func (m *Model) inChinese(table string) {
	zh := map[string]string{}
	for line := range strings.Lines(table) {
		en, label, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		zh[en] = label
	}
	for _, s := range m.schemata {
		s.labelZh = zh[s.Label]
		for _, p := range s.own {
			p.labelZh = zh[p.Label]
			for i := range p.Values {
				p.Values[i].Zh = zh[p.Values[i].En]
			}
		}
	}
}

// check finds names of properties that lead nowhere.
func (m *Model) check() error {
	for _, s := range m.sorted {
		names := slices.Concat(s.Featured, s.Required, s.Caption, s.Start, s.End)
		if s.Edge != nil {
			names = append(names, s.Edge.Source, s.Edge.Target)
		}
		for _, n := range names {
			if s.Property(n) == nil {
				return fmt.Errorf("%s names the property %s and has none", s.Name, n)
			}
		}
	}
	return nil
}
