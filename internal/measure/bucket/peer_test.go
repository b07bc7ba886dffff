package bucket

import (
	"bytes"
	"io"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
)

// TestPeer fetches from another's implementation of S3, by path, in pages, and goes on with half a file.
func TestPeer(t *testing.T) {
	backend := s3mem.New()
	if err := backend.CreateBucket("copy"); err != nil {
		t.Fatal(err)
	}
	want := map[string][]byte{}
	for n := range 1100 { // more than fit on a page
		key := keyOf(5, n)
		want[key] = noise(n, 500)
		if _, err := backend.PutObject("copy", key, map[string]string{}, bytes.NewReader(want[key]), 500, nil); err != nil {
			t.Fatal(err)
		}
	}
	server := httptest.NewServer(gofakes3.New(backend).Server())
	defer server.Close()
	store, err := OpenS3(server.URL+"/copy/", Options{})
	if err != nil {
		t.Fatal(err)
	}
	p, err := NewPlan(t.Context(), store, day(), none, nil)
	if err != nil || len(p.Objects) != 1100 || p.Refused != 0 {
		t.Fatalf("%+v %v", p, err)
	}
	folder := t.TempDir()
	half := p.Objects[7]
	if err := os.WriteFile(filepath.Join(folder, copyName(half)), want[half.Key][:200], 0o644); err != nil {
		t.Fatal(err)
	}
	for r := range Fetch(t.Context(), store, p.Objects[:40], folder, func(int64) {}) {
		if r.Err != nil {
			t.Fatal(r.Err)
		}
		f, err := r.File.open()
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(f)
		if err != nil || !bytes.Equal(got, want[r.Object.Key]) || !r.File.Proven {
			t.Errorf("%s: %d bytes, proven %v, %v", r.Object.Key, len(got), r.File.Proven, err)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
}
