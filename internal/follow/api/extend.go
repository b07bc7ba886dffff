package api

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"veedor/internal/follow/ftm"
	"veedor/internal/follow/registry"
)

// extension asks for values of properties of entities, to put them into a table.
type extension struct {
	IDs        []string `json:"ids"`
	Properties []struct {
		ID       string `json:"id"`
		Settings struct {
			Limit  any    `json:"limit"` // clients send numbers and texts
			Render string `json:"render"`
		} `json:"settings"`
	} `json:"properties"`
}

func decodeExtension(text string) (*extension, error) {
	var x extension
	if err := json.Unmarshal([]byte(text), &x); err != nil {
		return nil, huma.Error400BadRequest("extend is no JSON object of ids and properties.")
	}
	if len(x.IDs) > maxIDs || len(x.Properties) > mostProperties {
		return nil, huma.Error400BadRequest(fmt.Sprintf("Too much at once: at most %d ids and %d properties.", maxIDs, mostProperties))
	}
	return &x, nil
}

// Extended is a table's new columns.
type Extended struct {
	Meta []ExtendedColumn                 `json:"meta"`
	Rows map[string]map[string][]ExtValue `json:"rows"`
}

// ExtendedColumn is one of them.
type ExtendedColumn struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Type *Named `json:"type,omitempty"`
}

// ExtValue is a text, a number, or an entity.
type ExtValue struct {
	Str   string   `json:"str,omitempty"`
	Float *float64 `json:"float,omitempty"`
	ID    string   `json:"id,omitempty"`
	Name  string   `json:"name,omitempty"`
}

func (s *server) extend(ctx context.Context, text string) (*reconOut, error) {
	x, err := decodeExtension(text)
	if err != nil {
		return nil, err
	}
	out := Extended{Meta: []ExtendedColumn{}, Rows: map[string]map[string][]ExtValue{}}
	for _, p := range x.Properties {
		c := ExtendedColumn{ID: p.ID, Name: p.ID}
		if known := s.anyProperty(p.ID); known != nil {
			c.Name = known.Label
			if known.Range != nil {
				c.Type = &Named{ID: known.Range.Name, Name: known.Range.Label}
			}
		}
		out.Meta = append(out.Meta, c)
	}
	ids := s.names()
	for _, id := range x.IDs {
		if err := ctx.Err(); err != nil {
			return nil, s.refuse(err)
		}
		found, err := s.Registry.Fetch(ctx, id)
		if err != nil {
			return nil, s.refuse(err)
		}
		row := map[string][]ExtValue{}
		for _, p := range x.Properties {
			row[p.ID] = []ExtValue{}
			if len(found) == 0 {
				continue
			}
			if row[p.ID], err = s.cells(ctx, &found[0], p.ID, limitOf(p.Settings.Limit), p.Settings.Render == "raw", ids); err != nil {
				return nil, s.refuse(err)
			}
		}
		out.Rows[id] = row
	}
	return &reconOut{"no-store", len(x.IDs), out}, s.refuse(ids.err)
}

func limitOf(v any) int {
	switch v := v.(type) {
	case float64:
		return int(min(max(v, 0), mostValues))
	case string:
		n, err := strconv.Atoi(v)
		if err == nil {
			return min(max(n, 0), mostValues)
		}
	}
	return 0
}

// cells returns the values of one property of an entity.
func (s *server) cells(ctx context.Context, f *registry.Fetched, name string, limit int, raw bool, ids *names) ([]ExtValue, error) {
	out := []ExtValue{}
	p := property(s.model.Schema(f.Schema), name)
	if p == nil {
		return out, nil
	}
	values := f.Properties[name]
	if limit > 0 {
		values = values[:min(limit, len(values))]
	}
	for _, v := range values[:min(len(values), mostValues)] {
		switch {
		case p.Type == ftm.TypeEntity:
			found, err := s.Registry.Fetch(ctx, v)
			if err != nil {
				return nil, err
			}
			cell := ExtValue{ID: ids.of(v), Name: v}
			if len(found) > 0 {
				cell.Name = found[0].Caption
			}
			out = append(out, cell)
		case p.Type == ftm.TypeNumber && !raw:
			if number, unit, ok := ftm.ParseNumber(v); ok && unit == "" {
				if n, err := strconv.ParseFloat(number, 64); err == nil {
					out = append(out, ExtValue{Float: &n})
					continue
				}
			}
			out = append(out, ExtValue{Str: v})
		case raw:
			out = append(out, ExtValue{Str: v})
		default:
			out = append(out, ExtValue{Str: words(p, v)})
		}
	}
	return out, nil
}

// anyProperty returns a property of that name, of whichever schema.
func (s *server) anyProperty(name string) *ftm.Property {
	for _, schema := range s.model.Schemata() {
		if p := schema.Property(name); p != nil {
			return p
		}
	}
	return nil
}

type extendPropertiesIn struct {
	Dataset string `path:"dataset" maxLength:"200"`
	Type    string `query:"type" maxLength:"100" doc:"A schema; LegalEntity if nothing is said"`
	Limit   int    `query:"limit" default:"200" minimum:"0" maximum:"500" doc:"How many at most"`
}

type extendPropertiesOut struct {
	Body ExtendProperties
}

// ExtendProperties is the properties by which a table of a type can be extended.
type ExtendProperties struct {
	Type       string  `json:"type"`
	Limit      int     `json:"limit"`
	Properties []Named `json:"properties"`
}

func (s *server) extendProperties(_ context.Context, in *extendPropertiesIn) (*extendPropertiesOut, error) {
	schema := s.model.Schema(in.Type)
	if schema == nil {
		schema = s.model.Schema("LegalEntity")
	}
	out := ExtendProperties{schema.Name, in.Limit, []Named{}}
	for _, p := range schema.Properties() {
		if s.offered(schema, p) {
			out.Properties = append(out.Properties, Named{ID: p.Name, Name: p.Label})
		}
	}
	first := func(n Named) int { // featured ones first
		if i := slices.Index(schema.Featured, n.ID); i >= 0 {
			return i
		}
		return len(schema.Featured)
	}
	slices.SortStableFunc(out.Properties, func(a, b Named) int { return first(a) - first(b) })
	out.Properties = out.Properties[:min(len(out.Properties), in.Limit)]
	return &extendPropertiesOut{out}, nil
}
