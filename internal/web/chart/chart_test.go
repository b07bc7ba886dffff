package chart

import (
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"errors"
	"fmt"
	"image/color"
	"image/png"
	"io"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// sound reads a drawing back: it must be well-formed, have a title and a description, and hold nothing that acts or loads.
func sound(t *testing.T, name, text string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(text))
	seen := map[string]int{}
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%s: %v in %.300q", name, err, text)
		}
		e, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		seen[e.Name.Local]++
		switch e.Name.Local {
		case "svg", "title", "desc", "path", "text", "defs", "pattern", "g", "style", "a":
		default:
			t.Errorf("%s holds <%s>", name, e.Name.Local)
		}
		for _, a := range e.Attr {
			if strings.HasPrefix(a.Name.Local, "on") || a.Name.Local == "style" || strings.Contains(a.Value, "NaN") || strings.Contains(a.Value, "Inf") {
				t.Errorf("%s: %s=%q", name, a.Name.Local, a.Value)
			}
		}
	}
	if seen["svg"] == 0 || seen["title"] < seen["svg"] || seen["desc"] != seen["svg"] {
		t.Errorf("%s: %v", name, seen)
	}
}

// TestKinds: every kind is sound as part of a page and alone, says its title and source in the file, has its table's rows
// in the CSV, and is a PNG of twice its size with something in it.
func TestKinds(t *testing.T) {
	p := NewPainter()
	for name, c := range samples() {
		for part := range strings.SplitAfterSeq(c.Inline(), "</svg>") {
			if part != "" {
				sound(t, name, part)
			}
		}
		alone := string(c.SVG())
		sound(t, name+" alone", alone)
		flat := strings.Join(strings.Fields(regexp.MustCompile(`<[^>]+>`).ReplaceAllString(alone, " ")), " ")
		for _, want := range []string{"Source: Veedor", "CC BY-NC-SA", "As of 26 November"} {
			if !strings.Contains(flat, want) {
				t.Errorf("%s: the file does not say %q", name, want)
			}
		}
		rows, err := csv.NewReader(bytes.NewReader(c.CSV())).ReadAll()
		if err != nil || len(rows) != len(c.Table().Rows)+1 || rows[0][len(rows[0])-1] != "licence" || !strings.HasPrefix(rows[len(rows)-1][len(rows[0])-2], "Source") {
			t.Errorf("%s as CSV: %v, %d rows", name, err, len(rows))
		}
		if name == "graph" && testing.Short() {
			continue
		}
		b, err := p.PNG(c)
		if err != nil {
			t.Fatal(err)
		}
		m, err := png.Decode(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		d := c.Framed()
		if m.Bounds().Dx() != 2*d.Width || m.Bounds().Dy() != 2*d.Height {
			t.Errorf("%s: %v of %d × %d", name, m.Bounds(), d.Width, d.Height)
		}
		inked := 0
		for y := m.Bounds().Min.Y; y < m.Bounds().Max.Y; y += 2 {
			for x := m.Bounds().Min.X; x < m.Bounds().Max.X; x += 2 {
				if r, g, b, _ := m.At(x, y).RGBA(); r+g+b < 3*0xe000 {
					inked++
				}
			}
		}
		if all := m.Bounds().Dx() * m.Bounds().Dy() / 4; inked < all/100 || inked > all*3/4 {
			t.Errorf("%s: %d of %d points are inked", name, inked, all)
		}
	}
}

// TestYearIsSmall: a year of days in five classes is no burden on a page.
func TestYearIsSmall(t *testing.T) {
	c := of("d", days(365, 5))
	for part := range strings.SplitAfterSeq(c.Inline(), "</svg>") {
		if len(part) > 6<<10 {
			t.Errorf("%d bytes", len(part))
		}
	}
	if n := len(of("d", days(4000, 5)).Inline()); n > 28<<10 {
		t.Errorf("eleven years take %d bytes", n)
	}
}

// TestGapIsNotZero: a day without measurements and a day on which nothing of the kind was found look different, read
// different and are different in the file.
func TestGapIsNotZero(t *testing.T) {
	with := func(q Point) *Chart {
		tl := &Timeline{Unit: "m", Step: 24 * time.Hour, Start: begin, Classes: []Class{{"restricted", "restricted", Tone0}}, Points: []Point{{Counts: []int64{4}}, q, {Counts: []int64{4}}}}
		return of("x", tl)
	}
	gap, zero, few := with(Point{Gap: true}), with(Point{Counts: []int64{0}}), with(Point{Counts: []int64{0}, Few: true})
	p := NewPainter()
	pictures := map[string][]byte{}
	for name, c := range map[string]*Chart{"gap": gap, "zero": zero, "few": few} {
		b, err := p.PNG(c)
		if err != nil {
			t.Fatal(err)
		}
		pictures[name] = b
		if has := strings.Contains(c.Inline(), ">no data<"); has != (name == "gap") {
			t.Errorf("%s names no data: %v", name, has)
		}
		if has := strings.Contains(c.Inline(), "too few to say"); has != (name == "few") {
			t.Errorf("%s names too few: %v", name, has)
		}
	}
	if bytes.Equal(pictures["gap"], pictures["zero"]) || bytes.Equal(pictures["zero"], pictures["few"]) || gap.Inline() == zero.Inline() {
		t.Error("a gap looks like nothing found")
	}
	for name, want := range map[string]string{"gap": "2025-11-21,,,no data,", "zero": "2025-11-21,0,0,measured,", "few": "2025-11-21,0,0,few,"} {
		if got := string(map[string]*Chart{"gap": gap, "zero": zero, "few": few}[name].CSV()); !strings.Contains(got, want) {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// TestTotals: what the file adds up to is what was given.
func TestTotals(t *testing.T) {
	tl := days(100, 4)
	var want [4]int64
	for _, q := range tl.Points {
		if !q.Gap {
			for c, n := range q.Counts {
				want[c] += n
			}
		}
	}
	rows, err := csv.NewReader(bytes.NewReader(of("x", tl).CSV())).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var got [4]int64
	for _, row := range rows[1:] {
		for c := range got {
			n, _ := strconv.ParseInt(row[1+c], 10, 64)
			got[c] += n
		}
	}
	if got != want {
		t.Errorf("%v, want %v", got, want)
	}
}

// TestDaily: hours joined to days keep their sums and gaps.
func TestDaily(t *testing.T) {
	tl := &Timeline{Step: time.Hour, Start: begin, Classes: []Class{{"a", "a", Tone0}}}
	for i := range 50 {
		tl.Points = append(tl.Points, Point{Counts: []int64{2}, Gap: i >= 24 || i%2 == 0})
	}
	got := tl.Daily().Points
	if len(got) != 3 || got[0].Counts[0] != 24 || got[0].Gap || !got[1].Gap || !got[2].Gap {
		t.Errorf("%+v", got)
	}
	if days := days(3, 1); days.Daily() != days {
		t.Error("days changed")
	}
}

// TestFormula: what a spreadsheet would run is a text in the file.
func TestFormula(t *testing.T) {
	got := string(of("x", &Bars{Rows: []BarRow{{Name: `=HYPERLINK("http://evil.example")`, Value: 1}, {Name: "@sum", Value: -1}}}).CSV())
	if !strings.Contains(got, `"'=HYPERLINK(""http`) || !strings.Contains(got, "\n'@sum,") {
		t.Error(got)
	}
}

// TestWidths: letters are never taken for narrower than the PNG draws them.
func TestWidths(t *testing.T) {
	p := NewPainter()
	if err := p.open(); err != nil {
		t.Fatal(err)
	}
	var buf sfnt.Buffer
	for _, bold := range []bool{false, true} {
		for _, text := range []string{"Measurements judged restricted, of 1,234 in 2026", "Compañía Anónima Nacional Teléfonos de Venezuela", "中国电子进出口有限公司，每天", "Связь и Телеком", "WWW.MINIMUM.example", "2026-11-26 → ≠"} {
			var width fixed.Int26_6
			for _, r := range text {
				which, ok := p.glyph(&buf, drawnAs(r), bold)
				if !ok {
					t.Errorf("%q has no %q", text, r)
					continue
				}
				g, _ := p.fonts[which].GlyphIndex(&buf, drawnAs(r))
				a, err := p.fonts[which].GlyphAdvance(&buf, g, fixed.I(100), font.HintingNone)
				if err != nil {
					t.Fatal(err)
				}
				width += a
			}
			guess := ems(text) * 100
			if bold {
				guess *= boldly
			}
			if float64(width)/64 > guess*1.02 {
				t.Errorf("%q, bold %v: %.0f wide, taken for %.0f", text, bold, float64(width)/64, guess)
			}
		}
	}
}

// place is where a text stands.
func (m *Mark) place() rect {
	w := ems(m.Text) * float64(m.Size) * 0.93 // guessed on the wide side
	x := float64(m.X)
	switch m.Anchor {
	case middle:
		x -= w / 2
	case end:
		x -= w
	}
	return rect{x, float64(m.Y) - 0.7*float64(m.Size), x + w, float64(m.Y) + 0.1*float64(m.Size)}
}

// apartAll fails where a text overlaps another or leaves the drawing.
func apartAll(t *testing.T, name string, d Drawn) {
	t.Helper()
	var list []rect
	var texts []string
	for i := range d.Marks {
		if m := &d.Marks[i]; m.Text != "" {
			list, texts = append(list, m.place()), append(texts, m.Text)
		}
	}
	for i, a := range list {
		if a.x0 < -1 || a.y0 < -1 || a.x1 > float64(d.Width)+1 || a.y1 > float64(d.Height)+1 {
			t.Fatalf("%s: %q at %v leaves %d × %d", name, texts[i], a, d.Width, d.Height)
		}
		for k, b := range list[i+1:] {
			if a.meets(b) {
				t.Fatalf("%s: %q at %v overlaps %q at %v", name, texts[i], a, texts[i+1+k], b)
			}
		}
	}
}

func TestNothingOverlaps(t *testing.T) {
	for name, c := range samples() {
		for _, width := range []int{wide, narrow} {
			apartAll(t, fmt.Sprint(name, width), c.Draw(width))
		}
		apartAll(t, name+" framed", c.Framed())
	}
}

// dice makes numbers and texts of bytes.
type dice struct{ b []byte }

func (d *dice) n(most int) int {
	if len(d.b) == 0 || most <= 0 {
		return 0
	}
	v := int(d.b[0])
	d.b = d.b[1:]
	if most > 256 && len(d.b) > 0 {
		v = v<<8 | int(d.b[0])
		d.b = d.b[1:]
	}
	return v % most
}

func (d *dice) big() int64 {
	return []int64{0, 1, 2, int64(d.n(1000)), int64(d.n(60000)), 1 << 39, 1<<63 - 1, -1 << 63}[d.n(8)]
}

func (d *dice) text() string {
	n := min(d.n(40), len(d.b))
	s := string(d.b[:n])
	d.b = d.b[n:]
	return []string{"", "AS64500", "中国电信", "</text><script>alert(1)</script>", "\u202eevil\u0000\ufffe", strings.Repeat("W", 400), "=cmd", "a very long name of something that goes on and on"}[d.n(8)] + s
}

func (d *dice) time() time.Time {
	return time.Unix(int64(d.n(60000))*[]int64{1, 3600, 86400, 8640000, -864000}[d.n(5)]+1_700_000_000, 0).UTC()
}

func (d *dice) timeline() *Timeline {
	t := &Timeline{Unit: d.text(), Step: []time.Duration{time.Hour, 24 * time.Hour, 0, -1, 1 << 62}[d.n(5)], Start: d.time()}
	for range d.n(8) {
		t.Classes = append(t.Classes, Class{"k", d.text(), Style(d.n(60) - 10)})
	}
	for range d.n(900) {
		q := Point{Gap: d.n(3) == 1, Few: d.n(3) == 1}
		for range d.n(8) {
			q.Counts = append(q.Counts, d.big())
		}
		t.Points = append(t.Points, q)
	}
	for range d.n(9) {
		t.Spans = append(t.Spans, Span{d.text(), d.time(), d.time(), d.time(), d.time()})
		if d.n(2) == 0 {
			t.Spans[len(t.Spans)-1].To = time.Time{}
		}
	}
	return t
}

func (d *dice) kind() Kind {
	switch d.n(6) {
	case 0:
		return d.timeline()
	case 1:
		h := &Heat{Unit: d.text(), Numbers: d.n(2) == 1, Levels: []string{d.text(), d.text(), d.text()}}
		for range d.n(200) {
			h.Days = append(h.Days, d.time())
		}
		for range d.n(70) {
			r := HeatRow{Name: d.text(), Href: d.text()}
			for range d.n(40) {
				r.Cells = append(r.Cells, HeatCell{d.n(12) - 4, d.big(), d.big(), d.n(3) == 0, d.n(3) == 0})
			}
			h.Rows = append(h.Rows, r)
		}
		return h
	case 2:
		m := &Multiples{}
		for range d.n(30) {
			m.Panels = append(m.Panels, Panel{d.text(), *d.timeline()})
		}
		return m
	case 3:
		b := &Bars{Unit: d.text(), Most: d.big(), Scale: d.big()}
		for range d.n(90) {
			b.Rows = append(b.Rows, BarRow{d.text(), d.text(), d.big(), d.text(), d.big(), d.big(), d.n(2) == 0, d.n(4) == 0})
		}
		return b
	case 4:
		s := &Steps{Until: d.time()}
		for range d.n(15) {
			s.Levels = append(s.Levels, d.text())
		}
		for range d.n(40) {
			s.Moves = append(s.Moves, Step{d.time(), d.n(20) - 4, d.text()})
		}
		return s
	}
	m := &Map{World: &World{countries: map[string]shape{}}}
	for i := range d.n(40) {
		cc := fmt.Sprint("C", i)
		var p Path
		p.Box(d.n(640), d.n(290), d.n(30), d.n(30))
		m.World.countries[cc] = shape{p, d.n(640), d.n(290), float64(d.n(2000))}
		m.Marked = append(m.Marked, Country{cc, d.text(), d.text(), d.big() % 1000, d.text()})
	}
	return m
}

// FuzzChart: whatever the data, the drawing is well-formed, its texts do not overlap, and its table is a table.
func FuzzChart(f *testing.F) {
	for i := range byte(6) {
		seed := []byte{i}
		for k := range 3000 {
			seed = append(seed, byte(k*int(i+7)+k*k/5))
		}
		f.Add(seed)
	}
	f.Fuzz(anyData)
}

// TestAnyData is some of what the fuzzer tries, at random.
func TestAnyData(t *testing.T) {
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 9))
		b := make([]byte, r.IntN(4000))
		for i := range b {
			if b[i] = byte(r.Uint32()); r.IntN(3) == 0 {
				b[i] = byte(r.IntN(8))
			}
		}
		anyData(t, b)
	}
}

func anyData(t *testing.T, b []byte) {
	d := &dice{b}
	k := d.kind()
	c := of("f", k)
	c.Title, c.Desc, c.Source, c.Notice = d.text(), d.text(), d.text(), d.text()
	for part := range strings.SplitAfterSeq(c.Inline(), "</svg>") {
		if part != "" {
			sound(t, "inline", part)
		}
	}
	sound(t, "alone", string(c.SVG()))
	if _, isMap := k.(*Map); !isMap { // whose countries lie where they lie
		for _, width := range []int{wide, narrow} {
			apartAll(t, fmt.Sprintf("%T %d", k, width), c.Draw(width))
		}
	}
	if _, err := csv.NewReader(bytes.NewReader(c.CSV())).ReadAll(); err != nil {
		t.Errorf("CSV: %v", err)
	}
}

// TestUndrawn: a picture with letters that the fonts lack says so; one without does not.
func TestUndrawn(t *testing.T) {
	p := NewPainter()
	if err := p.open(); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{"中国电子进出口有限公司": false, "Компания «Связь»": false, "∅ ≠ ↻ ✓ → …": false, "شركة": true} {
		c := of("x", &Bars{Rows: []BarRow{{Name: name, Value: 1}}})
		if got := p.undrawn(c.Framed().Marks); got != want {
			t.Errorf("%s: %v", name, got)
		}
		if _, err := p.PNG(c); err != nil {
			t.Error(err)
		}
	}
}

// TestStrokes: a dashed line is darker where it has dashes.
func TestStrokes(t *testing.T) {
	lines := [][]point{{{0, 0}, {100, 0}}}
	if got := dashes(lines, []float64{5, 5}); len(got) != 6 { // the last has no length
		t.Errorf("%v", got)
	}
	if got := stroke([][]point{{{0, 0}, {10, 0}, {10, 10}}}, 2); len(got) != 3 {
		t.Errorf("%v", got)
	}
	if c := faded(color.RGBA{10, 20, 30, 255}, 50); c != (color.NRGBA{10, 20, 30, 127}) {
		t.Errorf("%v", c)
	}
}
