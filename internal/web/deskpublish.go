package web

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"veedor/internal/weigh/accounts"
	"veedor/internal/weigh/desk"
)

// publishPage says what readers would see of a record, what is lacking, and lets editors publish it.
type publishPage struct {
	base
	Kind, ID, Name string
	Work           string
	Published      bool
	Readers        string
	Lacks          []lackRow
	Counts         []kindCount
	Rows           []previewRow
	Left           int64
	Kept           int64 // private values that readers would not see
	TwoPersons     bool
	Waits          []approvalRow // proposals of this that nobody decided
	May            bool
	Error, Why     string
	WhyError       string
	Dossier        bool // one can be frozen
	Job            *jobRow
}

type lackRow struct{ Text, Name, Href string }

type kindCount struct {
	Kind string
	N    int64
}

// previewRow is one record as readers would see it.
type previewRow struct {
	Kind, Name, Href string
	New              bool // not public yet
	Fields           []extraField
	Private          []string
}

// approvalRow is a proposal that waits.
type approvalRow struct {
	ID, Act, By, Reason string
	At                  time.Time
	Own                 bool // who asks proposed it
	Stale               bool // what it is about was changed since
}

// What may be proposed for approval.
const (
	actPublish = "publish"
	actDossier = "dossier"
)

// subject names what would be done, with a hash of its content: what is edited afterwards is another subject.
func subject(act string, k desk.Kind, id, content string) string {
	return strings.Join([]string{act, string(k), id, content}, " ")
}

func readSubject(s string) (act string, k desk.Kind, id string, ok bool) {
	parts := strings.Split(s, " ")
	if len(parts) != 4 || parts[0] != actPublish && parts[0] != actDossier {
		return "", "", "", false
	}
	return parts[0], desk.Kind(parts[1]), parts[2], true
}

// contentOf is a hash of what readers would be shown.
func contentOf(all []*desk.Record) string {
	var lines []string
	for _, rec := range all {
		fields := map[string]any{}
		for _, f := range desk.Fields(rec.Kind) {
			if v := rec.Fields[f.Name]; v != nil && !f.Derived && f.Name != "published" && !slices.Contains(rec.Private, f.Name) {
				fields[f.Name] = v
			}
		}
		b, _ := json.Marshal(fields) // strings, numbers, lists and maps of strings
		lines = append(lines, string(rec.Kind)+" "+rec.ID+" "+string(b))
	}
	slices.Sort(lines)
	sum := sha256.Sum256([]byte(strings.Join(lines, "\n")))
	return hex.EncodeToString(sum[:16])
}

func (s *site) publishing(r *request) error { return r.showPublishing(http.StatusOK, "") }

func (r *request) showPublishing(status int, trouble string) error {
	k, err := r.publishable()
	if err != nil {
		return err
	}
	w, d := r.words(), r.s.Work.Desk
	rec, err := r.recordOf(k, r.PathValue("id"))
	if err != nil {
		return err
	}
	p := publishPage{base: r.base(w.get("publish.title")), Kind: string(k), ID: rec.ID, Name: called(rec, r.lang), Work: workHref(r.lang, k, rec.ID), Published: rec.Bool("published"), May: r.may(accounts.Publish), Error: trouble, Why: r.PostFormValue("why")}
	if lacking := w.get("wrong.why"); trouble == lacking {
		p.Error, p.WhyError = "", lacking
	}
	if p.Published {
		p.Readers = publicHref(r.lang, k, rec.ID)
	}
	var lacks []desk.Lack
	switch k {
	case desk.Case:
		lacks, err = d.Checklist(r.Context(), rec.ID)
	case desk.Claim:
		lacks, err = d.ChecklistOf(r.Context(), rec.ID)
	}
	if err != nil {
		return err
	}
	for _, l := range lacks[:min(len(lacks), 40)] {
		p.Lacks = append(p.Lacks, lackRow{w.get("lack." + l.Code), r.nameOf(desk.Claim, l.Claim), workHref(r.lang, desk.Claim, l.Claim)})
	}
	all, err := d.Reach(r.Context(), r.worker(), k, rec.ID)
	if err != nil {
		return err
	}
	p.preview(r, all)
	if p.TwoPersons, err = r.s.Accounts.TwoPersons(r.Context()); err != nil {
		return err
	}
	if err := p.waits(r, contentOf(all)); err != nil {
		return err
	}
	p.Dossier = k == desk.Case && p.Published && r.s.Work.Freeze != nil
	p.Job = r.s.jobs.row(r, "dossier "+rec.ID)
	return r.render(status, "desk-publish", p)
}

// publishable returns the kind that the path names, if its records are published by themselves.
func (r *request) publishable() (desk.Kind, error) {
	k, err := r.kindAsked()
	if err == nil && (desk.Belongs(k) != "" || k == desk.Table) {
		err = &problem{http.StatusNotFound, "error.recordkind", string(k)}
	}
	return k, err
}

const maxPreview = 25

// preview words what readers would see.
func (p *publishPage) preview(r *request, all []*desk.Record) {
	counts := map[desk.Kind]int64{}
	budget := 9000
	for _, rec := range all {
		counts[rec.Kind]++
		p.Kept += int64(len(rec.Private))
		if len(p.Rows) == maxPreview || budget < 0 {
			p.Left++
			continue
		}
		row := previewRow{Kind: string(rec.Kind), Name: called(rec, r.lang), Href: workHref(r.lang, rec.Kind, rec.ID), New: desk.Belongs(rec.Kind) == "" && !rec.Bool("published")}
		for _, f := range desk.Fields(rec.Kind) {
			v := rec.Fields[f.Name]
			switch {
			case v == nil, f.Type == desk.Data, f.Name == "published", f.Name == desk.Belongs(rec.Kind), f.Name == "order", f.Name == "file":
			case slices.Contains(rec.Private, f.Name):
				row.Private = append(row.Private, r.label(rec.Kind, f.Name))
			default:
				text := shorten(strings.ReplaceAll(r.inText(f, v), "\n", " · "), 200)
				row.Fields = append(row.Fields, extraField{r.label(rec.Kind, f.Name), text})
				budget -= weight(text) + 60
			}
		}
		p.Rows = append(p.Rows, row)
	}
	for _, k := range desk.Kinds() {
		if counts[k] > 0 {
			p.Counts = append(p.Counts, kindCount{string(k), counts[k]})
		}
	}
}

// waits lists what was proposed of the record.
func (p *publishPage) waits(r *request, content string) error {
	list, err := r.s.Accounts.Waiting(r.Context())
	if err != nil {
		return err
	}
	names, err := r.s.Accounts.Names(r.Context())
	for _, a := range list {
		act, k, id, ok := readSubject(a.Subject)
		if !ok || string(k) != p.Kind || id != p.ID {
			continue
		}
		p.Waits = append(p.Waits, approvalRow{ID: a.ID, Act: act, By: cmp.Or(names[a.ProposedBy], a.ProposedBy), Reason: shorten(a.Reason, 400), At: a.Proposed, Own: a.ProposedBy == r.viewer().ID, Stale: a.Subject != subject(act, k, id, content)})
	}
	return err
}

// publishTry does what an editor chose: publish or freeze at once, propose it, settle a proposal, withdraw.
func (s *site) publishTry(r *request) error {
	k, err := r.publishable()
	if err != nil {
		return err
	}
	rec, err := r.recordOf(k, r.PathValue("id"))
	if err != nil {
		return err
	}
	do, why := r.PostFormValue("do"), r.whyGiven()
	if why == "" {
		return r.showPublishing(http.StatusUnprocessableEntity, r.words().get("wrong.why"))
	}
	if do == actDossier && rec.Str("publisher") == "" {
		return r.showPublishing(http.StatusUnprocessableEntity, r.words().get("publish.nopublisher"))
	}
	here := "/desk/publish/" + string(k) + "/" + rec.ID
	switch do {
	case "withdraw":
		if err := s.Work.Desk.Publish(r.Context(), r.worker(), why, false, k, rec.ID); err != nil {
			return r.notPublished(err)
		}
		r.flash("publish.withdrawn")
		return r.redirect(here)
	case "approve", "turndown":
		return r.settleApproval(rec, do == "approve", why)
	case actPublish, actDossier:
	default:
		return &problem{http.StatusBadRequest, "error.form", ""}
	}
	two, err := s.Accounts.TwoPersons(r.Context())
	if err != nil {
		return err
	}
	if !two {
		return r.carryOut(do, rec, why)
	}
	if do == actPublish {
		if text, err := r.lacking(rec); text != "" || err != nil {
			return errors.Join(err, r.showPublishing(http.StatusUnprocessableEntity, text))
		}
	}
	all, err := s.Work.Desk.Reach(r.Context(), r.worker(), k, rec.ID)
	if err != nil {
		return err
	}
	if _, err := s.Accounts.Propose(r.Context(), r.viewer(), subject(do, k, rec.ID, contentOf(all)), why); err != nil {
		return r.notPublished(err)
	}
	r.flash("publish.proposed")
	return r.redirect(here)
}

// lacking says that a record cannot be published yet; "" where it can.
func (r *request) lacking(rec *desk.Record) (string, error) {
	var lacks []desk.Lack
	var err error
	switch rec.Kind {
	case desk.Case:
		lacks, err = r.s.Work.Desk.Checklist(r.Context(), rec.ID)
	case desk.Claim:
		lacks, err = r.s.Work.Desk.ChecklistOf(r.Context(), rec.ID)
	}
	if len(lacks) > 0 {
		return r.words().get("publish.lacks"), nil
	}
	return "", err
}

// settleApproval approves or turns down what was proposed, and carries out what was approved if it is still the same.
func (r *request) settleApproval(rec *desk.Record, approve bool, why string) error {
	w := r.words()
	list, err := r.s.Accounts.Waiting(r.Context())
	if err != nil {
		return err
	}
	id := r.PostFormValue("approval")
	i := slices.IndexFunc(list, func(a accounts.Approval) bool { return a.ID == id })
	if i < 0 {
		return r.showPublishing(http.StatusConflict, w.get("publish.settled"))
	}
	act, k, about, ok := readSubject(list[i].Subject)
	if !ok || k != rec.Kind || about != rec.ID {
		return &problem{http.StatusBadRequest, "error.form", ""}
	}
	all, err := r.s.Work.Desk.Reach(r.Context(), r.worker(), k, rec.ID)
	if err != nil {
		return err
	}
	if approve && list[i].Subject != subject(act, k, rec.ID, contentOf(all)) {
		return r.showPublishing(http.StatusConflict, w.get("publish.stale"))
	}
	if text, err := r.lacking(rec); approve && act == actPublish && (text != "" || err != nil) {
		return errors.Join(err, r.showPublishing(http.StatusUnprocessableEntity, text))
	}
	if err := r.s.Accounts.Settle(r.Context(), r.viewer(), id, approve); err != nil {
		return r.notPublished(err)
	}
	if !approve {
		r.flash("publish.turneddown")
		return r.redirect("/desk/publish/" + string(k) + "/" + rec.ID)
	}
	return r.carryOut(act, rec, why)
}

// carryOut publishes a record, or freezes a dossier behind the page.
func (r *request) carryOut(act string, rec *desk.Record, why string) error {
	here := "/desk/publish/" + string(rec.Kind) + "/" + rec.ID
	if act == actPublish {
		if err := r.s.Work.Desk.Publish(r.Context(), r.worker(), why, true, rec.Kind, rec.ID); err != nil {
			return r.notPublished(err)
		}
		r.flash("publish.done")
		return r.redirect(here)
	}
	if rec.Kind != desk.Case || r.s.Work.Freeze == nil || !rec.Bool("published") {
		return &problem{http.StatusBadRequest, "error.form", ""}
	}
	freeze, id := r.s.Work.Freeze, rec.ID
	r.s.jobs.start(r.s, "dossier "+id, called(rec, r.lang), r.worker().Name, func(ctx context.Context) (string, error) { return "", freeze(ctx, id) })
	r.flash("publish.freezing")
	return r.redirect(here)
}

// notPublished shows why something was not done.
func (r *request) notPublished(err error) error {
	for known, key := range map[error]string{accounts.ErrOwn: "publish.own", accounts.ErrDecided: "publish.settled", accounts.ErrReason: "wrong.why"} {
		if errors.Is(err, known) {
			return r.showPublishing(http.StatusUnprocessableEntity, r.words().get(key))
		}
	}
	var lack *desk.LackError
	if errors.As(err, &lack) {
		return r.showPublishing(http.StatusUnprocessableEntity, r.words().get("publish.lacks"))
	}
	text, err := r.refused(err)
	if err != nil {
		return err
	}
	return r.showPublishing(http.StatusUnprocessableEntity, text)
}

// sealedPage keeps notes that only their readers can open, on their own machines.
type sealedPage struct {
	base
	Item, Name, Edit string
	Notes            []string // armored, as they are kept
	Left             int64
	To               []accounts.Recipient
	Text             string // that was typed, where it was not sealed
	Error            string
	May              bool
}

func (s *site) sealed(r *request) error { return r.showSealed(http.StatusOK, "", "") }

func (r *request) showSealed(status int, text, trouble string) error {
	item, err := r.recordOf(desk.Item, r.PathValue("id"))
	if err != nil {
		return err
	}
	p := sealedPage{base: r.base(r.words().get("sealed.title")), Item: item.ID, Name: called(item, r.lang), Edit: editHref(r.lang, desk.Item, item.ID), Text: text, Error: trouble, May: r.may(accounts.Write) && !item.Removed}
	if r.s.Work.Recipients != nil {
		if p.To, err = r.s.Work.Recipients(); err != nil {
			return err
		}
	}
	all := armors(item.Str("sealed"))
	for _, a := range all {
		if len(p.Notes) < 8 {
			p.Notes = append(p.Notes, a)
		} else {
			p.Left++
		}
	}
	return r.render(status, "desk-sealed", p)
}

// armors parts sealed notes that are kept one after the other.
func armors(s string) []string {
	const end = "-----END AGE ENCRYPTED FILE-----"
	var out []string
	for part := range strings.SplitSeq(s, end) {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part+"\n"+end)
		}
	}
	return out
}

// seal encrypts a note before anything is kept of it.
func (s *site) seal(r *request) error {
	item, err := r.recordOf(desk.Item, r.PathValue("id"))
	if err != nil {
		return err
	}
	w, text := r.words(), r.PostFormValue("note")
	if strings.TrimSpace(text) == "" {
		return r.showSealed(http.StatusUnprocessableEntity, text, w.get("wrong.must"))
	}
	if len(text) > accounts.MaxSealed/4 {
		return r.showSealed(http.StatusUnprocessableEntity, text, w.get("wrong.long"))
	}
	var to []accounts.Recipient
	if s.Work.Recipients != nil {
		if to, err = s.Work.Recipients(); err != nil {
			return err
		}
	}
	armor, err := accounts.Seal([]byte(text), to)
	if errors.Is(err, accounts.ErrNobody) {
		return r.showSealed(http.StatusUnprocessableEntity, text, w.get("sealed.nobody"))
	}
	if err != nil {
		return err
	}
	for range 5 { // somebody else may add one at the same time
		kept := strings.TrimSpace(item.Str("sealed") + "\n\n" + armor)
		done, err := s.Work.Desk.Write(r.Context(), r.worker(), w.get("sealed.why"), desk.Change{Kind: desk.Item, ID: item.ID, On: item.Rev, Set: map[string]any{"sealed": kept}})
		if err != nil {
			text, wrong := r.refused(err)
			if wrong != nil {
				return wrong
			}
			return r.showSealed(http.StatusUnprocessableEntity, r.PostFormValue("note"), text)
		}
		if len(done) == 0 || len(done[0].Conflicts) == 0 {
			break
		}
		if item, err = r.recordOf(desk.Item, item.ID); err != nil {
			return err
		}
		resolved := strings.TrimSpace(item.Str("sealed") + "\n\n" + armor)
		if err := s.Work.Desk.Resolve(r.Context(), r.worker(), done[0].Conflicts[0].ID, resolved, w.get("sealed.why")); err == nil {
			break
		}
		if item, err = r.recordOf(desk.Item, item.ID); err != nil {
			return err
		}
	}
	r.flash("sealed.done")
	return r.redirect("/desk/sealed/" + item.ID)
}
