package chart

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"
)

// globe is a world made for tests.
type globe struct{ rings map[string][][][2]float64 }

func (g globe) WorldShapes(yield func(string, [][][2]float64)) {
	for _, cc := range []string{"VE", "RU", "FJ"} {
		yield(cc, g.rings[cc])
	}
}

// corners returns the box around a path.
func corners(p Path) (x0, y0, x1, y1 int) {
	x0, y0, x1, y1 = math.MaxInt, math.MaxInt, math.MinInt, math.MinInt
	for _, s := range p.segs {
		if s.cmd != 'Z' {
			x0, y0, x1, y1 = min(x0, s.to[0]), min(y0, s.to[1]), max(x1, s.to[0]), max(y1, s.to[1])
		}
	}
	return x0, y0, x1, y1
}

// parts cuts a path where it begins anew.
func parts(p Path) (out []Path) {
	for _, s := range p.segs {
		if s.cmd == 'M' {
			out = append(out, Path{})
		}
		out[len(out)-1].segs = append(out[len(out)-1].segs, s)
	}
	return out
}

// TestProject: shapes lie where they are on the earth, and what crosses the edge of the map crosses no ocean.
func TestProject(t *testing.T) {
	s := Project(globe{map[string][][][2]float64{
		"VE": {{{-73, 1}, {-73, 12}, {-60, 12}, {-60, 1}, {-73, 1}}},
		"RU": {{{30, 50}, {30, 70}, {170, 70}, {-170, 68}, {-170, 62}, {170, 60}, {30, 50}}},
		"FJ": {{{179.9, -16}, {-179.9, -16}, {-179.9, -16.2}, {179.9, -16.2}, {179.9, -16}}},
	}}.WorldShapes)
	if p := equalEarth(0, 0); p != [2]float64{mapWidth / 2, mapNorth} {
		t.Errorf("the middle is at %v", p)
	}
	if e, w := equalEarth(180, 0), equalEarth(-180, 0); math.Abs(e[0]-mapWidth) > 0.5 || math.Abs(w[0]) > 0.5 {
		t.Errorf("the edges are at %v and %v", w, e)
	}
	x0, y0, x1, y1 := corners(s.countries["VE"].path)
	if x0 < 180 || x1 > 220 || y0 < 120 || y1 > 155 {
		t.Errorf("Venezuela: %d %d to %d %d", x0, y0, x1, y1)
	}
	russia := parts(s.countries["RU"].path)
	if len(russia) != 2 {
		t.Fatalf("Russia: %v", russia)
	}
	for _, p := range russia {
		if x0, _, x1, _ := corners(p); x0 < mapWidth/2 && x1 > mapWidth/2 {
			t.Errorf("Russia crosses the map from %d to %d", x0, x1)
		}
	}
	if s.countries["FJ"].path.Empty() {
		t.Error("a small country has no shape at all")
	}
}

// TestRealMap: the world as it is published makes a path that a page can carry.
func TestRealMap(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "..", "shared", "data", "geo", "countries-110m.json"))
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
	s := Project(g.WorldShapes)
	if n := len(s.land.String()); n < 2000 || n > 25<<10 {
		t.Errorf("the land takes %d bytes", n)
	}
	x0, y0, x1, y1 := corners(s.land)
	if x0 < 0 || y0 < 0 || x1 > mapWidth || y1 > 330 {
		t.Errorf("it reaches from %d %d to %d %d", x0, y0, x1, y1)
	}
}
