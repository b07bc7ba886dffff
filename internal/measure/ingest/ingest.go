// Package ingest takes measurements from sources into the archive and the store: source → archive →
// ooni → obs → verdict → store. Evidence is archived and synced before anything is concluded from
// it, every record of a source is accounted for, and an ingest that was cut off can simply be run again.
package ingest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"veedor/internal/evidence/archive"
	"veedor/internal/measure/ooni"
	"veedor/internal/measure/refdata"
	"veedor/internal/measure/store"
)

// Source is something that holds records.
type Source struct {
	Name string // as people will recognise it: a file's name without its folder
	Size int64  // bytes, for progress; 0 when unknown
	Open func() (io.ReadCloser, error)
}

// Config is what an ingest works with.
type Config struct {
	Archive  *archive.Archive
	Store    store.Appender
	Refdata  *refdata.DB
	Workers  int            // goroutines that decode and judge; the machine's cores when 0
	Progress func(Progress) // called a few times a second; may be nil
	// Finished is called for each source that was read to its end and is archived and stored, before Run
	// returns; may be nil. The totals have no reasons.
	Finished func(source string, t Totals)
}

// Progress is how far an ingest has come.
type Progress struct {
	Bytes, TotalBytes int64 // of the sources as they lie on disk; total 0 when unknown
	Totals
	Elapsed time.Duration
}

// Totals accounts for records: Read = Kept + Rejected, always.
type Totals struct {
	Read, Kept, Rejected int64
	Already              int64            // of Kept: stored before
	Reasons              map[string]int64 // of Rejected: by reason
	RawBytes             int64            // of all records, uncompressed
}

// Add adds others to them.
func (t *Totals) Add(o Totals) {
	t.Read += o.Read
	t.Kept += o.Kept
	t.Rejected += o.Rejected
	t.Already += o.Already
	t.RawBytes += o.RawBytes
	for reason, n := range o.Reasons {
		if t.Reasons == nil {
			t.Reasons = map[string]int64{}
		}
		t.Reasons[reason] += n
	}
}

// SourceError says that a source could not be opened; the others were read.
type SourceError struct {
	Source string
	Err    error
}

// Error implements error.
func (e *SourceError) Error() string { return fmt.Sprintf("%s: %v", e.Source, e.Err) }

// Unwrap returns the cause.
func (e *SourceError) Unwrap() error { return e.Err }

// Batches are committed when they reach one of these.
const (
	maxBatchBytes = 24 << 20 // raw
	maxBatchRows  = 12_000   // observations
	maxBatchFiles = 32       // sources at once
	chunkSize     = 1 << 20  // bytes of records handed to a worker at once
	perRecord     = 256      // bytes that accounting for one takes, however short it is
)

// Run ingests sources. It returns what was accounted for, also when it fails or ctx ends; whatever
// is in the totals is archived and stored. Sources that cannot be opened are passed over and
// reported at the end, joined, as SourceErrors.
func Run(ctx context.Context, c Config, sources []Source) (Totals, error) {
	if c.Workers == 0 {
		c.Workers = runtime.GOMAXPROCS(0)
	}
	r := &run{Config: c, chunks: make(chan *chunk, c.Workers), began: time.Now()}
	r.ctx, r.cancel = context.WithCancelCause(ctx)
	defer r.cancel(nil)
	for _, s := range sources {
		r.totalBytes += s.Size
	}
	stop := r.report()
	var readers, workers sync.WaitGroup
	next := make(chan Source)
	for range min(c.Workers, len(sources)) {
		readers.Go(func() {
			for s := range next {
				r.read(s)
			}
		})
	}
	for range c.Workers {
		workers.Go(r.work)
	}
	for _, s := range sources {
		select {
		case next <- s:
		case <-r.ctx.Done():
		}
	}
	close(next)
	readers.Wait()
	close(r.chunks)
	workers.Wait()
	stop()
	err := r.finish()
	return r.totals(), err
}

type run struct {
	Config
	ctx        context.Context
	cancel     context.CancelCauseFunc
	chunks     chan *chunk
	began      time.Time
	totalBytes int64
	bytes      atomic.Int64

	mu     sync.Mutex
	sum    Totals
	done   []*account // sources read to their end
	failed []error
}

// account is how one source's records were accounted for.
type account struct {
	name                          string
	read, kept, rejected, already atomic.Int64
}

// chunk is some whole records of one source.
type chunk struct {
	source *account
	buf    []byte
	lines  []record
}

// record is one record of a chunk.
type record struct {
	start, end int
	number     int64
	err        error
}

// read splits one source into chunks.
func (r *run) read(s Source) {
	f, err := s.Open()
	if err != nil {
		r.mu.Lock()
		r.failed = append(r.failed, &SourceError{s.Name, err})
		r.mu.Unlock()
		return
	}
	defer f.Close()
	acc := &account{name: s.Name}
	c := newChunk(acc)
	send := func() error {
		select {
		case r.chunks <- c:
			c = newChunk(acc)
			return nil
		case <-r.ctx.Done():
			return context.Cause(r.ctx)
		}
	}
	err = ooni.Lines(&counter{f, &r.bytes}, s.Name, func(l ooni.Line) error {
		start := len(c.buf)
		c.buf = append(c.buf, l.Data...)
		c.lines = append(c.lines, record{start, len(c.buf), l.Number, l.Err})
		acc.read.Add(1)
		if len(c.buf) >= chunkSize {
			return send()
		}
		return r.ctx.Err()
	})
	if err == nil && len(c.lines) > 0 {
		err = send()
	}
	if err == nil {
		r.mu.Lock()
		r.done = append(r.done, acc)
		r.mu.Unlock()
	}
}

// newChunk makes an empty chunk. Chunks are not used again: rows point into their bytes.
func newChunk(acc *account) *chunk {
	return &chunk{source: acc, buf: make([]byte, 0, chunkSize+chunkSize/8)}
}

// counter counts the bytes read.
type counter struct {
	io.Reader
	n *atomic.Int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n.Add(int64(n))
	return n, err
}

// account adds a committed batch to the totals.
func (r *run) account(t Totals) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sum.Add(t)
}

func (r *run) totals() Totals {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.sum
}

// report calls Progress until the returned function is called, which calls it once more.
func (r *run) report() (stop func()) {
	if r.Progress == nil {
		return func() {}
	}
	say := func() {
		r.Progress(Progress{Bytes: r.bytes.Load(), TotalBytes: r.totalBytes, Totals: r.totals(), Elapsed: time.Since(r.began)})
	}
	quit, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(250 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				say()
			case <-quit:
				return
			}
		}
	}()
	return func() {
		close(quit)
		<-ended
		say()
	}
}

// finish notes the sources that were read to their end, and collects what went wrong.
func (r *run) finish() error {
	if err := context.Cause(r.ctx); err != nil {
		return err
	}
	for _, a := range r.done {
		t := archive.Totals{Read: a.read.Load(), Kept: a.kept.Load(), Rejected: a.rejected.Load()}
		if t.Read > 0 {
			if err := r.Archive.Finish(a.name, t); err != nil {
				return err
			}
		}
		if r.Finished != nil {
			r.Finished(a.name, Totals{Read: t.Read, Kept: t.Kept, Rejected: t.Rejected, Already: a.already.Load()})
		}
	}
	return errors.Join(r.failed...)
}
