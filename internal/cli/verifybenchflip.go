package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"veedor/internal/evidence/archive"
	"veedor/internal/evidence/capture"
	"veedor/internal/evidence/dossier"
	"veedor/internal/evidence/fault"
	"veedor/internal/evidence/tlog"
)

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
