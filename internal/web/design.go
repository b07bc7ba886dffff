package web

import (
	"net/http"
	"regexp"
	"time"

	"veedor/internal/measure/store"
	"veedor/internal/measure/verdict"
	"veedor/internal/weigh/cases"
)

// designPage shows every part that pages are made of, by the templates that pages use, with invented data.
type designPage struct {
	base
	Aims     []string
	Labels   []verdict.Label
	States   []verdict.State
	Statuses []string
	Outcomes []string // of a quote
	Agree    []string // how two captures agree
	Rows     []verdict.Row
	Tally    tally
	Quote    quoteShown
	Evidence evidenceRow
	Claims   []claimRow
	Fields   []field
	Pieces   []piece
	Sizes    []size
	Figures  []*figure
}

// sampleLinks lead to pages of things that are invented for this page only.
var sampleLinks = regexp.MustCompile(`href="[^"]*/(?:measurement|target|network|country)/[^"]*"`)

// size is a step of the scales in the style sheet.
type size struct{ Name, Value, Space, For string }

func (s *site) design(r *request) error {
	t := r.words().get
	at := time.Date(2026, 5, 3, 11, 0, 0, 0, time.UTC)
	row := func(l verdict.Label, target string, layers ...string) verdict.Row {
		return verdict.Row{MeasurementUID: "sample", StartTime: at, ProbeCC: "XB", ProbeASN: 64500, ProbeASOrgName: "Borduna Telecom (invented)", Target: target, Layer: verdict.All, Label: l, Layers: layers, Invented: true}
	}
	p := designPage{
		base: r.base(t("design.title")),
		Aims: []string{"design.aim.calm", "design.aim.quick", "design.aim.sign", "design.aim.gap"}, Labels: labels,
		States: []verdict.State{verdict.Blocked, verdict.Down, verdict.OK, verdict.Insufficient}, Statuses: statuses(),
		Outcomes: []string{"found", "changed", "lost"}, Agree: []string{"same", "differs", "unknown"},
		Rows:  []verdict.Row{row(verdict.LabelBlocked, "news.example", "dns"), row(verdict.LabelInsufficient, "chat.example")},
		Tally: tally{ID: "targets", Total: 2},
		Quote: quoteShown{Words: "«Se ordena el bloqueo de chat.example»", Lang: "es", Page: "gazette.example", At: at, Href: "#quotes", Outcome: "found"},
		Claims: []claimRow{{named: named{Text: t("design.sample.claim"), Href: "#lists", Status: cases.SingleSource, Invented: true},
			Since: at, Texts: 3, Sources: 1}},
		Fields: []field{{Name: "asn", Label: t("design.forms.asn"), Value: "AS-1", Type: "text", Auto: "off", Hint: t("design.forms.hint"), Error: t("design.forms.error")},
			{Name: "why", Label: t("design.forms.why"), Type: "text", Auto: "off"}},
		Pieces: []piece{{Op: "same", Text: t("design.changes.before")}, {Op: "removed", Text: t("design.changes.removed")}, {Op: "added", Text: t("design.changes.added")}, {Op: "same", Text: t("design.changes.after")}},
		Sizes: []size{{"--t1", "0.8", "--s1: 0.25", "design.tokens.t1"}, {"--t2", "0.9", "--s2: 0.5", "design.tokens.t2"}, {"1rem", "1", "--s3: 1", "design.tokens.t3"},
			{"--t4", "1.15", "--s4: 1.5", "design.tokens.t4"}, {"--t5", "1.4", "--s5: 2.5", "design.tokens.t5"}, {"--t6", "1.6–2.3", "", "design.tokens.t6"}},
	}
	p.Evidence = evidenceRow{ID: "sample", Kind: "document", Stance: cases.Supports, Strength: "claim.strength.strong", Says: foreign{Text: t("design.sample.says")},
		Source: cited{Text: t("design.sample.source"), Href: "#quotes"}, Reason: foreign{Text: t("design.sample.why")}, By: t("design.sample.by"), At: day(r.words(), at)}
	counts := func(name string, blocked, ok int64) tallyRow {
		return tallyRow{Count: store.Count{Key: name, Blocked: blocked, OK: ok, Insufficient: 8, Total: blocked + ok + 8, Last: at, Witness: "sample", Invented: true}, Label: name, Href: "#tables"}
	}
	p.Tally.Rows = []tallyRow{counts("news.example", 233, 12), counts("library.example", 0, 210)}
	for _, o := range orders {
		l := sortLink{Key: o.key, Number: o.number, Href: "#targets"}
		if o.key == "blocked" {
			l.Aria = "descending"
		}
		p.Tally.Head = append(p.Tally.Head, l)
	}
	for _, name := range []string{"timeline", "heat", "bars", "steps"} {
		c, err := sampleChart(name, sampleCharts()[name])(r)
		if err != nil {
			return err
		}
		p.Figures = append(p.Figures, r.figure(c, prefix(r.lang)+"/design/"+name, "", 3))
	}
	p.Invented, r.inert = all, true
	return r.render(http.StatusOK, "design", p)
}
