package web

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"veedor/internal/weigh/accounts"
	"veedor/internal/weigh/desk"
)

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
	for _, g := range p.Groups {
		for _, f := range g.Fields {
			if f.Error != "" {
				p.Wrong = append(p.Wrong, pick{Name: f.Label, Href: "#" + f.Anchor()})
			}
		}
	}
	if p.WhyError != "" {
		p.Wrong = append(p.Wrong, pick{Name: w.get("edit.why"), Href: "#why"})
	}
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
