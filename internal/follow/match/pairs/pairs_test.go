package pairs

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestGenerate(t *testing.T) {
	a, b := Generate(7, 2000), Generate(7, 2000)
	if d := cmp.Diff(a, b); d != "" {
		t.Fatal("the same seed gives another set:", d)
	}
	if cmp.Equal(a.Entities, Generate(8, 2000).Entities) {
		t.Fatal("another seed gives the same set")
	}
	same, how := 0, map[string]int{}
	for _, p := range a.Pairs {
		if p.Same {
			same++
		}
		how[p.How]++
		if p.Query.Names[0] == "" {
			t.Errorf("empty query: %+v", p)
		}
	}
	if len(a.Pairs) != 2000 || same != 1000 || len(how) < 20 {
		t.Errorf("%d pairs, %d positive, %d ways: %v", len(a.Pairs), same, len(how), how)
	}
}

func TestCrowd(t *testing.T) {
	n, names := 0, map[string]bool{}
	Crowd(1, 3000, func(r Record) bool { n++; names[r.Names[0]] = true; return true })
	if n != 3000 || len(names) < 2700 {
		t.Errorf("%d entities, %d different names", n, len(names))
	}
}
