package registry

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func saying(l Link) string { return l.From.ID + " " + l.Kind + " " + l.To.ID }

// TestNear: the most telling links first, of each kind in turn, and what is not shown is counted.
func TestNear(t *testing.T) {
	r := openTest(t)
	items := contract()
	for i := range 40 {
		items = append(items, ent(fmt.Sprint("u", i), "UnknownLink", "subject", "ceiec", "object", fmt.Sprint("x", i)))
	}
	items = append(items, ent("s", "Sanction", "entity", "ceiec", "program", "VENEZUELA", "startDate", "2020-11-30"), ent("o", "Ownership", "owner", "cetc", "asset", "ceiec", "startDate", "1980", "endDate", "2019"),
		ent("self", "Ownership", "owner", "ceiec", "asset", "ceiec"), ent("back", "Ownership", "owner", "ceiec", "asset", "cetc"), ent("cetc", "Company", "name", "CETC"))
	put(t, r, "g", "2020-01-01", items...)
	put(t, r, "h", "2020-01-01", ent("cams", "Deployment", "kind", "cameras", "supplier", "zte"), ent("zte", "Company", "name", "ZTE"))
	near := func(a Around) *Neighbourhood {
		n, err := r.Near(t.Context(), "ceiec", a)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	n := near(Around{First: 9, Second: 2})
	var first []string
	for _, l := range n.First {
		first = append(first, saying(l))
	}
	want := []string{"s Sanction:entity ceiec", "cams Deployment:supplier ceiec", "a2013 Agreement:supplier ceiec", "cetc Ownership ceiec", "ceiec UnknownLink x0",
		"ceiec Ownership ceiec", "ceiec UnknownLink x1", "ceiec Ownership cetc", "ceiec UnknownLink x2"}
	if !slices.Equal(first, want) {
		t.Errorf("%q\nwant %q", first, want)
	}
	if n.Total != 46 || !n.Counted || len(n.Kinds) != 5 || n.Kinds[0] != (KindCount{"Sanction", 1}) {
		t.Errorf("%d links, %v: %v", n.Total, n.Counted, n.Kinds)
	}
	if l := n.First[1]; len(l.Against) != 1 || l.Against[0].Caption != "ZTE" || len(l.Said) != 1 {
		t.Errorf("contradicted: %+v", l)
	}
	if l := n.First[3]; l.Start != "1980" || l.End != "2019" {
		t.Errorf("dates: %+v", l)
	}
	if len(n.Second) != 2 || n.Beyond != 2 {
		t.Errorf("second step: %d links, %d more", len(n.Second), n.Beyond)
	}
	for _, l := range n.Second {
		if l.From.ID == "ceiec" || l.To.ID == "ceiec" {
			t.Errorf("a link of the entity itself in the second step: %s", saying(l))
		}
	}
	if n := near(Around{First: 9, Kind: "Ownership"}); len(n.First) != 3 || len(n.Second) != 0 || n.Total != 46 {
		t.Errorf("ownerships: %+v", n.First)
	}
	if _, err := r.Near(t.Context(), "nobody", Around{First: 3}); err == nil {
		t.Error("surroundings of nobody")
	}
}

// TestWays: all shortest ways, each once, with every source; and what was looked at where there is none.
func TestWays(t *testing.T) {
	r := openTest(t)
	own := func(id, a, b string) Item { return ent(id, "Ownership", "owner", a, "asset", b) }
	var items []Item
	for _, id := range strings.Fields("a b c d e lone") {
		items = append(items, ent(id, "Company", "name", strings.ToUpper(id)))
	}
	items = append(items, own("o1", "a", "b"), own("o2", "b", "d"), own("o3", "a", "c"), own("o4", "c", "d"), own("o5", "d", "a"), own("o6", "d", "e"))
	put(t, r, "g", "2020-01-01", items...)
	put(t, r, "h", "2020-01-01", own("p1", "a", "b"))
	ways := func(from, to string) *Ways {
		w, err := r.Ways(t.Context(), from, to, 5)
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	if w := ways("a", "d"); len(w.Ways) != 1 || len(w.Ways[0]) != 1 || w.More || w.Bounded { // d owns a
		t.Errorf("a to d: %+v", w)
	}
	w := ways("b", "c")
	if len(w.Ways) != 2 || len(w.Ways[0]) != 2 || len(w.Ways[1]) != 2 || w.More {
		t.Fatalf("b to c: %+v", w)
	}
	for _, way := range w.Ways {
		if way[0].Kind != "Ownership" || way[0].From.ID == way[1].From.ID && way[0].To.ID == way[1].To.ID {
			t.Errorf("%+v", way)
		}
		if slices.ContainsFunc(way, func(l Link) bool { return l.From.ID == "a" && l.To.ID == "b" && len(l.Said) != 4 }) {
			t.Errorf("a and b are joined by two sources of two statements: %+v", way)
		}
	}
	if one, err := r.Ways(t.Context(), "b", "c", 1); err != nil || len(one.Ways) != 1 || !one.More {
		t.Errorf("one of two: %+v, %v", one, err)
	}
	if w := ways("a", "lone"); len(w.Ways) != 0 || w.Bounded || w.Looked == 0 {
		t.Errorf("to one that has no links: %+v", w)
	}
	// A hub is met from both sides and not gone through.
	items = nil
	for i := range hub + 100 {
		items = append(items, own(fmt.Sprint("h", i), "hub", fmt.Sprint("k", i)))
	}
	put(t, r, "hub", "2020-01-01", append(items, ent("hub", "Company", "name", "Hub"), ent("k1", "Company", "name", "K1"), ent("k2", "Company", "name", "K2"), own("q1", "k2", "q"), own("q2", "q", "z"), ent("z", "Company", "name", "Z"))...)
	if w := ways("k1", "k2"); len(w.Ways) != 1 || len(w.Ways[0]) != 2 {
		t.Errorf("through a hub: %+v", w)
	}
	if w := ways("k1", "lone"); len(w.Ways) != 0 || !w.Bounded || w.Hubs != 1 || w.Steps == 0 {
		t.Errorf("behind a hub: %+v", w)
	}
}
