package web

import (
	"math"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/message"
	xnumber "golang.org/x/text/number"

	"veedor/internal/measure/obs"
	"veedor/internal/measure/store"
	"veedor/internal/web/chart"
)

func TestFormat(t *testing.T) {
	en, es, zh := mustWords("en"), mustWords("es"), mustWords("zh")
	may := time.Date(2026, 5, 3, 10, 20, 0, 0, time.FixedZone("", -4*3600))
	for name, c := range map[string]struct{ got, want string }{
		"thousands":             {number("en", 1234567), "1,234,567"},
		"small":                 {number("en", 999), "999"},
		"four digits, es":       {number("es", 1234), "1234"},
		"thousands, es":         {number("es", 1234567), "1\u202f234\u202f567"},
		"decimal":               {decimal("en", 3.25), "3.25"},
		"decimal, es":           {decimal("es", 3.25), "3,25"},
		"whole":                 {decimal("en", 50), "50"},
		"tiny":                  {decimal("en", 0.0004), "0.0004"},
		"large":                 {decimal("en", 1234.6), "1,235"},
		"absurd":                {decimal("en", math.Inf(1)), "?"},
		"no number":             {decimal("en", math.NaN()), "?"},
		"day":                   {day(en, may), "3 May 2026"},
		"day, es":               {day(es, may), "3 de mayo de 2026"},
		"moment is in UTC":      {moment(en, may), "3 May 2026, 14:20 UTC"},
		"no day":                {day(en, time.Time{}), "an unknown day"},
		"one day":               {span(en, may, may.Add(time.Hour)), "on 3 May 2026"},
		"days, es":              {span(es, may, may.AddDate(0, 0, 1)), "entre el 3 de mayo de 2026 y el 4 de mayo de 2026"},
		"one, es":               {es.count("es", "home.measurements", 1), "medición"},
		"none, es":              {es.count("es", "home.measurements", 0), "mediciones"},
		"one of one":            {en.count("en", "country.lead", 1, "1", "x"), "1 of 1 measurement in this country is blocked or consistent with blocking, x."},
		"negative":              {number("en", -1234), "-1,234"},
		"thousands, zh":         {number("zh", 1234567), "1,234,567"},
		"five digits, es":       {number("es", 12345), "12\u202f345"},
		"none of two":           {en.and(nil), ""},
		"one name":              {en.and([]string{"a"}), "a"},
		"names":                 {en.and([]string{"a", "b", "c"}), "a, b and c"},
		"names, es":             {es.and([]string{"a", "b", "c"}), "a, b y c"},
		"names before i, es":    {es.and([]string{"a", "Instagram"}), "a e Instagram"},
		"names before hie, es":  {es.and([]string{"a", "hierro.example"}), "a y hierro.example"},
		"names, zh":             {zh.and([]string{"a", "b", "c"}), "a、b和c"},
		"day, zh":               {day(zh, may), "2026年5月3日"},
		"moment, zh":            {moment(zh, may), "2026年5月3日 14:20（UTC）"},
		"days, zh":              {span(zh, may, may.AddDate(0, 0, 1)), "2026年5月3日至2026年5月4日"},
		"one, zh":               {zh.count("zh", "subject.artefact", 1), "（其中 1 次有确凿无疑的痕迹）"},
		"likely, zh":            {ratio(zh, "zh", 8), "有封锁时出现的可能性约为没有封锁时的 8 倍"},
		"likely":                {ratio(en, "en", 8), "About 8 times as likely with blocking as without"},
		"unlikely":              {ratio(en, "en", 0.3), "About 3.3 times as likely without blocking as with it"},
		"as likely":             {ratio(en, "en", 1), "As likely with blocking as without"},
		"no weight":             {ratio(en, "en", 0), ""},
		"short":                 {shorten("news.example", 20), "news.example"},
		"cut":                   {shorten("news.example", 5), "news…"},
		"cut in whole letters":  {shorten("ññññññ", 3), "ññ…"},
		"controls":              {shorten("a\x00b\nc\u202ed\u2066e\xff", 20), "a b c\uFFFDd\uFFFDe\uFFFD"},
		"plain is not isolated": {isolate("news.example"), "news.example"},
		"other is isolated":     {isolate("أخبار"), "\u2068أخبار\u2069"},
		"long":                  {longText(strings.Repeat("x", 70000), 10).Short, "xxxxxxxxx…"},
	} {
		if c.got != c.want {
			t.Errorf("%s: %q, want %q", name, c.got, c.want)
		}
	}
	for _, lang := range []string{"en", "zh"} { // as CLDR has them
		for _, n := range []int64{0, 7, 999, 1000, 12345, 1234567, -12345} {
			if got, want := number(lang, n), message.NewPrinter(tongues[lang].tag).Sprint(xnumber.Decimal(n)); got != want {
				t.Errorf("%s %d: %s, want %s", lang, n, got, want)
			}
		}
	}
	if n := utf8.RuneCountInString(longText(strings.Repeat("x", 70000), 10).Full); n != maxTitle {
		t.Errorf("a title of %d letters", n)
	}
}

func FuzzShorten(f *testing.F) {
	f.Add("a\u202eb\x00\xff", 3)
	f.Add(strings.Repeat("é", 100), 60)
	f.Fuzz(func(t *testing.T, s string, n int) {
		n = 1 + int(uint(n)%1000)
		got := shorten(s, n)
		if utf8.RuneCountInString(got) > n || !utf8.ValidString(got) || strings.ContainsAny(got, "\x00\n\u202e\u2066\u200f") {
			t.Errorf("%q to %d: %q", s, n, got)
		}
	})
}

// TestDays: a day without measurements is a gap, one with few is marked, a wrong clock does not stretch the years, and the
// table adds up to what was counted.
func TestDays(t *testing.T) {
	w := mustWords("en")
	list := []store.Count{{Key: "2026-05-03", Total: 4, Blocked: 1, OK: 3}, {Key: "2026-05-01", Total: 2, Insufficient: 2}, {Key: "nonsense", Total: 9}, {Key: "0001-01-01", Total: 9}}
	got, _ := timeline(list, w)
	if d := cmp.Diff([]chart.Point{{Counts: []int64{0, 0, 0, 2}, Few: true}, {Gap: true}, {Counts: []int64{1, 0, 3, 0}}}, got.Points); d != "" {
		t.Error(d)
	}
	if !got.Start.Equal(time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("it begins %v", got.Start)
	}
	wide, _ := timeline([]store.Count{{Key: "1970-01-01", Total: 1_000_000}, {Key: "2026-05-03", Total: 1000, Blocked: 1, OK: 999}}, w)
	if n := len(wide.Points); n != maxDays || wide.Points[n-1].Gap || !wide.Points[0].Gap {
		t.Errorf("%d days, last %+v", n, wide.Points[n-1])
	}
	if none, _ := timeline(nil, w); none != nil {
		t.Error("days of nothing")
	}
}

func TestSteps(t *testing.T) {
	yes, no, size := true, false, int64(0)
	list := []obs.Observation{
		{Vantage: obs.Control, Hostname: "a.example", TCPSuccess: &yes, IP: "2001:db8::1", Port: 443},
		{Vantage: obs.Probe, Hostname: "a.example", Depth: -1, DNSSuccess: &no, DNSFailure: "dns_nxdomain_error", DNSQueryType: "A"},
		{Vantage: obs.Probe, Depth: 2, TargetID: "tor:dirauth", TCPSuccess: &no, TCPFailure: "connection_refused", HTTPSuccess: &yes, HTTPResponseStatusCode: 204, HTTPResponseBodyLength: &size},
	}
	for range 2 * maxSteps {
		list = append(list, obs.Observation{Vantage: obs.Probe, TLSSuccess: &yes, TLSCertFingerprint: "shown"}, obs.Observation{Vantage: obs.Control, TLSSuccess: &yes})
	}
	got := steps(list, []obs.Certificate{{Fingerprint: "other"}})
	var layers []string
	for _, s := range got {
		layers = append(layers, string(s.Layer))
	}
	if d := cmp.Diff([]string{"dns", "tcp", "tls", "http"}, layers); d != "" {
		t.Fatal(d)
	}
	if s := got[0].Rows[0]; s.Meaning != "failure.nxdomain" || s.Hop != 0 || s.Control {
		t.Errorf("lookup: %+v", s)
	}
	if tcp := got[1].Rows; len(tcp) != 2 || tcp[0].Control || tcp[0].Name != "tor:dirauth" || tcp[0].Hop != 2 || !tcp[1].Control || tcp[1].Endpoint != "[2001:db8::1]:443" {
		t.Errorf("connections: %+v", tcp)
	}
	if tls := got[2]; len(tls.Rows) != maxSteps || tls.Left != 3*maxSteps || tls.Rows[0].Cert != "" {
		t.Errorf("handshakes: %d and %d more, certificate %q", len(tls.Rows), tls.Left, tls.Rows[0].Cert)
	}
	if page := got[3].Rows[0]; page.Size == nil || page.Meaning != "" {
		t.Errorf("page: %+v", page)
	}
	en := mustWords("en")
	for _, failure := range []string{"connection_refused", "connection_reset", "generic_timeout_error", "eof_error", "host_unreachable", "network_down", "dns_nxdomain_error",
		"dns_no_answer", "dns_servfail_error", "dns_refused_error", "dns_bogon_error", "ssl_invalid_certificate", "ssl_unknown_authority", "ssl_invalid_hostname",
		"ssl_failed_handshake", "http_unexpected_redirect_url", "unknown_failure: too many redirects", "?"} {
		if en[meaning(failure)] == "" {
			t.Errorf("%s has no meaning", failure)
		}
	}
}
