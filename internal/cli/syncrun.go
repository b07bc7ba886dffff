package cli

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"veedor/internal/measure/bucket"
	"veedor/internal/measure/ingest"
)

// A group of files is ingested at once and then noted in the journal.
const (
	groupFiles = 64
	groupBytes = 64 << 20
)

// syncRun fetches what is new and reads it in.
func syncRun(c *cobra.Command, store bucket.Store, want bucket.Selection, keep string) (err error) {
	data := dataDir(c)
	unlock, err := bucket.Lock(data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	j, err := bucket.OpenJournal(data)
	if err != nil {
		return err
	}
	if err := j.Tidy(data, keep, time.Now()); err != nil {
		return err
	}
	plan, err := planOf(c, c.Context(), store, want, j)
	if err != nil {
		return err
	}
	sayPlan(c, plan, "fetching")
	return with(c, func(h *house) error {
		collectLess()
		s := &syncing{c: c, h: h, store: store, journal: j, keep: keep, show: newProgress(c.ErrOrStderr(), "sync"), files: len(plan.Objects), total: plan.Total().Bytes}
		err := s.run(c.Context(), plan.Objects, bucket.Copies(data))
		s.show.end()
		if c.Context().Err() == nil { // also what a run that was killed left to do
			err = errors.Join(err, afterIngest(c, h))
		}
		s.say()
		return errors.Join(err, refusedError(plan))
	})
}

// afterIngest does what is due when measurements came in: settling, what claims rest on them, the log.
func afterIngest(c *cobra.Command, h *house) error {
	if err := settleAndCompact(c, h, false); err != nil {
		return err
	}
	return errors.Join(reweighAfter(c, h), logAll(c.Context(), c, h))
}

// syncing is a run at work.
type syncing struct {
	c       *cobra.Command
	h       *house
	store   bucket.Store
	journal *bucket.Journal
	keep    string
	files   int
	total   int64

	mu     sync.Mutex // of what progress shows
	show   *progress
	got    int64
	taken  int
	proven int
	copied int
	bytes  int64
	sum    ingest.Totals
	failed []error
}

// run takes results as they come, in groups.
func (s *syncing) run(ctx context.Context, objects []bucket.Object, folder string) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	results := bucket.Fetch(ctx, s.store, objects, folder, s.gain)
	stop := func() {
		cancel()
		for range results { // until the downloads have stopped
		}
	}
	var group []*bucket.File
	var held int64
	for r := range results {
		if errors.Is(r.Err, syscall.ENOSPC) || errors.Is(r.Err, syscall.EDQUOT) || errors.Is(r.Err, syscall.EROFS) {
			stop()
			return fmt.Errorf("keep a copy of %s: %w; make room, and the same command goes on", s.store.Address(r.Object.Key), r.Err)
		}
		if r.Err != nil {
			s.failed = append(s.failed, &ingest.SourceError{Source: "fetch " + s.store.Address(r.Object.Key), Err: r.Err})
			continue
		}
		group, held = append(group, r.File), held+r.File.Size
		if len(group) < groupFiles && held < groupBytes {
			continue
		}
		if err := s.take(ctx, group); err != nil {
			stop()
			return err
		}
		group, held = nil, 0
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return errors.Join(s.take(ctx, group), s.lost())
}

// lost words the failures; the same reason of very many files is said a few times only.
func (s *syncing) lost() error {
	const most = 20
	n := len(s.failed)
	if n > most {
		s.failed = append(s.failed[:most], fmt.Errorf("and %d more files", n-most))
	}
	if n > 0 {
		s.failed = append(s.failed, fmt.Errorf("%s could not be fetched; the same command tries them again", many(n, "file")))
	}
	return errors.Join(s.failed...)
}

// take ingests a group, notes it, and does away with the copies, in this order.
func (s *syncing) take(ctx context.Context, group []*bucket.File) error {
	if len(group) == 0 {
		return nil
	}
	var sources []ingest.Source
	for _, f := range group {
		sources = append(sources, ingest.Source{Name: s.store.Address(f.Key), Size: f.Size, Open: f.Open})
	}
	finished := map[string]ingest.Totals{}
	conf := s.h.config()
	before := s.sum.Read
	conf.Progress = func(p ingest.Progress) { s.see(before + p.Read) }
	conf.Finished = func(source string, t ingest.Totals) { finished[source] = t }
	got, err := ingest.Run(ctx, conf, sources)
	s.sum.Add(got)
	var fresh []bucket.Entry
	var done []*bucket.File
	for _, f := range group {
		t, ok := finished[s.store.Address(f.Key)]
		if !ok {
			continue
		}
		done = append(done, f)
		fresh = append(fresh, bucket.Entry{At: time.Now().UTC(), Key: f.Key, ETag: f.ETag, Size: f.Size, MD5: f.MD5, Proven: f.Proven, From: s.store.Name(),
			Read: t.Read, Kept: t.Kept, Rejected: t.Rejected, Already: t.Already})
	}
	if len(fresh) > 0 {
		if e := s.journal.Add(fresh); e != nil {
			return errors.Join(err, e)
		}
	}
	for _, f := range done {
		s.bytes += f.Size
		if f.MD5 != "" {
			s.copied++
		}
		if f.Proven {
			s.proven++
		}
		err = errors.Join(err, f.Done(s.keep))
	}
	s.mu.Lock()
	s.taken += len(done)
	s.mu.Unlock()
	return err
}

// gain is told of bytes that were fetched.
func (s *syncing) gain(n int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.got += n
	s.show.at(s.got, s.total, s.beside(s.sum.Read))
}

// see is told of measurements that were read in.
func (s *syncing) see(read int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.show.at(s.got, s.total, s.beside(read))
}

func (s *syncing) beside(read int64) string {
	return fmt.Sprintf("%d of %d files and %d measurements read in", s.taken, s.files, read)
}

// say tells what was done.
func (s *syncing) say() {
	out := s.c.OutOrStdout()
	printReasons(out, s.sum)
	if s.taken > 0 {
		fmt.Fprintf(out, "took in %s, %s", many(s.taken, "file"), size(s.bytes))
		if s.copied > 0 {
			fmt.Fprintf(out, "; %d proven by their MD5, %d checked by size alone (the store states no MD5 of them)", s.proven, s.copied-s.proven)
		}
		fmt.Fprintln(out)
	}
	if s.sum.Already > 0 {
		fmt.Fprintf(out, "%d of those kept were here already\n", s.sum.Already)
	}
	fmt.Fprintf(out, "read %d = kept %d + rejected %d\n", s.sum.Read, s.sum.Kept, s.sum.Rejected)
	if s.c.Context().Err() == nil {
		fmt.Fprintln(out, "next: veedor detect")
	}
}
