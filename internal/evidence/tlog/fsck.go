package tlog

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/tessera/api"
	"github.com/transparency-dev/tessera/fsck"
	"golang.org/x/mod/sumdb/note"
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
	if err := ctx.Err(); err != nil {
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
	known, err := l.verifiers()
	if err != nil {
		return err
	}
	signed := func(v note.Verifier) bool {
		_, err := note.Open(c.Raw, note.VerifierList(v))
		return err == nil
	}
	for _, v := range known {
		if !signed(v) {
			continue
		}
		var at time.Time
		var done uint64
		hashes := func(bundle []byte) ([][]byte, error) {
			var b api.EntryBundle
			if err := b.UnmarshalText(bundle); err != nil {
				return nil, err
			}
			out := make([][]byte, len(b.Entries))
			for i, data := range b.Entries {
				leaf, err := ParseLeaf(data)
				if err != nil {
					return nil, fmt.Errorf("leaf %d: %w", done+uint64(i), err)
				}
				if leaf.At.Before(at) {
					return nil, fmt.Errorf("leaf %d: dated before the one in front of it", done+uint64(i))
				}
				at = leaf.At
				out[i] = rfc6962.DefaultHasher.HashLeaf(data)
			}
			if done += uint64(len(out)); progress != nil {
				progress(min(done, c.Size), c.Size)
			}
			return out, nil
		}
		return fsck.New(c.Origin, v, frozen{l, c}, hashes, fsck.Opts{N: 1}).Check(ctx)
	}
	return errors.New("no key of ours signed the checkpoint")
}

// frozen is a log as it stood at a checkpoint, whatever is appended meanwhile.
type frozen struct {
	l *Log
	c *Checkpoint
}

func (f frozen) ReadCheckpoint(context.Context) ([]byte, error) { return f.c.Raw, nil }

func (f frozen) ReadTile(ctx context.Context, level, index uint64, p uint8) ([]byte, error) {
	return f.l.tiles.ReadTile(ctx, level, index, p)
}

func (f frozen) ReadEntryBundle(ctx context.Context, index uint64, p uint8) ([]byte, error) {
	return f.l.tiles.ReadEntryBundle(ctx, index, p)
}
