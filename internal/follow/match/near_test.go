package match

import (
	"math/rand/v2"
	"testing"
)

// plainDistance is the textbook's table.
func plainDistance(a, b string) int {
	t := make([][]int, len(a)+1)
	for i := range t {
		t[i] = make([]int, len(b)+1)
		t[i][0] = i
	}
	for j := range t[0] {
		t[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			t[i][j] = min(t[i-1][j]+1, t[i][j-1]+1, t[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				t[i][j] = min(t[i][j], t[i-2][j-2]+1)
			}
		}
	}
	return t[len(a)][len(b)]
}

func TestDistanceIsTheTables(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	word := func() string {
		b := make([]byte, r.IntN(14))
		for i := range b {
			b[i] = "abc"[r.IntN(3)]
		}
		return string(b)
	}
	for range 20_000 {
		a, b := word(), word()
		for limit := range 4 {
			if got, want := apart(a, b, limit), min(plainDistance(a, b), limit+1); got != want {
				t.Fatalf("%q and %q up to %d: %d, want %d", a, b, limit, got, want)
			}
		}
	}
}

// TestBoundsLoseNothing compares what is kept of many entities with what adding up every list gives.
func TestBoundsLoseNothing(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	words := []string{"Krovin", "Belstar", "Tamarel", "Osvenko", "Dumitrel", "Shipping", "Trading", "Marine", "Holding", "Delta", "Sunrise", "Li", "Wang", "Export"}
	build := func(from, to int) *Segment {
		b := NewBuilder()
		for i := from; i < to; i++ {
			name := words[r.IntN(len(words))] + " " + words[r.IntN(len(words))] + " " + words[r.IntN(len(words))]
			if err := b.Add(Entity{ID: string(rune('a'+i/5000)) + name + string(rune(i)), Names: []string{name}}); err != nil {
				t.Fatal(err)
			}
		}
		return written(t, b)
	}
	x := NewIndex(build(0, 5000), build(5000, 9000))
	for _, name := range []string{"Krovin Shipping", "Belstar Delta Export", "Osvenka Marine", "Li Wang", "Sunrise"} {
		q := prepare(Entity{Names: []string{name}})
		lookups := x.lookups(q, &scratch{})
		got := x.candidates(q, lookups, &scratch{})
		sums := map[candidate]float32{}
		for i, s := range x.segments {
			for _, l := range lookups {
				if l.lists[i].count > 0 {
					s.each(l.lists[i], func(ord uint32) { sums[candidate{segment: i, ord: ord}] += float32(l.weight) })
				}
			}
		}
		g := gather{size: len(q.names[0].words)}
		var h heap
		for c, sum := range sums {
			h.push(candidate{c.segment, c.ord, g.shortened(x.segments[c.segment], c.ord, sum)})
		}
		most, least := float32(0), h.least()
		for _, c := range h.kept {
			most = max(most, c.sum)
		}
		want := 0
		for _, c := range h.kept {
			if c.sum > max(least, leastShare*most)+1e-4 {
				want++
			}
		}
		kept := 0
		for _, c := range got {
			if c.sum > max(least, leastShare*most)+1e-4 {
				kept++
			}
			if full := g.shortened(x.segments[c.segment], c.ord, sums[candidate{segment: c.segment, ord: c.ord}]); full-c.sum > 1e-3 {
				t.Errorf("%s: entity %d has %.3f, want %.3f", name, c.ord, c.sum, full)
			}
		}
		if kept != want || len(got) == 0 {
			t.Errorf("%s: %d kept, %d above the bound", name, kept, want)
		}
	}
}
