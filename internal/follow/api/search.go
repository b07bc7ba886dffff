package api

import (
	"context"
	"errors"
	"net/http"
	"reflect"
	"regexp"
	"strings"
	"unicode"

	"github.com/danielgtaylor/huma/v2"

	"veedor/internal/follow/ftm"
	"veedor/internal/follow/match"
	"veedor/internal/follow/registry"
)

// Narrowing is what searching and matching are narrowed by.
type Narrowing struct {
	IncludeDataset []string `query:"include_dataset,explode" maxItems:"50" doc:"Only entities of one of these datasets"`
	ExcludeDataset []string `query:"exclude_dataset,explode" maxItems:"50" doc:"No entities of these datasets alone"`
	ExcludeSchema  []string `query:"exclude_schema,explode" maxItems:"50" doc:"No entities of exactly these schemata"`
	ChangedSince   string   `query:"changed_since" maxLength:"40" doc:"Only entities of which something changed on this day or later" example:"2024-01-01"`
	Topics         []string `query:"topics,explode" maxItems:"50" doc:"Only entities with one of these topics" example:"sanction"`
	Gone           bool     `query:"gone" doc:"Ours: also entities that no dataset has any more"`
}

var dayPattern = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}`)

func (n *Narrowing) sieve(m *ftm.Model) (*sieve, error) {
	x := &sieve{model: m, include: n.IncludeDataset, exclude: n.ExcludeDataset, notSchema: n.ExcludeSchema, gone: n.Gone}
	if n.ChangedSince != "" && !dayPattern.MatchString(n.ChangedSince) {
		return nil, huma.Error400BadRequest("changed_since is a day: 2024-01-01.")
	}
	x.since = n.ChangedSince[:min(len(n.ChangedSince), len("2006-01-02"))]
	return x, nil
}

type searchIn struct {
	Narrowing
	Dataset   string   `path:"dataset" maxLength:"200" doc:"The name of a dataset, or default for all" example:"default"`
	Q         string   `query:"q" maxLength:"500" doc:"A name in any script, a number of a register, or an id; without it everything is listed" example:"CEIEC"`
	Schema    string   `query:"schema" default:"Thing" maxLength:"100" doc:"Only entities of this schema and those that descend from it"`
	Countries []string `query:"countries,explode" maxItems:"50" doc:"Only entities of these countries, by two letters" example:"cn"`
	Datasets  []string `query:"datasets,explode" maxItems:"50" doc:"Only entities of these datasets"`
	Filter    []string `query:"filter,explode" maxItems:"50" doc:"field:value, where a field is a property (properties.programId) or a group (names, identifiers, dates …)"`
	FilterOp  string   `query:"filter_op" enum:"OR,AND" default:"OR" doc:"Whether one of several values of a field is enough"`
	Facets    []string `query:"facets,explode" maxItems:"10" enum:"countries,topics,datasets,schema,identifiers" doc:"What to count; countries, topics and datasets if nothing is said"`
	Limit     int      `query:"limit" default:"10" minimum:"0" maximum:"500" doc:"How many at most"`
	Offset    int      `query:"offset" default:"0" minimum:"0" maximum:"9499" doc:"How many to pass over"`
	Sort      []string `query:"sort,explode" maxItems:"5" doc:"field:asc or field:desc; by score if nothing is said" example:"last_change:desc"`
	Target    string   `query:"target" enum:"true,false,True,False" doc:"Only those that are targets, or only the others"`
	Fuzzy     bool     `query:"fuzzy" doc:"Weaker likenesses as well"`
	Simple    bool     `query:"simple" doc:"Taken and without effect: q is a name, and no query language"`
}

type searchOut struct {
	Body Found
}

// Found is what a search found.
type Found struct {
	Results []*Entity        `json:"results"`
	Facets  map[string]Facet `json:"facets"`
	Total   Total            `json:"total"`
	Limit   int              `json:"limit"`
	Offset  int              `json:"offset"`
}

// Bounds of a search. A name has at most as many hits as the registry compares in full.
const (
	mostHits    = 120
	mostLooked  = 30_000 // entities looked at when everything is listed
	mostKept    = 10_000 // of those, kept to be sorted and counted
	mostWindow  = 10_000 // offset and limit together
	leastScore  = 0.05   // of a search that is not fuzzy
	leastDigits = 4      // from which q may be a number of a register
)

func (s *server) search(ctx context.Context, in *searchIn) (*searchOut, error) {
	dataset, err := s.dataset(ctx, in.Dataset)
	if err != nil {
		return nil, s.refuse(err)
	}
	if s.model.Schema(in.Schema) == nil {
		return nil, huma.Error400BadRequest("There is no schema of this name.")
	}
	x, err := in.sieve(s.model)
	if err == nil {
		x.schema, x.onlyDataset, x.all, x.target = in.Schema, dataset, in.FilterOp == "AND", strings.ToLower(in.Target)
		x.add("countries", in.Countries)
		x.add("topics", in.Topics)
		x.add("datasets", in.Datasets)
		err = x.filters(in.Filter)
	}
	if err != nil {
		return nil, s.refuse(err)
	}
	list, more, err := s.find(ctx, in, x)
	if err == nil {
		err = x.arrange(list, in.Sort)
	}
	if err != nil {
		return nil, s.refuse(err)
	}
	titles, err := s.titles(ctx)
	if err != nil {
		return nil, s.refuse(err)
	}
	asked := in.Facets
	if len(asked) == 0 {
		asked = []string{"countries", "topics", "datasets"}
	}
	out := Found{Results: []*Entity{}, Facets: x.facets(list, asked, titles), Total: totalOf(len(list), more), Limit: min(in.Limit, mostWindow-in.Offset), Offset: in.Offset}
	ids := s.names()
	for i := in.Offset; i < min(len(list), in.Offset+out.Limit); i++ {
		out.Results = append(out.Results, answer(s.model, &list[i], ids.of))
	}
	return &searchOut{out}, s.refuse(ids.err)
}

// find returns the entities that are asked for, the best first, and whether there may be more.
func (s *server) find(ctx context.Context, in *searchIn, x *sieve) ([]registry.Fetched, bool, error) {
	q := strings.TrimSpace(in.Q)
	if q == "" {
		return s.list(ctx, x)
	}
	ids := []string{}
	if !strings.ContainsFunc(q, unicode.IsSpace) {
		ids = append(ids, q) // it may be an id
	}
	least := leastScore
	if in.Fuzzy {
		least = 0
	}
	more := false
	for _, asked := range textQueries(q) {
		hits, err := s.Registry.Search(ctx, asked, registry.Filter{Dataset: x.onlyDataset, Schema: x.schema, Threshold: least}, mostHits)
		if err != nil {
			return nil, false, err
		}
		for _, h := range hits {
			ids = append(ids, h.ID)
		}
		more = more || len(hits) >= mostHits
	}
	found, err := s.Registry.Fetch(ctx, ids...)
	if err != nil {
		return nil, false, err
	}
	var out []registry.Fetched
	for i := range found {
		if x.takes(&found[i]) {
			out = append(out, found[i])
		}
	}
	return out, more, nil
}

// textQueries makes queries of what somebody typed: a number of a register, if it looks like one, and a name.
func textQueries(q string) []match.Entity {
	named := match.Entity{Names: []string{q}}
	if isNumber(q) {
		return []match.Entity{{Identifiers: []match.Identifier{{Value: q}}}, named}
	}
	return []match.Entity{named}
}

// isNumber says whether a text may be a number of a register.
func isNumber(q string) bool {
	digits := 0
	for _, r := range q {
		if r >= '0' && r <= '9' {
			digits++
		}
	}
	return digits >= leastDigits && 2*digits >= len(q)
}

var errEnough = errors.New("enough was looked at")

// list goes through everything, in the order in which it became known.
func (s *server) list(ctx context.Context, x *sieve) ([]registry.Fetched, bool, error) {
	var out []registry.Fetched
	looked := 0
	err := s.Registry.Entities(ctx, x.onlyDataset, x.schema, func(e *ftm.Entity) error {
		if looked++; looked > mostLooked || len(out) >= mostKept {
			return errEnough
		}
		f := registry.Fetched{Entity: e}
		if x.takes(&f) {
			out = append(out, f)
		}
		return ctx.Err()
	})
	if errors.Is(err, errEnough) {
		return out, true, nil
	}
	return out, false, err
}

// titles returns what datasets are called.
func (s *server) titles(ctx context.Context) (map[string]string, error) {
	list, err := s.Registry.Datasets(ctx)
	out := map[string]string{}
	for _, d := range list {
		out[d.Name] = d.Title
	}
	return out, err
}

// matching describes the calls that find entities.
func (s *server) matching(a huma.API) {
	huma.Register(a, huma.Operation{OperationID: "search", Method: http.MethodGet, Path: "/search/{dataset}", Tags: []string{"Matching"}, Summary: "Find entities by a name, or list them",
		Description: "For a search box. Names are compared across scripts and spellings; entities that several datasets speak of come once.",
		Errors:      []int{400, 404}}, s.search)
	huma.Register(a, huma.Operation{OperationID: "match", Method: http.MethodPost, Path: "/match/{dataset}", Tags: []string{"Matching"}, Summary: "Match entities by example",
		Description: "A batch of entities in the form of FollowTheMoney, each answered with those that may be the same, how likely that is, and what made it so. A match is a proposal: a person decides.",
		Errors:      []int{400, 404, 413, 415}, MaxBodyBytes: maxBody, SkipValidateBody: true}, s.match)
	// The body is read by hand, so that one bad example spoils no other; it is described all the same.
	o := a.OpenAPI()
	o.Paths["/match/{dataset}"].Post.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/json": {Schema: o.Components.Schemas.Schema(reflect.TypeFor[MatchQuery](), true, "")}}}
}
