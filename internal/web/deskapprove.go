package web

import (
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
