package cli

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"veedor/internal/evidence/tlog"
)

func logBenchCommand() *cobra.Command {
	var leaves, proofs int
	c := &cobra.Command{
		Use:   "log-bench",
		Short: "Measure the log: leaves appended a second, time for a proof, memory",
		Long: `Append many leaves to a log in a temporary folder, signed, synced and indexed, then prove some of them. The last line gives
leaves a second, and the time within which 99 of 100 proofs are made.`,
		Example: "  veedor log-bench\n  veedor log-bench --leaves 100000",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			dir, err := os.MkdirTemp("", "veedor-log-bench-*")
			if err != nil {
				return err
			}
			defer os.RemoveAll(dir)
			return logBench(c.Context(), c.OutOrStdout(), dir, leaves, proofs)
		},
	}
	c.Flags().IntVar(&leaves, "leaves", 1_000_000, "how many leaves")
	c.Flags().IntVar(&proofs, "proofs", 1000, "how many of them to prove")
	return c
}

func logBench(ctx context.Context, out io.Writer, dir string, leaves, proofs int) error {
	l, err := tlog.Open(ctx, dir, tlog.Options{})
	if err != nil {
		return err
	}
	defer l.Close()
	const batch = 50_000
	items := make([]tlog.Item, 0, batch)
	begin, last := time.Now(), time.Now()
	for done := 0; done < leaves; done += len(items) {
		items = items[:0]
		for i := done; i < min(done+batch, leaves); i++ {
			items = append(items, tlog.Item{Kind: tlog.Object, Hash: sha256.Sum256(binary.BigEndian.AppendUint64(nil, uint64(i)))})
		}
		n, err := l.Append(ctx, items)
		if err != nil {
			return err
		}
		if n != len(items) {
			return fmt.Errorf("appended %d of %d new leaves", n, len(items))
		}
		if now := time.Now(); (done+n)%(4*batch) == 0 || done+n == leaves {
			fmt.Fprintf(out, "%8d leaves: %.0f/s of late\n", done+n, float64(n)/now.Sub(last).Seconds())
		}
		last = time.Now()
	}
	rate := float64(leaves) / time.Since(begin).Seconds()

	begin = time.Now()
	if n, err := l.Append(ctx, items); err != nil || n != 0 {
		return fmt.Errorf("appending again: %d added, %w", n, err)
	}
	fmt.Fprintf(out, "appending %d known ones: %.0f ms\n", len(items), time.Since(begin).Seconds()*1e3)
	begin = time.Now()
	if _, err := l.Append(ctx, []tlog.Item{{Kind: tlog.Event, Hash: sha256.Sum256([]byte("one more"))}}); err != nil {
		return err
	}
	fmt.Fprintf(out, "appending one: %.0f ms\n", time.Since(begin).Seconds()*1e3)

	took := make([]time.Duration, max(proofs, 1))
	r := rand.New(rand.NewPCG(1, 2))
	for i := range took {
		h := sha256.Sum256(binary.BigEndian.AppendUint64(nil, r.Uint64N(uint64(leaves))))
		begin := time.Now()
		found, err := l.Find(ctx, h)
		if err != nil {
			return err
		}
		if _, err := l.Proof(ctx, found[0].Index); err != nil {
			return err
		}
		took[i] = time.Since(begin)
	}
	slices.Sort(took)
	p50, p99 := took[len(took)/2].Seconds()*1e3, took[len(took)*99/100].Seconds()*1e3
	fmt.Fprintf(out, "finding and proving one: p50 %.2f ms, p99 %.2f ms\n", p50, p99)
	begin = time.Now()
	problems, err := l.Fsck(ctx, nil)
	if err != nil || len(problems) > 0 {
		return fmt.Errorf("check of the log: %v, %w", problems, err)
	}
	fmt.Fprintf(out, "checking all: %.1f s\npeak memory %s\n", time.Since(begin).Seconds(), size(peakMemory()))
	fmt.Fprintf(out, "append %.0f/s, proof %.2f ms\n", rate, p99)
	return nil
}
