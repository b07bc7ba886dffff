package web

import (
	"slices"
	"time"

	"veedor/internal/measure/series"
	"veedor/internal/measure/verdict"
	"veedor/internal/web/chart"
)

// What an incident's timeline shows beside it, and at most.
const (
	daysBeside = 3 // days before and after
	maxAnswers = 60 * 24
)

// incidentChart makes a chart of an incident.
func (s *site) incidentChart(of func(*incidentPage, *request) *chart.Chart) chartMaker {
	return func(r *request) (*chart.Chart, error) {
		i, err := s.incidentAsked(r)
		if err != nil {
			return nil, err
		}
		p := r.incidentPage(i, false)
		if err := p.count(r); err != nil {
			return nil, err
		}
		return of(&p, r), nil
	}
}

// window is from when to when the incident's hours are counted.
func (p *incidentPage) window() (from, to time.Time) {
	day := 24 * time.Hour
	from = p.FromHour.AddDate(0, 0, -daysBeside).Truncate(day)
	if !p.FromOpen && p.FromNo.Before(p.FromHour) && p.FromNo.After(p.FromHour.AddDate(0, 0, -30)) {
		from = p.FromNo.AddDate(0, 0, -daysBeside).Truncate(day)
	}
	to = from.Add(maxAnswers * time.Hour)
	if now := p.latest.Truncate(day).Add(day); now.After(from) && now.Before(to) {
		to = now
	}
	if !p.Lasting {
		if end := later(p.ToHour, p.ToNo).AddDate(0, 0, daysBeside+1).Truncate(day); end.Before(to) {
			to = end
		}
	}
	return from, to
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// timeline draws what was met by hour, with the incident over it; nil where nothing was counted.
func (p *incidentPage) timeline(r *request) *chart.Chart {
	w := r.words()
	t := &chart.Timeline{Unit: w.get("chart.incident.unit"), Step: time.Hour, Classes: []chart.Class{{Key: "restricted", Name: w.get("chart.incident.met"), Tone: chart.Tone0}, {Key: "not_restricted", Name: w.get("chart.incident.not"), Tone: chart.Tone2}}}
	if p.Kind == series.Shutdown { // nobody restricts a measurement that was not made
		t.Unit, t.Classes = w.get("chart.measurements"), []chart.Class{{Key: "measurements", Name: w.get("chart.measurements"), Tone: chart.Tone2}}
	}
	t.Start, _ = p.window()
	var asked, met int64
	for _, h := range p.hours {
		counts := []int64{h.Blocked, h.Voters - h.Blocked}
		if p.Kind == series.Shutdown {
			counts = counts[1:]
		}
		t.Points = append(t.Points, chart.Point{Counts: counts, Gap: h.Voters == 0})
		asked, met = asked+h.Voters, met+h.Blocked
	}
	if asked == 0 {
		return nil
	}
	span := chart.Span{Name: p.When, From: p.FromHour, After: p.FromNo}
	if p.FromOpen {
		span.After = t.Start
	}
	if !p.Lasting {
		span.To, span.Before = p.ToHour, p.ToNo
		if p.ToNo.Before(p.ToHour) {
			span.To, span.Before = p.ToNo, p.ToHour
		}
	}
	t.Spans = []chart.Span{span}
	desc := w.get("chart.incident.desc", number(r.lang, asked), number(r.lang, met))
	if p.Kind == series.Shutdown {
		desc = w.get("chart.silence.desc", number(r.lang, asked))
	}
	c := r.chart("answers", w.get("chart.incident.title", p.Headline), desc, p.Invented, "chart.source.measure", r.s.RuleSet)
	c.Licence, c.Kind = w.get("chart.licence.measure"), t
	return c
}

func (p *incidentPage) networksHeat(r *request) *chart.Chart {
	return p.heatChart(r, "networks", "chart.heat.networks", p.Networks)
}

func (p *incidentPage) targetsHeat(r *request) *chart.Chart {
	return p.heatChart(r, "targets", "chart.heat.targets", p.Names)
}

// heatChart draws one of the tables of the incident; nil where it has no row.
func (p *incidentPage) heatChart(r *request, id, title string, rows []heatRow) *chart.Chart {
	if len(rows) == 0 {
		return nil
	}
	w := r.words()
	h := &chart.Heat{Unit: w.get(title), Days: p.Days, Numbers: true, Levels: []string{w.get("chart.level.0"), w.get("chart.level.1"), w.get("chart.level.2"), w.get("chart.level.3"), w.get("chart.level.4")}}
	for _, row := range rows {
		one := chart.HeatRow{Name: row.Name}
		for _, c := range row.Cells {
			one.Cells = append(one.Cells, chart.HeatCell{Level: c.Level, N: c.Blocked, Of: c.Voters, Gap: c.Voters == 0})
		}
		h.Rows = append(h.Rows, one)
	}
	c := r.chart(id, p.Headline, w.get("chart.heat.desc", number(r.lang, int64(len(h.Rows))), number(r.lang, int64(len(h.Days)))), p.Invented, "chart.source.measure", r.s.RuleSet)
	c.Licence, c.Kind = w.get("chart.licence.measure"), h
	return c
}

// countAll counts what was measured by hour around a silence: on its networks, or in the whole country.
func (p *incidentPage) countAll(r *request) error {
	begin, end := p.window()
	p.hours = make([]heat, int(end.Sub(begin)/time.Hour))
	list, err := r.s.Store.Volumes(r.Context())
	if err != nil {
		return err
	}
	networks := p.Incident.Networks
	if len(networks) == 0 {
		networks = []uint32{0}
	}
	for _, v := range list {
		if v.CC != p.CC || !slices.Contains(networks, v.ASN) {
			continue
		}
		for i, n := range v.Count {
			at := verdict.Hour(v.First + int64(i))
			if h := int(at.Sub(begin) / time.Hour); !at.Before(begin) && h < len(p.hours) {
				p.hours[h].Voters += int64(n)
			}
		}
	}
	return nil
}

// figures puts the incident's charts on its page.
func (p *incidentPage) figures(r *request) {
	path := r.URL.EscapedPath()
	p.Answers = r.figure(p.timeline(r), path+"/answers", "", daysListed)
	p.ByNetwork = r.figure(p.networksHeat(r), path+"/networks", "", 0)
	p.ByTarget = r.figure(p.targetsHeat(r), path+"/targets", "", 0)
}
