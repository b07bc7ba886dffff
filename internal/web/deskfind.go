package web

import (
	"slices"
	"strings"

	"veedor/internal/weigh/desk"
)

// maxPicks bounds what one search for a record shows.
const maxPicks = 8

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
