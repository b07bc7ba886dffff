package mirror_test

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"veedor/internal/mirror"
)

// stopped publishes a site of n pages until so many were asked for.
func stopped(t *testing.T, dir string, n int, at int64) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	site := &numbered{n: n}
	site.stop = func(asked int64) {
		if asked == at {
			stop()
		}
	}
	opt := options(site)
	opt.State = "one"
	if _, err := mirror.Publish(ctx, dir, opt); !errors.Is(err, context.Canceled) {
		t.Fatalf("not stopped: %v", err)
	}
}

// TestResumeDamaged: what a machine that lost its power left damaged is asked for again.
func TestResumeDamaged(t *testing.T) {
	whole := t.TempDir()
	publish(t, whole, options(&numbered{n: 100}))
	want := content(t, whole)
	delete(want, mirror.ManifestFile)
	answers := func(dir string) string { return filepath.Join(dir, ".veedor-mirror", "answers") }
	for name, c := range map[string]struct {
		damage func(dir string) error
		least  int // answers that are still good
		most   int
	}{
		"nothing": {func(string) error { return nil }, 100, 120},
		"the end": {func(dir string) error {
			info, err := os.Stat(answers(dir))
			if err != nil {
				return err
			}
			return os.Truncate(answers(dir), info.Size()-3)
		}, 90, 119},
		"a page in the middle": {func(dir string) error {
			b, err := os.ReadFile(answers(dir))
			if err != nil {
				return err
			}
			at := bytes.Index(b[len(b)/2:], []byte("<!doctype")) + len(b)/2
			b[at] = 0
			return os.WriteFile(answers(dir), b, 0o600)
		}, 30, 80},
		"a file that is copied as it is": {func(dir string) error {
			blobs := filepath.Join(dir, ".veedor-mirror", "blobs")
			list, err := os.ReadDir(blobs)
			if err != nil {
				return err
			}
			return os.WriteFile(filepath.Join(blobs, list[0].Name()), nil, 0o600)
		}, 90, 119},
		"all of them": {func(dir string) error { return os.RemoveAll(filepath.Join(dir, ".veedor-mirror", "blobs")) }, 40, 80},
		"no list":     {func(dir string) error { return os.WriteFile(answers(dir), []byte("\x00\x00"), 0o600) }, 0, 0},
	} {
		dir := t.TempDir()
		stopped(t, dir, 100, 120)
		if err := c.damage(dir); err != nil {
			t.Fatal(err)
		}
		opt := options(&numbered{n: 100})
		opt.State = "one"
		rep := publish(t, dir, opt)
		got := content(t, dir)
		delete(got, mirror.ManifestFile)
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: %s", name, d)
		}
		if rep.Resumed < c.least || rep.Resumed > c.most {
			t.Errorf("%s: %d answers taken over, want %d to %d", name, rep.Resumed, c.least, c.most)
		}
	}
}

// TestTwoAtOnce: of two runs that write to one folder, the second is refused and disturbs nothing.
func TestTwoAtOnce(t *testing.T) {
	dir := t.TempDir()
	tried := make(chan error, 1)
	site := &numbered{n: 60}
	site.stop = func(asked int64) {
		if asked == 50 {
			_, err := mirror.Publish(t.Context(), dir, options(&numbered{n: 60}))
			tried <- err
		}
	}
	rep := publish(t, dir, options(site))
	if err := <-tried; err == nil || !strings.Contains(err.Error(), "another run is writing there") {
		t.Errorf("the second: %v", err)
	}
	if rep.Files != 120 {
		t.Errorf("the first: %+v", rep)
	}
}

// TestVanished: a page that the site no longer has goes from the mirror, with what was below it and the folders left empty;
// links to it become words. It comes back with the page.
func TestVanished(t *testing.T) {
	dir := t.TempDir()
	publish(t, dir, options(&numbered{n: 20}))
	before := content(t, dir)
	rep := publish(t, dir, options(&numbered{n: 20, without: 19}))
	if rep.Removed != 2 || rep.Written != 1 || !slices.Contains(rep.Dead, mirror.Dead{Address: "/page/19", On: "/page/9", Status: 404}) {
		t.Errorf("%+v", rep)
	}
	after := content(t, dir)
	for _, file := range []string{"page/19.html", "page/19/raw!.json"} {
		if after[file] != "" || before[file] == "" {
			t.Errorf("%s is there still, or was not", file)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "page", "19")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("its folder: %v", err)
	}
	if strings.Contains(after["page/9.html"], "19.html") {
		t.Error("what led to it leads nowhere now")
	}
	publish(t, dir, options(&numbered{n: 20}))
	again := content(t, dir)
	delete(before, mirror.ManifestFile)
	delete(again, mirror.ManifestFile)
	if d := cmp.Diff(before, again); d != "" {
		t.Errorf("%v %s", slices.Sorted(maps.Keys(again)), d)
	}
}

// TestAnew: everything is asked for though nothing changed; stopped, it goes on with what was asked for since.
func TestAnew(t *testing.T) {
	dir := t.TempDir()
	run := func(ctx context.Context, anew bool, at int64) (*mirror.Report, *numbered, error) {
		ctx, stop := context.WithCancel(ctx)
		defer stop()
		site := &numbered{n: 50}
		site.stop = func(asked int64) {
			if asked == at {
				stop()
			}
		}
		opt := options(site)
		opt.State, opt.Anew = "one", anew
		rep, err := mirror.Publish(ctx, dir, opt)
		return rep, site, err
	}
	if _, _, err := run(t.Context(), false, 0); err != nil {
		t.Fatal(err)
	}
	if rep, site, err := run(t.Context(), false, 0); err != nil || !rep.Unchanged || site.asked.Load() != 0 {
		t.Errorf("nothing changed: %+v, %v", rep, err)
	}
	if _, _, err := run(t.Context(), true, 60); !errors.Is(err, context.Canceled) {
		t.Fatalf("not stopped: %v", err)
	}
	rep, site, err := run(t.Context(), true, 0)
	if err != nil || rep.Unchanged || rep.Resumed < 40 || rep.Resumed+int(site.asked.Load()) != 100 || rep.Written != 0 {
		t.Errorf("anew: %+v, %d asked for, %v", rep, site.asked.Load(), err)
	}
	if rep, _, err := run(t.Context(), false, 0); err != nil || !rep.Unchanged {
		t.Errorf("after it: %+v, %v", rep, err)
	}
}
