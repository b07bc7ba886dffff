package control_test

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"veedor/internal/measure/control"
	"veedor/internal/measure/obs"
	"veedor/internal/measure/ooni"
	"veedor/internal/measure/refdata"
	"veedor/internal/measure/scenario"
	"veedor/internal/measure/verdict"
)

// judge takes a measurement all the way, alone and beside others, and checks what every verdict must hold.
func judge(t testing.TB, db *refdata.DB, raw []byte) ([]obs.Observation, []verdict.Row) {
	t.Helper()
	m, err := ooni.Decode(raw)
	if err != nil {
		return nil, nil
	}
	start, _ := m.Start()
	facts := db.AsOf(start)
	rows, _ := obs.Flatten(nil, nil, m, obs.Identity{UID: obs.UID(m, sha256.Sum256(raw))}, facts)
	if len(rows) == 0 || len(rows) > 2*obs.MaxObservations {
		t.Fatalf("%d observations", len(rows))
	}
	table := control.NewTable(1)
	table.Add(control.Votes(nil, rows)...)
	table.Seal()
	asked := control.NewQuestions(1)
	var last []verdict.Row
	for _, c := range []verdict.Controls{nil, asked, table} {
		last = verdict.Judge(nil, rows, facts, c)
		if len(last) == 0 || len(last) > 7 || last[0].Layer != verdict.All {
			t.Fatalf("%d rows, first %q", len(last), last[0].Layer)
		}
		for i := range last {
			r := &last[i]
			switch {
			case r.State == "" || r.Label == "" || r.Rule == "" || r.Evidence == "":
				t.Fatalf("no reason given: %+v", r)
			case len(r.Rules) != len(r.Subjects) || len(r.Rules) != len(r.Facts) || len(r.Rules) > 256:
				t.Fatalf("%d rules, %d subjects, %d facts", len(r.Rules), len(r.Subjects), len(r.Facts))
			case r.State == verdict.Blocked && r.Label != verdict.LabelBlocked && r.Label != verdict.LabelConsistent,
				r.State == verdict.OK && r.Label != verdict.LabelReachable, r.State == verdict.Down && r.Label != verdict.LabelNoSign,
				r.Label == verdict.LabelBlocked && !r.Artefact:
				t.Fatalf("state %s is worded %s", r.State, r.Label)
			case r.Invalid != "" && r.State != verdict.Insufficient:
				t.Fatalf("invalid (%s) and yet %s", r.Invalid, r.State)
			}
			if _, ok := verdict.Lookup(r.Rule); !ok {
				t.Fatalf("no rule %s", r.Rule)
			}
		}
		if a := last[0]; a.OONIConfirmed && !a.OONIAnomaly || a.OONIFailure && a.OONIAnomaly {
			t.Fatalf("OONI's words contradict each other: %+v", a)
		}
	}
	return rows, last
}

const absurd = `"measurement_start_time":"2026-05-03 10:20:30","probe_asn":"AS64496","probe_cc":"XA","software_name":"t","software_version":"1","test_version":"1"`

// TestAbsurd: what nobody honest sends costs little and gets a reason.
func TestAbsurd(t *testing.T) {
	many := func(n int, f func(i int) string) string {
		var b strings.Builder
		for i := range n {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(f(i))
		}
		return b.String()
	}
	answer := func(i int) string {
		return fmt.Sprintf(`{"answer_type":"A","ipv4":"198.51.%d.%d"}`, i/256%256, i%256)
	}
	tests := map[string]string{
		"a million answers": `{` + absurd + `,"test_name":"web_connectivity","input":"https://news.example/","test_keys":{"queries":[{"engine":"system","hostname":"news.example","answers":[` + many(1_000_000, answer) + `]}]}}`,
		"names of 64 kB": `{` + absurd + `,"test_name":"web_connectivity","input":"https://` + strings.Repeat("a", 64<<10) + `.example/","test_keys":{"queries":[` + many(200, func(i int) string {
			return fmt.Sprintf(`{"engine":"system","hostname":"%d%s","failure":"dns_nxdomain_error"}`, i, strings.Repeat("b", 64<<10))
		}) + `]}}`,
		"negative times": `{` + absurd + `,"test_name":"web_connectivity","input":"https://news.example/","test_runtime":-1e300,"test_keys":{"tcp_connect":[{"ip":"192.0.2.1","port":-443,"t0":5,"t":-1e308,"status":{"success":false,"failure":"generic_timeout_error"}}],"requests":[{"t0":1e308,"t":-1e308,"transaction_id":1,"request":{"url":"https://news.example/"},"response":{"code":-200,"body":"x"}}],"network_events":[{"operation":"read","num_bytes":-9223372036854775808,"t":-1,"transaction_id":1},{"operation":"bytes_received_cumulative","num_bytes":9223372036854775807,"t":1e308,"transaction_id":1},{"operation":"read","num_bytes":9223372036854775807,"t":1e308,"transaction_id":1}]}}`,
		"year 9999":      `{"measurement_start_time":"9999-12-31 23:59:59","probe_asn":"AS64496","probe_cc":"XA","test_name":"web_connectivity","input":"https://news.example/","test_keys":{}}`,
		"year 0":         `{"measurement_start_time":"0000-01-01 00:00:00","probe_asn":"AS4294967295","probe_cc":"XA","test_name":"telegram","test_keys":{}}`,
		"contradictions": `{` + absurd + `,"test_name":"psiphon","test_keys":{"success":true,"failure":"generic_timeout_error","accessible":true,"blocking":"dns","tcp_connect":[{"ip":"192.0.2.1","port":443,"status":{"success":true,"failure":"connection_reset"}}]}}`,
		"ten thousand targets": `{` + absurd + `,"test_name":"tor","test_keys":{"targets":{` + many(10_000, func(i int) string {
			return fmt.Sprintf(`"%d":{"target_protocol":"obfs4","failure":"x","tcp_connect":[{"ip":"192.0.2.1","port":%d,"status":{"success":false}}]}`, i, i%65536)
		}) + `}}}`,
		"no keys at all":      `{` + absurd + `,"test_name":"http_invalid_request_line","test_keys":{"sent":null,"received":[null,1,{"format":"base64","data":"!"}],"tampering":"perhaps"}}`,
		"a test nobody knows": `{` + absurd + `,"test_name":"` + strings.Repeat("z", 300) + `","test_keys":{"queries":[{"hostname":"a"}]}}`,
		"events without end": `{` + absurd + `,"test_name":"web_connectivity","input":"http://a.example/","test_keys":{"requests":[` + many(2000, func(i int) string {
			return fmt.Sprintf(`{"transaction_id":%d,"request":{"url":"http://a%d.example/"},"response":{"code":200,"body":"x"}}`, i+1, i)
		}) + `],"network_events":[` + many(100_000, func(i int) string {
			return fmt.Sprintf(`{"operation":"read","num_bytes":1,"t":%d,"transaction_id":%d}`, i, i%2000)
		}) + `]}}`,
	}
	db, err := refdata.Open("")
	if err != nil {
		t.Fatal(err)
	}
	for name, raw := range tests {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			begin := time.Now()
			rows, got := judge(t, db, []byte(raw))
			if rows == nil {
				_, err := ooni.Decode([]byte(raw))
				if err == nil || len(err.Error()) < 10 {
					t.Fatalf("not read, and the reason is %v", err)
				}
				t.Logf("rejected: %v", err)
			}
			runtime.ReadMemStats(&after)
			if took := time.Since(begin); took > 20*time.Second {
				t.Errorf("took %s", took)
			}
			if grew := after.TotalAlloc - before.TotalAlloc; grew > 900<<20 {
				t.Errorf("allocated %d MiB for %d kB", grew>>20, len(raw)>>10)
			}
			if strings.HasPrefix(name, "year") {
				if got[0].Invalid != "clock" {
					t.Errorf("invalid %q", got[0].Invalid)
				}
			}
			for i := range rows {
				if n := len(rows[i].Hostname) + len(rows[i].Input) + len(rows[i].DNSFailure); n > 10<<10 {
					t.Fatalf("an observation of %d bytes", n)
				}
			}
		})
	}
}

// FuzzJudge: whatever is sent, there is a verdict with a reason, or it is no measurement.
func FuzzJudge(f *testing.F) {
	for _, c := range append(append(scenario.Cases(), scenario.Nettests()...), scenario.Throttled()...) {
		f.Add(c.JSON())
	}
	if files, err := filepath.Glob("../../../../shared/data/ooni/raw_reports/*.json"); err == nil {
		for _, name := range files {
			if raw, err := os.ReadFile(name); err == nil && len(raw) < 200<<10 {
				f.Add(raw)
			}
		}
	}
	db, err := refdata.Open("")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, raw []byte) { judge(t, db, raw) })
}
