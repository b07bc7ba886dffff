package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"veedor/internal/follow/match"
	"veedor/internal/follow/registry"
	"veedor/internal/weigh/accounts"
	"veedor/internal/weigh/desk"
)

// lineagesPage lists what may derive from what, and nobody decided.
type lineagesPage struct {
	base
	Rows []derivedRow
	More bool
	All  string // decided ones
	Only string // decision that is listed
}

type derivedRow struct {
	Href, From, To string
	Type, Score    string
	Decision       string
}

const onLineages = 30

func (s *site) lineages(r *request) error {
	only := r.URL.Query().Get("decision")
	if !slices.Contains([]string{"confirmed", "rejected"}, only) {
		only = "proposed"
	}
	p := lineagesPage{base: r.base(r.words().get("derive.title")), Only: only}
	list, err := s.Work.Desk.List(r.Context(), r.worker(), desk.Query{Kind: desk.Lineage, Where: map[string]string{"decision": only}, Newest: true, Limit: onLineages + 1})
	if err != nil {
		return err
	}
	if p.More = len(list) > onLineages; p.More {
		list = list[:onLineages]
	}
	for i := range list {
		l := &list[i]
		row := derivedRow{Href: workHref(r.lang, desk.Lineage, l.ID), From: r.nameOf(desk.Item, l.Str("from")), To: shorten(l.Str("outside"), 140), Type: l.Str("type"), Score: shorten(l.Str("score"), 10), Decision: l.Str("decision")}
		if to := l.Str("to"); to != "" {
			row.To = r.nameOf(desk.Item, to)
		}
		p.Rows = append(p.Rows, row)
	}
	return r.render(http.StatusOK, "desk-lineages", p)
}

// lineagePage shows two texts side by side, what speaks for one deriving from the other, and takes a decision.
type lineagePage struct {
	base
	ID, Type, Decision string
	Rev                int
	Score              string
	Sides              []lineageSide
	Outside            string
	Reasons            []string
	By                 string
	Types              []option
	Error, Why         string
	May                bool
	History            string
}

type lineageSide struct {
	Name, Href, Head string
	Source, Date     string
	Lang             string
	Text             []markedText
	Left             int64
}

// markedText is a piece of a text that both share, or not.
type markedText struct {
	Text string
	Mark bool
}

const maxSide = 4000 // code points of a text

func (s *site) lineagePage(r *request) error { return r.showLineage(http.StatusOK, "") }

func (r *request) showLineage(status int, trouble string) error {
	l, err := r.recordOf(desk.Lineage, r.PathValue("id"))
	if err != nil {
		return err
	}
	w := r.words()
	p := lineagePage{base: r.base(w.get("derive.one")), ID: l.ID, Rev: l.Rev, Type: l.Str("type"), Decision: l.Str("decision"), Score: shorten(l.Str("score"), 10), Outside: shorten(l.Str("outside"), 300), By: shorten(l.UpdatedBy, 60), Error: trouble,
		Why: r.PostFormValue("why"), May: r.may(accounts.Decide) && !l.Removed, History: prefix(r.lang) + "/desk/history/lineage/" + url.PathEscape(l.ID)}
	chosen := p.Type
	if r.Method == http.MethodPost {
		chosen = r.PostFormValue("type")
	}
	for _, t := range lineageTypes() {
		p.Types = append(p.Types, option{Value: t, Label: w.get("choice." + t), Here: t == chosen})
	}
	var snippets [2][]string
	for line := range strings.Lines(l.Str("reason")) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		p.Reasons = append(p.Reasons, shorten(line, 420))
		if _, rest, ok := strings.Cut(line, ": "); ok {
			a, b, both := strings.Cut(rest, " ← ")
			if !both {
				b = a
			}
			snippets[0], snippets[1] = append(snippets[0], a), append(snippets[1], b)
		}
	}
	for i, id := range []string{l.Str("from"), l.Str("to")} {
		if id == "" {
			continue
		}
		it, err := r.s.Work.Desk.Get(r.Context(), r.worker(), desk.Item, id)
		if errors.Is(err, desk.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		side := lineageSide{Name: called(it, r.lang), Href: editHref(r.lang, desk.Item, it.ID), Head: w.get([]string{"derive.copy", "derive.from"}[i]), Date: shorten(it.Str("published_on"), 30), Lang: languageTag(it.Str("language"))}
		if src := it.Str("source"); src != "" {
			side.Source = r.nameOf(desk.Source, src)
		}
		whole := firstText(it.Str("text"), it.Str("summary"))
		text := lines(whole, maxSide)
		side.Left = int64(max(0, len([]rune(whole))-len([]rune(text))))
		side.Text = marked(text, snippets[i])
		p.Sides = append(p.Sides, side)
	}
	return r.render(status, "desk-lineage", p)
}

func lineageTypes() []string { return []string{"copy", "translation", "rewrite", "redated", "cites"} }

// marked marks where snippets of at least twelve letters stand in a text.
func marked(text string, snippets []string) []markedText {
	type span struct{ from, to int }
	var spans []span
	for _, s := range snippets {
		s = strings.TrimSuffix(strings.TrimSpace(s), "…")
		if len(s) < 12 {
			continue
		}
		if i := strings.Index(text, s); i >= 0 {
			spans = append(spans, span{i, i + len(s)})
		}
	}
	slices.SortFunc(spans, func(a, b span) int { return a.from - b.from })
	var out []markedText
	at := 0
	for _, s := range spans {
		if s.to <= at {
			continue
		}
		s.from = max(s.from, at)
		if s.from > at {
			out = append(out, markedText{text[at:s.from], false})
		}
		out = append(out, markedText{text[s.from:s.to], true})
		at = s.to
	}
	if at < len(text) {
		out = append(out, markedText{text[at:], false})
	}
	return out
}

func (s *site) lineageDecided(r *request) error {
	l, err := r.recordOf(desk.Lineage, r.PathValue("id"))
	if err != nil {
		return err
	}
	w := r.words()
	decision, typ := r.PostFormValue("do"), r.PostFormValue("type")
	rev, err := strconv.Atoi(r.PostFormValue("rev"))
	if err != nil || rev < 1 || rev > l.Rev || !slices.Contains([]string{"confirmed", "rejected", "proposed"}, decision) || !slices.Contains(lineageTypes(), typ) {
		return &problem{http.StatusBadRequest, "error.form", ""}
	}
	why := r.whyGiven()
	if why == "" {
		return r.showLineage(http.StatusUnprocessableEntity, w.get("wrong.why"))
	}
	set := map[string]any{"decision": decision, "at": time.Now().UTC().Format(time.DateOnly)}
	if typ != l.Str("type") {
		set["type"] = typ
	}
	done, err := s.Work.Desk.Write(r.Context(), r.worker(), why, desk.Change{Kind: desk.Lineage, ID: l.ID, On: rev, Set: set})
	if err != nil {
		text, err := r.refused(err)
		if err != nil {
			return err
		}
		return r.showLineage(http.StatusUnprocessableEntity, text)
	}
	return r.wrote(done, "/desk/lineage")
}

// proposed is what looking through the registry for entities that may be the same gave, the last time somebody asked.
type proposed struct {
	sync.Mutex
	running bool
	at      time.Time
	list    []registry.Proposal
	err     error
}

const maxMerges = 60

// mergesPage lists entities that may be the same.
type mergesPage struct {
	base
	Running, Failed bool
	At              time.Time
	Rows            []mergeRow
	May             bool
	Error           string
	Why             string
	Chosen          string
	There           bool
}

type mergeRow struct {
	Key, A, B          string
	HrefA, HrefB       string
	DatasetA, DatasetB string
	Percent            string
	Chosen             bool
}

func (s *site) merges(r *request) error { return r.showMerges(http.StatusOK, "") }

func (r *request) showMerges(status int, trouble string) error {
	p := mergesPage{base: r.base(r.words().get("merges.title")), May: r.may(accounts.Decide), Error: trouble, There: r.s.Work.Merges != nil, Why: r.PostFormValue("why")}
	m := &r.s.proposed
	m.Lock()
	defer m.Unlock()
	p.Running, p.At, p.Failed = m.running, m.at, m.err != nil
	for _, one := range m.list[:min(len(m.list), 20)] {
		p.Rows = append(p.Rows, mergeRow{Key: one.A + " " + one.B, A: shorten(one.LabelA, 140), B: shorten(one.LabelB, 140), HrefA: entityHref(r.lang, one.A), HrefB: entityHref(r.lang, one.B),
			DatasetA: shorten(one.DatasetA, 60), DatasetB: shorten(one.DatasetB, 60), Percent: r.percent(one.Score), Chosen: one.A+" "+one.B == r.PostFormValue("pair")})
	}
	return r.render(status, "desk-merges", p)
}

// mergesLook looks through the registry, in the background.
func (s *site) mergesLook(r *request) error {
	m := &s.proposed
	m.Lock()
	defer m.Unlock()
	if s.Work.Merges == nil || m.running {
		return r.redirect("/desk/merges")
	}
	m.running = true
	go func() {
		ctx, cancel := context.WithTimeout(s.Work.background(), 10*time.Minute)
		defer cancel()
		var list []registry.Proposal
		enough := errors.New("enough")
		err := s.Work.Merges.Propose(ctx, "", match.Threshold(), nil, func(p registry.Proposal) error {
			if list = append(list, p); len(list) == maxMerges {
				return enough
			}
			return nil
		})
		if errors.Is(err, enough) {
			err = nil
		}
		if err != nil {
			s.Log.Error("look for entities that may be the same", "error", err)
		}
		slices.SortStableFunc(list, func(a, b registry.Proposal) int {
			switch {
			case a.Score > b.Score:
				return -1
			case a.Score < b.Score:
				return 1
			}
			return 0
		})
		m.Lock()
		defer m.Unlock()
		m.running, m.at, m.list, m.err = false, time.Now(), list, err
	}()
	return r.redirect("/desk/merges")
}

func (s *site) mergeDecided(r *request) error {
	verdict := r.PostFormValue("do")
	a, b, ok := strings.Cut(r.PostFormValue("pair"), " ")
	if s.Work.Merges == nil {
		return r.missing()
	}
	if !ok || !slices.Contains([]string{registry.Positive, registry.Negative, registry.Unsure}, verdict) {
		return &problem{http.StatusBadRequest, "error.form", ""}
	}
	why := r.whyGiven()
	if why == "" {
		return r.showMerges(http.StatusUnprocessableEntity, r.words().get("wrong.why"))
	}
	d := registry.Decision{A: a, B: b, Verdict: verdict, By: r.worker().Name, Why: why}
	m := &s.proposed
	m.Lock()
	for _, p := range m.list {
		if p.A == a && p.B == b {
			d.Score = p.Score
		}
	}
	m.Unlock()
	if _, err := s.Work.Merges.Decide(r.Context(), d); err != nil {
		if errors.Is(err, registry.ErrNotFound) {
			return &problem{http.StatusNotFound, "error.entity", a}
		}
		if r.Context().Err() != nil {
			return err
		}
		return r.showMerges(http.StatusUnprocessableEntity, r.words().get("work.refused", isolate(shorten(err.Error(), 300))))
	}
	m.Lock()
	m.list = slices.DeleteFunc(m.list, func(p registry.Proposal) bool { return p.A == a && p.B == b })
	m.Unlock()
	r.flash("merges.done")
	return r.redirect("/desk/merges")
}
