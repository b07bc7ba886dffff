package archive_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"veedor/internal/evidence/archive"
)

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

// find returns the first file of the archive with a suffix and holding some text.
func find(t testing.TB, dir, suffix, holds string) string {
	t.Helper()
	for _, f := range files(t, dir) {
		if strings.HasSuffix(f, suffix) && bytes.Contains(read(t, f), []byte(holds)) {
			return f
		}
	}
	t.Fatalf("no file *%s with %q", suffix, holds)
	return ""
}

func read(t testing.TB, file string) []byte {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func write(t testing.TB, file string, b []byte) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, b, 0o644)); err != nil {
		t.Fatal(err)
	}
}

// small makes an archive of three sources, three packs and six manifest lines, and closes it.
func small(t *testing.T) string {
	dir := t.TempDir()
	a := open(t, dir)
	put(t, a, "a.jsonl", text(500, 1), text(700, 2), "bad")
	put(t, a, "a.jsonl", text(300, 3))
	put(t, a, "b.jsonl", text(400, 4))
	for source, totals := range map[string]archive.Totals{"a.jsonl": {Read: 4, Kept: 3, Rejected: 1}, "nothing new.jsonl": {Read: 2, Kept: 2}} {
		if err := a.Finish(source, totals); err != nil {
			t.Fatal(err)
		}
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

// reopened checks an archive the way the command does: Open first, which must not hide anything.
func reopened(t testing.TB, dir string) []string {
	t.Helper()
	a, err := archive.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	return fsck(t, a)
}

// TestEveryBit flips one bit in every few bytes of every file, and in the last one: each flip is found.
func TestEveryBit(t *testing.T) {
	t.Parallel()
	dir := small(t)
	flips := 0
	for _, f := range files(t, dir) {
		whole := read(t, f)
		step := 3
		if strings.HasSuffix(f, ".pack") {
			step = 7
		}
		for i := (len(whole) - 1) % step; i < len(whole); i += step {
			broken := bytes.Clone(whole)
			broken[i] ^= 1 << (i % 8)
			write(t, f, broken)
			flips++
			if len(reopened(t, dir)) == 0 {
				t.Fatalf("bit %d of byte %d of %s was flipped unnoticed", i%8, i, filepath.Base(f))
			}
			if after := read(t, f); !bytes.Equal(after, broken) {
				t.Fatalf("bit %d of byte %d of %s was flipped, and opening wrote to the file", i%8, i, filepath.Base(f))
			}
		}
		write(t, f, whole)
	}
	if got := reopened(t, dir); len(got) > 0 || flips < 600 {
		t.Errorf("after mending: %v (%d flips)", got, flips)
	}
}

func TestMissingAndExtra(t *testing.T) {
	dropLine := func(n int) func(*testing.T, string) { // of a.jsonl; -1 is the last
		return func(t *testing.T, dir string) {
			f := find(t, dir, ".jsonl", `"a.jsonl"`)
			lines := slices.Collect(bytes.Lines(read(t, f)))
			if n < 0 {
				n += len(lines)
			}
			write(t, f, bytes.Join(slices.Delete(lines, n, n+1), nil))
		}
	}
	remove := func(suffix, holds string) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			if err := os.Remove(find(t, dir, suffix, holds)); err != nil {
				t.Fatal(err)
			}
		}
	}
	add := func(path ...string) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			write(t, filepath.Join(append([]string{dir, "archive"}, path...)...), []byte("x"))
		}
	}
	tests := []struct {
		name string
		do   func(t *testing.T, dir string)
		want string
	}{
		{"a pack is deleted", remove(".pack", ""), "missing"},
		{"a manifest is deleted", remove(".jsonl", `"a.jsonl"`), "manifest"},
		{"a manifest without packs is deleted", remove(".jsonl", `"nothing new.jsonl"`), "manifest"},
		{"a source is deleted, packs and all", func(t *testing.T, dir string) {
			m := find(t, dir, ".jsonl", `"b.jsonl"`)
			_, name, _ := bytes.Cut(read(t, m), []byte(`"pack":"`))
			remove(string(name[:64])+".pack", "")(t, dir)
			remove(".jsonl", `"b.jsonl"`)(t, dir)
		}, "manifest"},
		{"a manifest loses its first line", dropLine(0), "manifest"},
		{"a manifest loses a line in the middle", dropLine(2), "manifest"},
		{"a manifest loses its last line", dropLine(-1), "manifest"},
		{"a manifest is cut in its last line", func(t *testing.T, dir string) {
			f := find(t, dir, ".jsonl", `"a.jsonl"`)
			b := read(t, f)
			write(t, f, b[:len(b)-30])
		}, "manifest"},
		{"a manifest is emptied", func(t *testing.T, dir string) { write(t, find(t, dir, ".jsonl", `"b.jsonl"`), nil) }, "manifest"},
		{"a manifest is copied under another name", func(t *testing.T, dir string) {
			write(t, filepath.Join(dir, "archive", "manifests", "0011223344556677.jsonl"), read(t, find(t, dir, ".jsonl", `"a.jsonl"`)))
		}, "extra"},
		{"a whole source from elsewhere is added", func(t *testing.T, dir string) {
			other := t.TempDir()
			put(t, open(t, other), "c", "an object nobody archived here")
			for _, f := range files(t, other) {
				if rel, err := filepath.Rel(other, f); err == nil && filepath.Base(f) != "head" {
					write(t, filepath.Join(dir, rel), read(t, f))
				}
			}
		}, "manifest"},
		{"a file is added to the packs", add("packs", "x.pack"), "extra"},
		{"a file is added beside the packs", add("x"), "extra"},
		{"a file is added to the manifests", add("manifests", "x.txt"), "extra"},
		{"a folder is added to the manifests", add("manifests", "x.jsonl", "y"), "extra"},
		{"a folder is added to tmp", add("tmp", "x", "y"), "extra"},
		{"a sound pack from elsewhere is added", func(t *testing.T, dir string) {
			other := t.TempDir()
			c := put(t, open(t, other), "c", "an object nobody archived here")
			write(t, filepath.Join(dir, "archive", "packs", c.Pack[:2], c.Pack+".pack"), read(t, find(t, other, ".pack", "")))
		}, "extra"},
		{"two packs change places", func(t *testing.T, dir string) {
			a := find(t, dir, ".pack", "")
			was := read(t, a)
			for _, b := range files(t, dir) {
				if strings.HasSuffix(b, ".pack") && b != a {
					write(t, a, read(t, b))
					write(t, b, was)
					return
				}
			}
		}, "corrupt"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := small(t)
			tt.do(t, dir)
			if got := reopened(t, dir); !slices.Contains(got, tt.want) {
				t.Errorf("fsck found %v, want %s", got, tt.want)
			}
			if got := reopened(t, dir); !slices.Contains(got, tt.want) {
				t.Errorf("fsck found %v the second time, want %s", got, tt.want)
			}
		})
	}
}

// TestDamageKeepsWorking: what is not damaged can be read and added to.
func TestDamageKeepsWorking(t *testing.T) {
	dir := small(t)
	manifest := find(t, dir, ".jsonl", `"a.jsonl"`)
	whole := read(t, manifest)
	broken := bytes.Clone(whole)
	broken[20] ^= 1
	write(t, manifest, broken)
	if err := os.RemoveAll(filepath.Join(dir, "index")); err != nil {
		t.Fatal(err)
	}
	a := open(t, dir)
	if _, err := a.Get(archive.Sum([]byte(text(400, 4)))); err != nil {
		t.Errorf("an object of a sound source: %v", err)
	}
	put(t, a, "b.jsonl", "more")
	if err := a.Each(t.Context(), nil, func(archive.Object) error { return nil }); err == nil {
		t.Error("Each passed over a damaged manifest")
	}
	write(t, manifest, whole)
	if got := reopened(t, dir); len(got) > 0 {
		t.Errorf("after restoring the manifest: %v", got)
	}
}

// TestIngestAgain: objects lost with their pack come back when their source is archived again.
func TestIngestAgain(t *testing.T) {
	for _, source := range []string{"b.jsonl", "another.jsonl"} {
		t.Run(source, func(t *testing.T) {
			dir := small(t)
			m := find(t, dir, ".jsonl", `"b.jsonl"`)
			_, name, _ := bytes.Cut(read(t, m), []byte(`"pack":"`))
			if err := os.Remove(find(t, dir, string(name[:64])+".pack", "")); err != nil {
				t.Fatal(err)
			}
			a := open(t, dir)
			if c := put(t, a, source, text(400, 4)); c.Objects != 1 {
				t.Errorf("committed %+v, want the object", c)
			}
			if got := fsck(t, a); len(got) > 0 {
				t.Errorf("fsck: %v", got)
			}
			n := 0
			if err := a.Each(t.Context(), nil, func(archive.Object) error { n++; return nil }); err != nil || n != 5 {
				t.Errorf("%d objects, %v", n, err)
			}
		})
	}
}

// TestIndexAhead: an index that is newer than the archive, as after restoring an old copy of it,
// must not make anybody believe that an object is there.
func TestIndexAhead(t *testing.T) {
	dir := small(t)
	old := t.TempDir()
	if err := os.CopyFS(filepath.Join(old, "archive"), os.DirFS(filepath.Join(dir, "archive"))); err != nil {
		t.Fatal(err)
	}
	a := open(t, dir)
	put(t, a, "late", "added after the copy")
	if err := errors.Join(a.Close(), os.RemoveAll(filepath.Join(dir, "archive")), os.Rename(filepath.Join(old, "archive"), filepath.Join(dir, "archive"))); err != nil {
		t.Fatal(err)
	}
	a = open(t, dir)
	if has, err := a.Has([]archive.Hash{archive.Sum([]byte("added after the copy"))}); err != nil || has[0] {
		t.Errorf("Has = %v, %v", has, err)
	}
	if got := fsck(t, a); len(got) > 0 {
		t.Errorf("fsck: %v", got)
	}
}
