package web

import (
	"strings"
	"sync"

	"veedor/internal/follow/registry"
	"veedor/internal/web/chart"
)

// World is the shapes of countries, of a day. It has none where none were fetched.
type World interface {
	// WorldID names the shapes; "" where there are none.
	WorldID() string
	// WorldShapes hands out each country with the rings around its parts, each of longitude and latitude in degrees. The
	// code is of two letters, or "" where there is none.
	WorldShapes(yield func(cc string, rings [][][2]float64))
	// WorldCredit says whose shapes they are.
	WorldCredit() string
}

// shapeCache keeps the shapes of the last snapshot, projected.
type shapeCache struct {
	sync.Mutex
	id   string
	last *chart.World
}

func (c *shapeCache) of(w World) *chart.World {
	c.Lock()
	defer c.Unlock()
	if c.last == nil || c.id != w.WorldID() {
		c.id, c.last = w.WorldID(), chart.Project(w.WorldShapes)
	}
	return c.last
}

// deploymentsMap makes the map of the deployments that were chosen.
func (s *site) deploymentsMap(r *request) (*chart.Chart, error) {
	if s.Registry == nil {
		return nil, nil
	}
	pick, _ := r.picked(deploymentFacets())
	return r.worldMap(pick)
}

// worldMap marks the countries of what was chosen; nil where there are no shapes.
func (r *request) worldMap(pick registry.Pick) (*chart.Chart, error) {
	if r.s.World == nil || r.s.World().WorldID() == "" {
		return nil, nil
	}
	world := r.s.World()
	m := &chart.Map{World: r.s.shapes.of(world)}
	counts, others, err := r.s.Registry.Count(r.Context(), registry.Deployments, pick, registry.ByCountry, 300)
	if err != nil {
		return nil, err
	}
	w := r.words()
	for _, c := range counts {
		one := chart.Country{Code: strings.ToUpper(c.Value), Name: r.countryName(c.Value), N: int64(c.N)}
		if pick[registry.ByCountry] == "" {
			one.Href = r.with(map[string]string{registry.ByCountry: c.Value, "skip": ""}, "")
		}
		one.Text = w.get("deployments.of", one.Name, number(r.lang, one.N))
		if m.World.Has(one.Code) {
			m.Marked = append(m.Marked, one)
		} else {
			m.Elsewhere = append(m.Elsewhere, one)
		}
	}
	c := r.chart("map", w.get("deployments.map"), w.get("deployments.mapdesc", number(r.lang, int64(len(counts)+others))), none, "chart.source.registry")
	c.Licence, c.Kind = w.get("deployments.shapes")+" "+shorten(world.WorldCredit(), 120), m
	return c, nil
}
