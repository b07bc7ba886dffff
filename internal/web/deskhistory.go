package web

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"veedor/internal/evidence/capture"
	"veedor/internal/evidence/quote"
	"veedor/internal/weigh/accounts"
	"veedor/internal/weigh/cases"
	"veedor/internal/weigh/desk"
)

// historyPage is who wrote what of a record, when and why.
type historyPage struct {
	base
	Name, Record string
	Kind         string
	Rows         []historyRow
	Left         int64
}

type historyRow struct {
	N      int64
	Rev    int
	At     time.Time
	By     string
	What   string
	Why    string
	Hash   string
	Fields []historyField
}

type historyField struct {
	Label         string
	Before, After string
	Pieces        []piece
	Rival, Merged bool
	Sharing       string // private, shared
}

const (
	onHistory   = 30
	maxHistoric = 240 // code points of a value
)

func (s *site) history(r *request) error {
	k, err := r.kindAsked()
	if err != nil {
		return err
	}
	rec, err := r.recordOf(k, r.PathValue("id"))
	if err != nil {
		return err
	}
	events, err := s.Work.Desk.History(r.Context(), r.worker(), k, rec.ID)
	if err != nil {
		return err
	}
	p := historyPage{base: r.base(r.words().get("history.title")), Name: called(rec, r.lang), Record: workHref(r.lang, k, rec.ID), Kind: string(k)}
	was := map[string]json.RawMessage{}
	budget := 8000
	for i, e := range events {
		row := historyRow{N: e.N, Rev: e.Rev, At: e.At, By: shorten(e.By, 60), What: string(e.What), Why: shorten(e.Why, 300), Hash: e.Hash}
		for _, f := range historic(k, e) {
			if i >= len(events)-onHistory {
				row.Fields = append(row.Fields, r.historyField(k, f, e, was[f.Name], &budget))
			}
			if !slices.Contains(e.Rivals, f.Name) {
				was[f.Name] = e.Fields[f.Name]
			}
		}
		for name, private := range e.Private {
			row.Fields = append(row.Fields, historyField{Label: r.label(k, name), Sharing: map[bool]string{true: "private", false: "shared"}[private]})
		}
		if i >= len(events)-onHistory {
			p.Rows = append(p.Rows, row)
		} else {
			p.Left++
		}
	}
	slices.Reverse(p.Rows)
	return r.render(http.StatusOK, "desk-history", p)
}

// historic are the fields that an event is about, in the order of the form.
func historic(k desk.Kind, e desk.Event) []desk.Field {
	var out []desk.Field
	for _, f := range desk.Fields(k) {
		if _, ok := e.Fields[f.Name]; ok && f.Type != desk.Data && f.Name != "since" {
			out = append(out, f)
		}
	}
	for name := range e.Fields {
		if strings.HasPrefix(name, desk.Extra) {
			out = append(out, desk.Field{Name: name, Type: desk.Prose})
		}
	}
	return out
}

func (r *request) historyField(k desk.Kind, f desk.Field, e desk.Event, before json.RawMessage, budget *int) historyField {
	out := historyField{Label: r.label(k, f.Name), Rival: slices.Contains(e.Rivals, f.Name), Merged: slices.Contains(e.Merged, f.Name)}
	if strings.HasPrefix(f.Name, desk.Extra) {
		out.Label = shorten(strings.TrimPrefix(f.Name, desk.Extra), 80)
	}
	a, b := r.inText(f, decoded(f, before)), r.inText(f, decoded(f, e.Fields[f.Name]))
	if a != "" && b != "" && len(a)+len(b) > 160 && *budget > 0 {
		var edits []capture.Edit
		for _, d := range quote.Diff(a, b) {
			edits = append(edits, capture.Edit{Op: map[string]string{quote.Same: "=", quote.Added: "+", quote.Removed: "-"}[d.Op], Text: d.Text})
		}
		out.Pieces = pieces(edits, min(*budget, 800))
		*budget -= 800
		return out
	}
	out.Before, out.After = lines(a, maxHistoric), lines(b, maxHistoric)
	return out
}

// inText is a value as people read it.
func (r *request) inText(f desk.Field, v any) string {
	switch v := v.(type) {
	case string:
		if f.Type == desk.Ref {
			return r.nameOf(f.To, v)
		}
		if text, ok := r.words()["claim."+v]; ok && f.Derived && f.Name == "status" {
			return text
		}
		if text, ok := r.words()["answer."+v]; ok && f.Derived {
			return text
		}
		if text, ok := r.words()["choice."+strings.ReplaceAll(v, " ", "")]; ok && f.Type == desk.Choice {
			return text
		}
		return v
	case int:
		return strconv.Itoa(v)
	case bool:
		return r.words().get(map[bool]string{true: "people.yes", false: "people.no"}[v])
	case []string:
		if f.Type != desk.Refs {
			return strings.Join(v, "\n")
		}
		var out []string
		for i, id := range v {
			if i == 20 {
				out = append(out, "…")
				break
			}
			out = append(out, r.nameOf(f.To, id))
		}
		return strings.Join(out, "\n")
	case cases.Text:
		var out []string
		for _, lang := range slices.Sorted(maps.Keys(v)) {
			out = append(out, lang+": "+v[lang])
		}
		return strings.Join(out, "\n")
	}
	return ""
}

// conflictsPage shows fields that two people changed at once, both values side by side.
type conflictsPage struct {
	base
	Rows  []conflictRow
	Left  int64
	May   bool
	Error string
	Only  string // kind and id, where only one record's are shown
}

type conflictRow struct {
	ID, Field, Record, Href string
	Standing, Rival         string
	By, RivalBy             string
	At, RivalAt             time.Time
	Why                     string
	Removal                 bool
	Third                   workField
	Values                  string // what the third is made of
}

const onConflicts = 10

func (s *site) conflicts(r *request) error { return r.showConflicts(http.StatusOK, "") }

func (r *request) showConflicts(status int, trouble string) error {
	q := r.URL.Query()
	k, id := desk.Kind(q.Get("kind")), q.Get("id")
	list, err := r.s.Work.Desk.Conflicts(r.Context(), r.worker(), k, id, false)
	if err != nil {
		return err
	}
	p := conflictsPage{base: r.base(r.words().get("conflicts.title")), May: r.may(accounts.Decide), Error: trouble}
	if id != "" {
		p.Only = url.Values{"kind": {string(k)}, "id": {id}}.Encode()
	}
	for i, c := range list {
		if i == onConflicts {
			p.Left = int64(len(list) - onConflicts)
			break
		}
		f := desk.Field{Name: c.Field, Type: desk.Prose}
		for _, one := range desk.Fields(c.Kind) {
			if one.Name == c.Field {
				f = one
			}
		}
		row := conflictRow{ID: c.ID, Field: r.label(c.Kind, c.Field), Record: r.nameOf(c.Kind, c.Record), Href: workHref(r.lang, c.Kind, c.Record), By: shorten(c.By, 60), RivalBy: shorten(c.RivalBy, 60),
			At: c.At, RivalAt: c.RivalAt, Why: shorten(c.Why, 300), Removal: c.Field == "removed", Standing: lines(r.inText(f, c.Standing), 1500), Rival: lines(r.inText(f, c.Rival), 1500)}
		if !row.Removal {
			row.Third = r.thirdOf(f, c)
		} else {
			row.Standing, row.Rival = r.onOff(c.Standing), r.onOff(c.Rival)
		}
		p.Rows = append(p.Rows, row)
	}
	return r.render(status, "desk-conflicts", p)
}

func (r *request) onOff(v any) string {
	off, _ := v.(bool)
	return r.words().get(map[bool]string{true: "conflicts.off", false: "conflicts.on"}[off])
}

// thirdOf is the field with which a third value is written: it begins as the value that stands, or as it was typed.
func (r *request) thirdOf(f desk.Field, c desk.Conflict) workField {
	e := &editing{kind: c.Kind, fields: []desk.Field{f}, wrong: map[string]string{}, values: valuesOf(&desk.Record{Fields: map[string]any{f.Name: c.Standing}}, []desk.Field{f})}
	if r.Method == http.MethodPost && r.PostFormValue("conflict") == c.ID {
		e.values = r.PostForm
		e.wrong = readValues(r.PostForm, e.fields).Wrong
	}
	out := r.field(e, f)
	if f.Type == desk.Ref || f.Type == desk.Refs {
		out.Kind, out.Value = map[desk.Type]string{desk.Ref: "line", desk.Refs: "list"}[f.Type], strings.Join(e.values["f."+f.Name], "\n")
	}
	return out
}

func (s *site) resolve(r *request) error {
	list, err := s.Work.Desk.Conflicts(r.Context(), r.worker(), "", "", false)
	if err != nil {
		return err
	}
	id := r.PostFormValue("conflict")
	i := slices.IndexFunc(list, func(c desk.Conflict) bool { return c.ID == id })
	if i < 0 {
		r.flash("conflicts.gone")
		return r.redirect("/desk/conflicts")
	}
	c := list[i]
	why := r.whyGiven()
	if why == "" {
		return r.showConflicts(http.StatusUnprocessableEntity, r.words().get("wrong.why"))
	}
	value, wrong := r.settledValue(c)
	if wrong != "" {
		return r.showConflicts(http.StatusUnprocessableEntity, r.words().get(wrong))
	}
	if err := s.Work.Desk.Resolve(r.Context(), r.worker(), id, value, why); err != nil {
		text, err := r.refused(err)
		if err != nil {
			return err
		}
		return r.showConflicts(http.StatusUnprocessableEntity, text)
	}
	r.reweigh(r.claimsOf(c.Kind, c.Record))
	r.flash("conflicts.done")
	return r.redirect("/desk/conflicts")
}

// settledValue is the value that was chosen: what stands, the other, or a third.
func (r *request) settledValue(c desk.Conflict) (value any, wrong string) {
	switch r.PostFormValue("take") {
	case "standing":
		return c.Standing, ""
	case "rival":
		return c.Rival, ""
	case "third":
	default:
		return nil, "conflicts.choose"
	}
	for _, f := range desk.Fields(c.Kind) {
		if f.Name != c.Field {
			continue
		}
		v := r.PostForm
		if f.Type == desk.Refs { // one a line here
			v = url.Values{"f." + f.Name: strings.Split(tidy(r.PostFormValue("f."+f.Name)), "\n")}
		}
		value, wrong = readField(v, f)
		if wrong == "" && f.Must && value == nil {
			wrong = "wrong.must"
		}
		return value, wrong
	}
	return nil, "conflicts.choose"
}
