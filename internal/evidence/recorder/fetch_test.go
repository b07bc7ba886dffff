package recorder

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"veedor/internal/evidence/wacz"
)

func private(t *testing.T) Options {
	return Options{AllowPrivate: true, Temp: t.TempDir(), Limits: Limits{Time: 10 * time.Second}}
}

// raw serves bytes as they are, whatever is asked, and then does what after says.
func raw(t *testing.T, answer string, after func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				c.Read(make([]byte, 64<<10))
				io.WriteString(c, answer)
				if after != nil {
					after(c)
				}
			}()
		}
	}()
	return "http://" + l.Addr().String() + "/"
}

func wants(t *testing.T, what string, list []Refusal, url, why string) {
	t.Helper()
	for _, r := range list {
		if strings.Contains(r.URL, url) && strings.Contains(r.Why, why) {
			return
		}
	}
	t.Errorf("%s: none of %q because of %q among %+v", what, url, why, list)
}

func TestFetchKeepsBytes(t *testing.T) {
	chunked := "HTTP/1.1 200 Fine, thanks\r\nx-ODD:  a \r\nTransfer-Encoding: chunked\r\nContent-Type: text/plain\r\nX-Odd: b\r\n\r\n" +
		"5;ext=\"1\"\r\nhello\r\n0006\r\n world\r\n0\r\nX-Trailer: t\r\n\r\n"
	for _, c := range []struct{ name, sent, kept, cut string }{
		{"chunks, extensions and trailers", chunked + "more", chunked, ""},
		{"bare line feeds", "HTTP/1.1 200 OK\nContent-Length: 2\n\nhi", "HTTP/1.1 200 OK\nContent-Length: 2\n\nhi", ""},
		{"folded header", "HTTP/1.1 200 OK\r\nA: b\r\n c\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 200 OK\r\nA: b\r\n c\r\nContent-Length: 0\r\n\r\n", ""},
		{"interim answer", "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", ""},
		{"to the end", "HTTP/1.0 200 OK\r\n\r\nabc", "HTTP/1.0 200 OK\r\n\r\nabc", ""},
		{"announced too much", "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nabc", "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nabc", cutDisconnect},
		{"announced too little", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabc", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab", ""},
		{"two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc", ""},
		{"negative length", "HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\nabc", "HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\nabc", ""},
		{"bad chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", cutUnspecified},
		{"chunks cut off", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", cutDisconnect},
		{"no body", "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", ""},
		{"binary header", "HTTP/1.1 200 OK\r\nX: \xff\x01\r\nno colon\r\nContent-Length: 1\r\n\r\nx", "HTTP/1.1 200 OK\r\nX: \xff\x01\r\nno colon\r\nContent-Length: 1\r\n\r\nx", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			url := raw(t, c.sent, nil)
			var m memory
			r, err := Fetch(context.Background(), url+"x?y", private(t), &m)
			if err != nil {
				t.Fatal(err)
			}
			got := m.of(wacz.TypeResponse, url+"x?y")
			if len(got) != 1 {
				t.Fatalf("%d responses", len(got))
			}
			if diff := cmp.Diff(c.kept, string(got[0].block)); diff != "" {
				t.Error(diff)
			}
			if cut := got[0].Fields.Get("WARC-Truncated"); cut != c.cut || (c.cut != "") != (len(r.Truncated) == 1) {
				t.Errorf("truncated %q, want %q; %+v", cut, c.cut, r.Truncated)
			}
			if ip := got[0].Fields.Get("WARC-IP-Address"); ip != "127.0.0.1" {
				t.Errorf("address %q", ip)
			}
			req := m.of(wacz.TypeRequest, url+"x?y")
			if len(req) != 1 || !strings.HasPrefix(string(req[0].block), "GET /x?y HTTP/1.1\r\nHost: 127.0.0.1:") ||
				req[0].Fields.Get("WARC-Concurrent-To") != "<"+got[0].ID+">" {
				t.Errorf("request %+v", req)
			}
			if r.Exchanges != 1 || !r.Document || r.FinalURL != url+"x?y" {
				t.Errorf("%+v", r)
			}
		})
	}
}

func TestFetchWhatIsNotHTTP(t *testing.T) {
	for _, c := range []struct{ name, sent, why string }{
		{"another protocol", "SSH-2.0-OpenSSH\r\n\r\n", "not HTTP/1.1"},
		{"header bomb", "HTTP/1.1 200 OK\r\n" + strings.Repeat("X: "+strings.Repeat("a", 1000)+"\r\n", 1000), "a header of more than 262144 bytes"},
		{"one endless line", "HTTP/1.1 200 OK\r\nX: " + strings.Repeat("a", 1<<20), "a header of more than 262144 bytes"},
		{"half a header", "HTTP/1.1 200 OK\r\nX: ", "closed the connection before the end"},
	} {
		t.Run(c.name, func(t *testing.T) {
			url := raw(t, c.sent, nil)
			var m memory
			r, err := Fetch(context.Background(), url, private(t), &m)
			if !errors.Is(err, ErrUnreachable) || !strings.Contains(err.Error(), c.why) {
				t.Errorf("%v, want %q", err, c.why)
			}
			got := m.of(wacz.TypeResource, "urn:veedor:unparsed:"+url)
			if len(got) != 1 || !strings.HasPrefix(c.sent, string(got[0].block)) || len(r.Truncated) != 1 {
				t.Errorf("%d records, %+v", len(got), r)
			}
		})
	}
	var m memory
	r, err := Fetch(context.Background(), raw(t, "", nil), private(t), &m)
	if !errors.Is(err, ErrUnreachable) || len(r.Failures) != 1 || len(m.records) != 0 {
		t.Errorf("no answer: %v, %+v", err, r)
	}
	r, err = Fetch(context.Background(), raw(t, strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 99), nil), private(t), &m)
	if !errors.Is(err, ErrUnreachable) {
		t.Errorf("endless interim answers: %v, %+v", err, r)
	}
}

func TestFetchRedirects(t *testing.T) {
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/a":
			http.SetCookie(w, &http.Cookie{Name: "seen", Value: "1"})
			http.Redirect(w, r, "b?q=%20x y", http.StatusFound)
		case "/b":
			if c, err := r.Cookie("seen"); err != nil || c.Value != "1" {
				http.Error(w, "no cookie", http.StatusForbidden)
				return
			}
			w.Header().Set("Content-Type", "application/pdf")
			io.WriteString(w, "%PDF-")
		case "/to":
			w.Header()["Location"] = []string{r.URL.Query().Get("url")}
			w.WriteHeader(http.StatusFound)
		default:
			http.Redirect(w, r, "/loop", http.StatusMovedPermanently)
		}
	}))
	var m memory
	r, err := Fetch(context.Background(), s.URL+"/a", private(t), &m)
	if err != nil || r.FinalURL != s.URL+"/b?q=%20x%20y" || r.Status != 200 || r.ContentType != "application/pdf" || r.Exchanges != 2 {
		t.Errorf("%+v, %v", r, err)
	}
	if len(m.of(wacz.TypeResponse, "")) != 2 || len(m.of(wacz.TypeRequest, "")) != 2 {
		t.Errorf("%d records", len(m.records))
	}

	m = memory{}
	r, err = Fetch(context.Background(), s.URL+"/loop", private(t), &m)
	if !errors.Is(err, ErrRefused) || r.Exchanges != 21 {
		t.Errorf("endless redirects: %d exchanges, %v", r.Exchanges, err)
	}
	wants(t, "endless redirects", r.Refusals, "/loop", "more than 20 redirects")
	revisits := m.of(wacz.TypeRevisit, s.URL+"/loop")
	first := m.of(wacz.TypeResponse, s.URL+"/loop")
	if len(revisits) != 20 || len(first) != 1 {
		t.Fatalf("%d revisits of %d responses", len(revisits), len(first))
	}
	f := revisits[3].Fields
	if f.Get("WARC-Refers-To") != "<"+first[0].ID+">" || f.Get("WARC-Profile") != wacz.ProfileIdentical || f.Get("WARC-Refers-To-Target-URI") != s.URL+"/loop" ||
		!bytes.HasSuffix(revisits[3].block, []byte("\r\n\r\n")) {
		t.Errorf("revisit %+v\n%s", f, revisits[3].block)
	}

	opt := private(t)
	opt.Limits.Exchanges = 3
	r, err = Fetch(context.Background(), s.URL+"/loop", opt, new(memory))
	if !errors.Is(err, ErrRefused) || r.Exchanges != 3 || !strings.Contains(err.Error(), "more than 3 requests") {
		t.Errorf("%d exchanges, %v", r.Exchanges, err)
	}

	for _, c := range []struct{ name, to, why string }{
		{"metadata", "http://169.254.169.254/latest/meta-data/", "link-local"},
		{"file", "file:///etc/passwd", "only http"},
		{"data", "data:text/html,x", "only http"},
		{"mail port", "http://127.0.0.1:25/", "port 25"},
		{"control characters", "http://exa\x01mple.org/", "no "},
		{"documentation", "http://[2001:db8::1]/", "documentation"},
	} {
		r, err := Fetch(context.Background(), s.URL+"/to?url="+strings.ReplaceAll(c.to, "\x01", "%01"), private(t), new(memory))
		if !errors.Is(err, ErrRefused) || !strings.Contains(fmt.Sprint(err), c.why) || len(r.Refusals) != 1 {
			t.Errorf("%s: %v, %+v", c.name, err, r.Refusals)
		}
		if strings.ContainsAny(fmt.Sprint(err), "\x01\r\n") {
			t.Errorf("%s: control characters in %q", c.name, err)
		}
	}
}

// fixed answers from a table, once for each entry.
type fixed struct {
	mu    sync.Mutex
	hosts map[string][]string // the answers, one after the other; several addresses in one by commas
	asked []string
}

func (f *fixed) Resolve(_ context.Context, host string) (Answer, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = append(f.asked, host)
	list := f.hosts[host]
	if len(list) == 0 {
		return Answer{Text: "; " + host + ": NameError\n"}, errName
	}
	if len(list) > 1 {
		f.hosts[host] = list[1:]
	}
	var a Answer
	for _, s := range strings.Split(list[0], ",") {
		a.Addrs = append(a.Addrs, netip.MustParseAddr(s))
		a.Text += host + ".\t60\tIN\tA\t" + s + "\n"
	}
	return a, nil
}

func TestFetchResolves(t *testing.T) {
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/1" {
			http.Redirect(w, r, "/2", http.StatusFound)
		}
	}))
	port := s.URL[strings.LastIndex(s.URL, ":"):]
	f := &fixed{hosts: map[string][]string{"rebind.example": {"127.0.0.1", "169.254.169.254"}, "inside.example": {"10.0.0.7"},
		"mixed.example": {"169.254.169.254,127.0.0.1"}, "local.example": {"::ffff:127.0.0.1"}}}
	opt := private(t)
	opt.Resolver = f

	var m memory
	if _, err := Fetch(context.Background(), "http://rebind.example"+port+"/1", opt, &m); err != nil {
		t.Errorf("a name that leads elsewhere the second time: %v", err)
	}
	if diff := cmp.Diff([]string{"rebind.example"}, f.asked); diff != "" {
		t.Error(diff)
	}
	dns := m.of(wacz.TypeResource, "dns:rebind.example")
	if len(dns) != 1 || string(dns[0].block) != "rebind.example.\t60\tIN\tA\t127.0.0.1\n" || dns[0].ContentType != "text/dns" {
		t.Errorf("%+v", dns)
	}

	r, err := Fetch(context.Background(), "http://mixed.example"+port+"/", opt, new(memory))
	if err != nil {
		t.Errorf("one of two addresses: %v", err)
	}
	wants(t, "one of two addresses", r.Refusals, "mixed.example", ": 169.254.169.254 is")

	opt.AllowPrivate = false
	for _, c := range []struct{ host, why string }{
		{"local.example", "local.example leads where nothing is asked: 127.0.0.1 is an address of this machine"},
		{"inside.example", "10.0.0.7 is a private address"},
		{"127.0.0.1", "loopback"},
		{"localhost", "this machine"},
	} {
		r, err := Fetch(context.Background(), "http://"+c.host+port+"/", opt, new(memory))
		if !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), c.why) || len(r.Refusals) != 1 || r.Exchanges != 0 {
			t.Errorf("%s: %v, %+v", c.host, err, r.Refusals)
		}
	}

	m = memory{}
	r, err = Fetch(context.Background(), "http://gone.example/", opt, &m)
	if !errors.Is(err, ErrUnreachable) || len(r.Failures) != 1 || len(m.of(wacz.TypeResource, "dns:gone.example")) != 1 {
		t.Errorf("a name that is not there: %v, %+v, %d records", err, r, len(m.records))
	}
}

func TestFetchLimits(t *testing.T) {
	bomb := func() []byte {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		zeros := make([]byte, 1<<20)
		for range 20 {
			z.Write(zeros)
		}
		z.Close()
		return b.Bytes()
	}()
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/gigabyte":
			w.Header().Set("Content-Length", "1073741824")
			zeros := make([]byte, 64<<10)
			for range 1 << 14 {
				if _, err := w.Write(zeros); err != nil {
					return
				}
			}
		case "/slow":
			w.Header().Set("Content-Length", "1000")
			for r.Context().Err() == nil {
				io.WriteString(w, "x")
				w.(http.Flusher).Flush()
				time.Sleep(20 * time.Millisecond)
			}
		case "/silent":
			<-r.Context().Done()
		case "/bomb":
			w.Header().Set("Content-Length", strconv.Itoa(len(bomb)))
			w.Header().Set("Content-Encoding", "gzip")
			w.Write(bomb)
		}
	}))

	t.Run("gigabyte", func(t *testing.T) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		sink := &lengths{}
		r, err := Fetch(context.Background(), s.URL+"/gigabyte", private(t), sink)
		runtime.ReadMemStats(&after)
		if err != nil || sink.response != 32<<20 || sink.cut != cutLength || r.Bytes > 33<<20 {
			t.Errorf("kept %d (%s), received %d, %v", sink.response, sink.cut, r.Bytes, err)
		}
		wants(t, "gigabyte", r.Truncated, "/gigabyte", "length: more than 33554432 bytes")
		if n := after.TotalAlloc - before.TotalAlloc; n > 8<<20 {
			t.Errorf("allocated %d bytes for it", n)
		}
		opt := private(t)
		opt.Limits.Total = 1 << 20
		r, err = Fetch(context.Background(), s.URL+"/gigabyte", opt, sink)
		if err != nil || r.Bytes != 1<<20 || sink.response != 1<<20 {
			t.Errorf("total: %+v, %v", r, err)
		}
	})
	t.Run("slow body", func(t *testing.T) {
		opt := private(t)
		opt.Limits.Time = 300 * time.Millisecond
		var m memory
		r, err := Fetch(context.Background(), s.URL+"/slow", opt, &m)
		if err != nil || r.Status != 200 {
			t.Errorf("%+v, %v", r, err)
		}
		if got := m.of(wacz.TypeResponse, ""); len(got) != 1 || got[0].Fields.Get("WARC-Truncated") != cutTime {
			t.Errorf("%+v", got)
		}
		if d := r.Ended.Sub(r.Started); d > 2*time.Second {
			t.Errorf("took %s", d)
		}
	})
	t.Run("no answer in time", func(t *testing.T) {
		opt := private(t)
		opt.Limits.Time = 200 * time.Millisecond
		if r, err := Fetch(context.Background(), s.URL+"/silent", opt, new(memory)); !errors.Is(err, ErrUnreachable) || len(r.Failures) != 1 {
			t.Errorf("%+v, %v", r, err)
		}
		ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
		defer cancel()
		if _, err := Fetch(ctx, s.URL+"/silent", private(t), new(memory)); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the caller's end: %v", err)
		}
	})
	t.Run("decompression bomb", func(t *testing.T) {
		var m memory
		r, err := Fetch(context.Background(), s.URL+"/bomb", private(t), &m)
		if err != nil {
			t.Fatal(err)
		}
		if got := m.of(wacz.TypeResponse, ""); len(got) != 1 || !bytes.HasSuffix(got[0].block, bomb) || r.Bytes > 200<<10 {
			t.Errorf("received %d", r.Bytes)
		}
	})
	t.Run("sink fails", func(t *testing.T) {
		full := errors.New("disk full")
		if _, err := Fetch(context.Background(), s.URL+"/bomb", private(t), failing{full}); !errors.Is(err, full) {
			t.Error(err)
		}
	})
}

// lengths is a sink that keeps how much there was.
type lengths struct {
	response int64
	cut      string
}

func (l *lengths) Write(r *wacz.Record) (wacz.Written, error) {
	n, err := io.Copy(io.Discard, r.Block)
	if r.Type == wacz.TypeResponse {
		l.response, l.cut = n, r.Fields.Get("WARC-Truncated")
	}
	return wacz.Written{}, err
}

type failing struct{ err error }

func (f failing) Write(*wacz.Record) (wacz.Written, error) { return wacz.Written{}, f.err }

func TestFetchTLS(t *testing.T) {
	s := httptest.NewTLSServer(body("secret", "text/plain"))
	t.Cleanup(s.Close)
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	port := s.URL[strings.LastIndex(s.URL, ":")+1:]
	for _, c := range []struct {
		name, host string
		roots      *x509.CertPool
		refuse     bool
		why        string // "" when the certificate is valid
	}{
		{"known root", "example.com", roots, true, ""},
		{"unknown root", "example.com", x509.NewCertPool(), false, "unknown authority"},
		{"another name", "other.test", roots, false, "not other.test"},
		{"refused", "other.test", roots, true, "not other.test"},
	} {
		t.Run(c.name, func(t *testing.T) {
			opt := private(t)
			opt.Roots, opt.RefuseBadTLS = c.roots, c.refuse
			opt.Resolver = &fixed{hosts: map[string][]string{c.host: {"127.0.0.1"}}}
			var m memory
			r, err := Fetch(context.Background(), "https://"+c.host+":"+port+"/", opt, &m)
			if refused := c.refuse && c.why != ""; errors.Is(err, ErrRefused) != refused || !refused && err != nil {
				t.Fatal(err)
			}
			if len(r.Certificates) != 1 {
				t.Fatalf("%+v", r)
			}
			got := r.Certificates[0]
			if got.Valid != (c.why == "") || !strings.Contains(got.Why, c.why) || got.Version != "TLS 1.3" || got.Host != c.host+":"+port {
				t.Errorf("%+v", got)
			}
			chain := m.of(wacz.TypeResource, "urn:veedor:tls:"+c.host+":"+port)
			if len(chain) != 1 || !bytes.HasPrefix(chain[0].block, []byte("-----BEGIN CERTIFICATE-----\n")) ||
				!slices.Contains(chain[0].Fields.All("WARC-Protocol"), "tls/1.3") || (chain[0].Fields.Get("Veedor-Certificate") == "valid") != (c.why == "") {
				t.Errorf("%+v", chain)
			}
			if !c.refuse && len(m.of(wacz.TypeResponse, "")) != 1 {
				t.Error("no response was recorded")
			}
		})
	}
}
