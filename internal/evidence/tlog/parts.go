package tlog

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/transparency-dev/tessera/api/layout"
)

// leftover is what a writer that was killed left: it writes beside the name a file will get, with digits added.
var leftover = regexp.MustCompile(`^x?[0-9]{4,}$`)

// checkParts looks at every file of the tree of tiles. The widest of each tile and bundle were compared with the
// leaves; narrower ones, which readers of older checkpoints fetch, must be their beginnings, and nothing else may
// be there. What reaches beyond the checkpoint is not published yet, and must continue what is.
func (l *Log) checkParts(ctx context.Context, c *Checkpoint, add func(where string, err error)) error {
	root := filepath.Join(l.dir, "tile")
	return filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil // removed meanwhile by a writer
		case err != nil:
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		case d.IsDir():
			return nil
		}
		rel, err := filepath.Rel(root, file)
		if err != nil {
			return err
		}
		where := path.Join("tile", filepath.ToSlash(rel))
		if leftover.MatchString(d.Name()) {
			return nil
		}
		level, index, ok := strings.Cut(filepath.ToSlash(rel), "/")
		if !ok {
			add(where, errors.New("no tile of a log has this name"))
			return nil
		}
		add(where, l.checkPart(ctx, c, file, level, index))
		return nil
	})
}

func (l *Log) checkPart(ctx context.Context, c *Checkpoint, file, level, index string) error {
	entries := level == "entries"
	if entries {
		level = "0"
	}
	tile, i, p, err := layout.ParseTileLevelIndexPartial(level, index)
	if err != nil {
		return errors.New("no tile of a log has this name")
	}
	wide := layout.PartialTileSize(tile, i, c.Size)
	if i > (c.Size-1)>>(layout.TileHeight*(tile+1)) || p == wide {
		return nil // beyond what is published, or compared with the leaves
	}
	got, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	read := l.tiles.ReadEntryBundle
	if !entries {
		read = func(ctx context.Context, i uint64, p uint8) ([]byte, error) { return l.tiles.ReadTile(ctx, tile, i, p) }
	}
	want, err := read(ctx, i, wide)
	if err != nil {
		return err
	}
	holds := len(got) / len(Hash{})
	if entries {
		holds = frames(got)
	} else if len(got)%len(Hash{}) != 0 {
		holds = -1
	}
	if width := (int(p)+layout.TileWidth-1)%layout.TileWidth + 1; holds != width {
		return fmt.Errorf("%w: it does not hold %d of them", ErrBroken, width)
	}
	if !bytes.HasPrefix(want, got) && !bytes.HasPrefix(got, want) {
		return fmt.Errorf("%w: it is not what the leaves say", ErrBroken)
	}
	return nil
}

// frames counts the entries of a bundle, each after its length in two bytes; -1 where it does not end with one.
func frames(b []byte) int {
	n := 0
	for ; len(b) >= 2; n++ {
		size := int(binary.BigEndian.Uint16(b))
		if len(b) < 2+size {
			return -1
		}
		b = b[2+size:]
	}
	if len(b) > 0 {
		return -1
	}
	return n
}

// dropBeyond removes tiles and bundles, and wide parts of them, that reach beyond the tree: a writer was killed
// before it had integrated them, and what comes in their place may be something else.
func (l *Log) dropBeyond() error {
	n, err := l.integrated()
	for level := uint64(0); err == nil; level, n = level+1, n/layout.TileWidth {
		err = l.dropFrom(n, func(i uint64) string { return layout.TilePath(level, i, 0) })
		if err == nil && level == 0 {
			err = l.dropFrom(n, func(i uint64) string { return layout.EntriesPath(i, 0) })
		}
		if n == 0 {
			break
		}
	}
	return err
}

// dropFrom removes what there is of a row of tiles beyond its first n hashes or leaves.
func (l *Log) dropFrom(n uint64, name func(i uint64) string) error {
	for i, first := n/layout.TileWidth, true; ; i, first = i+1, false {
		whole := filepath.Join(l.dir, filepath.FromSlash(name(i)))
		err := os.Remove(whole)
		there := err == nil
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		parts, err := os.ReadDir(whole + ".p")
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		for _, part := range parts {
			width, err := strconv.ParseUint(part.Name(), 10, 64)
			if first && err == nil && width <= n%layout.TileWidth {
				continue
			}
			if err := os.Remove(filepath.Join(whole+".p", part.Name())); err != nil {
				return err
			}
		}
		if !there && len(parts) == 0 && !first {
			return nil
		}
	}
}
