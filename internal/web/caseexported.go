package web

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"veedor/internal/weigh/cases"
	"veedor/internal/weigh/desk"
)

// exportedPage sets out what would prove that a way of restricting came from elsewhere, and where each kind of proof stands.
type exportedPage struct {
	base
	Case   named
	Proofs []proofRow
	Counts []proofCount // of kinds of proof, by how they stand
	Claims []named      // that the evidence bears on
}

// proofRow is one kind of proof.
type proofRow struct {
	ID, Kind string
	Would    foreign // what would count
	Status   string
	Absent   int64 // looked for in vain
	Context  int64 // what such proof looks like elsewhere
	Evidence []evidenceRow
	More     int64
	Pairs    []likeness // of networks that were both measured
	Compared bool       // that there are networks to compare
	Lacking  []uint32   // of them, those on which nothing was measured
}

// proofCount is how many kinds of proof stand in one way.
type proofCount struct {
	Status string
	N      int64
}

// likeness is how alike a network and one of the supposed origin restrict.
type likeness struct {
	pair
	Href string
}

// Bounds of the page.
const (
	exportedRoom    = 26_000
	exportedColumns = 3 // networks on either side
)

func (s *site) caseExported(r *request) error {
	d := r.reader()
	k, err := r.recordAsked(d, desk.Case)
	if err != nil {
		return err
	}
	list, err := d.proofs(k.ID)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return &problem{http.StatusNotFound, "error.noproof", k.ID}
	}
	var p exportedPage
	if p.Case, err = d.named(r, k, 200); err != nil {
		return err
	}
	p.base = r.base(r.words().get("exported.title") + " · " + isolate(shorten(p.Case.Text, 60)))
	if err := p.mark(d, k); err != nil {
		return err
	}
	space := &room{exportedRoom}
	var claims []string
	changed := k.Updated
	for i := range list {
		row, since, err := r.proof(d, &list[i], space, &claims)
		if err != nil {
			return err
		}
		if since.After(changed) {
			changed = since
		}
		p.Proofs = append(p.Proofs, row)
		if at := slices.IndexFunc(p.Counts, func(c proofCount) bool { return c.Status == row.Status }); at >= 0 {
			p.Counts[at].N++
		} else {
			p.Counts = append(p.Counts, proofCount{row.Status, 1})
		}
	}
	if p.Claims, err = d.namings(r, desk.Claim, claims, len(claims)); err != nil {
		return err
	}
	if err := p.cite(r, k.ID, changed); err != nil {
		return err
	}
	return r.render(http.StatusOK, "exported", p)
}

// cite cites how the kinds of proof stand. The page moves with the evidence; the case's dossier freezes it.
func (p *exportedPage) cite(r *request, id string, changed time.Time) error {
	w := r.words()
	var counts []string
	for _, c := range p.Counts {
		counts = append(counts, w.count(r.lang, "exported.count."+c.Status, c.N))
	}
	sentence := w.get("exported.citation", isolate(p.Case.Text), strings.Join(counts, w["join.sentence"]))
	p.Cite = r.citing(quotable{Name: "exported-" + id, Sentence: sentence, Page: p.Case.Href + "/exported", At: changed, Stays: "cite.stays.case"}, "")
	return p.Cite.frozenWhole(r, id)
}

// caseElsewhere leads to a case's pages from where people look for them.
func (s *site) caseElsewhere(r *request) error {
	to := prefix(r.lang) + "/case/" + url.PathEscape(r.PathValue("id"))
	if part := r.PathValue("part"); part != "" {
		to += "/" + url.PathEscape(part)
	}
	http.Redirect(r.w, r.Request, to, http.StatusMovedPermanently)
	return nil
}

// proofs returns the questions of a case that say what would prove an export, strongest kind first.
func (d *reader) proofs(id string) ([]desk.Record, error) {
	all, err := d.list(desk.Question, "case", id)
	if err != nil {
		return nil, err
	}
	list := slices.DeleteFunc(slices.Clone(all), func(q desk.Record) bool { return q.Str("proof") == "" })
	slices.SortStableFunc(list, func(a, b desk.Record) int {
		return cmp.Compare(slices.Index(cases.Proofs(), a.Str("proof")), slices.Index(cases.Proofs(), b.Str("proof")))
	})
	return list, nil
}

// proof sets out one kind of proof, says since when it stands so, and adds to claims those that its evidence bears on.
func (r *request) proof(d *reader, q *desk.Record, space *room, claims *[]string) (proofRow, time.Time, error) {
	since := q.Updated
	row := proofRow{ID: q.ID, Kind: q.Str("proof"), Would: r.said(q.Words("text"), 600)}
	space.take(700 + weight(row.Would.Text))
	for _, id := range q.Strings("evidence") {
		e, err := d.get(desk.Evidence, id)
		if err != nil {
			return row, since, err
		}
		if e == nil {
			continue
		}
		if e.Updated.After(since) {
			since = e.Updated
		}
		if c := e.Str("claim"); !slices.Contains(*claims, c) {
			*claims = append(*claims, c)
		}
		one, err := r.evidenceRow(d, e)
		if err != nil {
			return row, since, err
		}
		switch {
		case one.Kind == "absence":
			row.Absent++
		case one.Stance == cases.Context:
			row.Context++
		}
		if !space.take(one.size()) {
			row.More++
			continue
		}
		row.Evidence = append(row.Evidence, one)
	}
	st, err := r.s.Desk.StandingOf(r.Context(), d.who, q.Strings("evidence"))
	if err != nil {
		return row, since, err
	}
	row.Status = st.Status
	err = r.likenesses(q, &row)
	return row, since, err
}

// likenesses compares the networks that a question names with those where it is supposed to come from, as measured so far.
func (r *request) likenesses(q *desk.Record, row *proofRow) error {
	ours, theirs := networksOf(q.Strings("networks")), networksOf(q.Strings("origin"))
	if len(ours) == 0 || len(theirs) == 0 {
		return nil
	}
	row.Compared = true
	found, err := r.signatures(slices.Concat(ours, theirs))
	if err != nil {
		return err
	}
	for _, n := range slices.Concat(ours, theirs) {
		if found[n] == nil && !slices.Contains(row.Lacking, n) {
			row.Lacking = append(row.Lacking, n)
		}
	}
	for _, a := range ours {
		for _, b := range theirs {
			if a != b && found[a] != nil && found[b] != nil {
				row.Pairs = append(row.Pairs, likeness{comparedPair(found, a, b), prefix(r.lang) + "/signature?asn=" + networkName(a, "") + "+" + networkName(b, "")})
			}
		}
	}
	return nil
}

func networksOf(list []string) []uint32 {
	var out []uint32
	for _, s := range firstOf(list, exportedColumns) {
		if n, ok := parseASN(s); ok {
			out = append(out, n)
		}
	}
	return out
}
