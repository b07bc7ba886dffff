package bucket

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// day is the selection that most tests ask for.
func day() Selection {
	d := time.Date(2026, 5, 3, 0, 0, 0, 0, time.UTC)
	return Selection{Countries: []string{"XA"}, Since: d, Until: d.AddDate(0, 0, 1)}
}

func keyOf(hour, n int) string {
	return fmt.Sprintf("raw/20260503/%02d/XA/webconnectivity/20260503%02d_XA_webconnectivity.n0.%d.jsonl.gz", hour, hour, n)
}

// noise is data that packs badly, of its own for each n.
func noise(n, size int) []byte {
	b := make([]byte, size)
	x := uint32(n)*2654435761 + 1
	for i := range b {
		x ^= x << 13
		x ^= x >> 17
		x ^= x << 5
		b[i] = byte(x)
	}
	return b
}

// waits is a clock that does not wait, and remembers.
type waits struct {
	mu   sync.Mutex
	long []time.Duration
}

func (w *waits) wait(ctx context.Context, d time.Duration) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.long = append(w.long, d)
	return ctx.Err()
}

func serve(t *testing.T, s http.Handler, path string) (*S3, *waits) {
	t.Helper()
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	w := &waits{}
	store, err := OpenS3(server.URL+path, Options{Wait: w.wait})
	if err != nil {
		t.Fatal(err)
	}
	return store, w
}

func none(Object) bool { return false }

// TestFolder: links out of the folder and what is no file are refused.
func TestFolder(t *testing.T) {
	dir, outside := t.TempDir(), filepath.Join(t.TempDir(), "secret")
	below := filepath.Join(dir, "raw/20260503/00/XA/signal")
	if err := errors.Join(os.MkdirAll(below, 0o755), os.WriteFile(outside, []byte("{}"), 0o600),
		os.WriteFile(filepath.Join(below, "a.jsonl.gz"), []byte("{}"), 0o644), os.Symlink(outside, filepath.Join(below, "b.jsonl.gz"))); err != nil {
		t.Fatal(err)
	}
	store, err := OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	p, err := NewPlan(t.Context(), store, day(), none, nil)
	if err != nil || len(p.Objects) != 1 || p.Refused != 1 || p.Absent != 23 {
		t.Fatalf("%+v %v", p, err)
	}
	if f, err := store.Fetch(t.Context(), Object{Key: "raw/20260503/00/XA/signal/b.jsonl.gz"}, "", func(int64) {}); err == nil {
		r, err := f.Open()
		t.Errorf("the link was followed: %v %v", r, err)
	}
	if _, err := OpenFolder(outside); err == nil {
		t.Error("a file was taken for a folder")
	}
}

// TestUnpack: what unpacks to far too much, or is packed twice, fails while it is read.
func TestUnpack(t *testing.T) {
	pack := func(b []byte) []byte {
		var out bytes.Buffer
		z := gzip.NewWriter(&out)
		_, _ = z.Write(b)
		_ = z.Close()
		return out.Bytes()
	}
	lines := bytes.Repeat([]byte(`{"test_name":"signal"}`+"\n"), 1000)
	tests := []struct {
		name string
		data []byte
		err  string
	}{
		{"packed", pack(lines), ""},
		{"plain", lines, ""},
		{"empty", nil, ""},
		{"bomb", pack(make([]byte, 200<<20)), "it unpacks to more than"},
		{"bomb in a bomb", pack(pack(make([]byte, 1<<20))), "packed more than once"},
		{"broken head", []byte("\x1f\x8bxxxxxxxxxxxxxxxxxx"), "unpack"},
		{"broken off", pack(noise(3, 5000))[:2000], "unexpected EOF"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := Unpack(io.NopCloser(bytes.NewReader(tt.data)), int64(len(tt.data)))
			n, err := io.Copy(io.Discard, r)
			if tt.err == "" && (err != nil || len(tt.data) > 0 && n != int64(len(lines))) || tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)) {
				t.Errorf("%d bytes, %v; want: %s", n, err, tt.err)
			}
		})
	}
}

// TestJournal: what was taken is known until it changes; copies that were left behind are tidied away.
func TestJournal(t *testing.T) {
	data := t.TempDir()
	j, err := OpenJournal(data)
	if err != nil {
		t.Fatal(err)
	}
	o := Object{keyOf(1, 1), "abc", 3}
	if err := j.Add([]Entry{{Key: o.Key, ETag: o.ETag, Size: o.Size}}); err != nil {
		t.Fatal(err)
	}
	taken, err := j.Taken()
	if err != nil || !taken(o) || taken(Object{o.Key, "abd", 3}) || taken(Object{o.Key, "abc", 4}) || taken(Object{keyOf(1, 2), "abc", 3}) {
		t.Errorf("wrong about what was taken (%v)", err)
	}
	other, old := Object{keyOf(1, 2), "abc", 3}, Object{keyOf(1, 3), "abc", 3}
	for _, c := range []Object{o, other, old} {
		p := filepath.Join(Copies(data), copyName(c))
		if err := errors.Join(os.MkdirAll(filepath.Dir(p), 0o755), os.WriteFile(p, []byte("abc"), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	month := time.Now().AddDate(0, 0, -31)
	if err := os.Chtimes(filepath.Join(Copies(data), copyName(old)), month, month); err != nil {
		t.Fatal(err)
	}
	keep := t.TempDir()
	if err := j.Tidy(data, keep, time.Now()); err != nil {
		t.Fatal(err)
	}
	_, gone := os.Stat(filepath.Join(Copies(data), copyName(o)))
	_, kept := os.Stat(filepath.Join(keep, o.Key))
	_, begun := os.Stat(filepath.Join(Copies(data), copyName(other)))
	_, dropped := os.Stat(filepath.Join(Copies(data), copyName(old)))
	if !errors.Is(gone, os.ErrNotExist) || kept != nil || begun != nil || !errors.Is(dropped, os.ErrNotExist) {
		t.Errorf("tidied: %v, kept: %v, begun: %v, abandoned: %v", gone, kept, begun, dropped)
	}
	unlock, err := Lock(data)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Lock(data); err == nil || !strings.Contains(err.Error(), "another sync") {
		t.Errorf("two at once: %v", err)
	}
	if err := unlock(); err != nil {
		t.Error(err)
	}
}
