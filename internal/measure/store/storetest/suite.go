package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"veedor/internal/measure/store"
	"veedor/internal/measure/verdict"
)

// Run holds a store to the contract. open returns an empty one, closed by its own clean-up.
func Run(t *testing.T, open func(t *testing.T) store.Store) {
	t.Run("empty", func(t *testing.T) { empty(t, open(t)) })
	t.Run("same answers as the reference", func(t *testing.T) { sameAnswers(t, open(t)) })
	t.Run("appending twice changes nothing", func(t *testing.T) { idempotent(t, open(t)) })
	t.Run("exports do not depend on how it was stored", func(t *testing.T) { samePath(t, open) })
	t.Run("settling does not depend on how it was stored", func(t *testing.T) { settling(t, open) })
	t.Run("cells are those of the reference", func(t *testing.T) { cells(t, open(t)) })
	t.Run("traits are those of the reference", func(t *testing.T) { traits(t, open(t)) })
	t.Run("many appenders at once", func(t *testing.T) { concurrent(t, open(t)) })
}

var loose = []cmp.Option{cmpopts.EquateEmpty(), cmpopts.IgnoreFields(store.Stats{}, "Generation", "Segments")}

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func add(t *testing.T, s store.Store, batches ...store.Batch) {
	t.Helper()
	for _, b := range batches {
		if err := s.Append(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
}

func exports(t *testing.T, s store.Store) string {
	t.Helper()
	var all bytes.Buffer
	for _, table := range []store.Table{store.Observations, store.Verdicts} {
		for _, f := range []store.Format{store.CSV, store.Parquet} {
			if err := s.Export(t.Context(), table, f, &all); err != nil {
				t.Fatal(err)
			}
		}
	}
	return all.String()
}

func empty(t *testing.T, s store.Store) {
	ctx := t.Context()
	st := must[store.Stats](t)(s.Stats(ctx))
	if d := cmp.Diff(store.Stats{}, st, loose...); d != "" {
		t.Errorf("stats of nothing:\n%s", d)
	}
	if got := must[[]store.Count](t)(s.Tally(ctx, store.Filter{}, store.ByCountry)); len(got) != 0 {
		t.Errorf("tally of nothing: %v", got)
	}
	if got := must[[]verdict.Row](t)(s.Latest(ctx, store.Filter{}, 10, 0)); len(got) != 0 {
		t.Errorf("latest of nothing: %v", got)
	}
	if _, err := s.Measurement(ctx, "none"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("measurement that is not there: %v", err)
	}
	if _, err := s.Tally(ctx, store.Filter{}, "nonsense"); err == nil {
		t.Error("a group that does not exist was counted")
	}
	if err := s.Export(ctx, "nonsense", store.CSV, &bytes.Buffer{}); err == nil {
		t.Error("a table that does not exist was exported")
	}
	exports(t, s)
}

func sameAnswers(t *testing.T, s store.Store) {
	ctx := t.Context()
	ref := NewMemory()
	for seed := range uint64(3) {
		b := Random(seed, 40)
		add(t, s, b)
		add(t, ref, b)
	}
	if d := cmp.Diff(must[store.Stats](t)(ref.Stats(ctx)), must[store.Stats](t)(s.Stats(ctx)), loose...); d != "" {
		t.Errorf("stats (-reference +got):\n%s", d)
	}
	day := time.Date(2026, 5, 3, 0, 0, 0, 0, time.UTC)
	filters := []store.Filter{{}, {CC: "XA"}, {Category: "NEWS"}, {ASN: 64497}, {Target: "news.example"}, {Target: `O'Brien; DROP TABLE verdicts; --`}, {Test: "web_connectivity"}, {Test: "none"},
		{State: verdict.Blocked}, {Layer: verdict.TLS}, {Layer: verdict.TLS, State: verdict.Blocked, CC: "XB"}, {From: day}, {To: day}, {From: day, To: day.AddDate(0, 0, 1)}}
	groups := []store.Group{store.ByCountry, store.ByNetwork, store.ByTarget, store.ByCategory, store.ByTest, store.ByDay, store.ByLayer, store.ByRule}
	for _, f := range filters {
		for _, g := range groups {
			want, got := must[[]store.Count](t)(ref.Tally(ctx, f, g)), must[[]store.Count](t)(s.Tally(ctx, f, g))
			if d := cmp.Diff(want, got, loose...); d != "" {
				t.Errorf("tally %+v by %s (-reference +got):\n%s", f, g, d)
			}
		}
		for _, page := range [][2]int{{5, 0}, {5, 3}, {1000, 0}, {5, 1000}} {
			want, got := must[[]verdict.Row](t)(ref.Latest(ctx, f, page[0], page[1])), must[[]verdict.Row](t)(s.Latest(ctx, f, page[0], page[1]))
			if d := cmp.Diff(want, got, loose...); d != "" {
				t.Errorf("latest %+v %v (-reference +got):\n%s", f, page, d)
			}
		}
	}
	for _, v := range must[[]verdict.Row](t)(ref.Latest(ctx, store.Filter{}, 8, 0)) {
		want, got := must[store.Measurement](t)(ref.Measurement(ctx, v.MeasurementUID)), must[store.Measurement](t)(s.Measurement(ctx, v.MeasurementUID))
		if d := cmp.Diff(want, got, loose...); d != "" {
			t.Errorf("measurement %s (-reference +got):\n%s", v.MeasurementUID, d)
		}
	}
	want, n, err := ref.Rejections(ctx, 4, 2)
	if err != nil {
		t.Fatal(err)
	}
	got, m, err := s.Rejections(ctx, 4, 2)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got, loose...); d != "" || n != m {
		t.Errorf("rejections: %d of %d (-reference +got):\n%s", m, n, d)
	}
}

func idempotent(t *testing.T, s store.Store) {
	b := Random(1, 30)
	twice := b
	twice.Observations = append(slices.Clone(b.Observations), b.Observations...)
	twice.Verdicts = append(slices.Clone(b.Verdicts), b.Verdicts...)
	add(t, s, twice)
	before := exports(t, s)
	add(t, s, b, b)
	if exports(t, s) != before {
		t.Error("appending the same measurements again changed an export")
	}
	st := must[store.Stats](t)(s.Stats(t.Context()))
	if st.Measurements != 30 || st.Observations != int64(len(b.Observations)) || st.Rejected != 3 {
		t.Errorf("stats %+v, want 30 measurements, %d observations, 3 rejected", st, len(b.Observations))
	}
	known := must[[]bool](t)(s.Known(t.Context(), []string{b.Verdicts[0].MeasurementUID, "none", b.Verdicts[5].MeasurementUID}))
	if d := cmp.Diff([]bool{true, false, true}, known); d != "" {
		t.Error(d)
	}
}

// split cuts a batch by measurement into n batches.
func split(b store.Batch, n int) []store.Batch {
	out := make([]store.Batch, n)
	at := map[string]int{}
	for _, v := range b.Verdicts {
		if _, ok := at[v.MeasurementUID]; !ok {
			at[v.MeasurementUID] = len(at) % n
		}
		i := at[v.MeasurementUID]
		out[i].Verdicts = append(out[i].Verdicts, v)
	}
	for _, o := range b.Observations {
		i := at[o.MeasurementUID]
		out[i].Observations = append(out[i].Observations, o)
	}
	out[0].Certificates, out[n-1].Rejected = b.Certificates, b.Rejected
	return out
}

func samePath(t *testing.T, open func(t *testing.T) store.Store) {
	b := Random(9, 60)
	whole, parts := open(t), open(t)
	add(t, whole, b)
	pieces := split(b, 7)
	slices.Reverse(pieces)
	add(t, parts, pieces...)
	if exports(t, whole) != exports(t, parts) {
		t.Error("the same measurements in other batches and another order give other exports")
	}
}

// settling: what others measured is counted alike by every store, whatever came first, and late data
// are judged as if they had come in time.
func settling(t *testing.T, open func(t *testing.T) store.Store) {
	judge := func(dst []verdict.Row, m store.Measurement, c verdict.Controls) []verdict.Row {
		o := &m.Observations[0]
		a := c.Look(verdict.Question{About: verdict.AboutEndpoint, IP: o.IP, Port: o.Port, At: o.StartTime, ASN: o.ProbeASN, CC: o.ProbeCC, Voter: verdict.Voter(o)})
		for _, l := range []verdict.Layer{verdict.All, verdict.TCP} {
			dst = append(dst, verdict.Row{MeasurementUID: o.MeasurementUID, EvidenceHash: o.EvidenceHash, StartTime: o.StartTime, ProbeCC: o.ProbeCC, ProbeASN: o.ProbeASN,
				TestName: o.TestName, Layer: l, State: verdict.OK, Rule: fmt.Sprintf("%d %d %d %s", a.OK.Voters, a.Failed.Voters, a.Here.Voters, a.Witness), Open: true})
		}
		return dst
	}
	settle := func(s store.Store) store.Settled {
		return must[store.Settled](t)(s.Settle(t.Context(), store.Settling{Judge: judge}))
	}
	b := Random(11, 80)
	ref := NewMemory()
	add(t, ref, b)
	if done := settle(ref); done.Judged < 20 {
		t.Fatalf("the reference judged %d measurements again", done.Judged)
	}
	once, often := open(t), open(t)
	add(t, once, b)
	settle(once)
	for _, piece := range split(b, 5) {
		add(t, often, piece)
		settle(often)
	}
	if done := settle(often); done.Judged != 0 {
		t.Errorf("nothing new was stored, and %d measurements were judged again", done.Judged)
	}
	want := must[[]verdict.Row](t)(ref.Latest(t.Context(), store.Filter{}, 1000, 0))
	for name, s := range map[string]store.Store{"once": once, "after each batch": often} {
		if d := cmp.Diff(want, must[[]verdict.Row](t)(s.Latest(t.Context(), store.Filter{}, 1000, 0)), loose...); d != "" {
			t.Errorf("settled %s (-reference +got):\n%s", name, d)
		}
	}
	told := 0
	for _, v := range want {
		a, b := must[store.Measurement](t)(ref.Measurement(t.Context(), v.MeasurementUID)), must[store.Measurement](t)(once.Measurement(t.Context(), v.MeasurementUID))
		if d := cmp.Diff(a.Earlier, b.Earlier, append(loose, cmpopts.IgnoreFields(store.Earlier{}, "Until"))...); d != "" {
			t.Errorf("what was said of %s before (-reference +got):\n%s", v.MeasurementUID, d)
		}
		for _, e := range b.Earlier {
			if told++; time.Since(e.Until) > time.Hour || e.Until.After(time.Now()) {
				t.Errorf("%s was judged again at %s", v.MeasurementUID, e.Until)
			}
		}
	}
	if told == 0 {
		t.Error("nobody tells what was said before")
	}
	if exports(t, once) != exports(t, often) {
		t.Error("settling after each batch gives other exports than settling once")
	}
}

// counted is a store's cells and volumes.
type counted struct {
	Keys    []verdict.Series
	Cells   [][]verdict.Cell
	Volumes []verdict.Volume

	Examples []string
}

func count(t *testing.T, s store.Store, cc string, from, to time.Time) counted {
	t.Helper()
	var c counted
	e := verdict.Scale{MostOfOne: 30, Full: 0.9, Partial: 0.2}
	err := s.Cells(t.Context(), e, cc, from, to, func(k verdict.Series, list []verdict.Cell) error {
		c.Keys, c.Cells = append(c.Keys, k), append(c.Cells, slices.Clone(list))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	c.Volumes = must[[]verdict.Volume](t)(s.Volumes(t.Context()))
	for i, k := range c.Keys[:min(len(c.Keys), 20)] {
		hour := c.Cells[i][0].Hour
		c.Examples = append(c.Examples, must[string](t)(s.Example(t.Context(), k, verdict.Hour(hour))), must[string](t)(s.Example(t.Context(), k, verdict.Hour(hour-24*365))))
	}
	return c
}

// cells: the engine counts as the plain words say, anew where something came late.
func cells(t *testing.T, s store.Store) {
	ref := NewMemory()
	day := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	for seed := range uint64(3) {
		b := Random(seed, 120)
		add(t, s, b)
		add(t, ref, b)
		for _, w := range [][2]time.Time{{day, day.AddDate(0, 1, 0)}, {day.Add(30 * time.Hour), day.Add(55 * time.Hour)}} {
			for _, cc := range []string{"", "XA"} {
				want, got := count(t, ref, cc, w[0], w[1]), count(t, s, cc, w[0], w[1])
				if len(want.Keys) < 10 {
					t.Fatalf("the reference has %d series", len(want.Keys))
				}
				if d := cmp.Diff(want, got, cmpopts.EquateEmpty(), cmpopts.EquateApprox(0, 2e-6)); d != "" {
					t.Fatalf("cells of %q %s (-reference +got):\n%s", cc, w, d)
				}
			}
		}
	}
}

func traits(t *testing.T, s store.Store) {
	ref := NewMemory()
	for seed := range uint64(3) {
		b := Random(seed, 80)
		add(t, s, b)
		add(t, ref, b)
	}
	day := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	for _, w := range [][2]time.Time{{day, day.AddDate(0, 1, 0)}, {day.AddDate(0, 0, 1), day.AddDate(0, 0, 2)}} {
		want, got := must[[]verdict.Trait](t)(ref.Traits(t.Context(), []uint32{64496, 64498}, w[0], w[1])), must[[]verdict.Trait](t)(s.Traits(t.Context(), []uint32{64496, 64498}, w[0], w[1]))
		if len(want) < 20 {
			t.Fatalf("the reference has %d traits", len(want))
		}
		// Networks of the random batches lie in two countries, and their targets in two categories.
		if d := cmp.Diff(want, got, cmpopts.IgnoreFields(verdict.Trait{}, "CC", "Category")); d != "" {
			t.Errorf("traits (-reference +got):\n%s", d)
		}
	}
}

func concurrent(t *testing.T, s store.Store) {
	var wg sync.WaitGroup
	errs := make(chan error, 100)
	for w := range 6 {
		wg.Go(func() {
			for seed := range uint64(4) { // every appender brings the same measurements
				b := Random(seed, 10)
				if w%2 == 1 {
					slices.Reverse(b.Verdicts)
				}
				errs <- s.Append(context.Background(), b)
			}
		})
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
	ref := NewMemory()
	for seed := range uint64(4) {
		add(t, ref, Random(seed, 10))
	}
	for _, g := range []store.Group{store.ByNetwork, store.ByLayer} {
		want, got := must[[]store.Count](t)(ref.Tally(t.Context(), store.Filter{}, g)), must[[]store.Count](t)(s.Tally(t.Context(), store.Filter{}, g))
		if d := cmp.Diff(want, got, loose...); d != "" {
			t.Errorf("by %s (-reference +got):\n%s", g, d)
		}
	}
	if got, want := must[store.Stats](t)(s.Stats(t.Context())), must[store.Stats](t)(ref.Stats(t.Context())); got.Observations != want.Observations {
		t.Errorf("%d observations, want %d", got.Observations, want.Observations)
	}
}
