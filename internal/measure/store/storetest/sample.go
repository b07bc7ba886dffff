package storetest

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"veedor/internal/measure/obs"
	"veedor/internal/measure/store"
	"veedor/internal/measure/verdict"
)

// Random makes n measurements of invented networks, always the same for a seed: every state and
// layer, absent and present values, and strings that are hard on formats.
func Random(seed uint64, n int) store.Batch {
	r := rand.New(rand.NewPCG(seed, 7))
	hard := []string{"", "plain", `quote " and , comma`, "line\nbreak", "O'Brien; DROP TABLE verdicts; --", "ñandú 新闻 \u202egnp", strings.Repeat("long", 300), "<script>"}
	states := []verdict.State{verdict.OK, verdict.Down, verdict.Blocked, verdict.Insufficient}
	labels := map[verdict.State]verdict.Label{verdict.OK: verdict.LabelReachable, verdict.Down: verdict.LabelNoSign, verdict.Blocked: verdict.LabelConsistent, verdict.Insufficient: verdict.LabelInsufficient}
	var b store.Batch
	for range n {
		at := time.Date(2026, 5, 1+r.IntN(5), r.IntN(24), r.IntN(60), r.IntN(60), 0, time.UTC)
		cc := []string{"XA", "XB"}[r.IntN(2)]
		uid := fmt.Sprintf("%s_%s_webconnectivity_%016x%016x", at.Format("20060102150405"), cc, r.Uint64(), r.Uint64())
		asn := uint32(64496 + r.IntN(4))
		row := verdict.Row{MeasurementUID: uid, EvidenceHash: fmt.Sprintf("%064x", r.Uint64()), StartTime: at, ProbeCC: cc, ProbeASN: asn,
			ProbeASOrgName: fmt.Sprintf("Network %d (invented)", asn), TestName: "web_connectivity", Input: hard[r.IntN(len(hard))],
			Target: []string{"news.example", "chat.example", hard[4]}[r.IntN(3)], Category: []string{"", "NEWS"}[r.IntN(2)], Invented: true, Open: r.IntN(2) == 0, ReportID: fmt.Sprintf("20260501T000000Z_%d", r.IntN(9)),
			RuleSet: verdict.RuleSet, Snapshot: "r-test"}
		for i, l := range []verdict.Layer{verdict.All, verdict.DNS, verdict.TCP, verdict.TLS, verdict.HTTP} {
			v := row
			v.Layer, v.State, v.Evidence = l, states[r.IntN(4)], verdict.Scored
			v.Label, v.Artefact = labels[v.State], v.State == verdict.Blocked && r.IntN(2) == 0
			v.Rule = []string{"tls_valid", "tls_failure_ctrl_ok", "dns_block_address", "http_failure_ctrl_too", "rule_0"}[r.IntN(5)]
			if i > 0 {
				v.Rules, v.Subjects, v.Facts = []string{v.Rule}, []string{hard[r.IntN(len(hard))]}, []string{"seen: " + hard[2]}
			}
			b.Verdicts = append(b.Verdicts, v)
		}
		for i := range 1 + r.IntN(4) {
			b.Observations = append(b.Observations, observation(r, row, i, hard))
		}
	}
	for i := range 3 {
		b.Certificates = append(b.Certificates, obs.Certificate{Fingerprint: fmt.Sprintf("%064d", i), Subject: "CN=x", SANList: []string{"a", "b"},
			NotValidBefore: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), NotValidAfter: time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)})
		b.Rejected = append(b.Rejected, store.Rejected{Hash: fmt.Sprintf("%064x", seed*10+uint64(i)), Source: hard[r.IntN(len(hard))], Line: int64(i), Reason: "not JSON"})
	}
	return b
}

func observation(r *rand.Rand, v verdict.Row, i int, hard []string) obs.Observation {
	maybe := func() *bool {
		b := r.IntN(2) == 0
		if r.IntN(3) == 0 {
			return nil
		}
		return &b
	}
	o := obs.Observation{MeasurementUID: v.MeasurementUID, ObservationIdx: int32(i), EvidenceHash: v.EvidenceHash, Vantage: obs.Probe, StartTime: v.StartTime,
		ProbeCC: v.ProbeCC, ProbeASN: v.ProbeASN, TestName: v.TestName, Input: v.Input, ReportID: v.ReportID, Hostname: v.Target, Depth: int32(i) - 1, Snapshot: v.Snapshot,
		DNSFailure: hard[r.IntN(len(hard))], DNSSuccess: maybe(), TCPSuccess: maybe(), TLSSuccess: maybe(), HTTPSuccess: maybe(),
		IP: "192.0.2.1", Port: int32(r.IntN(2) * 443), HTTPResponseTitle: hard[r.IntN(len(hard))]}
	if r.IntN(2) == 0 {
		t := r.Float64() * float64(r.IntN(2)) // zero is a time like any other
		o.TLST = &t
		o.HTTPResponseHeaderNames = []string{"date", hard[r.IntN(len(hard))]}
		n := int64(r.IntN(2))
		o.HTTPResponseBodyLength = &n
	}
	if r.IntN(3) == 0 {
		o.TLSCertFingerprint = fmt.Sprintf("%064d", r.IntN(3))
	}
	return o
}
