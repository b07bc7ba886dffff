package tlog_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/note"

	"veedor/internal/evidence/tlog"
)

// clock is a time that tests set.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

func day() *clock { return &clock{t: time.Date(2026, 5, 1, 12, 0, 0, 5e8, time.UTC)} }

func open(t testing.TB, dir string) *tlog.Log { return openAt(t, dir, day()) }

func openAt(t testing.TB, dir string, c *clock) *tlog.Log {
	t.Helper()
	l, err := tlog.Open(t.Context(), dir, tlog.Options{Now: c.now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

// items returns n items that no other seed gives.
func items(kind tlog.Kind, seed, n int) []tlog.Item {
	out := make([]tlog.Item, n)
	for i := range out {
		var b [16]byte
		binary.BigEndian.PutUint64(b[:8], uint64(seed))
		binary.BigEndian.PutUint64(b[8:], uint64(i))
		out[i] = tlog.Item{Kind: kind, Hash: sha256.Sum256(b[:])}
	}
	return out
}

func add(t testing.TB, l *tlog.Log, list []tlog.Item) int {
	t.Helper()
	n, err := l.Append(t.Context(), list)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func size(t testing.TB, l *tlog.Log) uint64 {
	t.Helper()
	c, err := l.Checkpoint()
	if err != nil {
		t.Fatal(err)
	}
	return c.Size
}

// sound fails a test whose log is not: fsck, no leaf twice, no time going back.
func sound(t testing.TB, l *tlog.Log) {
	t.Helper()
	problems, err := l.Fsck(t.Context(), nil)
	if err != nil || len(problems) > 0 {
		t.Fatalf("fsck: %v, %v", problems, err)
	}
	seen := map[tlog.Item]uint64{}
	for e, err := range l.Leaves(t.Context(), 0, 0) {
		if err != nil {
			t.Fatal(err)
		}
		if i, dup := seen[e.Item]; dup {
			t.Fatalf("leaves %d and %d are the same", i, e.Index)
		}
		seen[e.Item] = e.Index
	}
}

func TestAppend(t *testing.T) {
	dir, now := t.TempDir(), day()
	l := openAt(t, dir, now)
	if _, err := l.Checkpoint(); !errors.Is(err, tlog.ErrEmpty) {
		t.Fatalf("no log yet: %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "keys")); err == nil {
		t.Error("opening made a key")
	}
	first := items(tlog.Object, 1, 300)
	if n := add(t, l, append(first, first[:10]...)); n != 300 {
		t.Errorf("added %d, want 300", n)
	}
	now.add(-time.Hour) // a clock set back
	again := append(items(tlog.Object, 1, 300), items(tlog.Capture, 1, 300)...)
	if n := add(t, l, again); n != 300 {
		t.Errorf("the same and as many of another kind: added %d, want 300", n)
	}
	now.add(2 * time.Hour)
	if n := add(t, l, again); n != 0 {
		t.Errorf("all known: added %d", n)
	}
	add(t, l, items(tlog.Event, 2, 1))
	if got := size(t, l); got != 601 {
		t.Errorf("size %d, want 601", got)
	}
	var last time.Time
	for e, err := range l.Leaves(t.Context(), 0, 0) {
		if err != nil {
			t.Fatal(err)
		}
		if e.At.Before(last) {
			t.Fatalf("leaf %d goes back in time", e.Index)
		}
		last = e.At
	}
	if want := now.now().Truncate(time.Second); !last.Equal(want) {
		t.Errorf("last leaf of %v, want %v", last, want)
	}
	found, err := l.Find(t.Context(), first[7].Hash)
	if err != nil || len(found) != 2 || found[0].Index != 7 || found[0].Kind != tlog.Object || found[1].Kind != tlog.Capture {
		t.Errorf("Find: %+v, %v", found, err)
	}
	if _, err := l.Find(t.Context(), tlog.Hash{1}); !errors.Is(err, tlog.ErrNotFound) {
		t.Errorf("Find of nothing: %v", err)
	}
	if _, err := l.Leaf(t.Context(), 601); !errors.Is(err, tlog.ErrNotFound) {
		t.Errorf("Leaf past the end: %v", err)
	}
	if _, err := l.Append(t.Context(), []tlog.Item{{Kind: "rumour"}}); err == nil {
		t.Error("an unknown kind was taken")
	}
	sound(t, l)
	partials, err := filepath.Glob(filepath.Join(dir, "log", "tile", "*", "*.p"))
	if err != nil || len(partials) != 3 { // entries/002.p, 0/002.p, 1/000.p
		t.Errorf("partial tiles left: %v, %v", partials, err)
	}
	if st, err := os.Stat(filepath.Join(dir, "keys", "log.key")); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("private key: %v, %v", st.Mode(), err)
	}
}

// TestIndexIsDerived: without the index, or with that of another log, nothing is lost and nothing doubled.
func TestIndexIsDerived(t *testing.T) {
	dir, other := t.TempDir(), t.TempDir()
	l := open(t, dir)
	list := items(tlog.Object, 1, 700)
	add(t, l, list)
	if err := l.MarkDone(t.Context(), "archive", "pack"); err != nil {
		t.Fatal(err)
	}
	if done, err := l.Done(t.Context(), "archive"); err != nil || !done["pack"] {
		t.Errorf("%v, %v", done, err)
	}
	o := open(t, other)
	add(t, o, items(tlog.Object, 9, 700))
	for name, change := range map[string]func() error{
		"gone": func() error { return os.RemoveAll(filepath.Join(dir, "index")) },
		"another log's": func() error {
			return errors.Join(os.RemoveAll(filepath.Join(dir, "index")), os.CopyFS(filepath.Join(dir, "index"), os.DirFS(filepath.Join(other, "index"))))
		},
	} {
		t.Run(name, func(t *testing.T) {
			if err := errors.Join(l.Close(), o.Close(), change()); err != nil {
				t.Fatal(err)
			}
			l, o = open(t, dir), open(t, other)
			if n := add(t, l, list); n != 0 {
				t.Errorf("%d leaves were doubled", n)
			}
			if found, err := l.Find(t.Context(), list[699].Hash); err != nil || found[0].Index != 699 {
				t.Errorf("%v, %v", found, err)
			}
			if done, err := l.Done(t.Context(), "archive"); err != nil || done["pack"] {
				t.Errorf("what was done outlived the index: %v, %v", done, err)
			}
			sound(t, l)
		})
	}
}

// checkProof verifies a tlog-proof without our code, and returns the leaf in it.
func checkProof(t testing.TB, l *tlog.Log, p []byte) tlog.Leaf {
	t.Helper()
	head, checkpoint, _ := strings.Cut(string(p), "\n\n")
	f := strings.Split(head, "\n")
	if f[0] != "c2sp.org/tlog-proof@v1" || !strings.HasPrefix(f[1], "extra ") || !strings.HasPrefix(f[2], "index ") {
		t.Fatalf("proof:\n%s", p)
	}
	data, err := base64.StdEncoding.DecodeString(f[1][len("extra "):])
	if err != nil {
		t.Fatal(err)
	}
	var index uint64
	if _, err := fmt.Sscan(f[2][len("index "):], &index); err != nil {
		t.Fatal(err)
	}
	var hashes [][]byte
	for _, line := range f[3:] {
		h, err := base64.StdEncoding.DecodeString(line)
		if err != nil || len(h) != 32 {
			t.Fatalf("%q: %v", line, err)
		}
		hashes = append(hashes, h)
	}
	keys, err := l.Keys()
	if err != nil {
		t.Fatal(err)
	}
	v, err := note.NewVerifier(keys[0])
	if err != nil {
		t.Fatal(err)
	}
	n, err := note.Open([]byte(checkpoint), note.VerifierList(v))
	if err != nil {
		t.Fatal(err)
	}
	body := strings.Split(n.Text, "\n")
	var size uint64
	if _, err := fmt.Sscan(body[1], &size); err != nil {
		t.Fatal(err)
	}
	root, err := base64.StdEncoding.DecodeString(body[2])
	if err != nil {
		t.Fatal(err)
	}
	if err := proof.VerifyInclusion(rfc6962.DefaultHasher, index, size, rfc6962.DefaultHasher.HashLeaf(data), hashes, root); err != nil {
		t.Fatalf("leaf %d of %d: %v", index, size, err)
	}
	leaf, err := tlog.ParseLeaf(data)
	if err != nil {
		t.Fatal(err)
	}
	return leaf
}

func TestProofs(t *testing.T) {
	l := open(t, t.TempDir())
	list := items(tlog.Object, 1, 600)
	roots := map[uint64]tlog.Hash{}
	for _, n := range []int{1, 1, 1, 5, 248, 1, 43, 300} {
		add(t, l, list[:n])
		list = list[n:]
		c, err := l.Checkpoint()
		if err != nil {
			t.Fatal(err)
		}
		roots[c.Size] = c.Root
		for i := uint64(0); i < c.Size; i += 1 + c.Size/17 {
			p, err := l.Proof(t.Context(), i)
			if err != nil {
				t.Fatal(err)
			}
			if leaf := checkProof(t, l, p); leaf.Item != items(tlog.Object, 1, 600)[i] {
				t.Errorf("proof of leaf %d is of %v", i, leaf)
			}
		}
	}
	for a, rootA := range roots {
		for b, rootB := range roots {
			hashes, err := l.Consistency(t.Context(), a, b)
			if a > b {
				if err == nil {
					t.Errorf("from %d to %d: no error", a, b)
				}
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			var raw [][]byte
			for _, h := range hashes {
				raw = append(raw, h[:])
			}
			if err := proof.VerifyConsistency(rfc6962.DefaultHasher, a, b, raw, rootA[:], rootB[:]); err != nil {
				t.Errorf("from %d to %d: %v", a, b, err)
			}
		}
	}
	for _, f := range []func() error{
		func() error { _, err := l.Proof(t.Context(), 600); return err },
		func() error { _, err := l.ProofAt(t.Context(), 0, 599); return err },
		func() error { _, err := l.Consistency(t.Context(), 3, 601); return err },
	} {
		if err := f(); !errors.Is(err, tlog.ErrNotFound) {
			t.Errorf("past the end: %v", err)
		}
	}
}

func TestConcurrent(t *testing.T) {
	dir := t.TempDir()
	a, b := open(t, dir), open(t, dir) // as two processes would
	var wg sync.WaitGroup
	var mu sync.Mutex
	total := 0
	for i := range 6 {
		l := []*tlog.Log{a, b}[i%2]
		wg.Go(func() {
			for j := range 4 {
				n, err := l.Append(context.Background(), append(items(tlog.Object, 7, 20+j), items(tlog.Object, 100+i*10+j, 30)...))
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				total += n
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if want := 23 + 24*30; total != want || size(t, a) != uint64(want) {
		t.Errorf("%d added, size %d, want %d", total, size(t, a), want)
	}
	sound(t, b)
}

// TestRefuses: a log that was rolled back, changed or lost its key is not signed again.
func TestRefuses(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir)
	add(t, l, items(tlog.Object, 1, 100))
	early := t.TempDir()
	if err := os.CopyFS(early, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	add(t, l, items(tlog.Object, 2, 100))
	for name, c := range map[string]struct {
		change func(dir string) error
		want   error
	}{
		"tree rolled back": {func(dir string) error {
			b, err := os.ReadFile(filepath.Join(early, "log", ".state", "treeState"))
			return errors.Join(err, os.WriteFile(filepath.Join(dir, "log", ".state", "treeState"), b, 0o644))
		}, tlog.ErrBroken},
		"key gone": {func(dir string) error { return os.Remove(filepath.Join(dir, "keys", "log.key")) }, tlog.ErrNoKey},
		"tile changed": {func(dir string) error {
			p := filepath.Join(dir, "log", "tile", "0", "000.p", "200")
			b, err := os.ReadFile(p)
			if err != nil {
				return err
			}
			b[70] ^= 1
			return os.WriteFile(p, b, 0o644)
		}, tlog.ErrBroken},
		"leaf changed": {func(dir string) error {
			p := filepath.Join(dir, "log", "tile", "entries", "000.p", "200")
			b, err := os.ReadFile(p)
			if err != nil {
				return err
			}
			return os.WriteFile(p, []byte(strings.Replace(string(b), "object", "absent", 1)), 0o644)
		}, nil}, // seen by Fsck
		"checkpoint changed": {func(dir string) error {
			p := filepath.Join(dir, "log", "checkpoint")
			b, err := os.ReadFile(p)
			return errors.Join(err, os.WriteFile(p, []byte(strings.Replace(string(b), "\n200\n", "\n201\n", 1)), 0o644))
		}, tlog.ErrBroken},
		"another origin": {func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "log.json"), []byte(`{"origin":"other.example"}`), 0o644)
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			copied := t.TempDir()
			if err := errors.Join(os.CopyFS(copied, os.DirFS(dir)), c.change(copied)); err != nil {
				t.Fatal(err)
			}
			l, err := tlog.Open(t.Context(), copied, tlog.Options{})
			if err == nil {
				defer l.Close()
				problems, e := l.Fsck(t.Context(), nil)
				if e != nil || len(problems) == 0 && c.want != tlog.ErrNoKey {
					t.Errorf("fsck: %v, %v", problems, e)
				}
				_, err = l.Append(t.Context(), items(tlog.Object, 3, 100))
			}
			if c.want != nil && !errors.Is(err, c.want) || c.want == nil && name != "leaf changed" && err == nil {
				t.Errorf("appended: %v", err)
			}
		})
	}
}

// TestPublicCopyGoesOn: from the public files and the private key alone, the log continues.
func TestPublicCopyGoesOn(t *testing.T) {
	dir, copied := t.TempDir(), t.TempDir()
	l := open(t, dir)
	add(t, l, items(tlog.Object, 1, 300))
	before, err := l.Export(t.Context(), filepath.Join(copied, "log"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(copied, "keys"), os.DirFS(filepath.Join(dir, "keys"))); err != nil {
		t.Fatal(err)
	}
	conf, err := os.ReadFile(filepath.Join(dir, "log.json"))
	if err := errors.Join(err, os.WriteFile(filepath.Join(copied, "log.json"), conf, 0o644)); err != nil {
		t.Fatal(err)
	}
	second := open(t, copied)
	if n := add(t, second, append(items(tlog.Object, 1, 300), items(tlog.Object, 2, 5)...)); n != 5 {
		t.Errorf("added %d, want 5", n)
	}
	sound(t, second)
	if root, err := second.Root(t.Context(), before.Size); err != nil || root != before.Root {
		t.Errorf("the copy went another way: %v", err)
	}
	for _, private := range []string{".state", "keys"} {
		if _, err := os.Stat(filepath.Join(copied, "log", private)); private == "keys" && err == nil {
			t.Errorf("%s was exported", private)
		}
	}
}

func TestKeys(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir)
	add(t, l, items(tlog.Object, 1, 3))
	old, err := l.Keys()
	if err != nil || len(old) != 1 {
		t.Fatalf("%v, %v", old, err)
	}
	signedBy := func() int {
		c, err := l.Checkpoint()
		if err != nil {
			t.Fatal(err)
		}
		return len(c.Signed)
	}
	if err := l.AddKey(); err != nil {
		t.Fatal(err)
	}
	add(t, l, nil)
	if n := signedBy(); n != 2 {
		t.Errorf("signed by %d keys, want both", n)
	}
	add(t, l, items(tlog.Object, 2, 3))
	if n, err := l.RetireKeys(); err != nil || n != 1 {
		t.Errorf("retired %d, %v", n, err)
	}
	add(t, l, items(tlog.Object, 3, 3))
	if n := signedBy(); n != 1 {
		t.Errorf("signed by %d keys, want the new one", n)
	}
	keys, err := l.Keys()
	if err != nil || len(keys) != 2 || keys[1] != old[0] {
		t.Errorf("%v, %v", keys, err)
	}
	p, err := l.Proof(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	checkProof(t, l, p)
	sound(t, l)
}

func TestLeaf(t *testing.T) {
	good := "veedor/1 object 2026-05-01T12:00:00Z " + strings.Repeat("0a", 32) + "\n"
	if l, err := tlog.ParseLeaf([]byte(good)); err != nil || string(l.Data()) != good {
		t.Errorf("%v, %v", l, err)
	}
	for name, s := range map[string]string{
		"empty":        "",
		"no end":       strings.TrimSuffix(good, "\n"),
		"two ends":     good + "\n",
		"version":      strings.Replace(good, "/1", "/2", 1),
		"kind":         strings.Replace(good, "object", "rumour", 1),
		"zone":         strings.Replace(good, "Z", "+00:00", 1),
		"fraction":     strings.Replace(good, "00Z", "00.5Z", 1),
		"capitals":     strings.Replace(good, "0a", "0A", 1),
		"short hash":   strings.Replace(good, "0a", "", 1),
		"two blanks":   strings.Replace(good, " o", "  o", 1),
		"carriage":     strings.Replace(good, "\n", "\r\n", 1),
		"more columns": strings.Replace(good, "\n", " x\n", 1),
	} {
		if l, err := tlog.ParseLeaf([]byte(s)); err == nil {
			t.Errorf("%s: %q was read as %v", name, s, l)
		}
	}
}

func FuzzParseLeaf(f *testing.F) {
	f.Add([]byte("veedor/1 object 2026-05-01T12:00:00Z " + strings.Repeat("0a", 32) + "\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if l, err := tlog.ParseLeaf(b); err == nil && !slices.Equal(l.Data(), b) {
			t.Errorf("%q is written as %q", b, l.Data())
		}
	})
}

func ExampleLog() {
	dir, err := os.MkdirTemp("", "log")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	ctx := context.Background()
	l, err := tlog.Open(ctx, dir, tlog.Options{})
	if err != nil {
		panic(err)
	}
	defer l.Close()
	h := tlog.Hash(sha256.Sum256([]byte("what somebody published")))
	for range 2 {
		added, err := l.Append(ctx, []tlog.Item{{Kind: tlog.Object, Hash: h}})
		fmt.Println(added, err)
	}
	found, err := l.Find(ctx, h)
	if err != nil {
		panic(err)
	}
	proof, err := l.Proof(ctx, found[0].Index)
	first, _, _ := strings.Cut(string(proof), "\n")
	fmt.Println(first, err)
	// Output:
	// 1 <nil>
	// 0 <nil>
	// c2sp.org/tlog-proof@v1 <nil>
}
