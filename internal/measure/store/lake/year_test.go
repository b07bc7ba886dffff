package lake

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"veedor/internal/measure/incidents"
	"veedor/internal/measure/series"
	"veedor/internal/measure/verdict"
)

// dayFiles is a source of cells out of day files alone.
type dayFiles []string

func (d dayFiles) Cells(ctx context.Context, _ verdict.Scale, cc string, from, to time.Time, f func(verdict.Series, []verdict.Cell) error) error {
	return readCells(ctx, d, cc, verdict.HourOf(from), verdict.HourOf(to), f)
}

func (dayFiles) Volumes(context.Context) ([]verdict.Volume, error) { return nil, nil }

func (dayFiles) Example(context.Context, verdict.Series, time.Time) (string, error) { return "", nil }

// BenchmarkYear reads a year of hourly cells of 50,000 series out of day files and finds the incidents in
// them: what `veedor detect` does, all but counting the cells. A cell in 28 of 100 hours; make detect-bench.
func BenchmarkYear(b *testing.B) {
	l, err := Open(b.Context(), b.TempDir(), Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	duck, err := l.engine()
	if err != nil {
		b.Fatal(err)
	}
	first := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	var files dayFiles
	dir := b.TempDir()
	for d := range 365 {
		path := filepath.Join(dir, fmt.Sprintf("%03d.parquet", d))
		begin := verdict.HourOf(first) + int64(d)*24
		// One network blocks twenty names for a month; what else is seen is chance.
		text := fmt.Sprintf(`SELECT 'C' || chr(65 + (s // 5000)::INT) AS probe_cc, (64496 + s // 500)::UINTEGER AS probe_asn, 'name' || (s %% 500) || '.example' AS target, 'dns' AS layer,
	0::UINTEGER AS resolver, (%d + h)::INTEGER AS hour,
	CASE WHEN met THEN '2 2 2 0 4.1 1.9 2026.1 dns.forged:2' WHEN hash(s, h, %d, 1) %% 3 = 0 THEN '1 1 0 0 -2.3 -0.22 2026.1 dns.ok:1' ELSE '2 2 0 0 -4.6 -0.44 2026.1 dns.ok:2' END AS said,
	CASE WHEN met THEN 'witness-' || s || '-' || h || chr(31) || 'voter' || (hash(s, h) %% 20) || chr(31) || 'voter' || (20 + hash(s, h) %% 20) END AS who
	FROM (SELECT s, h, hash(s, h, %d, 2) %% 2000 = 0 OR (s BETWEEN 1000 AND 1019 AND %d BETWEEN 100 AND 130) AS met FROM range(50000) a(s), range(24) c(h) WHERE hash(s, h, %d) %% 100 < 28)
	ORDER BY probe_cc, probe_asn, target, layer, resolver, hour`, begin, d, d, d, d)
		if _, err := duck.ExecContext(b.Context(), "COPY ("+text+") TO "+quote(path)+" (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 16384)"); err != nil {
			b.Fatal(err)
		}
		files = append(files, path)
	}
	for b.Loop() {
		began := time.Now()
		found, err := incidents.Detect(b.Context(), files, series.Provisional(), first, first.AddDate(1, 0, 0), nil)
		if err != nil {
			b.Fatal(err)
		}
		if len(found.Incidents) == 0 {
			b.Error("the planted incident was not found")
		}
		b.ReportMetric(float64(found.Cells), "cells")
		b.ReportMetric(time.Since(began).Seconds(), "s/year")
		b.ReportMetric(float64(residentPeak(b)>>20), "MiB-peak")
	}
	runtime.KeepAlive(l)
}

// residentPeak returns the most memory the process had, making files included.
func residentPeak(b *testing.B) int64 {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Skip("no /proc here")
	}
	var kb int64
	_, rest, _ := strings.Cut(string(text), "VmHWM:")
	_, _ = fmt.Sscanf(rest, "%d", &kb)
	return kb << 10
}
