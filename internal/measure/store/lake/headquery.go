package lake

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"

	"veedor/internal/measure/store"
	"veedor/internal/measure/verdict"
)

// anyWord is what a question does not ask about.
const anyWord = ^uint32(0)

// headQuery is a filter in the numbers of the index.
type headQuery struct {
	none                                     bool // nothing has what it asks for
	country, network, target, category, test uint32
	state                                    uint32 // a place in headStates, or anyWord
	timed                                    bool
	from, to                                 int64 // Unix microseconds, if timed
}

// query returns a filter as the index understands it; ok unless the filter asks about more than heads.
func (x *headIndex) query(f store.Filter) (q headQuery, ok bool) {
	q = headQuery{state: anyWord, from: -1 << 63, to: 1<<63 - 1}
	word := func(s string) uint32 {
		if s == "" {
			return anyWord
		}
		n, known := x.numbers[s]
		q.none = q.none || !known
		return n
	}
	network := ""
	if f.ASN != 0 {
		network = networkKey(f.ASN)
	}
	q.country, q.network, q.target, q.category, q.test = word(f.CC), word(network), word(f.Target), word(f.Category), word(f.Test)
	if f.State != "" {
		states := headStates()
		if q.state = uint32(slices.Index(states[:], f.State)); q.state == anyWord {
			q.none = true
		}
	}
	if !f.From.IsZero() {
		q.timed, q.from = true, f.From.UnixMicro()
	}
	if !f.To.IsZero() {
		q.timed, q.to = true, f.To.UnixMicro()
	}
	return q, f.Layer == "" || f.Layer == verdict.All
}

// asks returns about how many things a question asks.
func (q *headQuery) asks() int {
	n := 0
	for _, word := range [...]uint32{q.country, q.network, q.target, q.category, q.test, q.state} {
		if word != anyWord {
			n++
		}
	}
	if q.timed {
		n++
	}
	return n
}

func (q *headQuery) takes(h *headFile, i int) bool {
	return (q.country == anyWord || h.country(i) == q.country) && (q.network == anyWord || h.network(i) == q.network) && (q.target == anyWord || h.target(i) == q.target) &&
		(q.category == anyWord || h.category(i) == q.category) && (q.test == anyWord || h.test(i) == q.test) && (q.state == anyWord || h.flags(i)&flagState == q.state) &&
		(!q.timed || h.start(i) >= q.from && h.start(i) < q.to)
}

// maxLatest is how many rows from the newest on are found without the engine.
const maxLatest = 20_000

// latest returns rows, newest first; ok unless the engine must.
func (x *headIndex) latest(ctx context.Context, f store.Filter, limit, offset int) (rows []verdict.Row, ok bool, err error) {
	q, ok := x.query(f)
	if !ok || limit < 0 || offset < 0 || limit+offset > maxLatest {
		return nil, false, nil
	}
	found := x.newest(&q, limit+offset)
	found = found[min(offset, len(found)):]
	type place struct {
		h *headFile
		n int
	}
	blocks, code := map[place][][]byte{}, verdictCode()
	for _, r := range found {
		at := place{r.file, r.i / r.file.rows.keys}
		if blocks[at] == nil {
			if blocks[at], err = r.file.rows.block(int64(at.n)); err != nil {
				return nil, true, fmt.Errorf("read rows of %s: %w", r.file.name, err)
			}
		}
		of, err := ofKey(blocks[at], r.i%r.file.rows.keys)
		var v verdict.Row
		if err == nil {
			err = code.read(of[0], &v)
		}
		if err != nil {
			return nil, true, fmt.Errorf("read rows of %s: %w", r.file.name, err)
		}
		rows = append(rows, v)
	}
	return rows, true, ctx.Err()
}

// scanned is how many records it is as well to look at one after the other, newest first, as to look up one.
const scanned = 100

// newest returns the newest records that q selects, at most want.
func (x *headIndex) newest(q *headQuery, want int) []headRef {
	var found []headRef
	bound := int64(-1 << 63) // what started before it is not among the newest
	cut := func() {
		slices.SortFunc(found, x.newer)
		if len(found) > want {
			found = found[:want]
		}
		if len(found) == want && want > 0 {
			bound = found[want-1].file.start(found[want-1].i)
		}
	}
	take := func(h *headFile, i int) {
		if h.start(i) < bound {
			return
		}
		if found = append(found, headRef{h, i}); len(found) == want || len(found) > 2*want+64 {
			cut()
		}
	}
	if want == 0 || q.none {
		return nil
	}
	if list, ok := x.among(q); ok && len(list) < int(x.n/scanned) {
		x.records(q, take)
		cut()
		return found
	}
	files := slices.Clone(x.files)
	slices.SortFunc(files, func(a, b *headFile) int { return cmp.Compare(b.last, a.last) })
	for _, h := range files {
		for i := h.n - 1; i >= 0; i-- {
			if h.ordered && floorSecond(h.start(i)) < floorSecond(max(bound, -1<<62)) {
				break
			}
			if q.takes(h, i) {
				take(h, i)
			}
		}
	}
	cut()
	return found
}

// stats fills in what all measurements count.
func (x *headIndex) stats(s *store.Stats) {
	if x.n == 0 {
		return
	}
	t := &x.totals
	s.Measurements, s.Blocked, s.Countries, s.Networks, s.Targets = int64(x.n), t.blocked, int64(len(x.country)), int64(len(x.network)), int64(len(x.target))
	s.First, s.Last, s.Invented = time.UnixMicro(t.first).UTC(), time.UnixMicro(t.last).UTC(), t.invented
}

// volume returns how much was measured hour by hour.
func (x *headIndex) volume() []verdict.Volume {
	x.keeping.Lock()
	defer x.keeping.Unlock()
	if x.volumes != nil {
		return x.volumes
	}
	type network struct {
		cc  string
		asn uint32
	}
	hours := map[network]*[]int64{}
	for word, list := range x.network {
		asn, last, country := x.asn(word), (*[]int64)(nil), anyWord
		x.each(list, func(h *headFile, i int) {
			if h.flags(i)&flagInvalid != 0 {
				return
			}
			if cc := h.country(i); cc != country {
				at := network{x.names[cc], asn}
				if country, last = cc, hours[at]; last == nil {
					last = new([]int64)
					hours[at] = last
				}
			}
			*last = append(*last, verdict.HourOf(time.UnixMicro(h.start(i))))
		})
	}
	keys := slices.SortedFunc(maps.Keys(hours), func(a, b network) int { return cmp.Or(strings.Compare(a.cc, b.cc), cmp.Compare(a.asn, b.asn)) })
	var b verdict.VolumeBuilder
	for _, k := range keys {
		list := *hours[k]
		slices.Sort(list)
		for len(list) > 0 {
			n := 1
			for n < len(list) && list[n] == list[0] {
				n++
			}
			b.Add(k.cc, k.asn, list[0], int32(n))
			list = list[n:]
		}
	}
	x.volumes = b.Volumes()
	return x.volumes
}

// asn returns the number in a network's key.
func (x *headIndex) asn(word uint32) uint32 {
	n, _ := strconv.ParseUint(strings.TrimPrefix(x.names[word], "AS"), 10, 32)
	return uint32(n)
}

// newDecoder returns what unpacks blocks; it starts no goroutine that would have to be stopped.
func newDecoder() (*zstd.Decoder, error) {
	return zstd.NewReader(nil, zstd.WithDecoderConcurrency(0), zstd.WithDecoderMaxMemory(64<<20))
}
