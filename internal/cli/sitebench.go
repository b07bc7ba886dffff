package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/spf13/cobra"
)

func siteBenchCommand() *cobra.Command {
	b := siteBench{}
	c := &cobra.Command{
		Use:   "site-bench",
		Short: "Measure how many pages a second are served from a large store",
		Long: `Fill the store of a data folder up to many observations by varying a few invented measurements (once; another run finds them
there), serve the pages on the loopback interface, and have vegeta ask for pages of every kind in turn: as they are made, then
as they are kept. Vegeta runs on the same machine and shares its processors. Beside it the same with a handler that always
sends the same bytes. Without --vegeta only the time that each kind of page takes is measured.`,
		Example: "  veedor --data .cache/site-bench site-bench --observations 1000000 --vegeta .cache/vegeta",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return with(c, func(h *house) error { return b.run(c, h) })
		},
	}
	c.Flags().Int64Var(&b.observations, "observations", 10_000_000, "how many observations the store has at least; they are made where it has fewer")
	c.Flags().StringVar(&b.vegeta, "vegeta", "", "the program that asks")
	c.Flags().DurationVar(&b.lasting, "lasting", 10*time.Second, "how long each is asked")
	c.Flags().StringVar(&b.profile, "cpuprofile", "", "write a CPU profile of pages being made to this file")
	return c
}

// siteBench is one run of site-bench.
type siteBench struct {
	observations    int64
	vegeta, profile string
	lasting         time.Duration

	out  io.Writer
	site http.Handler
}

// notKept is a header that keeps an answer from being one made before: whoever sends it may be signed in.
const notKept = "veedor=bench"

func (b *siteBench) run(c *cobra.Command, h *house) error {
	b.out = c.OutOrStdout()
	if err := b.fill(c, h); err != nil {
		return err
	}
	began := time.Now()
	var done func()
	b.site, done = livePages(c, h, showing{follow: true})
	defer done()
	kinds, err := b.kinds(c.Context(), h)
	if err != nil {
		return err
	}
	fmt.Fprintf(b.out, "ready after %.1f s; %d kinds of pages, %d cores shared with whoever asks\n", time.Since(began).Seconds(), len(kinds), runtime.GOMAXPROCS(0))
	if err := b.alone(c.Context(), kinds); err != nil {
		return err
	}
	if b.vegeta == "" {
		return nil
	}
	return b.attacked(c.Context(), kinds)
}

// fill makes the store as large as asked.
func (b *siteBench) fill(c *cobra.Command, h *house) error {
	st, err := h.lake.Stats(c.Context())
	if err != nil {
		return err
	}
	if missing := b.observations - st.Observations; missing > b.observations/50 {
		began := time.Now()
		s, err := newLargeStore(h)
		if err != nil {
			return err
		}
		err = s.fill(c.Context(), h.lake, missing, func(done int64) {
			fmt.Fprintf(c.ErrOrStderr(), "\rmade %d of %d observations", done, missing)
		})
		if err != nil {
			return err
		}
		fmt.Fprintf(b.out, "made %d observations in %.0f s\n", missing, time.Since(began).Seconds())
		if st, err = h.lake.Stats(c.Context()); err != nil {
			return err
		}
	}
	fmt.Fprintf(b.out, "store: %d observations of %d measurements, %d countries, %d networks, %d targets, %d segments\n",
		st.Observations, st.Measurements, st.Countries, st.Networks, st.Targets, st.Segments)
	return nil
}

// pageKind is one kind of page, with addresses of it.
type pageKind struct {
	name  string
	paths []string
}

// ask asks the site for a page, in process, and fails unless it is there.
func (b *siteBench) ask(ctx context.Context, path string) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://localhost"+path, nil)
	if err != nil {
		return nil, err
	}
	r.RequestURI = path
	r.Header.Set("Accept-Encoding", "gzip")
	r.Header.Set("Cookie", notKept)
	w := &memoryAnswer{header: http.Header{}, status: http.StatusOK}
	b.site.ServeHTTP(w, r)
	if w.status != http.StatusOK {
		return nil, fmt.Errorf("%s answers %d", path, w.status)
	}
	return w.body.Bytes(), nil
}

// asked is ask, with the page as text.
func (b *siteBench) asked(ctx context.Context, path string) ([]byte, error) {
	body, err := b.ask(ctx, path)
	if err != nil {
		return nil, err
	}
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return body, nil // too short to be compressed
	}
	return io.ReadAll(z)
}

// memoryAnswer is an http.ResponseWriter into memory.
type memoryAnswer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header implements http.ResponseWriter.
func (m *memoryAnswer) Header() http.Header { return m.header }

// WriteHeader implements http.ResponseWriter.
func (m *memoryAnswer) WriteHeader(status int) { m.status = status }

// Write implements http.ResponseWriter.
func (m *memoryAnswer) Write(b []byte) (int, error) { return m.body.Write(b) }

// asksOfKind is how many pages of each kind are asked for.
const asksOfKind = 24

// alone measures each kind of page by itself: one request after the other, each for another page, and then those pages again,
// which are made again, out of counts that are remembered.
func (b *siteBench) alone(ctx context.Context, kinds []pageKind) error {
	if b.profile != "" {
		f, err := os.Create(b.profile)
		if err != nil {
			return err
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	fmt.Fprintf(b.out, "%-22s %10s %10s %12s %10s %10s\n", "made, by itself", "median ms", "slowest ms", "processor ms", "again", "gzip bytes")
	var all, allAgain float64
	for _, k := range kinds {
		var took []float64
		var size int
		round := func() (processor float64, err error) {
			cpu := cpuSeconds()
			for i := range asksOfKind {
				begin := time.Now()
				body, err := b.ask(ctx, k.paths[i%len(k.paths)])
				if err != nil {
					return 0, err
				}
				took = append(took, time.Since(begin).Seconds()*1000)
				size = max(size, len(body))
			}
			return (cpuSeconds() - cpu) * 1000 / asksOfKind, nil
		}
		first, err := round()
		if err != nil {
			return err
		}
		slices.Sort(took)
		median, slowest := took[len(took)/2], took[len(took)-1]
		again, err := round()
		if err != nil {
			return err
		}
		all, allAgain = all+first, allAgain+again
		fmt.Fprintf(b.out, "%-22s %10.1f %10.1f %12.1f %10.1f %10d\n", k.name, median, slowest, first, again, size)
	}
	fmt.Fprintf(b.out, "%-22s %10s %10s %12.1f %10.1f\n", "a page of the mix", "", "", all/float64(len(kinds)), allAgain/float64(len(kinds)))
	return nil
}

// attacked has vegeta ask for the mix.
func (b *siteBench) attacked(ctx context.Context, kinds []pageKind) error {
	dir, err := os.MkdirTemp("", "veedor-site-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	still := bytes.Repeat([]byte("the same bytes every time\n"), 460) // about what a page is as gzip
	mux := http.NewServeMux()
	mux.HandleFunc("GET /still", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(still) })
	mux.Handle("/", b.site)
	srv := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(l) }()
	defer func() { _ = srv.Close(); <-served }()
	base := "http://" + l.Addr().String()

	var mix []string
	for i := range 40 * len(kinds) {
		k := kinds[i%len(kinds)]
		mix = append(mix, k.paths[(i/len(kinds))%len(k.paths)])
	}
	type attack struct {
		name   string
		paths  []string
		header string
		rate   int // a second; 0: as many as come
	}
	var still0, made0, kept0 float64
	for _, a := range []attack{
		{"still, as many as come", []string{"/still"}, "", 0},
		{"made, as many as come", mix, "Cookie: " + notKept, 0},
		{"made, 150 a second", mix, "Cookie: " + notKept, 150},
		{"kept, asked once before", mix, "", 150},
		{"kept, as many as come", mix, "", 0},
		{"kept, 1,000 a second", mix, "", 1000},
	} {
		r, err := b.vegetate(ctx, dir, base, a.paths, a.header, a.rate)
		if err != nil {
			return err
		}
		fmt.Fprintf(b.out, "%-26s %8.0f pages/s  p50 %7.1f ms  p95 %7.1f ms  p99 %7.1f ms  errors %d of %d\n", a.name, r.Throughput,
			millis(r.Latencies.P50), millis(r.Latencies.P95), millis(r.Latencies.P99), r.failed(), r.Requests)
		switch {
		case a.rate != 0:
		case a.paths[0] == "/still":
			still0 = r.Throughput
		case a.header != "":
			made0 = r.Throughput
		default:
			kept0 = r.Throughput
		}
	}
	fmt.Fprintf(b.out, "peak memory of the server %d MiB\n", peakMemory()>>20)
	fmt.Fprintf(b.out, "pages/s %.0f made, %.0f kept; of the same bytes every time %.0f: %.3f and %.2f of it\n", made0, kept0, still0, made0/still0, kept0/still0)
	return nil
}

func millis(ns int64) float64 { return float64(ns) / 1e6 }

// vegetaReport is the part of vegeta's report that is printed.
type vegetaReport struct {
	Latencies struct {
		P50 int64 `json:"50th"`
		P95 int64 `json:"95th"`
		P99 int64 `json:"99th"`
	} `json:"latencies"`
	Requests    int64            `json:"requests"`
	Throughput  float64          `json:"throughput"`
	StatusCodes map[string]int64 `json:"status_codes"`
}

func (r *vegetaReport) failed() int64 { return r.Requests - r.StatusCodes["200"] }

// vegetate runs vegeta once.
func (b *siteBench) vegetate(ctx context.Context, dir, base string, paths []string, header string, rate int) (*vegetaReport, error) {
	targets, results := filepath.Join(dir, "targets"), filepath.Join(dir, "results")
	var t strings.Builder
	for _, p := range paths {
		t.WriteString("GET " + base + p + "\nAccept-Encoding: gzip\n")
		if header != "" {
			t.WriteString(header + "\n")
		}
		t.WriteString("\n")
	}
	if err := os.WriteFile(targets, []byte(t.String()), 0o600); err != nil {
		return nil, err
	}
	args := []string{"attack", "-targets", targets, "-output", results, "-duration", b.lasting.String(), "-rate", strconv.Itoa(rate), "-timeout", "30s"}
	if rate == 0 {
		args = append(args, "-max-workers", "16", "-workers", "16")
	}
	attack := exec.CommandContext(ctx, b.vegeta, args...)
	attack.Stderr = os.Stderr
	if err := attack.Run(); err != nil {
		return nil, fmt.Errorf("run %s: %w", b.vegeta, err)
	}
	report := exec.CommandContext(ctx, b.vegeta, "report", "-type", "json", results)
	out, err := report.Output()
	var r vegetaReport
	if err = errors.Join(err, json.Unmarshal(out, &r)); err != nil {
		return nil, fmt.Errorf("read what vegeta reports: %w", err)
	}
	return &r, nil
}
