package web

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"veedor/internal/weigh/accounts"
	"veedor/internal/weigh/cases"
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

// measuredNow is what the measurements say to a finding that is being written.
type measuredNow struct {
	Stance string
	cases.Answer
	Least    int
	RuleSets string
	Failed   bool
}

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

// maxPicks bounds what one search for a record shows.
const maxPicks = 8

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

// claimsOf are the claims that a record bears on.
func (r *request) claimsOf(k desk.Kind, id string) []string {
	if k == desk.Claim {
		return []string{id}
	}
	if k != desk.Evidence && k != desk.Utterance && k != desk.Relation {
		return nil
	}
	rec, err := r.s.Work.Desk.Get(r.Context(), r.worker(), k, id)
	if err != nil {
		return nil
	}
	if c := rec.Str(desk.Belongs(k)); c != "" {
		return []string{c}
	}
	return nil
}

// asking is how long a page waits for what claims are weighed by; what takes longer goes on behind it.
const asking = 1500 * time.Millisecond

// reweigh asks anew what claims rest on, and waits a little for the answers.
func (r *request) reweigh(claims []string) {
	if len(claims) == 0 {
		return
	}
	done := make(chan struct{})
	w, log := r.s.Work, r.s.Log
	go func() {
		defer close(done)
		ctx, cancel := context.WithTimeout(w.background(), time.Minute)
		defer cancel()
		if _, err := w.Desk.Reweigh(ctx, w.Ask, nil, claims...); err != nil && !errors.Is(err, context.Canceled) {
			log.Error("weigh claims", "claims", claims, "error", err)
		}
	}()
	select {
	case <-done:
	case <-time.After(asking):
	}
}

// findAll looks up what was typed beside references. Before a record is written, what is not one of them is wrong.
func (r *request) findAll(e *editing, do string) error {
	e.found = map[string][]pick{}
	for _, f := range e.fields {
		if f.Type != desk.Ref && f.Type != desk.Refs {
			continue
		}
		asked := strings.TrimSpace(e.values.Get("find." + f.Name))
		if asked == "" {
			continue
		}
		found, exact, err := r.search(f.To, asked, maxPicks)
		if err != nil {
			return err
		}
		if exact != "" && (f.Type == desk.Refs || e.values.Get("f."+f.Name) == "") {
			if !slices.Contains(e.values["f."+f.Name], exact) {
				e.values.Add("f."+f.Name, exact)
			}
			e.values.Del("find." + f.Name)
			continue
		}
		e.found[f.Name] = found
		if !strings.HasPrefix(do, "find.") {
			e.wrong[f.Name] = "wrong.pick"
			for _, p := range found { // one of them was chosen already
				if slices.Contains(e.values["f."+f.Name], p.ID) {
					delete(e.wrong, f.Name)
				}
			}
		}
	}
	return nil
}

// searched bounds how many records one search goes through.
const searched = 20_000

// search finds records by a part of what they are called, or by id; exact is the only one that is called just so.
func (r *request) search(k desk.Kind, asked string, most int) (out []pick, exact string, err error) {
	list, err := r.s.Work.Desk.List(r.Context(), r.worker(), desk.Query{Kind: k, Limit: searched, Newest: true})
	if err != nil {
		return nil, "", err
	}
	want := fold(asked)
	var same []string
	for i := range list {
		rec := &list[i]
		name := called(rec, r.lang)
		if rec.ID == asked || fold(name) == want {
			same = append(same, rec.ID)
		}
		if len(out) < most && (strings.Contains(fold(name), want) || strings.Contains(rec.ID, strings.ToLower(asked)) || strings.Contains(fold(rec.Str("url")), want)) {
			out = append(out, pick{ID: rec.ID, Name: name, Href: workHref(r.lang, k, rec.ID)})
		}
	}
	if len(same) == 1 {
		exact = same[0]
	}
	return out, exact, nil
}

// showEdit shows the form with what was typed.
func (r *request) showEdit(status int, e *editing, trouble, do string) error {
	w := r.words()
	p := editPage{base: r.base(w.get("record." + string(e.kind))), Kind: string(e.kind), ID: e.id, Rev: e.rev, Error: trouble, Why: e.values.Get("why"), May: r.may(accounts.Write), New: e.id == "", WhyNeeded: e.id != "", Type: e.values.Get("f.type")}
	p.To = prefix(r.lang) + "/desk/new/" + p.Kind
	if do == "save" && p.WhyNeeded && tidy(p.Why) == "" {
		p.WhyError = w.get("wrong.why")
	}
	if e.now != nil {
		p.ofRecord(r, e.now)
		open, err := r.s.Work.Desk.Conflicts(r.Context(), r.worker(), e.kind, e.id, false)
		if err != nil {
			return err
		}
		p.Conflicts = int64(len(open))
	}
	if b := desk.Belongs(e.kind); b != "" {
		if id := e.values.Get("f." + b); id != "" {
			for _, f := range e.fields {
				if f.Name == b {
					p.Belongs = workHref(r.lang, f.To, id)
				}
			}
		}
	}
	if e.kind == desk.Evidence && p.Type == "finding" && r.s.Work.Ask.Measurements != nil && (do == "ask" || e.id != "") {
		p.Measured = r.measure(e)
	}
	var shown []string
	all := map[string]workField{}
	for _, f := range e.fields {
		shown = append(shown, f.Name)
		all[f.Name] = r.field(e, f)
	}
	p.Shown = strings.Join(shown, ",")
	for _, g := range fieldGroups(e.kind) {
		group := workGroup{Key: g[0]}
		for _, name := range g[1:] {
			if f, ok := all[name]; ok {
				group.Fields = append(group.Fields, f)
				delete(all, name)
			}
		}
		if len(group.Fields) > 0 {
			p.Groups = append(p.Groups, group)
		}
	}
	rest := workGroup{Key: "more"}
	for _, name := range shown {
		if f, ok := all[name]; ok {
			rest.Fields = append(rest.Fields, f)
		}
	}
	if len(p.Groups) == 0 {
		rest.Key = "what"
	}
	p.Groups = append(p.Groups, rest)
	return r.render(status, "desk-edit", p)
}

// ofRecord takes in what the page says of the record beside its form.
func (p *editPage) ofRecord(r *request, rec *desk.Record) {
	p.To = editHref(r.lang, rec.Kind, rec.ID)
	p.Name = called(rec, r.lang)
	p.Removed, p.Published, p.Updated, p.By = rec.Removed, rec.Bool("published"), rec.Updated, rec.UpdatedBy
	if p.Published {
		p.Readers = publicHref(r.lang, rec.Kind, rec.ID)
	}
	if desk.Belongs(rec.Kind) == "" && rec.Kind != desk.Table {
		p.Publish = prefix(r.lang) + "/desk/publish/" + string(rec.Kind) + "/" + url.PathEscape(rec.ID)
	}
	for _, name := range slices.Sorted(maps.Keys(rec.Fields)) {
		if strings.HasPrefix(name, desk.Extra) && len(p.Extra) < 60 {
			p.Extra = append(p.Extra, extraField{shorten(strings.TrimPrefix(name, desk.Extra), 80), shorten(strings.Join(rec.Strings(name), " · "), 200)})
		}
	}
	also := func(key, path string) {
		p.Also = append(p.Also, pick{Name: r.words().get(key), Href: prefix(r.lang) + path})
	}
	id := url.PathEscape(rec.ID)
	switch rec.Kind {
	case desk.Item:
		also("work.score", "/desk/score/"+id)
		also("work.sealednotes", "/desk/sealed/"+id)
		also("work.newstance", "/desk/new/stance?item="+id)
		for _, h := range rec.Strings("captures") {
			also("work.quotefrom", "/desk/quote/"+url.PathEscape(h))
		}
		if len(rec.Strings("captures")) == 0 && rec.Str("url") != "" {
			also("work.nocapture", "/desk/intake#"+id)
		}
	case desk.Case:
		also("work.newclaim", "/desk/new/claim?case="+id)
		also("work.claims", "/desk/records/claim?case="+id)
	}
}

// field makes the widget of a field.
func (r *request) field(e *editing, f desk.Field) workField {
	w := r.words()
	out := workField{Name: f.Name, Label: r.label(e.kind, f.Name), Kind: string(f.Type), Value: e.values.Get("f." + f.Name), Must: f.Must, Rows: 3, To: string(f.To),
		Private: e.values.Get("p."+f.Name) != "", MayShare: r.may(accounts.Publish)}
	out.Hint = w["hint."+f.Name]
	if text, ok := w["hint."+string(e.kind)+"."+f.Name]; ok {
		out.Hint = text
	}
	if key := e.wrong[f.Name]; key != "" {
		out.Error = w.get(key)
	}
	switch f.Type {
	case desk.Choice:
		for _, c := range f.Choices {
			out.Options = append(out.Options, option{Value: c, Label: w.get("choice." + strings.ReplaceAll(c, " ", "")), Here: c == out.Value})
		}
	case desk.Line, desk.URL, desk.Day:
		out.Kind, out.Suggest = "line", f.Choices
	case desk.Prose:
		if slices.Contains([]string{"text", "text_translated"}, f.Name) {
			out.Rows = 10
		} else if strings.HasPrefix(f.Name, "title") {
			out.Rows = 1
		}
	case desk.Ref, desk.Refs:
		out.Find = e.values.Get("find." + f.Name)
		for _, id := range e.values["f."+f.Name] {
			if id != "" {
				out.Picks = append(out.Picks, pick{ID: id, Name: r.nameOf(f.To, id), Href: workHref(r.lang, f.To, id), On: true})
			}
		}
		for _, found := range e.found[f.Name] {
			if !slices.ContainsFunc(out.Picks, func(p pick) bool { return p.ID == found.ID }) {
				out.Picks = append(out.Picks, found)
			}
		}
		if out.Find != "" && len(e.found[f.Name]) == 0 {
			out.Missed = w.get("work.missed", isolate(shorten(out.Find, 80)))
		}
	case desk.Words:
		out.Words = r.wordInputs(e, f)
	}
	return out
}

// label is what a field of a kind is called.
func (r *request) label(k desk.Kind, name string) string {
	w := r.words()
	if text, ok := w["field."+string(k)+"."+name]; ok {
		return text
	}
	return w.get("field." + name)
}

// wordInputs are a text for each language of the site and those that are there; of a rubric's levels, for each level.
func (r *request) wordInputs(e *editing, f desk.Field) []wordInput {
	langs := slices.Clone(languages[:])
	if f.Name == "levels" {
		langs = []string{"-3", "-2", "-1", "0", "1", "2", "3"}
	}
	for key := range e.values {
		if lang, ok := strings.CutPrefix(key, "w."+f.Name+"."); ok && !slices.Contains(langs, lang) && len(langs) < 20 {
			langs = append(langs, lang)
		}
	}
	slices.Sort(langs[min(len(langs), len(languages)):])
	if f.Name == "levels" {
		slices.SortFunc(langs, func(a, b string) int { x, _ := strconv.Atoi(a); y, _ := strconv.Atoi(b); return x - y })
	}
	var out []wordInput
	for _, lang := range langs {
		name := tongues[lang].name
		if name == "" {
			name = strings.Replace(shorten(lang, 20), "-", "−", 1)
		}
		key := "w." + f.Name + "." + lang
		out = append(out, wordInput{Name: key, Label: name, Lang: languageTag(lang), Value: e.values.Get(key)})
	}
	return out
}

// measure asks the measurements what they say to a finding as it is typed.
func (r *request) measure(e *editing) *measuredNow {
	rec := &desk.Record{Fields: readValues(e.values, e.fields).Set}
	q := desk.FindingOf(rec)
	if q.Target == "" && q.Country == "" && q.Network == 0 {
		return &measuredNow{Failed: true}
	}
	ctx, cancel := context.WithTimeout(r.Context(), asking)
	defer cancel()
	m, err := r.s.Work.Ask.Measurements.Ask(ctx, q)
	if err != nil {
		return &measuredNow{Failed: true}
	}
	least := q.AtLeast
	if least == 0 {
		least = cases.DefaultAtLeast
	}
	return &measuredNow{Stance: q.Stance(m.Answer), Answer: m.Answer, Least: least, RuleSets: shorten(strings.Join(m.RuleSets, ", "), 80)}
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
