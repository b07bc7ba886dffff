package registry

import (
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
	g, err := r.graph(ctx)
	if err != nil {
		return nil, err
	}
	p := &Path{}
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
		return p, nil
	}
	w := newWalk(ctx, g)
	keys, err := w.search(p.From.ID, p.To.ID)
	if err != nil {
		return nil, fmt.Errorf("path: %w", err)
	}
	p.Bounded = w.bounded
	p.Links, err = w.links(keys)
	if err != nil {
		return nil, fmt.Errorf("path: %w", err)
	}
	return p, nil
}

// walk searches in keys. Entities that are the same have one key, that of their canonical id.
type walk struct {
	ctx     context.Context
	g       *graph
	to      map[int64]int64   // the key of every member of a cluster to that of its canonical id
	members map[int64][]int64 // back
	sides   [2]side
	bounded bool
}

type side struct {
	before map[int64]int64
	front  []int64
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
// the way.
func (w *walk) search(from, to string) ([]int64, error) {
	a, b := keyOf(from), keyOf(to)
	for i, k := range []int64{a, b} {
		w.sides[i] = side{map[int64]int64{k: k}, []int64{k}}
	}
	for range mostSteps {
		s := 0
		if len(w.sides[1].front) < len(w.sides[0].front) && len(w.sides[1].front) > 0 || len(w.sides[0].front) == 0 {
			s = 1
		}
		if len(w.sides[s].front) == 0 {
			return nil, nil
		}
		met, ok, err := w.widen(s, a, b)
		if err != nil {
			return nil, err
		}
		if ok {
			return w.way(met, a, b), nil
		}
		if len(w.sides[0].before)+len(w.sides[1].before) > mostLooked {
			break
		}
	}
	w.bounded = true
	return nil, nil
}

// widen takes one step on a side. It says where the other side was met.
func (w *walk) widen(s int, a, b int64) (met int64, ok bool, err error) {
	mine, other := &w.sides[s], &w.sides[1-s]
	var next []int64
	for _, k := range mine.front {
		for _, m := range w.all(k) {
			if k != a && k != b {
				n, err := w.g.r.degree(w.ctx, m, hub+1)
				if err != nil {
					return 0, false, err
				}
				if n > hub {
					w.bounded = true
					continue
				}
			}
			around, err := w.g.r.around(w.ctx, m)
			if err != nil {
				return 0, false, err
			}
			for _, n := range around {
				n = w.canonical(n)
				if _, seen := mine.before[n]; seen {
					continue
				}
				mine.before[n] = k
				if _, there := other.before[n]; there {
					return n, true, nil
				}
				next = append(next, n)
			}
			if len(mine.before) > mostLooked {
				w.bounded = true
				break
			}
		}
	}
	mine.front = next
	return 0, false, w.ctx.Err()
}

// around returns the keys next to a key.
func (r *Registry) around(ctx context.Context, key int64) ([]int64, error) {
	return r.keys(ctx, `SELECT DISTINCT b FROM edge WHERE a = ? LIMIT ?`, key, mostLooked)
}

// way returns the keys from a to b through where both sides met.
func (w *walk) way(met, a, b int64) []int64 {
	var out []int64
	for k := met; ; k = w.sides[0].before[k] {
		out = append(out, k)
		if k == a {
			break
		}
	}
	slices.Reverse(out)
	for k := met; k != b; {
		k = w.sides[1].before[k]
		out = append(out, k)
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
