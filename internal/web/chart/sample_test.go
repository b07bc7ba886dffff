package chart

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// english words charts for tests.
func english() *Language {
	day := func(t time.Time) string { return t.UTC().Format("2 January 2006") }
	return &Language{Tag: "en", Number: func(n int64) string { return fmt.Sprint(n) }, Day: day,
		ShortDay: func(t time.Time) string { return t.UTC().Format("2 Jan") },
		Month:    func(t time.Time) string { return t.UTC().Format("Jan 2006") },
		Moment:   func(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04 UTC") },
		Range:    func(a, b time.Time) string { return day(a) + " – " + day(b) },
		Per: func(unit string, step time.Duration) string {
			return fmt.Sprintf("%s per %g h", unit, step.Hours())
		},
		More: func(n int) string { return fmt.Sprintf("%d more in the table", n) }, NoData: "no data", Few: "too few to say", Measured: "measured", Unsure: "edge not known exactly",
		When: "When", Name: "Name", Total: "All", State: "State", Value: "Value", Why: "Why", From: "From", Link: "Link", To: "To", Undrawn: "Some letters of this picture are only in its SVG."}
}

func of(id string, k Kind) *Chart {
	return &Chart{ID: id, Title: "Measurements in Examplia by day, and how they were judged", Desc: "A picture for tests.", Source: "Source: Veedor, from measurements of OONI, rules 2026-11-01", Licence: "OONI data: CC BY-NC-SA 4.0", Date: "As of 26 November 2026", Lang: english(), Kind: k}
}

var begin = time.Date(2025, 11, 20, 0, 0, 0, 0, time.UTC)

// days is a timeline of n days with gaps.
func days(n, classes int) *Timeline {
	t := &Timeline{Unit: "Measurements", Step: 24 * time.Hour, Start: begin}
	for c := range classes {
		t.Classes = append(t.Classes, Class{fmt.Sprint("class", c), []string{"Restricted", "Down for others too", "No sign", "Says nothing", "Withdrawn", "Other"}[c], Tone0 + Style(c)})
	}
	for i := range n {
		q := Point{Gap: i%41 > 33, Few: i%13 == 5}
		for c := range classes {
			q.Counts = append(q.Counts, int64((i*i*7+i*c*13+c*5)%(20+9*c)))
		}
		if i%29 == 3 {
			q.Counts = make([]int64, classes) // measured, and nothing of the kind
		}
		t.Points = append(t.Points, q)
	}
	return t
}

func samples() map[string]*Chart {
	year := days(365, 5)
	month := days(45, 4)
	month.Spans = []Span{{Name: "12 sites restricted on AS64500", After: begin.AddDate(0, 0, 5), From: begin.AddDate(0, 0, 8), To: begin.AddDate(0, 0, 20), Before: begin.AddDate(0, 0, 21)}, {Name: "Network silent, and a name that is far too long to be written above a bar of such a length, in whatever size it may be", From: begin.AddDate(0, 0, 30)}}
	hours := days(200, 2)
	hours.Step = time.Hour
	many := &Multiples{}
	for i := range 5 {
		many.Panels = append(many.Panels, Panel{fmt.Sprintf("AS6450%d 中国电信", i), *days(90+i, 3)})
	}
	heat := &Heat{Unit: "Restricted of asked", Numbers: true, Levels: []string{"nobody", "few", "some", "many", "all"}}
	over := &Heat{Unit: "Measurements", Levels: []string{"none restricted", "", "", "", "all restricted"}}
	for i := range 16 {
		heat.Days = append(heat.Days, begin.AddDate(0, 0, i))
	}
	for i := range 30 {
		over.Days = append(over.Days, begin.AddDate(0, 0, i))
	}
	for i := range 6 {
		r, o := HeatRow{Name: fmt.Sprint("AS6450", i)}, HeatRow{Name: []string{"Venezuela", "Türkiye", "中国", "España", "Россия", "A country with a name as long as that of no country on earth"}[i]}
		for k := range 16 {
			r.Cells = append(r.Cells, HeatCell{Level: (i*k)%6 - 1, N: int64(i * k % 6), Of: 12, Gap: (i+k)%5 == 0})
		}
		for k := range 30 {
			o.Cells = append(o.Cells, HeatCell{Level: (i*k)%6 - 1, Gap: (i+k)%5 == 0})
		}
		heat.Rows, over.Rows = append(heat.Rows, r), append(over.Rows, o)
	}
	bars := &Bars{Unit: "Agreements", Rows: []BarRow{{Name: "Telecommunications", Value: 51}, {Name: "Hydrocarbons", Value: 97}, {Name: "Agriculture, livestock, fishing and everything else that may be in a name", Value: 1}, {Name: "None", Value: 0}, {Name: "Unknown", Gap: true}}}
	alike := &Bars{Unit: "Likeness, from 0 (nothing in common) to 1 (the same)", Most: 1000, Scale: 1000, Rows: []BarRow{{Name: "How", Value: 730, Low: 510, High: 880, Bounded: true, Text: "0.73 (0.51–0.88)"}, {Name: "What", Value: 0, Low: 0, High: 200, Bounded: true, Text: "0 (0–0.2)"}, {Name: "When", Gap: true, Text: "too few targets"}}}
	steps := &Steps{Levels: []string{"Supported", "Contested", "One source", "Unverified", "Contradicted"}, Until: begin.AddDate(0, 5, 0), Moves: []Step{{begin, 3, "written"}, {begin.AddDate(0, 0, 20), 2, ""}, {begin.AddDate(0, 2, 0), 0, ""}, {begin.AddDate(0, 2, 1), 1, ""}, {begin.AddDate(0, 4, 0), 0, ""}}}
	graph := &Graph{}
	graph.Knots, graph.Strands = randomGraph(11)
	return map[string]*Chart{"year": of("year", year), "month": of("month", month), "hours": of("hours", hours), "many": of("many", many), "heat": of("heat", heat), "over": of("over", over), "bars": of("bars", bars), "alike": of("alike", alike), "steps": of("steps", steps), "graph": of("graph", graph)}
}

// TestLook writes all samples into the folder of VEEDOR_PICTURES, to be looked at.
func TestLook(t *testing.T) {
	dir := os.Getenv("VEEDOR_PICTURES")
	if dir == "" {
		t.Skip("VEEDOR_PICTURES is not set: no pictures are written to look at")
	}
	p := NewPainter()
	for name, c := range samples() {
		b, err := p.PNG(c)
		if err != nil {
			t.Fatal(err)
		}
		for file, body := range map[string][]byte{".png": b, ".svg": c.SVG(), ".csv": c.CSV(), ".html": []byte("<!doctype html><meta charset=utf-8><style>:root{--ink:#1b1f24;--soft:#4d565f;--paper:#fdfcfa;--line:#d8d4cc;--tint:#f3f0ea;--bar0:#b4461f;--bar1:#6d7d8b;--bar2:#5f9e76;--bar3:#cfcac0}" + StyleSheet() + "</style><body><figure class=chart>" + c.Inline() + "</figure>")} {
			if err := os.WriteFile(filepath.Join(dir, name+file), body, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		t.Logf("%s: inline %d bytes, svg %d, png %d", name, len(c.Inline()), len(c.SVG()), len(b))
	}
}
