package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"veedor/internal/evidence/archive"
	"veedor/internal/follow/match"
	"veedor/internal/follow/registry"
)

func registryBenchCommand() *cobra.Command {
	b := registryBench{}
	c := &cobra.Command{
		Use:   "registry-bench",
		Short: "Import generated entities: killed and resumed, again, a second state; entities a second, memory, size, search",
		Long: `Generate entities as FollowTheMoney writes them, and import them as veedor registry import does: killed in the middle and run
again, once more without change, then a second state in which one of a hundred is another. What is found different from what
was generated is an error. Memory is the most the importing process had at once.`,
		Example: "  veedor registry-bench\n  veedor registry-bench --entities 3000000",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			dir, err := os.MkdirTemp(b.dir, "registry-bench-")
			if err != nil {
				return err
			}
			defer func() { _ = os.RemoveAll(dir) }()
			b.c, b.dir = c, dir
			return b.run(c.Context())
		},
	}
	c.Flags().IntVar(&b.n, "entities", 20_000, "how many")
	c.Flags().Uint64Var(&b.seed, "seed", 1, "of what is generated")
	c.Flags().IntVar(&b.queries, "queries", 200, "how many names are searched for")
	c.Flags().StringVar(&b.dir, "dir", "", "where to work (default: the system's temporary folder)")
	return c
}

type registryBench struct {
	c          *cobra.Command
	dir        string
	n, queries int
	seed       uint64
	peak       int64         // KiB, of all importing processes
	worked     time.Duration // of processors, since it was last said
}

func (b *registryBench) run(ctx context.Context) error {
	files := [2]string{filepath.Join(b.dir, "state1.jsonl"), filepath.Join(b.dir, "state2.jsonl")}
	for i, f := range files {
		if err := generateEntities(f, b.n, b.seed, i); err != nil {
			return err
		}
	}
	st, err := os.Stat(files[0])
	if err != nil {
		return err
	}
	b.say("generated   %d entities, %s", b.n, size(st.Size()))
	begin := time.Now()
	killed, err := b.killed(ctx, files[0])
	if err != nil {
		return err
	}
	rest := time.Now()
	if _, err := b.imported(ctx, files[0], "2021-01-01", "read "); err != nil {
		return err
	}
	rate := float64(b.n) / (killed + time.Since(rest)).Seconds()
	b.say("imported    killed after %.1f s and run again, %.0f entities/s, %.1f s in all, %.1f s of processors", killed.Seconds(), rate, time.Since(begin).Seconds(), b.worked.Seconds())
	b.worked = 0
	again, err := b.imported(ctx, files[0], "2021-01-01", "nothing changed")
	if err != nil {
		return err
	}
	b.say("again       nothing changed, %.1f s", again.Seconds())
	b.worked = 0
	second, err := b.imported(ctx, files[1], "2022-01-01", "read ")
	if err != nil {
		return err
	}
	b.say("second      one of a hundred changed, %.0f entities/s, %.1f s, %.1f s of processors", float64(b.n)/second.Seconds(), second.Seconds(), b.worked.Seconds())
	p95, err := b.look(ctx)
	if err != nil {
		return err
	}
	b.say("%d entities, %.0f entities/s, peak %d MiB, search p95 %.1f ms", b.n, rate, b.peak>>10, p95)
	return nil
}

func (b *registryBench) say(format string, args ...any) {
	fmt.Fprintf(b.c.OutOrStdout(), format+"\n", args...)
}

func (b *registryBench) data() string { return filepath.Join(b.dir, "data") }

func (b *registryBench) command(ctx context.Context, file, dated string) (*exec.Cmd, *bytes.Buffer, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, nil, err
	}
	c := exec.CommandContext(ctx, self, "--data", b.data(), "registry", "import", "--dataset", "bench", "--format", "ftm", "--date", dated, file)
	out := &bytes.Buffer{}
	c.Stdout, c.Stderr = out, out
	return c, out, nil
}

// imported runs an import to its end, and looks what it says.
func (b *registryBench) imported(ctx context.Context, file, dated, want string) (time.Duration, error) {
	c, out, err := b.command(ctx, file, dated)
	if err != nil {
		return 0, err
	}
	begin := time.Now()
	err = c.Run()
	b.memory(c)
	if err == nil && !strings.Contains(out.String(), want) {
		err = fmt.Errorf("it does not say %q", want)
	}
	if err != nil {
		return 0, fmt.Errorf("import %s: %w: %s", filepath.Base(file), err, out)
	}
	return time.Since(begin), nil
}

// killed runs an import and kills it when its tables have about a third of what they will, or it ended.
func (b *registryBench) killed(ctx context.Context, file string) (time.Duration, error) {
	c, out, err := b.command(ctx, file, "2021-01-01")
	if err != nil {
		return 0, err
	}
	begin := time.Now()
	if err := c.Start(); err != nil {
		return 0, err
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	for {
		select {
		case err := <-ended:
			b.memory(c)
			if err != nil {
				err = fmt.Errorf("import: %w: %s", err, out)
			}
			return time.Since(begin), err
		case <-time.After(20 * time.Millisecond):
		}
		if folderSize(filepath.Join(b.data(), "registry")) > int64(b.n)*80 {
			_ = c.Process.Kill()
			<-ended
			b.memory(c)
			return time.Since(begin), nil
		}
	}
}

func (b *registryBench) memory(c *exec.Cmd) {
	b.worked += c.ProcessState.UserTime() + c.ProcessState.SystemTime()
	if u, ok := c.ProcessState.SysUsage().(*syscall.Rusage); ok {
		b.peak = max(b.peak, u.Maxrss)
	}
}

func folderSize(dir string) (total int64) {
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			if info, err := d.Info(); err == nil {
				total += info.Size()
			}
		}
		return nil // a file that goes away meanwhile does not count
	})
	return total
}

// look compares what the registry holds with what was generated, and searches it.
func (b *registryBench) look(ctx context.Context) (p95 float64, err error) {
	a, err := archive.Open(b.data())
	if err != nil {
		return 0, err
	}
	defer a.Close()
	begin := time.Now()
	checked, err := registry.Fsck(ctx, b.data(), func(f registry.File) error { return fileThere(a, f) }, nil)
	if err != nil {
		return 0, err
	}
	if len(checked.Problems) > 0 || checked.Entities != int64(b.n) || checked.States != 2 {
		return 0, fmt.Errorf("fsck: %d entities in %d states, problems %v", checked.Entities, checked.States, checked.Problems)
	}
	sizeOf := func(part string) string { return size(folderSize(filepath.Join(b.data(), part))) }
	b.say("fsck        %d entities, %d statements, %d edges, no problems, %.1f s", checked.Entities, checked.Statements, checked.Edges, time.Since(begin).Seconds())
	b.say("size        registry %s (of it index %s), archive %s", sizeOf("registry"), sizeOf("registry/index"), sizeOf("archive"))
	r, err := registry.Open(ctx, b.data())
	if err != nil {
		return 0, err
	}
	defer r.Close()
	states, err := r.States(ctx, "bench")
	if err != nil {
		return 0, err
	}
	begin = time.Now()
	counts := map[string]int{}
	if err := r.Diff(ctx, "bench", states[0].ID, states[1].ID, func(ch registry.Change) error { counts[ch.What]++; return nil }); err != nil {
		return 0, err
	}
	if want := (b.n + 99) / 100; counts[registry.Changed] != want || len(counts) != 1 {
		return 0, fmt.Errorf("diff: %v, and %d were changed", counts, want)
	}
	b.say("diff        %d changed, as generated, %.1f s", counts[registry.Changed], time.Since(begin).Seconds())
	return b.search(ctx, r)
}

func (b *registryBench) search(ctx context.Context, r *registry.Registry) (float64, error) {
	var took []time.Duration
	first := 0
	for i := range b.queries {
		k := companyOf(i*7919%b.n, b.n)
		begin := time.Now()
		hits, err := r.Search(ctx, match.Entity{Schema: "Company", Names: []string{companyName(b.seed, k)}}, registry.Filter{}, 10)
		if err != nil {
			return 0, err
		}
		took = append(took, time.Since(begin))
		if len(hits) > 0 && hits[0].EntityID == fmt.Sprint("c", k) {
			first++
		}
	}
	if len(took) == 0 {
		return 0, errors.New("no name was searched for")
	}
	slices.Sort(took)
	ms := func(q float64) float64 { return float64(took[int(q*float64(len(took)-1))].Microseconds()) / 1000 }
	b.say("search      %d of %d names first, p50 %.1f ms, p95 %.1f ms", first, len(took), ms(0.5), ms(0.95))
	return ms(0.95), nil
}
