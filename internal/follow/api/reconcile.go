package api

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"veedor/internal/follow/match"
)

// ReconQuery is one query of the Reconciliation Service API.
type ReconQuery struct {
	Query      string
	Types      []string // schemata
	Limit      int
	Properties map[string][]string

	problem string
}

// UnmarshalJSON implements json.Unmarshaler. It takes the shapes that clients of versions 0.1 and 0.2 send, and does
// not fail: what is wrong with one query does not spoil the others.
func (q *ReconQuery) UnmarshalJSON(b []byte) error {
	*q = ReconQuery{Limit: reconLimit, Properties: map[string][]string{}}
	var raw struct {
		Query      any     `json:"query"`
		Type       any     `json:"type"`
		Limit      float64 `json:"limit"`
		Properties []struct {
			PID string `json:"pid"`
			P   string `json:"p"`
			V   any    `json:"v"`
		} `json:"properties"`
	}
	if err := json.Unmarshal(b, &raw); err != nil {
		q.problem = "The query has another form than the Reconciliation Service API 0.2 gives it."
		return nil
	}
	var ok bool
	if q.Query, ok = textOf(raw.Query); !ok && raw.Query != nil {
		q.problem = "The query's text is no text."
	}
	q.Types = texts(raw.Type)
	if raw.Limit >= 1 {
		q.Limit = int(min(raw.Limit, mostHits))
	}
	if len(raw.Properties) > mostProperties || len(q.Query) > longestValue {
		q.problem = "The query is too large."
		return nil
	}
	for _, p := range raw.Properties {
		name := p.PID
		if name == "" {
			name = p.P
		}
		if _, after, found := strings.Cut(name, ":"); found { // Schema:property
			name = after
		}
		for _, v := range texts(p.V) {
			if len(v) > longestValue || len(q.Properties[name]) >= mostValues {
				q.problem = "The query is too large."
				return nil
			}
			q.Properties[name] = append(q.Properties[name], v)
		}
	}
	return nil
}

// texts returns the texts of a value: itself, a list of them, or what they are called ({"id", "name"}).
func texts(v any) []string {
	switch v := v.(type) {
	case []any:
		var out []string
		for _, one := range v {
			if _, list := one.([]any); !list {
				out = append(out, texts(one)...)
			}
		}
		return out
	case map[string]any:
		for _, key := range []string{"id", "name", "str"} {
			if text, ok := v[key].(string); ok && text != "" {
				return []string{text}
			}
		}
		return nil
	}
	if text, ok := textOf(v); ok && text != "" {
		return []string{text}
	}
	return nil
}

// decodeQueries reads a batch of queries, each under a name.
func decodeQueries(text string) (map[string]*ReconQuery, error) {
	var out map[string]*ReconQuery
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		return nil, huma.Error400BadRequest("queries is no JSON object of queries by name.")
	}
	if len(out) > maxBatch {
		return nil, huma.Error400BadRequest(fmt.Sprintf("Too many queries in one batch (limit: %d).", maxBatch))
	}
	return out, nil
}

// decodeQuery reads a single query: an object, or only its text.
func decodeQuery(text string) *ReconQuery {
	q := &ReconQuery{}
	if strings.HasPrefix(strings.TrimSpace(text), "{") {
		_ = q.UnmarshalJSON([]byte(text)) // it never fails
		return q
	}
	if len(text) > longestValue {
		return &ReconQuery{problem: "The query is too large."}
	}
	return &ReconQuery{Query: text, Limit: reconLimit, Properties: map[string][]string{}}
}

const (
	reconLimit = 5
	reconBatch = 10   // what OpenRefine is asked to send at once
	leastRecon = 0.02 // below which score nothing is proposed; a person looks at what is
)

// Candidate is an entity that may be the one a query means.
type Candidate struct {
	ID          string         `json:"id"`
	Name        string         `json:"name"`
	Description string         `json:"description"`
	Type        []Named        `json:"type"`
	Score       float64        `json:"score"`
	Match       bool           `json:"match"`
	Features    []ReconFeature `json:"features"`
}

// Named is an id and what it is called.
type Named struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
}

// ReconFeature is what one feature found.
type ReconFeature struct {
	ID    string  `json:"id"`
	Value float64 `json:"value"`
}

// ReconResult is what one query found.
type ReconResult struct {
	Result []Candidate `json:"result"`
	Error  string      `json:"error,omitempty"`
}

// reconcile answers one query. It says "match" where the best one reaches the threshold and no other does: only then
// may a program take it without a person looking.
func (s *server) reconcile(ctx context.Context, dataset string, q *ReconQuery) (ReconResult, error) {
	out := ReconResult{Result: []Candidate{}}
	if q == nil || q.problem != "" {
		out.Error = "The query is empty."
		if q != nil {
			out.Error = q.problem
		}
		return out, nil
	}
	schema := "LegalEntity"
	for _, t := range q.Types {
		if sc := s.model.Schema(t); sc != nil {
			schema = t
			break
		}
	}
	e := &Example{Schema: schema, Properties: q.Properties}
	if q.Query != "" {
		e.Properties["name"] = append([]string{q.Query}, e.Properties["name"]...)
	}
	asked := s.example(e)
	if e.problem != "" {
		out.Error = e.problem
		return out, nil
	}
	if isNumber(q.Query) { // it is none of a name
		asked.Names, asked.Identifiers = nil, append(asked.Identifiers, match.Identifier{Value: q.Query})
	}
	x := &sieve{model: s.model, onlyDataset: dataset}
	hits, err := s.hits(ctx, asked, x, leastRecon)
	if err != nil {
		return out, err
	}
	sure := len(hits) > 0 && hits[0].Score >= match.Threshold() && (len(hits) == 1 || hits[1].Score < match.Threshold())
	for i, h := range hits[:min(len(hits), q.Limit)] {
		c := Candidate{ID: h.ID, Name: h.Caption, Description: s.describe(&h), Type: s.types(h.Schema), Score: round(h.Score), Match: sure && i == 0, Features: []ReconFeature{}}
		for _, f := range h.Features {
			c.Features = append(c.Features, ReconFeature{f.Name, round(f.Value)})
		}
		out.Result = append(out.Result, c)
	}
	return out, nil
}

// describe says of an entity what tells it from others of its name.
func (s *server) describe(h *hit) string {
	x := &sieve{model: s.model}
	var parts []string
	for _, c := range x.of(&h.Fetched, "countries") {
		parts = append(parts, x.label("countries", c, nil))
	}
	return strings.Join(append(parts, h.Datasets...), ", ")
}

func (s *server) types(schema string) []Named {
	sc := s.model.Schema(schema)
	if sc == nil {
		return []Named{}
	}
	return []Named{{ID: sc.Name, Name: sc.Label}}
}

// ReconParameters is what the reconciliation service is asked.
type ReconParameters struct {
	Dataset string `path:"dataset" maxLength:"200" doc:"The name of a dataset, or default for all"`
	Queries string `query:"queries" doc:"Queries by name, in JSON; without any parameter the service describes itself"`
	Query   string `query:"query" doc:"One query: a name, or an object in JSON"`
	Extend  string `query:"extend" doc:"Ids and properties to fetch, in JSON"`

	base string // of the service, as the client called it
}

type reconForm struct {
	ReconParameters
	ContentType string `header:"Content-Type"`
	RawBody     []byte `contentType:"application/x-www-form-urlencoded"`
}

type reconOut struct {
	CacheControl string `header:"Cache-Control"`
	BatchSize    int    `header:"X-Batch-Size"`
	Body         any
}

// Resolve implements huma.Resolver: it takes the address by which the client reached us, for the service to name
// itself by.
func (in *ReconParameters) Resolve(c huma.Context) []error {
	scheme := "http"
	if c.TLS() != nil || c.Header("X-Forwarded-Proto") == "https" {
		scheme = "https"
	}
	host := c.Host()
	if !hostPattern.MatchString(host) {
		return []error{&huma.ErrorDetail{Location: "header.Host", Message: "it is no host"}}
	}
	in.base = scheme + "://" + host
	return nil
}

var hostPattern = regexp.MustCompile(`^[A-Za-z0-9.\-]{1,253}(:[0-9]{1,5})?$|^\[[0-9A-Fa-f:.]{2,45}\](:[0-9]{1,5})?$`)

func (s *server) reconcileGet(ctx context.Context, in *ReconParameters) (*reconOut, error) {
	dataset, err := s.dataset(ctx, in.Dataset)
	if err != nil {
		return nil, s.refuse(err)
	}
	switch {
	case in.Queries != "":
		queries, err := decodeQueries(in.Queries)
		if err != nil {
			return nil, err
		}
		return s.batch(ctx, dataset, queries)
	case in.Extend != "":
		return s.extend(ctx, in.Extend)
	case in.Query != "":
		r, err := s.reconcile(ctx, dataset, decodeQuery(in.Query))
		if err != nil {
			return nil, s.refuse(err)
		}
		return &reconOut{"no-store", 1, r}, nil
	}
	return &reconOut{"no-store", 0, s.manifest(in)}, nil
}

func (s *server) batch(ctx context.Context, dataset string, queries map[string]*ReconQuery) (*reconOut, error) {
	out := map[string]ReconResult{}
	for _, name := range slices.Sorted(maps.Keys(queries)) {
		r, err := s.reconcile(ctx, dataset, queries[name])
		if err != nil {
			return nil, s.refuse(err)
		}
		out[name] = r
	}
	return &reconOut{"no-store", len(queries), out}, nil
}

func (s *server) reconcilePost(ctx context.Context, in *reconForm) (*reconOut, error) {
	if kind, _, err := mime.ParseMediaType(in.ContentType); err != nil || kind != "application/x-www-form-urlencoded" {
		return nil, huma.Error415UnsupportedMediaType("Send a form (application/x-www-form-urlencoded) with queries=… or extend=….")
	}
	form, err := url.ParseQuery(string(in.RawBody))
	if err != nil {
		return nil, huma.Error400BadRequest("The form cannot be read.")
	}
	if form.Has("callback") {
		return nil, huma.Error400BadRequest("JSONP is not answered; any origin may use plain JSON.")
	}
	in.Queries, in.Query, in.Extend = form.Get("queries"), form.Get("query"), form.Get("extend")
	return s.reconcileGet(ctx, &in.ReconParameters)
}

// reconciliation describes the calls of the Reconciliation Service API.
func (s *server) reconciliation(a huma.API) {
	tags := []string{"Reconciliation"}
	const path = "/reconcile/{dataset}"
	huma.Register(a, huma.Operation{OperationID: "reconcileManifest", Method: http.MethodGet, Path: path, Tags: tags, Summary: "What the reconciliation service can do; or answers to queries",
		Description: "The address to give OpenRefine.", Errors: []int{400, 404}}, s.reconcileGet)
	huma.Register(a, huma.Operation{OperationID: "reconcile", Method: http.MethodPost, Path: path, Tags: tags, Summary: "Answer reconciliation queries, or extend a table", Errors: []int{400, 404, 413, 415},
		MaxBodyBytes: maxBody, SkipValidateBody: true}, s.reconcilePost)
	o := a.OpenAPI()
	text := func(what string) *huma.Schema { return &huma.Schema{Type: huma.TypeString, Description: what} }
	o.Paths[path].Post.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/x-www-form-urlencoded": {Schema: &huma.Schema{Type: huma.TypeObject,
		Properties: map[string]*huma.Schema{"queries": text("Queries by name, in JSON"), "query": text("One query"), "extend": text("Ids and properties to fetch, in JSON")}}}}}
	for _, c := range []struct {
		id, what string
		call     func(context.Context, *suggestIn) (*suggestOut, error)
	}{{"suggestEntity", "entity", s.suggestEntity}, {"suggestProperty", "property", s.suggestProperty}, {"suggestType", "type", s.suggestType}} {
		huma.Register(a, huma.Operation{OperationID: c.id, Method: http.MethodGet, Path: path + "/suggest/" + c.what, Tags: tags, Summary: "Complete what is being typed: " + c.what, Errors: []int{404}}, c.call)
	}
	huma.Register(a, huma.Operation{OperationID: "flyout", Method: http.MethodGet, Path: path + "/flyout/{kind}", Tags: tags, Summary: "A few words on an entity, a property or a type", Errors: []int{404}}, s.flyout)
	huma.Register(a, huma.Operation{OperationID: "extendProperties", Method: http.MethodGet, Path: path + "/extend/property", Tags: tags, Summary: "The properties by which a table of a type can be extended"}, s.extendProperties)
	huma.Register(a, huma.Operation{OperationID: "preview", Method: http.MethodGet, Path: path + "/preview", Tags: tags, Summary: "A small page on an entity", Errors: []int{404}}, s.preview)
}
