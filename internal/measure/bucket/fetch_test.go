package bucket

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"veedor/internal/measure/bucket/buckettest"
)

// TestFetch: whatever happens on the way, the whole object arrives or nothing does, with a reason.
func TestFetch(t *testing.T) {
	data := noise(7, 100_000)
	key := keyOf(1, 0)
	broken := func(times int) func(http.ResponseWriter, *http.Request, string, int) bool {
		return func(w http.ResponseWriter, r *http.Request, k string, n int) bool {
			if k != key || n > times {
				return false
			}
			if r.Header.Get("Range") == "" {
				w.Header().Set("Content-Length", fmt.Sprint(len(data)))
				_, _ = w.Write(data[:30_000])
			} else {
				w.Header().Set("Content-Range", fmt.Sprintf("bytes 30000-%d/%d", len(data)-1, len(data)))
				w.Header().Set("Content-Length", fmt.Sprint(len(data)-30_000))
				w.WriteHeader(http.StatusPartialContent)
			}
			if f, ok := w.(http.Flusher); ok {
				f.Flush()
			}
			panic(http.ErrAbortHandler)
		}
	}
	tests := []struct {
		name    string
		object  buckettest.Object
		before  func(s *buckettest.Server) func(http.ResponseWriter, *http.Request, string, int) bool
		have    int    // bytes there are of an earlier try
		err     string // "" where it arrives
		proven  bool
		waited  time.Duration // at least once
		maxSent int64         // bytes the server sent of it itself; 0 for any
	}{
		{name: "whole", proven: true, maxSent: 100_000},
		{name: "in parts", object: buckettest.Object{ETag: "0123456789abcdef0123456789abcdef-3"}},
		{name: "rest of an earlier try", have: 60_000, proven: true, maxSent: 40_000},
		{name: "more than there can be", have: 100_001, proven: true},
		{name: "there already", have: 100_000, proven: true},
		{name: "broken off", before: func(*buckettest.Server) func(http.ResponseWriter, *http.Request, string, int) bool { return broken(2) }, proven: true, maxSent: 70_000},
		{name: "always broken off", before: func(*buckettest.Server) func(http.ResponseWriter, *http.Request, string, int) bool {
			return broken(1000)
		}, err: "broken off after 30000 of 100000 bytes"},
		{name: "busy", before: func(*buckettest.Server) func(http.ResponseWriter, *http.Request, string, int) bool {
			return func(w http.ResponseWriter, _ *http.Request, k string, n int) bool {
				if k == key && n < 3 {
					w.Header().Set("Retry-After", "17")
					w.WriteHeader(http.StatusServiceUnavailable)
				}
				return k == key && n < 3
			}
		}, proven: true, waited: 17 * time.Second},
		{name: "changed while it was fetched", before: func(s *buckettest.Server) func(http.ResponseWriter, *http.Request, string, int) bool {
			cut := broken(1)
			return func(w http.ResponseWriter, r *http.Request, k string, n int) bool {
				if k == key && n == 1 {
					s.Put(key, buckettest.Object{Data: noise(8, 90_000)})
				}
				return cut(w, r, k, n)
			}
		}, proven: true},
		{name: "gone", before: func(*buckettest.Server) func(http.ResponseWriter, *http.Request, string, int) bool {
			return func(w http.ResponseWriter, _ *http.Request, k string, n int) bool {
				if k == key {
					w.WriteHeader(http.StatusNotFound)
				}
				return k == key
			}
		}, err: "404 Not Found"},
		{name: "wrong MD5", object: buckettest.Object{ETag: "0123456789abcdef0123456789abcdef"}, err: "its MD5 is not the one"},
		{name: "bad bytes once", before: func(*buckettest.Server) func(http.ResponseWriter, *http.Request, string, int) bool {
			return func(w http.ResponseWriter, _ *http.Request, k string, n int) bool {
				if k == key && n == 1 {
					_, _ = w.Write(noise(9, len(data)))
				}
				return k == key && n == 1
			}
		}, proven: true},
		{name: "bad bytes of an earlier try", have: -60_000, proven: true},
		{name: "encrypted with a key", object: buckettest.Object{ETag: "0123456789abcdef0123456789abcdef"}, before: func(*buckettest.Server) func(http.ResponseWriter, *http.Request, string, int) bool {
			return func(w http.ResponseWriter, _ *http.Request, k string, n int) bool {
				w.Header().Set("X-Amz-Server-Side-Encryption", "aws:kms")
				return false
			}
		}},
		{name: "longer than listed", object: buckettest.Object{Listed: 50_000}, err: "listed with 50000 bytes, sent with 100000"},
		{name: "longer than listed, unsaid", before: func(*buckettest.Server) func(http.ResponseWriter, *http.Request, string, int) bool {
			return func(w http.ResponseWriter, r *http.Request, k string, n int) bool {
				for k == key && r.Context().Err() == nil {
					if _, err := w.Write(noise(1, 64<<10)); err != nil {
						return true
					}
				}
				return k == key
			}
		}, err: "more bytes than it listed"},
		{name: "shorter than listed", object: buckettest.Object{Listed: 150_000}, err: "listed with 150000 bytes"},
		{name: "another part", have: 10_000, before: func(*buckettest.Server) func(http.ResponseWriter, *http.Request, string, int) bool {
			return func(w http.ResponseWriter, r *http.Request, k string, n int) bool {
				if k == key && r.Header.Get("Range") != "" {
					w.Header().Set("Content-Range", "bytes 5-99999/100000")
					w.WriteHeader(http.StatusPartialContent)
					_, _ = w.Write(data[5:])
					return true
				}
				return false
			}
		}, proven: true},
		{name: "no ranges", have: 10_000, before: func(*buckettest.Server) func(http.ResponseWriter, *http.Request, string, int) bool {
			return func(w http.ResponseWriter, r *http.Request, k string, n int) bool {
				r.Header.Del("Range")
				return false
			}
		}, proven: true, maxSent: 100_000},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := &buckettest.Server{}
			if tt.before != nil {
				s.Before = tt.before(s)
			}
			tt.object.Data = data
			s.Put(key, tt.object)
			store, w := serve(t, s, "")
			var o Object
			if err := store.List(t.Context(), key, func(got Object) error { o = got; return nil }); err != nil {
				t.Fatal(err)
			}
			folder := t.TempDir()
			copied := filepath.Join(folder, copyName(o))
			if tt.have != 0 {
				if err := os.MkdirAll(filepath.Dir(copied), 0o755); err != nil {
					t.Fatal(err)
				}
				begun := append(slices.Clone(data), "too much"...)[:max(tt.have, 0)]
				if tt.have < 0 {
					begun = make([]byte, -tt.have)
				}
				if err := os.WriteFile(copied, begun, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			var got int64
			f, err := store.Fetch(t.Context(), o, folder, func(n int64) { got += n })
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Errorf("got %v, want: %s", err, tt.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			s.Before = nil
			want := data
			if f.Size == 90_000 {
				want = noise(8, 90_000)
			}
			if b, err := os.ReadFile(f.path); err != nil || !bytes.Equal(b, want) || f.Proven != tt.proven || got != int64(len(want)) {
				t.Errorf("%d bytes, proven %v, told of %d, %v", len(b), f.Proven, got, err)
			}
			if sent, _ := s.Sent(key); tt.maxSent != 0 && sent > tt.maxSent {
				t.Errorf("%d bytes were sent, at most %d were missing", sent, tt.maxSent)
			}
			if tt.waited != 0 && !slices.ContainsFunc(w.long, func(d time.Duration) bool { return d >= tt.waited }) {
				t.Errorf("waited %v", w.long)
			}
			if err := f.Done(""); err != nil {
				t.Error(err)
			}
			if left, err := os.ReadDir(folder); err != nil || len(left) != 0 {
				t.Errorf("left behind: %v %v", left, err)
			}
		})
	}
}

// TestFetchMany: all arrive, and a stop leaves what can be gone on with.
func TestFetchMany(t *testing.T) {
	s := &buckettest.Server{}
	for n := range 50 {
		s.Put(keyOf(n%24, n), buckettest.Object{Data: noise(n, 1000)})
	}
	store, _ := serve(t, s, "")
	p, err := NewPlan(t.Context(), store, day(), none, nil)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	n := 0
	for r := range Fetch(ctx, store, p.Objects, folder, func(int64) {}) {
		if n++; n == 5 {
			cancel()
		}
		if r.Err != nil {
			t.Error(r.Err)
		}
	}
	keep, got := t.TempDir(), map[string]bool{}
	for r := range Fetch(t.Context(), store, p.Objects, folder, func(int64) {}) {
		if r.Err != nil {
			t.Fatal(r.Err)
		}
		got[r.Object.Key] = true
		if err := r.File.Done(keep); err != nil {
			t.Error(err)
		}
	}
	if len(got) != 50 {
		t.Errorf("%d of 50 arrived", len(got))
	}
	again, err := OpenFolder(keep)
	if err != nil {
		t.Fatal(err)
	}
	kept, err := NewPlan(t.Context(), again, day(), none, nil)
	if err != nil || kept.Total().Files != 50 || kept.Total().Bytes != 50_000 || kept.Refused != 0 {
		t.Errorf("kept %+v %v", kept, err)
	}
	for _, o := range p.Objects {
		if _, requests := s.Sent(o.Key); requests > 2 {
			t.Errorf("%s was asked for %d times", o.Key, requests)
		}
	}
}
