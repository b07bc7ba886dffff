package web

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"veedor/internal/weigh/accounts"
	"veedor/internal/weigh/desk"
)

// queuePage is what waits for somebody, in short lists.
type queuePage struct {
	base
	Lists []queueList
	Idle  []string // keys of those in which nothing waits
	Work  bool     // who asks may see what is private
	Write bool
}

// queueList is one kind of work that waits.
type queueList struct {
	Key  string // of its words
	N    int64
	Most bool // there are more than were counted
	Rows []queueRow
	All  string // where all of them are
}

type queueRow struct {
	Name, Href string
	Status     string // of a claim
	Note       string
	At         time.Time
}

const (
	inQueue  = 6   // of a list
	maxQueue = 200 // of what is only counted
)

func (s *site) queue(r *request) error {
	p := queuePage{base: r.base(r.words().get("queue.title")), Work: r.may(accounts.Private), Write: r.may(accounts.Write)}
	makers := []func(*request) (queueList, error){s.queueMoved}
	if p.Work {
		makers = []func(*request) (queueList, error){s.queueMine, s.queueReports, s.queueNew, s.queueSecond, s.queueLineage, s.queueConflicts, s.queueApprovals, s.queueMoved, s.queueAlerts}
	}
	for _, make := range makers {
		l, err := make(r)
		if err != nil {
			return err
		}
		if l.N == 0 {
			p.Idle = append(p.Idle, l.Key)
			continue
		}
		p.Lists = append(p.Lists, l)
	}
	return r.render(http.StatusOK, "desk-queue", p)
}

// add puts a row into a list that may be full, and counts it.
func (l *queueList) add(row queueRow) {
	if l.N++; len(l.Rows) < inQueue {
		l.Rows = append(l.Rows, row)
	}
}

func (r *request) rowOf(rec *desk.Record) queueRow {
	return queueRow{Name: called(rec, r.lang), Href: workHref(r.lang, rec.Kind, rec.ID), Status: rec.Str("status"), At: rec.Updated}
}

func (s *site) queueNew(r *request) (queueList, error) {
	l := queueList{Key: "queue.new", All: prefix(r.lang) + "/desk/records/item?stage=new"}
	list, err := s.Work.Desk.List(r.Context(), r.worker(), desk.Query{Kind: desk.Item, Where: map[string]string{"stage": "new"}, Newest: true, Limit: maxQueue + 1})
	for i := range list {
		if list[i].Str("how_found") != readerReport { // those have a list of their own
			l.add(r.rowOf(&list[i]))
		}
	}
	l.most()
	return l, err
}

// most notes that there are more than were counted.
func (l *queueList) most() {
	if l.N > maxQueue {
		l.N, l.Most = maxQueue, true
	}
}

func (s *site) queueMine(r *request) (queueList, error) {
	l := queueList{Key: "queue.mine"}
	for _, stage := range []string{"assigned", "in review", "new"} {
		list, err := s.Work.Desk.List(r.Context(), r.worker(), desk.Query{Kind: desk.Item, Where: map[string]string{"stage": stage}, Newest: true, Limit: searched})
		if err != nil {
			return l, err
		}
		for i := range list {
			if strings.EqualFold(list[i].Str("assignee"), r.worker().Name) {
				l.add(r.rowOf(&list[i]))
			}
		}
	}
	return l, nil
}

// queueSecond lists items that one person scored, who is not the one asking.
func (s *site) queueSecond(r *request) (queueList, error) {
	l := queueList{Key: "queue.second", All: prefix(r.lang) + "/desk/rubrics"}
	list, err := s.Work.Desk.List(r.Context(), r.worker(), desk.Query{Kind: desk.Score, Newest: true, Limit: searched})
	if err != nil {
		return l, err
	}
	coders := map[string][]string{}
	var order []string
	for i := range list {
		key := list[i].Str("item") + " " + list[i].Str("rubric")
		if coders[key] == nil {
			order = append(order, key)
		}
		coders[key] = append(coders[key], list[i].CreatedBy)
	}
	for _, key := range order {
		if len(coders[key]) != 1 || coders[key][0] == r.worker().Name {
			continue
		}
		item, rubric, _ := strings.Cut(key, " ")
		row := queueRow{Href: prefix(r.lang) + "/desk/score/" + url.PathEscape(item) + "?rubric=" + url.QueryEscape(rubric)}
		if len(l.Rows) < inQueue {
			row.Name, row.Note = r.nameOf(desk.Item, item), r.nameOf(desk.Rubric, rubric)
		}
		l.add(row)
	}
	return l, nil
}

func (s *site) queueLineage(r *request) (queueList, error) {
	l := queueList{Key: "queue.lineage", All: prefix(r.lang) + "/desk/lineage"}
	list, err := s.Work.Desk.List(r.Context(), r.worker(), desk.Query{Kind: desk.Lineage, Where: map[string]string{"decision": "proposed"}, Newest: true, Limit: maxQueue + 1})
	for i := range list {
		row := r.rowOf(&list[i])
		if len(l.Rows) < inQueue {
			row.Name = r.nameOf(desk.Item, list[i].Str("from"))
			row.Note = r.words().get("choice." + list[i].Str("type"))
		}
		l.add(row)
	}
	l.most()
	return l, err
}

func (s *site) queueConflicts(r *request) (queueList, error) {
	l := queueList{Key: "queue.conflicts", All: prefix(r.lang) + "/desk/conflicts"}
	list, err := s.Work.Desk.Conflicts(r.Context(), r.worker(), "", "", false)
	for _, c := range list {
		row := queueRow{Href: prefix(r.lang) + "/desk/conflicts?" + url.Values{"kind": {string(c.Kind)}, "id": {c.Record}}.Encode(), Note: r.label(c.Kind, c.Field), At: c.RivalAt}
		if len(l.Rows) < inQueue {
			row.Name = r.nameOf(c.Kind, c.Record)
		}
		l.add(row)
	}
	return l, err
}

func (s *site) queueApprovals(r *request) (queueList, error) {
	l := queueList{Key: "queue.approvals"}
	list, err := s.Accounts.Waiting(r.Context())
	if err != nil {
		return l, err
	}
	names, err := s.Accounts.Names(r.Context())
	for _, a := range list {
		act, k, id, ok := readSubject(a.Subject)
		if !ok {
			continue
		}
		row := queueRow{Name: r.nameOf(k, id), Href: prefix(r.lang) + "/desk/publish/" + string(k) + "/" + url.PathEscape(id), At: a.Proposed}
		row.Note = r.words().get("publish.proposedby."+act, isolate(cmp.Or(names[a.ProposedBy], a.ProposedBy)))
		l.add(row)
	}
	return l, err
}

func (s *site) queueMoved(r *request) (queueList, error) {
	l := queueList{Key: "queue.moved"}
	since := time.Now().AddDate(0, 0, -30)
	list, err := s.Work.Desk.StatusChanges(r.Context(), r.worker(), since, 40)
	seen := map[string]bool{}
	for _, c := range list {
		if seen[c.Claim] {
			continue
		}
		seen[c.Claim] = true
		row := queueRow{Href: workHref(r.lang, desk.Claim, c.Claim), Status: c.Standing.Status, At: c.At}
		if !r.may(accounts.Private) {
			row.Href = publicHref(r.lang, desk.Claim, c.Claim)
		}
		if c.Standing.Before != "" {
			row.Note = r.words().get("queue.before", r.words().get("claim."+c.Standing.Before))
		}
		if len(l.Rows) < inQueue {
			row.Name = r.nameOf(desk.Claim, c.Claim)
		}
		l.add(row)
	}
	return l, err
}

func (s *site) queueAlerts(r *request) (queueList, error) {
	l := queueList{Key: "queue.alerts", All: prefix(r.lang) + "/captures"}
	if s.Captures == nil {
		return l, nil
	}
	list, err := s.Captures.Alerts()
	for _, a := range list {
		if a.At.Before(time.Now().AddDate(0, 0, -30)) {
			continue
		}
		row := r.alertRow(a)
		l.add(queueRow{Name: row.Text, Href: row.Href, Note: shorten(a.URL, 120), At: a.At})
	}
	return l, err
}

// kindsPage lists the kinds of records, and how many there are.
type kindsPage struct {
	base
	Rows []recordKind
	May  bool
}

type recordKind struct {
	Kind, Href, New string
	N               int64
	Most            bool
}

func (s *site) kindsPage(r *request) error {
	p := kindsPage{base: r.base(r.words().get("records.title")), May: r.may(accounts.Write)}
	for _, k := range []desk.Kind{desk.Case, desk.Claim, desk.Item, desk.Source, desk.Frame, desk.Theme, desk.Entity, desk.Location, desk.Story, desk.Brief, desk.Rubric,
		desk.Utterance, desk.Evidence, desk.Relation, desk.Stance, desk.Score, desk.Lineage, desk.Actor, desk.Fact, desk.Question, desk.Unknown, desk.Withheld} {
		list, err := s.Work.Desk.List(r.Context(), r.worker(), desk.Query{Kind: k, Limit: 1001})
		if err != nil {
			return err
		}
		row := recordKind{Kind: string(k), Href: prefix(r.lang) + "/desk/records/" + string(k), N: int64(min(len(list), 1000)), Most: len(list) > 1000}
		if k != desk.Score && k != desk.Evidence {
			row.New = prefix(r.lang) + "/desk/new/" + string(k)
		}
		p.Rows = append(p.Rows, row)
	}
	return r.render(http.StatusOK, "desk-kinds", p)
}

// recordsPage lists records of a kind.
type recordsPage struct {
	base
	Kind, Asked string
	Rows        []queueRow
	New         string
	Hidden      [][2]string // other conditions of the list
	More        bool
	Blind       int64 // scores that are not shown yet
	Removed     bool
}

const onRecords = 40

func (s *site) records(r *request) error {
	k, err := r.kindAsked()
	if err != nil {
		return err
	}
	q := r.URL.Query()
	p := recordsPage{base: r.base(r.words().get("records.of", r.words().get("record."+string(k)))), Kind: string(k), Asked: shorten(strings.TrimSpace(q.Get("q")), 200), Removed: q.Get("removed") != ""}
	ask := desk.Query{Kind: k, Newest: true, Limit: searched, Where: map[string]string{}, Removed: p.Removed}
	for _, f := range desk.Fields(k) {
		if v := q.Get(f.Name); v != "" && slices.Contains([]desk.Type{desk.Ref, desk.Refs, desk.Choice}, f.Type) {
			ask.Where[f.Name] = v
			p.Hidden = append(p.Hidden, [2]string{f.Name, v})
		}
	}
	if k == desk.Item || k == desk.Claim || desk.Belongs(k) == "" {
		p.New = prefix(r.lang) + "/desk/new/" + string(k)
		if len(p.Hidden) > 0 {
			v := url.Values{}
			for _, h := range p.Hidden {
				v.Set(h[0], h[1])
			}
			p.New += "?" + v.Encode()
		}
	}
	if !r.may(accounts.Write) {
		p.New = ""
	}
	if p.Asked == "" && k != desk.Score {
		ask.Limit = onRecords + 1
	}
	list, err := s.Work.Desk.List(r.Context(), r.worker(), ask)
	if err != nil {
		return err
	}
	want := fold(p.Asked)
	for i := range list {
		if want != "" && !strings.Contains(fold(called(&list[i], r.lang)+" "+list[i].ID+" "+list[i].Str("url")), want) || p.Removed && !list[i].Removed {
			continue
		}
		if len(p.Rows) == onRecords {
			p.More = true
			break
		}
		if blind, err := r.blind(&list[i]); err != nil {
			return err
		} else if blind {
			p.Blind++
			continue
		}
		row := r.rowOf(&list[i])
		row.Note = list[i].UpdatedBy
		p.Rows = append(p.Rows, row)
	}
	return r.render(http.StatusOK, "desk-records", p)
}
