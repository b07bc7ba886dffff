package chart

import (
	"encoding/xml"
	"fmt"
	"strings"
)

// Inline draws a chart for a page, in the colours of its style sheet: once for wide and once for narrow screens, of which
// the style sheet shows one. Charts with a width of their own are drawn once.
func (c *Chart) Inline() string {
	d := c.Draw(wide)
	switch c.Kind.(type) {
	case *Map, *Graph, *Heat:
		return c.svg(&d, "own", "", false)
	}
	small := c.Draw(narrow)
	return c.svg(&d, "wide", "", false) + c.svg(&small, "narrow", "n", false)
}

// SVG draws a chart as a file of its own.
func (c *Chart) SVG() []byte {
	d := c.Framed()
	return []byte(`<?xml version="1.0" encoding="UTF-8"?>` + "\n" + c.svg(&d, "", "", true) + "\n")
}

// family is what letters are drawn in; the style sheet of the page has its own.
const family = `system-ui,'Noto Sans','Noto Sans SC','Microsoft YaHei',sans-serif`

func (c *Chart) svg(d *Drawn, class, mark string, alone bool) string {
	var b strings.Builder
	id, role := c.ID+mark, "img"
	for i := range d.Marks {
		if d.Marks[i].Href != "" && !alone {
			role = "group"
		}
	}
	b.WriteString("<svg")
	if class != "" {
		fmt.Fprintf(&b, ` class="%s"`, class)
	}
	if alone {
		fmt.Fprintf(&b, ` xmlns="http://www.w3.org/2000/svg" lang="%s"`, escaped(c.Lang.Tag))
	}
	fmt.Fprintf(&b, ` viewBox="0 0 %d %d" width="%d" height="%d" role="%s" aria-labelledby="%s-t %s-d" font-family="%s" font-size="12"><title id="%s-t">%s</title><desc id="%s-d">%s</desc>`,
		d.Width, d.Height, d.Width, d.Height, role, id, id, family, id, escaped(c.Title), id, escaped(c.Desc))
	var seen [styles]bool
	for _, m := range d.Marks {
		seen[m.Style] = true
	}
	if alone {
		colours := Palette()
		fmt.Fprintf(&b, `<style>%s</style>`, strings.ReplaceAll(rules("", func(name string) string { return colours[name] }), "svg text{", "text{"))
		fmt.Fprintf(&b, `<path d="M0 0h%dv%dH0z" fill="#fff"/>`, d.Width, d.Height)
	}
	defs := ""
	for s := range styles {
		if l := s.look(); seen[s] && l.lined() {
			defs += l.pattern(id + l.class)
		}
	}
	if defs != "" {
		b.WriteString("<defs>" + defs + "</defs>")
	}
	write(&b, d.Marks, id, alone)
	b.WriteString("</svg>")
	return b.String()
}

// write writes marks, those together that stand for the same thing.
func write(b *strings.Builder, marks []Mark, id string, alone bool) {
	for i := 0; i < len(marks); {
		m := &marks[i]
		k := i + 1
		for k < len(marks) && marks[k].Full == m.Full && marks[k].Href == m.Href {
			k++
		}
		end := ""
		switch {
		case m.Href != "" && !alone:
			fmt.Fprintf(b, `<a href="%s">`, escaped(m.Href))
			end = "</a>"
		case m.Full != "":
			b.WriteString("<g>")
			end = "</g>"
		}
		if m.Full != "" {
			b.WriteString("<title>" + escaped(m.Full) + "</title>")
		}
		for ; i < k; i++ {
			marks[i].write(b, id)
		}
		b.WriteString(end)
	}
}

func (m *Mark) write(b *strings.Builder, id string) {
	l := m.Style.look()
	name := "path"
	if m.Text != "" {
		name = "text"
	}
	b.WriteString("<" + name)
	if l.class != "" {
		fmt.Fprintf(b, ` class="%s"`, l.class)
	}
	if m.Text == "" {
		if l.lined() {
			fmt.Fprintf(b, ` fill="url(#%s%s)"`, id, l.class)
		}
		fmt.Fprintf(b, ` d="%s"/>`, m.Path)
		return
	}
	fmt.Fprintf(b, ` x="%d" y="%d"`, m.X, m.Y)
	if m.Size != 12 {
		fmt.Fprintf(b, ` font-size="%d"`, m.Size)
	}
	if m.Bold {
		b.WriteString(` font-weight="600"`)
	}
	switch m.Anchor {
	case middle:
		b.WriteString(` text-anchor="middle"`)
	case end:
		b.WriteString(` text-anchor="end"`)
	}
	b.WriteString(">" + escaped(m.Text) + "</text>")
}

// escaped is a text as XML has it.
func escaped(text string) string {
	var b strings.Builder
	xml.EscapeText(&b, []byte(Clean(text))) // a Builder does not fail
	return b.String()
}
