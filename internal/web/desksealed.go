package web

import (
	"errors"
	"net/http"
	"strings"

	"veedor/internal/weigh/accounts"
	"veedor/internal/weigh/desk"
)

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
