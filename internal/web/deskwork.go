package web

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"veedor/internal/evidence/capture"
	"veedor/internal/follow/registry"
	"veedor/internal/weigh/accounts"
	"veedor/internal/weigh/desk"
	"veedor/internal/weigh/intake"
	"veedor/internal/weigh/lineage"
)

// Work is what the pages need where people write. What may be nil is not there, and pages say so.
type Work struct {
	Desk *desk.Desk
	Ask  desk.Answerers // what claims are weighed by, as they are written

	// Take takes a published thing in, and captures its page if asked to. Import takes in a file that others recorded.
	Take   func(ctx context.Context, who desk.Viewer, f intake.Found, capture bool) (intake.Taken, error)
	Import func(ctx context.Context, name string, r io.Reader) (intake.Captured, error)

	Quotes     Quotes                                         // may be nil
	Merges     Merges                                         // may be nil
	Recipients func() ([]accounts.Recipient, error)           // to whom hidden sources are sealed
	Freeze     func(ctx context.Context, caseID string) error // publishes a dossier of a case as readers see it; may be nil
	Tables     Tables                                         // may be nil

	Context context.Context // ends what goes on in the background; context.Background if nil
}

// Quotes anchors words in captures.
type Quotes interface {
	Quotation(id string) (*capture.Quotation, error)
	Quote(ctx context.Context, hash string, w capture.Words) (*capture.Quotation, error)
}

// Merges are entities of the registry that may be the same, and what people decide of them.
type Merges interface {
	Propose(ctx context.Context, dataset string, threshold float64, progress func(done int), yield func(registry.Proposal) error) error
	Decide(ctx context.Context, d registry.Decision) (registry.Decision, error)
}

// Tables are those of Civic Media Observatory bases.
type Tables interface {
	Names() []string // of their files
	Export(ctx context.Context, who desk.Viewer, file string, w io.Writer) error
	Import(ctx context.Context, who desk.Viewer, files []TableFile) (read, written, rejected int, err error)
}

// TableFile is an uploaded table.
type TableFile struct {
	Name string
	Open func() (io.ReadCloser, error)
}

// workRoutes are the pages where people work. Those that show what is private need that; forms need what they do.
func (s *site) workRoutes() []deskRoute {
	get := func(pattern string, needs accounts.Action, f func(*request) error) deskRoute {
		return deskRoute{method: "GET", pattern: pattern, needs: needs, f: s.working(f)}
	}
	post := func(pattern string, needs accounts.Action, f func(*request) error) deskRoute {
		return deskRoute{method: "POST", pattern: pattern, needs: needs, f: s.working(f)}
	}
	uploads := func(d deskRoute, limit int64) deskRoute { d.limit = limit; return d }
	edits := func(d deskRoute) deskRoute { d.limit = maxEdit; return d }
	return []deskRoute{
		get("/desk", accounts.Read, s.queue),
		get("/desk/intake", accounts.Private, s.intake),
		post("/desk/intake", accounts.Write, s.intakeAddress),
		uploads(post("/desk/intake/file", accounts.Write, s.intakeFile), maxUpload+1<<20),
		post("/desk/capture/{id}", accounts.Write, s.captureAgain),
		get("/desk/records", accounts.Private, s.kindsPage),
		get("/desk/records/{kind}", accounts.Private, s.records),
		get("/desk/new/{kind}", accounts.Private, s.newRecord),
		edits(post("/desk/new/{kind}", accounts.Write, s.saveRecord)),
		get("/desk/edit/{kind}/{id}", accounts.Private, s.editRecord),
		edits(post("/desk/edit/{kind}/{id}", accounts.Write, s.saveRecord)),
		post("/desk/remove/{kind}/{id}", accounts.Write, s.takeOff),
		get("/desk/history/{kind}/{id}", accounts.Private, s.history),
		get("/desk/conflicts", accounts.Private, s.conflicts),
		edits(post("/desk/conflicts", accounts.Decide, s.resolve)),
		get("/desk/claim/{id}", accounts.Private, s.workbench),
		post("/desk/claim/{id}/ask", accounts.Write, s.askAll),
		get("/desk/quote/{hash}", accounts.Private, s.quoting),
		post("/desk/quote/{hash}", accounts.Write, s.quoteMade),
		get("/desk/statements", accounts.Private, s.statements),
		get("/desk/score/{id}", accounts.Private, s.scoring),
		post("/desk/score/{id}", accounts.Write, s.scored),
		get("/desk/rubrics", accounts.Private, s.rubrics),
		get("/desk/lineage", accounts.Private, s.lineages),
		get("/desk/lineage/{id}", accounts.Private, s.lineagePage),
		post("/desk/lineage/{id}", accounts.Decide, s.lineageDecided),
		get("/desk/merges", accounts.Private, s.merges),
		post("/desk/merges", accounts.Decide, s.mergeDecided),
		post("/desk/merges/look", accounts.Decide, s.mergesLook),
		get("/desk/publish/{kind}/{id}", accounts.Private, s.publishing),
		post("/desk/publish/{kind}/{id}", accounts.Publish, s.publishTry),
		get("/desk/sealed/{id}", accounts.Private, s.sealed),
		edits(post("/desk/sealed/{id}", accounts.Write, s.seal)),
		get("/desk/tables", accounts.Private, s.tablesPage),
		get("/desk/tables/{file}", accounts.Private, s.tableFile),
		uploads(post("/desk/tables", accounts.Publish, s.tablesTaken), maxUpload+1<<20),
	}
}

// Limits of what is sent to the desk.
const (
	maxEdit   = 8 << 20  // bytes of a form that has texts
	maxUpload = 32 << 20 // bytes of a file
)

// working lets a page be shown only where there is a desk, and turns the desk's refusals into answers.
func (s *site) working(f func(*request) error) func(*request) error {
	return func(r *request) error {
		if s.Work == nil {
			return r.missing()
		}
		err := f(r)
		switch {
		case errors.Is(err, desk.ErrNotFound):
			return &problem{http.StatusNotFound, "error.record", r.PathValue("id")}
		case errors.Is(err, desk.ErrForbidden):
			return &problem{http.StatusForbidden, "error.role", ""}
		}
		return err
	}
}

// worker is who works, as the desk's journal names them.
func (r *request) worker() desk.Viewer {
	v := r.viewer()
	if !v.Can(accounts.Read) {
		return desk.Public()
	}
	return desk.Viewer{Name: v.Name, Role: desk.Role(v.Role)}
}

// may says whether who asks may do something.
func (r *request) may(a accounts.Action) bool { return r.viewer().Can(a) }

// kindAsked returns the kind of record that the path names.
func (r *request) kindAsked() (desk.Kind, error) {
	k := desk.Kind(r.PathValue("kind"))
	if !slices.Contains(desk.Kinds(), k) {
		return "", &problem{http.StatusNotFound, "error.recordkind", string(k)}
	}
	return k, nil
}

// recordOf returns a record that the viewer may see, whole; a score that they may not see yet is not there.
func (r *request) recordOf(k desk.Kind, id string) (*desk.Record, error) {
	rec, err := r.s.Work.Desk.Get(r.Context(), r.worker(), k, id)
	if err != nil {
		return nil, err
	}
	if k == desk.Score {
		blind, err := r.blind(rec)
		if err != nil {
			return nil, err
		}
		if blind {
			return nil, &problem{http.StatusForbidden, "error.blind", ""}
		}
	}
	return rec, nil
}

// blind says whether a score is kept from who asks: another coder's, of an item that they may still score by
// themselves.
func (r *request) blind(rec *desk.Record) (bool, error) {
	if rec.Kind != desk.Score || rec.CreatedBy == r.worker().Name {
		return false, nil
	}
	list, err := r.s.Work.Desk.List(r.Context(), r.worker(), desk.Query{Kind: desk.Score, Where: map[string]string{"item": rec.Str("item")}})
	if err != nil {
		return false, err
	}
	coders := map[string]bool{}
	for i := range list {
		if list[i].Str("rubric") == rec.Str("rubric") {
			coders[list[i].CreatedBy] = true
		}
	}
	return !coders[r.worker().Name] && len(coders) < 2, nil
}

// pick is a record as it is chosen and linked to.
type pick struct {
	ID, Name, Href string
	On             bool
}

// called is what a record is called in a list.
func called(rec *desk.Record, lang string) string {
	first := "name"
	if rec.Kind == desk.Evidence { // whose name is an id of something else
		first = "text"
	}
	if name := findingName(rec); name != "" {
		return name
	}
	for _, f := range []string{"title", first, "text", "speaker", "what", "reason", "url", "type"} {
		if s := cmp.Or(rec.Str(f), rec.Words(f).In(lang, languages[:]...)); strings.TrimSpace(s) != "" {
			return shorten(strings.TrimSpace(s), 140)
		}
	}
	return rec.ID
}

// findingName is what a question to the measurements is called: about what, where, from when on. It is "" for other records.
func findingName(rec *desk.Record) string {
	if rec.Kind != desk.Evidence || rec.Str("type") != "finding" {
		return ""
	}
	f := desk.FindingOf(rec)
	parts := []string{f.Target, f.Country, string(f.From[:min(len(f.From), len(time.DateOnly))])}
	if f.Network != 0 {
		parts[1] = fmt.Sprintf("AS%d", f.Network)
	}
	return shorten(strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), " · "), 140)
}

// nameOf is what a record is called that another names; its id where it cannot be seen.
func (r *request) nameOf(k desk.Kind, id string) string {
	rec, err := r.s.Work.Desk.Get(r.Context(), r.worker(), k, id)
	if err != nil {
		return shorten(id, 160)
	}
	return called(rec, r.lang)
}

// workHref is where a record is worked on.
func workHref(lang string, k desk.Kind, id string) string {
	switch k {
	case desk.Claim:
		return prefix(lang) + "/desk/claim/" + url.PathEscape(id)
	case desk.Lineage:
		return prefix(lang) + "/desk/lineage/" + url.PathEscape(id)
	}
	return editHref(lang, k, id)
}

func editHref(lang string, k desk.Kind, id string) string {
	return prefix(lang) + "/desk/edit/" + string(k) + "/" + url.PathEscape(id)
}

// publicHref is where readers see a record; "" for kinds that have no page.
func publicHref(lang string, k desk.Kind, id string) string {
	if !slices.Contains([]desk.Kind{desk.Claim, desk.Item, desk.Source, desk.Frame, desk.Case}, k) {
		return ""
	}
	return prefix(lang) + "/" + string(k) + "/" + url.PathEscape(id)
}

// tidy is a multi-line text as browsers send it, as it is kept.
func tidy(s string) string {
	return strings.TrimSpace(strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\r\n", "\n"))
}

// whyGiven returns the reason that was typed.
func (r *request) whyGiven() string { return shorten(tidy(r.PostFormValue("why")), 1000) }

// wrote tells the next page what became of a write, and leads to it: to the conflicts where there are any.
func (r *request) wrote(done []desk.Written, to string) error {
	var merged []string
	for _, w := range done {
		for _, f := range w.Merged {
			merged = append(merged, r.words().get("field."+f))
		}
	}
	for _, w := range done {
		if len(w.Conflicts) > 0 {
			var fields []string
			for _, c := range w.Conflicts {
				fields = append(fields, r.words().get("field."+c.Field))
			}
			r.flash("work.conflict", strings.Join(fields, r.words()["join.comma"]))
			return r.redirect("/desk/conflicts?" + url.Values{"kind": {string(w.Kind)}, "id": {w.ID}}.Encode())
		}
	}
	if len(merged) > 0 {
		r.flash("work.merged", strings.Join(merged, r.words()["join.comma"]))
	} else {
		r.flash("work.saved")
	}
	return r.redirect(to)
}

// background is the context of what goes on after the answer.
func (w *Work) background() context.Context {
	if w.Context != nil {
		return w.Context
	}
	return context.Background()
}

// refused words an error of the desk's for the page; the error itself where it is ours.
func (r *request) refused(err error) (string, error) {
	var text string
	switch {
	case err == nil:
		return "", nil
	case errors.Is(err, desk.ErrForbidden):
		return r.words().get("work.forbidden"), nil
	case errors.Is(err, desk.ErrInvalid), errors.Is(err, intake.ErrRefused), errors.Is(err, registry.ErrContradiction):
		text = fmt.Sprint(err)
	default:
		return "", err
	}
	return r.words().get("work.refused", isolate(shorten(text, 300))), nil
}

// fold is a text as texts are looked for.
func fold(s string) string { return lineage.Fold(s) }
