package dossier

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
)

// walk reads every entry and compares every tile and every known root.
func (c *logCheck) walk() {
	c.found = make(map[[16]byte]int64, min(c.head.size, 1<<20))
	w := &logWalk{logCheck: c, limits: newTimeLimits(c.seen)}
	w.tiles.full = func(level int, n int64, hashes []hash) { w.compareTile(level, n, hashes, tileWidth) }
	w.roots()
	for n := int64(0); n*tileWidth < c.head.size; n++ {
		if err := c.ctx.Err(); err != nil {
			c.r.fault(ClassContainer, "tile", "stopped: %v", err)
			return
		}
		width := int(min(tileWidth, c.head.size-n*tileWidth))
		if !w.bundle(n, width) {
			return
		}
		if c.o.Progress != nil {
			c.o.Progress(w.tree.size, c.head.size)
		}
	}
	for level, hashes := range w.tiles.levels {
		if len(hashes) > 0 {
			w.compareTile(level, w.tiles.counts[level], hashes, len(hashes))
		}
	}
}

// logWalk is the state of a walk.
type logWalk struct {
	*logCheck
	tree   tree
	tiles  tiler
	limits *timeLimits
	last   int64 // time of the leaf before
	mark   int   // of marks, the next to compare
}

// bundle takes in one bundle of entries; it returns false when the walk cannot go on.
func (w *logWalk) bundle(n int64, width int) bool {
	name := tilePath(-1, n, width)
	raw, err := readFile(w.fsys, name, maxBundle)
	if errors.Is(err, fs.ErrNotExist) && width < tileWidth { // the log has grown since
		name = tilePath(-1, n, tileWidth)
		raw, err = readFile(w.fsys, name, maxBundle)
		raw = cutBundle(raw, width)
	}
	var entries [][]byte
	if err == nil {
		entries, err = parseBundle(raw, width)
	}
	if err != nil {
		w.r.fault(ClassProof, name, "entries %d to %d: %v", n*tileWidth, n*tileWidth+int64(width)-1, err)
		return w.withoutEntries(n, width)
	}
	w.partialBundles(n, raw)
	for _, e := range entries {
		w.entry(e)
	}
	return true
}

// withoutEntries goes on with the hashes of the tile, where the entries cannot be read.
func (w *logWalk) withoutEntries(n int64, width int) bool {
	raw, err := readFile(w.fsys, tilePath(0, n, width), tileWidth*int64(len(hash{})))
	if err != nil {
		return false
	}
	hashes, err := parseTile(raw, width)
	if err != nil {
		return false
	}
	for _, h := range hashes {
		w.leaf(h)
	}
	return true
}

// entry checks one entry and adds it to the tree.
func (w *logWalk) entry(data []byte) {
	index := w.tree.size
	w.r.count(ClassProof, 1)
	where := func() string { return "entry " + strconv.FormatInt(index, 10) }
	l, err := parseLeaf(data)
	if err != nil {
		w.r.fault(ClassProof, where(), "%v", err)
		w.leaf(leafHash(data))
		return
	}
	var key [16]byte
	copy(key[:], l.sum[:])
	key[15] ^= l.kind[0] // kinds begin with different letters
	if first, ok := w.found[key]; ok {
		w.r.fault(ClassProof, where(), "the same %s as entry %d: a leaf stands there twice", l.kind, first)
	} else {
		w.found[key] = index
	}
	if l.at < w.last {
		w.r.fault(ClassTimestamp, where(), "its time %s is earlier than that of the entry before, %s: reordered or back-dated", utc(l.at), utc(w.last))
	}
	w.last = l.at
	low, high := w.limits.at(index)
	if slack := int64(skew.Seconds()); low > l.at && low-l.at > slack || high < l.at && l.at-high > slack {
		checkLeafTime(w.r, where(), index, l.at, w.seen)
	}
	w.leaf(leafHash(data))
}

func (w *logWalk) leaf(h hash) {
	w.tree.add(h)
	w.tiles.add(0, h)
	w.roots()
}

// roots compares the tree with every checkpoint known of its size.
func (w *logWalk) roots() {
	for w.mark < len(w.marks) && w.marks[w.mark].size == w.tree.size {
		m := w.marks[w.mark]
		w.mark++
		w.r.count(ClassProof, 1)
		if m.root == w.tree.root() {
			continue
		}
		if m.checkpoint == w.head {
			w.r.fault(ClassProof, m.where, "the %d entries here are not those it was signed for: some were edited, deleted, put in or reordered", m.size)
		} else {
			w.r.fault(ClassProof, m.where, "forked: the first %d entries here are not those it was signed for", m.size)
		}
	}
}

// compareTile compares a tile, and every partial tile of its beginning, with the hashes that the entries give.
func (w *logWalk) compareTile(level int, n int64, hashes []hash, width int) {
	want := make([]byte, 0, len(hashes)*len(hash{}))
	for i := range hashes {
		want = append(want, hashes[i][:]...)
	}
	name := tilePath(level, n, width)
	raw, err := readFile(w.fsys, name, tileWidth*int64(len(hash{})))
	if errors.Is(err, fs.ErrNotExist) && width < tileWidth { // the log has grown since
		name = tilePath(level, n, tileWidth)
		if raw, err = readFile(w.fsys, name, tileWidth*int64(len(hash{}))); err == nil && len(raw) == tileWidth*len(hash{}) {
			raw = raw[:len(want)]
		}
	}
	w.r.count(ClassProof, 1)
	switch {
	case err != nil:
		w.r.fault(ClassProof, name, "%v", err)
	case !bytes.Equal(raw, want):
		w.r.fault(ClassProof, name, "the tile does not hold the hashes of the entries below it%s", firstDifference(raw, want, level, n))
	}
	for _, p := range w.partials(level, n) {
		raw, err := readFile(w.fsys, p.name, tileWidth*int64(len(hash{})))
		w.r.count(ClassProof, 1)
		switch {
		case err != nil:
			w.r.fault(ClassProof, p.name, "%v", err)
		case p.width > width: // of a larger tree than the checkpoint commits to
			if !bytes.HasPrefix(raw, want) {
				w.r.fault(ClassProof, p.name, "the partial tile does not hold the hashes of the entries below it")
			}
		case len(raw) != p.width*len(hash{}) || !bytes.HasPrefix(want, raw):
			w.r.fault(ClassProof, p.name, "the partial tile does not hold the hashes of the entries below it")
		}
	}
}

// firstDifference says which entry a tile of leaves is wrong about.
func firstDifference(got, want []byte, level int, n int64) string {
	if level != 0 || len(got) != len(want) {
		return ""
	}
	for i := 0; i < len(want); i += len(hash{}) {
		if !bytes.Equal(got[i:i+len(hash{})], want[i:i+len(hash{})]) {
			return fmt.Sprintf(": entry %d differs", n*tileWidth+int64(i/len(hash{})))
		}
	}
	return ""
}

// partialBundles compares what is left of smaller bundles with the whole one.
func (w *logWalk) partialBundles(n int64, whole []byte) {
	for _, p := range w.partials(-1, n) {
		raw, err := readFile(w.fsys, p.name, maxBundle)
		w.r.count(ClassProof, 1)
		if err == nil {
			_, err = parseBundle(raw, p.width)
		}
		if err != nil {
			w.r.fault(ClassProof, p.name, "%v", err)
		} else if !bytes.HasPrefix(whole, raw) && !bytes.HasPrefix(raw, whole) {
			w.r.fault(ClassProof, p.name, "the partial bundle holds other entries")
		}
	}
}

// partial is a partial tile or bundle that is there.
type partial struct {
	name  string
	width int
}

func (w *logWalk) partials(level int, n int64) []partial {
	dir := tilePath(level, n, tileWidth) + ".p"
	entries, err := fs.ReadDir(w.fsys, dir)
	if err != nil {
		return nil
	}
	var out []partial
	for _, e := range entries {
		width, err := parseDecimal(e.Name())
		if err != nil || width < 1 || width >= tileWidth {
			w.r.fault(ClassProof, dir+"/"+e.Name(), "not the name of a partial tile")
			continue
		}
		out = append(out, partial{dir + "/" + e.Name(), int(width)})
	}
	return out
}

// cutBundle returns the first entries of a bundle.
func cutBundle(raw []byte, entries int) []byte {
	at := 0
	for range entries {
		if at+2 > len(raw) {
			return raw
		}
		at += 2 + int(raw[at])<<8 + int(raw[at+1])
	}
	return raw[:min(at, len(raw))]
}
