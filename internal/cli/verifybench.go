package cli

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"veedor/internal/evidence/archive"
	"veedor/internal/evidence/capture"
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

// flip flips bytes in five places.
func (b *verifyBench) flip(n int) error {
	if n == 0 {
		return nil
	}
	places, err := b.places()
	if err != nil {
		return err
	}
	results := make([]fault.Flipped, len(places))
	var done atomic.Int64
	one := func(i int) error {
		place, found := places[i], places[i].Found
		place.Found = func(ctx context.Context) (string, error) {
			b.tell("flips", int(done.Add(1)), n+len(places))
			return found(ctx)
		}
		share := n / len(places)
		if i == 0 {
			share += n % len(places)
		}
		var err error
		results[i], err = fault.Flip(b.ctx, b.seed+uint64(i), share, place)
		return err
	}
	// Two at a time; those of the data folder one after the other, since their checks look at each other's files.
	var together sync.WaitGroup
	var apart, shared error
	together.Go(func() { apart = errors.Join(one(3), one(4)) })
	together.Go(func() { shared = errors.Join(one(0), one(1), one(2)) })
	together.Wait()
	if err := errors.Join(apart, shared); err != nil {
		return err
	}
	for _, f := range results {
		b.missed += len(f.Missed)
		fmt.Fprintf(b.out, "flips: %-44s %5d of %5d found (%d files, %s)\n", f.Place, f.Found, f.Flips, f.Files, size(f.Bytes))
		for i, m := range f.Missed {
			if i == 10 {
				fmt.Fprintf(b.out, "    and %d more\n", len(f.Missed)-i)
				break
			}
			fmt.Fprintf(b.out, "    missed: %s\n", m)
		}
	}
	return nil
}

// places makes what bytes are flipped in, each with the check that owns it.
func (b *verifyBench) places() ([]fault.Place, error) {
	data := filepath.Join(b.dir, "data")
	if err := b.fill(data); err != nil {
		return nil, err
	}
	published := filepath.Join(b.dir, "published")
	policy, earlier, err := b.shop.WriteLog(published, 700)
	if err != nil {
		return nil, err
	}
	full, err := b.shop.Full(b.ctx)
	if err != nil {
		return nil, err
	}
	file := filepath.Join(b.dir, "dossier", "dossier.wacz")
	if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, full.Data, 0o644)); err != nil {
		return nil, err
	}
	return []fault.Place{
		{Name: "an archive (veedor fsck)", Root: filepath.Join(data, "archive"), Found: func(ctx context.Context) (string, error) { return archiveProblem(ctx, data) }},
		{Name: "a log in its data folder (veedor fsck)", Root: filepath.Join(data, "log"), Skip: isState, Found: func(ctx context.Context) (string, error) { return logProblem(ctx, data) }},
		{Name: "captures and their journal (veedor fsck)", Root: filepath.Join(data, "captures"), Found: func(ctx context.Context) (string, error) { return captureProblem(ctx, data) }},
		// Readers take keys from their policy, never from the log: key.pub is there for those who write policies.
		{Name: "a published log (veedor verify)", Root: published, Skip: func(path string) bool { return path == "key.pub" }, Found: func(ctx context.Context) (string, error) {
			return firstFault(dossier.CheckLog(ctx, os.DirFS(published), policy, dossier.Options{Earlier: earlier})), nil
		}},
		{Name: "a dossier (veedor verify)", Root: filepath.Dir(file), Found: func(ctx context.Context) (string, error) {
			raw, err := os.ReadFile(file)
			if err != nil {
				return "", err
			}
			return firstFault(dossier.Verify(ctx, bytes.NewReader(raw), int64(len(raw)), full.Policy, dossier.Options{})), nil
		}},
	}, nil
}

// isState says whether a file of the log is the library's own note of how far it came, which is derived.
func isState(path string) bool { return strings.HasPrefix(path, ".state/") }

func firstFault(r dossier.Report) string {
	if len(r.Faults) > 0 {
		return r.Faults[0].What
	}
	if r.Exit != dossier.ExitOK {
		return fmt.Sprintf("exit code %d", r.Exit)
	}
	return ""
}

// fill makes a small data folder with objects, captures and their leaves in the log.
func (b *verifyBench) fill(data string) error {
	a, err := archive.Open(data)
	if err != nil {
		return err
	}
	defer a.Close()
	var items []tlog.Item
	for s := range 3 {
		batch, err := a.Begin(fmt.Sprintf("source %d", s))
		if err != nil {
			return err
		}
		for i := range 40 {
			h, err := batch.Put(fmt.Appendf(nil, `{"measurement":%d,"source":%d,"text":%q}`, i, s, strings.Repeat("x", i)), archive.Entry{Line: int64(i + 1)})
			if err != nil {
				return errors.Join(err, batch.Close())
			}
			items = append(items, tlog.Item{Kind: tlog.Object, Hash: tlog.Hash(h)})
		}
		_, err = batch.Commit(b.ctx)
		if err := errors.Join(err, batch.Close(), a.Finish(fmt.Sprintf("source %d", s), archive.Totals{})); err != nil {
			return err
		}
	}
	l, err := tlog.Open(b.ctx, data, tlog.Options{})
	if err != nil {
		return err
	}
	defer l.Close()
	if _, err := l.Append(b.ctx, items); err != nil {
		return err
	}
	k, err := capture.Open(data, capture.Options{Log: leaves{l}})
	if err != nil {
		return err
	}
	for i, n := 0, 0; n < 4; i += 10 {
		p, err := b.shop.Sound(b.ctx, i, nil)
		if err != nil {
			return err
		}
		if len(p.Data) > 200_000 {
			continue // every flip costs a reading of all
		}
		n++
		if _, err := k.Import(b.ctx, fmt.Sprintf("%d.wacz", i), bytes.NewReader(p.Data), capture.Origin{How: "made for this measurement"}); err != nil {
			return err
		}
	}
	return nil
}

// leaves puts captures and lines of their journal into a log.
type leaves struct{ *tlog.Log }

func (l leaves) Append(ctx context.Context, captures, events []string) error {
	var items []tlog.Item
	for kind, list := range map[tlog.Kind][]string{tlog.Capture: captures, tlog.Event: events} {
		for _, s := range list {
			h, err := tlog.ParseHash(s)
			if err != nil {
				return err
			}
			items = append(items, tlog.Item{Kind: kind, Hash: h})
		}
	}
	slices.SortFunc(items, func(x, y tlog.Item) int { return strings.Compare(string(x.Kind), string(y.Kind)) })
	_, err := l.Log.Append(ctx, items)
	return err
}

func archiveProblem(ctx context.Context, data string) (string, error) {
	a, err := archive.Open(data)
	if err != nil {
		return err.Error(), nil
	}
	defer a.Close()
	r, err := a.Fsck(ctx, nil)
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	if err != nil {
		return err.Error(), nil
	}
	if len(r.Problems) > 0 {
		return r.Problems[0].What, nil
	}
	return "", nil
}

func logProblem(ctx context.Context, data string) (string, error) {
	l, err := tlog.Open(ctx, data, tlog.Options{})
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	if err != nil {
		return err.Error(), nil
	}
	defer l.Close()
	problems, err := l.Fsck(ctx, nil)
	if err != nil || len(problems) == 0 {
		return "", err
	}
	return problems[0].What, nil
}

// captureProblem looks at the captures, then whether the log's leaves of captures and of their journal are all there.
func captureProblem(ctx context.Context, data string) (string, error) {
	r, known := &checked{}, map[tlog.Kind]map[string]bool{tlog.Capture: {}, tlog.Event: {}}
	if err := r.captures(ctx, data, known, func(int64, int64) {}); err != nil {
		return "", err
	}
	if len(r.Problems) == 0 {
		a, err := archive.Open(data)
		if err != nil {
			return "", err
		}
		defer a.Close()
		if err := r.log(ctx, data, a, known, func(int64, int64) {}); err != nil {
			return "", err
		}
	}
	if len(r.Problems) > 0 {
		return r.Problems[0].What, nil
	}
	return "", nil
}
