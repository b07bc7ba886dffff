package dossier

import (
	"bytes"
	"cmp"
	"embed"
	"fmt"
	"html/template"
	"time"
)

//go:embed site
var siteFiles embed.FS

// sitePaths returns the paths of the pages and their style sheet, in the order in which they are written.
func sitePaths(c *Content) []string {
	out := []string{"index.html", "evidence.html", "captures.html", "record.html", "whole.html", "style.css"}
	for i := range c.Claims {
		out = append(out, c.Claims[i].path())
	}
	return out
}

// frame is what every page shows.
type frame struct {
	W     *words
	D     *Content
	Lang  string
	Title string
	Up    string // the way to the root: "" or "../"
	Whole bool   // everything stands on this page
}

// Pieces is the page that has the pieces of evidence; "" for this one.
func (f frame) Pieces() string {
	if f.Whole {
		return ""
	}
	return f.Up + "evidence.html"
}

type indexPage struct {
	frame
	Claims []claimRow
	Facts  [][]*Fact // each with other accounts of it
}

// wholePage is everything but the captures and the record, on one page to print.
type wholePage struct {
	indexPage
	evidencePieces
	Each []claimPage
}

type claimRow struct {
	*Claim
	For, Against int
}

type claimPage struct {
	frame
	Claim *Claim
	Rows  []evidenceRow
}

type evidenceRow struct {
	*Evidence
	Label string
}

type evidencePage struct {
	frame
	evidencePieces
}

type evidencePieces struct {
	Quotes     []quoteItem
	Findings   []findingItem
	Documents  []documentItem
	Statements []statementItem
	Absences   []Absence
}

type quoteItem struct {
	*Quote
	From *captureItem
}

type findingItem struct {
	*Finding
	Behind []*objectItem
}

type documentItem struct {
	*Document
	From *captureItem
	Raw  *objectItem
}

type statementItem struct {
	*Statement
	From  *captureItem
	Raw   *objectItem
	Lines []Incident // of the journal, where the statement is about an incident
}

type capturesPage struct {
	frame
	Captures []*captureItem
}

type captureItem struct {
	*Capture
	Why   string // it is withheld
	Proof *proofItem
}

type objectItem struct {
	*Object
	Path string
	Why  string // it is withheld
}

type proofItem struct {
	*Proof
	Path string
}

type recordPage struct {
	frame
	Proofs  []proofItem
	Objects []*objectItem
}

// site renders the pages of one content.
type site struct {
	c        *Content
	t        *template.Template
	w        *words
	lang     string
	captures map[string]*captureItem
	objects  map[string]*objectItem
	labels   map[string]string // of evidence, by kind and id
}

// siteTemplates returns the pages' templates.
func siteTemplates() (*template.Template, error) {
	return template.New("site").Funcs(template.FuncMap{"date": date}).ParseFS(siteFiles, "site/pages.html")
}

// date writes a time; midnight stands for a day.
func date(t time.Time) string {
	if t = t.UTC(); t.Equal(t.Truncate(24 * time.Hour)) {
		return t.Format(time.DateOnly)
	}
	return t.Format("2006-01-02 15:04:05 UTC")
}

func newSite(c *Content) (*site, error) {
	t, err := siteTemplates()
	if err != nil {
		return nil, fmt.Errorf("read templates: %w", err)
	}
	s := &site{c: c, t: t, captures: map[string]*captureItem{}, objects: map[string]*objectItem{}, labels: map[string]string{}}
	s.w, s.lang = wordsFor(c.Languages[0])
	why, proofs := map[string]string{}, map[string]*proofItem{}
	for _, r := range c.Redactions {
		why[r.What] = r.Why
	}
	for i := range c.Log.Proofs {
		p := &c.Log.Proofs[i]
		proofs[p.Kind+" "+p.SHA256] = &proofItem{p, p.path()}
	}
	for i := range c.Captures {
		k := &c.Captures[i]
		s.captures[k.SHA256] = &captureItem{k, why["captures/"+k.SHA256], proofs["capture "+k.SHA256]}
	}
	for i := range c.Objects {
		o := &c.Objects[i]
		s.objects[o.SHA256] = &objectItem{o, o.path(), why["objects/"+o.SHA256]}
	}
	s.label()
	return s, nil
}

// label gives every piece of evidence a line by which it is known.
func (s *site) label() {
	for _, q := range s.c.Quotes {
		s.labels["quote "+q.ID] = shorten(q.Exact)
	}
	for _, d := range s.c.Documents {
		s.labels["document "+d.ID] = shorten(cmp.Or(d.Note, d.Title))
	}
	for _, t := range s.c.Statements {
		s.labels["statement "+t.ID] = shorten(t.Value + " · " + t.Source)
	}
	for _, f := range s.c.Findings {
		s.labels["finding "+f.ID] = shorten(f.Text)
	}
	for _, a := range s.c.Absences {
		s.labels["absence "+a.ID] = shorten(a.What)
	}
}

// shorten cuts a text to a line's length.
func shorten(s string) string {
	r := []rune(s)
	if len(r) <= 160 {
		return s
	}
	return string(r[:159]) + "…"
}

// page renders one file of the site.
func (s *site) page(path string) ([]byte, error) {
	f := frame{W: s.w, D: s.c, Lang: s.lang, Title: s.c.Title}
	switch path {
	case "style.css":
		return siteFiles.ReadFile("site/style.css")
	case "index.html":
		return s.render("index", s.index(f))
	case "evidence.html":
		f.Title = s.w.Evidence + " · " + s.c.Title
		return s.render("evidence", evidencePage{f, s.pieces()})
	case "whole.html":
		f.Whole = true
		p := wholePage{indexPage: s.index(f), evidencePieces: s.pieces()}
		for i := range s.c.Claims {
			p.Each = append(p.Each, s.claim(f, &s.c.Claims[i]))
		}
		return s.render("whole", p)
	case "captures.html":
		f.Title = s.w.Captures + " · " + s.c.Title
		p := capturesPage{frame: f}
		for i := range s.c.Captures {
			p.Captures = append(p.Captures, s.captures[s.c.Captures[i].SHA256])
		}
		return s.render("captures", p)
	case "record.html":
		f.Title = s.w.Record + " · " + s.c.Title
		p := recordPage{frame: f}
		for i := range s.c.Log.Proofs {
			p.Proofs = append(p.Proofs, proofItem{&s.c.Log.Proofs[i], s.c.Log.Proofs[i].path()})
		}
		for i := range s.c.Objects {
			p.Objects = append(p.Objects, s.objects[s.c.Objects[i].SHA256])
		}
		return s.render("record", p)
	}
	for i := range s.c.Claims {
		if k := &s.c.Claims[i]; k.path() == path {
			f.Up, f.Title = "../", shorten(k.Text)
			return s.render("claim", s.claim(f, k))
		}
	}
	return nil, fmt.Errorf("render %s: no such page", path)
}

func (s *site) render(name string, data any) ([]byte, error) {
	var out bytes.Buffer
	if err := s.t.ExecuteTemplate(&out, name, data); err != nil {
		return nil, fmt.Errorf("render %s: %w", name, err)
	}
	return out.Bytes(), nil
}

func (s *site) index(f frame) indexPage {
	p := indexPage{frame: f, Facts: s.facts()}
	stances := map[string]int{}
	for _, e := range s.c.Evidence {
		stances[e.Claim+" "+string(e.Stance)]++
	}
	for i := range s.c.Claims {
		k := &s.c.Claims[i]
		p.Claims = append(p.Claims, claimRow{k, stances[k.ID+" "+string(Supports)], stances[k.ID+" "+string(Contradicts)]})
	}
	return p
}

// facts puts other accounts of a fact behind it, in the order of the content.
func (s *site) facts() [][]*Fact {
	at := map[string]int{}
	var out [][]*Fact
	for _, others := range []bool{false, true} {
		for i := range s.c.Facts {
			f := &s.c.Facts[i]
			n, known := at[f.Of]
			switch {
			case others == (f.Of == ""):
			case known:
				out[n] = append(out[n], f)
				at[f.ID] = n
			default:
				at[f.ID] = len(out)
				out = append(out, []*Fact{f})
			}
		}
	}
	return out
}

func (s *site) claim(f frame, k *Claim) claimPage {
	p := claimPage{frame: f, Claim: k}
	for i := range s.c.Evidence {
		if e := &s.c.Evidence[i]; e.Claim == k.ID {
			p.Rows = append(p.Rows, evidenceRow{e, s.labels[string(e.Kind)+" "+e.Ref]})
		}
	}
	return p
}

func (s *site) pieces() evidencePieces {
	p := evidencePieces{Absences: s.c.Absences}
	for i := range s.c.Quotes {
		p.Quotes = append(p.Quotes, quoteItem{&s.c.Quotes[i], s.captures[s.c.Quotes[i].Capture]})
	}
	for i := range s.c.Findings {
		item := findingItem{Finding: &s.c.Findings[i]}
		for _, m := range s.c.Findings[i].Measurements {
			item.Behind = append(item.Behind, s.objects[m])
		}
		p.Findings = append(p.Findings, item)
	}
	for i := range s.c.Documents {
		d := &s.c.Documents[i]
		p.Documents = append(p.Documents, documentItem{d, s.captures[d.Capture], s.objects[d.Object]})
	}
	for i := range s.c.Statements {
		t := &s.c.Statements[i]
		item := statementItem{t, s.captures[t.Capture], s.objects[t.Object], nil}
		for _, line := range s.c.Incidents {
			if line.ID == t.Subject {
				item.Lines = append(item.Lines, line)
			}
		}
		p.Statements = append(p.Statements, item)
	}
	return p
}
