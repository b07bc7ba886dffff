package tlog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/tessera/api/layout"
)

// Problem is one thing that is wrong with the log.
type Problem struct {
	Where string `json:"where"`
	What  string `json:"what"`
}

// Fsck reads the whole log and says what is wrong with it: leaves, tiles, checkpoint, cosigned and stamped
// checkpoints, stamps. progress, which may be nil, is told how many leaves were looked at, of how many.
func (l *Log) Fsck(ctx context.Context, progress func(done, total uint64)) ([]Problem, error) {
	c, err := l.Checkpoint()
	if errors.Is(err, ErrEmpty) {
		return nil, nil
	}
	if err != nil {
		return []Problem{{"checkpoint", err.Error()}}, nil
	}
	var out []Problem
	add := func(where string, err error) {
		if err != nil {
			out = append(out, Problem{where, err.Error()})
		}
	}
	add("tree", l.checkTree(ctx, c, progress))
	if err := errors.Join(ctx.Err(), l.checkParts(ctx, c, add)); err != nil {
		return nil, err
	}
	if size, err := l.integrated(); err != nil || size < c.Size {
		add(".state", errors.Join(err, fmt.Errorf("the tree is noted to have %d leaves, the checkpoint says %d", size, c.Size)))
	}
	sizes, err := l.Cosigned()
	add("cosigned", err)
	for _, size := range sizes {
		add(fmt.Sprintf("cosigned/%d", size), l.checkKept(ctx, c, size))
	}
	_, err = l.Stamps()
	add("stamps", err)
	return out, nil
}

// checkKept says whether an older checkpoint is one of this tree.
func (l *Log) checkKept(ctx context.Context, newest *Checkpoint, size uint64) error {
	c, err := l.CheckpointAt(size)
	if err != nil {
		return err
	}
	if size > newest.Size {
		return fmt.Errorf("%w: the newest checkpoint has %d leaves only", ErrBroken, newest.Size)
	}
	root, err := l.rootAt(ctx, size)
	if err == nil && root != c.Root {
		err = fmt.Errorf("%w: it says other leaves than those that are there", ErrBroken)
	}
	if err != nil {
		return err
	}
	_, err = l.Cosignatures(c)
	return err
}

// checkTree hashes every leaf up to the root, and compares every tile.
func (l *Log) checkTree(ctx context.Context, c *Checkpoint, progress func(done, total uint64)) error {
	w := &treeWalk{l: l, size: c.Size, tree: (&compact.RangeFactory{Hash: rfc6962.DefaultHasher.HashChildren}).NewEmptyRange(0)}
	var at time.Time
	for e, err := range l.read(ctx, 0, c.Size, c.Size) {
		if err != nil {
			return err
		}
		if e.At.Before(at) {
			return fmt.Errorf("%w: leaf %d is dated before the one in front of it", ErrBroken, e.Index)
		}
		at = e.At
		if err := w.tree.Append(rfc6962.DefaultHasher.HashLeaf(e.Data()), w.node); err != nil {
			return err
		}
		if w.err != nil {
			return w.err
		}
		if progress != nil && (e.Index+1 == c.Size || e.Index%layout.TileWidth == 0) {
			progress(e.Index+1, c.Size)
		}
	}
	for level, nodes := range w.levels {
		if len(nodes) > 0 {
			w.compare(uint64(level), w.full[level], nodes)
		}
	}
	if w.err != nil {
		return w.err
	}
	root, err := w.tree.GetRootHash(nil)
	if err == nil && Hash(root) != c.Root {
		err = fmt.Errorf("%w: the leaves do not lead to the root that the checkpoint says", ErrBroken)
	}
	return err
}

// treeWalk builds the tiles that a tree must have.
type treeWalk struct {
	l      *Log
	size   uint64
	tree   *compact.Range
	levels [][]byte // nodes of each level's unfinished tile
	full   []uint64 // finished tiles of each level
	err    error    // the first tile that differs
}

// node takes in a node of the tree; tiles hold those of every eighth level.
func (w *treeWalk) node(id compact.NodeID, h []byte) {
	if id.Level%layout.TileHeight != 0 {
		return
	}
	level := int(id.Level / layout.TileHeight)
	if level == len(w.levels) {
		w.levels, w.full = append(w.levels, nil), append(w.full, 0)
	}
	w.levels[level] = append(w.levels[level], h...)
	if len(w.levels[level]) == layout.TileWidth*len(Hash{}) {
		w.compare(uint64(level), w.full[level], w.levels[level])
		w.levels[level] = w.levels[level][:0]
		w.full[level]++
	}
}

// compare reads a tile and says where it is not what it must be. A full tile may stand where a partial one did.
func (w *treeWalk) compare(level, index uint64, want []byte) {
	p := layout.PartialTileSize(level, index, w.size)
	got, err := w.l.tiles.ReadTile(context.Background(), level, index, p)
	whole := len(got) == len(want) || len(got) == layout.TileWidth*len(Hash{})
	if err == nil && (!whole || !bytes.Equal(got[:len(want)], want)) {
		err = errors.New("it is not what the leaves say")
	}
	if err != nil && w.err == nil {
		w.err = fmt.Errorf("%w: %s: %w", ErrBroken, layout.TilePath(level, index, p), err)
	}
}
