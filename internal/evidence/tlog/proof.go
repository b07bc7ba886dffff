package tlog

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/tessera/client"
)

// Proof returns a C2SP tlog-proof that the leaf at an index is in the log. The leaf's own bytes are its extra
// data. The checkpoint in it is the newest that satisfies the policy of log.json, else the newest of all.
func (l *Log) Proof(ctx context.Context, index uint64) ([]byte, error) {
	c, err := l.best(index)
	if err != nil {
		return nil, fmt.Errorf("prove leaf %d: %w", index, err)
	}
	return l.prove(ctx, index, c)
}

// ProofAt is Proof with the kept checkpoint of a certain size: the newest, a cosigned or a stamped one.
func (l *Log) ProofAt(ctx context.Context, index, size uint64) ([]byte, error) {
	c, err := l.CheckpointAt(size)
	if err != nil {
		return nil, fmt.Errorf("prove leaf %d: %w", index, err)
	}
	return l.prove(ctx, index, c)
}

func (l *Log) prove(ctx context.Context, index uint64, c *Checkpoint) ([]byte, error) {
	if index >= c.Size {
		return nil, fmt.Errorf("prove leaf %d: %w: the checkpoint covers %d", index, ErrNotFound, c.Size)
	}
	var e Entry
	for got, err := range l.read(ctx, index, index+1, c.Size) {
		if err != nil {
			return nil, fmt.Errorf("prove leaf %d: %w", index, err)
		}
		e = got
	}
	b, err := client.NewProofBuilder(ctx, c.Size, l.tiles.ReadTile)
	if err != nil {
		return nil, fmt.Errorf("prove leaf %d: %w", index, err)
	}
	hashes, err := b.InclusionProof(ctx, index)
	if err != nil {
		return nil, fmt.Errorf("prove leaf %d: %w: %w", index, ErrBroken, err)
	}
	data := e.Data()
	if err := proof.VerifyInclusion(rfc6962.DefaultHasher, index, c.Size, rfc6962.DefaultHasher.HashLeaf(data), hashes, c.Root[:]); err != nil {
		return nil, fmt.Errorf("prove leaf %d: %w: it does not lead to the checkpoint of %d leaves: %w", index, ErrBroken, c.Size, err)
	}
	var out strings.Builder
	fmt.Fprintf(&out, "c2sp.org/tlog-proof@v1\nextra %s\nindex %d\n", base64.StdEncoding.EncodeToString(data), index)
	writeHashes(&out, hashes)
	out.WriteByte('\n')
	out.Write(c.Raw)
	return []byte(out.String()), nil
}

// Consistency returns the hashes that prove that the first leaves of the log are the same in a smaller and in a
// larger tree (RFC 6962, 2.1.2), both published; 0 for the larger stands for the newest checkpoint.
func (l *Log) Consistency(ctx context.Context, smaller, larger uint64) ([]Hash, error) {
	c, err := l.Checkpoint()
	if err != nil {
		return nil, err
	}
	if larger == 0 {
		larger = c.Size
	}
	if smaller > larger || larger > c.Size {
		return nil, fmt.Errorf("prove consistency: %w: sizes must rise and be at most %d, not %d and %d", ErrNotFound, c.Size, smaller, larger)
	}
	hashes, err := l.consistency(ctx, smaller, larger)
	if err != nil {
		return nil, fmt.Errorf("prove consistency: %w", err)
	}
	var roots [2]Hash
	for i, size := range []uint64{smaller, larger} {
		if roots[i], err = l.rootAt(ctx, size); err != nil {
			return nil, fmt.Errorf("prove consistency: %w", err)
		}
	}
	if err := proof.VerifyConsistency(rfc6962.DefaultHasher, smaller, larger, hashes, roots[0][:], roots[1][:]); err != nil {
		return nil, fmt.Errorf("prove consistency: %w: %w", ErrBroken, err)
	}
	out := make([]Hash, len(hashes))
	for i := range hashes {
		out[i] = Hash(hashes[i])
	}
	return out, nil
}

// Root returns the root of the first leaves, which must be published.
func (l *Log) Root(ctx context.Context, size uint64) (Hash, error) {
	c, err := l.Checkpoint()
	if err != nil {
		return Hash{}, err
	}
	if size > c.Size {
		return Hash{}, fmt.Errorf("root of %d leaves: %w: it has %d", size, ErrNotFound, c.Size)
	}
	return l.rootAt(ctx, size)
}

func (l *Log) consistency(ctx context.Context, smaller, larger uint64) ([][]byte, error) {
	if smaller == 0 || smaller == larger {
		return nil, nil
	}
	b, err := client.NewProofBuilder(ctx, larger, l.tiles.ReadTile)
	if err != nil {
		return nil, err
	}
	hashes, err := b.ConsistencyProof(ctx, smaller, larger)
	if err != nil {
		return nil, errors.Join(ErrBroken, err)
	}
	return hashes, nil
}

func writeHashes(out *strings.Builder, hashes [][]byte) {
	for _, h := range hashes {
		fmt.Fprintln(out, base64.StdEncoding.EncodeToString(h))
	}
}
