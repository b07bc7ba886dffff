package ooni

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const yamlReport = `###########################################
# a report
---
backend_version: 1.1.4
options: [-f, list.txt]
probe_asn: AS64500
probe_cc: IS
probe_city: !!binary |
  UmV5a2phdu1r
probe_ip: 203.0.113.9
report_id: abc
software_name: ooniprobe
software_version: 1.3.1
start_time: 1446726576.0
test_helpers: {}
test_name: http_requests
test_start_time: '2015-11-05 20:29:36'
test_version: 0.2.4
...
---
agent: agent
body_proportion: .nan
headers_diff: !!set {Server, Date}
input: http://example.org
report_id: null
requests:
- request: {body: null, headers: [[Accept, ['*/*']]], method: GET, url: 'http://example.org'}
  response:
    body: !!binary |
      /wAB
    code: 200
    headers:
    - - Server
      - [nginx]
test_runtime: 1.5
test_start_time: 1446726600.0
...
---
input: !!python/unicode 'http://other.example'
failed: !!python/tuple [a, b]
1: x
...
`

// decodeAll reads a report as ingest does and returns its measurements.
func decodeAll(t *testing.T, source string) (all []*Measurement, rejected []string) {
	t.Helper()
	err := Lines(strings.NewReader(source), "report.yaml", func(l Line) error {
		if l.Err != nil {
			rejected = append(rejected, l.Err.Error())
			return nil
		}
		m, err := Decode(l.Data)
		if err != nil {
			rejected = append(rejected, err.Error())
			return nil
		}
		all = append(all, m)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all, rejected
}

func TestYAMLReport(t *testing.T) {
	all, rejected := decodeAll(t, yamlReport)
	if len(all) != 2 || len(rejected) != 0 {
		t.Fatalf("%d measurements, rejected %q", len(all), rejected)
	}
	m := all[0]
	if diff := cmp.Diff([]string{"http_requests", "IS", "AS64500", "203.0.113.9", "abc", "0.2.4", "2015-11-05 12:30:00", "2015-11-05 12:29:36", "http://example.org", "1.5"},
		[]string{m.TestName, m.ProbeCC, m.ProbeASN, m.ProbeIP, m.ReportID, m.TestVersion, m.MeasurementStartTime, m.TestStartTime, m.Input[0], fmt.Sprint(m.TestRuntime)}); diff != "" {
		t.Errorf("envelope, -want +got:\n%s", diff)
	}
	r := m.TestKeys.Requests[0]
	if r.Request.Headers.Get("accept") != "*/*" || r.Response.Headers.Get("server") != "nginx" || r.Response.Code != 200 || string(r.Response.Body.Data) != "\xff\x00\x01" {
		t.Errorf("request: %+v", r)
	}
	if m.TestKeys.Agent != "agent" || len(m.Defects) > 0 {
		t.Errorf("agent %q, defects %q", m.TestKeys.Agent, m.Defects)
	}
	if m := all[1]; m.Input[0] != "http://other.example" || m.MeasurementStartTime != "2015-11-05 12:29:36" || m.ReportID != "abc" {
		t.Errorf("second entry: %+v", m)
	}
}

func TestYAMLReportsWithDamage(t *testing.T) {
	const header = "---\ntest_name: x\nstart_time: 1446726576.0\n...\n"
	tests := []struct {
		name, source string
		kept         int
		rejected     []string
	}{
		{"entry that is no YAML", header + "---\na: [\n...\n---\nb: 1\n...\n", 1, []string{"not valid YAML: yaml: line 3: did not find expected node content"}},
		{"entry that is no mapping", header + "---\n- a\n...\n---\nb: 1\n", 1, []string{`a YAML document that is no report entry: begins with "- a"`}},
		{"header only", header, 0, []string{"a report's header without a measurement"}},
		{"empty entries", header + "---\n...\n---\n# nothing\n...\n---\nb: 1\n...\n", 1, nil},
		{"entry on the separator's line", header + "--- {b: 1}\n--- {c: 1}\n", 2, nil},
		{"entry too long", header + "---\na: \"" + strings.Repeat("x", maxDocument) + "\"\n---\nb: 1\n", 1, []string{"a YAML document longer than 4 MiB"}},
		{"last entry too long", header + "---\na: \"" + strings.Repeat("x", maxDocument) + "\"\n", 0, []string{"a YAML document longer than 4 MiB"}},
		{"no separators", "backend_version: 1\ntest_name: x\n---\nb: 1\n", 1, nil},
		{"aliases that explode", header + "---\na: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]\n---\nb: 1\n",
			1, []string{"not valid YAML: yaml: document contains excessive aliasing"}},
		{"nested too deep", header + "---\na: " + strings.Repeat("[", 100) + strings.Repeat("]", 100) + "\ntargets: " + strings.Repeat("[", 100) + strings.Repeat("]", 100) + "\n", 0, []string{ErrTooDeep.Error()}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			all, rejected := decodeAll(t, tt.source)
			if len(all) != tt.kept {
				t.Errorf("kept %d, want %d", len(all), tt.kept)
			}
			if diff := cmp.Diff(tt.rejected, rejected); diff != "" {
				t.Errorf("rejected, -want +got:\n%s", diff)
			}
		})
	}
}

func TestYAMLEntryCutOffByItsSource(t *testing.T) {
	packed := gzipped("---\ntest_name: x\n...\n---\nb: " + pageOf(100000) + "\n...\n")
	_, rejected := decodeAll(t, packed[:len(packed)-100])
	if len(rejected) != 1 || !strings.HasPrefix(rejected[0], "the source breaks off") {
		t.Errorf("rejected %q", rejected)
	}
}
