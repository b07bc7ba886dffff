package chart

import (
	"math"
	"slices"
)

// Sizes of the map, in its units.
const (
	mapWidth  = 640
	mapHeight = 290 // without the south, where nobody lives
	mapNorth  = 155 // the equator is so far below the edge
	tolerance = 0.8 // by how much a simplified line may leave the true one
	smallest  = 5.0 // square units below which an island is left out
)

// World is the shapes of all countries, projected and simplified.
type World struct {
	land      Path
	countries map[string]shape
}

// shape is a country in the map's units.
type shape struct {
	path Path
	x, y int
	area float64
}

// Has says whether there is a shape for a country.
func (w *World) Has(cc string) bool { _, ok := w.countries[cc]; return ok }

// Project draws the world. each hands out every country by two letters ("" for one without) with the rings around its
// parts, each of longitude and latitude in degrees.
func Project(each func(yield func(cc string, rings [][][2]float64))) *World {
	s := &World{countries: map[string]shape{}}
	each(func(cc string, rings [][][2]float64) {
		var one Path
		var c shape
		for _, line := range flat(rings) {
			area := math.Abs(areaOf(line))
			if cc == "AQ" || area < smallest && area < c.area {
				continue
			}
			path := outline(simplify(line, tolerance))
			one.Add(path)
			if area > c.area {
				c.area = area
				x, y := centre(line)
				c.x, c.y = int(x), int(y)
			}
			if area >= smallest {
				s.land.Add(path)
			}
		}
		c.path = one
		if old, ok := s.countries[cc]; cc != "" && (!ok || c.area > old.area) {
			s.countries[cc] = c
		}
	})
	return s
}

// flat projects rings. One that crosses the edge of the map is drawn at both edges.
func flat(rings [][][2]float64) [][][2]float64 {
	var out [][][2]float64
	for _, ring := range rings {
		turn, least, most := 0.0, 0.0, 0.0
		whole := make([][2]float64, len(ring)) // without the jump at the edge
		for i, p := range ring {
			if i > 0 {
				switch d := p[0] - ring[i-1][0]; {
				case d > 180:
					turn -= 360
				case d < -180:
					turn += 360
				}
			}
			whole[i] = [2]float64{p[0] + turn, p[1]}
			least, most = min(least, whole[i][0]), max(most, whole[i][0])
		}
		shifts := []float64{0}
		if most > 181 {
			shifts = append(shifts, -360)
		}
		if least < -181 {
			shifts = append(shifts, 360)
		}
		for _, shift := range shifts {
			moved := slices.Clone(whole)
			for i := range moved {
				moved[i][0] += shift
			}
			line := clip(clip(moved, 1), -1)
			if len(line) < 3 {
				continue
			}
			for i, p := range line {
				line[i] = equalEarth(p[0], p[1])
			}
			out = append(out, line)
		}
	}
	return out
}

// clip cuts off what of a ring lies beyond the edge of the map in the east (side is 1) or west (-1).
func clip(ring [][2]float64, side float64) [][2]float64 {
	if !slices.ContainsFunc(ring, func(p [2]float64) bool { return p[0]*side > 180 }) {
		return ring
	}
	var out [][2]float64
	for i, p := range ring {
		q := ring[(i+1)%len(ring)]
		if p[0]*side <= 180 {
			out = append(out, p)
		}
		if (p[0]*side <= 180) != (q[0]*side <= 180) {
			part := (180*side - p[0]) / (q[0] - p[0])
			out = append(out, [2]float64{180 * side, p[1] + part*(q[1]-p[1])})
		}
	}
	return out
}

// equalEarth projects to the map's units with the Equal Earth projection (Šavrič, Patterson and Jenny 2018): areas keep
// their proportion, so that no country looks larger than it is.
func equalEarth(lon, lat float64) [2]float64 {
	const a1, a2, a3, a4 = 1.340264, -0.081106, 0.000893, 0.003796
	l, t := lon*math.Pi/180, math.Asin(math.Sqrt(3)/2*math.Sin(lat*math.Pi/180))
	t2 := t * t
	t6 := t2 * t2 * t2
	x := 2 * math.Sqrt(3) * l * math.Cos(t) / (3 * (9*a4*t6*t2 + 7*a3*t6 + 3*a2*t2 + a1))
	y := t * (a4*t6*t2 + a3*t6 + a2*t2 + a1)
	const scale = mapWidth / (2 * 2.7066299836960748) // half the width of the world
	return [2]float64{mapWidth/2 + x*scale, mapNorth - y*scale}
}

// simplify leaves out points that a line is not changed by much without (Douglas and Peucker).
func simplify(line [][2]float64, by float64) [][2]float64 {
	if len(line) < 4 {
		return line
	}
	keep := make([]bool, len(line))
	keep[0], keep[len(line)-1] = true, true
	// A ring begins where it ends: it is cut at the point farthest from there.
	far := 0
	for i, p := range line {
		if math.Hypot(p[0]-line[0][0], p[1]-line[0][1]) > math.Hypot(line[far][0]-line[0][0], line[far][1]-line[0][1]) {
			far = i
		}
	}
	keep[far] = true
	todo := [][2]int{{0, far}, {far, len(line) - 1}}
	for len(todo) > 0 {
		a, b := todo[len(todo)-1][0], todo[len(todo)-1][1]
		todo = todo[:len(todo)-1]
		most, at := by, -1
		for i := a + 1; i < b; i++ {
			if d := distance(line[i], line[a], line[b]); d > most {
				most, at = d, i
			}
		}
		if at >= 0 {
			keep[at] = true
			todo = append(todo, [2]int{a, at}, [2]int{at, b})
		}
	}
	var out [][2]float64
	for i, p := range line {
		if keep[i] {
			out = append(out, p)
		}
	}
	return out
}

// distance is that of a point from a line between two others.
func distance(p, a, b [2]float64) float64 {
	dx, dy := b[0]-a[0], b[1]-a[1]
	if n := math.Hypot(dx, dy); n > 0 {
		return math.Abs(dx*(a[1]-p[1])-(a[0]-p[0])*dy) / n
	}
	return math.Hypot(p[0]-a[0], p[1]-a[1])
}

// outline draws a ring in whole units.
func outline(line [][2]float64) Path {
	var d Path
	x, y, n := 0, 0, 0
	for i, p := range line {
		px, py := int(math.Round(p[0])), int(math.Round(p[1]))
		switch {
		case i == 0:
			d.Move(px, py)
		case px == x && py == y:
			continue
		default:
			d.Line(px, py)
			n++
		}
		x, y = px, py
	}
	if n < 3 {
		// Too small for whole units: a dot that can be seen where the country must be.
		var dot Path
		dot.Box(x-1, y-1, 2, 2)
		return dot
	}
	d.Close()
	return d
}

func areaOf(line [][2]float64) float64 {
	sum := 0.0
	for i, p := range line {
		q := line[(i+1)%len(line)]
		sum += p[0]*q[1] - q[0]*p[1]
	}
	return sum / 2
}

// centre is the centre of the area a ring encloses.
func centre(line [][2]float64) (x, y float64) {
	a := areaOf(line)
	if a == 0 {
		return line[0][0], line[0][1]
	}
	for i, p := range line {
		q := line[(i+1)%len(line)]
		c := p[0]*q[1] - q[0]*p[1]
		x, y = x+(p[0]+q[0])*c, y+(p[1]+q[1])*c
	}
	return x / (6 * a), y / (6 * a)
}
