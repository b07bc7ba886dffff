package ingest

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"
	"time"

	"veedor/internal/evidence/archive"
	"veedor/internal/measure/store"
)

// Foreign begins the names of sources in the archive that are no measurements: lists and tables of the registry. The
// name of a file has no folder, so no source of measurements begins so.
const Foreign = "registry/"

// Rebuild judges everything in the archive again, into a new generation of the lake. swap is the
// lake's Rebuild: it calls its argument twice, the second time for what was archived meanwhile.
func Rebuild(ctx context.Context, c Config, swap func(context.Context, func(context.Context, store.Appender) error) error) (Totals, error) {
	stats, err := c.Archive.Stats()
	if err != nil {
		return Totals{}, err
	}
	if c.Workers == 0 {
		c.Workers = runtime.GOMAXPROCS(0)
	}
	done := map[string]bool{}
	var sum Totals
	err = swap(ctx, func(ctx context.Context, s store.Appender) error {
		c.Store = s
		t, err := refill(ctx, c, done, stats.RawBytes)
		sum.Read += t.Read
		sum.Kept += t.Kept
		sum.Rejected += t.Rejected
		sum.RawBytes += t.RawBytes
		return err
	})
	return sum, err
}

// refill judges what lies in packs that are not done yet.
func refill(ctx context.Context, c Config, done map[string]bool, rawBytes int64) (Totals, error) {
	r := &run{Config: c, chunks: make(chan *chunk, c.Workers), began: time.Now(), totalBytes: rawBytes}
	r.Archive = nil // the evidence is there already
	r.ctx, r.cancel = context.WithCancelCause(ctx)
	defer r.cancel(nil)
	stop := r.report()
	var workers sync.WaitGroup
	for range c.Workers {
		workers.Go(r.work)
	}
	ck := newChunk(&account{})
	err := c.Archive.Each(r.ctx, done, func(o archive.Object) error {
		if strings.HasPrefix(o.Source, Foreign) {
			return nil
		}
		if o.Source != ck.source.name || len(ck.buf) >= chunkSize {
			select {
			case r.chunks <- ck:
			case <-r.ctx.Done():
				return context.Cause(r.ctx)
			}
			ck = newChunk(&account{name: o.Source})
		}
		start := len(ck.buf)
		ck.buf = append(ck.buf, o.Raw...)
		rec := record{start: start, end: len(ck.buf), number: o.Line}
		if o.Rejected != "" {
			rec.err = errors.New(o.Rejected)
		}
		ck.lines = append(ck.lines, rec)
		r.bytes.Add(int64(len(o.Raw)))
		return nil
	})
	if err == nil {
		r.chunks <- ck
	}
	close(r.chunks)
	workers.Wait()
	stop()
	if cause := context.Cause(r.ctx); err == nil && cause != nil {
		err = cause
	}
	return r.totals(), err
}
