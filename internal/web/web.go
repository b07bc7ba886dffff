// Package web shows what a store holds as pages: one typed struct and one template a page, one
// style sheet, no script, three languages. Pages stay small, work in any browser and in print, and
// say how sure each statement is and which bytes it rests on.
package web

import (
	"crypto/rand"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"runtime"
	"sync"
	"time"

	"veedor/internal/measure/outage"
	"veedor/internal/measure/store"
	"veedor/internal/measure/verdict"
	"veedor/internal/web/chart"
	"veedor/internal/weigh/accounts"
)

//go:embed templates static i18n
var files embed.FS

// Evidence returns archived bytes by their SHA-256 in hex.
type Evidence interface {
	Raw(hash string) ([]byte, error)
}

// Facts names countries (by two letters) and test-list categories (by code) in a language ("en", "es", "zh"), and
// knows the category of a site or service; "" where it is in no list.
type Facts interface {
	CountryName(cc, lang string) string
	Category(cc, input string) string
	CategoryName(code, lang string) string
}

// Outages returns the outages that others' series of connectivity show.
type Outages interface {
	All() ([]outage.Outage, error)
}

// Config is what the pages are made of. All fields are needed but those that may be nil: where none are kept.
type Config struct {
	Store        store.Store
	Evidence     Evidence
	Incidents    Incidents          // may be nil
	Outages      Outages            // may be nil
	Captures     Captures           // may be nil
	Transparency Log                // may be nil
	Dossiers     Dossiers           // may be nil
	Registry     Registry           // may be nil
	World        func() World       // of today; asked again for each page; may be nil
	References   func() []Reference // in use today; may be nil
	Watches      Watches            // may be nil
	Originals    Originals          // may be nil
	Mentions     Mentions           // may be nil
	Desk         Desk               // may be nil
	Search       Search             // may be nil
	Accounts     *accounts.Accounts // may be nil: then nobody signs in, and no page of the desk is routed
	Work         *Work              // what people at the desk work with; may be nil
	Contact      string             // who runs this: a mail address, a web address, an onion; may be ""
	Facts        func() Facts       // those of today; asked again for each page
	AllRules     []verdict.Rule     // in the order they are tried within their layer
	RuleSet      string             // version of the rules
	Version      string             // of this program
	Log          *slog.Logger
	Copy         *Copy // the pages are written as files; nil where a server shows them
	// State names the state of everything that pages show, and says whether it is settled: whether a change from now on
	// will give it another name. Pages are kept while it stays the same. May be nil: then no page is kept.
	State func() (name string, settled bool)
	Now   func() time.Time // by which readers' reports are let through; nil: the clock
}

// site is the handler behind all pages.
type site struct {
	Config
	rules map[string]verdict.Rule
	words map[string]words              // by language
	pages map[string]*template.Template // by language
	style []byte
	sheet string // the style sheet's path, with its hash
	key   string // the path of the script that asks for passkeys

	cache     *pageCache    // nil: none are
	places    chan struct{} // of pages that are being made at once
	packers   packers
	stamps    stampCache
	shapes    shapeCache
	painter   *chart.Painter
	reading   reading
	compared  comparisons
	jobs      jobs
	proposed  proposed
	gate      *gate // of readers' reports
	now       func() time.Time
	routed    *http.ServeMux
	counts    listCounts
	recent    remembered[map[string]recent] // by first day
	around    remembered[incidentCounts]    // by incident
	standings remembered[claimCounts]
	named     vocabularies
	names     entityIndex
	pictures  struct {
		sync.Mutex
		made map[string]*picture // by the capture's hash
	}
}

// New returns the handler for the whole site.
func New(c Config) http.Handler {
	s := &site{Config: c, rules: map[string]verdict.Rule{}, words: map[string]words{}, pages: map[string]*template.Template{}}
	for _, r := range c.AllRules {
		s.rules[r.ID] = r
	}
	s.places = make(chan struct{}, 4*runtime.GOMAXPROCS(0))
	if s.now = c.Now; s.now == nil {
		s.now = time.Now
	}
	s.gate = newGate(rand.Text)
	if c.State != nil {
		s.cache = newPageCache(c.State)
	}
	s.pictures.made = map[string]*picture{}
	s.painter = chart.NewPainter()
	s.style = append(mustRead("static/style.css"), chart.StyleSheet()...)
	sum := sha256.Sum256(s.style)
	s.sheet = "/static/style." + hex.EncodeToString(sum[:6]) + ".css"
	s.key = hashed("static/passkey.js")
	for _, lang := range languages {
		s.words[lang] = mustWords(lang)
		s.pages[lang] = mustTemplates(s, lang)
	}
	s.routed = s.routes()
	return guard(s.routed)
}

func mustTemplates(s *site, lang string) *template.Template {
	return template.Must(template.New("").Funcs(s.funcs(lang)).ParseFS(files, "templates/*.html"))
}

func (s *site) routes() *http.ServeMux {
	mux := http.NewServeMux()
	for pattern, f := range s.citable(map[string]func(*request) error{
		"/{$}":                                  s.home,
		"/country/{cc}":                         s.country,
		"/network/{asn}":                        s.network,
		"/target/{name}":                        s.target,
		"/target/{name}/in/{where}":             s.pair,
		"/target/{name}/in/{where}/asof/{date}": s.pair,
		"/changes":                              s.changes,
		"/changes.atom":                         s.changesAtom,
		"/changes.json":                         s.changesJSON,
		"/index":                                s.index,
		"/index/{of}":                           s.indexOf,
		"/index/{of}/{letter}":                  s.indexOf,
		"/measurement/{uid}":                    s.measurement,
		"/measurement/{uid}/raw":                s.raw,
		"/measurements":                         s.measurements,
		"/incidents":                            s.incidents,
		"/incident/{id}":                        s.incident,
		"/incidents.atom":                       s.atom,
		"/incidents.json":                       s.jsonFeed,
		"/signature":                            s.signature,
		"/category/{code}":                      s.category,
		"/rules":                                s.rulesPage,
		"/rules/{layer}":                        s.rulesOf,
		"/about":                                s.about,
		"/method":                               s.method,
		"/limits":                               s.limits,
		"/licences":                             s.licences,
		"/licences.txt":                         s.licencesText,
		"/design":                               s.design,
		"/export/{file}":                        s.export,

		"/captures":                    s.captures,
		"/capture/{hash}":              s.capture,
		"/capture/{hash}/diff/{other}": s.difference,
		"/alerts.atom":                 s.alertsAtom,
		"/alerts.json":                 s.alertsJSON,
		"/log":                         s.log,
		"/log/leaf/{index}":            s.leaf,
		"/dossiers":                    s.dossiers,
		"/dossier/{hash}":              s.dossier,

		"/entity/{id}/graph":                 s.graph,
		"/watches":                           s.watches,
		"/watches.atom":                      s.watchesAtom,
		"/watches.json":                      s.watchesJSON,
		"/watch/{id}":                        s.watch,
		"/watch/{id}/alerts.atom":            s.watchAtom,
		"/watch/{id}/alerts.json":            s.watchJSON,
		"/entities":                          s.entities,
		"/entity/{id}":                       s.entity,
		"/entity/{id}/values":                s.entityValues,
		"/entity/{id}/links":                 s.entityLinks,
		"/entity/{id}/history":               s.entityHistory,
		"/entity/{id}/statement/{statement}": s.statement,
		"/entity/{id}/changes.atom":          s.entityAtom,
		"/entity/{id}/changes.json":          s.entityFeed,
		"/dataset/{name}":                    s.dataset,
		"/dataset/{name}/rejected":           s.rejected,
		"/dataset/{name}/changes.atom":       s.datasetAtom,
		"/dataset/{name}/changes.json":       s.datasetFeed,
		"/path":                              s.path,
		"/agreements":                        s.agreements,
		"/claims":                            s.claims,
		"/claims.csv":                        s.claimsCSV,
		"/claim/{id}":                        s.claim,
		"/claim/{id}/said":                   s.claimPart("said"),
		"/claim/{id}/evidence":               s.claimPart("evidence"),
		"/claim/{id}/history":                s.claimPart("history"),
		"/claim/{id}/status/{n}":             s.claimStatus,
		"/claim/{id}/status.atom":            s.claimAtom,
		"/claim/{id}/status.json":            s.claimJSON,
		"/claim/{id}/{file}":                 s.claimFile,
		"/status.atom":                       s.statusAtom,
		"/search":                            s.search,
		"/search.atom":                       s.searchAtom,
		"/search.json":                       s.searchJSON,
		"/cases":                             s.cases,
		"/case/{id}":                         s.caseShown,
		"/case/{id}/facts":                   s.casePart("facts"),
		"/case/{id}/actors":                  s.casePart("actors"),
		"/case/{id}/evidence":                s.casePart("evidence"),
		"/case/{id}/exported":                s.caseExported,
		"/cases/{id}":                        s.caseElsewhere,
		"/cases/{id}/{part}":                 s.caseElsewhere,
		"/case/{id}/{file}":                  s.caseFile,
		"/items":                             s.items,
		"/item/{id}":                         s.item,
		"/sources":                           s.sources,
		"/source/{id}":                       s.source,
		"/frames":                            s.frames,
		"/frame/{id}":                        s.frame,
		"/status.json":                       s.statusJSON,
		"/agreements.csv":                    s.agreementsCSV,
		"/deployments":                       s.deployments,
		"/deployments.csv":                   s.deploymentsCSV,
		"/country/{cc}/asof/{date}":          s.country,
		"/network/{asn}/asof/{date}":         s.network,
		"/target/{name}/asof/{date}":         s.target,
		"/category/{code}/asof/{date}":       s.category,
		"/claim/{id}/finding/{evidence}":     s.claimFinding,
		"/incident/{id}/state/{n}":           s.incidentState,
		"/dataset/{name}/state/{state}":      s.datasetState,
		"/report":                            s.reportPage,
	}) {
		for _, lang := range languages {
			mux.Handle("GET "+prefix(lang)+pattern, s.page(lang, f))
		}
	}
	for pattern, make := range s.charts() {
		for _, kind := range chartKinds {
			for _, lang := range languages {
				mux.Handle("GET "+prefix(lang)+pattern+kind.Href, s.page(lang, s.chartFile(make, kind)))
			}
		}
	}
	for _, lang := range languages {
		mux.Handle(prefix(lang)+"/", s.page(lang, func(r *request) error { return r.missing() }))
	}
	for pattern, f := range map[string]func(*request) error{ // the same in every language
		s.sheet:                         s.css,
		"/export/licence.txt":           s.exportLicence,
		"/capture/{hash}/text":          s.captureText,
		"/capture/{hash}/picture":       s.smallPicture,
		"/capture/{hash}/screenshot":    s.screenshot(false),
		"/capture/{hash}/full":          s.screenshot(true),
		"/capture/{hash}/{file}":        s.capturePackage,
		"/log/checkpoint":               s.checkpoint,
		"/log/stamped/{size}":           s.stamped,
		"/log/stamp/{size}/{authority}": s.token,
		"/log/proof/{file}":             s.proof,
		"/log/tile/{path...}":           s.tile,
		"/dossier/{hash}/{file}":        s.dossierFile,

		"/entity/{id}/entity.json":               s.entityJSON,
		"/entity/{id}/statements.csv":            s.entityStatements,
		"/entity/{id}/statement/{statement}/row": s.statementRow,
		"/dataset/{name}/changes.csv":            s.datasetChanges,
		"/dataset/{name}/file/{hash}":            s.datasetFile,
	} {
		mux.Handle("GET "+pattern, s.page(languages[0], f))
	}
	if s.Copy != nil {
		for _, lang := range languages {
			mux.Handle("GET "+prefix(lang)+"/copy", s.page(lang, s.copyShown))
		}
	}
	if s.Work != nil {
		for _, lang := range languages {
			mux.Handle("POST "+prefix(lang)+"/report", s.form(lang, s.takeReport))
		}
	}
	s.desk(mux)
	mux.HandleFunc("GET /favicon.ico", func(w http.ResponseWriter, _ *http.Request) { // there is none, and to say so in a page costs more
		w.Header().Set("Cache-Control", "public, max-age=604800")
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		fmt.Fprintln(w, "ok")
	})
	return mux
}

func (s *site) css(r *request) error {
	return r.send(http.StatusOK, "text/css; charset=utf-8", "public, max-age=31536000, immutable", s.style)
}

func mustRead(name string) []byte {
	b, err := files.ReadFile(name)
	if err != nil {
		panic(err) // embedded
	}
	return b
}

// guard sets the headers that every answer carries.
func guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Link", `</licences>; rel="license"`) // with files too, which have no room to say it
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		next.ServeHTTP(w, r)
	})
}
