package registry

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"strconv"
	"testing"
	"time"

	"veedor/internal/follow/match"
)

// BenchmarkImport imports generated entities, imports a second state of them, and searches. VEEDOR_BENCH_ENTITIES says
// how many; the default is 20,000. Run it with -benchtime 1x.
func BenchmarkImport(b *testing.B) {
	n := 20_000
	if v, err := strconv.Atoi(os.Getenv("VEEDOR_BENCH_ENTITIES")); err == nil {
		n = v
	}
	for b.Loop() {
		dir := b.TempDir()
		r, err := Open(b.Context(), dir)
		if err != nil {
			b.Fatal(err)
		}
		peak := watchHeap(b.Context())
		for i, dated := range []string{"2020-01-01", "2021-01-01"} {
			begin, read := time.Now(), time.Time{}
			s := newState("bench", dated)
			s.Progress = func(items int) {
				if items == n && read.IsZero() {
					read = time.Now()
				}
			}
			if _, _, err := r.Import(b.Context(), s, now, generated(n, i)); err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(n)/read.Sub(begin).Seconds(), fmt.Sprintf("entities/s/state%d", i+1))
			b.ReportMetric(time.Since(read).Seconds(), fmt.Sprintf("s/index%d", i+1))
		}
		b.ReportMetric(float64(peak())/(1<<20), "MiB-heap")
		begin := time.Now()
		for i := range 20 {
			if _, err := r.Search(b.Context(), match.Entity{Names: []string{nameOf(i * 37 % n)}}, Filter{}, 10); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(time.Since(begin).Milliseconds())/20, "ms/search")
		if st, err := os.Stat(dir + "/registry/registry.sqlite"); err == nil {
			b.ReportMetric(float64(st.Size())/float64(n), "bytes/entity")
		}
		if err := r.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// watchHeap returns the most heap in use until it is asked.
func watchHeap(ctx context.Context) func() uint64 {
	ctx, stop := context.WithCancel(ctx)
	done := make(chan uint64)
	go func() {
		most := uint64(0)
		for {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapInuse)
			select {
			case <-ctx.Done():
				done <- most
				return
			case <-time.After(200 * time.Millisecond):
			}
		}
	}()
	return func() uint64 { stop(); return <-done }
}

func nameOf(i int) string {
	rnd := rand.New(rand.NewPCG(7, uint64(i)))
	word := func() string {
		b := make([]byte, 0, 12)
		for range 2 + rnd.IntN(3) {
			b = append(b, "bcdfghklmnprstvz"[rnd.IntN(16)], "aeiou"[rnd.IntN(5)])
		}
		return string(b)
	}
	return word() + " " + word() + " Trading Ltd"
}

// generated yields companies, and an ownership for every third.
func generated(n, state int) Source {
	return func(ctx context.Context, yield func(Item) error) (Account, error) {
		for i := range n {
			it := ent("c"+strconv.Itoa(i), "Company", "name", nameOf(i), "country", "ve", "registrationNumber", strconv.Itoa(1e6+i), "address", "Calle "+strconv.Itoa(i%999)+", Caracas")
			if i%3 == 2 {
				it = ent("o"+strconv.Itoa(i), "Ownership", "owner", "c"+strconv.Itoa(i-1), "asset", "c"+strconv.Itoa(i*7%n), "percentage", "51")
			}
			if state > 0 && i%50 == 0 {
				it.Values = append(it.Values, Value{Prop: "alias", Value: nameOf(i + n), At: Place{"f", i, 0}})
			}
			if err := yield(it); err != nil {
				return Account{}, err
			}
		}
		return Account{Read: n, Kept: n, Entities: n}, nil
	}
}
