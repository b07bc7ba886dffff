package api

import (
	"context"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"veedor/internal/follow/ftm"
	"veedor/internal/follow/registry"
)

// Manifest says what the reconciliation service can do (Reconciliation Service API 0.2).
type Manifest struct {
	Versions        []string        `json:"versions"`
	Name            string          `json:"name"`
	IdentifierSpace string          `json:"identifierSpace"`
	SchemaSpace     string          `json:"schemaSpace"`
	DefaultTypes    []Named         `json:"defaultTypes"`
	View            manifestView    `json:"view"`
	Preview         manifestPreview `json:"preview"`
	Suggest         manifestSuggest `json:"suggest"`
	Extend          manifestExtend  `json:"extend"`
	BatchSize       int             `json:"batchSize"`
	Documentation   string          `json:"documentation"`
}

type manifestView struct {
	URL string `json:"url"`
}

type manifestPreview struct {
	URL    string `json:"url"`
	Width  int    `json:"width"`
	Height int    `json:"height"`
}

type manifestService struct {
	URL    string `json:"service_url"`
	Path   string `json:"service_path"`
	Flyout string `json:"flyout_service_path,omitempty"`
}

type manifestSuggest struct {
	Entity   manifestService `json:"entity"`
	Property manifestService `json:"property"`
	Type     manifestService `json:"type"`
}

type manifestExtend struct {
	Propose  manifestService   `json:"propose_properties"`
	Settings []manifestSetting `json:"property_settings"`
}

type manifestSetting struct {
	Name    string  `json:"name"`
	Label   string  `json:"label"`
	Type    string  `json:"type"`
	Default any     `json:"default"`
	Help    string  `json:"help_text"`
	Choices []value `json:"choices,omitempty"`
}

type value struct {
	Value string `json:"value"`
	Name  string `json:"name"`
}

// EntityPage is where on the site the page of an entity stands, before its id.
const EntityPage = "/entity/"

func (s *server) manifest(in *ReconParameters) Manifest {
	service := in.base + prefix + "/reconcile/" + in.Dataset
	suggest := func(what string) manifestService {
		return manifestService{service, "/suggest/" + what, "/flyout/" + what + "?id=${id}"}
	}
	m := Manifest{Versions: []string{"0.1", "0.2"}, Name: "Veedor: who supplied, ordered and paid", IdentifierSpace: in.base + EntityPage, SchemaSpace: "https://followthemoney.tech/explorer/schemata/",
		View: manifestView{in.base + EntityPage + "{{id}}"}, Preview: manifestPreview{service + "/preview?id={{id}}", 430, 300},
		Suggest: manifestSuggest{suggest("entity"), suggest("property"), suggest("type")}, BatchSize: reconBatch, Documentation: in.base + prefix + "/",
		Extend: manifestExtend{manifestService{URL: service, Path: "/extend/property"}, []manifestSetting{
			{Name: "limit", Label: "Limit", Type: "number", Default: 0, Help: "How many values at most; 0 for all"},
			{Name: "render", Label: "Values", Type: "select", Default: "caption", Help: "As words (China) or as codes (cn)", Choices: []value{{"caption", "Words"}, {"raw", "Codes"}}}}}}
	for _, name := range []string{"LegalEntity", "Organization", "Company", "PublicBody", "Person", "Vessel"} {
		m.DefaultTypes = append(m.DefaultTypes, Named{ID: name, Name: s.model.Schema(name).Label})
	}
	return m
}

type suggestIn struct {
	Dataset string `path:"dataset" maxLength:"200"`
	Prefix  string `query:"prefix" maxLength:"500" doc:"What was typed so far"`
	Limit   int    `query:"limit" default:"10" minimum:"0" maximum:"100" doc:"How many at most"`
	Cursor  int    `query:"cursor" minimum:"0" maximum:"10000" doc:"How many to pass over"`
}

type suggestOut struct {
	Body Suggestions
}

// Suggestions complete what is being typed.
type Suggestions struct {
	Code   string       `json:"code"`
	Status string       `json:"status"`
	Prefix string       `json:"prefix"`
	Result []Suggestion `json:"result"`
}

// Suggestion is one of them.
type Suggestion struct {
	Named
	Type    []Named `json:"type,omitempty"`
	Notable []Named `json:"notable,omitempty" doc:"The same as type, as version 0.2 calls it"`
}

func suggestions(in *suggestIn, list []Suggestion) *suggestOut {
	from := min(in.Cursor, len(list))
	return &suggestOut{Suggestions{"/api/status/ok", "200 OK", in.Prefix, append([]Suggestion{}, list[from:min(len(list), from+in.Limit)]...)}}
}

func (s *server) suggestEntity(ctx context.Context, in *suggestIn) (*suggestOut, error) {
	dataset, err := s.dataset(ctx, in.Dataset)
	if err != nil {
		return nil, s.refuse(err)
	}
	if strings.TrimSpace(in.Prefix) == "" {
		return suggestions(in, nil), nil
	}
	found, _, err := s.find(ctx, &searchIn{Q: in.Prefix}, &sieve{model: s.model, onlyDataset: dataset})
	if err != nil {
		return nil, s.refuse(err)
	}
	var out []Suggestion
	for i := range found {
		f := &found[i]
		types := s.types(f.Schema)
		out = append(out, Suggestion{Named{f.ID, f.Caption, s.describe(&hit{Fetched: *f})}, types, types})
	}
	return suggestions(in, out), nil
}

// suggestProperty completes properties of what can be matched. An id without a schema is enough: it is the same in all.
func (s *server) suggestProperty(ctx context.Context, in *suggestIn) (*suggestOut, error) {
	if _, err := s.dataset(ctx, in.Dataset); err != nil {
		return nil, s.refuse(err)
	}
	var out []Suggestion
	seen := map[string]bool{}
	for _, schema := range s.model.Schemata() {
		if !schema.Matchable {
			continue
		}
		for _, p := range schema.Properties() {
			if !s.offered(schema, p) || seen[p.Name] || !begins(in.Prefix, p.Name, p.Label) {
				continue
			}
			seen[p.Name] = true
			out = append(out, Suggestion{Named: Named{p.Name, p.Label, p.String()}})
		}
	}
	slices.SortFunc(out, func(a, b Suggestion) int { return strings.Compare(a.Name, b.Name) })
	return suggestions(in, out), nil
}

func (s *server) suggestType(ctx context.Context, in *suggestIn) (*suggestOut, error) {
	if _, err := s.dataset(ctx, in.Dataset); err != nil {
		return nil, s.refuse(err)
	}
	var out []Suggestion
	for _, schema := range s.model.Schemata() {
		if schema.Matchable && !schema.Hidden && begins(in.Prefix, schema.Name, schema.Label, schema.Plural) {
			out = append(out, Suggestion{Named: Named{schema.Name, schema.Label, schema.Plural}})
		}
	}
	return suggestions(in, out), nil
}

// offered says whether a property may be asked for: it holds values of its own, and none of private life.
func (s *server) offered(schema *ftm.Schema, p *ftm.Property) bool {
	return !p.Stub && !p.Hidden && !p.Deprecated && !s.model.Private(schema.Name, p.Name)
}

func begins(prefix string, in ...string) bool {
	prefix = strings.ToLower(strings.TrimSpace(prefix))
	return slices.ContainsFunc(in, func(name string) bool {
		name = strings.ToLower(name)
		return strings.HasPrefix(name, prefix) || strings.Contains(name, " "+prefix)
	})
}

type flyoutIn struct {
	Dataset string `path:"dataset" maxLength:"200"`
	Kind    string `path:"kind" enum:"entity,property,type"`
	ID      string `query:"id" required:"true" maxLength:"500" doc:"Of what"`
}

type flyoutOut struct {
	Body Flyout
}

// Flyout is a few words on something, as HTML without scripts, styles or links.
type Flyout struct {
	ID   string `json:"id"`
	HTML string `json:"html"`
}

func (s *server) flyout(ctx context.Context, in *flyoutIn) (*flyoutOut, error) {
	var title, text string
	switch in.Kind {
	case "type":
		if schema := s.model.Schema(in.ID); schema != nil {
			title, text = schema.Label, "A kind of entity: "+schema.Plural
		}
	case "property":
		name := in.ID[strings.LastIndex(in.ID, ":")+1:]
		for _, schema := range s.model.Schemata() {
			if p := schema.Property(name); p != nil {
				title, text = p.Label, "A property ("+string(p.Type)+") of "+p.Schema.Plural
				break
			}
		}
	default:
		found, err := s.Registry.Fetch(ctx, in.ID)
		if err != nil {
			return nil, s.refuse(err)
		}
		if len(found) > 0 {
			title, text = found[0].Caption, s.typeLabel(found[0].Schema)+", "+s.describe(&hit{Fetched: found[0]})
		}
	}
	if title == "" {
		return nil, huma.Error404NotFound("There is nothing of this id.")
	}
	html, err := fragment("flyout", struct{ Title, Text string }{title, text})
	return &flyoutOut{Flyout{in.ID, string(html)}}, s.refuse(err)
}

func (s *server) typeLabel(schema string) string {
	if sc := s.model.Schema(schema); sc != nil {
		return sc.Label
	}
	return schema
}

type previewIn struct {
	Dataset string `path:"dataset" maxLength:"200"`
	ID      string `query:"id" required:"true" maxLength:"500" doc:"Of what"`
}

type htmlOut struct {
	ContentType string `header:"Content-Type"`
	Policy      string `header:"Content-Security-Policy"`
	Body        []byte
}

// previewRow is what a property says.
type previewRow struct {
	Label  string
	Values []string
}

// Bounds of a preview.
const (
	mostRows      = 8
	mostRowValues = 4
)

func (s *server) preview(ctx context.Context, in *previewIn) (*htmlOut, error) {
	found, err := s.Registry.Fetch(ctx, in.ID)
	if err != nil {
		return nil, s.refuse(err)
	}
	if len(found) == 0 {
		return nil, s.refuse(registry.ErrNotFound)
	}
	f := &found[0]
	page := struct {
		Title, Type, Datasets string
		Gone                  bool
		Rows                  []previewRow
		Style                 any
	}{f.Caption, s.typeLabel(f.Schema), strings.Join(f.Datasets, ", "), f.Gone, nil, style()}
	schema := s.model.Schema(f.Schema)
	for _, name := range s.shown(schema) {
		p := property(schema, name)
		if p == nil || len(f.Properties[name]) == 0 || p.Type == ftm.TypeEntity || len(page.Rows) >= mostRows {
			continue
		}
		row := previewRow{Label: p.Label}
		for _, v := range f.Properties[name][:min(len(f.Properties[name]), mostRowValues)] {
			row.Values = append(row.Values, words(p, v))
		}
		page.Rows = append(page.Rows, row)
	}
	html, err := fragment("preview", page)
	return &htmlOut{"text/html; charset=utf-8", "default-src 'none'; style-src '" + styleHash() + "'", html}, s.refuse(err)
}

// shown lists properties of a schema, those that tell most first.
func (s *server) shown(schema *ftm.Schema) []string {
	if schema == nil {
		return nil
	}
	out := append([]string{"alias", "previousName"}, schema.Featured...)
	for _, p := range []string{"country", "jurisdiction", "topics", "registrationNumber", "uscCode", "address", "sourceUrl"} {
		if !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return slices.DeleteFunc(out, func(n string) bool { return n == "name" })
}

// words writes a value as a reader would.
func words(p *ftm.Property, v string) string {
	switch p.Type {
	case ftm.TypeCountry:
		return ftm.CountryLabel(v)
	case ftm.TypeTopic:
		if t := ftm.Topic(v); t != "" {
			return t
		}
	}
	return v
}
