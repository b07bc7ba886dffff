package registry

import (
	"cmp"
	"context"
	"fmt"
	"slices"
)

// bounds on the search for a path.
const (
	hub        = 2000    // an entity with more edges is met, but not searched through
	mostSteps  = 14      // edges of the graph, of which a link through an ownership takes two
	mostLooked = 200_000 // entities
)

// Path is a way from one entity to another.
type Path struct {
	From, To Node
	Links    []Link // in order; their From and To are as the source says it, so a link may point against the way
	Bounded  bool   // not everything was searched: there may be a shorter way, or one where none was found
}

// Path returns the shortest way between two entities, over links of any kind, that hold now or held once; with no
// links if there is none. Entities with very many links are gone through only where both sides meet in them.
func (r *Registry) Path(ctx context.Context, from, to string) (*Path, error) {
	w, err := r.Ways(ctx, from, to, 1)
	if err != nil {
		return nil, err
	}
	p := &Path{From: w.From, To: w.To, Bounded: w.Bounded}
	if len(w.Ways) > 0 {
		p.Links = w.Ways[0]
	}
	return p, nil
}

// Ways is the shortest ways from one entity to another.
type Ways struct {
	From, To Node
	Ways     [][]Link // each in order, as in Path; those with the fewest links first
	More     bool     // there are more ways of that length
	Bounded  bool     // not everything was searched, as in Path
	Steps    int      // edges of the graph that were searched from both ends together; a link through an ownership takes two
	Looked   int      // entities that were met
	Hubs     int      // of those, how many have so many links that they were not gone through
}

// Ways returns up to most of the shortest ways between two entities, which all differ in whom they go through. What was
// found does not depend on chance: the same registry gives the same ways.
func (r *Registry) Ways(ctx context.Context, from, to string, most int) (*Ways, error) {
	g, err := r.graph(ctx)
	if err != nil {
		return nil, err
	}
	p := &Ways{}
	if p.From, err = g.node(ctx, from); err != nil {
		return nil, fmt.Errorf("path from %s: %w", from, err)
	}
	if p.To, err = g.node(ctx, to); err != nil {
		return nil, fmt.Errorf("path to %s: %w", to, err)
	}
	for _, n := range []Node{p.From, p.To} {
		if n.Schema == "" {
			return nil, fmt.Errorf("path: %s: %w", n.ID, ErrNotFound)
		}
	}
	if p.From.ID == p.To.ID {
		p.Looked = 1
		return p, nil
	}
	w := newWalk(ctx, g)
	keys, err := w.search(p.From.ID, p.To.ID, most)
	if err != nil {
		return nil, fmt.Errorf("path: %w", err)
	}
	p.Bounded, p.Steps, p.Looked, p.Hubs = w.bounded, w.steps, len(w.sides[0].at)+len(w.sides[1].at), w.hubs
	for _, way := range keys {
		links, err := w.links(way)
		if err != nil {
			return nil, fmt.Errorf("path: %w", err)
		}
		p.add(links)
	}
	slices.SortStableFunc(p.Ways, func(a, b []Link) int { return len(a) - len(b) })
	if len(p.Ways) > most {
		p.Ways, p.More = p.Ways[:most], true
	}
	p.More = p.More || w.more
	for _, way := range p.Ways {
		for i := range way {
			if err := g.weigh(ctx, &way[i]); err != nil {
				return nil, fmt.Errorf("path: %w", err)
			}
		}
	}
	return p, nil
}

// add takes in a way. One through the same entities is no other: its links are one source more.
func (p *Ways) add(links []Link) {
	for _, o := range p.Ways {
		if !slices.EqualFunc(o, links, func(a, b Link) bool { return a.From == b.From && a.To == b.To && a.Kind == b.Kind }) {
			continue
		}
		for i := range o {
			if o[i].key() == links[i].key() {
				continue // the same link
			}
			o[i].Said = append(o[i].Said, links[i].Said...)
			o[i].Current = o[i].Current || links[i].Current
			o[i].Start, o[i].End = earliest(o[i].Start, links[i].Start), max(o[i].End, links[i].End)
		}
		return
	}
	p.Ways = append(p.Ways, links)
}

// walk searches in keys. Entities that are the same have one key, that of their canonical id.
type walk struct {
	ctx     context.Context
	g       *graph
	to      map[int64]int64   // the key of every member of a cluster to that of its canonical id
	members map[int64][]int64 // back
	sides   [2]side
	bounded bool
	more    bool // there are more ways than were asked for
	steps   int
	hubs    int
}

// side is what was met from one end: how far away, and from where.
type side struct {
	at     map[int64]int // steps from the end
	before map[int64][]int64
	front  []int64
	depth  int
}

func newWalk(ctx context.Context, g *graph) *walk {
	w := &walk{ctx: ctx, g: g, to: map[int64]int64{}, members: map[int64][]int64{}}
	for id, members := range g.clusters.members {
		for _, m := range members {
			w.to[keyOf(m)] = keyOf(id)
			w.members[keyOf(id)] = append(w.members[keyOf(id)], keyOf(m))
		}
	}
	return w
}

func (w *walk) canonical(key int64) int64 {
	if k, ok := w.to[key]; ok {
		return k
	}
	return key
}

func (w *walk) all(key int64) []int64 {
	if m := w.members[key]; m != nil {
		return m
	}
	return []int64{key}
}

// search goes out from both ends, always on the side with fewer to look at, until they meet. It returns the keys on
// the shortest ways.
func (w *walk) search(from, to string, most int) ([][]int64, error) {
	a, b := keyOf(from), keyOf(to)
	for i, k := range []int64{a, b} {
		w.sides[i] = side{at: map[int64]int{k: 0}, before: map[int64][]int64{}, front: []int64{k}}
	}
	for range mostSteps {
		s := 0
		if len(w.sides[1].front) < len(w.sides[0].front) && len(w.sides[1].front) > 0 || len(w.sides[0].front) == 0 {
			s = 1
		}
		if len(w.sides[s].front) == 0 {
			return nil, nil
		}
		met, err := w.widen(s, a, b)
		if err != nil {
			return nil, err
		}
		if len(met) > 0 {
			return w.ways(met, most), nil
		}
		if len(w.sides[0].at)+len(w.sides[1].at) > mostLooked {
			break
		}
	}
	w.bounded = true
	return nil, nil
}

// widen takes one step on a side. It says where the other side was met, nearest first.
func (w *walk) widen(s int, a, b int64) ([]int64, error) {
	mine, other := &w.sides[s], &w.sides[1-s]
	mine.depth++
	var next, met []int64
	cut := false
	for _, k := range mine.front {
		if cut = cut || len(mine.at) > mostLooked; cut {
			break
		}
		around, err := w.next(k, k == a || k == b)
		if err != nil {
			return nil, err
		}
		for _, n := range around {
			if at, seen := mine.at[n]; seen {
				if at == mine.depth && len(mine.before[n]) < mostBefore {
					mine.before[n] = append(mine.before[n], k)
				}
				continue
			}
			mine.at[n], mine.before[n] = mine.depth, []int64{k}
			next = append(next, n)
			if _, there := other.at[n]; there {
				met = append(met, n)
			}
		}
	}
	w.bounded = w.bounded || cut
	if !cut {
		w.steps++
	}
	mine.front = next
	slices.SortFunc(met, func(x, y int64) int { return cmp.Or(other.at[x]-other.at[y], cmp.Compare(x, y)) })
	return met, w.ctx.Err()
}

// mostBefore bounds in how many ways an entity is reached.
const mostBefore = 8

// next returns the keys next to a key. One with very many is not gone through, unless it is an end.
func (w *walk) next(k int64, end bool) ([]int64, error) {
	most := hub + 1
	if end {
		most = mostLooked
	}
	var out []int64
	for _, m := range w.all(k) {
		around, err := w.g.r.keys(w.ctx, `SELECT DISTINCT b FROM edge WHERE a = ? LIMIT ?`, m, most)
		if err != nil {
			return nil, err
		}
		if len(around) > hub && !end {
			w.bounded, w.hubs = true, w.hubs+1
			return nil, nil
		}
		w.bounded = w.bounded || len(around) == mostLooked
		for _, n := range around {
			out = append(out, w.canonical(n))
		}
	}
	return out, nil
}

// ways returns the keys from one end to the other through where both sides met, as many as are wanted and a few more:
// several may be one once it is known which entities are edges.
func (w *walk) ways(met []int64, most int) [][]int64 {
	var out [][]int64
	nearest := w.sides[0].at[met[0]] + w.sides[1].at[met[0]]
	limit := 8 * most
	for _, m := range met {
		if w.sides[0].at[m]+w.sides[1].at[m] > nearest {
			break
		}
		for _, left := range w.back(0, m, limit) {
			slices.Reverse(left)
			for _, right := range w.back(1, m, limit) {
				if len(out) == limit {
					w.more = true
					return out
				}
				out = append(out, slices.Concat(left, right[1:]))
			}
		}
	}
	return out
}

// back returns up to most ways from a key to the end of a side.
func (w *walk) back(s int, key int64, most int) [][]int64 {
	if w.sides[s].at[key] == 0 {
		return [][]int64{{key}}
	}
	var out [][]int64
	for _, b := range w.sides[s].before[key] {
		for _, rest := range w.back(s, b, most) {
			if len(out) == most {
				return out
			}
			out = append(out, append([]int64{key}, rest...))
		}
	}
	return out
}

// links turns keys into links: two steps through an entity that is an edge are one.
func (w *walk) links(keys []int64) ([]Link, error) {
	var out []Link
	for i := 0; i+1 < len(keys); {
		two := i+2 < len(keys)
		l, long, err := w.between(keys[i], keys[i+1], keys[min(i+2, len(keys)-1)], two)
		if err != nil {
			return nil, err
		}
		out = append(out, l)
		if i++; long {
			i++
		}
	}
	return out, nil
}

// between finds the link from one key to the next, or through that to the one after.
func (w *walk) between(a, b, c int64, two bool) (Link, bool, error) {
	var rows []int64
	for _, x := range w.all(a) {
		for _, y := range w.all(b) {
			found, err := w.g.r.rowsBetween(w.ctx, x, y)
			if err != nil {
				return Link{}, false, err
			}
			rows = append(rows, found...)
		}
	}
	var short []Link
	for _, row := range rows {
		rec, err := w.g.r.row(w.ctx, row)
		if err != nil {
			return Link{}, false, err
		}
		links, err := w.g.links(w.ctx, rec, []int64{a, b, c})
		if err != nil {
			return Link{}, false, err
		}
		for _, l := range links {
			from, to, via := keyOf(l.From.ID), keyOf(l.To.ID), keyOf(l.Via.ID)
			switch {
			case two && l.Via.ID != "" && via == b && (from == a && to == c || from == c && to == a):
				return l, true, nil
			case from == a && to == b || from == b && to == a,
				l.Via.ID != "" && (via == a && (from == b || to == b) || via == b && (from == a || to == a)):
				short = append(short, l)
			}
		}
	}
	if len(short) == 0 {
		return Link{}, false, fmt.Errorf("no row says what joins two entities: %w", ErrNotFound)
	}
	return mergeLinks(short)[0], false, nil
}

// rowsBetween returns rows of entities that join two keys.
func (r *Registry) rowsBetween(ctx context.Context, a, b int64) ([]int64, error) {
	rows, err := r.db.QueryContext(ctx, `SELECT src FROM edge WHERE a = ? AND b = ? LIMIT 100`, a, b)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []int64
	for rows.Next() {
		var n int64
		if err := rows.Scan(&n); err != nil {
			return nil, err
		}
		out = append(out, n)
	}
	return out, rows.Err()
}
