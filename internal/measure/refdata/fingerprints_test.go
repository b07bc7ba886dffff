package refdata

import (
	"bytes"
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func parse(t testing.TB, dns bool, text string) (*fingerprints, tally) {
	t.Helper()
	f, n := &fingerprints{byID: make(map[string]int)}, tally{}
	if err := f.read(strings.NewReader(text), dns, &n); err != nil {
		t.Fatal(err)
	}
	f.seal()
	return f, n
}

func idsOf(list []Fingerprint) []string {
	var ids []string
	for _, f := range list {
		ids = append(ids, f.ID)
	}
	return ids
}

func headers(pairs ...string) func(string) string {
	return func(name string) string {
		for i := 0; i < len(pairs); i += 2 {
			if strings.EqualFold(pairs[i], name) {
				return pairs[i+1]
			}
		}
		return ""
	}
}

// Written in the columns of OONI's list, and of Citizen Lab's.
const (
	ooniShape = "name,scope,other_names,location_found,pattern_type,pattern,confidence_no_fp,expected_countries,source,exp_url,notes\n" +
		"o.title,isp,,body,contains,<title>Zugang gesperrt</title>,5,\"DE,AT\",o,,\n" +
		"o.loc,isp,,header.location,prefix,http://stop.isp.test/,5,DE,o,,\n" +
		"o.server,inst,,header.server,full,FilterBox,5,,o,,\n" +
		"o.via,inst,,header.via,contains,fb,5,,o,,\n" +
		"o.re,nat,,body,regexp,order no\\. \\d+/\\d+,5,FR,o,,\n" +
		"o.fp,fp,,body,contains,bot protection page,5,,o,,\n" +
		"o.page,prod,,title,full,Denied,5,,o,,\n" +
		"o.status,nat,,status,full,451,5,,o,,\n"
	citizenLabShape = "name,common_name,pattern,location_found,exp_url,confidence_no_fp,source,scope,expected_countries,notes\n" +
		"c.any,Some ISP,blocked.isp.test,header,,10,[''],isp,['RU'],a note\n" +
		"c.loc,Other,Location: http://203.0.113.9,header,,7,['http://s.test/'],nat,\"['TH', 'LA']\",\n" +
		"c.body,Third,netblock-4711,body,,10,[''],prod,[],\n"
	citizenLabDNSShape = "name,response,confidence_no_fp,exp_url,source,scope,expected_countries,notes\n" +
		"c.ip,10.10.34.35,10,,[''],nat,['IR'],\n" +
		"c.ip6,2001:db8:0:0::1,10,,[''],nat,['IR'],\n" +
		"c.cname,Block.ISP.test,10,,[''],isp,['ID'],\n"
)

// TestDates: a fingerprint holds for its time and a year around it; a row whose dates make no sense is left out.
func TestDates(t *testing.T) {
	f := &fingerprints{byID: map[string]int{}}
	var n tally
	err := f.read(strings.NewReader("name,scope,location_found,pattern_type,pattern,expected_countries,first_seen,last_seen,vendor\n"+
		"a,prod,cert.issuer,contains,ACME,,2020-05-01,2021-05-01,ACME\n"+
		"b,nat,cert.san,full,x,,2021-01-01,2020-01-01,\n"+
		"c,nat,cert.nonsense,full,x,,,,\n"+
		"d,nat,title,full,x,,May 2020,,\n"), false, &n)
	if err != nil || len(f.list) != 1 || n.left != 3 {
		t.Fatalf("%d kept, %d left out, %v", len(f.list), n.left, err)
	}
	f.seal()
	got := f.matchCertificate("VE", CertificateText{Issuer: "CN=ACME gateway", SAN: []string{"x"}})
	if len(got) != 1 || got[0].ID != "a" || got[0].Vendor != "ACME" || !got[0].Stored() {
		t.Fatalf("%+v", got)
	}
	for at, want := range map[string]bool{"2018-01-01": false, "2019-09-01": true, "2020-12-01": true, "2022-04-01": true, "2022-06-01": false} {
		if got[0].At(day(at)) != want {
			t.Errorf("at %s: %v", at, !want)
		}
	}
}

func TestMatchHTTPShapes(t *testing.T) {
	both, n := parse(t, false, ooniShape)
	if n.rows != 8 || n.left != 0 {
		t.Fatalf("OONI's shape: %+v", n)
	}
	cl, n := parse(t, false, citizenLabShape)
	if n.rows != 3 || n.left != 0 {
		t.Fatalf("Citizen Lab's shape: %+v", n)
	}
	tests := []struct {
		name   string
		list   *fingerprints
		cc     string
		status int
		header func(string) string
		title  string
		body   string
		want   []string
	}{
		{"nothing", both, "DE", 200, headers("Server", "nginx"), "News", "hello", nil},
		{"body", both, "DE", 200, nil, "", "x<title>Zugang gesperrt</title>", []string{"o.title"}},
		{"body is compared with its case", both, "DE", 200, nil, "", "<title>zugang gesperrt</title>", nil},
		{"prefix", both, "DE", 302, headers("location", "http://stop.isp.test/?u=1"), "", "", []string{"o.loc"}},
		{"prefix elsewhere", both, "DE", 302, headers("location", "https://x/?u=http://stop.isp.test/"), "", "", nil},
		{"full", both, "DE", 200, headers("Server", "FilterBox"), "", "", []string{"o.server"}},
		{"full with more", both, "DE", 200, headers("Server", "FilterBox 2"), "", "", nil},
		{"short pattern", both, "DE", 200, headers("Via", "1.1 fb (x)"), "", "", []string{"o.via"}},
		{"regexp", both, "FR", 200, nil, "", "by order no. 12/345 of", []string{"o.re"}},
		{"regexp near miss", both, "FR", 200, nil, "", "by order no. x/345 of", nil},
		{"title", both, "FR", 200, nil, "Denied", "", []string{"o.page"}},
		{"status", both, "FR", 451, nil, "", "", []string{"o.status"}},
		{"expected first, false positives last", both, "FR", 451, nil, "", "bot protection page order no. 1/2 <title>Zugang gesperrt</title>",
			[]string{"o.re", "o.status", "o.title", "o.fp"}},
		{"any header", cl, "RU", 302, headers("Refresh", "0;url=http://blocked.isp.test/x"), "", "", []string{"c.any"}},
		{"header written into the pattern", cl, "TH", 302, headers("Location", "http://203.0.113.9/"), "", "", []string{"c.loc"}},
		{"that pattern in another header", cl, "TH", 302, headers("Server", "http://203.0.113.9/"), "", "", nil},
		{"no type means contains", cl, "TH", 200, nil, "", "aanetblock-4711bb", []string{"c.body"}},
		{"beyond the first 512 KiB", cl, "TH", 200, nil, "", strings.Repeat("x", maxBody-5) + "netblock-4711", nil},
		{"just before", cl, "TH", 200, nil, "", strings.Repeat("x", maxBody-13) + "netblock-4711", []string{"c.body"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := idsOf(tt.list.matchHTTP(tt.cc, tt.status, tt.header, tt.title, []byte(tt.body)))
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	loc := cl.list[cl.byID["c.loc"]]
	want := Fingerprint{ID: "c.loc", Name: "Other", Scope: "nat", Location: "header.location", Pattern: "http://203.0.113.9",
		PatternType: "prefix", Countries: []string{"LA", "TH"}, Source: "http://s.test/", Confidence: 7}
	if diff := cmp.Diff(want, loc); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if !loc.ExpectedIn("LA") || loc.ExpectedIn("DE") || !both.list[both.byID["o.server"]].ExpectedIn("DE") {
		t.Error("ExpectedIn")
	}
}

func TestMatchDNS(t *testing.T) {
	f, _ := parse(t, true, citizenLabDNSShape)
	tests := []struct {
		answer string
		want   []string
	}{
		{"10.10.34.35", []string{"c.ip"}},
		{"::ffff:10.10.34.35", []string{"c.ip"}},
		{"10.10.34.3", nil},
		{"2001:DB8::1", []string{"c.ip6"}},
		{"block.isp.test.", []string{"c.cname"}},
		{"a.block.isp.test", nil},
		{"", nil},
		{strings.Repeat("a", maxHeader+1), nil},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, idsOf(f.matchDNS("IR", tt.answer))); diff != "" {
			t.Errorf("%.20s (-want +got):\n%s", tt.answer, diff)
		}
	}
	if got := new(fingerprints).matchDNS("IR", "10.10.34.35"); got != nil {
		t.Errorf("the empty list matches: %v", got)
	}
	if got := new(fingerprints).matchHTTP("IR", 200, nil, "", []byte("x")); got != nil {
		t.Errorf("the empty list matches: %v", got)
	}
}

func TestFingerprintsLeftOut(t *testing.T) {
	_, n := parse(t, false, ooniShape+
		",isp,,body,contains,nameless,5,,o,,\n"+
		"e,isp,,body,contains,,5,,o,,\n"+
		"o.title,isp,,body,contains,taken,5,,o,,\n"+
		"e,isp,,cookie,contains,elsewhere,5,,o,,\n"+
		"e,isp,,body,glob,pattern,5,,o,,\n"+
		"e,isp,,body,regexp,(,5,,o,,\n"+
		"short\n"+
		"e,isp,,body,contains,"+strings.Repeat("x", maxPattern+1)+",5,,o,,\n")
	if n.rows != 8 || n.left != 8 || !strings.Contains(n.why, "row 9: it has no name") {
		t.Errorf("%+v", n)
	}
	for name, text := range map[string]string{"empty": "", "other columns": "a,b,c\n1,2,3\n", "web page": "<!DOCTYPE html>\n<title>404</title>"} {
		f := &fingerprints{byID: make(map[string]int)}
		if err := f.read(strings.NewReader(text), false, &n); err == nil {
			t.Errorf("%s was read as a list", name)
		}
	}
}

func FuzzFingerprints(f *testing.F) {
	f.Add(ooniShape, "FilterBox", "bot protection page")
	f.Add(citizenLabShape, "http://203.0.113.9", "netblock-4711")
	f.Add(citizenLabDNSShape, "10.10.34.35", "")
	f.Fuzz(func(t *testing.T, list, header, body string) {
		for _, dns := range []bool{true, false} {
			l, n := &fingerprints{byID: make(map[string]int)}, tally{}
			if l.read(strings.NewReader(list), dns, &n) != nil {
				continue
			}
			l.seal()
			if len(l.list) != n.rows {
				t.Fatalf("%d fingerprints, %d rows", len(l.list), n.rows)
			}
			l.matchDNS("VE", header)
			for _, fp := range l.matchHTTP("VE", 200, func(string) string { return header }, header, []byte(body)) {
				if fp.Location == "body" && fp.PatternType == typeContains && !strings.Contains(body, fp.Pattern) {
					t.Fatalf("%+v is not in %q", fp, body)
				}
			}
		}
	})
}

// sharedData returns the folder with data for tests beside the repository.
func sharedData(t testing.TB, parts ...string) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("no go.mod above the test")
		}
		dir = filepath.Dir(dir)
	}
	path := filepath.Join(append([]string{filepath.Dir(dir), "shared", "data"}, parts...)...)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("test data is not here: %s", filepath.Join(append([]string{"../shared/data"}, parts...)...))
	}
	return path
}

// TestCitizenLabList matches every pattern of the real list against a text that holds it.
func TestCitizenLabList(t *testing.T) {
	folder := sharedData(t, "fingerprints")
	f, n, err := loadFingerprintsHTTP([]string{filepath.Join(folder, "citizenlab_http.csv")})
	if err != nil || n.left > 0 || n.rows != 346 {
		t.Fatalf("%+v, %v", n, err)
	}
	for _, fp := range f.list {
		var got []Fingerprint
		switch {
		case fp.Location == "body":
			got = f.matchHTTP("VE", 200, nil, "", []byte("<html>"+fp.Pattern+"</html>"))
		default:
			name := strings.TrimPrefix(fp.Location, "header.")
			if name == "header" {
				name = "Location"
			}
			got = f.matchHTTP("VE", 200, headers(name, fp.Pattern+"x"), "", nil)
		}
		if !slices.Contains(idsOf(got), fp.ID) {
			t.Errorf("%s is not found where it is", fp.ID)
		}
	}
	crowd := 0
	for i := range f.body.search.needles {
		n := 0
		for k := i; k >= 0; k = f.body.search.needles[k].next {
			n++
		}
		crowd = max(crowd, n)
	}
	if crowd > 4 {
		t.Errorf("%d needles share one window", crowd)
	}
	d, n, err := loadFingerprintsDNS([]string{filepath.Join(folder, "citizenlab_dns.csv")})
	if err != nil || n.left > 0 || n.rows != 127 {
		t.Fatalf("%+v, %v", n, err)
	}
	for _, fp := range d.list {
		if !slices.Contains(idsOf(d.matchDNS("VE", fp.Pattern)), fp.ID) {
			t.Errorf("%s is not found where it is", fp.ID)
		}
	}
}

// TestCitizenLabListAgreesWithNaiveLoop looks for every body pattern in pages made of pieces of
// patterns, where near misses abound.
func TestCitizenLabListAgreesWithNaiveLoop(t *testing.T) {
	f, err := os.Open(filepath.Join(sharedData(t, "fingerprints"), "citizenlab_http.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var patterns []testPattern
	for _, r := range rows[1:] {
		patterns = append(patterns, testPattern{typeContains, r[2]})
	}
	m := matcherOf(t, patterns)
	var text bytes.Buffer
	for i, p := range patterns {
		text.WriteString(p.text[:len(p.text)-i%5%len(p.text)])
		if i%20 == 19 {
			if got, want := matched(m, text.Bytes()), naive(patterns, text.Bytes()); !slices.Equal(got, want) {
				t.Fatalf("page %d: got %v, want %v", i/20, got, want)
			}
			text.Reset()
		}
	}
}

func BenchmarkMatchHTTP(b *testing.B) {
	body := page(80 << 10)
	header := headers("Server", "nginx/1.18.0", "Content-Type", "text/html", "Location", "https://www.site.example/news/")
	run := func(name string, l *fingerprints) {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			for b.Loop() {
				l.matchHTTP("VE", 200, header, "News of the day", body)
			}
		})
	}
	db := open(b, "")
	run("seed", db.seed.http)
	l, _, err := loadFingerprintsHTTP([]string{filepath.Join(sharedData(b, "fingerprints"), "citizenlab_http.csv")})
	if err != nil {
		b.Fatal(err)
	}
	run("citizenlab", l)
}
