package registry

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func decide(t *testing.T, r *Registry, a, verdict, b string) error {
	t.Helper()
	clock := clock.Add(time.Hour)
	_, err := r.Decide(t.Context(), Decision{At: clock, A: a, B: b, Verdict: verdict, By: "ana", Why: "same register number"})
	return err
}

func TestDecide(t *testing.T) {
	r := openTest(t)
	var items []Item
	for _, id := range []string{"a", "b", "c", "d", "e"} {
		items = append(items, ent(id, "Company", "name", "Name of "+id))
	}
	put(t, r, "list", "2020-01-01", append(items, ent("p", "Person", "name", "P"), ent("o", "Ownership", "owner", "a", "asset", "b"))...)
	steps := []struct {
		a, verdict, b string
		err           string // "" is none
	}{
		{"a", Positive, "b", ""},
		{"b", Positive, "c", ""},
		{"a", Negative, "c", "a = b = c are the same"},
		{"d", Negative, "c", ""},
		{"a", Positive, "d", "c = b = a = d would be the same, and c ≠ d"},
		{"d", Positive, "e", ""},
		{"e", Positive, "a", "d = e = a = b = c would be the same, and d ≠ c"},
		{"a", Unsure, "e", ""},
		{"a", Positive, "p", "cannot be the same"},
		{"a", Positive, "nobody", "not in the registry"},
		{"a", Positive, "a", "is one entity"},
		{"a", "maybe", "e", "is none of"},
		{"b", Withdrawn, "e", "nothing is decided"},
		{"b", Withdrawn, "c", ""},
		{"a", Negative, "c", ""},
		{"b", Positive, "c", "a ≠ c"},
		{"d", Withdrawn, "c", ""},
		{"d", Positive, "c", ""},
	}
	for _, s := range steps {
		err := decide(t, r, s.a, s.verdict, s.b)
		if (err == nil) != (s.err == "") || err != nil && !strings.Contains(err.Error(), s.err) {
			t.Errorf("%s %s %s: %v, want %q", s.a, s.verdict, s.b, err, s.err)
		}
		if err != nil && strings.Contains(s.err, "same") && !strings.Contains(s.err, "cannot") && !errors.Is(err, ErrContradiction) {
			t.Errorf("%s %s %s: %v is no contradiction", s.a, s.verdict, s.b, err)
		}
	}
	ab, members, err := r.Canonical("b")
	if err != nil || !slices.Equal(members, []string{"a", "b"}) || !strings.HasPrefix(ab, "NK-") || len(ab) != 25 {
		t.Fatalf("%s %q %v", ab, members, err)
	}
	v, err := r.Entity(t.Context(), ab)
	if err != nil || v.ID != ab || len(v.Members) != 2 || len(v.Entity.Properties["name"]) != 2 || len(v.Decisions) != 3 {
		t.Errorf("%+v, %v", v, err)
	}
	// A canonical id may be named in a decision as well.
	cde, _, _ := r.Canonical("c")
	if err := decide(t, r, ab, Positive, cde); err == nil || !errors.Is(err, ErrContradiction) {
		t.Errorf("two clusters that were said to be different: %v", err)
	}
	all, err := r.Decisions()
	if err != nil || len(all) != 9 {
		t.Errorf("%d decisions, %v", len(all), err)
	}
	var b strings.Builder
	if err := r.ExportResolver(&b); err != nil {
		t.Fatal(err)
	}
	got := strings.Split(strings.TrimSpace(b.String()), "\n")
	at := `,null,"ana","2026-11-26T01:00:00Z"]`
	want := []string{`["` + ab + `","a","positive"` + at, `["` + ab + `","b","positive"` + at, `["` + cde + `","c","positive"` + at, `["` + cde + `","d","positive"` + at,
		`["` + cde + `","e","positive"` + at, `["c","a","negative"` + at, `["e","a","unsure"` + at}
	slices.Sort(got)
	slices.Sort(want)
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("resolver (-want +got):\n%s", d)
	}
	if path := os.Getenv("VEEDOR_TEST_RESOLVER"); path != "" { // for a look at it with nomenklatura
		if err := os.WriteFile(filepath.Clean(path), []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestCanonicalStays: the id of a cluster is that of its first decision, as it grows.
func TestCanonicalStays(t *testing.T) {
	r := openTest(t)
	put(t, r, "list", "2020-01-01", ent("a", "Company", "name", "A"), ent("b", "Company", "name", "B"), ent("c", "Company", "name", "C"), ent("d", "Company", "name", "D"))
	for _, p := range []pair{{"c", "d"}, {"a", "b"}} {
		if err := decide(t, r, p.a, Positive, p.b); err != nil {
			t.Fatal(err)
		}
	}
	first, _, _ := r.Canonical("c")
	if err := decide(t, r, "b", Positive, "c"); err != nil {
		t.Fatal(err)
	}
	if id, members, _ := r.Canonical("a"); id != first || len(members) != 4 {
		t.Errorf("%s %q, was %s", id, members, first)
	}
}
