package dossier

import (
	"crypto/sha256"
	"errors"
	"math/bits"
)

// hash is a SHA-256.
type hash [sha256.Size]byte

var (
	errProofLength = errors.New("the proof is too short or too long for its tree")
	errProofRoot   = errors.New("the proof leads to another root")
)

// emptyRoot is the root of the tree without leaves (RFC 6962, 2.1).
func emptyRoot() hash { return sha256.Sum256(nil) }

// leafHash is the hash of a leaf's data (RFC 6962, 2.1).
func leafHash(data []byte) hash {
	var buf [256]byte
	return sha256.Sum256(append(append(buf[:0], 0), data...))
}

// nodeHash is the hash of an inner node (RFC 6962, 2.1).
func nodeHash(l, r hash) hash {
	var buf [1 + 2*sha256.Size]byte
	buf[0] = 1
	copy(buf[1:], l[:])
	copy(buf[1+sha256.Size:], r[:])
	return sha256.Sum256(buf[:])
}

// verifyInclusion checks that a leaf stands at an index of the tree (RFC 9162, 2.1.3.2).
func verifyInclusion(index, size int64, leaf hash, proof []hash, root hash) error {
	if index < 0 || index >= size {
		return errors.New("the index lies outside the tree")
	}
	fn, sn, r := uint64(index), uint64(size-1), leaf
	for _, p := range proof {
		if sn == 0 {
			return errProofLength
		}
		if fn&1 == 1 || fn == sn {
			r = nodeHash(p, r)
			for fn&1 == 0 && fn != 0 {
				fn >>= 1
				sn >>= 1
			}
		} else {
			r = nodeHash(r, p)
		}
		fn >>= 1
		sn >>= 1
	}
	switch {
	case sn != 0:
		return errProofLength
	case r != root:
		return errProofRoot
	}
	return nil
}

// tree computes the root of a growing tree from its leaf hashes, in the memory of one path.
type tree struct {
	size  int64
	peaks []hash // of the full subtrees, largest first
}

func (t *tree) add(leaf hash) {
	t.peaks = append(t.peaks, leaf)
	for n := bits.TrailingZeros64(^uint64(t.size)); n > 0; n-- {
		last := len(t.peaks) - 1
		t.peaks[last-1] = nodeHash(t.peaks[last-1], t.peaks[last])
		t.peaks = t.peaks[:last]
	}
	t.size++
}

func (t *tree) root() hash {
	if t.size == 0 {
		return emptyRoot()
	}
	r := t.peaks[len(t.peaks)-1]
	for i := len(t.peaks) - 2; i >= 0; i-- {
		r = nodeHash(t.peaks[i], r)
	}
	return r
}
