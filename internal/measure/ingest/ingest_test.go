package ingest_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"veedor/internal/evidence/archive"
	"veedor/internal/measure/ingest"
	"veedor/internal/measure/refdata"
	"veedor/internal/measure/store"
	"veedor/internal/measure/store/lake"
	"veedor/internal/measure/store/storetest"
)

// place is a data folder, opened.
type place struct {
	ingest.Config
	lake *lake.Lake
}

func open(t testing.TB, dir string) place {
	t.Helper()
	a, err := archive.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	l, err := lake.Open(t.Context(), dir, lake.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := refdata.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = errors.Join(a.Close(), l.Close()) })
	return place{ingest.Config{Archive: a, Store: l, Refdata: r}, l}
}

func text(name, s string) ingest.Source {
	return ingest.Source{Name: name, Size: int64(len(s)), Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(s)), nil }}
}

// measurement writes one small measurement.
func measurement(i int) string {
	return fmt.Sprintf(`{"test_name":"web_connectivity","measurement_start_time":"2026-05-%02d 10:20:%02d","probe_asn":"AS64496","probe_cc":"XA","probe_ip":"203.0.113.77","input":"http://n%d.example/","test_keys":{"queries":[{"engine":"system","hostname":"n%d.example","query_type":"A","answers":[{"answer_type":"A","ipv4":"192.0.2.%d"}],"failure":null}]}}`+"\n", i%28+1, i%60, i, i, i%250)
}

func exports(t testing.TB, s store.Store) string {
	t.Helper()
	h := sha256.New()
	for _, table := range []store.Table{store.Observations, store.Verdicts} {
		for _, f := range []store.Format{store.CSV, store.Parquet} {
			if err := s.Export(t.Context(), table, f, h); err != nil {
				t.Fatal(err)
			}
		}
	}
	return fmt.Sprintf("%x", h.Sum(nil))
}

func sound(t testing.TB, p place) {
	t.Helper()
	r, err := p.Archive.Fsck(t.Context(), nil)
	if err != nil || len(r.Problems) > 0 {
		t.Errorf("fsck: %v %v", r.Problems, err)
	}
}

func run(t testing.TB, p place, sources ...ingest.Source) ingest.Totals {
	t.Helper()
	got, err := ingest.Run(t.Context(), p.Config, sources)
	if err != nil {
		t.Fatal(err)
	}
	if got.Read != got.Kept+got.Rejected {
		t.Errorf("read %d, kept %d, rejected %d", got.Read, got.Kept, got.Rejected)
	}
	return got
}

func TestRunAccountsForEverything(t *testing.T) {
	p := open(t, t.TempDir())
	lines := measurement(1) + "not json\n" + measurement(2) + "\n" + measurement(1) + `{"a":1}` + "\n" + measurement(3)[:80]
	got := run(t, p, text("mixed.jsonl", lines))
	if got.Read != 6 || got.Kept != 3 || got.Rejected != 3 {
		t.Errorf("totals %+v, want 6 read, 3 kept, 3 rejected", got)
	}
	st, err := p.lake.Stats(t.Context())
	if err != nil || st.Measurements != 2 || st.Rejected != 3 {
		t.Errorf("stored %+v, %v; want 2 measurements (one came twice) and 3 rejected lines", st, err)
	}
	list, _, err := p.lake.Rejections(t.Context(), 10, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range list {
		h, err := archive.ParseHash(r.Hash)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Archive.Get(h); err != nil || r.Reason == "" || r.Source != "mixed.jsonl" {
			t.Errorf("rejected line %+v: %v", r, err)
		}
	}
	sound(t, p)
}

func TestRunTwiceAndRebuild(t *testing.T) {
	dir := t.TempDir()
	p := open(t, dir)
	var b strings.Builder
	for i := range 300 {
		b.WriteString(measurement(i))
	}
	src := text("a.jsonl", b.String()+"broken\n")
	run(t, p, src)
	first := exports(t, p.lake)
	before, err := p.Archive.Stats()
	if err != nil {
		t.Fatal(err)
	}
	if got := run(t, p, src); got.Already != 300 || got.Kept != 300 {
		t.Errorf("the second time: %+v", got)
	}
	after, err := p.Archive.Stats()
	if err != nil || before != after {
		t.Errorf("the archive went from %+v to %+v, %v", before, after, err)
	}
	if exports(t, p.lake) != first {
		t.Error("ingesting twice changed an export")
	}
	got, err := ingest.Rebuild(t.Context(), p.Config, p.lake.Rebuild)
	if err != nil || got.Kept != 300 || got.Rejected != 1 {
		t.Errorf("rebuilt %+v, %v", got, err)
	}
	if exports(t, p.lake) != first {
		t.Error("a rebuild changed an export")
	}
	st, err := p.lake.Stats(t.Context())
	if err != nil || st.Generation != "gen-000002" || st.Rejected != 1 {
		t.Errorf("after the rebuild: %+v, %v", st, err)
	}
	sound(t, p)
}

// TestNoAddressIsKept: the device's address is in no file of the data folder.
func TestNoAddressIsKept(t *testing.T) {
	dir := t.TempDir()
	p := open(t, dir)
	run(t, p, text("a.jsonl", measurement(1)+`{"probe_ip":"203.0.113.77", broken by 203.0.113.77`+"\n"))
	seen := 0
	err := p.Archive.Each(t.Context(), nil, func(o archive.Object) error {
		seen++
		if bytes.Contains(o.Raw, []byte("203.0.113.77")) {
			t.Errorf("archived with the device's address: %s", o.Raw)
		}
		return nil
	})
	if err != nil || seen != 2 {
		t.Errorf("%d objects, %v", seen, err)
	}
}

// failing is a store that refuses to store.
type failing struct{ store.Store }

func (failing) Append(context.Context, store.Batch) error { return errors.New("disk full") }

// TestOrder: when the archive cannot be written nothing reaches the store, and when the store
// cannot be written the evidence is there all the same.
func TestOrder(t *testing.T) {
	dir := t.TempDir()
	p := open(t, dir)
	p.Store = failing{storetest.NewMemory()}
	got, err := ingest.Run(t.Context(), p.Config, []ingest.Source{text("a", measurement(1))})
	if err == nil || got.Read != 0 {
		t.Errorf("a store that fails: %+v, %v", got, err)
	}
	if st, err := p.Archive.Stats(); err != nil || st.Objects != 1 {
		t.Errorf("the evidence: %+v, %v", st, err)
	}

	dir = t.TempDir()
	p = open(t, dir)
	mem := storetest.NewMemory()
	p.Store = mem
	if err := os.RemoveAll(filepath.Join(dir, "archive", "tmp")); err != nil {
		t.Fatal(err)
	}
	if _, err := ingest.Run(t.Context(), p.Config, []ingest.Source{text("a", measurement(1))}); err == nil {
		t.Error("an archive that cannot be written went unnoticed")
	}
	if st, err := mem.Stats(t.Context()); err != nil || st.Measurements != 0 {
		t.Errorf("the store holds %+v without evidence, %v", st, err)
	}
}

func TestStopAndResume(t *testing.T) {
	p, whole := open(t, t.TempDir()), open(t, t.TempDir())
	var b strings.Builder
	for i := range 4000 {
		b.WriteString(measurement(i))
	}
	src := text("a.jsonl", b.String())
	run(t, whole, src)

	ctx, cancel := context.WithCancel(t.Context())
	slow := src
	slow.Open = func() (io.ReadCloser, error) {
		return io.NopCloser(&tripwire{r: strings.NewReader(b.String()), after: b.Len() / 2, trip: cancel}), nil
	}
	got, err := ingest.Run(ctx, p.Config, []ingest.Source{slow})
	if !errors.Is(err, context.Canceled) || got.Read == 4000 {
		t.Errorf("stopped: %+v, %v", got, err)
	}
	if st, err := p.lake.Stats(t.Context()); err != nil || st.Measurements != got.Kept {
		t.Errorf("%d measurements stored, %d said to be: %v", st.Measurements, got.Kept, err)
	}
	run(t, p, src)
	if exports(t, p.lake) != exports(t, whole.lake) {
		t.Error("an ingest that was stopped and run again exports something else")
	}
	sound(t, p)
}

// tripwire calls trip when so many bytes were read.
type tripwire struct {
	r     io.Reader
	after int
	trip  func()
}

func (t *tripwire) Read(p []byte) (int, error) {
	n, err := t.r.Read(p[:min(len(p), 64<<10)])
	if t.after -= n; t.after < 0 {
		t.trip()
	}
	return n, err
}

func TestMissingSource(t *testing.T) {
	p := open(t, t.TempDir())
	gone := ingest.Source{Name: "gone", Open: func() (io.ReadCloser, error) { return nil, os.ErrNotExist }}
	got, err := ingest.Run(t.Context(), p.Config, []ingest.Source{gone, text("a", measurement(1))})
	var se *ingest.SourceError
	if !errors.As(err, &se) || se.Source != "gone" || got.Kept != 1 {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestRealReports takes in every file of OONI's test reports.
func TestRealReports(t *testing.T) {
	files, err := filepath.Glob("../../../../shared/data/ooni/raw_reports/*")
	if err != nil || len(files) == 0 {
		t.Skip("test data ooni/raw_reports is not beside the checkout: skipped")
	}
	var sources []ingest.Source
	for _, f := range files {
		sources = append(sources, ingest.Source{Name: filepath.Base(f), Open: func() (io.ReadCloser, error) { return os.Open(f) }})
	}
	p := open(t, t.TempDir())
	got := run(t, p, sources...)
	if len(files) != 48 || got.Kept < 46 {
		t.Errorf("%d files: %+v", len(files), got)
	}
	for why := range got.Reasons {
		if strings.HasPrefix(why, "internal") {
			t.Errorf("rejected for a fault of ours: %s", why)
		}
	}
	sound(t, p)
}
