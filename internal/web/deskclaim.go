package web

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"veedor/internal/evidence/capture"
	"veedor/internal/evidence/quote"
	"veedor/internal/follow/ftm"
	"veedor/internal/follow/registry"
	"veedor/internal/weigh/accounts"
	"veedor/internal/weigh/desk"
)

// workbenchPage is a claim with all that bears on it, and what can be added.
type workbenchPage struct {
	base
	ID, Text, TextLang string
	Edit, Case         string
	CaseName           string
	Published          bool
	Readers, Publish   string
	Status             string
	Since              time.Time
	For, Against       int64
	Roots, Texts       int64
	Reasons            []whyRow
	Utterances         []benchRow
	Evidence           []benchRow
	Relations          []benchRow
	History            []benchMove
	Lacks              []string
	Captures           []pick
	Conflicts          int64
	May                bool
	Types              []string // of evidence that is written down at once
}

type whyRow struct {
	Code string
	N    int64
}

// benchRow is an utterance, a piece of evidence or a relation.
type benchRow struct {
	Href     string
	What     string // what it is, in words
	Text     string
	Facts    string // what else there is to know of it
	Detail   string
	Stance   string
	Outcome  string
	Strength string
	Link     string // to what it names
	Private  bool
}

type benchMove struct {
	At                 time.Time
	Status, Cause, Why string
	By                 string
}

const maxBench = 40

func (s *site) workbench(r *request) error {
	id := r.PathValue("id")
	v, err := s.Work.Desk.ClaimView(r.Context(), r.worker(), id)
	if err != nil {
		return err
	}
	w := r.words()
	p := workbenchPage{base: r.base(w.get("bench.title")), ID: id, Edit: editHref(r.lang, desk.Claim, id), May: r.may(accounts.Write) && !v.Removed, Status: v.Str("status"), Published: v.Bool("published"),
		Since: v.Standing.Since, For: int64(v.Standing.For), Against: int64(v.Standing.Against), Roots: int64(v.Standing.Roots), Texts: int64(v.Standing.Texts),
		Publish: prefix(r.lang) + "/desk/publish/claim/" + url.PathEscape(id), Types: []string{"finding", "document", "absence", "measurement", "incident", "capture", "statement"}}
	text := v.Words("text")
	p.Text = shorten(text.In(r.lang, languages[:]...), 600)
	if text[r.lang] == "" {
		p.TextLang = languageTag(v.Str("language"))
	}
	if p.Published {
		p.Readers = publicHref(r.lang, desk.Claim, id)
	}
	if c := v.Str("case"); c != "" {
		p.Case, p.CaseName = editHref(r.lang, desk.Case, c), r.nameOf(desk.Case, c)
	}
	for _, reason := range v.Standing.Reasons {
		p.Reasons = append(p.Reasons, whyRow{reason.Code, int64(reason.N)})
	}
	for i := range v.Utterances[:min(len(v.Utterances), maxBench)] {
		p.Utterances = append(p.Utterances, r.utteranceRow(&v.Utterances[i]))
	}
	for i := range v.Evidence[:min(len(v.Evidence), maxBench)] {
		row, err := r.benchEvidence(&v.Evidence[i])
		if err != nil {
			return err
		}
		p.Evidence = append(p.Evidence, row)
	}
	for i := range v.Relations[:min(len(v.Relations), maxBench)] {
		p.Relations = append(p.Relations, r.relationRow(&v.Relations[i], id))
	}
	for i := len(v.History) - 1; i >= 0 && len(p.History) < 8; i-- {
		h := v.History[i]
		p.History = append(p.History, benchMove{h.At, h.Standing.Status, r.causes(h.Standing.Cause), shorten(h.Why, 200), shorten(h.By, 60)})
	}
	lacks, err := s.Work.Desk.ChecklistOf(r.Context(), id)
	if err != nil {
		return err
	}
	for _, l := range lacks {
		if !slices.Contains(p.Lacks, l.Code) {
			p.Lacks = append(p.Lacks, l.Code)
		}
	}
	open, err := s.Work.Desk.Conflicts(r.Context(), r.worker(), desk.Claim, id, false)
	if err != nil {
		return err
	}
	p.Conflicts = int64(len(open))
	p.Captures = r.capturesOf(v)
	return r.render(http.StatusOK, "desk-claim", p)
}

// causes words what moved a claim, which may be several things at once.
func (r *request) causes(list string) string {
	var out []string
	for c := range strings.SplitSeq(list, ", ") {
		out = append(out, r.words().get("cause."+c))
	}
	return r.words().and(out)
}

// capturesOf are the captures of the items that a claim, its utterances and its evidence name.
func (r *request) capturesOf(v *desk.ClaimView) []pick {
	items := slices.Clone(v.Strings("items"))
	for _, list := range [][]desk.Record{v.Utterances, v.Evidence} {
		for i := range list {
			items = append(items, list[i].Strings("item")...)
		}
	}
	slices.Sort(items)
	var out []pick
	for _, id := range slices.Compact(items) {
		rec, err := r.s.Work.Desk.Get(r.Context(), r.worker(), desk.Item, id)
		if err != nil {
			continue
		}
		for _, h := range rec.Strings("captures") {
			if len(out) < 12 {
				out = append(out, pick{ID: h, Name: called(rec, r.lang), Href: prefix(r.lang) + "/desk/quote/" + url.PathEscape(h) + "?claim=" + url.QueryEscape(v.ID)})
			}
		}
	}
	return out
}

func (r *request) utteranceRow(u *desk.Record) benchRow {
	w := r.words()
	out := benchRow{Href: editHref(r.lang, desk.Utterance, u.ID), What: shorten(u.Str("speaker"), 120)}
	var detail []string
	if role := u.Str("role"); role != "" {
		detail = append(detail, w.get("choice."+role))
	}
	detail = append(detail, cmp.Or(r.dated(u.Str("date")), w.get("bench.nodate")))
	if u.Str("quote") == "" {
		detail = append(detail, w.get("bench.noquote"))
	}
	out.Detail = strings.Join(detail, " · ")
	out.Text, out.Link = r.quoteText(u.Str("quote"))
	return out
}

// quoteText returns the words of a quote, and where they stand.
func (r *request) quoteText(id string) (text, href string) {
	if id == "" || r.s.Work.Quotes == nil {
		return "", ""
	}
	q, err := r.s.Work.Quotes.Quotation(id)
	if err != nil {
		return shorten(id, 80), ""
	}
	return "“" + shorten(q.Selector.Exact, 240) + "”", captureHref(r.lang, q.Capture)
}

// benchEvidence says what a piece of evidence is in the words in which readers are told.
func (r *request) benchEvidence(e *desk.Record) (benchRow, error) {
	w, typ, name := r.words(), e.Str("type"), e.Str("name")
	out := benchRow{Href: editHref(r.lang, desk.Evidence, e.ID), What: w.get("choice." + typ), Stance: e.Str("stance"), Outcome: e.Str("outcome"), Strength: e.Str("strength"), Private: len(e.Private) > 0}
	var row evidenceRow
	var a desk.Answer
	var err error
	e.Data("answer", &a)
	switch typ {
	case "finding":
		r.finding(&row, e, a)
		out.Stance, row.Links = "", nil // the answer says it; readers' page of it is not there before it is published
		row.Facts = row.Facts[:1]
	case "quote":
		row.Says.Text, out.Link = r.quoteText(name)
	case "measurement":
		row.Says.Text, out.Link = shorten(name, 120), prefix(r.lang)+"/measurement/"+url.PathEscape(name)
	case "incident":
		err = r.incidentEvidence(&row, name)
	case "capture":
		err = r.captureEvidence(&row, name)
	case "registry":
		err = r.registryEvidence(&row, e, a)
	case "absence":
		row.Says = r.said(e.Words("what"), 240)
		row.Facts, _ = r.absence(e)
	default:
		row.Says = r.said(e.Words("text"), 240)
		source := shorten(e.Str("source"), 240)
		row.Facts = append(row.Facts, cmp.Or(source, r.dated(e.Str("date")))) // a source has its date in it
	}
	if len(row.Links) > 0 {
		out.Link = row.Links[len(row.Links)-1].Href
	}
	said := func(parts ...string) string {
		return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), w["join.sentence"])
	}
	out.Text = row.Says.Text
	if out.Text == "" && len(row.Facts) > 0 { // what it names is not here
		out.Text, row.Facts = row.Facts[0], row.Facts[1:]
	}
	out.Facts = said(append(row.Facts, row.Answer)...)
	out.Detail = r.said(e.Words("reason"), 240).Text
	return out, err
}

func (r *request) relationRow(rel *desk.Record, claim string) benchRow {
	other, key := rel.Str("to"), "bench.this."
	if other == claim {
		other, key = rel.Str("from"), "bench.that."
	}
	return benchRow{Href: editHref(r.lang, desk.Relation, rel.ID), What: r.words().get(key + rel.Str("type")), Text: r.nameOf(desk.Claim, other), Link: workHref(r.lang, desk.Claim, other), Detail: shorten(rel.Words("reason").In(r.lang, languages[:]...), 240)}
}

// askAll asks anew what a claim rests on.
func (s *site) askAll(r *request) error {
	id := r.PathValue("id")
	if _, err := s.Work.Desk.Get(r.Context(), r.worker(), desk.Claim, id); err != nil {
		return err
	}
	r.reweigh([]string{id})
	r.flash("bench.asked")
	return r.redirect("/desk/claim/" + url.PathEscape(id))
}

// quotingPage makes quotes from a capture's text, and uses those that are there.
type quotingPage struct {
	base
	Hash, Name, Href string
	Text             string
	Left             int64 // code points of the text that are not shown
	Quotes           []quotePick
	Claim, ClaimName string
	Form             url.Values
	Error            string
	Places           []quote.Occurrence
	May              bool
}

type quotePick struct {
	ID, Words, Translation string
	Evidence, Utterance    string // forms that use it
}

const maxQuotedText = 6000 // code points of a capture's text on the page

func (s *site) quoting(r *request) error { return r.showQuoting(http.StatusOK, "", nil) }

func (r *request) showQuoting(status int, trouble string, places []quote.Occurrence) error {
	hash := r.PathValue("hash")
	if r.s.Captures == nil || r.s.Work.Quotes == nil {
		return &problem{http.StatusNotFound, "error.capture", hash}
	}
	c, err := r.s.Captures.Get(hash)
	if errors.Is(err, capture.ErrNotFound) {
		return &problem{http.StatusNotFound, "error.capture", hash}
	}
	if err != nil {
		return err
	}
	p := quotingPage{base: r.base(r.words().get("quoting.title")), Hash: c.Hash, Name: captureName(c), Href: captureHref(r.lang, c.Hash), Claim: shorten(r.FormValue("claim"), 160), Form: r.PostForm, Error: trouble, Places: places, May: r.may(accounts.Write)}
	if p.Claim != "" {
		p.ClaimName = r.nameOf(desk.Claim, p.Claim)
	}
	text, err := r.s.Captures.Main(c.Hash)
	if err != nil || text == "" {
		text, _ = r.s.Captures.Text(c.Hash) // a picture has none, and the page says so
	}
	p.Text = lines(text, maxQuotedText)
	if n := len([]rune(text)) - len([]rune(p.Text)); n > 0 {
		p.Left = int64(n)
	}
	list, err := r.s.Captures.Quotes(c.Hash)
	if err != nil {
		return err
	}
	for _, q := range list[:min(len(list), 30)] {
		row := quotePick{ID: q.ID, Words: shorten(q.Selector.Exact, 300), Translation: shorten(q.Translation, 300)}
		if p.Claim != "" {
			row.Evidence = prefix(r.lang) + "/desk/new/evidence?" + url.Values{"type": {"quote"}, "claim": {p.Claim}, "name": {q.ID}}.Encode()
			row.Utterance = prefix(r.lang) + "/desk/new/utterance?" + url.Values{"claim": {p.Claim}, "quote": {q.ID}}.Encode()
		}
		p.Quotes = append(p.Quotes, row)
	}
	return r.render(status, "desk-quote", p)
}

func (s *site) quoteMade(r *request) error {
	// Quotes are public, and accounts are not: nobody is named.
	words := capture.Words{Exact: tidy(r.PostFormValue("exact")), Note: shorten(tidy(r.PostFormValue("note")), 500), Lang: languageTag(r.PostFormValue("lang")),
		Translation: tidy(r.PostFormValue("translation")), Into: languageTag(r.PostFormValue("into")), Translator: shorten(tidy(r.PostFormValue("translator")), 100)}
	fmt.Sscan(r.PostFormValue("occurrence"), &words.Occurrence) // 0 where nothing was chosen
	if words.Exact == "" {
		return r.showQuoting(http.StatusUnprocessableEntity, r.words().get("wrong.must"), nil)
	}
	if s.Work.Quotes == nil {
		return r.missing()
	}
	_, err := s.Work.Quotes.Quote(r.Context(), r.PathValue("hash"), words)
	var several *quote.AmbiguousError
	switch {
	case errors.As(err, &several):
		return r.showQuoting(http.StatusUnprocessableEntity, r.words().get("quoting.several"), several.Occurrences)
	case errors.Is(err, capture.ErrNotFound):
		return &problem{http.StatusNotFound, "error.capture", r.PathValue("hash")}
	case errors.Is(err, quote.ErrSelector), err != nil && !errors.Is(err, capture.ErrNotLogged):
		if r.Context().Err() != nil {
			return err
		}
		return r.showQuoting(http.StatusUnprocessableEntity, r.words().get("work.refused", isolate(shorten(err.Error(), 200))), nil)
	}
	r.flash("quoting.done")
	return r.redirect("/desk/quote/" + url.PathEscape(r.PathValue("hash")) + "?" + url.Values{"claim": {r.PostFormValue("claim")}}.Encode())
}

// statementsPage picks a statement of the registry as evidence.
type statementsPage struct {
	base
	Claim, ClaimName string
	Asked            string
	Hits             []pick
	Entity           string
	Href             string
	Rows             []statementPick
	Whole            string // the form that rests on the entity being listed at all
}

type statementPick struct {
	Label, Value string
	Sources      string
	Current      bool
	Use          string
}

func (s *site) statements(r *request) error {
	q := r.URL.Query()
	p := statementsPage{base: r.base(r.words().get("statements.title")), Claim: shorten(q.Get("claim"), 160), Asked: shorten(strings.TrimSpace(q.Get("q")), maxQuery)}
	if p.Claim != "" {
		p.ClaimName = r.nameOf(desk.Claim, p.Claim)
	}
	if s.Registry == nil {
		return r.render(http.StatusOK, "desk-statements", p)
	}
	form := func(entity, property, value string) string {
		return prefix(r.lang) + "/desk/new/evidence?" + url.Values{"type": {"registry"}, "claim": {p.Claim}, "name": {entity}, "property": {property}, "value": {value}}.Encode()
	}
	if id := q.Get("entity"); id != "" {
		v, err := s.Registry.Entity(r.Context(), id)
		if errors.Is(err, registry.ErrNotFound) {
			return &problem{http.StatusNotFound, "error.entity", id}
		}
		if err != nil {
			return err
		}
		p.Entity, p.Href, p.Whole = shorten(v.Entity.Caption, 140), entityHref(r.lang, v.ID), form(v.ID, "", "")
		for _, prop := range v.Properties {
			for _, val := range prop.Values {
				if len(p.Rows) == 60 {
					break
				}
				row := statementPick{Label: shorten(prop.Property.Label, 40), Value: shorten(val.Value, 200), Current: val.Current, Use: form(v.ID, prop.Property.Name, val.Value)}
				var sets []string
				for _, said := range val.Said {
					if !slices.Contains(sets, said.Dataset) {
						sets = append(sets, said.Dataset)
					}
				}
				row.Sources = shorten(strings.Join(sets, r.words()["join.comma"]), 100)
				p.Rows = append(p.Rows, row)
			}
		}
		return r.render(http.StatusOK, "desk-statements", p)
	}
	if p.Asked != "" {
		hits, err := s.Registry.Search(r.Context(), nameAsked(p.Asked), registry.Filter{}, 12)
		if err != nil {
			return err
		}
		for _, h := range hits {
			p.Hits = append(p.Hits, pick{ID: h.ID, Name: shorten(h.Entity.Label(ftm.Default()), 140) + " · " + shorten(h.Dataset, 40), Href: prefix(r.lang) + "/desk/statements?" + url.Values{"claim": {p.Claim}, "entity": {h.ID}}.Encode()})
		}
	}
	return r.render(http.StatusOK, "desk-statements", p)
}
