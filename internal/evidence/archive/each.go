package archive

import (
	"context"
	"fmt"
)

// Each calls f with every object once, source by source and pack by pack in the order listed, until
// f fails or ctx ends. The order, and which source an object is said to be from, depend on the
// archive alone. Packs named in done are passed over, and those read are added to it, so that a
// second call sees only what came since; nil asks for all. Memory is bounded by the largest frame.
// Every object is checked against its hash; a damaged one is an error.
func (a *Archive) Each(ctx context.Context, done map[string]bool, f func(Object) error) error {
	s, err := a.refresh(ctx, nil)
	if err != nil {
		return err
	}
	if err := s.sound(); err != nil {
		return err
	}
	packs := s.packs()
	seen, err := a.repeated(ctx, packs, done)
	if err != nil {
		return err
	}
	for _, l := range packs {
		if done[l.Pack] {
			continue
		}
		if err := a.eachInPack(ctx, l, seen, f); err != nil {
			return err
		}
		if done != nil {
			done[l.Pack] = true
		}
	}
	return nil
}

// repeated finds the few objects that lie in more than one pack, because two processes stored them
// at the same moment. The value says whether one of the packs is done.
func (a *Archive) repeated(ctx context.Context, packs []listed, done map[string]bool) (map[Hash]bool, error) {
	seen := map[Hash]bool{}
	for _, l := range packs {
		here, err := a.packRow(l.Pack)
		if err != nil {
			return nil, err
		}
		if here.firsts == l.Objects {
			continue
		}
		p, err := openPack(a.packPath(l.Pack))
		if err != nil {
			return nil, fmt.Errorf("read pack %s: %w; run fsck", l.Pack, err)
		}
		for _, o := range p.objects {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			first, err := a.locate(o.hash)
			if err != nil {
				return nil, err
			}
			if first.pack != l.Pack {
				seen[o.hash] = seen[o.hash] || done[l.Pack] || done[first.pack]
			}
		}
		if err := p.Close(); err != nil {
			return nil, fmt.Errorf("close pack %s: %w", l.Pack, err)
		}
	}
	return seen, nil
}

func (a *Archive) eachInPack(ctx context.Context, l listed, seen map[Hash]bool, f func(Object) error) error {
	p, err := openPack(a.packPath(l.Pack))
	if err != nil {
		return fmt.Errorf("read pack %s: %w; run fsck", l.Pack, err)
	}
	defer p.Close()
	return p.each(func(o packed, raw []byte) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		handed, repeats := seen[o.hash]
		if handed {
			return nil
		}
		if repeats {
			seen[o.hash] = true
		}
		if Sum(raw) != o.hash {
			return fmt.Errorf("read object %s: the bytes in pack %s are not the ones archived; run fsck", o.hash, l.Pack)
		}
		return f(Object{Hash: o.hash, Raw: raw, Source: l.source, Entry: o.Entry})
	})
}
