package recorder

import (
	"bufio"
	"context"
	"encoding/base64"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"veedor/internal/evidence/wacz"
)

// say sends bytes to an address and returns the status lines that come back until it closes or 300 ms are over.
func say(t *testing.T, addr, what string) string {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	io.WriteString(c, what)
	c.SetDeadline(time.Now().Add(300 * time.Millisecond))
	b, _ := io.ReadAll(c)
	return string(b)
}

func TestProxyIsForItsBrowser(t *testing.T) {
	asked := make(chan *http.Request, 10)
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked <- r
		if r.URL.Path == "/407" {
			w.WriteHeader(http.StatusProxyAuthRequired)
		}
	}))
	host := strings.TrimPrefix(s.URL, "http://")
	var m memory
	rec, err := begin(context.Background(), s.URL, private(t), &m)
	if err != nil {
		t.Fatal(err)
	}
	p, err := rec.listen()
	if err != nil {
		t.Fatal(err)
	}
	addr := p.l.Addr().String()
	with := "Proxy-Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte("veedor:"+p.password)) + "\r\n"
	for _, c := range []struct{ name, what, status string }{
		{"no password", "GET " + s.URL + "/ HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 407 "},
		{"wrong password", "CONNECT " + host + " HTTP/1.1\r\nProxy-Authorization: Basic dmVlZG9yOg==\r\n\r\n", "HTTP/1.1 407 "},
		{"no proxy's request", "GET / HTTP/1.1\r\n" + with + "\r\n", ""},
		{"not HTTP", "\x16\x03\x01", ""},
		{"another scheme", "GET ftp://x/ HTTP/1.1\r\n" + with + "\r\n", ""},
		{"itself", "GET http://" + addr + "/ HTTP/1.1\r\n" + with + "\r\n", "HTTP/1.1 403 "},
		{"the browser's own request", "GET http://clients2.google.com/time HTTP/1.1\r\n" + with + "\r\n", "HTTP/1.1 403 "},
		{"WebSocket", "CONNECT " + host + " HTTP/1.1\r\n" + with + "\r\nGET /ws HTTP/1.1\r\nUpgrade: websocket\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 403 "},
		{"a server that asks for a proxy's password", "GET " + s.URL + "/407 HTTP/1.1\r\nHost: x\r\n" + with + "\r\n", "HTTP/1.1 502 "},
	} {
		if got := say(t, addr, c.what); !strings.HasPrefix(got, c.status) || c.status == "" && got != "" {
			t.Errorf("%s: %q, want %q", c.name, got, c.status)
		}
	}
	if n := len(asked); n != 1 {
		t.Errorf("the server was asked %d times", n)
	}
	if err := rec.end(); err != nil {
		t.Error(err)
	}
	wants(t, "itself", rec.res.Refusals, addr, "this recording itself")
	wants(t, "WebSocket", rec.res.Refusals, "ws://"+host+"/ws", "websocket")
	if len(rec.res.Refusals) != 2 || len(m.of(wacz.TypeResponse, s.URL+"/407")) != 1 || len(m.of(wacz.TypeRequest, "")) != 1 {
		t.Errorf("%+v, %d records", rec.res.Refusals, len(m.records))
	}
	if _, err := net.DialTimeout("tcp", addr, time.Second); err == nil {
		t.Error("the proxy is still there")
	}
}

func TestRewrite(t *testing.T) {
	s := &session{opt: Options{UserAgent: "UA", AcceptLanguage: "es"}}
	to := address{Scheme: "http", Host: "example.org", Port: 80, Target: "/a b\r\nX: y"}
	got := s.rewrite("GET", to, []byte("GET http://example.org/ HTTP/1.1\r\nHost: example.org\r\nProxy-Connection: keep-alive\r\nSec-CH-UA: \"Headless\"\r\n"+
		" folded\r\nuser-agent: HeadlessChrome\r\nACCEPT-LANGUAGE: de\r\nX-Client-Data: id\r\nReferer: r\r\nproxy-authorization: Basic x\r\n\r\nbody"))
	want := "GET /a%20b%0D%0AX:%20y HTTP/1.1\r\nHost: example.org\r\nUser-Agent: UA\r\nAccept-Language: es\r\nReferer: r\r\n\r\n"
	if string(got) != want {
		t.Errorf("%q\nwant %q", got, want)
	}
}

func TestBridgeIsForOne(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	r2, w2, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	b, err := newBridge(context.Background(), w, r2)
	if err != nil {
		t.Fatal(err)
	}
	addr := b.l.Addr().String()
	hello := "GET %s HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
	if got := say(t, addr, strings.Replace(hello, "%s", "/guess", 1)); !strings.HasPrefix(got, "HTTP/1.1 404 ") {
		t.Errorf("%q", got)
	}
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	io.WriteString(c, strings.Replace(hello, "%s", b.url[strings.LastIndex(b.url, "/"):], 1))
	if line, err := bufio.NewReader(c).ReadString('\n'); err != nil || !strings.HasPrefix(line, "HTTP/1.1 101 ") {
		t.Errorf("%q, %v", line, err)
	}
	time.Sleep(20 * time.Millisecond)
	if second, err := net.DialTimeout("tcp", addr, time.Second); err == nil {
		second.Close()
		t.Error("a second connection was let in")
	}
	c.Close()
	w2.Close()
	b.done.Wait()
	r.Close()
}
