package archive_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"veedor/internal/evidence/archive"
)

// TestMain lets the test binary act as a writer that is killed; see TestKill.
func TestMain(m *testing.M) {
	if dir := os.Getenv("VEEDOR_TEST_WRITER"); dir != "" {
		writeForEver(dir)
	}
	os.Exit(m.Run())
}

func open(t testing.TB, dir string) *archive.Archive {
	t.Helper()
	a, err := archive.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() })
	return a
}

func put(t testing.TB, a *archive.Archive, source string, objects ...string) archive.Committed {
	t.Helper()
	b, err := a.Begin(source)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	for i, o := range objects {
		e := archive.Entry{Line: int64(i + 1)}
		if strings.HasPrefix(o, "bad") {
			e.Rejected = "it is bad"
		}
		if _, err := b.Put([]byte(o), e); err != nil {
			t.Fatal(err)
		}
	}
	c, err := b.Commit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func fsck(t testing.TB, a *archive.Archive) []string {
	t.Helper()
	r, err := a.Fsck(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, p := range r.Problems {
		kinds = append(kinds, p.Kind)
	}
	slices.Sort(kinds)
	return slices.Compact(kinds)
}

func text(n int, seed uint64) string {
	r := rand.New(rand.NewPCG(seed, 1))
	var b strings.Builder
	for b.Len() < n {
		fmt.Fprintf(&b, `{"probe_cc":"XA","n":%d},`, r.IntN(1000))
	}
	return b.String()[:n]
}

func TestRoundTrip(t *testing.T) {
	dir := t.TempDir()
	a := open(t, dir)
	big := text(3<<20, 7) // longer than a frame
	objects := []string{"one", "", "bad line", big, "two"}
	c := put(t, a, "first.jsonl", objects...)
	if c.Objects != 5 || c.Known != 0 || c.Pack == "" {
		t.Errorf("committed %+v", c)
	}
	if c := put(t, a, "second.jsonl", "two", "three", "three"); c.Objects != 1 || c.Known != 2 {
		t.Errorf("a second source with one new object: committed %+v", c)
	}
	if c := put(t, a, "first.jsonl", objects...); c.Pack != "" || c.Known != 5 {
		t.Errorf("the same again: committed %+v, want nothing", c)
	}
	for _, o := range append(objects, "three") {
		got, err := a.Get(archive.Sum([]byte(o)))
		if err != nil || string(got) != o {
			t.Errorf("Get(%.10q) = %.10q, %v", o, got, err)
		}
	}
	if _, err := a.Get(archive.Sum([]byte("absent"))); !errors.Is(err, archive.ErrNotFound) {
		t.Errorf("Get of nothing: %v", err)
	}
	list := func(a *archive.Archive) []string {
		var out []string
		err := a.Each(t.Context(), nil, func(o archive.Object) error {
			out = append(out, fmt.Sprintf("%s:%d %.8s %s", o.Source, o.Line, o.Raw, o.Rejected))
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(out)
		return out
	}
	want := []string{"first.jsonl:1 one ", "first.jsonl:2  ", "first.jsonl:3 bad line it is bad", "first.jsonl:4 " + big[:8] + " ", "first.jsonl:5 two ", "second.jsonl:2 three "}
	if d := cmp.Diff(want, list(a)); d != "" {
		t.Errorf("Each (-want +got):\n%s", d)
	}
	if got := fsck(t, a); len(got) > 0 {
		t.Errorf("fsck of a sound archive: %v", got)
	}
	// The index is derived: without it everything is still there.
	if err := errors.Join(a.Close(), os.RemoveAll(filepath.Join(dir, "index"))); err != nil {
		t.Fatal(err)
	}
	a = open(t, dir)
	if d := cmp.Diff(want, list(a)); d != "" {
		t.Errorf("Each after losing the index (-want +got):\n%s", d)
	}
	if got := fsck(t, a); len(got) > 0 {
		t.Errorf("fsck after losing the index: %v", got)
	}
}

func TestFinishIsIdempotent(t *testing.T) {
	dir := t.TempDir()
	a := open(t, dir)
	put(t, a, "x", "one")
	size := func() (n int64) {
		for _, f := range files(t, dir) {
			if strings.HasSuffix(f, ".jsonl") {
				st, err := os.Stat(f)
				if err != nil {
					t.Fatal(err)
				}
				n += st.Size()
			}
		}
		return n
	}
	totals := archive.Totals{Read: 1, Kept: 1}
	if err := a.Finish("x", totals); err != nil {
		t.Fatal(err)
	}
	before := size()
	if err := a.Finish("x", totals); err != nil {
		t.Fatal(err)
	}
	if size() != before {
		t.Error("saying the same twice grew the manifest")
	}
}

func TestConcurrent(t *testing.T) {
	dir := t.TempDir()
	a, b := open(t, dir), open(t, dir) // as two processes would
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			which := []*archive.Archive{a, b}[i%2]
			for j := range 5 {
				put(t, which, fmt.Sprintf("s%d", i%3), "shared", text(1000, uint64(j)), text(2000, uint64(i*100+j)))
			}
		})
	}
	wg.Wait()
	seen := map[archive.Hash]int{}
	if err := a.Each(t.Context(), nil, func(o archive.Object) error { seen[o.Hash]++; return nil }); err != nil {
		t.Fatal(err)
	}
	if want := 1 + 5 + 40; len(seen) != want {
		t.Errorf("%d objects, want %d", len(seen), want)
	}
	for h, n := range seen {
		if n != 1 {
			t.Errorf("object %s handed out %d times", h, n)
		}
	}
	if got := fsck(t, a); len(got) > 0 {
		t.Errorf("fsck: %v", got)
	}
}

// TestSamePack: two batches that hold the very same objects make one pack between them.
func TestSamePack(t *testing.T) {
	a := open(t, t.TempDir())
	var batches []*archive.Batch
	for _, source := range []string{"x", "y"} {
		b, err := a.Begin(source)
		if err != nil {
			t.Fatal(err)
		}
		defer b.Close()
		if _, err := b.Put([]byte(text(2<<20, 1)), archive.Entry{Line: 1}); err != nil { // written at once, before either commits
			t.Fatal(err)
		}
		batches = append(batches, b)
	}
	for _, b := range batches {
		if _, err := b.Commit(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if got := fsck(t, a); len(got) > 0 {
		t.Errorf("fsck: %v", got)
	}
	if st, err := a.Stats(); err != nil || st.Packs != 1 {
		t.Errorf("%+v, %v", st, err)
	}
}

// files lists the files of the archive proper.
func files(t testing.TB, dir string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(filepath.Join(dir, "archive"), func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && d.Name() != "lock" {
			out = append(out, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func small(t *testing.T) (string, *archive.Archive) {
	dir := t.TempDir()
	a := open(t, dir)
	put(t, a, "a.jsonl", text(500, 1), text(700, 2), "bad")
	put(t, a, "a.jsonl", text(300, 3))
	put(t, a, "b.jsonl", text(400, 4))
	if err := a.Finish("a.jsonl", archive.Totals{Read: 4, Kept: 3, Rejected: 1}); err != nil {
		t.Fatal(err)
	}
	return dir, a
}

// TestEveryBit flips one bit in every byte of every file: each flip is found.
func TestEveryBit(t *testing.T) {
	dir, a := small(t)
	flips := 0
	for _, f := range files(t, dir) {
		whole, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		step := 1
		if len(whole) > 600 {
			step = 3
		}
		for i := 0; i < len(whole); i += step {
			broken := bytes.Clone(whole)
			broken[i] ^= 1 << (i % 8)
			if err := os.WriteFile(f, broken, 0o644); err != nil {
				t.Fatal(err)
			}
			flips++
			if len(fsck(t, a)) == 0 {
				t.Errorf("bit %d of byte %d of %s was flipped unnoticed", i%8, i, filepath.Base(f))
			}
		}
		if err := os.WriteFile(f, whole, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got := fsck(t, a); len(got) > 0 || flips < 500 {
		t.Errorf("after mending: %v (%d flips)", got, flips)
	}
}

func TestMissingAndExtra(t *testing.T) {
	find := func(t *testing.T, dir, suffix string) string {
		for _, f := range files(t, dir) {
			if strings.HasSuffix(f, suffix) {
				return f
			}
		}
		t.Fatal("no file " + suffix)
		return ""
	}
	tests := []struct {
		name string
		do   func(t *testing.T, dir string) error
		want string
	}{
		{"a pack is deleted", func(t *testing.T, dir string) error { return os.Remove(find(t, dir, ".pack")) }, "missing"},
		{"a manifest is deleted", func(t *testing.T, dir string) error { return os.Remove(find(t, dir, ".jsonl")) }, "extra"},
		{"a manifest loses its first line", func(t *testing.T, dir string) error {
			f := find(t, dir, ".jsonl")
			b, err := os.ReadFile(f)
			if err != nil {
				return err
			}
			_, rest, _ := bytes.Cut(b, []byte("\n"))
			return os.WriteFile(f, rest, 0o644)
		}, "manifest"},
		{"a manifest is emptied", func(t *testing.T, dir string) error { return os.Truncate(find(t, dir, ".jsonl"), 0) }, "manifest"},
		{"a file is added", func(t *testing.T, dir string) error {
			return os.WriteFile(filepath.Join(dir, "archive", "packs", "x.pack"), []byte("x"), 0o644)
		}, "extra"},
		{"a sound pack from elsewhere is added", func(t *testing.T, dir string) error {
			other := t.TempDir()
			put(t, open(t, other), "c", "an object nobody archived here")
			b, err := os.ReadFile(find(t, other, ".pack"))
			if err != nil {
				return err
			}
			to := filepath.Join(dir, "archive", "packs", "zz")
			return errors.Join(os.MkdirAll(to, 0o755), os.WriteFile(filepath.Join(to, filepath.Base(find(t, other, ".pack"))), b, 0o644))
		}, "extra"},
		{"two packs change places", func(t *testing.T, dir string) error {
			var packs []string
			for _, f := range files(t, dir) {
				if strings.HasSuffix(f, ".pack") {
					packs = append(packs, f)
				}
			}
			return errors.Join(os.Rename(packs[0], dir+"/x"), os.Rename(packs[1], packs[0]), os.Rename(dir+"/x", packs[1]))
		}, "corrupt"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir, a := small(t)
			if err := tt.do(t, dir); err != nil {
				t.Fatal(err)
			}
			if got := fsck(t, a); !slices.Contains(got, tt.want) {
				t.Errorf("fsck found %v, want %s", got, tt.want)
			}
		})
	}
}

// TestRecover opens archives as a crash at each step would leave them.
func TestRecover(t *testing.T) {
	dir, a := small(t)
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	var pack, manifest string
	for _, f := range files(t, dir) {
		if strings.HasSuffix(f, ".pack") {
			pack = f
		} else {
			manifest = f
		}
	}
	tmp := filepath.Join(dir, "archive", "tmp")
	whole, err := os.ReadFile(manifest)
	if err != nil {
		t.Fatal(err)
	}
	steps := map[string]func() error{
		"half a pack": func() error { return os.WriteFile(filepath.Join(tmp, "X.tmp"), []byte("veedor pa"), 0o644) },
		"a sealed, unlisted pack": func() error {
			return os.WriteFile(filepath.Join(tmp, strings.Repeat("ab", 32)+".pack"), []byte("x"), 0o644)
		},
		"listed, not yet in place": func() error { return os.Rename(pack, filepath.Join(tmp, filepath.Base(pack))) },
		"half a manifest line":     func() error { return os.WriteFile(manifest, append(bytes.Clone(whole), `{"kind":"pa`...), 0o644) },
		"half a first line": func() error {
			return os.WriteFile(filepath.Join(dir, "archive", "manifests", "0011223344556677.jsonl"), []byte(`{"ki`), 0o644)
		},
	}
	for name, crash := range steps {
		if err := crash(); err != nil {
			t.Fatal(err)
		}
		a := open(t, dir)
		if got := fsck(t, a); len(got) > 0 {
			t.Errorf("%s: fsck after recovery: %v", name, got)
		}
		left, err := os.ReadDir(tmp)
		if err != nil || len(left) > 0 {
			t.Errorf("%s: left in tmp: %v %v", name, left, err)
		}
		if err := a.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// writeForEver commits batches and prints the hash of each acknowledged object.
func writeForEver(dir string) {
	a, err := archive.Open(dir)
	if err != nil {
		panic(err)
	}
	b, err := a.Begin("killed")
	if err != nil {
		panic(err)
	}
	for i := uint64(0); ; i++ {
		var hashes []archive.Hash
		for j := range uint64(3) {
			h, err := b.Put([]byte(text(400<<10, uint64(os.Getpid())<<20+i*3+j)), archive.Entry{})
			if err != nil {
				panic(err)
			}
			hashes = append(hashes, h)
		}
		if _, err := b.Commit(context.Background()); err != nil {
			panic(err)
		}
		for _, h := range hashes {
			fmt.Println(h)
		}
	}
}

// TestKill kills a writer at random moments: what it acknowledged is there, and the archive is sound.
func TestKill(t *testing.T) {
	dir := t.TempDir()
	acknowledged := 0
	for i := range 6 {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "VEEDOR_TEST_WRITER="+dir)
		var out bytes.Buffer
		cmd.Stdout = &out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(120+rand.IntN(150)) * time.Millisecond)
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		a := open(t, dir)
		for line := range strings.Lines(out.String()) {
			if len(line) != 65 {
				continue // cut off by the kill
			}
			h, err := archive.ParseHash(strings.TrimSpace(line))
			if err != nil {
				t.Fatal(err)
			}
			acknowledged++
			if _, err := a.Get(h); err != nil {
				t.Errorf("kill %d: acknowledged object: %v", i, err)
			}
		}
		if got := fsck(t, a); len(got) > 0 {
			t.Errorf("kill %d: fsck: %v", i, got)
		}
		if err := a.Close(); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d acknowledged objects, all there", acknowledged)
}

func BenchmarkPut(b *testing.B) {
	a := open(b, b.TempDir())
	batch, err := a.Begin("bench")
	if err != nil {
		b.Fatal(err)
	}
	objects := make([]string, 64)
	for i := range objects {
		objects[i] = text(80<<10, uint64(i))
	}
	b.SetBytes(64 * 80 << 10)
	for n := 0; b.Loop(); n++ {
		for i, o := range objects {
			if _, err := batch.Put([]byte(fmt.Sprintf("%d %d%s", n, i, o)), archive.Entry{}); err != nil {
				b.Fatal(err)
			}
		}
		if _, err := batch.Commit(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
