package archive

import (
	"os"
	"path/filepath"
	"testing"
)

// FuzzPack opens forged packs: they are refused or read, never more.
func FuzzPack(f *testing.F) {
	dir := f.TempDir()
	a, err := Open(dir)
	if err != nil {
		f.Fatal(err)
	}
	b, err := a.Begin("x")
	if err != nil {
		f.Fatal(err)
	}
	if _, err := b.Put([]byte(`{"a":1}`), Entry{Line: 1, Rejected: "why"}); err != nil {
		f.Fatal(err)
	}
	c, err := b.Commit(f.Context())
	if err != nil {
		f.Fatal(err)
	}
	raw, err := os.ReadFile(a.packPath(c.Pack))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	path := filepath.Join(dir, "forged")
	f.Fuzz(func(t *testing.T, raw []byte) {
		if err := os.WriteFile(path, raw, 0o644); err != nil {
			t.Fatal(err)
		}
		p, err := openPack(path)
		if err != nil {
			return
		}
		defer p.Close()
		_ = p.each(func(packed, []byte) error { return nil })
	})
}
