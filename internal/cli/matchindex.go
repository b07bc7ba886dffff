package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"veedor/internal/follow/match"
	"veedor/internal/follow/match/pairs"
)

func entityOf(r pairs.Record) match.Entity {
	e := match.Entity{ID: r.ID, Schema: r.Schema, Names: r.Names, Countries: r.Countries, Years: r.Years, Addresses: r.Addresses}
	for _, id := range r.Identifiers {
		e.Identifiers = append(e.Identifiers, match.Identifier{Kind: id[0], Value: id[1]})
	}
	return e
}

// matchIndex builds an index in memory; segments of a size that keeps the builder small.
type matchIndex struct {
	segments []*match.Segment
	builder  *match.Builder
	bytes    int64
}

func (x *matchIndex) add(e match.Entity) error {
	if x.builder == nil {
		x.builder = match.NewBuilder()
	}
	err := x.builder.Add(e)
	if errors.Is(err, match.ErrFull) {
		if err = x.flush(); err == nil {
			return x.add(e)
		}
	}
	return err
}

func (x *matchIndex) flush() error {
	if x.builder == nil || x.builder.Len() == 0 {
		return nil
	}
	var b bytes.Buffer
	if _, err := x.builder.WriteTo(&b); err != nil {
		return err
	}
	x.builder = nil
	s, err := match.OpenSegment(bytes.Clone(b.Bytes()))
	if err != nil {
		return err
	}
	x.bytes += int64(b.Len())
	x.segments = append(x.segments, s)
	b = bytes.Buffer{}
	if s.Len() > 100_000 {
		debug.FreeOSMemory()
	}
	return nil
}

func indexSet(set pairs.Set) (*match.Index, error) {
	var x matchIndex
	for _, r := range set.Entities {
		if err := x.add(entityOf(r)); err != nil {
			return nil, err
		}
	}
	err := x.flush()
	return match.NewIndex(x.segments...), err
}

// crowd is an index of a labelled set among others, and who in it bears the names that are asked for.
type crowd struct {
	index  *match.Index
	rivals rivals
	about  string // its size and what it took
}

// buildCrowd indexes the entities of a set among size of them.
func buildCrowd(ctx context.Context, progress io.Writer, set pairs.Set, asked []pairs.Pair, size int) (crowd, error) {
	begin := time.Now()
	c := crowd{rivals: newRivals(set, asked)}
	var x matchIndex
	var err error
	done := 0
	add := func(r pairs.Record) bool {
		c.rivals.see(r)
		err = errors.Join(x.add(entityOf(r)), ctx.Err())
		if done++; done%100_000 == 0 {
			fmt.Fprintf(progress, "indexing %d of %d\n", done, size)
		}
		return err == nil
	}
	for _, r := range set.Entities {
		if !add(r) {
			return c, err
		}
	}
	pairs.Crowd(set.Seed, max(0, size-len(set.Entities)), add)
	if err = errors.Join(err, x.flush()); err != nil {
		return c, err
	}
	c.index = match.NewIndex(x.segments...)
	now, most := memory()
	c.about = fmt.Sprintf("index %d MiB in %d segments, built in %.0f s; memory now %d MiB, at most %d MiB", x.bytes>>20, len(x.segments), time.Since(begin).Seconds(), now>>20, most>>20)
	return c, nil
}

// memory is what the process holds and what it held at most, in bytes; 0 where the system does not say.
func memory() (now, most int64) {
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, 0
	}
	for line := range strings.Lines(string(b)) {
		f := strings.Fields(line)
		if len(f) < 2 {
			continue
		}
		n, err := strconv.ParseInt(f[1], 10, 64)
		switch {
		case err != nil:
		case f[0] == "VmRSS:":
			now = n << 10
		case f[0] == "VmHWM:":
			most = n << 10
		}
	}
	return now, most
}

// load is what else the machine had to do in the last minute, in processes.
func load() string {
	b, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	first, _, _ := strings.Cut(string(b), " ")
	return first
}
