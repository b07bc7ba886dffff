package tlog_test

import (
	"testing"

	"veedor/internal/evidence/tlog"
)

// BenchmarkAppend appends batches of new leaves.
func BenchmarkAppend(b *testing.B) {
	const batch = 50_000
	l := open(b, b.TempDir())
	for n := 0; b.Loop(); n++ {
		add(b, l, items(tlog.Object, n, batch))
	}
	b.ReportMetric(float64(batch*b.N)/b.Elapsed().Seconds(), "leaves/s")
}
