package wacz

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"strings"
	"testing"
)

// FuzzReader reads whatever it is given to an end, and indexes it.
func FuzzReader(f *testing.F) {
	f.Add(writeWARC(f, WriterOptions{}, sampleRecords()[:3]...))
	f.Add(writeWARC(f, WriterOptions{Plain: true}, sampleRecords()[:9]...))
	f.Add([]byte("WARC/1.0\r\nContent-Length: 3\r\n\r\nabcm\r\n\r\nWARC/0.18\r\n\r\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		r := NewReader(bytes.NewReader(b), ReaderOptions{})
		last := int64(-1)
		for {
			rec, err := r.Next()
			if err != nil {
				break
			}
			if rec.Offset < last || rec.Offset > int64(len(b)) {
				t.Fatalf("a record at byte %d, after one at %d, in %d bytes", rec.Offset, last, len(b))
			}
			last = rec.Offset
			if rec.IsHTTP() {
				if h, err := ParseHTTP(rec.Block); err == nil {
					if c, err := h.Content(1 << 20); err == nil {
						if n, _ := io.Copy(io.Discard, c); n > 1<<20 {
							t.Fatalf("%d bytes of content, more than the limit", n)
						}
					}
				}
			}
		}
		CheckWARC(context.Background(), bytes.NewReader(b), Options{})
	})
}

// FuzzParseLine reads lines of an index; what was read is written in a form that reads the same.
func FuzzParseLine(f *testing.F) {
	f.Add(`com,example)/ 20260314150926 {"url": "http://example.com/", "mime": "text/html", "status": "200", "digest": "sha256:00", "length": "10", "offset": 0, "filename": "a.warc.gz"}`)
	f.Add(`com,example)/?__wb_method=post&a=b 20260314150926123 {"url": "http://example.com/", "method": "POST", "requestBody": "a=b\u00e9\ud83d\ude00"}`)
	f.Fuzz(func(t *testing.T, s string) {
		l, err := ParseLine(s)
		if err != nil {
			return
		}
		keyFits(&l)
		if strings.Contains(l.Key, " {") || l.Method == "" && l.RequestBody != "" {
			return
		}
		again, err := ParseLine(l.String())
		if err != nil || again != l {
			t.Fatalf("%#v\n%#v\n%v", l, again, err)
		}
	})
}

// FuzzCheck opens and checks packages.
func FuzzCheck(f *testing.F) {
	f.Add(pack(f, sampleContent(f)))
	f.Add([]byte("PK\x05\x06\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		check(b)
	})
}

// FuzzChunked decodes bodies: as a stream and as a whole give the same, and no more comes out than went in.
func FuzzChunked(f *testing.F) {
	f.Add("5\r\nhello\r\n0\r\n\r\n", 3)
	f.Add("5;x=y\r\nhello\r\n0\r\nTrailer: z\r\n\r\nmore", 1)
	f.Add("ffffffffffffffff\r\n", 2)
	f.Fuzz(func(t *testing.T, s string, step int) {
		var whole, pieces bytes.Buffer
		var a, b dechunker
		a.feed([]byte(s), func(p []byte) { whole.Write(p) })
		step = max(1, step%64)
		for i := 0; i < len(s); i += step {
			b.feed([]byte(s[i:min(i+step, len(s))]), func(p []byte) { pieces.Write(p) })
		}
		if whole.String() != pieces.String() || a.state != b.state || a.bad != b.bad || whole.Len() > len(s) {
			t.Fatalf("%q and %q", whole.String(), pieces.String())
		}
		got, err := io.ReadAll(newChunkedReader(strings.NewReader(s)))
		if err == nil && !looksPlain(s) && string(got) != whole.String() {
			t.Fatalf("%q and %q", got, whole.String())
		}
	})
}

func looksPlain(s string) bool {
	return !looksChunked(newChunkedReader(strings.NewReader(s)).in)
}

// FuzzToken reads time-stamp tokens.
func FuzzToken(f *testing.F) {
	a := newAuthority(f)
	response, _, err := a.stamp(at(0))([]byte("text"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(response)
	f.Fuzz(func(t *testing.T, b []byte) {
		if at, err := checkToken(base64.StdEncoding.EncodeToString(b), "text", a.cert); err == nil && at.IsZero() {
			t.Fatal("a token without a time")
		}
	})
}

func TestContentLimits(t *testing.T) {
	bomb := gzipped(strings.Repeat("\x00", 50<<20))
	h, err := ParseHTTP(strings.NewReader("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + bomb))
	if err != nil {
		t.Fatal(err)
	}
	c, err := h.Content(1 << 20)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := io.Copy(io.Discard, c); n != 1<<20 || !errors.Is(err, ErrTooLarge) {
		t.Errorf("%d bytes, %v", n, err)
	}
	for name, tt := range map[string]struct{ head, body, want string }{
		"plain":                     {"", "hello", "hello"},
		"chunked":                   {"Transfer-Encoding: chunked\r\n", chunked("hel", "lo"), "hello"},
		"says chunked, is not":      {"Transfer-Encoding: chunked\r\n", "hello", "hello"},
		"gzip":                      {"Content-Encoding: gzip\r\n", gzipped("hello"), "hello"},
		"says gzip, is not":         {"Content-Encoding: gzip\r\n", "hello", "hello"},
		"gzip twice":                {"Content-Encoding: gzip, gzip\r\n", gzipped(gzipped("hello")), "hello"},
		"gzip chunked":              {"Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n", chunked(gzipped("hello")), "hello"},
		"br":                        {"Content-Encoding: br\r\n", "\x0f\x02\x80hello\x03", "hello"},
		"unknown":                   {"Content-Encoding: x-own\r\n", "hello", "hello"},
		"empty body, says brotli":   {"Content-Encoding: br\r\n", "", ""},
		"chunked, trailer, no end":  {"Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\n", "hello"},
		"header continued, LF only": {"X: a\n b\n", "hello", "hello"},
	} {
		h, err := ParseHTTP(strings.NewReader("HTTP/1.1 200 OK\r\n" + tt.head + "\r\n" + tt.body))
		if err != nil {
			t.Fatal(err)
		}
		c, err := h.Content(1 << 20)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if b, err := io.ReadAll(c); err != nil || string(b) != tt.want {
			t.Errorf("%s: %q, %v", name, b, err)
		}
	}
}
