package wacz

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"
)

// at is the time of all samples.
func at(seconds int) time.Time {
	return time.Date(2026, 3, 14, 15, 9, 26, 0, time.UTC).Add(time.Duration(seconds) * time.Second)
}

// id is the n-th id of a sample.
func id(n int) string { return fmt.Sprintf("urn:uuid:%08d-0000-4000-8000-000000000000", n) }

func gzipped(s string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	io.WriteString(w, s)
	w.Close()
	return b.String()
}

func chunked(parts ...string) string {
	var b strings.Builder
	for _, p := range parts {
		fmt.Fprintf(&b, "%x\r\n%s\r\n", len(p), p)
	}
	return b.String() + "0\r\n\r\n"
}

// exchange makes a request and its response.
func exchange(n int, uri, request, response string) []*Record {
	return []*Record{
		{Type: TypeResponse, ID: id(2 * n), Date: at(n), URI: uri, ContentType: HTTPResponse, Fields: Fields{{"WARC-IP-Address", "192.0.2.7"}}, Block: Bytes([]byte(response))},
		{Type: TypeRequest, ID: id(2*n + 1), Date: at(n), URI: uri, ContentType: HTTPRequest, Fields: Fields{{"WARC-Concurrent-To", "<" + id(2*n) + ">"}}, Block: Bytes([]byte(request))},
	}
}

// sampleRecords are records of every shape that captures have.
func sampleRecords() []*Record {
	page := "<html><title>Hola</title><body>" + strings.Repeat("El ministerio dijo. ", 60) + "</body></html>"
	out := []*Record{{Type: TypeWarcinfo, ID: id(9000), Date: at(0), ContentType: WARCFields, Block: Bytes([]byte("software: veedor\r\nformat: WARC File Format 1.1\r\n"))}}
	add := func(rs ...*Record) { out = append(out, rs...) }
	get := func(path string) string {
		return "GET " + path + " HTTP/1.1\r\nHost: example.org\r\nReferer: http://www.example.org/\r\n\r\n"
	}
	add(exchange(1, "http://www.example.org/", get("/"), "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"+page)...)
	add(exchange(2, "http://example.org/gz?b=2&a=1", get("/gz?b=2&a=1"), "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\n\r\n"+gzipped(page))...)
	add(exchange(3, "http://example.org/chunked", get("/chunked"), "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n"+chunked("Hello, ", "world"))...)
	add(exchange(4, "http://example.org/both", get("/both"), "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n\r\n"+chunked(gzipped("packed")))...)
	add(exchange(5, "https://example.org:8443/moved", get("/moved"), "HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n")...)
	add(exchange(6, "http://example.org/missing", get("/missing"), "HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\n\r\nnothing here")...)
	post := func(mime, body string) string {
		return fmt.Sprintf("POST /api HTTP/1.1\r\nHost: example.org\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s", mime, len(body), body)
	}
	ok := "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{}"
	add(exchange(7, "http://example.org/api", post("application/x-www-form-urlencoded", "q=el+ministerio&a=%C3%B1"), ok)...)
	add(exchange(8, "http://example.org/api?x=1", post("application/json", `{"b":{"c":1.50,"d":[true,null,"x y"]},"d":"é","e":1e20}`), ok)...)
	add(exchange(9, "http://example.org/api", post("application/octet-stream", "\x00\x01binary"), ok)...)
	add(exchange(10, "http://example.org/api", post("multipart/form-data; boundary=zz", "--zz\r\nContent-Disposition: form-data; name=\"one\"\r\n\r\n1 & 2\r\n--zz--\r\n"), ok)...)
	sum := sha256.Sum256([]byte(page))
	add(&Record{Type: TypeRevisit, ID: id(8000), Date: at(20), URI: "http://example.org/again", ContentType: HTTPResponse, Block: Bytes([]byte("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")),
		Fields: Fields{{"WARC-Profile", ProfileIdentical}, {"WARC-Payload-Digest", fmt.Sprintf("sha256:%x", sum)}, {"WARC-Refers-To-Target-URI", "http://www.example.org/"}, {"WARC-Refers-To-Date", "2026-03-14T15:09:27Z"}}})
	resource := func(n int, uri, mime, body string) *Record {
		return &Record{Type: TypeResource, ID: id(n), Date: at(30).Add(250 * time.Millisecond), URI: uri, ContentType: mime, Block: Bytes([]byte(body))}
	}
	add(resource(7000, "dns:example.org", "text/dns", "example.org. 60 IN A 192.0.2.7\n"), resource(7001, "urn:text:http://www.example.org/", "text/plain; charset=utf-8", "El ministerio dijo."),
		resource(7002, "urn:veedor:tls:example.org:443", "application/pem-certificate-chain", "-----BEGIN CERTIFICATE-----\n"), resource(7003, "urn:view:http://www.example.org/", "image/png", "\x89PNG\r\n"),
		&Record{Type: TypeMetadata, ID: id(7004), Date: at(31), URI: "http://www.example.org/", ContentType: WARCFields, Fields: Fields{{"WARC-Concurrent-To", "<" + id(2) + ">"}}, Block: Bytes([]byte("fetchTimeMs: 12\r\n"))})
	return out
}

func writeWARC(t testing.TB, opt WriterOptions, records ...*Record) []byte {
	t.Helper()
	var b bytes.Buffer
	w := NewWriter(&b, opt)
	for _, r := range records {
		got, err := w.Write(r)
		if err != nil {
			t.Fatal(err)
		}
		if got.Offset+got.Length != int64(b.Len()) {
			t.Fatalf("record at %d of %d bytes, the file has %d", got.Offset, got.Length, b.Len())
		}
	}
	return b.Bytes()
}

func member(path string, b []byte) Member {
	return Member{path, func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b)), nil }}
}

// sampleContent is a package of the sample records.
func sampleContent(t testing.TB) Content {
	return Content{Title: "Sample", Description: "A sample", Software: "veedor test", Created: at(100), MainURL: "http://www.example.org/",
		Pages: []Page{{ID: "p1", URL: "http://www.example.org/", At: at(1), Title: "Hola", Text: "El ministerio dijo."}},
		Extra: []Page{{ID: "p2", URL: "http://example.org/gz?b=2&a=1", At: at(2)}},
		WARCs: []Member{member("archive/data.warc.gz", writeWARC(t, WriterOptions{}, sampleRecords()...))},
		Files: []Member{member("veedor/capture.json", []byte("{}\n"))}}
}

func pack(t testing.TB, c Content) []byte {
	t.Helper()
	var b bytes.Buffer
	p, err := Pack(context.Background(), &b, c)
	if err != nil {
		t.Fatal(err)
	}
	if p.Size != int64(b.Len()) {
		t.Fatalf("said %d bytes, wrote %d", p.Size, b.Len())
	}
	return b.Bytes()
}

func check(b []byte) Report {
	return Check(context.Background(), bytes.NewReader(b), int64(len(b)), Options{})
}

// mustBeSound fails when there is a fault.
func mustBeSound(t testing.TB, r Report) {
	t.Helper()
	for _, f := range r.Faults {
		t.Errorf("fault: %s", f)
	}
}
