package cli

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/spf13/cobra"

	"veedor/internal/measure/ingest"
	"veedor/internal/measure/obs"
	"veedor/internal/measure/ooni"
	"veedor/internal/measure/refdata"
	"veedor/internal/measure/scenario"
	"veedor/internal/measure/verdict"
)

func benchCommand() *cobra.Command {
	b := bench{}
	c := &cobra.Command{
		Use:   "bench",
		Short: "Measure how fast measurements are taken in",
		Long: `Make a corpus of .jsonl.gz files by varying real shapes, then take it in again and again, each time further: (a) decompress and
split lines, (b) decode, (c) flatten, (d) judge, (e) the whole way, with archive and store synced, (f) settled as well. Each
step runs over the same files with the same number of goroutines; figures are medians. The last line is the whole way's speed against (a)'s.`,
		Example: "  veedor bench\n  veedor bench --size 256 --shapes ../measurements",
		Args:    cobra.NoArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return b.run(c) },
	}
	c.Flags().IntVar(&b.size, "size", 384, "uncompressed size of the corpus in MB")
	c.Flags().IntVar(&b.files, "files", 1, "how many files it is spread over")
	c.Flags().IntVar(&b.rounds, "rounds", 3, "how often each step is measured")
	c.Flags().StringSliceVar(&b.shapes, "shapes", nil, "folders of JSON measurements to vary, beside the sample's")
	c.Flags().StringVar(&b.profile, "cpuprofile", "", "write a CPU profile of (e) to this file")
	return c
}

type bench struct {
	size, files, rounds int
	shapes              []string
	profile             string

	paths []string
	lines int64
	bytes int64
}

func (b *bench) run(c *cobra.Command) error {
	collectLess() // as ingest does, so that the steps are measured as they run there
	dir, err := os.MkdirTemp("", "veedor-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	out := c.OutOrStdout()
	n, err := b.corpus(dir)
	if err != nil {
		return err
	}
	var packed int64
	for _, p := range b.paths {
		if st, err := os.Stat(p); err == nil {
			packed += st.Size()
		}
	}
	fmt.Fprintf(out, "corpus: %d measurements in %d files from %d shapes, %s (%s a line), gzip ratio %.1f, %d cores\n",
		b.lines, b.files, n, size(b.bytes), size(b.bytes/b.lines), float64(b.bytes)/float64(packed), runtime.GOMAXPROCS(0))
	steps := []struct {
		name string
		do   func(context.Context) error
	}{
		{"(a) decompress and split lines", b.split},
		{"(b) + decode", b.decode},
		{"(c) + flatten", func(ctx context.Context) error { return b.judge(ctx, false) }},
		{"(d) + judge", func(ctx context.Context) error { return b.judge(ctx, true) }},
		{"(e) the whole way, synced", func(ctx context.Context) error { return b.whole(ctx, dir, false) }},
		{"(f) + settled with the others", func(ctx context.Context) error { return b.whole(ctx, dir, true) }},
	}
	took, busy := make([][]float64, len(steps)), make([][]float64, len(steps))
	for range b.rounds { // in turn, so that the machine's moods fall on all steps alike
		for i, s := range steps {
			runtime.GC()
			begin, cpu := time.Now(), cpuSeconds()
			if err := s.do(c.Context()); err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
			took[i] = append(took[i], time.Since(begin).Seconds())
			busy[i] = append(busy[i], cpuSeconds()-cpu)
		}
	}
	median, cpu := make([]float64, len(steps)), make([]float64, len(steps))
	for i, s := range steps {
		slices.Sort(took[i])
		slices.Sort(busy[i])
		median[i], cpu[i] = took[i][len(took[i])/2], busy[i][len(busy[i])/2]
		fmt.Fprintf(out, "%-32s %8.0f measurements/s  %7.1f MB/s  %6.2f s of processor time\n",
			s.name, float64(b.lines)/median[i], float64(b.bytes)/median[i]/1e6, cpu[i])
	}
	fmt.Fprintf(out, "peak memory %d MiB\n", peakMemory()>>20)
	fmt.Fprintf(out, "judging takes %.0f%% of the whole way's processor time, %.0f%% of its time\n", 100*(cpu[3]-cpu[2])/cpu[4], 100*(median[3]-median[2])/median[4])
	fmt.Fprintf(out, "whole/limit = %.2f\n", median[0]/median[4])
	return nil
}

// corpus writes the files and returns how many shapes they vary.
func (b *bench) corpus(dir string) (int, error) {
	more, err := readShapes(b.shapes)
	if err != nil {
		return 0, err
	}
	shapes := append(bytes.Split(bytes.TrimSpace(scenario.Shapes()), []byte("\n")), more...)
	gen := scenario.NewCorpus(1, shapes)
	for i := range b.files {
		path := filepath.Join(dir, fmt.Sprintf("corpus-%02d.jsonl.gz", i))
		if err := b.corpusFile(path, gen, int64(b.size)<<20/int64(b.files)); err != nil {
			return 0, err
		}
		b.paths = append(b.paths, path)
	}
	return len(shapes), nil
}

// readShapes reads the measurements in folders, each as one line.
func readShapes(dirs []string) (shapes [][]byte, err error) {
	for _, d := range dirs {
		files, err := filepath.Glob(filepath.Join(d, "*.json"))
		if err != nil {
			return nil, err
		}
		for _, f := range files {
			raw, err := os.ReadFile(f)
			if err != nil {
				return nil, err
			}
			var line bytes.Buffer
			if _, err := ooni.Decode(raw); err == nil && json.Compact(&line, raw) == nil {
				shapes = append(shapes, line.Bytes())
			}
		}
	}
	return shapes, nil
}

func (b *bench) corpusFile(path string, gen *scenario.Corpus, size int64) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	z := gzip.NewWriter(f)
	for done := int64(0); done < size; {
		line := append(gen.Next(), '\n')
		if _, err := z.Write(line); err != nil {
			return errors.Join(err, f.Close())
		}
		done += int64(len(line))
		b.lines++
		b.bytes += int64(len(line))
	}
	return errors.Join(z.Close(), f.Close())
}

// each reads all files with as many goroutines as there are cores; make returns what a goroutine does with a line.
func (b *bench) each(ctx context.Context, make func() func([]byte) error) error {
	var group sync.WaitGroup
	var next, lines atomic.Int64
	errs := newErrors(b.files)
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() {
			f := make()
			for {
				i := int(next.Add(1)) - 1
				if i >= len(b.paths) {
					return
				}
				errs <- b.file(ctx, b.paths[i], &lines, f)
			}
		})
	}
	group.Wait()
	close(errs)
	var err error
	for e := range errs {
		err = errors.Join(err, e)
	}
	if err == nil && lines.Load() != b.lines {
		err = fmt.Errorf("%d lines read, %d written", lines.Load(), b.lines)
	}
	return err
}

func newErrors(n int) chan error { return make(chan error, n) }

func (b *bench) file(ctx context.Context, path string, lines *atomic.Int64, f func([]byte) error) error {
	in, err := os.Open(path)
	if err != nil {
		return err
	}
	defer in.Close()
	return ooni.Lines(in, path, func(l ooni.Line) error {
		lines.Add(1)
		return errors.Join(l.Err, ctx.Err(), f(l.Data))
	})
}

func (b *bench) split(ctx context.Context) error {
	return b.each(ctx, func() func([]byte) error { return func([]byte) error { return nil } })
}

func (b *bench) decode(ctx context.Context) error {
	return b.each(ctx, func() func([]byte) error {
		return func(line []byte) error {
			_, err := ooni.Decode(line)
			return err
		}
	})
}

func (b *bench) judge(ctx context.Context, judge bool) error {
	db, err := refdata.Open("")
	if err != nil {
		return err
	}
	return b.each(ctx, func() func([]byte) error {
		var rows []obs.Observation
		var certs []obs.Certificate
		var verdicts []verdict.Row
		return func(line []byte) error {
			m, err := ooni.Decode(line)
			if err != nil {
				return err
			}
			start, _ := m.Start()
			facts := db.AsOf(start)
			rows, certs = obs.Flatten(rows[:0], certs[:0], m, obs.Identity{UID: obs.UID(m, sha256.Sum256(line))}, facts)
			if judge {
				verdicts = verdict.Judge(verdicts[:0], rows, facts, nil)
			}
			return nil
		}
	})
}

func (b *bench) whole(ctx context.Context, dir string, settled bool) (err error) {
	data, err := os.MkdirTemp(dir, "data-")
	if err != nil {
		return err
	}
	h, err := open(ctx, data)
	if err != nil {
		return err
	}
	if b.profile != "" {
		f, err := os.Create(b.profile)
		if err != nil {
			return err
		}
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer func() {
			pprof.StopCPUProfile()
			err = errors.Join(err, f.Close())
		}()
	}
	var sources []ingest.Source
	for _, p := range b.paths {
		sources = append(sources, fileSource(p, nil))
	}
	got, err := ingest.Run(ctx, h.config(), sources)
	if err == nil && got.Kept != b.lines {
		err = fmt.Errorf("kept %d of %d", got.Kept, b.lines)
	}
	if err == nil && settled {
		_, err = ingest.Settle(ctx, h.lake, h.refdata, 0, false, nil)
	}
	return errors.Join(err, h.close())
}

// cpuSeconds returns the processor time this process has used: what a busy machine does not blur.
func cpuSeconds() float64 {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return float64(u.Utime.Sec+u.Stime.Sec) + float64(u.Utime.Usec+u.Stime.Usec)/1e6
}

// peakMemory returns the most memory this process has held, in bytes; 0 where the system does not say.
func peakMemory() int64 {
	f, err := os.Open("/proc/self/status")
	if err != nil {
		return 0
	}
	defer f.Close()
	s := bufio.NewScanner(f)
	for s.Scan() {
		var kb int64
		if strings.HasPrefix(s.Text(), "VmHWM:") {
			if _, err := fmt.Sscanf(s.Text(), "VmHWM: %d kB", &kb); err == nil {
				return kb << 10
			}
		}
	}
	return 0
}

func memorySource(name string, b []byte) ingest.Source {
	return ingest.Source{Name: name, Size: int64(len(b)), Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b)), nil }}
}
