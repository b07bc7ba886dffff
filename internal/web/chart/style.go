package chart

import (
	"fmt"
	"strconv"
	"strings"
)

// Style is how a mark looks. What differs in meaning differs in more than colour: in pattern, place or words.
type Style int

// Styles of text, lines and fills.
const (
	Ink    Style = iota // text
	Soft                // text that says less
	Grid                // hairlines
	Axis                // the line that things stand on
	Curve               // the line that matters
	Dashed              // it holds no more
	Dotted              // it is denied
	Edge                // an interval's edge
	Known               // fill: an interval
	Unsure              // fill: where an interval's edge lies
	Gap                 // fill: nothing was measured
	Scant               // fill: too little was measured
	Enough              // fill: enough was measured
	Apart               // lines between bars
	Tone0               // fills of classes, from what a reader looks for to what says nothing
	Tone1
	Tone2
	Tone3
	Tone4
	Tone5
	Level0 // fills of a heat map's cells
	Level1
	Level2
	Level3
	Level4
	Plain // bars
	Land  // of the world map
	Place // a country that is marked
	Disc  // under a number on a map
	Box   // an entity
	Arrow // fill
	styles
)

// look is a style, in the colours of the palette.
type look struct {
	class                   string // the element's, below .chart
	fill, stroke            string // names of colours; "" for none
	fillAlpha, strokeAlpha  int    // in a hundred; 0 stands for all of it
	width                   float64
	dash                    []float64
	lines                   string // colour of the lines over the fill
	slope, apart, thickness int    // of the lines: 1 up, -1 down, 0 level; units
}

func (s Style) look() look {
	switch s {
	case Soft:
		return look{class: "cs", fill: "soft"}
	case Grid:
		return look{class: "cg", stroke: "line", width: 1}
	case Axis:
		return look{class: "ca", stroke: "soft", width: 1}
	case Curve:
		return look{class: "ck", stroke: "ink", width: 2}
	case Dashed:
		return look{class: "cd", stroke: "ink", strokeAlpha: 60, width: 1, dash: []float64{5, 4}}
	case Dotted:
		return look{class: "ct", stroke: "ink", strokeAlpha: 60, width: 1, dash: []float64{2, 3}}
	case Edge:
		return look{class: "ce", stroke: "ink", strokeAlpha: 60, width: 1}
	case Known:
		return look{class: "cn", fill: "ink", fillAlpha: 75}
	case Unsure:
		return look{class: "cu", fill: "paper", lines: "soft", apart: 4, thickness: 1}
	case Gap:
		return look{class: "cp", fill: "paper", lines: "soft", slope: 1, apart: 6, thickness: 1}
	case Scant:
		return look{class: "cf", fill: "line"}
	case Enough:
		return look{class: "cm", fill: "soft"}
	case Apart:
		return look{class: "cx", stroke: "paper", width: 1}
	case Tone0:
		return look{class: "b0", fill: "bar0"}
	case Tone1:
		return look{class: "b1", fill: "bar1", lines: "paper", slope: -1, apart: 5, thickness: 1}
	case Tone2:
		return look{class: "b2", fill: "bar2"}
	case Tone3:
		return look{class: "b3", fill: "bar3"}
	case Tone4:
		return look{class: "b4", fill: "soft", lines: "paper", slope: 1, apart: 4, thickness: 2}
	case Tone5:
		return look{class: "b5", fill: "ink"}
	case Level0:
		return look{class: "l0", fill: "paper"}
	case Level1:
		return look{class: "l1", fill: "bar0", fillAlpha: 15}
	case Level2:
		return look{class: "l2", fill: "bar0", fillAlpha: 30}
	case Level3:
		return look{class: "l3", fill: "bar0", fillAlpha: 45}
	case Level4:
		return look{class: "l4", fill: "bar0", fillAlpha: 45, stroke: "bar0", width: 2}
	case Plain:
		return look{class: "cr", fill: "bar1"}
	case Land:
		return look{class: "cl", fill: "ink", fillAlpha: 10, stroke: "ink", strokeAlpha: 30, width: .5}
	case Place:
		return look{class: "ch", fill: "paper", lines: "ink", slope: 1, apart: 4, thickness: 2, stroke: "ink", width: 1}
	case Disc:
		return look{class: "co", fill: "paper", stroke: "ink", width: 1}
	case Box:
		return look{class: "cb", fill: "tint", stroke: "ink", strokeAlpha: 50, width: 1}
	case Arrow:
		return look{class: "cw", fill: "ink"}
	}
	return look{fill: "ink"}
}

// lined says whether a style has lines over its fill, which SVG calls a pattern.
func (l *look) lined() bool { return l.lines != "" }

// Palette names the colours of the site's style sheet as they are on white paper; files are drawn in them.
func Palette() map[string]string {
	return map[string]string{"ink": "#1b1f24", "soft": "#4d565f", "paper": "#ffffff", "line": "#d8d4cc", "tint": "#f3f0ea", "bar0": "#b4461f", "bar1": "#6d7d8b", "bar2": "#5f9e76", "bar3": "#cfcac0"}
}

// StyleSheet returns the rules that charts inside a page need, in the page's own colours.
func StyleSheet() string {
	return ".chart{margin:1rem 0;max-width:48rem}.chart svg{width:100%;height:auto;display:block}.chart .own{width:auto;max-width:none}.chart.broad{max-width:none}.chart figcaption{font-size:.9rem;color:var(--soft)}" +
		".narrow{display:none!important}@media (max-width:40rem){.wide{display:none!important}.narrow{display:block!important}}@media print{.chart details{display:none}.wide{display:block!important}.narrow{display:none!important}}\n" +
		rules(".chart ", func(name string) string { return "var(--" + name + ")" })
}

// rules writes all styles as CSS.
func rules(below string, colour func(name string) string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%ssvg text{fill:%s}", below, colour("ink"))
	for s := range styles {
		l := s.look()
		if l.class == "" {
			continue
		}
		text := ""
		if s == Soft {
			text = "text"
		}
		fmt.Fprintf(&b, "%s%s.%s{", below, text, l.class)
		switch {
		case l.fill == "":
			b.WriteString("fill:none")
		case l.lined():
			b.WriteString("fill-opacity:1") // the element names its pattern
		default:
			b.WriteString("fill:" + colour(l.fill) + opacity("fill", l.fillAlpha))
		}
		if l.stroke != "" {
			b.WriteString(";stroke:" + colour(l.stroke) + opacity("stroke", l.strokeAlpha))
			if l.width != 1 {
				b.WriteString(";stroke-width:" + strconv.FormatFloat(l.width, 'f', -1, 64))
			}
			if len(l.dash) > 0 {
				fmt.Fprintf(&b, ";stroke-dasharray:%g %g", l.dash[0], l.dash[1])
			}
		}
		b.WriteString("}")
		if l.lined() {
			fmt.Fprintf(&b, "%s.%sf{fill:%s}%s.%sl{stroke:%s;stroke-width:%d}", below, l.class, colour(l.fill), below, l.class, colour(l.lines), l.thickness)
		}
	}
	return b.String()
}

func opacity(of string, hundredths int) string {
	if hundredths == 0 {
		return ""
	}
	return ";" + of + "-opacity:" + strings.TrimPrefix(strconv.FormatFloat(float64(hundredths)/100, 'f', -1, 64), "0")
}

// pattern writes the lines over a fill as an SVG pattern.
func (l *look) pattern(id string) string {
	turn := ""
	switch l.slope {
	case 1:
		turn = ` patternTransform="rotate(45)"`
	case -1:
		turn = ` patternTransform="rotate(-45)"`
	}
	at := strconv.FormatFloat(float64(l.apart)/2, 'f', -1, 64)
	return fmt.Sprintf(`<pattern id="%s" width="%d" height="%d" patternUnits="userSpaceOnUse"%s><path class="%sf" d="M0 0h%dv%dh-%dz"/><path class="%sl" d="M%s 0v%d"/></pattern>`,
		id, l.apart, l.apart, turn, l.class, l.apart, l.apart, l.apart, l.class, at, l.apart)
}
