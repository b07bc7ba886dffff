package web

import (
	"time"

	"veedor/internal/web/chart"
	"veedor/internal/weigh/cases"
)

// sampleCharts are the charts of the page on design by the last part of the addresses of their files.
func sampleCharts() map[string]func(*request) chart.Kind {
	return map[string]func(*request) chart.Kind{"timeline": sampleTimeline, "heat": sampleHeat, "bars": sampleBars, "steps": sampleSteps}
}

// sampleChart makes one of them.
func sampleChart(name string, kind func(*request) chart.Kind) chartMaker {
	return func(r *request) (*chart.Chart, error) {
		w := r.words()
		c := r.chart(name, w.get("design.chart."+name), w.get("design.chart.desc"), all, "design.chart.source")
		c.Source, c.Kind = w.get("design.chart.source"), kind(r)
		return c, nil
	}
}

func sampleDay(n int) time.Time { return time.Date(2026, 4, 1+n, 0, 0, 0, 0, time.UTC) }

func sampleTimeline(r *request) chart.Kind {
	w := r.words()
	t := &chart.Timeline{Unit: w.get("chart.measurements"), Step: 24 * time.Hour, Start: sampleDay(0), Classes: []chart.Class{
		{Key: "blocked", Name: w.get("state.blocked"), Tone: chart.Tone0}, {Key: "down", Name: w.get("state.down"), Tone: chart.Tone1},
		{Key: "ok", Name: w.get("state.ok"), Tone: chart.Tone2}, {Key: "insufficient", Name: w.get("state.insufficient"), Tone: chart.Tone3}}}
	for i := range 30 {
		n := int64(14 + i*7%9)
		p := chart.Point{Counts: []int64{0, n / 12, n, 2}, Gap: i == 4 || i == 5, Few: i == 26}
		if i > 10 && i < 22 {
			p.Counts = []int64{n - 1, 0, 1, 2}
		}
		t.Points = append(t.Points, p)
	}
	t.Spans = []chart.Span{{Name: w.get("design.chart.span"), After: sampleDay(10), From: sampleDay(11), To: sampleDay(22), Before: sampleDay(23)}}
	return t
}

func sampleHeat(r *request) chart.Kind {
	w := r.words()
	h := &chart.Heat{Unit: w.get("design.chart.heatunit"), Numbers: true}
	for i := range 5 {
		h.Levels = append(h.Levels, w.get([]string{"chart.level.0", "chart.level.1", "chart.level.2", "chart.level.3", "chart.level.4"}[i]))
	}
	rows := []chart.HeatRow{{Name: "AS64500"}, {Name: "AS64501"}}
	for i := range 8 {
		h.Days = append(h.Days, sampleDay(8+i))
		rows[0].Cells = append(rows[0].Cells, chart.HeatCell{Level: min(i, 4), N: int64(min(i*2, 8)), Of: 8})
		rows[1].Cells = append(rows[1].Cells, chart.HeatCell{Level: i % 2, N: int64(i % 2), Of: 5, Gap: i == 3})
	}
	h.Rows = rows
	return h
}

func sampleBars(r *request) chart.Kind {
	w := r.words()
	return &chart.Bars{Unit: w.get("chart.measurements"), Rows: []chart.BarRow{{Name: "news.example", Value: 233}, {Name: "chat.example", Value: 120, Low: 90, High: 150, Bounded: true}, {Name: "radio.example", Gap: true, Text: w.get("chart.nodata")}}}
}

func sampleSteps(r *request) chart.Kind {
	s := &chart.Steps{Until: sampleDay(29)}
	for _, st := range statuses() {
		s.Levels = append(s.Levels, r.words().get("claim."+st))
	}
	for i, st := range []string{cases.Unverified, cases.SingleSource, cases.Supported} {
		for level, name := range statuses() {
			if name == st {
				s.Moves = append(s.Moves, chart.Step{At: sampleDay(9 * i), Level: level})
			}
		}
	}
	return s
}
