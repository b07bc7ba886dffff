package web

import (
	"net/http"

	"veedor/internal/weigh/desk"
)

// caseFact is an entry of a case's time line: one thing, and what each source says of it where they differ.
type caseFact struct {
	ID       string
	Kind     string // agreement, deployment, sanction, …
	Date     string // in words; "" where none is known
	Until    string
	Accounts []account // more than one where sources disagree
	Actors   []string
}

// account is what one source, or several, say of a thing.
type account struct {
	ID      string
	Text    foreign
	Amount  string
	Date    string // where it is another than the first one's
	Sources []cited
	Quote   *quoteShown
}

// facts is the time line of a case, as far as there is room.
func (p *casePage) facts(r *request, d *reader, space *room) error {
	list, err := d.timeline(p.ID)
	if err != nil {
		return err
	}
	part, done := space.part(6500)
	defer done()
	for i := range list {
		row, err := r.caseFact(d, list[i])
		if err != nil {
			return err
		}
		if len(p.Facts) == caseFacts || !part.take(row.size()) {
			p.MoreFacts = int64(len(list) - i)
			break
		}
		p.Facts = append(p.Facts, row)
	}
	return nil
}

// timeline returns the facts of a case by their dates, each with other accounts of the same thing behind it.
func (d *reader) timeline(id string) ([][]desk.Record, error) {
	list, err := d.list(desk.Fact, "case", id)
	if err != nil {
		return nil, err
	}
	byDate(list, "date")
	of := map[string]string{} // account to the fact it is another account of
	known := map[string]bool{}
	for i := range list {
		known[list[i].ID] = true
	}
	for i := range list {
		if c := list[i].Str("conflicts"); known[c] && c != list[i].ID {
			of[list[i].ID] = c
		}
	}
	first := func(id string) string {
		for n := 0; of[id] != "" && n < len(list); n++ {
			id = of[id]
		}
		return id
	}
	at := map[string]int{}
	var out [][]desk.Record
	for _, others := range []bool{false, true} {
		for i := range list {
			head := first(list[i].ID)
			if of[head] != "" { // a circle: each is an account of the other
				head = list[i].ID
			}
			if others == (head == list[i].ID) {
				continue
			}
			if n, ok := at[head]; ok {
				out[n] = append(out[n], list[i])
				continue
			}
			at[head] = len(out)
			out = append(out, []desk.Record{list[i]})
		}
	}
	return out, nil
}

func (f *caseFact) size() int {
	n := 360 + weight(f.Actors...)
	for _, a := range f.Accounts {
		n += 240 + weight(a.Text.Text, a.Amount)
		for _, s := range a.Sources {
			n += 70 + s.weighs()
		}
		if a.Quote != nil {
			n += a.Quote.size()
		}
	}
	return n
}

func (r *request) caseFact(d *reader, list []desk.Record) (caseFact, error) {
	head := &list[0]
	row := caseFact{ID: head.ID, Kind: head.Str("type")}
	dated := func(rec *desk.Record, field string) string {
		if rec.Str(field) == "" {
			return ""
		}
		return r.dated(rec.Str(field))
	}
	row.Date, row.Until = dated(head, "date"), dated(head, "until")
	for _, id := range firstOf(head.Strings("actors"), 4) {
		a, err := d.get(desk.Actor, id)
		if err != nil {
			return row, err
		}
		if a != nil {
			row.Actors = append(row.Actors, prose(a, "name", 80))
		}
	}
	for i := range firstOf(list, 6) {
		rec := &list[i]
		a := account{ID: rec.ID, Text: r.said(rec.Words("text"), 400), Amount: prose(rec, "amount", 120)}
		if date := dated(rec, "date"); i > 0 && date != row.Date {
			a.Date = date
		}
		a.Sources = r.sources(rec.Strings("sources"), 4)
		var err error
		if a.Quote, err = r.quoteOf(rec.Str("quote")); err != nil {
			return row, err
		}
		row.Accounts = append(row.Accounts, a)
	}
	return row, nil
}

// casePartPage is all of what a case's page shows the beginning of.
type casePartPage struct {
	base
	Case     named
	Title    string
	Total    int64
	Facts    []caseFact
	Actors   []actorRow
	Evidence []caseEvidence
	Newer    string
	Older    string
}

// casePart returns the page of a part of a case: facts, actors or evidence.
func (s *site) casePart(part string) func(*request) error {
	return func(r *request) error {
		d := r.reader()
		k, err := r.recordAsked(d, desk.Case)
		if err != nil {
			return err
		}
		var p casePartPage
		if p.Case, err = d.named(r, k, 200); err != nil {
			return err
		}
		p.Title = r.words().get("case.h." + part)
		p.base = r.base(p.Title + r.words()["join.colon"] + isolate(shorten(p.Case.Text, 60)))
		if err := p.mark(d, k); err != nil {
			return err
		}
		switch part {
		case "facts":
			err = p.allFacts(r, d, k.ID)
		case "actors":
			err = p.allActors(r, d, k.ID)
		default:
			err = p.allEvidence(r, d, k.ID)
		}
		if err != nil {
			return err
		}
		return r.render(http.StatusOK, "casepart", p)
	}
}

func (p *casePartPage) allFacts(r *request, d *reader, id string) error {
	list, err := d.timeline(id)
	p.Total = int64(len(list))
	list, p.Newer, p.Older = paged(r, list, partOnPage)
	for i := range list {
		row, err := r.caseFact(d, list[i])
		if err != nil {
			return err
		}
		p.Facts = append(p.Facts, row)
	}
	return err
}

func (p *casePartPage) allActors(r *request, d *reader, id string) error {
	list, err := d.list(desk.Actor, "case", id)
	p.Total = int64(len(list))
	list, p.Newer, p.Older = paged(r, list, partOnPage)
	for i := range list {
		row, err := r.actorRow(d, &list[i])
		if err != nil {
			return err
		}
		p.Actors = append(p.Actors, row)
	}
	return err
}

func (p *casePartPage) allEvidence(r *request, d *reader, id string) error {
	var list []caseEvidence
	if err := d.caseEvidence(r, id, func(row caseEvidence) error { list = append(list, row); return nil }); err != nil {
		return err
	}
	p.Total = int64(len(list))
	p.Evidence, p.Newer, p.Older = paged(r, list, partOnPage)
	return nil
}
