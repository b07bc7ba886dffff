package registry

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"veedor/internal/follow/ftm"
)

// Node is one end of a link.
type Node struct {
	ID, Schema, Caption string // the id is canonical; an entity that is named and not described has no schema
}

// Link joins two entities: one names the other, or a third (an ownership, a sanction, a contract award) names both.
type Link struct {
	From, To Node   // as the source says it: the owner is From, what it owns is To
	Via      Node   // the entity that names both; its ID is "" if one of the two names the other
	Kind     string // what makes it one: the schema of the entity that names both ("Ownership"), or schema and property ("Deployment:supplier")
	Label    string // in FollowTheMoney's English
	Directed bool
	Current  bool
	Said     []Said // the statements that make it

	Start, End string // from when to when it was so, as its sources say; ISO 8601, as precise as they are, or ""
	Against    []Node // what sources that hold now name in its stead, where only one can be true
}

// Adjacent is what stands around an entity.
type Adjacent struct {
	Links []Link
	Total int  // links there are, at least
	More  bool // there are more than were looked at
}

// countMost is how far links are counted.
const countMost = 100_000

// Adjacent returns up to limit links of an entity; Total says how many there are, counted up to 100,000.
func (r *Registry) Adjacent(ctx context.Context, id string, limit int) (Adjacent, error) {
	g, err := r.graph(ctx)
	if err != nil {
		return Adjacent{}, err
	}
	canonical, members := g.clusters.of(id)
	var out Adjacent
	seen := map[int64]bool{}
	for _, m := range members {
		n, err := r.degree(ctx, keyOf(m), countMost)
		if err != nil {
			return Adjacent{}, fmt.Errorf("links of %s: %w", id, err)
		}
		out.Total += n
		rows, err := r.sources(ctx, keyOf(m), limit+1)
		if err != nil {
			return Adjacent{}, fmt.Errorf("links of %s: %w", id, err)
		}
		for _, row := range rows {
			if seen[row] {
				continue
			}
			seen[row] = true
			if len(out.Links) >= limit {
				out.More = true
				break
			}
			rec, err := r.row(ctx, row)
			if err != nil {
				return Adjacent{}, fmt.Errorf("links of %s: %w", id, err)
			}
			links, err := g.links(ctx, rec, nil)
			if err != nil {
				return Adjacent{}, fmt.Errorf("links of %s: %w", id, err)
			}
			for _, l := range links {
				if (l.From.ID == canonical || l.To.ID == canonical) && l.From.ID != l.To.ID {
					out.Links = append(out.Links, l)
				}
			}
		}
	}
	out.Links = mergeLinks(out.Links)
	if len(out.Links) > limit {
		out.Links, out.More = out.Links[:limit], true
	}
	return out, nil
}

// degree returns how many edges a key has, counted up to most.
func (r *Registry) degree(ctx context.Context, key int64, most int) (n int, err error) {
	err = r.db.QueryRowContext(ctx, `SELECT count(*) FROM (SELECT 1 FROM edge WHERE a = ? LIMIT ?)`, key, most).Scan(&n)
	return n, err
}

// sources returns rows of entities that name a key, or that it stands for and that name others.
func (r *Registry) sources(ctx context.Context, key int64, most int) ([]int64, error) {
	return r.keys(ctx, `SELECT DISTINCT src FROM edge WHERE a = ? LIMIT ?`, key, most)
}

// keys returns the one column of keys that a query gives.
func (r *Registry) keys(ctx context.Context, query string, args ...any) ([]int64, error) {
	rows, err := r.db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []int64
	for rows.Next() {
		var k int64
		if err := rows.Scan(&k); err != nil {
			return nil, err
		}
		out = append(out, k)
	}
	return out, rows.Err()
}

// graph is what links are made with.
type graph struct {
	r          *Registry
	clusters   *clusters
	lines      map[int64]course
	publishers map[int64]string
	nodes      map[string]Node
}

func (r *Registry) graph(ctx context.Context) (*graph, error) {
	g := &graph{r: r, nodes: map[string]Node{}}
	var err error
	if g.clusters, err = r.decisions.now(); err != nil {
		return nil, err
	}
	if g.lines, err = r.courses(ctx); err != nil {
		return nil, err
	}
	g.publishers, err = r.publishers(ctx)
	return g, err
}

// node returns the node of an id as a source gives it.
func (g *graph) node(ctx context.Context, id string) (Node, error) {
	canonical, members := g.clusters.of(id)
	if n, ok := g.nodes[canonical]; ok {
		return n, nil
	}
	recs, err := g.r.records(ctx, members)
	if err != nil {
		return Node{}, err
	}
	n := Node{ID: canonical, Caption: id}
	if len(recs) > 0 {
		e, _ := g.r.join(canonical, recs, g.lines)
		n.Schema, n.Caption = e.Schema, e.Label(g.r.model)
	}
	g.nodes[canonical] = n
	return n, nil
}

// key returns the key of the canonical id of an id.
func (g *graph) key(id string) int64 {
	canonical, _ := g.clusters.of(id)
	return keyOf(canonical)
}

// end is one end of a link as a record says it.
type end struct {
	prop  *ftm.Property
	value string
	said  Said
}

// mostPairs bounds how many links one record makes that names many on both sides.
const mostPairs = 1000

// links returns the links a record makes: between the ends of an edge schema, or from itself to whom it names. With
// only, others than some keys are left out.
func (g *graph) links(ctx context.Context, rec *record, only []int64) ([]Link, error) {
	schema := g.r.model.Schema(rec.schema)
	if schema == nil {
		return nil, nil
	}
	t := g.lines[rec.dataset]
	var ends []end
	for i := range rec.statements {
		s := &rec.statements[i]
		if p := schema.Property(s.prop); p != nil && p.Type == ftm.TypeEntity && (only == nil || slices.Contains(only, g.key(s.value))) {
			ends = append(ends, end{p, s.value, sayOf(rec, s, t, g.publishers[rec.dataset])})
		}
	}
	self, err := g.node(ctx, rec.id)
	if err != nil {
		return nil, err
	}
	start, end := extent(rec, schema)
	var out []Link
	used := map[int]bool{}
	if e := schema.Edge; e != nil {
		for i, a := range ends {
			for j, b := range ends {
				if a.prop.Name != e.Source || b.prop.Name != e.Target || len(out) >= mostPairs {
					continue
				}
				used[i], used[j] = true, true
				l := Link{Via: self, Kind: schema.Name, Start: start, End: end, Label: e.Label, Directed: e.Directed, Current: a.said.Current && b.said.Current, Said: []Said{a.said, b.said}}
				if l.From, err = g.node(ctx, a.value); err != nil {
					return nil, err
				}
				if l.To, err = g.node(ctx, b.value); err != nil {
					return nil, err
				}
				out = append(out, l)
			}
		}
	}
	for i, a := range ends {
		if used[i] || len(out) >= mostPairs {
			continue
		}
		l := Link{From: self, Kind: schema.Name + ":" + a.prop.Name, Start: start, End: end, Label: a.prop.Label, Directed: true, Current: a.said.Current, Said: []Said{a.said}}
		if l.To, err = g.node(ctx, a.value); err != nil {
			return nil, err
		}
		out = append(out, l)
	}
	return out, nil
}

// mergeLinks makes one of links that differ in who says so only.
func mergeLinks(links []Link) []Link {
	var out []Link
	for _, l := range links {
		i := slices.IndexFunc(out, func(o Link) bool { return o.From == l.From && o.To == l.To && o.Via == l.Via && o.Label == l.Label })
		if i < 0 {
			out = append(out, l)
			continue
		}
		out[i].Said = append(out[i].Said, l.Said...)
		out[i].Current = out[i].Current || l.Current
		out[i].Start, out[i].End = earliest(out[i].Start, l.Start), max(out[i].End, l.End)
	}
	return out
}

// extent returns the earliest start and the latest end that a record gives.
func extent(rec *record, schema *ftm.Schema) (start, end string) {
	for i := range rec.statements {
		s := &rec.statements[i]
		if slices.Contains(schema.Start, s.prop) {
			start = earliest(start, s.value)
		}
		if slices.Contains(schema.End, s.prop) {
			end = max(end, s.value)
		}
	}
	return start, end
}

// earliest returns the lesser of two dates, of which either may be "".
func earliest(a, b string) string {
	if a == "" || b == "" {
		return max(a, b)
	}
	return min(a, b)
}

// weigh notes on a link what is said in its stead, where its property can have one value only.
func (g *graph) weigh(ctx context.Context, l *Link) error {
	_, name, ok := strings.Cut(l.Kind, ":")
	p := g.r.model.Property(l.Kind)
	if !ok || p == nil || !single(p) || !l.Current {
		return nil
	}
	_, members := g.clusters.of(l.From.ID)
	recs, err := g.r.records(ctx, members)
	if err != nil {
		return err
	}
	for _, rec := range recs {
		now := g.lines[rec.dataset].now
		for i := range rec.statements {
			s := &rec.statements[i]
			if s.prop != name || !now.holds(s) {
				continue
			}
			n, err := g.node(ctx, s.value)
			if err != nil {
				return err
			}
			if n.ID != l.To.ID && !slices.Contains(l.Against, n) {
				l.Against = append(l.Against, n)
			}
		}
	}
	return nil
}
