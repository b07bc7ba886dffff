package web

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
)

// What a small picture may be, and what it is made from.
const (
	pictureWidth  = 640      // of the small one, in pixels
	pictureHeight = 800      // of the small one; taller ones are cut off below
	maxPNG        = 32 << 20 // bytes
	maxPixels     = 20 << 20 // decoded at once: 80 MB
	maxPictures   = 64       // kept in memory
)

// picture is a screenshot made small; nothing where none could be made.
type picture struct {
	JPEG          []byte
	Width, Height int
}

// picture returns the small picture of a capture's screenshot. They are made one at a time, so that few large
// screenshots are in memory, and the last ones are kept.
func (s *site) picture(hash string) (*picture, error) {
	s.pictures.Lock()
	defer s.pictures.Unlock()
	if p := s.pictures.made[hash]; p != nil {
		return p, nil
	}
	b, err := s.Captures.Screenshot(hash, false)
	if err != nil {
		return nil, err
	}
	p, err := shrink(b)
	if err != nil {
		s.Log.Warn("make small picture", "capture", hash, "error", err)
		p = &picture{} // not tried again
	}
	if len(s.pictures.made) >= maxPictures {
		clear(s.pictures.made)
	}
	s.pictures.made[hash] = p
	return p, nil
}

// checkPNG says why bytes are no PNG that a browser should be sent; nil when they are.
func checkPNG(b []byte) error {
	if len(b) > maxPNG {
		return fmt.Errorf("a PNG of %d bytes, the limit is %d", len(b), maxPNG)
	}
	_, err := png.DecodeConfig(bytes.NewReader(b))
	return err
}

// shrink makes a small JPEG of a PNG. Each of its pixels is the mean of those it stands for.
func shrink(b []byte) (*picture, error) {
	if err := checkPNG(b); err != nil {
		return nil, err
	}
	c, err := png.DecodeConfig(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	if c.Width < 1 || c.Height < 1 || int64(c.Width)*int64(c.Height) > maxPixels {
		return nil, errors.New("a picture of too many pixels to make a small one of")
	}
	from, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	width := min(c.Width, pictureWidth)
	// What is below the cut is never looked at.
	height := min(max(c.Height*width/c.Width, 1), pictureHeight)
	rows := min(max(height*c.Width/width, 1), c.Height)
	whole := image.NewRGBA(image.Rect(0, 0, c.Width, rows))
	draw.Draw(whole, whole.Bounds(), image.White, image.Point{}, draw.Src)
	draw.Draw(whole, whole.Bounds(), from, from.Bounds().Min, draw.Over)
	small := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			small.SetRGBA(x, y, mean(whole, image.Rect(x*c.Width/width, y*rows/height, max((x+1)*c.Width/width, x*c.Width/width+1), max((y+1)*rows/height, y*rows/height+1))))
		}
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, small, &jpeg.Options{Quality: 72}); err != nil {
		return nil, err
	}
	return &picture{out.Bytes(), width, height}, nil
}

// mean returns the mean colour of a part of an opaque picture.
func mean(m *image.RGBA, part image.Rectangle) color.RGBA {
	var r, g, b, n int
	part = part.Intersect(m.Bounds())
	for y := part.Min.Y; y < part.Max.Y; y++ {
		row := m.Pix[m.PixOffset(part.Min.X, y):m.PixOffset(part.Max.X, y)]
		for i := 0; i+3 < len(row); i += 4 {
			r, g, b, n = r+int(row[i]), g+int(row[i+1]), b+int(row[i+2]), n+1
		}
	}
	if n == 0 {
		return color.RGBA{255, 255, 255, 255}
	}
	return color.RGBA{uint8(r / n), uint8(g / n), uint8(b / n), 255}
}
