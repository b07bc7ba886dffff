// Package lake is the store of one machine: Parquet segments are the truth, a SQLite catalog lists
// them, DuckDB answers questions over the files listed. Any number of processes may read and append
// at once. docs/format/lake.md describes the files.
package lake

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"

	"veedor/internal/measure/store"
)

// Options are a lake's settings; zero values are sensible.
type Options struct {
	MemoryMB int // of the query engine; 256 when 0
	Threads  int // of the query engine; the machine's cores when 0
	// Indexed is up to how many measurements questions are answered from the index of heads, which takes some ten bytes of
	// memory for each; 50 million when 0, none when negative. The engine answers beyond.
	Indexed int64
}

// Lake implements store.Store on one folder.
type Lake struct {
	dir  string // DATA/lake
	opts Options

	mu   sync.Mutex
	gen  *generation // the one CURRENT names
	old  []*generation
	duck *sql.DB // opened with the first question
	view string  // the segments that the engine's views show

	index headIndex
}

var _ store.Store = (*Lake)(nil)

// ErrStale says that the lake was written by a version with other columns.
var ErrStale = errors.New("the lake was written by another version of veedor; run: veedor rebuild")

// Open opens the lake below the data folder, making it when it is not there.
func Open(ctx context.Context, data string, opts Options) (*Lake, error) {
	l := &Lake{dir: filepath.Join(data, "lake"), opts: opts}
	var err error
	if l.index.unpack, err = newDecoder(); err != nil {
		return nil, fmt.Errorf("open lake: %w", err)
	}
	if l.opts.MemoryMB == 0 {
		l.opts.MemoryMB = 256
	}
	if l.opts.Indexed == 0 {
		l.opts.Indexed = 50_000_000
	}
	if l.opts.Threads == 0 {
		l.opts.Threads = runtime.NumCPU()
	}
	if err := os.MkdirAll(l.dir, 0o755); err != nil {
		return nil, fmt.Errorf("open lake: %w", err)
	}
	err = l.locked(syscall.LOCK_EX, func() error {
		name, err := l.current()
		if err != nil || name != "" {
			return err
		}
		g, err := newGeneration(ctx, l.dir, 1)
		if err != nil {
			return err
		}
		return errors.Join(g.close(), l.setCurrent(g.name))
	})
	if err != nil {
		return nil, fmt.Errorf("open lake: %w", err)
	}
	g, err := l.generation(ctx)
	if err != nil {
		return nil, fmt.Errorf("open lake: %w", err)
	}
	if err := g.fresh(ctx); err != nil {
		if errors.Is(err, ErrStale) {
			return l, nil // said when something is asked of it
		}
		return nil, fmt.Errorf("open lake: %w", err)
	}
	return l, g.sweep()
}

// Close closes the lake.
func (l *Lake) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.index.mu.Lock()
	defer l.index.mu.Unlock()
	err := l.index.drop()
	if l.duck != nil {
		err = errors.Join(err, l.duck.Close())
	}
	for _, g := range append(l.old, l.gen) {
		if g != nil {
			err = errors.Join(err, g.close())
		}
	}
	return err
}

// current returns the name in CURRENT, "" where there is none yet.
func (l *Lake) current() (string, error) {
	b, err := os.ReadFile(filepath.Join(l.dir, "CURRENT"))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	name := strings.TrimSpace(string(b))
	if err == nil && (name == "" || strings.ContainsAny(name, "/\\.")) {
		err = fmt.Errorf("lake/CURRENT holds %.40q, not the name of a generation", name)
	}
	return name, err
}

func (l *Lake) setCurrent(name string) error {
	return publish(filepath.Join(l.dir, "CURRENT"), func(f *os.File) error {
		_, err := f.WriteString(name + "\n")
		return err
	})
}

// generation returns the generation that CURRENT names, opening it when it changed.
func (l *Lake) generation(ctx context.Context) (*generation, error) {
	name, err := l.current()
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.gen != nil && l.gen.name == name {
		return l.gen, nil
	}
	g, err := openGeneration(ctx, filepath.Join(l.dir, name))
	if err != nil {
		return nil, err
	}
	if l.gen != nil {
		l.old = append(l.old, l.gen) // questions may still be using it
	}
	l.gen = g
	return g, nil
}

// locked runs f while holding lake/lock: shared by appenders, exclusive for a swap of generations.
func (l *Lake) locked(how int, f func() error) error { return l.hold("lock", how, f) }

// alone runs f while no other process rewrites segments; appending goes on.
func (l *Lake) alone(f func() error) error { return l.hold("rewriting", syscall.LOCK_EX, f) }

func (l *Lake) hold(name string, how int, f func() error) error {
	lock, err := os.OpenFile(filepath.Join(l.dir, name), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return err
	}
	defer lock.Close() // closing unlocks
	if err := syscall.Flock(int(lock.Fd()), how); err != nil {
		return fmt.Errorf("lock lake: %w", err)
	}
	return f()
}

// Append implements store.Store.
func (l *Lake) Append(ctx context.Context, b store.Batch) error {
	err := l.locked(syscall.LOCK_SH, func() error {
		g, err := l.generation(ctx)
		if err != nil {
			return err
		}
		return g.append(ctx, b)
	})
	if err != nil {
		return fmt.Errorf("append to lake: %w", err)
	}
	return nil
}

// Known implements store.Store.
func (l *Lake) Known(ctx context.Context, uids []string) ([]bool, error) {
	g, err := l.generation(ctx)
	if err != nil {
		return nil, err
	}
	return g.known(ctx, uids)
}

// Rejections implements store.Store.
func (l *Lake) Rejections(ctx context.Context, limit, offset int) ([]store.Rejected, int64, error) {
	g, err := l.generation(ctx)
	if err != nil {
		return nil, 0, err
	}
	return g.rejections(ctx, limit, offset)
}

// Rebuild makes the next generation and swaps it in. fill is called with a store that starts empty:
// once while the old generation is read and appended to as before, then once more while appending
// waits, for what was archived meanwhile; it must pass over what that store knows. The old
// generation stays on disk, so no verdict is destroyed; see Prune.
func (l *Lake) Rebuild(ctx context.Context, fill func(context.Context, store.Appender) error) error {
	number, err := l.nextNumber()
	if err != nil {
		return fmt.Errorf("rebuild lake: %w", err)
	}
	g, err := newGeneration(ctx, l.dir, number)
	if err != nil {
		return fmt.Errorf("rebuild lake: %w", err)
	}
	err = fill(ctx, g)
	if err == nil {
		err = l.locked(syscall.LOCK_EX, func() error {
			if err := fill(ctx, g); err != nil {
				return err
			}
			return l.setCurrent(g.name)
		})
	}
	if err = errors.Join(err, g.close()); err != nil {
		return fmt.Errorf("rebuild lake: %w", err)
	}
	return nil
}

func (l *Lake) nextNumber() (int, error) {
	names, err := l.generations()
	if err != nil || len(names) == 0 {
		return 1, err
	}
	var n int
	_, err = fmt.Sscanf(names[len(names)-1], "gen-%d", &n)
	return n + 1, err
}

// generations lists the generations on disk, oldest first.
func (l *Lake) generations() ([]string, error) {
	dirs, err := filepath.Glob(filepath.Join(l.dir, "gen-*"))
	for i := range dirs {
		dirs[i] = filepath.Base(dirs[i])
	}
	return dirs, err
}

// Prune removes generations that are no longer current, but for the newest keep of them.
func (l *Lake) Prune(keep int) (removed []string, err error) {
	err = l.locked(syscall.LOCK_EX, func() error {
		names, err := l.generations()
		if err != nil {
			return err
		}
		now, err := l.current()
		if err != nil {
			return err
		}
		var past []string
		for _, n := range names {
			if n != now {
				past = append(past, n)
			}
		}
		for len(past) > keep {
			if err := os.RemoveAll(filepath.Join(l.dir, past[0])); err != nil {
				return err
			}
			removed = append(removed, past[0])
			past = past[1:]
		}
		return nil
	})
	if err != nil {
		return removed, fmt.Errorf("prune lake: %w", err)
	}
	return removed, nil
}

// publish writes a file so that it is there whole or not at all.
func publish(path string, write func(*os.File) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }() // gone by then when all went well
	if err := write(f); err != nil {
		return errors.Join(err, f.Close())
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Chmod(f.Name(), 0o644); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
