package tlog

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"time"

	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/tessera"
	"github.com/transparency-dev/tessera/api/layout"
	"github.com/transparency-dev/tessera/client"
	"github.com/transparency-dev/tessera/storage/posix"
	"golang.org/x/mod/sumdb/note"
)

// step is how many leaves are made durable at once. More costs memory, fewer costs time.
const step = 1 << 15

// Append adds the items that the log does not hold yet, in order, and returns how many those were. When it
// returns, they are on disk and covered by a signed checkpoint. It stops between steps when ctx ends; what was
// added until then stays, and is covered too.
func (l *Log) Append(ctx context.Context, items []Item) (added int, err error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	for _, it := range items {
		if _, err := it.Kind.number(); err != nil {
			return 0, fmt.Errorf("append to log: %w", err)
		}
	}
	unlock, err := l.lock()
	if err != nil {
		return 0, err
	}
	defer unlock()
	a, err := l.prepare(ctx)
	if err != nil {
		return 0, fmt.Errorf("append to log: %w", err)
	}
	for len(items) > 0 && err == nil {
		n := min(len(items), step)
		var k int
		k, err = a.step(ctx, items[:n])
		added, items = added+k, items[n:]
		if err == nil {
			err = ctx.Err()
		}
	}
	if e := a.publish(context.WithoutCancel(ctx)); err == nil {
		err = e
	}
	if err != nil {
		return added, fmt.Errorf("append to log: %w", err)
	}
	return added, nil
}

// appender is a log under its lock.
type appender struct {
	*Log
	origin  string
	signers []note.Signer
	last    *Checkpoint // the newest one, nil where there is none
}

// prepare readies a locked log: keys there, the tree's state sound, the index up to date, and what a killed
// process added published.
func (l *Log) prepare(ctx context.Context) (*appender, error) {
	conf, err := l.Config()
	if err != nil {
		return nil, err
	}
	if conf, err = l.withOrigin(conf); err != nil {
		return nil, err
	}
	a := &appender{Log: l, origin: conf.Origin}
	if a.signers, err = l.signers(conf.Origin); err != nil {
		return nil, err
	}
	if a.last, err = l.Checkpoint(); err != nil && !errors.Is(err, ErrEmpty) {
		return nil, err
	}
	if err := a.restore(); err != nil {
		return nil, err
	}
	if err := l.dropBeyond(); err != nil {
		return nil, fmt.Errorf("remove what a killed writer left: %w", err)
	}
	if err := l.catchUp(ctx); err != nil {
		return nil, err
	}
	return a, a.publish(ctx)
}

// restore makes the library's note of the tree's state anew where it is gone, as in a copy of the public files.
// Without it, the library would begin the log again.
func (a *appender) restore() error {
	if a.last == nil {
		return nil
	}
	if _, err := os.Stat(a.treeState()); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	b, err := json.Marshal(treeState{Size: a.last.Size, Root: a.last.Root[:]})
	if err != nil {
		return err
	}
	return writeFile(a.treeState(), b, 0o644)
}

func (l *Log) treeState() string { return filepath.Join(l.dir, ".state", "treeState") }

// treeState is how the library notes how large the tree is.
type treeState struct {
	Size uint64 `json:"size"`
	Root []byte `json:"root"`
}

// integrated returns how many leaves are in the tree, published or not. Where the library's note is gone, it is
// what the checkpoint says.
func (l *Log) integrated() (uint64, error) {
	b, err := os.ReadFile(l.treeState())
	if errors.Is(err, fs.ErrNotExist) {
		c, err := l.Checkpoint()
		if errors.Is(err, ErrEmpty) {
			return 0, nil
		}
		if err != nil {
			return 0, err
		}
		return c.Size, nil
	}
	if err != nil {
		return 0, err
	}
	var s treeState
	if err := json.Unmarshal(b, &s); err != nil {
		return 0, fmt.Errorf("%w: %s: %w", ErrBroken, l.treeState(), err)
	}
	return s.Size, nil
}

// step adds what is new among some items.
func (a *appender) step(ctx context.Context, items []Item) (int, error) {
	fresh, err := a.unknown(ctx, items)
	if err != nil || len(fresh) == 0 {
		return 0, err
	}
	s, err := a.indexed(ctx)
	if err != nil {
		return 0, err
	}
	at := a.now().UTC().Truncate(time.Second)
	if at.Before(s.at) {
		at = s.at // a clock set back must not reorder what was learnt
	}
	if err := a.sequence(ctx, fresh, at, s.size); err != nil {
		return 0, err
	}
	a.reached("sequenced")
	return len(fresh), a.note(context.WithoutCancel(ctx), s.size, fresh, at)
}

// sequence puts leaves into the tree, the first at the index given.
func (a *appender) sequence(ctx context.Context, items []Item, at time.Time, first uint64) error {
	// Ends when all leaves have their place: the library abandons those waiting when its context ends.
	run, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	driver, err := posix.New(run, posix.Config{Path: a.dir})
	if err != nil {
		return err
	}
	// One batch. The library publishes only the checkpoint of an empty log; all others are made here, when
	// what they say was checked: it would do so on a timer, which two logs in one process would race for.
	appender, _, _, err := tessera.NewAppender(run, driver, tessera.NewAppendOptions().WithCheckpointSigner(a.signers[0]).
		WithBatching(uint(len(items)), time.Hour).WithCheckpointInterval(math.MaxInt64).WithCheckpointRepublishInterval(0).WithGarbageCollectionInterval(0))
	if err != nil {
		return err
	}
	futures := make([]tessera.IndexFuture, len(items))
	for i, it := range items {
		futures[i] = appender.Add(run, tessera.NewEntry(Leaf{it, at}.Data()))
	}
	for i, f := range futures {
		got, err := f()
		if err != nil {
			return err
		}
		if got.Index != first+uint64(i) {
			return fmt.Errorf("%w: leaf %d was put at %d", ErrBroken, first+uint64(i), got.Index)
		}
	}
	return nil
}

// publish signs a checkpoint of the whole tree, unless the newest one is. It never signs a tree that does not
// contain the one it signed before.
func (a *appender) publish(ctx context.Context) error {
	size, err := a.integrated()
	if err != nil {
		return err
	}
	if a.last != nil && a.last.Size == size && len(a.last.Signed) >= len(a.signers) || a.last == nil && size == 0 {
		return nil
	}
	root, err := a.rootAt(ctx, size)
	if err != nil {
		return err
	}
	var before uint64
	if a.last != nil {
		before = a.last.Size
		if err := a.follows(ctx, a.last, size, root); err != nil {
			return err
		}
	}
	raw, err := note.Sign(&note.Note{Text: body(a.origin, size, root)}, a.signers...)
	if err != nil {
		return fmt.Errorf("sign checkpoint: %w", err)
	}
	if err := writeFile(a.checkpointPath(), raw, 0o644); err != nil {
		return fmt.Errorf("write checkpoint: %w", err)
	}
	a.reached("published")
	if a.last, err = a.Checkpoint(); err != nil {
		return err
	}
	return a.prune(before, size)
}

// follows says whether a tree contains the one a checkpoint describes.
func (l *Log) follows(ctx context.Context, c *Checkpoint, size uint64, root Hash) error {
	if c.Size > size {
		return fmt.Errorf("%w: its checkpoint says %d leaves, and %d are there: put back the newest backup", ErrBroken, c.Size, size)
	}
	hashes, err := l.consistency(ctx, c.Size, size)
	if err != nil {
		return err
	}
	if err := proof.VerifyConsistency(rfc6962.DefaultHasher, c.Size, size, hashes, c.Root[:], root[:]); err != nil {
		return fmt.Errorf("%w: it does not continue what its checkpoint of %d leaves says: %w", ErrBroken, c.Size, err)
	}
	return nil
}

// rootAt computes the root of the first leaves from the tiles.
func (l *Log) rootAt(ctx context.Context, size uint64) (Hash, error) {
	if size == 0 {
		return Hash(rfc6962.DefaultHasher.EmptyRoot()), nil
	}
	nodes, err := client.FetchRangeNodes(ctx, size, l.tiles.ReadTile)
	if err != nil {
		return Hash{}, fmt.Errorf("%w: read tiles: %w", ErrBroken, err)
	}
	root := nodes[len(nodes)-1]
	for i := len(nodes) - 2; i >= 0; i-- {
		root = rfc6962.DefaultHasher.HashChildren(nodes[i], root)
	}
	return Hash(root), nil
}

// prune removes the partial tiles and bundles of those that became full.
func (l *Log) prune(before, size uint64) error {
	for level, width := uint64(0), uint64(layout.TileWidth); size/width > 0; level, width = level+1, width*layout.TileWidth {
		for i := before / width; i < size/width; i++ {
			paths := []string{layout.TilePath(level, i, 0)}
			if level == 0 {
				paths = append(paths, layout.EntriesPath(i, 0))
			}
			for _, p := range paths {
				if err := os.RemoveAll(filepath.Join(l.dir, p+".p")); err != nil {
					return fmt.Errorf("remove partial tiles: %w", err)
				}
			}
		}
	}
	return nil
}
