package chart

import (
	"math"
)

// point is a place in pixels.
type point struct{ x, y float64 }

// flatten makes straight lines of a path, in pixels.
func flatten(p Path) [][]point {
	var out [][]point
	var line []point
	at := func(x, y int) point { return point{float64(x * zoom), float64(y * zoom)} }
	for _, s := range p.segs {
		switch s.cmd {
		case 'M':
			if len(line) > 1 {
				out = append(out, line)
			}
			line = []point{at(s.to[0], s.to[1])}
		case 'L':
			line = append(line, at(s.to[0], s.to[1]))
		case 'C':
			if len(line) == 0 {
				continue
			}
			a, b, c, d := line[len(line)-1], at(s.to[0], s.to[1]), at(s.to[2], s.to[3]), at(s.to[4], s.to[5])
			const parts = 16
			for i := 1; i <= parts; i++ {
				t := float64(i) / parts
				u := 1 - t
				line = append(line, point{u*u*u*a.x + 3*u*u*t*b.x + 3*u*t*t*c.x + t*t*t*d.x, u*u*u*a.y + 3*u*u*t*b.y + 3*u*t*t*c.y + t*t*t*d.y})
			}
		case 'Z':
			if len(line) > 0 {
				out = append(out, append(line, line[0]))
				line = []point{line[0]}
			}
		}
	}
	if len(line) > 1 {
		out = append(out, line)
	}
	return out
}

// dashes cuts lines into dashes and what is between them.
func dashes(lines [][]point, dash []float64) [][]point {
	if len(dash) < 2 {
		return lines
	}
	var out [][]point
	for _, line := range lines {
		on, left := true, dash[0]*zoom
		piece := []point{line[0]}
		for i := 1; i < len(line); i++ {
			a, b := line[i-1], line[i]
			for {
				long := math.Hypot(b.x-a.x, b.y-a.y)
				if long < left {
					left -= long
					piece = append(piece, b)
					break
				}
				cut := point{a.x + (b.x-a.x)*left/long, a.y + (b.y-a.y)*left/long}
				if on {
					out = append(out, append(piece, cut))
				}
				a, on = cut, !on
				piece = []point{cut}
				left = dash[0] * zoom
				if !on {
					left = dash[1] * zoom
				}
			}
		}
		if on && len(piece) > 1 {
			out = append(out, piece)
		}
	}
	return out
}

// stroke outlines lines of a width: one four-cornered piece for each straight part, and a small square at each bend.
func stroke(lines [][]point, width float64) [][]point {
	var out [][]point
	h := width / 2
	for _, line := range lines {
		for i := 1; i < len(line); i++ {
			a, b := line[i-1], line[i]
			long := math.Hypot(b.x-a.x, b.y-a.y)
			if long == 0 {
				continue
			}
			nx, ny := (b.y-a.y)/long*h, (a.x-b.x)/long*h
			out = append(out, []point{{a.x + nx, a.y + ny}, {b.x + nx, b.y + ny}, {b.x - nx, b.y - ny}, {a.x - nx, a.y - ny}})
			if i+1 < len(line) {
				out = append(out, []point{{b.x - h, b.y - h}, {b.x + h, b.y - h}, {b.x + h, b.y + h}, {b.x - h, b.y + h}})
			}
		}
	}
	return out
}
