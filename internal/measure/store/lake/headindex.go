package lake

import (
	"cmp"
	"context"
	"errors"
	"math/bits"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/klauspost/compress/zstd"

	"veedor/internal/measure/verdict"
)

// headIndex finds heads by network and by target. It follows the lake: files that came on top are added, and where files
// were replaced it is made anew.
type headIndex struct {
	making sync.Mutex // held by who changes it

	mu      sync.RWMutex
	version string // the files of verdicts it was made of
	files   []*headFile
	base    []uint32 // number of each file's first record
	n       uint32   // records
	numbers map[string]uint32
	names   []string // of words, by number
	network postings
	target  postings
	country postings
	topic   postings      // by category
	unpack  *zstd.Decoder // any number of blocks at once
	totals  headTotals    // of all records

	keeping sync.Mutex // what was counted of many records, until something changes
	tallies map[tallyKey]*talliedAs
	kept    int // groups in them
	volumes []verdict.Volume
}

// postings are the records that have a word, file after file.
type postings map[uint32][]uint32

// headTotals are what the whole store counts.
type headTotals struct {
	blocked     int64
	first, last int64 // Unix microseconds
	invented    bool
}

// headRef is one record.
type headRef struct {
	file *headFile
	i    int
}

// bitset is a set of small numbers.
type bitset []uint64

func (b *bitset) add(n uint32) {
	for int(n/64) >= len(*b) {
		*b = append(*b, 0)
	}
	(*b)[n/64] |= 1 << (n % 64)
}

func (b bitset) count() (n int64) {
	for _, w := range b {
		n += int64(bits.OnesCount64(w))
	}
	return n
}

// heads returns the index over what is in the lake now, locked for reading: the caller unlocks it. nil where there is too
// much for it.
func (l *Lake) heads(ctx context.Context) (*headIndex, error) {
	x := &l.index
	for {
		g, err := l.generation(ctx)
		if err != nil {
			return nil, err
		}
		if err := g.fresh(ctx); err != nil {
			return nil, err
		}
		live, err := g.live(ctx)
		if err != nil {
			return nil, err
		}
		var all int64
		var v strings.Builder
		v.WriteString(g.dir)
		for i := range live {
			all += live[i].measurements
			v.WriteString(" " + live[i].verdicts)
		}
		if all > l.opts.Indexed {
			return nil, nil
		}
		x.mu.RLock()
		if x.version == v.String() {
			return x, nil
		}
		x.mu.RUnlock()
		if err := x.follow(ctx, g, live, v.String()); err != nil {
			return nil, err
		}
	}
}

// makeHeads makes the heads that are not there yet, and removes those that are not needed any more.
func (g *generation) makeHeads(ctx context.Context, live []segment, unpack *zstd.Decoder) error {
	if err := each(ctx, live, func(ctx context.Context, s *segment) error {
		if _, err := os.Stat(headsPath(g.dir, s.verdicts)); err == nil {
			return nil
		}
		return writeHeads(ctx, g.dir, s.verdicts, unpack)
	}); err != nil {
		return err
	}
	keep := map[string]bool{}
	for i := range live {
		keep[live[i].verdicts+".heads"] = true
	}
	if len(live) == 0 {
		return nil
	}
	return dropOthers(filepath.Join(g.dir, headsFolder), keep)
}

// follow brings the index up to date.
func (x *headIndex) follow(ctx context.Context, g *generation, live []segment, version string) error {
	x.making.Lock()
	defer x.making.Unlock()
	if x.version == version { // only who holds making changes it
		return nil
	}
	if err := g.makeHeads(ctx, live, x.unpack); err != nil {
		return err
	}
	had := map[string]bool{}
	for i := range live {
		had[live[i].verdicts] = true
	}
	grown := strings.HasPrefix(x.version, g.dir) && !slices.ContainsFunc(x.files, func(h *headFile) bool { return !had[h.name] })
	next := &headIndex{}
	if grown {
		next = x
		x.mu.Lock()
		defer x.mu.Unlock()
	}
	next.begin()
	for _, h := range next.files {
		had[h.name] = false
	}
	for i := range live {
		if !had[live[i].verdicts] {
			continue
		}
		h, err := openHeads(ctx, g.dir, live[i].verdicts, x.unpack, next.number)
		if errors.Is(err, errHeads) { // derived: made anew
			if err = writeHeads(ctx, g.dir, live[i].verdicts, x.unpack); err == nil {
				h, err = openHeads(ctx, g.dir, live[i].verdicts, x.unpack, next.number)
			}
		}
		if err != nil {
			return err
		}
		next.add(h)
	}
	next.version = version
	if grown {
		return nil
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	err := x.drop()
	x.version, x.files, x.base, x.n, x.numbers, x.names, x.network, x.target, x.country, x.topic, x.totals = version, next.files, next.base, next.n, next.numbers, next.names, next.network, next.target, next.country, next.topic, next.totals
	x.begin()
	return err
}

// begin makes what an empty index needs, and forgets what was counted of an earlier state.
func (x *headIndex) begin() {
	if x.numbers == nil {
		x.numbers, x.network, x.target, x.country, x.topic = map[string]uint32{}, postings{}, postings{}, postings{}, postings{}
		x.totals.invented = true
	}
	x.tallies, x.kept, x.volumes = map[tallyKey]*talliedAs{}, 0, nil
}

// drop closes the files.
func (x *headIndex) drop() error {
	var err error
	for _, h := range x.files {
		err = errors.Join(err, h.close())
	}
	x.files, x.version = nil, ""
	return err
}

// number returns the number of a word, and gives it one.
func (x *headIndex) number(s []byte) uint32 {
	if n, ok := x.numbers[string(s)]; ok {
		return n
	}
	n, text := uint32(len(x.names)), string(s)
	x.numbers[text] = n
	x.names = append(x.names, text)
	return n
}

// add takes in the records of a file.
func (x *headIndex) add(h *headFile) {
	x.files, x.base = append(x.files, h), append(x.base, x.n)
	t := &x.totals
	for i := range h.n {
		flags, start := h.flags(i), h.start(i)
		x.network.add(h.network(i), x.n)
		x.target.add(h.target(i), x.n)
		x.country.add(h.country(i), x.n)
		x.topic.add(h.category(i), x.n)
		if x.n == 0 {
			t.first, t.last = start, start
		}
		t.first, t.last = min(t.first, start), max(t.last, start)
		if headStates()[flags&flagState] == verdict.Blocked {
			t.blocked++
		}
		t.invented = t.invented && flags&flagInvented != 0
		x.n++
	}
}

func (p postings) add(word, record uint32) { p[word] = append(p[word], record) }

// among returns the records that a question need look at, if it asks about anything that there are postings of.
func (x *headIndex) among(q *headQuery) (list []uint32, ok bool) {
	for _, p := range []struct {
		word uint32
		in   postings
	}{{q.target, x.target}, {q.network, x.network}, {q.category, x.topic}, {q.country, x.country}} {
		if p.word != anyWord && (!ok || len(p.in[p.word]) < len(list)) {
			list, ok = p.in[p.word], true
		}
	}
	return list, ok
}

// records calls f with every record that may be one that q selects, file after file.
func (x *headIndex) records(q *headQuery, f func(h *headFile, i int)) {
	if q.none {
		return
	}
	list, ok := x.among(q)
	if !ok {
		for _, h := range x.files {
			for i := range h.n {
				if q.takes(h, i) {
					f(h, i)
				}
			}
		}
		return
	}
	if q.asks() == 1 {
		x.each(list, f) // all of them
		return
	}
	x.each(list, func(h *headFile, i int) {
		if q.takes(h, i) {
			f(h, i)
		}
	})
}

// each calls f with the records of postings.
func (x *headIndex) each(list []uint32, f func(h *headFile, i int)) {
	file := 0
	for _, n := range list {
		for file+1 < len(x.base) && n >= x.base[file+1] {
			file++
		}
		f(x.files[file], int(n-x.base[file]))
	}
}

// newer orders records, the latest start first; of those that started at the same time the greatest UID.
func (x *headIndex) newer(a, b headRef) int {
	if c := cmp.Compare(b.file.start(b.i), a.file.start(a.i)); c != 0 {
		return c
	}
	return strings.Compare(x.uid(b), x.uid(a))
}

// later says whether a's UID is greater than b's. A UID begins with the second in which the measurement started.
func (x *headIndex) later(a, b headRef) bool {
	if a.file.flags(a.i)&b.file.flags(b.i)&flagCanonical != 0 {
		if d := a.file.start(a.i) - b.file.start(b.i); d >= second || d <= -second { // nearly always
			return d > 0
		}
		if s, t := floorSecond(a.file.start(a.i)), floorSecond(b.file.start(b.i)); s != t {
			return s > t
		}
	}
	return x.uid(a) > x.uid(b)
}

const second = 1_000_000 // in microseconds

func floorSecond(micro int64) int64 { return time.UnixMicro(micro).Unix() }
