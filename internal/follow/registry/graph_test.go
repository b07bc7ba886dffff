package registry

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

func ids(p *Path) []string {
	out := []string{p.From.ID}
	for _, l := range p.Links {
		at := out[len(out)-1]
		if l.From.ID == at {
			out = append(out, l.To.ID)
		} else {
			out = append(out, l.From.ID)
		}
	}
	return out
}

func TestPath(t *testing.T) {
	r := openTest(t)
	own := func(id, a, b string) Item { return ent(id, "Ownership", "owner", a, "asset", b) }
	company := func(id string) Item { return ent(id, "Company", "name", "Name of "+id) }
	put(t, r, "g", "2020-01-01", company("a"), company("b"), company("c"), company("d"), company("lone"), own("o1", "a", "b"), own("o2", "b", "c"), own("o3", "c", "a"), // a cycle
		own("self", "a", "a"), ent("s", "Sanction", "entity", "d", "program", "VENEZUELA"), own("o4", "d", "c"))
	put(t, r, "h", "2020-01-01", company("x"), own("o5", "x", "y"), company("y"), ent("p", "Project", "name", "Project"), ent("pp", "ProjectParticipant", "project", "p", "participant", "y"))
	if err := decide(t, r, "x", Positive, "d"); err != nil {
		t.Fatal(err)
	}
	joined, _, _ := r.Canonical("x")
	for _, c := range []struct {
		from, to string
		want     []string
	}{
		{"a", "d", []string{"a", "c", joined}},
		{"a", "y", []string{"a", "c", joined, "y"}}, // over what was decided to be the same
		{"a", "p", []string{"a", "c", joined, "y", "p"}},
		{"s", "a", []string{"s", joined, "c", "a"}},
		{"a", "o2", []string{"a", "b", "o2"}}, // to an ownership itself
		{"a", "lone", []string{"a"}},
		{"a", "a", []string{"a"}},
	} {
		p, err := r.Path(t.Context(), c.from, c.to)
		if err != nil {
			t.Errorf("%s to %s: %v", c.from, c.to, err)
			continue
		}
		if c.to != "o2" && !slices.Equal(ids(p), c.want) || len(p.Links) != len(c.want)-1 || p.Bounded {
			t.Errorf("%s to %s: %q, bounded %v, want %q", c.from, c.to, ids(p), p.Bounded, c.want)
		}
		for _, l := range p.Links {
			if len(l.Said) == 0 || l.Said[0].File.Hash == "" || !l.Current {
				t.Errorf("%s to %s: a link without its source: %+v", c.from, c.to, l)
			}
		}
	}
	if _, err := r.Path(t.Context(), "a", "nobody"); err == nil {
		t.Error("a path to nobody")
	}
	n, err := r.Adjacent(t.Context(), "a", 10)
	if err != nil || len(n.Links) != 2 || n.More {
		t.Errorf("%+v, %v", n, err)
	}
}

// TestHub: an entity with 100,000 links is met and shown, and costs little.
func TestHub(t *testing.T) {
	if testing.Short() {
		t.Skip("it imports 200,000 entities")
	}
	r := openTest(t)
	const n = 100_000
	source := []Item{ent("hub", "Company", "name", "Hub"), ent("end", "Company", "name", "End"), ent("tail", "Ownership", "owner", "c7", "asset", "end")}
	for i := range n {
		source = append(source, ent(fmt.Sprint("o", i), "Ownership", "owner", "hub", "asset", fmt.Sprint("c", i)))
	}
	put(t, r, "g", "2020-01-01", append(source, ent("c7", "Company", "name", "Seven"), ent("c9", "Company", "name", "Nine"))...)
	begin := time.Now()
	a, err := r.Adjacent(t.Context(), "hub", 50)
	if err != nil || a.Total != n || len(a.Links) != 50 || !a.More {
		t.Errorf("%d links of %d, %v", len(a.Links), a.Total, err)
	}
	near, err := r.Near(t.Context(), "hub", Around{First: 14, Second: 10})
	if err != nil || len(near.First) != 14 || near.Total != n || near.Counted {
		t.Errorf("%d links of %d, all counted: %v, %v", len(near.First), near.Total, near.Counted, err)
	}
	if near, err = r.Near(t.Context(), "c7", Around{First: 14, Second: 10}); err != nil || len(near.First) != 2 || len(near.Hubs) != 1 || len(near.Second) != 0 {
		t.Errorf("beside a hub: %+v, %v", near, err)
	}
	for _, c := range []struct {
		from, to string
		links    int
	}{{"hub", "c7", 1}, {"c7", "c9", 2}, {"end", "c9", 3}, {"c9", "hub", 1}, {"hub", "end", 2}} {
		p, err := r.Path(t.Context(), c.from, c.to)
		if err != nil || len(p.Links) != c.links {
			t.Errorf("%s to %s: %+v, %v", c.from, c.to, p, err)
		}
	}
	if d := time.Since(begin); d > 15*time.Second {
		t.Errorf("took %v", d)
	} else {
		t.Logf("links and five paths took %v", d)
	}
}
