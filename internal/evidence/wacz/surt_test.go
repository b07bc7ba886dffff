package wacz

import (
	"bufio"
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// readVectors reads pairs of a URL and its key, as testdata/surt_vectors.py writes them.
func readVectors(t *testing.T, path string) [][2]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out [][2]string
	s := bufio.NewScanner(f)
	s.Buffer(nil, 1<<20)
	for s.Scan() {
		var v [2]string
		if err := json.Unmarshal(s.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		out = append(out, v)
	}
	return out
}

// TestSURT compares with what PyPI surt 0.3.1 makes of the same URLs.
func TestSURT(t *testing.T) {
	path := "testdata/surt.jsonl"
	if more := os.Getenv("VEEDOR_SURT_VECTORS"); more != "" {
		path = more
	}
	wrong, vectors := 0, readVectors(t, path)
	for _, v := range vectors {
		if got := SURT(v[0]); got != v[1] {
			if wrong++; wrong <= 20 {
				t.Errorf("SURT(%q)\n is %q\nnot %q", v[0], got, v[1])
			}
		}
	}
	t.Logf("%d of %d keys differ", wrong, len(vectors))
}

func TestSURTIsLinear(t *testing.T) {
	SURT("http://example.com/" + strings.Repeat("%25", 300_000))
	SURT("http://example.com/%" + strings.Repeat("25", 400_000) + "?" + strings.Repeat("a&", 100_000))
}

func FuzzSURT(f *testing.F) {
	f.Add("http://www.example.com:80/a/../b/?b=1&a=%2525")
	f.Add("urn:text:http://[::1]/")
	f.Fuzz(func(t *testing.T, uri string) {
		if key := SURT(uri); len(key) > 10*len(uri)+20 {
			t.Errorf("a key of %d bytes for a URL of %d", len(key), len(uri))
		}
	})
}
