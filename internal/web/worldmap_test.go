package web

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// globe is a world made for tests.
type globe struct{ rings map[string][][][2]float64 }

func (g globe) WorldID() string     { return "globe" }
func (g globe) WorldCredit() string { return "nobody" }
func (g globe) WorldShapes(yield func(string, [][][2]float64)) {
	for _, cc := range []string{"VE", "RU", "FJ"} {
		yield(cc, g.rings[cc])
	}
}

var moves = regexp.MustCompile(`M(-?\d+) (-?\d+)((?:[hvl][^zM]*)?)z`)

// corners returns the box around a path of differences.
func corners(t *testing.T, path string) (x0, y0, x1, y1 int) {
	t.Helper()
	x0, y0, x1, y1 = math.MaxInt, math.MaxInt, math.MinInt, math.MinInt
	for _, m := range moves.FindAllStringSubmatch(path, -1) {
		x, _ := strconv.Atoi(m[1])
		y, _ := strconv.Atoi(m[2])
		see := func() { x0, y0, x1, y1 = min(x0, x), min(y0, y), max(x1, x), max(y1, y) }
		see()
		if strings.HasPrefix(m[3], "l") {
			n := regexp.MustCompile(`-?\d+`).FindAllString(m[3], -1)
			if len(n)%2 != 0 {
				t.Fatalf("odd numbers in %q", m[0])
			}
			for i := 0; i < len(n); i += 2 {
				dx, _ := strconv.Atoi(n[i])
				dy, _ := strconv.Atoi(n[i+1])
				x, y = x+dx, y+dy
				see()
			}
		}
	}
	return x0, y0, x1, y1
}

// TestProject: shapes lie where they are on the earth, and what crosses the edge of the map crosses no ocean.
func TestProject(t *testing.T) {
	s := project(globe{map[string][][][2]float64{
		"VE": {{{-73, 1}, {-73, 12}, {-60, 12}, {-60, 1}, {-73, 1}}},
		"RU": {{{30, 50}, {30, 70}, {170, 70}, {-170, 68}, {-170, 62}, {170, 60}, {30, 50}}},
		"FJ": {{{179.9, -16}, {-179.9, -16}, {-179.9, -16.2}, {179.9, -16.2}, {179.9, -16}}},
	}})
	if p := equalEarth(0, 0); p != [2]float64{mapWidth / 2, mapNorth} {
		t.Errorf("the middle is at %v", p)
	}
	if e, w := equalEarth(180, 0), equalEarth(-180, 0); math.Abs(e[0]-mapWidth) > 0.5 || math.Abs(w[0]) > 0.5 {
		t.Errorf("the edges are at %v and %v", w, e)
	}
	x0, y0, x1, y1 := corners(t, s.countries["VE"].path)
	if x0 < 180 || x1 > 220 || y0 < 120 || y1 > 155 {
		t.Errorf("Venezuela: %d %d to %d %d", x0, y0, x1, y1)
	}
	parts := moves.FindAllString(s.countries["RU"].path, -1)
	if len(parts) != 2 {
		t.Fatalf("Russia: %q", parts)
	}
	for _, p := range parts {
		if x0, _, x1, _ := corners(t, p); x0 < mapWidth/2 && x1 > mapWidth/2 {
			t.Errorf("Russia crosses the map from %d to %d", x0, x1)
		}
	}
	if s.countries["FJ"].path == "" {
		t.Error("a small country has no shape at all")
	}
}

// TestRealMap: the world as it is published makes a path that a page can carry.
func TestRealMap(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "data", "geo", "countries-110m.json"))
	if err != nil {
		t.Skip("countries-110m.json is not there")
	}
	// Reading TopoJSON is another room's; here it is enough to take each arc for a ring.
	var topo struct {
		Transform struct{ Scale, Translate [2]float64 }
		Arcs      [][][2]float64
	}
	if err := json.Unmarshal(text, &topo); err != nil {
		t.Fatal(err)
	}
	g := globe{map[string][][][2]float64{}}
	for _, arc := range topo.Arcs {
		x, y := 0.0, 0.0
		var ring [][2]float64
		for _, p := range arc {
			x, y = x+p[0], y+p[1]
			ring = append(ring, [2]float64{x*topo.Transform.Scale[0] + topo.Transform.Translate[0], y*topo.Transform.Scale[1] + topo.Transform.Translate[1]})
		}
		g.rings["VE"] = append(g.rings["VE"], ring)
	}
	s := project(g)
	if n := len(s.land); n < 2000 || n > 25<<10 {
		t.Errorf("the land takes %d bytes", n)
	}
	x0, y0, x1, y1 := corners(t, s.land)
	if x0 < 0 || y0 < 0 || x1 > mapWidth || y1 > 330 {
		t.Errorf("it reaches from %d %d to %d %d", x0, y0, x1, y1)
	}
}
