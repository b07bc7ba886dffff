package wacz

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"
)

// capturesOf makes a package of n captures of about 300 kB each: a page that compresses, an image that does not.
func capturesOf(t testing.TB, n int) []byte {
	t.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	image := make([]byte, 250<<10)
	var w bytes.Buffer
	writer := NewWriter(&w, WriterOptions{})
	var pages []Page
	for i := range n {
		for k := range image {
			image[k] = byte(random.Uint32())
		}
		page := bytes.Repeat(fmt.Appendf(nil, "<p>Parrafo %d</p>\n", i), 3000)
		uri := fmt.Sprintf("http://example.org/%d", i)
		rs := exchange(2*i+1, uri, "GET / HTTP/1.1\r\nHost: example.org\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"+string(page))
		rs = append(rs, exchange(2*i+2, uri+".png", "GET / HTTP/1.1\r\nHost: example.org\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n"+string(image))...)
		for _, r := range rs {
			if _, err := writer.Write(r); err != nil {
				t.Fatal(err)
			}
		}
		pages = append(pages, Page{URL: uri, At: at(2*i + 1)})
	}
	return pack(t, Content{Software: "veedor test", Created: at(0), Pages: pages, WARCs: []Member{member("archive/data.warc.gz", w.Bytes())}})
}

// BenchmarkCheck checks one package of 500 captures of 300 kB: it must take well under ten seconds.
func BenchmarkCheck(b *testing.B) {
	p := capturesOf(b, 500)
	b.SetBytes(int64(len(p)))
	for b.Loop() {
		if r := check(p); !r.Sound() {
			b.Fatal(r.Faults[0])
		}
	}
}

// BenchmarkCheckSmall checks a package of one capture.
func BenchmarkCheckSmall(b *testing.B) {
	p := capturesOf(b, 1)
	b.SetBytes(int64(len(p)))
	for b.Loop() {
		if r := check(p); !r.Sound() {
			b.Fatal(r.Faults[0])
		}
	}
}

func BenchmarkIndex(b *testing.B) {
	w := writeWARC(b, WriterOptions{}, sampleRecords()...)
	b.SetBytes(int64(len(w)))
	for b.Loop() {
		if err := Index(context.Background(), bytes.NewReader(w), "data.warc.gz", nil, func(Line) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSURT(b *testing.B) {
	for b.Loop() {
		SURT("https://www.example.org:443/A/b/../c%20d/?b=2&a=1&jsessionid=0123456789abcdef0123456789abcdef#x")
	}
}

func BenchmarkWrite(b *testing.B) {
	body := bytes.Repeat([]byte("El ministerio dijo. "), 15000)
	b.SetBytes(int64(len(body)))
	w := NewWriter(io.Discard, WriterOptions{})
	for b.Loop() {
		if _, err := w.Write(&Record{Type: TypeResource, ID: id(1), Date: at(0), URI: "urn:x:y", Block: Bytes(body)}); err != nil {
			b.Fatal(err)
		}
	}
}
