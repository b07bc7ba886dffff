package recorder

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"time"

	"veedor/internal/evidence/wacz"
)

// bootURL is asked for first, by which the browser learns the proxy's password. Nothing of it leaves the proxy.
const bootURL = "http://recording.invalid/"

// localProxy is what the browser of one recording speaks to: an HTTP proxy on loopback that ends TLS itself and
// passes on the very bytes it records. Its password is made for the recording, so that nobody else on the machine
// can use it, and what the browser asks for by itself, without the page's credentials, comes to nothing.
type localProxy struct {
	s        *session
	l        net.Listener
	issuer   *issuer
	password string
}

func (s *session) listen() (*localProxy, error) {
	i, err := newIssuer()
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for browser: %w", err)
	}
	p := &localProxy{s: s, l: l, issuer: i, password: rand.Text()}
	s.owns(l.Addr().(*net.TCPAddr).Port)
	context.AfterFunc(s.ctx, func() { l.Close() })
	s.work.Add(1)
	go p.accept()
	return p, nil
}

func (p *localProxy) accept() {
	defer p.s.work.Done()
	for {
		c, err := p.l.Accept()
		if err != nil {
			return
		}
		p.s.work.Add(1)
		go func() {
			defer p.s.work.Done()
			stop := context.AfterFunc(p.s.ctx, func() { c.Close() })
			defer stop()
			defer c.Close()
			p.serve(c)
		}()
	}
}

// serve answers one connection of the browser.
func (p *localProxy) serve(c net.Conn) {
	w := &way{p: p, c: c, r: bufio.NewReaderSize(c, 16<<10)}
	defer w.close()
	for {
		head, err := readHead(w.r, p.s.lim.Header)
		if err != nil {
			return
		}
		first, fields, err := parseHead(head)
		method, target, ok := requestLine(first)
		if !ok || err != nil {
			return
		}
		if !p.knows(fields) {
			if frame(fields).length > 0 || frame(fields).chunked || !w.say("407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"recording\"", true) {
				return
			}
			continue
		}
		switch {
		case method == "CONNECT":
			w.tunnel(target)
			return
		case strings.HasPrefix(target, bootURL):
			if !w.say("200 OK\r\nContent-Type: text/html", true) {
				return
			}
		default:
			rest, ok := strings.CutPrefix(target, "http://")
			if !ok {
				return
			}
			end := strings.IndexAny(rest+"/", "/?")
			to, err := toServer("http", rest[:end])
			if err != nil {
				p.s.refused(escape(quoted(target)), err)
				w.say("403 Forbidden", false)
				return
			}
			to.Target = "/" + strings.TrimPrefix(rest[end:], "/")
			if !w.answer(method, to, head, fields) {
				return
			}
		}
	}
}

// knows says whether a request carries the password.
func (p *localProxy) knows(fields wacz.Fields) bool {
	want := "Basic " + base64.StdEncoding.EncodeToString([]byte("veedor:"+p.password))
	return subtle.ConstantTimeCompare([]byte(fields.Get("Proxy-Authorization")), []byte(want)) == 1
}

func requestLine(s string) (method, target string, ok bool) {
	w := strings.Split(s, " ")
	if len(w) != 3 || !strings.HasPrefix(w[2], "HTTP/1.") || w[0] == "" || w[1] == "" {
		return "", "", false
	}
	return w[0], w[1], true
}

// toServer reads host:port as a request has it.
func toServer(scheme, authority string) (address, error) {
	host, port := authority, ""
	if h, p, err := net.SplitHostPort(authority); err == nil {
		host, port = h, p
	}
	a := address{Scheme: scheme, Target: "/"}
	var err error
	if a.Host, err = parseHost(strings.Trim(host, "[]")); err != nil {
		return a, err
	}
	a.Port, err = parsePort(port, scheme)
	return a, err
}

// way is one connection of the browser, with the connection to a server it stands for.
type way struct {
	p  *localProxy
	c  net.Conn
	r  *bufio.Reader
	up *upstream
}

func (w *way) close() {
	if w.up != nil {
		w.up.Close()
	}
}

// say answers by itself, with no body.
func (w *way) say(status string, keep bool) bool {
	end := "\r\nContent-Length: 0\r\n"
	if !keep {
		end += "Connection: close\r\n"
	}
	_, err := io.WriteString(w.c, "HTTP/1.1 "+status+end+"\r\n")
	return err == nil && keep
}

// tunnel serves what comes through CONNECT: TLS, which it ends, or HTTP as it is, which is how browsers begin
// WebSockets.
func (w *way) tunnel(authority string) {
	if _, err := io.WriteString(w.c, "HTTP/1.1 200 OK\r\n\r\n"); err != nil {
		return
	}
	b, err := w.r.Peek(1)
	if err != nil {
		return // opened ahead of need, and not used
	}
	scheme := "http"
	if b[0] == 22 { // a TLS handshake
		scheme = "https"
	}
	to, err := toServer(scheme, authority)
	if err != nil {
		w.p.s.refused(scheme+"://"+escape(quoted(authority)), err)
		return
	}
	if scheme == "https" {
		t := tls.Server(&readFrom{Conn: w.c, r: w.r}, &tls.Config{
			GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return w.p.issuer.leaf(to.Host) },
			NextProtos:     []string{"http/1.1"},
		})
		ctx, cancel := context.WithTimeout(w.p.s.ctx, dialTime)
		defer cancel()
		if t.HandshakeContext(ctx) != nil {
			return
		}
		w.c, w.r = t, bufio.NewReaderSize(t, 16<<10)
	}
	for {
		head, err := readHead(w.r, w.p.s.lim.Header)
		if err != nil {
			return
		}
		first, fields, err := parseHead(head)
		method, target, ok := requestLine(first)
		if !ok || err != nil || !strings.HasPrefix(target, "/") {
			return
		}
		to.Target = target
		if !w.answer(method, to, head, fields) {
			return
		}
	}
}

// readFrom reads a connection through the reader that has read ahead on it.
type readFrom struct {
	net.Conn
	r io.Reader
}

func (c *readFrom) Read(p []byte) (int, error) { return c.r.Read(p) }

// answer passes one request on and its answer back, and says whether the connection can take another.
func (w *way) answer(method string, to address, head []byte, fields wacz.Fields) bool {
	s := w.p.s
	if fields.Has("Upgrade") {
		ws := to
		ws.Scheme = strings.Replace(to.Scheme, "http", "ws", 1)
		s.refused(ws.String(), refuse(whyNotPlain, quoted(fields.Get("Upgrade"))))
		return w.say("403 Forbidden", false)
	}
	if byBrowser(to, fields) {
		return w.say("403 Forbidden", false)
	}
	req := &request{method: method, to: to, head: s.rewrite(method, to, head)}
	if f := frame(fields); f.chunked || f.length > 0 {
		req.body = func(put func([]byte) error) error { return copyBody(w.r, f, s.lim.Header, put) }
	}
	e, err := s.start(req, w.up)
	w.up = nil
	if err != nil {
		var r *refusal
		if errors.As(err, &r) {
			return w.say("403 Forbidden", req.body == nil)
		}
		return w.say("502 Bad Gateway", req.body == nil)
	}
	if !e.parsed || e.status == 407 { // an answer that would make the browser doubt the proxy's password
		e.got.release()
		w.closeAfter(e)
		return w.say("502 Bad Gateway", false)
	}
	err = e.got.follow(&slowly{w.c})
	e.got.release()
	if err != nil || !e.keepOpen { // the browser may have gone; the answer is recorded to its end all the same
		w.closeAfter(e)
		return false
	}
	w.up = e.up
	return true
}

// closeAfter closes the connection to the server once the exchange has ended.
func (w *way) closeAfter(e *exchange) {
	w.p.s.work.Add(1)
	go func() {
		defer w.p.s.work.Done()
		<-e.done
		e.up.Close()
	}()
}

// slowly gives a browser that takes nothing for a while the time it wants: what is recorded does not wait for it.
type slowly struct{ net.Conn }

func (c *slowly) Write(p []byte) (int, error) {
	c.SetWriteDeadline(time.Now().Add(10 * time.Minute))
	return c.Conn.Write(p)
}

// byBrowser says whether the browser asks for something on its own account: no page began it. Such requests are
// no part of a recording.
func byBrowser(to address, fields wacz.Fields) bool {
	site, mode := fields.Get("Sec-Fetch-Site"), fields.Get("Sec-Fetch-Mode")
	if to.Scheme == "https" {
		return (site == "" || site == "none") && mode != "navigate"
	}
	services := []string{"clients2.google.com", "redirector.gvt1.com", "edgedl.me.gvt1.com", "update.googleapis.com",
		"www.gstatic.com", "dl.google.com", "storage.googleapis.com", "connectivitycheck.gstatic.com"}
	return fields.Get("Referer") == "" && mode == "" && !strings.Contains(fields.Get("Accept"), "text/html") && slices.Contains(services, to.Host)
}

// rewrite makes the header of a request as it goes to the server: without what is meant for the proxy or tells
// of this machine and its browser, otherwise as it came, in its order.
func (s *session) rewrite(method string, to address, head []byte) []byte {
	var b strings.Builder
	b.WriteString(method + " " + escape(to.Target) + " HTTP/1.1\r\n")
	_, rest, _ := strings.Cut(string(head), "\n")
	skip := false
	for line := range strings.Lines(rest) {
		line = strings.TrimRight(line, "\r\n")
		if line == "" {
			break
		}
		if line[0] != ' ' && line[0] != '\t' {
			name, _, _ := strings.Cut(strings.ToLower(line), ":")
			skip = strings.HasPrefix(name, "proxy-") || strings.HasPrefix(name, "sec-ch-") || name == "x-client-data" || name == "dnt" ||
				name == "downlink" || name == "rtt" || name == "ect" || name == "device-memory"
			switch name {
			case "user-agent":
				line = "User-Agent: " + s.opt.UserAgent
			case "accept-language":
				line = "Accept-Language: " + s.opt.AcceptLanguage
			}
		}
		if !skip {
			b.WriteString(line + "\r\n")
		}
	}
	return []byte(b.String() + "\r\n")
}
