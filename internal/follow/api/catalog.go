package api

import (
	"context"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"veedor/internal/follow/match"
	"veedor/internal/follow/registry"
)

// Dataset is one list or table of one publisher.
type Dataset struct {
	Name      string     `json:"name"`
	Title     string     `json:"title"`
	Summary   string     `json:"summary,omitempty"`
	URL       string     `json:"url,omitempty"`
	Load      bool       `json:"load"`
	Version   string     `json:"version" doc:"The day of its last state"`
	Index     string     `json:"index_version,omitempty"`
	Current   bool       `json:"index_current"`
	Children  []string   `json:"children"`
	Publisher *Publisher `json:"publisher,omitempty"`
	Licence   string     `json:"licence,omitempty" doc:"Ours: it goes with what you copy"`
	States    int        `json:"states" doc:"Ours: how many dated states are known"`
}

// Publisher is who publishes a dataset.
type Publisher struct {
	Name string `json:"name"`
}

// Catalog is the datasets there are.
type Catalog struct {
	Datasets []Dataset `json:"datasets"`
	Current  []string  `json:"current"`
	Outdated []string  `json:"outdated"`
	Stale    bool      `json:"index_stale"`
}

type catalogOut struct{ Body Catalog }

func (s *server) catalog(ctx context.Context, _ *struct{}) (*catalogOut, error) {
	list, err := s.Registry.Datasets(ctx)
	if err != nil {
		return nil, s.refuse(err)
	}
	states, err := s.Registry.States(ctx, "")
	if err != nil {
		return nil, s.refuse(err)
	}
	last, count := map[string]string{}, map[string]int{}
	for i := range states {
		st := &states[i]
		if count[st.Dataset]++; st.Status != registry.Reading {
			last[st.Dataset] = max(last[st.Dataset], st.Date())
		}
	}
	out := Catalog{Datasets: []Dataset{{Name: everything, Title: "Everything", Load: true, Children: []string{}, Current: true}}, Current: []string{everything}, Outdated: []string{}}
	all := &out.Datasets[0]
	for _, d := range list {
		all.Children = append(all.Children, d.Name)
		all.Version = max(all.Version, last[d.Name])
		all.States += count[d.Name]
	}
	all.Index = all.Version
	for _, d := range list {
		var by *Publisher
		if d.Publisher != "" {
			by = &Publisher{d.Publisher}
		}
		out.Datasets = append(out.Datasets, Dataset{Name: d.Name, Title: d.Title, URL: d.URL, Load: true, Version: last[d.Name], Index: last[d.Name], Current: true, Children: []string{},
			Publisher: by, Licence: d.Licence, States: count[d.Name]})
		out.Current = append(out.Current, d.Name)
	}
	return &catalogOut{out}, nil
}

// algorithm is the name of our way of matching.
const algorithm = "veedor"

// Feature says what a score is made of.
type Feature struct {
	Description string  `json:"description"`
	Coefficient float64 `json:"coefficient" doc:"What the whole of it adds to the log-odds of the score"`
	URL         string  `json:"url"`
}

// AlgorithmDocs is the same in the form of yente 5.
type AlgorithmDocs struct {
	Name        string             `json:"name"`
	Description string             `json:"description"`
	Config      map[string]any     `json:"config"`
	Features    map[string]Feature `json:"features"`
}

// Algorithm is one way of matching.
type Algorithm struct {
	Name        string             `json:"name"`
	Description string             `json:"description"`
	Features    map[string]Feature `json:"features"`
	Docs        AlgorithmDocs      `json:"docs"`
}

// Algorithms is the ways of matching there are.
type Algorithms struct {
	Algorithms []Algorithm `json:"algorithms"`
	Default    string      `json:"default"`
	Best       string      `json:"best"`
}

type algorithmsOut struct{ Body Algorithms }

func (s *server) algorithms(context.Context, *struct{}) (*algorithmsOut, error) {
	what := fmt.Sprintf("Names across scripts, legal forms, numbers, places, countries and years; a logistic score fitted on %d labelled pairs. A score reads as a probability; from %g on it is a match.",
		match.Shipped().Pairs, match.Threshold())
	docs := featureDocs()
	return &algorithmsOut{Algorithms{[]Algorithm{{algorithm, what, docs, AlgorithmDocs{algorithm, what, map[string]any{}, docs}}}, algorithm, algorithm}}, nil
}

// featureDocs says what the features are.
func featureDocs() map[string]Feature {
	words := map[string]string{"name": "how much of both names met", "name_cover": "how much of the lesser covered name met", "name_distinct": "how much of the distinctive words met", "name_equal": "all of both names met",
		"name_conflict": "each name has a distinctive word the other lacks", "common_word_conflict": "common words contradict each other", "common_word_extra": "one name has more common words",
		"word_extra": "one name has more distinctive words", "number_conflict": "numbers in the names differ", "number_extra": "one name has a number more", "place_conflict": "places in the names differ",
		"place_extra": "one name has a place more", "generation_conflict": "father and son, first and second", "spelling_differs": "words met only by near spellings", "name_evidence": "how many words met",
		"single_word": "one short word is all there is", "acronym": "one is the acronym of the other", "acronym_unordered": "the acronym's letters are in another order", "consonants_only": "words met by their consonants",
		"initials": "words met by an initial", "legal_form_differs": "legal forms differ", "identifier": "a number of a register is equal", "identifier_conflict": "numbers of one register differ",
		"country": "a country is equal", "country_conflict": "countries differ", "year": "years are equal", "year_conflict": "years differ", "address": "addresses overlap", "schema_conflict": "kinds of entity do not go together"}
	out := map[string]Feature{}
	for name, weight := range match.Shipped().Weights {
		out[name] = Feature{words[name], round(weight), prefix + "/algorithms"}
	}
	return out
}

// Health says how the service is.
type Health struct {
	Status string `json:"status"`
}

type healthOut struct{ Body Health }

func (s *server) alive(context.Context, *struct{}) (*healthOut, error) {
	return &healthOut{Health{"ok"}}, nil
}

func (s *server) ready(ctx context.Context, _ *struct{}) (*healthOut, error) {
	if _, err := s.Registry.Datasets(ctx); err != nil {
		s.Log.Error("api: not ready", "error", err)
		return nil, huma.Error503ServiceUnavailable("The registry cannot be read.")
	}
	return &healthOut{Health{"ok"}}, nil
}

// catalogue describes the calls that say what there is.
func (s *server) catalogue(a huma.API) {
	tags := []string{"System information"}
	huma.Register(a, huma.Operation{OperationID: "catalog", Method: http.MethodGet, Path: "/catalog", Tags: tags, Summary: "The datasets there are"}, s.catalog)
	huma.Register(a, huma.Operation{OperationID: "algorithms", Method: http.MethodGet, Path: "/algorithms", Tags: tags, Summary: "How entities are matched"}, s.algorithms)
	huma.Register(a, huma.Operation{OperationID: "healthz", Method: http.MethodGet, Path: "/healthz", Tags: tags, Summary: "The server answers"}, s.alive)
	huma.Register(a, huma.Operation{OperationID: "readyz", Method: http.MethodGet, Path: "/readyz", Tags: tags, Summary: "The registry can be read", Errors: []int{503}}, s.ready)
}
