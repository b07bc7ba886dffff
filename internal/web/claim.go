package web

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"veedor/internal/evidence/tlog"
	"veedor/internal/weigh/cases"
	"veedor/internal/weigh/desk"
)

// claimPage is one proposition: how it stands and why, who said it, what speaks for and against it, what is missing.
type claimPage struct {
	base
	ID       string
	Href     string
	Text     foreign
	Others   []foreign // the same in other languages
	Draft    bool
	Case     *named
	Frames   []named
	Themes   []string
	Stands   standing
	Said     []utteranceRow // first first
	MoreSaid int64
	Evidence []evidenceGroup
	Lineage  *lineageTree
	Sources  sourcesCount
	Related  []relatedRow
	MoreRel  int64
	Moved    []movedRow // latest first
	Stood    *figure    // over time; nil where that never changed
	MoreMove int64
}

// standing is how a claim stands, in words.
type standing struct {
	Status  string
	Means   string
	Reasons []string
	Since   time.Time
	Cause   string // a key of the words
	New     bool   // it never stood otherwise
}

// sourcesCount is how many texts say something, and how many independent sources they go back to.
type sourcesCount struct{ Texts, Sources, Roots int64 }

// evidenceGroup is evidence that does the same to a claim.
type evidenceGroup struct {
	Key  string // supports, contradicts, context, missing
	Rows []evidenceRow
	N    int64
	More int64
}

// relatedRow is another claim, and what it is to this one.
type relatedRow struct {
	Key    string // words: claim.relation.repeats, …, claim.related.repeats the other way round
	To     named
	Reason foreign
}

// Room on a claim's page.
const (
	claimRoom   = 21_000 // bytes of what people wrote
	maxSpoken   = 12
	maxEvidence = 10 // of a group
	maxRelated  = 8
	maxMoves    = 8
	maxReasons  = 6
)

func (s *site) claim(r *request) error {
	d := r.reader()
	v, err := r.claimAsked(d)
	if err != nil {
		return err
	}
	p := claimPage{ID: v.ID, Href: deskHref(r.lang, desk.Claim, v.ID), Text: r.said(v.Words("text"), 700), Draft: !v.Bool("published")}
	p.base = r.base(isolate(shorten(p.Text.Text, 80)))
	if err := p.mark(d, &v.Record); err != nil {
		return err
	}
	space := &room{claimRoom - weight(p.Text.Text)}
	for _, l := range languages {
		if text := v.Words("text")[l]; text != "" && l != r.lang && p.Text.Lang != l {
			p.Others = append(p.Others, foreign{shorten(text, 400), l})
			space.take(weight(shorten(text, 400)))
		}
	}
	if p.Case, err = d.naming(r, desk.Case, v.Str("case"), 160); err != nil {
		return err
	}
	if p.Frames, err = d.namings(r, desk.Frame, v.Strings("frames"), 5); err != nil {
		return err
	}
	if p.Themes, err = d.titles(r.lang, desk.Theme, v.Strings("themes"), 6); err != nil {
		return err
	}
	p.Stands = r.standing(&v.Standing, len(v.History) <= 1)
	p.Sources = sourcesCount{int64(v.Standing.Texts), int64(v.Standing.Said), int64(v.Standing.Roots)}
	for _, fill := range []func(*request, *reader, *desk.ClaimView, *room) error{p.said, p.evidence, p.lineage, p.related, p.history, p.cite} {
		if err := fill(r, d, v, space); err != nil {
			return err
		}
	}
	p.Would = r.claimWould(v)
	p.Stood = r.figure(r.stoodOver(v, p.Invented), p.Href+"/standing", "", 0)
	return r.render(http.StatusOK, "claim", p)
}

// claimAsked returns the claim whose page, or a part of it, was asked for.
func (r *request) claimAsked(d *reader) (*desk.ClaimView, error) {
	id := r.PathValue("id")
	v, err := d.claim(id)
	if v == nil && err == nil {
		return nil, &problem{http.StatusNotFound, "error.claim", id}
	}
	return v, err
}

// mark marks a page of an invented case.
func (b *base) mark(d *reader, rec *desk.Record) error {
	invented, err := d.invented(rec)
	if invented {
		b.Invented, d.plain = fiction, true
	}
	return err
}

// titles names records that have no page of their own.
func (d *reader) titles(lang string, k desk.Kind, ids []string, most int) (out []string, err error) {
	for _, id := range firstOf(ids, most) {
		rec, err := d.get(k, id)
		if err != nil {
			return nil, err
		}
		if rec != nil {
			out = append(out, shorten(cmp.Or(rec.Words("titles")[lang], rec.Str("title"), rec.Str("name")), 80))
		}
	}
	return out, nil
}

// standing words how a claim stands, and why.
func (r *request) standing(st *desk.Standing, fresh bool) standing {
	out := standing{Status: st.Status, Since: st.Since, Cause: "claim.cause." + st.Cause, New: fresh}
	if st.Status == "" { // weighed never
		out.Status = cases.Unverified
	}
	out.Means = r.words().get("claim.means." + out.Status)
	if _, ok := r.words()[out.Cause]; !ok {
		out.Cause = "claim.cause.written"
	}
	for _, reason := range firstOf(st.Reasons, maxReasons) {
		if text := r.reason(reason); text != "" {
			out.Reasons = append(out.Reasons, text)
		}
	}
	return out
}

// reason words a reason; "" for one that is not known here.
func (r *request) reason(why cases.Reason) string {
	key := "claim.reason." + why.Code
	if _, ok := r.words()[key+".other"]; ok {
		return r.words().count(r.lang, key, int64(why.N))
	}
	if text, ok := r.words()[key]; ok {
		return text
	}
	return ""
}

// movedRow is one change of how a claim stands.
type movedRow struct {
	At            time.Time
	Before, After string
	Cause         string // a key of the words
	Why           string // reasons, in words
	Href          string // the page of that state
	Claim         named
}

func (d *reader) movedRow(r *request, c *desk.StatusChange) (movedRow, bool, error) {
	rec, err := d.get(desk.Claim, c.Claim)
	if rec == nil {
		return movedRow{}, false, err
	}
	st := r.standing(&c.Standing, c.Standing.Before == "")
	row := movedRow{At: c.At, Before: c.Standing.Before, After: st.Status, Cause: st.Cause, Why: strings.Join(st.Reasons, r.words()["join.sentence"]), Href: statusHref(r.lang, c.Claim, c.N)}
	row.Claim, err = d.named(r, rec, 200)
	return row, true, err
}

// moved returns the latest changes of how claims stand.
func (d *reader) moved(r *request, n int) (out []movedRow, err error) {
	list, err := d.changes(n)
	for i := range list {
		row, ok, err := d.movedRow(r, &list[i])
		if err != nil {
			return nil, err
		}
		if ok {
			out = append(out, row)
		}
	}
	return out, err
}

func statusPath(n int64) string { return "/status/" + strconv.FormatInt(n, 10) }

func statusHref(lang, claim string, n int64) string {
	return deskHref(lang, desk.Claim, claim) + statusPath(n)
}

// history lists how the claim stood before, latest first.
func (p *claimPage) history(r *request, d *reader, v *desk.ClaimView, space *room) error {
	part, done := space.part(5000)
	defer done()
	for i := len(v.History) - 1; i >= 0; i-- {
		row, _, err := d.movedRow(r, &v.History[i])
		if err != nil {
			return err
		}
		if len(p.Moved) == maxMoves || !part.take(420+weight(row.Why, row.Href)) {
			p.MoreMove = int64(i + 1)
			break
		}
		p.Moved = append(p.Moved, row)
	}
	return nil
}

// related lists what other claims are to this one.
func (p *claimPage) related(r *request, d *reader, v *desk.ClaimView, space *room) error {
	for i := range v.Relations {
		rel := &v.Relations[i]
		row := relatedRow{Key: "claim.relation." + rel.Str("type"), Reason: r.said(rel.Words("reason"), 300)}
		other := rel.Str("to")
		if other == v.ID {
			row.Key, other = "claim.related."+rel.Str("type"), rel.Str("from")
		}
		to, err := d.naming(r, desk.Claim, other, 240)
		if err != nil {
			return err
		}
		if to == nil {
			continue
		}
		row.To = *to
		if len(p.Related) == maxRelated || !space.take(300+weight(row.To.Text, row.To.Href, row.Reason.Text)) {
			p.MoreRel++
			continue
		}
		p.Related = append(p.Related, row)
	}
	return nil
}

// cite cites the claim with how it stands. The state of it that stays is the last line of its history.
func (p *claimPage) cite(r *request, d *reader, v *desk.ClaimView, _ *room) error {
	w := r.words()
	q := quotable{Name: "claim-" + v.ID, Sentence: w.get("claim.stands", isolate(p.Text.Text), w.get("claim."+p.Stands.Status)), Page: p.Href, At: v.Standing.Since, Stays: "cite.stays.claim"}
	if n := len(v.History); n > 0 {
		q.Frozen, q.Version = statusHref(r.lang, v.ID, v.History[n-1].N), w.get("cite.state", number(r.lang, v.History[n-1].N))
	}
	if q.At.IsZero() {
		q.At = v.Updated
	}
	p.Cite = r.citing(q, "")
	for _, f := range []citeFile{{"/claimreview.json", "application/ld+json", "ClaimReview"}, {"/annotations.jsonld", "application/ld+json", "Web Annotation"}, {"/status.atom", "application/atom+xml", "Atom"}, {"/status.json", "application/feed+json", "JSON Feed"}} {
		f.Href = p.Href + f.Href
		p.Cite.Files = append(p.Cite.Files, f)
	}
	return p.Cite.frozenWhole(r, v.Str("case"))
}

// frozenWhole links to the latest dossier of a case, which freezes all of it, or says that there is none.
func (c *citation) frozenWhole(r *request, id string) error {
	d, err := r.dossierOf(id)
	switch {
	case err != nil || id == "":
	case d == nil:
		c.Lacks = r.words().get("claim.nodossier")
	default:
		c.Also = append(c.Also, linkTo{r.words().get("claim.dossier", number(r.lang, int64(d.Version)), day(r.words(), d.At)), d.Href})
	}
	return err
}

// dossierOf returns the latest dossier of a case, in the page's language where there is one.
func (r *request) dossierOf(id string) (*dossierRow, error) {
	if id == "" {
		return nil, nil
	}
	list, err := r.s.editions(r.lang)
	var out *dossierRow
	for i := range list { // newest first
		if d := &list[i]; d.Case == id && (out == nil || d.Lang == r.lang && out.Lang != r.lang) {
			out = d
		}
	}
	return out, err
}

// statusPage is how a claim stood at one place of the journal: that stays as it is.
type statusPage struct {
	base
	Claim  named
	N      int64
	Row    movedRow
	Stands standing
	Texts  sourcesCount
	Now    bool   // it stands so still
	Reword bool   // it is worded otherwise now
	Hash   string // of the journal's line
	Leaf   *leafRow
	Rested []evidenceRow // the evidence it rested on, as far as it is still there
}

func (s *site) claimStatus(r *request) error {
	d := r.reader()
	v, err := r.claimAsked(d)
	if err != nil {
		return err
	}
	n, _ := strconv.ParseInt(r.PathValue("n"), 10, 64)
	for i := range v.History {
		c := &v.History[i]
		if c.N != n {
			continue
		}
		p := statusPage{N: n, Stands: r.standing(&c.Standing, c.Standing.Before == ""), Now: i == len(v.History)-1,
			Texts: sourcesCount{int64(c.Standing.Texts), int64(c.Standing.Said), int64(c.Standing.Roots)}}
		if p.Row, _, err = d.movedRow(r, c); err != nil {
			return err
		}
		p.Claim = p.Row.Claim
		if err := p.worded(r, d, v, n); err != nil {
			return err
		}
		w := r.words()
		p.base = r.base(w.get("status.title", isolate(shorten(p.Claim.Text, 60)), day(w, c.At)))
		if err := p.mark(d, &v.Record); err != nil {
			return err
		}
		if err := p.rested(r, d, v, &c.Standing); err != nil {
			return err
		}
		// The journal's lines are for those who work at the desk; the hash of one tells nothing of it.
		events, err := s.Desk.Events(r.Context(), desk.Viewer{Name: desk.Self, Role: desk.Administrator}, n-1, 1)
		if err != nil {
			return err
		}
		if len(events) > 0 && events[0].N == n {
			p.Hash = events[0].Hash
			p.Leaf = r.leafOf(tlog.Event, p.Hash)
		}
		q := quotable{Name: "claim-" + v.ID + "-" + strconv.FormatInt(n, 10), Sentence: w.get("claim.stands", isolate(p.Claim.Text), w.get("claim."+p.Stands.Status)), Page: p.Row.Href, At: c.At, Version: w.get("cite.state", number(r.lang, n)), Stays: "cite.stays.frozen"}
		if p.Hash != "" {
			q.Note = w.get("cite.line", p.Hash)
		}
		p.Cite = r.citing(q, "")
		return r.render(http.StatusOK, "status", p)
	}
	return &problem{http.StatusNotFound, "error.status", r.PathValue("n")}
}

const maxRested = 20

// rested lists the evidence that a claim's standing rested on, with what each says.
func (p *statusPage) rested(r *request, d *reader, v *desk.ClaimView, st *desk.Standing) error {
	here := map[string]*desk.Record{}
	for i := range v.Evidence {
		here[v.Evidence[i].ID] = &v.Evidence[i]
	}
	for _, reason := range st.Reasons {
		for _, id := range reason.Evidence {
			e := here[id]
			if e == nil || len(p.Rested) == maxRested {
				continue
			}
			row, err := r.evidenceRow(d, e)
			if err != nil {
				return err
			}
			p.Rested, here[id] = append(p.Rested, row), nil
		}
	}
	return nil
}

// worded gives the claim the words that it had then. Who changed them, and why, is for those who work at the desk.
func (p *statusPage) worded(r *request, d *reader, v *desk.ClaimView, n int64) error {
	events, err := d.from.History(d.ctx, desk.Viewer{Name: desk.Self, Role: desk.Administrator}, desk.Claim, v.ID)
	if err != nil {
		return err
	}
	var was cases.Text
	for i := range events {
		text, ok := events[i].Fields["text"]
		if !ok || events[i].N > n || slices.Contains(events[i].Rivals, "text") {
			continue
		}
		was = nil
		if err := json.Unmarshal(text, &was); err != nil {
			return fmt.Errorf("read the words of claim %s: %w", v.ID, err)
		}
	}
	if len(was) == 0 || maps.Equal(was, v.Words("text")) {
		return nil
	}
	p.Reword = true
	p.Claim.Text, p.Claim.Lang = inWords(was, r.lang, 200)
	if p.Claim.Lang == r.lang {
		p.Claim.Lang = ""
	}
	return nil
}
