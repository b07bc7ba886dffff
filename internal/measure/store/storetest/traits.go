package storetest

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"veedor/internal/measure/obs"
	"veedor/internal/measure/verdict"
)

// Traits implements store.Store.
func (m *Memory) Traits(_ context.Context, asns []uint32, from, to time.Time) ([]verdict.Trait, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	rows := map[string][]*obs.Observation{}
	for i := range m.rows {
		if o := &m.rows[i]; o.Vantage == obs.Probe {
			rows[o.MeasurementUID] = append(rows[o.MeasurementUID], o)
		}
	}
	type key struct {
		asn           uint32
		target, value string
		kind          verdict.TraitKind
	}
	uids := map[key]map[string]bool{}
	type place struct {
		asn    uint32
		target string
	}
	ok, blocked := map[place]int64{}, map[place]int64{}
	facts := map[key]*verdict.Row{}
	for i := range m.verdicts {
		v := &m.verdicts[i]
		if !slices.Contains(asns, v.ProbeASN) || v.Invalid != "" || v.StartTime.Before(from) || !v.StartTime.Before(to) {
			continue
		}
		say := func(kind verdict.TraitKind, value string) {
			k := key{v.ProbeASN, v.Target, value, kind}
			if uids[k] == nil {
				uids[k] = map[string]bool{}
			}
			uids[k][v.MeasurementUID] = true
			if f := facts[k]; f == nil || v.Category > f.Category || v.ProbeCC > f.ProbeCC {
				facts[k] = v
			}
		}
		p := place{v.ProbeASN, v.Target}
		if v.Layer == verdict.All {
			switch v.State {
			case verdict.OK:
				ok[p]++
			case verdict.Blocked:
				blocked[p]++
			default:
				continue
			}
			say(verdict.TraitTested, "")
			continue
		}
		if v.State != verdict.Blocked {
			continue
		}
		say(verdict.TraitMechanism, v.Rule)
		for _, o := range rows[v.MeasurementUID] {
			failure := map[verdict.Layer]string{verdict.DNS: o.DNSFailure, verdict.TCP: o.TCPFailure, verdict.TLS: o.TLSFailure, verdict.HTTP: o.HTTPFailure, verdict.QUIC: o.QUICFailure}[v.Layer]
			if failure != "" {
				say(verdict.TraitFailure, string(v.Layer)+" "+failure)
			}
			if v.Layer == verdict.DNS && o.DNSAnswer != "" {
				say(verdict.TraitAnswer, o.DNSAnswer)
			}
			for _, f := range slices.Concat(o.DNSFingerprints, o.TLSFingerprints, o.HTTPFingerprints) {
				say(verdict.TraitFingerprint, f)
			}
		}
	}
	var out []verdict.Trait
	for k, set := range uids {
		t := verdict.Trait{ASN: k.asn, CC: facts[k].ProbeCC, Target: k.target, Category: facts[k].Category, Kind: k.kind, Value: k.value, N: int64(len(set))}
		if k.kind == verdict.TraitTested {
			p := place{k.asn, k.target}
			t.Value, t.N = "free", ok[p]+blocked[p]
			if blocked[p] >= 3 && 5*blocked[p] > t.N {
				t.Value = "blocked"
			}
		}
		out = append(out, t)
	}
	slices.SortFunc(out, func(a, b verdict.Trait) int {
		return cmp.Or(cmp.Compare(a.ASN, b.ASN), strings.Compare(a.Target, b.Target), strings.Compare(string(a.Kind), string(b.Kind)), strings.Compare(a.Value, b.Value))
	})
	return out, nil
}
