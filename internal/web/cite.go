package web

import (
	"cmp"
	"net/http"
	"strings"
	"time"

	"veedor/internal/weigh/formats"
)

// citation is how what a page states is quoted: the sentence, the address of a state of it that stays as far as
// anything does, and files for those who manage references. docs/format/exports.md says what stays and what not.
type citation struct {
	Text   string // the sentence with where it stands and since when
	Frozen string // address of the state; "" where the page is that state itself
	Stays  string // what stays of it and what may move, in words
	Report string // address of the page on which an error in this is reported
	Lacks  string // what would freeze more of it and is not there
	Also   []linkTo
	Files  []citeFile

	as formats.Reference
}

// citeFile is a form that others read what a page says in.
type citeFile struct{ Href, Type, Name string }

// quotable is what a page has to say for itself to be cited.
type quotable struct {
	Name     string    // of the files, and the key of the reference: what it is, and which one
	Sentence string    // that may be quoted alone
	Page     string    // address of the page, without what is before the path
	Frozen   string    // address of the state cited; Page if ""
	At       time.Time // since when it stands so
	Version  string    // of the state: rules, number, generation
	Note     string    // hashes and other things to know it by
	Stays    string    // a key of the words
	Dataset  bool      // numbers rather than a text
}

// citing makes the citation of what a page states, in the page's language. Query is what its address has behind a
// question mark, which its files need too.
func (r *request) citing(q quotable, query string) *citation {
	w := r.words()
	q.Frozen = cmp.Or(q.Frozen, q.Page)
	host := strings.TrimPrefix(strings.TrimPrefix(r.address(), "https://"), "http://")
	by := "Veedor"
	if host != "" {
		by = w.get("cite.publisher", host)
	}
	c := &citation{Stays: w.get(q.Stays)}
	version := ""
	if q.Version != "" {
		version = " (" + q.Version + ")"
	}
	if q.Frozen != q.Page {
		c.Frozen = q.Frozen
	}
	c.Text = w.get("cite.text", q.Sentence, by, day(w, q.At)+version, r.address()+q.Frozen)
	c.as = formats.Reference{ID: "veedor-" + q.Name, Type: "webpage", Title: bare(q.Sentence), Container: by, Author: by, Publisher: by, URL: r.address() + q.Frozen, Language: r.lang, Version: q.Version,
		Published: [3]int{q.At.UTC().Year(), int(q.At.UTC().Month()), q.At.UTC().Day()}, Accessed: q.At, Note: q.Note}
	if q.Dataset {
		c.as.Type = "dataset"
	}
	c.Report = r.reportAddress(q.Page, q.Frozen)
	path, _, _ := strings.Cut(q.Page, "?")
	for _, f := range []citeFile{{"/cite.bib", "application/x-bibtex", "BibTeX"}, {"/cite.json", "application/vnd.citationstyles.csl+json", "CSL-JSON"}} {
		f.Href = path + f.Href
		if query != "" {
			f.Href += "?" + query
		}
		c.Files = append(c.Files, f)
	}
	return c
}

// bare is a sentence without the marks that keep foreign letters apart, which files have no use for.
func bare(s string) string { return strings.NewReplacer("\u2068", "", "\u2069", "").Replace(s) }

// quoted lets a page be had as what cites it.
func (b base) quoted() *citation { return b.Cite }

// citable registers, beside a page that states something, the files that cite it: they come from the same page.
func (s *site) citable(pages map[string]func(*request) error) map[string]func(*request) error {
	for _, pattern := range []string{"/country/{cc}", "/network/{asn}", "/target/{name}", "/category/{code}", "/country/{cc}/asof/{date}", "/network/{asn}/asof/{date}", "/target/{name}/asof/{date}", "/target/{name}/in/{where}", "/target/{name}/in/{where}/asof/{date}", "/category/{code}/asof/{date}",
		"/measurement/{uid}", "/incident/{id}", "/incident/{id}/state/{n}", "/signature", "/capture/{hash}", "/dossier/{hash}", "/entity/{id}", "/entity/{id}/statement/{statement}", "/dataset/{name}", "/dataset/{name}/state/{state}",
		"/claim/{id}", "/claim/{id}/status/{n}", "/claim/{id}/finding/{evidence}", "/case/{id}", "/case/{id}/exported", "/item/{id}"} {
		f := pages[pattern]
		for _, name := range []string{"cite.bib", "cite.json"} {
			pages[pattern+"/"+name] = func(r *request) error {
				r.as = name
				return f(r)
			}
		}
	}
	return pages
}

// sendCitation sends the file that was asked for instead of a page.
func (r *request) sendCitation(page any) error {
	p, ok := page.(interface{ quoted() *citation })
	if !ok || p.quoted() == nil {
		return &problem{http.StatusNotFound, "error.page", r.URL.Path}
	}
	name := p.quoted().as.ID + strings.TrimPrefix(r.as, "cite")
	return r.sendReferences(name, []formats.Reference{p.quoted().as})
}
