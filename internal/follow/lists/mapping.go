package lists

import (
	"bytes"
	"crypto/sha1" // FollowTheMoney's ids; they name, and prove nothing
	"encoding/hex"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"veedor/internal/follow/ftm"
)

// largestMapping bounds a mapping file.
const largestMapping = 1 << 20

// query is one way to make entities of the rows of a table.
type query struct {
	files      []string // base names of csv_url; see reader.mapping
	filters    []filter
	filtersNot []filter
	each       *each
	entities   []*mapped // those that others point to come first
}

type filter struct {
	column string
	values []string
}

// each runs a query once for every part of a column; FollowTheMoney's language has no such thing. The parts stand in
// the columns named Into, Into.name (without what is in brackets at the end) and Into.short (what is in them).
type each struct {
	Column string  `yaml:"column"`
	Split  strList `yaml:"split"` // outside brackets
	Keep   strList `yaml:"keep"`  // names that hold what others are split at
	Into   string  `yaml:"into"`
}

// mapped is one entity of a query.
type mapped struct {
	name     string
	schema   *ftm.Schema
	seed     string // key_literal
	keys     []string
	idColumn string
	props    []*mappedProp
}

type mappedProp struct {
	prop     *ftm.Property
	columns  []string
	literals []string
	join     *string
	split    string
	entity   string
	format   string
	template string
	required bool
}

// strList is one string or a list of them.
type strList []string

func (l *strList) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		*l = strList{n.Value}
		return nil
	}
	var many []string
	err := n.Decode(&many)
	*l = many
	return err
}

type fileQuery struct {
	URL        strList            `yaml:"csv_url"`
	URLs       strList            `yaml:"csv_urls"`
	File       strList            `yaml:"csv_file"`
	Filters    map[string]strList `yaml:"filters"`
	FiltersNot map[string]strList `yaml:"filters_not"`
	Each       *each              `yaml:"each"`
	Entities   yaml.Node          `yaml:"entities"`
}

type fileEntity struct {
	Schema     string    `yaml:"schema"`
	Key        strList   `yaml:"key"`
	Keys       strList   `yaml:"keys"`
	KeyLiteral string    `yaml:"key_literal"`
	IDColumn   string    `yaml:"id_column"`
	Properties yaml.Node `yaml:"properties"`
}

type fileProp struct {
	Column   strList `yaml:"column"`
	Columns  strList `yaml:"columns"`
	Literal  strList `yaml:"literal"`
	Literals strList `yaml:"literals"`
	Join     *string `yaml:"join"`
	Split    string  `yaml:"split"`
	Entity   string  `yaml:"entity"`
	Format   string  `yaml:"format"`
	Template string  `yaml:"template"`
	Fuzzy    bool    `yaml:"fuzzy"` // taken, without effect: values are never guessed
	Required bool    `yaml:"required"`
}

// strict decodes a node, and fails on a key that means nothing here.
func strict(n *yaml.Node, into any) error {
	b, err := yaml.Marshal(n)
	if err != nil {
		return err
	}
	d := yaml.NewDecoder(bytes.NewReader(b))
	d.KnownFields(true)
	return d.Decode(into)
}

// pairs yields the keys and values of a YAML mapping in their order.
func pairs(n *yaml.Node) func(func(string, *yaml.Node) bool) {
	return func(yield func(string, *yaml.Node) bool) {
		if n.Kind != yaml.MappingNode {
			return
		}
		for i := 0; i+1 < len(n.Content); i += 2 {
			if !yield(n.Content[i].Value, n.Content[i+1]) {
				return
			}
		}
	}
}

// mostNodes bounds a mapping with its aliases written out.
const mostNodes = 50_000

// expand returns a node with its aliases written out, and takes what it costs from left.
func expand(n *yaml.Node, left *int, depth int) *yaml.Node {
	if *left--; *left <= 0 || depth > 40 {
		*left = 0
		return &yaml.Node{Kind: yaml.ScalarNode}
	}
	if n.Kind == yaml.AliasNode {
		return expand(n.Alias, left, depth+1)
	}
	c := *n
	c.Anchor, c.Content = "", nil
	for _, child := range n.Content {
		c.Content = append(c.Content, expand(child, left, depth+1))
	}
	return &c
}

// parseMapping reads a mapping file: queries at the top, or below the name of a dataset.
func parseMapping(m *ftm.Model, text []byte) ([]*query, error) {
	if len(text) > largestMapping {
		return nil, fmt.Errorf("mapping has more than %d bytes", largestMapping)
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, fmt.Errorf("mapping: %w", err)
	}
	if len(doc.Content) == 0 {
		return nil, fmt.Errorf("mapping is empty")
	}
	left := mostNodes
	if doc.Content[0] = expand(doc.Content[0], &left, 0); left <= 0 {
		return nil, fmt.Errorf("mapping has more than %d nodes, or nests too deep", mostNodes)
	}
	var out []*query
	var walk func(n *yaml.Node, depth int) error
	walk = func(n *yaml.Node, depth int) error {
		for key, v := range pairs(n) {
			switch {
			case key == "query" || key == "queries":
				list := v.Content
				if v.Kind == yaml.MappingNode {
					list = []*yaml.Node{v}
				}
				for _, one := range list {
					q, err := parseQuery(m, one)
					if err != nil {
						return fmt.Errorf("mapping, line %d: %w", one.Line, err)
					}
					out = append(out, q)
				}
			case depth == 0 && v.Kind == yaml.MappingNode:
				if err := walk(v, 1); err != nil {
					return err
				}
			}
		}
		return nil
	}
	if err := walk(doc.Content[0], 0); err != nil {
		return nil, err
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("mapping has no queries")
	}
	return out, nil
}

func parseQuery(m *ftm.Model, n *yaml.Node) (*query, error) {
	var f fileQuery
	if err := strict(n, &f); err != nil {
		return nil, err
	}
	q := &query{each: f.Each, filters: filters(f.Filters), filtersNot: filters(f.FiltersNot)}
	for _, u := range slices.Concat(f.URL, f.URLs, f.File) {
		q.files = append(q.files, path.Base(u))
	}
	if e := q.each; e != nil && (e.Column == "" || e.Into == "") {
		return nil, fmt.Errorf("each needs column and into")
	}
	for name, node := range pairs(&f.Entities) {
		e, err := parseEntity(m, name, node)
		if err != nil {
			return nil, fmt.Errorf("entity %s: %w", name, err)
		}
		q.entities = append(q.entities, e)
	}
	if len(q.entities) == 0 {
		return nil, fmt.Errorf("query makes no entities")
	}
	return q, q.arrange()
}

func filters(in map[string]strList) []filter {
	var out []filter
	for c, v := range in {
		out = append(out, filter{c, v})
	}
	return out
}

func parseEntity(m *ftm.Model, name string, n *yaml.Node) (*mapped, error) {
	var f fileEntity
	if err := strict(n, &f); err != nil {
		return nil, err
	}
	e := &mapped{name: name, schema: m.Schema(f.Schema), seed: f.KeyLiteral, keys: slices.Concat(f.Key, f.Keys), idColumn: f.IDColumn}
	switch {
	case e.schema == nil:
		return nil, fmt.Errorf("no schema %q", f.Schema)
	case e.schema.Abstract:
		return nil, fmt.Errorf("schema %s is abstract", f.Schema)
	case len(e.keys) == 0 && e.idColumn == "":
		return nil, fmt.Errorf("neither keys nor id_column")
	case len(e.keys) > 0 && e.idColumn != "":
		return nil, fmt.Errorf("both keys and id_column")
	}
	for prop, node := range pairs(&f.Properties) {
		p, err := parseProp(e.schema, prop, node)
		if err != nil {
			return nil, fmt.Errorf("property %s: %w", prop, err)
		}
		e.props = append(e.props, p)
	}
	return e, nil
}

var templateRef = regexp.MustCompile(`\{\{([^(}})]*)\}\}`)

func parseProp(s *ftm.Schema, name string, n *yaml.Node) (*mappedProp, error) {
	var f fileProp
	if err := strict(n, &f); err != nil {
		return nil, err
	}
	p := &mappedProp{prop: s.Property(name), columns: slices.Concat(f.Column, f.Columns), literals: slices.Concat(f.Literal, f.Literals),
		join: f.Join, split: f.Split, entity: f.Entity, format: f.Format, template: f.Template, required: f.Required}
	switch {
	case p.prop == nil:
		return nil, fmt.Errorf("%s has none", s.Name)
	case p.prop.Stub:
		return nil, fmt.Errorf("is only the way back of another")
	case p.entity != "" && p.prop.Type != ftm.TypeEntity:
		return nil, fmt.Errorf("holds no entities")
	case p.entity == "" && p.template == "" && len(p.columns)+len(p.literals) == 0:
		return nil, fmt.Errorf("has no column, literal, template or entity")
	}
	return p, nil
}

// arrange puts entities before those that point to them, and checks that they may.
func (q *query) arrange() error {
	byName := map[string]*mapped{}
	for _, e := range q.entities {
		byName[e.name] = e
	}
	var sorted []*mapped
	state := map[string]int{}
	var visit func(e *mapped) error
	visit = func(e *mapped) error {
		switch state[e.name] {
		case 1:
			return fmt.Errorf("entity %s points to itself by way of others", e.name)
		case 2:
			return nil
		}
		state[e.name] = 1
		for _, p := range e.props {
			if p.entity == "" {
				continue
			}
			to := byName[p.entity]
			switch {
			case to == nil:
				return fmt.Errorf("%s: there is no entity %s", p.prop, p.entity)
			case p.prop.Range != nil && !to.schema.Is(p.prop.Range.Name):
				return fmt.Errorf("%s must be a %s, and %s is a %s", p.prop, p.prop.Range.Name, p.entity, to.schema.Name)
			}
			if err := visit(to); err != nil {
				return err
			}
		}
		state[e.name] = 2
		sorted = append(sorted, e)
		return nil
	}
	for _, e := range q.entities {
		if err := visit(e); err != nil {
			return err
		}
	}
	q.entities = sorted
	return nil
}

// id returns the id that FollowTheMoney gives an entity of a row: the value of a column, or the SHA-1 of the seed and
// of the sorted values of the keys. It is "" where all of them are empty.
func (e *mapped) id(record map[string]string) string {
	if e.idColumn != "" {
		return record[e.idColumn]
	}
	var values []string
	for _, k := range e.keys {
		if v := record[k]; v != "" {
			values = append(values, v)
		}
	}
	if len(values) == 0 {
		return ""
	}
	slices.Sort(values)
	sum := sha1.Sum([]byte(e.seed + strings.Join(values, "")))
	return hex.EncodeToString(sum[:])
}

// values returns what a row says for a property.
func (p *mappedProp) values(record map[string]string) []string {
	if p.template != "" {
		return []string{strings.TrimSpace(templateRef.ReplaceAllStringFunc(p.template, func(ref string) string { return record[ref[2:len(ref)-2]] }))}
	}
	values := slices.Clone(p.literals)
	for _, c := range p.columns {
		if v := record[c]; v != "" {
			values = append(values, v)
		}
	}
	if p.join != nil {
		values = []string{strings.Join(values, *p.join)}
	}
	if p.split == "" {
		return values
	}
	var out []string
	for _, v := range values {
		out = append(out, strings.Split(v, p.split)...)
	}
	return out
}
