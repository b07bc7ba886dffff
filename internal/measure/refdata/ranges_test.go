package refdata

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestNetworksAndCountries(t *testing.T) {
	file := func(name, text string) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	v4 := file("asn-ipv4.csv", "3.0.0.0,3.0.0.255,3,\"Third, \"\"Ltd\"\"\"\n"+ // not in order
		"1.0.0.0,1.0.0.255,1,First\n"+
		"1.0.0.128,1.0.0.135,9,Part\n"+
		"2.0.0.0,2.0.0.0,2,\n"+
		"255.255.255.0,255.255.255.255,4,Bad \xff name\n"+
		"2.0.0.9,2.0.0.1,5,Backwards\n"+
		"2.0.0.9,2001::1,5,Mixed\n"+
		"x,y,5,No addresses\n"+
		"2.0.1.0,2.0.1.1,-5,Negative\n"+
		"2.0.1.0,2.0.1.1\n\n"+
		"4.0.0.0,4.0.0.1,6,Cut in the mid")
	v6 := file("asn-ipv6.csv", "2600::,2600::ffff,7,Seventh\n2a00::,2a00:0:ffff:ffff:ffff:ffff:ffff:ffff,1,First\n")
	n, got, err := loadNetworks([]string{v4, v6})
	if err != nil {
		t.Fatal(err)
	}
	if got.rows != 7 || got.left != 6 {
		t.Errorf("%+v", got)
	}
	for ip, want := range map[string]uint32{
		"1.0.0.0": 1, "1.0.0.255": 1, "1.0.0.127": 1, "1.0.0.128": 9, "1.0.0.135": 9, "1.0.0.136": 1, "1.0.1.0": 0, "2.0.0.0": 2, "2.0.0.1": 0, "3.0.0.7": 3, "255.255.255.255": 4,
		"0.0.0.0": 0, "::ffff:3.0.0.7": 3, "2600::1": 7, "2600::1:0": 0, "2a00::5": 1, "::": 0, "4.0.0.0": 0,
	} {
		v, ok := n.find(netip.MustParseAddr(ip))
		if v != want || ok != (want != 0) {
			t.Errorf("%s: AS%d, %v; want AS%d", ip, v, ok, want)
		}
	}
	if n.orgs[3] != `Third, "Ltd"` || n.orgs[4] != "Bad \uFFFD name" {
		t.Errorf("organisations: %v", n.orgs)
	}
	c, tl, err := loadCountries([]string{file("c.csv", "1.0.0.0,1.0.0.127,VE\n1.0.0.128,1.0.0.255,CO\n2.0.0.0,3.0.0.127,us\n3.0.0.128,3.0.0.255,CN\n2600::,2600::ffff,BR\n1.1.1.1,1.1.1.1,V3\n")})
	if err != nil || tl.rows != 5 || tl.left != 1 {
		t.Fatalf("%+v %v", tl, err)
	}
	h := *homesOf(n, c)
	for asn, want := range map[uint32]string{1: "VE", 2: "US", 3: "CN", 4: "", 7: "BR"} { // AS3: equal shares, first in the alphabet
		if got := unpackCC(h[asn]); got != want {
			t.Errorf("AS%d is at home in %q, want %q", asn, got, want)
		}
	}
	if _, ok := new(networks).find(netip.MustParseAddr("1.1.1.1")); ok {
		t.Error("the empty table knows an address")
	}
}

func TestRangesRefuseAbsurdLines(t *testing.T) {
	var r ranges
	var n tally
	long := strings.Repeat("x", 3*maxRangeLine) + "\n1.0.0.0,1.0.0.255,VE\n"
	err := r.addRanges(strings.NewReader(long), &n, func([]byte) (uint32, string) { return 1, "" })
	if err != nil || n.rows != 1 || n.left != 1 {
		t.Errorf("%+v, %v", n, err)
	}
}

func FuzzRanges(f *testing.F) {
	f.Add([]byte("1.0.0.0,1.0.0.255,13335,\"Cloudflare, Inc.\"\n2600::,2600::1,7,x\n"), []byte{1, 0, 0, 9})
	f.Add([]byte("1.0.0.0,1.0.0.255,VE\n1.0.0.0,1.0.0.255,VE"), []byte{1, 0, 0, 9})
	f.Fuzz(func(t *testing.T, text, addr []byte) {
		var r ranges
		var n tally
		if err := r.addRanges(bytes.NewReader(text), &n, func(rest []byte) (uint32, string) { return uint32(len(rest)), "" }); err != nil {
			return
		}
		if n.rows != len(r.v4)+len(r.v6) {
			t.Fatalf("%d rows, %d ranges", n.rows, len(r.v4)+len(r.v6))
		}
		ip, ok := netip.AddrFromSlice(addr)
		want, known := uint32(0), false
		if ip = ip.Unmap(); ok && ip.Is4() {
			x := ip.As4()
			want, known = slowFind(r.v4, binary.BigEndian.Uint32(x[:]), cmp.Compare[uint32])
		} else if ok {
			want, known = slowFind(r.v6, split6(ip), compare6)
		}
		r.tidy()
		if got, found := r.find(ip); got != want || found != known {
			t.Fatalf("%s: %d, %v; want %d, %v", ip, got, found, want, known)
		}
		for i := 1; i < len(r.v4); i++ {
			if r.v4[i-1].last >= r.v4[i].first {
				t.Fatalf("ranges overlap: %v", r.v4)
			}
		}
		for i := 1; i < len(r.v6); i++ {
			if compare6(r.v6[i-1].last, r.v6[i].first) >= 0 {
				t.Fatalf("ranges overlap: %v", r.v6)
			}
		}
		IsBogon(ip)
	})
}

// slowFind says what tidy promises, by looking at every range as it was read.
func slowFind[A any](list []span[A], at A, compare func(a, b A) int) (uint32, bool) {
	best := -1
	for i, e := range list {
		if compare(e.first, at) > 0 || compare(e.last, at) < 0 {
			continue
		}
		if best >= 0 {
			c := compare(e.first, list[best].first)
			if c < 0 || c == 0 && compare(e.last, list[best].last) > 0 {
				continue
			}
		}
		best = i
	}
	if best < 0 {
		return 0, false
	}
	return list[best].value, true
}

// TestOverlaps compares with slowFind on many small tables, up to both ends of the address space.
func TestOverlaps(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6))
	for round := range 2000 {
		base := []uint32{0, 1000, 1<<32 - 30}[round%3]
		var r ranges
		for i := range 1 + rnd.IntN(8) {
			a, b := uint32(rnd.IntN(30)), uint32(rnd.IntN(30))
			r.v4 = append(r.v4, span[uint32]{base + min(a, b), base + max(a, b), uint32(i + 1)})
			r.v6 = append(r.v6, span[[2]uint64]{[2]uint64{^uint64(0), uint64(base+min(a, b)) | (1<<32-1)<<32}, [2]uint64{^uint64(0), uint64(base+max(a, b)) | (1<<32-1)<<32}, uint32(i + 1)})
		}
		was := slices.Clone(r.v4)
		r.tidy()
		for n := range uint32(30) {
			want, known := slowFind(was, base+n, cmp.Compare[uint32])
			var b [16]byte
			binary.BigEndian.PutUint32(b[12:], base+n)
			if got, ok := r.find(netip.AddrFrom4([4]byte(b[12:]))); got != want || ok != known {
				t.Fatalf("round %d: %v at %d: %d, want %d", round, was, base+n, got, want)
			}
			copy(b[:12], bytes.Repeat([]byte{0xff}, 12))
			if got, ok := r.find(netip.AddrFrom16(b)); got != want || ok != known {
				t.Fatalf("round %d: IPv6: %v at %d: %d, want %d", round, was, base+n, got, want)
			}
		}
	}
}

// TestIsBogon compares with the ranges as the registries write them, at their edges.
func TestIsBogon(t *testing.T) {
	yes := strings.Fields(`0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24
		192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 224.0.0.0/4 240.0.0.0/4 ::/128 ::1/128 64:ff9b:1::/48 100::/64
		2001:2::/48 2001:10::/28 2001:20::/28 3fff::/20 5f00::/16 fc00::/7 fe80::/10 fec0::/10 ff00::/8
		::ffff:10.0.0.0/104 64:ff9b::a00:0/104`)
	no := strings.Fields(`1.1.1.1/32 9.255.255.255/32 11.0.0.0/32 100.63.255.255/32 100.128.0.0/32 169.253.255.255/32 172.15.255.255/32
		172.32.0.0/32 192.0.1.0/32 192.167.255.255/32 192.169.0.0/32 198.17.255.255/32 198.20.0.0/32 223.255.255.255/32
		192.0.2.0/24 198.51.100.0/24 203.0.113.0/24 2001:db8::/32 2001:4860::/32 2600::/16 ::ffff:8.8.8.8/128 64:ff9b::808:808/128
		2001:3::/48 fe00::/16 100:0:0:1::/64`)
	for want, list := range map[bool][]string{true: yes, false: no} {
		for _, text := range list {
			p := netip.MustParsePrefix(text)
			last := p.Addr().AsSlice()
			for i := p.Bits(); i < 8*len(last); i++ {
				last[i/8] |= 0x80 >> (i % 8)
			}
			end, _ := netip.AddrFromSlice(last)
			for _, ip := range []netip.Addr{p.Addr(), end} {
				if IsBogon(ip) != want {
					t.Errorf("IsBogon(%s) is %v", ip, !want)
				}
			}
		}
	}
	if IsBogon(netip.Addr{}) {
		t.Error("the zero address is a bogon")
	}
	if !IsBogon(netip.MustParseAddr("fe80::1%eth0")) {
		t.Error("a zone changes the answer")
	}
}

func BenchmarkLoadNetworks(b *testing.B) {
	geo := sharedData(b, "geo")
	n, err := findFiles(Networks, geo)
	if err != nil {
		b.Fatal(err)
	}
	c, err := findFiles(Countries, geo)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		n, _, err := loadNetworks(n)
		if err != nil {
			b.Fatal(err)
		}
		c, _, err := loadCountries(c)
		if err != nil {
			b.Fatal(err)
		}
		homesOf(n, c)
	}
}

func BenchmarkAsOfIP(b *testing.B) {
	geo := sharedData(b, "geo")
	dir := b.TempDir()
	if err := Update(b.Context(), dir, FromFolder(geo), nil, nil); err != nil {
		b.Fatal(err)
	}
	db := open(b, dir)
	at := time.Date(2026, 5, 3, 0, 0, 0, 0, time.UTC)
	start := time.Now()
	db.AsOf(at).IP(netip.MustParseAddr("8.8.8.8"))
	db.AsOf(at).AS(8048)
	b.Logf("first use: %v", time.Since(start))
	ip, n := [4]byte{}, uint32(1)
	for b.Loop() {
		n = n*1664525 + 1013904223
		ip = [4]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}
		db.AsOf(at).IP(netip.AddrFrom4(ip))
	}
}
