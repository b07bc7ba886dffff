package recorder

import (
	"net/netip"
	"strings"
	"testing"
)

func TestGuardAddresses(t *testing.T) {
	for _, c := range []struct{ ip, kind string }{
		{"93.184.216.34", public}, {"2606:2800:220:1::1", public}, {"11.0.0.1", public}, {"172.32.0.1", public}, {"100.128.0.1", public},
		{"127.0.0.1", loopback}, {"127.255.255.254", loopback}, {"::1", loopback}, {"::ffff:127.0.0.1", loopback},
		{"10.1.2.3", privateNet}, {"172.16.0.1", privateNet}, {"172.31.255.255", privateNet}, {"192.168.1.1", privateNet},
		{"fd12::1", privateNet}, {"fec0::1", privateNet}, {"::ffff:10.0.0.1", privateNet},
		{"100.64.0.1", sharedNet}, {"169.254.169.254", linkLocal}, {"fe80::1", linkLocal}, {"fe80::1%eth0", linkLocal}, {"::ffff:169.254.169.254", linkLocal},
		{"fd00:ec2::254", metadata}, {"168.63.129.16", metadata}, {"100.100.100.200", metadata}, {"192.0.0.192", metadata},
		{"0.0.0.0", unspec}, {"0.1.2.3", unspec}, {"::", unspec}, {"224.0.0.1", multicast}, {"239.255.255.250", multicast}, {"ff02::1", multicast},
		{"192.0.2.1", docs}, {"198.51.100.1", docs}, {"203.0.113.1", docs}, {"2001:db8::1", docs}, {"3fff::1", docs},
		{"255.255.255.255", reserved}, {"240.0.0.1", reserved}, {"198.18.0.1", reserved}, {"192.88.99.1", reserved},
		{"64:ff9b::5db8:d822", public}, {"64:ff9b::a00:1", privateNet}, {"64:ff9b::a9fe:a9fe", linkLocal}, {"64:ff9b::7f00:1", loopback},
		{"64:ff9b:1::1", unspec}, {"64:ff9b:1::5db8:d822", reserved},
		{"2002:5db8:d822::1", public}, {"2002:7f00:1::1", loopback}, {"2002:c0a8:101::1", privateNet},
		{"2001:0:5db8:d822::f5ff:fffe", privateNet}, {"2001:0:7f00:1::a247:27dd", loopback}, {"2001:0:5db8:d822::a247:27dd", public},
		{"::127.0.0.1", loopback}, {"::93.184.216.34", reserved}, {"2606:2800::5efe:10.0.0.1", privateNet}, {"2606:2800::200:5efe:127.0.0.1", loopback},
		{"100::1", reserved}, {"5f00::1", reserved}, {"4000::1", reserved},
	} {
		if got := kindOf(netip.MustParseAddr(c.ip)); got != c.kind {
			t.Errorf("%s is %q, want %q", c.ip, got, c.kind)
		}
	}
}

func TestGuard(t *testing.T) {
	own := func(port uint16) bool { return port == 4444 }
	for _, c := range []struct {
		name, url string
		private   bool
		why       string // part of it; "" when it is allowed
	}{
		{"public", "https://example.org/", false, ""},
		{"public address", "http://93.184.216.34:8080/", false, ""},
		{"mail", "http://example.org:25/", false, "port 25"},
		{"mail on an intranet", "http://127.0.0.1:25/", true, "port 25"},
		{"localhost", "http://localhost/", false, "this machine"},
		{"name below localhost", "http://a.localhost./", false, "this machine"},
		{"loopback", "http://127.0.0.1/", false, "loopback"},
		{"loopback, allowed", "http://127.0.0.1:8080/", true, ""},
		{"ourselves", "http://127.0.0.1:4444/", true, "this recording itself"},
		{"metadata, though private is allowed", "http://169.254.169.254/latest/", true, "link-local"},
		{"written as one number", "http://2130706433/", false, "loopback"},
		{"written in hexadecimal", "http://0x7f.1/", false, "loopback"},
		{"written in octal", "http://0177.0.0.01/", false, "loopback"},
		{"mapped", "http://[::ffff:7f00:1]/", false, "loopback"},
		{"full width digits", "http://１２７.0.0.1/", false, "loopback"},
		{"too large a number", "http://99999999999/", false, "no IPv4 address"},
		{"too many parts", "http://1.2.3.4.5/", false, "no IPv4 address"},
		{"file", "file:///etc/passwd", false, "only http"},
		{"ftp", "ftp://example.org/", false, "only http"},
		{"data", "data:text/html,x", false, "only http"},
		{"javascript", "javascript:alert(1)", false, "only http"},
		{"chrome", "chrome://version", false, "only http"},
		{"no scheme", "example.org", false, "no scheme"},
		{"password", "http://a:b@example.org/", false, "user name or password"},
		{"control character in a host", "http://exa\x01mple.org/", false, "no "},
		{"line in a path", "http://example.org/a\r\nb", false, ""},
		{"no host", "http:///x", false, "no host name"},
		{"port beyond", "http://example.org:70000/", false, "port 70000"},
		{"backslash", `http://example.org\@127.0.0.1/`, false, "no address"},
		{"long", "http://example.org/" + strings.Repeat("a", maxURL), false, "bytes, more than"},
	} {
		g := guard{private: c.private, own: own}
		a, err := parseAddress(c.url, nil)
		if err == nil {
			err = g.address(a)
		}
		switch {
		case err == nil && c.why != "":
			t.Errorf("%s: allowed as %s", c.name, a)
		case err != nil && (c.why == "" || !strings.Contains(err.Error(), c.why)):
			t.Errorf("%s: %v, want %q", c.name, err, c.why)
		}
		if err != nil && strings.ContainsFunc(err.Error(), func(r rune) bool { return r < ' ' }) {
			t.Errorf("%s: the reason holds a control character: %q", c.name, err)
		}
	}
}

func TestAddress(t *testing.T) {
	base, err := parseAddress("https://example.org/a/b?c", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ in, want string }{
		{"HTTP://Example.ORG:80", "http://example.org/"},
		{"https://example.org:443/x y", "https://example.org/x%20y"},
		{"/../../etc/passwd", "https://example.org/etc/passwd"},
		{"?q=a b<c>\"", "https://example.org/a/b?q=a%20b%3Cc%3E%22"},
		{"//other.example/ñ", "https://other.example/%C3%B1"},
		{"https://ñandú.example/", "https://xn--and-6ma2c.example/"},
		{"/100%", "https://example.org/100%25"},
		{"/a%2fb%zz", "https://example.org/a%2fb%25zz"},
		{"#frag", "https://example.org/a/b?c"},
		{"/a\r\nSet-Cookie: x", "https://example.org/a%0D%0ASet-Cookie:%20x"},
		{"http://[2606:2800:220:1::1]:8080/", "http://[2606:2800:220:1::1]:8080/"},
		{"http://[2606:2800:220:1::1]", "http://[2606:2800:220:1::1]/"},
	} {
		got, err := parseAddress(c.in, &base)
		if err != nil || got.String() != c.want {
			t.Errorf("%q: %s, %v; want %s", c.in, got, err, c.want)
		}
	}
}

func FuzzAddress(f *testing.F) {
	for _, s := range []string{"http://example.org/a?b#c", "https://[::1]:80/", "//x/..", "http://0x7f.1", "%zz", "http://a\x00b/"} {
		f.Add(s)
	}
	base := address{Scheme: "https", Host: "example.org", Port: 443, Target: "/a"}
	f.Fuzz(func(t *testing.T, s string) {
		a, err := parseAddress(s, &base)
		if err != nil {
			return
		}
		again, err := parseAddress(a.String(), nil)
		if err != nil || again.String() != a.String() {
			t.Errorf("%q became %s, and that %s, %v", s, a, again, err)
		}
		if strings.ContainsAny(a.String(), " <>\"\r\n\x00") {
			t.Errorf("%q became %q", s, a.String())
		}
	})
}
