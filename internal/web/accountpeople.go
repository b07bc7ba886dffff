package web

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"veedor/internal/weigh/accounts"
)

// peoplePage is everybody with an account, for administrators.
type peoplePage struct {
	base
	People     []accounts.Person
	Roles      []accounts.Role
	Actions    []accounts.Action
	TwoPersons bool
	Error      string
}

func (s *site) people(r *request) error { return r.showPeople(http.StatusOK, nil) }

func (r *request) showPeople(status int, wrong error) error {
	p := peoplePage{base: r.base(r.words().get("people.title")), Roles: accounts.Roles(), Actions: accounts.Actions(), Error: r.beside(nil, wrong)}
	var err error
	if p.People, err = r.s.Accounts.People(r.Context()); err != nil {
		return err
	}
	if p.TwoPersons, err = r.s.Accounts.TwoPersons(r.Context()); err != nil {
		return err
	}
	return r.render(status, "people", p)
}

// Can says whether a role may do something.
func (p peoplePage) Can(role accounts.Role, a accounts.Action) bool { return accounts.Can(role, a) }

// linkPage shows a one-time link, once.
type linkPage struct {
	base
	Text, Href string
	Expires    time.Time
}

func (r *request) showLink(text, token string, expires time.Time) error {
	p := linkPage{base: r.base(r.words().get("link.title")), Text: text, Expires: expires, Href: r.origin() + prefix(r.lang) + accounts.Path + token}
	return r.render(http.StatusOK, "link", p)
}

// settled goes back to the people after a change, or shows what was wrong.
func (r *request) settled(err error, done, name string) error {
	if err != nil {
		if _, key := trouble(err); key == "" {
			return err
		}
		return r.showPeople(http.StatusUnprocessableEntity, err)
	}
	r.flash(done, name)
	return r.redirect("/desk/people")
}

// person returns whom a form is about.
func (r *request) person() (accounts.Person, error) {
	list, err := r.s.Accounts.People(r.Context())
	for _, p := range list {
		if p.ID == r.PostFormValue("id") {
			return p, nil
		}
	}
	if err == nil {
		err = accounts.ErrNotFound
	}
	return accounts.Person{}, err
}

func (s *site) invite(r *request) error {
	role, err := accounts.ParseRole(r.PostFormValue("role"))
	if err != nil {
		return &problem{http.StatusBadRequest, "error.form", ""}
	}
	token, expires, err := s.Accounts.Invite(r.Context(), r.viewer().ID, role)
	if err != nil {
		return err
	}
	w := r.words()
	return r.showLink(w.get("link.invite", w.get("role."+string(role))), token, expires)
}

func (s *site) reset(r *request) error {
	p, err := r.person()
	if err != nil {
		return r.settled(err, "", "")
	}
	token, expires, err := s.Accounts.ResetLink(r.Context(), r.viewer().ID, p.ID)
	if err != nil {
		return err
	}
	return r.showLink(r.words().get("link.reset", isolate(p.Name)), token, expires)
}

func (s *site) setRole(r *request) error {
	role, err := accounts.ParseRole(r.PostFormValue("role"))
	if err != nil {
		return &problem{http.StatusBadRequest, "error.form", ""}
	}
	p, err := r.person()
	if err == nil {
		err = s.Accounts.SetRole(r.Context(), r.viewer().ID, p.ID, role)
	}
	return r.settled(err, "people.done.role", p.Name)
}

func (s *site) disable(disable bool) func(*request) error {
	done := "people.done.enabled"
	if disable {
		done = "people.done.disabled"
	}
	return func(r *request) error {
		p, err := r.person()
		if err == nil {
			err = s.Accounts.Disable(r.Context(), r.viewer().ID, p.ID, disable)
		}
		return r.settled(err, done, p.Name)
	}
}

// onAudit is how many events a page of the audit has.
const onAudit = 100

// auditRow is one event in words.
type auditRow struct {
	accounts.Event
	Who, By string // names
	Text    string
}

// auditPage is what was allowed and refused, the newest first.
type auditPage struct {
	base
	Rows       []auditRow
	Total      int
	Prev, Next string
}

func (s *site) audit(r *request) error {
	page, _ := strconv.Atoi(r.URL.Query().Get("page"))
	page = min(max(page, 1), 1_000_000)
	events, total, err := s.Accounts.Audit((page-1)*onAudit, onAudit)
	if err != nil {
		return err
	}
	names, err := s.Accounts.Names(r.Context())
	if err != nil {
		return err
	}
	w := r.words()
	called := func(id string) string {
		switch {
		case id == accounts.Terminal:
			return w.get("audit.terminal")
		case names[id] != "":
			return names[id]
		case id != "":
			return id
		}
		return ""
	}
	p := auditPage{base: r.base(w.get("audit.title")), Total: total}
	for _, e := range events {
		row := auditRow{Event: e, Who: called(e.Person), By: called(e.By), Text: w.get("audit." + auditKey(e.Kind))}
		row.Detail = detail(w, e.Detail)
		if e.Person == e.By {
			row.By = ""
		}
		p.Rows = append(p.Rows, row)
	}
	at := func(n int) string { return prefix(r.lang) + "/desk/audit?page=" + strconv.Itoa(n) }
	if page > 1 {
		p.Prev = at(page - 1)
	}
	if page*onAudit < total {
		p.Next = at(page + 1)
	}
	return r.render(http.StatusOK, "audit", p)
}

// auditKey is the key of an event's text: its kind without spaces.
func auditKey(kind string) string {
	var key []byte
	for i := range len(kind) {
		if kind[i] != ' ' {
			key = append(key, kind[i])
		}
	}
	return string(key)
}

// detail words what an event says beside its kind: roles and ways have words, the rest is as it is.
func detail(w words, text string) string {
	parts := strings.Split(text, " → ")
	for i, p := range parts {
		for _, key := range []string{"role." + p, "audit.with." + p} {
			if word, ok := w[key]; ok {
				parts[i] = word
			}
		}
	}
	return strings.Join(parts, " → ")
}
