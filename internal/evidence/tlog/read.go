package tlog

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/transparency-dev/tessera/api/layout"
	"github.com/transparency-dev/tessera/client"
)

// Entry is a leaf and where it stands.
type Entry struct {
	Index uint64
	Leaf
}

// read hands out leaves from the bundles of a tree of the given size.
func (l *Log) read(ctx context.Context, from, to, size uint64) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		for from < to {
			if err := ctx.Err(); err != nil {
				yield(Entry{}, err)
				return
			}
			i := from / layout.EntryBundleWidth
			b, err := client.GetEntryBundle(ctx, l.tiles.ReadEntryBundle, i, size)
			if err != nil {
				yield(Entry{}, fmt.Errorf("%w: read leaves: %w", ErrBroken, err))
				return
			}
			end := min(to, (i+1)*layout.EntryBundleWidth)
			if uint64(len(b.Entries)) < end-i*layout.EntryBundleWidth {
				yield(Entry{}, fmt.Errorf("%w: read leaves: bundle %d holds %d of them, want %d", ErrBroken, i, len(b.Entries), end-i*layout.EntryBundleWidth))
				return
			}
			for ; from < end; from++ {
				leaf, err := ParseLeaf(b.Entries[from%layout.EntryBundleWidth])
				if err != nil {
					yield(Entry{}, fmt.Errorf("%w: leaf %d: %w", ErrBroken, from, err))
					return
				}
				if !yield(Entry{from, leaf}, nil) {
					return
				}
			}
		}
	}
}

// Leaves hands out the published leaves from one index to another, which is left out; 0 stands for the last.
func (l *Log) Leaves(ctx context.Context, from, to uint64) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		c, err := l.Checkpoint()
		if err != nil {
			yield(Entry{}, err)
			return
		}
		if to == 0 || to > c.Size {
			to = c.Size
		}
		l.read(ctx, from, to, c.Size)(yield)
	}
}

// Leaf returns the published leaf at an index, or ErrNotFound.
func (l *Log) Leaf(ctx context.Context, index uint64) (Entry, error) {
	c, err := l.Checkpoint()
	if err != nil {
		return Entry{}, err
	}
	if index >= c.Size {
		return Entry{}, fmt.Errorf("leaf %d: %w: it has %d", index, ErrNotFound, c.Size)
	}
	for e, err := range l.read(ctx, index, index+1, c.Size) {
		return e, err
	}
	return Entry{}, nil // not reached: read hands out one
}

// Find returns the published leaves of a hash, one for each kind it was logged as, oldest first; ErrNotFound
// where there is none.
func (l *Log) Find(ctx context.Context, h Hash) ([]Entry, error) {
	c, err := l.Checkpoint()
	if err != nil {
		return nil, err
	}
	rows, err := l.index.QueryContext(ctx, `SELECT idx FROM leaves WHERE hash = ?`, h[:])
	if err != nil {
		return nil, fmt.Errorf("read the log's index: %w", err)
	}
	defer rows.Close()
	var out []Entry
	for rows.Next() {
		var i int64
		if err := rows.Scan(&i); err != nil {
			return nil, fmt.Errorf("read the log's index: %w", err)
		}
		if uint64(i) >= c.Size {
			continue // about to be published
		}
		for e, err := range l.read(ctx, uint64(i), uint64(i)+1, c.Size) {
			if err != nil {
				return nil, err
			}
			if e.Hash != h {
				return nil, fmt.Errorf("%w: the index says that %s is leaf %d, and that is %s: remove index/log.sqlite", ErrBroken, h, i, e.Hash)
			}
			out = append(out, e)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read the log's index: %w", err)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%s: %w", h, ErrNotFound)
	}
	slices.SortFunc(out, func(a, b Entry) int { return cmp.Compare(a.Index, b.Index) })
	return out, nil
}
