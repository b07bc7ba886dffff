package match

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
)

// ErrSegment says that bytes are no segment, or a damaged one.
var ErrSegment = errors.New("no sound match segment")

// Segment reads the bytes that a Builder wrote. It keeps them, mapped from a file or in memory, and copies only what it returns.
// It is safe for use by several goroutines.
type Segment struct {
	n                                                                       int
	records, offsets, sizes, keys, lists, words, wordOffsets, grams, gramOf []byte
}

// OpenSegment checks the layout. Damage inside the sections is met while searching: a damaged entry is passed over, never read beyond its bounds.
func OpenSegment(data []byte) (*Segment, error) {
	const head = len(magic) + 10*8
	if len(data) < head || string(data[:len(magic)]) != magic {
		return nil, fmt.Errorf("open match segment: %w: it does not begin with %q; build it anew", ErrSegment, magic[:len(magic)-2])
	}
	at := len(magic)
	number := func() uint64 {
		v := binary.LittleEndian.Uint64(data[at:])
		at += 8
		return v
	}
	s := &Segment{}
	n := number()
	lengths := [9]uint64{}
	for i := range lengths {
		lengths[i] = number()
	}
	pos := uint64(head + pad(head))
	for i, to := range []*[]byte{&s.records, &s.offsets, &s.sizes, &s.keys, &s.lists, &s.words, &s.wordOffsets, &s.grams, &s.gramOf} {
		if lengths[i] > uint64(len(data)) || pos+lengths[i] > uint64(len(data)) {
			return nil, fmt.Errorf("open match segment: %w: it ends early; build it anew", ErrSegment)
		}
		*to = data[pos : pos+lengths[i] : pos+lengths[i]]
		pos += lengths[i] + uint64(pad(int(lengths[i])))
	}
	if n > MaxSegment || uint64(len(s.offsets)) != 4*n+4 || uint64(len(s.sizes)) != n || len(s.keys)%16 != 0 || len(s.wordOffsets)%4 != 0 ||
		len(s.wordOffsets) < 4 || len(s.grams) != 4*(gramCount+1) {
		return nil, fmt.Errorf("open match segment: %w: its sections do not fit together; build it anew", ErrSegment)
	}
	s.n = int(n)
	return s, nil
}

// Len is how many entities the segment holds.
func (s *Segment) Len() int { return s.n }

// list is where the entities of a key stand.
type list struct {
	count uint32
	place uint32
}

// find looks a key up. Hashes are spread evenly, so its place is guessed from its size before the rest is halved.
func (s *Segment) find(h uint64) (list, bool) {
	lo, hi := 0, len(s.keys)/16 // its place is in [lo, hi)
	at := func(i int) uint64 { return binary.LittleEndian.Uint64(s.keys[16*i:]) }
	from, width := uint64(0), ^uint64(0)
	for range 4 {
		if hi-lo < 32 || h < from || width == 0 {
			break
		}
		high, low := bits.Mul64(min(h-from, width-1), uint64(hi-lo))
		share, _ := bits.Div64(high, low, width)
		i := lo + int(share)
		switch v := at(i); {
		case v == h:
			lo, hi = i, i+1
		case v < h:
			width -= v - from
			lo, from = i+1, v
		default:
			width = v - from
			hi = i
		}
	}
	for lo < hi {
		mid := int(uint(lo+hi) / 2)
		if at(mid) < h {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if 16*lo >= len(s.keys) || at(lo) != h {
		return list{}, false
	}
	l := list{binary.LittleEndian.Uint32(s.keys[16*lo+8:]), binary.LittleEndian.Uint32(s.keys[16*lo+12:])}
	if l.count == 0 || int(l.count) > s.n {
		return list{}, false
	}
	return l, true
}

// each visits the entities of a list.
func (s *Segment) each(l list, visit func(ord uint32)) {
	if l.count == 1 {
		if int(l.place) < s.n {
			visit(l.place)
		}
		return
	}
	if int(l.place) > len(s.lists) {
		return
	}
	b := s.lists[l.place:]
	at := uint64(0)
	for range l.count {
		d, k := binary.Uvarint(b)
		if at += d; k <= 0 || at >= uint64(s.n) {
			return
		}
		b = b[k:]
		visit(uint32(at))
	}
}

// entity reads a record; false for a damaged one.
func (s *Segment) entity(ord uint32) (Entity, bool) {
	if int(ord) >= s.n {
		return Entity{}, false
	}
	from, to := binary.LittleEndian.Uint32(s.offsets[4*ord:]), binary.LittleEndian.Uint32(s.offsets[4*ord+4:])
	if from > to || int(to) > len(s.records) {
		return Entity{}, false
	}
	r := reader{b: s.records[from:to]}
	e := Entity{ID: r.text(), Schema: r.text(), Names: r.texts(maxNames), Countries: r.texts(maxNames), Addresses: r.texts(maxAddresses)}
	for range r.count(maxNames) {
		e.Identifiers = append(e.Identifiers, Identifier{Kind: r.text(), Value: r.text()})
	}
	for range r.count(maxAddresses) {
		y, k := binary.Varint(r.b)
		if k <= 0 {
			return Entity{}, false
		}
		r.b = r.b[k:]
		e.Years = append(e.Years, int(y))
	}
	return e, !r.bad
}

type reader struct {
	b   []byte
	bad bool
}

func (r *reader) count(most int) int {
	v, k := binary.Uvarint(r.b)
	if k <= 0 || v > uint64(most) {
		r.bad, r.b = true, nil
		return 0
	}
	r.b = r.b[k:]
	return int(v)
}

func (r *reader) text() string {
	n := r.count(maxName * 4)
	if n > len(r.b) {
		r.bad, r.b = true, nil
		return ""
	}
	t := string(r.b[:n])
	r.b = r.b[n:]
	return t
}

func (r *reader) texts(most int) []string {
	var out []string
	for range r.count(most) {
		out = append(out, r.text())
	}
	return out
}

func (s *Segment) wordCount() int { return len(s.wordOffsets)/4 - 1 }

func (s *Segment) word(i uint32) []byte {
	if int(i) >= s.wordCount() {
		return nil
	}
	from, to := binary.LittleEndian.Uint32(s.wordOffsets[4*i:]), binary.LittleEndian.Uint32(s.wordOffsets[4*i+4:])
	if from > to || int(to) > len(s.words) {
		return nil
	}
	return s.words[from:to]
}
