package web

import (
	"cmp"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"time"

	"veedor/internal/evidence/capture"
	"veedor/internal/follow/registry"
	"veedor/internal/measure/incidents"
	"veedor/internal/weigh/cases"
	"veedor/internal/weigh/desk"
)

// utteranceRow is one time that somebody said it.
type utteranceRow struct {
	ID       string
	Speaker  string
	Entity   string // address of the speaker's page in the registry
	Role     string // a key of the words
	Date     string // in words; "" where none is known
	DateLack foreign
	Quote    *quoteShown
	NoQuote  foreign // why there is none
	Source   linkTo
	Item     *named
	Root     string // what it derives from
}

// quoteShown is words quoted from a capture.
type quoteShown struct {
	Words, Lang             string
	Translation, Into       string
	Translator              string
	Page                    string // what was captured, and when
	At                      time.Time
	Href                    string
	Outcome                 string // in the latest capture of the page: found, changed, lost; "" where there is none
	Before, After, Selector string
}

// evidenceRow is one thing that bears on a claim.
type evidenceRow struct {
	ID       string
	Kind     string // finding, quote, …
	Stance   string // as it stands now
	Turned   string // why that is not the one that was written: a key of the words
	Strength string // a key of the words
	Says     foreign
	Answer   string   // what was answered when it was last asked, in words
	Facts    []string // other things to know, in words
	Quote    *quoteShown
	Source   linkTo
	Links    []linkTo
	Reason   foreign
	By, At   string
	Item     *named
	Root     string
}

type linkTo struct{ Text, Href string }

// said lists who said it, first first; those of no known date last.
func (p *claimPage) said(r *request, d *reader, v *desk.ClaimView, space *room) error {
	list := slices.Clone(v.Utterances)
	sortSaid(list)
	part, done := space.part(7000)
	defer done()
	for i := range list {
		row, err := r.utterance(d, &list[i])
		if err != nil {
			return err
		}
		if len(p.Said) == maxSpoken || !part.take(row.size()) {
			p.MoreSaid = int64(len(list) - i)
			break
		}
		p.Said = append(p.Said, row)
	}
	return nil
}

// sortSaid sorts utterances by when they were said.
func sortSaid(list []desk.Record) {
	slices.SortStableFunc(list, func(a, b desk.Record) int {
		x, y := a.Date("date"), b.Date("date")
		if x == "" || y == "" {
			return compareBool(x == "", y == "")
		}
		s, _, _ := x.Time()
		t, _, _ := y.Time()
		return s.Compare(t)
	})
}

func (u *utteranceRow) size() int {
	n := 420 + weight(u.Speaker, u.Source.Text, u.Source.Href, u.Root, u.DateLack.Text, u.NoQuote.Text, u.Entity)
	if u.Quote != nil {
		n += u.Quote.size()
	}
	if u.Item != nil {
		n += weight(u.Item.Text, u.Item.Href)
	}
	return n
}

func (q *quoteShown) size() int { return 400 + weight(q.Words, q.Translation, q.Page, q.Href) }

func (r *request) utterance(d *reader, u *desk.Record) (utteranceRow, error) {
	row := utteranceRow{ID: u.ID, Speaker: prose(u, "speaker", 160), Source: r.sourceOf(u), Root: prose(u, "root", 120)}
	if role := u.Str("role"); role != "" {
		row.Role = "claim.role." + role
	}
	if date := u.Str("date"); date != "" {
		row.Date = r.dated(date)
	} else {
		row.DateLack = r.said(u.Words("date_lack"), 240)
	}
	var err error
	if row.Quote, err = r.quoteOf(u.Str("quote")); err != nil {
		return row, err
	}
	if row.Quote == nil {
		row.NoQuote = r.said(u.Words("quote_lack"), 240)
	}
	if row.Item, err = d.naming(r, desk.Item, u.Str("item"), 120); err != nil {
		return row, err
	}
	e, err := d.get(desk.Entity, u.Str("entity"))
	if e != nil {
		row.Entity, err = r.entityPage(e.Str("registry"))
	}
	return row, err
}

// registered returns an entity of the registry; nil where there is none.
func (r *request) registered(id string) (*registry.View, error) {
	if id == "" || r.s.Registry == nil || len(id) > maxEntityID {
		return nil, nil
	}
	v, err := r.s.Registry.Entity(r.Context(), id)
	if errors.Is(err, registry.ErrNotFound) {
		return nil, nil
	}
	return v, err
}

// entityPage returns the address of an entity's page; "" where the registry does not have it.
func (r *request) entityPage(id string) (string, error) {
	v, err := r.registered(id)
	if v == nil {
		return "", err
	}
	return entityHref(r.lang, v.ID), nil
}

// quoteOf returns words quoted from a capture; nil where there are none.
func (r *request) quoteOf(id string) (*quoteShown, error) {
	if id == "" || r.s.Captures == nil {
		return nil, nil
	}
	q, err := r.s.Captures.Quotation(id)
	if errors.Is(err, capture.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	out := &quoteShown{Words: shorten(q.Selector.Exact, maxQuoted), Lang: languageTag(q.Lang), Translation: shorten(q.Translation, maxQuoted), Into: languageTag(q.Into), Translator: shorten(q.Translator, 60)}
	if c, err := r.s.Captures.Get(q.Capture); err == nil {
		out.Page, out.At, out.Href = captureName(c), c.At, captureHref(r.lang, c.Hash)+"#q-"+url.PathEscape(q.ID)
	} else if !errors.Is(err, capture.ErrNotFound) {
		return nil, err
	}
	if n := len(q.History); n > 0 {
		out.Outcome = q.History[n-1].Outcome
	}
	return out, nil
}

// evidence sorts what bears on a claim by what it does to it; what does not settle it, and what was looked for and
// not found, is what is missing.
func (p *claimPage) evidence(r *request, d *reader, v *desk.ClaimView, space *room) error {
	groups := map[string]*evidenceGroup{}
	for _, key := range evidenceKeys() {
		p.Evidence = append(p.Evidence, evidenceGroup{Key: key})
	}
	for i := range p.Evidence {
		groups[p.Evidence[i].Key] = &p.Evidence[i]
	}
	for i := range v.Evidence {
		row, err := r.evidenceRow(d, &v.Evidence[i])
		if err != nil {
			return err
		}
		g := groups[row.group()]
		g.N++
		if len(g.Rows) == maxEvidence || !space.take(row.size()) {
			g.More++
			continue
		}
		g.Rows = append(g.Rows, row)
	}
	return nil
}

// evidenceKeys are the groups of evidence as they are shown.
func evidenceKeys() []string {
	return []string{cases.Supports, cases.Contradicts, "missing", cases.Context}
}

func (e *evidenceRow) group() string {
	if e.Kind == "absence" && e.Stance != cases.Supports && e.Stance != cases.Contradicts || e.Stance == cases.Insufficient {
		return "missing"
	}
	return cmp.Or(e.Stance, cases.Context)
}

func (e *evidenceRow) size() int {
	n := 640 + weight(e.ID, e.Says.Text, e.Answer, e.Source.Text, e.Source.Href, e.Reason.Text, e.By, e.Root) + weight(e.Facts...)
	for _, l := range e.Links {
		n += 40 + weight(l.Text, l.Href)
	}
	if e.Quote != nil {
		n += e.Quote.size()
	}
	return n
}

func (r *request) evidenceRow(d *reader, e *desk.Record) (evidenceRow, error) {
	stance, turned := desk.StanceOf(e)
	row := evidenceRow{ID: e.ID, Kind: e.Str("type"), Stance: stance, Reason: r.said(e.Words("reason"), 500), By: prose(e, "by", 100), Root: prose(e, "root", 120)}
	if turned != "" {
		row.Turned = "claim.turned." + turned
	}
	if st := e.Str("strength"); st != "" {
		row.Strength = "claim.strength." + st
	}
	if at := e.Str("at"); at != "" {
		row.At = r.dated(at)
	}
	var err error
	if row.Item, err = d.naming(r, desk.Item, e.Str("item"), 120); err != nil {
		return row, err
	}
	var a desk.Answer
	e.Data("answer", &a)
	name := e.Str("name")
	switch row.Kind {
	case "finding":
		r.finding(&row, e, a)
	case "measurement":
		row.Answer = r.oneAnswered(a)
		if _, err := r.s.Store.Measurement(r.Context(), name); err == nil {
			row.Links = append(row.Links, linkTo{r.words().get("evidence.measurement"), prefix(r.lang) + "/measurement/" + url.PathEscape(name)})
		}
	case "incident":
		err = r.incidentEvidence(&row, name)
	case "quote":
		row.Quote, err = r.quoteOf(name)
		if row.Quote == nil {
			row.Facts = append(row.Facts, r.words().get("evidence.noquote"))
		}
	case "capture":
		err = r.captureEvidence(&row, name)
	case "registry":
		err = r.registryEvidence(&row, e, a)
	case "absence":
		row.Says = r.said(e.Words("what"), 500)
		row.Facts = append(row.Facts, r.absence(e)...)
	default:
		row.Says, row.Source = r.said(e.Words("text"), 600), r.sourceOf(e)
		if at := e.Str("date"); at != "" {
			row.Facts = append(row.Facts, r.dated(at)+".")
		}
	}
	return row, err
}

// finding words a question to the measurements, and what they said.
func (r *request) finding(row *evidenceRow, e *desk.Record, a desk.Answer) {
	w, q := r.words(), desk.FindingOf(e)
	where := w.get("evidence.anywhere")
	switch {
	case q.Network != 0:
		where = "AS" + strconv.FormatUint(uint64(q.Network), 10)
		if q.Country != "" {
			where += w["join.pause"] + r.s.Facts().CountryName(q.Country, r.lang)
		}
	case q.Country != "":
		where = r.s.Facts().CountryName(q.Country, r.lang)
	}
	target := w.get("evidence.anything")
	if q.Target != "" {
		target = isolate(shorten(targetName(w, q.Target), 80))
	}
	from, to := w.get("evidence.begin"), w.get("evidence.end")
	if q.From != "" {
		from = r.dated(string(q.From))
	}
	if q.To != "" {
		to = r.dated(string(q.To))
	}
	row.Says.Text = w.get("evidence.finding", target, where, from, to)
	row.Facts = append(row.Facts, w.get("evidence.expects."+cmp.Or(q.Expects, "blocked")), w.count(r.lang, "evidence.atleast", int64(cmp.Or(q.AtLeast, cases.DefaultAtLeast))))
	switch a.Outcome {
	case "":
		row.Answer = w.get("evidence.notasked")
	default:
		row.Answer = w.count(r.lang, "evidence.answered", int64(a.Total), number(r.lang, int64(a.Blocked)), number(r.lang, int64(a.OK)), number(r.lang, int64(a.Down)), number(r.lang, int64(a.Insufficient)))
		if len(a.RuleSets) > 0 {
			row.Answer += w["join.sentence"] + w.get("evidence.rules", w.and(firstOf(a.RuleSets, 3)))
		}
	}
	row.Links = append(row.Links, linkTo{w.get("evidence.measurements"), findingHref(r.lang, e.Str("claim"), e.ID)})
}

// oneAnswered words the answer about one measurement.
func (r *request) oneAnswered(a desk.Answer) string {
	if text, ok := r.words()["state."+a.State]; ok {
		return text
	}
	return r.outcome(a)
}

// outcome words what was answered last.
func (r *request) outcome(a desk.Answer) string {
	if text, ok := r.words()["evidence.outcome."+a.Outcome]; ok {
		return text
	}
	return ""
}

func (r *request) incidentEvidence(row *evidenceRow, id string) error {
	list, err := r.s.published("")
	if err != nil {
		return err
	}
	i := slices.IndexFunc(list, func(s incidents.State) bool { return s.ID == id })
	if i < 0 {
		row.Facts = append(row.Facts, r.words().get("evidence.noincident", isolate(shorten(id, 60))))
		return nil
	}
	row.Says.Text = r.s.headline(r.lang, &list[i].Incident)
	row.Facts = append(row.Facts, r.when(&list[i].Incident))
	row.Links = append(row.Links, linkTo{r.words().get("evidence.incident"), prefix(r.lang) + "/incident/" + url.PathEscape(id)})
	return nil
}

func (r *request) captureEvidence(row *evidenceRow, hash string) error {
	if r.s.Captures == nil || !isHash(hash) {
		row.Facts = append(row.Facts, r.words().get("evidence.nocapture", shorten(hash, 64)))
		return nil
	}
	c, err := r.s.Captures.Get(hash)
	if errors.Is(err, capture.ErrNotFound) {
		row.Facts = append(row.Facts, r.words().get("evidence.nocapture", hash))
		return nil
	}
	if err != nil {
		return err
	}
	row.Says.Text = captureName(c)
	row.Facts = append(row.Facts, r.words().get("evidence.captured", moment(r.words(), c.At)))
	row.Links = append(row.Links, linkTo{r.words().get("evidence.capture"), captureHref(r.lang, hash)})
	return nil
}

func (r *request) registryEvidence(row *evidenceRow, e *desk.Record, a desk.Answer) error {
	w := r.words()
	name, prop, value := prose(e, "name", 100), prose(e, "property", 60), prose(e, "value", 240)
	v, err := r.registered(e.Str("name"))
	if err != nil {
		return err
	}
	if v != nil {
		name = shorten(v.Entity.Caption, 120)
		if href := r.saidAt(v, prop, e.Str("value")); href != "" {
			row.Links = append(row.Links, linkTo{w.get("evidence.statement"), href})
		}
		row.Links = append(row.Links, linkTo{w.get("evidence.entity"), entityHref(r.lang, v.ID)})
		for _, pv := range v.Properties {
			if pv.Property.Name != prop {
				continue
			}
			prop = pv.Property.In(r.lang)
			if pv.Property.Range != nil {
				if o, err := r.registered(e.Str("value")); err != nil {
					return err
				} else if o != nil {
					value = shorten(o.Entity.Caption, 120)
				}
			}
			break
		}
	}
	row.Says.Text = w.get("evidence.registry", isolate(name), isolate(prop), isolate(cmp.Or(value, "—")))
	if prop == "" {
		row.Says.Text = w.get("evidence.registryhas", isolate(name))
	}
	row.Answer = r.outcome(a)
	if a.Outcome == desk.Current && a.Sources > 0 {
		row.Answer = w.count(r.lang, "evidence.registrysays", int64(a.Sources), isolate(shorten(a.Dataset, 60)))
	}
	return nil
}

// saidAt is the page of the statement that gives a value, or any of a property: of a list that still does, before one that
// did. "" where none does.
func (r *request) saidAt(v *registry.View, prop, value string) string {
	old := ""
	for i := range v.Properties {
		p := &v.Properties[i]
		if p.Property.Name != prop {
			continue
		}
		for j := range p.Values {
			if value != "" && p.Values[j].Value != value {
				continue
			}
			for k := range p.Values[j].Said {
				said := &p.Values[j].Said[k]
				href := entityHref(r.lang, v.ID) + "/statement/" + statementOf(v, p.Property, p.Values[j].Value, said).ID
				if said.Current {
					return href
				}
				old = cmp.Or(old, href)
			}
		}
	}
	return old
}

// absence words where somebody looked in vain, and when.
func (r *request) absence(e *desk.Record) []string {
	w := r.words()
	var out []string
	if where := prose(e, "where", 240); where != "" {
		out = append(out, w.get("evidence.lookedin", isolate(where)))
	}
	if when := e.Str("when"); when != "" {
		out = append(out, w.get("evidence.lookedat", r.dated(when)))
	}
	if who := prose(e, "who", 100); who != "" {
		out = append(out, w.get("evidence.lookedby", isolate(who)))
	}
	return out
}
