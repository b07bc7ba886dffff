package registry

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestWatchWide: a watch of a country, a topic or both tells of what comes, changes and goes, and of nothing else.
func TestWatchWide(t *testing.T) {
	r := openTest(t)
	put(t, r, "list", "2021-01-01", ent("a", "Company", "name", "Alpha", "country", "ve"), ent("b", "Company", "name", "Beta", "country", "cn", "topics", "sanction"))
	for _, w := range []Watch{{Country: "VE"}, {Topic: "sanction"}, {Country: "ve", Topic: "sanction"}} {
		if _, err := r.AddWatch(t.Context(), w, "ana", clock); err != nil {
			t.Fatal(err)
		}
	}
	for _, bad := range []Watch{{}, {Country: "Atlantis"}, {Topic: "gossip"}, {Country: "ve", Name: "Alpha"}} {
		if _, err := r.AddWatch(t.Context(), bad, "ana", clock); err == nil {
			t.Errorf("%+v was taken", bad)
		}
	}
	if got, err := r.Look(t.Context(), clock); err != nil || len(got) != 0 {
		t.Errorf("what was known is told: %+v, %v", got, err)
	}
	second := put(t, r, "list", "2022-01-01", ent("a", "Company", "name", "Alpha", "country", "ve", "topics", "sanction"), ent("c", "Company", "name", "Gamma", "country", "ve", "topics", "sanction"),
		ent("d", "Address", "full", "Caracas", "country", "ve"), ent("e", "Company", "name", "Epsilon", "country", "co"))
	got, err := r.Look(t.Context(), clock)
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	for _, e := range got {
		told = append(told, fmt.Sprintf("%d %s %s %d", e.ID, e.Change, e.Entity, e.State-second.ID))
	}
	want := []string{"1 changed a 0", "1 added c 0", "2 changed a 0", "2 removed b 0", "2 added c 0", "3 changed a 0", "3 added c 0"}
	if d := cmp.Diff(want, told); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if again, err := r.Look(t.Context(), clock); err != nil || len(again) != 0 {
		t.Errorf("told again: %+v, %v", again, err)
	}
}
