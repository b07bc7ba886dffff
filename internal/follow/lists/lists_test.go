package lists

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// shared returns an opener of a file of the shared data, or skips.
func shared(t *testing.T, names ...string) map[string]Opener {
	t.Helper()
	out := map[string]Opener{}
	for _, n := range names {
		path := filepath.Join("..", "..", "..", "..", "shared", "data", n)
		if _, err := os.Stat(path); err != nil {
			t.Skipf("%s is not at hand", n)
		}
		out[filepath.Base(n)] = func() (io.ReadCloser, error) { return os.Open(path) }
	}
	return out
}

func readAll(t *testing.T, format string, files map[string]Opener, opt Options) ([]Item, Account) {
	t.Helper()
	var items []Item
	a, err := Read(context.Background(), format, "test", files, opt, func(i Item) error { items = append(items, i); return nil })
	if err != nil {
		t.Fatal(err)
	}
	if a.Read != a.Kept+a.Rejected {
		t.Errorf("read %d, kept %d, rejected %d", a.Read, a.Kept, a.Rejected)
	}
	return items, a
}
