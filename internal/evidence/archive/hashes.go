package archive

import (
	"context"
	"errors"
	"fmt"
)

// Hashes calls f with the hashes of every pack's objects, in the order of Each, until f fails or ctx ends. Packs
// named in done are passed over. Nothing is decompressed but the packs' indexes, and nothing checked; an object
// that lies in two packs is handed out twice.
func (a *Archive) Hashes(ctx context.Context, done map[string]bool, f func(pack string, hashes []Hash) error) error {
	s, err := a.takeStock(nil)
	if err != nil {
		return err
	}
	if err := s.sound(); err != nil {
		return err
	}
	for _, l := range s.packs() {
		if err := ctx.Err(); err != nil {
			return err
		}
		if done[l.Pack] {
			continue
		}
		p, err := openPack(a.packPath(l.Pack))
		if err != nil {
			return fmt.Errorf("read pack %s: %w; run fsck", l.Pack, err)
		}
		hashes := make([]Hash, len(p.objects))
		for i := range p.objects {
			hashes[i] = p.objects[i].hash
		}
		if err := errors.Join(p.Close(), f(l.Pack, hashes)); err != nil {
			return err
		}
	}
	return nil
}
