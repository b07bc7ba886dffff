package tlog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/transparency-dev/tessera/api/layout"
)

// Export copies what is public of the log into a folder: tiles, leaves, checkpoint, cosignatures, stamps and
// public keys, all as of one checkpoint, which is returned. A folder exported to before gets what is new.
func (l *Log) Export(ctx context.Context, dir string) (*Checkpoint, error) {
	unlock, err := l.lock() // no partial tile goes away meanwhile
	if err != nil {
		return nil, err
	}
	defer unlock()
	c, err := l.newestCosigned()
	if err != nil {
		return nil, err
	}
	if err := l.exportTree(ctx, dir, c.Size); err != nil {
		return nil, fmt.Errorf("export log: %w", err)
	}
	for _, folder := range []string{"cosigned", "stamps"} {
		list, err := os.ReadDir(filepath.Join(l.dir, folder))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("export log: %w", err)
		}
		for _, f := range list {
			if f.Name()[0] == '.' {
				continue // left by a killed process
			}
			if err := l.exportFile(dir, filepath.Join(folder, f.Name())); err != nil {
				return nil, fmt.Errorf("export log: %w", err)
			}
		}
	}
	if err := l.exportFile(dir, "key.pub"); err != nil {
		return nil, fmt.Errorf("export log: %w", err)
	}
	// Last: what it covers is there.
	if err := writeFile(filepath.Join(dir, layout.CheckpointPath), c.Raw, 0o644); err != nil {
		return nil, fmt.Errorf("export log: %w", err)
	}
	return c, nil
}

// exportTree copies the tiles and bundles of a tree.
func (l *Log) exportTree(ctx context.Context, dir string, size uint64) error {
	for level, nodes := uint64(0), size; nodes > 0; level, nodes = level+1, nodes/layout.TileWidth {
		for i := uint64(0); i*layout.TileWidth < nodes; i++ {
			if err := ctx.Err(); err != nil {
				return err
			}
			p := layout.PartialTileSize(level, i, size)
			paths := []string{layout.TilePath(level, i, p)}
			if level == 0 {
				paths = append(paths, layout.EntriesPath(i, p))
			}
			for _, path := range paths {
				if err := l.exportFile(dir, path); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// exportFile copies one file, unless it is there.
func (l *Log) exportFile(dir, path string) error {
	b, err := os.ReadFile(filepath.Join(l.dir, path))
	if err != nil {
		return err
	}
	to := filepath.Join(dir, path)
	if have, err := os.ReadFile(to); err == nil && bytes.Equal(have, b) {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	return os.WriteFile(to, b, 0o644)
}
