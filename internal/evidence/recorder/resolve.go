package recorder

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// Answer is what a resolver said of a name.
type Answer struct {
	Addrs []netip.Addr
	Text  string // the records in presentation format, one a line; lines beginning with ";" are remarks
}

// Resolver finds the addresses of a host name. An Answer beside an error is what was said all the same.
type Resolver interface {
	Resolve(ctx context.Context, host string) (Answer, error)
}

// SystemResolver asks the name servers of /etc/resolv.conf, so that the answers are known as they were given,
// and where these fail the operating system, which gives addresses only.
type SystemResolver struct {
	Servers []netip.AddrPort // those of /etc/resolv.conf when empty
}

// Resolve implements Resolver.
func (r SystemResolver) Resolve(ctx context.Context, host string) (Answer, error) {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return Answer{Addrs: []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1}), netip.IPv6Loopback()},
			Text: "; " + host + ": this machine, by RFC 6761\n"}, nil
	}
	if strings.HasSuffix(host, ".onion") {
		return Answer{}, refuse(whyTor, host) // RFC 7686: never asked of the DNS
	}
	servers := r.Servers
	if len(servers) == 0 {
		servers = nameServers("/etc/resolv.conf")
	}
	answer, err := ask(ctx, servers, host)
	if err == nil && len(answer.Addrs) > 0 {
		return answer, nil
	}
	addrs, sysErr := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if sysErr != nil || len(addrs) == 0 {
		if err == nil {
			err = errors.New("the name has no address")
		}
		return answer, err
	}
	for _, a := range addrs {
		a = a.Unmap()
		answer.Addrs = append(answer.Addrs, a)
		answer.Text += fmt.Sprintf("; %s: %s, from the operating system, which gives addresses only\n", host, a)
	}
	return answer, nil
}

// nameServers reads the servers of a resolv.conf, at most three.
func nameServers(path string) []netip.AddrPort {
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	var out []netip.AddrPort
	for s := bufio.NewScanner(io.LimitReader(f, 64<<10)); s.Scan() && len(out) < 3; {
		w := strings.Fields(s.Text())
		if len(w) < 2 || w[0] != "nameserver" {
			continue
		}
		if ip, err := netip.ParseAddr(w[1]); err == nil {
			out = append(out, netip.AddrPortFrom(ip, 53))
		}
	}
	return out
}

// ask asks for A and AAAA records, each of one server after the other.
func ask(ctx context.Context, servers []netip.AddrPort, host string) (Answer, error) {
	name, err := dnsmessage.NewName(host + ".")
	if err != nil {
		return Answer{}, refuse(whyNoName, host)
	}
	var out Answer
	var failed []error
	for _, t := range []dnsmessage.Type{dnsmessage.TypeA, dnsmessage.TypeAAAA} {
		err := errors.New("no name server is known")
		for range 2 {
			for _, s := range servers {
				var msg *dnsmessage.Message
				if msg, err = exchangeDNS(ctx, s, name, t); err == nil {
					err = out.take(msg, name, t)
					break
				}
				if ctx.Err() != nil {
					return out, ctx.Err()
				}
			}
			if err == nil || len(servers) == 0 || errors.Is(err, errName) {
				break
			}
		}
		if err != nil && !slices.ContainsFunc(failed, func(e error) bool { return e.Error() == err.Error() }) { // once for both kinds of addresses
			failed = append(failed, err)
		}
	}
	if len(out.Addrs) > 0 {
		return out, nil
	}
	return out, errors.Join(failed...)
}

// errName says that the servers answered, and that the name does not lead to an address.
var errName = errors.New("no such name")

// take adds the answer to one question.
func (a *Answer) take(msg *dnsmessage.Message, name dnsmessage.Name, t dnsmessage.Type) error {
	if msg.RCode != dnsmessage.RCodeSuccess {
		code := strings.TrimPrefix(msg.RCode.String(), "RCode")
		a.Text += fmt.Sprintf("; %s %s: %s\n", name, strings.TrimPrefix(t.String(), "Type"), code)
		return fmt.Errorf("%w: the name server says %s", errName, code)
	}
	owner, known := strings.ToLower(name.String()), map[string]bool{}
	found := false
	for _, rr := range msg.Answers[:min(len(msg.Answers), 64)] {
		if rr.Header.Class != dnsmessage.ClassINET || !strings.EqualFold(rr.Header.Name.String(), owner) {
			continue
		}
		var kind, value string
		switch b := rr.Body.(type) {
		case *dnsmessage.AResource:
			ip := netip.AddrFrom4(b.A)
			kind, value = "A", ip.String()
			a.Addrs, found = append(a.Addrs, ip), true
		case *dnsmessage.AAAAResource:
			ip := netip.AddrFrom16(b.AAAA)
			kind, value = "AAAA", ip.String()
			a.Addrs, found = append(a.Addrs, ip), true
		case *dnsmessage.CNAMEResource:
			kind, value = "CNAME", presentation(b.CNAME)
			known[owner] = true
			if next := strings.ToLower(b.CNAME.String()); !known[next] {
				owner = next
			}
		default:
			continue
		}
		line := fmt.Sprintf("%s\t%d\tIN\t%s\t%s\n", presentation(rr.Header.Name), rr.Header.TTL, kind, value)
		if !strings.Contains(a.Text, line) { // the chain of names stands in both answers
			a.Text += line
		}
	}
	if !found {
		a.Text += fmt.Sprintf("; %s %s: no records\n", presentation(name), strings.TrimPrefix(t.String(), "Type"))
	}
	return nil
}

// presentation writes a name with what is not plain escaped (RFC 1035, 5.1).
func presentation(n dnsmessage.Name) string {
	var b strings.Builder
	for _, c := range n.Data[:n.Length] {
		switch {
		case c <= ' ' || c >= 0x7f:
			fmt.Fprintf(&b, `\%03d`, c)
		case strings.IndexByte(`"();\@$`, c) >= 0:
			b.WriteByte('\\')
			b.WriteByte(c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// exchangeDNS asks one server one question over UDP, and over TCP when the answer does not fit.
func exchangeDNS(ctx context.Context, server netip.AddrPort, name dnsmessage.Name, t dnsmessage.Type) (*dnsmessage.Message, error) {
	id, err := randomID()
	if err != nil {
		return nil, err
	}
	question := dnsmessage.Question{Name: name, Type: t, Class: dnsmessage.ClassINET}
	query := dnsmessage.Message{Header: dnsmessage.Header{ID: id, RecursionDesired: true}, Questions: []dnsmessage.Question{question}}
	raw, err := query.Pack()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	for _, network := range []string{"udp", "tcp"} {
		msg, err := askOver(ctx, network, server, raw, id, question)
		if err != nil || !msg.Truncated {
			return msg, err
		}
	}
	return nil, errors.New("the name server cut its answer short")
}

func randomID() (uint16, error) {
	var b [2]byte
	_, err := rand.Read(b[:])
	return binary.BigEndian.Uint16(b[:]), err
}

// askOver sends a query and reads answers until one belongs to it.
func askOver(ctx context.Context, network string, server netip.AddrPort, query []byte, id uint16, q dnsmessage.Question) (*dnsmessage.Message, error) {
	c, err := new(net.Dialer).DialContext(ctx, network, server.String())
	if err != nil {
		return nil, fmt.Errorf("ask name server: %w", unaddressed(err))
	}
	defer c.Close()
	deadline, _ := ctx.Deadline()
	if err := c.SetDeadline(deadline); err != nil {
		return nil, err
	}
	if network == "tcp" {
		query = append(binary.BigEndian.AppendUint16(nil, uint16(len(query))), query...)
	}
	if _, err := c.Write(query); err != nil {
		return nil, fmt.Errorf("ask name server: %w", unaddressed(err))
	}
	buf := make([]byte, 64<<10)
	for range 16 { // answers that are not ours do not keep us for ever
		n, err := readDNS(c, network, buf)
		if err != nil {
			return nil, fmt.Errorf("read answer of name server: %w", unaddressed(err))
		}
		var msg dnsmessage.Message
		if err := msg.Unpack(buf[:n]); err != nil || !msg.Response || msg.ID != id || len(msg.Questions) != 1 {
			continue
		}
		if got := msg.Questions[0]; got.Type == q.Type && got.Class == q.Class && strings.EqualFold(got.Name.String(), q.Name.String()) {
			return &msg, nil
		}
	}
	return nil, errors.New("read answer of name server: none belongs to the question")
}

func readDNS(c net.Conn, network string, buf []byte) (int, error) {
	if network == "udp" {
		return c.Read(buf)
	}
	var size [2]byte
	if _, err := io.ReadFull(c, size[:]); err != nil {
		return 0, err
	}
	return io.ReadFull(c, buf[:binary.BigEndian.Uint16(size[:])])
}

// unaddressed returns what is wrong without the addresses of this machine and of its servers, which are not to
// be recorded.
func unaddressed(err error) error {
	var op *net.OpError
	if !errors.As(err, &op) {
		return err
	}
	if op.Timeout() {
		return errors.New("no answer in time")
	}
	return fmt.Errorf("%s: %w", op.Op, unaddressed(op.Err))
}
