package chart

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"
)

// han is Chinese and Japanese letters; where they come from is said in fonts/README.md.
//
//go:embed fonts/han.ttf.gz
var han []byte

// zoom is how many pixels of a PNG a unit is.
const zoom = 2

// maxPixels bounds a PNG; a larger drawing is not drawn as pixels.
const maxPixels = 24 << 20

// Painter draws charts as pixels. It may be used by several at once.
type Painter struct {
	once  sync.Once
	err   error
	fonts [3]*sfnt.Font // regular, bold, Chinese
}

// NewPainter returns a painter; it reads its fonts when the first picture is asked for.
func NewPainter() *Painter { return &Painter{} }

func (p *Painter) open() error {
	p.once.Do(func() {
		z, err := gzip.NewReader(bytes.NewReader(han))
		if err != nil {
			p.err = fmt.Errorf("read the Chinese letters: %w", err)
			return
		}
		chinese, err := io.ReadAll(io.LimitReader(z, 16<<20))
		if err != nil {
			p.err = fmt.Errorf("read the Chinese letters: %w", err)
			return
		}
		for i, b := range [][]byte{goregular.TTF, gobold.TTF, chinese} {
			if p.fonts[i], err = sfnt.Parse(b); err != nil {
				p.err = fmt.Errorf("read font %d: %w", i, err)
				return
			}
		}
	})
	return p.err
}

// PNG draws a chart as pixels on white, with its title, source and date, twice as large as its units. What its fonts
// cannot draw is a box, and the picture says that the SVG has it. Drawings of more than 24 million pixels are refused.
func (p *Painter) PNG(c *Chart) ([]byte, error) {
	if err := p.open(); err != nil {
		return nil, err
	}
	d := c.Framed()
	if p.undrawn(d.Marks) {
		with := *c
		with.Date = c.Date + " " + c.Lang.Undrawn
		d = with.Framed()
	}
	if d.Width <= 0 || d.Height <= 0 || d.Width > maxPixels || d.Height > maxPixels || zoom*zoom*d.Width*d.Height > maxPixels {
		return nil, fmt.Errorf("draw %s: %d × %d units are too large for a PNG; its SVG has no such bound", c.ID, d.Width, d.Height)
	}
	cv := &canvas{painter: p, img: image.NewRGBA(image.Rect(0, 0, d.Width*zoom, d.Height*zoom)), colours: map[string]color.RGBA{}}
	draw.Draw(cv.img, cv.img.Bounds(), image.White, image.Point{}, draw.Src)
	for name, hex := range Palette() {
		var c color.RGBA
		if _, err := fmt.Sscanf(hex, "#%02x%02x%02x", &c.R, &c.G, &c.B); err != nil {
			return nil, fmt.Errorf("read colour %s: %w", hex, err)
		}
		c.A = 255
		cv.colours[name] = c
	}
	for i := range d.Marks {
		if err := cv.mark(&d.Marks[i]); err != nil {
			return nil, err
		}
	}
	var out bytes.Buffer
	if err := png.Encode(&out, cv.img); err != nil {
		return nil, fmt.Errorf("write %s as PNG: %w", c.ID, err)
	}
	return out.Bytes(), nil
}

// canvas is a picture in the making.
type canvas struct {
	painter *Painter
	img     *image.RGBA
	colours map[string]color.RGBA
	faces   map[faceKey]font.Face
	raster  vector.Rasterizer
}

type faceKey struct{ font, size int }

func (cv *canvas) mark(m *Mark) error {
	l := m.Style.look()
	if m.Text != "" {
		return cv.text(m, cv.colours[l.fill])
	}
	lines := flatten(m.Path)
	if l.fill != "" {
		var src image.Image = image.NewUniform(faded(cv.colours[l.fill], l.fillAlpha))
		if l.lined() {
			src = &lined{cv.img.Bounds(), cv.colours[l.fill], cv.colours[l.lines], l.slope, l.apart * zoom, l.thickness * zoom}
		}
		cv.fill(lines, src)
	}
	if l.stroke != "" {
		cv.fill(stroke(dashes(lines, l.dash), l.width*zoom), image.NewUniform(faded(cv.colours[l.stroke], l.strokeAlpha)))
	}
	return nil
}

func faded(c color.RGBA, hundredths int) color.Color {
	if hundredths == 0 {
		return c
	}
	return color.NRGBA{c.R, c.G, c.B, uint8(255 * hundredths / 100)}
}

// fill fills outlines, in pixels.
func (cv *canvas) fill(lines [][]point, src image.Image) {
	// Only the part that is covered is drawn.
	b := image.Rectangle{}
	for _, line := range lines {
		for _, q := range line {
			at := image.Rect(int(q.x)-1, int(q.y)-1, int(q.x)+2, int(q.y)+2)
			b = b.Union(at)
		}
	}
	b = b.Intersect(cv.img.Bounds())
	if b.Empty() {
		return
	}
	cv.raster.Reset(b.Dx(), b.Dy())
	cv.raster.DrawOp = draw.Over
	for _, line := range lines {
		for i, q := range line {
			x, y := float32(q.x-float64(b.Min.X)), float32(q.y-float64(b.Min.Y))
			if i == 0 {
				cv.raster.MoveTo(x, y)
			} else {
				cv.raster.LineTo(x, y)
			}
		}
		cv.raster.ClosePath()
	}
	cv.raster.Draw(cv.img, b, src, b.Min)
}

// lined is a fill with lines over it.
type lined struct {
	bounds           image.Rectangle
	fill, lines      color.RGBA
	slope, by, thick int
}

func (l *lined) ColorModel() color.Model { return color.RGBAModel }
func (l *lined) Bounds() image.Rectangle { return l.bounds }
func (l *lined) At(x, y int) color.Color {
	at, by := x, l.by
	if l.slope != 0 { // lines at a slant are as far apart across themselves
		at, by = x+l.slope*y, by*7/5
	}
	if at = ((at % by) + by) % by; at < l.thick {
		return l.lines
	}
	return l.fill
}

// drawnAs are letters the fonts have, for those they lack.
func drawnAs(r rune) rune {
	switch r {
	case '∅':
		return 'Ø'
	case '↻':
		return '→'
	case '↳':
		return '→'
	case '✓':
		return '√'
	case '\u202f', '\u2009':
		return ' '
	}
	return r
}

// glyph finds a letter: in the regular or bold font, else in the Chinese one.
func (p *Painter) glyph(buf *sfnt.Buffer, r rune, bold bool) (font int, ok bool) {
	first := 0
	if bold {
		first = 1
	}
	for _, i := range []int{first, 2} {
		if g, err := p.fonts[i].GlyphIndex(buf, r); err == nil && g != 0 {
			return i, true
		}
	}
	return first, false
}

// undrawn says whether any letter of any text cannot be drawn.
func (p *Painter) undrawn(marks []Mark) bool {
	var buf sfnt.Buffer
	for i := range marks {
		for _, r := range marks[i].Text {
			if _, ok := p.glyph(&buf, drawnAs(r), marks[i].Bold); !ok && r != 0x200c && r != 0x200d {
				return true
			}
		}
	}
	return false
}

func (cv *canvas) face(font, size int) (font.Face, error) {
	key := faceKey{font, size}
	if f := cv.faces[key]; f != nil {
		return f, nil
	}
	f, err := opentype.NewFace(cv.painter.fonts[font], &opentype.FaceOptions{Size: float64(size * zoom), DPI: 72})
	if err != nil {
		return nil, fmt.Errorf("open letters: %w", err)
	}
	if cv.faces == nil {
		cv.faces = map[faceKey]fontFace{}
	}
	cv.faces[key] = f
	return f, nil
}

type fontFace = font.Face

// text draws a line of text, letter by letter.
func (cv *canvas) text(m *Mark, c color.Color) error {
	type drawn struct {
		face fontFace
		r    rune
		bold bool // drawn twice
	}
	var list []drawn
	var buf sfnt.Buffer
	var width fixed.Int26_6
	for _, r := range m.Text {
		if r == 0x200c || r == 0x200d {
			continue
		}
		r = drawnAs(r)
		which, ok := cv.painter.glyph(&buf, r, m.Bold)
		if !ok {
			r = '□'
		}
		f, err := cv.face(which, m.Size)
		if err != nil {
			return err
		}
		advance, _ := f.GlyphAdvance(r)
		width += advance
		list = append(list, drawn{f, r, m.Bold && which == 2})
	}
	dot := fixed.P(m.X*zoom, m.Y*zoom)
	switch m.Anchor {
	case middle:
		dot.X -= width / 2
	case end:
		dot.X -= width
	}
	src := image.NewUniform(c)
	for _, one := range list {
		at, mask, from, advance, ok := one.face.Glyph(dot, one.r)
		if ok {
			draw.DrawMask(cv.img, at, src, image.Point{}, mask, from, draw.Over)
			if one.bold { // the font has no bold letters of its own
				draw.DrawMask(cv.img, at.Add(image.Pt(1, 0)), src, image.Point{}, mask, from, draw.Over)
			}
		}
		dot.X += advance
	}
	return nil
}
