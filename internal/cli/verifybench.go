package cli

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"veedor/internal/evidence/dossier"
	"veedor/internal/evidence/fault"
	"veedor/internal/evidence/tlog"
)

// verifyBench is one run: the keys of a seed, and where it tells.
type verifyBench struct {
	ctx      context.Context
	seed     uint64
	only     string // faults whose names begin so
	shop     *fault.Workshop
	dir      string // temporary
	out, err io.Writer

	mu   sync.Mutex
	said time.Time // when progress was told last

	faults, rejected, alarms, missed int
}

// tell says every two seconds how far something has come.
func (b *verifyBench) tell(what string, done, of int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if time.Since(b.said) > 2*time.Second {
		b.said = time.Now()
		fmt.Fprintf(b.err, "%s: %d of %d\n", what, done, of)
	}
}

func verifyBenchCommand() *cobra.Command {
	var seed uint64
	var sound, flips, captures int
	var only string
	c := &cobra.Command{
		Use:   "verify-bench",
		Short: "Count what the verifiers find among packages with one thing wrong, among sound ones, and after flips of bytes",
		Long: `Make packages, dossiers and logs with exactly one thing wrong and see that the verifiers reject each for the right reason; make
sound ones of all shapes and see that none is rejected; flip bytes of an archive, a log, captures and a dossier, one at a time,
and see that the check that owns the file finds each; measure how long a dossier of many captures takes. Everything is made here,
in a temporary folder; no network.`,
		Example: "  veedor verify-bench\n  veedor verify-bench --seed 7 --flips 1000",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			dir, err := os.MkdirTemp("", "veedor-verify-bench-*")
			if err != nil {
				return err
			}
			defer os.RemoveAll(dir)
			shop, err := fault.NewWorkshop(seed)
			if err != nil {
				return err
			}
			b := &verifyBench{ctx: c.Context(), seed: seed, only: only, shop: shop, dir: dir, out: c.OutOrStdout(), err: c.ErrOrStderr()}
			return b.run(sound, flips, captures)
		},
	}
	c.Flags().Uint64Var(&seed, "seed", 1, "another seed makes other packages")
	c.Flags().IntVar(&sound, "valid", 200, "how many sound packages to make")
	c.Flags().IntVar(&flips, "flips", 10_000, "how many bytes to flip")
	c.Flags().StringVar(&only, "only", "", "only faults whose names begin so, such as zip-")
	c.Flags().IntVar(&captures, "captures", 500, "of how many captures the dossier is that time is measured by")
	return c
}

func (b *verifyBench) run(sound, flips, captures int) error {
	if err := b.plant(); err != nil {
		return err
	}
	if err := b.honest(sound); err != nil {
		return err
	}
	if err := b.flip(flips); err != nil {
		return err
	}
	if err := b.heavy(captures); err != nil {
		return err
	}
	fmt.Fprintf(b.out, "rejected %d of %d faults, %d false alarms\n", b.rejected, b.faults, b.alarms)
	if b.rejected < b.faults || b.alarms > 0 || b.missed > 0 {
		return fmt.Errorf("%w: %d faults missed or taken for another, %d sound packages rejected, %d flips missed", errFewer, b.faults-b.rejected, b.alarms, b.missed)
	}
	return nil
}

// plant makes every fault and asks who must find it.
func (b *verifyBench) plant() error {
	fmt.Fprintf(b.out, "%-28s %-32s %s\n", "fault", "expected", "got")
	all := slices.DeleteFunc(fault.Faults(), func(f fault.Fault) bool { return !strings.HasPrefix(f.Name, b.only) })
	for i := range all {
		if err := b.ctx.Err(); err != nil {
			return err
		}
		v, err := fault.Judge(b.ctx, b.shop, &all[i])
		if err != nil {
			return err
		}
		b.faults++
		fmt.Fprintln(b.out, v.Line())
		if v.Outcome == fault.OK {
			b.rejected++
		} else {
			fmt.Fprintf(b.out, "    %s\n    they say: %.300s\n", all[i].Does, v.Says)
		}
		b.tell("faults", i+1, len(all))
	}
	return nil
}

// honest makes sound packages and asks whether anybody finds something wrong with them.
func (b *verifyBench) honest(n int) error {
	kinds := map[string]int{}
	for i := range n {
		if err := b.ctx.Err(); err != nil {
			return err
		}
		k, err := b.shop.Sound(b.ctx, i, b.logOf)
		if err != nil {
			return err
		}
		kinds[k.Kind]++
		if says := k.Alarm(b.ctx, b.shop); says != "" {
			b.alarms++
			fmt.Fprintf(b.out, "false alarm: %s: %.300s\n", k.Name, says)
		}
		b.tell("sound packages", i+1, n)
	}
	fmt.Fprintf(b.out, "sound: %d packages (%d WACZ, %d dossiers, %d logs), %d rejected\n", n, kinds[fault.KindWACZ], kinds[fault.KindDossier], kinds[fault.KindLog], b.alarms)
	return nil
}

// logOf makes and exports a log of n leaves.
func (b *verifyBench) logOf(ctx context.Context, n int) (fs.FS, []string, error) {
	data, err := os.MkdirTemp(b.dir, "log-*")
	if err != nil {
		return nil, nil, err
	}
	l, err := tlog.Open(ctx, data, tlog.Options{})
	if err != nil {
		return nil, nil, err
	}
	defer l.Close()
	items := make([]tlog.Item, n)
	for i := range items {
		items[i] = tlog.Item{Kind: tlog.Object, Hash: sha256.Sum256(fmt.Appendf(nil, "%d of %d", i, n))}
	}
	// In two parts, so that a tile which was partial became full.
	for _, part := range [][]tlog.Item{items[:n/3], items[n/3:]} {
		if _, err := l.Append(ctx, part); err != nil {
			return nil, nil, err
		}
	}
	to := filepath.Join(data, "exported")
	if _, err := l.Export(ctx, to); err != nil {
		return nil, nil, err
	}
	keys, err := l.Keys()
	return os.DirFS(to), []string{"log " + strings.Join(keys, ""), "quorum none"}, err
}

// heavy measures how long a dossier of many captures takes.
func (b *verifyBench) heavy(n int) error {
	if n == 0 {
		return nil
	}
	k, err := b.shop.Heavy(b.ctx, n)
	if err != nil {
		return err
	}
	begin := time.Now()
	says := k.Alarm(b.ctx, b.shop)
	both := time.Since(begin)
	begin = time.Now()
	r := k.Verify(b.ctx, b.shop)
	fmt.Fprintf(b.out, "time: %d captures in one dossier of %s verified in %.1f s (%.1f s with the check of the package beside it)\n", n, size(int64(len(k.Data))), time.Since(begin).Seconds(), both.Seconds())
	if says != "" || r.Exit != dossier.ExitOK {
		b.alarms++
		fmt.Fprintf(b.out, "false alarm: %s: %.300s\n", k.Name, says)
	}
	return nil
}
