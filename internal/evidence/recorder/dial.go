package recorder

import (
	"bufio"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"sync"
	"time"

	"golang.org/x/net/proxy"
)

const (
	dialTime  = 15 * time.Second // for one address
	quietTime = 30 * time.Second // without a byte from a server
	maxAddrs  = 4                // tried for one host
)

// upstream is a connection to a server.
type upstream struct {
	net.Conn
	r    *bufio.Reader
	to   address    // whose target does not matter
	ip   netip.Addr // of the server; invalid when an upstream proxy resolved the name
	cert *Certificate
	uses int
}

// serves says whether a request for the address may go over the connection.
func (u *upstream) serves(a address) bool {
	return u != nil && u.to.Scheme == a.Scheme && u.to.Host == a.Host && u.to.Port == a.Port
}

// lookup is the answer to a name, asked for once in a recording: a name cannot lead elsewhere the second time.
type lookup struct {
	once sync.Once
	Answer
	err error
}

// connect opens a connection to where the address leads, after the guard has seen the very IP address.
func (s *session) connect(a address) (*upstream, error) {
	conn, ip, err := s.dial(a)
	if err != nil {
		return nil, err
	}
	u := &upstream{Conn: conn, to: a, ip: ip}
	if a.Scheme == "https" {
		if err := s.secure(u); err != nil {
			conn.Close()
			return nil, err
		}
	}
	// The reader's size bounds what is read ahead of what is kept.
	u.r = bufio.NewReaderSize(u.Conn, 32<<10)
	return u, nil
}

// dial opens the bare connection.
func (s *session) dial(a address) (net.Conn, netip.Addr, error) {
	if s.opt.Proxy != "" {
		c, err := s.dialProxy(a)
		return c, netip.Addr{}, err
	}
	addrs, err := s.resolve(a.Host)
	if err != nil {
		return nil, netip.Addr{}, err
	}
	var allowed []netip.Addr
	var blocked error
	for _, ip := range addrs {
		err := s.guard.ip(ip, a.Port)
		switch {
		case err == nil:
			allowed = append(allowed, ip)
		case a.Host == ip.String():
			blocked = err
		default:
			blocked = refuse(whyNowhere, a.Host, err.Error())
		}
	}
	if len(allowed) == 0 {
		return nil, netip.Addr{}, blocked
	}
	if blocked != nil {
		s.refused(a.String(), blocked) // its other addresses are asked
	}
	var failed error
	for _, ip := range allowed[:min(len(allowed), maxAddrs)] {
		ctx, cancel := context.WithTimeout(s.ctx, dialTime)
		c, err := new(net.Dialer).DialContext(ctx, "tcp", netip.AddrPortFrom(ip, a.Port).String())
		cancel()
		if err == nil {
			return c, ip, nil
		}
		if s.ctx.Err() != nil {
			return nil, ip, errTime
		}
		failed = errors.Join(failed, fmt.Errorf("connect to %s: %w", ip, unaddressed(err)))
	}
	return nil, netip.Addr{}, failed
}

// resolve returns the addresses of a host, IPv4 first, and records the answer when it is new.
func (s *session) resolve(host string) ([]netip.Addr, error) {
	if ip, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{ip}, nil
	}
	s.mu.Lock()
	l := s.names[host]
	if l == nil {
		l = &lookup{}
		s.names[host] = l
	}
	s.mu.Unlock()
	l.once.Do(func() {
		at := s.opt.Now()
		ctx, cancel := context.WithTimeout(s.ctx, dialTime)
		defer cancel()
		l.Answer, l.err = s.opt.Resolver.Resolve(ctx, host)
		var four, six []netip.Addr
		for _, ip := range l.Addrs {
			if ip = ip.Unmap(); ip.Is4() {
				four = append(four, ip)
			} else {
				six = append(six, ip)
			}
		}
		l.Addrs = append(four, six...)
		if l.err == nil && len(l.Addrs) == 0 {
			l.err = errors.New("the name has no address")
		}
		if l.err != nil && s.ctx.Err() != nil {
			l.err = errTime
		}
		if l.Text != "" {
			s.keep(dnsRecord(host, l.Text, at))
		}
	})
	if l.err != nil {
		return nil, fmt.Errorf("resolve %s: %w", host, l.err)
	}
	return l.Addrs, nil
}

// dialProxy opens a connection through the upstream proxy, which resolves the name. Plain http goes through a
// tunnel too, so that requests are the same as without a proxy. The guard has seen literal addresses already.
func (s *session) dialProxy(a address) (net.Conn, error) {
	p, err := url.Parse(s.opt.Proxy)
	if err != nil || p.Host == "" {
		return nil, errors.New("upstream proxy: want socks5://host:port or http://host:port")
	}
	ctx, cancel := context.WithTimeout(s.ctx, 2*dialTime)
	defer cancel()
	switch p.Scheme {
	case "socks5", "socks5h":
		var auth *proxy.Auth
		if p.User != nil {
			password, _ := p.User.Password()
			auth = &proxy.Auth{User: p.User.Username(), Password: password}
		}
		d, err := proxy.SOCKS5("tcp", p.Host, auth, &net.Dialer{})
		if err != nil {
			return nil, fmt.Errorf("upstream proxy: %w", err)
		}
		c, err := d.(proxy.ContextDialer).DialContext(ctx, "tcp", a.hostPort())
		if err != nil {
			return nil, fmt.Errorf("connect through upstream proxy: %w", unaddressed(err))
		}
		return c, nil
	case "http":
		return tunnel(ctx, p, a)
	}
	return nil, fmt.Errorf("upstream proxy: %s is not spoken, only socks5 and http", quoted(p.Scheme))
}

// tunnel asks an HTTP proxy for a connection.
func tunnel(ctx context.Context, p *url.URL, a address) (net.Conn, error) {
	c, err := new(net.Dialer).DialContext(ctx, "tcp", p.Host)
	if err != nil {
		return nil, fmt.Errorf("connect to upstream proxy: %w", unaddressed(err))
	}
	stop := context.AfterFunc(ctx, func() { c.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	ask := "CONNECT " + a.hostPort() + " HTTP/1.1\r\nHost: " + a.hostPort() + "\r\n"
	if p.User != nil {
		password, _ := p.User.Password()
		ask += "Proxy-Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(p.User.Username()+":"+password)) + "\r\n"
	}
	if _, err := c.Write([]byte(ask + "\r\n")); err != nil {
		c.Close()
		return nil, fmt.Errorf("ask upstream proxy: %w", unaddressed(err))
	}
	// One byte at a time, so that nothing of the server's is taken.
	head, err := readHead(bufio.NewReaderSize(oneByte{c}, 16), 16<<10)
	if err != nil {
		c.Close()
		return nil, fmt.Errorf("ask upstream proxy: %w", unaddressed(err))
	}
	first, _, _ := parseHead(head)
	if _, status, ok := parseStatus(first); !ok || status != 200 {
		c.Close()
		return nil, fmt.Errorf("the upstream proxy answers %s", quoted(first))
	}
	return c, nil
}

type oneByte struct{ net.Conn }

func (o oneByte) Read(p []byte) (int, error) { return o.Conn.Read(p[:min(1, len(p))]) }
