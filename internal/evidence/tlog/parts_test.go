package tlog_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"veedor/internal/evidence/tlog"
)

// TestEveryPart flips bytes of every file of the tree, the narrow tiles that readers of older checkpoints fetch
// among them, and finds each; a file that is no tile is found too.
func TestEveryPart(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir)
	for i := range 4 {
		add(t, l, items(tlog.Object, i*1000, 120+i))
	}
	root := filepath.Join(l.Folder(), "tile")
	files, narrow := 0, 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files++
		if strings.Contains(path, ".p/") {
			narrow++
		}
		for _, at := range []int{0, 1, len(b) / 2, len(b) - 1} {
			b[at] ^= 4
			if err := os.WriteFile(path, b, 0o644); err != nil {
				return err
			}
			if problems, err := l.Fsck(t.Context(), nil); err != nil || len(problems) == 0 {
				t.Errorf("byte %d of %s: %v, %v", at, path, problems, err)
			}
			b[at] ^= 4
		}
		return os.WriteFile(path, b, 0o644)
	})
	if err != nil || files < 5 || narrow < 2 {
		t.Fatalf("%d files, %d of them partial: %v", files, narrow, err)
	}
	sound(t, l)
	for _, name := range []string{"notes.txt", "0/x999", "9"} {
		if err := os.WriteFile(filepath.Join(root, name), []byte("x"), 0o644); err != nil {
			t.Fatal(err)
		}
		if problems, err := l.Fsck(t.Context(), nil); err != nil || len(problems) != 1 {
			t.Errorf("%s: %v, %v", name, problems, err)
		}
		if err := os.Remove(filepath.Join(root, name)); err != nil {
			t.Fatal(err)
		}
	}
}
