package refdata

import (
	"encoding/binary"
	"math/bits"
)

// search finds many plain texts ("needles") in one pass over a text, at a cost that hardly
// depends on how many there are.
//
// Every needle is known by one window of four of its bytes, picked to be rare. The pass hashes
// the four bytes at each position, letter case put aside, and asks a bitmap of 8 kB, which stays
// in the nearest cache, whether any needle has such a window; only then are the few that have it
// compared byte by byte. Unlike in an automaton no step waits for the one before, so that the
// processor works on several at once. Text made to hit windows costs little more than one
// comparison a hit, since windows are picked so that few needles share one.
type search struct {
	needles []needle
	filter  [1 << filterBits / 64]uint64
	table   []bucket // open addressing, its size a power of two
	shift   uint32
}

// needle is a text to be found.
type needle struct {
	text []byte
	fold bool // ASCII letters match in either case; text is then in lower case
	at   int  // where its window begins
	next int  // needle with the same window, -1 after the last
}

// bucket is the needles of one window.
type bucket struct {
	window uint32
	first  int // needle, -1 in an empty bucket
}

const (
	windowSize = 4
	filterBits = 16
)

// window reads four bytes without regard to the case of ASCII letters. Some other bytes fall
// together too, which costs a comparison and changes no result.
func window(b []byte) uint32 { return binary.LittleEndian.Uint32(b) | 0x20202020 }

func hash(w uint32) uint32 { return w * 0x9e3779b1 }

// newSearch prepares to find needles of at least windowSize bytes.
func newSearch(needles []needle) *search {
	s := &search{needles: needles}
	windows := make(map[uint32]int) // in how many places of all needles each occurs
	for _, n := range needles {
		for i := 0; i+windowSize <= len(n.text); i++ {
			windows[window(n.text[i:])]++
		}
	}
	size := 1 << max(4, bits.Len(uint(2*len(needles))))
	s.table = make([]bucket, size)
	s.shift = uint32(32 - bits.TrailingZeros(uint(size)))
	for i := range s.table {
		s.table[i].first = -1
	}
	shared := make(map[uint32]int) // how many needles are known by each
	for i := range needles {
		n := &s.needles[i]
		best := -1
		for at := 0; at+windowSize <= len(n.text); at++ {
			w := window(n.text[at:])
			cost := 64*shared[w] + 8*windows[w] + commonness(n.text[at:at+windowSize])
			if best < 0 || cost < best {
				best, n.at = cost, at
			}
		}
		w := window(n.text[n.at:])
		shared[w]++
		bit := hash(w) >> (32 - filterBits)
		s.filter[bit/64] |= 1 << (bit % 64)
		b := s.bucket(w)
		b.window, n.next, b.first = w, b.first, i
	}
	return s
}

// bucket returns the one of window w, or the empty one where it belongs.
func (s *search) bucket(w uint32) *bucket {
	for i := hash(w) >> s.shift; ; i++ {
		b := &s.table[i&uint32(len(s.table)-1)]
		if b.first < 0 || b.window == w {
			return b
		}
	}
}

// run calls hit with the number of a needle and the position where it begins, for each place
// where one is found.
func (s *search) run(text []byte, hit func(needle, at int)) {
	if len(s.needles) == 0 || len(text) < windowSize {
		return
	}
	// The last window begins at len(text)-4.
	for i, end := 0, len(text)-windowSize; i <= end; i++ {
		w := window(text[i : i+windowSize])
		if bit := hash(w) >> (32 - filterBits); s.filter[bit/64]&(1<<(bit%64)) != 0 {
			s.compare(text, i, w, hit)
		}
	}
}

// compare tries the needles whose window is the one at position i.
func (s *search) compare(text []byte, i int, w uint32, hit func(needle, at int)) {
	for k := s.bucket(w).first; k >= 0; k = s.needles[k].next {
		n := &s.needles[k]
		at := i - n.at
		if at < 0 || at+len(n.text) > len(text) {
			continue
		}
		if there := text[at : at+len(n.text)]; string(there) == string(n.text) || n.fold && equalFold(there, n.text) {
			hit(k, at)
		}
	}
}

// equalFold compares with a text in lower case, ASCII letters in either case.
func equalFold(text, lower []byte) bool {
	for i, c := range text {
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}

// commonness guesses how often four bytes occur on web pages; less is rarer.
func commonness(b []byte) int {
	n := 0
	for _, c := range b {
		switch {
		case 'A' <= c && c <= 'Z': // found as their small letters
			c |= 0x20
			fallthrough
		case 'a' <= c && c <= 'z':
			n += 5
			switch c {
			case 'e', 't', 'a', 'o', 'i', 'n', 's', 'r', 'l', 'c', 'd':
				n += 5
			}
		case c == ' ' || c == '<' || c == '>' || c == '/' || c == '"' || c == '=':
			n += 10
		case '0' <= c && c <= '9':
			n += 6
		default:
			n += 3
		}
	}
	return n
}
