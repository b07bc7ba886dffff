package lake

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"veedor/internal/measure/obs"
	"veedor/internal/measure/verdict"
)

// Traits implements store.Store.
func (l *Lake) Traits(ctx context.Context, asns []uint32, from, to time.Time) ([]verdict.Trait, error) {
	x, err := l.heads(ctx)
	if err != nil {
		return nil, fmt.Errorf("traits: %w", err)
	}
	if x != nil {
		out, err := l.traitsAmong(ctx, x, asns, from, to)
		x.mu.RUnlock()
		if !missing(err) {
			return out, err
		}
	}
	return l.traitsScanned(ctx, asns, from, to)
}

// traitsScanned has the engine look for traits.
func (l *Lake) traitsScanned(ctx context.Context, asns []uint32, from, to time.Time) ([]verdict.Trait, error) {
	duck, _, err := l.look(ctx)
	if err != nil {
		return nil, fmt.Errorf("traits: %w", err)
	}
	list := make([]string, len(asns))
	for i, n := range asns {
		list[i] = strconv.FormatUint(uint64(n), 10)
	}
	rows, err := duck.QueryContext(ctx, query("traits"), strings.Join(list, ","), from.UTC(), to.UTC())
	if err != nil {
		return nil, fmt.Errorf("traits: %w", err)
	}
	defer rows.Close()
	var out []verdict.Trait
	for rows.Next() {
		var t verdict.Trait
		var kind string
		if err := rows.Scan(&t.ASN, &t.CC, &t.Target, &t.Category, &kind, &t.Value, &t.N); err != nil {
			return nil, fmt.Errorf("traits: %w", err)
		}
		t.Kind = verdict.TraitKind(kind)
		out = append(out, t)
	}
	return out, rows.Err()
}

// traitKey is what traits are counted by.
type traitKey struct {
	asn    uint32
	target string
	kind   verdict.TraitKind
	value  string
}

// traitCount is a trait in the making.
type traitCount struct {
	cc, category string
	n, blocked   int64
	last         string // UID of the measurement that counted last
}

// traits counts them.
type traits map[traitKey]*traitCount

// of returns the count of a trait that a row has.
func (t traits) of(v *verdict.Row, kind verdict.TraitKind, value string) *traitCount {
	k := traitKey{v.ProbeASN, v.Target, kind, value}
	c := t[k]
	if c == nil {
		c = &traitCount{}
		t[k] = c
	}
	c.cc, c.category = max(c.cc, v.ProbeCC), max(c.category, v.Category)
	return c
}

// add counts a measurement once for each trait; its rows come together.
func (t traits) add(v *verdict.Row, kind verdict.TraitKind, value string) {
	if c := t.of(v, kind, value); c.last != v.MeasurementUID {
		c.n++
		c.last = v.MeasurementUID
	}
}

// traitsAmong counts from heads how often targets were tested, and from the rows of those measurements that met something on a
// layer how. It counts what traits.sql does. Its error is one of those missing knows where there are no rows to read.
func (l *Lake) traitsAmong(ctx context.Context, x *headIndex, asns []uint32, from, to time.Time) ([]verdict.Trait, error) {
	found, hits := traits{}, map[*headFile][]int{}
	for _, asn := range slices.Compact(slices.Sorted(slices.Values(asns))) {
		word, known := x.numbers[networkKey(asn)]
		if !known {
			continue
		}
		x.each(x.network[word], func(h *headFile, i int) {
			flags, start := h.flags(i), h.start(i)
			if flags&flagInvalid != 0 || start < from.UnixMicro() || start >= to.UnixMicro() {
				return
			}
			if s := headStates()[flags&flagState]; s == verdict.OK || s == verdict.Blocked {
				c := found.of(&verdict.Row{ProbeASN: asn, ProbeCC: x.names[h.country(i)], Target: x.names[h.target(i)], Category: x.names[h.category(i)]}, verdict.TraitTested, "")
				c.n++
				if s == verdict.Blocked {
					c.blocked++
				}
			}
			if flags&flagHit != 0 {
				hits[h] = append(hits[h], i)
			}
		})
	}
	g, err := l.generation(ctx)
	if err != nil {
		return nil, err
	}
	segments, err := g.segmentsByVerdicts(ctx)
	if err != nil {
		return nil, err
	}
	for h, list := range hits {
		if err := l.traitsIn(ctx, found, h, list, g.dir, segments[h.name]); err != nil {
			return nil, fmt.Errorf("traits: %w", err)
		}
	}
	out := make([]verdict.Trait, 0, len(found))
	for k, c := range found {
		if k.kind == verdict.TraitTested {
			if k.value = "free"; c.blocked >= 3 && 5*c.blocked > c.n {
				k.value = "blocked"
			}
		}
		out = append(out, verdict.Trait{ASN: k.asn, CC: c.cc, Target: k.target, Category: c.category, Kind: k.kind, Value: k.value, N: c.n})
	}
	slices.SortFunc(out, func(a, b verdict.Trait) int {
		return cmp.Or(cmp.Compare(a.ASN, b.ASN), strings.Compare(a.Target, b.Target), strings.Compare(string(a.Kind), string(b.Kind)), strings.Compare(a.Value, b.Value))
	})
	return out, nil
}

// segmentsByVerdicts returns the names of segments by those of their verdicts.
func (g *generation) segmentsByVerdicts(ctx context.Context) (map[string]string, error) {
	live, err := g.live(ctx)
	out := map[string]string{}
	for _, s := range live {
		out[s.verdicts] = s.name
	}
	return out, err
}

// traitsIn adds the traits of some measurements of a file, which a segment of that name holds.
func (l *Lake) traitsIn(ctx context.Context, found traits, h *headFile, list []int, dir, name string) (err error) {
	file, err := openRows(dir, "observations", name, l.index.unpack)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.close()) }()
	slices.Sort(list)
	at, block := -1, [][]byte(nil)
	for _, i := range list {
		if n := i / h.rows.keys; n != at {
			if block, err = h.rows.block(int64(n)); err != nil {
				return err
			}
			at = n
		}
		rows, err := ofKey(block, i%h.rows.keys)
		if err != nil {
			return err
		}
		var seen []obs.Observation
		for _, b := range rows[1:] {
			var v verdict.Row
			if err := errors.Join(verdictCode().read(b, &v), ctx.Err()); err != nil {
				return err
			}
			if v.State != verdict.Blocked {
				continue
			}
			if seen == nil {
				if seen, err = probeSaw(file, v.MeasurementUID); err != nil {
					return err
				}
			}
			found.met(&v, seen)
		}
	}
	return nil
}

// probeSaw returns what the probe saw in a measurement.
func probeSaw(file *rowFile, uid string) ([]obs.Observation, error) {
	rows, err := file.of(uid)
	if err != nil {
		return nil, err
	}
	out := []obs.Observation{}
	for _, b := range rows {
		var o obs.Observation
		if err := observationCode().read(b, &o); err != nil {
			return nil, err
		}
		if o.Vantage == obs.Probe {
			out = append(out, o)
		}
	}
	return out, nil
}

// met adds the traits of one layer's verdict, given what the probe saw.
func (t traits) met(v *verdict.Row, seen []obs.Observation) {
	t.add(v, verdict.TraitMechanism, v.Rule)
	for i := range seen {
		o := &seen[i]
		failure := map[verdict.Layer]string{verdict.DNS: o.DNSFailure, verdict.TCP: o.TCPFailure, verdict.TLS: o.TLSFailure, verdict.HTTP: o.HTTPFailure, verdict.QUIC: o.QUICFailure}[v.Layer]
		if failure != "" {
			t.add(v, verdict.TraitFailure, string(v.Layer)+" "+failure)
		}
		if v.Layer == verdict.DNS && o.DNSAnswer != "" {
			t.add(v, verdict.TraitAnswer, o.DNSAnswer)
		}
		for _, list := range [][]string{o.DNSFingerprints, o.TLSFingerprints, o.HTTPFingerprints} {
			for _, f := range list {
				t.add(v, verdict.TraitFingerprint, f)
			}
		}
	}
}
