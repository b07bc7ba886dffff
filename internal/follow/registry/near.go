package registry

import (
	"cmp"
	"context"
	"fmt"
	"slices"
)

// Around says what of the surroundings of an entity is wanted.
type Around struct {
	First  int    // links of the entity itself, at most
	Second int    // links of those, at most; 0 for none
	Kind   string // of its links only those that come from entities of one schema; "" for all
}

// Neighbourhood is what stands around an entity, up to two steps away.
type Neighbourhood struct {
	Centre Node
	First  []Link // of the entity, in the order in which they were chosen
	Second []Link // of those it is linked to, by their order in First

	Kinds   []KindCount // how many links of each kind the entity has, the most telling first
	Total   int         // links of the entity, counted up to 100,000
	Counted bool        // Total is all there are
	Beyond  int         // links of the neighbours that are not in Second, counted up to 100,000 each
	Hubs    []Node      // neighbours with too many links to be gone through
}

// KindCount is how many links come from entities of a schema.
type KindCount struct {
	Kind string
	N    int
}

// Near returns the surroundings of an entity. Where there are more links than wanted, they are chosen in turn from each
// kind, the most telling kind first; within a kind those that hold now before those that do not, then in the order
// in which they became known. Of each kind the first few became known are read, however many there are.
func (r *Registry) Near(ctx context.Context, id string, a Around) (*Neighbourhood, error) {
	g, err := r.graph(ctx)
	if err != nil {
		return nil, err
	}
	n, err := g.near(ctx, id, a)
	if err != nil {
		return nil, fmt.Errorf("surroundings of %.200s: %w", id, err)
	}
	return n, nil
}

func (g *graph) near(ctx context.Context, id string, a Around) (*Neighbourhood, error) {
	centre, err := g.node(ctx, id)
	if err != nil {
		return nil, err
	}
	if centre.Schema == "" {
		return nil, ErrNotFound
	}
	n := &Neighbourhood{Centre: centre}
	around, err := g.kinds(ctx, centre, a.First, a.Kind)
	if err != nil {
		return nil, err
	}
	n.Kinds, n.Total, n.Counted = around.counts, around.total, around.counted
	given := map[string]bool{}
	n.First = around.take(a.First, given)
	neighbours := []Node{}
	for i := range n.First {
		if o := n.First[i].Other(centre.ID); o.ID != centre.ID && !slices.Contains(neighbours, o) {
			neighbours = append(neighbours, o)
		}
	}
	if a.Second > 0 {
		if err := g.beyond(ctx, n, neighbours, a.Second, given); err != nil {
			return nil, err
		}
	}
	for _, links := range [][]Link{n.First, n.Second} {
		for i := range links {
			if err := g.weigh(ctx, &links[i]); err != nil {
				return nil, err
			}
		}
	}
	return n, nil
}

// Other returns the end of a link that is not the given one; the same, if a link joins an entity to itself.
func (l *Link) Other(id string) Node {
	if l.From.ID == id {
		return l.To
	}
	return l.From
}

// beyond takes the second step: of each neighbour in turn one more link, until there are as many as wanted.
func (g *graph) beyond(ctx context.Context, n *Neighbourhood, neighbours []Node, want int, given map[string]bool) error {
	var all []*kinds
	known := []Node{n.Centre}
	for _, o := range neighbours {
		if o.Schema == "" {
			continue
		}
		k, err := g.kinds(ctx, o, want, "")
		if err != nil {
			return err
		}
		if k.total > hub {
			n.Hubs = append(n.Hubs, o)
			continue
		}
		n.Beyond += k.total
		all, known = append(all, k), append(known, o)
	}
	by := make([][]Link, len(all))
	for more, taken := true, 0; more && taken < want; {
		more = false
		for i, k := range all {
			if l := k.take(1, given); len(l) > 0 && taken < want {
				by[i] = append(by[i], l...)
				more, taken = true, taken+1
			}
		}
	}
	n.Second = slices.Concat(by...)
	// Each link in sight is one of a neighbour's, or two neighbours'.
	for _, l := range slices.Concat(n.First, n.Second) {
		for i, o := range known {
			if i > 0 && (l.From == o || l.To == o) {
				n.Beyond--
			}
		}
	}
	n.Beyond = max(0, n.Beyond)
	return nil
}

// kinds are the links of an entity by kind.
type kinds struct {
	counts  []KindCount
	links   map[string][]Link // in the order in which they are to be taken
	total   int
	counted bool
}

// take removes up to most links that were not given yet, one of each kind in turn.
func (k *kinds) take(most int, given map[string]bool) []Link {
	var out []Link
	for more := true; more && len(out) < most; {
		more = false
		for _, c := range k.counts {
			for len(k.links[c.Kind]) > 0 && len(out) < most {
				l := k.links[c.Kind][0]
				k.links[c.Kind] = k.links[c.Kind][1:]
				if key := l.key(); !given[key] {
					given[key] = true
					out, more = append(out, l), true
					break
				}
			}
		}
	}
	return out
}

// key tells links apart.
func (l *Link) key() string {
	return l.From.ID + "\x00" + l.To.ID + "\x00" + l.Via.ID + "\x00" + l.Kind
}

// kinds counts the links of an entity by the schema of whatever says them, and reads the first of each.
func (g *graph) kinds(ctx context.Context, of Node, want int, only string) (*kinds, error) {
	k := &kinds{links: map[string][]Link{}, counted: true}
	rows := map[string][]int64{}
	n := map[string]int{}
	_, members := g.clusters.of(of.ID)
	for _, m := range members {
		if err := g.r.naming(ctx, keyOf(m), func(row int64, schema string, links int) {
			n[schema] += links
			k.total += links
			if len(rows[schema]) < 3*want && (only == "" || only == schema) {
				rows[schema] = append(rows[schema], row)
			}
		}); err != nil {
			return nil, err
		}
		k.counted = k.counted && k.total < countMost
	}
	for schema, links := range n {
		k.counts = append(k.counts, KindCount{schema, links})
	}
	slices.SortFunc(k.counts, func(a, b KindCount) int { return cmp.Or(telling(a.Kind)-telling(b.Kind), cmp.Compare(a.Kind, b.Kind)) })
	for schema, list := range rows {
		slices.Sort(list)
		var links []Link
		for _, row := range slices.Compact(list) {
			rec, err := g.r.row(ctx, row)
			if err != nil {
				return nil, err
			}
			only := []int64{g.key(of.ID)}
			if rec.id == of.ID || slices.Contains(members, rec.id) || g.r.edge(rec) {
				only = nil // the other end is wanted too
			}
			made, err := g.links(ctx, rec, only)
			if err != nil {
				return nil, err
			}
			for _, l := range made {
				if l.From.ID == of.ID || l.To.ID == of.ID {
					links = append(links, l)
				}
			}
		}
		links = mergeLinks(links)
		slices.SortStableFunc(links, func(a, b Link) int {
			switch {
			case a.Current == b.Current:
				return 0
			case a.Current:
				return -1
			}
			return 1
		})
		k.links[schema] = links
	}
	return k, nil
}

// edge says whether a record is an edge between others.
func (r *Registry) edge(rec *record) bool {
	s := r.model.Schema(rec.schema)
	return s != nil && s.Edge != nil
}

// naming hands out the rows of entities that name a key or that it stands for, with their schema and how many edges
// each makes, in the order in which they became known; of more than 100,000 edges those alone are looked at.
func (r *Registry) naming(ctx context.Context, key int64, yield func(row int64, schema string, edges int)) error {
	rows, err := r.db.QueryContext(ctx, `SELECT g.src, g.n, e.schema FROM (SELECT src, count(*) AS n FROM (SELECT src FROM edge WHERE a = ? LIMIT ?) GROUP BY src) g
		JOIN entity e ON e.id = g.src ORDER BY g.src`, key, countMost)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var row, word int64
		var n int
		if err := rows.Scan(&row, &n, &word); err != nil {
			return err
		}
		schema, err := r.words.name(ctx, word)
		if err != nil {
			return err
		}
		yield(row, schema, n)
	}
	return rows.Err()
}

// telling ranks schemata by what links of them tell of who supplied, ordered and paid.
func telling(schema string) int {
	order := []string{"Sanction", "Deployment", "Agreement", "ContractAward", "Contract", "ProjectParticipant", "Ownership", "Control", "Payment", "Debt", "Directorship", "Representation",
		"Occupancy", "Membership", "Employment", "Succession", "Absence", "CourtCaseParty", "Project", "Company", "PublicBody", "Organization", "LegalEntity", "Person", "UnknownLink"}
	if i := slices.Index(order, schema); i >= 0 {
		return i
	}
	return len(order)
}
