package bucket

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"veedor/internal/measure/bucket/buckettest"
)

// TestPlan lists both ways of addressing, over many pages and hours.
func TestPlan(t *testing.T) {
	for _, path := range []string{"", "/some-bucket"} {
		t.Run("path "+path, func(t *testing.T) {
			s := &buckettest.Server{Bucket: strings.TrimPrefix(path, "/"), Page: 3}
			for hour := range 24 {
				for n := range 4 {
					s.Put(keyOf(hour, n), buckettest.Object{Data: noise(n, 10)})
				}
			}
			s.Put("raw/20260503/07/XA/signal/2026050307_XA_signal.n0.0.jsonl.gz", buckettest.Object{Data: noise(1, 5)})
			s.Put("raw/20260503/07/XA/signal/2026050307_XA_signal.n0.0.tar.gz", buckettest.Object{Data: noise(1, 5)})
			s.Put("raw/20260503/07/XB/signal/2026050307_XB_signal.n0.0.jsonl.gz", buckettest.Object{Data: noise(1, 5)})
			store, _ := serve(t, s, path)
			steps := 0
			p, err := NewPlan(t.Context(), store, day(), func(o Object) bool { return o.Key == keyOf(3, 1) }, func(done, total, _ int) { steps++ })
			if err != nil {
				t.Fatal(err)
			}
			want := []Day{{"2026-05-03", "signal", 1, 5, 0, 0}, {"2026-05-03", "webconnectivity", 95, 950, 1, 10}}
			if d := cmp.Diff(want, p.Days); d != "" || p.Other != 1 || p.Refused != 0 || p.Absent != 0 || len(p.Objects) != 96 || steps != 24 {
				t.Errorf("%s\n%+v after %d steps", d, p, steps)
			}
			if !slices.IsSortedFunc(p.Objects, func(a, b Object) int { return strings.Compare(a.Key, b.Key) }) {
				t.Error("the objects are not in order")
			}
		})
	}
}

// TestAbsent counts hours that are not there, and fails where none may be listed.
func TestAbsent(t *testing.T) {
	s := &buckettest.Server{}
	s.Put(keyOf(5, 0), buckettest.Object{Data: []byte("x")})
	s.Before = func(w http.ResponseWriter, r *http.Request, key string, _ int) bool {
		if h := r.URL.Query().Get("prefix"); strings.HasPrefix(h, "raw/20260503/1") {
			w.WriteHeader(http.StatusForbidden)
			return true
		} else if strings.HasPrefix(h, "raw/20260503/2") {
			w.WriteHeader(http.StatusNotFound)
			return true
		}
		return false
	}
	store, _ := serve(t, s, "")
	p, err := NewPlan(t.Context(), store, day(), none, nil)
	if err != nil || p.Absent != 14 || p.Total().Files != 1 {
		t.Errorf("%v %+v", err, p)
	}
	store, _ = serve(t, http.NotFoundHandler(), "/nobody")
	if _, err := NewPlan(t.Context(), store, day(), none, nil); !errors.Is(err, ErrAbsent) || !strings.Contains(err.Error(), "is it the address of the bucket") {
		t.Errorf("a bucket that is not there: %v", err)
	}
}

// TestHostileListings: what lists nonsense is refused with a reason, at a bounded cost.
func TestHostileListings(t *testing.T) {
	answer := func(contents, rest string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprintf(w, "<ListBucketResult>%s%s</ListBucketResult>", contents, rest)
		})
	}
	entry := func(key string, size int64) string {
		return fmt.Sprintf("<Contents><Key>%s</Key><ETag>&quot;x&quot;</ETag><Size>%d</Size></Contents>", key, size)
	}
	one := day()
	one.Until = one.Since.Add(time.Hour)
	good := keyOf(0, 0)
	n := 0
	tests := []struct {
		name    string
		handler http.Handler
		err     string // of the plan
		why     string // of the refused object
	}{
		{"traversal", answer(entry("raw/20260503/00/XA/webconnectivity/../../../../../../etc/passwd.jsonl.gz", 5), ""), "", "not of the layout"},
		{"absolute", answer(entry("/etc/passwd", 5), ""), "", "not of the layout"},
		{"backslash", answer(entry(`raw/20260503/00/XA/webconnectivity/..\..\x.jsonl.gz`, 5), ""), "", "not of the layout"},
		{"hidden", answer(entry("raw/20260503/00/XA/webconnectivity/.x.jsonl.gz", 5), ""), "", "not of the layout"},
		{"encoded traversal", answer(entry("raw/20260503/00/XA/web/%2e%2e%2fx.jsonl.gz", 5), "<EncodingType>url</EncodingType>"), "", "not of the layout"},
		{"long", answer(entry("raw/20260503/00/XA/webconnectivity/"+strings.Repeat("a", 400)+".jsonl.gz", 5), ""), "", "bytes, at most 230"},
		{"another country", answer(entry(strings.ReplaceAll(good, "XA", "XB"), 5), ""), "", "it was not asked for"},
		{"no such hour", answer(entry("raw/20260503/77/XA/webconnectivity/x.jsonl.gz", 5), ""), "", "no hour of a day"},
		{"huge", answer(entry(good, 1<<50), ""), "", "at most 512 MB"},
		{"negative", answer(entry(good, -5), ""), "", "no file that can be read"},
		{"twice", answer(entry(good, 5)+entry(good, 6), ""), "", "listed twice"},
		{"bad encoding", answer(entry("%zz", 5), "<EncodingType>url</EncodingType>"), "not encoded as it says", ""},
		{"the same token", answer(entry(good, 5), "<IsTruncated>true</IsTruncated><NextContinuationToken>a</NextContinuationToken>"), "does not end", ""},
		{"no token", answer("", "<IsTruncated>true</IsTruncated>"), "does not end", ""},
		{"endless tokens", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			n++
			fmt.Fprintf(w, "<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>%d</NextContinuationToken></ListBucketResult>", n)
		}), "more than 200 pages", ""},
		{"endless page", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, "<ListBucketResult>")
			for range 9 << 10 {
				if _, err := w.Write(bytes.Repeat([]byte("<A/>"), 256)); err != nil {
					return
				}
			}
		}), "more than 8 MB", ""},
		{"a web page", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "<html>welcome</html>") }), "no listing", ""},
		{"another region", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Amz-Bucket-Region", "eu-central-1")
			w.WriteHeader(http.StatusMovedPermanently)
		}), "lies in the region", ""},
		{"always busy", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }), "given up after 6 tries", ""},
		{"come back tomorrow", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Retry-After", "86400")
			w.WriteHeader(http.StatusTooManyRequests)
		}), "asks to come back in 24h", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			store, _ := serve(t, tt.handler, "")
			p, err := NewPlan(t.Context(), store, one, none, nil)
			switch {
			case tt.err != "":
				if err == nil || !strings.Contains(err.Error(), tt.err) || !strings.Contains(err.Error(), "raw/20260503/00/XA/") {
					t.Errorf("got %v, want the prefix and: %s", err, tt.err)
				}
			case err != nil:
				t.Error(err)
			case p.Refused != 1 || !strings.Contains(p.Reasons[0].Why, tt.why):
				t.Errorf("%+v, want one refused: %s", p, tt.why)
			}
		})
	}
}

// FuzzParseKey: a key that is accepted is a place below the folder and nowhere else.
func FuzzParseKey(f *testing.F) {
	for _, k := range []string{keyOf(1, 1), "raw/../x", "raw/20260503/00/XA/a/..", "raw/20260503/00/XA/a/b.jsonl.gz\n"} {
		f.Add(k)
	}
	f.Fuzz(func(t *testing.T, key string) {
		p, err := ParseKey(key)
		if err != nil {
			return
		}
		if !filepath.IsLocal(key) || filepath.Clean(key) != key || !strings.HasPrefix(key, "raw/"+p.Day+"/"+p.Hour+"/"+p.Country+"/"+p.Test+"/") || strings.ContainsAny(key, "\x00\n\\") {
			t.Errorf("accepted %q as %+v", key, p)
		}
	})
}

// FuzzListing: whatever a store answers, listing ends, and every key that is planned was asked for.
func FuzzListing(f *testing.F) {
	f.Add([]byte(`<ListBucketResult><Contents><Key>` + keyOf(0, 0) + `</Key><Size>5</Size></Contents></ListBucketResult>`))
	f.Add([]byte(`<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated></ListBucketResult>`))
	f.Add([]byte(`<Error><Code>AccessDenied</Code></Error>`))
	f.Fuzz(func(t *testing.T, body []byte) {
		store, err := OpenS3("http://bucket.example", Options{Wait: (&waits{}).wait, Transport: transport(func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 200, Body: io.NopCloser(bytes.NewReader(body)), Header: http.Header{}, Request: r}, nil
		})})
		if err != nil {
			t.Fatal(err)
		}
		one := day()
		one.Until = one.Since.Add(time.Hour)
		p, err := NewPlan(t.Context(), store, one, none, nil)
		if err != nil {
			return
		}
		for _, o := range p.Objects {
			if !strings.HasPrefix(o.Key, "raw/20260503/00/XA/") || o.Size < 0 || o.Size > maxObject {
				t.Errorf("planned %+v", o)
			}
		}
	})
}

type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
