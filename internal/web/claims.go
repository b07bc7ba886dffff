package web

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"time"

	"veedor/internal/weigh/cases"
	"veedor/internal/weigh/desk"
)

// claimsPage lists claims, and how many stand how.
type claimsPage struct {
	base
	Total    int64
	Statuses []statusCount // of what is selected but for the status
	Status   string
	Forms    []pickList
	Any      bool // something was selected
	Rows     []claimRow
	Shown    int64
	Newer    string
	Older    string
	Moved    []movedRow
}

// statusCount is how many claims stand in one way.
type statusCount struct {
	Status, Href string
	N            int64
	Here         bool
}

// claimRow is one claim in a list.
type claimRow struct {
	named
	Since   time.Time
	Case    *named
	Texts   int64 // that say so
	Sources int64 // independent ones, that those go back to
	For     int64
	Against int64
}

// statuses in the order they are shown.
func statuses() []string {
	return []string{cases.Supported, cases.Contradicted, cases.Contested, cases.SingleSource, cases.Unverified}
}

const claimsOnPage = 24

func (s *site) claims(r *request) error {
	p := claimsPage{base: r.base(r.words().get("claims.title"))}
	d := r.reader()
	all, err := d.list(desk.Claim)
	if err != nil {
		return err
	}
	q := r.URL.Query()
	p.Status = q.Get("status")
	if p.Status != "" && !slices.Contains(statuses(), p.Status) {
		return &problem{http.StatusBadRequest, "error.filter", "status"}
	}
	fields := []struct {
		name, label string
		of          func(*desk.Record) []string
		kind        desk.Kind
	}{
		{"case", "claims.case", func(c *desk.Record) []string { return c.Strings("case") }, desk.Case},
		{"frame", "claims.frame", func(c *desk.Record) []string { return c.Strings("frames") }, desk.Frame},
		{"lang", "claims.lang", claimLanguages, ""},
	}
	counts := map[string]int64{}
	var fit []desk.Record
	offered := map[string]map[string]bool{}
	for i := range all {
		c, ok := &all[i], true
		for _, f := range fields {
			values := f.of(c)
			for _, v := range values {
				if offered[f.name] == nil {
					offered[f.name] = map[string]bool{}
				}
				offered[f.name][v] = true
			}
			asked := q.Get(f.name)
			p.Any = p.Any || asked != ""
			ok = ok && (asked == "" || slices.Contains(values, asked))
		}
		if ok {
			counts[c.Str("status")]++
			p.Total++
			if p.Status == "" || c.Str("status") == p.Status {
				fit = append(fit, *c)
			}
		}
	}
	for _, st := range statuses() {
		row := statusCount{Status: st, N: counts[st], Here: st == p.Status, Href: r.with(map[string]string{"status": st, "page": ""}, "")}
		if row.Here {
			row.Href = r.with(map[string]string{"status": "", "page": ""}, "")
		}
		p.Statuses = append(p.Statuses, row)
	}
	for _, f := range fields {
		list, err := d.choices(r, f.kind, offered[f.name], q.Get(f.name))
		if err != nil {
			return err
		}
		p.Forms = append(p.Forms, pickList{Label: r.words().get(f.label), Name: f.name, Value: q.Get(f.name), Options: list})
	}
	slices.SortStableFunc(fit, func(a, b desk.Record) int { return sinceOf(&b).Compare(sinceOf(&a)) })
	p.Shown = int64(len(fit))
	fit, p.Newer, p.Older = paged(r, fit, claimsOnPage)
	for i := range fit {
		row, err := d.claimRow(r, &fit[i], 280)
		if err != nil {
			return err
		}
		p.Rows = append(p.Rows, row)
		p.of(row.named)
	}
	if !p.Any && p.Status == "" {
		if p.Moved, err = d.moved(r, 5); err != nil {
			return err
		}
	}
	return r.render(http.StatusOK, "claims", p)
}

// claimLanguages returns the languages a claim is worded in.
func claimLanguages(c *desk.Record) []string {
	var out []string
	for l := range c.Words("text") {
		out = append(out, l)
	}
	if l := c.Str("language"); l != "" && !slices.Contains(out, l) {
		out = append(out, l)
	}
	return out
}

func sinceOf(c *desk.Record) time.Time {
	t, err := time.Parse(time.RFC3339Nano, c.Str("since"))
	if err != nil {
		return c.Updated
	}
	return t
}

// paged cuts a list to the page that was asked for, and says where those before and after are.
func paged[T any](r *request, list []T, n int) (out []T, newer, older string) {
	page := pageNumber(r.URL.Query().Get("page"))
	from := min((page-1)*n, len(list))
	to := min(from+n, len(list))
	if page > 1 {
		newer = r.with(map[string]string{"page": pageParameter(page - 1)}, "")
	}
	if to < len(list) {
		older = r.with(map[string]string{"page": strconv.Itoa(page + 1)}, "")
	}
	return list[from:to], newer, older
}

// maxOffered is how many values a form offers.
const maxOffered = 40

// choices are the values that a form offers, by their names.
func (d *reader) choices(r *request, k desk.Kind, values map[string]bool, here string) (out []pickOption, err error) {
	for v := range values {
		o := pickOption{v, shorten(v, 60)}
		if k == "" {
			o.Text = cmp.Or(languageName(r.lang, v), o.Text)
		} else if n, err := d.naming(r, k, v, 60); err != nil {
			return nil, err
		} else if n != nil {
			o.Text = n.Text
		}
		out = append(out, o)
	}
	slices.SortFunc(out, func(a, b pickOption) int {
		return cmp.Or(-compareBool(a.Value == here, b.Value == here), cmp.Compare(a.Text, b.Text), cmp.Compare(a.Value, b.Value))
	})
	return firstOf(out, maxOffered), nil
}

// compareBool sorts false before true.
func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

func (d *reader) claimRow(r *request, c *desk.Record, n int) (claimRow, error) {
	row := claimRow{Since: sinceOf(c)}
	var err error
	if row.named, err = d.named(r, c, n); err != nil {
		return row, err
	}
	if row.Case, err = d.naming(r, desk.Case, c.Str("case"), 80); err != nil {
		return row, err
	}
	st, err := d.from.Standing(d.ctx, d.who, c.ID)
	row.Texts, row.Sources, row.For, row.Against = int64(st.Texts), int64(st.Said), int64(st.For), int64(st.Against)
	return row, err
}
