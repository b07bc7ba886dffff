package refdata

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"golang.org/x/text/language"
)

// Bounds on a topology. The world at 1:110 million has 595 arcs and 177 countries.
const (
	maxTopology   = 8 << 20 // bytes of JSON
	maxArcs       = 20_000
	maxArcPoints  = 1_000_000 // of all arcs together
	maxGeometries = 2_000
	maxRings      = 50_000
	maxRingPoints = 2_000_000 // of all rings together, since an arc may be used by many
)

// topologyName is the file of the world at 1:110 million, and that of the package it comes in.
const topologyName = "countries-110m.json"

// shapes is the countries of the world as rings of longitude and latitude.
type shapes struct {
	countries []country
}

type country struct {
	cc    string // two letters, or ""
	rings [][][2]float64
}

// topology is TopoJSON, as far as it is read: quantised arcs, polygons, one layer of countries.
type topology struct {
	Type      string
	Transform *struct{ Scale, Translate [2]float64 }
	Arcs      [][][]float64
	Objects   map[string]struct {
		Type       string
		Geometries []geometry
	}
}

type geometry struct {
	Type string
	ID   json.RawMessage
	Arcs json.RawMessage
}

// loadShapes reads the topology, alone or in its publisher's package.
func loadShapes(paths []string) (*shapes, tally, error) {
	var n tally
	var out *shapes
	keep := func(name string) bool { return path.Base(name) == topologyName }
	for _, file := range paths {
		err := eachFile(file, keep, func(name string, r io.Reader) error {
			text, err := topologyIn(r)
			if err != nil {
				return err
			}
			out, n, err = readTopology(text)
			return err
		})
		if err != nil {
			return nil, n, err
		}
	}
	if out == nil {
		return nil, n, fmt.Errorf("there is no %s in it", topologyName)
	}
	return out, n, nil
}

// topologyIn returns the text of the topology, which may lie in a tar archive, as npm's packages are.
func topologyIn(r io.Reader) ([]byte, error) {
	head := make([]byte, 512)
	k, err := io.ReadFull(r, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return nil, err
	}
	all := io.MultiReader(bytes.NewReader(head[:k]), r)
	if bytes.HasPrefix(bytes.TrimSpace(head[:k]), []byte("{")) {
		return atMost(all)
	}
	t := tar.NewReader(all)
	for i := 0; ; i++ {
		h, err := t.Next()
		if errors.Is(err, io.EOF) || i > maxMembers {
			return nil, fmt.Errorf("there is no %s in it", topologyName)
		}
		if err != nil {
			return nil, fmt.Errorf("unpack: %w", err)
		}
		if h.Typeflag == tar.TypeReg && path.Base(h.Name) == topologyName {
			return atMost(t)
		}
	}
}

func atMost(r io.Reader) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxTopology+1))
	if len(text) > maxTopology {
		return nil, fmt.Errorf("%w: a topology of more than %d MB", errTooLarge, maxTopology>>20)
	}
	return text, err
}

// readTopology decodes TopoJSON. A geometry that cannot be read is left out, and counted.
func readTopology(text []byte) (*shapes, tally, error) {
	var n tally
	var t topology
	if err := json.Unmarshal(text, &t); err != nil {
		return nil, n, fmt.Errorf("read topology: %w", err)
	}
	layer, ok := t.Objects["countries"]
	switch {
	case t.Type != "Topology" || !ok || layer.Type != "GeometryCollection":
		return nil, n, errors.New("read topology: it has no layer of countries")
	case len(t.Arcs) > maxArcs || len(layer.Geometries) > maxGeometries:
		return nil, n, fmt.Errorf("read topology: %w: %d arcs, %d countries", errTooLarge, len(t.Arcs), len(layer.Geometries))
	}
	arcs, err := t.unpack()
	if err != nil {
		return nil, n, fmt.Errorf("read topology: %w", err)
	}
	out := &shapes{}
	b := budget{rings: maxRings, points: maxRingPoints}
	for i, g := range layer.Geometries {
		rings, err := g.rings(arcs, &b)
		if errors.Is(err, errTooLarge) {
			return nil, n, fmt.Errorf("read topology: %w", err)
		}
		if err != nil {
			n.leave(i+1, err.Error())
			continue
		}
		n.rows++
		out.countries = append(out.countries, country{g.code(), rings})
	}
	return out, n, nil
}

// unpack turns arcs of differences of whole numbers into places on the earth.
func (t *topology) unpack() ([][][2]float64, error) {
	points := 0
	out := make([][][2]float64, len(t.Arcs))
	for i, arc := range t.Arcs {
		if points += len(arc); points > maxArcPoints {
			return nil, fmt.Errorf("%w: more than %d points", errTooLarge, maxArcPoints)
		}
		x, y := 0.0, 0.0
		for _, p := range arc {
			if len(p) < 2 {
				return nil, fmt.Errorf("arc %d has a point of %d numbers", i, len(p))
			}
			at := [2]float64{p[0], p[1]}
			if t.Transform != nil {
				x, y = x+p[0], y+p[1]
				at = [2]float64{x*t.Transform.Scale[0] + t.Transform.Translate[0], y*t.Transform.Scale[1] + t.Transform.Translate[1]}
			}
			if !(at[0] >= -181 && at[0] <= 181 && at[1] >= -91 && at[1] <= 91) {
				return nil, fmt.Errorf("arc %d leaves the earth: %g, %g", i, at[0], at[1])
			}
			out[i] = append(out[i], at)
		}
	}
	return out, nil
}

// budget is how much may yet be made of a topology.
type budget struct{ rings, points int }

// rings puts the arcs of a country together; ~i is arc i backwards.
func (g *geometry) rings(arcs [][][2]float64, b *budget) ([][][2]float64, error) {
	var polygons [][][]int
	switch g.Type {
	case "Polygon":
		polygons = make([][][]int, 1)
		if err := json.Unmarshal(g.Arcs, &polygons[0]); err != nil {
			return nil, errors.New("its arcs are no polygon")
		}
	case "MultiPolygon":
		if err := json.Unmarshal(g.Arcs, &polygons); err != nil {
			return nil, errors.New("its arcs are no polygons")
		}
	default:
		return nil, fmt.Errorf("it is a %.40q", g.Type)
	}
	var out [][][2]float64
	for _, polygon := range polygons {
		for _, parts := range polygon {
			var ring [][2]float64
			for _, part := range parts {
				back := part < 0
				if back {
					part = ^part
				}
				if part >= len(arcs) {
					return nil, fmt.Errorf("it names arc %d of %d", part, len(arcs))
				}
				if b.points -= len(arcs[part]); b.points < 0 {
					return nil, fmt.Errorf("%w: more than %d points in all rings", errTooLarge, maxRingPoints)
				}
				for k := range arcs[part] {
					if k == 0 && len(ring) > 0 {
						continue // where the arc before ended
					}
					if back {
						k = len(arcs[part]) - 1 - k
					}
					ring = append(ring, arcs[part][k])
				}
			}
			if b.rings--; b.rings < 0 {
				return nil, fmt.Errorf("%w: more than %d rings", errTooLarge, maxRings)
			}
			if len(ring) > 2 {
				out = append(out, ring)
			}
		}
	}
	if len(out) == 0 {
		return nil, errors.New("it has no ring")
	}
	return out, nil
}

// code returns the two letters of a country, which the publisher names by its number in ISO 3166-1.
func (g *geometry) code() string {
	number := strings.Trim(string(g.ID), `"`)
	if len(number) != 3 || strings.Trim(number, "0123456789") != "" {
		return ""
	}
	region, err := language.ParseRegion(number)
	if err != nil || !region.IsCountry() {
		return ""
	}
	return region.String()
}

// WorldID names the shapes of countries in use; "" where there are none.
func (f *Facts) WorldID() string {
	if f.world == nil {
		return ""
	}
	return f.worldInfo.ID
}

// WorldCredit says whose shapes they are, and under which terms.
func (f *Facts) WorldCredit() string {
	if f.world == nil {
		return ""
	}
	return f.worldInfo.Attribution
}

// WorldShapes hands out each country with the rings around its parts and holes, each of longitude and latitude in
// degrees. The code is of two letters, or "" where there is none. The rings must not be changed.
func (f *Facts) WorldShapes(yield func(cc string, rings [][][2]float64)) {
	if f.world == nil {
		return
	}
	for _, c := range f.world.get().countries {
		yield(c.cc, c.rings)
	}
}
