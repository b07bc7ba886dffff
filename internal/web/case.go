package web

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"time"

	"veedor/internal/evidence/capture"
	"veedor/internal/weigh/cases"
	"veedor/internal/weigh/desk"
)

// casePage is a question, and what is claimed, shown and not known about it.
type casePage struct {
	base
	ID, Href     string
	Title        foreign
	Question     foreign
	Summary      foreign
	Publisher    string
	changed      time.Time
	Draft        bool
	Questions    []foreign
	Exported     bool // some of its questions say what would prove an export
	Counts       []statusCount
	Total        int64
	Claims       []claimRow
	MoreClaims   int64
	Unknown      []unknownRow
	MoreUnknown  int64
	Facts        []caseFact
	MoreFacts    int64
	Actors       []actorRow
	MoreActors   int64
	Found        []caseEvidence // measured
	MoreFound    int64
	Absent       []caseEvidence
	MoreAbsent   int64
	Frames       []frameRow
	MoreFrames   int64
	Themes       []string
	Items        []itemRow
	MoreItems    int64
	Withheld     []withheldRow
	MoreWithheld int64
	Dossiers     []dossierRow
	Files        []citeFile // the case in forms for programs
}

// unknownRow is what is not known, and what would settle it.
type unknownRow struct{ Text, Settles foreign }

// actorRow is somebody's part in a case.
type actorRow struct {
	ID, Name   string
	Href       string // in the registry
	Role, Text foreign
	Sources    []cited
}

// caseEvidence is evidence for or against a claim of a case.
type caseEvidence struct {
	evidenceRow
	Claim named
}

type withheldRow struct {
	What string
	Why  foreign
	By   string
}

// Room on a case's page.
const (
	caseRoom    = 20_500
	caseClaims  = 12
	caseFacts   = 12
	caseActors  = 10
	caseFound   = 5
	caseAbsent  = 5
	caseItems   = 8
	caseFrames  = 6
	caseUnknown = 8
)

func (s *site) caseShown(r *request) error {
	d := r.reader()
	k, err := r.recordAsked(d, desk.Case)
	if err != nil {
		return err
	}
	p := casePage{ID: k.ID, Href: deskHref(r.lang, desk.Case, k.ID), Title: r.said(k.Words("title"), 240), Question: r.said(k.Words("question"), 500), Summary: r.said(k.Words("summary"), 1500),
		Publisher: prose(k, "publisher", 120), Draft: !k.Bool("published"), changed: k.Updated}
	p.base = r.base(isolate(shorten(p.Title.Text, 80)))
	if err := p.mark(d, k); err != nil {
		return err
	}
	space := &room{caseRoom - weight(p.Question.Text, p.Summary.Text)}
	for _, fill := range []func(*request, *reader, *room) error{p.questions, p.claims, p.unknown, p.facts, p.actors, p.evidence, p.frames, p.items, p.withheld, p.cited} {
		if err := fill(r, d, space); err != nil {
			return err
		}
	}
	return r.render(http.StatusOK, "case", p)
}

func (p *casePage) questions(r *request, d *reader, space *room) error {
	list, err := d.list(desk.Question, "case", p.ID)
	for i := range list {
		if list[i].Str("proof") != "" { // on a page of their own
			p.Exported = true
			continue
		}
		if q := r.said(list[i].Words("text"), 300); len(p.Questions) < 6 && space.take(60+weight(q.Text)) {
			p.Questions = append(p.Questions, q)
		}
	}
	return err
}

// claims lists the case's claims in its own order.
func (p *casePage) claims(r *request, d *reader, space *room) error {
	list, err := d.list(desk.Claim, "case", p.ID)
	if err != nil {
		return err
	}
	p.Total, p.Counts = int64(len(list)), r.countStanding(p.ID, list)
	for i := range list {
		if list[i].Updated.After(p.changed) {
			p.changed = list[i].Updated
		}
	}
	part, done := space.part(6000)
	defer done()
	for i := range list {
		row, err := d.claimRow(r, &list[i], 260)
		if err != nil {
			return err
		}
		row.Case = nil // the whole page is of that one
		if len(p.Claims) == caseClaims || !part.take(420+weight(row.Text, row.Href)) {
			p.MoreClaims = int64(len(list) - i)
			break
		}
		p.Claims = append(p.Claims, row)
	}
	return nil
}

func (p *casePage) unknown(r *request, d *reader, space *room) error {
	list, err := d.list(desk.Unknown, "case", p.ID)
	part, done := space.part(3500)
	defer done()
	for i := range list {
		row := unknownRow{r.said(list[i].Words("text"), 400), r.said(list[i].Words("settles"), 400)}
		if len(p.Unknown) == caseUnknown || !part.take(140+weight(row.Text.Text, row.Settles.Text)) {
			p.MoreUnknown = int64(len(list) - i)
			break
		}
		p.Unknown = append(p.Unknown, row)
	}
	return err
}

func (p *casePage) actors(r *request, d *reader, space *room) error {
	list, err := d.list(desk.Actor, "case", p.ID)
	if err != nil {
		return err
	}
	part, done := space.part(3500)
	defer done()
	for i := range list {
		row, err := r.actorRow(d, &list[i])
		if err != nil {
			return err
		}
		if len(p.Actors) == caseActors || !part.take(row.size()) {
			p.MoreActors = int64(len(list) - i)
			break
		}
		p.Actors = append(p.Actors, row)
	}
	return nil
}

func (a *actorRow) size() int {
	n := 240 + weight(a.Name, a.Href, a.Role.Text, a.Text.Text)
	for _, s := range a.Sources {
		n += 60 + s.weighs()
	}
	return n
}

func (r *request) actorRow(d *reader, a *desk.Record) (actorRow, error) {
	row := actorRow{ID: a.ID, Name: prose(a, "name", 160), Role: r.said(a.Words("role"), 240), Text: r.said(a.Words("text"), 400)}
	id := a.Str("registry")
	if id == "" {
		e, err := d.get(desk.Entity, a.Str("entity"))
		if err != nil {
			return row, err
		}
		if e != nil {
			id = e.Str("registry")
		}
	}
	var err error
	if row.Href, err = r.entityPage(id); err != nil {
		return row, err
	}
	row.Sources = r.sources(a.Strings("sources"), 4)
	return row, nil
}

// sourceHref opens the first of the addresses in the words of a source that was captured; "" where none was.
func (r *request) sourceHref(words string) string {
	for _, a := range firstOf(cases.Addresses(words), 3) {
		if hash := r.s.capturedAt(a); hash != "" {
			return captureHref(r.lang, hash)
		}
	}
	return ""
}

// capturedAt returns the latest capture of an address, "" where there is none.
func (s *site) capturedAt(address string) string {
	if s.Captures == nil || len(address) > 2000 {
		return ""
	}
	same, err := s.Captures.List(capture.Filter{URL: address, Max: 4})
	if err != nil { // an address that cannot be read has no capture
		return ""
	}
	if i := slices.IndexFunc(same, func(c capture.Capture) bool { return (c.URL == address || c.Final == address) && c.Status < 400 }); i >= 0 {
		return same[i].Hash
	}
	return ""
}

// evidence gathers what was measured and what was looked for in vain, over all claims.
func (p *casePage) evidence(r *request, d *reader, space *room) error {
	part, done := space.part(5500)
	defer done()
	return d.caseEvidence(r, p.ID, func(row caseEvidence) error {
		list, more, most := &p.Found, &p.MoreFound, caseFound
		if row.Kind == "absence" {
			list, more, most = &p.Absent, &p.MoreAbsent, caseAbsent
		}
		if len(*list) == most || !part.take(row.size()+120+weight(row.Claim.Text)) {
			*more++
			return nil
		}
		*list = append(*list, row)
		return nil
	})
}

// caseEvidence calls f with findings, incidents, measurements and recorded absences of a case's claims.
func (d *reader) caseEvidence(r *request, id string, f func(caseEvidence) error) error {
	claims, err := d.list(desk.Claim, "case", id)
	if err != nil {
		return err
	}
	for i := range claims {
		list, err := d.list(desk.Evidence, "claim", claims[i].ID)
		if err != nil {
			return err
		}
		for j := range list {
			if !slices.Contains([]string{"finding", "incident", "measurement", "absence"}, list[j].Str("type")) {
				continue
			}
			var row caseEvidence
			if row.evidenceRow, err = r.evidenceRow(d, &list[j]); err != nil {
				return err
			}
			if row.Claim, err = d.named(r, &claims[i], 140); err != nil {
				return err
			}
			if err := f(row); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *casePage) frames(r *request, d *reader, space *room) error {
	list, err := d.list(desk.Frame, "case", p.ID)
	if err != nil {
		return err
	}
	stances, err := d.stancesOf(list)
	if err != nil {
		return err
	}
	part, done := space.part(2600)
	defer done()
	for i := range list {
		row, err := d.frameRow(r, &list[i], stances)
		if err != nil {
			return err
		}
		if len(p.Frames) == caseFrames || !part.take(360+weight(row.Text, row.Href, row.HeldBy.Text)) {
			p.MoreFrames = int64(len(list) - i)
			break
		}
		p.Frames = append(p.Frames, row)
	}
	themes, err := d.list(desk.Theme, "case", p.ID)
	for i := range firstOf(themes, 10) {
		p.Themes = append(p.Themes, shorten(cmp.Or(themes[i].Words("titles")[r.lang], themes[i].Str("title")), 60))
	}
	return err
}

func (p *casePage) items(r *request, d *reader, space *room) error {
	list, err := d.list(desk.Item, "case", p.ID)
	if err != nil {
		return err
	}
	byDate(list, "published_on")
	part, done := space.part(3500)
	defer done()
	for i := range list {
		row, err := d.itemRow(r, &list[i])
		if err != nil {
			return err
		}
		if len(p.Items) == caseItems || !part.take(320+weight(row.Text, row.Href, row.Source)) {
			p.MoreItems = int64(len(list) - i)
			break
		}
		p.Items = append(p.Items, row)
	}
	return nil
}

func (p *casePage) withheld(r *request, d *reader, space *room) error {
	list, err := d.list(desk.Withheld, "case", p.ID)
	for i := range list {
		row := withheldRow{prose(&list[i], "what", 120), r.said(list[i].Words("why"), 300), prose(&list[i], "by", 80)}
		if len(p.Withheld) == 6 || !space.take(160+weight(row.What, row.Why.Text, row.By)) {
			p.MoreWithheld = int64(len(list) - i)
			break
		}
		p.Withheld = append(p.Withheld, row)
	}
	return err
}

// cited lists the dossiers of the case and the forms it can be had in.
func (p *casePage) cited(r *request, _ *reader, _ *room) error {
	list, err := r.s.editions(r.lang)
	for _, e := range list {
		if e.Case == p.ID && len(p.Dossiers) < 4 {
			p.Dossiers = append(p.Dossiers, e)
		}
	}
	w := r.words()
	q := quotable{Name: "case-" + p.ID, Sentence: isolate(p.Title.Text), Page: p.Href, At: p.changed, Stays: "cite.stays.case"}
	if len(p.Dossiers) > 0 {
		q.Frozen, q.At, q.Version, q.Note = p.Dossiers[0].Href, p.Dossiers[0].At, w.get("dossier.version", number(r.lang, int64(p.Dossiers[0].Version))), w.get("cite.bytes", p.Dossiers[0].SHA256)
	}
	p.Cite = r.citing(q, "")
	p.Files = []citeFile{{p.Href + "/case.stix.json", "application/stix+json;version=2.1", w.get("case.files.stix")}, {p.Href + "/claims.csv", "text/csv", w.get("case.files.claims")}, {p.Href + "/items.csl.json", "application/vnd.citationstyles.csl+json", w.get("case.files.items") + " (CSL-JSON)"},
		{p.Href + "/items.bib", "application/x-bibtex", w.get("case.files.items") + " (BibTeX)"}}
	return err
}

// asQuery writes pairs of name and value as a query.
func asQuery(pairs ...string) string {
	q := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
	}
	return q.Encode()
}
