package desk

import (
	"errors"
	"testing"
)

// TestKept: what readers were answered is kept only until something is written, by whatever process.
func TestKept(t *testing.T) {
	dir := t.TempDir()
	d, other := openAt(t, dir), openAt(t, dir)
	put(t, d, ana, set(Theme, "censorship", 0, "title", "Censorship"))
	titles := func() (out []string) {
		t.Helper()
		list, err := d.List(t.Context(), Public(), Query{Kind: Theme})
		if err != nil {
			t.Fatal(err)
		}
		for i := range list {
			out = append(out, list[i].Str("title"))
			list[i].ID = "changed by who asked"
		}
		return out
	}
	if _, err := d.Get(t.Context(), Public(), Theme, "censorship"); !errors.Is(err, ErrNotFound) {
		t.Fatalf("a reader sees what was not published: %v", err)
	}
	if got := titles(); len(got) != 0 {
		t.Fatalf("a reader is shown %q", got)
	}
	for _, w := range []*Desk{d, other} { // this process, and another
		r := get(t, w, ana, Theme, "censorship")
		put(t, w, ana, set(Theme, "censorship", r.Rev, "title", r.Str("title")+" again", "published", true))
		want := r.Str("title") + " again"
		for range 2 { // asked, and kept
			if got := titles(); len(got) != 1 || got[0] != want {
				t.Errorf("a reader is shown %q, not %q", got, want)
			}
			if got := get(t, d, Public(), Theme, "censorship"); got.Str("title") != want || got.ID != "censorship" {
				t.Errorf("a reader gets %+v, not %q", got, want)
			}
		}
	}
	if n, err := d.Count(t.Context(), Public(), Query{Kind: Theme}); err != nil || n != 1 {
		t.Errorf("counted %d, %v", n, err)
	}
	r := get(t, other, ana, Theme, "censorship")
	put(t, other, ana, set(Theme, "censorship", r.Rev, "published", false))
	if got := titles(); len(got) != 0 {
		t.Errorf("a reader is still shown %q", got)
	}
	if n, err := d.Count(t.Context(), Public(), Query{Kind: Theme}); err != nil || n != 0 {
		t.Errorf("counted %d, %v", n, err)
	}
}
