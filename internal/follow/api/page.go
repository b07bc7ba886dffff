package api

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"maps"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"
)

//go:embed style.css
var styleSheet string

//go:embed pages.html
var pagesHTML string

var pages = template.Must(template.New("").Parse(pagesHTML))

// style is the one style sheet, which stands in each of the few pages here: they are shown inside other programs.
func style() template.CSS { return template.CSS(styleSheet) }

// styleHash names the style sheet in a Content-Security-Policy.
func styleHash() string {
	sum := sha256.Sum256([]byte(styleSheet))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

func fragment(name string, data any) ([]byte, error) {
	var b bytes.Buffer
	err := pages.ExecuteTemplate(&b, name, data)
	return b.Bytes(), err
}

// call is one call as the page describes it.
type call struct {
	Method, Path, Summary, Description string
	Parameters                         []parameter
}

type parameter struct{ Name, In, Text string }

// group is the calls of one kind.
type group struct {
	Name  string
	Calls []call
}

// page answers with the documentation, made once from the description of the calls.
func (s *server) page(o *huma.OpenAPI) http.HandlerFunc {
	html, err := fragment("page", struct {
		Groups  []group
		Text    string
		Version string
		Style   template.CSS
	}{groups(o), o.Info.Description, o.Info.Version, style()})
	if err != nil {
		panic(err) // embedded, and tested
	}
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src '"+styleHash()+"'; base-uri 'none'; frame-ancestors 'none'")
		_, _ = w.Write(html) // nobody is left to be told
	}
}

func groups(o *huma.OpenAPI) []group {
	order := []string{"Matching", "Data access", "Reconciliation", "System information", "Ours"}
	byTag := map[string][]call{}
	for _, path := range slices.Sorted(maps.Keys(o.Paths)) {
		item := o.Paths[path]
		for _, of := range []struct {
			method string
			op     *huma.Operation
		}{{"GET", item.Get}, {"POST", item.Post}} {
			if of.op == nil {
				continue
			}
			c := call{Method: of.method, Path: prefix + path, Summary: of.op.Summary, Description: of.op.Description}
			for _, p := range of.op.Parameters {
				if p.In == "query" {
					c.Parameters = append(c.Parameters, parameter{p.Name, p.In, p.Description})
				}
			}
			byTag[of.op.Tags[0]] = append(byTag[of.op.Tags[0]], c)
		}
	}
	var out []group
	for _, tag := range order {
		out = append(out, group{tag, byTag[tag]})
	}
	return out
}
