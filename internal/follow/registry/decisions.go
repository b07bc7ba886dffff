package registry

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"math/big"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"veedor/internal/evidence/journal"
)

// What a person decides of two entities.
const (
	Positive  = "positive"  // they are the same
	Negative  = "negative"  // they are not
	Unsure    = "unsure"    // it cannot be told
	Withdrawn = "withdrawn" // what was decided of the two does not hold any more
)

// Decision is one line of the journal of decisions. The last one on a pair holds.
type Decision struct {
	At           time.Time `json:"at"`
	A            string    `json:"a"` // ids of entities as their sources name them
	B            string    `json:"b"`
	Verdict      string    `json:"verdict"`
	By           string    `json:"by"`
	Why          string    `json:"why,omitempty"`
	Score        float64   `json:"score,omitempty"` // what matching gave, if it was asked
	journal.Link           // to the line before
}

// ErrContradiction says that a decision does not go together with those that hold.
var ErrContradiction = errors.New("it contradicts what was decided")

// decisions is the journal and what follows from it.
type decisions struct {
	kept *journal.Journal[Decision]

	mu    sync.Mutex
	read  int // entries that are in the clusters
	state *clusters
}

func openDecisions(dir string) *decisions {
	return &decisions{kept: journal.Open(filepath.Join(dir, "decisions.jsonl"), func(d *Decision) *journal.Link { return &d.Link })}
}

// now returns the clusters that follow from all decisions up to now. They do not change.
func (d *decisions) now() (*clusters, error) {
	entries, err := d.kept.Entries()
	if err != nil {
		return nil, fmt.Errorf("read decisions: %w", err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.state == nil || d.read != len(entries) {
		d.state, d.read = cluster(entries), len(entries)
	}
	return d.state, nil
}

// pair is two ids, the lesser first.
type pair struct{ a, b string }

func pairOf(a, b string) pair { return pair{min(a, b), max(a, b)} }

// clusters is which entities are the same by the decisions that hold.
type clusters struct {
	hold      map[pair]Decision
	order     []pair              // those that hold, in the order in which they were first decided
	same      map[string][]string // positive neighbours
	different map[string][]string
	canonical map[string]string   // of every id that is the same as another
	members   map[string][]string // of every canonical id, sorted
}

func cluster(entries []Decision) *clusters {
	c := &clusters{hold: map[pair]Decision{}, same: map[string][]string{}, different: map[string][]string{}, canonical: map[string]string{}, members: map[string][]string{}}
	first := map[pair]string{} // the canonical id a pair's first positive decision makes
	for _, d := range entries {
		p := pairOf(d.A, d.B)
		if _, ok := c.hold[p]; !ok {
			c.order = append(c.order, p)
		}
		c.hold[p] = d
		if d.Verdict == Positive && first[p] == "" {
			first[p] = canonicalID(d)
		}
	}
	c.order = slices.DeleteFunc(c.order, func(p pair) bool { return c.hold[p].Verdict == Withdrawn })
	for _, p := range c.order {
		switch c.hold[p].Verdict {
		case Positive:
			c.same[p.a], c.same[p.b] = append(c.same[p.a], p.b), append(c.same[p.b], p.a)
		case Negative:
			c.different[p.a], c.different[p.b] = append(c.different[p.a], p.b), append(c.different[p.b], p.a)
		}
	}
	for _, p := range c.order {
		if c.hold[p].Verdict != Positive || c.canonical[p.a] != "" {
			continue
		}
		id := first[p] // the earliest decision names the whole cluster, so its name stays as it grows
		all := c.reach(p.a)
		for _, m := range all {
			c.canonical[m] = id
		}
		c.members[id] = all
	}
	return c
}

// canonicalID makes an id as nomenklatura does ("NK-" and 22 letters or digits), of the decision that joins first.
func canonicalID(d Decision) string {
	p := pairOf(d.A, d.B)
	sum := sha256.Sum256([]byte(p.a + "\x00" + p.b + "\x00" + d.At.UTC().Format(time.RFC3339Nano)))
	text := new(big.Int).SetBytes(sum[:16]).Text(62)
	return "NK-" + strings.Repeat("0", 22-len(text)) + text
}

// reach returns everything that is the same as an id, sorted, with itself.
func (c *clusters) reach(id string) []string {
	seen := map[string]bool{id: true}
	out := []string{id}
	for i := 0; i < len(out); i++ {
		for _, n := range c.same[out[i]] {
			if !seen[n] {
				seen[n] = true
				out = append(out, n)
			}
		}
	}
	slices.Sort(out)
	return out
}

// of returns the canonical id of an id, which is itself if nothing is the same as it, and all ids that are the same.
func (c *clusters) of(id string) (canonical string, members []string) {
	if m := c.members[id]; m != nil {
		return id, m
	}
	if k := c.canonical[id]; k != "" {
		return k, c.members[k]
	}
	return id, []string{id}
}

// chain returns the shortest way of positive decisions between two ids.
func (c *clusters) chain(from, to string) []string {
	before := map[string]string{from: from}
	queue := []string{from}
	for i := 0; i < len(queue); i++ {
		if queue[i] == to {
			out := []string{to}
			for at := to; at != from; {
				at = before[at]
				out = append(out, at)
			}
			slices.Reverse(out)
			return out
		}
		for _, n := range c.same[queue[i]] {
			if _, ok := before[n]; !ok {
				before[n] = queue[i]
				queue = append(queue, n)
			}
		}
	}
	return nil
}

// check says why a decision cannot be taken, with the chain of decisions it contradicts. What was decided of the pair
// itself is replaced, unless whole clusters are meant.
func (c *clusters) check(d Decision, clustered bool) error {
	switch d.Verdict {
	case Negative:
		o := *c
		o.same = map[string][]string{}
		for k, v := range c.same {
			o.same[k] = slices.DeleteFunc(slices.Clone(v), func(n string) bool { return pairOf(k, n) == pairOf(d.A, d.B) })
		}
		if chain := o.chain(d.A, d.B); chain != nil {
			return fmt.Errorf("%w: %s are the same; withdraw one of these decisions first", ErrContradiction, strings.Join(chain, " = "))
		}
	case Positive:
		in := c.reach(d.B)
		for _, x := range c.reach(d.A) {
			for _, y := range c.different[x] {
				if pairOf(x, y) == pairOf(d.A, d.B) && !clustered || !slices.Contains(in, y) {
					continue
				}
				chain := append(c.chain(x, d.A), c.chain(d.B, y)...)
				return fmt.Errorf("%w: %s would be the same, and %s ≠ %s was decided; withdraw one of these decisions first", ErrContradiction, strings.Join(chain, " = "), x, y)
			}
		}
	}
	return nil
}

// decide appends a decision, if it goes together with those that hold.
func (d *decisions) decide(fresh Decision, clustered bool) (Decision, error) {
	out, err := d.kept.Append(func(known []Decision) ([]Decision, error) {
		c := cluster(known)
		held, ok := c.hold[pairOf(fresh.A, fresh.B)]
		if fresh.Verdict == Withdrawn && (!ok || held.Verdict == Withdrawn) {
			return nil, fmt.Errorf("withdraw: nothing is decided of %s and %s", fresh.A, fresh.B)
		}
		return []Decision{fresh}, c.check(fresh, clustered)
	})
	if err != nil {
		return Decision{}, err
	}
	return out[0], nil
}
