package lake

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"veedor/internal/measure/obs"
	"veedor/internal/measure/store"
	"veedor/internal/measure/store/storetest"
	"veedor/internal/measure/verdict"
)

// TestMain lets the test binary act as an appender that is killed; see TestKill.
func TestMain(m *testing.M) {
	if dir := os.Getenv("VEEDOR_TEST_APPENDER"); dir != "" {
		appendForEver(dir)
	}
	os.Exit(m.Run())
}

func open(t testing.TB, dir string) *Lake {
	t.Helper()
	l, err := Open(context.Background(), dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

func TestLake(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store { return open(t, t.TempDir()) })
}

// TestEngine: without the index of heads the engine gives the same answers.
func TestEngine(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store {
		l, err := Open(t.Context(), t.TempDir(), Options{Indexed: -1})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = l.Close() })
		return l
	})
}

// TestHeads: the index follows what is appended, settled, merged and rebuilt, and damaged heads are made anew.
func TestHeads(t *testing.T) {
	dir := t.TempDir()
	l, reader := open(t, dir), open(t, dir)
	same := func(when string) {
		t.Helper()
		plain, err := Open(t.Context(), dir, Options{Indexed: -1})
		if err != nil {
			t.Fatal(err)
		}
		defer plain.Close()
		for _, f := range []store.Filter{{}, {CC: "XA"}, {ASN: 64497}, {Target: "news.example", State: verdict.Blocked}, {Category: "NEWS"}} {
			for _, by := range []store.Group{store.ByCountry, store.ByNetwork, store.ByTarget, store.ByDay} {
				if d := cmp.Diff(must(plain.Tally(t.Context(), f, by)), must(reader.Tally(t.Context(), f, by)), cmpopts.EquateEmpty()); d != "" {
					t.Fatalf("%s: tally of %+v by %s (-engine +index):\n%s", when, f, by, d)
				}
			}
			for _, page := range [][2]int{{3, 0}, {4, 7}, {500, 0}} {
				if d := cmp.Diff(must(plain.Latest(t.Context(), f, page[0], page[1])), must(reader.Latest(t.Context(), f, page[0], page[1])), cmpopts.EquateEmpty()); d != "" {
					t.Fatalf("%s: latest of %+v %v (-engine +index):\n%s", when, f, page, d)
				}
			}
		}
		var networks []uint32
		for _, c := range must(plain.Tally(t.Context(), store.Filter{}, store.ByNetwork)) {
			var n uint32
			if _, err := fmt.Sscanf(c.Key, "AS%d", &n); err != nil {
				t.Fatal(err)
			}
			networks = append(networks, n)
		}
		for _, days := range []int{3, 30_000} { // the whole, and the middle of it
			from, to := time.Now().AddDate(0, 0, -days), time.Now().AddDate(0, 0, days)
			if st := must(plain.Stats(t.Context())); days == 3 {
				from, to = st.First.Add(st.Last.Sub(st.First)/4), st.Last.Add(-st.Last.Sub(st.First)/4)
			}
			if d := cmp.Diff(must(plain.Traits(t.Context(), networks, from, to)), must(reader.Traits(t.Context(), networks, from, to)), cmpopts.EquateEmpty()); d != "" {
				t.Fatalf("%s: traits from %s to %s (-engine +index):\n%s", when, from, to, d)
			}
		}
		if d := cmp.Diff(must(plain.Stats(t.Context())), must(reader.Stats(t.Context()))); d != "" {
			t.Fatalf("%s: stats (-engine +index):\n%s", when, d)
		}
	}
	same("nothing")
	odd := storetest.Random(5, 3)
	for i := range odd.Verdicts {
		odd.Verdicts[i].MeasurementUID = "called otherwise " + odd.Verdicts[i].MeasurementUID
		odd.Verdicts[i].StartTime = odd.Verdicts[i].StartTime.Add(-1500 * time.Millisecond * time.Duration(i))
	}
	for i := range odd.Observations {
		odd.Observations[i].MeasurementUID = "called otherwise " + odd.Observations[i].MeasurementUID
	}
	for seed := range uint64(3) {
		if err := l.Append(t.Context(), storetest.Random(seed, 40)); err != nil {
			t.Fatal(err)
		}
		same("appended")
	}
	if err := l.Append(t.Context(), odd); err != nil {
		t.Fatal(err)
	}
	same("other UIDs")
	if _, err := l.Compact(t.Context()); err != nil {
		t.Fatal(err)
	}
	same("merged")
	if err := l.Rebuild(t.Context(), func(ctx context.Context, to store.Appender) error { return to.Append(ctx, storetest.Random(2, 30)) }); err != nil {
		t.Fatal(err)
	}
	same("rebuilt")
	for _, damage := range []string{"", headsMagic, strings.Repeat("x", 300)} {
		for _, f := range must(filepath.Glob(filepath.Join(dir, "lake", "gen-*", headsFolder, "*"))) {
			if err := os.WriteFile(f+".new", []byte(damage), 0o644); err != nil {
				t.Fatal(err)
			}
			if err := os.Rename(f+".new", f); err != nil {
				t.Fatal(err)
			}
		}
		reader = open(t, dir)
		same("damaged")
	}
}

// TestQueries prepares every query on the real engine.
func TestQueries(t *testing.T) {
	l := open(t, t.TempDir())
	if err := l.Append(t.Context(), storetest.Random(1, 3)); err != nil {
		t.Fatal(err)
	}
	e := verdict.Scale{MostOfOne: 30, Full: 0.9, Partial: 0.2}
	counted := func(verdict.Series, []verdict.Cell) error { return nil }
	if err := l.Cells(t.Context(), e, "", time.Time{}, time.Now(), counted); err != nil {
		t.Fatal(err)
	}
	duck, g, err := l.look(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	cells, err := filepath.Glob(filepath.Join(g.dir, cellsFolder, "*.parquet"))
	if err != nil || len(cells) == 0 {
		t.Fatal(cells, err)
	}
	seen := 0
	err = fs.WalkDir(queries, "sql", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		seen++
		name := strings.TrimSuffix(d.Name(), ".sql")
		if text := query(name); !strings.HasPrefix(text, "-- one row is ") {
			t.Errorf("%s does not say what a row is", path)
		}
		text := query(name, "{{from}}", "certificates", "{{columns}}", "*", "{{files}}", fileList(g.dir, "verdicts", []string{"empty"}), "{{order}}", "measurement_uid",
			"{{rules}}", "('x', 0.0, 0.0)", "{{key}}", "probe_cc", "{{name}}", "NULL", "{{layers}}", "true")
		if name == "read_cells" {
			text = query(name, "{{files}}", "["+quote(cells[0])+"]")
		}
		if strings.Contains(text, "read_parquet($1)") {
			text = strings.Replace(text, "$1", quote(segmentPath(g.dir, map[bool]string{true: "verdicts", false: "observations"}[name == "verdicts_of" || name == "open_of"], "empty")), 1)
			text = strings.NewReplacer("$2", "$1", "$3", "$2", "$4", "$3").Replace(text)
		}
		s, err := duck.PrepareContext(t.Context(), text)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			return nil
		}
		return s.Close()
	})
	if err != nil || seen == 0 {
		t.Fatal(seen, err)
	}
}

func export(t testing.TB, s store.Store) string {
	t.Helper()
	var b bytes.Buffer
	for _, table := range []store.Table{store.Observations, store.Verdicts} {
		for _, f := range []store.Format{store.CSV, store.Parquet} {
			if err := s.Export(context.Background(), table, f, &b); err != nil {
				t.Fatal(err)
			}
		}
	}
	return b.String()
}

func TestCompact(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir)
	other := open(t, dir) // as another process
	for seed := range uint64(70) {
		if err := l.Append(t.Context(), storetest.Random(seed, 3)); err != nil {
			t.Fatal(err)
		}
	}
	before := export(t, l)
	if need, err := l.NeedsCompaction(t.Context()); err != nil || !need {
		t.Errorf("needs compaction: %v %v", need, err)
	}
	done, err := l.Compact(t.Context())
	if err != nil || done.Merged != 70 || done.Into != 1 {
		t.Errorf("compacted %+v, %v", done, err)
	}
	if export(t, l) != before || export(t, other) != before {
		t.Error("compaction changed an export")
	}
	uid := storetest.Random(5, 3).Verdicts[0].MeasurementUID
	if m, err := other.Measurement(t.Context(), uid); err != nil || len(m.Verdicts) != 5 {
		t.Errorf("a measurement after its segment was merged: %d rows, %v", len(m.Verdicts), err)
	}
	if err := l.Append(t.Context(), storetest.Random(5, 3)); err != nil {
		t.Fatal(err)
	}
	if export(t, l) != before {
		t.Error("a merged measurement was stored a second time")
	}
}

func TestRebuild(t *testing.T) {
	dir := t.TempDir()
	l, reader := open(t, dir), open(t, dir)
	all := []store.Batch{storetest.Random(1, 20), storetest.Random(2, 20), storetest.Random(3, 20)}
	for _, b := range all[:2] {
		if err := l.Append(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	pass := 0
	archived := all[:2]
	err := l.Rebuild(t.Context(), func(ctx context.Context, s store.Appender) error {
		if pass++; pass == 1 { // somebody ingests while the first pass runs
			if err := reader.Append(ctx, all[2]); err != nil {
				return err
			}
			for _, b := range archived {
				if err := s.Append(ctx, b); err != nil {
					return err
				}
			}
			archived = all
			return nil
		}
		for _, b := range archived {
			if err := s.Append(ctx, b); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	st, err := reader.Stats(t.Context())
	if err != nil || st.Generation != "gen-000002" || st.Measurements != 60 {
		t.Errorf("after the swap a reader sees %+v, %v", st, err)
	}
	fresh := open(t, t.TempDir())
	for _, b := range all {
		if err := fresh.Append(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	if export(t, fresh) != export(t, reader) {
		t.Error("a rebuilt lake exports something else")
	}
	if removed, err := l.Prune(0); err != nil || len(removed) != 1 {
		t.Errorf("pruned %v, %v", removed, err)
	}
}

func TestOtherColumns(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir)
	if _, err := l.gen.catalog.Exec(`UPDATE meta SET schema = 'older'`); err != nil {
		t.Fatal(err)
	}
	if err := l.Append(t.Context(), storetest.Random(1, 1)); err == nil || !strings.Contains(err.Error(), "veedor rebuild") {
		t.Errorf("appending to a lake with other columns: %v", err)
	}
}

// appendForEver appends batches and prints the seed of each acknowledged one.
func appendForEver(dir string) {
	l, err := Open(context.Background(), dir, Options{})
	if err != nil {
		panic(err)
	}
	for seed := uint64(os.Getpid()) << 20; ; seed++ {
		if err := l.Append(context.Background(), storetest.Random(seed, 20)); err != nil {
			panic(err)
		}
		fmt.Println(seed)
	}
}

// TestKill kills an appender at random moments: each acknowledged batch is there whole, no batch in part.
func TestKill(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir)
	acknowledged := 0
	for range 4 {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "VEEDOR_TEST_APPENDER="+dir)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(time.Duration(400+rand.IntN(300))*time.Millisecond, func() { _ = cmd.Process.Kill() })
		text, _ := io.ReadAll(out)
		_ = cmd.Wait()
		n := 0
		for line := range strings.Lines(string(text)) {
			var seed uint64
			if !strings.HasSuffix(line, "\n") {
				continue // cut off by the kill
			}
			if _, err := fmt.Sscan(line, &seed); err != nil {
				t.Fatal(err)
			}
			acknowledged++
			if n++; n%20 != 1 {
				continue // a look at each would take a minute; the count below covers them all
			}
			b := storetest.Random(seed, 20)
			m, err := l.Measurement(t.Context(), b.Verdicts[0].MeasurementUID)
			if err != nil || len(m.Verdicts) != 5 || len(m.Observations) == 0 {
				t.Errorf("acknowledged measurement: %d verdicts, %v", len(m.Verdicts), err)
			}
		}
	}
	st, err := l.Stats(t.Context())
	if err != nil || st.Measurements%20 != 0 || st.Measurements < int64(acknowledged)*20 {
		t.Errorf("%d measurements after %d acknowledged batches of 20, %v", st.Measurements, acknowledged, err)
	}
	t.Logf("%d acknowledged batches, %d measurements", acknowledged, st.Measurements)
}

func TestSweep(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir)
	if err := l.Append(t.Context(), storetest.Random(1, 5)); err != nil {
		t.Fatal(err)
	}
	before := export(t, l)
	orphan := segmentPath(l.gen.dir, "verdicts", "orphan")
	young := segmentPath(l.gen.dir, "verdicts", "young")
	for _, p := range []string{orphan, young} {
		if err := os.WriteFile(p, []byte("x"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	old := time.Now().Add(-2 * grace)
	for _, f := range must(filepath.Glob(filepath.Join(l.gen.dir, "*", "*.parquet"))) {
		if f != young {
			if err := os.Chtimes(f, old, old); err != nil {
				t.Fatal(err)
			}
		}
	}
	again := open(t, dir)
	if _, err := os.Stat(orphan); !os.IsNotExist(err) {
		t.Error("an orphan of long ago is still there")
	}
	if _, err := os.Stat(young); err != nil {
		t.Error("a file that somebody may be writing was removed")
	}
	if export(t, again) != before {
		t.Error("sweeping changed an export")
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func BenchmarkAppend(b *testing.B) {
	batch := storetest.Random(1, 8000)
	b.ReportMetric(float64(len(batch.Observations)), "rows")
	for b.Loop() {
		b.StopTimer()
		dir := b.TempDir()
		l := open(b, dir)
		b.StartTimer()
		if err := l.Append(b.Context(), batch); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(batch.Observations)*b.N)/b.Elapsed().Seconds(), "rows/s")
}

// TestRows: what files of rows give is what the engine gives, also after judging again and merging, and without them.
func TestRows(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir)
	same := func(when string, uids []string) {
		t.Helper()
		for _, uid := range uids {
			got := must(l.Measurement(t.Context(), uid))
			g := must(l.generation(t.Context()))
			name, verdicts, err := g.segmentOf(t.Context(), uid)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(must(l.measurement(t.Context(), g.dir, name, verdicts, uid)), got, cmpopts.EquateEmpty(), cmpopts.IgnoreFields(store.Measurement{}, "Earlier")); d != "" {
				t.Fatalf("%s: %s (-engine +rows):\n%s", when, uid, d)
			}
			if rows, err := l.blockOf(t.Context(), g.dir, name, verdicts, uid); when != "without" && (err != nil || len(rows.Verdicts) == 0) {
				t.Fatalf("%s: %s is not among the rows: %v", when, uid, err)
			}
		}
	}
	var uids []string
	for seed := range uint64(3) {
		b := storetest.Random(seed, 30)
		if err := l.Append(t.Context(), b); err != nil {
			t.Fatal(err)
		}
		for i := range b.Verdicts {
			if b.Verdicts[i].Layer == verdict.All {
				uids = append(uids, b.Verdicts[i].MeasurementUID)
			}
		}
	}
	same("appended", uids)
	again := func(dst []verdict.Row, m store.Measurement, _ verdict.Controls) []verdict.Row {
		o := &m.Observations[0]
		for _, layer := range []verdict.Layer{verdict.TLS, verdict.All, verdict.DNS} {
			dst = append(dst, verdict.Row{MeasurementUID: o.MeasurementUID, StartTime: o.StartTime, Layer: layer, State: verdict.Down, Rules: []string{"again", ""}})
		}
		return dst
	}
	if _, err := l.Settle(t.Context(), store.Settling{Judge: again, All: true}); err != nil {
		t.Fatal(err)
	}
	same("judged again", uids)
	if done, err := l.Compact(t.Context()); err != nil || done.Merged != 3 {
		t.Fatalf("merged %+v, %v", done, err)
	}
	same("merged", uids)
	for _, uid := range uids {
		m := must(l.Measurement(t.Context(), uid))
		if n := len(m.Earlier); n > 1 || n == 0 && m.Verdicts[0].State != verdict.Down || n == 1 && !m.Earlier[0].Differs(&m.Verdicts[0]) {
			t.Errorf("%s: before %q %d other verdicts are told of", uid, m.Verdicts[0].State, n)
		}
	}
	if _, err := l.Measurement(t.Context(), uids[0]+"0"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("what is not there: %v", err)
	}
	for _, damage := range []string{"", rowsMagic, strings.Repeat("x", 300)} {
		for _, f := range must(filepath.Glob(filepath.Join(dir, "lake", "gen-*", "*", "*.rows"))) {
			if err := os.WriteFile(f, []byte(damage), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		same("without", uids)
	}
}

// FuzzRow: whatever bytes are read as a row, reading ends, and what was read is written as it was.
func FuzzRow(f *testing.F) {
	code := observationCode()
	for _, o := range storetest.Random(4, 5).Observations {
		f.Add(code.append(nil, &o))
	}
	f.Add([]byte{1, 200, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		var o, again obs.Observation
		_, _ = code.text(b, code.number("http_request_method"))
		if code.read(b, &o) != nil {
			return
		}
		if method, err := code.text(b, code.number("http_request_method")); err != nil || string(method) != o.HTTPRequestMethod {
			t.Errorf("one field is %q, %v, the row's %q", method, err, o.HTTPRequestMethod)
		}
		if err := code.read(code.append(nil, &o), &again); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(o, again, cmpopts.EquateNaNs()); d != "" {
			t.Error(d)
		}
	})
}
