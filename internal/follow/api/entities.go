package api

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"veedor/internal/follow/ftm"
	"veedor/internal/follow/registry"
)

type entityIn struct {
	ID         string `path:"id" maxLength:"500" doc:"An id it goes by, or that a source gave it" example:"ofac-30502"`
	Nested     bool   `query:"nested" default:"true" doc:"Put adjacent entities in the place of their ids"`
	Statements bool   `query:"statements" doc:"Ours: with every statement, who made it, when, and where it can be read"`
}

type entityOut struct {
	Status   int
	Location string  `header:"Location"`
	Body     *Entity `doc:"null where it goes by another id, which Location gives"`
}

// mostNested is how many links are followed from one entity.
const mostNested = 500

func (s *server) entity(ctx context.Context, in *entityIn) (*entityOut, error) {
	f, moved, err := s.fetch(ctx, in.ID)
	if err != nil {
		return nil, s.refuse(err)
	}
	if moved != "" {
		v := url.Values{}
		if !in.Nested {
			v.Set("nested", "false")
		}
		if in.Statements {
			v.Set("statements", "true")
		}
		return &entityOut{http.StatusPermanentRedirect, address(moved, "", v), nil}, nil
	}
	ids := s.names()
	out := answer(s.model, f, ids.of)
	if in.Nested {
		groups, _, err := s.around(ctx, f, ids)
		if err != nil {
			return nil, s.refuse(err)
		}
		for name, list := range groups {
			out.Properties[name] = list
		}
	}
	if in.Statements {
		if out.Statements, err = s.statementsOf(ctx, f.ID, nil); err != nil {
			return nil, s.refuse(err)
		}
	}
	return &entityOut{http.StatusOK, "", out}, s.refuse(ids.err)
}

// fetch returns an entity; or, if that id was merged into another, the other.
func (s *server) fetch(ctx context.Context, id string) (*registry.Fetched, string, error) {
	found, err := s.Registry.Fetch(ctx, id)
	switch {
	case err != nil:
		return nil, "", err
	case len(found) == 0:
		return nil, "", registry.ErrNotFound
	case found[0].ID != id:
		return nil, found[0].ID, nil
	}
	return &found[0], "", nil
}

func address(id, rest string, v url.Values) string {
	out := prefix + "/entities/" + url.PathEscape(id) + rest
	if len(v) > 0 {
		out += "?" + v.Encode()
	}
	return out
}

// around returns the entities next to one by its properties: those it points to, and under the name of the way back
// those that point to it; of one that joins it to another (an ownership, a directorship), the other as well. It says
// whether there may be more.
func (s *server) around(ctx context.Context, f *registry.Fetched, ids *names) (map[string][]Value, bool, error) {
	adjacent, err := s.Registry.Adjacent(ctx, f.ID, mostNested)
	if err != nil {
		return nil, false, err
	}
	var near []string
	for _, l := range adjacent.Links {
		switch {
		case !l.Current && !f.Gone:
		case l.Via.ID != "" && l.Via.ID != f.ID:
			near = append(near, l.Via.ID)
		default:
			near = append(near, l.From.ID, l.To.ID)
		}
	}
	near = slices.DeleteFunc(near, func(id string) bool { return id == f.ID })
	neighbours, err := s.Registry.Fetch(ctx, near...)
	if err != nil {
		return nil, false, err
	}
	known, err := s.others(ctx, f, neighbours, ids)
	if err != nil {
		return nil, false, err
	}
	out := map[string][]Value{}
	for _, p := range points(s.model, f.Schema) {
		for _, v := range f.Properties[p.Name] {
			out[p.Name] = append(out[p.Name], s.nested(known[ids.of(v)], ids.of(v), ids))
		}
	}
	for i := range neighbours {
		n := &neighbours[i]
		for _, p := range points(s.model, n.Schema) {
			if p.Reverse == "" || !slices.ContainsFunc(n.Properties[p.Name], func(v string) bool { return ids.of(v) == f.ID }) {
				continue
			}
			e := answer(s.model, n, ids.of)
			if schema := s.model.Schema(n.Schema); schema.Edge != nil {
				for _, o := range points(s.model, n.Schema) {
					for k, v := range e.Properties[o.Name] {
						if v.Text != f.ID {
							e.Properties[o.Name][k] = s.nested(known[v.Text], v.Text, ids)
						}
					}
				}
			}
			out[p.Reverse] = append(out[p.Reverse], Value{Entity: e})
		}
	}
	return out, adjacent.More, nil
}

// others returns the neighbours of an entity, and what those that are edges join it to, by canonical id.
func (s *server) others(ctx context.Context, f *registry.Fetched, neighbours []registry.Fetched, ids *names) (map[string]*registry.Fetched, error) {
	known := map[string]*registry.Fetched{}
	var far []string
	for i := range neighbours {
		n := &neighbours[i]
		known[n.ID] = n
		if schema := s.model.Schema(n.Schema); schema == nil || schema.Edge == nil {
			continue
		}
		for _, p := range points(s.model, n.Schema) {
			for _, v := range n.Properties[p.Name] {
				if id := ids.of(v); id != f.ID && len(far) < mostNested {
					far = append(far, id)
				}
			}
		}
	}
	found, err := s.Registry.Fetch(ctx, far...)
	for i := range found {
		known[found[i].ID] = &found[i]
	}
	return known, err
}

// nested is an entity where there is one, else its id.
func (s *server) nested(f *registry.Fetched, id string, ids *names) Value {
	if f == nil {
		return Value{Text: id}
	}
	return Value{Entity: answer(s.model, f, ids.of)}
}

// points returns the properties of a schema that hold ids of entities.
func points(m *ftm.Model, schema string) []*ftm.Property {
	s := m.Schema(schema)
	if s == nil {
		return nil
	}
	var out []*ftm.Property
	for _, p := range s.Properties() {
		if p.Type == ftm.TypeEntity && !p.Stub {
			out = append(out, p)
		}
	}
	return out
}

// AdjacentQuery says which part of the entities next to another is asked for.
type AdjacentQuery struct {
	ID     string   `path:"id" maxLength:"500"`
	Limit  int      `query:"limit" default:"10" minimum:"0" maximum:"500" doc:"Entities of each property"`
	Offset int      `query:"offset" default:"0" minimum:"0" maximum:"9499" doc:"How many to pass over"`
	Sort   []string `query:"sort,explode" maxItems:"5" doc:"Taken and without effect"`
}

// Part is a part of the entities next to another.
type Part struct {
	Results []Value `json:"results"`
	Total   Total   `json:"total"`
	Limit   int     `json:"limit"`
	Offset  int     `json:"offset"`
}

type adjacentOut struct {
	Status   int
	Location string `header:"Location"`
	Body     *AdjacentAnswer
}

// AdjacentAnswer is an entity and those next to it by property.
type AdjacentAnswer struct {
	Entity   *Entity         `json:"entity"`
	Adjacent map[string]Part `json:"adjacent"`
}

func (s *server) adjacent(ctx context.Context, in *AdjacentQuery) (*adjacentOut, error) {
	f, moved, err := s.fetch(ctx, in.ID)
	if err != nil {
		return nil, s.refuse(err)
	}
	if moved != "" {
		return &adjacentOut{http.StatusPermanentRedirect, address(moved, "/adjacent", nil), nil}, nil
	}
	ids := s.names()
	groups, more, err := s.around(ctx, f, ids)
	if err != nil {
		return nil, s.refuse(err)
	}
	out := &AdjacentAnswer{answer(s.model, f, ids.of), map[string]Part{}}
	for name, list := range groups {
		out.Adjacent[name] = part(list, more, in.Limit, in.Offset)
	}
	return &adjacentOut{http.StatusOK, "", out}, s.refuse(ids.err)
}

func part(list []Value, more bool, limit, offset int) Part {
	from := min(offset, len(list))
	return Part{append([]Value{}, list[from:min(len(list), from+limit)]...), totalOf(len(list), more), limit, offset}
}

type adjacentPropertyIn struct {
	AdjacentQuery
	Property string `path:"property" maxLength:"100" example:"sanctions"`
}

type adjacentPropertyOut struct {
	Status   int
	Location string `header:"Location"`
	Body     *Part
}

func (s *server) adjacentProperty(ctx context.Context, in *adjacentPropertyIn) (*adjacentPropertyOut, error) {
	f, moved, err := s.fetch(ctx, in.ID)
	if err != nil {
		return nil, s.refuse(err)
	}
	if moved != "" {
		return &adjacentPropertyOut{http.StatusPermanentRedirect, address(moved, "/adjacent/"+url.PathEscape(in.Property), nil), nil}, nil
	}
	if p := property(s.model.Schema(f.Schema), in.Property); p == nil || p.Type != ftm.TypeEntity {
		return nil, huma.Error404NotFound("Entities of this schema have no such property that points to others.")
	}
	ids := s.names()
	groups, more, err := s.around(ctx, f, ids)
	if err != nil {
		return nil, s.refuse(err)
	}
	out := part(groups[in.Property], more, in.Limit, in.Offset)
	return &adjacentPropertyOut{http.StatusOK, "", &out}, s.refuse(ids.err)
}

// access describes the calls that fetch what is known of an entity.
func (s *server) access(a huma.API) {
	tags := []string{"Data access"}
	huma.Register(a, huma.Operation{OperationID: "fetchEntity", Method: http.MethodGet, Path: "/entities/{id}", Tags: tags, Summary: "Fetch an entity, with what stands next to it",
		Errors: []int{404}, Responses: moved()}, s.entity)
	huma.Register(a, huma.Operation{OperationID: "fetchAdjacent", Method: http.MethodGet, Path: "/entities/{id}/adjacent", Tags: tags, Summary: "Fetch what stands next to an entity, by property",
		Errors: []int{404}, Responses: moved()}, s.adjacent)
	huma.Register(a, huma.Operation{OperationID: "fetchAdjacentByProperty", Method: http.MethodGet, Path: "/entities/{id}/adjacent/{property}", Tags: tags,
		Summary: "Fetch what stands next to an entity under one property", Errors: []int{404}, Responses: moved()}, s.adjacentProperty)
	huma.Register(a, huma.Operation{OperationID: "statements", Method: http.MethodGet, Path: "/statements", Tags: []string{"Ours"}, Summary: "Ours: who says what of an entity, since when, and where it can be read",
		Errors: []int{400, 404}}, s.statements)
}

func moved() map[string]*huma.Response {
	return map[string]*huma.Response{"308": {Description: "The entity was merged into another, whose address Location gives"}}
}
