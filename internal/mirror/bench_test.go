package mirror_test

import (
	"os"
	"testing"
	"time"

	"veedor/internal/mirror"
)

// TestTenThousand says what the writing itself costs, beside the making of pages: 10,000 pages and as many other files,
// written, looked at again, and again after ten changed.
func TestTenThousand(t *testing.T) {
	if os.Getenv("VEEDOR_PUBLISH_BENCH") != "1" {
		t.Skip("a benchmark: make publish-bench")
	}
	dir := t.TempDir()
	site := &numbered{n: 10_000, changed: map[int]string{}}
	for _, run := range []string{"first", "again", "ten changed"} {
		if run == "ten changed" {
			for i := range 10 {
				site.changed[1000*i+1] = "new"
			}
		}
		begun := time.Now()
		rep, err := mirror.Publish(t.Context(), dir, options(site))
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %d pages, %d files, %d written, %.1f s", run, rep.Pages, rep.Files, rep.Written, time.Since(begun).Seconds())
		if want := map[string]int{"first": rep.Files, "again": 0, "ten changed": 10}[run]; rep.Written != want {
			t.Errorf("%s: %d files written, want %d", run, rep.Written, want)
		}
	}
	begun := time.Now()
	got, err := mirror.Check(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("check: %d files, %d links, %d problems, %.1f s", got.Files, got.Links, len(got.Problems), time.Since(begun).Seconds())
	if len(got.Problems) > 0 {
		t.Error(got.Problems[0])
	}
}
