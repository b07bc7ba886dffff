package made

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestItems(t *testing.T) {
	a, b := New(7, false).Items(300), New(7, false).Items(300)
	if d := cmp.Diff(a, b); d != "" {
		t.Error(d)
	}
	if cmp.Equal(a[:50], New(8, false).Items(50)[:50]) {
		t.Error("another seed makes the same texts")
	}
	by, ways, langs := map[string]Item{}, map[string]int{}, map[string]int{}
	for _, it := range a {
		if _, ok := by[it.ID]; ok || it.Text == "" {
			t.Errorf("%s: twice, or without text", it.ID)
		}
		by[it.ID] = it
		ways[it.Way]++
		langs[it.Lang]++
		p, ok := by[it.Parent]
		if it.Parent != "" && (!ok || p.Family != it.Family) || it.Parent == "" && it.Family != it.ID {
			t.Errorf("%s: parent %q, family %q", it.ID, it.Parent, it.Family)
		}
	}
	if len(ways) != 14 || len(langs) != 4 {
		t.Errorf("%v %v", ways, langs)
	}
}
