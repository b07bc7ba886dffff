package api

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"veedor/internal/follow/ftm"
	"veedor/internal/follow/match"
	"veedor/internal/follow/registry"
)

// Registry is what the API asks. What is not there is registry.ErrNotFound.
type Registry interface {
	Datasets(ctx context.Context) ([]registry.Dataset, error)
	States(ctx context.Context, dataset string) ([]registry.State, error)
	Search(ctx context.Context, query match.Entity, f registry.Filter, limit int) ([]registry.Hit, error)
	Entities(ctx context.Context, dataset, schema string, yield func(*ftm.Entity) error) error
	Fetch(ctx context.Context, ids ...string) ([]registry.Fetched, error)
	Canonical(id string) (string, []string, error)
	Entity(ctx context.Context, id string) (*registry.View, error)
	Adjacent(ctx context.Context, id string, limit int) (registry.Adjacent, error)
}

// Config is what the API is made of. All fields are needed.
type Config struct {
	Registry Registry
	Version  string // of this program
	Log      *slog.Logger
}

// Limits on what one caller can ask of the machine.
const (
	maxBody    = 1 << 20 // bytes of a request
	maxAddress = 32 << 10
	maxBatch   = 100 // queries of one request, as yente has it
	maxIDs     = 1000
	atOnce     = 8                // requests worked on at the same time
	queue      = 10 * time.Second // how long one waits for its turn
	patience   = 30 * time.Second // how long one may take
)

// prefix is where the API stands on the site.
const prefix = "/api"

// server answers.
type server struct {
	Config
	model *ftm.Model
}

// Handler answers below /api/. It sets its own headers: any origin may read it, for nothing in it is anybody's own.
func Handler(c Config) http.Handler {
	s := &server{Config: c, model: ftm.Default()}
	mux := http.NewServeMux()
	conf := huma.DefaultConfig("Veedor registry", c.Version)
	conf.Info.Description = "Who supplied, ordered and paid: entities and statements with their sources. Calls and answers are those of yente (OpenSanctions) " +
		"and of the Reconciliation Service API 0.2 (OpenRefine), where these apply; what is ours is marked so."
	conf.DocsPath, conf.SchemasPath, conf.CreateHooks = "", "", nil // its page loads scripts of others
	conf.Transformers = []huma.Transformer{plainly}
	a := humago.NewWithPrefix(mux, prefix, conf)
	s.matching(a)
	s.access(a)
	s.reconciliation(a)
	s.catalogue(a)
	mux.HandleFunc("GET "+prefix+"/{$}", s.page(a.OpenAPI()))
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == prefix {
			http.Redirect(w, r, prefix+"/", http.StatusMovedPermanently)
			return
		}
		sendProblem(w, http.StatusNotFound, "There is no such call; see "+prefix+"/ for those there are.")
	})
	return s.guard(mux)
}

// guard bounds requests, and sets what every answer carries.
func (s *server) guard(next http.Handler) http.Handler {
	turns := make(chan struct{}, atOnce)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Access-Control-Allow-Origin", "*")
		h.Set("Access-Control-Expose-Headers", "X-Batch-Size")
		h.Set("Cross-Origin-Resource-Policy", "cross-origin")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "public, max-age=60")
		switch {
		case r.Method == http.MethodOptions:
			h.Set("Access-Control-Allow-Methods", "GET, POST, OPTIONS")
			h.Set("Access-Control-Allow-Headers", "Accept, Content-Type, Authorization")
			h.Set("Access-Control-Max-Age", "86400")
			w.WriteHeader(http.StatusNoContent)
			return
		case r.Method != http.MethodGet && r.Method != http.MethodHead && r.Method != http.MethodPost:
			sendProblem(w, http.StatusMethodNotAllowed, "The registry is only read here: use GET or POST.")
			return
		case len(r.URL.RawQuery) > maxAddress:
			sendProblem(w, http.StatusRequestURITooLong, "The address is too long; send the queries by POST.")
			return
		case r.URL.Query().Has("callback") || r.URL.Query().Has("jsonp"):
			sendProblem(w, http.StatusBadRequest, "JSONP is not answered, for it runs what a server says as a script; any origin may use plain JSON.")
			return
		}
		ctx, cancel := context.WithTimeout(r.Context(), patience)
		defer cancel()
		if r.URL.Path != prefix+"/healthz" {
			wait := time.NewTimer(queue)
			defer wait.Stop()
			select {
			case turns <- struct{}{}:
				defer func() { <-turns }()
			case <-wait.C:
				h.Set("Retry-After", "10")
				sendProblem(w, http.StatusServiceUnavailable, "Too many requests are being worked on; try again in some seconds.")
				return
			case <-ctx.Done():
				return
			}
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// refuse turns what went wrong into what a client is told. The one place where that happens.
func (s *server) refuse(err error) error {
	var known huma.StatusError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &known):
		return known
	case errors.Is(err, registry.ErrNotFound):
		return huma.Error404NotFound("There is no such entity.")
	case errors.Is(err, context.DeadlineExceeded):
		return huma.Error503ServiceUnavailable("This took too long; ask for less at once.")
	case errors.Is(err, context.Canceled):
		return huma.Error503ServiceUnavailable("The request was given up.")
	}
	s.Log.Error("api", "error", err)
	return huma.Error500InternalServerError("Something failed here; it was written down.")
}

// plainly says in the detail of a problem what is wrong with a parameter, where a yente client looks for it, and gives
// back nothing of what was sent.
func plainly(_ huma.Context, _ string, v any) (any, error) {
	if p, ok := v.(*huma.ErrorModel); ok {
		for _, e := range p.Errors {
			p.Detail += "; " + e.Location + ": " + e.Message
		}
		p.Errors = nil
	}
	return v, nil
}

// sendProblem answers with a problem (RFC 9457), whose detail is where a yente client looks.
func sendProblem(w http.ResponseWriter, status int, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = huma.DefaultJSONFormat.Marshal(w, &huma.ErrorModel{Status: status, Title: http.StatusText(status), Detail: detail}) // nobody is left to be told
}

// dataset says whether a name is one of a dataset, and returns what searching takes: "" for all.
func (s *server) dataset(ctx context.Context, name string) (string, error) {
	if name == everything || name == "all" {
		return "", nil
	}
	list, err := s.Registry.Datasets(ctx)
	if err != nil {
		return "", err
	}
	for _, d := range list {
		if d.Name == name {
			return name, nil
		}
	}
	return "", huma.Error404NotFound("There is no dataset of this name; see " + prefix + "/catalog, or use " + everything + " for all.")
}

// everything is the name under which all datasets are searched, as yente has it.
const everything = "default"
