package archive_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"veedor/internal/evidence/archive"
)

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

// TestEachIsDeterministic: which source an object kept twice is said to be from, and in what order
// objects come, does not depend on which process indexed what first.
func TestEachIsDeterministic(t *testing.T) {
	dir := t.TempDir()
	a := open(t, dir)
	shared := text(2<<20, 1)
	var batches []*archive.Batch
	for _, source := range []string{"x", "y", "z"} {
		b, err := a.Begin(source)
		if err != nil {
			t.Fatal(err)
		}
		defer b.Close()
		for _, o := range []string{shared, "from " + source} { // the first is compressed before anybody commits
			if _, err := b.Put([]byte(o), archive.Entry{Line: 1}); err != nil {
				t.Fatal(err)
			}
		}
		batches = append(batches, b)
	}
	for _, b := range slices.Backward(batches) {
		if c, err := b.Commit(t.Context()); err != nil || c.Objects != 2 {
			t.Fatalf("%+v, %v", c, err)
		}
	}
	list := func(done map[string]bool) (out []string) {
		err := a.Each(t.Context(), done, func(o archive.Object) error {
			out = append(out, fmt.Sprintf("%s %.6s", o.Source, o.Raw))
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	first := list(nil)
	if len(first) != 4 {
		t.Errorf("Each: %q, want 4 objects", first)
	}
	if err := errors.Join(a.Close(), os.RemoveAll(filepath.Join(dir, "index"))); err != nil {
		t.Fatal(err)
	}
	a = open(t, dir)
	if d := cmp.Diff(first, list(nil)); d != "" {
		t.Errorf("with another index (-before +after):\n%s", d)
	}
	done := map[string]bool{}
	list(done)
	put(t, a, "w", "later", shared)
	if d := cmp.Diff([]string{"w later"}, list(done)); d != "" {
		t.Errorf("what came since (-want +got):\n%s", d)
	}
	if got := fsck(t, a); len(got) > 0 {
		t.Errorf("fsck: %v", got)
	}
}

// TestHashes: every pack's objects once, packs that are done passed over, what comes later handed out then.
func TestHashes(t *testing.T) {
	a := open(t, t.TempDir())
	put(t, a, "one", "a", "b")
	put(t, a, "two", "c")
	done := map[string]bool{}
	seen := func() (out []string) {
		t.Helper()
		err := a.Hashes(t.Context(), done, func(pack string, hashes []archive.Hash) error {
			done[pack] = true
			for _, h := range hashes {
				raw, err := a.Get(h)
				if err != nil {
					return err
				}
				out = append(out, string(raw))
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(out)
		return out
	}
	if got := seen(); !slices.Equal(got, []string{"a", "b", "c"}) {
		t.Errorf("first: %q", got)
	}
	put(t, a, "two", "d")
	if got := seen(); !slices.Equal(got, []string{"d"}) {
		t.Errorf("then: %q", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := a.Hashes(ctx, nil, func(string, []archive.Hash) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("after its end: %v", err)
	}
}

// TestManySmall: a batch of countless tiny objects becomes several packs, each with an index that can be read.
func TestManySmall(t *testing.T) {
	a := open(t, t.TempDir())
	a.SmallPacks(10 << 10)
	b, err := a.Begin("tiny")
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	var hashes []archive.Hash
	for i := range 1000 {
		h, err := b.Put(fmt.Appendf(nil, "%d", i), archive.Entry{Line: int64(i), Rejected: strings.Repeat("é", 700)})
		if err != nil {
			t.Fatal(err)
		}
		hashes = append(hashes, h)
	}
	if c, err := b.Commit(t.Context()); err != nil || c.Objects != 1000 || c.RawBytes != 2890 {
		t.Errorf("committed %+v, %v", c, err)
	}
	st, err := a.Stats()
	if err != nil || st.Packs < 10 || st.Objects != 1000 {
		t.Errorf("%+v, %v", st, err)
	}
	if has, err := a.Has(hashes); err != nil || slices.Contains(has, false) {
		t.Errorf("some are missing: %v", err)
	}
	if got := fsck(t, a); len(got) > 0 {
		t.Errorf("fsck: %v", got)
	}
	err = a.Each(t.Context(), nil, func(o archive.Object) error {
		if o.Rejected != strings.Repeat("é", 512) {
			t.Errorf("reason of %d bytes: %.20q…", len(o.Rejected), o.Rejected)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// TestForeignNames: a source may have any name a file can have.
func TestForeignNames(t *testing.T) {
	dir := t.TempDir()
	a := open(t, dir)
	names := []string{"caf\xe9.jsonl", "", "a/../b", "<&>\u2028\n", strings.Repeat("\x00", 5000), "-", "\U0001F4A9"}
	for i, name := range names {
		put(t, a, name, fmt.Sprint("object ", i))
		put(t, a, name, fmt.Sprint("another ", i))
		if err := a.Finish(name, archive.Totals{Read: 2, Kept: 2}); err != nil {
			t.Errorf("%.20q: %v", name, err)
		}
	}
	if st, err := a.Stats(); err != nil || st.Sources != int64(len(names)) {
		t.Errorf("%+v, %v", st, err)
	}
	if got := reopened(t, dir); len(got) > 0 {
		t.Errorf("fsck: %v", got)
	}
}

func TestPutRefuses(t *testing.T) {
	a := open(t, t.TempDir())
	b, err := a.Begin("x")
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if _, err := b.Put([]byte("x"), archive.Entry{Line: -1}); err == nil {
		t.Error("a line before the first was taken")
	}
	if _, err := b.Put(make([]byte, 81<<20), archive.Entry{}); err == nil {
		t.Error("an object over the limit was taken")
	}
	if c, err := b.Commit(t.Context()); err != nil || c.Pack != "" {
		t.Errorf("an empty commit: %+v, %v", c, err)
	}
}

// TestFsckWhileWriting: what is being written is nothing to complain about.
func TestFsckWhileWriting(t *testing.T) {
	dir := t.TempDir()
	a := open(t, dir)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for i := range 2 {
		b := open(t, dir)
		wg.Go(func() {
			for j := 0; ; j++ {
				select {
				case <-stop:
					return
				default:
					put(t, b, fmt.Sprintf("s%d", i), "shared", text(2<<20, uint64(i*1000+j)), fmt.Sprint(i, j))
				}
			}
		})
	}
	for checked := int64(0); checked < 20; {
		r, err := a.Fsck(t.Context(), func(done, total int64) {
			if done > total {
				t.Errorf("progress %d of %d", done, total)
			}
		})
		if err != nil || len(r.Problems) > 0 {
			t.Errorf("%v, %v", r.Problems, err)
			break
		}
		checked = r.Packs
	}
	close(stop)
	wg.Wait()
}

// corpus returns measurements varied from real ones, about 16 MB of them.
func corpus(b *testing.B) [][]byte {
	b.Helper()
	root, err := os.Getwd()
	if err != nil {
		b.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(root, "go.mod")); err == nil {
			break
		}
		root = filepath.Dir(root)
	}
	shapes, err := filepath.Glob(filepath.Join(root, "..", "shared", "data", "ooni", "scenarios", "*.json"))
	if err != nil {
		b.Fatal(err)
	}
	if len(shapes) == 0 {
		b.Skip("shared test data is absent: ../shared/data/ooni/scenarios")
	}
	var out [][]byte
	for size, n := 0, 0; size < 16<<20; n++ {
		var o bytes.Buffer
		fmt.Fprintf(&o, `{"n":"%014d","was":`, n)
		raw, err := os.ReadFile(shapes[n%len(shapes)])
		if err != nil {
			b.Fatal(err)
		}
		if err := json.Compact(&o, raw); err != nil {
			b.Fatal(err)
		}
		o.WriteByte('}')
		out = append(out, o.Bytes())
		size += o.Len()
	}
	return out
}

// BenchmarkPut archives 16 MB of measurements in one synced commit, as small ones and as ten times fewer large ones.
func BenchmarkPut(b *testing.B) {
	small := corpus(b)
	var large [][]byte
	for part := range slices.Chunk(small, 10) {
		large = append(large, bytes.Join(part, nil))
	}
	for _, objects := range [][][]byte{small, large} {
		var size int64
		for _, o := range objects {
			size += int64(len(o))
		}
		b.Run(fmt.Sprintf("kB=%d", size/int64(len(objects))/1000), func(b *testing.B) {
			b.SetBytes(size)
			benchmarkPut(b, objects)
		})
	}
}

func benchmarkPut(b *testing.B, objects [][]byte) {
	a := open(b, b.TempDir())
	var packed, raw int64
	for n := 0; b.Loop(); n++ {
		batch, err := a.Begin("bench")
		if err != nil {
			b.Fatal(err)
		}
		for i, o := range objects {
			copy(o[6:], fmt.Sprintf("%08d%06d", n, i)) // no two alike
			if _, err := batch.Put(o, archive.Entry{}); err != nil {
				b.Fatal(err)
			}
		}
		c, err := batch.Commit(b.Context())
		if err != nil || c.Objects != len(objects) {
			b.Fatalf("%+v, %v", c, err)
		}
		packed, raw = packed+c.PackBytes, raw+c.RawBytes
		if err := batch.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(raw)/float64(packed), "ratio")
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.Sys)/(1<<20), "MiB")
}

// BenchmarkFsck reads it all again.
func BenchmarkFsck(b *testing.B) {
	a := open(b, b.TempDir())
	var objects []string
	for _, o := range corpus(b) {
		objects = append(objects, string(o))
	}
	c := put(b, a, "bench", objects...)
	b.SetBytes(c.RawBytes)
	for b.Loop() {
		if got := fsck(b, a); len(got) > 0 {
			b.Fatal(got)
		}
	}
}
