// Package storetest holds what every store must pass, and a plain reference store to compare with.
package storetest

import (
	"bytes"
	"cmp"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/parquet-go/parquet-go"

	"veedor/internal/measure/control"
	"veedor/internal/measure/obs"
	"veedor/internal/measure/store"
	"veedor/internal/measure/verdict"
)

// Memory is the reference store: the contract in the simplest form there is.
type Memory struct {
	mu       sync.Mutex
	verdicts []verdict.Row
	rows     []obs.Observation
	certs    map[string]obs.Certificate
	rejected map[string]store.Rejected
	earlier  map[string][]store.Earlier
	uids     map[string]bool
	settled  int // measurements there were when Settle was last called
}

var _ store.Store = (*Memory)(nil)

// NewMemory returns an empty reference store.
func NewMemory() store.Store {
	return &Memory{certs: map[string]obs.Certificate{}, rejected: map[string]store.Rejected{}, earlier: map[string][]store.Earlier{}, uids: map[string]bool{}}
}

// Close implements store.Store.
func (m *Memory) Close() error { return nil }

// Append implements store.Store.
func (m *Memory) Append(_ context.Context, b store.Batch) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	fresh := map[string]bool{}
	type part struct {
		uid string
		n   string
	}
	seen := map[part]bool{}
	once := func(uid, n string) bool {
		p := part{uid, n}
		if seen[p] || m.uids[uid] {
			return false
		}
		seen[p] = true
		return true
	}
	for _, v := range b.Verdicts {
		if once(v.MeasurementUID, string(v.Layer)) {
			fresh[v.MeasurementUID] = true
			m.verdicts = append(m.verdicts, v)
		}
	}
	for _, o := range b.Observations {
		if fresh[o.MeasurementUID] && once(o.MeasurementUID, fmt.Sprint(o.ObservationIdx)) {
			m.rows = append(m.rows, o)
		}
	}
	for uid := range fresh {
		m.uids[uid] = true
	}
	for _, c := range b.Certificates {
		m.certs[c.Fingerprint] = c
	}
	for _, r := range b.Rejected {
		if _, known := m.rejected[r.Hash]; !known {
			m.rejected[r.Hash] = r
		}
	}
	slices.SortFunc(m.verdicts, func(x, y verdict.Row) int {
		return cmp.Or(x.StartTime.Compare(y.StartTime), strings.Compare(x.MeasurementUID, y.MeasurementUID), rank(x.Layer)-rank(y.Layer))
	})
	slices.SortFunc(m.rows, func(x, y obs.Observation) int {
		return cmp.Or(x.StartTime.Compare(y.StartTime), strings.Compare(x.MeasurementUID, y.MeasurementUID), int(x.ObservationIdx)-int(y.ObservationIdx))
	})
	return nil
}

func rank(l verdict.Layer) int {
	return slices.Index([]verdict.Layer{verdict.All, verdict.DNS, verdict.TCP, verdict.TLS, verdict.HTTP, verdict.QUIC, verdict.Throttling}, l)
}

// Settle implements store.Store.
func (m *Memory) Settle(ctx context.Context, s store.Settling) (store.Settled, error) {
	var done store.Settled
	m.mu.Lock()
	if m.settled == len(m.uids) && !s.All {
		m.mu.Unlock()
		return done, nil
	}
	m.settled = len(m.uids)
	votes := control.NewTable(s.Enough)
	byUID := map[string][]obs.Observation{}
	for _, o := range m.rows {
		byUID[o.MeasurementUID] = append(byUID[o.MeasurementUID], o)
	}
	for _, rows := range byUID {
		votes.Add(control.Votes(nil, rows)...)
	}
	votes.Seal()
	var next []verdict.Row
	for _, v := range m.verdicts {
		if v.Layer == verdict.All && (v.Open || s.All) {
			rows := s.Judge(nil, store.Measurement{Observations: byUID[v.MeasurementUID], Certificates: slices.Collect(maps.Values(m.certs))}, votes)
			next = append(next, rows...)
			done.Judged++
			if rows[0].State != v.State || rows[0].Rule != v.Rule {
				done.Changed++
			}
			if e := (store.Earlier{Row: v, Until: time.Now().UTC().Truncate(time.Second)}); e.Differs(&rows[0]) {
				m.earlier[v.MeasurementUID] = append(m.earlier[v.MeasurementUID], e)
			}
		}
	}
	again := map[string]bool{}
	for _, v := range next {
		again[v.MeasurementUID] = true
	}
	m.verdicts = append(slices.DeleteFunc(m.verdicts, func(v verdict.Row) bool { return again[v.MeasurementUID] }), next...)
	m.mu.Unlock()
	return done, m.Append(ctx, store.Batch{}) // which sorts
}

// Cells implements store.Store.
func (m *Memory) Cells(_ context.Context, e verdict.Scale, cc string, from, to time.Time, f func(verdict.Series, []verdict.Cell) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	var rows []verdict.Row
	for _, v := range m.verdicts {
		if h := verdict.Hour(verdict.HourOf(v.StartTime)); !h.Before(from) && h.Before(to) && (cc == "" || v.ProbeCC == cc) {
			rows = append(rows, v)
		}
	}
	return verdict.Count(e, rows, f)
}

// Example implements store.Store.
func (m *Memory) Example(_ context.Context, k verdict.Series, hour time.Time) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	uid := ""
	for _, v := range m.verdicts {
		if v.ProbeCC == k.CC && v.ProbeASN == k.ASN && v.Target == k.Target && v.Layer == k.Layer && v.Invalid == "" && verdict.HourOf(v.StartTime) == verdict.HourOf(hour) {
			uid = max(uid, v.MeasurementUID)
		}
	}
	return uid, nil
}

// Volumes implements store.Store.
func (m *Memory) Volumes(context.Context) ([]verdict.Volume, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var b verdict.VolumeBuilder
	for _, v := range m.verdicts {
		if v.Layer == verdict.All && v.Invalid == "" {
			b.Add(v.ProbeCC, v.ProbeASN, verdict.HourOf(v.StartTime), 1)
		}
	}
	return b.Volumes(), nil
}

// Known implements store.Store.
func (m *Memory) Known(_ context.Context, uids []string) ([]bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := make([]bool, len(uids))
	for i, uid := range uids {
		out[i] = m.uids[uid]
	}
	return out, nil
}

func matches(f store.Filter, v verdict.Row) bool {
	return (f.CC == "" || v.ProbeCC == f.CC) && (f.ASN == 0 || v.ProbeASN == f.ASN) && (f.Target == "" || v.Target == f.Target) && (f.Category == "" || v.Category == f.Category) &&
		(f.Test == "" || v.TestName == f.Test) && (f.State == "" || v.State == f.State) &&
		(f.From.IsZero() || !v.StartTime.Before(f.From)) && (f.To.IsZero() || v.StartTime.Before(f.To))
}

// Tally implements store.Store.
func (m *Memory) Tally(_ context.Context, f store.Filter, by store.Group) ([]store.Count, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	key := map[store.Group]func(verdict.Row) string{
		store.ByCountry: func(v verdict.Row) string { return v.ProbeCC }, store.ByNetwork: func(v verdict.Row) string { return fmt.Sprint("AS", v.ProbeASN) },
		store.ByTarget: func(v verdict.Row) string { return v.Target }, store.ByCategory: func(v verdict.Row) string { return v.Category },
		store.ByTest: func(v verdict.Row) string { return v.TestName }, store.ByDay: func(v verdict.Row) string { return v.StartTime.Format(time.DateOnly) },
		store.ByLayer: func(v verdict.Row) string { return string(v.Layer) }, store.ByRule: func(v verdict.Row) string { return v.Rule },
	}[by]
	if key == nil {
		return nil, fmt.Errorf("tally: no group %q", by)
	}
	groups := map[string]*group{}
	for _, v := range m.verdicts {
		switch {
		case f.Layer != "" && v.Layer != f.Layer, f.Layer == "" && (by == store.ByLayer) == (v.Layer == verdict.All), !matches(f, v):
			continue
		}
		g := groups[key(v)]
		if g == nil {
			g = &group{networks: map[uint32]bool{}, targets: map[string]bool{}}
			g.Key, g.Invented, g.First = key(v), true, v.StartTime
			groups[g.Key] = g
		}
		g.add(v, by)
	}
	var out []store.Count
	for _, g := range groups {
		g.Networks, g.Targets = int64(len(g.networks)), int64(len(g.targets))
		if g.Witness = g.blockedWitness; g.Witness == "" {
			g.Witness = g.anyWitness
		}
		out = append(out, g.Count)
	}
	slices.SortFunc(out, func(x, y store.Count) int {
		return cmp.Or(cmp.Compare(y.Blocked, x.Blocked), cmp.Compare(y.Total, x.Total), strings.Compare(x.Key, y.Key))
	})
	return out, nil
}

// group is a Count in the making.
type group struct {
	store.Count
	networks                   map[uint32]bool
	targets                    map[string]bool
	blockedWitness, anyWitness string
}

func (g *group) add(v verdict.Row, by store.Group) {
	g.Total++
	switch v.State {
	case verdict.OK:
		g.OK++
	case verdict.Down:
		g.Down++
	case verdict.Blocked:
		g.Blocked++
		if v.Artefact {
			g.Artefact++
		}
		g.blockedWitness = max(g.blockedWitness, v.MeasurementUID)
	default:
		g.Insufficient++
	}
	if by == store.ByNetwork && v.MeasurementUID >= g.anyWitness {
		g.Name = v.ProbeASOrgName
	}
	g.anyWitness = max(g.anyWitness, v.MeasurementUID)
	g.networks[v.ProbeASN], g.targets[v.Target] = true, true
	if v.StartTime.After(g.Last) {
		g.Last = v.StartTime
	}
	g.Invented = g.Invented && v.Invented
}

// Latest implements store.Store.
func (m *Memory) Latest(_ context.Context, f store.Filter, limit, offset int) ([]verdict.Row, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	layer := cmp.Or(f.Layer, verdict.All)
	var out []verdict.Row
	for _, v := range m.verdicts {
		if v.Layer == layer && matches(f, v) {
			out = append(out, v)
		}
	}
	slices.SortFunc(out, func(x, y verdict.Row) int {
		return cmp.Or(y.StartTime.Compare(x.StartTime), strings.Compare(y.MeasurementUID, x.MeasurementUID))
	})
	out = out[min(offset, len(out)):]
	return out[:min(limit, len(out))], nil
}

// Measurement implements store.Store.
func (m *Memory) Measurement(_ context.Context, uid string) (store.Measurement, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := store.Measurement{Earlier: m.earlier[uid]}
	for _, v := range m.verdicts {
		if v.MeasurementUID == uid {
			out.Verdicts = append(out.Verdicts, v)
		}
	}
	if out.Verdicts == nil {
		return out, store.ErrNotFound
	}
	for _, o := range m.rows {
		if o.MeasurementUID != uid {
			continue
		}
		out.Observations = append(out.Observations, o)
		if c, ok := m.certs[o.TLSCertFingerprint]; ok && !slices.ContainsFunc(out.Certificates, func(d obs.Certificate) bool { return d.Fingerprint == c.Fingerprint }) {
			out.Certificates = append(out.Certificates, c)
		}
	}
	slices.SortFunc(out.Certificates, func(x, y obs.Certificate) int { return strings.Compare(x.Fingerprint, y.Fingerprint) })
	return out, nil
}

// Rejections implements store.Store.
func (m *Memory) Rejections(_ context.Context, limit, offset int) ([]store.Rejected, int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []store.Rejected
	for _, r := range m.rejected {
		out = append(out, r)
	}
	slices.SortFunc(out, func(x, y store.Rejected) int {
		return cmp.Or(strings.Compare(x.Source, y.Source), cmp.Compare(x.Line, y.Line), strings.Compare(x.Hash, y.Hash))
	})
	total := int64(len(out))
	out = out[min(offset, len(out)):]
	return out[:min(limit, len(out))], total, nil
}

// Stats implements store.Store.
func (m *Memory) Stats(ctx context.Context) (store.Stats, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := store.Stats{Observations: int64(len(m.rows)), Rejected: int64(len(m.rejected)), Generation: "memory", Invented: len(m.verdicts) > 0}
	cc, asn, target := map[string]bool{}, map[uint32]bool{}, map[string]bool{}
	for _, v := range m.verdicts {
		if v.Layer != verdict.All {
			continue
		}
		s.Measurements++
		cc[v.ProbeCC], asn[v.ProbeASN], target[v.Target] = true, true, true
		if v.State == verdict.Blocked {
			s.Blocked++
		}
		if s.First.IsZero() || v.StartTime.Before(s.First) {
			s.First = v.StartTime
		}
		if v.StartTime.After(s.Last) {
			s.Last = v.StartTime
		}
		s.Invented = s.Invented && v.Invented
	}
	s.Countries, s.Networks, s.Targets = int64(len(cc)), int64(len(asn)), int64(len(target))
	return s, nil
}

// Export implements store.Store.
func (m *Memory) Export(_ context.Context, t store.Table, f store.Format, w io.Writer) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch t {
	case store.Observations:
		return export(m.rows, f, w)
	case store.Verdicts:
		return export(m.verdicts, f, w)
	}
	return fmt.Errorf("export: no table %q", t)
}

func export[T any](rows []T, f store.Format, w io.Writer) error {
	switch f {
	case store.Parquet:
		return parquet.Write(w, rows)
	case store.CSV:
	default:
		return fmt.Errorf("export: no format %q", f)
	}
	c := csv.NewWriter(w)
	t := reflect.TypeFor[T]()
	line := make([]string, t.NumField())
	for i := range line {
		line[i], _, _ = strings.Cut(t.Field(i).Tag.Get("parquet"), ",")
	}
	if err := c.Write(line); err != nil {
		return err
	}
	for _, r := range rows {
		v := reflect.ValueOf(r)
		for i := range line {
			line[i] = cell(v.Field(i))
		}
		if err := c.Write(line); err != nil {
			return err
		}
	}
	c.Flush()
	return c.Error()
}

func cell(v reflect.Value) string {
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return ""
		}
		v = v.Elem()
	}
	if v.Kind() == reflect.Slice {
		b, err := json.Marshal(v.Interface())
		if err != nil {
			panic(err) // lists of strings always have a form in JSON
		}
		return string(bytes.ReplaceAll(b, []byte("null"), []byte("[]")))
	}
	return fmt.Sprint(v.Interface())
}
