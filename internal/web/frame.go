package web

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"veedor/internal/weigh/desk"
)

// framesPage lists frames.
type framesPage struct {
	base
	Case  *named
	Rows  []frameRow
	Newer string
	Older string
}

// frameRow is one frame in a list, with how many items do what to it.
type frameRow struct {
	named
	HeldBy                      foreign
	Asserts, Counters, Mentions int64
}

// framePage is a short declarative sentence: who asserts it, who counters it, when, in which languages.
type framePage struct {
	base
	ID, Href string
	Text     foreign
	Draft    bool
	HeldBy   foreign
	Case     *named
	Parent   *named
	Children []named
	Texts    []textPart
	Terms    []string
	Counts   frameRow
	Chart    *frameChart
	Groups   []stanceGroup
	Claims   []named
	More     int64
}

// stanceGroup is items that do the same to a frame, first first.
type stanceGroup struct {
	Stance string
	Rows   []stanceRow
	N      int64
	More   int64
}

// frameChart is how many items did what to a frame, by time and language.
type frameChart struct {
	Periods       []string
	Rows          []frameLanguage
	Width, Height int
	Undated       int64
	Left          int64 // languages and periods not shown
}

// frameLanguage is a language's part of the chart.
type frameLanguage struct {
	Name  string
	Y     int // of its base line
	Cells []frameCell
}

// frameCell is one period in one language.
type frameCell struct {
	N    [3]int64 // asserts, counters, mentions
	Bars [3]frameBar
	X    int
}

// frameBar is one bar of the chart.
type frameBar struct{ X, Y, Height int }

const (
	framesOnPage   = 30
	itemsOfStance  = 14
	maxPeriods     = 14
	maxChartLangs  = 5
	chartWidth     = 680
	chartRow       = 64
	chartLeft      = 8
	maxFrameClaims = 8
)

// stanceKinds in the order they are shown.
func stanceKinds() []string { return []string{"asserts", "counters", "mentions"} }

// stancesOf counts what items do to frames, by the frame's id.
func (d *reader) stancesOf(frames []desk.Record) (map[string][3]int64, error) {
	out := map[string][3]int64{}
	for i := range frames {
		list, err := d.list(desk.Stance, "frame", frames[i].ID)
		if err != nil {
			return nil, err
		}
		var n [3]int64
		for j := range list {
			if k := slices.Index(stanceKinds(), list[j].Str("stance")); k >= 0 {
				n[k]++
			}
		}
		out[frames[i].ID] = n
	}
	return out, nil
}

func (d *reader) frameRow(r *request, f *desk.Record, stances map[string][3]int64) (frameRow, error) {
	n := stances[f.ID]
	row := frameRow{HeldBy: r.said(f.Words("held_by"), 160), Asserts: n[0], Counters: n[1], Mentions: n[2]}
	var err error
	row.named, err = d.named(r, f, 220)
	return row, err
}

func (s *site) frames(r *request) error {
	p := framesPage{base: r.base(r.words().get("frames.title"))}
	d := r.reader()
	var err error
	if id := r.URL.Query().Get("case"); id != "" {
		if p.Case, err = d.naming(r, desk.Case, id, 120); err != nil {
			return err
		}
		if p.Case == nil {
			return &problem{http.StatusBadRequest, "error.filter", "case"}
		}
	}
	list, err := d.list(desk.Frame, "case", r.URL.Query().Get("case"))
	if err != nil {
		return err
	}
	list, p.Newer, p.Older = paged(r, list, framesOnPage)
	stances, err := d.stancesOf(list)
	if err != nil {
		return err
	}
	for i := range list {
		row, err := d.frameRow(r, &list[i], stances)
		if err != nil {
			return err
		}
		p.Rows = append(p.Rows, row)
		p.of(row.named)
	}
	return r.render(http.StatusOK, "frames", p)
}

func (s *site) frame(r *request) error {
	d := r.reader()
	f, err := r.recordAsked(d, desk.Frame)
	if err != nil {
		return err
	}
	p := framePage{ID: f.ID, Href: deskHref(r.lang, desk.Frame, f.ID), Text: r.said(f.Words("text"), 400), HeldBy: r.said(f.Words("held_by"), 240), Draft: !f.Bool("published")}
	p.base = r.base(isolate(shorten(p.Text.Text, 80)))
	if err := p.mark(d, f); err != nil {
		return err
	}
	if p.Case, err = d.naming(r, desk.Case, f.Str("case"), 160); err != nil {
		return err
	}
	if p.Parent, err = d.naming(r, desk.Frame, f.Str("parent"), 200); err != nil {
		return err
	}
	space := &room{18_000}
	if err := p.beside(r, d, f, space); err != nil {
		return err
	}
	if err := p.who(r, d, f, space); err != nil {
		return err
	}
	return r.render(http.StatusOK, "frame", p)
}

// beside takes in what people wrote about the frame, the frames below it, and the claims that rest on it.
func (p *framePage) beside(r *request, d *reader, f *desk.Record, space *room) error {
	for _, field := range []string{"description", "context", "why", "evolution"} {
		if text := lines(f.Str(field), 900); text != "" && space.take(weight(text)+90) {
			p.Texts = append(p.Texts, textPart{"frame." + field, text})
		}
	}
	for _, term := range firstOf(f.Strings("terms"), 20) {
		p.Terms = append(p.Terms, shorten(term, 60))
	}
	below, err := d.list(desk.Frame, "parent", f.ID)
	if err != nil {
		return err
	}
	for i := range firstOf(below, 8) {
		n, err := d.named(r, &below[i], 160)
		if err != nil {
			return err
		}
		p.Children = append(p.Children, n)
	}
	claims, err := d.list(desk.Claim, "frames", f.ID)
	if err != nil {
		return err
	}
	for i := range claims {
		n, err := d.named(r, &claims[i], 220)
		if err != nil {
			return err
		}
		if len(p.Claims) == maxFrameClaims || !space.take(280+weight(n.Text, n.Href)) {
			p.More = int64(len(claims) - i)
			break
		}
		p.Claims = append(p.Claims, n)
	}
	return nil
}

// who gathers the items that do something to the frame, and draws when, and in which languages.
func (p *framePage) who(r *request, d *reader, f *desk.Record, space *room) error {
	list, err := d.list(desk.Stance, "frame", f.ID)
	if err != nil {
		return err
	}
	var items []desk.Record
	stance := map[string]*desk.Record{}
	for i := range list {
		it, err := d.get(desk.Item, list[i].Str("item"))
		if err != nil {
			return err
		}
		if it != nil && stance[it.ID] == nil {
			items, stance[it.ID] = append(items, *it), &list[i]
		}
	}
	byDate(items, "published_on")
	for _, kind := range stanceKinds() {
		p.Groups = append(p.Groups, stanceGroup{Stance: kind})
	}
	var seen []chartItem
	for i := range items {
		it, st := &items[i], stance[items[i].ID]
		k := slices.Index(stanceKinds(), st.Str("stance"))
		if k < 0 {
			continue
		}
		seen = append(seen, chartItem{k, it.Str("published_on"), languageTag(it.Str("language"))})
		g := &p.Groups[k]
		g.N++
		row := stanceRow{Stance: st.Str("stance"), Reason: prose(st, "reason", 240)}
		if row.Item, err = d.itemRow(r, it); err != nil {
			return err
		}
		if len(g.Rows) == itemsOfStance || !space.take(330+weight(row.Item.Text, row.Item.Href, row.Item.Source, row.Reason)) {
			g.More++
			continue
		}
		g.Rows = append(g.Rows, row)
	}
	p.Counts = frameRow{HeldBy: p.HeldBy, Asserts: p.Groups[0].N, Counters: p.Groups[1].N, Mentions: p.Groups[2].N}
	p.Chart = r.frameChart(seen)
	return nil
}

// chartItem is what the chart needs to know of one item.
type chartItem struct {
	kind       int
	date, lang string
}

// frameChart draws items by time and language: by month, or by year where that is more than fits. Nothing where
// all are of one month or year.
func (r *request) frameChart(list []chartItem) *frameChart {
	out := &frameChart{Width: chartWidth}
	dated := list[:0:0]
	byMonth := true
	for _, it := range list {
		if len(it.date) < 4 {
			out.Undated++
			continue
		}
		byMonth = byMonth && len(it.date) >= 7
		dated = append(dated, it)
	}
	if len(dated) < 2 {
		return nil
	}
	period := func(date string) string { return date[:4] }
	if first, last := dated[0].date, dated[len(dated)-1].date; byMonth && monthsBetween(first, last) < maxPeriods {
		period = func(date string) string { return date[:7] }
	} else {
		byMonth = false
	}
	periods := spanOf(period(dated[0].date), period(dated[len(dated)-1].date), byMonth)
	if len(periods) < 2 {
		return nil // one column shows nothing that the list does not
	}
	if len(periods) > maxPeriods {
		out.Left = int64(len(periods) - maxPeriods)
		periods = periods[len(periods)-maxPeriods:]
	}
	counts := map[string]map[string]*[3]int64{}
	most, perLang := int64(1), map[string]int64{}
	for _, it := range dated {
		if !slices.Contains(periods, period(it.date)) {
			continue
		}
		if counts[it.lang] == nil {
			counts[it.lang] = map[string]*[3]int64{}
		}
		c := counts[it.lang][period(it.date)]
		if c == nil {
			c = &[3]int64{}
			counts[it.lang][period(it.date)] = c
		}
		c[it.kind]++
		perLang[it.lang]++
		most = max(most, c[it.kind])
	}
	langs := slices.SortedFunc(maps.Keys(counts), func(a, b string) int { return cmp.Or(cmp.Compare(perLang[b], perLang[a]), cmp.Compare(a, b)) })
	if len(langs) > maxChartLangs {
		out.Left += int64(len(langs) - maxChartLangs)
		langs = langs[:maxChartLangs]
	}
	for _, p := range periods {
		out.Periods = append(out.Periods, r.dated(p))
	}
	step := (chartWidth - 2*chartLeft) / len(periods)
	for i, lang := range langs {
		row := frameLanguage{Name: cmp.Or(languageName(r.lang, lang), r.words().get("frame.nolang")), Y: (i+1)*chartRow + 4}
		for j, p := range periods {
			cell := frameCell{X: chartLeft + j*step}
			if c := counts[lang][p]; c != nil {
				cell.N = *c
			}
			width := min(step/4, 18)
			for k := range cell.N {
				h := int(cell.N[k] * (chartRow - 26) / most)
				if cell.N[k] > 0 {
					h = max(h, 2)
				}
				cell.Bars[k] = frameBar{cell.X + k*(width+1), row.Y - h, h}
			}
			row.Cells = append(row.Cells, cell)
		}
		out.Rows = append(out.Rows, row)
	}
	out.Height = len(langs)*chartRow + 22
	return out
}

// Step is the width of a bar.
func (c *frameChart) Step() int { return min((chartWidth-2*chartLeft)/max(len(c.Periods), 1)/4, 18) }

// Label says what of the periods is written under the picture, so that they do not run into each other.
func (c *frameChart) Label(i int) string {
	if every := (len(c.Periods) + 5) / 6; i%max(every, 1) != 0 {
		return ""
	}
	return c.Periods[i]
}

// monthsBetween counts months between two dates that have them.
func monthsBetween(a, b string) int {
	x, err := time.Parse("2006-01", a[:7])
	y, err2 := time.Parse("2006-01", b[:7])
	if err != nil || err2 != nil {
		return 1 << 20
	}
	return (y.Year()-x.Year())*12 + int(y.Month()-x.Month())
}

// spanOf lists months or years from one to another.
func spanOf(first, last string, byMonth bool) []string {
	layout, step := "2006", func(t time.Time) time.Time { return t.AddDate(1, 0, 0) }
	if byMonth {
		layout, step = "2006-01", func(t time.Time) time.Time { return t.AddDate(0, 1, 0) }
	}
	from, err := time.Parse(layout, first)
	to, err2 := time.Parse(layout, last)
	if err != nil || err2 != nil || to.Before(from) {
		return []string{first}
	}
	var out []string
	for t := from; !t.After(to) && len(out) < 4000; t = step(t) {
		out = append(out, t.Format(layout))
	}
	return out
}

// said in the table of the chart: how many asserted, countered and mentioned it.
func (c frameCell) String() string { return fmt.Sprintf("%d / %d / %d", c.N[0], c.N[1], c.N[2]) }

// Any says whether anything is counted.
func (c frameCell) Any() bool { return c.N != [3]int64{} }
