package scenario_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"veedor/internal/measure/ooni"
	"veedor/internal/measure/scenario"
)

// TestCorpus: lines are distinct, valid, the same for a seed, and as long and as compressible as
// OONI's published data.
func TestCorpus(t *testing.T) {
	const lines = 600
	a, b := scenario.NewCorpus(1, nil), scenario.NewCorpus(1, nil)
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	f := facts(t)
	distinct, countries, networks, sites, days := map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}
	total, longest := 0, 0
	for range lines {
		line := a.Next()
		if !json.Valid(line) || bytes.IndexByte(line, '\n') >= 0 {
			t.Fatalf("not one line of JSON: %.200s", line)
		}
		if !bytes.Equal(line, b.Next()) {
			t.Fatal("the same seed gave another line")
		}
		m, _ := flatten(t, f, line)
		distinct[string(line)], countries[m.ProbeCC], networks[m.ProbeASN], days[m.MeasurementStartTime[:10]] = true, true, true, true
		for _, in := range m.Input {
			sites[in] = true
		}
		if _, err := z.Write(line); err != nil {
			t.Fatal(err)
		}
		total += len(line)
		longest = max(longest, len(line))
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if mean := total / lines; len(distinct) != lines || mean < 65<<10 || mean > 95<<10 || longest < 300<<10 || longest > 801<<10 {
		t.Errorf("%d distinct lines, mean length %d, longest %d", len(distinct), mean, longest)
	}
	if len(countries) != 26 || len(networks) < 200 || len(sites) < 300 || len(days) != 30 {
		t.Errorf("%d countries, %d networks, %d sites, %d days", len(countries), len(networks), len(sites), len(days))
	}
	if ratio := float64(total) / float64(packed.Len()); ratio < 4.5 || ratio > 6.5 {
		t.Errorf("gzip ratio %.1f", ratio)
	}
	if other := scenario.NewCorpus(2, nil).Next(); distinct[string(other)] {
		t.Error("another seed gave the same line")
	}
}

// TestCorpusVaries: what is one thing in a shape is one thing in a line, and what means something stays.
func TestCorpusVaries(t *testing.T) {
	shape := `{"input": "http:\/\/www.site.test\/path?of=www.site.test","measurement_start_time":"2021-02-03 04:05:06","test_start_time":"2021-02-03 04:05:06",` +
		`"probe_cc":"QQ","probe_asn":"AS1","resolver_asn":"AS1","probe_network_name":"One","report_id":"20210203T040506Z_x","test_name":"web_connectivity",` +
		`"test_keys":{"queries":[{"hostname":"www.site.test","answers":[{"ipv4":"9.9.9.9"},{"ipv4":"10.0.0.1"},{"ipv4":"8.8.8.8"}]}],` +
		`"tcp_connect":[{"ip":"9.9.9.9","status":{"failure":"connection_reset"}}],"note":"\\www.site.test other-www.site.test",` +
		`"requests":[{"request":{"url":"http://www.site.test/"},"response":{"body":"<p>at http://9.9.9.9/</p>"}}]}}`
	c := scenario.NewCorpus(1, [][]byte{[]byte(shape)})
	failures := map[string]bool{}
	for range 20 {
		line := c.Next()
		m, err := ooni.Decode(line)
		if err != nil {
			t.Fatal(err)
		}
		k := m.TestKeys
		host := k.Queries[0].Hostname
		if want := fmt.Sprintf("http://%[1]s/path?of=%[1]s", host); !strings.HasSuffix(host, ".example") || m.Input[0] != want || k.Requests[0].Request.URL != "http://"+host+"/" {
			t.Errorf("one site became several: %q, %q, %q", m.Input, host, k.Requests[0].Request.URL)
		}
		a := k.Queries[0].Answers
		if a[0].IPv4 == "9.9.9.9" || a[0].IPv4 == a[2].IPv4 || a[0].IPv4 != k.TCPConnect[0].IP || a[1].IPv4 != "10.0.0.1" {
			t.Errorf("addresses: %v and %s", a, k.TCPConnect[0].IP)
		}
		start, _ := m.Start()
		if m.MeasurementStartTime != m.TestStartTime || !strings.HasPrefix(m.ReportID, start.Format("20060102T150405Z")) || start.Year() != 2026 {
			t.Errorf("times differ: %s, %s, %s", m.MeasurementStartTime, m.TestStartTime, m.ReportID)
		}
		if m.ProbeCC == "QQ" || m.ProbeASN == "AS1" || m.ProbeASN != m.ResolverASN || m.ProbeNetworkName != "Network "+m.ProbeASN[2:] {
			t.Errorf("place: %s %s %s %s", m.ProbeCC, m.ProbeASN, m.ResolverASN, m.ProbeNetworkName)
		}
		if !bytes.Contains(line, []byte(`\\www.site.test other-www.site.test`)) {
			t.Error("a part of another name was changed")
		}
		failures[*k.TCPConnect[0].Status.Failure] = true
	}
	if len(failures) != 2 {
		t.Errorf("failures: %v", failures)
	}
}

// FuzzCorpus: whatever a valid shape holds, the lines made from it are valid.
func FuzzCorpus(f *testing.F) {
	for _, c := range scenario.Cases() {
		f.Add(c.JSON())
	}
	f.Add([]byte(`{"input":"http://1.5e3/","test_runtime":1.5e3}`))
	f.Add([]byte(`{"input":"http://news.example/","x":"\news.example 1.2.3.4","response":{"body":null}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var shape bytes.Buffer
		if json.Compact(&shape, raw) != nil {
			t.Skip("not JSON")
		}
		c := scenario.NewCorpus(1, [][]byte{shape.Bytes()})
		for range 3 {
			if line := c.Next(); !json.Valid(line) {
				t.Fatalf("not JSON: %.2000s", line)
			}
		}
	})
}
