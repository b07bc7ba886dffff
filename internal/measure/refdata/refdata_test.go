package refdata

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// networksCSV makes a table of n ranges of 256 addresses from 1.0.0.0 on, all of one AS.
func networksCSV(n int, asn uint32, org string) string {
	return rangesCSV(n, fmt.Sprintf("%d,%q", asn, org))
}

func rangesCSV(n int, rest string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "1.%d.%d.0,1.%d.%d.255,%s\n", i>>8, i&255, i>>8, i&255, rest)
	}
	return b.String()
}

const dnsHeader = "name,scope,other_names,location_found,pattern_type,pattern,confidence_no_fp,expected_countries,source,exp_url,notes\n"

// put makes a snapshot of one file, dated day, the way users do: from a local file.
func put(t testing.TB, dir string, kind Kind, day, name, text string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	pub := Publisher{Kind: kind, From: []string{path}, Licence: "test", Date: day}
	if err := Update(t.Context(), dir, []Publisher{pub}, nil, nil); err != nil {
		t.Fatalf("put %s %s: %v", kind, day, err)
	}
}

func open(t testing.TB, dir string) *DB {
	t.Helper()
	db, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Err(); err != nil && !t.Failed() {
			t.Errorf("DB.Err: %v", err)
		}
	})
	return db
}

func day(s string) time.Time {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return t
}

func TestAsOf(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, Networks, "2026-01-10", "n.csv", networksCSV(1000, 1, "January"))
	put(t, dir, Networks, "2026-03-10", "n.csv", networksCSV(1000, 1, "March"))
	put(t, dir, FingerprintsDNS, "2026-02-01", "d.csv", dnsHeader+"x.1,nat,,dns,full,10.10.34.34,5,IR,x,,\n")
	db := open(t, dir)
	tests := []struct {
		at    string
		org   string
		early []string
	}{
		{"2019-05-05", "January", []string{"networks", "fingerprints-dns"}},
		{"2026-01-09", "January", []string{"networks", "fingerprints-dns"}},
		{"2026-01-10", "January", []string{"fingerprints-dns"}},
		{"2026-02-01", "January", nil},
		{"2026-03-09", "January", nil},
		{"2026-03-10", "March", nil},
		{"2031-01-01", "March", nil},
	}
	ids := make(map[string]string)
	for _, tt := range tests {
		f := db.AsOf(day(tt.at).Add(5 * time.Hour))
		as, ok := f.AS(1)
		if !ok || as.Org != tt.org {
			t.Errorf("%s: AS1 is %q, want %q", tt.at, as.Org, tt.org)
		}
		if diff := cmp.Diff(tt.early, f.Early()); diff != "" {
			t.Errorf("%s: early (-want +got):\n%s", tt.at, diff)
		}
		if was, ok := ids[tt.org]; ok && was != f.ID() {
			t.Errorf("%s: id %s, but the same snapshots were %s", tt.at, f.ID(), was)
		}
		ids[tt.org] = f.ID()
	}
	if ids["January"] == ids["March"] {
		t.Error("different snapshots have one id")
	}
	// The last moment of a day belongs to it; zero and absurd times are taken as they are.
	if got := db.AsOf(day("2026-03-10").Add(-time.Nanosecond)).ID(); got != ids["January"] {
		t.Error("the day before ends too early")
	}
	_ = db.AsOf(time.Time{}).ID()
	_ = db.AsOf(time.Unix(1<<60, 0)).ID()

	// Another process that opens the same folder gives the same ids and can explain the old ones.
	again := open(t, dir)
	if got := again.AsOf(day("2026-03-10")).ID(); got != ids["March"] {
		t.Errorf("opened again: id %s, want %s", got, ids["March"])
	}
	info := again.Explain(ids["January"])
	if len(info) != 4 || info[0].Kind != Networks || !info[0].Date.Equal(day("2026-01-10")) || info[0].Licence != "test" || info[0].Rows != 1000 {
		t.Errorf("Explain: %+v", info)
	}
	if again.Explain("r-000000000000") != nil {
		t.Error("an unknown id was explained")
	}
}

func TestTwoSnapshotsOfOneDay(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, Networks, "2026-01-10", "n.csv", networksCSV(1000, 1, "First"))
	db := open(t, dir)
	put(t, dir, Networks, "2026-01-10", "n.csv", networksCSV(1000, 1, "Second"))
	held := db.AsOf(day("2026-01-10"))
	if err := db.Reload(); err != nil {
		t.Fatal(err)
	}
	if as, _ := held.AS(1); as.Org != "First" {
		t.Errorf("facts handed out before changed to %q", as.Org)
	}
	for _, at := range []string{"2020-01-01", "2026-01-10", "2026-01-11"} {
		if as, _ := db.AsOf(day(at)).AS(1); as.Org != "Second" {
			t.Errorf("%s: %q, want the later one of the day", at, as.Org)
		}
	}
}

func TestSeedAlone(t *testing.T) {
	for _, dir := range []string{"", t.TempDir()} {
		db := open(t, dir)
		f := db.AsOf(day("2026-05-03"))
		if len(f.Early()) != 0 {
			t.Errorf("early: %v", f.Early())
		}
		want := AS{Number: 64500, Org: "Borduna Telecom (invented)", Name: "BORDUNA-TELECOM", CC: "XB"}
		if got, ok := f.AS(64500); !ok || got != want {
			t.Errorf("AS64500: %+v", got)
		}
		for asn := uint32(0); asn < 70000; asn++ {
			as, ok := f.AS(asn)
			if ok != documentationAS(asn) {
				t.Fatalf("AS%d: known %v", asn, ok)
			}
			if ok && (!strings.Contains(as.Org, "(invented)") || !inventedCountry(as.CC)) {
				t.Errorf("AS%d is not marked as invented: %+v", asn, as)
			}
		}
		if got, ok := f.IP(netip.MustParseAddr("198.51.100.53")); !ok || got != (IPFact{64500, "XB"}) {
			t.Errorf("IP: %+v", got)
		}
		if got, ok := f.IP(netip.MustParseAddr("2001:db8:4000::1")); !ok || got != (IPFact{64500, "XB"}) {
			t.Errorf("IPv6: %+v", got)
		}
		if _, ok := f.IP(netip.MustParseAddr("8.8.8.8")); ok {
			t.Error("8.8.8.8 is known")
		}
		if _, ok := f.IP(netip.Addr{}); ok {
			t.Error("the zero address is known")
		}
		if got := f.MatchDNS("XB", "198.51.100.53"); len(got) != 1 || got[0].ID != "invented.xb_dns_1" {
			t.Errorf("MatchDNS: %+v", got)
		}
		body := "<html><head><title>Acceso restringido - Borduna Telecom (invented)</title></head>"
		if got := f.MatchHTTP("XB", 200, nil, "", []byte(body)); len(got) != 1 || got[0].ID != "invented.xb_page_1" {
			t.Errorf("MatchHTTP: %+v", got)
		}
		if got := f.Category("XA", "https://www.news.example/a?b=c"); got != "NEWS" {
			t.Errorf("Category: %q", got)
		}
		if got := f.CountryName("XA", "es"); got != "Aurelia" {
			t.Errorf("CountryName: %q", got)
		}
		if _, ok := f.Fingerprint("invented.xc_redirect_1"); !ok {
			t.Error("Fingerprint of the seed is not found")
		}
	}
}

// TestSampleIsStable: what is fetched changes nothing for the invented networks.
func TestSampleIsStable(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, Networks, "2026-01-10", "n.csv", networksCSV(1000, 64500, "Somebody")+"198.51.100.0,198.51.100.255,5,Other\n")
	put(t, dir, FingerprintsDNS, "2026-01-10", "d.csv", dnsHeader+"x.1,nat,,dns,full,198.51.100.53,5,IR,x,,\n")
	put(t, dir, TestLists, "2026-01-10", "global.csv", "url,category_code\nhttps://news.example/,PORN\nhttps://real.test/,NEWS\n")
	f := open(t, dir).AsOf(day("2026-05-03"))
	if as, _ := f.AS(64500); as.CC != "XB" {
		t.Errorf("AS64500: %+v", as)
	}
	if ip, _ := f.IP(netip.MustParseAddr("198.51.100.53")); ip.ASN != 64500 {
		t.Errorf("IP: %+v", ip)
	}
	if got := f.MatchDNS("XB", "198.51.100.53"); len(got) != 1 || got[0].ID != "invented.xb_dns_1" {
		t.Errorf("MatchDNS in XB: %+v", got)
	}
	if got := f.MatchDNS("IR", "198.51.100.53"); len(got) != 1 || got[0].ID != "x.1" {
		t.Errorf("MatchDNS in IR: %+v", got)
	}
	if got := f.Category("XA", "news.example"); got != "NEWS" {
		t.Errorf("Category of news.example: %q", got)
	}
	if got := f.Category("XA", "real.test"); got != "NEWS" {
		t.Errorf("Category of real.test: %q", got)
	}
}

func TestList(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, Networks, "2026-01-10", "n.csv", networksCSV(1000, 1, "January"))
	put(t, dir, Networks, "2026-03-10", "n.csv", networksCSV(1001, 1, "March"))
	db := open(t, dir)
	db.now = func() time.Time { return day("2026-03-12") }
	var got []string
	for _, s := range db.List() {
		got = append(got, fmt.Sprintf("%s %s %d %v %v", s.Kind, s.Date.Format(time.DateOnly), s.Rows, s.InUse, s.Age))
	}
	want := []string{"networks 2026-03-10 1001 true 48h0m0s", "networks 2026-01-10 1000 false 1464h0m0s"}
	if diff := cmp.Diff(want, got[:2]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(got) != 4 {
		t.Errorf("%d rows, want the seed and the names too: %v", len(got), got)
	}
}

func TestDamagedSnapshots(t *testing.T) {
	find := func(dir, name string) string {
		m, _ := filepath.Glob(filepath.Join(dir, "refdata", "networks", "*", name))
		return m[0]
	}
	tests := []struct {
		name     string
		damage   func(t *testing.T, dir string) error
		openFine bool
	}{
		{"file missing", func(t *testing.T, dir string) error { return os.Remove(find(dir, "n.csv")) }, false},
		{"file cut", func(t *testing.T, dir string) error { return os.Truncate(find(dir, "n.csv"), 100) }, false},
		{"meta missing", func(t *testing.T, dir string) error { return os.Remove(find(dir, "meta.json")) }, false},
		{"meta absurd", func(t *testing.T, dir string) error {
			return os.WriteFile(find(dir, "meta.json"), []byte(`{"kind":"networks","files":[{"name":"../../x"}]}`), 0o644)
		}, false},
		{"one byte changed", func(t *testing.T, dir string) error {
			b, err := os.ReadFile(find(dir, "n.csv"))
			if err != nil {
				return err
			}
			b[len(b)-3] ^= 1
			return os.WriteFile(find(dir, "n.csv"), b, 0o644)
		}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			put(t, dir, Networks, "2026-01-10", "n.csv", networksCSV(1000, 1, "January"))
			if err := tt.damage(t, dir); err != nil {
				t.Fatal(err)
			}
			db, err := Open(dir)
			if (err == nil) != tt.openFine {
				t.Fatalf("Open: %v", err)
			}
			if err != nil {
				if !strings.Contains(err.Error(), "networks/2026-01-10-") {
					t.Errorf("the error does not name the snapshot: %v", err)
				}
				return
			}
			if _, ok := db.AsOf(day("2026-02-01")).AS(1); ok {
				t.Error("a changed file was used")
			}
			if db.Err() == nil {
				t.Error("nobody was told")
			}
		})
	}
}

func TestSetsSurviveTornLineAndMissingSnapshot(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, Networks, "2026-01-10", "n.csv", networksCSV(1000, 1, "January"))
	id := open(t, dir).AsOf(day("2026-02-01")).ID()
	path := filepath.Join(dir, "refdata", "sets.jsonl")
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString("not json\n" + `{"id":"r-forged","snapshots":[]}` + "\n" + `{"id":"r-to`); err != nil {
		t.Fatal(err)
	}
	f.Close()
	put(t, dir, Networks, "2026-03-10", "n.csv", networksCSV(1000, 1, "March"))
	db := open(t, dir)
	second := db.AsOf(day("2026-03-11")).ID()
	if second == id {
		t.Fatal("same id")
	}
	old, err := filepath.Glob(filepath.Join(dir, "refdata", "networks", "2026-01-10-*"))
	if err != nil || len(old) != 1 {
		t.Fatal(old, err)
	}
	if err := os.RemoveAll(old[0]); err != nil {
		t.Fatal(err)
	}
	db = open(t, dir)
	if got := db.Explain(second); len(got) != 3 || got[0].Missing {
		t.Errorf("Explain(%s): %+v", second, got)
	}
	if got := db.Explain(id); len(got) != 3 || !got[0].Missing || got[0].SHA256 == "" {
		t.Errorf("Explain of a set whose snapshot is gone: %+v", got)
	}
	if db.Explain("r-forged") != nil {
		t.Error("an id that does not belong to its members was taken")
	}
}

// TestManySnapshots asks for many days from many goroutines while few snapshots may be loaded.
func TestManySnapshots(t *testing.T) {
	dir := t.TempDir()
	days := []string{"2026-01-01", "2026-01-02", "2026-01-03", "2026-01-04", "2026-01-05", "2026-01-06", "2026-01-07"}
	for _, d := range days {
		put(t, dir, Networks, d, "n.csv", networksCSV(1000, 1, d))
		put(t, dir, Countries, d, "c.csv", rangesCSV(1000, "V"+string(rune('A'+d[9]-'0'))))
	}
	db := open(t, dir)
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := range 60 {
				d := days[(i*(g+1))%len(days)]
				as, _ := db.AsOf(day(d)).AS(1)
				if as.Org != d || as.CC != "V"+string(rune('A'+d[9]-'0')) {
					t.Errorf("%s: %+v", d, as)
				}
				if i == 30 && g == 0 {
					if err := db.Reload(); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	wg.Wait()
	loaded := 0
	for _, s := range db.state.Load().snapshots[Networks] {
		if s.networks.value.Load() != nil {
			loaded++
		}
	}
	if loaded == 0 || loaded > loadedPerKind {
		t.Errorf("%d snapshots are loaded, at most %d may be", loaded, loadedPerKind)
	}
}

func TestKindsAreWhole(t *testing.T) {
	var kinds []Kind
	for _, p := range DefaultPublishers() {
		kinds = append(kinds, p.Kind)
		if len(p.Kind.fileNames()) == 0 || p.Licence == "" || p.Attribution == "" {
			t.Errorf("%s: no file names, licence or attribution", p.Kind)
		}
	}
	if !slices.Equal(kinds, Kinds()) {
		t.Errorf("publishers of %v, kinds %v", kinds, Kinds())
	}
}
