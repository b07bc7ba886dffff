package web

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"veedor/internal/weigh/accounts"
	"veedor/internal/weigh/desk"
)

// editPage is the form of a record, for every kind.
type editPage struct {
	base
	Kind, ID  string
	Name      string
	To        string // where the form is sent
	Rev       int
	Shown     string // names of the fields that the form has
	Type      string // of evidence
	Groups    []workGroup
	Extra     []extraField
	Why       string
	WhyNeeded bool
	WhyError  string
	Wrong     []pick // the fields that something is wrong with
	Error     string
	May       bool // write
	New       bool
	Removed   bool
	Published bool
	Readers   string // where readers see it
	Publish   string // where it is published
	Belongs   string // where what it belongs to is worked on
	Conflicts int64
	Updated   time.Time
	By        string
	Measured  *measuredNow
	Also      []pick // what else can be done with it
}

// extraField is another base's column, as it came.
type extraField struct{ Name, Value string }

// editing is one form of a record on its way: what it was made of and what was typed.
type editing struct {
	kind   desk.Kind
	id     string // "" for a new record
	rev    int
	fields []desk.Field
	values url.Values
	wrong  map[string]string
	found  map[string][]pick // by field
	now    *desk.Record
	events []desk.Event
}

func (s *site) newRecord(r *request) error {
	k, err := r.kindAsked()
	if err != nil {
		return err
	}
	q := r.URL.Query()
	e := &editing{kind: k, fields: formFields(k, q.Get("type")), values: url.Values{}, wrong: map[string]string{}}
	if e.values = valuesOf(&desk.Record{Kind: k}, e.fields); k == desk.Score {
		return r.redirect("/desk/records/item") // scores are given on a page of their own
	}
	for _, f := range e.fields {
		if v := shorten(q.Get(f.Name), 2000); v != "" && f.Type != desk.Words {
			e.values.Set("f."+f.Name, v)
		}
	}
	return r.showEdit(http.StatusOK, e, "", "")
}

func (s *site) editRecord(r *request) error {
	e, err := r.beginEdit()
	if err != nil {
		return err
	}
	e.values = valuesOf(recordAt(e.kind, e.events, e.now.Rev), e.fields)
	e.rev = e.now.Rev
	return r.showEdit(http.StatusOK, e, "", "")
}

// beginEdit reads the record that the path names, with its history.
func (r *request) beginEdit() (*editing, error) {
	k, err := r.kindAsked()
	if err != nil {
		return nil, err
	}
	e := &editing{kind: k, id: r.PathValue("id"), wrong: map[string]string{}}
	if e.now, err = r.recordOf(k, e.id); err != nil {
		return nil, err
	}
	if e.events, err = r.s.Work.Desk.History(r.Context(), r.worker(), k, e.id); err != nil {
		return nil, err
	}
	e.fields = formFields(k, e.now.Str("type"))
	return e, nil
}

// saveRecord takes a form: it looks something up for it, or writes what was changed in it.
func (s *site) saveRecord(r *request) error {
	e := &editing{wrong: map[string]string{}}
	var err error
	if r.PathValue("id") != "" {
		e, err = r.beginEdit()
	} else {
		e.kind, err = r.kindAsked()
	}
	if err != nil {
		return err
	}
	if e.kind == desk.Score {
		return &problem{http.StatusBadRequest, "error.form", ""} // scores have a page of their own
	}
	e.values = url.Values{}
	for name, list := range r.PostForm {
		for _, v := range list {
			e.values.Add(name, strings.ReplaceAll(v, "\r\n", "\n"))
		}
	}
	e.fields = slices.DeleteFunc(formFields(e.kind, e.values.Get("f.type")), func(f desk.Field) bool {
		return !slices.Contains(strings.Split(e.values.Get("shown"), ","), f.Name)
	})
	if e.rev, err = strconv.Atoi(e.values.Get("rev")); err != nil || e.rev < 0 || e.id == "" && e.rev != 0 || e.now != nil && e.rev > e.now.Rev || len(e.fields) == 0 {
		return &problem{http.StatusBadRequest, "error.form", ""}
	}
	do := e.values.Get("do")
	if err := r.findAll(e, do); err != nil {
		return err
	}
	if strings.HasPrefix(do, "find.") || do == "ask" {
		return r.showEdit(http.StatusOK, e, "", do)
	}
	return r.save(e)
}

// save writes what was changed.
func (r *request) save(e *editing) error {
	got := readValues(e.values, e.fields)
	maps.Copy(got.Wrong, e.wrong)
	e.wrong = got.Wrong
	why := r.whyGiven()
	if len(e.wrong) > 0 || why == "" && e.id != "" {
		return r.showEdit(http.StatusUnprocessableEntity, e, "", "save")
	}
	base := typed{map[string]any{}, map[string]bool{}, nil}
	if e.id != "" {
		base = readValues(valuesOf(recordAt(e.kind, e.events, e.rev), e.fields), e.fields)
	} else {
		base.Private = readValues(valuesOf(&desk.Record{}, e.fields), e.fields).Private
	}
	set, private := got.changed(base)
	if !r.may(accounts.Publish) {
		maps.DeleteFunc(private, func(_ string, p bool) bool { return !p }) // only an editor makes something shared
	}
	c := desk.Change{Kind: e.kind, ID: e.id, On: e.rev, Set: set, Private: private}
	if e.id == "" {
		c.ID = r.s.Work.Desk.NewID()
	}
	if e.kind == desk.Evidence && e.id == "" && set["type"] == "finding" {
		delete(c.Set, "stance")
	}
	done, err := r.s.Work.Desk.Write(r.Context(), r.worker(), why, c)
	if err != nil {
		text, err := r.refused(err)
		if err != nil {
			return err
		}
		return r.showEdit(http.StatusUnprocessableEntity, e, text, "save")
	}
	r.reweigh(r.claimsOf(e.kind, c.ID))
	to := workHref(r.lang, e.kind, c.ID)
	if slices.Contains([]desk.Kind{desk.Evidence, desk.Utterance, desk.Relation}, e.kind) {
		if claims := r.claimsOf(e.kind, c.ID); len(claims) > 0 {
			to = workHref(r.lang, desk.Claim, claims[0])
		}
	}
	return r.wrote(done, to)
}

// takeOff takes a record off the desk, or puts it back.
func (s *site) takeOff(r *request) error {
	e, err := r.beginEdit()
	if err != nil {
		return err
	}
	rev, err := strconv.Atoi(r.PostFormValue("rev"))
	if err != nil || rev < 1 || rev > e.now.Rev {
		return &problem{http.StatusBadRequest, "error.form", ""}
	}
	e.rev, e.values = e.now.Rev, valuesOf(recordAt(e.kind, e.events, e.now.Rev), e.fields)
	why := r.whyGiven()
	if why == "" {
		e.values.Set("why", " ")
		return r.showEdit(http.StatusUnprocessableEntity, e, r.words().get("wrong.why"), "")
	}
	restore := r.PostFormValue("do") == "restore"
	claims := r.claimsOf(e.kind, e.id)
	done, err := s.Work.Desk.Write(r.Context(), r.worker(), why, desk.Change{Kind: e.kind, ID: e.id, On: rev, Remove: !restore, Restore: restore})
	if err != nil {
		text, err := r.refused(err)
		if err != nil {
			return err
		}
		return r.showEdit(http.StatusUnprocessableEntity, e, text, "")
	}
	r.reweigh(claims)
	return r.wrote(done, editHref(r.lang, e.kind, e.id))
}
