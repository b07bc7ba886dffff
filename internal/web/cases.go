package web

import (
	"cmp"
	"net/http"
	"slices"

	"veedor/internal/weigh/desk"
)

// casesPage lists cases.
type casesPage struct {
	base
	Rows  []caseRow
	Newer string
	Older string
}

// caseRow is one case in a list.
type caseRow struct {
	named
	Question foreign
	Claims   int64
	Counts   []statusCount // those there are
	Dossier  *dossierRow
}

const casesOnPage = 20

func (s *site) cases(r *request) error {
	p := casesPage{base: r.base(r.words().get("cases.title"))}
	d := r.reader()
	list, err := d.list(desk.Case)
	if err != nil {
		return err
	}
	slices.SortStableFunc(list, func(a, b desk.Record) int { return b.Created.Compare(a.Created) })
	list, p.Newer, p.Older = paged(r, list, casesOnPage)
	for i := range list {
		k := &list[i]
		row := caseRow{Question: r.said(k.Words("question"), 300)}
		if row.named, err = d.named(r, k, 160); err != nil {
			return err
		}
		claims, err := d.list(desk.Claim, "case", k.ID)
		if err != nil {
			return err
		}
		row.Claims, row.Counts = int64(len(claims)), r.countStanding(k.ID, claims)
		if row.Dossier, err = r.dossierOf(k.ID); err != nil {
			return err
		}
		p.Rows = append(p.Rows, row)
		p.of(row.named)
	}
	return r.render(http.StatusOK, "cases", p)
}

// countStanding counts how claims of a case stand; ways in which none stands are left out.
func (r *request) countStanding(caseID string, claims []desk.Record) (out []statusCount) {
	n := map[string]int64{}
	for i := range claims {
		n[claims[i].Str("status")]++
	}
	for _, st := range statuses() {
		if n[st] > 0 {
			out = append(out, statusCount{Status: st, N: n[st], Href: prefix(r.lang) + "/claims?" + asQuery("case", caseID, "status", st)})
		}
	}
	return out
}

// byDate sorts records by a date of theirs; those without come last.
func byDate(list []desk.Record, field string) {
	slices.SortStableFunc(list, func(a, b desk.Record) int {
		x, y := a.Date(field), b.Date(field)
		if x == "" || y == "" {
			return compareBool(x == "", y == "")
		}
		s, _, _ := x.Time()
		t, _, _ := y.Time()
		return cmp.Or(s.Compare(t), cmp.Compare(x, y))
	})
}
