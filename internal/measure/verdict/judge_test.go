package verdict_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"veedor/internal/measure/verdict"
)

func TestRulesAreData(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range verdict.Rules() {
		if seen[r.ID] {
			t.Errorf("rule %s is there twice", r.ID)
		}
		seen[r.ID] = true
		if r.Says == "" || r.Why == "" || r.Basis == "" || r.Likelihood <= 0 || r.Layer == "" || r.Outcome == "" {
			t.Errorf("rule %s is incomplete", r.ID)
		}
		switch {
		case r.Outcome == verdict.Blocked && r.Likelihood <= 1, r.Outcome == verdict.OK && r.Likelihood > 1, r.Outcome == verdict.Down && r.Likelihood >= 1:
			t.Errorf("rule %s: outcome %s does not go with likelihood ratio %g", r.ID, r.Outcome, r.Likelihood)
		}
		if r.Artefact && r.Outcome != verdict.Blocked {
			t.Errorf("rule %s: only a filter leaves an artefact", r.ID)
		}
		if got, ok := verdict.Lookup(r.ID); !ok || got != r {
			t.Errorf("Lookup(%s) does not find it", r.ID)
		}
	}
}

const envelope = `"measurement_start_time":"2026-05-03 10:20:30","probe_asn":"AS64496","probe_cc":"XA","software_name":"t","software_version":"1","test_version":"1"`

func TestJudgeWhole(t *testing.T) {
	const (
		lookup  = `"queries":[{"engine":"system","hostname":"news.example","query_type":"A","answers":[{"answer_type":"A","ipv4":"192.0.2.1"}],"failure":null}]`
		connect = `"tcp_connect":[{"ip":"192.0.2.1","port":443,"status":{"success":true,"failure":null}}]`
		control = `"control":{"dns":{"failure":null,"addrs":["192.0.2.1"]},"tcp_connect":{"192.0.2.1:443":{"status":true,"failure":null}},"tls_handshake":{},"http_request":{"body_length":100,"status_code":200,"failure":null,"title":"T","headers":{}}}`
	)
	reset := `"tls_handshakes":[{"address":"192.0.2.1:443","server_name":"news.example","failure":"connection_reset"}]`
	tests := []struct {
		name, raw, rule string
		state           verdict.State
		label           verdict.Label
		layers          string
	}{
		{"clock off by years", `{` + envelope + `,"test_name":"web_connectivity","report_id":"20200101T000000Z_x","input":"https://news.example/","test_keys":{}}`,
			"invalid_clock", verdict.Insufficient, verdict.LabelInsufficient, ""},
		{"no place", `{"measurement_start_time":"2026-05-03 10:20:30","probe_asn":"AS0","probe_cc":"ZZ","test_name":"web_connectivity","input":"https://news.example/","test_keys":{}}`,
			"invalid_place", verdict.Insufficient, verdict.LabelInsufficient, ""},
		{"nothing inside", `{` + envelope + `,"test_name":"web_connectivity","input":"https://news.example/","test_keys":null}`,
			"nothing_observed", verdict.Insufficient, verdict.LabelInsufficient, ""},
		{"test without rules", `{` + envelope + `,"test_name":"portfiltering","test_keys":{"failure":null}}`,
			"test_not_judged", verdict.Insufficient, verdict.LabelInsufficient, ""},
		{"reset, and no control at all", `{` + envelope + `,"test_name":"web_connectivity","input":"https://news.example/","test_keys":{` + lookup + `,` + connect + `,` + reset + `}}`,
			"tls_failure_no_ctrl", verdict.Insufficient, verdict.LabelUnclear, ""},
		{"reset, and a helper too old to record handshakes", `{` + envelope + `,"test_name":"web_connectivity","input":"https://news.example/","test_keys":{` + lookup + `,` + connect + `,` + reset + `,` + control + `}}`,
			"tls_failure_ctrl_page_ok", verdict.Blocked, verdict.LabelConsistent, "tls"},
		{"a failed handshake repeated as a failed request is judged once", `{` + envelope + `,"test_name":"web_connectivity","input":"https://news.example/","test_keys":{` + lookup + `,` + connect + `,` + reset + `,` + control + `,"requests":[{"failure":"connection_reset","request":{"url":"https://news.example/"},"response":{"code":0}}]}}`,
			"tls_failure_ctrl_page_ok", verdict.Blocked, verdict.LabelConsistent, "tls"},
		{"a helper that gave a name among the addresses vouches for nothing", `{` + envelope + `,"test_name":"web_connectivity","input":"http://gone.example/","test_keys":{"queries":[{"engine":"system","hostname":"gone.example","query_type":"A","answers":null,"failure":"dns_nxdomain_error"}],"control":{"dns":{"failure":null,"addrs":["alias.example"]},"http_request":{"body_length":-1,"failure":"dns_lookup_error","status_code":-1,"headers":{}}}}}`,
			"dns_failure_ctrl_too", verdict.Down, verdict.LabelNoSign, "dns"},
		{"private answer", `{` + envelope + `,"test_name":"web_connectivity","input":"https://news.example/","test_keys":{"queries":[{"engine":"system","hostname":"news.example","query_type":"A","answers":[{"answer_type":"A","ipv4":"10.10.34.36"}],"failure":null}],` + control + `}}`,
			"dns_bogon", verdict.Blocked, verdict.LabelBlocked, "dns"},
		{"a missing IPv6 record is no failure", `{` + envelope + `,"test_name":"web_connectivity","input":"https://news.example/","test_keys":{"queries":[{"engine":"system","hostname":"news.example","query_type":"AAAA","answers":null,"failure":"dns_no_answer"},{"engine":"system","hostname":"news.example","query_type":"A","answers":[{"answer_type":"A","ipv4":"192.0.2.1"}],"failure":null}],` + connect + `,"tls_handshakes":[{"address":"192.0.2.1:443","server_name":"news.example","failure":null}],"requests":[{"failure":null,"request":{"url":"https://news.example/"},"response":{"code":404,"body":"gone"}}],` + control + `}}`,
			"http_page_over_tls", verdict.OK, verdict.LabelReachable, ""},
		{"no IPv6 here", `{` + envelope + `,"test_name":"web_connectivity","input":"https://news.example/","test_keys":{"queries":[{"engine":"system","hostname":"news.example","query_type":"AAAA","answers":[{"answer_type":"AAAA","ipv6":"2001:db8::1"}],"failure":null}],"tcp_connect":[{"ip":"2001:db8::1","port":443,"status":{"success":false,"failure":"network_unreachable"}}],"control":{"dns":{"failure":null,"addrs":["2001:db8::1"]},"tcp_connect":{"[2001:db8::1]:443":{"status":true,"failure":null}}}}}`,
			"no_conclusion", verdict.Insufficient, verdict.LabelInsufficient, ""},
		{"service reached", `{` + envelope + `,"test_name":"signal","test_keys":{"tls_handshakes":[{"address":"192.0.2.1:443","server_name":"chat.example","failure":null}]}}`,
			"service_reachable", verdict.OK, verdict.LabelReachable, ""},
		{"service not reached", `{` + envelope + `,"test_name":"signal","test_keys":{"tls_handshakes":[{"address":"192.0.2.1:443","server_name":"chat.example","failure":"connection_reset"}]}}`,
			"service_part_failed", verdict.Insufficient, verdict.LabelUnclear, ""},
		{"tool connected", `{` + envelope + `,"test_name":"torsf","test_keys":{"success":true,"failure":null}}`,
			"tool_connected", verdict.OK, verdict.LabelReachable, ""},
		{"tool failed", `{` + envelope + `,"test_name":"torsf","test_keys":{"success":false,"failure":"generic_timeout_error"}}`,
			"tool_failed", verdict.Insufficient, verdict.LabelUnclear, ""},
	}
	db := facts(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, got := judge(t, db, []byte(tt.raw))
			all := got[0]
			if all.Layer != verdict.All || all.Rule != tt.rule || all.State != tt.state || all.Label != tt.label || strings.Join(all.Layers, ",") != tt.layers {
				t.Errorf("got %s %s %s %v, want %s %s %s %s", all.Rule, all.State, all.Label, all.Layers, tt.rule, tt.state, tt.label, tt.layers)
				for _, r := range got[1:] {
					t.Logf("%s %s: %q on %q: %q", r.Layer, r.State, r.Rules, r.Subjects, r.Facts)
				}
			}
		})
	}
}

// certificate makes a certificate for a name, signed in another's.
func certificate(t *testing.T, name, issuer string) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	leaf := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<33, 0)}
	der, err := x509.CreateCertificate(rand.Reader, leaf, &x509.Certificate{Subject: pkix.Name{CommonName: issuer}}, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return `{"format":"base64","data":"` + base64.StdEncoding.EncodeToString(der) + `"}`
}

// TestCertificate: a certificate that is known to be a filter's proves it, at home and in its time alone.
func TestCertificate(t *testing.T) {
	for _, tt := range []struct{ cc, issuer, want string }{
		{"XB", "Borduna Telecom Web Safety CA (invented)", "tls_block_certificate"},
		{"XA", "Borduna Telecom Web Safety CA (invented)", "tls_failure_no_ctrl"},
		{"XB", "Somebody else", "tls_failure_no_ctrl"},
	} {
		raw := `{` + strings.Replace(envelope, `"XA"`, `"`+tt.cc+`"`, 1) + `,"test_name":"web_connectivity","input":"https://news.example/","test_keys":{"queries":[{"engine":"system","hostname":"news.example","query_type":"A","answers":[{"answer_type":"A","ipv4":"192.0.2.1"}],"failure":null}],"tcp_connect":[{"ip":"192.0.2.1","port":443,"status":{"success":true,"failure":null}}],"tls_handshakes":[{"address":"192.0.2.1:443","server_name":"news.example","failure":"ssl_unknown_authority","peer_certificates":[` +
			certificate(t, "news.example", tt.issuer) + `]}]}}`
		_, got := judge(t, facts(t), []byte(raw))
		if got[0].Rule != tt.want || got[0].Artefact != (tt.want == "tls_block_certificate") {
			t.Errorf("%s, signed by %s: %s, artefact %v; want %s", tt.cc, tt.issuer, got[0].Rule, got[0].Artefact, tt.want)
		}
	}
}

// TestJudgeBounded: an absurd measurement is judged in bounded time and space.
func TestJudgeBounded(t *testing.T) {
	var b strings.Builder
	b.WriteString(`{` + envelope + `,"test_name":"web_connectivity","input":"http://a.example/","test_keys":{"queries":[`)
	for i := range 3000 {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"engine":"e%d","hostname":"a.example","answers":[{"ipv4":"198.51.100.%d"}],"failure":null}`, i, i%256)
	}
	b.WriteString(`],"tcp_connect":[`)
	for i := range 3000 {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"ip":"198.51.100.%d","port":%d,"status":{"success":false,"failure":"generic_timeout_error"}}`, i%256, i)
	}
	b.WriteString(`]}}`)
	begin := time.Now()
	_, got := judge(t, facts(t), []byte(b.String()))
	if took := time.Since(begin); took > 10*time.Second {
		t.Errorf("took %s", took)
	}
	for _, r := range got {
		if len(r.Rules) > 256 || len(r.Rules) != len(r.Facts) || len(r.Rules) != len(r.Subjects) {
			t.Errorf("%s: %d rules, %d subjects, %d facts", r.Layer, len(r.Rules), len(r.Subjects), len(r.Facts))
		}
	}
}
