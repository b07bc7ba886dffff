package web

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"veedor/internal/weigh/accounts"
	"veedor/internal/weigh/desk"
)

// publishPage says what readers would see of a record, what is lacking, and lets editors publish it.
type publishPage struct {
	base
	Kind, ID, Name string
	Work           string
	Published      bool
	Readers        string
	Lacks          []lackRow
	Counts         []kindCount
	Rows           []previewRow
	Left           int64
	Fresh          bool  // some of it is not public yet
	Kept           int64 // private values that readers would not see
	TwoPersons     bool
	Waits          []approvalRow // proposals of this that nobody decided
	May            bool
	Error, Why     string
	WhyError       string
	Dossier        bool // one can be frozen
	Job            *jobRow
}

type lackRow struct{ Text, Name, Href string }

type kindCount struct {
	Kind string
	N    int64
}

// previewRow is one record as readers would see it.
type previewRow struct {
	Kind, Name, Href string
	New              bool // not public yet
	Fields           []extraField
	Private          []string
}

func (s *site) publishing(r *request) error { return r.showPublishing(http.StatusOK, "") }

func (r *request) showPublishing(status int, trouble string) error {
	k, err := r.publishable()
	if err != nil {
		return err
	}
	w, d := r.words(), r.s.Work.Desk
	rec, err := r.recordOf(k, r.PathValue("id"))
	if err != nil {
		return err
	}
	p := publishPage{base: r.base(w.get("publish.title")), Kind: string(k), ID: rec.ID, Name: called(rec, r.lang), Work: workHref(r.lang, k, rec.ID), Published: rec.Bool("published"), May: r.may(accounts.Publish), Error: trouble, Why: r.PostFormValue("why")}
	if lacking := w.get("wrong.why"); trouble == lacking {
		p.Error, p.WhyError = "", lacking
	}
	if p.Published {
		p.Readers = publicHref(r.lang, k, rec.ID)
	}
	var lacks []desk.Lack
	switch k {
	case desk.Case:
		lacks, err = d.Checklist(r.Context(), rec.ID)
	case desk.Claim:
		lacks, err = d.ChecklistOf(r.Context(), rec.ID)
	}
	if err != nil {
		return err
	}
	for _, l := range lacks[:min(len(lacks), 40)] {
		p.Lacks = append(p.Lacks, lackRow{w.get("lack." + l.Code), r.nameOf(desk.Claim, l.Claim), workHref(r.lang, desk.Claim, l.Claim)})
	}
	all, err := d.Reach(r.Context(), r.worker(), k, rec.ID)
	if err != nil {
		return err
	}
	p.preview(r, all)
	if p.TwoPersons, err = r.s.Accounts.TwoPersons(r.Context()); err != nil {
		return err
	}
	if err := p.waits(r, contentOf(all)); err != nil {
		return err
	}
	p.Dossier = k == desk.Case && p.Published && r.s.Work.Freeze != nil
	p.Job = r.s.jobs.row(r, "dossier "+rec.ID)
	return r.render(status, "desk-publish", p)
}

// publishable returns the kind that the path names, if its records are published by themselves.
func (r *request) publishable() (desk.Kind, error) {
	k, err := r.kindAsked()
	if err == nil && (desk.Belongs(k) != "" || k == desk.Table) {
		err = &problem{http.StatusNotFound, "error.recordkind", string(k)}
	}
	return k, err
}

const maxPreview = 25

// preview words what readers would see.
func (p *publishPage) preview(r *request, all []*desk.Record) {
	counts := map[desk.Kind]int64{}
	budget := 9000
	for _, rec := range all {
		counts[rec.Kind]++
		p.Kept += int64(len(rec.Private))
		fresh := desk.Belongs(rec.Kind) == "" && !rec.Bool("published")
		p.Fresh = p.Fresh || fresh
		if len(p.Rows) == maxPreview || budget < 0 {
			p.Left++
			continue
		}
		row := previewRow{Kind: string(rec.Kind), Name: called(rec, r.lang), Href: workHref(r.lang, rec.Kind, rec.ID), New: fresh}
		for _, f := range desk.Fields(rec.Kind) {
			v := rec.Fields[f.Name]
			switch {
			case v == nil, f.Type == desk.Data, f.Name == "published", f.Name == desk.Belongs(rec.Kind), f.Name == "order", f.Name == "file":
			case slices.Contains(rec.Private, f.Name):
				row.Private = append(row.Private, r.label(rec.Kind, f.Name))
			default:
				text := shorten(strings.ReplaceAll(r.inText(f, v), "\n", " · "), 200)
				row.Fields = append(row.Fields, extraField{r.label(rec.Kind, f.Name), text})
				budget -= weight(text) + 60
			}
		}
		p.Rows = append(p.Rows, row)
	}
	for _, k := range desk.Kinds() {
		if counts[k] > 0 {
			p.Counts = append(p.Counts, kindCount{string(k), counts[k]})
		}
	}
}

// waits lists what was proposed of the record.
func (p *publishPage) waits(r *request, content string) error {
	list, err := r.s.Accounts.Waiting(r.Context())
	if err != nil {
		return err
	}
	names, err := r.s.Accounts.Names(r.Context())
	for _, a := range list {
		act, k, id, ok := readSubject(a.Subject)
		if !ok || string(k) != p.Kind || id != p.ID {
			continue
		}
		p.Waits = append(p.Waits, approvalRow{ID: a.ID, Act: act, By: cmp.Or(names[a.ProposedBy], a.ProposedBy), Reason: shorten(a.Reason, 400), At: a.Proposed, Own: a.ProposedBy == r.viewer().ID, Stale: a.Subject != subject(act, k, id, content)})
	}
	return err
}
