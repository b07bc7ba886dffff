package web

import (
	"errors"
	"html/template"
	"net/http"
	"strconv"
	"time"

	"veedor/internal/weigh/accounts"
)

func (s *site) signinRoutes() []deskRoute {
	return []deskRoute{
		{method: "GET", pattern: "/desk/signin", f: s.signin, script: true},
		{method: "POST", pattern: "/desk/signin", f: s.signinTry, script: true, limit: maxSignin},
		{method: "POST", pattern: "/desk/signout", needs: accounts.Own, f: s.signout},
		{method: "GET", pattern: "/desk/confirm", needs: accounts.Own, f: s.confirm, script: true},
		{method: "POST", pattern: "/desk/confirm", needs: accounts.Own, f: s.confirmTry, script: true, limit: maxSignin},
		{method: "GET", pattern: "/desk/join/{token}", f: s.join, script: true},
		{method: "POST", pattern: "/desk/join/{token}", f: s.joinTry, script: true},
	}
}

// field is one input of a form, with what is wrong with it beside it.
type field struct {
	Name, Label, Value string
	Type               string // of the input
	Auto               string // what browsers may fill in
	Hint, Error        string
}

// inputs are the fields of a form, as their template takes them.
type inputs struct {
	Of     string // sets the form apart from others on the page
	Fields []field
}

// drawnSecret is a second factor as its template takes it.
type drawnSecret struct {
	accounts.Secret
	Around int          // side of the QR code with its quiet zone
	Safe   template.URL // html/template would not trust otpauth:
}

func drawn(s accounts.Secret) drawnSecret { return drawnSecret{s, s.Side + 8, template.URL(s.Link)} }

// passkeyForm asks for a passkey, where there is a script to do so.
type passkeyForm struct {
	Kind      string // get, create
	To        string // the form's address
	Ceremony  accounts.Ceremony
	Form      string
	Next      string
	Kept      string
	Fields    []field // beside the button
	Submit    string
	Elsewhere bool // passkeys do not work at this address
}

// signinPage is where somebody says who they are: to sign in, or again.
type signinPage struct {
	base
	To, Next, Kept string
	Intro          string // why it is asked
	Error          string
	Fields         []field
	Submit         string
	Passkey        passkeyForm
}

// ask shows the form to sign in, or the one to confirm who somebody is.
func (r *request) ask(status int, confirm bool, next, kept, trouble string) error {
	w := r.words()
	p := signinPage{Next: local(next, ""), Kept: kept, Error: trouble, To: prefix(r.lang) + "/desk/signin", Submit: w.get("signin.submit")}
	p.base = r.base(w.get("signin.title"))
	code := field{Name: "code", Label: w.get("signin.code"), Type: "text", Auto: "one-time-code", Hint: w.get("signin.code.hint")}
	submit := w.get("signin.passkey")
	if confirm {
		p.base.Title, p.To, p.Submit, submit = w.get("confirm.title"), prefix(r.lang)+"/desk/confirm", w.get("confirm.submit"), w.get("confirm.passkey")
		p.Intro = w.get("confirm.intro")
		p.Fields = []field{code}
	} else {
		p.Fields = []field{
			{Name: "name", Label: w.get("signin.name"), Type: "text", Auto: "username webauthn", Value: shorten(r.PostFormValue("name"), 40)},
			{Name: "password", Label: w.get("signin.password"), Type: "password", Auto: "current-password"},
			code,
		}
	}
	switch kept := readKept(kept) != nil; {
	case kept && confirm:
		p.Intro += w["join.sentence"] + w.get("confirm.kept")
	case kept:
		p.Intro = w.get("signin.kept")
	}
	token, err := r.browserToken()
	if err != nil {
		return err
	}
	p.Passkey = passkeyForm{Kind: "get", To: p.To, Form: r.s.Accounts.FormToken(token), Next: p.Next, Kept: kept, Submit: submit}
	p.Passkey.Ceremony, err = r.s.Accounts.AskPasskey(r.origin(), token)
	if p.Passkey.Elsewhere = errors.Is(err, accounts.ErrNoParty); err != nil && !p.Passkey.Elsewhere {
		return err
	}
	return r.render(status, "signin", p)
}

// askAgain shows the form to sign in where a form came after the session had ended, and keeps what was typed.
func (r *request) askAgain() error {
	kept, why := r.keep(), "signin.ended"
	if kept != "" {
		why = ""
	}
	return r.ask(http.StatusUnauthorized, false, "", kept, r.words().get(why))
}

func (r *request) askConfirm(kept string) error {
	return r.ask(http.StatusForbidden, true, "/desk/account", kept, "")
}

func (s *site) signin(r *request) error {
	next := r.URL.Query().Get("next")
	if r.viewer().SignedIn() {
		return r.redirect(local(next, r.s.landing()))
	}
	return r.ask(http.StatusOK, false, next, "", "")
}

// answered returns what a browser gave back for a passkey; nil where it gave nothing.
func (r *request) answered() *accounts.Finished {
	answer := r.PostFormValue("answer")
	if answer == "" {
		return nil
	}
	return &accounts.Finished{Origin: r.origin(), Token: r.seen.token, State: r.PostFormValue("state"), Answer: answer, Label: r.PostFormValue("label")}
}

func (s *site) signinTry(r *request) error {
	next, kept := r.PostFormValue("next"), r.PostFormValue("kept")
	var token string
	var err error
	if f := r.answered(); f != nil {
		token, err = s.Accounts.SignInPasskey(r.Context(), f)
	} else {
		token, err = s.Accounts.SignIn(r.Context(), accounts.Attempt{
			Name: r.PostFormValue("name"), Password: r.PostFormValue("password"), Code: r.PostFormValue("code"), Source: r.source()})
	}
	if err != nil {
		return r.wrong(err, false, next, kept)
	}
	r.hold(token)
	return r.goOn(kept, next)
}

// wrong shows the form again, with what was wrong; an error that is nobody's fault is returned.
func (r *request) wrong(err error, confirm bool, next, kept string) error {
	w := r.words()
	var many *accounts.TooMany
	switch {
	case errors.As(err, &many):
		wait := many.Wait.Round(time.Second) + time.Second
		r.w.Header().Set("Retry-After", strconv.Itoa(int(wait.Seconds())))
		return r.ask(http.StatusTooManyRequests, confirm, next, kept, w.get("signin.toomany", wait.String()))
	case errors.Is(err, accounts.ErrRefused):
		return r.ask(http.StatusUnauthorized, confirm, next, kept, w.get("signin.refused"))
	case errors.Is(err, accounts.ErrCode):
		return r.ask(http.StatusUnauthorized, confirm, next, kept, w.get("trouble.code"))
	case errors.Is(err, accounts.ErrExpired):
		return r.ask(http.StatusUnauthorized, confirm, next, kept, w.get("trouble.expired"))
	case errors.Is(err, accounts.ErrPasskey), errors.Is(err, accounts.ErrReplayed), errors.Is(err, accounts.ErrNoParty):
		return r.ask(http.StatusUnauthorized, confirm, next, kept, w.get("trouble.passkey"))
	}
	return err
}

func (s *site) signout(r *request) error {
	if err := s.Accounts.SignOut(r.Context(), r.viewer()); err != nil {
		return err
	}
	http.SetCookie(r.w, &http.Cookie{Name: r.cookie(), Path: "/", MaxAge: -1, Secure: r.secure(), HttpOnly: true, SameSite: http.SameSiteLaxMode})
	r.w.Header().Set("Clear-Site-Data", `"cache"`)
	return r.redirect("/desk/signin")
}

func (s *site) confirm(r *request) error {
	next := r.URL.Query().Get("next")
	if s.Accounts.Fresh(r.viewer()) {
		return r.redirect(local(next, r.s.landing()))
	}
	return r.ask(http.StatusOK, true, next, "", "")
}

func (s *site) confirmTry(r *request) error {
	next, kept := r.PostFormValue("next"), r.PostFormValue("kept")
	var token string
	var err error
	if f := r.answered(); f != nil {
		token, err = s.Accounts.ConfirmPasskey(r.Context(), r.viewer(), f)
	} else {
		token, err = s.Accounts.Confirm(r.Context(), r.viewer(), r.PostFormValue("code"))
	}
	if err != nil {
		return r.wrong(err, true, next, kept)
	}
	r.hold(token)
	return r.goOn(kept, next)
}

// joinPage is what a one-time link opens: an account is made, or its ways to sign in are set anew.
type joinPage struct {
	base
	Link    accounts.Link
	To      string
	Error   string
	Fields  []field
	Secret  accounts.Secret
	Passkey passkeyForm
}

func (s *site) join(r *request) error { return r.showJoin(http.StatusOK, nil) }

// showJoin shows the form of a link, and what was wrong with what was given.
func (r *request) showJoin(status int, wrong error) error {
	w, link := r.words(), r.PathValue("token")
	l, secret, err := r.s.Accounts.OpenLink(r.Context(), link)
	if errors.Is(err, accounts.ErrLink) {
		return &problem{http.StatusGone, "error.link", ""}
	}
	if err != nil {
		return err
	}
	title := w.get("join.title")
	if l.Name != "" {
		title = w.get("join.title.reset", isolate(l.Name))
	}
	p := joinPage{base: r.base(title), Link: l, Secret: secret, To: r.URL.EscapedPath()}
	if p.Desk.Viewer.SignedIn() {
		return &problem{http.StatusConflict, "error.signedin", p.Desk.Viewer.Name}
	}
	name := field{Name: "name", Label: w.get("signin.name"), Type: "text", Auto: "username", Value: shorten(r.PostFormValue("name"), 40), Hint: w.get("join.name.hint")}
	if l.Name == "" {
		p.Fields = append(p.Fields, name)
		p.Passkey.Fields = append(p.Passkey.Fields, name)
	}
	p.Fields = append(p.Fields,
		field{Name: "password", Label: w.get("signin.password"), Type: "password", Auto: "new-password", Hint: w.get("join.password.hint", strconv.Itoa(accounts.MinPassword))},
		field{Name: "repeat", Label: w.get("join.repeat"), Type: "password", Auto: "new-password"},
		field{Name: "code", Label: w.get("join.code"), Type: "text", Auto: "one-time-code"})
	p.Error = r.beside(p.Fields, wrong)
	if r.PostFormValue("state") != "" && len(p.Passkey.Fields) > 0 {
		r.beside(p.Passkey.Fields, wrong)
	}
	token, err := r.browserToken()
	if err != nil {
		return err
	}
	p.Passkey.Kind, p.Passkey.To, p.Passkey.Form, p.Passkey.Submit = "create", p.To, r.s.Accounts.FormToken(token), w.get("join.passkey")
	p.Passkey.Ceremony, err = r.s.Accounts.OfferJoinPasskey(r.Context(), link, r.origin(), token)
	if p.Passkey.Elsewhere = errors.Is(err, accounts.ErrNoParty); err != nil && !p.Passkey.Elsewhere {
		return err
	}
	return r.render(status, "join", p)
}

// errRepeat says that the password was typed differently the second time.
var errRepeat = errors.New("the two passwords differ")

// trouble returns the field that an error is about, "" for the whole form, and the key of its text; no key where it is
// nobody's fault.
func trouble(err error) (name, key string) {
	for _, t := range []struct {
		err       error
		name, key string
	}{
		{accounts.ErrName, "name", "trouble.name"},
		{accounts.ErrTaken, "name", "trouble.taken"},
		{accounts.ErrShort, "password", "trouble.short"},
		{accounts.ErrLong, "password", "trouble.long"},
		{accounts.ErrCommon, "password", "trouble.common"},
		{errRepeat, "repeat", "trouble.repeat"},
		{accounts.ErrCode, "code", "trouble.code"},
		{accounts.ErrExpired, "", "trouble.expired"},
		{accounts.ErrPasskey, "", "trouble.passkey"},
		{accounts.ErrReplayed, "", "trouble.passkey"},
		{accounts.ErrNoParty, "", "trouble.passkey"},
		{accounts.ErrLast, "", "trouble.last"},
		{accounts.ErrLastKey, "", "trouble.lastkey"},
		{accounts.ErrNotFound, "", "trouble.nobody"},
	} {
		if errors.Is(err, t.err) {
			return t.name, t.key
		}
	}
	return "", ""
}

// beside puts an error's text at the field that it is about, and returns what to say above the form.
func (r *request) beside(fields []field, err error) string {
	if err == nil {
		return ""
	}
	name, key := trouble(err)
	for i := range fields {
		if fields[i].Name == name {
			fields[i].Error = r.words().get(key)
			return r.words().get("trouble.see")
		}
	}
	return r.words().get(key)
}

func (s *site) joinTry(r *request) error {
	j := accounts.Joining{Name: r.PostFormValue("name"), Password: r.PostFormValue("password"), Code: r.PostFormValue("code"), Passkey: r.answered()}
	if r.viewer().SignedIn() {
		return &problem{http.StatusConflict, "error.signedin", r.viewer().Name}
	}
	var out accounts.JoinedAs
	err := errRepeat
	if j.Passkey != nil || j.Password == r.PostFormValue("repeat") {
		out, err = s.Accounts.Join(r.Context(), r.PathValue("token"), j)
	}
	switch _, key := trouble(err); {
	case errors.Is(err, accounts.ErrLink):
		return &problem{http.StatusGone, "error.link", ""}
	case err != nil && key == "":
		return err
	case err != nil:
		return r.showJoin(http.StatusUnprocessableEntity, err)
	}
	r.hold(out.Token)
	if len(out.Recovery) == 0 {
		return r.redirect("/desk/account")
	}
	return r.showCodes(out.Recovery)
}
