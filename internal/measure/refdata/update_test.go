package refdata

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func answer(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, text) }
}

func snapshots(t *testing.T, dir string) int {
	t.Helper()
	found, err := readSnapshots(filepath.Join(dir, "refdata"))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, l := range found {
		n += len(l)
	}
	return n
}

func TestUpdateRefuses(t *testing.T) {
	good := networksCSV(1200, 1, "Org")
	tests := []struct {
		name   string
		kind   Kind
		serve  http.HandlerFunc
		want   string
		kept   bool
		before string // published by the same publisher earlier
	}{
		{"not there", Networks, http.NotFound, "404 Not Found", false, ""},
		{"web page", Networks, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			fmt.Fprint(w, "<html>Sign in</html>")
		}, "a web page instead of the data", true, ""},
		{"web page called text", Networks, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/csv")
			fmt.Fprint(w, "\n <!DOCTYPE html><html>Blocked</html>")
		}, "a web page instead of the data", true, ""},
		{"empty", Networks, func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Type", "text/csv") }, "0 rows", true, ""},
		{"200 GB announced", Networks, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "200000000000")
			fmt.Fprint(w, "1.0.0.0,")
		}, "too large: it announced 190734 MB, at most 256 MB", false, ""},
		{"cut short", Networks, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", fmt.Sprint(len(good)))
			fmt.Fprint(w, good[:len(good)/2])
		}, "broken off after", true, ""},
		{"too slow", Networks, func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, good[:1000])
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		}, "broken off after 1000 bytes", true, ""},
		{"silent", Networks, func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, "Client.Timeout", false, ""},
		{"garbage", Networks, answer(strings.Repeat("\x00\xff\x01\n", 5000)), "5000 of 5000 rows cannot be read: row 1: fewer than three columns", true, ""},
		{"partly garbage", Networks, answer(good + strings.Repeat("?\n", 100)), "100 of 1300 rows cannot be read", true, ""},
		{"too few", Networks, answer(networksCSV(999, 1, "Org")), "999 rows, at least 1000", true, ""},
		{"gzip that says more than it holds", Networks, answer("\x1f\x8b\x08\x00\x00\x00\x00\x00"), "EOF", true, ""},
		{"zip that is none", TestLists, answer("PK\x03\x04xxxxxxxx"), "unpack: zip: not a valid zip file", true, ""},
		{"list with other columns", FingerprintsHTTP, answer("a,b,c\n1,2,3\n"), `does not name the column "name"`, true, ""},
		{"list without patterns", FingerprintsDNS, answer("name,scope,expected_countries\nx,nat,VE\n"), `neither "pattern" nor "response"`, true, ""},
		{"shrunken", Countries, answer(rangesCSV(1000, "VE")), "it shrank from 2000 rows", true, rangesCSV(2000, "VE")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir, want := t.TempDir(), 0
			serve := tt.serve
			if tt.before != "" {
				want = 1
				first := true
				serve = func(w http.ResponseWriter, r *http.Request) {
					if first {
						first = false
						fmt.Fprint(w, tt.before)
						return
					}
					tt.serve(w, r)
				}
			}
			srv := httptest.NewServer(serve)
			defer srv.Close()
			pub := []Publisher{{Kind: tt.kind, From: []string{srv.URL + "/file.csv"}}}
			client := &http.Client{Timeout: 300 * time.Millisecond}
			if tt.before != "" {
				if err := Update(t.Context(), dir, pub, client, nil); err != nil {
					t.Fatal(err)
				}
			}
			var report []string
			err := Update(t.Context(), dir, pub, client, func(s string) { report = append(report, s) })
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("error %v, want %q", err, tt.want)
			}
			if last := report[len(report)-1]; !strings.Contains(last, "refused: ") || strings.Contains(last, "\n") {
				t.Errorf("report: %q", last)
			}
			if got := snapshots(t, dir); got != want {
				t.Errorf("%d snapshots, want %d", got, want)
			}
			reasons, _ := filepath.Glob(filepath.Join(dir, "refdata", "rejected", "*", "reason.txt"))
			if (len(reasons) == 1) != tt.kept {
				t.Errorf("kept aside: %v, want %v", reasons, tt.kept)
			}
			if tt.kept {
				text, err := os.ReadFile(reasons[0])
				if err != nil || !strings.Contains(string(text), tt.want) {
					t.Errorf("reason.txt: %s, %v", text, err)
				}
			}
			if tmp, _ := filepath.Glob(filepath.Join(dir, "refdata", "tmp-*")); len(tmp) > 0 {
				t.Errorf("left behind: %v", tmp)
			}
			open(t, dir)
		})
	}
}

func TestUpdateBoundsWhatIsUnpacked(t *testing.T) {
	b := &bounded{r: bytes.NewReader(make([]byte, 100)), left: 60}
	var sink bytes.Buffer
	if n, err := sink.ReadFrom(b); n != 60 || !errors.Is(err, errTooLarge) {
		t.Errorf("%d bytes, %v", n, err)
	}
	path := filepath.Join(t.TempDir(), "x")
	if err := save(strings.NewReader("12345"), path, 4); !errors.Is(err, errTooLarge) {
		t.Errorf("save beyond its limit: %v", err)
	}
	if err := save(strings.NewReader("1234"), path+"y", 4); err != nil {
		t.Errorf("save up to its limit: %v", err)
	}
}

func TestUpdateKeepsFewRejected(t *testing.T) {
	dir, list := t.TempDir(), filepath.Join(t.TempDir(), "list.csv")
	if err := os.WriteFile(list, []byte("a,b\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for range maxRejected + 3 {
		if err := Update(t.Context(), dir, []Publisher{{Kind: FingerprintsDNS, From: []string{list}}}, nil, nil); err == nil {
			t.Fatal("accepted")
		}
		time.Sleep(2 * time.Millisecond) // folders are named by the millisecond
	}
	kept, err := os.ReadDir(filepath.Join(dir, "refdata", "rejected"))
	if err != nil || len(kept) != maxRejected {
		t.Errorf("%d kept, want %d; %v", len(kept), maxRejected, err)
	}
}

func TestUpdate(t *testing.T) {
	dir := t.TempDir()
	db := open(t, dir)
	seedID := db.AsOf(day("2026-05-01")).ID()
	text := rangesCSV(2000, "VE")
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, text) }))
	defer srv.Close()
	update := func(change func(*Publisher)) string {
		t.Helper()
		p := Publisher{Kind: Countries, From: []string{srv.URL + "/c.csv"}, Licence: "test", Attribution: "Somebody", Date: "2026-01-01"}
		if change != nil {
			change(&p)
		}
		var last string
		if err := Update(t.Context(), dir, []Publisher{p}, srv.Client(), func(s string) { last = s }); err != nil {
			t.Fatal(err)
		}
		return last
	}
	if got := update(nil); !strings.HasPrefix(got, "countries: new snapshot 2026-01-01-") || !strings.HasSuffix(got, ", 2000 rows") {
		t.Errorf("first: %s", got)
	}
	if got := update(nil); got != "countries: unchanged since 2026-01-01 (2000 rows)" {
		t.Errorf("again: %s", got)
	}
	if got := update(func(p *Publisher) { p.Date = "2026-02-01" }); got != "countries: unchanged since 2026-01-01 (2000 rows)" {
		t.Errorf("a month later: %s", got)
	}
	if db.AsOf(day("2026-05-01")).ID() != seedID {
		t.Error("a snapshot was used before Reload")
	}
	if err := db.Reload(); err != nil {
		t.Fatal(err)
	}
	f := db.AsOf(day("2026-05-01"))
	if ip, ok := f.IP(netip.MustParseAddr("1.0.3.4")); f.ID() == seedID || !ok || ip != (IPFact{0, "VE"}) {
		t.Errorf("after Reload: %+v, %v", ip, ok)
	}
	text = rangesCSV(1100, "CO")
	if got := update(func(p *Publisher) { p.Date, p.MayShrink = "2026-03-01", true }); !strings.Contains(got, "new snapshot 2026-03-01-") {
		t.Errorf("allowed to shrink: %s", got)
	}
	text = rangesCSV(2000, "VE") // as it was at first: a new snapshot again
	if got := update(func(p *Publisher) { p.Date = "2026-04-01" }); !strings.Contains(got, "new snapshot 2026-04-01-") {
		t.Errorf("back to the old content: %s", got)
	}
	if got := snapshots(t, dir); got != 3 {
		t.Errorf("%d snapshots, want 3", got)
	}
	if list := open(t, dir).List(); list[0].Attribution != "Somebody" || list[0].Publisher != srv.URL+"/c.csv" || len(list[0].SHA256) != 64 || list[0].Fetched.IsZero() {
		t.Errorf("List: %+v", list[0])
	}
}

func TestUpdateGoesOnAfterAFailure(t *testing.T) {
	dir := t.TempDir()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/master.zip" {
			http.Error(w, "no", http.StatusServiceUnavailable)
			return
		}
		_, _ = w.Write(zipOf(t, map[string]string{"x/lists/global.csv": listHeader + "https://a.test/,NEWS,,,,\n"}))
	}))
	defer srv.Close()
	err := Update(t.Context(), dir, []Publisher{
		{Kind: Networks, From: []string{srv.URL + "/n.csv"}},
		{Kind: TestLists, From: []string{srv.URL + "/master.zip"}},
		{Kind: "weather", From: []string{srv.URL}},
		{Kind: Countries, From: []string{srv.URL}, Date: "yesterday"},
	}, srv.Client(), nil)
	for _, want := range []string{"update networks: ", "503", "update weather: no such kind", `"yesterday" is not a day`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	if got := open(t, dir).AsOf(day("2026-05-01")).Category("VE", "a.test"); got != "NEWS" {
		t.Errorf("the kind that was fine is missing: %q", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Update(ctx, dir, DefaultPublishers(), srv.Client(), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestUpdateFromFolder(t *testing.T) {
	folder, dir := t.TempDir(), t.TempDir()
	write := func(name string, text []byte) {
		t.Helper()
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	fmt.Fprint(w, networksCSV(1000, 9, "New"))
	w.Close()
	write("geo/db_asn-ipv4_2.3.csv.gz", z.Bytes())
	write("geo/db_asn-ipv4_2.2.csv", []byte(networksCSV(1000, 9, "Old")))
	write("geo/ve_asn_ipv4_ranges.csv", []byte("not this one\n"))
	write("lists/global.csv", []byte(listHeader+"https://a.test/,NEWS,,,,\n"))
	write("lists/ve.csv", []byte(listHeader+"https://a.test/,HUMR,,,,\n"))
	write("lists/00-LEGEND.csv", []byte("x,y\n"))
	var report []string
	if err := Update(t.Context(), dir, FromFolder(folder), nil, func(s string) { report = append(report, s) }); err != nil {
		t.Fatal(err)
	}
	f := open(t, dir).AsOf(day("2026-05-01"))
	if as, ok := f.AS(9); !ok || as.Org != "New" {
		t.Errorf("AS9: %+v", as)
	}
	if f.Category("VE", "a.test") != "HUMR" || f.Category("CO", "a.test") != "NEWS" {
		t.Error("categories")
	}
	if all := strings.Join(report, "\n"); !strings.Contains(all, "countries: nothing found: no geo-whois-asn-country-ipv4.csv in ") {
		t.Errorf("report:\n%s", all)
	}
	if err := Update(t.Context(), dir, FromFolder(t.TempDir()), nil, nil); !errors.Is(err, errNothing) {
		t.Errorf("an empty folder: %v", err)
	}
	if err := Update(t.Context(), dir, FromFolder(filepath.Join(folder, "none")), nil, nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a folder that is not there: %v", err)
	}
}

// TestUpdateFromSharedData takes the real tables and lists as they lie in the shared folder.
func TestUpdateFromSharedData(t *testing.T) {
	dir := t.TempDir()
	var report []string
	if err := Update(t.Context(), dir, FromFolder(sharedData(t)), nil, func(s string) { report = append(report, s) }); err != nil {
		t.Fatal(err)
	}
	db := open(t, dir)
	want := map[Kind]int{Networks: 411961, Countries: 334373, FingerprintsDNS: 127, FingerprintsHTTP: 346}
	for _, s := range db.List() {
		if n, ok := want[s.Kind]; ok && s.Rows+s.LeftOut != n {
			t.Errorf("%s: %d rows and %d left out of %d", s.Kind, s.Rows, s.LeftOut, n)
		}
	}
	f := db.AsOf(day("2026-05-01"))
	if as, ok := f.AS(8048); !ok || as.CC != "VE" || as.Org == "" {
		t.Errorf("AS8048: %+v", as)
	}
	if ip, ok := f.IP(netip.MustParseAddr("200.44.32.12")); !ok || ip.CC != "VE" || ip.ASN != 8048 {
		t.Errorf("IP: %+v", ip)
	}
	if ip, _ := f.IP(netip.MustParseAddr("1.1.1.1")); ip.ASN != 13335 {
		t.Errorf("IP: %+v", ip)
	}
	if got := f.Category("VE", "https://efectococuyo.com/"); got != "NEWS" {
		t.Errorf("Category: %q", got)
	}
	if got := f.MatchDNS("IR", "10.10.34.35"); len(got) == 0 || !got[0].ExpectedIn("IR") {
		t.Errorf("MatchDNS: %+v", got)
	}
	report = nil
	if err := Update(t.Context(), dir, FromFolder(sharedData(t)), nil, func(s string) { report = append(report, s) }); err != nil {
		t.Fatal(err)
	}
	for _, line := range report {
		if !strings.Contains(line, ": reading ") && !strings.Contains(line, ": unchanged since ") {
			t.Errorf("second time: %s", line)
		}
	}
}

func TestPublishers(t *testing.T) {
	dir := t.TempDir()
	pubs, err := Publishers(dir)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(DefaultPublishers(), pubs); diff != "" {
		t.Errorf("without a file (-want +got):\n%s", diff)
	}
	own := func(text string) ([]Publisher, error) {
		if err := os.WriteFile(filepath.Join(dir, "publishers.json"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return Publishers(dir)
	}
	pubs, err = own(`[{"kind":"networks","from":["/srv/asn.csv"],"licence":"own","date":"2024-02-29"},{"kind":"testlists","from":[]}]`)
	if err != nil || len(pubs) != 5 || pubs[0].From[0] != "/srv/asn.csv" || pubs[0].Date != "2024-02-29" {
		t.Errorf("%+v, %v", pubs, err)
	}
	for _, bad := range []string{
		`{`, `[{"kind":"weather","from":["x"]}]`, `[{"kind":"networks","url":"x"}]`, `[{"kind":"networks","from":["x"],"date":"2026-13-01"}]`,
		`[{"kind":"networks","from":["x"]},{"kind":"networks","from":["y"]}]`,
	} {
		if _, err := own(bad); err == nil || !strings.Contains(err.Error(), "publishers.json") {
			t.Errorf("%s: error %v", bad, err)
		}
	}
}

func TestFileName(t *testing.T) {
	for from, want := range map[string]string{
		"https://a.test/x/asn-ipv4.csv?y=1":          "asn-ipv4.csv",
		"https://a.test/":                            "networks-1",
		"https://a.test":                             "networks-1",
		"https://a.test/..":                          "networks-1",
		"https://a.test/%2e%2e%2fpasswd":             "networks-1",
		"https://a.test/meta.json":                   "networks-1",
		"https://a.test/.hidden.csv":                 "networks-1",
		"https://a.test/" + strings.Repeat("a", 200): "networks-1",
	} {
		if got := fileName(from, Networks, 0); got != want {
			t.Errorf("%s: %q, want %q", from, got, want)
		}
	}
}
