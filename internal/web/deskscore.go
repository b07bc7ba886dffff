package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"veedor/internal/weigh/accounts"
	"veedor/internal/weigh/desk"
)

// scorePage is where one coder scores an item under a rubric, without seeing what others gave it.
type scorePage struct {
	base
	Item, ItemName string
	Edit           string
	Text           string
	Rubrics        []option
	Rubric         string
	Levels         []levelRow
	Rev            int
	Reason         string
	Error          string
	ReasonError    string
	Own            bool
	Others         []otherScore
	Hidden         int64 // scores of others that are not shown yet
	Agreement      coderRow
	May            bool
}

type levelRow struct {
	Value, Shown, Text string
	Here               bool
}

type otherScore struct {
	Coder, Value, Reason string
	At                   time.Time
}

// coderRow is how far coders agree under a rubric.
type coderRow struct {
	Name, Version, Href string
	Known               bool
	Alpha               float64
	Units, Values       int64
	Edit                string
}

func (s *site) scoring(r *request) error { return r.showScoring(http.StatusOK, "", "") }

func (r *request) showScoring(status int, trouble, reasonTrouble string) error {
	item, err := r.recordOf(desk.Item, r.PathValue("id"))
	if err != nil {
		return err
	}
	w := r.words()
	p := scorePage{base: r.base(w.get("score.title")), Item: item.ID, ItemName: called(item, r.lang), Edit: editHref(r.lang, desk.Item, item.ID), Text: lines(firstText(item.Str("summary"), item.Str("text")), 3000), Error: trouble, ReasonError: reasonTrouble, May: r.may(accounts.Write) && !item.Removed}
	rubrics, err := r.s.Work.Desk.List(r.Context(), r.worker(), desk.Query{Kind: desk.Rubric, Newest: true, Limit: 100})
	if err != nil {
		return err
	}
	p.Rubric = r.FormValue("rubric")
	var rubric *desk.Record
	for i := range rubrics {
		if p.Rubric == "" || p.Rubric == rubrics[i].ID {
			p.Rubric, rubric = rubrics[i].ID, &rubrics[i]
		}
		p.Rubrics = append(p.Rubrics, option{Value: rubrics[i].ID, Label: called(&rubrics[i], r.lang) + " " + shorten(rubrics[i].Str("version"), 20)})
	}
	if rubric == nil {
		p.Rubric = ""
		return r.render(status, "desk-score", p)
	}
	for i := range p.Rubrics {
		p.Rubrics[i].Here = p.Rubrics[i].Value == rubric.ID
	}
	mine, others, err := r.scoresOf(item.ID, rubric.ID)
	if err != nil {
		return err
	}
	value := r.PostFormValue("value")
	p.Reason = r.PostFormValue("reason")
	if mine != nil {
		p.Own, p.Rev = true, mine.Rev
		if r.Method == http.MethodGet {
			n, _ := mine.Int("value")
			value, p.Reason = strconv.Itoa(n), mine.Str("reason")
		}
	}
	levels := rubric.Words("levels")
	for n := -3; n <= 3; n++ {
		v := strconv.Itoa(n)
		p.Levels = append(p.Levels, levelRow{v, signedScore(n), shorten(levels[v], 300), v == value})
	}
	if mine == nil && len(others) < 2 {
		p.Hidden, others = int64(len(others)), nil
	}
	for i := range others {
		n, _ := others[i].Int("value")
		p.Others = append(p.Others, otherScore{shorten(others[i].CreatedBy, 60), signedScore(n), shorten(others[i].Str("reason"), 500), others[i].Updated})
	}
	p.Agreement, err = r.agreement(rubric)
	if err != nil {
		return err
	}
	return r.render(status, "desk-score", p)
}

func firstText(all ...string) string {
	for _, s := range all {
		if s != "" {
			return s
		}
	}
	return ""
}

// signedScore writes a score: −2, 0, +1.
func signedScore(n int) string {
	switch {
	case n < 0:
		return "−" + strconv.Itoa(-n)
	case n > 0:
		return "+" + strconv.Itoa(n)
	}
	return "0"
}

// scoresOf returns the viewer's own score of an item under a rubric, nil where there is none, and others'.
func (r *request) scoresOf(item, rubric string) (mine *desk.Record, others []desk.Record, err error) {
	list, err := r.s.Work.Desk.List(r.Context(), r.worker(), desk.Query{Kind: desk.Score, Where: map[string]string{"item": item, "rubric": rubric}})
	for i := range list {
		if list[i].CreatedBy == r.worker().Name {
			mine = &list[i]
		} else {
			others = append(others, list[i])
		}
	}
	return mine, others, err
}

func (r *request) agreement(rubric *desk.Record) (coderRow, error) {
	a, err := r.s.Work.Desk.Agreement(r.Context(), r.worker(), rubric.ID)
	return coderRow{Name: called(rubric, r.lang), Version: shorten(rubric.Str("version"), 20), Known: a.Known, Alpha: a.Alpha, Units: int64(a.Units), Values: int64(a.Values), Edit: editHref(r.lang, desk.Rubric, rubric.ID)}, err
}

// scored keeps the viewer's own score.
func (s *site) scored(r *request) error {
	item, err := r.recordOf(desk.Item, r.PathValue("id"))
	if err != nil {
		return err
	}
	w := r.words()
	value, err := strconv.Atoi(r.PostFormValue("value"))
	if err != nil || value < -3 || value > 3 {
		return r.showScoring(http.StatusUnprocessableEntity, w.get("score.choose"), "")
	}
	reason := tidy(r.PostFormValue("reason"))
	if reason == "" {
		return r.showScoring(http.StatusUnprocessableEntity, "", w.get("wrong.must"))
	}
	rubric := r.PostFormValue("rubric")
	if _, err := s.Work.Desk.Get(r.Context(), r.worker(), desk.Rubric, rubric); err != nil {
		return err
	}
	mine, _, err := r.scoresOf(item.ID, rubric)
	if err != nil {
		return err
	}
	c := desk.Change{Kind: desk.Score, Set: map[string]any{"value": value, "reason": reason}}
	if mine != nil {
		c.ID = mine.ID
		if c.On, err = strconv.Atoi(r.PostFormValue("rev")); err != nil || c.On < 1 || c.On > mine.Rev {
			c.On = mine.Rev
		}
	} else {
		c.ID = s.Work.Desk.NewID()
		c.Set["item"], c.Set["rubric"] = item.ID, rubric
	}
	done, err := s.Work.Desk.Write(r.Context(), r.worker(), shorten(w.get("score.why"), 100), c)
	if err != nil {
		text, err := r.refused(err)
		if err != nil {
			return err
		}
		return r.showScoring(http.StatusUnprocessableEntity, text, "")
	}
	return r.wrote(done, "/desk/score/"+url.PathEscape(item.ID)+"?rubric="+url.QueryEscape(rubric))
}

// rubricsPage lists rubrics with how far coders agree, and items that wait for a second coder.
type rubricsPage struct {
	base
	Rows    []coderRow
	Waiting []queueRow
	May     bool
}

func (s *site) rubrics(r *request) error {
	p := rubricsPage{base: r.base(r.words().get("rubrics.title")), May: r.may(accounts.Write)}
	list, err := s.Work.Desk.List(r.Context(), r.worker(), desk.Query{Kind: desk.Rubric, Newest: true, Limit: 40})
	if err != nil {
		return err
	}
	for i := range list {
		row, err := r.agreement(&list[i])
		if err != nil {
			return err
		}
		p.Rows = append(p.Rows, row)
	}
	l, err := s.queueSecond(r)
	p.Waiting = slices.Clone(l.Rows)
	if err != nil {
		return err
	}
	return r.render(http.StatusOK, "desk-rubrics", p)
}
