package api

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"veedor/internal/follow/ftm"
	"veedor/internal/follow/match"
	"veedor/internal/follow/registry"
)

type matchIn struct {
	Narrowing
	Dataset     string   `path:"dataset" maxLength:"200" doc:"The name of a dataset, or default for all"`
	Limit       int      `query:"limit" default:"5" minimum:"0" maximum:"500" doc:"Results for each query"`
	Threshold   float64  `query:"threshold" minimum:"0" maximum:"1" doc:"From which score on match is true; the one the matcher ships with if nothing is said"`
	Cutoff      float64  `query:"cutoff" default:"0.5" minimum:"0" maximum:"1" doc:"Below which score nothing is returned"`
	Algorithm   string   `query:"algorithm" default:"best" maxLength:"100" doc:"best, default or veedor; see /algorithms"`
	ExcludeIDs  []string `query:"exclude_entity_ids,explode" maxItems:"50" doc:"Entities to leave out, by any of their ids"`
	Fuzzy       bool     `query:"fuzzy" doc:"Taken and without effect: likenesses are always looked for"`
	ContentType string   `header:"Content-Type"`
	RawBody     []byte   `contentType:"application/json"`
}

// MatchQuery is a batch of examples.
type MatchQuery struct {
	Queries map[string]*Example `json:"queries" doc:"Examples by a name of your choice, at most 100"`
	Weights map[string]float64  `json:"weights,omitempty" doc:"Not supported: the weights are fitted"`
	Config  map[string]any      `json:"config,omitempty" doc:"Not supported"`
}

// Example is an entity to find. Reading it never fails: what is wrong with one does not spoil the others.
type Example struct {
	ID         string              `json:"id,omitempty"`
	Schema     string              `json:"schema" example:"Company"`
	Properties map[string][]string `json:"properties" doc:"A text or a list of texts for each property" example:"{\"name\":[\"CEIEC\"]}"`

	problem string
	ignored []string
}

// Bounds of one example.
const (
	mostProperties = 100
	mostValues     = 200   // of one property
	longestValue   = 5_000 // bytes
)

// UnmarshalJSON implements json.Unmarshaler.
func (e *Example) UnmarshalJSON(b []byte) error {
	var raw struct {
		ID         any            `json:"id"`
		Schema     any            `json:"schema"`
		Properties map[string]any `json:"properties"`
	}
	*e = Example{Properties: map[string][]string{}}
	if err := json.Unmarshal(b, &raw); err != nil {
		e.problem = "The example is not an object with schema and properties."
		return nil
	}
	e.ID, _ = raw.ID.(string)
	e.Schema, _ = raw.Schema.(string)
	if len(raw.Properties) > mostProperties {
		e.problem = fmt.Sprintf("The example has more than %d properties.", mostProperties)
		return nil
	}
	for name, v := range raw.Properties {
		list, ok := v.([]any)
		if !ok {
			list = []any{v}
		}
		if len(list) > mostValues {
			e.problem = fmt.Sprintf("A property has more than %d values.", mostValues)
			return nil
		}
		for _, one := range list {
			text, ok := textOf(one)
			switch {
			case one == nil:
			case !ok:
				e.problem = "A value is neither a text nor a number."
				return nil
			case len(text) > longestValue:
				e.problem = fmt.Sprintf("A value is longer than %d bytes.", longestValue)
				return nil
			default:
				e.Properties[name] = append(e.Properties[name], text)
			}
		}
	}
	return nil
}

func textOf(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), true
	case bool:
		return strconv.FormatBool(v), true
	}
	return "", false
}

// Scored is an entity and how likely it is the one asked for.
type Scored struct {
	Entity
	Score        float64                `json:"score" doc:"The probability that both are the same, calibrated on generated pairs"`
	Match        bool                   `json:"match" doc:"The score reaches the threshold"`
	Features     map[string]float64     `json:"features" doc:"What was found, 0 to 1 each (yente 4)"`
	Explanations map[string]Explanation `json:"explanations" doc:"What it adds to the score (yente 5)"`
}

// Explanation says what one feature makes of two entities.
type Explanation struct {
	Score     float64 `json:"score"`
	Detail    string  `json:"detail"`
	Query     string  `json:"query,omitempty"`
	Candidate string  `json:"candidate,omitempty"`
	Share     float64 `json:"share" doc:"Ours: what it adds to the log-odds of the score"`
}

// Matches is what one example found.
type Matches struct {
	Status  int      `json:"status" doc:"200, or 400 where nothing could be made of the example"`
	Detail  string   `json:"detail,omitempty" doc:"What is wrong with the example"`
	Results []Scored `json:"results"`
	Total   Total    `json:"total"`
	Query   Example  `json:"query" doc:"The example as it was understood"`
	Ignored []string `json:"ignored,omitempty" doc:"Ours: properties and values that were not looked at"`
}

type matchOut struct {
	BatchSize int `header:"X-Batch-Size"`
	Body      MatchAnswer
}

// MatchAnswer is what a batch found.
type MatchAnswer struct {
	Responses map[string]Matches `json:"responses"`
	Matcher   map[string]Feature `json:"matcher" doc:"What the features mean (yente 4)"`
	Limit     int                `json:"limit"`
}

func (s *server) match(ctx context.Context, in *matchIn) (*matchOut, error) {
	dataset, err := s.dataset(ctx, in.Dataset)
	if err != nil {
		return nil, s.refuse(err)
	}
	query, err := decodeMatch(in.ContentType, in.RawBody)
	if err != nil {
		return nil, err
	}
	switch {
	case !slices.Contains([]string{"best", "default", algorithm}, in.Algorithm):
		return nil, huma.Error400BadRequest("There is no such algorithm here: " + algorithm + " is the only one; leave the parameter out, or say best.")
	}
	x, err := in.sieve(s.model)
	if err != nil {
		return nil, err
	}
	x.onlyDataset, x.notIDs = dataset, map[string]bool{}
	x.add("topics", in.Topics)
	ids := s.names()
	for _, id := range in.ExcludeIDs {
		x.notIDs[ids.of(id)] = true
	}
	if in.Threshold == 0 {
		in.Threshold = match.Threshold()
	}
	out := &matchOut{len(query.Queries), MatchAnswer{Responses: map[string]Matches{}, Matcher: featureDocs(), Limit: in.Limit}}
	for _, name := range slices.Sorted(maps.Keys(query.Queries)) {
		m, err := s.matchOne(ctx, query.Queries[name], x, in, ids)
		if err != nil {
			return nil, s.refuse(err)
		}
		out.Body.Responses[name] = m
	}
	return out, s.refuse(ids.err)
}

// decodeMatch reads a batch.
func decodeMatch(contentType string, body []byte) (*MatchQuery, error) {
	if kind, _, err := mime.ParseMediaType(contentType); contentType != "" && (err != nil || kind != "application/json" && !strings.HasSuffix(kind, "+json")) {
		return nil, huma.Error415UnsupportedMediaType("Send JSON (application/json).")
	}
	var q MatchQuery
	if err := json.Unmarshal(body, &q); err != nil {
		return nil, huma.Error400BadRequest(`The body is no JSON of the form {"queries": {"a": {"schema": "Company", "properties": {"name": ["…"]}}}}.`)
	}
	switch {
	case len(q.Weights) > 0 || len(q.Config) > 0:
		return nil, huma.Error400BadRequest("Weights and config are not supported: the matcher's weights are fitted.")
	case len(q.Queries) == 0:
		return nil, huma.Error400BadRequest(`No queries provided: send {"queries": {"a": {"schema": "Company", "properties": {"name": ["…"]}}}}.`)
	case len(q.Queries) > maxBatch:
		return nil, huma.Error400BadRequest(fmt.Sprintf("Too many queries in one batch (limit: %d).", maxBatch))
	}
	return &q, nil
}

func (s *server) matchOne(ctx context.Context, e *Example, x *sieve, in *matchIn, ids *names) (Matches, error) {
	if e == nil {
		e = &Example{Properties: map[string][]string{}, problem: "The example is empty."}
	}
	q := s.example(e)
	out := Matches{Status: http.StatusOK, Results: []Scored{}, Total: totalOf(0, false), Query: *e, Ignored: e.ignored}
	if e.problem != "" {
		out.Status, out.Detail = http.StatusBadRequest, e.problem
		return out, nil
	}
	hits, err := s.hits(ctx, q, x, min(in.Cutoff, in.Threshold))
	if err != nil {
		return out, err
	}
	out.Total = totalOf(len(hits), false)
	for _, h := range hits[:min(len(hits), in.Limit)] {
		out.Results = append(out.Results, scored(answer(s.model, &h.Fetched, ids.of), h.Result, in.Threshold))
	}
	return out, nil
}

// hit is an entity that was found, and why.
type hit struct {
	registry.Fetched
	match.Result
}

// hits returns the entities that may be the one asked for, best first.
func (s *server) hits(ctx context.Context, q match.Entity, x *sieve, least float64) ([]hit, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	list, err := s.Registry.Search(ctx, q, registry.Filter{Dataset: x.onlyDataset, Threshold: least}, mostHits)
	if err != nil {
		return nil, err
	}
	asked := s.model.Schema(q.Schema)
	var out []hit
	for _, h := range list {
		found, err := s.Registry.Fetch(ctx, h.ID)
		if err != nil {
			return nil, err
		}
		if len(found) == 0 || !x.takes(&found[0]) {
			continue
		}
		if has := s.model.Schema(found[0].Schema); asked != nil && (has == nil || !asked.CanMatch(has)) {
			continue
		}
		out = append(out, hit{found[0], h.Result})
	}
	return out, nil
}

// example makes a query of an example, and says in it what was understood.
func (s *server) example(e *Example) match.Entity {
	schema := s.model.Schema(e.Schema)
	switch {
	case e.problem != "":
		return match.Entity{}
	case schema == nil:
		e.problem = "There is no schema of this name."
		return match.Entity{}
	case !schema.Matchable:
		e.problem = "Entities of this schema are not matched."
		return match.Entity{}
	}
	asked := &ftm.Entity{ID: "query", Schema: schema.Name, Properties: map[string][]string{}}
	for _, name := range slices.Sorted(maps.Keys(e.Properties)) {
		p := schema.Property(name)
		if p == nil || p.Stub || p.Type == ftm.TypeEntity {
			e.ignored = append(e.ignored, name)
			continue
		}
		for _, v := range e.Properties[name] {
			clean, reason := p.Clean(v)
			if reason != "" || clean == "" {
				e.ignored = append(e.ignored, name+": "+reason)
				continue
			}
			asked.Add(name, clean)
		}
	}
	e.Properties = asked.Properties
	q := registry.MatchEntity(s.model, asked)
	if len(q.Names) == 0 && len(q.Identifiers) == 0 {
		e.problem = "The example has neither a name nor a number of a register."
	}
	return q
}

func scored(e *Entity, r match.Result, threshold float64) Scored {
	out := Scored{Entity: *e, Score: round(r.Score), Match: r.Score >= threshold, Features: map[string]float64{}, Explanations: map[string]Explanation{}}
	for _, f := range r.Features {
		out.Features[f.Name] = round(f.Value)
		x := Explanation{Score: round(f.Value), Share: round(f.Share), Detail: fmt.Sprintf("%+.2f to the log-odds", f.Share)}
		if f.Name == "name" {
			x.Query, x.Candidate = r.Query, r.Name
		}
		out.Explanations[f.Name] = x
	}
	return out
}

func round(f float64) float64 { return math.Round(f*1e4) / 1e4 }
