package web

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"mime"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"veedor/internal/weigh/accounts"
)

// maxForm is the most bytes that a form may have, unless its route says otherwise.
const maxForm = 256 << 10

// deskRoute is one page of the desk, or one form that is sent to it. It is the only way in for POST.
type deskRoute struct {
	method, pattern string          // below each language's prefix
	needs           accounts.Action // anybody if ""
	f               func(*request) error
	fresh           bool  // only for who proved a short time ago that it is them
	script          bool  // the page loads the script that asks for passkeys
	limit           int64 // bytes of a form; 0: maxForm
}

// deskRoutes is every page and form that needs an account, and what one must be allowed to do for it. The test of who
// may do what is made from this table.
func (s *site) deskRoutes() []deskRoute {
	return slices.Concat(s.signinRoutes(), s.accountRoutes(), s.workRoutes())
}

// desk routes what people with accounts use; nothing where there are no accounts.
func (s *site) desk(mux *http.ServeMux) {
	if s.Accounts == nil {
		return
	}
	for _, d := range s.deskRoutes() {
		for _, lang := range languages {
			mux.Handle(d.method+" "+prefix(lang)+d.pattern, s.needs(lang, d))
		}
	}
	mux.Handle("GET "+s.key, s.page(languages[0], func(r *request) error {
		return r.send(http.StatusOK, "text/javascript; charset=utf-8", "public, max-age=31536000, immutable", mustRead("static/passkey.js"))
	}))
}

// needs turns a route into a handler that lets in whom it may: the form was ours, somebody is signed in, their role
// may do it, and where that matters they proved a short time ago who they are.
func (s *site) needs(lang string, d deskRoute) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, hr *http.Request) {
		r := &request{Request: hr, w: w, s: s, lang: lang}
		r.seen.desk = true
		h := w.Header()
		h.Set("Referrer-Policy", "same-origin") // with no-referrer, browsers send "Origin: null" with forms
		if d.script {
			h.Set("Content-Security-Policy", strings.Replace(h.Get("Content-Security-Policy"), "style-src", "script-src 'self'; style-src", 1))
			r.seen.script = s.key
		}
		if err := r.admit(d); err != nil {
			r.fail(err)
		}
		if r.MultipartForm != nil {
			_ = r.MultipartForm.RemoveAll()
		}
	})
}

// admit runs a route's function, if it may be run.
func (r *request) admit(d deskRoute) error {
	if !r.encrypted() {
		return &problem{http.StatusForbidden, "error.plain", r.Host}
	}
	post := d.method == http.MethodPost
	if post {
		if err := r.readForm(d); err != nil {
			return err
		}
	}
	v := r.viewer()
	if d.needs == "" {
		if post && !r.ourForm() {
			return &problem{http.StatusForbidden, "error.form", ""}
		}
		return d.f(r)
	}
	switch {
	case !v.SignedIn() && !post:
		return r.redirect("/desk/signin?" + url.Values{"next": {r.here()}}.Encode())
	case !v.SignedIn() && (r.ourForm() || r.sameOrigin()):
		return r.askAgain()
	case post && !r.ourForm():
		return &problem{http.StatusForbidden, "error.form", ""}
	case !v.Can(d.needs):
		return &problem{http.StatusForbidden, "error.role", ""}
	case d.fresh && !r.s.Accounts.Fresh(v) && post:
		return r.askConfirm(r.keep())
	case d.fresh && !r.s.Accounts.Fresh(v):
		return r.redirect("/desk/confirm?" + url.Values{"next": {r.here()}}.Encode())
	}
	return d.f(r)
}

// readForm refuses forms that another site sent, and reads the others.
func (r *request) readForm(d deskRoute) error {
	if http.NewCrossOriginProtection().Check(r.Request) != nil {
		return &problem{http.StatusForbidden, "error.form", ""}
	}
	limit := d.limit
	if limit == 0 {
		limit = maxForm
	}
	r.Body = http.MaxBytesReader(r.w, r.Body, limit)
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case err != nil:
	case kind == "multipart/form-data":
		err = r.ParseMultipartForm(1 << 20)
	default:
		err = r.ParseForm()
	}
	var long *http.MaxBytesError
	switch {
	case errors.As(err, &long):
		return &problem{http.StatusRequestEntityTooLarge, "error.long", ""}
	case err != nil:
		return &problem{http.StatusBadRequest, "error.form", ""}
	}
	return nil
}

// seen is what is known of who asks.
type seen struct {
	desk   bool // a page of the desk: never cached
	looked bool // the answer may differ by who asks
	viewer accounts.Viewer
	token  string // of the browser
	script string // of the page
}

// viewer returns who asks: the zero Viewer for anybody. An answer for which it was called is not cached for others.
func (r *request) viewer() accounts.Viewer {
	if r.s.Accounts == nil || r.seen.looked {
		return r.seen.viewer
	}
	r.seen.looked = true
	c, err := r.Cookie(r.cookie())
	if err != nil || len(c.Value) > 100 || !r.encrypted() {
		return accounts.Viewer{}
	}
	r.look(c.Value)
	return r.seen.viewer
}

// look finds out who holds a token.
func (r *request) look(token string) {
	v, err := r.s.Accounts.Session(r.Context(), token)
	if err != nil && !errors.Is(err, accounts.ErrNoSession) {
		r.s.Log.Error("read session", "error", err)
	}
	r.seen.token, r.seen.viewer = token, v // the zero Viewer with an error
}

// cache returns how an answer may be cached: what somebody sees who is signed in, not at all.
func (r *request) cache(public string) string {
	if r.seen.desk || r.once || r.seen.viewer.SignedIn() {
		return "private, no-store"
	}
	return public
}

func (r *request) vary(by string) string {
	if r.seen.looked {
		by += ", Cookie"
	}
	return by
}

// hostname is what the page was asked for by, without a port.
func (r *request) hostname() string {
	return strings.ToLower((&url.URL{Host: r.Host}).Hostname())
}

// fromHere says whether the other end is on this machine: a person, a proxy, or Tor.
func (r *request) fromHere() bool {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	ip := net.ParseIP(host)
	return err == nil && ip != nil && ip.IsLoopback()
}

// origin returns the page's own, as far as the server can know: the proxy before it, or the configuration, says that
// there is TLS.
func (r *request) origin() string {
	if r.TLS != nil || slices.Contains(r.s.Accounts.Origins, "https://"+r.Host) || r.fromHere() && r.Header.Get("X-Forwarded-Proto") == "https" {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// secure says whether a browser will send Secure cookies: over TLS, and to onion services.
func (r *request) secure() bool {
	return strings.HasPrefix(r.origin(), "https:") || strings.HasSuffix(r.hostname(), ".onion")
}

// encrypted says whether nobody between browser and server can read along.
func (r *request) encrypted() bool {
	host := r.hostname()
	ip := net.ParseIP(host)
	return r.secure() || r.fromHere() && (host == "localhost" || ip != nil && ip.IsLoopback())
}

// source tells people apart who try to sign in; "" where all come through the same door.
func (r *request) source() string {
	if !r.fromHere() {
		host, _, _ := net.SplitHostPort(r.RemoteAddr)
		return host
	}
	if strings.HasSuffix(r.hostname(), ".onion") {
		return "" // Tor adds nothing; whatever is there, the other end wrote
	}
	all := strings.Split(r.Header.Get("X-Forwarded-For"), ",")
	return strings.TrimSpace(all[len(all)-1]) // the proxy on this machine appended it
}

// cookie is the name of the only cookie: the prefix keeps other hosts from setting it, and needs Secure.
func (r *request) cookie() string {
	if r.secure() {
		return "__Host-veedor"
	}
	return "veedor"
}

// hold gives the browser a token, which it has until it is closed.
func (r *request) hold(token string) {
	r.look(token)
	http.SetCookie(r.w, &http.Cookie{Name: r.cookie(), Value: token, Path: "/", Secure: r.secure(), HttpOnly: true, SameSite: http.SameSiteLaxMode})
}

// hasCookie says whether somebody asks who may be signed in.
func (r *request) hasCookie() bool {
	if r.Header.Get("Cookie") == "" {
		return false
	}
	_, plain := r.Cookie("veedor")
	_, secure := r.Cookie("__Host-veedor")
	return plain == nil || secure == nil
}

// browserToken returns the browser's token, and gives it one if it has none: forms are bound to it.
func (r *request) browserToken() (string, error) {
	r.viewer()
	if r.seen.token != "" {
		return r.seen.token, nil
	}
	token, err := r.s.Accounts.NewToken()
	if err == nil {
		r.hold(token)
	}
	return token, err
}

// ourForm says whether a form was made for this browser.
func (r *request) ourForm() bool {
	r.viewer()
	return r.s.Accounts.CheckForm(r.seen.token, r.PostFormValue("form"))
}

// sameOrigin says whether the browser itself says that a page of ours sent a form.
func (r *request) sameOrigin() bool {
	return r.Header.Get("Sec-Fetch-Site") == "same-origin" || r.Header.Get("Origin") == r.origin()
}

// here is the page's own address, to come back to.
func (r *request) here() string { return local(r.URL.RequestURI(), "/") }

// local returns an address if it is one of this site's, otherwise another.
func local(address, otherwise string) string {
	u, err := url.Parse(address)
	switch {
	case err != nil, len(address) > 2000, !strings.HasPrefix(address, "/"), strings.HasPrefix(address, "//"), u.Host != "", u.Scheme != "",
		strings.ContainsFunc(address, func(c rune) bool { return c < ' ' || c == '\\' || c == 0x7f }), strings.Contains(u.Path, "//"), strings.Contains(u.Path, "\\"):
		return otherwise
	}
	return address
}

// redirect sends the browser to another page of ours, in the same language where the path has none.
func (r *request) redirect(to string) error {
	if to = local(to, "/desk/account"); to == "/desk" || strings.HasPrefix(to, "/desk/") {
		to = prefix(r.lang) + to
	}
	r.w.Header().Set("Location", to)
	return r.send(http.StatusSeeOther, "text/plain; charset=utf-8", "no-store", nil)
}

// landing is where somebody comes who has just signed in.
func (s *site) landing() string {
	if s.Work != nil {
		return "/desk"
	}
	return "/desk/account"
}

// note is a message for the next page, as it is kept with the session.
type note struct {
	Key  string
	Args []string
}

// flash leaves a message for the next page that the viewer sees: the text of key, with its blanks filled.
func (r *request) flash(key string, args ...string) {
	text, err := json.Marshal(note{key, args})
	if err == nil {
		err = r.s.Accounts.Leave(r.Context(), r.viewer(), string(text))
	}
	if err != nil {
		r.s.Log.Error("leave note", "error", err)
	}
}

// left returns the message that was left, in the page's language.
func (r *request) left() string {
	text, err := r.s.Accounts.Note(r.Context(), r.viewer())
	if err != nil {
		r.s.Log.Error("read note", "error", err)
	}
	var n note
	if text == "" || json.Unmarshal([]byte(text), &n) != nil {
		return ""
	}
	args := make([]any, len(n.Args))
	for i, a := range n.Args {
		args[i] = isolate(shorten(a, 80))
	}
	return r.words().get(n.Key, args...)
}

// deskBar is what pages of the desk have above their content.
type deskBar struct {
	Viewer     accounts.Viewer
	Form       string // the token of the page's forms
	Note       string // what was just done
	Script     string // "": none
	Administer bool
	Work       bool // people work here
	Write      bool
}

// deskBar returns it for pages of the desk, nil for others.
func (r *request) deskBar() *deskBar {
	if !r.seen.desk || !r.encrypted() {
		return nil
	}
	b := &deskBar{Viewer: r.viewer(), Script: r.seen.script, Administer: r.viewer().Can(accounts.Administer), Work: r.s.Work != nil, Write: r.viewer().Can(accounts.Write)}
	token, err := r.browserToken()
	if err != nil {
		r.s.Log.Error("make token", "error", err)
	}
	b.Form = r.s.Accounts.FormToken(token)
	if b.Viewer.SignedIn() && r.Method == http.MethodGet {
		b.Note = r.left()
	}
	return b
}

// hashed returns the path under which an embedded file is sent, which changes with it.
func hashed(name string) string {
	sum := sha256.Sum256(mustRead(name))
	dot := strings.LastIndexByte(name, '.')
	return "/" + name[:dot] + "." + hex.EncodeToString(sum[:6]) + name[dot:]
}
