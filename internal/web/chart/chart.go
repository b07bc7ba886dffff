// Package chart draws data as pictures that can be read, quoted and checked: the same drawing inside a page (SVG in the
// site's colours), as a file of its own (SVG with its title, source and date in the picture), as pixels (PNG) and as
// rows (CSV). A chart is plain data in words already: the room opens no file, asks nobody and reads no clock.
// What was not measured is drawn and named as such, never as nothing.
package chart

import (
	"time"
)

// Chart is one picture: what it says, whose data it shows, and the data.
type Chart struct {
	ID      string // begins the ids of its elements; one of its own on each page; letters, digits, hyphens
	Title   string
	Notice  string // what a reader must know first, such as that the data is invented; may be ""
	Desc    string // a sentence or two for those who do not see it
	Source  string // a whole line: whose data, of when
	Licence string // of the data; may be ""
	Date    string // a whole line: when the picture was made, or what state it shows; may be ""
	Lang    *Language
	Kind    Kind
}

// Kind is what is drawn: a *Timeline, *Heat, *Multiples, *Bars, *Steps, *Map or *Graph.
type Kind interface {
	// draw puts the marks on the pen, from its top, in its width (or wider), and says how high they are.
	draw(p *pen) (height int)
	table(l *Language) Table
}

// Language words what every chart must be able to say. All functions are needed.
type Language struct {
	Tag      string // as in lang="…"
	Number   func(n int64) string
	Day      func(t time.Time) string                     // 3 May 2026
	ShortDay func(t time.Time) string                     // 3 May
	Month    func(t time.Time) string                     // May 2026
	Moment   func(t time.Time) string                     // 3 May 2026, 14:00 UTC
	Range    func(from, to time.Time) string              // 3 May 2026 – 9 May 2026, both days within
	Per      func(unit string, step time.Duration) string // measurements per week
	More     func(n int) string                           // 12 more in the table

	NoData, Few, Measured string // nothing was measured; too little to say anything; enough
	Unsure                string // the edge of an interval lies somewhere in here
	When, Name, Total     string // heads of columns
	State, Value, Why     string
	From, Link, To        string // of links
	Undrawn               string // some letters cannot be drawn in a PNG; the SVG has them
}

// Limits on what is drawn. More is left out of the picture, and counted there; tables have it all, up to maxTable rows.
const (
	maxPoints  = 10_000 // of a timeline; the last are kept
	maxClasses = 6
	maxSpans   = 6
	maxRows    = 60  // of a heat map, bars
	maxColumns = 120 // of a heat map; the last are kept
	maxPanels  = 24
	maxLevels  = 12
	maxMoves   = 500
	maxCount   = 1 << 40
	maxText    = 300 // runes
	maxTable   = 20_000
)

// Widths of drawings, in units, which are CSS pixels where nothing is scaled.
const (
	wide   = 640
	narrow = 340
)

// Drawn is a drawing of a chart.
type Drawn struct {
	Width, Height int
	Marks         []Mark
}

// Draw draws a chart without title and source, as pages show it beside their own words. Graphs and maps have a width of
// their own.
func (c *Chart) Draw(width int) Drawn {
	p := &pen{lang: c.Lang, width: width}
	h := c.Kind.draw(p)
	return Drawn{p.width, h, p.marks}
}

// frame is the room around a drawing that stands alone.
const frame = 16

// Framed draws a chart with its title, source and date, to stand alone.
func (c *Chart) Framed() Drawn {
	d := c.Draw(wide)
	p := &pen{lang: c.Lang, width: max(d.Width, narrow)}
	y := 0
	for _, line := range wrap(c.Title, p.width, 17*boldly, 4) {
		y += 22
		p.text(words{0, y - 5, line, 17, true, start}, Ink)
	}
	for _, line := range wrap(c.Notice, p.width, 12*boldly, 3) {
		y += 17
		p.text(words{0, y - 4, line, 12, true, start}, Ink)
	}
	y += 8
	for i := range d.Marks {
		d.Marks[i].move(0, y)
	}
	p.marks = append(p.marks, d.Marks...)
	y += d.Height + 8
	for _, text := range []string{c.Source, c.Licence, c.Date} {
		for _, line := range wrap(text, p.width, 11, 3) {
			y += 15
			p.text(words{0, y - 3, line, 11, false, start}, Soft)
		}
	}
	for i := range p.marks {
		p.marks[i].move(frame, frame)
	}
	return Drawn{p.width + 2*frame, y + 2*frame, p.marks}
}
