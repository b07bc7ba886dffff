package recorder

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/dns/dnsmessage"

	"veedor/internal/evidence/wacz"
)

// forward listens as a proxy that leads every name to one server, and tells which names it was asked for.
func forward(t *testing.T, to string, hello func(c net.Conn, r *bufio.Reader) string) (addr string, asked chan string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	asked = make(chan string, 10)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				r := bufio.NewReader(c)
				name := hello(c, r)
				if name == "" {
					return
				}
				asked <- name
				up, err := net.Dial("tcp", to)
				if err != nil {
					return
				}
				defer up.Close()
				go io.Copy(up, r)
				io.Copy(c, up)
			}()
		}
	}()
	return l.Addr().String(), asked
}

func socks(c net.Conn, r *bufio.Reader) string {
	head := make([]byte, 2)
	io.ReadFull(r, head)
	io.ReadFull(r, make([]byte, head[1]))
	c.Write([]byte{5, 0})
	req := make([]byte, 5)
	io.ReadFull(r, req)
	if req[3] != 3 {
		c.Write([]byte{5, 1, 0, 1, 0, 0, 0, 0, 0, 0})
		return ""
	}
	name := make([]byte, req[4])
	io.ReadFull(r, name)
	io.ReadFull(r, make([]byte, 2))
	c.Write([]byte{5, 0, 0, 1, 0, 0, 0, 0, 0, 0})
	return string(name)
}

func connectProxy(c net.Conn, r *bufio.Reader) string {
	req, err := http.ReadRequest(r)
	if err != nil || req.Method != "CONNECT" || req.Header.Get("Proxy-Authorization") != "Basic dTpw" {
		io.WriteString(c, "HTTP/1.1 403 No\r\n\r\n")
		return ""
	}
	io.WriteString(c, "HTTP/1.1 200 OK\r\nVia: x\r\n\r\n")
	return req.URL.Hostname()
}

func TestUpstreamProxy(t *testing.T) {
	s := serve(t, body("onion", "text/plain"))
	for _, c := range []struct {
		name, scheme string
		hello        func(net.Conn, *bufio.Reader) string
	}{{"socks5", "socks5://", socks}, {"http", "http://u:p@", connectProxy}} {
		t.Run(c.name, func(t *testing.T) {
			addr, asked := forward(t, strings.TrimPrefix(s.URL, "http://"), c.hello)
			opt := private(t)
			opt.AllowPrivate = false
			opt.Proxy = c.scheme + addr
			opt.Resolver = &fixed{} // which knows no name, and would be seen to be asked
			var m memory
			r, err := Fetch(context.Background(), "http://abc.onion/x", opt, &m)
			if err != nil {
				t.Fatal(err)
			}
			if got := <-asked; got != "abc.onion" || r.GuardNote == "" || len(opt.Resolver.(*fixed).asked) != 0 {
				t.Errorf("asked for %q; %+v", got, r)
			}
			res := m.of(wacz.TypeResponse, "http://abc.onion/x")
			if len(res) != 1 || res[0].Fields.Has("WARC-IP-Address") || !strings.HasSuffix(string(res[0].block), "onion") {
				t.Errorf("%+v", res)
			}
			if req := m.of(wacz.TypeRequest, ""); len(req) != 1 || !strings.HasPrefix(string(req[0].block), "GET /x HTTP/1.1\r\nHost: abc.onion\r\n") {
				t.Errorf("%+v", req)
			}
			for _, u := range []string{"http://127.0.0.1/", "http://2130706433/", "http://localhost/", "http://[::ffff:10.0.0.1]/", "http://" + addr + "/"} {
				if _, err := Fetch(context.Background(), u, opt, new(memory)); !errors.Is(err, ErrRefused) {
					t.Errorf("%s: %v", u, err)
				}
			}
		})
	}
	opt := private(t)
	opt.Proxy = "socks5://127.0.0.1:1"
	if _, err := Fetch(context.Background(), "http://example.org/", opt, new(memory)); !errors.Is(err, ErrUnreachable) || strings.Contains(err.Error(), "127.0.0.1") {
		t.Errorf("no proxy there: %v", err)
	}
	if _, err := Fetch(context.Background(), "http://abc.onion/", private(t), new(memory)); !errors.Is(err, ErrRefused) {
		t.Errorf("onion without a proxy: %v", err)
	}
}

// nameServer answers over UDP and TCP on one port.
func nameServer(t *testing.T, answer func(q dnsmessage.Question, tcp bool) dnsmessage.Message) netip.AddrPort {
	t.Helper()
	u, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := u.LocalAddr().(*net.UDPAddr).AddrPort()
	l, err := net.Listen("tcp", addr.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { u.Close(); l.Close() })
	reply := func(b []byte, tcp bool) []byte {
		var q dnsmessage.Message
		if err := q.Unpack(b); err != nil {
			return nil
		}
		m := answer(q.Questions[0], tcp)
		m.ID, m.Response, m.Questions = q.ID, true, q.Questions
		out, err := m.Pack()
		if err != nil {
			t.Error(err)
		}
		return out
	}
	go func() {
		buf := make([]byte, 2000)
		for {
			n, from, err := u.ReadFrom(buf)
			if err != nil {
				return
			}
			u.WriteTo([]byte("garbage"), from)
			u.WriteTo(reply(buf[:n], false), from)
		}
	}()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			buf := make([]byte, 2000)
			n, _ := c.Read(buf)
			out := reply(buf[2:n], true)
			c.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(out))), out...))
			c.Close()
		}
	}()
	return addr
}

func TestResolver(t *testing.T) {
	a := func(name string, ip byte) dnsmessage.Resource {
		return dnsmessage.Resource{Header: dnsmessage.ResourceHeader{Name: dnsmessage.MustNewName(name), Class: dnsmessage.ClassINET, TTL: 300},
			Body: &dnsmessage.AResource{A: [4]byte{192, 0, 2, ip}}}
	}
	server := nameServer(t, func(q dnsmessage.Question, tcp bool) dnsmessage.Message {
		var m dnsmessage.Message
		switch {
		case q.Name.String() == "gone.example.":
			m.RCode = dnsmessage.RCodeNameError
		case q.Name.String() == "long.example." && !tcp:
			m.Truncated = true
		case q.Type == dnsmessage.TypeA && q.Name.String() == "www.example.":
			m.Answers = []dnsmessage.Resource{{Header: dnsmessage.ResourceHeader{Name: q.Name, Class: dnsmessage.ClassINET, TTL: 60},
				Body: &dnsmessage.CNAMEResource{CNAME: dnsmessage.MustNewName("cdn.example.")}}, a("cdn.example.", 7), a("unasked.example.", 9)}
		case q.Type == dnsmessage.TypeA:
			m.Answers = []dnsmessage.Resource{a(q.Name.String(), 8)}
		case q.Type == dnsmessage.TypeAAAA && q.Name.String() == "long.example.":
			m.Answers = []dnsmessage.Resource{{Header: dnsmessage.ResourceHeader{Name: q.Name, Class: dnsmessage.ClassINET, TTL: 1},
				Body: &dnsmessage.AAAAResource{AAAA: netip.MustParseAddr("2001:db8::1").As16()}}}
		}
		return m
	})
	r := SystemResolver{Servers: []netip.AddrPort{server}}
	for _, c := range []struct{ host, addrs, text string }{
		{"www.example", "[192.0.2.7]", "www.example.\t60\tIN\tCNAME\tcdn.example.\ncdn.example.\t300\tIN\tA\t192.0.2.7\n; www.example. AAAA: no records\n"},
		{"long.example", "[192.0.2.8 2001:db8::1]", "long.example.\t300\tIN\tA\t192.0.2.8\nlong.example.\t1\tIN\tAAAA\t2001:db8::1\n"},
		{"localhost", "[127.0.0.1 ::1]", "; localhost: this machine, by RFC 6761\n"},
	} {
		got, err := r.Resolve(context.Background(), c.host)
		if err != nil {
			t.Errorf("%s: %v", c.host, err)
		}
		var addrs []string
		for _, x := range got.Addrs {
			addrs = append(addrs, x.String())
		}
		if s := "[" + strings.Join(addrs, " ") + "]"; s != c.addrs {
			t.Errorf("%s: %s, want %s", c.host, s, c.addrs)
		}
		if diff := cmp.Diff(c.text, got.Text); diff != "" {
			t.Error(diff)
		}
	}
	got, err := ask(context.Background(), r.Servers, "gone.example")
	if !errors.Is(err, errName) || got.Text != "; gone.example. A: NameError\n; gone.example. AAAA: NameError\n" {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := ask(context.Background(), nil, "x.example"); err == nil {
		t.Error("without a name server there was an answer")
	}
}

func FuzzAnswer(f *testing.F) {
	name := dnsmessage.MustNewName("www.example.")
	m := dnsmessage.Message{Answers: []dnsmessage.Resource{{Header: dnsmessage.ResourceHeader{Name: name, Class: dnsmessage.ClassINET},
		Body: &dnsmessage.CNAMEResource{CNAME: dnsmessage.MustNewName("a\n;.example.")}}}}
	b, err := m.Pack()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		var m dnsmessage.Message
		if m.Unpack(b) != nil {
			return
		}
		var a Answer
		a.take(&m, name, dnsmessage.TypeA)
		for line := range strings.Lines(a.Text) {
			if strings.ContainsFunc(strings.TrimSuffix(line, "\n"), func(r rune) bool { return r < ' ' && r != '\t' }) {
				t.Errorf("%q", line)
			}
		}
	})
}

// FuzzExchange gives a server's bytes to the reading of answers: it ends, and keeps a beginning of them.
func FuzzExchange(f *testing.F) {
	for _, s := range []string{"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x\r\nabc\r\n0\r\nT: u\r\n\r\n",
		"HTTP/1.0 302 x\nLocation: //[::1]:9/%\n\n", "HTTP/1.1 100 C\r\n\r\nHTTP/1.1 204 N\r\n\r\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := begin(context.Background(), "http://example.org/", Options{Temp: t.TempDir(), Limits: Limits{Header: 1000, Object: 3000, Time: 5 * time.Second}}, new(memory))
		if err != nil {
			t.Fatal(err)
		}
		ours, theirs := net.Pipe()
		go func() {
			go io.Copy(io.Discard, theirs)
			theirs.Write(b)
			theirs.Close()
		}()
		to := address{Scheme: "http", Host: "example.org", Port: 80, Target: "/"}
		up := &upstream{Conn: ours, to: to, r: bufio.NewReader(ours)}
		e, err := s.start(&request{method: "GET", to: to, head: []byte("GET / HTTP/1.1\r\n\r\n"), body: nil}, up)
		if err == nil {
			got, _ := io.ReadAll(io.NewSectionReader(e.got, 0, 1<<20))
			<-e.done
			if len(got) > 3000 {
				t.Errorf("kept %d bytes", len(got))
			}
			e.got.release()
		}
		if err := s.end(); err != nil {
			t.Error(err)
		}
	})
}

func TestUnaddressed(t *testing.T) {
	_, err := net.DialTimeout("tcp", "127.0.0.1:1", time.Second)
	if got := unaddressed(err).Error(); strings.Contains(got, "127.0.0.1") || !strings.Contains(got, "refused") {
		t.Error(got)
	}
	if got := unaddressed(&url.Error{Op: "Get", URL: "x", Err: err}).Error(); strings.Contains(got, "127.0.0.1") {
		t.Error(got)
	}
}
