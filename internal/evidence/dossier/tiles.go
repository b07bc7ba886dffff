package dossier

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// tileWidth is how many hashes or entries a full tile holds (C2SP tlog-tiles).
const tileWidth = 256

// tilePath returns where a tile of a level, or a bundle of entries (level -1), lies; width is tileWidth when full.
func tilePath(level int, n int64, width int) string {
	p := fmt.Sprintf("%03d", n%1000)
	for n /= 1000; n > 0; n /= 1000 {
		p = fmt.Sprintf("x%03d/%s", n%1000, p)
	}
	if width != tileWidth {
		p = fmt.Sprintf("%s.p/%d", p, width)
	}
	if level < 0 {
		return "tile/entries/" + p
	}
	return fmt.Sprintf("tile/%d/%s", level, p)
}

// parseBundle splits a bundle into its entries and refuses one that does not hold exactly width of them.
func parseBundle(b []byte, width int) ([][]byte, error) {
	out := make([][]byte, 0, width)
	for len(b) > 0 {
		if len(b) < 2 || len(b)-2 < int(binary.BigEndian.Uint16(b)) {
			return nil, errors.New("read entries: the last one is cut short")
		}
		if len(out) == width {
			return nil, fmt.Errorf("read entries: more than the %d that belong here", width)
		}
		n := 2 + int(binary.BigEndian.Uint16(b))
		out = append(out, b[2:n])
		b = b[n:]
	}
	if len(out) != width {
		return nil, fmt.Errorf("read entries: %d, want %d", len(out), width)
	}
	return out, nil
}

// parseTile splits a tile into its hashes and refuses one that does not hold exactly width of them.
func parseTile(b []byte, width int) ([]hash, error) {
	if len(b) != width*len(hash{}) {
		return nil, fmt.Errorf("read tile: %d bytes, want %d", len(b), width*len(hash{}))
	}
	out := make([]hash, width)
	for i := range out {
		copy(out[i][:], b[i*len(hash{}):])
	}
	return out, nil
}

// tiler makes the tiles of a growing tree, level by level, in the memory of one tile a level, and hands out each
// as soon as it is full.
type tiler struct {
	levels [][]hash // of each level, the tile that is not yet full
	counts []int64  // of each level, how many tiles are full
	full   func(level int, n int64, hashes []hash)
}

func (t *tiler) add(level int, h hash) {
	if level == len(t.levels) {
		t.levels = append(t.levels, make([]hash, 0, tileWidth))
		t.counts = append(t.counts, 0)
	}
	t.levels[level] = append(t.levels[level], h)
	if len(t.levels[level]) < tileWidth {
		return
	}
	t.full(level, t.counts[level], t.levels[level])
	var sub tree
	for _, x := range t.levels[level] {
		sub.add(x)
	}
	t.levels[level] = t.levels[level][:0]
	t.counts[level]++
	t.add(level+1, sub.root())
}
