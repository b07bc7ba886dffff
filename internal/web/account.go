package web

import (
	"errors"
	"net/http"
	"strconv"

	"veedor/internal/weigh/accounts"
)

func (s *site) accountRoutes() []deskRoute {
	own, admin := accounts.Own, accounts.Administer
	return []deskRoute{
		{method: "GET", pattern: "/desk/account", needs: own, f: s.account, script: true},
		{method: "POST", pattern: "/desk/account/password", needs: own, f: s.setPassword, fresh: true, script: true},
		{method: "POST", pattern: "/desk/account/factor", needs: own, f: s.setFactor, fresh: true, script: true},
		{method: "POST", pattern: "/desk/account/codes", needs: own, f: s.makeCodes, fresh: true, script: true},
		{method: "POST", pattern: "/desk/account/passkey", needs: own, f: s.addPasskey, fresh: true, script: true},
		{method: "POST", pattern: "/desk/account/unpasskey", needs: own, f: s.removePasskey, fresh: true, script: true},
		{method: "POST", pattern: "/desk/account/end", needs: own, f: s.endSession},
		{method: "POST", pattern: "/desk/account/endothers", needs: own, f: s.endOthers},

		{method: "GET", pattern: "/desk/people", needs: admin, f: s.people},
		{method: "POST", pattern: "/desk/people/invite", needs: admin, f: s.invite, fresh: true, script: true},
		{method: "POST", pattern: "/desk/people/role", needs: admin, f: s.setRole, fresh: true, script: true},
		{method: "POST", pattern: "/desk/people/disable", needs: admin, f: s.disable(true), fresh: true, script: true},
		{method: "POST", pattern: "/desk/people/enable", needs: admin, f: s.disable(false), fresh: true, script: true},
		{method: "POST", pattern: "/desk/people/reset", needs: admin, f: s.reset, fresh: true, script: true},
		{method: "GET", pattern: "/desk/audit", needs: admin, f: s.audit},
	}
}

// accountPage is somebody's own account: how they sign in, and where they are.
type accountPage struct {
	base
	Ways     accounts.Ways
	Error    string
	Password []field
	Factor   []field
	Secret   accounts.Secret
	Sessions []accounts.Session
	Passkey  passkeyForm
}

func (s *site) account(r *request) error { return r.showAccount(http.StatusOK, nil) }

func (r *request) showAccount(status int, wrong error) error {
	w, v, a := r.words(), r.viewer(), r.s.Accounts
	p := accountPage{base: r.base(w.get("account.title"))}
	var err error
	if p.Ways, err = a.Ways(r.Context(), v); err != nil {
		return err
	}
	if p.Secret, err = a.ProposeFactor(r.Context(), v); err != nil {
		return err
	}
	if p.Sessions, err = a.Sessions(r.Context(), v); err != nil {
		return err
	}
	p.Password = []field{
		{Name: "password", Label: w.get("account.newpassword"), Type: "password", Auto: "new-password", Hint: w.get("join.password.hint", strconv.Itoa(accounts.MinPassword))},
		{Name: "repeat", Label: w.get("join.repeat"), Type: "password", Auto: "new-password"},
	}
	p.Factor = []field{{Name: "code", Label: w.get("join.code"), Type: "text", Auto: "one-time-code"}}
	if wrong != nil {
		if p.Error = r.beside(p.Password, wrong); p.Error != w.get("trouble.see") {
			p.Error = r.beside(p.Factor, wrong)
		}
	}
	token, err := r.browserToken()
	if err != nil {
		return err
	}
	p.Passkey = passkeyForm{Kind: "create", To: prefix(r.lang) + "/desk/account/passkey", Form: a.FormToken(token), Submit: w.get("account.addpasskey"),
		Fields: []field{{Name: "label", Label: w.get("account.label"), Type: "text", Auto: "off", Hint: w.get("account.label.hint")}}}
	p.Passkey.Ceremony, err = a.OfferPasskey(r.Context(), v, r.origin(), token)
	if p.Passkey.Elsewhere = errors.Is(err, accounts.ErrNoParty); err != nil && !p.Passkey.Elsewhere {
		return err
	}
	return r.render(status, "account", p)
}

// changed goes back to the account after a change, with the session's new token; or shows what was wrong.
func (r *request) changed(token string, err error, done string) error {
	if err != nil {
		if _, key := trouble(err); key == "" {
			return err
		}
		return r.showAccount(http.StatusUnprocessableEntity, err)
	}
	if token != "" {
		r.hold(token)
	}
	r.flash(done)
	return r.redirect("/desk/account")
}

func (s *site) setPassword(r *request) error {
	if r.PostFormValue("password") != r.PostFormValue("repeat") {
		return r.changed("", errRepeat, "")
	}
	token, err := s.Accounts.SetPassword(r.Context(), r.viewer(), r.PostFormValue("password"))
	return r.changed(token, err, "account.done.password")
}

func (s *site) setFactor(r *request) error {
	token, codes, err := s.Accounts.SetFactor(r.Context(), r.viewer(), r.PostFormValue("code"))
	if err != nil {
		return r.changed("", err, "")
	}
	r.hold(token)
	return r.showCodes(codes)
}

func (s *site) makeCodes(r *request) error {
	codes, err := s.Accounts.MakeCodes(r.Context(), r.viewer())
	if err != nil {
		return err
	}
	return r.showCodes(codes)
}

// codesPage shows recovery codes, once.
type codesPage struct {
	base
	Codes []string
}

func (r *request) showCodes(codes []string) error {
	return r.render(http.StatusOK, "codes", codesPage{r.base(r.words().get("codes.title")), codes})
}

func (s *site) addPasskey(r *request) error {
	f := r.answered()
	if f == nil {
		return r.changed("", accounts.ErrPasskey, "")
	}
	token, err := s.Accounts.AddPasskey(r.Context(), r.viewer(), f)
	return r.changed(token, err, "account.done.passkey")
}

func (s *site) removePasskey(r *request) error {
	token, err := s.Accounts.RemovePasskey(r.Context(), r.viewer(), r.PostFormValue("id"))
	return r.changed(token, err, "account.done.unpasskey")
}

func (s *site) endSession(r *request) error {
	id := r.PostFormValue("id")
	if id == r.viewer().Session {
		return s.signout(r)
	}
	return r.changed("", s.Accounts.End(r.Context(), r.viewer(), id), "account.done.ended")
}

func (s *site) endOthers(r *request) error {
	return r.changed("", s.Accounts.EndOthers(r.Context(), r.viewer()), "account.done.ended")
}
